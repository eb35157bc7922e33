import numpy as np
import pytest

from safepassage.core.geo.frame import area_of
from safepassage.core.geo.polylines import boxes, midpoints, points_inside, take

OFFSET = np.array([0, 3, 5])
LON = np.array([0.0, 1.0, 4.0, 7.0, 7.0])
LAT = np.array([0.0, 0.0, 0.0, 1.0, 2.0])


def test_the_midpoint_is_half_way_along_not_the_middle_point():
    lon, lat = midpoints(OFFSET, LON, LAT)
    assert lon == pytest.approx([2.0, 7.0])
    assert lat == pytest.approx([0.0, 1.5])


def test_the_midpoint_of_a_point_is_the_point():
    lon, lat = midpoints(np.array([0, 2]), np.array([3.0, 3.0]), np.array([4.0, 4.0]))
    assert (lon[0], lat[0]) == (3.0, 4.0)


def test_boxes_hold_their_polylines():
    west, south, east, north = boxes(OFFSET, LON, LAT)
    assert west.tolist() == [0.0, 7.0]
    assert south.tolist() == [0.0, 1.0]
    assert east.tolist() == [4.0, 7.0]
    assert north.tolist() == [0.0, 2.0]


def test_take_gives_the_points_of_the_chosen_lines_in_order():
    points, line = take(OFFSET, np.array([1, 0]))
    assert points.tolist() == [3, 4, 0, 1, 2]
    assert line.tolist() == [0, 0, 1, 1, 1]


def test_a_point_on_the_edge_is_inside():
    square = area_of(((((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)),),))
    area, point = points_inside([square], np.array([0.5, 1.0, 2.0]), np.array([0.5, 0.5, 0.5]))
    assert area.tolist() == [0, 0]
    assert point.tolist() == [0, 1]


def test_no_areas_hold_nothing():
    area, point = points_inside([], LON, LAT)
    assert len(area) == len(point) == 0
