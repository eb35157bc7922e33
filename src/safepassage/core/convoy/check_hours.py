"""Hours of crews and of reception centres, and convoys with a lead vehicle: rules §34 to §38."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from safepassage.core.convoy.check_facts import Facts
from safepassage.core.convoy.check_trips import (
    Duty,
    arrives_s,
    duties,
    duty_spans,
    onward_duties,
)
from safepassage.core.convoy.types import ConvoyRule, Plan, Trip, Violation, Window


def check_shifts(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§34: a vehicle leaves its depot and is back within one of its shifts."""
    for vehicle_id, window_id, leaves_s, back_s in duty_spans(facts, plan):
        shifts = facts.vehicles[vehicle_id].shifts
        if shifts and not any(a <= leaves_s and back_s <= b for a, b in shifts):
            message = (
                f"is out for {window_id} from {facts.clock(leaves_s)} to {facts.clock(back_s)}, "
                "which lies in none of its shifts."
            )
            yield Violation("05-convoy §34", vehicle_id, message)


def check_breaks(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§35: nobody is driven by a crew that has been on duty too long without a break."""
    leaves = {(v, w): leaves_s for v, w, leaves_s, _back_s in duty_spans(facts, plan)}
    for duty, trips in duties(plan).items():
        work = [(trip.trip_id, trip.depart_s, trip.released_s, trip.released_s) for trip in trips]
        yield from _check_work(facts, duty, trips[0].depart_s, work)
    for duty, onward in onward_duties(plan).items():
        work = [
            (one.trip_id, one.boards_from_s, max(stop.depart_s for stop in one.stops), one.back_s)
            for one in onward
            if one.stops
        ]
        yield from _check_work(facts, duty, min(leaves[duty], onward[0].boards_from_s), work)


def _check_work(
    facts: Facts, duty: Duty, since_s: int, work: list[tuple[str, int, int, int]]
) -> Iterator[Violation]:
    """Check (trip, begins, everybody has alighted, stands empty at the crossing) in order."""
    vehicle = facts.vehicles[duty[0]]
    if vehicle.break_after_s is None:
        return
    empty_from_s: int | None = None
    for trip_id, begins_s, alighted_s, empty_s in work:
        if empty_from_s is not None and begins_s - empty_from_s >= vehicle.break_s:
            since_s = begins_s
        if alighted_s - since_s > vehicle.break_after_s:
            message = (
                f"ends {alighted_s - since_s} s after {vehicle.vehicle_id} left or last had a "
                f"break of {vehicle.break_s} s; accepted are {vehicle.break_after_s} s."
            )
            yield Violation("05-convoy §35", trip_id, message)
        empty_from_s = empty_s


def check_convoys(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§38: where a lead vehicle brings convoys, each vehicle joins with the first that has room."""
    by_window: dict[str, list[Trip]] = defaultdict(list)
    for trip in plan.trips:
        by_window[trip.window_id].append(trip)
    for window_id, trips in by_window.items():
        window, rule = facts.windows[window_id], facts.crossing_of(window_id).convoy
        if rule is None:
            yield from _without_convoys(trips)
        else:
            yield from _check_window(facts, window, rule, trips)


def _without_convoys(trips: list[Trip]) -> Iterator[Violation]:
    for trip in trips:
        if trip.muster_arrive_s is not None:
            message = f"names a muster point at {trip.muster_arrive_s} s; its crossing has none."
            yield Violation("05-convoy §38", trip.trip_id, message)


def _check_window(
    facts: Facts, window: Window, rule: ConvoyRule, trips: list[Trip]
) -> Iterator[Violation]:
    aboard: Counter[int] = Counter()
    for trip in sorted(trips, key=lambda t: (arrives_s(t), t.vehicle_id, t.trip_id)):
        if trip.muster_arrive_s is None:
            message = "says not when it is at the muster point; only convoys join this queue."
            yield Violation("05-convoy §38", trip.trip_id, message)
            continue
        number = _first_convoy(window, rule, trip.muster_arrive_s)
        while aboard[number] >= rule.most_vehicles:
            number += 1
        joins_s = _leaves_s(window, rule, number) + aboard[number] * rule.spacing_s
        aboard[number] += 1
        if trip.queue_arrive_s != joins_s:
            message = (
                f"joins the queue at {facts.clock(trip.queue_arrive_s)} ({trip.queue_arrive_s} s); "
                f"mustered at {facts.clock(trip.muster_arrive_s)} it goes with convoy "
                f"{number + 1} and joins at {joins_s} s."
            )
            yield Violation("05-convoy §38", trip.trip_id, message)


def _first_convoy(window: Window, rule: ConvoyRule, mustered_s: int) -> int:
    late_s = mustered_s + rule.muster_s - _leaves_s(window, rule, 0)
    return max(0, -(-late_s // rule.every_s))


def _leaves_s(window: Window, rule: ConvoyRule, number: int) -> int:
    return window.opens_s + rule.first_s + number * rule.every_s


def check_receiving_hours(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§37: people reach a reception centre while it lets people in."""
    for onward in plan.onward:
        for stop in onward.stops:
            hours = facts.centres[stop.centre_id].receives
            if hours and not any(a <= stop.arrive_s <= b for a, b in hours):
                message = (
                    f"reaches {stop.centre_id} at {facts.clock(stop.arrive_s)}, when it lets "
                    "nobody in."
                )
                yield Violation("05-convoy §37", onward.trip_id, message)
