"""How far one gets on a straight road of nine nodes, 1,000 m and 60 s of bus apart."""

import numpy as np
import pytest
import shapely

from safepassage.core.corridor.compare import Facts, Measures, fresh_routers, grounds_at
from safepassage.core.corridor.isochrone import bands, reached_places


@pytest.fixture
def ground(road_world):
    """Places at nodes 1, 3 and 9, and one on the moon's side of the Earth."""
    roads = road_world.line(9)
    places = (*road_world.places_at(roads, 1, 3, 9), road_world.place("far", 150.0, 0.0))
    (found,) = grounds_at(
        roads, places, (road_world.BUS,), Facts((), (), road_world.AT), Measures()
    )
    return found


def start(ground, place_id):
    """Times from a place."""
    return fresh_routers()(ground).times_from(ground.nodes[place_id])


def test_places_are_reached_after_a_minute_for_each_kilometre(ground):
    times = start(ground, "n1")
    found = {one.place_id: one.travel_time_s for one in reached_places(ground, times)}
    assert found == {"n1": 0, "n3": 120, "n9": 480, "far": None}


def test_a_road_is_cut_where_the_time_is_up(ground):
    times = start(ground, "n1")
    first, second = bands(ground, times, (90, 150))
    # Out of node 1: 1.5 km in 90 s; from node 2, reached after 60 s, 0.5 km back.
    assert first.length_m == pytest.approx(1500 + 500)
    east = max(point[0] for line in first.lines for point in line)
    assert east == pytest.approx(0.015)
    assert second.length_m == pytest.approx(2500 + 1500)
    begins = min(point[0] for line in second.lines for point in line)
    assert begins == pytest.approx(0.0)


def test_the_ground_of_a_later_band_holds_that_of_an_earlier_one(ground):
    times = start(ground, "n3")
    first, second = bands(ground, times, (60, 240))
    small, large = (
        shapely.union_all([shapely.Polygon(rings[0], rings[1:]) for rings in band.area])
        for band in (first, second)
    )
    assert large.buffer(1e-6).contains(small)
    assert small.contains(shapely.Point(0.025, 0.0))
    assert not small.contains(shapely.Point(0.035, 0.0))
    # 200 m beside the road are drawn, 300 m are not (a degree is about 111 km).
    assert small.contains(shapely.Point(0.02, 0.19 / 111))
    assert not small.contains(shapely.Point(0.02, 0.3 / 111))


def test_a_closed_road_is_not_entered(road_world):
    roads = road_world.line(4)
    places = road_world.places_at(roads, 1, 4)
    wall = (road_world.hazard("wall", (0.014, -1, 0.016, 1), 1.0),)
    (ground,) = grounds_at(
        roads, places, (road_world.BUS,), Facts((), wall, road_world.AT), Measures()
    )
    times = start(ground, "n1")
    assert [one.travel_time_s for one in reached_places(ground, times)] == [0, None]
    (band,) = bands(ground, times, (3600,))
    assert band.length_m == pytest.approx(2000)
    assert np.max([point[0] for line in band.lines for point in line]) == pytest.approx(0.01)


def test_nothing_within_no_time_has_no_ground(road_world):
    roads = road_world.line(3)
    places = road_world.places_at(roads, 1)
    everywhere = (road_world.hazard("all", (-1, -1, 1, 1), 1.0),)
    (ground,) = grounds_at(
        roads, places, (road_world.BUS,), Facts((), everywhere, road_world.AT), Measures()
    )
    times = start(ground, "n1")
    (band,) = bands(ground, times, (60,))
    assert (band.lines, band.area, band.length_m) == ((), (), 0.0)
