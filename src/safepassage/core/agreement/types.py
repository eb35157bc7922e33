"""The nouns of the agreement stage: parties, statements, acts, procedure, the missing step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


class StepState(StrEnum):
    """Where one step of the procedure stands; public words alone never complete a step."""

    DONE = "done"
    """Every act that the step needs is on file and in force."""
    CLAIMED = "claimed"
    """Not on file; a party says in public that it has happened."""
    LAPSED = "lapsed"
    """Was done; what completed it has expired or was suspended or withdrawn."""
    OPEN = "open"
    """Nothing stands before it; the act is missing."""
    BLOCKED = "blocked"
    """Other steps come first."""


class ActState(StrEnum):
    """Whether an act on file counts, and if not, why."""

    IN_FORCE = "in_force"
    NOT_YET = "not_yet"
    """Dated after the moment looked at."""
    EXPIRED = "expired"
    UNWITNESSED = "unwitnessed"
    """A phone call that nobody witnessed."""
    SUSPENDED = "suspended"
    """Its party has suspended."""
    WITHDRAWN = "withdrawn"
    """Its party has withdrawn."""
    OUT_OF_ORDER = "out_of_order"
    """What it answers was not in force when it was done, or is no longer."""
    NOT_ASKED = "not_asked"
    """No step asks for this act of this party towards that addressee."""


class Saying(StrEnum):
    """What public words say of a step."""

    DONE = "says_done"
    NOT_DONE = "says_not_done"
    CONDITIONAL = "says_conditional"
    TALKS = "says_talks"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Obligation:
    """One act that one party owes for one step.

    Parameters
    ----------
    to
        Party id, or empty where the act is towards nobody in particular.
    met_by
        Ids of the acts in force that meet it, sorted by time; empty while it is unmet.
    """

    step_id: str
    act_kind: str
    by: str
    to: str
    met_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a statement says, shown as claimed by its speaker.

    Parameters
    ----------
    topic
        ``readiness``, ``request`` or ``acceptance``.
    value
        The statement's own value for that topic.
    capacity
        In what capacity it was said; also says where the words are reported, not quoted.
    """

    statement_id: str
    said_on: str
    speaker: str
    party: str
    topic: str
    value: str
    saying: Saying
    text: str
    capacity: str = ""


@dataclass(frozen=True, slots=True)
class StepStatus:
    """One step and where it stands.

    Parameters
    ----------
    obligations
        Who must act towards whom, and the acts that have done so.
    blocked_by
        Steps that come first and are not done.
    lapsed
        Ids of acts that once met the step and no longer count.
    claims
        What the parties concerned say of it in public.
    """

    step_id: str
    state: StepState
    text: tuple[tuple[str, str], ...]
    obligations: tuple[Obligation, ...]
    blocked_by: tuple[str, ...] = ()
    lapsed: tuple[str, ...] = ()
    claims: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingAct:
    """An act that would move the corridor on now: nothing stands before it but itself.

    Parameters
    ----------
    text
        What is to be done, by language tag, as the procedure words it.
    because
        What the parties concerned have said in public, oldest first.
    opens
        Steps that can follow once it is done, nearest first.
    """

    step_id: str
    act_kind: str
    by: str
    to: str
    text: tuple[tuple[str, str], ...]
    because: tuple[Said, ...]
    opens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """One side of a contradiction: words with their speaker, or an act on file.

    Parameters
    ----------
    reference
        Statement id or act id; empty where what is quoted is that nothing is on file.
    """

    reference: str
    party: str
    who: str
    on: str
    text: str
    capacity: str = ""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Words that do not meet other words or the acts on file; shown, never judged.

    Parameters
    ----------
    rule
        Id of the rule that found it, e.g. ``"04-agreement §14 sent/none_received"``.
    between
        ``parties``, ``one_party`` or ``words_and_acts``.
    days_apart
        Whole days between the two, None where one side is the absence of an act.
    """

    rule: str
    between: str
    topic: str
    first: Quoted
    second: Quoted
    days_apart: int | None


@dataclass(frozen=True, slots=True)
class ClauseFlag:
    """A clause that a person should look at before it is proposed.

    Parameters
    ----------
    reason
        ``marked`` (entered as depending on a wider bargain) or ``wording`` (its text holds a phrase
        that often ties people to a bargain).
    phrase
        The words found, empty if marked.
    """

    clause_id: str
    title: str
    reason: str
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class Expiry:
    """An act in force and when it lapses."""

    act_id: str
    kind: str
    by: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class AgreementStatus:
    """What each party has said, asked and accepted at one moment, and what is missing.

    Parameters
    ----------
    at
        ISO 8601 moment looked at, UTC.
    steps
        In the order of the procedure.
    missing
        The shortest list of acts that would move the corridor on; empty when it is open.
    remaining
        Every step still to be done, in an order in which it can be done.
    acts
        (act id, whether it counts) for every act on file, in the order of the file.
    expires_next
        Acts in force that lapse, soonest first.
    open
        True when every step is done.
    """

    at: str
    steps: tuple[StepStatus, ...]
    missing: tuple[MissingAct, ...]
    remaining: tuple[str, ...]
    contradictions: tuple[Contradiction, ...]
    clause_flags: tuple[ClauseFlag, ...]
    acts: tuple[tuple[str, ActState], ...]
    expires_next: tuple[Expiry, ...]
    open: bool
