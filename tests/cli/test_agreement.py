"""``safepassage agreement`` on the built-in exercise: the one missing step, and its ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safepassage.cli.main import run
from safepassage.exercises.sudzha import write_exercise


@pytest.fixture(scope="module")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exercise")
    write_exercise(folder)
    return folder


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    capsys.readouterr()
    assert run(list(arguments)) == 0
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


def test_the_one_missing_step_is_the_request_of_the_receiving_side(
    exercise: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _json(capsys, "agreement", "status", str(exercise), "--at", "2025-02-11", "--json")
    (missing,) = status["missing"]
    assert (missing["act_kind"], missing["by"], missing["to"]) == ("formal_request", "B", "A")
    assert [said["value"] for said in missing["because"]] == [
        "ready", "none_received", "not_addressed", "talks_confirmed",
    ]  # fmt: skip
    assert set(missing["text"]) == {"en", "uk", "ru"}
    assert status["open"] is False
    assert [flag["clause_id"] for flag in status["clause_flags"]] == ["reciprocity"]
    (turned,) = status["contradictions"]
    assert (turned["first"]["on"], turned["second"]["on"]) == ("2025-02-10", "2025-02-11")


def test_words_not_yet_said_are_not_known(
    exercise: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _json(capsys, "agreement", "status", str(exercise), "--at", "2025-02-05", "--json")
    assert [act["because"] for act in status["missing"]] == [[]]
    assert status["contradictions"] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The one missing step:"),
        ("uk", "офіційний запит не надходив"),
        ("ru", "официальный запрос не поступал"),
    ],
)
def test_the_status_is_printed_in_each_language(
    language: str, words: str, exercise: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["agreement", "status", str(exercise), "--lang", language]) == 0
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--lang", "fr", "accepted: en, uk, ru"),
        ("--at", "2025-02-11T10:00", "names no time zone"),
        ("--at", "2025-02-31", "--at"),
    ],
)
def test_a_wrong_option_is_a_sentence_and_exit_code_2(
    option: str, value: str, message: str, exercise: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["agreement", "status", str(exercise), option, value]) == 2
    assert message in capsys.readouterr().err


def test_the_ledger_of_the_exercise_is_whole(
    exercise: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ledger.jsonl"
    written = _json(capsys, "agreement", "ledger", str(exercise), "--out", str(path), "--json")
    report = _json(capsys, "ledger", "verify", str(path), "--json")
    assert report["whole"] is True
    assert report["head"] == written["head"]
    assert run(["agreement", "ledger", str(exercise), "--out", str(path)]) == 2
    assert "never overwritten" in capsys.readouterr().err
