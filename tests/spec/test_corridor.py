"""One test per numbered rule of docs/spec/03-corridor.md."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from safepassage.adapters.geojson import corridors_geojson
from safepassage.adapters.gpx import corridors_gpx
from safepassage.adapters.osm import import_osm
from safepassage.adapters.roads import load_network, load_roads, read_road_tables, save_network
from safepassage.core.corridor.matrices import travel_matrices
from safepassage.core.corridor.menu import chosen_routes, corridor_menu
from safepassage.core.corridor.metric import Shut, arc_speeds_kmh, build_metric
from safepassage.core.corridor.situation import (
    DEFAULT_HAZARD_MODEL,
    place_rates_per_h,
    read_situation,
)
from safepassage.core.corridor.snap import snap_places
from safepassage.core.corridor.types import TravelProfile, VehicleClass
from safepassage.errors import InputError, VersionError
from safepassage.scenario.types import RoadSource

ROW = {number: (0.001 * number, 0.0) for number in range(1, 9)}
ROAD = {"highway": "primary"}


@pytest.fixture
def extract(road_world, tmp_path):
    """Write an extract of nodes 1 to 8 in a row and import it."""

    def build(ways, nodes=None, relations=(), **how):
        path = road_world.write_osm(tmp_path / "a.osm", ROW | (nodes or {}), ways, relations, **how)
        return import_osm(path)

    return build


def rejected(roads, words):
    return sum(count for reason, count in roads.rejects if words in reason)


def minutes(matrices, row=0, column=-1):
    return matrices.matrices[0].travel_time_s[row, column] / 60


def matrices_of(road_world, roads, refs, profile, control=(), hazards=(), **more):
    places = road_world.places_at(roads, *refs)
    return travel_matrices(roads, places, [profile], control, hazards, road_world.AT, **more)


def test_1_damaged_or_foreign_files_are_answered_by_a_sentence(road_world, tmp_path, extract):
    foreign = tmp_path / "page.osm"
    foreign.write_text("<html></html>")
    cut = tmp_path / "cut.osm"
    cut.write_text('<?xml version="1.0"?><osm version="0.6"><node id="1"')
    for path in (foreign, cut, tmp_path / "absent.osm.pbf"):
        with pytest.raises(InputError, match=path.name):
            import_osm(path)
    assert extract({5: ((1, 2), ROAD)}, order="wnr").arc_count == 2


def test_2_ways_split_where_they_meet_and_parallel_arcs_stay(road_world, extract):
    roads = extract({5: ((1, 2, 3), ROAD), 6: ((2, 4), ROAD), 7: ((2, 5, 3), ROAD)})
    assert road_world.arcs_of(roads, 5) == [(1, 2), (2, 1), (2, 3), (3, 2)]
    assert road_world.arcs_of(roads, 7) == [(2, 3), (3, 2)]


def test_3_missing_nodes_cut_a_way_and_are_counted(road_world, extract):
    roads = extract({5: ((1, 2, 3, 4, 5), ROAD)}, missing=(3,))
    assert road_world.arcs_of(roads, 5) == [(1, 2), (2, 1), (4, 5), (5, 4)]
    assert rejected(roads, "cut by the edge") == 1
    assert rejected(roads, "does not hold") == 1


@pytest.mark.parametrize(
    ("tags", "arcs"),
    [
        ({"oneway": "yes"}, [(1, 2)]),
        ({"oneway": "-1"}, [(2, 1)]),
        ({"junction": "roundabout"}, [(1, 2)]),
        ({"highway": "motorway"}, [(1, 2)]),
        ({"highway": "motorway", "oneway": "no"}, [(1, 2), (2, 1)]),
        ({"oneway": "yes", "oneway:bus": "no"}, [(1, 2), (2, 1)]),
    ],
)
def test_4_one_way_roads(road_world, extract, tags, arcs):
    roads = extract({5: ((1, 2), ROAD | tags)})
    assert road_world.arcs_of(roads, 5) == arcs
    if "oneway:bus" in tags:
        assert roads.access[roads.head == 0].tolist() == [1 << 3]


@pytest.mark.parametrize(
    ("tags", "mask"),
    [
        ({"access": "no", "bus": "yes"}, 0b01000),
        ({"motor_vehicle": "private", "emergency": "yes"}, 0b00010),
        ({"access": "emergency"}, 0b00010),
        ({"hgv": "no"}, 0b01111),
        ({"access": "destination"}, 0b11111),
        ({"highway": "busway"}, 0b01000),
    ],
)
def test_5_access_by_class_the_most_specific_key_last(extract, tags, mask):
    assert set(extract({5: ((1, 2), ROAD | tags)}).access.tolist()) == {mask}


def test_6_a_barrier_stops_only_whom_it_stops(road_world, extract):
    trap = {2: (0.002, 0.0, {"barrier": "bus_trap"})}
    roads = extract({5: ((1, 2, 3), ROAD)}, nodes=trap)
    ends = road_world.places_at(roads, 1, 3)
    for profile, reached in ((road_world.CAR, False), (road_world.BUS, True)):
        found = travel_matrices(roads, ends, [profile], (), (), road_world.AT, snap_limit_m=50.0)
        assert bool(found.matrices[0].travel_time_s[0, 1] >= 0) == reached
    shut = extract({5: ((1, 2, 3), ROAD)}, nodes={2: (0.002, 0.0, {"barrier": "bollard"})})
    assert shut.arc_count == 4
    assert rejected(shut, "no vehicle class may pass") == 2


@pytest.mark.parametrize(
    ("tags", "field", "value"),
    [
        ({"maxweight": "3500 kg"}, "maxweight_t", 3.5),
        ({"maxweight": "16000 lbs"}, "maxweight_t", 7.257),
        ({"maxweight": "none"}, "maxweight_t", np.nan),
        ({"maxheight": "12'6&quot;"}, "maxheight_m", 3.81),
        ({"maxspeed": "30 mph"}, "maxspeed_kmh", 48.28),
        ({"maxspeed": "XX:urban"}, "maxspeed_kmh", 50),
        ({"maxspeed": "70;50"}, "maxspeed_kmh", 50),
    ],
)
def test_7_limits_with_units(extract, tags, field, value):
    roads = extract({5: ((1, 2), ROAD | tags)})
    assert getattr(roads, field) == pytest.approx([value, value], abs=0.01, nan_ok=True)
    unread = extract({5: ((1, 2), ROAD | {"maxweight": "light"})})
    assert rejected(unread, "maxweight") == 1


def test_8_turn_restrictions(extract):
    cross = {5: ((1, 2), ROAD), 6: ((2, 3), ROAD), 7: ((2, 4), ROAD)}

    def ban(kind, **tags):
        members = (("way", 5, "from"), ("node", 2, "via"), ("way", 6, "to"))
        return {1: (members, {"type": "restriction", "restriction": kind} | tags)}

    assert extract(cross, relations=ban("no_left_turn")).turn_bans.tolist() == [[5, 2, 6]]
    only = extract(cross, relations=ban("only_left_turn"))
    assert only.turn_bans.tolist() == [[5, 2, 5], [5, 2, 7]]
    spared = extract(cross, relations=ban("no_left_turn", **{"except": "psv"}))
    assert spared.turn_ban_access.tolist() == [0b10011]
    over_way = {1: ((("way", 5, "from"), ("way", 6, "via"), ("way", 7, "to")),
                    {"type": "restriction", "restriction": "no_u_turn"})}  # fmt: skip
    assert rejected(extract(cross, relations=over_way), "do not join in its order") == 1


def test_9_what_is_no_road_is_counted_by_reason(extract):
    roads = extract(
        {
            5: ((1, 2), ROAD),
            6: ((2, 3), {"route": "ferry"}),
            7: ((3, 4), {"highway": "footway"}),
            8: ((4, 5, 6, 4), {"highway": "service", "area": "yes"}),
            9: ((2, 7, 8, 2), ROAD),
            10: ((1,), ROAD),
        }
    )
    assert set(roads.way_id.tolist()) == {5, 9}
    reasons = ("ferry", "footway", "drawn as an area", "fewer than two nodes")
    assert [rejected(roads, words) for words in reasons] == [1, 1, 1, 1]


def test_10_hand_made_tables(tiny_scenario):
    links = tiny_scenario / "roads" / "links.csv"
    text = links.read_text()
    head = text.splitlines()[0].split(",")
    for row in ({"link_id": "90", "from_node": "1", "to_node": "99", "highway": "track"},
                {"link_id": "91", "from_node": "1", "to_node": "1", "highway": "track"},
                {"link_id": "92", "from_node": "1", "to_node": "2", "highway": "track",
                 "length_m": "5", "oneway": "yes"}):  # fmt: skip
        text += ",".join(row.get(name, "") for name in head) + "\n"
    links.write_text(text)
    roads, findings = read_road_tables(tiny_scenario, "roads")
    assert 90 not in roads.way_id
    assert 91 not in roads.way_id
    assert np.count_nonzero(roads.way_id == 92) == 1
    assert np.count_nonzero(roads.way_id == 1) == 2
    assert [finding.row for finding in findings] == [8, 9, 10]
    assert "shorter than the straight line" in findings[2].message


def test_11_the_kept_network_is_the_network(extract, tmp_path):
    roads = extract({5: ((1, 2), ROAD)})
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    save_network(roads, first)
    save_network(load_network(first), second)
    assert first.read_bytes() == second.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("safepassage.adapters.roads.FORMAT_VERSION", 3)
        with pytest.raises(VersionError, match="import the extract again"):
            load_network(first)


def test_12_facts_count_from_their_start_until_before_their_end(road_world):
    roads = road_world.line(2)
    at = road_world.AT
    starts = road_world.area("A", -1, -1, 1, 1, since=at)
    ended = road_world.area("A", -1, -1, 1, 1, until=at)
    found = read_situation(roads, (starts,), (), at)
    assert [found.holders[side] for side in found.side] == [("A",), ("A",)]
    assert read_situation(roads, (ended,), (), at).side.tolist() == [0, 0]
    over = road_world.hazard("h", (-1, -1, 1, 1), age_days=1, until=at)
    assert read_situation(roads, (), (over,), at).rate_per_h.tolist() == [0.0, 0.0]


def test_13_an_arc_is_held_by_all_on_whose_ground_it_lies(road_world):
    roads = road_world.line(4)
    control = (road_world.area("A", -1, -1, 0.016, 1), road_world.area("B", 0.014, -1, 1, 1))
    found = read_situation(roads, control, (), road_world.AT)
    assert [found.holders[side] for side in found.side[::2]] == [("A",), ("A", "B"), ("B",)]
    assert found.crosses.tolist() == [False, False, True, True, False, False]
    only_a = TravelProfile(VehicleClass.BUS, frozenset("A"))
    shut = build_metric(roads, found, only_a, 0.0).shut[::2]
    assert shut.tolist() == [0, int(Shut.SIDE), int(Shut.SIDE)]


def test_14_severity_one_closes_and_the_rest_adds_up(road_world):
    roads = road_world.line(3)
    half = road_world.hazard("half", (0.005, -1, 0.01, 1), 0.4)
    whole = road_world.hazard("whole", (-1, -1, 0.01, 1), 0.2)
    closing = road_world.hazard("closing", (0.015, -0.001, 0.016, 0.001), 1.0)
    found = read_situation(roads, (), (half, whole, closing), road_world.AT)
    assert found.rate_per_h[0] == pytest.approx(0.5 * 0.4 + 0.2, rel=1e-3)
    assert found.closed_by.tolist() == [-1, -1, 2, 2]


def test_15_old_facts_cost_more_up_to_three_times(road_world):
    here = (road_world.place("p", 0.0, 0.0),)
    rates = [
        place_rates_per_h(
            here, (road_world.hazard("h", (-1, -1, 1, 1), 0.5, age_days=days),), road_world.AT
        )[0]
        for days in (0, 30, 60, 600)
    ]
    assert rates == pytest.approx([0.5, 1.0, 1.5, 1.5])


def test_16_the_lowest_speed_counts(road_world):
    nodes = {1: (0.0, 0.0), 2: (0.01, 0.0)}
    options = ({}, {"speed": 40}, {"surface": "gravel"}, {"surface": "sand"})
    roads = road_world.network(nodes, [(way, 1, 2, kind) for way, kind in enumerate(options)])
    assert arc_speeds_kmh(roads, VehicleClass.BUS)[::2].tolist() == [60.0, 36.0, 25.0, 0.0]
    found = read_situation(roads, (), (), road_world.AT)
    shut = build_metric(roads, found, road_world.BUS, 0.0).shut[::2]
    assert shut.tolist() == [0, 0, 0, int(Shut.ACCESS)]


def test_17_signed_limits_shut_a_road_to_the_heavier_vehicle(road_world):
    roads = road_world.network({1: (0, 0), 2: (0.01, 0)}, [(1, 1, 2, {"weight_t": 7.5})])
    found = read_situation(roads, (), (), road_world.AT)

    def shut(weight_t):
        profile = TravelProfile(VehicleClass.BUS, weight_t=weight_t)
        return build_metric(roads, found, profile, 0.0).shut.tolist()

    assert shut(7.5) == [0, 0]
    assert shut(7.6) == [int(Shut.LIMIT)] * 2
    assert shut(None) == [0, 0]


def test_18_costs_are_whole_numbers(road_world):
    roads = road_world.line(2)
    found = read_situation(roads, (), (road_world.hazard("h", (-1, -1, 1, 1)),), road_world.AT)
    metric = build_metric(roads, found, road_world.BUS, 3600.0)
    assert metric.travel_time_ms.tolist() == [60_000, 60_000]
    assert metric.exposure_nano.tolist() == [8_333_333, 8_333_333]
    assert metric.cost_ms.tolist() == [90_000, 90_000]


def test_19_places_are_bound_to_the_main_part_within_the_limit(road_world):
    roads = road_world.network(
        {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0), 4: (0.02, 0.005), 5: (0.03, 0.005)},
        [(1, 1, 2), (2, 2, 3), (3, 4, 5)],
    )
    places = (
        road_world.place("near_island", 0.02, 0.004),
        road_world.place("gate", 0.05, 0.0, "crossing"),
    )
    snaps = snap_places(roads, places, 2000.0, (road_world.BUS,))
    assert snaps.found[0].node == 2
    assert snaps.found[0].distance_m == pytest.approx(442.3, abs=0.5)
    assert "cut off from the rest" in snaps.found[0].warnings[0]
    assert snaps.refused[0][1].startswith("Crossing with no road: 'gate'")
    control = (road_world.area("A", -1, -1, 0.012, 1), road_world.area("B", 0.018, -1, 1, 1))
    border = (road_world.place("home", 0.0115, 0.0), road_world.place("west", 0.0, 0.0))
    bound = travel_matrices(roads, border, [road_world.BUS], control, (), road_world.AT)
    assert bound.matrices[0].travel_time_s[0, 1] == 60


def test_20_least_cost_then_time_then_exposure_and_bans_hold(road_world):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0), 4: (0.01, 0.01)}
    links = [(1, 1, 2), (2, 2, 3), (3, 2, 4)]
    roads = road_world.network(nodes, links, bans=[(1, 2, 2)])
    found = matrices_of(road_world, roads, (1, 3), road_world.BUS)
    assert minutes(found) == 4  # on to 4, round, and back to 2: from there the turn is free
    assert minutes(found, 1, 0) == 2
    cars_only = road_world.network(nodes, links, bans=[(1, 2, 2)], ban_access=[1])
    assert minutes(matrices_of(road_world, cars_only, (1, 3), road_world.BUS)) == 2


def test_21_seconds_are_rounded_up_once_per_leg(road_world):
    roads = road_world.network(
        {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0)},
        [(1, 1, 2, {"length_m": 10.0}), (2, 2, 3, {"length_m": 10.0})],
    )
    found = matrices_of(road_world, roads, (1, 2, 3), road_world.BUS).matrices[0].travel_time_s
    assert found.tolist() == [[0, 1, 2], [1, 0, 1], [2, 1, 0]]
    closed = road_world.hazard("h", (0.012, -1, 0.014, 1), 1.0)
    cut = matrices_of(road_world, roads, (1, 3), road_world.BUS, hazards=(closed,))
    assert cut.matrices[0].travel_time_s.tolist() == [[0, -1], [-1, 0]]


def test_22_both_methods_give_the_same_numbers(road_world):
    roads = import_osm(road_world.HELSINKI)
    picks = np.random.default_rng(1).choice(roads.node_count, 25, replace=False)
    places = tuple(
        road_world.place(f"p{node}", roads.node_lon[node], roads.node_lat[node]) for node in picks
    )
    middle = float(np.median(roads.node_lon))
    control = (road_world.area("A", 0, 0, middle, 90), road_world.area("B", middle, 0, 90, 90))
    hazards = tuple(
        road_world.hazard(
            f"h{node}", (lon - 0.002, lat - 0.001, lon + 0.002, lat + 0.001), severity
        )
        for node, lon, lat, severity in zip(
            picks[:6],
            roads.node_lon[picks],
            roads.node_lat[picks],
            (0.2, 0.5, 1.0) * 2,
            strict=False,
        )
    )
    profiles = [road_world.CAR, TravelProfile(VehicleClass.BUS, frozenset("A"), weight_t=12.0)]
    fast, plain = (
        travel_matrices(roads, places, profiles, control, hazards, road_world.AT, method=method)
        for method in ("fast", "dijkstra")
    )
    for one, other in zip(fast.matrices, plain.matrices, strict=True):
        assert np.array_equal(one.travel_time_s, other.travel_time_s)
        assert np.array_equal(one.exposure, other.exposure)
    assert fast.unreachable == plain.unreachable


def test_23_every_cut_off_place_is_explained(road_world):
    nodes = {number: (0.01 * number, 0.0) for number in range(1, 6)}
    links = [(1, 1, 2), (2, 2, 3), (3, 3, 4, {"weight_t": 3.5}), (4, 4, 5)]
    roads = road_world.network(nodes, links)
    heavy = TravelProfile(VehicleClass.BUS, frozenset("A"), weight_t=12.0)
    light = replace(heavy, weight_t=None)
    control = (road_world.area("A", 0, -1, 0.045, 1), road_world.area("B", 0.045, -1, 1, 1))
    closed = road_world.hazard("bridge7", (0.024, -1, 0.026, 1), 1.0, kind="broken_bridge")

    def sentences(profile, hazards, refs=(1, 2, 3, 4, 5)):
        found = matrices_of(road_world, roads, refs, profile, control, hazards)
        return " ".join(found.unreachable)

    assert "'n5': it lies on territory held by B" in sentences(light, ())
    assert "closed by hazard 'bridge7' (broken_bridge)" in sentences(light, (closed,))
    limited = " ".join(matrices_of(road_world, roads, (1, 2, 5), heavy).unreachable)
    assert "Place with no road" in limited or "limit" in limited


def test_24_the_menu_is_the_whole_front(road_world):
    roads, hazards = ladder(road_world, rungs=4)
    start, end = road_world.places_at(roads, 1, 2)
    menu = corridor_menu(roads, start, end, road_world.BUS, (), hazards, road_world.AT, most=9)
    assert [option.travel_time_s for option in menu.options] == [60, 120, 180, 240]
    exposures = [option.exposure for option in menu.options]
    assert exposures == sorted(exposures, reverse=True)
    assert exposures[-1] == 0
    short = corridor_menu(roads, start, end, road_world.BUS, (), hazards, road_world.AT, most=2)
    assert [option.travel_time_s for option in short.options] == [60, 240]
    assert "2 of 4" in short.options[0].reason


def ladder(road_world, rungs):
    """Parallel ways from 1 to 2, each a minute longer and less exposed than the one before."""
    nodes = {1: (0.0, 0.0), 2: (0.01, 0.0)}
    links, hazards = [], []
    for rung in range(rungs):
        north = 0.02 * rung
        nodes[10 + rung] = (0.005, north)
        half = {"length_m": 500.0 * (rung + 1), "oneway": True}
        links += [(10 + rung, 1, 10 + rung, half), (20 + rung, 10 + rung, 2, half)]
        severity = 0.9 / (rung + 1) ** 3
        if rung < rungs - 1:
            bounds = (0.004, north - 0.001, 0.006, north + 0.001)
            hazards.append(road_world.hazard(f"h{rung}", bounds, severity))
    links.append((30, 2, 1, {"oneway": True, "length_m": 99_000.0}))
    return road_world.network(nodes, links), tuple(hazards)


def test_25_options_are_cut_where_the_side_changes(road_world):
    nodes = {number: (0.01 * (number - 1), 0.0) for number in range(1, 5)}
    bridge = {"bridge": True, "weight_t": 20.0}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 2, 3, bridge), (3, 3, 4)])
    since = road_world.AT - timedelta(days=40)
    control = (
        road_world.area("A", -1, -1, 0.012, 1, since=since),
        road_world.area("B", 0.018, -1, 1, 1),
    )
    legs = [road_world.places_at(roads, 1, 4)]
    (route,) = chosen_routes(roads, legs, road_world.BUS, control, (), road_world.AT)
    assert [segment.side for segment in route.segments] == ["A", "", "B"]
    assert sum(segment.travel_time_s for segment in route.segments) == route.travel_time_s == 180
    assert route.bridges == ((2, 20.0),)
    assert route.way_ids == (1, 2, 3)
    assert route.oldest_fact == since.date().isoformat()


def test_26_exports_say_whose_roads_and_that_they_are_schematic(road_world):
    roads = replace(road_world.line(3), schematic=True, attribution="Drawn by hand")
    legs = [road_world.places_at(roads, 1, 3)]
    routes = chosen_routes(roads, legs, road_world.BUS, (), (), road_world.AT)
    clockwise = road_world.area("A", 0, 0, 1, 1)
    clockwise = replace(clockwise, polygons=((clockwise.polygons[0][0][::-1],),))
    document = json.loads(json.dumps(corridors_geojson(routes, roads, (clockwise,))))
    assert document["schematic"] is True
    for feature in document["features"]:
        assert feature["properties"]["attribution"] == "Drawn by hand"
        assert "Schematic" in feature["properties"]["notice"]
    ring = document["features"][0]["geometry"]["coordinates"][0][0]
    assert sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) > 0
    line = document["features"][1]["geometry"]["coordinates"]
    assert line == [[0.0, 0.0], [0.01, 0.0], [0.02, 0.0]]
    root = ET.fromstring(corridors_gpx(routes, roads, "Test"))
    space = {"g": "http://www.topografix.com/GPX/1/1"}
    assert root.get("version") == "1.1"
    assert "Schematic" in root.findtext("g:metadata/g:desc", namespaces=space)
    assert "Schematic" in root.findtext("g:trk/g:desc", namespaces=space)
    assert len(root.findall(".//g:trkpt", space)) == 3


def test_10_the_scenario_says_where_its_roads_are(tiny_scenario):
    source = RoadSource("roads", "Drawn by hand", schematic=True)
    roads = load_roads(tiny_scenario, source)
    assert roads.schematic
    assert roads.attribution == "Drawn by hand"
    (tiny_scenario / "roads" / "nodes.csv").unlink()
    with pytest.raises(InputError, match=r"nodes\.csv"):
        load_roads(tiny_scenario, source)


def test_15_the_model_is_the_callers_to_change(road_world):
    calm = replace(DEFAULT_HAZARD_MODEL, age_factor_limit=1.0)
    danger = road_world.hazard("h", (-1, -1, 1, 1), 0.5, age_days=60)
    assert calm.rate_per_h(danger, road_world.AT) == 0.5
