"""Divide an extract into two sides and find a crossing that both can drive to.

The dividing line is a placeholder: a straight strip, held by nobody, through the road network. What
has to be right is that vehicles of either side can reach the crossing, their depot and their
pick-ups without leaving the ground on which they may drive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from safepassage.core.corridor.metric import arc_speeds_kmh, class_bit, exceeds_limits
from safepassage.core.corridor.snap import main_component
from safepassage.core.corridor.types import RoadNetwork, TravelProfile
from safepassage.core.geo.polylines import midpoints
from safepassage.errors import InfeasibleError

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAIN_ROADS = ("trunk", "primary", "secondary", "tertiary")
"""Where a crossing is likely to be, best first; any other road comes after."""

_SHARES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
_WANTED_SHARE = 0.6
_SMALLEST_SHARE = 0.1
_STRIP_SHARE = 0.01
_RANK_COST = 0.05
_STRIP_M = (150.0, 1500.0)
_METRES_PER_DEGREE = 111_200.0
_MARGIN_DEGREES = 0.05


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in degrees, WGS 84."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: Floats, lat: Floats) -> Bools:
        """Return bool[k], whether each point lies in the box or on its edge."""
        inside_lon = (self.west <= lon) & (lon <= self.east)
        return np.asarray(inside_lon & (self.south <= lat) & (lat <= self.north))


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """The network as every vehicle of the fleet can drive on it.

    Parameters
    ----------
    main
        bool[n], nodes of the part that hangs together.
    arcs
        int64[a], arcs in it that every vehicle may drive.
    middle_lon, middle_lat
        float64[a], where they have their midpoints: that decides on whose ground an arc lies.
    ranks
        int64[n], see :func:`road_ranks`.
    """

    network: RoadNetwork
    main: Bools
    arcs: Ints
    middle_lon: Floats
    middle_lat: Floats
    ranks: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Two sides, the strip between them, and what can be reached on each.

    Parameters
    ----------
    near, far
        Ground of the side that people leave, and of the side that they reach.
    near_nodes, far_nodes
        bool[n], nodes on each side's own ground that its vehicles can reach from the crossing and
        come back from.
    crossing
        Node in the strip.
    worth
        Higher is better; only for choosing between divisions.
    """

    near: Box
    far: Box
    near_nodes: Bools
    far_nodes: Bools
    crossing: int
    worth: float


def divide(network: RoadNetwork, profiles: tuple[TravelProfile, ...]) -> Division:
    """Return the best division of a network that a straight line gives.

    Parameters
    ----------
    profiles
        Ways of driving, all of which must work on both sides; their sides are left out of account.

    Raises
    ------
    InfeasibleError
        If no line leaves both sides with connected roads to one crossing.
    """
    ground = _ground(network, profiles)
    tried = (_division(ground, near, far) for near, far in _halves(network, ground.main))
    divisions = [division for division in tried if division is not None]
    if not divisions:
        raise InfeasibleError(
            "The roads of this extract cannot be divided into two connected sides with a crossing "
            "between them; take a larger extract, or draw roads and control by hand."
        )
    return max(divisions, key=lambda division: division.worth)


def road_ranks(network: RoadNetwork) -> Ints:
    """Return int64[n], the place in `MAIN_ROADS` of the best road at each node."""
    rank_of_name = np.array(
        [
            MAIN_ROADS.index(name) if name in MAIN_ROADS else len(MAIN_ROADS)
            for name in network.highway_names
        ]
    )
    ranks = np.full(network.node_count, len(MAIN_ROADS))
    for ends in (network.tail, network.head):
        np.minimum.at(ranks, ends, rank_of_name[network.highway])
    return ranks


def _ground(network: RoadNetwork, profiles: tuple[TravelProfile, ...]) -> _Ground:
    main = main_component(network, profiles)
    drivable = main[network.tail] & main[network.head]
    for profile in profiles:
        permitted = (network.access & np.uint8(class_bit(profile.vehicle_class))) > 0
        passable = arc_speeds_kmh(network, profile.vehicle_class) > 0
        drivable &= permitted & passable & ~exceeds_limits(network, profile)
    lon, lat = midpoints(network.shape_offset, network.shape_lon, network.shape_lat)
    arcs = np.flatnonzero(drivable)
    return _Ground(network, main, arcs, lon[arcs], lat[arcs], road_ranks(network))


def _halves(network: RoadNetwork, main: Bools) -> Iterator[tuple[Box, Box]]:
    """Yield pairs of boxes on either side of a strip, at several places and both ways round."""
    if not main.any():
        return
    lon, lat = network.node_lon, network.node_lat
    west, east = float(lon.min()) - _MARGIN_DEGREES, float(lon.max()) + _MARGIN_DEGREES
    south, north = float(lat.min()) - _MARGIN_DEGREES, float(lat.max()) + _MARGIN_DEGREES
    per_lon = _METRES_PER_DEGREE * float(np.cos(np.radians(lat[main].mean())))
    for share in _SHARES:
        at, half = _strip(lon[main], share, per_lon)
        left, right = Box(west, south, at - half, north), Box(at + half, south, east, north)
        yield from ((left, right), (right, left))
        at, half = _strip(lat[main], share, _METRES_PER_DEGREE)
        lower, upper = Box(west, south, east, at - half), Box(west, at + half, east, north)
        yield from ((lower, upper), (upper, lower))


def _strip(values: Floats, share: float, metres_per_degree: float) -> tuple[float, float]:
    """Return middle and half width of a strip, in degrees rounded so that people can read it."""
    extent_m = float(values.max() - values.min()) * metres_per_degree
    half_m = float(np.clip(extent_m * _STRIP_SHARE, *_STRIP_M))
    return round(float(np.quantile(values, share)), 4), round(half_m / metres_per_degree, 4)


def _division(ground: _Ground, near: Box, far: Box) -> Division | None:
    network = ground.network
    lon, lat = network.node_lon, network.node_lat
    near_reach, far_reach = _reach(ground, near, far), _reach(ground, far, near)
    near_nodes, far_nodes = near_reach & near.holds(lon, lat), far_reach & far.holds(lon, lat)
    served = int(near_nodes.sum() + far_nodes.sum())
    share = float(near_nodes.sum()) / max(1, served)
    in_strip = ~near.holds(lon, lat) & ~far.holds(lon, lat)
    candidates = np.flatnonzero(near_reach & far_reach & in_strip)
    if len(candidates) == 0 or not _SMALLEST_SHARE <= share <= 1 - _SMALLEST_SHARE:
        return None
    ranks, off = ground.ranks[candidates], _off_middle(network, candidates, near, far)
    best = int(np.lexsort((network.node_ref[candidates], off, ranks))[0])
    worth = served / float(ground.main.sum()) - abs(share - _WANTED_SHARE)
    worth -= _RANK_COST * float(ranks[best])
    return Division(near, far, near_nodes, far_nodes, int(candidates[best]), worth)


def _reach(ground: _Ground, own: Box, other: Box) -> Bools:
    """Return bool[n], the largest part that vehicles of one side can drive round in.

    Ground of the other side is closed to them; the strip is open to all.
    """
    network = ground.network
    arcs = ground.arcs[~other.holds(ground.middle_lon, ground.middle_lat)]
    tail, head = network.tail[arcs], network.head[arcs]
    shape = (network.node_count, network.node_count)
    matrix = csr_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=shape)
    _, label = connected_components(matrix, directed=True, connection="strong")
    own_nodes = ground.main & own.holds(network.node_lon, network.node_lat)
    if not own_nodes.any():
        return np.zeros(network.node_count, dtype=bool)
    return np.asarray(label == np.argmax(np.bincount(label[own_nodes])))


def _off_middle(network: RoadNetwork, nodes: Ints, near: Box, far: Box) -> Floats:
    """Return how far nodes lie from the middle of the strip, in degrees."""
    if near.south == far.south:
        middle = (min(near.east, far.east) + max(near.west, far.west)) / 2
        return np.abs(network.node_lon[nodes] - middle)
    middle = (min(near.north, far.north) + max(near.south, far.south)) / 2
    return np.abs(network.node_lat[nodes] - middle)


def spread_out(network: RoadNetwork, among: Bools, count: int) -> list[int]:
    """Return up to `count` nodes that lie far from each other, best road first.

    Farthest-point sampling (Gonzalez 1985, doi:10.1016/0304-3975(85)90224-5) on the best class of
    road that has enough nodes.
    """
    ranks = road_ranks(network)
    classes = [np.flatnonzero(among & (ranks <= rank)) for rank in range(len(MAIN_ROADS) + 1)]
    nodes = next((nodes for nodes in classes if len(nodes) >= count), classes[-1])
    if len(nodes) == 0:
        return []
    nodes = nodes[np.argsort(network.node_ref[nodes], kind="stable")]
    scale = np.cos(np.radians(network.node_lat[nodes].mean()))
    points = np.column_stack([network.node_lon[nodes] * scale, network.node_lat[nodes]])
    chosen = [int(np.argmin(((points - points.mean(axis=0)) ** 2).sum(axis=1)))]
    nearest = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count and nearest.max() > 0:
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return [int(nodes[index]) for index in chosen]
