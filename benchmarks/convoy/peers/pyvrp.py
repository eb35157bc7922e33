"""PyVRP: heterogeneous fleet, the crossing as reload depot, prizes for optional clients."""

from __future__ import annotations

from collections import defaultdict
from importlib.metadata import version as installed

import numpy as np
from benchmarks.convoy.clock import CpuClock
from benchmarks.convoy.task import Load, Task
from numpy.typing import NDArray
from pyvrp import Client, Depot, Location, ProblemData, Route, VehicleType
from pyvrp import solve as run_pyvrp

from safepassage.core.convoy.types import Itinerary

CUTS_MIN = (0, 30, 60, 90)
PRIZE_PER_VALUE_S = 1_000
"""Seconds of driving that one priority-weighted person is worth: value first, then driving."""

MOST_RELOADS = 8


def version() -> str:
    """Return the version of PyVRP."""
    return installed("pyvrp")


def solve(task: Task, seed: int, cut_s: int, clock: CpuClock) -> tuple[Itinerary, ...]:
    """Run the iterated local search until the clock stops it."""
    kinds = _kinds(task)
    data = _data(task, kinds, task.horizon_s - cut_s)
    result = run_pyvrp(data, stop=lambda _best: clock.expired, seed=seed, collect_stats=False)
    loads: list[list[Load]] = [[] for _ in task.near]
    free = {kind: list(vehicles) for kind, vehicles in enumerate(kinds)}
    for route in result.best.routes():
        loads[free[route.vehicle_type()].pop(0)] = _loads(route)
    return task.itineraries(loads)


def _kinds(task: Task) -> list[list[int]]:
    """Return near vehicles that are alike, so that PyVRP sees their symmetry."""
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for vehicle in range(len(task.near)):
        seats = tuple(int(n) for n in task.capacity[vehicle])
        alike[seats, task.matrices[vehicle], int(task.depot_place[vehicle])].append(vehicle)
    return list(alike.values())


def _data(task: Task, kinds: list[list[int]], latest_s: int) -> ProblemData:
    """Return locations 0..d-1 for the depots, d for the crossing, then one a group."""
    depots = sorted({int(place) for place in task.depot_place})
    gate = len(depots)
    opens_s = task.window.opens_s - task.window.movement_from_s
    rows = np.array([*depots, task.gate, *task.group_place])
    durations = [_durations(task, travel_s, rows, gate + 1) for travel_s in task.travel_s]
    return ProblemData(
        locations=[Location(0, 0) for _ in rows],
        clients=[_client(task, group, gate + 1 + group) for group in range(len(task.groups))],
        depots=[
            *(Depot(location=index) for index in range(gate)),
            Depot(
                location=gate, tw_early=opens_s, service_duration=task.crossing.screening.vehicle_s
            ),
        ],
        vehicle_types=[_vehicle_type(task, kind, depots, latest_s) for kind in kinds],
        distance_matrices=durations,
        duration_matrices=durations,
    )


def _durations(
    task: Task, travel_s: NDArray[np.int64], rows: NDArray[np.int64], first_client: int
) -> NDArray[np.int64]:
    """Return driving times plus the stop's fixed time wherever a vehicle comes to a new place."""
    durations = travel_s[np.ix_(rows, rows)].copy()
    new_place = rows[:, None] != rows[None, :]
    new_place[:first_client, :] = True
    durations[:, first_client:] += np.where(
        new_place[:, first_client:], task.problem.service.stop_s, 0
    )
    np.fill_diagonal(durations, 0)
    return durations


def _client(task: Task, group: int, location: int) -> Client:
    ready_s = max(0, task.groups[group].ready_s - task.window.movement_from_s)
    return Client(
        location=location,
        pickup=[int(n) for n in task.demand[group]],
        service_duration=int(task.boarding_s[group] + task.crossing_s[group]),
        tw_early=ready_s,
        prize=int(task.value[group]) * PRIZE_PER_VALUE_S,
        required=False,
    )


def _vehicle_type(task: Task, vehicles: list[int], depots: list[int], latest_s: int) -> VehicleType:
    one = vehicles[0]
    return VehicleType(
        num_available=len(vehicles),
        capacity=[int(n) for n in task.capacity[one]],
        start_depot=depots.index(int(task.depot_place[one])),
        end_depot=len(depots),
        tw_early=0,
        tw_late=latest_s,
        profile=task.matrices[one],
        reload_depots=[len(depots)],
        max_reloads=MOST_RELOADS,
    )


def _loads(route: Route) -> list[Load]:
    by_trip: dict[int, list[int]] = defaultdict(list)
    for activity in route.schedule():
        if activity.is_client():
            by_trip[activity.trip].append(activity.idx)
    return [tuple(by_trip[trip]) for trip in sorted(by_trip)]
