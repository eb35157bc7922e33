"""What changed for each place between two states of the facts, and which fact changed it.

Two dates, or the same date with and without a closure: the answer has the same form. Nothing is
predicted; both states are given. All coordinates are WGS 84 (EPSG:4326).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray

from safepassage.core.corridor.closures import binds, place_sentence
from safepassage.core.corridor.matrices import grounds_of
from safepassage.core.corridor.metric import NANO, Shut, build_metric
from safepassage.core.corridor.options import Ground, whole_seconds
from safepassage.core.corridor.reasons import reasons_by_place
from safepassage.core.corridor.router import Route, Router, Topology, prepare_roads, router
from safepassage.core.corridor.situation import (
    DEFAULT_HAZARD_MODEL,
    Fact,
    FactKind,
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
    VehicleClass,
)
from safepassage.core.geo.frame import LocalFrame, area_of
from safepassage.core.geo.polylines import take

Ints = NDArray[np.int64]

SAME_EXPOSURE = 1e-9
"""Exposure is counted in billionths."""
_DATED = Shut.SIDE | Shut.HAZARD | Shut.CLOSURE
"""Reasons of closure that come and go with dates."""
PASSES_M = 500.0
"""A way is said to pass a place when it comes this near to it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is taken to hold: the input of one side of a comparison.

    Parameters
    ----------
    at
        Aware moment; facts in force at it count.
    closures
        All are taken as given: those of a what-if are left out or chosen before.
    """

    control: tuple[ControlArea, ...]
    hazards: tuple[Hazard, ...]
    at: datetime
    closures: tuple[Closure, ...] = ()


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
        network, facts.control, facts.hazards, facts.at, measures.hazard_model, facts.closures,
        places,
    )  # fmt: skip
    sides = grounds_of(situation, places, facts.control)
    areas = tuple(
        (area.holder, area_of(area.polygons))
        for area in facts.control
        if in_force(area.valid_from, area.valid_to, facts.at)
    )
    grounds = []
    for profile in profiles:
        snaps = snap_places(
            network, places, measures.snap_limit_m, (profile,), measures.speeds, sides
        )
        metric = build_metric(network, situation, profile, measures.risk_weight_s, measures.speeds)
        grounds.append(Ground(network, places, profile, situation, metric, snaps, areas))
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
    via
        Ids of the settlements and assembly points that it passes, in the order of travel.
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
    via: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def reachable(self) -> bool:
        """Whether there is a way."""
        return self.travel_time_s is not None


def legs_of(ground: Ground, hub_id: str, ways: Router) -> tuple[Leg, ...]:
    """Return the way of every other place of a ground to a hub, or from it for those who receive.

    Parameters
    ----------
    ways
        The router of the ground's metric.

    Raises
    ------
    ValueError
        If the hub is no place of the ground.
    """
    places = [place for place in ground.places if place.place_id != hub_id]
    if len(places) == len(ground.places):
        raise ValueError(f"'{hub_id}' is no place of the ground")
    refused = refused_places(ground)
    if hub_id in refused:
        return tuple(_no_leg(place, hub_id, refused[hub_id]) for place in places)
    open_places = [place for place in places if place.place_id not in refused]
    routes = {place.place_id: _route(ground, place, hub_id, ways) for place in open_places}
    cut_off = {name for name, route in routes.items() if route is None}
    why = refused | _reasons(ground, hub_id, cut_off)
    return tuple(_leg(ground, place, hub_id, routes.get(place.place_id), why) for place in places)


def refused_places(ground: Ground) -> dict[str, str]:
    """Return the sentence of each place that has no road, or that a closure has shut."""
    situation = ground.situation
    rules = [(place_id, situation.closures[index]) for place_id, index in situation.shut_places]
    shut = {
        place_id: place_sentence(rule)
        for place_id, rule in rules
        if binds(rule, ground.profile.vehicle_class)
    }
    return dict(ground.snaps.refused) | shut


def arrives(place: Place) -> bool:
    """Return whether people come to a place rather than leave from it."""
    return place.kind is PlaceKind.RECEPTION_CENTRE


def _route(ground: Ground, place: Place, hub_id: str, ways: Router) -> Route | None:
    """Return the way between a placed place and the hub, None where there is none."""
    ends = ground.nodes[place.place_id], ground.nodes[hub_id]
    return ways.route(*(reversed(ends) if arrives(place) else ends))


def _reasons(ground: Ground, hub_id: str, cut_off: set[str]) -> dict[str, str]:
    """Return why each of these places has no way to or from the hub."""
    if not cut_off:
        return {}
    by_id = {place.place_id: place for place in ground.places}
    names = [hub_id, *sorted(cut_off)]
    nodes = np.array([ground.nodes[name] for name in names], dtype=np.int64)
    return reasons_by_place(
        ground.network,
        ground.situation,
        tuple(by_id[name] for name in names),
        nodes,
        ground.profile,
        ground.metric,
        np.eye(len(names), dtype=bool),
    )


def _bare(sentence: str) -> str:
    return sentence.rstrip(".")


def _no_leg(place: Place, hub_id: str, why: str) -> Leg:
    return Leg(place.place_id, hub_id, arrives(place), None, why_not=_bare(why))


def _leg(
    ground: Ground, place: Place, hub_id: str, route: Route | None, why: dict[str, str]
) -> Leg:
    if route is None:
        unknown = "there is no way in this direction"
        return _no_leg(place, hub_id, why.get(place.place_id, unknown))
    return Leg(
        place_id=place.place_id,
        hub_id=hub_id,
        from_hub=arrives(place),
        travel_time_s=whole_seconds(route.travel_time_ms),
        exposure=route.exposure_nano / NANO,
        length_m=float(ground.network.length_m[route.arcs].sum()),
        links=route.arcs,
        via=_via(ground, route.arcs, {place.place_id, hub_id}),
    )


def _via(ground: Ground, links: Ints, ends: set[str]) -> tuple[str, ...]:
    """Return the places that a path passes, the ends left out, in the order of travel."""
    places = [
        place
        for place in ground.places
        if place.kind in (PlaceKind.SETTLEMENT, PlaceKind.ASSEMBLY_POINT)
        and place.place_id not in ends
    ]
    if not places or len(links) == 0:
        return ()
    points, _ = take(ground.network.shape_offset, links)
    lon, lat = ground.network.shape_lon[points], ground.network.shape_lat[points]
    frame = LocalFrame(float(lon[0]), float(lat[0]))
    road = shapely.LineString(frame.to_metres(lon, lat))
    at = frame.to_metres(
        np.array([place.lon for place in places]), np.array([place.lat for place in places])
    )
    spots = np.atleast_1d(np.asarray(shapely.points(at)))
    near = np.flatnonzero(shapely.distance(road, spots) <= PASSES_M)
    along = shapely.line_locate_point(road, spots[near])
    return tuple(places[int(near[index])].place_id for index in np.argsort(along, kind="stable"))


RouterOf = Callable[[Ground], Router]
"""Gives the router of a ground."""


def fresh_routers() -> RouterOf:
    """Return what prepares the roads for each vehicle class when it is first asked."""
    topologies: dict[VehicleClass, Topology] = {}

    def router_of(ground: Ground) -> Router:
        vehicle_class = ground.profile.vehicle_class
        if vehicle_class not in topologies:
            topologies[vehicle_class] = prepare_roads(ground.network, vehicle_class)
        return router(topologies[vehicle_class], ground.metric)

    return router_of


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
    timezone: str = "UTC",
    router_of: RouterOf | None = None,
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
    timezone
        IANA name of the zone in which the causes say dates.
    router_of
        Gives the router of a ground; None prepares the roads anew.
    say
        Told how many ways of driving are done.

    Returns
    -------
    By profile, hub and place, in the order given.
    """
    old = grounds_at(network, places, profiles, before, measures)
    new = grounds_at(network, places, profiles, after, measures)
    ways = router_of or fresh_routers()
    held = _holders(places, before), _holders(places, after)
    holder_of = {area.area_id: area.holder for area in (*before.control, *after.control)}
    changes = []
    for number, (was, now) in enumerate(zip(old, new, strict=True)):
        say(number, len(old), was.profile.vehicle_class.value)
        search = _Causes(was, now, measures, ZoneInfo(timezone), holder_of)
        there, here = ways(was), ways(now)
        for hub in hub_ids:
            pairs = zip(legs_of(was, hub, there), legs_of(now, hub, here), strict=True)
            for leg_was, leg_now in pairs:
                ids = leg_was.place_id, hub, was.profile
                sides = held[0][leg_was.place_id], held[1][leg_was.place_id]
                change = Change(*ids, leg_was, leg_now, *sides)
                changes.append(replace(change, causes=search.of(change)))
    return tuple(changes)


def _holders(places: Sequence[Place], facts: Facts) -> dict[str, str]:
    held = holders_at(tuple(places), facts.control, facts.at)
    return {place.place_id: holder for place, holder in zip(places, held, strict=True)}


@dataclass(frozen=True, slots=True)
class _Causes:
    """Looks for the facts behind a change: on the way of before as it is now, and the other way.

    The choice of a way changes only where the old one has become worse or the new one better.
    """

    was: Ground
    now: Ground
    measures: Measures
    zone: ZoneInfo
    holder_of: Mapping[str, str]

    def of(self, change: Change) -> tuple[str, ...]:
        """Return the sentences for one change."""
        if change.verdict in (Verdict.SAME, Verdict.CUT_OFF):
            return ()
        before, after = change.before.links, change.after.links
        closing = _shutting(self.now, before, self.holder_of)
        opening = _shutting(self.was, after, self.holder_of)
        found = [f"now {self._shuts(fact)}" for fact in closing]
        found += [f"no longer {self._shuts(fact)}" for fact in opening]
        if change.verdict is Verdict.CHANGED:
            named = {fact.fact_id for fact in (*closing, *opening)}
            found += self._dangers(before, after, named)
        found += _bound_elsewhere(change, self.was, self.now)
        if not found:
            found = [text for text in (change.before.why_not, change.after.why_not) if text]
        return tuple(dict.fromkeys(found))

    def _shuts(self, fact: Fact) -> str:
        if fact.kind is FactKind.CONTROL:
            return f"{fact.words} (area '{fact.fact_id}'{self._since(fact)})"
        if fact.kind is FactKind.CLOSURE:
            return f"shut by closure '{fact.fact_id}' ({fact.source})"
        return f"closed by {self._hazard(fact)}"

    def _hazard(self, fact: Fact) -> str:
        seen = "" if fact.dated is None else f", observed {self._day(fact.dated)}"
        return f"hazard '{fact.fact_id}' ({fact.words}{seen})"

    def _since(self, fact: Fact) -> str:
        return "" if fact.dated is None else f" since {self._day(fact.dated)}"

    def _day(self, at: datetime) -> str:
        return at.astimezone(self.zone).date().isoformat()

    def _dangers(self, before: Ints, after: Ints, named: set[str]) -> list[str]:
        """Return the hazards that made the old way worse or the new way better."""
        worse = [self._worse(fact, more) for fact, more in self._moves(before, named)]
        better = [self._better(fact, more) for fact, more in self._moves(after, named)]
        return [words for words in worse + better if words]

    def _moves(self, links: Ints, named: set[str]) -> list[tuple[Fact, float]]:
        """Return the hazards on arcs, but for those named, whose rate changed, and by how much."""
        old, new = _dangers_on(self.was, links), _dangers_on(self.now, links)
        rates = _rates(self.was, self.measures), _rates(self.now, self.measures)
        facts = {**old, **new}
        moves = [(facts[name], rates[1].get(name, 0.0) - rates[0].get(name, 0.0)) for name in facts]
        return [
            (fact, more)
            for fact, more in moves
            if abs(more) > SAME_EXPOSURE and fact.fact_id not in named
        ]

    def _worse(self, fact: Fact, more: float) -> str:
        if more <= 0:
            return ""
        fresh = fact.fact_id not in {one.hazard_id for one in self.was.situation.hazards}
        return f"new: {self._hazard(fact)}" if fresh else f"counts more: {self._hazard(fact)}"

    def _better(self, fact: Fact, more: float) -> str:
        if more >= 0:
            return ""
        gone = fact.fact_id not in {one.hazard_id for one in self.now.situation.hazards}
        return f"over: {self._hazard(fact)}" if gone else f"counts less: {self._hazard(fact)}"


def _shutting(ground: Ground, links: Ints, holder_of: Mapping[str, str]) -> list[Fact]:
    """Return the dated facts that keep a way of driving off any of these arcs."""
    situation, profile = ground.situation, ground.profile
    shut = links[(ground.metric.shut[links] & _DATED) > 0]
    if len(shut) == 0:
        return []
    closed_by = set(situation.closed_by[shut].tolist()) - {-1}
    barring = {situation.hazards[index].hazard_id for index in closed_by}
    barring |= {
        rule.closure_id for rule in situation.closures if binds(rule, profile.vehicle_class)
    }
    if profile.sides:
        barring |= {
            name for name, holder in holder_of.items() if holder and holder not in profile.sides
        }
    on_way = situation.facts_on(ground.network, shut)
    return [item.fact for item in on_way if item.fact.fact_id in barring]


def _dangers_on(ground: Ground, links: Ints) -> dict[str, Fact]:
    found = ground.situation.facts_on(ground.network, links)
    return {item.fact.fact_id: item.fact for item in found if item.fact.kind is FactKind.HAZARD}


def _rates(ground: Ground, measures: Measures) -> dict[str, float]:
    situation = ground.situation
    return {
        hazard.hazard_id: measures.hazard_model.rate_per_h(hazard, situation.at)
        for hazard in situation.hazards
    }


def _bound_elsewhere(change: Change, was: Ground, now: Ground) -> list[str]:
    """Say that a place meets the roads at another point than before."""
    old, new = was.nodes.get(change.place_id), now.nodes.get(change.place_id)
    if old is None or new is None or old == new:
        return []
    return [f"'{change.place_id}' meets the roads at another point, on ground of the party there"]
