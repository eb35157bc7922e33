"""The roads laid out once, so that any area on the map finds its arcs at once.

What is worked out here depends on the network only and is kept as long as the network is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numpy.typing import NDArray

from safepassage.core.corridor.types import RoadNetwork
from safepassage.core.geo.frame import FULL_TURN, LocalFrame, Polygons, area_of, moved_east, near
from safepassage.core.geo.grid import Filed, Grid, file_boxes
from safepassage.core.geo.polylines import boxes, take

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_REACH_M = 15.0
"""A line acts at least this far: half a wide road and the line's error."""

_MOST_REMEMBERED = 1024
"""Grounds of which a layout remembers the arcs."""


class Ground(NamedTuple):
    """Where something lies: polygons, or a line widened by its reach; nowhere where both are empty.

    Parameters
    ----------
    polygons
        Rings of (lon, lat), degrees, WGS 84, the shell first.
    line, reach_m
        (lon, lat) points; metres to either side, at least :data:`LEAST_REACH_M`.
    """

    polygons: Polygons
    line: tuple[tuple[float, float], ...] = ()
    reach_m: float = 0.0


@lru_cache(maxsize=_MOST_REMEMBERED)
def shape_of(ground: Ground) -> shapely.Geometry:
    """Return a ground as polygons in degrees; a line is widened in a frame true at its middle."""
    if not ground.line:
        return area_of(ground.polygons)
    lon, lat = (np.array(values, dtype=np.float64) for values in zip(*ground.line, strict=True))
    frame = LocalFrame(float(near(lon, float(lon[0])).mean()), float(lat.mean()))
    wide = shapely.buffer(frame.line(ground.line), max(ground.reach_m, LEAST_REACH_M))
    return frame.to_degrees(wide)


def points_on(ground: Ground, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Return bool[k], the points (degrees) that lie on a ground or its outline."""
    shape = shape_of(ground)
    if shapely.is_empty(shape):
        return np.zeros(len(lon), dtype=bool)
    shapely.prepare(shape)
    lon = near(lon, 0.0)
    inside = shapely.intersects_xy(shape, lon, lat)
    west, _, east, _ = shapely.bounds(shape)
    for turn, beyond in ((-FULL_TURN, west < -FULL_TURN / 2), (FULL_TURN, east > FULL_TURN / 2)):
        if beyond:
            inside |= shapely.intersects_xy(shape, lon + turn, lat)
    return np.asarray(inside)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A network's arcs and nodes in a grid.

    Parameters
    ----------
    around
        Longitude in the middle of the network, degrees; all others are within half a turn of it.
    offset, lon, lat
        The network's polylines.
    node_lon, node_lat
        float64[n], degrees.
    arcs, nodes
        Filed by cells of `grid`.
    way_order, way_sorted
        int64[m], the arcs in the order of their ways' ids, and those ids.
    found_arcs, found_nodes
        What was found on each ground before, for as long as the layout lives.
    """

    grid: Grid
    around: float
    offset: Ints
    lon: Floats
    lat: Floats
    node_lon: Floats
    node_lat: Floats
    arcs: Filed
    nodes: Filed
    way_order: Ints
    way_sorted: Ints
    found_arcs: dict[Ground, tuple[Ints, Floats]] = field(default_factory=dict, repr=False)
    found_nodes: dict[Ground, Ints] = field(default_factory=dict, repr=False)


_LAYOUTS: WeakKeyDictionary[RoadNetwork, Layout] = WeakKeyDictionary()
"""Networks never change, so what was laid out once can be looked up; nothing else is kept."""


def lay_out(network: RoadNetwork) -> Layout:
    """Return the network's layout, from memory where it was made before."""
    known = _LAYOUTS.get(network)
    if known is None:
        known = _LAYOUTS[network] = _lay_out(network)
    return known


def _lay_out(network: RoadNetwork) -> Layout:
    around = _middle(network.node_lon)
    lon, node_lon = near(network.shape_lon, around), near(network.node_lon, around)
    lat, node_lat = network.shape_lat, network.node_lat
    every_lon, every_lat = np.r_[lon, node_lon], np.r_[lat, node_lat]
    if len(every_lon) == 0:
        every_lon, every_lat = np.zeros(1), np.zeros(1)
    order = np.argsort(network.way_id, kind="stable")
    west, south = float(every_lon.min()), float(every_lat.min())
    grid = Grid(west, south, float(every_lon.max()) - west, float(every_lat.max()) - south)
    return Layout(
        grid=grid,
        around=around,
        offset=network.shape_offset,
        lon=lon,
        lat=lat,
        node_lon=node_lon,
        node_lat=node_lat,
        arcs=file_boxes(grid, *boxes(network.shape_offset, lon, lat)),
        nodes=file_boxes(grid, node_lon, node_lat, node_lon, node_lat),
        way_order=order,
        way_sorted=network.way_id[order],
    )


def _middle(lon: Floats) -> float:
    """Return a longitude in the middle of the nodes, also where they lie about 180 degrees."""
    if len(lon) == 0:
        return 0.0
    angle = np.radians(lon)
    return float(np.degrees(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean())))


def arcs_on_ways(network: RoadNetwork, way_ids: tuple[int, ...]) -> Ints:
    """Return the arcs of some ways, sorted."""
    layout = lay_out(network)
    wanted = np.unique(np.array(way_ids, dtype=np.int64))
    first = np.searchsorted(layout.way_sorted, wanted, side="left")
    after = np.searchsorted(layout.way_sorted, wanted, side="right")
    spans = [layout.way_order[start:end] for start, end in zip(first, after, strict=True)]
    return np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *spans]))


def arcs_on(layout: Layout, ground: Ground) -> tuple[Ints, Floats]:
    """Return the arcs of which any length lies on a ground, and the share of each that does.

    Edges of areas are straight in longitude and latitude (RFC 7946 §3.1.1).

    Returns
    -------
    int64[k] arcs, each once, and float64[k] shares, above 0 and at most 1. An arc without
    length counts with 1 where it lies on the ground.
    """
    if ground not in layout.found_arcs:
        _forget(layout.found_arcs)
        layout.found_arcs[ground] = _arcs_on(layout, shape_of(ground))
    return layout.found_arcs[ground]


def arcs_on_any(layout: Layout, grounds: tuple[Ground, ...]) -> tuple[Ints, Floats]:
    """Return what :func:`arcs_on` does for grounds together; where they overlap counts once."""
    return _arcs_on(layout, shapely.union_all([shape_of(ground) for ground in grounds]))


def nodes_on(layout: Layout, ground: Ground) -> Ints:
    """Return the nodes that lie on a ground or its outline."""
    if ground not in layout.found_nodes:
        _forget(layout.found_nodes)
        layout.found_nodes[ground] = _nodes_on(layout, shape_of(ground))
    return layout.found_nodes[ground]


def _forget(found: dict[Ground, Any]) -> None:
    """Drop what was found first where too much is remembered."""
    if len(found) >= _MOST_REMEMBERED:
        del found[next(iter(found))]


def _arcs_on(layout: Layout, area: shapely.Geometry) -> tuple[Ints, Floats]:
    if shapely.is_empty(area):
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    area = _moved_near(area, layout.around)
    sure, doubtful = layout.arcs.split(*layout.grid.split(area))
    arcs, share = _measured(layout, area, doubtful)
    return np.r_[sure, arcs], np.r_[np.ones(len(sure)), share]


def _nodes_on(layout: Layout, area: shapely.Geometry) -> Ints:
    if shapely.is_empty(area):
        return np.zeros(0, dtype=np.int64)
    area = _moved_near(area, layout.around)
    sure, doubtful = layout.nodes.split(*layout.grid.split(area))
    inside = shapely.intersects_xy(area, layout.node_lon[doubtful], layout.node_lat[doubtful])
    return np.asarray(np.r_[sure, doubtful[inside]], dtype=np.int64)


def _moved_near(area: shapely.Geometry, around: float) -> shapely.Geometry:
    """Return an area with each part moved by whole turns to where the network lies."""
    parts = shapely.get_parts(area)
    west, _, east, _ = shapely.bounds(parts).T
    middle = (west + east) / 2
    shift = near(middle, around) - middle
    if not shift.any():
        return area
    return shapely.union_all([moved_east(*pair) for pair in zip(parts, shift, strict=True)])


def _measured(layout: Layout, area: shapely.Geometry, arcs: Ints) -> tuple[Ints, Floats]:
    """Return those of some arcs that lie in an area in part or whole, with their shares."""
    if len(arcs) == 0:
        return arcs, np.zeros(0)
    points, line = take(layout.offset, arcs)
    places = np.column_stack((layout.lon[points], layout.lat[points]))
    roads = np.asarray(shapely.linestrings(places, indices=line))
    share = np.zeros(len(arcs))
    touched = np.flatnonzero(shapely.intersects(area, roads))
    within = shapely.covers(area, roads[touched])
    share[touched[within]] = 1.0
    cut = touched[~within]
    share[cut] = _shares(_pieces(layout.grid, area, roads[cut]), roads[cut])
    return arcs[share > 0], share[share > 0]


def _pieces(grid: Grid, area: shapely.Geometry, roads: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return for each line the piece of an area around it: a long outline costs much to cut with.

    A line within one block of the grid gets the area within that block, any other the whole.
    """
    west, south, east, north = shapely.bounds(roads).T
    block = grid.blocks(west, south)
    whole = block != grid.blocks(east, north)
    pieces = np.full(len(roads), area, dtype=object)
    for number in np.unique(block[~whole]).tolist():
        pieces[~whole & (block == number)] = shapely.intersection(area, grid.block(number))
    return pieces


def _shares(areas: NDArray[np.object_], roads: NDArray[np.object_]) -> Floats:
    """Return the share of each line's length in its area; 0 where it only touches it."""
    if len(roads) == 0:
        return np.zeros(0)
    narrow = np.cos(np.radians(shapely.bounds(roads)[:, 1].mean()))

    def length(lines: NDArray[np.object_]) -> Floats:
        return np.asarray(shapely.length(shapely.transform(lines, lambda at: at * (narrow, 1.0))))

    whole = length(roads)
    inside = length(shapely.intersection(roads, areas))
    share = np.divide(inside, whole, out=np.ones_like(whole), where=whole > 0)
    return np.minimum(share, 1.0)
