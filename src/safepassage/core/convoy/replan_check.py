"""The judge of a plan for the rest of a day: the rules, from the facts and the state alone.

It knows nothing of how the plan was made. What was done must stand in the plan as the state says;
everything after the state's moment is judged by the rules of docs/spec/05-convoy.md §1 to §20 as
§80 to §89 apply them to a day that has begun.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from safepassage.core.convoy.check import _check_identity, _check_references
from safepassage.core.convoy.check_facts import Facts, gather_facts
from safepassage.core.convoy.check_onward import (
    check_assignments,
    check_everybody_taken_on,
    check_onward_trips,
    check_places,
)
from safepassage.core.convoy.check_people import (
    boarded_tokens,
    check_apart,
    check_everybody_once,
    check_groups_whole,
    check_right_to_travel,
)
from safepassage.core.convoy.check_shape import shape_violations
from safepassage.core.convoy.check_trips import (
    check_leg,
    check_release,
    check_seats,
    check_sides,
    load_aboard,
    onward_duties,
)
from safepassage.core.convoy.replan_events import Day
from safepassage.core.convoy.state import VehicleNow
from safepassage.core.convoy.types import OnwardTrip, Plan, PlannedStop, Trip, Violation


class Shelter(Protocol):
    """A vehicle's way to a fall-back."""

    @property
    def vehicle_id(self) -> str: ...  # noqa: D102 - see the class
    @property
    def trip_id(self) -> str: ...  # noqa: D102 - see the class
    @property
    def tokens(self) -> tuple[str, ...]: ...  # noqa: D102 - see the class
    @property
    def place_id(self) -> str: ...  # noqa: D102 - see the class
    @property
    def arrive_s(self) -> int: ...  # noqa: D102 - see the class


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """What is judged, and by what."""

    facts: Facts
    day: Day
    plan: Plan
    sheltered: Mapping[str, Shelter]
    no_onward: frozenset[str]

    @property
    def past(self) -> frozenset[str]:
        """Ids of trips whose screening had begun."""
        return frozenset(trip.trip_id for trip in self.day.state.across)


def check_replanned(
    day: Day, plan: Plan, shelters: Iterable[Shelter] = (), no_onward: Iterable[str] = ()
) -> tuple[Violation, ...]:
    """Return every rule that a plan for the rest of a day breaks; none means it may be run.

    Parameters
    ----------
    day
        The facts after all that has happened.
    shelters
        Vehicles that take the people aboard to a fall-back.
    no_onward
        Groups that the plan itself says nobody can take on.
    """
    broken = shape_violations(plan)
    if broken:
        return broken
    facts = gather_facts(day.problem, day.households)
    unknown = (*_check_identity(facts, plan), *_check_references(facts, plan))
    if unknown:
        return unknown
    by_trip = {one.trip_id: one for one in shelters}
    case = _Case(facts, day, plan, by_trip, frozenset(no_onward))
    own = [breach for rule in _RULES for breach in rule(case)]
    return (*own, *_general(case))


def _general(case: _Case) -> Iterator[Violation]:
    """Yield breaches of the rules that hold whenever a trip is driven, of what is not yet done."""
    done = case.past | {one.trip_id for one in case.day.state.onward}
    rules = (
        check_right_to_travel, check_groups_whole, check_apart, check_sides, check_seats,
        check_release, check_assignments, check_places, check_everybody_taken_on,
        check_onward_trips, check_everybody_once,
    )  # fmt: skip
    for rule in rules:
        for breach in rule(case.facts, case.plan):
            if breach.where not in done and breach.where not in case.no_onward:
                yield breach


def _check_done(case: _Case) -> Iterator[Violation]:
    """§81: what has been done stands in the plan as it was done."""
    state, plan = case.day.state, case.plan
    trips = {trip.trip_id: trip for trip in plan.trips}
    onward = {trip.trip_id: trip for trip in plan.onward}
    for done in state.across:
        if trips.get(done.trip_id) != done:
            yield Violation("05-convoy §81", done.trip_id, "was done and is not in the plan so.")
    for left in state.onward:
        if onward.get(left.trip_id) != left:
            yield Violation("05-convoy §81", left.trip_id, "had left and is not in the plan so.")
    for home in state.returns:
        if home not in plan.returns:
            message = f"had set out for home in {home.window_id}; the plan says otherwise."
            yield Violation("05-convoy §81", home.vehicle_id, message)
    for queued in state.queue:
        yield from _still_queued(case, queued, trips.get(queued.trip_id))


def _still_queued(case: _Case, queued: Trip, planned: Trip | None) -> Iterator[Violation]:
    if planned is None:
        yield from _sheltered(case, queued.trip_id, queued.vehicle_id, _tokens(queued.stops))
        return
    same = (
        planned.stops == queued.stops
        and planned.queue_arrive_s == queued.queue_arrive_s
        and planned.vehicle_id == queued.vehicle_id
    )
    if not same:
        message = "waits at the crossing; the plan changes what it has done."
        yield Violation("05-convoy §81", queued.trip_id, message)


def _check_aboard(case: _Case) -> Iterator[Violation]:
    """§81: the people aboard stay with their vehicle, to the crossing or to a fall-back."""
    trips = {trip.trip_id: trip for trip in case.plan.trips}
    for now in case.day.state.vehicles:
        if now.trip is None:
            continue
        planned = trips.get(now.trip.trip_id)
        if planned is None:
            if now.trip.aboard:
                yield from _sheltered(case, now.trip.trip_id, now.vehicle_id, now.trip.aboard)
            continue
        made = planned.stops[: len(now.trip.stops)]
        begun = (planned.vehicle_id, planned.origin_id, planned.depart_s)
        if made != now.trip.stops or begun != (
            now.vehicle_id, now.trip.origin_id, now.trip.depart_s
        ):  # fmt: skip
            message = "is under way; the plan changes what it has done."
            yield Violation("05-convoy §81", now.trip.trip_id, message)


def _sheltered(
    case: _Case, trip_id: str, vehicle_id: str, aboard: tuple[str, ...]
) -> Iterator[Violation]:
    shelter = case.sheltered.get(trip_id)
    if shelter is None or set(shelter.tokens) != set(aboard) or shelter.vehicle_id != vehicle_id:
        message = f"has {len(aboard)} groups aboard and neither crosses nor goes to a fall-back."
        yield Violation("05-convoy §81", trip_id, message)


def _check_shelters(case: _Case) -> Iterator[Violation]:
    """§87: a fall-back is reached no faster than the road allows."""
    begun = {now.trip.trip_id: now for now in case.day.state.vehicles if now.trip is not None}
    for trip_id, shelter in case.sheltered.items():
        if not shelter.place_id:
            continue
        now = begun.get(trip_id)
        starts = _starts(now, case.day.state.at_s) if now is not None else _at_line(case, shelter)
        ways = [
            from_s + drive
            for place, from_s in starts
            if (drive := case.facts.drive_s(shelter.vehicle_id, place, shelter.place_id))
            is not None
        ]
        if not ways or shelter.arrive_s < min(ways):
            message = f"cannot be at {shelter.place_id} at {shelter.arrive_s} s."
            yield Violation("05-convoy §87", shelter.vehicle_id, message)


def _starts(now: VehicleNow, at_s: int) -> list[tuple[str, int]]:
    starts = [(now.place_id, now.free_s)]
    if now.leg_from_s is not None:
        starts.append((now.leg_from_id, at_s + (at_s - now.leg_from_s)))
    return starts


def _at_line(case: _Case, shelter: Shelter) -> list[tuple[str, int]]:
    queued = [t for t in case.day.state.queue if t.trip_id == shelter.trip_id]
    return [(case.facts.crossing_of(t.window_id).place_id, case.day.state.at_s) for t in queued]


def _check_lost(case: _Case) -> Iterator[Violation]:
    """§82: a lost vehicle makes no more trips; in a suspended ceasefire nobody does."""
    known = {*case.past, *(one.trip_id for one in case.day.state.onward)}
    driven = [(trip.trip_id, trip.vehicle_id) for trip in case.plan.trips]
    driven += [(trip.trip_id, trip.vehicle_id) for trip in case.plan.onward]
    for trip_id, vehicle_id in driven:
        if vehicle_id in case.day.lost and trip_id not in known:
            yield Violation("05-convoy §82", trip_id, "is driven by a vehicle that is lost.")
    if case.day.suspended:
        for trip in case.plan.trips:
            if trip.trip_id not in known:
                message = "goes to the crossing though the ceasefire is suspended."
                yield Violation("05-convoy §82", trip.trip_id, message)


def _check_motion(case: _Case) -> Iterator[Violation]:
    """§6, §7, §80: each vehicle goes on from where and when the state says it is."""
    for (vehicle_id, window_id), trips in _to_drive(case).items():
        now = case.day.state.vehicle(vehicle_id)
        if now is None:
            yield Violation("05-convoy §80", vehicle_id, "is in no state and makes a trip.")
            continue
        place, free_s = _begins(case, now, window_id)
        for trip in trips:
            begun = now.trip.stops if now.trip and now.trip.trip_id == trip.trip_id else ()
            if (
                not begun
                and trip.depart_s < free_s
                and (now.trip is None or now.trip.trip_id != trip.trip_id)
            ):
                message = f"leaves at {trip.depart_s} s; the vehicle is free at {free_s} s."
                yield Violation("05-convoy §6", trip.trip_id, message)
            yield from _drives(case, trip, trip.stops[len(begun) :], place, free_s)
            place, free_s = case.facts.crossing_of(window_id).place_id, trip.released_s


def _begins(case: _Case, now: VehicleNow, window_id: str) -> tuple[str, int]:
    """Return from where and when a vehicle starts on its first trip that is not done."""
    if now.window_id != window_id:
        vehicle, window = case.facts.vehicles[now.vehicle_id], case.facts.windows[window_id]
        return vehicle.depot_id, max(case.day.state.at_s, window.movement_from_s)
    waiting = [
        trip.released_s
        for trip in case.plan.trips
        if trip.trip_id in {one.trip_id for one in case.day.state.queue}
        and trip.vehicle_id == now.vehicle_id
    ]
    return now.place_id, max([case.day.state.at_s, *(waiting or [now.free_s])])


def _to_drive(case: _Case) -> dict[tuple[str, str], list[Trip]]:
    """Return the trips of each duty that were neither done nor in the queue, in order."""
    there = case.past | {trip.trip_id for trip in case.day.state.queue}
    trips: dict[tuple[str, str], list[Trip]] = defaultdict(list)
    for trip in sorted(case.plan.trips, key=lambda t: t.queue_arrive_s):
        if trip.trip_id not in there:
            trips[trip.vehicle_id, trip.window_id].append(trip)
    return dict(sorted(trips.items()))


def _drives(
    case: _Case, trip: Trip, stops: tuple[PlannedStop, ...], place: str, free_s: int
) -> Iterator[Violation]:
    """Check the legs and stops of a trip from a place and a moment on."""
    for stop in stops:
        leg = (place, free_s, stop.place_id, stop.arrive_s)
        yield from check_leg(case.facts, trip.trip_id, trip.vehicle_id, *leg)
        yield from _stop_lasts(case, trip, stop)
        place, free_s = stop.place_id, stop.depart_s
    line = case.facts.crossing_of(trip.window_id).place_id
    leg = (place, free_s, line, trip.queue_arrive_s)
    yield from check_leg(case.facts, trip.trip_id, trip.vehicle_id, *leg)


def _stop_lasts(case: _Case, trip: Trip, stop: PlannedStop) -> Iterator[Violation]:
    facts = case.facts
    ready = [facts.groups[token].ready_s for token in stop.boards]
    begins_s = max([stop.arrive_s, *(ready_s for ready_s in ready if ready_s is not None)])
    service = facts.problem.service
    doors = sum(any(row.door for row in facts.groups[token].rows) for token in stop.boards)
    lasts_s = service.stop_s + facts.boarding_s(facts.load_of(stop.boards))
    lasts_s += doors * service.door_s
    if stop.depart_s != begins_s + lasts_s or not stop.boards:
        ends_s = begins_s + lasts_s
        message = (
            f"the stop at {stop.place_id} ends at {stop.depart_s} s; it takes until {ends_s} s."
        )
        yield Violation("05-convoy §8", trip.trip_id, message)


def _check_queue(case: _Case) -> Iterator[Violation]:
    """§10, §11, §84: first come, first served, over the lanes that are left, and in time."""
    facts = case.facts
    for window in facts.problem.windows:
        crossing = facts.crossings[window.crossing_id]
        free_s = [window.opens_s] * crossing.lanes
        trips = [trip for trip in case.plan.trips if trip.window_id == window.window_id]
        for trip in (one for one in trips if one.trip_id in case.past):
            if trip.lane < crossing.lanes:
                free_s[trip.lane] = max(free_s[trip.lane], trip.screening_end_s)
        coming = [trip for trip in trips if trip.trip_id not in case.past]
        for trip in sorted(coming, key=lambda t: (t.queue_arrive_s, t.vehicle_id, t.trip_id)):
            lane = free_s.index(min(free_s))
            start_s = max(trip.queue_arrive_s, free_s[lane], case.day.state.at_s)
            end_s = start_s + crossing.screening.duration_s(load_aboard(facts, trip))
            free_s[lane] = end_s
            if (trip.lane, trip.screening_start_s, trip.screening_end_s) != (lane, start_s, end_s):
                message = (
                    f"is screened in lane {trip.lane} from {trip.screening_start_s} s; the queue "
                    f"gives lane {lane} from {start_s} s to {end_s} s."
                )
                yield Violation("05-convoy §10", trip.trip_id, message)
            if trip.screening_end_s > window.last_through_s:
                message = f"is through after {facts.clock(window.last_through_s)}."
                yield Violation("05-convoy §11", trip.trip_id, message)


def _check_time_aboard(case: _Case) -> Iterator[Violation]:
    """§14, §88: nobody picked up from now on is aboard for too long."""
    limit_s = case.facts.problem.max_aboard_s
    made = {stop for now in case.day.state.vehicles if now.trip for stop in now.trip.stops}
    made |= {stop for trip in case.day.state.queue for stop in trip.stops}
    if limit_s is None:
        return
    for trip in case.plan.trips:
        for stop in trip.stops:
            held_s = trip.screening_end_s - stop.depart_s
            if trip.trip_id not in case.past and stop not in made and held_s > limit_s:
                message = f"those from {stop.place_id} are aboard for {held_s} s, not {limit_s}."
                yield Violation("05-convoy §14", trip.trip_id, message)


def _check_home(case: _Case) -> Iterator[Violation]:
    """§13: every vehicle that made a trip comes home, within its crew's hours and shift."""
    homes: dict[tuple[str, str], int] = Counter()
    done = set(case.day.state.returns)
    first: dict[tuple[str, str], Trip] = {}
    last: dict[tuple[str, str], Trip] = {}
    for trip in sorted(case.plan.trips, key=lambda t: t.depart_s):
        first.setdefault((trip.vehicle_id, trip.window_id), trip)
        last[trip.vehicle_id, trip.window_id] = trip
    for home in case.plan.returns:
        duty = (home.vehicle_id, home.window_id)
        homes[duty] += 1
        if home in done or duty not in last:
            continue
        if home.depart_s < last[duty].released_s:
            yield Violation("05-convoy §13", home.vehicle_id, "goes home before it is released.")
        vehicle = case.facts.vehicles[home.vehicle_id]
        line = case.facts.crossing_of(home.window_id).place_id
        leg = (line, home.depart_s, vehicle.depot_id, home.arrive_s)
        yield from check_leg(case.facts, home.vehicle_id, home.vehicle_id, *leg)
        left_s = _left_depot_s(case, home.vehicle_id, home.window_id, first[duty].depart_s)
        in_shift = not vehicle.shifts or any(
            low <= left_s and home.arrive_s <= high for low, high in vehicle.shifts
        )
        new = last[duty] in _to_drive(case).get(duty, [])
        if new and (home.arrive_s - left_s > vehicle.crew_s or not in_shift):
            message = f"is out for {home.arrive_s - left_s} s; its crew's day is over before."
            yield Violation("05-convoy §13", home.vehicle_id, message)
    for duty in last:
        if homes[duty] != 1 and duty[0] not in case.day.lost:
            message = f"has {homes[duty]} returns in {duty[1]}; accepted is one."
            yield Violation("05-convoy §13", duty[0], message)


def _left_depot_s(case: _Case, vehicle_id: str, window_id: str, first_s: int) -> int:
    now = case.day.state.vehicle(vehicle_id)
    known = now is not None and now.window_id == window_id and now.left_depot_s is not None
    return now.left_depot_s if known and now and now.left_depot_s is not None else first_s


def _check_onward(case: _Case) -> Iterator[Violation]:
    """§16, §86: onward vehicles take one load after the other, from now on, within crew hours."""
    left = {trip.trip_id for trip in case.day.state.onward}
    for (vehicle_id, window_id), trips in onward_duties(case.plan).items():
        if all(trip.trip_id in left for trip in trips):
            continue
        for earlier, later in pairwise(trips):
            if later.boards_from_s < earlier.back_s:
                message = f"boards before {earlier.trip_id} is back."
                yield Violation("05-convoy §16", later.trip_id, message)
        for trip in trips:
            if trip.trip_id not in left and trip.boards_from_s < case.day.state.at_s:
                yield Violation("05-convoy §86", trip.trip_id, "boards before the state's moment.")
        yield from _onward_hours(case, vehicle_id, window_id, trips)


def _onward_hours(
    case: _Case, vehicle_id: str, window_id: str, trips: list[OnwardTrip]
) -> Iterator[Violation]:
    facts = case.facts
    depot, line = facts.vehicles[vehicle_id].depot_id, facts.crossing_of(window_id).place_id
    there, home = facts.drive_s(vehicle_id, depot, line), facts.drive_s(vehicle_id, line, depot)
    if there is None or home is None:
        yield Violation("05-convoy §16", vehicle_id, f"has no way between {depot} and {line}.")
        return
    out_s = trips[-1].back_s + home - (trips[0].boards_from_s - there)
    if out_s > facts.vehicles[vehicle_id].crew_s:
        yield Violation("05-convoy §16", vehicle_id, f"is out for {out_s} s in {window_id}.")


def _check_totals(case: _Case) -> Iterator[Violation]:
    """§18: groups, persons and weight are as the plan says."""
    planned = [case.facts.groups[token] for token in boarded_tokens(case.plan)]
    counted = (
        len(planned), sum(one.load.persons for one in planned), sum(one.value for one in planned)
    )  # fmt: skip
    totals = case.plan.totals
    if counted != (totals.groups, totals.persons, totals.value_across):
        yield Violation("05-convoy §18", "totals", f"counted from the trips they are {counted}.")


def _tokens(stops: tuple[PlannedStop, ...]) -> tuple[str, ...]:
    return tuple(token for stop in stops for token in stop.boards)


_RULES = (
    _check_done, _check_aboard, _check_shelters, _check_lost, _check_motion, _check_queue,
    _check_time_aboard, _check_home, _check_onward, _check_totals,
)  # fmt: skip
