"""Why a place cannot be reached: the sentence that tells what would have to change."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.closures import closure_words
from safepassage.core.corridor.cuts import Cut, Separation, separation
from safepassage.core.corridor.graph import (
    SearchGraph,
    arc_costs,
    build_graph,
    links_of,
    reverse,
)
from safepassage.core.corridor.metric import Metric, Shut
from safepassage.core.corridor.paths import UNREACHED, Tree, path_to, shortest_tree
from safepassage.core.corridor.router import Topology
from safepassage.core.corridor.situation import Situation
from safepassage.core.corridor.types import Place, RoadNetwork, TravelProfile

Ints = NDArray[np.int64]

NAMED_WAYS = 3
"""Ways that a sentence names at most."""
_SINGLE = (Shut.HAZARD, Shut.CLOSURE, Shut.SIDE, Shut.LIMIT)
RULES = (*_SINGLE, Shut.HAZARD | Shut.CLOSURE | Shut.SIDE | Shut.LIMIT)
"""Reasons that are left out of account in turn; the first that opens a way is named."""


def why_unreachable(
    network: RoadNetwork,
    situation: Situation,
    places: tuple[Place, ...],
    nodes: Ints,
    profile: TravelProfile,
    metric: Metric,
    reached: NDArray[np.bool_],
    topology: Topology | None = None,
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
    topology
        Prepared roads of the profile's class, to save drawing the graph together.
    """
    found = reasons_by_place(network, situation, places, nodes, profile, metric, reached, topology)
    by_reason: dict[str, list[str]] = {}
    for place_id, reason in found.items():
        by_reason.setdefault(reason, []).append(place_id)
    return [_sentence(profile, ids, reason) for reason, ids in by_reason.items()]


def reasons_by_place(
    network: RoadNetwork,
    situation: Situation,
    places: tuple[Place, ...],
    nodes: Ints,
    profile: TravelProfile,
    metric: Metric,
    reached: NDArray[np.bool_],
    topology: Topology | None = None,
) -> dict[str, str]:
    """Return the reason alone for each place that is cut off, by place id.

    Parameters
    ----------
    nodes, reached, topology
        As for :func:`why_unreachable`.
    """
    placed = np.flatnonzero(nodes >= 0)
    main = _main_group(reached, placed)
    cut_off = np.setdiff1d(placed, main).tolist()
    if not cut_off:
        return {}
    graph = (
        topology.graph() if topology else build_graph(network, nodes[placed], profile.vehicle_class)
    )
    trial = _Trial(network, situation, profile, metric, int(nodes[main.min()]), graph)
    return {places[index].place_id: trial.reason(int(nodes[index])) for index in cut_off}


def _main_group(reached: NDArray[np.bool_], placed: Ints) -> Ints:
    if not len(placed):
        return placed
    within = reached[np.ix_(placed, placed)]
    mutual = (within & within.T) | np.eye(len(placed), dtype=bool)
    largest = int(np.argmax(np.count_nonzero(mutual, axis=1)))
    return np.asarray(placed[mutual[largest]])


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
    graph: SearchGraph
    trees: dict[Shut, _Trees] = field(default_factory=dict)
    cuts: dict[tuple[Shut, bool], Separation] = field(default_factory=dict)

    def reason(self, node: int) -> str:
        """Return why there is no way between the hub and a node of the network, in words."""
        holders = self.situation.holders[self.situation.node_side[node]]
        if self.profile.sides and not self.profile.sides.issuperset(holders):
            return f"it lies on territory held by {' and '.join(holders)}"
        for rule in RULES:
            arcs = self._ignoring(rule).arcs(node, self.network.arc_count)
            if arcs is not None:
                return "; ".join((*self._obstacles(arcs, rule), *self._cut(node, rule)))
        return "no road that this vehicle class may use leads there and back"

    def _cut(self, node: int, rule: Shut) -> list[str]:
        """Say which roads stand between the hub and a node, on the way there or else back."""
        for towards in (True, False):
            if (rule, towards) not in self.cuts:
                self.cuts[rule, towards] = separation(
                    self.network, self.metric, rule, towards=towards
                )
            cut = self.cuts[rule, towards].cut(node, self.hub)
            if cut is not None and len(cut.arcs):
                return [cut_words(self.network, cut, towards=towards)]
        return []

    def _ignoring(self, rule: Shut) -> _Trees:
        if rule not in self.trees:
            graph, costs = self.graph, arc_costs(self.graph, self.metric, rule)
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
        if rule & Shut.CLOSURE and (shut & Shut.CLOSURE).any():
            found.append(self._closures(arcs))
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

    def _closures(self, arcs: Ints) -> str:
        indices = sorted(set(self.situation.closure_of[arcs].tolist()) - {-1})
        named = ", ".join(closure_words(self.situation.closures[index]) for index in indices)
        return f"the road is shut: {named}"

    def _territory(self, arcs: Ints) -> str:
        holders = {self.situation.holders[side] for side in self.situation.side[arcs].tolist()}
        names = sorted({name for group in holders for name in group} - self.profile.sides)
        return f"every road there crosses territory held by {' and '.join(names)}"

    def _limits(self, arcs: Ints) -> str:
        ways = sorted(set(self.network.way_id[arcs].tolist()))[:NAMED_WAYS]
        named = ", ".join(str(way) for way in ways)
        return f"a signed weight, height or width limit is in the way (way {named})"


def cut_words(network: RoadNetwork, cut: Cut, *, towards: bool) -> str:
    """Return the roads of a cut in words, with bridges and names of roads where known."""
    named = [_way_words(network, cut, way) for way in cut.ways[:NAMED_WAYS]]
    more = len(cut.ways) - len(named)
    ways = ", ".join(named) + (f" and {more} more" if more else "")
    return f"shut on the way {'there' if towards else 'back'}: {ways}"


def _way_words(network: RoadNetwork, cut: Cut, way: int) -> str:
    kind = "bridge on way" if way in cut.bridges else "way"
    arc = int(cut.arcs[network.way_id[cut.arcs] == way][0])
    name = "" if network.road is None else network.road_names[int(network.road[arc])]
    return f"{kind} {way} ({name})" if name else f"{kind} {way}"
