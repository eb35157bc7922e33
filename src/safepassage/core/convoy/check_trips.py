"""Trips to the crossing, its queue and the way home: rules §5 to §14, judged from the times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from safepassage.core.convoy.check_facts import Facts
from safepassage.core.convoy.types import (
    OnwardTrip,
    Plan,
    PlannedStop,
    SeatCount,
    Trip,
    VehicleReturn,
    Violation,
    Window,
)

Duty = tuple[str, str]
"""Vehicle id and window id."""


def check_sides(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§5: near vehicles bring people to the crossing, far vehicles take them on."""
    for trip in plan.trips:
        crossing = facts.crossing_of(trip.window_id)
        if not facts.is_near(trip.vehicle_id, crossing):
            yield _wrong_side(trip.trip_id, trip.vehicle_id, crossing.from_side)
    for onward in plan.onward:
        crossing = facts.crossing_of(onward.window_id)
        if not facts.is_far(onward.vehicle_id, crossing):
            yield _wrong_side(onward.trip_id, onward.vehicle_id, crossing.to_side)


def check_origins(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§6: from the depot, then from the crossing once released, over one pick-up or more."""
    for (vehicle_id, window_id), trips in duties(plan).items():
        origin = facts.vehicles[vehicle_id].depot_id
        for number, trip in enumerate(trips):
            yield from _starts_at(trip, origin)
            yield from _has_pick_ups(trip)
            if number:
                yield from _after_release(facts, trips[number - 1], trip)
            origin = facts.crossing_of(window_id).place_id


def check_driving(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§7: no movement before the window's, and no leg faster than the road allows."""
    for (_vehicle, window_id), trips in duties(plan).items():
        window = facts.windows[window_id]
        if trips[0].depart_s < window.movement_from_s:
            yield _too_early(facts, trips[0].trip_id, trips[0].depart_s, window)
        for trip in trips:
            for leg in legs(facts, trip):
                yield from check_leg(facts, trip.trip_id, trip.vehicle_id, *leg)


def check_stops(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§8: a stop lasts exactly as long as boarding takes once the people are ready."""
    for trip in plan.trips:
        for stop in trip.stops:
            expected_s = _stop_ends_s(facts, stop)
            if stop.depart_s != expected_s:
                message = (
                    f"the stop at {stop.place_id} ends at {facts.clock(stop.depart_s)} "
                    f"({stop.depart_s} s); boarding makes it {expected_s} s."
                )
                yield Violation("05-convoy §8", trip.trip_id, message)


def check_seats(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§9: everybody aboard has a place of the kind that they need."""
    for trip in plan.trips:
        aboard = load_aboard(facts, trip)
        yield from check_fit(facts, trip.trip_id, trip.vehicle_id, aboard)


def check_queue(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§10: first come, first served, lane by lane, each vehicle as long as its load takes."""
    by_window: dict[str, list[Trip]] = defaultdict(list)
    for trip in plan.trips:
        by_window[trip.window_id].append(trip)
    for window_id, trips in by_window.items():
        yield from _check_window_queue(facts, facts.windows[window_id], trips)


def check_through_in_time(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§11: screening ends no later than the close less the margin."""
    for trip in plan.trips:
        window = facts.windows[trip.window_id]
        if trip.screening_end_s > window.last_through_s:
            message = (
                f"is through at {facts.clock(trip.screening_end_s)}; the latest for "
                f"{window.window_id} is {facts.clock(window.last_through_s)}."
            )
            yield Violation("05-convoy §11", trip.trip_id, message)


def check_release(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§12: the vehicle is free when everybody has alighted."""
    for trip in plan.trips:
        expected_s = trip.screening_end_s + facts.alighting_s(load_aboard(facts, trip))
        if trip.released_s != expected_s:
            message = f"is released at {trip.released_s} s; alighting makes it {expected_s} s."
            yield Violation("05-convoy §12", trip.trip_id, message)


def check_returns(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§13: every vehicle comes home, once, within its crew hours."""
    returns: dict[Duty, list[VehicleReturn]] = defaultdict(list)
    for home in plan.returns:
        returns[home.vehicle_id, home.window_id].append(home)
    working = duties(plan)
    for duty in returns.keys() - working.keys():
        yield Violation("05-convoy §13", duty[0], f"returns in {duty[1]} without a trip in it.")
    for duty, trips in working.items():
        if len(returns[duty]) != 1:
            message = f"has {len(returns[duty])} returns in {duty[1]}; accepted is one."
            yield Violation("05-convoy §13", duty[0], message)
            continue
        yield from _comes_home(facts, trips, returns[duty][0])


def check_duties_apart(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§13: what one vehicle does in two windows, or on two sides, does not overlap in time."""
    spans: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for vehicle_id, window_id, start_s, end_s in duty_spans(facts, plan):
        spans[vehicle_id].append((start_s, end_s, window_id))
    for vehicle_id, vehicle_spans in spans.items():
        for one, other in pairwise(sorted(vehicle_spans)):
            if other[0] < one[1]:
                message = (
                    f"is still out for {one[2]} until {facts.clock(one[1])} and leaves for "
                    f"{other[2]} at {facts.clock(other[0])}."
                )
                yield Violation("05-convoy §13", vehicle_id, message)


def check_time_aboard(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§14: nobody is aboard for longer than the limit, the queue included."""
    limit_s = facts.problem.max_aboard_s
    if limit_s is None:
        return
    for trip in plan.trips:
        for stop in trip.stops:
            aboard_s = trip.screening_end_s - stop.depart_s
            if stop.boards and aboard_s > limit_s:
                message = (
                    f"those who board at {stop.place_id} are aboard for {aboard_s} s; "
                    f"accepted are {limit_s} s."
                )
                yield Violation("05-convoy §14", trip.trip_id, message)


def duties(plan: Plan) -> dict[Duty, list[Trip]]:
    """Return the trips of each vehicle and window in the order in which it drives them."""
    by_duty: dict[Duty, list[Trip]] = defaultdict(list)
    for trip in sorted(plan.trips, key=lambda trip: (trip.depart_s, trip.released_s, trip.trip_id)):
        by_duty[trip.vehicle_id, trip.window_id].append(trip)
    return dict(sorted(by_duty.items()))


def onward_duties(plan: Plan) -> dict[Duty, list[OnwardTrip]]:
    """Return the onward trips of each vehicle and window in the order in which it drives them."""
    by_duty: dict[Duty, list[OnwardTrip]] = defaultdict(list)
    for trip in sorted(plan.onward, key=lambda trip: (trip.boards_from_s, trip.back_s)):
        by_duty[trip.vehicle_id, trip.window_id].append(trip)
    return dict(sorted(by_duty.items()))


def duty_spans(facts: Facts, plan: Plan) -> Iterator[tuple[str, str, int, int]]:
    """Yield (vehicle, window, leaves the depot, is back) for near and onward duties alike."""
    home_at = {(home.vehicle_id, home.window_id): home.arrive_s for home in plan.returns}
    for (vehicle_id, window_id), trips in duties(plan).items():
        end_s = home_at.get((vehicle_id, window_id), trips[-1].released_s)
        yield vehicle_id, window_id, trips[0].depart_s, end_s
    for (vehicle_id, window_id), onward in onward_duties(plan).items():
        depot, at = facts.vehicles[vehicle_id].depot_id, facts.crossing_of(window_id).place_id
        there_s = facts.drive_s(vehicle_id, depot, at) or 0
        home_s = facts.drive_s(vehicle_id, at, depot) or 0
        yield vehicle_id, window_id, onward[0].boards_from_s - there_s, onward[-1].back_s + home_s


def load_aboard(facts: Facts, trip: Trip) -> SeatCount:
    """Return everybody aboard when the trip reaches the crossing."""
    return facts.load_of(tuple(token for stop in trip.stops for token in stop.boards))


def legs(facts: Facts, trip: Trip) -> Iterator[tuple[str, int, str, int]]:
    """Yield (from, leaves at, to, arrives at) of each leg of a trip to the crossing."""
    place, leaves_s = trip.origin_id, trip.depart_s
    for stop in trip.stops:
        yield place, leaves_s, stop.place_id, stop.arrive_s
        place, leaves_s = stop.place_id, stop.depart_s
    yield place, leaves_s, facts.crossing_of(trip.window_id).place_id, arrives_s(trip)


def arrives_s(trip: Trip) -> int:
    """Return when a trip is at the crossing: at the muster point where it has one."""
    return trip.queue_arrive_s if trip.muster_arrive_s is None else trip.muster_arrive_s


def check_leg(
    facts: Facts, where: str, vehicle_id: str, from_place: str, leaves_s: int, to: str, there_s: int
) -> Iterator[Violation]:
    """Yield the breach of §7 by one leg, if any."""
    drive_s = facts.drive_s(vehicle_id, from_place, to)
    if drive_s is None:
        message = f"drives from {from_place} to {to}, where {vehicle_id} has no way."
        yield Violation("05-convoy §7", where, message)
    elif there_s - leaves_s < drive_s:
        message = (
            f"drives from {from_place} to {to} in {there_s - leaves_s} s; it takes {drive_s} s."
        )
        yield Violation("05-convoy §7", where, message)


def check_fit(facts: Facts, where: str, vehicle_id: str, load: SeatCount) -> Iterator[Violation]:
    """Yield the breach of §9 by one load, if any."""
    vehicle = facts.vehicles[vehicle_id]
    capacity = vehicle.usable
    if not capacity.holds(load):
        spare = f", {vehicle.spare_seats} seats kept spare" if vehicle.spare_seats else ""
        message = (
            f"carries {load.seated} seated, {load.wheelchair} in wheelchairs and "
            f"{load.stretcher} on stretchers; {vehicle_id} has {capacity.places.seated}, "
            f"{capacity.places.wheelchair} and {capacity.places.stretcher} places and "
            f"{capacity.convertible_wheelchair} to convert{spare}."
        )
        yield Violation("05-convoy §9", where, message)


def _wrong_side(trip_id: str, vehicle_id: str, side: str) -> Violation:
    return Violation("05-convoy §5", trip_id, f"{vehicle_id} has no depot on the side of {side}.")


def _starts_at(trip: Trip, origin: str) -> Iterator[Violation]:
    if trip.origin_id != origin:
        message = f"starts at {trip.origin_id}; the vehicle is at {origin}."
        yield Violation("05-convoy §6", trip.trip_id, message)


def _has_pick_ups(trip: Trip) -> Iterator[Violation]:
    if not trip.stops:
        yield Violation("05-convoy §6", trip.trip_id, "has no pick-up.")
    for stop in trip.stops:
        if not stop.boards:
            message = f"stops at {stop.place_id} where nobody boards."
            yield Violation("05-convoy §6", trip.trip_id, message)


def _after_release(facts: Facts, earlier: Trip, later: Trip) -> Iterator[Violation]:
    if later.depart_s < earlier.released_s:
        message = (
            f"leaves at {facts.clock(later.depart_s)}; {earlier.trip_id} releases the vehicle "
            f"at {facts.clock(earlier.released_s)}."
        )
        yield Violation("05-convoy §6", later.trip_id, message)


def _too_early(facts: Facts, trip_id: str, depart_s: int, window: Window) -> Violation:
    message = (
        f"leaves at {facts.clock(depart_s)}; movement for {window.window_id} is allowed from "
        f"{facts.clock(window.movement_from_s)}."
    )
    return Violation("05-convoy §7", trip_id, message)


def _stop_ends_s(facts: Facts, stop: PlannedStop) -> int:
    ready = [facts.groups[token].ready_s for token in stop.boards]
    begins_s = max([stop.arrive_s, *(ready_s for ready_s in ready if ready_s is not None)])
    return begins_s + facts.stop_s(stop.boards)


def _check_window_queue(facts: Facts, window: Window, trips: list[Trip]) -> Iterator[Violation]:
    crossing = facts.crossings[window.crossing_id]
    free_s = [window.opens_s] * crossing.lanes
    for trip in sorted(trips, key=_place_in_queue):
        lane = free_s.index(min(free_s))
        start_s = max(trip.queue_arrive_s, free_s[lane])
        end_s = start_s + crossing.screening.duration_s(load_aboard(facts, trip))
        free_s[lane] = end_s
        if (trip.lane, trip.screening_start_s, trip.screening_end_s) != (lane, start_s, end_s):
            message = (
                f"is screened in lane {trip.lane} from {trip.screening_start_s} s to "
                f"{trip.screening_end_s} s; first come, first served gives lane {lane}, "
                f"{start_s} s to {end_s} s."
            )
            yield Violation("05-convoy §10", trip.trip_id, message)


def _place_in_queue(trip: Trip) -> tuple[int, int, str, str]:
    """Order by arrival; of a convoy that joins all at once, by arrival at the muster point."""
    return trip.queue_arrive_s, arrives_s(trip), trip.vehicle_id, trip.trip_id


def _comes_home(facts: Facts, trips: list[Trip], home: VehicleReturn) -> Iterator[Violation]:
    vehicle = facts.vehicles[home.vehicle_id]
    if home.depart_s < trips[-1].released_s:
        message = f"goes home at {home.depart_s} s; it is released at {trips[-1].released_s} s."
        yield Violation("05-convoy §13", home.vehicle_id, message)
    from_place = facts.crossing_of(home.window_id).place_id
    leg = (from_place, home.depart_s, vehicle.depot_id, home.arrive_s)
    yield from check_leg(facts, home.vehicle_id, home.vehicle_id, *leg)
    out_s = home.arrive_s - trips[0].depart_s
    if out_s > vehicle.crew_s:
        message = (
            f"is out for {out_s} s in {home.window_id}; its crew may be for {vehicle.crew_s} s."
        )
        yield Violation("05-convoy §13", home.vehicle_id, message)
