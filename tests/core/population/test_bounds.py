"""Estimates that a person can work out on paper."""

from __future__ import annotations

import math

import pytest

from safepassage.core.population.bounds import chao, chapman, union, zelterman
from safepassage.core.population.capture import table_of
from safepassage.errors import RefusedError

TWO = table_of(("a", "b"), {(1, 1): 5, (1, 0): 15, (0, 1): 25})
THREE = table_of(
    ("a", "b", "c"),
    {(1, 0, 0): 20, (0, 1, 0): 20, (0, 0, 1): 20, (1, 1, 0): 10, (0, 1, 1): 10, (1, 1, 1): 4},
)


def test_the_union_is_the_observed():
    result = union(THREE, 0.95)
    assert (result.estimate, result.low, result.high) == (84, 84, math.inf)


def test_chapman_by_hand():
    # Lists of 20 and 30 with 5 in common: 21 * 31 / 6 - 1 = 107.5.
    result = chapman(TWO, 0.95)
    assert result.estimate == pytest.approx(107.5)
    # Seber's variance: 21 * 31 * 15 * 25 / (36 * 7) = 968.75, unseen 62.5.
    width = math.exp(1.959964 * math.sqrt(math.log1p(968.75 / 62.5**2)))
    assert result.low == pytest.approx(45 + 62.5 / width)
    assert result.high == pytest.approx(45 + 62.5 * width)
    assert "independent" in result.warnings[0]


def test_chapman_needs_an_overlap_and_two_lists():
    with pytest.raises(RefusedError, match="no overlap"):
        chapman(table_of(("a", "b"), {(1, 0): 15, (0, 1): 25}), 0.95)
    with pytest.raises(RefusedError, match="there are 3"):
        chapman(THREE, 0.95)


def test_chao_by_hand():
    # 60 listed once, 20 twice, three lists: 2/3 * 60**2 / 40 = 60 unseen.
    result = chao(THREE, 0.95)
    assert result.estimate == pytest.approx(84 + 60)
    # 20 * (2/3 * 9 / 2 + 4/9 * 27 + 4/9 * 81 / 4) = 480.
    width = math.exp(1.959964 * math.sqrt(math.log1p(480 / 60**2)))
    assert (result.low, result.high) == pytest.approx((84 + 60 / width, 84 + 60 * width))


def test_chao_without_anybody_listed_twice():
    table = table_of(("a", "b"), {(1, 0): 3, (0, 1): 2})
    result = chao(table, 0.95)
    assert result.estimate == pytest.approx(5 + 0.5 * 5 * 4 / 2)
    assert result.low < result.estimate < result.high


def test_chao_with_nobody_listed_once():
    with pytest.raises(RefusedError, match="exactly once"):
        chao(table_of(("a", "b"), {(1, 1): 3}), 0.95)


def test_zelterman_by_hand():
    # Rate 2 * 20 / 60 = 2/3; 84 / (1 - exp(-2/3)).
    result = zelterman(THREE, 0.95)
    assert result.estimate == pytest.approx(84 / (1 - math.exp(-2 / 3)))
    assert result.low < result.estimate < result.high


def test_zelterman_needs_people_listed_twice_and_three_lists():
    with pytest.raises(RefusedError, match="found 5 and 0"):
        zelterman(table_of(("a", "b", "c"), {(1, 0, 0): 5}), 0.95)
    with pytest.raises(RefusedError, match="needs 3 lists; there are 2 lists"):
        zelterman(TWO, 0.95)


@pytest.mark.parametrize("method", [chao, zelterman])
def test_a_higher_level_gives_a_wider_interval(method):
    narrow, wide = method(THREE, 0.8), method(THREE, 0.99)
    assert wide.low < narrow.low < narrow.high < wide.high
