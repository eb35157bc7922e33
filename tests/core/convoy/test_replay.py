"""The replay judges raw itineraries; each expected moment is worked out in convoy_world."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from safepassage.core.convoy.replay import plan_itineraries, replay
from safepassage.core.convoy.types import Itinerary


@pytest.fixture
def world(convoy_world: ModuleType):
    return convoy_world.hand_made()


WEST = ("west", ("H-1", "H-2"))


def test_the_hand_made_plan_comes_out_as_it_is_written(world) -> None:
    result = replay(world.problem, plan_itineraries(world.plan))
    assert result.trips == world.plan.trips
    assert result.returns == world.plan.returns
    assert (result.value_across, result.persons_across) == (19, 14)
    assert (result.vehicle_s, result.stranded, result.faults) == (8400 + 2940, (), ())
    assert result.exposure_person_h == pytest.approx(world.plan.totals.exposure_person_h)


def test_vehicles_leave_as_early_as_they_may(world) -> None:
    (trip,) = replay(world.problem, (Itinerary("bus_a", "day1", (WEST,)),)).trips
    assert (trip.depart_s, trip.queue_arrive_s) == (18000, 21660)
    (held,) = replay(world.problem, (Itinerary("bus_a", "day1", (WEST,), 18100),)).trips
    assert (held.depart_s, held.queue_arrive_s) == (18100, 21760)


def test_a_stop_waits_until_the_people_are_ready(world) -> None:
    groups = tuple(replace(g, ready_s=20000) for g in world.problem.groups)
    changed = world.with_problem(groups=groups)
    (trip,) = replay(changed.problem, (Itinerary("bus_a", "day1", (WEST,)),)).trips
    assert (trip.stops[0].arrive_s, trip.stops[0].depart_s) == (19200, 20660)


def test_only_people_through_before_the_close_count(world) -> None:
    # The bus is through at 22260; the van, which left later, at 24280.
    loads = plan_itineraries(world.plan)[:2]
    narrow = (replace(world.problem.windows[0], closes_s=24279, margin_s=3000),)
    result = replay(world.with_problem(windows=narrow).problem, loads)
    assert result.across == ("H-1", "H-2", "H-7")
    assert result.inside_margin == ()
    assert result.stranded == ("H-6",)
    assert (result.value_across, result.value_planned) == (10, 12)


def test_two_vehicles_at_once_are_served_by_vehicle_id(world) -> None:
    loads = (
        Itinerary("van_a", "day1", (("mid", ("H-6",)),)),
        Itinerary("bus_a", "day1", (("mid", ("H-7",)),), 18060),
    )
    # Both are at the closed gate before 21600: the van boards for a minute more and leaves one
    # earlier, so both arrive at 20160; bus_a is first by name.
    result = replay(world.problem, loads)
    assert [t.queue_arrive_s for t in result.trips] == [20160, 20160]
    assert [(t.vehicle_id, t.screening_start_s) for t in result.trips] == [
        ("bus_a", 21600), ("van_a", 21690),
    ]  # fmt: skip


def test_a_second_lane_serves_both_at_once(world) -> None:
    loads = (
        Itinerary("van_a", "day1", (("mid", ("H-6",)),)),
        Itinerary("bus_a", "day1", (("mid", ("H-7",)),)),
    )
    lanes = (replace(world.problem.crossings[0], lanes=2),)
    result = replay(world.with_problem(crossings=lanes).problem, loads)
    assert [(t.lane, t.screening_start_s) for t in result.trips] == [(0, 21600), (1, 21600)]


@pytest.mark.parametrize(
    ("load", "rule"),
    [
        (Itinerary("tank", "day1", (WEST,)), "§23"),
        (Itinerary("bus_a", "day9", (WEST,)), "§23"),
        (Itinerary("bus_a", "day1", (("nowhere", ("H-1",)),)), "§23"),
        (Itinerary("bus_a", "day1", (("west", ("H-0",)),)), "§23"),
        (Itinerary("bus_a", "day1", ()), "§6"),
        (Itinerary("bus_a", "day1", (("west", ()),)), "§6"),
        (Itinerary("bus_a", "day1", (("west", ("H-1", "H-1")),)), "§3"),
        (Itinerary("bus_a", "day1", (("mid", ("H-1",)),)), "§3"),
        (Itinerary("bus_b", "day1", (WEST,)), "§5"),
        (Itinerary("van_a", "day1", (WEST,)), "§9"),
        (Itinerary("bus_a", "day1", (("west", ("H-1",)), ("mid", ("H-6",)))), "§4"),
    ],
)
def test_a_load_that_cannot_be_driven_is_named_and_counts_nothing(world, load, rule) -> None:
    result = replay(world.problem, (load,))
    assert [fault.rule for fault in result.faults] == [f"05-convoy {rule}"]
    assert (result.value_across, result.trips) == (0, ())


def test_a_group_counts_once_however_often_it_is_picked_up(world) -> None:
    again = (Itinerary("bus_a", "day1", (WEST,)), Itinerary("bus_a", "day1", (WEST,)))
    result = replay(world.problem, again)
    assert len(result.trips) == 1
    assert result.value_across == 9


def test_crew_hours_and_time_aboard_are_reported(world) -> None:
    tight = world.with_vehicle("bus_a", crew_s=8399).with_problem(max_aboard_s=2399)
    problem = replace(tight.problem, vehicles=tight.problem.vehicles)
    faults = replay(problem, plan_itineraries(world.plan)).faults
    assert [(f.rule, f.where) for f in faults] == [
        ("05-convoy §13", "bus_a"), ("05-convoy §14", "day1/bus_a/01"),
    ]  # fmt: skip
