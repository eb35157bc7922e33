"""The missing step: what no order of acts and words may ever do, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.core.agreement.missing import agreement_status
from safepassage.core.agreement.types import (
    Act,
    AgreementStatus,
    Party,
    ProcedureStep,
    Statement,
    StepState,
    Terms,
)
from safepassage.errors import InputError

START = datetime(2025, 2, 1, tzinfo=UTC)
PARTIES = (Party("A", "Side A", "holding"), Party("B", "Side B", "receiving"),
           Party("N", "Neutral", "intermediary"))  # fmt: skip
KINDS = ("formal_request", "acknowledgement", "acceptance", "counter_proposal", "notification",
         "suspension", "resumption")  # fmt: skip


def _step(step_id: str, kind: str, by: str, to: str, *needs: str) -> ProcedureStep:
    return ProcedureStep(step_id, kind, by, to, needs, (("en", step_id),))


PROCEDURE = (
    _step("request", "formal_request", "receiving", "holding"),
    _step("accept", "acceptance", "both_parties", "intermediary", "request"),
    _step("notify", "notification", "intermediary", "both_parties", "accept"),
)


def _moment(hours: int) -> str:
    return (START + timedelta(hours=hours)).isoformat()


def _status(
    acts: tuple[Act, ...], at: datetime, statements: tuple[Statement, ...] = ()
) -> AgreementStatus:
    return agreement_status(PARTIES, statements, Terms((), PROCEDURE, acts), at)


@st.composite
def _acts(draw: st.DrawFn) -> tuple[Act, ...]:
    count = draw(st.integers(0, 12))
    party = st.sampled_from("ABN")
    return tuple(
        Act(
            f"x{n}", draw(st.sampled_from(KINDS)), draw(party), draw(party),
            _moment(draw(st.integers(0, 100))), "letter", "paper",
            expires_at=draw(st.sampled_from(("", _moment(50), _moment(90)))),
        )
        for n in range(count)
    )  # fmt: skip


@given(_acts(), st.integers(0, 120))
def test_without_an_acceptance_by_each_side_nothing_is_accepted(
    acts: tuple[Act, ...], hours: int
) -> None:
    silent = tuple(act for act in acts if (act.kind, act.by) != ("acceptance", "A"))
    states = {s.step_id: s.state for s in _status(silent, START + timedelta(hours=hours)).steps}
    assert StepState.DONE not in (states["accept"], states["notify"])


@given(_acts(), st.integers(0, 120))
def test_an_expired_act_meets_nothing(acts: tuple[Act, ...], hours: int) -> None:
    at = START + timedelta(hours=hours)
    expired = {a.act_id for a in acts if a.expires_at and a.expires_at <= at.isoformat()}
    used = {
        act
        for step in _status(acts, at).steps
        for obligation in step.obligations
        for act in obligation.met_by
    }
    assert not used & expired


@given(_acts(), st.sampled_from("AB"), st.integers(0, 120))
def test_suspension_is_always_reachable(acts: tuple[Act, ...], who: str, hours: int) -> None:
    at = START + timedelta(hours=hours)
    stop = Act("stop", "suspension", who, "", at.isoformat(), "phone", "call")
    assert not _status((*acts, stop), at).open


@given(_acts(), st.integers(0, 120), st.randoms(use_true_random=False))
def test_the_order_of_the_file_changes_nothing(
    acts: tuple[Act, ...], hours: int, random: Random
) -> None:
    at = START + timedelta(hours=hours)
    mixed = list(acts)
    random.shuffle(mixed)
    one, two = _status(acts, at), _status(tuple(mixed), at)
    assert (one.steps, one.missing, one.open) == (two.steps, two.missing, two.open)


@given(_acts(), st.integers(0, 120))
def test_doing_the_missing_acts_moves_every_step_they_are_for(
    acts: tuple[Act, ...], hours: int
) -> None:
    at = START + timedelta(hours=hours)
    calm = tuple(act for act in acts if act.kind not in ("suspension", "resumption"))
    before = _status(calm, at)
    done = tuple(
        Act(f"m{n}", missing.act_kind, missing.by, missing.to, at.isoformat(), "letter", "paper")
        for n, missing in enumerate(before.missing)
    )
    after = {s.step_id: s.state for s in _status((*calm, *done), at).steps}
    assert all(after[missing.step_id] is StepState.DONE for missing in before.missing)
    assert bool(before.missing) != before.open


def test_several_parties_of_a_role_all_have_to_act() -> None:
    parties = (*PARTIES, Party("C", "Side C", "holding"))
    asked = Act("r", "formal_request", "B", "A", _moment(0), "letter", "paper")
    status = agreement_status(parties, (), Terms((), PROCEDURE, (asked,)), START)
    assert [(act.by, act.to) for act in status.missing] == [("B", "C")]


def test_one_act_asked_for_by_two_steps_is_listed_once() -> None:
    twice = (PROCEDURE[0], replace(PROCEDURE[0], step_id="request_again"))
    status = agreement_status(PARTIES, (), Terms((), twice), START)
    assert len(status.missing) == 1


def test_words_of_both_parties_explain_an_act_of_the_intermediary() -> None:
    step = _step("ask", "request_for_access", "intermediary", "holding")
    words = Statement("s", "2025-01-31", "speaker", "office", "B", "We are.", "en", "paper",
                      readiness="ready")  # fmt: skip
    status = agreement_status(PARTIES, (words,), Terms((), (step,)), START)
    assert [said.statement_id for said in status.missing[0].because] == ["s"]


def test_what_expires_next_comes_first() -> None:
    acts = tuple(
        Act(f"r{hours}", "formal_request", "B", "A", _moment(0), "letter", "paper",
            expires_at=_moment(hours))
        for hours in (72, 24)
    )  # fmt: skip
    assert [e.act_id for e in _status(acts, START).expires_next] == ["r24", "r72"]


@pytest.mark.parametrize(
    ("procedure", "parties", "message"),
    [
        ((_step("a", "x", "holding", "", "b"), _step("b", "y", "holding", "", "a")), PARTIES,
         "wait for each other"),
        ((_step("a", "x", "holding", "", "nowhere"),), PARTIES, "does not exist"),
        ((_step("a", "x", "holding", ""),), PARTIES[1:], "role 'holding'"),
        ((_step("a", "x", "holding", "holding"),), PARTIES, "towards itself"),
    ],
)  # fmt: skip
def test_a_procedure_that_cannot_be_followed_is_refused_by_name(
    procedure: tuple[ProcedureStep, ...], parties: tuple[Party, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        agreement_status(parties, (), Terms((), procedure), START)


def test_an_act_without_a_zone_is_refused_by_name() -> None:
    act = Act("r", "formal_request", "B", "A", "2025-02-01T10:00", "letter", "paper")
    with pytest.raises(InputError, match=r"act 'r'.*names no time zone"):
        _status((act,), START)
