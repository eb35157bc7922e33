"""Plans of random worlds with shifts, breaks, spare seats, doors, convoys and receiving hours."""

from __future__ import annotations

import pytest

from safepassage.core.convoy.check import check_plan
from safepassage.core.convoy.replay import plan_itineraries, replay
from safepassage.core.convoy.search import plan_convoy


@pytest.mark.parametrize("seed", range(60))
def test_the_planner_keeps_what_the_judges_ask(random_world, seed: int) -> None:
    world = random_world(seed, 12, 3, 2, 1 + seed % 3, hours=True)
    problem, left = world.build.problem, world.build.left
    plan = plan_convoy(problem, left, seed=seed, iterations=100)
    assert check_plan(problem, world.households, plan) == ()
    driven = replay(problem, plan_itineraries(plan))
    assert driven.faults == ()
    assert driven.value_inside_margin == plan.totals.value_across
