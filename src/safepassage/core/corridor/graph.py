"""The graph that is searched: turn bans expanded, chains of roads drawn together.

A *search node* is a junction, or a junction as seen from one road that may not turn everywhere. A
*search arc* is a chain of arcs of the network with no choice in between. Both depend on the
network, on the places and on the vehicle class's turn bans, not on the date or the hazards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.metric import NOTHING, Metric, Shut, class_bit
from safepassage.core.corridor.types import RoadNetwork, VehicleClass

Ints = NDArray[np.int64]

Run = tuple[int, ...]
"""Arcs of the network, one after another."""

CLOSED = -1
"""Cost of a search arc that may not be driven."""


@dataclass(frozen=True, slots=True, eq=False)
class SearchGraph:
    """A compressed sparse graph with its way back to the network.

    Parameters
    ----------
    first_out
        int64[N+1]: arcs leaving search node i are ``first_out[i]`` to ``first_out[i+1]``.
    tail, head
        int32[M], search nodes.
    link_offset, link
        int64[M+1], int64[..]: the arcs of the network that each search arc is made of. The
        value ``arc_count`` of the network stands for "arrives here" and costs nothing.
    departure, arrival
        int64[n]: search node of each node of the network when a path starts or ends there; -1
        where the node was drawn into a chain.
    """

    first_out: Ints
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    link_offset: Ints
    link: Ints
    departure: Ints
    arrival: Ints

    @property
    def node_count(self) -> int:
        """Number of search nodes."""
        return len(self.first_out) - 1


@dataclass(frozen=True, slots=True, eq=False)
class ArcCosts:
    """Costs of the search arcs: int64[M] each; `cost_ms` is :data:`CLOSED` on closed arcs."""

    cost_ms: Ints
    travel_time_ms: Ints
    exposure_nano: Ints


def turn_bans(network: RoadNetwork, vehicle_class: VehicleClass) -> Ints:
    """Return the rows of `turn_bans` that bind a class."""
    if network.turn_ban_access is None:
        return network.turn_bans
    return network.turn_bans[(network.turn_ban_access & class_bit(vehicle_class)) > 0]


def turn_paths(network: RoadNetwork, vehicle_class: VehicleClass) -> tuple[Ints, Ints]:
    """Return the runs of arcs that a class may not drive one after another.

    Returns
    -------
    int64[p+1], int64[..]: offsets and arcs, as `turn_path_offset` and `turn_path_arc`.
    """
    offset, arcs, access = (
        network.turn_path_offset,
        network.turn_path_arc,
        network.turn_path_access,
    )
    if offset is None or arcs is None:
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    size = np.diff(offset)
    binds = np.ones(len(size), dtype=bool)
    if access is not None:
        binds = (access & class_bit(vehicle_class)) > 0
    return np.r_[0, np.cumsum(size[binds])].astype(np.int64), arcs[np.repeat(binds, size)]


def forbidden_runs(network: RoadNetwork, vehicle_class: VehicleClass) -> frozenset[Run]:
    """Return every run of arcs, two or more, that a class may not drive one after another."""
    banned = banned_turns(network, turn_bans(network, vehicle_class))
    runs = {(arc, turn) for arc, turns in banned.items() for turn in turns}
    offset, arcs = turn_paths(network, vehicle_class)
    runs |= {tuple(arcs[one:end].tolist()) for one, end in pairwise(offset.tolist())}
    return frozenset(runs)


def banned_turns(network: RoadNetwork, bans: Ints) -> dict[int, frozenset[int]]:
    """Return, for each arc that may not turn everywhere, the arcs it may not turn into.

    Parameters
    ----------
    bans
        int64[t, 3]: (way from, node via, way to).
    """
    arriving = _arcs_by_way_and_node(network, network.head, bans[:, (0, 1)])
    leaving = _arcs_by_way_and_node(network, network.tail, bans[:, (2, 1)])
    result: dict[int, set[int]] = {}
    for way_from, via, way_to in bans.tolist():
        targets = leaving.get((way_to, via), [])
        for arc in arriving.get((way_from, via), []):
            node = network.head[arc]
            banned = [target for target in targets if network.tail[target] == node]
            if banned:
                result.setdefault(arc, set()).update(banned)
    return {arc: frozenset(banned) for arc, banned in sorted(result.items())}


def _arcs_by_way_and_node(
    network: RoadNetwork, end: NDArray[np.int32], wanted: Ints
) -> dict[tuple[int, int], list[int]]:
    """Index the arcs of the wanted (way, node id) pairs by the node at one of their ends."""
    near = np.isin(network.way_id, wanted[:, 0]) & np.isin(network.node_ref[end], wanted[:, 1])
    index: dict[tuple[int, int], list[int]] = {}
    for arc in np.flatnonzero(near).tolist():
        key = (int(network.way_id[arc]), int(network.node_ref[end[arc]]))
        index.setdefault(key, []).append(arc)
    return index


def build_graph(
    network: RoadNetwork, keep: Iterable[int], vehicle_class: VehicleClass
) -> SearchGraph:
    """Expand turn bans and draw chains together.

    Parameters
    ----------
    keep
        Nodes of the network where paths start or end; they stay search nodes.
    vehicle_class
        Whose turn bans count.
    """
    kept = np.unique(np.fromiter(keep, dtype=np.int64))
    return _contract(expand(network, forbidden_runs(network, vehicle_class), kept))


@dataclass(frozen=True, slots=True, eq=False)
class Expanded:
    """One search arc per arc of the network and per permitted turn, before contraction.

    Parameters
    ----------
    node_count
        The network's nodes come first, then copies of junctions, then nodes to arrive at.
    tail, head
        int64[M], the arcs, in no order.
    link
        int64[M], the network's arc, or ``arc_count`` of it for "arrives here".
    place
        int64[N]: the network's node that each node stands for.
    protected
        bool[N], nodes that must not be drawn into a chain.
    departure, arrival
        int64[n], where a path starts and ends for each node of the network. Without a node to
        arrive at (a junction with bans that is not kept) a path does not end there.
    """

    node_count: int
    tail: Ints
    head: Ints
    link: Ints
    place: Ints
    protected: NDArray[np.bool_]
    departure: Ints
    arrival: Ints


def expand(network: RoadNetwork, runs: frozenset[Run], kept: Ints) -> Expanded:
    """Split junctions: where a forbidden run has begun, a copy of the junction remembers it.

    There is a copy for each beginning of a run; it stands at the end of the beginning's last arc.
    An arc leads to the copy of the longest beginning that the arcs driven so far end with (A. V.
    Aho, M. J. Corasick 1975, doi:10.1145/360825.360855), and is left out where they end with a
    whole run.

    Parameters
    ----------
    runs
        As :func:`forbidden_runs` returns them.
    kept
        Nodes of the network where paths start or end, ascending.
    """
    n, m = network.node_count, network.arc_count
    begun = sorted({run[:size] for run in runs for size in range(1, len(run))})
    copy = {beginning: n + index for index, beginning in enumerate(begun)}
    copy_of = np.array([network.head[beginning[-1]] for beginning in begun], dtype=np.int64)
    redirected = network.head.astype(np.int64)
    for beginning, node in copy.items():
        if len(beginning) == 1:
            redirected[beginning[0]] = node
    copies = _copied_arcs(network, runs, copy, copy_of)
    sinks = np.intersect1d(kept, copy_of)
    arrivals = _arrival_arcs(sinks, copy_of, n, n + len(begun), m)
    arrival = np.arange(n)
    arrival[sinks] = n + len(begun) + np.arange(len(sinks))
    own = np.column_stack((network.tail.astype(np.int64), redirected, np.arange(m)))
    arcs = np.concatenate((own, copies, arrivals))
    node_count = n + len(begun) + len(sinks)
    split = np.r_[np.unique(copy_of), np.arange(n, node_count)]
    return Expanded(
        node_count=node_count,
        tail=arcs[:, 0],
        head=arcs[:, 1],
        link=arcs[:, 2],
        place=np.concatenate((np.arange(n), copy_of, sinks)),
        protected=_protect(arcs, node_count, kept, split),
        departure=np.arange(n),
        arrival=arrival,
    )


def _copied_arcs(
    network: RoadNetwork, runs: frozenset[Run], copy: dict[Run, int], copy_of: Ints
) -> Ints:
    """Return the arcs that leave the copies."""
    order = np.argsort(network.tail, kind="stable")
    first = np.searchsorted(network.tail[order], np.r_[copy_of, copy_of + 1]).reshape(2, -1)
    rows = []
    for index, (beginning, node) in enumerate(copy.items()):
        for arc in order[first[0, index] : first[1, index]].tolist():
            driven = [(*beginning, arc)[start:] for start in range(len(beginning) + 1)]
            if not runs.isdisjoint(driven):
                continue
            known = (copy[ending] for ending in driven if ending in copy)
            rows.append((node, next(known, int(network.head[arc])), arc))
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _arrival_arcs(sinks: Ints, copy_of: Ints, first_copy: int, first_sink: int, link: int) -> Ints:
    """Arriving at a place at such a junction: from it and from each copy of it, at no cost."""
    rows = [(int(node), first_sink + index, link) for index, node in enumerate(sinks)]
    position = {int(node): index for index, node in enumerate(sinks)}
    rows += [
        (first_copy + index, first_sink + position[int(node)], link)
        for index, node in enumerate(copy_of)
        if int(node) in position
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _protect(arcs: Ints, node_count: int, kept: Ints, split: Ints) -> NDArray[np.bool_]:
    """Mark nodes that must not be drawn into a chain.

    Beside places, junctions with bans and their copies these are the neighbours of such junctions:
    a vehicle may turn round there to make a turn that it may not make directly, and a chain has
    no place to turn round in.
    """
    at_split = np.zeros(node_count, dtype=bool)
    at_split[split] = True
    protected = at_split.copy()
    protected[kept] = True
    protected[arcs[at_split[arcs[:, 0]], 1]] = True
    protected[arcs[at_split[arcs[:, 1]], 0]] = True
    return protected


def _contract(graph: Expanded) -> SearchGraph:
    order = np.lexsort((graph.link, graph.head, graph.tail))
    tail, head, link = graph.tail[order], graph.head[order], graph.link[order]
    inner = _pass_through(graph, tail, head)
    following = _following(inner, tail, head, graph.node_count)
    starts = np.flatnonzero(~inner[tail])
    chains = _chains(starts.tolist(), head.tolist(), inner.tolist(), following.tolist())
    ends = np.array([head[chain[-1]] for chain in chains], dtype=np.int64)
    useful = ends != tail[starts]
    chains = [chain for chain, keep in zip(chains, useful.tolist(), strict=True) if keep]
    return _compress(graph, tail[starts][useful], ends[useful], chains, link, inner)


def _pass_through(graph: Expanded, tail: Ints, head: Ints) -> NDArray[np.bool_]:
    """Nodes with exactly two neighbours and no choice: on the way from one to the other."""
    n = graph.node_count
    out_degree, in_degree = np.bincount(tail, minlength=n), np.bincount(head, minlength=n)
    out_low, out_high = _extremes(tail, head, n)
    in_low, in_high = _extremes(head, tail, n)
    one_way = (out_degree == 1) & (in_degree == 1) & (out_low != in_low)
    both = (out_degree == 2) & (in_degree == 2) & (out_low != out_high)
    both &= (out_low == in_low) & (out_high == in_high)
    return np.asarray((one_way | both) & ~graph.protected)


def _extremes(node: Ints, neighbour: Ints, count: int) -> tuple[Ints, Ints]:
    low = np.full(count, np.iinfo(np.int64).max)
    high = np.full(count, -1)
    np.minimum.at(low, node, neighbour)
    np.maximum.at(high, node, neighbour)
    return low, high


def _following(inner: NDArray[np.bool_], tail: Ints, head: Ints, count: int) -> Ints:
    """Return, for each arc into a pass-through node, the arc that goes on from it."""
    first_out = np.searchsorted(tail, np.arange(count + 1))
    into = np.flatnonzero(inner[head])
    first, last = first_out[head[into]], first_out[head[into] + 1] - 1
    onward = np.where(head[first] != tail[into], first, last)
    following = np.full(len(tail), -1)
    following[into] = onward
    return following


def _chains(
    starts: list[int], head: list[int], inner: list[bool], following: list[int]
) -> list[list[int]]:
    chains = []
    for start in starts:
        chain = [start]
        while inner[head[chain[-1]]]:
            chain.append(following[chain[-1]])
        chains.append(chain)
    return chains


def _compress(
    graph: Expanded,
    tail: Ints,
    head: Ints,
    chains: list[list[int]],
    link: Ints,
    inner: NDArray[np.bool_],
) -> SearchGraph:
    number = np.where(inner, -1, np.cumsum(~inner) - 1)
    count = int(np.count_nonzero(~inner))
    size = np.array([len(chain) for chain in chains], dtype=np.int64)
    flat = [arc for chain in chains for arc in chain]
    return SearchGraph(
        first_out=np.searchsorted(number[tail], np.arange(count + 1)).astype(np.int64),
        tail=number[tail].astype(np.int32),
        head=number[head].astype(np.int32),
        link_offset=np.r_[0, np.cumsum(size)].astype(np.int64),
        link=link[np.array(flat, dtype=np.int64)],
        departure=number[graph.departure],
        arrival=number[graph.arrival],
    )


def arc_costs(graph: SearchGraph, metric: Metric, ignoring: Shut = NOTHING) -> ArcCosts:
    """Sum the costs along each search arc; closed where any of its arcs is.

    Parameters
    ----------
    ignoring
        Reasons of closure to leave out of account, to find out which of them matters.
    """
    start = graph.link_offset[:-1]
    closed = np.r_[~metric.open(ignoring), False][graph.link]
    cost, time, exposure = (
        _sums(np.r_[values, 0][graph.link], start)
        for values in (metric.cost_ms, metric.travel_time_ms, metric.exposure_nano)
    )
    shut = _sums(closed.astype(np.int64), start) > 0
    return ArcCosts(np.where(shut, CLOSED, cost), time, exposure)


def _sums(values: Ints, start: Ints) -> Ints:
    return np.add.reduceat(values, start) if len(start) else np.zeros(0, dtype=np.int64)


def links_of(graph: SearchGraph, arcs: Iterable[int], arc_count: int) -> list[int]:
    """Return the network's arcs along a path of search arcs, arrivals left out."""
    links: list[int] = []
    for arc in arcs:
        links.extend(graph.link[graph.link_offset[arc] : graph.link_offset[arc + 1]].tolist())
    return [link for link in links if link < arc_count]


def reverse(graph: SearchGraph, costs: ArcCosts) -> tuple[SearchGraph, ArcCosts]:
    """Return the graph with every search arc turned round, for searches towards a node.

    The arcs keep their links, so that a path found in it names the network's arcs, last first.
    """
    order = np.lexsort((graph.tail, graph.head))
    head = graph.head[order]
    size = np.diff(graph.link_offset)[order]
    start = np.repeat(graph.link_offset[:-1][order], size)
    offset = np.r_[0, np.cumsum(size)].astype(np.int64)
    within = np.arange(offset[-1]) - np.repeat(offset[:-1], size)
    turned = SearchGraph(
        first_out=np.searchsorted(head, np.arange(graph.node_count + 1)).astype(np.int64),
        tail=head,
        head=graph.tail[order],
        link_offset=offset,
        link=graph.link[start + within],
        departure=graph.arrival,
        arrival=graph.departure,
    )
    return turned, ArcCosts(
        costs.cost_ms[order], costs.travel_time_ms[order], costs.exposure_nano[order]
    )
