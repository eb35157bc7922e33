from safepassage.core.corridor.cuts import separating_cut
from safepassage.core.corridor.metric import Shut, build_metric
from safepassage.core.corridor.reasons import cut_words
from safepassage.core.corridor.situation import read_situation

FLOOD = (0.012, -1.0, 0.018, 1.0)
"""Over the middle of the river."""


def river(road_world, bridges):
    """Two towns of three junctions, a river between, bridges at some of the junctions."""
    nodes = {
        row * 10 + side: (0.01 * side, 0.01 * row) for row in range(3) for side in (0, 1, 2, 3)
    }
    links = [(1, 0, 10), (2, 10, 20), (3, 3, 13), (4, 13, 23)]
    links += [(100 + row, row * 10, row * 10 + 1) for row in range(3)]
    links += [(300 + row, row * 10 + 2, row * 10 + 3) for row in range(3)]
    links += [(200 + row, row * 10 + 1, row * 10 + 2, {"bridge": True}) for row in bridges]
    return road_world.network(nodes, links)


def metric_of(road_world, roads, hazards):
    situation = read_situation(roads, (), hazards, road_world.AT)
    return build_metric(roads, situation, road_world.BUS, 0.0)


def cut_of(road_world, roads, hazards, lifting=Shut.HAZARD, towards=True):
    metric = metric_of(road_world, roads, hazards)
    return separating_cut(roads, metric, 3, 0, lifting, towards=towards)


def test_both_bridges_are_named(road_world):
    roads = river(road_world, (0, 2))
    flood = (road_world.hazard("flood", FLOOD, 1.0, kind="flood"),)
    cut = cut_of(road_world, roads, flood)
    assert cut.ways == (200, 202)
    assert cut.bridges == (200, 202)
    assert len(cut.arcs) == 2
    assert cut_words(roads, cut, towards=True) == (
        "shut on the way there: bridge on way 200, bridge on way 202"
    )


def test_fewer_roads_are_named_before_more(road_world):
    """The bridges are flooded and so is the one road behind the last house."""
    roads = river(road_world, (0, 1, 2))
    town = (road_world.hazard("fire", (0.022, 0.018, 0.028, 0.022), 1.0),)
    flood = road_world.hazard("flood", FLOOD, 1.0, kind="flood")
    metric = metric_of(road_world, roads, (*town, flood))
    last_house = roads.node_ref.tolist().index(22)
    cut = separating_cut(roads, metric, last_house, 0, Shut.HAZARD, towards=False)
    assert len(cut.ways) == 2  # its own two roads, not the three bridges
    assert cut.ways == (202, 302)
    assert cut_words(roads, cut, towards=False).startswith("shut on the way back: ")


def test_open_roads_leave_nothing_to_cut(road_world):
    roads = river(road_world, (0, 1))
    assert cut_of(road_world, roads, ()) is None


def test_without_any_road_the_cut_is_empty(road_world):
    cut = cut_of(road_world, river(road_world, ()), ())
    assert cut.arcs.tolist() == []
    assert cut.ways == ()


def test_roads_shut_for_another_reason_stay_out_of_account(road_world):
    roads = river(road_world, (0, 2))
    flood = (road_world.hazard("flood", FLOOD, 1.0, kind="flood"),)
    assert cut_of(road_world, roads, flood, Shut.SIDE).ways == ()


def test_more_roads_than_a_sentence_holds_are_counted(road_world):
    nodes = {1: (0.0, 0.0), 2: (0.02, 0.0)}
    roads = road_world.network(nodes, [(way, 1, 2) for way in range(1, 6)])
    closed = (road_world.hazard("h", (0.008, -1, 0.012, 1), 1.0),)
    metric = metric_of(road_world, roads, closed)
    cut = separating_cut(roads, metric, 1, 0, Shut.HAZARD, towards=True)
    assert cut_words(roads, cut, towards=True) == (
        "shut on the way there: way 1, way 2, way 3 and 2 more"
    )
