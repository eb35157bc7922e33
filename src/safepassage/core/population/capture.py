"""From persons and their lists to a table of capture histories, and what is odd in it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from safepassage.core.population.types import CaptureTable
from safepassage.core.register.types import LifeStatus, Register
from safepassage.errors import Finding, InputError

CHANCE_LIMIT = 0.01
"""A list contained in another less often than this by chance was not gathered on its own."""
FRAYED = 0.6
"""Share of a list on a larger one from which a copy with badly linked records is suspected."""
NEARLY_ALL = 0.95
"""A list with this share of its people on another may be a copy that linkage has frayed."""
LARGEST_ODDS_RATIO = 10.0
"""Between two lists that were gathered apart (the band's assumption); a copy lies far above it."""
SURE_STEPS = 2.326
"""Standard errors that the odds ratio must lie above that: 1 in 100 by chance."""


def capture_table(lists_per_person: Iterable[Sequence[str]], lists: Sequence[str]) -> CaptureTable:
    """Count persons by the lists that they are on.

    Parameters
    ----------
    lists_per_person
        For every person the ids of the lists that name them; repeats do not matter.
    lists
        All list ids, in the order of the columns; an id that names nobody is kept.

    Returns
    -------
    CaptureTable
        Histories sorted descending.

    Raises
    ------
    InputError
        If a person is on no list or on a list that is not in `lists`.

    Examples
    --------
    >>> capture_table([("a", "b"), ("a",), ("a",)], ["a", "b"]).counts
    (1, 2)
    """
    column = {name: place for place, name in enumerate(lists)}
    counts = Counter(_history(names, column) for names in lists_per_person)
    return table_of(tuple(lists), counts)


def _history(names: Sequence[str], column: dict[str, int]) -> tuple[int, ...]:
    unknown = [name for name in names if name not in column]
    if unknown:
        raise InputError(Finding(f"a person is on list '{unknown[0]}', which is not a list here."))
    if not names:
        raise InputError(Finding("a person is on no list: nobody can have observed them."))
    row = [0] * len(column)
    for name in names:
        row[column[name]] = 1
    return tuple(row)


def table_of(lists: tuple[str, ...], counts: dict[tuple[int, ...], int]) -> CaptureTable:
    """Return the table of `counts` by history; histories that count nobody are dropped.

    Raises
    ------
    InputError
        If a history has the wrong length, is all zero, or a count is negative.
    """
    for history, count in counts.items():
        _require_history(lists, history, count)
    kept = sorted((history for history, count in counts.items() if count), reverse=True)
    return CaptureTable(lists, tuple(kept), tuple(counts[history] for history in kept))


def _require_history(lists: tuple[str, ...], history: tuple[int, ...], count: int) -> None:
    if len(history) != len(lists) or not set(history) <= {0, 1}:
        raise InputError(Finding(f"history {history} is not {len(lists)} marks of 0 or 1."))
    if not any(history):
        raise InputError(Finding("a history without any list cannot have been observed."))
    if count < 0:
        raise InputError(Finding(f"history {history} has the count {count}; it is at least 0."))


def cell_counts(table: CaptureTable) -> NDArray[np.float64]:
    """Return persons per cell, shape (2**k,).

    Cell ``c`` holds the persons on exactly the lists whose bit is set in ``c`` (list 0 is bit 0);
    cell 0, the people on no list, is what is sought, and stands at 0 here.
    """
    counts = np.zeros(1 << len(table.lists))
    for history, count in zip(table.histories, table.counts, strict=True):
        counts[sum(mark << place for place, mark in enumerate(history))] = count
    return counts


def times_listed(table: CaptureTable) -> NDArray[np.float64]:
    """Return persons by how many lists they are on, shape (k + 1,); entry 0 is 0."""
    totals = np.zeros(len(table.lists) + 1)
    for history, count in zip(table.histories, table.counts, strict=True):
        totals[sum(history)] += count
    return totals


def list_sizes(table: CaptureTable) -> tuple[int, ...]:
    """Return persons on each list, in the order of the lists."""
    return tuple(_shared(table, (place,)) for place in range(len(table.lists)))


def _shared(table: CaptureTable, places: Sequence[int]) -> int:
    rows = zip(table.histories, table.counts, strict=True)
    return sum(count for history, count in rows if all(history[place] for place in places))


def pairs_without_overlap(table: CaptureTable) -> tuple[tuple[str, str], ...]:
    """Return the pairs of lists that have nobody in common."""
    pairs = combinations(range(len(table.lists)), 2)
    return tuple((table.lists[a], table.lists[b]) for a, b in pairs if not _shared(table, (a, b)))


def separate_groups(table: CaptureTable) -> tuple[tuple[str, ...], ...]:
    """Return the groups of lists that are tied to each other by common people.

    One group means that every list can be reached from every other through overlaps; more mean
    that nothing in the table says how the groups relate, and no total can be estimated from it.
    """
    group = list(range(len(table.lists)))
    for a, b in combinations(range(len(table.lists)), 2):
        if group[a] != group[b] and _shared(table, (a, b)):
            group = [group[a] if label == group[b] else label for label in group]
    members = (
        tuple(name for name, label in zip(table.lists, group, strict=True) if label == wanted)
        for wanted in dict.fromkeys(group)
    )
    return tuple(members)


def contained_lists(table: CaptureTable) -> tuple[tuple[str, str, float], ...]:
    """Return (list, list that holds all of it, chance of that) for every contained list.

    The chance is that of a list of this size, drawn from the people on any *other* list, lying
    wholly within the larger one. Of two identical lists the later counts as contained.
    """
    sizes = list_sizes(table)
    found = []
    for inner, outer in permutations(range(len(table.lists)), 2):
        whole = sizes[inner] and _shared(table, (inner, outer)) == sizes[inner]
        if whole and not (sizes[inner] == sizes[outer] and inner < outer):
            chance = _containment_chance(table, inner, outer)
            found.append((table.lists[inner], table.lists[outer], chance))
    return tuple(found)


def _containment_chance(table: CaptureTable, inner: int, outer: int) -> float:
    rows = list(zip(table.histories, table.counts, strict=True))
    others = [(h, c) for h, c in rows if any(h[:inner] + h[inner + 1 :])]
    total = sum(count for _, count in others)
    share = sum(count for history, count in others if history[outer]) / total
    if share == 1.0:
        return 0.0  # two lists only: nothing stands outside the larger one to compare with
    return float(share ** list_sizes(table)[inner])


def near_copies(
    table: CaptureTable, least: float = NEARLY_ALL
) -> tuple[tuple[str, str, float], ...]:
    """Return (list, larger list, share of it on the larger) for lists that nearly copy another.

    A copy seldom arrives whole: some rows are not linked, some are added. The odds ratio is taken
    among the people on any *third* list, where those on neither of the two are seen too, with half
    a person added to each of the four counts.

    Returns
    -------
    tuple
        The largest share first.
    """
    sizes = list_sizes(table)
    found = []
    for inner, outer in permutations(range(len(table.lists)), 2):
        smaller = (sizes[inner], -inner) < (sizes[outer], -outer)
        share = _shared(table, (inner, outer)) / max(1, sizes[inner])
        if smaller and share >= least and _copies(table, inner, outer):
            found.append((table.lists[inner], table.lists[outer], share))
    return tuple(sorted(found, key=lambda row: (-row[2], row[:2])))


def _copies(table: CaptureTable, inner: int, outer: int) -> bool:
    four = {(1, 1): 0.5, (1, 0): 0.5, (0, 1): 0.5, (0, 0): 0.5}
    for history, count in zip(table.histories, table.counts, strict=True):
        if sum(history) > history[inner] + history[outer]:
            four[history[inner], history[outer]] += count
    log_ratio = math.log(four[1, 1] * four[0, 0] / (four[1, 0] * four[0, 1]))
    error = math.sqrt(sum(1 / count for count in four.values()))
    return log_ratio - SURE_STEPS * error > math.log(LARGEST_ODDS_RATIO)


def merge_lists(table: CaptureTable, name: str, into: str) -> CaptureTable:
    """Return the table with two lists read as one under the second's name; nobody leaves it."""
    place, kept = table.lists.index(name), table.lists.index(into)
    counts: Counter[tuple[int, ...]] = Counter()
    for history, count in zip(table.histories, table.counts, strict=True):
        marks = list(history)
        marks[kept] |= marks[place]
        counts[tuple(marks[:place] + marks[place + 1 :])] += count
    return table_of(table.lists[:place] + table.lists[place + 1 :], counts)


def without_list(table: CaptureTable, name: str) -> CaptureTable:
    """Return the table without one list; persons on no other list leave the table too."""
    place = table.lists.index(name)
    counts: Counter[tuple[int, ...]] = Counter()
    for history, count in zip(table.histories, table.counts, strict=True):
        counts[history[:place] + history[place + 1 :]] += count
    remaining = {history: count for history, count in counts.items() if any(history)}
    return table_of(table.lists[:place] + table.lists[place + 1 :], remaining)


Step = tuple[str, str]
"""(list, the list that it is read as one with); the second is empty where the first is left out."""


def prepare(table: CaptureTable) -> tuple[CaptureTable, tuple[str, ...]]:
    """Leave out lists that carry no information on how many are missing, and say so.

    A list that names nobody, and a list contained in another more surely than chance allows
    (:data:`CHANCE_LIMIT`), say nothing about people on no list. A list that nearly copies another
    (:func:`near_copies`) is read as one with it. Nobody leaves the union by this.

    Returns
    -------
    tuple
        The table to estimate from, and a sentence for each oddity.
    """
    steps, notices = preparation(table)
    usable = prepared(table, steps)
    chance = tuple(
        f"Everybody on list '{inner}' is also on list '{outer}'; it is short enough for chance."
        for inner, outer, _ in contained_lists(usable)
    )
    return usable, notices + chance + _frayed(usable)


def _frayed(table: CaptureTable) -> tuple[str, ...]:
    """Warn of lists that share more people than lists gathered apart, and less than a copy."""
    return tuple(
        f"List '{inner}' has {share:.0%} of its people on list '{outer}', far more than lists "
        "gathered apart would share. If it is a copy whose records are badly linked, the band is "
        "too low: look at the estimate without it."
        for inner, outer, share in near_copies(table, FRAYED)
    )


def prepared(table: CaptureTable, steps: Iterable[Step]) -> CaptureTable:
    """Return the table after the steps of :func:`preparation`, of this table or of a larger one."""
    for name, into in steps:
        table = merge_lists(table, name, into) if into else without_list(table, name)
    return table


def preparation(table: CaptureTable) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Return what :func:`prepare` does to a table, and a sentence for each step."""
    empty = [name for name, size in zip(table.lists, list_sizes(table), strict=True) if not size]
    steps: list[Step] = [(name, "") for name in empty]
    notices = [f"List '{name}' names nobody; it was left out." for name in empty]
    table = prepared(table, steps)
    while found := _next_copy(table):
        step, sentence = found
        table = prepared(table, [step])
        steps.append(step)
        notices.append(sentence)
    return tuple(steps), tuple(notices)


def _next_copy(table: CaptureTable) -> tuple[Step, str] | None:
    """Return the step that takes one copy out, and what to say; None if no list is a copy."""
    certain = [row for row in contained_lists(table) if row[2] < CHANCE_LIMIT]
    if certain:
        inner, outer, _ = certain[0]
        return (inner, ""), _contained_sentence(table, inner, outer)
    for inner, outer, share in near_copies(table):
        sentence = (
            f"List '{inner}' has {share:.1%} of its people on list '{outer}', as a copy has whose "
            "records are not all linked: the two were read as one list."
        )
        return (inner, outer), sentence
    return None


def _contained_sentence(table: CaptureTable, inner: str, outer: str) -> str:
    sizes = dict(zip(table.lists, list_sizes(table), strict=True))
    what = "is a copy of" if sizes[inner] == sizes[outer] else "is contained in"
    return (
        f"List '{inner}' {what} list '{outer}': it was not gathered on its own and says nothing "
        "about people on no list, so it was left out of the estimate; its people still count."
    )


def remaining_table(
    register: Register, lists: Sequence[str]
) -> tuple[CaptureTable, tuple[str, ...]]:
    """Count the register's persons by their lists, without those known to have left or died.

    An estimate is of a closed population: the people who are there now. A person of whom any
    record says *already out* or *deceased* is taken out first, and their number is said.

    Parameters
    ----------
    lists
        List ids in the order of the columns.

    Returns
    -------
    tuple
        The table, and a sentence on who was taken out, if anybody was.
    """
    by_id = {record.record_id: record for record in register.records}
    gone = {LifeStatus.ALREADY_OUT, LifeStatus.DECEASED}
    memberships = []
    for person in register.persons:
        records = [by_id[record_id] for record_id in person.record_ids]
        if not any(record.status in gone for record in records):
            memberships.append(tuple(record.list_id for record in records))
    left = len(register.persons) - len(memberships)
    notices = (f"Taken out first, as a list reports them already out or dead: {left}.",)
    return capture_table(memberships, lists), notices if left else ()
