"""Robust search: worlds of delays that every plan under work is judged in.

All plans of a search meet the same worlds (common random numbers), so a difference between two of
them is a difference between the plans. The search would in time learn its few worlds by heart;
what it keeps is therefore judged in other, more numerous ones, and what is promised is counted in
worlds that neither has seen.

The close of a window that ends early is not drawn: given how a world went, the share of early
closes that everybody is ahead of is known exactly, and used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.arrays import Data, Ints
from safepassage.core.convoy.robust_kernel import Singles, Worlds
from safepassage.core.convoy.types import ConvoyProblem, DelayModel, Distribution, Promise
from safepassage.errors import Finding, InputError

SEARCH_WORLDS = 128
"""Worlds in which each move is judged."""

CHECK_WORLDS = 4_000
"""Worlds in which a plan has to hold before the search keeps it."""

PROMISE_BLOCKS, PROMISE_WORLDS = 6, 2_000
"""Worlds of the promise, in blocks so that memory stays bounded."""

ONE_SIDED_95 = 1.6448536269514722
"""Standard normal quantile at 0.95."""

STRATUM = 16
"""Draws of which a stratified sample takes one."""

_SEARCH, _CHECK, _PROMISE = range(3)


@dataclass(slots=True)
class Aim:
    """What a robust search wants, and the worlds in which it is judged.

    Parameters
    ----------
    certainty
        Least probability that everybody planned is across; None for the most expected value.
    level
        Probability that the search's own worlds have to show; moves so that the plan holds
        elsewhere.
    lasts
        int64[W], the windows' last moments without the search's buffer.
    misses
        Rounds of the search since its plan last held.
    """

    certainty: float | None
    delays: DelayModel
    seed: int
    search: Worlds
    check: Worlds
    level: float
    lasts: Ints
    misses: int = 0


def make_aim(
    problem: ConvoyProblem,
    data: Data,
    delays: DelayModel,
    *,
    certainty: float | None,
    scenarios: int,
    seed: int,
) -> Aim:
    """Draw the worlds of a search.

    Raises
    ------
    InputError
        If a distribution of the delay model is of an unknown kind.
    """
    rngs = [np.random.default_rng([seed, use]) for use in (_SEARCH, _CHECK)]
    few = draw_worlds(problem, data, delays, scenarios, rngs[0])
    many = draw_worlds(problem, data, delays, CHECK_WORLDS, rngs[1])
    level = 0.0 if certainty is None else certainty
    return Aim(certainty, delays, seed, few, many, level, data.window["last"].copy())


def promise_worlds(problem: ConvoyProblem, data: Data, aim: Aim, block: int) -> Worlds:
    """Return a block of worlds that the search has not seen."""
    rng = np.random.default_rng([aim.seed, _PROMISE, block])
    return draw_worlds(problem, data, aim.delays, PROMISE_WORLDS, rng)


def no_worlds(data: Data) -> Worlds:
    """Return the worlds of a search that knows no delays: none."""
    groups, windows, duties = (
        np.zeros((len(rows), 0), np.float32) for rows in (data.group, data.window, data.duty)
    )
    hours = np.zeros((len(data.window), 2))
    return Worlds(
        groups, groups, groups, windows, windows, duties, duties, hours, collapse=np.zeros(1)
    )


def draw_worlds(
    problem: ConvoyProblem, data: Data, delays: DelayModel, count: int, rng: np.random.Generator
) -> Worlds:
    """Draw `count` worlds; what acts on a whole window, and breakdowns, in strata."""
    groups, windows, duties = len(data.group), len(data.window), len(data.duty)
    hours = [(window.opens_s, window.closes_s) for window in problem.windows]
    return Worlds(
        leg=_draws(delays.leg_factor, groups, count, rng),
        line=_draws(delays.leg_factor, groups, count, rng),
        stop=_draws(delays.boarding_factor, groups, count, rng),
        day=_in_strata(delays.day_factor, windows, count, rng),
        screening=_in_strata(delays.screening_factor, windows, count, rng),
        breaks=_breakdowns(delays.breakdown_probability, duties, count, rng),
        stands=_draws(delays.breakdown_s, duties, count, rng),
        hours=np.array(hours, np.float64).reshape(-1, 2),
        collapse=np.array([delays.collapse_probability_per_window]),
    )


def _draws(distribution: Distribution, rows: int, count: int, rng: np.random.Generator) -> Singles:
    return _draw(distribution, (rows, count), rng).astype(np.float32)


def _in_strata(
    distribution: Distribution, rows: int, count: int, rng: np.random.Generator
) -> Singles:
    """Draw so that each row spreads evenly over the distribution, in random order."""
    draws = np.sort(_draw(distribution, (rows, count * STRATUM), rng), axis=1)
    one_each = draws.reshape(rows, count, STRATUM)[:, :, STRATUM // 2]
    return np.ascontiguousarray(rng.permuted(one_each, axis=1), np.float32)


def _breakdowns(probability: float, rows: int, count: int, rng: np.random.Generator) -> Singles:
    """Return where on its legs a vehicle breaks down, as a share, or -1."""
    order = rng.permuted(np.tile(np.arange(count), (rows, 1)), axis=1)
    broken = order + rng.random((rows, 1)) < probability * count
    return np.where(broken, rng.random((rows, count)), -1.0).astype(np.float32)


def _draw(
    distribution: Distribution, size: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.float64]:
    a, b = distribution.a, distribution.b
    if distribution.kind == "fixed" or (b == 0 and distribution.kind in {"lognormal", "gamma"}):
        return np.full(size, float(a))
    if distribution.kind == "lognormal":
        return a * np.exp(b * rng.standard_normal(size))
    if distribution.kind == "gamma":
        return rng.gamma(1 / b**2, a * b**2, size)
    if distribution.kind == "uniform":
        return rng.uniform(a, b, size)
    message = (
        f"the distribution '{distribution.kind}' is not known; accepted are fixed, lognormal, "
        "gamma and uniform."
    )
    raise InputError(Finding(message, file="delays.toml"))


def lower_limit(probability: float, worlds: int) -> float:
    """Return the one-sided 95 % lower limit of a probability counted in some worlds.

    Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953.
    """
    z2 = ONE_SIDED_95**2
    spread = math.sqrt(probability * (1 - probability) / worlds + z2 / (4 * worlds**2))
    middle = probability + z2 / (2 * worlds)
    return max(0.0, (middle - ONE_SIDED_95 * spread) / (1 + z2 / worlds))


def promise_of(verdicts: list[tuple[float, float]], seed: int) -> Promise:
    """Return the promise of a plan judged in blocks of worlds: (probability, persons) each."""
    probability, persons = (float(one) for one in np.mean(verdicts, axis=0))
    worlds = len(verdicts) * PROMISE_WORLDS
    low = lower_limit(probability, worlds)
    return Promise(probability, low, persons, worlds, seed)
