"""How often intervals would hold the truth for lists like the user's own.

The user's lists are drawn again and again from a population of known size, with each list naming as
many people as it does, under several ways in which lists can depend on each other. Which of them
is true nobody knows; a method that fails in one of them fails where it matters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, roots_hermitenorm

from safepassage.core.population.capture import list_sizes, prepare, table_of
from safepassage.core.population.estimate import METHODS, run_method
from safepassage.core.population.poisson import Floats
from safepassage.core.population.recommend import recommend
from safepassage.core.population.types import CaptureTable
from safepassage.errors import RefusedError, UsageError

BAND = "recommended"
QUICK = ("chao", "independence", "all_two_way", "aic_average", "bic_average", "shrunk")
"""Methods of one table in a few hundredths of a second each; others are taken on request."""
_NODES, _WEIGHTS = roots_hermitenorm(41)
MOST_RATE = 0.98


@dataclass(frozen=True, slots=True)
class World:
    """One way in which lists can depend on each other.

    Parameters
    ----------
    listability
        Standard deviation, on the logit, of how easily people are listed.
    follows
        Change of the logit of the second list for people on the first.
    hidden_share, hidden_shift
        Share of people whom every list hardly reaches, and the change of their logits.
    """

    name: str
    words: str
    listability: float = 0.0
    follows: float = 0.0
    hidden_share: float = 0.0
    hidden_shift: float = 0.0


WORLDS = (
    World("independent", "lists have nothing to do with each other"),
    World("dependent_pair", "the first list sends people to the second", follows=1.2),
    World("heterogeneity", "some people are easier to list than others", listability=1.0),
    World("both", "both of these", listability=1.0, follows=1.2),
    World(
        "hidden", "a third of the people is hardly reached by any list",
        hidden_share=1 / 3, hidden_shift=-2.5,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one method does in one world.

    Parameters
    ----------
    coverage
        Share of runs whose interval holds the truth; a refusal holds nothing.
    width
        Median of high end over low end; infinite where most have no end.
    bias
        Median of (estimate - truth) / truth; None where most are refused.
    refused
        Share of runs without a number.
    """

    world: str
    method: str
    coverage: float
    width: float
    bias: float | None
    refused: float


def coverage_study(
    table: CaptureTable,
    persons: int,
    *,
    runs: int = 100,
    seed: int = 0,
    level: float = 0.95,
    methods: Sequence[str] = QUICK,
    worlds: Sequence[World] = WORLDS,
    progress: Callable[[float, float, str], None] | None = None,
) -> tuple[Coverage, ...]:
    """Draw lists like those of `table` from `persons` people and estimate each draw.

    Parameters
    ----------
    persons
        The true total to draw from; above the union.
    methods
        Beside the recommended band, which is always studied.

    Raises
    ------
    UsageError
        If a method is unknown or `persons` is not above the largest list.
    """
    for name in methods:
        if name not in METHODS:
            raise UsageError(f"There is no method '{name}'; there are {', '.join(METHODS)}.")
    table, _ = prepare(table)  # a list that names nobody cannot be drawn
    sizes = list_sizes(table)
    if persons * MOST_RATE <= max(sizes):
        raise UsageError(
            f"{persons} people are too few: the largest list alone names {max(sizes)}."
        )
    found: list[Coverage] = []
    for at, world in enumerate(worlds):
        logits = _logits(tuple(size / persons for size in sizes), world)
        results: dict[str, list[tuple[float, float, float] | None]] = {}
        for run in range(runs):
            if progress is not None:
                progress(at * runs + run, len(worlds) * runs, world.words)
            random = np.random.default_rng((seed, at, run))
            drawn = _draw(table.lists, logits, persons, world, random)
            for name in (BAND, *methods):
                results.setdefault(name, []).append(_interval(name, drawn, level, seed + run))
        found += [_summary(world.name, name, rows, persons) for name, rows in results.items()]
    return tuple(found)


def _logits(rates: Sequence[float], world: World) -> tuple[float, ...]:
    """Return the logit at which each list reaches its share of all people in this world."""
    found: list[float] = []
    for at, rate in enumerate(rates):
        first = found[0] if at == 1 and world.follows else None
        found.append(float(brentq(_excess(rate, world, first), -20.0, 20.0)))
    return tuple(found)


def _excess(rate: float, world: World, first: float | None) -> Callable[[float], float]:
    """Return how far a logit overshoots `rate`, integrated over how people differ."""

    def reached(logit: float, shift: float) -> float:
        easy = world.listability * _NODES + shift
        alone = expit(logit + easy)
        if first is not None:
            led = expit(first + easy)
            alone = led * expit(logit + easy + world.follows) + (1.0 - led) * alone
        return float(_WEIGHTS @ alone) / float(_WEIGHTS.sum())

    def excess(logit: float) -> float:
        plain, hidden = reached(logit, 0.0), reached(logit, world.hidden_shift)
        return (1.0 - world.hidden_share) * plain + world.hidden_share * hidden - rate

    return excess


def _draw(
    lists: tuple[str, ...],
    logits: Sequence[float],
    persons: int,
    world: World,
    random: np.random.Generator,
) -> CaptureTable:
    easy = world.listability * random.standard_normal(persons)
    easy += world.hidden_shift * (random.random(persons) < world.hidden_share)
    marks = np.zeros((persons, len(lists)), dtype=np.int64)
    for at, logit in enumerate(logits):
        follows = world.follows * marks[:, 0] if at == 1 else 0.0
        marks[:, at] = random.random(persons) < expit(logit + easy + follows)
    return _counted(lists, marks)


def _counted(lists: tuple[str, ...], marks: NDArray[np.int64]) -> CaptureTable:
    seen = marks[marks.any(axis=1)]
    histories, counts = np.unique(seen, axis=0, return_counts=True)
    rows = {tuple(h.tolist()): int(n) for h, n in zip(histories, counts, strict=True)}
    return table_of(lists, rows)


def _interval(
    name: str, table: CaptureTable, level: float, seed: int
) -> tuple[float, float, float] | None:
    usable, _ = prepare(table)
    if name == BAND:
        band = recommend(table, usable, level)
        if band.estimate is None or band.low is None or band.high is None:
            return None
        return band.low, band.estimate, band.high
    try:
        found = run_method(name, table, usable, level, seed)
    except RefusedError:
        return None
    if found.estimate is None or found.low is None or found.high is None:
        return None
    return found.low, found.estimate, found.high


def _summary(
    world: str, method: str, rows: Sequence[tuple[float, float, float] | None], persons: int
) -> Coverage:
    given: Floats = np.array([row for row in rows if row is not None]).reshape(-1, 3)
    holds = int(((given[:, 0] <= persons) & (persons <= given[:, 2])).sum())
    refused = 1.0 - len(given) / len(rows)
    ratios = [*(given[:, 2] / given[:, 0]).tolist(), *[math.inf] * (len(rows) - len(given))]
    bias = float(np.median(given[:, 1])) / persons - 1.0 if refused <= 0.5 else None
    return Coverage(world, method, holds / len(rows), float(np.median(ratios)), bias, refused)
