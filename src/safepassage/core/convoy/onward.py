"""Onward trips: from the crossing to the reception centres (docs/spec/05-convoy.md §16).

List scheduling in the order in which people are released: the vehicle that can start first takes
those who wait longest and as many more for the same centre as it holds. Several patiences are
tried; a group that no vehicle can take within its crew hours is handed back, so that the plan does
not promise it a place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from safepassage.core.convoy.left import Reach, service_s
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    OnwardStop,
    OnwardTrip,
    SeatCount,
    TravelGroup,
    Trip,
    Vehicle,
    VehicleReturn,
    Window,
)

PATIENCES_S = (600, 1800, 3600, 7200, 14400)
"""How long an onward vehicle waits for people still on their way to it."""


@dataclass(frozen=True, slots=True)
class OnwardPlan:
    """Onward trips, each group's trip id, and the tokens of groups that nobody can take on."""

    trips: tuple[OnwardTrip, ...]
    trip_of: Mapping[str, str]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Waiting:
    group: TravelGroup
    centre: str
    released_s: int


@dataclass(slots=True)
class _Shift:
    """One vehicle in one window.

    Parameters
    ----------
    to_line_s
        Drive from its depot to the crossing.
    free_s
        At the crossing, empty.
    began_s
        First boarding; None while it has no trip.
    since_s
        On duty since: left its depot, or boarded after its last break.
    """

    vehicle: int
    to_line_s: int
    free_s: int
    began_s: int | None = None
    since_s: int | None = None
    count: int = 0


@dataclass(slots=True)
class _Builder:
    """The onward trips made so far; grows while windows are worked through in order of time."""

    problem: ConvoyProblem
    reach: Reach
    patience_s: int
    near_spans: Mapping[str, Sequence[tuple[int, int]]]
    home_s: dict[int, int] = field(default_factory=dict)
    trips: list[OnwardTrip] = field(default_factory=list)
    trip_of: dict[str, str] = field(default_factory=dict)
    failed: list[TravelGroup] = field(default_factory=list)

    def plan(self) -> OnwardPlan:
        """Return what has been built."""
        failed = tuple(group.token for group in self.failed)
        return OnwardPlan(tuple(self.trips), dict(self.trip_of), failed)


def plan_onward(
    problem: ConvoyProblem,
    trips: Sequence[Trip],
    returns: Sequence[VehicleReturn],
    centre_of: Mapping[str, str],
) -> OnwardPlan:
    """Plan who takes each group on, and when.

    Parameters
    ----------
    trips, returns
        The near side's plan.
    centre_of
        Reception centre of each planned group, by token.

    Returns
    -------
    OnwardPlan
        Of the patience that hands back the least value; the shortest if several do.
    """
    best: _Builder | None = None
    for patience_s in PATIENCES_S:
        builder = _Builder(problem, Reach(problem), patience_s, _near_spans(trips, returns))
        _work_through(builder, trips, centre_of)
        if best is None or _lost(builder) < _lost(best):
            best = builder
        if not builder.failed:
            break
    return best.plan() if best is not None else OnwardPlan((), {}, ())


def _lost(builder: _Builder) -> int:
    return sum(group.value for group in builder.failed)


def _near_spans(
    trips: Sequence[Trip], returns: Sequence[VehicleReturn]
) -> dict[str, list[tuple[int, int]]]:
    first: dict[tuple[str, str], int] = {}
    for trip in trips:
        key = (trip.vehicle_id, trip.window_id)
        first[key] = min(trip.depart_s, first.get(key, trip.depart_s))
    spans: dict[str, list[tuple[int, int]]] = {}
    for back in returns:
        span = (first[back.vehicle_id, back.window_id], back.arrive_s)
        spans.setdefault(back.vehicle_id, []).append(span)
    return spans


def _work_through(builder: _Builder, trips: Sequence[Trip], centre_of: Mapping[str, str]) -> None:
    groups = {group.token: group for group in builder.problem.groups}
    windows = list(enumerate(builder.problem.windows))
    for index, window in sorted(windows, key=lambda pair: (pair[1].opens_s, pair[0])):
        waiting = [
            _Waiting(groups[token], centre_of[token], trip.released_s)
            for trip in trips
            if trip.window_id == window.window_id
            for stop in trip.stops
            for token in stop.boards
        ]
        waiting.sort(key=lambda one: (one.released_s, one.group.token))
        _serve_window(builder, window, builder.reach.crossing_of[index], waiting)


def _serve_window(
    builder: _Builder, window: Window, crossing: Crossing, waiting: list[_Waiting]
) -> None:
    shifts = _shifts(builder, window, crossing)
    while waiting:
        made = _next_trip(builder, window, crossing, shifts, waiting)
        if made is None:
            builder.failed.append(waiting.pop(0).group)
            continue
        aboard = {token for stop in made.stops for token in stop.alights}
        waiting[:] = [one for one in waiting if one.group.token not in aboard]
    for shift in shifts:
        if shift.began_s is not None:
            home = builder.reach.time_s(
                shift.vehicle, crossing.place_id, _depot(builder, shift.vehicle)
            )
            builder.home_s[shift.vehicle] = shift.free_s + (home or 0)


def _depot(builder: _Builder, vehicle: int) -> str:
    return builder.problem.vehicles[vehicle].depot_id


def _shifts(builder: _Builder, window: Window, crossing: Crossing) -> list[_Shift]:
    shifts = []
    for vehicle in builder.reach.far_side(crossing):
        drive = builder.reach.time_s(vehicle, _depot(builder, vehicle), crossing.place_id)
        if drive is not None:
            leaves = max(window.movement_from_s, builder.home_s.get(vehicle, -(10**9)))
            shifts.append(_Shift(vehicle, drive, leaves + drive))
    return shifts


def _next_trip(
    builder: _Builder,
    window: Window,
    crossing: Crossing,
    shifts: Sequence[_Shift],
    waiting: Sequence[_Waiting],
) -> OnwardTrip | None:
    """Make the trip that takes the first who waits, by the vehicle that can start first."""
    options = [
        (made.boards_from_s, -_would_take(builder, shift, waiting), i)
        for i, shift in enumerate(shifts)
        if (made := _drive(builder, crossing, shift, [waiting[0]], window)) is not None
    ]
    if not options:
        return None
    start, _, chosen = min(options)
    shift = shifts[chosen]
    scarce = sum(1 for option in options if option[0] <= start) == 1
    load = _fill(builder, window, crossing, shift, waiting, scarce=scarce)
    made = _drive(builder, crossing, shift, load, window)
    if made is None:
        return None
    _commit(builder, shift, made)
    return made


def _would_take(builder: _Builder, shift: _Shift, waiting: Sequence[_Waiting]) -> int:
    """Return how many of those who wait for the first one's centre fit, less empty seats / 1000."""
    capacity = builder.problem.vehicles[shift.vehicle].usable
    start = max(shift.free_s, waiting[0].released_s) + builder.patience_s
    load = SeatCount()
    for one in waiting:
        if one.centre == waiting[0].centre and one.released_s <= start:
            load = load + one.group.load if capacity.holds(load + one.group.load) else load
    return 1000 * load.persons - capacity.places.persons


def _fill(
    builder: _Builder,
    window: Window,
    crossing: Crossing,
    shift: _Shift,
    waiting: Sequence[_Waiting],
    *,
    scarce: bool,
) -> list[_Waiting]:
    latest = max(shift.free_s, waiting[0].released_s) + builder.patience_s
    soon = [one for one in waiting if one.released_s <= latest]
    home = waiting[0].centre
    order = [one for one in soon if one.centre == home]
    if scarce:
        order += [one for one in soon if one.centre != home]
    load: list[_Waiting] = []
    for one in order:
        if _drive(builder, crossing, shift, [*load, one], window) is not None:
            load.append(one)
    return load


def _drive(
    builder: _Builder,
    crossing: Crossing,
    shift: _Shift,
    load: Sequence[_Waiting],
    window: Window,
) -> OnwardTrip | None:
    """Return the trip of a vehicle with a load, or None if a rule excludes it."""
    vehicle = builder.problem.vehicles[shift.vehicle]
    if not _may_share(load) or not vehicle.usable.holds(_load_of(load)):
        return None
    home = builder.reach.time_s(shift.vehicle, crossing.place_id, vehicle.depot_id)
    if home is None:
        return None
    for start in _starts(vehicle, shift, load[0].released_s):
        made = _timed(builder, crossing, shift, load, start, window.window_id)
        if made is not None and _may_be_driven(builder, vehicle, shift, made, home):
            return made
    return None


def _starts(vehicle: Vehicle, shift: _Shift, released_s: int) -> list[int]:
    """Return the moments to begin boarding that are worth a trial: at once, or after a rest."""
    earliest = max(shift.free_s, released_s)
    later = [begins_s + shift.to_line_s for begins_s, _ends_s in vehicle.shifts]
    if vehicle.break_after_s is not None and shift.began_s is not None:
        later.append(shift.free_s + vehicle.break_s)
    return [earliest, *sorted(start for start in later if start > earliest)]


def _may_be_driven(
    builder: _Builder, vehicle: Vehicle, shift: _Shift, made: OnwardTrip, home_s: int
) -> bool:
    """Return whether hours, shift, breaks and other duties of the crew allow the trip."""
    began = made.boards_from_s if shift.began_s is None else shift.began_s
    leaves, back = began - shift.to_line_s, made.back_s + home_s
    if back - leaves > vehicle.crew_s:
        return False
    if vehicle.shifts and not any(a <= leaves and back <= b for a, b in vehicle.shifts):
        return False
    limit_s = vehicle.break_after_s
    if limit_s is not None and made.stops[-1].depart_s - _since(vehicle, shift, made) > limit_s:
        return False
    near = builder.near_spans.get(vehicle.vehicle_id, ())
    return not any(leaves < b and a < back for a, b in near)


def _since(vehicle: Vehicle, shift: _Shift, made: OnwardTrip) -> int:
    """Return since when the crew would be on duty without a break (§35)."""
    if shift.since_s is None:
        return made.boards_from_s - shift.to_line_s
    rested = made.boards_from_s - shift.free_s >= vehicle.break_s
    return made.boards_from_s if rested else shift.since_s


def _may_share(load: Sequence[_Waiting]) -> bool:
    tokens = {one.group.token for one in load}
    return not any(one.group.apart_from & tokens for one in load)


def _load_of(load: Sequence[_Waiting]) -> SeatCount:
    total = SeatCount()
    for one in load:
        total = total + one.group.load
    return total


def _timed(
    builder: _Builder,
    crossing: Crossing,
    shift: _Shift,
    load: Sequence[_Waiting],
    start_s: int,
    window_id: str,
) -> OnwardTrip | None:
    """Return the trip; while a centre is still shut the vehicle waits before it drives there."""
    service = builder.problem.service
    boarded = start_s
    for one in sorted(load, key=lambda one: (one.released_s, one.group.token)):
        boarded = max(boarded, one.released_s) + service_s(service.boarding_s, one.group.load)
    stops: list[OnwardStop] = []
    moment, here, leaves = boarded, crossing.place_id, boarded
    for centre in dict.fromkeys(one.centre for one in load):
        place = builder.reach.centre_by_id[centre].place_id
        drive = builder.reach.time_s(shift.vehicle, here, place)
        waits = _waits_s(builder, centre, moment, drive)
        if drive is None or waits is None:
            return None
        if not stops:
            start_s, leaves = start_s + waits, leaves + waits
        else:
            last = stops.pop()
            stops.append(replace(last, depart_s=last.depart_s + waits))
        moment += waits
        out = [one.group for one in load if one.centre == centre]
        stay = service.stop_s + sum(service_s(service.alighting_s, group.load) for group in out)
        tokens = tuple(sorted(group.token for group in out))
        stops.append(OnwardStop(centre, moment + drive, moment + drive + stay, tokens))
        moment, here = moment + drive + stay, place
    back = builder.reach.time_s(shift.vehicle, here, crossing.place_id)
    if back is None:
        return None
    vehicle_id = builder.problem.vehicles[shift.vehicle].vehicle_id
    trip_id = f"{window_id}/{vehicle_id}/on-{shift.count + 1:02d}"
    return OnwardTrip(trip_id, vehicle_id, window_id, start_s, leaves, tuple(stops), moment + back)


def _waits_s(builder: _Builder, centre_id: str, from_s: int, drive_s: int | None) -> int | None:
    """Return how long to wait so as to arrive while the centre receives (§37); None: never."""
    receives = builder.reach.centre_by_id[centre_id].receives
    if drive_s is None:
        return None
    arrives = from_s + drive_s
    return min(
        (max(0, a - arrives) for a, b in receives if arrives <= b), default=None if receives else 0
    )


def _commit(builder: _Builder, shift: _Shift, made: OnwardTrip) -> None:
    shift.since_s = _since(builder.problem.vehicles[shift.vehicle], shift, made)
    if shift.began_s is None:
        shift.began_s = made.boards_from_s
    shift.free_s = made.back_s
    shift.count += 1
    builder.trips.append(made)
    for stop in made.stops:
        for token in stop.alights:
            builder.trip_of[token] = made.trip_id
