"""One planner on one instance in a process of its own: reads a job, writes what was found.

Run as ``python -m benchmarks.convoy.worker JOB OUT``; the runner measures its CPU seconds.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.convoy.clock import CpuClock
from benchmarks.convoy.sweep import sweep
from benchmarks.convoy.task import make_task


def main(job_path: str, out_path: str) -> None:
    """Solve the job and write the best itineraries with every cut tried."""
    with Path(job_path).open("rb") as handle:
        job: dict[str, Any] = pickle.load(handle)  # written by the runner a moment ago
    peer = import_module(f"benchmarks.convoy.peers.{job['peer']}")
    task = make_task(job["problem"])
    if hasattr(peer, "warm_up"):
        peer.warm_up()
    startup_s = time.process_time()
    found = sweep(peer, task, job["seed"], CpuClock(job["budget_s"]))
    answer = {
        "version": peer.version(),
        "startup_cpu_s": startup_s,
        "solve_cpu_s": time.process_time() - startup_s,
        "tried": [asdict(attempt) for attempt in found.tried],
        "itineraries": [asdict(itinerary) for itinerary in found.itineraries],
    }
    Path(out_path).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
