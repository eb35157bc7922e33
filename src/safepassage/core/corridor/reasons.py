"""Why a place cannot be reached: the sentence that tells what would have to change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.graph import (
    ArcCosts,
    SearchGraph,
    arc_costs,
    build_graph,
    links_of,
)
from safepassage.core.corridor.metric import Metric, Shut
from safepassage.core.corridor.paths import UNREACHED, Tree, path_to, shortest_tree
from safepassage.core.corridor.situation import Situation
from safepassage.core.corridor.types import Place, RoadNetwork, TravelProfile

Ints = NDArray[np.int64]

NAMED_WAYS = 3
"""Ways with a limit that a sentence names at most."""


def why_unreachable(
    network: RoadNetwork,
    situation: Situation,
    places: tuple[Place, ...],
    nodes: Ints,
    profile: TravelProfile,
    metric: Metric,
    reached: NDArray[np.bool_],
) -> list[str]:
    """Return a sentence for each reason why places are cut off from the main group of places.

    The main group is the largest set of places with a way from each to each; of equals, the one
    with the earliest place.

    Parameters
    ----------
    nodes
        int64[p], node of each place, -1 for those that were refused already.
    reached
        bool[p, p], whether there is a way.
    """
    placed = np.flatnonzero(nodes >= 0)
    main = _main_group(reached, placed)
    cut_off = [int(index) for index in placed if index not in main]
    if not cut_off:
        return []
    trial = _Trial(network, situation, profile, metric, int(nodes[min(main)]), nodes[placed])
    by_reason: dict[str, list[str]] = {}
    for index in cut_off:
        by_reason.setdefault(trial.reason(int(nodes[index])), []).append(places[index].place_id)
    return [_sentence(profile, ids, reason) for reason, ids in by_reason.items()]


def _main_group(reached: NDArray[np.bool_], placed: Ints) -> set[int]:
    mutual = reached & reached.T
    groups = [
        {int(other) for other in placed if mutual[index, other] or other == index}
        for index in placed
    ]
    return max(groups, key=len, default=set())


def _sentence(profile: TravelProfile, place_ids: list[str], reason: str) -> str:
    who = profile.vehicle_class.value.capitalize()
    if profile.sides:
        who += f" of {' and '.join(sorted(profile.sides))}"
    named = ", ".join(f"'{place_id}'" for place_id in place_ids)
    return f"{who}: no way to and from {named}: {reason}."


@dataclass(slots=True)
class _Trial:
    """Looks for a way with one rule after another left out of account."""

    network: RoadNetwork
    situation: Situation
    profile: TravelProfile
    metric: Metric
    hub: int
    kept: Ints
    _graph: SearchGraph | None = None

    def reason(self, node: int) -> str:
        """Return why there is no way between the hub and a node of the network, in words."""
        holders = self.situation.holders[self.situation.node_side[node]]
        if self.profile.sides and not self.profile.sides.issuperset(holders):
            return f"it lies on territory held by {' and '.join(holders)}"
        for rule in (Shut.HAZARD, Shut.SIDE, Shut.LIMIT, Shut.HAZARD | Shut.SIDE | Shut.LIMIT):
            arcs = self._way_ignoring(node, rule)
            if arcs is not None:
                return "; ".join(self._obstacles(arcs, rule))
        return "no road that this vehicle class may use leads there and back"

    def _way_ignoring(self, node: int, rule: Shut) -> Ints | None:
        """Return the network's arcs there and back with a rule left out, None if still no way."""
        if self._graph is None:
            self._graph = build_graph(self.network, self.kept, self.profile.vehicle_class)
        graph = self._graph
        costs = arc_costs(graph, self.metric, rule)
        there = _walk(graph, costs, int(graph.departure[self.hub]), int(graph.arrival[node]))
        back = _walk(graph, costs, int(graph.departure[node]), int(graph.arrival[self.hub]))
        if there is None or back is None:
            return None
        return np.array(links_of(graph, there + back, self.network.arc_count), dtype=np.int64)

    def _obstacles(self, arcs: Ints, rule: Shut) -> list[str]:
        shut = self.metric.shut[arcs]
        found = []
        if rule & Shut.HAZARD and (shut & Shut.HAZARD).any():
            found.append(self._hazards(arcs))
        if rule & Shut.SIDE and (shut & Shut.SIDE).any():
            found.append(self._territory(arcs[(shut & Shut.SIDE) > 0]))
        if rule & Shut.LIMIT and (shut & Shut.LIMIT).any():
            found.append(self._limits(arcs[(shut & Shut.LIMIT) > 0]))
        return found

    def _hazards(self, arcs: Ints) -> str:
        indices = sorted(set(self.situation.closed_by[arcs].tolist()) - {-1})
        hazards = [self.situation.hazards[index] for index in indices]
        named = ", ".join(f"'{item.hazard_id}' ({item.kind.value})" for item in hazards)
        return f"the road is closed by hazard {named}"

    def _territory(self, arcs: Ints) -> str:
        holders = {self.situation.holders[side] for side in self.situation.side[arcs].tolist()}
        names = sorted({name for group in holders for name in group} - self.profile.sides)
        return f"every road there crosses territory held by {' and '.join(names)}"

    def _limits(self, arcs: Ints) -> str:
        ways = sorted(set(self.network.way_id[arcs].tolist()))[:NAMED_WAYS]
        named = ", ".join(str(way) for way in ways)
        return f"a signed weight, height or width limit is in the way (way {named})"


def _walk(graph: SearchGraph, costs: ArcCosts, start: int, end: int) -> list[int] | None:
    tree: Tree = shortest_tree(graph, costs, start, np.array([end]))
    return None if tree.cost_ms[end] == UNREACHED else path_to(graph, tree, end)
