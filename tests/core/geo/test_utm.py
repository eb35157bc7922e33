import random

import pytest

from safepassage.core.geo.distance import geodesic_m
from safepassage.core.geo.utm import Utm, band_of, from_utm, to_utm, zone_of


def apart_m(one, other):
    ends = [[one[0]], [one[1]], [other[0]], [other[1]]]
    return float(geodesic_m(*ends)[0])


@pytest.mark.parametrize(
    ("lon", "lat", "zone"),
    [(4.0, 60.0, 32), (2.9, 60.0, 31), (4.0, 55.9, 31), (8.9, 72.0, 31), (9.0, 78.0, 33),
     (20.9, 80.0, 33), (21.0, 80.0, 35), (33.0, 80.0, 37), (41.9, 80.0, 37), (42.0, 80.0, 38),
     (10.0, 71.9, 32), (-180.0, 0.0, 1), (179.9, 0.0, 60)],
)  # fmt: skip
def test_the_wider_zones_of_norway_and_svalbard(lon, lat, zone):
    assert zone_of(lon, lat) == zone
    assert to_utm(lon, lat).zone == zone


def test_there_and_back_all_over_the_world():
    rng = random.Random(5)
    for _ in range(300):
        point = rng.uniform(-180, 180), rng.uniform(-80, 84)
        at = to_utm(*point)
        back = from_utm(at.zone, at.easting_m, at.northing_m, south=at.south)
        assert apart_m(point, back) < 1e-5
        assert at.band == band_of(point[1])


def test_the_south_counts_from_ten_thousand_kilometres():
    just_south = to_utm(3.0, -1e-6)
    assert just_south.south
    assert just_south.northing_m == pytest.approx(10_000_000, abs=1)
    assert not to_utm(3.0, 0.0).south


def test_a_position_is_written_with_zone_and_band():
    assert str(Utm(6, "V", 500_000.4, 6_700_000.6)) == "06V 500000 6700001"


@pytest.mark.parametrize("lat", [84.01, -80.01, 90.0, -90.0])
def test_the_poles_are_refused(lat):
    with pytest.raises(ValueError, match="outside UTM"):
        to_utm(10.0, lat)


@pytest.mark.parametrize(
    ("zone", "easting_m", "northing_m", "south", "says"),
    [(0, 5e5, 5e6, False, "no zone 0"), (61, 5e5, 5e6, False, "no zone 61"),
     (36, 5e4, 5e6, False, "easting 50000 m"), (36, 5e5, -1.0, False, "northing -1 m"),
     (36, 5e5, 9.9e6, False, "outside UTM"), (36, 5e5, 5e5, True, "outside UTM")],
)  # fmt: skip
def test_numbers_that_are_none_of_utm(zone, easting_m, northing_m, south, says):
    with pytest.raises(ValueError, match=says):
        from_utm(zone, easting_m, northing_m, south=south)
