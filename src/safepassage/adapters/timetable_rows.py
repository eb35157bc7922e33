"""A plan as three timetables: by vehicle, by pick-up point, by household (05 §51).

Every row carries its moments in seconds since the problem's epoch; the files and the screen turn
them into local time. Households are tokens here, never names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from safepassage.adapters.convoy_sheet import PlanView
from safepassage.adapters.plan_words import waits_from_s
from safepassage.core.agreement.wording import msg
from safepassage.core.convoy.types import (
    OnwardTrip,
    PlannedStop,
    SeatCount,
    TravelGroup,
    Trip,
)

NOBODY = SeatCount()


class Event(StrEnum):
    """What a vehicle does at a moment."""

    LEAVES = "leaves"
    PICK_UP = "pick_up"
    MUSTER = "muster"
    QUEUE = "queue"
    SCREENING = "screening"
    FREE = "free"
    BOARDING = "boarding"
    ARRIVAL = "arrival"
    BACK = "back"


EVENT_WORDS = {
    Event.LEAVES: msg("leaves"),
    Event.PICK_UP: msg("pick-up"),
    Event.MUSTER: msg("waits for the convoy"),
    Event.QUEUE: msg("joins the queue"),
    Event.SCREENING: msg("screening"),
    Event.FREE: msg("everybody has alighted"),
    Event.BOARDING: msg("boarding"),
    Event.ARRIVAL: msg("arrival at the centre"),
    Event.BACK: msg("back"),
}


@dataclass(frozen=True, slots=True)
class VehicleRow:
    """One thing that a vehicle does.

    Parameters
    ----------
    trip_id
        Empty for the way home.
    from_s, to_s
        Seconds since the epoch; equal for what takes no time.
    lane
        From 1, of a screening; 0 otherwise.
    load
        Who boards, is screened or alights.
    """

    vehicle_id: str
    vehicle_type: str
    window_id: str
    trip_id: str
    event: Event
    place_id: str
    from_s: int
    to_s: int
    lane: int = 0
    load: SeatCount = NOBODY


@dataclass(frozen=True, slots=True)
class PickUpRow:
    """One vehicle at one pick-up point.

    Parameters
    ----------
    tokens
        Households that board, sorted.
    """

    place_id: str
    window_id: str
    arrive_s: int
    depart_s: int
    vehicle_id: str
    vehicle_type: str
    trip_id: str
    load: SeatCount
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """The whole way of one household.

    Parameters
    ----------
    persons
        Of the household; of its whole group where nobody knows how that divides.
    ready_by_s
        The vehicle is there from then on.
    across_s, arrive_s
        Through the crossing; at the centre.
    """

    token: str
    group: str
    persons: int
    place_id: str
    window_id: str
    ready_by_s: int
    vehicle_id: str
    trip_id: str
    across_s: int
    onward_vehicle_id: str
    centre_id: str
    arrive_s: int


def by_vehicle(view: PlanView) -> tuple[VehicleRow, ...]:
    """Return what each vehicle does, vehicles by id, in order of time."""
    rows = [row for trip in view.plan.trips for row in _trip_rows(view, trip)]
    rows += [row for trip in view.plan.onward for row in _onward_rows(view, trip)]
    rows += _home_rows(view)
    return tuple(sorted(rows, key=lambda row: (row.vehicle_id, row.from_s, row.to_s)))


def by_pick_up(view: PlanView) -> tuple[PickUpRow, ...]:
    """Return who is fetched where and when, places by name, in order of time."""
    groups, types = _groups(view), _types(view)
    rows = [
        PickUpRow(
            place_id=stop.place_id,
            window_id=trip.window_id,
            arrive_s=stop.arrive_s,
            depart_s=stop.depart_s,
            vehicle_id=trip.vehicle_id,
            vehicle_type=types[trip.vehicle_id],
            trip_id=trip.trip_id,
            load=_load(groups, stop.boards),
            tokens=tuple(sorted(_household_tokens(groups, stop))),
        )
        for trip in view.plan.trips
        for stop in trip.stops
    ]
    return tuple(sorted(rows, key=lambda row: (view.name(row.place_id), row.arrive_s, row.trip_id)))


def by_household(view: PlanView) -> tuple[HouseholdRow, ...]:
    """Return the whole way of each planned household, by token."""
    groups = _groups(view)
    trips = {trip.trip_id: trip for trip in view.plan.trips}
    onward = {trip.trip_id: trip for trip in view.plan.onward}
    rows = []
    for one in view.plan.assignments:
        group, trip, then = groups[one.token], trips[one.trip_id], onward[one.onward_trip_id]
        stop = next(stop for stop in trip.stops if one.token in stop.boards)
        there = next(stop for stop in then.stops if one.token in stop.alights)
        whole = (group.load.persons,) * len(group.household_tokens)
        sizes = group.household_persons or whole
        for token, persons in zip(group.household_tokens, sizes, strict=True):
            rows.append(
                HouseholdRow(
                    token=token,
                    group=group.token,
                    persons=persons,
                    place_id=stop.place_id,
                    window_id=trip.window_id,
                    ready_by_s=stop.arrive_s,
                    vehicle_id=trip.vehicle_id,
                    trip_id=trip.trip_id,
                    across_s=trip.screening_end_s,
                    onward_vehicle_id=then.vehicle_id,
                    centre_id=one.centre_id,
                    arrive_s=there.arrive_s,
                )
            )
    return tuple(sorted(rows, key=lambda row: row.token))


def centre_places(view: PlanView) -> dict[str, str]:
    """Return the place of each reception centre by centre id."""
    return {centre.centre_id: centre.place_id for centre in view.problem.centres}


def _groups(view: PlanView) -> dict[str, TravelGroup]:
    return {group.token: group for group in view.problem.groups}


def _types(view: PlanView) -> dict[str, str]:
    return {vehicle.vehicle_id: vehicle.vehicle_type for vehicle in view.problem.vehicles}


def _line_of(view: PlanView, window_id: str) -> str:
    """Return the place of the crossing of a window."""
    crossing_id = next(w.crossing_id for w in view.problem.windows if w.window_id == window_id)
    return next(c.place_id for c in view.problem.crossings if c.crossing_id == crossing_id)


def _load(groups: dict[str, TravelGroup], tokens: Iterable[str]) -> SeatCount:
    return sum((groups[token].load for token in tokens), SeatCount())


def _household_tokens(groups: dict[str, TravelGroup], stop: PlannedStop) -> list[str]:
    return [row for token in stop.boards for row in groups[token].household_tokens]


def _trip_rows(view: PlanView, trip: Trip) -> list[VehicleRow]:
    groups, line = _groups(view), _line_of(view, trip.window_id)
    whole = _load(groups, (token for stop in trip.stops for token in stop.boards))

    def row(
        event: Event, place_id: str, from_s: int, to_s: int, lane: int = 0,
        load: SeatCount = NOBODY,
    ) -> VehicleRow:  # fmt: skip
        return VehicleRow(
            trip.vehicle_id, _types(view)[trip.vehicle_id], trip.window_id, trip.trip_id, event,
            place_id, from_s, to_s, lane, load,
        )  # fmt: skip

    rows = [row(Event.LEAVES, trip.origin_id, trip.depart_s, trip.depart_s)]
    rows += [
        row(Event.PICK_UP, stop.place_id, stop.arrive_s, stop.depart_s,
            load=_load(groups, stop.boards))
        for stop in trip.stops
    ]  # fmt: skip
    if trip.muster_arrive_s is not None:
        rows.append(row(Event.MUSTER, line, waits_from_s(trip), trip.queue_arrive_s))
    start, end = trip.screening_start_s, trip.screening_end_s
    rows.append(row(Event.QUEUE, line, trip.queue_arrive_s, start))
    rows.append(row(Event.SCREENING, line, start, end, trip.lane + 1, whole))
    rows.append(row(Event.FREE, line, trip.released_s, trip.released_s, load=whole))
    return rows


def _onward_rows(view: PlanView, trip: OnwardTrip) -> list[VehicleRow]:
    groups, line, places = _groups(view), _line_of(view, trip.window_id), centre_places(view)
    head = (trip.vehicle_id, _types(view)[trip.vehicle_id], trip.window_id, trip.trip_id)
    whole = _load(groups, (token for stop in trip.stops for token in stop.alights))
    rows = [VehicleRow(*head, Event.BOARDING, line, trip.boards_from_s, trip.depart_s, load=whole)]
    rows += [
        VehicleRow(
            *head, Event.ARRIVAL, places.get(stop.centre_id, stop.centre_id), stop.arrive_s,
            stop.depart_s, load=_load(groups, stop.alights),
        )
        for stop in trip.stops
    ]  # fmt: skip
    rows.append(VehicleRow(*head, Event.BACK, line, trip.back_s, trip.back_s))
    return rows


def _home_rows(view: PlanView) -> list[VehicleRow]:
    depots = {vehicle.vehicle_id: vehicle.depot_id for vehicle in view.problem.vehicles}
    return [
        VehicleRow(
            home.vehicle_id, _types(view)[home.vehicle_id], home.window_id, "", Event.BACK,
            depots[home.vehicle_id], home.arrive_s, home.arrive_s,
        )
        for home in view.plan.returns
    ]  # fmt: skip
