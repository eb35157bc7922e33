"""What an import gathers while the objects of an extract stream by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
import osmium
from numpy.typing import NDArray

from safepassage.adapters.osm_barriers import NODE_KEYS, Passage, read_node
from safepassage.adapters.osm_build import OSM_UNITS_PER_DEGREE, RawRoads
from safepassage.adapters.osm_pbf import Nodes, Part, Tagged, Ways
from safepassage.adapters.osm_tags import (
    ALL,
    AMBULANCE,
    BUS,
    CAR,
    DRIVABLE,
    MINIBUS,
    NOT_READ,
    RELEVANT_WORDS,
    TRUCK,
    WayTags,
    read_way,
)
from safepassage.adapters.osm_turns import Turn
from safepassage.scenario.cells import one_line

_NOWHERE: Final = 200.0
UNDEFINED: Final = round(_NOWHERE * OSM_UNITS_PER_DEGREE)
"""What stands for the position of a node that the extract does not hold."""
_EAST, _NORTH = 180 * OSM_UNITS_PER_DEGREE, 90 * OSM_UNITS_PER_DEGREE
"""Positions beyond are none."""
_LINE_HEAD: Final = 18
"""Hexadecimal digits of a line in well-known binary before its points: order, type and count."""
_PACK_AT: Final = 1_000_000
RESTRICTED_CLASSES = {
    "": ALL, ":motorcar": CAR | AMBULANCE, ":bus": BUS, ":psv": MINIBUS | BUS, ":hgv": TRUCK,
    ":motor_vehicle": ALL, ":vehicle": ALL,
}  # fmt: skip
_COMMON_KEYS: Final = (
    "highway", "name", "oneway", "surface", "maxspeed", "ref", "lanes", "service", "access",
    "tracktype", "lit", "source", "bridge", "layer", "junction",
)  # fmt: skip
"""Keys to ask for one by one, the most frequent first: ten times as fast as going through tags."""
_EXCEPTED_CLASSES = {
    "motorcar": CAR | AMBULANCE, "bus": BUS, "psv": MINIBUS | BUS, "hgv": TRUCK,
    "emergency": AMBULANCE, "motor_vehicle": ALL,
}  # fmt: skip
_TOO_SHORT: Final = "way with fewer than two nodes"


@dataclass(slots=True)
class Collector:
    """Gathers what matters while the file streams by.

    Python sees each way once and never a node of its own: positions come as one block of bytes a
    way, and ways whose tags say the same share one reading of them.
    """

    ref: list[int] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    parts: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    way_id: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    road: list[int] = field(default_factory=list)
    tags: list[WayTags] = field(default_factory=list)
    kinds: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=lambda: {"": 0})
    roads_said: dict[str, int] = field(default_factory=dict)
    barriers: dict[int, Passage] = field(default_factory=dict)
    node_notes: dict[int, tuple[str, ...]] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    ferries: list[tuple[int, int]] = field(default_factory=list)
    rejects: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    geometry: Any = field(default_factory=osmium.geom.WKBFactory)

    def take(self, entity: Any) -> None:
        """File one object under its kind, or count why it is left out."""
        try:
            tags = _tags_of(entity.tags)
        except UnicodeDecodeError:
            self.rejects["tags that are not UTF-8"] += 1
            return
        if entity.is_way():
            self._take_way(entity, tags)
        elif entity.is_node():
            self.take_node(entity, tags)
        elif entity.is_relation():
            self.take_relation(entity, tags)

    def finish(self) -> RawRoads:
        """Return everything as arrays."""
        self._pack()
        refs, points = zip(*self.parts, strict=True)
        position = np.concatenate(points)
        return RawRoads(
            ref=np.concatenate(refs),
            x=np.ascontiguousarray(position[:, 0]),
            y=np.ascontiguousarray(position[:, 1]),
            size=_integers(self.size),
            way_id=_integers(self.way_id),
            kind=_integers(self.kind),
            tags=tuple(self.tags),
            road=_integers(self.road),
            road_names=tuple(self.names),
            barriers=self.barriers,
            node_notes=self.node_notes,
            turns=tuple(self.turns),
            ferries=_integers(self.ferries).reshape(-1, 2),
            rejects=self.rejects,
            counts=self.counts,
        )

    def _take_way(self, way: Any, tags: dict[str, str]) -> None:
        if "highway" not in tags:
            self._take_ferry(way, tags)
            return
        reason = _not_a_road(way, tags)
        if reason:
            self.rejects[reason] += 1
            return
        kind, reason = self.kind_or_reason(tags)
        if reason:
            self.rejects[reason] += 1
            return
        self.rejects.update(self.tags[kind].notes)
        self.way_id.append(way.id)
        self.kind.append(kind)
        self.road.append(self.road_of([tags[key] for key in ("ref", "name") if key in tags]))
        self._take_nodes(way)

    def _take_nodes(self, way: Any) -> None:
        refs = [node.ref for node in way.nodes]
        self.size.append(len(refs))
        self.ref.extend(refs)
        try:
            line = self.geometry.create_linestring(way, osmium.geom.ALL)
            self.points.append(line[_LINE_HEAD:])
        except (RuntimeError, osmium.InvalidLocationError):  # some of its nodes are not there
            self.points.append(_points_one_by_one(way))
        if len(self.ref) > _PACK_AT:
            self._pack()

    def _pack(self) -> None:
        """Turn what was read so far into arrays, a quarter of its size."""
        degrees = np.frombuffer(bytes.fromhex("".join(self.points)), dtype="<f8").reshape(-1, 2)
        units = np.rint(degrees * OSM_UNITS_PER_DEGREE).astype(np.int32)
        self.parts.append((_integers(self.ref), units))
        self.ref.clear()
        self.points.clear()

    def _kind_of(self, tags: dict[str, str]) -> int:
        """Return which reading of tags this is, a new one where it has not been met."""
        key = tuple([pair for pair in tags.items() if pair[0].partition(":")[0] in RELEVANT_WORDS])
        kind = self.kinds.get(key)
        if kind is None:
            kind = self.kinds[key] = len(self.tags)
            self.tags.append(read_way(dict(key)))
        return kind

    def road_of(self, texts: list[str]) -> int:
        """Return the number of a road's name, from its number and name as far as signed."""
        said = " ".join(texts)
        number = self.roads_said.get(said)
        if number is None:
            number = self.names.setdefault(one_line(said), len(self.names))
            self.roads_said[said] = number
        return number

    def kind_or_reason(self, tags: dict[str, str]) -> tuple[int, str]:
        """Return which reading of tags this is, or why no motor vehicle may drive there."""
        kind = self._kind_of(tags)
        if self.tags[kind].forward | self.tags[kind].backward:
            return kind, ""
        return LEFT_OUT, "road closed to all motor vehicles by its tags"

    def _take_ferry(self, way: Any, tags: dict[str, str]) -> None:
        if tags.get("route") == "ferry" and len(way.nodes) > 1:
            self.rejects["ferry"] += 1
            self.ferries.append((way.nodes[0].ref, way.nodes[len(way.nodes) - 1].ref))

    def take_node(self, node: Any, tags: dict[str, str]) -> None:
        """Note what a node with a barrier, a ford or a signed limit lets through."""
        if not any(key in tags for key in NODE_KEYS):
            return
        passage, notes = read_node(tags)
        if not passage.is_free:
            self.barriers[node.id] = passage
        if notes:
            self.node_notes[node.id] = notes

    def take_relation(self, relation: Any, tags: dict[str, str]) -> None:
        """Note a turn restriction."""
        if tags.get("type") != "restriction":
            return
        members = [(member.type, member.ref, member.role) for member in relation.members]
        via = [(kind, ref) for kind, ref, role in members if role == "via"]
        over = tuple(ref for kind, ref in via if kind == "w")
        nodes = [ref for kind, ref in via if kind == "n"]
        starts, ends = (
            tuple(ref for kind, ref, role in members if role == wanted and kind == "w")
            for wanted in ("from", "to")
        )
        restrictions = tuple(self._restrictions(tags))
        if not restrictions:
            return
        if (
            not starts
            or not ends
            or len(via) != len(over) + len(nodes)
            or ((len(nodes), bool(over)) not in ((1, False), (0, True)))
        ):
            self.rejects["turn restriction without a road from, a road to or a clear via"] += 1
            return
        self.turns.extend(
            Turn(starts, nodes[0] if nodes else 0, over, ends, mask, value.startswith("only_"))
            for value, mask in restrictions
        )

    def _restrictions(self, tags: dict[str, str]) -> Iterator[tuple[str, int]]:
        spared = _classes(tags.get("except", "").split(";"))
        for suffix, mask in RESTRICTED_CLASSES.items():
            value = tags.get(f"restriction{suffix}", "")
            if value.startswith(("no_", "only_")):
                yield value, mask & ~spared
            elif value:
                self.rejects["turn restriction of an unknown kind"] += 1
        value = tags.get("restriction:conditional", "").partition("@")[0].strip()
        if value.startswith(("no_", "only_")):
            self.rejects["turn restriction for certain times, taken as holding always"] += 1
            yield value, ALL & ~spared
        elif value:
            self.rejects[NOT_READ] += 1


def _tags_of(tags: Any) -> dict[str, str]:
    """Return the tags of an object, asking for the common keys first."""
    left, found = len(tags), {}
    for key in _COMMON_KEYS:
        value = tags.get(key)
        if value is not None:
            found[key] = value
            left -= 1
            if left == 0:
                return found
    return dict(tags)


def _points_one_by_one(way: Any) -> str:
    """Return the positions of a way as the geometry factory does, unknown ones off the globe."""
    points = []
    for node in way.nodes:
        known = node.location.valid()
        points += [node.location.lon, node.location.lat] if known else [_NOWHERE, _NOWHERE]
    return np.array(points, dtype="<f8").tobytes().hex()


def _classes(words: Iterable[str]) -> int:
    mask = 0
    for word in words:
        mask |= _EXCEPTED_CLASSES.get(word.strip(), 0)
    return mask


def _not_a_road(way: Any, tags: dict[str, str]) -> str:
    if way.deleted or not way.visible:
        return "deleted object"
    reason = _not_driven(tags)
    if reason:
        return reason
    return _TOO_SHORT if len(way.nodes) < 2 else ""


def _integers(values: list[int] | list[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def _not_driven(tags: dict[str, str]) -> str:
    if tags["highway"] not in DRIVABLE:
        return "highway not for motor vehicles (footway, path, planned and the like)"
    return "road drawn as an area" if tags.get("area") == "yes" else ""


NO_ROAD, FERRY, LEFT_OUT = -1, -2, -3
"""What a set of tags may say of a way instead of a kind of road."""


@dataclass(frozen=True, slots=True)
class _NodeOfBlock:
    id: int


class BlockCollector:
    """Gathers the same from the blocks of a PBF file, most of it a block at a time."""

    def __init__(self) -> None:
        self.one_by_one = Collector()
        self.pairs: dict[tuple[str, str], int] = {}
        self.texts: list[tuple[str, str]] = []
        self.verdicts: dict[bytes, int] = {}
        self.said: list[tuple[int, str]] = []
        self.ways: list[tuple[NDArray[np.int64], ...]] = []
        self.nodes: list[tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]] = []

    def take(self, part: Part) -> None:
        """File the nodes or ways of a block, or one relation."""
        if isinstance(part, Ways):
            self._take_ways(part)
        elif isinstance(part, Nodes):
            self._take_nodes(part)
        else:
            self.one_by_one.take_relation(part, part.tags)

    def finish(self) -> RawRoads:
        """Return everything as arrays, with the positions of the nodes of roads."""
        none = (np.zeros(0, dtype=np.int64),) * 5
        ref, size, way_id, kind, road = (
            np.concatenate(parts) for parts in zip(none, *self.ways, strict=True)
        )
        self.ways.clear()
        x, y = self._positions(ref)
        raw = self.one_by_one.finish()
        return RawRoads(
            ref=ref, x=x, y=y, size=size, way_id=way_id, kind=kind, tags=raw.tags, road=road,
            road_names=raw.road_names, barriers=raw.barriers,
            node_notes=raw.node_notes, turns=raw.turns,
            ferries=raw.ferries, rejects=raw.rejects, counts=raw.counts,
        )  # fmt: skip

    def _take_nodes(self, nodes: Nodes) -> None:
        tags = nodes.tags
        self.nodes.append((nodes.node_id, nodes.x, nodes.y))
        wanted = [index for index, text in enumerate(tags.strings) if text in _NODE_BYTES]
        for owner in np.unique(tags.owner[np.isin(tags.key, wanted)]).tolist() if wanted else ():
            node = _NodeOfBlock(int(nodes.node_id[owner]))
            self.one_by_one.take_node(node, _tags_of_object(tags, owner))

    def _take_ways(self, ways: Ways) -> None:
        words = [text.decode() for text in ways.tags.strings]
        verdict = self._verdicts(ways.tags, words, len(ways.way_id))
        kind = np.array([self.said[index][0] for index in verdict.tolist()], dtype=np.int64)
        short = (kind >= 0) & (ways.size < 2)
        self._count(verdict[~short], int(np.count_nonzero(short)))
        self._take_ferries(ways, np.flatnonzero((kind == FERRY) & (ways.size > 1)))
        kept = (kind >= 0) & ~short
        road = self._roads(ways.tags, words, kept)
        nodes = np.repeat(kept, ways.size)
        self.ways.append((ways.ref[nodes], ways.size[kept], ways.way_id[kept], kind[kept], road))

    def _verdicts(self, tags: Tagged, words: list[str], count: int) -> NDArray[np.int64]:
        """Return, for each way, the index into `said` of what its tags mean.

        Only tags that can matter are looked at, as numbers: ways with the same ones share it.
        """
        used = np.unique(tags.key)
        relevant = np.zeros(len(words), dtype=bool)
        relevant[used] = [words[key].partition(":")[0] in RELEVANT_WORDS for key in used.tolist()]
        chosen = relevant[tags.key]
        code = tags.key[chosen] << 32 | tags.value[chosen]
        distinct, which = np.unique(code, return_inverse=True)
        number = [
            self._pair(words[pair >> 32], words[pair & 0xFFFFFFFF]) for pair in distinct.tolist()
        ]
        sequence = np.array(number, dtype=np.int32)[which].tobytes()
        edge = 4 * np.searchsorted(tags.owner[chosen], np.arange(count + 1))
        edges = edge.tolist()
        return np.array(
            [self._verdict(sequence[first:last]) for first, last in pairwise(edges)],
            dtype=np.int64,
        )

    def _pair(self, key: str, value: str) -> int:
        pair = (key, value)
        number = self.pairs.get(pair)
        if number is None:
            number = self.pairs[pair] = len(self.texts)
            self.texts.append(pair)
        return number

    def _verdict(self, sequence: bytes) -> int:
        verdict = self.verdicts.get(sequence)
        if verdict is None:
            verdict = self.verdicts[sequence] = len(self.said)
            pairs = np.frombuffer(sequence, dtype=np.int32).tolist()
            self.said.append(self._judge(dict(self.texts[pair] for pair in pairs)))
        return verdict

    def _judge(self, tags: dict[str, str]) -> tuple[int, str]:
        if "highway" not in tags:
            return (FERRY if tags.get("route") == "ferry" else NO_ROAD), ""
        reason = _not_driven(tags)
        return (LEFT_OUT, reason) if reason else self.one_by_one.kind_or_reason(tags)

    def _count(self, verdict: NDArray[np.int64], short: int) -> None:
        """Count what is left out and what is noted, as going through the ways one by one does."""
        rejects = self.one_by_one.rejects
        rejects[_TOO_SHORT] += short
        for index, times in zip(*np.unique(verdict, return_counts=True), strict=True):
            kind, reason = self.said[index]
            for note in (reason,) if reason else self._notes(kind):
                rejects[note] += int(times)

    def _notes(self, kind: int) -> tuple[str, ...]:
        return self.one_by_one.tags[kind].notes if kind >= 0 else ()

    def _take_ferries(self, ways: Ways, which: NDArray[np.int64]) -> None:
        stop = np.cumsum(ways.size)
        for index in which.tolist():
            self.one_by_one.rejects["ferry"] += 1
            first, last = ways.ref[stop[index] - ways.size[index]], ways.ref[stop[index] - 1]
            self.one_by_one.ferries.append((int(first), int(last)))

    def _roads(self, tags: Tagged, words: list[str], kept: NDArray[np.bool_]) -> NDArray[np.int64]:
        said = []
        for key in ("ref", "name"):
            value = np.full(len(kept), -1)
            if key in words:
                chosen = tags.key == words.index(key)
                value[tags.owner[chosen]] = tags.value[chosen]
            said.append(value[kept])
        code = (said[0] + 1) << 32 | (said[1] + 1)
        distinct, first, which = np.unique(code, return_index=True, return_inverse=True)
        number = np.zeros(len(distinct), dtype=np.int64)
        for at in np.argsort(first).tolist():
            pair = (int(distinct[at]) >> 32) - 1, (int(distinct[at]) & 0xFFFFFFFF) - 1
            texts = [words[value] for value in pair if value >= 0]
            number[at] = self.one_by_one.road_of(texts)
        return number[which]

    def _positions(self, ref: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Look the positions of the nodes of roads up."""
        found_x, found_y = (np.full(len(ref), UNDEFINED, dtype=np.int32) for _ in "xy")
        if not self.nodes or len(ref) == 0:
            return found_x, found_y
        ids, x, y = (np.concatenate(parts) for parts in zip(*self.nodes, strict=True))
        self.nodes.clear()
        if (np.diff(ids) < 0).any():
            order = np.argsort(ids, kind="stable")
            ids, x, y = ids[order], x[order], y[order]
        wanted = np.argsort(ref, kind="stable")
        at = np.maximum(np.searchsorted(ids, ref[wanted], side="right") - 1, 0)
        known = (ids[at] == ref[wanted]) & (np.abs(x[at]) <= _EAST) & (np.abs(y[at]) <= _NORTH)
        found_x[wanted[known]], found_y[wanted[known]] = x[at[known]], y[at[known]]
        return found_x, found_y


_NODE_BYTES: Final = frozenset(word.encode() for word in NODE_KEYS)


def _tags_of_object(tags: Tagged, owner: int) -> dict[str, str]:
    first, last = np.searchsorted(tags.owner, (owner, owner + 1))
    return {
        tags.strings[key].decode(): tags.strings[value].decode()
        for key, value in zip(
            tags.key[first:last].tolist(), tags.value[first:last].tolist(), strict=True
        )
    }
