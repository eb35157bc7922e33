"""Where a search begins and ends: the graph, its costs, and the two search nodes of two places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.graph import ArcCosts, SearchGraph, arc_costs, build_graph, links_of
from safepassage.core.corridor.metric import NOTHING, Shut
from safepassage.core.corridor.options import Ground
from safepassage.core.corridor.router import Topology
from safepassage.errors import InfeasibleError, UsageError

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """A search between the first and the last place of a ground.

    Parameters
    ----------
    source, target
        Search nodes of `graph`.
    """

    ground: Ground
    graph: SearchGraph
    costs: ArcCosts
    source: int
    target: int

    def links(self, arcs: tuple[int, ...]) -> Ints:
        """Return int64[k], the network's arcs along a path of search arcs."""
        return np.array(links_of(self.graph, arcs, self.ground.network.arc_count), dtype=np.int64)


def ends_of(
    ground: Ground,
    topology: Topology | None = None,
    ignoring: Shut = NOTHING,
    *,
    every_node: bool = False,
) -> Ends:
    """Return what a search from the first place of a ground to the last works on.

    Parameters
    ----------
    topology
        Prepared roads of the profile's vehicle class; None to draw the graph together for these
        places, which takes longer than one search.
    ignoring
        Reasons of closure to leave out of account.
    every_node
        Whether every node of the network has to be a search node, as with a topology.

    Raises
    ------
    InfeasibleError
        If a place meets no road; the message says why.
    UsageError
        If both places are one.
    """
    start, end = ground.places[0], ground.places[-1]
    if start.place_id == end.place_id:
        raise UsageError(f"'{start.place_id}' is both start and end; name two places.")
    refused = [
        sentence
        for place_id, sentence in ground.snaps.refused
        if place_id in {start.place_id, end.place_id}
    ]
    if refused:
        raise InfeasibleError("\n".join(refused))
    node = ground.nodes
    kept = range(ground.network.node_count) if every_node else node.values()
    graph = (
        topology.graph()
        if topology
        else build_graph(ground.network, kept, ground.profile.vehicle_class)
    )
    return Ends(
        ground=ground,
        graph=graph,
        costs=arc_costs(graph, ground.metric, ignoring),
        source=int(graph.departure[node[start.place_id]]),
        target=int(graph.arrival[node[end.place_id]]),
    )
