import random

import pytest

from safepassage.core.geo.mgrs import to_mgrs
from safepassage.core.geo.position import parse_position
from safepassage.core.geo.utm import to_utm
from safepassage.errors import UsageError

HERE = (35.27, 51.19)


@pytest.mark.parametrize(
    "text",
    ["51.19, 35.27", "51.19 35.27", "51.19;35.27", "+51.19,+35.27", "51.19° 35.27°",
     "51.19N 35.27E", "35.27E, 51.19N", "N51.19 E35.27", "lat=51.19 lon=35.27",
     "lon: 35.27, lat: 51.19", "51°11'24\"N 35°16'12\"E", "51°11′24.0″ N, 35°16′12″ E",
     "N 51 11 24 E 35 16 12", "51 11.4 N 35 16.2 E", "51°11.4'N 35°16.2'E",
     "51°11'24\" с.ш. 35°16'12\" в.д.", "51.19 пн.ш. 35.27 сх.д."],
)  # fmt: skip
def test_degrees_however_they_are_written(text):
    assert parse_position(text) == pytest.approx(HERE, abs=1e-9)


def test_south_and_west_are_negative():
    assert parse_position("33°30'S 70°30'W") == (-70.5, -33.5)
    assert parse_position("-33.5 -70.5") == (-70.5, -33.5)


def test_grids_come_back_to_where_they_were_taken():
    rng = random.Random(2)
    for _ in range(50):
        lon, lat = rng.uniform(-180, 180), rng.uniform(-79, 83)
        at = to_utm(lon, lat)
        side = "south" if at.south else "north"
        texts = (to_mgrs(lon, lat), f"{at.zone} {side} {at.easting_m:.1f} {at.northing_m:.1f}")
        for text in texts:
            found = parse_position(text)
            assert found[1] == pytest.approx(lat, abs=2e-5)
            assert abs((found[0] - lon + 180) % 360 - 180) < 2e-4


def test_utm_with_its_band():
    for text in ("36U 658743 5673477", "36u 658743mE 5673477mN", "UTM 36N 658743 5673477"):
        assert parse_position(text) == pytest.approx((35.2717243, 51.1906314), abs=1e-7)


def test_latitude_and_longitude_are_never_exchanged():
    with pytest.raises(UsageError, match=r"no latitude 135\.2; if it is the longitude, say so"):
        parse_position("135.2, 51.1")
    assert parse_position("35.27 51.19") == (51.19, 35.27)


def test_the_letter_s_of_utm_is_not_guessed():
    with pytest.raises(UsageError, match="'36 north' or '36 south'"):
        parse_position("36S 500000 4000000")
    assert parse_position("36S 500000 6301000")[1] < -33
    assert parse_position("36 north 500000 4000000")[1] > 36


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "no position"), ("Sudzha", "no position"), ("51.19", "no position"),
     ("51,19 35,27", "not a comma"), ("51,19", "decimal comma"), ("91, 181", "no latitude 91"),
     ("51.19, 181", "no longitude 181"), ("51N 35N", "two latitudes"), ("51E 35E", "longitudes"),
     ("lat=51 lat=35", "stands twice"), ("-51S 35E", "a sign and the letter"),
     ("51°60'N 35°E", "less than 60"), ("51.5°30'N 35°E", "may have decimals"),
     ("XB 5874 7347", "zone and band"), ("36УХВ 5874 7347", "Latin"),
     ("36UXB 5874 734", "as many of each"), ("36YXB 11 11", "polar grid"),
     ("36Y 500000 9300000", "no band Y"), ("36T 658743 5673477", "lies in band U"),
     ("61U 658743 5673477", "no zone 61"), ("36U 58743 5673477", "easting")],
)  # fmt: skip
def test_what_cannot_be_read_is_answered_by_a_sentence(text, says):
    with pytest.raises(UsageError, match=says) as refused:
        parse_position(text)
    assert str(refused.value).endswith(".")
