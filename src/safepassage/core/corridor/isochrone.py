"""How far one gets from a place: bands of minutes over roads, places and ground.

All coordinates are WGS 84 (EPSG:4326), longitude first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from safepassage.core.corridor.metric import MS_PER_S, NANO
from safepassage.core.corridor.options import Ground, whole_seconds
from safepassage.core.corridor.router import NO_WAY, Reach
from safepassage.core.corridor.types import RoadNetwork
from safepassage.core.geo.frame import LocalFrame, Polygons
from safepassage.core.geo.polylines import take

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BESIDE_M = 200.0
"""Ground this near to a road that is reached is drawn as reached; it says nothing of fields."""
_SEGMENTS_PER_QUARTER = 2
"""Corners of the outline's round ends; an octagon is drawn for a circle."""


@dataclass(frozen=True, slots=True)
class Reached:
    """When a place is reached.

    Parameters
    ----------
    travel_time_s
        Whole seconds, rounded up; None where there is no way.
    exposure
        Hazard rate times hours for one person along that way.
    """

    place_id: str
    travel_time_s: int | None
    exposure: float

    @property
    def reachable(self) -> bool:
        """Whether there is a way."""
        return self.travel_time_s is not None


@dataclass(frozen=True, slots=True)
class Band:
    """What is reached within a time.

    Parameters
    ----------
    limit_s
        Seconds from the start.
    lines
        Stretches of road, each (lon, lat) points; a road reached in part ends where the time is up.
        Only what earlier bands do not hold.
    area
        The ground within :data:`BESIDE_M` of a road reached up to `limit_s`, earlier bands
        included.
    length_m
        Roads reached up to `limit_s`, both directions of a road once each.
    """

    limit_s: int
    lines: tuple[tuple[tuple[float, float], ...], ...]
    area: Polygons
    length_m: float


def reached_places(ground: Ground, times: Reach) -> tuple[Reached, ...]:
    """Return when each place of a ground is reached, in the ground's order.

    Parameters
    ----------
    times
        From where one starts, by the router of the ground's metric.
    """
    node = ground.nodes
    found = []
    for place in ground.places:
        at = node.get(place.place_id)
        time_ms = NO_WAY if at is None else int(times.travel_time_ms[at])
        exposure = 0.0 if at is None else int(times.exposure_nano[at]) / NANO
        seconds = None if time_ms == NO_WAY else whole_seconds(time_ms)
        found.append(Reached(place.place_id, seconds, exposure))
    return tuple(found)


def bands(ground: Ground, times: Reach, limits_s: Sequence[int]) -> tuple[Band, ...]:
    """Return what is reached within each of the times.

    Parameters
    ----------
    limits_s
        Seconds, growing.
    """
    network = ground.network
    share = [_shares(ground, times, limit) for limit in limits_s]
    before = np.zeros(network.arc_count)
    found: list[Band] = []
    for limit, upto in zip(limits_s, share, strict=True):
        new = np.flatnonzero(upto > before)
        lines = _stretches(network, new, before[new], upto[new])
        inside = found[-1].area if found else ()
        found.append(Band(limit, lines, _around(lines, inside), _length_m(network, upto)))
        before = upto
    return tuple(found)


def _shares(ground: Ground, times: Reach, limit_s: int) -> Floats:
    """Return the share of each arc that is reached in time, from its tail on."""
    tail = times.travel_time_ms[ground.network.tail]
    arc_ms = ground.metric.travel_time_ms
    left = (limit_s * MS_PER_S - tail).astype(np.float64)
    share = np.divide(left, arc_ms, out=(left >= 0).astype(np.float64), where=arc_ms > 0)
    usable = ground.metric.open() & (tail != NO_WAY)
    return np.where(usable, np.clip(share, 0.0, 1.0), 0.0)


def _length_m(network: RoadNetwork, share: Floats) -> float:
    return float((network.length_m * share).sum())


def _stretches(
    network: RoadNetwork, arcs: Ints, start: Floats, stop: Floats
) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return the parts of arcs between two shares of their length, as lines."""
    if len(arcs) == 0:
        return ()
    points, line = take(network.shape_offset, arcs)
    degrees = np.column_stack((network.shape_lon[points], network.shape_lat[points]))
    roads = np.atleast_1d(np.asarray(shapely.linestrings(degrees, indices=line)))
    whole = shapely.length(roads)
    parts = _between(roads, start * whole, stop * whole)
    return tuple(tuple(map(tuple, shapely.get_coordinates(part).tolist())) for part in parts)


def _between(roads: NDArray[np.object_], start: Floats, stop: Floats) -> list[shapely.Geometry]:
    """Cut each line between two distances along it."""
    from shapely.ops import substring

    whole = shapely.length(roads)
    return [
        road if first <= 0 and last >= length else substring(road, first, last)
        for road, first, last, length in zip(
            roads, start.tolist(), stop.tolist(), whole.tolist(), strict=True
        )
    ]


def _around(lines: tuple[tuple[tuple[float, float], ...], ...], inside: Polygons) -> Polygons:
    """Return the ground near the lines, joined with what was reached before."""
    if not lines:
        return inside
    first = lines[0][0]
    frame = LocalFrame(*first)
    offset = np.cumsum([0, *(len(line) for line in lines)])
    points = np.array([point for line in lines for point in line], dtype=np.float64)
    metres = frame.to_metres(points[:, 0], points[:, 1])
    index = np.repeat(np.arange(len(lines)), np.diff(offset))
    near = shapely.buffer(
        shapely.union_all(shapely.linestrings(metres, indices=index)),
        BESIDE_M,
        quad_segs=_SEGMENTS_PER_QUARTER,
    )
    joined = shapely.union_all([near, frame.area(inside)]) if inside else near
    return _in_degrees(frame, shapely.simplify(joined, BESIDE_M / 20))


def _in_degrees(frame: LocalFrame, ground: shapely.Geometry) -> Polygons:
    east, north = frame.to_metres(np.array([frame.lon + 1.0]), np.array([frame.lat + 1.0]))[0]

    def ring(line: shapely.Geometry) -> tuple[tuple[float, float], ...]:
        metres = shapely.get_coordinates(line)
        lon, lat = frame.lon + metres[:, 0] / east, frame.lat + metres[:, 1] / north
        return tuple(zip(lon.tolist(), lat.tolist(), strict=True))

    parts = [part for part in shapely.get_parts(ground) if part.geom_type == "Polygon"]
    return tuple((ring(part.exterior), *map(ring, part.interiors)) for part in parts)
