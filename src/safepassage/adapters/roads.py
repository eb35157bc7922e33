"""Road networks from a scenario folder, and the file in which an imported network is kept.

Rules: docs/spec/03-corridor.md §1 to §11.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from safepassage.adapters.osm import IMPORT_RULES, Report, import_osm
from safepassage.adapters.osm_tags import ALL
from safepassage.core.corridor.types import Closure, RoadNetwork, VehicleClass
from safepassage.core.geo.distance import geodesic_m
from safepassage.errors import Finding, InputError, Severity, VersionError
from safepassage.scenario.schema import ROAD_LINKS, ROAD_NODES, Resource
from safepassage.scenario.tables import Table, TypedRow, read_table
from safepassage.scenario.types import RoadSource

FORMAT: Final = "safepassage-roads"
FORMAT_VERSION: Final = 2
"""2 added names of roads, closures by tags, limits by class, restrictions over ways and counts."""
OLDER_VERSIONS: Final = (1,)
"""Versions that are still read: what they do not hold is absent."""
_TEXT_FIELDS: Final = (
    "highway_names", "surface_names", "schematic", "attribution", "rejects", "road_names",
    "counts", "closures",
)  # fmt: skip
_ABOUT: Final = "about"
_SHORTER_THAN_STRAIGHT: Final = 0.99
"""A length under this share of the straight line is impossible, rounding of nodes allowed for."""


def load_roads(
    folder: Path,
    source: RoadSource,
    progress: Report | None = None,
    cache: Path | None = None,
    timezone: str = "",
) -> RoadNetwork:
    """Return the road network that a scenario names.

    Parameters
    ----------
    folder
        The scenario folder.
    source
        An OpenStreetMap extract, or a folder with ``nodes.csv`` and ``links.csv``.
    progress
        Told how far an import is.
    cache
        Folder in which imported extracts are kept under their SHA-256; None keeps nothing.
    timezone
        IANA name of the zone of the operation, in which hours on signs are meant; empty leaves the
        closures of the network without a zone.

    Raises
    ------
    InputError
        If the source is missing, cannot be read or holds no usable road.
    """
    path = folder / source.path
    if path.is_dir():
        network, _ = read_road_tables(folder, source.path)
    elif cache is None:
        network = import_osm(path, progress)
    else:
        network = _cached(path, cache, progress)
    attribution = source.attribution or network.attribution
    closures = tuple(replace(closure, timezone=timezone) for closure in network.closures)
    return replace(network, schematic=source.schematic, attribution=attribution, closures=closures)


def read_road_tables(folder: Path, path: str) -> tuple[RoadNetwork, tuple[Finding, ...]]:
    """Read a hand-made network and say what was set aside.

    Parameters
    ----------
    folder, path
        Scenario folder, and the folder of the two tables relative to it.

    Returns
    -------
    The network of the good rows, and the findings on the others.

    Raises
    ------
    InputError
        If a table is missing or no link is usable.
    """
    nodes = _table(folder, f"{path.rstrip('/')}/nodes.csv", ROAD_NODES)
    links = _table(folder, f"{path.rstrip('/')}/links.csv", ROAD_LINKS)
    known = {int(_number(row, "node_id")): index for index, row in enumerate(nodes.rows)}
    links.set_aside(_broken_links(links, known))
    findings = (*nodes.findings, *links.findings)
    if not links.rows:
        nothing = Finding("holds no link that can be used.", file=links.path)
        raise InputError((*findings, nothing))
    network = _network_of(nodes.rows, links.rows, known)
    shorter = tuple(_impossible_lengths(links, network))
    rejects = Counts(len(nodes.rejects), len(links.rejects)).as_rejects()
    return replace(network, rejects=rejects), (*findings, *shorter)


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of the two tables that were set aside."""

    nodes: int
    links: int

    def as_rejects(self) -> tuple[tuple[str, int], ...]:
        """Return (reason, count) pairs, none of them zero."""
        pairs = (
            ("row of links.csv set aside", self.links),
            ("row of nodes.csv set aside", self.nodes),
        )
        return tuple(pair for pair in pairs if pair[1])


def save_network(network: RoadNetwork, path: Path) -> None:
    """Write a network as one ``.npz`` file with its format version; the same bytes every time."""
    arrays: dict[str, NDArray[Any]] = {
        field.name: getattr(network, field.name)
        for field in fields(network)
        if field.name not in _TEXT_FIELDS and getattr(network, field.name) is not None
    }
    head = {"format": FORMAT, "version": FORMAT_VERSION}
    head |= {name: getattr(network, name) for name in _TEXT_FIELDS}
    head["closures"] = [_closure_as_json(closure) for closure in network.closures]
    text = json.dumps(head, ensure_ascii=False, sort_keys=True)
    arrays[_ABOUT] = np.frombuffer(text.encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_archive(arrays))


def load_network(path: Path) -> RoadNetwork:
    """Read a network that :func:`save_network` wrote.

    Raises
    ------
    InputError
        If the file is missing, damaged or something else.
    VersionError
        If a later version wrote it; files of older versions are read.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        head = json.loads(arrays.pop(_ABOUT).tobytes().decode())
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        message = "is not a road network written by 'safepassage roads import', or is damaged."
        raise InputError(Finding(message, file=path.name)) from error
    return _checked(path, head, arrays)


def _cached(path: Path, cache: Path, progress: Report | None) -> RoadNetwork:
    if not path.is_file():
        return import_osm(path, progress)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    kept = cache / f"{digest[:32]}-{FORMAT_VERSION}.{IMPORT_RULES}.npz"
    if kept.is_file():
        try:
            return load_network(kept)
        except InputError:
            kept.unlink()
    network = import_osm(path, progress)
    save_network(network, kept)
    return network


def _archive(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Return an ``.npz`` whose entries all bear one date: equal input gives equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(arrays):
            entry = io.BytesIO()
            np.lib.format.write_array(entry, arrays[name], allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entry.getvalue(), compresslevel=1)
    return buffer.getvalue()


def _checked(path: Path, head: Any, arrays: dict[str, NDArray[Any]]) -> RoadNetwork:
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise InputError(Finding("is not a road network.", file=path.name))
    if head.get("version") not in (FORMAT_VERSION, *OLDER_VERSIONS):
        message = (
            f"was written in format version {head.get('version')}; this version reads "
            f"{FORMAT_VERSION} and {', '.join(map(str, OLDER_VERSIONS))}: import the extract again."
        )
        raise VersionError(Finding(message, file=path.name))
    try:
        return RoadNetwork(
            **arrays,
            highway_names=tuple(head["highway_names"]),
            surface_names=tuple(head["surface_names"]),
            schematic=bool(head["schematic"]),
            attribution=str(head["attribution"]),
            rejects=_pairs(head["rejects"]),
            road_names=tuple(str(name) for name in head.get("road_names", ("",))),
            counts=_pairs(head.get("counts", ())),
            closures=tuple(_closure_of_json(item) for item in head.get("closures", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(Finding("is a damaged road network.", file=path.name)) from error


def _pairs(rows: Sequence[Any]) -> tuple[tuple[str, int], ...]:
    return tuple((str(what), int(count)) for what, count in rows)


def _closure_as_json(closure: Closure) -> dict[str, Any]:
    """Return a closure by tags; those have no shape of their own."""
    return {
        "id": closure.closure_id,
        "source": closure.source,
        "ways": closure.way_ids,
        "classes": sorted(closure.classes),
        "daily": closure.daily,
        "weekdays": sorted(closure.weekdays),
        "windows": [[start.isoformat(), end.isoformat()] for start, end in closure.windows],
        "timezone": closure.timezone,
    }


def _closure_of_json(item: dict[str, Any]) -> Closure:
    return Closure(
        closure_id=str(item["id"]),
        source=str(item["source"]),
        way_ids=tuple(int(way) for way in item["ways"]),
        classes=frozenset(VehicleClass(word) for word in item["classes"]),
        daily=(int(item["daily"][0]), int(item["daily"][1])) if item["daily"] else None,
        weekdays=frozenset(int(day) for day in item["weekdays"]),
        windows=tuple(
            (datetime.fromisoformat(start), datetime.fromisoformat(end))
            for start, end in item["windows"]
        ),
        timezone=str(item["timezone"]),
    )


def _table(folder: Path, path: str, resource: Resource) -> Table:
    try:
        return read_table(folder, path, resource)
    except OSError as error:
        message = "cannot be opened; a hand-made network needs nodes.csv and links.csv."
        raise InputError(Finding(message, file=path)) from error


def _broken_links(links: Table, known: dict[int, int]) -> dict[int, list[Finding]]:
    problems: dict[int, list[Finding]] = {}
    for row in links.rows:
        for column in ("from_node", "to_node"):
            node = int(_number(row, column))
            if node not in known:
                message = f"{node} is not a usable node_id of nodes.csv; the link was set aside"
                problem = links.problem(message, 14, row=row.row, column=column)
                problems.setdefault(row.row, []).append(problem)
        if row.values["from_node"] == row.values["to_node"]:
            message = "the link leads from a node to itself; it was set aside"
            problem = links.problem(message, 14, row=row.row, column="to_node")
            problems.setdefault(row.row, []).append(problem)
    return problems


def _number(row: TypedRow, column: str) -> float:
    value = row.values.get(column)
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _network_of(
    nodes: Sequence[TypedRow], links: Sequence[TypedRow], known: dict[int, int]
) -> RoadNetwork:
    """Draw each link straight, in both directions unless it is one-way."""
    lon = np.array([_number(row, "lon") for row in nodes])
    lat = np.array([_number(row, "lat") for row in nodes])
    two_way = np.array([row.values.get("oneway") is not True for row in links])
    row = np.r_[np.arange(len(links)), np.flatnonzero(two_way)]
    start = np.array([known[int(_number(link, "from_node"))] for link in links])
    end = np.array([known[int(_number(link, "to_node"))] for link in links])
    tail, head = np.r_[start, end[two_way]], np.r_[end, start[two_way]]
    straight = geodesic_m(lon[tail], lat[tail], lon[head], lat[head])
    given = _column(links, "length_m")[row]
    highways = tuple(sorted({str(link.values["highway"]) for link in links}))
    surfaces = ("", *sorted({str(link.values.get("surface") or "") for link in links} - {""}))
    ends = np.column_stack((tail, head)).ravel()
    return RoadNetwork(
        node_lon=lon,
        node_lat=lat,
        node_ref=np.array([int(_number(node, "node_id")) for node in nodes], dtype=np.int64),
        tail=tail.astype(np.int32),
        head=head.astype(np.int32),
        length_m=np.where(np.isnan(given), straight, given),
        highway=_numbered(links, "highway", highways)[row],
        surface=_numbered(links, "surface", surfaces)[row],
        maxspeed_kmh=_column(links, "maxspeed_kmh")[row].astype(np.float32),
        maxweight_t=_column(links, "maxweight_t")[row].astype(np.float32),
        maxheight_m=_column(links, "maxheight_m")[row].astype(np.float32),
        maxwidth_m=_column(links, "maxwidth_m")[row].astype(np.float32),
        access=np.full(len(tail), ALL, dtype=np.uint8),
        bridge=np.array([link.values.get("bridge") is True for link in links])[row],
        way_id=np.array([int(_number(link, "link_id")) for link in links], dtype=np.int64)[row],
        shape_offset=2 * np.arange(len(tail) + 1, dtype=np.int64),
        shape_lon=lon[ends],
        shape_lat=lat[ends],
        highway_names=highways,
        surface_names=surfaces,
        turn_bans=np.zeros((0, 3), dtype=np.int64),
    )


def _column(links: Sequence[TypedRow], name: str) -> NDArray[np.float64]:
    return np.array([_number(link, name) for link in links], dtype=np.float64)


def _numbered(links: Sequence[TypedRow], name: str, values: tuple[str, ...]) -> NDArray[np.int16]:
    return np.array(
        [values.index(str(link.values.get(name) or "")) for link in links], dtype=np.int16
    )


def _impossible_lengths(links: Table, network: RoadNetwork) -> list[Finding]:
    straight = geodesic_m(
        network.node_lon[network.tail],
        network.node_lat[network.tail],
        network.node_lon[network.head],
        network.node_lat[network.head],
    )[: len(links.rows)]
    given = network.length_m[: len(links.rows)]
    return [
        links.problem(
            f"{given[index]:.0f} m is shorter than the straight line of {straight[index]:.0f} m",
            15,
            row=row.row,
            column="length_m",
            severity=Severity.WARNING,
        )
        for index, row in enumerate(links.rows)
        if given[index] < straight[index] * _SHORTER_THAN_STRAIGHT
    ]
