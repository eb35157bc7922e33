import random

import pytest

from safepassage.core.geo.distance import geodesic_m
from safepassage.core.geo.mgrs import from_mgrs, to_mgrs, to_utm

WORLD = [(35.2717, 51.1906), (10.75, 59.91), (5.32, 60.39), (15.6, 78.22), (-70.6, -33.4),
         (179.99, 0.01), (-179.99, -0.01), (0.0, 0.0), (20.0, 83.9), (18.4, -79.9)]  # fmt: skip


def test_the_zero_meridian_on_the_equator():
    at = to_utm(3.0, 0.0)
    assert (at.zone, at.band) == (31, "N")
    assert at.easting_m == pytest.approx(500_000)
    assert at.northing_m == pytest.approx(0, abs=1e-6)


def test_fewer_digits_name_the_square_around():
    full = to_mgrs(35.2717, 51.1906)
    head, east, north = full.split()
    assert to_mgrs(35.2717, 51.1906, digits=3) == f"{head} {east[:3]} {north[:3]}"
    assert to_mgrs(35.2717, 51.1906, digits=0) == head


@pytest.mark.parametrize(("lat", "digits"), [(84.1, 5), (-80.1, 5), (0.0, 6), (0.0, -1)])
def test_outside_utm_or_too_many_digits(lat, digits):
    with pytest.raises(ValueError, match=r"UTM|accepted"):
        to_mgrs(0.0, lat, digits=digits)


def test_against_another_implementation():
    reference = pytest.importorskip("mgrs", reason="the documents extra is not installed").MGRS()
    rng = random.Random(3)
    points = WORLD + [(rng.uniform(-180, 180), rng.uniform(-79.9, 83.9)) for _ in range(300)]
    for lon, lat in points:
        theirs = reference.toMGRS(lat, lon, MGRSPrecision=4)
        ours = to_mgrs(lon, lat, digits=4).replace(" ", "")
        assert close(ours, theirs), (lon, lat, ours, theirs)


def close(ours, theirs):
    """The same square of 10 m, or its neighbour where one of the two has rounded."""
    if ours[:-8] != theirs[:-8]:
        return False
    pairs = ((ours[-8:-4], theirs[-8:-4]), (ours[-4:], theirs[-4:]))
    return all(abs(int(one) - int(other)) <= 1 for one, other in pairs)


NORDIC = [(5.32, 60.39), (2.99, 60.0), (8.99, 73.0), (9.01, 78.0), (21.5, 80.0), (35.0, 83.99),
          (41.9, 72.1), (11.99, 63.99)]  # fmt: skip


@pytest.mark.parametrize("digits", [0, 1, 3, 5])
def test_a_reference_names_the_square_that_holds_the_point(digits):
    rng = random.Random(digits)
    points = WORLD + NORDIC
    points += [(rng.uniform(-180, 180), rng.uniform(-79.99, 83.99)) for _ in range(200)]
    for lon, lat in points:
        square = from_mgrs(to_mgrs(lon, lat, digits))
        assert square.side_m == 10 ** (5 - digits)
        assert apart_m((lon, lat), square[:2]) < 0.75 * square.side_m, (lon, lat)


def test_reading_against_another_implementation():
    reference = pytest.importorskip("mgrs", reason="the documents extra is not installed").MGRS()
    rng = random.Random(4)
    points = NORDIC + [(rng.uniform(-180, 180), rng.uniform(-79.9, 83.9)) for _ in range(200)]
    for lon, lat in points:
        text = to_mgrs(lon, lat).replace(" ", "")
        their_lat, their_lon = reference.toLatLon(text)
        assert apart_m((their_lon, their_lat), from_mgrs(text)[:2]) < 0.8, text


def apart_m(one, other):
    return float(geodesic_m([one[0]], [one[1]], [other[0]], [other[1]])[0])


@pytest.mark.parametrize("text", ["36UXB 5874 7347", "36uxb58747347", "36 U XB 5874 7347"])
def test_blanks_and_small_letters_do_not_matter(text):
    assert from_mgrs(text) == from_mgrs("36UXB58747347")


@pytest.mark.parametrize(
    ("text", "says"),
    [("XB 5874 7347", "e.g."), ("61UXB", "no zone 61"), ("36YXB", "polar grid"),
     ("36IXB", "no band I"), ("36UAB 11 11", "no column A"), ("36UXZ 11 11", "no row Z"),
     ("36UXB 123", "3 digits"), ("36UXB 1234 123", "4 digits east and 3"),
     ("36UXB 123456 123456", "12 digits"), ("36CXB 11 11", "outside 36C"),
     ("32XMG 11 11", "outside 32X")],
)  # fmt: skip
def test_a_reference_that_cannot_be_is_refused(text, says):
    with pytest.raises(ValueError, match=says):
        from_mgrs(text)
