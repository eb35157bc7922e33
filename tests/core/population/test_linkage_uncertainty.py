"""Estimates over draws of the linkage, and without its errors."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from safepassage.core.population.capture import table_of
from safepassage.core.population.pooled import pooled_band
from safepassage.core.population.recommend import recommend, warns
from safepassage.core.population.simex import (
    LinkageErrors,
    errors_counted,
    with_more_errors,
    without_linkage_errors,
)
from safepassage.errors import RefusedError, UsageError

LISTS = ("a", "b", "c")
CELLS = [h for h in product((0, 1), repeat=3) if any(h)]
EVEN = table_of(LISTS, dict.fromkeys(CELLS, 125))
PERSONS = [
    tuple(at for at, mark in enumerate(history) if mark) for history in CELLS for _ in range(125)
]


def test_draws_that_agree_give_the_band_of_one():
    band, pooled = recommend(EVEN, EVEN, 0.95), pooled_band([EVEN] * 5)
    assert pooled.estimate == pytest.approx(band.estimate, rel=0.002)
    assert pooled.low == pytest.approx(band.low, rel=0.01)
    assert pooled.high == pytest.approx(band.high, rel=0.01)


def test_draws_that_differ_widen_the_band():
    fewer = table_of(LISTS, {h: 100 if sum(h) == 1 else 125 for h in CELLS})
    pooled, band = pooled_band([EVEN, fewer]), recommend(EVEN, EVEN, 0.95)
    assert pooled.high / pooled.low > band.high / band.low
    assert pooled.at_least == fewer.observed


def test_draws_without_a_band_refuse_the_whole():
    two = table_of(("a", "b"), {(1, 0): 5, (0, 1): 5, (1, 1): 5})
    assert pooled_band([two, two]).estimate is None
    with pytest.raises(RefusedError):
        pooled_band([])


def test_errors_put_in_keep_every_record():
    random = np.random.default_rng(5)
    spoiled = with_more_errors(PERSONS, 0.2, 0.1, random)
    before = sorted(column for person in PERSONS for column in person)
    assert sorted(column for person in spoiled for column in person) == before
    assert len(spoiled) > len(PERSONS)


def test_missed_matches_are_taken_back():
    random = np.random.default_rng(5)
    spoiled = with_more_errors(PERSONS, 0.05, 0.0, random)
    found = without_linkage_errors(LISTS, spoiled, LinkageErrors(0.05, 0.0), seed=1)
    uncorrected = found.centres[0][1]
    assert uncorrected > 1050
    assert found.band.estimate == pytest.approx(1000, rel=0.04)
    assert found.shift < 1


def test_without_errors_nothing_moves():
    found = without_linkage_errors(LISTS, PERSONS, LinkageErrors(0.0, 0.0), seed=1)
    assert found.shift == pytest.approx(1.0, abs=1e-9)


def test_a_small_clerical_sample_widens_the_band():
    random = np.random.default_rng(5)
    spoiled = with_more_errors(PERSONS, 0.05, 0.0, random)
    known = without_linkage_errors(LISTS, spoiled, LinkageErrors(0.05, 0.0), seed=1).band
    sampled = without_linkage_errors(LISTS, spoiled, errors_counted(2, 40, 0, 40), seed=1).band
    assert sampled.high / sampled.low > known.high / known.low


def test_impossible_counts_and_hopeless_rates_are_refused():
    with pytest.raises(UsageError):
        errors_counted(5, 4, 0, 10)
    with pytest.raises(RefusedError):
        without_linkage_errors(LISTS, PERSONS, LinkageErrors(0.6, 0.0))


def test_the_rate_put_in_is_the_rate_that_a_clerk_counts():
    random = np.random.default_rng(8)
    pairs = [(0, 1)] * 2000
    spoiled = with_more_errors(pairs, 0.1, 0.0, random)
    lost = sum(len(person) == 1 for person in spoiled)  # records that stand alone, of 4,000
    assert lost / 4000 == pytest.approx(0.1, abs=0.015)


def test_the_false_share_is_one_of_persons_on_two_lists():
    random = np.random.default_rng(8)
    persons = [(0, 1)] * 1000 + [(2,)] * 4000
    spoiled = with_more_errors(persons, 0.0, 0.1, random)
    joined = len(persons) - len(spoiled)
    assert joined / 1000 == pytest.approx(0.1, abs=0.03)


def test_a_sample_without_any_error_leaves_a_rate_open():
    known = without_linkage_errors(LISTS, PERSONS, LinkageErrors(0.0, 0.0), seed=1).band
    none_found = without_linkage_errors(LISTS, PERSONS, errors_counted(0, 30, 0, 30), seed=1).band
    assert none_found.high / none_found.low > known.high / known.low
    assert none_found.estimate == pytest.approx(known.estimate)


def test_at_least_is_never_above_the_corrected_band():
    random = np.random.default_rng(5)
    dense = [tuple(np.flatnonzero(random.random(3) < 0.88).tolist()) for _ in range(600)]
    spoiled = with_more_errors([person for person in dense if person], 0.12, 0.0, random)
    band = without_linkage_errors(LISTS, spoiled, LinkageErrors(0.12, 0.0), seed=1).band
    assert band.at_least <= band.low
    assert band.at_least < len(spoiled)


def test_a_warning_of_most_draws_is_the_warning_of_the_band():
    lean = table_of(LISTS, {h: 300 if sum(h) == 3 else 60 for h in CELLS})
    assert warns(recommend(lean, lean, 0.95))
    assert warns(pooled_band([EVEN, lean, lean]))
    assert not warns(pooled_band([EVEN, EVEN, lean]))
