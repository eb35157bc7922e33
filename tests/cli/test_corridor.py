import json
from xml.etree import ElementTree as ET

import pytest

from safepassage.cli.main import run


def find(folder, *more):
    return run(["corridor", "find", str(folder), *more])


def test_the_menu_as_json_with_both_exports(tiny_scenario, tmp_path, capsys):
    geojson, gpx = tmp_path / "o.geojson", tmp_path / "o.gpx"
    assert find(tiny_scenario, "--from", "westby", "--to", "gate", "--json",
                "--geojson", str(geojson), "--gpx", str(gpx)) == 0  # fmt: skip
    menu = json.loads(capsys.readouterr().out)
    assert menu["found"] == 1
    assert menu["schematic"] is True
    (option,) = menu["options"]
    # Three links of 3,510 m at 50 km/h: a bus on a secondary road.
    assert option["travel_time_s"] == 759
    # The crossing lies on the strip that nobody is known to hold.
    assert [segment["side"] for segment in option["segments"]] == ["A", ""]
    assert json.loads(geojson.read_text())["schematic"] is True
    assert ET.fromstring(gpx.read_bytes()).get("version") == "1.1"


def test_the_table_says_that_roads_are_schematic(tiny_scenario, capsys):
    assert find(tiny_scenario, "--from", "westby", "--to", "gate") == 0
    text = capsys.readouterr().out
    assert "13 min" in text
    assert "Schematic" in text


def test_a_side_that_may_not_pass(tiny_scenario, capsys):
    assert find(tiny_scenario, "--from", "westby", "--to", "centre", "--sides", "A") == 1
    assert "it lies on territory held by B" in capsys.readouterr().err


def test_before_anybody_held_it(tiny_scenario, capsys):
    arguments = ("--from", "westby", "--to", "centre", "--sides", "A", "--json")
    assert find(tiny_scenario, *arguments, "--date", "2024-01-01") == 0
    (option,) = json.loads(capsys.readouterr().out)["options"]
    assert [segment["side"] for segment in option["segments"]] == [""]
    assert option["oldest_fact"] is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("--from", "westbi", "--to", "gate"), "westby"),
        (("--from", "westby", "--to", "gate", "--vehicle", "tram"), "car, ambulance, minibus"),
        (("--from", "westby", "--to", "gate", "--date", "20.02.2025"), "2025-02-20"),
        (("--from", "westby", "--to", "gate", "--date", "2025-02-20T08:00"), "2025-02-20"),
        (("--from", "westby", "--to", "gate", "--sides", "Z"), "no party"),
        (("--from", "westby", "--to", "westby"), "name two places"),
    ],
)
def test_wrong_calls_say_what_is_accepted_and_exit_with_2(tiny_scenario, capsys, wrong, words):
    assert find(tiny_scenario, *wrong) == 2
    assert words in capsys.readouterr().err
