"""Composite keys of a record, for sides that hand over no names.

A record becomes a few keys of several *kinds*: surname, given name and year; surname, given name
and place; and so on. Each key is sealed by an oblivious pseudorandom function before it leaves
the side, so whoever counts sees only which sealed keys are equal. Every kind holds what differs
within a family (given name, its initial, or day of birth): keys that a whole family shares would
show the counter the families.
Rules: ``docs/spec/01g-sealed.md``; why these kinds: ``docs/theory/linkage-without-names.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, product

from safepassage.core.register.comparable import Comparable

WIDEST_YEARS = 3
"""A birth known no closer than this many calendar years has no key with a year."""
BAND_YEARS = 8
"""Two half-overlapping bands of years: births up to four years apart always share one."""
TOKEN_BYTES = 16
"""A sealed key is cut to this; a chance of 2**-128 that two different keys meet."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of composite key.

    Parameters
    ----------
    name
        Also the first part of what is sealed, so that keys of two kinds never meet.
    parts
        Columns that it joins.
    slots
        Keys that every record hands in of this kind: missing ones are filled with chance, so that
        their number does not tell a name with many readings.
    """

    name: str
    parts: tuple[str, ...]
    slots: int


KINDS = (
    Kind("name-year", ("surname", "given", "year-as-typed"), 6),
    Kind("name-band", ("surname", "given", "band"), 6),
    Kind("name-place", ("surname", "given", "place"), 3),
    Kind("name-father", ("surname", "given", "father"), 3),
    Kind("no-surname", ("given", "father", "year", "place"), 3),
    Kind("initials", ("surname", "initial", "father-initial", "year", "place"), 4),
    Kind("name-day", ("surname", "day"), 2),
)
SLOTS = sum(kind.slots for kind in KINDS)


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """One record as the counter sees it.

    Parameters
    ----------
    tokens
        Sealed keys of each kind of :data:`KINDS`, ``slots`` of each.
    has_year, has_father
        Whether the record holds a birth year and a patronymic: without these two bits a pair that
        disagrees cannot be told from a pair that does not say.
    """

    tokens: tuple[tuple[bytes, ...], ...]
    has_year: bool
    has_father: bool


@dataclass(frozen=True, slots=True)
class SealedList:
    """One side's records, in an order that says nothing."""

    side: str
    records: tuple[SealedRecord, ...]


def composite_keys(record: Comparable) -> tuple[tuple[str, ...], ...]:
    """Return the keys of a record, one tuple a kind; empty where a part is unknown.

    These are personal data, and leave this process only sealed.
    """
    columns = _columns(record)
    return tuple(_keys(kind, columns) for kind in KINDS)


def has_year(record: Comparable) -> bool:
    """Return whether the birth is known closely enough for a key."""
    return bool(_years(record.birth))


def has_father(record: Comparable) -> bool:
    """Return whether a patronymic is known, if only by its initial."""
    return bool(record.name.father or record.name.patronymic_initial)


def _keys(kind: Kind, columns: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    readings = product(*(columns[part] for part in kind.parts))
    return tuple("\x1f".join((kind.name, *each)) for each in islice(readings, kind.slots))


def _columns(record: Comparable) -> dict[str, Sequence[str]]:
    name, years = record.name, _years(record.birth)
    return {
        "surname": name.surname_keys,
        "given": name.given_set,
        "father": name.father,
        "initial": name.given_initial,
        "father-initial": name.patronymic_initial,
        "place": (record.stay,) if record.stay else (),
        "year": tuple(map(str, years)),
        "year-as-typed": tuple(dict.fromkeys(map(str, (*years, *map(_turned, years))))),
        "band": tuple(dict.fromkeys(band for year in years for band in _bands(year))),
        "day": _day(record.birth),
    }


def _years(birth: tuple[int, int] | None) -> range:
    if birth is None:
        return range(0)
    first, last = (date.fromordinal(day).year for day in birth)
    return range(first, last + 1) if last - first < WIDEST_YEARS else range(0)


def _turned(year: int) -> int:
    """Return the year with its last two digits exchanged, the commonest error in typing one."""
    century, digits = divmod(year, 100)
    return century * 100 + digits % 10 * 10 + digits // 10


def _bands(year: int) -> tuple[str, str]:
    return f"a{year // BAND_YEARS}", f"b{(year + BAND_YEARS // 2) // BAND_YEARS}"


def _day(birth: tuple[int, int] | None) -> tuple[str, ...]:
    if birth is None or birth[0] != birth[1]:
        return ()
    return (date.fromordinal(birth[0]).isoformat(),)
