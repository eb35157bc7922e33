"""The head of ``datapackage.json``: what holds for the whole scenario (00-scenario §5, §6)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from safepassage.errors import Finding, Severity
from safepassage.scenario.cells import CellError, one_line, parse_cell
from safepassage.scenario.package import KINDS, LANGUAGES, PACKAGE_FILE, PackageHeader
from safepassage.scenario.schema import NEEDS, Column
from safepassage.scenario.types import SCHEMA_VERSION, PlanningRules, RoadSource
from safepassage.units import parse_moment

PRIORITY_KEYS = (*NEEDS, "child", "older")

_HEAD_KEYS = frozenset(
    {"schema_version", "kind", "timezone", "languages", "epoch", "planning_date"}
    | {"planning", "roads"}
)
_PACKAGE_NAME = re.compile(r"[-a-z0-9._]+")


@dataclass(slots=True)
class PackageNotes:
    """Findings on ``datapackage.json``: those that stop the reading and those that do not."""

    fatal: list[Finding] = field(default_factory=list)
    others: list[Finding] = field(default_factory=list)

    def stop(self, message: str, rule: int) -> None:
        """Record what makes it impossible to go on."""
        self.fatal.append(package_finding(message, rule))

    def note(self, message: str, rule: int, severity: Severity = Severity.ERROR) -> None:
        """Record what can be gone round."""
        self.others.append(package_finding(message, rule, severity))


def package_finding(message: str, rule: int, severity: Severity = Severity.ERROR) -> Finding:
    """Return a finding about ``datapackage.json``."""
    return Finding(one_line(message), PACKAGE_FILE, None, None, severity, f"00-scenario §{rule}")


def read_header(
    document: Mapping[str, Any], head: Mapping[str, Any], notes: PackageNotes
) -> PackageHeader | None:
    """Return the head, or None if it lacks what nothing can go on without; findings go to `notes`.

    Parameters
    ----------
    document
        The whole of ``datapackage.json``.
    head
        Its object ``safepassage``.
    """
    for name in sorted(head.keys() - _HEAD_KEYS):
        notes.note(f"'safepassage.{name}' is not known; accepted: {_words(_HEAD_KEYS)}", 5)
    epoch = _moment(head, "epoch", notes)
    planning_date = _moment(head, "planning_date", notes)
    kind = _choice(head, "kind", KINDS, notes)
    timezone = _timezone(head, notes)
    if epoch is None or planning_date is None:
        return None
    return PackageHeader(
        name=_name(document, notes),
        title=seen_title(document.get("title") or document.get("name") or "Untitled", notes),
        kind=kind,
        timezone=timezone,
        epoch=epoch,
        planning_date=planning_date,
        languages=_languages(head, notes),
        planning=_planning(head, notes),
        roads=_roads(head, notes),
        schema_version=SCHEMA_VERSION,
    )


def seen_title(value: object, notes: PackageNotes, of: str = "") -> str:
    """Return a title on one line, with a finding if it held line breaks or invisible signs."""
    text = str(value)
    title = one_line(text)
    if title != text:
        message = f"{of}'title' holds a line break or invisible characters; read as {title!r}"
        notes.note(message, 7 if of else 5)
    return title


def _words(names: frozenset[str] | tuple[str, ...]) -> str:
    return ", ".join(sorted(names))


def _name(document: Mapping[str, Any], notes: PackageNotes) -> str:
    name = document.get("name")
    if isinstance(name, str) and _PACKAGE_NAME.fullmatch(name):
        return name
    notes.note("'name' is missing or wrong; accepted: lower-case letters, digits, '-', '_', '.'", 5)
    return "untitled"


def _moment(head: Mapping[str, Any], name: str, notes: PackageNotes) -> datetime | None:
    column = Column(name, "moment", "A moment.", required=True)
    try:
        return parse_moment(str(parse_cell(str(head.get(name) or ""), column)))
    except CellError as error:
        notes.stop(f"'safepassage.{name}' {error}", 5)
        return None


def _choice(
    head: Mapping[str, Any], name: str, choices: tuple[str, ...], notes: PackageNotes
) -> str:
    value = head.get(name)
    if value not in choices:
        notes.stop(f"'safepassage.{name}' is {value!r}; accepted: {', '.join(choices)}", 5)
    return str(value)


def _timezone(head: Mapping[str, Any], notes: PackageNotes) -> str:
    value = head.get("timezone")
    try:
        ZoneInfo(value if isinstance(value, str) and value else "?")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wanted = "accepted: a name of the IANA list such as Europe/Kyiv, or UTC"
        notes.stop(f"'safepassage.timezone' is {value!r}; {wanted}", 5)
    return str(value)


def _languages(head: Mapping[str, Any], notes: PackageNotes) -> tuple[str, ...]:
    value = head.get("languages", ["en"])
    if isinstance(value, list) and value and all(item in LANGUAGES for item in value):
        return tuple(value)
    notes.note(f"'safepassage.languages' is {value!r}; accepted: a list of {_words(LANGUAGES)}", 5)
    return ("en",)


def _planning(head: Mapping[str, Any], notes: PackageNotes) -> PlanningRules:
    found = head.get("planning") or {}
    default = PlanningRules()
    if not isinstance(found, dict):
        notes.note("'safepassage.planning' is not an object; the defaults were taken", 5)
        return default
    names = PlanningRules.__dataclass_fields__
    for name in sorted(found.keys() - names.keys()):
        notes.note(f"'planning.{name}' is not known; accepted: {', '.join(names)}", 5)
    aboard = _amount(found, "max_aboard_s", notes)
    risk_weight = _amount(found, "risk_weight_s", notes)
    snap_limit = _amount(found, "snap_limit_m", notes)
    return PlanningRules(
        need_priority=_need_priority(found, notes),
        max_aboard_s=None if aboard is None else round(aboard),
        risk_weight_s=default.risk_weight_s if risk_weight is None else risk_weight,
        snap_limit_m=default.snap_limit_m if snap_limit is None else snap_limit,
    )


def _amount(found: Mapping[str, Any], name: str, notes: PackageNotes) -> float | None:
    value = found.get(name)
    if value is None or (_is_number(value) and value >= 0):
        return None if value is None else float(value)
    message = f"'planning.{name}' is {value!r}; accepted: a number from 0; the default was taken"
    notes.note(message, 5)
    return None


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(float(value))  # type: ignore[arg-type] # checked above


def _need_priority(found: Mapping[str, Any], notes: PackageNotes) -> tuple[tuple[str, int], ...]:
    pairs = found.get("need_priority") or {}
    if not isinstance(pairs, dict):
        notes.note("'planning.need_priority' is not an object of need and weight", 5)
        return ()
    good = {}
    for need, weight in pairs.items():
        if need in PRIORITY_KEYS and isinstance(weight, int) and 1 <= weight <= 1000:
            good[need] = int(weight)
        else:
            accepted = f"one of {', '.join(PRIORITY_KEYS)} with a whole weight from 1 to 1000"
            notes.note(
                f"'planning.need_priority' has {need!r}: {weight!r}; accepted: {accepted}", 5
            )
    return tuple(good.items())


def _roads(head: Mapping[str, Any], notes: PackageNotes) -> RoadSource | None:
    found = head.get("roads")
    if found is None:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("path"), str) or not found["path"]:
        notes.note("'safepassage.roads' has no 'path'; accepted: an OSM extract or a folder", 6)
        return None
    for name in sorted(found.keys() - {"path", "attribution", "schematic"}):
        notes.note(f"'roads.{name}' is not known; accepted: path, attribution, schematic", 6)
    if not found.get("attribution"):
        notes.note("'roads.attribution' is empty; maps must say whose data they show", 6)
    return RoadSource(
        path=found["path"],
        attribution=one_line(str(found.get("attribution") or "")),
        schematic=found.get("schematic") is True,
    )
