"""JSON in which no field stands twice: of two values one would be lost without a word."""

from __future__ import annotations

import json
from typing import Any


class TwinFieldError(ValueError):
    """An object names the same field twice; the text is the field's name."""


def loads(text: str) -> Any:
    """Return the document that `text` holds.

    Raises
    ------
    TwinFieldError
        If an object names a field twice.
    json.JSONDecodeError
        If `text` is not JSON.
    RecursionError
        If it is nested too deeply.
    """
    return json.loads(text, object_pairs_hook=_without_twins)


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        raise TwinFieldError(next(name for name in names if names.count(name) > 1))
    return document
