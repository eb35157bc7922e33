"""People who have left and whom no list reports."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from safepassage.core.population.capture import table_of
from safepassage.core.population.departed import (
    Presumed,
    Unreported,
    at_least,
    presence_notice,
    present_band,
)
from safepassage.core.population.recommend import recommend
from safepassage.errors import RefusedError, UsageError

LISTS = ("a", "b", "c")
CELLS = [h for h in product((0, 1), repeat=3) if any(h)]
EVEN = table_of(LISTS, dict.fromkeys(CELLS, 125))
NOBODY = table_of(LISTS, {})
ALL_PRESUMED = Presumed(NOBODY, EVEN)
ALL_THERE = Presumed(EVEN, NOBODY)


def test_the_whole_is_both_together():
    assert Presumed(EVEN, EVEN).whole.counts == tuple(250 for _ in CELLS)


def test_one_in_ten_gone_lowers_the_band_by_a_tenth():
    band = recommend(EVEN, EVEN, 0.95)
    found = present_band([ALL_PRESUMED], Unreported("elders", between=(0.1, 0.1)))
    assert found.estimate == pytest.approx(0.9 * band.estimate, rel=0.01)
    assert "§42" in found.rule
    assert "elders" in found.reasons[0]


def test_who_is_said_to_be_there_is_never_taken_out():
    band = recommend(EVEN, EVEN, 0.95)
    found = present_band([ALL_THERE], Unreported("elders", between=(0.3, 0.5)))
    assert found.estimate == pytest.approx(band.estimate, rel=0.01)
    assert found.at_least == EVEN.observed


def test_a_small_sample_widens_the_band():
    large = present_band([ALL_PRESUMED], Unreported("x", sample=(50, 1000)))
    small = present_band([ALL_PRESUMED], Unreported("x", sample=(1, 20)))
    assert small.high / small.low > large.high / large.low


def test_people_on_one_list_leave_at_a_rate_of_their_own():
    once_only = Unreported("x", sample=(500, 1000), several=(0, 1000))
    found = present_band([ALL_PRESUMED], once_only)
    kept = table_of(LISTS, {h: 62 if sum(h) == 1 else 125 for h in CELLS})
    assert found.estimate == pytest.approx(recommend(kept, kept, 0.95).estimate, rel=0.02)


def test_none_found_of_few_leaves_the_share_open():
    none_found = Unreported("x", sample=(0, 30))
    assert none_found.share(np.array([0.975]), several=False)[0] > 0.05


def test_at_least_does_not_hang_on_the_number_of_draws():
    stated = Unreported("x", between=(0.0, 0.2))
    most = 0.2 * 0.975
    assert at_least(ALL_PRESUMED, stated, 0.95) == int(875 * (1 - most))
    one = present_band([ALL_PRESUMED], stated, seed=1)
    many = present_band([ALL_PRESUMED] * 3, stated, seed=2)
    assert one.at_least == many.at_least


def test_the_same_seed_gives_the_same_band():
    sample = Unreported("x", sample=(3, 60))
    assert present_band([ALL_PRESUMED], sample, seed=4) == present_band(
        [ALL_PRESUMED], sample, seed=4
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"sample": (1, 2), "between": (0.0, 0.1)},
        {"sample": (5, 3)},
        {"sample": (0, 0)},
        {"sample": (1, 9), "several": (9, 3)},
        {"between": (0.2, 0.1)},
        {"between": (0.2, 1.0)},
    ],
)
def test_nonsense_is_refused(wrong):
    with pytest.raises(UsageError):
        Unreported("x", **wrong)


def test_without_a_table_there_is_no_band():
    with pytest.raises(RefusedError):
        present_band([], Unreported("x", sample=(1, 9)))


def test_the_notice_says_whom_the_band_counts():
    assert "of the other 793 nobody says" in presence_notice(1128, 793)
