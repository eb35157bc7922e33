"""Words that do not meet: computed over data fields, shown with both texts, never judged (§14-§16).

A rule names two things that can be said or done. Whether they really contradict each other, and
why, is for people: the result holds both texts, who said them and when.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from operator import attrgetter

from safepassage.core.agreement.acts import SUSPENSION, WITHDRAWAL, Filed
from safepassage.core.agreement.statements import sayings, topic_of
from safepassage.core.agreement.types import (
    Act,
    ActState,
    Contradiction,
    Quoted,
    Said,
    Statement,
    Terms,
)


@dataclass(frozen=True, slots=True)
class WordsRule:
    """Two values that do not meet when both are said.

    Parameters
    ----------
    between
        ``one_party`` or ``parties``.
    ordered
        True when only `first` followed by `second` does not meet; the other way round is news.
    within_days
        Longest time between the two; None for any. Silence that ends weeks later is news.
    """

    between: str
    first: str
    second: str
    ordered: bool = False
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class ActsRule:
    """A value that does not meet the acts on file on the day when it is said.

    Parameters
    ----------
    topic
        Topic of the acts looked for, or ``stop`` for suspensions and withdrawals.
    end
        Whether the speaker's party is the ``by`` or the ``to`` of the act.
    on_file
        True: the words do not meet an act that is there; False: one that is not.
    in_force
        Look only at acts still in force.
    """

    value: str
    topic: str
    end: str
    on_file: bool
    in_force: bool = False


WORDS_RULES = (
    WordsRule("one_party", "not_addressed", "talks_confirmed", within_days=7),
    WordsRule("one_party", "ready", "not_ready"),
    WordsRule("one_party", "ready", "refused"),
    WordsRule("one_party", "accepted", "refused"),
    WordsRule("one_party", "talks_confirmed", "refused"),
    WordsRule("one_party", "received", "none_received", ordered=True),
    WordsRule("parties", "sent", "none_received"),
    WordsRule("parties", "talks_confirmed", "refused"),
)

ACTS_RULES = (
    ActsRule("sent", "request", "by", on_file=False),
    ActsRule("received", "request", "to", on_file=False),
    ActsRule("none_received", "request", "to", on_file=True),
    ActsRule("accepted", "acceptance", "by", on_file=False),
    ActsRule("refused", "acceptance", "by", on_file=True, in_force=True),
    ActsRule("not_ready", "acceptance", "by", on_file=True, in_force=True),
    ActsRule("ready", "stop", "by", on_file=True, in_force=True),
)


def find_contradictions(
    statements: tuple[Statement, ...], terms: Terms, filed: Filed, at: datetime
) -> tuple[Contradiction, ...]:
    """Return every pair of words, and of words and acts, that does not meet, oldest first.

    Parameters
    ----------
    filed
        The acts on file with their states at `at`.
    at
        Aware moment; statements said after its date are not known yet.
    """
    said = sayings(statements, at.date())
    found = [*_between_words(said), *_words_and_acts(said, terms.acts, dict(filed.states))]
    # Silence on three topics is one silence: the same two texts are shown once per rule.
    once = {(c.rule, c.first.reference, c.second.reference): c for c in found}
    key = attrgetter("first.on", "second.on", "rule", "first.reference")
    return tuple(sorted(once.values(), key=key))


def _between_words(said: tuple[Said, ...]) -> Iterator[Contradiction]:
    for earlier, later in combinations(said, 2):
        for rule in WORDS_RULES:
            if _does_not_meet(rule, earlier, later):
                yield Contradiction(
                    rule=f"04-agreement §14 {rule.first}/{rule.second}",
                    between=rule.between,
                    topic=later.topic,
                    first=_words(earlier),
                    second=_words(later),
                    days_apart=_days(earlier.said_on, later.said_on),
                )


def _does_not_meet(rule: WordsRule, earlier: Said, later: Said) -> bool:
    values = (earlier.value, later.value)
    matches = values == (rule.first, rule.second)
    if not rule.ordered:
        matches = matches or values == (rule.second, rule.first)
    same_party = earlier.party == later.party
    near = rule.within_days is None or _days(earlier.said_on, later.said_on) <= rule.within_days
    return matches and same_party == (rule.between == "one_party") and near


def _words_and_acts(
    said: tuple[Said, ...], acts: tuple[Act, ...], states: dict[str, ActState]
) -> Iterator[Contradiction]:
    for spoken in said:
        for rule in ACTS_RULES:
            if rule.value == spoken.value:
                found = [act for act in acts if _is_meant(rule, act, spoken, states[act.act_id])]
                yield from _against_acts(rule, spoken, found)


def _is_meant(rule: ActsRule, act: Act, spoken: Said, state: ActState) -> bool:
    topic = "stop" if act.kind in (SUSPENSION, WITHDRAWAL) else topic_of(act.kind)
    party = act.by if rule.end == "by" else act.to
    counts = state is ActState.IN_FORCE if rule.in_force else state is not ActState.UNWITNESSED
    return topic == rule.topic and party == spoken.party and _day(act) <= spoken.said_on and counts


def _against_acts(rule: ActsRule, spoken: Said, acts: list[Act]) -> Iterator[Contradiction]:
    name = f"04-agreement §15 {rule.value}/{'on file' if rule.on_file else 'nothing on file'}"
    if rule.on_file:
        for act in acts:
            days = _days(_day(act), spoken.said_on)
            yield Contradiction(
                name, "words_and_acts", spoken.topic, _words(spoken), _paper(act), days
            )
    elif not acts:
        nothing = Quoted(reference="", party="", who="", on="", text="")
        yield Contradiction(name, "words_and_acts", spoken.topic, _words(spoken), nothing, None)


def _words(said: Said) -> Quoted:
    return Quoted(
        said.statement_id, said.party, said.speaker, said.said_on, said.text, said.capacity
    )


def _paper(act: Act) -> Quoted:
    return Quoted(act.act_id, act.by, act.form, _day(act), act.document)


def _day(act: Act) -> str:
    """Return the date on the document, in the zone in which it was dated."""
    return act.done_at[:10]


def _days(first: str, second: str) -> int:
    return abs((date.fromisoformat(second) - date.fromisoformat(first)).days)
