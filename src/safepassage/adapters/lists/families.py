"""Several people in one cell: noticed, and split only where it is plain (01b-import §14)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from safepassage.core.register.scripts import fold
from safepassage.core.register.words import FAMILY_IN_A_CELL

_COUNTED = re.compile(r"\+\s*\d|\d+\s*(чел|ос|дет|діт|pers)")
_ONE = re.compile(
    r"(?P<name>[^\W\d_][^\d;()]*?)[\s,(]*(?P<birth>(?:\d{1,2}[./-]\d{1,2}[./-])?(?:19|20)\d\d)"
    r"\s*(?:г\.?\s*р?\.?|р\.?\s*н?\.?|года|року)?\)?\s*$"
)
_BETWEEN = re.compile(r"\s*(?:;|\n|\+|/|(?<=\d)\s*,|(?<=\))\s*,|(?<=р\.),|(?<=г\.),|(?<=н\.),)\s*")
_NAME_WORD = re.compile(r"[^\W\d_]{2,}(?:[-'’ʼ][^\W\d_]+)*$|[^\W\d_]\.?$")
_TWO_YEARS = re.compile(r"\d{4}.*\d{4}", re.DOTALL)
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a family that was written into one cell."""

    name: str
    birth: str


def holds_a_family(text: str) -> bool:
    """Return whether a cell of names seems to hold several people."""
    words = [fold(word) for word in re.findall(r"[^\W\d_]{2,}|\b[^\W\d_]\b(?!\.)", text)]
    commas = text.count(",") + text.count(";") + text.count("/") + text.count("\n")
    said = any(word in FAMILY_IN_A_CELL for word in words[1:])
    if commas > 1 or said or _COUNTED.search(text) or names_a_line(re.split(r"[;\n]", text)):
        return True
    return _TWO_YEARS.search(text) is not None and bool(members_of(text))


def names_a_line(lines: Sequence[str]) -> bool:
    """Return whether two or more lines of a cell each begin with two words of a name.

    Examples
    --------
    >>> names_a_line(["Коваль Анна", "Коваль Иван 2010"]), names_a_line(["Коваль", "Анна Ивановна"])
    (True, False)
    """
    firsts = [line.replace(".", ". ").split()[:2] for line in lines if line.strip()]
    return len(firsts) > 1 and all(
        len(words) == 2 and all(_NAME_WORD.match(word) and word[0].isupper() for word in words)
        for words in firsts
    )


def family_words(text: str) -> tuple[str, ...]:
    """Return the words of a cell that say that it holds a family."""
    words = re.findall(r"[^\W\d_]+", text)[1:]
    return tuple(dict.fromkeys(word for word in words if fold(word) in FAMILY_IN_A_CELL))


def members_of(text: str) -> tuple[Member, ...]:
    """Return the people of a cell that plainly lists full names, each with a year of birth.

    Plain means: two or more parts, each of two to four words of a name and a year or day of birth.
    Anything else gives nothing: nobody is made up.

    Examples
    --------
    >>> [each.name for each in members_of("Коваль Анна 1980, Коваль Иван 2010")]
    ['Коваль Анна', 'Коваль Иван']
    >>> members_of("Коваль Анна с детьми 2010, 2012")
    ()
    """
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    found = [_member(part) for part in parts]
    plain = [each for each in found if each is not None]
    return tuple(plain) if len(plain) == len(parts) > 1 else ()


def _member(part: str) -> Member | None:
    found = _ONE.match(part.strip())
    if not found:
        return None
    words = found["name"].replace(".", ". ").split()
    plain = 2 <= len(words) <= _MOST_WORDS and all(
        _NAME_WORD.match(word) and fold(word) not in FAMILY_IN_A_CELL for word in words
    )
    return Member(" ".join(found["name"].split()), found["birth"]) if plain else None
