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

LEAST_LISTS, MOST_EXACT, MOST_LISTS = 3, 5, 10
WALK_STEPS = 3000
"""Per walk; two walks, from no edges and from a graph full of them."""
WALK_GRID_STEP = 12
DISAGREE = 0.1
GRID_POINTS = 4000
GRID_LIMIT = 200
"""The unseen are sought up to this many times the observed."""
TAIL_LIMIT = 1e-3
"""Posterior weight in the last tenth of the grid above which the upper end is called unbounded."""


def decomposable(table: CaptureTable, level: float, seed: int = 0) -> MethodEstimate:
    """Estimate by the average over decomposable graphs but the saturated one.

    Prior: every graph equally likely, 1/N on the total, cells of the full table Dirichlet with
    one pseudo-person in all. The estimate is the posterior median. Up to five lists all graphs are
    summed; above, the graphs that two random walks meet, each with its exact weight.

    Raises
    ------
    RefusedError
        Below three lists or above ten.
    """
    lists = len(table.lists)
    if not LEAST_LISTS <= lists <= MOST_LISTS:
        raise RefusedError(
            f"The average over graphs takes {LEAST_LISTS} to {MOST_LISTS} lists; there are {lists}."
        )
    unseen = _grid(table.observed)
    scores = _margin_scores(table, unseen)
    common = _common_weight(table, unseen)
    warnings: tuple[str, ...] = ()
    if lists <= MOST_EXACT:
        graphs = _graph_coefficients(lists)
    else:
        graphs, warnings = _graphs_met(lists, scores, common, unseen, seed)
    share = _posterior(graphs, scores, common).sum(axis=0)
    low, middle, high = _quantiles(unseen, share, level)
    if share[-len(share) // 10 :].sum() > TAIL_LIMIT:
        high = float("inf")
        warnings = (*warnings, "The posterior has no end within 200 times the observed.")
    observed = table.observed
    return MethodEstimate(
        "decomposable", observed + middle, observed + low, observed + high, level, warnings
    )


def _graphs_met(
    lists: int, scores: Floats, common: Floats, unseen: Floats, seed: int
) -> tuple[Floats, tuple[str, ...]]:
    """Walk twice over decomposable graphs, one edge at a time (Metropolis).

    Returns
    -------
    tuple
        Coefficients of every graph met, shape (graphs, 2**k), and a warning where the two walks
        would give totals that differ by more than a tenth.
    """
    coarse = slice(None, None, WALK_GRID_STEP)
    walked = []
    for start in (0, _dense_start(lists)):
        random = np.random.default_rng((seed, start))
        walked.append(_walk(lists, start, scores[:, coarse], common[coarse], random))
    medians = []
    for met in walked:
        share = _posterior(np.array(list(met.values())), scores, common).sum(axis=0)
        medians.append(_quantiles(unseen, share, 0.5)[1])
    warnings: tuple[str, ...] = ()
    if max(medians) > (1.0 + DISAGREE) * max(min(medians), 1.0):
        warnings = ("Two walks over the graphs disagree by more than a tenth; do not use it.",)
    together = walked[0] | walked[1]
    return np.array([together[graph] for graph in sorted(together)]), warnings


def _dense_start(lists: int) -> int:
    """Return the graph in which all lists but the last are joined: decomposable, nearly full."""
    pairs = combinations(range(lists), 2)
    return sum(1 << place for place, pair in enumerate(pairs) if lists - 1 not in pair)


def _walk(
    lists: int, start: int, scores: Floats, common: Floats, random: np.random.Generator
) -> dict[int, Floats]:
    pairs = list(combinations(range(lists), 2))
    full = (1 << len(pairs)) - 1
    here = start
    met = {here: _row_of(lists, pairs, here)}
    height = _log_evidence(met[here], scores, common)
    for place, luck in zip(
        random.integers(0, len(pairs), WALK_STEPS), random.random(WALK_STEPS), strict=True
    ):
        there = here ^ (1 << int(place))
        row = met.get(there) if there in met else _row_of(lists, pairs, there)
        if row is None or there == full:
            continue
        reached = _log_evidence(row, scores, common)
        if np.log(luck) < reached - height:
            here, height = there, reached
            met[here] = row
    return {graph: row for graph, row in met.items() if row is not None}


def _row_of(lists: int, pairs: list[tuple[int, int]], graph: int) -> Floats | None:
    return _eliminate(lists, [pair for place, pair in enumerate(pairs) if graph >> place & 1])


def _log_evidence(row: Floats | None, scores: Floats, common: Floats) -> float:
    if row is None:
        return -np.inf
    used = np.flatnonzero(row)
    weight = row[used] @ scores[used] + common
    top = weight.max()
    return float(top + np.log(np.exp(weight - top).sum()))


def _grid(observed: int) -> Floats:
    """Return whole numbers of unseen, all of them at first, then growing by equal shares."""
    grown = np.geomspace(1.0, GRID_LIMIT * observed, GRID_POINTS).round()
    result: Floats = np.unique(np.concatenate([np.arange(1000.0), grown]))
    return result


def _common_weight(table: CaptureTable, unseen: Floats) -> Floats:
    """Return what every graph's log weight has in common, shape (grid,)."""
    total = table.observed + unseen
    arrangements = gammaln(total + 1) - gammaln(unseen + 1) - np.log(total)
    result: Floats = arrangements + np.log(np.gradient(unseen))
    return result


def _posterior(graphs: Floats, scores: Floats, common: Floats) -> Floats:
    """Return the joint posterior of graph and total, shape (graphs, grid), summing to 1."""
    log_weight = graphs @ scores + common
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
