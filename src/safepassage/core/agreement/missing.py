"""The missing step: the shortest list of acts that would move the corridor on (04-agreement).

Nothing here knows a country, a conflict or a kind of act: the procedure is data. Public words are
shown beside a step and never complete it; silence is silence; an acknowledgement is a different
act from an acceptance; what has expired does not count.
"""

from __future__ import annotations

from datetime import UTC, datetime

from safepassage.core.agreement.acts import BOTH, STOPPING_KINDS, Filed, acts_on_file, parties_of
from safepassage.core.agreement.clauses import flag_clauses
from safepassage.core.agreement.contradictions import find_contradictions
from safepassage.core.agreement.statements import (
    claimed_done,
    claims_on,
    explaining,
    sayings,
)
from safepassage.core.agreement.types import (
    Act,
    ActState,
    AgreementStatus,
    Expiry,
    MissingAct,
    Obligation,
    Party,
    ProcedureStep,
    Said,
    Statement,
    StepState,
    StepStatus,
    Terms,
)
from safepassage.units import parse_moment


def agreement_status(
    parties: tuple[Party, ...],
    statements: tuple[Statement, ...],
    terms: Terms,
    at: datetime,
) -> AgreementStatus:
    """Say what each party has said, asked and accepted at a moment, and what is missing.

    Parameters
    ----------
    parties
        With their roles; every role that the procedure names needs a party.
    statements
        Public words; those said after the date of `at` are not known yet.
    terms
        Clauses, procedure and the acts on file.
    at
        Aware moment looked at; its own zone decides which statements have been said.

    Raises
    ------
    InputError
        If the procedure or an act cannot be read (a role without a party, a circle of needs).

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> agreement_status((), (), Terms(), datetime(2025, 2, 11, tzinfo=UTC)).open
    False
    """
    filed = acts_on_file(parties, terms, at)
    said = sayings(statements, at.date())
    steps = tuple(_step_status(step, filed, said) for step in terms.procedure)
    return AgreementStatus(
        at=at.astimezone(UTC).isoformat(),
        steps=steps,
        missing=_missing(terms, steps, parties, said),
        remaining=tuple(step_id for step_id in filed.order if step_id not in filed.done),
        contradictions=find_contradictions(statements, terms, filed, at),
        clause_flags=flag_clauses(terms.clauses),
        acts=filed.states,
        expires_next=_expiries(terms.acts, filed),
        # No procedure on file means that nothing was agreed, not that nothing is needed.
        open=bool(steps) and filed.done.issuperset(step.step_id for step in steps),
    )


def _step_status(step: ProcedureStep, filed: Filed, said: tuple[Said, ...]) -> StepStatus:
    obligations = filed.obligations[step.step_id]
    claims = claims_on(step.act_kind, obligations, said)
    return StepStatus(
        step_id=step.step_id,
        state=_state(step, filed, claims),
        text=step.text,
        obligations=obligations,
        blocked_by=tuple(need for need in step.needs if need not in filed.done),
        lapsed=filed.lapsed[step.step_id],
        claims=claims,
    )


def _state(step: ProcedureStep, filed: Filed, claims: tuple[Said, ...]) -> StepState:
    if step.step_id in filed.done:
        return StepState.DONE
    if not filed.done.issuperset(step.needs):
        return StepState.BLOCKED
    if filed.lapsed[step.step_id]:
        return StepState.LAPSED
    return StepState.CLAIMED if claimed_done(claims) else StepState.OPEN


def _missing(
    terms: Terms,
    steps: tuple[StepStatus, ...],
    parties: tuple[Party, ...],
    said: tuple[Said, ...],
) -> tuple[MissingAct, ...]:
    """Return the unmet acts of every step that waits for nothing else.

    No shorter list can move the corridor on: every step is needed, and all others wait for these.
    """
    wanted: dict[tuple[str, str, str], MissingAct] = {}
    for step in steps:
        if step.state in (StepState.DONE, StepState.BLOCKED):
            continue
        for obligation in step.obligations:
            if not obligation.met_by:
                key = (obligation.act_kind, obligation.by, obligation.to)
                wanted.setdefault(key, _missing_act(step, obligation, terms, parties, said))
    return tuple(wanted.values())


def _missing_act(
    step: StepStatus,
    obligation: Obligation,
    terms: Terms,
    parties: tuple[Party, ...],
    said: tuple[Said, ...],
) -> MissingAct:
    concerned = _concerned(obligation, parties)
    return MissingAct(
        step_id=step.step_id,
        act_kind=obligation.act_kind,
        by=obligation.by,
        to=obligation.to,
        text=step.text,
        because=explaining(obligation.act_kind, concerned, said),
        opens=_dependents(step.step_id, terms.procedure),
    )


def _concerned(obligation: Obligation, parties: tuple[Party, ...]) -> frozenset[str]:
    """Return whose words bear on an act: both ends, and both parties where one end is neutral."""
    ends = {obligation.by, obligation.to}
    neutral = {party.party_id for party in parties if party.role not in BOTH}
    return frozenset(ends | set(parties_of("both_parties", parties)) if ends & neutral else ends)


def _dependents(step_id: str, procedure: tuple[ProcedureStep, ...]) -> tuple[str, ...]:
    """Return the steps that wait for one, directly or through others, nearest first."""
    reached = [step_id]
    for current in reached:
        reached += [
            step.step_id
            for step in procedure
            if current in step.needs and step.step_id not in reached
        ]
    return tuple(reached[1:])


def _expiries(acts: tuple[Act, ...], filed: Filed) -> tuple[Expiry, ...]:
    states = dict(filed.states)
    lapsing = [
        act
        for act in acts
        if act.expires_at
        and act.kind not in STOPPING_KINDS
        and states[act.act_id] is ActState.IN_FORCE
    ]
    lapsing.sort(key=lambda act: (parse_moment(act.expires_at), act.act_id))
    return tuple(Expiry(act.act_id, act.kind, act.by, act.expires_at) for act in lapsing)
