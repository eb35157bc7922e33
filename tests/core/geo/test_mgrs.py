import random

import pytest

from safepassage.core.geo.mgrs import to_mgrs, to_utm

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
