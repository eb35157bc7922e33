"""A plain constructive planner: the vehicle that is free first takes the best next group."""

from __future__ import annotations

import heapq

from benchmarks.convoy.clock import CpuClock
from benchmarks.convoy.task import Load, Task

from safepassage.core.convoy.types import Itinerary

CUTS_MIN = (0, 10, 20, 30, 40, 50, 60, 75, 90, 105, 120, 150)


def version() -> str:
    """Return the version of this planner."""
    return "1"


def solve(task: Task, seed: int, cut_s: int, clock: CpuClock) -> tuple[Itinerary, ...]:  # noqa: ARG001 - every peer has the same signature
    """Fill one load after the other with the groups of most value per extra second."""
    return task.itineraries(construct(task, cut_s))


def construct(task: Task, cut_s: int) -> list[list[Load]]:
    """Return the loads of each near vehicle; also where OR-Tools starts from."""
    latest_s = task.horizon_s - cut_s
    waiting = set(range(len(task.groups)))
    loads: list[list[Load]] = [[] for _ in task.near]
    free = [(0, vehicle) for vehicle in range(len(task.near))]
    heapq.heapify(free)
    while free:
        now_s, vehicle = heapq.heappop(free)
        place = task.gate if loads[vehicle] else int(task.depot_place[vehicle])
        load, back_s = _fill(task, vehicle, place, now_s, latest_s, waiting)
        if load:
            loads[vehicle].append(load)
            waiting.difference_update(load)
            heapq.heappush(free, (back_s, vehicle))
    return loads


def _fill(
    task: Task, vehicle: int, place: int, now_s: int, latest_s: int, waiting: set[int]
) -> tuple[Load, int]:
    travel_s = task.travel_s[task.matrices[vehicle]]
    load: Load = ()
    crossing_s = task.crossing.screening.vehicle_s
    while True:
        best: tuple[float, int, int] | None = None
        for group in sorted(waiting.difference(load)):
            at = int(task.group_place[group])
            arrive_s = now_s + int(travel_s[place, at])
            ready_s = task.groups[group].ready_s - task.window.movement_from_s
            stop_s = 0 if load and at == place else task.problem.service.stop_s
            leaves_s = max(arrive_s, ready_s) + stop_s + int(task.boarding_s[group])
            through_s = leaves_s + int(travel_s[at, task.gate]) + crossing_s
            if through_s + int(task.crossing_s[group]) > latest_s:
                continue
            if not task.fits((*load, group), vehicle):
                continue
            cost_s = leaves_s - now_s + int(travel_s[at, task.gate] - travel_s[place, task.gate])
            rate = int(task.value[group]) / max(1, cost_s)
            if best is None or rate > best[0]:
                best = (rate, group, leaves_s)
        if best is None:
            return load, now_s + int(travel_s[place, task.gate]) + crossing_s
        _rate, group, now_s = best
        place = int(task.group_place[group])
        crossing_s += int(task.crossing_s[group])
        load = (*load, group)
