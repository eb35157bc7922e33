"""Measure the corridor stage: ``python -m benchmarks.corridor [--out FILE] [--only PART ...]``.

See the README beside this file for the protocol and for what each number means.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.corridor import large_extract
from benchmarks.corridor.peers import PEERS, PlainGraph, measure_apart
from benchmarks.corridor.tiles import tiled
from safepassage.adapters.osm import import_osm
from safepassage.adapters.road_hierarchy import load_topology, save_topology
from safepassage.core.corridor.graph import arc_costs
from safepassage.core.corridor.hierarchy_query import many_to_many, sweep_to
from safepassage.core.corridor.matrices import bind_places, travel_matrices
from safepassage.core.corridor.metric import Metric, build_metric
from safepassage.core.corridor.pareto import pareto_front, pareto_fronts, prepare_menus
from safepassage.core.corridor.plain import plain_distances, plain_roads
from safepassage.core.corridor.router import HierarchyRouter, Topology, prepare_roads, router
from safepassage.core.corridor.situation import read_situation
from safepassage.core.corridor.snap import main_component
from safepassage.core.corridor.types import (
    Closure,
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
EXTRACTS = ("monaco.osm.gz", "andorra.osm.pbf", "heidelberg.osm.pbf", "porto-portugal.osm.pbf")
LARGE = "porto-portugal.osm.pbf"
TILES = (5, 1, 12)
"""Columns, rows and links between neighbours: five of Porto make 352,000 nodes."""
LARGE_FILE_BYTES = 50_000_000
AT = datetime(2025, 2, 20, 12, tzinfo=UTC)
CLASSES = (VehicleClass.BUS, VehicleClass.AMBULANCE, VehicleClass.CAR)
SEED = 20250220
HAZARDS = 8
RISK_WEIGHT_S = 3600.0
PARTS = (
    "kept", "matrix_200", "one_to_all", "routes", "new_facts_to_matrices", "menus", "exact",
    "peers", "import",
)  # fmt: skip
PEER_LIMIT_S = float(os.environ.get("PEER_LIMIT_S", "75"))
PEERS_FROM_NODES = 50_000
"""Peers run on the large graphs: on small ones all of them are quick."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of some repetitions of one thing."""

    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]

    def document(self) -> dict[str, float | int]:
        """Return best and median."""
        return {
            "repetitions": len(self.wall_s),
            "wall_best_s": round(min(self.wall_s), 6),
            "wall_median_s": round(statistics.median(self.wall_s), 6),
            "cpu_best_s": round(min(self.cpu_s), 6),
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
    parser.add_argument("--places", type=int, default=2000)
    parser.add_argument("--menus", type=int, default=1000)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART",
                        help=f"some of the parts: {', '.join(PARTS)}")  # fmt: skip
    parser.add_argument("--graph", default="", help="part of a graph's name")
    options = parser.parse_args()
    document: dict[str, Any] = {
        "seed": SEED,
        "parts": list(options.only),
        "machine": machine(),
        "versions": {name: version(name) for name in ("numpy", "scipy", "numba", "osmium")},
        "compile": compile_seconds(),
        "graphs": [],
    }
    for name, network in graphs(options.graph):
        print(name, flush=True)
        document["graphs"].append({"graph": name, **run(network, options)})
    if "import" in options.only and (SHARED / LARGE).is_file():
        print("import of 50 MB", flush=True)
        document["import"] = large_import()
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


def graphs(only: str) -> Iterator[tuple[str, RoadNetwork]]:
    """Yield the extracts that are there and the tiled graph; else the extract of the tests."""
    found = [SHARED / name for name in EXTRACTS if (SHARED / name).is_file()]
    for path in found or sorted(OWN.glob("*.osm.pbf")):
        network = None
        if only in path.name:
            network = import_osm(path)
            yield path.name, network
        if path.name == LARGE and only in "tiles":
            columns, rows, links = TILES
            grid = tiled(network or import_osm(path), columns, rows, links, SEED)
            yield f"tiles {columns} x {rows}", grid


def compile_seconds() -> dict[str, float | int]:
    """Make the compiled code ready; short where an earlier run left it in numba's cache."""
    network = import_osm(OWN / "helsinki.osm.pbf")

    def warm() -> None:
        parts = [part for part in PARTS if part != "peers"]
        run(network, argparse.Namespace(places=20, menus=3, repetitions=1, only=parts))

    return measured(warm, 1)[1]


def run(network: RoadNetwork, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one network."""
    repetitions = options.repetitions
    nodes = nodes_of(network, options.places)
    situation = read_situation(network, (), hazards_of(network), AT)
    metric = build_metric(network, situation, TravelProfile(CLASSES[0]), RISK_WEIGHT_S)
    topology, preparing = measured(lambda: prepare_roads(network, CLASSES[0]), min(2, repetitions))
    fast, customising = measured(lambda: router(topology, metric), repetitions)
    asked: dict[str, Callable[[], Any]] = {
        "kept": lambda: kept(network, topology, repetitions),
        "matrix_200": lambda: measured(lambda: fast.legs(nodes[:200], nodes[:200]), 10)[1],
        "one_to_all": lambda: measured(lambda: fast.times_from(int(nodes[0])), repetitions)[1],
        "routes": lambda: routes(fast, nodes),
        "new_facts_to_matrices": lambda: new_facts(network, topology, nodes, repetitions),
        "menus": lambda: menus(topology, metric, nodes, options.menus),
        "exact": lambda: exact(network, topology, metric, nodes),
    }
    if network.node_count >= PEERS_FROM_NODES:
        asked["peers"] = lambda: peers(network, topology, metric, fast, nodes[:200])
    return {
        "nodes": network.node_count,
        "arcs": network.arc_count,
        "search_nodes": topology.shape.node_count,
        "edges": topology.shape.edge_count,
        "triangles": len(topology.shape.third),
        "depth": int(topology.shape.depth.max(initial=0)),
        "prepare": preparing,
        "customise": customising,
        **{part: told(part, task) for part, task in asked.items() if part in options.only},
    }


def told(part: str, task: Callable[[], Any]) -> Any:
    """Say which part is next, and run it."""
    print(f"  {part}", flush=True)
    return task()


def nodes_of(network: RoadNetwork, count: int) -> Ints:
    """Return distinct seeded nodes of the main part."""
    main_part = np.flatnonzero(main_component(network, (TravelProfile(CLASSES[0]),)))
    rng = np.random.default_rng(SEED)
    return rng.choice(main_part, min(count, len(main_part)), replace=False)


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
        found.append(Hazard(f"h{index}", HazardKind.SHELLING, severity, AT, None, "seeded",
                            polygons=((ring,),)))  # fmt: skip
    return tuple(found)


def kept(network: RoadNetwork, topology: Topology, repetitions: int) -> dict[str, Any]:
    """Measure writing and reading the hierarchy's file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kept"
        _, saving = measured(lambda: save_topology(topology, path), repetitions)
        _, loading = measured(lambda: load_topology(path, network, CLASSES[0]), repetitions)
        return {"save": saving, "load": loading, "bytes": path.stat().st_size}


def routes(fast: Any, nodes: Ints) -> dict[str, Any]:
    """Measure single ways with all their arcs, pair by pair."""
    walls, arcs = [], []
    for source, target in zip(nodes, np.roll(nodes, 1), strict=True):
        began = time.perf_counter()
        route = fast.route(int(source), int(target))
        walls.append(time.perf_counter() - began)
        arcs.append(0 if route is None else len(route.arcs))
    return {
        "pairs": len(walls),
        "median_s": round(statistics.median(walls), 6),
        "worst_in_100_s": round(float(np.quantile(walls, 0.99)), 6),
        "median_arcs": statistics.median(arcs),
    }


def new_facts(
    network: RoadNetwork, topology: Topology, nodes: Ints, repetitions: int
) -> dict[str, Any]:
    """Measure a new risk map, and a new closure, up to matrices of three classes.

    Places are bound to roads before: neither a hazard nor a closure moves them.
    """
    places = tuple(
        Place(f"p{node}", f"p{node}", PlaceKind.SETTLEMENT, float(network.node_lat[node]),
              float(network.node_lon[node])) for node in nodes.tolist()
    )  # fmt: skip
    profiles = [TravelProfile(item) for item in CLASSES]
    topologies = {item: prepare_roads(network, item) for item in CLASSES[1:]}
    topologies[CLASSES[0]] = topology
    bound, binding = measured(lambda: bind_places(network, places, profiles, (), AT), 1)
    hazards = hazards_of(network)
    rng = np.random.default_rng(SEED)
    ways = iter(rng.choice(network.way_id, 100).tolist())
    severities = iter(rng.uniform(0.1, 0.9, 100).tolist())

    def matrices(some: tuple[Hazard, ...], closures: tuple[Closure, ...]) -> Any:
        return travel_matrices(
            network, places, profiles, (), some, AT, risk_weight_s=RISK_WEIGHT_S,
            closures=closures, topologies=topologies, bound=bound,
        )  # fmt: skip

    def new_risk() -> Any:
        first = hazards[0]
        other = Hazard(first.hazard_id, first.kind, next(severities), AT, None, "seeded",
                       polygons=first.polygons)  # fmt: skip
        return matrices((other, *hazards[1:]), ())

    def new_closure() -> Any:
        return matrices(hazards, (Closure("c", "seeded", way_ids=(next(ways),)),))

    new_risk()
    return {
        "places": len(places),
        "classes": [item.value for item in CLASSES],
        "bind_places": binding,
        "new_risk_map": measured(new_risk, repetitions)[1],
        "new_closure": measured(new_closure, repetitions)[1],
    }


def menus(topology: Topology, metric: Metric, nodes: Ints, count: int) -> dict[str, Any]:
    """Measure exact fronts of time and exposure between seeded pairs; some are checked singly."""
    graph = topology.graph()
    costs = arc_costs(graph, metric)
    rng = np.random.default_rng(SEED + 1)
    pairs = [
        (int(graph.departure[one]), int(graph.arrival[other]))
        for one, other in rng.choice(nodes, (count, 2)).tolist()
    ]
    search, preparing = measured(lambda: prepare_menus(graph, costs, topology.shape), 1)
    found, searching = measured(lambda: pareto_fronts(search, pairs), 1)
    checked = min(20, count)
    for front, (start, end) in zip(found[:checked], pairs, strict=False):
        other = pareto_front(graph, costs, start, end)
        if [path_values(path) for path in front] != [path_values(path) for path in other]:
            raise SystemExit("A front differs from the one of a single search.")
    sizes = [len(front) for front in found]
    return {
        "menus": count,
        "longest_front": max(sizes, default=0),
        "mean_front": round(statistics.fmean(sizes), 2),
        "prepare": preparing,
        "search": searching,
        "checked": checked,
    }


def path_values(path: Any) -> tuple[int, int]:
    """Return a way's two numbers."""
    return path.travel_time_ms, path.exposure_nano


def exact(network: RoadNetwork, topology: Topology, metric: Metric, nodes: Ints) -> dict[str, Any]:
    """Compare all three numbers with Dijkstra and the oracle, with a tenth of the arcs closed."""
    rng = np.random.default_rng(SEED + 2)
    shut = metric.shut | np.where(rng.random(network.arc_count) < 0.1, 16, 0).astype(np.uint8)
    closed = Metric(metric.travel_time_ms, metric.exposure_nano, metric.cost_ms, shut)
    fast, slow = (router(topology, closed, method) for method in ("fast", "dijkstra"))
    some, few = nodes[:100], nodes[:3].tolist()
    one, other = fast.legs(some, some), slow.legs(some, some)
    same = np.array_equal(one.travel_time_ms, other.travel_time_ms) and np.array_equal(
        one.exposure_nano, other.exposure_nano
    )
    roads = plain_roads(network, closed, CLASSES[0])
    for source in few:
        expected = plain_distances(roads, source, some.tolist())
        reach = fast.times_from(source)
        for target in some.tolist():
            triple = expected[target] or (-1, -1, 0)
            values = (reach.cost_ms, reach.travel_time_ms, reach.exposure_nano)
            same = same and tuple(int(part[target]) for part in values) == triple
    if not same:
        raise SystemExit("The hierarchy and Dijkstra differ.")
    return {"pairs_with_dijkstra": len(some) ** 2, "pairs_with_oracle": len(few) * len(some),
            "arcs_closed": 0.1, "differ": 0}  # fmt: skip


def peers(
    network: RoadNetwork, topology: Topology, metric: Metric, fast: Any, nodes: Ints
) -> dict[str, Any]:
    """Run the peers on the search graph."""
    graph, costs = topology.graph(), arc_costs(topology.graph(), metric)
    is_open = costs.cost_ms >= 0
    tail, head, cost = graph.tail[is_open], graph.head[is_open], costs.cost_ms[is_open]
    order = np.lexsort((cost, head, tail))
    tail, head, cost = tail[order].astype(np.int64), head[order].astype(np.int64), cost[order]
    first = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])] & (tail != head)
    plain = PlainGraph(
        graph.node_count, tail[first], head[first], cost[first],
        network.node_lon[topology.place], network.node_lat[topology.place],
    )  # fmt: skip
    assert isinstance(fast, HierarchyRouter)
    # Nodes at which a way both starts and ends without an arrival of their own: one number each.
    simple = nodes[graph.departure[nodes] == graph.arrival[nodes]]
    expected = our_costs(topology, fast, simple)
    ends = graph.departure[simple]
    return {"places": len(simple)} | {
        name: measure_apart(name, plain, ends, expected, PEER_LIMIT_S) for name in PEERS
    }


def our_costs(topology: Topology, fast: HierarchyRouter, nodes: Ints) -> Ints:
    """Return int64[p, p], costs by the hierarchy, -1 for no way."""
    ranks = topology.shape.rank[topology.departure[nodes]].astype(np.int64)
    sweep = sweep_to(topology.shape, fast.weights.down, ranks)
    found = many_to_many(topology.shape, fast.weights.up, ranks, sweep, len(ranks), 3)
    return np.asarray(found[2])


def large_import() -> dict[str, Any]:
    """Write a file of 50 MB out of copies, and import it in a process of its own."""
    source = SHARED / LARGE
    copies = -(-LARGE_FILE_BYTES // source.stat().st_size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.osm.pbf"
        large_extract.write_copies(source, path, copies)
        command = [sys.executable, "-m", "benchmarks.corridor.large_extract", str(path)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return {"copies": copies, **found}


if __name__ == "__main__":
    main()
