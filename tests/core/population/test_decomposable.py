"""Averages over decomposable graphs."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from safepassage.core.population.capture import table_of
from safepassage.core.population.decomposable import (
    _common_weight,
    _graph_coefficients,
    _graphs_met,
    _grid,
    _margin_scores,
    _posterior,
    _quantiles,
    decomposable,
)
from safepassage.errors import RefusedError

ROWS = {(1, 0, 0): 12, (0, 1, 0): 9, (0, 0, 1): 7, (1, 1, 0): 4, (0, 1, 1): 3, (1, 1, 1): 2}
TABLE = table_of(("a", "b", "c"), ROWS)


@pytest.mark.parametrize(("lists", "graphs"), [(3, 7), (4, 60), (5, 821)])
def test_number_of_decomposable_graphs_without_the_saturated(lists, graphs):
    # Labelled chordal graphs: 8, 61 and 822 (OEIS A058862).
    assert len(_graph_coefficients(lists)) == graphs


def test_a_path_is_two_cliques_less_their_separator():
    # a - b - c: cliques ab and bc, separator b.
    wanted = np.zeros(8)
    wanted[[3, 6, 2]] = 1, 1, -1
    # The empty margin is certain and weighs nothing.
    assert any((row[1:] == wanted[1:]).all() for row in _graph_coefficients(3))


def test_the_marginal_likelihood_by_hand():
    # List a: 18 on it, 19 not, 5 unseen; Beta(1/2, 1/2) prior.
    def beta(x, y):
        return math.lgamma(x) + math.lgamma(y) - math.lgamma(x + y)

    scores = _margin_scores(TABLE, np.array([5.0]))
    assert scores[1, 0] == pytest.approx(beta(18.5, 24.5) - beta(0.5, 0.5))


def test_every_margin_of_a_table_of_two_people_sums_over_all_tables():
    # A marginal likelihood is a probability: over all ordered samples of 2 people it sums to 1.
    histories = [h for h in product((0, 1), repeat=3) if any(h)]
    total = 0.0
    for first, second in product(histories, repeat=2):
        rows = {first: 2} if first == second else {first: 1, second: 1}
        total += math.exp(_margin_scores(table_of(("a", "b", "c"), rows), np.zeros(1))[7, 0])
    assert total == pytest.approx(1 - _with_an_unseen_person(), abs=1e-12)


def _with_an_unseen_person() -> float:
    """Chance that one or both of two people are on no list under the flat prior of 8 cells."""
    first_missed = 1 / 8
    both_missed = first_missed * (1 + 1 / 8) / 2
    return 2 * first_missed - both_missed


def test_the_interval_widens_with_the_level_and_holds_the_median():
    narrow, wide = decomposable(TABLE, 0.5), decomposable(TABLE, 0.99)
    assert wide.low < narrow.low < narrow.estimate < narrow.high < wide.high
    assert narrow.estimate == wide.estimate > TABLE.observed


def test_walks_meet_what_the_exact_sum_holds():
    rows = {h: 3 + 40 // (1 + sum(h)) for h in product((0, 1), repeat=5) if any(h)}
    table = table_of(tuple("abcde"), rows)
    unseen = _grid(table.observed)
    scores, common = _margin_scores(table, unseen), _common_weight(table, unseen)
    met, warnings = _graphs_met(5, scores, common, unseen, seed=1)
    walked = _quantiles(unseen, _posterior(met, scores, common).sum(axis=0), 0.95)
    exact = decomposable(table, 0.95)
    assert warnings == ()
    for end, wanted in zip(walked, (exact.low, exact.estimate, exact.high), strict=True):
        assert table.observed + end == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize("names", ["ab", "abcdefghijk"])
def test_fewer_than_three_or_more_than_ten_lists_are_refused(names):
    rows = {
        tuple(int(place == other) for other in range(len(names))): 3 for place in range(len(names))
    }
    with pytest.raises(RefusedError, match=f"there are {len(names)}"):
        decomposable(table_of(tuple(names), rows), 0.95)
