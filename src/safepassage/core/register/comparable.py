"""From a record to the columns that are compared, and to the keys that decide what is compared.

A *blocking rule* names pairs worth comparing: those that share one key. Rules are chosen so that a
pair which agrees on most fields shares some key whichever single field is wrong
(``docs/spec/01-register.md`` §22).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from safepassage.core.register.gazetteer import Gazetteer
from safepassage.core.register.normalise import CanonicalName, canonical_name
from safepassage.core.register.types import ApproximateDate, ListRecord, Sex

MAX_KEY_PAIRS = 20_000
"""A key shared by more pairs than that is dropped from its rule (a village with a third of the
people); the pairs are still found by the other rules."""
MAX_PAIRS_A_RECORD = 400
"""Over all rules; beyond it the keys with the most pairs are dropped first."""
MIN_PAIR_BUDGET = 200_000
RecordKeys = tuple[tuple[str, ...], ...]
"""The keys of one record, a tuple per rule."""
_WIDE_DAYS = 800
_PHONE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Comparable:
    """A record's canonical columns.

    Parameters
    ----------
    index
        Position of the record.
    name
        Canonical name.
    sex
        As recorded, else as the name says.
    birth
        Days since 0001-01-01 of the earliest and latest possible birth; None where unknown.
    stay, birth_place
        Place ids, or sound keys after ``~``; empty where unknown.
    phone
        Last nine digits; empty where there are fewer.
    household
        ``list_id/household_key``; empty where the list names none.
    """

    index: int
    list_id: str
    name: CanonicalName
    sex: Sex
    birth: tuple[int, int] | None
    stay: str
    birth_place: str
    phone: str
    household: str


def comparable(index: int, record: ListRecord, gazetteer: Gazetteer) -> Comparable:
    """Return the canonical columns of one record."""
    written = record.full_name, record.surname, record.given_name, record.patronymic
    name = canonical_name(*written, record.sex)
    return Comparable(
        index=index,
        list_id=record.list_id,
        name=name,
        sex=name.sex,
        birth=_days(record.birth),
        stay=gazetteer.place_id(record.stay_place),
        birth_place=gazetteer.place_id(record.birth_place),
        phone=phone_key(record.phone),
        household=f"{record.list_id}/{record.household_key}" if record.household_key else "",
    )


def phone_key(written: str) -> str:
    """Return the last nine digits of a phone number, which no country or trunk prefix changes.

    Examples
    --------
    >>> phone_key("+380 (50) 123-45-67") == phone_key("050 1234567")
    True
    """
    digits = re.sub(r"\D", "", written)
    return digits[-_PHONE_DIGITS:] if len(digits) >= _PHONE_DIGITS else ""


def blocking_keys(columns: Sequence[Comparable]) -> tuple[tuple[RecordKeys, ...], int]:
    """Return each record's keys, one tuple of keys per rule, within the pair budget.

    Returns
    -------
    keys
        ``keys[record][rule]``, sorted.
    dropped
        Number of keys left out because too many pairs share them.
    """
    keys = [tuple(_keys_of(each)) for each in columns]
    dropped = _too_common(keys, max(MIN_PAIR_BUDGET, MAX_PAIRS_A_RECORD * len(columns)))
    kept = tuple(
        tuple(
            tuple(sorted(key for key in rule if (at, key) not in dropped))
            for at, rule in enumerate(of_record)
        )
        for of_record in keys
    )
    return kept, len(dropped)


RULES = (
    "surname and given name",
    "surname and birth year",
    "given name and birth year",
    "given name, father's name and place of stay",
    "surname, father's name",
    "surname, place of stay and first sound",
    "date of birth",
    "phone",
)
"""What two records share under each rule."""


def _keys_of(record: Comparable) -> Iterator[frozenset[str]]:
    """Yield the keys of one record, a set per rule of RULES."""
    name, years = record.name, _birth_years(record)
    surnames = name.surname_keys
    yield _joined(surnames, name.given_set)
    yield _joined(surnames, years)
    yield _joined(name.given_set, years)
    yield _joined(name.given_set, name.father, _one(record.stay))
    yield _joined(surnames, name.father)
    yield _joined(surnames, name.given_initial, _one(record.stay))
    yield _joined(_one(_exact_day(record)))
    yield _joined(_one(record.phone))


def _joined(*parts: Sequence[str]) -> frozenset[str]:
    return frozenset("|".join(combination) for combination in product(*parts))


def _one(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _exact_day(record: Comparable) -> str:
    if record.birth is None or record.birth[0] != record.birth[1]:
        return ""
    return str(record.birth[0])


def _birth_years(record: Comparable) -> tuple[str, ...]:
    """Return the years in which the person may have been born; none where that says too little."""
    if record.birth is None or record.birth[1] - record.birth[0] > _WIDE_DAYS:
        return ()
    first, last = (date.fromordinal(day).year for day in record.birth)
    return tuple(str(year) for year in range(first, last + 1))


def _too_common(keys: list[tuple[frozenset[str], ...]], budget: int) -> frozenset[tuple[int, str]]:
    counts = Counter(
        (at, key) for of_record in keys for at, rule in enumerate(of_record) for key in rule
    )
    pairs = sorted((n * (n - 1) // 2, key) for key, n in counts.items() if n > 1)
    dropped = {key for number, key in pairs if number > MAX_KEY_PAIRS}
    total = sum(number for number, _ in pairs if number <= MAX_KEY_PAIRS)
    while total > budget:
        number, key = pairs.pop()
        if key not in dropped:
            dropped.add(key)
            total -= number
    return frozenset(dropped)


def _days(birth: ApproximateDate | None) -> tuple[int, int] | None:
    if birth is None:
        return None
    earliest, latest = date.fromisoformat(birth.earliest), date.fromisoformat(birth.latest)
    if earliest == latest and (earliest.month, earliest.day) == (1, 1):
        latest = date(earliest.year, 12, 31)  # offices write 1 January where they know the year
    return earliest.toordinal(), latest.toordinal()
