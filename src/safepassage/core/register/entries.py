"""The store's nouns: an append-only log of entries, and the register that they add up to.

Nothing in a store is ever changed or removed; a person corrects by adding. The register is what
all entries say together (``fold.py``), in an order that every copy of the store agrees on, so two
copies that have exchanged their entries show the same register (``docs/spec/01a-store.md``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from safepassage.core.register.types import (
    Choice,
    Consent,
    ConsentQuestion,
    LifeStatus,
    ListRecord,
    Need,
)


class Reliability(StrEnum):
    """How far whoever handed a list in says that it can be relied on."""

    CONFIRMED = "confirmed"
    PROBABLE = "probable"
    DOUBTFUL = "doubtful"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ListReceived:
    """A list came in.

    Parameters
    ----------
    list_id
        Short name and keyed digest of the file (``council-7k2m9p``): the same file has the same
        id on every copy of the register, and another file of the same name another one.
    title, file_name
        As handed in.
    digest
        Keyed digest of the file's bytes, hexadecimal; by it the same file is noticed twice.
    mapping
        (standard column, column of the file) pairs that were used.
    received_on, as_of
        ISO dates; ages refer to `as_of`.
    received_by, compiled_by
        Who took it in; who drew it up.
    asks_choice
        True where its compilers informed each adult and asked.
    retain_until
        ISO date after which its keys are to be destroyed; empty for none set.
    """

    list_id: str
    title: str
    file_name: str
    digest: str
    mapping: tuple[tuple[str, str], ...] = ()
    received_on: str = ""
    received_by: str = ""
    as_of: str = ""
    compiled_by: str = ""
    reliability: Reliability = Reliability.UNKNOWN
    asks_choice: bool = False
    retain_until: str = ""


@dataclass(frozen=True, slots=True)
class ClaimMade:
    """One row of one list, as it came."""

    record: ListRecord


@dataclass(frozen=True, slots=True)
class RowRejected:
    """One row of one list that no record could be made of, whole, with the reasons.

    Parameters
    ----------
    row_id
        What its record id would have been; by it the row is erased. Empty stands for
        ``"<list_id>:<row>"``, which a second sheet of a workbook would use twice.
    """

    list_id: str
    row: int
    cells: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    row_id: str = ""

    @property
    def record_id(self) -> str:
        """The row's id."""
        return self.row_id or f"{self.list_id}:{self.row}"


class Verdict(StrEnum):
    """What a person decided about records."""

    SAME = "same"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Decided:
    """A person decided that records are one person, or are not.

    Parameters
    ----------
    left, right
        Record ids. SAME: all of both are one person. DIFFERENT: none of `left` is the person of
        any of `right`; within each side nothing is said.
    reason
        In the words of whoever decided; may be empty.
    """

    verdict: Verdict
    left: tuple[str, ...]
    right: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Undone:
    """An earlier entry no longer counts; undoing the undoing makes it count again."""

    entry_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A field of a record is to be read differently; what the source wrote stays beside it.

    Parameters
    ----------
    field_name
        A field of :class:`~safepassage.core.register.types.ListRecord` that holds text, or
        ``birth`` (``earliest/latest``), ``sex``, ``status``.
    value
        As a list would write it.
    said_by
        ``person``, ``relative``, ``source`` or ``staff``.
    """

    record_id: str
    field_name: str
    value: str
    said_by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Contested:
    """Somebody says that a record is wrong or false; it stays until a person has decided.

    Parameters
    ----------
    said_by
        As in :class:`Corrected`.
    """

    record_id: str
    said_by: str
    reason: str


class Topic(StrEnum):
    """What a person must have been told before an answer is a choice (ICRC, 14 March 2018)."""

    TERMS = "terms"
    DESTINATION = "destination"
    PROCESS = "process"
    RIGHT_TO_STAY = "right_to_stay"


@dataclass(frozen=True, slots=True)
class Answered:
    """A person was informed and asked. What was not asked is absent, and absence is no refusal.

    Parameters
    ----------
    record_id
        A record of the person who answered.
    asked_on
        ISO date.
    asked_by
        Role or token of whoever asked.
    form
        ``written``, ``oral`` or ``proxy``.
    form_id
        Which form was used, with its version.
    told
        What the person had been told.
    needs
        None where needs were not asked; an empty set where there are none.
    consents
        Only the questions that were asked.
    destinations
        In order of wish; None where not asked.
    outcome
        How the attempt ended (``talked``, ``not_reached``, ``later``, ``declined``,
        ``not_known``): an attempt without an answer is on file and changes nothing.
    proxy
        Who answered for the person, and why; only where `form` is ``proxy``.
    """

    record_id: str
    asked_on: str
    asked_by: str
    form: str
    form_id: str = ""
    told: frozenset[Topic] = frozenset()
    choice: Choice = Choice.NOT_ASKED
    destinations: tuple[str, ...] | None = None
    needs: frozenset[Need] | None = None
    consents: tuple[tuple[ConsentQuestion, Consent], ...] = ()
    status: LifeStatus | None = None
    outcome: str = ""
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class Erased:
    """The keys of records were destroyed; that they existed, and since when, stays known.

    Parameters
    ----------
    reason
        ``retention`` or ``asked``.
    digests
        Of rows erased because it was asked: keyed digests of name with day of birth or place, by
        which the next version of a list does not bring them back.
    """

    record_ids: tuple[str, ...]
    reason: str
    digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacesGiven:
    """Places by which spellings are recognised; the latest such entry counts.

    Parameters
    ----------
    places
        (place id, name) pairs; a place has one pair per name.
    positions
        (place id, latitude, longitude), WGS 84 degrees, of places whose position is known.
    """

    places: tuple[tuple[str, str], ...]
    positions: tuple[tuple[str, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelTrained:
    """The linkage model that counts from here on, as readable settings (JSON text)."""

    settings: str
    records: int


@dataclass(frozen=True, slots=True)
class Exported:
    """Records left the register, so that the next export can take back what no longer stands.

    Parameters
    ----------
    kind
        Of the export, such as ``pfif``.
    public_ids
        Under which they were published, in the order of `record_ids`.
    expires_on
        ISO date after which the copy outside must be gone; empty for none.
    """

    kind: str
    record_ids: tuple[str, ...]
    public_ids: tuple[str, ...]
    expires_on: str = ""


Body = (
    ListReceived
    | ClaimMade
    | RowRejected
    | Decided
    | Undone
    | Corrected
    | Contested
    | Answered
    | Erased
    | PlacesGiven
    | ModelTrained
    | Exported
)
"""What an entry says."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log.

    Parameters
    ----------
    entry_id
        ``E-…``. Of a list, claim or rejected row: a keyed digest of what it says, so that the same
        file imported on two copies gives the same entries. Of everything else: random.
    counter
        Lamport clock: greater than of every entry that the copy knew when this one was made.
    copy
        The copy of the store (one laptop) on which it was made.
    seen
        (copy, counter) pairs: what that copy knew; two entries of which neither had seen the other
        were made independently.
    at
        ISO 8601 moment, UTC, to the second.
    by
        Role or staff token of the author.
    body
        None where the key was destroyed.
    """

    entry_id: str
    counter: int
    copy: str
    seen: tuple[tuple[str, int], ...]
    at: str
    by: str
    body: Body | None


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What stays of an erased record: ids and dates, so that a search says that it existed."""

    record_id: str
    list_id: str
    entered_at: str
    erased_at: str
    reason: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two registrars decided differently without knowing of each other; a person must decide.

    Until then the cautious reading counts: the records are kept apart and each keeps its seat.
    """

    left: str
    right: str
    words: str


@dataclass(frozen=True, slots=True)
class RegisterState:
    """What all entries say together.

    Parameters
    ----------
    lists
        In order of receipt.
    records
        Effective records: as claimed, with corrections and the latest answers applied; sorted by
        record id.
    as_claimed
        Records as they came, in the order of `records`.
    same, different
        Pairs of record ids (smaller first) that persons decided on and that count now. `same` is
        a spanning set: records are one person if a chain of its pairs joins them, and no such
        chain ever joins a pair of `different`.
    contested
        Record ids with open objections.
    answers
        All answers that count, oldest first.
    rejected
        Rows set aside.
    places
        (place id, name) pairs.
    positions
        (place id, latitude, longitude), WGS 84 degrees.
    model
        Settings of the latest trained model; empty if none.
    findings
        Sentences: variants of one row, answers to records that do not exist, unreadable entries.
    exported
        What left the register, oldest first.
    unwanted
        (keyed digest, ISO date) of each row that was erased because it was asked.
    """

    lists: tuple[ListReceived, ...] = ()
    records: tuple[ListRecord, ...] = ()
    as_claimed: tuple[ListRecord, ...] = field(default=(), repr=False)
    same: tuple[tuple[str, str], ...] = ()
    different: tuple[tuple[str, str], ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    contested: tuple[str, ...] = ()
    answers: tuple[Answered, ...] = ()
    rejected: tuple[RowRejected, ...] = ()
    erased: tuple[Placeholder, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    positions: tuple[tuple[str, float, float], ...] = ()
    model: str = ""
    findings: tuple[str, ...] = ()
    exported: tuple[Exported, ...] = ()
    unwanted: tuple[tuple[str, str], ...] = ()
