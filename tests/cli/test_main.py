"""The outer wall: one JSON document or one sentence, whatever fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safepassage.cli.common import report_crash, report_interruption
from safepassage.cli.main import run


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["scenario", "frobnicate"],
        ["scenario", "validate"],
        ["scenario", "validate", ".", "--frobnicate"],
        ["simulate", ".", "plan.json", "--runs", "0"],
        ["demo", "--seed", "-1"],
        ["demo", "--iterations", "-1"],
    ],
)
def test_a_wrong_call_is_json_when_json_is_asked_for(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "UsageError"
    assert run(arguments) == 2
    assert capsys.readouterr().out == ""


def test_no_command_offers_to_change_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("register", "population", "corridor", "roads"):
        assert run([command, "--help"]) == 0
        assert "completion" not in capsys.readouterr().out


def test_a_file_where_a_folder_is_needed_is_named(
    tiny_scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    target = str(tmp_path / "taken" / "below")
    spoiled = tiny_scenario / "windows.csv"
    spoiled.write_text(spoiled.read_text(encoding="utf-8").replace("T12:00", "T07:00"), "utf-8")
    arguments = ["scenario", "validate", str(tiny_scenario), "--rejects", target]
    assert run([*arguments, "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert "cannot be read or written: not a directory" in error["message"]
    assert str(tmp_path / "taken") in error["findings"][0]["file"]
    assert run(arguments) == 1
    assert "inside itself" not in capsys.readouterr().err


def test_the_demo_refuses_a_file_as_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    assert run(["demo", "--out", str(tmp_path / "taken")]) == 2
    assert "is a file; name a folder for --out" in capsys.readouterr().err


def test_a_crash_is_one_json_document_without_the_value(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError, match="Ivanenko") as caught:
        int("Ivanenko")
    assert report_crash(caught.value, as_json=True) == 1
    document = json.loads(capsys.readouterr().out)
    assert "failed inside itself (ValueError" in document["error"]["message"]
    assert "Ivanenko" not in document["error"]["message"]


def test_a_stopped_command_says_so_and_exits_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert report_interruption(as_json=True) == 130
    assert "Stopped before" in json.loads(capsys.readouterr().out)["error"]["message"]
    assert report_interruption(as_json=False) == 130
    assert "Stopped before" in capsys.readouterr().err


def test_ctrl_c_inside_a_command_is_one_json_document(
    tiny_scenario: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("safepassage.scenario.reader.read_scenario", stop)
    assert run(["scenario", "validate", str(tiny_scenario), "--json"]) == 130
    assert "Stopped before" in json.loads(capsys.readouterr().out)["error"]["message"]
