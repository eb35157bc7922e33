"""People who differ, and people whom a listing changes."""

from __future__ import annotations

import math
from itertools import product

import pytest

from safepassage.core.population.capture import table_of
from safepassage.core.population.heterogeneity import behaviour, mth, mth_chao
from safepassage.errors import RefusedError

OF_TIMES = {
    "poisson": lambda s: 2.0**s - 1.0,
    "darroch": lambda s: s * s / 2.0,
    "gamma": lambda s: math.log(3.5) - math.log(3.5 + s),
}


def table_from(shape, strength, unseen=40_000):
    """Expected counts of people who differ by one of the shapes, on three unequal lists."""
    own = (-1.2, -0.9, -1.5)
    counts = {
        history: round(
            unseen
            * math.exp(
                sum(beta for beta, mark in zip(own, history, strict=True) if mark)
                + strength * OF_TIMES[shape](sum(history))
            )
        )
        for history in product((0, 1), repeat=3)
        if any(history)
    }
    return table_of(("a", "b", "c"), counts)


@pytest.mark.parametrize(("shape", "strength"), [("poisson", 0.2), ("darroch", 0.4), ("gamma", 1)])
def test_each_shape_finds_the_unseen_of_people_who_differ_so(shape, strength):
    table = table_from(shape, strength)
    found = mth(shape)(table, 0.95)
    assert found.estimate == pytest.approx(table.observed + 40_000, rel=2e-3)
    assert found.low < found.estimate < found.high


def test_the_lower_bound_lies_at_or_below_people_who_differ():
    table = table_from("darroch", 0.4)
    assert mth_chao(table, 0.95).estimate <= (table.observed + 40_000) * 1.002


def test_without_differences_the_lower_bound_is_independence():
    # 1,000 people, three lists of chance one half: 125 in each of the eight cells.
    table = table_of(("a", "b", "c"), {h: 125 for h in product((0, 1), repeat=3) if any(h)})
    assert mth_chao(table, 0.95).estimate == pytest.approx(1000, abs=0.01)


def test_new_people_who_halve_from_occasion_to_occasion():
    # 400, 200, 100 new people: half of the rest each time, so 100 are left.
    table = table_of(("1", "2", "3"), {(1, 0, 0): 400, (0, 1, 0): 200, (0, 0, 1): 100})
    found = behaviour(table, 0.95)
    assert found.estimate == pytest.approx(800, abs=0.5)
    assert found.low < 800 < found.high


def test_new_people_who_do_not_become_fewer_say_nothing():
    table = table_of(("1", "2", "3"), {(1, 0, 0): 100, (0, 1, 0): 120, (0, 0, 1): 130})
    with pytest.raises(RefusedError, match="do not become fewer"):
        behaviour(table, 0.95)


def test_two_lists_are_refused():
    with pytest.raises(RefusedError):
        mth("darroch")(table_of(("a", "b"), {(1, 0): 5, (0, 1): 5, (1, 1): 5}), 0.95)
