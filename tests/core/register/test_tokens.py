"""Tokens: what they are made of, and that a slip in typing them does not lose anybody."""

from __future__ import annotations

import pytest

from safepassage.core.register.entries import ListReceived
from safepassage.core.register.tokens import (
    Naming,
    claim_order,
    looks_like_token,
    tidy_token,
    token_book,
)
from safepassage.core.register.types import Person, RegisterHousehold

LISTS = tuple(ListReceived(each, each, "", "") for each in ("late-1", "early-2"))
NAMING = Naming(b"secret", claim_order(LISTS))


def test_claims_are_ordered_by_receipt_then_sheet_then_row_then_part():
    ids = ["early-2:1", "late-1:10", "late-1:9", "late-1:s2.3", "late-1:9.2", "gone-3:1"]
    assert sorted(ids, key=claim_order(LISTS)) == [
        "late-1:9", "late-1:9.2", "late-1:10", "late-1:s2.3", "early-2:1", "gone-3:1",
    ]  # fmt: skip


def test_another_store_has_other_tokens():
    other = Naming(b"another secret", NAMING.order)
    assert NAMING.token("P", "late-1:2") != other.token("P", "late-1:2")


def test_households_are_renamed_with_their_members():
    before = (Person("x", ("late-1:2", "early-2:2"), 0.9), Person("y", ("late-1:3",), 1.0))
    after = NAMING.persons(before)
    (house,) = NAMING.households(
        (RegisterHousehold("h", ("x", "y"), "sudzha", 0.9),), before, after
    )
    assert house.household_id == NAMING.token("H", "late-1:2")
    assert set(house.person_ids) == {NAMING.token("P", each) for each in ("late-1:2", "late-1:3")}


def test_the_book_knows_every_claim_by_person_and_household_token_short_and_long():
    book = token_book(NAMING, ["late-1:2"])
    tokens = [NAMING.token(prefix, "late-1:2", length) for prefix in "PH" for length in (8, 16)]
    assert [book.of(token.lower()) for token in tokens] == [("late-1:2",)] * 4
    assert book.of("P-00000000") == ()


@pytest.mark.parametrize(
    ("written", "is_token"),
    [("p-0112xxxx", True), ("H-0112XXXX", True), ("P-0112", False), ("Ivanenko", False),
     ("Петренко-Гай", False), ("P-0112XXXX0112XXXX", True), ("", False)],
)  # fmt: skip
def test_what_looks_like_a_token(written, is_token):
    assert looks_like_token(written) is is_token


def test_spaces_case_and_look_alikes_do_not_matter():
    assert tidy_token("p-oI l2 abcd") == "P-0112ABCD"
