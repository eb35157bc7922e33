"""One path of the network as a corridor a person can read: segments, bridges, facts and times.

All coordinates are WGS 84 (EPSG:4326), longitude and latitude in degrees; lengths are geodesic, in
metres.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from safepassage.core.corridor.graph import SearchGraph, links_of
from safepassage.core.corridor.matrices import grounds_of
from safepassage.core.corridor.metric import (
    MS_PER_S,
    NANO,
    Metric,
    build_metric,
    weight_limits_t,
)
from safepassage.core.corridor.reasons import why_unreachable
from safepassage.core.corridor.situation import (
    FactKind,
    HazardModel,
    Situation,
    in_force,
    read_situation,
)
from safepassage.core.corridor.snap import Snaps, snap_places
from safepassage.core.corridor.speeds import SpeedTable
from safepassage.core.corridor.types import (
    Closure,
    ControlArea,
    CorridorOption,
    CorridorSegment,
    Hazard,
    Place,
    RoadNetwork,
    TravelProfile,
)
from safepassage.core.geo.frame import area_of
from safepassage.core.geo.utm import wrap_deg
from safepassage.errors import InfeasibleError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Areas = tuple[tuple[str, shapely.Geometry], ...]

SLIVER_M = 15.0
"""A shorter stretch under another administration is the border's error, not a segment."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """One profile's view of the network at one date.

    Parameters
    ----------
    places
        Those that matter; the first and the last are the ends of what is made from it.
    areas
        (holder, polygons in degrees) of the areas of control in force.
    """

    network: RoadNetwork
    places: tuple[Place, ...]
    profile: TravelProfile
    situation: Situation
    metric: Metric
    snaps: Snaps
    areas: Areas = ()

    @property
    def nodes(self) -> dict[str, int]:
        """Node of the network by place id, for places that have one."""
        return {snap.place_id: snap.node for snap in self.snaps.found}

    def unreachable(self) -> InfeasibleError:
        """Return the error that says why there is no way between the places."""
        ends = (self.places[0], self.places[-1])
        reached = np.eye(len(ends), dtype=bool)
        nodes = np.array([self.nodes[place.place_id] for place in ends], dtype=np.int64)
        sentences = why_unreachable(
            self.network,
            self.situation,
            ends,
            nodes,
            self.profile,
            self.metric,
            reached,
        )
        return InfeasibleError("\n".join(sentences))


def read_ground(
    network: RoadNetwork,
    places: tuple[Place, ...],
    profile: TravelProfile,
    facts: tuple[Sequence[ControlArea], Sequence[Hazard], datetime],
    risk_weight_s: float,
    snap_limit_m: float,
    models: tuple[SpeedTable, HazardModel],
    closures: Sequence[Closure] = (),
) -> Ground:
    """Return how a profile sees the network at a date, and where the places meet it.

    Parameters
    ----------
    facts
        Areas of control, hazards and the aware moment.
    risk_weight_s
        Seconds that one unit of exposure counts for in the cost.
    snap_limit_m
        Geodesic metres beyond which a place is not bound to a road.
    closures
        Rules that count; a what-if's own are chosen before.
    """
    control, hazards, at = facts
    situation = read_situation(
        network, tuple(control), tuple(hazards), at, models[1], tuple(closures), places
    )
    grounds = grounds_of(situation, places, tuple(control))
    snaps = snap_places(network, places, snap_limit_m, (profile,), models[0], grounds)
    metric = build_metric(network, situation, profile, risk_weight_s, models[0])
    areas = tuple(
        (area.holder, area_of(area.polygons))
        for area in control
        if in_force(area.valid_from, area.valid_to, at)
    )
    return Ground(network, places, profile, situation, metric, snaps, areas)


def corridor_option(
    ground: Ground, graph: SearchGraph, arcs: tuple[int, ...], option_id: str, reason: str
) -> CorridorOption:
    """Return a path of the search graph as a corridor from the first place to the last."""
    links = np.array(links_of(graph, arcs, ground.network.arc_count), dtype=np.int64)
    return option_of_links(ground, links, option_id, reason)


def option_of_links(ground: Ground, links: Ints, option_id: str, reason: str) -> CorridorOption:
    """Return a path as a corridor from the first place of `ground` to the last.

    Parameters
    ----------
    links
        int64[k], arcs of the network in the order of travel.
    reason
        Why it is shown, in a sentence.
    """
    network = ground.network
    segments = _segments(ground, links)
    oldest = _oldest(ground, links)
    return CorridorOption(
        option_id=option_id,
        from_place=ground.places[0].place_id,
        to_place=ground.places[-1].place_id,
        profile=ground.profile,
        length_m=float(network.length_m[links].sum()),
        travel_time_s=whole_seconds(int(ground.metric.travel_time_ms[links].sum())),
        exposure=int(ground.metric.exposure_nano[links].sum()) / NANO,
        segments=segments,
        way_ids=_without_repeats(network.way_id[links].tolist()),
        bridges=_bridges(ground, links),
        oldest_fact=oldest.day,
        reason=reason,
        arcs=tuple(links.tolist()),
        lengths_by_side=_lengths_by_side(segments),
        oldest_kind=oldest.kind,
        oldest_age_days=oldest.age_days,
        oldest_at=oldest.at,
    )


def whole_seconds(time_ms: int) -> int:
    """Return milliseconds as seconds, rounded up."""
    return -(-time_ms // MS_PER_S)


def _without_repeats(values: list[int]) -> tuple[int, ...]:
    return tuple(
        value for index, value in enumerate(values) if index == 0 or values[index - 1] != value
    )


def _bridges(ground: Ground, links: Ints) -> tuple[tuple[int, float | None], ...]:
    """Return the ways of bridges with the weight limit that binds this class of vehicle."""
    network = ground.network
    limits_t = weight_limits_t(network, ground.profile.vehicle_class)
    found: dict[int, float | None] = {}
    for link in links[network.bridge[links]].tolist():
        limit = float(limits_t[link])
        found.setdefault(int(network.way_id[link]), None if np.isnan(limit) else limit)
    return tuple(found.items())


def _lengths_by_side(segments: tuple[CorridorSegment, ...]) -> tuple[tuple[str, float], ...]:
    metres: dict[str, float] = {}
    for segment in segments:
        metres[segment.side] = metres.get(segment.side, 0.0) + segment.length_m
    return tuple(metres.items())


class _Oldest(NamedTuple):
    """The oldest fact: its UTC date, what it is, its age and moment; empty if there is none."""

    day: str = ""
    kind: str = ""
    age_days: float | None = None
    at: datetime | None = None


def _oldest(ground: Ground, links: Ints) -> _Oldest:
    """Return the oldest of the facts on control and hazards that bear on some arcs."""
    situation = ground.situation
    dated = (
        (item.fact, item.fact.dated)
        for item in situation.facts_on(ground.network, links)
        if item.fact.kind is not FactKind.CLOSURE
    )
    for fact, since in dated:
        if since is not None:
            kinds = {hazard.hazard_id: hazard.kind.value for hazard in situation.hazards}
            kind = kinds.get(fact.fact_id, "") if fact.kind is FactKind.HAZARD else ""
            day = since.astimezone(UTC).date().isoformat()
            return _Oldest(day, kind or fact.kind.value, fact.age_days(situation.at), since)
    return _Oldest()


class _Piece(NamedTuple):
    """A stretch of one arc under one administration, by shares of the arc's length."""

    link: int
    begin: float
    end: float
    side: str


def _segments(ground: Ground, links: Ints) -> tuple[CorridorSegment, ...]:
    """Cut a path where the holder changes; the segments' seconds add up to the path's."""
    runs = _runs(ground, links)
    ends_ms = np.cumsum([_sum(ground.metric.travel_time_ms, run) for run in runs]).tolist()
    ends_ms = [round(end_ms) for end_ms in ends_ms]
    return tuple(
        _segment(ground, run, whole_seconds(end_ms) - whole_seconds(start_ms))
        for run, start_ms, end_ms in zip(runs, [0, *ends_ms], ends_ms, strict=False)
    )


def _segment(ground: Ground, run: list[_Piece], travel_time_s: int) -> CorridorSegment:
    arcs = np.array([piece.link for piece in run], dtype=np.int64)
    oldest = _oldest(ground, arcs)
    return CorridorSegment(
        side=run[0].side,
        length_m=_sum(ground.network.length_m, run),
        travel_time_s=travel_time_s,
        exposure=_sum(ground.metric.exposure_nano, run) / NANO,
        shape=_shape(ground.network, run),
        arcs=tuple(arcs.tolist()),
        oldest_fact=oldest.day,
        oldest_kind=oldest.kind,
        oldest_age_days=oldest.age_days,
        oldest_at=oldest.at,
    )


def _sum(values: Ints | Floats, run: list[_Piece]) -> float:
    """Add up what an arc counts for, in proportion where a piece is part of it."""
    return math.fsum(float(values[piece.link]) * (piece.end - piece.begin) for piece in run)


def _runs(ground: Ground, links: Ints) -> list[list[_Piece]]:
    """Group the pieces of a path by side; a sliver belongs to what comes before it."""
    runs: list[list[_Piece]] = []
    for piece in (piece for link in links.tolist() for piece in _pieces(ground, link)):
        metres = float(ground.network.length_m[piece.link]) * (piece.end - piece.begin)
        if runs and (piece.side == runs[-1][0].side or metres < SLIVER_M):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return _without_sliver_first(ground.network, runs)


def _without_sliver_first(network: RoadNetwork, runs: list[list[_Piece]]) -> list[list[_Piece]]:
    if len(runs) < 2 or _sum(network.length_m, runs[0]) >= SLIVER_M:
        return runs
    first = [piece._replace(side=runs[1][0].side) for piece in runs[0]]
    return [[*first, *runs[1]], *runs[2:]]


def _pieces(ground: Ground, link: int) -> list[_Piece]:
    """Return an arc whole, or cut where the border of an area of control crosses it."""
    situation = ground.situation
    holders = situation.holders[situation.side[link]]
    if len(holders) < 2 and not situation.crosses[link]:
        return [_Piece(link, 0.0, 1.0, "+".join(holders))]
    line = arc_line(ground.network, link)
    if shapely.length(line) == 0:
        return [_Piece(link, 0.0, 1.0, "+".join(holders))]
    cuts = _cuts(line, ground.areas)
    return [
        _Piece(link, begin, end, _side_at(line, (begin + end) / 2, ground.areas))
        for begin, end in pairwise(cuts)
    ]


def arc_line(network: RoadNetwork, link: int) -> shapely.LineString:
    """Return the shape of an arc in degrees, without a leap where it passes 180 degrees."""
    span = slice(network.shape_offset[link], network.shape_offset[link + 1])
    lon = np.unwrap(network.shape_lon[span], period=360.0)
    points = np.column_stack((lon, network.shape_lat[span]))
    return shapely.LineString(points if len(points) > 1 else np.repeat(points, 2, axis=0))


def _cuts(line: shapely.LineString, areas: Areas) -> list[float]:
    """Return shares of a line's length at which a border crosses it, both ends included."""
    found = {0.0, 1.0}
    for _holder, area in areas:
        met = shapely.intersection(line, shapely.boundary(area))
        points = np.asarray(shapely.points(shapely.get_coordinates(met)))
        shares = np.asarray(shapely.line_locate_point(line, points, normalized=True))
        found |= {round(share, 9) for share in shares.tolist()}
    return sorted(found)


def _side_at(line: shapely.LineString, share: float, areas: Areas) -> str:
    point = shapely.line_interpolate_point(line, share, normalized=True)
    return "+".join(sorted({holder for holder, area in areas if shapely.intersects(area, point)}))


def _shape(network: RoadNetwork, run: list[_Piece]) -> tuple[tuple[float, float], ...]:
    points: list[tuple[float, float]] = []
    for piece in run:
        points.extend(point for point in _part(network, piece) if points[-1:] != [point])
    return tuple(
        point for index, point in enumerate(points) if points[index - 1 : index] != [point]
    )


def _part(network: RoadNetwork, piece: _Piece) -> list[tuple[float, float]]:
    """Return the points of the part of an arc that a piece is."""
    if (piece.begin, piece.end) == (0.0, 1.0):
        span = slice(network.shape_offset[piece.link], network.shape_offset[piece.link + 1])
        lon, lat = network.shape_lon[span].tolist(), network.shape_lat[span].tolist()
        return list(zip(lon, lat, strict=True))
    part = substring(arc_line(network, piece.link), piece.begin, piece.end, normalized=True)
    return [(wrap_deg(float(x)), float(y)) for x, y in shapely.get_coordinates(part)]
