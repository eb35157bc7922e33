"""Fixtures that every stage's tests share: a tiny scenario, and the test data beside the project.

The tiny scenario's world, which a person can keep in the head (longitude grows to the right):

    Northby n3                            A holds the ground west of 35.14, B that east of 35.16;
       |                                  nobody is known to hold the strip with the crossing.
    Westby n1 - Midby n2 - n4 depot A - n5 crossing - n6 depot B - n7 centre

All roads run straight; five links along 51 N are 0.05 degrees of longitude (about 3.5 km) each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from safepassage.adapters.store import KdfSettings, Keys, RegisterStore
from safepassage.core.convoy.types import DelayModel, Distribution
from safepassage.core.corridor.types import ControlArea
from safepassage.scenario import schema
from safepassage.scenario.areas_writer import write_control, write_delays, write_hazards
from safepassage.scenario.package import PackageFiles, PackageHeader
from safepassage.scenario.types import PlanningRules, RoadSource
from safepassage.scenario.writer import default_paths, write_package_json, write_table

EPOCH = datetime(2025, 3, 1, tzinfo=UTC)

PARTIES = [
    {"party_id": "A", "name": "Side A", "role": "holding", "language": "en"},
    {"party_id": "B", "name": "Side B", "role": "receiving", "language": "en"},
    {"party_id": "N", "name": "The intermediary", "role": "intermediary", "language": "en"},
]

PLACES = [
    {"place_id": "westby", "name": "Westby", "kind": "settlement", "lat": 51.0, "lon": 35.0},
    {"place_id": "midby", "name": "Midby", "kind": "settlement", "lat": 51.0, "lon": 35.05},
    {"place_id": "northby", "name": "Northby", "kind": "settlement", "lat": 51.03, "lon": 35.05},
    {
        "place_id": "depot_a", "name": "Depot A", "kind": "depot",
        "lat": 51.0, "lon": 35.10, "side": "A",
    },
    {"place_id": "gate", "name": "The crossing", "kind": "crossing", "lat": 51.0, "lon": 35.15},
    {
        "place_id": "depot_b", "name": "Depot B", "kind": "depot",
        "lat": 51.0, "lon": 35.20, "side": "B",
    },
    {
        "place_id": "centre", "name": "School", "kind": "reception_centre", "lat": 51.0,
        "lon": 35.25, "side": "B", "capacity": 40, "capacity_accessible": 4,
    },
]  # fmt: skip

ROAD_NODES = [
    {"node_id": 1, "lat": 51.0, "lon": 35.0},
    {"node_id": 2, "lat": 51.0, "lon": 35.05},
    {"node_id": 3, "lat": 51.03, "lon": 35.05},
    {"node_id": 4, "lat": 51.0, "lon": 35.10},
    {"node_id": 5, "lat": 51.0, "lon": 35.15},
    {"node_id": 6, "lat": 51.0, "lon": 35.20},
    {"node_id": 7, "lat": 51.0, "lon": 35.25},
]

ROAD_LINKS = [
    {
        "link_id": number, "from_node": start, "to_node": end, "highway": "secondary",
        "maxspeed_kmh": 60, "surface": "asphalt",
    }
    for number, (start, end) in enumerate([(1, 2), (2, 3), (2, 4), (4, 5), (5, 6), (6, 7)], 1)
]  # fmt: skip

CROSSINGS = [
    {
        "crossing_id": "gate", "place_id": "gate", "from_side": "A", "to_side": "B", "lanes": 1,
        "screening_vehicle_s": 60, "screening_seated_s": 30, "screening_wheelchair_s": 60,
        "screening_stretcher_s": 120,
    },
]  # fmt: skip

WINDOWS = [
    {
        "window_id": "day1", "crossing_id": "gate", "movement_from": "2025-03-01T05:00:00+00:00",
        "opens_at": "2025-03-01T08:00:00+00:00", "closes_at": "2025-03-01T12:00:00+00:00",
        "margin_min": 30, "state": "exercise",
    },
]  # fmt: skip

VEHICLES = [
    {
        "vehicle_id": "bus_a", "type": "Bus", "vehicle_class": "bus", "depot_id": "depot_a",
        "sides": "A", "seats": 12, "wheelchair_places": 1, "stretcher_places": 1,
        "crew_hours": 10,
    },
    {
        "vehicle_id": "bus_b", "type": "Bus", "vehicle_class": "bus", "depot_id": "depot_b",
        "sides": "B", "seats": 20, "wheelchair_places": 2, "stretcher_places": 1,
        "crew_hours": 12,
    },
]  # fmt: skip

SERVICE = [
    {"kind": "seated", "stop_s": 240, "boarding_s": 60, "alighting_s": 30},
    {"kind": "wheelchair", "stop_s": 240, "boarding_s": 180, "alighting_s": 120},
    {"kind": "stretcher", "stop_s": 240, "boarding_s": 300, "alighting_s": 240},
]


def _household(token: str, place: str, seated: int, **other: object) -> dict[str, object]:
    row: dict[str, object] = {
        "token": token, "place_id": place, "seated": seated, "wheelchair": 0, "stretcher": 0,
        "adults": seated, "children": 0, "priority": 1, "choice": "go", "consent": "yes",
    }  # fmt: skip
    return row | other


HOUSEHOLDS = [
    _household("H-1", "westby", 3),
    _household("H-2", "westby", 2, wheelchair=1, adults=3, priority=2, needs="wheelchair"),
    _household("H-3", "midby", 4, adults=2, children=2),
    _household("H-4", "midby", 1, choice="stay", consent="not_asked"),
    _household("H-5", "northby", 2),
    _household("H-6", "northby", 1, stretcher=1, adults=2, priority=3, needs="stretcher"),
]

TABLES = (
    (schema.PARTIES, PARTIES),
    (schema.PLACES, PLACES),
    (schema.HOUSEHOLDS, HOUSEHOLDS),
    (schema.CROSSINGS, CROSSINGS),
    (schema.WINDOWS, WINDOWS),
    (schema.VEHICLES, VEHICLES),
    (schema.SERVICE, SERVICE),
    (schema.ROAD_NODES, ROAD_NODES),
    (schema.ROAD_LINKS, ROAD_LINKS),
)

DELAYS = DelayModel(
    day_factor=Distribution("lognormal", 1.0, 0.1),
    leg_factor=Distribution("lognormal", 1.0, 0.2),
    boarding_factor=Distribution("gamma", 1.0, 0.3),
    screening_factor=Distribution("gamma", 1.0, 0.3),
    breakdown_probability=0.02,
    breakdown_s=Distribution("lognormal", 3600.0, 0.5),
    collapse_probability_per_window=0.01,
    source="made up for the tests",
)


def _box(west: float, east: float) -> tuple[tuple[tuple[tuple[float, float], ...], ...], ...]:
    south, north = 50.9, 51.1
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return ((ring,),)


CONTROL = tuple(
    ControlArea(f"area_{holder}", holder, polygons, EPOCH - timedelta(days=30), None, "invented")
    for holder, polygons in (("A", _box(34.9, 35.14)), ("B", _box(35.16, 35.4)))
)

HEADER = PackageHeader(
    name="tiny",
    title="Three villages and a crossing",
    kind="exercise",
    timezone="UTC",
    epoch=EPOCH,
    planning_date=EPOCH,
    planning=PlanningRules(need_priority=(("wheelchair", 2), ("stretcher", 3))),
    roads=RoadSource("roads", "Roads drawn by hand for the tests", schematic=True),
)


def build_tiny_scenario(folder: Path) -> Path:
    """Write the tiny scenario into `folder` and return it."""
    for resource, rows in TABLES:
        write_table(folder / resource.path, resource, rows)
    write_control(folder / "control.geojson", CONTROL)
    write_hazards(folder / "hazards.geojson", ())
    write_delays(folder / "delays.toml", DELAYS)
    names = [resource.name for resource, _ in TABLES] + ["control", "hazards", "delays"]
    write_package_json(folder, HEADER, PackageFiles(default_paths(names)))
    return folder


@pytest.fixture
def build_tiny() -> Callable[[Path], Path]:
    """The function that writes the tiny scenario into a folder of the test's choice."""
    return build_tiny_scenario


@pytest.fixture
def tiny_scenario(tmp_path: Path) -> Path:
    """The folder of a small valid scenario of its own; tests may spoil it."""
    return build_tiny_scenario(tmp_path / "tiny")


@pytest.fixture(autouse=True)
def _cache_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep every test out of the user's cache folder."""
    monkeypatch.setenv("SAFEPASSAGE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def shared_data() -> Path:
    """The test data that lies beside the project and is not part of it."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the test data beside the project (../shared/data) is not on this machine")
    return folder


def _load_beside(name: str) -> ModuleType:
    """Import a module that lies beside this file; test folders are no packages."""
    if name not in sys.modules:
        spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def convoy_world() -> ModuleType:
    """The module ``convoy_world``: a hand-made convoy plan and the parts to build others."""
    return _load_beside("convoy_world")


@pytest.fixture
def road_world() -> ModuleType:
    """The module ``road_world``: parts for small road networks, areas and hazards."""
    return _load_beside("road_world")


TOWN_COLUMNS, TOWN_ROWS = 8, 4
TOWN_NAMES = (
    (0, 0, "Aby"),
    (1, 2, "Beby"),
    (2, 1, "Ceby"),
    (3, 3, "Deby"),
    (6, 1, "Eby"),
    (7, 3, "Feby"),
)


def write_town(path: Path, *, named: bool) -> Path:
    """Write an OpenStreetMap extract: a grid of roads, 0.01 degrees apart, rows are secondary."""
    grid = [(column, row) for row in range(TOWN_ROWS) for column in range(TOWN_COLUMNS)]
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", "<osm version='0.6' generator='test'>"]
    for number, (column, row) in enumerate(grid, 1):
        lines.append(
            f"<node id='{number}' version='1' lat='{10 + row / 100}' lon='{20 + column / 100}'/>"
        )
    for number, (column, row, name) in enumerate(TOWN_NAMES if named else (), 1000):
        place = f"lat='{10.001 + row / 100}' lon='{20.001 + column / 100}'"
        tags = f"<tag k='place' v='village'/><tag k='name' v='{name}'/>"
        lines.append(f"<node id='{number}' version='1' {place}>{tags}</node>")
    rows = [
        [row * TOWN_COLUMNS + column + 1 for column in range(TOWN_COLUMNS)]
        for row in range(TOWN_ROWS)
    ]
    columns = [list(nodes) for nodes in zip(*rows, strict=True)]
    roads = [(nodes, "secondary") for nodes in rows] + [(nodes, "residential") for nodes in columns]
    for number, (nodes, highway) in enumerate(roads, 5000):
        refs = "".join(f"<nd ref='{node}'/>" for node in nodes)
        tag = f"<tag k='highway' v='{highway}'/>"
        lines.append(f"<way id='{number}' version='1'>{refs}{tag}</way>")
    path.write_text("\n".join([*lines, "</osm>", ""]), encoding="utf-8")
    return path


@pytest.fixture
def town_extract(tmp_path: Path) -> Path:
    """An extract of a small made-up district with six villages."""
    return write_town(tmp_path / "town.osm", named=True)


@pytest.fixture
def nameless_extract(tmp_path: Path) -> Path:
    """The same roads in an extract that names no settlement."""
    return write_town(tmp_path / "nameless.osm", named=False)


PASSPHRASE = "blue heron, seven bridges"
QUICK = KdfSettings(memory_kib=64, passes=1, lanes=1)


@pytest.fixture
def store_keys() -> Callable[[Path], Keys]:
    """What opens the ring beside a store that `new_store` made; it costs no time."""
    return lambda path: Keys(path.with_name(f"{path.name}.keys"), PASSPHRASE, QUICK)


@pytest.fixture
def new_store(tmp_path: Path, store_keys: Callable[[Path], Keys]) -> Callable[..., RegisterStore]:
    """Make a store ``<name>.store`` whose passphrase costs no time."""

    def make(name: str = "register", copy: str = "") -> RegisterStore:
        path = tmp_path / f"{name}.store"
        return RegisterStore.create(path, store_keys(path), copy)

    return make


@pytest.fixture
def new_store_of_clerk(
    new_store: Callable[..., RegisterStore], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., RegisterStore]:
    """Make stores as `new_store` does, and let commands find the passphrase and the author."""
    monkeypatch.setenv("SAFEPASSAGE_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("SAFEPASSAGE_BY", "clerk-1")
    return new_store
