"""Lines and areas cut where they pass 180 degrees of longitude (RFC 7946 §3.1.9).

All coordinates are WGS 84 (EPSG:4326), (longitude, latitude) in degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from safepassage.core.geo.frame import Polygons, area_of, polygons_of

Point = tuple[float, float]
HALF_TURN = 180.0
FULL_TURN = 360.0


def split_line(points: Sequence[Point]) -> tuple[tuple[Point, ...], ...]:
    """Return the parts of a line on either side of 180 degrees, each within -180 to 180.

    A step of more than half a turn is taken the short way round, across 180 degrees.

    Examples
    --------
    >>> split_line([(179.0, 0.0), (-179.0, 1.0)])
    (((179.0, 0.0), (180.0, 0.5)), ((-180.0, 0.5), (-179.0, 1.0)))
    """
    parts: list[list[Point]] = [[_within(points[0])]] if points else []
    for before, after in pairwise(_within(point) for point in points):
        if abs(after[0] - before[0]) > HALF_TURN:
            edge = HALF_TURN if before[0] > 0 else -HALF_TURN
            lat = _at_edge(before, after, edge)
            if parts[-1][-1] != (edge, lat):
                parts[-1].append((edge, lat))
            parts.append([(-edge, lat)])
        if parts[-1][-1] != after:
            parts[-1].append(after)
    return tuple(tuple(part) for part in parts if len(part) > 1) or tuple(map(tuple, parts[:1]))


def _within(point: Point) -> Point:
    lon, lat = point
    return point if -HALF_TURN <= lon <= HALF_TURN else ((lon + 180.0) % FULL_TURN - 180.0, lat)


def _at_edge(before: Point, after: Point, edge: float) -> float:
    """Return the latitude at which a step across 180 degrees meets it."""
    turn = FULL_TURN if edge > 0 else -FULL_TURN
    step = after[0] + turn - before[0]
    share = (edge - before[0]) / step if step else 0.0
    return before[1] + share * (after[1] - before[1])


def split_polygons(polygons: Polygons) -> Polygons:
    """Return polygons with those that pass 180 degrees cut there; the others are left as they are.

    A ring with a step of more than half a turn, or with longitudes beyond 180 degrees, passes it.
    """
    found: list[tuple[tuple[Point, ...], ...]] = []
    for rings in polygons:
        found += polygons_of(area_of((_unwrapped(rings),))) if _passes(rings) else (rings,)
    return tuple(found)


def _passes(rings: Sequence[Sequence[Point]]) -> bool:
    return any(
        abs(lon) > HALF_TURN or abs(lon - before) > HALF_TURN
        for ring in rings
        for (before, _), (lon, _) in pairwise(ring)
    )


def _unwrapped(rings: Sequence[Sequence[Point]]) -> tuple[tuple[Point, ...], ...]:
    first = rings[0][0][0]
    return tuple(_unwrapped_ring(ring, first) for ring in rings)


def _unwrapped_ring(ring: Sequence[Point], around: float) -> tuple[Point, ...]:
    lon = np.unwrap(np.array([around, *(point[0] for point in ring)]), period=FULL_TURN)[1:]
    return tuple((east, point[1]) for east, point in zip(lon.tolist(), ring, strict=True))
