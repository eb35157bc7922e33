"""Beds and the ride to them: rules §15 and §16."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from safepassage.core.convoy.check_facts import Facts
from safepassage.core.convoy.check_people import boarded_tokens, room_left
from safepassage.core.convoy.check_trips import check_fit, check_leg, duty_spans, onward_duties
from safepassage.core.convoy.types import Assignment, OnwardStop, OnwardTrip, Plan, Trip, Violation


def check_assignments(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§15: every planned group has one place, at a centre that it accepts."""
    planned = boarded_tokens(plan)
    given: dict[str, list[Assignment]] = defaultdict(list)
    for assignment in plan.assignments:
        given[assignment.token].append(assignment)
    for token in sorted(planned.keys() | given.keys()):
        if token not in planned:
            yield Violation("05-convoy §15", token, "has a place and rides no trip.")
        elif len(given[token]) != 1:
            message = f"has {len(given[token])} assignments; accepted is one."
            yield Violation("05-convoy §15", token, message)
    for assignment in plan.assignments:
        yield from _accepted(facts, plan, assignment)


def check_places(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§15: no centre is given more people than it has places."""
    for centre_id, (places, accessible) in sorted(room_left(facts, plan).items()):
        if places < 0:
            message = f"is given {-places} persons more than it has places."
            yield Violation("05-convoy §15", centre_id, message)
        if accessible < 0:
            message = f"is given {-accessible} persons more than it has accessible places."
            yield Violation("05-convoy §15", centre_id, message)


def check_everybody_taken_on(_facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§16: every planned group alights once, at its centre, from the onward trip it is given."""
    alights: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for onward in plan.onward:
        for stop in onward.stops:
            for token in stop.alights:
                alights[token].append((onward.trip_id, stop.centre_id))
    given = {a.token: (a.onward_trip_id, a.centre_id) for a in plan.assignments}
    for token in sorted(boarded_tokens(plan).keys() | alights.keys()):
        if alights[token] != [given.get(token)]:
            yield Violation("05-convoy §16", token, _taken_on_sentence(alights[token]))


def check_onward_trips(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§16: seats, boarding, driving and alighting of each onward trip."""
    released = {token: trip for trip in plan.trips for s in trip.stops for token in s.boards}
    for onward in plan.onward:
        tokens = tuple(token for stop in onward.stops for token in stop.alights)
        for breach in check_fit(facts, onward.trip_id, onward.vehicle_id, facts.load_of(tokens)):
            yield Violation("05-convoy §16", breach.where, breach.message)
        yield from _boards(facts, onward, tokens, released)
        yield from _drives(facts, onward)
        for stop in onward.stops:
            yield from _alights(facts, onward, stop)


def check_onward_duties(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§16, §7: one onward trip after the other, within crew hours and not before movement."""
    for (vehicle_id, window_id), trips in onward_duties(plan).items():
        for earlier, later in pairwise(trips):
            if later.boards_from_s < earlier.back_s:
                message = (
                    f"boards from {later.boards_from_s} s; {earlier.trip_id} is back at "
                    f"{earlier.back_s} s."
                )
                yield Violation("05-convoy §16", later.trip_id, message)
        yield from _reaches_home(facts, vehicle_id, window_id)
    onward_spans = onward_duties(plan).keys()
    for vehicle_id, window_id, leaves_s, back_s in duty_spans(facts, plan):
        if (vehicle_id, window_id) in onward_spans:
            yield from _within_hours(facts, vehicle_id, window_id, leaves_s, back_s)


def _accepted(facts: Facts, plan: Plan, assignment: Assignment) -> Iterator[Violation]:
    group = facts.groups[assignment.token]
    trips = [trip for trip in plan.trips if trip.trip_id == assignment.trip_id]
    if not any(assignment.token in stop.boards for trip in trips for stop in trip.stops):
        message = f"is assigned to {assignment.trip_id}, which it does not board."
        yield Violation("05-convoy §15", assignment.token, message)
    for trip in trips:
        crossing = facts.crossing_of(trip.window_id)
        if assignment.centre_id not in facts.accepted_centres(group, crossing):
            message = f"is given {assignment.centre_id}, which it does not accept."
            yield Violation("05-convoy §15", assignment.token, message)


def _taken_on_sentence(rides: list[tuple[str, str]]) -> str:
    if not rides:
        return "is across and no onward trip takes it to its centre."
    where = ", ".join(f"{trip} to {centre}" for trip, centre in rides)
    return f"alights from {where}; its assignment says otherwise."


def _boards(
    facts: Facts, onward: OnwardTrip, tokens: tuple[str, ...], trip_of: dict[str, Trip]
) -> Iterator[Violation]:
    """Check that people board only once they are across, one after the other, before it leaves."""
    free_s = onward.boards_from_s
    arrived = [(trip_of[token].released_s, token) for token in tokens if token in trip_of]
    for released_s, token in sorted(arrived):
        free_s = max(free_s, released_s) + facts.boarding_s(facts.groups[token].load)
        if trip_of[token].window_id != onward.window_id:
            message = f"{token} crosses in {trip_of[token].window_id}; this is {onward.window_id}."
            yield Violation("05-convoy §16", onward.trip_id, message)
    if onward.depart_s < free_s:
        message = f"leaves at {onward.depart_s} s; boarding ends at {free_s} s at the earliest."
        yield Violation("05-convoy §16", onward.trip_id, message)
    if not tokens:
        yield Violation("05-convoy §16", onward.trip_id, "takes nobody on.")


def _drives(facts: Facts, onward: OnwardTrip) -> Iterator[Violation]:
    at = facts.crossing_of(onward.window_id).place_id
    place, leaves_s = at, onward.depart_s
    for stop in onward.stops:
        to = facts.centres[stop.centre_id].place_id
        yield from _leg(facts, onward, (place, leaves_s, to, stop.arrive_s))
        place, leaves_s = to, stop.depart_s
    yield from _leg(facts, onward, (place, leaves_s, at, onward.back_s))


def _leg(facts: Facts, onward: OnwardTrip, leg: tuple[str, int, str, int]) -> Iterator[Violation]:
    for breach in check_leg(facts, onward.trip_id, onward.vehicle_id, *leg):
        yield Violation("05-convoy §16", breach.where, breach.message)


def _alights(facts: Facts, onward: OnwardTrip, stop: OnwardStop) -> Iterator[Violation]:
    alighting_s = facts.alighting_s(facts.load_of(stop.alights))
    needed_s = facts.problem.service.stop_s + alighting_s
    if stop.depart_s - stop.arrive_s < needed_s:
        message = (
            f"stops at {stop.centre_id} for {stop.depart_s - stop.arrive_s} s; alighting takes "
            f"{needed_s} s."
        )
        yield Violation("05-convoy §16", onward.trip_id, message)


def _reaches_home(facts: Facts, vehicle_id: str, window_id: str) -> Iterator[Violation]:
    depot, at = facts.vehicles[vehicle_id].depot_id, facts.crossing_of(window_id).place_id
    for from_place, to in ((depot, at), (at, depot)):
        if facts.drive_s(vehicle_id, from_place, to) is None:
            message = f"has no way from {from_place} to {to}."
            yield Violation("05-convoy §16", vehicle_id, message)


def _within_hours(
    facts: Facts, vehicle_id: str, window_id: str, leaves_s: int, back_s: int
) -> Iterator[Violation]:
    vehicle, window = facts.vehicles[vehicle_id], facts.windows[window_id]
    if back_s - leaves_s > vehicle.crew_s:
        message = (
            f"is out for {back_s - leaves_s} s in {window_id}; its crew may be for "
            f"{vehicle.crew_s} s."
        )
        yield Violation("05-convoy §16", vehicle_id, message)
    if leaves_s < window.movement_from_s:
        message = (
            f"must leave its depot at {facts.clock(leaves_s)} to board in {window_id}; movement is "
            f"allowed from {facts.clock(window.movement_from_s)}."
        )
        yield Violation("05-convoy §7", vehicle_id, message)
