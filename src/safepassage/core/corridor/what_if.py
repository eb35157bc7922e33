"""What-ifs: questions that somebody enters, answered beside the facts and never among them.

Rules: docs/spec/03-corridor.md §68, §69. A what-if is coarse: a place that cannot be
reached from a date, a stretch that is shut, a place held by another party from a date. Nothing is
predicted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import shapely

from safepassage.core.corridor.control import areas_from_settlements, cut_away
from safepassage.core.corridor.ground import Ground, shape_of
from safepassage.core.corridor.hazards import in_force
from safepassage.core.corridor.types import (
    AssumedHolder,
    Basis,
    Closure,
    ControlArea,
    Hazard,
    Place,
    SettlementFact,
    WhatIf,
)
from safepassage.core.geo.frame import LocalFrame, polygons_of
from safepassage.errors import UsageError


@dataclass(frozen=True, slots=True)
class GroundFacts:
    """Everything that a scenario says of the ground, whatever its date.

    Parameters
    ----------
    settlement_reach_m
        How far from a settlement areas are derived.
    """

    places: tuple[Place, ...]
    control: tuple[ControlArea, ...]
    hazards: tuple[Hazard, ...] = ()
    closures: tuple[Closure, ...] = ()
    settlements: tuple[SettlementFact, ...] = ()
    what_ifs: tuple[WhatIf, ...] = ()
    assumed_holders: tuple[AssumedHolder, ...] = ()
    settlement_reach_m: float = 5000.0


@dataclass(frozen=True, slots=True)
class MapFacts:
    """What counts at one moment, for the facts alone or under one what-if.

    Parameters
    ----------
    control
        Stated areas, then derived ones, then assumed ones; each says its basis.
    what_if
        Its name, empty for the facts alone.
    """

    control: tuple[ControlArea, ...]
    hazards: tuple[Hazard, ...]
    closures: tuple[Closure, ...]
    what_if: str = ""


def under(facts: GroundFacts, at: datetime, what_if: str = "") -> MapFacts:
    """Return what counts at a moment under a what-if.

    Parameters
    ----------
    at
        Aware moment; areas derived from settlements hold for it only.
    what_if
        Name of one, or empty for the facts alone.

    Raises
    ------
    UsageError
        If there is no what-if of that name.
    """
    known = [item.what_if for item in facts.what_ifs]
    if what_if and what_if not in known:
        accepted = ", ".join(known) or "none is in the scenario"
        raise UsageError(f"'{what_if}' is not a what-if of the scenario; accepted: {accepted}.")
    derived = areas_from_settlements(
        facts.settlements, at, stated=facts.control, reach_m=facts.settlement_reach_m
    )
    control = (*facts.control, *derived)
    if what_if:
        control = _assuming(control, _assumed_areas(facts, what_if), at)
    closures = tuple(item for item in facts.closures if item.what_if in {"", what_if})
    return MapFacts(control, facts.hazards, closures, what_if)


def _assumed_areas(facts: GroundFacts, what_if: str) -> tuple[ControlArea, ...]:
    places = {place.place_id: place for place in facts.places}
    return tuple(
        _assumed_area(item, places[item.place_id])
        for item in facts.assumed_holders
        if item.what_if == what_if and item.place_id in places
    )


def _assumed_area(item: AssumedHolder, place: Place) -> ControlArea:
    frame = LocalFrame(place.lon, place.lat)
    circle = frame.to_degrees(shapely.buffer(shapely.Point(0, 0), item.reach_m))
    return ControlArea(
        area_id=item.assumption_id,
        holder=item.holder,
        polygons=polygons_of(circle),
        valid_from=item.valid_from,
        valid_to=item.valid_to,
        source=f"assumed in the what-if '{item.what_if}': {item.reason}",
        basis=Basis.ASSUMED,
        words="an assumption, not a fact",
    )


def _assuming(
    control: Iterable[ControlArea], assumed: tuple[ControlArea, ...], at: datetime
) -> tuple[ControlArea, ...]:
    """Return the areas with the ground of those assumed at the moment taken out of the others."""
    now = [area for area in assumed if in_force(area.valid_from, area.valid_to, at)]
    if not now:
        return tuple(control)
    ground = shapely.union_all([shape_of(Ground(area.polygons)) for area in now])
    left = (cut_away(area, ground) for area in control)
    return (*(area for area in left if area is not None), *now)
