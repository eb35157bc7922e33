"""Exact shortest paths on the search graph (E. W. Dijkstra 1959, doi:10.1007/BF01386390).

Paths are compared by (cost, time, exposure), in this order. All three are sums of integers that are
not negative, so that the least triple is unique whatever the method that finds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from safepassage.core.corridor.graph import ArcCosts, SearchGraph

Ints = NDArray[np.int64]

UNREACHED = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Shortest paths from one search node.

    Parameters
    ----------
    cost_ms, travel_time_ms, exposure_nano
        int64[N]; `cost_ms` is :data:`UNREACHED` where there is no way. Only the values of
        targets, and of nodes on the way to them, are final.
    entered_by
        int64[N], the search arc by which the path enters each node, or -1.
    """

    cost_ms: Ints
    travel_time_ms: Ints
    exposure_nano: Ints
    entered_by: Ints


def shortest_tree(
    graph: SearchGraph, costs: ArcCosts, source: int, targets: Ints | None = None
) -> Tree:
    """Return shortest paths from a search node to the targets, or to all nodes.

    Parameters
    ----------
    targets
        Search nodes after which the search may stop; None for all.
    """
    wanted = np.zeros(graph.node_count, dtype=np.bool_)
    if targets is not None:
        wanted[targets] = True
    remaining = int(np.count_nonzero(wanted)) if targets is not None else graph.node_count + 1
    return Tree(
        *_dijkstra(
            graph.first_out, graph.head, costs.cost_ms, costs.travel_time_ms,
            costs.exposure_nano, source, wanted, remaining,
        )
    )  # fmt: skip


def path_to(graph: SearchGraph, tree: Tree, target: int) -> list[int]:
    """Return the search arcs from the tree's source to a target that it reaches."""
    arcs: list[int] = []
    arc = int(tree.entered_by[target])
    while arc >= 0:
        arcs.append(arc)
        arc = int(tree.entered_by[graph.tail[arc]])
    return arcs[::-1]


@njit(cache=True)
def _less(heap: Ints, a: int, b: int) -> bool:  # pragma: no cover - compiled
    for column in range(3):
        if heap[a, column] != heap[b, column]:
            return bool(heap[a, column] < heap[b, column])
    return bool(heap[a, 3] < heap[b, 3])


@njit(cache=True)
def _swap(heap: Ints, a: int, b: int) -> None:  # pragma: no cover - compiled
    for column in range(4):
        heap[a, column], heap[b, column] = heap[b, column], heap[a, column]


@njit(cache=True)
def _rise(heap: Ints, at: int) -> None:  # pragma: no cover - compiled
    while at > 0 and _less(heap, at, (at - 1) // 2):
        _swap(heap, at, (at - 1) // 2)
        at = (at - 1) // 2


@njit(cache=True)
def _sink(heap: Ints, size: int) -> None:  # pragma: no cover - compiled
    at = 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and _less(heap, child + 1, child):
            child += 1
        if not _less(heap, child, at):
            return
        _swap(heap, child, at)
        at = child


@njit(cache=True)
def _dijkstra(
    first_out: Ints,
    head: NDArray[np.int32],
    cost: Ints,
    time: Ints,
    exposure: Ints,
    source: int,
    wanted: NDArray[np.bool_],
    remaining: int,
) -> tuple[Ints, Ints, Ints, Ints]:  # pragma: no cover - compiled
    count = len(first_out) - 1
    best = np.full((count, 3), np.iinfo(np.int64).max, dtype=np.int64)
    entered_by = np.full(count, -1, dtype=np.int64)
    settled = np.zeros(count, dtype=np.bool_)
    heap = np.empty((len(head) + 1, 4), dtype=np.int64)
    best[source] = 0
    heap[0] = 0
    heap[0, 3] = source
    size = 1
    while size > 0 and remaining > 0:
        node = heap[0, 3]
        size -= 1
        heap[0] = heap[size]
        _sink(heap, size)
        if settled[node]:
            continue
        settled[node] = True
        if wanted[node]:
            remaining -= 1
        for arc in range(first_out[node], first_out[node + 1]):
            if cost[arc] < 0 or settled[head[arc]]:
                continue
            heap[size, 0] = best[node, 0] + cost[arc]
            heap[size, 1] = best[node, 1] + time[arc]
            heap[size, 2] = best[node, 2] + exposure[arc]
            heap[size, 3] = head[arc]
            if _improves(heap[size], best[head[arc]]):
                best[head[arc]] = heap[size, :3]
                entered_by[head[arc]] = arc
                _rise(heap, size)
                size += 1
    return best[:, 0].copy(), best[:, 1].copy(), best[:, 2].copy(), entered_by


@njit(cache=True)
def _improves(new: Ints, old: Ints) -> bool:  # pragma: no cover - compiled
    for column in range(3):
        if new[column] != old[column]:
            return bool(new[column] < old[column])
    return False
