from dataclasses import fields

import numpy as np
import pytest

from safepassage.adapters import road_hierarchy
from safepassage.adapters.road_hierarchy import kept_topology, load_topology, save_topology
from safepassage.core.corridor.hierarchy import Shape
from safepassage.core.corridor.router import Topology, prepare_roads
from safepassage.core.corridor.types import VehicleClass
from safepassage.errors import InputError, VersionError

BUS = VehicleClass.BUS


def same(one: Topology, other: Topology) -> bool:
    parts = [field.name for field in fields(Topology) if field.name not in ("shape", "digest")]
    arrays = [(getattr(one, name), getattr(other, name)) for name in parts]
    arrays += [(getattr(one.shape, item.name), getattr(other.shape, item.name))
               for item in fields(Shape)]  # fmt: skip
    return one.digest == other.digest and all(
        a.dtype == b.dtype and np.array_equal(a, b) for a, b in arrays
    )


def test_what_is_loaded_is_what_was_saved_and_the_bytes_are_the_same(road_world, tmp_path):
    roads = road_world.line(30)
    topology = prepare_roads(roads, BUS)
    save_topology(topology, tmp_path / "one")
    save_topology(topology, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert same(load_topology(tmp_path / "one", roads, BUS), topology)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_other_roads_are_refused(road_world, tmp_path):
    save_topology(prepare_roads(road_world.line(5), BUS), tmp_path / "kept")
    with pytest.raises(InputError, match="other roads"):
        load_topology(tmp_path / "kept", road_world.line(6), BUS)


def test_a_damaged_file_is_refused_and_built_again(road_world, tmp_path):
    roads = road_world.line(5)
    topology = kept_topology(roads, BUS, tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], b"", b"something else", flipped(whole)):
        path.write_bytes(broken)
        with pytest.raises(InputError):
            load_topology(path, roads, BUS)
        assert same(kept_topology(roads, BUS, tmp_path), topology)
        assert path.read_bytes() == whole


def flipped(data: bytes) -> bytes:
    """One bit of an array changed: only the checksum tells."""
    at = data.index(b"shape_up_head") + 200
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_another_version_says_what_to_do(road_world, tmp_path, monkeypatch):
    roads = road_world.line(5)
    monkeypatch.setattr(road_hierarchy, "FORMAT_VERSION", 99)
    save_topology(prepare_roads(roads, BUS), tmp_path / "kept")
    monkeypatch.undo()
    with pytest.raises(VersionError, match=r"version 99.*build it again"):
        load_topology(tmp_path / "kept", roads, BUS)


def test_without_a_folder_nothing_is_kept(road_world, tmp_path):
    kept_topology(road_world.line(3), BUS, None)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(road_world, tmp_path):
    (tmp_path / "file").write_text("in the way")
    roads = road_world.line(3)
    assert same(kept_topology(roads, BUS, tmp_path / "file"), prepare_roads(roads, BUS))
