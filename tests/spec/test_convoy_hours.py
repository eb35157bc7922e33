"""docs/spec/05-convoy.md §33 to §42: hours, doors, convoys, promises and rules in the way.

The hand-made plan is judged under one more rule that it just keeps, and under one that it just
breaks. Its moments stand in tests/convoy_world.py.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from types import ModuleType

import numpy as np
import pytest

from safepassage.adapters.plan_json import parse_plan, plan_to_json
from safepassage.core.convoy.alone import EVERY_RULE, Rule
from safepassage.core.convoy.check import check_plan
from safepassage.core.convoy.conflicts import Conflicts
from safepassage.core.convoy.left import explain_left
from safepassage.core.convoy.reach import Reach
from safepassage.core.convoy.replay import replay
from safepassage.core.convoy.simulate import simulate
from safepassage.core.convoy.tiny import tiny_problem
from safepassage.core.convoy.types import (
    Capacity,
    ConvoyProblem,
    ConvoyRule,
    DelayModel,
    Distribution,
    Itinerary,
    LeftReason,
    PlannedStop,
    PlanTotals,
    Promise,
    SeatCount,
)

NOBODY_LATE = DelayModel(*[Distribution("fixed", 1.0)] * 4, 0.0, Distribution("fixed", 0.0), 0.0)


@pytest.fixture
def world(convoy_world: ModuleType):
    return convoy_world.hand_made()


def rules_broken(world) -> set[str]:
    found = check_plan(world.problem, world.households, world.plan)
    return {violation.rule.removeprefix("05-convoy ") for violation in found}


def with_convoys(world, rule: ConvoyRule):
    """The world with a lead vehicle, and a plan whose trips muster when they join the queue."""
    crossing = replace(world.problem.crossings[0], convoy=rule)
    trips = tuple(replace(t, muster_arrive_s=t.queue_arrive_s) for t in world.plan.trips)
    return world.with_problem(crossings=(crossing,)).with_plan(trips=trips)


def test_33_spare_seats_are_kept_free(world) -> None:
    # bus_a carries six seated in its eight seats, bus_b seven in its ten.
    assert rules_broken(world.with_vehicle("bus_a", spare_seats=2)) == set()
    assert rules_broken(world.with_vehicle("bus_a", spare_seats=3)) == {"§9"}
    assert rules_broken(world.with_vehicle("bus_b", spare_seats=3)) == set()
    assert rules_broken(world.with_vehicle("bus_b", spare_seats=4)) == {"§16"}


def test_33_a_seat_taken_out_is_not_a_spare_one(world) -> None:
    # Ten seats of which two give one wheelchair place, as bus_a needs it for six seated.
    convertible = Capacity(SeatCount(10, 0, 0), 1, 2)
    assert rules_broken(world.with_vehicle("bus_a", capacity=convertible, spare_seats=2)) == set()
    assert rules_broken(world.with_vehicle("bus_a", capacity=convertible, spare_seats=3)) == {"§9"}


@pytest.mark.parametrize(
    ("vehicle", "kept", "broken"),
    [
        ("bus_a", (18_000, 26_400), (18_001, 40_000)),
        ("bus_a", (0, 26_400), (0, 26_399)),
        ("bus_b", (21_900, 29_730), (21_901, 40_000)),
        ("bus_b", (0, 29_730), (0, 29_729)),
    ],
)
def test_34_a_vehicle_is_out_within_its_shift(world, vehicle, kept, broken) -> None:
    assert rules_broken(world.with_vehicle(vehicle, shifts=(kept,))) == set()
    assert rules_broken(world.with_vehicle(vehicle, shifts=(broken,))) == {"§34"}


def test_34_two_shifts_that_touch_are_not_one(world) -> None:
    halves = ((18_000, 22_000), (22_000, 26_400))
    assert rules_broken(world.with_vehicle("bus_a", shifts=halves)) == {"§34"}


def test_35_a_crew_is_not_on_duty_too_long(world) -> None:
    # bus_a: from 18000 to 25800 without a stand. bus_b: leaves at 21900, the last alight at 27930.
    assert rules_broken(world.with_vehicle("bus_a", break_after_s=7800, break_s=600)) == set()
    assert rules_broken(world.with_vehicle("bus_a", break_after_s=7799, break_s=600)) == {"§35"}
    assert rules_broken(world.with_vehicle("bus_b", break_after_s=6030, break_s=600)) == set()
    assert rules_broken(world.with_vehicle("bus_b", break_after_s=6029, break_s=600)) == {"§35"}


def test_35_the_first_trip_is_too_long_as_well(world) -> None:
    assert "§35" in rules_broken(world.with_vehicle("van_a", break_after_s=2339, break_s=60))
    assert rules_broken(world.with_vehicle("van_a", break_after_s=2340, break_s=60)) == set()


def test_35_a_stand_that_is_long_enough_is_a_break(world) -> None:
    # bus_b boards ten minutes after it is back: duty counts anew from 26460, everybody off 28530.
    later = world.plan.onward[1]
    (stop,) = later.stops
    moved = world.with_onward(
        "day1/bus_b/on-02", boards_from_s=26_460, depart_s=26_880, back_s=29_730,
        stops=(replace(stop, arrive_s=28_080, depart_s=28_530),),
    )  # fmt: skip
    # The first trip needs 2760 s: from 21900 to 24660.
    assert rules_broken(moved.with_vehicle("bus_b", break_after_s=2760, break_s=600)) == set()
    assert rules_broken(moved.with_vehicle("bus_b", break_after_s=2760, break_s=601)) == {"§35"}


def test_36_a_group_at_its_door_takes_longer(world) -> None:
    service = replace(world.problem.service, door_s=120)
    at_door = world.with_row("H-6", door=True).with_problem(service=service)
    assert rules_broken(at_door) == {"§8"}
    totals = world.plan.totals
    earlier = at_door.with_trip(
        "day1/van_a/01", depart_s=21_880, stops=(PlannedStop("mid", 22_480, 22_960, ("H-6",)),)
    ).with_plan(totals=replace(totals, vehicle_s=totals.vehicle_s + 120))
    assert rules_broken(earlier) == set()


def test_36_a_group_has_one_door(world) -> None:
    # H-3 and C-1 are one group: 240 + 5 x 60 + 120, whether one row says so or both.
    service = replace(world.problem.service, door_s=120)
    both = world.with_row("H-3", door=True).with_row("C-1", door=True)
    stop = PlannedStop("mid", 23_580, 24_240, ("C-1",))
    both = both.with_problem(service=service).with_trip("day1/bus_a/02", stops=(stop,))
    assert "§8" not in rules_broken(both)


def test_37_people_arrive_while_the_centre_receives(world) -> None:
    # The two onward trips reach the school at 24180 and 27480.
    def school(*hours: tuple[int, int]):
        centre = replace(world.problem.centres[0], receives=hours)
        return world.with_problem(centres=(centre, world.problem.centres[1]))

    assert rules_broken(school((24_180, 27_480))) == set()
    assert rules_broken(school((0, 24_180), (27_480, 30_000))) == set()
    assert rules_broken(school((24_181, 30_000))) == {"§37"}
    assert rules_broken(school((0, 27_479))) == {"§37"}


def test_38_vehicles_join_the_queue_with_the_first_convoy_that_has_room(world) -> None:
    # They are at the line at 360, 2560 and 3840 s after the opening: all multiples of 40.
    assert rules_broken(with_convoys(world, ConvoyRule(40, 1, 0))) == set()
    assert rules_broken(with_convoys(world, ConvoyRule(40, 1, 0, first_s=40))) == set()
    assert "§38" in rules_broken(with_convoys(world, ConvoyRule(40, 1, 0, muster_s=1)))
    assert "§38" in rules_broken(with_convoys(world, ConvoyRule(50, 1, 0)))
    assert "§38" in rules_broken(with_convoys(world, ConvoyRule(40, 1, 0, first_s=400)))


def test_38_the_muster_point_is_named_where_there_is_one_and_only_there(world) -> None:
    led = with_convoys(world, ConvoyRule(40, 1, 0))
    assert rules_broken(led.with_trip("day1/van_a/01", muster_arrive_s=None)) == {"§38"}
    assert rules_broken(world.with_trip("day1/van_a/01", muster_arrive_s=24_160)) == {"§38"}


def led_loads(world, rule: ConvoyRule):
    """bus_a with H-1 and van_a with H-6 set out together: at the line at 21420 and 20160."""
    crossing = replace(world.problem.crossings[0], convoy=rule)
    problem = replace(world.problem, crossings=(crossing,))
    loads = (
        Itinerary("bus_a", "day1", (("west", ("H-1",)),)),
        Itinerary("van_a", "day1", (("mid", ("H-6",)),)),
    )
    return {trip.vehicle_id: trip for trip in replay(problem, loads).trips}


def test_38_a_convoy_holds_so_many_and_keeps_its_distance(world) -> None:
    # bus_a 18000 + 1200 + 420 + 1800 = 21420; van_a 18000 + 600 + 360 + 1200 = 20160.
    trips = led_loads(world, ConvoyRule(600, 2, 30))
    assert {v: t.muster_arrive_s for v, t in trips.items()} == {"bus_a": 21_420, "van_a": 20_160}
    assert {v: t.queue_arrive_s for v, t in trips.items()} == {"bus_a": 21_630, "van_a": 21_600}
    alone = led_loads(world, ConvoyRule(600, 1, 30))
    assert {v: t.queue_arrive_s for v, t in alone.items()} == {"bus_a": 22_200, "van_a": 21_600}
    mustered = led_loads(world, ConvoyRule(600, 2, 30, muster_s=181))
    assert {v: t.queue_arrive_s for v, t in mustered.items()} == {"bus_a": 22_200, "van_a": 21_600}


def test_38_waiting_for_the_convoy_counts_as_exposure(world) -> None:
    loads = (Itinerary("van_a", "day1", (("mid", ("H-6",)),), 19_200),)
    led = replace(world.problem.crossings[0], convoy=ConvoyRule(1_800, 9, 0))
    straight = replay(world.problem, loads)
    waited = replay(replace(world.problem, crossings=(led,)), loads)
    # At the line at 21360; screened at once at 21600, or with the convoy of 21600: the same wait.
    assert waited.exposure_person_h == pytest.approx(straight.exposure_person_h)
    later = replace(led, convoy=ConvoyRule(1_800, 9, 0, first_s=900))
    longer = replay(replace(world.problem, crossings=(later,)), loads)
    # Two persons wait a quarter of an hour more at 0.4 an hour.
    more = longer.exposure_person_h - straight.exposure_person_h
    assert more == pytest.approx(2 * 0.25 * 0.4)


def test_39_a_promise_is_kept_in_the_file_and_older_files_have_none(world) -> None:
    world = world.with_plan(totals=replace(world.plan.totals, exposure_person_h=6.5))
    text = plan_to_json(world.plan)
    assert "promise" not in text
    assert "muster" not in text
    assert parse_plan(text) == world.plan
    promised = replace(world.plan, promise=Promise(0.9, 0.88, 13.5, 400, 7))
    assert parse_plan(plan_to_json(promised)) == promised
    led = with_convoys(world, ConvoyRule(40, 1, 0)).plan
    assert '"muster_arrive_at": "2025-03-01T06:06:00+00:00"' in plan_to_json(led)
    assert parse_plan(plan_to_json(led)) == led


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"spare_seats": 5}, LeftReason.NO_SEAT_OF_KIND),
        ({"shifts": ((19_000, 30_000),)}, LeftReason.WINDOW),
        ({"break_after_s": 2339, "break_s": 60}, LeftReason.WINDOW),
    ],
)
def test_40_the_reason_knows_the_hours_and_seats(world, changes, reason) -> None:
    # H-6 alone; 2,340 s from the depot until everybody has alighted.
    row = next(row for row in world.households if row.token == "H-6")
    problem = replace(
        world.problem,
        groups=(replace(next(g for g in world.problem.groups if g.token == "H-6")),),
        windows=(replace(world.problem.windows[0], closes_s=23_000),),
        vehicles=tuple(
            replace(v, **changes) if v.vehicle_id == "van_a" else v
            for v in world.problem.vehicles[1:]
        ),
        vehicle_matrix=(0, 1),
        vehicle_side=("A", "B"),
    )
    left = explain_left(
        problem, problem.groups, (), {"school": (20, 2), "hall": (5, 0)}, frozenset()
    )
    assert [one.reason for one in left] == [reason]
    empty = replace(
        world.plan, trips=(), returns=(), onward=(), assignments=(), left=tuple(left),
        totals=PlanTotals(0, 0, 0, 0.0, 0),
    )  # fmt: skip
    assert check_plan(problem, (replace(row, apart_from=frozenset()),), empty) == ()


def conflict(problem: ConvoyProblem) -> tuple[Rule, ...]:
    return Conflicts(Reach(problem)).of(problem.groups[0])


def tiny(group=None, near=None, onward=None, window=None, **changes) -> ConvoyProblem:
    """The smallest world, with one group of three that takes 600 s a leg and 420 s a stop."""
    problem = tiny_problem()
    return replace(
        problem,
        groups=(replace(problem.groups[0], **(group or {})),),
        vehicles=(
            replace(problem.vehicles[0], **(near or {})),
            replace(problem.vehicles[1], **(onward or {})),
        ),
        windows=(replace(problem.windows[0], **(window or {})),),
        **changes,
    )


def test_41_nothing_is_in_the_way_of_who_could_go() -> None:
    assert conflict(tiny()) == ()


@pytest.mark.parametrize(
    ("problem", "rules"),
    [
        (tiny(group={"load": SeatCount(stretcher=1)}), {Rule.SEATS}),
        (tiny(onward={"spare_seats": 3}), {Rule.ONWARD_SEATS}),
        (tiny(near={"crew_s": 100}), {Rule.CREW_HOURS}),
        (tiny(near={"break_after_s": 100, "break_s": 60}), {Rule.BREAKS}),
        (tiny(max_aboard_s=100), {Rule.TIME_ABOARD}),
        (tiny(group={"centres": ()}), {Rule.WISHES}),
        # 600 + 420 + 600 + 150 = 1,770 s from the first movement to the end of screening.
        (tiny(window={"movement_from_s": 17_000}), {Rule.MOVEMENT, Rule.CLOSE}),
        (tiny(window={"movement_from_s": 16_000}), {Rule.MOVEMENT, Rule.CLOSE, Rule.MARGIN}),
        (
            tiny(group={"ready_s": 12_000}, near={"shifts": ((0, 13_000),)}),
            {Rule.READY, Rule.SHIFTS},
        ),
    ],
)  # fmt: skip
def test_41_the_smallest_set_of_rules_in_the_way_is_named(problem, rules) -> None:
    assert set(conflict(problem)) == rules


def test_41_the_detail_says_it_in_words() -> None:
    problem = tiny(group={"ready_s": 12_000}, near={"shifts": ((0, 13_000),)})
    (left,) = explain_left(problem, problem.groups, (), {"centre": (10, 2)}, frozenset())
    assert left.reason is LeftReason.WINDOW
    assert left.detail.endswith(
        "These 2 rules are in the way together: nobody is fetched before they are ready; a crew is "
        "out within its shift only."
    )


def test_41_nobody_is_told_rules_where_no_vehicle_is_on_their_side() -> None:
    assert conflict(replace(tiny(), vehicle_side=("b", "b"))) == ()


def test_41_no_smaller_set_excludes_and_every_rule_is_needed() -> None:
    dice = np.random.default_rng(8)
    sizes = set()
    for _ in range(60):
        problem = tiny(
            group={"ready_s": int(dice.integers(16_500)), "load": SeatCount(int(dice.integers(7)))},
            near={
                "shifts": ((0, int(dice.integers(9_000, 40_000))),),
                "crew_s": int(dice.integers(2_000, 9_000)),
            },
            onward={"shifts": ((int(dice.integers(20_000)), 40_000),)},
            window={"movement_from_s": int(dice.integers(17_000))},
            max_aboard_s=int(dice.integers(700, 2_000)),
        )  # fmt: skip
        conflicts, group = Conflicts(Reach(problem)), problem.groups[0]
        found = conflicts.of(group)
        sizes.add(len(found))
        assert bool(found) is not conflicts.possible(group, EVERY_RULE)
        if found:
            assert not conflicts.possible(group, frozenset(found))
            for size in range(len(found)):
                fewer = (frozenset(rules) for rules in combinations(Rule, size))
                assert all(conflicts.possible(group, rules) for rules in fewer)
    assert sizes >= {0, 1, 2}


def test_42_the_replay_rests_a_crew_in_time_and_begins_with_its_shift(world) -> None:
    bus, van = (
        replace(world.problem.vehicles[0], break_after_s=7_799, break_s=600),
        replace(world.problem.vehicles[1], shifts=((22_000, 30_000),)),
    )
    problem = replace(world.problem, vehicles=(bus, van, world.problem.vehicles[2]))
    loads = (
        Itinerary("bus_a", "day1", (("west", ("H-1", "H-2")), ("mid", ("H-7",)))),
        Itinerary("bus_a", "day1", (("mid", ("C-1",)),)),
        Itinerary("van_a", "day1", (("mid", ("H-6",)),)),
    )
    result = replay(problem, loads)
    departs = {trip.trip_id: trip.depart_s for trip in result.trips}
    # bus_a: released at 22500, then ten minutes; van_a waits for its shift.
    assert departs == {
        "day1/bus_a/01": 18_000, "day1/bus_a/02": 23_100, "day1/van_a/01": 22_000
    }  # fmt: skip
    assert result.faults == ()
    tired = replace(problem, vehicles=(replace(bus, break_after_s=4_000), *problem.vehicles[1:]))
    assert {fault.rule for fault in replay(tired, loads).faults} == {"05-convoy §35"}


def test_42_a_late_crew_rests_all_the_same(world) -> None:
    # Boarding takes twice as long: bus_a is released later, rests ten minutes and is too late.
    bus = replace(world.problem.vehicles[0], break_after_s=7_000, break_s=600)
    problem = replace(world.problem, vehicles=(bus, *world.problem.vehicles[1:]))
    loads = (
        Itinerary("bus_a", "day1", (("west", ("H-1", "H-2")),)),
        Itinerary("bus_a", "day1", (("mid", ("C-1",)),)),
    )
    driven = replay(problem, loads)
    closes_s = driven.trips[-1].screening_end_s + 300
    problem = replace(problem, windows=(replace(problem.windows[0], closes_s=closes_s),))
    plan = replace(world.plan, trips=driven.trips, returns=driven.returns)
    assert simulate(problem, plan, NOBODY_LATE, runs=2).probability_all_across == 1.0
    slow = replace(NOBODY_LATE, leg_factor=Distribution("fixed", 1.1))
    tired = simulate(problem, plan, slow, runs=2)
    bus = replace(bus, break_after_s=None)
    rested = simulate(replace(problem, vehicles=(bus, *problem.vehicles[1:])), plan, slow, runs=2)
    assert tired.persons_expected < rested.persons_expected
