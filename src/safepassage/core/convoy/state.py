"""The moment of a convoy day: who is across, who is aboard, where each vehicle is.

A state is a report, not a wish: what it says has been done stays done in every plan made from it
(docs/spec/05-convoy.md §80, §81). :func:`state_at` derives one from a plan as if everything had
gone as planned; on the day it is corrected by hand where the radio says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safepassage.core.convoy.types import (
    ConvoyProblem,
    OnwardTrip,
    Plan,
    PlannedStop,
    Trip,
    VehicleReturn,
)

STATE_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class TripSoFar:
    """A trip that has begun and is not at the crossing yet.

    Parameters
    ----------
    depart_s
        Left its origin.
    stops
        Pick-ups made, and the one being made: `depart_s` of that one is when it will be done.
    """

    trip_id: str
    window_id: str
    origin_id: str
    depart_s: int
    stops: tuple[PlannedStop, ...] = ()

    @property
    def aboard(self) -> tuple[str, ...]:
        """Tokens of the travel groups in the vehicle."""
        return tuple(token for stop in self.stops for token in stop.boards)


@dataclass(frozen=True, slots=True)
class VehicleNow:
    """Where a vehicle of the near side can take its next order.

    Parameters
    ----------
    place_id
        Where it stands, or where the leg that it is driving ends.
    free_s
        Moment from which it can take an order there.
    window_id
        Window for which it is out; empty while it has not left its depot.
    left_depot_s
        Since when; None while it has not left.
    leg_from_id, leg_from_s
        Where and when the leg under way began; empty and None while it stands.
    trip
        What it has done of the trip under way; None between trips and in the queue.
    """

    vehicle_id: str
    place_id: str
    free_s: int
    window_id: str = ""
    left_depot_s: int | None = None
    leg_from_id: str = ""
    leg_from_s: int | None = None
    trip: TripSoFar | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A travel group that waits elsewhere than at its own pick-up."""

    token: str
    place_id: str
    from_s: int


@dataclass(frozen=True, slots=True)
class DayState:
    """What has happened up to a moment; moments in seconds since `epoch`.

    Parameters
    ----------
    across
        Trips whose screening has begun: their people count as across at its end.
    queue
        Trips that wait at the crossing; what they say of screening is the old plan's.
    returns
        Vehicles of the near side that have set out for home; they are done in that window.
    onward
        Onward trips that have left the crossing.
    vehicles
        Every vehicle of the near side, by id.
    standing
        People put off on the way.
    """

    state_version: str
    scenario_digest: str
    epoch: str
    timezone: str
    at_s: int
    across: tuple[Trip, ...]
    queue: tuple[Trip, ...]
    returns: tuple[VehicleReturn, ...]
    onward: tuple[OnwardTrip, ...]
    vehicles: tuple[VehicleNow, ...]
    standing: tuple[Standing, ...] = ()

    def vehicle(self, vehicle_id: str) -> VehicleNow | None:
        """Return a vehicle of the near side, or None if there is none of that id."""
        return next((one for one in self.vehicles if one.vehicle_id == vehicle_id), None)


def tokens_of(trips: Iterable[Trip]) -> tuple[str, ...]:
    """Return the travel groups that board the trips, in order."""
    return tuple(token for trip in trips for stop in trip.stops for token in stop.boards)


def near_vehicles(problem: ConvoyProblem) -> tuple[str, ...]:
    """Return the vehicles that bring people to a crossing (§5), by id."""
    sides = {crossing.from_side for crossing in problem.crossings}
    pairs = zip(problem.vehicles, problem.vehicle_side, strict=True)
    return tuple(sorted(vehicle.vehicle_id for vehicle, side in pairs if side in sides))


def state_at(problem: ConvoyProblem, plan: Plan, at_s: int) -> DayState:
    """Return the state at a moment if everything has gone as planned.

    Parameters
    ----------
    at_s
        Seconds since the problem's epoch. What begins at this very moment has begun.
    """
    begun = [trip for trip in plan.trips if trip.depart_s <= at_s]
    return DayState(
        state_version=STATE_VERSION,
        scenario_digest=plan.scenario_digest,
        epoch=plan.epoch,
        timezone=plan.timezone,
        at_s=at_s,
        across=tuple(trip for trip in begun if trip.screening_start_s <= at_s),
        queue=tuple(t for t in begun if t.queue_arrive_s <= at_s < t.screening_start_s),
        returns=tuple(home for home in plan.returns if home.depart_s <= at_s),
        onward=tuple(trip for trip in plan.onward if trip.depart_s <= at_s),
        vehicles=tuple(
            _vehicle_now(problem, plan, vehicle_id, at_s) for vehicle_id in near_vehicles(problem)
        ),
    )


def _vehicle_now(problem: ConvoyProblem, plan: Plan, vehicle_id: str, at_s: int) -> VehicleNow:
    trips = sorted(
        (t for t in plan.trips if t.vehicle_id == vehicle_id and t.depart_s <= at_s),
        key=lambda t: t.depart_s,
    )
    homes = [h for h in plan.returns if h.vehicle_id == vehicle_id and h.depart_s <= at_s]
    depot = next(v.depot_id for v in problem.vehicles if v.vehicle_id == vehicle_id)
    if not trips or any(home.window_id == trips[-1].window_id for home in homes):
        free_s = max([at_s, *(home.arrive_s for home in homes)])
        return VehicleNow(vehicle_id, depot, free_s)
    last = trips[-1]
    out_s = min(t.depart_s for t in trips if t.window_id == last.window_id)
    line = line_of(problem, last.window_id)
    if last.queue_arrive_s <= at_s:
        return VehicleNow(vehicle_id, line, max(at_s, last.released_s), last.window_id, out_s)
    return _under_way(last, line, out_s, at_s)


def line_of(problem: ConvoyProblem, window_id: str) -> str:
    """Return the place of a window's crossing."""
    crossing_id = next(w.crossing_id for w in problem.windows if w.window_id == window_id)
    return next(c.place_id for c in problem.crossings if c.crossing_id == crossing_id)


def _under_way(trip: Trip, line: str, out_s: int, at_s: int) -> VehicleNow:
    made = tuple(stop for stop in trip.stops if stop.arrive_s <= at_s)
    so_far = TripSoFar(trip.trip_id, trip.window_id, trip.origin_id, trip.depart_s, made)
    if made and at_s < made[-1].depart_s:
        return VehicleNow(
            trip.vehicle_id, made[-1].place_id, made[-1].depart_s, trip.window_id, out_s,
            trip=so_far,
        )  # fmt: skip
    ahead: Sequence[tuple[str, int]] = [
        *((stop.place_id, stop.arrive_s) for stop in trip.stops[len(made) :]),
        (line, trip.queue_arrive_s),
    ]
    begun = (made[-1].place_id, made[-1].depart_s) if made else (trip.origin_id, trip.depart_s)
    return VehicleNow(
        trip.vehicle_id, ahead[0][0], ahead[0][1], trip.window_id, out_s, begun[0], begun[1], so_far
    )
