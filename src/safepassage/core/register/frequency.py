"""How frequent a value is: agreeing on Иванов says less than agreeing on a rare surname.

Villages have their old families: a surname that is rare in the country may be every third one on a
street. So a surname's frequency is taken among the people of the same place where that is higher.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from safepassage.core.register.comparable import Comparable

PRIOR_RECORDS = 200.0
"""Records with the usual frequency, as if seen before: short lists teach little."""
PLACE_PRIOR_RECORDS = 60.0
"""The same, for the people of one place, with the frequency over all places."""


def frequencies(values: Iterable[str], usual: float) -> dict[str, float]:
    """Return the share of each value among `values`, drawn towards `usual` where they are few."""
    counts = Counter(values)
    total = sum(counts.values()) + PRIOR_RECORDS
    return {value: (n + PRIOR_RECORDS * usual) / total for value, n in counts.items()}


def surname_frequencies(columns: Sequence[Comparable], usual: float) -> dict[str, float]:
    """Return, by ``surname|place``, how frequent a surname is there or overall, whichever is more.

    A person on five lists is no five namesakes: of the rows with a surname at a place, one given
    name's share is left out.
    """
    overall = frequencies((each.name.surname for each in columns if each.name.surname), usual)
    people = Counter(each.stay for each in columns if each.name.surname)
    given: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in columns:
        if each.name.surname:
            given[each.name.surname, each.stay].append(each.name.given)
    return {
        f"{surname}|{place}": max(
            overall[surname],
            _share_at_place(names, people[place], overall[surname]) if place else 0.0,
        )
        for (surname, place), names in given.items()
    }


def _share_at_place(names: Sequence[str], people: int, overall: float) -> float:
    others = len(names) * (1.0 - 1.0 / len(set(names)))
    return (others + PLACE_PRIOR_RECORDS * overall) / (people + PLACE_PRIOR_RECORDS)
