"""Times and exposures between places for every way of driving: what the planner works from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.closures import binds, place_sentence
from safepassage.core.corridor.graph import SearchGraph, arc_costs, build_graph
from safepassage.core.corridor.metric import MS_PER_S, NANO, Metric, build_metric
from safepassage.core.corridor.plain import plain_distances, plain_roads
from safepassage.core.corridor.reasons import why_unreachable
from safepassage.core.corridor.router import (
    NO_WAY,
    Legs,
    Topology,
    graph_legs,
    no_legs,
    prepare_roads,
    roads_digest,
    router,
)
from safepassage.core.corridor.situation import (
    DEFAULT_HAZARD_MODEL,
    HazardModel,
    Situation,
    holders_at,
    place_rates_per_h,
    read_situation,
)
from safepassage.core.corridor.snap import Grounds, Snaps, snap_places
from safepassage.core.corridor.speeds import DEFAULT_SPEEDS, SpeedTable
from safepassage.core.corridor.types import (
    Closure,
    ControlArea,
    Hazard,
    Place,
    PlaceKind,
    RoadNetwork,
    Snap,
    TravelMatrices,
    TravelMatrix,
    TravelProfile,
    VehicleClass,
)

Method = Literal["fast", "dijkstra", "plain"]
Ints = NDArray[np.int64]


def travel_matrices(
    network: RoadNetwork,
    places: Sequence[Place],
    profiles: Sequence[TravelProfile],
    control: Sequence[ControlArea],
    hazards: Sequence[Hazard],
    at: datetime,
    *,
    risk_weight_s: float = 3600.0,
    snap_limit_m: float = 2000.0,
    method: Method = "fast",
    closures: Sequence[Closure] = (),
    speeds: SpeedTable = DEFAULT_SPEEDS,
    hazard_model: HazardModel = DEFAULT_HAZARD_MODEL,
    topologies: Mapping[VehicleClass, Topology] | None = None,
    bound: Sequence[Snaps] | None = None,
) -> TravelMatrices:
    """Return times and exposures between all places, for each distinct profile.

    The path chosen between two places has the least time plus `risk_weight_s` times exposure; among
    equals the fastest, then the least exposed.

    Parameters
    ----------
    places
        In the order of the rows and columns; WGS 84.
    profiles
        Ways of driving; equal ones give one matrix, in order of first appearance.
    control, hazards, closures
        Facts with dates; those in force at `at` count.
    at
        Aware moment.
    risk_weight_s
        Seconds of travel worth one unit of exposure.
    snap_limit_m
        A place further from the network has no way to anywhere.
    method
        ``"fast"``: the hierarchy. ``"dijkstra"``: Dijkstra's algorithm on chains of roads.
        ``"plain"``: the same in plain Python on the roads as they are, the oracle. The three share
        the costs of the arcs and give identical results.
    topologies
        Hierarchies that are there already; those missing are built.
    bound
        What :func:`bind_places` returned for the same places, distinct profiles and control: a
        new closure or hazard does not move a place to another road. None binds them here.
    """
    places, profiles = tuple(places), tuple(dict.fromkeys(profiles))
    situation = read_situation(
        network, tuple(control), tuple(hazards), at, hazard_model, tuple(closures), places
    )
    if bound is None:
        bound = _bind(network, places, profiles, situation, tuple(control), snap_limit_m, speeds)
    snaps = [
        _without_shut(situation, item, found) for item, found in zip(profiles, bound, strict=True)
    ]
    nodes = [_nodes(places, found) for found in snaps]
    metrics = [build_metric(network, situation, item, risk_weight_s, speeds) for item in profiles]
    prepared: list[Topology | None] = [None] * len(profiles)
    if method == "fast":
        built = _prepared(network, profiles, topologies or {})
        legs = [
            router(topology, metric).legs(at_nodes, at_nodes)
            for topology, metric, at_nodes in zip(built, metrics, nodes, strict=True)
        ]
        prepared = list(built)
    else:
        legs = (_chained if method == "dijkstra" else _plain)(network, nodes, profiles, metrics)
    reasons = _refusals(profiles, snaps)
    for profile, metric, leg, at_nodes, topology in zip(
        profiles, metrics, legs, nodes, prepared, strict=True
    ):
        reached = leg.travel_time_ms != NO_WAY
        reasons += why_unreachable(
            network, situation, places, at_nodes, profile, metric, reached, topology
        )
    return TravelMatrices(
        place_ids=tuple(place.place_id for place in places),
        matrices=tuple(_matrix(leg, profile) for profile, leg in zip(profiles, legs, strict=True)),
        place_hazard_rate_per_h=place_rates_per_h(places, tuple(hazards), at, hazard_model),
        unreachable=tuple(dict.fromkeys(reasons)),
        snaps=_worst_snaps(places, snaps),
    )


def bind_places(
    network: RoadNetwork,
    places: Sequence[Place],
    profiles: Sequence[TravelProfile],
    control: Sequence[ControlArea],
    at: datetime,
    *,
    snap_limit_m: float = 2000.0,
    speeds: SpeedTable = DEFAULT_SPEEDS,
) -> tuple[Snaps, ...]:
    """Return where places meet the roads, for each distinct profile: for `bound` above.

    Parameters
    ----------
    places, profiles, control, at, snap_limit_m
        As for :func:`travel_matrices`.
    """
    places, areas = tuple(places), tuple(control)
    situation = read_situation(network, areas, (), at)
    distinct = tuple(dict.fromkeys(profiles))
    return _bind(network, places, distinct, situation, areas, snap_limit_m, speeds)


def _bind(
    network: RoadNetwork,
    places: tuple[Place, ...],
    profiles: tuple[TravelProfile, ...],
    situation: Situation,
    control: tuple[ControlArea, ...],
    snap_limit_m: float,
    speeds: SpeedTable,
) -> tuple[Snaps, ...]:
    grounds = grounds_of(situation, places, control)
    return tuple(
        snap_places(network, places, snap_limit_m, (item,), speeds, grounds) for item in profiles
    )


def _matrix(legs: Legs, profile: TravelProfile) -> TravelMatrix:
    """Return whole seconds, rounded up once per leg, and exposure."""
    seconds = -(-legs.travel_time_ms // MS_PER_S)
    return TravelMatrix(
        profile=profile,
        travel_time_s=np.where(legs.travel_time_ms < 0, NO_WAY, seconds).astype(np.int32),
        exposure=legs.exposure_nano / NANO,
    )


def _without_shut(situation: Situation, profile: TravelProfile, snaps: Snaps) -> Snaps:
    """Refuse places that a closure shuts for the profile's class."""
    shut: dict[str, str] = {}
    for place_id, index in situation.shut_places:
        closure = situation.closures[index]
        if binds(closure, profile.vehicle_class):
            shut.setdefault(place_id, place_sentence(closure))
    found = tuple(snap for snap in snaps.found if snap.place_id not in shut)
    refused = tuple(
        (snap.place_id, shut[snap.place_id]) for snap in snaps.found if snap.place_id in shut
    )
    return Snaps(found, snaps.refused + refused)


def grounds_of(
    situation: Situation, places: tuple[Place, ...], control: tuple[ControlArea, ...]
) -> Grounds:
    """Return who holds nodes and places; a crossing belongs to both sides and so to none."""
    held = holders_at(places, control, situation.at)
    sides = tuple(
        "" if place.kind is PlaceKind.CROSSING else place.side or holder
        for place, holder in zip(places, held, strict=True)
    )
    return Grounds(situation.holders, situation.node_side, sides)


def _nodes(places: tuple[Place, ...], snaps: Snaps) -> Ints:
    """Return the node of each place, -1 for a place that was refused."""
    by_place = {snap.place_id: snap.node for snap in snaps.found}
    return np.array([by_place.get(place.place_id, -1) for place in places], dtype=np.int64)


def _refusals(profiles: tuple[TravelProfile, ...], snaps: list[Snaps]) -> list[str]:
    """Return each refusal once, with the vehicle classes it holds for unless it holds for all."""
    refused: dict[str, list[str]] = {}
    for profile, found in zip(profiles, snaps, strict=True):
        for _, sentence in found.refused:
            refused.setdefault(sentence, []).append(profile.vehicle_class.value)
    return [
        sentence if len(classes) == len(profiles) else f"{_listed(classes)}: {sentence}"
        for sentence, classes in refused.items()
    ]


def _listed(classes: list[str]) -> str:
    return ", ".join(dict.fromkeys(classes)).capitalize()


def _worst_snaps(places: tuple[Place, ...], snaps: list[Snaps]) -> tuple[Snap, ...]:
    """Return, for each place that any profile reaches, the furthest road that one has to use."""
    worst: dict[str, Snap] = {}
    for found in snaps:
        for snap in found.found:
            known = worst.get(snap.place_id)
            if known is None or snap.distance_m > known.distance_m:
                worst[snap.place_id] = snap
    return tuple(worst[place.place_id] for place in places if place.place_id in worst)


def _prepared(
    network: RoadNetwork,
    profiles: tuple[TravelProfile, ...],
    topologies: Mapping[VehicleClass, Topology],
) -> list[Topology]:
    """Return the topology of each profile; classes under the same turn bans share one."""
    built: dict[str, Topology] = {}
    prepared = []
    for profile in profiles:
        topology = topologies.get(profile.vehicle_class)
        if topology is None:
            digest = roads_digest(network, profile.vehicle_class)
            if digest not in built:
                built[digest] = prepare_roads(network, profile.vehicle_class)
            topology = built[digest]
        prepared.append(topology)
    return prepared


def _chained(
    network: RoadNetwork,
    nodes: list[Ints],
    profiles: tuple[TravelProfile, ...],
    metrics: list[Metric],
) -> list[Legs]:
    """Answer by Dijkstra's algorithm on the graph with chains drawn together."""
    graphs: dict[str, SearchGraph] = {}
    legs = []
    kept = np.concatenate([np.zeros(0, dtype=np.int64), *nodes])
    for profile, metric, at_nodes in zip(profiles, metrics, nodes, strict=True):
        digest = roads_digest(network, profile.vehicle_class)
        if digest not in graphs:
            graphs[digest] = build_graph(network, kept[kept >= 0], profile.vehicle_class)
        graph = graphs[digest]
        legs.append(graph_legs(graph, arc_costs(graph, metric), at_nodes, at_nodes))
    return legs


def _plain(
    network: RoadNetwork,
    nodes: list[Ints],
    profiles: tuple[TravelProfile, ...],
    metrics: list[Metric],
) -> list[Legs]:
    return [
        _plain_legs(network, metric, profile, at_nodes.tolist())
        for profile, metric, at_nodes in zip(profiles, metrics, nodes, strict=True)
    ]


def _plain_legs(
    network: RoadNetwork, metric: Metric, profile: TravelProfile, nodes: list[int]
) -> Legs:
    legs = no_legs(len(nodes), len(nodes))
    roads = plain_roads(network, metric, profile.vehicle_class)
    targets = {node for node in nodes if node >= 0}
    answers = {node: plain_distances(roads, node, targets) for node in targets}
    for row, start in enumerate(nodes):
        for column, end in enumerate(nodes):
            triple = answers[start][end] if start >= 0 and end >= 0 else None
            if triple is not None:
                legs.travel_time_ms[row, column] = triple[1]
                legs.exposure_nano[row, column] = triple[2]
    return legs
