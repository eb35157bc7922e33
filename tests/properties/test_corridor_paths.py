"""Random small networks: the compiled searches against plain ones that are hard to get wrong."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safepassage.core.corridor.graph import arc_costs, banned_turns, build_graph, links_of
from safepassage.core.corridor.matrices import travel_matrices
from safepassage.core.corridor.metric import build_metric
from safepassage.core.corridor.pareto import pareto_front
from safepassage.core.corridor.paths import UNREACHED, path_to, shortest_tree
from safepassage.core.corridor.situation import read_situation
from safepassage.core.corridor.types import VehicleClass

NODES = 7
relaxed = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def worlds(draw):
    """Links (way, from, to, options) on a ring of nodes, turn bans, and hazard boxes."""
    ends = st.integers(1, NODES)
    links = []
    for way in range(1, draw(st.integers(4, 13))):
        start, end = draw(ends), draw(ends)
        if start != end:
            options = {
                "oneway": draw(st.booleans()),
                "length_m": float(draw(st.integers(0, 6)) * 250),
            }
            links.append((way, start, end, options))
    links.append((50, 1, 2, {"length_m": 2000.0}))
    ways = st.sampled_from([link[0] for link in links])
    bans = draw(st.lists(st.tuples(ways, ends, ways), max_size=6, unique=True))
    boxes = draw(st.lists(st.tuples(ends, st.sampled_from([0.1, 0.5, 0.9, 1.0])), max_size=4))
    return links, bans, boxes


def position(node):
    angle = 2 * np.pi * node / NODES
    return 0.02 * float(np.cos(angle)), 0.02 * float(np.sin(angle))


def build(road_world, world):
    links, bans, boxes = world
    nodes = {node: position(node) for node in range(1, NODES + 1)}
    roads = road_world.network(nodes, links, bans=bans)
    hazards = tuple(
        road_world.hazard(f"h{index}", (x - 0.006, y - 0.006, x + 0.006, y + 0.006), severity)
        for index, ((x, y), severity) in enumerate((position(node), level) for node, level in boxes)
    )
    return roads, hazards


def setting(road_world, world, keep):
    roads, hazards = build(road_world, world)
    found = read_situation(roads, (), hazards, road_world.AT)
    metric = build_metric(roads, found, road_world.BUS, 3600.0)
    graph = build_graph(roads, keep, VehicleClass.BUS)
    return roads, metric, graph, arc_costs(graph, metric)


@relaxed
@given(worlds())
def test_fast_and_plain_matrices_are_the_same(road_world, world):
    roads, hazards = build(road_world, world)
    places = road_world.places_at(roads, *range(1, NODES + 1))
    profiles = [road_world.BUS, road_world.CAR]
    fast, plain = (
        travel_matrices(roads, places, profiles, (), hazards, road_world.AT, method=method)
        for method in ("fast", "dijkstra")
    )
    for one, other in zip(fast.matrices, plain.matrices, strict=True):
        assert one.travel_time_s.tolist() == other.travel_time_s.tolist()
        assert one.exposure.tolist() == other.exposure.tolist()
    assert fast.unreachable == plain.unreachable


@relaxed
@given(worlds())
def test_the_front_is_that_of_brute_force(road_world, world):
    roads, metric, graph, costs = setting(road_world, world, (0, 1))
    front = pareto_front(graph, costs, int(graph.departure[0]), int(graph.arrival[1]))
    values = [(path.travel_time_ms, path.exposure_nano) for path in front]
    assert values == brute_force_front(roads, metric, 0, 1)
    for path in front:
        links = links_of(graph, path.arcs, roads.arc_count)
        check_path(roads, metric, links, 0, 1)
        assert metric.travel_time_ms[links].sum() == path.travel_time_ms
        assert metric.exposure_nano[links].sum() == path.exposure_nano


@relaxed
@given(worlds())
def test_the_ends_of_the_front_are_shortest_paths(road_world, world):
    _, _, graph, costs = setting(road_world, world, (0, 1))
    source, target = int(graph.departure[0]), int(graph.arrival[1])
    front = pareto_front(graph, costs, source, target)
    by_time = type(costs)(
        np.where(costs.cost_ms < 0, -1, costs.travel_time_ms),
        costs.travel_time_ms,
        costs.exposure_nano,
    )
    tree = shortest_tree(graph, by_time, source)
    if not front:
        assert tree.cost_ms[target] == UNREACHED
        return
    assert tree.travel_time_ms[target] == front[0].travel_time_ms
    assert tree.exposure_nano[target] == front[0].exposure_nano
    by_exposure = type(costs)(
        np.where(costs.cost_ms < 0, -1, costs.exposure_nano),
        costs.travel_time_ms,
        costs.exposure_nano,
    )
    tree = shortest_tree(graph, by_exposure, source)
    assert tree.exposure_nano[target] == front[-1].exposure_nano
    assert tree.travel_time_ms[target] == front[-1].travel_time_ms


@relaxed
@given(worlds())
def test_a_path_is_a_walk_that_costs_what_it_says(road_world, world):
    roads, metric, graph, costs = setting(road_world, world, range(NODES))
    tree = shortest_tree(graph, costs, int(graph.departure[0]))
    for node in range(1, NODES):
        target = int(graph.arrival[node])
        if tree.cost_ms[target] != UNREACHED:
            links = links_of(graph, path_to(graph, tree, target), roads.arc_count)
            check_path(roads, metric, links, 0, node)
            assert metric.cost_ms[links].sum() == tree.cost_ms[target]


def check_path(roads, metric, links, start, end):
    """Arcs join, are open, and make no banned turn."""
    assert roads.tail[links[0]] == start
    assert roads.head[links[-1]] == end
    assert metric.open()[links].all()
    banned = banned_turns(roads, roads.turn_bans)
    for one, next_one in pairwise(links):
        assert roads.head[one] == roads.tail[next_one]
        assert next_one not in banned.get(one, ())


def brute_force_front(roads, metric, start, end):
    """Grow sets of non-dominated (time, exposure) per last arc until nothing changes."""
    bans = {tuple(row) for row in roads.turn_bans.tolist()}
    tail, head = roads.tail.tolist(), roads.head.tolist()
    ways, refs = roads.way_id.tolist(), roads.node_ref.tolist()
    cost = list(zip(metric.travel_time_ms.tolist(), metric.exposure_nano.tolist(), strict=True))
    is_open = metric.open().tolist()
    labels = {arc: set() for arc in range(len(tail))}
    for arc, node in enumerate(tail):
        if node == start and is_open[arc]:
            labels[arc].add(cost[arc])
    changed = True
    while changed:
        changed = False
        for arc in labels:
            for turn in labels:
                allowed = (ways[arc], refs[head[arc]], ways[turn]) not in bans
                if head[arc] == tail[turn] and allowed and is_open[turn]:
                    grown = {(t + cost[turn][0], e + cost[turn][1]) for t, e in labels[arc]}
                    merged = undominated(labels[turn] | grown)
                    changed |= merged != labels[turn]
                    labels[turn] = merged
    arrived = set().union(*(labels[arc] for arc in labels if head[arc] == end))
    return sorted(undominated(arrived))


def undominated(values):
    return {
        one
        for one in values
        if not any(other != one and other[0] <= one[0] and other[1] <= one[1] for other in values)
    }


@pytest.mark.parametrize("seed", range(3))
def test_random_pairs_on_real_roads(road_world, shared_data, seed):
    from safepassage.adapters.osm import import_osm

    roads = import_osm(shared_data / "osm" / "andorra.osm.pbf")
    rng = np.random.default_rng(seed)
    refs = rng.choice(roads.node_ref, 12, replace=False)
    places = road_world.places_at(roads, *refs)
    corners = rng.uniform((1.42, 42.44), (1.75, 42.63), (10, 2)).tolist()
    hazards = tuple(
        road_world.hazard(f"h{index}", (x, y, x + 0.03, y + 0.02), severity)
        for index, ((x, y), severity) in enumerate(zip(corners, [0.2, 0.6] * 5, strict=True))
    )
    profiles = [road_world.BUS, road_world.TRUCK]
    fast, plain = (
        travel_matrices(roads, places, profiles, (), hazards, road_world.AT, method=method)
        for method in ("fast", "dijkstra")
    )
    for one, other in zip(fast.matrices, plain.matrices, strict=True):
        assert np.array_equal(one.travel_time_s, other.travel_time_s)
        assert np.array_equal(one.exposure, other.exposure)
