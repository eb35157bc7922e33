"""Control and hazards at one date, laid over the roads: who holds each arc, what it costs.

Rules: docs/spec/03-corridor.md §12 to §17; the reasons in docs/theory/corridor.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray

from safepassage.core.corridor.types import (
    ControlArea,
    Hazard,
    HazardKind,
    Place,
    RoadNetwork,
)
from safepassage.core.geo.frame import LocalFrame, area_of
from safepassage.core.geo.polylines import boxes, midpoints, points_inside, take

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLOSED_SEVERITY = 1.0
LEAST_REACH_M = 15.0
"""A hazard given as a line acts at least this far: half a wide road and the line's error."""

_METRES_PER_DEGREE = 110_000.0
"""A little less than the least length of a degree of latitude, so that boxes come out too large."""


@dataclass(frozen=True, slots=True)
class HazardModel:
    """How a hazard on the map becomes a rate per person and hour.

    The rate is ``weight of the kind * severity * age factor``; the age factor grows from 1 by 1
    each `doubling_days` up to `age_factor_limit`, since an old fact is a risk of its own. The
    weights are assumptions that an operation changes; they order risks and predict nothing.

    Parameters
    ----------
    kind_weight_per_h
        (kind, rate per hour at severity 1) pairs; a kind that is missing weighs 1.
    doubling_days
        Days after which an unconfirmed observation counts double.
    age_factor_limit
        At least 1.
    """

    kind_weight_per_h: tuple[tuple[HazardKind, float], ...] = (
        (HazardKind.MINES, 1.0),
        (HazardKind.SHELLING, 1.0),
        (HazardKind.DRONE, 1.0),
        (HazardKind.BROKEN_BRIDGE, 0.5),
        (HazardKind.FLOOD, 0.5),
        (HazardKind.DEBRIS, 0.3),
        (HazardKind.CHECKPOINT, 0.2),
    )
    doubling_days: float = 30.0
    age_factor_limit: float = 3.0

    def rate_per_h(self, hazard: Hazard, at: datetime) -> float:
        """Return the hazard rate per person and hour inside the hazard at a moment."""
        age_days = (at - hazard.observed_at).total_seconds() / 86_400
        factor = min(self.age_factor_limit, 1.0 + max(0.0, age_days) / self.doubling_days)
        return dict(self.kind_weight_per_h).get(hazard.kind, 1.0) * hazard.severity * factor


DEFAULT_HAZARD_MODEL = HazardModel()


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """What control and hazards say of each arc at one moment.

    Parameters
    ----------
    at
        The moment, aware.
    holders
        Sets of holders that occur, as sorted tuples; ``()`` (nobody known) comes first. Two
        holders stand together where polygons overlap.
    side, node_side
        int16[m], int16[n]: index into `holders`, by the arc's midpoint and by the node.
    crosses
        bool[m]: the arc's ends have different holders.
    rate_per_h
        float64[m], mean hazard rate along the arc.
    closed_by
        int32[m], index into `hazards` of the first hazard that closes the arc, or -1.
    hazards
        Those in force at the moment.
    oldest_fact_s
        float64[m], POSIX time of the oldest control or hazard fact that bears on the arc;
        infinity where there is none.
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


def read_situation(
    network: RoadNetwork,
    control: tuple[ControlArea, ...],
    hazards: tuple[Hazard, ...],
    at: datetime,
    model: HazardModel = DEFAULT_HAZARD_MODEL,
) -> Situation:
    """Lay control and hazards at a moment over the network.

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
    """
    areas = tuple(area for area in control if in_force(area.valid_from, area.valid_to, at))
    active = hazards_at(hazards, at)
    holders, point_side, point_fact = _sides(network, areas)
    arcs = network.arc_count
    rate, closed_by, hazard_fact = _hazard_rates(network, active, at, model)
    node_side = point_side[arcs:]
    return Situation(
        at=at,
        holders=holders,
        side=point_side[:arcs],
        node_side=node_side,
        crosses=node_side[network.tail] != node_side[network.head],
        rate_per_h=rate,
        closed_by=closed_by,
        hazards=active,
        oldest_fact_s=np.minimum(point_fact[:arcs], hazard_fact),
    )


def hazards_at(hazards: tuple[Hazard, ...], at: datetime) -> tuple[Hazard, ...]:
    """Return the hazards in force at a moment that lie anywhere."""
    return tuple(
        hazard
        for hazard in hazards
        if in_force(hazard.observed_at, hazard.valid_to, at) and (hazard.polygons or hazard.line)
    )


def in_force(valid_from: datetime, valid_to: datetime | None, at: datetime) -> bool:
    """Return whether a dated fact holds at a moment; the end is not included."""
    return valid_from <= at and (valid_to is None or at < valid_to)


def holders_at(
    places: tuple[Place, ...], control: tuple[ControlArea, ...], at: datetime
) -> tuple[str, ...]:
    """Return who holds each place at a moment, empty where nobody or more than one party does."""
    areas = [area for area in control if in_force(area.valid_from, area.valid_to, at)]
    lon = np.array([place.lon for place in places], dtype=np.float64)
    lat = np.array([place.lat for place in places], dtype=np.float64)
    inside = points_inside([area_of(area.polygons) for area in areas], lon, lat)
    held: list[set[str]] = [set() for _ in places]
    for area, point in zip(*(pairs.tolist() for pairs in inside), strict=True):
        held[point].add(areas[area].holder)
    return tuple(holders.pop() if len(holders) == 1 else "" for holders in held)


def place_rates_per_h(
    places: tuple[Place, ...],
    hazards: tuple[Hazard, ...],
    at: datetime,
    model: HazardModel = DEFAULT_HAZARD_MODEL,
) -> Floats:
    """Return float64[p], the hazard rate per person and hour of waiting at each place."""
    lon = np.array([place.lon for place in places], dtype=np.float64)
    lat = np.array([place.lat for place in places], dtype=np.float64)
    rates = np.zeros(len(places))
    for hazard in hazards_at(hazards, at):
        frame = _frame(hazard)
        inside = shapely.intersects_xy(_ground(hazard, frame), frame.to_metres(lon, lat))
        rates += np.where(inside, model.rate_per_h(hazard, at), 0.0)
    return rates


def _sides(
    network: RoadNetwork, areas: tuple[ControlArea, ...]
) -> tuple[tuple[tuple[str, ...], ...], NDArray[np.int16], Floats]:
    """Return holders, and side and oldest fact of each arc's midpoint, then of each node."""
    lon, lat = midpoints(network.shape_offset, network.shape_lon, network.shape_lat)
    lon, lat = np.r_[lon, network.node_lon], np.r_[lat, network.node_lat]
    area, point = points_inside([area_of(item.polygons) for item in areas], lon, lat)
    facts = np.full(len(lon), np.inf)
    since = np.array([item.valid_from.timestamp() for item in areas], dtype=np.float64)
    np.minimum.at(facts, point, since[area])
    names = sorted({item.holder for item in areas})
    held = np.zeros((len(lon), len(names)), dtype=bool)
    number = np.array([names.index(item.holder) for item in areas], dtype=np.int64)
    held[point, number[area]] = True
    patterns, side = np.unique(held, axis=0, return_inverse=True) if names else (held[:1], None)
    holders = [tuple(np.array(names)[row].tolist()) for row in patterns] if names else []
    return (*_nobody_first(holders, side, len(lon)), facts)


def _nobody_first(
    holders: list[tuple[str, ...]], side: Ints | None, count: int
) -> tuple[tuple[tuple[str, ...], ...], NDArray[np.int16]]:
    if side is None:
        return ((),), np.zeros(count, dtype=np.int16)
    order = tuple(sorted({(), *holders}))
    position = np.array([order.index(holder) for holder in holders], dtype=np.int16)
    return order, position[side.reshape(-1)]


def _hazard_rates(
    network: RoadNetwork, hazards: tuple[Hazard, ...], at: datetime, model: HazardModel
) -> tuple[Floats, NDArray[np.int32], Floats]:
    rate = np.zeros(network.arc_count)
    closed_by = np.full(network.arc_count, -1, dtype=np.int32)
    facts = np.full(network.arc_count, np.inf)
    bounds = boxes(network.shape_offset, network.shape_lon, network.shape_lat)
    for index, hazard in enumerate(hazards):
        arcs, share = _arcs_within(network, bounds, hazard)
        rate[arcs] += share * model.rate_per_h(hazard, at)
        facts[arcs] = np.minimum(facts[arcs], hazard.observed_at.timestamp())
        if hazard.severity >= CLOSED_SEVERITY:
            closed_by[arcs[closed_by[arcs] < 0]] = index
    return rate, closed_by, facts


def _arcs_within(
    network: RoadNetwork, bounds: tuple[Floats, Floats, Floats, Floats], hazard: Hazard
) -> tuple[Ints, Floats]:
    """Return the arcs that a hazard reaches, and the share of each arc's length inside it."""
    near = _near(bounds, hazard)
    if len(near) == 0:
        return near, np.zeros(0)
    frame = _frame(hazard)
    points, line = take(network.shape_offset, near)
    metres = frame.to_metres(network.shape_lon[points], network.shape_lat[points])
    roads = shapely.linestrings(metres, indices=line)
    ground = _ground(hazard, frame)
    shapely.prepare(ground)
    whole = shapely.length(roads)
    inside = shapely.length(shapely.intersection(roads, ground))
    pointlike = (whole == 0) & shapely.intersects(ground, roads)
    share = np.divide(inside, whole, out=pointlike.astype(np.float64), where=whole > 0)
    return near[share > 0], np.minimum(share[share > 0], 1.0)


def _near(bounds: tuple[Floats, Floats, Floats, Floats], hazard: Hazard) -> Ints:
    """Return the arcs whose box meets the hazard's box, reach included."""
    points = np.array(_points(hazard), dtype=np.float64)
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    pad_lat = max(hazard.reach_m, LEAST_REACH_M) / _METRES_PER_DEGREE if hazard.line else 1e-6
    pad_lon = pad_lat / max(0.01, np.cos(np.radians(max(abs(south), abs(north)))))
    return np.flatnonzero(
        (bounds[0] <= east + pad_lon)
        & (bounds[2] >= west - pad_lon)
        & (bounds[1] <= north + pad_lat)
        & (bounds[3] >= south - pad_lat)
    )


def _points(hazard: Hazard) -> tuple[tuple[float, float], ...]:
    rings = [ring for polygon in hazard.polygons for ring in polygon]
    return (*hazard.line, *(point for ring in rings for point in ring))


def _frame(hazard: Hazard) -> LocalFrame:
    centre = np.array(_points(hazard), dtype=np.float64).mean(axis=0)
    return LocalFrame(float(centre[0]), float(centre[1]))


def _ground(hazard: Hazard, frame: LocalFrame) -> shapely.Geometry:
    if hazard.polygons:
        return frame.area(hazard.polygons)
    return shapely.buffer(frame.line(hazard.line), max(hazard.reach_m, LEAST_REACH_M))
