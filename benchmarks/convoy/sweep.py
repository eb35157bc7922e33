"""The best window cut of a planner that cannot see the queue, found within its own budget.

Every shortened window gets the same share of `EXPLORING` of the CPU budget, the best one by the
judge is refined a quarter of an hour up and down, and the best of all gets the rest with another
seed. A planner with one cut gets everything at once. The best answer of all counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from benchmarks.convoy.clock import CpuClock
from benchmarks.convoy.task import Task

from safepassage.core.convoy.replay import replay
from safepassage.core.convoy.types import Itinerary

EXPLORING = 0.6
REFINE_MIN = 15
OTHER_SEED = 1000
SECONDS_PER_MINUTE = 60


class Peer(Protocol):
    """A planner's module."""

    CUTS_MIN: tuple[int, ...]

    def version(self) -> str:
        """Return what is installed."""

    def solve(self, task: Task, seed: int, cut_s: int, clock: CpuClock) -> tuple[Itinerary, ...]:
        """Plan for a window shortened by `cut_s`."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a planner, as the judge sees it.

    Parameters
    ----------
    value_planned
        What the planner sends, whether through or not.
    """

    cut_min: int
    cpu_s: float
    value_across: int
    value_planned: int
    persons_across: int
    faults: int


@dataclass(frozen=True, slots=True)
class Found:
    """The best itineraries and every attempt."""

    itineraries: tuple[Itinerary, ...]
    tried: tuple[Attempt, ...]


def sweep(peer: Peer, task: Task, seed: int, clock: CpuClock) -> Found:
    """Run a planner over its cuts within one budget."""
    if len(peer.CUTS_MIN) == 1:
        return _found([_attempt(peer, task, seed, peer.CUTS_MIN[0], clock.budget_s)])
    share_s = clock.budget_s * EXPLORING / (len(peer.CUTS_MIN) + 2)
    runs: list[Run] = []
    for cut_min in peer.CUTS_MIN:
        if clock.left_s > 0 or not runs:
            runs.append(_attempt(peer, task, seed, cut_min, share_s))
    best_min = _best(runs)[0].cut_min
    for step_min in (-REFINE_MIN, REFINE_MIN):
        cut_min = best_min + step_min
        if cut_min > 0 and clock.left_s > 0:
            runs.append(_attempt(peer, task, seed, cut_min, min(share_s, clock.left_s)))
    if clock.left_s > 0:
        cut_min = _best(runs)[0].cut_min
        runs.append(_attempt(peer, task, seed + OTHER_SEED, cut_min, clock.left_s))
    return _found(runs)


Run = tuple[Attempt, tuple[Itinerary, ...]]


def _attempt(peer: Peer, task: Task, seed: int, cut_min: int, budget_s: float) -> Run:
    own = CpuClock(max(0.05, budget_s))
    answer = peer.solve(task, seed, cut_min * SECONDS_PER_MINUTE, own)
    spent_s = own.spent_s
    result = replay(task.problem, answer)
    attempt = Attempt(
        cut_min=cut_min,
        cpu_s=round(spent_s, 3),
        value_across=result.value_across,
        value_planned=result.value_planned,
        persons_across=result.persons_across,
        faults=len(result.faults),
    )
    return attempt, answer


def _best(runs: list[Run]) -> Run:
    return max(runs, key=lambda run: run[0].value_across)


def _found(runs: list[Run]) -> Found:
    return Found(_best(runs)[1], tuple(attempt for attempt, _answer in runs))
