"""What each group could use if it were alone in the world: the rules of §20 in their order."""

from __future__ import annotations

from collections.abc import Iterable
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
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    LeftReason,
    ReceptionCentre,
    TravelGroup,
)

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
            and self.is_across(self.crossing_of[way.window], centre)
            and self._onward_fits(group, way, vehicle, centre)
            for vehicle, centre in self._onward_choices(group, way)
        )

    def is_across(self, crossing: Crossing, centre_id: str) -> bool:
        """Return whether the centre is on the side that the crossing leads to, if that is known."""
        sides, centres = self.problem.centre_side, self.problem.centres
        return not sides or any(
            one.centre_id == centre_id and side == crossing.to_side
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
