"""Draws that every exercise rests on: a change here changes every exercise."""

from __future__ import annotations

import statistics
from collections import Counter

import pytest

from safepassage.exercises.dice import Dice, expit, logit


def test_the_draws_of_a_seed_are_fixed_for_ever() -> None:
    # PCG64 seeded with [1, crc32("a")]; other numbers mean that every exercise has changed.
    dice = Dice(1, "a")
    assert [dice.between(0, 999) for _ in range(6)] == EXPECTED


EXPECTED = [783, 668, 27, 46, 890, 126]


def test_streams_do_not_disturb_each_other() -> None:
    alone = Dice(1, "a").uniform()
    other = Dice(1, "b")
    other.uniform()
    assert Dice(1, "a").uniform() == alone
    assert Dice(1, "b").uniform() != alone


def test_between_includes_both_ends_and_nothing_else() -> None:
    dice = Dice(2)
    assert {dice.between(3, 5) for _ in range(200)} == {3, 4, 5}


def test_weights_are_kept_and_zero_is_never_drawn() -> None:
    dice = Dice(3)
    counts = Counter(dice.weighted("abc", (1, 0, 3)) for _ in range(4000))
    assert counts["b"] == 0
    assert counts["c"] / 4000 == pytest.approx(0.75, abs=0.03)


def test_normal_has_mean_0_and_deviation_1() -> None:
    dice = Dice(4)
    drawn = [dice.normal() for _ in range(4000)]
    assert statistics.mean(drawn) == pytest.approx(0, abs=0.06)
    assert statistics.stdev(drawn) == pytest.approx(1, abs=0.05)


def test_shuffling_keeps_everything() -> None:
    assert sorted(Dice(5).shuffled(range(20))) == list(range(20))
    assert Dice(5).shuffled(range(20)) != list(range(20))


@pytest.mark.parametrize("probability", [0.01, 0.5, 0.93])
def test_logit_and_expit_are_inverse(probability: float) -> None:
    assert expit(logit(probability)) == pytest.approx(probability)
