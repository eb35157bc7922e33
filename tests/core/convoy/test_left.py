"""Why a household is left: the first rule that excludes it, in words with the numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from safepassage.core.convoy.left import describe_load
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.tiny import tiny_problem
from safepassage.core.convoy.types import (
    Capacity,
    ConvoyProblem,
    Left,
    LeftReason,
    ReceptionCentre,
    SeatCount,
)
from safepassage.core.corridor.types import TravelMatrix


def left_of(problem: ConvoyProblem) -> list[Left]:
    return list(plan_convoy(problem, iterations=100).left)


def with_window(problem: ConvoyProblem, **changes: Any) -> ConvoyProblem:
    return replace(problem, windows=(replace(problem.windows[0], **changes),))


def test_a_load_in_words() -> None:
    assert describe_load(SeatCount(2, 0, 1)) == "2 seated, 1 on a stretcher"
    assert describe_load(SeatCount()) == "nobody"


def test_no_seat_on_the_far_side_is_no_seat() -> None:
    problem = tiny_problem()
    small = replace(problem.vehicles[1], capacity=Capacity(SeatCount(2)))
    left = left_of(replace(problem, vehicles=(problem.vehicles[0], small)))
    assert {one.reason for one in left} == {LeftReason.NO_SEAT_OF_KIND}
    assert "3 seated" in left[0].detail


@pytest.mark.parametrize("leg", [(0, 1), (1, 2), (2, 0), (2, 4), (4, 2)])
def test_a_missing_way_anywhere_is_no_road(leg: tuple[int, int]) -> None:
    problem = tiny_problem()
    matrix = problem.matrices.matrices[0]
    times = matrix.travel_time_s.copy()
    times[leg] = -1
    blocked = TravelMatrix(matrix.profile, times.astype(np.int32), matrix.exposure)
    matrices = replace(problem.matrices, matrices=(blocked,))
    assert {one.reason for one in left_of(replace(problem, matrices=matrices))} == {
        LeftReason.NO_ROAD
    }


def test_places_taken_by_others_are_no_place() -> None:
    problem = tiny_problem()
    full = replace(problem, centres=(ReceptionCentre("centre", "centre", 4, 0),))
    (left,) = left_of(full)
    assert left.reason is LeftReason.NO_PLACE_AT_CENTRE
    assert "other groups" in left.detail


def test_too_long_aboard_even_directly_is_time_aboard() -> None:
    # From the village: 600 s of driving and 60 + 3 x 30 s of screening.
    assert not left_of(replace(tiny_problem(), max_aboard_s=750))
    left = left_of(replace(tiny_problem(), max_aboard_s=749))
    assert {one.reason for one in left} == {LeftReason.TIME_ABOARD}
    assert "12 min" in left[0].detail


def test_a_window_too_short_for_any_round_trip_is_window() -> None:
    # 600 + 240 + 180 + 600 to the line and 150 through: 1,770 s after the first movement.
    just = with_window(tiny_problem(), opens_s=0, closes_s=1770, margin_s=0)
    assert len(left_of(just)) == 1
    short = with_window(tiny_problem(), opens_s=0, closes_s=1769, margin_s=0)
    assert {one.reason for one in left_of(short)} == {LeftReason.WINDOW}


def test_crew_hours_too_short_for_any_round_trip_are_window() -> None:
    problem = tiny_problem()
    tired = replace(problem.vehicles[0], crew_s=2000)
    left = left_of(replace(problem, vehicles=(tired, problem.vehicles[1])))
    assert {one.reason for one in left} == {LeftReason.WINDOW}


def test_a_second_trip_that_does_not_fit_is_fleet() -> None:
    problem = with_window(tiny_problem(), opens_s=0, closes_s=3000, margin_s=0)
    (left,) = left_of(problem)
    assert left.reason is LeftReason.FLEET


def test_a_crossing_in_use_all_the_time_is_throughput() -> None:
    # Screening takes 1,600 + 90 s; the gate is open for 1,800 s and two vehicles stand there.
    problem = tiny_problem()
    slow = replace(problem.crossings[0].screening, vehicle_s=1600)
    second = replace(problem.vehicles[0], vehicle_id="near-2")
    problem = replace(
        problem,
        crossings=(replace(problem.crossings[0], screening=slow),),
        vehicles=(problem.vehicles[0], second, problem.vehicles[1]),
        vehicle_matrix=(0, 0, 0),
        vehicle_side=("a", "a", "b"),
    )
    problem = with_window(problem, opens_s=3600, closes_s=5400, margin_s=0)
    (left,) = left_of(problem)
    assert left.reason is LeftReason.THROUGHPUT
    assert "%" in left.detail


def test_a_row_without_a_pick_up_is_told_so() -> None:
    problem = tiny_problem()
    lost = replace(problem.groups[0], place_id="")
    (left,) = left_of(replace(problem, groups=(lost, problem.groups[1])))
    assert left.reason is LeftReason.NO_ROAD
    assert "its pick-up (no place is given)" in left.detail
