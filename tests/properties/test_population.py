"""What holds for every table of overlaps."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safepassage.core.population.capture import prepare, table_of
from safepassage.core.population.estimate import run_method

HISTORIES = [history for history in product((0, 1), repeat=3) if any(history)]
QUICK = [
    "chao",
    "zelterman",
    "independence",
    "all_two_way",
    "aic_average",
    "shrunk",
    "decomposable",
]
tables = st.lists(st.integers(0, 60), min_size=7, max_size=7).map(
    lambda counts: table_of(("a", "b", "c"), dict(zip(HISTORIES, counts, strict=True)))
)


@settings(max_examples=40, deadline=None)
@given(table=tables.filter(lambda table: table.observed > 0))
@pytest.mark.parametrize("name", QUICK)
def test_an_estimate_lies_in_its_interval_above_the_union_or_is_refused(name, table):
    usable = prepare(table)[0]
    result = run_method(name, table, usable, 0.95)
    if result.refused:
        assert result.estimate is None
        return
    assert usable.observed - 1e-6 <= result.low <= result.estimate <= result.high


@settings(max_examples=20, deadline=None)
@given(table=tables.filter(lambda table: min(table.counts, default=0) > 0))
@pytest.mark.parametrize("name", QUICK)
def test_the_order_of_the_lists_does_not_matter(name, table):
    rows = zip(table.histories, table.counts, strict=True)
    turned = table_of(("c", "a", "b"), {(h[2], h[0], h[1]): count for h, count in rows})
    first, second = (run_method(name, one, one, 0.95) for one in (table, turned))
    assert bool(first.refused) == bool(second.refused)
    if not first.refused:
        assert first.estimate == pytest.approx(second.estimate, rel=1e-5)
        assert first.low == pytest.approx(second.low, rel=1e-4)
