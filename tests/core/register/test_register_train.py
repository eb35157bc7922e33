"""Learning: the truth behind invented pairs is found, and few pairs teach little."""

from __future__ import annotations

import numpy as np
import pytest

from safepassage.core.register.model import GROUPS, MODEL
from safepassage.core.register.train import Patterns, learn, starting_parameters

FIELDS = [field.name for field in MODEL]


def patterns(rows):
    """Return patterns of (levels by field name, pairs between two lists)."""
    levels = np.full((len(rows), len(MODEL)), -1, dtype=np.int64)
    counts = np.zeros((len(rows), len(GROUPS)), dtype=np.int64)
    for at, (named, number) in enumerate(rows):
        counts[at, 0] = number
        for name, level in named.items():
            levels[at, FIELDS.index(name)] = level
    return Patterns(levels, counts)


SAME = {"surname": 0, "given name": 0, "birth": 0}
DIFFERENT = {"surname": 3, "given name": 5, "birth": 3}


def test_starting_values_sum_to_one_over_the_levels_of_a_kind():
    for field in MODEL:
        for kind in {level.kind for level in field.levels}:
            of_kind = [level for level in field.levels if level.kind == kind]
            for column in ("m", "u", "family"):
                assert sum(getattr(level, column) for level in of_kind) == pytest.approx(1.0), (
                    field.name
                )


def test_nothing_compared_gives_the_starting_values():
    learned = learn(patterns([]), patterns([]), 2, (1, 0, 0))
    assert learned.m == starting_parameters().m
    assert learned.learned_from == 0


def test_the_share_of_matches_with_another_surname_is_learned():
    maiden = {**SAME, "surname": 3}
    candidates = patterns([(SAME, 7000), (maiden, 3000), (DIFFERENT, 50_000)])
    sample = patterns([(DIFFERENT, 100_000)])
    learned = learn(candidates, sample, 10_000, (50_000_000, 0, 0))
    assert learned.m[0][3] == pytest.approx(0.30, abs=0.02)
    assert learned.match_rate[0] == pytest.approx(10_000 / 50_000_000, rel=0.05)


def test_a_few_pairs_move_the_values_a_little():
    learned = learn(patterns([(SAME, 3)]), patterns([(DIFFERENT, 3)]), 6, (9, 6, 0))
    assert learned.m[0][0] == pytest.approx(starting_parameters().m[0][0], abs=0.05)
