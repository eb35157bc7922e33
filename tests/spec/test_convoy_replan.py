"""docs/spec/05-convoy.md §80 to §89 on the world of tests/convoy_world.py, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from safepassage.core.convoy.replan import Replanned, replan
from safepassage.core.convoy.replan_check import check_replanned
from safepassage.core.convoy.replan_events import (
    CrossingSlower,
    Day,
    Event,
    FewerLanes,
    Joiners,
    RoadClosed,
    Suspended,
    VehicleLost,
    WindowCut,
)
from safepassage.core.convoy.state import state_at, tokens_of
from safepassage.core.convoy.types import ConvoyRule, LeftReason
from safepassage.core.register.types import Choice, Consent
from safepassage.errors import RefusedError, UsageError


@pytest.fixture
def world(convoy_world: ModuleType):
    made = convoy_world.hand_made()
    persons = {row.token: row.persons for row in made.households}
    groups = tuple(
        replace(g, household_persons=tuple(persons[t] for t in g.household_tokens))
        for g in made.problem.groups
    )
    return made.with_problem(groups=groups)


def again(world, at_s: int, *events: Event, moves: int = 100) -> Replanned:
    day = Day(world.problem, world.households, state_at(world.problem, world.plan, at_s))
    made = replan(day, world.plan, events, iterations=moves)
    assert check_replanned(made.day, made.plan, made.fall_backs, made.no_onward) == ()
    return made


def boards(made: Replanned) -> dict[str, tuple[str, int]]:
    """Return vehicle and pick-up moment of each group."""
    return {
        token: (trip.vehicle_id, stop.arrive_s)
        for trip in made.plan.trips
        for stop in trip.stops
        for token in stop.boards
    }


def test_80_a_state_says_where_everybody_is(world) -> None:
    state = state_at(world.problem, world.plan, 20000)
    bus, van = state.vehicle("bus_a"), state.vehicle("van_a")
    assert bus is not None
    assert bus.trip is not None
    assert van is not None
    assert bus.trip.aboard == ("H-1", "H-2")
    assert (bus.place_id, bus.free_s, bus.leg_from_id, bus.leg_from_s) == (
        "mid", 20460, "west", 19860,
    )  # fmt: skip
    assert (van.place_id, van.trip) == ("depot_a", None)
    later = state_at(world.problem, world.plan, 22000)
    assert tokens_of(later.across) == ("H-1", "H-2", "H-7")


@pytest.mark.parametrize("at_s", [0, 18000, 19500, 20000, 20600, 21000, 22000, 23000, 24200, 25500])
def test_81_if_nothing_happens_nothing_changes(world, at_s: int) -> None:
    made = again(world, at_s)
    in_order = sorted(world.plan.trips, key=lambda trip: trip.queue_arrive_s)
    assert list(made.plan.trips) == in_order
    assert made.changes == ()
    assert made.vehicles == ()
    assert made.promises_kept == made.promises


def test_81_the_judge_sees_what_was_done_changed(world) -> None:
    made = again(world, 22000)
    forged = replace(made.plan.trips[0], depart_s=18001)
    plan = replace(made.plan, trips=(forged, *made.plan.trips[1:]))
    rules = {one.rule for one in check_replanned(made.day, plan)}
    assert "05-convoy §81" in rules


def test_81_the_judge_misses_people_aboard(world) -> None:
    made = again(world, 20000)
    trips = tuple(trip for trip in made.plan.trips if trip.vehicle_id != "bus_a")
    without = replace(made.plan, trips=trips, assignments=(), onward=())
    rules = {one.rule for one in check_replanned(made.day, without)}
    assert {"05-convoy §81", "05-convoy §20"} <= rules


def test_82_a_lost_vehicle_leaves_its_people_by_the_road(world) -> None:
    # At 20000 bus_a is 140 s of 600 on its way from west to mid. H-2 needs a wheelchair place,
    # which van_a has not; the others of bus_a are taken by van_a in turns, H-1 apart from H-6.
    made = again(world, 20000, VehicleLost("bus_a"))
    assert {one.place_id for one in made.day.state.standing} == {"roadside/bus_a"}
    assert boards(made)["H-1"][0] == "van_a"
    assert "H-2" not in boards(made)
    told = {one.token: one.sentence for one in made.changes}
    assert "send help" in told["H-2"]
    assert made.promises_kept == 1


def test_82_joiners_are_planned_only_with_choice_and_consent(world) -> None:
    row = replace(world.households[0], token="J-1", place_id="mid", seated=1, adults=1)
    no = replace(row, token="J-2", consent=Consent.NOT_ASKED)
    stays = replace(row, token="J-3", choice=Choice.STAY)
    made = again(world, 20000, Joiners(row), Joiners(no), Joiners(stays))
    assert "J-1" in boards(made)
    left = {one.token: one.reason for one in made.plan.left}
    assert (left["J-2"], left["J-3"]) == (LeftReason.NO_CONSENT, LeftReason.CHOSE_TO_STAY)


def test_82_a_vehicle_turns_back_where_the_road_is_closed(world) -> None:
    # Between west and mid nobody drives any more: bus_a, 140 s out of west, is back there 140 s
    # later and stays, so its people go to the nearest place it can reach: west itself.
    ids = world.problem.matrices.place_ids
    west = ids.index("west")

    def without_west(matrix):
        times = matrix.travel_time_s.copy()
        times[west, :] = times[:, west] = -1
        times[west, west] = 0
        return replace(matrix, travel_time_s=times)

    cut = tuple(without_west(one) for one in world.problem.matrices.matrices)
    matrices = replace(world.problem.matrices, matrices=cut)
    made = again(world, 20000, RoadClosed("west", matrices, frozenset({"bus_a"})))
    (shelter,) = made.fall_backs
    assert (shelter.place_id, shelter.arrive_s, shelter.persons) == ("west", 20140, 6)


def test_83_a_promise_is_vehicle_place_and_time(world) -> None:
    made = again(world, 20300, VehicleLost("van_a"))
    assert (made.promises, made.promises_kept) == (3, 2)
    assert boards(made)["H-6"] == ("bus_a", boards(made)["C-1"][1])
    assert [one.token for one in made.changes] == ["H-6"]


def test_84_the_queue_goes_on_with_the_new_facts(world) -> None:
    made = again(world, 24200, CrossingSlower("gate", 3.0))
    first = made.plan.trips[1]
    assert first.trip_id == "day1/van_a/01"
    # Its screening had begun at 24160: it stays as it was; the next takes 3 x 210 s.
    assert first.screening_end_s == 24280
    last = made.plan.trips[2]
    assert last.screening_end_s - last.screening_start_s == 630
    assert again(world, 20000, FewerLanes("gate", 1)).changes == ()


def test_85_people_come_before_promises(world) -> None:
    # Closed at 07:18 less 30 minutes: bus_a's second trip would be through at 25650, too late.
    made = again(world, 20000, WindowCut("day1", 25000 + 1300))
    assert "C-1" not in boards(made)
    assert boards(made)["H-7"] == ("bus_a", 20460)
    assert made.plan.totals.value_across == 12


def test_86_onward_trips_that_have_left_are_kept(world) -> None:
    made = again(world, 24500, CrossingSlower("gate", 2.0))
    assert made.plan.onward[0] == world.plan.onward[0]
    assert all(trip.boards_from_s >= 24500 for trip in made.plan.onward[1:])


def test_87_in_a_suspended_ceasefire_nobody_is_carried_to_the_crossing(world) -> None:
    made = again(world, 20000, Suspended())
    (shelter,) = made.fall_backs
    assert (shelter.vehicle_id, shelter.tokens) == ("bus_a", ("H-1", "H-2"))
    # Back to west takes as long as it has come, 140 s; on to mid it would be 460 s.
    assert (shelter.place_id, shelter.arrive_s) == ("west", 20140)
    assert made.plan.trips == ()
    named = replace(made.day, fall_backs=("mid",), suspended=False, said=())
    away = replan(named, world.plan, [Suspended()])
    assert (away.fall_backs[0].place_id, away.fall_backs[0].arrive_s) == ("mid", 20460)


def test_88_convoys_are_refused(world) -> None:
    crossing = replace(world.problem.crossings[0], convoy=ConvoyRule(1800, 3, 60))
    with pytest.raises(RefusedError, match="convoys"):
        again(world.with_problem(crossings=(crossing,)), 20000)


def test_89_same_state_seed_and_moves_give_the_same_plan(world) -> None:
    one, two = (again(world, 20000, VehicleLost("van_a")).plan for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("event", "word"),
    [
        (WindowCut("day9", 0), "day9"),
        (VehicleLost("tank"), "tank"),
        (CrossingSlower("gate", 0.0), "factor"),
        (FewerLanes("gate", 0), "lanes"),
    ],
)
def test_82_an_event_that_fits_nothing_is_refused_by_name(world, event: Event, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        again(world, 20000, event)
