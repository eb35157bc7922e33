"""The rest of a day as arrays for the search: what is left to plan, from where everybody is.

The problem is compiled as for a whole day and then changed where the day has begun: a vehicle that
is out starts where and when the state says and is home by the hour its crew's day ends; the people
aboard wait at a virtual first stop that only their own vehicle can reach, takes no time and cannot
be passed by; lanes are free when those who stand at the crossing have been screened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from safepassage.core.convoy.arrays import NO_WAY_S, Data, Ints, State, compile_problem, empty_state
from safepassage.core.convoy.left import service_s
from safepassage.core.convoy.replan_events import Day
from safepassage.core.convoy.state import line_of, tokens_of
from safepassage.core.convoy.types import ConvoyProblem, Plan, SeatCount, TravelGroup, Trip

NOTICE_S = 1800
"""Nobody is called to a pick-up earlier than so long from now: a family has to be told and come."""

ABOARD_BONUS = 1000
"""Weight added in the search for a group that is aboard: nothing is worth putting it out for."""

STANDING_BONUS = 200
"""Weight added for a group put off on the way: people by the road come before people at home."""

NEVER_READY_S = -(10**12)
FOR_EVER_S = 10**12


@dataclass(frozen=True, slots=True)
class Called:
    """What a household was told: which vehicle, where, and when at the earliest."""

    token: str
    vehicle_id: str
    window_id: str
    place_id: str
    pick_up_s: int


@dataclass(frozen=True, slots=True)
class StartTrip:
    """One load to begin the search with: those aboard first, then the stops as planned."""

    vehicle_id: str
    window_id: str
    tokens: tuple[str, ...]
    order_s: int
    aboard: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Queue:
    """The crossing's queue as it stands: new times of those in it, and who does not get through."""

    trips: tuple[Trip, ...]
    turned_away: tuple[Trip, ...]
    lanes_free_s: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What is left of the day, for the search.

    Parameters
    ----------
    problem
        With virtual places; its groups are those that can still be planned or are aboard.
    data
        Its arrays, changed for the day.
    promised
        What each group that is not aboard yet was told, by token.
    standing
        Groups put off on the way.
    windows_now
        Windows under way, in which those are to be taken.
    vehicle_of_aboard
        Vehicle of each group that is aboard, by token.
    """

    problem: ConvoyProblem
    data: Data
    queue: Queue
    promised: Mapping[str, Called]
    vehicle_of_aboard: Mapping[str, str]
    ready_s: Ints
    usable: Ints
    standing: tuple[str, ...] = ()
    windows_now: tuple[str, ...] = ()

    @property
    def duty_of(self) -> dict[tuple[str, str], int]:
        """Row of each vehicle and window."""
        return {
            (
                self.problem.vehicles[duty["vehicle"]].vehicle_id,
                self.problem.windows[duty["window"]].window_id,
            ): r
            for r, duty in enumerate(self.data.duty)
        }

    @property
    def index(self) -> dict[str, int]:
        """Row of each group."""
        return {group.token: g for g, group in enumerate(self.problem.groups)}


def run_queue(day: Day) -> Queue:
    """Screen those who wait at the crossing, first come, first served (§84)."""
    problem, state = day.problem, day.state
    loads = {group.token: group.load for group in problem.groups}
    trips: list[Trip] = []
    turned: list[Trip] = []
    lanes_free: dict[str, tuple[int, ...]] = {}
    for window in problem.windows:
        crossing = next(c for c in problem.crossings if c.crossing_id == window.crossing_id)
        free = [window.opens_s] * crossing.lanes
        for trip in state.across:
            if trip.window_id == window.window_id and trip.lane < crossing.lanes:
                free[trip.lane] = max(free[trip.lane], trip.screening_end_s)
        waiting = [trip for trip in state.queue if trip.window_id == window.window_id]
        for trip in sorted(waiting, key=lambda t: (t.queue_arrive_s, t.vehicle_id, t.trip_id)):
            load = sum((loads[token] for token in tokens_of([trip])), SeatCount())
            lane = free.index(min(free))
            start = max(trip.queue_arrive_s, free[lane], state.at_s)
            end = start + crossing.screening.duration_s(load)
            if day.suspended or end > window.last_through_s:
                turned.append(trip)
                continue
            free[lane] = end
            released = end + service_s(problem.service.alighting_s, load)
            trips.append(
                replace(
                    trip, lane=lane, screening_start_s=start, screening_end_s=end,
                    released_s=released,
                )
            )  # fmt: skip
        lanes_free[window.window_id] = tuple(free)
    return Queue(tuple(trips), tuple(turned), lanes_free)


def promises_of(plan: Plan) -> dict[str, Called]:
    """Return what a plan has told each household."""
    return {
        token: Called(token, trip.vehicle_id, trip.window_id, stop.place_id, stop.arrive_s)
        for trip in plan.trips
        for stop in trip.stops
        for token in stop.boards
    }


def rest_of_day(day: Day, plan: Plan) -> Rest:
    """Return what is left to plan after what has happened."""
    queue = run_queue(day)
    aboard = _aboard(day)
    gone = {token for trip in (*day.state.across, *day.state.queue) for token in tokens_of([trip])}
    groups = tuple(group for group in day.problem.groups if group.token not in gone)
    problem = replace(day.problem, groups=groups)
    data = compile_problem(problem)
    promised = {
        token: called
        for token, called in promises_of(plan).items()
        if token not in gone and token not in aboard
        and token not in {one.token for one in day.state.standing}
    }  # fmt: skip
    _start_duties(day, problem, data, queue)
    _take_rooms(day, plan, problem, data, gone)
    problem, data = _with_aboard(day, problem, data, aboard)
    ready = _ready(day, problem.groups, aboard)
    data.group["ready"] = ready
    standing = tuple(one.token for one in day.state.standing)
    for g, group in enumerate(problem.groups):
        data.group["value"][g] += STANDING_BONUS * (group.token in standing)
    now = tuple(
        window.window_id
        for window in problem.windows
        if window.movement_from_s <= day.state.at_s < window.last_through_s
    )
    _only_now(problem, data, standing, now)
    return Rest(problem, data, queue, promised, aboard, ready, data.usable.copy(), standing, now)


def _only_now(
    problem: ConvoyProblem, data: Data, standing: Sequence[str], now: Sequence[str]
) -> None:
    """Let people by the road be taken in a window under way, where one is: not another day."""
    later = [r for r, d in enumerate(data.duty)
             if problem.windows[d["window"]].window_id not in now]  # fmt: skip
    if now:
        for g, group in enumerate(problem.groups):
            if group.token in standing:
                data.usable[g, later] = 0


def _aboard(day: Day) -> dict[str, str]:
    return {
        token: now.vehicle_id
        for now in day.state.vehicles
        if now.trip is not None and now.vehicle_id not in day.lost
        for token in now.trip.aboard
    }


def _ready(day: Day, groups: Sequence[TravelGroup], aboard: Mapping[str, str]) -> Ints:
    """Return from when each group may be picked up; those standing or joining are there."""
    there = {one.token for one in day.state.standing} | set(day.joined)
    soon = day.state.at_s + NOTICE_S
    return np.array(
        [
            NEVER_READY_S if group.token in aboard
            else max(group.ready_s, day.state.at_s if group.token in there else soon)
            for group in groups
        ],
        np.int64,
    )  # fmt: skip


def _start_duties(day: Day, problem: ConvoyProblem, data: Data, queue: Queue) -> None:
    """Let every duty begin where and when its vehicle is, and end with its crew's day."""
    row = {place: i for i, place in enumerate(problem.matrices.place_ids)}
    away = {(home.vehicle_id, home.window_id) for home in day.state.returns}
    away |= {(trip.vehicle_id, trip.window_id) for trip in queue.turned_away}
    released = {trip.vehicle_id: trip.released_s for trip in queue.trips}
    for r, duty in enumerate(data.duty):
        vehicle = problem.vehicles[duty["vehicle"]]
        window = problem.windows[duty["window"]]
        now = day.state.vehicle(vehicle.vehicle_id)
        if now is None:
            continue
        barred = (vehicle.vehicle_id, window.window_id) in away or vehicle.vehicle_id in day.lost
        if barred or day.suspended:
            data.usable[:, r] = 0
        if now.window_id != window.window_id:
            free = now.free_s if not now.window_id else day.state.at_s
            duty["moves_from"] = max(int(duty["moves_from"]), free)
            continue
        duty["depot"] = row[now.place_id]
        duty["moves_from"] = max(released.get(vehicle.vehicle_id, now.free_s), day.state.at_s)
        if now.left_depot_s is not None:
            duty["until"] = min(int(duty["until"]), now.left_depot_s + vehicle.crew_s)
            duty["crew"] = FOR_EVER_S


def _take_rooms(day: Day, plan: Plan, problem: ConvoyProblem, data: Data, gone: set[str]) -> None:
    """Keep the beds of those who are across or at the crossing."""
    column = {centre.centre_id: c for c, centre in enumerate(problem.centres)}
    loads = {group.token: group.load for group in day.problem.groups}
    for one in plan.assignments:
        if one.token in gone:
            load = loads[one.token]
            data.rooms[column[one.centre_id], 0] -= load.persons
            data.rooms[column[one.centre_id], 1] -= load.wheelchair + load.stretcher


def _with_aboard(
    day: Day, problem: ConvoyProblem, data: Data, aboard: Mapping[str, str]
) -> tuple[ConvoyProblem, Data]:
    """Add, for each vehicle with people aboard, where it starts and where they are."""
    vehicles = sorted(set(aboard.values()))
    ids = list(problem.matrices.place_ids)
    first = len(ids)
    time, risk, rate = _bordered(data, 2 * len(vehicles))
    duty_row = {
        (problem.vehicles[d["vehicle"]].vehicle_id, problem.windows[d["window"]].window_id): r
        for r, d in enumerate(data.duty)
    }
    index = {group.token: g for g, group in enumerate(problem.groups)}
    for number, vehicle_id in enumerate(vehicles):
        now = day.state.vehicle(vehicle_id)
        assert now is not None  # noqa: S101 - it has people aboard
        start, seat = first + 2 * number, first + 2 * number + 1
        ids += [f"start/{vehicle_id}", f"aboard/{vehicle_id}"]
        here, line = ids.index(now.place_id), ids.index(line_of(problem, now.window_id))
        r = duty_row[vehicle_id, now.window_id]
        _place_aboard(time, risk, (start, seat, here), int(data.stop_s[0]))
        rate[start] = rate[seat] = rate[here]
        if here == line:
            time[:, seat, :first] = NO_WAY_S
            time[:, seat, line] = 0
        data.duty["depot"][r] = start
        data.duty["moves_from"][r] -= int(data.stop_s[0])
        for g in (index[token] for token, of in aboard.items() if of == vehicle_id):
            data.group["place"][g], data.group["board"][g] = seat, 0
            data.group["value"][g] += ABOARD_BONUS
            data.usable[g, :] = 0
            data.usable[g, r] = 1
    matrices = replace(problem.matrices, place_ids=tuple(ids))
    return replace(problem, matrices=matrices), data._replace(time=time, risk=risk, rate=rate)


def _place_aboard(time: Ints, risk: np.ndarray, places: tuple[int, int, int], stop_s: int) -> None:
    """Reach the people aboard from their vehicle's start only; on from there as from the road.

    A stop takes `stop_s` in the search; that of the people aboard takes none, so the vehicle starts
    so much earlier and every way past them takes so much longer.
    """
    start, seat, here = places
    time[:, start, :] = np.minimum(time[:, here, :] + stop_s, NO_WAY_S)
    time[:, seat, :] = time[:, here, :]
    risk[:, seat, :] = risk[:, here, :]
    time[:, :, seat] = time[:, :, start] = NO_WAY_S
    time[:, start, seat] = 0
    time[:, seat, seat] = time[:, start, start] = 0


def _bordered(data: Data, more: int) -> tuple[Ints, np.ndarray, np.ndarray]:
    kinds, count = data.time.shape[0], data.time.shape[1]
    time = np.full((kinds, count + more, count + more), NO_WAY_S, np.int64)
    risk = np.zeros((kinds, count + more, count + more))
    time[:, :count, :count], risk[:, :count, :count] = data.time, data.risk
    return time, risk, np.concatenate([data.rate, np.zeros(more)])


def fresh_state(rest: Rest, seed: int) -> State:
    """Return a state with nobody planned and the lanes as the queue leaves them."""
    state = empty_state(rest.problem, rest.data, seed)
    for w, window in enumerate(rest.problem.windows):
        free = rest.queue.lanes_free_s[window.window_id]
        state.free[w, 0, : len(free)] = free
    return state


def start_trips(day: Day, plan: Plan, rest: Rest) -> tuple[list[StartTrip], list[StartTrip]]:
    """Return the loads of people aboard alone, and all loads that the old plan still had to go."""
    only: list[StartTrip] = []
    every: list[StartTrip] = []
    under_way = {now.trip.trip_id: now for now in day.state.vehicles if now.trip is not None}
    past = {trip.trip_id for trip in (*day.state.across, *day.state.queue)}
    away = {(home.vehicle_id, home.window_id) for home in day.state.returns}
    for trip in sorted(plan.trips, key=lambda t: (t.queue_arrive_s, t.vehicle_id)):
        duty = (trip.vehicle_id, trip.window_id)
        if trip.trip_id in past or trip.vehicle_id in day.lost or duty in away:
            continue
        now = under_way.get(trip.trip_id)
        aboard = now.trip.aboard if now is not None and now.trip is not None else ()
        tokens = tuple(t for t in tokens_of([trip]) if t in rest.promised)
        if aboard:
            only.append(StartTrip(*duty, aboard, trip.queue_arrive_s, aboard=True))
        if aboard or tokens:
            load = (*aboard, *tokens)
            every.append(StartTrip(*duty, load, trip.queue_arrive_s, aboard=bool(aboard)))
    return only, every
