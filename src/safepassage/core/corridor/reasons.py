"""Why a place cannot be reached: the sentence that tells what would have to change."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.graph import (
    SearchGraph,
    arc_costs,
    build_graph,
    links_of,
    reverse,
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


@dataclass(frozen=True, slots=True, eq=False)
class _Trees:
    """All ways from the hub and to it, with some rule left out of account."""

    graph: SearchGraph
    there: Tree
    turned: SearchGraph
    back: Tree

    def arcs(self, node: int, arc_count: int) -> Ints | None:
        """Return the network's arcs to a node and back, None where one way is missing."""
        end, start = int(self.graph.arrival[node]), int(self.turned.arrival[node])
        if UNREACHED in (self.there.cost_ms[end], self.back.cost_ms[start]):
            return None
        there = links_of(self.graph, path_to(self.graph, self.there, end), arc_count)
        back = links_of(self.turned, path_to(self.turned, self.back, start), arc_count)
        return np.array(there + back, dtype=np.int64)


@dataclass(slots=True)
class _Trial:
    """Looks for a way with one rule after another left out of account."""

    network: RoadNetwork
    situation: Situation
    profile: TravelProfile
    metric: Metric
    hub: int
    kept: Ints
    trees: dict[Shut, _Trees] = field(default_factory=dict)

    def reason(self, node: int) -> str:
        """Return why there is no way between the hub and a node of the network, in words."""
        holders = self.situation.holders[self.situation.node_side[node]]
        if self.profile.sides and not self.profile.sides.issuperset(holders):
            return f"it lies on territory held by {' and '.join(holders)}"
        for rule in (Shut.HAZARD, Shut.SIDE, Shut.LIMIT, Shut.HAZARD | Shut.SIDE | Shut.LIMIT):
            arcs = self._ignoring(rule).arcs(node, self.network.arc_count)
            if arcs is not None:
                return "; ".join(self._obstacles(arcs, rule))
        return "no road that this vehicle class may use leads there and back"

    def _ignoring(self, rule: Shut) -> _Trees:
        if rule not in self.trees:
            graph = build_graph(self.network, self.kept, self.profile.vehicle_class)
            costs = arc_costs(graph, self.metric, rule)
            turned, turned_costs = reverse(graph, costs)
            self.trees[rule] = _Trees(
                graph,
                shortest_tree(graph, costs, int(graph.departure[self.hub])),
                turned,
                shortest_tree(turned, turned_costs, int(turned.departure[self.hub])),
            )
        return self.trees[rule]

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
