"""``safepassage scenario``: begin a scenario from a map, and check one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli import settlements
from safepassage.cli.common import EXIT_RULE_BROKEN, out, print_json, progress
from safepassage.errors import Finding, Severity, UsageError

if TYPE_CHECKING:
    from safepassage.scenario.rejects import RejectedRow

MOST_ALIKE = 20
"""Findings of one kind in one column that are printed before the rest is only counted."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Begin a scenario folder from a map, or check one.",
    epilog="Example: safepassage scenario init my-corridor --roads region.osm.pbf",
)


@app.command(epilog="Example: safepassage scenario init my-corridor --roads region.osm.pbf")
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to be made.")],
    roads: Annotated[
        Path,
        typer.Option(
            metavar="EXTRACT", help="OpenStreetMap extract: .osm.pbf, .osm, .osm.gz or .osm.bz2."
        ),
    ],
    day: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="Day of the window of silence; tomorrow if not given.",
        ),
    ] = None,
    timezone: Annotated[str, typer.Option(help="Local time of the operation.")] = "UTC",
    households: Annotated[int, typer.Option(help="Invented households to start with.")] = 40,
    force: Annotated[
        bool, typer.Option("--force", help="Write into a folder that holds files already.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make a scenario folder from a map: it can be planned at once and edited from there.

    Settlements come from the map. The line between the sides, the crossing, the depots and the
    households are placeholders that say so; README.txt in the folder says what to edit first.
    """
    from safepassage.adapters.skeleton import init_scenario

    with progress("Making the scenario") as report:
        made = init_scenario(
            folder,
            roads,
            day=day.date() if day else date.today() + timedelta(days=1),  # noqa: DTZ011 - the user's day
            timezone=timezone,
            households=households,
            force=force,
            progress=report,
        )
    if as_json:
        print_json(
            {
                "scenario": str(made.folder),
                "settlements": made.settlements,
                "pick_ups": made.pick_ups,
                "households": made.households,
                "notes": list(made.notes),
            }
        )
        return
    out.print(
        f"{made.folder}: {made.settlements} settlements, {made.pick_ups} assembly points, "
        f"{made.households} invented households.",
        markup=False,
    )
    for note in made.notes:
        out.print(f"note: {note}", style="yellow", markup=False)
    out.print(f"Next: read {made.folder / 'README.txt'}, then try", markup=False)
    out.print(f"  safepassage scenario validate {made.folder}", markup=False)
    out.print(f"  safepassage plan {made.folder}", markup=False)


@app.command(epilog="Example: safepassage scenario exercise tour --seed 7")
def exercise(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to be made.")],
    seed: Annotated[
        int | None, typer.Option(help="Other invented people and lists; places stay the same.")
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write who is who, outside the scenario's folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write the built-in exercise: invented people on six lists, in real places.

    `safepassage demo` writes it too and runs every stage on it; this only writes the folder.
    """
    from safepassage.exercises.sudzha import SEED, write_exercise
    from safepassage.exercises.truth import write_truth

    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} holds files already; name a folder to be made.")
    folder.mkdir(parents=True, exist_ok=True)
    found = write_exercise(folder, SEED if seed is None else seed)
    if truth is not None:
        write_truth(found, truth)
    lists = sorted(str(path) for path in (folder / "lists").iterdir())
    if as_json:
        print_json({"folder": str(folder), "lists": lists, "truth": str(truth) if truth else None})
        return
    out.print(f"The exercise stands in {folder}: invented people, real places.", markup=False)
    for path in lists:
        out.print(f"  {path}", markup=False)


app.command("settlements", epilog=settlements.EXAMPLE)(settlements.settlements)


@app.command(epilog="Example: safepassage scenario validate my-corridor --rejects rejects")
def validate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Scenario folder.")],
    rejects: Annotated[
        Path | None,
        typer.Option(
            "--rejects",
            metavar="DIR",
            help="Write the rows that were set aside here, one file a source, with reasons. "
            "They may hold personal data.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Name every error of a scenario with its file, row and column; exit 1 if there is one."""
    from safepassage.scenario.reader import read_scenario
    from safepassage.scenario.rejects import write_rejects
    from safepassage.scenario.validate import all_findings

    result = read_scenario(folder)
    findings = all_findings(result)
    written = write_rejects(result.rejects, rejects) if rejects is not None else ()
    if as_json:
        print_json(_validation_json(folder, findings, result.rejects, written))
    else:
        _print_findings(findings)
        out.print(_summary(folder, findings, result.rejects), markup=False)
        for path in written:
            out.print(f"Rows set aside, keep safe: {path}", markup=False)
    if _count(findings, Severity.ERROR):
        raise typer.Exit(EXIT_RULE_BROKEN)


def _print_findings(findings: Sequence[Finding]) -> None:
    """Print each finding on a line; of many alike the first, and how many more there are."""
    kinds = Counter(_kind(finding) for finding in findings)
    shown: Counter[tuple[str, ...]] = Counter()
    for finding in findings:
        kind = _kind(finding)
        shown[kind] += 1
        if shown[kind] <= MOST_ALIKE:
            _print_finding(finding)
        elif shown[kind] == kinds[kind]:
            more = kinds[kind] - MOST_ALIKE
            out.print(
                f"  … and {more} more like this in {finding.file}; --json has all", markup=False
            )


def _kind(finding: Finding) -> tuple[str, ...]:
    return (finding.severity.value, finding.file, finding.column or "", finding.rule)


def _print_finding(finding: Finding) -> None:
    style = "red" if finding.severity is Severity.ERROR else "yellow"
    rule = f"  [{finding.rule}]" if finding.rule else ""
    out.print(f"{finding.severity.value}: {finding}{rule}", style=style, markup=False)


def _count(findings: Sequence[Finding], severity: Severity) -> int:
    return sum(finding.severity is severity for finding in findings)


def _summary(folder: Path, findings: Sequence[Finding], rejects: Sequence[RejectedRow]) -> str:
    errors, warnings = (_count(findings, severity) for severity in Severity)
    if not findings:
        return f"{folder}: no errors, no warnings; the scenario can be planned."
    verdict = "correct the errors first" if errors else "the scenario can be planned"
    return (
        f"{folder}: {_number(errors, 'error')}, {_number(warnings, 'warning')}, "
        f"{_number(len(rejects), 'row')} set aside; {verdict}."
    )


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _validation_json(
    folder: Path,
    findings: Sequence[Finding],
    rejects: Sequence[RejectedRow],
    written: Sequence[Path],
) -> dict[str, Any]:
    return {
        "scenario": str(folder),
        "errors": _count(findings, Severity.ERROR),
        "warnings": _count(findings, Severity.WARNING),
        "rows_set_aside": len(rejects),
        "findings": [finding.to_json() for finding in findings],
        "reject_files": [str(path) for path in written],
    }
