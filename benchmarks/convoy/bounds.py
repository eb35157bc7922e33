"""How close the bounds come: B0, B1 and B2 against the best plan that the planner finds.

    python -m benchmarks.convoy.bounds --instances andorra-300 --seeds 1 2 3 --time 170 \
        --plan-time 60 --out benchmarks/convoy/results/bounds.json

For each instance: the plan's value, each bound with the CPU seconds it took, the gap (what the
plan lacks of the bound, as a share of the bound), and the verdict of the separate check with its
CPU seconds. Compiling is done before anything is timed and said by itself.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.convoy.instances import DATA, NAMES, build

from safepassage.core.convoy.bound import bound_b0
from safepassage.core.convoy.bounds.days import bound_by_days, certificate_of
from safepassage.core.convoy.search import plan_convoy, warm_up
from safepassage.core.convoy.tiny import tiny_problem
from safepassage.core.convoy.types import Bound, ConvoyProblem, Plan
from safepassage.core.convoy.verify_bound import verify_bound


def main() -> None:
    """Run what the command line asks for and write one JSON file."""
    options = _options()
    rows: list[dict[str, Any]] = [{"compile_cpu_s": _compile()}]
    for name in options.instances:
        for seed in options.seeds:
            problem = build(name, seed, options.data).problem
            rows += _instance(name, seed, problem, options.time, options.plan_time)
            if options.out:
                options.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Bounds against the best plan found.")
    parser.add_argument("--instances", nargs="+", choices=NAMES, default=["andorra-300"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--time", type=float, default=170.0, help="CPU seconds of B1 and B2")
    parser.add_argument("--plan-time", type=float, default=60.0, help="CPU seconds of the plan")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of OSM extracts")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _compile() -> float:
    began = time.process_time()
    tiny = tiny_problem()
    bound, proof = bound_by_days(tiny, "B2", bound_b0(tiny), rounds=3)
    assert proof is not None, bound
    verify_bound(tiny, certificate_of(tiny, proof))
    spent = round(time.process_time() - began, 1)
    warm_up()
    return spent


def _instance(
    name: str, seed: int, problem: ConvoyProblem, time_s: float, plan_s: float
) -> list[dict[str, Any]]:
    plan = plan_convoy(problem, seed=seed, deadline=_share(plan_s))
    began = time.process_time()
    simple = bound_b0(problem)
    rows = [_row(name, seed, plan, simple, time.process_time() - began)]
    for level in ("B1", "B2"):
        began = time.process_time()
        bound, proof = bound_by_days(problem, level, simple, plan=plan, stop=_share(time_s))
        row = _row(name, seed, plan, bound, time.process_time() - began)
        if proof is not None:
            began = time.process_time()
            verdict = verify_bound(problem, certificate_of(problem, proof))
            row |= {"level": level, "certified": proof.value, "verified": verdict.holds,
                    "verify_cpu_s": round(time.process_time() - began, 1)}  # fmt: skip
        rows.append(row)
    for row in rows:
        print(json.dumps(row), flush=True)
    return rows


def _share(seconds: float) -> Callable[[], float]:
    began = time.process_time()
    return lambda: (time.process_time() - began) / seconds


def _row(name: str, seed: int, plan: Plan, bound: Bound, cpu_s: float) -> dict[str, Any]:
    value = plan.totals.value_across
    return {
        "instance": name, "seed": seed, "bound": bound.name, "value": bound.value,
        "plan": value, "gap": round((bound.value - value) / bound.value, 4),
        "cpu_s": round(cpu_s, 1), "would_help": bound.binding[:4],
    }  # fmt: skip


if __name__ == "__main__":
    main()
