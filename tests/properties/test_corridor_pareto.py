"""Fronts against every simple path of small random graphs, and through a hierarchy alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safepassage.core.corridor.graph import CLOSED, ArcCosts, SearchGraph
from safepassage.core.corridor.hierarchy import build_shape
from safepassage.core.corridor.pareto import pareto_front, pareto_fronts, prepare_menus
from safepassage.core.corridor.paths import UNREACHED, shortest_tree
from safepassage.errors import RefusedError

NODES = 7


def search_graph(arcs):
    """A search graph of (tail, head, time, exposure, is open) arcs."""
    arcs = sorted(arcs)
    tail = np.array([arc[0] for arc in arcs], dtype=np.int32)
    time = np.array([arc[2] for arc in arcs], dtype=np.int64)
    cost = np.where([arc[4] for arc in arcs], time, CLOSED)
    graph = SearchGraph(
        first_out=np.searchsorted(tail, np.arange(NODES + 1)).astype(np.int64),
        tail=tail,
        head=np.array([arc[1] for arc in arcs], dtype=np.int32),
        link_offset=np.arange(len(arcs) + 1, dtype=np.int64),
        link=np.arange(len(arcs), dtype=np.int64),
        departure=np.arange(NODES),
        arrival=np.arange(NODES),
    )
    return graph, ArcCosts(cost, time, np.array([arc[3] for arc in arcs], dtype=np.int64))


def all_paths(graph, costs, node, target, seen=()):
    """Time and exposure of every path without a repeated node."""
    if node == target:
        yield 0, 0
        return
    for arc in range(graph.first_out[node], graph.first_out[node + 1]):
        onward = int(graph.head[arc])
        if costs.cost_ms[arc] == CLOSED or onward in seen or onward == node:
            continue
        for time, met in all_paths(graph, costs, onward, target, (*seen, node)):
            yield time + int(costs.travel_time_ms[arc]), met + int(costs.exposure_nano[arc])


def front_of(points):
    """The pairs that no other beats, by time."""
    front = []
    for time, met in sorted(set(points)):
        if not front or met < front[-1][1]:
            front.append((time, met))
    return front


def values_of(front):
    return [(path.travel_time_ms, path.exposure_nano) for path in front]


NODE = st.integers(0, NODES - 1)
ARC = st.tuples(NODE, NODE, st.integers(0, 20), st.integers(0, 20), st.integers(0, 9).map(bool))
ARCS = st.lists(ARC.filter(lambda arc: arc[0] != arc[1]), min_size=1, max_size=22)


@settings(max_examples=200, deadline=None)
@given(ARCS, st.permutations(range(NODES)), st.lists(st.tuples(NODE, NODE), max_size=12))
def test_front_is_that_of_all_paths_searched_and_through_the_hierarchy(arcs, order, pairs):
    graph, costs = search_graph(arcs)
    front = pareto_front(graph, costs, 0, NODES - 1)
    assert values_of(front) == front_of(all_paths(graph, costs, 0, NODES - 1))
    for path in front:
        drive(graph, costs, path, 0, NODES - 1)
    shape = build_shape(
        NODES, graph.tail.astype(np.int64), graph.head.astype(np.int64), np.array(order)
    )
    pairs += [(start, NODES - 1) for start in range(NODES)]
    fronts = pareto_fronts(prepare_menus(graph, costs, shape), pairs)
    for (start, end), found in zip(pairs, fronts, strict=True):
        assert values_of(found) == values_of(pareto_front(graph, costs, start, end))
        for path in found:
            drive(graph, costs, path, start, end)


FEW = st.tuples(
    NODE, NODE, st.integers(0, 9), st.sampled_from([0, 0, 0, 1, 5]), st.integers(0, 9).map(bool)
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(FEW.filter(lambda arc: arc[0] != arc[1]), min_size=1, max_size=22),
    st.permutations(range(NODES)),
    st.lists(st.tuples(NODE, NODE), max_size=20),
)
def test_front_over_shortcuts_without_exposure_is_that_of_all_paths(arcs, order, pairs):
    graph, costs = search_graph(arcs)
    ends = (graph.tail.astype(np.int64), graph.head.astype(np.int64))
    search = prepare_menus(graph, costs, build_shape(NODES, *ends, np.array(order)))
    for (start, end), found in zip(pairs, pareto_fronts(search, pairs), strict=True):
        assert values_of(found) == front_of(all_paths(graph, costs, start, end))
        for path in found:
            drive(graph, costs, path, start, end)


def drive(graph, costs, path, start, end):
    """Follow a path arc by arc: it is open, whole, and adds up."""
    node, arcs = start, list(path.arcs)
    for arc in arcs:
        assert graph.tail[arc] == node
        assert costs.cost_ms[arc] != CLOSED
        node = graph.head[arc]
    assert node == end
    assert path.travel_time_ms == costs.travel_time_ms[arcs].sum()
    assert path.exposure_nano == costs.exposure_nano[arcs].sum()


@settings(max_examples=200, deadline=None)
@given(ARCS)
def test_both_ends_are_those_of_dijkstra(arcs):
    graph, costs = search_graph(arcs)
    front = values_of(pareto_front(graph, costs, 0, NODES - 1))
    is_open = costs.cost_ms != CLOSED
    fastest = shortest_tree(graph, costs, 0)
    by_exposure = ArcCosts(
        np.where(is_open, costs.exposure_nano, CLOSED), costs.travel_time_ms, costs.exposure_nano
    )
    safest = shortest_tree(graph, by_exposure, 0)
    if fastest.cost_ms[NODES - 1] == UNREACHED:
        assert not front
        return
    ends = [
        (int(tree.travel_time_ms[NODES - 1]), int(tree.exposure_nano[NODES - 1]))
        for tree in (fastest, safest)
    ]
    assert [front[0], front[-1]] == ends


@settings(max_examples=300, deadline=None)
@given(ARCS, st.sampled_from([0.01, 0.1, 0.3, 1.0]))
def test_every_way_has_one_within_epsilon_and_the_ends_are_exact(arcs, epsilon):
    graph, costs = search_graph(arcs)
    exact = front_of(all_paths(graph, costs, 0, NODES - 1))
    front = pareto_front(graph, costs, 0, NODES - 1, epsilon=epsilon)
    if not exact:
        assert not front
        return
    near = values_of(front)
    assert near == front_of(near)
    assert (near[0], near[-1]) == (exact[0], exact[-1])
    for path in front:
        drive(graph, costs, path, 0, NODES - 1)
    most = 1 + epsilon + 1e-12
    for time, met in exact:
        assert any(ours <= most * time and theirs <= most * met for ours, theirs in near)


def ladder(rungs):
    """Rungs one after another, each with a fast and a safe way: 2 ** rungs values in all."""
    arcs = []
    for rung in range(rungs):
        arcs.append((rung, rung + 1, 0, 2**rung, True))
        arcs.append((rung, rung + 1, 2**rung, 0, True))
    return arcs


def test_a_front_too_large_for_the_limit_says_which_epsilon_to_ask_for():
    graph, costs = search_graph(ladder(6))
    assert len(pareto_front(graph, costs, 0, 6)) == 64
    with pytest.raises(RefusedError, match=r"Ask with epsilon 0\.01"):
        pareto_front(graph, costs, 0, 6, label_limit=20)


def test_epsilon_makes_a_long_front_short():
    graph, costs = search_graph(ladder(6))
    assert len(pareto_front(graph, costs, 0, 6, epsilon=0.5)) < 32


@pytest.mark.parametrize("epsilon", [-0.1, float("nan"), float("inf")])
def test_an_epsilon_that_means_nothing_is_refused(epsilon):
    graph, costs = search_graph(ladder(2))
    with pytest.raises(ValueError, match="epsilon"):
        pareto_front(graph, costs, 0, 2, epsilon=epsilon)
