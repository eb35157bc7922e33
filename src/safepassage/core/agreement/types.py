"""The nouns of the agreement stage: parties, statements, acts, procedure, the missing step."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Party:
    """A party to the conflict or the neutral intermediary.

    Parameters
    ----------
    party_id
        Short id used in every file, e.g. ``"A"``.
    role
        ``"holding"`` (administers the place left), ``"receiving"`` (administers the place
        reached), ``"intermediary"``.
    language
        BCP 47 tag of the language in which it is addressed.
    """

    party_id: str
    name: str
    role: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Statement:
    """Public words, verbatim, with who said them; shown as said by the speaker, never as fact.

    Parameters
    ----------
    said_on
        ISO date.
    readiness
        ``ready``, ``conditional``, ``not_ready``, ``not_addressed`` or empty.
    request
        What the statement says of a formal request: ``sent``, ``received``, ``none_received``,
        ``not_addressed`` or empty.
    acceptance
        ``accepted``, ``conditional``, ``refused``, ``talks_confirmed``, ``not_addressed`` or empty.
    """

    statement_id: str
    said_on: str
    speaker: str
    capacity: str
    party: str
    text: str
    language: str
    source: str
    url: str = ""
    readiness: str = ""
    request: str = ""
    acceptance: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """A formal act on file: a document, a call with a witness, an answer.

    Parameters
    ----------
    kind
        A kind that the procedure names, e.g. ``"formal_request"``.
    by, to
        Party ids; `to` may be empty for an act towards nobody in particular.
    done_at
        ISO 8601 moment with zone.
    form
        ``letter``, ``note_verbale``, ``email``, ``phone``, ``paper``.
    document, witness
        What proves it; a phone act needs a witness.
    expires_at
        ISO 8601 moment or empty.
    clause
        Clause id the act is about, or empty for the whole.
    """

    act_id: str
    kind: str
    by: str
    to: str
    done_at: str
    form: str
    document: str
    witness: str = ""
    expires_at: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class ProcedureStep:
    """One act that the opening of the corridor needs, as data, not as code.

    Parameters
    ----------
    step_id
        Unique.
    act_kind
        The kind of act that completes the step.
    by_role, to_role
        Roles of the parties; every party of `by_role` must act.
    needs
        Step ids that come first.
    text
        What is to be done, by language tag: ``(("en", "…"), ("uk", "…"), ("ru", "…"))``.
    """

    step_id: str
    act_kind: str
    by_role: str
    to_role: str
    needs: tuple[str, ...]
    text: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the proposed terms.

    Parameters
    ----------
    text
        By language tag.
    depends_on_wider_bargain
        True flags a clause that makes civilians depend on a wider deal.
    """

    clause_id: str
    title: str
    text: tuple[tuple[str, str], ...]
    depends_on_wider_bargain: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What is proposed, how it becomes agreed, and what has been done so far."""

    clauses: tuple[Clause, ...] = ()
    procedure: tuple[ProcedureStep, ...] = ()
    acts: tuple[Act, ...] = ()
