"""Romanisation by a named standard, and back: from Latin letters to the Cyrillic that they may be.

The tables are data (:mod:`~safepassage.core.register.romanisation_tables`). Rules:
``docs/spec/01c-names.md``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from safepassage.core.register.romanisation_tables import TABLES

_VOWELS = frozenset("аеёиоуыэюяєіїѣ")
_SOFTENING = _VOWELS | frozenset("йўьъ'")
_APOSTROPHES = dict.fromkeys(map(ord, "’ʼ`´‘"), "'")
_NARROW_FIRST = ("start", "end", "vowels", "soft", "any")
_MAX_READINGS = 4096
_UNUSUAL = {"ъ": 4.0, "ь": 1.5, "'": 2.0, "ґ": 2.0, "э": 1.5, "ё": 0.5, "щ": 0.3}
"""What a reading costs that needs these letters: among readings, plain spellings come first."""


@dataclass(frozen=True, slots=True)
class Romanisation:
    """One standard for one language.

    Parameters
    ----------
    rules
        (where, letters, spellings): the first spelling is written, all are read; the rule that
        goes first stands first.
    """

    standard: str
    language: str
    source: str
    rules: tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A Cyrillic word that a Latin one may stand for, and by which standards."""

    word: str
    language: str
    standards: tuple[str, ...]


def romanisations() -> tuple[Romanisation, ...]:
    """Return every standard that is known."""
    return tuple(_by_key().values())


def romanise(text: str, standard: str, language: str) -> str:
    """Return `text` in Latin letters by a standard; what it has no rule for stays as it is.

    Raises
    ------
    KeyError
        There is no such standard for that language.

    Examples
    --------
    >>> romanise("Згорани Єнакієве", "ukraine-2010", "uk")
    'Zghorany Yenakiieve'
    >>> romanise("Щербаков", "french", "ru")
    'Chtcherbakov'
    """
    table = _by_key()[standard, language]
    return "".join(_romanise_word(word, table) for word in _words(text))


def readings(word: str, language: str = "", limit: int = 20) -> tuple[Reading, ...]:
    """Return the Cyrillic words that some standard writes as `word`, the plainest first.

    Parameters
    ----------
    word
        One word in Latin letters.
    language
        ``ru``, ``uk`` or ``be``; empty for all.

    Examples
    --------
    >>> [each.word for each in readings("Juschtschenko", "uk", limit=1)]
    ['Ющенко']
    >>> "Харченко" in {each.word for each in readings("Xarchenko")}
    True
    """
    found: dict[tuple[str, str], list[str]] = {}
    for table in romanisations():
        if language in ("", table.language):
            for cyrillic in _read(word.casefold(), table):
                found.setdefault((cyrillic, table.language), []).append(table.standard)
    order = sorted(found, key=lambda key: (_cost(key[0], len(found[key])), key))
    return tuple(
        Reading(word_like(cyrillic, word), spoken, tuple(found[cyrillic, spoken]))
        for cyrillic, spoken in order[:limit]
    )


def word_like(word: str, pattern: str) -> str:
    """Return `word` in capitals where `pattern` is, with a capital where it has one."""
    if len(pattern) > 1 and pattern.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if pattern[:1].isupper() else word


def _words(text: str) -> Iterator[str]:
    """Yield words and what stands between them, in order."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or _in_word(text[at]) != _in_word(text[start]):
            yield text[start:at]
            start = at


def _in_word(letter: str) -> bool:
    return letter.isalpha() or letter in "'’ʼ"


def _romanise_word(word: str, table: Romanisation) -> str:
    folded = unicodedata.normalize("NFC", word).casefold().translate(_APOSTROPHES)
    latin, at = "", 0
    while at < len(folded):
        letters, spellings = _rule_at(folded, at, table)
        latin += spellings[0]
        at += len(letters)
    return word_like(latin, word)


def _rule_at(word: str, at: int, table: Romanisation) -> tuple[str, tuple[str, ...]]:
    for where, letters, spellings in table.rules:
        if word.startswith(letters, at) and _holds(where, word, at, len(letters)):
            return letters, spellings
    return word[at], (word[at],)


def _holds(where: str, word: str, at: int, length: int) -> bool:
    before = word[at - 1] if at else ""
    after = word[at + length : at + length + 1]
    return {
        "any": True,
        "start": not before,
        "end": not after,
        "soft": not before or before in _SOFTENING,
        "vowels": bool(before and after) and before in _VOWELS and after in _VOWELS,
    }[where]


def _read(word: str, table: Romanisation) -> Iterator[str]:
    """Yield what the table writes as `word`: every way to cut it up, checked against the rules."""
    cuts = [(letters, latin) for _, letters, spellings in table.rules for latin in spellings]
    silent = [letters for letters, latin in cuts if not latin]
    ways: list[list[str]] = [[""]] + [[] for _ in word]
    for end in range(1, len(word) + 1):
        for letters, latin in cuts:
            if latin and word.endswith(latin, 0, end) and end >= len(latin):
                ways[end] += [done + letters for done in ways[end - len(latin)]]
        ways[end] = list(dict.fromkeys(ways[end]))[:_MAX_READINGS]
    whole = ways[-1] if word else []
    with_silent = [each for plain in whole for each in _with_silent(plain, silent)]
    for each in dict.fromkeys((*whole, *with_silent)):
        if _may_be_written(each, word, table):
            yield each


def _with_silent(word: str, silent: list[str]) -> tuple[str, ...]:
    """Return the word with one unwritten sign after a consonant, in each place."""
    return tuple(
        word[:at] + sign + word[at:]
        for sign in silent
        for at in range(1, len(word) + 1)
        if word[at - 1] not in _SOFTENING and (sign == "ь" or at < len(word))
    )


def _may_be_written(cyrillic: str, latin: str, table: Romanisation) -> bool:
    """Return whether the rules write `cyrillic` as `latin` with some choice of spellings."""
    rest = {latin}
    at = 0
    while at < len(cyrillic) and rest:
        letters, spellings = _rule_at(cyrillic, at, table)
        rest = {left[len(s) :] for left in rest for s in spellings if left.startswith(s)}
        at += len(letters)
    return "" in rest


def _cost(word: str, standards: int) -> float:
    """Return how far-fetched a reading is: long, with rare letters, by few standards."""
    return 0.5 * len(word) + sum(_UNUSUAL.get(each, 0.0) for each in word) - 0.1 * standards


@lru_cache(maxsize=1)
def _by_key() -> dict[tuple[str, str], Romanisation]:
    return {
        (standard, language): Romanisation(standard, language, source, _rules(table))
        for standard, language, source, table in TABLES
    }


def _rules(table: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    rules = []
    for line in table.split("\n"):
        where, _, pairs = line.partition(": ")
        for pair in pairs.split():
            letters, _, spellings = pair.partition("=")
            rules.append((where, letters, tuple(spellings.split("|"))))
    return tuple(sorted(rules, key=lambda r: (-len(r[1]), _NARROW_FIRST.index(r[0]))))
