"""safepassage's own planner; its plan is judged by the replay like everybody else's."""

from __future__ import annotations

from benchmarks.convoy.clock import CpuClock
from benchmarks.convoy.instances import Instance, build
from benchmarks.convoy.task import Task

from safepassage import __version__
from safepassage.core.convoy.replay import plan_itineraries
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.types import Itinerary

CUTS_MIN = (0,)


def version() -> str:
    """Return the version of safepassage."""
    return __version__


def warm_up() -> None:
    """Compile, or load from the cache, what the search needs."""
    small: Instance = build("line-60", 1)
    plan_convoy(small.problem, small.pre_left, seed=1, iterations=20)


def solve(task: Task, seed: int, cut_s: int, clock: CpuClock) -> tuple[Itinerary, ...]:  # noqa: ARG001 - every peer has the same signature
    """Plan for as long as the clock allows; onward vehicles and beds are planned as well."""
    plan = plan_convoy(task.problem, (), seed=seed, deadline=lambda: clock.share)
    return plan_itineraries(plan)
