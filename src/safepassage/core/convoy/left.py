"""Why a household is not planned: the first rule that excludes it (docs/spec/05-convoy.md §20).

Some rules exclude a group whatever else is planned: no seat, no road, no place, no window. They are
tested here one after the other, on one group alone with every vehicle free. A group that passes
them all and is still not planned competes with others: for the crossing or for the fleet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.alone import (
    NearWay,
    OnwardWay,
    released_s,
    sleeps,
    taken_on,
)
from safepassage.core.convoy.alone import service_s as service_s
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    Left,
    LeftReason,
    ReceptionCentre,
    SeatCount,
    TravelGroup,
    Trip,
    Window,
)
from safepassage.units import format_duration

BUSY_SHARE = 0.85
"""Share of a window's lane time in use from which the crossing, not the fleet, is named."""

_REASONS = (
    LeftReason.NO_SEAT_OF_KIND,
    LeftReason.NO_ROAD,
    LeftReason.NO_PLACE_AT_CENTRE,
    LeftReason.TIME_ABOARD,
    LeftReason.WINDOW,
    LeftReason.FLEET,
)

WHATEVER_THE_PLAN = frozenset(_REASONS[:3])
"""Reasons that exclude a group in every plan; the later ones yield to places taken by others."""


@dataclass(frozen=True, slots=True)
class Way:
    """One vehicle in one window: a way in which a group might be carried to a crossing."""

    vehicle: int
    window: int


class Reach:
    """What each group could use if it were alone in the world.

    Parameters
    ----------
    problem
        With all the groups that may be asked about.
    """

    def __init__(self, problem: ConvoyProblem) -> None:
        self.problem = problem
        self._answers: dict[tuple[object, ...], tuple[tuple[Way, ...], LeftReason | None]] = {}

    @cached_property
    def place_index(self) -> dict[str, int]:
        """Row of each place in the matrices."""
        return {place: row for row, place in enumerate(self.problem.matrices.place_ids)}

    @cached_property
    def crossing_of(self) -> tuple[Crossing, ...]:
        """The crossing of each window."""
        by_id = {crossing.crossing_id: crossing for crossing in self.problem.crossings}
        return tuple(by_id[window.crossing_id] for window in self.problem.windows)

    @cached_property
    def centre_by_id(self) -> dict[str, ReceptionCentre]:
        """Reception centres by id."""
        return {centre.centre_id: centre for centre in self.problem.centres}

    def time_s(self, vehicle: int, *places: str) -> int | None:
        """Return the driving time of a vehicle along places, or None where there is no way."""
        rows = [self.place_index.get(place, -1) for place in places]
        if min(rows) < 0:
            return None
        matrix: NDArray[np.int32] = self.problem.matrices.matrices[
            self.problem.vehicle_matrix[vehicle]
        ].travel_time_s
        legs = [int(matrix[a, b]) for a, b in pairwise(rows)]
        return None if min(legs) < 0 else sum(legs)

    def near_side(self, crossing: Crossing) -> list[int]:
        """Vehicles that bring people to the crossing (§5)."""
        return self._of_side(crossing.from_side)

    def far_side(self, crossing: Crossing) -> list[int]:
        """Vehicles that take people on from the crossing (§5)."""
        return self._of_side(crossing.to_side)

    def _of_side(self, side: str) -> list[int]:
        return [v for v, of in enumerate(self.problem.vehicle_side) if of == side]

    def ways(self, group: TravelGroup) -> tuple[tuple[Way, ...], LeftReason | None]:
        """Return the ways in which a group alone could be carried, or the reason for none.

        Returns
        -------
        tuple
            The ways, and None; or an empty tuple and the first reason that excludes the last.
        """
        key = (group.place_id, group.load, group.ready_s, group.centres, group.door)
        if key not in self._answers:
            self._answers[key] = self._find_ways(group)
        return self._answers[key]

    def _find_ways(self, group: TravelGroup) -> tuple[tuple[Way, ...], LeftReason | None]:
        ways = tuple(
            Way(vehicle, window)
            for window, crossing in enumerate(self.crossing_of)
            for vehicle in self.near_side(crossing)
        )
        tests = (self._seats, self._road, self._place, self._aboard, self._window, self._onward)
        for test, reason in zip(tests, _REASONS, strict=True):
            ways = tuple(way for way in ways if test(group, way))
            if not ways:
                return (), reason
        return ways, None

    def _seats(self, group: TravelGroup, way: Way) -> bool:
        vehicles = self.problem.vehicles
        return vehicles[way.vehicle].usable.holds(group.load) and any(
            vehicles[onward].usable.holds(group.load)
            for onward in self.far_side(self.crossing_of[way.window])
        )

    def _road(self, group: TravelGroup, way: Way) -> bool:
        return self.round_trip_s(group, way) is not None and any(
            self.onward_trip_s(vehicle, self.crossing_of[way.window], centre) is not None
            for vehicle, centre in self._onward_choices(group, way)
        )

    def _place(self, group: TravelGroup, way: Way) -> bool:
        return any(
            sleeps(group, self.centre_by_id[centre])
            and self.onward_trip_s(vehicle, self.crossing_of[way.window], centre) is not None
            for vehicle, centre in self._onward_choices(group, way)
        )

    def _aboard(self, group: TravelGroup, way: Way) -> bool:
        limit = self.problem.max_aboard_s
        crossing = self.crossing_of[way.window]
        drive = self.time_s(way.vehicle, group.place_id, crossing.place_id)
        muster = crossing.convoy.muster_s if crossing.convoy is not None else 0
        return limit is None or (
            drive is not None
            and drive + muster + crossing.screening.duration_s(group.load) <= limit
        )

    def _onward(self, group: TravelGroup, way: Way) -> bool:
        return any(
            sleeps(group, self.centre_by_id[centre])
            and self._is_across(way, centre)
            and self._onward_fits(group, way, vehicle, centre)
            for vehicle, centre in self._onward_choices(group, way)
        )

    def _is_across(self, way: Way, centre_id: str) -> bool:
        """Return whether the centre is on the side that the crossing leads to, if that is known."""
        sides = self.problem.centre_side
        to_side = self.crossing_of[way.window].to_side
        centres = self.problem.centres
        return not sides or any(
            one.centre_id == centre_id and side == to_side
            for one, side in zip(centres, sides, strict=True)
        )

    def _onward_choices(self, group: TravelGroup, way: Way) -> Iterable[tuple[int, str]]:
        for vehicle in self.far_side(self.crossing_of[way.window]):
            if self.problem.vehicles[vehicle].usable.holds(group.load):
                for centre in group.centres:
                    yield vehicle, centre

    def round_trip_s(self, group: TravelGroup, way: Way) -> int | None:
        """Return the driving time depot, pick-up, crossing, depot, or None."""
        depot = self.problem.vehicles[way.vehicle].depot_id
        crossing = self.crossing_of[way.window].place_id
        return self.time_s(way.vehicle, depot, group.place_id, crossing, depot)

    def onward_trip_s(self, vehicle: int, crossing: Crossing, centre_id: str) -> int | None:
        """Return the driving time depot, crossing, centre, crossing, or None."""
        depot, line = self.problem.vehicles[vehicle].depot_id, crossing.place_id
        place = self.centre_by_id[centre_id].place_id
        return self.time_s(vehicle, depot, line, place, line)

    def _window(self, group: TravelGroup, way: Way) -> bool:
        return released_s(self.problem, group, self.near_way(group, way)) is not None

    def _onward_fits(self, group: TravelGroup, way: Way, vehicle: int, centre_id: str) -> bool:
        near = self.near_way(group, way)
        from_s = released_s(self.problem, group, near)
        onward = self.onward_way(vehicle, near.crossing, self.centre_by_id[centre_id])
        return from_s is not None and taken_on(self.problem, group, near, onward, from_s)

    def near_way(self, group: TravelGroup, way: Way) -> NearWay:
        """Return the drives of a way in which the group might be carried."""
        vehicle, crossing = self.problem.vehicles[way.vehicle], self.crossing_of[way.window]
        route = (vehicle.depot_id, group.place_id, crossing.place_id, vehicle.depot_id)
        one, two, three = (self.time_s(way.vehicle, a, b) for a, b in pairwise(route))
        return NearWay(vehicle, crossing, self.problem.windows[way.window], (one, two, three))

    def onward_way(self, vehicle: int, crossing: Crossing, centre: ReceptionCentre) -> OnwardWay:
        """Return the drives of a vehicle from the crossing to a centre and home."""
        depot, line = self.problem.vehicles[vehicle].depot_id, crossing.place_id
        route = (depot, line, centre.place_id, line, depot)
        one, two, three, four = (self.time_s(vehicle, a, b) for a, b in pairwise(route))
        return OnwardWay(self.problem.vehicles[vehicle], centre, (one, two, three, four))


_SENTENCE = {
    LeftReason.NO_SEAT_OF_KIND: (
        "No vehicle of the near side, or none of the far side, has places for {load} at once."
    ),
    LeftReason.NO_ROAD: (
        "No vehicle with fitting places can drive from its depot to {place}, on to a crossing and "
        "home, or none can go on from there to an accepted reception centre and back."
    ),
    LeftReason.NO_PLACE_AT_CENTRE: "No accepted reception centre has places for {load}.",
    LeftReason.TIME_ABOARD: (
        "From {place} even the direct way to the end of screening is longer than {aboard} aboard."
    ),
    LeftReason.WINDOW: (
        "No window, with its margin and the hours of the crews, is long enough for a round trip to "
        "{place}."
    ),
    LeftReason.FLEET: (
        "No onward vehicle can take it to an accepted centre within its hours and the centre's."
    ),
}


def describe_load(load: SeatCount) -> str:
    """Return persons by seat kind in words, e.g. ``3 seated, 1 on a stretcher``."""
    parts = (
        (load.seated, "seated"),
        (load.wheelchair, "in a wheelchair"),
        (load.stretcher, "on a stretcher"),
    )
    return ", ".join(f"{count} {word}" for count, word in parts if count) or "nobody"


def exclusion_sentence(problem: ConvoyProblem, group: TravelGroup, reason: LeftReason) -> str:
    """Return the sentence that says why `reason` excludes `group`."""
    return _SENTENCE[reason].format(
        load=describe_load(group.load),
        place=f"place {group.place_id}" if group.place_id else "its pick-up (no place is given)",
        aboard=format_duration(problem.max_aboard_s or 0),
    )


def leave_rows(
    group: TravelGroup, persons: Mapping[str, int], reason: LeftReason, detail: str
) -> list[Left]:
    """Return one :class:`Left` for each row of a group."""
    return [Left(token, persons[token], reason, detail) for token in group.household_tokens]


def explain_left(
    problem: ConvoyProblem,
    unplanned: Sequence[TravelGroup],
    trips: Sequence[Trip],
    free_places: Mapping[str, tuple[int, int]],
    no_onward: frozenset[str],
) -> list[Left]:
    """Say why each unplanned group is left: what it lost to other groups.

    Parameters
    ----------
    problem
        As planned.
    unplanned
        Groups without a trip.
    trips
        The plan's trips, for the use of the crossings.
    free_places
        For each centre the places left, in all and accessible.
    no_onward
        Tokens of groups taken out again because no onward vehicle was free for them.
    """
    reach = Reach(problem)
    used = _lane_use(problem, trips)
    left: list[Left] = []
    for group in unplanned:
        reason, detail = _lost_to_others(reach, group, used, free_places, no_onward)
        left += leave_rows(group, _persons(group), reason, detail)
    return left


def _persons(group: TravelGroup) -> dict[str, int]:
    sizes = group.household_persons or (group.load.persons,)
    return dict(zip(group.household_tokens, sizes, strict=True))


def _lost_to_others(
    reach: Reach,
    group: TravelGroup,
    used: Mapping[str, float],
    free_places: Mapping[str, tuple[int, int]],
    no_onward: frozenset[str],
) -> tuple[LeftReason, str]:
    ways, reason = reach.ways(group)
    if reason in WHATEVER_THE_PLAN:
        return reason, exclusion_sentence(reach.problem, group, reason)
    if not _place_free(group, free_places):
        return LeftReason.NO_PLACE_AT_CENTRE, (
            f"All places for {describe_load(group.load)} at the accepted reception centres go to "
            "other groups."
        )
    if reason is not None:
        return reason, exclusion_sentence(reach.problem, group, reason)
    if group.token in no_onward:
        return LeftReason.FLEET, "No onward vehicle is free for it within its crew hours."
    windows = {reach.problem.windows[way.window] for way in ways}
    busiest = min(windows, key=lambda window: (used[window.window_id], window.window_id))
    share = used[busiest.window_id]
    if share >= BUSY_SHARE:
        return LeftReason.THROUGHPUT, (
            f"Screening is in use for {share:.0%} or more of every window open to it; groups with "
            "more weight for the time they take go first."
        )
    return LeftReason.FLEET, (
        "Every fitting vehicle is taken by groups with more weight for the time they take."
    )


def _place_free(group: TravelGroup, free_places: Mapping[str, tuple[int, int]]) -> bool:
    accessible = group.load.wheelchair + group.load.stretcher
    return any(
        group.load.persons <= free_places[centre][0] and accessible <= free_places[centre][1]
        for centre in group.centres
    )


def _lane_use(problem: ConvoyProblem, trips: Sequence[Trip]) -> dict[str, float]:
    busy = {window.window_id: 0 for window in problem.windows}
    for trip in trips:
        busy[trip.window_id] += trip.screening_end_s - trip.screening_start_s
    lanes = {crossing.crossing_id: crossing.lanes for crossing in problem.crossings}
    return {
        window.window_id: busy[window.window_id]
        / max(1, lanes[window.crossing_id] * _open_s(window))
        for window in problem.windows
    }


def _open_s(window: Window) -> int:
    return window.last_through_s - window.opens_s
