"""What one record moves, whatever the other lists hold: the bound on which the noise stands."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safepassage.core.register.sealed import KINDS, SealedList, SealedRecord
from safepassage.core.register.sealed_cells import most_moves
from safepassage.core.register.sealed_link import histories, link_sealed

WORDS = st.integers(0, 3)


@st.composite
def records(draw):
    """Return a record with up to two of four tokens a kind: full of namesakes and copies."""
    kinds = (draw(st.frozensets(WORDS, max_size=2)) for _ in KINDS)
    tokens = tuple(tuple(bytes([word]) for word in sorted(kind)) for kind in kinds)
    return SealedRecord(tokens, draw(st.booleans()), draw(st.booleans()))


def worlds(lists):
    """Return lists of two to six records, and a record to put in place of any of them."""
    table = st.lists(records(), min_size=2, max_size=6).map(tuple)
    return st.tuples(
        st.tuples(*[table] * lists), st.integers(0, lists - 1), st.integers(0, 1), records()
    )


def moved(world):
    tables, place, at, other = world
    before = [SealedList(f"list-{n}", rows) for n, rows in enumerate(tables)]
    rows = tables[place]
    after = list(before)
    after[place] = replace(before[place], records=(*rows[:at], other, *rows[at + 1 :]))
    first, second = (histories(lists, link_sealed(lists)) for lists in (before, after))
    return {history: second[history] - first[history] for history in first.keys() | second.keys()}


@given(worlds(2))
def test_of_two_lists_one_record_moves_the_overlap_by_one_at_most(world):
    assert set(moved(world).values()) <= {-1, 0, 1}


@pytest.mark.parametrize("lists", [2, 3, 4])
@settings(max_examples=60)
@given(data=st.data())
def test_one_record_moves_all_cells_no_more_than_is_proven(lists, data):
    change = moved(data.draw(worlds(lists)))
    assert sum(map(abs, change.values())) <= most_moves(lists)


@given(worlds(3))
def test_every_record_is_in_one_person_and_a_person_once_on_a_list(world):
    lists = [SealedList(f"list-{n}", rows) for n, rows in enumerate(world[0])]
    owner = [place for place, each in enumerate(lists) for _ in each.records]
    clusters = link_sealed(lists).clusters
    assert sorted(chain.from_iterable(clusters)) == list(range(len(owner)))
    assert all(len({owner[at] for at in each}) == len(each) for each in clusters)
