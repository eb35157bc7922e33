import numpy as np
import pytest

from safepassage.core.corridor.hierarchy import build_shape
from safepassage.core.corridor.ordering import adjacency, dissection_order, simple_edges


def grid(side):
    """Edges and positions of a square grid, with a hair of a tilt so that no line is doubled."""
    number = np.arange(side * side).reshape(side, side)
    edges = np.concatenate(
        [
            np.column_stack((number[:, :-1].ravel(), number[:, 1:].ravel())),
            np.column_stack((number[:-1].ravel(), number[1:].ravel())),
        ]
    )
    rows, columns = np.divmod(np.arange(side * side), side)
    return edges, columns + 0.001 * rows, rows + 0.001 * columns


def depth_of(count, edges, x, y):
    order = dissection_order(count, edges, x, y)
    assert sorted(order.tolist()) == list(range(count))
    shape = build_shape(count, edges[:, 0], edges[:, 1], order)
    return int(shape.depth.max()), shape.edge_count


def test_a_long_road_makes_a_shallow_tree():
    """Taken away one after the other, a road of 1,000 junctions would be 999 deep."""
    road = np.column_stack((np.arange(999), np.arange(1, 1000)))
    depth, edges = depth_of(1000, road, np.arange(1000.0), np.zeros(1000))
    assert depth < 60
    assert edges < 2 * 999


def test_a_grid_is_divided_along_its_lines():
    """A separator of a grid of 16 by 16 has 16 nodes: the tree is some three of them deep."""
    edges, x, y = grid(16)
    depth, _ = depth_of(256, edges, x, y)
    assert depth <= 60


def test_two_towns_and_a_bridge_are_divided_at_the_bridge():
    edges, x, y = grid(6)
    both = np.concatenate((edges, edges + 36, [(5, 36)]))
    order = dissection_order(72, both, np.r_[x, x + 10], np.r_[y, y])
    assert order[-1] in (5, 36)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_nodes_and_no_roads(count):
    order = dissection_order(
        count, np.zeros((0, 2), dtype=np.int64), np.zeros(count), np.ones(count)
    )
    assert sorted(order.tolist()) == list(range(count))


def test_nodes_at_one_spot_are_still_divided():
    edges, x, _ = grid(5)
    order = dissection_order(25, edges, np.zeros(25), np.zeros(25))
    assert sorted(order.tolist()) == list(range(25))
    assert len(x) == 25


def test_the_order_is_the_same_every_time():
    edges, x, y = grid(9)
    assert np.array_equal(dissection_order(81, edges, x, y), dissection_order(81, edges, x, y))


def test_doubles_and_loops_are_dropped():
    edges = np.array([(3, 1), (1, 3), (2, 2), (1, 3), (0, 1)])
    assert simple_edges(4, edges).tolist() == [[0, 1], [1, 3]]


def test_each_entry_knows_its_way_back():
    first, adjacent, reverse = adjacency(4, np.array([(0, 1), (1, 2), (0, 3)]))
    tail = np.repeat(np.arange(4), np.diff(first))
    assert np.array_equal(adjacent[reverse], tail)
    assert np.array_equal(reverse[reverse], np.arange(6))
