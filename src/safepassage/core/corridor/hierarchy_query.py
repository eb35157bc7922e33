"""Questions to a customised hierarchy: one way, one to many, many to many.

A way up from a node passes only its ancestors in the elimination tree, so a label is a row of
triples by depth (Dibbelt, Strasser, Wagner 2016, section 6). Many to many takes several starts at
once down the part of the tree above the goals, parents first (after RPHAST: D. Delling, A. V.
Goldberg, R. F. Werneck, "Faster Batched Shortest Paths in Road Networks", ATMOS 2011,
doi:10.4230/OASIcs.ATMOS.2011.52). The labels of a node's ancestors are those of the tree path that
the sweep is on, so that a few hundred rows are all that it touches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from safepassage.core.corridor.hierarchy import CLOSED_COST, Ints32, Shape, Weights

Ints = NDArray[np.int64]

COLUMNS = 16
"""Starts that go down together: a row of their costs fills two cache lines."""


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The part of a hierarchy that lies above some goals, with the open edges into it.

    Parameters
    ----------
    node
        int64[r], by rank, highest first.
    column
        int64[r]: the goal's position in the answer, -1 for nodes that are only passed.
    first
        int64[r+1]: rows of `above` and `weight` of each node.
    above
        int32[k]: depth of the upper end.
    weight
        int64[k, 3].
    """

    node: Ints
    column: Ints
    first: Ints
    above: Ints32
    weight: Ints


def sweep_to(shape: Shape, weights: Ints, goals: Ints) -> Sweep:
    """Prepare sweeps to some goals.

    Parameters
    ----------
    weights
        int64[E, 3]: `down` for ways to the goals, `up` for ways from them.
    goals
        int64[g], distinct ranks.
    """
    return Sweep(
        *_collect(shape.first_up, shape.up_head, shape.depth, shape.parent, weights, goals)
    )


@njit(cache=True)
def _collect(
    first_up: Ints, up_head: Ints32, depth: Ints32, parent: Ints32, weights: Ints, goals: Ints
) -> tuple[Ints, Ints, Ints, Ints32, Ints]:  # pragma: no cover - compiled
    count, edges = 0, 0
    column = np.full(len(parent), -2, dtype=np.int32)
    for index in range(len(goals)):
        node = goals[index]
        while node >= 0 and column[node] == -2:
            column[node] = -1
            count += 1
            edges += first_up[node + 1] - first_up[node]
            node = parent[node]
        column[goals[index]] = index
    nodes, columns = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    first = np.zeros(count + 1, dtype=np.int64)
    above, weight = np.empty(edges, dtype=np.int32), np.empty((edges, 3), dtype=np.int64)
    row, size = 0, 0
    for node in range(len(parent) - 1, -1, -1):
        if column[node] == -2:
            continue
        nodes[row], columns[row] = node, column[node]
        for edge in range(first_up[node], first_up[node + 1]):
            if weights[edge, 0] < CLOSED_COST:
                above[size] = depth[up_head[edge]]
                weight[size] = weights[edge]
                size += 1
        row += 1
        first[row] = size
    return nodes, columns, first, above[:size], weight[:size]


def many_to_many(
    shape: Shape, weights: Ints, starts: Ints, sweep: Sweep, goals: int, parts: int = 2
) -> Ints:
    """Return int64[parts, s, g]: time, exposure and cost of the least ways; -1, 0, -1 for no way.

    Parameters
    ----------
    weights
        int64[E, 3]: `up`, or `down` where the sweep is over `up`: all ways turned round.
    starts
        int64[s], ranks.
    goals
        Number of goals of the sweep.
    parts
        2 for time and exposure, 3 for the cost as well.
    """
    answer = np.empty((parts, len(starts), goals), dtype=np.int64)
    _sweep(
        shape.first_up, shape.up_head, shape.depth, shape.parent, shape.least, weights,
        starts, int(shape.depth.max(initial=0)) + 1,
        sweep.node, sweep.column, sweep.first, sweep.above, sweep.weight, answer,
    )  # fmt: skip
    return answer


@njit(cache=True)
def _climb(
    first_up: Ints,
    up_head: Ints32,
    depth: Ints32,
    parent: Ints32,
    weights: Ints,
    start: int,
    label: Ints,
    entered: Ints,
) -> None:  # pragma: no cover - compiled
    """Fill the labels of a node and its ancestors by depth, and the edge that each came by."""
    for level in range(depth[start] + 1):
        label[level, 0], label[level, 1], label[level, 2] = CLOSED_COST, 0, 0
        entered[level] = -1
    label[depth[start], 0] = 0
    node = start
    while node >= 0:
        at = depth[node]
        if label[at, 0] < CLOSED_COST:
            for edge in range(first_up[node], first_up[node + 1]):
                above = depth[up_head[edge]]
                cost = label[at, 0] + weights[edge, 0]
                if cost > label[above, 0]:
                    continue
                time, exposure = label[at, 1] + weights[edge, 1], label[at, 2] + weights[edge, 2]
                if cost == label[above, 0] and (
                    time > label[above, 1]
                    or (time == label[above, 1] and exposure >= label[above, 2])
                ):
                    continue
                label[above, 0], label[above, 1], label[above, 2] = cost, time, exposure
                entered[above] = edge
        node = parent[node]


@njit(cache=True)
def _sweep(  # noqa: C901 - one compiled loop nest
    first_up: Ints,
    up_head: Ints32,
    depth: Ints32,
    parent: Ints32,
    least: Ints32,
    weights: Ints,
    starts: Ints,
    levels: int,
    sweep_node: Ints,
    sweep_column: Ints,
    sweep_first: Ints,
    sweep_above: Ints32,
    sweep_weight: Ints,
    answer: Ints,
) -> None:  # pragma: no cover - compiled
    label, entered = np.empty((levels, 3), dtype=np.int64), np.empty(levels, dtype=np.int64)
    # A row holds the costs of all starts, then their times, then their exposures.
    climbed = np.zeros((levels, 3 * COLUMNS), dtype=np.int64)
    fallen = np.zeros((levels, 3 * COLUMNS), dtype=np.int64)
    here = np.empty(3 * COLUMNS, dtype=np.int64)
    begin = np.empty(COLUMNS, dtype=np.int64)
    for block in range(0, len(starts), COLUMNS):
        width = min(COLUMNS, len(starts) - block)
        begin[:] = -1
        for k in range(width):
            begin[k] = starts[block + k]
            _climb(first_up, up_head, depth, parent, weights, begin[k], label, entered)
            for level in range(depth[begin[k]] + 1):
                for part in range(3):
                    climbed[level, part * COLUMNS + k] = label[level, part]
        for row in range(len(sweep_node)):
            node = sweep_node[row]
            up_here = climbed[depth[node]]
            for k in range(COLUMNS):
                below = least[node] <= begin[k] and begin[k] <= node
                here[k] = up_here[k] if below else CLOSED_COST
                here[COLUMNS + k] = up_here[COLUMNS + k] if below else 0
                here[2 * COLUMNS + k] = up_here[2 * COLUMNS + k] if below else 0
            for entry in range(sweep_first[row], sweep_first[row + 1]):
                _lower(
                    here, fallen[sweep_above[entry]], sweep_weight[entry, 0],
                    sweep_weight[entry, 1], sweep_weight[entry, 2],
                )  # fmt: skip
            fallen[depth[node]] = here
            column = sweep_column[row]
            if column >= 0:
                for k in range(width):
                    reached = here[k] < CLOSED_COST
                    answer[0, block + k, column] = here[COLUMNS + k] if reached else -1
                    answer[1, block + k, column] = here[2 * COLUMNS + k]
                    if len(answer) > 2:
                        answer[2, block + k, column] = here[k] if reached else -1


@njit(cache=True)
def _lower(
    here: Ints, above: Ints, add_cost: int, add_time: int, add_exposure: int
) -> None:  # pragma: no cover - compiled
    """Lower a row of triples to another plus an edge: without branches, so in lanes."""
    for k in range(COLUMNS):
        c0, t0, e0 = here[k], here[COLUMNS + k], here[2 * COLUMNS + k]
        c, t = above[k] + add_cost, above[COLUMNS + k] + add_time
        e = above[2 * COLUMNS + k] + add_exposure
        better = (c < c0) | ((c == c0) & ((t < t0) | ((t == t0) & (e < e0))))
        here[k] = c if better else c0
        here[COLUMNS + k] = t if better else t0
        here[2 * COLUMNS + k] = e if better else e0


def one_way(shape: Shape, weights: Weights, start: int, goal: int) -> Ints | None:
    """Return the arcs of the least way between two ranks in order, None where there is none."""
    levels = int(max(shape.depth[start], shape.depth[goal])) + 1
    found, arcs = _one_way(
        shape.first_up, shape.up_head, shape.depth, shape.parent, shape.up_tail, weights.up,
        weights.down, weights.via, start, goal, levels,
    )  # fmt: skip
    return arcs if found else None


@njit(cache=True)
def _one_way(  # noqa: C901 - one compiled loop nest
    first_up: Ints,
    up_head: Ints32,
    depth: Ints32,
    parent: Ints32,
    up_tail: Ints32,
    up: Ints,
    down: Ints,
    via: Ints32,
    start: int,
    goal: int,
    levels: int,
) -> tuple[bool, Ints]:  # pragma: no cover - compiled
    there, by_there = np.empty((levels, 3), dtype=np.int64), np.empty(levels, dtype=np.int64)
    back, by_back = np.empty((levels, 3), dtype=np.int64), np.empty(levels, dtype=np.int64)
    _climb(first_up, up_head, depth, parent, up, start, there, by_there)
    _climb(first_up, up_head, depth, parent, down, goal, back, by_back)
    one, other = start, goal
    while one != other and one >= 0 and other >= 0:
        if one < other:
            one = parent[one]
        else:
            other = parent[other]
    at = -1
    while one == other and one >= 0:
        level = depth[one]
        if there[level, 0] < CLOSED_COST and back[level, 0] < CLOSED_COST:
            for part in range(3):
                total = there[level, part] + back[level, part]
                least = there[at, part] + back[at, part]
                if at < 0 or total != least:
                    if at < 0 or total < least:
                        at = level
                    break
        one = parent[one]
        other = one
    if at < 0:
        return False, np.empty(0, dtype=np.int64)
    size, level = 0, at
    while by_back[level] >= 0:
        size += 1
        level = depth[up_tail[by_back[level]]]
    edges = np.empty((2 * levels + 2, 2), dtype=np.int64)
    level = at
    for row in range(size - 1, -1, -1):
        edges[row, 0], edges[row, 1] = by_back[level], 0
        level = depth[up_tail[by_back[level]]]
    level = at
    while by_there[level] >= 0:
        edges[size, 0], edges[size, 1] = by_there[level], 1
        size += 1
        level = depth[up_tail[by_there[level]]]
    return True, _unpack(first_up, up_head, up_tail, via, edges, size)


@njit(cache=True)
def _edge_between(first_up: Ints, up_head: Ints32, low: int, high: int) -> int:  # pragma: no cover
    left, right = first_up[low], first_up[low + 1] - 1
    while left < right:
        middle = (left + right) // 2
        if up_head[middle] < high:
            left = middle + 1
        else:
            right = middle
    return int(left)


@njit(cache=True)
def _unpack(
    first_up: Ints,
    up_head: Ints32,
    up_tail: Ints32,
    via: Ints32,
    stack: Ints,
    size: int,
) -> Ints:  # pragma: no cover - compiled
    """Replace shortcuts by their parts until arcs are left; the last of the stack comes first."""
    arcs = np.empty(256, dtype=np.int64)
    count = 0
    while size > 0:
        size -= 1
        edge, upward = stack[size, 0], stack[size, 1]
        over = via[edge, 0 if upward else 1]
        if over >= 0:
            if count == len(arcs):
                wider = np.empty(2 * count, dtype=np.int64)
                wider[:count] = arcs
                arcs = wider
            arcs[count] = over
            count += 1
            continue
        if size + 2 > len(stack):
            taller = np.empty((2 * len(stack), 2), dtype=np.int64)
            taller[:size] = stack[:size]
            stack = taller
        low = _edge_between(first_up, up_head, -2 - over, up_tail[edge])
        high = _edge_between(first_up, up_head, -2 - over, up_head[edge])
        stack[size, 0], stack[size, 1] = (high, 1) if upward else (low, 1)
        stack[size + 1, 0], stack[size + 1, 1] = (low, 0) if upward else (high, 0)
        size += 2
    return arcs[:count].copy()
