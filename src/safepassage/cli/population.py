"""``safepassage population``: how many people remain, with a band that can be defended."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import EXIT_RULE_BROKEN, err, out, print_json, progress

if TYPE_CHECKING:
    from safepassage.core.population.types import (
        CaptureTable,
        ComparedClaim,
        MethodEstimate,
        PopulationEstimate,
        PublicClaim,
        Recommendation,
    )

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Estimate how many people remain from lists that overlap.",
)


@app.callback()
def population() -> None:
    """Estimate how many people remain from lists that overlap."""


@app.command()
def estimate(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE|SCENARIO",
            help="A CSV with one 0/1 column per list and a 'count' column, or a scenario folder.",
        ),
    ],
    method: Annotated[
        list[str] | None,
        typer.Option("--method", "-m", help="Show only this method; may be given several times."),
    ] = None,
    level: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Nominal coverage of the intervals.")
    ] = 0.95,
    seed: Annotated[int, typer.Option(help="For the methods that draw at random.")] = 0,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Write a picture for print.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print the union, the public claims, the recommended band and what every method says.

    Exit code 1 means that no band can be given; the reasons are printed.

    Example: safepassage population estimate overlaps.csv --plot overlaps.svg
    """
    result = _estimated(source, method, level, seed)
    if plot is not None:
        _write_plot(result, plot)
    if as_json:
        print_json(estimate_document(result))
    else:
        _print_estimate(result)
    if result.recommended.estimate is None:
        raise typer.Exit(EXIT_RULE_BROKEN)


def _estimated(
    source: Path, methods: list[str] | None, level: float, seed: int
) -> PopulationEstimate:
    import time

    from safepassage.core.population import estimate as stage

    with progress("estimating") as report:
        report(0, 0, "reading the lists")
        table, claims = _read(source)
        report(0, 0, "running the methods")
        return stage.estimate(
            table,
            methods=methods,
            level=level,
            seed=seed,
            claims=claims,
            clock=time.process_time,
        )


def _read(source: Path) -> tuple[CaptureTable, tuple[PublicClaim, ...]]:
    from safepassage.adapters.capture_table import read_capture_table

    if source.is_dir():
        return _read_scenario(source)
    read = read_capture_table(source)
    for finding in read.findings:
        err.print(f"{finding.severity.value}: {finding}", markup=False)
    return read.table, ()


def _read_scenario(folder: Path) -> tuple[CaptureTable, tuple[PublicClaim, ...]]:
    from safepassage.adapters.register import build_register
    from safepassage.core.population.capture import remaining_table
    from safepassage.scenario.reader import read_scenario

    scenario = read_scenario(folder).scenario
    register = build_register(scenario).register
    table, notices = remaining_table(register, [source.list_id for source in scenario.lists])
    for notice in notices:
        err.print(notice, markup=False)
    return table, scenario.claims


def _write_plot(result: PopulationEstimate, path: Path) -> None:
    from safepassage.adapters.population_plot import population_svg
    from safepassage.errors import Finding, InputError

    try:
        path.write_text(population_svg(result), encoding="utf-8")
    except OSError as error:
        finding = Finding(f"the picture cannot be written ({error.strerror}).", str(path))
        raise InputError(finding) from error


def estimate_document(result: PopulationEstimate) -> dict[str, Any]:
    """Return the JSON document of an estimate; an unbounded end is null and said in words."""
    return {
        "observed": result.table.observed,
        "lists": len(result.table.lists),
        "methods": [_method_document(method) for method in result.methods],
        "recommended": _band_document(result.recommended),
        "claims": [_claim_document(compared) for compared in result.claims],
        "notices": list(result.notices),
    }


def _method_document(method: MethodEstimate) -> dict[str, Any]:
    return {
        "name": method.name,
        "estimate": _number(method.estimate),
        "low": _number(method.low),
        "high": _number(method.high),
        "level": method.level,
        "seconds": None if method.seconds is None else round(method.seconds, 4),
        "warnings": [*method.warnings, *_unbounded(method.high)],
        "refused": method.refused or None,
    }


def _band_document(band: Recommendation) -> dict[str, Any]:
    return {
        "estimate": _number(band.estimate),
        "low": _number(band.low),
        "high": _number(band.high),
        "level": band.level,
        "at_least": band.at_least,
        "rule": band.rule,
        "assumption": band.assumption,
        "reasons": [*band.reasons, *_unbounded(band.high)],
    }


def _claim_document(compared: ComparedClaim) -> dict[str, Any]:
    claim = compared.claim
    return {
        "claim_id": claim.claim_id,
        "claimed_by": claim.claimed_by,
        "said_on": claim.said_on,
        "wording": claim.wording,
        "figure_low": claim.figure_low,
        "figure_high": claim.figure_high,
        "definition": claim.definition,
        "source": claim.source,
        "position": compared.position.value,
        "sentence": compared.sentence,
    }


def _number(value: float | None) -> float | None:
    return round(value, 1) if value is not None and math.isfinite(value) else None


def _unbounded(high: float | None) -> tuple[str, ...]:
    if high is None or math.isfinite(high):
        return ()
    return ("'high' is null because there is no upper limit.",)


def _print_estimate(result: PopulationEstimate) -> None:
    from safepassage.adapters.population_plot import band_words

    lists = ", ".join(result.table.lists)
    out.print(f"On at least one of {len(result.table.lists)} lists ({lists}):", markup=False)
    out.print(f"  {result.table.observed:,} persons. Nobody can argue with this number.")
    if result.claims:
        out.print("\nPublic claims, as claimed:")
    for compared in result.claims:
        out.print(f"  {compared.sentence}", markup=False)
    band = result.recommended
    out.print(f"\nRecommended: {band_words(band)}", style="bold", markup=False)
    for reason in band.reasons:
        out.print(f"  {reason}", markup=False)
    out.print(f"  Rule: {band.rule}.", markup=False)
    if band.assumption:
        out.print(f"  Assumes: {band.assumption}", markup=False)
    _print_methods(result)
    for notice in result.notices:
        out.print(f"\nNote: {notice}", markup=False)


def _print_methods(result: PopulationEstimate) -> None:
    from safepassage.adapters.population_plot import METHOD_LABELS

    out.print("\nWhat each method says:")
    for method in result.methods:
        label = f"  {METHOD_LABELS.get(method.name, method.name):<30}"
        out.print(label + _method_words(method), markup=False)
        for warning in method.warnings:
            out.print(f"      {warning}", markup=False, style="dim")


def _method_words(method: MethodEstimate) -> str:
    if method.estimate is None or method.low is None or method.high is None:
        return f"refused: {method.refused}"
    high = f"{method.high:,.0f}" if math.isfinite(method.high) else "no upper limit"
    detail = f"  {method.detail}" if method.detail else ""
    return f"{method.estimate:>9,.0f}  ({method.low:,.0f} to {high}){detail}"
