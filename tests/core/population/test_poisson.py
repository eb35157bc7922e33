"""Maximum likelihood for many models at once, and whether an estimate exists."""

from __future__ import annotations

import numpy as np
import pytest

from safepassage.core.population.capture import cell_counts, table_of
from safepassage.core.population.poisson import facial_set, fit_models
from safepassage.core.population.terms import design_matrix, terms_up_to

# Nobody is on C and another list: the table that ships as a warning with a published study.
APART = table_of(("A", "B", "C"), {(1, 1, 0): 6, (1, 0, 0): 40, (0, 1, 0): 30, (0, 0, 1): 20})


def _fit(design, counts, size):
    full = np.ones((1, size), dtype=bool)
    return fit_models(design, counts, full, np.ones((1, len(counts)), dtype=bool))


def test_two_independent_lists_by_hand():
    # On both 5, only on the first 15, only on the second 25: 15 * 25 / 5 = 75 on neither.
    design = design_matrix([1, 2, 3], terms_up_to(2, 1))
    fits = _fit(design, np.array([15.0, 25.0, 5.0]), 3)
    assert fits.converged.all()
    assert np.exp(fits.theta[0, 0]) == pytest.approx(75)
    assert fits.log_unseen_variance[0] == pytest.approx(1 / 15 + 1 / 25 + 1 / 5)


def test_no_three_way_interaction_by_hand():
    # 8 * 40 * 40 * 40 / (20 * 20 * 20) = 64.
    counts = np.array([40.0, 40, 20, 40, 20, 20, 8])
    fits = _fit(design_matrix(range(1, 8), terms_up_to(3, 2)), counts, 7)
    assert np.exp(fits.theta[0, 0]) == pytest.approx(64)


def test_a_batch_gives_what_single_fits_give():
    random = np.random.default_rng(3)
    counts = random.poisson(20, size=15).astype(float)
    design = design_matrix(range(1, 16), terms_up_to(4, 2))
    terms = np.ones((5, 11), dtype=bool)
    terms[:, 5:] = random.random((5, 6)) < 0.5
    cells = np.ones((5, 15), dtype=bool)
    together = fit_models(design, counts, terms, cells)
    for index in range(5):
        single = fit_models(design, counts, terms[index : index + 1], cells[:1])
        np.testing.assert_allclose(single.theta[0], together.theta[index], atol=1e-8)
        assert single.log_likelihood[0] == pytest.approx(together.log_likelihood[index])


def test_each_model_may_have_its_own_table():
    design = design_matrix([1, 2, 3], terms_up_to(2, 1))
    tables = np.array([[15.0, 25, 5], [10, 10, 10]])
    fits = fit_models(design, tables, np.ones((2, 3), dtype=bool), np.ones((2, 3), dtype=bool))
    np.testing.assert_allclose(np.exp(fits.theta[:, 0]), [75, 10])


def test_the_fit_balances_every_margin():
    counts = np.array([31.0, 4, 7, 12, 0, 3, 1])
    design = design_matrix(range(1, 8), terms_up_to(3, 1))
    fits = _fit(design, counts, 4)
    np.testing.assert_allclose(design.T @ np.exp(design @ fits.theta[0]), design.T @ counts)


def test_independence_exists_on_the_table_apart():
    design = design_matrix(range(1, 8), terms_up_to(3, 1))
    face = facial_set(design, cell_counts(APART)[1:], np.ones(4, dtype=bool))
    assert face.cells.all()
    assert face.unseen_identified


def test_the_interaction_of_a_and_b_has_no_estimate_on_the_table_apart():
    # The direction (1, -1, -1, -1, 1) leaves the four filled cells alone and raises the unseen.
    terms = (0, 1, 2, 4, 3)
    design = design_matrix(range(1, 8), terms)
    face = facial_set(design, cell_counts(APART)[1:], np.ones(5, dtype=bool))
    assert not face.unseen_identified
    assert not _fit(design, cell_counts(APART)[1:], 5).converged[0]


def test_an_interaction_at_its_limit_keeps_the_unseen():
    terms = (0, 1, 2, 4, 5)
    design = design_matrix(range(1, 8), terms)
    face = facial_set(design, cell_counts(APART)[1:], np.ones(5, dtype=bool))
    assert face.unseen_identified
    assert face.cells.tolist() == [True, True, True, True, False, True, False]
    assert face.terms.tolist() == [True, True, True, True, False]
