import math

import pytest

from safepassage.adapters import osm_barriers
from safepassage.adapters.osm_barriers import read_node
from safepassage.adapters.osm_tags import ALL, BUS, CAR, NOT_READ, ONE_DIRECTION, TRUCK


@pytest.mark.parametrize(
    ("tags", "mask"),
    [
        ({"barrier": "gate"}, ALL),
        ({"barrier": "gate", "access": "no"}, 0),
        ({"barrier": "bollard"}, 0),
        ({"barrier": "bollard", "bus": "yes"}, BUS),
        ({"barrier": "bus_trap"}, BUS | TRUCK),
        ({"barrier": "no"}, ALL),
        ({"barrier": "gate;bollard"}, 0),
        ({"ford": "yes"}, TRUCK),
        ({"ford": "no"}, ALL),
    ],
)
def test_who_passes_a_barrier(tags, mask):
    passage, notes = read_node(tags)
    assert passage.access == mask
    assert passage.is_free == (mask == ALL)
    assert notes == ()


@pytest.mark.parametrize("kind", ["chain", "tank_trap", "rope", "bar", "debris", "block"])
def test_what_blocks_a_road_stops_all_whom_tags_do_not_name(kind):
    assert read_node({"barrier": kind})[0].access == 0
    assert read_node({"barrier": kind, "hgv": "yes"})[0].access == TRUCK


@pytest.mark.parametrize(
    ("tags", "mask", "said"),
    [
        ({"barrier": "yes"}, 0, osm_barriers.UNKNOWN_KIND),
        ({"barrier": "dragon"}, 0, osm_barriers.UNKNOWN_KIND),
        ({"barrier": "dragon", "access": "yes"}, ALL, osm_barriers.UNKNOWN_KIND),
        ({"barrier": "gate", "locked": "yes"}, 0, osm_barriers.LOCKED),
        ({"barrier": "gate", "locked": "yes", "bus": "yes"}, BUS, osm_barriers.LOCKED),
        ({"barrier": "height_restrictor"}, CAR, osm_barriers.NO_HEIGHT),
        ({"barrier": "gate", "access:conditional": "no @ (20:00-06:00)"}, ALL, NOT_READ),
        ({"barrier": "gate", "vehicle:backward": "no"}, ALL, ONE_DIRECTION),
    ],
)
def test_what_is_not_certain_of_a_barrier_is_counted(tags, mask, said):
    passage, notes = read_node(tags)
    assert (passage.access, notes) == (mask, (said,))


def test_an_unknown_access_to_a_gate_is_counted():
    passage, (note,) = read_node({"barrier": "gate", "access": "perhaps"})
    assert passage.is_free
    assert "not known" in note


def test_limits_of_a_node_with_or_without_a_barrier():
    passage, notes = read_node({"barrier": "gate", "maxweight": "3.5", "maxheight:forward": "2"})
    assert (passage.access, passage.weight_t, passage.height_m, notes) == (ALL, 3.5, 2.0, ())
    sign, _ = read_node({"highway": "traffic_sign", "maxwidth": "2.3", "access": "no"})
    assert (sign.access, sign.width_m) == (ALL, 2.3)
    assert not sign.is_free


def test_the_width_of_a_barrier_is_no_limit():
    assert math.isnan(read_node({"barrier": "kerb", "width": "0.2"})[0].width_m)
