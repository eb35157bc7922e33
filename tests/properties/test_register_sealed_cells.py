"""What leaves the counter, for any table: nothing small can be worked out from a list's length."""

from __future__ import annotations

from itertools import product
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from safepassage.core.register.sealed_cells import Shown, cells_to_give

MINIMUM = 5


class Even:
    """Chance that always says the same: the two halves of the noise cancel, so cells are exact."""

    def random(self):
        return 0.5


@st.composite
def tables(draw):
    """Return two to four lists with counts from none to many."""
    lists = [f"list-{n}" for n in range(draw(st.integers(2, 4)))]
    histories = [each for each in product((0, 1), repeat=len(lists)) if any(each)]
    sizes = st.one_of(st.integers(0, 8), st.integers(0, 400))
    return lists, {each: draw(sizes) for each in histories}


@given(tables())
def test_a_list_length_gives_no_small_cell_away(table):
    lists, counts = table
    cells = cells_to_give(lists, counts, minimum=MINIMUM, epsilon=1, chance=Even()).cells
    for place in range(len(lists)):
        column = [cell for cell in cells if cell.history[place]]
        held = [cell for cell in column if cell.shown is not Shown.COUNT]
        covered = len(held) > 1 and sum(counts[cell.history] for cell in held) >= MINIMUM
        assert not held or covered or len(held) == len(column)


@given(tables())
def test_shown_cells_are_exact_and_held_back_ones_within_their_bounds(table):
    lists, counts = table
    given_out = cells_to_give(lists, counts, minimum=MINIMUM, epsilon=1, chance=Even())
    for cell in given_out.cells:
        assert cell.low <= counts[cell.history] <= cell.high
        assert cell.low <= cell.count <= cell.high
        assert (cell.shown is Shown.COUNT) == (cell.low == cell.high)
        assert cell.shown is not Shown.COUNT or cell.count >= MINIMUM


@given(tables(), st.integers(0, 10**6), st.floats(0.1, 2))
def test_noise_never_gives_a_negative_count(table, seed, epsilon):
    lists, counts = table
    given_out = cells_to_give(lists, counts, minimum=MINIMUM, epsilon=epsilon, chance=Random(seed))
    assert all(cell.count >= 0 and cell.low >= 0 for cell in given_out.cells)
