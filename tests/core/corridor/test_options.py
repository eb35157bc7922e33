from dataclasses import replace
from datetime import timedelta

import pytest

from safepassage.core.corridor.menu import chosen_routes
from safepassage.core.corridor.options import read_ground
from safepassage.core.corridor.situation import DEFAULT_HAZARD_MODEL
from safepassage.core.corridor.speeds import DEFAULT_SPEEDS


@pytest.fixture
def way(road_world):
    """The way from node 1 to the last one of a line, among areas."""

    def make(roads, control=(), hazards=()):
        ends = road_world.places_at(roads, 1, int(roads.node_ref[-1]))
        return chosen_routes(roads, [ends], road_world.BUS, control, hazards, road_world.AT)[0]

    return make


def test_an_arc_is_cut_where_the_border_crosses_it(way, road_world):
    option = way(
        road_world.line(3),
        (road_world.area("A", -1, -1, 0.0125, 1), road_world.area("B", 0.0125, -1, 1, 1)),
    )
    assert [segment.side for segment in option.segments] == ["A", "B"]
    assert [segment.length_m for segment in option.segments] == pytest.approx([1250, 750], abs=0.01)
    assert option.lengths_by_side == tuple((s.side, s.length_m) for s in option.segments)
    assert option.segments[0].shape[-1] == option.segments[1].shape[0]
    assert option.segments[0].shape[-1] == pytest.approx((0.0125, 0.0))


def test_a_gap_between_two_sides_is_a_segment_that_nobody_is_known_to_hold(way, road_world):
    option = way(
        road_world.line(2),
        (road_world.area("A", -1, -1, 0.004, 1), road_world.area("B", 0.006, -1, 1, 1)),
    )
    assert [segment.side for segment in option.segments] == ["A", "", "B"]
    assert sum(segment.travel_time_s for segment in option.segments) == option.travel_time_s
    assert sum(segment.length_m for segment in option.segments) == pytest.approx(option.length_m)


def test_a_sliver_at_the_border_is_no_segment(way, road_world):
    option = way(
        road_world.line(3),
        (road_world.area("A", -1, -1, 0.0101, 1), road_world.area("B", 0.0101, -1, 1, 1)),
    )
    assert [segment.side for segment in option.segments] == ["A", "B"]
    sliver = (road_world.area("A", -1, -1, 0.0001, 1), road_world.area("B", 0.0001, -1, 1, 1))
    assert [segment.side for segment in way(road_world.line(3), sliver).segments] == ["B"]


def test_ground_that_two_hold_is_a_segment_of_both(way, road_world):
    option = way(
        road_world.line(2),
        (road_world.area("A", -1, -1, 0.006, 1), road_world.area("B", 0.004, -1, 1, 1)),
    )
    assert [segment.side for segment in option.segments] == ["A", "A+B", "B"]


def test_the_oldest_fact_says_what_it_is_and_its_age(way, road_world):
    held = road_world.area("A", -1, -1, 1, 1)
    old = road_world.hazard("h", (0.011, -1, 0.019, 1), age_days=12.5, kind="drone")
    option = way(road_world.line(3), (held,), (old,))
    assert (option.oldest_kind, option.oldest_age_days) == ("drone", 12.5)
    older = replace(held, valid_from=road_world.AT - timedelta(days=40))
    assert way(road_world.line(3), (older,), (old,)).oldest_kind == "control"
    nothing = way(road_world.line(3))
    assert (nothing.oldest_fact, nothing.oldest_kind, nothing.oldest_age_days) == ("", "", None)


def test_each_segment_has_its_own_oldest_fact(way, road_world):
    control = (
        road_world.area("A", -1, -1, 0.01, 1, since=road_world.AT - timedelta(days=3)),
        road_world.area("B", 0.01, -1, 1, 1, since=road_world.AT - timedelta(days=7)),
    )
    option = way(road_world.line(3), control)
    assert [segment.oldest_age_days for segment in option.segments] == [3.0, 7.0]
    assert option.oldest_age_days == 7.0


def test_no_way_is_a_sentence_even_where_a_third_place_has_no_road(road_world):
    roads = road_world.line(3)
    ends = road_world.places_at(roads, 1, 3)
    far = road_world.place("far", 50.0, 50.0)
    wall = (replace(road_world.area("A", 0.005, -1, 0.015, 1)),)
    profile = replace(road_world.BUS, sides=frozenset({"B"}))
    facts = (wall, (), road_world.AT)
    models = (DEFAULT_SPEEDS, DEFAULT_HAZARD_MODEL)
    ground = read_ground(roads, (ends[0], far, ends[1]), profile, facts, 3600.0, 2000.0, models)
    assert "far" not in ground.nodes
    assert "no way" in str(ground.unreachable())
