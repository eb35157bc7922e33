"""The state of a convoy day as one JSON file that can be read and corrected by hand.

Every moment stands twice, as in ``plan.json``: in seconds since the epoch, which is what is read,
and in local time under the same name with ``_s`` replaced by ``_at``, which is for people.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from safepassage.adapters.json_document import DocumentKind
from safepassage.adapters.plan_json import build
from safepassage.core.convoy.state import STATE_VERSION, DayState
from safepassage.errors import Finding, VersionError
from safepassage.units import moment_at

STATE_FILE = DocumentKind(
    "state", "state.json", "what 'safepassage replan --state-at' wrote", "05-convoy §80"
)


def state_to_json(state: DayState) -> str:
    """Return a state as canonical JSON: sorted keys, two spaces, one newline at the end."""
    epoch, zone = datetime.fromisoformat(state.epoch), ZoneInfo(state.timezone)
    document = _with_clocks(asdict(state), epoch, zone)
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _with_clocks(value: Any, epoch: datetime, zone: ZoneInfo) -> Any:
    if isinstance(value, list | tuple):
        return [_with_clocks(item, epoch, zone) for item in value]
    if not isinstance(value, dict):
        return value
    shown = {key: _with_clocks(item, epoch, zone) for key, item in value.items()}
    clocks = {
        _twin(key): moment_at(epoch, item).astimezone(zone).isoformat()
        for key, item in value.items()
        if key.endswith("_s") and isinstance(item, int)
    }
    return shown | clocks


def _twin(key: str) -> str:
    return f"{key.removesuffix('_s')}_at" if key != "at_s" else "at"


def read_state(path: Path) -> DayState:
    """Read a state file.

    Raises
    ------
    VersionError
        If it was written in another version of the format.
    InputError
        If it cannot be read; the message names the field.
    """
    name = path.name
    document = STATE_FILE.parse(STATE_FILE.read(path), name)
    version = document.get("state_version")
    if version != STATE_VERSION:
        raise VersionError(
            Finding(
                f"the state format is version {version!r}; this version of safepassage reads "
                f"{STATE_VERSION!r}. Write it again with 'safepassage replan --state-at'.",
                name,
                column="state_version",
            )
        )
    state = build(DayState, _without_clocks(document), "", STATE_FILE, name)
    assert isinstance(state, DayState)  # noqa: S101 - what build was asked for
    return state


def _without_clocks(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_clocks(item) for item in value]
    if not isinstance(value, dict):
        return value
    twins = {_twin(key) for key in value if key.endswith("_s")}
    return {key: _without_clocks(item) for key, item in value.items() if key not in twins}
