import numpy as np
import pytest

from safepassage.core.corridor.graph import (
    CLOSED,
    arc_costs,
    banned_turns,
    build_graph,
    links_of,
    reverse,
)
from safepassage.core.corridor.matrices import travel_matrices
from safepassage.core.corridor.metric import Shut, build_metric
from safepassage.core.corridor.situation import read_situation
from safepassage.core.corridor.types import VehicleClass


def metric_of(road_world, roads, hazards=()):
    found = read_situation(roads, (), hazards, road_world.AT)
    return build_metric(roads, found, road_world.BUS, 0.0)


def test_a_road_without_choices_becomes_one_arc_each_way(road_world):
    roads = road_world.line(5)
    graph = build_graph(roads, (0, 4), VehicleClass.BUS)
    assert graph.node_count == 2
    costs = arc_costs(graph, metric_of(road_world, roads))
    assert costs.travel_time_ms.tolist() == [240_000, 240_000]
    first = links_of(graph, (int(graph.first_out[graph.departure[0]]),), roads.arc_count)
    assert roads.way_id[first].tolist() == [1, 2, 3, 4]


def test_parallel_chains_stay_apart(road_world):
    nodes = {1: (0, 0), 2: (0.02, 0), 3: (0.01, 0.01), 4: (0.01, -0.01)}
    roads = road_world.network(nodes, [(1, 1, 3), (2, 3, 2), (3, 1, 4), (4, 4, 2), (5, 1, 2)])
    graph = build_graph(roads, (0, 1), VehicleClass.BUS)
    assert graph.node_count == 2
    assert len(graph.head) == 6


def test_kept_nodes_stay(road_world):
    graph = build_graph(road_world.line(5), (0, 2, 4), VehicleClass.BUS)
    assert (graph.departure >= 0).tolist() == [True, False, True, False, True]


def test_a_closed_arc_closes_its_whole_chain_and_can_be_ignored(road_world):
    roads = road_world.line(5)
    metric = metric_of(road_world, roads, (road_world.hazard("h", (0.014, -1, 0.016, 1), 1.0),))
    graph = build_graph(roads, (0, 4), VehicleClass.BUS)
    assert arc_costs(graph, metric).cost_ms.tolist() == [CLOSED, CLOSED]
    assert arc_costs(graph, metric, Shut.HAZARD).cost_ms.tolist() == [240_000, 240_000]


def test_a_one_way_chain_has_one_direction(road_world):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0)}
    links = [(1, 1, 2, {"oneway": True}), (2, 2, 3, {"oneway": True})]
    graph = build_graph(road_world.network(nodes, links), (0, 2), VehicleClass.BUS)
    assert list(zip(graph.tail.tolist(), graph.head.tolist(), strict=True)) == [(0, 1)]


def test_a_ban_holds_for_the_way_it_names_only(road_world):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0), 4: (0.01, 0.01)}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 2, 3), (3, 4, 2)], bans=[(1, 2, 2)])
    banned = banned_turns(roads, roads.turn_bans)
    ((arc, turns),) = banned.items()
    assert (roads.tail[arc], roads.head[arc]) == (0, 1)
    assert [(roads.tail[turn], roads.head[turn]) for turn in turns] == [(1, 2)]


def test_turning_round_on_a_chain_behind_a_ban_is_not_lost(road_world):
    """1 - 2 - 3 with no turn from way 1 into way 2; behind 2 a road 4 - 5 - 6 without junctions."""
    nodes = {
        1: (0, 0),
        2: (0.01, 0),
        3: (0.02, 0),
        4: (0.01, 0.01),
        5: (0.01, 0.02),
        6: (0.01, 0.03),
    }
    links = [(1, 1, 2), (2, 2, 3), (3, 2, 4), (4, 4, 5), (5, 5, 6)]
    roads = road_world.network(nodes, links, bans=[(1, 2, 2), (1, 2, 1)])
    ends = road_world.places_at(roads, 1, 3)
    for method in ("fast", "dijkstra"):
        found = travel_matrices(roads, ends, [road_world.BUS], (), (), road_world.AT, method=method)
        assert found.matrices[0].travel_time_s[0, 1] == 240


def test_a_place_at_a_junction_with_bans_is_reached_from_every_road(road_world):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0), 4: (0.01, 0.01)}
    bans = [(1, 2, 2), (1, 2, 3), (2, 2, 1)]
    roads = road_world.network(nodes, [(1, 1, 2), (2, 2, 3), (3, 2, 4)], bans=bans)
    places = road_world.places_at(roads, 1, 2, 3, 4)
    found = travel_matrices(roads, places, [road_world.BUS], (), (), road_world.AT)
    assert found.matrices[0].travel_time_s[:, 1].tolist() == [60, 0, 60, 60]
    assert found.matrices[0].travel_time_s[1].tolist() == [60, 0, 60, 60]


def test_the_reversed_graph_has_the_same_arcs_the_other_way(road_world):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0)}
    links = [(1, 1, 2, {"oneway": True}), (2, 2, 3), (3, 1, 3, {"length_m": 300.0})]
    roads = road_world.network(nodes, links)
    graph = build_graph(roads, range(3), VehicleClass.BUS)
    turned, costs = reverse(graph, arc_costs(graph, metric_of(road_world, roads)))

    def arcs(one, values):
        links = [int(one.link[one.link_offset[arc]]) for arc in range(len(one.head))]
        return sorted(
            zip(one.tail.tolist(), one.head.tolist(), values.tolist(), links, strict=True)
        )

    there = arcs(graph, arc_costs(graph, metric_of(road_world, roads)).cost_ms)
    back = arcs(turned, costs.cost_ms)
    assert sorted((head, tail, cost, link) for tail, head, cost, link in back) == there
    assert np.all(np.diff(turned.first_out) >= 0)


@pytest.mark.parametrize("count", [2, 3, 10])
def test_a_ring_with_one_place_has_nowhere_to_go(road_world, count):
    nodes = {number: (0.01 * number, 0.001 * number**2) for number in range(1, count + 2)}
    ring = [(number, number, number + 1) for number in range(1, count + 1)]
    roads = road_world.network(nodes, [*ring, (99, count + 1, 1)])
    graph = build_graph(roads, (0,), VehicleClass.BUS)
    assert len(graph.head) == 0
