"""Log-linear models: which there are, which the table can carry, and what they say together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri, gammaln, ndtr, ndtri

from safepassage.core.population.capture import cell_counts
from safepassage.core.population.poisson import (
    VAGUE_VARIANCE,
    Bools,
    Face,
    Fits,
    Floats,
    facial_set,
    fit_models,
)
from safepassage.core.population.terms import (
    design_matrix,
    hierarchical_models,
    model_name,
    order_of,
    terms_up_to,
)
from safepassage.core.population.types import CaptureTable, MethodEstimate
from safepassage.errors import RefusedError

Model = frozenset[int]

FULL_SEARCH_ORDER = {3: 2, 4: 3, 5: 2}
"""Lists to the largest term of an exhaustive search: 8, 113 and 1,024 models."""
LARGE_UNSEEN = 1e7
"""An interval that reaches this many times the observed is reported as unbounded."""
TINY_MEAN = 1e-13
NEGLIGIBLE_WEIGHT = 1e-7
PREFERRED_GAIN = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Models fitted to one table.

    Parameters
    ----------
    models
        M sets of terms.
    log_unseen, log_unseen_variance
        Logarithm of the expected number on no list and its variance, shape (M,).
    log_likelihood
        Shape (M,); the bound that is approached where no estimate exists.
    exists
        Whether the (extended) estimate exists and fixes the unseen, shape (M,).
    terms, cells
        Terms and cells of the face that holds the estimate, shapes (M, P) and (M, C).
    """

    design: Floats
    counts: Floats
    models: tuple[Model, ...]
    log_unseen: Floats
    log_unseen_variance: Floats
    log_likelihood: Floats
    exists: Bools
    terms: Bools
    cells: Bools

    @property
    def observed(self) -> float:
        """Persons on at least one list."""
        return float(self.counts.sum())

    def criterion(self, penalty: float) -> Floats:
        """Return minus twice the log-likelihood plus `penalty` for each term, shape (M,)."""
        sizes = np.array([len(model) for model in self.models])
        result: Floats = -2.0 * self.log_likelihood + penalty * sizes
        return result

    def aic(self) -> Floats:
        """Return Akaike's criterion, shape (M,)."""
        return self.criterion(2.0)

    def bic(self) -> Floats:
        """Return the Bayesian criterion with the number of persons observed, shape (M,)."""
        return self.criterion(float(np.log(self.observed)))


def fit_candidates(counts: Floats, lists: int, models: Sequence[Model]) -> Candidates:
    """Fit every model, find those whose estimate does not exist, and use extended estimates.

    A term whose lists share nobody is put at minus infinity: its cells leave the model. What
    else fails to converge, or cannot tell its terms apart, goes to the linear program of
    :func:`~safepassage.core.population.poisson.facial_set`.

    Parameters
    ----------
    counts
        Persons per cell from :func:`~safepassage.core.population.capture.cell_counts`.
    """
    columns = tuple(sorted(set().union(*models), key=lambda term: (order_of(term), term)))
    design = design_matrix(range(1, 1 << lists), columns)
    observed = counts[1:]
    wanted = np.array([[term in model for term in columns] for model in models])
    nobody = (observed @ design) == 0
    terms = wanted & ~nobody
    cells = ((wanted & nobody) @ design.T) == 0
    fits = fit_models(design, observed, terms, cells)
    exists = np.ones(len(models), dtype=bool)
    for index in np.flatnonzero(_doubtful(design, cells, fits)):
        face = facial_set(design, observed, wanted[index])
        exists[index] = face.unseen_identified
        if face.unseen_identified:
            terms[index], cells[index] = face.terms, face.cells
            _refit(fits, int(index), design, observed, face)
    return Candidates(
        design,
        observed,
        tuple(models),
        fits.theta[:, 0],
        fits.log_unseen_variance,
        fits.log_likelihood,
        exists,
        terms,
        cells,
    )


def _doubtful(design: Floats, cells: Bools, fits: Fits) -> Bools:
    smallest = np.where(cells, np.exp(np.minimum(fits.theta @ design.T, 0.0)), 1.0).min(axis=1)
    vague = fits.log_unseen_variance > VAGUE_VARIANCE
    result: Bools = ~fits.converged | vague | (smallest < TINY_MEAN)
    return result


def _refit(fits: Fits, index: int, design: Floats, counts: Floats, face: Face) -> None:
    """Put the fit on the face in place of one that ran towards it."""
    again = fit_models(design, counts, face.terms[None, :], face.cells[None, :])
    fits.theta[index] = again.theta[0]
    fits.log_likelihood[index] = again.log_likelihood[0]
    fits.log_unseen_variance[index] = again.log_unseen_variance[0]
    fits.converged[index] = again.converged[0]


@lru_cache(maxsize=4)
def search(table: CaptureTable) -> Candidates:
    """Fit the candidate models of a table of three lists or more.

    Up to five lists all of :data:`FULL_SEARCH_ORDER`; above that, the models met on greedy walks
    by AIC and by BIC, adding or removing one pair at a time, from independence and from all pairs.
    """
    lists = len(table.lists)
    counts = cell_counts(table)
    if lists in FULL_SEARCH_ORDER:
        models = list(hierarchical_models(lists, FULL_SEARCH_ORDER[lists]))
        return fit_candidates(counts, lists, models)
    return fit_candidates(counts, lists, _models_met(counts, lists))


def _models_met(counts: Floats, lists: int) -> list[Model]:
    singles = frozenset(terms_up_to(lists, 1))
    pairs = [term for term in terms_up_to(lists, 2) if order_of(term) == 2]
    met: dict[Model, tuple[float, float]] = {}

    def score(models: Iterable[Model]) -> None:
        new = [model for model in models if model not in met]
        if new:
            fitted = fit_candidates(counts, lists, new)
            aic = np.where(fitted.exists, fitted.aic(), np.inf)
            bic = np.where(fitted.exists, fitted.bic(), np.inf)
            met.update(zip(new, zip(aic.tolist(), bic.tolist(), strict=True), strict=True))

    for start in (singles, singles | frozenset(pairs)):
        for criterion in (0, 1):
            _walk(start, pairs, criterion, met, score)
    return list(met)


def _walk(
    start: Model,
    pairs: Sequence[int],
    criterion: int,
    met: dict[Model, tuple[float, float]],
    score: Callable[[Iterable[Model]], None],
) -> None:
    score([start])
    here = start
    while True:
        around = [here ^ frozenset((pair,)) for pair in pairs]
        score(around)
        best = min(around, key=lambda model: (met[model][criterion], sorted(model)))
        if not met[best][criterion] < met[here][criterion]:
            return
        here = best


def independence(table: CaptureTable, level: float) -> MethodEstimate:
    """Estimate as if the lists were gathered independently of each other.

    The interval is Wald's on the logarithm of the unseen.
    """
    estimate = _fixed_model("independence", table, level, order=1)
    if len(table.lists) > 2 and _lack_of_fit(table) < 0.01:
        sentence = "The overlaps contradict independence between the lists; do not use it alone."
        return _with_warning(estimate, sentence)
    return estimate


def all_two_way(table: CaptureTable, level: float) -> MethodEstimate:
    """Estimate with an interaction between every two lists and none between three."""
    if len(table.lists) < 3:
        raise RefusedError("With two lists their interaction and the unseen cannot be told apart.")
    return _fixed_model("all_two_way", table, level, order=2)


def _fixed_model(name: str, table: CaptureTable, level: float, order: int) -> MethodEstimate:
    lists = len(table.lists)
    model = frozenset(terms_up_to(lists, order))
    fitted = fit_candidates(cell_counts(table), lists, [model])
    if not fitted.exists[0]:
        raise RefusedError(
            f"The maximum likelihood estimate of {model_name(model, table.lists)} does not exist "
            "on this table: the overlaps that are empty leave the unseen unbounded "
            "(Fienberg and Rinaldo 2012)."
        )
    low, high = _wald(fitted, 0, level)
    unseen = float(np.exp(fitted.log_unseen[0]))
    return _reported(name, fitted.observed, unseen, low, high, level, _extended_warning(fitted, 0))


def _wald(fitted: Candidates, index: int, level: float) -> tuple[float, float]:
    half = ndtri(0.5 + level / 2) * np.sqrt(fitted.log_unseen_variance[index])
    centre = fitted.log_unseen[index]
    return float(np.exp(centre - half)), float(np.exp(min(centre + half, 700.0)))


def _extended_warning(fitted: Candidates, index: int) -> tuple[str, ...]:
    if fitted.cells[index].all():
        return ()
    return ("Some lists share nobody; their interaction is at its limit (extended estimate).",)


def _reported(
    name: str,
    observed: float,
    unseen: float,
    low: float,
    high: float,
    level: float,
    warnings: tuple[str, ...] = (),
    detail: str = "",
) -> MethodEstimate:
    if high > LARGE_UNSEEN * observed:
        high = float("inf")
        warnings = (*warnings, "The data set no upper bound.")
    return MethodEstimate(
        name, observed + unseen, observed + low, observed + high, level, warnings, detail=detail
    )


def _with_warning(estimate: MethodEstimate, sentence: str) -> MethodEstimate:
    return MethodEstimate(
        estimate.name,
        estimate.estimate,
        estimate.low,
        estimate.high,
        estimate.level,
        (*estimate.warnings, sentence),
        detail=estimate.detail,
    )


def _lack_of_fit(table: CaptureTable) -> float:
    lists = len(table.lists)
    fitted = fit_candidates(cell_counts(table), lists, [frozenset(terms_up_to(lists, 1))])
    full = fitted.counts[fitted.counts > 0]
    deviance = 2.0 * float((full * np.log(full) - full).sum() - fitted.log_likelihood[0])
    return float(chdtrc((1 << lists) - 2 - lists, deviance))


def best_by_aic(table: CaptureTable, level: float) -> MethodEstimate:
    """Estimate by the model that AIC chooses, with its profile likelihood interval."""
    return _best("loglinear_aic", table, level, Candidates.aic)


def best_by_bic(table: CaptureTable, level: float) -> MethodEstimate:
    """Estimate by the model that BIC chooses, with its profile likelihood interval."""
    return _best("loglinear_bic", table, level, Candidates.bic)


def _best(
    name: str, table: CaptureTable, level: float, criterion: Callable[[Candidates], Floats]
) -> MethodEstimate:
    fitted = _searched(table)
    scores = criterion(fitted)
    index = int(np.argmin(np.where(fitted.exists, scores, np.inf)))
    low, high = profile_interval(fitted, index, level)
    warnings = _extended_warning(fitted, index) + _existence_warnings(fitted, scores)
    chosen = model_name(fitted.models[index], table.lists)
    unseen = float(np.exp(fitted.log_unseen[index]))
    sentence = "The interval holds the model for certain; the choice of model is not in it."
    return _reported(name, fitted.observed, unseen, low, high, level, (*warnings, sentence), chosen)


def _searched(table: CaptureTable) -> Candidates:
    if len(table.lists) < 3:
        raise RefusedError("Two lists leave no model to choose: dependence and size look alike.")
    fitted = search(table)
    if not fitted.exists.any():
        raise RefusedError("No log-linear model has an estimate on this table.")
    return fitted


def _existence_warnings(fitted: Candidates, scores: Floats) -> tuple[str, ...]:
    missing = int((~fitted.exists).sum())
    if not missing:
        return ()
    sentences = [
        f"{missing} of {len(fitted.models)} models were left out: their estimate does not exist."
    ]
    best = scores[fitted.exists].min()
    if scores[~fitted.exists].min() < best - PREFERRED_GAIN:
        sentences.append("The overlaps fit best with a model that leaves the unseen unbounded.")
    return tuple(sentences)


def profile_interval(fitted: Candidates, index: int, level: float) -> tuple[float, float]:
    """Return the profile likelihood interval of the number on no list.

    The full multinomial likelihood, the total a parameter, is maximised over the coefficients for
    each total; the interval holds the totals within the chi-squared distance of its maximum.

    References
    ----------
    Cormack (1992), doi:10.2307/2532311.
    """
    profile = _Profile(fitted, index)
    centre = float(fitted.log_unseen[index])
    best_at = profile.summit(centre)
    limit = profile.value(best_at) - chdtri(1, 1 - level) / 2
    low = _crossing(profile, best_at, -1.0, limit)
    high = _crossing(profile, best_at, 1.0, limit)
    return float(np.exp(low)), float(np.exp(high))


def _crossing(profile: _Profile, start: float, direction: float, limit: float) -> float:
    """Return where the profile falls to `limit`; infinite where it never does."""
    step, inner = 0.25, start
    while step < 64.0:
        outer = start + direction * step
        if profile.value(outer) < limit:
            return float(brentq(lambda at: profile.value(at) - limit, inner, outer, xtol=1e-7))
        inner, step = outer, step * 2
    return direction * float("inf")


class _Profile:
    """The multinomial log-likelihood of the number on no list, maximised over coefficients."""

    def __init__(self, fitted: Candidates, index: int) -> None:
        cells = fitted.cells[index]
        rows = fitted.design[cells][:, fitted.terms[index]]
        empty = np.zeros((1, rows.shape[1]))
        empty[0, 0] = 1.0
        self._design = np.vstack([rows, empty])
        self._counts = np.append(fitted.counts[cells], 0.0)
        self._all = np.ones((1, rows.shape[1]), dtype=bool), np.ones((1, len(rows) + 1), dtype=bool)

    def value(self, log_unseen: float) -> float:
        unseen = float(np.exp(log_unseen))
        counts = self._counts.copy()
        counts[-1] = unseen
        fits = fit_models(self._design, counts, *self._all)
        total = counts.sum()
        linear = float(counts @ (self._design @ fits.theta[0])) - float(total * np.log(total))
        return float(gammaln(total + 1) - gammaln(unseen + 1)) + linear

    def summit(self, centre: float) -> float:
        """Return where the slope is zero, near the conditional estimate."""

        def slope(at: float) -> float:
            return self.value(at + 1e-4) - self.value(at - 1e-4)

        low, high = centre - 0.5, centre + 0.5
        while slope(low) < 0.0 and low > -20.0:
            low -= 1.0
        while slope(high) > 0.0 and high < centre + 40.0:
            high += 1.0
        if slope(low) <= 0.0 or slope(high) >= 0.0:
            return centre
        return float(brentq(slope, low, high, xtol=1e-6))


def aic_average(table: CaptureTable, level: float) -> MethodEstimate:
    """Average the models by their AIC weights, the interval with the choice of model in it."""
    return _average("aic_average", table, level, Candidates.aic)


def bic_average(table: CaptureTable, level: float) -> MethodEstimate:
    """Average the models by their BIC weights, the interval with the choice of model in it."""
    return _average("bic_average", table, level, Candidates.bic)


def _average(
    name: str, table: CaptureTable, level: float, criterion: Callable[[Candidates], Floats]
) -> MethodEstimate:
    """Average models whose estimate exists, by tail areas on the logarithm of the unseen.

    Each model gives a normal distribution for the log of the actual number unseen (its estimate's
    variance plus that of a Poisson count); low, centre and high are quantiles of their mixture.

    References
    ----------
    Turek and Fletcher (2012), doi:10.1016/j.csda.2012.03.002; Burnham and Anderson (2002).
    """
    fitted = _searched(table)
    scores = criterion(fitted)
    parts = _parts(fitted, scores)
    tails = ((1 - level) / 2, 0.5, (1 + level) / 2)
    low, middle, high = (float(np.exp(min(parts.quantile(share), 700.0))) for share in tails)
    warnings = _existence_warnings(fitted, scores)
    detail = f"{int((parts.weights > 0.01).sum())} models with a weight above 1 %"
    return _reported(name, fitted.observed, middle, low, high, level, warnings, detail)


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Normal distributions for the logarithm of the number unseen, with their weights."""

    weights: Floats
    centre: Floats
    spread: Floats

    def quantile(self, share: float) -> float:
        """Return a quantile of the mixture."""
        return mixture_quantile(self.weights, self.centre, self.spread, share)


def aic_parts(table: CaptureTable) -> Mixture:
    """Return the parts of the AIC average.

    Raises
    ------
    RefusedError
        With two lists, or where no model has an estimate.
    """
    fitted = _searched(table)
    return _parts(fitted, fitted.aic())


def _parts(fitted: Candidates, scores: Floats) -> Mixture:
    weights = _weights(np.where(fitted.exists, scores, np.inf))
    heavy = weights > NEGLIGIBLE_WEIGHT
    centre = fitted.log_unseen[heavy]
    spread = np.sqrt(fitted.log_unseen_variance[heavy] + np.exp(-np.maximum(centre, 0.0)))
    return Mixture(weights[heavy] / weights[heavy].sum(), centre, spread)


def _weights(scores: Floats) -> Floats:
    relative = np.exp(-0.5 * (scores - scores.min()))
    result: Floats = relative / relative.sum()
    return result


def mixture_quantile(weights: Floats, centre: Floats, spread: Floats, share: float) -> float:
    """Return the quantile of a mixture of normal distributions."""
    weights = weights / weights.sum()
    width = 40.0 * spread + 1e-9

    def excess(at: float) -> float:
        return float(weights @ ndtr((at - centre) / spread)) - share

    return float(brentq(excess, float((centre - width).min()), float((centre + width).max())))
