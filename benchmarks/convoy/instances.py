"""The instances: real roads, invented people, one crossing, one window.

``andorra-300`` is the instance of the design study: 300 households, 4 buses, 5 minibuses, 3
ambulances, a crossing that screens 120 persons an hour in one lane, an 8 h window, priorities 1
to 3. ``andorra-1500`` has 1,500 households and 44 vehicles. ``line-60`` is small and needs no
extract: it is there to try an adapter in seconds, never to compare planners.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from safepassage.core.convoy.types import (
    Capacity,
    ConvoyProblem,
    Crossing,
    Left,
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
from safepassage.core.register.types import Choice, Consent, Household

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "osm"


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One instance with everything that a planner and the judges need."""

    name: str
    seed: int
    problem: ConvoyProblem
    households: tuple[Household, ...]
    pre_left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class RoadInstance:
    """Parameters of an instance over a real extract."""

    extract: str
    households: int
    buses: int
    minibuses: int
    ambulances: int
    screening_per_h: float
    lanes: int


ROAD_INSTANCES = {
    "andorra-300": RoadInstance("andorra.osm.pbf", 300, 4, 5, 3, 120.0, 1),
    "andorra-1500": RoadInstance("andorra.osm.pbf", 1500, 15, 18, 11, 120.0, 4),
    "porto-300": RoadInstance("porto-portugal.osm.pbf", 300, 4, 5, 3, 120.0, 1),
}
NAMES = (*ROAD_INSTANCES, "line-60")


def build(name: str, seed: int, data: Path = DATA) -> Instance:
    """Build an instance; the same name and seed give the same instance.

    Raises
    ------
    FileNotFoundError
        If the extract is not there.
    """
    if name == "line-60":
        return _line(name, seed)
    return _over_roads(name, seed, data)


def _over_roads(name: str, seed: int, data: Path) -> Instance:
    from safepassage.exercises.roads import write_road_exercise
    from safepassage.pipeline import prepare

    shape = ROAD_INSTANCES[name]
    roads = data / shape.extract
    if not roads.is_file():
        raise FileNotFoundError(f"{roads} is not there; give the folder of extracts with --data")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        write_road_exercise(
            folder,
            roads,
            seed=seed,
            households=shape.households,
            buses=shape.buses,
            minibuses=shape.minibuses,
            ambulances=shape.ambulances,
            screening_per_h=shape.screening_per_h,
            lanes=shape.lanes,
        )
        ready = prepare(folder)
    return Instance(name, seed, ready.problem, ready.households, ready.pre_left)


def _line(name: str, seed: int) -> Instance:
    """Sixty households along one road that ends at the crossing, four vehicles."""
    rng = np.random.default_rng(seed)
    places = [f"p{number:02d}" for number in range(30)]
    ids = ("depot", "gate", "far-depot", "centre", *places)
    at_s = np.concatenate([[1800, 3600, 4200, 4500], np.sort(rng.integers(0, 3000, 30))])
    travel_s = np.abs(at_s[:, None] - at_s[None, :]).astype(np.int32)
    matrices = tuple(
        TravelMatrix(TravelProfile(kind), travel_s, travel_s / 36_000.0)
        for kind in (VehicleClass.BUS, VehicleClass.MINIBUS)
    )
    rows = tuple(_household(number, places, rng) for number in range(60))
    fleet = [
        _vehicle(f"bus-{n}", "depot", Capacity(SeatCount(20), 2, 4), "A") for n in range(2)
    ] + [_vehicle(f"van-{n}", "depot", Capacity(SeatCount(8), 1, 3), "A") for n in range(2)]
    onward = [
        _vehicle(f"onward-{n}", "far-depot", Capacity(SeatCount(40, 4, 4)), "B") for n in range(4)
    ]
    opens_s = 8 * 3600
    problem = ConvoyProblem(
        epoch=datetime(2025, 6, 2, tzinfo=UTC),
        timezone="UTC",
        groups=tuple(_group(row) for row in rows),
        vehicles=(*fleet, *onward),
        crossings=(Crossing("gate", "gate", "A", "B", 1, Screening(0, 60, 60, 60)),),
        windows=(Window("day", "gate", opens_s, opens_s, opens_s + 4 * 3600, 0, "exercise"),),
        centres=(ReceptionCentre("centre", "centre", 1000, 100),),
        service=ServiceTimes(240, SeatCount(60, 60, 60), SeatCount(20, 20, 20)),
        matrices=TravelMatrices(ids, matrices, np.zeros(len(ids))),
        vehicle_matrix=(0, 0, 1, 1, 0, 0, 0, 0),
        scenario_digest=f"{name}-{seed}",
        vehicle_side=("A",) * 4 + ("B",) * 4,
        centre_side=("B",),
    )
    return Instance(name, seed, problem, rows, ())


def _household(number: int, places: list[str], rng: np.random.Generator) -> Household:
    wheelchair = int(rng.random() < 0.05)
    seated = int(rng.integers(1, 6)) - wheelchair
    return Household(
        token=f"H-{number:04d}",
        place_id=places[number % len(places)],
        seated=seated,
        wheelchair=wheelchair,
        stretcher=0,
        adults=seated + wheelchair,
        priority=3 if wheelchair else int(rng.integers(1, 3)),
        choice=Choice.GO,
        consent=Consent.YES,
    )


def _group(row: Household) -> TravelGroup:
    return TravelGroup(
        token=row.token,
        household_tokens=(row.token,),
        place_id=row.place_id,
        load=SeatCount(row.seated, row.wheelchair, row.stretcher),
        value=row.priority * row.persons,
        ready_s=0,
        centres=("centre",),
        household_persons=(row.persons,),
    )


def _vehicle(vehicle_id: str, depot: str, capacity: Capacity, side: str) -> Vehicle:
    kind = VehicleClass.MINIBUS if vehicle_id.startswith("van") else VehicleClass.BUS
    return Vehicle(vehicle_id, kind.value, kind, depot, capacity, frozenset({side}), 20 * 3600)
