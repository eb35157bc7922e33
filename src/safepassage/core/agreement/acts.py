"""Which acts on file count at a moment (docs/spec/04-agreement.md §1 to §9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from safepassage.core.agreement.types import (
    Act,
    ActState,
    Obligation,
    Party,
    ProcedureStep,
    Terms,
)
from safepassage.errors import Finding, InputError
from safepassage.units import parse_moment

SUSPENSION = "suspension"
RESUMPTION = "resumption"
WITHDRAWAL = "withdrawal"
STOPPING_KINDS = frozenset({SUSPENSION, RESUMPTION, WITHDRAWAL})
"""Kinds of act that no step needs to name: a party can always use them (§8)."""

LOST = frozenset({ActState.EXPIRED, ActState.SUSPENDED, ActState.WITHDRAWN})
"""States of an act that once counted."""

BOTH = ("holding", "receiving")


@dataclass(frozen=True, slots=True)
class Filed:
    """Every act with its state, and every step's obligations with what meets them.

    Parameters
    ----------
    states
        In the order of the file.
    obligations, lapsed
        By step id.
    done
        Step ids whose obligations are all met.
    order
        Step ids so that each comes after what it needs.
    """

    states: tuple[tuple[str, ActState], ...]
    obligations: dict[str, tuple[Obligation, ...]]
    lapsed: dict[str, tuple[str, ...]]
    done: frozenset[str]
    order: tuple[str, ...]


def acts_on_file(parties: tuple[Party, ...], terms: Terms, at: datetime) -> Filed:
    """Decide which acts count at a moment and which obligations they meet.

    Parameters
    ----------
    at
        Aware moment looked at.

    Raises
    ------
    InputError
        If a role of the procedure has no party, if steps need each other in a circle, or if an
        act's moment cannot be read.
    """
    reading = _Reading(parties, terms, at)
    for step in _in_order(terms.procedure):
        reading.take(step)
    return reading.result()


class _Stop(NamedTuple):
    """From when on a party's acts about a clause (or about everything) stand still."""

    at: datetime
    by: str
    clause: str
    state: ActState


class _Reading:
    """Goes through the procedure once; holds what is known so far."""

    def __init__(self, parties: tuple[Party, ...], terms: Terms, at: datetime) -> None:
        self.parties = parties
        self.clauses = frozenset(clause.clause_id for clause in terms.clauses)
        self.moments = {act.act_id: _moment(act, "done_at", act.done_at) for act in terms.acts}
        self.acts = sorted(terms.acts, key=lambda act: (self.moments[act.act_id], act.act_id))
        self.file_order = [act.act_id for act in terms.acts]
        stops = _stops(self.acts, self.moments, at)
        self.standing = {
            act.act_id: _standing(act, self.moments[act.act_id], at, stops) for act in terms.acts
        }
        self.used: dict[str, ActState] = {}
        self.obligations: dict[str, tuple[Obligation, ...]] = {}
        self.lapsed: dict[str, tuple[str, ...]] = {}
        self.completed: dict[str, datetime] = {}
        self.order: list[str] = []

    def take(self, step: ProcedureStep) -> None:
        """Meet the obligations of one step; the steps it needs have been taken before."""
        supported = all(need in self.completed for need in step.needs)
        since = max((self.completed[n] for n in step.needs if n in self.completed), default=None)
        met = []
        lost: list[str] = []
        moments: list[datetime] = []
        for obligation in _obligations(step, self.parties):
            candidates = [act for act in self.acts if _answers(act, obligation)]
            counting = [act for act in candidates if self._counts(act, since, supported)]
            chosen = _enough(counting, self.clauses)
            met.append(replace(obligation, met_by=tuple(act.act_id for act in chosen)))
            moments += [self.moments[act.act_id] for act in chosen]
            lost += [a.act_id for a in candidates if self.standing[a.act_id] in LOST]
        self.order.append(step.step_id)
        self.obligations[step.step_id] = tuple(met)
        self.lapsed[step.step_id] = tuple(lost)
        if supported and all(obligation.met_by for obligation in met):
            self.completed[step.step_id] = max(moments)

    def _counts(self, act: Act, since: datetime | None, supported: bool) -> bool:
        """Note what this step makes of the act; true if it counts for it."""
        state = self.standing[act.act_id]
        early = since is not None and self.moments[act.act_id] < since
        if state is ActState.IN_FORCE and (early or not supported):
            state = ActState.OUT_OF_ORDER
        if self.used.get(act.act_id) is not ActState.IN_FORCE:
            self.used[act.act_id] = state
        return state is ActState.IN_FORCE

    def result(self) -> Filed:
        """Return everything that was found."""
        return Filed(
            states=tuple((act_id, self._final(act_id)) for act_id in self.file_order),
            obligations=self.obligations,
            lapsed=self.lapsed,
            done=frozenset(self.completed),
            order=tuple(self.order),
        )

    def _final(self, act_id: str) -> ActState:
        stopping = next(a for a in self.acts if a.act_id == act_id).kind in STOPPING_KINDS
        unasked = self.standing[act_id] if stopping else ActState.NOT_ASKED
        return self.used.get(act_id, unasked)


def parties_of(role: str, parties: tuple[Party, ...]) -> tuple[str, ...]:
    """Return the ids of the parties that have a role of the procedure; empty for no role."""
    if not role:
        return ("",)
    roles = BOTH if role == "both_parties" else (role,)
    found = tuple(party.party_id for party in parties if party.role in roles)
    if not found:
        message = f"the procedure needs a party with the role '{role}', and none has it."
        raise InputError(Finding(message, file="parties.csv", column="role"))
    return found


def _obligations(step: ProcedureStep, parties: tuple[Party, ...]) -> list[Obligation]:
    """Return who owes whom the step's act; nobody owes an act to itself."""
    pairs = [
        (by, to)
        for by in parties_of(step.by_role, parties)
        for to in parties_of(step.to_role, parties)
        if by != to
    ]
    if not pairs:
        message = f"step '{step.step_id}' asks a party to act towards itself."
        raise InputError(Finding(message, file="terms/procedure.csv", column="to_role"))
    return [Obligation(step.step_id, step.act_kind, by, to) for by, to in pairs]


def _answers(act: Act, obligation: Obligation) -> bool:
    same = act.kind == obligation.act_kind and act.by == obligation.by
    return same and obligation.to in ("", act.to)


def _enough(acts: list[Act], clauses: frozenset[str]) -> list[Act]:
    """Return the acts that meet an obligation: one about the whole, or one for each clause."""
    whole = [act for act in acts if not act.clause]
    if whole:
        return whole[:1]
    by_clause = {act.clause: act for act in reversed(acts)}
    return list(by_clause.values()) if clauses and clauses <= by_clause.keys() else []


def _standing(act: Act, done_at: datetime, at: datetime, stops: list[_Stop]) -> ActState:
    """Return whether the act counts, looked at on its own; expiry wins over everything (§5)."""
    if done_at > at:
        return ActState.NOT_YET
    if act.kind in (SUSPENSION, WITHDRAWAL):
        return ActState.IN_FORCE
    if act.expires_at and _moment(act, "expires_at", act.expires_at) <= at:
        return ActState.EXPIRED
    if act.form == "phone" and not act.witness:
        return ActState.UNWITNESSED
    if act.kind == RESUMPTION:
        return ActState.IN_FORCE
    for stop in stops:
        if _touches(stop, act, done_at):
            return stop.state
    return ActState.IN_FORCE


def _touches(stop: _Stop, act: Act, done_at: datetime) -> bool:
    concerned = not stop.clause or not act.clause or stop.clause == act.clause
    return stop.by == act.by and concerned and done_at <= stop.at


def _stops(acts: list[Act], moments: dict[str, datetime], at: datetime) -> list[_Stop]:
    """Return withdrawals, and suspensions that no later resumption has lifted (§8)."""
    past = [act for act in acts if moments[act.act_id] <= at]
    stops = []
    for act in past:
        stop = _Stop(moments[act.act_id], act.by, act.clause, ActState.WITHDRAWN)
        if act.kind == WITHDRAWAL:
            stops.append(stop)
        elif act.kind == SUSPENSION and not _lifted(act, past, moments):
            stops.append(stop._replace(state=ActState.SUSPENDED))
    return stops


def _lifted(suspension: Act, acts: list[Act], moments: dict[str, datetime]) -> bool:
    return any(
        act.kind == RESUMPTION
        and act.by == suspension.by
        and act.clause in ("", suspension.clause)
        and (act.form != "phone" or act.witness)
        and moments[act.act_id] > moments[suspension.act_id]
        for act in acts
    )


def _moment(act: Act, column: str, text: str) -> datetime:
    try:
        return parse_moment(text)
    except ValueError as error:
        message = f"act '{act.act_id}': {error}."
        raise InputError(Finding(message, file="terms/acts.csv", column=column)) from error


def _in_order(steps: tuple[ProcedureStep, ...]) -> list[ProcedureStep]:
    """Return the steps so that each comes after what it needs, else in the order of the file."""
    ordered: list[ProcedureStep] = []
    placed: set[str] = set()
    waiting = list(steps)
    while waiting:
        ready = next((step for step in waiting if placed.issuperset(step.needs)), None)
        if ready is None:
            _refuse_circle(waiting)
        else:
            waiting.remove(ready)
            ordered.append(ready)
            placed.add(ready.step_id)
    return ordered


def _refuse_circle(steps: list[ProcedureStep]) -> None:
    names = ", ".join(f"'{step.step_id}'" for step in steps)
    message = f"the steps {names} wait for each other, or for a step that does not exist."
    raise InputError(Finding(message, file="terms/procedure.csv", column="needs"))
