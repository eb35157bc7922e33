"""Which pairs of records are worth comparing: those that share a key of a blocking rule.

Rules are chosen so that a pair which agrees on most fields shares some key whichever single field
is wrong (``docs/spec/01-register.md`` §22).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product

from safepassage.core.register.comparable import Comparable

MAX_KEY_PAIRS = 20_000
"""A key shared by more pairs than that is dropped from its rule (a village with a third of the
people); the pairs are still found by the other rules."""
MAX_PAIRS_A_RECORD = 400
"""Over all rules; beyond it the keys with the most pairs are dropped first."""
MIN_PAIR_BUDGET = 200_000
RecordKeys = tuple[tuple[str, ...], ...]
"""The keys of one record, a tuple per rule."""
_WIDE_DAYS = 800


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
