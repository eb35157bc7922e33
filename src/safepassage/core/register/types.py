"""The nouns of the register stage: records as received, links, persons, travel parties.

No object that leaves this stage for another carries a name: the convoy stage sees
:class:`Household` rows, which hold tokens and counts only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Sex(StrEnum):
    """Sex as the source recorded it; absence is a state of its own."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Choice(StrEnum):
    """What a person has chosen; revocable at any step, even aboard."""

    GO = "go"
    STAY = "stay"
    UNDECIDED = "undecided"
    NOT_ASKED = "not_asked"


class Consent(StrEnum):
    """Answer to one consent question; NOT_ASKED is acted on as NO."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not_asked"


class ConsentQuestion(StrEnum):
    """Consent is several questions, each answered on its own (DOMAIN, register)."""

    REGISTERED = "registered"
    SEARCHED_FOR = "searched_for"
    TOLD_TO_RELATIVES = "told_to_relatives"
    NAMED_TO_PARTY = "named_to_party"
    PUBLISHED = "published"


class Need(StrEnum):
    """What a person needs on the way; lost if not taken at registration."""

    WHEELCHAIR = "wheelchair"
    STRETCHER = "stretcher"
    MEDICAL_ESCORT = "medical_escort"
    PREGNANT = "pregnant"
    SEPARATED_CHILD = "separated_child"
    ALONE_OLDER = "alone_older"
    ANIMALS = "animals"


class LifeStatus(StrEnum):
    """What is known of where a person is."""

    PRESENT = "present"
    UNKNOWN = "unknown"
    ALREADY_OUT = "already_out"
    """Has left by own means, or with somebody else."""
    DECEASED = "deceased"


@dataclass(frozen=True, slots=True)
class ApproximateDate:
    """A date known as a year, a month or a day, or only through an age.

    Parameters
    ----------
    earliest, latest
        ISO dates (``YYYY-MM-DD``) between which the true date lies, both inclusive.
    """

    earliest: str
    latest: str


@dataclass(frozen=True, slots=True)
class ListRecord:
    """One row of one list, mapped to standard columns, otherwise as it came.

    Parameters
    ----------
    record_id
        ``"<list_id>:<row>"``, where the header is row 1.
    list_id, row
        Where the row stands; provenance that every later decision can be traced to.
    full_name, surname, given_name, patronymic
        As written in the source, any script; empty string where the source has no such column
        or the cell is empty.
    birth
        None where unknown.
    stay_place, birth_place
        As written.
    household_key
        The list's own grouping of rows into households, scoped to the list; empty if none.
    phone
        As written.
    needs, choice, consent, destinations
        As given to the source; not asked unless the source asked.
    consent_form
        ``written``, ``oral`` or ``proxy``; empty where not asked.
    asked_on
        ISO date of choice and consent; empty where not asked.
    status
        Where the person is, as the source says.
    extra
        Columns without a mapping, carried as (name, value) pairs and never dropped.
    apart_from
        Household keys of the same list with whom this household must not share a vehicle.
    email
        As written.
    maiden_name
        Earlier surnames, as written.
    relatives
        Names of relatives, as written, one each.
    documents
        Keyed hashes of document numbers; a number itself is never kept.
    consents
        Answers to single questions; only those that were asked.
    asked_by
        Role or token of whoever asked for choice and consent.
    address
        Street and house within the place of stay, as written.
    """

    record_id: str
    list_id: str
    row: int
    full_name: str = ""
    surname: str = ""
    given_name: str = ""
    patronymic: str = ""
    sex: Sex = Sex.UNKNOWN
    birth: ApproximateDate | None = None
    stay_place: str = ""
    birth_place: str = ""
    household_key: str = ""
    phone: str = ""
    needs: frozenset[Need] = frozenset()
    choice: Choice = Choice.NOT_ASKED
    consent: Consent = Consent.NOT_ASKED
    consent_form: str = ""
    asked_on: str = ""
    destinations: tuple[str, ...] = ()
    status: LifeStatus = LifeStatus.UNKNOWN
    extra: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    apart_from: tuple[str, ...] = ()
    email: str = ""
    maiden_name: str = ""
    relatives: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    consents: tuple[tuple[ConsentQuestion, Consent], ...] = ()
    asked_by: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for or against a link.

    Parameters
    ----------
    field
        What was compared, e.g. ``"surname"``.
    finding
        How it compared, in words, e.g. ``"same name in another script"``.
    weight_bits
        Base-2 logarithm of the Bayes factor; positive speaks for the same person.
    """

    field: str
    finding: str
    weight_bits: float


@dataclass(frozen=True, slots=True)
class Link:
    """Two records compared, with the probability that they are one person.

    Parameters
    ----------
    probability
        Between 0 and 1.
    accepted
        True when the clustering put both records into one person.
    cost
        Of a link in the review queue: expected cost of leaving the decision that it stands for as
        it is, in missed merges; 0 for other links.
    """

    left: str
    right: str
    probability: float
    evidence: tuple[Evidence, ...]
    accepted: bool
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Person:
    """A cluster of claims thought to be one human being; undoable, never a deletion.

    Parameters
    ----------
    person_id
        Token derived from the record ids (``P-…``).
    record_ids
        Sorted; at least one.
    probability
        The weakest link that holds the cluster together; 1.0 for a single record.
    """

    person_id: str
    record_ids: tuple[str, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class RegisterHousehold:
    """Persons who belong together, from the lists' own household keys and their links."""

    household_id: str
    person_ids: tuple[str, ...]
    place_id: str
    probability: float


@dataclass(frozen=True, slots=True)
class Household:
    """One travel party: those of a household who share a choice and a consent state.

    A household whose members chose differently gives several rows with the same `household_id`,
    so that everybody is counted in exactly one row. This is the row of ``households.csv`` and
    the only thing the convoy stage learns of a person.

    Parameters
    ----------
    token
        Unique (``H-…``).
    household_id
        Shared by the rows of one household; defaults to the token.
    place_id
        Where they are picked up.
    seated, wheelchair, stretcher
        Persons by the kind of seat that they need.
    children
        Of these, persons under 18.
    adults
        Of these, persons of 18 or more; a row with children and no adults does not travel
        unless `accompanied_by` names the row of the adult who takes them.
    priority
        Weight per person, at least 1; from needs, see docs/spec/05-convoy.md.
    ready_at
        ISO 8601 moment with zone, or empty: from the first window on.
    destinations
        Reception centres in order of wish; empty means any.
    choice, consent
        Of everybody in this row.
    travel_group
        Rows with the same value ride together or not at all; empty means alone.
    apart_from
        Tokens that must not share the vehicle.
    needs
        Of anybody in this row.
    door
        They are fetched at their own door.
    """

    token: str
    place_id: str
    seated: int
    wheelchair: int
    stretcher: int
    household_id: str = ""
    children: int = 0
    adults: int = 0
    priority: int = 1
    ready_at: str = ""
    destinations: tuple[str, ...] = ()
    choice: Choice = Choice.NOT_ASKED
    consent: Consent = Consent.NOT_ASKED
    travel_group: str = ""
    accompanied_by: str = ""
    apart_from: frozenset[str] = frozenset()
    needs: frozenset[Need] = frozenset()
    door: bool = False

    @property
    def persons(self) -> int:
        """Everybody in this row."""
        return self.seated + self.wheelchair + self.stretcher


@dataclass(frozen=True, slots=True)
class Register:
    """The register stage's whole output.

    Parameters
    ----------
    records
        Every row as received.
    links
        Every compared pair above the reporting threshold, accepted or not, best first.
    persons, households
        Clusters; every record is in exactly one person, every person in exactly one household.
    travel_parties
        Rows for the convoy stage, no names.
    review
        Indices into `links` a person should decide, most valuable first.
    """

    records: tuple[ListRecord, ...]
    links: tuple[Link, ...]
    persons: tuple[Person, ...]
    households: tuple[RegisterHousehold, ...]
    travel_parties: tuple[Household, ...]
    review: tuple[int, ...]
