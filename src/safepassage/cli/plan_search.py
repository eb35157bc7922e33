"""The search as a user watches it: live numbers, Ctrl-C for the best so far, and its judges."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from safepassage.cli.common import err, progress

if TYPE_CHECKING:
    from safepassage.adapters.convoy_sheet import PlanView
    from safepassage.core.convoy.search import Progress
    from safepassage.core.convoy.simulate import AcrossOverTime
    from safepassage.core.convoy.types import (
        Bound,
        ConvoyProblem,
        DelayModel,
        Plan,
        SimulationSummary,
        Violation,
    )
    from safepassage.core.convoy.would_help import Help
    from safepassage.pipeline import Prepared

FIRST_LINE_S, LINE_EVERY_S = 2.0, 5.0
"""Off a terminal: no line for a search that is over at once, then one now and again."""

RUNS = 2_000
HELP_S = 20.0
"""Time for asking what would help; what is not asked by then is left out."""


class Objective(StrEnum):
    """What the search makes most of."""

    PLANNED = "planned"
    EXPECTED = "expected"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked of the search.

    Parameters
    ----------
    time_s
        Seconds to search; None for `iterations`, or for a budget by the size of the problem.
    objective
        People planned, or people expected across under the scenario's delays.
    certainty
        Probability with which everybody planned is to be across; None for no such demand.
    worlds
        Sampled worlds of delays in which each move is judged; None for the search's own number.
    """

    time_s: float | None = None
    iterations: int | None = None
    seed: int = 0
    objective: Objective = Objective.PLANNED
    certainty: float | None = None
    worlds: int | None = None

    @property
    def robust(self) -> bool:
        """Whether the search is to know of delays."""
        return self.certainty is not None or self.objective is Objective.EXPECTED


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A plan with what its judges say.

    Parameters
    ----------
    stopped
        The user ended the search early.
    certainty
        As wished.
    """

    plan: Plan
    violations: tuple[Violation, ...]
    simulation: SimulationSummary | None
    helps: tuple[Help, ...]
    stopped: bool
    certainty: float | None = None


def prepare_loudly(scenario: Path) -> Prepared:
    """Read a scenario and build its problem; what was wrong with it goes to standard error."""
    from safepassage.adapters.cache import cache_folder
    from safepassage.pipeline import prepare

    with progress("Preparing") as report:
        prepared = prepare(scenario, progress=lambda text: report(0, 0, text), cache=cache_folder())
    for finding in prepared.findings:
        err.print(str(finding), markup=False, style="yellow")
    return prepared


def make_plan(prepared: Prepared, wish: Wish) -> Made:
    """Search, bound, check, simulate, and ask what would help."""
    from safepassage.core.convoy.check import check_plan

    bound = _bound(prepared.problem)
    with ctrl_c_stops() as stop:
        plan = replace(_search(prepared, wish, bound, stop), bound=bound)
        stopped = stop()
    violations = check_plan(prepared.problem, prepared.households, plan)
    return Made(
        plan,
        violations,
        None if violations else simulated(prepared, plan, wish.seed),
        () if violations or stopped else _helps(prepared.problem, bound),
        stopped,
        wish.certainty,
    )


def _bound(problem: ConvoyProblem) -> Bound:
    from safepassage.core.convoy.bound import bound_b0
    from safepassage.core.convoy.search import warm_up

    with progress("Compiling the planner (once on this machine)"):
        warm_up()
    with progress("Bounding what any plan can do"):
        return bound_b0(problem)


def _search(prepared: Prepared, wish: Wish, bound: Bound, stop: Callable[[], bool]) -> Plan:
    from safepassage.core.convoy.robust import SEARCH_WORLDS
    from safepassage.core.convoy.search import plan_convoy

    with watched(bound.value) as show:
        return plan_convoy(
            prepared.problem,
            prepared.pre_left,
            seed=wish.seed,
            iterations=wish.iterations,
            deadline=None if wish.time_s is None else _deadline(wish.time_s),
            progress=show,
            certainty=wish.certainty,
            delays=delays_of(prepared) if wish.robust else None,
            scenarios=SEARCH_WORLDS if wish.worlds is None else wish.worlds,
            stop=stop,
        )


def delays_of(prepared: Prepared) -> DelayModel:
    """Return the scenario's delays.

    Raises
    ------
    InputError
        If it has none.
    """
    from safepassage.errors import Finding, InputError

    if prepared.scenario.delays is None:
        message = "there is no delay model; write one (docs/reference/scenario.md)"
        raise InputError(Finding(message, file="delays.toml"))
    return prepared.scenario.delays


def _deadline(time_s: float) -> Callable[[], float]:
    began = time.monotonic()
    return lambda: (time.monotonic() - began) / time_s


@contextmanager
def ctrl_c_stops() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C ask for an end and the second one end the program.

    Yields
    ------
    Callable
        Says whether the user has asked. Outside the main thread nobody can ask.
    """
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        err.print("Stopping with the best plan so far; Ctrl-C again gives it up.", style="yellow")

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def watched(bound: float) -> Iterator[Callable[[Progress], None]]:
    """Show a search as it goes: a bar on a terminal, else a line now and again."""
    if not err.is_terminal:
        yield _lines(bound)
        return
    with progress("Planning (Ctrl-C: the best so far)") as report:
        yield lambda now: report(now.done, 1.0, progress_words(now, bound))


def _lines(bound: float) -> Callable[[Progress], None]:
    began = time.monotonic()
    due_s = FIRST_LINE_S

    def show(now: Progress) -> None:
        nonlocal due_s
        past_s = time.monotonic() - began
        if past_s >= due_s:
            due_s = past_s + LINE_EVERY_S
            err.print(f"{now.done:4.0%}  {progress_words(now, bound)}", markup=False)

    return show


def progress_words(now: Progress, bound: float) -> str:
    """Return the numbers of a search under way in one line."""
    parts = [f"{now.persons} people across", f"weight {now.value} of at most {bound:.0f}"]
    parts.append(f"gap {gap(now.value, bound):.1%}")
    parts.append(f"exposure {now.exposure_person_h:.2f}")
    if now.probability is not None:
        parts.append(f"all across in {now.probability:.0%}")
    return ", ".join(parts)


def gap(value: float, bound: float) -> float:
    """Return the share of the bound that a plan does not reach."""
    return (bound - value) / bound if bound > 0 else 0.0


def simulated(prepared: Prepared, plan: Plan, seed: int) -> SimulationSummary | None:
    """Return what the scenario's delays do to a plan; None where it has none."""
    from safepassage.core.convoy.simulate import simulate

    if prepared.scenario.delays is None or not plan.trips:
        return None
    with progress("Simulating delays") as report:
        return simulate(
            prepared.problem, plan, prepared.scenario.delays, runs=RUNS, seed=seed, progress=report
        )


def _helps(problem: ConvoyProblem, bound: Bound) -> tuple[Help, ...]:
    from safepassage.core.convoy.would_help import what_would_help

    due_s = time.monotonic() + HELP_S
    with progress("Asking what would help most"):
        return what_would_help(problem, bound, stop=lambda: time.monotonic() > due_s)


def view_of(
    prepared: Prepared, plan: Plan, made: Made | None = None, *, band_seed: int | None = None
) -> PlanView:
    """Return what pictures and timetables show of a plan.

    Parameters
    ----------
    band_seed
        Seed of the runs behind the band of the curve; None for no band.
    """
    from safepassage.adapters.convoy_sheet import PlanView

    scenario = prepared.scenario
    across = None if band_seed is None else _band(prepared, plan, band_seed)
    return PlanView(
        problem=prepared.problem,
        plan=plan,
        names={place.place_id: place.name for place in scenario.places},
        parties={party.party_id: party.name for party in scenario.parties},
        title=scenario.title,
        exercise=scenario.kind == "exercise",
        simulation=made.simulation if made else None,
        across=across,
        helps=made.helps if made else (),
    )


def _band(prepared: Prepared, plan: Plan, seed: int) -> AcrossOverTime | None:
    from safepassage.core.convoy.simulate import across_over_time

    if prepared.scenario.delays is None or not plan.trips:
        return None
    return across_over_time(prepared.problem, plan, prepared.scenario.delays, runs=RUNS, seed=seed)
