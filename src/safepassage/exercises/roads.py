"""An exercise over any real road network: households at junctions, one crossing, one window.

The planning instance that the convoy benchmark and the tests use (10-exercise §40-§46). People and
fleet are invented; the roads are whatever extract is given. Real junctions stand in for places, so
a road exercise says nothing about who lives where.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from safepassage.adapters.osm import ATTRIBUTION, import_osm, settlements
from safepassage.core.corridor.snap import main_component, nearest_nodes
from safepassage.core.corridor.types import RoadNetwork, TravelProfile, VehicleClass
from safepassage.core.geo.distance import geodesic_m
from safepassage.errors import InfeasibleError
from safepassage.exercises.dice import Dice
from safepassage.scenario import schema
from safepassage.scenario.package import DELAYS_PATH, PackageFiles, PackageHeader
from safepassage.scenario.schema import Resource
from safepassage.scenario.types import RoadSource
from safepassage.scenario.writer import Row, default_paths, write_package_json, write_table

EPOCH = datetime(2025, 6, 2, tzinfo=UTC)
OPENS_H = 8
MAIN_ROADS = ("motorway", "trunk", "primary", "secondary")
BUS = TravelProfile(VehicleClass.BUS, weight_t=14.5, height_m=3.2)
"""The largest vehicle of the fleet: every place must be within its reach."""

Places = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class RoadExercise:
    """What was written, in numbers.

    Parameters
    ----------
    crossing
        (latitude, longitude) of the junction taken as crossing.
    """

    households: int
    persons: int
    value: int
    pickups: int
    crossing: tuple[float, float]


@dataclass(frozen=True, slots=True)
class RoadExerciseRules:
    """The instance's numbers; the defaults are those of the design study's Andorra instance.

    Parameters
    ----------
    pickups
        Number of junctions over which households are spread; None for one each, up to 300.
    screening_per_h
        Persons an hour and lane.
    crossing
        (latitude, longitude); the nearest junction of a main road is taken. None for the one
        farthest from the middle of the settlements.
    special
        Share of households tied to a neighbour by a travel group; half as many are kept apart
        from one. 0 gives the plain instance that general routing solvers can express.
    """

    households: int = 300
    buses: int = 4
    minibuses: int = 5
    ambulances: int = 3
    window_h: float = 8.0
    screening_per_h: float = 120.0
    lanes: int = 1
    margin_min: int = 0
    pickups: int | None = None
    crossing: tuple[float, float] | None = None
    special: float = 0.0


def write_road_exercise(
    folder: Path,
    roads: Path,
    *,
    seed: int = 1,
    households: int = 300,
    buses: int = 4,
    minibuses: int = 5,
    ambulances: int = 3,
    window_h: float = 8.0,
    screening_per_h: float = 120.0,
    lanes: int = 1,
    margin_min: int = 0,
    pickups: int | None = None,
    crossing: tuple[float, float] | None = None,
    special: float = 0.0,
) -> RoadExercise:
    """Write a scenario folder over a real OSM extract, which is copied into it.

    Parameters
    ----------
    folder
        Scenario folder; it is made.
    roads
        An OSM extract.
    seed, households, buses, minibuses, ambulances, window_h, screening_per_h, lanes, margin_min
        The instance; see :class:`RoadExerciseRules`.
    pickups, crossing, special
        The same.

    Raises
    ------
    InputError
        If the extract cannot be read.
    InfeasibleError
        If its roads have too few junctions.
    """
    rules = RoadExerciseRules(
        households, buses, minibuses, ambulances, window_h, screening_per_h, lanes, margin_min,
        pickups, crossing, special,
    )  # fmt: skip
    ground = _read_ground(roads)
    gate = _crossing_node(ground, rules)
    points = _pickup_nodes(ground, gate, rules, Dice(seed, "roads", "pick-ups"))
    homes = _households(rules, len(points), Dice(seed, "roads", "households"))
    persons = sum(_persons(row) for row in homes)
    tables: dict[Resource, Sequence[Row]] = {
        schema.PARTIES: _PARTIES,
        schema.PLACES: _places(ground, gate, points, persons),
        schema.HOUSEHOLDS: homes,
        schema.CROSSINGS: [_crossing(rules)],
        schema.WINDOWS: [_window(rules)],
        schema.VEHICLES: _fleet(rules, persons),
        schema.SERVICE: _SERVICE,
    }
    _write(folder, roads, tables)
    value = sum(int(str(row["priority"])) * _persons(row) for row in homes)
    where = (float(ground.network.node_lat[gate]), float(ground.network.node_lon[gate]))
    return RoadExercise(len(homes), persons, value, len(points), where)


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """The network, the junctions that a bus can reach and leave, and where people live."""

    network: RoadNetwork
    junctions: NDArray[np.int64]
    on_main_road: NDArray[np.bool_]
    lived_in: NDArray[np.int64]


def _read_ground(roads: Path) -> _Ground:
    network = import_osm(roads)
    reachable = main_component(network, (BUS,))
    junctions = np.flatnonzero(reachable & (_degree(network) > 2))
    if len(junctions) < FEWEST_JUNCTIONS:
        raise InfeasibleError(
            f"{roads.name} has {len(junctions)} junctions that a bus can reach and leave; an "
            f"exercise needs at least {FEWEST_JUNCTIONS}"
        )
    inhabited = settlements(roads)
    lon = np.array([place.lon for place in inhabited], dtype=np.float64)
    lat = np.array([place.lat for place in inhabited], dtype=np.float64)
    among = np.zeros(network.node_count, dtype=bool)
    among[junctions] = True
    lived_in = np.unique(nearest_nodes(network, among, lon, lat)[0]) if inhabited else junctions
    return _Ground(network, junctions, _main_road_nodes(network), lived_in)


def _degree(network: RoadNetwork) -> NDArray[np.int64]:
    """Return the number of distinct neighbours of each node."""
    ends = np.stack((np.r_[network.tail, network.head], np.r_[network.head, network.tail]), axis=1)
    pairs = np.unique(ends.astype(np.int64), axis=0)
    return np.bincount(pairs[:, 0], minlength=network.node_count)


def _main_road_nodes(network: RoadNetwork) -> NDArray[np.bool_]:
    wanted = [index for index, name in enumerate(network.highway_names) if name in MAIN_ROADS]
    arcs = np.isin(network.highway, wanted)
    result = np.zeros(network.node_count, dtype=bool)
    result[network.tail[arcs]] = True
    return result


def _crossing_node(ground: _Ground, rules: RoadExerciseRules) -> int:
    main = ground.junctions[ground.on_main_road[ground.junctions]]
    candidates = main if len(main) else ground.junctions
    if rules.crossing is not None:
        return int(candidates[np.argmin(_distance_m(ground.network, candidates, rules.crossing))])
    far = _distance_m(ground.network, candidates, _middle(ground))
    return int(candidates[np.argmax(far)])


def _middle(ground: _Ground) -> tuple[float, float]:
    network, nodes = ground.network, ground.lived_in
    return float(np.median(network.node_lat[nodes])), float(np.median(network.node_lon[nodes]))


def _distance_m(
    network: RoadNetwork, nodes: NDArray[np.int64], point: tuple[float, float]
) -> NDArray[np.float64]:
    lat, lon = np.full(len(nodes), point[0]), np.full(len(nodes), point[1])
    return geodesic_m(lon, lat, network.node_lon[nodes], network.node_lat[nodes])


def _pickup_nodes(ground: _Ground, gate: int, rules: RoadExerciseRules, dice: Dice) -> list[int]:
    """Choose junctions around settlements, each settlement in turn, none twice."""
    network = ground.network
    free = ground.junctions[ground.junctions != gate]
    wanted = min(rules.pickups or min(rules.households, MOST_PICKUPS), len(free))
    around = {}
    for centre in dice.shuffled([int(node) for node in ground.lived_in]):
        point = (float(network.node_lat[centre]), float(network.node_lon[centre]))
        nearest_first = np.argsort(_distance_m(network, free, point), kind="stable")
        around[centre] = [int(node) for node in free[nearest_first]]
    centres = list(around)
    chosen: dict[int, None] = {}
    while len(chosen) < wanted:
        ranked = around[centres[len(chosen) % len(centres)]]
        chosen[dice.pick(list(islice((node for node in ranked if node not in chosen), NEAR)))] = (
            None
        )
    return list(chosen)


FEWEST_JUNCTIONS = 3
MOST_PICKUPS = 300
NEAR = 12
"""A pick-up is one of so many junctions nearest to a settlement that are still free."""


def _households(rules: RoadExerciseRules, points: int, dice: Dice) -> list[dict[str, object]]:
    rows = [_household(number, points, dice) for number in range(1, rules.households + 1)]
    return _with_ties(rows, rules.special, dice)


def _household(number: int, points: int, dice: Dice) -> dict[str, object]:
    size = dice.weighted((1, 2, 3, 4, 5, 6), (17, 27, 22, 19, 11, 4))
    wheelchair = int(dice.chance(0.05))
    stretcher = int(dice.chance(0.015)) if size > wheelchair else 0
    children = sum(dice.chance(0.45) for _ in range(max(0, size - 2)))
    priority = 3 if wheelchair or stretcher else 2 if children or dice.chance(0.25) else 1
    return {
        "token": f"H-{number:04d}",
        # The first household of each pick-up in turn: none stands empty.
        "place_id": _pickup_id((number - 1) % points),
        "seated": size - wheelchair - stretcher,
        "wheelchair": wheelchair,
        "stretcher": stretcher,
        "children": children,
        "adults": size - children,
        "priority": priority,
        "choice": "go",
        "consent": "yes",
        "needs": ";".join(["wheelchair"] * wheelchair + ["stretcher"] * stretcher),
    }


def _with_ties(
    rows: list[dict[str, object]], special: float, dice: Dice
) -> list[dict[str, object]]:
    """Tie some households to the next one at their pick-up and keep others apart from it."""
    by_place: dict[object, list[dict[str, object]]] = {}
    for row in rows:
        by_place.setdefault(row["place_id"], []).append(row)
    for neighbours in by_place.values():
        for row, other in zip(neighbours[::2], neighbours[1::2], strict=False):
            drawn = dice.uniform()
            if drawn < special:
                row["travel_group"] = other["travel_group"] = f"G-{row['token']}"
            elif drawn < 1.5 * special:
                row["apart_from"] = other["token"]
    return rows


def _persons(row: dict[str, object]) -> int:
    return sum(int(str(row[kind])) for kind in ("seated", "wheelchair", "stretcher"))


def _pickup_id(index: int) -> str:
    return f"pickup-{index + 1:03d}"


_PARTIES: list[Row] = [
    {"party_id": "A", "name": "Side A", "role": "holding", "language": "en"},
    {"party_id": "B", "name": "Side B", "role": "receiving", "language": "en"},
    {"party_id": "N", "name": "The intermediary", "role": "intermediary", "language": "en"},
]


def _places(ground: _Ground, gate: int, points: list[int], persons: int) -> Places:
    network = ground.network
    middle = _distance_m(network, ground.junctions, _middle(ground))
    depot = int(ground.junctions[np.argmin(middle)])
    far = _far_side(ground, gate)
    rows = [
        _place(network, node, _pickup_id(index), "assembly_point", "A", f"Pick-up {index + 1}")
        for index, node in enumerate(points)
    ]
    rows.append(_place(network, gate, "crossing", "crossing", "", "Crossing"))
    rows.append(_place(network, depot, "depot-a", "depot", "A", "Depot, side A"))
    rows.append(_place(network, far, "depot-b", "depot", "B", "Depot, side B"))
    centre = _place(network, far, "centre", "reception_centre", "B", "Reception centre")
    rows.append(centre | {"capacity": persons, "capacity_accessible": persons})
    return rows


def _far_side(ground: _Ground, gate: int) -> int:
    """Return the junction next to the crossing: an extract ends at the border, so all is near."""
    network = ground.network
    others = ground.junctions[ground.junctions != gate]
    point = (float(network.node_lat[gate]), float(network.node_lon[gate]))
    return int(others[np.argmin(_distance_m(network, others, point))])


def _place(
    network: RoadNetwork, node: int, place_id: str, kind: str, side: str, name: str
) -> dict[str, object]:
    return {
        "place_id": place_id,
        "name": name,
        "kind": kind,
        "lat": float(network.node_lat[node]),
        "lon": float(network.node_lon[node]),
        "side": side,
        "approximate": "no",
        "source": f"OpenStreetMap node {network.node_ref[node]}; its use is invented",
    }


def _crossing(rules: RoadExerciseRules) -> Row:
    person_s = round(3600 / rules.screening_per_h)
    return {
        "crossing_id": "gate",
        "place_id": "crossing",
        "from_side": "A",
        "to_side": "B",
        "lanes": rules.lanes,
        "screening_vehicle_s": 0,
        "screening_seated_s": person_s,
        "screening_wheelchair_s": person_s,
        "screening_stretcher_s": person_s,
    }


def _window(rules: RoadExerciseRules) -> Row:
    opens = EPOCH + timedelta(hours=OPENS_H)
    return {
        "window_id": "day",
        "crossing_id": "gate",
        "movement_from": opens,
        "opens_at": opens,
        "closes_at": opens + timedelta(hours=rules.window_h),
        "margin_min": rules.margin_min,
        "state": "exercise",
        "source": "invented",
    }


def _fleet(rules: RoadExerciseRules, persons: int) -> list[Row]:
    crew_h = min(24.0, rules.window_h + 8)
    near = [
        *(_vehicle("bus", number, crew_h) for number in range(1, rules.buses + 1)),
        *(_vehicle("minibus", number, crew_h) for number in range(1, rules.minibuses + 1)),
        *(_vehicle("ambulance", number, crew_h) for number in range(1, rules.ambulances + 1)),
    ]
    # Enough onward vehicles that only the near side and the crossing bind.
    onward = max(len(near), persons // 60)
    return near + [_onward(number) for number in range(1, onward + 1)]


_FLEET: dict[str, Row] = {
    "bus": {
        "type": "bus, 44 seats", "seats": 44, "wheelchair_places": 0, "stretcher_places": 0,
        "convertible_wheelchair": 2, "seats_per_convertible": 4, "weight_t": 14.5, "height_m": 3.2,
    },
    "minibus": {
        "type": "minibus, 16 seats", "seats": 16, "wheelchair_places": 0, "stretcher_places": 0,
        "convertible_wheelchair": 1, "seats_per_convertible": 3, "weight_t": 5, "height_m": 2.8,
    },
    "ambulance": {
        "type": "ambulance", "seats": 4, "wheelchair_places": 1, "stretcher_places": 2,
        "weight_t": 3.5, "height_m": 2.6,
    },
}  # fmt: skip


def _vehicle(kind: str, number: int, crew_h: float) -> Row:
    head = {
        "vehicle_id": f"{kind}-{number:02d}",
        "vehicle_class": kind,
        "depot_id": "depot-a",
        "sides": "A",
        "crew_hours": crew_h,
    }
    return head | dict(_FLEET[kind])


def _onward(number: int) -> Row:
    return {
        "vehicle_id": f"onward-{number:02d}",
        "type": "onward bus with ramps",
        "vehicle_class": "bus",
        "depot_id": "depot-b",
        "sides": "B",
        "seats": 60,
        "wheelchair_places": 6,
        "stretcher_places": 6,
        "crew_hours": 24,
        "weight_t": 14.5,
        "height_m": 3.2,
    }


_SERVICE: list[Row] = [
    {"kind": kind, "stop_s": 240, "boarding_s": 60, "alighting_s": 20}
    for kind in ("seated", "wheelchair", "stretcher")
]
"""Boarding as in the design study's instance (4 min a stop and 1 min a person)."""


def _write(folder: Path, roads: Path, tables: dict[Resource, Sequence[Row]]) -> None:
    for table, rows in tables.items():
        write_table(folder / table.path, table, rows)
    copied = folder / "roads" / roads.name
    copied.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(roads, copied)
    delays = files("safepassage.exercises").joinpath("data", "sudzha", DELAYS_PATH)
    (folder / DELAYS_PATH).write_bytes(delays.read_bytes())
    header = PackageHeader(
        name="road-exercise",
        title=f"Exercise over the roads of {roads.name} (invented people at real junctions)",
        kind="exercise",
        timezone="UTC",
        epoch=EPOCH,
        planning_date=EPOCH,
        roads=RoadSource(f"roads/{roads.name}", ATTRIBUTION),
    )
    names = [*(table.name for table in tables), "delays"]
    write_package_json(folder, header, PackageFiles(default_paths(names)))
