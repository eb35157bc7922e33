"""A list drawn at random."""

from __future__ import annotations

import numpy as np
import pytest

from safepassage.core.population.anchor import Anchor, anchor_estimate, calls_needed, sample_order
from safepassage.errors import RefusedError, UsageError


def test_half_of_the_drawn_on_lists_means_twice_the_listed():
    found = anchor_estimate(100, Anchor(drawn=20, found=10))
    assert found.estimate == 200
    assert found.low < 200 < found.high


def test_the_interval_holds_the_total_as_often_as_it_says():
    random = np.random.default_rng(11)
    held = 0
    for _ in range(300):
        found = int(random.hypergeometric(700, 300, 60))
        interval = anchor_estimate(700, Anchor(60, found))
        held += interval.low <= 1000 <= interval.high
    assert held >= 0.94 * 300


def test_the_ends_by_hand():
    # All 80 listed are among 100 drawn. Of 102 people that has the chance C(22, 20) / C(102, 100)
    # = 0.045, of 103 people 0.010: the interval at 95 % ends with 102.
    found = anchor_estimate(80, Anchor(drawn=100, found=80))
    assert (found.low, found.estimate, found.high) == (100, 100, 102)


def test_drawing_by_households_widens():
    one = anchor_estimate(700, Anchor(100, 70))
    by_household = anchor_estimate(700, Anchor(100, 70, design_effect=2.0))
    assert by_household.high - by_household.low > one.high - one.low


def test_those_who_were_not_reached_are_said():
    warnings = anchor_estimate(700, Anchor(90, 60, not_reached=10)).warnings
    assert any("10% of those drawn were not reached" in sentence for sentence in warnings)


def test_the_number_needed_is_the_first_that_is_enough():
    needed = calls_needed(1740, 2200, 1.2)
    share = 1740 / 2200
    enough = anchor_estimate(1740, Anchor(needed, round(needed * share)))
    assert enough.high <= 1.2 * enough.low
    assert calls_needed(1740, 2200, 1.1) > needed


def test_contradictory_figures_are_refused():
    with pytest.raises(RefusedError):
        anchor_estimate(700, Anchor(30, 0))
    for wrong in (Anchor(10, 11), Anchor(0, 0), Anchor(10, 5, design_effect=0.5)):
        with pytest.raises(UsageError):
            anchor_estimate(700, wrong)
    with pytest.raises(UsageError):
        calls_needed(700, 700, 1.2)


def test_a_draw_can_be_repeated_and_visits_nobody_twice():
    first, again = sample_order(500, 40, seed=7), sample_order(500, 40, seed=7)
    assert first.tolist() == again.tolist()
    assert len(set(first.tolist())) == 40


def test_the_people_met_are_the_least():
    met = anchor_estimate(100, Anchor(drawn=150, found=75, design_effect=6.0))
    assert met.low == 175  # a hundred listed, and 75 who are on no list


def test_a_larger_design_effect_never_narrows():
    few = [anchor_estimate(1000, Anchor(30, 3, design_effect=effect)) for effect in (1.5, 3.0, 5.0)]
    assert few[0].high <= few[1].high <= few[2].high
    assert few[0].low >= few[1].low >= few[2].low
