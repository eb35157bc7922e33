"""A plan as one JSON file: the same plan gives the same bytes.

Every moment stands twice: in seconds since the epoch, which is what is read, and in local time with
its offset, which is for people and is written under the same name with ``_s`` replaced by ``_at``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from safepassage.adapters.json_document import DocumentKind, word_of
from safepassage.core.convoy.types import Plan
from safepassage.errors import Finding, VersionError
from safepassage.units import moment_at

PLAN_VERSION = "1.0"

_MOMENTS = frozenset({
    "arrive_s", "depart_s", "queue_arrive_s", "screening_start_s", "screening_end_s", "released_s",
    "boards_from_s", "back_s", "muster_arrive_s",
})  # fmt: skip
"""Fields that are moments; other fields in seconds are durations."""

_LATER = frozenset({"promise", "muster_arrive_s"})
"""Fields that plans had none of at first: left out where they are None, so that a plan that does
not use them keeps its bytes, and taken as None where they are missing."""

_DECIMALS = 6

PLAN_FILE = DocumentKind(
    "plan", "plan.json", "the plan.json that 'safepassage plan' wrote", "05-convoy §31"
)


def plan_to_json(plan: Plan) -> str:
    """Return the plan as canonical JSON: sorted keys, two spaces, one newline at the end.

    Parameters
    ----------
    plan
        Its `epoch` is an ISO moment and its `timezone` an IANA name.
    """
    epoch, zone = datetime.fromisoformat(plan.epoch), ZoneInfo(plan.timezone)

    def local(at_s: int) -> str:
        return moment_at(epoch, at_s).astimezone(zone).isoformat()

    document = _for_people(asdict(plan), local)
    return (
        json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n"
    )


def _for_people(value: Any, local: Callable[[int], str]) -> Any:
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if item is not None or key not in _LATER}
        shown = {key: _for_people(item, local) for key, item in value.items()}
        moments = {
            f"{key.removesuffix('_s')}_at": local(item)
            for key, item in value.items()
            if key in _MOMENTS
        }
        return shown | moments
    if isinstance(value, list | tuple):
        return [_for_people(item, local) for item in value]
    return round(value, _DECIMALS) if isinstance(value, float) else value


def read_plan(path: Path) -> Plan:
    """Read a plan file.

    Raises
    ------
    VersionError
        If it was written in another version of the plan format.
    InputError
        If it cannot be read; the message names the field.
    """
    return parse_plan(PLAN_FILE.read(path), path.name)


def parse_plan(text: str, name: str = "plan.json") -> Plan:
    """Return the plan that `text` holds; see :func:`read_plan`."""
    document = PLAN_FILE.parse(text, name)
    version = document.get("plan_version")
    if version != PLAN_VERSION:
        raise VersionError(Finding(_version_sentence(version), name, column="plan_version"))
    plan = build(Plan, document, "", PLAN_FILE, name)
    assert isinstance(plan, Plan)  # noqa: S101 - what build was asked for
    _check_clock(plan, name)
    return plan


def _version_sentence(version: object) -> str:
    return (
        f"the plan format is version {version!r}; this version of safepassage reads "
        f"{PLAN_VERSION!r}. Run 'safepassage plan' again on the scenario."
    )


def _check_clock(plan: Plan, name: str) -> None:
    try:
        aware = datetime.fromisoformat(plan.epoch).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise PLAN_FILE.refuse(
            name, f"'{plan.epoch}' is not an ISO 8601 moment with a zone", "epoch"
        )
    try:
        ZoneInfo(plan.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PLAN_FILE.refuse(
            name, f"'{plan.timezone}' is not an IANA time zone", "timezone"
        ) from None


def build(hint: Any, value: Any, field: str, file: DocumentKind, name: str) -> Any:
    """Return a JSON value as the type `hint`, or refuse it by the name of its field.

    Parameters
    ----------
    field
        Path to the value within the document, empty for the whole.
    file, name
        What the document is, and what its file is called.

    Raises
    ------
    InputError
        If a field is missing, unknown or of another type.
    """
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        inner = next(one for one in get_args(hint) if one is not type(None))
        return None if value is None else build(inner, value, field, file, name)
    if origin is tuple:
        return _build_tuple(get_args(hint), value, field, file, name)
    if hasattr(hint, "__dataclass_fields__"):
        return _build_record(hint, value, field, file, name)
    return _build_scalar(hint, value, field, file, name)


def _build_tuple(
    inner: tuple[Any, ...], value: Any, field: str, file: DocumentKind, name: str
) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise file.refuse(name, f"found {word_of(value)} where a list is needed", field)
    if inner[-1] is not Ellipsis:
        if len(value) != len(inner):
            raise file.refuse(
                name, f"found {len(value)} values where {len(inner)} are needed", field
            )
        return tuple(build(t, v, field, file, name) for t, v in zip(inner, value, strict=True))
    return tuple(build(inner[0], item, f"{field}[{i}]", file, name) for i, item in enumerate(value))


def _build_record(kind: Any, value: Any, field: str, file: DocumentKind, name: str) -> Any:
    if not isinstance(value, dict):
        raise file.refuse(name, f"found {word_of(value)} where an object is needed", field or None)
    hints = get_type_hints(kind)
    known = set(hints) | {f"{key.removesuffix('_s')}_at" for key in hints if key in _MOMENTS}
    for key in sorted(set(value) - known):
        raise file.refuse(name, "this version knows no such field", _join(field, key))
    for key in hints:
        if key not in value and key not in _LATER:
            raise file.refuse(name, "the field is missing", _join(field, key))
    return kind(
        **{key: build(hints[key], value.get(key), _join(field, key), file, name) for key in hints}
    )


def _join(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key


def _build_scalar(kind: Any, value: Any, field: str, file: DocumentKind, name: str) -> Any:
    wanted = (int, float) if kind is float else str if issubclass(kind, str) else kind
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise file.refuse(
            name, f"found {word_of(value)} where {_WORD.get(kind, 'text')} is needed", field
        )
    try:
        return kind(value)
    except ValueError:
        accepted = ", ".join(str(one) for one in kind)
        raise file.refuse(name, f"found '{value}'; accepted are {accepted}", field) from None


_WORD = {int: "a whole number", float: "a number", str: "text"}
