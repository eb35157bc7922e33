"""The judge of a plan: every rule of docs/spec/05-convoy.md, from the raw facts.

It shares nothing with the planner but the types. Groups are rebuilt from the rows, the queue is
run again, loads, totals and reasons are counted again. Whatever the plan file holds, the answer
is a list of sentences, never an exception.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator

from safepassage.core.convoy.check_facts import Facts, gather_facts
from safepassage.core.convoy.check_hours import (
    check_breaks,
    check_convoys,
    check_receiving_hours,
    check_shifts,
)
from safepassage.core.convoy.check_onward import (
    check_assignments,
    check_everybody_taken_on,
    check_onward_duties,
    check_onward_trips,
    check_places,
)
from safepassage.core.convoy.check_people import (
    boarded_tokens,
    check_apart,
    check_everybody_once,
    check_groups_whole,
    check_reasons,
    check_right_to_travel,
)
from safepassage.core.convoy.check_shape import shape_violations
from safepassage.core.convoy.check_trips import (
    arrives_s,
    check_driving,
    check_duties_apart,
    check_origins,
    check_queue,
    check_release,
    check_returns,
    check_seats,
    check_sides,
    check_stops,
    check_through_in_time,
    check_time_aboard,
    duties,
    legs,
)
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Plan,
    PlanTotals,
    Trip,
    Violation,
)
from safepassage.core.register.types import Household
from safepassage.units import SECONDS_PER_HOUR, parse_moment

RULE_IDENTITY = "05-convoy §23"

RELATIVE_TOLERANCE = 1e-6
"""Exposure is a sum of floating-point products; everything else is compared exactly."""


def check_plan(
    problem: ConvoyProblem, households: tuple[Household, ...], plan: Plan
) -> tuple[Violation, ...]:
    """Return every rule that the plan breaks; an empty tuple means that it may be run.

    Parameters
    ----------
    problem
        Vehicles, crossings, windows, centres, service times and matrices. Its ``groups`` are
        not used.
    households
        Every row of ``households.csv``, or every travel party of the register.
    plan
        From any planner, in any state.
    """
    broken = shape_violations(plan)
    if broken:
        return broken
    facts = gather_facts(problem, households)
    identity = tuple(_check_identity(facts, plan))
    unknown = tuple(_check_references(facts, plan))
    if unknown:
        return identity + unknown
    return identity + tuple(breach for rule in RULES for breach in rule(facts, plan))


def recount(problem: ConvoyProblem, households: tuple[Household, ...], plan: Plan) -> PlanTotals:
    """Return what a plan achieves, counted from its trips; for plans that break no rule."""
    return _totals(gather_facts(problem, households), plan)


def check_totals(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§18: value, persons and vehicle time are as the plan says."""
    counted = _totals(facts, plan)
    for name in ("groups", "persons", "value_across", "vehicle_s"):
        said, found = getattr(plan.totals, name), getattr(counted, name)
        if said != found:
            message = f"says {name} {said}; counted from its trips it is {found}."
            yield Violation("05-convoy §18", "totals", message)


def check_exposure(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§19: exposure is as the plan says."""
    said, found = plan.totals.exposure_person_h, _totals(facts, plan).exposure_person_h
    close = math.isclose(said, found, rel_tol=RELATIVE_TOLERANCE, abs_tol=RELATIVE_TOLERANCE)
    if not close:
        message = f"says exposure {said:.6f} person-hours; counted it is {found:.6f}."
        yield Violation("05-convoy §19", "totals", message)


def check_bound(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§24: no bound below what the plan itself achieves."""
    if plan.bound is None:
        return
    counted = _totals(facts, plan)
    pairs = (
        ("value", plan.bound.value, counted.value_across),
        ("persons", plan.bound.persons, counted.persons),
    )
    for name, bound, reached in pairs:
        if bound < reached * (1 - RELATIVE_TOLERANCE):
            message = f"bounds {name} by {bound:g}; the plan itself reaches {reached}."
            yield Violation("05-convoy §24", plan.bound.name, message)


RULES: tuple[Callable[[Facts, Plan], Iterator[Violation]], ...] = (
    check_right_to_travel,
    check_groups_whole,
    check_apart,
    check_sides,
    check_origins,
    check_driving,
    check_stops,
    check_seats,
    check_queue,
    check_through_in_time,
    check_release,
    check_returns,
    check_duties_apart,
    check_time_aboard,
    check_shifts,
    check_breaks,
    check_convoys,
    check_receiving_hours,
    check_assignments,
    check_places,
    check_everybody_taken_on,
    check_onward_trips,
    check_onward_duties,
    check_reasons,
    check_totals,
    check_exposure,
    check_everybody_once,
    check_bound,
)
"""One function a rule, in the order of the rules."""


def _check_identity(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§23: the plan was made for this scenario and each of its trips has its own id."""
    problem = facts.problem
    if plan.scenario_digest != problem.scenario_digest:
        message = (
            f"was made for scenario {plan.scenario_digest[:12] or '(none)'}; this one is "
            f"{problem.scenario_digest[:12] or '(none)'}. Plan again for this scenario."
        )
        yield Violation(RULE_IDENTITY, "plan", message)
    if not _same_epoch(problem, plan) or plan.timezone != problem.timezone:
        message = (
            f"counts time from {plan.epoch} in {plan.timezone}; the scenario counts from "
            f"{problem.epoch.isoformat()} in {problem.timezone}."
        )
        yield Violation(RULE_IDENTITY, "plan", message)
    ids = Counter([trip.trip_id for trip in plan.trips] + [trip.trip_id for trip in plan.onward])
    for trip_id, times in ids.items():
        if times > 1:
            yield Violation(RULE_IDENTITY, trip_id, f"is the id of {times} trips.")


def _same_epoch(problem: ConvoyProblem, plan: Plan) -> bool:
    try:
        return parse_moment(plan.epoch) == problem.epoch
    except (ValueError, OverflowError):
        return False


def _check_references(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§23: every id in the plan is one of the scenario's."""
    known: dict[str, set[str]] = {
        "vehicle": set(facts.vehicles),
        "window": set(facts.windows),
        "place": set(facts.place_index),
        "centre": set(facts.centres),
        "travel group": set(facts.groups),
        "row": set(facts.rows),
        "trip": {trip.trip_id for trip in plan.trips},
        "onward trip": {trip.trip_id for trip in plan.onward},
    }
    for kind, name, where in _references(plan):
        if name not in known[kind]:
            yield Violation(RULE_IDENTITY, where, f"names the {kind} '{name}', which is unknown.")


def _references(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, id, where it stands) of everything that the plan refers to."""
    for trip in plan.trips:
        yield from _trip_references(trip)
    for home in plan.returns:
        yield "vehicle", home.vehicle_id, "returns"
        yield "window", home.window_id, "returns"
    for onward in plan.onward:
        yield "vehicle", onward.vehicle_id, onward.trip_id
        yield "window", onward.window_id, onward.trip_id
        for stop in onward.stops:
            yield "centre", stop.centre_id, onward.trip_id
            for token in stop.alights:
                yield "travel group", token, onward.trip_id
    for assignment in plan.assignments:
        yield "travel group", assignment.token, "assignments"
        yield "trip", assignment.trip_id, "assignments"
        yield "onward trip", assignment.onward_trip_id, "assignments"
        yield "centre", assignment.centre_id, "assignments"
    for left in plan.left:
        yield "row", left.token, "left"


def _trip_references(trip: Trip) -> Iterator[tuple[str, str, str]]:
    yield "vehicle", trip.vehicle_id, trip.trip_id
    yield "window", trip.window_id, trip.trip_id
    yield "place", trip.origin_id, trip.trip_id
    for stop in trip.stops:
        yield "place", stop.place_id, trip.trip_id
        for token in stop.boards:
            yield "travel group", token, trip.trip_id


def _totals(facts: Facts, plan: Plan) -> PlanTotals:
    planned = [facts.groups[token] for token in boarded_tokens(plan)]
    return PlanTotals(
        groups=len(planned),
        persons=sum(group.load.persons for group in planned),
        value_across=sum(group.value for group in planned),
        exposure_person_h=math.fsum(_trip_exposure(facts, trip) for trip in plan.trips),
        vehicle_s=_vehicle_time_s(plan),
    )


def _vehicle_time_s(plan: Plan) -> int:
    home_at = {(home.vehicle_id, home.window_id): home.arrive_s for home in plan.returns}
    return sum(
        home_at.get(duty, trips[-1].released_s) - trips[0].depart_s
        for duty, trips in duties(plan).items()
    )


def _trip_exposure(facts: Facts, trip: Trip) -> float:
    """Return the exposure of one trip in hazard-weighted person-hours (§19)."""
    crossing = facts.crossing_of(trip.window_id)
    aboard = 0
    total = 0.0
    arrivals = [*trip.stops, None]
    for (from_place, _leaves_s, to_place, _there_s), stop in zip(
        legs(facts, trip), arrivals, strict=True
    ):
        if aboard:
            total += aboard * facts.path_exposure(trip.vehicle_id, from_place, to_place)
        if stop is not None:
            stands_s = stop.depart_s - stop.arrive_s
            total += aboard * _waiting(facts, stop.place_id, stands_s)
            aboard += facts.load_of(stop.boards).persons
    waits_s = trip.screening_end_s - arrives_s(trip)
    return total + aboard * _waiting(facts, crossing.place_id, waits_s)


def _waiting(facts: Facts, place_id: str, waits_s: int) -> float:
    return facts.waiting_rate_per_h(place_id) * waits_s / SECONDS_PER_HOUR
