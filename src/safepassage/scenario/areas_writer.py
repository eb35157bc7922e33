"""Write what is not a table: control, hazards and closures as GeoJSON, delays as TOML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from safepassage.core.convoy.types import DelayModel, Distribution
from safepassage.core.corridor.types import Closure, ControlArea, Hazard
from safepassage.scenario.cells import clock_text
from safepassage.scenario.schema import WEEKDAYS

Carried = Mapping[int, Mapping[str, Any]]
"""Feature number (from 1) to the ``x_`` properties that it carries."""


def write_control(path: Path, areas: Iterable[ControlArea], carried: Carried | None = None) -> None:
    """Write who holds what as a GeoJSON FeatureCollection (RFC 7946), longitude first."""
    features = [_control_feature(area) for area in areas]
    _write_collection(path, features, carried or {})


def write_hazards(path: Path, hazards: Iterable[Hazard], carried: Carried | None = None) -> None:
    """Write hazards as a GeoJSON FeatureCollection (RFC 7946), longitude first."""
    features = [_hazard_feature(hazard) for hazard in hazards]
    _write_collection(path, features, carried or {})


def write_closures(path: Path, closures: Iterable[Closure], carried: Carried | None = None) -> None:
    """Write closures as a GeoJSON FeatureCollection (RFC 7946), longitude first."""
    features = [_closure_feature(closure) for closure in closures]
    _write_collection(path, features, carried or {})


def write_delays(path: Path, delays: DelayModel) -> None:
    """Write the delay model of the simulation as TOML."""
    blocks = [_delay_head(delays)]
    blocks += [_distribution_block(name, getattr(delays, name)) for name in DISTRIBUTIONS]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(blocks), encoding="utf-8", newline="\n")


DISTRIBUTIONS = (
    "day_factor",
    "leg_factor",
    "boarding_factor",
    "screening_factor",
    "breakdown_s",
)
"""Tables of ``delays.toml``, each a :class:`safepassage.core.convoy.types.Distribution`."""


def _delay_head(delays: DelayModel) -> str:
    source = json.dumps(delays.source, ensure_ascii=False)
    return (
        f"source = {source}\n"
        f"breakdown_probability = {float(delays.breakdown_probability)!r}\n"
        f"collapse_probability_per_window = {float(delays.collapse_probability_per_window)!r}\n"
    )


def _distribution_block(name: str, value: Distribution) -> str:
    return f'[{name}]\nkind = "{value.kind}"\na = {float(value.a)!r}\nb = {float(value.b)!r}\n'


def _control_feature(area: ControlArea) -> dict[str, Any]:
    properties = {
        "area_id": area.area_id,
        "holder": area.holder,
        "valid_from": area.valid_from.isoformat(),
        "valid_to": area.valid_to.isoformat() if area.valid_to else None,
        "source": area.source,
    }
    return {"type": "Feature", "properties": properties, "geometry": _area_geometry(area.polygons)}


def _hazard_feature(hazard: Hazard) -> dict[str, Any]:
    properties = {
        "hazard_id": hazard.hazard_id,
        "kind": hazard.kind.value,
        "severity": hazard.severity,
        "observed_at": hazard.observed_at.isoformat(),
        "valid_to": hazard.valid_to.isoformat() if hazard.valid_to else None,
        "source": hazard.source,
    }
    return _feature(properties, hazard)


def _closure_feature(closure: Closure) -> dict[str, Any]:
    daily = closure.daily
    optional = {
        "place_id": closure.place_id,
        "classes": sorted(item.value for item in closure.classes),
        "valid_from": closure.valid_from.isoformat() if closure.valid_from else "",
        "valid_to": closure.valid_to.isoformat() if closure.valid_to else "",
        "windows": [f"{start.isoformat()}/{end.isoformat()}" for start, end in closure.windows],
        "daily_from": clock_text(daily[0]) if daily else "",
        "daily_to": clock_text(daily[1]) if daily else "",
        "weekdays": [WEEKDAYS[day] for day in sorted(closure.weekdays)],
        "timezone": closure.timezone,
        "what_if": closure.what_if,
    }
    properties: dict[str, Any] = {"closure_id": closure.closure_id, "kind": closure.kind.value}
    properties |= {name: value for name, value in optional.items() if value}
    return _feature(properties | {"source": closure.source}, closure)


def _feature(properties: dict[str, Any], item: Hazard | Closure) -> dict[str, Any]:
    """Return a feature with its ground, or without a geometry where ways or a place say it."""
    geometry: dict[str, Any] | None = None
    if item.way_ids:
        properties["way_ids"] = item.way_ids
    elif item.line:
        geometry = {"type": "LineString", "coordinates": item.line}
        properties["reach_m"] = item.reach_m
    elif item.polygons:
        geometry = _area_geometry(item.polygons)
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _area_geometry(
    polygons: tuple[tuple[tuple[tuple[float, float], ...], ...], ...],
) -> dict[str, Any]:
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _write_collection(path: Path, features: list[dict[str, Any]], carried: Carried) -> None:
    for number, extra in carried.items():
        features[number - 1]["properties"] |= extra
    lines = ",\n".join(json.dumps(item, ensure_ascii=False, allow_nan=False) for item in features)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'
    path.write_text(text, encoding="utf-8", newline="\n")
