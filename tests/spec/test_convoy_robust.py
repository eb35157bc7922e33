"""One test for each rule of plans that know delays: docs/spec/05-convoy.md §70 and following."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.tiny import tiny_problem
from safepassage.core.convoy.types import DelayModel, Distribution

ONE = Distribution("fixed", 1.0)
NOTHING = DelayModel(ONE, ONE, ONE, ONE, 0.0, Distribution("fixed", 0.0), 0.0)


def test_70_a_vehicle_works_in_the_shift_that_covers_most_of_the_window() -> None:
    # The window is 0 to 18,000 s; the night shift ends at 3,000, before the gate opens at 3,600.
    world = tiny_problem()
    shifts = ((0, 3_000), (4_000, 30_000))
    vehicles = (replace(world.vehicles[0], shifts=shifts), world.vehicles[1])
    plan = plan_convoy(replace(world, vehicles=vehicles), iterations=50)
    assert plan.totals.persons == 6
    assert plan.trips[0].depart_s >= 4_000


def test_71_where_no_plan_holds_the_most_certain_one_found_says_so() -> None:
    # Every window ends early, at a moment drawn evenly: nobody can be certain to be through.
    doomed = replace(NOTHING, collapse_probability_per_window=1.0)
    plan = plan_convoy(tiny_problem(), iterations=50, delays=doomed, certainty=0.99)
    assert plan.promise is not None
    assert 0 < plan.promise.probability < 0.99
    assert plan.totals.persons > 0


def test_72_the_promise_is_what_a_person_can_work_out() -> None:
    # One family of three: 60 + 3 x 30 = 150 s of screening from 3,600 on. It takes one to three
    # times as long, every length as likely, and the gate shuts at 3,900: half of the time.
    world = tiny_problem()
    window = replace(world.windows[0], closes_s=3_900, margin_s=0)
    lone = replace(world, groups=world.groups[:1], windows=(window,))
    delays = replace(NOTHING, screening_factor=Distribution("uniform", 1.0, 3.0))
    plan = plan_convoy(lone, iterations=10, delays=delays)
    assert plan.promise is not None
    assert plan.promise.probability == pytest.approx(0.5, abs=0.01)
    assert plan.promise.expected_persons == pytest.approx(1.5, abs=0.03)
    assert plan.promise.low < plan.promise.probability


def test_72_an_early_close_counts_by_how_far_the_plan_is_ahead_of_it() -> None:
    # Through at 3,600 + 150; the window is 3,600 to 18,600, so one early close in a hundred is
    # before that, and four in ten windows close early.
    world = tiny_problem()
    window = replace(world.windows[0], closes_s=18_600)
    lone = replace(world, groups=world.groups[:1], windows=(window,))
    delays = replace(NOTHING, collapse_probability_per_window=0.4)
    promise = plan_convoy(lone, iterations=10, delays=delays).promise
    assert promise is not None
    assert promise.probability == pytest.approx(1 - 0.4 * 150 / 15_000)


def test_73_where_nothing_can_go_wrong_everybody_is_certain() -> None:
    plan = plan_convoy(tiny_problem(), iterations=50, delays=NOTHING, certainty=0.95)
    assert plan.totals.persons == 6
    assert plan.promise is not None
    assert plan.promise.probability == 1.0
    assert plan.promise.worlds >= 10_000


def test_74_the_same_seed_and_budget_give_the_same_plan_and_promise() -> None:
    delays = replace(NOTHING, day_factor=Distribution("gamma", 1.2, 0.4))
    one, other = (
        plan_convoy(tiny_problem(), seed=5, iterations=60, delays=delays, certainty=0.6)
        for _ in range(2)
    )
    assert one == other


@pytest.mark.parametrize("certainty", [0.0, 1.0, 1.5])
def test_75_certainty_is_a_probability_and_needs_delays(certainty: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        plan_convoy(tiny_problem(), delays=NOTHING, certainty=certainty)
    with pytest.raises(ValueError, match="needs delays"):
        plan_convoy(tiny_problem(), certainty=0.8)
