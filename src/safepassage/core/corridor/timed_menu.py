"""The menu for a departure: which way, when to wait and where, when one arrives, how exposed.

Positions are WGS 84 (EPSG:4326); moments are aware. Control, hazards and speeds are those of the
ground's date; closures are followed through time. Rules: docs/spec/03-corridor.md §45 to §51.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.closures import arcs_of, binds, closed_intervals
from safepassage.core.corridor.ends import Ends, ends_of
from safepassage.core.corridor.ground import arcs_on_ways, lay_out, nodes_on
from safepassage.core.corridor.hazards import DEFAULT_HAZARD_MODEL, HazardModel, ground_of
from safepassage.core.corridor.metric import NANO, Shut
from safepassage.core.corridor.options import Ground, option_of_links
from safepassage.core.corridor.router import Topology
from safepassage.core.corridor.timed import (
    NO_WAITING,
    TimedPath,
    entry_bans,
    nodes_of,
    timed_front,
)
from safepassage.core.corridor.types import Closure, CorridorOption
from safepassage.errors import InfeasibleError, UsageError
from safepassage.units import format_duration

Ints = NDArray[np.int64]

_MS = timedelta(milliseconds=1)
LATEST = timedelta(hours=24)
"""Arrivals count for so long after leaving, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where one may wait.

    Parameters
    ----------
    place_ids
        Places of the ground at which one may wait, whatever the hazard there; its exposure counts.
    at_start
        Whether one may also leave later than the departure; waiting there counts from then on.
    at_junctions_up_to_per_h
        Highest hazard rate at which one may wait at any junction; None for no junction. Nobody
        waits at a junction whose roads are all closed at some time.
    """

    place_ids: tuple[str, ...] = ()
    at_start: bool = True
    at_junctions_up_to_per_h: float | None = 0.0


WAITING_WHERE_NO_HAZARD_IS = Waiting()


@dataclass(frozen=True, slots=True)
class Stop:
    """A wait on the way.

    Parameters
    ----------
    begins_at, ends_at
        Aware moments.
    rate_per_h
        Hazard rate per person and hour there.
    closure_ids
        Rules that end at the moment for which one waits.
    """

    lon: float
    lat: float
    begins_at: datetime
    ends_at: datetime
    rate_per_h: float
    closure_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimedOption:
    """One way for a departure.

    Parameters
    ----------
    option
        The way; its time and exposure are those of driving alone.
    exposure
        Of one person, driving and waiting.
    """

    option: CorridorOption
    departs_at: datetime
    arrives_at: datetime
    exposure: float
    stops: tuple[Stop, ...]

    @property
    def waiting_s(self) -> float:
        """Seconds of waiting in all."""
        return sum((stop.ends_at - stop.begins_at).total_seconds() for stop in self.stops)


@dataclass(frozen=True, slots=True)
class TimedMenu:
    """The ways for a departure that no other beats in arrival and exposure.

    Parameters
    ----------
    options
        The earliest arrival first; at most as many as asked for.
    found
        How many there are.
    complete_until
        Aware moment: no way that arrives until then is missing. The latest arrival asked for,
        unless that would have been too many ways to look at.
    """

    options: tuple[TimedOption, ...]
    found: int
    complete_until: datetime


def timed_menu(
    ground: Ground,
    closures: Sequence[Closure],
    departure: datetime,
    *,
    latest: datetime | None = None,
    waiting: Waiting = WAITING_WHERE_NO_HAZARD_IS,
    most: int = 6,
    hazard_model: HazardModel = DEFAULT_HAZARD_MODEL,
    topology: Topology | None = None,
) -> TimedMenu:
    """Return the exact menu from the first place of a ground to the last for one departure.

    Parameters
    ----------
    ground
        Read at the departure. Closures in its metric are left out of account: `closures` say when
        each of them holds.
    closures
        Rules that count, those of a what-if already chosen.
    departure, latest
        Aware moments: leaving, and the last arrival that counts; 24 hours later if not given.
    waiting
        Where one may wait.
    most
        Ways shown at most: the earliest, the least exposed and those evenly between.
    hazard_model
        That of the ground, for the exposure of waiting.
    topology
        Prepared roads of the profile's vehicle class, to save drawing the graph together.

    Raises
    ------
    InfeasibleError
        If nobody who leaves then arrives in time; the message says whether without the closures.
    RefusedError
        If the front is too large to be computed.
    UsageError
        If both places are one, a moment has no time zone, or `latest` is not after `departure`.
    """
    latest = departure + LATEST if latest is None else latest
    if departure.tzinfo is None or latest.tzinfo is None or latest <= departure:
        raise UsageError(
            "A departure and a latest arrival need a time zone, and the arrival comes later."
        )
    ends = ends_of(ground, topology, Shut.CLOSURE, every_node=True)
    bound = tuple(item for item in closures if binds(item, ground.profile.vehicle_class))
    rows, rule = _closed_rows(ground, bound, departure, latest)
    rate = _node_rates(ground, hazard_model)
    searched = timed_front(
        ends.graph,
        ends.costs,
        entry_bans(ends.graph, ground.metric.travel_time_ms, rows),
        _waiting_rates(ends, waiting, rows, rate),
        ends.source,
        ends.target,
        0,
        (latest - departure) // _MS,
    )
    front = searched.paths
    if not front:
        raise _nobody_arrives(ends, latest - departure)
    shown = sorted({round(index) for index in np.linspace(0, len(front) - 1, max(2, most))})
    maker = _Maker(
        ends, departure, rows, rate, tuple(bound[index].closure_id for index in rule.tolist())
    )
    options = tuple(
        maker.option(
            front[index], f"t{number}", _reason(front, index) + maker.warning(front[index])
        )
        for number, index in enumerate(shown, 1)
    )
    return TimedMenu(options, len(front), departure + searched.complete_until_ms * _MS)


def _closed_rows(
    ground: Ground, closures: tuple[Closure, ...], departure: datetime, latest: datetime
) -> tuple[Ints, Ints]:
    """Return (arc, from, to) in ms after the departure, and the closure of each row."""
    rows, rule = [], []
    for index, closure in enumerate(closures):
        spans = closed_intervals(closure, departure, latest + LATEST)
        arcs = _arcs_shut(ground, closure) if spans else np.zeros(0, dtype=np.int64)
        for start, end in spans:
            first, last = (start - departure) // _MS, -((departure - end) // _MS)
            block = np.empty((len(arcs), 3), dtype=np.int64)
            block[:, 0], block[:, 1], block[:, 2] = arcs, first, last
            rows.append(block)
            rule.append(np.full(len(arcs), index))
    none = np.zeros((0, 3), dtype=np.int64)
    closed, of_rule = np.concatenate((none, *rows)), np.concatenate((none[:, 0], *rule))
    matters = closed[:, 1] <= (latest - departure) // _MS
    return closed[matters], of_rule[matters]


def _arcs_shut(ground: Ground, closure: Closure) -> Ints:
    """Return the arcs that a closure shuts; for a place those at the node where it meets the road.

    A place that is not of the ground shuts nothing.
    """
    if not closure.place_id:
        return arcs_of(ground.network, closure)
    node = ground.nodes.get(closure.place_id, -1)
    return np.flatnonzero((ground.network.head == node) | (ground.network.tail == node))


def _waiting_rates(ends: Ends, waiting: Waiting, rows: Ints, rate: NDArray[np.float64]) -> Ints:
    """Return int64[N], billionths of exposure per hour of waiting at each search node."""
    ground = ends.ground
    allowed = np.zeros(len(rate), dtype=bool)
    if waiting.at_junctions_up_to_per_h is not None:
        allowed = (rate <= waiting.at_junctions_up_to_per_h) & _has_open_road(ground, rows[:, 0])
    places = [*waiting.place_ids, *([ground.places[0].place_id] if waiting.at_start else [])]
    allowed[[ground.nodes[place_id] for place_id in places if place_id in ground.nodes]] = True
    nano = np.where(allowed, np.rint(rate * NANO).astype(np.int64), NO_WAITING)
    node = nodes_of(ends.graph, ground.network)
    return np.where(node >= 0, nano[node], NO_WAITING)


def _node_rates(ground: Ground, model: HazardModel) -> NDArray[np.float64]:
    """Return float64[n], the hazard rate of waiting at each node of the network.

    A hazard given by ways acts at both ends of each of their roads.
    """
    network, situation = ground.network, ground.situation
    rate = np.zeros(network.node_count)
    for hazard in situation.hazards:
        arcs = arcs_on_ways(network, hazard.way_ids)
        inside = nodes_on(lay_out(network), ground_of(hazard))
        nodes = np.unique(np.r_[inside, network.tail[arcs], network.head[arcs]])
        rate[nodes] += model.rate_per_h(hazard, situation.at)
    return rate


def _has_open_road(ground: Ground, closed_arcs: Ints) -> NDArray[np.bool_]:
    """Return bool[n], nodes with a road that is open to the profile and never closed."""
    arcs = ground.metric.open(Shut.CLOSURE)
    arcs[closed_arcs] = False
    found = np.zeros(ground.network.node_count, dtype=bool)
    for ends in (ground.network.tail, ground.network.head):
        found[ends[arcs]] = True
    return found


def _nobody_arrives(ends: Ends, within: timedelta) -> InfeasibleError:
    without = timed_front(
        ends.graph, ends.costs,
        entry_bans(ends.graph, ends.ground.metric.travel_time_ms, np.zeros((0, 3), dtype=np.int64)),
        np.full(ends.graph.node_count, NO_WAITING), ends.source, ends.target, 0, within // _MS,
    ).paths  # fmt: skip
    if without:
        fastest = format_duration(without[0].arrival_ms / 1000)
        return InfeasibleError(
            "Nobody who leaves at this moment arrives within "
            f"{format_duration(within.total_seconds())}: closures are in the way. Without them it "
            f"takes {fastest}. Choose another departure, a later latest arrival or more places to "
            "wait at."
        )
    return ends.ground.unreachable()


@dataclass(frozen=True, slots=True, eq=False)
class _Maker:
    """Turns paths of the search into options with moments."""

    ends: Ends
    departure: datetime
    rows: Ints
    rate_per_h: NDArray[np.float64]
    closure_ids: tuple[str, ...]

    def option(self, path: TimedPath, option_id: str, reason: str) -> TimedOption:
        """Return a path with its moments and stops."""
        links = self.ends.links(path.arcs)
        return TimedOption(
            option=option_of_links(self.ends.ground, links, option_id, reason),
            departs_at=self.departure,
            arrives_at=self.departure + path.arrival_ms * _MS,
            exposure=path.exposure_nano / NANO,
            stops=self._stops(path),
        )

    def warning(self, path: TimedPath) -> str:
        """Return what to say of a way that drives about to pass the time; empty of any other."""
        nodes = self.ends.ground.network.head[self.ends.links(path.arcs)].tolist()
        if len(set(nodes)) == len(nodes):
            return ""
        return " It passes a junction twice to be later: allow waiting somewhere on the way."

    def _stops(self, path: TimedPath) -> tuple[Stop, ...]:
        network = self.ends.ground.network
        node_of = nodes_of(self.ends.graph, network)
        waits = {wait.position: wait for wait in path.waits}
        entered = self._entered(path)
        stops = []
        for position, wait in waits.items():
            leaves = entered[position][0][1]
            node = int(node_of[wait.node])
            until = min((other for other in waits if other > position), default=len(path.arcs))
            ahead = [entry for entries in entered[position:until] for entry in entries]
            stops.append(
                Stop(
                    lon=float(network.node_lon[node]),
                    lat=float(network.node_lat[node]),
                    begins_at=self.departure + (leaves - wait.wait_ms) * _MS,
                    ends_at=self.departure + leaves * _MS,
                    rate_per_h=float(self.rate_per_h[node]),
                    closure_ids=self._opening(ahead),
                )
            )
        return tuple(stops)

    def _entered(self, path: TimedPath) -> list[list[tuple[int, int]]]:
        """Return, for each search arc, its arcs of the network with the moment of entering each."""
        waits = {wait.position: wait.wait_ms for wait in path.waits}
        times = self.ends.ground.metric.travel_time_ms
        moment = path.departure_ms
        entered = []
        for position, arc in enumerate(path.arcs):
            moment += waits.get(position, 0)
            entries = []
            for link in self.ends.links((arc,)).tolist():
                entries.append((link, moment))
                moment += int(times[link])
            entered.append(entries or [(-1, moment)])
        return entered

    def _opening(self, ahead: list[tuple[int, int]]) -> tuple[str, ...]:
        """Return the rules that end just when an arc ahead is entered."""
        found: set[str] = set()
        for link, moment in ahead:
            matching = (self.rows[:, 0] == link) & (self.rows[:, 2] == moment)
            found.update(self.closure_ids[row] for row in np.flatnonzero(matching).tolist())
        return tuple(sorted(found))


def _reason(front: tuple[TimedPath, ...], index: int) -> str:
    """Say why a way is on the menu."""
    first, path = front[0], front[index]
    taken = format_duration(path.arrival_ms / 1000)
    waited = sum(wait.wait_ms for wait in path.waits)
    waiting = f", {format_duration(waited / 1000)} of it waiting" if waited else ""
    if len(front) == 1:
        return f"The earliest and the least exposed at once: {taken} after leaving{waiting}."
    if index == 0:
        return f"Arrives first: {taken} after leaving{waiting}."
    share = 100 * (first.exposure_nano - path.exposure_nano) / first.exposure_nano
    saved = f"{share:.0f} % less exposure than the earliest"
    if 200 * path.exposure_nano < first.exposure_nano:
        saved = "almost no exposure" if path.exposure_nano else "no exposure"
    name = "The least exposed" if path is front[-1] else "Between"
    return f"{name}: {taken} after leaving{waiting}; {saved}."
