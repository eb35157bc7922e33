"""Whether a plan is a plan at all: every field of the kind that its type says.

A plan file can come from anywhere. The judge answers with sentences, never with a traceback, so
it looks at the shape before it looks at anything else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from safepassage.core.convoy.types import Plan, Violation

RULE = "05-convoy §23"

LARGEST = 2**53
"""Numbers beyond this are no longer exact in JSON readers that use doubles (RFC 8259 §6)."""


def shape_violations(plan: Plan) -> tuple[Violation, ...]:
    """Return one violation for each field that does not hold what its type says."""
    return tuple(
        Violation(RULE, where or "plan", f"{where or 'plan'} is {found}; accepted is {accepted}.")
        for where, found, accepted in _mismatches(plan, Plan, "")
    )


def _mismatches(value: Any, kind: Any, where: str) -> Iterator[tuple[str, str, str]]:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        yield from _optional_mismatches(value, kind, where)
    elif origin is tuple:
        yield from _tuple_mismatches(value, get_args(kind), where)
    elif not _is_a(value, kind):
        yield where, _describe(value), getattr(kind, "__name__", str(kind))
    elif isinstance(kind, type) and is_dataclass(kind):
        for name, field_kind in _field_kinds(kind):
            inner = f"{where}.{name}" if where else name
            yield from _mismatches(getattr(value, name, None), field_kind, inner)


def _optional_mismatches(value: Any, kind: Any, where: str) -> Iterator[tuple[str, str, str]]:
    if value is None:
        return
    present = next(arm for arm in get_args(kind) if arm is not type(None))
    yield from _mismatches(value, present, where)


def _tuple_mismatches(
    value: Any, arms: tuple[Any, ...], where: str
) -> Iterator[tuple[str, str, str]]:
    if not isinstance(value, tuple):
        yield where, _describe(value), "a list"
        return
    endless = len(arms) == 2 and arms[1] is Ellipsis
    if not endless and len(value) != len(arms):
        yield where, f"a list of {len(value)}", f"a list of {len(arms)}"
        return
    for index, item in enumerate(value):
        yield from _mismatches(item, arms[0] if endless else arms[index], f"{where}[{index}]")


def _is_a(value: Any, kind: Any) -> bool:
    if kind is float:
        return type(value) in (int, float) and _in_range(value)
    if kind is int:
        return type(value) is int and _in_range(value)
    return isinstance(value, kind)


def _in_range(value: float) -> bool:
    return math.isfinite(value) if isinstance(value, float) else abs(value) <= LARGEST


def _describe(value: Any) -> str:
    if value is None:
        return "absent"
    if type(value) in (int, float) and not _in_range(value):
        return "not a number in range"
    return f"of type {type(value).__name__}"


@cache
def _field_kinds(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))
