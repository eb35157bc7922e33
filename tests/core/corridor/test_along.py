from dataclasses import replace

import numpy as np
import pytest

from safepassage.core.corridor.along import describe_options
from safepassage.core.corridor.menu import chosen_routes


@pytest.fixture
def described(road_world):
    """The way from node 1 to the last of the roads, described with some places."""

    def make(roads, places=(), control=(), hazards=(), goal=None):
        start, end = road_world.places_at(roads, 1, goal or int(roads.node_ref[-1]))
        facts = (control, hazards, road_world.AT)
        options = chosen_routes(roads, [(start, end)], road_world.BUS, *facts)
        return describe_options(roads, options, (start, end, *places), *facts)[0]

    return make


def test_a_fall_back_is_as_far_as_from_the_worst_point(described, road_world):
    refuge = road_world.place("refuge", 0.01, 0.0, "fall_back")
    (found,) = described(road_world.line(5), (refuge,)).fall_backs
    assert (found.place_id, found.to_s, found.back_s) == ("refuge", 180, 180)


def test_a_one_way_road_counts_in_its_direction(described, road_world):
    nodes = {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.02, 0.0), 4: (0.02, 0.01), 5: (0.0, 0.01)}
    ring = [(1, 1, 2), (2, 2, 3), (3, 3, 4), (4, 4, 5), (5, 5, 1)]
    roads = road_world.network(nodes, [(*link, {"oneway": True}) for link in ring])
    refuge = road_world.place("refuge", 0.02, 0.01, "fall_back")
    (found,) = described(roads, (refuge,), goal=3).fall_backs
    assert (found.to_s, found.back_s) == (180, 240)


def test_one_that_cannot_be_reached_from_everywhere_is_left_out(described, road_world):
    refuge = road_world.place("refuge", 0.0, 0.0, "fall_back")
    mined = road_world.hazard("mines", (0.004, -0.001, 0.006, 0.001), 1.0, kind="mines")
    nodes = {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.02, 0.0)}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 2, 3)])
    assert described(roads, (refuge,)).fall_backs
    start, end = road_world.places_at(roads, 2, 3)
    facts = ((), (mined,), road_world.AT)
    options = chosen_routes(roads, [(start, end)], road_world.BUS, *facts)
    assert describe_options(roads, options, (refuge,), *facts)[0].fall_backs == ()


def test_on_a_segment_those_of_its_own_side_come_first(described, road_world):
    control = (road_world.area("A", -1, -1, 0.02, 1), road_world.area("B", 0.02, -1, 1, 1))
    near = road_world.place("across", 0.03, 0.0, "fall_back")
    far = road_world.place("own", 0.0, 0.0, "fall_back")
    option = described(road_world.line(5), (near, far), control)
    first, second = option.segments
    assert (first.fall_backs[0].place_id, first.fall_backs[0].side) == ("own", "A")
    assert (second.fall_backs[0].place_id, second.fall_backs[0].side) == ("across", "B")


def test_what_the_driver_passes_in_order(described, road_world):
    control = (road_world.area("A", -1, -1, 0.025, 1), road_world.area("B", 0.025, -1, 1, 1))
    nodes = {number: (0.01 * (number - 1), 0.0) for number in range(1, 6)}
    links = [(n, n, n + 1, {"bridge": n == 2, "weight_t": 10 if n == 2 else np.nan})
             for n in range(1, 5)]  # fmt: skip
    roads = road_world.network(nodes, links)
    names = np.array([1, 1, 0, 0, 2, 2, 2, 2], dtype=np.int32)
    roads = replace(roads, road=names, road_names=("", "Mill Lane", "R 200"))
    village = road_world.place("village", 0.005, 0.004)
    gate = road_world.place("gate", 0.038, 0.001, "crossing")
    far = road_world.place("far", 0.02, 0.1)
    option = described(roads, (village, gate, far), control)
    assert [(item.kind, item.name) for item in option.passes] == [
        ("start", "n1"), ("side", "A"), ("road", "Mill Lane"), ("place", "village"),
        ("bridge", "10 t"), ("road", "R 200"), ("side", "B"), ("crossing", "gate"), ("end", "n5"),
    ]  # fmt: skip
    at = {item.name: item for item in option.passes}
    assert at["village"].at_m == pytest.approx(500, abs=1)
    assert (at["R 200"].at_m, at["R 200"].at_s) == (2000, 120)
    assert at["B"].at_m == pytest.approx(2500, abs=1)
    assert (at["n5"].at_m, at["n5"].lon) == (pytest.approx(4000), pytest.approx(0.04))
    assert option.crossings == ("gate",)


def test_across_the_antimeridian(described, road_world):
    nodes = {1: (179.99, 0.0), 2: (-179.99, 0.0)}
    roads = road_world.network(nodes, [(1, 1, 2, {"length_m": 2226.0})])
    middle = road_world.place("middle", 180.0, 0.0)
    option = described(roads, (middle,))
    passed = next(item for item in option.passes if item.name == "middle")
    assert passed.at_m == pytest.approx(1113, abs=1)
    assert abs(passed.lon) == pytest.approx(180)


def test_a_way_that_goes_nowhere_is_left_as_it_is(road_world):
    roads = road_world.line(2)
    here = road_world.place("here", 0.0, 0.0)
    there = road_world.place("there", 0.0001, 0.0)
    refuge = road_world.place("refuge", 0.01, 0.0, "fall_back")
    facts = ((), (), road_world.AT)
    options = chosen_routes(roads, [(here, there)], road_world.BUS, *facts)
    (option,) = describe_options(roads, options, (here, there, refuge), *facts)
    assert (option.passes, option.fall_backs, option.segments) == ((), (), ())
