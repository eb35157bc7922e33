import gzip

import numpy as np
import pytest

from safepassage.adapters import osm, osm_build
from safepassage.adapters.osm import import_osm, settlements
from safepassage.adapters.osm_barriers import UNKNOWN_KIND
from safepassage.adapters.osm_pbf import UnusualPbfError
from safepassage.adapters.roads import save_network
from safepassage.core.corridor.metric import weight_limits_t
from safepassage.core.corridor.types import VehicleClass
from safepassage.core.geo.distance import geodesic_m
from safepassage.errors import InputError

NODES = {number: (0.001 * number, 0.0) for number in range(1, 9)}
ROAD = {"highway": "primary"}


@pytest.fixture
def extract(road_world, tmp_path):
    def build(ways, nodes=None, relations=(), **how):
        path = tmp_path / "a.osm"
        return road_world.write_osm(path, NODES | (nodes or {}), ways, relations, **how)

    return build


def test_the_shape_and_length_of_a_bent_road(extract):
    bent = {2: (0.002, 0.002)}
    roads = import_osm(extract({5: ((1, 2, 3), ROAD)}, nodes=bent))
    assert roads.arc_count == 2
    assert roads.shape_lon[:3].tolist() == [0.001, 0.002, 0.003]
    assert roads.shape_lon[3:].tolist() == [0.003, 0.002, 0.001]
    leg = geodesic_m(np.array([0.001]), np.zeros(1), np.array([0.002]), np.array([0.002]))[0]
    assert roads.length_m == pytest.approx([2 * leg, 2 * leg])


def test_a_node_named_twice_in_a_row_is_one_node(extract):
    roads = import_osm(extract({5: ((1, 2, 2, 3), ROAD)}))
    assert roads.shape_offset.tolist() == [0, 3, 6]


def test_a_ring_road_is_split_at_its_junctions(road_world, extract):
    roads = import_osm(
        extract({5: ((1, 2, 3, 4, 1), ROAD | {"junction": "roundabout"}), 6: ((3, 8), ROAD)})
    )
    assert road_world.arcs_of(roads, 5) == [(1, 3), (3, 1)]


def test_a_barrier_at_a_junction_stands_between_all_roads(road_world, extract):
    gate = {2: (0.002, 0.0, {"barrier": "bollard", "emergency": "yes"})}
    roads = import_osm(extract({5: ((1, 2), ROAD), 6: ((2, 3), ROAD), 7: ((2, 4), ROAD)}, gate))
    assert np.count_nonzero(roads.node_ref == 2) == 4
    doors = roads.length_m == 0
    assert set(roads.access[doors].tolist()) == {2}
    assert set(roads.access[~doors].tolist()) == {31}


def test_a_low_barrier_keeps_its_height(extract):
    frame = {2: (0.002, 0.0, {"barrier": "height_restrictor", "maxheight": "2.2"})}
    roads = import_osm(extract({5: ((1, 2, 3), ROAD)}, frame))
    doors = roads.length_m == 0
    assert roads.maxheight_m[doors] == pytest.approx(2.2)
    assert np.isnan(roads.maxheight_m[~doors]).all()


def test_a_weak_spot_keeps_its_weight_with_or_without_a_barrier(extract):
    for tags in ({"barrier": "gate", "maxweight": "3.5"}, {"maxweight": "3.5"}):
        roads = import_osm(extract({5: ((1, 2, 3), ROAD)}, {2: (0.002, 0.0, tags)}))
        doors = roads.length_m == 0
        assert roads.maxweight_t[doors].tolist() == [3.5] * 4
        assert np.isnan(roads.maxweight_t[~doors]).all()


def test_what_is_not_known_of_a_barrier_is_counted_where_a_road_runs_over_it(extract):
    strange = {"barrier": "dragon"}
    on_and_off = {2: (0.002, 0.0, strange), 8: (0.008, 0.0, strange)}
    roads = import_osm(extract({5: ((1, 2, 3), ROAD)}, on_and_off))
    assert dict(roads.rejects)[UNKNOWN_KIND] == 1


def test_a_class_without_a_limit_passes_where_others_do_not(extract):
    tags = ROAD | {"maxweight": "3.5", "maxweight:bus": "none"}
    roads = import_osm(extract({5: ((1, 2), tags)}))

    def limits(kind):
        return weight_limits_t(roads, kind)

    assert np.isnan(limits(VehicleClass.BUS)).all()
    assert limits(VehicleClass.TRUCK).tolist() == [3.5, 3.5]


def test_a_long_road_is_split_beyond_each_whole_500_m_from_its_junction(extract):
    metre = 1 / 111_319.49
    line = {node: (east * metre, 0.0) for node, east in ((1, 0), (2, 700), (3, 1100), (4, 1400))}
    roads = import_osm(extract({5: ((1, 2, 3, 4), ROAD)}, line))
    assert sorted(roads.node_ref.tolist()) == [1, 2, 3, 4]
    dense = {node: (east * metre, 0.0) for node, east in ((1, 0), (2, 700), (3, 900), (4, 1400))}
    roads = import_osm(extract({5: ((1, 2, 3, 4), ROAD)}, dense))
    assert sorted(roads.node_ref.tolist()) == [1, 2, 4]


def test_restrictions_for_a_class_bind_that_class(extract):
    members = (("way", 5, "from"), ("node", 2, "via"), ("way", 6, "to"))
    relations = {1: (members, {"type": "restriction", "restriction:hgv": "no_right_turn"})}
    roads = import_osm(extract({5: ((1, 2), ROAD), 6: ((2, 3), ROAD)}, relations=relations))
    assert roads.turn_ban_access.tolist() == [0b10000]


def test_a_restriction_in_the_middle_of_a_way_is_left_out(extract):
    members = (("way", 5, "from"), ("node", 2, "via"), ("way", 6, "to"))
    relations = {1: (members, {"type": "restriction", "restriction": "no_left_turn"})}
    roads = import_osm(extract({5: ((1, 2, 3), ROAD), 6: ((2, 8), ROAD)}, relations=relations))
    assert len(roads.turn_bans) == 0
    assert any("does not end at its via node" in reason for reason, _ in roads.rejects)


@pytest.mark.parametrize("tags", [{"restriction": "give_way"}, {"restriction:conditional": "x"}])
def test_unknown_restrictions_are_counted(extract, tags):
    members = (("way", 5, "from"), ("node", 2, "via"), ("way", 6, "to"))
    relations = {1: (members, {"type": "restriction"} | tags)}
    roads = import_osm(extract({5: ((1, 2), ROAD), 6: ((2, 3), ROAD)}, relations=relations))
    assert len(roads.turn_bans) == 0
    assert sum(count for _, count in roads.rejects) == 1


def test_nodes_after_the_ways_are_found(extract):
    in_order = import_osm(extract({5: ((1, 2, 3), ROAD)}))
    late = import_osm(extract({5: ((1, 2, 3), ROAD)}, order="wnr"))
    assert late.length_m.tolist() == in_order.length_m.tolist()


def test_all_nodes_missing_is_no_road(extract):
    with pytest.raises(InputError, match="holds 1 roads and too few of the nodes"):
        import_osm(extract({5: ((1, 2), ROAD)}, missing=range(1, 9)))


def test_an_empty_file_and_a_wrong_name(tmp_path):
    empty = tmp_path / "a.osm.pbf"
    empty.write_bytes(b"")
    with pytest.raises(InputError, match=r"a\.osm\.pbf: is empty"):
        import_osm(empty)
    empty.write_bytes(b"PK\x03\x04 a workbook of roads")
    with pytest.raises(
        InputError, match=r"not an \.osm\.pbf file \(it begins with 'PK.+\); accepted"
    ):
        import_osm(empty)
    empty.write_bytes(b"not a map")
    with pytest.raises(InputError, match=r"a\.osm\.pbf: cannot be read .+ may be damaged"):
        import_osm(empty)
    other = tmp_path / "roads.csv"
    other.write_text("a,b")
    with pytest.raises(InputError, match=r"accepted: \.osm\.pbf, \.osm"):
        import_osm(other)


def test_compressed_text_is_read(extract, tmp_path):
    text = extract({5: ((1, 2), ROAD)}).read_bytes()
    packed = tmp_path / "b.osm.gz"
    packed.write_bytes(gzip.compress(text))
    assert import_osm(packed).arc_count == 2
    packed.write_bytes(gzip.compress(text)[:-20])
    with pytest.raises(InputError, match="ends too early; download it again"):
        import_osm(packed)


@pytest.mark.parametrize("share", [0.002, 0.5])
def test_an_extract_that_stops_in_the_middle(road_world, tmp_path, share):
    data = road_world.HELSINKI.read_bytes()
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match="ends too early; download it again"):
        import_osm(cut)


def test_progress_is_reported(extract):
    said = []
    import_osm(extract({5: ((1, 2), ROAD)}), lambda done, total, text: said.append((done, total)))
    assert said[0] == (0, 3)
    assert said[-1] == (3, 3)


def test_blocks_and_objects_give_the_same_network(road_world, tmp_path, monkeypatch):
    by_blocks = tmp_path / "a.npz"
    save_network(import_osm(road_world.HELSINKI), by_blocks)
    monkeypatch.setattr("safepassage.adapters.osm._read_blocks", lambda path: None)
    one_by_one = tmp_path / "b.npz"
    save_network(import_osm(road_world.HELSINKI), one_by_one)
    assert by_blocks.read_bytes() == one_by_one.read_bytes()


@pytest.mark.parametrize(
    "name", ["andorra.osm.pbf", "heidelberg.osm.pbf", "porto-portugal.osm.pbf"]
)
def test_blocks_and_objects_give_the_same_roads_of_real_extracts(shared_data, name):
    path = shared_data / "osm" / name
    blocks, objects = osm._read_blocks(path), osm._collect(path).finish()
    assert blocks is not None
    for field in ("ref", "x", "y", "size", "way_id", "ferries", "road"):
        assert np.array_equal(getattr(blocks, field), getattr(objects, field)), field
    assert blocks.road_names == objects.road_names
    assert (blocks.barriers, blocks.turns) == (objects.barriers, objects.turns)
    assert blocks.node_notes == objects.node_notes
    assert +blocks.rejects == +objects.rejects
    read = [[raw.tags[kind] for kind in raw.kind.tolist()] for raw in (blocks, objects)]
    assert list(map(repr, read[0])) == list(map(repr, read[1]))


def test_an_unusual_file_is_left_to_the_general_reader(road_world, monkeypatch):
    def unusual(path):
        raise UnusualPbfError
        yield

    expected = import_osm(road_world.HELSINKI).arc_count
    monkeypatch.setattr("safepassage.adapters.osm.read_pbf", unusual)
    assert import_osm(road_world.HELSINKI).arc_count == expected


def test_a_road_back_to_its_own_start_is_cut_in_its_middle(road_world, extract):
    ring = {4: (0.003, 0.001), 5: (0.004, 0.001)}
    roads = import_osm(extract({5: ((1, 2), ROAD), 6: ((2, 3, 4, 5, 2), ROAD)}, ring))
    assert road_world.arcs_of(roads, 6) == [(2, 4), (2, 4), (4, 2), (4, 2)]


def test_names_of_roads(extract):
    roads = import_osm(
        extract({5: ((1, 2), ROAD | {"name": "Mill Road", "ref": "T 12"}), 6: ((2, 3), ROAD)})
    )
    names = {
        int(way): roads.road_names[road] for way, road in zip(roads.way_id, roads.road, strict=True)
    }
    assert names == {5: "T 12 Mill Road", 6: ""}


def test_short_steps_are_geodesic_to_a_millimetre_a_kilometre():
    rng = np.random.default_rng(5)
    lat = np.repeat(rng.uniform(-79, 79, 2000), 2)
    lon = np.repeat(rng.uniform(-179, 179, 2000), 2)
    lon[1::2] += rng.uniform(-0.01, 0.01, 2000)
    lat[1::2] += rng.uniform(-0.01, 0.01, 2000)
    exact = geodesic_m(lon[:-1:2], lat[:-1:2], lon[1::2], lat[1::2])
    assert osm_build._steps_m(lon, lat)[::2] == pytest.approx(exact, rel=1e-6)


def test_settlements_by_name(extract):
    villages = {
        1: (
            0.0,
            0.0,
            {"place": "village", "name": "Суджа", "name:en": "Sudzha", "population": "6 036"},
        ),
        2: (0.0, 0.1, {"place": "hamlet"}),
        3: (0.0, 0.2, {"place": "locality", "name": "A field"}),
        4: (0.0, 0.3, {"place": "town", "name": "Town", "population": "about 500"}),
    }
    found = settlements(extract({5: ((5, 6), ROAD)}, villages))
    assert [(place.place_id, place.name, place.name_local) for place in found] == [
        ("osm-1", "Sudzha", "Суджа"),
        ("osm-4", "Town", "Town"),
    ]
    assert [place.population for place in found] == [6036, None]


def test_helsinki_is_cut_and_still_a_network(road_world):
    roads = import_osm(road_world.HELSINKI)
    rejects = dict(roads.rejects)
    assert rejects["node that the extract does not hold"] == 147
    assert (roads.length_m >= 0).all()
    assert roads.tail.max() < roads.node_count
    assert len(roads.turn_bans) == len(roads.turn_ban_access) > 0
    starts, ends = roads.shape_offset[:-1], roads.shape_offset[1:] - 1
    assert np.array_equal(roads.shape_lon[starts], roads.node_lon[roads.tail])
    assert np.array_equal(roads.shape_lat[ends], roads.node_lat[roads.head])


@pytest.mark.parametrize("name", ["monaco.osm.gz", "andorra.osm.pbf", "heidelberg.osm.pbf"])
def test_real_extracts(shared_data, name):
    roads = import_osm(shared_data / "osm" / name)
    starts, ends = roads.shape_offset[:-1], roads.shape_offset[1:] - 1
    assert np.array_equal(roads.shape_lon[starts], roads.node_lon[roads.tail])
    assert np.array_equal(roads.shape_lat[ends], roads.node_lat[roads.head])
    assert not (roads.tail == roads.head).any()
    assert roads.access.min() > 0
