"""What every document shares: its number, its times, its digest, the languages it speaks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from safepassage.adapters.i18n import LANGUAGES, translator
from safepassage.core.convoy.types import ConvoyProblem, Plan
from safepassage.core.corridor.types import Place
from safepassage.core.ledger.canonical import canonical_json
from safepassage.errors import MissingExtraError
from safepassage.ids import stable_token
from safepassage.scenario.types import Scenario
from safepassage.units import format_moment, moment_at

DOCUMENT_VERSION = "1.0"

Content = dict[str, Any]
"""The canonical content of a document: JSON values only, no fractions."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What documents are made from.

    Parameters
    ----------
    issued_at
        Aware moment of issue; nothing here looks at a clock.
    """

    plan: Plan
    problem: ConvoyProblem
    scenario: Scenario
    issued_at: datetime

    @property
    def places(self) -> dict[str, Place]:
        """Places by id."""
        return {place.place_id: place for place in self.scenario.places}

    def utc(self, at_s: int) -> str:
        """Return a planning time as an ISO 8601 moment in UTC."""
        return iso_utc(moment_at(self.problem.epoch, at_s))


def require_extra(*modules: str, purpose: str) -> None:
    """Refuse with a sentence when the ``documents`` extra is not installed.

    Raises
    ------
    MissingExtraError
        If a module cannot be imported.
    """
    if any(find_spec(module) is None for module in modules):
        raise MissingExtraError("documents", purpose)


def iso_utc(moment: datetime) -> str:
    """Return an aware moment in UTC to the second, with ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def show_moment(text: str, timezone: str) -> str:
    """Return an ISO moment as local time with its zone, and UTC beside it for the other party.

    Examples
    --------
    >>> show_moment("2025-02-20T06:00:00Z", "Europe/Kyiv")
    '2025-02-20 08:00 EET (06:00 UTC)'
    """
    moment = datetime.fromisoformat(text)
    local = format_moment(moment, timezone)
    return local if timezone == "UTC" else f"{local} ({moment.astimezone(UTC):%H:%M} UTC)"


def show_clock(text: str, timezone: str) -> str:
    """Return the local time of day of an ISO moment with its zone, and UTC beside it.

    Examples
    --------
    >>> show_clock("2025-02-20T06:00:00Z", "Europe/Kyiv")
    '08:00 EET (06:00 UTC)'
    """
    return show_moment(text, timezone).split(" ", 1)[1]


def show_zone(moments: Iterable[str], timezone: str) -> str:
    """Return a zone's name and how far it lies from UTC at the given ISO moments.

    A place an hour away by the clock is the commonest misunderstanding of an agreed time.

    Examples
    --------
    >>> show_zone(["2025-02-20T06:00:00Z"], "Europe/Kyiv")
    'Europe/Kyiv: EET = UTC+02:00'
    >>> show_zone(["2025-03-29T06:00:00Z", "2025-03-31T06:00:00Z"], "Europe/Kyiv")
    'Europe/Kyiv: EET = UTC+02:00, EEST = UTC+03:00'
    """
    zone = ZoneInfo(timezone)
    offsets = {}
    for text in sorted(moments):
        local = datetime.fromisoformat(text).astimezone(zone)
        offsets[local.strftime("%Z")] = f"UTC{local.isoformat()[-6:]}"
    return f"{timezone}: {', '.join(f'{name} = {offset}' for name, offset in offsets.items())}"


def place_entry(place_id: str, places: dict[str, Place]) -> Content:
    """Return a place as documents name it: id, name, and name in the local script if known."""
    place = places.get(place_id)
    if place is None:
        return {"name": place_id, "place_id": place_id}
    local = {"name_local": place.name_local} if place.name_local else {}
    return {"name": place.name, "place_id": place_id} | local


def show_place(entry: Content) -> str:
    """Return a place's name, with the local one beside it where it differs."""
    local = entry.get("name_local", "")
    name = str(entry["name"])
    return f"{name} · {local}" if local and local != name else name


def document_number(prefix: str, parts: Sequence[str]) -> str:
    """Return a document's number; it says nothing, and the same inputs give the same number."""
    return stable_token(prefix, parts)


def content_digest(content: Content) -> str:
    """Return the SHA-256 of a document's canonical content, hex; that of its JSON file."""
    return hashlib.sha256(canonical_json(content)).hexdigest()


def show_digest(digest: str) -> str:
    """Return a digest in groups of four, to be read aloud and compared."""
    return " ".join(re.findall("....", digest))


def write_content(path: Path, content: Content) -> Path:
    """Write a document's canonical content beside its PDF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(canonical_json(content))
    return path


def file_stem(kind: str, name: str) -> str:
    """Return a file name without suffix that is safe on every system."""
    return f"{kind}-{re.sub(r'[^A-Za-z0-9._-]+', '_', name)}"


def languages_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the languages in which shared documents are headed: English and the operation's."""
    known = [tag for tag in scenario.languages if tag in LANGUAGES and tag != "en"]
    return ("en", *known)


def in_languages(text: str, languages: Sequence[str]) -> tuple[str, ...]:
    """Return a message in each language, leaving out repetitions of the same words."""
    return tuple(dict.fromkeys(translator(language)(text) for language in languages))
