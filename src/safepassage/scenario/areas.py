"""Control and hazards: GeoJSON features to typed rows (00-scenario §21, §22)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from shapely import MultiPolygon, Polygon
from shapely.validation import explain_validity

from safepassage.core.geo.frame import FULL_TURN, polygons_of
from safepassage.errors import Finding
from safepassage.scenario.cells import CellError, parse_cell
from safepassage.scenario.schema import CARRIED_PREFIX, CLOSURES, HAZARDS, Resource
from safepassage.scenario.strict_json import TwinFieldError, loads
from safepassage.scenario.tables import Table, TypedRow, duplicates, read_text

Position = tuple[float, float]
Ring = tuple[Position, ...]
Rings = tuple[Ring, ...]

POLYGONS = "polygons"
LINE = "line"
"""Keys under which a feature's geometry stands beside its properties."""

_FEWEST_IN_RING = 4
_FEWEST_IN_LINE = 2
_WGS84 = ("CRS84", "4326")
_LATITUDE_LIMIT = 90.0
_LONGITUDE_LIMIT = 180.0
_PAIR = 2


def read_areas(folder: Path, path: str, resource: Resource) -> Table:
    """Read ``control.geojson``, ``hazards.geojson`` or ``closures.geojson``.

    Returns
    -------
    Table
        One row a feature, numbered from 1; `values` holds the properties and the geometry as
        ``polygons`` and ``line`` of (lon, lat) in degrees, WGS 84.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    table = Table(resource, path, header=("feature",), unit="feature")
    text = read_text(table, (folder / path).read_bytes())
    if text is not None:
        for number, feature in enumerate(_features(table, text), 1):
            _read_feature(table, number, feature)
        table.set_aside(duplicates(table))
    return table


def _features(table: Table, text: str) -> list[Any]:
    try:
        document = loads(text)
    except TwinFieldError as error:
        table.note(f"one object names the field '{error}' twice; keep one of the two", 21)
        return []
    except (ValueError, RecursionError) as error:
        table.note(f"is not JSON ({_json_place(error)}); accepted: GeoJSON", 21)
        return []
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        table.note("is not a GeoJSON FeatureCollection; accepted: one with a 'features' list", 21)
        return []
    crs = json.dumps(document.get("crs", _WGS84[0]))
    if not any(name in crs for name in _WGS84):
        table.note("names another coordinate system; accepted: WGS 84, longitude first", 21)
        return []
    return features


def _json_place(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    return "nested too deeply"


def _read_feature(table: Table, number: int, feature: Any) -> None:
    cells = (json.dumps(feature, ensure_ascii=False),)
    is_feature = isinstance(feature, dict) and feature.get("type") == "Feature"
    properties = feature.get("properties") if is_feature else None
    if not isinstance(properties, dict):
        table.note("is not a GeoJSON Feature with properties", 21, row=number)
        table.reject(number, cells, ["Is not a GeoJSON Feature with properties."])
        return
    values, problems = _properties(table, number, properties)
    try:
        geometry, remarks = _place(table.resource, feature.get("geometry"), values)
    except CellError as error:
        problems.append(table.note(str(error), 22, row=number))
    else:
        values |= geometry
        for remark in remarks:
            table.warn(remark, 21, row=number)
    if problems:
        table.reject(number, cells, [f"{problem.message}." for problem in problems])
    else:
        table.rows.append(TypedRow(number, cells, values, _carried(properties)))


_WITH_LINES = (HAZARDS, CLOSURES)
_INSTEAD_OF_GEOMETRY = ("way_ids", "place_id")
"""Properties that say where a feature without a geometry lies (RFC 7946 §3.2 allows none)."""


def _place(
    resource: Resource, geometry: Any, values: Mapping[str, object]
) -> tuple[dict[str, object], list[str]]:
    """Return where a feature lies; by its properties where it may have no geometry."""
    named = [name for name in _INSTEAD_OF_GEOMETRY if values.get(name)]
    if not named or resource not in _WITH_LINES:
        return read_geometry(geometry, lines=resource in _WITH_LINES)
    if geometry is not None or len(named) > 1:
        found = " and ".join([*(["a geometry"] if geometry is not None else []), *named])
        raise CellError(f"says twice where it lies ({found}); accepted: one of them")
    return {POLYGONS: (), LINE: ()}, []


def _properties(
    table: Table, number: int, properties: Mapping[str, Any]
) -> tuple[dict[str, object], list[Finding]]:
    values: dict[str, object] = {}
    problems: list[Finding] = []
    for column in table.resource.columns:
        try:
            values[column.name] = parse_cell(_cell(properties.get(column.name)), column)
        except CellError as error:
            problems.append(table.note(str(error), 21, row=number, column=column.name))
    known = [column.name for column in table.resource.columns]
    for name in properties:
        if table.resource is HAZARDS and name in _ATTRIBUTION:
            message = "says whose it is: a hazard is never attributed to anybody. It was not read"
            table.note(message, 25, row=number, column=name)
        elif name not in known and not name.startswith(CARRIED_PREFIX):
            message = (
                f"is not a property of this file; accepted: {', '.join(known)}, "
                f"or a name that starts with '{CARRIED_PREFIX}'. It was not read"
            )
            table.note(message, 9, row=number, column=name)
    return values, problems


_ATTRIBUTION = frozenset({
    "attributed_to", "by", "force", "holder", "laid_by", "party", "perpetrator", "side", "unit",
})  # fmt: skip
"""Properties that would make a map of dangers one of forces (docs/spec/03-corridor.md §57)."""


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return ";".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _carried(properties: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, json.dumps(value, ensure_ascii=False))
        for name, value in properties.items()
        if name.startswith(CARRIED_PREFIX)
    )


def read_geometry(geometry: Any, *, lines: bool) -> tuple[dict[str, object], list[str]]:
    """Return a feature's geometry and remarks on it.

    Parameters
    ----------
    geometry
        GeoJSON geometry (RFC 7946 section 3.1).
    lines
        Whether a LineString is accepted.

    Raises
    ------
    CellError
        With a sentence, if the geometry cannot be used.
    """
    accepted = ("Polygon", "MultiPolygon", *(("LineString",) if lines else ()))
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in accepted:
        found = f"a {kind}" if isinstance(kind, str) else "no geometry"
        raise CellError(f"has {found}; accepted: {', '.join(accepted)}")
    remarks: dict[str, None] = {}
    coordinates = geometry.get("coordinates")
    if kind == "LineString":
        line = _positions(coordinates, remarks, _FEWEST_IN_LINE)
        return {POLYGONS: (), LINE: line}, list(remarks)
    parts = [coordinates] if kind == "Polygon" else _as_list(coordinates)
    polygons = tuple(_polygon(part, remarks) for part in parts)
    if any(_leaps(ring) for rings in polygons for ring in rings):
        remarks["crosses the antimeridian; it was cut there, as RFC 7946 §3.1.9 asks"] = None
        polygons = _cut(polygons)
    _check_valid(polygons)
    return {POLYGONS: polygons, LINE: ()}, list(remarks)


def _leaps(ring: Ring) -> bool:
    """Return whether two neighbours are further apart than half a turn: the other way is meant."""
    return any(abs(east - west) > _LONGITUDE_LIMIT for (west, _), (east, _) in pairwise(ring))


def _cut(polygons: tuple[Rings, ...]) -> tuple[Rings, ...]:
    """Return polygons that cross 180 degrees of longitude as polygons on either side of it."""
    whole = MultiPolygon([
        Polygon(_unrolled(rings[0]), [_unrolled(ring) for ring in rings[1:]]) for rings in polygons
    ])  # fmt: skip
    if not whole.is_valid:
        raise CellError(_invalid(explain_validity(whole)))
    return polygons_of(whole)


def _unrolled(ring: Ring) -> Ring:
    """Return a ring without leaps; its longitudes may pass 180."""
    lon = [ring[0][0]]
    for here, _ in ring[1:]:
        lon.append(here - FULL_TURN * round((here - lon[-1]) / FULL_TURN))
    return tuple(zip(lon, (lat for _, lat in ring), strict=True))


def _polygon(part: Any, remarks: dict[str, None]) -> Rings:
    rings = tuple(_ring(ring, remarks) for ring in _as_list(part))
    if not rings:
        raise CellError("has a polygon without a ring")
    return rings


def _ring(ring: Any, remarks: dict[str, None]) -> Ring:
    positions = _positions(ring, remarks, _FEWEST_IN_RING - 1)
    if positions[0] != positions[-1]:
        remarks["has a ring that does not end where it starts; it was closed"] = None
        positions = (*positions, positions[0])
    if len(positions) < _FEWEST_IN_RING:
        raise CellError(f"has a ring of fewer than {_FEWEST_IN_RING} positions, which has no area")
    return positions


def _positions(values: Any, remarks: dict[str, None], fewest: int) -> Ring:
    positions = tuple(_position(value, remarks) for value in _as_list(values))
    if len(positions) < fewest:
        raise CellError(f"has {len(positions)} positions where at least {fewest} are needed")
    return positions


def _position(value: Any, remarks: dict[str, None]) -> Position:
    numbers = list(_numbers(value))
    if len(numbers) < _PAIR:
        raise CellError("has a position that is not a pair of numbers [longitude, latitude]")
    lon, lat = numbers[:2]
    if len(numbers) > _PAIR:
        remarks["has heights; they were not read"] = None
    if abs(lat) > _LATITUDE_LIMIT or abs(lon) > _LONGITUDE_LIMIT:
        swapped = abs(lon) <= _LATITUDE_LIMIT and abs(lat) <= _LONGITUDE_LIMIT
        hint = "; latitude and longitude are probably swapped" if swapped else ""
        raise CellError(
            f"has the position [{lon:g}, {lat:g}], which is not on Earth; accepted: "
            f"[longitude -180 to 180, latitude -90 to 90]{hint}"
        )
    return lon, lat


def _numbers(value: Any) -> Iterator[float]:
    for item in _as_list(value):
        if isinstance(item, bool) or not isinstance(item, int | float) or not math.isfinite(item):
            raise CellError("has a position that is not a pair of numbers [longitude, latitude]")
        yield float(item)


def _as_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise CellError("has coordinates that are not nested as GeoJSON asks (RFC 7946)")
    return value


def _check_valid(polygons: tuple[Rings, ...]) -> None:
    shape = MultiPolygon([Polygon(rings[0], rings[1:]) for rings in polygons])
    if shape.is_empty:
        raise CellError("has a MultiPolygon without polygons")
    if not shape.is_valid:
        raise CellError(_invalid(explain_validity(shape)))


def _invalid(explanation: str) -> str:
    """Turn GEOS's explanation, such as ``Self-intersection[35.1 51.2]``, into a sentence."""
    fault, _, place = explanation.partition("[")
    numbers = re.findall(r"-?\d+\.?\d*(?:[eE][+-]?\d+)?", place)
    where = f" at longitude {numbers[0]}, latitude {numbers[1]}" if len(numbers) > 1 else ""
    if "elf-intersection" in fault:
        return f"has an outline that crosses itself{where}; redraw it there"
    return f"is not a valid area ({fault.strip().lower()}){where}; redraw it"
