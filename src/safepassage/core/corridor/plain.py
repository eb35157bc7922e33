"""The same answers by the plainest means: the oracle that the compiled search is checked against.

Works on the network as it is (no hierarchy, no contraction, no copies of nodes, no compiled code).
Where turns are banned the search remembers by which arcs it came; elsewhere it does not need to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush

from safepassage.core.corridor.metric import Metric, class_bit
from safepassage.core.corridor.types import RoadNetwork, VehicleClass

Triple = tuple[int, int, int]
"""Cost in ms, time in ms, exposure in billionths."""


State = tuple[int, tuple[int, ...]]
"""A node, and the arcs driven last as far as they may begin a run that is forbidden."""


@dataclass(frozen=True, slots=True)
class PlainRoads:
    """The network as plain lists.

    Parameters
    ----------
    leaving
        For each node, (cost, time, exposure, arc) of its open arcs.
    runs
        Arcs that may not be driven one after another.
    begun
        All beginnings of them.
    head
        Node at the end of each arc.
    """

    leaving: list[list[tuple[int, int, int, int]]]
    runs: set[tuple[int, ...]]
    begun: set[tuple[int, ...]]
    head: list[int]

    def after(self, recent: tuple[int, ...], arc: int) -> State | None:
        """Return the state after an arc, None where it may not be driven now."""
        driven = [(*recent, arc)[start:] for start in range(len(recent) + 1)]
        if any(run in self.runs for run in driven):
            return None
        return self.head[arc], next((run for run in driven if run in self.begun), ())


def plain_roads(network: RoadNetwork, metric: Metric, vehicle_class: VehicleClass) -> PlainRoads:
    """Return the open arcs of the network for a vehicle class as lists."""
    runs = _plain_bans(network, vehicle_class) | _plain_paths(network, vehicle_class)
    leaving: list[list[tuple[int, int, int, int]]] = [[] for _ in range(network.node_count)]
    costs, times = metric.cost_ms.tolist(), metric.travel_time_ms.tolist()
    exposures, is_open = metric.exposure_nano.tolist(), metric.open().tolist()
    for arc, tail in enumerate(network.tail.tolist()):
        if is_open[arc]:
            leaving[tail].append((costs[arc], times[arc], exposures[arc], arc))
    begun = {run[:size] for run in runs for size in range(1, len(run))}
    return PlainRoads(leaving, runs, begun, network.head.tolist())


def _plain_bans(network: RoadNetwork, vehicle_class: VehicleClass) -> set[tuple[int, ...]]:
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
    return {
        (arc, turn)
        for arc, head in enumerate(heads)
        for turn in leaving.get(head, [])
        if ways[turn] in rules.get((ways[arc], refs[head]), set())
    }


def _plain_paths(network: RoadNetwork, vehicle_class: VehicleClass) -> set[tuple[int, ...]]:
    offset, arcs = network.turn_path_offset, network.turn_path_arc
    if offset is None or arcs is None:
        return set()
    binds = network.turn_path_access
    return {
        tuple(arcs[offset[row] : offset[row + 1]].tolist())
        for row in range(len(offset) - 1)
        if binds is None or int(binds[row]) & class_bit(vehicle_class)
    }


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
    best: dict[State, Triple] = {(source, ()): (0, 0, 0)}
    settled: set[State] = set()
    heap: list[tuple[int, int, int, State]] = [(0, 0, 0, (source, ()))]
    while heap and waiting:
        cost, time, exposure, state = heappop(heap)
        if state in settled:
            continue
        settled.add(state)
        node, recent = state
        if node in waiting:
            waiting.discard(node)
            found[node] = (cost, time, exposure)
        for more_cost, more_time, more_exposure, arc in roads.leaving[node]:
            reached = roads.after(recent, arc)
            if reached is None or reached in settled:
                continue
            triple = (cost + more_cost, time + more_time, exposure + more_exposure)
            if reached not in best or triple < best[reached]:
                best[reached] = triple
                heappush(heap, (*triple, reached))
    return found
