"""Entries' bodies as JSON text, by the types of their fields.

Fields at their default are left out. What a newer version wrote and this one does not know is
refused, never dropped.
"""

from __future__ import annotations

import json
import math
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from safepassage.core.register.entries import (
    Answered,
    Body,
    ClaimMade,
    Contested,
    Corrected,
    Decided,
    Erased,
    Exported,
    ListReceived,
    ModelTrained,
    PlacesGiven,
    RowRejected,
    Undone,
)
from safepassage.core.register.types import ApproximateDate

KINDS: dict[str, Any] = {
    "list": ListReceived,
    "claim": ClaimMade,
    "rejected": RowRejected,
    "decision": Decided,
    "undo": Undone,
    "correction": Corrected,
    "objection": Contested,
    "answer": Answered,
    "erasure": Erased,
    "places": PlacesGiven,
    "model": ModelTrained,
    "export": Exported,
}
"""The word that stands in the clear for what sort of thing an entry says."""

KIND_OF = {body: kind for kind, body in KINDS.items()}

Convert = Callable[[Any], Any]


DAYS: dict[Any, tuple[str, ...]] = {
    ApproximateDate: ("earliest", "latest"),
    ListReceived: ("received_on", "as_of", "retain_until"),
    Answered: ("asked_on",),
    Exported: ("expires_on",),
}
"""Fields that are calculated with as days; empty only where that says *none*."""

_IDS = frozenset({"record_id", "record_ids", "list_id"})
"""Fields that name something; the empty id stands for the key of everything general."""


class UnknownShapeError(Exception):
    """A body has a kind, field or value that this version does not know."""


def encode_body(body: Body) -> dict[str, Any]:
    """Return a body as a JSON object."""
    kind: Any = type(body)
    document: dict[str, Any] = _to_plain(kind)(body)
    return document


def decode_body(kind: str, document: Any) -> Body:
    """Return the body of a JSON object.

    Raises
    ------
    UnknownShapeError
        If this version does not know the kind, a field or a value.
    """
    if kind not in KINDS or not isinstance(document, dict):
        raise UnknownShapeError(kind)
    try:
        body: Body = _from_plain(KINDS[kind])(document)
    except (KeyError, TypeError, ValueError) as error:
        raise UnknownShapeError(kind) from error
    return body


def canonical_text(body: Body) -> str:
    """Return one text for one meaning: kind and content, keys sorted."""
    content = [KIND_OF[type(body)], encode_body(body)]
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


# ------------------------------------------------------------------------------- to plain JSON


@cache
def _to_plain(kind: Any) -> Convert:
    """Return the function that writes a value of a type as plain JSON."""
    if is_dataclass(kind):
        return _object_writer(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        inner = _to_plain(_present(arguments))
        return lambda value: None if value is None else inner(value)
    if origin is frozenset:
        inner = _to_plain(arguments[0])
        return lambda value: sorted(inner(each) for each in value)
    if origin is tuple and arguments[-1] is Ellipsis:
        inner = _to_plain(arguments[0])
        return lambda value: [inner(each) for each in value]
    if origin is tuple:
        writers = [_to_plain(each) for each in arguments]
        return lambda value: [write(each) for write, each in zip(writers, value, strict=True)]
    if issubclass(kind, StrEnum):
        return str
    return _as_is


def _object_writer(kind: Any) -> Convert:
    hints = get_type_hints(kind)
    writers = [(f.name, f.default, _to_plain(hints[f.name])) for f in fields(kind)]

    def write(value: Any) -> dict[str, Any]:
        plain = {}
        for name, default, convert in writers:
            held = getattr(value, name)
            if held is not default and (default is MISSING or held != default):
                plain[name] = convert(held)
        return plain

    return write


# ----------------------------------------------------------------------------- from plain JSON


@cache
def _from_plain(kind: Any) -> Convert:
    """Return the function that reads a value of a type from plain JSON."""
    if is_dataclass(kind):
        return _object_reader(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        inner = _from_plain(_present(arguments))
        return lambda plain: None if plain is None else inner(plain)
    if origin is frozenset:
        inner = _from_plain(arguments[0])
        return lambda plain: frozenset(inner(each) for each in plain)
    if origin is tuple and arguments[-1] is Ellipsis:
        inner = _from_plain(arguments[0])
        return lambda plain: tuple(inner(each) for each in plain)
    if origin is tuple:
        readers = [_from_plain(each) for each in arguments]
        return lambda plain: tuple(read(each) for read, each in zip(readers, plain, strict=True))
    if kind is float:
        return _finite
    reader: Convert = kind if issubclass(kind, StrEnum) else _exactly(kind)
    return reader


def _finite(plain: Any) -> float:
    """Return a number as a float; JSON as Python reads it knows numbers that are none."""
    if type(plain) not in {int, float} or not math.isfinite(plain):
        raise TypeError("float")
    return float(plain)


def _exactly(kind: type) -> Convert:
    """Return a reader that takes no other kind of value: JSON would let any stand anywhere."""

    def read(plain: Any) -> Any:
        if type(plain) is not kind:
            raise TypeError(kind.__name__)
        return plain

    return read


def _object_reader(kind: Any) -> Convert:
    hints = get_type_hints(kind)
    readers = {f.name: _from_plain(hints[f.name]) for f in fields(kind)}

    days = DAYS.get(kind, ())
    identified = [each.name for each in fields(kind) if each.name in _IDS]

    def read(plain: dict[str, Any]) -> Any:
        value = kind(**{name: readers[name](value) for name, value in plain.items()})
        for name in days:
            _check_day(getattr(value, name), needed=kind is ApproximateDate)
        for name in identified:
            _check_ids(getattr(value, name))
        return value

    return read


def _check_day(text: str, *, needed: bool) -> None:
    if text or needed:
        date.fromisoformat(text)


def _check_ids(named: str | tuple[str, ...]) -> None:
    if "" in ((named,) if isinstance(named, str) else named):
        raise ValueError("an empty id")


def _present(arguments: tuple[Any, ...]) -> Any:
    (kind,) = [each for each in arguments if each is not type(None)]
    return kind


def _as_is(value: Any) -> Any:
    return value
