"""Weights and probabilities in words."""

from __future__ import annotations

import pytest

from safepassage.core.register.explain import (
    chance_in_words,
    holding,
    log_odds_bits,
    otherwise,
    reason_in_words,
    strength,
    worth_in_words,
)
from safepassage.core.register.types import Evidence, Link, Person


@pytest.mark.parametrize("bits", [0.5, 3.0, 6.0, 9.0])
def test_the_scale_is_the_same_for_and_against(bits):
    assert strength(bits).replace("for", "against") == strength(-bits).replace("for", "against")


def test_a_reason_holds_no_number():
    assert reason_in_words(Evidence("phone", "same phone", 12.9)) == (
        "same phone speaks very strongly for"
    )


@pytest.mark.parametrize(
    ("probability", "words"),
    [(1.0, "more than 999 in 1000"), (0.0, "less than 1 in 1000"), (0.5, "1 in 2"),
     (0.0123, "1 in 100"), (0.996, "249 in 250"), (0.87, "17 in 20")],
)  # fmt: skip
def test_a_chance_is_a_simple_fraction(probability, words):
    assert chance_in_words(probability) == words


@pytest.mark.parametrize("probability", [p / 1000 for p in range(1, 1000, 7)])
def test_a_fraction_is_near_the_chance_that_it_says(probability):
    number, of = map(int, chance_in_words(probability).split(" in "))
    assert abs(number / of - probability) <= 0.2 * min(probability, 1 - probability) + 0.0005


def test_log_odds_of_even_odds_are_nought_and_certainty_is_bounded():
    assert log_odds_bits(0.5) == 0
    assert log_odds_bits(1.0) == pytest.approx(-log_odds_bits(0.0))
    assert log_odds_bits(1.0) < 20


def test_what_a_decision_is_worth_is_said_by_what_is_at_stake():
    told = [worth_in_words(cost, accepted=cost > 1) for cost in (4.0, 0.5, 0.1)]
    assert [each.partition(":")[0] for each in told] == [
        "urgent", "worth a look", "when there is time",
    ]  # fmt: skip
    assert told[0].endswith("one of them is invisible now")
    assert told[1].endswith("a seat is kept twice")


def test_a_strong_pair_kept_apart_by_others_says_so():
    link = Link("a:1", "b:1", 0.99, (Evidence("f", "same", 9.0),), accepted=False)
    assert "other records of the two contradict it" in otherwise(link)[0]


def test_a_weak_pair_joined_through_others_says_so():
    link = Link("a:1", "b:1", 0.2, (Evidence("f", "other", -3.0),), accepted=True)
    assert "other records of the person fit both" in otherwise(link)[0]


def test_a_single_record_is_held_by_nothing():
    held = holding(Person("P", ("a:1",), 1.0), (Link("a:1", "b:1", 0.9, (), accepted=False),))
    assert (held.links, held.against) == ((), ())
