import pytest

from safepassage.core.corridor.graph import arc_costs, build_graph
from safepassage.core.corridor.matrices import travel_matrices
from safepassage.core.corridor.menu import _reason, chosen_routes, corridor_menu, find_options
from safepassage.core.corridor.metric import build_metric
from safepassage.core.corridor.pareto import ParetoPath, pareto_front
from safepassage.core.corridor.situation import read_situation
from safepassage.core.corridor.types import VehicleClass
from safepassage.errors import InfeasibleError, RefusedError, UsageError
from safepassage.units import format_duration


@pytest.fixture
def fork(road_world):
    """1 km through danger, or 3 km around it by a bridge for 20 t."""
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.005, 0.02)}
    half = {"length_m": 1500.0, "bridge": True, "weight_t": 20.0}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 1, 3, half), (3, 3, 2, half)])
    return roads, (road_world.hazard("h", (0.004, -0.001, 0.006, 0.001), 0.9, age_days=3),)


def menu_of(road_world, roads, hazards, **more):
    start, end = road_world.places_at(roads, 1, 2)
    return corridor_menu(roads, start, end, road_world.BUS, (), hazards, road_world.AT, **more)


def test_both_ways_are_on_the_menu_with_their_reasons(road_world, fork):
    fast, safe = menu_of(road_world, *fork).options
    assert fast.reason == "The fastest."
    assert safe.reason == "The least exposed: no exposure, for 2 min more than the fastest."
    assert (fast.length_m, safe.length_m) == (1000.0, 3000.0)
    assert fast.oldest_fact == "2025-02-17"
    assert safe.oldest_fact == ""
    assert safe.bridges == ((2, 20.0), (3, 20.0))


def test_the_difference_is_that_of_the_minutes_shown():
    fast, safe = ParetoPath(870_000, 10, ()), ParetoPath(1_529_000, 5, ())
    said = _reason((fast, safe), 1, 2)
    assert (format_duration(870), format_duration(1529)) == ("14 min", "25 min")
    assert said.endswith("for 11 min more.")


def test_without_danger_one_way_is_best_in_both(road_world, fork):
    menu = menu_of(road_world, fork[0], ())
    assert menu.found == 1
    assert "fastest and the least exposed at once" in menu.options[0].reason


def test_find_options_gives_the_options(road_world, fork):
    roads, hazards = fork
    ends = road_world.places_at(roads, 1, 2)
    options = find_options(roads, ends, road_world.BUS, (), hazards, road_world.AT)
    assert options == menu_of(road_world, roads, hazards).options


def test_no_way_says_why(road_world):
    roads = road_world.line(3)
    closed = (road_world.hazard("bridge", (0.004, -1, 0.006, 1), 1.0),)
    with pytest.raises(InfeasibleError, match="closed by hazard 'bridge'"):
        menu_of(road_world, roads, closed)


def test_a_place_without_a_road_says_so(road_world):
    roads = road_world.line(2)
    far = road_world.place("far", 1.0, 1.0)
    here = road_world.places_at(roads, 1)[0]
    with pytest.raises(InfeasibleError, match="Place with no road: 'far'"):
        corridor_menu(roads, here, far, road_world.BUS, (), (), road_world.AT)


def test_start_and_end_must_differ(road_world):
    here = road_world.place("p", 0, 0)
    with pytest.raises(UsageError, match="name two places"):
        corridor_menu(road_world.line(2), here, here, road_world.BUS, (), (), road_world.AT)


def test_a_front_beyond_the_limit_is_refused_not_cut(road_world, fork):
    roads, hazards = fork
    found = read_situation(roads, (), hazards, road_world.AT)
    metric = build_metric(roads, found, road_world.BUS, 0.0)
    graph = build_graph(roads, (0, 1), VehicleClass.BUS)
    with pytest.raises(RefusedError, match="more than 1 partial paths"):
        pareto_front(graph, arc_costs(graph, metric), 0, 1, label_limit=1)


def test_chosen_routes_are_the_ways_of_the_matrix(road_world, fork):
    roads, hazards = fork
    ends = road_world.places_at(roads, 1, 2)
    legs = [(ends[0], ends[1]), (ends[1], ends[0])]
    for weight_s in (0.0, 1e6):
        found = travel_matrices(
            roads, ends, [road_world.BUS], (), hazards, road_world.AT, risk_weight_s=weight_s
        )
        routes = chosen_routes(
            roads, legs, road_world.BUS, (), hazards, road_world.AT, risk_weight_s=weight_s
        )
        times = found.matrices[0].travel_time_s
        assert [route.travel_time_s for route in routes] == [times[0, 1], times[1, 0]]
        assert routes[0].exposure == found.matrices[0].exposure[0, 1]


def test_a_leg_without_a_way_is_left_out(road_world):
    roads = road_world.line(3)
    closed = (road_world.hazard("bridge", (0.004, -1, 0.006, 1), 1.0),)
    one, two, three = road_world.places_at(roads, 1, 2, 3)
    routes = chosen_routes(
        roads, [(one, three), (two, three)], road_world.BUS, (), closed, road_world.AT
    )
    assert [route.option_id for route in routes] == ["r2"]
    assert chosen_routes(roads, [], road_world.BUS, (), (), road_world.AT) == ()
