"""How long the rest of a day takes to plan again, in process and warm, and what it keeps.

One command, on a machine that does nothing else::

    python -m benchmarks.convoy.replan SCENARIO PLAN [--moves 0 2000 10000]

For each moment of the plan's first day and each event it prints wall seconds, people across by the
new plan, promises kept of those open, and what the judge says. With 0 moves it is the feasible
answer (goal: under 1 s), with 10,000 the good one (goal: under 10 s).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from safepassage.adapters.plan_json import read_plan
from safepassage.core.convoy.replan import replan
from safepassage.core.convoy.replan_check import check_replanned
from safepassage.core.convoy.replan_events import (
    CrossingSlower,
    Day,
    Event,
    Suspended,
    VehicleLost,
    WindowCut,
)
from safepassage.core.convoy.search import warm_up
from safepassage.core.convoy.state import state_at
from safepassage.core.convoy.types import ConvoyProblem, Plan
from safepassage.core.register.types import Household
from safepassage.pipeline import prepare

MOMENTS = (0.25, 0.5, 0.75)
"""Shares of the first window."""


def events_of(problem: ConvoyProblem, plan: Plan) -> list[tuple[str, list[Event]]]:
    """Return a named list of events for a plan."""
    window, crossing = problem.windows[0], problem.crossings[0]
    busiest = max(plan.trips, key=lambda trip: sum(len(stop.boards) for stop in trip.stops))
    return [
        ("nothing", []),
        ("vehicle lost", [VehicleLost(busiest.vehicle_id)]),
        ("window cut by an hour", [WindowCut(window.window_id, window.closes_s - 3600)]),
        ("crossing half as slow again", [CrossingSlower(crossing.crossing_id, 1.5)]),
        ("suspended", [Suspended()]),
    ]


def measure(
    problem: ConvoyProblem, households: tuple[Household, ...], plan: Plan, moves: list[int]
) -> None:
    """Print one line for each moment, event and budget."""
    window = problem.windows[0]
    for share in MOMENTS:
        at_s = int(window.opens_s + share * (window.closes_s - window.opens_s))
        day = Day(problem, households, state_at(problem, plan, at_s))
        for name, events in events_of(problem, plan):
            for budget in moves:
                began = time.perf_counter()
                made = replan(day, plan, events, iterations=budget)
                took_s = time.perf_counter() - began
                broken = check_replanned(made.day, made.plan, made.fall_backs, made.no_onward)
                print(
                    f"{share:.0%} {name:28} {budget:6} moves {took_s:6.2f} s  "
                    f"{made.plan.totals.persons:5} people  promises {made.promises_kept}/"
                    f"{made.promises}  broken rules {len(broken)}",
                    flush=True,
                )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("scenario", type=Path)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--moves", type=int, nargs="+", default=[0, 2000, 10_000])
    given = parser.parse_args()
    prepared = prepare(given.scenario)
    warm_up()
    measure(prepared.problem, prepared.households, read_plan(given.plan), given.moves)


if __name__ == "__main__":
    main()
