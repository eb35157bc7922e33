"""One byte sequence for one meaning: canonical JSON after Unicode normalisation (04-agreement §20).

RFC 8785 (JSON Canonicalization Scheme) fixes key order, escapes and numbers, but not Unicode
composition: ``й`` typed as one or as two characters would give two digests of one text. Text is
therefore put into Unicode Normalization Form C first.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Any

import rfc8785

from safepassage.errors import Finding, InputError

Json = Any
"""A JSON value: None, bool, int, str, and lists and string-keyed mappings of these."""


def canonical_json(value: Json) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value.

    Parameters
    ----------
    value
        None, bool, int (below 2**53), str, sequences and mappings with string keys. Fractions are
        refused: two parties may not round alike, so quantities are written in whole small units.

    Raises
    ------
    InputError
        If the value holds anything else, or two keys that are the same text after normalisation.

    References
    ----------
    RFC 8785; Unicode Standard Annex 15.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": ["й"]}) == '{"a":["й"],"b":1}'.encode()
    True
    """
    try:
        return rfc8785.dumps(_normal(value))
    except rfc8785.CanonicalizationError as error:
        raise _refused(f"a value cannot be written as canonical JSON: {error}") from error


def digest(value: Json) -> str:
    """Return the SHA-256 of a JSON value's canonical bytes, hex."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _normal(value: Json) -> Json:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return _normal_mapping(value)
    if isinstance(value, list | tuple):
        return [_normal(item) for item in value]
    raise _refused(f"a {type(value).__name__} cannot stand in signed text; write it as text")


def _normal_mapping(value: Mapping[Any, Json]) -> dict[str, Json]:
    if not all(isinstance(key, str) for key in value):
        raise _refused("a key of signed text is not text")
    normal = {unicodedata.normalize("NFC", key): _normal(item) for key, item in value.items()}
    if len(normal) != len(value):
        raise _refused("two keys of signed text are the same after Unicode normalisation")
    return normal


def _refused(message: str) -> InputError:
    return InputError(Finding(message + ".", rule="04-agreement §20"))
