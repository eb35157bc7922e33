"""All ways that no other beats in both time and exposure: exact bi-criteria search.

The algorithm is BOA*: C. Hernández Ulloa, W. Yeoh, J. A. Baier, H. Zhang, L. Suazo, S. Koenig, "A
Simple and Fast Bi-Objective Search Algorithm", ICAPS 2020, doi:10.1609/icaps.v30i1.6655. Labels are
taken in the order of (time, exposure) to the goal; since time never falls, a label can be judged by
one number per node, the least exposure seen there so far.

A label is also a way in itself: go on by the fastest way. If no way on is less exposed there is no
more to search from there, so that the search is confined to where time and exposure compete (after
S. Ahmadi, G. Tack, D. Harabor, P. Kilby, "Bi-Objective Search with Bi-Directional A*", ESA 2021,
doi:10.4230/LIPIcs.ESA.2021.3). Nodes without a choice are passed without labels of their own,
and dead ends are left out.

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
from numpy.typing import NDArray

from safepassage.core.corridor.graph import CLOSED, ArcCosts, SearchGraph, reverse
from safepassage.core.corridor.hierarchy import CLOSED_COST, Shape, customise
from safepassage.core.corridor.pareto_search import UNKNOWN, dead_ends, menus
from safepassage.core.corridor.paths import UNREACHED, shortest_tree
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
    search = _searched(graph, costs, target)
    return _fronts(search, [(source, target)], label_limit, epsilon)[0]


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
    return _fronts(search, pairs, label_limit, epsilon)


@dataclass(frozen=True, slots=True, eq=False)
class _Bounds:
    """How to know the least time and exposure to a goal; what a node's row is: `pareto_search`.

    Parameters
    ----------
    nodes
        int64[N, 8], with what is known of the ways to `goal`.
    goal
        -1 for none.
    parent, first_up, up_head
        The hierarchy; without edges where all is known.
    up, down
        int64[E, 4]: what its edges add to a node's first four columns.
    """

    nodes: Ints
    goal: int
    parent: Ints32
    first_up: Ints
    up_head: Ints32
    up: Ints
    down: Ints

    def arrays(self) -> Arrays:
        """Return the hierarchy for the compiled search, and where it notes the nodes it knows."""
        touched = np.zeros(len(self.nodes) + 1, dtype=np.int64)
        return touched, self.parent, self.first_up, self.up_head, self.up, self.down


@dataclass(frozen=True, slots=True, eq=False)
class MenuSearch:
    """A search graph under one metric with all that its menus have in common.

    Parameters
    ----------
    rank
        int32[N], the number of each search node in the search.
    first_out, last_out, arcs
        int64[N+1], int64[N] and int64[M, 3]: (head, time, exposure) of the open arcs from each
        node; those from `last_out` on lead into dead ends.
    leads_to
        int64[N], the only neighbour of a node in a dead end, by way of which all others are
        reached; -1 for other nodes.
    search_arc
        int64[M], the search graph's arc that each of them is.
    """

    rank: Ints32
    first_out: Ints
    last_out: Ints
    arcs: Ints
    leads_to: Ints
    search_arc: Ints
    bounds: _Bounds


def prepare_menus(graph: SearchGraph, costs: ArcCosts, shape: Shape) -> MenuSearch:
    """Return what many menus need: least times and exposures through a hierarchy.

    Parameters
    ----------
    shape
        The hierarchy of `graph`: that of the topology the graph was taken from.
    """
    is_open = costs.cost_ms != CLOSED
    time, met = costs.travel_time_ms, costs.exposure_nano
    fastest = customise(shape, time, met, np.ones_like(time), is_open)
    safest = customise(shape, met, time, time, is_open)
    unknown = (CLOSED_COST, 0, 0, CLOSED_COST, UNKNOWN, 0, UNREACHED, 0)
    bounds = _Bounds(
        nodes=np.tile(np.array(unknown, dtype=np.int64), (shape.node_count, 1)),
        goal=-1,
        parent=shape.parent,
        first_up=shape.first_up,
        up_head=shape.up_head,
        up=np.column_stack((fastest.up, safest.up[:, 0])),
        down=np.column_stack((fastest.down, safest.down[:, 0])),
    )
    used = np.zeros(shape.edge_count + 1, dtype=bool)
    used[shape.arc_edge[is_open]] = True
    edges = np.flatnonzero(used[:-1])
    leads_to = dead_ends(shape.node_count, shape.up_tail[edges], shape.up_head[edges])
    return _search(graph, costs, shape.rank, leads_to, bounds)


def _search(
    graph: SearchGraph, costs: ArcCosts, rank: Ints32, leads_to: Ints, bounds: _Bounds
) -> MenuSearch:
    """Return the open arcs in the order of their tails, those into dead ends after others."""
    is_open = np.flatnonzero(costs.cost_ms != CLOSED)
    tail, head = rank[graph.tail[is_open]].astype(np.int64), rank[graph.head[is_open]]
    inward = leads_to[head] == tail
    order = np.argsort(2 * tail + inward, kind="stable")
    arc = is_open[order]
    count = np.bincount(tail, minlength=graph.node_count)
    first_out = np.r_[0, np.cumsum(count)].astype(np.int64)
    arcs = (head[order], costs.travel_time_ms[arc], costs.exposure_nano[arc])
    return MenuSearch(
        rank=rank,
        first_out=first_out,
        last_out=first_out[1:] - np.bincount(tail[inward], minlength=graph.node_count),
        arcs=np.column_stack(arcs).astype(np.int64),
        leads_to=leads_to,
        search_arc=arc,
        bounds=bounds,
    )


def _searched(graph: SearchGraph, costs: ArcCosts, target: int) -> MenuSearch:
    """Return a search for one goal, with all bounds known from two searches backward."""
    turned, back = reverse(graph, costs)
    is_shut = back.cost_ms == CLOSED
    time, met = back.travel_time_ms, back.exposure_nano
    by_time = ArcCosts(np.where(is_shut, CLOSED, time), met, np.ones_like(met))
    fastest = shortest_tree(turned, by_time, target)
    safest = shortest_tree(turned, ArcCosts(np.where(is_shut, CLOSED, met), time, time), target)
    count = graph.node_count
    nodes = np.full((count, 8), UNREACHED, dtype=np.int64)
    nodes[:, :4] = np.column_stack(
        (fastest.cost_ms, fastest.travel_time_ms, fastest.exposure_nano, safest.cost_ms)
    )
    bounds = _Bounds(
        nodes=nodes,
        goal=target,
        parent=np.full(count, -1, dtype=np.int32),
        first_up=np.zeros(count + 1, dtype=np.int64),
        up_head=np.zeros(0, dtype=np.int32),
        up=np.zeros((0, 4), dtype=np.int64),
        down=np.zeros((0, 4), dtype=np.int64),
    )
    own, no_ends = np.arange(count, dtype=np.int32), np.full(count, -1, dtype=np.int64)
    return _search(graph, costs, own, no_ends, bounds)


def _fronts(
    search: MenuSearch, pairs: Iterable[tuple[int, int]], label_limit: int, epsilon: float
) -> tuple[tuple[ParetoPath, ...], ...]:
    if not 0 <= epsilon < np.inf:
        msg = f"epsilon is {epsilon}; it is a number from 0 on."
        raise ValueError(msg)
    ends = search.rank[np.array(list(pairs), dtype=np.int64).reshape(-1, 2)].astype(np.int64)
    order = np.argsort(ends[:, 1], kind="stable")
    bounds = search.bounds
    done, points, driven = menus(
        (search.first_out, search.last_out.copy(), search.arcs, search.leads_to),
        bounds.nodes.copy(), bounds.arrays(), bounds.goal, ends[order], label_limit, epsilon,
    )  # fmt: skip
    if done < len(ends):
        raise _too_large(label_limit, epsilon)
    arcs = search.search_arc[driven].tolist()
    fronts: list[list[ParetoPath]] = [[] for _ in ends]
    for pair, time, exposure, first, last in points.tolist():
        path = ParetoPath(time, exposure, tuple(arcs[first:last]))
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
