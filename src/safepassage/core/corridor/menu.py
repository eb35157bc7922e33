"""The menu of ways out, and the ways that the planner chose, as corridors a person can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.graph import (
    SearchGraph,
    arc_costs,
    build_graph,
    links_of,
)
from safepassage.core.corridor.matrices import grounds_of
from safepassage.core.corridor.metric import MS_PER_S, NANO, Metric, build_metric
from safepassage.core.corridor.pareto import ParetoPath, pareto_front
from safepassage.core.corridor.paths import UNREACHED, path_to, shortest_tree
from safepassage.core.corridor.reasons import why_unreachable
from safepassage.core.corridor.situation import (
    DEFAULT_HAZARD_MODEL,
    HazardModel,
    Situation,
    read_situation,
)
from safepassage.core.corridor.snap import Snaps, snap_places
from safepassage.core.corridor.speeds import DEFAULT_SPEEDS, SpeedTable
from safepassage.core.corridor.types import (
    ControlArea,
    CorridorOption,
    CorridorSegment,
    Hazard,
    Place,
    RoadNetwork,
    Snap,
    TravelProfile,
)
from safepassage.errors import InfeasibleError, UsageError
from safepassage.units import SECONDS_PER_MINUTE, format_duration

Ints = NDArray[np.int64]

MOST_OPTIONS = 6


@dataclass(frozen=True, slots=True)
class Menu:
    """The ways between two places.

    Parameters
    ----------
    options
        The fastest first; at most as many as asked for.
    found
        How many ways are on the exact front.
    snaps
        Where the two places meet the network.
    """

    options: tuple[CorridorOption, ...]
    found: int
    snaps: tuple[Snap, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """One profile's view of the network at one date."""

    network: RoadNetwork
    places: tuple[Place, ...]
    profile: TravelProfile
    situation: Situation
    metric: Metric
    snaps: Snaps

    @property
    def nodes(self) -> dict[str, int]:
        """Node of the network by place id, for places that have one."""
        return {snap.place_id: snap.node for snap in self.snaps.found}

    def unreachable(self) -> InfeasibleError:
        """Return the error that says why there is no way between the places."""
        reached = np.eye(len(self.places), dtype=bool)
        nodes = np.array([self.nodes[place.place_id] for place in self.places], dtype=np.int64)
        sentences = why_unreachable(
            self.network,
            self.situation,
            self.places,
            nodes,
            self.profile,
            self.metric,
            reached,
        )
        return InfeasibleError("\n".join(sentences))


def corridor_menu(
    network: RoadNetwork,
    start: Place,
    end: Place,
    profile: TravelProfile,
    control: Sequence[ControlArea],
    hazards: Sequence[Hazard],
    at: datetime,
    *,
    most: int = MOST_OPTIONS,
    snap_limit_m: float = 2000.0,
    speeds: SpeedTable = DEFAULT_SPEEDS,
    hazard_model: HazardModel = DEFAULT_HAZARD_MODEL,
) -> Menu:
    """Return the exact menu of ways from one place to another at a date.

    Parameters
    ----------
    most
        Ways shown at most, at least 2; of a longer front the two ends and the ways that differ
        most from those shown already.

    Raises
    ------
    InfeasibleError
        If there is no way; the message says what would have to change.
    RefusedError
        If the exact front is too large to be computed.
    UsageError
        If both places are one.
    """
    if start.place_id == end.place_id:
        raise UsageError(f"'{start.place_id}' is both start and end; name two places.")
    ground = _ground(
        network, (start, end), profile, (control, hazards, at), 0.0, snap_limit_m,
        (speeds, hazard_model),
    )  # fmt: skip
    if ground.snaps.refused:
        raise InfeasibleError("\n".join(sentence for _, sentence in ground.snaps.refused))
    graph = build_graph(network, ground.nodes.values(), profile.vehicle_class)
    costs = arc_costs(graph, ground.metric)
    source = graph.departure[ground.nodes[start.place_id]]
    target = graph.arrival[ground.nodes[end.place_id]]
    front = pareto_front(graph, costs, int(source), int(target))
    if not front:
        raise ground.unreachable()
    shown = _representatives(front, max(2, most))
    options = tuple(
        _option(ground, graph, front[index].arcs, f"c{position}", _reason(front, index, len(shown)))
        for position, index in enumerate(shown, 1)
    )
    return Menu(options, len(front), ground.snaps.found)


def find_options(
    network: RoadNetwork,
    places: tuple[Place, Place],
    profile: TravelProfile,
    control: Sequence[ControlArea],
    hazards: Sequence[Hazard],
    at: datetime,
    *,
    most: int = MOST_OPTIONS,
    snap_limit_m: float = 2000.0,
) -> tuple[CorridorOption, ...]:
    """Return the options of :func:`corridor_menu`; `places` are the start and the end."""
    menu = corridor_menu(
        network, *places, profile, control, hazards, at, most=most, snap_limit_m=snap_limit_m
    )
    return menu.options


def chosen_routes(
    network: RoadNetwork,
    legs: Sequence[tuple[Place, Place]],
    profile: TravelProfile,
    control: Sequence[ControlArea],
    hazards: Sequence[Hazard],
    at: datetime,
    *,
    risk_weight_s: float = 3600.0,
    snap_limit_m: float = 2000.0,
    speeds: SpeedTable = DEFAULT_SPEEDS,
    hazard_model: HazardModel = DEFAULT_HAZARD_MODEL,
) -> tuple[CorridorOption, ...]:
    """Return the path behind each number of a travel matrix: least time plus weighted exposure.

    Parameters
    ----------
    legs
        (from, to) pairs; a leg without a way is left out.
    risk_weight_s, snap_limit_m
        As given to the matrices.
    """
    places = tuple({place.place_id: place for leg in legs for place in leg}.values())
    if not places:
        return ()
    facts = (control, hazards, at)
    ground = _ground(
        network, places, profile, facts, risk_weight_s, snap_limit_m,
        (speeds, hazard_model),
    )  # fmt: skip
    node = ground.nodes
    graph = build_graph(network, node.values(), profile.vehicle_class)
    costs = arc_costs(graph, ground.metric)
    routes = []
    for number, (start, end) in enumerate(legs, 1):
        if start.place_id not in node or end.place_id not in node:
            continue
        source, target = graph.departure[node[start.place_id]], graph.arrival[node[end.place_id]]
        tree = shortest_tree(graph, costs, int(source), np.array([target]))
        if tree.cost_ms[target] != UNREACHED:
            arcs = tuple(path_to(graph, tree, int(target)))
            view = replace(ground, places=(start, end))
            reason = "The least time plus weighted exposure: the way the matrices are made of."
            routes.append(_option(view, graph, arcs, f"r{number}", reason))
    return tuple(routes)


def _ground(
    network: RoadNetwork,
    places: tuple[Place, ...],
    profile: TravelProfile,
    facts: tuple[Sequence[ControlArea], Sequence[Hazard], datetime],
    risk_weight_s: float,
    snap_limit_m: float,
    models: tuple[SpeedTable, HazardModel],
) -> _Ground:
    control, hazards, at = facts
    situation = read_situation(network, tuple(control), tuple(hazards), at, models[1])
    grounds = grounds_of(situation, places, tuple(control))
    snaps = snap_places(network, places, snap_limit_m, (profile,), models[0], grounds)
    metric = build_metric(network, situation, profile, risk_weight_s, models[0])
    return _Ground(network, places, profile, situation, metric, snaps)


def _representatives(front: tuple[ParetoPath, ...], most: int) -> list[int]:
    """Return indices of at most `most` ways: both ends, then always the one furthest from those."""
    if len(front) <= most:
        return list(range(len(front)))
    values = np.array(
        [(path.travel_time_ms, path.exposure_nano) for path in front], dtype=np.float64
    )
    values = (values - values.min(axis=0)) / np.ptp(values, axis=0)
    chosen = [0, len(front) - 1]
    while len(chosen) < most:
        gaps = np.abs(values[:, None, :] - values[None, chosen, :]).sum(axis=2).min(axis=1)
        chosen.append(int(np.argmax(gaps)))
    return sorted(chosen)


def _reason(front: tuple[ParetoPath, ...], index: int, shown: int) -> str:
    """Say why a way is on the menu, against the ends of the front."""
    first, last, path = front[0], front[-1], front[index]
    of_how_many = f" ({shown} of {len(front)} ways shown.)" if len(front) > shown else ""
    if len(front) == 1:
        return "The fastest and the least exposed at once: no other way is better in either."
    slower = _longer(path.travel_time_ms, first.travel_time_ms)
    saved = _share(first.exposure_nano - path.exposure_nano, first.exposure_nano)
    if index == 0:
        return f"The fastest.{of_how_many}"
    if path is last:
        return f"The least exposed: {saved} less exposure than the fastest for {slower} more."
    return f"Between: {saved} less exposure than the fastest for {slower} more."


def _longer(time_ms: int, than_ms: int) -> str:
    """Say the difference of the two times as they are shown, so that it can be checked by hand."""
    more_min = _shown_minutes(time_ms) - _shown_minutes(than_ms)
    return format_duration(more_min * SECONDS_PER_MINUTE) if more_min else "less than a minute"


def _shown_minutes(time_ms: int) -> int:
    return round(_whole_seconds(time_ms) / SECONDS_PER_MINUTE)


def _share(part: int, whole: int) -> str:
    percent = 100 * part / whole
    return f"{percent:.0f} %" if percent >= 1 else "under 1 %"


def _option(
    ground: _Ground, graph: SearchGraph, arcs: tuple[int, ...], option_id: str, reason: str
) -> CorridorOption:
    network = ground.network
    links = np.array(links_of(graph, arcs, network.arc_count), dtype=np.int64)
    return CorridorOption(
        option_id=option_id,
        from_place=ground.places[0].place_id,
        to_place=ground.places[-1].place_id,
        profile=ground.profile,
        length_m=float(network.length_m[links].sum()),
        travel_time_s=_whole_seconds(int(ground.metric.travel_time_ms[links].sum())),
        exposure=int(ground.metric.exposure_nano[links].sum()) / NANO,
        segments=_segments(ground, links),
        way_ids=_without_repeats(network.way_id[links].tolist()),
        bridges=_bridges(network, links),
        oldest_fact=_oldest(ground.situation.oldest_fact_s[links]),
        reason=reason,
    )


def _whole_seconds(time_ms: int) -> int:
    return -(-time_ms // MS_PER_S)


def _without_repeats(values: list[int]) -> tuple[int, ...]:
    return tuple(
        value for index, value in enumerate(values) if index == 0 or values[index - 1] != value
    )


def _bridges(network: RoadNetwork, links: Ints) -> tuple[tuple[int, float | None], ...]:
    found: dict[int, float | None] = {}
    for link in links[network.bridge[links]].tolist():
        limit = float(network.maxweight_t[link])
        found.setdefault(int(network.way_id[link]), None if np.isnan(limit) else limit)
    return tuple(found.items())


def _oldest(facts_s: NDArray[np.float64]) -> str:
    oldest = float(facts_s.min(initial=np.inf))
    return "" if np.isinf(oldest) else datetime.fromtimestamp(oldest, UTC).date().isoformat()


def _segments(ground: _Ground, links: Ints) -> tuple[CorridorSegment, ...]:
    """Cut a path where the holder changes; the segments' seconds add up to the path's."""
    runs = _runs(ground, links)
    ends_ms = np.cumsum([int(ground.metric.travel_time_ms[run].sum()) for run in runs]).tolist()
    starts_ms = [0, *ends_ms[:-1]]
    return tuple(
        CorridorSegment(
            side="+".join(ground.situation.holders[ground.situation.side[run[0]]]),
            length_m=float(ground.network.length_m[run].sum()),
            travel_time_s=_whole_seconds(end_ms) - _whole_seconds(start_ms),
            exposure=int(ground.metric.exposure_nano[run].sum()) / NANO,
            shape=_shape(ground.network, run),
        )
        for run, start_ms, end_ms in zip(runs, starts_ms, ends_ms, strict=True)
    )


def _runs(ground: _Ground, links: Ints) -> list[Ints]:
    """Split where the side changes; an arc without length belongs to what comes before it."""
    if len(links) == 0:
        return []
    side = ground.situation.side[links].astype(np.int64)
    for index in range(1, len(links)):
        if ground.network.length_m[links[index]] == 0:
            side[index] = side[index - 1]
    return np.split(links, np.flatnonzero(np.diff(side)) + 1)


def _shape(network: RoadNetwork, links: Ints) -> tuple[tuple[float, float], ...]:
    points: list[tuple[float, float]] = []
    for link in links.tolist():
        span = slice(network.shape_offset[link], network.shape_offset[link + 1])
        pairs = zip(network.shape_lon[span].tolist(), network.shape_lat[span].tolist(), strict=True)
        points.extend(point for point in pairs if not points or points[-1] != point)
    return tuple(points)
