"""Tiny named worlds along the line of convoy_world; what the best plan is fits on paper.

Each world is planned by the planner, judged by the checker, and compared with the answer.
"""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from safepassage.core.convoy.check import check_plan
from safepassage.core.convoy.problem import build_problem
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.types import Capacity, LeftReason, Plan, SeatCount
from safepassage.core.corridor.types import Place, PlaceKind
from safepassage.core.register.types import Choice, Consent


class World:
    """A world that can be planned: rows, fleet and one window at the gate."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.base = module.PROBLEM
        self.matrices = self.base.matrices
        self.window = self.base.windows[0]
        self.crossing = self.base.crossings[0]
        self.rows: list[Any] = []
        self.near: list[Any] = []
        self.max_aboard_s: int | None = None
        self.school_places = 100
        self.far_capacity = Capacity(SeatCount(60, 4, 4))

    def plan(self) -> Plan:
        far = self.module.vehicle("far", "depot_b", 60)
        fleet = (*self.near, replace(far, capacity=self.far_capacity, crew_s=86_400))
        built = build_problem(
            households=self.rows,
            places=[self._place(name) for name in self.module.POSITION_S],
            vehicles=fleet,
            crossings=(self.crossing,),
            windows=(self.window,),
            service=self.base.service,
            matrices=self.matrices,
            vehicle_matrix=[0] * len(self.near) + [1],
            epoch=self.base.epoch,
            timezone="UTC",
            max_aboard_s=self.max_aboard_s,
            scenario_digest="w" * 64,
            side_of_place={
                n: "A" if n in self.module.SIDE_A else "B" for n in self.module.POSITION_S
            },
        )
        plan = plan_convoy(built.problem, built.left, seed=1, iterations=400, lead_s=0)
        assert check_plan(built.problem, tuple(self.rows), plan) == ()
        return plan

    def _place(self, name: str) -> Place:
        centre = name == "school"
        return Place(
            name, name, PlaceKind.RECEPTION_CENTRE if centre else PlaceKind.SETTLEMENT, 51.0, 35.0,
            capacity=self.school_places if centre else None,
            capacity_accessible=4 if centre else None,
        )  # fmt: skip


@pytest.fixture
def world(convoy_world: ModuleType) -> World:
    return World(convoy_world)


def left(plan: Plan) -> dict[str, LeftReason]:
    return {entry.token: entry.reason for entry in plan.left}


def test_one_bus_two_families(world: World) -> None:
    # Both fit one load. Without danger a second trip would only cost time. With danger it is worth
    # it: one load makes three persons stand at mid while four board (480 s at 0.1 per hour) and
    # seven wait for the screening of seven; the legs expose them all the same either way.
    world.rows = [world.module.row("H-1", "west", 3), world.module.row("H-2", "mid", 4)]
    world.near = [world.module.vehicle("bus", "depot_a", 8)]
    dangerous = world.plan()
    assert (dangerous.totals.persons, len(dangerous.trips)) == (7, 2)
    by_screening = 0.4 * (3 * 150 + 4 * 180) / 3600
    assert dangerous.totals.exposure_person_h == pytest.approx(1.5 + 4 / 3 + by_screening)
    world.matrices = replace(
        world.base.matrices,
        matrices=tuple(
            replace(m, exposure=np.zeros_like(m.exposure)) for m in world.base.matrices.matrices
        ),
        place_hazard_rate_per_h=np.zeros(len(world.base.matrices.place_ids)),
    )
    calm = world.plan()
    assert (calm.totals.persons, len(calm.trips)) == (7, 1)
    # Leaves the depot, west 1200, board 420, mid 600, board 480, gate 1200, ... and home.
    assert calm.trips[0].queue_arrive_s - calm.trips[0].depart_s == 3900


def test_crossing_closes_early(world: World) -> None:
    # From the depot (1200) to mid: 600; stop 240 + 60; to the gate 1200; screening 60 + 30: the
    # earliest end is 18000 + 2190 = 20190, so the gate's opening at 21600 decides: 21690. The
    # second load cannot leave the gate before 21720 and is through 2400 + 300 + 90 later: 24510.
    world.rows = [
        world.module.row("H-1", "mid", 1, priority=2), world.module.row("H-2", "mid", 1),
    ]  # fmt: skip
    world.near = [world.module.vehicle("car", "depot_a", 1)]
    world.window = replace(world.window, margin_s=0, closes_s=24510)
    assert world.plan().totals.persons == 2
    world.window = replace(world.window, closes_s=24509)
    plan = world.plan()
    assert (plan.totals.persons, plan.totals.value_across) == (1, 2)
    assert left(plan)["H-2"] in {LeftReason.THROUGHPUT, LeftReason.FLEET}
    world.window = replace(world.window, closes_s=21689)
    assert left(world.plan()) == {"H-1": LeftReason.WINDOW, "H-2": LeftReason.WINDOW}


def test_two_lanes(world: World) -> None:
    # Two vans are at the gate when it opens; each needs 60 + 4 x 30 = 180 s. One lane has them
    # through at 21780 and 21960, two lanes both at 21780.
    world.rows = [world.module.row("H-1", "mid", 4), world.module.row("H-2", "mid", 4)]
    world.near = [
        world.module.vehicle("van_1", "depot_a", 4), world.module.vehicle("van_2", "depot_a", 4),
    ]  # fmt: skip
    world.window = replace(world.window, margin_s=0, closes_s=21780)
    assert world.plan().totals.persons == 4
    world.crossing = replace(world.crossing, lanes=2)
    plan = world.plan()
    assert plan.totals.persons == 8
    assert {trip.lane for trip in plan.trips} == {0, 1}


def test_wheelchair_needs_conversion(world: World) -> None:
    # Eight seats; a wheelchair place costs two of them, so six sit beside it and seven do not.
    bus = world.module.vehicle("bus", "depot_a", 8)
    world.rows = [world.module.row("H-1", "mid", 6, wheelchair=1, adults=7)]
    world.near = [bus]
    assert left(world.plan()) == {"H-1": LeftReason.NO_SEAT_OF_KIND}
    world.near = [replace(bus, capacity=Capacity(SeatCount(8), 1, 2))]
    assert world.plan().totals.persons == 7
    world.rows = [world.module.row("H-1", "mid", 7, wheelchair=1, adults=8)]
    assert left(world.plan()) == {"H-1": LeftReason.NO_SEAT_OF_KIND}


def test_the_family_does_not_fit_the_van(world: World) -> None:
    # Five persons, four seats: they are not torn apart, they are left.
    world.rows = [world.module.row("H-1", "mid", 5), world.module.row("H-2", "mid", 4)]
    world.near = [world.module.vehicle("van", "depot_a", 4)]
    plan = world.plan()
    assert left(plan) == {"H-1": LeftReason.NO_SEAT_OF_KIND}
    assert plan.totals.persons == 4


def test_neighbours_to_be_kept_apart_ride_twice(world: World) -> None:
    world.rows = [
        world.module.row("H-1", "mid", 2, apart_from=frozenset({"H-2"})),
        world.module.row("H-2", "mid", 2),
    ]
    world.near = [world.module.vehicle("bus", "depot_a", 8)]
    plan = world.plan()
    assert plan.totals.persons == 4
    assert len(plan.trips) == 2
    assert len(plan.onward) == 2


def test_the_last_bed_goes_to_the_higher_priority(world: World) -> None:
    world.rows = [world.module.row("H-1", "mid", 2), world.module.row("H-2", "mid", 2, priority=3)]
    world.near = [world.module.vehicle("bus", "depot_a", 8)]
    world.school_places = 3
    plan = world.plan()
    assert plan.totals.value_across == 6
    assert left(plan) == {"H-1": LeftReason.NO_PLACE_AT_CENTRE}


def test_no_child_travels_by_default(world: World) -> None:
    child = world.module.row("C-1", "mid", 1, adults=0, children=1)
    world.rows = [child, world.module.row("H-1", "mid", 2)]
    world.near = [world.module.vehicle("bus", "depot_a", 8)]
    assert left(world.plan()) == {"C-1": LeftReason.CHILD_WITHOUT_ADULT}
    world.rows[0] = replace(child, accompanied_by="H-1")
    plan = world.plan()
    assert (plan.totals.persons, plan.left) == (3, ())
    assert plan.trips[0].stops[0].boards == ("C-1",)


def test_one_who_stays_keeps_the_group_and_says_why(world: World) -> None:
    world.rows = [
        world.module.row("H-1", "mid", 2, travel_group="G"),
        world.module.row("H-2", "mid", 1, travel_group="G", choice=Choice.UNDECIDED),
        world.module.row("H-3", "mid", 1, consent=Consent.NO),
    ]
    world.near = [world.module.vehicle("bus", "depot_a", 8)]
    assert left(world.plan()) == {
        "H-1": LeftReason.GROUP_INCOMPLETE,
        "H-2": LeftReason.UNDECIDED,
        "H-3": LeftReason.NO_CONSENT,
    }


def test_too_long_aboard_for_one_who_waits_far_away(world: World) -> None:
    # From west to the gate 1800 s and 90 s of screening; from mid 1200 s and 90 s.
    world.rows = [world.module.row("H-1", "west", 1), world.module.row("H-2", "mid", 1)]
    world.near = [world.module.vehicle("bus", "depot_a", 8)]
    world.max_aboard_s = 1889
    plan = world.plan()
    assert left(plan) == {"H-1": LeftReason.TIME_ABOARD}
    assert plan.totals.persons == 1


def test_no_road_behind_the_front(world: World) -> None:
    # The school is beyond what near vehicles may drive to: a pick-up there cannot be reached.
    world.rows = [world.module.row("H-1", "school", 1), world.module.row("H-2", "mid", 1)]
    world.near = [world.module.vehicle("bus", "depot_a", 8)]
    assert left(world.plan()) == {"H-1": LeftReason.NO_ROAD}


def test_nobody_waits_for_a_seat_that_only_the_far_side_lacks(world: World) -> None:
    world.rows = [world.module.row("H-1", "mid", 0, stretcher=1, adults=1)]
    bus = world.module.vehicle("bus", "depot_a", 8)
    world.near = [replace(bus, capacity=Capacity(SeatCount(8, 0, 1)))]
    assert world.plan().totals.persons == 1
    world.far_capacity = Capacity(SeatCount(60))
    assert left(world.plan()) == {"H-1": LeftReason.NO_SEAT_OF_KIND}
