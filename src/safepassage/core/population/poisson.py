"""Poisson maximum likelihood for many log-linear models at once, and whether an estimate exists.

The people on no list are never part of the fit: it is conditional on having been observed, and
the constant of the fitted model is the logarithm of their expected number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MAX_STEPS = 30
STEP_TOLERANCE = 1e-9
JITTER = 1e-10
"""Added to the information's diagonal so that a singular model gives a number that is then
refused, instead of stopping the whole batch; far below the smallest information of any fit that
is accepted."""
VAGUE_VARIANCE = 1e4
"""A variance of the logarithm of the unseen above this means that the cells do not fix it."""
FACE_TOLERANCE = 1e-7
HALVINGS = 12


@dataclass(frozen=True, slots=True)
class Fits:
    """M models fitted to one table.

    Parameters
    ----------
    theta
        Coefficients, shape (M, P), 0 for terms outside the model.
    log_likelihood
        Poisson log-likelihood up to the constant of the data, shape (M,).
    log_unseen_variance
        Variance of the constant, the logarithm of the unseen, shape (M,).
    converged
        Whether the last Newton step was negligible, shape (M,).
    """

    theta: Floats
    log_likelihood: Floats
    log_unseen_variance: Floats
    converged: Bools


def fit_models(design: Floats, counts: Floats, terms: Bools, cells: Bools) -> Fits:
    """Fit M models by Newton's method with step halving.

    Parameters
    ----------
    design
        Shape (C, P), the constant first.
    counts
        Real and non-negative, shape (C,), or (M, C) where every model has a table of its own.
    terms
        Which of the P terms each model has, shape (M, P); the constant always.
    cells
        Which of the C cells each model can fill, shape (M, C).

    Notes
    -----
    A model whose estimate does not exist is recognised by not converging: the step along the
    direction of recession stays near 1 while the likelihood climbs towards its bound.
    """
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    theta = _start(design, products, counts, terms, cells)
    value = _log_likelihood(design, counts, cells, theta)
    step = np.full(len(terms), np.inf)
    working = np.arange(len(terms))
    for _ in range(MAX_STEPS):
        own = counts if counts.ndim == 1 else counts[working]
        direction = _newton_step(
            design, products, own, terms[working], cells[working], theta[working]
        )
        theta[working], value[working], step[working] = _climb(
            design, own, cells[working], theta[working], value[working], direction
        )
        working = np.flatnonzero(step > STEP_TOLERANCE)
        if not len(working):
            break
    information = _information(products, _means(design, cells, theta), terms)
    variance: Floats = np.linalg.inv(information).astype(np.float64)[:, 0, 0]
    return Fits(theta, value, variance, step <= STEP_TOLERANCE)


def score_statistics(
    design: Floats, counts: Floats, terms: Bools, cells: Bools, theta: Floats
) -> Floats:
    """Return Rao's score statistic of every term that a fitted model has not, shape (M, P).

    It says without a fit by about how much (twice the logarithm) a term would raise the likelihood;
    0 for terms that the model has. Parameters as in :func:`fit_models`, with its coefficients.
    """
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    mean = _means(design, cells, theta)
    models, size = terms.shape
    whole: Floats = (mean @ products).reshape(models, size, size)
    cross = whole * terms[:, :, None]
    explained = np.linalg.solve(_information(products, mean, terms), cross)
    spread = np.diagonal(whole, axis1=1, axis2=2) - (cross * explained).sum(axis=1)
    slope = (np.where(cells, counts, 0.0) - mean) @ design
    result: Floats = np.where(terms, 0.0, slope**2 / np.maximum(spread, JITTER))
    return result


def _start(design: Floats, products: Floats, counts: Floats, terms: Bools, cells: Bools) -> Floats:
    weight = np.where(cells, counts + 0.5, 0.0)
    right = ((weight * np.log(counts + 0.5)) @ design) * terms
    return _solve(_information(products, weight, terms), right) * terms


def _information(products: Floats, weight: Floats, terms: Bools) -> Floats:
    models, size = terms.shape
    matrix: Floats = (weight @ products).reshape(models, size, size)
    matrix *= terms[:, :, None] & terms[:, None, :]
    diagonal = np.arange(size)
    matrix[:, diagonal, diagonal] += np.where(terms, JITTER, 1.0)
    return matrix


def _means(design: Floats, cells: Bools, theta: Floats) -> Floats:
    exponent = np.clip(theta @ design.T, -60.0, 60.0)
    return np.where(cells, np.exp(exponent), 0.0)


def _log_likelihood(design: Floats, counts: Floats, cells: Bools, theta: Floats) -> Floats:
    # Cells outside the model hold nobody, so they add nothing to either part.
    linear: Floats = (theta * (counts @ design)).sum(axis=1)
    value: Floats = linear - _means(design, cells, theta).sum(axis=1)
    return value


def _newton_step(
    design: Floats, products: Floats, counts: Floats, terms: Bools, cells: Bools, theta: Floats
) -> Floats:
    mean = _means(design, cells, theta)
    gradient = ((np.where(cells, counts, 0.0) - mean) @ design) * terms
    information = _information(products, mean, terms)
    return _solve(information, gradient) * terms


def _solve(matrix: Floats, right: Floats) -> Floats:
    solution: Floats = np.linalg.solve(matrix, right[..., None]).astype(np.float64)[..., 0]
    return solution


def _climb(
    design: Floats, counts: Floats, cells: Bools, theta: Floats, value: Floats, direction: Floats
) -> tuple[Floats, Floats, Floats]:
    share = np.ones(len(theta))
    slack = 1e-12 * (1.0 + np.abs(value))
    for _ in range(HALVINGS):
        moved = theta + share[:, None] * direction
        reached = _log_likelihood(design, counts, cells, moved)
        worse = ~(reached >= value - slack)
        if not worse.any():
            break
        share = np.where(worse, share / 2, share)
    length = np.abs(direction).max(axis=1, initial=0.0)
    return moved, reached, length


@dataclass(frozen=True, slots=True)
class Face:
    """Where the extended maximum likelihood estimate of one model lives.

    Parameters
    ----------
    cells
        Cells with a positive fitted mean, shape (C,).
    terms
        A largest set of terms, the constant among them, that those cells tell apart, shape (P,).
    unseen_identified
        Whether those cells fix the expected number on no list.
    """

    cells: Bools
    terms: Bools
    unseen_identified: bool


def facial_set(design: Floats, counts: Floats, terms: Bools) -> Face:
    """Find the face of the marginal cone that holds the table's sufficient statistics.

    Cells outside the face have fitted mean 0 in the extended estimate; if none is outside, the
    ordinary estimate exists. The unseen is identified when the row of the empty history, which
    has the constant only, is a combination of the rows of the cells in the face.

    References
    ----------
    Fienberg and Rinaldo (2012), doi:10.1214/12-AOS986.
    """
    kept = np.flatnonzero(terms)
    matrix = design[:, kept]
    inside = _cells_in_face(matrix, counts)
    rows = matrix[inside]
    independent = _independent_columns(rows)
    target = np.zeros((1, len(kept)))
    target[0, 0] = 1.0
    identified = np.linalg.matrix_rank(np.vstack([rows, target])) == np.linalg.matrix_rank(rows)
    chosen = np.zeros_like(terms)
    chosen[kept[independent]] = True
    return Face(inside, chosen, bool(identified))


def _cells_in_face(matrix: Floats, counts: Floats) -> Bools:
    """Maximise the cells that a direction of recession pushes to zero; one linear program."""
    filled = counts > 0
    empty = np.flatnonzero(~filled)
    if not len(empty):
        return np.ones(len(counts), dtype=bool)
    free, slack = matrix.shape[1], len(empty)
    result = linprog(
        np.concatenate([np.zeros(free), -np.ones(slack)]),
        A_ub=np.hstack([matrix[empty], np.eye(slack)]),
        b_ub=np.zeros(slack),
        A_eq=np.hstack([matrix[filled], np.zeros((int(filled.sum()), slack))]),
        b_eq=np.zeros(int(filled.sum())),
        bounds=[(None, None)] * free + [(0.0, 1.0)] * slack,
        method="highs",
    )
    inside = np.ones(len(counts), dtype=bool)
    inside[empty[result.x[free:] > FACE_TOLERANCE]] = False
    return inside


def _independent_columns(rows: Floats) -> NDArray[np.int64]:
    """Return column indices of a basis, earlier columns first."""
    chosen: list[int] = []
    basis = np.zeros((len(rows), 0))
    for column in range(rows.shape[1]):
        rest = rows[:, column] - basis @ (basis.T @ rows[:, column])
        norm = float(np.linalg.norm(rest))
        if norm > FACE_TOLERANCE:
            basis = np.column_stack([basis, rest / norm])
            chosen.append(column)
    return np.array(chosen, dtype=np.int64)
