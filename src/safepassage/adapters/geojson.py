"""Corridors and areas as GeoJSON (RFC 7946): WGS 84, shells counter-clockwise, attribution inside.

Every collection says whose roads it shows, whether they are schematic and whether it belongs to an
exercise; so does every feature, since features are copied out of collections. What passes 180
degrees of longitude is cut there (§3.1.9).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from safepassage.adapters.export_words import (
    DECIMALS,
    SCHEMATIC_LABEL,
    fall_backs_of,
    hand_overs_of,
    labels,
)
from safepassage.adapters.way_shapes import closure_lines, way_lines
from safepassage.core.corridor.types import (
    Closure,
    ControlArea,
    CorridorOption,
    CorridorSegment,
    FallBack,
    HandOver,
    Hazard,
    NamedSegment,
    RoadNetwork,
)
from safepassage.core.geo.antimeridian import split_line, split_polygons
from safepassage.core.geo.frame import Polygons

__all__ = ["DECIMALS", "SCHEMATIC_LABEL", "corridors_geojson", "write_geojson"]

Json = dict[str, Any]


def corridors_geojson(
    options: Sequence[CorridorOption],
    network: RoadNetwork,
    control: Sequence[ControlArea] = (),
    hazards: Sequence[Hazard] = (),
    *,
    closures: Sequence[Closure] = (),
    segments: Sequence[NamedSegment] = (),
    exercise: bool = False,
) -> Json:
    """Return options and their segments, and optionally the areas around, as a FeatureCollection.

    Parameters
    ----------
    options
        Each gives a feature of ``kind`` ``corridor`` and one of ``kind`` ``segment`` per segment;
        their fall-backs are points of ``kind`` ``fall_back``.
    network
        Where they run: its attribution and label go with them.
    control, hazards
        Areas in force, to be drawn beneath.
    closures
        What is shut at that date, to be drawn with it; one of a place has no ground and is left
        out.
    segments
        Whose hand-over points are added, as points of ``kind`` ``hand_over``.
    exercise
        Marks the collection and each feature as part of an exercise.
    """
    features = [_control_feature(area) for area in control]
    features += [_hazard_feature(hazard, network) for hazard in hazards]
    drawn = ((closure, closure_lines(network, closure)) for closure in closures)
    features += [_closure_feature(closure, lines) for closure, lines in drawn if lines]
    names = {(item.option_id, item.segment_id): item for item in segments}
    for option in options:
        features.append(_option_feature(option))
        features += [
            _segment_feature(option, number, segment, names)
            for number, segment in enumerate(option.segments, 1)
        ]
    features += [_hand_over_feature(point) for point in hand_overs_of(segments)]
    features += [_fall_back_feature(item) for item in fall_backs_of(options)]
    label = _label(network, exercise)
    for feature in features:
        feature["properties"] |= label
    return {"type": "FeatureCollection", **label, "features": features}


def write_geojson(document: Json, path: Path) -> None:
    """Write a GeoJSON document in UTF-8, one feature a line, the same bytes every time."""
    head = {key: value for key, value in document.items() if key != "features"}
    lines = [json.dumps(item, ensure_ascii=False) for item in document["features"]]
    opening = json.dumps(head, ensure_ascii=False)[:-1]
    body = ",\n".join(lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{opening}, "features": [\n{body}\n]}}\n', encoding="utf-8")


def _label(network: RoadNetwork, exercise: bool) -> Json:
    label: Json = {"attribution": network.attribution, "schematic": network.schematic}
    label["exercise"] = exercise
    said = labels(network, exercise=exercise)
    return label | {"notice": " ".join(said)} if said else label


def _option_feature(option: CorridorOption) -> Json:
    points = [point for segment in option.segments for point in segment.shape]
    properties = {
        "kind": "corridor",
        "option": option.option_id,
        "from": option.from_place,
        "to": option.to_place,
        "vehicle_class": option.profile.vehicle_class.value,
        "length_m": round(option.length_m),
        "travel_time_s": option.travel_time_s,
        "exposure": option.exposure,
        "bridges": [{"way": way, "maxweight_t": limit_t} for way, limit_t in option.bridges],
        "lengths_by_side": [
            {"side": side or None, "length_m": round(length_m)}
            for side, length_m in option.lengths_by_side
        ],
        "crossings": list(option.crossings),
        "fall_backs": [item.place_id for item in option.fall_backs],
        **_oldest(option),
        "reason": option.reason,
    }
    return _feature(_line(points), properties)


def _oldest(item: CorridorOption | CorridorSegment) -> Json:
    days = item.oldest_age_days
    return {
        "oldest_fact": item.oldest_at.isoformat() if item.oldest_at else None,
        "oldest_kind": item.oldest_kind or None,
        "oldest_age_days": None if days is None else round(days, 1),
    }


def _segment_feature(
    option: CorridorOption,
    number: int,
    segment: CorridorSegment,
    names: dict[tuple[str, str], NamedSegment],
) -> Json:
    named = names.get((option.option_id, f"{option.option_id}-{number}"))
    properties = {
        "kind": "segment",
        "option": option.option_id,
        "segment": number,
        "side": segment.side or None,
        "length_m": round(segment.length_m),
        "travel_time_s": segment.travel_time_s,
        "exposure": segment.exposure,
        **_oldest(segment),
        "name": named.name if named else None,
        "to_acknowledge": list(named.asked) if named else None,
    }
    return _feature(_line(segment.shape), properties)


def _hand_over_feature(point: HandOver) -> Json:
    properties = {
        "kind": "hand_over",
        "name": point.name,
        "mgrs": point.mgrs or None,
        "at_m": round(point.at_m),
    }
    return _feature(_point(point.lon, point.lat), properties)


def _fall_back_feature(item: FallBack) -> Json:
    properties = {
        "kind": "fall_back",
        "place": item.place_id,
        "name": item.name,
        "side": item.side or None,
        "to_s": item.to_s,
        "back_s": item.back_s,
    }
    return _feature(_point(item.lon, item.lat), properties)


def _point(lon: float, lat: float) -> Json:
    return {"type": "Point", "coordinates": _position((lon, lat))}


def _control_feature(area: ControlArea) -> Json:
    properties = {
        "kind": "control",
        "area_id": area.area_id,
        "holder": area.holder,
        "valid_from": area.valid_from.isoformat(),
        "valid_to": area.valid_to.isoformat() if area.valid_to else None,
        "source": area.source,
        "basis": area.basis.value,
    }
    return _feature(_multi_polygon(area.polygons), properties)


def _hazard_feature(hazard: Hazard, network: RoadNetwork) -> Json:
    properties = {
        "kind": "hazard",
        "hazard_id": hazard.hazard_id,
        "hazard": hazard.kind.value,
        "severity": hazard.severity,
        "reach_m": hazard.reach_m,
        "observed_at": hazard.observed_at.isoformat(),
        "valid_to": hazard.valid_to.isoformat() if hazard.valid_to else None,
        "source": hazard.source,
    }
    if hazard.polygons:
        return _feature(_multi_polygon(hazard.polygons), properties)
    if hazard.line:
        return _feature(_line(hazard.line), properties)
    return _feature(_lines(way_lines(network, hazard.way_ids)), properties)


def _closure_feature(closure: Closure, lines: Sequence[Sequence[tuple[float, float]]]) -> Json:
    properties = {
        "kind": "closure",
        "closure_id": closure.closure_id,
        "classes": sorted(closure.classes),
        "what_if": closure.what_if or None,
        "source": closure.source,
    }
    if closure.polygons:
        return _feature(_multi_polygon(closure.polygons), properties)
    return _feature(_lines(lines), properties)


def _lines(lines: Sequence[Sequence[tuple[float, float]]]) -> Json:
    parts = [part for line in lines for part in split_line(line)]
    coordinates = [[_position(point) for point in part] for part in parts]
    return {"type": "MultiLineString", "coordinates": coordinates}


def _feature(geometry: Json, properties: Json) -> Json:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _line(points: Sequence[tuple[float, float]]) -> Json:
    """Return a LineString, or several where it passes 180 degrees; one point stands twice."""
    parts = [[_position(point) for point in part] for part in split_line(points)]
    parts = [part * 2 if len(part) == 1 else part for part in parts]
    if len(parts) == 1:
        return {"type": "LineString", "coordinates": parts[0]}
    return {"type": "MultiLineString", "coordinates": parts}


def _position(point: tuple[float, float]) -> list[float]:
    return [round(point[0], DECIMALS), round(point[1], DECIMALS)]


def _multi_polygon(polygons: Polygons) -> Json:
    coordinates = [
        [_ring(ring, counter_clockwise=index == 0) for index, ring in enumerate(rings)]
        for rings in split_polygons(polygons)
    ]
    return {"type": "MultiPolygon", "coordinates": coordinates}


def _ring(ring: Sequence[tuple[float, float]], *, counter_clockwise: bool) -> list[list[float]]:
    positions = [_position(point) for point in ring]
    turned = _twice_signed_area(ring) > 0
    return positions if turned == counter_clockwise else positions[::-1]


def _twice_signed_area(ring: Sequence[tuple[float, float]]) -> float:
    """Positive for a ring drawn counter-clockwise."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))
