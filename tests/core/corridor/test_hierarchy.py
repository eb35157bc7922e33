import numpy as np

from safepassage.core.corridor.hierarchy import CLOSED_COST, build_shape, customise
from safepassage.core.corridor.hierarchy_query import many_to_many, one_way, sweep_to

TAIL = np.array([0, 1, 1, 2, 2, 3, 3, 0, 0])
HEAD = np.array([1, 0, 2, 1, 3, 2, 0, 3, 0])
"""A ring of four, both ways, and a loop at node 0."""


def weights_of(shape, cost, is_open=None):
    cost = np.array(cost, dtype=np.int64)
    is_open = np.ones(len(cost), dtype=bool) if is_open is None else np.array(is_open)
    return customise(shape, cost, 2 * cost, 3 * cost, is_open)


def ring():
    return build_shape(4, TAIL, HEAD, np.array([0, 1, 2, 3]))


def test_ancestors_have_higher_numbers_and_descendants_come_just_before():
    shape = ring()
    for node, parent in enumerate(shape.parent.tolist()):
        assert parent == -1 or parent > node
        inside = [other for other in range(4) if is_ancestor(shape, node, other)]
        assert inside == list(range(int(shape.least[node]), node + 1))


def is_ancestor(shape, above, node):
    while node not in (-1, above):
        node = int(shape.parent[node])
    return node == above


def test_higher_neighbours_are_ancestors_and_joined_to_each_other():
    shape = ring()
    edges = set(zip(shape.up_tail.tolist(), shape.up_head.tolist(), strict=True))
    assert len(edges) == 5  # the ring and one shortcut
    for low in range(4):
        higher = sorted(head for tail, head in edges if tail == low)
        assert all(is_ancestor(shape, head, low) for head in higher)
        assert all((a, b) in edges for a in higher for b in higher if a < b)


def test_a_loop_is_part_of_no_edge():
    shape = ring()
    assert shape.arc_edge[-1] == -1
    assert (shape.arc_edge[:-1] >= 0).all()


def test_each_triangle_knows_its_upper_side():
    shape = ring()
    at = 0
    for node in range(4):
        for near in range(shape.first_up[node], shape.first_up[node + 1]):
            for far in range(near + 1, shape.first_up[node + 1]):
                top = shape.third[at]
                at += 1
                assert shape.up_tail[top] == shape.up_head[near]
                assert shape.up_head[top] == shape.up_head[far]
    assert at == len(shape.third)


def test_the_cheaper_of_two_arcs_counts_and_a_closed_one_does_not():
    shape = build_shape(2, np.array([0, 0, 0]), np.array([1, 1, 1]), np.array([0, 1]))
    weights = weights_of(shape, [7, 5, 1], [True, True, False])
    assert weights.up.tolist() == [[5, 10, 15]]
    assert weights.via.tolist() == [[1, -1]]
    assert weights.down[0, 0] == CLOSED_COST


def test_an_edge_that_a_way_over_higher_nodes_beats_is_left_out():
    """The ring the short way round: from 0 to 1 over 3 and 2, the direct arc costs 100."""
    shape = ring()
    weights = weights_of(shape, [100, 100, 1, 1, 1, 1, 1, 1, 0])
    direct = shape.arc_edge[0]
    assert weights.up[direct, 0] == CLOSED_COST
    assert weights.down[direct, 0] == CLOSED_COST
    arcs = one_way(shape, weights, int(shape.rank[0]), int(shape.rank[1]))
    assert arcs.tolist() == [7, 5, 3]


def test_many_to_many_in_the_order_asked():
    shape = ring()
    weights = weights_of(shape, [1] * 9)
    goals = shape.rank[[2, 0]].astype(np.int64)
    starts = shape.rank[[3, 2, 1, 0]].astype(np.int64)
    time, exposure, cost = many_to_many(
        shape, weights.up, starts, sweep_to(shape, weights.down, goals), 2, 3
    )
    assert cost.tolist() == [[1, 1], [0, 2], [1, 1], [2, 0]]
    assert np.array_equal(time, 2 * cost)
    assert np.array_equal(exposure, 3 * cost)


def test_more_starts_than_go_down_together():
    count = 50
    tail, head = np.arange(count - 1), np.arange(1, count)
    shape = build_shape(count, tail, head, np.random.default_rng(1).permutation(count))
    weights = weights_of(shape, [1] * (count - 1))
    every = shape.rank.astype(np.int64)
    found = many_to_many(shape, weights.up, every, sweep_to(shape, weights.down, every), count, 3)
    steps = np.arange(count)[None, :] - np.arange(count)[:, None]
    assert np.array_equal(found[2], np.where(steps < 0, -1, steps))


def test_no_way_between_parts():
    shape = build_shape(4, np.array([0, 2]), np.array([1, 3]), np.arange(4))
    weights = weights_of(shape, [1, 1])
    assert one_way(shape, weights, int(shape.rank[0]), int(shape.rank[3])) is None
    assert one_way(shape, weights, int(shape.rank[1]), int(shape.rank[0])) is None
    assert one_way(shape, weights, int(shape.rank[2]), int(shape.rank[2])).tolist() == []
