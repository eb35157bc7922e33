"""Merging copies: commutative, associative, idempotent, nothing lost (01a-store §13, §27)."""

from __future__ import annotations

from dataclasses import replace
from zlib import crc32

from hypothesis import given, settings
from hypothesis import strategies as st

from safepassage.core.register.entries import (
    Answered,
    ClaimMade,
    Contested,
    Corrected,
    Decided,
    Entry,
    Erased,
    ListReceived,
    RowRejected,
    Undone,
    Verdict,
)
from safepassage.core.register.fold import fold, in_force, ordered
from safepassage.core.register.types import Choice, ListRecord, Need

RECORDS = tuple(f"l:{row}" for row in range(2, 7))
DAYS = ("2025-02-01", "2025-02-02", "")

records = st.sampled_from(RECORDS)
groups = st.lists(records, min_size=1, max_size=3, unique=True).map(tuple)
bodies = st.one_of(
    st.builds(
        lambda i, name: ClaimMade(ListRecord(i, "l", int(i[2:]), full_name=name)),
        records,
        st.sampled_from(("Anna", "Hanna")),
    ),
    st.builds(lambda d: ListReceived("l", "L", "l.csv", "d", received_on=d), st.sampled_from(DAYS)),
    st.builds(lambda row: RowRejected("l", row, (), ("no name",)), st.integers(2, 8)),
    st.builds(Decided, st.sampled_from(Verdict), groups, groups),
    st.builds(
        Corrected, records, st.sampled_from(("phone", "sex")), st.just("1"), st.just("staff")
    ),
    st.builds(Contested, records, st.just("person"), st.just("no")),
    st.builds(
        lambda i, day, choice, needs: Answered(i, day, "t", "oral", choice=choice, needs=needs),
        records,
        st.sampled_from(DAYS),
        st.sampled_from(Choice),
        st.sampled_from((None, frozenset(), frozenset({Need.ANIMALS}))),
    ),
    st.builds(lambda ids: Erased(ids, "asked"), groups),
    st.integers(0, 30),  # stands for undoing the entry with this place in the log
)


@st.composite
def copies(draw):
    """Two or three copies that wrote and absorbed each other's entries in some order."""
    names = draw(st.sampled_from(("AB", "ABC")))
    held: dict[str, list[Entry]] = {name: [] for name in names}
    for number in range(draw(st.integers(1, 12))):
        at = draw(st.sampled_from(names))
        if draw(st.booleans()):
            other = held[draw(st.sampled_from(names))]
            held[at] += [entry for entry in other if entry not in held[at]]
        held[at].append(written(held[at], at, draw(bodies), number))
    return held


def written(log, copy, said, number):
    seen: dict[str, int] = {}
    for entry in log:
        seen[entry.copy] = max(entry.counter, seen.get(entry.copy, 0))
    if isinstance(said, int):
        said = Undone(log[said % len(log)].entry_id if log else "E-none")
    content = isinstance(said, ClaimMade | ListReceived | RowRejected)
    entry_id = f"E-{crc32(repr(said).encode())}" if content else f"E-{copy}{number}"
    counter = max(seen.values(), default=0) + 1
    return Entry(entry_id, counter, copy, tuple(sorted(seen.items())), "2025-02-03", "x", said)


def merged(*logs):
    return [entry for log in logs for entry in log]


@given(copies(), st.randoms(use_true_random=False))
def test_every_order_and_repetition_gives_the_same_register(held, random):
    log = merged(*held.values())
    shuffled = [*log, *random.sample(log, len(log) // 2)]
    random.shuffle(shuffled)
    assert fold(shuffled) == fold(log)
    assert in_force(shuffled) == in_force(log)


@given(copies())
def test_merging_is_commutative_associative_and_idempotent(held):
    one, other, *more = held.values()
    third = more[0] if more else []
    assert fold(merged(one, other)) == fold(merged(other, one))
    left = ordered(merged(ordered(merged(one, other)), third))
    right = ordered(merged(one, ordered(merged(other, third))))
    assert left == right
    assert ordered(merged(left, left)) == left


@given(copies())
def test_no_entry_is_lost(held):
    log = merged(*held.values())
    assert {entry.entry_id for entry in ordered(log)} == {entry.entry_id for entry in log}
    assert set(ordered(log)) == set(log)


@given(copies())
def test_every_claimed_record_is_there_undone_or_erased(held):
    log = merged(*held.values())
    state = fold(log)
    undone = {entry.body.entry_id for entry in log if isinstance(entry.body, Undone)}
    claimed = {
        e.body.record.record_id
        for e in log
        if isinstance(e.body, ClaimMade) and e.entry_id not in undone
    }
    shown = {each.record_id for each in state.records}
    erased = {each.record_id for each in state.erased}
    assert claimed <= shown | erased
    assert not shown & erased


@given(copies())
def test_an_erasure_known_to_any_copy_holds_on_all_and_needs_no_body(held):
    log = merged(*held.values())
    gone = {i for e in log if isinstance(e.body, Erased) for i in e.body.record_ids}
    state = fold(log)
    assert {each.record_id for each in state.erased} == gone
    blind = [
        replace(e, body=None, by="")
        if isinstance(e.body, ClaimMade | Answered | Corrected | Contested)
        and (e.body.record.record_id if isinstance(e.body, ClaimMade) else e.body.record_id) in gone
        else e
        for e in log
    ]
    assert fold(blind) == state


@settings(max_examples=200)
@given(copies())
def test_no_chain_of_same_joins_different_records(held):
    state = fold(merged(*held.values()))
    root = {record: record for record in RECORDS}
    for a, b in state.same:
        old, new = root[a], root[b]
        root = {record: new if at == old else at for record, at in root.items()}
    assert not [pair for pair in state.different if root[pair[0]] == root[pair[1]]]
    assert not set(state.same) & set(state.different)
    apart = {(c.left, c.right) for c in state.conflicts}
    assert not apart & set(state.same)
