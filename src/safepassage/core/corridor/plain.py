"""The same answers by the plainest means: the oracle that the compiled search is checked against.

Works on the network as it is (no contraction, no copies of nodes, no compiled code). At a junction
with turn bans the search remembers by which arc it came; everywhere else it does not need to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush

from safepassage.core.corridor.metric import Metric, class_bit
from safepassage.core.corridor.types import RoadNetwork, VehicleClass

Triple = tuple[int, int, int]
"""Cost in ms, time in ms, exposure in billionths."""


@dataclass(frozen=True, slots=True)
class PlainRoads:
    """The network as plain lists.

    Parameters
    ----------
    node_count
        States below it are nodes; a state from it on is "at the end of arc (state - count)".
    leaving
        For each node, (cost, time, exposure, arc, state reached) of its open arcs.
    banned
        For each arc that may not turn everywhere, the arcs it may not turn into.
    head
        Node at the end of each arc.
    """

    node_count: int
    leaving: list[list[tuple[int, int, int, int, int]]]
    banned: dict[int, set[int]]
    head: list[int]


def plain_roads(network: RoadNetwork, metric: Metric, vehicle_class: VehicleClass) -> PlainRoads:
    """Return the open arcs of the network for a vehicle class as lists."""
    banned = _plain_bans(network, vehicle_class)
    leaving: list[list[tuple[int, int, int, int, int]]] = [[] for _ in range(network.node_count)]
    tails, heads = network.tail.tolist(), network.head.tolist()
    costs, times = metric.cost_ms.tolist(), metric.travel_time_ms.tolist()
    exposures, is_open = metric.exposure_nano.tolist(), metric.open().tolist()
    for arc, tail in enumerate(tails):
        if is_open[arc]:
            state = network.node_count + arc if arc in banned else heads[arc]
            leaving[tail].append((costs[arc], times[arc], exposures[arc], arc, state))
    return PlainRoads(network.node_count, leaving, banned, heads)


def _plain_bans(network: RoadNetwork, vehicle_class: VehicleClass) -> dict[int, set[int]]:
    binds = network.turn_ban_access
    rules: dict[tuple[int, int], set[int]] = {}
    for row, (way_from, via, way_to) in enumerate(network.turn_bans.tolist()):
        if binds is None or int(binds[row]) & class_bit(vehicle_class):
            rules.setdefault((way_from, via), set()).add(way_to)
    ways, refs = network.way_id.tolist(), network.node_ref.tolist()
    tails, heads = network.tail.tolist(), network.head.tolist()
    restricted = {via for _, via in rules}
    leaving: dict[int, list[int]] = {}
    for arc, tail in enumerate(tails):
        if refs[tail] in restricted:
            leaving.setdefault(tail, []).append(arc)
    banned: dict[int, set[int]] = {}
    for arc, head in enumerate(heads):
        ways_to = rules.get((ways[arc], refs[head]), set())
        turns = {turn for turn in leaving.get(head, []) if ways[turn] in ways_to}
        if turns:
            banned[arc] = turns
    return banned


def plain_distances(
    roads: PlainRoads, source: int, targets: Iterable[int]
) -> dict[int, Triple | None]:
    """Return the least (cost, time, exposure) from a node to each target, None if there is no way.

    Parameters
    ----------
    source, targets
        Nodes of the network.
    """
    waiting = set(targets)
    found: dict[int, Triple | None] = dict.fromkeys(waiting)
    best: dict[int, Triple] = {source: (0, 0, 0)}
    settled: set[int] = set()
    heap: list[tuple[int, int, int, int]] = [(0, 0, 0, source)]
    while heap and waiting:
        cost, time, exposure, state = heappop(heap)
        if state in settled:
            continue
        settled.add(state)
        node = state if state < roads.node_count else roads.head[state - roads.node_count]
        if node in waiting:
            waiting.discard(node)
            found[node] = (cost, time, exposure)
        forbidden = roads.banned.get(state - roads.node_count, ())
        for more_cost, more_time, more_exposure, arc, reached in roads.leaving[node]:
            if reached in settled or arc in forbidden:
                continue
            triple = (cost + more_cost, time + more_time, exposure + more_exposure)
            if reached not in best or triple < best[reached]:
                best[reached] = triple
                heappush(heap, (*triple, reached))
    return found
