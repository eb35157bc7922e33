"""Routers: one narrow interface, a fast way behind it and a plain one.

``prepare_roads`` does once what depends on roads and turn bans alone; ``router`` lays a metric over
it. Both methods compare ways by (cost, time, exposure) and answer alike to the last integer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.graph import (
    CLOSED,
    ArcCosts,
    SearchGraph,
    expand,
    forbidden_runs,
    links_of,
    reverse,
    turn_bans,
    turn_paths,
)
from safepassage.core.corridor.hierarchy import (
    Ints32,
    Shape,
    Weights,
    build_shape,
    customise,
)
from safepassage.core.corridor.hierarchy_query import many_to_many, one_way, sweep_to
from safepassage.core.corridor.metric import Metric
from safepassage.core.corridor.ordering import dissection_order
from safepassage.core.corridor.paths import UNREACHED, path_to, shortest_tree
from safepassage.core.corridor.types import RoadNetwork, VehicleClass

Ints = NDArray[np.int64]
RouterMethod = Literal["fast", "dijkstra"]

NO_WAY = -1
"""Time where there is no way."""


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """Exact sums between places along the least way.

    Parameters
    ----------
    travel_time_ms
        int64[s, t], milliseconds; :data:`NO_WAY` where there is none.
    exposure_nano
        int64[s, t], billionths of one person's exposure; 0 where there is no way.
    """

    travel_time_ms: Ints
    exposure_nano: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """The least way between two nodes.

    Parameters
    ----------
    arcs
        int64[k], arcs of the network in the order of travel; empty from a node to itself.
    """

    arcs: Ints
    cost_ms: int
    travel_time_ms: int
    exposure_nano: int


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Least ways from one node to every node, or from every node to one.

    Parameters
    ----------
    cost_ms, travel_time_ms, exposure_nano
        int64[n] by node of the network; the first two are :data:`NO_WAY` where there is none.
    """

    cost_ms: Ints
    travel_time_ms: Ints
    exposure_nano: Ints


def turning_nodes(network: RoadNetwork, route: Route) -> tuple[int, ...]:
    """Return the nodes at which a route turns round on the road it came by, in order.

    A least way turns round only to get past a turn that may not be made. A long vehicle may need
    help there, so that the place has to be said.
    """
    came, goes = route.arcs[:-1], route.arcs[1:]
    back = (network.tail[came] == network.head[goes]) & (
        network.way_id[came] == network.way_id[goes]
    )
    return tuple(network.head[came[back]].tolist())


class Router(Protocol):
    """Answers about the ways under one metric. Nodes are those of the network."""

    def legs(self, sources: Ints, targets: Ints) -> Legs:
        """Return the sums from each source to each target; a node below 0 has no way."""
        ...

    def route(self, source: int, target: int) -> Route | None:
        """Return the least way between two nodes, None where there is none."""
        ...

    def times_from(self, source: int) -> Reach:
        """Return the least ways from a node to all nodes."""
        ...

    def times_to(self, target: int) -> Reach:
        """Return the least ways from all nodes to a node."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Topology:
    """What a vehicle class's turn bans make of a network, and the hierarchy over it.

    It does not depend on dates, hazards, closures or speeds, and any node of the network may be a
    start or an end.

    Parameters
    ----------
    digest
        Of the roads and bans that it was made from.
    tail, head
        int32[M], arcs between search nodes, ordered by `tail`.
    link
        int32[M], the network's arc, or its ``arc_count`` for "arrives here".
    place
        int32[N], the network's node that each search node stands for.
    departure, arrival
        int32[n], search nodes.
    """

    digest: str
    tail: Ints32
    head: Ints32
    link: Ints32
    place: Ints32
    departure: Ints32
    arrival: Ints32
    shape: Shape

    def graph(self) -> SearchGraph:
        """Return the search graph without chains drawn together: any node is a place."""
        count = len(self.place)
        return SearchGraph(
            first_out=np.searchsorted(self.tail, np.arange(count + 1)).astype(np.int64),
            tail=self.tail,
            head=self.head,
            link_offset=np.arange(len(self.tail) + 1, dtype=np.int64),
            link=self.link.astype(np.int64),
            departure=self.departure.astype(np.int64),
            arrival=self.arrival.astype(np.int64),
        )


def roads_digest(network: RoadNetwork, vehicle_class: VehicleClass) -> str:
    """Return a digest of all that the topology of a class depends on: 32 hexadecimal digits.

    Positions count, since they shape the order of the hierarchy, though never an answer.
    """
    digest = hashlib.blake2b(digest_size=16)
    bans, paths = turn_bans(network, vehicle_class), turn_paths(network, vehicle_class)
    parts = (network.tail, network.head, network.node_ref, network.way_id, network.node_lon,
             network.node_lat, bans, *paths)  # fmt: skip
    for part in parts:
        digest.update(f"{part.dtype}{part.shape}".encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def prepare_roads(network: RoadNetwork, vehicle_class: VehicleClass) -> Topology:
    """Build the hierarchy of a network for a vehicle class.

    Parameters
    ----------
    vehicle_class
        Whose turn bans count. Classes under the same bans share a topology: see
        :func:`roads_digest`.
    """
    runs = forbidden_runs(network, vehicle_class)
    graph = expand(network, runs, np.arange(network.node_count))
    order = np.lexsort((graph.link, graph.head, graph.tail))
    tail, head = graph.tail[order], graph.head[order]
    middle = np.radians(network.node_lat.mean()) if network.node_count else 0.0
    x, y = network.node_lon[graph.place] * np.cos(middle), network.node_lat[graph.place]
    ranked = dissection_order(graph.node_count, np.column_stack((tail, head)), x, y)
    return Topology(
        digest=roads_digest(network, vehicle_class),
        tail=tail.astype(np.int32),
        head=head.astype(np.int32),
        link=graph.link[order].astype(np.int32),
        place=graph.place.astype(np.int32),
        departure=graph.departure.astype(np.int32),
        arrival=graph.arrival.astype(np.int32),
        shape=build_shape(graph.node_count, tail, head, ranked),
    )


def router(topology: Topology, metric: Metric, method: RouterMethod = "fast") -> Router:
    """Lay a metric over prepared roads.

    Parameters
    ----------
    metric
        Costs of the arcs of the network that the topology was made from.
    method
        ``"fast"``: the hierarchy. ``"dijkstra"``: Dijkstra's algorithm on the search graph.
    """
    costs = _arc_costs(topology, metric)
    if method == "dijkstra":
        return DijkstraRouter(topology, topology.graph(), costs, metric)
    weights = customise(
        topology.shape, costs.cost_ms, costs.travel_time_ms, costs.exposure_nano, costs.cost_ms >= 0
    )
    return HierarchyRouter(topology, weights, metric)


def _arc_costs(topology: Topology, metric: Metric) -> ArcCosts:
    if len(topology.link) and int(topology.link.max()) > len(metric.cost_ms):
        msg = "The metric and the topology are of different networks."
        raise ValueError(msg)
    cost = np.where(metric.shut == 0, metric.cost_ms, CLOSED)
    values = (cost, metric.travel_time_ms, metric.exposure_nano)
    return ArcCosts(*(np.r_[part, 0][topology.link] for part in values))


def _route(metric: Metric, arcs: Ints) -> Route:
    return Route(
        arcs,
        int(metric.cost_ms[arcs].sum()),
        int(metric.travel_time_ms[arcs].sum()),
        int(metric.exposure_nano[arcs].sum()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class HierarchyRouter:
    """A customised hierarchy."""

    topology: Topology
    weights: Weights
    metric: Metric

    def legs(self, sources: Ints, targets: Ints) -> Legs:
        """See :class:`Router`."""
        shape = self.topology.shape
        starts, rows = _distinct(shape.rank, self.topology.departure, sources)
        goals, columns = _distinct(shape.rank, self.topology.arrival, targets)
        sweep = sweep_to(shape, self.weights.down, goals)
        found = many_to_many(shape, self.weights.up, starts, sweep, len(goals))
        return Legs(_spread(found[0], rows, columns, NO_WAY), _spread(found[1], rows, columns, 0))

    def route(self, source: int, target: int) -> Route | None:
        """See :class:`Router`."""
        rank = self.topology.shape.rank
        start, goal = rank[self.topology.departure[source]], rank[self.topology.arrival[target]]
        arcs = one_way(self.topology.shape, self.weights, int(start), int(goal))
        if arcs is None:
            return None
        links = self.topology.link[arcs].astype(np.int64)
        return _route(self.metric, links[links < len(self.metric.cost_ms)])

    def times_from(self, source: int) -> Reach:
        """See :class:`Router`."""
        topology, weights = self.topology, self.weights
        return self._all(weights.up, weights.down, topology.departure[source], topology.arrival)

    def times_to(self, target: int) -> Reach:
        """See :class:`Router`."""
        topology, weights = self.topology, self.weights
        return self._all(weights.down, weights.up, topology.arrival[target], topology.departure)

    def _all(self, climbing: Ints, falling: Ints, start: int, ends: Ints32) -> Reach:
        shape = self.topology.shape
        sweep = sweep_to(shape, falling, np.arange(shape.node_count))
        starts = np.array([shape.rank[start]], dtype=np.int64)
        found = many_to_many(shape, climbing, starts, sweep, shape.node_count, 3)
        time, exposure, cost = found[:, 0, shape.rank[ends]]
        return Reach(cost, time, exposure)


def _distinct(rank: Ints32, ends: Ints32, nodes: Ints) -> tuple[Ints, Ints]:
    """Return the distinct ranks of the nodes that there are, and each node's place among them."""
    ranks = np.where(nodes >= 0, rank[ends[nodes]], -1).astype(np.int64)
    _, first, inverse = np.unique(ranks, return_index=True, return_inverse=True)
    firsts = np.sort(first[ranks[first] >= 0])
    place = np.searchsorted(firsts, first[inverse])
    return ranks[firsts], np.where(ranks >= 0, place, -1)


def _spread(values: Ints, rows: Ints, columns: Ints, missing: int) -> Ints:
    """Return the values by asked row and column, with a value for nodes that there are not."""
    if values.shape == (len(rows), len(columns)):
        return values  # every node is there and is asked once: they stand in the asked order
    if not values.size:
        return np.full((len(rows), len(columns)), missing, dtype=np.int64)
    spread = values[rows[:, None], columns[None, :]]
    spread[rows < 0] = missing
    spread[:, columns < 0] = missing
    return spread


def no_legs(sources: int, targets: int) -> Legs:
    """Return legs without a way, to be filled."""
    shape = (sources, targets)
    return Legs(np.full(shape, NO_WAY, dtype=np.int64), np.zeros(shape, dtype=np.int64))


def graph_legs(graph: SearchGraph, costs: ArcCosts, sources: Ints, targets: Ints) -> Legs:
    """Return the sums from each source to each target by Dijkstra's algorithm.

    Parameters
    ----------
    sources, targets
        Nodes of the network; one below 0 has no way.
    """
    legs = no_legs(len(sources), len(targets))
    placed = np.flatnonzero(targets >= 0)
    ends = graph.arrival[targets[placed]]
    for source in np.unique(sources[sources >= 0]).tolist():
        tree = shortest_tree(graph, costs, int(graph.departure[source]), ends)
        reached = tree.cost_ms[ends] != UNREACHED
        rows = np.ix_(np.flatnonzero(sources == source), placed)
        legs.travel_time_ms[rows] = np.where(reached, tree.travel_time_ms[ends], NO_WAY)
        legs.exposure_nano[rows] = np.where(reached, tree.exposure_nano[ends], 0)
    return legs


@dataclass(frozen=True, slots=True, eq=False)
class DijkstraRouter:
    """Dijkstra's algorithm on the search graph: nothing to customise, slow to answer."""

    topology: Topology
    graph: SearchGraph
    costs: ArcCosts
    metric: Metric

    def legs(self, sources: Ints, targets: Ints) -> Legs:
        """See :class:`Router`."""
        return graph_legs(self.graph, self.costs, sources, targets)

    def route(self, source: int, target: int) -> Route | None:
        """See :class:`Router`."""
        start, end = int(self.graph.departure[source]), int(self.graph.arrival[target])
        tree = shortest_tree(self.graph, self.costs, start, np.array([end]))
        if tree.cost_ms[end] == UNREACHED:
            return None
        path = path_to(self.graph, tree, end)
        links = np.array(links_of(self.graph, path, len(self.metric.cost_ms)), dtype=np.int64)
        return _route(self.metric, links)

    def times_from(self, source: int) -> Reach:
        """See :class:`Router`."""
        return _reach(self.graph, self.costs, int(self.graph.departure[source]))

    def times_to(self, target: int) -> Reach:
        """See :class:`Router`."""
        graph, costs = reverse(self.graph, self.costs)
        return _reach(graph, costs, int(graph.departure[target]))


def _reach(graph: SearchGraph, costs: ArcCosts, start: int) -> Reach:
    tree = shortest_tree(graph, costs, start)
    reached = tree.cost_ms[graph.arrival] != UNREACHED
    cost, time, exposure = (
        values[graph.arrival] for values in (tree.cost_ms, tree.travel_time_ms, tree.exposure_nano)
    )
    return Reach(
        np.where(reached, cost, NO_WAY),
        np.where(reached, time, NO_WAY),
        np.where(reached, exposure, 0),
    )
