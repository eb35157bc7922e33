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


@pytest.mark.parametrize(
    ("text", "tonnes"),
    [("10 tonnes", 10.0), ("3,5 т", 3.5), ("3500 кг", 3.5)],
)  # fmt: skip
def test_weights_in_words_and_other_letters(text, tonnes):
    assert parse_weight_t(text) == pytest.approx(tonnes)


@pytest.mark.parametrize(
    ("text", "tonnes"),
    [("~5", 5.0), ("3.5 - 3.8", 3.5), ("<7,5 t", 7.5), ("7.5 bananas", 7.5), ("3500", 3.5),
     ("0-2.5", 2.5), ("5000 lbs?", 2.26796), ("12;heavy", 12.0)],
)  # fmt: skip
def test_of_a_weight_without_a_certain_reading_the_lowest_number_is_known(text, tonnes):
    with pytest.raises(NotUnderstoodError) as raised:
        parse_weight_t(text)
    assert raised.value.least == pytest.approx(tonnes, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "metres"), [("3.5 - 3.8", 3.5), ("12-14 ft", 3.6576), ("380", 3.8), ("350-380", 3.5)]
)
def test_of_a_height_without_a_certain_reading_the_lowest_number_is_known(text, metres):
    with pytest.raises(NotUnderstoodError) as raised:
        parse_length_m(text)
    assert raised.value.least == pytest.approx(metres)


def test_a_height_with_the_typographic_signs_of_feet_and_inches():
    assert parse_length_m("12′6″") == pytest.approx(3.81)


def test_no_speed_limit_and_no_reading():
    assert math.isnan(parse_speed_kmh("none"))
    with pytest.raises(NotUnderstoodError):
        parse_speed_kmh("fast")


def test_of_a_speed_without_a_certain_reading_the_lowest_number_is_known():
    with pytest.raises(NotUnderstoodError) as raised:
        parse_speed_kmh("110-130")
    assert raised.value.least == 110


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
        ({"access": "psv"}, MINIBUS | BUS),
        ({"access": "agricultural;forestry"}, 0),
        ({"access": "no;permissive"}, 0),
        ({"access": "no", "motor_vehicle": "destination; delivery"}, ALL),
    ],
)
def test_access(tags, mask):
    assert access_mask(tags) == mask


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
        ({"oneway": "yes", "psv:backward": "designated"}, ALL, MINIBUS | BUS),
        ({"oneway": "-1", "bus:forward": "yes"}, BUS, ALL),
        ({"oneway": "yes", "motor_vehicle:backward": "destination"}, ALL, 0),
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


def _way(**tags):
    named = {key.replace("__", ":"): value for key, value in tags.items()}
    return read_way({"highway": "primary"} | named)


def _classes(mask):
    return {kind for kind, bit in zip("cambt", (CAR, AMBULANCE, MINIBUS, BUS, TRUCK), strict=True)
            if mask & bit}  # fmt: skip


@pytest.mark.parametrize("text", ["~5", "3.5 - 3.8", "3500"])
def test_a_limit_that_is_not_certain_holds_at_its_lowest_and_is_counted(text):
    way = _way(maxweight=text)
    assert way.weight_t <= 5.0
    assert way.notes == ("maxweight has a value that cannot be read; its lowest number is taken",)


def test_a_limit_without_a_number_is_counted():
    way = _way(maxheight="low")
    assert math.isnan(way.height_m)
    assert way.notes == ("maxheight has a value that cannot be read; treated as not signed",)


def test_none_for_a_class_is_no_limit_for_it():
    way = _way(maxweight="3.5", maxweight__bus="none")
    (mask, tonnes), *others = way.class_weight_t
    assert (mask, others) == (BUS, [])
    assert math.isnan(tonnes)


def test_none_for_a_class_lifts_no_other_limit():
    assert dict(_way(maxweight="3.5", maxweightrating="7.5", maxweight__bus="none")
                .class_weight_t) == {BUS: 7.5}  # fmt: skip
    assert _way(maxweight__forward="3.5", maxweight__bus="none").class_weight_t == ()


def test_a_class_limit_without_a_reading_leaves_the_general_one():
    assert _way(maxweight="3.5", maxweight__bus="heavy").class_weight_t == ()


def test_heights_and_widths_of_one_direction_or_class_hold_for_all():
    directed = _way(maxheight__forward="2.0", maxwidth__backward="2.5")
    assert (directed.height_m, directed.width_m, directed.notes) == (2.0, 2.5, ())
    of_trucks = _way(maxheight__hgv="3.0")
    assert of_trucks.height_m == 3.0
    assert "taken as holding more widely" in of_trucks.notes[0]
    freed = _way(maxheight="3.0", maxheight__bus="none")
    assert freed.height_m == 3.0
    assert "would relax" in freed.notes[0]


@pytest.mark.parametrize("key", ["maxweight__trailer", "maxheight__lanes", "maxlength__hgv"])
def test_other_limits_are_counted(key):
    assert _way(**{key: "3"}).notes == (f"{key.replace('__', ':')} is signed and not checked",)


def test_whether_a_limit_is_signed_is_no_limit():
    assert _way(maxheight__signed="no").notes == ()


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({"access": "no", "bus:forward": "designated"}, "b", ""),
        ({"motor_vehicle": "no", "motor_vehicle:forward": "yes"}, "cambt", ""),
        ({"oneway": "yes", "bus:backward": "yes"}, "cambt", "b"),
        ({"vehicle:backward": "no", "bus:backward": "yes"}, "cambt", "b"),
        ({"hgv:backward": "no"}, "cambt", "camb"),
    ],
)
def test_a_key_for_a_direction_opens_and_shuts_that_direction(tags, forward, backward):
    way = read_way({"highway": "primary"} | tags)
    assert (_classes(way.forward), _classes(way.backward)) == (set(forward), set(backward))
    assert way.notes == ()


@pytest.mark.parametrize(
    "tags",
    [{"vehicle:backward": "no", "bus": "yes"}, {"vehicle:backward": "yes", "bus": "no"}],
)
def test_a_direction_and_a_class_at_odds_shut_and_are_counted(tags):
    way = read_way({"highway": "primary"} | tags)
    assert not way.backward & BUS
    assert "at odds" in way.notes[0]


@pytest.mark.parametrize(
    ("value", "said"),
    [("unknown", "not known"), ("yea", "not known"), ("no;permissive", "opens and shuts")],
)
def test_values_of_access_that_say_nothing_certain_are_counted(value, said):
    (note,) = _way(motor_vehicle=value).notes
    assert said in note


@pytest.mark.parametrize("value", ["yes", "no", "psv", "agricultural;forestry", "destination"])
def test_values_of_access_that_are_known_are_not_counted(value):
    assert _way(access=value).notes == ()


def test_a_height_above_which_some_classes_are_shut_holds_for_all_and_is_counted():
    some = read_way({"highway": "primary", "hgv:conditional": "no @ (height>3.0)"})
    assert (some.height_m, len(some.notes)) == (3.0, 1)
    everybody = read_way({"highway": "primary", "access:conditional": "no @ (height>3.0)"})
    assert (everybody.height_m, everybody.notes) == (3.0, ())


def test_a_condition_with_an_unknown_value_is_counted():
    way = read_way({"highway": "primary", "hgv:conditional": "maybe @ (22:00-06:00)"})
    assert way.rules == ()
    assert "cannot be read" in way.notes[0]


def test_a_rule_of_hours_binds_a_class_that_a_direction_lets_in():
    way = read_way(
        {"highway": "primary", "access": "no", "bus:forward": "yes",
         "bus:conditional": "no @ (22:00-06:00)"}
    )  # fmt: skip
    assert [rule.classes for rule in way.rules] == [BUS]
