"""Bayesian averaging over decomposable graphs of dependence between lists.

Lists are the vertices; lists that are not joined are independent given the others. For a
decomposable graph with a hyper-Dirichlet prior the posterior of the total is known in closed form.

References
----------
Madigan and York (1997), doi:10.1093/biomet/84.1.19; Dawid and Lauritzen (1993),
doi:10.1214/aos/1176349260.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import numpy as np
from scipy.special import gammaln

from safepassage.core.population.capture import cell_counts
from safepassage.core.population.poisson import Floats
from safepassage.core.population.types import CaptureTable, MethodEstimate
from safepassage.errors import RefusedError

LEAST_LISTS, MOST_LISTS = 3, 5
GRID_POINTS = 4000
GRID_LIMIT = 200
"""The unseen are sought up to this many times the observed."""
TAIL_LIMIT = 1e-3
"""Posterior weight in the last tenth of the grid above which the upper end is called unbounded."""


def decomposable(table: CaptureTable, level: float) -> MethodEstimate:
    """Estimate by the average over all decomposable graphs but the saturated one, exactly.

    Prior: every graph equally likely, 1/N on the total, cells of the full table Dirichlet with
    one pseudo-person in all. The estimate is the posterior median.

    Raises
    ------
    RefusedError
        Below three lists or above five.
    """
    lists = len(table.lists)
    if not LEAST_LISTS <= lists <= MOST_LISTS:
        raise RefusedError(
            f"The exact average over graphs takes {LEAST_LISTS} to {MOST_LISTS} lists; there are "
            f"{lists}."
        )
    unseen = _grid(table.observed)
    posterior = _posterior(table, unseen)
    share = posterior.sum(axis=0)
    low, middle, high = _quantiles(unseen, share, level)
    warnings: tuple[str, ...] = ()
    if share[-len(share) // 10 :].sum() > TAIL_LIMIT:
        high = float("inf")
        warnings = ("The posterior has no end within 200 times the observed.",)
    observed = table.observed
    return MethodEstimate(
        "decomposable", observed + middle, observed + low, observed + high, level, warnings
    )


def _grid(observed: int) -> Floats:
    """Return whole numbers of unseen, all of them at first, then growing by equal shares."""
    grown = np.geomspace(1.0, GRID_LIMIT * observed, GRID_POINTS).round()
    result: Floats = np.unique(np.concatenate([np.arange(1000.0), grown]))
    return result


def _posterior(table: CaptureTable, unseen: Floats) -> Floats:
    """Return the joint posterior of graph and total, shape (graphs, grid), summing to 1."""
    lists = len(table.lists)
    total = table.observed + unseen
    common = gammaln(total + 1) - gammaln(unseen + 1) - np.log(total)
    width = np.gradient(unseen)
    log_weight = _graph_coefficients(lists) @ _margin_scores(table, unseen) + common + np.log(width)
    weight = np.exp(log_weight - log_weight.max())
    posterior: Floats = weight / weight.sum()
    return posterior


def _margin_scores(table: CaptureTable, unseen: Floats) -> Floats:
    """Return the log marginal likelihood of every marginal table, shape (2**k, grid)."""
    lists = len(table.lists)
    counts = cell_counts(table)
    total = table.observed + unseen
    cells = np.arange(1 << lists)
    scores = np.zeros((1 << lists, len(unseen)))
    for subset in range(1, 1 << lists):
        margin = np.bincount(cells & subset, weights=counts, minlength=1 << lists)
        size = 1 << subset.bit_count()
        pseudo = 1.0 / size
        filled = margin[1:][margin[1:] > 0]
        fixed = float((gammaln(filled + pseudo) - gammaln(pseudo)).sum())
        empty = gammaln(margin[0] + unseen + pseudo) - gammaln(pseudo)
        scores[subset] = fixed + empty - gammaln(1.0 + total)
    return scores


@lru_cache(maxsize=4)
def _graph_coefficients(lists: int) -> Floats:
    """Return how often each margin enters each decomposable graph's likelihood.

    Shape (graphs, 2**k): plus one for every clique, minus one for every separator.
    """
    pairs = list(combinations(range(lists), 2))
    rows = []
    for chosen in range((1 << len(pairs)) - 1):  # the last, with every pair, is saturated
        edges = [pair for place, pair in enumerate(pairs) if chosen >> place & 1]
        row = _eliminate(lists, edges)
        if row is not None:
            rows.append(row)
    return np.array(rows)


def _eliminate(lists: int, edges: list[tuple[int, int]]) -> Floats | None:
    """Take out vertices whose neighbours are all joined; None if that stops before the end."""
    near = [0] * lists
    for a, b in edges:
        near[a] |= 1 << b
        near[b] |= 1 << a
    row = np.zeros(1 << lists)
    left = (1 << lists) - 1
    while left:
        vertex = next((v for v in range(lists) if left >> v & 1 and _simplicial(v, near, left)), -1)
        if vertex < 0:
            return None
        around = near[vertex] & left
        row[around | 1 << vertex] += 1.0
        row[around] -= 1.0
        left &= ~(1 << vertex)
    return row


def _simplicial(vertex: int, near: list[int], left: int) -> bool:
    around = near[vertex] & left
    others = [other for other in range(len(near)) if around >> other & 1]
    return all(around & ~near[other] == 1 << other for other in others)


def _quantiles(unseen: Floats, share: Floats, level: float) -> tuple[float, float, float]:
    below = np.cumsum(share) - share / 2
    tails = ((1 - level) / 2, 0.5, (1 + level) / 2)
    low, middle, high = (float(np.interp(tail, below, unseen)) for tail in tails)
    return low, middle, high
