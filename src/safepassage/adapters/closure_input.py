"""A closure that somebody draws or names by hand: an area file, ways, a bridge, a place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from safepassage.core.corridor.types import RoadNetwork
from safepassage.errors import Finding, InputError, UsageError
from safepassage.scenario.areas import LINE, POLYGONS, Ring, Rings, read_geometry
from safepassage.scenario.cells import CellError
from safepassage.scenario.strict_json import TwinFieldError, loads

MOST_NAMED = 5
"""Ids that a message offers at most."""


def read_area(path: Path) -> tuple[tuple[Rings, ...], Ring]:
    """Return the polygons, or the line, of a GeoJSON file (RFC 7946): WGS 84, longitude first.

    Accepted are a geometry, a feature, and a collection of features that are all areas or one
    line.

    Raises
    ------
    InputError
        If the file cannot be read or holds something else; says what was found.
    """
    polygons: list[Rings] = []
    lines: list[Ring] = []
    for number, geometry in enumerate(_geometries(path), 1):
        try:
            found, _ = read_geometry(geometry, lines=True)
        except CellError as error:
            raise _wrong(path, f"shape {number} {error}.") from error
        polygons += _rings(found[POLYGONS])
        lines += [line] if (line := _line(found[LINE])) else []
    if len(lines) > 1 or (lines and polygons):
        raise _wrong(path, "holds a line beside other shapes; give areas, or one line.")
    if not polygons and not lines:
        raise _wrong(path, "holds no shape; give at least one area or one line.")
    return tuple(polygons), lines[0] if lines else ()


def _rings(value: object) -> tuple[Rings, ...]:
    return value if isinstance(value, tuple) else ()


def _line(value: object) -> Ring:
    return value if isinstance(value, tuple) else ()


def _geometries(path: Path) -> list[Any]:
    try:
        document = loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _wrong(path, "cannot be opened.") from error
    except TwinFieldError as error:
        raise _wrong(path, f"names the field '{error}' twice in one object.") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(path, "is not JSON; accepted is GeoJSON.") from error
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection":
        features = document.get("features")
        return [_geometry(item) for item in features] if isinstance(features, list) else []
    if kind == "Feature":
        return [_geometry(document)]
    return [document]


def _geometry(feature: Any) -> Any:
    return feature.get("geometry") if isinstance(feature, dict) else None


def _wrong(path: Path, message: str) -> InputError:
    return InputError(Finding(message, file=path.name))


def known_ways(network: RoadNetwork, ways: Iterable[int]) -> tuple[int, ...]:
    """Return the ways as they are, once each.

    Raises
    ------
    UsageError
        If one is not in the network.
    """
    ways = tuple(dict.fromkeys(ways))
    present = set(np.unique(network.way_id).tolist())
    missing = [way for way in ways if way not in present]
    if missing:
        some = ", ".join(str(way) for way in sorted(present)[:MOST_NAMED])
        raise UsageError(
            f"Way {missing[0]} is not in the network (a way may have been left out on import); "
            f"there are e.g. {some}."
        )
    return ways


def known_bridges(network: RoadNetwork, ways: Sequence[int]) -> tuple[int, ...]:
    """Return the ways as they are, once each, if each is a bridge.

    Raises
    ------
    UsageError
        If one is not in the network or no bridge.
    """
    bridges = set(np.unique(network.way_id[network.bridge]).tolist())
    for way in known_ways(network, ways):
        if way not in bridges:
            some = ", ".join(str(one) for one in sorted(bridges)[:MOST_NAMED])
            named = f"bridges are e.g. {some}" if some else "no bridge is marked in the network"
            raise UsageError(f"Way {way} is no bridge; {named}. With --way any road is closed.")
    return tuple(dict.fromkeys(ways))
