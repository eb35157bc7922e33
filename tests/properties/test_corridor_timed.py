"""The timed search against time tables filled in moment by moment, on small random graphs."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from safepassage.core.corridor.graph import ArcCosts, SearchGraph
from safepassage.core.corridor.metric import MS_PER_H
from safepassage.core.corridor.timed import earliest, entry_bans, timed_front

LATEST = 40
HOUR = MS_PER_H


def search_graph(node_count, arcs):
    """A search graph whose arcs are those of the network."""
    arcs = sorted(arcs)
    tail = np.array([arc[0] for arc in arcs], dtype=np.int32)
    head = np.array([arc[1] for arc in arcs], dtype=np.int32)
    every = np.arange(node_count)
    graph = SearchGraph(
        first_out=np.searchsorted(tail, np.arange(node_count + 1)).astype(np.int64),
        tail=tail,
        head=head,
        link_offset=np.arange(len(arcs) + 1, dtype=np.int64),
        link=np.arange(len(arcs), dtype=np.int64),
        departure=every,
        arrival=every,
    )
    time = np.array([arc[2] for arc in arcs], dtype=np.int64)
    exposure = np.array([arc[3] for arc in arcs], dtype=np.int64)
    return graph, ArcCosts(time, time, exposure)


def tabulated(graph, costs, closed, waiting, source, target, departure):
    """Least exposure for each arrival: every walk and every wait, millisecond by millisecond."""
    least = {(source, departure): 0}
    for moment in range(departure, LATEST + 1):
        # Arcs without duration stay within a moment: repeat until nothing improves.
        for _ in range(graph.node_count + 1):
            for node in range(graph.node_count):
                met = least.get((node, moment))
                if met is None:
                    continue
                steps = [
                    (int(graph.head[arc]), int(costs.travel_time_ms[arc]),
                     int(costs.exposure_nano[arc]) * HOUR)
                    for arc in range(graph.first_out[node], graph.first_out[node + 1])
                    if not any(
                        row[0] == arc and row[1] < moment + max(1, costs.travel_time_ms[arc])
                        and moment < row[2]
                        for row in closed
                    )
                ]  # fmt: skip
                if waiting[node] >= 0:
                    steps.append((node, 1, int(waiting[node])))
                for onward, duration, more in steps:
                    key = onward, moment + duration
                    if key[1] <= LATEST and met + more < least.get(key, met + more + 1):
                        least[key] = met + more
    front, best = [], None
    for moment in range(departure, LATEST + 1):
        met = least.get((target, moment))
        if met is not None and (best is None or met < best):
            best = met
            front.append((moment, met))
    return front


NODES = st.integers(0, 4)
ARCS = st.lists(
    st.tuples(NODES, NODES, st.integers(0, 6), st.integers(0, 4)).filter(lambda a: a[0] != a[1]),
    min_size=1, max_size=12,
)  # fmt: skip
CLOSED = st.lists(
    st.tuples(st.integers(0, 11), st.integers(-3, 30), st.integers(1, 15)), max_size=8
)
WAITING = st.lists(st.sampled_from([-1, 0, 1, 2, 3]), min_size=5, max_size=5)


@settings(max_examples=300, deadline=None)
@given(ARCS, CLOSED, WAITING, st.integers(0, 5))
def test_timed_front_is_the_front_of_all_walks_and_waits(arcs, shut, rates, departure):
    graph, costs = search_graph(5, arcs)
    closed = [(arc % len(arcs), start, start + size) for arc, start, size in shut]
    # A whole billionth per millisecond of waiting, so that nothing is lost by rounding.
    waiting = np.array([rate if rate < 0 else rate * HOUR for rate in rates], dtype=np.int64)
    rows = np.array(closed, dtype=np.int64).reshape(-1, 3)
    bans = entry_bans(graph, costs.travel_time_ms, rows)
    front = timed_front(graph, costs, bans, waiting, 0, 4, departure, LATEST)
    assert front.complete_until_ms == LATEST
    found = front.paths
    expected = tabulated(graph, costs, closed, waiting, 0, 4, departure)
    assert [(path.arrival_ms, path.exposure_nano * HOUR) for path in found] == expected
    first = earliest(graph, costs, bans, waiting, 0, 4, departure, LATEST)
    assert (first is None) == (not expected)
    if first is not None:
        assert (first.arrival_ms, first.exposure_nano * HOUR) == expected[0]
    for path in found:
        follow(graph, costs, closed, waiting, path)


def follow(graph, costs, closed, waiting, path):
    """Drive a way as it says: every wait allowed, no arc closed, the numbers as promised."""
    moment, met, node = path.departure_ms, 0, 0
    waits = {wait.position: wait for wait in path.waits}
    for position, arc in enumerate(path.arcs):
        assert graph.tail[arc] == node
        if position in waits:
            assert waits[position].node == node
            assert waiting[node] >= 0
            moment += waits[position].wait_ms
            met += waits[position].wait_ms * waiting[node]
        end = moment + max(1, costs.travel_time_ms[arc])
        assert not any(row[0] == arc and row[1] < end and moment < row[2] for row in closed)
        moment += costs.travel_time_ms[arc]
        met += costs.exposure_nano[arc] * HOUR
        node = graph.head[arc]
    assert (node, moment, met) == (4, path.arrival_ms, path.exposure_nano * HOUR)
