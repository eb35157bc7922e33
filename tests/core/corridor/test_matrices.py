from dataclasses import replace

import pytest

from safepassage.core.corridor.matrices import travel_matrices
from safepassage.core.corridor.types import TravelProfile, VehicleClass

METHODS = pytest.mark.parametrize("method", ["fast", "dijkstra"])


@METHODS
def test_the_risk_weight_decides_between_fast_and_safe(road_world, method):
    """A road of 1 km through danger, or one of 3 km around it."""
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.005, 0.02)}
    links = [(1, 1, 2), (2, 1, 3, {"length_m": 1500.0}), (3, 3, 2, {"length_m": 1500.0})]
    roads = road_world.network(nodes, links)
    danger = (road_world.hazard("h", (0.004, -0.001, 0.006, 0.001), 0.9),)
    ends = road_world.places_at(roads, 1, 2)

    def leg(risk_weight_s):
        found = travel_matrices(
            roads, ends, [road_world.BUS], (), danger, road_world.AT,
            risk_weight_s=risk_weight_s, method=method,
        )  # fmt: skip
        return found.matrices[0].travel_time_s[0, 1], found.matrices[0].exposure[0, 1]

    assert leg(0.0) == (60, pytest.approx(0.9 * 0.2 / 60, rel=0.01))
    assert leg(1_000_000.0) == (180, 0.0)


@METHODS
def test_of_parallel_roads_the_better_counts(road_world, method):
    nodes = {1: (0, 0), 2: (0.01, 0)}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 1, 2, {"length_m": 400.0})])
    ends = road_world.places_at(roads, 1, 2)
    found = travel_matrices(roads, ends, [road_world.BUS], (), (), road_world.AT, method=method)
    assert found.matrices[0].travel_time_s.tolist() == [[0, 24], [24, 0]]


def test_one_matrix_for_each_distinct_profile(road_world):
    roads = road_world.line(2)
    ends = road_world.places_at(roads, 1, 2)
    profiles = [road_world.BUS, road_world.CAR, road_world.BUS]
    found = travel_matrices(roads, ends, profiles, (), (), road_world.AT)
    assert [item.profile for item in found.matrices] == [road_world.BUS, road_world.CAR]
    assert found.place_ids == ("n1", "n2")


def test_two_places_at_one_node_are_no_time_apart(road_world):
    roads = road_world.line(2)
    places = (*road_world.places_at(roads, 1, 2), road_world.place("other", 0.0001, 0.0))
    found = travel_matrices(roads, places, [road_world.BUS], (), (), road_world.AT)
    assert found.matrices[0].travel_time_s[0].tolist() == [0, 60, 0]


def test_a_refused_place_has_no_way_and_a_sentence(road_world):
    roads = road_world.line(2)
    places = (*road_world.places_at(roads, 1, 2), road_world.place("gate", 1, 1, "crossing"))
    found = travel_matrices(roads, places, [road_world.BUS], (), (), road_world.AT)
    assert found.matrices[0].travel_time_s[2].tolist() == [-1, -1, -1]
    assert found.unreachable[0].startswith("Crossing with no road: 'gate'")


def test_waiting_in_danger_counts_where_the_place_is(road_world):
    roads = road_world.line(2)
    places = road_world.places_at(roads, 1, 2)
    danger = (road_world.hazard("h", (-0.001, -0.001, 0.001, 0.001), 0.5),)
    found = travel_matrices(roads, places, [road_world.BUS], (), danger, road_world.AT)
    assert found.place_hazard_rate_per_h.tolist() == [0.5, 0.0]


def test_each_class_has_its_own_turns(road_world):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0), 4: (0.01, 0.01)}
    links = [(1, 1, 2), (2, 2, 3), (3, 2, 4)]
    bus_only = 1 << tuple(VehicleClass).index(VehicleClass.BUS)
    roads = road_world.network(nodes, links, bans=[(1, 2, 2)], ban_access=[bus_only])
    ends = road_world.places_at(roads, 1, 3)
    profiles = [road_world.BUS, road_world.TRUCK]
    found = travel_matrices(roads, ends, profiles, (), (), road_world.AT)
    truck_s = 2 * 1000 / 55 * 3.6
    times = [int(item.travel_time_s[0, 1]) for item in found.matrices]
    assert times == [240, int(truck_s) + 1]


def test_the_reason_names_limits_and_territory_in_the_way(road_world):
    nodes = {number: (0.01 * number, 0.0) for number in range(1, 5)} | {5: (0.025, 0.2)}
    around = {"length_m": 90_000.0}
    low = {"height_m": 3.0}
    links = [(1, 1, 2), (2, 2, 3, low), (3, 3, 4), (4, 2, 5, around), (5, 5, 3, around)]
    roads = road_world.network(nodes, links)
    high = TravelProfile(VehicleClass.BUS, frozenset("A"), height_m=3.5)
    control = (
        road_world.area("A", 0.0, -0.01, 0.1, 0.01),
        road_world.area("B", 0.0, 0.05, 0.1, 1.0),
    )
    places = road_world.places_at(roads, 1, 2, 4)

    def why(profile):
        found = travel_matrices(roads, places, [profile], control, (), road_world.AT)
        return " ".join(found.unreachable)

    assert why(replace(high, height_m=None)) == ""
    assert why(high) == (
        "Bus of A: no way to and from 'n4': every road there crosses territory held by B; "
        "shut on the way there: way 5."
    )
    closed = road_world.hazard("flood1", (0.0, 0.1, 0.1, 0.3), 1.0, kind="flood")
    found = travel_matrices(
        roads, places, [replace(high, sides=frozenset())], control, (closed,), road_world.AT
    )
    assert "closed by hazard 'flood1' (flood)" in found.unreachable[0]


def test_a_weak_bridge_cuts_off_the_bus_and_not_the_ambulance(road_world):
    nodes = {number: (0.01 * number, 0.0) for number in range(1, 5)}
    links = [(1, 1, 2), (2, 2, 3, {"weight_t": 3.5}), (3, 3, 4)]
    roads = road_world.network(nodes, links)
    places = road_world.places_at(roads, 1, 2, 4)
    bus = TravelProfile(VehicleClass.BUS, weight_t=12.0)
    ambulance = TravelProfile(VehicleClass.AMBULANCE, weight_t=3.0)
    found = travel_matrices(roads, places, [bus, ambulance], (), (), road_world.AT)
    reached = [(item.travel_time_s[:, 2] >= 0).tolist() for item in found.matrices]
    assert reached == [[False, False, False], [True, True, True]]
    (sentence,) = found.unreachable
    assert sentence.startswith("Bus: Place with no road: 'n4': the road 0 m away")
    assert [snap.place_id for snap in found.snaps] == ["n1", "n2", "n4"]


def test_a_bus_stops_where_it_can_and_says_how_far(road_world):
    nodes = {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.01, 0.003)}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 2, 3, {"weight_t": 3.5})])
    places = road_world.places_at(roads, 1, 3)
    bus = TravelProfile(VehicleClass.BUS, weight_t=12.0)
    found = travel_matrices(roads, places, [bus, road_world.CAR], (), (), road_world.AT)
    assert [item.travel_time_s[0, 1] for item in found.matrices] == [60, 103]
    assert found.snaps[1].distance_m == pytest.approx(332, abs=1)
    assert "the road used is 332 m away" in found.snaps[1].warnings[0]


def test_a_hazard_without_a_shape_is_nowhere(road_world):
    roads = road_world.line(2)
    nowhere = replace(road_world.hazard("h", (0, 0, 1, 1), 1.0), polygons=())
    places = road_world.places_at(roads, 1, 2)
    found = travel_matrices(roads, places, [road_world.BUS], (), (nowhere,), road_world.AT)
    assert found.matrices[0].travel_time_s[0, 1] == 60


def test_no_places_no_profiles(road_world):
    found = travel_matrices(road_world.line(2), (), [], (), (), road_world.AT)
    assert found.matrices == ()
    assert len(found.place_hazard_rate_per_h) == 0
