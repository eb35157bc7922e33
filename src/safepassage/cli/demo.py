"""``safepassage demo``: the built-in exercise, all stages, a story and a folder to open."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import EXIT_RULE_BROKEN, Reporter, out, print_json, progress
from safepassage.errors import UsageError
from safepassage.units import format_clock, format_duration, format_moment, moment_at

if TYPE_CHECKING:
    from safepassage.briefing import Briefing, Compared
    from safepassage.core.convoy.types import Window
    from safepassage.exercises.truth import ExerciseTruth

app = typer.Typer(add_completion=False)

SCENARIO_FOLDER = "scenario"
MOST_CAUSES = 3
"""Facts behind a change that the story names."""


@app.command(
    epilog="Example: safepassage demo --out tour   "
    "Exit codes: 0 done, 1 a rule is broken, 2 called wrongly."
)
def demo(
    out_dir: Annotated[Path, typer.Option("--out", help="Folder to write; it is made.")] = Path(
        "safepassage-demo"
    ),
    seed: Annotated[
        int | None, typer.Option(help="Another seed: other invented people.", min=0)
    ] = None,
    iterations: Annotated[
        int | None, typer.Option(help="Moves of the convoy search; by size if not given.", min=0)
    ] = None,
    runs: Annotated[int, typer.Option(help="Simulation runs.", min=1)] = 10_000,
    lang: Annotated[str, typer.Option(help="Language of report.html: en, uk or ru.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run the built-in exercise "Sudzha, February 2025" through every stage.

    The people are invented, the places are real, the roads are schematic. The folder holds the
    scenario, the report, the plan, manifests, notifications, routes and the calendar of windows.
    """
    languages = _languages(lang)
    scenario, truth = _write_scenario(out_dir, seed)
    briefing = _run(scenario, out_dir, seed, iterations, runs, languages)
    if as_json:
        print_json(_document(briefing, truth, out_dir))
    else:
        _tell(briefing, truth, out_dir, lang)
    if briefing.violations:
        raise typer.Exit(EXIT_RULE_BROKEN)


def _languages(first: str) -> tuple[str, ...]:
    from safepassage.adapters.i18n import LANGUAGES

    if first not in LANGUAGES:
        raise UsageError(f"'{first}' is not a language; accepted: {', '.join(LANGUAGES)}.")
    return (first, *(language for language in LANGUAGES if language != first))


def _write_scenario(out_dir: Path, seed: int | None) -> tuple[Path, ExerciseTruth]:
    from safepassage.exercises.sudzha import SEED, write_exercise

    folder = out_dir / SCENARIO_FOLDER
    if out_dir.exists() and not out_dir.is_dir():
        raise UsageError(f"{out_dir} is a file; name a folder for --out.")
    if out_dir.exists() and any(out_dir.iterdir()) and not (folder / "datapackage.json").exists():
        raise UsageError(f"{out_dir} is not empty and holds no demo; give another --out.")
    return folder, write_exercise(folder, SEED if seed is None else seed)


def _run(
    scenario: Path,
    out_dir: Path,
    seed: int | None,
    iterations: int | None,
    runs: int,
    languages: tuple[str, ...],
) -> Briefing:
    from safepassage.briefing import brief
    from safepassage.core.convoy.search import warm_up

    with progress("Compiling the planner (once on this machine)") as report:
        report(0, 0)
        warm_up()
    with progress("Exercise") as report:
        return brief(
            scenario,
            out_dir,
            issued_at=_issued_at(scenario),
            seed=seed or 0,
            iterations=iterations,
            runs=runs,
            languages=languages,
            say=_steps(report),
        )


def _steps(report: Reporter) -> Any:
    def say(text: str, share: float) -> None:
        report(share, 1.0, text)

    return say


def _issued_at(scenario: Path) -> datetime:
    """Return the moment that stands on the documents: the exercise's own, so that it repeats.

    Three days before the first movement, so that the usual notice of 48 hours is kept.
    """
    from safepassage.scenario.reader import read_scenario

    read = read_scenario(scenario).scenario
    first_s = min(window.movement_from_s for window in read.windows)
    return moment_at(read.epoch, first_s) - timedelta(days=3)


def _say(text: str = "", style: str = "") -> None:
    out.print(text, markup=False, style=style)


def _head(text: str) -> None:
    _say()
    _say(text, style="bold")


def _tell(briefing: Briefing, truth: ExerciseTruth, out_dir: Path, lang: str) -> None:
    """Print the story that a duty officer reads in a minute."""
    scenario = briefing.prepared.scenario
    _say(f"{scenario.title}. The roads are schematic.",
         style="bold yellow")  # fmt: skip
    _tell_people(briefing)
    _tell_truth(briefing, truth)
    _tell_talks(briefing, lang)
    _tell_ways(briefing)
    _tell_timetable(briefing)
    _tell_result(briefing)
    _tell_left(briefing)
    _tell_next(briefing, out_dir)


def _tell_people(briefing: Briefing) -> None:
    from safepassage.adapters.population_plot import band_words
    from safepassage.adapters.report import register_numbers, willing

    prepared, population = briefing.prepared, briefing.population
    numbers = register_numbers(prepared.scenario, prepared.register)
    _head("Who is there, and how many remain")
    if numbers:
        _say(f"  {numbers.records:,} records on {len(numbers.per_list)} lists are "
             f"{numbers.persons:,} persons in {numbers.households:,} households; "
             f"{numbers.review:,} pairs are worth a person's look.")  # fmt: skip
    if population:
        for compared in population.claims:
            _say(f"  Claim: {compared.sentence}")
        _say(f"  On at least one list: {population.table.observed:,}. "
             f"Estimate: {band_words(population.recommended)} (95 % band).")  # fmt: skip
        _say(f"  Assumed: {population.recommended.assumption}")
    _say(f"  Chose to go and consented: {willing(prepared.households):,}.")


def _tell_truth(briefing: Briefing, truth: ExerciseTruth) -> None:
    """Hold the estimate against the truth, which only an exercise knows."""
    if briefing.population is None:
        return
    band, union = briefing.population.recommended, briefing.population.table.observed
    listed = len(truth.listed)
    _say(f"  The exercise's truth, which no operation knows: {truth.population:,} remain, "
         f"{listed:,} of them on a list.")  # fmt: skip
    if band.low is None or band.high is None:
        return
    holds = band.low <= truth.population <= band.high
    verdict = "holds" if holds else "misses"
    _say(f"  The band {verdict} it; the register counts {union - listed:+,} persons against the "
         "truth, and every link it missed pushes the estimate up.")  # fmt: skip


def _tell_talks(briefing: Briefing, lang: str) -> None:
    from safepassage.adapters.i18n import translator
    from safepassage.core.agreement.wording import missing_lines

    title, *lines = missing_lines(
        briefing.talks, briefing.prepared.scenario.parties, translator(lang), lang
    )
    _head(title.rstrip(":"))
    for line in lines:
        _say(f"  {line.strip()}" if line == line.lstrip() else f"    - {line.strip()}")


def _tell_ways(briefing: Briefing) -> None:
    from rich.table import Table

    ground = briefing.ground
    if not ground.options:
        return
    names = {place.place_id: place.name for place in briefing.prepared.scenario.places}
    first = ground.options[0]
    _head(f"Ways out from {names[first.from_place]} to {names[first.to_place]} "
          f"({first.profile.vehicle_class.value})")  # fmt: skip
    table = Table("way", "time", "length", "exposure", "oldest fact", "why", box=None)
    for option in ground.options:
        age = option.oldest_age_days
        table.add_row(
            option.option_id,
            format_duration(option.travel_time_s),
            f"{option.length_m / 1000:.1f} km",
            f"{option.exposure:.3f}",
            "none" if age is None else f"{age:.0f} days",
            option.reason,
        )
    out.print(table)
    for segment in ground.segments:
        if segment.option_id == first.option_id:
            asked = " and ".join(segment.asked) or "nobody known"
            _say(f"  {segment.segment_id}: {segment.name}, {segment.length_m / 1000:.1f} km; "
                 f"to be acknowledged by {asked}")  # fmt: skip
    if ground.closure is not None:
        ways = ", ".join(str(way) for way in ground.closure.ways)
        _tell_changes(ground.closure, f"If way {ways} were lost", names)
    if ground.since is not None:
        since = format_moment(ground.since.before.at, briefing.prepared.scenario.timezone)
        _tell_changes(ground.since, f"Since {since}", names)


def _tell_changes(compared: Compared, title: str, names: dict[str, str]) -> None:
    """Say in two lines what changes for the places, and which facts do it."""
    lost = [names[one.place_id] for one in compared.changes if one.verdict == "lost"]
    slower = [
        one.after.travel_time_s - one.before.travel_time_s
        for one in compared.changes
        if one.before.travel_time_s is not None and one.after.travel_time_s is not None
    ]
    longest = max(slower, default=0)
    count = sum(more > 0 for more in slower)
    parts = [f"no way any more: {', '.join(lost)}"] if lost else []
    parts += [f"{count} places are further, by up to {format_duration(longest)}"] if count else []
    _say(f"  {title}: {'; '.join(parts) or 'nothing changes'}.")
    causes = list(dict.fromkeys(text for one in compared.changes for text in one.causes))
    for text in causes[:MOST_CAUSES] if not compared.ways else ():
        _say(f"    {text}")


def _tell_timetable(briefing: Briefing) -> None:
    from rich.table import Table

    problem, plan = briefing.prepared.problem, briefing.plan
    _head("Timetable")
    table = Table(
        "window", "open", "trips", "leave from", "last across", "people", "onward", box=None
    )
    loads = {group.token: group.load.persons for group in problem.groups}
    people: Counter[str] = Counter()
    for assignment in plan.assignments:
        people[assignment.trip_id] += loads[assignment.token]
    for window in problem.windows:
        table.add_row(*_window_row(briefing, window, people))
    out.print(table)
    not_accepted = [w.window_id for w in problem.windows if w.state != "accepted"]
    if not_accepted:
        _say(f"  Not accepted by the parties: {', '.join(not_accepted)}. "
             "A plan on such windows is a draft.")  # fmt: skip


def _window_row(briefing: Briefing, window: Window, people: Counter[str]) -> tuple[str, ...]:
    problem, plan = briefing.prepared.problem, briefing.plan

    def clock(at_s: int) -> str:
        return format_clock(moment_at(problem.epoch, at_s), problem.timezone)

    trips = [trip for trip in plan.trips if trip.window_id == window.window_id]
    day = moment_at(problem.epoch, window.opens_s)
    return (
        window.window_id,
        f"{day:%d %b} {clock(window.opens_s)}-{clock(window.closes_s)}",
        f"{len(trips)} by {len({trip.vehicle_id for trip in trips})}",
        clock(min(trip.depart_s for trip in trips)) if trips else "-",
        clock(max(trip.screening_end_s for trip in trips)) if trips else "-",
        str(sum(people[trip.trip_id] for trip in trips)),
        str(sum(trip.window_id == window.window_id for trip in plan.onward)),
    )


def _tell_result(briefing: Briefing) -> None:
    from safepassage.adapters.report import gap

    plan, simulation = briefing.plan, briefing.simulation
    _head("What the plan is worth")
    rules = len(briefing.violations)
    verdict = f"{rules} rules broken" if rules else "no rule broken"
    _say(f"  Planned across: {plan.totals.persons:,} people in {plan.totals.groups:,} travel "
         f"groups. Independent checker: {verdict}.")  # fmt: skip
    for violation in briefing.violations[:10]:
        _say(f"    {violation.rule} {violation.where}: {violation.message}", style="red")
    if simulation:
        _say(f"  Under random delays ({simulation.runs:,} runs): "
             f"{simulation.persons_expected:,.0f} across on average, 9 in 10 runs "
             f"{simulation.persons_low:,} to {simulation.persons_high:,}; everybody planned is "
             f"across in {simulation.probability_all_across:.1%} of runs.")  # fmt: skip
    if plan.bound:
        _say(f"  Proven: no plan brings more than {math.floor(plan.bound.persons):,} across; "
             f"by priority-weighted\n  count this plan is within {gap(plan) or 0:.1%} of the bound "
             f"{plan.bound.name}.")  # fmt: skip


def _tell_left(briefing: Briefing) -> None:
    from safepassage.adapters.i18n import translator
    from safepassage.adapters.report import reasons

    _head("Who is left, and why")
    for reason, persons in reasons(briefing.plan, translator("en")):
        _say(f"  {persons:>5,}  {reason}")
    if briefing.plan.bound and briefing.plan.bound.binding:
        words, price = briefing.plan.bound.binding[0]
        _say(f"  What would help most: {words} (worth {price:g} weighted people in the bound).")


def _tell_next(briefing: Briefing, out_dir: Path) -> None:
    scenario = out_dir / SCENARIO_FOLDER
    _head(f"Written to {out_dir}")
    kinds = Counter(meaning for _name, meaning in briefing.files)
    for name, meaning in briefing.files:
        if kinds[meaning] == 1:
            _say(f"  {name:<18} {meaning}")
        elif kinds[meaning] > 1:
            _say(f"  {name.split('/')[0] + '/':<18} {meaning} ({kinds[meaning]} files)")
            kinds[meaning] = 0
    _head("Try next")
    _say(f"  open {out_dir / 'report.html'} in a browser; it needs no network")
    _say(f"  safepassage check {scenario} {out_dir / 'plan.json'}")
    _say(f"  safepassage simulate {scenario} {out_dir / 'plan.json'} --runs 20000")
    _say(f"  safepassage corridor close {scenario} --way 3 --vehicle bus")
    _say(f"  safepassage corridor what-if {scenario} --vehicle bus")
    _say("  safepassage scenario init my-operation --roads my-extract.osm.pbf")


def _document(briefing: Briefing, truth: ExerciseTruth, out_dir: Path) -> dict[str, Any]:
    from safepassage.adapters.report import gap, register_numbers, willing

    prepared, population, simulation = briefing.prepared, briefing.population, briefing.simulation
    numbers = register_numbers(prepared.scenario, prepared.register)
    band = population.recommended if population else None
    return {
        "out": str(out_dir),
        "records": numbers.records if numbers else None,
        "persons": numbers.persons if numbers else None,
        "observed": population.table.observed if population else None,
        "band": [_finite(band.low), _finite(band.high)] if band else None,
        "truth": {"remain": truth.population, "listed": len(truth.listed)},
        "willing": willing(prepared.households),
        "missing": [
            {"step": act.step_id, "by": act.by, "to": act.to} for act in briefing.talks.missing
        ],
        "options": len(briefing.ground.options),
        "segments": len(briefing.ground.segments),
        "planned": briefing.plan.totals.persons,
        "value_across": briefing.plan.totals.value_across,
        "bound": briefing.plan.bound.value if briefing.plan.bound else None,
        "gap": gap(briefing.plan),
        "expected": simulation.persons_expected if simulation else None,
        "probability_all_across": simulation.probability_all_across if simulation else None,
        "violations": [str(violation) for violation in briefing.violations],
        "files": [name for name, _meaning in briefing.files],
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
