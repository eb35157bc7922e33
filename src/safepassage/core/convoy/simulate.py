"""What random delays do to a plan, replayed thousands of times at once.

In every run the vehicles follow the plan: they leave no place earlier than planned, they queue at
the crossing in the order in which they really arrive, and only people through before the window
closes count. All runs advance together in numpy, one screening at a time: the next vehicle to be
screened is found in every run by itself, because its arrival depends on how its earlier trips went.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.types import (
    ConvoyProblem,
    ConvoyRule,
    Crossing,
    DelayModel,
    Distribution,
    Plan,
    SeatCount,
    SimulationSummary,
    TravelGroup,
    Trip,
    Window,
)
from safepassage.errors import Finding, InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Groups = dict[str, TravelGroup]
Progress = Callable[[float, float], None]

BLOCK = 2_000
"""Runs that advance together; part of the seed's meaning, so that memory stays bounded."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowTimetable:
    """One window of a plan as arrays.

    Parameters
    ----------
    trip_ids
        Trips sorted by vehicle id and then departure; index t below.
    first_trip
        int64[v], index of the first trip of each vehicle (sorted by id).
    next_trip
        int64[t], index of the same vehicle's next trip, -1 after its last.
    vehicle
        int64[t], index of the vehicle.
    depart_s, screening_s, alighting_s
        int64[t], as planned.
    persons, value
        int64[t], aboard at the crossing.
    leg_s
        Per trip, int64[stops + 1]: planned driving time of each leg, at least the matrix time.
    stop_s, ready_s, stop_depart_s, stop_persons
        Per trip, int64[stops]: duration, latest ready time, planned end, persons boarding.
    rest_s
        int64[t], break that the crew takes before the trip however late it is.
    """

    window: Window
    crossing: Crossing
    trip_ids: tuple[str, ...]
    first_trip: Ints
    next_trip: Ints
    vehicle: Ints
    depart_s: Ints
    screening_s: Ints
    alighting_s: Ints
    persons: Ints
    value: Ints
    leg_s: tuple[Ints, ...]
    stop_s: tuple[Ints, ...]
    ready_s: tuple[Ints, ...]
    stop_depart_s: tuple[Ints, ...]
    stop_persons: tuple[Ints, ...]
    rest_s: Ints


@dataclass(frozen=True, slots=True, eq=False)
class WindowDelays:
    """What goes wrong in one window, one row a run.

    Parameters
    ----------
    leg, stop
        Per trip, float64[r, legs] and float64[r, stops]: multipliers of driving (the day's factor
        included) and of stop time.
    leg_delay_s
        Per trip, float64[r, legs]: standing time before a leg through a breakdown.
    screening
        float64[r], multiplier of all screening.
    closes_s
        float64[r], when the window really ends.
    """

    leg: tuple[Floats, ...]
    stop: tuple[Floats, ...]
    leg_delay_s: tuple[Floats, ...]
    screening: Floats
    closes_s: Floats


@dataclass(frozen=True, slots=True, eq=False)
class WindowOutcome:
    """How one window went.

    Parameters
    ----------
    queue_arrive_s, screening_end_s
        float64[r, t]; the first at the crossing, whether its queue or its muster point.
    across
        bool[r, t], through before the window really ended.
    stranded
        int64[r], persons aboard when the window ended on them.
    """

    queue_arrive_s: Floats
    screening_end_s: Floats
    across: NDArray[np.bool_]
    stranded: Ints


@dataclass(frozen=True, slots=True, eq=False)
class AcrossOverTime:
    """People across over time under delays.

    Parameters
    ----------
    at_s
        int64[n], moments.
    planned, low, median, high
        int64[n], persons across by then: as planned, and the 5th, 50th and 95th percentile.
    """

    at_s: Ints
    planned: Ints
    low: Ints
    median: Ints
    high: Ints


@dataclass(frozen=True, slots=True, eq=False)
class QueueProfile:
    """The queue at a crossing over one window, as planned; steps, right-continuous.

    Parameters
    ----------
    at_s
        int64[n], the moments at which anything changes, increasing.
    vehicles_waiting, persons_waiting, lanes_busy, persons_across
        int64[n], from that moment on; `persons_across` counts within the window.
    """

    window_id: str
    crossing_id: str
    lanes: int
    at_s: Ints
    vehicles_waiting: Ints
    persons_waiting: Ints
    lanes_busy: Ints
    persons_across: Ints


def simulate(
    problem: ConvoyProblem,
    plan: Plan,
    delays: DelayModel,
    *,
    runs: int = 10_000,
    seed: int = 0,
    progress: Progress | None = None,
) -> SimulationSummary:
    """Run the plan `runs` times under random delays.

    Parameters
    ----------
    plan
        A plan that breaks no rule; its ids are taken as known.
    progress
        Called with (runs done, runs in all).

    Raises
    ------
    ValueError
        If `runs` is below 1.
    InputError
        If a distribution of the delay model is of an unknown kind.
    """
    timetables = window_timetables(problem, plan)
    trip_ids = tuple(trip_id for table in timetables for trip_id in table.trip_ids)
    persons = np.concatenate([np.zeros(0, np.int64), *(table.persons for table in timetables)])
    values = np.concatenate([np.zeros(0, np.int64), *(table.value for table in timetables)])
    across_count = np.zeros(len(trip_ids), np.int64)
    people, value, stranded, all_across = [], [], [], 0
    for done, block, rng in _blocks(runs, seed):
        outcomes = [
            run_window(table, draw_delays(table, delays, block, rng)) for table in timetables
        ]
        across = np.concatenate(
            [np.ones((block, 0), np.bool_), *(outcome.across for outcome in outcomes)], axis=1
        )
        across_count += across.sum(axis=0)
        people.append(across @ persons)
        value.append(across @ values)
        stranded.append(sum((o.stranded for o in outcomes), np.zeros(block, np.int64)))
        all_across += int(across.all(axis=1).sum())
        if progress is not None:
            progress(done + block, runs)
    share = all_across / runs
    low, high = _percentiles(np.concatenate(people), (0.05, 0.95))
    return SimulationSummary(
        runs=runs,
        seed=seed,
        persons_planned=int(persons.sum()),
        persons_expected=float(np.concatenate(people).mean()),
        persons_low=low,
        persons_high=high,
        value_expected=float(np.concatenate(value).mean()),
        probability_all_across=share,
        probability_standard_error=float(np.sqrt(share * (1 - share) / runs)),
        stranded_expected=float(np.concatenate(stranded).mean()),
        trip_probability=tuple(
            (trip_id, int(count) / runs)
            for trip_id, count in sorted(zip(trip_ids, across_count, strict=True))
        ),
    )


def across_over_time(
    problem: ConvoyProblem,
    plan: Plan,
    delays: DelayModel,
    *,
    runs: int = 2_000,
    seed: int = 0,
    step_s: int = 600,
) -> AcrossOverTime:
    """Return how many people are across by when, as planned and under delays.

    Parameters
    ----------
    step_s
        Distance of the moments, from the first window's opening to the last one's close.
    """
    timetables, groups = window_timetables(problem, plan), _groups(problem)
    if not timetables:
        none = np.zeros(0, np.int64)
        return AcrossOverTime(none, none, none, none, none)
    opens_s = min(table.window.opens_s for table in timetables)
    closes_s = max(table.window.closes_s for table in timetables)
    at_s = np.arange(opens_s, closes_s + step_s, step_s, dtype=np.int64)
    counts = np.concatenate(
        [
            _across_by(at_s, timetables, delays, block, rng)
            for _done, block, rng in _blocks(runs, seed)
        ]
    )
    low, median, high = np.quantile(counts, (0.05, 0.5, 0.95), axis=0, method="inverted_cdf")
    planned = _steps(
        at_s,
        np.array([trip.screening_end_s for trip in plan.trips], np.int64),
        np.array([_load(groups, trip).persons for trip in plan.trips], np.int64),
    )
    return AcrossOverTime(
        at_s, planned, low.astype(np.int64), median.astype(np.int64), high.astype(np.int64)
    )


def queue_profile(problem: ConvoyProblem, plan: Plan) -> tuple[QueueProfile, ...]:
    """Return the planned queue of every window that has trips, in the order of the windows."""
    crossings = {crossing.crossing_id: crossing for crossing in problem.crossings}
    return tuple(
        _window_profile(problem, window, crossings[window.crossing_id], trips)
        for window in problem.windows
        if (trips := [trip for trip in plan.trips if trip.window_id == window.window_id])
    )


def window_timetables(problem: ConvoyProblem, plan: Plan) -> tuple[WindowTimetable, ...]:
    """Return the plan as arrays, one timetable for each window that has trips."""
    crossings = {crossing.crossing_id: crossing for crossing in problem.crossings}
    by_window: dict[str, list[Trip]] = defaultdict(list)
    for trip in plan.trips:
        by_window[trip.window_id].append(trip)
    return tuple(
        _timetable(problem, window, crossings[window.crossing_id], by_window[window.window_id])
        for window in problem.windows
        if window.window_id in by_window
    )


def draw_delays(
    table: WindowTimetable, delays: DelayModel, runs: int, rng: np.random.Generator
) -> WindowDelays:
    """Draw everything that goes wrong in one window, in a fixed order."""
    day = _draw(delays.day_factor, runs, rng)
    screening = _draw(delays.screening_factor, runs, rng)
    legs = [len(leg_s) for leg_s in table.leg_s]
    leg = _split(_draw(delays.leg_factor, (runs, sum(legs)), rng) * day[:, None], legs)
    stops = [len(stop_s) for stop_s in table.stop_s]
    stop = _split(_draw(delays.boarding_factor, (runs, sum(stops)), rng), stops)
    return WindowDelays(
        leg=leg,
        stop=stop,
        leg_delay_s=_draw_breakdowns(table, delays, runs, rng),
        screening=screening,
        closes_s=_draw_close(table.window, delays, runs, rng),
    )


def run_window(table: WindowTimetable, delays: WindowDelays) -> WindowOutcome:
    """Play one window in all runs at once.

    A trip maps its departure to its arrival at the queue by ``max(departure + drive, wait)``,
    where `wait` stands for the planned departures and ready times on the way. Both are found
    for all runs beforehand, so that only the queue itself needs a loop.
    """
    runs, trips = len(delays.closes_s), len(table.trip_ids)
    stop_maps = [_stop_maps(table, delays, trip) for trip in range(trips)]
    drive = np.empty((runs, trips))
    wait = np.empty((runs, trips))
    for trip, (stop_drive, stop_wait) in enumerate(stop_maps):
        last_leg = _leg(table, delays, trip, -1)
        drive[:, trip] = stop_drive[:, -1] + last_leg
        wait[:, trip] = stop_wait[:, -1] + last_leg
    departs, arrives, ends = _run_queue(table, delays, drive, wait)
    across = ends <= delays.closes_s[:, None]
    return WindowOutcome(
        queue_arrive_s=arrives,
        screening_end_s=ends,
        across=across,
        stranded=_stranded(table, delays, stop_maps, departs, across),
    )


def _run_queue(
    table: WindowTimetable, delays: WindowDelays, drive: Floats, wait: Floats
) -> tuple[Floats, Floats, Floats]:
    """Screen one vehicle a step in every run: the one that arrives first."""
    runs, trips = drive.shape
    rows = np.arange(runs)
    departs, arrives, ends = (np.zeros((runs, trips)) for _ in range(3))
    current = np.tile(table.first_trip, (runs, 1))
    first = table.first_trip
    departs[:, first] = table.depart_s[first]
    next_arrival = np.maximum(departs[:, first] + drive[:, first], wait[:, first])
    free = np.full((runs, table.crossing.lanes), float(table.window.opens_s))
    rule, convoys = table.crossing.convoy, np.zeros((2, runs))
    for _ in range(trips):
        vehicle = next_arrival.argmin(axis=1)
        trip = current[rows, vehicle]
        lane = free.argmin(axis=1)
        arrive = next_arrival[rows, vehicle]
        joins = arrive if rule is None else _joins(table.window, rule, convoys, arrive)
        end = np.maximum(joins, free[rows, lane]) + table.screening_s[trip] * delays.screening
        free[rows, lane] = end
        arrives[rows, trip] = arrive
        ends[rows, trip] = end
        later = table.next_trip[trip]
        released = end + table.alighting_s[trip]
        depart = np.maximum(table.depart_s[later], released + table.rest_s[later])
        goes_on = later >= 0
        departs[rows[goes_on], later[goes_on]] = depart[goes_on]
        back = np.maximum(depart + drive[rows, later], wait[rows, later])
        next_arrival[rows, vehicle] = np.where(goes_on, back, np.inf)
        current[rows, vehicle] = later
    return departs, arrives, ends


def _joins(window: Window, rule: ConvoyRule, convoys: Floats, arrive: Floats) -> Floats:
    """Return when each vehicle joins the queue (§38), and count it in its convoy.

    Parameters
    ----------
    convoys
        float64[2, r], number of the convoy that forms in each run and vehicles in it; changed.
    """
    first_s = window.opens_s + rule.first_s
    reached = np.ceil((arrive + rule.muster_s - first_s) / rule.every_s)
    full = convoys[0] + (convoys[1] >= rule.most_vehicles)
    number = np.maximum(full, reached)
    place = np.where(number == convoys[0], convoys[1], 0.0)
    convoys[0], convoys[1] = number, place + 1
    joins: Floats = first_s + number * rule.every_s + place * rule.spacing_s
    return joins


def _stop_maps(table: WindowTimetable, delays: WindowDelays, trip: int) -> tuple[Floats, Floats]:
    """Return, for each stop, the two numbers that map a trip's departure to the stop's end.

    Returns
    -------
    drive, wait
        float64[r, stops]; the stop ends at ``max(departure + drive, wait)``.
    """
    stops = len(table.stop_s[trip])
    drive, wait = (np.empty((len(delays.closes_s), stops)) for _ in range(2))
    so_far: Floats = np.zeros(len(delays.closes_s))
    not_before: Floats = np.full(len(delays.closes_s), -np.inf)
    for stop in range(stops):
        leg = _leg(table, delays, trip, stop)
        lasts = table.stop_s[trip][stop] * delays.stop[trip][:, stop]
        so_far = so_far + leg + lasts
        begins = np.maximum(not_before + leg, table.ready_s[trip][stop])
        not_before = np.maximum(begins + lasts, table.stop_depart_s[trip][stop])
        drive[:, stop], wait[:, stop] = so_far, not_before
    return drive, wait


def _leg(table: WindowTimetable, delays: WindowDelays, trip: int, leg: int) -> Floats:
    driving: Floats = table.leg_s[trip][leg] * delays.leg[trip][:, leg]
    return driving + delays.leg_delay_s[trip][:, leg]


def _stranded(
    table: WindowTimetable,
    delays: WindowDelays,
    stop_maps: list[tuple[Floats, Floats]],
    departs: Floats,
    across: NDArray[np.bool_],
) -> Ints:
    """Count the persons who have boarded and are not through when the window ends."""
    stranded = np.zeros(len(delays.closes_s), np.int64)
    for trip, (drive, wait) in enumerate(stop_maps):
        boarded = np.maximum(departs[:, trip, None] + drive, wait) <= delays.closes_s[:, None]
        stranded += np.where(across[:, trip], 0, boarded @ table.stop_persons[trip])
    return stranded


def _blocks(runs: int, seed: int) -> list[tuple[int, int, np.random.Generator]]:
    if runs < 1:
        raise ValueError(f"{runs} runs: at least one is needed")
    starts = range(0, runs, BLOCK)
    seeds = np.random.SeedSequence(seed).spawn(len(starts))
    return [
        (start, min(BLOCK, runs - start), np.random.default_rng(child))
        for start, child in zip(starts, seeds, strict=True)
    ]


def _draw(
    distribution: Distribution, size: int | tuple[int, ...], rng: np.random.Generator
) -> Floats:
    a, b = distribution.a, distribution.b
    if distribution.kind == "fixed" or (b == 0 and distribution.kind in {"lognormal", "gamma"}):
        return np.full(size, float(a))
    if distribution.kind == "lognormal":
        return a * np.exp(b * rng.standard_normal(size))
    if distribution.kind == "gamma":
        return rng.gamma(1 / b**2, a * b**2, size)
    if distribution.kind == "uniform":
        return rng.uniform(a, b, size)
    message = (
        f"the distribution '{distribution.kind}' is not known; accepted are fixed, lognormal, "
        "gamma and uniform."
    )
    raise InputError(Finding(message, file="delays.toml"))


def _draw_breakdowns(
    table: WindowTimetable, delays: DelayModel, runs: int, rng: np.random.Generator
) -> tuple[Floats, ...]:
    """Draw, for each vehicle, whether it breaks down, before which leg and for how long."""
    standing = tuple(np.zeros((runs, len(leg_s))) for leg_s in table.leg_s)
    for vehicle in range(len(table.first_trip)):
        broken = rng.random(runs) < delays.breakdown_probability
        lasts_s = _draw(delays.breakdown_s, runs, rng)
        legs = [
            (int(trip), leg)
            for trip in np.flatnonzero(table.vehicle == vehicle)
            for leg in range(len(table.leg_s[trip]))
        ]
        before = rng.integers(len(legs), size=runs)
        for number, (trip, leg) in enumerate(legs):
            standing[trip][:, leg] = np.where(broken & (before == number), lasts_s, 0.0)
    return standing


def _draw_close(window: Window, delays: DelayModel, runs: int, rng: np.random.Generator) -> Floats:
    collapses = rng.random(runs) < delays.collapse_probability_per_window
    moment = rng.uniform(window.opens_s, window.closes_s, runs)
    return np.where(collapses, moment, float(window.closes_s))


def _split(values: Floats, lengths: list[int]) -> tuple[Floats, ...]:
    return tuple(np.split(values, np.cumsum(lengths)[:-1], axis=1))


def _percentiles(people: Ints, shares: tuple[float, ...]) -> tuple[int, ...]:
    return tuple(int(n) for n in np.quantile(people, shares, method="inverted_cdf"))


def _timetable(
    problem: ConvoyProblem, window: Window, crossing: Crossing, trips: list[Trip]
) -> WindowTimetable:
    trips = sorted(trips, key=lambda trip: (trip.vehicle_id, trip.depart_s, trip.trip_id))
    names = sorted({trip.vehicle_id for trip in trips})
    vehicle = np.array([names.index(trip.vehicle_id) for trip in trips], np.int64)
    follows = np.append(vehicle[1:] == vehicle[:-1], False)
    groups = _groups(problem)
    loads = [_load(groups, trip) for trip in trips]
    return WindowTimetable(
        window=window,
        crossing=crossing,
        trip_ids=tuple(trip.trip_id for trip in trips),
        first_trip=np.searchsorted(vehicle, np.arange(len(names))).astype(np.int64),
        next_trip=np.where(follows, np.arange(len(trips)) + 1, -1).astype(np.int64),
        vehicle=vehicle,
        depart_s=_ints(trip.depart_s for trip in trips),
        screening_s=_ints(crossing.screening.duration_s(load) for load in loads),
        alighting_s=_ints(_seconds(problem.service.alighting_s, load) for load in loads),
        persons=_ints(load.persons for load in loads),
        value=_ints(sum(groups[g].value for s in trip.stops for g in s.boards) for trip in trips),
        leg_s=tuple(_legs(problem, crossing, trip) for trip in trips),
        stop_s=tuple(_stop_times(problem, groups, trip) for trip in trips),
        ready_s=tuple(
            _ints(max((groups[g].ready_s for g in stop.boards), default=0) for stop in trip.stops)
            for trip in trips
        ),
        stop_depart_s=tuple(_ints(stop.depart_s for stop in trip.stops) for trip in trips),
        stop_persons=tuple(
            _ints(_stop_load(groups, stop.boards).persons for stop in trip.stops) for trip in trips
        ),
        rest_s=_rests(problem, trips),
    )


def _legs(problem: ConvoyProblem, crossing: Crossing, trip: Trip) -> Ints:
    """Return the planned driving times; a plan cannot simulate faster than the road."""
    places = [trip.origin_id, *(stop.place_id for stop in trip.stops), crossing.place_id]
    leaves = [trip.depart_s, *(stop.depart_s for stop in trip.stops)]
    at_line_s = trip.queue_arrive_s if trip.muster_arrive_s is None else trip.muster_arrive_s
    there = [*(stop.arrive_s for stop in trip.stops), at_line_s]
    rows = [problem.matrices.place_ids.index(place) for place in places]
    vehicle = [vehicle.vehicle_id for vehicle in problem.vehicles].index(trip.vehicle_id)
    matrix = problem.matrices.matrices[problem.vehicle_matrix[vehicle]].travel_time_s
    needed = matrix[rows[:-1], rows[1:]].astype(np.int64)
    return np.maximum(np.array(there, np.int64) - np.array(leaves, np.int64), needed)


def _stop_times(problem: ConvoyProblem, groups: Groups, trip: Trip) -> Ints:
    service = problem.service
    return _ints(
        service.stop_s
        + _seconds(service.boarding_s, _stop_load(groups, stop.boards))
        + service.door_s * sum(groups[token].door for token in stop.boards)
        for stop in trip.stops
    )


def _rests(problem: ConvoyProblem, trips: list[Trip]) -> Ints:
    """Return the break before each trip, of trips sorted by vehicle and departure (§35).

    Of the stands that are long enough, those count that are needed, each as late as it may be;
    in the others a late vehicle makes up time.
    """
    vehicles = {vehicle.vehicle_id: vehicle for vehicle in problem.vehicles}
    rests = np.zeros(len(trips), np.int64)
    since_s, stand = 0, -1
    for number, trip in enumerate(trips):
        vehicle = vehicles[trip.vehicle_id]
        if not number or trips[number - 1].vehicle_id != trip.vehicle_id:
            since_s, stand = trip.depart_s, -1
        elif trip.depart_s - trips[number - 1].released_s >= vehicle.break_s:
            stand = number
        limit_s = vehicle.break_after_s
        if limit_s is not None and stand >= 0 and trip.released_s - since_s > limit_s:
            since_s, rests[stand], stand = trips[stand].depart_s, vehicle.break_s, -1
    return rests


def _groups(problem: ConvoyProblem) -> Groups:
    return {group.token: group for group in problem.groups}


def _load(groups: Groups, trip: Trip) -> SeatCount:
    return sum((_stop_load(groups, stop.boards) for stop in trip.stops), SeatCount())


def _stop_load(groups: Groups, tokens: tuple[str, ...]) -> SeatCount:
    return sum((groups[token].load for token in tokens), SeatCount())


def _seconds(each: SeatCount, load: SeatCount) -> int:
    return (
        each.seated * load.seated
        + each.wheelchair * load.wheelchair
        + each.stretcher * load.stretcher
    )


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


def _across_by(
    at_s: Ints,
    timetables: tuple[WindowTimetable, ...],
    delays: DelayModel,
    runs: int,
    rng: np.random.Generator,
) -> Ints:
    """Return int64[runs, moments]: persons across by each moment."""
    counts = np.zeros((runs, len(at_s)), np.int64)
    for table in timetables:
        outcome = run_window(table, draw_delays(table, delays, runs, rng))
        ends = np.where(outcome.across, outcome.screening_end_s, np.inf)
        for trip, persons in enumerate(table.persons):
            counts += (ends[:, trip, None] <= at_s) * persons
    return counts


def _steps(at_s: Ints, moments_s: Ints, amounts: Ints) -> Ints:
    """Return the sum of the amounts whose moment is not after each of `at_s`."""
    order = np.argsort(moments_s, kind="stable")
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(amounts[order])])
    return sums[np.searchsorted(moments_s[order], at_s, side="right")]


def _window_profile(
    problem: ConvoyProblem, window: Window, crossing: Crossing, trips: list[Trip]
) -> QueueProfile:
    arrive_s = _ints(trip.queue_arrive_s for trip in trips)
    start_s = _ints(trip.screening_start_s for trip in trips)
    end_s = _ints(trip.screening_end_s for trip in trips)
    groups = _groups(problem)
    persons = _ints(_load(groups, trip).persons for trip in trips)
    ones = np.ones_like(persons)
    at_s = np.unique(np.concatenate([arrive_s, start_s, end_s]))
    return QueueProfile(
        window_id=window.window_id,
        crossing_id=crossing.crossing_id,
        lanes=crossing.lanes,
        at_s=at_s,
        vehicles_waiting=_steps(at_s, arrive_s, ones) - _steps(at_s, start_s, ones),
        persons_waiting=_steps(at_s, arrive_s, persons) - _steps(at_s, start_s, persons),
        lanes_busy=_steps(at_s, start_s, ones) - _steps(at_s, end_s, ones),
        persons_across=_steps(at_s, end_s, persons),
    )
