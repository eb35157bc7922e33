"""Capture histories for the population stage: who is on which lists, counted, whole or by stratum.

Rules: ``docs/spec/01f-export-and-ask.md`` §25 to §28. Small counts are *not* hidden: an estimate
from a table with holes is wrong. The files are therefore for the intermediary only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from safepassage.core.population.capture import capture_table
from safepassage.core.population.types import CaptureTable
from safepassage.core.register.people import PersonView

STRATA = ("place", "sex", "age")
FEWEST = 30
"""Strata with fewer persons are put together: no method says anything useful of so few, and a
single history among them is a single person."""
REST = "rest"


@dataclass(frozen=True, slots=True)
class Stratum:
    """The capture table of some of the people.

    Parameters
    ----------
    name
        Safe as part of a file name; empty for everybody.
    """

    name: str
    table: CaptureTable


def capture_strata(
    views: Iterable[PersonView],
    lists: Sequence[str],
    by: str = "",
    *,
    place_names: Mapping[str, str] | None = None,
) -> tuple[Stratum, ...]:
    """Return the table of everybody who is there, then those of the strata.

    Whoever is known to have left or died is taken out first: an estimate is of people who are
    there now.

    Parameters
    ----------
    lists
        List ids, in the order of the columns.
    by
        One of ``place``, ``sex``, ``age``; empty for no strata.
    place_names
        Name of each place id, for the names of strata.

    Raises
    ------
    ValueError
        If `by` is none of these.
    """
    there = [view for view in views if view.is_there]
    everybody = Stratum("", capture_table(map(_lists_of, there), lists))
    if not by:
        return (everybody,)
    groups = _grouped(there, _key(by, place_names or {}))
    return (
        everybody,
        *(
            Stratum(name, capture_table(map(_lists_of, groups[name]), lists))
            for name in sorted(groups, key=lambda name: (name == REST, name))
        ),
    )


def _lists_of(view: PersonView) -> tuple[str, ...]:
    return tuple(record.list_id for record in view.records)


def _key(by: str, place_names: Mapping[str, str]) -> Callable[[PersonView], str]:
    keys: dict[str, Callable[[PersonView], str]] = {
        "place": lambda view: place_names.get(view.place_id, view.place_id) or "no-place",
        "sex": lambda view: view.sex.value,
        "age": lambda view: view.age_group.value,
    }
    if by not in keys:
        raise ValueError(f"'{by}' is no stratum; accepted are {', '.join(STRATA)}")
    return keys[by]


def _grouped(
    views: Iterable[PersonView], key: Callable[[PersonView], str]
) -> dict[str, list[PersonView]]:
    found: dict[str, list[PersonView]] = defaultdict(list)
    for view in views:
        found[_safe(key(view))].append(view)
    small = [name for name, members in found.items() if len(members) < FEWEST]
    rest = [view for name in small for view in found.pop(name)]
    return dict(found) | ({REST: rest} if rest else {})


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name).strip("._") or "unnamed"
