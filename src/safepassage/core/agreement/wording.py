"""The agreement in words a duty officer can read in a minute, in any language of the catalogue.

Functions take the status and a translator (message in English in, message in the wanted language
out) and return lines of text. Public words are introduced as said by their speaker, never as fact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from safepassage.core.agreement.types import (
    ActState,
    AgreementStatus,
    Contradiction,
    Expiry,
    MissingAct,
    Party,
    Quoted,
    Said,
    StepState,
    StepStatus,
)

Translate = Callable[[str], str]


def msg(text: str) -> str:
    """Mark a text for the catalogue and return it as it is."""
    return text


SAID_WORDS = {
    ("readiness", "ready"): msg("says that it is ready"),
    ("readiness", "conditional"): msg("says that it is ready under conditions"),
    ("readiness", "not_ready"): msg("says that it is not ready"),
    ("request", "sent"): msg("says that it has sent a formal request"),
    ("request", "received"): msg("says that it has received a formal request"),
    ("request", "none_received"): msg("says that it has received no formal request"),
    ("acceptance", "accepted"): msg("says that it has accepted the proposal"),
    ("acceptance", "conditional"): msg("says that it would accept under conditions"),
    ("acceptance", "refused"): msg("says that it refuses the proposal"),
    ("acceptance", "talks_confirmed"): msg("confirms that there are talks"),
}
SILENCE = msg("does not address it; silence is not acceptance")

QUOTE = msg("“{words}”")

STATE_WORDS = {
    StepState.DONE: msg("done"),
    StepState.CLAIMED: msg("claimed in public, nothing on file"),
    StepState.LAPSED: msg("lapsed: it was done and no longer counts"),
    StepState.OPEN: msg("open: can be done now"),
    StepState.BLOCKED: msg("waits for other steps"),
}

ACT_WORDS = {
    ActState.IN_FORCE: msg("in force"),
    ActState.NOT_YET: msg("dated later"),
    ActState.EXPIRED: msg("expired"),
    ActState.UNWITNESSED: msg("does not count: a phone call without a witness"),
    ActState.SUSPENDED: msg("does not count: suspended by its party"),
    ActState.WITHDRAWN: msg("does not count: withdrawn by its party"),
    ActState.OUT_OF_ORDER: msg("does not count: what it answers was not in force"),
    ActState.NOT_ASKED: msg("on file; no step asks for it, so it completes none"),
}

BETWEEN_WORDS = {
    "one_party": msg("Words of one party that do not meet"),
    "parties": msg("Words of the parties that do not meet"),
    "words_and_acts": msg("Words and acts on file that do not meet"),
}

FLAG_WORDS = {
    "marked": msg("makes civilians depend on a wider bargain"),
    "wording": msg("its wording may tie civilians to a wider bargain"),
}


def in_language(text: tuple[tuple[str, str], ...], language: str) -> str:
    """Return the text of a language, else the English one, else the first there is.

    Examples
    --------
    >>> in_language((("en", "Send it"), ("uk", "Надішліть")), "ru")
    'Send it'
    """
    by_language = {tag: words for tag, words in text if words}
    return (
        by_language.get(language) or by_language.get("en") or next(iter(by_language.values()), "")
    )


def status_lines(
    status: AgreementStatus, parties: tuple[Party, ...], translate: Translate, language: str
) -> tuple[str, ...]:
    """Return the whole status as lines: missing acts, steps, contradictions, flags, expiries."""
    names = {party.party_id: party.name for party in parties}
    return (
        *missing_lines(status, parties, translate, language),
        "",
        *(step_line(step, names, translate, language) for step in status.steps),
        *contradiction_lines(status.contradictions, names, translate),
        *flag_lines(status, translate),
        *(_expiry_line(expiry, translate) for expiry in status.expires_next),
    )


def missing_lines(
    status: AgreementStatus, parties: tuple[Party, ...], translate: Translate, language: str
) -> tuple[str, ...]:
    """Return the missing acts with who owes them to whom and what has been said of them."""
    if status.open:
        return (translate("Every step is done: nothing is missing."),)
    if not status.steps:
        return (translate("No procedure is on file: nothing has been agreed."),)
    names = {party.party_id: party.name for party in parties}
    one = len(status.missing) == 1
    title = translate("The one missing step:") if one else translate("The missing steps:")
    lines = [line for act in status.missing for line in _missing(act, names, translate, language)]
    return (title, *lines)


def step_line(
    step: StepStatus, names: Mapping[str, str], translate: Translate, language: str
) -> str:
    """Return one step with its state, and the acts that did it or the steps it waits for."""
    acts = sorted({act for obligation in step.obligations for act in obligation.met_by})
    blocked = step.state is StepState.BLOCKED
    parts = (
        (translate("waits for: {items}"), step.blocked_by if blocked else ()),
        (translate("on file: {items}"), acts),
        (translate("no longer counts: {items}"), step.lapsed),
        (translate("still owed by: {items}"), _owing(step, names)),
    )
    notes = [template.format(items=", ".join(items)) for template, items in parts if items]
    state = () if blocked else (translate(STATE_WORDS[step.state]),)
    return f"{step.step_id}: {in_language(step.text, language)} [{'; '.join((*state, *notes))}]"


def said_lines(
    said: tuple[Said, ...], names: Mapping[str, str], translate: Translate
) -> tuple[str, ...]:
    """Return one line per statement: what it says as the claim of its speaker, and its words."""
    together: dict[str, list[Said]] = {}
    for one in said:
        together.setdefault(one.statement_id, []).append(one)
    return tuple(_said_line(same, names, translate) for same in together.values())


def _said_line(same: list[Said], names: Mapping[str, str], translate: Translate) -> str:
    first = same[0]
    words = [translate(SAID_WORDS.get((said.topic, said.value), SILENCE)) for said in same]
    who = _speaker(first.speaker, first.party, first.capacity, names)
    quote = translate(QUOTE).format(words=first.text)
    return f"{first.said_on}, {who}: {'; '.join(dict.fromkeys(words))}. {quote}"


def _speaker(speaker: str, party: str, capacity: str, names: Mapping[str, str]) -> str:
    details = "; ".join(part for part in (names.get(party, party), capacity) if part)
    return f"{speaker} ({details})"


def contradiction_lines(
    contradictions: tuple[Contradiction, ...], names: Mapping[str, str], translate: Translate
) -> tuple[str, ...]:
    """Return each pair of words or acts that does not meet, with both texts; no judgement."""
    lines = []
    for found in contradictions:
        lines.append(translate(BETWEEN_WORDS[found.between]) + ":")
        lines += [_quoted(side, names, translate) for side in (found.first, found.second)]
    return tuple(lines)


def flag_lines(status: AgreementStatus, translate: Translate) -> tuple[str, ...]:
    """Return the clauses that a person should look at."""
    template = translate("Clause {clause} ({title}) {reason}.")
    return tuple(
        template.format(
            clause=flag.clause_id, title=flag.title, reason=translate(FLAG_WORDS[flag.reason])
        )
        for flag in status.clause_flags
    )


def _missing(
    act: MissingAct, names: Mapping[str, str], translate: Translate, language: str
) -> list[str]:
    by, to = names.get(act.by, act.by), names.get(act.to, act.to)
    owed = translate("by {by}, to {to}") if to else translate("by {by}")
    lines = [f"  {in_language(act.text, language)} ({owed.format(by=by, to=to)})"]
    return lines + [f"    {line}" for line in said_lines(act.because, names, translate)]


def _owing(step: StepStatus, names: Mapping[str, str]) -> list[str]:
    if step.state is StepState.BLOCKED:
        return []
    unmet = [o.by for o in step.obligations if not o.met_by]
    return [names.get(by, by) for by in dict.fromkeys(unmet)]


def _quoted(side: Quoted, names: Mapping[str, str], translate: Translate) -> str:
    if not side.reference:
        return "  " + translate("nothing of the kind is on file")
    who = _speaker(side.who, side.party, side.capacity, names)
    return f"  {side.on}, {who}: {translate(QUOTE).format(words=side.text)} [{side.reference}]"


def _expiry_line(expiry: Expiry, translate: Translate) -> str:
    template = translate("{act} ({kind}, {by}) expires at {moment}.")
    return template.format(
        act=expiry.act_id, kind=expiry.kind, by=expiry.by, moment=expiry.expires_at
    )
