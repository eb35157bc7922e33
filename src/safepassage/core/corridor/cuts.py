"""What separates two places: the fewest shut roads that together close every way.

The greatest flow from one place to the other, through open roads without limit and through each
shut road once, equals the least cut (L. R. Ford, D. R. Fulkerson 1956, doi:10.4153/CJM-1956-045-5).
Parts of the network whose open roads lead from each node to each are drawn together first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

from safepassage.core.corridor.metric import Metric, Shut
from safepassage.core.corridor.types import RoadNetwork

Ints = NDArray[np.int64]

_NO_LIMIT = 1 << 30
"""More than all shut arcs together; a sum of two still fits 32 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Shut arcs that stand between two nodes.

    Parameters
    ----------
    arcs
        int64[c], arcs of the network, ascending: those of a least cut, the one that is nearest to
        the place in question. Empty where there is no road at all.
    ways
        Their way ids, each once, ascending.
    bridges
        Those of `ways` that are bridges there.
    """

    arcs: Ints
    ways: tuple[int, ...]
    bridges: tuple[int, ...]


def separating_cut(
    network: RoadNetwork, metric: Metric, node: int, other: int, lifting: Shut, *, towards: bool
) -> Cut | None:
    """Return the shut arcs that separate a node from another one.

    Parameters
    ----------
    node, other
        Nodes of the network. Of several least cuts the one nearest to `node` is returned.
    lifting, towards
        As for :func:`separation`.

    Returns
    -------
    None where open roads join them: then turns that may not be made are in the way.
    """
    return separation(network, metric, lifting, towards=towards).cut(node, other)


def separation(network: RoadNetwork, metric: Metric, lifting: Shut, *, towards: bool) -> Separation:
    """Return what the cuts between any two nodes have in common.

    Parameters
    ----------
    lifting
        Reasons of closure that could be lifted. Arcs shut for others stay out of account.
    towards
        Whether the ways meant lead from the second node to the first; else from the first to the
        second.
    """
    is_open = metric.open()
    liftable = metric.open(lifting) & ~is_open
    count, part = _parts(network, is_open)
    tail, head = part[network.tail], part[network.head]
    if towards:
        tail, head = head, tail
    capacity = _capacities(count, tail, head, is_open, liftable)
    return Separation(network, liftable, part, tail, head, capacity)


@dataclass(frozen=True, slots=True, eq=False)
class Separation:
    """Parts of a network that are joined by open roads, and what would join them.

    Parameters
    ----------
    liftable
        bool[m], shut arcs whose reason could be lifted.
    part
        int32[n], the part of each node.
    tail, head
        int32[m], the parts at the ends of each arc.
    capacity
        Of the flow from part to part.
    cuts
        Those found before: nodes of one part have the same.
    """

    network: RoadNetwork
    liftable: NDArray[np.bool_]
    part: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    capacity: csr_array
    cuts: dict[tuple[int, int], Cut | None] = field(default_factory=dict, repr=False)

    def cut(self, node: int, other: int) -> Cut | None:
        """Return the shut arcs that separate two nodes: see :func:`separating_cut`."""
        pair = int(self.part[node]), int(self.part[other])
        if pair not in self.cuts:
            self.cuts[pair] = None if pair[0] == pair[1] else self._cut(*pair)
        return self.cuts[pair]

    def _cut(self, start: int, end: int) -> Cut | None:
        flow = maximum_flow(self.capacity, start, end)
        if flow.flow_value >= _NO_LIMIT:
            return None
        arcs = np.zeros(0, dtype=np.int64)
        if flow.flow_value:
            near = _reached(self.capacity, flow.flow, start)
            arcs = np.flatnonzero(self.liftable & near[self.tail] & ~near[self.head])
        ways, bridge = self.network.way_id, self.network.bridge
        return Cut(
            arcs,
            tuple(np.unique(ways[arcs]).tolist()),
            tuple(np.unique(ways[arcs[bridge[arcs]]]).tolist()),
        )


def _parts(network: RoadNetwork, is_open: NDArray[np.bool_]) -> tuple[int, NDArray[np.int32]]:
    """Return the strongly connected parts by open arcs: each node's part."""
    ends = (network.tail[is_open], network.head[is_open])
    shape = (network.node_count, network.node_count)
    graph = csr_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=shape)
    count, part = connected_components(graph, directed=True, connection="strong")
    return int(count), part.astype(np.int32)


def _capacities(
    count: int,
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    is_open: NDArray[np.bool_],
    liftable: NDArray[np.bool_],
) -> csr_array:
    between = tail != head
    free, paid = is_open & between, liftable & between
    pairs = np.unique(np.column_stack((tail[free], head[free])), axis=0)
    values = np.r_[np.full(len(pairs), _NO_LIMIT), np.ones(np.count_nonzero(paid))]
    ends = (np.r_[pairs[:, 0], tail[paid]], np.r_[pairs[:, 1], head[paid]])
    return csr_array((values.astype(np.int32), ends), shape=(count, count))


def _reached(capacity: csr_array, flow: csr_array, start: int) -> NDArray[np.bool_]:
    """Return the parts that flow could still reach from a part."""
    left = (capacity - flow).tocsr()
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    order = breadth_first_order(left, start, return_predecessors=False)
    near = np.zeros(capacity.shape[0], dtype=bool)
    near[order] = True
    return near
