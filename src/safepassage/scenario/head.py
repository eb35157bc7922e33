"""The head of ``datapackage.json``: what holds for the whole scenario (00-scenario §5, §6)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from safepassage.core.corridor.hazards import DEFAULT_HAZARD_MODEL, HazardTerms
from safepassage.core.corridor.types import HazardKind
from safepassage.errors import Finding, Severity
from safepassage.scenario.cells import CellError, one_line, parse_cell
from safepassage.scenario.package import KINDS, LANGUAGES, PACKAGE_FILE, PackageHeader
from safepassage.scenario.row_rules import is_timezone
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
    if not is_timezone(value):
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
    reach = _amount(found, "settlement_reach_m", notes)
    age_limit = _amount(found, "hazard_age_limit", notes, least=1.0)
    return PlanningRules(
        need_priority=_need_priority(found, notes),
        max_aboard_s=None if aboard is None else round(aboard),
        risk_weight_s=default.risk_weight_s if risk_weight is None else risk_weight,
        snap_limit_m=default.snap_limit_m if snap_limit is None else snap_limit,
        settlement_reach_m=default.settlement_reach_m if reach is None else reach,
        hazards=_hazard_terms(found, notes),
        hazard_age_limit=default.hazard_age_limit if age_limit is None else age_limit,
    )


def _amount(
    found: Mapping[str, Any], name: str, notes: PackageNotes, least: float = 0.0
) -> float | None:
    value = found.get(name)
    if value is None or (_is_number(value) and value >= least):
        return None if value is None else float(value)
    wanted = f"accepted: a number from {least:g}; the default was taken"
    notes.note(f"'planning.{name}' is {value!r}; {wanted}", 5)
    return None


_TERMS = ("weight_per_h", "doubling_days", "half_life_days", "source")


def _hazard_terms(found: Mapping[str, Any], notes: PackageNotes) -> tuple[HazardTerms, ...]:
    """Return the terms of the kinds of hazard that the operation changes (§48)."""
    changed = found.get("hazards") or {}
    if not isinstance(changed, dict):
        notes.note("'planning.hazards' is not an object of kind and terms; defaults were taken", 48)
        return ()
    known = {kind.value: kind for kind in HazardKind}
    terms = []
    for name, values in changed.items():
        if name not in known or not isinstance(values, dict):
            wanted = f"accepted: an object for one of {', '.join(known)}"
            notes.note(f"'planning.hazards' has {name!r}; {wanted}", 48)
        else:
            terms.append(_terms(known[name], values, notes))
    return tuple(terms)


def _terms(kind: HazardKind, values: Mapping[str, Any], notes: PackageNotes) -> HazardTerms:
    default = DEFAULT_HAZARD_MODEL.terms_of(kind)
    place = f"planning.hazards.{kind.value}"
    for name in sorted(values.keys() - set(_TERMS)):
        notes.note(f"'{place}.{name}' is not known; accepted: {', '.join(_TERMS)}", 48)
    numbers: dict[str, float | None] = {}
    for name in _TERMS[:-1]:
        value = values.get(name, getattr(default, name))
        if value is None and name == "half_life_days":
            numbers[name] = None
        elif _is_number(value) and (value > 0 or (value == 0 and name == "weight_per_h")):
            numbers[name] = float(value)
        else:
            wanted = "accepted: a number above 0; the default was taken"
            notes.note(f"'{place}.{name}' is {value!r}; {wanted}", 48)
            numbers[name] = getattr(default, name)
    if not values.get("source"):
        notes.note(f"'{place}.source' is empty; say what the numbers rest on", 48)
    return HazardTerms(
        kind=kind,
        weight_per_h=numbers["weight_per_h"] or 0.0,
        doubling_days=numbers["doubling_days"] or default.doubling_days,
        half_life_days=numbers["half_life_days"],
        source=one_line(str(values.get("source") or "")),
    )


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
