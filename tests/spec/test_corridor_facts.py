"""One test per numbered rule §55 to §69 of docs/spec/03-corridor.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from safepassage.core.corridor.closures import (
    arcs_of,
    closed_intervals,
    closures_at,
    part_time,
    shut_during,
    shut_throughout,
    unknown_ways,
)
from safepassage.core.corridor.control import areas_from_settlements, held_twice
from safepassage.core.corridor.hazards import (
    DEFAULT_HAZARD_MODEL,
    HazardTerms,
    Precision,
    place_rates_per_h,
    precision_of,
)
from safepassage.core.corridor.metric import build_metric
from safepassage.core.corridor.situation import facts_at_place, holders_at, read_situation
from safepassage.core.corridor.types import (
    CONTESTED,
    TRUCE,
    AssumedHolder,
    Basis,
    Closure,
    ClosureKind,
    DateMeaning,
    HazardKind,
    SettlementFact,
    TravelProfile,
    VehicleClass,
    WhatIf,
)
from safepassage.core.corridor.what_if import GroundFacts, under
from safepassage.errors import UsageError

DAY = timedelta(days=1)
SEEN, SINCE = DateMeaning.SEEN, DateMeaning.SINCE


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(closure, start, end):
    """Closed intervals as hours since `start`."""
    return [
        ((one - start) / timedelta(hours=1), (other - start) / timedelta(hours=1))
        for one, other in closed_intervals(closure, start, end)
    ]


def settlement(name, lon, day, holder, meaning=SEEN):
    word = holder or "unknown"
    return SettlementFact(name, 0.0, lon, utc(day), holder, word, "test", meaning)


def test_55_each_kind_has_its_own_terms_and_they_can_be_changed(road_world):
    terms = {kind: DEFAULT_HAZARD_MODEL.terms_of(kind) for kind in HazardKind}
    assert all(item.source for item in terms.values())
    assert all(item.half_life_days is None for item in terms.values())
    ours = DEFAULT_HAZARD_MODEL.with_terms((HazardTerms(HazardKind.DRONE, 4.0, source="ours"),))
    drone = road_world.hazard("h", (-1, -1, 1, 1), 0.5, kind="drone")
    mines = road_world.hazard("h", (-1, -1, 1, 1), 0.5, kind="mines")
    assert ours.rate_per_h(drone, road_world.AT) == 2.0
    assert ours.rate_per_h(mines, road_world.AT) == 0.5


def test_56_an_old_observation_counts_more_and_a_half_life_takes_away(road_world):
    flood = road_world.hazard("h", (-1, -1, 1, 1), 1.0, kind="flood", age_days=14)
    assert DEFAULT_HAZARD_MODEL.rate_per_h(flood, road_world.AT) == 0.5 * 2
    falling = HazardTerms(HazardKind.FLOOD, 0.5, 14.0, half_life_days=7.0)
    model = DEFAULT_HAZARD_MODEL.with_terms((falling,))
    assert model.rate_per_h(flood, road_world.AT) == 0.5 * 2 * 0.25
    unlimited = replace(DEFAULT_HAZARD_MODEL, age_factor_limit=99.0)
    ancient = road_world.hazard("h", (-1, -1, 1, 1), 1.0, kind="flood", age_days=140)
    assert DEFAULT_HAZARD_MODEL.rate_per_h(ancient, road_world.AT) == 0.5 * 3
    assert unlimited.rate_per_h(ancient, road_world.AT) == 0.5 * 11


def test_57_an_area_or_a_segment_and_waiting_counts(road_world):
    roads = road_world.line(3)
    area = road_world.hazard("area", (-1, -1, 0.001, 1), 0.5)
    ways = replace(area, hazard_id="ways", polygons=(), way_ids=(2,))
    assert (precision_of(area), precision_of(ways)) == (Precision.AREA, Precision.SEGMENT)
    found = read_situation(roads, (), (ways,), road_world.AT)
    assert found.rate_per_h.tolist() == [0.0, 0.0, 0.5, 0.5]
    waiting = (road_world.place("in", 0.0, 0.0), road_world.place("out", 0.02, 0.0))
    rates = place_rates_per_h(waiting, (area, ways), road_world.AT)
    assert rates.tolist() == [0.5, 0.0]
    assert not hasattr(area, "holder")


def test_58_closed_shuts_at_its_times_and_open_only_outside_them():
    start, end = utc("2025-02-20"), utc("2025-02-21")
    window = ((start + timedelta(hours=8), start + timedelta(hours=14)),)
    closed = Closure("c", "test", windows=window)
    assert hours(closed, start, end) == [(8, 14)]
    opened = replace(closed, kind=ClosureKind.OPEN_ONLY)
    assert hours(opened, start, end) == [(0, 8), (14, 24)]
    from_noon = Closure("c", "test", valid_from=start + timedelta(hours=12))
    assert hours(from_noon, start, end) == [(12, 24)]
    both = replace(from_noon, windows=window, daily=(13 * 60, 18 * 60))
    assert hours(both, start, end) == [(13, 14)]
    fridays = replace(closed, windows=(), daily=(20 * 60, 6 * 60), weekdays=frozenset({4}))
    assert hours(fridays, start, start + 3 * DAY) == [(44, 54)]  # the 20th is a Thursday
    assert hours(replace(fridays, daily=None), start, start + 3 * DAY) == [(24, 48)]
    assert closures_at((closed,), start + timedelta(hours=8)) == (closed,)
    assert closures_at((closed,), start + timedelta(hours=14)) == ()


def test_59_daily_hours_run_over_midnight_and_doubtful_hours_are_shut():
    night = Closure("night", "test", daily=(20 * 60, 6 * 60), timezone="Europe/Kyiv")
    start = utc("2025-02-19T22:00")  # midnight there
    assert hours(night, start, start + DAY) == [(0, 6), (20, 24)]
    clocks_back = utc("2025-10-25T21:00")  # midnight there; 03:00 to 04:00 comes twice
    until_half_past = Closure("c", "test", daily=(0, 210), timezone="Europe/Kyiv")
    assert hours(until_half_past, clocks_back, clocks_back + DAY) == [(0, 4.5)]
    opened = replace(until_half_past, kind=ClosureKind.OPEN_ONLY, daily=(210, 300))
    assert hours(opened, clocks_back, clocks_back + DAY) == [(0, 4.5), (6, 24)]


def test_60_arcs_of_ways_areas_and_lines_for_some_classes_and_places_apart(road_world):
    roads = road_world.line(4)
    box = road_world.box(0.0101, -1, 0.0102, 1)
    assert arcs_of(roads, Closure("w", "test", way_ids=(3,))).tolist() == [4, 5]
    assert arcs_of(roads, Closure("a", "test", polygons=box)).tolist() == [2, 3]
    line = ((0.025, 0.0005), (0.026, 0.0005))
    near = Closure("l", "test", line=line, reach_m=60.0)
    assert arcs_of(roads, near).tolist() == [4, 5]
    assert arcs_of(roads, replace(near, reach_m=20.0)).tolist() == []
    no_bus = Closure("b", "test", way_ids=(1,), classes=frozenset({VehicleClass.BUS}))
    home = Closure("p", "test", place_id="n2")
    places = road_world.places_at(roads, 1, 2)
    found = read_situation(
        roads, (), (), road_world.AT, closures=(no_bus, home), places=places
    )  # fmt: skip
    assert found.closure_of.tolist() == [0, 0, -1, -1, -1, -1]
    assert found.shut_places == (("n2", 1),)
    shut = [
        build_metric(roads, found, profile, 0.0).shut.any()
        for profile in (road_world.BUS, road_world.CAR)
    ]
    assert shut == [True, False]


def test_61_a_moment_a_window_and_a_day():
    start = utc("2025-02-20")
    morning = Closure("morning", "test", daily=(0, 9 * 60))
    always = Closure("always", "test")
    day = (start, start + DAY)
    rules = (morning, always)
    assert closures_at(rules, start + timedelta(hours=10)) == (always,)
    window = (start + timedelta(hours=8), start + timedelta(hours=14))
    during = shut_during(rules, (window,))
    assert [item.closure_id for item in during] == ["morning", "always"]
    assert closures_at(during, start + timedelta(hours=12)) == during
    assert [item.closure_id for item in shut_throughout(rules, day)] == ["always"]
    assert part_time(rules, day) == (morning,)


def test_61_ways_that_the_network_has_not_are_named(road_world):
    roads = road_world.line(2)
    rule = Closure("c", "test", way_ids=(1, 77))
    assert unknown_ways(roads, (rule,)) == (
        "closure 'c' names ways that the roads do not have: 77.",
    )


def test_62_overlapping_areas_of_one_holder_count_their_ground_once(road_world):
    roads = road_world.network({1: (0.0, 0.0), 2: (0.01, 0.0)}, [(1, 1, 2)])
    once = road_world.area("B", -1, -1, 0.006, 1)
    within = road_world.area("B", -1, -1, 0.005, 1)
    for control in ((once,), (once, once), (once, within)):
        found = read_situation(roads, control, (), road_world.AT)
        parts = found.metres_by_holder(roads, np.array([0]))
        assert parts == pytest.approx({"B": 600.0, "": 400.0}, rel=1e-4)
        assert found.crosses.tolist() == [True, True]


def test_62_a_long_arc_over_the_line_is_closed_to_both_and_its_parts_are_known(road_world):
    roads = road_world.network({1: (0.0, 0.0), 2: (0.01, 0.0)}, [(1, 1, 2)])
    control = (road_world.area("A", -1, -1, 0.007, 1), road_world.area("B", 0.008, -1, 1, 1))
    found = read_situation(roads, control, (), road_world.AT)
    assert found.holders[found.side[0]] == ("A", "B")
    assert found.holders[found.middle[0]] == ("A",)
    assert found.crosses.tolist() == [True, True]
    parts = found.metres_by_holder(roads, np.array([0]))
    assert parts == pytest.approx({"A": 700.0, "B": 200.0, "": 100.0}, rel=1e-4)
    only_a = TravelProfile(VehicleClass.BUS, frozenset("A"))
    assert build_metric(roads, found, only_a, 0.0).shut.all()
    barely = (road_world.area("A", -1, -1, 0.00995, 1), road_world.area("B", 0.00995, -1, 1, 1))
    within = read_situation(roads, barely, (), road_world.AT)  # 5.6 m of B
    assert within.holders[within.side[0]] == ("A",)
    assert within.crosses.tolist() == [False, False]
    assert not build_metric(roads, within, only_a, 0.0).shut.any()


def test_63_the_facts_under_a_way_and_at_a_place_oldest_first(road_world):
    roads = road_world.line(3)
    old = road_world.area("A", -1, -1, 0.015, 1, since=road_world.AT - 40 * DAY)
    fresh = road_world.hazard("h", (0.0, -1, 0.005, 1), 0.3, age_days=2)
    rule = Closure("c", "test", way_ids=(1,), valid_from=road_world.AT - DAY)
    found = read_situation(roads, (old,), (fresh,), road_world.AT, closures=(rule,))
    on_way = found.facts_on(roads, np.array([0, 2]))
    assert [item.fact.fact_id for item in on_way] == ["area_A", "h", "c"]
    assert [item.metres for item in on_way] == pytest.approx([1500, 500, 1000], rel=1e-3)
    assert [item.fact.age_days(road_world.AT) for item in on_way] == [40, 2, 1]
    here = facts_at_place(road_world.place("p", 0.001, 0), (old,), (fresh,), (rule,), road_world.AT)
    assert [fact.fact_id for fact in here] == ["area_A", "h"]
    assert found.facts_on(roads, np.array([3]))[0].fact.basis is Basis.STATED


def test_64_between_two_dates_is_never_a_fact():
    def areas(at, *facts):
        return [(area.holder, area.words) for area in areas_from_settlements(facts, utc(at))]

    first = settlement("x", 0.0, "2025-01-10", "A")
    seen, since = (settlement("x", 0.0, "2025-01-20", "B", kind) for kind in (SEEN, SINCE))
    assert areas("2025-01-09", first) == []
    between = areas("2025-01-15", first, seen)
    assert [holder for holder, _ in between] == ["A", "B"]
    assert all("when it changed is not known" in words for _, words in between)
    assert [holder for holder, _ in areas("2025-01-15", first, since)] == ["A"]
    assert [holder for holder, _ in areas("2025-01-20", first, seen)] == ["B"]
    again = replace(seen, holder="A", held_by="A")
    ((holder, words),) = areas("2025-01-15", first, again)
    assert holder == "A"
    assert "between" in words


def test_65_cells_are_bounded_and_yield_to_what_is_stated(road_world):
    facts = (settlement("x", 0.0, "2025-01-10", "A"), settlement("y", 0.05, "2025-01-10", "B"))
    at = utc("2025-02-01")
    near = (road_world.place("halfway_x", 0.024, 0), road_world.place("halfway_y", 0.026, 0),
            road_world.place("far", 0.12, 0))  # fmt: skip
    areas = areas_from_settlements(facts, at)
    assert holders_at(near, areas, at) == ("A", "B", "")
    assert {area.basis for area in areas} == {Basis.DERIVED}
    assert areas[0].words == "derived from x: 'A' seen 2025-01-10"
    small = areas_from_settlements(facts, at, reach_m=1000.0)
    assert holders_at(near, small, at) == ("", "", "")
    stated = (replace(road_world.area("C", -1, -1, 0.025, 1, since=at - DAY), area_id="s"),)
    left = areas_from_settlements(facts, at, stated=stated)
    assert [area.holder for area in left] == ["B"]


def test_66_contested_truce_and_unknown_stay_what_they_are(road_world):
    roads = road_world.line(2)
    places = (road_world.place("p", 0.0, 0.0),)
    only_a = TravelProfile(VehicleClass.BUS, frozenset("A"))
    outcomes = {}
    for holder in (CONTESTED, TRUCE, "", "A"):
        facts = (settlement("x", 0.0, "2025-01-10", holder),)
        areas = areas_from_settlements(facts, road_world.AT)
        found = read_situation(roads, areas, (), road_world.AT)
        shut = bool(build_metric(roads, found, only_a, 0.0).shut.any())
        outcomes[holder] = (holders_at(places, areas, road_world.AT)[0], shut)
        assert np.isfinite(found.oldest_fact_s[0])
    assert outcomes == {
        CONTESTED: ("", True),
        TRUCE: ("", True),
        "": ("", False),
        "A": ("A", False),
    }
    disagree = (
        settlement("x", 0.0, "2025-01-10", "A"),
        settlement("x", 0.0, "2025-01-10", "B"),
    )
    both = areas_from_settlements(disagree, road_world.AT)
    assert [area.holder for area in both] == ["A", "B"]
    assert "disagree" in both[0].words


def test_67_ground_held_twice_names_both_and_the_antimeridian_does_not_part(road_world):
    one = replace(road_world.area("A", 0, 0, 1, 1), area_id="one")
    other = replace(road_world.area("B", 0.9, 0, 2, 1), area_id="other")
    later = replace(other, area_id="later", valid_from=road_world.AT + 9 * DAY)
    ended = replace(one, area_id="ended", valid_to=road_world.AT + 5 * DAY)
    (clash,) = held_twice((ended, other, later))
    assert clash.common_km2 == pytest.approx(0.1 * 111.19**2, rel=1e-3)
    assert "'other' (B) covers" in clash.sentence()
    assert "'ended' (A)" in clash.sentence()
    roads = road_world.network({1: (179.995, 0.0), 2: (-179.995, 0.0)}, [(1, 1, 2)])
    east = road_world.area("A", -180.0, -1, -179, 1)
    found = read_situation(roads, (east,), (), road_world.AT)
    assert found.metres_by_holder(roads, np.array([0])) == pytest.approx({"A": 500.0, "": 500.0})
    both = replace(east, polygons=(*east.polygons, *road_world.box(179, -1, 180, 1)))
    whole = read_situation(roads, (both,), (), road_world.AT)
    assert whole.metres_by_holder(roads, np.array([0])) == pytest.approx({"A": 1000.0})
    assert [whole.holders[side] for side in whole.node_side] == [("A",), ("A",)]
    ends = road_world.places_at(roads, 1, 2)
    assert holders_at(ends, (both,), road_world.AT) == ("A", "A")
    nowhere = replace(one, polygons=())
    assert read_situation(roads, (nowhere,), (), road_world.AT).holders == ((),)


@pytest.fixture
def question(road_world):
    """A scenario's facts with one what-if: the way is shut, and B holds the middle."""
    place = road_world.place("mid", 0.01, 0.0)
    return GroundFacts(
        places=(place,),
        control=(road_world.area("A", -1, -1, 1, 1),),
        closures=(
            Closure("fact", "test", way_ids=(1,)),
            Closure("guess", "test", way_ids=(2,), what_if="bad-day"),
        ),
        what_ifs=(WhatIf("bad-day", "What if?"),),
        assumed_holders=(
            AssumedHolder("h", "bad-day", "mid", "B", road_world.AT, None, 300.0, "asked"),
        ),
    )


def test_68_a_what_if_counts_only_when_named(road_world, question):
    facts = under(question, road_world.AT)
    assert [item.closure_id for item in facts.closures] == ["fact"]
    assert [area.holder for area in facts.control] == ["A"]
    asked = under(question, road_world.AT, "bad-day")
    assert [item.closure_id for item in asked.closures] == ["fact", "guess"]
    assert closures_at(question.closures, road_world.AT) == (question.closures[0],)
    with pytest.raises(UsageError, match="accepted: bad-day"):
        under(question, road_world.AT, "good-day")
    several = (question.closures[1], replace(question.closures[1], what_if="worse-day"))
    with pytest.raises(UsageError, match="bad-day, worse-day"):
        read_situation(road_world.line(3), (), (), road_world.AT, closures=several)


def test_69_an_assumed_holder_takes_the_ground_from_its_moment_on(road_world, question):
    roads = road_world.line(3)

    def sides(at):
        control = under(question, at, "bad-day").control
        found = read_situation(roads, control, (), at)
        return [found.holders[side] for side in found.node_side], control

    held, control = sides(road_world.AT)
    assert held == [("A",), ("B",), ("A",)]
    assert control[-1].basis is Basis.ASSUMED
    assert "not a fact" in control[-1].words
    before, _ = sides(road_world.AT - DAY)
    assert before == [("A",)] * 3
