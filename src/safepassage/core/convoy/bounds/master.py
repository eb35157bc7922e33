"""The restricted master: trips at moments, priced by a linear program that suggests prices.

Its answer is never trusted: prices become a limit only through :mod:`pricing`. So it may be rough:
a vehicle is counted on a grid of moments, and trips start on another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.arrays import Ints
from safepassage.core.convoy.bounds.model import Kind, Model
from safepassage.core.convoy.bounds.pricing import FAR, MICRO, Day, Grid, Prices

Floats = NDArray[np.float64]

WATCH_S = 300
"""Vehicles are counted at moments so far apart."""

START_S = 60
"""Screening is tried to start at moments so far apart, and as early and as late as possible."""

OTHER_S = 1200
"""A trip is also tried at the best moment at least so far from its best."""

LEAST_GAIN = 1e-4
"""Weighted persons that a column must promise."""

MOST_COLUMNS = 12_000


@dataclass(frozen=True, slots=True)
class Way:
    """Groups (of the fleet) in the order they board, and the load they make."""

    groups: tuple[int, ...]
    load: int


class Master:
    """A linear program over trips at moments, with the rows that :class:`Prices` are prices of."""

    def __init__(self, model: Model, grid: Grid) -> None:
        self.model = model
        self.grid = grid
        self.watched = tuple(np.arange(WATCH_S, line.last_s, WATCH_S) for line in model.lines)
        self.known: set[tuple[object, ...]] = set()
        self.keys: list[tuple[object, ...]] = []
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        self.rows = 0
        self._add_rows()
        self.duals: Floats = np.zeros(self.rows)
        self.value = 0.0

    def _add_rows(self) -> None:
        model = self.model
        self.solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self.group_row = self._block(np.ones(len(model.value)))
        self.count_row = self._block([kind.count for kind in model.kinds])
        self.watch_row = [self._block(np.zeros(len(self.watched[kind.line])))
                          for kind in model.kinds]  # fmt: skip
        self.lane_row = [
            self._block(np.diff(edges).astype(float) * line.lanes * line.windows)
            for edges, line in zip(self.grid.edges, model.lines, strict=True)
        ]
        self.onward_row = self._block([line.onward for line in model.lines])
        self.wish_row, self.room_row = self._add_rooms()
        self.boxed = np.array([
            *range(self.group_row, self.group_row + len(model.value)),
            *(row + slot for row, edges in zip(self.lane_row, self.grid.edges, strict=True)
              for slot in range(len(edges) - 1)),
        ], np.int64)  # fmt: skip
        self.over = len(self.keys)
        for factor in (-1.0, 1.0):
            for row in self.boxed.tolist():
                self._column(0.0, [(row, factor)])

    def centre(self, prices: Prices, width: float) -> None:
        """Keep the next prices of groups and lanes near given ones.

        Boxstep: Marsten, Hogan and Blankenship 1975, https://doi.org/10.1287/opre.23.3.389.
        What is used too much costs a little more than its price, what is left earns a little less.

        Parameters
        ----------
        width
            Share of a price by which it may move.
        """
        here = np.concatenate([prices.group, *prices.lane]) / MICRO
        scale = np.concatenate([
            np.full(len(prices.group), float(np.mean(here[: len(prices.group)]))),
            *(np.full(len(one), float(np.mean(one)) / MICRO) for one in prices.lane),
        ])  # fmt: skip
        room = width * (0.5 * here + 0.5 * scale) + 1e-9
        costs = np.concatenate([-(here + room), np.maximum(0.0, here - room)])
        columns = np.arange(self.over, self.over + len(costs), dtype=np.int32)
        self.solver.changeColsCost(len(costs), columns, costs)

    def believe(self, prices: Prices, days: Sequence[Day]) -> None:
        """Take prices, and the worth of vehicles by the hour from best days, as the solution's."""
        duals = np.zeros(self.rows)
        model = self.model
        duals[self.group_row : self.group_row + len(model.value)] = prices.group
        for first, lane in zip(self.lane_row, prices.lane, strict=True):
            duals[first : first + len(lane)] = lane
        duals[self.onward_row : self.onward_row + len(model.lines)] = prices.onward
        for kind in (0, 1):
            dearest = np.where(model.wishes, prices.room[:, kind], FAR).min(axis=1, initial=FAR)
            duals[self.wish_row[kind]] = dearest
        for number, day in enumerate(days):
            duals[self.count_row + number] = day.value
            watched = self.watched[model.kinds[number].line]
            worth = np.maximum(0, day.free_worth)
            duals[self.watch_row[number] : self.watch_row[number] + len(watched)] = np.diff(
                worth[watched // self.grid.cell_s], prepend=0
            )
        self.duals = np.maximum(0.0, duals / MICRO)

    def _block(self, limits: Iterable[float]) -> int:
        """Add rows with upper limits and return the first."""
        first = self.rows
        for limit in limits:
            self.solver.addRow(-highspy.kHighsInf, float(limit), 0, _INTS, _FLOATS)
            self.rows += 1
        return first

    def _add_rooms(self) -> tuple[list[Ints], list[int]]:
        """Add rows by wish and by centre, and flows between them; return both for each kind."""
        model = self.model
        wishes, wish_of = np.unique(model.wishes, axis=0, return_inverse=True)
        wish_rows, room_rows = [], []
        for kind in (0, 1):
            wanted = self._block(np.zeros(len(wishes)))
            rooms = self._block(model.rooms[:, kind])
            for wish, centre in zip(*np.nonzero(wishes), strict=True):
                self._column(0.0, [(wanted + int(wish), -1.0), (rooms + int(centre), 1.0)])
            wish_rows.append(wanted + wish_of.ravel())
            room_rows.append(rooms)
        return wish_rows, room_rows

    def _column(self, value: float, terms: Sequence[tuple[int, float]]) -> None:
        rows = np.array([row for row, _ in terms], np.int32)
        factors = np.array([factor for _, factor in terms], np.float64)
        self.solver.addCol(value, 0.0, highspy.kHighsInf, len(rows), rows, factors)
        self.keys.append(())

    def solve(self) -> float:
        """Solve, keep the prices and return the optimum over the trips known."""
        self.solver.run()
        prices = np.array(self.solver.getSolution().row_dual, np.float64)
        if len(prices) == self.rows:
            self.duals = np.maximum(0.0, prices)
        self.value = float(self.solver.getInfo().objective_function_value)
        return self.value

    def prices(self) -> Prices:
        """Return the prices of the last solution in whole millionths."""
        micro = np.round(self.duals * MICRO).astype(np.int64)
        model = self.model
        return Prices(
            group=micro[self.group_row : self.group_row + len(model.value)],
            room=np.stack(
                [micro[first : first + len(model.rooms)] for first in self.room_row], axis=1
            ),
            onward=micro[self.onward_row : self.onward_row + len(model.lines)],
            lane=tuple(
                micro[first : first + len(edges) - 1]
                for first, edges in zip(self.lane_row, self.grid.edges, strict=True)
            ),
        )

    def offer(self, number: int, ways: Iterable[Way], most: int, least: float = LEAST_GAIN) -> int:
        """Add the ways of a kind that the prices make worth while, as trips at their best moments.

        Parameters
        ----------
        number
            Of the kind.
        most
            Columns to add at most, best first.

        Returns
        -------
        int
            How many were added.
        """
        paid = self._paid(number), self._profit(self.model.kinds[number])
        found = [
            trip for way in ways for trip in self._timed(number, way, *paid) if trip[0] > least
        ]
        found.sort(key=lambda trip: (-trip[0], trip[1:]))
        added = 0
        for _, origin, start_s, groups, load in found:
            if added < most:
                added += self.insert(number, origin, start_s, Way(groups, load))
        return added

    def insert(self, number: int, origin: int, start_s: int, way: Way) -> bool:
        """Add one trip of a kind, screened from a moment on, unless it is there."""
        key = (number, origin, start_s, tuple(sorted(way.groups)))
        if key in self.known:
            return False
        self.known.add(key)
        self._add_trip(number, origin, start_s, way)
        self.keys[-1] = key
        return True

    def _timed(
        self, number: int, way: Way, paid: tuple[Floats, Floats, Ints], profit: Floats
    ) -> Iterable[tuple[float, int, int, tuple[int, ...], int]]:
        kind = self.model.kinds[number]
        line, fleet = self.model.lines[kind.line], self.model.fleets[kind.fleet]
        groups = np.array(way.groups)
        core = int(fleet.arc[groups[:-1], groups[1:]].sum() + fleet.out[groups[-1]])
        screen, alight = int(fleet.loads.screen_s[way.load]), int(fleet.loads.alight_s[way.load])
        worth = float(profit[groups].sum())
        ready = int(kind.early_s[groups].max())
        lane, watch, moments = paid
        for origin in (0, 1):
            on_way = core + int(fleet.start[origin, groups[0]])
            low = max(on_way, ready, line.opens_s)
            if low > line.last_s - screen:
                continue
            high = line.last_s - screen
            inside = moments[low // START_S + 1 : -(-high // START_S)]
            starts = np.concatenate([[low], inside, [high]])
            ends = np.minimum(starts + screen + alight, len(watch) - 1)
            cost = lane[starts + screen] - lane[starts]
            if origin:
                gain = worth - cost - (watch[ends] - watch[starts - on_way])
            else:
                gain = worth - cost + watch[-1] - watch[ends] - self.duals[self.count_row + number]
            best = int(gain.argmax())
            far = np.abs(starts - starts[best]) >= OTHER_S
            for chosen in (best, int(np.where(far, gain, -np.inf).argmax())):
                yield float(gain[chosen]), origin, int(starts[chosen]), way.groups, way.load

    def _profit(self, kind: Kind) -> Floats:
        model, duals = self.model, self.duals
        groups = model.fleets[kind.fleet].groups
        persons = duals[self.wish_row[0][groups]] + duals[self.onward_row + kind.line]
        return np.asarray(
            model.value[groups] - duals[self.group_row + groups] - model.persons[groups] * persons
            - model.accessible[groups] * duals[self.wish_row[1][groups]]
        )  # fmt: skip

    def _paid(self, number: int) -> tuple[Floats, Floats, Ints]:
        """Return the lane's and the vehicle's prices summed up to each second, and moments."""
        kind = self.model.kinds[number]
        line, edges = self.model.lines[kind.line], self.grid.edges[kind.line]
        per_s = np.zeros(line.last_s)
        first = self.lane_row[kind.line]
        for slot in range(len(edges) - 1):
            per_s[edges[slot] : edges[slot + 1]] = self.duals[first + slot]
        watched = self.watched[kind.line]
        at = np.zeros(line.last_s + 1)
        at[watched] = self.duals[self.watch_row[number] : self.watch_row[number] + len(watched)]
        lane = np.concatenate([[0.0], np.cumsum(per_s)])
        return lane, np.concatenate([[0.0], np.cumsum(at)]), np.arange(0, line.last_s, START_S)

    def _add_trip(self, number: int, origin: int, start_s: int, way: Way) -> None:
        model = self.model
        kind = model.kinds[number]
        fleet = model.fleets[kind.fleet]
        groups = fleet.groups[list(way.groups)]
        screen = int(fleet.loads.screen_s[way.load])
        end = start_s + screen + int(fleet.loads.alight_s[way.load])
        terms: dict[int, float] = {}
        for g in groups.tolist():
            _add(terms, self.group_row + g, 1.0)
            _add(terms, self.onward_row + kind.line, float(model.persons[g]))
            _add(terms, int(self.wish_row[0][g]), float(model.persons[g]))
            _add(terms, int(self.wish_row[1][g]), float(model.accessible[g]))
        first = np.array(way.groups)
        on_way = int(fleet.arc[first[:-1], first[1:]].sum() + fleet.out[first[-1]])
        left = start_s - on_way - int(fleet.start[origin, first[0]])
        self._count_vehicle(terms, number, origin, left, end)
        edges = self.grid.edges[kind.line]
        use = np.minimum(edges[1:], start_s + screen) - np.maximum(edges[:-1], start_s)
        for slot in np.flatnonzero(use > 0).tolist():
            _add(terms, self.lane_row[kind.line] + slot, float(use[slot]))
        self._column(float(model.value[groups].sum()), sorted(terms.items()))

    def _count_vehicle(
        self, terms: dict[int, float], number: int, origin: int, left: int, end: int
    ) -> None:
        """Count a first trip as bringing a vehicle to the line, a later one as taking it away."""
        watched = self.watched[self.model.kinds[number].line]
        first = self.watch_row[number]
        if origin == 0:
            _add(terms, self.count_row + number, 1.0)
            for at in np.flatnonzero(watched >= end).tolist():
                _add(terms, first + at, -1.0)
        else:
            for at in np.flatnonzero((watched >= left) & (watched < end)).tolist():
                _add(terms, first + at, 1.0)

    def tidy(self) -> None:
        """Drop the columns of least promise when there are many."""
        if len(self.keys) <= MOST_COLUMNS:
            return
        promise = np.array(self.solver.getSolution().col_dual, np.float64)
        droppable = np.array([bool(key) for key in self.keys])
        order = np.argsort(np.where(droppable, promise, np.inf), kind="stable")
        drop = np.sort(order[: len(self.keys) - MOST_COLUMNS * 2 // 3])
        drop = drop[promise[drop] < -LEAST_GAIN]
        self.solver.deleteCols(len(drop), drop.astype(np.int32))
        gone = set(drop.tolist())
        self.known -= {self.keys[column] for column in gone}
        self.keys = [key for column, key in enumerate(self.keys) if column not in gone]


_INTS = np.empty(0, np.int32)
_FLOATS = np.empty(0, np.float64)


def _add(terms: dict[int, float], row: int, factor: float) -> None:
    if factor:
        terms[row] = terms.get(row, 0.0) + factor
