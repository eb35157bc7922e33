"""All ways that no other beats in both time and exposure: exact bi-criteria search.

The algorithm is BOA*: C. Hernández Ulloa, W. Yeoh, J. A. Baier, H. Zhang, L. Suazo, S. Koenig, "A
Simple and Fast Bi-Objective Search Algorithm", ICAPS 2020, doi:10.1609/icaps.v30i1.6655. Labels are
taken in the order of (time, exposure) to the goal; since time never falls, a label can be judged by
one number per node, the least exposure seen there so far.

The search needs the exact least time and least exposure to the goal, but only of the nodes that it
comes upon. For one menu two searches backward from the goal give them. For many menus they are read
off a hierarchy when they are asked for (B. Strasser, T. Zeitz, "A Fast and Tight Heuristic for A*
in Road Networks", SEA 2021, doi:10.4230/LIPIcs.SEA.2021.6).

With an epsilon, labels at one node that lie within it are drawn together (after A*pex: H. Zhang, O.
Salzman, T. K. S. Kumar, A. Felner, C. Hernández Ulloa, S. Koenig, "A*pex: Efficient Approximate
Multi-Objective Search on Graphs", ICAPS 2022, doi:10.1609/icaps.v32i1.19825): a label then stands
for a path that can be driven and for the least time and exposure of all paths in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from safepassage.core.corridor.graph import CLOSED, ArcCosts, SearchGraph, reverse
from safepassage.core.corridor.hierarchy import CLOSED_COST, Shape, customise
from safepassage.core.corridor.paths import UNREACHED, _rise, _sink, shortest_tree
from safepassage.errors import RefusedError

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Arrays = tuple[NDArray[Any], ...]

LABEL_LIMIT = 4_000_000
"""Partial paths kept at once; about 400 MB. Beyond it the search gives up and says so."""


@dataclass(frozen=True, slots=True)
class ParetoPath:
    """One way on the front.

    Parameters
    ----------
    arcs
        Search arcs from start to goal.
    """

    travel_time_ms: int
    exposure_nano: int
    arcs: tuple[int, ...]


def pareto_front(
    graph: SearchGraph,
    costs: ArcCosts,
    source: int,
    target: int,
    label_limit: int = LABEL_LIMIT,
    *,
    epsilon: float = 0.0,
) -> tuple[ParetoPath, ...]:
    """Return the ways that are not dominated in (time, exposure), the fastest first.

    Each pair of values on the front is given once, with one path that has it.

    Parameters
    ----------
    source, target
        Search nodes.
    label_limit
        Partial paths kept at most.
    epsilon
        0 for the exact front. Otherwise for every way there is a way in the answer that takes at
        most 1 + epsilon times its time and meets at most 1 + epsilon times its exposure; the two
        ends are exact all the same, and no way in the answer beats another.

    Returns
    -------
    Empty where there is no way.

    Raises
    ------
    RefusedError
        If the front needs more labels than `label_limit`: part of a front would mislead.
    ValueError
        If `epsilon` is negative or not a finite number.
    """
    bounds = _searched_bounds(graph, costs, target)
    return _fronts(graph, costs, bounds, [(source, target)], label_limit, epsilon)[0]


def pareto_fronts(
    search: MenuSearch,
    pairs: Sequence[tuple[int, int]],
    label_limit: int = LABEL_LIMIT,
    *,
    epsilon: float = 0.0,
) -> tuple[tuple[ParetoPath, ...], ...]:
    """Return the front of each pair of search nodes, in the order of the pairs.

    Parameters
    ----------
    search
        From :func:`prepare_menus`; serves any number of calls.
    pairs
        (source, target) search nodes. Pairs with one target share work wherever they stand.
    label_limit, epsilon
        As in :func:`pareto_front`; the limit is for each pair.

    Raises
    ------
    RefusedError, ValueError
        As :func:`pareto_front`.
    """
    return _fronts(search.graph, search.costs, search.bounds, pairs, label_limit, epsilon)


@dataclass(frozen=True, slots=True, eq=False)
class _Bounds:
    """How to know the least time and exposure to a goal.

    Parameters
    ----------
    rank
        int32[N], the row of each search node.
    values, known
        int64[N, 2] and bool[N] by rank: time and exposure to `goal`, where known already.
    goal
        Rank of the node that `values` lead to, -1 for none.
    parent, first_up, up_head
        The hierarchy by rank; without edges where all is known.
    up, down
        int64[E, 2]: time and exposure of its edges.
    """

    rank: Ints32
    values: Ints
    known: NDArray[np.bool_]
    goal: int
    parent: Ints32
    first_up: Ints
    up_head: Ints32
    up: Ints
    down: Ints

    def arrays(self) -> Arrays:
        """Return what the compiled search works on, with copies of what it writes."""
        touched = np.zeros(len(self.rank) + 1, dtype=np.int64)
        return (
            self.rank, self.values.copy(), self.known.copy(), self.parent, self.first_up,
            self.up_head, self.up, self.down, touched,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class MenuSearch:
    """A search graph with all that many menus under one metric have in common."""

    graph: SearchGraph
    costs: ArcCosts
    bounds: _Bounds


def prepare_menus(graph: SearchGraph, costs: ArcCosts, shape: Shape) -> MenuSearch:
    """Return what many menus need: least times and exposures through a hierarchy.

    Parameters
    ----------
    shape
        The hierarchy of `graph`: that of the topology the graph was taken from.
    """
    is_open = costs.cost_ms != CLOSED
    time, exposure = (
        customise(shape, values, values, values, is_open)
        for values in (costs.travel_time_ms, costs.exposure_nano)
    )
    count = shape.node_count
    bounds = _Bounds(
        rank=shape.rank,
        values=np.full((count, 2), CLOSED_COST, dtype=np.int64),
        known=np.zeros(count, dtype=np.bool_),
        goal=-1,
        parent=shape.parent,
        first_up=shape.first_up,
        up_head=shape.up_head,
        up=np.column_stack((time.up[:, 0], exposure.up[:, 0])),
        down=np.column_stack((time.down[:, 0], exposure.down[:, 0])),
    )
    return MenuSearch(graph, costs, bounds)


def _searched_bounds(graph: SearchGraph, costs: ArcCosts, target: int) -> _Bounds:
    """Return the bounds to one goal, all known, from two searches backward."""
    turned, back = reverse(graph, costs)
    values = [
        _least(turned, back, part, target) for part in (back.travel_time_ms, back.exposure_nano)
    ]
    count = graph.node_count
    return _Bounds(
        rank=np.arange(count, dtype=np.int32),
        values=np.minimum(np.column_stack(values), CLOSED_COST),
        known=np.ones(count, dtype=np.bool_),
        goal=target,
        parent=np.full(count, -1, dtype=np.int32),
        first_up=np.zeros(count + 1, dtype=np.int64),
        up_head=np.zeros(0, dtype=np.int32),
        up=np.zeros((0, 2), dtype=np.int64),
        down=np.zeros((0, 2), dtype=np.int64),
    )


def _least(backward: SearchGraph, costs: ArcCosts, values: Ints, target: int) -> Ints:
    """Return the least of one criterion from each node to the target."""
    single = ArcCosts(np.where(costs.cost_ms == CLOSED, CLOSED, values), values, values)
    return shortest_tree(backward, single, target).cost_ms


def _fronts(
    graph: SearchGraph,
    costs: ArcCosts,
    bounds: _Bounds,
    pairs: Iterable[tuple[int, int]],
    label_limit: int,
    epsilon: float,
) -> tuple[tuple[ParetoPath, ...], ...]:
    if not 0 <= epsilon < np.inf:
        msg = f"epsilon is {epsilon}; it is a number from 0 on."
        raise ValueError(msg)
    ends = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    order = np.argsort(bounds.rank[ends[:, 1]], kind="stable")
    time_ms = np.where(costs.cost_ms == CLOSED, CLOSED, costs.travel_time_ms)
    done, points, arcs = _menus(
        (graph.first_out, graph.head, time_ms, costs.exposure_nano),
        bounds.arrays(),
        bounds.goal,
        ends[order],
        label_limit,
        epsilon,
    )
    if done < len(ends):
        raise _too_large(label_limit, epsilon)
    fronts: list[list[ParetoPath]] = [[] for _ in ends]
    for pair, time, exposure, first, last in points.tolist():
        path = ParetoPath(time, exposure, tuple(arcs[first:last].tolist()))
        fronts[int(order[pair])].append(path)
    return tuple(_without_beaten(front) for front in fronts)


def _too_large(label_limit: int, epsilon: float) -> RefusedError:
    more = 0.01 if epsilon == 0 else 5 * epsilon
    return RefusedError(
        f"The menu between these places needs more than {label_limit} partial paths"
        f"{' to be exact' if epsilon == 0 else f' with epsilon {epsilon:g}'}. Ask with epsilon "
        f"{more:g}: then for every way the menu shows one at most {100 * more:g} % slower and at "
        f"most {100 * more:g} % more exposed, and its two ends stay exact. Or merge small areas of "
        "hazard."
    )


def _without_beaten(front: list[ParetoPath]) -> tuple[ParetoPath, ...]:
    """Return the ways in order of time without those beaten; an exact front has none."""
    kept: list[ParetoPath] = []
    for path in sorted(front, key=lambda way: (way.travel_time_ms, way.exposure_nano)):
        if not kept or path.exposure_nano < kept[-1].exposure_nano:
            kept.append(path)
    return tuple(kept)


@njit(cache=True)
def _grown(rows: Ints, size: int) -> Ints:  # pragma: no cover - compiled
    if size < len(rows):
        return rows
    wider = np.empty((2 * len(rows), rows.shape[1]), dtype=np.int64)
    wider[:size] = rows[:size]
    return wider


@njit(cache=True)
def _know(
    node: int,
    values: Ints,
    known: NDArray[np.bool_],
    parent: Ints32,
    first_up: Ints,
    up_head: Ints32,
    up: Ints,
    touched: Ints,
) -> None:  # pragma: no cover - compiled
    """Find the bounds of a node and of its ancestors: a least way leads up first, or is known."""
    # touched[0] counts the nodes that are known; the new ones follow it, the lowest first.
    size = touched[0]
    while node >= 0 and not known[node]:
        size += 1
        touched[size] = node
        known[node] = True
        node = parent[node]
    for place in range(size, touched[0], -1):
        low = touched[place]
        for edge in range(first_up[low], first_up[low + 1]):
            high = up_head[edge]
            for part in range(2):
                value = up[edge, part] + values[high, part]
                values[low, part] = min(values[low, part], value)
    touched[0] = size


@njit(cache=True)
def _aim(
    goal: int,
    values: Ints,
    known: NDArray[np.bool_],
    parent: Ints32,
    first_up: Ints,
    up_head: Ints32,
    down: Ints,
    touched: Ints,
) -> None:  # pragma: no cover - compiled
    """Forget the goal before and enter the ways that lead down to the new one."""
    for place in range(1, touched[0] + 1):
        known[touched[place]] = False
        values[touched[place], 0] = values[touched[place], 1] = CLOSED_COST
    touched[0] = 0
    values[goal, 0] = values[goal, 1] = 0
    low = goal
    while low >= 0:
        for edge in range(first_up[low], first_up[low + 1]):
            high = up_head[edge]
            for part in range(2):
                value = values[low, part] + down[edge, part]
                values[high, part] = min(values[high, part], value)
        low = parent[low]


# A label is (node, time, exposure, parent label, arc from the parent, least time, least exposure of
# the paths it stands for, 1 once it is done with). The last label made at each node is remembered:
# it may take in the next one as long as it is not done with.


@njit(cache=True)
def _menus(
    graph: Arrays,
    bounds: Arrays,
    aimed_at: int,
    pairs: Ints,
    label_limit: int,
    epsilon: float,
) -> tuple[int, Ints, Ints]:  # pragma: no cover - compiled
    """Return how many pairs were done; (pair, time, exposure, first arc, last arc) rows; arcs."""
    rank, values, known, parent, first_up, up_head, up, down, touched = bounds
    labels, heap = np.empty((1024, 8), dtype=np.int64), np.empty((1024, 4), dtype=np.int64)
    points, arcs = np.empty((64, 5), dtype=np.int64), np.empty((1024, 1), dtype=np.int64)
    lowest = np.full(len(rank), UNREACHED, dtype=np.int64)
    newest = np.full(len(rank), -1, dtype=np.int64)
    found, driven = 0, 0
    for pair in range(len(pairs)):
        source, target = pairs[pair, 0], pairs[pair, 1]
        if rank[target] != aimed_at:
            aimed_at = rank[target]
            _aim(aimed_at, values, known, parent, first_up, up_head, down, touched)
        _know(rank[source], values, known, parent, first_up, up_head, up, touched)
        if values[rank[source], 0] >= CLOSED_COST:
            continue
        labels, heap, count, goals = _menu(
            graph, bounds, source, target, label_limit, epsilon, labels, heap, lowest, newest
        )
        if count < 0:
            return pair, points[:found], arcs[:driven, 0].copy()
        for goal in goals:
            points = _grown(points, found)
            points[found, 0], points[found, 3] = pair, driven
            points[found, 1], points[found, 2] = labels[goal, 1], labels[goal, 2]
            arcs, driven = _drive(labels, goal, arcs, driven)
            points[found, 4] = driven
            found += 1
        for label in range(count):
            lowest[labels[label, 0]], newest[labels[label, 0]] = UNREACHED, -1
    return len(pairs), points[:found], arcs[:driven, 0].copy()


@njit(cache=True)
def _menu(
    graph: Arrays,
    bounds: Arrays,
    source: int,
    target: int,
    label_limit: int,
    epsilon: float,
    labels: Ints,
    heap: Ints,
    lowest: Ints,
    newest: Ints,
) -> tuple[Ints, Ints, int, list[int]]:  # pragma: no cover - compiled
    """Search one front; return labels, heap, their number (-1: too many) and the goals."""
    first_out, head = graph[0], graph[1]
    rank, values = bounds[0], bounds[1]
    least = values[rank[source]]
    goals = [0 for _ in range(0)]
    new = np.array([source, 0, 0, -1, -1, 0, 0, 0], dtype=np.int64)
    labels[0] = new
    heap[0, 0], heap[0, 1], heap[0, 2], heap[0, 3] = least[0], least[1], 0, 0
    count, size, covered = 1, 1, UNREACHED
    while size > 0:
        met, label = heap[0, 1], heap[0, 2]
        size -= 1
        heap[0] = heap[size]
        _sink(heap, size)
        node = labels[label, 0]
        is_taken = labels[label, 7]
        labels[label, 7] = 1
        if is_taken or labels[label, 6] >= lowest[node]:
            continue
        if _is_covered(met, covered, least[1], epsilon):
            continue
        lowest[node] = labels[label, 6]
        if node == target:
            covered = min(covered, labels[label, 2])
            goals.append(label)
            continue
        for arc in range(first_out[node], first_out[node + 1]):
            if not _extends(
                graph, bounds, labels, label, arc, new, lowest, newest, least, covered, epsilon
            ):
                continue
            if count >= label_limit:
                return labels, heap, -1, goals
            onward = rank[head[arc]]
            labels, heap = _grown(labels, count), _grown(heap, size)
            labels[count] = new
            newest[head[arc]] = count
            heap[size, 0] = new[5] + values[onward, 0]
            heap[size, 1] = new[6] + values[onward, 1]
            heap[size, 2], heap[size, 3] = count, 0
            _rise(heap, size)
            count, size = count + 1, size + 1
    return labels, heap, count, goals


@njit(cache=True)
def _extends(
    graph: Arrays,
    bounds: Arrays,
    labels: Ints,
    label: int,
    arc: int,
    new: Ints,
    lowest: Ints,
    newest: Ints,
    least: Ints,
    covered: int,
    epsilon: float,
) -> bool:  # pragma: no cover - compiled
    """Write the label that an arc leads to; return whether it is worth keeping."""
    _, head, time, exposure = graph
    rank, values, known, parent, first_up, up_head, up, _, touched = bounds
    if time[arc] < 0:
        return False
    new[0], new[3], new[4] = head[arc], label, arc
    for part in (1, 5):
        new[part] = labels[label, part] + time[arc]
        new[part + 1] = labels[label, part + 1] + exposure[arc]
    if new[6] >= lowest[new[0]]:
        return False
    onward = rank[new[0]]
    if not known[onward]:
        _know(onward, values, known, parent, first_up, up_head, up, touched)
    if values[onward, 0] >= CLOSED_COST:
        return False
    if epsilon > 0:
        _take_in(labels, newest[new[0]], new, values[onward], least, epsilon)
    return not _is_covered(new[6] + values[onward, 1], covered, least[1], epsilon)


@njit(cache=True)
def _take_in(
    labels: Ints, other: int, new: Ints, to_goal: Ints, least: Ints, epsilon: float
) -> None:  # pragma: no cover - compiled
    """Let a label take in another of its node if the path of either is near enough to the least.

    Labels that may lead to an end of the front stay by themselves, so that the ends are exact.
    """
    if other < 0 or labels[other, 7]:
        return
    time = min(labels[other, 5], new[5]) + to_goal[0]
    met = min(labels[other, 6], new[6]) + to_goal[1]
    if time <= least[0] or met <= least[1]:
        return
    most_time = time + np.int64(epsilon * time) - to_goal[0]
    most_met = met + np.int64(epsilon * met) - to_goal[1]
    if new[1] > most_time or new[2] > most_met:
        if labels[other, 1] > most_time or labels[other, 2] > most_met:
            return
        new[1:5] = labels[other, 1:5]
    new[5], new[6] = time - to_goal[0], met - to_goal[1]
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
def _drive(
    labels: Ints, label: int, arcs: Ints, driven: int
) -> tuple[Ints, int]:  # pragma: no cover - compiled
    """Append the arcs of a label's path in the order of travel."""
    first = driven
    while labels[label, 3] >= 0:
        arcs = _grown(arcs, driven)
        arcs[driven, 0] = labels[label, 4]
        driven += 1
        label = labels[label, 3]
    arcs[first:driven] = arcs[first:driven][::-1].copy()
    return arcs, driven
