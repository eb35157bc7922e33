"""The smallest world with a plan in it: to compile the search before a user waits for it."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from safepassage.core.convoy.types import (
    Capacity,
    ConvoyProblem,
    Crossing,
    ReceptionCentre,
    Screening,
    SeatCount,
    ServiceTimes,
    TravelGroup,
    Vehicle,
    Window,
)
from safepassage.core.corridor.types import (
    TravelMatrices,
    TravelMatrix,
    TravelProfile,
    VehicleClass,
)

PLACES = ("depot", "village", "line", "far depot", "centre")


def tiny_problem() -> ConvoyProblem:
    """Return two families in a village, a minibus on each side of a line, one centre."""
    family = SeatCount(seated=3)
    return ConvoyProblem(
        epoch=datetime(2025, 1, 1, tzinfo=UTC),
        timezone="UTC",
        groups=tuple(
            TravelGroup(token, (token,), "village", family, 3, 0, ("centre",))
            for token in ("H-1", "H-2")
        ),
        vehicles=(_minibus("near", "depot", "a"), _minibus("onward", "far depot", "b")),
        crossings=(Crossing("crossing", "line", "a", "b", 1, Screening(60, 30, 60, 90)),),
        windows=(Window("day", "crossing", 0, 3_600, 18_000, 600),),
        centres=(ReceptionCentre("centre", "centre", 10, 2),),
        service=ServiceTimes(240, SeatCount(60, 120, 180), SeatCount(20, 120, 180)),
        matrices=_matrices(),
        vehicle_matrix=(0, 0),
        vehicle_side=("a", "b"),
        centre_side=("b",),
    )


def _minibus(vehicle_id: str, depot: str, side: str) -> Vehicle:
    capacity = Capacity(SeatCount(5, 0, 0))
    return Vehicle(
        vehicle_id, "minibus", VehicleClass.MINIBUS, depot, capacity, frozenset({side}), 36_000
    )


def _matrices() -> TravelMatrices:
    count = len(PLACES)
    times = np.full((count, count), 600, np.int32)
    np.fill_diagonal(times, 0)
    profile = TravelProfile(VehicleClass.MINIBUS)
    matrix = TravelMatrix(profile, times, np.zeros((count, count)))
    return TravelMatrices(PLACES, (matrix,), np.zeros(count))
