"""Run ``python -m benchmarks.population``: published tables, then coverage in nine structures.

Options: ``--seeds N`` tables per structure (default 50), ``--first SEED`` (default 20000; the
band's settings were frozen on seeds below 8000), ``--slow`` with the sampling methods,
``--out FILE``.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.population.coverage import BAND, METHODS, SLOW, Row, measure, width_against_best
from benchmarks.population.published import REFERENCES, run_tables
from benchmarks.population.structures import STRUCTURES
from safepassage.core.population.types import PopulationEstimate

RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """Print both tables and write them down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.population")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first", type=int, default=20_000)
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    document: dict[str, Any] = {"protocol": _protocol(options)}
    document["published"] = _published(run_tables())
    document["coverage"] = _coverage(options)
    options.out.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _protocol(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "seeds": [options.first, options.first + options.seeds - 1],
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "safepassage": version("safepassage"),
    }


def _published(results: dict[str, PopulationEstimate]) -> list[dict[str, Any]]:
    if not results:
        print("The published tables lie beside the project (../shared/data); they are not here.")
    rows = []
    for name, result in results.items():
        for method in result.methods:
            theirs = next(
                (r for r in REFERENCES if (r.table, r.method) == (name, method.name)), None
            )
            rows.append(
                {
                    "table": name,
                    "method": method.name,
                    "estimate": _finite(method.estimate),
                    "low": _finite(method.low),
                    "high": _finite(method.high),
                    "detail": method.detail,
                    "refused": method.refused,
                    "reference": None if theirs is None else asdict(theirs),
                }
            )
            print(_published_line(rows[-1]))
        band = result.recommended
        rows.append(
            {
                "table": name,
                "method": BAND,
                "estimate": _finite(band.estimate),
                "low": _finite(band.low),
                "high": _finite(band.high),
            }
        )
        print(_published_line(rows[-1]))
    return rows


def _published_line(row: dict[str, Any]) -> str:
    start = f"{row['table']:<14} {row['method']:<16}"
    if row["estimate"] is None:
        return f"{start} refused"
    theirs = row.get("reference")
    beside = "" if theirs is None else f"   {theirs['source']}: {theirs['estimate']:,.0f}"
    high = "no limit" if row["high"] is None else f"{row['high']:,.0f}"
    return f"{start} {row['estimate']:>9,.0f} ({row['low']:,.0f} to {high}){beside}"


def _coverage(options: argparse.Namespace) -> list[dict[str, Any]]:
    seeds = range(options.first, options.first + options.seeds)
    methods = METHODS + (SLOW if options.slow else ())
    found: list[dict[str, Any]] = []
    for structure in STRUCTURES:
        rows = measure(structure, seeds, methods, _say)
        print(f"\n{structure.name} ({len(seeds)} tables)")
        for row in rows:
            print(_coverage_line(row))
            found.append({key: _finite_or_text(value) for key, value in asdict(row).items()})
        against = width_against_best(rows)
        if against is not None:
            print(f"  band's width over the narrowest method that covers: {against:.2f}")
    return found


def _coverage_line(row: Row) -> str:
    return (
        f"  {row.method:<16} holds {row.coverage:.3f}  high/low {row.ratio:5.2f}  error "
        f"{row.error:.3f}  bias {row.bias:+.3f}  too low {row.too_low:.2f}  no end "
        f"{row.unbounded:.2f}" + (f"  warned {row.warned:.2f}" if row.method == BAND else "")
    )


def _finite(value: float | None) -> float | None:
    return round(value, 4) if value is not None and math.isfinite(value) else None


def _finite_or_text(value: object) -> object:
    return _finite(value) if isinstance(value, float) else value


def _say(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text:<50}")


if __name__ == "__main__":
    main()
