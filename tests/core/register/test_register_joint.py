"""Clusters weighed by fields, learning twice, and drawing: small cases worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from safepassage.core.register.comparable import comparable, comparables
from safepassage.core.register.gazetteer import build_gazetteer
from safepassage.core.register.joint import JointWeights
from safepassage.core.register.model import MODEL
from safepassage.core.register.relearn import reweighed
from safepassage.core.register.score import Comparisons, score
from safepassage.core.register.train import starting_parameters
from safepassage.core.register.types import ListRecord

FIELDS = [field.name for field in MODEL]
PARAMETERS = replace(starting_parameters(), match_rate=(0.5,) * 3, family_rate=(1e-12,) * 3)
GAZETTEER = build_gazetteer([("guevo", "Гуево")])


def pairs_with(*rows):
    """Return pairs (0, 1), (0, 2), … of which each row says fields with their bits."""
    levels = np.full((len(rows), len(MODEL)), -1, dtype=np.int64)
    bits = np.zeros((len(rows), len(MODEL)))
    for at, row in enumerate(rows):
        for name, value in row.items():
            levels[at, FIELDS.index(name)] = 0
            bits[at, FIELDS.index(name)] = value
    right = np.arange(1, len(rows) + 1)
    zeros = np.zeros(len(rows), dtype=np.int64)
    return Comparisons(zeros, right, zeros, levels, bits)


def worth(*rows):
    pairs = pairs_with(*rows)
    scores = score(pairs, PARAMETERS)
    joint = JointWeights.of(pairs, PARAMETERS, scores, scores.log_odds)
    return joint.worth(range(len(rows)))


def test_one_pair_is_worth_its_log_odds():
    assert worth({"birth": 5.0, "sex": 1.0}) == pytest.approx(6.0)


def test_fields_held_by_different_records_add_up():
    assert worth({"birth": 5.0}, {"sex": 1.0}) == pytest.approx(6.0)


def test_of_two_values_one_need_agree_for_a_bit():
    """Half of 2^5 and 2^-20 is 2^4."""
    assert worth({"birth": 5.0}, {"birth": -20.0}) == pytest.approx(4.0, abs=1e-4)


def test_values_that_all_disagree_speak_with_full_weight():
    assert worth({"birth": -6.0}, {"birth": -6.0}) == pytest.approx(-6.0)


def test_weights_follow_the_parameters():
    pairs = pairs_with({"sex": 1.0}, {"birth": 5.0})
    birth = FIELDS.index("birth")
    m = [list(row) for row in PARAMETERS.m]
    m[birth][0] /= 2
    halved = reweighed(pairs, PARAMETERS, replace(PARAMETERS, m=tuple(map(tuple, m))))
    assert halved.bits[1, birth] == pytest.approx(4.0)
    assert halved.bits[0].tolist() == pairs.bits[0].tolist()


def test_a_household_knows_its_size_and_the_relatives_named_around_it():
    rows = [
        ListRecord("a:2", "a", 2, full_name="Ткач Анна", household_key="1"),
        ListRecord("a:3", "a", 3, full_name="Ткач Иван", household_key="1"),
        ListRecord("b:2", "b", 2, full_name="Ткач Пётр", relatives=("Иван Ткач",)),
    ]
    anna, ivan, peter = comparables(rows, GAZETTEER)
    assert (anna.house_size, ivan.house_size, peter.house_size) == (2, 2, 0)
    assert set(peter.relatives) & set(anna.around)
    assert not set(peter.relatives) & set(ivan.around)


@pytest.mark.parametrize(
    ("one", "other"), [("ул. Ленина, 5", "ул Ленина 5"), ("Lenina 5", "Ленина 5")]
)
def test_an_address_is_compared_by_sound(one, other):
    left, right = (
        comparable(0, ListRecord("a:2", "a", 2, full_name="Ткач Анна", address=text), GAZETTEER)
        for text in (one, other)
    )
    assert left.address == right.address
