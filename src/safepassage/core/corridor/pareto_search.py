"""The compiled part of :mod:`~safepassage.core.corridor.pareto`.

Nodes are numbered as in the hierarchy. An arc is a row (head, time, exposure); closed arcs are left
out. The search runs over a core of the graph: see :func:`pareto.prepare_menus`. An arc of the core
is an arc of the graph, or a shortcut of the hierarchy over roads without exposure outside the core.
A start outside the core is left by climbing up to the core nodes above it, and a goal outside is
reached from those above it; on such climbs there is no exposure either.

What a search knows of a node is one row, so that it lies together in memory:

0-2. time, exposure and number of arcs of the fastest way to the goal (of those the least exposed,
   of those the one of fewest arcs);
3. the least exposure of any way to the goal;
4. the least exposure of the labels done with here, -1 where columns 0 to 3 are not known yet;
5-7. the label made last here, its time and its exposure.

A label is (node, time, exposure, label before, first arc from there or how else it came, least time
and least exposure of the paths it stands for, 1 once it is done with). With an epsilon, the label
made last at a node may take in the next one as long as it is not done with.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from safepassage.core.corridor.hierarchy import CLOSED_COST
from safepassage.core.corridor.hierarchy_query import _unpack
from safepassage.core.corridor.paths import UNREACHED

Ints = NDArray[np.int64]
Arrays = tuple[NDArray[Any], ...]

UNKNOWN = -1
_MOST_PASSED = 1000
"""Nodes passed at once; a ring of one-way roads would have no end."""
CLIMBED, DESCENDED, MET = -1, -2, -3
"""How a label came: up from the start, down to the goal, or over node n below the core: MET - n."""


@njit(cache=True)
def grown(rows: Ints, size: int) -> Ints:  # pragma: no cover - compiled
    """Return the rows, with room for another one after the first `size`."""
    if size < len(rows):
        return rows
    wider = np.empty((2 * len(rows), rows.shape[1]), dtype=np.int64)
    wider[:size] = rows[:size]
    return wider


@njit(cache=True)
def _lower(nodes: Ints, low: int, high: int, edge: Ints) -> None:  # pragma: no cover - compiled
    """Take what an edge makes of the way from its other end, part by part, where that is less."""
    time, met = nodes[high, 0] + edge[0], nodes[high, 3] + edge[3]
    nodes[low, 3] = min(nodes[low, 3], met)
    if time > nodes[low, 0] or time >= CLOSED_COST:
        return
    exposure, arcs = nodes[high, 1] + edge[1], nodes[high, 2] + edge[2]
    if time == nodes[low, 0]:
        if exposure > nodes[low, 1]:
            return
        if exposure == nodes[low, 1] and arcs >= nodes[low, 2]:
            return
    nodes[low, 0], nodes[low, 1], nodes[low, 2] = time, exposure, arcs


@njit(cache=True)
def _know(node: int, nodes: Ints, bounds: Arrays) -> None:  # pragma: no cover - compiled
    """Find the bounds of a node and of its ancestors: a least way leads up first, or is known."""
    # touched[0] counts the nodes that are known; the new ones follow it, the lowest first.
    touched, parent, first_up, up_head, up, _ = bounds
    size = touched[0]
    while node >= 0 and nodes[node, 4] == UNKNOWN:
        size += 1
        touched[size] = node
        nodes[node, 4] = UNREACHED
        node = parent[node]
    for place in range(size, touched[0], -1):
        low = touched[place]
        for edge in range(first_up[low], first_up[low + 1]):
            _lower(nodes, low, up_head[edge], up[edge])
    touched[0] = size


@njit(cache=True)
def _aim(goal: int, nodes: Ints, bounds: Arrays) -> None:  # pragma: no cover - compiled
    """Forget the goal before and enter the ways that lead down to the new one."""
    touched, parent, first_up, up_head, _, down = bounds
    for place in range(1, touched[0] + 1):
        node = touched[place]
        nodes[node, 4] = UNKNOWN
        nodes[node, 0] = nodes[node, 3] = CLOSED_COST
    touched[0] = 0
    nodes[goal, :4] = 0
    low = goal
    while low >= 0:
        for edge in range(first_up[low], first_up[low + 1]):
            _lower(nodes, up_head[edge], low, down[edge])
        low = parent[low]
    _know(goal, nodes, bounds)  # its ancestors are touched now, and forgotten with it


@njit(cache=True)
def _climb(
    node: int, climb: Ints, core: Arrays, bounds: Arrays, weight: Ints
) -> None:  # pragma: no cover - compiled
    """Find the times from a node outside the core to its ancestors, up to the first in the core.

    Columns of `climb`: time, and the edge that it came by.
    """
    is_core = core[0]
    _, parent, first_up, up_head, _, _ = bounds
    climb[node, 0], climb[node, 1] = 0, -1
    while node >= 0 and not is_core[node]:
        for edge in range(first_up[node], first_up[node + 1]):
            time = climb[node, 0] + weight[edge]
            if time < climb[up_head[edge], 0]:
                climb[up_head[edge], 0], climb[up_head[edge], 1] = time, edge
        node = parent[node]


@njit(cache=True)
def _forget(node: int, climb: Ints, parent: NDArray[np.int32]) -> None:  # pragma: no cover
    while node >= 0:
        climb[node, 0] = CLOSED_COST
        node = parent[node]


@njit(cache=True)
def menus(  # noqa: C901 - one compiled loop over the pairs
    graph: Arrays,
    core: Arrays,
    nodes: Ints,
    bounds: Arrays,
    aimed_at: int,
    pairs: Ints,
    label_limit: int,
    epsilon: float,
) -> tuple[int, Ints, Ints]:  # pragma: no cover - compiled
    """Return how many pairs were done; (pair, time, exposure, first, last) rows; their arcs."""
    labels, heap = np.empty((1024, 8), dtype=np.int64), np.empty((1024, 3), dtype=np.int64)
    points, driven = np.empty((64, 5), dtype=np.int64), np.empty((1024, 1), dtype=np.int64)
    goals = np.empty((64, 3), dtype=np.int64)
    up = np.full((len(nodes), 2), CLOSED_COST, dtype=np.int64)
    down = np.full((len(nodes), 2), CLOSED_COST, dtype=np.int64)
    is_core, parent = core[0], bounds[1]
    found, size = 0, 0
    for pair in range(len(pairs)):
        source, target = pairs[pair, 0], pairs[pair, 1]
        if target != aimed_at:
            aimed_at = target
            _aim(target, nodes, bounds)
        _know(source, nodes, bounds)
        if nodes[source, 0] >= CLOSED_COST:
            continue
        if not is_core[source]:
            _climb(source, up, core, bounds, core[6])
        if not is_core[target]:
            _climb(target, down, core, bounds, core[7])
        labels, heap, goals, count, ways = _menu(
            core, nodes, bounds, source, target, label_limit, epsilon, labels, heap, goals,
            up, down,
        )  # fmt: skip
        if count < 0:
            return pair, points[:found], driven[:size, 0].copy()
        for way in range(ways):
            points = grown(points, found)
            points[found, 0], points[found, 3] = pair, size
            points[found, 1], points[found, 2] = goals[way, 1], goals[way, 2]
            label = goals[way, 0]
            driven, size = _driven(core, bounds, labels, label, up, down, driven, size)
            driven, size = _fastest(graph, nodes, bounds, labels[label, 0], driven, size)
            points[found, 4] = size
            found += 1
        for label in range(count):
            nodes[labels[label, 0], 4] = nodes[labels[label, 0], 6] = UNREACHED
        if not is_core[source]:
            _forget(source, up, parent)
        if not is_core[target]:
            _forget(target, down, parent)
    return len(pairs), points[:found], driven[:size, 0].copy()


@njit(cache=True)
def _menu(
    core: Arrays,
    nodes: Ints,
    bounds: Arrays,
    source: int,
    target: int,
    label_limit: int,
    epsilon: float,
    labels: Ints,
    heap: Ints,
    goals: Ints,
    up: Ints,
    down: Ints,
) -> tuple[Ints, Ints, Ints, int, int]:  # pragma: no cover - compiled
    """Search one front; return labels, heap, goals, numbers of labels (-1: too many) and goals.

    The fastest way on from a label is a way in itself, and if no way on is less exposed the label
    needs no going on: what it leads to is known.
    """
    parent = bounds[1]
    least = nodes[source, 3]
    labels[0] = 0
    labels[0, 0], labels[0, 3] = source, -1
    heap[0, 0], heap[0, 1], heap[0, 2] = nodes[source, 0], least, 0
    count, size, covered, ways = 1, 1, UNREACHED, 0
    steps = np.empty((64, 4), dtype=np.int64)
    while size > 0 and covered > least:
        time, met, label = heap[0, 0], heap[0, 1], heap[0, 2]
        size -= 1
        _drop(heap, size)
        node = labels[label, 0]
        is_taken = labels[label, 7]
        labels[label, 7] = 1
        if is_taken or labels[label, 6] >= nodes[node, 4]:
            continue
        if _is_covered(met, covered, least, epsilon):
            continue
        nodes[node, 4] = labels[label, 6]
        exposure = labels[label, 2] + nodes[node, 1]
        is_settled = nodes[node, 1] == nodes[node, 3]
        if exposure < covered and (is_settled or epsilon == 0):
            covered = exposure
            if ways == 0 or goals[ways - 1, 1] != time or epsilon > 0:
                goals = grown(goals, ways)
                ways += 1
            goals[ways - 1, 0], goals[ways - 1, 2] = label, exposure
            goals[ways - 1, 1] = labels[label, 1] + nodes[node, 0]
        if is_settled:
            continue
        steps, number = _steps(core, parent, node, target, up, down, steps)
        for step in range(number):
            if count >= label_limit:
                return labels, heap, goals, -1, ways
            labels, heap = grown(labels, count), grown(heap, size)
            if _extends(nodes, bounds, labels, label, steps[step], count, least, covered, epsilon):
                onward = steps[step, 0]
                time, met = labels[count, 5] + nodes[onward, 0], labels[count, 6] + nodes[onward, 3]
                _push(heap, size, time, met, count)
                count, size = count + 1, size + 1
    return labels, heap, goals, count, ways


@njit(cache=True)
def _steps(
    core: Arrays,
    parent: NDArray[np.int32],
    node: int,
    target: int,
    up: Ints,
    down: Ints,
    steps: Ints,
) -> tuple[Ints, int]:  # pragma: no cover - compiled
    """Return rows (node, time, exposure, how) of the ways on from a node, and their number.

    Nodes of the core without a choice are passed; to come back to where one came from is of no use.
    """
    is_core, first_out, arcs = core[0], core[1], core[2]
    size = 0
    if not is_core[node]:
        above = node
        while above >= 0:
            steps = grown(steps, size)
            onward, time, how = above, up[above, 0], CLIMBED
            if not is_core[above]:
                onward, time, how = target, up[above, 0] + down[above, 0], MET - above
            steps[size, 0], steps[size, 1], steps[size, 2], steps[size, 3] = onward, time, 0, how
            size += time < CLOSED_COST
            above = parent[above]
        return steps, size
    for arc in range(first_out[node], first_out[node + 1]):
        came, onward, time, met = node, arcs[arc, 0], arcs[arc, 1], arcs[arc, 2]
        passed, on = 0, 0
        while onward != target and down[onward, 0] >= CLOSED_COST and passed < _MOST_PASSED:
            on = _only_arc(first_out, arcs, came, onward)
            if on < 0 or onward == node:
                break
            came, onward = onward, arcs[on, 0]
            time, met = time + arcs[on, 1], met + arcs[on, 2]
            passed += 1
        if onward == node or on == -1:
            continue
        steps = grown(steps, size)
        steps[size, 0], steps[size, 1], steps[size, 2], steps[size, 3] = onward, time, met, arc
        size += 1
    if down[node, 0] < CLOSED_COST:
        steps = grown(steps, size)
        steps[size, 0], steps[size, 1], steps[size, 2] = target, down[node, 0], 0
        steps[size, 3] = DESCENDED
        size += 1
    return steps, size


@njit(cache=True)
def _push(
    heap: Ints, at: int, time: int, met: int, label: int
) -> None:  # pragma: no cover - compiled
    while at > 0:
        above = (at - 1) // 2
        if heap[above, 0] < time or (heap[above, 0] == time and heap[above, 1] <= met):
            break
        heap[at, 0], heap[at, 1], heap[at, 2] = heap[above, 0], heap[above, 1], heap[above, 2]
        at = above
    heap[at, 0], heap[at, 1], heap[at, 2] = time, met, label


@njit(cache=True)
def _drop(heap: Ints, size: int) -> None:  # pragma: no cover - compiled
    """Take the first entry out of the heap; the one after the last that stays fills the gap."""
    time, met, label = heap[size, 0], heap[size, 1], heap[size, 2]
    at, child = 0, 1
    while child < size:
        other = child + 1
        if other < size and (
            heap[other, 0] < heap[child, 0]
            or (heap[other, 0] == heap[child, 0] and heap[other, 1] < heap[child, 1])
        ):
            child = other
        if time < heap[child, 0] or (time == heap[child, 0] and met <= heap[child, 1]):
            break
        heap[at, 0], heap[at, 1], heap[at, 2] = heap[child, 0], heap[child, 1], heap[child, 2]
        at, child = child, 2 * child + 1
    heap[at, 0], heap[at, 1], heap[at, 2] = time, met, label


@njit(cache=True)
def _only_arc(
    first_out: Ints, arcs: Ints, came: int, node: int
) -> int:  # pragma: no cover - compiled
    """Return the only arc on from a node but back to where one came from; -1 none, -2 several."""
    only = -1
    for arc in range(first_out[node], first_out[node + 1]):
        if arcs[arc, 0] != came:
            if only >= 0:
                return -2
            only = arc
    return only


@njit(cache=True)
def _extends(
    nodes: Ints,
    bounds: Arrays,
    labels: Ints,
    label: int,
    step: Ints,
    new: int,
    least: int,
    covered: int,
    epsilon: float,
) -> bool:  # pragma: no cover - compiled
    """Write the label that a step leads to; return whether it is worth keeping."""
    node, time, met = step[0], step[1] + labels[label, 5], step[2] + labels[label, 6]
    if nodes[node, 4] == UNKNOWN:
        _know(node, nodes, bounds)
    if met >= nodes[node, 4] or nodes[node, 0] >= CLOSED_COST:
        return False
    if epsilon == 0:
        if nodes[node, 6] <= time and nodes[node, 7] <= met:
            return False
        if met + nodes[node, 3] >= covered:
            return False
    labels[new, 0], labels[new, 3], labels[new, 4], labels[new, 7] = node, label, step[3], 0
    labels[new, 1], labels[new, 2] = labels[label, 1] + step[1], labels[label, 2] + step[2]
    labels[new, 5], labels[new, 6] = time, met
    if epsilon > 0:
        if nodes[node, 6] != UNREACHED:
            _take_in(labels, nodes[node, 5], new, nodes, labels[0, 0], epsilon)
        if _is_covered(labels[new, 6] + nodes[node, 3], covered, least, epsilon):
            return False
    nodes[node, 5], nodes[node, 6], nodes[node, 7] = new, time, met
    return True


@njit(cache=True)
def _take_in(
    labels: Ints, other: int, new: int, nodes: Ints, source: int, epsilon: float
) -> None:  # pragma: no cover - compiled
    """Let a label take in another of its node if the path of either is near enough to the least.

    Labels that may lead to an end of the front stay by themselves, so that the ends are exact.
    """
    if labels[other, 7]:
        return
    more_time, more_met = nodes[labels[new, 0], 0], nodes[labels[new, 0], 3]
    time = min(labels[other, 5], labels[new, 5]) + more_time
    met = min(labels[other, 6], labels[new, 6]) + more_met
    if time <= nodes[source, 0] or met <= nodes[source, 3]:
        return
    most_time = time + np.int64(epsilon * time) - more_time
    most_met = met + np.int64(epsilon * met) - more_met
    if labels[new, 1] > most_time or labels[new, 2] > most_met:
        if labels[other, 1] > most_time or labels[other, 2] > most_met:
            return
        labels[new, 1:5] = labels[other, 1:5]
    labels[new, 5], labels[new, 6] = time - more_time, met - more_met
    labels[other, 7] = 1


@njit(cache=True)
def _is_covered(
    met: int, covered: int, least: int, epsilon: float
) -> bool:  # pragma: no cover - compiled
    """Return whether a way found before serves for all that meet at least this exposure."""
    if met >= covered:
        return True
    return bool(epsilon > 0 and met > least and covered - met <= np.int64(epsilon * met))


@njit(cache=True)
def _driven(  # noqa: C901 - one compiled walk along a path
    core: Arrays,
    bounds: Arrays,
    labels: Ints,
    label: int,
    up: Ints,
    down: Ints,
    driven: Ints,
    size: int,
) -> tuple[Ints, int]:  # pragma: no cover - compiled
    """Append the arcs of a label's path in the order of travel."""
    _, first_out, arcs, code, up_tail, via, _, _ = core
    _, _, first_up, up_head, _, _ = bounds
    chain = [label]
    while labels[chain[-1], 3] >= 0:
        chain.append(labels[chain[-1], 3])
    edges = np.empty((64, 2), dtype=np.int64)
    for place in range(len(chain) - 2, -1, -1):
        came, how, end = (
            labels[chain[place + 1], 0],
            labels[chain[place], 4],
            labels[chain[place], 0],
        )
        count = 0
        if how <= DESCENDED:
            node = came if how == DESCENDED else MET - how
            while down[node, 1] >= 0:
                edges = grown(edges, count)
                edges[count, 0], edges[count, 1] = down[node, 1], 0
                node, count = up_tail[down[node, 1]], count + 1
            edges[:count] = edges[:count][::-1].copy()
        if how == CLIMBED or how <= MET:
            node = end if how == CLIMBED else MET - how
            while up[node, 1] >= 0:
                edges = grown(edges, count)
                edges[count, 0], edges[count, 1] = up[node, 1], 1
                node, count = up_tail[up[node, 1]], count + 1
        if how < 0:
            driven, size = _unpacked(first_up, up_head, up_tail, via, edges, count, driven, size)
            continue
        while True:
            if code[how] >= 0:
                driven = grown(driven, size)
                driven[size, 0] = code[how]
                size += 1
            else:
                edges[0, 0], edges[0, 1] = (-1 - code[how]) // 2, (-1 - code[how]) % 2
                driven, size = _unpacked(first_up, up_head, up_tail, via, edges, 1, driven, size)
            node = arcs[how, 0]
            if node == end:
                break
            how = _only_arc(first_out, arcs, came, node)
            came = node
    return driven, size


@njit(cache=True)
def _unpacked(
    first_up: Ints,
    up_head: NDArray[np.int32],
    up_tail: NDArray[np.int32],
    via: NDArray[np.int32],
    edges: Ints,
    count: int,
    driven: Ints,
    size: int,
) -> tuple[Ints, int]:  # pragma: no cover - compiled
    """Append the arcs of edges, the last edge first."""
    found = _unpack(first_up, up_head, up_tail, via, edges, count)
    for place in range(len(found)):
        driven = grown(driven, size)
        driven[size, 0] = found[place]
        size += 1
    return driven, size


@njit(cache=True)
def _fastest(
    graph: Arrays,
    nodes: Ints,
    bounds: Arrays,
    node: int,
    driven: Ints,
    size: int,
) -> tuple[Ints, int]:  # pragma: no cover - compiled
    """Append the arcs of the fastest way on from a node."""
    first_out, arcs, search_arc = graph
    while nodes[node, 2] > 0:
        for arc in range(first_out[node], first_out[node + 1]):
            onward = arcs[arc, 0]
            if nodes[onward, 4] == UNKNOWN:
                _know(onward, nodes, bounds)
            if (
                arcs[arc, 1] + nodes[onward, 0] == nodes[node, 0]
                and arcs[arc, 2] + nodes[onward, 1] == nodes[node, 1]
                and 1 + nodes[onward, 2] == nodes[node, 2]
            ):
                driven = grown(driven, size)
                driven[size, 0] = search_arc[arc]
                size += 1
                node = onward
                break
    return driven, size
