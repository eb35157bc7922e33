"""What persons decided about pairs, on one copy and on two that did not know of each other."""

from __future__ import annotations

import pytest

from safepassage.core.register.entries import ClaimMade, Decided, Entry, Erased, Undone, Verdict
from safepassage.core.register.fold import fold
from safepassage.core.register.types import ListRecord

SAME, DIFFERENT = Verdict.SAME, Verdict.DIFFERENT
A, B, C, D = (f"l:{row}" for row in range(2, 6))
CLAIMS = [
    Entry(f"E-{row}", row, "A", (), "2025-02-01T00:00:00Z", "x", ClaimMade(ListRecord(i, "l", row)))
    for row, i in enumerate((A, B, C, D), 2)
]


def decision(number, verdict, left, right, copy="A", seen=None):
    seen = ((("A", number - 1),) if copy == "A" else (("A", 5),)) if seen is None else seen
    body = Decided(verdict, tuple(left), tuple(right))
    return Entry(f"E-{copy}{number}", number, copy, seen, "2025-02-02T00:00:00Z", "clerk", body)


def read(*entries):
    state = fold([*CLAIMS, *entries])
    return state.same, state.different, [(c.left, c.right) for c in state.conflicts]


def test_a_group_is_written_out_as_a_star():
    assert read(decision(6, SAME, [C, A], [B])) == (((A, B), (A, C)), (), [])


def test_different_means_every_left_from_every_right_and_nothing_within_a_side():
    assert read(decision(6, DIFFERENT, [A, B], [C, D])) == (
        (),
        ((A, C), (A, D), (B, C), (B, D)),
        [],
    )


def test_a_later_decision_in_knowledge_replaces_the_earlier():
    same, different = decision(6, SAME, [A], [B]), decision(7, DIFFERENT, [A], [B])
    assert read(same, different) == ((), ((A, B),), [])
    again = decision(8, SAME, [B], [A])
    assert read(same, different, again) == (((A, B),), (), [])


def test_independent_contradictions_are_a_conflict_and_kept_apart():
    one, other = decision(6, SAME, [A], [B]), decision(6, DIFFERENT, [A], [B], copy="B")
    assert read(one, other) == ((), ((A, B),), [(A, B)])
    words = fold([*CLAIMS, one, other]).conflicts[0].words
    assert "neither knew of the other" in words


@pytest.mark.parametrize("verdict", [SAME, DIFFERENT])
def test_a_decision_in_knowledge_of_both_settles_it(verdict):
    one, other = decision(6, SAME, [A], [B]), decision(6, DIFFERENT, [A], [B], copy="B")
    final = decision(9, verdict, [A], [B], seen=(("A", 8), ("B", 6)))
    expected = (((A, B),), (), []) if verdict is SAME else ((), ((A, B),), [])
    assert read(one, other, final) == expected


def test_independent_agreement_is_no_conflict():
    one, other = decision(6, SAME, [A], [B]), decision(6, SAME, [A], [B], copy="B")
    assert read(one, other) == (((A, B),), (), [])


def test_an_undone_decision_leaves_the_earlier_one():
    same, different = decision(6, SAME, [A], [B]), decision(7, DIFFERENT, [A], [B])
    undo = Entry("E-u", 8, "A", (("A", 7),), "2025-02-03T00:00:00Z", "x", Undone("E-A7"))
    assert read(same, different, undo) == (((A, B),), (), [])


def test_a_chain_that_would_join_different_records_breaks_at_its_oldest_link():
    old, new = decision(6, SAME, [A], [B]), decision(7, SAME, [B], [C])
    apart = decision(8, DIFFERENT, [A], [C])
    assert read(old, new, apart) == (((B, C),), ((A, C),), [(A, B)])


def test_taking_one_pair_out_of_a_group_shows_whom_it_leaves_in_doubt():
    group, apart = decision(6, SAME, [A], [B, C]), decision(7, DIFFERENT, [A], [B])
    same, different, conflicts = read(group, apart)
    assert (same, different) == (((A, C),), ((A, B),))
    assert conflicts == [(B, C)]


def test_an_erased_record_is_in_no_pair_and_its_group_holds_together():
    group = decision(6, SAME, [A], [B, C])
    gone = Entry("E-x", 7, "A", (("A", 6),), "2025-02-03T00:00:00Z", "x", Erased((A,), "asked"))
    assert read(group, gone) == (((B, C),), (), [])


def test_a_decision_about_a_record_that_is_not_there_is_said():
    state = fold([*CLAIMS, decision(6, SAME, [A], ["l:99"])])
    assert (state.same, state.conflicts) == ((), ())
    assert "l:99" in state.findings[0]


def test_a_record_is_never_different_from_itself():
    assert read(decision(6, DIFFERENT, [A], [A, B])) == ((), ((A, B),), [])


def test_two_branches_of_one_copy_did_not_know_of_each_other():
    """A file that was put back and used on: both branches count on from the same number."""
    one = decision(6, SAME, [A], [B], seen=(("A", 5),))
    filler = decision(6, SAME, [C], [D], seen=(("A", 5),))
    filler = Entry("E-fork", 6, "A", filler.seen, filler.at, "clerk", filler.body)
    other = decision(7, DIFFERENT, [A], [B], seen=(("A", 5),))
    assert read(one, filler, other)[2] == [(A, B)]


def test_what_is_torn_from_a_group_still_holds_together():
    group = decision(6, SAME, [A, B], [C, D])
    apart = decision(7, DIFFERENT, [A], [B, D])
    same, different, conflicts = read(group, apart)
    assert (same, different) == (((A, C), (B, D)), ((A, B), (A, D)))
    assert conflicts == [(B, C)]


def test_a_group_of_thousands_with_many_different_pairs_is_read_without_writing_out_its_pairs():
    ids = [f"m:{row:05}" for row in range(4000)]
    claims = [
        Entry(f"E-m{at}", at + 1, "A", (), "2025-02-01T00:00:00Z", "x", ClaimMade(record))
        for at, record in enumerate(ListRecord(i, "m", n) for n, i in enumerate(ids))
    ]
    group = decision(5000, SAME, ids[:1], ids[1:])
    apart = [decision(5001 + at, DIFFERENT, [ids[at]], [ids[at + 1]]) for at in range(0, 4000, 2)]
    state = fold([*claims, group, *apart])
    assert (len(state.different), len(state.same)) == (2000, 3998)
    assert len(state.conflicts) == 1
