"""Numbers of an estimate as JSON holds them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from safepassage.core.population.types import MethodEstimate, Recommendation


def number(value: float | None) -> float | None:
    """Return a number to one decimal; None where there is none, or no end to it."""
    return round(value, 1) if value is not None and math.isfinite(value) else None


def band_ends(band: Recommendation | MethodEstimate) -> dict[str, float | None]:
    """Return centre, low and high end of a band or of a method."""
    return {
        "estimate": number(band.estimate),
        "low": number(band.low),
        "high": number(band.high),
    }
