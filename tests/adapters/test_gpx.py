from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from safepassage.adapters.gpx import corridors_gpx, write_gpx
from safepassage.core.corridor.menu import chosen_routes
from safepassage.core.corridor.segments import cut_into_segments

SPACE = {"g": "http://www.topografix.com/GPX/1/1"}


@pytest.fixture
def route(road_world):
    roads = replace(road_world.line(3), attribution="A & B <contributors>")
    control = (road_world.area("A", -1, -1, 0.01, 1), road_world.area("B", 0.01, -1, 1, 1))
    ends = road_world.places_at(roads, 1, 3)
    return roads, chosen_routes(roads, [ends], road_world.BUS, control, (), road_world.AT)


def test_one_track_with_a_segment_a_side(route):
    roads, options = route
    root = ET.fromstring(corridors_gpx(options, roads, "Out & back"))
    assert root.tag == "{http://www.topografix.com/GPX/1/1}gpx"
    assert root.findtext("g:metadata/g:name", namespaces=SPACE) == "Out & back"
    assert root.find("g:metadata/g:copyright", SPACE).get("author") == "A & B <contributors>"
    tracks = root.findall("g:trk", SPACE)
    assert [len(track.findall("g:trkseg", SPACE)) for track in tracks] == [2]
    first = root.find(".//g:trkpt", SPACE)
    assert (first.get("lat"), first.get("lon")) == ("0.000000", "0.000000")


def test_what_xml_cannot_hold_is_left_out(route):
    roads, options = route
    odd = replace(roads, attribution="roads\x0c")
    root = ET.fromstring(corridors_gpx(options, odd, "a\x00b\x1bc\ud800 Суджа \U0001f68c"))
    assert root.findtext("g:metadata/g:name", namespaces=SPACE) == "abc Суджа \U0001f68c"
    assert root.find("g:metadata/g:copyright", SPACE).get("author") == "roads"


def test_elements_stand_in_the_order_of_the_schema(route):
    roads, options = route
    root = ET.fromstring(corridors_gpx(options, roads, "t"))
    names = [child.tag.rpartition("}")[2] for child in root.find("g:trk", SPACE)]
    assert names == ["name", "cmt", "desc", "type", "trkseg", "trkseg"]
    names = [child.tag.rpartition("}")[2] for child in root.find("g:metadata", SPACE)]
    assert names == ["name", "desc", "copyright"]


def test_the_same_bytes_every_time(route, tmp_path):
    roads, options = route
    write_gpx(options, roads, "t", tmp_path / "a" / "b.gpx")
    assert (tmp_path / "a" / "b.gpx").read_bytes() == corridors_gpx(options, roads, "t")


def test_a_real_road_is_not_called_schematic(route):
    assert b"chematic" not in corridors_gpx(route[1], route[0], "t")


def test_an_exercise_is_marked_in_every_part_and_way_points_come_before_tracks(route, road_world):
    roads, options = route
    ends = road_world.places_at(roads, 1, 3)
    segments = cut_into_segments(options[0], ends)
    root = ET.fromstring(corridors_gpx(options, roads, "t", segments=segments, exercise=True))
    assert [child.tag.rpartition("}")[2] for child in root] == ["metadata", "wpt", "trk"]
    for part in root[1:]:
        assert "(exercise)" in part.findtext("g:name", namespaces=SPACE)
        assert "EXERCISE" in part.findtext("g:desc", namespaces=SPACE)
    assert "1.1 km E of n1" in root[1].findtext("g:desc", namespaces=SPACE)


def test_no_longitude_of_180_and_a_cut_at_the_antimeridian(route):
    roads, (option,) = route
    across = replace(option.segments[0], shape=((179.9, 0.0), (180.0, 0.0), (-179.9, 0.0)))
    root = ET.fromstring(corridors_gpx((replace(option, segments=(across,)),), roads, "t"))
    parts = [[point.get("lon") for point in part] for part in root.iter(f"{{{SPACE['g']}}}trkseg")]
    assert parts == [["179.900000", "-180.000000"], ["-180.000000", "-179.900000"]]
