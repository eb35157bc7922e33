"""From a name as written to its parts: surnames, given name, patronymic, in any order.

Rules: ``docs/spec/01-register.md`` §15 and ``docs/spec/01c-names.md``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

from safepassage.core.register import names_data
from safepassage.core.register.dictionary import (
    how_known,
    is_given_name,
    looks_like_patronymic,
    may_be_patronymic,
    sex_of_given,
    sex_of_patronymic,
)
from safepassage.core.register.scripts import given_name_first, sound_key, strip_marks
from safepassage.core.register.types import Sex

_FAMILY_NAME_END = re.compile(
    r"(?:enko|ov|ova|ev|eva|in|ina|sk|ska|skaa|ck|cka|Cuk|uk|Sin|ko|ec|ak|eZ|ug|ig|iSin|iSina|ar"
    r"|[aeious]san|[aeiou][nrkltdg]an|dze|Svil|esku|iv|iC)$"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ`´][^\W\d_]+)*\.?")
_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")
_HYPHEN = "\u2010"
_SURNAME_BEFORE = " \ue000 "
"""Stands where a bracket with an earlier surname was: the word before it is the surname."""
_HYPHENS = re.compile(r"(?<=\w)\s*[-‐‑–]\s*(?=\w)")
_PARTICLE_HYPHEN = re.compile(
    rf"(?<=\w)-(?=(?:{'|'.join(sorted(names_data.CHILD_OF_BEFORE))})\b)", re.IGNORECASE
)
_CACHE = 200_000


@dataclass(frozen=True, slots=True)
class NameParts:
    """A name as written, split.

    Parameters
    ----------
    surnames
        The surname first, then its halves and earlier surnames.
    given, patronymic
        One word each (a double given name with a hyphen), or an initial without its dot; empty
        where absent.
    sex
        What a particle shows (кызы: daughter of).
    """

    surnames: tuple[str, ...] = ()
    given: str = ""
    patronymic: str = ""
    sex: Sex = Sex.UNKNOWN


def parse_name(
    full_name: str = "", surname: str = "", given_name: str = "", patronymic: str = ""
) -> NameParts:
    """Split a name in any order of its parts; swapped columns are put right.

    Examples
    --------
    >>> parts = parse_name("Мария Ивановна Петренко (Сидоренко)")
    >>> parts.surnames, parts.given, parts.patronymic
    (('Петренко', 'Сидоренко'), 'Мария', 'Ивановна')
    """
    if full_name and not (surname and given_name):
        return _parse_full(" ".join(filter(None, (surname, full_name, given_name, patronymic))))
    if given_name and not surname:
        return _parse_full(f"{given_name} {patronymic}" if patronymic else given_name)
    return _parse_columns(surname, given_name, patronymic)


def with_earlier(parts: NameParts, earlier: tuple[str, ...]) -> NameParts:
    """Return the parts with further surnames."""
    return replace(parts, surnames=tuple(dict.fromkeys((*parts.surnames, *earlier))))


@lru_cache(maxsize=_CACHE)
def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that are parts of a name: no marks, titles, particles, hyphens."""
    found = _WORD.findall(_clean(text).replace(".", ". "))
    return tuple(word for word in found if _plain(word) not in _DROPPED)


# ---------------------------------------------------------------------------------- in columns


def _parse_columns(surname: str, given: str, patronymic: str) -> NameParts:
    surnames, given_words = _surname_words(surname), name_words(given)
    if not given_words or not surnames or _misplaced(surnames, given_words, patronymic):
        return _parse_full(f"{surname} {given} {patronymic}")
    if not patronymic and len(given_words) > 1 and _ends_with_father(given_words[-1]):
        given_words, patronymic = given_words[:-1], given_words[-1]
    if _columns_are_swapped(surnames, given_words):
        surnames, given_words = given_words, (surnames[0],)
    father = name_words(patronymic) if patronymic else ()
    return NameParts(
        surnames,
        _given_of(given_words),
        father[0].rstrip(".") if father else "",
        _sex_of_particle(patronymic) if len(father) and " " in patronymic else Sex.UNKNOWN,
    )


def _ends_with_father(word: str) -> bool:
    return looks_like_patronymic(word) or len(word.rstrip(".")) == 1


def _given_of(words: tuple[str, ...]) -> str:
    """Return the given name of a column: two names of the dictionary are a double name."""
    if len(words) == 2 and all(len(w) > 2 and is_given_name(w) for w in words):
        return f"{words[0]}-{words[1]}"
    return words[0].rstrip(".")


def _misplaced(surnames: tuple[str, ...], given: tuple[str, ...], patronymic: str) -> bool:
    """Return whether the patronymic stands in another column and something else in its own."""
    if not patronymic or len(patronymic.strip(". ")) < 3 or " " in patronymic.strip():
        return False
    if looks_like_patronymic(patronymic):
        return False
    return any(len(each) == 1 and looks_like_patronymic(each[0]) for each in (given, surnames))


def _columns_are_swapped(surnames: tuple[str, ...], given: tuple[str, ...]) -> bool:
    return (
        len(surnames) == 1
        and len(given) == 1
        and len(given[0].rstrip(".")) > 2
        and is_given_name(surnames[0])
        and not is_given_name(given[0])
    )


@lru_cache(maxsize=_CACHE)
def _surname_words(text: str) -> tuple[str, ...]:
    """Return the surname, its halves if it is double, then earlier surnames in brackets."""
    earlier = [w for inside in _BRACKETS.findall(text) for w in name_words(inside)]
    words = name_words(_BRACKETS.sub(" ", text))
    joined = ["".join(words)] if len(words) == 2 else []
    return tuple(dict.fromkeys((*words, *earlier, *joined)))


# ------------------------------------------------------------------------------ in one column


def _parse_full(text: str) -> NameParts:
    text = _clean(text)
    earlier: list[str] = []
    if "(" in text or "[" in text:
        earlier = [w for inside in _BRACKETS.findall(text) for w in name_words(inside)]
        text = _BRACKETS.sub(_SURNAME_BEFORE, text)
    text, marked = _cut_maiden(text)
    parts = _parse_in_order(text)
    more = (*earlier, *marked)
    return with_earlier(parts, more) if more else parts


def _parse_in_order(text: str) -> NameParts:
    before_comma, comma, after_comma = text.partition(",")
    mark = _SURNAME_BEFORE.strip()
    if comma and after_comma.strip() and before_comma.strip():
        return _parse_columns(before_comma, after_comma, "")
    hyphenated = _hyphenated(text) if "-" in text or "–" in text else text
    words = hyphenated.replace(".", ". ").split() if "." in hyphenated else hyphenated.split()
    father, sex = _named_father(words)
    surname = words[words.index(mark) - 1] if mark in words[1:] else ""
    kept = [word for word in words if not _is_dropped(word)]
    return _parse_words(kept, father, sex, surname)


def _hyphenated(text: str) -> str:
    """Return the text with the hyphens of double names marked and those of particles gone."""
    return _HYPHENS.sub(_HYPHEN, _PARTICLE_HYPHEN.sub(" ", text))


def _named_father(words: list[str]) -> tuple[str, Sex]:
    """Take out and return the father's name that a particle marks (Али оглы, ибн Али)."""
    for at, word in enumerate(words):
        plain = _plain(word)
        if plain in names_data.CHILD_OF_BEFORE and at >= 2:
            return words.pop(at - 1), _sex_of_particle(word)
        if plain in names_data.CHILD_OF_AFTER and at + 1 < len(words) and at > 0:
            return words.pop(at + 1), _sex_of_particle(word)
    return "", Sex.UNKNOWN


def _sex_of_particle(text: str) -> Sex:
    plain = {_plain(word) for word in text.split()}
    if plain & names_data.DAUGHTER_OF:
        return Sex.FEMALE
    return Sex.MALE if plain & names_data.SON_OF else Sex.UNKNOWN


def _cut_maiden(text: str) -> tuple[str, tuple[str, ...]]:
    words = text.split()
    for at, word in enumerate(words):
        if _plain(word.rstrip(":")) in names_data.MAIDEN_MARKS and at + 1 < len(words):
            end = at + 2
            while _plain(words[end - 1]) in names_data.MAIDEN_MARKS and end < len(words):
                end += 1
            rest = (*words[:at], _SURNAME_BEFORE.strip(), *words[end:])
            return " ".join(rest), name_words(words[end - 1])
    return text, ()


def _parse_words(words: list[str], father: str, sex: Sex, surname: str) -> NameParts:
    initials = [w for w in words if _is_initial(w)]
    long_words = [w for w in words if not _is_initial(w)]
    if initials and long_words:
        return _parse_initials(long_words, initials)
    at_father = None if father else _find_patronymic(long_words)
    rest = [w for i, w in enumerate(long_words) if i != at_father]
    if not rest:
        return NameParts()
    given = _find_given(long_words, at_father, rest, surname)
    double = _second_given(rest, given) if at_father is None and not father else None
    surnames = [w for i, w in enumerate(rest) if i not in (given, double)]
    written = [rest[i] for i in (given, double) if i is not None]
    if at_father is not None:
        father = long_words[at_father]
    return NameParts(
        _split_hyphens(surnames), "-".join(map(_unhyphen, written)), _first_half(father), sex
    )


def _second_given(rest: list[str], given: int | None) -> int | None:
    """Return where the second half of a double given name stands (Anna Maria Kowalska)."""
    if given is None or len(rest) < 3 or _HYPHEN in rest[given]:
        return None
    for at in (given + 1, given - 1):
        if 0 <= at < len(rest) and how_known(rest[at]) >= 2.5 and how_known(rest[given]) >= 2.5:
            return at
    return None


@lru_cache(maxsize=_CACHE)
def _is_initial(word: str) -> bool:
    """Return whether a word is an initial or an abbreviation of up to three letters (``Ив.``)."""
    return len(word.rstrip(".")) == 1 or (word.endswith(".") and len(word) <= 4)


def _parse_initials(long_words: list[str], initials: list[str]) -> NameParts:
    letters = [w[0] for w in initials]
    if len(long_words) == 1:
        return NameParts(_split_hyphens(long_words), letters[0], letters[1] if letters[1:] else "")
    given = next((i for i, w in enumerate(long_words) if _is_known(w)), len(long_words) - 1)
    rest = [w for i, w in enumerate(long_words) if i != given]
    if len(rest) == 1 and looks_like_patronymic(long_words[given]) and len(long_words) == 2:
        return NameParts(_split_hyphens(rest), letters[0], _first_half(long_words[given]))
    return NameParts(_split_hyphens(rest), _unhyphen(long_words[given]), letters[0])


def _find_patronymic(words: list[str]) -> int | None:
    """Return where the patronymic stands; a lone word or the first of two is a surname instead."""
    if len(words) < 2:
        return None
    found = [i for i, w in enumerate(words) if looks_like_patronymic(w)]
    if len(words) == 2:
        return 1 if 1 in found and _is_known(words[0]) else None
    if len(found) > 1:
        return _of_several(words, found)
    if not found and len(words) == 3:
        found = [i for i, w in enumerate(words) if i and may_be_patronymic(w)]
        return found[0] if len(found) == 1 else None
    return found[0] if found else None


def _of_several(words: list[str], found: list[int]) -> int:
    """Return which of several words that end as patronymics do is one, and no surname in -ович.

    The one that agrees in sex with the given name; then the one after the given name.
    """
    sexes = {sex_of_given(_unhyphen(w)) for w in words} - {Sex.UNKNOWN}
    agree = [i for i in found if sexes == {sex_of_patronymic(words[i])}] if sexes else []
    some = agree or found
    after_given = [i for i in some if i > 0 and _is_known(words[i - 1])]
    return (after_given or (some[:1] if 0 not in found and not sexes else some))[-1]


def _find_given(
    words: list[str], patronymic: int | None, rest: list[str], surname: str
) -> int | None:
    """Return which of `rest` (the words without the patronymic) is the given name."""
    if len(rest) == 1:
        return 0 if patronymic is not None or _is_known(rest[0]) else None
    before = rest.index(words[patronymic - 1]) if patronymic else None
    some = any(map(str.isupper, rest))
    shouted = some and not all(map(str.isupper, rest))
    scores = [
        _given_score(word, at)
        + 1.0 * (at == before)
        - 4.0 * ((shouted and word.isupper()) or word == surname)
        for at, word in enumerate(rest)
    ]
    return scores.index(max(scores))


def _given_score(word: str, at: int) -> float:
    """Return how much a word looks like the given name.

    Cyrillic lists write the surname first, others the given name; a surname in capitals beside a
    given name in small letters decides more, and what a dictionary knows decides most.
    """
    looks, usual_place = _looks_like_given(word)
    return looks + 0.5 * (at == usual_place)


@lru_cache(maxsize=_CACHE)
def _looks_like_given(word: str) -> tuple[float, int]:
    plain = _unhyphen(word)
    ending = -1.5 * bool(_FAMILY_NAME_END.search(sound_key(plain.split("-")[0])))
    return how_known(plain) + ending, 0 if given_name_first(word) else 1


# --------------------------------------------------------------------------------------- words


_DROPPED = names_data.MAIDEN_MARKS | names_data.TITLES | names_data.PARTICLES


def _clean(text: str) -> str:
    return text if text.isascii() else strip_marks(unicodedata.normalize("NFC", text))


@lru_cache(maxsize=_CACHE)
def _is_dropped(word: str) -> bool:
    return _plain(word) in _DROPPED or not _WORD.match(word)


def _plain(word: str) -> str:
    return word.rstrip(".").casefold()


def _is_known(word: str) -> bool:
    return is_given_name(_unhyphen(word))


def _unhyphen(word: str) -> str:
    """Return a word of the text as a name: double names with a plain hyphen."""
    return word.replace(_HYPHEN, "-").rstrip(".,")


def _first_half(word: str) -> str:
    return word.split(_HYPHEN)[0].rstrip(".,")


def _split_hyphens(words: list[str]) -> tuple[str, ...]:
    if len(words) == 1 and _HYPHEN not in words[0]:
        return (words[0].rstrip(".,"),)
    parts = [half.rstrip(".,") for word in words for half in word.split(_HYPHEN)]
    parts = [half for half in parts if _plain(half) not in _DROPPED]
    whole = ["".join(parts)] if len(parts) == 2 and any(_HYPHEN in w for w in words) else []
    return tuple(dict.fromkeys((*parts, *whole)))
