"""``safepassage plan``: who rides when, in what; with the proven bound and who is left and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import EXIT_RULE_BROKEN, err, out, print_json, progress
from safepassage.errors import UsageError
from safepassage.units import format_clock, format_duration, format_moment, moment_at

if TYPE_CHECKING:
    from safepassage.core.convoy.search import Progress
    from safepassage.core.convoy.types import ConvoyProblem, Plan, Violation
    from safepassage.pipeline import Prepared

app = typer.Typer(add_completion=False)

PLAN_FILE = "plan.json"


@app.command(
    epilog="Example: safepassage plan operation/ --out planned/ --time 60   "
    "Exit codes: 0 planned, 1 an input or the plan breaks a rule, 2 called wrongly."
)
def plan(
    scenario: Annotated[Path, typer.Argument(help="Scenario folder.")],
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder to write plan.json to.")
    ] = None,
    time_s: Annotated[
        float | None,
        typer.Option("--time", help="Seconds to search; the plan then cannot be reproduced."),
    ] = None,
    iterations: Annotated[
        int | None,
        typer.Option(help="Moves to search; by size of the problem if neither is given."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed and iterations: the same plan.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Plan a convoy: a timetable for both sides of the crossing, checked, with a proven bound.

    Only people who chose to go and consented are planned; families stay whole. The plan is judged
    by the independent checker before anything is printed.
    """
    _check_options(time_s, iterations)
    prepared = _prepare(scenario)
    made = _search(prepared, time_s, iterations, seed)
    violations = _judge(prepared, made)
    if out_dir is not None:
        _write(out_dir, made)
    if as_json:
        print_json(_document(made, violations, reproducible=time_s is None))
    else:
        _print_plan(prepared.problem, made, reproducible=time_s is None)
        _print_violations(violations)
    if violations:
        raise typer.Exit(EXIT_RULE_BROKEN)


def _check_options(time_s: float | None, iterations: int | None) -> None:
    if time_s is not None and iterations is not None:
        raise UsageError("Give --time or --iterations, not both.")
    if time_s is not None and not 0 < time_s <= 86_400:
        raise UsageError(f"--time is {time_s:g}; accepted are seconds from just over 0 to 86400.")
    if iterations is not None and iterations < 0:
        raise UsageError(f"--iterations is {iterations}; accepted are 0 and more.")


def _prepare(scenario: Path) -> Prepared:
    from safepassage.pipeline import prepare

    with progress("Preparing") as report:
        prepared = prepare(scenario, progress=lambda text: report(0, 0, text))
    for finding in prepared.findings:
        err.print(str(finding), markup=False, style="yellow")
    return prepared


def _search(prepared: Prepared, time_s: float | None, iterations: int | None, seed: int) -> Plan:
    from safepassage.core.convoy.bound import bound_b0
    from safepassage.core.convoy.search import plan_convoy, warm_up

    with progress("Compiling the planner (once on this machine)"):
        warm_up()
    with progress("Bounding what any plan can do"):
        bound = bound_b0(prepared.problem)
    with progress("Planning") as report:

        def show(now: Progress) -> None:
            report(now.done, 1.0, _progress_text(now, bound.value))

        made = plan_convoy(
            prepared.problem,
            prepared.pre_left,
            seed=seed,
            iterations=iterations,
            deadline=None if time_s is None else _deadline(time_s),
            progress=show,
        )
    return replace(made, bound=bound)


def _deadline(time_s: float) -> Callable[[], float]:
    began = time.monotonic()
    return lambda: (time.monotonic() - began) / time_s


def _progress_text(now: Progress, bound: float) -> str:
    return f"{now.persons} people, weight {now.value}, gap {_gap(now.value, bound):.1%}"


def _gap(value: float, bound: float) -> float:
    """Return the share of the bound that the plan does not reach."""
    return (bound - value) / bound if bound > 0 else 0.0


def _judge(prepared: Prepared, made: Plan) -> tuple[Violation, ...]:
    from safepassage.core.convoy.check import check_plan

    return check_plan(prepared.problem, prepared.households, made)


def _write(folder: Path, made: Plan) -> None:
    from safepassage.adapters.plan_json import plan_to_json

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PLAN_FILE
    path.write_text(plan_to_json(made), encoding="utf-8", newline="\n")
    err.print(f"Written: {path}", markup=False)


def _left_by_reason(made: Plan) -> list[tuple[str, int, int]]:
    """Return (reason, households, persons) in the order of the reasons."""
    from safepassage.core.convoy.types import LeftReason

    rows = []
    for reason in LeftReason:
        left = [one for one in made.left if one.reason is reason]
        if left:
            rows.append((reason.value, len(left), sum(one.persons for one in left)))
    return rows


def _document(made: Plan, violations: Sequence[Violation], *, reproducible: bool) -> dict[str, Any]:
    import json

    from safepassage.adapters.plan_json import plan_to_json

    bound = made.bound.value if made.bound else None
    return {
        "plan": json.loads(plan_to_json(made)),
        "gap": None if bound is None else round(_gap(made.totals.value_across, bound), 6),
        "reproducible": reproducible,
        "left_by_reason": [
            {"reason": reason, "households": rows, "persons": persons}
            for reason, rows, persons in _left_by_reason(made)
        ],
        "violations": [
            {"rule": one.rule, "where": one.where, "message": one.message} for one in violations
        ],
    }


def _print_plan(problem: ConvoyProblem, made: Plan, *, reproducible: bool) -> None:
    totals = made.totals
    _say(f"Planned: {totals.persons} people in {totals.groups} travel groups, "
         f"priority-weighted {totals.value_across}.")  # fmt: skip
    if made.bound:
        _say(f"No plan can do better than {made.bound.value:.0f} weighted or "
             f"{made.bound.persons:.0f} people (bound {made.bound.name}): "
             f"gap {_gap(totals.value_across, made.bound.value):.1%}.")  # fmt: skip
    _say(f"Exposure {totals.exposure_person_h:.2f} person-hours times hazard rate; "
         f"vehicles out for {format_duration(totals.vehicle_s)} in all.")  # fmt: skip
    _print_windows(problem, made)
    _print_trips(problem, made)
    _print_left(made)
    _print_binding(made)
    note = f"seed {made.seed}, {made.iterations} moves"
    if not reproducible:
        note += "; searched by time, so another run may differ"
    _say(f"({note})")


def _say(text: str) -> None:
    out.print(text, markup=False)


def _print_windows(problem: ConvoyProblem, made: Plan) -> None:
    for window in problem.windows:
        trips = [trip for trip in made.trips if trip.window_id == window.window_id]
        opens = format_moment(moment_at(problem.epoch, window.opens_s), problem.timezone)
        closes = format_clock(moment_at(problem.epoch, window.closes_s), problem.timezone)
        state = "" if window.state == "accepted" else f" ({window.state}, not accepted)"
        _say(f"Window {window.window_id}: {opens} to {closes}{state}: {len(trips)} trips.")


def _print_trips(problem: ConvoyProblem, made: Plan) -> None:
    if not made.trips:
        return
    from rich.table import Table

    table = Table("trip", "leaves", "stops", "groups", "in queue", "across", "free", box=None)
    for trip in made.trips:
        clock = [
            format_clock(moment_at(problem.epoch, at_s), problem.timezone)
            for at_s in (
                trip.depart_s, trip.queue_arrive_s, trip.screening_end_s, trip.released_s
            )
        ]  # fmt: skip
        groups = sum(len(stop.boards) for stop in trip.stops)
        table.add_row(trip.trip_id, clock[0], str(len(trip.stops)), str(groups), *clock[1:])
    out.print(table)
    _say(f"Onward: {len(made.onward)} trips to "
         f"{len({one.centre_id for one in made.assignments})} reception centres.")  # fmt: skip


def _print_left(made: Plan) -> None:
    if not made.left:
        _say("Nobody is left.")
        return
    _say("Left:")
    for reason, rows, persons in _left_by_reason(made):
        _say(f"  {reason.replace('_', ' ')}: {rows} households, {persons} people")


def _print_binding(made: Plan) -> None:
    if made.bound and made.bound.binding:
        _say("What would help most (weighted people for each, in the bound):")
        for words, price in made.bound.binding[:4]:
            _say(f"  {words}: {price:g}")


def _print_violations(violations: Sequence[Violation]) -> None:
    if violations:
        err.print("The checker found rules broken by this plan; please report it:", style="red")
        for one in violations:
            err.print(f"{one.rule}, {one.where}: {one.message}", markup=False, style="red")
