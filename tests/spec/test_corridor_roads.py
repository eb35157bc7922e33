"""One test per rule on what the importer reads and where places meet roads (§70 to §77)."""

from datetime import UTC, datetime

import numpy as np
import osmium
import pytest
from osmium.osm import mutable

from safepassage.adapters.osm import import_osm
from safepassage.core.corridor.islands import islands
from safepassage.core.corridor.metric import build_metric, exceeds_limits
from safepassage.core.corridor.router import prepare_roads, router
from safepassage.core.corridor.situation import read_situation
from safepassage.core.corridor.snap import snap_places
from safepassage.core.corridor.types import TravelProfile, VehicleClass
from safepassage.core.geo.distance import geodesic_m
from safepassage.errors import InputError

ROAD = {"highway": "primary"}
NODES = {number: (0.001 * number, 0.0) for number in range(1, 9)} | {9: (0.003, 0.001)}
CHAIN = {5: ((1, 2), ROAD), 6: ((2, 3, 4), ROAD), 7: ((4, 5), ROAD), 8: ((3, 9), ROAD)}
"""Way 5 leads to way 6, which way 8 leaves in its middle and which leads on to way 7."""


@pytest.fixture
def extract(road_world, tmp_path):
    def build(ways, nodes=None, relations=(), **how):
        path = tmp_path / "a.osm"
        return import_osm(road_world.write_osm(path, NODES | (nodes or {}), ways, relations, **how))

    return build


def rejected(roads, words):
    return sum(count for reason, count in roads.rejects if words in reason)


def over_ways(kind, *via, start=5, end=7, **tags):
    members = (("way", start, "from"), *(("way", way, "via") for way in via), ("way", end, "to"))
    return {1: (members, {"type": "restriction", "restriction": kind} | tags)}


def runs(roads):
    """The node ids along each forbidden run."""
    if roads.turn_path_offset is None:
        return []
    ref, found = roads.node_ref, []
    for first, last in zip(roads.turn_path_offset[:-1], roads.turn_path_offset[1:], strict=True):
        arcs = roads.turn_path_arc[first:last]
        found.append([int(ref[roads.tail[arcs[0]]]), *ref[roads.head[arcs]].tolist()])
    return sorted(found)


def test_70_a_restriction_over_a_way_forbids_the_run_and_nothing_else(extract):
    roads = extract(CHAIN, relations=over_ways("no_u_turn", 6))
    assert runs(roads) == [[1, 2, 3, 4, 5]]
    assert roads.turn_path_access.tolist() == [31]
    assert len(roads.turn_bans) == 0
    assert dict(roads.counts)["turn restrictions over a way honoured"] == 1


def test_70_an_only_restriction_forbids_what_leads_off(extract):
    roads = extract(CHAIN, relations=over_ways("only_straight_on", 6))
    assert [1, 2, 3, 9] in runs(roads)
    assert [1, 2, 3, 4, 5] not in runs(roads)
    assert roads.turn_bans.tolist() == [[5, 2, 5]]


def test_70_several_via_ways_in_order_and_for_a_class(extract):
    ways = {5: ((1, 2), ROAD), 6: ((2, 3), ROAD), 10: ((3, 4), ROAD), 7: ((4, 5), ROAD)}
    relation = over_ways("no_straight_on", 6, 10, **{"except": "psv"})
    roads = extract(ways, relations=relation)
    assert runs(roads) == [[1, 2, 3, 4, 5]]
    assert roads.turn_path_access.tolist() == [0b10011]
    backwards = extract(ways, relations=over_ways("no_straight_on", 10, 6))
    assert runs(backwards) == []
    assert rejected(backwards, "do not join") == 1


def test_70_a_restriction_for_certain_times_holds_always(extract):
    members = (("way", 5, "from"), ("node", 2, "via"), ("way", 6, "to"))
    tags = {"type": "restriction", "restriction:conditional": "no_straight_on @ (07:00-09:00)"}
    roads = extract(CHAIN, relations={1: (members, tags)})
    assert roads.turn_bans.tolist() == [[5, 2, 6]]
    assert rejected(roads, "taken as holding always") == 1


def test_71_hours_and_days_become_closures_for_the_class(extract):
    roads = extract({5: ((1, 2), ROAD | {"hgv:conditional": "no @ (Mo-Fr 22:00-06:00)"})})
    (closure,) = roads.closures
    assert closure.way_ids == (5,)
    assert closure.classes == {VehicleClass.TRUCK}
    assert closure.daily == (1320, 360)
    assert closure.weekdays == frozenset(range(5))


def test_71_seasons_and_dates(extract):
    winter = extract({5: ((1, 2), ROAD | {"motor_vehicle:conditional": "no @ (Nov 15-Apr 15)"})})
    (closure,) = winter.closures
    midwinter, midsummer = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
    assert any(start <= midwinter < end for start, end in closure.windows)
    assert not any(start <= midsummer < end for start, end in closure.windows)
    assert closure.classes == frozenset()


def test_71_weights_become_limits_and_what_relaxes_is_not_used(extract):
    heavy = extract(
        {5: ((1, 2), ROAD | {"access:conditional": "no @ (7:30-19:00 AND weight>7.5)"})}
    )
    assert heavy.maxweight_t.tolist() == [7.5, 7.5]
    assert rejected(heavy, "taken as holding more widely") == 1
    spared = ROAD | {"maxweight": "3.5", "maxweight:conditional": "none @ destination"}
    kept = extract({5: ((1, 2), spared)})
    assert kept.maxweight_t.tolist() == [3.5, 3.5]
    assert rejected(kept, "would relax a rule") == 1
    lower = ROAD | {"maxweight": "12", "maxweight:conditional": "5 @ (Mar-Apr)"}
    assert extract({5: ((1, 2), lower)}).maxweight_t.tolist() == [5.0, 5.0]


@pytest.mark.parametrize("text", ["no @ snow", "no @ (PH)", "no", "no @ (22:00-06:00"])
def test_71_what_cannot_be_read_is_counted(extract, text):
    roads = extract({5: ((1, 2), ROAD | {"access:conditional": text})})
    assert roads.closures == ()
    assert rejected(roads, "cannot be read") == 1


def test_72_a_limit_for_a_class_takes_the_place_of_the_general_one(extract):
    tags = ROAD | {"maxweight": "7.5", "maxweight:bus": "20", "maxlength": "12"}
    roads = extract({5: ((1, 2), tags)})

    def shut(kind):
        return bool(exceeds_limits(roads, TravelProfile(kind, weight_t=15.0)).any())

    assert [shut(kind) for kind in (VehicleClass.BUS, VehicleClass.TRUCK)] == [False, True]
    assert rejected(roads, "maxlength is signed and not checked") == 1
    rated = extract({5: ((1, 2), ROAD | {"maxweightrating": "3.5"})})
    assert rated.maxweight_t.tolist() == [3.5, 3.5]


def test_73_other_extracts_are_answered_by_a_sentence(road_world, tmp_path):
    history = tmp_path / "a.osh.pbf"
    with osmium.SimpleWriter(str(history)) as writer:
        writer.add_node(mutable.Node(id=1, version=1, location=(0, 0)))
    history = history.rename(tmp_path / "a.osm.pbf")
    with pytest.raises(InputError, match=r"a\.osm\.pbf: holds the history .+ time-filter"):
        import_osm(history)
    relations = road_world.write_osm(tmp_path / "r.osm", {}, {}, over_ways("no_u_turn", 6))
    with pytest.raises(InputError, match=r"no road .+0 ways, 1 relations"):
        import_osm(relations)
    torn = road_world.write_osm(tmp_path / "t.osm", NODES, CHAIN, missing=NODES)
    with pytest.raises(InputError, match="4 roads and too few of the nodes"):
        import_osm(torn)


def test_73_of_ways_with_one_id_the_last_is_kept(tmp_path):
    path = tmp_path / "twice.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for node in (1, 2, 3):
            writer.add_node(mutable.Node(id=node, version=1, location=(0.001 * node, 0)))
        for nodes in ([1, 2], [1, 3]):
            writer.add_way(mutable.Way(id=5, version=1, nodes=nodes, tags=ROAD))
    roads = import_osm(path)
    assert roads.node_ref.tolist() == [1, 3]
    assert rejected(roads, "more than once") == 1


def test_74_a_village_beside_a_long_road(road_world):
    roads = road_world.network({1: (0, 0), 2: (0.1, 0)}, [(1, 1, 2, {"length_m": 11_131.9})])
    village = (road_world.place("v", 0.04, 0.001),)
    (snap,) = snap_places(roads, village, 5000.0).found
    assert snap.node == 0
    assert snap.distance_m == pytest.approx(110.57, abs=0.01)
    assert snap.along_m == pytest.approx(4452.8, abs=1)
    assert "4453 m along it; times" in snap.warnings[0]
    ((_, sentence),) = snap_places(roads, village, 500.0).refused
    assert (
        "lies 111 m from a road whose next junction is 4453 m along it; at most 500 m" in sentence
    )


def test_74_an_import_gives_a_long_road_nodes(extract):
    bends = {number: (0.001 * number, 0.0) for number in range(10, 31)}
    roads = extract({5: (tuple(bends), ROAD)}, bends)
    assert roads.length_m.max() < 600
    assert roads.length_m.sum() == pytest.approx(2 * 20 * 111.32, abs=0.1)
    straight = extract({5: ((40, 41), ROAD)}, {40: (0.1, 50.0), 41: (0.2, 50.1)})
    assert straight.length_m.max() < 1000
    assert straight.node_ref[:2].tolist() == [40, 41]
    whole = geodesic_m(*(np.array([value]) for value in (0.1, 50.0, 0.2, 50.1)))
    assert straight.length_m.sum() == pytest.approx(2 * whole[0], rel=1e-5)


def test_74_the_nearest_road_and_not_the_nearest_junction(road_world):
    """A junction of another road is nearer than both ends of the road that passes the village."""
    nodes = {1: (0, 0), 2: (0.1, 0), 3: (0.05, 0.02), 4: (0.05, 0.03)}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 3, 4), (3, 2, 4)])
    (snap,) = snap_places(roads, (road_world.place("v", 0.051, 0.001),), 6000.0).found
    assert roads.node_ref[snap.node] == 2


def test_75_islands_and_the_ferry_that_lands_there(extract):
    far = {20: (0.02, 0.0), 21: (0.021, 0.0), 30: (0.03, 0.0), 31: (0.0301, 0.0)}
    ways = CHAIN | {
        40: ((20, 21), ROAD),
        41: ((30, 31), ROAD),
        42: ((5, 20), {"route": "ferry"}),
    }
    mainland, first, second = islands(extract(ways, far))
    assert mainland.length_km > first.length_km > second.length_km
    assert first.length_km == pytest.approx(0.111, abs=0.001)
    assert (first.nodes, first.arcs) == (2, 2)
    assert (mainland.ferry, first.ferry, second.ferry) == (True, True, False)


def test_76_the_sentence_names_the_island(road_world):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0), 4: (0.02, 0.05), 5: (0.021, 0.05)}
    roads = road_world.network(
        nodes, [(1, 1, 2), (2, 2, 3), (3, 4, 5)], ferries=np.array([[3, 4]], dtype=np.int64)
    )
    refused = snap_places(roads, (road_world.place("isle", 0.02, 0.051),), 2000.0).refused
    assert "an island of 1.0 km of road around 0.0500, 0.0200" in refused[0][1]
    assert "a ferry leads there, which is not driven" in refused[0][1]


def test_77_an_import_tells_what_was_read(extract):
    roads = extract(
        {5: ((1, 2), ROAD | {"maxweight": "5", "bridge": "yes"}), 6: ((2, 3), ROAD),
         7: ((3, 4), {"highway": "path"})}
    )  # fmt: skip
    counts = dict(roads.counts)
    assert counts == {"bridges": 1, "ways kept": 2, "ways with a weight limit": 1}
    assert rejected(roads, "not for motor vehicles") == 1


BARRIER = {2: (0.002, 0.0, {"barrier": "height_restrictor", "maxheight": "3.0"})}
AT_A_BARRIER = {5: ((1, 2), ROAD), 6: ((2, 3), ROAD), 7: ((2, 9), ROAD)}


def driven(roads, start, end):
    """The ways of the fastest way of a car, doors and repetitions left out; None without one."""
    situation = read_situation(roads, (), (), datetime(2026, 3, 1, tzinfo=UTC))
    metric = build_metric(roads, situation, TravelProfile(VehicleClass.CAR), 0.0)
    ref = roads.node_ref.tolist()
    road = router(prepare_roads(roads, VehicleClass.CAR), metric)
    found = road.route(ref.index(start), ref.index(end))
    if found is None:
        return None
    return [int(roads.way_id[arc]) for arc in found.arcs if roads.length_m[arc] > 0]


def over_node(kind, end):
    members = (("way", 5, "from"), ("node", 2, "via"), ("way", end, "to"))
    return {1: (members, {"type": "restriction", "restriction": kind})}


def test_70_a_restriction_at_a_barrier_shuts_the_turn_and_not_the_road(extract):
    only = extract(AT_A_BARRIER, BARRIER, over_node("only_straight_on", 6))
    assert driven(only, 1, 3) == [5, 6]
    assert driven(only, 1, 9) == [5, 6, 6, 7]
    assert driven(only, 3, 1) == [6, 5]
    no_turn = extract(AT_A_BARRIER, BARRIER, over_node("no_u_turn", 5))
    assert driven(no_turn, 1, 3) == [5, 6]


def test_70_nobody_evades_a_restriction_by_turning_round_in_a_barrier(extract):
    roads = extract(AT_A_BARRIER, BARRIER, over_node("no_left_turn", 7))
    assert driven(roads, 1, 9) == [5, 6, 6, 7]
    chain = {5: ((1, 2), ROAD), 6: ((2, 3, 4), ROAD), 7: ((4, 5), ROAD)}
    gate = {3: (0.003, 0.0, {"barrier": "bus_trap", "motorcar": "yes"})}
    over = extract(chain, gate, over_ways("no_left_turn", 6))
    assert driven(over, 1, 5) == [5, 6, 6, 6, 6, 7]


def test_70_a_way_back_over_a_third_road_is_a_turn_round(extract):
    oneway = ROAD | {"oneway": "yes"}
    loop = {4: ((8, 1), ROAD), 5: ((1, 2), oneway), 6: ((2, 9), ROAD), 7: ((9, 1), oneway)}
    roads = extract(loop, relations=over_ways("no_u_turn", 6))
    assert runs(roads) == [[1, 2, 9, 1]]


def test_70_the_last_way_over_has_to_end_where_the_restriction_leaves_it(extract):
    ways = CHAIN | {6: ((2, 3, 4, 6), ROAD)}
    roads = extract(ways, relations=over_ways("only_straight_on", 6))
    assert runs(roads) == []
    assert rejected(roads, "do not join") == 1
