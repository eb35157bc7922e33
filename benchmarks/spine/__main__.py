"""Measure the spine: demo, import, road import and the first plan, each as a whole process.

Run it on a quiet machine::

    python -m benchmarks.spine --osm porto=PATH --osm andorra=PATH --out results.json

Each figure is the median of `--repeats` runs; wall and CPU seconds and peak memory come from the
operating system's account of the finished child.
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
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

GOALS = {
    "demo": "under 90 s and 1.5 GB",
    "import safepassage": "under 0.3 s",
    "porto: import and contract": "under 5 s",
    "andorra: first plan of 300 households (inside the process)": "under 2 s",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """Median of one command, with the goal beside it."""

    what: str
    runs: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    goal: str
    note: str = ""


def measure(what: str, command: list[str], repeats: int, note: str = "") -> Measured:
    """Run a command several times and return its medians.

    Raises
    ------
    subprocess.CalledProcessError
        If a run fails: a failed run is not a measurement.
    """
    walls, cpus, peaks = [], [], []
    for _ in range(repeats):
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        walls.append(time.perf_counter() - began)
        cpus.append(usage.ru_utime + usage.ru_stime)
        peaks.append(usage.ru_maxrss / 1024)
    return Measured(
        what,
        repeats,
        round(statistics.median(walls), 3),
        round(statistics.median(cpus), 3),
        round(statistics.median(peaks), 1),
        GOALS.get(what, ""),
        note,
    )


CONTRACT = """
import sys
from pathlib import Path
from safepassage.adapters.osm import import_osm
from safepassage.core.corridor.graph import build_graph
from safepassage.core.corridor.types import VehicleClass
network = import_osm(Path(sys.argv[1]))
build_graph(network, (), VehicleClass.BUS)
"""

FIRST_PLAN = """
import json, sys, time
from pathlib import Path
from safepassage.core.convoy.search import plan_convoy, warm_up
from safepassage.pipeline import prepare
prepared = prepare(Path(sys.argv[1]))
warm_up()
moments = []
began = time.perf_counter()
plan_convoy(prepared.problem, prepared.pre_left, seed=1, iterations=40_000,
            progress=lambda now: moments.append(
                (round(time.perf_counter() - began, 3), now.persons, now.value)))
print(json.dumps(moments))
"""


def first_plan(scenario: Path) -> dict[str, object]:
    """Return when the first plan was there, and what the search had at each second after."""
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PLAN, str(scenario)],
        check=True,
        capture_output=True,
        text=True,
    )
    moments = json.loads(done.stdout.splitlines()[-1])
    by_second = {int(at_s): (persons, value) for at_s, persons, value in moments}
    return {
        "first_plan_s": moments[0][0],
        "first_persons": moments[0][1],
        "persons_and_value_by_second": by_second,
        "goal": GOALS["andorra: first plan of 300 households (inside the process)"],
    }


def main() -> None:
    """Measure everything and write the record."""
    arguments = _arguments()
    program = str(Path(sys.executable).parent / "safepassage")
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        rows = [
            measure("import safepassage", [sys.executable, "-c", "import safepassage"],
                    arguments.repeats),
            measure("python alone", [sys.executable, "-c", "pass"], arguments.repeats),
            measure("demo", [program, "demo", "--out", str(scratch / "demo")],
                    max(1, arguments.repeats // 2)),
        ]  # fmt: skip
        rows += [
            measure(f"{name}: import and contract", [sys.executable, "-c", CONTRACT, path],
                    arguments.repeats)
            for name, path in arguments.osm
        ]  # fmt: skip
        record = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "python": platform.python_version(),
            "versions": {
                name: version(name) for name in ("safepassage", "numpy", "numba", "osmium")
            },
            "measured": [asdict(row) for row in rows],
            "first_plan": [
                {"roads": name, **_first_plan_on(Path(path), scratch / name)}
                for name, path in arguments.osm
            ],
        }
    text = json.dumps(record, indent=2) + "\n"
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    print(text)


def _first_plan_on(osm: Path, folder: Path) -> dict[str, object]:
    from safepassage.exercises.roads import write_road_exercise

    write_road_exercise(folder, osm, seed=1)
    return first_plan(folder)


def _arguments() -> argparse.Namespace:
    def named(text: str) -> tuple[str, str]:
        name, path = text.split("=", 1)
        return name, path

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osm", type=named, action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
