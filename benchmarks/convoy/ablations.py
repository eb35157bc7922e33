"""One setting of the search changed at a time: same instances, seeds and CPU seconds.

    python -m benchmarks.convoy.ablations --instance andorra-1500 --seeds 1 2 3 --cpu-s 30 \
        --set MOST_OUT=100 --set MOST_OUT=400,SQUARE_PER_OUT=5600

Each ``--set`` names a constant of :mod:`safepassage.core.convoy.search` and its value; several with
commas between them are changed together. The base, with nothing changed, is always run too. One
JSON line is printed for each run: what was set, seed, moves, value and persons. Only what the
search reads in Python can be set; a constant of a compiled kernel is fixed when it is compiled.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.convoy.instances import DATA, Instance, build

from safepassage.core.convoy import search
from safepassage.core.convoy.types import Plan


def main() -> None:
    """Run every setting on every seed and print one line each."""
    asked = _arguments()
    search.warm_up()
    for seed in asked.seeds:
        instance = build(asked.instance, seed, asked.data)
        for setting in ("", *asked.set):
            plan = _with(setting, instance, seed, asked.cpu_s)
            print(_line(asked, setting, seed, plan), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--instance", default="andorra-300")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--cpu-s", type=float, default=10.0)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE,...")
    parser.add_argument("--data", type=Path, default=DATA)
    return parser.parse_args()


def _with(setting: str, instance: Instance, seed: int, cpu_s: float) -> Plan:
    """Return the plan under a setting, and take the setting back."""
    pairs = [one.split("=") for one in setting.split(",") if one]
    before = {name: getattr(search, name) for name, _ in pairs}
    for name, value in pairs:
        setattr(search, name, type(before[name])(float(value)))
    try:
        return search.plan_convoy(
            instance.problem, instance.pre_left, seed=seed, deadline=_deadline(cpu_s)
        )
    finally:
        for name, old in before.items():
            setattr(search, name, old)


def _deadline(cpu_s: float) -> Callable[[], float]:
    began = time.process_time()
    return lambda: (time.process_time() - began) / cpu_s


def _line(asked: argparse.Namespace, setting: str, seed: int, plan: Plan) -> str:
    return json.dumps(
        {
            "instance": asked.instance,
            "cpu_s": asked.cpu_s,
            "set": setting,
            "seed": seed,
            "moves": plan.iterations,
            "value": plan.totals.value_across,
            "persons": plan.totals.persons,
        }
    )


if __name__ == "__main__":
    main()
