"""Runs planners on instances, each in a process of its own, and judges what they bring back."""

from __future__ import annotations

import json
import os
import pickle
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.convoy.instances import Instance

from safepassage.core.convoy.replay import replay
from safepassage.core.convoy.types import Itinerary

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Job:
    """One planner, seed and budget.

    Parameters
    ----------
    budget_s
        CPU seconds after start-up (imports, reading the job, loading compiled code).
    """

    peer: str
    seed: int
    budget_s: float


def run(instance: Instance, jobs: list[Job], python: str) -> Iterator[dict[str, Any]]:
    """Yield one result a job, as it is done.

    Parameters
    ----------
    python
        Interpreter in which the peers are installed.
    """
    for job in jobs:
        yield _header(instance, job) | _judged(instance, *_in_a_process(instance, job, python))


def machine() -> dict[str, Any]:
    """Return what the numbers depend on besides the code."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load_average": list(os.getloadavg()),
    }


def _header(instance: Instance, job: Job) -> dict[str, Any]:
    return {
        "instance": instance.name,
        "instance_seed": instance.seed,
        "groups": len(instance.problem.groups),
        "value_wanted": sum(group.value for group in instance.problem.groups),
        "planner": job.peer,
        "seed": job.seed,
        "budget_cpu_s": job.budget_s,
    }


def _in_a_process(instance: Instance, job: Job, python: str) -> tuple[dict[str, Any], float]:
    """Return the worker's answer and the CPU seconds that the kernel charged its process with."""
    with tempfile.TemporaryDirectory() as scratch:
        job_path, out_path = Path(scratch) / "job.pickle", Path(scratch) / "out.json"
        content = {
            "peer": job.peer,
            "seed": job.seed,
            "budget_s": job.budget_s,
            "problem": instance.problem,
        }
        job_path.write_bytes(pickle.dumps(content))
        command = [python, "-m", "benchmarks.convoy.worker", str(job_path), str(out_path)]
        with subprocess.Popen(
            command, cwd=ROOT, env=_environment(), stderr=subprocess.PIPE
        ) as child:
            complaint = child.stderr.read() if child.stderr else b""
            _pid, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        cpu_s = usage.ru_utime + usage.ru_stime
        if child.returncode:
            return {"error": complaint.decode(errors="replace").strip()[-600:]}, cpu_s
        return json.loads(out_path.read_text(encoding="utf-8")), cpu_s


def _environment() -> dict[str, str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return os.environ | ONE_THREAD | {"PYTHONPATH": paths}


def _judged(instance: Instance, answer: dict[str, Any], cpu_s: float) -> dict[str, Any]:
    """Return the judge's numbers; what a planner says of itself is not used."""
    if "error" in answer:
        return {"error": answer["error"], "process_cpu_s": round(cpu_s, 2)}
    itineraries = tuple(_itinerary(document) for document in answer["itineraries"])
    result = replay(instance.problem, itineraries)
    return {
        "version": answer["version"],
        "value_across": result.value_across,
        "persons_across": result.persons_across,
        "value_planned": result.value_planned,
        "persons_planned": result.persons_planned,
        "exposure_person_h": round(result.exposure_person_h, 3),
        "faults": len(result.faults),
        "process_cpu_s": round(cpu_s, 2),
        "startup_cpu_s": round(answer["startup_cpu_s"], 2),
        "solve_cpu_s": round(answer["solve_cpu_s"], 2),
        "tried": answer["tried"],
    }


def _itinerary(document: dict[str, Any]) -> Itinerary:
    return Itinerary(
        vehicle_id=document["vehicle_id"],
        window_id=document["window_id"],
        stops=tuple((place, tuple(tokens)) for place, tokens in document["stops"]),
        not_before_s=document["not_before_s"],
    )


def default_python() -> str:
    """Return this interpreter, in which the group `bench` is expected."""
    return sys.executable
