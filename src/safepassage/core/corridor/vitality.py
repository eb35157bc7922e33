"""Which stretch of a way, and which bridge, would hurt most to lose.

Each stretch is taken out in both directions and the best way is searched again. The searches are
exact and short: they are guided by the costs of the best ways to the goal with nothing taken out,
which can only be too low (A*; P. E. Hart, N. J. Nilsson, B. Raphael 1968,
doi:10.1109/TSSC.1968.300136). The idea of the most vital arc: M. O. Ball, B. L. Golden, R. V. Vohra
1989, doi:10.1016/0167-6377(89)90003-5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.ends import ends_of
from safepassage.core.corridor.graph import CLOSED, ArcCosts, SearchGraph, links_of, reverse
from safepassage.core.corridor.options import Ground, corridor_option
from safepassage.core.corridor.paths import UNREACHED, path_to, shortest_tree
from safepassage.core.corridor.roads import road_numbers
from safepassage.core.corridor.router import Topology
from safepassage.core.corridor.types import CorridorOption, RoadNetwork

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class VitalPart:
    """A stretch of a way, or a bridge on it, and what its loss costs.

    Parameters
    ----------
    links
        Arcs of the network along the way that make up the part, in the order of travel. Of a
        stretch, the loss of any road between two of its junctions costs the same.
    bridge
        Whether the part is one bridge.
    lost_time_ms, lost_exposure_nano
        Time and exposure of the best way without it less those of the best way; None where no way
        remains. One of the two may be negative, never their cost.
    lost_cost_ms
        The same for the cost by which ways are chosen.
    detour
        Search arcs of the best way without it; empty where none remains.
    """

    links: tuple[int, ...]
    bridge: bool
    lost_cost_ms: int | None
    lost_time_ms: int | None
    lost_exposure_nano: int | None
    detour: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class VitalMenu:
    """The best way and its parts, the most painful loss first.

    Parameters
    ----------
    option
        The best way itself.
    parts
        Stretches between junctions, and bridges.
    detours
        For each part the best way without it; None where none remains.
    """

    option: CorridorOption
    parts: tuple[VitalPart, ...]
    detours: tuple[CorridorOption | None, ...]


def vital_parts(
    ground: Ground, *, most: int | None = None, topology: Topology | None = None
) -> VitalMenu:
    """Return what the loss of each part of the best way between two places costs.

    Parameters
    ----------
    ground
        From its first place to its last; its metric's cost says what a best way is.
    most
        Parts returned at most, the most painful first; None for all.
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
    tree = shortest_tree(ends.graph, ends.costs, ends.source, np.array([ends.target]))
    if tree.cost_ms[ends.target] == UNREACHED:
        raise ground.unreachable()
    found = vital_segments(ground.network, ends.graph, ends.costs, ends.source, ends.target)
    best = tuple(path_to(ends.graph, tree, ends.target))
    parts = found[:most]
    return VitalMenu(
        corridor_option(
            ground, ends.graph, best, "v0", "The best way: least time plus weighted exposure."
        ),
        parts,
        tuple(
            corridor_option(ground, ends.graph, part.detour, f"v{number}", _reason(part))
            if part.detour
            else None
            for number, part in enumerate(parts, 1)
        ),
    )


def _reason(part: VitalPart) -> str:
    what = "bridge" if part.bridge else "stretch"
    return f"The best way when one {what} of the best way is lost."


def vital_segments(
    network: RoadNetwork, graph: SearchGraph, costs: ArcCosts, source: int, target: int
) -> tuple[VitalPart, ...]:
    """Return the parts of the best way between two search nodes, the most painful loss first.

    Parts are the roads between junctions, drawn together where the loss of one leaves the same way
    as that of the next, and, beside them, each bridge. A part is lost in both directions.

    Returns
    -------
    Empty where there is no way or the start is the goal. Of equal losses the earlier on the way
    comes first, stretches before bridges.
    """
    guide = _guide(graph, costs, target)
    if guide.least[source] == UNREACHED:
        return ()
    best = guide.path(source, costs.cost_ms)
    parts = _stretches(network, graph, best) + _bridges(network, graph, best)
    road = road_numbers(network)
    found = [
        _without(guide, source, best, part, _search_arcs_on(graph, road, part[0])) for part in parts
    ]
    return tuple(sorted(_joined(found), key=_pain, reverse=True))


def _joined(parts: list[VitalPart]) -> list[VitalPart]:
    """Make one of stretches that follow each other and whose loss leaves the same way."""
    joined: list[VitalPart] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and not part.bridge and last.detour == part.detour:
            joined[-1] = replace(last, links=last.links + part.links)
        else:
            joined.append(part)
    return joined


def _pain(part: VitalPart) -> tuple[bool, int]:
    return part.lost_cost_ms is None, part.lost_cost_ms or 0


@dataclass(frozen=True, slots=True, eq=False)
class _Guide:
    """The graph with costs reduced by the best ways to the goal: a search in it is an A* search."""

    graph: SearchGraph
    costs: ArcCosts
    reduced: ArcCosts
    least: Ints
    target: int

    def path(self, source: int, cost_ms: Ints) -> list[int]:
        """Return the best way when costs are closed where `cost_ms` is; empty if there is none."""
        closed = (cost_ms == CLOSED) | (self.reduced.cost_ms == CLOSED)
        costs = ArcCosts(
            np.where(closed, CLOSED, self.reduced.cost_ms),
            self.reduced.travel_time_ms,
            self.reduced.exposure_nano,
        )
        tree = shortest_tree(self.graph, costs, source, np.array([self.target]))
        return path_to(self.graph, tree, self.target)


def _guide(graph: SearchGraph, costs: ArcCosts, target: int) -> _Guide:
    turned, turned_costs = reverse(graph, costs)
    tree = shortest_tree(turned, turned_costs, target)
    least = tree.cost_ms
    open_arcs = (
        (costs.cost_ms != CLOSED)
        & (least[graph.head] != UNREACHED)
        & (least[graph.tail] != UNREACHED)
    )

    def reduced(values: Ints, to_goal: Ints) -> Ints:
        rest = to_goal[graph.head] - to_goal[graph.tail]
        return np.where(open_arcs, values + rest, CLOSED)

    return _Guide(
        graph,
        costs,
        ArcCosts(
            reduced(costs.cost_ms, least),
            reduced(costs.travel_time_ms, tree.travel_time_ms),
            reduced(costs.exposure_nano, tree.exposure_nano),
        ),
        least,
        target,
    )


def _without(
    guide: _Guide, source: int, best: list[int], part: tuple[list[int], bool], lost: Ints
) -> VitalPart:
    costs = guide.costs
    cost_ms = costs.cost_ms.copy()
    cost_ms[lost] = CLOSED
    detour = guide.path(source, cost_ms)
    links, bridge = tuple(part[0]), part[1]
    if not detour:
        return VitalPart(links, bridge, None, None, None)
    more = [
        int(values[detour].sum() - values[best].sum())
        for values in (costs.cost_ms, costs.travel_time_ms, costs.exposure_nano)
    ]
    return VitalPart(links, bridge, more[0], more[1], more[2], tuple(detour))


def _stretches(
    network: RoadNetwork, graph: SearchGraph, best: list[int]
) -> list[tuple[list[int], bool]]:
    found = [links_of(graph, (arc,), network.arc_count) for arc in best]
    return [(links, False) for links in found if links]


def _bridges(
    network: RoadNetwork, graph: SearchGraph, best: list[int]
) -> list[tuple[list[int], bool]]:
    """Return the runs of bridge arcs of one OpenStreetMap way along the path."""
    runs: list[list[int]] = []
    last_way = None
    for link in links_of(graph, best, network.arc_count):
        way = int(network.way_id[link]) if network.bridge[link] else None
        if way is not None and way == last_way:
            runs[-1].append(link)
        elif way is not None:
            runs.append([link])
        last_way = way
    return [(links, True) for links in runs]


def _search_arcs_on(graph: SearchGraph, road: Ints, links: Sequence[int]) -> Ints:
    """Return the search arcs that use the road of any of these arcs of the network."""
    uses = np.isin(road[graph.link], road[list(links)])
    arc = np.repeat(np.arange(len(graph.head)), np.diff(graph.link_offset))
    return np.unique(arc[uses])
