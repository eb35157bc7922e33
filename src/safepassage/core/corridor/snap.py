"""Where places meet the road network, and which places do not.

A place is bound to the nearest point of a road, and with it to the end of that road that is
reached first along it: a village may lie beside a long road with no junction near.
Rules: docs/spec/03-corridor.md §19 and §74 to §76.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from safepassage.core.corridor.islands import Island, islands, part_of_each_node
from safepassage.core.corridor.metric import arc_speeds_kmh, class_bit, exceeds_limits
from safepassage.core.corridor.speeds import DEFAULT_SPEEDS, SpeedTable
from safepassage.core.corridor.types import Place, PlaceKind, RoadNetwork, Snap, TravelProfile
from safepassage.core.geo.distance import geodesic_m
from safepassage.core.geo.polylines import take

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEIGHBOURS = 8
"""Nearest nodes on the sphere that are measured again on the ellipsoid (they differ by 0.6 %)."""
CUT_OFF_NOTICE_M = 100.0
"""A road that is nearer by this much, but cut off or closed to the vehicles, is mentioned."""
_METRES_PER_DEGREE = 111_320.0
_SLACK = 1.02
"""A degree of latitude and of longitude differ by less than this on the ellipsoid."""
_NEAR_M = 30.0
"""Roads that are further than the nearest by this much are looked at in the first round as well."""
_WIDER = 4.0
_WHOLE_EARTH_M = 1e8
FAR_ALONG_M = 500.0
"""A junction that is further than this along the road is mentioned: times are counted from it."""
WALK_LIMIT_M = 500.0
"""Nobody is taken to walk further than this from the nearest road to one that the vehicles can use:
a river may lie between. The figure is an assumption."""


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """Who holds the nodes and the places.

    Parameters
    ----------
    holders, node_side
        As in a situation: sets of holders, and int16[n] indices into them.
    place_side
        Party of each place, empty where nobody or more than one is known to hold it.
    """

    holders: tuple[tuple[str, ...], ...]
    node_side: NDArray[np.int16]
    place_side: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snaps:
    """Where places meet the network.

    Parameters
    ----------
    found
        One for each place that could be placed, in the order given.
    refused
        (place id, sentence) of the others.
    """

    found: tuple[Snap, ...]
    refused: tuple[tuple[str, str], ...]


def snap_places(
    network: RoadNetwork,
    places: tuple[Place, ...],
    limit_m: float,
    profiles: Iterable[TravelProfile] = (),
    speeds: SpeedTable = DEFAULT_SPEEDS,
    grounds: Grounds | None = None,
) -> Snaps:
    """Bind each place to the nearest road from which every profile can get everywhere.

    Hazards are left out of account, so that a place keeps its node from date to date.

    Parameters
    ----------
    network, places
        WGS 84.
    limit_m
        A place further than this from the nearest point of a road, in metres of geodesic, is
        refused; so is one whose node is further than this along the road, and one whose usable
        road is more than :data:`WALK_LIMIT_M` further than its nearest road.
    profiles
        Ways of driving that must reach the node; none asks only for motor vehicles of any kind.
    grounds
        Who holds what: a place that one party holds is then not bound to a node that another
        holds. None leaves control out of account.
    """
    if not places:
        return Snaps((), ())
    lon = np.array([place.lon for place in places], dtype=np.float64)
    lat = np.array([place.lat for place in places], dtype=np.float64)
    wanted = tuple(profiles)
    main = main_component(network, wanted, speeds)
    usable = _usable(network, main, wanted, speeds)
    bound = _bound_on_own_ground(network, usable, main, lon, lat, grounds)
    near = _nearest_of_all(network, places)
    most_m = np.minimum(limit_m, near.distance_m + WALK_LIMIT_M)
    kept = (bound.distance_m <= most_m) & (bound.along_m <= limit_m)
    off = ~kept | (bound.distance_m - near.distance_m > CUT_OFF_NOTICE_M)
    where = _whereabouts(network, main, near, off)
    found, refused = [], []
    for index, place in enumerate(places):
        sentences = _Sentences(place, bound, near, index, where[index])
        if kept[index]:
            found.append(bound.snap(index, place.place_id, sentences.warnings()))
        else:
            refused.append((place.place_id, sentences.refusal(limit_m, float(most_m[index]))))
    return Snaps(tuple(found), tuple(refused))


@lru_cache(maxsize=4)
def _nearest_of_all(network: RoadNetwork, places: tuple[Place, ...]) -> NearestRoads:
    """Return the nearest road of any kind; kept, since each way of driving asks for it again."""
    lon = np.array([place.lon for place in places], dtype=np.float64)
    lat = np.array([place.lat for place in places], dtype=np.float64)
    arcs = np.ones(network.arc_count, dtype=bool)
    return nearest_roads(network, arcs, np.ones(network.node_count, dtype=bool), lon, lat)


@dataclass(frozen=True, slots=True, eq=False)
class NearestRoads:
    """The nearest road to each of k points.

    Parameters
    ----------
    arc, node
        int64[k]: the arc, and the end of it that is reached first along it among the nodes that
        were allowed; -1 where there is none.
    distance_m
        float64[k]: geodesic metres to the nearest point of the arc; infinite where there is none.
    along_m
        float64[k]: metres along the arc from that point to the node.
    """

    arc: Ints
    node: Ints
    distance_m: Floats
    along_m: Floats

    def snap(self, index: int, place_id: str, warnings: tuple[str, ...]) -> Snap:
        """Return one of them as the result for a place."""
        return Snap(
            place_id,
            int(self.node[index]),
            float(self.distance_m[index]),
            warnings,
            float(self.along_m[index]),
        )


def nearest_roads(
    network: RoadNetwork, allowed: Bools, ends: Bools, lon: Floats, lat: Floats
) -> NearestRoads:
    """Return the nearest of the allowed arcs to each point.

    Parameters
    ----------
    allowed
        bool[m], arcs to look among; those with no end in `ends` are left out.
    ends
        bool[n], nodes to which a point may be bound.
    lon, lat
        float64[k], degrees, WGS 84.
    """
    count = len(lon)
    found = NearestRoads(
        np.full(count, -1), np.full(count, -1), np.full(count, np.inf), np.zeros(count)
    )
    allowed = allowed & (ends[network.tail] | ends[network.head])
    if not allowed.any() or count == 0:
        return found
    index = _index(network)
    waiting = np.arange(count)
    reach_m = index.least_m(lon, lat) + _NEAR_M
    while len(waiting):
        point, arc = index.within(lon[waiting], lat[waiting], reach_m)
        kept = allowed[arc]
        _take_nearest(network, waiting[point[kept]], arc[kept], ends, (lon, lat), found)
        late = found.distance_m[waiting] > reach_m
        if (reach_m > _WHOLE_EARTH_M).all():
            break
        waiting, reach_m = waiting[late], reach_m[late] * _WIDER
    return found


def _take_nearest(
    network: RoadNetwork,
    point: Ints,
    arc: Ints,
    ends: Bools,
    places: tuple[Floats, Floats],
    found: NearestRoads,
) -> None:
    """Enter the nearest of the candidates of each point."""
    if len(point) == 0:
        return
    lon, lat = places
    away, share, nearest_lon, nearest_lat = _closest(network, arc, lon[point], lat[point])
    node, along = _first_end(network, arc, share, ends)
    # Ends of several roads at one place differ by rounding only: the nearest end decides there.
    order = np.lexsort((arc, node, np.rint(along * 1000), np.rint(away * 1000), point))
    rows, first = np.unique(point[order], return_index=True)
    best = order[first]
    found.arc[rows], found.node[rows], found.along_m[rows] = arc[best], node[best], along[best]
    found.distance_m[rows] = geodesic_m(lon[rows], lat[rows], nearest_lon[best], nearest_lat[best])


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """The shapes of all arcs, to find those near a point.

    Degrees of longitude are shrunk once for the whole network, so that distances at a point's own
    latitude differ from those in the index by a factor that is allowed for.
    """

    tree: shapely.STRtree
    origin: float
    shrink: float

    def least_m(self, lon: Floats, lat: Floats) -> Floats:
        """Return a distance within which each point has an arc, in metres."""
        points = shapely.points(_flat(lon, lat, self.origin, self.shrink))
        _, degrees = self.tree.query_nearest(points, return_distance=True, all_matches=False)
        return np.asarray(degrees * self._stretch(lat) * _METRES_PER_DEGREE)

    def within(self, lon: Floats, lat: Floats, reach_m: Floats) -> tuple[Ints, Ints]:
        """Return (point, arc) pairs: all arcs within a distance of each point, and some more."""
        points = shapely.points(_flat(lon, lat, self.origin, self.shrink))
        reach = reach_m / _METRES_PER_DEGREE * self._stretch(lat)
        point, arc = self.tree.query(points, predicate="dwithin", distance=reach)
        return point.astype(np.int64), arc.astype(np.int64)

    def _stretch(self, lat: Floats) -> Floats:
        own = np.cos(np.radians(np.minimum(np.abs(lat), 89.0))) / self.shrink
        return np.asarray(np.maximum(own, 1 / own) * _SLACK)


@lru_cache(maxsize=2)
def _index(network: RoadNetwork) -> _Index:
    """Return the index of a network; kept, since dates and closures change and roads do not."""
    origin = float(network.node_lon[0])
    shrink = float(np.cos(np.radians(np.median(network.node_lat))))
    flat = _flat(network.shape_lon, network.shape_lat, origin, shrink)
    line = np.repeat(np.arange(network.arc_count), np.diff(network.shape_offset))
    lines = np.asarray(shapely.linestrings(flat, indices=line))
    return _Index(shapely.STRtree(lines), origin, shrink)


def _flat(lon: Floats, lat: Floats, origin: float, shrink: float) -> Floats:
    east = (lon - origin + 180.0) % 360.0 - 180.0
    return np.column_stack((east * shrink, lat))


def _closest(
    network: RoadNetwork, arcs: Ints, lon: Floats, lat: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return, for each (arc, point) pair, metres, share of the arc's length, and the nearest point.

    Worked out on a plane of metres around each point.
    """
    points, pair = take(network.shape_offset, arcs)
    east = (network.shape_lon[points] - lon[pair] + 180.0) % 360.0 - 180.0
    x = east * _METRES_PER_DEGREE * np.cos(np.radians(lat[pair]))
    y = (network.shape_lat[points] - lat[pair]) * _METRES_PER_DEGREE
    step = np.flatnonzero(pair[1:] == pair[:-1])
    dx, dy = x[step + 1] - x[step], y[step + 1] - y[step]
    squared = dx * dx + dy * dy
    on = np.divide(
        -(x[step] * dx + y[step] * dy), squared, out=np.zeros(len(step)), where=squared > 0
    )
    on = np.clip(on, 0.0, 1.0)
    away = np.hypot(x[step] + on * dx, y[step] + on * dy)
    first = np.searchsorted(pair[step], np.arange(len(arcs)))
    length = np.sqrt(squared)
    before = np.cumsum(length) - length
    best = _least_of_each(away, pair[step], len(arcs))
    total = np.add.reduceat(length, first)
    done = before[best] + on[best] * length[best] - before[first]
    share = np.divide(done, total, out=np.zeros(len(arcs)), where=total > 0)
    on_x, on_y = (
        values[step[best]] + on[best] * change[best] for values, change in ((x, dx), (y, dy))
    )
    return (
        away[best],
        share,
        lon + on_x / _METRES_PER_DEGREE / np.cos(np.radians(lat)),
        lat + on_y / _METRES_PER_DEGREE,
    )


def _least_of_each(values: Floats, group: Ints, count: int) -> Ints:
    """Return the position of the least value of each group; the first of equals."""
    order = np.lexsort((values, group))
    return order[np.searchsorted(group[order], np.arange(count))]


def _first_end(network: RoadNetwork, arcs: Ints, share: Floats, ends: Bools) -> tuple[Ints, Floats]:
    """Return the allowed end of each arc that is nearer along it, and how far it is in metres."""
    tail, head = network.tail[arcs].astype(np.int64), network.head[arcs].astype(np.int64)
    to_tail = network.length_m[arcs] * share
    to_head = network.length_m[arcs] - to_tail
    at_tail = ends[tail] & (~ends[head] | (to_tail <= to_head))
    return np.where(at_tail, tail, head), np.where(at_tail, to_tail, to_head)


def _bound_on_own_ground(
    network: RoadNetwork,
    usable: Bools,
    main: Bools,
    lon: Floats,
    lat: Floats,
    grounds: Grounds | None,
) -> NearestRoads:
    if grounds is None:
        return nearest_roads(network, usable, main, lon, lat)
    parts, rows = [], []
    sides = np.array(grounds.place_side)
    for side in sorted(set(grounds.place_side)):
        own = [not side or set(holder) <= {side} for holder in grounds.holders]
        these = np.flatnonzero(sides == side)
        among = main & np.array(own)[grounds.node_side]
        parts.append(nearest_roads(network, usable, among, lon[these], lat[these]))
        rows.append(these)
    order = np.argsort(np.concatenate(rows))
    return NearestRoads(
        *(
            np.concatenate([getattr(part, name) for part in parts])[order]
            for name in ("arc", "node", "distance_m", "along_m")
        )
    )


def _usable(
    network: RoadNetwork, main: Bools, profiles: tuple[TravelProfile, ...], speeds: SpeedTable
) -> Bools:
    """Return the arcs between nodes of the main part that every profile can drive."""
    arcs = main[network.tail] & main[network.head]
    for profile in _by_tags(profiles):
        arcs &= _drivable(network, profile, speeds)
    return np.asarray(arcs)


def _by_tags(profiles: Iterable[TravelProfile]) -> set[TravelProfile]:
    """Return the profiles without the sides on which they may drive."""
    return {
        TravelProfile(item.vehicle_class, frozenset(), item.weight_t, item.height_m, item.width_m)
        for item in profiles
    }


def main_component(
    network: RoadNetwork, profiles: Iterable[TravelProfile], speeds: SpeedTable = DEFAULT_SPEEDS
) -> Bools:
    """Return bool[n], nodes of the largest strongly connected part for every profile.

    Where the profiles' parts have no node in common, the result is empty.
    """
    by_tags = _by_tags(profiles)
    main = np.ones(network.node_count, dtype=bool)
    if not by_tags:
        return _largest(network, network.access > 0)
    for profile in by_tags:
        main &= _largest_for(network, profile, speeds)
    return main


@lru_cache(maxsize=16)
def _largest_for(network: RoadNetwork, profile: TravelProfile, speeds: SpeedTable) -> Bools:
    """Return the nodes of a profile's largest part; kept, since no date changes it."""
    nodes = _largest(network, _drivable(network, profile, speeds))
    nodes.flags.writeable = False
    return nodes


def _drivable(network: RoadNetwork, profile: TravelProfile, speeds: SpeedTable) -> Bools:
    permitted = (network.access & np.uint8(class_bit(profile.vehicle_class))) > 0
    passable = arc_speeds_kmh(network, profile.vehicle_class, speeds) > 0
    return np.asarray(permitted & passable & ~exceeds_limits(network, profile))


def _largest(network: RoadNetwork, arcs: Bools) -> Bools:
    """Nodes of the largest strongly connected part; the first of equals."""
    if not arcs.any():
        return np.zeros(network.node_count, dtype=bool)
    tail, head = network.tail[arcs], network.head[arcs]
    shape = (network.node_count, network.node_count)
    matrix = csr_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=shape)
    _, label = connected_components(matrix, directed=True, connection="strong")
    touched = np.unique(np.r_[tail, head])
    sizes = np.bincount(label[touched])
    return np.asarray(label == np.argmax(sizes))


def nearest_nodes(
    network: RoadNetwork, among: Bools, lon: Floats, lat: Floats
) -> tuple[NDArray[np.int64], Floats]:
    """Return the nearest node of a set to each point, and its geodesic distance in metres.

    Returns
    -------
    int64[k], -1 where the set is empty; float64[k], infinite where it is.
    """
    candidates = np.flatnonzero(among)
    if len(candidates) == 0:
        return np.full(len(lon), -1), np.full(len(lon), np.inf)
    tree = KDTree(_on_sphere(network.node_lon[candidates], network.node_lat[candidates]))
    count = min(NEIGHBOURS, len(candidates))
    _, near = tree.query(_on_sphere(lon, lat), k=count)
    near = candidates[np.asarray(near).reshape(len(lon), count)]
    distance = geodesic_m(
        np.repeat(lon, count),
        np.repeat(lat, count),
        network.node_lon[near].ravel(),
        network.node_lat[near].ravel(),
    ).reshape(len(lon), count)
    best = np.lexsort((near, distance), axis=1)[:, 0]
    rows = np.arange(len(lon))
    return near[rows, best], distance[rows, best]


def _on_sphere(lon: Floats, lat: Floats) -> Floats:
    east, north = np.radians(lon), np.radians(lat)
    return np.column_stack(
        (np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north))
    )


def _whereabouts(
    network: RoadNetwork, main: Bools, near: NearestRoads, off: Bools
) -> dict[int, str]:
    """Say what the nearest road of each place is, where it is not the road that is used."""
    said: dict[int, str] = dict.fromkeys(range(len(off)), "")
    if not off.any():
        return said
    part = part_of_each_node(network)
    mainland = part[np.argmax(main)] if main.any() else -1
    by_part = {island.part: island for island in islands(network)}
    for index in np.flatnonzero(off & (near.node >= 0)).tolist():
        own = int(part[near.node[index]])
        said[index] = "" if own == mainland else _island_text(by_part[own])
    return said


def _island_text(island: Island) -> str:
    ferry = "; a ferry leads there, which is not driven" if island.ferry else ""
    return (
        f" (an island of {island.length_km:.1f} km of road around {island.lat:.4f}, "
        f"{island.lon:.4f} that no road joins to the rest{ferry})"
    )


@dataclass(frozen=True, slots=True)
class _Sentences:
    """What is said of one place."""

    place: Place
    bound: NearestRoads
    near: NearestRoads
    index: int
    island: str

    def warnings(self) -> tuple[str, ...]:
        """Return the sentences on a place that is bound."""
        return tuple(text for text in (self._cut_off(), self._far_along()) if text)

    def refusal(self, limit_m: float, most_m: float) -> str:
        """Return the sentence on a place that is refused."""
        kind = "Crossing" if self.place.kind is PlaceKind.CROSSING else "Place"
        what = f"{kind} with no road: '{self.place.place_id}'"
        distance_m, any_m = self._metres()
        if not np.isfinite(distance_m):
            return f"{what}: no road is open to all the vehicles that need it."
        along_m = float(self.bound.along_m[self.index])
        if distance_m <= most_m:
            return (
                f"{what}: it lies {distance_m:.0f} m from a road whose next junction is "
                f"{along_m:.0f} m along it; at most {limit_m:.0f} m are accepted: give the road a "
                "node near the place."
            )
        if any_m <= limit_m:
            return (
                f"{what}: the road {any_m:.0f} m away is cut off from the rest or closed to "
                f"these vehicles{self.island}, and the next usable one is {distance_m:.0f} m "
                f"away; at most {most_m:.0f} m are accepted."
            )
        return (
            f"{what} lies {distance_m:.0f} m from the nearest road; at most {limit_m:.0f} m are "
            "accepted."
        )

    def _metres(self) -> tuple[float, float]:
        return float(self.bound.distance_m[self.index]), float(self.near.distance_m[self.index])

    def _cut_off(self) -> str:
        distance_m, any_m = self._metres()
        if distance_m - any_m <= CUT_OFF_NOTICE_M:
            return ""
        return (
            f"Place '{self.place.place_id}' lies {any_m:.0f} m from a road that is cut off from "
            f"the rest of the network or closed to these vehicles{self.island}; the road used is "
            f"{distance_m:.0f} m away."
        )

    def _far_along(self) -> str:
        along_m = float(self.bound.along_m[self.index])
        if along_m <= FAR_ALONG_M:
            return ""
        return (
            f"Place '{self.place.place_id}' lies beside a road whose next junction is "
            f"{along_m:.0f} m along it; times and distances are counted from that junction."
        )
