"""Latent classes: people of a few hidden kinds, lists independent within a kind.

The number of kinds is left to a truncated Dirichlet process. The sampler is run as several
chains at once, because a single chain can stay in one of several solutions without a sign of it.

References
----------
Manrique-Vallier (2016), doi:10.1111/biom.12502; R-hat by Gelman et al. (2013), Bayesian Data
Analysis, 3rd ed., section 11.4, on halves of chains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from safepassage.core.population.poisson import Floats
from safepassage.core.population.types import CaptureTable, MethodEstimate
from safepassage.errors import RefusedError

LEAST_LISTS = 3
CLASSES = 10
CHAINS = 8
WARM_UP, KEPT = 5000, 7000
CONCENTRATION_SHAPE, CONCENTRATION_RATE = 0.25, 0.25
"""Gamma prior of the Dirichlet process's concentration (Manrique-Vallier 2016, section 4)."""
START_CONCENTRATION = 0.2
RHAT_LIMIT = 1.1
MOST_MISSED = 1.0 - 1e-9
"""A draw in which nobody is ever listed would make the total infinite."""
TINY = 1e-12


@dataclass(slots=True)
class _State:
    """All chains' parameters: shapes (chains, classes) and (chains, lists, classes)."""

    share: Floats
    listed: Floats
    concentration: Floats
    unseen: Floats


def latent_classes(table: CaptureTable, level: float, seed: int) -> MethodEstimate:
    """Estimate by latent classes with :data:`CHAINS` chains; the posterior median.

    Raises
    ------
    RefusedError
        With fewer than three lists.
    """
    if len(table.lists) < LEAST_LISTS:
        raise RefusedError("Hidden classes cannot be told from chance with fewer than three lists.")
    draws = sample_unseen(table, seed)
    rhat = split_rhat(np.log(draws + 0.5))
    tails = ((1 - level) / 2, 0.5, (1 + level) / 2)
    low, middle, high = (table.observed + float(np.quantile(draws, tail)) for tail in tails)
    return MethodEstimate(
        "latent_classes",
        middle,
        low,
        high,
        level,
        _convergence_warning(draws, table.observed, rhat),
        detail=f"{CHAINS} chains, R-hat {rhat:.2f}",
    )


def _convergence_warning(draws: Floats, observed: int, rhat: float) -> tuple[str, ...]:
    if rhat <= RHAT_LIMIT:
        return ()
    medians = observed + np.median(draws, axis=1)
    sentence = (
        f"The sampler has not converged (R-hat {rhat:.2f}): its chains say from "
        f"{medians.min():,.0f} to {medians.max():,.0f}. Do not use this number."
    )
    return (sentence,)


def split_rhat(chains: Floats) -> float:
    """Return the potential scale reduction of chains split in halves, shape (chains, draws)."""
    half = chains.shape[1] // 2
    parts = np.vstack([chains[:, :half], chains[:, half : 2 * half]])
    within = float(parts.var(axis=1, ddof=1).mean())
    between = half * float(parts.mean(axis=1).var(ddof=1))
    if within == 0.0:
        return 1.0 if between == 0.0 else float("inf")
    return float(np.sqrt((half - 1) / half + between / (half * within)))


def sample_unseen(table: CaptureTable, seed: int) -> Floats:
    """Draw the number on no list from its posterior by Gibbs sampling.

    Returns
    -------
    numpy.ndarray
        Shape (:data:`CHAINS`, :data:`KEPT`).
    """
    random = np.random.default_rng(seed)
    marks = np.array(table.histories, dtype=np.float64)
    counts = np.array(table.counts, dtype=np.int64)
    state = _start(random, len(table.lists))
    draws = np.empty((CHAINS, KEPT))
    for step in range(WARM_UP + KEPT):
        _sweep(random, state, marks, counts)
        if step >= WARM_UP:
            draws[:, step - WARM_UP] = state.unseen
    return draws


def _start(random: np.random.Generator, lists: int) -> _State:
    """Draw every chain's start from the prior, a few classes large, so that chains differ."""
    state = _State(
        np.empty((CHAINS, CLASSES)),
        random.random((CHAINS, lists, CLASSES)),
        np.full(CHAINS, START_CONCENTRATION),
        np.zeros(CHAINS),
    )
    _draw_shares(random, state, np.zeros((CHAINS, CLASSES)))
    return state


def _sweep(
    random: np.random.Generator,
    state: _State,
    marks: Floats,
    counts: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> None:
    """Update the classes of the listed, the unseen, and all parameters once."""
    yes = np.log(np.clip(state.listed, TINY, None))
    no = np.log(np.clip(1.0 - state.listed, TINY, None))
    log_share = np.log(np.clip(state.share, TINY, None))
    members = _allocate(random, log_share[:, None, :] + marks @ yes + (1.0 - marks) @ no, counts)
    hidden = _draw_unseen(random, state, log_share + no.sum(axis=1), int(counts.sum()))
    on_list = np.einsum("cpk,pj->cjk", members, marks)
    in_class = members.sum(axis=1) + hidden
    state.listed = random.beta(1.0 + on_list, 1.0 + in_class[:, None, :] - on_list)
    _draw_shares(random, state, in_class)


def _allocate(
    random: np.random.Generator,
    log_weight: Floats,
    counts: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> Floats:
    weight = np.exp(log_weight - log_weight.max(axis=2, keepdims=True))
    weight /= weight.sum(axis=2, keepdims=True)
    return random.multinomial(counts[None, :], weight).astype(np.float64)


def _draw_unseen(
    random: np.random.Generator, state: _State, log_missed: Floats, observed: int
) -> Floats:
    missed = np.exp(log_missed)
    total = missed.sum(axis=1)
    unseen = random.negative_binomial(observed, 1.0 - np.minimum(total, MOST_MISSED))
    state.unseen = unseen.astype(np.float64)
    return random.multinomial(unseen, missed / total[:, None]).astype(np.float64)


def _draw_shares(random: np.random.Generator, state: _State, in_class: Floats) -> None:
    """Break the stick: class by class, what is left of the whole."""
    later = in_class[:, ::-1].cumsum(axis=1)[:, ::-1] - in_class
    stick = random.beta(1.0 + in_class, state.concentration[:, None] + later)
    stick[:, -1] = 1.0
    left = np.cumprod(np.clip(1.0 - stick[:, :-1], TINY, None), axis=1)
    state.share = stick * np.hstack([np.ones((CHAINS, 1)), left])
    rate = CONCENTRATION_RATE - np.log(left[:, -1])
    state.concentration = random.gamma(CONCENTRATION_SHAPE + CLASSES - 1, 1.0 / rate)
