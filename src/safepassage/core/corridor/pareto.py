"""All ways that no other beats in both time and exposure: exact bi-criteria search.

The algorithm is BOA*: C. Hernández Ulloa, W. Yeoh, J. A. Baier, H. Zhang, L. Suazo, S. Koenig, "A
Simple and Fast Bi-Objective Search Algorithm", ICAPS 2020, doi:10.1609/icaps.v30i1.6655. Labels are
taken in the order of (time, exposure) to the goal; since time never falls, a label can be judged by
one number per node, the least exposure seen there so far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from safepassage.core.corridor.graph import CLOSED, ArcCosts, SearchGraph, reverse
from safepassage.core.corridor.paths import UNREACHED, _rise, _sink, shortest_tree
from safepassage.errors import RefusedError

Ints = NDArray[np.int64]

LABEL_LIMIT = 4_000_000
"""Partial paths kept at once; about 300 MB. Beyond it the search gives up and says so."""


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
) -> tuple[ParetoPath, ...]:
    """Return the ways that are not dominated in (time, exposure), the fastest first.

    Each pair of values on the front is given once, with one path that has it.

    Parameters
    ----------
    source, target
        Search nodes.
    label_limit
        Partial paths kept at most.

    Returns
    -------
    Empty where there is no way.

    Raises
    ------
    RefusedError
        If the front needs more labels than `label_limit`: part of a front would mislead.
    """
    backward, reversed_costs = reverse(graph, costs)
    least_time = _least(backward, reversed_costs, reversed_costs.travel_time_ms, target)
    least_exposure = _least(backward, reversed_costs, reversed_costs.exposure_nano, target)
    if least_time[source] == UNREACHED:
        return ()
    found = _boa(
        graph.first_out, graph.head, costs.cost_ms, costs.travel_time_ms, costs.exposure_nano,
        least_time, least_exposure, source, target, label_limit,
    )  # fmt: skip
    if found is None:
        raise RefusedError(
            f"The exact menu between these places needs more than {label_limit} partial paths; "
            "merge small hazard areas or choose places that are nearer to each other."
        )
    return tuple(_paths(*found))


def _least(backward: SearchGraph, costs: ArcCosts, values: Ints, target: int) -> Ints:
    """Return the least of one criterion from each node to the target."""
    single = ArcCosts(np.where(costs.cost_ms == CLOSED, CLOSED, values), values, values)
    return shortest_tree(backward, single, target).cost_ms


def _paths(labels: Ints, goals: Ints) -> list[ParetoPath]:
    paths = []
    for goal in goals.tolist():
        arcs = []
        label = goal
        while labels[label, 3] >= 0:
            arcs.append(int(labels[label, 4]))
            label = int(labels[label, 3])
        paths.append(ParetoPath(int(labels[goal, 1]), int(labels[goal, 2]), tuple(arcs[::-1])))
    return paths


@njit(cache=True)
def _grown(rows: Ints, size: int) -> Ints:  # pragma: no cover - compiled
    if size < len(rows):
        return rows
    wider = np.empty((2 * len(rows), rows.shape[1]), dtype=np.int64)
    wider[:size] = rows[:size]
    return wider


@njit(cache=True)
def _boa(
    first_out: Ints,
    head: NDArray[np.int32],
    cost: Ints,
    time: Ints,
    exposure: Ints,
    least_time: Ints,
    least_exposure: Ints,
    source: int,
    target: int,
    label_limit: int,
) -> tuple[Ints, Ints] | None:  # pragma: no cover - compiled
    # A label is (node, time, exposure, parent label, arc from the parent).
    labels = np.empty((1024, 5), dtype=np.int64)
    heap = np.empty((1024, 4), dtype=np.int64)
    lowest = np.full(len(first_out) - 1, np.iinfo(np.int64).max, dtype=np.int64)
    goals = [np.int64(0) for _ in range(0)]
    labels[0, 0], labels[0, 1], labels[0, 2], labels[0, 3], labels[0, 4] = source, 0, 0, -1, -1
    heap[0, 0], heap[0, 1], heap[0, 2], heap[0, 3] = (
        least_time[source],
        least_exposure[source],
        0,
        0,
    )
    count, size = 1, 1
    while size > 0:
        to_goal, label = heap[0, 1], heap[0, 2]
        size -= 1
        heap[0] = heap[size]
        _sink(heap, size)
        node = labels[label, 0]
        if labels[label, 2] >= lowest[node] or to_goal >= lowest[target]:
            continue
        lowest[node] = labels[label, 2]
        if node == target:
            goals.append(label)
            continue
        for arc in range(first_out[node], first_out[node + 1]):
            onward = head[arc]
            if cost[arc] < 0 or least_time[onward] == np.iinfo(np.int64).max:
                continue
            used_time = labels[label, 1] + time[arc]
            met = labels[label, 2] + exposure[arc]
            if met >= lowest[onward] or met + least_exposure[onward] >= lowest[target]:
                continue
            if count >= label_limit:
                return None
            labels, heap = _grown(labels, count), _grown(heap, size)
            labels[count, 0], labels[count, 1], labels[count, 2] = onward, used_time, met
            labels[count, 3], labels[count, 4] = label, arc
            heap[size, 0] = used_time + least_time[onward]
            heap[size, 1] = met + least_exposure[onward]
            heap[size, 2], heap[size, 3] = count, 0
            _rise(heap, size)
            count, size = count + 1, size + 1
    return labels[:count].copy(), np.array(goals)
