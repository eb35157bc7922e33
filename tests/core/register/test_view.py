"""The register as it is asked about persons: tiny worlds on paper."""

from __future__ import annotations

import pytest

from safepassage.core.register.entries import (
    Corrected,
    Decided,
    Entry,
    ListReceived,
    Placeholder,
    RegisterState,
    Verdict,
)
from safepassage.core.register.households import PartyRules
from safepassage.core.register.tokens import Naming, claim_order
from safepassage.core.register.types import ListRecord, Person, Register, RegisterHousehold
from safepassage.core.register.view import Changed, RegisterView, changes, decision_words

LISTS = tuple(ListReceived(each, each, "", "") for each in ("council-7k2m9p", "council-old-aa"))
RECORDS = tuple(
    ListRecord(each, each.rpartition(":")[0], 1, full_name=each)
    for each in ("council-7k2m9p:1", "council-7k2m9p:2", "council-old-aa:1")
)
ONE, TWO = (
    Person("P-1", ("council-7k2m9p:1", "council-7k2m9p:2"), 0.9),
    Person("P-2", ("council-old-aa:1",), 1.0),
)
DIFFERENT = Decided(Verdict.DIFFERENT, ("council-7k2m9p:1",), ("council-old-aa:1",), "met both")


@pytest.fixture
def view() -> RegisterView:
    erased = Placeholder("council-old-aa:9", "council-old-aa", "2025-02-01", "2025-02-02", "asked")
    state = RegisterState(lists=LISTS, records=RECORDS, as_claimed=RECORDS, erased=(erased,))
    houses = tuple(RegisterHousehold(p.person_id, (p.person_id,), "", 1.0) for p in (ONE, TWO))
    register = Register(RECORDS, (), (ONE, TWO), houses, (), ())
    entry = Entry("E-1", 1, "C", (), "2025-02-11T09:00:00Z", "clerk-1", DIFFERENT)
    naming = Naming(b"k", claim_order(LISTS))
    return RegisterView(state, register, naming, PartyRules("2025-02-11"), (entry,))


def test_a_person_who_only_grew_and_one_of_two_are_changed_a_new_one_is_not():
    before = (Person("P-1", ("a:1",), 1.0), Person("P-2", ("a:2",), 1.0))
    after = (Person("P-1", ("a:1", "a:2"), 1.0), Person("P-3", ("a:3",), 1.0))
    assert changes(before, after) == (Changed("P-1", ("P-1", "P-2"), ("a:1", "a:2")),)
    assert changes(before, before) == ()


def test_a_person_taken_apart_is_changed_on_both_sides():
    before = (Person("P-1", ("a:1", "a:2"), 1.0),)
    after = (Person("P-1", ("a:1",), 1.0), Person("P-2", ("a:2",), 1.0))
    assert [each.before for each in changes(before, after)] == [("P-1",), ("P-1",)]


def test_a_decision_is_a_sentence():
    assert decision_words(DIFFERENT) == (
        "council-7k2m9p:1 is not the person of council-old-aa:1 (met both)"
    )
    same = Decided(Verdict.SAME, ("a:1", "a:2"), ("b:1",))
    assert decision_words(same) == "a:1, a:2, b:1 are one person"


def test_a_list_may_be_cut_short_and_what_is_ambiguous_gives_all(view):
    assert view.record_ids_like("council-old:1") == ("council-old-aa:1",)
    assert view.record_ids_like("council:2") == ("council-7k2m9p:2",)
    assert set(view.record_ids_like("council:1")) == {"council-7k2m9p:1", "council-old-aa:1"}
    assert view.record_ids_like("counc:1") == ()


def test_an_erased_record_is_found_as_its_placeholder(view):
    found = view.resolve(view.naming.token("P", "council-old-aa:9"))
    assert found.persons == ()
    assert [each.reason for each in found.erased] == ["asked"]


def test_decisions_against_a_verdict_are_those_on_one_of_its_pairs(view):
    asked = [("council-old-aa:1", "council-7k2m9p:1")]
    assert [each.by for each in view.against(Verdict.SAME, asked)] == ["clerk-1"]
    assert view.against(Verdict.DIFFERENT, asked) == ()
    assert view.against(Verdict.SAME, [("council-old-aa:1", "council-7k2m9p:2")]) == ()
    assert len(view.decisions(["council-old-aa:1"])) == 1


def _correction(entry_id, copy, counter, value, seen=()):
    body = Corrected("a:1", "birth", value, "person")
    return Entry(entry_id, counter, copy, seen, "2025-02-11T09:00:00Z", "clerk-1", body)


def test_a_field_corrected_differently_by_two_unaware_is_at_odds_until_one_has_seen_both():
    record = ListRecord("a:1", "a", 1, full_name="Ткач Зоя")
    one = _correction("E-1", "C-1", 1, "1985-06-20")
    other = _correction("E-2", "C-2", 1, "1986-07-01")
    last = _correction("E-3", "C-1", 2, "1986-07-01", (("C-2", 1),))

    def at_odds(*entries):
        state, register = RegisterState(records=(record,)), Register((record,), (), (), (), (), ())
        return RegisterView(state, register, None, None, entries).corrections_at_odds()

    (told,) = at_odds(one, other)
    assert "birth of a:1" in told
    assert "E-1" in told
    assert "1985" not in told
    assert at_odds(one, other, last) == ()
    assert at_odds(one) == ()
