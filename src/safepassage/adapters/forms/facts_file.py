"""What one operation adds to the texts: a TOML file, each text in every language.

::

    [who]
    en = "I am calling for the team of Bridge House."
    uk = "…"
    ru = "…"

    [destinations.north-school]
    en = "North School"
    uk = "…"
    ru = "…"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safepassage.adapters.forms.texts import Facts, Text
from safepassage.adapters.i18n import LANGUAGES
from safepassage.errors import Finding, InputError

TEXTS = ("who", "terms", "destination", "process", "contact")
_PLACES = "destinations"


def read_facts(path: Path) -> Facts:
    """Read an operation's own words.

    Raises
    ------
    InputError
        If the file is no TOML, holds something else, or a text lacks a language: what is not said
        in everybody's language would be said by the caller in whatever words come.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(Finding("is no TOML file in UTF-8.", str(path))) from error
    findings = [*_unknown(path, document), *_missing(path, document)]
    if findings:
        raise InputError(findings)
    places = document.get(_PLACES, {})
    return Facts(
        **{name: document[name] for name in TEXTS if name in document},
        destinations=tuple((place_id, names) for place_id, names in places.items()),
    )


def _unknown(path: Path, document: Mapping[str, Any]) -> list[Finding]:
    accepted = ", ".join((*TEXTS, _PLACES))
    return [
        Finding(f"has a part '{name}'; accepted are {accepted}.", str(path))
        for name in document
        if name not in (*TEXTS, _PLACES)
    ]


def _missing(path: Path, document: Mapping[str, Any]) -> list[Finding]:
    texts: dict[str, Any] = {name: document[name] for name in TEXTS if name in document}
    places = document.get(_PLACES, {})
    if isinstance(places, dict):
        texts |= {f"{_PLACES}.{name}": text for name, text in places.items()}
    return [
        Finding(f"part '{name}' lacks '{tag}'; en, uk and ru are needed.", str(path))
        for name, text in texts.items()
        for tag in LANGUAGES
        if not _has(text, tag)
    ]


def _has(text: Text | object, tag: str) -> bool:
    return isinstance(text, dict) and isinstance(text.get(tag), str) and bool(text[tag].strip())
