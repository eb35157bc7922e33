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


def test_a_certificate_is_written_and_checked_again(tiny_scenario: Path, tmp_path: Path, capsys):
    proof = tmp_path / "proof.json"
    found = ["bound", str(tiny_scenario), "--level", "B2", "--time", "1", "--json"]
    assert run([*found, "--certificate", str(proof)]) == 0
    certified = json.loads(capsys.readouterr().out)["certified"]
    assert run(["bound", "verify", str(proof), str(tiny_scenario), "--json"]) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["holds"]
    assert verdict["proven"] <= verdict["claimed"] == certified


def test_a_certificate_that_claims_too_much_is_refused(
    tiny_scenario: Path, tmp_path: Path, capsys
) -> None:
    proof = tmp_path / "proof.json"
    assert run(["bound", str(tiny_scenario), "--level", "B1", "--time", "1",
                "--certificate", str(proof)]) == 0  # fmt: skip
    document = json.loads(proof.read_text(encoding="utf-8"))
    document["value"] = 0
    proof.write_text(json.dumps(document), encoding="utf-8")
    capsys.readouterr()
    assert run(["bound", "verify", str(proof), str(tiny_scenario)]) == 1
    assert "claims" in capsys.readouterr().out


def test_b0_has_no_certificate(tiny_scenario: Path, tmp_path: Path, capsys) -> None:
    command = ["bound", str(tiny_scenario), "--certificate", str(tmp_path / "c.json"), "--json"]
    assert run(command) == 2
    assert "B0" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_a_plan_is_compared(tiny_scenario: Path, tmp_path: Path, capsys) -> None:
    assert run(["plan", str(tiny_scenario), "--out", str(tmp_path), "--iterations", "50"]) == 0
    capsys.readouterr()
    assert run(["bound", str(tiny_scenario), "--plan", str(tmp_path / "plan.json"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["plan_value"] <= document["value"]
    assert 0.0 <= document["gap"] < 1.0
