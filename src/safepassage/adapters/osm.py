"""OpenStreetMap extracts become road networks and lists of settlements.

Reads ``.osm.pbf``, ``.osm``, ``.osm.gz`` and ``.osm.bz2`` (docs/spec/03-corridor.md §1 to §9). An
extract may be cut through its roads: the parts whose nodes are present are kept and what was left
out is counted by reason.

What dominates an import: taking ways apart in Python (a fifth), their names and tags, sorting node
ids to find where roads meet, and measuring. A file in the common PBF form is read by blocks
(``osm_pbf``), any other one object at a time, which takes about twice as long. ``python -m
benchmarks.corridor`` measures it on a large file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import osmium

from safepassage.adapters.osm_barriers import NODE_KEYS
from safepassage.adapters.osm_build import RawRoads, build_network
from safepassage.adapters.osm_collect import (
    RESTRICTED_CLASSES,
    UNDEFINED,
    BlockCollector,
    Collector,
)
from safepassage.adapters.osm_pbf import UnusualPbfError, read_pbf
from safepassage.core.corridor.types import Place, PlaceKind, RoadNetwork
from safepassage.errors import Finding, InputError
from safepassage.scenario.cells import one_line

ATTRIBUTION: Final = "© OpenStreetMap contributors, ODbL 1.0"
IMPORT_RULES: Final = 2
"""Counts up whenever an import says something else of the same extract: what was kept of an older
one is not used any more."""
FORMATS: Final = (".osm.pbf", ".osm", ".osm.gz", ".osm.bz2")
SETTLEMENTS: Final = ("city", "town", "village", "hamlet", "suburb", "isolated_dwelling")

_HISTORY: Final = (
    "holds the history of every object and not one moment; cut one moment out of it first, for "
    "example with 'osmium time-filter'."
)
_WAY_KEYS: Final = ("highway", "route")
_RELATION_KEYS: Final = (
    "restriction:conditional",
    *(f"restriction{suffix}" for suffix in RESTRICTED_CLASSES),
)
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
    raw = _read_blocks(path) or _collect(path).finish()
    if len(raw.ref) and np.mean(raw.x == UNDEFINED) > 0.5:
        report(1, 3, "looking for nodes that stand after the roads")
        raw = _with_late_nodes(path, raw)
    report(2, 3, "building the network")
    network = build_network(raw, UNDEFINED, ATTRIBUTION)
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
    with _readable(path):
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


def _read_blocks(path: Path) -> RawRoads | None:
    """Read a PBF file in its common form by blocks; None leaves it to the general reader."""
    collector = BlockCollector()
    with _readable(path):
        if not path.name.endswith(".osm.pbf"):
            return None
        try:
            for part in read_pbf(path):
                collector.take(part)
        except (UnusualPbfError, UnicodeDecodeError):
            return None
    return collector.finish()


def _collect(path: Path) -> Collector:
    collector = Collector()
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
        (NODE_KEYS, osmium.osm.NODE),
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
    missing = (UNDEFINED, UNDEFINED)
    found = np.array([where.get(ref, missing) for ref in raw.ref.tolist()], dtype=np.int32)
    return replace(raw, x=found[:, 0], y=found[:, 1])
