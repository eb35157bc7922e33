"""docs/spec/03-corridor.md §30 to §39, one test per rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from safepassage.adapters.road_hierarchy import kept_topology, load_topology, save_topology
from safepassage.core.corridor.matrices import bind_places, travel_matrices
from safepassage.core.corridor.metric import build_metric
from safepassage.core.corridor.router import prepare_roads, roads_digest, router, turning_nodes
from safepassage.core.corridor.situation import read_situation
from safepassage.core.corridor.types import Closure, VehicleClass
from safepassage.errors import InputError

METHODS = pytest.mark.parametrize("method", ["fast", "dijkstra"])
BUS = VehicleClass.BUS


def answers(road_world, roads, method="fast", *, hazards=(), closures=(), weight_s=3600.0):
    situation = read_situation(roads, (), hazards, road_world.AT, closures=closures)
    metric = build_metric(roads, situation, road_world.BUS, weight_s)
    return router(prepare_roads(roads, BUS), metric, method)


def detour(road_world, **more):
    """From 1 to 3 over 2, in 120 s, or over 4, in 240 s."""
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0), 4: (0.01, 0.02)}
    around = {"length_m": 2000.0}
    links = [(1, 1, 2), (2, 2, 3), (3, 1, 4, around), (4, 4, 3, around)]
    return road_world.network(nodes, links, **more)


@METHODS
def test_30_any_junction_is_an_end_and_the_triple_decides(road_world, method):
    found = answers(road_world, detour(road_world), method)
    assert found.times_from(3).travel_time_ms.tolist() == [120_000, 180_000, 120_000, 0]
    danger = (road_world.hazard("h", (0.004, -0.001, 0.006, 0.001), 0.9),)
    wary = answers(road_world, detour(road_world), method, hazards=danger, weight_s=1e6)
    route = wary.route(0, 2)
    assert (route.cost_ms, route.travel_time_ms, route.exposure_nano) == (240_000, 240_000, 0)


def test_31_what_is_prepared_does_not_depend_on_facts(road_world):
    roads = detour(road_world)
    other_limits = replace(roads, maxspeed_kmh=np.full(roads.arc_count, 20, dtype=np.float32))
    assert roads_digest(roads, BUS) == roads_digest(other_limits, VehicleClass.CAR)
    banned = detour(road_world, bans=[(1, 2, 2)])
    assert roads_digest(banned, BUS) != roads_digest(roads, BUS)


@METHODS
def test_32_a_forbidden_run_is_not_driven_but_may_be_begun(road_world, method):
    """Ways 1, 2, 3 may not follow each other: from 1 to 4 the bus goes round by 5, 90 s longer."""
    nodes = {number: (0.01 * number, 0.0) for number in range(1, 5)} | {5: (0.025, 0.01)}
    links = [(number, number, number + 1) for number in (1, 2, 3)]
    links += [(4, 2, 5, {"length_m": 1500.0}), (5, 5, 3)]
    roads = road_world.network(nodes, [(*link[:3], {**dict(*link[3:]), "oneway": True})
                                       for link in links])  # fmt: skip
    run = replace(roads, turn_path_offset=np.array([0, 3]), turn_path_arc=np.array([0, 1, 2]))
    assert answers(road_world, roads, method).route(0, 3).travel_time_ms == 180_000
    found = answers(road_world, run, method)
    assert run.way_id[found.route(0, 3).arcs].tolist() == [1, 4, 5, 3]
    assert found.route(0, 2).travel_time_ms == 120_000
    assert found.route(1, 3).travel_time_ms == 120_000


@METHODS
def test_33_turning_round_is_said(road_world, method):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0), 4: (0.01, 0.01)}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 2, 3), (3, 2, 4)], bans=[(1, 2, 2)])
    route = answers(road_world, roads, method).route(0, 2)
    assert route.travel_time_ms == 240_000
    assert turning_nodes(roads, route) == (3,)


@METHODS
def test_34_parallel_free_and_closed_arcs(road_world, method):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0)}
    links = [(1, 1, 2), (2, 1, 2, {"length_m": 400.0}), (3, 2, 3, {"length_m": 0.0})]
    roads = road_world.network(nodes, links)
    assert answers(road_world, roads, method).route(0, 2).travel_time_ms == 24_000
    closed = (Closure("c", "test", way_ids=(2,)),)
    without = answers(road_world, roads, method, closures=closed).route(0, 2)
    assert without.travel_time_ms == 60_000


@METHODS
def test_35_the_arcs_of_a_route_add_up_to_the_matrix(road_world, method):
    roads = detour(road_world)
    found = answers(road_world, roads, method)
    every = np.arange(4)
    legs = found.legs(every, every)
    for source in range(4):
        for target in range(4):
            arcs = found.route(source, target).arcs
            assert [source, *roads.head[arcs]] == [*roads.tail[arcs], target]
            assert 60 * roads.length_m[arcs].sum() == legs.travel_time_ms[source, target]


@METHODS
def test_36_from_and_to_a_node_are_rows_and_columns(road_world, method):
    roads = detour(road_world, bans=[(1, 2, 2), (4, 4, 3)])
    found = answers(road_world, roads, method)
    every = np.arange(4)
    times = found.legs(every, every).travel_time_ms
    for node in range(4):
        assert found.times_from(node).travel_time_ms.tolist() == times[node].tolist()
        assert found.times_to(node).travel_time_ms.tolist() == times[:, node].tolist()


def test_37_the_reason_names_the_bridges_that_separate(road_world):
    nodes = {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.0, 0.01), 4: (0.01, 0.01)}
    links = [(1, 1, 3), (2, 2, 4), (7, 1, 2, {"bridge": True}), (8, 3, 4)]
    roads = road_world.network(nodes, links)
    flood = (road_world.hazard("river", (0.004, -1, 0.006, 1), 1.0, kind="flood"),)
    places = road_world.places_at(roads, 1, 3, 2)
    found = travel_matrices(roads, places, [road_world.BUS], (), flood, road_world.AT)
    assert found.unreachable == (
        (
            "Bus: no way to and from 'n2': the road is closed by hazard 'river' (flood); "
            "shut on the way there: bridge on way 7, way 8."
        ),
    )


def test_38_a_kept_hierarchy_is_used_or_built_again(road_world, tmp_path):
    roads = detour(road_world)
    topology = kept_topology(roads, BUS, tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    save_topology(topology, path)
    assert path.read_bytes() == whole
    path.write_bytes(whole[:-30])
    with pytest.raises(InputError, match="built again"):
        load_topology(path, roads, BUS)
    kept_topology(roads, BUS, tmp_path)
    assert path.read_bytes() == whole


def test_39_a_shut_place_is_refused_and_what_is_there_is_used(road_world):
    roads = road_world.line(3)
    places = road_world.places_at(roads, 1, 2, 3)
    shut = (Closure("siege", "test", place_id="n3", classes=frozenset({BUS})),)
    profiles = [road_world.BUS, road_world.CAR]

    def found(**more):
        return travel_matrices(
            roads, places, profiles, (), (), road_world.AT, closures=shut, **more
        )

    new = found()
    assert [item.travel_time_s[0, 2] for item in new.matrices] == [-1, 103]
    assert new.unreachable == ("Bus: 'n3' cannot be reached or left: closure 'siege'.",)
    kept = found(
        topologies={BUS: prepare_roads(roads, BUS)},
        bound=bind_places(roads, places, profiles, (), road_world.AT),
    )
    for one, other in zip(new.matrices, kept.matrices, strict=True):
        assert one.travel_time_s.tolist() == other.travel_time_s.tolist()
