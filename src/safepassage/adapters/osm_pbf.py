"""OpenStreetMap PBF read block by block into arrays, without an object of Python per node.

The general reader (osmium) hands Python one object per way, tag and node, which is most of the time
of an import. This one decodes the common form of the format: zlib or plain blobs, dense nodes. What
it does not know it refuses with :class:`UnusualPbfError`, and the general reader is used instead.

Source: OpenStreetMap wiki, *PBF Format*; Protocol Buffers, *Encoding* (varints, zigzag).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

LARGEST_BLOB: Final = 32 * 1024 * 1024
"""The format's own limit on the size of a block."""
_KNOWN_FEATURES: Final = {b"OsmSchema-V0.6", b"DenseNodes", b"LocationsOnWays"}
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


class UnusualPbfError(Exception):
    """The file has a form that this reader does not know, or is damaged."""


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """Tags of the objects of one block.

    Parameters
    ----------
    strings
        The block's table of strings, as bytes in UTF-8.
    owner, key, value
        int64[t] each: number of the object within its block, and indices into `strings`.
    """

    strings: list[bytes]
    owner: Ints
    key: Ints
    value: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """Nodes of one block: ids, positions in units of 1e-7 degrees, and their tags."""

    node_id: Ints
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    tags: Tagged


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Ways of one block: ids, number of nodes, all node ids end to end, and their tags."""

    way_id: Ints
    size: Ints
    ref: Ints
    tags: Tagged


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a relation: ``"n"``, ``"w"`` or ``"r"``, its id and its role."""

    type: str
    ref: int
    role: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation with its tags."""

    members: tuple[Member, ...]
    tags: dict[str, str]


Part = Nodes | Ways | Relation


def read_pbf(path: Path) -> Iterator[Part]:
    """Yield the nodes and ways of each block as arrays, and the relations one by one.

    Raises
    ------
    UnusualPbfError
        If the file has a form that this reader does not know, or is damaged.
    """
    try:
        with path.open("rb") as file:
            while head := file.read(4):
                kind, size = _blob_header(file.read(int.from_bytes(head, "big")))
                blob = file.read(size)
                if len(head) != 4 or len(blob) != size or size > LARGEST_BLOB:
                    raise UnusualPbfError
                if kind == b"OSMHeader":
                    _check_features(_content(blob))
                elif kind == b"OSMData":
                    yield from _block(_content(blob))
    except (IndexError, ValueError, OverflowError, zlib.error) as error:
        raise UnusualPbfError from error


def _blob_header(data: bytes) -> tuple[bytes, int]:
    kind, size = b"", 0
    for field, value, start, end in _fields(data, 0, len(data)):
        if field == 1:
            kind = data[start:end]
        elif field == 3:
            size = value
    return kind, size


def _content(blob: bytes) -> bytes:
    for field, _, start, end in _fields(blob, 0, len(blob)):
        if field == 1:
            return blob[start:end]
        if field == 3:
            return zlib.decompress(blob[start:end], bufsize=LARGEST_BLOB // 16)
    raise UnusualPbfError


def _check_features(data: bytes) -> None:
    needed = {data[start:end] for field, _, start, end in _fields(data, 0, len(data)) if field == 4}
    if not needed <= _KNOWN_FEATURES:
        raise UnusualPbfError


def _block(data: bytes) -> Iterator[Part]:
    strings: list[bytes] = []
    groups: list[tuple[int, int]] = []
    numbers = {17: 100, 19: 0, 20: 0}
    for field, value, start, end in _fields(data, 0, len(data)):
        if field == 1:
            strings = [data[first:last] for _, _, first, last in _fields(data, start, end)]
        elif field == 2:
            groups.append((start, end))
        elif field in numbers:
            numbers[field] = value
    if numbers != {17: 100, 19: 0, 20: 0}:
        raise UnusualPbfError
    for start, end in groups:
        yield from _group(data, start, end, strings)


def _group(data: bytes, start: int, end: int, strings: list[bytes]) -> Iterator[Part]:
    array = np.frombuffer(data, dtype=np.uint8)
    ways: list[tuple[int, int]] = []
    for field, _, first, last in _fields(data, start, end):
        if field == 3:
            ways.append((first, last))
        elif field == 2:
            yield _dense(data, array, first, last, strings)
        elif field == 4:
            yield _relation(data, array, first, last, strings)
        else:
            raise UnusualPbfError
    if ways:
        yield _ways(data, array, ways, strings)


def _dense(data: bytes, array: Bytes, start: int, end: int, strings: list[bytes]) -> Nodes:
    parts = {field: (first, last) for field, _, first, last in _fields(data, start, end)}
    node_id, lat, lon = (
        np.cumsum(_signed(_varints(array[slice(*parts[field])]))) for field in (1, 8, 9)
    )
    said = _varints(array[slice(*parts[10])]).astype(np.int64) if 10 in parts else node_id[:0]
    return Nodes(node_id, lon.astype(np.int32), lat.astype(np.int32), _dense_tags(said, strings))


def _dense_tags(said: Ints, strings: list[bytes]) -> Tagged:
    """Read keys and values in turn, a zero after those of each node."""
    stops = said == 0
    owner = np.cumsum(stops) - stops
    position = np.arange(len(said))
    since = np.maximum.accumulate(np.where(stops, position + 1, 0))
    first = np.r_[0, since[:-1]] if len(said) else since
    keys = np.flatnonzero(~stops & ((position - first) % 2 == 0))
    return Tagged(strings, owner[keys], said[keys], said[np.minimum(keys + 1, len(said) - 1)])


def _ways(data: bytes, array: Bytes, spans: list[tuple[int, int]], strings: list[bytes]) -> Ways:
    way_id: list[int] = []
    bounds: dict[int, list[int]] = {2: [], 3: [], 8: []}
    for start, end in spans:
        found = {2: (start, start), 3: (start, start), 8: (start, start)}
        at = start
        while at < end:
            tag = data[at]
            value, at = _varint(data, at + 1)
            if tag == 8:
                way_id.append(value)
                continue
            if tag & 7 != _LENGTH or at + value > end:
                raise UnusualPbfError
            if tag >> 3 in found:
                found[tag >> 3] = (at, at + value)
            at += value
        for field, span in found.items():
            bounds[field].extend(span)
    if len(way_id) != len(spans):
        raise UnusualPbfError
    key, owner = _packed(array, bounds[2])
    said, same = _packed(array, bounds[3])
    if not np.array_equal(owner, same):
        raise UnusualPbfError
    step, whose = _packed(array, bounds[8])
    size = np.bincount(whose, minlength=len(spans))
    tags = Tagged(strings, owner, key.astype(np.int64), said.astype(np.int64))
    return Ways(np.array(way_id, dtype=np.int64), size, _running(_signed(step), size), tags)


def _relation(data: bytes, array: Bytes, start: int, end: int, strings: list[bytes]) -> Relation:
    parts = {field: (first, last) for field, _, first, last in _fields(data, start, end)}
    empty = (start, start)
    key, value, role, step, kind = (
        _varints(array[slice(*parts.get(field, empty))]) for field in (2, 3, 8, 9, 10)
    )
    members = zip(kind.tolist(), np.cumsum(_signed(step)).tolist(), role.tolist(), strict=True)
    return Relation(
        tuple(Member("nwr"[k], ref, strings[r].decode()) for k, ref, r in members),
        {
            strings[k].decode(): strings[v].decode()
            for k, v in zip(key.tolist(), value.tolist(), strict=True)
        },
    )


def _packed(array: Bytes, bounds: list[int]) -> tuple[NDArray[np.uint64], Ints]:
    """Return the numbers in several spans of bytes, and the span of each."""
    edges = np.array(bounds, dtype=np.int64).reshape(-1, 2)
    size = edges[:, 1] - edges[:, 0]
    stop = np.cumsum(size)
    total = int(stop[-1])
    taken = array[np.arange(total) + np.repeat(edges[:, 0] - (stop - size), size)]
    last = np.flatnonzero(taken < 128)
    if total and taken[-1] >= 128:
        raise UnusualPbfError
    return _varints(taken), np.searchsorted(stop, last, side="right").astype(np.int64)


def _running(steps: Ints, size: Ints) -> Ints:
    """Add up the steps of each way from its first."""
    total = np.cumsum(steps)
    stop = np.cumsum(size)
    before = np.r_[0, total][stop - size]
    return np.asarray(total - np.repeat(before, size))


def _varints(data: Bytes) -> NDArray[np.uint64]:
    """Decode numbers one after another: seven bits a byte, the low ones first."""
    last = np.flatnonzero(data < 128)
    first = np.r_[0, last[:-1] + 1] if len(last) else last
    size = last - first + 1
    value = (data[first] & 127).astype(np.uint64)
    for byte in range(1, int(size.max(initial=0))):
        longer = np.flatnonzero(size > byte)
        part = (data[first[longer] + byte] & 127).astype(np.uint64)
        value[longer] |= part << np.uint64(7 * byte)
    return value


def _signed(value: NDArray[np.uint64]) -> Ints:
    half = (value >> np.uint64(1)).astype(np.int64)
    return np.asarray(np.where(value & np.uint64(1), ~half, half))


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (field number, number, start, end) of a message; a number has an empty span."""
    while at < end:
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield tag >> 3, value, at, at
        elif kind == _LENGTH:
            size, at = _varint(data, at)
            if at + size > end:
                raise UnusualPbfError
            yield tag >> 3, 0, at, at + size
            at += size
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise UnusualPbfError


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = data[at]
    at += 1
    if value < 128:
        return value, at
    value &= 127
    shift = 7
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
