"""Re-check a certificate: a separate small program that shares nothing with the bounds but types.

For any prices that are not negative, a plan is worth no more than what everything shared costs,
plus what each vehicle can gain in its best day after paying. The claim holds if that sum, found
here anew in whole numbers, is below it. Nothing in the certificate is believed: prices and hints
may be anything, and only make the sum larger if they are bad.

The best day is bounded from above. A way to the crossing may come back to a group once it has
passed a group that does not name it as near; and the time of a trip is paid at the kindest of
the certificate's rates. Everything else is exact or rounded in the plan's favour.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

from safepassage.core.convoy.certificate import Certificate, DutyHints, WindowPrices, problem_digest
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    ReceptionCentre,
    SeatCount,
    ServiceTimes,
    TravelGroup,
    Vehicle,
    Window,
)

Ints = NDArray[np.int64]

MICRO = 1_000_000
LONG_S = 10**7
"""Stands for no way: longer than a window."""

NEVER = -(10**17)
DEAREST, DEAREST_SECOND = 10**12, 10**9
"""Highest prices read, so that no sum leaves 64 bits."""

MOST_LOADS = 1_200
MOST_NEAR = 10
BEGINNINGS = 12
READY_STEPS = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the re-check found.

    Parameters
    ----------
    holds
        Whether the claim is proven.
    value
        What the certificate's prices prove here; None where it is refused unread.
    reason
        A sentence.
    """

    holds: bool
    value: int | None
    reason: str


def verify_bound(problem: ConvoyProblem, certificate: Certificate) -> Verdict:
    """Return whether `certificate` proves its claim about `problem`."""
    fault = _fault(problem, certificate)
    if fault:
        return Verdict(False, None, fault)
    proven = _Judge(problem, certificate).total() // MICRO
    if proven > certificate.value:
        return Verdict(False, proven, f"It claims that no plan is worth more than "
                       f"{certificate.value}, but its prices prove only {proven}.")  # fmt: skip
    return Verdict(True, proven, f"Its prices prove that no plan is worth more than {proven}.")


def _fault(problem: ConvoyProblem, certificate: Certificate) -> str:
    """Return why the certificate cannot be about the problem, or nothing."""
    if certificate.problem_digest != problem_digest(problem):
        return "It is about another problem: the digests differ."
    if len(certificate.groups) != len(problem.groups):
        return f"It has prices for {len(certificate.groups)} groups of {len(problem.groups)}."
    if len(certificate.rooms) != len(problem.centres):
        return f"It has prices for {len(certificate.rooms)} centres of {len(problem.centres)}."
    if {one.window_id for one in certificate.windows} != {w.window_id for w in problem.windows}:
        return "Its windows are not those of the problem."
    if len(certificate.windows) != len(problem.windows):
        return "It has a window twice."
    return _bad_number(certificate) or _bad_hints(problem, certificate)


def _bad_number(certificate: Certificate) -> str:
    numbers = [*certificate.groups, *(price for room in certificate.rooms for price in room)]
    for window in certificate.windows:
        numbers += [*window.lane, window.onward]
        edges = window.edges_s
        if len(edges) != len(window.lane) + 1 or any(a >= b for a, b in pairwise(edges)):
            return f"The slots of window {window.window_id} do not rise or do not fit its prices."
        if edges[0] < 0:
            return f"The slots of window {window.window_id} begin before its first movement."
    rates = [rate for hint in certificate.hints for rate in hint.rates]
    if any(not 0 <= number <= DEAREST for number in numbers) or any(
        not 0 <= rate <= DEAREST_SECOND for rate in rates
    ):
        return "A price is negative or beyond all measure."
    return ""


def _bad_hints(problem: ConvoyProblem, certificate: Certificate) -> str:
    if not 1 <= certificate.cell_s <= 3600:
        return f"Its cells are {certificate.cell_s} s long; accepted are 1 to 3600."
    for hint in certificate.hints:
        if len(hint.near) != len(problem.groups) or not hint.rates:
            return "A hint has no rates, or not one list of neighbours for each group."
        if any(len(one) > MOST_NEAR for one in hint.near):
            return f"A group has more than {MOST_NEAR} neighbours."
        if any(not 0 <= g < len(problem.groups) for one in hint.near for g in one):
            return "A neighbour is no group of the problem."
    return ""


@dataclass(frozen=True, slots=True, eq=False)
class _Duty:
    """One vehicle in one window, times in seconds from the window's first movement."""

    vehicle: Vehicle
    window: Window
    crossing: Crossing
    prices: WindowPrices
    hint: DutyHints | None
    time: Ints
    shortest: NDArray[np.float64]


class _Judge:
    """Adds up what a certificate's prices allow."""

    def __init__(self, problem: ConvoyProblem, certificate: Certificate) -> None:
        self.problem = problem
        self.certificate = certificate
        self.row = {place: i for i, place in enumerate(problem.matrices.place_ids)}
        self.place = np.array([self.row[group.place_id] for group in problem.groups], np.int64)
        self.times = [
            np.where(m.travel_time_s < 0, LONG_S, m.travel_time_s).astype(np.int64)
            for m in problem.matrices.matrices
        ]
        self.shortest = [_closure(time) for time in self.times]
        self.crossings = {one.crossing_id: one for one in problem.crossings}
        self.known: dict[tuple[object, ...], int] = {}

    def total(self) -> int:
        """Return the proven limit in millionths."""
        problem, certificate = self.problem, self.certificate
        total = sum(certificate.groups)
        for room, centre in zip(certificate.rooms, problem.centres, strict=True):
            total += room[0] * centre.places + room[1] * centre.accessible_places
        prices = {one.window_id: one for one in certificate.windows}
        hints = {duty: hint for hint in certificate.hints for duty in hint.duties}
        for window in problem.windows:
            crossing = self.crossings[window.crossing_id]
            price = prices[window.window_id]
            total += price.onward * self._onward(crossing) if price.onward else 0
            total += crossing.lanes * sum(
                one * (b - a)
                for one, a, b in zip(price.lane, price.edges_s, price.edges_s[1:], strict=False)
            )
            for v, vehicle in enumerate(problem.vehicles):
                if problem.vehicle_side[v] == crossing.from_side:
                    m = problem.vehicle_matrix[v]
                    hint = hints.get((vehicle.vehicle_id, window.window_id))
                    total += self._known_day(
                        _Duty(vehicle, window, crossing, price, hint, self.times[m],
                              self.shortest[m]), m
                    )  # fmt: skip
        return total

    def _known_day(self, duty: _Duty, matrix: int) -> int:
        """Return the best day, found once for vehicles and windows that are alike."""
        vehicle, window = duty.vehicle, duty.window
        key = (
            matrix, vehicle.depot_id, vehicle.usable, vehicle.crew_s, duty.crossing.crossing_id,
            window.opens_s - window.movement_from_s, window.last_through_s - window.movement_from_s,
            tuple(max(0, g.ready_s - window.movement_from_s) for g in self.problem.groups),
            duty.prices.edges_s, duty.prices.lane, duty.prices.onward, id(duty.hint),
        )  # fmt: skip
        if key not in self.known:
            self.known[key] = self._day(duty)
        return self.known[key]

    def _onward(self, crossing: Crossing) -> int:
        """Return how many persons the far side can take on within its crews' hours, at most."""
        problem, service = self.problem, self.problem.service
        handling = min(
            (_seconds(service.boarding_s, g.load) + _seconds(service.alighting_s, g.load))
            / max(1, g.load.persons)
            for g in problem.groups
        )
        everybody = sum(g.load.persons for g in problem.groups)
        total = 0
        for v, vehicle in enumerate(problem.vehicles):
            if problem.vehicle_side[v] != crossing.to_side:
                continue
            shortest, line = self.shortest[problem.vehicle_matrix[v]], self.row[crossing.place_id]
            round_trip = min(
                shortest[line, self.row[c.place_id]] + shortest[self.row[c.place_id], line]
                for c in problem.centres
            )
            depot = self.row[vehicle.depot_id]
            spare = vehicle.crew_s - shortest[line, depot] - shortest[depot, line]
            capacity = vehicle.usable
            seats = max(1, capacity.places.persons + capacity.convertible_wheelchair)
            each = (round_trip + service.stop_s) / seats + handling
            if round_trip < LONG_S and spare > 0:
                total += everybody if each <= 0 else min(everybody, int(spare / each + 1e-6))
        return total

    def _day(self, duty: _Duty) -> int:
        """Return what the vehicle can gain in the window, at most."""
        who = np.array(
            [g for g, group in enumerate(self.problem.groups) if self._may_ride(group, g, duty)],
            np.int64,
        )
        if len(who) == 0:
            return 0
        profit = np.array([self._profit(g, duty) for g in who.tolist()], np.int64)
        if duty.hint is None:
            # Nothing is known of the vehicle's days: it might carry everybody.
            return int(np.maximum(0, profit).sum())
        return _Timed(self, duty, who, profit).best()

    def _profit(self, g: int, duty: _Duty) -> int:
        group, rooms = self.problem.groups[g], self.certificate.rooms
        accepted = [
            rooms[c] for c, one in enumerate(self.problem.centres) if one.centre_id in group.centres
        ]
        accessible = group.load.wheelchair + group.load.stretcher
        return (
            group.value * MICRO
            - self.certificate.groups[g]
            - group.load.persons * (min(room[0] for room in accepted) + duty.prices.onward)
            - accessible * min(room[1] for room in accepted)
        )

    def _may_ride(self, group: TravelGroup, g: int, duty: _Duty) -> bool:
        """Return False only if no plan can have the group on this duty."""
        if not duty.vehicle.usable.holds(group.load):
            return False
        service, window = self.problem.service, duty.window
        depot, line = self.row[duty.vehicle.depot_id], self.row[duty.crossing.place_id]
        way = duty.shortest
        stop = service.stop_s + _boarding_s(service, group)
        there, out = way[depot, self.place[g]], way[self.place[g], line]
        screening = duty.crossing.screening.duration_s(group.load)
        aboard_from = max(window.movement_from_s + there, group.ready_s) + stop
        through = max(aboard_from + out, window.opens_s) + screening
        busy = there + stop + out + screening + _seconds(service.alighting_s, group.load)
        busy += way[line, depot]
        most = self.problem.max_aboard_s
        return bool(
            through <= window.last_through_s
            and busy <= duty.vehicle.crew_s
            and (most is None or out + screening <= most)
            and self._goes_on(group, duty.crossing)
        )

    def _goes_on(self, group: TravelGroup, crossing: Crossing) -> bool:
        problem, service = self.problem, self.problem.service
        line = self.row[crossing.place_id]
        stay = service.stop_s + _seconds(service.boarding_s, group.load)
        stay += _seconds(service.alighting_s, group.load)
        ends = [self.row[c.place_id] for c in problem.centres if _takes(c, group)]
        for v, vehicle in enumerate(problem.vehicles):
            if problem.vehicle_side[v] == crossing.to_side and vehicle.usable.holds(group.load):
                way, depot = self.shortest[problem.vehicle_matrix[v]], self.row[vehicle.depot_id]
                home = way[line, depot] + way[depot, line]
                if any(way[line, e] + way[e, line] + home + stay <= vehicle.crew_s for e in ends):
                    return True
        return False


def _takes(centre: ReceptionCentre, group: TravelGroup) -> bool:
    accessible = group.load.wheelchair + group.load.stretcher
    return bool(
        centre.centre_id in group.centres
        and group.load.persons <= centre.places
        and accessible <= centre.accessible_places
    )


def _seconds(each: SeatCount, load: SeatCount) -> int:
    return (
        each.seated * load.seated
        + each.wheelchair * load.wheelchair
        + each.stretcher * load.stretcher
    )


def _boarding_s(service: ServiceTimes, group: TravelGroup) -> int:
    return _seconds(service.boarding_s, group.load) + (service.door_s if group.door else 0)


def _closure(time: Ints) -> NDArray[np.float64]:
    """Return shortest times over other places, by Dijkstra from each place."""
    # scipy takes a zero for no arc; a millionth of a second stands for it and is taken away.
    weights = np.where(time >= LONG_S, 0.0, np.maximum(time.astype(np.float64), 1e-6))
    np.fill_diagonal(weights, 0.0)
    found = shortest_path(weights, method="D")
    return np.where(np.isfinite(found), np.floor(found + 1e-9), float(LONG_S))


class _Timed:
    """The best day of a duty, in cells of time from the window's first movement."""

    def __init__(self, judge: _Judge, duty: _Duty, who: Ints, profit: Ints) -> None:
        self.judge, self.duty, self.who, self.profit = judge, duty, who, profit
        self.cell_s = judge.certificate.cell_s
        window = duty.window
        self.last_s = window.last_through_s - window.movement_from_s
        self.opens_s = max(0, window.opens_s - window.movement_from_s)
        self.cells = self.last_s // self.cell_s + 1
        self._set_ways()
        self._set_loads()

    def _set_ways(self) -> None:
        judge, duty, who = self.judge, self.duty, self.who
        service, place = judge.problem.service, judge.place[who]
        depot, line = judge.row[duty.vehicle.depot_id], judge.row[duty.crossing.place_id]
        groups = [judge.problem.groups[g] for g in who.tolist()]
        board = np.array([_boarding_s(service, g) for g in groups], np.int64)
        self.hop = duty.time[np.ix_(place, place)] + service.stop_s
        self.hop[place[:, None] == place[None, :]] = 0
        self.hop += board[:, None]
        self.finish = board + duty.time[place, line]
        self.start = [duty.time[depot, place] + service.stop_s,
                      duty.time[line, place] + service.stop_s]  # fmt: skip
        ready = np.array([g.ready_s for g in groups]) - duty.window.movement_from_s
        self.earliest = ready + board + duty.shortest[place, line].astype(np.int64)

    def _set_loads(self) -> None:
        """List the loads that fit; kinds of seat that make too many are not told apart."""
        places = self.duty.vehicle.usable
        groups = [self.judge.problem.groups[g] for g in self.who.tolist()]
        self.by_kind = len({g.load for g in groups}) > 0 and self._count(groups) <= MOST_LOADS
        keys = [self._key(g.load) for g in groups]
        most = [sum(one) for one in zip(*keys, strict=True)]
        caps = (
            [places.places.seated, places.places.wheelchair + places.convertible_wheelchair,
             places.places.stretcher]
            if self.by_kind else [places.places.persons + places.convertible_wheelchair]
        )  # fmt: skip
        shape = [min(cap, top) + 1 for cap, top in zip(caps, most, strict=True)]
        loads = [tuple(int(i) for i in one) for one in np.ndindex(*shape)]
        if self.by_kind:
            loads = [one for one in loads if places.holds(SeatCount(*one))]
        loads.sort(key=lambda one: (sum(one), one))
        number = {one: k for k, one in enumerate(loads)}
        self.previous = np.array(
            [
                [number.get(tuple(a - b for a, b in zip(load, key, strict=True)), -1)
                 if sum(key) else -1 for key in keys]
                for load in loads
            ],
            np.int64,
        )  # fmt: skip
        screening, alighting = self.duty.crossing.screening, self.judge.problem.service.alighting_s
        each = SeatCount(screening.seated_s, screening.wheelchair_s, screening.stretcher_s)
        self.screen = np.array([screening.vehicle_s + self._least(each, one) for one in loads])
        self.alight = np.array([self._least(alighting, one) for one in loads])

    def _count(self, groups: list[TravelGroup]) -> int:
        places = self.duty.vehicle.usable
        wanted = sum((group.load for group in groups), SeatCount())
        wheelchairs = places.places.wheelchair + places.convertible_wheelchair
        return (
            (min(wanted.seated, places.places.seated) + 1)
            * (min(wanted.wheelchair, wheelchairs) + 1)
            * (min(wanted.stretcher, places.places.stretcher) + 1)
        )

    def _key(self, load: SeatCount) -> tuple[int, ...]:
        if self.by_kind:
            return (load.seated, load.wheelchair, load.stretcher)
        return (load.persons,)

    def _least(self, each: SeatCount, load: tuple[int, ...]) -> int:
        if self.by_kind:
            return _seconds(each, SeatCount(*load))
        return min(each.seated, each.wheelchair, each.stretcher) * load[0]

    def best(self) -> int:
        """Return the most that a day can gain, never less than nothing."""
        shortest_s = min(int((start + self.finish).min()) for start in self.start)
        if shortest_s < self.cell_s:
            # The cells are too long to tell trips apart: the vehicle might carry everybody.
            return int(np.maximum(0, self.profit).sum())
        steps = self._ready_steps()
        sizes, size_of = np.unique(
            np.stack([self.screen, self.alight], axis=1)[1:], axis=0, return_inverse=True
        )
        worth = np.stack([self._trips(step, size_of.ravel(), len(sizes)) for step in steps])
        stage = np.searchsorted(steps, np.arange(self.cells), side="right").astype(np.int64)
        cost = self._screening(sizes)
        free = (sizes.sum(axis=1) // self.cell_s).astype(np.int64)
        best = 0
        for begin, free_by in self._beginnings(sizes):
            allowed = np.where(self._free_s(sizes) <= free_by, cost, -1)
            best = max(best, int(_gain(worth, stage, allowed, free, begin)))
        return best

    def _ready_steps(self) -> Ints:
        """Return cells by which ever more people are ready; the last is after the window."""
        soonest = int((self.start[0] + self.finish).min())
        late = np.sort(self.earliest[self.earliest > soonest]) // self.cell_s
        parts = READY_STEPS if len(late) else 0
        cuts = {int(late[len(late) * i // READY_STEPS]) for i in range(parts)}
        return np.array([*sorted(cut for cut in cuts if 0 < cut < self.cells), self.cells + 1])

    def _trips(self, ready_before: int, size_of: Ints, sizes: int) -> Ints:
        """Return int64[2, sizes, cells]: what a trip of a size and so many cells gains, at most."""
        profit = np.where(self.earliest < ready_before * self.cell_s, self.profit, -(10**13))
        near = self._near()
        spent = (np.arange(self.cells) + 1) * self.cell_s - 1
        worth = np.full((2, sizes, self.cells), -NEVER, np.int64)
        for rate in self.duty.hint.rates if self.duty.hint else ():
            ways = _best_ways(profit, self.hop, self.finish, self.previous, near, rate)
            for origin, start in enumerate(self.start):
                of_load = (ways - rate * start).max(axis=1)[1:]
                of_size = np.full(sizes, NEVER, np.int64)
                np.maximum.at(of_size, size_of, of_load)
                line = np.where(
                    of_size[:, None] > NEVER // 2, of_size[:, None] + rate * spent, NEVER
                )
                worth[origin] = np.minimum(worth[origin], line)
        for origin, start in enumerate(self.start):
            worth[origin, :, : int((start + self.finish).min()) // self.cell_s] = NEVER
        return worth

    def _near(self) -> Ints:
        """Return int64[n, m], positions in `who` of the groups that each group does not forget."""
        position = {int(g): i for i, g in enumerate(self.who)}
        hint = self.duty.hint
        rows = [
            [position[g] for g in dict.fromkeys(hint.near[int(one)]) if g in position]
            for one in self.who
        ] if hint else []  # fmt: skip
        near = np.full((len(self.who), max(1, *(len(row) for row in rows), 1)), -1, np.int64)
        for i, row in enumerate(rows):
            near[i, : len(row)] = row
        return near

    def _screening(self, sizes: Ints) -> Ints:
        """Return int64[sizes, cells], the least price of screening that starts in a cell, or -1."""
        per_s = np.zeros(self.last_s + 1, np.int64)
        prices = self.duty.prices
        for one, a, b in zip(prices.lane, prices.edges_s, prices.edges_s[1:], strict=False):
            per_s[a:b] = one
        until = np.concatenate([[0], np.cumsum(per_s)])
        cost = np.full((len(sizes), self.cells), -1, np.int64)
        for q, takes in enumerate(sizes[:, 0].tolist()):
            for cell in range(self.cells):
                first = max(self.opens_s, cell * self.cell_s)
                last = min(self.last_s - takes, (cell + 1) * self.cell_s - 1)
                if first <= last:
                    cost[q, cell] = (until[first + takes : last + takes + 1]
                                     - until[first : last + 1]).min()  # fmt: skip
        return cost

    def _free_s(self, sizes: Ints) -> Ints:
        return np.asarray(np.arange(self.cells) * self.cell_s + sizes.sum(axis=1)[:, None])

    def _beginnings(self, sizes: Ints) -> list[tuple[int, int]]:
        """Return (cell from which to leave, last second to be free) that cover all days."""
        duty, judge = self.duty, self.judge
        depot, line = judge.row[duty.vehicle.depot_id], judge.row[duty.crossing.place_id]
        crew: int = duty.vehicle.crew_s
        home = int(duty.time[line, depot])
        latest = self.last_s + int(sizes.sum(axis=1).max())
        if crew - home >= latest:
            return [(0, latest)]
        step = -(-self.cells // BEGINNINGS)
        return [(begin, (begin + step) * self.cell_s - 1 + crew - home)
                for begin in range(0, self.cells, step)]  # fmt: skip


@njit(cache=True)
def _remembered(near: Ints, first: int, then: int, seen: int) -> int:
    """Return what `first` remembers of a way that it is put before, -1 if it is on it."""
    now = 0
    for b in range(near.shape[1]):
        if near[first, b] == then:
            now |= 1 << b
        if seen >> b & 1:
            if near[then, b] == first:
                return -1
            for c in range(near.shape[1]):
                if near[first, c] == near[then, b]:
                    now |= 1 << c
    return now


@njit(cache=True)
def _best_ways(  # noqa: C901 - plain loops, in one piece on purpose
    profit: Ints, hop: Ints, finish: Ints, previous: Ints, near: Ints, rate: int
) -> Ints:
    """Return int64[loads, n]: the best way of a load that begins with a group, time paid."""
    loads, groups = previous.shape
    bits = near.shape[1]
    best = np.full((loads, groups, 1 << bits), NEVER, np.int64)
    for load in range(1, loads):
        for first in range(groups):
            rest = previous[load, first]
            if rest < 0:
                continue
            if rest == 0:
                best[load, first, 0] = profit[first] - rate * finish[first]
            for then in range(groups):
                if then == first:
                    continue
                gain = profit[first] - rate * hop[first, then]
                for seen in range(1 << bits):
                    old = best[rest, then, seen]
                    if old <= NEVER // 2:
                        continue
                    now = _remembered(near, first, then, seen)
                    if now >= 0 and old + gain > best[load, first, now]:
                        best[load, first, now] = old + gain
    top = np.full((loads, groups), NEVER, np.int64)
    for load in range(loads):
        for first in range(groups):
            top[load, first] = best[load, first].max()
    return top


@njit(cache=True)
def _gain(worth: Ints, stage: Ints, cost: Ints, free: Ints, begin: int) -> int:
    """Return the most that a day gains: trips one after the other, waiting allowed anywhere."""
    sizes, cells = cost.shape
    at_line = np.full(cells + 1, NEVER, np.int64)  # free at the line in a cell or before
    queued = np.full(sizes, NEVER, np.int64)
    longest = np.full((stage.max() + 1, sizes), NEVER, np.int64)  # first trips, however slow
    best = 0
    for cell in range(begin, cells):
        if cell > 0:
            at_line[cell] = max(at_line[cell], at_line[cell - 1])
        for q in range(sizes):
            for j in range(longest.shape[0]):
                longest[j, q] = max(longest[j, q], worth[j, 0, q, cell - begin])
            queued[q] = max(queued[q], longest[stage[cell], q])
            for d in range(1, cell - begin + 1):
                queued[q] = max(queued[q], at_line[cell - d] + worth[stage[cell], 1, q, d])
            if cost[q, cell] >= 0 and queued[q] > NEVER // 2:
                earned = queued[q] - cost[q, cell]
                best = max(best, earned)
                after = cell + free[q]
                if after <= cells:
                    at_line[after] = max(at_line[after], earned)
    return best
