"""``safepassage scenario``: what a clerk sees, and the exit code that a script sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safepassage.cli.main import run


def spoil_window(folder: Path) -> None:
    path = folder / "windows.csv"
    text = path.read_text(encoding="utf-8").replace("T12:00", "T07:00")
    path.write_text(text, encoding="utf-8")


def test_a_good_scenario_exits_0(tiny_scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scenario", "validate", str(tiny_scenario)]) == 0
    assert "0 errors, 1 warning, 0 rows set aside" in capsys.readouterr().out


def test_each_error_is_a_line_and_exits_1(
    tiny_scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil_window(tiny_scenario)
    assert run(["scenario", "validate", str(tiny_scenario)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("error: windows.csv, row 2, column 'closes_at': ")
    assert lines[0].endswith("[00-scenario §30]")
    assert "correct the errors first" in lines[-1]


def test_json_is_one_document(tiny_scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil_window(tiny_scenario)
    assert run(["scenario", "validate", str(tiny_scenario), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["errors"], document["rows_set_aside"]) == (2, 1)
    assert document["findings"][0]["row"] == 2


def test_a_folder_that_is_none_is_one_sentence_or_one_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "nowhere")
    assert run(["scenario", "validate", nowhere]) == 1
    assert "is not a folder" in capsys.readouterr().err
    assert run(["scenario", "validate", nowhere, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "ScenarioError"


def test_rejects_are_written_where_asked(
    tiny_scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil_window(tiny_scenario)
    aside = tiny_scenario.parent / "aside"
    run(["scenario", "validate", str(tiny_scenario), "--rejects", str(aside)])
    assert [path.name for path in aside.iterdir()] == ["windows.csv.rejects.csv"]
    assert "keep safe" in capsys.readouterr().out


def test_many_alike_are_counted_and_not_all_printed(
    tiny_scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tiny_scenario / "households.csv"
    row = "X-{},,nowhere,1,0,0,0,1,1,,,go,yes,,,,\n"
    rows = "".join(row.format(number) for number in range(30))
    path.write_text(path.read_text(encoding="utf-8") + rows, encoding="utf-8")
    run(["scenario", "validate", str(tiny_scenario)])
    out = capsys.readouterr().out
    assert out.count("error: households.csv") == 20
    assert "10 more like this in households.csv" in out
    assert "30 rows set aside" in out


def test_init_makes_a_scenario_that_validates(
    tmp_path: Path, town_extract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "new")
    call = ["scenario", "init", folder, "--roads", str(town_extract), "--date", "2026-06-01"]
    assert run([*call, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["settlements"], made["households"]) == (6, 40)
    assert run(["scenario", "validate", folder]) == 0
    assert "no errors, no warnings" in capsys.readouterr().out


def test_init_says_what_to_do_next(
    tmp_path: Path, nameless_extract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["scenario", "init", str(tmp_path / "n"), "--roads", str(nameless_extract)]) == 0
    out = capsys.readouterr().out
    assert "note: Side A has 0 named settlements" in out
    assert "safepassage plan" in out


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--timezone", "Nowhere/Town"], "not a time zone"),
        (["--households", "0"], "below 1"),
        (["--date", "tomorrow"], "does not match the format"),
    ],
)
def test_init_called_wrongly_exits_2(
    tmp_path: Path,
    town_extract: Path,
    capsys: pytest.CaptureFixture[str],
    extra: list[str],
    words: str,
) -> None:
    call = ["scenario", "init", str(tmp_path / "new"), "--roads", str(town_extract)]
    assert run([*call, *extra]) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "new").exists()


def test_init_refuses_what_is_not_an_extract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photo.png").write_bytes(b"x")
    (tmp_path / "broken.osm.pbf").write_bytes(b"not a map")
    new = str(tmp_path / "new")
    assert run(["scenario", "init", new, "--roads", str(tmp_path / "photo.png")]) == 2
    assert "not named like an OpenStreetMap extract" in capsys.readouterr().err
    assert run(["scenario", "init", new, "--roads", str(tmp_path / "broken.osm.pbf")]) == 1
    assert "broken.osm.pbf" in capsys.readouterr().err
    assert run(["scenario", "init", new, "--roads", str(tmp_path / "none.osm")]) == 1
    assert "none.osm" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", [[], ["init"], ["validate"]])
def test_help_has_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scenario", *command, "--help"]) == 0
    assert "Example: safepassage scenario" in capsys.readouterr().out


def test_the_exercise_is_written_once_and_the_same_each_time(tmp_path, capsys):
    for name in ("one", "two"):
        assert run(["scenario", "exercise", str(tmp_path / name), "--seed", "7", "--json"]) == 0
        assert len(json.loads(capsys.readouterr().out)["lists"]) == 6
    one, two = (tmp_path / name / "lists" / "families.csv" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert run(["scenario", "exercise", str(tmp_path / "one")]) == 2
    assert "holds files already" in capsys.readouterr().err
