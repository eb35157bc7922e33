"""Hazards as rates: kind, severity and age become an expected harm per person and hour.

Rules: docs/spec/03-corridor.md §14, §15, §55 to §57; the reasons in docs/theory/hazards.md.
A hazard says what lies where, seen by whom and when; it is never attributed to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.ground import Ground, points_on
from safepassage.core.corridor.types import Hazard, HazardKind, Place

Floats = NDArray[np.float64]

CLOSED_SEVERITY = 1.0
SECONDS_PER_DAY = 86_400
_ASSUMED = "assumption of safepassage; orders risks, predicts nothing"


class Precision(StrEnum):
    """How exactly a hazard is placed."""

    AREA = "area"
    """Somewhere in a polygon."""
    SEGMENT = "segment"
    """On a line or on named ways."""


@dataclass(frozen=True, slots=True)
class HazardTerms:
    """How one kind of hazard counts.

    Parameters
    ----------
    weight_per_h
        Rate per person and hour at severity 1, seen just now.
    doubling_days
        Days without confirmation after which it counts double: an old fact is a risk of its own.
    half_life_days
        Days after which half of the danger itself is taken to be gone; None where it stays until
        somebody says that it is over.
    source
        What the three numbers rest on.
    """

    kind: HazardKind
    weight_per_h: float
    doubling_days: float = 30.0
    half_life_days: float | None = None
    source: str = _ASSUMED


DEFAULT_TERMS = (
    HazardTerms(
        HazardKind.MINES, 1.0, 90.0,
        source="stays until survey or clearance (IMAS 07.11 Land release); " + _ASSUMED,
    ),
    HazardTerms(HazardKind.SHELLING, 1.0),
    HazardTerms(HazardKind.DRONE, 1.0, 14.0),
    HazardTerms(HazardKind.BROKEN_BRIDGE, 0.5, 90.0),
    HazardTerms(HazardKind.FLOOD, 0.5, 14.0),
    HazardTerms(HazardKind.DEBRIS, 0.3),
    HazardTerms(HazardKind.CHECKPOINT, 0.2, 14.0),
)  # fmt: skip
"""No kind fades by itself: without word that it is over, an old danger costs more, never less."""


@dataclass(frozen=True, slots=True)
class HazardModel:
    """How a hazard on the map becomes a rate per person and hour.

    The rate is ``weight of the kind * severity * staleness * persistence``. Staleness grows from 1
    by 1 each `doubling_days` of the kind up to `age_factor_limit`; persistence halves each
    `half_life_days` of the kind, and is 1 where there is none. An operation changes the terms in
    its scenario; they order risks and predict nothing.

    Parameters
    ----------
    terms
        One for each kind; a kind that is missing counts as by ``HazardTerms(kind, 1.0)``.
    age_factor_limit
        At least 1.
    """

    terms: tuple[HazardTerms, ...] = DEFAULT_TERMS
    age_factor_limit: float = 3.0

    def terms_of(self, kind: HazardKind) -> HazardTerms:
        """Return how a kind counts."""
        return next((item for item in self.terms if item.kind is kind), HazardTerms(kind, 1.0))

    def with_terms(self, changed: tuple[HazardTerms, ...]) -> HazardModel:
        """Return the model with the terms of some kinds replaced."""
        by_kind = {item.kind: item for item in (*self.terms, *changed)}
        return replace(self, terms=tuple(by_kind[kind] for kind in HazardKind if kind in by_kind))

    def rate_per_h(self, hazard: Hazard, at: datetime) -> float:
        """Return the hazard rate per person and hour inside the hazard at a moment."""
        terms = self.terms_of(hazard.kind)
        age_days = max(0.0, (at - hazard.observed_at).total_seconds() / SECONDS_PER_DAY)
        staleness = min(self.age_factor_limit, 1.0 + age_days / terms.doubling_days)
        half_life = terms.half_life_days
        persistence = 1.0 if half_life is None else 0.5 ** (age_days / half_life)
        return terms.weight_per_h * hazard.severity * staleness * persistence


DEFAULT_HAZARD_MODEL = HazardModel()


def precision_of(hazard: Hazard) -> Precision:
    """Return how exactly a hazard is placed."""
    return Precision.AREA if hazard.polygons else Precision.SEGMENT


def ground_of(hazard: Hazard) -> Ground:
    """Return the ground of a hazard; one that is given by ways has none of its own."""
    return Ground(hazard.polygons, hazard.line, hazard.reach_m)


def hazards_at(hazards: tuple[Hazard, ...], at: datetime) -> tuple[Hazard, ...]:
    """Return the hazards in force at a moment that lie anywhere."""
    return tuple(
        hazard
        for hazard in hazards
        if in_force(hazard.observed_at, hazard.valid_to, at)
        and (hazard.polygons or hazard.line or hazard.way_ids)
    )


def in_force(valid_from: datetime, valid_to: datetime | None, at: datetime) -> bool:
    """Return whether a dated fact holds at a moment; the end is not included."""
    return valid_from <= at and (valid_to is None or at < valid_to)


def place_rates_per_h(
    places: tuple[Place, ...],
    hazards: tuple[Hazard, ...],
    at: datetime,
    model: HazardModel = DEFAULT_HAZARD_MODEL,
) -> Floats:
    """Return float64[p], the hazard rate per person and hour of waiting at each place.

    A hazard of severity 1 closes roads and counts with its rate for who waits within it. One that
    is given by ways only has no ground on which to wait.
    """
    lon = np.array([place.lon for place in places], dtype=np.float64)
    lat = np.array([place.lat for place in places], dtype=np.float64)
    rates = np.zeros(len(places))
    for hazard in hazards_at(hazards, at):
        inside = points_on(ground_of(hazard), lon, lat)
        rates += np.where(inside, model.rate_per_h(hazard, at), 0.0)
    return rates
