"""All ways that no other beats in both time and exposure: exact bi-criteria search.

The algorithm is BOA*: C. Hernández Ulloa, W. Yeoh, J. A. Baier, H. Zhang, L. Suazo, S. Koenig, "A
Simple and Fast Bi-Objective Search Algorithm", ICAPS 2020, doi:10.1609/icaps.v30i1.6655. Labels are
taken in the order of (time, exposure) to the goal; since time never falls, a label can be judged by
one number per node, the least exposure seen there so far.

A label is also a way in itself: go on by the fastest way. If no way on is less exposed there is no
more to search from there, so that the search is confined to where time and exposure compete (after
S. Ahmadi, G. Tack, D. Harabor, P. Kilby, "Bi-Objective Search with Bi-Directional A*", ESA 2021,
doi:10.4230/LIPIcs.ESA.2021.3). Nodes without a choice are passed without labels of their own.

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
from safepassage.core.corridor.hierarchy import CLOSED_COST, Shape, Weights, customise
from safepassage.core.corridor.pareto_search import UNKNOWN, menus
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
class _Core:
    """What the labels of a search run over.

    Parameters
    ----------
    is_core
        bool[N].
    first_out, arcs
        int64[N+1] and int64[C, 3]: (head, time, exposure) of the arcs from each node of the core.
    code
        int64[C]: the search graph's arc, or ``-1 - 2 * edge - 1`` for an edge of the hierarchy
        upwards and ``-1 - 2 * edge`` downwards.
    up_tail, via
        As in :class:`~safepassage.core.corridor.hierarchy.Shape` and `Weights`.
    up, down
        int64[E], times of edges over roads without exposure.
    """

    is_core: NDArray[np.bool_]
    first_out: Ints
    arcs: Ints
    code: Ints
    up_tail: Ints32
    via: Ints32
    up: Ints
    down: Ints

    def arrays(self) -> Arrays:
        """Return the fields."""
        return (
            self.is_core, self.first_out, self.arcs, self.code, self.up_tail, self.via, self.up,
            self.down,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class MenuSearch:
    """A search graph under one metric with all that its menus have in common.

    Parameters
    ----------
    rank
        int32[N], the number of each search node in the search.
    first_out, arcs, search_arc
        int64[N+1], int64[M, 3] and int64[M]: (head, time, exposure) of the open arcs from each
        node, and the search graph's arc that each of them is.
    """

    rank: Ints32
    first_out: Ints
    arcs: Ints
    search_arc: Ints
    core: _Core
    bounds: _Bounds


def prepare_menus(graph: SearchGraph, costs: ArcCosts, shape: Shape) -> MenuSearch:
    """Return what many menus need: least times and exposures through a hierarchy, and a core.

    Where there is no exposure only time counts, and the fastest of such ways is all that a front
    can need. So labels are made in the core alone: at roads with exposure and at the nodes above
    them in the hierarchy. Its arcs are the roads with exposure, and the hierarchy's shortcuts over
    roads without.

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
    free = customise(shape, time, met, met, is_open & (met == 0))
    first_out, arcs, search_arc = _open_arcs(graph, costs, shape.rank)
    tail = np.repeat(np.arange(graph.node_count), np.diff(first_out))
    core = _core(shape, free, tail, arcs, search_arc)
    return MenuSearch(shape.rank, first_out, arcs, search_arc, core, bounds)


def _core(shape: Shape, free: Weights, tail: Ints, arcs: Ints, search_arc: Ints) -> _Core:
    count = shape.node_count
    exposed = np.flatnonzero(arcs[:, 2] > 0)
    ends = np.zeros(count, dtype=np.int64)
    ends[tail[exposed]] = ends[arcs[exposed, 0]] = 1
    below = np.r_[0, np.cumsum(ends)]
    is_core = below[1:] > below[shape.least]
    own = [np.column_stack((tail[exposed], arcs[exposed], search_arc[exposed]))]
    for way, weights in enumerate((free.down, free.up)):
        over = free.via[:, 1 - way]
        inner = (over < -1) & is_core[-2 - np.minimum(over, -2)]
        edge = np.flatnonzero((weights[:, 0] < CLOSED_COST) & is_core[shape.up_tail] & ~inner)
        low, high = shape.up_tail[edge], shape.up_head[edge]
        start, end = (low, high) if way else (high, low)
        code = -1 - (2 * edge + way)
        own.append(np.column_stack((start, end, weights[edge, 0], np.zeros_like(edge), code)))
    rows = np.concatenate(own)
    rows = rows[np.argsort(rows[:, 0], kind="stable")].astype(np.int64)
    return _Core(
        is_core=is_core,
        first_out=np.searchsorted(rows[:, 0], np.arange(count + 1)).astype(np.int64),
        arcs=np.ascontiguousarray(rows[:, 1:4]),
        code=rows[:, 4].copy(),
        up_tail=shape.up_tail,
        via=free.via,
        up=free.up[:, 0].copy(),
        down=free.down[:, 0].copy(),
    )


def _open_arcs(graph: SearchGraph, costs: ArcCosts, rank: Ints32) -> tuple[Ints, Ints, Ints]:
    """Return the open arcs by the ranks of their tails, as in :class:`MenuSearch`."""
    is_open = np.flatnonzero(costs.cost_ms != CLOSED)
    tail = rank[graph.tail[is_open]]
    arc = is_open[np.argsort(tail, kind="stable")]
    count = np.bincount(tail, minlength=graph.node_count)
    arcs = (rank[graph.head[arc]], costs.travel_time_ms[arc], costs.exposure_nano[arc])
    first_out = np.r_[0, np.cumsum(count)].astype(np.int64)
    return first_out, np.column_stack(arcs).astype(np.int64), arc


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
    no_edge, no_time = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
    bounds = _Bounds(
        nodes=nodes,
        goal=target,
        parent=np.full(count, -1, dtype=np.int32),
        first_up=np.zeros(count + 1, dtype=np.int64),
        up_head=no_edge,
        up=np.zeros((0, 4), dtype=np.int64),
        down=np.zeros((0, 4), dtype=np.int64),
    )
    own = np.arange(count, dtype=np.int32)
    first_out, arcs, search_arc = _open_arcs(graph, costs, own)
    core = _Core(
        is_core=np.ones(count, dtype=np.bool_),
        first_out=first_out,
        arcs=arcs,
        code=search_arc,
        up_tail=no_edge,
        via=np.zeros((0, 2), dtype=np.int32),
        up=no_time,
        down=no_time,
    )
    return MenuSearch(own, first_out, arcs, search_arc, core, bounds)


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
        (search.first_out, search.arcs, search.search_arc), search.core.arrays(),
        bounds.nodes.copy(), bounds.arrays(), bounds.goal, ends[order], label_limit, epsilon,
    )  # fmt: skip
    if done < len(ends):
        raise _too_large(label_limit, epsilon)
    arcs = driven.tolist()
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
