"""Other ways that really differ: little road in common, no needless detour, not much longer.

Candidates are plateaus, as in I. Abraham, D. Delling, A. V. Goldberg, R. F. Werneck, "Alternative
routes in road networks", ACM J. Exp. Algorithmics 18, 2013, doi:10.1145/2444016.2444019: where the
tree of best ways from the start and the tree of best ways to the goal share a stretch, the way
along it is locally optimal for at least the stretch's cost. Where they do not give enough ways, the
best way is searched again with the roads of the ways found so far made dearer. The limit on the
overlap of each two ways is that of T. Chondrogiannis et al., "Finding k-shortest paths with limited
overlap", VLDB J. 29, 2020, doi:10.1007/s00778-020-00604-x. Every bound is checked on the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.ends import ends_of
from safepassage.core.corridor.graph import (
    CLOSED,
    ArcCosts,
    SearchGraph,
    links_of,
    reverse,
)
from safepassage.core.corridor.options import Ground, corridor_option
from safepassage.core.corridor.paths import UNREACHED, Tree, path_to, shortest_tree
from safepassage.core.corridor.roads import road_numbers
from safepassage.core.corridor.router import Topology
from safepassage.core.corridor.types import CorridorOption, RoadNetwork

Ints = NDArray[np.int64]

OVERLAP_MOST = 0.5
STRETCH_MOST = 1.6
"""A way may cost as much as three fifths more than the best: a detour is better than no way."""
LOCAL_SHARE = 0.1
CANDIDATES_TRIED = 2_000
"""Plateaus looked at before penalties are tried."""
PENALTY_ROUNDS = 24
PENALTY = 1.3
"""Factor by which each round makes the roads of the ways found so far dearer."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way; the first of a list is the best one.

    Parameters
    ----------
    arcs
        Search arcs from start to goal.
    overlap
        Largest share of length that it has in common with a way before it in the list, as a share
        of the shorter of the two.
    stretch
        Its cost divided by the least cost.
    locally_optimal_ms
        Every stretch of it that costs at most this is itself a best way; 0 where that is not known.
    """

    arcs: tuple[int, ...]
    cost_ms: int
    travel_time_ms: int
    exposure_nano: int
    length_m: float
    overlap: float
    stretch: float
    locally_optimal_ms: int


@dataclass(frozen=True, slots=True)
class AlternativeMenu:
    """Ways that really differ, with what makes them so.

    Parameters
    ----------
    options
        The best first.
    ways
        Overlap, stretch and local optimality of each, in the same order.
    """

    options: tuple[CorridorOption, ...]
    ways: tuple[Alternative, ...]


def alternative_corridors(
    ground: Ground,
    k: int,
    *,
    overlap_most: float = OVERLAP_MOST,
    stretch_most: float = STRETCH_MOST,
    topology: Topology | None = None,
) -> AlternativeMenu:
    """Return up to `k` different ways from the first place of a ground to the last.

    Parameters
    ----------
    ground
        Its metric's cost (time plus risk weight times exposure) says what a best way is.
    k, overlap_most, stretch_most
        As in :func:`alternatives`.
    topology
        Prepared roads of the profile's vehicle class, to save drawing the graph together.

    Raises
    ------
    InfeasibleError
        If there is no way; the message says what would have to change.
    UsageError
        If both places are one.
    """
    ends = ends_of(ground, topology)
    ways = alternatives(
        ends.graph, ends.costs, ground.network, ends.source, ends.target, k,
        overlap_most=overlap_most, stretch_most=stretch_most,
    )  # fmt: skip
    if not ways:
        raise ground.unreachable()
    options = tuple(
        corridor_option(ground, ends.graph, way.arcs, f"a{number}", _reason(way, number))
        for number, way in enumerate(ways, 1)
    )
    return AlternativeMenu(options, ways)


def _reason(way: Alternative, number: int) -> str:
    if number == 1:
        return "The best way: least time plus weighted exposure."
    dearer = 100 * (way.stretch - 1)
    return (
        f"Another way: at most {100 * way.overlap:.0f} % of its length in common with any way "
        f"before it, {dearer:.0f} % more in time plus weighted exposure than the best."
    )


def alternatives(
    graph: SearchGraph,
    costs: ArcCosts,
    network: RoadNetwork,
    source: int,
    target: int,
    k: int,
    *,
    overlap_most: float = OVERLAP_MOST,
    stretch_most: float = STRETCH_MOST,
    local_share: float = LOCAL_SHARE,
) -> tuple[Alternative, ...]:
    """Return the best way and up to `k` - 1 others that differ from it and from each other.

    Parameters
    ----------
    network
        What the search arcs are made of: roads and junctions are compared on it, since turn bans
        make several search arcs of one road.
    source, target
        Search nodes.
    overlap_most
        Of each two ways, the length of road in common, in either direction, is at most this share
        of the shorter.
    stretch_most
        No way costs more than this many times the least cost.
    local_share
        A plateau counts if it costs at least this share of the least cost.

    Returns
    -------
    The best first, then in the order in which they were found; empty where there is no way. Fewer
    than `k` means that the search found no more, not that no more exist.
    """
    there = shortest_tree(graph, costs, source)
    if there.cost_ms[target] == UNREACHED:
        return ()
    picked = _Picked(graph, costs, network, overlap_most, stretch_most)
    picked.take(path_to(graph, there, target), 0)
    for arcs, local_ms in _candidates(graph, costs, there, target, picked, local_share):
        if len(picked.ways) >= k:
            break
        picked.take(arcs, local_ms)
    return tuple(picked.ways[:k])


class _Picked:
    """The ways chosen so far, and the bounds that the next one has to keep."""

    def __init__(
        self,
        graph: SearchGraph,
        costs: ArcCosts,
        network: RoadNetwork,
        overlap_most: float,
        stretch_most: float,
    ) -> None:
        self.graph, self.costs, self.network = graph, costs, network
        self.overlap_most, self.stretch_most = overlap_most, stretch_most
        self.road = road_numbers(network)
        self.road_of = self.road[graph.link]
        self.ways: list[Alternative] = []
        self.roads_of_ways: list[dict[int, float]] = []
        self.used = np.zeros(len(graph.head), dtype=bool)

    def take(self, arcs: list[int], local_ms: int) -> None:
        """Keep a way if it stays within the bounds."""
        cost = int(self.costs.cost_ms[arcs].sum())
        least = self.ways[0].cost_ms if self.ways else cost
        links = links_of(self.graph, arcs, self.network.arc_count)
        roads = dict(
            zip(self.road[links].tolist(), self.network.length_m[links].tolist(), strict=True)
        )
        overlap = max((_overlap(roads, other) for other in self.roads_of_ways), default=0.0)
        if self.ways and (
            cost > self.stretch_most * least or overlap > self.overlap_most or self._returns(links)
        ):
            return
        self.ways.append(
            Alternative(
                arcs=tuple(arcs),
                cost_ms=cost,
                travel_time_ms=int(self.costs.travel_time_ms[arcs].sum()),
                exposure_nano=int(self.costs.exposure_nano[arcs].sum()),
                length_m=float(self.network.length_m[links].sum()),
                overlap=overlap,
                stretch=cost / least if least else 1.0,
                locally_optimal_ms=local_ms if self.ways else cost,
            )
        )
        self.roads_of_ways.append(roads)
        self._mark(roads)

    def _mark(self, roads: dict[int, float]) -> None:
        """Note every search arc that uses one of these roads, in either direction."""
        on_it = np.isin(self.road_of, np.fromiter(roads, dtype=np.int64, count=len(roads)))
        offset = self.graph.link_offset
        self.used |= np.add.reduceat(on_it.astype(np.int64), offset[:-1]) > 0

    def _returns(self, links: list[int]) -> bool:
        """Return whether a way comes back to a junction where it was before."""
        nodes = self.network.head[links].tolist() + self.network.tail[links[:1]].tolist()
        return len(set(nodes)) < len(nodes)


def _overlap(roads: dict[int, float], other: dict[int, float]) -> float:
    """Return the length in common as a share of the shorter of two ways."""
    shorter = min(sum(roads.values()), sum(other.values()))
    if shorter > 0:
        return sum(roads[road] for road in roads.keys() & other.keys()) / shorter
    return float(roads.keys() == other.keys())


def _candidates(
    graph: SearchGraph,
    costs: ArcCosts,
    there: Tree,
    target: int,
    picked: _Picked,
    local_share: float,
) -> Iterator[tuple[list[int], int]]:
    """Yield ways with the cost up to which they are locally optimal: plateaus, then penalties."""
    turned, turned_costs = reverse(graph, costs)
    back = shortest_tree(turned, turned_costs, target)
    original = np.lexsort((graph.tail, graph.head))
    toward = np.where(back.entered_by >= 0, original[back.entered_by], -1)
    least = int(there.cost_ms[target])
    shared = _plateaus(graph, there, toward)
    reach = [_through(there, back, ends) for ends in shared]
    length = [int(there.cost_ms[last] - there.cost_ms[first]) for first, last in shared]
    good = [
        index
        for index in range(len(shared))
        if reach[index] <= picked.stretch_most * least and length[index] >= local_share * least
    ]
    good.sort(key=lambda index: (2 * reach[index] - length[index], shared[index]))
    for index in good[:CANDIDATES_TRIED]:
        via = shared[index][0]
        yield path_to(graph, there, via) + _onward(graph, toward, via), length[index]
    source = int(graph.tail[picked.ways[0].arcs[0]]) if picked.ways[0].arcs else target
    yield from ((arcs, 0) for arcs in _penalised(graph, costs, source, target, picked))


def _plateaus(graph: SearchGraph, there: Tree, toward: Ints) -> list[tuple[int, int]]:
    """Return the first and last node of each stretch that both trees share."""
    shared = np.flatnonzero((toward >= 0) & (there.entered_by[graph.head[toward]] == toward))
    following = {int(node): int(graph.head[toward[node]]) for node in shared}
    inner = set(following.values())
    ends = []
    for first in following:
        if first in inner:
            continue
        last = following[first]
        while last in following:
            last = following[last]
        ends.append((first, last))
    return ends


def _through(there: Tree, back: Tree, ends: tuple[int, int]) -> int:
    return int(there.cost_ms[ends[0]] + back.cost_ms[ends[0]])


def _onward(graph: SearchGraph, toward: Ints, node: int) -> list[int]:
    arcs = []
    while toward[node] >= 0:
        arcs.append(int(toward[node]))
        node = int(graph.head[toward[node]])
    return arcs


def _penalised(
    graph: SearchGraph, costs: ArcCosts, source: int, target: int, picked: _Picked
) -> Iterator[list[int]]:
    cost = costs.cost_ms.astype(np.float64)
    for _ in range(PENALTY_ROUNDS):
        cost = np.where(picked.used & (cost > 0), cost * PENALTY, cost)
        dearer = ArcCosts(
            np.where(costs.cost_ms == CLOSED, CLOSED, np.ceil(cost)).astype(np.int64),
            costs.travel_time_ms,
            costs.exposure_nano,
        )
        tree = shortest_tree(graph, dearer, source, np.array([target]))
        yield path_to(graph, tree, target)
