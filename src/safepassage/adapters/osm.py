"""OpenStreetMap extracts become road networks and lists of settlements.

Reads ``.osm.pbf``, ``.osm``, ``.osm.gz`` and ``.osm.bz2`` (docs/spec/03-corridor.md §1 to §9). An
extract may be cut through its roads: the parts whose nodes are present are kept and what was left
out is counted by reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import osmium
from numpy.typing import NDArray

from safepassage.adapters.osm_build import OSM_UNITS_PER_DEGREE, RawRoads, build_network
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
    NotUnderstoodError,
    WayTags,
    barrier_mask,
    parse_length_m,
    read_way,
)
from safepassage.adapters.osm_turns import Turn
from safepassage.core.corridor.types import Place, PlaceKind, RoadNetwork
from safepassage.errors import Finding, InputError
from safepassage.scenario.cells import one_line

ATTRIBUTION: Final = "© OpenStreetMap contributors, ODbL 1.0"
FORMATS: Final = (".osm.pbf", ".osm", ".osm.gz", ".osm.bz2")
SETTLEMENTS: Final = ("city", "town", "village", "hamlet", "suburb", "isolated_dwelling")

_NOWHERE: Final = 200.0
_UNDEFINED: Final = round(_NOWHERE * OSM_UNITS_PER_DEGREE)
"""What stands for the position of a node that the extract does not hold."""
_LINE_HEAD: Final = 18
"""Hexadecimal digits of a line in well-known binary before its points: order, type and count."""
_PACK_AT: Final = 1_000_000
_HISTORY: Final = (
    "holds the history of every object and not one moment; cut one moment out of it first, for "
    "example with 'osmium time-filter'."
)
_RESTRICTED_CLASSES = {
    "": ALL, ":motorcar": CAR | AMBULANCE, ":bus": BUS, ":psv": MINIBUS | BUS, ":hgv": TRUCK,
    ":motor_vehicle": ALL, ":vehicle": ALL,
}  # fmt: skip
_WAY_KEYS: Final = ("highway", "route")
_NODE_KEYS: Final = ("barrier", "ford")
_RELATION_KEYS: Final = (
    "restriction:conditional",
    *(f"restriction{suffix}" for suffix in _RESTRICTED_CLASSES),
)
_COMMON_KEYS: Final = (
    "highway", "name", "oneway", "surface", "maxspeed", "ref", "lanes", "service", "access",
    "tracktype", "lit", "source", "bridge", "layer", "junction",
)  # fmt: skip
"""Keys to ask for one by one, the most frequent first: ten times as fast as going through tags."""
_EXCEPTED_CLASSES = {
    "motorcar": CAR | AMBULANCE, "bus": BUS, "psv": MINIBUS | BUS, "hgv": TRUCK,
    "emergency": AMBULANCE, "motor_vehicle": ALL,
}  # fmt: skip

_HEAD_BYTES = 512
_SHOWN_BYTES = 16
_BEGINNINGS: Final = {
    ".osm.pbf": re.compile(rb"\0\0..\n\x09OSMHeader|.{1,14}\Z", re.DOTALL),
    ".osm": re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml|<!--|<osm\b)"),
    ".osm.gz": re.compile(rb"\x1f\x8b"),
    ".osm.bz2": re.compile(rb"BZh"),
}
"""How a file of each format begins: PBF with the size and type of its first block."""

_CUT_SHORT: Final = (
    "unexpected EOF", "no element found", "unclosed token", "read close failed", "read failed: -7",
)  # fmt: skip
"""What the parser says of PBF, XML, gzip and bzip2 files that stop in the middle."""

Report = Callable[[float, float, str], None]
"""Receives (done, total, text)."""


def import_osm(path: Path, progress: Report | None = None) -> RoadNetwork:
    """Read the roads for motor vehicles out of an OpenStreetMap extract.

    Parameters
    ----------
    path
        The extract; its format follows from its name.
    progress
        Told how far the import is.

    Returns
    -------
    A network in WGS 84 whose `rejects` count what was left out and why.

    Raises
    ------
    InputError
        If the file is missing, is not an OpenStreetMap file, is damaged or holds no road.
    """
    report = progress or _silent
    report(0, 3, "reading roads")
    collector = _collect(path)
    raw = collector.finish()
    if len(raw.ref) and np.mean(raw.x == _UNDEFINED) > 0.5:
        report(1, 3, "looking for nodes that stand after the roads")
        raw = _with_late_nodes(path, raw)
    report(2, 3, "building the network")
    network = build_network(raw, _UNDEFINED, ATTRIBUTION)
    if network.arc_count == 0:
        raise InputError(Finding(_why_no_road(path, raw), file=path.name))
    report(3, 3, "done")
    return network


def _why_no_road(path: Path, raw: RawRoads) -> str:
    """Say what the file holds instead of roads."""
    if len(raw.way_id):
        return (
            f"holds {len(raw.way_id)} roads and too few of the nodes that they run along; extract "
            "it again with complete ways (osmium extract does so by default)."
        )
    kinds = Counter(str(entity.type_str()) for entity in osmium.FileProcessor(str(path)))
    held = ", ".join(
        f"{kinds[letter]} {word}"
        for letter, word in (("n", "nodes"), ("w", "ways"), ("r", "relations"))
    )
    return f"holds no road that motor vehicles may use ({held}); roads are ways with 'highway'."


def settlements(path: Path) -> tuple[Place, ...]:
    """Return the places that people live in, in the order of the file.

    Parameters
    ----------
    path
        The extract; nodes with ``place`` of a city, town, village, hamlet, suburb or isolated
        dwelling and a name are taken. Ids are ``osm-`` and the node id.

    Raises
    ------
    InputError
        If the file is missing, is not an OpenStreetMap file or is damaged.
    """
    found = []
    with _readable(path):
        reader = osmium.FileProcessor(str(path), osmium.osm.NODE)
        for node in reader.with_filter(osmium.filter.KeyFilter("place")):
            place = _settlement(node.id, dict(node.tags), node.location)
            if place is not None:
                found.append(place)
    return tuple(found)


def _settlement(node_id: int, tags: dict[str, str], location: Any) -> Place | None:
    name = one_line(tags.get("name", ""))
    if tags["place"] not in SETTLEMENTS or not name or not location.valid():
        return None
    return Place(
        place_id=f"osm-{node_id}",
        name=one_line(tags.get("name:en", "") or tags.get("int_name", "")) or name,
        kind=PlaceKind.SETTLEMENT,
        lat=location.lat,
        lon=location.lon,
        name_local=name,
        population=_population(tags.get("population", "")),
        source=f"OpenStreetMap node {node_id}",
    )


def _population(text: str) -> int | None:
    digits = text.replace(" ", "").replace(",", "")
    return int(digits) if digits.isascii() and digits.isdigit() else None


def _silent(done: float, total: float, text: str) -> None:
    """Report to nobody."""


def _collect(path: Path) -> _Collector:
    collector = _Collector()
    with _readable(path):
        reader = osmium.FileProcessor(str(path))
        if reader.header.has_multiple_object_versions:
            raise InputError(Finding(_HISTORY, file=path.name))
        reader = reader.with_locations("flex_mem")
        for entity in _with_filters(reader):
            collector.take(entity)
    return collector


def _with_filters(reader: osmium.FileProcessor) -> osmium.FileProcessor:
    """Let only what can matter reach Python: most of an extract never does."""
    for keys, kind in (
        (_WAY_KEYS, osmium.osm.WAY),
        (_NODE_KEYS, osmium.osm.NODE),
        (_RELATION_KEYS, osmium.osm.RELATION),
    ):
        reader = reader.with_filter(osmium.filter.KeyFilter(*keys).enable_for(kind))
    return reader


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what the parser throws into a sentence about the file."""
    if not path.is_file():
        raise InputError(Finding("there is no such file.", file=path.name))
    if not path.name.endswith(FORMATS):
        accepted = ", ".join(FORMATS)
        raise InputError(
            Finding(
                f"is not an OpenStreetMap extract by its name; accepted: {accepted}.", path.name
            )
        )
    _check_beginning(path)
    try:
        yield
    except (RuntimeError, ValueError, MemoryError) as error:
        raise InputError(Finding(_why_unreadable(error), file=path.name)) from error


def _check_beginning(path: Path) -> None:
    """Say so if the file is empty or something else under the name of an extract."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise InputError(Finding("is empty; download it again.", file=path.name))
    form = next(form for form in FORMATS if path.name.endswith(form))
    if not _BEGINNINGS[form].match(head):
        shown = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in head[:_SHOWN_BYTES])
        message = (
            f"is not an {form} file (it begins with '{shown}'); accepted are "
            f"{', '.join(FORMATS)} extracts of OpenStreetMap."
        )
        raise InputError(Finding(message, file=path.name))


def _why_unreadable(error: Exception) -> str:
    if any(words in str(error) for words in _CUT_SHORT):
        return "ends too early; download it again."
    return (
        f"cannot be read as an OpenStreetMap extract ({_cause(error)}); it may be damaged: "
        "download it again and compare its checksum."
    )


def _cause(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")[:120] if str(error) else "no reason given"


def _with_late_nodes(path: Path, raw: RawRoads) -> RawRoads:
    """Look the nodes up on their own, for files in which they stand after the ways."""
    wanted = np.unique(raw.ref[raw.ref > 0])
    where: dict[int, tuple[int, int]] = {}
    with _readable(path):
        reader = osmium.FileProcessor(str(path), osmium.osm.NODE)
        for node in reader.with_filter(osmium.filter.IdFilter(wanted.tolist())):
            where[node.id] = (node.location.x, node.location.y)
    missing = (_UNDEFINED, _UNDEFINED)
    found = np.array([where.get(ref, missing) for ref in raw.ref.tolist()], dtype=np.int32)
    return replace(raw, x=found[:, 0], y=found[:, 1])


@dataclass(slots=True)
class _Collector:
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
    barriers: dict[int, tuple[int, float, float]] = field(default_factory=dict)
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
            self._take_node(entity, tags)
        elif entity.is_relation():
            self._take_relation(entity, tags)

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
        kind = self._kind_of(tags)
        read = self.tags[kind]
        if not read.forward | read.backward:
            self.rejects["road closed to all motor vehicles by its tags"] += 1
            return
        self.rejects.update(read.notes)
        self.way_id.append(way.id)
        self.kind.append(kind)
        self.road.append(self._road_of(tags))
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

    def _road_of(self, tags: dict[str, str]) -> int:
        words = (tags.get("ref"), tags.get("name"))
        name = one_line(" ".join(word for word in words if word))
        return self.names.setdefault(name, len(self.names))

    def _take_ferry(self, way: Any, tags: dict[str, str]) -> None:
        if tags.get("route") == "ferry" and len(way.nodes) > 1:
            self.rejects["ferry"] += 1
            self.ferries.append((way.nodes[0].ref, way.nodes[len(way.nodes) - 1].ref))

    def _take_node(self, node: Any, tags: dict[str, str]) -> None:
        if "barrier" not in tags and "ford" not in tags:
            return
        mask = barrier_mask(tags)
        height, width = self._length(tags, "maxheight"), self._length(tags, "maxwidth")
        if mask != ALL or not (np.isnan(height) and np.isnan(width)):
            self.barriers[node.id] = (mask, height, width)

    def _length(self, tags: dict[str, str], key: str) -> float:
        try:
            return parse_length_m(tags.get(key, "none"))
        except NotUnderstoodError:
            self.rejects[f"{key} has a value that cannot be read; treated as not signed"] += 1
            return float("nan")

    def _take_relation(self, relation: Any, tags: dict[str, str]) -> None:
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
        for suffix, mask in _RESTRICTED_CLASSES.items():
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
    if tags["highway"] not in DRIVABLE:
        return "highway not for motor vehicles (footway, path, planned and the like)"
    if tags.get("area") == "yes":
        return "road drawn as an area"
    return "way with fewer than two nodes" if len(way.nodes) < 2 else ""


def _integers(values: list[int] | list[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)
