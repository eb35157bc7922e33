"""What a map of a corridor must show, whoever reads it and on whatever paper."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from safepassage.adapters.map_content import age_words
from safepassage.adapters.map_frame import Room, frame_around, text_width, utm_grid
from safepassage.adapters.map_lines import BEYOND, area_path
from safepassage.adapters.map_picture import MapContent, corridor_map, picture_png
from safepassage.core.corridor.along import describe_options
from safepassage.core.corridor.menu import corridor_menu
from safepassage.core.corridor.segments import cut_into_segments
from safepassage.core.corridor.types import Basis, Closure, Hazard, HazardKind
from safepassage.errors import MissingExtraError

S = {"s": "http://www.w3.org/2000/svg"}


@pytest.fixture
def content(road_world):
    """A town with two ways to a gate: a short one under fire and a long one; A, a gap, B."""
    nodes = {1: (35.0, 51.0), 2: (35.05, 51.0), 3: (35.1, 51.0), 4: (35.05, 51.05)}
    links = [(1, 1, 2), (2, 2, 3), (3, 1, 4, {"length_m": 3000.0}), (4, 4, 3, {"length_m": 3000.0})]
    roads = replace(
        road_world.network(nodes, links), schematic=True, attribution="Roads <drawn> & invented"
    )
    town = replace(road_world.place("town", 35.0, 51.0), name="Town")
    gate = replace(road_world.place("gate", 35.1, 51.0, "crossing"), name="Gate")
    refuge = replace(road_world.place("refuge", 35.05, 51.05, "fall_back"), name="Refuge")
    control = (
        road_world.area("A", 34.9, 50.9, 35.06, 51.1),
        replace(road_world.area("B", 35.07, 50.9, 35.2, 51.1), basis=Basis.DERIVED),
    )
    fire = road_world.hazard("fire", (35.02, 50.99, 35.04, 51.01), 0.5, age_days=3.2)
    facts = (control, (fire,), road_world.AT)
    options = corridor_menu(roads, town, gate, road_world.BUS, *facts).options
    places = (town, gate, refuge)
    options = describe_options(roads, options, places, *facts)
    return MapContent(
        network=roads,
        at=road_world.AT,
        options=options,
        places=places,
        control=control,
        hazards=(fire,),
        segments=cut_into_segments(options[0], places),
        timezone="Europe/Kyiv",
        title="Out of <Town>",
        exercise=True,
        names={"A": "Northern side", "B": "Southern side"},
    )


def texts(svg):
    return [text.text for text in ET.fromstring(svg).iter(f"{{{S['s']}}}text")]


def test_it_is_one_document_without_anything_from_outside(content):
    svg = corridor_map(content)
    ET.fromstring(svg)
    assert "<script" not in svg
    assert not re.search(r"(href|src)=", svg)
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_the_sheet_says_when_how_old_and_what_it_is_not(content):
    said = " ".join(texts(corridor_map(content)))
    assert "Out of <Town>" in said
    assert "Facts as of 2025-02-20 14:00 EET (Europe/Kyiv)" in said
    assert "oldest fact the ways rest on: 2025-02-10, 10 d old" in said
    assert "EXERCISE" in said
    assert "Schematic" in said
    assert "Roads <drawn> & invented" in said


def test_ways_are_told_apart_by_number_and_by_dash(content):
    svg = corridor_map(content)
    assert len(content.options) == 2
    assert re.findall(r'class="badgeno">(\d)<', svg) == ["1", "2", "1", "2"]
    dashes = dict(re.findall(r"\.sp \.(w\d)\{stroke:[^;}]+;?(?:stroke-dasharray:([^}]+))?\}", svg))
    assert len(set(dashes.values())) == len(dashes) == 6


def test_a_derived_area_looks_weaker_and_says_so(content):
    root = ET.fromstring(corridor_map(content))
    areas = [p.get("class") for p in root.iter(f"{{{S['s']}}}path") if "area" in p.get("class", "")]
    assert areas == ["area h0", "area h1 derived"]
    said = texts(corridor_map(content))
    assert "(derived, not stated)" in said
    assert "Northern side" in said


def test_hazards_bear_their_kind_and_age(content):
    assert "shelling, 3 d old" in texts(corridor_map(content))
    over = replace(content, hazards=tuple(
        replace(hazard, valid_to=content.at) for hazard in content.hazards
    ))  # fmt: skip
    assert "shelling, 3 d old" not in texts(corridor_map(over))


def test_hand_over_points_stand_on_the_map_and_in_the_column(content):
    said = texts(corridor_map(content))
    assert said.count("H1") == said.count("H2") == 2
    assert content.segments[0].ends.mgrs in said
    assert "Northern side: command not named" in said


def test_fall_backs_have_their_minutes(content):
    said = texts(corridor_map(content))
    assert "Refuge" in said
    assert "4 min / 4 min" in said


def test_what_is_closed_is_crossed_out(content):
    shut = Closure("shut", "test", way_ids=(4,), valid_from=content.at - timedelta(days=1))
    assert 'class="shut"' in corridor_map(replace(content, closures=(shut,)))
    later = replace(shut, valid_from=content.at + timedelta(days=1))
    assert 'class="shut"' not in corridor_map(replace(content, closures=(later,)))


def test_the_map_alone_has_no_column_and_its_own_identifiers(content):
    bare = corridor_map(content, panel=False, key="k7")
    assert "Facts as of" not in bare
    assert 'id="k7-clip"' in bare
    assert 'id="m-clip"' not in bare


def test_the_same_bytes_every_time(content):
    assert corridor_map(content) == corridor_map(content)


def test_without_anything_to_show_it_says_so(content):
    with pytest.raises(ValueError, match="needs a way or a place"):
        corridor_map(MapContent(content.network, content.at))


def test_across_the_antimeridian_the_map_is_as_small_as_the_way(road_world):
    roads = road_world.network({1: (179.95, 0.0), 2: (-179.95, 0.0)}, [(1, 1, 2)])
    one, other = road_world.places_at(roads, 1, 2)
    options = corridor_menu(roads, one, other, road_world.BUS, (), (), road_world.AT).options
    svg = corridor_map(MapContent(roads, road_world.AT, options, (one, other)), panel=False)
    (way,) = re.findall(r'<path d="M([^"]+)" class="way w0"', svg)
    across = [float(pair.split(",")[0]) for pair in way.split("L")]
    assert 700 < max(across) - min(across) < 1080


def test_a_hazard_on_ways_is_drawn_along_them(content):
    danger = Hazard("d", HazardKind.DEBRIS, 0.5, content.at, None, "t", way_ids=(3,))
    said = texts(corridor_map(replace(content, hazards=(danger,))))
    assert "debris, today" in said


def test_a_picture_of_the_asked_width(content):
    pytest.importorskip("resvg_py", reason="the pictures extra is not installed")
    png = picture_png(corridor_map(content), width=600)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == 600


def test_without_the_extra_a_sentence_says_what_to_install(content, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingExtraError, match="pictures"):
        picture_png("<svg/>")


def test_an_age_is_in_whole_days():
    assert [age_words(days, str) for days in (0.0, 0.4, 0.5, 2.33)] == [
        "today", "today", "1 d old", "2 d old",
    ]  # fmt: skip


def test_positions_go_to_the_sheet_and_back():
    frame = frame_around([(35.0, 51.0), (35.2, 51.1)], 20, 100, 1000, (300, 800))
    for point in ((35.0, 51.0), (35.13, 51.07)):
        assert frame.holds(frame.xy(*point))
        assert frame.lonlat(*frame.xy(*point)) == pytest.approx(point)
    assert not frame.holds(frame.xy(36.0, 51.0))


def test_the_grid_is_that_of_the_zone_of_the_middle():
    frame = frame_around([(35.0, 51.0), (35.2, 51.1)], 0, 0, 1000, (300, 800))
    zone, step_m, lines = utm_grid(frame)
    assert (zone, step_m) == ("36U", 5000)
    assert "5655" in {line.kilometres for line in lines if not line.east}
    polar = frame_around([(35.0, 88.0), (36.0, 88.1)], 0, 0, 1000, (300, 800))
    assert utm_grid(polar)[2] == ()


def test_labels_do_not_cover_each_other():
    room = Room((0, 0, 100, 100))
    first = room.place((50, 50), 30, 10, 5)
    second = room.place((50, 50), 30, 10, 5)
    assert first != second
    assert room.place((50, 50), 101, 10, 5) is None
    room.avoided.append((0, 0, 100, 100))
    assert not room.free((1, 1, 5, 5), strict=True)
    assert room.free((1, 1, 5, 5))


def test_a_wide_word_is_wider():
    assert text_width("Щорс", 13) > text_width("till", 13)
    assert text_width("Way", 13, bold=True) > text_width("Way", 13)


def test_ground_that_is_no_partys_comes_last_and_is_named(content, road_world):
    fought = road_world.area("(contested)", 34.9, 51.01, 35.2, 51.1)
    unknown = road_world.area("", 34.9, 50.9, 35.2, 50.99)
    svg = corridor_map(replace(content, control=(fought, unknown, *content.control)))
    areas = re.findall(r'<path [^>]*class="area (h\d[^"]*)"', svg)
    assert areas == ["h2", "h0", "h1 derived"]
    assert "contested" in texts(svg)


def test_what_lies_far_outside_the_map_is_cut_off():
    frame = frame_around([(30.0, 50.0), (30.1, 50.1)], 0.0, 0.0, 1080.0, (520.0, 860.0))
    province = [[(20.0, 40.0), (40.0, 40.0), (40.0, 60.0), (20.0, 60.0), (20.0, 40.0)]]
    numbers = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", area_path(frame, province))]
    assert numbers
    assert min(numbers) >= -BEYOND
    assert max(numbers) <= frame.width + BEYOND
    elsewhere = [[(10.0, 40.0), (11.0, 40.0), (11.0, 41.0), (10.0, 40.0)]]
    assert area_path(frame, elsewhere) == ""
