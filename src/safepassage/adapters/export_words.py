"""What every export says of itself: whose roads, schematic or not, exercise or not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final
from xml.etree import ElementTree as ET

from safepassage.core.corridor.types import (
    CorridorOption,
    FallBack,
    HandOver,
    NamedSegment,
    RoadNetwork,
)
from safepassage.units import SECONDS_PER_MINUTE, format_duration

SCHEMATIC_LABEL: Final = "Schematic network drawn for an exercise: it does not follow the ground."
EXERCISE_LABEL: Final = "EXERCISE: this is no real operation."
DECIMALS: Final = 6
"""A tenth of a metre; RFC 7946 §11.2 advises no more."""

_NOT_IN_XML: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""Characters that XML 1.0 (§2.2) cannot hold; one in a title would make the file unreadable."""


def labels(network: RoadNetwork, *, exercise: bool) -> list[str]:
    """Return what has to be said first: that it is an exercise, that roads are schematic."""
    said = [EXERCISE_LABEL] if exercise else []
    return [*said, SCHEMATIC_LABEL] if network.schematic else said


def notice(network: RoadNetwork, *, exercise: bool) -> str:
    """Return the labels, the attribution and how far times are to be trusted, in sentences."""
    parts = labels(network, exercise=exercise)
    parts += [f"Roads: {network.attribution}."] if network.attribution else []
    return " ".join([*parts, "Distances and times are planned, not promised."])


def marks(network: RoadNetwork, *, exercise: bool) -> str:
    """Return what stands behind a name, e.g. `` (exercise, schematic)``."""
    words = ["exercise"] if exercise else []
    words += ["schematic"] if network.schematic else []
    return f" ({', '.join(words)})" if words else ""


def summary(option: CorridorOption) -> str:
    """Return length, time, exposure and oldest fact of a corridor in a line."""
    return (
        f"{option.length_m / 1000:.1f} km, {format_duration(option.travel_time_s)}, "
        f"exposure {option.exposure:.4g}.{_oldest(option)}"
    )


def _oldest(option: CorridorOption) -> str:
    if option.oldest_at is None:
        return ""
    what = f" ({option.oldest_kind})" if option.oldest_kind else ""
    return f" Oldest fact: {option.oldest_at:%Y-%m-%d %H:%M %Z}{what}."


def fall_back_words(item: FallBack) -> str:
    """Return how far a fall-back is and back, in minutes rounded up."""
    there = -(-item.to_s // SECONDS_PER_MINUTE)
    if item.back_s is None:
        return f"At most {there} min to it; no way back."
    back = -(-item.back_s // SECONDS_PER_MINUTE)
    return f"At most {there} min to it, {back} min back."


def hand_over_words(point: HandOver) -> str:
    """Return where a hand-over point is: by name, by grid reference and from the start."""
    grid = f" MGRS {point.mgrs}." if point.mgrs else ""
    return f"{point.name}.{grid} {point.at_m / 1000:.1f} km from the start."


def hand_overs_of(segments: Iterable[NamedSegment]) -> tuple[HandOver, ...]:
    """Return the points between the segments of each corridor, each place once, in order."""
    found: dict[tuple[float, float], HandOver] = {}
    for before, after in pairwise(tuple(segments)):
        if before.option_id == after.option_id:
            found.setdefault((after.begins.lon, after.begins.lat), after.begins)
    return tuple(found.values())


def fall_backs_of(options: Iterable[CorridorOption]) -> tuple[FallBack, ...]:
    """Return the fall-backs of corridors, each place once, the nearest to any of them first."""
    nearest: dict[str, FallBack] = {}
    for item in (item for option in options for item in option.fall_backs):
        known = nearest.setdefault(item.place_id, item)
        if item.to_s < known.to_s:
            nearest[item.place_id] = item
    return tuple(sorted(nearest.values(), key=lambda item: (item.to_s, item.place_id)))


def clean(text: str) -> str:
    """Return text without what XML cannot hold."""
    return _NOT_IN_XML.sub("", text)


def add_text(parent: ET.Element, tag: str, text: str) -> None:
    """Add an element with text."""
    ET.SubElement(parent, tag).text = clean(text)
