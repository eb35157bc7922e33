"""What one unit more is worth: a world whose lane is the whole trouble."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from safepassage.core.convoy.bound import bound_b0
from safepassage.core.convoy.types import Bound
from safepassage.core.convoy.would_help import LANE, PLACES, VEHICLE, Help, what_would_help


@pytest.fixture
def problem(convoy_world: ModuleType):
    return convoy_world.hand_made().problem


def crowded(problem):
    """A gate so slow that its lane time, 12600 s, is enough for the screening of few."""
    slow = replace(problem.crossings[0].screening, seated_s=1500)
    return replace(problem, crossings=(replace(problem.crossings[0], screening=slow),))


def found(helps: tuple[Help, ...], kind: str) -> list[Help]:
    return [one for one in helps if one.kind == kind]


def test_where_the_lane_binds_a_lane_helps_and_places_do_not(problem) -> None:
    helps = what_would_help(crowded(problem))
    (lane,), (places,) = found(helps, LANE), found(helps, PLACES)
    assert lane.subject == problem.crossings[0].crossing_id
    assert lane.persons > 0
    assert places.value == places.persons == 0


def test_where_everybody_can_go_nothing_helps(problem) -> None:
    assert {one.value for one in what_would_help(problem)} == {0.0}


def test_the_most_helpful_stands_first_and_each_type_is_asked_once(problem) -> None:
    helps = what_would_help(crowded(problem))
    values = [one.value for one in helps]
    assert values == sorted(values, reverse=True)
    types = [one.subject for one in found(helps, VEHICLE)]
    assert len(types) == len(set(types)) > 0


def test_a_bound_that_is_given_is_not_computed_again(problem) -> None:
    crowd = crowded(problem)
    assert what_would_help(crowd, bound_b0(crowd)) == what_would_help(crowd)
    low = Bound("B0", 0.0, 0.0)
    assert all(one.value > 0 for one in what_would_help(crowd, low))


def test_what_is_not_asked_in_time_is_left_out(problem) -> None:
    assert what_would_help(problem, stop=lambda: True) == ()
