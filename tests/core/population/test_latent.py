"""Latent classes and their convergence."""

from __future__ import annotations

import numpy as np
import pytest

from safepassage.core.population import latent
from safepassage.core.population.capture import table_of
from safepassage.errors import RefusedError

EVEN = table_of(
    ("a", "b", "c"),
    {(1, 0, 0): 147, (0, 1, 0): 147, (0, 0, 1): 147, (1, 1, 0): 63, (1, 0, 1): 63, (0, 1, 1): 63,
     (1, 1, 1): 27},
)  # fmt: skip


@pytest.fixture
def short(monkeypatch):
    """Chains long enough for one class, short enough for a test."""
    monkeypatch.setattr(latent, "WARM_UP", 400)
    monkeypatch.setattr(latent, "KEPT", 600)


def test_chains_that_agree_have_rhat_near_1():
    draws = np.random.default_rng(0).normal(size=(8, 1000))
    assert latent.split_rhat(draws) == pytest.approx(1, abs=0.01)


def test_one_chain_elsewhere_is_exposed():
    draws = np.random.default_rng(0).normal(size=(8, 1000))
    draws[0] += 5
    assert latent.split_rhat(draws) > 1.5


def test_a_chain_that_drifts_is_exposed_by_its_halves():
    draws = np.linspace(0, 5, 1000) + np.random.default_rng(0).normal(size=(1, 1000))
    assert latent.split_rhat(draws) > 1.5


def test_rhat_by_hand():
    # Halves (0, 2) and (4, 6): within variance 2, means 1 and 5 with variance 8.
    # sqrt(1 / 2 + (2 * 8) / (2 * 2)) = sqrt(4.5).
    assert latent.split_rhat(np.array([[0.0, 2, 4, 6]])) == pytest.approx(4.5**0.5)


def test_independent_lists_of_thirty_percent(short):
    # 1,000 people, each on each list with chance 0.3: 343 on none.
    result = latent.latent_classes(EVEN, 0.95, 0)
    assert result.low < 1000 < result.high
    assert 850 < result.estimate < 1200
    assert "8 chains" in result.detail


def test_the_same_seed_gives_the_same_draws(short):
    np.testing.assert_array_equal(latent.sample_unseen(EVEN, 1), latent.sample_unseen(EVEN, 1))
    assert (latent.sample_unseen(EVEN, 1) != latent.sample_unseen(EVEN, 2)).any()


def test_chains_that_disagree_are_flagged(monkeypatch):
    draws = np.random.default_rng(0).integers(50, 60, size=(8, 100)).astype(float)
    draws[3] += 500
    monkeypatch.setattr(latent, "sample_unseen", lambda table, seed: draws)
    warning = latent.latent_classes(EVEN, 0.95, 0).warnings[0]
    assert "not converged" in warning
    assert "Do not use this number" in warning


def test_two_lists_are_refused():
    with pytest.raises(RefusedError, match="fewer than three"):
        latent.latent_classes(table_of(("a", "b"), {(1, 1): 5, (1, 0): 9}), 0.95, 0)
