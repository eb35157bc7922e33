"""A hand-made plan on paper: one bus with two stops, one ambulance, two families and an old man."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from safepassage.core.agreement.types import Clause, Party, ProcedureStep, Statement, Terms
from safepassage.core.convoy.types import (
    Assignment,
    Capacity,
    ConvoyProblem,
    Crossing,
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
    Place,
    PlaceKind,
    TravelMatrices,
    TravelMatrix,
    TravelProfile,
    VehicleClass,
)
from safepassage.core.register.types import Choice, Consent, Household, Need
from safepassage.scenario.types import PlanningRules, Scenario

EPOCH = datetime(2025, 2, 20, 0, 0, tzinfo=UTC)
ISSUED = datetime(2025, 2, 18, 4, 0, tzinfo=UTC)
HOUR = 3600

PARTIES = (
    Party("H", "Holding side", "holding", "uk"),
    Party("R", "Receiving side", "receiving", "ru"),
    Party("N", "Neutral intermediary", "intermediary", "en"),
)

PLACES = (
    Place("village", "Upper Village", PlaceKind.SETTLEMENT, 51.2, 35.2, "Верхнє Село", "H"),
    Place("town", "Lower Town & Mill", PlaceKind.ASSEMBLY_POINT, 51.1, 35.2, "Нижнє Місто", "H"),
    Place("gate", "The Gate", PlaceKind.CROSSING, 51.1, 35.4, "Брама"),
    Place("depot_h", "Near Depot", PlaceKind.DEPOT, 51.1, 35.1, "", "H"),
    Place("depot_r", "Far Depot", PlaceKind.DEPOT, 51.1, 35.6, "", "R"),
    Place(
        "school", "School No. 3", PlaceKind.RECEPTION_CENTRE, 51.2, 35.7, "Школа № 3", "R", 60, 6
    ),
    Place("chapel", "Chapel", PlaceKind.FALL_BACK, 51.1, 35.3, "Каплиця", "H"),
)

HOUSEHOLDS = (
    Household("H-A1", "village", 3, 0, 0, children=2, adults=1, travel_group="a",
              choice=Choice.GO, consent=Consent.YES, needs=frozenset({Need.ANIMALS})),
    Household("H-A2", "village", 1, 0, 0, children=1, adults=0, travel_group="a",
              accompanied_by="H-A1", choice=Choice.GO, consent=Consent.YES,
              needs=frozenset({Need.SEPARATED_CHILD})),
    Household("H-B1", "town", 2, 1, 0, adults=3, choice=Choice.GO, consent=Consent.YES,
              needs=frozenset({Need.WHEELCHAIR, Need.MEDICAL_ESCORT})),
    Household("H-C1", "village", 0, 0, 1, adults=1, choice=Choice.GO, consent=Consent.YES,
              needs=frozenset({Need.STRETCHER, Need.ALONE_OLDER})),
)  # fmt: skip

GROUPS = (
    TravelGroup("H-A1", ("H-A1", "H-A2"), "village", SeatCount(4), 4, 0, ("school",)),
    TravelGroup("H-B1", ("H-B1",), "town", SeatCount(2, 1), 3, 0, ("school",)),
    TravelGroup("H-C1", ("H-C1",), "village", SeatCount(0, 0, 1), 3, 0, ("school",)),
)


def _vehicle(
    vehicle_id: str, kind: str, vehicle_class: VehicleClass, depot: str, side: str
) -> Vehicle:
    capacity = Capacity(SeatCount(20, 2, 2))
    return Vehicle(vehicle_id, kind, vehicle_class, depot, capacity, frozenset({side}), 10 * HOUR)


VEHICLES = (
    _vehicle("bus_1", "Bus", VehicleClass.BUS, "depot_h", "H"),
    _vehicle("amb_1", "Ambulance", VehicleClass.AMBULANCE, "depot_h", "H"),
    _vehicle("bus_2", "Bus", VehicleClass.BUS, "depot_r", "R"),
)
CROSSING = Crossing("gate", "gate", "H", "R", 1, Screening(60, 30, 60, 120))
WINDOW = Window("day1", "gate", 6 * HOUR, 8 * HOUR, 12 * HOUR, 1800, "exercise")
SERVICE = ServiceTimes(240, SeatCount(60, 180, 300), SeatCount(30, 120, 240))

TRIPS = (
    Trip(
        "T1", "bus_1", "day1", "depot_h", 6 * HOUR,
        (
            PlannedStop("village", 23_400, 24_000, ("H-A1",)),
            PlannedStop("town", 25_800, 26_400, ("H-B1",)),
        ),
        28_800, 0, 28_800, 29_100, 29_400,
    ),
    Trip(
        "T2", "amb_1", "day1", "depot_h", 6 * HOUR,
        (PlannedStop("village", 23_400, 24_060, ("H-C1",)),),
        28_900, 0, 29_100, 29_280, 29_600,
    ),
)  # fmt: skip


def _matrices() -> TravelMatrices:
    """A quarter of an hour between any two places."""
    place_ids = tuple(place.place_id for place in PLACES)
    times = np.full((len(PLACES), len(PLACES)), 900, dtype=np.int32)
    matrix = TravelMatrix(TravelProfile(VehicleClass.BUS), times, np.zeros(times.shape))
    return TravelMatrices(place_ids, (matrix,), np.zeros(len(PLACES)))


STATEMENTS = (
    Statement("s1", "2025-02-06", "Office of side H", "spokesperson", "H",
              "We are ready; no official request has reached us.", "en", "invented",
              readiness="ready", request="none_received"),
    Statement("s2", "2025-02-10", "Office of side R", "spokesperson", "R",
              "Everything possible is being done.", "en", "invented",
              request="not_addressed", acceptance="not_addressed"),
    Statement("s3", "2025-02-11", "Commissioner of side R", "commissioner", "R",
              "We are working closely with the other side.", "en", "invented",
              acceptance="talks_confirmed"),
)  # fmt: skip

TERMS = Terms(
    clauses=(Clause("c1", "Free choice", (("en", "Nobody is made to leave or to stay."),)),),
    procedure=(
        ProcedureStep("request", "formal_request", "receiving", "holding", (),
                      (("en", "Send a formal request through the intermediary"),
                       ("uk", "Надіслати офіційний запит через посередника"),
                       ("ru", "Направить официальный запрос через посредника"))),
        ProcedureStep("acceptance", "acceptance", "both_parties", "intermediary", ("request",),
                      (("en", "Accept the terms in writing"),)),
    ),
)  # fmt: skip


@pytest.fixture
def paper_scenario(tmp_path: Path) -> Scenario:
    """The scenario of the hand-made plan."""
    return Scenario(
        folder=tmp_path, name="paper", title="Two villages and a gate", kind="exercise",
        schema_version="1.0", timezone="Europe/Kyiv", languages=("en", "uk", "ru"), epoch=EPOCH,
        planning_date=datetime(2025, 2, 12, tzinfo=UTC), parties=PARTIES, places=PLACES,
        roads=None, control=(), hazards=(), lists=(), claims=(), statements=STATEMENTS,
        households=HOUSEHOLDS, crossings=(CROSSING,), windows=(WINDOW,), vehicles=VEHICLES,
        service=SERVICE, delays=None, terms=TERMS, planning=PlanningRules(), digest="d" * 64,
    )  # fmt: skip


@pytest.fixture
def paper_problem() -> ConvoyProblem:
    """The planning problem of the hand-made plan."""
    return ConvoyProblem(
        epoch=EPOCH, timezone="Europe/Kyiv", groups=GROUPS, vehicles=VEHICLES,
        crossings=(CROSSING,), windows=(WINDOW,),
        centres=(ReceptionCentre("school", "school", 60, 6),), service=SERVICE,
        matrices=_matrices(), vehicle_matrix=(0, 0, 0),
        scenario_digest="d" * 64,
    )  # fmt: skip


@pytest.fixture
def paper_plan() -> Plan:
    """Eight people out over one crossing: T1 carries two groups, T2 one person lying down."""
    return Plan(
        plan_version="1.0", safepassage_version="0", scenario_digest="d" * 64,
        epoch=EPOCH.isoformat(), timezone="Europe/Kyiv", seed=1, iterations=0, trips=TRIPS,
        returns=(
            VehicleReturn("bus_1", "day1", 29_400, 31_000),
            VehicleReturn("amb_1", "day1", 29_600, 31_100),
        ),
        onward=(
            OnwardTrip("O1", "bus_2", "day1", 29_400, 30_600,
                       (OnwardStop("school", 33_000, 33_900, ("H-A1", "H-B1", "H-C1")),), 36_000),
        ),
        assignments=tuple(
            Assignment(token, trip, "O1", "school")
            for token, trip in (("H-A1", "T1"), ("H-B1", "T1"), ("H-C1", "T2"))
        ),
        left=(), totals=PlanTotals(3, 8, 10, 0.0, 0),
    )  # fmt: skip


@pytest.fixture
def issued_at() -> datetime:
    """Two days before the first movement."""
    return ISSUED


@pytest.fixture
def proposed(
    paper_scenario: Scenario, paper_problem: ConvoyProblem
) -> tuple[Scenario, ConvoyProblem]:
    """The same world with a window that nobody has accepted, and no exercise."""
    windows = (replace(WINDOW, state="proposed"),)
    scenario = replace(paper_scenario, windows=windows, kind="operation")
    return scenario, replace(paper_problem, windows=windows)
