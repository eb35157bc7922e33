"""Plan the rest of a day again, from where everybody is, changing as few promises as possible.

docs/spec/05-convoy.md §80 to §89. What has been done stays as it is; the people aboard stay with
their vehicle; then as many people as possible, then as many promises as possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from safepassage.core.convoy.left import Reach, explain_left
from safepassage.core.convoy.replan_changes import Change, VehicleChange, changes_of, orders_of
from safepassage.core.convoy.replan_events import Day, Event, apply_events
from safepassage.core.convoy.replan_onward import OnwardRest, plan_onward_rest
from safepassage.core.convoy.replan_reduce import Rest, rest_of_day, start_trips
from safepassage.core.convoy.replan_search import (
    Searcher,
    bind_promises,
    give_back,
    hold_back,
    keep_times,
    keep_what_holds,
    release_promises,
    rescue,
    start_search,
)
from safepassage.core.convoy.search import LEAD_S, totals_of
from safepassage.core.convoy.state import TripSoFar, tokens_of
from safepassage.core.convoy.timetable import DAY_PLACES, Timetable, build_timetable
from safepassage.core.convoy.types import (
    Assignment,
    Left,
    LeftReason,
    Plan,
    PlanTotals,
    TravelGroup,
    Trip,
    VehicleReturn,
)
from safepassage.errors import RefusedError

MOVES = 2000
"""Moves of a search if no budget is given: a second or two at 300 households."""

LATE_S = 900
"""A pick-up so much later than promised is still the promise kept; earlier is not."""

TRIES = 400
"""Repairs tried to give promises back."""


@dataclass(frozen=True, slots=True)
class FallBack:
    """A vehicle that takes the people aboard to shelter instead of the crossing.

    Parameters
    ----------
    place_id
        Empty where no fall-back can be reached: they stay where they are.
    """

    vehicle_id: str
    trip_id: str
    tokens: tuple[str, ...]
    persons: int
    place_id: str
    arrive_s: int


@dataclass(frozen=True, slots=True, eq=False)
class Replanned:
    """A plan for the whole day, what was done kept as it was, and what it changes.

    Parameters
    ----------
    day
        The facts that it was made from, and that it is judged by.
    fall_backs
        People aboard who cannot get across.
    no_onward
        Groups across, or sure to be, whom no onward vehicle can take on.
    promises, promises_kept
        Groups that were called and not picked up yet; of these, to be picked up by the same
        vehicle, not earlier than told and at most a quarter of an hour later.
    """

    plan: Plan
    day: Day
    fall_backs: tuple[FallBack, ...]
    no_onward: tuple[str, ...]
    promises: int
    promises_kept: int
    changes: tuple[Change, ...]
    vehicles: tuple[VehicleChange, ...]


@dataclass(slots=True)
class _Candidate:
    """A plan for the rest of the day."""

    timetable: Timetable
    centre_of: Mapping[str, str]
    onward: OnwardRest
    value: int
    kept: int
    fall_backs: tuple[FallBack, ...]
    picked_up: int = 0
    exposure: float = 0.0

    @property
    def worth(self) -> tuple[int, int, int, float]:
        """Order of §85: those by the road, people, promises, exposure."""
        return (self.picked_up, self.value, self.kept, -self.exposure)


@dataclass(slots=True)
class _Work:
    """What one replanning works with."""

    day: Day
    old: Plan
    rest: Rest
    promised: Mapping[str, tuple[str, int]]
    lead_s: int
    failed_aboard: tuple[str, ...] = ()
    best: _Candidate | None = None
    moves: int = 0
    say: Callable[[float, int], None] | None = None
    centres: dict[str, str] = field(default_factory=dict)


def replan(
    day: Day,
    plan: Plan,
    events: Iterable[Event] = (),
    *,
    seed: int = 0,
    iterations: int | None = None,
    deadline: Callable[[], float] | None = None,
    progress: Callable[[float, int], None] | None = None,
    lead_s: int = LEAD_S,
) -> Replanned:
    """Plan the rest of a day.

    Parameters
    ----------
    day
        The facts and the state before the events.
    plan
        The plan that was being run.
    events
        What has happened.
    seed
        Same facts, seed and iterations: the same plan.
    iterations
        Moves of the search; 0 only keeps what holds and adds who fits. ``MOVES`` if None.
    deadline
        Returns the share of a time budget used; `iterations` is then ignored.
    progress
        Called with the share done and the weight across of the best plan so far.

    Raises
    ------
    UsageError
        If an event does not fit the operation.
    RefusedError
        If a crossing lets vehicles in by convoys, which this version does not plan again.
    """
    day = apply_events(day, events)
    if any(crossing.convoy is not None for crossing in day.problem.crossings):
        raise RefusedError(
            "A crossing lets vehicles in by convoys; replanning does not know who stands in which "
            "convoy and would mislead. Plan the rest of the day by hand."
        )
    rest = rest_of_day(day, plan)
    called = {t: (c.vehicle_id, c.pick_up_s) for t, c in rest.promised.items()}
    job = _Work(day, plan, rest, called, lead_s, say=progress)
    job.centres = {one.token: one.centre_id for one in plan.assignments}
    _search(job, seed, MOVES if iterations is None else iterations, deadline)
    assert job.best is not None  # noqa: S101 - the first candidate always stands
    return _answer(job, job.best, seed)


def _search(job: _Work, seed: int, moves: int, deadline: Callable[[], float] | None) -> None:
    searcher = None if job.day.suspended else start_search(job.rest, seed)
    if searcher is None:
        job.failed_aboard = tuple(sorted(set(job.rest.vehicle_of_aboard.values())))
        _consider(job, None)
        return
    hold_back(job.rest)
    only, every = start_trips(job.day, job.old, job.rest)
    job.failed_aboard = keep_what_holds(searcher, only, every, job.centres)
    _without_failed(job)
    rescue(searcher, job.centres)
    searcher.mark()
    bind_promises(searcher)
    searcher.insert()
    _consider(job, searcher)
    _improve(job, searcher, moves // 2, _half(deadline, 0.0))
    release_promises(searcher)
    _improve(job, searcher, moves - moves // 2, _half(deadline, 0.5), giving_back=True)


def _half(deadline: Callable[[], float] | None, first: float) -> Callable[[], float] | None:
    return None if deadline is None else lambda: 2.0 * (deadline() - first)


def _improve(
    job: _Work,
    searcher: Searcher,
    moves: int,
    done: Callable[[], float] | None,
    *,
    giving_back: bool = False,
) -> None:
    if moves <= 0 and done is None:
        return
    job.moves += searcher.improve(moves, done)
    if giving_back:
        give_back(searcher, TRIES)
        keep_times(searcher, TRIES)
    _consider(job, searcher)


def _without_failed(job: _Work) -> None:
    """Bar vehicles whose people aboard go to a fall-back: they are done for this window."""
    for r, duty in enumerate(job.rest.data.duty):
        if job.rest.problem.vehicles[duty["vehicle"]].vehicle_id in job.failed_aboard:
            job.rest.data.usable[:, r] = 0
            job.rest.usable[:, r] = 0


def _consider(job: _Work, searcher: Searcher | None) -> None:
    """Make the searched plan a timetable with onward trips, and keep it if it is the best."""
    if searcher is not None and not searcher.show_best():
        return
    centres, value = _plan_of(searcher)
    while True:
        timetable = _timetable(job, searcher)
        centre_of = {**_past_centres(job), **centres}
        trips = _all_trips(job, timetable)
        onward = plan_onward_rest(job.day, trips, centre_of, job.old.onward)
        lost = [t for t in onward.failed if t in centres and t not in job.rest.vehicle_of_aboard]
        if not lost or searcher is None:
            break
        searcher.drop(lost)
        centres, value = _plan_of(searcher)
    made = _Candidate(
        timetable=timetable,
        centre_of=centre_of,
        onward=onward,
        value=value,
        kept=_kept(job, trips),
        fall_backs=_fall_backs(job),
        picked_up=0 if searcher is None else searcher.picked_up,
    )
    to_drive = Timetable(tuple(_real(job, trips)), ())
    made.exposure = totals_of(job.rest.problem, to_drive).exposure_person_h
    if job.best is None or made.worth > job.best.worth:
        job.best = made
    if job.say is not None:
        job.say(0.0, job.best.value)


def _plan_of(searcher: Searcher | None) -> tuple[dict[str, str], int]:
    return ({}, 0) if searcher is None else (searcher.centres(), searcher.value)


def _past_centres(job: _Work) -> dict[str, str]:
    """Return the centres of those who are across or at the crossing and will be."""
    past = tokens_of([*job.day.state.across, *job.rest.queue.trips])
    return {token: job.centres[token] for token in past if token in job.centres}


def _timetable(job: _Work, searcher: Searcher | None) -> Timetable:
    """Return the new trips: virtual stops taken out, numbers going on where the day's ended."""
    if searcher is None:
        return Timetable((), ())
    searcher.show_best()
    raw = build_timetable(job.rest.problem, job.rest.data, searcher.search.state, job.lead_s)
    so_far = {now.vehicle_id: now for now in job.day.state.vehicles}
    done: dict[tuple[str, str], int] = {}
    for trip in (*job.day.state.across, *job.rest.queue.trips):
        done[trip.vehicle_id, trip.window_id] = done.get((trip.vehicle_id, trip.window_id), 0) + 1
    trips = []
    for trip in raw.trips:
        now = so_far[trip.vehicle_id]
        begun = now.trip if now.window_id == trip.window_id else None
        trips.append(_as_driven(trip, begun, done.get((trip.vehicle_id, trip.window_id), 0)))
    return Timetable(_in_lanes(job, trips), raw.returns)


def _in_lanes(job: _Work, trips: Sequence[Trip]) -> tuple[Trip, ...]:
    """Give each trip the lane that is free first after those who queue already (§10)."""
    free = {window: list(lanes) for window, lanes in job.rest.queue.lanes_free_s.items()}
    placed = []
    for trip in sorted(trips, key=lambda t: (t.queue_arrive_s, t.vehicle_id, t.trip_id)):
        lanes = free[trip.window_id]
        lane = lanes.index(min(lanes))
        lanes[lane] = trip.screening_end_s
        placed.append(replace(trip, lane=lane))
    return tuple(placed)


def _as_driven(trip: Trip, begun: TripSoFar | None, done: int) -> Trip:
    """Return a trip as it is in the whole day's plan."""
    number = int(trip.trip_id.rsplit("/", 1)[1])
    trip_id = f"{trip.window_id}/{trip.vehicle_id}/{number + done:0{DAY_PLACES}d}"
    if begun is None or number > 1:
        return replace(trip, trip_id=trip_id)
    fresh = tuple(s for s in trip.stops if not s.place_id.startswith("aboard/"))
    return replace(
        trip, trip_id=begun.trip_id, origin_id=begun.origin_id, depart_s=begun.depart_s,
        stops=(*begun.stops, *fresh),
    )  # fmt: skip


def _all_trips(job: _Work, timetable: Timetable) -> list[Trip]:
    trips = [*job.day.state.across, *job.rest.queue.trips, *timetable.trips]
    return sorted(trips, key=lambda t: (t.window_id, t.queue_arrive_s, t.vehicle_id, t.trip_id))


def _real(job: _Work, trips: Sequence[Trip]) -> list[Trip]:
    known = {group.token for group in job.rest.problem.groups}
    return [trip for trip in trips if known.issuperset(tokens_of([trip]))]


def _kept(job: _Work, trips: Sequence[Trip]) -> int:
    return sum(
        promise_kept(job.promised[token], trip.vehicle_id, stop.arrive_s)
        for trip in trips
        for stop in trip.stops
        for token in stop.boards
        if token in job.promised
    )


def promise_kept(promise: tuple[str, int], vehicle_id: str, pick_up_s: int) -> bool:
    """Return whether a pick-up is what a household was told (§83)."""
    return promise[0] == vehicle_id and 0 <= pick_up_s - promise[1] <= LATE_S


def _fall_backs(job: _Work) -> tuple[FallBack, ...]:
    """Return where each vehicle goes whose people aboard cannot get across (§87)."""
    day = job.day
    orders = [
        _fall_back(day, now.vehicle_id, now.trip.trip_id, now.trip.aboard)
        for now in day.state.vehicles
        if now.vehicle_id in job.failed_aboard and now.trip is not None
    ]
    orders += [
        _fall_back(day, trip.vehicle_id, trip.trip_id, tokens_of([trip]))
        for trip in job.rest.queue.turned_away
    ]
    return tuple(sorted(orders, key=lambda one: one.vehicle_id))


def _fall_back(day: Day, vehicle_id: str, trip_id: str, tokens: tuple[str, ...]) -> FallBack:
    loads = {group.token: group.load.persons for group in day.problem.groups}
    persons = sum(loads[token] for token in tokens)
    ways = [
        (from_s + drive, place)
        for from_id, from_s in _stands(day, vehicle_id, trip_id)
        for place in fall_back_places(day)
        if (drive := _drive_s(day, vehicle_id, from_id, place)) is not None
    ]
    if not ways:
        return FallBack(vehicle_id, trip_id, tokens, persons, "", day.state.at_s)
    arrive_s, place = min(ways)
    return FallBack(vehicle_id, trip_id, tokens, persons, place, arrive_s)


def _stands(day: Day, vehicle_id: str, trip_id: str) -> list[tuple[str, int]]:
    """Return from where and when a vehicle can go elsewhere: onward, or back as it came."""
    now = day.state.vehicle(vehicle_id)
    assert now is not None  # noqa: S101 - it is in the state with people aboard
    if now.trip is None or now.trip.trip_id != trip_id:
        return [(now.place_id, day.state.at_s)]
    if now.leg_from_s is None:
        return [(now.place_id, now.free_s)]
    back_s = 2 * day.state.at_s - now.leg_from_s
    return [(now.place_id, now.free_s), (now.leg_from_id, back_s)]


def fall_back_places(day: Day) -> tuple[str, ...]:
    """Return where people can be taken: the fall-backs named, else pick-ups and depots (§87)."""
    known = set(day.problem.matrices.place_ids)
    named = tuple(place for place in day.fall_backs if place in known)
    if named:
        return named
    homes = {group.place_id for group in day.problem.groups}
    homes |= {vehicle.depot_id for vehicle in day.problem.vehicles}
    return tuple(sorted(place for place in homes & known if not place.startswith("roadside/")))


def _drive_s(day: Day, vehicle_id: str, from_id: str, to_id: str) -> int | None:
    reach = Reach(day.problem)
    index = next(v for v, one in enumerate(day.problem.vehicles) if one.vehicle_id == vehicle_id)
    return reach.time_s(index, from_id, to_id)


def _answer(job: _Work, best: _Candidate, seed: int) -> Replanned:
    day, trips = job.day, _all_trips(job, best.timetable)
    onward = (*day.state.onward, *best.onward.trips)
    rides = {token: trip.trip_id for trip in trips for token in tokens_of([trip])}
    taken = {token: one.trip_id for one in onward for stop in one.stops for token in stop.alights}
    plan = Plan(
        plan_version=job.old.plan_version,
        safepassage_version=job.old.safepassage_version,
        scenario_digest=job.old.scenario_digest,
        epoch=job.old.epoch,
        timezone=job.old.timezone,
        seed=seed,
        iterations=job.moves,
        trips=tuple(trips),
        returns=_returns(job, trips),
        onward=onward,
        assignments=tuple(
            Assignment(token, rides[token], taken[token], best.centre_of[token])
            for token in sorted(rides)
            if token in taken
        ),
        left=(),
        totals=_totals(job, trips),
    )
    plan = replace(plan, left=_left(job, best, rides, trips))
    plan = replace(plan, totals=replace(plan.totals, vehicle_s=_vehicle_s(plan)))
    result = Replanned(
        plan, day, best.fall_backs, tuple(sorted(set(rides) - set(taken))),
        len(job.promised), best.kept, (), (),
    )  # fmt: skip
    return replace(
        result,
        changes=changes_of(day, job.old, plan, _by_token(best.fall_backs), LATE_S),
        vehicles=orders_of(day, job.old, plan, {one.vehicle_id: one for one in best.fall_backs}),
    )


def _by_token(fall_backs: Sequence[FallBack]) -> dict[str, tuple[str, str, int]]:
    return {
        token: (one.vehicle_id, one.place_id, one.arrive_s)
        for one in fall_backs
        for token in one.tokens
    }


def _returns(job: _Work, trips: Sequence[Trip]) -> tuple[VehicleReturn, ...]:
    """Return the drives home: those begun, and one after the last trip of every other duty."""
    begun = {(home.vehicle_id, home.window_id): home for home in job.day.state.returns}
    lines = {w.window_id: c.place_id for w in job.day.problem.windows
             for c in job.day.problem.crossings if c.crossing_id == w.crossing_id}  # fmt: skip
    depots = {one.vehicle_id: one.depot_id for one in job.day.problem.vehicles}
    last: dict[tuple[str, str], int] = {}
    for trip in trips:
        duty = (trip.vehicle_id, trip.window_id)
        last[duty] = max(trip.released_s, last.get(duty, trip.released_s))
    homes = list(begun.values())
    for (vehicle_id, window_id), released_s in last.items():
        if (vehicle_id, window_id) in begun or vehicle_id in job.day.lost:
            continue
        drive = _drive_s(job.day, vehicle_id, lines[window_id], depots[vehicle_id])
        leaves = max(released_s, job.day.state.at_s)
        if drive is not None:
            homes.append(VehicleReturn(vehicle_id, window_id, leaves, leaves + drive))
    return tuple(sorted(homes, key=lambda one: (one.window_id, one.vehicle_id)))


def _totals(job: _Work, trips: Sequence[Trip]) -> PlanTotals:
    return totals_of(job.day.problem, Timetable(tuple(trips), ()))


def _vehicle_s(plan: Plan) -> int:
    first: dict[tuple[str, str], int] = {}
    for trip in plan.trips:
        duty = (trip.vehicle_id, trip.window_id)
        first[duty] = min(trip.depart_s, first.get(duty, trip.depart_s))
    homes = {(home.vehicle_id, home.window_id): home.arrive_s for home in plan.returns}
    return sum(homes[duty] - first_s for duty, first_s in first.items() if duty in homes)


def _left(
    job: _Work, best: _Candidate, rides: Mapping[str, str], trips: Sequence[Trip]
) -> tuple[Left, ...]:
    problem = job.day.problem
    unplanned = [group for group in problem.groups if group.token not in rides]
    sheltered = _by_token(best.fall_backs)
    free = {one.centre_id: (one.places, one.accessible_places) for one in problem.centres}
    for group in problem.groups:
        if group.token in rides and group.token in best.centre_of:
            places, accessible = free[best.centre_of[group.token]]
            used = group.load.wheelchair + group.load.stretcher
            free[best.centre_of[group.token]] = (places - group.load.persons, accessible - used)
    waiting = [group for group in unplanned if group.token not in sheltered]
    left = explain_left(problem, waiting, list(trips), free, frozenset(best.onward.failed))
    for group in unplanned:
        if group.token in sheltered:
            left += _sheltered(group, *sheltered[group.token])
    known = {token for group in problem.groups for token in group.household_tokens}
    left += [one for one in (*job.old.left, *job.day.pre_left) if one.token not in known]
    return tuple(sorted(left, key=lambda one: one.token))


def _sheltered(group: TravelGroup, vehicle_id: str, place_id: str, _at_s: int) -> list[Left]:
    sizes = group.household_persons or (group.load.persons,)
    detail = f"Aboard {vehicle_id}, which cannot get across in time; taken to {place_id}."
    if not place_id:
        detail = f"Aboard {vehicle_id}, which cannot get across in time nor reach a fall-back."
    rows = zip(group.household_tokens, sizes, strict=True)
    return [Left(token, persons, LeftReason.WINDOW, detail) for token, persons in rows]
