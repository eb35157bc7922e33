"""One path of the network as a corridor a person can read: segments, bridges, facts and times.

All coordinates are WGS 84 (EPSG:4326), longitude and latitude in degrees; lengths are geodesic, in
metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.graph import SearchGraph, links_of
from safepassage.core.corridor.matrices import grounds_of
from safepassage.core.corridor.metric import MS_PER_S, NANO, Metric, build_metric
from safepassage.core.corridor.reasons import why_unreachable
from safepassage.core.corridor.situation import HazardModel, Situation, read_situation
from safepassage.core.corridor.snap import Snaps, snap_places
from safepassage.core.corridor.speeds import SpeedTable
from safepassage.core.corridor.types import (
    ControlArea,
    CorridorOption,
    CorridorSegment,
    Hazard,
    Place,
    RoadNetwork,
    TravelProfile,
)
from safepassage.errors import InfeasibleError

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """One profile's view of the network at one date.

    Parameters
    ----------
    places
        Those that matter; the first and the last are the ends of what is made from it.
    """

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


def read_ground(
    network: RoadNetwork,
    places: tuple[Place, ...],
    profile: TravelProfile,
    facts: tuple[Sequence[ControlArea], Sequence[Hazard], datetime],
    risk_weight_s: float,
    snap_limit_m: float,
    models: tuple[SpeedTable, HazardModel],
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
    """
    control, hazards, at = facts
    situation = read_situation(network, tuple(control), tuple(hazards), at, models[1])
    grounds = grounds_of(situation, places, tuple(control))
    snaps = snap_places(network, places, snap_limit_m, (profile,), models[0], grounds)
    metric = build_metric(network, situation, profile, risk_weight_s, models[0])
    return Ground(network, places, profile, situation, metric, snaps)


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
    return CorridorOption(
        option_id=option_id,
        from_place=ground.places[0].place_id,
        to_place=ground.places[-1].place_id,
        profile=ground.profile,
        length_m=float(network.length_m[links].sum()),
        travel_time_s=whole_seconds(int(ground.metric.travel_time_ms[links].sum())),
        exposure=int(ground.metric.exposure_nano[links].sum()) / NANO,
        segments=_segments(ground, links),
        way_ids=_without_repeats(network.way_id[links].tolist()),
        bridges=_bridges(network, links),
        oldest_fact=_oldest(ground.situation.oldest_fact_s[links]),
        reason=reason,
    )


def whole_seconds(time_ms: int) -> int:
    """Return milliseconds as seconds, rounded up."""
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


def _segments(ground: Ground, links: Ints) -> tuple[CorridorSegment, ...]:
    """Cut a path where the holder changes; the segments' seconds add up to the path's."""
    runs = _runs(ground, links)
    ends_ms = np.cumsum([int(ground.metric.travel_time_ms[run].sum()) for run in runs]).tolist()
    starts_ms = [0, *ends_ms[:-1]]
    return tuple(
        CorridorSegment(
            side="+".join(ground.situation.holders[ground.situation.side[run[0]]]),
            length_m=float(ground.network.length_m[run].sum()),
            travel_time_s=whole_seconds(end_ms) - whole_seconds(start_ms),
            exposure=int(ground.metric.exposure_nano[run].sum()) / NANO,
            shape=_shape(ground.network, run),
        )
        for run, start_ms, end_ms in zip(runs, starts_ms, ends_ms, strict=True)
    )


def _runs(ground: Ground, links: Ints) -> list[Ints]:
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
