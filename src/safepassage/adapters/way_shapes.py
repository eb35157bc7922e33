"""Shapes of roads by the ids of their ways, for what is said of ways and drawn as lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from safepassage.core.corridor.closures import arcs_of
from safepassage.core.corridor.types import Closure, RoadNetwork

Line = tuple[tuple[float, float], ...]


def way_lines(network: RoadNetwork, way_ids: Iterable[int]) -> tuple[Line, ...]:
    """Return the (lon, lat) line of each stretch of some ways, WGS 84 degrees, one direction."""
    wanted = np.fromiter(way_ids, dtype=np.int64)
    return lines_of_arcs(network, np.flatnonzero(np.isin(network.way_id, wanted)).tolist())


def lines_of_arcs(network: RoadNetwork, arcs: Iterable[int]) -> tuple[Line, ...]:
    """Return the line of each arc; of two directions of one stretch the first that is given."""
    seen: dict[tuple[int, int, int], int] = {}
    for arc in arcs:
        ends = sorted((int(network.tail[arc]), int(network.head[arc])))
        seen.setdefault((int(network.way_id[arc]), ends[0], ends[1]), arc)
    return tuple(arc_line(network, arc) for arc in seen.values())


def arc_line(network: RoadNetwork, arc: int) -> Line:
    """Return the points of an arc, both ends included."""
    span = slice(network.shape_offset[arc], network.shape_offset[arc + 1])
    lon: Sequence[float] = network.shape_lon[span].tolist()
    lat: Sequence[float] = network.shape_lat[span].tolist()
    return tuple(zip(lon, lat, strict=True))


def closure_lines(network: RoadNetwork, closure: Closure) -> list[Sequence[tuple[float, float]]]:
    """Return (lon, lat) lines along which a closure is drawn."""
    lines: list[Sequence[tuple[float, float]]] = [
        ring for rings in closure.polygons for ring in rings
    ]
    if closure.line:
        lines.append(closure.line)
    if closure.way_ids:
        lines += lines_of_arcs(network, arcs_of(network, closure).tolist())
    return lines
