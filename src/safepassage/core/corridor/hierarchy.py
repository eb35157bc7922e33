"""A customisable contraction hierarchy: the shape once, the costs in a fraction of a second.

Method: J. Dibbelt, B. Strasser, D. Wagner, "Customizable Contraction Hierarchies", ACM JEA 2016,
doi:10.1145/2886843. The shape (which shortcuts there are) depends on roads and turn bans alone. A
metric gives every edge of it two triples (cost, time, exposure), up and down, by looking at all
lower triangles. Triples are added and compared as wholes, so that ties are settled as in
:mod:`~safepassage.core.corridor.paths` and every answer is the same to the last digit.

Nodes are numbered by the elimination tree in postorder: the ancestors of a node have higher
numbers, and the descendants of a node are the numbers just below it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]

CLOSED_COST = np.int64(1) << np.int64(61)
"""Cost of what may not be driven; twice it still fits."""

NO_EDGE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Nodes and edges of a hierarchy, without costs.

    Parameters
    ----------
    rank
        int32[N]: number in the hierarchy of each node of the graph it was built from.
    parent, depth, least
        int32[N] by rank: next ancestor (-1 at a root), number of ancestors, and the least number
        among the descendants.
    first_up, up_head
        int64[N+1], int32[E]: edges from each node to higher ones, ascending.
    up_tail
        int32[E].
    third
        int32[T]: of each triangle of a node and two of its higher neighbours the edge between
        those, by the node, the nearer and the further neighbour.
    arc_edge, arc_up
        int32[M], bool[M]: the edge that each arc of the graph is part of (-1 for loops) and
        whether it leads up.
    """

    rank: Ints32
    parent: Ints32
    depth: Ints32
    least: Ints32
    first_up: Ints
    up_head: Ints32
    up_tail: Ints32
    third: Ints32
    arc_edge: Ints32
    arc_up: NDArray[np.bool_]

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.rank)

    @property
    def edge_count(self) -> int:
        """Number of edges, shortcuts included."""
        return len(self.up_head)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The costs of a shape's edges under one metric.

    Parameters
    ----------
    up, down
        int64[E, 3]: least (cost, time, exposure) from the lower end to the higher through lower
        nodes, and back. Cost is :data:`CLOSED_COST` where there is none, and where a way over
        higher nodes is better: no least way needs such an edge.
    via
        int32[E, 2], up and down: the arc that is the edge, or ``-2 - node`` for a shortcut over
        that lower node, or -1 where there is none.
    """

    up: Ints
    down: Ints
    via: Ints32


def build_shape(count: int, tail: Ints, head: Ints, order: Ints) -> Shape:
    """Return the hierarchy of a graph.

    Parameters
    ----------
    count
        Number of nodes.
    tail, head
        int64[M], the arcs.
    order
        int64[count], nodes in the order of elimination.
    """
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    first, higher = _higher_neighbours(count, place[tail], place[head])
    first_up, up_head, parent = _eliminate(first, higher)
    post, least = _postorder(parent)
    edge_tail = post[np.repeat(np.arange(count), np.diff(first_up))]
    edge_head = post[up_head]
    sort = np.lexsort((edge_head, edge_tail))
    edge_tail, edge_head = edge_tail[sort], edge_head[sort]
    new_parent = np.full(count, -1)
    new_parent[post] = np.where(parent < 0, -1, post[parent])
    rank = post[place]
    arc_edge, arc_up = _edges_of_arcs(rank[tail], rank[head], edge_tail, edge_head, count)
    first_up = np.searchsorted(edge_tail, np.arange(count + 1)).astype(np.int64)
    up_head, up_tail = edge_head.astype(np.int32), edge_tail.astype(np.int32)
    return Shape(
        rank=rank.astype(np.int32),
        parent=new_parent.astype(np.int32),
        depth=_depths(new_parent),
        least=least[np.argsort(post)].astype(np.int32),
        first_up=first_up,
        up_head=up_head,
        up_tail=up_tail,
        third=_third_sides(first_up, up_head, up_tail),
        arc_edge=arc_edge,
        arc_up=arc_up,
    )


def _higher_neighbours(count: int, tail: Ints, head: Ints) -> tuple[Ints, Ints]:
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    keys = np.unique((low * count + high)[low != high])
    low, high = keys // max(count, 1), keys % max(count, 1)
    return np.searchsorted(low, np.arange(count + 1)).astype(np.int64), high


def _edges_of_arcs(
    tail: Ints, head: Ints, edge_tail: Ints, edge_head: Ints, count: int
) -> tuple[Ints32, NDArray[np.bool_]]:
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    edge = np.searchsorted(edge_tail * count + edge_head, low * count + high)
    return np.where(tail == head, NO_EDGE, edge).astype(np.int32), tail < head


def _depths(parent: Ints) -> Ints32:
    depth = [0] * len(parent)
    for node in range(len(parent) - 1, -1, -1):
        above = int(parent[node])
        depth[node] = depth[above] + 1 if above >= 0 else 0
    return np.array(depth, dtype=np.int32)


def _postorder(parent: Ints) -> tuple[Ints, Ints]:
    """Return the postorder number of each node and the least number in its subtree."""
    count = len(parent)
    above = parent.tolist()
    size = [1] * count
    for node, up in enumerate(above):
        if up >= 0:
            size[up] += size[node]
    start = [0] * (count + 1)
    least = [0] * count
    for node in range(count - 1, -1, -1):
        up = above[node]
        least[node] = start[up]
        start[up] += size[node]
        start[node] = least[node]
    lowest = np.array(least, dtype=np.int64)
    return lowest + np.array(size, dtype=np.int64) - 1, lowest


@njit(cache=True)
def _eliminate(first: Ints, higher: Ints) -> tuple[Ints, Ints, Ints]:  # pragma: no cover - compiled
    """Return each node's higher neighbours when lower ones are taken away, and its parent."""
    count = len(first) - 1
    parent = np.full(count, -1, dtype=np.int64)
    youngest = np.full(count, -1, dtype=np.int64)
    sibling = np.full(count, -1, dtype=np.int64)
    seen = np.full(count, -1, dtype=np.int64)
    first_up = np.zeros(count + 1, dtype=np.int64)
    heads = np.empty(2 * len(higher) + 16, dtype=np.int64)
    size = 0
    for node in range(count):
        seen[node] = node
        while size + count > len(heads):
            wider = np.empty(2 * len(heads), dtype=np.int64)
            wider[:size] = heads[:size]
            heads = wider
        for entry in range(first[node], first[node + 1]):
            seen[higher[entry]] = node
            heads[size] = higher[entry]
            size += 1
        child = youngest[node]
        while child >= 0:
            for entry in range(first_up[child], first_up[child + 1]):
                other = heads[entry]
                if seen[other] != node:
                    seen[other] = node
                    heads[size] = other
                    size += 1
            child = sibling[child]
        first_up[node + 1] = size
        if size > first_up[node]:
            above = heads[first_up[node] : size].min()
            parent[node] = above
            sibling[node] = youngest[above]
            youngest[above] = node
    return first_up, heads[:size].copy(), parent


def _third_sides(first_up: Ints, up_head: Ints32, up_tail: Ints32) -> Ints32:
    by_head = np.lexsort((up_tail, up_head))
    first_down = np.searchsorted(up_head[by_head], np.arange(len(first_up))).astype(np.int64)
    later = first_up[up_tail + 1] - np.arange(len(up_tail)) - 1
    first = np.r_[0, np.cumsum(later)].astype(np.int64)
    return np.asarray(_third(first_up, up_head, up_tail, first_down, by_head, first))


@njit(cache=True)
def _third(
    first_up: Ints, up_head: Ints32, up_tail: Ints32, first_down: Ints, by_head: Ints, first: Ints
) -> Ints32:  # pragma: no cover - compiled
    third = np.empty(first[-1], dtype=np.int32)
    slot = np.empty(len(first_up), dtype=np.int32)
    for node in range(len(first_up) - 1):
        for edge in range(first_up[node], first_up[node + 1]):
            slot[up_head[edge]] = edge
        for place in range(first_down[node], first_down[node + 1]):
            below = by_head[place]
            for side in range(below + 1, first_up[up_tail[below] + 1]):
                third[first[below] + side - below - 1] = slot[up_head[side]]
    return third


def customise(
    shape: Shape, cost: Ints, time: Ints, exposure: Ints, is_open: NDArray[np.bool_]
) -> Weights:
    """Return the weights of all edges under a metric.

    Parameters
    ----------
    cost, time, exposure
        int64[M], of the graph's arcs, none of them negative.
    is_open
        bool[M].
    """
    triples = np.column_stack((cost, time, exposure))
    up, down = np.empty((2, shape.edge_count, 3), dtype=np.int64)
    via = np.full((shape.edge_count, 2), -1, dtype=np.int32)
    _customise(
        shape.first_up, shape.third, shape.arc_edge, shape.arc_up, triples, is_open, via, up, down
    )
    return Weights(up, down, via)


@njit(cache=True)
def _shorten(
    both: Ints, edge: int, way: int, one: int, way_one: int, other: int, way_other: int
) -> bool:  # pragma: no cover - compiled
    """Set an edge one way to the sum of two others if that is less."""
    cost = both[one, way_one] + both[other, way_other]
    if cost > both[edge, way]:
        return False
    time = both[one, way_one + 1] + both[other, way_other + 1]
    exposure = both[one, way_one + 2] + both[other, way_other + 2]
    if cost == both[edge, way]:
        if time > both[edge, way + 1]:
            return False
        if time == both[edge, way + 1] and exposure >= both[edge, way + 2]:
            return False
    both[edge, way], both[edge, way + 1], both[edge, way + 2] = cost, time, exposure
    return True


@njit(cache=True)
def _customise(  # noqa: C901 - one compiled loop nest
    first_up: Ints,
    third: Ints32,
    arc_edge: Ints32,
    arc_up: NDArray[np.bool_],
    triples: Ints,
    is_open: NDArray[np.bool_],
    via: Ints32,
    up: Ints,
    down: Ints,
) -> None:  # pragma: no cover - compiled
    # Columns 0 to 2 lead up, 3 to 5 down; the last row is for the arc at hand.
    edges = len(up)
    both = np.zeros((edges + 1, 6), dtype=np.int64)
    for edge in range(edges):
        both[edge, 0] = both[edge, 3] = CLOSED_COST
    for arc in range(len(arc_edge)):
        edge = arc_edge[arc]
        if edge >= 0 and is_open[arc]:
            both[edges, 0], both[edges, 1], both[edges, 2] = triples[arc]
            way = 0 if arc_up[arc] else 3
            if _shorten(both, edge, way, edges, 0, edges, 3):
                via[edge, way // 3] = arc
    at = 0
    for node in range(len(first_up) - 1):
        for below in range(first_up[node], first_up[node + 1]):
            for side in range(below + 1, first_up[node + 1]):
                top = third[at]
                at += 1
                if _shorten(both, top, 0, below, 3, side, 0):
                    via[top, 0] = -2 - node
                if _shorten(both, top, 3, side, 3, below, 0):
                    via[top, 1] = -2 - node
    for edge in range(edges):
        for part in range(3):
            up[edge, part], down[edge, part] = both[edge, part], both[edge, part + 3]
    for node in range(len(first_up) - 2, -1, -1):
        for near in range(first_up[node + 1] - 1, first_up[node] - 1, -1):
            for far in range(first_up[node + 1] - 1, near, -1):
                at -= 1
                top = third[at]
                _shorten(both, near, 0, far, 0, top, 3)
                _shorten(both, near, 3, top, 0, far, 3)
                _shorten(both, far, 0, near, 0, top, 0)
                _shorten(both, far, 3, top, 3, near, 3)
    for edge in range(edges):
        for part in range(3):
            if up[edge, part] != both[edge, part]:
                up[edge, 0] = CLOSED_COST
            if down[edge, part] != both[edge, part + 3]:
                down[edge, 0] = CLOSED_COST
