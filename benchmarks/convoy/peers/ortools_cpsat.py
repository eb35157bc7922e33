"""OR-Tools twice: routing finds loads, CP-SAT picks and times them with the queue as a constraint.

Half the budget goes to guided local search under several window cuts; every load of every solution
on the way is kept. CP-SAT then chooses loads and vehicles and decides when each is screened, under
a cumulative constraint of the lanes, so that nobody is planned whom the queue would strand.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version as installed
from typing import Any

from benchmarks.convoy.clock import CpuClock, stop_when_expired
from benchmarks.convoy.peers.greedy import construct
from benchmarks.convoy.peers.ortools import RoutingModel
from benchmarks.convoy.task import Load, Task
from ortools.sat.python import cp_model

from safepassage.core.convoy.replay import replay
from safepassage.core.convoy.types import Itinerary

CUTS_MIN = (0,)
ROUTING_SHARE = 0.5
ROUTING_CUTS_MIN = (20, 45, 70, 95)
MOST_LOADS_A_VEHICLE = 40
"""Loads offered to CP-SAT for each near vehicle, the ones found last first."""


@dataclass(frozen=True, slots=True)
class Column:
    """One load for one vehicle, as first of its day or later, with its variables."""

    vehicle: int
    load: Load
    first: bool
    to_queue_s: int
    taken: Any
    screening_start: Any


def version() -> str:
    """Return the version of OR-Tools."""
    return installed("ortools")


def solve(task: Task, seed: int, cut_s: int, clock: CpuClock) -> tuple[Itinerary, ...]:  # noqa: ARG001 - the queue is inside: no cut
    """Return the best by the judge of the routing answers and CP-SAT's."""
    pool: dict[int, dict[Load, None]] = {vehicle: {} for vehicle in range(len(task.near))}
    answers = []
    for cut_min in ROUTING_CUTS_MIN:
        own = CpuClock(clock.budget_s * ROUTING_SHARE / len(ROUTING_CUTS_MIN))
        answers.append(_route(task, cut_min * 60, own, pool))
    best = max(answers, key=lambda loads: _value(task, task.itineraries(loads)))
    routed = task.itineraries(best)
    if clock.expired:
        return routed
    timed = _choose(task, pool, best, seed, clock)
    return timed if _value(task, timed) > _value(task, routed) else routed


def _route(
    task: Task, cut_s: int, clock: CpuClock, pool: dict[int, dict[Load, None]]
) -> list[list[Load]]:
    """Run the routing model, keeping every load that it meets."""
    model = RoutingModel(task, task.horizon_s - cut_s)

    def keep() -> None:
        for vehicle in range(model.vehicles):
            for load in model.current_loads(vehicle):
                pool[vehicle].pop(load, None)
                pool[vehicle][load] = None

    model.routing.AddAtSolutionCallback(keep)
    loads = model.search(clock, construct(task, cut_s))
    for vehicle, vehicle_loads in enumerate(loads):
        for load in vehicle_loads:
            pool[vehicle].pop(load, None)
            pool[vehicle][load] = None
    return loads


def _value(task: Task, itineraries: tuple[Itinerary, ...]) -> int:
    return replay(task.problem, itineraries).value_across


def _choose(
    task: Task,
    pool: dict[int, dict[Load, None]],
    hint: list[list[Load]],
    seed: int,
    clock: CpuClock,
) -> tuple[Itinerary, ...]:
    model = cp_model.CpModel()
    offered = _offered(task, pool)
    columns = [
        column
        for vehicle, loads in offered.items()
        for column in _vehicle_columns(model, task, vehicle, loads)
    ]
    _each_group_once(model, task, columns)
    _lanes(model, task, columns)
    model.maximize(sum(int(task.value[list(c.load)].sum()) * c.taken for c in columns))
    _hint(model, columns, hint)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    with stop_when_expired(clock, solver.stop_search):
        status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return ()
    return _timed(task, [column for column in columns if solver.value(column.taken)], solver)


def _offered(task: Task, pool: dict[int, dict[Load, None]]) -> dict[int, list[Load]]:
    """Return the loads found last for each vehicle, those of vehicles like it included."""
    alike: dict[tuple[object, ...], dict[Load, None]] = {}
    keys = [
        (tuple(task.capacity[v].tolist()), task.matrices[v], int(task.depot_place[v]))
        for v in range(len(task.near))
    ]
    for vehicle, loads in pool.items():
        alike.setdefault(keys[vehicle], {}).update(loads)
    return {
        vehicle: [
            *list(pool[vehicle])[-MOST_LOADS_A_VEHICLE // 2 :],
            *[load for load in alike[keys[vehicle]] if load not in pool[vehicle]][
                -MOST_LOADS_A_VEHICLE // 2 :
            ],
        ]
        for vehicle in pool
    }


def _vehicle_columns(model: Any, task: Task, vehicle: int, loads: list[Load]) -> list[Column]:
    """Return a vehicle's columns; they do not overlap, and the first of the day is before all."""
    columns, busy = [], []
    first_ends = model.new_int_var(0, 2 * task.horizon_s, f"first {vehicle}")
    for load in loads:
        for first in (True, False):
            column, interval, ends = _column(model, task, vehicle, load, first=first)
            columns.append(column)
            busy.append(interval)
            if first:
                model.add(first_ends >= ends).only_enforce_if(column.taken)
            else:
                leaves = column.screening_start - column.to_queue_s
                model.add(leaves >= first_ends).only_enforce_if(column.taken)
    model.add_no_overlap(busy)
    starts = [column.taken for column in columns if column.first]
    model.add_at_most_one(starts)
    for column in columns:
        if not column.first:
            model.add_bool_or([*starts, ~column.taken])
    return columns


def _column(
    model: Any, task: Task, vehicle: int, load: Load, *, first: bool
) -> tuple[Column, Any, Any]:
    """Return a column, the time its vehicle is busy with it, and when that ends."""
    name = f"{vehicle} {load} {first}"
    to_queue_s = task.to_queue_s(vehicle, load, first=first)
    crossing_s = int(task.crossing_s[list(load)].sum()) + task.crossing.screening.vehicle_s
    latest_s = task.horizon_s - _screening_s(task, load)
    opens_s = task.window.opens_s - task.window.movement_from_s
    earliest_s = max(to_queue_s, opens_s)
    taken = model.new_bool_var(f"taken {name}")
    if earliest_s > latest_s:
        model.add(taken == 0)
        earliest_s = latest_s = 0
    start = model.new_int_var(earliest_s, latest_s, f"start {name}")
    length_s = to_queue_s + crossing_s
    busy = model.new_optional_interval_var(
        start - to_queue_s, length_s, start + crossing_s, taken, f"busy {name}"
    )
    return Column(vehicle, load, first, to_queue_s, taken, start), busy, start + crossing_s


def _screening_s(task: Task, load: Load) -> int:
    groups = [task.groups[index].load for index in load]
    screening = task.crossing.screening
    return screening.vehicle_s + sum(
        screening.duration_s(group) - screening.vehicle_s for group in groups
    )


def _each_group_once(model: Any, task: Task, columns: list[Column]) -> None:
    takers: list[list[Any]] = [[] for _ in task.groups]
    for column in columns:
        for group in column.load:
            takers[group].append(column.taken)
    for taken in takers:
        model.add_at_most_one(taken)


def _lanes(model: Any, task: Task, columns: list[Column]) -> None:
    screened = [
        model.new_optional_fixed_size_interval_var(
            column.screening_start, _screening_s(task, column.load), column.taken, "screened"
        )
        for column in columns
    ]
    model.add_cumulative(screened, [1] * len(screened), task.crossing.lanes)


def _hint(model: Any, columns: list[Column], hint: list[list[Load]]) -> None:
    for column in columns:
        loads = hint[column.vehicle]
        wanted = column.load in loads and (loads[0] == column.load) == column.first
        model.add_hint(column.taken, wanted)


def _timed(task: Task, taken: list[Column], solver: Any) -> tuple[Itinerary, ...]:
    """Return the chosen loads, held back so that each arrives when its screening begins."""
    ordered = sorted(taken, key=lambda column: solver.value(column.screening_start))
    return tuple(
        task.itinerary(
            column.vehicle,
            column.load,
            task.window.movement_from_s + solver.value(column.screening_start) - column.to_queue_s,
        )
        for column in ordered
    )
