"""``safepassage population simulate``: how often intervals hold the truth for lists like these."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json, progress

if TYPE_CHECKING:
    from safepassage.core.population.simulate import Coverage


def simulate(
    source: Annotated[
        Path, typer.Argument(metavar="TABLE|SCENARIO", help="A capture table or a scenario.")
    ],
    persons: Annotated[
        int | None,
        typer.Option(help="True total to draw from; the band's centre if not given."),
    ] = None,
    runs: Annotated[int, typer.Option(min=10, help="Draws in each world.")] = 100,
    method: Annotated[
        list[str] | None,
        typer.Option("--method", "-m", help="Study this method; may be given several times."),
    ] = None,
    level: Annotated[float, typer.Option(min=0.5, max=0.999)] = 0.95,
    seed: Annotated[int, typer.Option(help="Same seed, same draws.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Draw lists like yours from people of known number, and count how often intervals hold it.

    Example: safepassage population simulate overlaps.csv --runs 200
    """
    from safepassage.cli.population.estimate import read_source
    from safepassage.core.population.simulate import QUICK, WORLDS, coverage_study

    table, _ = read_source(source)
    truth = persons or _centre(table, level)
    with progress("simulating") as report:
        rows = coverage_study(
            table,
            truth,
            runs=runs,
            seed=seed,
            level=level,
            methods=tuple(method) if method else QUICK,
            progress=report,
        )
    if as_json:
        print_json({"persons": truth, "runs": runs, "seed": seed, "worlds": _documents(rows)})
        return
    out.print(f"{truth:,} people, lists as long as yours, {runs} draws in each world.")
    words = {world.name: world.words for world in WORLDS}
    for world in dict.fromkeys(row.world for row in rows):
        out.print(f"\n{world}: {words[world]}", style="bold", markup=False)
        out.print("  method                    holds the truth   high/low    bias")
        for row in rows:
            if row.world == world:
                out.print(_line(row), markup=False)


def _centre(table: Any, level: float) -> int:
    from safepassage.core.population.capture import prepare
    from safepassage.core.population.recommend import recommend
    from safepassage.errors import UsageError

    band = recommend(table, prepare(table)[0], level)
    if band.estimate is None:
        raise UsageError("There is no band to take the total from; give --persons.")
    return round(band.estimate)


def _line(row: Coverage) -> str:
    bias = "refused" if row.bias is None else f"{row.bias:+.1%}"
    width = f"{row.width:.2f}" if math.isfinite(row.width) else "no end"
    return f"  {row.method:<25} {row.coverage:>14.0%} {width:>10} {bias:>8}"


def _documents(rows: tuple[Coverage, ...]) -> list[dict[str, Any]]:
    return [
        {
            "world": row.world,
            "method": row.method,
            "coverage": round(row.coverage, 4),
            "median_high_over_low": round(row.width, 4) if math.isfinite(row.width) else None,
            "median_bias": None if row.bias is None else round(row.bias, 4),
            "refused": round(row.refused, 4),
        }
        for row in rows
    ]
