"""The secret behind document tokens: kept for an operation, repeatable for an exercise."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from safepassage.briefing import KEY_FILE, document_secret
from safepassage.errors import InputError
from safepassage.scenario.types import Scenario, SourceList


@pytest.fixture
def operation(paper_scenario: Scenario) -> Scenario:
    return replace(paper_scenario, kind="operation")


@pytest.fixture
def exercise(paper_scenario: Scenario, tmp_path: Path) -> Scenario:
    (tmp_path / "families.csv").write_text("name\nInvented Person\n", encoding="utf-8")
    source = SourceList("families", "Families", "families.csv", ())
    return replace(paper_scenario, kind="exercise", folder=tmp_path, lists=(source,))


def test_an_operations_secret_is_random_private_and_kept(
    operation: Scenario, tmp_path: Path
) -> None:
    first = document_secret(operation, tmp_path / "one")
    assert len(first) == 32
    assert (tmp_path / "one" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert document_secret(operation, tmp_path / "one") == first
    assert document_secret(operation, tmp_path / "two") != first


def test_a_damaged_secret_is_named_and_not_replaced(operation: Scenario, tmp_path: Path) -> None:
    path = tmp_path / KEY_FILE
    path.parent.mkdir()
    path.write_text("lost", encoding="ascii")
    with pytest.raises(InputError, match="holds no secret"):
        document_secret(operation, tmp_path)
    assert path.read_text(encoding="ascii") == "lost"


def test_an_exercises_secret_repeats_and_does_not_follow_from_what_is_published(
    exercise: Scenario, tmp_path: Path
) -> None:
    """The scenario's digest stands on every notification; the lists are with the intermediary."""
    first = document_secret(exercise, tmp_path)
    assert document_secret(exercise, tmp_path) == first
    assert first != hashlib.sha256(f"exercise:{exercise.digest}".encode()).digest()
    (tmp_path / "families.csv").write_text("name\nSomebody Else\n", encoding="utf-8")
    assert document_secret(exercise, tmp_path) != first
    assert not (tmp_path / KEY_FILE).exists()
