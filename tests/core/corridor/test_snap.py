import pytest

from safepassage.core.corridor.snap import main_component, snap_places
from safepassage.core.corridor.types import TravelProfile, VehicleClass


def test_nobody_to_place(road_world):
    assert snap_places(road_world.line(2), (), 100.0).found == ()


def test_the_distance_is_said(road_world):
    roads = road_world.line(2)
    snaps = snap_places(roads, (road_world.place("p", 0.0, 0.001),), 500.0)
    assert snaps.found[0].distance_m == pytest.approx(110.57, abs=0.01)


def test_beyond_the_limit_the_sentence_names_place_distance_and_limit(road_world):
    snaps = snap_places(road_world.line(2), (road_world.place("p", 0.0, 0.01),), 500.0)
    ((place_id, sentence),) = snaps.refused
    assert place_id == "p"
    assert (
        sentence
        == "Place with no road: 'p' lies 1106 m from the nearest road; at most 500 m are accepted."
    )


def test_the_nearest_node_across_the_antimeridian(road_world):
    nodes = {1: (179.999, 0.0), 2: (179.9, 0.0)}
    roads = road_world.network(nodes, [(1, 1, 2)])
    snaps = snap_places(roads, (road_world.place("p", -179.999, 0.0),), 500.0)
    assert snaps.found[0].node == 0


def test_a_one_way_dead_end_is_not_in_the_main_part(road_world):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0)}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 2, 3, {"oneway": True})])
    assert main_component(roads, ()).tolist() == [True, True, False]


def test_all_profiles_must_reach_a_node(road_world):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0)}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 2, 3, {"weight_t": 3.5})])
    heavy = TravelProfile(VehicleClass.BUS, weight_t=10.0)
    assert main_component(roads, (road_world.CAR,)).all()
    assert main_component(roads, (road_world.CAR, heavy)).tolist() == [True, True, False]


def test_no_road_for_a_class_refuses_with_a_sentence(road_world):
    roads = road_world.network({1: (0, 0), 2: (0.01, 0)}, [(1, 1, 2, {"access": 1})])
    snaps = snap_places(roads, (road_world.place("p", 0, 0),), 500.0, (road_world.BUS,))
    assert "no road is open to all the vehicles" in snaps.refused[0][1]
