"""From any OpenStreetMap extract to a scenario that can be planned at once and edited from there.

The rules are docs/spec/00-scenario.md §42 and §43. Everything that a person has to decide is a
placeholder that says so: who holds what, where the crossing is, who is to be carried.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from safepassage.adapters.osm import import_osm, settlements
from safepassage.adapters.skeleton_ground import Bools, Box, Division, divide, spread_out
from safepassage.adapters.skeleton_readme import readme
from safepassage.adapters.skeleton_rows import (
    DELAYS,
    FAR,
    NEAR,
    NEED_PRIORITY,
    PARTIES,
    PROCEDURE,
    SCREENING,
    SERVICE,
    fleet_profiles,
    household_rows,
    vehicle_rows,
)
from safepassage.core.corridor.snap import nearest_nodes
from safepassage.core.corridor.types import ControlArea, Place, RoadNetwork
from safepassage.errors import UsageError
from safepassage.scenario import schema
from safepassage.scenario.areas_writer import write_control, write_delays, write_hazards
from safepassage.scenario.package import (
    CONTROL_PATH,
    DELAYS_PATH,
    EXTRACT_SUFFIXES,
    HAZARDS_PATH,
    PackageFiles,
    PackageHeader,
)
from safepassage.scenario.types import PlanningRules, RoadSource
from safepassage.scenario.writer import default_paths, write_package_json, write_table

MOST_SETTLEMENTS = 60
FEWEST_PICK_UPS = 4
JUNCTION_PICK_UPS = 8
SNAP_LIMIT_M = 2000.0

Report = Callable[[float, float, str], None]
Row = dict[str, Any]

_NOT_A_NAME = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What was made.

    Parameters
    ----------
    settlements, pick_ups, households
        How many.
    notes
        Sentences that the user should read before editing.
    """

    folder: Path
    settlements: int
    pick_ups: int
    households: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """The extract, divided: what the rows are made from."""

    network: RoadNetwork
    division: Division
    settled: tuple[Place, ...]
    near_spots: tuple[tuple[int, str], ...]
    far_spots: tuple[tuple[int, str], ...]


def init_scenario(
    folder: Path,
    roads: Path,
    *,
    day: date,
    timezone: str = "UTC",
    households: int = 40,
    force: bool = False,
    progress: Report | None = None,
) -> Skeleton:
    """Write a scenario that can be planned at once over the roads of an extract.

    Parameters
    ----------
    folder
        To be made; one with files in it is refused unless `force`.
    roads
        An OpenStreetMap extract; it is copied into the folder.
    day
        Day of the window of silence.
    timezone
        IANA name of the local time of the operation.
    households
        How many invented households to put at the pick-ups.

    Raises
    ------
    UsageError
        If the folder holds files already, the extract has another name, or the time zone is
        unknown.
    InputError
        If the extract cannot be read.
    InfeasibleError
        If its roads cannot be divided into two connected sides.
    """
    suffix = _check_call(folder, roads, timezone, households, force)
    report = progress or _silent
    network = import_osm(roads, report)
    report(3, 5, "dividing the ground")
    ground, notes = _survey(network, settlements(roads))
    report(4, 5, "writing")
    path = f"roads/extract{suffix}"
    (folder / "roads").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(roads, folder / path)
    midnight = datetime.combine(day, time(), ZoneInfo(timezone))
    header = _header(folder, network, path, timezone, midnight)
    pick_ups = _write(folder, ground, header, midnight, households)
    text = readme(header, roads.name, notes, drawn=len(pick_ups))
    (folder / "README.txt").write_text(text, encoding="utf-8", newline="\n")
    report(5, 5, "done")
    return Skeleton(folder, len(ground.settled), len(pick_ups), households, notes)


def _silent(done: float, total: float, text: str) -> None:
    """Take a report of progress that nobody watches."""


def _check_call(folder: Path, roads: Path, timezone: str, households: int, force: bool) -> str:
    """Return the extract's suffix if the call can be carried out."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder that is to be made.")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise UsageError(f"{folder} holds files already; name a new folder or add --force.")
    suffix = next((item for item in EXTRACT_SUFFIXES if roads.name.endswith(item)), None)
    if suffix is None:
        raise UsageError(
            f"{roads.name} is not named like an OpenStreetMap extract; "
            f"accepted: {', '.join(EXTRACT_SUFFIXES)}."
        )
    if folder.is_dir() and roads.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{roads} lies in the scenario folder; keep the extract elsewhere.")
    if households < 1:
        raise UsageError("--households is below 1; at least one sample household is needed.")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"'{timezone}' is not a time zone; write e.g. Europe/Kyiv or UTC."
        ) from None
    return suffix


def _survey(network: RoadNetwork, found: tuple[Place, ...]) -> tuple[_Ground, tuple[str, ...]]:
    """Divide the ground and choose the spots on each side; return notes for the user as well."""
    division = divide(network, fleet_profiles())
    largest = sorted(found, key=lambda place: -(place.population or 0))[:MOST_SETTLEMENTS]
    sides = (_spots(network, division.near_nodes, division.near, largest),
             _spots(network, division.far_nodes, division.far, largest))  # fmt: skip
    notes = []
    if len(found) > MOST_SETTLEMENTS:
        notes.append(
            f"The extract names {len(found)} settlements; the {MOST_SETTLEMENTS} with the most "
            "inhabitants were taken."
        )
    filled = []
    for side, spots, nodes, fewest in (
        (NEAR, sides[0], division.near_nodes, FEWEST_PICK_UPS),
        (FAR, sides[1], division.far_nodes, 1),
    ):
        if len(spots) < fewest:
            notes.append(
                f"Side {side} has {len(spots)} named settlements on connected roads; main-road "
                "junctions spread over it were taken as well. Replace them by real places."
            )
            spots += _junctions(network, nodes, spots, JUNCTION_PICK_UPS if fewest > 1 else 2)
        filled.append(tuple(spots))
    ground = _Ground(network, division, tuple(largest), filled[0], filled[1])
    return ground, tuple(notes)


def _spots(
    network: RoadNetwork,
    nodes: Bools,
    box: Box,
    places: Sequence[Place],
) -> list[tuple[int, str]]:
    """Return (node, name) of the nearest usable junction of each settlement, each node once."""
    lon = np.array([place.lon for place in places], dtype=np.float64)
    lat = np.array([place.lat for place in places], dtype=np.float64)
    if not places:
        return []
    inside = box.holds(lon, lat)
    node, distance_m = nearest_nodes(network, nodes, lon, lat)
    spots: dict[int, str] = {}
    for index, place in enumerate(places):
        if inside[index] and distance_m[index] <= SNAP_LIMIT_M:
            spots.setdefault(int(node[index]), place.name)
    return list(spots.items())


def _junctions(
    network: RoadNetwork,
    nodes: Bools,
    taken: list[tuple[int, str]],
    count: int,
) -> list[tuple[int, str]]:
    used = {node for node, _ in taken}
    fresh = [node for node in spread_out(network, nodes, count) if node not in used]
    return [(node, f"Junction {number}") for number, node in enumerate(fresh, 1)]


def _header(
    folder: Path, network: RoadNetwork, path: str, timezone: str, midnight: datetime
) -> PackageHeader:
    name = _NOT_A_NAME.sub("-", folder.resolve().name.lower()).strip("-.") or "scenario"
    return PackageHeader(
        name=name,
        title=f"{folder.resolve().name}: a scenario to be edited",
        kind="exercise",
        timezone=timezone,
        epoch=midnight,
        planning_date=midnight,
        planning=PlanningRules(need_priority=NEED_PRIORITY, snap_limit_m=SNAP_LIMIT_M),
        roads=RoadSource(path, network.attribution),
    )


def _write(
    folder: Path, ground: _Ground, header: PackageHeader, midnight: datetime, households: int
) -> tuple[str, ...]:
    """Write every file of the scenario and return the ids of the pick-ups."""
    pick_ups = _pick_up_rows(ground)
    depots = {NEAR: "depot_a", FAR: "depot_b"}
    ids = tuple(row["place_id"] for row in pick_ups)
    tables: dict[schema.Resource, Sequence[Row]] = {
        schema.PARTIES: PARTIES,
        schema.PLACES: [*_settlement_rows(ground), *pick_ups, *_service_places(ground)],
        schema.CLAIMS: (),
        schema.STATEMENTS: (),
        schema.HOUSEHOLDS: list(household_rows(ids, households)),
        schema.CROSSINGS: [_crossing_row()],
        schema.WINDOWS: [_window_row(midnight)],
        schema.VEHICLES: list(vehicle_rows(depots)),
        schema.SERVICE: SERVICE,
        schema.PROCEDURE: PROCEDURE,
    }
    for resource, rows in tables.items():
        write_table(folder / resource.path, resource, rows)
    write_control(folder / CONTROL_PATH, _control(ground.division, midnight))
    write_hazards(folder / HAZARDS_PATH, ())
    write_delays(folder / DELAYS_PATH, DELAYS)
    names = [resource.name for resource in tables] + ["control", "hazards", "delays"]
    write_package_json(folder, header, PackageFiles(default_paths(names)))
    return ids


def _settlement_rows(ground: _Ground) -> list[Row]:
    return [
        {
            "place_id": place.place_id,
            "name": place.name,
            "name_local": place.name_local,
            "kind": "settlement",
            "lat": place.lat,
            "lon": place.lon,
            "population": place.population,
            "source": place.source,
        }
        for place in ground.settled
    ]


def _spot_name(name: str) -> str:
    return f"Assembly point {name} (edit)"


def _pick_up_rows(ground: _Ground) -> list[Row]:
    return [
        _place_row(ground.network, node, f"pickup_{number}", _spot_name(name), "assembly_point")
        for number, (node, name) in enumerate(ground.near_spots, 1)
    ]


def _service_places(ground: _Ground) -> list[Row]:
    """Return depots, crossing and reception centre at the spots of the largest settlements."""
    near, far = ground.near_spots[0], ground.far_spots[0]
    depot_b = ground.far_spots[-1]
    network = ground.network
    centre = _place_row(
        network, far[0], "centre_1", f"Reception centre {far[1]} (edit)", "reception_centre"
    )
    return [
        _place_row(network, near[0], "depot_a", f"Depot A, {near[1]} (edit)", "depot")
        | {"side": NEAR},
        _place_row(network, depot_b[0], "depot_b", f"Depot B, {depot_b[1]} (edit)", "depot")
        | {"side": FAR},
        _place_row(network, ground.division.crossing, "crossing_1", "Crossing (edit)", "crossing"),
        centre | {"side": FAR, "capacity": 500, "capacity_accessible": 60},
    ]


def _place_row(network: RoadNetwork, node: int, place_id: str, name: str, kind: str) -> Row:
    return {
        "place_id": place_id,
        "name": name,
        "kind": kind,
        "lat": float(network.node_lat[node]),
        "lon": float(network.node_lon[node]),
        "source": "suggested by safepassage scenario init; check on the ground",
    }


def _crossing_row() -> Row:
    sides = {"from_side": NEAR, "to_side": FAR}
    return {"crossing_id": "crossing_1", "place_id": "crossing_1"} | sides | SCREENING


def _window_row(midnight: datetime) -> Row:
    def at(hour: int) -> str:
        return midnight.replace(hour=hour).isoformat()

    return {
        "window_id": "window_1",
        "crossing_id": "crossing_1",
        "movement_from": at(5),
        "opens_at": at(8),
        "closes_at": at(16),
        "margin_min": 30,
        "state": "exercise",
        "source": "suggested by safepassage scenario init; replace by what was agreed",
    }


def _control(division: Division, midnight: datetime) -> tuple[ControlArea, ...]:
    source = "PLACEHOLDER of safepassage scenario init: a straight line, not a fact. Redraw it."
    area = ControlArea("", "", (), midnight - timedelta(days=1), None, source)
    return tuple(
        replace(area, area_id=f"placeholder_{side.lower()}", holder=side, polygons=(_ring(box),))
        for side, box in ((NEAR, division.near), (FAR, division.far))
    )


def _ring(box: Box) -> tuple[tuple[tuple[float, float], ...], ...]:
    west, south, east, north = (
        round(value, 5) for value in (box.west, box.south, box.east, box.north)
    )
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return (corners,)
