import numpy as np
import pytest

from safepassage.adapters.osm import import_osm
from safepassage.adapters.roads import load_network, load_roads, read_road_tables, save_network
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
