"""The problem and a plan under work as flat integer arrays, for the compiled search.

A *duty* is one vehicle in one window. A *slot* is a place in memory for one trip of a duty. All
arrays are int64 and C-contiguous unless said otherwise, so that each kernel is compiled once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.left import Reach, service_s
from safepassage.core.convoy.types import ConvoyProblem, TravelGroup

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NO_WAY_S = 10**8
"""Stands for a leg that cannot be driven: longer than any window."""

NEIGHBOURS = 100
MOST_TRIPS = 24
"""Trips of one vehicle in one window; a 24 h window with hourly trips."""


class Data(NamedTuple):
    """What does not change in a search; see the comments for shapes.

    G groups, R duties, W windows, C centres, M matrices, P places.
    """

    time: Ints  # [M, P, P] s
    risk: Floats  # [M, P, P] exposure of one person
    rate: Floats  # [P] hazard per person and hour
    place: Ints  # [G]
    load: Ints  # [G, 3] persons by seat kind
    persons: Ints  # [G, 2] in all, needing an accessible place
    value: Ints  # [G]
    ready: Ints  # [G] s
    board: Ints  # [G] s
    alight: Ints  # [G] s
    screen: Ints  # [W, G] s
    usable: Ints  # [G, R] 1 where the duty could carry the group alone
    near: Ints  # [G, N] other groups, nearest pick-up first
    wish: Ints  # [G, C] centres in order of wish, -1 after the last
    apart_from: Ints  # [G + 1] offsets into apart
    apart: Ints
    duty_vehicle: Ints  # [R]
    duty_window: Ints  # [R]
    duty_row: Ints  # [R] place of the duty among those of its window
    duty_matrix: Ints  # [R]
    duty_depot: Ints  # [R] place
    duty_crew: Ints  # [R] s
    duty_back: Ints  # [R] s from the crossing to the depot
    capacity: Ints  # [R, 5] seated, wheelchair, stretcher, convertible, seats per convertible
    clash_from: Ints  # [R + 1] offsets into clash
    clash: Ints  # duties of the same vehicle that could overlap in time
    window_from: Ints  # [W + 1] offsets: duties are sorted by window, then vehicle id
    moves_from: Ints  # [W] s
    opens: Ints  # [W] s
    last: Ints  # [W] s, latest end of screening
    lanes: Ints  # [W]
    line: Ints  # [W] place of the crossing
    screen_vehicle: Ints  # [W] s
    rooms: Ints  # [C, 2] places, accessible places
    stop_s: Ints  # [1]
    aboard_s: Ints  # [1]


class State(NamedTuple):
    """A plan under work, with its joint schedule; T slots, S trips of a duty, L groups a trip."""

    order: Ints  # [R, S] slots in the order they are driven
    trips: Ints  # [R] how many
    hold: Ints  # [R] s, kept in the depot after movement_from
    seq: Ints  # [T, L] groups in the order they board
    size: Ints  # [T] how many
    core: Ints  # [T] s from the first stop's start to the queue
    ready: Ints  # [T] s, no arrival at the queue before
    first: Ints  # [T] place of the first stop
    screen: Ints  # [T] s
    alight: Ints  # [T] s
    load: Ints  # [T, 3]
    risk: Floats  # [T] exposure, person-hours times rate
    arrive: Ints  # [T] s at the queue
    start: Ints  # [T] s of screening
    end: Ints  # [T] s of screening
    slack: Ints  # [T] s by which the arrival may slip if the others stay
    rank: Ints  # [T] place in its duty
    leave: Ints  # [R] s, latest leaving that keeps the schedule
    back: Ints  # [R] s
    events: Ints  # [W] how many
    event: Ints  # [W, E] slots in the order of screening
    free: Ints  # [W, E + 1, lanes] s, when each lane is free before an event
    trip_of: Ints  # [G] slot or -1
    centre: Ints  # [G] centre or -1
    used: Ints  # [C, 2]
    score: Ints  # [1] value planned
    random: NDArray[np.uint64]  # [1]
    next_arrive: Ints  # [V] scratch of the simulation
    next_rank: Ints  # [V]
    next_leave: Ints  # [V]
    lane: Ints  # [lanes]
    touched: Ints  # [R]
    pool: Ints  # [G] candidates
    key: Floats  # [G]
    in_pool: Ints  # [G]
    picked: Ints  # [1] how many candidates


class Saved(NamedTuple):
    """A copy of what defines a plan: to undo a move, or the best so far."""

    order: Ints
    trips: Ints
    hold: Ints
    seq: Ints
    size: Ints
    trip_of: Ints
    centre: Ints
    used: Ints
    score: Ints
    worth: Floats  # [3] value, -exposure, -seconds


def slots_of(problem: ConvoyProblem) -> tuple[int, int]:
    """Return the most trips of a duty and the most groups of a trip that memory is kept for."""
    largest = max((_people_in(v.capacity.places) + v.capacity.convertible_wheelchair)
                  for v in problem.vehicles)  # fmt: skip
    return MOST_TRIPS, max(1, min(len(problem.groups), largest))


def _people_in(places: object) -> int:
    return int(getattr(places, "persons", 0))


def compile_problem(problem: ConvoyProblem, *, buffer_s: int = 0) -> Data:
    """Return the arrays of a problem.

    Parameters
    ----------
    buffer_s
        Seconds kept free before each window's last moment, on top of its margin.
    """
    reach = Reach(problem)
    duties = _duties(problem, reach)
    return Data(
        **_travel(problem),
        **_people(problem, reach, duties),
        **_fleet(problem, reach, duties),
        **_lines(problem, reach, duties, buffer_s),
        stop_s=np.array([problem.service.stop_s], np.int64),
        aboard_s=np.array([NO_WAY_S if problem.max_aboard_s is None else problem.max_aboard_s]),
    )


def _duties(problem: ConvoyProblem, reach: Reach) -> list[tuple[int, int]]:
    """Return (vehicle, window) pairs sorted by window and then vehicle id, as §10 breaks ties."""
    by_id = sorted(range(len(problem.vehicles)), key=lambda v: problem.vehicles[v].vehicle_id)
    return [
        (vehicle, window)
        for window, crossing in enumerate(reach.crossing_of)
        for vehicle in by_id
        if problem.vehicle_side[vehicle] == crossing.from_side
    ]


def _travel(problem: ConvoyProblem) -> dict[str, NDArray[np.generic]]:
    times = np.stack([m.travel_time_s for m in problem.matrices.matrices]).astype(np.int64)
    risks = np.stack([m.exposure for m in problem.matrices.matrices]).astype(np.float64)
    no_way = times < 0
    times[no_way] = NO_WAY_S
    risks[no_way] = 0.0
    rate = np.ascontiguousarray(problem.matrices.place_hazard_rate_per_h, np.float64)
    return {
        "time": np.ascontiguousarray(times), "risk": np.ascontiguousarray(risks), "rate": rate
    }  # fmt: skip


def _ints(values: object, *shape: int) -> Ints:
    array = np.asarray(values, np.int64)
    return np.ascontiguousarray(array.reshape(shape) if shape else array)


def _people(problem: ConvoyProblem, reach: Reach, duties: list[tuple[int, int]]) -> dict[str, Ints]:
    groups, count = problem.groups, len(problem.groups)
    service = problem.service
    loads = [(g.load.seated, g.load.wheelchair, g.load.stretcher) for g in groups]
    place = _ints([reach.place_index.get(g.place_id, 0) for g in groups])
    apart_from, apart = _apart(groups)
    screen = [
        [c.screening.duration_s(g.load) - c.screening.vehicle_s for g in groups]
        for c in reach.crossing_of
    ]
    return {
        "place": place,
        "load": _ints(loads, count, 3),
        "persons": _ints([(s + w + b, w + b) for s, w, b in loads], count, 2),
        "value": _ints([g.value for g in groups]),
        "ready": _ints([g.ready_s for g in groups]),
        "board": _ints([service_s(service.boarding_s, g.load) for g in groups]),
        "alight": _ints([service_s(service.alighting_s, g.load) for g in groups]),
        "screen": _ints(screen, len(reach.crossing_of), count),
        "usable": _usable(groups, reach, duties),
        "near": _near(problem, place),
        "wish": _wish(problem),
        "apart_from": apart_from,
        "apart": apart,
    }


def _usable(groups: tuple[TravelGroup, ...], reach: Reach, duties: list[tuple[int, int]]) -> Ints:
    row = {duty: r for r, duty in enumerate(duties)}
    usable = np.zeros((len(groups), len(duties)), np.int64)
    for g, group in enumerate(groups):
        for way in reach.ways(group)[0]:
            usable[g, row[way.vehicle, way.window]] = 1
    return usable


def _near(problem: ConvoyProblem, place: Ints) -> Ints:
    """Return for each group the others by driving time between pick-ups, there and back."""
    count = len(place)
    times = problem.matrices.matrices[0].travel_time_s.astype(np.int64)
    times = np.where(times < 0, NO_WAY_S, times)
    apart = times[np.ix_(place, place)]
    apart = apart + apart.T
    np.fill_diagonal(apart, -1)
    return _ints(np.argsort(apart, axis=1, kind="stable")[:, : NEIGHBOURS + 1][:, :count])


def _wish(problem: ConvoyProblem) -> Ints:
    column = {centre.centre_id: c for c, centre in enumerate(problem.centres)}
    wish = np.full((len(problem.groups), max(1, len(problem.centres))), -1, np.int64)
    for g, group in enumerate(problem.groups):
        for rank, centre in enumerate(group.centres):
            wish[g, rank] = column[centre]
    return wish


def _apart(groups: tuple[TravelGroup, ...]) -> tuple[Ints, Ints]:
    index = {group.token: g for g, group in enumerate(groups)}
    rows = [sorted(index[t] for t in group.apart_from if t in index) for group in groups]
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return _ints(offsets), _ints([other for row in rows for other in row])


def _fleet(problem: ConvoyProblem, reach: Reach, duties: list[tuple[int, int]]) -> dict[str, Ints]:
    vehicles = [problem.vehicles[v] for v, _ in duties]
    lines = [reach.crossing_of[w].place_id for _, w in duties]
    caps = [
        (c.places.seated, c.places.wheelchair, c.places.stretcher,
         c.convertible_wheelchair, c.seats_per_convertible)
        for c in (vehicle.capacity for vehicle in vehicles)
    ]  # fmt: skip
    backs = [
        reach.time_s(v, line, problem.vehicles[v].depot_id)
        for (v, _), line in zip(duties, lines, strict=True)
    ]
    clash_from, clash = _clashes(problem, duties)
    first = [w for _, w in duties]
    return {
        "duty_vehicle": _ints([v for v, _ in duties]),
        "duty_window": _ints(first),
        "duty_row": _ints([r - first.index(w) for r, w in enumerate(first)]),
        "duty_matrix": _ints([problem.vehicle_matrix[v] for v, _ in duties]),
        "duty_depot": _ints([reach.place_index.get(v.depot_id, 0) for v in vehicles]),
        "duty_crew": _ints([v.crew_s for v in vehicles]),
        "duty_back": _ints([NO_WAY_S if back is None else back for back in backs]),
        "capacity": _ints(caps, len(duties), 5),
        "clash_from": clash_from,
        "clash": clash,
    }


def _clashes(problem: ConvoyProblem, duties: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    """Return, by offsets, the duties of the same vehicle whose windows may overlap (§13)."""
    rows = [
        [q for q, (v, w) in enumerate(duties) if v == vehicle and w != window
         and _may_overlap(problem, window, w, problem.vehicles[v].crew_s)]
        for vehicle, window in duties
    ]  # fmt: skip
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return _ints(offsets), _ints([q for row in rows for q in row])


def _may_overlap(problem: ConvoyProblem, one: int, other: int, crew_s: int) -> bool:
    a, b = problem.windows[one], problem.windows[other]
    return (
        a.movement_from_s <= b.last_through_s + crew_s
        and b.movement_from_s <= a.last_through_s + crew_s
    )


def _lines(
    problem: ConvoyProblem, reach: Reach, duties: list[tuple[int, int]], buffer_s: int
) -> dict[str, Ints]:
    windows = problem.windows
    of_window = [w for _, w in duties]
    return {
        "window_from": _ints(np.searchsorted(of_window, range(len(windows) + 1))),
        "moves_from": _ints([w.movement_from_s for w in windows]),
        "opens": _ints([w.opens_s for w in windows]),
        "last": _ints([w.last_through_s - buffer_s for w in windows]),
        "lanes": _ints([c.lanes for c in reach.crossing_of]),
        "line": _ints([reach.place_index.get(c.place_id, 0) for c in reach.crossing_of]),
        "screen_vehicle": _ints([c.screening.vehicle_s for c in reach.crossing_of]),
        "rooms": _ints([(c.places, c.accessible_places) for c in problem.centres], -1, 2),
    }


def empty_state(problem: ConvoyProblem, data: Data, seed: int) -> State:
    """Return the state in which nobody is planned."""
    trips, most = slots_of(problem)
    duties, windows = len(data.duty_window), len(data.opens)
    groups, slots = len(data.place), duties * trips
    events = int(max(np.diff(data.window_from), default=0)) * trips
    lanes = int(max(data.lanes, default=1))

    def zeros(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    free = zeros(windows, events + 1, lanes)
    free[:, 0, :] = data.opens[:, None]
    row = zeros(duties + 1)
    return State(
        order=zeros(duties, trips), trips=zeros(duties), hold=zeros(duties),
        seq=zeros(slots, most), size=zeros(slots), core=zeros(slots), ready=zeros(slots),
        first=zeros(slots), screen=zeros(slots), alight=zeros(slots), load=zeros(slots, 3),
        risk=np.zeros(slots), arrive=zeros(slots), start=zeros(slots), end=zeros(slots),
        slack=zeros(slots), rank=zeros(slots), leave=zeros(duties), back=zeros(duties),
        events=zeros(windows), event=zeros(windows, events), free=free,
        trip_of=np.full(groups, -1, np.int64), centre=np.full(groups, -1, np.int64),
        used=zeros(len(data.rooms), 2), score=zeros(1), random=np.array([seed], np.uint64),
        next_arrive=row.copy(), next_rank=row.copy(), next_leave=row.copy(), lane=zeros(lanes),
        touched=zeros(duties), pool=zeros(groups), key=np.zeros(groups), in_pool=zeros(groups),
        picked=zeros(1),
    )  # fmt: skip


def saved_copy(state: State) -> Saved:
    """Return a copy of what defines the plan of `state`."""
    return Saved(
        state.order.copy(), state.trips.copy(), state.hold.copy(), state.seq.copy(),
        state.size.copy(), state.trip_of.copy(), state.centre.copy(), state.used.copy(),
        state.score.copy(), np.zeros(3),
    )  # fmt: skip
