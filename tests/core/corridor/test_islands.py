import numpy as np

from safepassage.core.corridor.islands import islands, part_of_each_node


def test_a_one_way_street_belongs_to_the_part_it_leads_to(road_world):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0)}
    roads = road_world.network(nodes, [(1, 1, 2), (2, 2, 3, {"oneway": True, "length_m": 500.0})])
    (mainland,) = islands(roads)
    assert (mainland.nodes, mainland.arcs, mainland.length_km) == (3, 3, 1.5)
    assert (mainland.lon, mainland.lat) == (0.01, 0.0)


def test_the_longest_part_is_the_mainland(road_world):
    nodes = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0), 4: (0.05, 0), 5: (0.06, 0), 6: (0.07, 0)}
    links = [(1, 1, 2, {"length_m": 100.0}), (2, 4, 5), (3, 5, 6)]
    roads = road_world.network(nodes, links, ferries=np.array([[2, 9]]))
    mainland, first, alone = islands(roads)
    assert (mainland.length_km, first.length_km, alone.length_km) == (2.0, 0.1, 0.0)
    assert (mainland.ferry, first.ferry, alone.ferry) == (False, True, False)
    assert part_of_each_node(roads).tolist() == [0, 0, 1, 2, 2, 2]


def test_an_empty_network_has_none(road_world):
    assert islands(road_world.network({}, [])) == ()
