"""The compiled schedule against the replay, which shares no code with it, and by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from safepassage.core.convoy.check import check_plan
from safepassage.core.convoy.replay import plan_itineraries, replay
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.tiny import tiny_problem
from safepassage.core.convoy.types import ConvoyProblem, Plan

World = Callable[..., Any]


def two_vans(lanes: int) -> ConvoyProblem:
    tiny = tiny_problem()
    return replace(
        tiny,
        vehicles=(tiny.vehicles[0], replace(tiny.vehicles[0], vehicle_id="other"),
                  tiny.vehicles[1]),
        vehicle_matrix=(0, 0, 0),
        vehicle_side=("a", "a", "b"),
        crossings=(replace(tiny.crossings[0], lanes=lanes),),
        windows=(replace(tiny.windows[0], opens_s=0, closes_s=2_800),),
    )  # fmt: skip


def through(plan: Plan) -> list[tuple[str, int, int, int]]:
    return [
        (trip.vehicle_id, trip.lane, trip.screening_start_s, trip.screening_end_s)
        for trip in plan.trips
    ]


def test_vehicles_that_come_together_queue_in_order_of_their_ids() -> None:
    # Both vans can be at the line at 1,620 and screening takes 60 + 3 x 30 s.
    plan = plan_convoy(two_vans(1), iterations=100, lead_s=0)
    assert through(plan) == [("near", 0, 1620, 1770), ("other", 0, 1770, 1920)]


def test_two_lanes_take_both_at_once() -> None:
    plan = plan_convoy(two_vans(2), iterations=100, lead_s=0)
    assert through(plan) == [("near", 0, 1620, 1770), ("other", 1, 1620, 1770)]


def test_lead_fills_the_queue_and_nothing_else_changes() -> None:
    late = plan_convoy(two_vans(1), iterations=100, lead_s=0)
    early = plan_convoy(two_vans(1), iterations=100, lead_s=900)
    assert through(late) == through(early)
    assert [trip.queue_arrive_s for trip in late.trips] == [1620, 1770]
    assert [trip.queue_arrive_s for trip in early.trips] == [1620, 1620]


def test_a_margin_one_second_shorter_than_the_queue_stops_the_second_van() -> None:
    problem = two_vans(1)
    just = replace(problem, windows=(replace(problem.windows[0], closes_s=1920, margin_s=0),))
    short = replace(problem, windows=(replace(problem.windows[0], closes_s=1919, margin_s=0),))
    assert plan_convoy(just, iterations=100).totals.groups == 2
    assert plan_convoy(short, iterations=100).totals.groups == 1


def test_ready_times_hold_a_stop() -> None:
    problem = tiny_problem()
    late = replace(problem.groups[1], ready_s=7_000)
    plan = plan_convoy(replace(problem, groups=(problem.groups[0], late)), iterations=200)
    stop = next(s for trip in plan.trips for s in trip.stops if "H-2" in s.boards)
    assert stop.depart_s >= 7_000 + 240 + 180


@pytest.mark.parametrize("seed", range(25))
def test_the_replay_counts_what_the_search_counts(random_world: World, seed: int) -> None:
    problem = random_world(seed, households=14, near=3, far=3, windows=1 + seed % 3).build.problem
    plan = plan_convoy(problem, iterations=200, lead_s=0)
    result = replay(problem, plan_itineraries(plan))
    assert result.value_across == plan.totals.value_across
    assert result.persons_across == plan.totals.persons
    assert not result.faults


def test_a_lead_never_lets_a_later_start_overtake(random_world: World) -> None:
    # Found at random: with two lanes and a lead, two vehicles would have reached the queue at
    # the same second, and the lower id, screened later, would have been first in line.
    world = random_world(2534, households=8, near=3, far=1, windows=1)
    plan = plan_convoy(world.build.problem, world.build.left, seed=2534, iterations=60)
    assert check_plan(world.build.problem, world.households, plan) == ()
