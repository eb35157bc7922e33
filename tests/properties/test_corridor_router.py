"""Random small networks with many ties: the hierarchy against Dijkstra, oracle and brute force."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safepassage.core.corridor.graph import forbidden_runs
from safepassage.core.corridor.metric import Metric, Shut
from safepassage.core.corridor.plain import plain_distances, plain_roads
from safepassage.core.corridor.router import NO_WAY, prepare_roads, router
from safepassage.core.corridor.types import VehicleClass

BUS = VehicleClass.BUS
NODES = 8
relaxed = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def worlds(draw):
    """Links, turn bans, runs over arcs, and costs per arc from a few small numbers."""
    ends = st.integers(1, NODES)
    links = [(1, 1, 2)]
    for way in range(2, draw(st.integers(3, 16))):
        links.append((way, draw(ends), draw(ends), {"oneway": draw(st.booleans())}))
    links = [link for link in links if link[1] != link[2]]
    ways = st.sampled_from([link[0] for link in links])
    bans = draw(st.lists(st.tuples(ways, ends, ways), max_size=8, unique=True))
    few = st.integers(0, 2)
    costs = draw(st.lists(st.tuples(few, few, few, st.booleans()), min_size=40, max_size=40))
    seed = draw(st.integers(0, 10_000))
    return links, bans, costs, seed


def build(road_world, world):
    links, bans, costs, seed = world
    nodes = {node: (0.01 * (node % 3), 0.01 * (node // 3)) for node in range(1, NODES + 1)}
    roads = with_runs(road_world.network(nodes, links, bans=bans), seed)
    time, exposure, weight, shut = (
        np.resize(np.array(column), roads.arc_count) for column in zip(*costs, strict=True)
    )
    closed = np.where(shut & (np.arange(roads.arc_count) % 3 == 0), int(Shut.CLOSURE), 0)
    metric = Metric(
        travel_time_ms=time.astype(np.int64),
        exposure_nano=exposure.astype(np.int64),
        cost_ms=(time + weight * exposure).astype(np.int64),
        shut=closed.astype(np.uint8),
    )
    return roads, metric


def with_runs(roads, seed):
    """Forbid some walks of three and four arcs, the second half of them to cars only."""
    rng = np.random.default_rng(seed)
    runs = []
    for size in (3, 3, 3, 4, 3, 4):
        walk = [int(rng.integers(roads.arc_count))]
        while len(walk) < size:
            onward = np.flatnonzero(roads.tail == roads.head[walk[-1]])
            if not len(onward):
                break
            walk.append(int(rng.choice(onward)))
        if len(walk) == size:
            runs.append(walk)
    car = 1 << tuple(VehicleClass).index(VehicleClass.CAR)
    access = [31 if 2 * index < len(runs) else car for index in range(len(runs))]
    return replace(
        roads,
        turn_path_offset=np.cumsum([0, *(len(run) for run in runs)]).astype(np.int64),
        turn_path_arc=np.array([arc for run in runs for arc in run], dtype=np.int64),
        turn_path_access=np.array(access, dtype=np.uint8),
    )


@relaxed
@given(worlds())
def test_hierarchy_dijkstra_and_oracle_agree_in_all_three_numbers(road_world, world):
    roads, metric = build(road_world, world)
    topology = prepare_roads(roads, BUS)
    fast, slow = (router(topology, metric, method) for method in ("fast", "dijkstra"))
    plain = plain_roads(roads, metric, BUS)
    everywhere = np.arange(NODES)
    legs, other = fast.legs(everywhere, everywhere), slow.legs(everywhere, everywhere)
    assert legs.travel_time_ms.tolist() == other.travel_time_ms.tolist()
    assert legs.exposure_nano.tolist() == other.exposure_nano.tolist()
    for source in range(NODES):
        expected = plain_distances(plain, source, range(NODES))
        triples = [expected[target] or (NO_WAY, NO_WAY, 0) for target in range(NODES)]
        for engine in (fast, slow):
            found = engine.times_from(source)
            values = (found.cost_ms, found.travel_time_ms, found.exposure_nano)
            assert list(zip(*(part.tolist() for part in values), strict=True)) == triples
        assert legs.travel_time_ms[source].tolist() == [triple[1] for triple in triples]


@relaxed
@given(worlds())
def test_ways_towards_a_node_are_those_from_the_others(road_world, world):
    roads, metric = build(road_world, world)
    topology = prepare_roads(roads, BUS)
    for method in ("fast", "dijkstra"):
        engine = router(topology, metric, method)
        there = [engine.times_from(source) for source in range(NODES)]
        for target in range(NODES):
            back = engine.times_to(target)
            assert back.cost_ms.tolist() == [one.cost_ms[target] for one in there]
            assert back.exposure_nano.tolist() == [one.exposure_nano[target] for one in there]


@relaxed
@given(worlds())
def test_a_route_is_a_permitted_walk_with_the_sums_of_brute_force(road_world, world):
    roads, metric = build(road_world, world)
    runs = forbidden_runs(roads, BUS)
    topology = prepare_roads(roads, BUS)
    for method in ("fast", "dijkstra"):
        engine = router(topology, metric, method)
        for source in range(3):
            least = brute_force(roads, metric, runs, source)
            for target in range(NODES):
                route = engine.route(source, target)
                found = route and (route.cost_ms, route.travel_time_ms, route.exposure_nano)
                assert found == least.get(target)
                if route is not None:
                    check_walk(roads, metric, runs, route.arcs.tolist(), source, target)


def check_walk(roads, metric, runs, arcs, source, target):
    ends = [source, *(int(roads.head[arc]) for arc in arcs)]
    assert ends[:-1] == [int(roads.tail[arc]) for arc in arcs]
    assert ends[-1] == target
    assert metric.open()[arcs].all()
    for size in (2, 3, 4):
        for start in range(len(arcs) - size + 1):
            assert tuple(arcs[start : start + size]) not in runs


def brute_force(roads, metric, runs, source):
    """Least triples by growing every walk, told apart by its last three arcs."""
    cost = list(zip(metric.cost_ms.tolist(), metric.travel_time_ms.tolist(),
                    metric.exposure_nano.tolist(), strict=True))  # fmt: skip
    is_open, tail, head = metric.open().tolist(), roads.tail.tolist(), roads.head.tolist()
    best = {(): (0, 0, 0)}
    fresh = [()]
    while fresh:
        walk = fresh.pop()
        at = head[walk[-1]] if walk else source
        for arc in range(len(tail)):
            longer = (*walk, arc)
            banned = any(longer[start:] in runs for start in range(len(longer)))
            if tail[arc] != at or not is_open[arc] or banned:
                continue
            total = tuple(a + b for a, b in zip(best[walk], cost[arc], strict=True))
            kept = longer[-3:]
            if kept not in best or total < best[kept]:
                best[kept] = total
                fresh.append(kept)
    least = {source: (0, 0, 0)}
    for walk, total in best.items():
        node = head[walk[-1]] if walk else source
        least[node] = min(least.get(node, total), total)
    return least


@pytest.mark.parametrize("extract", ["monaco.osm.gz", "andorra.osm.pbf"])
@pytest.mark.parametrize("seed", range(2))
def test_random_closures_on_real_roads(shared_data, extract, seed):
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    from safepassage.adapters.osm import import_osm

    roads = import_osm(shared_data / "osm" / extract)
    rng = np.random.default_rng(seed)
    time = np.maximum(roads.length_m * 100, 1).astype(np.int64)
    exposure = rng.integers(0, 1000, roads.arc_count) * time
    shut = np.where(rng.random(roads.arc_count) < 0.1, int(Shut.CLOSURE), 0).astype(np.uint8)
    metric = Metric(time, exposure, time + exposure // 100, shut)
    topology = prepare_roads(roads, BUS)
    fast, slow = (router(topology, metric, method) for method in ("fast", "dijkstra"))
    nodes = rng.choice(roads.node_count, 60, replace=False)
    one, other = fast.legs(nodes, nodes), slow.legs(nodes, nodes)
    assert np.array_equal(one.travel_time_ms, other.travel_time_ms)
    assert np.array_equal(one.exposure_nano, other.exposure_nano)

    graph = topology.graph()
    cost = np.r_[np.where(shut > 0, -1, metric.cost_ms), 0][topology.link]
    ends = [(int(a), int(b)) for a, b in zip(graph.tail, graph.head, strict=True)]
    cheapest = {}
    for pair, value in zip(ends, cost.tolist(), strict=True):
        if value >= 0:
            cheapest[pair] = min(cheapest.get(pair, value), value)
    rows, columns = zip(*cheapest, strict=True)
    size = (graph.node_count, graph.node_count)
    matrix = csr_array((np.array(list(cheapest.values()), dtype=float), (rows, columns)), size)
    expected = dijkstra(matrix, indices=graph.departure[nodes[:10]])[:, graph.arrival[nodes]]
    for row, node in enumerate(nodes[:10].tolist()):
        found = fast.times_from(node).cost_ms[nodes].astype(float)
        assert np.array_equal(np.where(found < 0, np.inf, found), expected[row])


def test_neighbouring_arcs_of_a_route_join(road_world):
    roads = road_world.line(40)
    metric = Metric(*(np.ones(roads.arc_count, dtype=np.int64),) * 3, np.zeros(78, dtype=np.uint8))
    route = router(prepare_roads(roads, BUS), metric).route(3, 37)
    assert len(route.arcs) == 34
    assert all(roads.head[one] == roads.tail[two] for one, two in pairwise(route.arcs.tolist()))
