"""Rules §80 to §91 of docs/spec/03-corridor.md and §49 of docs/spec/00-scenario.md."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from safepassage.adapters.geojson import corridors_geojson
from safepassage.adapters.gpx import corridors_gpx
from safepassage.adapters.kml import corridors_kml
from safepassage.adapters.map_picture import MapContent, corridor_map
from safepassage.adapters.segments_json import (
    procedure_rows,
    segments_document,
    with_segments,
)
from safepassage.core.agreement.missing import agreement_status
from safepassage.core.agreement.types import Party, Terms
from safepassage.core.corridor.along import describe_options
from safepassage.core.corridor.menu import chosen_routes
from safepassage.core.corridor.segments import cut_into_segments
from safepassage.core.corridor.types import Channel, Closure, LocalCommand
from safepassage.core.geo.mgrs import from_mgrs, to_mgrs
from safepassage.core.geo.position import parse_position
from safepassage.core.geo.utm import to_utm
from safepassage.errors import UsageError

PARTIES = (
    Party("A", "Party A", "holding"),
    Party("B", "Party B", "receiving"),
    Party("I", "Neutral", "intermediary"),
)


@pytest.fixture
def world(road_world):
    """Five nodes on a line; A holds the first 1.5 arcs, B the last, nobody is known between."""
    roads = replace(road_world.line(5), attribution="Drawn by hand", schematic=True)
    start, end = road_world.places_at(roads, 1, 5)
    refuge = road_world.place("refuge", 0.0, 0.0, "fall_back")
    control = (road_world.area("A", -1, -1, 0.015, 1), road_world.area("B", 0.03, -1, 1, 1))
    facts = (control, (), road_world.AT)
    options = chosen_routes(roads, [(start, end)], road_world.BUS, *facts)
    options = describe_options(roads, options, (start, end, refuge), *facts)
    return roads, options[0], (start, end, refuge), control


def command(command_id, party, place):
    return LocalCommand(command_id, party, "duty officer", (place,), (Channel.RADIO,))


def test_80_cut_at_the_border_within_an_arc(world):
    option = world[1]
    assert option.lengths_by_side == (
        ("A", pytest.approx(1500)), ("", pytest.approx(1500)), ("B", pytest.approx(1000)),
    )  # fmt: skip
    assert [segment.travel_time_s for segment in option.segments] == [90, 90, 60]
    assert sum(segment.length_m for segment in option.segments) == pytest.approx(option.length_m)


def test_81_named_by_the_nearest_place_and_by_grid(world):
    _roads, option, places, _control = world
    first, second, third = cut_into_segments(option, places)
    assert (first.begins.name, third.ends.name) == ("n1", "n5")
    assert first.name == "n1 to 1.7 km E of n1"
    assert first.ends == second.begins
    assert from_mgrs(first.ends.mgrs).side_m == 10


def test_82_the_holder_is_asked_else_the_neighbours(world):
    _roads, option, places, _control = world
    assert [s.asked for s in cut_into_segments(option, places)] == [("A",), ("A", "B"), ("B",)]


def test_83_a_command_answers_for_its_own_party_only(world):
    _roads, option, places, _control = world
    commands = (command("a", "A", "n1"), command("b", "B", "n1"))
    first, *_rest = cut_into_segments(option, places, (), commands)
    assert [item.command_id for item in first.commands] == ["a"]


def test_84_a_fall_back_is_told_from_the_worst_point(world):
    (found,) = world[1].fall_backs
    assert (found.place_id, found.to_s, found.back_s) == ("refuge", 240, 240)


def test_85_what_the_driver_meets_in_order(world):
    passes = world[1].passes
    assert [(item.kind, item.name) for item in passes] == [
        ("start", "n1"), ("side", "A"), ("place", "refuge"), ("side", ""), ("side", "B"),
        ("end", "n5"),
    ]  # fmt: skip
    assert [item.at_m for item in passes] == sorted(item.at_m for item in passes)


def test_86_no_acknowledgement_of_one_segment_completes_another(world, road_world):
    roads, option, places, _control = world
    segments = cut_into_segments(option, places)
    terms = with_segments(Terms(), segments, PARTIES)
    assert len({step.act_kind for step in terms.procedure}) == len(terms.procedure) == 4
    missing = agreement_status(PARTIES, (), terms, road_world.AT).missing
    assert len(missing) == 4
    words = procedure_rows(terms.procedure) + json.dumps([clause.text for clause in terms.clauses])
    assert segments[0].ends.mgrs not in words
    assert segments_document(segments, roads, road_world.AT)["version"] == "1.0"


def test_87_a_position_is_never_guessed():
    assert parse_position("51.19, 35.27") == (35.27, 51.19)
    for text in ("135.2, 51.1", "51,19 35,27", "36S 500000 4000000"):
        with pytest.raises(UsageError):
            parse_position(text)


@pytest.mark.parametrize(
    ("lon", "lat", "zone"),
    [(5.3, 60.4, 32), (10.0, 78.0, 33), (40.0, 75.0, 37), (-70.6, -33.4, 19)],
)
def test_88_zones_and_squares(lon, lat, zone):
    assert to_utm(lon, lat).zone == zone
    square = from_mgrs(to_mgrs(lon, lat))
    assert (square.lon, square.lat) == (pytest.approx(lon, abs=1e-4), pytest.approx(lat, abs=1e-4))
    with pytest.raises(UsageError, match="polar grid"):
        parse_position("01ZAB 11 11")


def test_89_every_export_says_what_it_is_and_is_cut_at_180(world):
    roads, option, places, _control = world
    across = replace(option.segments[0], shape=((179.9, 0.0), (-179.9, 0.0)))
    moved = (replace(option, segments=(across,)),)
    segments = cut_into_segments(option, places)
    json_text = json.dumps(corridors_geojson(moved, roads, segments=segments, exercise=True))
    gpx = corridors_gpx(moved, roads, "t", segments=segments, exercise=True).decode()
    kml = corridors_kml(moved, roads, "t", segments=segments, exercise=True).decode()
    for text in (json_text, gpx, kml):
        assert "EXERCISE" in text
        assert "Schematic" in text
        assert "Drawn by hand" in text
    assert "MultiLineString" in json_text
    assert gpx.count("<trkseg>") == 2
    assert 'lon="180' not in gpx
    assert kml.count("<LineString>") == 2


@pytest.fixture
def drawn(world, road_world):
    roads, option, places, control = world
    danger = road_world.hazard("h", (0.011, -0.01, 0.019, 0.01), age_days=6.2, kind="mines")
    shut = Closure("c", "test", way_ids=(4,), valid_from=road_world.AT - timedelta(days=1))
    return corridor_map(
        MapContent(
            roads, road_world.AT, (option,), places, control, (danger,), (shut,),
            timezone="Europe/Kyiv", exercise=True,
        )
    )  # fmt: skip


def test_90_signs_that_do_not_need_colour(drawn):
    assert ">mines, 6 d old<" in drawn
    assert 'class="shut"' in drawn
    hatches = re.findall(r'<path [^>]*class="area h(\d)"', drawn)
    assert hatches == ["0", "1"]
    assert drawn.count('class="badgeno">1<') == 2


def test_91_what_a_map_says_of_itself(drawn):
    said = " ".join(drawn_text for drawn_text in ET.fromstring(drawn).itertext())
    for words in ("2025-02-20 14:00 EET", "2025-02-10, 10 d old", "Drawn by hand", "EXERCISE",
                  "Schematic", " km", "N"):  # fmt: skip
        assert words in said
    assert "href" not in drawn


def test_49_commands_are_read_written_and_checked(tmp_path):
    from safepassage.exercises.sudzha import write_exercise
    from safepassage.scenario.reader import read_scenario
    from safepassage.scenario.writer import write_scenario

    write_exercise(tmp_path / "one")
    read = read_scenario(tmp_path / "one").scenario
    assert {item.party for item in read.commands} == {"A", "B"}
    assert read.commands[0].channels == (Channel.RADIO, Channel.LIAISON)
    write_scenario(read, tmp_path / "two")
    assert read_scenario(tmp_path / "two").scenario.commands == read.commands
    path = tmp_path / "two" / "commands.csv"
    path.write_text(path.read_text("utf-8").replace("sudzha;", "nowhere;"), "utf-8")
    again = read_scenario(tmp_path / "two")
    assert any("'nowhere' is neither an area" in str(item) for item in again.findings)
