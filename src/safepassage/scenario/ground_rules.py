"""Where things lie: latitude and longitude exchanged, ground held by two (00-scenario §18-§24)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median
from typing import Any

from safepassage.core.corridor.control import held_twice
from safepassage.errors import Finding, Severity
from safepassage.scenario.areas import LINE, POLYGONS, Position
from safepassage.scenario.build import build_control
from safepassage.scenario.tables import TypedRow
from safepassage.scenario.world import RowProblem, World, problem

FAR_KM = 500.0
"""Further than this from the other places a place is doubted: no corridor is that long."""

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (Moritz 2000, Geodetic Reference System 1980)."""

_FEWEST_FOR_MEDIAN = 3
_ON_ROADS = frozenset({"crossing", "depot", "reception_centre"})


def swapped_places(world: World) -> Iterator[RowProblem]:
    """Yield places and road nodes that lie near the others only with exchanged coordinates."""
    for resource in ("places", "road_nodes", "settlement_control"):
        rows = world.rows(resource)
        centre = middle([_position(typed) for typed in rows])
        for typed in rows if centre else ():
            lon, lat = _position(typed)
            if centre is not None and is_swapped((lon, lat), centre):
                message = (
                    f"latitude {lat:g} and longitude {lon:g} are probably swapped: the row lies "
                    f"{distance_km((lon, lat), centre):,.0f} km from the others as it stands and "
                    f"{distance_km((lat, lon), centre):,.0f} km when they are exchanged"
                )
                yield problem(world, resource, typed, message, 18, "lat")


def swapped_areas(world: World) -> Iterator[RowProblem]:
    """Yield areas that lie near the places only with exchanged coordinates (§23)."""
    centre = middle([_position(typed) for typed in world.rows("places")])
    for resource in ("control", "hazards", "closures") if centre else ():
        for typed in world.rows(resource):
            here = middle(positions(typed), fewest=1)
            if here is not None and centre is not None and is_swapped(here, centre):
                message = (
                    f"lies {distance_km(here, centre):,.0f} km from the places, and "
                    f"{distance_km(here[::-1], centre):,.0f} km with latitude and longitude "
                    "exchanged: here, or in all places, they are probably swapped; GeoJSON writes "
                    "longitude first"
                )
                yield problem(world, resource, typed, message, 23)


def swapped_roads(world: World) -> Iterator[Finding]:
    """Yield an error if all road nodes lie near the places only with exchanged coordinates."""
    nodes = middle([_position(typed) for typed in world.rows("road_nodes")], fewest=1)
    centre = middle([_position(typed) for typed in world.rows("places")])
    if nodes is not None and centre is not None and is_swapped(nodes, centre):
        message = (
            f"the road nodes lie {distance_km(nodes, centre):,.0f} km from the places, and "
            f"{distance_km(nodes[::-1], centre):,.0f} km with lat and lon exchanged: in this file, "
            "or in places.csv, the two columns are probably swapped"
        )
        yield world.tables["road_nodes"].problem(message, 18, column="lat")


def places_off_roads(world: World) -> Iterator[Finding]:
    """Yield errors for crossings, depots and centres that no drawn road comes near (§20)."""
    limit_m = world.header.planning.snap_limit_m
    nodes = [_position(typed) for typed in world.rows("road_nodes")]
    for typed in world.rows("places") if nodes and not any(swapped_roads(world)) else ():
        kind = str(typed.values["kind"])
        nearest_m = min(distance_km(_position(typed), node) for node in nodes) * 1000
        if kind in _ON_ROADS and nearest_m > limit_m:
            message = (
                f"{kind.replace('_', ' ')} '{typed.values['place_id']}' has no road: the nearest "
                f"road node is {nearest_m:,.0f} m away; accepted: at most {limit_m:,.0f} m "
                "(snap_limit_m in datapackage.json)"
            )
            yield world.tables["places"].problem(message, 20, row=typed.row, column="lat")


def far_places(world: World) -> Iterator[Finding]:
    """Yield warnings for places far from all others that are not merely swapped (§18)."""
    rows = world.rows("places")
    centre = middle([_position(typed) for typed in rows])
    for typed in rows if centre else ():
        distance = distance_km(_position(typed), centre) if centre else 0.0
        if distance > FAR_KM:
            message = f"the place lies {distance:,.0f} km from the others; check its coordinates"
            yield world.tables["places"].problem(
                message, 18, row=typed.row, column="lat", severity=Severity.WARNING
            )


def ground_held_twice(world: World) -> Iterator[Finding]:
    """Yield warnings for ground that two parties hold at the same time (§24)."""
    rows = {str(typed.values["area_id"]): typed for typed in world.rows("control")}
    areas = [build_control(typed.values) for typed in rows.values()]
    for clash in held_twice(areas):
        typed = rows[clash.second.area_id]
        yield world.tables["control"].problem(
            clash.sentence(), 24, row=typed.row, severity=Severity.WARNING
        )


def disagreeing_settlements(world: World) -> Iterator[Finding]:
    """Yield warnings for settlements of which one date has two holders, or two positions (§45)."""
    table = world.tables.get("settlement_control")
    said: dict[tuple[Any, ...], TypedRow] = {}
    places: dict[str, TypedRow] = {}
    for typed in table.rows if table else ():
        values: Any = typed.values
        where = (values["settlement"], values["lat"], values["lon"])
        earlier = said.setdefault((*where, values["dated"]), typed)
        first = places.setdefault(values["settlement"], typed)
        if table and earlier.values["held_by"] != values["held_by"]:
            message = (
                f"says '{values['held_by']}' where row {earlier.row} says "
                f"'{earlier.values['held_by']}' of {values['settlement']} on the same date; both "
                "are kept, and nobody is taken to hold it alone"
            )
            yield table.problem(
                message, 45, row=typed.row, column="held_by", severity=Severity.WARNING
            )
        if table and _position(first) != _position(typed):
            apart_km = distance_km(_position(first), _position(typed))
            message = (
                f"{values['settlement']} lies {apart_km:,.1f} km from where row {first.row} puts "
                "it; they count as two settlements"
            )
            yield table.problem(message, 45, row=typed.row, column="lat", severity=Severity.WARNING)


def positions(typed: TypedRow) -> list[Position]:
    """Return every position of a feature's geometry."""
    polygons: Any = typed.values[POLYGONS]
    line: Any = typed.values[LINE]
    return [position for rings in polygons for ring in rings for position in ring] + list(line)


def _position(typed: TypedRow) -> Position:
    values: Any = typed.values
    return values["lon"], values["lat"]


def middle(points: list[Position], fewest: int = _FEWEST_FOR_MEDIAN) -> Position | None:
    """Return the median longitude and latitude, None if there are too few to tell."""
    if len(points) < fewest:
        return None
    return median(lon for lon, _ in points), median(lat for _, lat in points)


def is_swapped(point: Position, centre: Position) -> bool:
    """Return whether a (lon, lat) is far from `centre` as it stands and near when exchanged."""
    lon, lat = point
    can_be = abs(lon) <= 90
    return (
        can_be and distance_km(point, centre) > FAR_KM and distance_km((lat, lon), centre) <= FAR_KM
    )


def distance_km(one: Position, other: Position) -> float:
    """Return the great-circle distance of two (lon, lat) points in kilometres (haversine)."""
    lon1, lat1, lon2, lat2 = (math.radians(value) for value in (*one, *other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))
