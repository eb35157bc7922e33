"""Two lists that are independent only among people who are alike."""

from __future__ import annotations

import numpy as np
import pytest

from safepassage.core.population.doubly_robust import Listed, doubly_robust
from safepassage.errors import InputError, RefusedError, UsageError


def listed(persons, seed, lean=1.8):
    """Half of the people live in the town, where both lists reach more of them."""
    random = np.random.default_rng(seed)
    town = random.integers(0, 2, persons)
    chance = 1 / (1 + np.exp(1.2 - lean * town))
    marks = np.column_stack([random.random(persons) < chance for _ in range(2)]).astype(int)
    seen = marks.any(axis=1)
    return Listed(("a", "b"), marks[seen], town[seen, None].astype(float)), marks


def test_the_place_explains_why_both_lists_name_the_same_people():
    found, plain = [], []
    for seed in range(20):
        people, marks = listed(2000, seed)
        found.append(doubly_robust(people, seed=seed))
        first, second = marks.sum(axis=0)
        plain.append(first * second / (marks[:, 0] & marks[:, 1]).sum())
    assert np.mean(plain) < 1750  # as if independent: too low
    assert np.mean([one.estimate for one in found]) == pytest.approx(2000, rel=0.05)
    assert sum(one.low <= 2000 <= one.high for one in found) >= 17


def test_every_pair_is_tried_and_the_interval_reaches_over_all():
    random = np.random.default_rng(9)
    town = random.integers(0, 2, 2000)
    chance = 1 / (1 + np.exp(1.2 - 1.8 * town))
    everybody = np.column_stack([random.random(2000) < chance for _ in range(3)]).astype(int)
    seen = everybody.any(axis=1)
    marks, people = everybody[seen], Listed((), everybody[seen], town[seen, None].astype(float))
    found = doubly_robust(Listed(("a", "b", "c"), marks, people.covariates))
    assert "held independent in turn" in found.warnings[1]
    one = doubly_robust(Listed(("a", "b", "c"), marks, people.covariates), pair=("a", "b"))
    assert found.low <= one.low
    assert found.high >= one.high


def test_bad_input_is_refused():
    people, _ = listed(2000, 1)
    with pytest.raises(UsageError):
        doubly_robust(people, pair=("a", "x"))
    missing = people.covariates.copy()
    missing[0, 0] = np.nan
    with pytest.raises(InputError, match="missing"):
        doubly_robust(Listed(people.lists, people.marks, missing))
    apart = np.column_stack([people.marks[:, 0], 1 - people.marks[:, 0]])
    with pytest.raises(RefusedError, match="share 10 people"):
        doubly_robust(Listed(people.lists, apart, people.covariates))
    with pytest.raises(RefusedError, match="too few"):
        doubly_robust(Listed(people.lists, people.marks[:20], people.covariates[:20]))


def test_a_pair_that_does_not_tell_the_unseen_from_chance_says_nothing():
    random = np.random.default_rng(4)  # nearly everybody is on both lists
    marks = (random.random((300, 2)) < 0.99).astype(int)
    marks = marks[marks.any(axis=1)]
    with pytest.raises(RefusedError, match="from chance"):
        doubly_robust(Listed(("a", "b"), marks, random.random((len(marks), 1))))


def test_pairs_that_contradict_each_other_are_named_with_their_list():
    random = np.random.default_rng(6)
    marks = (random.random((4000, 3)) < 0.4).astype(int)
    avoided = (random.random(4000) < np.where(marks.any(axis=1), 0.05, 0.5)).astype(int)
    marks = np.column_stack([marks, avoided])
    seen = marks[marks.any(axis=1)]
    people = Listed(("a", "b", "c", "ward"), seen, random.integers(0, 2, (len(seen), 1)) * 1.0)
    found = doubly_robust(people)
    assert "hangs on list 'ward'" in found.warnings[-1]
    calm = doubly_robust(
        Listed(
            ("a", "b", "c"),
            seen[:, :3][seen[:, :3].any(axis=1)],
            people.covariates[seen[:, :3].any(axis=1)],
        )
    )
    assert not any("contradict" in warning for warning in calm.warnings)
