"""Plans that know delays, on random worlds: 05-convoy §71, §72 and §74."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from safepassage.adapters.plan_json import plan_to_json
from safepassage.core.convoy.check import check_plan
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.simulate import simulate
from safepassage.core.convoy.types import DelayModel, Distribution

World = Callable[..., Any]


ROUGH = DelayModel(
    day_factor=Distribution("lognormal", 1.05, 0.15),
    leg_factor=Distribution("lognormal", 1.0, 0.25),
    boarding_factor=Distribution("lognormal", 1.1, 0.25),
    screening_factor=Distribution("gamma", 1.0, 0.2),
    breakdown_probability=0.05,
    breakdown_s=Distribution("gamma", 1800.0, 0.5),
    collapse_probability_per_window=0.05,
)


def test_a_plan_asked_for_certainty_holds_it_and_keeps_as_many_as_it_can(
    random_world: World,
) -> None:
    build = random_world(8, households=14, near=3, far=3, windows=1).build
    plain = plan_convoy(build.problem, build.left, iterations=400)
    sure = plan_convoy(build.problem, build.left, iterations=400, delays=ROUGH, certainty=0.8)
    assert simulate(build.problem, plain, ROUGH).probability_all_across < 0.75
    assert simulate(build.problem, sure, ROUGH).probability_all_across > 0.79
    assert sure.promise is not None
    assert sure.promise.low >= 0.79
    assert 0 < sure.totals.value_across <= plain.totals.value_across


def test_without_certainty_the_expected_value_is_sought(random_world: World) -> None:
    build = random_world(8, households=14, near=3, far=3, windows=1).build
    plain = plan_convoy(build.problem, build.left, iterations=400)
    hoped = plan_convoy(build.problem, build.left, iterations=400, delays=ROUGH)
    values = [simulate(build.problem, one, ROUGH).value_expected for one in (plain, hoped)]
    assert values[1] > values[0]


@pytest.mark.parametrize("hours", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_promise_and_simulation_agree(random_world: World, seed: int, hours: bool) -> None:
    world = random_world(seed, households=12, near=3, far=2, windows=1 + seed % 2, hours=hours)
    problem = world.build.problem
    plan = plan_convoy(problem, world.build.left, seed=seed, iterations=60, delays=ROUGH)
    assert check_plan(problem, world.households, plan) == ()
    assert plan.promise is not None
    judged = simulate(problem, plan, ROUGH, runs=20_000, seed=99)
    assert plan.promise.probability == pytest.approx(judged.probability_all_across, abs=0.02)
    assert plan.promise.expected_persons == pytest.approx(judged.persons_expected, abs=0.25)


def test_the_same_seed_and_budget_give_the_same_promise(random_world: World) -> None:
    build = random_world(4, households=12, near=3, far=2, windows=2).build
    texts = {
        plan_to_json(
            plan_convoy(build.problem, build.left, seed=3, iterations=120, delays=ROUGH,
                        certainty=0.7)
        )
        for _ in range(2)
    }  # fmt: skip
    assert len(texts) == 1
