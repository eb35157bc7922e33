"""OR-Tools routing that does see the crossing: a cumulative constraint on screening.

Every visit of the crossing is an interval whose length follows from who is aboard; vehicles may
wait before it. The window needs no cut. The price is that a neighbour can only be tried by
propagation.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version as installed
from typing import Any

import numpy as np
from benchmarks.convoy.clock import CpuClock
from benchmarks.convoy.peers.greedy import construct
from benchmarks.convoy.peers.ortools import TIME, RoutingModel
from benchmarks.convoy.task import Load, Task
from numpy.typing import NDArray

from safepassage.core.convoy.replay import replay
from safepassage.core.convoy.types import Itinerary

CUTS_MIN = (0,)
SCREENING = "screening"
ALIGHTING = "alighting"
START_CUTS_MIN = (90, 60, 120, 30, 0, 105, 75, 45, 15, 150, 180, 240)
START_SHARE = 0.3


def version() -> str:
    """Return the version of OR-Tools."""
    return installed("ortools")


def solve(task: Task, seed: int, cut_s: int, clock: CpuClock) -> tuple[Itinerary, ...]:  # noqa: ARG001 - guided local search draws nothing
    """Run guided local search with the queue as a constraint, from a greedy plan that fits it."""
    model = RoutingModel(task, task.horizon_s + int(_alighting_s(task).sum()))
    _add_queue(model)
    loads = model.search(clock, _start(task, clock))
    return tuple(
        itinerary
        for vehicle, vehicle_loads in enumerate(loads)
        for itinerary in _held_back(task, vehicle, vehicle_loads, model.released_s(vehicle))
    )


def _held_back(
    task: Task, vehicle: int, loads: list[Load], released_s: list[int]
) -> Iterator[Itinerary]:
    """Yield the loads so held back that each arrives when the model begins to screen it."""
    for number, load in enumerate(loads):
        crossing_s = int(task.crossing_s[list(load)].sum()) + task.crossing.screening.vehicle_s
        not_before_s = 0
        if number < len(released_s):
            starts_s = released_s[number] - crossing_s
            leaves_s = starts_s - task.to_queue_s(vehicle, load, first=number == 0)
            not_before_s = task.window.movement_from_s + leaves_s
        yield task.itinerary(vehicle, load, not_before_s)


def _start(task: Task, clock: CpuClock) -> list[list[Load]]:
    """Return the best greedy plan of which everybody is through in time."""
    best: tuple[int, list[list[Load]]] = (-1, [[] for _ in task.near])
    for cut_min in START_CUTS_MIN:
        if clock.share > START_SHARE and best[0] >= 0:
            break
        loads = construct(task, cut_min * 60)
        result = replay(task.problem, task.itineraries(loads))
        if result.value_across == result.value_planned and result.value_across > best[0]:
            best = (result.value_across, loads)
    return best[1]


def _alighting_s(task: Task) -> NDArray[np.int64]:
    each = task.problem.service.alighting_s
    loads = [group.load for group in task.groups]
    return np.array(
        [
            each.seated * load.seated
            + each.wheelchair * load.wheelchair
            + each.stretcher * load.stretcher
            for load in loads
        ],
        np.int64,
    )


def _add_queue(model: RoutingModel) -> None:
    """Let no more vehicles be screened at a time than there are lanes.

    The time at a crossing node is when everybody has alighted: boarding, screening and alighting
    are counted at the pick-up. So screening ends that much earlier, by what is aboard.
    """
    task = model.task
    alighting_s = _alighting_s(task)
    screening_s = task.crossing_s - alighting_s
    for name, seconds in ((SCREENING, screening_s), (ALIGHTING, alighting_s)):
        model.add_load(name, seconds, np.full(model.vehicles, int(seconds.sum()), np.int64))
    _fix_all(model)
    solver = model.routing.solver()
    intervals = [_screening_interval(model, solver, index) for index in _crossing_visits(model)]
    solver.Add(solver.Cumulative(intervals, [1] * len(intervals), task.crossing.lanes, "queue"))


def _fix_all(model: RoutingModel) -> None:
    """Leave nothing open: a range of times, or a load not wholly emptied, would hide a queue."""
    routing, solver = model.routing, model.routing.solver()
    reloads = [model.manager.NodeToIndex(n) for n in range(model.groups, model.first_start)]
    for name in (SCREENING, ALIGHTING):
        aboard = routing.GetDimensionOrDie(name)
        for index in reloads:
            emptied = -aboard.FixedTransitVar(index).Min()
            solver.Add(aboard.CumulVar(index) + aboard.SlackVar(index) == emptied)
    time = routing.GetDimensionOrDie(TIME)
    for index, _visited in _crossing_visits(model):
        routing.AddVariableMinimizedByFinalizer(time.CumulVar(index))


def _crossing_visits(model: RoutingModel) -> list[tuple[int, Any]]:
    """Return (index, whether it is visited) of every reload node and every vehicle's end."""
    reloads = [model.manager.NodeToIndex(node) for node in range(model.groups, model.first_start)]
    visits = [(index, model.routing.ActiveVar(index)) for index in reloads]
    ends = [
        (model.routing.End(vehicle), model.routing.ActiveVehicleVar(vehicle))
        for vehicle in range(model.vehicles)
    ]
    return visits + ends


def _screening_interval(model: RoutingModel, solver: Any, visit: tuple[int, Any]) -> Any:
    index, visited = visit
    task = model.task
    time = model.routing.GetDimensionOrDie(TIME).CumulVar(index)
    screening = model.routing.GetDimensionOrDie(SCREENING).CumulVar(index)
    alighting = model.routing.GetDimensionOrDie(ALIGHTING).CumulVar(index)
    opens_s = task.window.opens_s - task.window.movement_from_s
    longest_s = int(task.crossing_s.sum()) + task.crossing.screening.vehicle_s
    interval = solver.IntervalVar(
        opens_s, task.horizon_s, 0, longest_s, opens_s, task.horizon_s, True, f"visit {index}"
    )
    through = time - alighting
    length = screening + task.crossing.screening.vehicle_s
    solver.Add(interval.PerformedExpr() == visited)
    solver.Add(interval.SafeEndExpr(0) == visited * through)
    solver.Add(interval.SafeDurationExpr(0) == visited * length)
    return interval
