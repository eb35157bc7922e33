"""Control, hazards and closures at one moment, laid over the roads.

Who holds each stretch, what danger lies on it, which rule shuts it, and how old each of these facts
is. Rules: docs/spec/03-corridor.md §12 to §15 and §55 to §63.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.closures import arcs_of, class_bits, is_shut
from safepassage.core.corridor.ground import (
    LEAST_REACH_M,
    Ground,
    Layout,
    arcs_on,
    arcs_on_any,
    arcs_on_ways,
    lay_out,
    nodes_on,
    points_on,
)
from safepassage.core.corridor.hazards import (
    CLOSED_SEVERITY,
    DEFAULT_HAZARD_MODEL,
    SECONDS_PER_DAY,
    HazardModel,
    ground_of,
    hazards_at,
    in_force,
    place_rates_per_h,
)
from safepassage.core.corridor.types import (
    CONTESTED,
    TRUCE,
    Basis,
    Closure,
    ControlArea,
    Hazard,
    Place,
    RoadNetwork,
)
from safepassage.core.geo.frame import area_of
from safepassage.core.geo.polylines import midpoints, points_inside, take
from safepassage.errors import UsageError

__all__ = [
    "CLOSED_SEVERITY",
    "DEFAULT_HAZARD_MODEL",
    "LEAST_REACH_M",
    "SIDE_TOLERANCE_M",
    "Fact",
    "FactKind",
    "FactOnWay",
    "HazardModel",
    "Situation",
    "facts_at_place",
    "hazards_at",
    "holders_at",
    "in_force",
    "place_rates_per_h",
    "read_situation",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIDE_TOLERANCE_M = 10.0
"""Lines on a map are drawn no better: less of a road than this on other ground does not count."""

_NO_PARTY = frozenset({"", CONTESTED, TRUCE})


class FactKind(StrEnum):
    """What a dated fact is about."""

    CONTROL = "control"
    HAZARD = "hazard"
    CLOSURE = "closure"


@dataclass(frozen=True, slots=True)
class Fact:
    """A dated fact in force at the moment of a situation.

    Parameters
    ----------
    fact_id
        Id of the area, hazard or closure.
    dated
        Aware moment since when it is known; None for a closure without a beginning.
    words
        The holder, the kind of hazard or the kind of closure, and what else a person should read.
    """

    kind: FactKind
    fact_id: str
    dated: datetime | None
    source: str
    basis: Basis
    words: str

    def age_days(self, at: datetime) -> float | None:
        """Return how old the fact is at a moment, None where it has no date."""
        return None if self.dated is None else (at - self.dated).total_seconds() / SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class FactOnWay:
    """A fact and the metres of some arcs that it bears on."""

    fact: Fact
    metres: float


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """What control, hazards and closures say of each arc at one moment.

    Parameters
    ----------
    at
        The moment, aware.
    holders
        Sets of holders that occur, as sorted tuples; ``()`` (nobody known) comes first.
    side, node_side
        int16[m], int16[n]: index into `holders`: everybody on whose ground more than
        :data:`SIDE_TOLERANCE_M` of the arc lies (half of a shorter arc), and the node.
    crosses
        bool[m]: the holders change along the arc.
    rate_per_h
        float64[m], mean hazard rate along the arc.
    closed_by
        int32[m], index into `hazards` of the first hazard that closes the arc, or -1.
    hazards
        Those in force at the moment.
    oldest_fact_s
        float64[m], POSIX time of the oldest control or hazard fact that bears on the arc;
        infinity where there is none.
    middle
        int16[m], index into `holders`, by the arc's midpoint: for showing, not for driving.
    names, share_of
        Holders, and float32[names, m] the share of each arc's length on the ground of each.
    closures
        Those that shut something at the moment.
    closure_of
        int32[m], index into `closures` of the first closure that shuts the arc for any class, or
        -1.
    closed_to
        uint8[m], bits of the vehicle classes that a closure shuts out.
    shut_places
        (place id, index into `closures`) of places that cannot be reached or left.
    facts, fact_arc, fact_number, fact_share
        The facts in force, and for each pair of arc and fact: int32[f] the arc, int32[f] the index
        of the fact, float32[f] the share of the arc's length.
    """

    at: datetime
    holders: tuple[tuple[str, ...], ...]
    side: NDArray[np.int16]
    node_side: NDArray[np.int16]
    crosses: NDArray[np.bool_]
    rate_per_h: Floats
    closed_by: NDArray[np.int32]
    hazards: tuple[Hazard, ...]
    oldest_fact_s: Floats = field(repr=False)
    middle: NDArray[np.int16]
    names: tuple[str, ...]
    share_of: NDArray[np.float32] = field(repr=False)
    closures: tuple[Closure, ...]
    closure_of: NDArray[np.int32]
    closed_to: NDArray[np.uint8]
    shut_places: tuple[tuple[str, int], ...]
    facts: tuple[Fact, ...]
    fact_arc: NDArray[np.int32] = field(repr=False)
    fact_number: NDArray[np.int32] = field(repr=False)
    fact_share: NDArray[np.float32] = field(repr=False)

    def facts_on(self, network: RoadNetwork, arcs: Ints) -> tuple[FactOnWay, ...]:
        """Return the facts that some arcs rest on with the metres of each, the oldest first.

        Parameters
        ----------
        network
            The one that the situation was read for.
        arcs
            int64[k], each counted once.
        """
        pairs = np.flatnonzero(np.isin(self.fact_arc, arcs))
        metres = network.length_m[self.fact_arc[pairs]] * self.fact_share[pairs]
        total = np.bincount(self.fact_number[pairs], weights=metres, minlength=len(self.facts))
        bearing = np.unique(self.fact_number[pairs]).tolist()
        found = [FactOnWay(self.facts[index], float(total[index])) for index in bearing]
        return tuple(sorted(found, key=_oldest_first))

    def metres_by_holder(self, network: RoadNetwork, arcs: Ints) -> dict[str, float]:
        """Return the metres of a path on the ground of each holder, '' for nobody known.

        Ground that several hold counts for each of them.
        """
        length = network.length_m[arcs]
        held = self.share_of[:, arcs]
        metres = {name: float(row @ length) for name, row in zip(self.names, held, strict=True)}
        metres[""] = float((1.0 - np.minimum(held.sum(axis=0), 1.0)) @ length)
        return {name: value for name, value in metres.items() if value > 0}


def _oldest_first(item: FactOnWay) -> tuple[float, str, str]:
    dated = item.fact.dated
    return (np.inf if dated is None else dated.timestamp(), item.fact.kind, item.fact.fact_id)


def read_situation(
    network: RoadNetwork,
    control: tuple[ControlArea, ...],
    hazards: tuple[Hazard, ...],
    at: datetime,
    model: HazardModel = DEFAULT_HAZARD_MODEL,
    closures: tuple[Closure, ...] = (),
    places: tuple[Place, ...] = (),
) -> Situation:
    """Lay control, hazards and closures at a moment over the network.

    Parameters
    ----------
    network
        WGS 84.
    control
        Areas; those with ``valid_from <= at < valid_to`` count.
    hazards
        Those with ``observed_at <= at < valid_to`` count.
    at
        Aware moment.
    model
        Rates by kind, severity and age.
    closures
        Facts, and those of one what-if at most, as
        :func:`safepassage.core.corridor.what_if.under` chooses them; those that shut at the
        moment count.
    places
        Those that a closure may name.

    Raises
    ------
    UsageError
        If there are closures of several what-ifs: they would be mixed.
    """
    areas = tuple(area for area in control if in_force(area.valid_from, area.valid_to, at))
    active = hazards_at(hazards, at)
    shutting = _shutting(closures, at)
    layout = lay_out(network)
    on_areas = [arcs_on(layout, Ground(area.polygons)) for area in areas]
    on_hazards = [_arcs_in_danger(network, layout, hazard) for hazard in active]
    on_closures = [arcs_of(network, closure) for closure in shutting]
    sides = _sides(network, layout, areas, on_areas)
    rate, closed_by = _rates(network.arc_count, active, on_hazards, at, model)
    closure_of, closed_to = _shut(network.arc_count, shutting, on_closures)
    pairs = _pairs([*on_areas, *on_hazards, *((arcs, np.ones(len(arcs))) for arcs in on_closures)])
    facts = (*map(_control_fact, areas), *map(_hazard_fact, active), *map(_closure_fact, shutting))
    dated = len(areas) + len(active)
    return Situation(
        at=at,
        holders=sides.holders,
        side=sides.side,
        node_side=sides.node_side,
        crosses=sides.crosses,
        rate_per_h=rate,
        closed_by=closed_by,
        hazards=active,
        oldest_fact_s=_oldest(network.arc_count, facts[:dated], [*on_areas, *on_hazards]),
        middle=sides.middle,
        names=sides.names,
        share_of=sides.share_of,
        closures=shutting,
        closure_of=closure_of,
        closed_to=closed_to,
        shut_places=_shut_places(shutting, places),
        facts=facts,
        fact_arc=pairs[0],
        fact_number=pairs[1],
        fact_share=pairs[2],
    )


def _shutting(closures: tuple[Closure, ...], at: datetime) -> tuple[Closure, ...]:
    asked = sorted({closure.what_if for closure in closures} - {""})
    if len(asked) > 1:
        raise UsageError(f"Closures of several what-ifs are given ({', '.join(asked)}); name one.")
    return tuple(closure for closure in closures if is_shut(closure, at))


OnArcs = tuple[Ints, Floats]
"""Arcs that something bears on, and the share of each arc's length."""


def _arcs_in_danger(network: RoadNetwork, layout: Layout, hazard: Hazard) -> OnArcs:
    if hazard.way_ids:
        arcs = arcs_on_ways(network, hazard.way_ids)
        return arcs, np.ones(len(arcs))
    return arcs_on(layout, ground_of(hazard))


def _rates(
    count: int,
    hazards: tuple[Hazard, ...],
    on_arcs: list[OnArcs],
    at: datetime,
    model: HazardModel,
) -> tuple[Floats, NDArray[np.int32]]:
    rate = np.zeros(count)
    closed_by = np.full(count, -1, dtype=np.int32)
    for index, (hazard, (arcs, share)) in enumerate(zip(hazards, on_arcs, strict=True)):
        rate[arcs] += share * model.rate_per_h(hazard, at)
        if hazard.severity >= CLOSED_SEVERITY:
            closed_by[arcs[closed_by[arcs] < 0]] = index
    return rate, closed_by


def _shut(
    count: int, closures: tuple[Closure, ...], on_arcs: list[Ints]
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    closure_of = np.full(count, -1, dtype=np.int32)
    closed_to = np.zeros(count, dtype=np.uint8)
    for index, (closure, arcs) in enumerate(zip(closures, on_arcs, strict=True)):
        closure_of[arcs[closure_of[arcs] < 0]] = index
        closed_to[arcs] |= np.uint8(class_bits(closure))
    return closure_of, closed_to


def _shut_places(
    closures: tuple[Closure, ...], places: tuple[Place, ...]
) -> tuple[tuple[str, int], ...]:
    known = {place.place_id for place in places}
    return tuple(
        (closure.place_id, index)
        for index, closure in enumerate(closures)
        if closure.place_id in known
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Who holds what; the fields of :class:`Situation` of these names."""

    holders: tuple[tuple[str, ...], ...]
    side: NDArray[np.int16]
    node_side: NDArray[np.int16]
    crosses: NDArray[np.bool_]
    middle: NDArray[np.int16]
    names: tuple[str, ...]
    share_of: NDArray[np.float32]


def _sides(
    network: RoadNetwork, layout: Layout, areas: tuple[ControlArea, ...], on_arcs: list[OnArcs]
) -> _Sides:
    names = tuple(sorted({area.holder for area in areas} - {""}))
    number = {name: index for index, name in enumerate(names)}
    share = np.zeros((len(names), network.arc_count), dtype=np.float32)
    node_held = np.zeros((len(names), network.node_count), dtype=bool)
    twice = np.zeros(len(names), dtype=bool)
    for area, (arcs, part) in zip(areas, on_arcs, strict=True):
        if area.holder:
            row = number[area.holder]
            twice[row] |= bool((share[row, arcs] > 0).any())
            share[row, arcs] += part.astype(np.float32)
            node_held[row, nodes_on(layout, Ground(area.polygons))] = True
    for row in np.flatnonzero(twice).tolist():
        # Areas of one holder may overlap: ground counts once, so what counts is their union.
        of_holder = [Ground(area.polygons) for area in areas if area.holder == names[row]]
        arcs, part = arcs_on_any(layout, tuple(of_holder))
        share[row, arcs] = part.astype(np.float32)
    np.minimum(share, 1.0, out=share)
    held, crosses = _held(network.length_m, share)
    middle = held.copy()
    middle[:, crosses] = _held_midpoints(layout, areas, number, np.flatnonzero(crosses))
    holders, codes = _patterns(names, (held, middle, node_held))
    return _Sides(holders, codes[0], codes[2], crosses, codes[1], names, share)


def _held(
    length_m: Floats, share: NDArray[np.float32]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return who holds more of each arc than the tolerance, and where the holders change."""
    least = np.minimum(SIDE_TOLERANCE_M, length_m / 2)
    enough = np.divide(least, length_m, out=np.full_like(least, 0.5), where=length_m > 0)
    enough = enough.astype(np.float32)
    held = share >= enough
    partly = held & (share <= 1.0 - enough) & (share < 1.0)
    return held, np.asarray(partly.any(axis=0))


def _held_midpoints(
    layout: Layout, areas: tuple[ControlArea, ...], number: dict[str, int], arcs: Ints
) -> NDArray[np.bool_]:
    held = np.zeros((len(number), len(arcs)), dtype=bool)
    if len(arcs) == 0:
        return held
    points, line = take(layout.offset, arcs)
    offset = np.r_[0, np.cumsum(np.bincount(line, minlength=len(arcs)))].astype(np.int64)
    lon, lat = midpoints(offset, layout.lon[points], layout.lat[points])
    for area in areas:
        if area.holder:
            held[number[area.holder]] |= points_on(Ground(area.polygons), lon, lat)
    return held


def _patterns(
    names: tuple[str, ...], tables: tuple[NDArray[np.bool_], ...]
) -> tuple[tuple[tuple[str, ...], ...], list[NDArray[np.int16]]]:
    """Return the sets of holders that occur, nobody first, and each column's index among them."""
    weights = (1 << np.arange(len(names), dtype=np.int64))[:, None]
    codes = [np.where(table, weights, 0).sum(axis=0) for table in tables]
    present = sorted({0, *(code for part in codes for code in np.unique(part).tolist())})
    sets = [tuple(name for bit, name in enumerate(names) if code >> bit & 1) for code in present]
    order = sorted(range(len(sets)), key=lambda index: sets[index])
    rank = np.empty(len(sets), dtype=np.int16)
    rank[order] = np.arange(len(sets), dtype=np.int16)
    known = np.array(present, dtype=np.int64)
    return tuple(sets[index] for index in order), [
        rank[np.searchsorted(known, part)] for part in codes
    ]


def _pairs(
    on_arcs: list[OnArcs],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    sizes = [len(arcs) for arcs, _ in on_arcs]
    number = np.repeat(np.arange(len(on_arcs), dtype=np.int32), sizes)
    arcs = np.concatenate([np.zeros(0, dtype=np.int64), *(arcs for arcs, _ in on_arcs)])
    share = np.concatenate([np.zeros(0), *(share for _, share in on_arcs)])
    return arcs.astype(np.int32), number, share.astype(np.float32)


def _oldest(count: int, facts: tuple[Fact, ...], on_arcs: list[OnArcs]) -> Floats:
    oldest = np.full(count, np.inf)
    for fact, (arcs, _) in zip(facts, on_arcs, strict=True):
        since = np.inf if fact.dated is None else fact.dated.timestamp()
        oldest[arcs] = np.minimum(oldest[arcs], since)
    return oldest


def _control_fact(area: ControlArea) -> Fact:
    words = f"held by {area.holder}" if area.holder else "nobody is known to hold it"
    words = f"{words} ({area.words})" if area.words else words
    return Fact(FactKind.CONTROL, area.area_id, area.valid_from, area.source, area.basis, words)


def _hazard_fact(hazard: Hazard) -> Fact:
    words = f"{hazard.kind.value.replace('_', ' ')}, severity {hazard.severity:g}"
    return Fact(
        FactKind.HAZARD, hazard.hazard_id, hazard.observed_at, hazard.source, Basis.STATED, words
    )


def _closure_fact(closure: Closure) -> Fact:
    basis = Basis.ASSUMED if closure.what_if else Basis.STATED
    words = closure.kind.value.replace("_", " ")
    return Fact(
        FactKind.CLOSURE, closure.closure_id, closure.valid_from, closure.source, basis, words
    )


def facts_at_place(
    place: Place,
    control: tuple[ControlArea, ...],
    hazards: tuple[Hazard, ...],
    closures: tuple[Closure, ...],
    at: datetime,
) -> tuple[Fact, ...]:
    """Return the facts in force at a place, the oldest first."""
    found = sorted(
        _facts_at(place, control, hazards, closures, at),
        key=lambda fact: _oldest_first(FactOnWay(fact, 0.0)),
    )
    return tuple(found)


def _facts_at(
    place: Place,
    control: tuple[ControlArea, ...],
    hazards: tuple[Hazard, ...],
    closures: tuple[Closure, ...],
    at: datetime,
) -> Iterator[Fact]:
    lon, lat = np.array([place.lon]), np.array([place.lat])
    for area in control:
        current = in_force(area.valid_from, area.valid_to, at)
        if current and points_on(Ground(area.polygons), lon, lat)[0]:
            yield _control_fact(area)
    for hazard in hazards_at(hazards, at):
        if points_on(ground_of(hazard), lon, lat)[0]:
            yield _hazard_fact(hazard)
    for closure in closures:
        ground = Ground(closure.polygons, closure.line, closure.reach_m)
        here = closure.place_id == place.place_id or points_on(ground, lon, lat)[0]
        if here and is_shut(closure, at):
            yield _closure_fact(closure)


def holders_at(
    places: tuple[Place, ...], control: tuple[ControlArea, ...], at: datetime
) -> tuple[str, ...]:
    """Return which party holds each place at a moment; empty where none or more than one does."""
    areas = [
        area for area in control if area.holder and in_force(area.valid_from, area.valid_to, at)
    ]
    lon = np.array([place.lon for place in places], dtype=np.float64)
    lat = np.array([place.lat for place in places], dtype=np.float64)
    inside = points_inside([area_of(area.polygons) for area in areas], lon, lat)
    held: list[set[str]] = [set() for _ in places]
    for area, point in zip(*(pairs.tolist() for pairs in inside), strict=True):
        held[point].add(areas[area].holder)
    return tuple(_one_party(holders) for holders in held)


def _one_party(holders: set[str]) -> str:
    return next(iter(holders)) if len(holders) == 1 and not holders & _NO_PARTY else ""
