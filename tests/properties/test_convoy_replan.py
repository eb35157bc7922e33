"""Random moments and events: the judge finds nothing, nobody is lost, counts add up."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safepassage.core.convoy.replan import replan
from safepassage.core.convoy.replan_check import check_replanned
from safepassage.core.convoy.replan_events import (
    CrossingSlower,
    Day,
    Suspended,
    VehicleLost,
    WindowCut,
)
from safepassage.core.convoy.state import state_at

EVENTS = st.lists(
    st.one_of(
        st.sampled_from(["bus_a", "van_a"]).map(VehicleLost),
        st.integers(24000, 40000).map(lambda closes_s: WindowCut("day1", closes_s)),
        st.sampled_from([0.5, 1.5, 4.0]).map(lambda factor: CrossingSlower("gate", factor)),
        st.just(Suspended()),
    ),
    max_size=3,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at_s=st.integers(17000, 29000), events=EVENTS, seed=st.integers(0, 3))
def test_everybody_has_one_answer(
    convoy_world: ModuleType, at_s: int, events: list[object], seed: int
) -> None:
    world = convoy_world.hand_made()
    persons = {row.token: row.persons for row in world.households}
    groups = tuple(
        replace(g, household_persons=tuple(persons[t] for t in g.household_tokens))
        for g in world.problem.groups
    )
    problem = replace(world.problem, groups=groups)
    day = Day(problem, world.households, state_at(problem, world.plan, at_s))
    made = replan(day, world.plan, events, seed=seed, iterations=60)  # type: ignore[arg-type]  # a list of events of several kinds
    assert check_replanned(made.day, made.plan, made.fall_backs, made.no_onward) == ()
    left = {one.token: one.persons for one in made.plan.left}
    assert made.plan.totals.persons + sum(left.values()) == sum(persons.values())
    assert 0 <= made.promises_kept <= made.promises
