"""The dials behind the band."""

from __future__ import annotations

from itertools import product

import pytest

from safepassage.core.population.capture import table_of
from safepassage.core.population.recommend import recommend
from safepassage.core.population.sensitivity import (
    dial_beyond,
    dial_pairs,
    leave_one_out,
    narrowing,
    pairs_between,
)
from safepassage.errors import UsageError

EVEN = table_of(("a", "b", "c"), {h: 125 for h in product((0, 1), repeat=3) if any(h)})


def test_two_lists_at_every_setting_by_hand():
    # 60 on both, 40 and 20 on one: the unseen are ratio * 40 * 20 / 60.
    table = table_of(("a", "b"), {(1, 1): 60, (1, 0): 40, (0, 1): 20})
    half, one, ten = dial_pairs(table, [("a", "b")], odds_ratios=(0.5, 1.0, 10.0))
    assert half.estimate == pytest.approx(120 + 40 / 6)
    assert one.estimate == pytest.approx(120 + 80 / 6)
    assert ten.estimate == pytest.approx(120 + 800 / 6)
    assert one.support is None  # two lists cannot speak on it


def test_the_overlaps_speak_against_a_dependence_that_is_not_there():
    settings = {s.odds_ratio: s for s in dial_pairs(EVEN, [("a", "b")])}
    assert settings[1.0].words == ""
    assert settings[10.0].words == "the overlaps speak strongly against it"
    assert settings[0.1].words == "the overlaps speak strongly against it"
    assert settings[1.0].estimate == pytest.approx(1000, rel=0.05)


def test_the_unseen_grow_with_the_dial():
    found = [setting.estimate for setting in dial_pairs(EVEN, [("a", "b")])]
    assert found == sorted(found)


def test_beyond_the_lists_the_unseen_are_multiplied():
    band = recommend(EVEN, EVEN, 0.95)
    one, double = dial_beyond(EVEN, odds_ratios=(1.0, 2.0))
    assert one.estimate == pytest.approx(band.estimate)
    assert double.estimate - EVEN.observed == pytest.approx(2 * (band.estimate - EVEN.observed))


def test_leaving_a_list_out_keeps_its_people_in_the_least_number():
    for left in leave_one_out(EVEN):
        assert left.band.at_least == EVEN.observed
        assert left.band.estimate is None  # two lists are left, which give no band


def test_families_of_lists_give_their_pairs():
    lists = ("a", "b", "c", "d")
    assert pairs_between(lists, ["a", "b"]) == (("a", "b"),)
    assert pairs_between(lists, ["a", "b"], ["c"]) == (("a", "c"), ("b", "c"))
    for wrong in ((["a"], None), (["a"], ["a"]), (["x"], ["a"])):
        with pytest.raises(UsageError):
            pairs_between(lists, *wrong)


def test_nobody_asked_narrows_nothing_and_everybody_asked_leaves_nothing_open():
    none, some, nearly_all = narrowing(800, 1000, 900, 1200, 0.95, (0, 100, 999))
    assert none[1] < some[1] < nearly_all[1]
    assert none[2] > some[2] > nearly_all[2]
    assert nearly_all[2] - nearly_all[1] < 15
