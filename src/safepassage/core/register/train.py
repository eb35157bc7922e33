"""Learning the model's probabilities from the lists themselves, without labels.

Expectation-maximisation (Dempster, Laird and Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x) on
the Fellegi-Sunter model (1969, doi:10.1080/01621459.1969.10501049) with two changes: a third class
of pairs, two members of one family, which otherwise poses as matches; and Dirichlet priors at the
starting values, so that three records are judged as sensibly as three million.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from safepassage.core.register.model import GROUPS, MISSING, MODEL, Field, Parameters

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_M_PRIOR_PAIRS = 60.0
_FAMILY_PRIOR_PAIRS = 200.0
_U_PRIOR_PAIRS = 100.0
_MATCHES_A_RECORD = (0.5, 0.02, 0.002)
"""Expected matches a record within each of GROUPS before learning; later learned."""
_FAMILY_A_RECORD = (1.0, 0.5, 1.0)
_RATE_PRIOR_RECORDS = 20.0
_FLOOR = 1e-6
_MOST_A_RATE = 0.1
MAX_ITERATIONS = 60
CONVERGED = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Pairs by how their fields agree.

    Parameters
    ----------
    levels
        int64[p, fields], distinct patterns of levels, -1 where missing.
    counts
        int64[p, groups], pairs with that pattern in each of GROUPS.
    """

    levels: IntArray
    counts: IntArray


def learn(
    candidates: Patterns, sample: Patterns, records: int, pairs_by_group: tuple[int, ...]
) -> Parameters:
    """Return the parameters that fit the pairs best, given the starting values.

    Parameters
    ----------
    candidates
        Pairs that a blocking rule names: nearly all true matches and families are among them.
    sample
        An even sample of all pairs: nearly all are strangers, and it shows what strangers share.
    records
        Number of records.
    pairs_by_group
        All pairs that exist in each group, also those that no blocking rule named: rates are
        shares of these.
    """
    current = _first_guess(records, pairs_by_group)
    if not len(candidates.levels):
        return current
    for _ in range(MAX_ITERATIONS):
        following = _step(current, candidates, sample, records, pairs_by_group)
        moved = max(abs(a - b) for a, b in zip(_flat(current), _flat(following), strict=True))
        current = following
        if moved < CONVERGED:
            break
    return current


def starting_parameters() -> Parameters:
    """Return the parameters before anything was learned."""
    rates = tuple(0.0 for _ in GROUPS)
    return Parameters(_start("m"), _start("u"), _start("family"), rates, rates)


def match_shares(now: Parameters, levels: IntArray, chances: FloatArray) -> Parameters:
    """Return the parameters with what one person's records share taken from the pairs given.

    Parameters
    ----------
    levels
        int64[p, fields], -1 where missing.
    chances
        float64[p], probability that a pair is one person.
    """
    return replace(now, m=_maximise(levels, chances, _start("m"), _M_PRIOR_PAIRS))


def _first_guess(records: int, pairs: tuple[int, ...]) -> Parameters:
    nothing = np.zeros(len(GROUPS))
    return Parameters(
        m=_start("m"),
        u=_start("u"),
        family=_family(_start("family"), _start("u")),
        match_rate=_rates(_MATCHES_A_RECORD, nothing, records, pairs),
        family_rate=_rates(_FAMILY_A_RECORD, nothing, records, pairs),
    )


def _step(
    now: Parameters, candidates: Patterns, sample: Patterns, records: int, pairs: tuple[int, ...]
) -> Parameters:
    match, family = _responsibilities(now, candidates.levels)
    match_pairs, family_pairs = match * candidates.counts, family * candidates.counts
    match_too, family_too = _responsibilities(now, sample.levels)
    strangers = (1.0 - match_too - family_too) * sample.counts
    u = _maximise(sample.levels, strangers.sum(axis=1), _start("u"), _U_PRIOR_PAIRS)
    own = _maximise(
        candidates.levels, family_pairs.sum(axis=1), _start("family"), _FAMILY_PRIOR_PAIRS
    )
    return Parameters(
        m=_maximise(candidates.levels, match_pairs.sum(axis=1), _start("m"), _M_PRIOR_PAIRS),
        u=u,
        family=_family(own, u),
        match_rate=_rates(_MATCHES_A_RECORD, match_pairs.sum(axis=0), records, pairs),
        family_rate=_rates(_FAMILY_A_RECORD, family_pairs.sum(axis=0), records, pairs),
        learned_from=int(candidates.counts.sum()),
    )


def _responsibilities(now: Parameters, levels: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the probability of match and of family, float64[p, groups] each."""
    log_match = _log_likelihood(levels, now.m)[:, None] + np.log(np.array(now.match_rate))
    log_family = _log_likelihood(levels, now.family)[:, None] + np.log(np.array(now.family_rate))
    others = np.clip(1.0 - np.array(now.match_rate) - np.array(now.family_rate), _FLOOR, 1.0)
    log_stranger = _log_likelihood(levels, now.u)[:, None] + np.log(others)
    total = np.logaddexp(np.logaddexp(log_match, log_family), log_stranger)
    return np.exp(log_match - total), np.exp(log_family - total)


def _log_likelihood(levels: IntArray, table: tuple[tuple[float, ...], ...]) -> FloatArray:
    total = np.zeros(len(levels))
    for at, row in enumerate(table):
        with_missing = np.log(np.array([*row, 1.0]))  # index -1: missing says nothing
        total += with_missing[levels[:, at]]
    return total


def _maximise(
    levels: IntArray,
    weights: FloatArray,
    prior: tuple[tuple[float, ...], ...],
    strength: float,
) -> tuple[tuple[float, ...], ...]:
    return tuple(
        row
        if field.fixed
        else _blend(field, _level_sums(levels[:, at], weights, len(row)), row, strength)
        for at, (field, row) in enumerate(zip(MODEL, prior, strict=True))
    )


def _level_sums(column: IntArray, weights: FloatArray, size: int) -> FloatArray:
    seen = column != MISSING
    sums = np.bincount(column[seen], weights=weights[seen], minlength=size)
    return sums.astype(np.float64)


def _blend(
    field: Field, sums: FloatArray, prior: tuple[float, ...], strength: float
) -> tuple[float, ...]:
    """Return shares among the levels of each kind, with the prior as so many pairs seen before."""
    blended = sums + strength * np.array(prior)
    kinds = np.array([level.kind for level in field.levels])
    shares = np.maximum(blended / np.bincount(kinds, weights=blended)[kinds], _FLOOR)
    return tuple(float(share) for share in shares)


def _rates(
    expected_a_record: tuple[float, ...], found: FloatArray, records: int, pairs: tuple[int, ...]
) -> tuple[float, ...]:
    """Return the share of pairs per group: what was found, drawn towards what is expected."""
    held = min(_RATE_PRIOR_RECORDS, records) / max(records, 1)
    rates = []
    for expected, number, total in zip(expected_a_record, found, pairs, strict=True):
        pairs_expected = expected * records
        learned = (
            held * pairs_expected + (1 - held) * float(number) if found.any() else pairs_expected
        )
        rates.append(min(max(learned / max(total, 1), _FLOOR / max(records, 1)), _MOST_A_RATE))
    return tuple(rates)


def _family(
    learned: tuple[tuple[float, ...], ...], u: tuple[tuple[float, ...], ...]
) -> tuple[tuple[float, ...], ...]:
    """Return what two of one family share: learned, known beforehand, or as strangers do.

    That two of one family seldom bear one given name cannot be learned here: matches would be taken
    for families of namesakes.
    """
    return tuple(
        (start if field.own else own) if field.kin else stranger
        for field, own, start, stranger in zip(MODEL, learned, _start("family"), u, strict=True)
    )


def _start(column: str) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(getattr(level, column) for level in field.levels) for field in MODEL)


def _flat(parameters: Parameters) -> list[float]:
    rows = (*parameters.m, *parameters.family, parameters.match_rate, parameters.family_rate)
    return [value for row in rows for value in row]
