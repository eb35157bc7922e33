"""docs/spec/05-convoy.md, one test a rule: the hand-made plan, broken in exactly that way.

The judge must name the rule. Where a break cannot help breaking a second rule too (a vehicle that
leaves early also misstates its time), the test says which.
"""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from safepassage.adapters.plan_json import plan_to_json
from safepassage.core.convoy.check import check_plan
from safepassage.core.convoy.replay import plan_itineraries, replay
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.types import (
    Assignment,
    Bound,
    Capacity,
    Left,
    LeftReason,
    OnwardStop,
    PlannedStop,
    ReceptionCentre,
    SeatCount,
    Window,
)
from safepassage.core.register.types import Choice, Consent


@pytest.fixture
def world(convoy_world: ModuleType):
    return convoy_world.hand_made()


def rules_broken(world) -> set[str]:
    found = check_plan(world.problem, world.households, world.plan)
    return {violation.rule.removeprefix("05-convoy ") for violation in found}


def test_0_the_hand_made_plan_breaks_no_rule(world) -> None:
    assert check_plan(world.problem, world.households, world.plan) == ()


@pytest.mark.parametrize(
    "answer",
    [
        {"choice": Choice.STAY},
        {"choice": Choice.UNDECIDED},
        {"choice": Choice.NOT_ASKED},
        {"consent": Consent.NO},
        {"consent": Consent.NOT_ASKED},
    ],
)
def test_1_nobody_rides_without_choice_and_consent(world, answer) -> None:
    # A planned row that may not travel also makes its group incomplete (§3).
    assert rules_broken(world.with_row("H-1", **answer)) == {"§1", "§3"}


def test_2_children_ride_only_with_their_adult(world) -> None:
    # Alone, C-1 is a group of its own, so the plan also picks up a group that is not one (§23).
    alone = world.with_row("H-7", adults=0, children=1)
    assert "§2" in rules_broken(alone)
    with_another_child = alone.with_row("H-7", accompanied_by="C-1")
    stops = (*world.plan.trips[0].stops[:1], PlannedStop("mid", 20460, 20760, ("C-1",)))
    merged = with_another_child.with_trip("day1/bus_a/01", stops=stops).with_plan(
        assignments=(), onward=()
    )
    found = check_plan(merged.problem, merged.households, merged.plan)
    assert ("05-convoy §2", "H-7") in {(v.rule, v.where) for v in found}
    assert ("05-convoy §2", "C-1") not in {(v.rule, v.where) for v in found}


def test_3_a_group_rides_whole_once_and_from_where_it_waits(world) -> None:
    twice = world.with_trip(
        "day1/van_a/01", stops=(PlannedStop("mid", 22600, 22960, ("H-6", "H-7")),)
    )
    assert "§3" in rules_broken(twice)
    assert "§3" in rules_broken(world.with_row("H-7", place_id="west"))
    assert "§3" in rules_broken(world.with_row("H-3", place_id="west"))


def test_4_groups_kept_apart_never_share_a_vehicle(world) -> None:
    # Either direction counts: H-1 does not name H-6, H-6 names H-1.
    together = world.with_onward(
        "day1/bus_b/on-01", stops=(OnwardStop("school", 24180, 24660, ("H-1", "H-6", "H-7")),)
    )
    assert "§4" in rules_broken(together)
    both_ways = world.with_row("H-2", apart_from=frozenset({"H-7"}))
    assert rules_broken(both_ways) == {"§4"}


def test_5_a_vehicle_serves_only_its_own_side(world) -> None:
    assert rules_broken(world.with_problem(vehicle_side=("A", "B", "B"))) == {"§5"}
    # Without a near or a far vehicle at all, nobody has a seat (§17): the reason for S-1 holds.
    assert rules_broken(world.with_problem(vehicle_side=("A", "A", "A"))) == {"§5"}


def test_6_a_trip_starts_where_the_vehicle_is_when_it_is_free(world) -> None:
    assert "§6" in rules_broken(world.with_trip("day1/bus_a/02", origin_id="depot_a"))
    assert "§6" in rules_broken(world.with_trip("day1/bus_a/01", origin_id="gate"))
    assert "§6" in rules_broken(world.with_trip("day1/bus_a/02", depart_s=22499))
    idle_stop = (PlannedStop("mid", 22600, 22840, ()), *world.plan.trips[1].stops)
    assert "§6" in rules_broken(world.with_trip("day1/van_a/01", stops=idle_stop))


def test_7_no_movement_early_and_no_drive_faster_than_the_road(world) -> None:
    early = world.with_problem(windows=(replace(world.problem.windows[0], movement_from_s=18001),))
    assert rules_broken(early) == {"§7"}
    fast = world.with_trip("day1/van_a/01", depart_s=22001)
    assert "§7" in rules_broken(fast)


def test_7_a_leg_without_a_way_cannot_be_driven(world) -> None:
    matrix = world.problem.matrices.matrices[0]
    cut = matrix.travel_time_s.copy()
    cut[0, 1] = -1
    matrices = replace(
        world.problem.matrices,
        matrices=(replace(matrix, travel_time_s=cut), world.problem.matrices.matrices[1]),
    )
    assert rules_broken(world.with_problem(matrices=matrices)) == {"§7"}


def test_7_onward_vehicles_do_not_move_early_either(world) -> None:
    # bus_b leaves its depot at 21900 to board from 22500.
    late = replace(world.problem.windows[0], movement_from_s=21901)
    found = check_plan(replace(world.problem, windows=(late,)), world.households, world.plan)
    assert ("05-convoy §7", "bus_b") in {(v.rule, v.where) for v in found}


def test_8_a_stop_lasts_as_long_as_boarding_takes(world) -> None:
    short = (PlannedStop("mid", 22600, 22959, ("H-6",)),)
    assert rules_broken(world.with_trip("day1/van_a/01", stops=short)) >= {"§8"}
    not_ready = world.with_row("H-6", ready_at="2025-03-01T06:16:41Z")  # 22601 s
    assert rules_broken(not_ready) == {"§8"}


def test_9_nobody_is_aboard_without_a_place_of_their_kind(world) -> None:
    assert rules_broken(world.with_vehicle("bus_a", capacity=Capacity(SeatCount(5, 1)))) == {"§9"}
    assert rules_broken(world.with_vehicle("bus_a", capacity=Capacity(SeatCount(8, 0)))) == {"§9"}
    # One wheelchair place made of two seats leaves six, and six sit.
    convertible = Capacity(SeatCount(8, 0), convertible_wheelchair=1, seats_per_convertible=2)
    assert rules_broken(world.with_vehicle("bus_a", capacity=convertible)) == set()


def test_10_the_crossing_serves_first_come_first_served(world) -> None:
    # The van claims to be served at its arrival while the bus, there before it, takes longer.
    slow = replace(
        world.problem.crossings[0],
        screening=replace(world.problem.crossings[0].screening, vehicle_s=2300),
    )
    assert "§10" in rules_broken(world.with_problem(crossings=(slow,)))
    assert rules_broken(world.with_trip("day1/van_a/01", lane=1)) == {"§10"}
    assert "§10" in rules_broken(world.with_trip("day1/van_a/01", screening_start_s=24159))


def test_10_screening_does_not_start_before_the_window_opens(world) -> None:
    opens = world.with_problem(windows=(replace(world.problem.windows[0], opens_s=21961),))
    assert rules_broken(opens) == {"§10"}


def test_11_everybody_is_through_before_the_margin(world) -> None:
    # The last load is through at 25650.
    just = world.with_problem(windows=(replace(world.problem.windows[0], closes_s=27450),))
    assert rules_broken(just) == set()
    late = world.with_problem(windows=(replace(world.problem.windows[0], closes_s=27449),))
    assert rules_broken(late) == {"§11"}


def test_12_the_vehicle_is_free_when_everybody_has_alighted(world) -> None:
    assert rules_broken(world.with_trip("day1/van_a/01", released_s=24339)) == {"§12"}


def test_13_every_vehicle_comes_home_within_its_crew_hours(world) -> None:
    assert rules_broken(world.with_vehicle("bus_a", crew_s=8400)) == set()
    assert rules_broken(world.with_vehicle("bus_a", crew_s=8399)) == {"§13"}
    assert "§13" in rules_broken(world.with_plan(returns=world.plan.returns[:1]))
    home = replace(world.plan.returns[0], depart_s=25799)
    assert "§13" in rules_broken(world.with_plan(returns=(home, world.plan.returns[1])))


def test_13_two_windows_of_one_vehicle_do_not_overlap(world) -> None:
    # The van's trip, driven by bus_a in a second window at the same time of day.
    second = Window("also", "gate", 18000, 21600, 36000, 1800)
    elsewhere = world.with_problem(windows=(*world.problem.windows, second)).with_trip(
        "day1/van_a/01", vehicle_id="bus_a", window_id="also"
    )
    home = replace(world.plan.returns[1], vehicle_id="bus_a", window_id="also")
    doubled = elsewhere.with_plan(returns=(world.plan.returns[0], home))
    assert "§13" in rules_broken(doubled)


def test_14_nobody_is_aboard_for_longer_than_the_limit(world) -> None:
    # H-1 boards until 19860 and is through at 22260: 2400 s.
    assert rules_broken(world.with_problem(max_aboard_s=2400)) == set()
    assert rules_broken(world.with_problem(max_aboard_s=2399)) == {"§14"}


def test_15_a_centre_takes_no_more_than_it_has_places(world) -> None:
    hall = world.problem.centres[1]
    full = (ReceptionCentre("school", "school", 13, 2), hall)
    assert rules_broken(world.with_problem(centres=full)) == {"§15"}
    steps = (ReceptionCentre("school", "school", 20, 0), hall)
    assert rules_broken(world.with_problem(centres=steps)) == {"§15"}


def test_15_nobody_is_sent_to_a_centre_they_did_not_accept(world) -> None:
    assert rules_broken(world.with_row("H-7", destinations=("hall",))) == {"§15"}
    assert rules_broken(world.with_problem(centre_side=("A", "B"))) == {"§15"}
    given = tuple(a for a in world.plan.assignments if a.token != "H-7")
    assert "§15" in rules_broken(world.with_plan(assignments=given))


def test_16_everybody_is_taken_on_to_their_centre(world) -> None:
    assert "§16" in rules_broken(
        world.with_plan(
            onward=world.plan.onward[:1],
            assignments=tuple(
                replace(a, onward_trip_id="day1/bus_b/on-01") for a in world.plan.assignments
            ),
        )
    )
    assert "§16" in rules_broken(
        world.with_onward("day1/bus_b/on-01", boards_from_s=22499, depart_s=22979)
    )
    assert rules_broken(world.with_vehicle("bus_b", capacity=Capacity(SeatCount(6, 1)))) == {"§16"}
    assert rules_broken(world.with_vehicle("bus_b", crew_s=7830)) == set()
    assert rules_broken(world.with_vehicle("bus_b", crew_s=7829)) == {"§16"}
    assert "§16" in rules_broken(world.with_onward("day1/bus_b/on-01", back_s=25861))
    wrong_centre = (OnwardStop("hall", 24780, 25260, ("H-1", "H-2", "H-7")),)
    assert "§16" in rules_broken(world.with_onward("day1/bus_b/on-01", stops=wrong_centre))


def test_16_onward_boarding_waits_for_the_trip_that_brings_them(world) -> None:
    # C-1's trip is released at 25800; five persons need 300 s, H-6 has boarded before.
    early = world.with_onward("day1/bus_b/on-02", boards_from_s=25860, depart_s=26279)
    assert "§16" in rules_broken(early)
    one_by_one = world.with_onward("day1/bus_b/on-02", depart_s=26280)
    assert rules_broken(one_by_one) == set()


def test_17_who_finds_no_seat_of_their_kind_is_told_so(world) -> None:
    assert rules_broken(world.with_left("S-1", LeftReason.FLEET)) == {"§17"}
    stretcher = Capacity(SeatCount(8, 1, 1))
    only_near = world.with_vehicle("bus_a", capacity=stretcher)
    assert rules_broken(only_near) == set()
    both = only_near.with_vehicle("bus_b", capacity=Capacity(SeatCount(10, 1, 1)))
    assert rules_broken(both) == {"§17"}


@pytest.mark.parametrize("name", ["groups", "persons", "value_across", "vehicle_s"])
def test_18_the_totals_are_those_of_the_trips(world, name: str) -> None:
    totals = world.plan.totals
    wrong = replace(totals, **{name: getattr(totals, name) + 1})
    assert rules_broken(world.with_plan(totals=wrong)) == {"§18"}


def test_19_the_exposure_is_that_of_the_trips(world) -> None:
    wrong = replace(world.plan.totals, exposure_person_h=6.0934)
    assert rules_broken(world.with_plan(totals=wrong)) == {"§19"}


def test_19_waiting_in_the_queue_counts_as_exposure(world) -> None:
    rates = world.problem.matrices.place_hazard_rate_per_h.copy()
    rates[list(world.problem.matrices.place_ids).index("gate")] = 0.0
    calm = replace(world.problem.matrices, place_hazard_rate_per_h=rates)
    assert rules_broken(world.with_problem(matrices=calm)) == {"§19"}
    assert np.isclose(world.plan.totals.exposure_person_h - (0.7 + 0.35 + 0.08) / 3, 5.71666667)


def test_20_every_row_has_one_answer(world) -> None:
    forgotten = tuple(entry for entry in world.plan.left if entry.token != "H-4")
    assert rules_broken(world.with_plan(left=forgotten)) == {"§20"}
    both = (*world.plan.left, Left("H-1", 3, LeftReason.FLEET, ""))
    assert rules_broken(world.with_plan(left=both)) == {"§20"}
    assert rules_broken(world.with_left("H-4", LeftReason.NOT_ASKED)) == {"§20"}


def test_21_the_same_seed_gives_the_same_bytes(world) -> None:
    plans = [plan_convoy(world.problem, world.plan.left, seed=5, iterations=50) for _ in range(2)]
    assert plan_to_json(plans[0]) == plan_to_json(plans[1])
    # Rows that can never go are repeated as they were given, so the judge finds everybody.
    assert check_plan(world.problem, world.households, plans[0]) == ()


def test_22_the_replay_reaches_what_the_plan_says(world) -> None:
    judged = replay(world.problem, plan_itineraries(world.plan))
    assert judged.trips == world.plan.trips
    assert judged.value_inside_margin == world.plan.totals.value_across


def test_23_a_plan_belongs_to_its_scenario(world) -> None:
    assert rules_broken(world.with_plan(scenario_digest="e" * 64)) == {"§23"}
    assert rules_broken(world.with_plan(epoch="2025-03-02T00:00:00+00:00")) == {"§23"}
    assert rules_broken(world.with_plan(epoch="yesterday")) == {"§23"}
    assert "§23" in rules_broken(world.with_trip("day1/van_a/01", vehicle_id="tank"))
    assert "§23" in rules_broken(world.with_trip("day1/van_a/01", trip_id="day1/bus_a/02"))
    assert rules_broken(world.with_trip("day1/van_a/01", lane="first")) == {"§23"}
    other = Assignment("H-9", "day1/bus_a/01", "day1/bus_b/on-01", "school")
    assert "§23" in rules_broken(world.with_plan(assignments=(*world.plan.assignments, other)))


def test_24_a_bound_is_not_below_the_plan(world) -> None:
    assert rules_broken(world.with_plan(bound=Bound("B0", 19.0, 14.0))) == set()
    assert rules_broken(world.with_plan(bound=Bound("B0", 18.9, 14.0))) == {"§24"}
    assert rules_broken(world.with_plan(bound=Bound("B0", 19.0, 13.0))) == {"§24"}
