"""The search: valid plans only, the same bytes for a seed, never above the bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safepassage.adapters.plan_json import parse_plan, plan_to_json
from safepassage.core.convoy.bound import bound_b0
from safepassage.core.convoy.check import check_plan
from safepassage.core.convoy.search import (
    Progress,
    default_iterations,
    plan_convoy,
)
from safepassage.core.convoy.tiny import tiny_problem
from safepassage.core.convoy.types import LeftReason

World = Callable[..., Any]

RANDOM = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_tiny_world_gets_both_families_across_on_two_trips() -> None:
    # Five seats, two families of three: the second must wait for the second trip.
    plan = plan_convoy(tiny_problem(), iterations=200)
    assert plan.totals.persons == 6
    assert [trip.origin_id for trip in plan.trips] == ["depot", "line"]
    assert not plan.left


def test_one_seat_too_few_leaves_the_lighter_family() -> None:
    world = tiny_problem()
    heavy = replace(world.groups[1], value=9)
    short = replace(world, groups=(world.groups[0], heavy), windows=(
        replace(world.windows[0], opens_s=0, closes_s=3_000),))  # fmt: skip
    plan = plan_convoy(short, iterations=200)
    assert [one.token for one in plan.assignments] == ["H-2"]
    assert [(one.token, one.reason) for one in plan.left] == [("H-1", LeftReason.FLEET)]


def test_departures_wait_for_the_crossing_to_open() -> None:
    # The way takes 600 + 240 + 3 x 60 + 600 = 1,620 s; the gate opens at 3,600; 900 s of lead.
    first = plan_convoy(tiny_problem(), iterations=50).trips[0]
    assert first.queue_arrive_s == 3_600 - 900
    assert first.depart_s == 3_600 - 900 - 1_620
    assert first.screening_start_s == 3_600


@pytest.mark.parametrize("iterations", [0, 1, 300])
def test_same_seed_and_budget_give_the_same_bytes(random_world: World, iterations: int) -> None:
    build = random_world(4, households=14, near=3, far=2, windows=2).build
    texts = {
        plan_to_json(plan_convoy(build.problem, build.left, seed=7, iterations=iterations))
        for _ in range(3)
    }
    assert len(texts) == 1
    assert parse_plan(texts.pop()).iterations == iterations


def test_more_search_is_never_worse(random_world: World) -> None:
    build = random_world(11, households=16, near=3, far=3, windows=2).build
    values = [
        plan_convoy(build.problem, build.left, iterations=n).totals.value_across
        for n in (0, 100, 1000)
    ]
    assert values == sorted(values)
    assert values[0] > 0


def test_deadline_ends_the_search_and_progress_is_told() -> None:
    shares = iter([0.0, 0.5, 1.0])
    told: list[Progress] = []
    plan = plan_convoy(tiny_problem(), deadline=lambda: next(shares), progress=told.append)
    assert plan.iterations == 100
    assert [one.done for one in told] == [0.0, 0.5]
    assert told[-1].persons == 6


def test_buffer_keeps_time_free_before_the_close() -> None:
    world = tiny_problem()
    plan = plan_convoy(world, iterations=50, buffer_s=9_000)
    assert max(trip.screening_end_s for trip in plan.trips) <= 18_000 - 600 - 9_000


@pytest.mark.parametrize("field", ["groups", "vehicles", "windows", "centres"])
def test_a_world_without_something_is_planned_empty(field: str) -> None:
    world = replace(tiny_problem(), **{field: ()})
    if field == "vehicles":
        world = replace(world, vehicle_matrix=(), vehicle_side=())
    if field == "centres":
        world = replace(world, groups=tuple(replace(one, centres=()) for one in world.groups))
    plan = plan_convoy(world, iterations=10)
    assert not plan.trips
    assert plan.totals.persons == 0
    assert len(plan.left) == len(world.groups)


def test_budget_falls_with_the_size(random_world: World) -> None:
    assert default_iterations(tiny_problem()) == 20_000


@RANDOM
@given(
    seed=st.integers(0, 10**6), households=st.integers(0, 14), near=st.integers(0, 3),
    far=st.integers(0, 2), windows=st.integers(1, 3), lead_s=st.sampled_from([0, 900]),
)  # fmt: skip
def test_every_plan_passes_the_independent_checker(
    random_world: World, seed: int, households: int, near: int, far: int, windows: int, lead_s: int
) -> None:
    world = random_world(seed, households, near, far, windows)
    problem, left = world.build.problem, world.build.left
    plan = plan_convoy(problem, left, seed=seed, iterations=60, lead_s=lead_s)
    assert check_plan(problem, world.households, replace(plan, bound=bound_b0(problem))) == ()
