"""The corridor commands that compare, measure and draw, on the tiny scenario of conftest.py."""

import csv
import json
from pathlib import Path

import pytest

from safepassage.adapters.geojson import write_geojson
from safepassage.cli.main import run

NIGHT = ("--daily", "20:00-06:00")
WRITE = ("--source", "asked", "--write")


def corridor(*arguments):
    return run(["corridor", *map(str, arguments)])


def answer(capsys, *arguments, code=0):
    """The JSON document of a command."""
    assert corridor(*arguments, "--json") == code
    return json.loads(capsys.readouterr().out)


def square(path: Path, west: float, east: float) -> Path:
    """A GeoJSON file with an area across the only road, between two meridians."""
    ring = [[west, 50.99], [east, 50.99], [east, 51.01], [west, 51.01], [west, 50.99]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    write_geojson({"type": "FeatureCollection", "features": [feature]}, path)
    return path


def changed(document, verdict):
    return {change["place"] for change in document["changes"] if change["verdict"] == verdict}


class TestMatrix:
    def test_json_has_minutes_of_every_pair_and_minus_nothing(self, tiny_scenario, capsys):
        found = answer(capsys, "matrix", tiny_scenario, "--vehicle", "bus", "--from", "westby",
                       "--to", "gate", "--to", "midby")  # fmt: skip
        (table,) = found["matrices"]
        assert (table["from"], table["to"]) == (["westby"], ["gate", "midby"])
        # Links of 3,510 m at 50 km/h, as in the menu: three to the gate, one to Midby.
        assert table["travel_time_s"] == [[759, 253]]
        assert found["version"] == "1.0"

    def test_csv_has_a_row_for_each_pair_and_way_of_driving(self, tiny_scenario, tmp_path, capsys):
        path = tmp_path / "out" / "m.csv"
        assert corridor("matrix", tiny_scenario, "--out", path) == 0
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        assert len(rows) == 2 * 7 * 7
        (row,) = [row for row in rows if (row["from"], row["to"], row["sides"]) ==
                  ("westby", "centre", "A")]  # fmt: skip
        assert (row["reachable"], row["minutes"]) == ("no", "")
        assert "held by B" in capsys.readouterr().out

    def test_a_position_is_a_place(self, tiny_scenario, capsys):
        found = answer(capsys, "matrix", tiny_scenario, "--vehicle", "car", "--from",
                       "51.0, 35.05", "--to", "37U CT 01733 54157")  # fmt: skip
        assert found["matrices"][0]["from"] == ["51.0, 35.05"]

    def test_a_file_of_another_kind_is_refused(self, tiny_scenario, capsys):
        assert corridor("matrix", tiny_scenario, "--out", "m.xlsx") == 2
        assert ".csv nor .json" in capsys.readouterr().err


class TestDiff:
    def test_before_anybody_held_the_ground_every_bus_could_pass(self, tiny_scenario, capsys):
        found = answer(capsys, "diff", tiny_scenario, "2024-01-01", "2025-03-01")
        lost = {(one["place"], *one["sides"]) for one in found["changes"]
                if one["verdict"] == "lost"}  # fmt: skip
        assert ("centre", "A") in lost
        assert ("westby", "B") in lost
        (cause,) = {cause for one in found["changes"] if (one["place"], one["sides"]) ==
                    ("centre", ["A"]) for cause in one["causes"]}  # fmt: skip
        assert cause == "now held by B (area 'area_B' since 2025-01-30)"

    def test_the_terminal_says_who_holds_what_now_and_why(self, tiny_scenario, capsys):
        assert corridor("diff", tiny_scenario, "2024-01-01", "2025-03-01") == 0
        text = capsys.readouterr().out
        assert "nobody known -> A: Westby, Midby, Northby" in text
        assert "no area of control is stated yet" in text
        assert "[1] now held by" in text

    def test_one_moment_is_no_difference(self, tiny_scenario, capsys):
        assert corridor("diff", tiny_scenario, "2025-03-01", "2025-03-01") == 2
        assert "the same moment" in capsys.readouterr().err


class TestClose:
    def test_the_only_road_is_lost_for_those_behind_it(self, tiny_scenario, capsys):
        found = answer(capsys, "close", tiny_scenario, "--way", 4, "--vehicle", "bus", code=1)
        assert changed(found, "lost") == {"westby", "midby", "northby", "depot_a"}
        assert changed(found, "same") == {"depot_b", "centre"}
        assert found["written"] is False

    def test_an_area_a_line_and_a_place_close_too(self, tiny_scenario, tmp_path, capsys):
        area = square(tmp_path / "a.geojson", 35.02, 35.03)
        bus = "--vehicle", "bus"
        found = answer(capsys, "close", tiny_scenario, "--area", area, *bus, code=1)
        assert changed(found, "lost") == {"westby"}
        found = answer(capsys, "close", tiny_scenario, "--place", "midby", *bus, code=1)
        assert changed(found, "lost") == {"midby"}

    def test_a_ban_for_trucks_is_none_for_buses(self, tiny_scenario, capsys):
        found = answer(capsys, "close", tiny_scenario, "--way", 4, "--only-for", "truck",
                       "--vehicle", "bus")  # fmt: skip
        assert changed(found, "lost") == set()

    def test_nothing_is_written_unless_asked(self, tiny_scenario, capsys):
        before = {path: path.read_bytes() for path in tiny_scenario.rglob("*") if path.is_file()}
        assert corridor("close", tiny_scenario, "--way", 4) == 1
        after = {path: path.read_bytes() for path in tiny_scenario.rglob("*") if path.is_file()}
        assert before == after
        assert "Nothing was written" in capsys.readouterr().out

    def test_what_is_written_is_a_fact_of_the_scenario(self, tiny_scenario, capsys):
        rule = ("--since", "2025-02-28", "--id", "bridge-out", "--source", "engineers")
        arguments = ("close", tiny_scenario, "--way", 4, "--vehicle", "bus", *rule, "--write")
        assert corridor(*arguments) == 0
        assert run(["scenario", "validate", str(tiny_scenario)]) == 0
        capsys.readouterr()
        assert corridor("find", tiny_scenario, "--from", "westby", "--to", "gate") == 1
        assert "bridge-out" in capsys.readouterr().err
        assert corridor("find", tiny_scenario, "--from", "westby", "--to", "gate",
                        "--date", "2025-02-27") == 0  # fmt: skip
        assert corridor(*arguments) == 2
        assert "There is a closure 'bridge-out' already" in capsys.readouterr().err

    def test_a_what_if_is_begun_and_never_mixed_with_the_facts(self, tiny_scenario, capsys):
        question = ("--what-if", "flood", "--title", "The first road is flooded")
        assert corridor("close", tiny_scenario, "--way", 1, *question, *WRITE) == 0
        capsys.readouterr()
        assert corridor("find", tiny_scenario, "--from", "westby", "--to", "gate") == 0
        assert corridor("find", tiny_scenario, "--from", "westby", "--to", "gate",
                        "--what-if", "flood") == 1  # fmt: skip
        capsys.readouterr()
        found = answer(capsys, "what-if", tiny_scenario, "--vehicle", "bus")
        (question,) = found["what_ifs"]
        assert question["title"] == "The first road is flooded"
        assert {one["place"] for one in question["changes"] if one["verdict"] == "lost"} == {
            "westby"
        }

    def test_a_night_ban_counts_at_night(self, tiny_scenario, capsys):
        ban = ("close", tiny_scenario, "--way", 4, "--vehicle", "bus", *NIGHT)
        at_night = answer(capsys, *ban, "--date", "2025-03-01T21:00+00:00", code=1)
        at_noon = answer(capsys, *ban, "--date", "2025-03-01T12:00+00:00")
        assert at_night["closure"]["holds_at_this_moment"] is True
        assert at_noon["closure"]["holds_at_this_moment"] is False

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ((), "Say what closes"),
            (("--way", 99), "Way 99 is not in the network"),
            (("--bridge", 4), "Way 4 is no bridge"),
            (("--place", "moon"), "no place of the scenario"),
            (("--place", "51.0, 35.0"), "only a place of the scenario"),
            (("--way", 4, "--place", "midby"), "one closure is one"),
            (("--way", 4, "--daily", "20-6"), "20:00-06:00"),
            (("--way", 4, "--only-for", "tram"), "no vehicle class"),
            (("--way", 4, "--since", "2025-03-02", "--until", "2025-03-01"), "not after"),
            (("--way", 4, "--write"), "needs --source"),
            (("--way", 4, "--what-if", "moon"), "not a what-if"),
        ],
    )
    def test_wrong_calls_say_what_is_accepted(self, tiny_scenario, capsys, wrong, words):
        assert corridor("close", tiny_scenario, *wrong) == 2
        assert words in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("{", "not JSON"),
            ('{"type": "Point", "coordinates": [1, 2]}', "a Point"),
            ('{"type": "FeatureCollection", "features": []}', "holds no shape"),
            ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}', "positions"),
            ('{"type": "Polygon", "coordinates": [[[0,0],[1,1],[1,0],[0,1],[0,0]]]}', "crosses"),
        ],
    )
    def test_a_bad_area_file_is_named(self, tiny_scenario, tmp_path, capsys, text, words):
        path = tmp_path / "bad.geojson"
        path.write_text(text, encoding="utf-8")
        assert corridor("close", tiny_scenario, "--area", path) == 1
        message = capsys.readouterr().err
        assert "bad.geojson" in message
        assert words in message


class TestIsochrone:
    def test_places_stand_in_the_bands_that_reach_them(self, tiny_scenario, tmp_path, capsys):
        path = tmp_path / "bands.geojson"
        found = answer(capsys, "isochrone", tiny_scenario, "--from", "gate", "--minutes", "5,10",
                       "--geojson", path)  # fmt: skip
        band = {one["place"]: one["band_s"] for one in found["places"]}
        assert band["depot_a"] == 300
        assert band["midby"] == 600
        assert band["westby"] is None
        collection = json.loads(path.read_text(encoding="utf-8"))
        kinds = [one["properties"]["kind"] for one in collection["features"]]
        assert kinds == ["ground", "ground", "roads", "roads", "start"]
        assert all(one["properties"]["schematic"] for one in collection["features"])

    @pytest.mark.parametrize("minutes", ["", "x", "0", "10,-5", "100000"])
    def test_minutes_that_are_none(self, tiny_scenario, capsys, minutes):
        assert corridor("isochrone", tiny_scenario, "--from", "gate", "--minutes", minutes) == 2

    def test_a_position_in_the_sea_is_refused_with_its_distance(self, tiny_scenario, capsys):
        assert corridor("isochrone", tiny_scenario, "--from", "43.0, 35.0") == 1
        assert "from the nearest road" in capsys.readouterr().err


class TestVital:
    def test_the_only_road_has_no_other_way(self, tiny_scenario, capsys):
        found = answer(capsys, "vital", tiny_scenario, "--from", "westby", "--to", "gate")
        assert found["parts"]
        assert all(part["no_other_way"] for part in found["parts"])
        assert {way for part in found["parts"] for way in part["ways"]} == {1, 3, 4}

    def test_from_a_place_to_itself(self, tiny_scenario, capsys):
        assert corridor("vital", tiny_scenario, "--from", "gate", "--to", "gate") == 2
        assert "name two places" in capsys.readouterr().err


class TestFind:
    def test_everything_that_can_be_written_is(self, tiny_scenario, tmp_path, capsys):
        names = {"--geojson": "w.geojson", "--gpx": "w.gpx", "--kml": "w.kml", "--map": "w.svg",
                 "--segments": "s.json"}  # fmt: skip
        options = [part for name, file in names.items() for part in (name, tmp_path / file)]
        assert corridor("find", tiny_scenario, "--from", "westby", "--to", "gate", *options) == 0
        text = capsys.readouterr().out
        for file in names.values():
            assert (tmp_path / file).stat().st_size > 0
            assert f"{tmp_path / file}" in text
        segments = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))["segments"]
        assert [one["side"] for one in segments] == ["A", None]

    def test_leaving_before_a_road_opens_waits_for_it(self, tiny_scenario, capsys):
        assert corridor("close", tiny_scenario, "--way", 4, *NIGHT, "--source", "order",
                        "--write", "--date", "2025-03-01T21:00+00:00") == 0  # fmt: skip
        capsys.readouterr()
        found = answer(capsys, "find", tiny_scenario, "--from", "westby", "--to", "gate",
                       "--depart", "2025-03-01T05:30+00:00")  # fmt: skip
        (one,) = found["departures"]
        # At 06:00 the ban ends; the closed road itself takes 253 s.
        assert one["arrives_at"].startswith("2025-03-01T06:04:13")
        assert one["waiting_s"] == pytest.approx(30 * 60 - 2 * 252.7, abs=1)

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            (("--depart", "2025-03-01"), "no hour"),
            (("--arrive-by", "2025-03-01T08:00+00:00"), "needs --depart"),
            (("--depart", "2025-03-01T08:00+00:00", "--date", "2025-03-01"), "not both"),
            (("--map", "w.pdf"), ".svg nor .png"),
            (("--what-if", "moon"), "not a what-if"),
        ],
    )
    def test_wrong_calls_say_what_is_accepted(self, tiny_scenario, capsys, wrong, words):
        arguments = ("find", tiny_scenario, "--from", "westby", "--to", "gate")
        assert corridor(*arguments, *wrong) == 2
        assert words in capsys.readouterr().err


class TestWhatIf:
    def test_a_scenario_without_any_says_how_to_enter_one(self, tiny_scenario, capsys):
        assert corridor("what-if", tiny_scenario) == 0
        assert "no what-if has been entered" in capsys.readouterr().out

    def test_plans_are_compared_and_the_plan_for_the_facts_is_judged(self, tiny_scenario, capsys):
        question = ("--what-if", "snow", "--title", "Northby is snowed in")
        assert corridor("close", tiny_scenario, "--place", "northby", *question, *WRITE) == 0
        capsys.readouterr()
        found = answer(capsys, "what-if", tiny_scenario, "--plan", "--iterations", 50)
        facts, snow = found["plans"]
        assert (facts["what_if"], snow["what_if"]) == (None, "snow")
        assert (facts["violations"], snow["violations"]) == ([], [])
        assert facts["persons_across"] == snow["persons_across"] + 3 + 1
        assert [(one["place"], one["persons"]) for one in snow["lost"]] == [("northby", 4)]
        assert snow["facts_plan_holds"] is False
        assert snow["facts_plan_breaches"]


def test_the_cache_is_used_unless_refused_and_damage_is_mended(
    tmp_path, town_extract, monkeypatch, capsys
):
    folder, cache = tmp_path / "op", tmp_path / "cache"
    monkeypatch.setenv("SAFEPASSAGE_CACHE", str(cache))
    assert run(["scenario", "init", str(folder), "--roads", str(town_extract)]) == 0
    capsys.readouterr()
    one = answer(capsys, "matrix", folder, "--vehicle", "bus", "--no-cache")
    assert not cache.exists()
    two = answer(capsys, "matrix", folder, "--vehicle", "bus")
    kept = sorted(cache.iterdir())
    assert {path.suffix for path in kept} == {".npz", ".hierarchy"}
    for path in kept:
        path.write_bytes(path.read_bytes()[:100])
    three = answer(capsys, "matrix", folder, "--vehicle", "bus")
    assert one == two == three
    assert all(path.stat().st_size > 100 for path in kept)


class TestWhatFindSays:
    def test_errors_of_the_scenario_are_said_before_its_answer(self, tiny_scenario, capsys):
        path = tiny_scenario / "control.geojson"
        areas = json.loads(path.read_text(encoding="utf-8"))
        areas["features"][0]["geometry"] = {"type": "Polygon", "coordinates": []}
        path.write_text(json.dumps(areas), encoding="utf-8")
        corridor("find", tiny_scenario, "--from", "westby", "--to", "gate")
        assert "set aside and does not count" in capsys.readouterr().err

    def test_before_any_area_is_stated_it_says_so(self, tiny_scenario, capsys):
        ends = "--from", "westby", "--to", "gate"
        assert corridor("find", tiny_scenario, *ends, "--date", "2024-01-01") == 0
        assert "no area of control is stated yet" in capsys.readouterr().out

    def test_what_is_shut_goes_with_the_ways_into_the_car(self, tiny_scenario, tmp_path, capsys):
        area = square(tmp_path / "a.geojson", 35.02, 35.03)
        assert corridor("close", tiny_scenario, "--area", area, *WRITE) == 0
        files = tmp_path / "w.geojson", tmp_path / "w.kml"
        ends = "--from", "midby", "--to", "gate"
        assert corridor("find", tiny_scenario, *ends, "--geojson", files[0], "--kml", files[1]) == 0
        kinds = [one["properties"]["kind"] for one in
                 json.loads(files[0].read_text(encoding="utf-8"))["features"]]  # fmt: skip
        assert kinds.count("closure") == 1
        assert "closure-1" in files[1].read_text(encoding="utf-8")

    def test_who_waits_for_the_morning_can_turn_to_what_is_open_then(self, tiny_scenario, capsys):
        corridor("close", tiny_scenario, "--way", "1", *NIGHT, *WRITE)
        capsys.readouterr()
        ends = "--from", "westby", "--to", "gate", "--different", "1"
        found = answer(capsys, "find", tiny_scenario, *ends, "--depart", "2025-03-01T05:30+00:00")
        (way,) = found["options"]
        assert found["departures"][0]["waiting_s"] == pytest.approx(1800)
        by_day = answer(capsys, "find", tiny_scenario, *ends, "--date", "2025-03-01")
        assert way["fall_backs"] == by_day["options"][0]["fall_backs"]
        assert found["different"][0]["ways"] == way["ways"]


class TestMaps:
    def test_a_closure_is_drawn_with_the_places_that_lose_their_way(
        self, tiny_scenario, tmp_path, capsys
    ):
        area = square(tmp_path / "a.geojson", 35.02, 35.03)
        drawn = tmp_path / "m.svg"
        assert corridor("close", tiny_scenario, "--area", area, "--map", drawn) == 1
        text = drawn.read_text(encoding="utf-8")
        assert "no way any more" in text
        assert "closed at this moment" in text
        assert f"Written: {drawn}" in capsys.readouterr().out

    def test_a_closure_that_only_costs_time_is_drawn_with_the_new_way(self, exercise, tmp_path):
        drawn = tmp_path / "m.svg"
        way = "--way", "3", "--vehicle", "bus"
        assert corridor("close", exercise, *way, "--map", drawn) == 0
        text = drawn.read_text(encoding="utf-8")
        assert "Ways that change" in text
        assert "Martynovka, bus: 5 min before, now 56 min" in text

    def test_a_difference_is_drawn(self, tiny_scenario, tmp_path):
        drawn = tmp_path / "m.svg"
        assert corridor("diff", tiny_scenario, "2024-01-01", "2025-03-01", "--map", drawn) == 0
        assert "no way any more" in drawn.read_text(encoding="utf-8")

    def test_bands_are_drawn_with_their_minutes(self, tiny_scenario, tmp_path):
        drawn = tmp_path / "m.svg"
        asked = "--from", "gate", "--minutes", "5,10", "--map", drawn
        assert corridor("isochrone", tiny_scenario, *asked) == 0
        text = drawn.read_text(encoding="utf-8")
        assert "Reached within" in text
        assert text.count('class="band"') == 2 + 2 + 1

    def test_a_picture_of_another_kind_is_refused_before_anything(self, tiny_scenario, capsys):
        assert corridor("isochrone", tiny_scenario, "--from", "gate", "--map", "m.pdf") == 2
        assert ".svg nor .png" in capsys.readouterr().err


def test_told_backwards_is_said(tiny_scenario, capsys):
    assert corridor("diff", tiny_scenario, "2025-03-01", "2024-01-01") == 0
    assert "told backwards" in capsys.readouterr().out


@pytest.fixture
def exercise(tmp_path):
    assert run(["scenario", "exercise", str(tmp_path / "ex")]) == 0
    return tmp_path / "ex"


def test_a_way_that_spares_everything_is_not_a_hundred_percent_less(exercise, capsys):
    ends = "--from", "sudzha", "--to", "crossing-east"
    by_day = answer(capsys, "find", exercise, *ends)["options"][-1]
    assert by_day["reason"] == "The least exposed: no exposure, for 34 min more than the fastest."
    timed = answer(capsys, "find", exercise, *ends, "--depart", "2025-02-20T08:00+02:00")
    assert timed["options"][-1]["reason"].endswith("; no exposure.")
