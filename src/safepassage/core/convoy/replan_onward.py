"""Onward trips for the rest of a day: those who are across and those who will be (§16, §86)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safepassage.core.convoy.left import Reach
from safepassage.core.convoy.onward import (
    PATIENCES_S,
    _Builder,
    _next_trip,
    _Shift,
    _Waiting,
)
from safepassage.core.convoy.replan_events import Day
from safepassage.core.convoy.types import Crossing, OnwardTrip, Trip, Window


@dataclass(frozen=True, slots=True)
class OnwardRest:
    """New onward trips, each group's trip, and the groups that no vehicle can take."""

    trips: tuple[OnwardTrip, ...]
    trip_of: Mapping[str, str]
    failed: tuple[str, ...]


def plan_onward_rest(
    day: Day,
    trips: Sequence[Trip],
    centre_of: Mapping[str, str],
    promised: Sequence[OnwardTrip] = (),
) -> OnwardRest:
    """Plan who takes each group on that has not left the crossing yet.

    Parameters
    ----------
    trips
        All trips to the crossing, those done included.
    centre_of
        Reception centre of every group aboard them.
    promised
        Onward trips of the old plan: their vehicles have set out when it was time to.
    """
    best: _Builder | None = None
    for patience_s in PATIENCES_S:
        builder = _Builder(day.problem, Reach(day.problem), patience_s, {})
        for index, window in enumerate(day.problem.windows):
            crossing = builder.reach.crossing_of[index]
            shifts = _shifts(day, builder, window, crossing, promised)
            _serve(builder, window, crossing, shifts, _waiting(day, window, trips, centre_of))
        if best is None or len(builder.failed) < len(best.failed):
            best = builder
        if not builder.failed:
            break
    assert best is not None  # noqa: S101 - there is a patience
    made = best.plan()
    return OnwardRest(made.trips, made.trip_of, made.failed)


def _waiting(
    day: Day, window: Window, trips: Sequence[Trip], centre_of: Mapping[str, str]
) -> list[_Waiting]:
    gone = {token for one in day.state.onward for stop in one.stops for token in stop.alights}
    groups = {group.token: group for group in day.problem.groups}
    waiting = [
        _Waiting(groups[token], centre_of[token], trip.released_s)
        for trip in trips
        if trip.window_id == window.window_id
        for stop in trip.stops
        for token in stop.boards
        if token not in gone and token in centre_of
    ]
    return sorted(waiting, key=lambda one: (one.released_s, one.group.token))


def _serve(
    builder: _Builder,
    window: Window,
    crossing: Crossing,
    shifts: Sequence[_Shift],
    waiting: list[_Waiting],
) -> None:
    while waiting:
        made = _next_trip(builder, window, crossing, shifts, waiting)
        if made is None:
            builder.failed.append(waiting.pop(0).group)
            continue
        aboard = {token for stop in made.stops for token in stop.alights}
        waiting[:] = [one for one in waiting if one.group.token not in aboard]


def _shifts(
    day: Day,
    builder: _Builder,
    window: Window,
    crossing: Crossing,
    promised: Sequence[OnwardTrip],
) -> list[_Shift]:
    shifts = []
    for v in builder.reach.far_side(crossing):
        vehicle = builder.problem.vehicles[v]
        drive = builder.reach.time_s(v, vehicle.depot_id, crossing.place_id)
        if drive is None or vehicle.vehicle_id in day.lost:
            continue
        duty = (vehicle.vehicle_id, window.window_id)
        made = _of_duty(day.state.onward, duty)
        if made:
            began = min(one.boards_from_s for one in made)
            free = max(day.state.at_s, *(one.back_s for one in made))
            shifts.append(_Shift(v, drive, free, began, began - drive, count=len(made)))
        else:
            there = _there_s(day, window, drive, _of_duty(promised, duty))
            shifts.append(_Shift(v, drive, there))
    return shifts


def _of_duty(trips: Sequence[OnwardTrip], duty: tuple[str, str]) -> list[OnwardTrip]:
    return [one for one in trips if (one.vehicle_id, one.window_id) == duty]


def _there_s(day: Day, window: Window, drive_s: int, promised: Sequence[OnwardTrip]) -> int:
    """Return from when a vehicle that has not boarded anybody can be at the crossing."""
    at_s = day.state.at_s
    expected = min((one.boards_from_s for one in promised), default=at_s + drive_s)
    if expected - drive_s <= at_s:
        return max(expected, at_s)
    return max(window.movement_from_s, at_s) + drive_s
