"""What a map shows and in which words: the facts that count at its moment, ages, durations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from safepassage.adapters.map_symbols import (
    HAZARD_WORDS,
)
from safepassage.core.agreement.wording import msg
from safepassage.core.corridor.closures import closures_at
from safepassage.core.corridor.hazards import SECONDS_PER_DAY
from safepassage.core.corridor.isochrone import Band
from safepassage.core.corridor.situation import in_force
from safepassage.core.corridor.types import (
    CONTESTED,
    TRUCE,
    Basis,
    Closure,
    ControlArea,
    CorridorOption,
    Hazard,
    NamedSegment,
    Place,
    RoadNetwork,
)
from safepassage.units import format_duration

Translate = Callable[[str], str]

MOST_WAYS: Final = 6

STATE_WORDS: Final = {CONTESTED: msg("contested"), TRUCE: msg("truce")}

BASIS_WORDS: Final = {
    Basis.STATED: "",
    Basis.DERIVED: msg("derived, not stated"),
    Basis.ASSUMED: msg("assumed"),
}


@dataclass(frozen=True, slots=True, eq=False)
class MapContent:
    """What a map shows.

    Parameters
    ----------
    options
        The ways, numbered in this order; the first :data:`MOST_WAYS` are drawn.
    places
        Those worth showing where they lie inside.
    control, hazards, closures
        Those that count at `at`; others are left out.
    segments
        Whose hand-over points are marked.
    at
        Aware moment of the facts.
    timezone
        IANA name of the zone in which moments are written.
    names
        Name of each party by id.
    waiting
        Persons by place id; sizes the marks of pick-ups.
    within
        Places that the map must hold beside the ways.
    exercise
        Marks the map as one of an exercise.
    bands
        How far one gets, by growing limit; their ground lies under the roads.
    lost
        Ids of places that have no way any more.
    """

    network: RoadNetwork
    at: datetime
    options: tuple[CorridorOption, ...] = ()
    places: tuple[Place, ...] = ()
    control: tuple[ControlArea, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    closures: tuple[Closure, ...] = ()
    segments: tuple[NamedSegment, ...] = ()
    timezone: str = "UTC"
    title: str = ""
    exercise: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    within: tuple[Place, ...] = ()
    bands: tuple[Band, ...] = ()
    lost: frozenset[str] = frozenset()


def shown_areas(content: MapContent) -> list[ControlArea]:
    """Return the areas in force that somebody holds or contests; others stay without a hatch."""
    return [
        area
        for area in content.control
        if area.holder and in_force(area.valid_from, area.valid_to, content.at)
    ]


def parties_first(holder: str) -> tuple[bool, str]:
    """Return a key that sorts parties before ground that is no party's."""
    return holder in STATE_WORDS, holder


def hazards_in_force(content: MapContent) -> list[Hazard]:
    """Return the hazards that count at the moment of the map."""
    at = content.at
    return [item for item in content.hazards if in_force(item.observed_at, item.valid_to, at)]


def closures_in_force(content: MapContent) -> tuple[Closure, ...]:
    """Return the closures that shut something at the moment of the map."""
    return closures_at(content.closures, content.at)


def oldest_of(content: MapContent) -> tuple[str, float] | None:
    """Return local date and age in days of the oldest fact that any way shown rests on."""
    moments = [way.oldest_at for way in content.options[:MOST_WAYS] if way.oldest_at is not None]
    if not moments:
        return None
    age_days = (content.at - min(moments)).total_seconds() / SECONDS_PER_DAY
    return local_day(min(moments), content.timezone), age_days


def local_day(moment: datetime, timezone: str) -> str:
    """Return the date of a moment in a zone, ISO 8601."""
    return moment.astimezone(ZoneInfo(timezone)).date().isoformat()


def age_words(days: float, _: Translate) -> str:
    """Return an age in whole days, to the nearest."""
    whole = math.floor(max(0.0, days) + 0.5)
    return _("today") if whole == 0 else f"{whole} {_('d old')}"


def duration_words(duration_s: float, _: Translate) -> str:
    """Return a duration with the units of the reader's language."""
    units = {"h": _("h"), "min": _("min")}
    return " ".join(units.get(part, part) for part in format_duration(duration_s).split(" "))


def kind_word(kind: str) -> str:
    """Return the English word for the kind of a fact."""
    words = {item.value: word for item, word in HAZARD_WORDS.items()}
    return words.get(kind, msg("control"))
