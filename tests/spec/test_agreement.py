"""One test per numbered rule of docs/spec/04-agreement.md.

The world: A holds the place left, B the place reached, N is neutral. B must ask, A must answer,
both must accept, N must then notify both.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from safepassage.core.agreement.missing import agreement_status
from safepassage.core.agreement.records import ledger_records
from safepassage.core.agreement.types import (
    Act,
    ActState,
    AgreementStatus,
    Clause,
    Party,
    ProcedureStep,
    Statement,
    StepState,
    Terms,
)
from safepassage.core.ledger.canonical import canonical_json
from safepassage.core.ledger.dsse import pre_authentication_encoding, public_key_of, sign
from safepassage.core.ledger.entries import GENESIS, chain, entry_line, head_line, head_of
from safepassage.core.ledger.fields import field_faults
from safepassage.core.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from safepassage.core.ledger.verify import verify_ledger
from safepassage.errors import InputError

AT = datetime(2025, 2, 12, 12, 0, tzinfo=UTC)
PARTIES = (Party("A", "Side A", "holding"), Party("B", "Side B", "receiving"),
           Party("N", "Neutral", "intermediary"))  # fmt: skip


def _step(step_id: str, kind: str, by: str, to: str, *needs: str) -> ProcedureStep:
    return ProcedureStep(step_id, kind, by, to, needs, (("en", f"do {step_id}"),))


PROCEDURE = (
    _step("request", "formal_request", "receiving", "holding"),
    _step("answer", "acceptance_in_principle", "holding", "receiving", "request"),
    _step("terms", "acceptance_of_terms", "both_parties", "intermediary", "answer"),
    _step("notice", "notification", "intermediary", "both_parties", "terms"),
)


def _act(act_id: str, kind: str, by: str, to: str, day: int, **other: str) -> Act:
    done_at = f"2025-02-{day:02d}T10:00:00+00:00"
    values = {"form": "letter", "document": f"letter {act_id}"} | other
    return Act(act_id, kind, by, to, done_at, **values)


REQUEST = _act("r1", "formal_request", "B", "A", 1)
ANSWER = _act("a1", "acceptance_in_principle", "A", "B", 2)
TERMS_A = _act("t1", "acceptance_of_terms", "A", "N", 3)
TERMS_B = _act("t2", "acceptance_of_terms", "B", "N", 3)
NOTICE_A = _act("n1", "notification", "N", "A", 4)
NOTICE_B = _act("n2", "notification", "N", "B", 4)
ALL_ACTS = (REQUEST, ANSWER, TERMS_A, TERMS_B, NOTICE_A, NOTICE_B)


def _said(statement_id: str, party: str, day: int, **says: str) -> Statement:
    said_on = f"2025-02-{day:02d}"
    words = f"words {statement_id}"
    return Statement(
        statement_id, said_on, f"speaker {party}", "office", party, words, "en", "paper", **says
    )


def _status(
    acts: tuple[Act, ...] = (),
    statements: tuple[Statement, ...] = (),
    at: datetime = AT,
    clauses: tuple[Clause, ...] = (),
) -> AgreementStatus:
    return agreement_status(PARTIES, statements, Terms(clauses, PROCEDURE, acts), at)


def _states(status: AgreementStatus) -> dict[str, StepState]:
    return {step.step_id: step.state for step in status.steps}


def _missing(status: AgreementStatus) -> list[tuple[str, str, str]]:
    return [(act.step_id, act.by, act.to) for act in status.missing]


def test_1_a_step_is_done_when_every_act_owed_is_on_file() -> None:
    assert _status(ALL_ACTS).open
    one_side = _status((REQUEST, ANSWER, TERMS_A))
    assert _states(one_side)["terms"] is StepState.OPEN
    assert _missing(one_side) == [("terms", "B", "N")]


@pytest.mark.parametrize(
    "act",
    [
        _act("x", "acknowledgement", "A", "B", 2),
        _act("x", "conditional_acceptance_in_principle", "A", "B", 2),
        _act("x", "acceptance_in_principle", "A", "N", 2),
        _act("x", "acceptance_in_principle", "B", "A", 2),
    ],
)
def test_2_another_kind_author_or_addressee_is_another_act(act: Act) -> None:
    assert _states(_status((REQUEST, act)))["answer"] is not StepState.DONE


def test_3_acts_about_single_clauses_meet_a_step_once_each_clause_has_one() -> None:
    clauses = (Clause("c1", "Route", ()), Clause("c2", "Checks", ()))
    part = replace(TERMS_A, act_id="p1", clause="c1")
    rest = replace(TERMS_A, act_id="p2", clause="c2")
    before = (REQUEST, ANSWER, TERMS_B, part)
    assert _states(_status(before, clauses=clauses))["terms"] is StepState.OPEN
    assert _states(_status((*before, rest), clauses=clauses))["terms"] is StepState.DONE


def test_4_an_act_counts_from_its_moment_on_and_by_telephone_only_with_a_witness() -> None:
    just_before = datetime(2025, 2, 1, 9, 59, tzinfo=UTC)
    assert _states(_status((REQUEST,), at=just_before))["request"] is StepState.OPEN
    call = replace(REQUEST, form="phone")
    assert dict(_status((call,)).acts) == {"r1": ActState.UNWITNESSED}
    assert _states(_status((call,)))["request"] is StepState.OPEN
    heard = replace(call, witness="duty officer")
    assert _states(_status((heard,)))["request"] is StepState.DONE


def test_5_expiry_wins_from_its_very_moment_on() -> None:
    ends = datetime(2025, 2, 10, 10, 0, tzinfo=UTC)
    lapsing = replace(REQUEST, expires_at=ends.isoformat())
    assert _states(_status((lapsing,), at=ends - timedelta(seconds=1)))["request"] is StepState.DONE
    status = _status((lapsing,), at=ends)
    assert _states(status)["request"] is StepState.LAPSED
    assert _missing(status) == [("request", "B", "A")]


def test_6_what_answered_a_lapsed_request_stops_counting() -> None:
    lapsing = replace(REQUEST, expires_at="2025-02-10T00:00:00+00:00")
    again = _act("r2", "formal_request", "B", "A", 11)
    status = _status((lapsing, ANSWER, again))
    assert dict(status.acts)["a1"] is ActState.OUT_OF_ORDER
    assert _missing(status) == [("answer", "A", "B")]


def test_7_silence_is_never_acceptance() -> None:
    silent = tuple(
        _said(f"s{day}", party, day, request="not_addressed", acceptance="not_addressed")
        for party in "AB"
        for day in (1, 5, 9)
    )
    for years in (0, 10):
        later = _status((REQUEST,), silent, at=AT + timedelta(days=365 * years))
        assert _states(later)["answer"] is StepState.OPEN


def test_8_every_party_can_always_suspend_and_withdraw() -> None:
    suspended = (*ALL_ACTS, _act("x", "suspension", "B", "", 5))
    status = _status(suspended)
    assert not status.open
    assert dict(status.acts)["t2"] is ActState.SUSPENDED
    expiring = (*ALL_ACTS, _act("x", "suspension", "B", "", 5,
                                expires_at="2025-02-06T00:00:00+00:00"))  # fmt: skip
    assert not _status(expiring).open
    call = (*ALL_ACTS, _act("x", "suspension", "B", "", 5, form="phone"))
    assert not _status(call).open
    unheard = _act("y", "resumption", "B", "", 6, form="phone")
    assert not _status((*suspended, unheard)).open
    assert _status((*suspended, _act("y", "resumption", "B", "", 6))).open
    withdrawn = (
        *ALL_ACTS,
        _act("x", "withdrawal", "A", "", 5),
        _act("y", "resumption", "A", "", 6),
    )
    assert dict(_status(withdrawn).acts)["a1"] is ActState.WITHDRAWN
    assert not _status(withdrawn).open


def test_9_an_act_that_no_step_asks_for_is_shown_and_completes_nothing() -> None:
    status = _status((_act("x", "press_release", "B", "A", 1),))
    assert status.acts == (("x", ActState.NOT_ASKED),)
    assert _states(status)["request"] is StepState.OPEN


def test_10_public_words_complete_no_step() -> None:
    loud = (_said("s1", "B", 1, request="sent"), _said("s2", "A", 2, request="received"),
            _said("s3", "A", 3, acceptance="accepted"))  # fmt: skip
    status = _status((), loud)
    assert StepState.DONE not in _states(status).values()
    assert status.steps[0].claims[0].text == "words s1"


def test_11_a_step_is_spoken_of_under_the_topic_of_its_kind() -> None:
    talk = (_said("s1", "A", 1, acceptance="talks_confirmed"), _said("s2", "A", 2, request="sent"))
    steps = {step.step_id: step for step in _status((), talk).steps}
    assert [claim.statement_id for claim in steps["answer"].claims] == ["s1"]
    assert steps["notice"].claims == ()


def test_12_a_claim_is_shown_as_claimed_and_the_act_stays_missing() -> None:
    status = _status((), (_said("s1", "B", 1, request="sent"),))
    assert _states(status)["request"] is StepState.CLAIMED
    assert _missing(status) == [("request", "B", "A")]
    # The holding side says of itself that it has sent one: that is not the request meant here.
    other = _status((), (_said("s1", "A", 1, request="sent"),))
    assert _states(other)["request"] is StepState.OPEN


def test_13_a_statement_counts_from_its_date_in_the_zone_looked_at() -> None:
    words = (_said("s1", "A", 6, request="none_received"),)
    utc = datetime(2025, 2, 5, 23, 0, tzinfo=UTC)
    local = utc.astimezone(timezone(timedelta(hours=2)))
    assert _status((), words, at=utc).missing[0].because == ()
    assert [said.value for said in _status((), words, at=local).missing[0].because] == [
        "none_received"
    ]


def test_14_words_that_do_not_meet_are_shown_with_both_texts() -> None:
    turned = (_said("s1", "B", 10, acceptance="not_addressed", request="not_addressed"),
              _said("s2", "B", 11, acceptance="talks_confirmed"))  # fmt: skip
    (found,) = _status((), turned).contradictions
    assert (found.first.text, found.second.text, found.days_apart) == ("words s1", "words s2", 1)
    crossed = (_said("s1", "B", 1, request="sent"), _said("s2", "A", 2, request="none_received"))
    rules = [c.rule for c in _status((REQUEST,), crossed).contradictions]
    assert "04-agreement §14 sent/none_received" in rules
    news = (_said("s1", "A", 1, request="none_received"), _said("s2", "A", 2, request="received"))
    assert not [c for c in _status((REQUEST,), news).contradictions if c.between == "one_party"]


def test_15_words_are_held_against_the_acts_on_file_on_their_day() -> None:
    denial = (_said("s1", "A", 5, request="none_received"),)
    (found,) = _status((REQUEST,), denial).contradictions
    assert (found.between, found.second.reference) == ("words_and_acts", "r1")
    late = replace(REQUEST, done_at="2025-02-08T10:00:00+00:00")
    assert _status((late,), denial).contradictions == ()
    (bare,) = _status((), (_said("s2", "B", 5, request="sent"),)).contradictions
    assert bare.second.reference == ""
    suspended = (*ALL_ACTS, _act("x", "suspension", "B", "", 5))
    (odd,) = _status(suspended, (_said("s3", "B", 6, readiness="ready"),)).contradictions
    assert odd.second.reference == "x"


def test_16_a_contradiction_changes_no_step() -> None:
    denial = (_said("s1", "A", 5, request="none_received"),)
    assert _states(_status((REQUEST,), denial)) == _states(_status((REQUEST,)))


def test_17_clauses_that_tie_civilians_to_a_bargain_are_flagged() -> None:
    clauses = (
        Clause("c1", "Marked", (("en", "Opens once other matters are settled."),), True),
        Clause("c2", "Worded", (("uk", "Проїзд надається в обмін на відведення підрозділів."),)),
        Clause("c3", "Free", (("en", "Every civilian may pass."),)),
    )
    flags = _status(clauses=clauses).clause_flags
    assert [(f.clause_id, f.reason) for f in flags] == [("c1", "marked"), ("c2", "wording")]


def test_18_the_state_of_a_step_that_is_not_done() -> None:
    lapsed = replace(REQUEST, expires_at="2025-02-10T00:00:00+00:00")
    assert _states(_status()) == {
        "request": StepState.OPEN, "answer": StepState.BLOCKED,
        "terms": StepState.BLOCKED, "notice": StepState.BLOCKED,
    }  # fmt: skip
    assert _states(_status((lapsed,)))["request"] is StepState.LAPSED
    assert _status().steps[1].blocked_by == ("request",)


def test_19_the_missing_acts_are_those_that_wait_for_nothing_else() -> None:
    told = (
        _said("s1", "A", 6, readiness="ready", request="none_received"),
        _said("s2", "B", 10, acceptance="not_addressed"),
        _said("s3", "B", 11, acceptance="talks_confirmed"),
    )
    status = _status((), told)
    (missing,) = status.missing
    assert (missing.act_kind, missing.by, missing.to) == ("formal_request", "B", "A")
    assert [said.value for said in missing.because] == [
        "ready", "none_received", "not_addressed", "talks_confirmed",
    ]  # fmt: skip
    assert missing.opens == ("answer", "terms", "notice")
    assert _status(ALL_ACTS).missing == ()
    nothing = agreement_status(PARTIES, (), Terms(), AT)
    assert (nothing.open, nothing.missing) == (False, ())


def test_20_signed_text_is_canonical_after_normalisation() -> None:
    one, two = {"b": "\u0439", "a": 1}, {"a": 1, "b": "\u0438\u0306"}
    assert canonical_json(one) == canonical_json(two) == '{"a":1,"b":"й"}'.encode()
    with pytest.raises(InputError, match="float"):
        canonical_json({"a": 0.5})
    with pytest.raises(InputError, match="same after"):
        canonical_json({"\u0439": 1, "\u0438\u0306": 2})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("person", {"name": "x"}),
        ("statement", {"statement_id": "s1", "date_of_birth": "1950-01-01"}),
        ("statement", {"text": "call +380 44 123 45 67"}),
        ("statement", {"text": "write to somebody@example.org"}),
        ("act", {"document": "they wait at 51.2345, 35.2901"}),
        ("annex", {"salted_digest": "the route goes by the mill"}),
    ],
)
def test_21_only_allowed_fields_enter_the_ledger(kind: str, body: dict[str, str]) -> None:
    assert field_faults(kind, body)
    with pytest.raises(InputError, match="ledger entry 0"):
        chain([(kind, body)])


RECORDS = tuple(("party", {"party_id": f"P{n}", "name": f"Side {n}"}) for n in range(5))


def test_22_each_entry_names_the_one_before() -> None:
    entries = chain(RECORDS)
    assert entries[0].prev == GENESIS
    lines = [json.loads(entry_line(entry)) for entry in entries]
    assert [line["prev"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]
    assert len({line["hash"] for line in lines}) == len(lines)


def test_23_heads_prove_inclusion_and_growth() -> None:
    entries = chain(RECORDS)
    leaves = [leaf_hash(entry.content()) for entry in entries]
    root = bytes.fromhex(head_of(entries).root)
    assert root == tree_root(leaves)
    assert verify_inclusion(leaves[3], 3, 5, inclusion_proof(leaves, 3), root)
    assert not verify_inclusion(leaves[2], 3, 5, inclusion_proof(leaves, 3), root)
    early = bytes.fromhex(head_of(entries[:3]).root)
    assert verify_consistency(3, early, 5, root, consistency_proof(leaves, 3))
    assert not verify_consistency(3, root, 5, root, consistency_proof(leaves, 3))


def test_24_signatures_cover_type_and_bytes() -> None:
    seed, other = bytes(range(32)), bytes(32)
    public = public_key_of(seed)
    entries = chain(RECORDS)
    data = b"".join(entry_line(entry, [seed]) for entry in entries) + head_line(
        head_of(entries), [seed]
    )
    report = verify_ledger(data, [public])
    assert (report.faults, report.verified, report.signatures) == ((), 6, 6)
    unknown = verify_ledger(data, [public_key_of(other)])
    assert [fault.kind for fault in unknown.faults] == ["unsigned"]
    assert pre_authentication_encoding("t", b"ab") == b"DSSEv1 1 t 2 ab"
    assert sign("t", b"ab", [seed]).signatures != sign("u", b"ab", [seed]).signatures


def test_25_a_whole_file_has_no_fault_and_a_cut_one_needs_the_lodged_head() -> None:
    entries = chain(RECORDS)
    lines = [entry_line(entry) for entry in entries]
    early, late = head_of(entries[:3]), head_of(entries)
    data = b"".join([*lines[:3], head_line(early), *lines[3:], head_line(late)])
    assert verify_ledger(data).faults == ()
    cut = b"".join([*lines[:3], head_line(early)])
    assert verify_ledger(cut).faults == ()
    assert [fault.kind for fault in verify_ledger(cut, lodged=late).faults] == ["truncated"]
    assert verify_ledger(data, lodged=early).faults == ()


def test_26_what_was_said_and_done_is_filed_in_order() -> None:
    words = (_said("s2", "B", 10), _said("s1", "A", 6))
    terms = Terms((Clause("c1", "Route", (("en", "By road."),)),), PROCEDURE, (ANSWER, REQUEST))
    records = ledger_records(PARTIES, words, terms)
    kinds = [kind for kind, _body in records]
    assert kinds == ["party"] * 3 + ["clause"] + ["step"] * 4 + ["statement"] * 2 + ["act"] * 2
    assert [body["statement_id"] for kind, body in records if kind == "statement"] == ["s1", "s2"]
    assert [body["act_id"] for kind, body in records if kind == "act"] == ["r1", "a1"]
    assert len(chain(records)) == len(records)
