"""``safepassage ledger verify``: exit codes, faults by line, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safepassage.adapters.ledger_file import append_to_ledger
from safepassage.cli.main import run

RECORDS = [("party", {"party_id": f"P{n}", "name": f"Side {n}"}) for n in range(4)]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.jsonl"
    append_to_ledger(path, RECORDS, [bytes(range(32))])
    return path


def test_a_whole_ledger_exits_0_and_prints_its_head(
    ledger: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ledger", "verify", str(ledger)]) == 0
    words = capsys.readouterr().out
    assert "4 entries, whole" in words
    assert "signatures: 5, not checked" in words


def test_every_fault_is_on_a_line_and_exits_1(
    ledger: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join([lines[0], lines[2], lines[1], lines[1], *lines[3:]]))
    assert run(["ledger", "verify", str(ledger)]) == 1
    faults = capsys.readouterr().err.splitlines()
    assert faults[0].startswith("line 3: reordered: entry 1")
    assert faults[1].startswith("line 4: duplicated: entry 1")


def test_json_is_one_document_with_the_faults(
    ledger: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.write_bytes(ledger.read_bytes()[:-5])
    assert run(["ledger", "verify", str(ledger), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["whole"] is False
    assert [fault["kind"] for fault in report["faults"]] == ["truncated", "truncated"]


def test_a_ledger_cut_back_is_told_by_the_lodged_head(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    early = ledger.read_bytes()
    late = append_to_ledger(ledger, [("party", {"party_id": "P9"})])
    head = tmp_path / "head.json"
    head.write_text(json.dumps(late.to_json()))
    assert run(["ledger", "verify", str(ledger), "--head", str(head)]) == 0
    ledger.write_bytes(early)
    assert run(["ledger", "verify", str(ledger)]) == 0
    assert run(["ledger", "verify", str(ledger), "--head", str(head)]) == 1
    assert "covers 5 entries; 4 can be read" in capsys.readouterr().err


def test_a_ledger_written_anew_is_called_whole_only_in_itself(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anybody can write an unsigned ledger with one act left out; only a kept head tells it."""
    kept = tmp_path / "head.json"
    assert run(["ledger", "verify", str(ledger), "--json"]) == 0
    kept.write_text(json.dumps(json.loads(capsys.readouterr().out)["head"]))
    anew = tmp_path / "anew.jsonl"
    append_to_ledger(anew, RECORDS[1:])
    assert run(["ledger", "verify", str(anew)]) == 0
    assert "Checked against itself only" in " ".join(capsys.readouterr().out.split())
    assert run(["ledger", "verify", str(ledger), "--head", str(kept)]) == 0
    assert "against itself" not in capsys.readouterr().out
    assert run(["ledger", "verify", str(anew), "--head", str(kept)]) == 1


def test_a_file_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ledger", "verify", str(tmp_path / "none")]) == 1
    assert "cannot be read" in capsys.readouterr().err
