import math

import pytest

from safepassage.adapters.osm_tags import (
    ALL,
    AMBULANCE,
    BUS,
    CAR,
    MINIBUS,
    TRUCK,
    NotUnderstoodError,
    access_mask,
    barrier_mask,
    directions,
    parse_length_m,
    parse_speed_kmh,
    parse_weight_t,
    read_way,
    surface_of,
)


@pytest.mark.parametrize(
    ("text", "tonnes"),
    [("7.5", 7.5), ("3.5 t", 3.5), ("3,5t", 3.5), ("3500 kg", 3.5), ("16000 lbs", 7.2575),
     ("8 st", 7.2575), ("10;7.5", 7.5)],
)  # fmt: skip
def test_weights(text, tonnes):
    assert parse_weight_t(text) == pytest.approx(tonnes, abs=1e-3)


@pytest.mark.parametrize("text", ["none", "unsigned", "default"])
def test_no_weight_limit(text):
    assert math.isnan(parse_weight_t(text))


@pytest.mark.parametrize("text", ["light", "", "-3", "0", "7.5 bananas"])
def test_weights_without_a_reading(text):
    with pytest.raises(NotUnderstoodError):
        parse_weight_t(text)


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("4", 4.0),
        ("4.2 m", 4.2),
        ("380 cm", 3.8),
        ("12'6\"", 3.81),
        ("12 ft", 3.6576),
        ("12'", 3.6576),
    ],
)
def test_heights(text, metres):
    assert parse_length_m(text) == pytest.approx(metres, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "kmh"),
    [("50", 50), ("50 km/h", 50), ("30 mph", 48.28), ("walk", 7), ("XX:walk", 7), ("XX:urban", 50),
     ("XX:rural", 90), ("XX:zone30", 30), ("XX:zone:20", 20), ("XX:30", 30), ("70;50", 50)],
)  # fmt: skip
def test_speeds(text, kmh):
    assert parse_speed_kmh(text) == pytest.approx(kmh, abs=0.01)


def test_no_speed_limit_and_no_reading():
    assert math.isnan(parse_speed_kmh("none"))
    with pytest.raises(NotUnderstoodError):
        parse_speed_kmh("fast")


@pytest.mark.parametrize(
    ("tags", "mask"),
    [
        ({}, ALL),
        ({"access": "private"}, 0),
        ({"access": "unknown"}, ALL),
        ({"vehicle": "no", "psv": "yes"}, MINIBUS | BUS),
        ({"motorcar": "no"}, MINIBUS | BUS | TRUCK),
        ({"goods": "no", "hgv": "delivery"}, ALL),
        ({"motor_vehicle": "emergency"}, AMBULANCE),
    ],
)
def test_access(tags, mask):
    assert access_mask(tags) == mask


@pytest.mark.parametrize(
    ("tags", "mask"),
    [
        ({"barrier": "gate"}, ALL),
        ({"barrier": "gate", "access": "no"}, 0),
        ({"barrier": "bollard"}, 0),
        ({"barrier": "bollard", "bus": "yes"}, BUS),
        ({"barrier": "bus_trap"}, BUS | TRUCK),
        ({"ford": "yes"}, TRUCK),
        ({"ford": "no"}, ALL),
    ],
)
def test_barriers(tags, mask):
    assert barrier_mask(tags) == mask


@pytest.mark.parametrize(
    ("tags", "along", "against"),
    [
        ({}, ALL, ALL),
        ({"oneway": "yes"}, ALL, 0),
        ({"oneway": "-1"}, 0, ALL),
        ({"oneway": "reversible"}, 0, 0),
        ({"oneway": "alternating"}, ALL, ALL),
        ({"junction": "roundabout", "oneway": "no"}, ALL, ALL),
        ({"oneway": "yes", "oneway:psv": "no"}, ALL, MINIBUS | BUS),
        ({"oneway": "-1", "oneway:emergency": "no"}, AMBULANCE, ALL),
    ],
)
def test_directions(tags, along, against):
    assert directions({"highway": "primary"} | tags) == (along, against)


def test_surface_or_track_grade():
    assert surface_of({"surface": "Asphalt", "tracktype": "grade1"}) == "asphalt"
    assert surface_of({"tracktype": "grade4"}) == "grade4"
    assert surface_of({}) == ""


def test_a_way_with_everything():
    way = read_way(
        {
            "highway": "secondary", "maxspeed": "60", "maxspeed:backward": "40",
            "bridge": "viaduct",
            "maxweight": "much", "motor_vehicle:backward": "no", "width": "2.5",
            "access:conditional": "no @ (winter)", "smoothness": "horrible",
        }
    )  # fmt: skip
    assert (way.forward, way.backward) == (TRUCK, 0)
    assert (way.speed_forward_kmh, way.speed_backward_kmh) == (60.0, 40.0)
    assert way.bridge
    assert way.width_m == 2.5
    assert math.isnan(way.weight_t)
    assert len(way.notes) == 2


@pytest.mark.parametrize(
    "tags", [{"impassable": "yes"}, {"ice_road": "yes"}, {"smoothness": "impassable"}]
)
def test_roads_in_no_state_to_be_driven(tags):
    way = read_way({"highway": "track"} | tags)
    assert way.forward == way.backward == 0


def test_a_bus_road_is_for_buses():
    assert read_way({"highway": "busway"}).forward == BUS
    assert read_way({"highway": "busway", "emergency": "yes"}).forward == BUS | AMBULANCE
    assert read_way({"highway": "primary", "motorcar": "no"}).forward & CAR == 0
