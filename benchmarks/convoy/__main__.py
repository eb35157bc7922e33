"""``python -m benchmarks.convoy``: the comparison described in README.md beside this file."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.convoy.instances import DATA, NAMES, build
from benchmarks.convoy.runner import Job, default_python, machine, run

PEERS = ("greedy", "pyvrp", "ortools", "ortools_cumulative", "ortools_cpsat", "vroom", "ours")
PROTOCOL = "1"


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for, adding to the results file after every run."""
    asked = _parser().parse_args(arguments)
    results: list[dict[str, Any]] = _earlier(asked.out) if asked.append else []
    for name in asked.instances:
        for seed in asked.seeds:
            instance = build(name, seed, asked.data)
            jobs = [Job(p, seed, budget) for budget in asked.budget for p in asked.peers]
            for result in run(instance, jobs, asked.python):
                results.append(result)
                _say(result)
                _write(asked.out, results)
    _print_table(results)
    return 1 if any("error" in result for result in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.convoy", description=__doc__)
    parser.add_argument("--instances", nargs="+", default=["andorra-300"], choices=NAMES)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--budget", nargs="+", type=float, default=[10.0, 60.0], help="CPU seconds")
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    parser.add_argument("--out", type=Path, help="results as JSON, written after every run")
    parser.add_argument("--append", action="store_true", help="keep what --out already holds")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of OSM extracts")
    parser.add_argument("--python", default=default_python(), help="interpreter with the peers")
    return parser


def _earlier(out: Path | None) -> list[dict[str, Any]]:
    if out is None or not out.is_file():
        return []
    earlier: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))["results"]
    return earlier


def _write(out: Path | None, results: list[dict[str, Any]]) -> None:
    if out is None:
        return
    document = {"protocol": PROTOCOL, "machine": machine(), "results": results}
    out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _say(result: dict[str, Any]) -> None:
    where = f"{result['instance']} seed {result['instance_seed']} {result['budget_cpu_s']:g} s"
    if "error" in result:
        print(f"{where} {result['planner']}: failed: {result['error']}", file=sys.stderr)
        return
    print(
        f"{where} {result['planner']} {result['version']}: value {result['value_across']} of "
        f"{result['value_planned']} planned, {result['persons_across']} persons, "
        f"{result['solve_cpu_s']} CPU s",
        flush=True,
    )


def _print_table(results: list[dict[str, Any]]) -> None:
    """Print the mean over the seeds of each instance, budget and planner."""
    cells: dict[tuple[str, float, str], list[dict[str, Any]]] = {}
    for result in results:
        if "error" not in result:
            key = (result["instance"], result["budget_cpu_s"], result["planner"])
            cells.setdefault(key, []).append(result)
    print("\ninstance       budget  planner             value  planned  persons  CPU s")
    for (instance, budget, planner), runs in sorted(cells.items()):
        means = [
            sum(run[name] for run in runs) / len(runs)
            for name in ("value_across", "value_planned", "persons_across", "solve_cpu_s")
        ]
        value, planned, persons, cpu_s = means
        print(
            f"{instance:14} {budget:6g}  {planner:18} {value:6.0f}  {planned:7.0f}  "
            f"{persons:7.0f}  {cpu_s:5.1f}"
        )


if __name__ == "__main__":
    sys.exit(main())
