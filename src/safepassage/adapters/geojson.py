"""Corridors and areas as GeoJSON (RFC 7946): WGS 84, shells counter-clockwise, attribution inside.

Every collection says whose roads it shows and whether they are schematic; so does every feature,
since features are copied out of collections.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from safepassage.core.corridor.types import (
    ControlArea,
    CorridorOption,
    CorridorSegment,
    Hazard,
    RoadNetwork,
)
from safepassage.core.geo.frame import Polygons

SCHEMATIC_LABEL: Final = "Schematic network drawn for an exercise: it does not follow the ground."
DECIMALS: Final = 6
"""A tenth of a metre; RFC 7946 §11.2 advises no more."""

Json = dict[str, Any]


def corridors_geojson(
    options: Sequence[CorridorOption],
    network: RoadNetwork,
    control: Sequence[ControlArea] = (),
    hazards: Sequence[Hazard] = (),
) -> Json:
    """Return options and their segments, and optionally the areas around, as a FeatureCollection.

    Parameters
    ----------
    options
        Each gives a feature of ``kind`` ``corridor`` and one of ``kind`` ``segment`` per segment.
    network
        Where they run: its attribution and label go with them.
    control, hazards
        Areas in force, to be drawn beneath.
    """
    features = [_control_feature(area) for area in control]
    features += [_hazard_feature(hazard) for hazard in hazards]
    for option in options:
        features.append(_option_feature(option))
        features += [
            _segment_feature(option, number, segment)
            for number, segment in enumerate(option.segments, 1)
        ]
    label = _label(network)
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


def _label(network: RoadNetwork) -> Json:
    label: Json = {"attribution": network.attribution, "schematic": network.schematic}
    if network.schematic:
        label["notice"] = SCHEMATIC_LABEL
    return label


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
        "oldest_fact": option.oldest_fact or None,
        "reason": option.reason,
    }
    return _feature(_line(points), properties)


def _segment_feature(option: CorridorOption, number: int, segment: CorridorSegment) -> Json:
    properties = {
        "kind": "segment",
        "option": option.option_id,
        "segment": number,
        "side": segment.side or None,
        "length_m": round(segment.length_m),
        "travel_time_s": segment.travel_time_s,
        "exposure": segment.exposure,
    }
    return _feature(_line(segment.shape), properties)


def _control_feature(area: ControlArea) -> Json:
    properties = {
        "kind": "control",
        "area_id": area.area_id,
        "holder": area.holder,
        "valid_from": area.valid_from.isoformat(),
        "valid_to": area.valid_to.isoformat() if area.valid_to else None,
        "source": area.source,
    }
    return _feature(_multi_polygon(area.polygons), properties)


def _hazard_feature(hazard: Hazard) -> Json:
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
    geometry = _multi_polygon(hazard.polygons) if hazard.polygons else _line(hazard.line)
    return _feature(geometry, properties)


def _feature(geometry: Json, properties: Json) -> Json:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _line(points: Sequence[tuple[float, float]]) -> Json:
    """Return a LineString; a path that goes nowhere stands at one point twice."""
    kept = [point for index, point in enumerate(points) if not index or points[index - 1] != point]
    kept = kept * 2 if len(kept) == 1 else kept
    return {"type": "LineString", "coordinates": [_position(point) for point in kept]}


def _position(point: tuple[float, float]) -> list[float]:
    return [round(point[0], DECIMALS), round(point[1], DECIMALS)]


def _multi_polygon(polygons: Polygons) -> Json:
    coordinates = [
        [_ring(ring, counter_clockwise=index == 0) for index, ring in enumerate(rings)]
        for rings in polygons
    ]
    return {"type": "MultiPolygon", "coordinates": coordinates}


def _ring(ring: Sequence[tuple[float, float]], *, counter_clockwise: bool) -> list[list[float]]:
    positions = [_position(point) for point in ring]
    turned = _twice_signed_area(ring) > 0
    return positions if turned == counter_clockwise else positions[::-1]


def _twice_signed_area(ring: Sequence[tuple[float, float]]) -> float:
    """Positive for a ring drawn counter-clockwise."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))
