"""From memberships to a table, and what is odd in it."""

from __future__ import annotations

import pytest

from safepassage.core.population.capture import (
    capture_table,
    cell_counts,
    contained_lists,
    list_sizes,
    merge_lists,
    near_copies,
    pairs_without_overlap,
    prepare,
    remaining_table,
    separate_groups,
    table_of,
    times_listed,
    without_list,
)
from safepassage.core.register.types import LifeStatus, ListRecord, Person, Register
from safepassage.errors import InputError


def test_persons_are_counted_by_their_lists():
    table = capture_table([("a", "b"), ("b",), ("b", "b"), ("a",)], ["a", "b", "c"])
    assert table.lists == ("a", "b", "c")
    assert table.histories == ((1, 1, 0), (1, 0, 0), (0, 1, 0))
    assert table.counts == (1, 1, 2)
    assert table.observed == 4


@pytest.mark.parametrize(("memberships", "words"), [([("z",)], "list 'z'"), ([()], "on no list")])
def test_a_person_without_a_known_list_is_an_error(memberships, words):
    with pytest.raises(InputError, match=words):
        capture_table(memberships, ["a"])


@pytest.mark.parametrize(
    ("history", "count", "words"),
    [((1,), 3, "2 marks"), ((0, 0), 3, "without any list"), ((1, 0), -1, "at least 0")],
)
def test_a_table_refuses_what_cannot_be_observed(history, count, words):
    with pytest.raises(InputError, match=words):
        table_of(("a", "b"), {history: count})


def test_cells_are_numbered_with_list_0_as_bit_0():
    table = table_of(("a", "b"), {(1, 0): 3, (0, 1): 5, (1, 1): 7})
    assert cell_counts(table).tolist() == [0, 3, 5, 7]


def test_sizes_and_times_listed():
    table = table_of(("a", "b", "c"), {(1, 0, 0): 3, (0, 1, 1): 5, (1, 1, 1): 7})
    assert list_sizes(table) == (10, 12, 12)
    assert times_listed(table).tolist() == [0, 3, 5, 7]


def test_groups_are_joined_through_a_third_list():
    table = table_of(("a", "b", "c"), {(1, 1, 0): 2, (0, 1, 1): 2, (1, 0, 0): 9})
    assert pairs_without_overlap(table) == (("a", "c"),)
    assert separate_groups(table) == (("a", "b", "c"),)


def test_a_list_that_shares_nobody_stands_apart():
    table = table_of(("a", "b", "c"), {(1, 1, 0): 2, (0, 0, 1): 2})
    assert separate_groups(table) == (("a", "b"), ("c",))


def test_a_copy_is_left_out_and_its_people_still_count():
    rows = {(1, 1, 1): 10, (1, 1, 0): 30, (0, 0, 1): 40}
    usable, notices = prepare(table_of(("a", "copy", "c"), rows))
    assert usable.lists == ("a", "c")
    assert usable.observed == 80
    assert "'copy' is a copy of list 'a'" in notices[0]


def test_a_contained_list_is_left_out():
    rows = {(1, 1, 0): 20, (1, 0, 0): 30, (1, 0, 1): 10, (0, 0, 1): 40}
    usable, notices = prepare(table_of(("a", "part", "c"), rows))
    assert usable.lists == ("a", "c")
    assert "'part' is contained in list 'a'" in notices[0]


def test_two_people_who_happen_to_be_on_a_long_list_are_kept():
    # 'c' names 2 people; of the 120 others 80 are on 'a', so (80 / 120)**2 = 0.44 by chance.
    rows = {(1, 0, 1): 2, (1, 1, 0): 20, (1, 0, 0): 58, (0, 1, 0): 40}
    table = table_of(("a", "b", "c"), rows)
    usable, notices = prepare(table)
    assert usable == table
    assert "short enough for chance" in notices[0]
    assert contained_lists(table)[0][2] == pytest.approx((80 / 120) ** 2)


FRAYED = table_of(
    ("a", "copy", "c", "d"),
    {
        (1, 1, 0, 0): 150, (1, 1, 1, 0): 20, (1, 1, 0, 1): 22, (1, 0, 0, 0): 6, (1, 0, 1, 0): 1,
        (0, 1, 0, 0): 3, (0, 1, 0, 1): 1, (0, 0, 1, 0): 60, (0, 0, 0, 1): 70, (0, 0, 1, 1): 10,
    },
)  # fmt: skip


def test_a_copy_with_a_few_unlinked_records_is_read_as_one_list():
    # 192 of the copy's 196 people are on 'a' (199). On 'c' or 'd': both 42, only a 1, only the
    # copy 1, neither 140; odds ratio 42.5 x 140.5 / 1.5**2 = 2654, 1.17 = its logarithm's error.
    assert near_copies(FRAYED) == (("copy", "a", pytest.approx(192 / 196)),)
    usable, notices = prepare(FRAYED)
    assert usable.lists == ("a", "c", "d")
    assert dict(zip(usable.histories, usable.counts, strict=True)) == {
        (1, 0, 0): 159, (1, 1, 0): 21, (1, 0, 1): 23, (0, 1, 0): 60, (0, 0, 1): 70, (0, 1, 1): 10,
    }  # fmt: skip
    assert len(notices) == 1
    assert "List 'copy' has 98.0% of its people on list 'a'" in notices[0]
    assert "the two were read as one list" in notices[0]


def test_a_list_mostly_within_a_nearly_complete_one_is_kept():
    # 'a' names 95 in 100 of everybody, so it names 95 in 100 of 'b' too: odds ratio 1.
    rows = {
        (1, 1, 0): 95, (0, 1, 0): 5, (1, 1, 1): 95, (0, 1, 1): 5, (1, 0, 1): 190, (0, 0, 1): 10,
        (1, 0, 0): 300,
    }  # fmt: skip
    table = table_of(("a", "b", "c"), rows)
    assert near_copies(table) == ()
    assert prepare(table) == (table, ())


def test_few_people_do_not_make_a_near_copy():
    # 19 of 20 on 'a', but only 4 people tell of the odds ratio: 2.5 x 2.5 / 0.5**2 = 25, whose
    # logarithm has the error 2.19.
    rows = {(1, 1, 0): 17, (1, 1, 1): 2, (0, 1, 0): 1, (0, 0, 1): 2, (1, 0, 0): 30}
    assert near_copies(table_of(("a", "b", "c"), rows)) == ()


def test_merged_lists_keep_everybody():
    table = table_of(("a", "b", "c"), {(1, 0, 0): 2, (0, 1, 0): 3, (1, 1, 1): 4, (0, 0, 1): 5})
    merged = merge_lists(table, "a", "b")
    assert merged == table_of(("b", "c"), {(1, 0): 5, (1, 1): 4, (0, 1): 5})


def test_of_two_lists_a_contained_one_is_always_left_out():
    usable, _ = prepare(table_of(("a", "b"), {(1, 1): 2, (1, 0): 9}))
    assert usable.lists == ("a",)


def test_a_list_that_names_nobody_is_left_out():
    usable, notices = prepare(table_of(("a", "b", "c"), {(1, 1, 0): 2, (1, 0, 0): 9, (0, 1, 0): 9}))
    assert usable.lists == ("a", "b")
    assert notices == ("List 'c' names nobody; it was left out.",)


def test_taking_a_list_out_adds_up_what_is_left():
    table = table_of(("a", "b"), {(1, 1): 2, (1, 0): 9, (0, 1): 4})
    assert without_list(table, "b").counts == (11,)


def test_people_who_left_are_taken_out_first():
    records = (
        ListRecord("x:2", "x", 2),
        ListRecord("y:2", "y", 2),
        ListRecord("y:3", "y", 3, status=LifeStatus.ALREADY_OUT),
    )
    persons = (Person("P-1", ("x:2", "y:2"), 0.9), Person("P-2", ("y:3",), 1.0))
    register = Register(records, (), persons, (), (), ())
    table, notices = remaining_table(register, ["x", "y"])
    assert table.histories == ((1, 1),)
    assert notices == ("Taken out first, as a list reports them already out or dead: 1.",)


def test_a_badly_linked_copy_is_warned_of():
    # Every fifth person of list a is on the copy alone, and every fifth of the copy's on a alone.
    rows = {(1, 1, 0, 0): 80, (1, 1, 1, 0): 80, (1, 0, 0, 0): 20, (1, 0, 1, 0): 20,
            (0, 1, 0, 0): 20, (0, 1, 1, 0): 20, (0, 0, 1, 0): 300, (0, 0, 0, 1): 50,
            (1, 1, 0, 1): 30, (0, 0, 1, 1): 40}  # fmt: skip
    usable, notices = prepare(table_of(("a", "copy", "c", "d"), rows))
    assert len(usable.lists) == 4
    assert "badly linked" in notices[-1]
