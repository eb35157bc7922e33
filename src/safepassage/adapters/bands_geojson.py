"""Bands of minutes around a place as GeoJSON (RFC 7946): the ground and the roads on it, WGS 84."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from safepassage.adapters.geojson import DECIMALS, SCHEMATIC_LABEL
from safepassage.core.corridor.isochrone import BESIDE_M, Band
from safepassage.core.corridor.types import Place, RoadNetwork

Json = dict[str, Any]
Points = Sequence[tuple[float, float]]


def bands_geojson(bands: Sequence[Band], network: RoadNetwork, origin: Place, at: datetime) -> Json:
    """Return bands as a FeatureCollection, the widest ground first so that others lie upon it.

    Parameters
    ----------
    bands
        By growing limit.
    network
        Its attribution and label go into every feature.
    origin, at
        Where one starts, and the aware moment whose facts count.
    """
    label: Json = {"attribution": network.attribution, "schematic": network.schematic}
    if network.schematic:
        label["notice"] = SCHEMATIC_LABEL
    features = [_ground(band) for band in reversed(bands)]
    features += [_roads(band) for band in bands]
    features.append(_feature("Point", _position((origin.lon, origin.lat)), {"kind": "start"}))
    about = {"from": origin.place_id, "at": at.isoformat()} | label
    for feature in features:
        feature["properties"] |= about
    return {"type": "FeatureCollection", **about, "features": features}


def _ground(band: Band) -> Json:
    shapes = [[[_position(point) for point in ring] for ring in rings] for rings in band.area]
    words = f"ground within {BESIDE_M:.0f} m of a road that is reached; not the ground between"
    properties = {"kind": "ground", "limit_min": band.limit_s / 60, "meaning": words}
    return _feature("MultiPolygon", shapes, properties)


def _roads(band: Band) -> Json:
    lines = [[_position(point) for point in line] for line in band.lines]
    properties = {"kind": "roads", "limit_min": band.limit_s / 60}
    return _feature("MultiLineString", lines, properties)


def _position(point: tuple[float, float]) -> list[float]:
    return [round(point[0], DECIMALS), round(point[1], DECIMALS)]


def _feature(kind: str, coordinates: Any, properties: Json) -> Json:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}
