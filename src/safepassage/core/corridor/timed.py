"""Ways when roads open and close: leave at a moment, wait where one may, arrive at the right time.

A label of the search is not a moment but a stretch of time: all moments at which a node can be
reached along one path by waiting longer or shorter at the last place of waiting, with the exposure
at the first of them and its growth per hour of waiting. So waiting far ahead of a closed stretch,
in a safer place, is found as well as waiting right before it. Safe intervals come from M. Phillips
and M. Likhachev, "SIPP: Safe interval path planning for dynamic environments", ICRA 2011,
doi:10.1109/ICRA.2011.5980306; the order of labels and the bounds from BOA* (see `pareto.py`); why
waiting makes the difference between an easy and a hard problem from A. Orda and R. Rom 1990,
doi:10.1145/79147.214078.

Moments are whole milliseconds from an origin of the caller's choice, for instance the departure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from safepassage.core.corridor.graph import CLOSED, ArcCosts, SearchGraph, reverse
from safepassage.core.corridor.metric import MS_PER_H
from safepassage.core.corridor.pareto_search import grown
from safepassage.core.corridor.paths import UNREACHED, _rise, _sink, shortest_tree
from safepassage.core.corridor.types import RoadNetwork
from safepassage.errors import RefusedError

Ints = NDArray[np.int64]
Arrays = tuple[NDArray[Any], ...]

NO_WAITING = -1
"""Rate of a node where nobody may wait."""
LABEL_LIMIT = 500_000
"""Labels kept at most in one search; about 100 MB."""
WORK_PER_LABEL = 400
"""Comparisons made at most, for each label that may be kept."""


@dataclass(frozen=True, slots=True, eq=False)
class EntryBans:
    """When each search arc may not be entered, so that nobody is on it while any of it is closed.

    Parameters
    ----------
    offset
        int64[M+1].
    spans
        int64[c, 2]: first and last moment (both included) at which the arc may not be entered;
        per arc in order and apart from each other.
    """

    offset: Ints
    spans: Ints


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait before entering the arc at `position` of the path, at search node `node`."""

    position: int
    node: int
    wait_ms: int


@dataclass(frozen=True, slots=True)
class TimedPath:
    """One way with its times.

    Parameters
    ----------
    arcs
        Search arcs from start to goal.
    departure_ms, arrival_ms
        Moments; waiting at the start comes after the departure.
    exposure_nano
        Of driving and waiting, rounded up to whole billionths.
    waits
        In the order of travel.
    """

    arcs: tuple[int, ...]
    departure_ms: int
    arrival_ms: int
    exposure_nano: int
    waits: tuple[Wait, ...]


def entry_bans(graph: SearchGraph, travel_time_ms: Ints, closed: Ints) -> EntryBans:
    """Return when search arcs may not be entered.

    Parameters
    ----------
    travel_time_ms
        int64[m], of the network's arcs.
    closed
        int64[c, 3]: arc of the network, moment from which and before which it is closed. A vehicle
        has to be off the arc when it closes.
    """
    time = np.r_[travel_time_ms, 0][graph.link]
    size = np.diff(graph.link_offset)
    before = np.r_[0, np.cumsum(time)[:-1]].astype(np.int64)
    within = before - np.repeat(before[graph.link_offset[:-1]], size)
    position, row = _uses(graph.link, closed[:, 0])
    arc = np.repeat(np.arange(len(graph.head)), size)[position]
    first = closed[row, 1] - within[position] - np.maximum(time[position], 1) + 1
    last = closed[row, 2] - within[position] - 1
    arc, spans = _joined(arc[first <= last], np.column_stack((first, last))[first <= last])
    offset = np.searchsorted(arc, np.arange(len(graph.head) + 1)).astype(np.int64)
    return EntryBans(offset, spans)


def _uses(link: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """Return each pair of a position in `link` and a row of `wanted` with the same arc."""
    order = np.argsort(link, kind="stable")
    low, high = np.searchsorted(link[order], np.r_[wanted, wanted + 1]).reshape(2, -1)
    count = high - low
    row = np.repeat(np.arange(len(wanted)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return order[low[row] + within], row


def _joined(arc: Ints, spans: Ints) -> tuple[Ints, Ints]:
    """Return spans by arc and time, with those that touch or overlap made one."""
    order = np.lexsort((spans[:, 0], arc))
    arc, first, last = arc[order], spans[order, 0], spans[order, 1]
    if not len(arc):
        return arc, spans
    # One line of time for all arcs, each in a part of its own: the spans of two never touch.
    line = arc * (last.max() - first.min() + 3) - first.min()
    reach = np.maximum.accumulate(last + line)
    begins = np.r_[True, (first + line)[1:] > reach[:-1] + 1]
    ends = np.r_[begins[1:], True]
    return arc[begins], np.column_stack((first[begins], (reach - line)[ends]))


def nodes_of(graph: SearchGraph, network: RoadNetwork) -> Ints:
    """Return int64[N], the node of the network at which each search node stands, -1 if unknown."""
    node = np.full(graph.node_count, -1, dtype=np.int64)
    ends = np.r_[network.head, -1].astype(np.int64), np.r_[network.tail, -1].astype(np.int64)
    last, first = graph.link[graph.link_offset[1:] - 1], graph.link[graph.link_offset[:-1]]
    for search_node, known in ((graph.head, ends[0][last]), (graph.tail, ends[1][first])):
        # An arc that only says "arrives here" stands nowhere and tells nothing of its ends.
        node[search_node[known >= 0]] = known[known >= 0]
    for of_network in (graph.departure, graph.arrival):
        kept = np.flatnonzero(of_network >= 0)
        node[of_network[kept]] = kept
    return node


@dataclass(frozen=True, slots=True)
class TimedFront:
    """The ways that no other beats in arrival and exposure, the earliest first.

    Parameters
    ----------
    paths
        Each pair of arrival and exposure once; empty where nobody arrives in time.
    complete_until_ms
        No way is missing that arrives up to this moment: the latest asked for, unless that would
        have taken more labels than allowed.
    """

    paths: tuple[TimedPath, ...]
    complete_until_ms: int


def timed_front(
    graph: SearchGraph,
    costs: ArcCosts,
    bans: EntryBans,
    waiting_nano_per_h: Ints,
    source: int,
    target: int,
    departure_ms: int,
    latest_ms: int,
    *,
    label_limit: int = LABEL_LIMIT,
) -> TimedFront:
    """Return the exact front of arrival and exposure for one departure.

    Parameters
    ----------
    costs
        Without the closures that `bans` holds.
    waiting_nano_per_h
        int64[N], exposure of waiting one hour at each search node in billionths;
        :data:`NO_WAITING` where nobody may wait.
    departure_ms, latest_ms
        Moment of leaving; arrivals after `latest_ms` do not count.
    label_limit
        Labels kept at most in one search.

    Raises
    ------
    RefusedError
        If not even the first arrival is found with so many labels.
    """
    search = _Search.of(graph, costs, bans, waiting_nano_per_h, source, target)
    return search.front(departure_ms, latest_ms, label_limit)


def earliest(
    graph: SearchGraph,
    costs: ArcCosts,
    bans: EntryBans,
    waiting_nano_per_h: Ints,
    source: int,
    target: int,
    departure_ms: int,
    latest_ms: int,
    *,
    label_limit: int = LABEL_LIMIT,
) -> TimedPath | None:
    """Return the way that arrives first and of those the least exposed; None if nobody arrives.

    Parameters
    ----------
    graph, costs, bans, waiting_nano_per_h, source, target, departure_ms, latest_ms, label_limit
        As in :func:`timed_front`.

    Raises
    ------
    RefusedError
        As :func:`timed_front`.
    """
    search = _Search.of(graph, costs, bans, waiting_nano_per_h, source, target)
    front = search.front(departure_ms, latest_ms, label_limit, every=False)
    return front.paths[0] if front.paths else None


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """Searches between two nodes, over a longer and longer time."""

    graph: SearchGraph
    costs: ArcCosts
    bans: EntryBans
    waiting: Ints
    least_time: Ints
    least_exposure: Ints
    source: int
    target: int

    @classmethod
    def of(
        cls,
        graph: SearchGraph,
        costs: ArcCosts,
        bans: EntryBans,
        waiting: Ints,
        source: int,
        target: int,
    ) -> _Search:
        """Return the searches with their bounds to the target."""
        bounds = _bounds(graph, costs, target)
        return cls(graph, costs, bans, waiting, *bounds, source, target)

    def front(
        self, departure_ms: int, latest_ms: int, label_limit: int, *, every: bool = True
    ) -> TimedFront:
        """Return the front, found over times each twice as long as the one before.

        What opens later than the time searched does not bear on it, which keeps the search small;
        and of a longer time only ways less exposed than those before are asked for.
        """
        paths: list[TimedPath] = []
        if self.least_time[self.source] == UNREACHED:
            return TimedFront((), latest_ms)
        done, span = departure_ms - 1, 2 * int(self.least_time[self.source]) + 1
        while done < latest_ms and not (paths and self._is_least(paths[-1], every=every)):
            until = min(latest_ms, departure_ms + span)
            below = paths[-1].exposure_nano * MS_PER_H if paths else UNREACHED
            more = self._until(departure_ms, until, below, label_limit, every=every)
            if more is None:
                break
            paths += [path for path in more if not paths or _is_less(path, paths[-1])]
            done, span = until, 2 * span
        else:
            done = latest_ms
        if done < latest_ms and not paths:
            raise RefusedError(
                f"The timed search between these places needs more than {label_limit} partial "
                "paths; allow waiting at more places, choose an earlier latest arrival, or merge "
                "windows that lie close together."
            )
        return TimedFront(tuple(paths), done)

    def _is_least(self, path: TimedPath, *, every: bool) -> bool:
        """Return whether no later way can matter."""
        return not every or path.exposure_nano * MS_PER_H <= self.least_exposure[self.source]

    def _until(
        self, departure_ms: int, latest_ms: int, below: int, label_limit: int, *, every: bool
    ) -> list[TimedPath] | None:
        graph, costs = self.graph, self.costs
        last_opening = _last_opening(self.bans, latest_ms)
        found = _timed(
            (
                graph.first_out, graph.head,
                np.where(costs.cost_ms == CLOSED, CLOSED, costs.travel_time_ms),
                costs.exposure_nano * MS_PER_H,
            ),
            (self.bans.offset, self.bans.spans),
            (self.waiting, self.least_time, self.least_exposure),
            (self.source, self.target, departure_ms, latest_ms, last_opening),
            below,
            every,
            label_limit,
        )  # fmt: skip
        if found is None:
            return None
        labels, goals = found
        paths: list[TimedPath] = []
        for goal in goals.tolist():
            path = _path(graph, costs, labels, goal, departure_ms)
            if not paths or _is_less(path, paths[-1]):
                paths.append(path)
        return paths


def _is_less(path: TimedPath, other: TimedPath) -> bool:
    return path.exposure_nano < other.exposure_nano


def _bounds(graph: SearchGraph, costs: ArcCosts, target: int) -> tuple[Ints, Ints]:
    """Return the least time and the least exposure (times hours in ms) to the target."""
    turned, back = reverse(graph, costs)
    closed = back.cost_ms == CLOSED
    time, exposure = (
        shortest_tree(turned, ArcCosts(np.where(closed, CLOSED, values), values, values), target)
        for values in (back.travel_time_ms, back.exposure_nano)
    )
    reached = exposure.cost_ms != UNREACHED
    return time.cost_ms, np.where(reached, exposure.cost_ms, 0) * MS_PER_H


def _last_opening(bans: EntryBans, latest_ms: int) -> int:
    """Return the last moment up to `latest_ms` at which an arc opens.

    From then on whoever is earlier stays earlier: nothing opens behind them.
    """
    opens = bans.spans[:, 1] + 1
    return int(opens[opens <= latest_ms].max(initial=np.iinfo(np.int64).min))


def _path(
    graph: SearchGraph, costs: ArcCosts, labels: Ints, goal: int, departure_ms: int
) -> TimedPath:
    arcs: list[int] = []
    waits: list[tuple[int, int, int]] = []
    label, moment = goal, int(labels[goal, 1])
    while labels[label, 5] >= 0:
        parent, arc = int(labels[label, 5]), int(labels[label, 6])
        leaves = moment - int(costs.travel_time_ms[arc])
        moment = _arrival_at_tail(labels, label, parent, leaves)
        if leaves > moment:
            waits.append((len(arcs), int(graph.tail[arc]), leaves - moment))
        arcs.append(arc)
        label = parent
    last = len(arcs) - 1
    return TimedPath(
        arcs=tuple(arcs[::-1]),
        departure_ms=departure_ms,
        arrival_ms=int(labels[goal, 1]),
        exposure_nano=-(-int(labels[goal, 2]) // MS_PER_H),
        waits=tuple(Wait(last - position, node, wait) for position, node, wait in waits[::-1]),
    )


def _arrival_at_tail(labels: Ints, label: int, parent: int, leaves: int) -> int:
    """Return when the parent's node was reached, given when it was left and how one waited."""
    kind = int(labels[label, 7])
    if kind == 0:
        return leaves
    return int(labels[parent, 1]) if kind == 1 else int(labels[parent, 3])


# A label is (node, first moment, exposure then, last moment, exposure per hour of waiting longer,
# parent label, arc from the parent, how it left the parent: 0 without waiting there, 1 after
# waiting from the parent's first moment, 2 after waiting from its last moment, the label before it
# at the same node). Exposure is in billionths times milliseconds per hour, so that waiting adds
# whole numbers.


@njit(cache=True)
def _exposure_at(label: Ints, moment: int, rate: int) -> int:  # pragma: no cover - compiled
    """Return the least exposure of being at the label's node at a moment not before its first."""
    first, last, slack = label[1], label[3], label[4]
    if rate >= 0 and (first == last or rate < slack):
        return int(label[2] + rate * (moment - first))
    if moment <= last:
        return int(label[2] + slack * (moment - first))
    return int(label[2] + slack * (last - first) + rate * (moment - last))


@njit(cache=True)
def _beats(
    one: Ints, two: Ints, rate: int, last_opening: int
) -> bool:  # pragma: no cover - compiled
    """Return whether one label serves every moment of another at no more exposure.

    With waiting allowed at the node (`rate` not negative) both go on for ever at that rate, so
    that it is enough to compare where their slopes change.
    """
    if one[1] > two[1]:
        return False
    moment = max(one[1], last_opening)
    in_time = moment <= two[1] and (rate >= 0 or moment <= one[3])
    if in_time and _exposure_at(one, moment, rate) <= two[2]:
        return True
    if rate < 0 and one[3] < two[3]:
        return False
    for moment in (two[1], two[3], one[3]):
        if moment < two[1] or (rate < 0 and moment > two[3]):
            continue
        if _exposure_at(one, moment, rate) > _exposure_at(two, moment, rate):
            return False
    return True


@njit(cache=True)
def _is_beaten(
    labels: Ints, known: int, new: Ints, rate: int, last_opening: int
) -> tuple[bool, int]:  # pragma: no cover - compiled
    compared = 0
    while known >= 0:
        compared += 1
        if _beats(labels[known], new, rate, last_opening):
            return True, compared
        known = labels[known, 8]
    return False, compared


@njit(cache=True)
def _next_open(
    bans: Ints, offset: Ints, arc: int, part: Ints, ban: int
) -> tuple[int, int, int]:  # pragma: no cover - compiled
    """Return the next moments of a part at which the arc is open, and the ban that ends them.

    `ban` is the one that ended the moments before, -1 at first. First is after last where there
    are no more.
    """
    first, last = part[0], part[2]
    if ban >= offset[arc + 1]:
        return last + 1, last, ban
    if ban >= 0:
        first = bans[ban, 1] + 1
        ban += 1
    else:
        ban = offset[arc]
    while ban < offset[arc + 1] and bans[ban, 0] <= first:
        first = max(first, bans[ban, 1] + 1)
        ban += 1
    if ban < offset[arc + 1]:
        return first, min(last, bans[ban, 0] - 1), ban
    return first, last, ban


@njit(cache=True)
def _timed(
    graph: Arrays,
    bans: Arrays,
    nodes: Arrays,
    query: tuple[int, int, int, int, int],
    below: int,
    every: bool,
    label_limit: int,
) -> tuple[Ints, Ints] | None:  # pragma: no cover - compiled
    """Return labels and those at the goal that count, in order of arrival; None for too many.

    `nodes` holds waiting, least time and least exposure; `query` source, target, departure, latest
    arrival and last opening; exposure has to be less than `below`.
    """
    first_out = graph[0]
    waiting, least_time, _ = nodes
    source, target, departure, latest, _ = query
    # The heap holds (arrival bound, exposure bound, label, 0).
    labels = np.empty((1024, 9), dtype=np.int64)
    heap = np.empty((1024, 4), dtype=np.int64)
    at_node = np.full(len(waiting), -1, dtype=np.int64)
    goals = [0 for _ in range(0)]
    parts = np.empty((2, 5), dtype=np.int64)
    labels[0] = np.array([source, departure, 0, departure, 0, -1, -1, 0, -1])
    at_node[source] = 0
    heap[0, 0], heap[0, 1], heap[0, 2], heap[0, 3] = departure + least_time[source], 0, 0, 0
    count, size, least, work = 1, 1, below, 0
    while size > 0:
        met, label = heap[0, 1], heap[0, 2]
        size -= 1
        heap[0] = heap[size]
        _sink(heap, size)
        node = labels[label, 0]
        if met >= least:
            continue
        if node == target:
            goals.append(label)
            least = met
            if not every:
                break
            continue
        pieces = _departures(labels[label], waiting[node], latest, parts)
        for arc in range(first_out[node], first_out[node + 1]):
            labels, heap, count, size, compared = _along(
                graph, bans, nodes, query, label, arc, parts[:pieces], labels, heap, at_node,
                count, size, least,
            )  # fmt: skip
            work += compared
        if count > label_limit or work > label_limit * WORK_PER_LABEL:
            return None
    return labels[:count, :8].copy(), np.array(goals, dtype=np.int64)


@njit(cache=True)
def _along(
    graph: Arrays,
    bans: Arrays,
    nodes: Arrays,
    query: tuple[int, int, int, int, int],
    label: int,
    arc: int,
    parts: Ints,
    labels: Ints,
    heap: Ints,
    at_node: Ints,
    count: int,
    size: int,
    least: int,
) -> tuple[Ints, Ints, int, int, int]:  # pragma: no cover - compiled
    """Add the labels to which an arc leads, one for each time at which it is open.

    Also return how many labels were compared.
    """
    _, head, time, exposure = graph
    offset, spans = bans
    waiting, least_time, least_exposure = nodes
    onward = head[arc]
    if time[arc] < 0 or least_time[onward] == UNREACHED:
        return labels, heap, count, size, 0
    work = 0
    new = np.empty(9, dtype=np.int64)
    for piece in range(len(parts)):
        part = parts[piece]
        start, until, ban = _next_open(spans, offset, arc, part, -1)
        while start <= until:
            new[0], new[1], new[3] = onward, start + time[arc], until + time[arc]
            new[2] = part[1] + part[3] * (start - part[0]) + exposure[arc]
            new[4], new[5], new[6], new[7], new[8] = part[3], label, arc, part[4], at_node[onward]
            start, until, ban = _next_open(spans, offset, arc, part, ban)
            new[3] = min(new[3], query[3] - least_time[onward])
            if new[3] < new[1] or new[2] + least_exposure[onward] >= least:
                continue
            beaten, compared = _is_beaten(labels, at_node[onward], new, waiting[onward], query[4])
            work += compared
            if beaten:
                continue
            labels, heap = grown(labels, count), grown(heap, size)
            labels[count] = new
            at_node[onward] = count
            heap[size, 0], heap[size, 1] = new[1] + least_time[onward], new[2]
            heap[size, 1] += least_exposure[onward]
            heap[size, 2], heap[size, 3] = count, 0
            _rise(heap, size)
            count, size = count + 1, size + 1
    return labels, heap, count, size, work


@njit(cache=True)
def _departures(
    label: Ints, rate: int, latest: int, parts: Ints
) -> int:  # pragma: no cover - compiled
    """Write when the label's node can be left: (first, exposure then, last, slope, kind) rows."""
    first, met, last, slack = label[1], label[2], label[3], label[4]
    if rate >= 0 and (first == last or rate < slack):
        _set_part(parts[0], first, met, latest, rate, 1)
        return 1
    _set_part(parts[0], first, met, last, slack, 0)
    if rate < 0:
        return 1
    _set_part(parts[1], last, met + slack * (last - first), latest, rate, 2)
    return 2


@njit(cache=True)
def _set_part(
    part: Ints, first: int, met: int, last: int, rate: int, kind: int
) -> None:  # pragma: no cover - compiled
    part[0], part[1], part[2], part[3], part[4] = first, met, last, rate, kind
