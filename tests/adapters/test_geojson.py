import json
from dataclasses import replace
from itertools import pairwise

import pytest

from safepassage.adapters.geojson import corridors_geojson, write_geojson
from safepassage.core.corridor.along import describe_options
from safepassage.core.corridor.menu import chosen_routes
from safepassage.core.corridor.segments import cut_into_segments
from safepassage.core.corridor.types import Hazard, HazardKind


@pytest.fixture
def route(road_world):
    roads = replace(road_world.line(3), attribution="Roads of the test")
    control = (road_world.area("A", -1, -1, 0.01, 1), road_world.area("B", 0.01, -1, 1, 1))
    ends = road_world.places_at(roads, 1, 3)
    return roads, chosen_routes(roads, [ends], road_world.BUS, control, (), road_world.AT)


def test_one_feature_for_the_corridor_and_one_a_segment(route):
    roads, options = route
    features = corridors_geojson(options, roads)["features"]
    kinds = [(item["properties"]["kind"], item["properties"].get("side")) for item in features]
    assert kinds == [("corridor", None), ("segment", "A"), ("segment", "B")]
    assert features[1]["geometry"]["coordinates"] == [[0.0, 0.0], [0.01, 0.0]]
    assert "notice" not in features[0]["properties"]


def test_the_file_is_one_document_with_a_feature_a_line(route, tmp_path):
    roads, options = route
    document = corridors_geojson(options, roads)
    write_geojson(document, tmp_path / "maps" / "a.geojson")
    text = (tmp_path / "maps" / "a.geojson").read_text(encoding="utf-8")
    assert json.loads(text) == document
    assert text.count("\n") == 5


def test_holes_turn_the_other_way(route, road_world):
    shell = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0))
    hole = tuple((1 + x / 4, 1 + y / 4) for x, y in shell)
    area = replace(road_world.area("A", 0, 0, 1, 1), polygons=((shell, hole),))
    (feature,) = corridors_geojson((), route[0], (area,))["features"]
    rings = feature["geometry"]["coordinates"][0]
    assert [turn(ring) > 0 for ring in rings] == [True, False]


def turn(ring):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def test_a_hazard_along_a_line_is_a_line(route, road_world):
    danger = Hazard(
        "h", HazardKind.MINES, 0.5, road_world.AT, None, "test", line=((0, 0), (1, 1)), reach_m=50
    )
    (feature,) = corridors_geojson((), route[0], (), (danger,))["features"]
    assert feature["geometry"]["type"] == "LineString"
    assert feature["properties"]["reach_m"] == 50
    assert feature["properties"]["valid_to"] is None


def test_a_route_that_goes_nowhere_is_still_a_line(route):
    roads, (option,) = route
    still = replace(option.segments[0], shape=((1.0, 2.0),))
    document = corridors_geojson((replace(option, segments=(still,)),), roads)
    assert document["features"][0]["geometry"]["coordinates"] == [[1.0, 2.0], [1.0, 2.0]]


def test_what_passes_the_antimeridian_is_cut_there(route, road_world):
    roads, (option,) = route
    across = replace(option.segments[0], shape=((179.9, 0.0), (-179.9, 1.0)))
    ring = ((179.0, 0.0), (-179.0, 0.0), (-179.0, 1.0), (179.0, 1.0), (179.0, 0.0))
    area = replace(road_world.area("A", 0, 0, 1, 1), polygons=((ring,),))
    document = corridors_geojson((replace(option, segments=(across,)),), roads, (area,))
    held, corridor, _segment = (item["geometry"] for item in document["features"])
    assert corridor["type"] == "MultiLineString"
    assert corridor["coordinates"][0][-1] == [180.0, 0.5]
    assert corridor["coordinates"][1][0] == [-180.0, 0.5]
    assert len(held["coordinates"]) == 2


def test_segments_fall_backs_and_the_mark_of_an_exercise(route, road_world):
    roads, options = route
    ends = road_world.places_at(roads, 1, 3)
    refuge = road_world.place("refuge", 0.01, 0.0, "fall_back")
    options = describe_options(roads, options, (*ends, refuge), (), (), road_world.AT)
    segments = cut_into_segments(options[0], ends)
    document = corridors_geojson(options, roads, segments=segments, exercise=True)
    kinds = [item["properties"]["kind"] for item in document["features"]]
    assert kinds == ["corridor", "segment", "segment", "hand_over", "fall_back"]
    assert all(item["properties"]["exercise"] for item in document["features"])
    assert "EXERCISE" in document["notice"]
    corridor, first = (item["properties"] for item in document["features"][:2])
    assert corridor["fall_backs"] == ["refuge"]
    assert [part["side"] for part in corridor["lengths_by_side"]] == ["A", "B"]
    assert (corridor["oldest_kind"], corridor["oldest_age_days"]) == ("control", 10.0)
    assert (first["name"], first["to_acknowledge"]) == ("n1 to 1.1 km E of n1", ["A"])


def test_a_hazard_on_ways_is_drawn_along_them(route, road_world):
    danger = Hazard("h", HazardKind.DEBRIS, 0.5, road_world.AT, None, "test", way_ids=(2,))
    (feature,) = corridors_geojson((), route[0], (), (danger,))["features"]
    assert feature["geometry"]["coordinates"] == [[[0.01, 0.0], [0.02, 0.0]]]
