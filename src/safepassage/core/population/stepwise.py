"""Stepwise choice of pairs for sparse lists, with the choice repeated in every bootstrap sample.

References
----------
Chan, Silverman and Vincent (2021), doi:10.1080/01621459.2019.1708748.
"""

from __future__ import annotations

import numpy as np
from scipy.special import chdtri, ndtr, ndtri

from safepassage.core.population.capture import cell_counts
from safepassage.core.population.loglinear import fit_candidates
from safepassage.core.population.poisson import (
    VAGUE_VARIANCE,
    Bools,
    Floats,
    fit_models,
    score_statistics,
)
from safepassage.core.population.terms import design_matrix, model_name, order_of, terms_up_to
from safepassage.core.population.types import CaptureTable, MethodEstimate
from safepassage.errors import RefusedError

LEAST_LISTS, MOST_LISTS = 3, 8
ENTRY_P = 0.02
"""A pair enters if the likelihood ratio test gives less than this (Chan et al. 2021, section 4)."""
RESAMPLES = 250
SHORTLIST_FROM = 15
"""With more pairs than that (seven lists on) only the :data:`SHORTLIST` with the highest score
statistics are fitted: a score says nearly what a fit would."""
SHORTLIST = 4
MOST_UNSEEN = 1e6
"""A resample that finds this many times the observed, or no estimate, counts as unbounded."""


def sparse_stepwise(table: CaptureTable, level: float, seed: int) -> MethodEstimate:
    """Estimate by forward choice of pairs; the interval is a BCa bootstrap.

    Pairs of lists that share nobody may enter too, at minus infinity. A pair enters only if the
    model with it has an (extended) estimate.

    Raises
    ------
    RefusedError
        With fewer than three lists or more than eight, or where even independence has no estimate.
    """
    lists = len(table.lists)
    if lists > MOST_LISTS:
        raise RefusedError(
            f"The bootstrap is made for up to {MOST_LISTS} lists; there are {lists}."
        )
    if lists < LEAST_LISTS:
        raise RefusedError("Two lists leave no pair to choose: dependence and size look alike.")
    counts = cell_counts(table)
    chosen = _choose(counts[None, 1:], lists)[0]
    terms = terms_up_to(lists, 2)
    model = frozenset(term for term, taken in zip(terms, chosen, strict=True) if taken)
    fitted = fit_candidates(counts, lists, [model])
    if not fitted.exists[0]:
        raise RefusedError("Not even the model of independence has an estimate on this table.")
    unseen = float(np.exp(fitted.log_unseen[0]))
    drawn = _totals(_resamples(counts[1:], seed), lists)
    left_out = _totals(_one_less(counts[1:]), lists)
    skew = _acceleration(left_out, counts[1:])
    low, high = _bca(drawn, table.observed + unseen, skew, level)
    warnings = () if np.isfinite(high) else ("The data set no upper bound.",)
    return MethodEstimate(
        "sparse_stepwise",
        table.observed + unseen,
        low,
        high,
        level,
        warnings,
        detail=f"{model_name(model, table.lists)}, {RESAMPLES} resamples",
    )


def _resamples(counts: Floats, seed: int) -> Floats:
    random = np.random.default_rng(seed)
    observed = int(counts.sum())
    drawn = random.multinomial(observed, counts / observed, size=RESAMPLES)
    return drawn.astype(np.float64)


def _one_less(counts: Floats) -> Floats:
    """Return the table without one person, for every history that anybody has."""
    filled = np.flatnonzero(counts)
    less = np.repeat(counts[None, :], len(filled), axis=0)
    less[np.arange(len(filled)), filled] -= 1.0
    return less


def _totals(samples: Floats, lists: int) -> Floats:
    """Choose a model in every table and return its total; infinite where it has none."""
    design = design_matrix(range(1, 1 << lists), terms_up_to(lists, 2))
    log_unseen, _, exists = _fit(design, samples, _choose(samples, lists))
    observed = samples.sum(axis=1)
    bounded = exists & (log_unseen < np.log(MOST_UNSEEN * observed))
    totals: Floats = np.where(bounded, observed + np.exp(np.minimum(log_unseen, 700.0)), np.inf)
    return totals


def _choose(samples: Floats, lists: int) -> Bools:
    """Add, table by table, the pair that raises the likelihood most, while it passes the test.

    Parameters
    ----------
    samples
        Shape (S, C).

    Returns
    -------
    numpy.ndarray
        Terms of each table's model, shape (S, P).
    """
    terms = terms_up_to(lists, 2)
    design = design_matrix(range(1, 1 << lists), terms)
    pairs = np.flatnonzero([order_of(term) == 2 for term in terms])
    model = np.ones((len(samples), len(terms)), dtype=bool)
    model[:, pairs] = False
    _, reached, _ = _fit(design, samples, model)
    growing = np.arange(len(samples))
    needed = chdtri(1, ENTRY_P) / 2
    while len(growing):
        best, value = _best_pair(design, samples[growing], model[growing], pairs)
        passed = value - reached[growing] > needed
        growing, best, value = growing[passed], best[passed], value[passed]
        model[growing, best] = True
        reached[growing] = value
    return model


def _best_pair(
    design: Floats, samples: Floats, model: Bools, pairs: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Floats]:
    tables, places = np.nonzero(_worth_a_fit(design, samples, model, pairs))
    grown = model[tables].copy()
    grown[np.arange(len(tables)), pairs[places]] = True
    _, value, exists = _fit(design, samples[tables], grown)
    scores = np.full((len(samples), len(pairs)), -np.inf)
    scores[tables, places] = np.where(exists, value, -np.inf)
    best = scores.argmax(axis=1)
    return pairs[best], scores[np.arange(len(samples)), best]


def _worth_a_fit(
    design: Floats, samples: Floats, model: Bools, pairs: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Bools:
    """Return the pairs outside each model that may be its best: all, or those with high scores."""
    outside: Bools = ~model[:, pairs]
    if len(pairs) <= SHORTLIST_FROM:
        return outside
    terms, cells = _extended(design, samples, model)
    theta = fit_models(design, samples, terms, cells).theta
    scores = score_statistics(design, samples, terms, cells, theta)[:, pairs]
    scores = np.where(outside, scores, -1.0)
    least = np.sort(scores, axis=1)[:, -SHORTLIST, None]
    return outside & (scores >= least)


def _extended(design: Floats, samples: Floats, model: Bools) -> tuple[Bools, Bools]:
    """Return terms and cells that stay when terms whose lists share nobody go to minus infinity."""
    nobody = (samples @ design) == 0
    return model & ~nobody, ((model & nobody) @ design.T) == 0


def _fit(design: Floats, samples: Floats, model: Bools) -> tuple[Floats, Floats, Bools]:
    """Return log unseen, log-likelihood and existence for one model per table."""
    terms, cells = _extended(design, samples, model)
    fits = fit_models(design, samples, terms, cells)
    exists = fits.converged & (fits.log_unseen_variance < VAGUE_VARIANCE)
    return fits.theta[:, 0], fits.log_likelihood, exists


def _acceleration(left_out: Floats, counts: Floats) -> float:
    """Return the jackknife's skewness, every history weighted by its persons."""
    known = np.isfinite(left_out)
    weight = counts[counts > 0][known]
    if not known.any():
        return 0.0
    change = np.average(left_out[known], weights=weight) - left_out[known]
    spread = float(weight @ change**2)
    return float(weight @ change**3) / (6.0 * spread**1.5) if spread > 0.0 else 0.0


def _bca(totals: Floats, estimate: float, skew: float, level: float) -> tuple[float, float]:
    """Return Efron's bias-corrected and accelerated interval (1987, doi:10.2307/2289144)."""
    below = np.clip((totals < estimate).mean() + 0.5 * (totals == estimate).mean(), 0.01, 0.99)
    shift, half = float(ndtri(below)), float(ndtri(0.5 + level / 2))
    ordered = np.sort(totals)
    ends = [shift + side * half for side in (-1.0, 1.0)]
    shares = [float(ndtr(shift + end / max(1.0 - skew * end, 0.1))) for end in ends]
    low, high = (float(ordered[round(share * (len(ordered) - 1))]) for share in shares)
    return min(low, estimate), max(high, estimate)
