"""How often intervals hold the truth, how wide they are, and how far off the centre is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.population.structures import TRUTH, Structure, draw
from safepassage.core.population.estimate import run_method
from safepassage.core.population.recommend import recommend
from safepassage.core.population.types import CaptureTable

LEVEL = 0.95
COVERS = 0.92
"""A single method that holds the truth this often is the measure of the band's width."""
METHODS = (
    "chao",
    "zelterman",
    "independence",
    "all_two_way",
    "loglinear_aic",
    "loglinear_bic",
    "aic_average",
    "bic_average",
    "shrunk",
    "decomposable",
)
SLOW = ("sparse_stepwise", "latent_classes")
BAND = "recommended"


@dataclass(frozen=True, slots=True)
class Row:
    """What one method did in one structure.

    Parameters
    ----------
    coverage
        Share of runs whose interval holds the truth; a refusal holds nothing.
    ratio
        Median of high over low; infinite where most intervals have no end.
    error, bias
        Median of |estimate - truth| and of (estimate - truth), over the truth.
    too_low
        Share of runs whose interval lies below the truth.
    unbounded
        Share of runs that were refused or had no upper end.
    warned
        Share of runs in which the band said "at least" for a hidden group.
    """

    structure: str
    method: str
    runs: int
    coverage: float
    ratio: float
    error: float
    bias: float
    too_low: float
    unbounded: float
    warned: float


def measure(
    structure: Structure,
    seeds: Sequence[int],
    methods: Iterable[str] = METHODS,
    say: Callable[[str], None] = lambda _text: None,
) -> list[Row]:
    """Run the methods and the band on one table per seed."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    warned = 0
    for seed in seeds:
        table = draw(structure, seed)
        for name in methods:
            found.setdefault(name, []).append(_interval(name, table, seed))
        band = recommend(table, table, LEVEL)
        numbers = (band.low, band.estimate, band.high)
        found.setdefault(BAND, []).append(_numbers(*numbers))
        warned += any("hardly reached" in reason for reason in band.reasons)
        say(f"{structure.name}, seed {seed}")
    share = warned / len(seeds)
    return [
        _row(structure.name, name, np.array(rows), share if name == BAND else 0.0)
        for name, rows in found.items()
    ]


def _interval(name: str, table: CaptureTable, seed: int) -> tuple[float, float, float]:
    result = run_method(name, table, table, LEVEL, seed)
    return _numbers(result.low, result.estimate, result.high)


def _numbers(
    low: float | None, estimate: float | None, high: float | None
) -> tuple[float, float, float]:
    if low is None or estimate is None or high is None:
        return math.nan, math.nan, math.nan
    return low, estimate, high


def _row(
    structure: str,
    name: str,
    rows: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    warned: float,
) -> Row:
    low, estimate, high = rows.T
    given = np.isfinite(estimate)
    off = estimate[given] / TRUTH - 1 if given.any() else np.array([math.nan])
    return Row(
        structure,
        name,
        len(rows),
        coverage=float(((low <= TRUTH) & (high >= TRUTH)).mean()),
        ratio=float(np.median(np.where(given, high / low, math.inf))),
        error=float(np.median(np.abs(off))),
        bias=float(np.median(off)),
        too_low=float((high < TRUTH).mean()),
        unbounded=float((~np.isfinite(high)).mean()),
        warned=warned,
    )


def width_against_best(rows: Sequence[Row]) -> float | None:
    """Return the band's median high/low over that of the narrowest single method that covers."""
    band = next(row for row in rows if row.method == BAND)
    covering = [
        row.ratio
        for row in rows
        if row.method != BAND and row.coverage >= COVERS and math.isfinite(row.ratio)
    ]
    return band.ratio / min(covering) if covering else None
