"""The judge answers any plan with sentences; tests of single rules are in tests/spec."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safepassage.core.convoy.check import check_plan, recount
from safepassage.core.convoy.types import LeftReason, OnwardStop, PlannedStop, Violation

LEAVES = st.one_of(
    st.none(),
    st.integers(),
    st.integers(-10, 40_000),
    st.floats(),
    st.text(max_size=4),
    st.sampled_from(["H-1", "C-1", "day1", "bus_a", "bus_b", "van_a", "school", "hall", "gate"]),
    st.sampled_from(list(LeftReason)),
    st.just(()),
)


@pytest.fixture
def world(convoy_world: ModuleType):
    return convoy_world.hand_made()


@st.composite
def mangled(draw: st.DrawFn, value: Any) -> Any:
    """A plan with something inside it replaced, dropped, doubled or put in another order."""
    if is_dataclass(value) and not isinstance(value, type) and draw(st.integers(0, 20)):
        name = draw(st.sampled_from([field.name for field in fields(value)]))
        return replace(value, **{name: draw(mangled(getattr(value, name)))})
    if isinstance(value, tuple) and value and draw(st.integers(0, 20)):
        index = draw(st.integers(0, len(value) - 1))
        way = draw(st.sampled_from(["into", "into", "into", "drop", "double", "reverse"]))
        if way == "into":
            return (*value[:index], draw(mangled(value[index])), *value[index + 1 :])
        if way == "drop":
            return (*value[:index], *value[index + 1 :])
        return (*value, value[index]) if way == "double" else value[::-1]
    return draw(LEAVES)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_mangled_plan_gives_sentences_and_never_an_exception(world, data) -> None:
    plan = world.plan
    for _ in range(data.draw(st.integers(1, 3))):
        plan = data.draw(mangled(plan))
    found = check_plan(world.problem, world.households, plan)
    assert all(isinstance(violation, Violation) and violation.message for violation in found)


MOMENTS = [
    (trip, moment)
    for trip in range(3)
    for moment in (
        "depart_s", "queue_arrive_s", "screening_start_s", "screening_end_s", "released_s",
        "stop arrive_s", "stop depart_s",
    )
]  # fmt: skip


@pytest.mark.parametrize("shift_s", [-1, 1])
@pytest.mark.parametrize(("number", "moment"), MOMENTS)
def test_a_second_more_or_less_anywhere_in_a_trip_is_noticed(
    world, number: int, moment: str, shift_s: int
) -> None:
    trip = world.plan.trips[number]
    if moment.startswith("stop "):
        name = moment.removeprefix("stop ")
        last = trip.stops[-1]
        shifted = replace(last, **{name: getattr(last, name) + shift_s})
        changed = replace(trip, stops=(*trip.stops[:-1], shifted))
    else:
        changed = replace(trip, **{moment: getattr(trip, moment) + shift_s})
    trips = (*world.plan.trips[:number], changed, *world.plan.trips[number + 1 :])
    assert check_plan(world.problem, world.households, replace(world.plan, trips=trips))


def test_a_plan_that_leaves_everybody_is_valid_if_it_says_why(world) -> None:
    empty = world.with_plan(trips=(), returns=(), onward=(), assignments=())
    totals = replace(
        world.plan.totals, groups=0, persons=0, value_across=0, exposure_person_h=0.0, vehicle_s=0
    )
    left = {entry.token: entry for entry in world.plan.left}
    filled = tuple(
        left.get(row.token)
        or replace(
            world.plan.left[0], token=row.token, persons=row.persons, reason=LeftReason.FLEET
        )
        for row in world.households
    )
    plan = replace(empty.plan, totals=totals, left=filled)
    assert check_plan(world.problem, world.households, plan) == ()


def test_who_could_have_gone_is_left_as_group_incomplete(world) -> None:
    # H-3 has changed its mind, so its child C-1 (who may go) stays with it.
    changed = world.with_row("H-3", choice="undecided")
    found = check_plan(changed.problem, changed.households, changed.plan)
    assert {violation.rule for violation in found} == {"05-convoy §1", "05-convoy §3"}


def test_no_road_and_no_place_are_told_apart(world) -> None:
    def without_h7(**centre_changes):
        centres = (replace(world.problem.centres[0], **centre_changes), world.problem.centres[1])
        first = world.plan.trips[0]
        # H-7 is left; the bus goes straight from west to the gate and stands there until 21960.
        trip = replace(first, stops=first.stops[:1])
        return replace(
            world.with_problem(centres=centres),
            plan=replace(
                world.plan,
                trips=(trip, *world.plan.trips[1:]),
                left=(*world.plan.left, replace(world.plan.left[0], token="H-7")),
            ),
        )

    def reasons(changed) -> str:
        found = check_plan(changed.problem, changed.households, changed.plan)
        return " ".join(v.message for v in found if v.where == "H-7" and v.rule == "05-convoy §20")

    assert "throughput" in reasons(without_h7(places=15))
    assert "no_place_at_centre" in reasons(without_h7(places=13))


def test_time_aboard_and_window_are_told_apart(world) -> None:
    # From mid to the gate takes 1200 s, screening of one person 90 s: 1290 s is the least.
    def reason(changed) -> str:
        nobody = changed.with_plan(trips=(), returns=(), onward=(), assignments=())
        only = nobody.with_plan(left=(replace(world.plan.left[0], token="H-7"),))
        found = check_plan(only.problem, only.households, only.plan)
        return " ".join(v.message for v in found if v.where == "H-7" and "left as" in v.message)

    def window(closes_s: int):
        return (replace(world.problem.windows[0], closes_s=closes_s),)

    assert "time_aboard" in reason(world.with_problem(max_aboard_s=1289))
    assert "fleet" in reason(world.with_problem(max_aboard_s=1290))
    # Alone: leaves 18000, at mid 18600, away 18900, at the gate 20100, waits until 21600, 21690.
    assert "fleet" in reason(world.with_problem(windows=window(21690 + 1800)))
    assert "applies is window" in reason(world.with_problem(windows=window(21689 + 1800)))


def test_an_unknown_centre_in_an_onward_trip_is_named(world) -> None:
    stops = (OnwardStop("castle", 24180, 24660, ("H-1", "H-2", "H-7")),)
    changed = world.with_onward("day1/bus_b/on-01", stops=stops)
    (found,) = check_plan(changed.problem, changed.households, changed.plan)
    assert found.message == "names the centre 'castle', which is unknown."


def test_a_message_shows_an_absurd_moment_without_failing(world) -> None:
    stop = PlannedStop("west", 2**50, 2**50 + 660, ("H-1", "H-2"))
    changed = world.with_trip("day1/bus_a/01", stops=(stop,), screening_end_s=2**50)
    found = check_plan(changed.problem, changed.households, changed.plan)
    assert any(str(2**50) in violation.message for violation in found)


def test_recount_is_what_a_person_gets_on_paper(world) -> None:
    assert recount(world.problem, world.households, world.plan) == replace(
        world.plan.totals, exposure_person_h=pytest.approx(world.plan.totals.exposure_person_h)
    )
