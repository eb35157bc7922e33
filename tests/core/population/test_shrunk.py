"""The shrunk log-linear model."""

from __future__ import annotations

import math

import numpy as np
import pytest

from safepassage.core.population.capture import table_of
from safepassage.core.population.shrunk import fit_shrunk, shrunk
from safepassage.errors import RefusedError


def _independent(scale: int):
    rows = {
        (1, 0, 0): scale, (0, 1, 0): scale, (0, 0, 1): scale, (1, 1, 0): scale,
        (1, 0, 1): scale, (0, 1, 1): scale, (1, 1, 1): scale,
    }  # fmt: skip
    return table_of(("a", "b", "c"), rows)


def test_what_the_priors_do_when_the_data_are_certain():
    # With endless data and odds ratios of 1 where the third list is 1, each two-way term is -w
    # where w is the three-way term. The priors then weigh 3 (w + .3)**2 / 2 + 4 w**2 / 2: least
    # at w = -.9 / 7, with variance 1 / 7; the unseen are exp(-w) times the rest of the pattern.
    fit = fit_shrunk(_independent(10**8))
    assert fit.mean_pair_term == pytest.approx(0.9 / 7, abs=1e-4)
    assert fit.log_unseen == pytest.approx(math.log(10**8) + 0.9 / 7, abs=1e-4)
    assert fit.log_unseen_sd == pytest.approx(math.sqrt(1 / 7), abs=1e-4)


def test_little_data_give_a_wide_band():
    few, many = shrunk(_independent(5), 0.95), shrunk(_independent(500), 0.95)
    assert few.high / few.low > many.high / many.low


def test_pairs_that_share_nobody_still_have_an_estimate():
    rows = {(1, 1, 0): 6, (0, 1, 1): 4, (1, 0, 0): 40, (0, 1, 0): 30, (0, 0, 1): 20}
    result = shrunk(table_of(("a", "b", "c"), rows), 0.95)
    assert 100 < result.low < result.estimate < result.high < 10_000


def test_two_lists_are_refused():
    with pytest.raises(RefusedError, match="cannot tell dependence from size"):
        shrunk(table_of(("a", "b"), {(1, 1): 5, (1, 0): 15, (0, 1): 25}), 0.95)


def test_eight_sparse_lists_give_a_finite_band():
    random = np.random.default_rng(5)
    rows: dict[tuple[int, ...], int] = {}
    for row in random.random((300, 8)) < 0.15:
        if row.any():
            history = tuple(int(mark) for mark in row)
            rows[history] = rows.get(history, 0) + 1
    result = shrunk(table_of(tuple("abcdefgh"), rows), 0.95)
    # 300 people; the prior's lean of the lists pulls the centre up where data are few.
    assert 250 < result.low < 300 * 1.1 < result.high < 600
