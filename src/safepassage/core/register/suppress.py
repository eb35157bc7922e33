"""Small counts hidden in a table, and enough others that no hidden count can be worked out.

A table is a set of counts and the sums that hold between them. Whoever reads it knows what is
printed, the sums, and that nobody is counted less than zero times; from that each hidden count lies
in a range. A table is safe when every such range is wide (``docs/spec/01f-export-and-ask.md`` §20).
Cell suppression with complementary cells: A. Hundepool et al., *Statistical Disclosure Control*,
Wiley 2012, chapter 4, doi 10.1002/9781118348239. The audit is exact: integer programs, not a rule
of thumb; which further cells are hidden is a heuristic and not the fewest possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

MINIMUM = 10
"""Counts from 1 to 9 are hidden by default. CDC WONDER (Data Use Restrictions) hides counts of 9
and fewer; CMS's cell size policy hides 10 and fewer; national statistics often stop at 3 or 5.
Villages here have tens of people and both parties hold lists of them, hence the stricter end."""

Numbers = NDArray[np.float64]
_MANY_AT_ONCE = 12
"""Tries that move all narrow cells together before each is tried alone; saves time only."""

Cell = tuple[str, str]
"""Row and column."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A total and the counts that add up to it."""

    total: Cell
    parts: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Suppression:
    """Which counts of a table are not shown.

    Parameters
    ----------
    small
        Hidden because of their own size, or because they are sensitive.
    others
        Hidden so that those cannot be worked out.
    """

    small: frozenset[Cell]
    others: frozenset[Cell]

    @property
    def hidden(self) -> frozenset[Cell]:
        """All that is not shown."""
        return self.small | self.others


def suppress(
    counts: Mapping[Cell, int],
    sums: Sequence[Sum],
    minimum: int = MINIMUM,
    sensitive: Iterable[Cell] = (),
) -> Suppression:
    """Return what to hide so that every hidden count may be any of more than `minimum` values.

    Parameters
    ----------
    counts
        Persons, every cell of every sum, also those that will not be printed.
    sums
        All sums that a reader knows to hold.
    minimum
        The smallest count that is shown besides zero; at least 2.
    sensitive
        Cells hidden whatever their count.

    Raises
    ------
    ValueError
        If a sum does not hold or the minimum is below 2.
    """
    _require_sums(counts, sums, minimum)
    small = {cell for cell, count in counts.items() if 0 < count < minimum} | set(sensitive)
    hidden = set(small)
    chooser = _Chooser(counts, sums)
    ranges = _Ranges(counts, sums, minimum)
    while (exposed := ranges.exposed(hidden)) and chooser.anything_left(hidden):
        before = frozenset(hidden)
        for cell in sorted(exposed):
            if not chooser.has_new(cell, hidden - before):
                chooser.hide_beside(cell, hidden)
    return Suppression(frozenset(small), frozenset(hidden - small))


def exposed_cells(
    counts: Mapping[Cell, int], sums: Sequence[Sum], hidden: Iterable[Cell], minimum: int
) -> set[Cell]:
    """Return hidden cells of which a reader can tell the count to within less than `minimum`."""
    return _Ranges(counts, sums, minimum).exposed(set(hidden))


def _require_sums(counts: Mapping[Cell, int], sums: Sequence[Sum], minimum: int) -> None:
    if minimum < 2:
        raise ValueError(f"a minimum of {minimum} hides nothing; at least 2 is accepted")
    for each in sums:
        if counts[each.total] != sum(counts[part] for part in each.parts):
            raise ValueError(f"the parts of {each.total} do not add up to it")


class _Chooser:
    """Chooses which counts to hide beside one that must not be found out."""

    def __init__(self, counts: Mapping[Cell, int], sums: Sequence[Sum]) -> None:
        self.counts = counts
        self.members = [(each.total, *each.parts) for each in sums]
        self.sums_of: dict[Cell, list[int]] = {}
        self.levels: dict[Cell, int] = {}
        for at, cells in enumerate(self.members):
            self.levels[cells[0]] = self.levels.get(cells[0], 0) + 1
            for cell in cells:
                self.sums_of.setdefault(cell, []).append(at)

    def hide_beside(self, cell: Cell, hidden: set[Cell]) -> None:
        """Hide the least useful shown count in every sum where `cell` is the only hidden one.

        Where there is none such, in the sum of `cell` with fewest hidden counts; where all of its
        sums are hidden whole, anywhere.
        """
        alone = [at for at in self.sums_of.get(cell, ()) if self._hidden_in(at, hidden) == 1]
        for at in alone:
            self._hide_one(self.members[at], hidden)
        if not alone:
            self._hide_one(self._next_cells(cell, hidden), hidden)

    def has_new(self, cell: Cell, new: set[Cell]) -> bool:
        """Whether a sum of `cell` has got another hidden count just now, which may be enough."""
        return any(other in new for at in self.sums_of.get(cell, ()) for other in self.members[at])

    def anything_left(self, hidden: set[Cell]) -> bool:
        """Whether any count of any sum is still shown."""
        return any(cell not in hidden for cell in self.sums_of)

    def _hidden_in(self, at: int, hidden: set[Cell]) -> int:
        return sum(cell in hidden for cell in self.members[at])

    def _next_cells(self, cell: Cell, hidden: set[Cell]) -> Iterable[Cell]:
        open_sums = [
            at
            for at in self.sums_of.get(cell, ())
            if self._hidden_in(at, hidden) < len(self.members[at])
        ]
        if not open_sums:
            return self.sums_of
        return self.members[min(open_sums, key=lambda at: (self._hidden_in(at, hidden), at))]

    def _hide_one(self, cells: Iterable[Cell], hidden: set[Cell]) -> None:
        shown = [cell for cell in cells if cell not in hidden]
        if shown:
            hidden.add(min(shown, key=self._loss))

    def _loss(self, cell: Cell) -> tuple[bool, int, int, Cell]:
        """Order by use to a reader: a zero protects little, a total is what readers need most."""
        count = self.counts[cell]
        return count == 0, self.levels.get(cell, 0), count, cell


def _components(
    hidden: set[Cell], sums: Sequence[Sum]
) -> list[tuple[list[Cell], list[tuple[Cell, list[Cell]]]]]:
    """Return groups of hidden cells that depend on each other, each with its sums.

    A sum is its total, if that is hidden, and its hidden parts.
    """
    parent = {cell: cell for cell in hidden}

    def root(cell: Cell) -> Cell:
        while parent[cell] != cell:
            parent[cell] = parent[parent[cell]]
            cell = parent[cell]
        return cell

    touched = []
    for each in sums:
        inside = [cell for cell in (each.total, *each.parts) if cell in hidden]
        if not inside:
            continue
        touched.append((each.total, inside))
        for cell in inside[1:]:
            parent[root(cell)] = root(inside[0])
    groups: dict[Cell, tuple[list[Cell], list[tuple[Cell, list[Cell]]]]] = {}
    for cell in sorted(hidden):
        groups.setdefault(root(cell), ([], []))[0].append(cell)
    for total, inside in touched:
        groups[root(inside[0])][1].append((total, inside))
    return list(groups.values())


class _Ranges:
    """What a reader can find out about hidden cells, kept while more and more are hidden.

    A table that fits what is shown goes on fitting when less is shown, so ranges only widen and
    no cell that was once seen to be safe has to be looked at again.
    """

    def __init__(self, counts: Mapping[Cell, int], sums: Sequence[Sum], width: int) -> None:
        self.counts, self.sums, self.width = counts, sums, width
        self.low, self.high = dict(counts), dict(counts)

    def exposed(self, hidden: set[Cell]) -> set[Cell]:
        """Return hidden cells whose lowest and highest counts are less than `width` apart."""
        narrow: set[Cell] = set()
        for cells, rows in _components(hidden, self.sums):
            if any(self._is_narrow(cell) for cell in cells):
                self._look_at_many(_Puzzle(cells, rows, self.counts, self.width))
            narrow |= {cell for cell in cells if self._is_narrow(cell)}
        return narrow

    def _is_narrow(self, cell: Cell) -> bool:
        return self.high[cell] - self.low[cell] < self.width

    def _look_at_many(self, puzzle: _Puzzle) -> None:
        """Widen the ranges, first by tables that move many cells at once, then cell by cell."""
        draw = np.random.default_rng(0)
        for _ in range(_MANY_AT_ONCE):
            goal = draw.choice((-1.0, 1.0), len(puzzle.cells))
            self._note(puzzle, goal * [self._is_narrow(cell) for cell in puzzle.cells])
        for at, cell in enumerate(puzzle.cells):
            for sign in (1.0, -1.0):
                if self._is_narrow(cell):
                    self._note(puzzle, np.eye(1, len(puzzle.cells), at)[0] * sign)

    def _note(self, puzzle: _Puzzle, goal: Numbers) -> None:
        if not goal.any():
            return
        for cell, count in zip(puzzle.cells, puzzle.solve(goal), strict=True):
            self.low[cell] = min(self.low[cell], count)
            self.high[cell] = max(self.high[cell], count)


class _Puzzle:
    """Hidden cells that depend on each other, and the sums that a reader knows of them."""

    def __init__(
        self,
        cells: Sequence[Cell],
        rows: Sequence[tuple[Cell, list[Cell]]],
        counts: Mapping[Cell, int],
        width: int,
    ) -> None:
        self.cells = list(cells)
        self.truth = np.array([counts[cell] for cell in cells], dtype=float)
        self.reach = float(self.truth.sum() + 10 * width * (len(cells) + 1))
        self.matrix = self._matrix(rows)

    def solve(self, goal: Numbers) -> list[int]:
        """Return whole counts that fit all sums and make `goal` small; the true ones at worst."""
        if self.matrix is None:
            return [round(each) for each in np.where(goal < 0, self.reach, 0.0)]
        known = self.matrix @ self.truth
        result = milp(
            goal,
            constraints=LinearConstraint(self.matrix, known, known),
            bounds=Bounds(0.0, self.reach),
            integrality=np.ones(len(self.cells)),
        )
        return [round(each) for each in (self.truth if result.x is None else result.x)]

    def _matrix(self, rows: Sequence[tuple[Cell, list[Cell]]]) -> csr_array | None:
        if not rows:
            return None
        place = {cell: at for at, cell in enumerate(self.cells)}
        entries = [
            (row, place[cell], -1.0 if cell == total else 1.0)
            for row, (total, inside) in enumerate(rows)
            for cell in inside
        ]
        row_at, column_at, values = zip(*entries, strict=True)
        return csr_array((values, (row_at, column_at)), shape=(len(rows), len(self.cells)))
