"""Random small worlds for the planner: every rule can bite, most worlds are over-full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from safepassage.core.convoy.problem import ProblemBuild, build_problem
from safepassage.core.convoy.types import (
    Capacity,
    ConvoyRule,
    Crossing,
    Screening,
    SeatCount,
    ServiceTimes,
    Vehicle,
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
from safepassage.core.register.types import Choice, Consent, Household

EPOCH = datetime(2025, 3, 1, tzinfo=UTC)
VILLAGES = tuple(f"village_{i}" for i in range(6))
SIDES = dict.fromkeys((*VILLAGES, "depot", "gate", "ford"), "A") | dict.fromkeys(
    ("far_depot", "school", "hall"), "B"
)


@dataclass(frozen=True)
class RandomWorld:
    build: ProblemBuild
    households: tuple[Household, ...]


def _households(dice: np.random.Generator, count: int) -> tuple[Household, ...]:
    homes = [str(dice.choice(VILLAGES)) for _ in range(count)]
    rows = []
    for i in range(count):
        neighbours = [f"H-{j:02d}" for j in range(count) if j != i and homes[j] == homes[i]]
        adult = str(dice.choice(neighbours)) if neighbours and dice.random() < 0.15 else ""
        enemy = f"H-{int(dice.integers(count)):02d}"
        wheelchair, stretcher = int(dice.random() < 0.15), int(dice.random() < 0.1)
        rows.append(
            Household(
                token=f"H-{i:02d}",
                place_id=homes[i],
                seated=int(dice.integers(1, 5)),
                wheelchair=wheelchair,
                stretcher=stretcher,
                children=int(dice.random() < 0.3),
                adults=int(dice.random() < 0.9),
                priority=int(dice.integers(1, 4)),
                ready_at="" if dice.random() < 0.7 else _moment(int(dice.integers(5, 10))),
                destinations=() if dice.random() < 0.6 else ("school",),
                choice=Choice.GO if dice.random() < 0.9 else Choice.STAY,
                consent=Consent.YES if dice.random() < 0.9 else Consent.NO,
                accompanied_by=adult,
                apart_from=frozenset({enemy} if enemy not in neighbours and i % 3 == 1 else ()),
            )
        )
    return tuple(rows)


def _moment(hour: int) -> str:
    return (EPOCH + timedelta(hours=hour)).isoformat()


def _vehicles(dice: np.random.Generator, near: int, far: int) -> tuple[Vehicle, ...]:
    vehicles = []
    for i in range(near + far):
        side, depot = ("A", "depot") if i < near else ("B", "far_depot")
        places = SeatCount(
            int(dice.integers(3, 10)), int(dice.integers(0, 2)), int(dice.integers(0, 2))
        )
        vehicles.append(
            Vehicle(
                vehicle_id=f"{side}-{i}",
                vehicle_type="van",
                vehicle_class=VehicleClass.MINIBUS,
                depot_id=depot,
                capacity=Capacity(places, int(dice.integers(0, 2)), 2),
                sides=frozenset({side}),
                crew_s=int(dice.integers(3, 12)) * 3600,
            )
        )
    return tuple(vehicles)


def _matrices(dice: np.random.Generator) -> TravelMatrices:
    places = tuple(SIDES)
    matrices = []
    for _ in range(2):
        times = dice.integers(120, 2400, (len(places), len(places))).astype(np.int32)
        for village in range(len(VILLAGES)):
            if dice.random() < 0.1:
                times[village, :] = times[:, village] = -1
        np.fill_diagonal(times, 0)
        exposure = np.round(dice.random(times.shape) * 0.1, 3)
        matrices.append(TravelMatrix(TravelProfile(VehicleClass.MINIBUS), times, exposure))
    return TravelMatrices(places, tuple(matrices), np.round(dice.random(len(places)), 2))


def _windows(dice: np.random.Generator, count: int) -> tuple[Window, ...]:
    windows = []
    for i in range(count):
        moves = 5 * 3600 + i * int(dice.integers(2, 24)) * 3600
        opens = moves + int(dice.integers(0, 3)) * 1800
        closes = opens + int(dice.integers(2, 6)) * 1800
        crossing = "gate" if i % 2 == 0 else "ford"
        windows.append(Window(f"W{i}", crossing, moves, opens, closes, 600))
    return tuple(windows)


def _with_hours(dice: np.random.Generator, vehicle: Vehicle) -> Vehicle:
    """Some vehicles have a shift each day, breaks or spare seats."""
    shifts: tuple[tuple[int, int], ...] = ()
    if dice.random() < 0.4:
        start, hours = int(dice.integers(3, 9)), int(dice.integers(3, 16))
        days = range(-1, 5)
        shifts = tuple(
            ((24 * day + start) * 3600, (24 * day + start + hours) * 3600) for day in days
        )
    rests = dice.random() < 0.5
    return replace(
        vehicle,
        shifts=shifts,
        break_after_s=int(dice.integers(2, 9)) * 1800 if rests else None,
        break_s=int(dice.integers(1, 6)) * 600 if rests else 0,
        spare_seats=int(dice.integers(0, 3)),
    )


def _convoy(dice: np.random.Generator) -> ConvoyRule | None:
    if dice.random() < 0.4:
        return None
    most = int(dice.integers(1, 4))
    every_s, spacing_s = int(dice.integers(2, 8)) * 300, int(dice.integers(0, 3)) * 30
    return ConvoyRule(
        every_s, most, spacing_s, int(dice.integers(0, 3)) * 300, int(dice.integers(0, 2)) * 420
    )


def _receives(dice: np.random.Generator) -> tuple[int, int] | None:
    if dice.random() < 0.5:
        return None
    return int(dice.integers(6, 12)) * 60, int(dice.integers(13, 24)) * 60


def _world(
    seed: int,
    households: int = 10,
    near: int = 2,
    far: int = 2,
    windows: int = 1,
    *,
    hours: bool = False,
) -> RandomWorld:
    dice, more = np.random.default_rng(seed), np.random.default_rng(seed + 10**6)
    rows = _households(dice, households)
    vehicles = _vehicles(dice, near, far)
    if hours:
        rows = tuple(replace(row, door=bool(more.random() < 0.3)) for row in rows)
        vehicles = tuple(_with_hours(more, vehicle) for vehicle in vehicles)
    kinds = {"school": PlaceKind.RECEPTION_CENTRE, "hall": PlaceKind.RECEPTION_CENTRE}
    places = [
        Place(
            place_id, place_id, kinds.get(place_id, PlaceKind.SETTLEMENT), 51.0, 35.0,
            capacity=int(dice.integers(5, 25)) if place_id in kinds else None,
            capacity_accessible=int(dice.integers(0, 4)) if place_id in kinds else None,
            receives=_receives(more) if hours and place_id in kinds else None,
        )
        for place_id in SIDES
    ]  # fmt: skip
    lanes = int(dice.integers(1, 3))
    screening = Screening(int(dice.integers(0, 120)), 30, 60, 90)
    build = build_problem(
        households=rows,
        places=places,
        vehicles=vehicles,
        crossings=[
            Crossing(name, name, "A", "B", lanes, screening, _convoy(more) if hours else None)
            for name in ("gate", "ford")[:windows]
        ],
        windows=_windows(dice, windows),
        service=ServiceTimes(240, SeatCount(60, 120, 180), SeatCount(30, 60, 90), 300),
        matrices=_matrices(dice),
        vehicle_matrix=[int(dice.integers(2)) for _ in vehicles],
        epoch=EPOCH,
        timezone="UTC",
        max_aboard_s=None if dice.random() < 0.5 else int(dice.integers(1500, 7200)),
        scenario_digest="ab" * 32,
        side_of_place=SIDES,
    )
    return RandomWorld(build, rows)


@pytest.fixture(scope="session")
def random_world() -> Callable[..., RandomWorld]:
    """Return the maker of random worlds: (seed, households, near, far, windows, hours=...)."""
    return _world
