"""The menu of ways out, and the ways that the planner chose, as corridors a person can read."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from safepassage.core.corridor.ends import Ends, ends_of
from safepassage.core.corridor.graph import arc_costs, build_graph
from safepassage.core.corridor.options import Ground, corridor_option, read_ground, whole_seconds
from safepassage.core.corridor.pareto import LABEL_LIMIT, ParetoPath, pareto_front
from safepassage.core.corridor.paths import UNREACHED, path_to, shortest_tree
from safepassage.core.corridor.router import Topology
from safepassage.core.corridor.situation import DEFAULT_HAZARD_MODEL, HazardModel
from safepassage.core.corridor.speeds import DEFAULT_SPEEDS, SpeedTable
from safepassage.core.corridor.types import (
    Closure,
    ControlArea,
    CorridorOption,
    Hazard,
    Place,
    RoadNetwork,
    Snap,
    TravelProfile,
)
from safepassage.errors import RefusedError
from safepassage.units import SECONDS_PER_MINUTE, format_duration

MOST_OPTIONS = 6

EPSILONS = (0.01, 0.05, 0.25)
"""Tried in this order where an exact front is too large."""


@dataclass(frozen=True, slots=True)
class Menu:
    """The ways between two places.

    Parameters
    ----------
    options
        The fastest first; at most as many as asked for.
    found
        How many ways are on the front.
    snaps
        Where the two places meet the network.
    epsilon
        0 for the exact front; otherwise for every way there is one on the front that is at most
        this share slower and at most this share more exposed. The ends are exact.
    """

    options: tuple[CorridorOption, ...]
    found: int
    snaps: tuple[Snap, ...]
    epsilon: float = 0.0


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
    closures: Sequence[Closure] = (),
    epsilon: float | None = None,
    topology: Topology | None = None,
) -> Menu:
    """Return the exact menu of ways from one place to another at a date.

    Parameters
    ----------
    closures
        Rules that count at `at`.
    most, epsilon, topology
        As in :func:`menu_of`.

    Raises
    ------
    InfeasibleError, RefusedError, UsageError
        As :func:`menu_of`.
    """
    ground = read_ground(
        network, (start, end), profile, (control, hazards, at), 0.0, snap_limit_m,
        (speeds, hazard_model), closures,
    )  # fmt: skip
    return menu_of(ground, most=most, epsilon=epsilon, topology=topology)


def menu_of(
    ground: Ground,
    *,
    most: int = MOST_OPTIONS,
    epsilon: float | None = None,
    topology: Topology | None = None,
    label_limit: int = LABEL_LIMIT,
) -> Menu:
    """Return the menu of ways from the first place of a ground to the last.

    Parameters
    ----------
    most
        Ways shown at most, at least 2; of a longer front the two ends and the ways that differ
        most from those shown already.
    epsilon
        0 for the exact front or none at all. A number above 0: see
        :func:`~safepassage.core.corridor.pareto.pareto_front`. None: exact, and where that is too
        large the least of :data:`EPSILONS` that is not; the menu says which.
    topology
        Prepared roads of the profile's vehicle class, to save drawing the graph together.
    label_limit
        Partial paths kept at most.

    Raises
    ------
    InfeasibleError
        If there is no way; the message says what would have to change.
    RefusedError
        If the front is too large to be computed.
    UsageError
        If both places are one.
    """
    ends = ends_of(ground, topology)
    front, used = _front(ends, epsilon, label_limit)
    if not front:
        raise ground.unreachable()
    shown = _representatives(front, max(2, most))
    options = tuple(
        corridor_option(
            ground, ends.graph, front[index].arcs, f"c{position}",
            _reason(front, index, len(shown), used),
        )
        for position, index in enumerate(shown, 1)
    )  # fmt: skip
    return Menu(options, len(front), ground.snaps.found, used)


def _front(
    ends: Ends, epsilon: float | None, label_limit: int
) -> tuple[tuple[ParetoPath, ...], float]:
    """Return the front and the epsilon that it was found with."""
    asked = (0.0, *EPSILONS) if epsilon is None else (epsilon,)
    for number in asked[:-1]:
        with suppress(RefusedError):
            return _searched(ends, number, label_limit), number
    return _searched(ends, asked[-1], label_limit), asked[-1]


def _searched(ends: Ends, epsilon: float, label_limit: int) -> tuple[ParetoPath, ...]:
    return pareto_front(
        ends.graph, ends.costs, ends.source, ends.target, label_limit, epsilon=epsilon
    )


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
    ground = read_ground(
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
            routes.append(corridor_option(view, graph, arcs, f"r{number}", reason))
    return tuple(routes)


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


def _reason(front: tuple[ParetoPath, ...], index: int, shown: int, epsilon: float = 0.0) -> str:
    """Say why a way is on the menu, against the ends of the front."""
    first, last, path = front[0], front[-1], front[index]
    of_how_many = f" ({shown} of {len(front)} ways shown.)" if len(front) > shown else ""
    if epsilon > 0:
        of_how_many += f" (There are too many ways: others differ by at most {100 * epsilon:g} %.)"
    if len(front) == 1:
        return "The fastest and the least exposed at once: no other way is better in either."
    slower = _longer(path.travel_time_ms, first.travel_time_ms)
    saved = _saved(path.exposure_nano, first.exposure_nano, slower)
    if index == 0:
        return f"The fastest.{of_how_many}"
    if path is last:
        return f"The least exposed: {saved}."
    return f"Between: {saved}."


def _longer(time_ms: int, than_ms: int) -> str:
    """Say the difference of the two times as they are shown, so that it can be checked by hand."""
    more_min = _shown_minutes(time_ms) - _shown_minutes(than_ms)
    return format_duration(more_min * SECONDS_PER_MINUTE) if more_min else "less than a minute"


def _shown_minutes(time_ms: int) -> int:
    return round(whole_seconds(time_ms) / SECONDS_PER_MINUTE)


def _saved(exposure: int, fastest: int, slower: str) -> str:
    """Say how much exposure is spared; a little that is left is never called none."""
    if exposure == 0:
        return f"no exposure, for {slower} more than the fastest"
    if 200 * exposure < fastest:
        return f"almost no exposure, for {slower} more than the fastest"
    return f"{_share(fastest - exposure, fastest)} less exposure than the fastest for {slower} more"


def _share(part: int, whole: int) -> str:
    percent = 100 * part / whole
    return f"{percent:.0f} %" if percent >= 1 else "under 1 %"
