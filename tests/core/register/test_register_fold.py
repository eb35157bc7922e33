"""The register that entries add up to, in worlds small enough for paper."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import count, permutations

import pytest

from safepassage.core.register.effective import CORRECTABLE_TEXT
from safepassage.core.register.entries import (
    Answered,
    ClaimMade,
    Contested,
    Corrected,
    Entry,
    Erased,
    Exported,
    ListReceived,
    ModelTrained,
    Placeholder,
    PlacesGiven,
    RowRejected,
    Undone,
)
from safepassage.core.register.fold import fold, in_force, ordered
from safepassage.core.register.types import (
    ApproximateDate,
    Choice,
    Consent,
    ConsentQuestion,
    LifeStatus,
    ListRecord,
    Need,
    Sex,
)

LIST = ListReceived("council-1", "Council", "council.csv", "d" * 8, received_on="2025-02-01")
ANNA = ListRecord("council-1:2", "council-1", 2, full_name="Anna", stay_place="Aby")
BORYS = ListRecord("council-1:3", "council-1", 3, full_name="Borys")


class Log:
    """Entries of one copy, one after the other."""

    def __init__(self, copy="A"):
        self.copy, self.numbers, self.entries = copy, count(1), []

    def say(self, body, entry_id=None, at="2025-02-02T10:00:00Z"):
        number = next(self.numbers)
        seen = ((self.copy, number - 1),) if number > 1 else ()
        entry = Entry(
            entry_id or f"E-{self.copy}{number}", number, self.copy, seen, at, "clerk", body
        )
        self.entries.append(entry)
        return entry

    def state(self):
        return fold(self.entries)


@pytest.fixture
def log():
    log = Log()
    log.say(LIST, at="2025-02-01T08:00:00Z")
    log.say(ClaimMade(ANNA))
    log.say(ClaimMade(BORYS))
    return log


def test_claims_are_records_in_order_of_their_ids(log):
    state = log.state()
    assert state.records == (ANNA, BORYS) == state.as_claimed
    assert state.lists == (LIST,)
    assert state.findings == ()


def test_the_order_in_which_entries_come_makes_no_difference(log):
    log.say(Corrected("council-1:2", "full_name", "Hanna", "person"))
    for order in permutations(log.entries):
        assert fold(order) == log.state()
    assert fold([*log.entries, *log.entries]) == log.state()


def test_the_first_version_of_a_row_counts_and_the_other_is_said(log):
    other = log.say(ClaimMade(replace(ANNA, full_name="Hanna")))
    state = log.state()
    assert state.records == (ANNA, BORYS)
    (said,) = state.findings
    genuine = next(each for each in log.entries if each.body == ClaimMade(ANNA))
    assert f"{genuine.entry_id} of copy {genuine.copy}" in said
    assert f"{other.entry_id} of copy {other.copy}" in said
    assert state.contested == (ANNA.record_id,)
    log.say(Undone(other.entry_id))
    assert (log.state().contested, log.state().findings) == ((), ())


def test_a_row_dated_back_before_its_list_does_not_take_the_place_of_the_true_one(log):
    false = ClaimMade(replace(ANNA, full_name="Forged", phone="+1"))
    entry = replace(log.entries[0], entry_id="E-FALSE", counter=0, copy="A", seen=(), body=false)
    state = fold([*log.entries, entry])
    assert state.records == (ANNA, BORYS)
    assert state.contested == (ANNA.record_id,)


def test_a_list_received_on_two_copies_is_one_list(log):
    log.say(replace(LIST, received_on="2025-02-03", received_by="other"))
    assert log.state().lists == (LIST,)
    assert log.state().findings == ()


def test_a_list_received_with_another_mapping_is_said(log):
    log.say(replace(LIST, mapping=(("surname", "Name"),)))
    assert log.state().lists == (LIST,)
    assert "another description or mapping" in log.state().findings[0]


def test_the_last_correction_counts_and_the_claim_stays(log):
    log.say(Corrected("council-1:2", "full_name", "Hana", "relative"))
    log.say(Corrected("council-1:2", "full_name", "Hanna", "person"))
    log.say(Corrected("council-1:2", "birth", "1960-01-01/1960-12-31", "person"))
    log.say(Corrected("council-1:2", "sex", "female", "person"))
    log.say(Corrected("council-1:3", "status", "already_out", "relative"))
    anna, borys = log.state().records
    assert (anna.full_name, anna.sex) == ("Hanna", Sex.FEMALE)
    assert anna.birth == ApproximateDate("1960-01-01", "1960-12-31")
    assert borys.status is LifeStatus.ALREADY_OUT
    assert log.state().as_claimed == (ANNA, BORYS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("record_id", "x"),
        ("choice", "go"),
        ("birth", "1960"),
        ("birth", "1961-01-01/1960-01-01"),
        ("sex", "Frau"),
        ("status", "gone"),
    ],
)
def test_a_correction_that_cannot_be_has_no_effect_and_is_said_without_the_value(log, name, value):
    log.say(Corrected("council-1:2", name, value, "person"))
    assert log.state().records == (ANNA, BORYS)
    (finding,) = log.state().findings
    assert "council-1:2" in finding
    assert "Frau" not in finding


def test_an_empty_birth_is_unknown(log):
    log.say(Corrected("council-1:2", "birth", "1960-05-05", "person"))
    assert log.state().records[0].birth == ApproximateDate("1960-05-05", "1960-05-05")
    log.say(Corrected("council-1:2", "birth", "", "person"))
    assert log.state().records[0].birth is None


# -------------------------------------------------------------------------------- answers


def answer(on, choice=Choice.NOT_ASKED, **more):
    return Answered("council-1:2", on, "team-1", "oral", choice=choice, **more)


def test_the_latest_day_counts_whatever_came_in_last(log):
    log.say(answer("2025-02-05", Choice.GO))
    log.say(answer("2025-02-03", Choice.STAY))
    anna = log.state().records[0]
    assert (anna.choice, anna.asked_on, anna.asked_by) == (Choice.GO, "2025-02-05", "team-1")
    assert [each.asked_on for each in log.state().answers] == ["2025-02-03", "2025-02-05"]


@pytest.mark.parametrize(
    ("one", "other", "counts"),
    [
        (Choice.GO, Choice.STAY, Choice.UNDECIDED),
        (Choice.GO, Choice.UNDECIDED, Choice.UNDECIDED),
        (Choice.STAY, Choice.UNDECIDED, Choice.UNDECIDED),
        (Choice.GO, Choice.GO, Choice.GO),
    ],
)
def test_on_one_day_the_more_cautious_counts(log, one, other, counts):
    log.say(answer("2025-02-05", one))
    log.say(answer("2025-02-05", other))
    assert log.state().records[0].choice is counts


def test_what_was_not_asked_stays(log):
    yes = ((ConsentQuestion.REGISTERED, Consent.YES), (ConsentQuestion.PUBLISHED, Consent.NO))
    log.say(answer("2025-02-05", Choice.GO, consents=yes, destinations=("school",)))
    log.say(answer("2025-02-06", needs=frozenset({Need.ANIMALS}), outcome="talked"))
    log.say(answer("2025-02-07", outcome="not_reached"))
    anna = log.state().records[0]
    assert (anna.choice, anna.consent, anna.asked_on) == (Choice.GO, Consent.YES, "2025-02-05")
    assert (dict(anna.consents), anna.destinations) == (dict(yes), ("school",))
    assert anna.needs == {Need.ANIMALS}


def test_an_attempt_without_an_answer_changes_nothing(log):
    log.say(answer("2025-02-07", outcome="not_reached"))
    assert log.state().records[0] == ANNA


def test_needs_of_one_day_add_up_and_none_takes_them_away_later(log):
    log.say(answer("2025-02-05", needs=frozenset({Need.ANIMALS})))
    log.say(answer("2025-02-05", needs=frozenset({Need.WHEELCHAIR})))
    assert log.state().records[0].needs == {Need.ANIMALS, Need.WHEELCHAIR}
    log.say(answer("2025-02-06", needs=frozenset()))
    assert log.state().records[0].needs == frozenset()


def test_consent_is_refused_if_both_were_said_on_one_day(log):
    for said in (Consent.YES, Consent.NO):
        log.say(answer("2025-02-05", consents=((ConsentQuestion.REGISTERED, said),)))
    assert log.state().records[0].consent is Consent.NO


def test_an_answer_older_than_the_list_does_not_replace_it():
    log = Log()
    log.say(replace(LIST, as_of="2025-02-10", asks_choice=True))
    log.say(ClaimMade(replace(ANNA, choice=Choice.STAY, needs=frozenset({Need.PREGNANT}))))
    log.say(answer("2025-02-05", Choice.GO, needs=frozenset()))
    anna = log.state().records[0]
    assert (anna.choice, anna.needs) == (Choice.STAY, {Need.PREGNANT})


# ----------------------------------------------------------------------------------- undo


def test_undone_entries_do_not_count_and_undone_undoings_do_again(log):
    wrong = log.say(Corrected("council-1:2", "full_name", "Olha", "staff"))
    undo = log.say(Undone(wrong.entry_id))
    assert log.state().records[0].full_name == "Anna"
    redo = log.say(Undone(undo.entry_id))
    assert log.state().records[0].full_name == "Olha"
    log.say(Undone(redo.entry_id))
    assert log.state().records[0].full_name == "Anna"
    assert wrong in ordered(log.entries)
    assert wrong not in in_force(log.entries)


def test_a_row_received_again_after_it_was_undone_counts(log):
    row = log.entries[1]
    log.say(Undone(row.entry_id))
    assert log.state().records == (BORYS,)
    log.say(ClaimMade(ANNA), entry_id=row.entry_id)
    assert log.state().records == (ANNA, BORYS)


def test_an_undoing_that_stands_before_its_target_takes_nothing_out(log):
    early = Entry("E-early", 1, "0", (), "2025-02-02T10:00:00Z", "x", Undone("E-A2"))
    assert fold([early, *log.entries]).records == (ANNA, BORYS)


# ------------------------------------------------------------------------- erased, objections


def test_an_erased_record_is_a_placeholder_and_nothing_else(log):
    log.say(answer("2025-02-05", Choice.GO))
    log.say(Contested("council-1:2", "person", "not me"))
    log.say(RowRejected("council-1", 9, (("a", "b"),), ("no name",)))
    log.say(Erased(("council-1:2", "council-1:9"), "asked"), at="2025-03-01T00:00:00Z")
    state = log.state()
    assert state.records == (BORYS,)
    assert (state.answers, state.contested, state.rejected, state.findings) == ((), (), (), ())
    dates = "2025-02-01T08:00:00Z", "2025-03-01T00:00:00Z"
    assert state.erased == (
        Placeholder("council-1:2", "council-1", *dates, "asked"),
        Placeholder("council-1:9", "council-1", *dates, "asked"),
    )


def test_an_erasure_is_the_same_whether_the_body_can_still_be_read(log):
    log.say(Erased(("council-1:2",), "asked"))
    unreadable = [replace(e, body=None) if e.entry_id == "E-A2" else e for e in log.entries]
    assert fold(unreadable) == log.state() == fold([*unreadable, *log.entries])


def test_an_erasure_cannot_be_undone(log):
    gone = log.say(Erased(("council-1:2",), "asked"))
    log.say(Undone(gone.entry_id))
    assert log.state().records == (BORYS,)


def test_an_objection_is_open_until_it_is_undone(log):
    objection = log.say(Contested("council-1:2", "person", "I have left"))
    assert log.state().contested == ("council-1:2",)
    log.say(Undone(objection.entry_id, "settled"))
    assert log.state().contested == ()


def test_what_is_said_of_a_record_that_is_not_there_is_said(log):
    log.say(Answered("council-1:77", "2025-02-05", "team", "oral"))
    assert "council-1:77" in log.state().findings[0]


def test_the_latest_model_and_places_count(log):
    log.say(PlacesGiven((("a", "Aby"),)))
    log.say(PlacesGiven((("b", "Beby"),)))
    log.say(ModelTrained("{}", 2))
    log.say(Exported("pfif", ("council-1:2",), ("x/1",)))
    state = log.state()
    assert (state.places, state.model) == ((("b", "Beby"),), "{}")
    assert state.exported == (Exported("pfif", ("council-1:2",), ("x/1",)),)


def test_a_number_that_one_copy_gave_twice_is_said_and_both_count(log):
    twin = replace(
        log.entries[2], entry_id="E-zz", body=ClaimMade(replace(BORYS, record_id="council-1:4"))
    )
    state = fold([*log.entries, twin])
    assert len(state.records) == 3
    assert "put back to an older state" in state.findings[0]


def test_every_field_of_text_that_can_be_corrected_is_one():
    text = {each.name for each in fields(ListRecord) if each.type == "str"}
    assert text >= CORRECTABLE_TEXT
    assert not {"record_id", "list_id", "asked_on"} & CORRECTABLE_TEXT
