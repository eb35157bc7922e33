"""Whatever one field becomes: the pair is compared. Whatever people decide: it holds."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from safepassage.core.register.blocking import TOGETHER, Tokens, candidate_pairs, pair_budget
from safepassage.core.register.constraints import Constraints, bind
from safepassage.core.register.partition import partition

FIELDS = ("surname", "given", "father", "year", "stay", "birth_place", "address")
values = st.integers(0, 5)
people = st.fixed_dictionaries(dict.fromkeys(FIELDS, st.none() | values))


def tokens_of(records):
    """One value a field, hashed so that equal values of two fields differ."""
    found = {}
    for place, name in enumerate(FIELDS):
        held = [record[name] is not None for record in records]
        starts = np.concatenate([[0], np.cumsum(held)]).astype(np.int64)
        hashes = np.random.default_rng(place).integers(0, 2**63, 200).astype(np.uint64)
        written = [record[name] for record in records if record[name] is not None]
        found[name] = Tokens(starts, hashes[np.array(written, dtype=np.int64)])
    return found


def pairs_of(records, **options):
    found = candidate_pairs(tokens_of(records), len(records), **options)
    return set(zip(found.left.tolist(), found.right.tolist(), strict=True)), found


@settings(max_examples=80, deadline=None)
@given(
    crowd=st.lists(people, max_size=12),
    one=people,
    field=st.sampled_from(FIELDS),
    becomes=st.none() | st.integers(6, 9),
)
def test_a_pair_that_differs_in_one_field_is_compared(crowd, one, field, becomes):
    other = {**one, field: becomes}
    agreeing = [name for name in FIELDS if one[name] is not None and one[name] == other[name]]
    assume(len(agreeing) >= 2)
    found, _ = pairs_of([*crowd, one, other])
    assert (len(crowd), len(crowd) + 1) in found


@settings(max_examples=80, deadline=None)
@given(one=people, swapped=st.permutations(FIELDS).map(lambda order: order[:2]))
def test_a_pair_with_two_fields_exchanged_is_compared(one, swapped):
    first, second = swapped
    other = {**one, first: one[second], second: one[first]}
    agreeing = [name for name in FIELDS if one[name] is not None and one[name] == other[name]]
    assume(len(agreeing) >= 2)
    assert pairs_of([one, other])[0] == {(0, 1)}


@settings(max_examples=40, deadline=None)
@given(
    field=st.sampled_from(FIELDS),
    becomes=st.none() | st.integers(100, 109),
    size=st.integers(8, 40),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_promise_holds_in_a_crowd(field, becomes, size, seed):
    """Everybody fills everything and shares two values; the twin differs in one field."""
    dice = np.random.default_rng(seed)
    crowd = [
        {"surname": 1, "given": 1}
        | {name: int(dice.integers(0, 50)) for name in FIELDS if name not in {"surname", "given"}}
        for _ in range(size)
    ]
    twin = {**crowd[0], field: becomes}
    found, answer = pairs_of([*crowd, twin], max_crowd=4)
    assert (0, size) in found
    assert answer.left_out == 0


@settings(max_examples=40, deadline=None)
@given(records=st.lists(people, max_size=30), budget=st.integers(1, 60))
def test_only_pairs_that_differ_in_one_field_go_beyond_the_budget(records, budget):
    found, _ = pairs_of(records, budget=budget)
    beyond = [pair for pair in found if disagreements(*(records[at] for at in pair)) > 1]
    assert len(beyond) <= budget


@given(st.integers(0, 10**7))
def test_the_budget_grows_with_the_records(records):
    assert pair_budget(records) <= pair_budget(records + 1)
    assert set(FIELDS) <= set(TOGETHER)


def disagreements(one, other):
    return sum(
        one[name] != other[name]
        for name in FIELDS
        if one[name] is not None and other[name] is not None
    )


@st.composite
def worlds(draw):
    """Records of some lists, pairs with any weights, and whatever people decided."""
    number = draw(st.integers(2, 7))
    lists = draw(st.lists(st.integers(0, 2), min_size=number, max_size=number))
    pairs = [(a, b) for a in range(number) for b in range(a + 1, number)]
    bits = draw(st.lists(st.floats(-20, 20), min_size=len(pairs), max_size=len(pairs)))
    some = st.lists(st.sampled_from(pairs), max_size=4)
    return np.array(lists), pairs, np.array(bits), draw(some), draw(some)


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_decisions_hold_through_every_chain(world):
    lists, pairs, bits, same, different = world
    names = [str(at) for at in range(len(lists))]
    decided = Constraints(
        tuple((names[a], names[b]) for a, b in same),
        tuple((names[a], names[b]) for a, b in different),
    )
    bound = bind(decided, names)
    ends = tuple(np.array(end, dtype=np.int64) for end in zip(*pairs, strict=True))
    person = partition(lists, ends, bits, bound).person
    for a, b in different:
        assert person[a] != person[b]
    for a, b in same:
        assert (person[a] == person[b]) or (names[a], names[b]) in bound.refused
    assert all(person[person[at]] == person[at] <= at for at in range(len(lists)))


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_without_contradiction_every_decision_is_followed(world):
    lists, pairs, bits, same, _ = world
    names = [str(at) for at in range(len(lists))]
    bound = bind(Constraints(tuple((names[a], names[b]) for a, b in same)), names)
    ends = tuple(np.array(end, dtype=np.int64) for end in zip(*pairs, strict=True))
    person = partition(lists, ends, bits, bound).person
    assert bound.refused == ()
    assert all(person[a] == person[b] for a, b in same)
