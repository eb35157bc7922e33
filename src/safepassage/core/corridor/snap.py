"""Where places meet the road network, and which places do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from safepassage.core.corridor.metric import arc_speeds_kmh, class_bit, exceeds_limits
from safepassage.core.corridor.speeds import DEFAULT_SPEEDS, SpeedTable
from safepassage.core.corridor.types import Place, PlaceKind, RoadNetwork, Snap, TravelProfile
from safepassage.core.geo.distance import geodesic_m

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

NEIGHBOURS = 8
"""Nearest nodes on the sphere that are measured again on the ellipsoid (they differ by 0.6 %)."""
CUT_OFF_NOTICE_M = 100.0
"""A road that is nearer by this much, but cut off or closed to the vehicles, is mentioned."""
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
    """Bind each place to the nearest node from which every profile can get everywhere.

    Hazards are left out of account, so that a place keeps its node from date to date.

    Parameters
    ----------
    limit_m
        A place further than this from the network, in metres of geodesic, is refused; so is one
        whose usable road is more than :data:`WALK_LIMIT_M` further than its nearest road.
    profiles
        Ways of driving that must reach the node; none asks only for motor vehicles of any kind.
    grounds
        Who holds what: a place that one party holds is then not bound to a node that another
        holds. None leaves control out of account.
    """
    if not places:
        return Snaps((), ())
    main = main_component(network, profiles, speeds)
    lon = np.array([place.lon for place in places], dtype=np.float64)
    lat = np.array([place.lat for place in places], dtype=np.float64)
    node, distance_m = _nearest_on_own_ground(network, main, lon, lat, grounds)
    _, any_road_m = nearest_nodes(network, np.ones(network.node_count, dtype=bool), lon, lat)
    found, refused = [], []
    for index, place in enumerate(places):
        if distance_m[index] <= min(limit_m, any_road_m[index] + WALK_LIMIT_M):
            warnings = _warnings(place, distance_m[index], any_road_m[index])
            found.append(Snap(place.place_id, int(node[index]), float(distance_m[index]), warnings))
        else:
            sentence = _refusal(place, distance_m[index], any_road_m[index], limit_m)
            refused.append((place.place_id, sentence))
    return Snaps(tuple(found), tuple(refused))


def _nearest_on_own_ground(
    network: RoadNetwork, main: Bools, lon: Floats, lat: Floats, grounds: Grounds | None
) -> tuple[NDArray[np.int64], Floats]:
    if grounds is None:
        return nearest_nodes(network, main, lon, lat)
    node, distance_m = np.full(len(lon), -1), np.full(len(lon), np.inf)
    sides = np.array(grounds.place_side)
    for side in sorted(set(grounds.place_side)):
        own = [not side or set(holder) <= {side} for holder in grounds.holders]
        these = np.flatnonzero(sides == side)
        among = main & np.array(own)[grounds.node_side]
        node[these], distance_m[these] = nearest_nodes(network, among, lon[these], lat[these])
    return node, distance_m


def main_component(
    network: RoadNetwork, profiles: Iterable[TravelProfile], speeds: SpeedTable = DEFAULT_SPEEDS
) -> Bools:
    """Return bool[n], nodes of the largest strongly connected part for every profile.

    Where the profiles' parts have no node in common, the result is empty.
    """
    by_tags = {
        TravelProfile(item.vehicle_class, frozenset(), item.weight_t, item.height_m, item.width_m)
        for item in profiles
    }
    main = np.ones(network.node_count, dtype=bool)
    if not by_tags:
        return _largest(network, network.access > 0)
    for profile in by_tags:
        main &= _largest(network, _drivable(network, profile, speeds))
    return main


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


def _warnings(place: Place, distance_m: float, any_road_m: float) -> tuple[str, ...]:
    if distance_m - any_road_m <= CUT_OFF_NOTICE_M:
        return ()
    sentence = (
        f"Place '{place.place_id}' lies {any_road_m:.0f} m from a road that is cut off from the "
        "rest of the network or closed to these vehicles; the road used is "
        f"{distance_m:.0f} m away."
    )
    return (sentence,)


def _refusal(place: Place, distance_m: float, any_road_m: float, limit_m: float) -> str:
    kind = "Crossing" if place.kind is PlaceKind.CROSSING else "Place"
    what = f"{kind} with no road: '{place.place_id}'"
    allowed = f"at most {limit_m:.0f} m are accepted."
    if not np.isfinite(distance_m):
        return f"{what}: no road is open to all the vehicles that need it."
    if any_road_m <= limit_m:
        return (
            f"{what}: the road {any_road_m:.0f} m away is cut off from the rest or closed to "
            f"these vehicles, and the next usable one is {distance_m:.0f} m away; at most "
            f"{min(limit_m, any_road_m + WALK_LIMIT_M):.0f} m are accepted."
        )
    return f"{what} lies {distance_m:.0f} m from the nearest road; {allowed}"
