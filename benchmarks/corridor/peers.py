"""Other libraries on the same graph with the same costs.

Of parallel arcs the cheapest is in it; closed ones are not.

Each peer is a function from a graph to a `Peer`: seconds to build, to take new costs where it can,
and a function from starts and goals to costs. They answer with one number; ours carries three.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PlainGraph:
    """Arcs without doubles: int64 each; positions in degrees."""

    count: int
    tail: Ints
    head: Ints
    cost: Ints
    lon: Floats
    lat: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Peer:
    """A library made ready.

    Parameters
    ----------
    build_s, weigh_s
        Seconds for the graph, and for new costs on it; None where it has to be built again.
    matrix
        From starts and goals to float64[s, g], infinity for no way.
    """

    build_s: float
    weigh_s: float | None
    matrix: Callable[[Ints, Ints], Floats]


def routingkit(graph: PlainGraph) -> Peer:
    """RoutingKit's customisable contraction hierarchy (routingkit-cch)."""
    import routingkit_cch as kit

    tail, head = graph.tail.tolist(), graph.head.tolist()
    began = time.perf_counter()
    order = kit.compute_order_inertial(
        graph.count, tail, head, graph.lat.tolist(), graph.lon.tolist()
    )
    shape = kit.CCH(order, tail, head, False)
    built = time.perf_counter()
    cost = graph.cost.tolist()
    weighing = time.perf_counter()
    metric = kit.CCHMetric(shape, cost)
    weighed = time.perf_counter()

    def matrix(starts: Ints, goals: Ints) -> Floats:
        search = kit.CCHOneToMany(metric, goals.tolist())
        rows = [search.distances_from(start) for start in starts.tolist()]
        return np.array(
            [[np.inf if value is None else value for value in row] for row in rows], dtype=float
        )

    return Peer(built - began, weighed - weighing, matrix)


def scipy(graph: PlainGraph) -> Peer:
    """scipy.sparse.csgraph.dijkstra; a stored zero counts as an edge without cost."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    began = time.perf_counter()
    shape = (graph.count, graph.count)
    sparse = csr_array((graph.cost.astype(np.float64), (graph.tail, graph.head)), shape=shape)
    built = time.perf_counter() - began
    return Peer(
        built, None, lambda starts, goals: np.asarray(dijkstra(sparse, indices=starts)[:, goals])
    )


def igraph(graph: PlainGraph) -> Peer:
    """Graph.distances of python-igraph."""
    import igraph as ig

    began = time.perf_counter()
    built = ig.Graph(graph.count, np.column_stack((graph.tail, graph.head)), directed=True)
    cost = graph.cost.astype(float).tolist()
    seconds = time.perf_counter() - began

    def matrix(starts: Ints, goals: Ints) -> Floats:
        return np.array(built.distances(starts.tolist(), goals.tolist(), weights=cost))

    return Peer(seconds, None, matrix)


def networkit(graph: PlainGraph) -> Peer:
    """NetworKit's SPSP: Dijkstra from some nodes, one thread."""
    import networkit as nk

    nk.setNumberOfThreads(1)
    began = time.perf_counter()
    edges = (graph.cost.astype(float), (graph.tail, graph.head))
    built = nk.GraphFromCoo(edges, n=graph.count, weighted=True, directed=True)
    seconds = time.perf_counter() - began

    def matrix(starts: Ints, goals: Ints) -> Floats:
        search = nk.distance.SPSP(built, starts.tolist())
        search.run()
        found = np.array(search.getDistances())[:, goals]
        return np.asarray(np.where(found > 1e300, np.inf, found))

    return Peer(seconds, None, matrix)


def rustworkx(graph: PlainGraph) -> Peer:
    """rustworkx.dijkstra_shortest_path_lengths, one start at a time."""
    import rustworkx as rx

    began = time.perf_counter()
    built = rx.PyDiGraph()
    built.add_nodes_from(range(graph.count))
    arcs = (graph.tail.tolist(), graph.head.tolist(), graph.cost.astype(float).tolist())
    built.add_edges_from(list(zip(*arcs, strict=True)))
    seconds = time.perf_counter() - began

    def matrix(starts: Ints, goals: Ints) -> Floats:
        rows = []
        for start in starts.tolist():
            found = dict(rx.dijkstra_shortest_path_lengths(built, start, float))
            rows.append(
                [0.0 if goal == start else found.get(goal, np.inf) for goal in goals.tolist()]
            )
        return np.array(rows)

    return Peer(seconds, None, matrix)


def pandana(graph: PlainGraph) -> Peer:
    """pandana's contraction hierarchy, whose costs are fixed when it is built (AGPL)."""
    # pandas has no types of its own, and its stubs are no dependency of ours.
    import pandas as pd  # type: ignore[import-untyped]
    from pandana import Network

    began = time.perf_counter()
    frame = pd.DataFrame({"cost": graph.cost.astype(float)})
    index = np.arange(graph.count)
    built = Network(
        pd.Series(graph.lon, index), pd.Series(graph.lat, index), pd.Series(graph.tail),
        pd.Series(graph.head), frame, twoway=False,
    )  # fmt: skip
    seconds = time.perf_counter() - began

    def matrix(starts: Ints, goals: Ints) -> Floats:
        pairs = np.repeat(starts, len(goals)), np.tile(goals, len(starts))
        found = np.array(built.shortest_path_lengths(*pairs), dtype=float)
        return np.where(found > 4e6, np.inf, found).reshape(len(starts), len(goals))

    return Peer(seconds, None, matrix)


PEERS: dict[str, tuple[str, Callable[[PlainGraph], Peer], int]] = {
    "routingkit": ("routingkit-cch", routingkit, 2000),
    "scipy": ("scipy", scipy, 50),
    "networkit": ("networkit", networkit, 20),
    "igraph": ("igraph", igraph, 20),
    "rustworkx": ("rustworkx", rustworkx, 5),
    "pandana": ("pandana", pandana, 200),
}
"""Distribution, function, and starts at most: slow ones get fewer; time per start is told."""


def installed(name: str) -> str:
    """Return the version of a peer's distribution, empty where it is not installed."""
    try:
        return version(PEERS[name][0])
    except PackageNotFoundError:
        return ""


def measure_apart(
    name: str, graph: PlainGraph, nodes: Ints, expected: Ints, limit_s: float
) -> dict[str, Any]:
    """Run a peer as :func:`measure` does, in a process of its own that is ended at a limit.

    pandana builds some graphs without ever coming to an end; one peer must not stop the rest.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(
        target=lambda: theirs.send(measure(name, graph, nodes, expected)), daemon=True
    )
    worker.start()
    theirs.close()
    try:
        answered = ours.poll(limit_s)
        return ours.recv() if answered else {"missing": f"no answer within {limit_s:.0f} s"}
    except EOFError:
        return {"missing": "it ended without an answer"}
    finally:
        worker.kill()
        worker.join()


def measure(name: str, graph: PlainGraph, nodes: Ints, expected: Ints) -> dict[str, Any]:
    """Run a peer and compare its costs with ours.

    Parameters
    ----------
    expected
        int64[s, s], our costs between the nodes, -1 for no way.
    """
    if not installed(name):
        return {"missing": f"{PEERS[name][0]} is not installed"}
    peer = PEERS[name][1](graph)
    some = nodes[: PEERS[name][2]]
    began = time.perf_counter()
    found = peer.matrix(some, nodes)
    seconds = time.perf_counter() - began
    ours = np.where(expected < 0, np.inf, expected)[: len(some)]
    differ = int(np.count_nonzero(found != ours))
    return {
        "version": installed(name),
        "build_s": round(peer.build_s, 4),
        "new_costs_s": None if peer.weigh_s is None else round(peer.weigh_s, 4),
        "starts": len(some),
        "goals": len(nodes),
        "matrix_s": round(seconds, 4),
        "ms_per_start": round(1000 * seconds / len(some), 4),
        "costs_that_differ": differ,
    }
