"""Parts of a road network that no road joins to each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from safepassage.core.corridor.types import RoadNetwork

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Island:
    """Roads that hang together, one-way streets taken as open both ways.

    Parameters
    ----------
    part
        Its number in :func:`part_of_each_node`.
    nodes, arcs
        How many it has.
    length_km
        Kilometres of road; one that is driven both ways counts once.
    lon, lat
        Degrees, WGS 84: its node nearest to the middle of its nodes.
    ferry
        Whether a ferry line of the extract begins or ends at one of its nodes.
    """

    part: int
    nodes: int
    arcs: int
    length_km: float
    lon: float
    lat: float
    ferry: bool


def islands(network: RoadNetwork) -> tuple[Island, ...]:
    """Return the parts of a network, the longest first; the first is the mainland."""
    part = part_of_each_node(network)
    if len(part) == 0:
        return ()
    of_arc = part[network.tail]
    nodes, arcs = np.bincount(part), np.bincount(of_arc, minlength=part.max() + 1)
    length_km = np.bincount(of_arc, _road_length_m(network), minlength=len(nodes)) / 1000
    lon, lat = _middles(network, part, nodes)
    ferry = _with_ferry(network, part)
    order = np.lexsort((np.arange(len(nodes)), -np.rint(length_km * 1000)))
    return tuple(
        Island(
            part=int(index),
            nodes=int(nodes[index]),
            arcs=int(arcs[index]),
            length_km=round(float(length_km[index]), 3),
            lon=float(lon[index]),
            lat=float(lat[index]),
            ferry=int(index) in ferry,
        )
        for index in order
    )


def part_of_each_node(network: RoadNetwork) -> Ints:
    """Return int64[n], the part in which each node lies; numbered by their first nodes."""
    shape = (network.node_count, network.node_count)
    ones = np.ones(network.arc_count, dtype=np.int8)
    matrix = csr_array((ones, (network.tail, network.head)), shape=shape)
    _, label = connected_components(matrix, directed=False)
    first = np.full(label.max(initial=-1) + 1, network.node_count)
    np.minimum.at(first, label, np.arange(network.node_count))
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[label])


def _road_length_m(network: RoadNetwork) -> NDArray[np.float64]:
    """Return each arc's share of the length of its road: half where there is an arc back."""
    tail, head = network.tail.astype(np.int64), network.head.astype(np.int64)
    there, back = tail * network.node_count + head, head * network.node_count + tail
    known = np.sort(there)
    at = np.minimum(np.searchsorted(known, back), len(known) - 1)
    return np.where(known[at] == back, 0.5, 1.0) * network.length_m


def _middles(
    network: RoadNetwork, part: Ints, nodes: Ints
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the node of each part that is nearest to the mean of its nodes."""
    origin = network.node_lon[0]
    east = (network.node_lon - origin + 180.0) % 360.0 - 180.0
    mean_east = np.bincount(part, east) / nodes
    mean_lat = np.bincount(part, network.node_lat) / nodes
    shrink = np.cos(np.radians(mean_lat[part]))
    away = np.hypot((east - mean_east[part]) * shrink, network.node_lat - mean_lat[part])
    order = np.lexsort((np.arange(len(part)), away, part))
    chosen = order[np.searchsorted(part[order], np.arange(len(nodes)))]
    return network.node_lon[chosen], network.node_lat[chosen]


def _with_ferry(network: RoadNetwork, part: Ints) -> set[int]:
    if network.ferries is None:
        return set()
    landings = np.isin(network.node_ref, network.ferries)
    return set(part[landings].tolist())
