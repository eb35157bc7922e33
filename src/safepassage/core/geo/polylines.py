"""Many polylines at once, end to end in flat arrays."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def midpoints(offset: Ints, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return the point half-way along each polyline.

    Parameters
    ----------
    offset
        int64[k+1]; each polyline has at least one point.
    lon, lat
        float64[s], degrees, WGS 84. Half-way is measured with degrees of longitude scaled by
        the cosine of the latitude, which is exact enough for stretches of road.

    Returns
    -------
    float64[k] longitudes and latitudes.
    """
    if len(offset) < 2:
        return np.zeros(0), np.zeros(0)
    along = _distance_along(offset, lon, lat)
    start, stop = offset[:-1], offset[1:] - 1
    target = (along[start] + along[stop]) / 2
    after = np.clip(np.searchsorted(along, target, side="left"), start + 1, stop)
    after = np.maximum(after, start)
    before = np.maximum(after - 1, start)
    step = along[after] - along[before]
    share = np.divide(target - along[before], step, out=np.zeros_like(step), where=step > 0)
    return (
        lon[before] + share * (lon[after] - lon[before]),
        lat[before] + share * (lat[after] - lat[before]),
    )


def _distance_along(offset: Ints, lon: Floats, lat: Floats) -> Floats:
    east = np.diff(lon) * np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
    steps = np.r_[0.0, np.hypot(east, np.diff(lat))]
    steps[offset[:-1]] = 0.0
    return np.cumsum(steps)


def boxes(offset: Ints, lon: Floats, lat: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return west, south, east, north of each polyline, degrees."""
    start = offset[:-1]
    if len(start) == 0:
        empty = np.zeros(0)
        return empty, empty, empty, empty
    return (
        np.minimum.reduceat(lon, start),
        np.minimum.reduceat(lat, start),
        np.maximum.reduceat(lon, start),
        np.maximum.reduceat(lat, start),
    )


def take(offset: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """Return (points, line): flat indices of the chosen polylines' points, and whose each is."""
    size = offset[chosen + 1] - offset[chosen]
    line = np.repeat(np.arange(len(chosen)), size)
    first = np.repeat(np.r_[0, np.cumsum(size)[:-1]], size) if len(chosen) else line
    return np.repeat(offset[chosen], size) + np.arange(len(line)) - first, line


def points_inside(areas: list[shapely.Geometry], lon: Floats, lat: Floats) -> tuple[Ints, Ints]:
    """Return (area, point) index pairs of points in or on the edge of areas, sorted."""
    if not areas or len(lon) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    tree = shapely.STRtree(np.asarray(shapely.points(lon, lat)))
    area, point = tree.query(areas, predicate="intersects")
    order = np.lexsort((point, area))
    return area[order].astype(np.int64), point[order].astype(np.int64)
