import numpy as np
import pytest

from safepassage.core.geo.distance import geodesic_m, polyline_lengths_m

DEGREE_AT_EQUATOR_M = 111_319.491


def test_one_degree_along_the_equator():
    zero = np.zeros(1)
    assert geodesic_m(zero, zero, np.ones(1), zero) == pytest.approx([DEGREE_AT_EQUATOR_M])


def test_the_antimeridian_is_no_edge():
    zero = np.zeros(1)
    length = geodesic_m(np.array([179.5]), zero, np.array([-179.5]), zero)
    assert length == pytest.approx([DEGREE_AT_EQUATOR_M])


def test_polylines_are_measured_apart():
    lon = np.array([0.0, 1.0, 2.0, 5.0, 5.0, 7.0, 8.0])
    lengths = polyline_lengths_m(np.array([0, 3, 5, 7]), lon, np.zeros(7))
    assert lengths == pytest.approx([2 * DEGREE_AT_EQUATOR_M, 0.0, DEGREE_AT_EQUATOR_M])


def test_nothing_has_no_length():
    nothing = np.zeros(0)
    assert len(geodesic_m(nothing, nothing, nothing, nothing)) == 0
    assert len(polyline_lengths_m(np.zeros(1, dtype=np.int64), nothing, nothing)) == 0
