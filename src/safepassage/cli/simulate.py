"""``safepassage simulate``: what random delays do to a plan."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.check import check_document, prepare_with_progress, print_violations
from safepassage.cli.common import EXIT_RULE_BROKEN, err, out, print_json, progress
from safepassage.cli.plan import require_language
from safepassage.cli.plan_search import delays_of, view_of
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.core.convoy.types import Plan, SimulationSummary
    from safepassage.pipeline import Prepared

app = typer.Typer(add_completion=False)

SHOWN_TRIPS = 8


@app.command()
def simulate(
    scenario: Annotated[
        Path, typer.Argument(metavar="SCENARIO", help="The folder the plan was made for.")
    ],
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan.json to run.")],
    runs: Annotated[int, typer.Option(min=1, max=1_000_000, help="Replications.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same answer.")] = 0,
    trips: Annotated[
        bool, typer.Option("--trips", help="Print the chance of every trip, not the least ones.")
    ] = False,
    picture: Annotated[
        Path | None,
        typer.Option(help="Draw people across over time with their band, as .svg or .png."),
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the picture: en, uk or ru.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run a plan thousands of times under the scenario's delays (delays.toml).

    Vehicles follow the plan, never earlier than planned; the crossing serves first come, first
    served; only people through before the window closes count. A plan that breaks a rule is
    refused with the rules, exit code 1.

    Example: safepassage simulate my-scenario out/plan.json --runs 10000 --picture across.png
    """
    _check_picture(picture, lang)
    from safepassage.adapters.plan_json import read_plan
    from safepassage.core.convoy.check import check_plan

    judged = read_plan(plan)
    prepared = prepare_with_progress(scenario)
    violations = check_plan(prepared.problem, prepared.households, judged)
    if violations:
        _refuse(judged, violations, as_json=as_json)
    summary = _simulated(prepared, judged, runs, seed)
    if picture is not None:
        _draw(picture, prepared, judged, summary, lang)
    if as_json:
        print_json(simulation_document(summary, prepared))
    else:
        _print(summary)
        _print_trips(prepared, judged, summary, every=trips)
        out.print(f"Delays: {delays_of(prepared).source or 'no source given'}.", markup=False)


def simulation_document(summary: SimulationSummary, prepared: Prepared) -> dict[str, Any]:
    """Return a simulation as the JSON document that ``--json`` prints."""
    document = asdict(summary)
    document["trip_probability"] = dict(summary.trip_probability)
    document["delays_source"] = delays_of(prepared).source
    return document


def _refuse(plan: Plan, violations: tuple[Any, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(check_document(plan, violations, None))
    else:
        print_violations(violations)
        out.print("A plan that breaks a rule is not simulated: its chances mean nothing.")
    raise typer.Exit(EXIT_RULE_BROKEN)


def _simulated(prepared: Prepared, plan: Plan, runs: int, seed: int) -> SimulationSummary:
    from safepassage.core.convoy import simulate as stage

    delays = delays_of(prepared)
    with progress("simulating") as report:
        return stage.simulate(prepared.problem, plan, delays, runs=runs, seed=seed, progress=report)


def _check_picture(picture: Path | None, lang: str) -> None:
    from safepassage.adapters.convoy_pictures import PICTURE_KINDS

    if picture is not None and picture.suffix.lower() not in PICTURE_KINDS:
        kinds = " and ".join(PICTURE_KINDS)
        raise UsageError(f"--picture is '{picture.name}'; accepted are names ending in {kinds}.")
    require_language(lang)


def _draw(
    path: Path, prepared: Prepared, plan: Plan, summary: SimulationSummary, lang: str
) -> None:
    from dataclasses import replace

    from safepassage.adapters.convoy_pictures import across_picture, write_picture
    from safepassage.adapters.i18n import translator

    view = replace(view_of(prepared, plan, band_seed=summary.seed), simulation=summary)
    write_picture(path, across_picture(view, translator(lang)))
    err.print(f"Written: {path}", markup=False)


def _print(summary: SimulationSummary) -> None:
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


def _print_trips(
    prepared: Prepared, plan: Plan, summary: SimulationSummary, *, every: bool
) -> None:
    """Print trips with their chance, the least certain first; with `every`, all of them."""
    from rich.table import Table
    from rich.text import Text

    from safepassage.adapters.plan_words import clock

    weakest = sorted(summary.trip_probability, key=lambda trip: (trip[1], trip[0]))
    shown = weakest if every else weakest[:SHOWN_TRIPS]
    if not shown:
        return
    planned = {trip.trip_id: trip for trip in plan.trips}
    persons = {group.token: group.load.persons for group in prepared.problem.groups}
    table = Table(box=None)
    table.add_column("trip" if every else "least certain trips", no_wrap=True, overflow="fold")
    for head in ("people", "across at", "chance", "std. error"):
        table.add_column(head, justify="right")
    for trip_id, chance in shown:
        trip = planned[trip_id]
        aboard = sum(persons[token] for stop in trip.stops for token in stop.boards)
        error = (chance * (1 - chance) / summary.runs) ** 0.5
        at = clock(prepared.problem, trip.screening_end_s)
        table.add_row(Text(trip_id), str(aboard), at, f"{chance:.1%}", f"{error:.1%}")
    out.print(table)
    if len(shown) < len(weakest):
        out.print(f"({len(weakest) - len(shown)} more with --trips.)", markup=False)
