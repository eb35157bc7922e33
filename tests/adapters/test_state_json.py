"""The state file: read as written, corrected by hand, refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from safepassage.adapters.state_json import read_state, state_to_json
from safepassage.core.convoy.state import DayState, state_at
from safepassage.errors import InputError, VersionError


@pytest.fixture
def state(convoy_world: ModuleType) -> DayState:
    world = convoy_world.hand_made()
    return state_at(world.problem, world.plan, 22000)


def test_a_state_is_read_as_it_was_written(state: DayState, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(state_to_json(state), encoding="utf-8")
    assert read_state(path) == state
    assert state_to_json(read_state(path)) == state_to_json(state)


def test_moments_are_shown_in_local_time_and_read_in_seconds(
    state: DayState, tmp_path: Path
) -> None:
    document = json.loads(state_to_json(state))
    assert document["at"] == "2025-03-01T06:06:40+00:00"
    document["at_s"] = 22010
    path = tmp_path / "state.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read_state(path).at_s == 22010


@pytest.mark.parametrize(
    ("change", "named"),
    [({"at_s": "noon"}, "at_s"), ({"mood": 1}, "mood"), ({"queue": 3}, "queue")],
)
def test_what_cannot_be_read_is_named(
    state: DayState, tmp_path: Path, change: dict[str, object], named: str
) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(json.loads(state_to_json(state)) | change), encoding="utf-8")
    with pytest.raises(InputError, match=named):
        read_state(path)


def test_another_version_is_refused(state: DayState, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(state_to_json(state).replace('version": "1.0"', 'version": "9"'), "utf-8")
    with pytest.raises(VersionError, match="'9'"):
        read_state(path)
