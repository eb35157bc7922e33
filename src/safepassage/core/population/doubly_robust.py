"""Two lists that are independent only among people who are alike: estimates with covariates.

If a family is listed by two offices for the same reason (it lives in a large village, it has small
children), the lists depend on each other through that reason. Within people who share it they may
be independent, and the total follows. The estimator needs the chances of being on either list and
on both, given the covariates; it is right to second order in their errors, so that a flexible fit
of them does not spoil it.

References
----------
Das, Kennedy and Jewell (2023), "Doubly robust capture-recapture methods for estimating population
size", doi:10.1080/01621459.2023.2187814 (arXiv 2104.14091).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtri, softmax

from safepassage.core.population.poisson import Floats
from safepassage.core.population.types import MethodEstimate
from safepassage.errors import Finding, InputError, RefusedError, UsageError

FOLDS = 5
SPLITS = 3
"""Ways of cutting people into folds, over which scores are averaged: one cut alone decides much."""
MOST_SPREAD = 1.5
"""Standard deviation of the logarithm of the unseen beyond which a pair says nothing: its interval
would reach over a factor of 350."""
RIDGE = 1.0
"""Prior precision of every coefficient but the constants, on standardised covariates."""
LEAST_BOTH = 0.02
"""Chance of being on both, given being listed, below which it is not believed: a person stands for
fifty at most."""
ASSUMES = (
    "Rests on two lists being independent among people with the same covariates: place, age and "
    "sex must be why lists lean on the same people, each on its own; where they act together (old "
    "women of one village) the interval held the truth in 73 of 100 trials, not 95."
)
APART_RATIO = 2.0
"""Pairs whose highest centre is this much above the lowest contradict each other."""
LEAST_OVERLAP = 10
LEAST_PERSONS = 50


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """People with their lists and covariates.

    Parameters
    ----------
    lists
        List ids, k of them.
    marks
        1 where a list names a person, shape (n, k); every row has a 1.
    covariates
        Numbers, shape (n, d): categories as 0/1 columns; nothing missing.
    """

    lists: tuple[str, ...]
    marks: NDArray[np.int64]
    covariates: Floats


@dataclass(frozen=True, slots=True)
class PairEstimate:
    """What one pair of lists says, if the two are independent given the covariates.

    Parameters
    ----------
    log_unseen_sd
        Standard deviation of the logarithm of the unseen.
    """

    pair: tuple[str, str]
    estimate: float
    log_unseen_sd: float


def doubly_robust(
    people: Listed,
    level: float = 0.95,
    seed: int = 0,
    pair: tuple[str, str] | None = None,
) -> MethodEstimate:
    """Estimate the total from lists that are independent given covariates.

    Parameters
    ----------
    pair
        The two lists that are held independent; None takes every pair with enough overlap and
        reaches from the lowest to the highest of their intervals, with their median between.

    Raises
    ------
    InputError
        If the arrays do not fit each other.
    RefusedError
        If no pair has enough overlap.
    UsageError
        If a list of the pair is unknown.
    """
    _check(people)
    found = [
        one
        for names in _pairs(people.lists, pair)
        if (one := pair_estimate(people, names, seed)) is not None
    ]
    if not found:
        raise RefusedError(
            f"No two lists share {LEAST_OVERLAP} people and tell the unseen from chance: the "
            "covariates have nothing to explain."
        )
    observed = len(people.marks)
    ends = [_ends(one, observed, level) for one in found]
    estimate = float(np.median([one.estimate for one in found]))
    warnings = [ASSUMES]
    if len(found) > 1:
        warnings.append(
            "Each pair of lists was held independent in turn; the interval reaches over all: "
            + ", ".join(f"{a} and {b} {one.estimate:,.0f}" for one in found for a, b in [one.pair])
            + "."
        )
        if (words := _contradiction(found, people.lists)) is not None:
            warnings.append(words)
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    return MethodEstimate("doubly_robust", estimate, low, high, level, tuple(warnings))


def _contradiction(found: Sequence[PairEstimate], lists: Sequence[str]) -> str | None:
    """Say that the pairs contradict each other, and on which list that hangs."""
    spread = _spread(found)
    if spread < APART_RATIO:
        return None
    words = "The pairs contradict each other: covariates do not explain how these lists depend"
    without = {
        name: rest for name in lists if (rest := [one for one in found if name not in one.pair])
    }
    odd = min(without, key=lambda name: _spread(without[name]), default="")
    if not odd or _spread(without[odd]) > math.sqrt(spread):
        return f"{words}, and the interval says little."
    centres = [one.estimate for one in without[odd]]
    return (
        f"{words}. That hangs on list '{odd}': without it the centres are {min(centres):,.0f} to "
        f"{max(centres):,.0f}."
    )


def _spread(found: Sequence[PairEstimate]) -> float:
    centres = [one.estimate for one in found]
    return max(centres) / min(centres)


def pair_estimate(people: Listed, pair: tuple[str, str], seed: int = 0) -> PairEstimate | None:
    """Return the doubly robust estimate of one pair; None where it says nothing.

    That is so with too little overlap, or where the corrected total does not stand out from the
    listed. Nuisances are fitted on four fifths of the people and used on the last (cross-fitting).
    """
    first, second = (people.marks[:, people.lists.index(name)] for name in pair)
    if int((first & second).sum()) < LEAST_OVERLAP:
        return None
    kind = first + 2 * second  # 0 on other lists only, 1 first only, 2 second only, 3 both
    cuts = [_chances(people.covariates, kind, (seed, cut)) for cut in range(SPLITS)]
    score = np.mean([_scores(chances, first, second) for chances in cuts], axis=0)
    observed, total = float(len(score)), float(score.sum())
    if total <= observed:
        return None
    seen = observed / total
    variance = observed * float(score.var()) + total * (1.0 - seen) / seen
    spread = math.sqrt(variance) / (total - observed)
    return PairEstimate(pair, total, spread) if spread <= MOST_SPREAD else None


def _scores(chances: Floats, first: NDArray[np.int64], second: NDArray[np.int64]) -> Floats:
    """Return for how many people each listed person stands, one-step corrected."""
    on_first, on_second = chances[:, 1] + chances[:, 3], chances[:, 2] + chances[:, 3]
    both = np.maximum(chances[:, 3], LEAST_BOTH)
    ratio = np.maximum(on_first * on_second / both, 1.0)
    result: Floats = ratio * (first / on_first + second / on_second - first * second / both)
    return result


def _check(people: Listed) -> None:
    if people.marks.shape != (len(people.covariates), len(people.lists)):
        raise InputError(Finding("marks, covariates and lists do not fit each other"))
    if len(people.marks) < LEAST_PERSONS:
        raise RefusedError(
            f"{len(people.marks)} people are too few for covariates; {LEAST_PERSONS} are needed."
        )
    if not np.isfinite(people.covariates).all():
        raise InputError(Finding("a covariate is missing; give 'unknown' a column of its own"))
    if not people.marks.any(axis=1).all():
        raise InputError(Finding("a person is on no list: nobody can have observed them"))


def _pairs(lists: Sequence[str], pair: tuple[str, str] | None) -> list[tuple[str, str]]:
    if pair is None:
        return list(combinations(lists, 2))
    for name in pair:
        if name not in lists:
            raise UsageError(f"There is no list '{name}'; there are {', '.join(lists)}.")
    return [pair]


def _ends(one: PairEstimate, observed: int, level: float) -> tuple[float, float]:
    width = math.exp(min(float(ndtri(0.5 + level / 2)) * one.log_unseen_sd, 50.0))
    unseen = one.estimate - observed
    return observed + unseen / width, observed + unseen * width


def _chances(covariates: Floats, kind: NDArray[np.int64], seed: tuple[int, int]) -> Floats:
    """Return the cross-fitted chance of each of the four kinds for everybody, shape (n, 4)."""
    fold = np.random.default_rng(seed).permutation(len(kind)) % FOLDS
    columns = _standardised(covariates)
    result = np.zeros((len(kind), 4))
    for held in range(FOLDS):
        weights = _fit_softmax(columns[fold != held], kind[fold != held])
        result[fold == held] = softmax(columns[fold == held] @ weights, axis=1)
    return result


def _standardised(covariates: Floats) -> Floats:
    spread = covariates.std(axis=0)
    kept = covariates[:, spread > 0]
    scaled = (kept - kept.mean(axis=0)) / spread[spread > 0]
    result: Floats = np.column_stack([np.ones(len(covariates)), scaled])
    return result


def _fit_softmax(columns: Floats, kind: NDArray[np.int64]) -> Floats:
    """Fit a multinomial logistic regression with a ridge, shape (columns, 4)."""
    wanted = np.eye(4)[kind]
    ridge = np.full((columns.shape[1], 1), RIDGE)
    ridge[0] = 1e-3

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(-1, 4)
        linear = columns @ weights
        top = linear.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(linear - top).sum(axis=1))
        value = float((log_sum - (linear * wanted).sum(axis=1)).sum())
        value += 0.5 * float((ridge * weights**2).sum())
        slope = columns.T @ (softmax(linear, axis=1) - wanted) + ridge * weights
        return value, slope.ravel()

    start = np.zeros(columns.shape[1] * 4)
    fitted = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    result: Floats = fitted.x.reshape(-1, 4)
    return result
