"""``safepassage bound``: what no plan exceeds, in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from safepassage.cli.main import run


def test_bound_says_persons_and_value(tiny_scenario: Path, capsys) -> None:
    assert run(["bound", str(tiny_scenario)]) == 0
    said = capsys.readouterr().out
    assert "people may travel" in said
    assert "No plan gets more than" in said


def test_json_is_one_document(tiny_scenario: Path, capsys) -> None:
    assert run(["bound", str(tiny_scenario), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["name"] == "B0"
    assert 0 < document["persons"] <= document["value"]
    assert all(set(row) == {"what", "worth"} for row in document["binding"])


def test_a_missing_scenario_is_a_sentence(tmp_path: Path, capsys) -> None:
    assert run(["bound", str(tmp_path / "nowhere"), "--json"]) == 1
    assert "nowhere" in json.loads(capsys.readouterr().out)["error"]["message"]
