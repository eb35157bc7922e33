"""One bus, one van, two trips and a far bus: a convoy plan worked out by hand.

Seven places on one straight road; the numbers are seconds of driving from the left end::

    west 0 - mid 600 - depot_a 1200 - gate 1800 - depot_b 2400 - school 3000 - hall 3600
    <------------- side A -------------->   <---------------- side B --------------->

Near vehicles may drive from the left end to the gate, far vehicles from the gate to the right end.
Hazard on the road is 1 per hour of driving; waiting costs 0.2 per hour at west, 0.1 at mid, 0.4 at
the gate. A stop takes 240 s; boarding 60 / 120 / 180 s and alighting 30 / 60 / 90 s a person
(seated / wheelchair / stretcher). Screening, in one lane: 60 s a vehicle, 30 / 60 / 90 s a person.
Second 0 is midnight; movement from 05:00 (18000), gate 06:00 (21600) to 10:00 (36000), margin
1800 s.

bus_a leaves at 18000, takes H-1 and H-2 at west (19200 to 19860: 240 + 5 x 60 + 120) and H-7 at mid
(20460 to 20760), queues at 21960, is through at 22260 (60 + 6 x 30 + 60) and free at 22500. It goes
back for C-1 with H-3 at mid (23700 to 24240), queues at 25440, is through at 25650, free at 25800,
home at 26400. van_a leaves at 22000, takes H-6, apart from H-1, at mid (22600 to 22960), queues at
24160, is through at 24280, free at 24340, home at 24940. bus_b boards the first three groups from
22500 and is back at 25860, boards the others and is back at 29130.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from safepassage.core.convoy.types import (
    Assignment,
    Capacity,
    ConvoyProblem,
    Crossing,
    Left,
    LeftReason,
    OnwardStop,
    OnwardTrip,
    Plan,
    PlannedStop,
    PlanTotals,
    ReceptionCentre,
    Screening,
    SeatCount,
    ServiceTimes,
    TravelGroup,
    Trip,
    Vehicle,
    VehicleReturn,
    Window,
)
from safepassage.core.corridor.types import (
    TravelMatrices,
    TravelMatrix,
    TravelProfile,
    VehicleClass,
)
from safepassage.core.register.types import Choice, Consent, Household

EPOCH = datetime(2025, 3, 1, tzinfo=UTC)
POSITION_S = {
    "west": 0, "mid": 600, "depot_a": 1200, "gate": 1800,
    "depot_b": 2400, "school": 3000, "hall": 3600,
}  # fmt: skip
RATE_PER_H = {"west": 0.2, "mid": 0.1, "gate": 0.4}
SIDE_A = ("west", "mid", "depot_a", "gate")
SIDE_B = ("gate", "depot_b", "school", "hall")


@dataclass(frozen=True)
class ConvoyWorld:
    problem: ConvoyProblem
    households: tuple[Household, ...]
    plan: Plan

    def with_problem(self, **changes: Any) -> ConvoyWorld:
        return replace(self, problem=replace(self.problem, **changes))

    def with_plan(self, **changes: Any) -> ConvoyWorld:
        return replace(self, plan=replace(self.plan, **changes))

    def with_row(self, token: str, /, **changes: Any) -> ConvoyWorld:
        rows = tuple(replace(r, **changes) if r.token == token else r for r in self.households)
        return replace(self, households=rows)

    def with_trip(self, trip_id: str, /, **changes: Any) -> ConvoyWorld:
        trips = tuple(replace(t, **changes) if t.trip_id == trip_id else t for t in self.plan.trips)
        return self.with_plan(trips=trips)

    def with_onward(self, trip_id: str, /, **changes: Any) -> ConvoyWorld:
        trips = tuple(
            replace(t, **changes) if t.trip_id == trip_id else t for t in self.plan.onward
        )
        return self.with_plan(onward=trips)

    def with_vehicle(self, vehicle_id: str, /, **changes: Any) -> ConvoyWorld:
        vehicles = tuple(
            replace(v, **changes) if v.vehicle_id == vehicle_id else v
            for v in self.problem.vehicles
        )
        return self.with_problem(vehicles=vehicles)

    def with_left(self, token: str, reason: LeftReason) -> ConvoyWorld:
        left = tuple(
            replace(entry, reason=reason) if entry.token == token else entry
            for entry in self.plan.left
        )
        return self.with_plan(left=left)


def line_matrix(vehicle_class: VehicleClass, side: str, open_to: tuple[str, ...]) -> TravelMatrix:
    """Driving times along the line, no way to places that are not open."""
    places = list(POSITION_S)
    at = np.array([POSITION_S[place] for place in places], np.int32)
    time_s = np.abs(at[:, None] - at[None, :]).astype(np.int32)
    closed = np.array([place not in open_to for place in places])
    time_s[closed, :] = -1
    time_s[:, closed] = -1
    exposure = np.where(time_s < 0, np.inf, time_s / 3600.0)
    return TravelMatrix(TravelProfile(vehicle_class, frozenset({side})), time_s, exposure)


def row(token: str, place_id: str, seated: int, **other: Any) -> Household:
    """A row of adults who go and consent."""
    facts: dict[str, Any] = {
        "wheelchair": 0, "stretcher": 0, "adults": seated,
        "choice": Choice.GO, "consent": Consent.YES,
    }  # fmt: skip
    return Household(token=token, place_id=place_id, seated=seated, **(facts | other))


def vehicle(vehicle_id: str, depot_id: str, seats: int, wheelchairs: int = 0) -> Vehicle:
    side = "A" if depot_id == "depot_a" else "B"
    return Vehicle(
        vehicle_id=vehicle_id, vehicle_type="Bus", vehicle_class=VehicleClass.BUS,
        depot_id=depot_id, capacity=Capacity(SeatCount(seats, wheelchairs, 0)),
        sides=frozenset({side}), crew_s=14400,
    )  # fmt: skip


def group(token: str, rows: tuple[Household, ...], apart: frozenset[str]) -> TravelGroup:
    load = sum((SeatCount(r.seated, r.wheelchair, r.stretcher) for r in rows), SeatCount())
    return TravelGroup(
        token=token, household_tokens=tuple(sorted(r.token for r in rows)),
        place_id=rows[0].place_id, load=load, value=sum(r.priority * r.persons for r in rows),
        ready_s=0, centres=("school", "hall"), apart_from=apart,
    )  # fmt: skip


HOUSEHOLDS = (
    row("H-1", "west", 3),
    row("H-2", "west", 2, wheelchair=1, adults=3, priority=2),
    row("H-3", "mid", 4, adults=2, children=2),
    row("C-1", "mid", 1, adults=0, children=1, priority=3, accompanied_by="H-3"),
    row("H-4", "mid", 1, choice=Choice.STAY),
    row("H-6", "mid", 2, apart_from=frozenset({"H-1"})),
    row("H-7", "mid", 1, destinations=("school",)),
    row("S-1", "mid", 0, stretcher=1, adults=1),
)
BY_TOKEN = {household.token: household for household in HOUSEHOLDS}

PROBLEM = ConvoyProblem(
    epoch=EPOCH,
    timezone="UTC",
    groups=(
        group("C-1", (BY_TOKEN["C-1"], BY_TOKEN["H-3"]), frozenset()),
        group("H-1", (BY_TOKEN["H-1"],), frozenset({"H-6"})),
        group("H-2", (BY_TOKEN["H-2"],), frozenset()),
        group("H-6", (BY_TOKEN["H-6"],), frozenset({"H-1"})),
        group("H-7", (BY_TOKEN["H-7"],), frozenset()),
    ),
    vehicles=(
        vehicle("bus_a", "depot_a", 8, 1),
        vehicle("van_a", "depot_a", 4),
        vehicle("bus_b", "depot_b", 10, 1),
    ),
    crossings=(Crossing("gate", "gate", "A", "B", 1, Screening(60, 30, 60, 90)),),
    windows=(Window("day1", "gate", 18000, 21600, 36000, 1800, "exercise"),),
    centres=(ReceptionCentre("school", "school", 20, 2), ReceptionCentre("hall", "hall", 5, 0)),
    service=ServiceTimes(240, SeatCount(60, 120, 180), SeatCount(30, 60, 90)),
    matrices=TravelMatrices(
        tuple(POSITION_S),
        (line_matrix(VehicleClass.BUS, "A", SIDE_A), line_matrix(VehicleClass.BUS, "B", SIDE_B)),
        np.array([RATE_PER_H.get(place, 0.0) for place in POSITION_S]),
    ),
    vehicle_matrix=(0, 0, 1),
    scenario_digest="d" * 64,
    vehicle_side=("A", "A", "B"),
    centre_side=("B", "B"),
)

TRIPS = (
    Trip(
        "day1/bus_a/01", "bus_a", "day1", "depot_a", 18000,
        (
            PlannedStop("west", 19200, 19860, ("H-1", "H-2")),
            PlannedStop("mid", 20460, 20760, ("H-7",)),
        ),
        21960, 0, 21960, 22260, 22500,
    ),
    Trip(
        "day1/van_a/01", "van_a", "day1", "depot_a", 22000,
        (PlannedStop("mid", 22600, 22960, ("H-6",)),),
        24160, 0, 24160, 24280, 24340,
    ),
    Trip(
        "day1/bus_a/02", "bus_a", "day1", "gate", 22500,
        (PlannedStop("mid", 23700, 24240, ("C-1",)),),
        25440, 0, 25440, 25650, 25800,
    ),
)  # fmt: skip

ONWARD = (
    OnwardTrip(
        "day1/bus_b/on-01", "bus_b", "day1", 22500, 22980,
        (OnwardStop("school", 24180, 24660, ("H-1", "H-2", "H-7")),), 25860,
    ),
    OnwardTrip(
        "day1/bus_b/on-02", "bus_b", "day1", 25860, 26280,
        (OnwardStop("school", 27480, 27930, ("C-1", "H-6")),), 29130,
    ),
)  # fmt: skip

PLAN = Plan(
    plan_version="1.0",
    safepassage_version="0",
    scenario_digest="d" * 64,
    epoch=EPOCH.isoformat(),
    timezone="UTC",
    seed=0,
    iterations=0,
    trips=TRIPS,
    returns=(
        VehicleReturn("bus_a", "day1", 25800, 26400),
        VehicleReturn("van_a", "day1", 24340, 24940),
    ),
    onward=ONWARD,
    assignments=tuple(
        Assignment(token, trip.trip_id, onward.trip_id, "school")
        for trip in TRIPS
        for stop in trip.stops
        for token in stop.boards
        for onward in ONWARD
        if token in onward.stops[0].alights
    ),
    left=(
        Left("H-4", 1, LeftReason.CHOSE_TO_STAY, "The people of this row chose to stay."),
        Left("S-1", 1, LeftReason.NO_SEAT_OF_KIND, "No vehicle has a stretcher place."),
    ),
    totals=PlanTotals(
        groups=5,
        persons=14,
        value_across=19,
        # bus_a: 1.0 + 0.05 + 7/3 + 0.7/3, then 5/3 + 0.35/3; van_a: 2/3 + 0.08/3
        exposure_person_h=1.05 + (7 + 0.7 + 5 + 0.35 + 2 + 0.08) / 3,
        vehicle_s=8400 + 2940,
    ),
)


def hand_made() -> ConvoyWorld:
    """Return the world with its valid plan."""
    return ConvoyWorld(PROBLEM, HOUSEHOLDS, PLAN)
