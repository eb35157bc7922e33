from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from safepassage.adapters.kml import corridors_kml, write_kml
from safepassage.core.corridor.along import describe_options
from safepassage.core.corridor.menu import chosen_routes
from safepassage.core.corridor.segments import cut_into_segments
from safepassage.core.corridor.types import Hazard, HazardKind

K = {"k": "http://www.opengis.net/kml/2.2"}
ORDER = ("name", "description", "styleUrl", "Style", "Folder", "Placemark")


@pytest.fixture
def world(road_world):
    roads = replace(road_world.line(3), attribution="A & B", schematic=True)
    control = (road_world.area("A", -1, -1, 0.01, 1), road_world.area("B", 0.01, -1, 1, 1))
    ends = road_world.places_at(roads, 1, 3)
    refuge = road_world.place("refuge", 0.01, 0.0, "fall_back")
    facts = (control, (), road_world.AT)
    options = chosen_routes(roads, [ends], road_world.BUS, *facts)
    options = describe_options(roads, options, (*ends, refuge), *facts)
    return roads, options, cut_into_segments(options[0], ends), control


def root_of(world, **more):
    roads, options, segments, control = world
    return ET.fromstring(corridors_kml(options, roads, "Out", control, segments=segments, **more))


def test_every_part_is_labelled(world):
    root = root_of(world, exercise=True)
    marks = root.findall(".//k:Placemark", K) + root.findall("k:Document", K)
    assert len(marks) == 2 + 2 + 1 + 1 + 1
    for mark in marks:
        assert "(exercise, schematic)" in mark.findtext("k:name", namespaces=K)
        words = mark.findtext("k:description", namespaces=K)
        assert "A & B" in words
        assert "EXERCISE" in words
        assert "Schematic" in words


def test_elements_stand_in_the_order_of_the_schema(world):
    root = root_of(world)
    for parent in [*root.findall("k:Document", K), *root.iter(f"{{{K['k']}}}Placemark")]:
        places = [ORDER.index(name) for name in map(local, parent) if name in ORDER[:4]]
        assert places == sorted(places)
    (polygon, *_rest) = root.iter(f"{{{K['k']}}}Polygon")
    assert [local(item) for item in polygon] == ["tessellate", "outerBoundaryIs"]


def local(element):
    return element.tag.rpartition("}")[2]


def test_styles_that_are_used_exist(world):
    root = root_of(world)
    defined = {f"#{style.get('id')}" for style in root.iter(f"{{{K['k']}}}Style")}
    used = {item.text for item in root.iter(f"{{{K['k']}}}styleUrl")}
    assert used
    assert used <= defined


def test_longitude_comes_first(world):
    lines = root_of(world).findall(".//k:LineString/k:coordinates", K)
    assert [line.text for line in lines] == [
        "0.000000,0.000000 0.010000,0.000000",
        "0.010000,0.000000 0.020000,0.000000",
    ]


def test_hazards_on_ways_and_across_the_antimeridian(world, road_world):
    roads = world[0]
    line = Hazard(
        "l", HazardKind.MINES, 1, road_world.AT, None, "t", line=((179.9, 0), (-179.9, 0))
    )
    ways = Hazard("w", HazardKind.DEBRIS, 1, road_world.AT, None, "t", way_ids=(2,))
    root = ET.fromstring(corridors_kml((), roads, "t", (), (line, ways)))
    lines = [item.text for item in root.findall(".//k:LineString/k:coordinates", K)]
    assert lines == [
        "179.900000,0.000000 180.000000,0.000000",
        "-180.000000,0.000000 -179.900000,0.000000",
        "0.010000,0.000000 0.020000,0.000000",
    ]


def test_the_same_bytes_every_time(world, tmp_path):
    roads, options, _segments, _control = world
    write_kml(options, roads, "t", tmp_path / "a" / "b.kml")
    assert (tmp_path / "a" / "b.kml").read_bytes() == corridors_kml(options, roads, "t")
    assert b"xercise" not in corridors_kml(options, replace(roads, schematic=False), "t")
