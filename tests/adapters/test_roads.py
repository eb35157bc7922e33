import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from safepassage.adapters.osm import import_osm
from safepassage.adapters.roads import load_network, load_roads, read_road_tables, save_network
from safepassage.core.corridor.types import Closure, VehicleClass
from safepassage.errors import InputError
from safepassage.scenario.types import RoadSource


def test_a_real_network_survives_the_file(road_world, tmp_path):
    roads = import_osm(road_world.HELSINKI)
    save_network(roads, tmp_path / "deep" / "roads.npz")
    again = load_network(tmp_path / "deep" / "roads.npz")
    for name in roads.__slots__:
        one, other = getattr(roads, name), getattr(again, name)
        same = (
            np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
            if isinstance(one, np.ndarray)
            else one == other
        )
        assert same, name


def test_closures_and_runs_survive_the_file(road_world, tmp_path):
    night = Closure("c", "a tag", way_ids=(5,), classes=frozenset({VehicleClass.TRUCK}),
                    daily=(1320, 360), weekdays=frozenset({0, 6}), timezone="",
                    windows=((datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)),),
                    )  # fmt: skip
    roads = replace(
        road_world.line(3), closures=(night,), counts=(("ways kept", 2),),
        turn_path_offset=np.array([0, 3]), turn_path_arc=np.array([0, 2, 3]),
        turn_path_access=np.array([31], dtype=np.uint8),
    )  # fmt: skip
    save_network(roads, tmp_path / "a.npz")
    again = load_network(tmp_path / "a.npz")
    assert again.closures == (night,)
    assert again.counts == roads.counts
    assert again.turn_path_arc.tolist() == [0, 2, 3]
    assert again.class_weight_arc is None


def test_a_file_of_version_1_is_read_without_what_it_does_not_hold(road_world, tmp_path):
    path = tmp_path / "a.npz"
    save_network(road_world.line(3), path)
    with np.load(path) as archive:
        arrays = dict(archive)
    head = json.loads(arrays["about"].tobytes())
    old = {key: head[key] for key in head if key not in ("road_names", "counts", "closures")}
    text = json.dumps(old | {"version": 1}).encode()
    np.savez(path, **arrays | {"about": np.frombuffer(text, dtype=np.uint8)})
    roads = load_network(path)
    assert (roads.arc_count, roads.closures, roads.road) == (4, (), None)


def test_hours_on_signs_are_meant_in_the_zone_of_the_operation(road_world, tmp_path):
    tags = {"highway": "primary", "hgv:conditional": "no @ (22:00-06:00)"}
    nodes = {1: (0.0, 0.0), 2: (0.001, 0.0)}
    road_world.write_osm(tmp_path / "a.osm", nodes, {5: ((1, 2), tags)})
    source = RoadSource("a.osm", "")
    (closure,) = load_roads(tmp_path, source, timezone="Europe/Kyiv").closures
    assert closure.timezone == "Europe/Kyiv"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"{}"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "roads.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a road network"):
        load_network(path)


def test_another_npz_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", tail=np.zeros(3))
    with pytest.raises(InputError, match="not a road network"):
        load_network(tmp_path / "a.npz")


def test_the_extract_of_a_scenario(road_world):
    folder, name = road_world.HELSINKI.parent, road_world.HELSINKI.name
    roads = load_roads(folder, RoadSource(name, ""))
    assert "OpenStreetMap" in roads.attribution
    assert not roads.schematic
    assert load_roads(folder, RoadSource(name, "By us")).attribution == "By us"


def test_a_kept_import_is_used_again_and_a_broken_one_made_anew(road_world, tmp_path):
    folder, source = road_world.HELSINKI.parent, RoadSource(road_world.HELSINKI.name, "")
    first = load_roads(folder, source, cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    before = kept.read_bytes()
    kept.write_bytes(b"broken")
    second = load_roads(folder, source, cache=tmp_path)
    assert kept.read_bytes() == before
    third = load_roads(folder, source, cache=tmp_path)
    assert first.length_m.tolist() == second.length_m.tolist() == third.length_m.tolist()


def test_an_import_kept_under_older_rules_is_not_used(road_world, tmp_path, monkeypatch):
    folder, source = road_world.HELSINKI.parent, RoadSource(road_world.HELSINKI.name, "")
    monkeypatch.setattr("safepassage.adapters.roads.IMPORT_RULES", 1)
    load_roads(folder, source, cache=tmp_path)
    monkeypatch.undo()
    load_roads(folder, source, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_missing_extract_is_a_sentence(tmp_path):
    for cache in (None, tmp_path):
        with pytest.raises(InputError, match=r"gone\.osm\.pbf: there is no such file"):
            load_roads(tmp_path, RoadSource("gone.osm.pbf", ""), cache=cache)


def test_tables_with_good_rows_only(tiny_scenario):
    roads, findings = read_road_tables(tiny_scenario, "roads")
    assert findings == ()
    assert (roads.node_count, roads.arc_count) == (7, 12)
    assert roads.length_m[0] == pytest.approx(3510, abs=10)
    assert roads.access.min() == 31


def test_no_usable_link_is_an_error(tiny_scenario):
    nodes = tiny_scenario / "roads" / "nodes.csv"
    nodes.write_text(nodes.read_text().splitlines()[0] + "\n")
    with pytest.raises(InputError, match="no link that can be used"):
        read_road_tables(tiny_scenario, "roads")
