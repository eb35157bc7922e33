"""The limit that given prices prove, exactly, in whole millionths of a weighted person.

Whatever the prices, no plan is worth more than what they charge for everything shared, plus, for
every duty, the best day of its vehicle after paying them. The best day is not found but bounded
from above: a trip may repeat groups after a while, take the time that a few prices of a second
allow, and start and end within cells of time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from safepassage.core.convoy.arrays import Ints
from safepassage.core.convoy.bounds import kernels
from safepassage.core.convoy.bounds.kernels import NOTHING
from safepassage.core.convoy.bounds.model import Fleet, Kind, Line, Model

MICRO = 1_000_000
"""Prices are whole millionths of a weighted person."""

FAR = 1 << 42
"""A price that nobody pays: more than four million weighted persons."""

BLOCKS = 12
"""Parts of a window in which a crew may begin, where crew hours are shorter than the window."""

TABLES = 4
"""Stages of a window by who is ready, where people are not ready from the start."""


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Prices of what plans share, none negative; any prices prove a limit.

    Parameters
    ----------
    group
        int64[G], of carrying a group.
    room
        int64[C, 2], of a place and of an accessible place.
    onward
        int64[L], of taking a person on from the line.
    lane
        For each line int64[slots], of a second of a lane.
    """

    group: Ints
    room: Ints
    onward: Ints
    lane: tuple[Ints, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """How finely the limit looks; any grid is valid.

    Parameters
    ----------
    cell_s
        Length of a cell of the day.
    edges
        For each line int64[slots + 1], seconds from the first movement.
    near
        For each fleet int64[n, m], whom a group remembers, -1 for none.
    """

    cell_s: int
    edges: tuple[Ints, ...]
    near: tuple[Ints, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """The best ways to the line at one price of a second; see :mod:`kernels`."""

    rate: int
    best: Ints
    top: Ints  # [K, n] the best over memories


@dataclass(frozen=True, slots=True)
class DayTrip:
    """A trip of a best day.

    Parameters
    ----------
    origin
        0 for the depot, 1 for the line.
    size, table
        Of :attr:`Day.tables`.
    cells
        On the way.
    screened
        Cell in which screening starts.
    """

    origin: int
    size: int
    cells: int
    table: int
    screened: int


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """The best day of a kind, with the ways that it was made of.

    Parameters
    ----------
    profit
        int64[n].
    ways
        By rate, for people ready at the end of the window.
    tables
        int64[J, 2, rates, Q], worth of the best trips by size less the price of their time.
    free_worth
        int64[cells], most that a vehicle has earned when it is free in a cell.
    """

    value: int
    profit: Ints
    rates: Ints
    ways: tuple[Ways, ...]
    tables: Ints
    free_worth: Ints
    trips: tuple[DayTrip, ...]

    def kindest(self, trip: DayTrip, cell_s: int) -> int:
        """Return the position of the rate at which a trip of the day is worth least."""
        spent = (trip.cells + 1) * cell_s - 1
        by_rate = self.tables[trip.table, trip.origin, :, trip.size] + self.rates * spent
        return int(by_rate.argmin())


class Oracle:
    """Prices days of a model on a grid."""

    def __init__(self, model: Model, grid: Grid) -> None:
        self.model = model
        self.grid = grid
        self.follow = tuple(kernels.follow_memories(near) for near in grid.near)
        self.sizes = tuple(_sizes(fleet) for fleet in model.fleets)

    def fixed(self, prices: Prices) -> int:
        """Return what the prices charge for everything that there is."""
        model = self.model
        total = int(prices.group.sum()) + int((prices.room * model.rooms).sum())
        for number, line in enumerate(model.lines):
            total += int(prices.onward[number]) * line.onward
            seconds = np.diff(self.grid.edges[number]) * line.lanes * line.windows
            total += int((prices.lane[number] * seconds).sum())
        return total

    def limit(self, prices: Prices, days: Sequence[Day]) -> int:
        """Return the proven limit in millionths."""
        return self.fixed(prices) + sum(
            kind.count * day.value for kind, day in zip(self.model.kinds, days, strict=True)
        )

    def days(self, prices: Prices, rates: Sequence[Ints]) -> list[Day]:
        """Return the best day of each kind at the given prices of a second of its trips."""
        return [
            self._day(kind, prices, np.unique(rate))
            for kind, rate in zip(self.model.kinds, rates, strict=True)
        ]

    def _day(self, kind: Kind, prices: Prices, rates: Ints) -> Day:
        profit = profits(self.model, kind, prices)
        line = self.model.lines[kind.line]
        stages = _stages(kind, self.model.fleets[kind.fleet], line, self.grid.cell_s)
        tables = []
        for stage in stages:
            ready = np.where(kind.early_s < stage * self.grid.cell_s, profit, -FAR)
            ways = self._ways(kind.fleet, ready, rates)
            tables.append(self._by_size(kind.fleet, ways))
        day = Day(0, profit, rates, ways, np.stack(tables), _INTS, ())
        return self._run(kind, day, prices, np.array(stages))

    def _ways(self, fleet_number: int, profit: Ints, rates: Ints) -> tuple[Ways, ...]:
        fleet = self.model.fleets[fleet_number]
        follow, loads = self.follow[fleet_number], fleet.loads
        ways = []
        for rate in rates.tolist():
            best = np.empty((len(loads.screen_s), len(profit), follow.shape[2]), np.int64)
            kernels.price_trips(
                profit, fleet.arc, fleet.out, loads.before, loads.kind, follow, rate, best
            )
            ways.append(Ways(rate, best, best.max(axis=2)))
        return tuple(ways)

    def _by_size(self, fleet_number: int, ways: Sequence[Ways]) -> Ints:
        """Return int64[2, rates, Q], the best trips from depot and line by size."""
        fleet, (sizes, size_of) = self.model.fleets[fleet_number], self.sizes[fleet_number]
        table = np.full((2, len(ways), len(sizes)), NOTHING, np.int64)
        for i, way in enumerate(ways):
            for origin in (0, 1):
                ends = (way.top - way.rate * fleet.start[origin]).max(axis=1)
                np.maximum.at(table[origin, i], size_of, ends[1:])
        return table

    def _run(self, kind: Kind, day: Day, prices: Prices, stages: Ints) -> Day:
        line, fleet = self.model.lines[kind.line], self.model.fleets[kind.fleet]
        sizes, cell_s = self.sizes[kind.fleet][0], self.grid.cell_s
        cells = max(0, line.last_s) // cell_s + 1
        worth = self._worth(fleet, day, cells)
        cost = _screening_cost(line, self.grid.edges[kind.line], prices.lane[kind.line], sizes,
                               cell_s, cells)  # fmt: skip
        stage = np.searchsorted(stages, np.arange(cells), side="right").astype(np.int64)
        best = day
        for begin, last_free_s in _blocks(kind, line, sizes, cell_s, cells):
            allowed = _ended_by(cost, sizes, cell_s, last_free_s)
            found = _best_day(worth, allowed, sizes, stage, begin, cell_s)
            if found[0] >= best.value:
                best = replace(day, value=found[0], free_worth=found[1], trips=found[2])
        return best

    def _worth(self, fleet: Fleet, day: Day, cells: int) -> Ints:
        """Return int64[2, J, Q, cells], at most what a trip of so many cells is worth."""
        cell_s = self.grid.cell_s
        spent = (np.arange(cells) + 1) * cell_s - 1
        by_rate = day.tables[..., None] + (day.rates[:, None] * spent)[:, None, :]
        worth = np.where(day.tables[..., None] > NOTHING // 2, by_rate, NOTHING).min(axis=2)
        for origin in (0, 1):
            shortest = int((fleet.start[origin] + fleet.out).min())
            worth[:, origin, :, : shortest // cell_s] = NOTHING
        return np.ascontiguousarray(np.maximum.accumulate(worth, axis=3).swapaxes(0, 1))


def profits(model: Model, kind: Kind, prices: Prices) -> Ints:
    """Return int64[n], what each group of a kind is worth after the prices of what it uses."""
    groups = model.fleets[kind.fleet].groups
    persons, accessible = model.persons[groups], model.accessible[groups]
    bed, ramp = (
        np.where(model.wishes[groups], prices.room[:, i], FAR).min(axis=1, initial=FAR)
        for i in (0, 1)
    )
    return np.ascontiguousarray(
        model.value[groups] * MICRO
        - prices.group[groups]
        - persons * (bed + prices.onward[kind.line])
        - accessible * np.where(accessible > 0, ramp, 0)
    )


def least_cell_s(model: Model) -> int:
    """Return the longest cell that no trip fits into; 0 if a trip can take no time at all."""
    return min((int((fleet.start + fleet.out).min()) for fleet in model.fleets), default=0)


def price_of_time(line: Line, edges: Ints, price: Ints) -> Ints:
    """Return int64[last + 1], the price of a lane from the first movement to each second."""
    per_s = np.zeros(max(0, line.last_s), np.int64)
    for slot, one in enumerate(price.tolist()):
        per_s[edges[slot] : edges[slot + 1]] = one
    return np.concatenate([[0], np.cumsum(per_s)])


def _sizes(fleet: Fleet) -> tuple[Ints, Ints]:
    """Return int64[Q, 2], times to screen and to alight, and the size of each load but none."""
    times = np.stack([fleet.loads.screen_s, fleet.loads.alight_s], axis=1)[1:]
    sizes, size_of = np.unique(times, axis=0, return_inverse=True)
    return sizes, size_of.ravel()


def _stages(kind: Kind, fleet: Fleet, line: Line, cell_s: int) -> list[int]:
    """Return the cells at which a next table begins, the last beyond the window."""
    end = max(0, line.last_s) // cell_s + 1
    natural = int((fleet.start[0] + fleet.out).min())
    late = np.sort(kind.early_s[kind.early_s > natural]) // cell_s
    if len(late) == 0:
        return [end + 1]
    cuts = {int(late[len(late) * i // (TABLES - 1)]) for i in range(TABLES - 1)}
    return [*sorted(cut for cut in cuts if 0 < cut <= end), end + 1]


def _screening_cost(
    line: Line, edges: Ints, price: Ints, sizes: Ints, cell_s: int, cells: int
) -> Ints:
    """Return int64[Q, cells], the least price of screening begun in a cell, -1 for none."""
    paid = price_of_time(line, edges, price)
    cost = np.full((len(sizes), cells), -1, np.int64)
    for q, takes_s in enumerate(sizes[:, 0].tolist()):
        begins = np.full(cells * cell_s, -NOTHING, np.int64)
        if line.last_s - takes_s >= line.opens_s:
            at = np.arange(line.opens_s, line.last_s - takes_s + 1)
            begins[at] = paid[at + takes_s] - paid[at]
        least = begins.reshape(cells, cell_s).min(axis=1)
        cost[q] = np.where(least < -NOTHING, least, -1)
    return cost


def _blocks(kind: Kind, line: Line, sizes: Ints, cell_s: int, cells: int) -> list[tuple[int, int]]:
    """Return (cell of leaving, last second of being free) that together cover every day."""
    longest = line.last_s + int(sizes[:, 1].max(initial=0)) + kind.back_s
    if kind.crew_s >= longest:
        return [(0, longest)]
    step = max(1, -(-cells // BLOCKS))
    return [
        (begin, (begin + step) * cell_s - 1 + kind.crew_s - kind.back_s)
        for begin in range(0, cells, step)
    ]


def _ended_by(cost: Ints, sizes: Ints, cell_s: int, last_free_s: int) -> Ints:
    free_s = np.arange(cost.shape[1]) * cell_s + sizes.sum(axis=1)[:, None]
    return np.where(free_s <= last_free_s, cost, -1)


def _best_day(
    worth: Ints, cost: Ints, sizes: Ints, stage: Ints, begin: int, cell_s: int
) -> tuple[int, Ints, tuple[DayTrip, ...]]:
    count, cells = cost.shape
    value, waiting = np.empty(cells + 1, np.int64), np.empty((cells, count), np.int64)
    came = np.empty((cells + 1, 2), np.int64)
    free = (sizes.sum(axis=1) // cell_s).astype(np.int64)
    best = kernels.price_day(worth[0], worth[1], free, cost, stage, begin, value, waiting, came)
    return int(best), value[:-1], _follow(worth, stage, begin, value, waiting, came)


def _follow(
    worth: Ints, stage: Ints, begin: int, value: Ints, waiting: Ints, came: Ints
) -> tuple[DayTrip, ...]:
    """Return the trips of the best day, last first."""
    trips: list[DayTrip] = []
    cell, q = (int(one) for one in came[-1])
    while cell >= 0:
        screened = cell
        while cell > 0 and waiting[cell - 1, q] == waiting[cell, q]:
            cell -= 1
        table, durations = int(stage[cell]), worth.shape[3]
        on_way = min(cell - begin, durations - 1)
        if worth[0, table, q, on_way] == waiting[cell, q]:
            return (*trips, DayTrip(0, q, on_way, table, screened))
        left = cell - np.arange(1, cell - begin + 1)
        d = 1 + int((value[left] + worth[1, table, q, 1 : len(left) + 1]).argmax())
        trips.append(DayTrip(1, q, d, table, screened))
        cell, q = (int(one) for one in came[cell - d])
    return tuple(trips)


_INTS = np.empty(0, np.int64)
