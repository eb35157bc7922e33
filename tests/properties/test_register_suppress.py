"""Hidden counts stay hidden: an attacker of our own tries all tables that fit what is printed."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from safepassage.core.register.suppress import Cell, Sum, Suppression, suppress

Table = tuple[dict[Cell, int], list[Sum]]


def with_totals(rows: list[list[int]]) -> Table:
    """A table with a total for each row, for each column, and of all."""
    counts: dict[Cell, int] = {}
    width = len(rows[0])
    for at, row in enumerate(rows):
        counts |= {(f"r{at}", f"c{column}"): n for column, n in enumerate(row)}
        counts[f"r{at}", "all"] = sum(row)
    columns = [*(f"c{column}" for column in range(width)), "all"]
    for column in columns:
        counts["all", column] = sum(counts[f"r{at}", column] for at in range(len(rows)))
    sums = [Sum((name, "all"), tuple((name, c) for c in columns[:-1]))
            for name in [*(f"r{at}" for at in range(len(rows))), "all"]]  # fmt: skip
    sums += [
        Sum(("all", c), tuple((f"r{at}", c) for at in range(len(rows)))) for c in columns
    ]  # fmt: skip
    return counts, sums


def shapes(height: int, width: int, most: int) -> st.SearchStrategy[list[list[int]]]:
    row = st.lists(st.integers(0, most), min_size=width, max_size=width)
    return st.lists(row, min_size=height, max_size=height)


def bounds_by_linear_programs(table: Table, found: Suppression, cell: Cell) -> tuple[float, float]:
    """What a reader can find out about one cell, from the sums alone and by another solver."""
    counts, sums = table
    hidden = sorted(found.hidden)
    matrix, right = [], []
    for each in sums:
        row = [0.0] * len(hidden)
        known = 0
        for part, sign in [*((p, 1) for p in each.parts), (each.total, -1)]:
            if part in found.hidden:
                row[hidden.index(part)] += sign
            else:
                known += sign * counts[part]
        matrix.append(row)
        right.append(-known)
    goal = [1.0 if each == cell else 0.0 for each in hidden]
    ends = []
    for sign in (1, -1):
        result = linprog([sign * g for g in goal], A_eq=matrix, b_eq=right, bounds=(0, None))
        ends.append(sign * result.fun if result.status == 0 else float("inf"))
    return ends[0], ends[1]


@settings(max_examples=60, deadline=None)
@given(rows=shapes(4, 3, 40), minimum=st.integers(3, 12))
def test_every_hidden_count_may_be_any_of_many(rows: list[list[int]], minimum: int) -> None:
    table = with_totals(rows)
    found = suppress(*table, minimum)
    small = {cell for cell, n in table[0].items() if 0 < n < minimum}
    assert found.small == small
    for cell in found.hidden:
        low, high = bounds_by_linear_programs(table, found, cell)
        assert high - low >= minimum - 1e-6, (cell, low, high)


@settings(max_examples=40, deadline=None)
@given(rows=shapes(2, 3, 6), minimum=st.integers(2, 4))
def test_by_trying_every_table(rows: list[list[int]], minimum: int) -> None:
    counts, sums = with_totals(rows)
    found = suppress(counts, sums, minimum)
    inner = [cell for cell in counts if "all" not in cell]
    free = [cell for cell in inner if cell in found.hidden]
    seen: dict[Cell, set[int]] = {cell: set() for cell in found.hidden}
    reach = range(max(counts.values()) + minimum + 1)
    if len(reach) ** len(free) > 60_000:
        return
    for values in product(reach, repeat=len(free)):
        trial = counts | dict(zip(free, values, strict=True))
        for each in sums:  # parts come before their totals
            trial[each.total] = sum(trial[part] for part in each.parts)
        if all(trial[cell] == counts[cell] for cell in counts if cell not in found.hidden):
            for cell in found.hidden:
                seen[cell].add(trial[cell])
    for cell, values_seen in seen.items():
        assert max(values_seen) - min(values_seen) >= minimum, cell


@settings(max_examples=30, deadline=None)
@given(rows=shapes(3, 3, 60))
def test_nothing_is_hidden_where_nothing_is_small(rows: list[list[int]]) -> None:
    large = [[n + 10 if n else 0 for n in row] for row in rows]
    assert suppress(*with_totals(large), 10).hidden == frozenset()
