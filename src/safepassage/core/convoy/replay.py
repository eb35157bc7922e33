"""The plain event simulator that judges itineraries from any planner, ours and others alike.

An itinerary says who boards where in which order, without times. The replay drives every vehicle
as early as its itinerary allows, queues it at the crossing first come, first served, and counts
who is through before the window closes. Nothing of a planner's own opinion enters.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    Itinerary,
    Plan,
    PlannedStop,
    SeatCount,
    TravelGroup,
    Trip,
    Vehicle,
    VehicleReturn,
    Violation,
    Window,
)
from safepassage.units import SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What itineraries achieve when everybody drives as they say and nothing goes wrong.

    Parameters
    ----------
    trips, returns
        As driven, in the order in which the vehicles are screened.
    across, inside_margin
        Tokens of the groups through before the window closes, and before its margin begins.
    stranded
        Tokens of the groups aboard a vehicle that is not through when the window closes.
    value_across, persons_across
        Of `across`.
    value_inside_margin
        Of `inside_margin`; what docs/spec/05-convoy.md §11 lets a plan claim.
    value_planned, persons_planned
        Of all loads that could be driven, whether through or not.
    exposure_person_h, vehicle_s
        As in §18 and §19.
    faults
        Loads that could not be driven, and rules broken on the way.
    """

    trips: tuple[Trip, ...]
    returns: tuple[VehicleReturn, ...]
    across: tuple[str, ...]
    inside_margin: tuple[str, ...]
    stranded: tuple[str, ...]
    value_across: int
    value_inside_margin: int
    persons_across: int
    value_planned: int
    persons_planned: int
    exposure_person_h: float
    vehicle_s: int
    faults: tuple[Violation, ...]


def replay(problem: ConvoyProblem, itineraries: tuple[Itinerary, ...]) -> ReplayResult:
    """Drive the itineraries through the queue and count who is through.

    Parameters
    ----------
    itineraries
        The loads of one vehicle and window are driven in the order given. A load that cannot be
        driven (unknown ids, no seat, no way, a group twice) is left out and named in `faults`.
    """
    world = _World.of(problem)
    faults: list[Violation] = []
    loads = _runnable_loads(world, itineraries, faults)
    trips: list[Trip] = []
    returns: list[VehicleReturn] = []
    free_from_s: dict[str, int] = {}
    for window in sorted(problem.windows, key=lambda w: (w.opens_s, w.window_id)):
        window_loads = {
            duty[0]: queue for duty, queue in loads.items() if duty[1] == window.window_id
        }
        driven = _drive_window(world, window, window_loads, free_from_s)
        trips += driven
        returns += _returns(world, window, driven, free_from_s)
    faults += _broken_on_the_way(world, trips, returns)
    return _result(world, trips, returns, tuple(faults))


def plan_itineraries(plan: Plan) -> tuple[Itinerary, ...]:
    """Return a plan's decisions without its times, each trip held back until its departure."""
    ordered = sorted(plan.trips, key=lambda trip: (trip.depart_s, trip.trip_id))
    return tuple(
        Itinerary(
            vehicle_id=trip.vehicle_id,
            window_id=trip.window_id,
            stops=tuple((stop.place_id, stop.boards) for stop in trip.stops),
            not_before_s=trip.depart_s,
        )
        for trip in ordered
    )


@dataclass(frozen=True, slots=True, eq=False)
class _World:
    problem: ConvoyProblem
    groups: dict[str, TravelGroup]
    vehicles: dict[str, Vehicle]
    numbers: dict[str, int]
    windows: dict[str, Window]
    crossings: dict[str, Crossing]
    places: dict[str, int]

    @staticmethod
    def of(problem: ConvoyProblem) -> _World:
        crossings = {crossing.crossing_id: crossing for crossing in problem.crossings}
        return _World(
            problem=problem,
            groups={group.token: group for group in problem.groups},
            vehicles={vehicle.vehicle_id: vehicle for vehicle in problem.vehicles},
            numbers={vehicle.vehicle_id: i for i, vehicle in enumerate(problem.vehicles)},
            windows={window.window_id: window for window in problem.windows},
            crossings={w.window_id: crossings[w.crossing_id] for w in problem.windows},
            places={place: i for i, place in enumerate(problem.matrices.place_ids)},
        )

    def drive_s(self, vehicle_id: str, from_place: str, to_place: str) -> int:
        matrix = self.problem.matrices.matrices[
            self.problem.vehicle_matrix[self.numbers[vehicle_id]]
        ]
        return int(matrix.travel_time_s[self.places[from_place], self.places[to_place]])

    def path_exposure(self, vehicle_id: str, from_place: str, to_place: str) -> float:
        matrix = self.problem.matrices.matrices[
            self.problem.vehicle_matrix[self.numbers[vehicle_id]]
        ]
        return float(matrix.exposure[self.places[from_place], self.places[to_place]])

    def load(self, tokens: tuple[str, ...]) -> SeatCount:
        return sum((self.groups[token].load for token in tokens), SeatCount())

    def stop_s(self, tokens: tuple[str, ...]) -> int:
        service = self.problem.service
        doors = sum(self.groups[token].door for token in tokens)
        boarding_s = _seconds(service.boarding_s, self.load(tokens))
        return service.stop_s + boarding_s + doors * service.door_s

    def near(self, vehicle_id: str, crossing: Crossing) -> bool:
        sides = self.problem.vehicle_side
        if not sides:
            return crossing.from_side in self.vehicles[vehicle_id].sides
        return sides[self.numbers[vehicle_id]] == crossing.from_side


def _runnable_loads(
    world: _World, itineraries: tuple[Itinerary, ...], faults: list[Violation]
) -> dict[tuple[str, str], list[Itinerary]]:
    loads: dict[tuple[str, str], list[Itinerary]] = defaultdict(list)
    aboard: set[str] = set()
    for number, load in enumerate(itineraries, start=1):
        fault = _fault(world, load, aboard)
        if fault is not None:
            rule, message = fault
            faults.append(Violation(f"05-convoy §{rule}", f"load {number}", message))
            continue
        aboard.update(_tokens(load))
        loads[load.vehicle_id, load.window_id].append(load)
    return loads


def _fault(world: _World, load: Itinerary, aboard: set[str]) -> tuple[int, str] | None:
    """Return the (rule, sentence) for which the load cannot be driven, or None."""
    unknown = _unknown(world, load)
    if unknown:
        return 23, f"names {unknown}, which is unknown."
    tokens = _tokens(load)
    if not tokens or not all(boards for _place, boards in load.stops):
        return 6, "stops where nobody boards."
    if len(set(tokens)) < len(tokens) or aboard.intersection(tokens):
        return 3, "carries a group that is already aboard."
    if any(world.groups[t].place_id != place for place, boards in load.stops for t in boards):
        return 3, "picks a group up where it does not wait."
    if not world.near(load.vehicle_id, world.crossings[load.window_id]):
        return 5, f"uses {load.vehicle_id}, which stands on the other side."
    if not world.vehicles[load.vehicle_id].usable.holds(world.load(tokens)):
        return 9, f"does not fit {load.vehicle_id}."
    if any(world.groups[token].apart_from.intersection(tokens) for token in tokens):
        return 4, "puts groups together that are to be kept apart."
    if not _has_way(world, load):
        return 7, f"drives where {load.vehicle_id} has no way."
    return None


def _unknown(world: _World, load: Itinerary) -> str:
    if load.vehicle_id not in world.vehicles:
        return f"vehicle {load.vehicle_id}"
    if load.window_id not in world.windows:
        return f"window {load.window_id}"
    for place, boards in load.stops:
        if place not in world.places:
            return f"place {place}"
        for token in boards:
            if token not in world.groups:
                return f"group {token}"
    return ""


def _tokens(load: Itinerary) -> tuple[str, ...]:
    return tuple(token for _place, boards in load.stops for token in boards)


def _has_way(world: _World, load: Itinerary) -> bool:
    """Return whether every leg can be driven, from the depot or from the crossing, and home."""
    at, depot = world.crossings[load.window_id].place_id, world.vehicles[load.vehicle_id].depot_id
    middle = [place for place, _boards in load.stops]
    route = [depot, *middle, at, middle[0], at, depot]
    return all(world.drive_s(load.vehicle_id, a, b) >= 0 for a, b in pairwise(route))


def _drive_window(
    world: _World,
    window: Window,
    loads: dict[str, list[Itinerary]],
    free_from_s: dict[str, int],
) -> list[Trip]:
    """Run one window's queue; arrivals are served in order of time, vehicle and trip."""
    crossing = world.crossings[window.window_id]
    waiting: list[tuple[int, str, str, Trip]] = []
    duties: dict[str, list[Trip]] = {vehicle_id: [] for vehicle_id in sorted(loads)}

    def set_out(vehicle_id: str) -> None:
        done = duties[vehicle_id]
        if len(done) < len(loads[vehicle_id]):
            load = loads[vehicle_id][len(done)]
            from_s = free_from_s.get(vehicle_id, window.movement_from_s)
            trip = _next_trip(world, window, load, done, from_s)
            heapq.heappush(waiting, (trip.queue_arrive_s, vehicle_id, trip.trip_id, trip))

    for vehicle_id in duties:
        set_out(vehicle_id)
    free_s = [window.opens_s] * crossing.lanes
    convoys: Counter[int] = Counter()
    driven: list[Trip] = []
    while waiting:
        _arrive_s, vehicle_id, _trip_id, trip = heapq.heappop(waiting)
        trip = _screened(world, crossing, _led_in(crossing, window, trip, convoys), free_s)
        driven.append(trip)
        duties[vehicle_id].append(trip)
        set_out(vehicle_id)
    return driven


def _next_trip(
    world: _World, window: Window, load: Itinerary, done: list[Trip], free_from_s: int
) -> Trip:
    """Return the next trip of a duty up to the crossing, as early as it may begin."""
    vehicle = world.vehicles[load.vehicle_id]
    trip_id = f"{window.window_id}/{vehicle.vehicle_id}/{len(done) + 1:02d}"
    if not done:
        from_s = max(window.movement_from_s, free_from_s, load.not_before_s)
        from_s = _shift_begins_s(vehicle, window, from_s)
        return _to_the_queue(world, load, trip_id, vehicle.depot_id, from_s)
    at = world.crossings[load.window_id].place_id
    from_s = max(done[-1].released_s, load.not_before_s)
    trip = _to_the_queue(world, load, trip_id, at, from_s)
    if not _needs_break(world, vehicle, window, [*done, trip]):
        return trip
    rested_s = max(done[-1].released_s + vehicle.break_s, load.not_before_s)
    return _to_the_queue(world, load, trip_id, at, rested_s)


def _shift_begins_s(vehicle: Vehicle, window: Window, from_s: int) -> int:
    """Return when the vehicle sets out: at once, or when its next shift begins (§34)."""
    begins = [a for a, b in vehicle.shifts if from_s < b and a <= window.closes_s]
    return max(from_s, min(begins, default=from_s))


def _needs_break(world: _World, vehicle: Vehicle, window: Window, trips: list[Trip]) -> bool:
    """Return whether the last trip, even if it waits for nobody, asks for a break (§35)."""
    if vehicle.break_after_s is None:
        return False
    since_s = trips[0].depart_s
    for earlier, later in pairwise(trips):
        if later.depart_s - earlier.released_s >= vehicle.break_s:
            since_s = later.depart_s
    crossing = world.crossings[window.window_id]
    trip = _led_in(crossing, window, trips[-1], Counter())
    free_s = [window.opens_s] * crossing.lanes
    return _screened(world, crossing, trip, free_s).released_s - since_s > vehicle.break_after_s


def _led_in(crossing: Crossing, window: Window, trip: Trip, convoys: Counter[int]) -> Trip:
    """Return the trip with the moment at which a convoy brings it to the queue (§38)."""
    rule = crossing.convoy
    if rule is None:
        return trip
    first_s = window.opens_s + rule.first_s
    number = max(0, -(-(trip.queue_arrive_s + rule.muster_s - first_s) // rule.every_s))
    while convoys[number] >= rule.most_vehicles:
        number += 1
    joins_s = first_s + number * rule.every_s + convoys[number] * rule.spacing_s
    convoys[number] += 1
    return replace(trip, muster_arrive_s=trip.queue_arrive_s, queue_arrive_s=joins_s)


def _to_the_queue(world: _World, load: Itinerary, trip_id: str, origin: str, depart_s: int) -> Trip:
    stops: list[PlannedStop] = []
    place, now_s = origin, depart_s
    for to_place, boards in load.stops:
        arrive_s = now_s + world.drive_s(load.vehicle_id, place, to_place)
        ready_s = max(world.groups[token].ready_s for token in boards)
        now_s = max(arrive_s, ready_s) + world.stop_s(boards)
        stops.append(PlannedStop(to_place, arrive_s, now_s, boards))
        place = to_place
    at = world.crossings[load.window_id].place_id
    queue_s = now_s + world.drive_s(load.vehicle_id, place, at)
    ids = (trip_id, load.vehicle_id, load.window_id, origin)
    return Trip(*ids, depart_s, tuple(stops), queue_s, 0, queue_s, queue_s, queue_s)


def _screened(world: _World, crossing: Crossing, trip: Trip, free_s: list[int]) -> Trip:
    lane = min(range(crossing.lanes), key=lambda number: (free_s[number], number))
    load = world.load(_aboard(trip))
    start_s = max(trip.queue_arrive_s, free_s[lane])
    end_s = start_s + crossing.screening.duration_s(load)
    free_s[lane] = end_s
    return replace(
        trip,
        lane=lane,
        screening_start_s=start_s,
        screening_end_s=end_s,
        released_s=end_s + _seconds(world.problem.service.alighting_s, load),
    )


def _returns(
    world: _World, window: Window, driven: list[Trip], free_from_s: dict[str, int]
) -> list[VehicleReturn]:
    released = {trip.vehicle_id: trip.released_s for trip in driven}
    at = world.crossings[window.window_id].place_id
    returns = []
    for vehicle_id, leaves_s in sorted(released.items()):
        home_s = leaves_s + world.drive_s(vehicle_id, at, world.vehicles[vehicle_id].depot_id)
        free_from_s[vehicle_id] = home_s
        returns.append(VehicleReturn(vehicle_id, window.window_id, leaves_s, home_s))
    return returns


def _broken_on_the_way(
    world: _World, trips: list[Trip], returns: list[VehicleReturn]
) -> Iterator[Violation]:
    for home in returns:
        vehicle, leaves_s = world.vehicles[home.vehicle_id], _left_depot_s(trips, home)
        out_s = home.arrive_s - leaves_s
        if out_s > vehicle.crew_s:
            message = f"is out for {out_s} s in {home.window_id}, longer than its crew may be."
            yield Violation("05-convoy §13", home.vehicle_id, message)
        if vehicle.shifts and not any(
            a <= leaves_s and home.arrive_s <= b for a, b in vehicle.shifts
        ):
            message = f"is out in {home.window_id} at hours that lie in none of its shifts."
            yield Violation("05-convoy §34", home.vehicle_id, message)
        yield from _without_break(vehicle, _of_duty(trips, home))
    limit_s = world.problem.max_aboard_s
    for trip in trips:
        if limit_s is not None and trip.screening_end_s - trip.stops[0].depart_s > limit_s:
            message = f"people are aboard for longer than {limit_s} s."
            yield Violation("05-convoy §14", trip.trip_id, message)


def _left_depot_s(trips: list[Trip], home: VehicleReturn) -> int:
    return min(trip.depart_s for trip in _of_duty(trips, home))


def _of_duty(trips: list[Trip], home: VehicleReturn) -> list[Trip]:
    duty = (home.vehicle_id, home.window_id)
    return [trip for trip in trips if (trip.vehicle_id, trip.window_id) == duty]


def _without_break(vehicle: Vehicle, trips: list[Trip]) -> Iterator[Violation]:
    if vehicle.break_after_s is None:
        return
    since_s, released_s = trips[0].depart_s, trips[0].depart_s
    for number, trip in enumerate(trips):
        if number and trip.depart_s - released_s >= vehicle.break_s:
            since_s = trip.depart_s
        released_s = trip.released_s
        if released_s - since_s > vehicle.break_after_s:
            message = f"{vehicle.vehicle_id} is on duty for {released_s - since_s} s without break."
            yield Violation("05-convoy §35", trip.trip_id, message)


def _result(
    world: _World,
    trips: list[Trip],
    returns: list[VehicleReturn],
    faults: tuple[Violation, ...],
) -> ReplayResult:
    closes = {window_id: window.closes_s for window_id, window in world.windows.items()}
    margin = {window_id: window.last_through_s for window_id, window in world.windows.items()}
    across = _through(trips, closes)
    inside = _through(trips, margin)
    driven = [token for trip in trips for token in _aboard(trip)]
    return ReplayResult(
        trips=tuple(trips),
        returns=tuple(returns),
        across=tuple(sorted(across)),
        inside_margin=tuple(sorted(inside)),
        stranded=tuple(sorted(_aboard_at(trips, closes) - across)),
        value_across=_value(world, across),
        value_inside_margin=_value(world, inside),
        persons_across=world.load(tuple(across)).persons,
        value_planned=_value(world, driven),
        persons_planned=world.load(tuple(driven)).persons,
        exposure_person_h=math.fsum(_exposure(world, trip) for trip in trips),
        vehicle_s=sum(home.arrive_s - _left_depot_s(trips, home) for home in returns),
        faults=faults,
    )


def _through(trips: list[Trip], latest_s: dict[str, int]) -> set[str]:
    in_time = [trip for trip in trips if trip.screening_end_s <= latest_s[trip.window_id]]
    return {token for trip in in_time for token in _aboard(trip)}


def _aboard_at(trips: list[Trip], latest_s: dict[str, int]) -> set[str]:
    return {
        token
        for trip in trips
        for stop in trip.stops
        if stop.depart_s <= latest_s[trip.window_id]
        for token in stop.boards
    }


def _value(world: _World, tokens: set[str] | list[str]) -> int:
    return sum(world.groups[token].value for token in tokens)


def _aboard(trip: Trip) -> tuple[str, ...]:
    return tuple(token for stop in trip.stops for token in stop.boards)


def _exposure(world: _World, trip: Trip) -> float:
    """Return the exposure of a trip in hazard-weighted person-hours (§19)."""
    rates = world.problem.matrices.place_hazard_rate_per_h
    at = world.crossings[trip.window_id].place_id
    total, aboard, place = 0.0, 0, trip.origin_id
    for stop in trip.stops:
        if aboard:
            total += aboard * world.path_exposure(trip.vehicle_id, place, stop.place_id)
        stands_h = (stop.depart_s - stop.arrive_s) / SECONDS_PER_HOUR
        total += aboard * float(rates[world.places[stop.place_id]]) * stands_h
        aboard += world.load(stop.boards).persons
        place = stop.place_id
    total += aboard * world.path_exposure(trip.vehicle_id, place, at)
    there_s = trip.queue_arrive_s if trip.muster_arrive_s is None else trip.muster_arrive_s
    waits_h = (trip.screening_end_s - there_s) / SECONDS_PER_HOUR
    return total + aboard * float(rates[world.places[at]]) * waits_h


def _seconds(each: SeatCount, load: SeatCount) -> int:
    return (
        each.seated * load.seated
        + each.wheelchair * load.wheelchair
        + each.stretcher * load.stretcher
    )
