"""Processor time of every method: ``python -m benchmarks.population.speed``.

Set ``OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1`` before: one core is meant. Goals: every method that
draws nothing under 0.5 s for five lists, latent classes with eight chains under 5 s, and all
methods together for eight lists under 30 s.
"""

from __future__ import annotations

import time

from benchmarks.population.structures import STRUCTURES, Structure, draw
from safepassage.core.population.estimate import METHODS, run_method
from safepassage.core.population.recommend import recommend
from safepassage.core.population.types import CaptureTable

SEED = 20_000
EIGHT = Structure("eight lists", (0.3, 0.25, 0.2, 0.18, 0.15, 0.12, 0.1, 0.08), spread=0.8)


def main() -> None:
    """Time five lists in six structures, then eight lists."""
    seconds(draw(STRUCTURES[0], SEED))  # what is done once only
    for structure in (*STRUCTURES[:6], EIGHT):
        found = seconds(draw(structure, SEED))
        slow = sorted(found.items(), key=lambda row: -row[1])[:4]
        words = ", ".join(f"{name} {taken:.2f}" for name, taken in slow)
        print(f"{structure.name:<24} all {sum(found.values()):6.2f} s; {words}")


def seconds(table: CaptureTable) -> dict[str, float]:
    """Return the processor time of every method and of the band."""
    found = {}
    for name in METHODS:
        started = time.process_time()
        run_method(name, table, table, 0.95, 0)
        found[name] = time.process_time() - started
    started = time.process_time()
    recommend(table, table, 0.95)
    return found | {"recommended": time.process_time() - started}


if __name__ == "__main__":
    main()
