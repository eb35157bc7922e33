"""What public statements say of a step: always as claimed by the speaker (§10 to §13)."""

from __future__ import annotations

from datetime import date

from safepassage.core.agreement.types import Obligation, Said, Saying, Statement

TOPICS = ("readiness", "request", "acceptance")

TOPIC_STEMS = (
    ("request", "request"),
    ("acceptance", "accept"),
    ("readiness", "readiness"),
    ("readiness", "ready"),
)
"""(topic, stem): a step is spoken of under the first topic whose stem begins a word of its act
kind, so ``formal_request`` is spoken of as a request."""

TOPICS_THAT_EXPLAIN = {
    "request": ("readiness", "request", "acceptance"),
    "acceptance": ("readiness", "acceptance"),
    "readiness": ("readiness",),
    "": (),
}
"""Topics whose public words are shown beside a missing act of a topic."""

SAYINGS = {
    ("request", "sent"): Saying.DONE,
    ("request", "received"): Saying.DONE,
    ("request", "none_received"): Saying.NOT_DONE,
    ("readiness", "ready"): Saying.DONE,
    ("readiness", "conditional"): Saying.CONDITIONAL,
    ("readiness", "not_ready"): Saying.NOT_DONE,
    ("acceptance", "accepted"): Saying.DONE,
    ("acceptance", "conditional"): Saying.CONDITIONAL,
    ("acceptance", "refused"): Saying.NOT_DONE,
    ("acceptance", "talks_confirmed"): Saying.TALKS,
}
"""What a statement's value says; ``not_addressed`` is silence under every topic."""

SPEAKS_AS_ADDRESSEE = frozenset({("request", "received"), ("request", "none_received")})
"""Values by which a party speaks of an act addressed to it; all others speak of its own acts."""


def topic_of(act_kind: str) -> str:
    """Return the topic under which statements speak of a kind of act, or an empty string.

    Examples
    --------
    >>> topic_of("formal_request"), topic_of("acceptance_of_terms"), topic_of("notification")
    ('request', 'acceptance', '')
    """
    words = act_kind.replace("-", "_").split("_")
    for topic, stem in TOPIC_STEMS:
        if any(word.startswith(stem) for word in words):
            return topic
    return ""


def sayings(statements: tuple[Statement, ...], on: date) -> tuple[Said, ...]:
    """Return what every statement up to a date says on each topic, oldest first.

    Parameters
    ----------
    on
        Last date that counts; `said_on` is an ISO date.
    """
    heard = sorted(
        (s for s in statements if s.said_on <= on.isoformat()),
        key=lambda s: (s.said_on, s.statement_id),
    )
    return tuple(said for statement in heard for said in _said(statement))


def _said(statement: Statement) -> list[Said]:
    values = {topic: str(getattr(statement, topic)) for topic in TOPICS}
    return [_as_said(statement, topic, value) for topic, value in values.items() if value]


def _as_said(statement: Statement, topic: str, value: str) -> Said:
    return Said(
        statement_id=statement.statement_id,
        said_on=statement.said_on,
        speaker=statement.speaker,
        party=statement.party,
        topic=topic,
        value=value,
        saying=SAYINGS.get((topic, value), Saying.SILENT),
        text=statement.text,
        capacity=statement.capacity,
    )


def claims_on(
    act_kind: str, obligations: tuple[Obligation, ...], said: tuple[Said, ...]
) -> tuple[Said, ...]:
    """Return what the parties concerned say of a step itself, oldest first."""
    topic = topic_of(act_kind)
    by = {obligation.by for obligation in obligations}
    to = {obligation.to for obligation in obligations}
    return tuple(s for s in said if s.topic == topic and s.party in _speakers(s, by, to))


def _speakers(said: Said, by: set[str], to: set[str]) -> set[str]:
    if said.saying is Saying.SILENT and said.topic == "request":
        return by | to
    return to if (said.topic, said.value) in SPEAKS_AS_ADDRESSEE else by


def claimed_done(claims: tuple[Said, ...]) -> bool:
    """Return whether any party's latest word on a step is that it has happened."""
    latest = {claim.party: claim.saying for claim in claims}
    return Saying.DONE in latest.values()


def explaining(
    act_kind: str, concerned: frozenset[str], said: tuple[Said, ...]
) -> tuple[Said, ...]:
    """Return the public words of the parties concerned that bear on a missing act.

    A statement that passes over several topics in silence is silent once, not three times.
    """
    topics = TOPICS_THAT_EXPLAIN[topic_of(act_kind)]
    bearing = [s for s in said if s.party in concerned and s.topic in topics]
    return tuple(s for i, s in enumerate(bearing) if not _silent_before(s, bearing[:i]))


def _silent_before(said: Said, earlier: list[Said]) -> bool:
    return said.saying is Saying.SILENT and any(
        s.saying is Saying.SILENT and s.statement_id == said.statement_id for s in earlier
    )
