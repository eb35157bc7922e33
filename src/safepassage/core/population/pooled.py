"""One band from many tables that could all be true: draws of the linkage, or of who has left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from safepassage.core.population.capture import prepare
from safepassage.core.population.poisson import Floats
from safepassage.core.population.recommend import band_mixture, recommend, warns
from safepassage.core.population.types import CaptureTable, Recommendation
from safepassage.errors import RefusedError

QUANTILES = 200
MOST_REFUSED = 0.1
"""Share of draws that may have no band; beyond it the whole has none."""
RULE_POOLED = "02-population §32: the band over draws of the tables"


def pooled_band(
    tables: Sequence[CaptureTable], level: float = 0.95, subject: str = "the linkage"
) -> Recommendation:
    """Return the band that holds the middle of the draws' bands taken together.

    Every draw counts the same; within a draw the unseen are spread as its own band says. The
    total, listed and unseen together, is what is mixed, because the number listed differs from
    draw to draw (Rubin's rules for a distribution instead of a mean).

    Parameters
    ----------
    tables
        One table per draw.
    subject
        What was drawn, for the reasons.

    Raises
    ------
    RefusedError
        If there is no table.

    References
    ----------
    Rubin (1987), doi:10.1002/9780470316696, for combining; Zhou and Reiter (2010),
    doi:10.1198/tast.2010.09109, for mixing draws.
    """
    if not tables:
        raise RefusedError("There is no draw to combine.")
    single = [_draw(table, level) for table in tables]
    usable = [(band, totals) for band, totals in single if band.estimate is not None]
    if len(usable) < (1.0 - MOST_REFUSED) * len(tables):
        refused = next(band for band, _ in single if band.estimate is None)
        words = f"{len(tables) - len(usable)} of {len(tables)} draws of {subject} have no band."
        return replace(refused, reasons=(words, *refused.reasons))
    totals = np.sort(np.concatenate([each for _, each in usable]))
    tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
    low, middle, high = (float(value) for value in np.quantile(totals, tails))
    at_least = min(table.observed for table in tables)
    bands = [band for band, _ in usable]
    warning = [band for band in bands if warns(band)]
    shown = _nearest(warning if 2 * len(warning) >= len(bands) else bands, middle)
    reasons = (_words(tables, subject), *shown.reasons)
    return replace(
        shown,
        estimate=middle,
        low=low,
        high=_wide_enough(high, warning) if warns(shown) else high,
        at_least=at_least,
        rule=f"{shown.rule}; {RULE_POOLED}",
        reasons=reasons,
    )


def _draw(table: CaptureTable, level: float) -> tuple[Recommendation, Floats]:
    """Return a draw's band, and quantiles of its total, evenly spread; none without a band."""
    usable, _ = prepare(table)
    band = recommend(table, usable, level)
    if band.estimate is None:
        return band, np.zeros(0)
    mixture = band_mixture(usable)
    shares = (np.arange(QUANTILES) + 0.5) / QUANTILES
    unseen = np.exp([min(mixture.quantile(float(share)), 700.0) for share in shares])
    return band, usable.observed + unseen


def _nearest(bands: Sequence[Recommendation], centre: float) -> Recommendation:
    """Return the band of the draw in the middle: its words stand for all."""
    return min(bands, key=lambda band: abs((band.estimate or 0.0) - centre))


def _wide_enough(high: float, bands: Sequence[Recommendation]) -> float:
    """Reach as high as half of the bands do that warn of a hidden group."""
    ends = [band.high for band in bands if band.high is not None and math.isfinite(band.high)]
    return max(high, float(np.median(ends))) if ends else high


def _words(tables: Sequence[CaptureTable], subject: str) -> str:
    seen = [table.observed for table in tables]
    return (
        f"{len(tables)} draws of {subject} were estimated one by one and mixed; they hold "
        f"{min(seen):,} to {max(seen):,} listed persons."
    )
