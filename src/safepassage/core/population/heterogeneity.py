"""People who differ in how easily they are listed (Mth), and people whom a listing changes (Mb).

The heterogeneity models add to the lists' own terms one column in the number of lists that name a
person. Its shape stands for how people differ, and no data can choose it: the spread of the four
answers is part of the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from safepassage.core.population.capture import cell_counts
from safepassage.core.population.loglinear import LARGE_UNSEEN
from safepassage.core.population.poisson import VAGUE_VARIANCE, Floats, facial_set, fit_models
from safepassage.core.population.types import CaptureTable, MethodEstimate
from safepassage.errors import RefusedError

POISSON_BASE = 2.0
GAMMA_SHIFT = 3.5
LEAST_LISTS = 3

_SHAPE_WARNING = (
    "Rests on how people are taken to differ, which no list can show; read all shapes together."
)


def _poisson(times: Floats) -> Floats:
    return (POISSON_BASE**times - 1.0)[:, None]


def _darroch(times: Floats) -> Floats:
    return (times**2 / 2.0)[:, None]


def _gamma(times: Floats) -> Floats:
    return (math.log(GAMMA_SHIFT) - np.log(GAMMA_SHIFT + times))[:, None]


SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "poisson": _poisson,
    "darroch": _darroch,
    "gamma": _gamma,
}
"""Column of the number of lists that name a person, by name of the shape."""


def mth_chao(table: CaptureTable, level: float) -> MethodEstimate:
    """Estimate the lower bound that holds however people differ, whatever the sizes of the lists.

    The number of lists enters through a convex piecewise linear function from two lists on, so the
    unseen rest on the people listed once and twice; bends the wrong way are taken out.

    References
    ----------
    Rivest and Baillargeon (2007), doi:10.1111/j.1541-0420.2007.00779.x.
    """
    _require_lists(table)
    counts, design, times = _cells(table)
    bends = np.maximum(times[:, None] - np.arange(2, len(table.lists)), 0.0)
    while (bent := _coefficients(np.hstack([design, bends]), counts)[design.shape[1] :]).min(
        initial=0.0
    ) < 0.0:
        bends = bends[:, bent >= 0.0]
    fitted = _fit(np.hstack([design, bends]), counts, "the lower bound")
    warning = "A lower bound where people differ in how easily they are listed."
    return _reported("mth_chao", table, fitted, level, (warning,))


def mth(shape: str) -> Callable[[CaptureTable, float], MethodEstimate]:
    """Return the method with one of :data:`SHAPES`.

    References
    ----------
    Darroch, Fienberg, Glonek and Junker (1993), doi:10.1080/01621459.1993.10476381; Rivest and
    Baillargeon (2007), doi:10.1111/j.1541-0420.2007.00779.x.
    """

    def run(table: CaptureTable, level: float) -> MethodEstimate:
        _require_lists(table)
        counts, design, times = _cells(table)
        column = SHAPES[shape](times)
        fitted = _fit(np.hstack([design, column]), counts, f"the {shape} shape")
        return _reported(f"mth_{shape}", table, fitted, level, (_SHAPE_WARNING,))

    return run


def behaviour(table: CaptureTable, level: float) -> MethodEstimate:
    """Estimate from first listings alone, where being listed changes the chance of the next.

    For lists that are equal occasions of one survey, in the order of time. How fast new people run
    out says how many are left (removal).

    References
    ----------
    Zippin (1956), doi:10.2307/3001646; model Mb of Otis, Burnham, White and Anderson (1978).
    """
    _require_lists(table)
    first = _first_listings(table)
    occasions, observed = len(first), float(first.sum())
    later = float(first @ np.arange(occasions))
    if later >= observed * (occasions - 1) / 2:
        raise RefusedError(
            "New people do not become fewer from occasion to occasion: nothing says how many "
            "are left."
        )
    miss = _chance_of_missing(later / observed, occasions)
    unseen = observed * miss**occasions / (1.0 - miss**occasions)
    spread = math.sqrt(_log_unseen_variance(miss, occasions, observed) + 1.0 / max(unseen, 1.0))
    warning = "Takes the lists as equal occasions of one survey in the order of time."
    return _with_interval("behaviour", table, unseen, spread, level, (warning,))


def _require_lists(table: CaptureTable) -> None:
    if len(table.lists) < LEAST_LISTS:
        raise RefusedError("Two lists cannot show how people differ in how easily they are listed.")


def _cells(table: CaptureTable) -> tuple[Floats, Floats, Floats]:
    """Return counts (C,), design with the constant and every list (C, k + 1), times listed (C,)."""
    lists = len(table.lists)
    cells = np.arange(1, 1 << lists)
    marks = (cells[:, None] >> np.arange(lists)) & 1
    design = np.hstack([np.ones((len(cells), 1)), marks]).astype(np.float64)
    return cell_counts(table)[1:], design, marks.sum(axis=1).astype(np.float64)


def _coefficients(design: Floats, counts: Floats) -> Floats:
    """Return the coefficients, also of a fit that runs to its limit: then only signs are used."""
    everything = np.ones((1, design.shape[1]), dtype=bool), np.ones((1, len(design)), dtype=bool)
    theta: Floats = fit_models(design, counts, *everything).theta[0]
    return theta


def _fit(design: Floats, counts: Floats, what: str) -> tuple[Floats, float, float]:
    """Return coefficients, logarithm of the unseen, and its variance.

    Raises
    ------
    RefusedError
        If the estimate does not exist or the cells do not fix the unseen.
    """
    everything = np.ones((1, design.shape[1]), dtype=bool), np.ones((1, len(design)), dtype=bool)
    fits = fit_models(design, counts, *everything)
    variance = float(fits.log_unseen_variance[0])
    if not fits.converged[0] or variance > VAGUE_VARIANCE or variance <= 0.0:
        raise RefusedError(f"The estimate under {what} does not exist on this table.")
    if not facial_set(design, counts, everything[0][0]).unseen_identified:
        raise RefusedError(f"Under {what} the overlaps do not fix the unseen.")
    return fits.theta[0], float(fits.theta[0, 0]), variance


def _reported(
    name: str,
    table: CaptureTable,
    fitted: tuple[Floats, float, float],
    level: float,
    warnings: tuple[str, ...],
) -> MethodEstimate:
    _, log_unseen, variance = fitted
    unseen = math.exp(min(log_unseen, 700.0))
    spread = math.sqrt(variance + 1.0 / max(unseen, 1.0))  # of the actual number, not of its mean
    return _with_interval(name, table, unseen, spread, level, warnings)


def _with_interval(
    name: str,
    table: CaptureTable,
    unseen: float,
    spread: float,
    level: float,
    warnings: tuple[str, ...],
) -> MethodEstimate:
    width = math.exp(min(float(ndtri(0.5 + level / 2)) * spread, 700.0))
    observed = float(table.observed)
    high = observed + unseen * width
    if high > LARGE_UNSEEN * observed:
        high = math.inf
        warnings = (*warnings, "The data set no upper bound.")
    return MethodEstimate(name, observed + unseen, observed + unseen / width, high, level, warnings)


def _first_listings(table: CaptureTable) -> Floats:
    """Return how many people each list names first, shape (k,)."""
    first = np.zeros(len(table.lists))
    for history, count in zip(table.histories, table.counts, strict=True):
        first[history.index(1)] += count
    return first


def _chance_of_missing(mean_before: float, occasions: int) -> float:
    """Solve for the chance of being missed on one occasion, from the mean wait before the first."""
    return float(brentq(lambda miss: _mean_wait(miss, occasions) - mean_before, 1e-12, 1.0 - 1e-9))


def _mean_wait(miss: float, occasions: int) -> float:
    places = np.arange(occasions)
    weight = miss**places
    return float(places @ weight / weight.sum())


def _log_unseen_variance(miss: float, occasions: int, observed: float) -> float:
    """Return the variance of the logarithm of the unseen by the delta method."""
    places = np.arange(occasions)
    weight = miss**places / (miss**places).sum()
    information = observed * float(places**2 @ weight - (places @ weight) ** 2) / miss**2
    slope = occasions / miss / (1.0 - miss**occasions)
    seen = 1.0 - miss**occasions
    return slope**2 / information + (1.0 - seen) / (observed * seen + 1e-12)
