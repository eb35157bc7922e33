"""``safepassage simulate``: what random delays do to a plan."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.check import check_document, prepare_with_progress, print_violations
from safepassage.cli.common import EXIT_RULE_BROKEN, out, print_json, progress

if TYPE_CHECKING:
    from safepassage.core.convoy.types import DelayModel, Plan, SimulationSummary
    from safepassage.pipeline import Prepared

app = typer.Typer(add_completion=False)

SHOWN_TRIPS = 5


@app.command()
def simulate(
    scenario: Annotated[
        Path, typer.Argument(metavar="SCENARIO", help="The folder the plan was made for.")
    ],
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan.json to run.")],
    runs: Annotated[int, typer.Option(min=1, max=1_000_000, help="Replications.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same answer.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run a plan thousands of times under the scenario's delays (delays.toml).

    Vehicles follow the plan, never earlier than planned; the crossing serves first come, first
    served; only people through before the window closes count. A plan that breaks a rule is
    refused with the rules, exit code 1.

    Example: safepassage simulate my-scenario out/plan.json --runs 10000 --seed 1
    """
    from safepassage.adapters.plan_json import read_plan
    from safepassage.core.convoy.check import check_plan

    judged = read_plan(plan)
    prepared = prepare_with_progress(scenario)
    violations = check_plan(prepared.problem, prepared.households, judged)
    if violations:
        _refuse(judged, violations, as_json=as_json)
    summary = _simulated(prepared, judged, runs, seed)
    if as_json:
        print_json(simulation_document(summary, prepared))
    else:
        _print(summary, prepared)


def simulation_document(summary: SimulationSummary, prepared: Prepared) -> dict[str, Any]:
    """Return a simulation as the JSON document that ``--json`` prints."""
    document = asdict(summary)
    document["trip_probability"] = dict(summary.trip_probability)
    document["delays_source"] = _delays(prepared).source
    return document


def _refuse(plan: Plan, violations: tuple[Any, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(check_document(plan, violations, None))
    else:
        print_violations(violations)
        out.print("A plan that breaks a rule is not simulated: its chances mean nothing.")
    raise typer.Exit(EXIT_RULE_BROKEN)


def _delays(prepared: Prepared) -> DelayModel:
    from safepassage.errors import Finding, InputError

    if prepared.scenario.delays is None:
        message = "there is no delay model; write one to simulate (docs/reference/scenario.md)"
        raise InputError(Finding(message, file="delays.toml"))
    return prepared.scenario.delays


def _simulated(prepared: Prepared, plan: Plan, runs: int, seed: int) -> SimulationSummary:
    from safepassage.core.convoy import simulate as stage

    delays = _delays(prepared)
    with progress("simulating") as report:
        return stage.simulate(prepared.problem, plan, delays, runs=runs, seed=seed, progress=report)


def _print(summary: SimulationSummary, prepared: Prepared) -> None:
    share, error = summary.probability_all_across, summary.probability_standard_error
    out.print(
        f"{summary.persons_planned} persons are planned. In {summary.runs} runs "
        f"{summary.persons_expected:.1f} are across on average, {summary.persons_low} to "
        f"{summary.persons_high} in nine runs of ten.",
        markup=False,
    )
    out.print(
        f"Everybody planned is across in {share:.1%} of the runs (standard error {error:.1%}); "
        f"{summary.stranded_expected:.1f} persons on average are aboard a vehicle when the window "
        "closes on them.",
        markup=False,
    )
    _print_weakest(summary)
    out.print(f"Delays: {_delays(prepared).source or 'no source given'}.", markup=False)


def _print_weakest(summary: SimulationSummary) -> None:
    weakest = sorted(summary.trip_probability, key=lambda trip: (trip[1], trip[0]))[:SHOWN_TRIPS]
    if weakest:
        named = ", ".join(f"{trip} {chance:.0%}" for trip, chance in weakest)
        out.print(f"Least certain trips: {named}.", markup=False)
