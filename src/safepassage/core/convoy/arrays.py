"""The problem and a plan under work as flat integer arrays, for the compiled search.

A *duty* is one vehicle in one window. A *slot* is a place in memory for one trip of a duty. All
arrays are int64 and C-contiguous unless said otherwise, so that each kernel is compiled once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.left import Reach, service_s
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    TravelGroup,
    Vehicle,
    Window,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Records = NDArray[np.void]

NO_WAY_S = 10**8
"""Stands for a leg that cannot be driven: longer than any window."""

NEVER = 10**15

NEIGHBOURS = 100
MOST_TRIPS = 24
"""Trips of one vehicle in one window; a 24 h window with hourly trips."""


def _record(names: str, **others: str) -> np.dtype[np.void]:
    return np.dtype([*((name, "i8") for name in names.split()), *others.items()], align=True)


GROUP = _record("place seated wheelchair stretcher persons accessible value ready board alight")
"""`persons` of all kinds, of them `accessible` in a wheelchair or on a stretcher; times in s."""

DUTY = _record(
    "vehicle window matrix depot crew back seated wheelchair stretcher convertible lost "
    "moves_from until break_after break_s"
)
"""`back` from the crossing to the depot in s; `lost` seats per convertible place; leaves its depot
no earlier than `moves_from` and is back by `until`; a break after `break_after` s on duty."""

WINDOW = _record(
    "low high opens last lanes line screen_vehicle every most spacing first muster breaks"
)
"""Its duties are `low` to `high`; `last` moment of screening; `line` the crossing's place.

`every` 0: vehicles queue as they come; else in convoys, the first at the moment `first`. `breaks`:
1 if some crew takes them.
"""

DUTY_STATE = _record("trips leave back touched changed next_rank next_leave next_since next_rest")
"""`leave` as late as the schedule allows; `changed` in which run of a queue; else scratch."""

TRIP_STATE = _record(
    "size wait core ready first screen alight seated wheelchair stretcher "
    "arrive start end slack rank held late since rest joins",
    risk="f8",
)
"""A trip's summary and its place in the schedule.

`wait`: held back so as not to be at the queue before that moment. `core`: seconds from the first
stop's start to the queue. `ready`: no arrival there before that moment. `first`: place of the first
stop. `slack`: seconds by which the arrival may slip if the others stay. `rank` in its duty. `held`:
the longest that anybody is aboard, waits left out. `joins`: when a convoy brings it to the queue.
`late`: the latest arrival with the same place in the queue. `since`: on duty since, breaks counted.
`rest`: break before it in s. `risk`: exposure in person-hours times rate.
"""

MEMBER_STATE = _record("trip centre picked")
"""Slot and centre of a group, -1 for none."""


class Data(NamedTuple):
    """What does not change in a search.

    G groups, R duties, W windows, C centres, M matrices, P places.
    """

    time: Ints  # [M, P, P] s
    risk: Floats  # [M, P, P] exposure of one person
    rate: Floats  # [P] hazard per person and hour
    group: Records  # [G] GROUP
    duty: Records  # [R] DUTY, by window and then vehicle id
    window: Records  # [W] WINDOW
    screen: Ints  # [W, G] s
    usable: Ints  # [G, R] 1 where the duty could carry the group alone
    near: Ints  # [G, N] groups, nearest pick-up first
    wish: Ints  # [G, C] centres in order of wish, -1 after the last
    apart_from: Ints  # [G + 1] offsets into apart
    apart: Ints
    clash_from: Ints  # [R + 1] offsets into clash
    clash: Ints  # duties of the same vehicle that could overlap in time
    rooms: Ints  # [C, 2] places, accessible places
    stop_s: Ints  # [1]
    aboard_s: Ints  # [1]


class State(NamedTuple):
    """A plan under work, with its joint schedule; T slots, S trips of a duty, L groups a trip."""

    order: Ints  # [R, S] slots in the order they are driven
    seq: Ints  # [T, L] groups in the order they board
    duty: Records  # [R] DUTY_STATE
    trip: Records  # [T] TRIP_STATE
    member: Records  # [G] MEMBER_STATE
    used: Ints  # [C, 2]
    score: Ints  # [1] value planned
    events: Ints  # [W] how many
    event: Ints  # [W, E] slots in the order of screening
    free: Ints  # [W, E + 1, lanes] s, when each lane is free before an event
    convoy: Ints  # [W, E + 1, 2] number of the convoy that forms before an event, vehicles in it
    window_dirty: Ints  # [W] scratch
    random: NDArray[np.uint64]  # [1]
    lane: Ints  # [lanes] scratch
    stamp: Ints  # [1] number of the run of a queue that is under way
    coming: Ints  # [R + E, 2] (arrival, duty) of changed vehicles, in order; scratch
    kept: Ints  # [E] slots of the kept events; scratch
    pool: Ints  # [G] candidates of a move
    key: Floats  # [G] their order
    picked: Ints  # [1] how many
    planned: Ints  # [T] planned arrivals under delays; scratch
    verdict: Floats  # [4] see robust_kernel.judge


class Saved(NamedTuple):
    """A copy of what defines a plan: to undo a move, or the best so far."""

    order: Ints
    seq: Ints
    duty: Records
    trip: Records
    member: Records
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


def _travel(problem: ConvoyProblem) -> dict[str, Any]:
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


def _people(problem: ConvoyProblem, reach: Reach, duties: list[tuple[int, int]]) -> dict[str, Any]:
    groups = problem.groups
    apart_from, apart = _apart(groups)
    screen = [
        [c.screening.duration_s(g.load) - c.screening.vehicle_s for g in groups]
        for c in reach.crossing_of
    ]
    records = _group_records(problem, reach)
    return {
        "group": records,
        "screen": _ints(screen, len(reach.crossing_of), len(groups)),
        "usable": _usable(groups, reach, duties),
        "near": _near(problem, _ints(records["place"])),
        "wish": _wish(problem),
        "apart_from": apart_from,
        "apart": apart,
    }


def _group_records(problem: ConvoyProblem, reach: Reach) -> Records:
    service = problem.service
    rows = [
        (
            reach.place_index.get(g.place_id, 0),
            g.load.seated, g.load.wheelchair, g.load.stretcher,
            g.load.persons, g.load.wheelchair + g.load.stretcher,
            g.value, g.ready_s,
            service_s(service.boarding_s, g.load) + g.door * service.door_s,
            service_s(service.alighting_s, g.load),
        )
        for g in problem.groups
    ]  # fmt: skip
    return np.array(rows, GROUP)


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


def _fleet(problem: ConvoyProblem, reach: Reach, duties: list[tuple[int, int]]) -> dict[str, Any]:
    clash_from, clash = _clashes(problem, duties)
    rows = [_duty_record(problem, reach, *duty) for duty in duties]
    return {"duty": np.array(rows, DUTY), "clash_from": clash_from, "clash": clash}


def _duty_record(problem: ConvoyProblem, reach: Reach, v: int, w: int) -> tuple[int, ...]:
    vehicle = problem.vehicles[v]
    back = reach.time_s(v, reach.crossing_of[w].place_id, vehicle.depot_id)
    capacity = vehicle.usable
    places = capacity.places
    return (
        v, w, problem.vehicle_matrix[v], reach.place_index.get(vehicle.depot_id, 0),
        vehicle.crew_s, NO_WAY_S if back is None else back,
        places.seated, places.wheelchair, places.stretcher,
        capacity.convertible_wheelchair, capacity.seats_per_convertible,
        *_shift(vehicle, problem.windows[w]),
        NEVER if vehicle.break_after_s is None else vehicle.break_after_s, vehicle.break_s,
    )  # fmt: skip


def _shift(vehicle: Vehicle, window: Window) -> tuple[int, int]:
    """Return from when and until when a vehicle works in a window: in one shift (§70)."""
    if not vehicle.shifts:
        return window.movement_from_s, NEVER
    spans = [(max(low, window.movement_from_s), high) for low, high in vehicle.shifts]
    return max(spans, key=lambda span: (min(span[1], window.last_through_s) - span[0], -span[0]))


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
) -> dict[str, Any]:
    of_window = [w for _, w in duties]
    ends = np.searchsorted(of_window, range(len(problem.windows) + 1))
    rows = [
        (
            ends[w], ends[w + 1],
            one.opens_s, one.last_through_s - buffer_s,
            crossing.lanes, reach.place_index.get(crossing.place_id, 0),
            crossing.screening.vehicle_s, *_convoy(crossing, one), _breaks(problem, crossing),
        )
        for w, (one, crossing) in enumerate(
            zip(problem.windows, reach.crossing_of, strict=True)
        )
    ]  # fmt: skip
    rooms = _ints([(c.places, c.accessible_places) for c in problem.centres], -1, 2)
    return {"window": np.array(rows, WINDOW), "rooms": rooms}


def _breaks(problem: ConvoyProblem, crossing: Crossing) -> int:
    """Return 1 if a vehicle of the near side of the crossing takes breaks."""
    return int(any(
        vehicle.break_after_s is not None and side == crossing.from_side
        for vehicle, side in zip(problem.vehicles, problem.vehicle_side, strict=True)
    ))  # fmt: skip


def _convoy(crossing: Crossing, window: Window) -> tuple[int, ...]:
    rule = crossing.convoy
    if rule is None:
        return (0, 0, 0, 0, 0)
    first = window.opens_s + rule.first_s
    return (rule.every_s, rule.most_vehicles, rule.spacing_s, first, rule.muster_s)


def empty_state(problem: ConvoyProblem, data: Data, seed: int) -> State:
    """Return the state in which nobody is planned."""
    trips, most = slots_of(problem)
    duties, windows, groups = len(data.duty), len(data.window), len(data.group)
    events = int(max(data.window["high"] - data.window["low"], default=0)) * trips
    lanes = int(max(data.window["lanes"], default=1))
    free = np.zeros((windows, events + 1, lanes), np.int64)
    free[:, 0, :] = data.window["opens"][:, None]
    member = np.zeros(groups, MEMBER_STATE)
    member["trip"] = member["centre"] = -1
    return State(
        order=_zeros(duties, trips),
        seq=_zeros(duties * trips, most),
        duty=np.zeros(duties, DUTY_STATE),
        trip=np.zeros(duties * trips, TRIP_STATE),
        member=member,
        used=_zeros(len(data.rooms), 2),
        score=_zeros(1),
        events=_zeros(windows),
        event=_zeros(windows, events),
        free=free,
        convoy=_zeros(windows, events + 1, 2),
        window_dirty=_zeros(windows),
        random=np.array([seed], np.uint64),
        lane=_zeros(lanes),
        stamp=_zeros(1),
        coming=_zeros(duties + events + 1, 2),
        kept=_zeros(events),
        pool=_zeros(groups),
        key=np.zeros(groups),
        picked=_zeros(1),
        planned=_zeros(duties * trips),
        verdict=np.zeros(4),
    )


def _zeros(*shape: int) -> Ints:
    return np.zeros(shape, np.int64)


def saved_copy(state: State) -> Saved:
    """Return a copy of what defines the plan of `state`."""
    return Saved(
        state.order.copy(), state.seq.copy(), state.duty.copy(), state.trip.copy(),
        state.member.copy(), state.used.copy(), state.score.copy(), np.zeros(3),
    )  # fmt: skip
