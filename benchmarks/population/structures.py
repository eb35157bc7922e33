"""Lists drawn from a population of known size, in nine ways of depending on each other.

The structures are the ones of the project's protocol: list probabilities, heterogeneity as a
normal term on every person's logit, dependence as a shift of the second list's logit for those on
the first, or two hidden classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from safepassage.core.population.capture import table_of
from safepassage.core.population.types import CaptureTable

TRUTH = 2200
COMMON = (0.35, 0.30, 0.22, 0.18, 0.12)
SPARSE = (0.10, 0.08, 0.06, 0.05, 0.04)
REACHED = (0.60, 0.50, 0.55, 0.40, 0.30)
HIDDEN = (0.08, 0.07, 0.05, 0.06, 0.04)
REACHED_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Structure:
    """How lists come about.

    Parameters
    ----------
    chances
        Probability of being on each list, at the centre of the logit scale.
    spread
        Standard deviation of a person's own term on the logit.
    pull
        Added to the logit of list 2 for persons on list 1.
    hidden
        Probabilities of the second class, empty where there is one class.
    """

    name: str
    chances: tuple[float, ...]
    spread: float = 0.0
    pull: float = 0.0
    hidden: tuple[float, ...] = ()


STRUCTURES = (
    Structure("independent", COMMON),
    Structure("dependent pair", COMMON, pull=1.2),
    Structure("heterogeneity", COMMON, spread=1.0),
    Structure("both", COMMON, spread=1.0, pull=1.2),
    Structure("sparse", SPARSE),
    Structure("sparse, heterogeneity", SPARSE, spread=0.8),
    Structure("two hidden classes", REACHED, hidden=HIDDEN),
    Structure("three lists", COMMON[:3]),
    Structure("three lists, heterogeneity", COMMON[:3], spread=1.0),
)


def draw(structure: Structure, seed: int, truth: int = TRUTH) -> CaptureTable:
    """Draw lists from `truth` persons and return their overlaps."""
    random = np.random.default_rng(seed)
    marks = _marks(structure, random, truth)
    weights = 1 << np.arange(marks.shape[1])
    cells = np.bincount(marks @ weights, minlength=1 << marks.shape[1])
    lists = marks.shape[1]
    counts = {
        tuple(cell >> place & 1 for place in range(lists)): int(cells[cell])
        for cell in range(1, 1 << lists)
    }
    return table_of(tuple(f"list{place + 1}" for place in range(lists)), counts)


def _marks(
    structure: Structure, random: np.random.Generator, truth: int
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    chances = np.tile(np.array(structure.chances), (truth, 1))
    if structure.hidden:
        reached = random.random(truth) < REACHED_SHARE
        chances = np.where(reached[:, None], chances, np.array(structure.hidden))
    logit = np.log(chances / (1 - chances))
    logit = logit + structure.spread * random.standard_normal((truth, 1))
    marks = np.zeros(logit.shape, dtype=np.bool_)
    for place in range(logit.shape[1]):
        own = logit[:, place] + (structure.pull * marks[:, 0] if place == 1 else 0.0)
        marks[:, place] = random.random(truth) < 1 / (1 + np.exp(-own))
    return marks
