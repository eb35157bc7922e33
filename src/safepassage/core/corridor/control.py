"""Areas from dated facts about settlements, and ground that is claimed twice.

Rules: docs/spec/03-corridor.md §64 to §67; the method and its limits in docs/theory/control.md.
What is made here is derived and says so: a settlement's holder is a fact about a point on a date,
not about the fields around it nor about the days between two dates.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray

from safepassage.core.corridor.ground import Ground, shape_of
from safepassage.core.corridor.hazards import in_force
from safepassage.core.corridor.types import Basis, ControlArea, DateMeaning, SettlementFact
from safepassage.core.geo.frame import (
    EARTH_RADIUS_M,
    FULL_TURN,
    Polygons,
    moved_east,
    near,
    polygons_of,
)

DEFAULT_REACH_M = 5000.0
"""An assumption: ground further than this from a settlement is not said to be held with it."""
COMMON_LEAST_KM2 = 0.01
"""Ground held twice that is smaller is the error of a drawn outline."""

_QUARTER_ARCS = 8
"""Straight edges that stand for a quarter of the circle around a settlement."""


@dataclass(frozen=True, slots=True)
class SettlementState:
    """What is known of a settlement at a moment.

    Parameters
    ----------
    holders
        Those that the facts name: several where facts of one date disagree, or where the moment
        lies between two observations that differ.
    words
        What a person reads: on what dates it rests, and whether the moment lies between them.
    dated
        Of the older fact that it rests on.
    until
        When the next fact of the settlement is dated; None where there is none.
    """

    settlement: str
    lat: float
    lon: float
    holders: tuple[str, ...]
    words: str
    dated: datetime
    until: datetime | None
    source: str


def areas_from_settlements(
    facts: Sequence[SettlementFact],
    at: datetime,
    *,
    stated: Sequence[ControlArea] = (),
    reach_m: float = DEFAULT_REACH_M,
) -> tuple[ControlArea, ...]:
    """Return the areas that dated facts about settlements suggest at one moment.

    Each settlement with a fact by then gets the ground that is nearer to it than to any other such
    settlement (its Voronoi cell), at most `reach_m` away, and not covered by a stated area in
    force. Two holders of one settlement give two areas on the same ground.

    Parameters
    ----------
    facts
        Of any dates; WGS 84.
    at
        Aware moment. The areas hold for this moment: at another the cells are others.
    stated
        Areas that a source states; they come first.
    reach_m
        Metres from the settlement beyond which nothing is derived.

    Returns
    -------
    Areas of basis ``derived`` in the order of the settlements' names, WGS 84, none empty.
    """
    states = settlements_at(facts, at)
    covered = _covered(stated, at)
    areas: list[ControlArea] = []
    for area_id, state, cell in zip(_ids(states), states, _cells(states, reach_m), strict=True):
        polygons = polygons_of(_without(cell, covered))
        if polygons:
            areas += (_derived(state, holder, polygons, area_id) for holder in state.holders)
    return tuple(areas)


def settlements_at(facts: Iterable[SettlementFact], at: datetime) -> tuple[SettlementState, ...]:
    """Return what is known of each settlement at a moment, by name and position.

    A settlement whose first fact is dated later is left out: nothing is carried back in time.
    """
    groups: dict[tuple[str, float, float], list[SettlementFact]] = {}
    for fact in facts:
        groups.setdefault((fact.settlement, fact.lat, fact.lon), []).append(fact)
    states = (_state(group, at) for _, group in sorted(groups.items()))
    return tuple(state for state in states if state is not None)


def _state(facts: list[SettlementFact], at: datetime) -> SettlementState | None:
    dates = sorted({fact.dated for fact in facts})
    past = [date for date in dates if date <= at]
    if not past:
        return None
    coming = next((date for date in dates if date > at), None)
    last = _of_date(facts, past[-1])
    next_facts = _of_date(facts, coming) if coming is not None else []
    between = _is_between(last, next_facts)
    holders = _holders([*last, *(next_facts if between else [])])
    return SettlementState(
        settlement=last[0].settlement,
        lat=last[0].lat,
        lon=last[0].lon,
        holders=holders,
        words=_words(last, next_facts, between=between),
        dated=past[-1],
        until=coming,
        source="; ".join(dict.fromkeys(fact.source for fact in last)),
    )


def _of_date(facts: list[SettlementFact], date: datetime) -> list[SettlementFact]:
    return sorted((fact for fact in facts if fact.dated == date), key=lambda fact: fact.held_by)


def _is_between(last: list[SettlementFact], coming: list[SettlementFact]) -> bool:
    """Return whether the holder changed at a moment that no fact gives.

    It did where the next fact is an observation and names another holder. A fact that says since
    when it holds gives the moment of the change itself.
    """
    observed = [fact for fact in coming if fact.meaning is DateMeaning.SEEN]
    return bool(observed) and _holders(observed) != _holders(last)


def _holders(facts: Iterable[SettlementFact]) -> tuple[str, ...]:
    return tuple(sorted({fact.holder for fact in facts}))


def _words(last: list[SettlementFact], coming: list[SettlementFact], *, between: bool) -> str:
    said = _said(last)
    if between:
        return f"between {said} and {_said(coming)}; when it changed is not known"
    if len(_holders(last)) > 1:
        return f"{said}: the facts of that date disagree"
    if coming and last[0].meaning is DateMeaning.SEEN:
        return f"between {said} and {_said(coming)}"
    return said


def _said(facts: list[SettlementFact]) -> str:
    words = " and ".join(dict.fromkeys(f"'{fact.held_by}'" for fact in facts))
    return f"{words} {facts[0].meaning.value} {facts[0].dated.date().isoformat()}"


def _covered(stated: Sequence[ControlArea], at: datetime) -> shapely.Geometry:
    shapes = [
        shape_of(Ground(area.polygons))
        for area in stated
        if in_force(area.valid_from, area.valid_to, at)
    ]
    return shapely.union_all(shapes)


def _without(cell: shapely.Geometry, covered: shapely.Geometry) -> shapely.Geometry:
    """Return the part of a cell that is not covered, on whatever turn of the Earth."""
    for turns in (-FULL_TURN, 0.0, FULL_TURN):
        moved = moved_east(covered, turns)
        if shapely.intersects(cell, moved):
            cell = shapely.difference(cell, moved)
    return cell


def _ids(states: Sequence[SettlementState]) -> list[str]:
    """Return an id for each settlement: its name, numbered where several have the same."""
    names = ["derived-" + re.sub(r"[^\w.]+", "-", state.settlement).strip("-") for state in states]
    return [
        name if names.count(name) == 1 else f"{name}-no{names[: index + 1].count(name)}"
        for index, name in enumerate(names)
    ]


def _derived(state: SettlementState, holder: str, polygons: Polygons, area_id: str) -> ControlArea:
    mark = f"-{holder.strip('()') or 'unknown'}" if len(state.holders) > 1 else ""
    return ControlArea(
        area_id=area_id + mark,
        holder=holder,
        polygons=polygons,
        valid_from=state.dated,
        valid_to=state.until,
        source=state.source,
        basis=Basis.DERIVED,
        words=f"derived from {state.settlement}: {state.words}",
    )


def _cells(states: Sequence[SettlementState], reach_m: float) -> list[shapely.Geometry]:
    """Return the bounded Voronoi cell of each settlement in degrees; they may pass 180.

    The cells are drawn on the Mercator map, which keeps angles: nearest on the map is nearest on
    the ground as long as neighbours lie at about one latitude. Settlements at one point share one.
    """
    if not states:
        return []
    lon = np.array([state.lon for state in states])
    lon = near(lon, float(lon[0]))
    lat = np.array([state.lat for state in states])
    points = np.column_stack(_mercator(lon, lat))
    radius = reach_m / (EARTH_RADIUS_M * np.cos(np.radians(lat)))
    circles = shapely.buffer(shapely.points(points), radius, quad_segs=_QUARTER_ARCS)
    cells = shapely.intersection(_voronoi(points), circles)
    return [shapely.transform(cell, _degrees) for cell in cells]


def _voronoi(points: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return the unbounded cell of each point, wide enough for any circle drawn around it."""
    distinct, which = np.unique(points, axis=0, return_inverse=True)
    west, south = distinct.min(axis=0) - 1.0
    east, north = distinct.max(axis=0) + 1.0
    frame = shapely.box(west, south, east, north)
    if len(distinct) == 1:
        return np.array([frame] * len(points), dtype=object)
    sites = shapely.multipoints(distinct)
    cells = shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=frame))
    site, cell = shapely.STRtree(cells).query(shapely.points(distinct), predicate="within")
    owned = np.empty(len(distinct), dtype=object)
    owned[site] = cells[cell]
    return np.asarray(owned[which.reshape(-1)], dtype=object)


def _mercator(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.radians(lon), np.arctanh(np.sin(np.radians(lat)))


def _degrees(points: NDArray[np.float64]) -> NDArray[np.float64]:
    lat = np.arcsin(np.tanh(points[:, 1]))
    return np.column_stack((np.degrees(points[:, 0]), np.degrees(lat)))


@dataclass(frozen=True, slots=True)
class HeldTwice:
    """Ground that two stated areas of different holders cover at the same time.

    Parameters
    ----------
    first, second
        Ids of the areas, in their order.
    common_km2
        Square kilometres, as if the Earth were flat at the ground's middle.
    """

    first: ControlArea
    second: ControlArea
    common_km2: float

    def sentence(self) -> str:
        """Return it in words, with both ids."""
        one, other = self.first, self.second
        return (
            f"'{other.area_id}' ({other.holder}) covers {self.common_km2:,.2f} km² that "
            f"'{one.area_id}' ({one.holder}) holds at the same time; check which holds"
        )


def held_twice(areas: Sequence[ControlArea]) -> Iterator[HeldTwice]:
    """Yield ground that two areas of different holders cover at the same time, in their order."""
    if not areas:
        return
    shapes = [shape_of(Ground(area.polygons)) for area in areas]
    tree = shapely.STRtree(shapes)
    pairs = np.sort(tree.query(shapes, predicate="intersects"), axis=0)
    for first, second in np.unique(pairs, axis=1).T.tolist():
        one, other = areas[first], areas[second]
        if first != second and one.holder != other.holder and _at_one_time(one, other):
            common_km2 = _area_km2(shapely.intersection(shapes[first], shapes[second]))
            if common_km2 > COMMON_LEAST_KM2:
                yield HeldTwice(one, other, common_km2)


def _at_one_time(one: ControlArea, other: ControlArea) -> bool:
    ends_before = one.valid_to is not None and one.valid_to <= other.valid_from
    starts_after = other.valid_to is not None and other.valid_to <= one.valid_from
    return not (ends_before or starts_after)


def _area_km2(shape: shapely.Geometry) -> float:
    if shapely.is_empty(shape):
        return 0.0
    degree_km = math.radians(EARTH_RADIUS_M) / 1000
    narrow = math.cos(math.radians(float(shapely.get_y(shapely.centroid(shape)))))
    return float(shapely.area(shape)) * degree_km**2 * narrow


def cut_away(area: ControlArea, ground: shapely.Geometry) -> ControlArea | None:
    """Return an area without some ground (degrees), None where nothing of it is left."""
    shape = shape_of(Ground(area.polygons))
    if not shapely.intersects(shape, ground):
        return area
    left = polygons_of(shapely.difference(shape, ground))
    return replace(area, polygons=left) if left else None
