"""The order in which a hierarchy takes nodes away: what divides the map comes last.

Nodes with one or two neighbours go first, a set of nodes that are no neighbours at a time, so that
long roads make shallow trees. What is left is divided again and again by *inertial flow*: nodes are
sorted along a few directions, the first quarter is the source and the last quarter the sink of a
flow with unit capacities, and the least cut over the directions separates the two halves (A.
Schild, C. Sommer, "On Balanced Separators in Road Networks", SEA 2015,
doi:10.1007/978-3-319-20086-6_22). Nested dissection: A. George 1973, doi:10.1137/0710032.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SHARE = 0.25
"""Part of a cell that is the source of the flow, and the sink; each half has at least so much."""
DIRECTIONS = np.array([(1, 0), (0, 1), (1, 1), (1, -1)], dtype=np.float64)
"""East, north and the two diagonals."""

_LOW_DEGREE = 2
_WORTH_A_ROUND = 1000
"""A round of taking away low nodes goes on while it takes one of so many."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""Multiplier of Fibonacci hashing (Knuth, TAOCP 3, 6.4): spreads neighbouring numbers."""


def dissection_order(count: int, edges: Ints, x: Floats, y: Floats) -> Ints:
    """Return the nodes in the order of elimination, the most dividing last.

    Parameters
    ----------
    count
        Number of nodes.
    edges
        int64[e, 2], pairs of nodes that are joined in any direction; doubles and loops may occur.
    x, y
        float64[count], positions in any unit that is the same both ways. They shape the order,
        never an answer.

    Returns
    -------
    int64[count]
    """
    edges = simple_edges(count, edges)
    low, edges = _low_nodes(count, edges)
    core = np.setdiff1d(np.arange(count), low)
    number = np.full(count, -1)
    number[core] = np.arange(len(core))
    first, adjacent, reverse = adjacency(len(core), number[edges])
    order = _dissect(first, adjacent, reverse, _along(x[core], y[core]), SHARE)
    return np.concatenate((low, core[order]))


def _along(x: Floats, y: Floats) -> Ints:
    """Return int64[directions, count], each node's place along each direction."""
    places = np.empty((len(DIRECTIONS), len(x)), dtype=np.int64)
    for place, (east, north) in zip(places, DIRECTIONS.tolist(), strict=True):
        place[np.argsort(east * x + north * y, kind="stable")] = np.arange(len(x))
    return places


def simple_edges(count: int, edges: Ints) -> Ints:
    """Return each pair of neighbours once, the lower node first, without loops."""
    low, high = edges.min(axis=1, initial=count), edges.max(axis=1, initial=-1)
    keys = np.unique((low * count + high)[low != high])
    return np.column_stack((keys // max(count, 1), keys % max(count, 1)))


def adjacency(count: int, edges: Ints) -> tuple[Ints, Ints, Ints]:
    """Return neighbours as compressed rows, and for each entry that of the other direction."""
    tail, head = np.r_[edges[:, 0], edges[:, 1]], np.r_[edges[:, 1], edges[:, 0]]
    order = np.lexsort((head, tail))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    other = np.roll(np.arange(len(order)), len(edges))
    first = np.searchsorted(tail[order], np.arange(count + 1)).astype(np.int64)
    return first, head[order], place[other[order]]


def _low_nodes(count: int, edges: Ints) -> tuple[Ints, Ints]:
    """Take away nodes with at most two neighbours, joining those; return them and the rest."""
    gone = [np.zeros(0, dtype=np.int64)]
    alive = np.ones(count, dtype=bool)
    priority = ((np.arange(count, dtype=np.uint64) * _GOLDEN) >> np.uint64(2)).astype(np.int64)
    while True:
        chosen = _independent(edges, alive, priority)
        if np.count_nonzero(chosen) * _WORTH_A_ROUND <= np.count_nonzero(alive):
            return np.concatenate(gone), edges
        gone.append(np.flatnonzero(chosen))
        alive &= ~chosen
        edges = _without(count, edges, chosen)


def _independent(edges: Ints, alive: NDArray[np.bool_], priority: Ints) -> NDArray[np.bool_]:
    """Return nodes of low degree that have the least priority among such neighbours."""
    degree = np.bincount(edges.ravel(), minlength=len(alive))
    low = alive & (degree <= _LOW_DEGREE)
    rank = np.where(low, priority, np.iinfo(np.int64).max)
    least = np.full(len(alive), np.iinfo(np.int64).max)
    np.minimum.at(least, edges[:, 0], rank[edges[:, 1]])
    np.minimum.at(least, edges[:, 1], rank[edges[:, 0]])
    return np.asarray(low & (rank < least))


def _without(count: int, edges: Ints, chosen: NDArray[np.bool_]) -> Ints:
    touched = chosen[edges].any(axis=1)
    near, far = np.where(chosen[edges[touched, :1]], edges[touched], edges[touched][:, ::-1]).T
    low, high = np.full(count, count), np.full(count, -1)
    np.minimum.at(low, near, far)
    np.maximum.at(high, near, far)
    joined = np.flatnonzero(chosen & (high >= 0))
    bridges = np.column_stack((low[joined], high[joined]))
    return simple_edges(count, np.concatenate((edges[~touched], bridges)))


@njit(cache=True)
def _dissect(  # noqa: C901 - one compiled loop nest
    first: Ints,
    adjacent: Ints,
    reverse: Ints,
    along: Ints,
    share: float,
) -> Ints:  # pragma: no cover - compiled
    """Return the nodes so that in each cell the separator stands last."""
    count = len(first) - 1
    order = np.arange(count)
    cell = np.zeros(count, dtype=np.int64)
    flow = np.zeros(len(adjacent), dtype=np.int8)
    role = np.zeros(count, dtype=np.int8)
    level = np.full(count, -1, dtype=np.int64)
    pointer = np.zeros(count, dtype=np.int64)
    queue = np.empty(count + 1, dtype=np.int64)
    best = np.zeros(count, dtype=np.bool_)
    stack = [(0, count)]
    cells = 0
    while len(stack) > 0:
        start, end = stack.pop()
        size = end - start
        if size <= 2:
            continue
        cells += 1
        nodes = order[start:end].copy()
        for node in nodes:
            cell[node] = cells
        quota = max(1, int(size * share))
        least = np.int64(len(adjacent) + 1)
        for direction in range(len(along)):
            places = along[direction]
            lowest = _smallest(places[nodes], quota - 1)
            highest = _smallest(places[nodes], size - quota)
            for node in nodes:
                role[node] = 1 if places[node] <= lowest else 2 if places[node] >= highest else 0
                for entry in range(first[node], first[node + 1]):
                    flow[entry] = 0
            value = _flow(
                first, adjacent, reverse, nodes, cell, cells, flow, role, level, pointer, queue,
                least,
            )  # fmt: skip
            if value < least:
                least = value
                for node in nodes:
                    best[node] = level[node] >= 0
        _arrange(first, adjacent, nodes, cell, cells, best, role)
        at = np.zeros(4, dtype=np.int64)
        for node in nodes:
            at[role[node] + 1] += 1
        at[0] = start
        at[1] += start
        at[2] += at[1]
        stack.append((at[0], at[1]))
        stack.append((at[1], at[2]))
        for node in nodes:
            order[at[role[node]]] = node
            at[role[node]] += 1
            if role[node] == 2:
                cell[node] = -1
    return order


@njit(cache=True)
def _smallest(values: Ints, at: int) -> int:  # pragma: no cover - compiled
    """Return what would stand at a place if the distinct values were sorted (Hoare 1961)."""
    left, right = 0, len(values) - 1
    while left < right:
        pivot = values[(left + right) // 2]
        i, j = left, right
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if at <= j:
            right = j
        elif at >= i:
            left = i
        else:
            break
    return int(values[at])


@njit(cache=True)
def _arrange(
    first: Ints,
    adjacent: Ints,
    nodes: Ints,
    cell: Ints,
    number: int,
    best: NDArray[np.bool_],
    role: NDArray[np.int8],
) -> None:  # pragma: no cover - compiled
    """Set roles: 0 and 1 for the halves, 2 for the separator: the cut's ends on one side."""
    ends = np.zeros(2, dtype=np.int64)
    sizes = np.zeros(2, dtype=np.int64)
    for node in nodes:
        side = 0 if best[node] else 1
        role[node] = side
        sizes[side] += 1
        for entry in range(first[node], first[node + 1]):
            other = adjacent[entry]
            if cell[other] == number and best[other] != best[node]:
                ends[side] += 1
                break
    taken = 0 if ends[0] < ends[1] or (ends[0] == ends[1] and sizes[0] >= sizes[1]) else 1
    for node in nodes:
        if role[node] != taken:
            continue
        for entry in range(first[node], first[node + 1]):
            other = adjacent[entry]
            if cell[other] == number and best[other] != best[node]:
                role[node] = 2
                break


@njit(cache=True)
def _flow(  # noqa: C901 - one compiled loop nest
    first: Ints,
    adjacent: Ints,
    reverse: Ints,
    nodes: Ints,
    cell: Ints,
    number: int,
    flow: NDArray[np.int8],
    role: NDArray[np.int8],
    level: Ints,
    pointer: Ints,
    queue: Ints,
    limit: int,
) -> int:  # pragma: no cover - compiled
    """Return the greatest flow from role 1 to role 2, or `limit` if it is no less.

    Dinic 1970. At the end the nodes with a level lie on the source's side.
    """
    value = 0
    while True:
        size = 0
        for node in nodes:
            level[node] = -1
            pointer[node] = first[node]
            if role[node] == 1:
                level[node] = 0
                queue[size] = node
                size += 1
        sources, at, found = size, 0, False
        while at < size and not found:
            node = queue[at]
            at += 1
            for entry in range(first[node], first[node + 1]):
                other = adjacent[entry]
                if cell[other] != number or level[other] >= 0 or flow[entry] == 1:
                    continue
                level[other] = level[node] + 1
                queue[size] = other
                size += 1
                found = found or role[other] == 2
        if not found:
            return value
        path = np.empty(level[queue[size - 1]] + 2, dtype=np.int64)
        for source in range(sources):
            node, length = queue[source], 0
            while True:
                if role[node] == 2:
                    for step in range(length):
                        flow[path[step]] += 1
                        flow[reverse[path[step]]] -= 1
                    value += 1
                    if value >= limit:
                        return value
                    node, length = queue[source], 0
                    continue
                if pointer[node] == first[node + 1]:
                    if length == 0:
                        break
                    length -= 1
                    node = adjacent[reverse[path[length]]]
                    pointer[node] += 1
                    continue
                entry = pointer[node]
                other = adjacent[entry]
                onward = cell[other] == number and flow[entry] < 1
                if onward and level[other] == level[node] + 1:
                    path[length] = entry
                    length += 1
                    node = other
                else:
                    pointer[node] += 1
