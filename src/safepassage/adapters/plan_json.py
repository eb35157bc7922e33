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

from safepassage.core.convoy.types import Plan
from safepassage.errors import Finding, InputError, VersionError
from safepassage.scenario.strict_json import TwinFieldError, loads
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
    return parse_plan(_text(path), path.name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _refuse(path.name, "there is no such file; give the plan.json that "
                      "'safepassage plan' wrote") from None  # fmt: skip
    except UnicodeDecodeError:
        raise _refuse(path.name, "it cannot be read as UTF-8 text, which a plan.json is") from None
    except OSError as error:
        raise _refuse(path.name, f"it cannot be read ({error.strerror})") from None


def parse_plan(text: str, name: str = "plan.json") -> Plan:
    """Return the plan that `text` holds; see :func:`read_plan`."""
    try:
        document = loads(text)
    except TwinFieldError as error:
        raise _refuse(name, f"one object names the field '{error}' twice") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _refuse(name, f"it is not JSON from {place} on; it may be cut short") from None
    except RecursionError:
        raise _refuse(name, "it is nested too deeply to be a plan") from None
    if not isinstance(document, dict):
        raise _refuse(name, f"it holds {_kind(document)}, not an object with a plan")
    version = document.get("plan_version")
    if version != PLAN_VERSION:
        raise VersionError(Finding(_version_sentence(version), name, column="plan_version"))
    plan = _build(Plan, document, "", name)
    assert isinstance(plan, Plan)  # noqa: S101 - what _build was asked for
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
        raise _refuse(name, f"'{plan.epoch}' is not an ISO 8601 moment with a zone", "epoch")
    try:
        ZoneInfo(plan.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _refuse(name, f"'{plan.timezone}' is not an IANA time zone", "timezone") from None


def _refuse(name: str, message: str, field: str | None = None) -> InputError:
    return InputError(Finding(f"{message}.", name, column=field, rule="05-convoy §31"))


def _build(hint: Any, value: Any, field: str, name: str) -> Any:
    """Return `value` as the type `hint`, or refuse it by the name of its field."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        inner = next(one for one in get_args(hint) if one is not type(None))
        return None if value is None else _build(inner, value, field, name)
    if origin is tuple:
        return _build_tuple(get_args(hint), value, field, name)
    if hasattr(hint, "__dataclass_fields__"):
        return _build_record(hint, value, field, name)
    return _build_scalar(hint, value, field, name)


def _build_tuple(inner: tuple[Any, ...], value: Any, field: str, name: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _refuse(name, f"found {_kind(value)} where a list is needed", field)
    if inner[-1] is not Ellipsis:
        if len(value) != len(inner):
            raise _refuse(name, f"found {len(value)} values where {len(inner)} are needed", field)
        return tuple(_build(t, v, field, name) for t, v in zip(inner, value, strict=True))
    return tuple(_build(inner[0], item, f"{field}[{i}]", name) for i, item in enumerate(value))


def _build_record(kind: Any, value: Any, field: str, name: str) -> Any:
    if not isinstance(value, dict):
        raise _refuse(name, f"found {_kind(value)} where an object is needed", field or None)
    hints = get_type_hints(kind)
    known = set(hints) | {f"{key.removesuffix('_s')}_at" for key in hints if key in _MOMENTS}
    for key in sorted(set(value) - known):
        raise _refuse(name, "this version knows no such field", _join(field, key))
    for key in hints:
        if key not in value and key not in _LATER:
            raise _refuse(name, "the field is missing", _join(field, key))
    return kind(
        **{key: _build(hints[key], value.get(key), _join(field, key), name) for key in hints}
    )


def _join(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key


def _build_scalar(kind: Any, value: Any, field: str, name: str) -> Any:
    wanted = (int, float) if kind is float else str if issubclass(kind, str) else kind
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise _refuse(
            name, f"found {_kind(value)} where {_WORD.get(kind, 'text')} is needed", field
        )
    try:
        return kind(value)
    except ValueError:
        accepted = ", ".join(str(one) for one in kind)
        raise _refuse(name, f"found '{value}'; accepted are {accepted}", field) from None


_WORD = {int: "a whole number", float: "a number", str: "text"}


def _kind(value: object) -> str:
    words = {dict: "an object", list: "a list", str: "text", int: "a whole number",
             float: "a number", bool: "true or false", type(None): "null"}  # fmt: skip
    return words.get(type(value), "something else")
