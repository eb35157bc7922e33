"""OR-Tools routing with guided local search: reload nodes at the crossing, optional groups."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version as installed

import numpy as np
from benchmarks.convoy.clock import CpuClock
from benchmarks.convoy.peers.greedy import construct
from benchmarks.convoy.task import Load, Task
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from safepassage.core.convoy.types import Itinerary

CUTS_MIN = (0, 30, 60, 90)
PENALTY_PER_VALUE_S = 1_000
"""Seconds of driving that one priority-weighted person is worth: value first, then driving."""

RELOADS_PER_VEHICLE = 4
TIME = "time"


def version() -> str:
    """Return the version of OR-Tools."""
    return installed("ortools")


def solve(task: Task, seed: int, cut_s: int, clock: CpuClock) -> tuple[Itinerary, ...]:  # noqa: ARG001 - guided local search draws nothing
    """Run guided local search from the greedy plan until the clock stops it.

    Its own first solutions are far worse than the greedy plan on these instances, so it is given
    that to start from.
    """
    model = RoutingModel(task, task.horizon_s - cut_s)
    return task.itineraries(model.search(clock, construct(task, cut_s)))


class RoutingModel:
    """Groups, reload nodes and vehicles as an OR-Tools routing model.

    Node g is group g; then come the reload nodes at the crossing; then one start and one end for
    each vehicle. Reload nodes are optional and cost nothing; whoever uses one is emptied there.

    Parameters
    ----------
    latest_s
        A vehicle's end at the crossing, from the first movement on.
    """

    def __init__(self, task: Task, latest_s: int) -> None:
        self.task = task
        self.latest_s = latest_s
        self.solution: pywrapcp.Assignment | None = None
        self.groups = len(task.groups)
        self.vehicles = len(task.near)
        self.reloads = RELOADS_PER_VEHICLE * self.vehicles
        self.first_start = self.groups + self.reloads
        self.first_end = self.first_start + self.vehicles
        nodes = self.first_end + self.vehicles
        starts = list(range(self.first_start, self.first_end))
        ends = list(range(self.first_end, nodes))
        self.manager = pywrapcp.RoutingIndexManager(nodes, self.vehicles, starts, ends)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.rows = np.concatenate(
            [
                task.group_place,
                np.full(self.reloads, task.gate),
                task.depot_place,
                np.full(self.vehicles, task.gate),
            ]
        )
        self._add_driving_cost()
        self._add_time()
        self._add_seats()
        self._add_choice()

    def search(self, clock: CpuClock, guess: list[list[Load]] | None = None) -> list[list[Load]]:
        """Return the loads of each vehicle in the best solution found within the clock."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.first_solution_strategy = (
            routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        )
        parameters.local_search_metaheuristic = (
            routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        )
        parameters.time_limit.FromSeconds(100_000)
        self.routing.AddSearchMonitor(self.routing.solver().CustomLimit(lambda: clock.expired))
        self.routing.CloseModelWithParameters(parameters)
        if guess is not None:
            start = self.routing.ReadAssignmentFromRoutes(self._routes(guess), True)
            if start is None and clock.expired:
                return guess
            if start is None:
                raise ValueError("the plan to start from breaks the model")
            solution = self.routing.SolveFromAssignmentWithParameters(start, parameters)
        else:
            solution = self.routing.SolveWithParameters(parameters)
        if solution is None:
            return guess or [[] for _ in range(self.vehicles)]
        self.solution = solution
        return [self._loads(solution, vehicle) for vehicle in range(self.vehicles)]

    def current_loads(self, vehicle: int) -> list[Load]:
        """Return the loads of a vehicle in the solution at hand, for use in a callback."""
        return self._walk(vehicle, lambda index: int(self.routing.NextVar(index).Value()))

    def released_s(self, vehicle: int) -> list[int]:
        """Return when each load of a vehicle has alighted, in the solution found last."""
        if self.solution is None:
            return []
        time = self.routing.GetDimensionOrDie(TIME)
        moments: list[int] = []
        index, aboard = self.routing.Start(vehicle), False
        while not self.routing.IsEnd(index):
            node = self.manager.IndexToNode(index)
            if self.is_reload(node) and aboard:
                moments.append(int(self.solution.Value(time.CumulVar(index))))
            aboard = node < self.groups or (aboard and not self.is_reload(node))
            index = self.solution.Value(self.routing.NextVar(index))
        return moments + ([int(self.solution.Value(time.CumulVar(index)))] if aboard else [])

    def is_reload(self, node: int) -> bool:
        """Return whether a node is a visit of the crossing between two trips."""
        return self.groups <= node < self.first_start

    def _add_driving_cost(self) -> None:
        for vehicle, callback in enumerate(self._callbacks(self._driving)):
            self.routing.SetArcCostEvaluatorOfVehicle(callback, vehicle)

    def _callbacks(self, matrix_of: Callable[[int], NDArray[np.int64]]) -> list[int]:
        """Return a callback for each vehicle; vehicles with the same roads share one."""
        known: dict[int, int] = {}
        for vehicle, roads in enumerate(self.task.matrices):
            if roads not in known:
                matrix = matrix_of(vehicle).tolist()
                known[roads] = self.routing.RegisterTransitMatrix(matrix)
        return [known[roads] for roads in self.task.matrices]

    def _driving(self, vehicle: int) -> NDArray[np.int64]:
        travel_s = self.task.travel_s[self.task.matrices[vehicle]]
        driving: NDArray[np.int64] = travel_s[np.ix_(self.rows, self.rows)]
        return driving

    def _add_time(self) -> None:
        callbacks = self._callbacks(self._transit)
        horizon_s = self.task.horizon_s + 86_400
        self.routing.AddDimensionWithVehicleTransits(callbacks, horizon_s, horizon_s, False, TIME)
        time = self.routing.GetDimensionOrDie(TIME)
        for vehicle in range(self.vehicles):
            time.CumulVar(self.routing.End(vehicle)).SetMax(self.latest_s)
        for group in range(self.groups):
            ready_s = self.task.groups[group].ready_s - self.task.window.movement_from_s
            if ready_s > 0:
                time.CumulVar(self.manager.NodeToIndex(group)).SetMin(ready_s)

    def _transit(self, vehicle: int) -> NDArray[np.int64]:
        """Return time from node to node: service at the first, the drive, the stop's fixed time.

        What the vehicle itself costs at the crossing is spent on arriving there.
        """
        task = self.task
        service_s = np.zeros(len(self.rows), np.int64)
        service_s[: self.groups] = task.boarding_s + task.crossing_s
        transit = self._driving(vehicle) + service_s[:, None]
        new_place = self.rows[:, None] != self.rows[None, :]
        new_place[self.groups :, :] = True
        transit[:, : self.groups] += np.where(
            new_place[:, : self.groups], task.problem.service.stop_s, 0
        )
        at_gate = [*range(self.groups, self.first_start), *range(self.first_end, len(self.rows))]
        transit[:, at_gate] += task.crossing.screening.vehicle_s
        return transit

    def _add_seats(self) -> None:
        for kind in range(self.task.demand.shape[1]):
            demand, capacity = self.task.demand[:, kind], self.task.capacity[:, kind]
            self.add_load(f"seats-{kind}", demand, capacity)

    def add_load(self, name: str, demand: NDArray[np.int64], capacity: NDArray[np.int64]) -> None:
        """Add one dimension of what is aboard; slack at a reload node empties the vehicle."""
        largest = int(min(capacity.max(), demand.sum()))
        change = np.zeros(self.first_end + self.vehicles, np.int64)
        change[: self.groups] = demand
        change[self.groups : self.first_start] = -largest
        callback = self.routing.RegisterUnaryTransitVector(change.tolist())
        limits = [int(min(limit, largest)) for limit in capacity]
        self.routing.AddDimensionWithVehicleCapacity(callback, largest, limits, True, name)
        seats = self.routing.GetDimensionOrDie(name)
        for node in range(self.first_end):
            if not self.is_reload(node):
                seats.SlackVar(self.manager.NodeToIndex(node)).SetValue(0)

    def _add_choice(self) -> None:
        for group in range(self.groups):
            penalty = int(self.task.value[group]) * PENALTY_PER_VALUE_S
            self.routing.AddDisjunction([self.manager.NodeToIndex(group)], penalty)
        for node in range(self.groups, self.first_start):
            self.routing.AddDisjunction([self.manager.NodeToIndex(node)], 0)

    def _loads(self, solution: pywrapcp.Assignment, vehicle: int) -> list[Load]:
        return self._walk(vehicle, lambda index: int(solution.Value(self.routing.NextVar(index))))

    def _walk(self, vehicle: int, next_of: Callable[[int], int]) -> list[Load]:
        loads: list[list[int]] = [[]]
        index = self.routing.Start(vehicle)
        while not self.routing.IsEnd(index):
            node = self.manager.IndexToNode(index)
            if self.is_reload(node):
                loads.append([])
            elif node < self.groups:
                loads[-1].append(node)
            index = next_of(index)
        return [tuple(load) for load in loads if load]

    def _routes(self, loads: list[list[Load]]) -> list[list[int]]:
        """Return loads as node lists, a reload node of its own between two loads."""
        free = iter(range(self.groups, self.first_start))
        routes: list[list[int]] = []
        for vehicle_loads in loads:
            route: list[int] = []
            for load in vehicle_loads:
                route += ([next(free)] if route else []) + list(load)
            routes.append([self.manager.NodeToIndex(node) for node in route])
        return routes
