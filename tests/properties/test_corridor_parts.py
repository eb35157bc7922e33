"""Vital parts against searching again without each road; different ways keep their bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.road_world import AT, BUS, hazard, line, network

from safepassage.core.corridor.alternatives import alternatives
from safepassage.core.corridor.graph import CLOSED, ArcCosts, arc_costs, build_graph, links_of
from safepassage.core.corridor.metric import build_metric
from safepassage.core.corridor.paths import UNREACHED, shortest_tree
from safepassage.core.corridor.situation import read_situation
from safepassage.core.corridor.timed import entry_bans, timed_front
from safepassage.core.corridor.types import VehicleClass
from safepassage.core.corridor.vitality import vital_segments
from safepassage.errors import RefusedError

NODE = st.integers(0, 5)
ROAD = st.tuples(NODE, NODE, st.integers(1, 9), st.booleans(), st.booleans())
ROADS = st.lists(ROAD.filter(lambda road: road[0] != road[1]), min_size=1, max_size=14)

BANS = st.lists(st.tuples(st.integers(1, 14), NODE, st.integers(1, 14)), max_size=5)


def world(roads, bans=()):
    """Roads of whole kilometres between six nodes, half the map under light shelling."""
    nodes = {number: (0.01 * (number % 3), 0.01 * (number // 3)) for number in range(6)}
    links = [
        (way, start, end, {"length_m": 1000.0 * length, "oneway": oneway, "bridge": bridge})
        for way, (start, end, length, oneway, bridge) in enumerate(roads, 1)
    ]
    built = network(nodes, links)
    rows = [(one, int(built.node_ref[via]), other) for one, via, other in bans]
    built = replace(built, turn_bans=np.array(rows, dtype=np.int64).reshape(-1, 3))
    situation = read_situation(built, (), (hazard("h", (-1, 0.005, 1, 1), 0.3),), AT)
    graph = build_graph(built, range(6), VehicleClass.BUS)
    return built, graph, arc_costs(graph, build_metric(built, situation, BUS, 3600.0))


@settings(max_examples=100, deadline=None)
@given(ROADS)
def test_a_loss_costs_what_searching_again_without_the_road_says(roads):
    built, graph, costs = world(roads)
    source, target = int(graph.departure[0]), int(graph.arrival[5])
    best = shortest_tree(graph, costs, source)
    parts = vital_segments(built, graph, costs, source, target)
    assert bool(parts) == (best.cost_ms[target] != UNREACHED)
    for part in parts:
        for link in part.links:
            lost = np.isin(graph.link, np.flatnonzero(built.way_id == built.way_id[link]))
            closed = np.where(lost, CLOSED, costs.cost_ms)
            again = shortest_tree(
                graph, ArcCosts(closed, costs.travel_time_ms, costs.exposure_nano), source
            )
            if again.cost_ms[target] == UNREACHED:
                assert part.lost_cost_ms is None
            else:
                assert part.lost_cost_ms == again.cost_ms[target] - best.cost_ms[target]
                assert (
                    part.lost_time_ms == again.travel_time_ms[target] - best.travel_time_ms[target]
                )
    pains = [np.inf if part.lost_cost_ms is None else part.lost_cost_ms for part in parts]
    assert pains == sorted(pains, reverse=True)


@settings(max_examples=100, deadline=None)
@given(ROADS, BANS, st.sampled_from([0.0, 0.3, 0.7]), st.sampled_from([1.0, 1.5, 4.0]))
def test_different_ways_keep_their_bounds(roads, bans, overlap_most, stretch_most):
    built, graph, costs = world(roads, bans)
    source, target = int(graph.departure[0]), int(graph.arrival[5])
    ways = alternatives(
        graph, costs, built, source, target, 4,
        overlap_most=overlap_most, stretch_most=stretch_most,
    )  # fmt: skip
    best = shortest_tree(graph, costs, source).cost_ms[target]
    assert bool(ways) == (best != UNREACHED)
    driven = [links_of(graph, way.arcs, built.arc_count) for way in ways]
    for number, (way, links) in enumerate(zip(ways, driven, strict=True)):
        arcs = list(way.arcs)
        assert graph.tail[arcs].tolist() == [source, *graph.head[arcs].tolist()[:-1]]
        assert graph.head[arcs[-1]] == target
        assert way.cost_ms == costs.cost_ms[arcs].sum() <= stretch_most * best
        junctions = [built.tail[links[0]], *built.head[links]]
        assert number == 0 or len(set(junctions)) == len(junctions)
        for other, before in zip(ways[:number], driven[:number], strict=True):
            common = road_length_m(built, road_ends(built, links) & road_ends(built, before))
            assert common <= overlap_most * min(way.length_m, other.length_m) + 1e-6
            assert common <= way.overlap * min(way.length_m, other.length_m) + 1e-6
        check_local(graph, costs, way)


def road_ends(network, links):
    """What a way drives on, whichever way round: (way, ends) of each of its stretches."""
    ends = zip(
        network.way_id[links].tolist(), network.tail[links].tolist(), network.head[links].tolist(),
        strict=True,
    )  # fmt: skip
    return {(way, min(one, other), max(one, other)) for way, one, other in ends}


def road_length_m(network, roads):
    ends = [next(iter(road_ends(network, [arc]))) for arc in range(network.arc_count)]
    return sum(network.length_m[ends.index(road)] for road in roads)


def check_local(graph, costs, way):
    """Every stretch of a way up to its local cost is itself a best way."""
    for first in range(len(way.arcs)):
        tree = shortest_tree(graph, costs, int(graph.tail[way.arcs[first]]))
        used = 0
        for arc in way.arcs[first:]:
            used += int(costs.cost_ms[arc])
            if used > way.locally_optimal_ms:
                break
            assert tree.cost_ms[graph.head[arc]] == used


def test_a_timed_search_that_is_too_large_says_what_to_do():
    roads = line(6)
    situation = read_situation(roads, (), (), AT)
    metric = build_metric(roads, situation, BUS, 0.0)
    graph = build_graph(roads, range(6), VehicleClass.BUS)
    bans = entry_bans(graph, metric.travel_time_ms, np.array([[8, 0, 3_600_000]]))
    costs = arc_costs(graph, metric)
    nowhere = np.full(graph.node_count, -1)
    with pytest.raises(RefusedError, match="allow waiting at more places"):
        timed_front(
            graph, costs, bans, nowhere, int(graph.departure[0]), int(graph.arrival[5]), 0,
            7_200_000, label_limit=50,
        )  # fmt: skip
