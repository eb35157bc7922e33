"""Stepwise choice of pairs with bootstrap."""

from __future__ import annotations

import numpy as np
import pytest

from safepassage.core.population.capture import table_of
from safepassage.core.population.stepwise import _acceleration, _bca, sparse_stepwise
from safepassage.errors import RefusedError

TIED = table_of(
    ("a", "b", "c"),
    {(1, 1, 0): 90, (1, 0, 0): 30, (0, 1, 0): 30, (0, 0, 1): 80, (1, 0, 1): 12, (0, 1, 1): 12,
     (1, 1, 1): 36},
)  # fmt: skip


def test_the_pair_that_depends_is_chosen():
    result = sparse_stepwise(TIED, 0.95, 0)
    assert result.detail.startswith("[12,3]")
    assert result.estimate == pytest.approx(290 + 150 * 80 / 60)
    assert result.low < result.estimate < result.high


def test_the_same_seed_gives_the_same_interval():
    assert sparse_stepwise(TIED, 0.95, 4) == sparse_stepwise(TIED, 0.95, 4)
    assert sparse_stepwise(TIED, 0.95, 4) != sparse_stepwise(TIED, 0.95, 5)


def test_a_pair_that_shares_nobody_may_enter_at_its_limit():
    rows = {(1, 0, 0): 60, (0, 1, 0): 60, (0, 0, 1): 60, (1, 0, 1): 40, (0, 1, 1): 40}
    result = sparse_stepwise(table_of(("a", "b", "c"), rows), 0.95, 0)
    assert result.detail.startswith("[12,3]")
    # Without [12] cells: 60 * 60 / 40 = 90 unseen, from either of a and b against c.
    assert result.estimate == pytest.approx(260 + 90)


def test_two_lists_are_refused():
    with pytest.raises(RefusedError, match="Two lists"):
        sparse_stepwise(table_of(("a", "b"), {(1, 1): 5, (1, 0): 15, (0, 1): 25}), 0.95, 0)


def test_bca_without_skew_or_bias_is_the_percentile_interval():
    totals = np.arange(1001.0)
    assert _bca(totals, 500.0, 0.0, 0.9) == (50.0, 950.0)


def test_acceleration_of_a_symmetric_jackknife_is_zero():
    assert _acceleration(np.array([1.0, 2.0, 3.0]), np.array([4.0, 7.0, 4.0])) == pytest.approx(0)
    assert _acceleration(np.array([np.inf, np.inf]), np.array([1.0, 1.0])) == 0.0


def test_nine_lists_are_refused():
    rows = {tuple(int(i in (p, (p + 1) % 9)) for i in range(9)): 5 for p in range(9)}
    with pytest.raises(RefusedError, match="up to 8 lists"):
        sparse_stepwise(table_of(tuple("abcdefghi"), rows), 0.95, 0)
