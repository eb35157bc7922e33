"""What changed for each place between two states of the facts, and which fact changed it.

Two dates, or the same date with and without a closure: the answer has the same form. Nothing is
predicted; both states are given. All coordinates are WGS 84 (EPSG:4326).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.graph import arc_costs, build_graph, links_of, reverse
from safepassage.core.corridor.matrices import grounds_of
from safepassage.core.corridor.metric import NANO, Shut, build_metric
from safepassage.core.corridor.options import Ground, whole_seconds
from safepassage.core.corridor.paths import UNREACHED, path_to, shortest_tree
from safepassage.core.corridor.reasons import why_unreachable
from safepassage.core.corridor.situation import (
    DEFAULT_HAZARD_MODEL,
    HazardModel,
    holders_at,
    in_force,
    read_situation,
)
from safepassage.core.corridor.snap import snap_places
from safepassage.core.corridor.speeds import DEFAULT_SPEEDS, SpeedTable
from safepassage.core.corridor.types import (
    Closure,
    ControlArea,
    Hazard,
    Place,
    PlaceKind,
    RoadNetwork,
    TravelProfile,
)
from safepassage.core.geo.frame import area_of
from safepassage.core.geo.polylines import midpoints, points_inside

Ints = NDArray[np.int64]

SAME_EXPOSURE = 1e-9
"""Exposure is counted in billionths."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is taken to hold: the input of one side of a comparison.

    Parameters
    ----------
    at
        Aware moment; facts in force at it count.
    what_if
        Name of the what-if whose own rules count too; empty for none.
    """

    control: tuple[ControlArea, ...]
    hazards: tuple[Hazard, ...]
    at: datetime
    closures: tuple[Closure, ...] = ()
    what_if: str = ""


@dataclass(frozen=True, slots=True)
class Measures:
    """How facts become costs.

    Parameters
    ----------
    risk_weight_s
        Seconds that one unit of exposure counts for when one path is chosen.
    snap_limit_m
        Geodesic metres beyond which a place is not bound to a road.
    """

    risk_weight_s: float = 3600.0
    snap_limit_m: float = 2000.0
    speeds: SpeedTable = DEFAULT_SPEEDS
    hazard_model: HazardModel = DEFAULT_HAZARD_MODEL


def grounds_at(
    network: RoadNetwork,
    places: Sequence[Place],
    profiles: Iterable[TravelProfile],
    facts: Facts,
    measures: Measures,
) -> tuple[Ground, ...]:
    """Return how each way of driving sees the network; the facts are laid over it once."""
    places = tuple(places)
    situation = read_situation(
        network, facts.control, facts.hazards, facts.at, measures.hazard_model
    )
    sides = grounds_of(situation, places, facts.control)
    grounds = []
    for profile in profiles:
        snaps = snap_places(
            network, places, measures.snap_limit_m, (profile,), measures.speeds, sides
        )
        metric = build_metric(network, situation, profile, measures.risk_weight_s, measures.speeds)
        grounds.append(Ground(network, places, profile, situation, metric, snaps))
    return tuple(grounds)


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """The planner's way between a place and a hub, the same as in a travel matrix.

    Parameters
    ----------
    from_hub
        True where people arrive: the way leads from the hub to the place.
    travel_time_s
        Whole seconds, rounded up; None where there is no way.
    exposure
        Hazard rate times hours for one person; 0 where there is no way.
    links
        int64[k], arcs of the network in the order of travel.
    why_not
        Why there is no way, without a capital and a full stop; empty where there is one.
    """

    place_id: str
    hub_id: str
    from_hub: bool
    travel_time_s: int | None
    exposure: float = 0.0
    length_m: float = 0.0
    links: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    why_not: str = ""

    @property
    def reachable(self) -> bool:
        """Whether there is a way."""
        return self.travel_time_s is not None


def legs_of(ground: Ground, hub_id: str) -> tuple[Leg, ...]:
    """Return the way of every other place of a ground to a hub, or from it for those who receive.

    Raises
    ------
    ValueError
        If the hub is no place of the ground.
    """
    places = [place for place in ground.places if place.place_id != hub_id]
    if len(places) == len(ground.places):
        raise ValueError(f"'{hub_id}' is no place of the ground")
    refused = dict(ground.snaps.refused)
    if hub_id in refused:
        return tuple(_no_leg(place, hub_id, _bare(refused[hub_id])) for place in places)
    paths = _paths(ground, places, hub_id)
    why = _reasons(ground, hub_id, {key for key, path in paths.items() if path is None})
    return tuple(
        _leg(ground, place, hub_id, paths.get(place.place_id), refused | why) for place in places
    )


def arrives(place: Place) -> bool:
    """Return whether people come to a place rather than leave from it."""
    return place.kind is PlaceKind.RECEPTION_CENTRE


def _paths(ground: Ground, places: list[Place], hub_id: str) -> dict[str, Ints | None]:
    """Return the arcs between each placed place and the hub, None where there is no way."""
    node, arcs = ground.nodes, ground.network.arc_count
    graph = build_graph(ground.network, node.values(), ground.profile.vehicle_class)
    costs = arc_costs(graph, ground.metric)
    turned, turned_costs = reverse(graph, costs)
    out = shortest_tree(graph, costs, int(graph.departure[node[hub_id]]))
    back = shortest_tree(turned, turned_costs, int(turned.departure[node[hub_id]]))
    found: dict[str, Ints | None] = {}
    for place in (place for place in places if place.place_id in node):
        among, tree = (graph, out) if arrives(place) else (turned, back)
        end = int(among.arrival[node[place.place_id]])
        if tree.cost_ms[end] == UNREACHED:
            found[place.place_id] = None
            continue
        path = path_to(among, tree, end)
        in_order = path if arrives(place) else path[::-1]
        found[place.place_id] = np.array(links_of(among, in_order, arcs), dtype=np.int64)
    return found


def _reasons(ground: Ground, hub_id: str, cut_off: set[str]) -> dict[str, str]:
    """Return why each of these places has no way to or from the hub."""
    if not cut_off:
        return {}
    by_id = {place.place_id: place for place in ground.places}
    names = [hub_id, *sorted(cut_off)]
    nodes = np.array([ground.nodes[name] for name in names], dtype=np.int64)
    sentences = why_unreachable(
        ground.network,
        ground.situation,
        tuple(by_id[name] for name in names),
        nodes,
        ground.profile,
        ground.metric,
        np.eye(len(names), dtype=bool),
    )
    return {
        name: _bare(sentence.split("': ", 1)[-1])
        for sentence in sentences
        for name in names
        if f"'{name}'" in sentence
    }


def _bare(sentence: str) -> str:
    return sentence.rstrip(".")


def _no_leg(place: Place, hub_id: str, why: str) -> Leg:
    return Leg(place.place_id, hub_id, arrives(place), None, why_not=why)


def _leg(ground: Ground, place: Place, hub_id: str, links: Ints | None, why: dict[str, str]) -> Leg:
    if links is None:
        unknown = "there is no way in this direction"
        return _no_leg(place, hub_id, _bare(why.get(place.place_id, unknown)))
    metric = ground.metric
    return Leg(
        place_id=place.place_id,
        hub_id=hub_id,
        from_hub=arrives(place),
        travel_time_s=whole_seconds(int(metric.travel_time_ms[links].sum())),
        exposure=int(metric.exposure_nano[links].sum()) / NANO,
        length_m=float(ground.network.length_m[links].sum()),
        links=links,
    )


class Verdict(StrEnum):
    """What became of the way of one place, in one way of driving."""

    LOST = "lost"
    """There was a way and there is none."""
    GAINED = "gained"
    """There was none and there is one."""
    CHANGED = "changed"
    """Another way, other minutes or other exposure."""
    SAME = "same"
    """The same way at the same cost."""
    CUT_OFF = "cut_off"
    """No way before or after."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One place, one hub and one way of driving, before and after.

    Parameters
    ----------
    holder_before, holder_after
        Party that holds the place, empty where nobody or more than one is known to.
    causes
        Sentences, each naming one fact that the change rests on; empty where nothing changed.
    """

    place_id: str
    hub_id: str
    profile: TravelProfile
    before: Leg
    after: Leg
    holder_before: str
    holder_after: str
    causes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What became of the way."""
        if not self.before.reachable and not self.after.reachable:
            return Verdict.CUT_OFF
        if not self.after.reachable:
            return Verdict.LOST
        if not self.before.reachable:
            return Verdict.GAINED
        return Verdict.SAME if _same(self.before, self.after) else Verdict.CHANGED


def _same(before: Leg, after: Leg) -> bool:
    return (
        before.travel_time_s == after.travel_time_s
        and abs(before.exposure - after.exposure) < SAME_EXPOSURE
        and np.array_equal(before.links, after.links)
    )


def compare(
    network: RoadNetwork,
    places: Sequence[Place],
    hub_ids: Sequence[str],
    profiles: Sequence[TravelProfile],
    before: Facts,
    after: Facts,
    measures: Measures,
    say: Callable[[float, float, str], None] = lambda _done, _total, _text: None,
) -> tuple[Change, ...]:
    """Return what becomes of each place's way to each hub, for each way of driving.

    Parameters
    ----------
    places
        All places, the hubs among them.
    hub_ids
        Where people go to (crossings), or come from (for places that receive).
    before, after
        The two states of the facts.
    say
        Told how many ways of driving are done.

    Returns
    -------
    By profile, hub and place, in the order given.
    """
    old = grounds_at(network, places, profiles, before, measures)
    new = grounds_at(network, places, profiles, after, measures)
    held = _holders(places, before), _holders(places, after)
    search = _Causes(network, before, after)
    changes = []
    for number, (was, now) in enumerate(zip(old, new, strict=True)):
        say(number, len(old), was.profile.vehicle_class.value)
        for hub in hub_ids:
            for leg_was, leg_now in zip(legs_of(was, hub), legs_of(now, hub), strict=True):
                ids = leg_was.place_id, hub, was.profile
                sides = held[0][leg_was.place_id], held[1][leg_was.place_id]
                change = Change(*ids, leg_was, leg_now, *sides)
                changes.append(replace(change, causes=search.of(change, was, now)))
    return tuple(changes)


def _holders(places: Sequence[Place], facts: Facts) -> dict[str, str]:
    held = holders_at(tuple(places), facts.control, facts.at)
    return {place.place_id: holder for place, holder in zip(places, held, strict=True)}


@dataclass(slots=True)
class _Causes:
    """Looks for the facts behind a change; remembers which arcs each hazard touches."""

    network: RoadNetwork
    before: Facts
    after: Facts
    touched: dict[tuple[str, datetime], NDArray[np.bool_]] = field(default_factory=dict)

    def of(self, change: Change, was: Ground, now: Ground) -> tuple[str, ...]:
        """Return the sentences for one change."""
        if change.verdict in (Verdict.SAME, Verdict.CUT_OFF):
            return ()
        found = [f"now {text}" for text in self._shut(change.before.links, now, self.after)]
        found += [f"no longer {text}" for text in self._shut(change.after.links, was, self.before)]
        if change.verdict is Verdict.CHANGED:
            found += self._rates(np.r_[change.before.links, change.after.links], was, now)
        found += _bound_elsewhere(change, was, now)
        if not found:
            found = [text for text in (change.before.why_not, change.after.why_not) if text]
        return tuple(dict.fromkeys(found))

    def _shut(self, links: Ints, ground: Ground, facts: Facts) -> list[str]:
        """Return what shuts any of these arcs on a ground, in words."""
        shut = ground.metric.shut[links]
        situation = ground.situation
        by_hazard = sorted(set(situation.closed_by[links].tolist()) - {-1})
        found = [f"closed by {_named(situation.hazards[index])}" for index in by_hazard]
        foreign = links[(shut & Shut.SIDE) > 0]
        if len(foreign):
            found.append(self._territory(foreign, ground, facts))
        return found

    def _territory(self, links: Ints, ground: Ground, facts: Facts) -> str:
        """Name who holds the first of these arcs, by which areas, since when."""
        link = links[:1]
        span = slice(self.network.shape_offset[link[0]], self.network.shape_offset[link[0] + 1])
        shape = self.network.shape_lon[span], self.network.shape_lat[span]
        lon, lat = midpoints(np.array([0, len(shape[0])]), *shape)
        areas = [one for one in facts.control if in_force(one.valid_from, one.valid_to, facts.at)]
        inside, _ = points_inside([area_of(one.polygons) for one in areas], lon, lat)
        named = ", ".join(
            f"'{areas[index].area_id}' since {areas[index].valid_from.date().isoformat()}"
            for index in inside.tolist()
        )
        holders = " and ".join(ground.situation.holders[ground.situation.side[link[0]]])
        return f"held by {holders} (area {named})"

    def _rates(self, links: Ints, was: Ground, now: Ground) -> list[str]:
        """Return the hazards on these arcs that came, went or grew older."""
        old = {one.hazard_id: one for one in was.situation.hazards}
        new = {one.hazard_id: one for one in now.situation.hazards}
        found = []
        for name in dict.fromkeys((*old, *new)):
            hazard = new.get(name) or old[name]
            if not self._arcs(hazard)[links].any():
                continue
            if name not in old:
                found.append(f"new: {_named(hazard)}")
            elif name not in new:
                found.append(f"no longer in force: {_named(hazard)}")
            elif self.before.at != self.after.at:
                found.append(f"older: {_named(hazard)}")
        return found

    def _arcs(self, hazard: Hazard) -> NDArray[np.bool_]:
        key = hazard.hazard_id, hazard.observed_at
        if key not in self.touched:
            alone = read_situation(self.network, (), (hazard,), hazard.observed_at)
            self.touched[key] = np.asarray(alone.rate_per_h > 0)
        return self.touched[key]


def _named(hazard: Hazard) -> str:
    seen = hazard.observed_at.date().isoformat()
    return f"hazard '{hazard.hazard_id}' ({hazard.kind.value.replace('_', ' ')}, observed {seen})"


def _bound_elsewhere(change: Change, was: Ground, now: Ground) -> list[str]:
    """Say that a place meets the roads at another point than before."""
    old, new = was.nodes.get(change.place_id), now.nodes.get(change.place_id)
    if old is None or new is None or old == new:
        return []
    return [f"'{change.place_id}' meets the roads at another point, on ground of the party there"]
