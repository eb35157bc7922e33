"""Typing errors: what a keyboard explains costs less."""

from __future__ import annotations

import pytest

from safepassage.core.register.typing_errors import SLIP_COST, OneErrorIndex, typing_cost


@pytest.mark.parametrize(
    ("one", "other", "cost"),
    [
        ("коваль", "коваль", 0.0),
        ("коваль", "ковпль", SLIP_COST),  # п beside а
        ("коваль", "ковваль", SLIP_COST),  # doubled
        ("коваль", "коавль", SLIP_COST),  # exchanged
        ("koval", "kpval", SLIP_COST),  # p beside o
        ("коваль", "ковыль", 1.0),
        ("коваль", "ковль", 1.0),
        ("коваль", "ивпнль", 3.0),
    ],
)
def test_cost(one, other, cost):
    assert typing_cost(one, other) == typing_cost(other, one) == cost


def test_words_one_error_away_are_found_and_no_others():
    index = OneErrorIndex.of(["ivan", "jivan", "iavn", "ian", "olga"])
    assert index.near("ivan") == ("ian", "iavn", "ivan", "jivan")
    assert index.near("petr") == ()
