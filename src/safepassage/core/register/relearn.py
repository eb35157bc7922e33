"""Learning once more, from what households and rivals have said.

Expectation-maximisation looks at each pair alone, so namesakes of one village teach it that one
person often has two dates of birth. Once the households are heard and the rows of each list have
competed, far fewer of those pairs pass for matches; the probabilities learned from what is left
are nearly those of the truth (``docs/theory/linkage.md``, "Learning twice").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from safepassage.core.register.cluster import hear_households
from safepassage.core.register.comparable import Comparable
from safepassage.core.register.model import MODEL, Field, Parameters
from safepassage.core.register.score import Comparisons, probability, score
from safepassage.core.register.train import match_shares

ROUNDS = 3


def relearn(
    pairs: Comparisons,
    parameters: Parameters,
    columns: Sequence[Comparable],
    lists: NDArray[np.int64],
    rounds: int = ROUNDS,
) -> tuple[Comparisons, Parameters]:
    """Return the pairs weighed anew, and the parameters by which they are.

    Parameters
    ----------
    pairs
        Weighed by `parameters`: nearly all true matches are among them.
    lists
        int64[records], the list of each record.
    """
    for _ in range(rounds if len(pairs) else 0):
        scores = score(pairs, parameters)
        heard = hear_households(pairs, scores, columns).among_rivals(pairs, lists)
        better = match_shares(parameters, pairs.levels, probability(heard.log_odds))
        pairs, parameters = reweighed(pairs, parameters, better), better
    return pairs, parameters


def reweighed(pairs: Comparisons, old: Parameters, new: Parameters) -> Comparisons:
    """Return pairs that were weighed by `old`, weighed by `new`; frequencies of values stay."""
    bits = pairs.bits.copy()
    for at, field in enumerate(MODEL):
        bits[:, at] += _change(field, at, old, new)[pairs.levels[:, at]]
    return replace(pairs, bits=bits)


def _change(field: Field, at: int, old: Parameters, new: Parameters) -> NDArray[np.float64]:
    """Return float64[levels + 1]; the last one, for missing values, is 0."""
    by_match = np.log2(np.array(new.m[at])) - np.log2(np.array(old.m[at]))
    by_chance = np.log2(np.array(new.u[at])) - np.log2(np.array(old.u[at]))
    by_value = np.array([level.name in field.term_levels for level in field.levels])
    return np.append(by_match - np.where(by_value, 0.0, by_chance), 0.0)
