"""Places are bound to the nearest road, compared with trying every road."""

import numpy as np
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safepassage.core.corridor.snap import nearest_roads

GRID = st.tuples(st.integers(-20, 20), st.integers(-20, 20))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    points=st.lists(GRID, min_size=3, max_size=8, unique=True),
    pairs=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=10),
    places=st.lists(GRID, min_size=1, max_size=5),
    north=st.sampled_from([0.0, 51.0, -70.0]),
    shut=st.integers(0, 9),
    antimeridian=st.booleans(),
)
def test_the_nearest_allowed_road_is_found(
    road_world, points, pairs, places, north, shut, antimeridian
):
    east = 180.0 if antimeridian else 35.0
    nodes = {
        number: ((x / 500 + east + 180) % 360 - 180, y / 500 + north)
        for number, (x, y) in enumerate(points)
    }
    links = [
        (way, a % len(points), b % len(points))
        for way, (a, b) in enumerate(pairs)
        if a % len(points) != b % len(points)
    ]
    if not links:
        return
    roads = road_world.network(nodes, links)
    allowed = roads.way_id != shut
    lon = np.array([(x / 500 + 0.0007 + east + 180) % 360 - 180 for x, _ in places])
    lat = np.array([y / 500 + 0.0003 + north for _, y in places])
    found = nearest_roads(roads, allowed, np.ones(len(points), dtype=bool), lon, lat)
    for row in range(len(places)):
        least = min(
            (_planar_m(roads, arc, lon[row], lat[row]) for arc in np.flatnonzero(allowed)),
            default=np.inf,
        )
        if np.isinf(least):
            assert found.arc[row] == -1
        else:
            own = _planar_m(roads, int(found.arc[row]), lon[row], lat[row])
            assert own <= least * (1 + 1e-9) + 0.002
            assert abs(found.distance_m[row] - least) <= 0.01 * least + 0.01


def _planar_m(roads, arc, lon, lat):
    """The distance to a straight road on a plane of metres around the place."""
    ends = np.array([roads.tail[arc], roads.head[arc]])
    across = (roads.node_lon[ends] - lon + 180) % 360 - 180
    x = across * 111_320 * np.cos(np.radians(lat))
    y = (roads.node_lat[ends] - lat) * 111_320
    return shapely.distance(shapely.Point(0, 0), shapely.LineString(np.column_stack((x, y))))
