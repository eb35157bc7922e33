"""Two states of the facts against each other, on roads that a person can draw.

1 - 2 - 3      the short way, 2 km of primary road: a bus takes 120 s
 \\     /
    4          the long way round, 3 km: 180 s
"""

from datetime import timedelta

import numpy as np
import pytest

from safepassage.core.corridor.compare import (
    Facts,
    Measures,
    Verdict,
    compare,
    fresh_routers,
    grounds_at,
    legs_of,
)
from safepassage.core.corridor.matrices import travel_matrices
from safepassage.core.corridor.types import Closure, PlaceKind, TravelProfile, VehicleClass


@pytest.fixture
def world(road_world):
    """The network of the module's drawing."""
    nodes = {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.02, 0.0), 4: (0.01, -0.01)}
    return road_world.network(
        nodes,
        [(12, 1, 2), (23, 2, 3), (14, 1, 4, {"length_m": 1500.0}),
         (43, 4, 3, {"length_m": 1500.0})],
    )  # fmt: skip


def ends(road_world):
    return (
        road_world.place("home", 0.0, 0.0),
        road_world.place("gate", 0.02, 0.0, "crossing"),
    )


def facts(road_world, *, control=(), hazards=(), closures=(), days=0):
    return Facts(
        tuple(control), tuple(hazards), road_world.AT + timedelta(days=days), tuple(closures)
    )


def changes(road_world, world, before, after, profiles=None, places=None):
    places = places or ends(road_world)
    return compare(
        world, places, ["gate"], profiles or (road_world.BUS,), before, after, Measures()
    )


def test_a_closed_bridge_makes_the_way_longer_and_is_named(road_world, world):
    shut = Closure("bridge-out", "engineers", way_ids=(23,))
    before, after = facts(road_world), facts(road_world, closures=[shut])
    (change,) = changes(road_world, world, before, after)
    assert change.verdict is Verdict.CHANGED
    assert (change.before.travel_time_s, change.after.travel_time_s) == (120, 180)
    assert change.causes == ("now shut by closure 'bridge-out' (engineers)",)
    assert world.way_id[change.after.links].tolist() == [14, 43]


def test_when_it_opens_again_the_same_fact_is_named(road_world, world):
    shut = Closure("bridge-out", "engineers", way_ids=(23,))
    (change,) = changes(road_world, world, facts(road_world, closures=[shut]), facts(road_world))
    assert change.causes == ("no longer shut by closure 'bridge-out' (engineers)",)


def test_a_closure_for_trucks_alone_changes_nothing_for_a_bus(road_world, world):
    shut = Closure("no-trucks", "sign", way_ids=(23,), classes=frozenset({VehicleClass.TRUCK}))
    after = facts(road_world, closures=[shut])
    profiles = (road_world.BUS, road_world.TRUCK)
    bus, truck = changes(road_world, world, facts(road_world), after, profiles)
    assert (bus.verdict, truck.verdict) == (Verdict.SAME, Verdict.CHANGED)
    assert bus.causes == ()


def test_both_ways_closed_is_lost_and_says_why(road_world, world):
    mined = [road_world.hazard("field", (0.005, -0.02, 0.006, 0.02), 1.0, kind="mines")]
    (change,) = changes(road_world, world, facts(road_world), facts(road_world, hazards=mined))
    assert change.verdict is Verdict.LOST
    assert change.after.travel_time_s is None
    assert "'field'" in change.after.why_not
    assert change.causes == (
        "now closed by hazard 'field' (mines, severity 1, observed 2025-02-20)",
    )


def test_ground_that_passes_to_the_other_party_is_named_with_its_date(road_world, world):
    area = road_world.area("B", 0.005, -0.02, 0.015, 0.02, since=road_world.AT)
    mine = (TravelProfile(VehicleClass.BUS, frozenset({"A"})),)
    before, after = facts(road_world, days=-1), facts(road_world, days=1)
    before, after = (Facts((area,), (), one.at, ()) for one in (before, after))
    (change,) = changes(road_world, world, before, after, mine)
    assert change.verdict is Verdict.LOST
    assert change.causes == ("now held by B (area 'area_B' since 2025-02-20)",)


def test_a_new_danger_on_the_old_way_is_named_and_one_elsewhere_is_not(road_world, world):
    near = road_world.hazard("drones", (0.012, -0.001, 0.018, 0.001), 0.9, kind="drone")
    far = road_world.hazard("flood", (0.5, 0.5, 0.6, 0.6), 0.9, kind="flood")
    before, after = facts(road_world), facts(road_world, hazards=[near, far])
    (change,) = changes(road_world, world, before, after)
    assert change.verdict is Verdict.CHANGED
    (cause,) = change.causes
    assert cause.startswith("new: hazard 'drones'")


def test_an_older_danger_counts_more_where_nothing_else_happened(road_world, world):
    old = road_world.hazard("mines", (0.012, -0.02, 0.018, 0.02), 0.1, kind="mines", age_days=1)
    before = facts(road_world, hazards=[old])
    (change,) = changes(road_world, world, before, facts(road_world, hazards=[old], days=20))
    assert change.before.travel_time_s == change.after.travel_time_s
    assert change.after.exposure > change.before.exposure
    expected = "counts more: hazard 'mines' (mines, severity 0.1, observed 2025-02-19)"
    assert change.causes == (expected,)


def test_a_shut_place_has_no_way_for_those_whom_the_rule_binds(road_world, world):
    shut = Closure("nobody-in", "the council", place_id="home")
    (change,) = changes(road_world, world, facts(road_world), facts(road_world, closures=[shut]))
    assert change.verdict is Verdict.LOST
    assert "'home' cannot be reached or left" in change.after.why_not


def test_a_place_without_a_road_is_cut_off_before_and_after(road_world, world):
    places = (*ends(road_world), road_world.place("island", 1.0, 1.0))
    shut = Closure("bridge-out", "engineers", way_ids=(23,))
    after = facts(road_world, closures=[shut])
    found = changes(road_world, world, facts(road_world), after, places=places)
    island = next(change for change in found if change.place_id == "island")
    assert island.verdict is Verdict.CUT_OFF
    assert "no road" in island.before.why_not
    assert island.causes == ()


def test_people_come_from_the_hub_to_a_reception_centre(road_world, world):
    one_way = road_world.network(
        {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.02, 0.0)},
        [(12, 1, 2, {"oneway": True}), (23, 2, 3, {"oneway": True}),
         (31, 3, 1, {"oneway": True, "length_m": 5000.0})],
    )  # fmt: skip
    gate = road_world.place("gate", 0.0, 0.0, "crossing")
    centre = road_world.place("centre", 0.02, 0.0, "reception_centre")
    village = road_world.place("village", 0.02, 0.0)
    profile = (road_world.BUS,)
    (ground,) = grounds_at(one_way, (gate, centre, village), profile, facts(road_world), Measures())
    to_centre, from_village = legs_of(ground, "gate", fresh_routers()(ground))
    assert (to_centre.from_hub, to_centre.travel_time_s) == (True, 120)
    assert (from_village.from_hub, from_village.travel_time_s) == (False, 300)
    assert one_way.way_id[to_centre.links].tolist() == [12, 23]
    assert one_way.way_id[from_village.links].tolist() == [31]


def test_legs_are_those_of_the_matrix_and_their_arcs_join(road_world):
    roads = road_world.line(9)
    places = road_world.places_at(roads, 1, 3, 4, 9)
    danger = (road_world.hazard("d", (0.02, -1, 0.03, 1), 0.4),)
    given = facts(road_world, hazards=danger)
    (ground,) = grounds_at(roads, places, (road_world.BUS,), given, Measures())
    matrices = travel_matrices(roads, places, [road_world.BUS], (), danger, road_world.AT)
    for leg in legs_of(ground, "n4", fresh_routers()(ground)):
        row, column = (matrices.place_ids.index(name) for name in (leg.place_id, "n4"))
        assert leg.travel_time_s == matrices.matrices[0].travel_time_s[row, column]
        assert leg.exposure == matrices.matrices[0].exposure[row, column]
        assert np.array_equal(roads.head[leg.links][:-1], roads.tail[leg.links][1:])


def test_a_way_names_the_places_that_it_passes_in_order(road_world):
    roads = road_world.line(5)
    places = road_world.places_at(roads, 5, 4, 2, 1)
    (ground,) = grounds_at(roads, places, (road_world.BUS,), facts(road_world), Measures())
    legs = {leg.place_id: leg for leg in legs_of(ground, "n1", fresh_routers()(ground))}
    assert legs["n5"].via == ("n4", "n2")
    assert legs["n2"].via == ()
    assert all(place.kind is PlaceKind.SETTLEMENT for place in places)


def test_an_unknown_hub_is_refused(road_world, world):
    (ground,) = grounds_at(
        world, ends(road_world), (road_world.BUS,), facts(road_world), Measures()
    )
    with pytest.raises(ValueError, match="no place of the ground"):
        legs_of(ground, "moon", fresh_routers()(ground))
