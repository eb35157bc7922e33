import numpy as np
import pytest
import shapely

from safepassage.core.geo.distance import geodesic_m
from safepassage.core.geo.frame import LocalFrame, area_of

BOW_TIE = ((((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)),),)


@pytest.mark.parametrize("lat", [0.0, 51.2, -35.0, 70.0])
def test_distances_near_the_centre_are_true(lat):
    frame = LocalFrame(35.0, lat)
    lon, north = np.array([35.0, 35.01]), np.array([lat, lat + 0.01])
    metres = frame.to_metres(lon, north)
    true_m = geodesic_m(lon[:1], north[:1], lon[1:], north[1:])[0]
    assert np.hypot(*(metres[1] - metres[0])) == pytest.approx(true_m, rel=2e-4)


def test_a_polygon_that_crosses_itself_is_made_valid():
    assert area_of(BOW_TIE).is_valid
    assert shapely.area(area_of(BOW_TIE)) == pytest.approx(0.5)


def test_polygons_that_touch_become_one():
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0))
    beside = tuple((x + 1.0, y) for x, y in square)
    assert shapely.area(area_of(((square,), (beside,)))) == pytest.approx(2.0)


def test_a_single_point_is_a_line_without_length():
    assert shapely.length(LocalFrame(0.0, 0.0).line(((0.0, 0.0),))) == 0.0
