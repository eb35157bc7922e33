import numpy as np
import pytest

from safepassage.core.corridor.metric import build_metric
from safepassage.core.corridor.router import (
    NO_WAY,
    prepare_roads,
    roads_digest,
    router,
    turning_nodes,
)
from safepassage.core.corridor.situation import read_situation
from safepassage.core.corridor.types import VehicleClass

METHODS = pytest.mark.parametrize("method", ["fast", "dijkstra"])
BUS = VehicleClass.BUS


def engine(road_world, roads, method, hazards=(), profile=None):
    situation = read_situation(roads, (), hazards, road_world.AT)
    metric = build_metric(roads, situation, profile or road_world.BUS, 3600.0)
    return router(prepare_roads(roads, BUS), metric, method)


@METHODS
def test_a_route_names_the_arcs_of_the_network(road_world, method):
    roads = road_world.line(4)
    route = engine(road_world, roads, method).route(0, 3)
    assert roads.way_id[route.arcs].tolist() == [1, 2, 3]
    assert (route.cost_ms, route.travel_time_ms, route.exposure_nano) == (180_000, 180_000, 0)


@METHODS
def test_from_a_node_to_itself_there_is_nothing_to_drive(road_world, method):
    route = engine(road_world, road_world.line(2), method).route(1, 1)
    assert route.arcs.tolist() == []
    assert route.cost_ms == 0


@METHODS
def test_a_node_that_there_is_not_has_no_way_and_one_asked_twice_has_two_rows(road_world, method):
    legs = engine(road_world, road_world.line(3), method).legs(
        np.array([0, -1, 0]), np.array([2, 2, -1])
    )
    assert legs.travel_time_ms.tolist() == [
        [120_000, 120_000, NO_WAY], [NO_WAY] * 3, [120_000, 120_000, NO_WAY]
    ]  # fmt: skip
    assert legs.exposure_nano.tolist() == [[0] * 3] * 3


@METHODS
def test_nobody_asked_nothing_answered(road_world, method):
    nobody, some = np.zeros(0, dtype=np.int64), np.array([0, 1])
    answers = engine(road_world, road_world.line(2), method)
    assert answers.legs(nobody, some).travel_time_ms.shape == (0, 2)
    assert answers.legs(some, nobody).travel_time_ms.shape == (2, 0)
    assert answers.legs(np.array([-1]), some).travel_time_ms.tolist() == [[NO_WAY, NO_WAY]]


@METHODS
def test_a_closed_road_leaves_an_island(road_world, method):
    closed = (road_world.hazard("h", (0.012, -1, 0.018, 1), 1.0),)
    answers = engine(road_world, road_world.line(4), method, closed)
    assert answers.route(0, 3) is None
    assert answers.times_from(0).travel_time_ms.tolist() == [0, 60_000, NO_WAY, NO_WAY]
    assert answers.times_to(3).cost_ms.tolist() == [NO_WAY, NO_WAY, 60_000, 0]


@METHODS
def test_turning_round_past_a_banned_turn_is_said(road_world, method):
    """From 1 no straight on at 2 into way 2: on to 4, round, and then to 3."""
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0), 4: (0.01, 0.01)}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 2, 3), (3, 2, 4)], bans=[(1, 2, 2)])
    route = engine(road_world, roads, method).route(0, 2)
    assert roads.way_id[route.arcs].tolist() == [1, 3, 3, 2]
    assert turning_nodes(roads, route) == (3,)
    straight = engine(road_world, road_world.line(4), method).route(0, 3)
    assert turning_nodes(road_world.line(4), straight) == ()


def test_a_network_without_arcs(road_world):
    roads = road_world.network({1: (0, 0), 2: (0.01, 0)}, [])
    answers = engine(road_world, roads, "fast")
    assert answers.route(0, 1) is None
    assert answers.times_from(0).cost_ms.tolist() == [0, NO_WAY]


def test_a_metric_of_other_roads_is_refused(road_world):
    roads, fewer = road_world.line(4), road_world.line(2)
    situation = read_situation(fewer, (), (), road_world.AT)
    metric = build_metric(fewer, situation, road_world.BUS, 0.0)
    with pytest.raises(ValueError, match="different networks"):
        router(prepare_roads(roads, BUS), metric)


def test_classes_under_the_same_bans_share_a_digest(road_world):
    bus_only = 1 << tuple(VehicleClass).index(BUS)
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0)}
    roads = road_world.network(
        nodes, [(1, 1, 2), (2, 2, 3)], bans=[(1, 2, 2)], ban_access=[bus_only]
    )
    digests = [roads_digest(roads, item) for item in (BUS, VehicleClass.CAR, VehicleClass.TRUCK)]
    assert digests[1] == digests[2] != digests[0]
    assert len(digests[0]) == 32
