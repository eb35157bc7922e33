"""What lies along a corridor: crossings, roads and places passed, and where people can turn.

All coordinates are WGS 84 (EPSG:4326), longitude and latitude in degrees; lengths are geodesic, in
metres, or as the network states them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from safepassage.core.corridor.graph import (
    ArcCosts,
    SearchGraph,
    arc_costs,
    build_graph,
    reverse,
)
from safepassage.core.corridor.metric import weight_limits_t
from safepassage.core.corridor.options import Ground, arc_line, read_ground, whole_seconds
from safepassage.core.corridor.paths import UNREACHED, shortest_tree
from safepassage.core.corridor.situation import DEFAULT_HAZARD_MODEL, HazardModel
from safepassage.core.corridor.speeds import DEFAULT_SPEEDS, SpeedTable
from safepassage.core.corridor.types import (
    Closure,
    ControlArea,
    CorridorOption,
    FallBack,
    Hazard,
    Passage,
    Place,
    PlaceKind,
    RoadNetwork,
)
from safepassage.core.geo.frame import LocalFrame
from safepassage.core.geo.utm import wrap_deg

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MOST_FALL_BACKS: Final = 3
"""The nearest are named; a list that nobody can keep in mind helps nobody."""
CROSSING_M: Final = 500.0
"""A crossing is passed where it lies no further than this from the way."""
PLACE_M: Final = 1000.0
"""A settlement or another place is named where its point lies no further than this from the way."""
_NO_TIME: Final = -1


def describe_options(
    network: RoadNetwork,
    options: Iterable[CorridorOption],
    places: Iterable[Place],
    control: Sequence[ControlArea],
    hazards: Sequence[Hazard],
    at: datetime,
    *,
    closures: Sequence[Closure] = (),
    risk_weight_s: float = 3600.0,
    snap_limit_m: float = 2000.0,
    speeds: SpeedTable = DEFAULT_SPEEDS,
    hazard_model: HazardModel = DEFAULT_HAZARD_MODEL,
) -> tuple[CorridorOption, ...]:
    """Return options with their crossings, fall-backs and what the driver passes.

    Parameters
    ----------
    options
        As the menu gives them, with their arcs.
    places
        All places of the operation; those of kind ``fall_back`` are where people can turn.
    control, hazards, at, closures
        As the options were found with.
    risk_weight_s
        Seconds that one unit of exposure counts for on the way to a fall-back.
    snap_limit_m
        A fall-back further than this from the roads is left out.
    """
    options, places = tuple(options), tuple(places)
    refuges = tuple(place for place in places if place.kind is PlaceKind.FALL_BACK)
    described: dict[str, CorridorOption] = {}
    for profile in dict.fromkeys(option.profile for option in options):
        ground = read_ground(
            network, refuges, profile, (control, hazards, at), risk_weight_s, snap_limit_m,
            (speeds, hazard_model), closures,
        )  # fmt: skip
        own = [option for option in options if option.profile == profile]
        turning = _Turning.of(ground, own)
        for option in own:
            moves = bool(option.arcs)
            described[option.option_id] = (
                _described(ground, turning, option, places) if moves else option
            )
    return tuple(described[option.option_id] for option in options)


def _described(
    ground: Ground, turning: _Turning, option: CorridorOption, places: tuple[Place, ...]
) -> CorridorOption:
    track = Track.of(ground, option)
    met = sorted(_places_met(track, option, places), key=lambda pair: pair[0])
    segments = tuple(
        replace(segment, fall_backs=turning.from_arcs(segment.arcs, segment.side))
        for segment in option.segments
    )
    return replace(
        option,
        segments=segments,
        fall_backs=turning.from_arcs(option.arcs),
        crossings=tuple(place.place_id for _at, place in met if place.kind is PlaceKind.CROSSING),
        passes=_passes(ground, track, option, met, places),
    )


class _At(NamedTuple):
    """A point of a way: metres and milliseconds from its start."""

    metres: float
    ms: float


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A way point by point: float64[k] metres and milliseconds from the start, and its line.

    Parameters
    ----------
    arc_at
        Where each arc begins.
    frame
        In which `line` is drawn, in metres.
    """

    at_m: Floats
    at_ms: Floats
    arc_at: tuple[_At, ...]
    frame: LocalFrame
    line: shapely.LineString

    @classmethod
    def of(cls, ground: Ground, option: CorridorOption) -> Track:
        """Return the way of an option that has at least one arc."""
        degrees, share, arc = _vertices(ground.network, option)
        length = np.r_[ground.network.length_m[list(option.arcs)], 0.0]
        time = np.r_[ground.metric.travel_time_ms[list(option.arcs)], 0.0]
        before_m, before_ms = np.r_[0.0, np.cumsum(length)], np.r_[0.0, np.cumsum(time)]
        middle = degrees[len(degrees) // 2]
        frame = LocalFrame(float(middle[0]), float(middle[1]))
        metres = frame.to_metres(degrees[:, 0], degrees[:, 1])
        return cls(
            at_m=before_m[arc] + share * length[arc],
            at_ms=before_ms[arc] + share * time[arc],
            arc_at=tuple(_At(*pair) for pair in zip(before_m, before_ms, strict=True)),
            frame=frame,
            line=shapely.LineString(metres),
        )

    def nearest(self, lon: float, lat: float) -> tuple[_At, float]:
        """Return the point of the way nearest to a position, and how far it is in metres."""
        point = shapely.Point(self.frame.to_metres(np.array([lon]), np.array([lat]))[0])
        along = float(shapely.line_locate_point(self.line, point))
        return self._at(along), float(shapely.distance(self.line, point))

    def position(self, at_m: float) -> tuple[float, float]:
        """Return longitude and latitude at a number of metres from the start."""
        along = float(np.interp(at_m, self.at_m, self._drawn()))
        point = self.frame.to_degrees(shapely.line_interpolate_point(self.line, along))
        return wrap_deg(float(shapely.get_x(point))), float(shapely.get_y(point))

    def _at(self, along: float) -> _At:
        drawn = self._drawn()
        return _At(
            float(np.interp(along, drawn, self.at_m)), float(np.interp(along, drawn, self.at_ms))
        )

    def _drawn(self) -> Floats:
        """Return the metres along the drawn line at each of its points."""
        steps = np.diff(shapely.get_coordinates(self.line), axis=0)
        return np.asarray(np.r_[0.0, np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])


def _vertices(network: RoadNetwork, option: CorridorOption) -> tuple[Floats, Floats, Ints]:
    """Return the points of a way in degrees, each with its arc and the share of it before."""
    points, shares, arcs = [], [], []
    for number, link in enumerate(option.arcs):
        line = arc_line(network, link)
        degrees = shapely.get_coordinates(line)
        east = np.diff(degrees[:, 0]) * math.cos(math.radians(float(degrees[0, 1])))
        drawn = np.r_[0.0, np.cumsum(np.hypot(east, np.diff(degrees[:, 1])))]
        points.append(degrees)
        shares.append(drawn / drawn[-1] if drawn[-1] else np.linspace(0.0, 1.0, len(drawn)))
        arcs.append(np.full(len(degrees), number))
    return np.concatenate(points), np.concatenate(shares), np.concatenate(arcs)


def _places_met(
    track: Track, option: CorridorOption, places: tuple[Place, ...]
) -> Iterator[tuple[_At, Place]]:
    ends = (option.from_place, option.to_place)
    for place in places:
        at, away_m = track.nearest(place.lon, place.lat)
        limit_m = CROSSING_M if place.kind is PlaceKind.CROSSING else PLACE_M
        if away_m <= limit_m or (place.place_id in ends and place.kind is PlaceKind.CROSSING):
            yield at, place


def _passes(
    ground: Ground,
    track: Track,
    option: CorridorOption,
    met: list[tuple[_At, Place]],
    places: tuple[Place, ...],
) -> tuple[Passage, ...]:
    """Return what the driver meets, in order: ends, sides, roads, places, crossings, bridges."""
    names = {place.place_id: place.name for place in places}
    ends = (option.from_place, option.to_place)
    marks = [(_At(0.0, 0.0), "start", names.get(ends[0], ends[0]))]
    marks += [(at, "side", side) for at, side in _sides(option)]
    marks += [(at, "road", name) for at, name in _roads(ground.network, track, option)]
    marks += [(at, "bridge", name) for at, name in _bridges(ground, track, option)]
    marks += [(at, _word(place), place.name) for at, place in met if place.place_id not in ends]
    order = sorted(marks, key=lambda mark: mark[0].metres)
    order.append((track.arc_at[-1], "end", names.get(ends[1], ends[1])))
    return tuple(
        Passage(at.metres, whole_seconds(round(at.ms)), kind, name, *track.position(at.metres))
        for at, kind, name in order
    )


def _word(place: Place) -> str:
    return "crossing" if place.kind is PlaceKind.CROSSING else "place"


def _sides(option: CorridorOption) -> Iterator[tuple[_At, str]]:
    at_m, at_s = 0.0, 0
    for segment in option.segments:
        yield _At(at_m, 1000.0 * at_s), segment.side
        at_m, at_s = at_m + segment.length_m, at_s + segment.travel_time_s


def _roads(network: RoadNetwork, track: Track, option: CorridorOption) -> Iterator[tuple[_At, str]]:
    if network.road is None:
        return
    known = ""
    for number, link in enumerate(option.arcs):
        name = network.road_names[network.road[link]]
        if name and name != known:
            known = name
            yield track.arc_at[number], name


def _bridges(ground: Ground, track: Track, option: CorridorOption) -> Iterator[tuple[_At, str]]:
    network = ground.network
    limits_t = weight_limits_t(network, ground.profile.vehicle_class)
    on_bridge = -1
    for number, link in enumerate(option.arcs):
        way = int(network.way_id[link]) if network.bridge[link] else -1
        if way not in (-1, on_bridge):
            limit_t = float(limits_t[link])
            yield track.arc_at[number], "" if math.isnan(limit_t) else f"{limit_t:g} t"
        on_bridge = way


@dataclass(frozen=True, slots=True, eq=False)
class _Turning:
    """How far each fall-back is from each node of the ways, and back.

    Parameters
    ----------
    refuges, sides
        Fall-backs that meet the roads, and who holds each.
    row
        Row of each node of the network in the matrices.
    to_ms, back_ms
        int64[nodes, refuges], -1 where there is no way.
    """

    network: RoadNetwork
    refuges: tuple[Place, ...]
    sides: tuple[str, ...]
    row: dict[int, int]
    to_ms: Ints
    back_ms: Ints

    @classmethod
    def of(cls, ground: Ground, options: Sequence[CorridorOption]) -> _Turning:
        """Search to and from each fall-back once for all ways."""
        node_of = ground.nodes
        refuges = tuple(place for place in ground.places if place.place_id in node_of)
        arcs = np.array([arc for option in options for arc in option.arcs], dtype=np.int64)
        nodes = np.unique(np.r_[ground.network.tail[arcs], ground.network.head[arcs]])
        row = {int(node): index for index, node in enumerate(nodes)}
        ends = np.array([node_of[place.place_id] for place in refuges], dtype=np.int64)
        if len(ends) == 0 or len(nodes) == 0:
            nothing = np.zeros((len(nodes), 0), dtype=np.int64)
            return cls(ground.network, (), (), row, nothing, nothing)
        keep = np.r_[nodes.astype(np.int64), ends]
        graph = build_graph(ground.network, keep, ground.profile.vehicle_class)
        costs = arc_costs(graph, ground.metric)
        turned = reverse(graph, costs)
        back = [_times(graph, costs, int(end), nodes) for end in ends]
        to = [_times(*turned, int(end), nodes) for end in ends]
        sides = tuple(_side_of(ground, place) for place in refuges)
        return cls(ground.network, refuges, sides, row, np.column_stack(to), np.column_stack(back))

    def from_arcs(self, arcs: Sequence[int], side: str = "") -> tuple[FallBack, ...]:
        """Return the nearest fall-backs that can be reached from everywhere on some arcs.

        Those on the ground of `side` come first: nobody turns across a line that has just shut.
        """
        if not arcs or not self.refuges:
            return ()
        links = list(arcs)
        ends = np.r_[self.network.tail[links], self.network.head[links]].tolist()
        rows = [self.row[node] for node in ends]
        to_ms, back_ms = self.to_ms[rows], self.back_ms[rows]
        found = [
            _fall_back(place, self.sides[column], to_ms[:, column], back_ms[:, column])
            for column, place in enumerate(self.refuges)
            if (to_ms[:, column] != _NO_TIME).all()
        ]
        return tuple(sorted(found, key=partial(_nearest_first, side))[:MOST_FALL_BACKS])


def _side_of(ground: Ground, place: Place) -> str:
    point = shapely.Point(place.lon, place.lat)
    held = {holder for holder, area in ground.areas if shapely.intersects(area, point)}
    return place.side or "+".join(sorted(held))


def _times(graph: SearchGraph, costs: ArcCosts, node: int, others: Ints) -> Ints:
    """Return int64[k] milliseconds between a node and others, -1 where there is no way."""
    ends = graph.arrival[others]
    tree = shortest_tree(graph, costs, int(graph.departure[node]), ends)
    return np.where(tree.cost_ms[ends] == UNREACHED, _NO_TIME, tree.travel_time_ms[ends])


def _nearest_first(side: str, item: FallBack) -> tuple[bool, int, str]:
    return bool(side) and item.side != side, item.to_s, item.place_id


def _fall_back(place: Place, side: str, to_ms: Ints, back_ms: Ints) -> FallBack:
    return FallBack(
        place_id=place.place_id,
        name=place.name,
        lon=place.lon,
        lat=place.lat,
        to_s=whole_seconds(int(to_ms.max())),
        back_s=None if (back_ms == _NO_TIME).any() else whole_seconds(int(back_ms.max())),
        side=side,
    )
