"""Which arcs of the network are one road: both directions of a stretch between two nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.types import RoadNetwork

Ints = NDArray[np.int64]


def road_numbers(network: RoadNetwork) -> Ints:
    """Return int64[m + 1], one number for both directions of a road between two nodes.

    Two roads of one way between the same nodes, as the halves of a loop, differ by their length
    or by where they lie next to the first node. The last number stands for "arrives here", which
    is no road.
    """
    low = np.minimum(network.tail, network.head).astype(np.int64)
    high = np.maximum(network.tail, network.head).astype(np.int64)
    first, after = network.shape_offset[:-1], network.shape_offset[1:]
    beside = np.where(network.tail <= network.head, first + 1, after - 2)
    _, lon = np.unique(network.shape_lon, return_inverse=True)
    _, lat = np.unique(network.shape_lat, return_inverse=True)
    _, length = np.unique(network.length_m, return_inverse=True)
    rows = np.column_stack((network.way_id, low, high, lon[beside], lat[beside], length))
    _, road = np.unique(rows, axis=0, return_inverse=True)
    return np.append(road.reshape(-1), -1)
