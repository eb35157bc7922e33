"""What every peer is given: the near side of one window, in plain numbers.

A peer plans routes; it does not know of the queue. To give each its best chance, the time that a
person costs at the crossing (screening and alighting, one after the other) is part of the pick-up's
service time, so that a route ends when its people are through an empty crossing and the vehicle is
free again. `cut_s` shortens the window by which that must be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    Itinerary,
    SeatCount,
    TravelGroup,
    Vehicle,
    Window,
)

Load = tuple[int, ...]
"""Indices of the groups that board, in order."""

UNBOUNDED = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One window of a problem as a peer sees it.

    Parameters
    ----------
    near
        Indices of the vehicles that may serve the crossing.
    group_place
        int64[g], row of each group's pick-up in the matrices.
    depot_place
        int64[v], row of the depot of each near vehicle.
    matrices
        For each near vehicle, the index into `travel_s`.
    travel_s
        int64[m, p, p].
    boarding_s, crossing_s
        int64[g]: boarding, and what the group costs at the crossing besides the vehicle's own time.
    demand, capacity
        int64[g, d] and int64[v, d]: exact for seats, wheelchairs and stretchers with
        convertible places (one dimension for each number of seats lost).
    """

    problem: ConvoyProblem
    window: Window
    crossing: Crossing
    near: tuple[int, ...]
    gate: int
    group_place: NDArray[np.int64]
    depot_place: NDArray[np.int64]
    matrices: tuple[int, ...]
    travel_s: NDArray[np.int64]
    boarding_s: NDArray[np.int64]
    crossing_s: NDArray[np.int64]
    value: NDArray[np.int64]
    persons: NDArray[np.int64]
    demand: NDArray[np.int64]
    capacity: NDArray[np.int64]

    @property
    def groups(self) -> tuple[TravelGroup, ...]:
        """The groups to plan."""
        return self.problem.groups

    @property
    def vehicles(self) -> tuple[Vehicle, ...]:
        """The near vehicles."""
        return tuple(self.problem.vehicles[index] for index in self.near)

    @property
    def horizon_s(self) -> int:
        """Seconds from the first movement to the close."""
        return self.window.closes_s - self.window.movement_from_s

    def fits(self, load: Load, vehicle: int) -> bool:
        """Return whether the groups fit near vehicle `vehicle`."""
        return bool((self.demand[list(load)].sum(axis=0) <= self.capacity[vehicle]).all())

    def itineraries(self, loads: list[list[Load]]) -> tuple[Itinerary, ...]:
        """Return the loads of each near vehicle, in order, as the judge wants them."""
        return tuple(
            self.itinerary(vehicle, load)
            for vehicle, vehicle_loads in enumerate(loads)
            for load in vehicle_loads
            if load
        )

    def itinerary(self, vehicle: int, load: Load, not_before_s: int = 0) -> Itinerary:
        """Return one load; groups that board one after the other at a place share its stop."""
        stops: list[tuple[str, tuple[str, ...]]] = []
        for index in load:
            group = self.groups[index]
            if stops and stops[-1][0] == group.place_id:
                stops[-1] = (group.place_id, (*stops[-1][1], group.token))
            else:
                stops.append((group.place_id, (group.token,)))
        identity = (self.vehicles[vehicle].vehicle_id, self.window.window_id)
        return Itinerary(*identity, tuple(stops), not_before_s)

    def to_queue_s(self, vehicle: int, load: Load, *, first: bool) -> int:
        """Return the time from leaving the origin to the queue, nobody keeping it waiting."""
        travel_s = self.travel_s[self.matrices[vehicle]]
        place = int(self.depot_place[vehicle]) if first else self.gate
        total_s = 0
        for number, group in enumerate(load):
            at = int(self.group_place[group])
            if number == 0 or at != place:
                total_s += int(travel_s[place, at]) + self.problem.service.stop_s
            total_s += int(self.boarding_s[group])
            place = at
        return total_s + int(travel_s[place, self.gate])


def make_task(problem: ConvoyProblem) -> Task:
    """Return the only window of `problem` as a task.

    Raises
    ------
    ValueError
        If there is more than one window: the peers are compared on one.
    """
    if len(problem.windows) != 1:
        raise ValueError("peers are compared on instances with one window")
    window = problem.windows[0]
    crossing = next(c for c in problem.crossings if c.crossing_id == window.crossing_id)
    row = {place: index for index, place in enumerate(problem.matrices.place_ids)}
    near = tuple(i for i, side in enumerate(problem.vehicle_side) if side == crossing.from_side)
    vehicles = [problem.vehicles[index] for index in near]
    return Task(
        problem=problem,
        window=window,
        crossing=crossing,
        near=near,
        gate=row[crossing.place_id],
        group_place=_ints(row[group.place_id] for group in problem.groups),
        depot_place=_ints(row[vehicle.depot_id] for vehicle in vehicles),
        matrices=tuple(problem.vehicle_matrix[index] for index in near),
        travel_s=np.stack([_travel_s(m.travel_time_s) for m in problem.matrices.matrices]),
        boarding_s=_ints(_each(problem.service.boarding_s, g.load) for g in problem.groups),
        crossing_s=_ints(_at_crossing_s(problem, crossing, group) for group in problem.groups),
        value=_ints(group.value for group in problem.groups),
        persons=_ints(group.load.persons for group in problem.groups),
        **_seats(problem.groups, vehicles),
    )


def _travel_s(times_s: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return times with ten days where there is no way, which no peer will choose."""
    return np.where(times_s < 0, 864_000, times_s).astype(np.int64)


def _at_crossing_s(problem: ConvoyProblem, crossing: Crossing, group: TravelGroup) -> int:
    screening_s = crossing.screening.duration_s(group.load) - crossing.screening.vehicle_s
    return screening_s + _each(problem.service.alighting_s, group.load)


def _each(seconds: SeatCount, load: SeatCount) -> int:
    return (
        seconds.seated * load.seated
        + seconds.wheelchair * load.wheelchair
        + seconds.stretcher * load.stretcher
    )


def _seats(
    groups: tuple[TravelGroup, ...], vehicles: list[Vehicle]
) -> dict[str, NDArray[np.int64]]:
    """Return seats by kind as sums: seated + k x wheelchairs <= seats + k x wheelchair places."""
    lost = sorted({v.capacity.seats_per_convertible for v in vehicles})
    demand = [
        [g.load.stretcher, g.load.wheelchair, g.load.seated]
        + [g.load.seated + k * g.load.wheelchair for k in lost]
        for g in groups
    ]
    capacity = [_vehicle_seats(vehicle, lost) for vehicle in vehicles]
    return {"demand": np.array(demand, np.int64), "capacity": np.array(capacity, np.int64)}


def _vehicle_seats(vehicle: Vehicle, lost: list[int]) -> list[int]:
    capacity = vehicle.capacity
    places = capacity.places
    shared = [
        places.seated + k * places.wheelchair if k == capacity.seats_per_convertible else UNBOUNDED
        for k in lost
    ]
    wheelchairs = places.wheelchair + capacity.convertible_wheelchair
    return [places.stretcher, wheelchairs, places.seated, *shared]


def _ints(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64)
