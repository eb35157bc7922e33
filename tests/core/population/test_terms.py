"""Log-linear terms and hierarchical models."""

from __future__ import annotations

import pytest

from safepassage.core.population.terms import (
    design_matrix,
    hierarchical_models,
    model_name,
    terms_up_to,
)


def test_terms_of_three_lists():
    assert terms_up_to(3, 2) == (0, 1, 2, 4, 3, 5, 6)
    assert terms_up_to(3, 9)[-1] == 7


def test_a_term_applies_where_the_cell_contains_it():
    assert design_matrix([1, 3], [0, 1, 2, 3]).tolist() == [[1, 1, 0, 0], [1, 1, 1, 1]]


@pytest.mark.parametrize(
    ("lists", "order", "number"), [(3, 2, 8), (3, 3, 8), (4, 3, 113), (5, 2, 1024)]
)
def test_number_of_hierarchical_models(lists, order, number):
    models = list(hierarchical_models(lists, order))
    assert len(models) == number
    assert len(set(models)) == number


def test_every_model_holds_the_terms_within_its_terms():
    for model in hierarchical_models(4, 3):
        for term in model:
            assert all(part in model for part in range(term) if part & term == part)


def test_names_show_the_largest_terms():
    assert model_name({0, 1, 2, 4, 8, 3, 5, 6, 7, 9, 12}, "abcd") == "[123,14,34]"
    assert model_name({0, *(1 << place for place in range(10)), 513}, "abcdefghij").endswith("9]")
