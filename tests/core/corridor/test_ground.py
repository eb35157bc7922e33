"""What lies on which ground, against measuring every arc."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import shapely

from safepassage.adapters.osm import import_osm
from safepassage.core.corridor.ground import Ground, arcs_on, lay_out, nodes_on, points_on
from safepassage.core.geo.frame import LocalFrame


@pytest.fixture(scope="module")
def helsinki(request):
    from pathlib import Path

    return import_osm(Path(request.path).parents[2] / "data" / "osm" / "helsinki.osm.pbf")


def blob(lon, lat, radius, corners=40):
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = radius * (1 + 0.3 * np.sin(5 * angle))
    ring = [
        (float(lon + 2 * r * np.cos(a)), float(lat + r * np.sin(a)))
        for r, a in zip(reach, angle, strict=True)
    ]
    return (((*ring, ring[0]),),)


def measured(roads, area):
    """The share of every arc in an area, one by one, in metres around the area's middle."""
    middle = shapely.centroid(area)
    frame = LocalFrame(middle.x, middle.y)
    shares = np.zeros(roads.arc_count)
    for arc in range(roads.arc_count):
        span = slice(roads.shape_offset[arc], roads.shape_offset[arc + 1])
        line = shapely.LineString(
            np.column_stack((roads.shape_lon[span], roads.shape_lat[span]))
        )  # fmt: skip
        if line.length == 0:  # a barrier has no length: it counts whole where it lies
            shares[arc] = shapely.intersects(area, shapely.Point(line.coords[0]))
            continue
        inside = shapely.intersection(line, area)
        if not inside.is_empty and inside.length > 0:
            parts = shapely.transform(inside, lambda at: frame.to_metres(at[:, 0], at[:, 1]))
            whole = shapely.transform(line, lambda at: frame.to_metres(at[:, 0], at[:, 1]))
            shares[arc] = parts.length / whole.length
    return shares


@pytest.mark.parametrize("radius", [0.0005, 0.003, 0.02, 0.5])
def test_shares_are_those_of_every_arc_measured_alone(helsinki, radius):
    lon, lat = (
        float(np.median(helsinki.node_lon)), float(np.median(helsinki.node_lat))
    )  # fmt: skip
    polygons = blob(lon, lat, radius)
    arcs, share = arcs_on(lay_out(helsinki), Ground(polygons))
    found = np.zeros(helsinki.arc_count)
    found[arcs] = share
    assert len(set(arcs.tolist())) == len(arcs)
    assert found == pytest.approx(measured(helsinki, shapely.Polygon(polygons[0][0])), abs=2e-3)


def test_nodes_are_those_of_every_node_asked_alone(helsinki):
    ground = Ground(blob(float(np.median(helsinki.node_lon)), float(np.median(helsinki.node_lat)),
                         0.004))  # fmt: skip
    alone = points_on(ground, helsinki.node_lon, helsinki.node_lat)
    found = nodes_on(lay_out(helsinki), ground)
    assert sorted(found.tolist()) == np.flatnonzero(alone).tolist()


def test_an_arc_without_length_lies_where_its_point_lies(road_world):
    roads = road_world.network({1: (0.0, 0.0), 2: (0.0, 0.0), 3: (0.01, 0.0)},
                               [(1, 1, 2), (2, 2, 3)])  # fmt: skip
    arcs, share = arcs_on(lay_out(roads), Ground(road_world.box(-1, -1, 0.005, 1)))
    found = dict(zip(arcs.tolist(), share.tolist(), strict=True))
    assert found == pytest.approx({0: 1.0, 1: 1.0, 2: 0.5, 3: 0.5})
    arcs, _ = arcs_on(lay_out(roads), Ground(road_world.box(0.002, -1, 0.005, 1)))
    assert sorted(arcs.tolist()) == [2, 3]


def test_a_layout_lives_no_longer_than_its_network(road_world):
    roads = road_world.line(3)
    alive = weakref.ref(lay_out(roads).arcs.offset)
    assert alive() is not None
    assert lay_out(roads) is lay_out(roads)
    del roads
    gc.collect()
    assert alive() is None


def test_nothing_lies_on_no_ground_and_a_network_without_roads_lies_nowhere(road_world):
    assert arcs_on(lay_out(road_world.line(3)), Ground(()))[0].tolist() == []
    empty = road_world.network({}, [])
    assert arcs_on(lay_out(empty), Ground(road_world.box(0, 0, 1, 1)))[0].tolist() == []
    assert nodes_on(lay_out(empty), Ground(road_world.box(0, 0, 1, 1))).tolist() == []
