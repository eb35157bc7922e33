r"""Write a scenario folder: the same objects always give the same bytes.

Tables are UTF-8 without byte order mark, comma-separated, with ``\n`` line ends and every column
of the schema in its order. Cells are written as they are: a scenario file is read by programs, so
text that a spreadsheet would take for a formula is neither changed nor lost; the reader warns of
it, and the reject files, which are made to be opened in a spreadsheet, escape it
(:mod:`safepassage.scenario.rejects`).
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from safepassage.core.corridor.hazards import HazardTerms
from safepassage.scenario.areas_writer import (
    write_closures,
    write_control,
    write_delays,
    write_hazards,
)
from safepassage.scenario.package import (
    CLOSURES_PATH,
    CONTROL_PATH,
    DELAYS_PATH,
    EXTRACT_SUFFIXES,
    HAZARDS_PATH,
    LIST_PREFIX,
    OTHER_RESOURCES,
    PACKAGE_FILE,
    ROAD_TABLES,
    PackageFiles,
    PackageHeader,
)
from safepassage.scenario.rows import rows_of
from safepassage.scenario.schema import (
    CARRIED_PREFIX,
    RESOURCES,
    ROAD_LINKS,
    ROAD_NODES,
    Column,
    Resource,
)
from safepassage.scenario.types import PlanningRules, RoadSource, Scenario, SourceList

Row = Mapping[str, object]
"""One row as column name to value; see :func:`cell_text` for what a value may be."""


@dataclass(frozen=True, slots=True)
class DrawnRoads:
    """Rows of a hand-made road network, for ``roads/nodes.csv`` and ``roads/links.csv``."""

    nodes: tuple[Row, ...]
    links: tuple[Row, ...]


def write_scenario(
    scenario: Scenario,
    folder: Path,
    *,
    lists: Mapping[str, str | bytes] | None = None,
    roads: Path | DrawnRoads | None = None,
) -> Path:
    """Write a whole scenario folder and return it.

    Reading the folder gives the scenario back, its `folder` and `digest` apart.

    Parameters
    ----------
    folder
        Is made if needed. Files of a scenario that stand there already are overwritten.
    lists
        Path in the scenario to the file's text (written as UTF-8) or bytes (written as they are).
        Lists without an entry are copied from ``scenario.folder``.
    roads
        An OSM extract, a folder with ``nodes.csv`` and ``links.csv``, or rows, to stand at
        ``scenario.roads.path``. None copies them from ``scenario.folder``.

    Raises
    ------
    FileNotFoundError
        If a list or the roads are neither given nor in ``scenario.folder``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = _write_tables(scenario, folder) + _write_areas(scenario, folder)
    _write_lists(scenario, folder, lists or {})
    _write_roads(scenario, folder, roads)
    carried = tuple(
        (name, text) for file, _, name, text in scenario.carried if file == PACKAGE_FILE
    )
    for name, text in carried:
        if name == "resources":
            _copy(scenario.folder, folder, json.loads(text)["path"])
    paths = default_paths(names) + _road_paths(scenario.roads)
    files = PackageFiles(paths, scenario.lists, carried)
    write_package_json(folder, header_of(scenario), files)
    return folder


def _road_paths(roads: RoadSource | None) -> tuple[tuple[str, str], ...]:
    if roads is None or roads.path.endswith(EXTRACT_SUFFIXES):
        return ()
    folder = roads.path.rstrip("/")
    return tuple((name, f"{folder}/{file}") for name, file in ROAD_TABLES.items())


def header_of(scenario: Scenario) -> PackageHeader:
    """Return the head of a scenario."""
    return PackageHeader(
        name=scenario.name,
        title=scenario.title,
        kind=scenario.kind,
        timezone=scenario.timezone,
        epoch=scenario.epoch,
        planning_date=scenario.planning_date,
        languages=scenario.languages,
        planning=scenario.planning,
        roads=scenario.roads,
        schema_version=scenario.schema_version,
    )


def _write_tables(scenario: Scenario, folder: Path) -> list[str]:
    tables = rows_of(scenario)
    for file, row, column, text in scenario.carried:
        name = next((item.name for item in RESOURCES if item.path == file), None)
        if name in tables:
            tables[name][row - 2][column] = text
    for resource in RESOURCES:
        if resource.name in tables:
            write_table(folder / resource.path, resource, tables[resource.name])
    return [resource.name for resource in RESOURCES if resource.name in tables]


def _write_areas(scenario: Scenario, folder: Path) -> list[str]:
    names = []
    if scenario.control:
        write_control(folder / CONTROL_PATH, scenario.control, _carried(scenario, CONTROL_PATH))
        names.append("control")
    if scenario.hazards:
        write_hazards(folder / HAZARDS_PATH, scenario.hazards, _carried(scenario, HAZARDS_PATH))
        names.append("hazards")
    if scenario.closures:
        write_closures(folder / CLOSURES_PATH, scenario.closures, _carried(scenario, CLOSURES_PATH))
        names.append("closures")
    if scenario.delays:
        write_delays(folder / DELAYS_PATH, scenario.delays)
        names.append("delays")
    return names


def _carried(scenario: Scenario, path: str) -> dict[int, dict[str, Any]]:
    features: dict[int, dict[str, Any]] = {}
    for file, number, name, text in scenario.carried:
        if file == path:
            features.setdefault(number, {})[name] = json.loads(text)
    return features


def _write_lists(scenario: Scenario, folder: Path, lists: Mapping[str, str | bytes]) -> None:
    for source in scenario.lists:
        content = lists.get(source.path)
        if content is None:
            _copy(scenario.folder, folder, source.path)
            continue
        path = folder / source.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def _write_roads(scenario: Scenario, folder: Path, roads: Path | DrawnRoads | None) -> None:
    if scenario.roads is None:
        return
    path = scenario.roads.path
    if isinstance(roads, DrawnRoads):
        write_table(folder / path / ROAD_TABLES[ROAD_NODES.name], ROAD_NODES, roads.nodes)
        write_table(folder / path / ROAD_TABLES[ROAD_LINKS.name], ROAD_LINKS, roads.links)
        return
    source = roads if roads is not None else scenario.folder / path
    if source.is_dir():
        for file in ROAD_TABLES.values():
            _copy(source, folder / path, file)
    else:
        _copy_file(source, folder / path)


def _copy(source: Path, target: Path, path: str) -> None:
    _copy_file(source / path, target / path)


def _copy_file(source: Path, target: Path) -> None:
    if target.exists() and source.samefile(target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def write_table(path: Path, resource: Resource, rows: Iterable[Row]) -> None:
    """Write one table of the schema; missing cells are left empty.

    Parameters
    ----------
    path
        File to write; its folder is made.
    rows
        Column name to value. Keys are columns of `resource` or start with ``x_``.

    Raises
    ------
    ValueError
        If a row has a key that is neither: it would be lost.
    """
    rows = list(rows)
    columns = _columns(resource, rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell_text(row.get(name)) for name in columns] for row in rows)


def _columns(resource: Resource, rows: Sequence[Row]) -> list[str]:
    known = [column.name for column in resource.columns]
    extra = dict.fromkeys(name for row in rows for name in row if name not in known)
    unknown = [name for name in extra if not name.startswith(CARRIED_PREFIX)]
    if unknown:
        raise ValueError(f"{resource.path} has no column {', '.join(unknown)}")
    return known + list(extra)


def cell_text(value: object) -> str:
    """Return a value as it stands in a cell.

    Examples
    --------
    >>> cell_text(None), cell_text(True), cell_text(2.0), cell_text(("a", "b"))
    ('', 'yes', '2', 'a;b')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return ";".join(sorted(str(item) for item in value))
    if isinstance(value, tuple | list):
        return ";".join(str(item) for item in value)
    return str(value)


def write_package_json(folder: Path, header: PackageHeader, files: PackageFiles) -> None:
    """Write ``datapackage.json``.

    Parameters
    ----------
    folder
        Scenario folder; it is made.
    files
        Which tables and lists the folder holds; see :func:`default_paths`. Write the tables first:
        their ``x_`` columns are then described as well.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "profile": "data-package",
        "name": header.name,
        "title": header.title,
        "resources": [_resource_json(folder, name, path) for name, path in files.paths]
        + [_list_json(source) for source in files.lists]
        + [json.loads(text) for name, text in files.carried if name == "resources"],
        "safepassage": _header_json(header),
    }
    document |= {name: json.loads(text) for name, text in files.carried if name != "resources"}
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    (folder / PACKAGE_FILE).write_text(text + "\n", encoding="utf-8", newline="\n")


def default_paths(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return (resource name, default path) pairs for :class:`PackageFiles`.

    Parameters
    ----------
    names
        Resource names of the schema, ``"control"``, ``"hazards"``, ``"closures"`` or
        ``"delays"``.
    """
    known = {resource.name: resource.path for resource in RESOURCES} | OTHER_RESOURCES
    return tuple((name, known[name]) for name in names)


def _header_json(header: PackageHeader) -> dict[str, Any]:
    return {
        "schema_version": header.schema_version,
        "kind": header.kind,
        "timezone": header.timezone,
        "languages": list(header.languages),
        "epoch": header.epoch.isoformat(),
        "planning_date": header.planning_date.isoformat(),
        "planning": _planning_json(header.planning),
        "roads": _roads_json(header.roads),
    }


def _planning_json(planning: PlanningRules) -> dict[str, Any]:
    return {
        "need_priority": dict(planning.need_priority),
        "max_aboard_s": planning.max_aboard_s,
        "risk_weight_s": planning.risk_weight_s,
        "snap_limit_m": planning.snap_limit_m,
        "settlement_reach_m": planning.settlement_reach_m,
        "hazard_age_limit": planning.hazard_age_limit,
        "hazards": {item.kind.value: _terms_json(item) for item in planning.hazards},
    }


def _terms_json(terms: HazardTerms) -> dict[str, Any]:
    return {
        "weight_per_h": terms.weight_per_h,
        "doubling_days": terms.doubling_days,
        "half_life_days": terms.half_life_days,
        "source": terms.source,
    }


def _roads_json(roads: RoadSource | None) -> dict[str, Any] | None:
    if roads is None:
        return None
    return {"path": roads.path, "attribution": roads.attribution, "schematic": roads.schematic}


def _resource_json(folder: Path, name: str, path: str) -> dict[str, Any]:
    table = next((resource for resource in RESOURCES if resource.name == name), None)
    if table is None:
        return {"name": name, "path": path}
    return {
        "name": name,
        "path": path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "encoding": "utf-8",
        "schema": _schema_json(table, _carried_columns(folder / path)),
    }


def _carried_columns(path: Path) -> list[str]:
    """Return the ``x_`` columns of a table that has been written already."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
    return [name for name in header if name.startswith(CARRIED_PREFIX)]


_FRICTIONLESS_TYPES = {
    "int": "integer",
    "number": "number",
    "lat": "number",
    "lon": "number",
    "yes_no": "boolean",
    "date": "date",
}
_DEGREES = {"lat": 90, "lon": 180}


def _schema_json(table: Resource, carried: list[str]) -> dict[str, Any]:
    fields = [_field_json(column, table.key) for column in table.columns]
    fields += [{"name": name, "type": "string"} for name in carried]
    schema: dict[str, Any] = {"fields": fields}
    if table.key:
        schema["primaryKey"] = table.key
    return schema


def _field_json(column: Column, key: str) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _FRICTIONLESS_TYPES.get(column.kind, "string"),
        "description": column.meaning,
    }
    if column.kind == "yes_no":
        field |= {"trueValues": ["yes"], "falseValues": ["no"]}
    constraints = _constraints_json(column, key)
    return field | ({"constraints": constraints} if constraints else {})


def _constraints_json(column: Column, key: str) -> dict[str, Any]:
    limit = _DEGREES.get(column.kind)
    low = column.minimum if limit is None else -limit
    high = column.maximum if limit is None else limit
    candidates = {
        "required": column.required or None,
        "unique": column.name == key or None,
        "enum": list(column.choices) if column.choices and column.kind == "text" else None,
        "minimum": low,
        "maximum": high,
    }
    return {name: value for name, value in candidates.items() if value is not None}


def _list_json(source: SourceList) -> dict[str, Any]:
    return {
        "name": LIST_PREFIX + _slug(source.list_id),
        "title": source.title,
        "path": source.path,
        "safepassage": {
            "list_id": source.list_id,
            "mapping": dict(source.mapping),
            "compiled_by": source.compiled_by,
            "received_on": source.received_on,
            "as_of": source.as_of,
            "encoding": source.encoding,
            "delimiter": source.delimiter,
            "asks_choice": source.asks_choice,
        },
    }


def _slug(list_id: str) -> str:
    """Return the id in the characters that Data Package allows in a name."""
    return re.sub(r"[^a-z0-9._-]", lambda match: f"{ord(match.group()):x}", list_id.lower())
