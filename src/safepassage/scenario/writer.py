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
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from safepassage.scenario.package import (
    LIST_PREFIX,
    OTHER_RESOURCES,
    PACKAGE_FILE,
    PackageFiles,
    PackageHeader,
)
from safepassage.scenario.schema import CARRIED_PREFIX, RESOURCES, Column, Resource
from safepassage.scenario.types import PlanningRules, RoadSource, SourceList

Row = Mapping[str, object]
"""One row as column name to value; see :func:`cell_text` for what a value may be."""


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
        Which tables and lists the folder holds; see :func:`default_paths`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "profile": "data-package",
        "name": header.name,
        "title": header.title,
        "resources": [_resource_json(name, path) for name, path in files.paths]
        + [_list_json(source) for source in files.lists]
        + [json.loads(text) for text in files.carried],
        "safepassage": _header_json(header),
    }
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    (folder / PACKAGE_FILE).write_text(text + "\n", encoding="utf-8", newline="\n")


def default_paths(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return (resource name, default path) pairs for :class:`PackageFiles`.

    Parameters
    ----------
    names
        Resource names of the schema, ``"control"``, ``"hazards"`` or ``"delays"``.
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
    }


def _roads_json(roads: RoadSource | None) -> dict[str, Any] | None:
    if roads is None:
        return None
    return {"path": roads.path, "attribution": roads.attribution, "schematic": roads.schematic}


def _resource_json(name: str, path: str) -> dict[str, Any]:
    table = next((resource for resource in RESOURCES if resource.name == name), None)
    if table is None:
        return {"name": name, "path": path}
    return {
        "name": name,
        "path": path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "encoding": "utf-8",
        "schema": _schema_json(table),
    }


_FRICTIONLESS_TYPES = {
    "int": "integer",
    "number": "number",
    "lat": "number",
    "lon": "number",
    "yes_no": "boolean",
    "date": "date",
}
_DEGREES = {"lat": 90, "lon": 180}


def _schema_json(table: Resource) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field_json(column, table.key) for column in table.columns]
    }
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
