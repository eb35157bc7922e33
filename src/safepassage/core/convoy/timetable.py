"""From the searched plan to a timetable: every moment of every trip.

The search drives everything as early as it can. Here each departure is moved as late as the order
at the crossing and a short lead allow, so that people wait where they live and vehicles wait
empty. By docs/spec/05-convoy.md §10 the order and every start of screening stay the same: starts
do not decrease along the order, so an arrival may move up to its start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from safepassage.core.convoy.arrays import NEVER, Data, Ints, State
from safepassage.core.convoy.types import ConvoyProblem, PlannedStop, Trip, VehicleReturn

DAY_PLACES = 2
"""Digits of a trip's number in its id, so that ids sort as the trips are driven."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """Near-side trips in the order of screening, and the drives home."""

    trips: tuple[Trip, ...]
    returns: tuple[VehicleReturn, ...]


@dataclass(frozen=True, slots=True)
class _Stop:
    place: int
    groups: tuple[int, ...]
    stay_s: int


def planned_arrivals(d: Data, s: State, lead_s: int) -> Ints:
    """Return int64[T], for each slot in use when the timetable has it reach the crossing, in s."""
    planned = np.zeros(len(s.trip), np.int64)
    for w in range(len(d.window)):
        slots = [int(t) for t in s.event[w, : s.events[w]]]
        for t, arrive in _late_arrivals(d, s, slots, lead_s).items():
            planned[t] = arrive
    return planned


def build_timetable(problem: ConvoyProblem, d: Data, s: State, lead_s: int) -> Timetable:
    """Return the timetable of a scheduled state.

    Parameters
    ----------
    lead_s
        A vehicle plans to reach the queue so long before its screening, where that leaves
        nobody aboard too long and no crew out too long.
    """
    trips: list[Trip] = []
    for window in range(len(d.window)):
        trips += _window_trips(problem, d, s, window, lead_s)
    return Timetable(tuple(trips), tuple(_returns(problem, d, s, trips)))


def _window_trips(problem: ConvoyProblem, d: Data, s: State, w: int, lead_s: int) -> list[Trip]:
    slots = [int(t) for t in s.event[w, : s.events[w]]]
    arrivals = _late_arrivals(d, s, slots, lead_s)
    order = sorted(
        slots, key=lambda t: (arrivals[t], t // s.order.shape[1], int(s.trip["rank"][t]))
    )
    lanes = _lanes(d, s, w, order)
    return [_trip(problem, d, s, t, arrivals[t], lanes[t]) for t in order]


def _late_arrivals(d: Data, s: State, slots: list[int], lead_s: int) -> dict[int, int]:
    """Return late arrivals that keep the order of screening, and so every start.

    Vehicles that arrive at one moment are screened in the order of their ids (§10). Where that
    would send a later start first, it arrives a second later; equal starts may change places.
    """
    arrivals: dict[int, int] = {}
    latest, together = -(10**15), list[int]()
    for t in slots:
        start = int(s.trip["start"][t])
        lead = min(lead_s, _spare_s(d, s, t))
        arrive = max(latest, int(s.trip["arrive"][t]), int(s.trip["late"][t]) - lead)
        overtaken = any(one > t and s.trip["start"][one] < start for one in together)
        if arrive == latest and overtaken:
            arrive += 1
        together = [*together, t] if arrive == latest else [t]
        latest = arrivals[t] = arrive
    return arrivals


def _lanes(d: Data, s: State, w: int, order: list[int]) -> dict[int, int]:
    free = [int(d.window["opens"][w])] * int(d.window["lanes"][w])
    lanes: dict[int, int] = {}
    for t in order:
        lanes[t] = free.index(min(free))
        free[lanes[t]] = int(s.trip["end"][t])
    return lanes


def _spare_s(d: Data, s: State, t: int) -> int:
    """Return how long trip `t` may wait in the queue for comfort alone."""
    r = t // s.order.shape[1]
    waits = s.trip["start"][t] - s.trip["late"][t]
    spare = int(d.aboard_s[0]) - int(s.trip["held"][t] + waits)
    spare = min(spare, _spare_before_break_s(d, s, t))
    if s.trip["rank"][t] > 0:
        return max(0, spare)
    spare = min(spare, int(d.duty["crew"][r] - (s.duty["back"][r] - s.duty["leave"][r])))
    for q in d.clash[d.clash_from[r] : d.clash_from[r + 1]]:
        if s.duty["trips"][q] > 0 and s.duty["back"][q] <= s.duty["leave"][r]:
            spare = min(spare, int(s.duty["leave"][r] - s.duty["back"][q]))
    return max(0, spare)


def _spare_before_break_s(d: Data, s: State, t: int) -> int:
    """Return how much earlier the crew may set out on trip `t` without being on duty too long."""
    r, rank = t // s.order.shape[1], int(s.trip["rank"][t])
    if d.duty["break_after"][r] >= NEVER or (rank > 0 and s.trip["rest"][t] == 0):
        return int(NEVER)
    released = int(s.trip["end"][t] + s.trip["alight"][t])
    for later in (int(one) for one in s.order[r, rank + 1 : s.duty["trips"][r]]):
        if s.trip["rest"][later] > 0:
            break
        released = int(s.trip["end"][later] + s.trip["alight"][later])
    return int(d.duty["break_after"][r] - (released - s.trip["since"][t]))


def _stops(d: Data, s: State, t: int) -> list[_Stop]:
    stops: list[_Stop] = []
    for g in (int(g) for g in s.seq[t, : s.trip["size"][t]]):
        place, board = int(d.group["place"][g]), int(d.group["board"][g])
        if stops and stops[-1].place == place:
            last = stops.pop()
            stops.append(_Stop(place, (*last.groups, g), last.stay_s + board))
        else:
            stops.append(_Stop(place, (g,), int(d.stop_s[0]) + board))
    return stops


def _trip(problem: ConvoyProblem, d: Data, s: State, t: int, arrive: int, lane: int) -> Trip:
    r = t // s.order.shape[1]
    w, rank, time = int(d.duty["window"][r]), int(s.trip["rank"][t]), d.time[d.duty["matrix"][r]]
    ids, groups = problem.matrices.place_ids, problem.groups
    vehicle, window = problem.vehicles[d.duty["vehicle"][r]], problem.windows[w]
    planned: list[PlannedStop] = []
    moment, onward = arrive, int(d.window["line"][w])
    for stop in reversed(_stops(d, s, t)):
        departs = moment - int(time[stop.place, onward])
        moment, onward = departs - stop.stay_s, stop.place
        boards = tuple(groups[g].token for g in stop.groups)
        planned.append(PlannedStop(ids[stop.place], moment, departs, boards))
    origin = int(d.duty["depot"][r] if rank == 0 else d.window["line"][w])
    return Trip(
        muster_arrive_s=arrive if d.window["every"][w] else None,
        trip_id=f"{window.window_id}/{vehicle.vehicle_id}/{rank + 1:0{DAY_PLACES}d}",
        vehicle_id=vehicle.vehicle_id,
        window_id=window.window_id,
        origin_id=ids[origin],
        depart_s=moment - int(time[origin, onward]),
        stops=tuple(reversed(planned)),
        queue_arrive_s=int(s.trip["joins"][t]) if d.window["every"][w] else arrive,
        lane=lane,
        screening_start_s=int(s.trip["start"][t]),
        screening_end_s=int(s.trip["end"][t]),
        released_s=int(s.trip["end"][t] + s.trip["alight"][t]),
    )


def _returns(problem: ConvoyProblem, d: Data, s: State, trips: list[Trip]) -> list[VehicleReturn]:
    last = {(trip.vehicle_id, trip.window_id): trip.released_s for trip in trips}
    returns = []
    for r in range(len(d.duty)):
        vehicle = problem.vehicles[d.duty["vehicle"][r]].vehicle_id
        window = problem.windows[d.duty["window"][r]].window_id
        if s.duty["trips"][r] > 0:
            departs = last[vehicle, window]
            arrives = departs + int(d.duty["back"][r])
            returns.append(VehicleReturn(vehicle, window, departs, arrives))
    return returns
