"""docs/spec/03-corridor.md §40 to §51: one test per rule; roads of a minute each where timed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from tests.road_world import AT, BUS, hazard, line, network, places_at

from safepassage.core.corridor.alternatives import alternative_corridors
from safepassage.core.corridor.ends import ends_of
from safepassage.core.corridor.graph import arc_costs
from safepassage.core.corridor.menu import corridor_menu, menu_of
from safepassage.core.corridor.metric import build_metric
from safepassage.core.corridor.options import read_ground
from safepassage.core.corridor.pareto import pareto_front, pareto_fronts, prepare_menus
from safepassage.core.corridor.router import prepare_roads
from safepassage.core.corridor.situation import DEFAULT_HAZARD_MODEL, read_situation
from safepassage.core.corridor.speeds import DEFAULT_SPEEDS
from safepassage.core.corridor.timed import nodes_of
from safepassage.core.corridor.timed_menu import Waiting, timed_menu
from safepassage.core.corridor.types import Closure, ClosureKind, VehicleClass
from safepassage.core.corridor.vitality import vital_parts
from safepassage.errors import InfeasibleError, RefusedError

MINUTE = timedelta(minutes=1)


def ground_of(roads, start, end, *, hazards=(), more=(), risk_weight_s=0.0, closures=()):
    """What a bus sees at AT between two nodes; other places stand between them."""
    first, *between, last = places_at(roads, start, *more, end)
    return read_ground(
        roads, (first, *between, last), BUS, ((), hazards, AT), risk_weight_s, 2000.0,
        (DEFAULT_SPEEDS, DEFAULT_HAZARD_MODEL), closures,
    )  # fmt: skip


def closed(closure_id, first_min, last_min, *ways, **more):
    """Ways shut from one minute after AT until another."""
    return Closure(
        closure_id, "test", way_ids=ways, valid_from=AT + first_min * MINUTE,
        valid_to=AT + last_min * MINUTE, **more,
    )  # fmt: skip


def ladder(rungs):
    """Rungs one after another, each with a short way under shelling and a long way without."""
    nodes = {rung: (0.01 * rung, 0.0) for rung in range(rungs + 1)}
    nodes |= {100 + rung: (0.01 * rung + 0.005, 0.02) for rung in range(rungs)}
    links = []
    for rung in range(rungs):
        links += [
            (10 * rung + 1, rung, rung + 1, {"length_m": 1000.0 * 2**rung}),
            (10 * rung + 2, rung, 100 + rung, {"length_m": 1000.0 * 2**rung}),
            (10 * rung + 3, 100 + rung, rung + 1, {"length_m": 1000.0 * 2**rung}),
        ]
    shelled = hazard("h", (-0.1, -0.001, 1.0, 0.001), 0.5)
    return network(nodes, links), shelled


def test_40_every_way_has_one_within_epsilon_and_the_ends_are_exact():
    roads, shelled = ladder(5)
    ground = ground_of(roads, 0, 5, hazards=(shelled,))
    exact = menu_of(ground, most=100, epsilon=0.0)
    near = menu_of(ground, most=100, epsilon=0.2)
    assert exact.found == 32
    assert near.found < 32
    ends = [(one.options[0], one.options[-1]) for one in (exact, near)]
    numbers = [[(way.travel_time_s, way.exposure) for way in pair] for pair in ends]
    assert numbers[0] == numbers[1]
    for way in exact.options:
        assert any(
            other.travel_time_s <= 1.2 * way.travel_time_s
            and other.exposure <= 1.2 * way.exposure + 1e-12
            for other in near.options
        )


def test_41_a_front_too_large_is_answered_within_an_epsilon_and_says_so():
    roads, shelled = ladder(9)
    ground = ground_of(roads, 0, 9, hazards=(shelled,))
    exact = menu_of(ground, most=100)
    assert (exact.found, exact.epsilon) == (512, 0.0)
    near = menu_of(ground, most=100, label_limit=300)
    assert near.epsilon in {0.01, 0.05, 0.25}
    assert f"{100 * near.epsilon:g} %" in near.options[0].reason
    with pytest.raises(RefusedError, match="Ask with epsilon"):
        menu_of(ground, epsilon=0.0, label_limit=300)


def test_42_menus_together_are_the_menus_one_by_one():
    roads, shelled = ladder(4)
    topology = prepare_roads(roads, VehicleClass.BUS)
    graph = topology.graph()
    situation = read_situation(roads, (), (shelled,), AT)
    costs = arc_costs(graph, build_metric(roads, situation, BUS, 0.0))
    pairs = [(start, end) for start in range(9) for end in range(9)]
    fronts = pareto_fronts(prepare_menus(graph, costs, topology.shape), pairs)
    for (start, end), front in zip(pairs, fronts, strict=True):
        alone = pareto_front(graph, costs, start, end)
        numbers = [
            [(way.travel_time_ms, way.exposure_nano) for way in one] for one in (front, alone)
        ]
        assert numbers[0] == numbers[1]


def three_roads():
    """Three roads from 1 to 2 of 10, 11 and 12 km; the first forks half way into 5 and 5.1 km."""
    nodes = {1: (0.0, 0.0), 2: (0.1, 0.0)}
    nodes |= {3: (0.05, 0.0), 4: (0.05, 0.02), 5: (0.05, -0.02), 7: (0.07, 0.01)}
    return network(
        nodes,
        [
            (11, 1, 3, {"length_m": 5000.0}), (12, 3, 2, {"length_m": 5000.0}),
            (13, 3, 7, {"length_m": 2500.0}), (14, 7, 2, {"length_m": 2600.0}),
            (21, 1, 4, {"length_m": 5500.0}), (22, 4, 2, {"length_m": 5500.0}),
            (31, 1, 5, {"length_m": 6000.0}), (32, 5, 2, {"length_m": 6000.0}),
        ],
    )  # fmt: skip


def test_43_different_ways_share_little_and_are_not_much_longer():
    ground = ground_of(three_roads(), 1, 2)
    found = alternative_corridors(ground, 5, overlap_most=0.4, stretch_most=1.15)
    assert [option.way_ids for option in found.options] == [(11, 12), (21, 22)]
    found = alternative_corridors(ground, 5, overlap_most=0.4, stretch_most=1.3)
    assert {option.way_ids for option in found.options} == {(11, 12), (21, 22), (31, 32)}
    assert [way.overlap for way in found.ways] == [0.0, 0.0, 0.0]
    found = alternative_corridors(ground, 5, overlap_most=0.5, stretch_most=1.3)
    assert len(found.options) == 4
    assert alternative_corridors(ground, 2).options == found.options[:2]


def test_44_what_the_loss_of_each_part_costs():
    roads = network(
        {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.02, 0.0), 4: (0.03, 0.0), 5: (0.015, 0.01)},
        [
            (1, 1, 2), (2, 2, 3, {"bridge": True}), (3, 3, 4),
            (4, 2, 5, {"length_m": 2000.0}), (5, 5, 3, {"length_m": 2000.0}),
        ],
    )  # fmt: skip
    found = vital_parts(ground_of(roads, 1, 4))
    ways = [tuple(roads.way_id[list(part.links)].tolist()) for part in found.parts]
    # Without way 1 or 3 there is no way; without the bridge it is 4 minutes over 5 instead of 1.
    assert sorted(ways[:2]) == [(1,), (3,)]
    assert [part.lost_time_ms for part in found.parts[:2]] == [None, None]
    assert ways[2:] == [(2,), (2,)]
    assert [part.lost_time_ms for part in found.parts[2:]] == [180_000, 180_000]
    assert [part.bridge for part in found.parts[2:]] == [False, True]
    assert found.detours[0] is None
    assert found.detours[-1] is not None
    assert found.detours[-1].way_ids == (1, 4, 5, 3)


def test_45_nobody_is_on_a_road_when_it_closes_and_it_is_open_when_it_opens():
    # Ways 1 to 3 of one minute each; way 3 is entered after two minutes and left after three.
    ground = ground_of(line(4), 1, 4)
    for first_min, last_min, arrives_min in ((3, 9, 3), (2.9, 9, 10), (-5, 2, 3), (0, 5, 6)):
        menu = timed_menu(ground, (closed("c", first_min, last_min, 3),), AT)
        assert menu.options[0].arrives_at == AT + arrives_min * MINUTE


def shelled_line():
    """One-way roads 1-2-3-4 and a long one back; the last two of a minute lie under shelling."""
    nodes = {number: (0.01 * (number - 1), 0.0) for number in range(1, 5)}
    links = [(number, number, number + 1, {"oneway": True}) for number in range(1, 4)]
    back = (9, 4, 1, {"oneway": True, "length_m": 200_000.0})
    return network(nodes, [*links, back]), hazard("h", (0.0101, -0.01, 0.1, 0.01), 0.6)


def test_44_the_halves_of_a_loop_are_lost_one_at_a_time():
    roads = network({1: (0.0, 0.0), 2: (0.01, 0.0)}, [(1, 1, 2), (1, 1, 2, {"length_m": 2000.0})])
    (part,) = vital_parts(ground_of(roads, 1, 2)).parts
    assert part.lost_time_ms == 60_000


def test_46_one_may_wait_at_a_junction_where_a_banned_turn_begins():
    roads = network({1: (0.0, 0.0), 2: (0.01, 0.0)}, [(1, 1, 2)], bans=[(1, 2, 1)])
    graph = prepare_roads(roads, VehicleClass.BUS).graph()
    stand = nodes_of(graph, roads)
    assert stand.min() == 0
    arc = np.flatnonzero(graph.link == 0)  # from 1 to the copy of 2 that remembers the ban
    assert stand[graph.head[arc]].tolist() == [1]


def test_46_waiting_is_where_it_is_allowed_and_as_far_ahead_as_is_safe():
    roads, shelled = shelled_line()
    ground = ground_of(roads, 1, 4, hazards=(shelled,), more=(3,))
    rule = closed("c", -5, 30, 3)
    (way,) = timed_menu(ground, (rule,), AT).options
    assert [(stop.lon, stop.rate_per_h) for stop in way.stops] == [(0.0, 0.0)]
    # Neither at the start nor at a junction: nowhere but at place n3.
    there = Waiting(("n3",), at_start=False, at_junctions_up_to_per_h=None)
    (way,) = timed_menu(ground, (rule,), AT, waiting=there).options
    assert [stop.lon for stop in way.stops] == [0.02]
    # Node 2 lies between two roads that both close: nobody waits there.
    both = closed("c", -5, 30, 1, 2, 3)
    with pytest.raises(InfeasibleError):
        timed_menu(
            ground_of(roads, 2, 4), (both,), AT, latest=AT + 20 * MINUTE,
            waiting=Waiting(at_start=False),
        )  # fmt: skip


def test_47_exposure_counts_driving_and_waiting():
    roads, shelled = shelled_line()
    ground = ground_of(roads, 1, 4, hazards=(shelled,), more=(3,))
    there = Waiting(("n3",), at_start=False, at_junctions_up_to_per_h=None)
    (way,) = timed_menu(ground, (closed("c", -5, 30, 3),), AT, waiting=there).options
    # 28 minutes of waiting and 2 of driving at 0.6 per hour.
    assert way.exposure == pytest.approx(0.6 * 30 / 60, rel=1e-3)
    assert way.option.exposure == pytest.approx(0.6 * 2 / 60, rel=2e-2)


def test_48_the_menu_for_a_departure_weighs_waiting_against_another_way():
    # Straight on in 2 minutes once way 2 opens after 10; or 6 minutes through shelling.
    roads = network(
        {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.02, 0.0), 4: (0.01, 0.1)},
        [
            (1, 1, 2), (2, 2, 3),
            (3, 1, 4, {"length_m": 3000.0}), (4, 4, 3, {"length_m": 3000.0}),
        ],
    )  # fmt: skip
    shelled = hazard("h", (-0.1, 0.01, 0.1, 0.2), 0.5)
    menu = timed_menu(ground_of(roads, 1, 3, hazards=(shelled,)), (closed("c", -5, 10, 2),), AT)
    assert [(way.arrives_at - AT) / MINUTE for way in menu.options] == [6, 11]
    assert menu.options[0].exposure > menu.options[1].exposure == 0
    assert menu.options[0].option.reason.startswith("Arrives first")


def test_49_a_wait_says_where_when_and_for_which_rule():
    rules = (closed("dusk", -5, 30, 3), closed("far", 300, 400, 1))
    (way,) = timed_menu(ground_of(line(4), 1, 4), rules, AT).options
    (stop,) = way.stops
    assert stop.closure_ids == ("dusk",)
    assert (stop.begins_at, stop.ends_at) == (AT, AT + 28 * MINUTE)
    assert way.waiting_s == 28 * 60
    assert "28 min of it waiting" in way.option.reason


def test_50_the_sentence_says_when_closures_are_in_the_way():
    ground = ground_of(line(4), 1, 4)
    with pytest.raises(
        InfeasibleError, match=r"closures are in the way\. Without them it takes 3 min"
    ):
        timed_menu(ground, (closed("c", -5, 60, 3),), AT, latest=AT + 50 * MINUTE)
    nowhere = Waiting(at_start=False, at_junctions_up_to_per_h=None)
    (way,) = timed_menu(ground, (closed("c", -5, 6, 3),), AT, waiting=nowhere).options
    assert "passes a junction twice" in way.option.reason


def test_51_a_place_that_is_shut_takes_and_lets_go_nobody():
    ground = ground_of(line(4), 1, 4)
    for place_id in ("n1", "n4"):
        rule = Closure("c", "test", place_id=place_id, valid_to=AT + 20 * MINUTE)
        (way,) = timed_menu(ground, (rule,), AT).options
        assert way.arrives_at >= AT + 20 * MINUTE


def test_a_night_ban_of_trucks_does_not_bind_a_bus_and_a_daily_window_does():
    ground = ground_of(line(4), 1, 4)
    trucks = Closure("t", "test", way_ids=(2,), classes=frozenset({VehicleClass.TRUCK}))
    assert timed_menu(ground, (trucks,), AT).options[0].arrives_at == AT + 3 * MINUTE
    # AT is 12:00 UTC; the road may be used from 13:00 to 15:00 only.
    window = Closure("w", "test", ClosureKind.OPEN_ONLY, way_ids=(2,), daily=(780, 900))
    assert timed_menu(ground, (window,), AT).options[0].arrives_at == AT + 62 * MINUTE


def test_a_topology_gives_the_same_menus():
    roads, shelled = shelled_line()
    topology = prepare_roads(roads, VehicleClass.BUS)
    ground = ground_of(roads, 1, 4, hazards=(shelled,), risk_weight_s=3600.0)
    rule = closed("c", -5, 30, 3)
    assert timed_menu(ground, (rule,), AT) == timed_menu(ground, (rule,), AT, topology=topology)
    one, other = (menu_of(ground, topology=item) for item in (None, topology))
    assert one == other
    one, other = (alternative_corridors(ground, 3, topology=item) for item in (None, topology))
    assert one.options == other.options


def test_closures_shut_ways_of_a_menu_at_a_moment():
    roads = three_roads()
    start, end = places_at(roads, 1, 2)
    shut = closed("c", -5, 5, 12)
    menu = corridor_menu(roads, start, end, BUS, (), (), AT, closures=(shut,))
    assert menu.options[0].way_ids == (11, 13, 14)


def test_one_place_is_no_way():
    ground = ground_of(line(2), 1, 2)
    assert ends_of(ground).source != ends_of(ground).target
    assert np.all(ends_of(ground).costs.cost_ms > 0)
