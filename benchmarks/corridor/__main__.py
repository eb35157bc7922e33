"""Measure the corridor stage: ``python -m benchmarks.corridor [--out FILE] [--places N]``.

Protocol
--------
For each extract: import it, contract it around the places, and compute one to many shortest
paths between all places for a bus under eight seeded hazard areas. The peer is
:func:`scipy.sparse.csgraph.dijkstra` on the same contracted graph with the same integer costs,
where of parallel arcs only the cheapest is kept (scipy would add them up). Every pair of costs
must be equal or the run fails. The plain oracle is run on a tenth of the places and checked the
same way.

Times are the best and the median of the repetitions, in seconds of wall clock and of CPU, in one
process. Compiling is done before and reported apart. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from safepassage.adapters.osm import import_osm
from safepassage.adapters.roads import load_network, save_network
from safepassage.core.corridor.graph import ArcCosts, SearchGraph, arc_costs, build_graph
from safepassage.core.corridor.menu import corridor_menu
from safepassage.core.corridor.metric import Metric, build_metric
from safepassage.core.corridor.paths import UNREACHED, shortest_tree
from safepassage.core.corridor.plain import plain_distances, plain_roads
from safepassage.core.corridor.situation import read_situation
from safepassage.core.corridor.snap import main_component
from safepassage.core.corridor.types import (
    Hazard,
    HazardKind,
    Place,
    PlaceKind,
    RoadNetwork,
    TravelProfile,
    VehicleClass,
)

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "osm"
OWN = ROOT / "tests" / "data" / "osm"
EXTRACTS = (
    "monaco.osm.gz", "Helsinki.osm.pbf", "andorra.osm.pbf", "heidelberg.osm.pbf",
    "porto-portugal.osm.pbf",
)  # fmt: skip
AT = datetime(2025, 2, 20, 12, tzinfo=UTC)
BUS = TravelProfile(VehicleClass.BUS)
SEED = 20250220
HAZARDS = 8
MENUS = 20


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of some repetitions of one thing."""

    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]

    def document(self) -> dict[str, float | int]:
        """Return best and median."""
        return {
            "repetitions": len(self.wall_s),
            "wall_best_s": round(min(self.wall_s), 5),
            "wall_median_s": round(statistics.median(self.wall_s), 5),
            "cpu_best_s": round(min(self.cpu_s), 5),
        }


def measured(task: Callable[[], Any], repetitions: int) -> tuple[Any, dict[str, float | int]]:
    """Run a task some times and return its last answer with its times."""
    walls, cpus = [], []
    answer = None
    for _ in range(repetitions):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = task()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return answer, Timing(tuple(walls), tuple(cpus)).document()


def main() -> None:
    """Run the benchmark and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/corridor/results.json")
    parser.add_argument("--places", type=int, default=200)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", default="", help="part of an extract's name")
    options = parser.parse_args()
    document = {
        "protocol": (__doc__ or "").strip(),
        "seed": SEED,
        "places": options.places,
        "machine": machine(),
        "versions": {name: version(name) for name in ("numpy", "scipy", "numba", "osmium")},
        "compile": compile_seconds(),
        "extracts": [
            run(path, options.places, options.repetitions) for path in extracts(options.only)
        ],
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"Written: {options.out}")


def machine() -> dict[str, Any]:
    """Say what it ran on."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "load_average_before": [round(value, 2) for value in os.getloadavg()],
    }


def extracts(only: str) -> list[Path]:
    """Return the extracts that are there, the one in the repository if no others are."""
    found = [SHARED / name for name in EXTRACTS if (SHARED / name).is_file()]
    found = found or sorted(OWN.glob("*.osm.pbf"))
    return [path for path in found if only in path.name]


def compile_seconds() -> dict[str, float | int]:
    """Make the compiled code ready; cached from an earlier run if there was one."""
    path = OWN / "helsinki.osm.pbf"
    network = import_osm(path)
    start, end = places_of(network, 2)

    def warm() -> None:
        corridor_menu(network, start, end, BUS, (), hazards_of(network), AT)

    return measured(warm, 1)[1]


def run(path: Path, count: int, repetitions: int) -> dict[str, Any]:
    """Measure one extract."""
    print(path.name)
    network, importing = measured(lambda: import_osm(path), min(3, repetitions))
    nodes = nodes_of(network, count)
    hazards = hazards_of(network)
    graph, contracting = measured(
        lambda: build_graph(network, nodes, VehicleClass.BUS), repetitions
    )
    metric, weighing = measured(lambda: weigh(network, hazards), repetitions)
    costs = arc_costs(graph, metric)
    ours, searching = measured(lambda: our_costs(graph, costs, nodes), repetitions)
    matrix = cheapest(graph, costs)
    peer, scipy_times = measured(lambda: peer_costs(graph, matrix, nodes), repetitions)
    some = nodes[: max(2, count // 10)]
    plain, plain_times = measured(lambda: plain_costs(network, metric, some), 1)
    equal = bool(np.array_equal(ours, peer))
    equal_plain = bool(np.array_equal(ours[: len(some), : len(some)], plain))
    if not (equal and equal_plain):
        raise SystemExit(f"{path.name}: costs differ (scipy {equal}, plain {equal_plain})")
    return {
        "extract": path.name,
        "bytes": path.stat().st_size,
        "nodes": network.node_count,
        "arcs": network.arc_count,
        "search_nodes": graph.node_count,
        "search_arcs": len(graph.head),
        "import": importing,
        "contract": contracting,
        "save_and_load": keep(network, repetitions),
        "new_hazards_to_costs": weighing,
        "matrix": {"places": len(nodes), "ours": searching, "scipy": scipy_times},
        "plain_oracle": {"places": len(some), **plain_times},
        "menus": menus(network, hazards),
        "costs_equal_to_scipy": equal,
        "costs_equal_to_plain": equal_plain,
    }


def nodes_of(network: RoadNetwork, count: int) -> NDArray[np.int64]:
    """Return distinct seeded nodes of the main part."""
    main = np.flatnonzero(main_component(network, (BUS,)))
    rng = np.random.default_rng(SEED)
    return rng.choice(main, min(count, len(main)), replace=False)


def places_of(network: RoadNetwork, count: int) -> tuple[Place, ...]:
    """Return places at seeded nodes."""
    return tuple(
        Place(
            f"p{node}",
            f"p{node}",
            PlaceKind.SETTLEMENT,
            float(network.node_lat[node]),
            float(network.node_lon[node]),
        )
        for node in nodes_of(network, count)
    )


def hazards_of(network: RoadNetwork) -> tuple[Hazard, ...]:
    """Return seeded boxes of a tenth of the extent each way, none of them closing."""
    rng = np.random.default_rng(SEED)
    west, east = float(network.node_lon.min()), float(network.node_lon.max())
    south, north = float(network.node_lat.min()), float(network.node_lat.max())
    found = []
    for index in range(HAZARDS):
        x, y = float(rng.uniform(west, east)), float(rng.uniform(south, north))
        right, top = x + (east - west) / 10, y + (north - south) / 10
        ring = ((x, y), (right, y), (right, top), (x, top), (x, y))
        severity = float(rng.uniform(0.1, 0.9))
        found.append(
            Hazard(
                f"h{index}", HazardKind.SHELLING, severity, AT, None, "seeded", polygons=((ring,),)
            )
        )
    return tuple(found)


def weigh(network: RoadNetwork, hazards: tuple[Hazard, ...]) -> Metric:
    """Lay the hazards over the network and cost every arc."""
    return build_metric(network, read_situation(network, (), hazards, AT), BUS, 3600.0)


def our_costs(graph: SearchGraph, costs: ArcCosts, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return int64[p, p] costs by the compiled search."""
    arrival = graph.arrival[nodes]
    rows = [
        shortest_tree(graph, costs, int(graph.departure[node]), arrival).cost_ms[arrival]
        for node in nodes
    ]
    return np.array(rows)


def cheapest(graph: SearchGraph, costs: ArcCosts) -> csr_array:
    """Return the graph for scipy: of parallel arcs the cheapest, closed arcs left out.

    Zero is a stored value; scipy reads it as an edge without cost.
    """
    is_open = costs.cost_ms >= 0
    tail, head, cost = graph.tail[is_open], graph.head[is_open], costs.cost_ms[is_open]
    order = np.lexsort((cost, head, tail))
    tail, head, cost = tail[order], head[order], cost[order]
    first = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])]
    shape = (graph.node_count, graph.node_count)
    values = cost[first].astype(np.float64)
    return csr_array((values, (tail[first], head[first])), shape=shape)


def peer_costs(
    graph: SearchGraph, matrix: csr_array, nodes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return int64[p, p] costs by scipy."""
    found = dijkstra(matrix, indices=graph.departure[nodes])[:, graph.arrival[nodes]]
    whole = np.where(np.isinf(found), 0, found).astype(np.int64)
    return np.where(np.isinf(found), UNREACHED, whole)


def plain_costs(
    network: RoadNetwork, metric: Metric, nodes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return int64[p, p] costs by the plain oracle on the network as it is."""
    roads = plain_roads(network, metric, VehicleClass.BUS)
    rows = []
    for node in nodes.tolist():
        found = plain_distances(roads, node, nodes.tolist())
        triples = [found[target] for target in nodes.tolist()]
        rows.append([UNREACHED if triple is None else triple[0] for triple in triples])
    return np.array(rows, dtype=np.int64)


def keep(network: RoadNetwork, repetitions: int) -> dict[str, Any]:
    """Measure writing and reading the network's own file."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roads.npz"
        _, saving = measured(lambda: save_network(network, path), repetitions)
        _, loading = measured(lambda: load_network(path), repetitions)
        return {"save": saving, "load": loading, "bytes": path.stat().st_size}


def menus(network: RoadNetwork, hazards: tuple[Hazard, ...]) -> dict[str, Any]:
    """Measure exact menus between seeded pairs, everything included from the facts on."""
    places = places_of(network, 2 * MENUS)
    pairs = list(zip(places[::2], places[1::2], strict=False))
    found = []

    def all_of_them() -> None:
        for start, end in pairs:
            found.append(corridor_menu(network, start, end, BUS, (), hazards, AT).found)

    _, times = measured(all_of_them, 1)
    return {"menus": len(found), "longest_front": max(found, default=0), **times}


if __name__ == "__main__":
    main()
