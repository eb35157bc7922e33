"""Log-linear models: choice, averages, intervals and refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from safepassage.core.population.capture import cell_counts, table_of
from safepassage.core.population.loglinear import (
    Candidates,
    aic_average,
    all_two_way,
    best_by_aic,
    best_by_bic,
    bic_average,
    fit_candidates,
    independence,
    mixture_quantile,
    profile_interval,
    search,
)
from safepassage.core.population.terms import terms_up_to
from safepassage.errors import RefusedError

TWO = table_of(("a", "b"), {(1, 1): 5, (1, 0): 15, (0, 1): 25})
EVEN = table_of(
    ("a", "b", "c"),
    {
        (1, 0, 0): 40, (0, 1, 0): 40, (0, 0, 1): 40,
        (1, 1, 0): 20, (1, 0, 1): 20, (0, 1, 1): 20, (1, 1, 1): 8,
    },
)  # fmt: skip
APART = table_of(("A", "B", "C"), {(1, 1, 0): 6, (1, 0, 0): 40, (0, 1, 0): 30, (0, 0, 1): 20})
TIED = table_of(
    ("a", "b", "c"),
    {(1, 1, 0): 90, (1, 0, 0): 30, (0, 1, 0): 30, (0, 0, 1): 80, (1, 0, 1): 12, (0, 1, 1): 12,
     (1, 1, 1): 36},
)  # fmt: skip


def test_independence_of_two_lists_by_hand():
    result = independence(TWO, 0.95)
    assert result.estimate == pytest.approx(45 + 75)
    half = 1.959964 * math.sqrt(1 / 15 + 1 / 25 + 1 / 5)
    assert result.low == pytest.approx(45 + 75 * math.exp(-half))
    assert result.high == pytest.approx(45 + 75 * math.exp(half))


def test_all_two_way_by_hand():
    result = all_two_way(EVEN, 0.95)
    assert result.estimate == pytest.approx(188 + 64)
    half = 1.959964 * math.sqrt(3 / 40 + 3 / 20 + 1 / 8)
    assert result.high == pytest.approx(188 + 64 * math.exp(half))


def test_all_two_way_is_refused_where_it_does_not_exist():
    with pytest.raises(RefusedError, match=r"\[12,13,23\] does not exist .*Fienberg"):
        all_two_way(APART, 0.95)


def test_two_lists_leave_no_choice():
    for method in (all_two_way, best_by_aic, best_by_bic, aic_average, bic_average):
        with pytest.raises(RefusedError, match=r"[Tt]wo lists"):
            method(TWO, 0.95)


def test_models_without_an_estimate_are_found_and_counted():
    fitted = search(APART)
    # Every model with [12] but without both limits leaves the unseen open; so does their sum.
    named = {frozenset(model - {0, 1, 2, 4}) for model in np.array(fitted.models)[~fitted.exists]}
    assert named == {frozenset({3}), frozenset({3, 5}), frozenset({3, 6}), frozenset({3, 5, 6})}
    assert "4 of 8 models were left out" in aic_average(APART, 0.95).warnings[0]


def test_criteria_choose_the_pair_that_depends():
    for method in (best_by_aic, best_by_bic):
        result = method(TIED, 0.95)
        assert result.detail == "[12,3]"
        # Lists a and b taken as one: on it 198, of them 60 on c, only on c 80.
        assert result.estimate == pytest.approx(290 + 150 * 80 / 60)


def test_bic_never_takes_more_terms_than_aic():
    table = table_of(
        ("a", "b", "c", "d"),
        {(1, 0, 0, 0): 90, (0, 1, 0, 0): 70, (0, 0, 1, 0): 60, (0, 0, 0, 1): 50, (1, 1, 0, 0): 25,
         (1, 0, 1, 0): 12, (0, 1, 1, 0): 9, (1, 0, 0, 1): 9, (0, 1, 0, 1): 11, (0, 0, 1, 1): 14,
         (1, 1, 1, 0): 5, (1, 1, 0, 1): 3, (1, 0, 1, 1): 2, (0, 1, 1, 1): 4, (1, 1, 1, 1): 2},
    )  # fmt: skip
    fitted = search(table)
    size = [len(model) for model in fitted.models]
    assert size[int(fitted.bic().argmin())] <= size[int(fitted.aic().argmin())]


def test_the_profile_interval_is_where_the_likelihood_falls_by_1_92():
    # Two independent lists: the profile over N is that of the hypergeometric's limit, and its
    # ends are checked by maximising the multinomial by brute force over list probabilities.
    fitted = fit_candidates(cell_counts(TWO), 2, [frozenset(terms_up_to(2, 1))])
    low, high = profile_interval(fitted, 0, 0.95)

    def profile(unseen):
        total = 45 + unseen
        first, second = 20 / total, 30 / total
        cells = [
            (5, first * second), (15, first * (1 - second)), (25, (1 - first) * second),
            (unseen, (1 - first) * (1 - second)),
        ]  # fmt: skip
        constant = math.lgamma(total + 1) - math.lgamma(unseen + 1)
        return constant + sum(count * math.log(chance) for count, chance in cells)

    best = max(profile(unseen) for unseen in np.linspace(20, 200, 20001))
    assert profile(low) == pytest.approx(best - 3.841459 / 2, abs=1e-4)
    assert profile(high) == pytest.approx(best - 3.841459 / 2, abs=1e-4)
    assert low < 75 < high


def test_an_average_lies_within_its_models():
    result = aic_average(EVEN, 0.95)
    existing = 188 + np.exp(search(EVEN).log_unseen)
    assert existing.min() < result.estimate < existing.max()
    assert result.low < result.estimate < result.high


def test_quantiles_of_a_mixture():
    half = np.array([0.5, 0.5])
    middle = mixture_quantile(half, np.array([-3.0, 3.0]), np.array([1.0, 1.0]), 0.5)
    assert middle == pytest.approx(0, abs=1e-9)
    single = mixture_quantile(np.array([1.0]), np.array([2.0]), np.array([0.5]), 0.975)
    assert single == pytest.approx(2 + 0.5 * 1.959964)


def test_more_than_five_lists_are_searched_step_by_step():
    random = np.random.default_rng(11)
    marks = random.random((600, 6)) < 0.25
    marks[:, 1] |= marks[:, 0] & (random.random(600) < 0.5)
    rows: dict[tuple[int, ...], int] = {}
    for row in marks[marks.any(axis=1)]:
        history = tuple(int(mark) for mark in row)
        rows[history] = rows.get(history, 0) + 1
    fitted = search(table_of(tuple("abcdef"), rows))
    assert isinstance(fitted, Candidates)
    assert 32 <= len(fitted.models) < 2**15
    assert 3 in fitted.models[int(fitted.bic().argmin())]
