import zlib

import numpy as np
import osmium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from osmium.osm import mutable

from safepassage.adapters.osm_pbf import (
    Nodes,
    Relation,
    UnusualPbfError,
    Ways,
    _signed,
    _varints,
    read_pbf,
)


def _encoded(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes((*out, number))


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_any_numbers_survive(numbers):
    data = np.frombuffer(b"".join(map(_encoded, numbers)), dtype=np.uint8)
    assert _varints(data).tolist() == numbers


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_signs_survive(numbers):
    zigzag = [number << 1 if number >= 0 else (-number << 1) - 1 for number in numbers]
    assert _signed(np.array(zigzag, dtype=np.uint64)).tolist() == numbers


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "a.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        writer.add_node(mutable.Node(id=1, location=(1.5, -2.5)))
        writer.add_node(mutable.Node(id=9, location=(-179.0, 80.0), tags={"a": "b", "c": "d"}))
        writer.add_node(mutable.Node(id=10**12, location=(0, 0), tags={"c": "d"}))
        writer.add_way(mutable.Way(id=5, nodes=[1, 10**12, 9], tags={"highway": "track"}))
        writer.add_way(mutable.Way(id=6, nodes=[]))
        writer.add_way(mutable.Way(id=8, nodes=[9, 1], tags={"name": "Вул."}))
        members = [("n", 9, "via"), ("w", 5, "from")]
        writer.add_relation(mutable.Relation(id=7, members=members, tags={"type": "x"}))
    return path


def _said(tags):
    return [
        (owner, tags.strings[key].decode(), tags.strings[value].decode())
        for owner, key, value in zip(
            tags.owner.tolist(), tags.key.tolist(), tags.value.tolist(), strict=True
        )
    ]


def test_a_small_file_worked_out_by_hand(small):
    parts = list(read_pbf(small))
    (nodes,) = [part for part in parts if isinstance(part, Nodes)]
    (ways,) = [part for part in parts if isinstance(part, Ways)]
    (relation,) = [part for part in parts if isinstance(part, Relation)]
    assert nodes.node_id.tolist() == [1, 9, 10**12]
    assert nodes.x.tolist() == [15_000_000, -1_790_000_000, 0]
    assert nodes.y.tolist() == [-25_000_000, 800_000_000, 0]
    assert _said(nodes.tags) == [(1, "a", "b"), (1, "c", "d"), (2, "c", "d")]
    assert ways.way_id.tolist() == [5, 6, 8]
    assert ways.size.tolist() == [3, 0, 2]
    assert ways.ref.tolist() == [1, 10**12, 9, 9, 1]
    assert _said(ways.tags) == [(0, "highway", "track"), (2, "name", "Вул.")]
    assert [(item.type, item.ref, item.role) for item in relation.members] == [
        ("n", 9, "via"),
        ("w", 5, "from"),
    ]
    assert relation.tags == {"type": "x"}


@pytest.mark.parametrize("at", [3, 40, 100, -5])
def test_a_file_cut_short_is_unusual(small, at):
    small.write_bytes(small.read_bytes()[:at])
    with pytest.raises(UnusualPbfError):
        list(read_pbf(small))


def test_a_feature_that_is_not_known_is_unusual(tmp_path):
    head = b"\x22" + bytes([len(b"HistoricalInformation")]) + b"HistoricalInformation"
    packed = zlib.compress(head)
    blob = b"\x1a" + bytes([len(packed)]) + packed
    header = b"\x0a\x09OSMHeader\x18" + bytes([len(blob)])
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(len(header).to_bytes(4, "big") + header + blob)
    with pytest.raises(UnusualPbfError):
        list(read_pbf(path))
