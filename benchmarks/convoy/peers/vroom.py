"""VROOM: each group a shipment from its pick-up to the crossing, priorities for value."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import version as installed

import numpy as np
import vroom
from benchmarks.convoy.clock import CpuClock
from benchmarks.convoy.task import Load, Task

from safepassage.core.convoy.replay import replay
from safepassage.core.convoy.types import Itinerary

CUTS_MIN = (0, 30, 60, 90)
EXPLORATION_LEVELS = (0, 1, 2, 3, 4, 5)
GROWTH = 2.5
"""How much longer the next level takes, as seen on the recorded instances."""

HIGHEST_PRIORITY = 100


def version() -> str:
    """Return the version of pyvroom."""
    return installed("pyvroom")


def solve(task: Task, seed: int, cut_s: int, clock: CpuClock) -> tuple[Itinerary, ...]:  # noqa: ARG001 - VROOM draws nothing
    """Solve at rising exploration levels with one thread, as long as the next is likely to fit.

    A run that VROOM's own time limit cuts short is worse than one of a lower level that ends by
    itself, so levels are chosen by the time that the one before took.
    """
    answers: list[tuple[Itinerary, ...]] = []
    for level in EXPLORATION_LEVELS:
        own = CpuClock(clock.budget_s)
        answers.append(_solve(task, cut_s, level, clock))
        if own.spent_s * GROWTH > clock.left_s:
            break
    return max(answers, key=lambda answer: replay(task.problem, answer).value_across)


def _solve(task: Task, cut_s: int, level: int, clock: CpuClock) -> tuple[Itinerary, ...]:
    model = vroom.Input()
    for number, travel_s in enumerate(task.travel_s):
        model.set_durations_matrix(profile=f"m{number}", matrix_input=travel_s.astype(np.uint32))
    for vehicle in range(len(task.near)):
        model.add_vehicle(_vehicle(task, vehicle, task.horizon_s - cut_s))
    for group in range(len(task.groups)):
        model.add_shipment(
            *_steps(task, group),
            amount=vroom.Amount([int(n) for n in task.demand[group]]),
            priority=min(HIGHEST_PRIORITY, int(task.value[group])),
        )
    timeout = timedelta(seconds=max(0.1, clock.left_s))
    solution = model.solve(exploration_level=level, nb_threads=1, timeout=timeout)
    return task.itineraries(_loads(task, solution))


def _vehicle(task: Task, vehicle: int, latest_s: int) -> vroom.Vehicle:
    return vroom.Vehicle(
        vehicle,
        start=int(task.depot_place[vehicle]),
        end=task.gate,
        profile=f"m{task.matrices[vehicle]}",
        capacity=[int(n) for n in task.capacity[vehicle]],
        time_window=(0, latest_s),
    )


def _steps(task: Task, group: int) -> tuple[vroom.ShipmentStep, vroom.ShipmentStep]:
    """Return pick-up and delivery; set-up time is counted once where a vehicle stays in place."""
    ready_s = max(0, task.groups[group].ready_s - task.window.movement_from_s)
    pickup = vroom.ShipmentStep(
        group,
        int(task.group_place[group]),
        default_setup=task.problem.service.stop_s,
        default_service=int(task.boarding_s[group]),
        time_windows=[(ready_s, task.horizon_s)],
    )
    delivery = vroom.ShipmentStep(
        group,
        task.gate,
        default_setup=task.crossing.screening.vehicle_s,
        default_service=int(task.crossing_s[group]),
    )
    return pickup, delivery


def _loads(task: Task, solution: vroom.Solution) -> list[list[Load]]:
    """Return what boards between two visits of the crossing as one load; there all alight."""
    loads: list[list[Load]] = [[] for _ in task.near]
    boarding: dict[int, list[int]] = {}
    for step in solution.routes.itertuples():
        vehicle = int(step.vehicle_id)
        if step.type == "pickup":
            boarding.setdefault(vehicle, []).append(int(step.id))
        elif step.type == "delivery" and vehicle in boarding:
            loads[vehicle].append(tuple(boarding.pop(vehicle)))
    return loads
