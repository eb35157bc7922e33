"""The shrunk log-linear model: all two- and three-way terms, held near plausible values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import ndtri

from safepassage.core.population.capture import cell_counts
from safepassage.core.population.poisson import Floats
from safepassage.core.population.terms import design_matrix, order_of, terms_up_to
from safepassage.core.population.types import CaptureTable, MethodEstimate
from safepassage.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Prior:
    """What is held likely of the terms before the lists are seen.

    Parameters
    ----------
    pair_mean, pair_sd
        Two-way terms: the logarithm of the odds ratio between two lists.
    triple_sd
        Three-way terms, around 0. Terms of four lists and more are 0.
    """

    name: str
    pair_mean: float
    pair_sd: float
    triple_sd: float


LOOSE = Prior("free", 0.3, 1.0, 0.5)
"""Lists lean towards each other (odds ratio 1.35), in 95 of 100 cases between 0.19 and 9.6."""
LEANING = Prior("leaning on the same people", 0.5, 0.4, 0.2)
"""All lists lean towards the same people, as when people differ in how easily they are listed."""
PLAIN = Prior("nearly independent", 0.0, 0.1, 0.05)
"""Hardly any dependence."""
FLAT_PRECISION = 1e-8
"""Of the constant and of the lists' own terms: the data alone set them."""
HELD_SD = 1e-3
"""Of a term that a dial holds: practically fixed."""
LEAST_LISTS = 3
MOST_LOG_UNSEEN = 30.0
"""e to the 30th: a thousand times more than there are people."""
MAX_STEPS = 200
STEP_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ShrunkFit:
    """The shrunk model's posterior, approximated at its mode.

    Parameters
    ----------
    log_unseen, log_unseen_sd
        Normal approximation for the logarithm of the actual number on no list.
    mean_pair_term
        Mean of the two-way terms at the mode: how far the lists lean towards the same people.
    log_evidence
        Logarithm of the marginal likelihood, up to a constant that all priors share.
    interactions
        (term, value) of every term of two and three lists at the mode.
    """

    log_unseen: float
    log_unseen_sd: float
    mean_pair_term: float
    log_evidence: float
    interactions: tuple[tuple[int, float], ...] = ()


def shrunk(table: CaptureTable, level: float) -> MethodEstimate:
    """Estimate by the shrunk log-linear model.

    Raises
    ------
    RefusedError
        With fewer than three lists, or where the table sets no bound.
    """
    fit = fit_shrunk(table)
    half = float(ndtri(0.5 + level / 2)) * fit.log_unseen_sd
    low, middle, high = (
        table.observed + persons(fit.log_unseen + shift) for shift in (-half, 0.0, half)
    )
    if middle == np.inf:
        raise RefusedError("The table says nothing on the unseen: the shrunk model has no bound.")
    detail = f"mean two-way term {fit.mean_pair_term:+.2f}"
    return MethodEstimate("shrunk", middle, low, high, level, detail=detail)


def persons(log_unseen: float) -> float:
    """Return the number of persons; infinite beyond what any count could be."""
    return float(np.exp(log_unseen)) if log_unseen < MOST_LOG_UNSEEN else float("inf")


def fit_shrunk(
    table: CaptureTable,
    prior: Prior = LOOSE,
    held: Mapping[int, float] | None = None,
    around: Mapping[int, float] | None = None,
) -> ShrunkFit:
    """Find the posterior mode and Laplace's approximation around it.

    Parameters
    ----------
    held
        Terms (bit masks of lists) held at a value within :data:`HELD_SD`.
    around
        Prior means of terms, in place of the prior's own: a part of a population leans on what the
        whole shows.

    The likelihood is Poisson and conditional on having been observed. The variance of the actual
    number unseen adds that of a Poisson count to that of its logarithmic mean.
    """
    lists = len(table.lists)
    if lists < LEAST_LISTS:
        raise RefusedError("Two lists cannot tell dependence from size, however it is held.")
    terms = terms_up_to(lists, 3)
    order = np.array([order_of(term) for term in terms])
    mean = np.where(order == 2, prior.pair_mean, 0.0)
    precision = np.select(
        [order == 2, order == 3], [prior.pair_sd**-2, prior.triple_sd**-2], FLAT_PRECISION
    )
    for term, value in (around or {}).items():
        mean[terms.index(term)] = value
    for term, value in (held or {}).items():
        at = terms.index(term)
        mean[at], precision[at] = value, HELD_SD**-2
    design = design_matrix(range(1, 1 << lists), terms)
    mode, variance, evidence = _mode(design, cell_counts(table)[1:], mean, precision)
    spread = float(np.sqrt(variance + np.exp(-max(mode[0], 0.0))))
    lean = float(mode[order == 2].mean())
    values = zip(terms, mode.tolist(), strict=True)
    interactions = tuple((term, value) for term, value in values if order_of(term) > 1)
    return ShrunkFit(float(mode[0]), spread, lean, evidence, interactions)


def _mode(
    design: Floats, counts: Floats, mean: Floats, precision: Floats
) -> tuple[Floats, float, float]:
    """Climb by Newton's method; return the mode, the variance of its constant, the evidence."""
    theta = mean.copy()
    theta[0] = np.log(counts.sum())
    theta[1 : design.shape[0].bit_length() + 1] = -1.0
    value = _log_posterior(design, counts, mean, precision, theta)
    for _ in range(MAX_STEPS):
        fitted = _means(design, theta)
        factor = cho_factor((design.T * fitted) @ design + np.diag(precision))
        step = cho_solve(factor, design.T @ (counts - fitted) - precision * (theta - mean))
        theta, value = _climb(design, counts, mean, precision, theta, value, step)
        if np.abs(step).max() < STEP_TOLERANCE:
            break
    else:
        raise RefusedError("The shrunk model found no mode on this table.")
    first = np.zeros(len(theta))
    first[0] = 1.0
    evidence = value - np.log(np.diag(factor[0])).sum() + 0.5 * np.log(precision).sum()
    return theta, float(cho_solve(factor, first)[0]), float(evidence)


def _means(design: Floats, theta: Floats) -> Floats:
    result: Floats = np.exp(np.clip(design @ theta, -60.0, 60.0))
    return result


def _log_posterior(
    design: Floats, counts: Floats, mean: Floats, precision: Floats, theta: Floats
) -> float:
    likelihood = counts @ (design @ theta) - _means(design, theta).sum()
    return float(likelihood - 0.5 * (precision * (theta - mean) ** 2).sum())


def _climb(
    design: Floats,
    counts: Floats,
    mean: Floats,
    precision: Floats,
    theta: Floats,
    value: float,
    step: Floats,
) -> tuple[Floats, float]:
    share = 1.0
    slack = 1e-12 * (1.0 + abs(value))
    while True:
        moved = theta + share * step
        reached = _log_posterior(design, counts, mean, precision, moved)
        if reached >= value - slack or share < 1e-4:
            return moved, reached
        share /= 2
