"""Turn restrictions of OpenStreetMap, over a node and over ways, as bans on the arcs of a network.

Source: OpenStreetMap wiki, *Relation:restriction*. Rules: docs/spec/03-corridor.md §8 and §70.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.types import RoadNetwork

Ints = NDArray[np.int64]
Run = tuple[int, ...]

MOST_RUNS = 64
"""A restriction over ways that can be driven in more ways than this is drawn wrongly."""

NOT_THERE = "turn restriction on a road that is not in the network"
NOT_AT_END = "turn restriction on a way that does not end at its via node"
NOT_JOINED = "turn restriction over ways that do not join in its order"


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn restriction as read.

    Parameters
    ----------
    starts, ends
        Way ids.
    node
        The via node; 0 where the restriction leads over ways.
    over
        The via ways in order; empty where it leads over a node.
    classes
        Mask of the classes that it binds.
    only
        Whether it is the only turn allowed, and not one that is forbidden.
    """

    starts: tuple[int, ...]
    node: int
    over: tuple[int, ...]
    ends: tuple[int, ...]
    classes: int
    only: bool


@dataclass(frozen=True, slots=True)
class WayEnds:
    """First and last node id of each way: int64[w] each."""

    way_id: Ints
    first: Ints
    last: Ints

    def pairs(self, ways: set[int]) -> set[tuple[int, int]]:
        """Return (way id, node id) where one of these ways ends."""
        these = np.flatnonzero(among(self.way_id, np.array(list(ways), dtype=np.int64)))
        way = self.way_id[these].tolist()
        first, last = self.first[these].tolist(), self.last[these].tolist()
        return {*zip(way, first, strict=True), *zip(way, last, strict=True)}


def honour(
    network: RoadNetwork,
    turns: tuple[Turn, ...],
    ends: WayEnds,
    rejects: Counter[str],
    counts: Counter[str],
) -> RoadNetwork:
    """Return the network with the bans of its turn restrictions.

    Parameters
    ----------
    rejects, counts
        Told how many restrictions are honoured, and how many not and why.
    """
    if not turns:
        return replace(network, turn_ban_access=np.zeros(0, dtype=np.uint8))
    named = {way for turn in turns for way in (*turn.starts, *turn.over, *turn.ends)}
    ground = _Ground(network, named, {turn.node for turn in turns}, ends.pairs(named))
    bans: Counter[tuple[int, int, int]] = Counter()
    runs: Counter[Run] = Counter()
    for turn in turns:
        judge = _at_node if turn.node else _over_ways
        reason = judge(turn, ground, bans, runs)
        if reason:
            rejects[reason] += 1
        else:
            counts[f"turn restrictions over a {'node' if turn.node else 'way'} honoured"] += 1
    return _with_bans(network, bans, runs)


def _with_bans(
    network: RoadNetwork, bans: Counter[tuple[int, int, int]], runs: Counter[Run]
) -> RoadNetwork:
    rows = sorted(row for row, mask in bans.items() if mask)
    network = replace(
        network,
        turn_bans=np.array(rows, dtype=np.int64).reshape(-1, 3),
        turn_ban_access=np.array([bans[row] for row in rows], dtype=np.uint8),
    )
    paths = sorted(run for run, mask in runs.items() if mask)
    if not paths:
        return network
    return replace(
        network,
        turn_path_offset=np.r_[0, np.cumsum([len(run) for run in paths])].astype(np.int64),
        turn_path_arc=np.array([arc for run in paths for arc in run], dtype=np.int64),
        turn_path_access=np.array([runs[run] for run in paths], dtype=np.uint8),
    )


@dataclass(frozen=True, slots=True)
class _Door:
    """The two arcs of length zero by which a road meets the node of a barrier."""

    way: int
    to_hub: int
    from_hub: int


class _Ground:
    """The arcs around restrictions, indexed once for all of them."""

    def __init__(
        self, network: RoadNetwork, ways: set[int], vias: set[int], ends: set[tuple[int, int]]
    ) -> None:
        self.network = network
        self.ends = ends
        near = among(network.way_id, np.array(list(ways), dtype=np.int64))
        self.of_way: dict[int, list[int]] = {}
        for arc in np.flatnonzero(near).tolist():
            self.of_way.setdefault(int(network.way_id[arc]), []).append(arc)
        nodes = among(network.node_ref, np.array(list(vias), dtype=np.int64))
        nodes[network.head[near]] = True
        self.leaving: dict[int, list[int]] = {}
        for arc in np.flatnonzero(nodes[network.tail]).tolist():
            self.leaving.setdefault(int(network.tail[arc]), []).append(arc)
        self.meets: dict[int, set[int]] = {}
        for arc in np.flatnonzero(nodes[network.tail] | nodes[network.head]).tolist():
            for node in (network.tail[arc], network.head[arc]):
                ways_there = self.meets.setdefault(int(network.node_ref[node]), set())
                ways_there.add(int(network.way_id[arc]))
        self.doors = _doors(network)

    def onward(self, arc: int) -> list[int]:
        """Return the arcs that leave where an arc ends."""
        return self.leaving.get(int(self.network.head[arc]), [])

    def way(self, arc: int) -> int:
        """Return the way of an arc."""
        return int(self.network.way_id[arc])

    def starts_at(self, arc: int) -> int:
        """Return the id of the node where an arc begins."""
        return int(self.network.node_ref[self.network.tail[arc]])

    def joins_at_its_end(self, arc: int, way: int) -> bool:
        """Return whether a way ends where an arc begins."""
        return (way, self.starts_at(arc)) in self.ends


def _doors(network: RoadNetwork) -> dict[int, list[_Door]]:
    """Return the doors at each barrier by its node id; both ends of a door bear that id."""
    same = network.node_ref[network.tail] == network.node_ref[network.head]
    pairs: dict[int, dict[bool, int]] = {}
    for arc in np.flatnonzero(same).tolist():
        tail, head = int(network.tail[arc]), int(network.head[arc])
        pairs.setdefault(max(tail, head), {})[tail > head] = arc  # the barrier's node comes first
    found: dict[int, list[_Door]] = {}
    for node, arcs in pairs.items():
        door = _Door(int(network.way_id[arcs[True]]), arcs[True], arcs[False])
        found.setdefault(int(network.node_ref[node]), []).append(door)
    return found


def _ban(
    turn: tuple[int, int, int],
    classes: int,
    ground: _Ground,
    bans: Counter[tuple[int, int, int]],
    runs: Counter[Run],
) -> None:
    """Ban a turn (way, node id, way); at a barrier from door to door, for its roads end apart."""
    start, node, other = turn
    doors = ground.doors.get(node, [])
    if not doors:
        bans[turn] |= classes
        return
    _ban_turning_in_doors(node, classes, ground, runs)
    for first in (door for door in doors if door.way == start):
        for second in (door for door in doors if door.way == other):
            runs[first.to_hub, second.from_hub] |= classes
        if start == other:
            for run in _turning_before(first, ground.network):
                runs[run] |= classes


def _ban_turning_in_doors(node: int, classes: int, ground: _Ground, runs: Counter[Run]) -> None:
    """Ban to turn round in a door, which costs nothing and would make any ban there an empty one.

    Nothing is lost by it: who wants to turn round there does so on the road before the door.
    """
    for door in ground.doors.get(node, []):
        runs[door.from_hub, door.to_hub] |= classes
        runs[door.to_hub, door.from_hub] |= classes


def _turning_before(door: _Door, network: RoadNetwork) -> Iterator[Run]:
    """Return the runs that turn round on the road before a door."""
    end = network.tail[door.to_hub]
    for into in np.flatnonzero(network.head == end).tolist():
        for out in np.flatnonzero(network.tail == end).tolist():
            if into != door.from_hub and out != door.to_hub:
                yield into, out


def _at_node(
    turn: Turn, ground: _Ground, bans: Counter[tuple[int, int, int]], runs: Counter[Run]
) -> str:
    """Ban the turns of a restriction over a node, or return why it cannot be honoured."""
    there = ground.meets.get(turn.node, set())
    starts = [way for way in turn.starts if way in there]
    ends = [way for way in turn.ends if way in there]
    if not starts or not ends:
        return NOT_THERE
    starts = [way for way in starts if (way, turn.node) in ground.ends]
    ends = [way for way in ends if (way, turn.node) in ground.ends]
    if not starts or not ends:
        return NOT_AT_END
    banned = sorted(there.difference(turn.ends)) if turn.only else ends
    for start in starts:
        for other in banned:
            _ban((start, turn.node, other), turn.classes, ground, bans, runs)
    return ""


def _over_ways(
    turn: Turn, ground: _Ground, bans: Counter[tuple[int, int, int]], runs: Counter[Run]
) -> str:
    """Ban the runs of a restriction over ways, or return why it cannot be honoured."""
    if any(not ground.of_way.get(way) for way in turn.over):
        return NOT_THERE
    if not any(way in ground.of_way for way in turn.starts):
        return NOT_THERE
    found = list(_runs(turn, ground))
    if not found:
        return NOT_JOINED if any(way in ground.of_way for way in turn.ends) else NOT_THERE
    for node in sorted({ground.starts_at(arc) for run in found for arc in run[1:]}):
        _ban_turning_in_doors(node, turn.classes, ground, runs)
    if not turn.only:
        for run in found:
            runs[run] |= turn.classes
        return ""
    for (start, node), other in _ways_beside(turn, found, ground):
        _ban((start, node, other), turn.classes, ground, bans, runs)
    for run in _runs_beside(found, ground):
        runs[run] |= turn.classes
    return ""


def _runs(turn: Turn, ground: _Ground) -> Iterator[Run]:
    """Return the runs that a restriction names: an arc before, those over its ways, one after."""
    count = 0
    for start in (arc for way in turn.starts for arc in ground.of_way.get(way, [])):
        for run in _from_arc((start,), 0, turn, ground):
            count += 1
            if count > MOST_RUNS:
                return
            yield run


def _from_arc(run: Run, at: int, turn: Turn, ground: _Ground) -> Iterator[Run]:
    """Go on from an arc along the via ways in order; never over a node that was passed.

    The last arc may lead back to where the first began: a way round, forbidden as a turn round.
    """
    network = ground.network
    passed = {int(network.tail[arc]) for arc in run}
    for arc in ground.onward(run[-1]):
        way = ground.way(arc)
        if len(run) == 1:
            if way == turn.over[0] and _ends_meet(run[0], arc, ground):
                yield from _from_arc((*run, arc), 0, turn, ground)
        elif at == len(turn.over) - 1 and way in turn.ends and way != turn.over[at]:
            if _ends_meet(run[-1], arc, ground):
                yield (*run, arc)
        elif int(network.head[arc]) in passed:
            continue
        elif way == turn.over[at]:
            yield from _from_arc((*run, arc), at, turn, ground)
        elif at + 1 < len(turn.over) and way == turn.over[at + 1]:
            met = _ends_meet(run[-1], arc, ground)
            yield from _from_arc((*run, arc), at + 1, turn, ground) if met else ()


def _ends_meet(first: int, second: int, ground: _Ground) -> bool:
    """Return whether both ways end where one arc follows on the other."""
    return ground.joins_at_its_end(second, ground.way(first)) and ground.joins_at_its_end(
        second, ground.way(second)
    )


def _ways_beside(
    turn: Turn, found: list[Run], ground: _Ground
) -> Iterator[tuple[tuple[int, int], int]]:
    """Return, for an "only" restriction, ((way from, node), way) of what leads off at its start."""
    for run in found:
        node = int(ground.network.node_ref[ground.network.tail[run[1]]])
        for other in sorted(ground.meets[node] - {turn.over[0]}):
            yield (ground.way(run[0]), node), other


def _runs_beside(found: list[Run], ground: _Ground) -> Iterator[Run]:
    """Return the runs that leave the allowed ones after their start."""
    allowed = {run[:size] for run in found for size in range(2, len(run) + 1)}
    for prefix in sorted(allowed - set(found)):
        for other in ground.onward(prefix[-1]):
            if (*prefix, other) not in allowed:
                yield (*prefix, other)


def among(values: Ints, wanted: Ints) -> NDArray[np.bool_]:
    """Return which values are among a few wanted ones."""
    if len(wanted) == 0:
        return np.zeros(len(values), dtype=bool)
    ordered = np.sort(wanted)
    at = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return np.asarray(ordered[at] == values)
