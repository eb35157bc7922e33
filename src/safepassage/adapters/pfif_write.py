"""People Finder Interchange Format 1.4: what may be published of persons who asked for it.

Rules: ``docs/spec/01f-export-and-ask.md`` §1 to §12. Format: PFIF 1.4 of 29 May 2012
(http://zesty.ca/pfif/1.4/). Nothing is taken over that is not named here, so a column added to the
register tomorrow cannot leak through this module.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from xml.sax.saxutils import escape

from safepassage.core.register.people import PersonView, certainly_child, consent_of, name_of
from safepassage.core.register.types import (
    ApproximateDate,
    Consent,
    ConsentQuestion,
    LifeStatus,
    ListRecord,
    Sex,
)

NAMESPACE = "http://zesty.ca/pfif/1.4"
PERSON_FIELDS = (
    "person_record_id", "entry_date", "expiry_date", "author_name", "author_email", "author_phone",
    "source_name", "source_date", "source_url", "full_name", "given_name", "family_name",
    "alternate_names", "description", "sex", "date_of_birth", "age", "home_street",
    "home_neighborhood", "home_city", "home_state", "home_postal_code", "home_country", "photo_url",
    "profile_urls",
)  # fmt: skip
NOTE_FIELDS = (
    "note_record_id", "person_record_id", "linked_person_record_id", "entry_date", "author_name",
    "author_email", "author_phone", "source_date", "author_made_contact", "status",
    "email_of_found_person", "phone_of_found_person", "last_known_location", "text", "photo_url",
)  # fmt: skip
PLACEHOLDER_FIELDS = ("person_record_id", "entry_date", "expiry_date", "source_date")
_NEEDED_OF_PERSON = ("person_record_id", "source_date", "full_name")
_NEEDED_OF_NOTE = ("note_record_id", "author_name", "source_date", "text")
_STATUSES = (
    "", "information_sought", "is_note_author", "believed_alive", "believed_missing",
    "believed_dead",
)  # fmt: skip
_DATE_FIELDS = ("entry_date", "expiry_date", "source_date")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_FORMS = {
    "person_record_id": re.compile(r"[a-z0-9.-]+\.[a-z]+/\S+"),
    "note_record_id": re.compile(r"[a-z0-9.-]+\.[a-z]+/\S+"),
    "sex": re.compile(r"|female|male|other"),
    "date_of_birth": re.compile(r"|\d{4}(-\d\d(-\d\d)?)?"),
    "age": re.compile(r"|\d+(-\d+)?"),
    "author_made_contact": re.compile(r"|true|false"),
}
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Fields = tuple[tuple[str, str], ...]


class Audience(StrEnum):
    """For whom the file is; each has a consent question of its own."""

    PUBLIC = "public"
    RELATIVES = "relatives"
    SEARCH = "search"


CONSENT_FOR = {
    Audience.PUBLIC: ConsentQuestion.PUBLISHED,
    Audience.RELATIVES: ConsentQuestion.TOLD_TO_RELATIVES,
    Audience.SEARCH: ConsentQuestion.SEARCHED_FOR,
}

NOT_ASKED, REFUSED, CHILD = "not asked", "said no", "a child, not published"
CONTESTED, EXPIRED, WITHDRAWN = "contested", "retention has ended", "withdrew from the register"
NAMELESS, BY_PROXY = "no name", "answered by somebody else"


@dataclass(frozen=True, slots=True)
class EarlierRecord:
    """A person record of an earlier export.

    Parameters
    ----------
    person_record_id
        As it was published, with its domain.
    expires
        Its ``expiry_date``; empty where it had none.
    """

    person_record_id: str
    expires: str = ""


@dataclass(frozen=True, slots=True)
class PfifRules:
    """How a file is made.

    Parameters
    ----------
    now
        Aware moment of the export.
    expires
        ISO date; on every record.
    domain
        Of the publisher; the first part of every record id.
    source_name
        Who publishes, as a reader of the file sees it.
    local_id
        From a record id to the id under which its person is published: keyed, so that whoever
        has a list cannot try out which row a published record is.
    list_dates
        (list id, ISO date received, ISO date until which it is kept or empty).
    """

    now: datetime
    expires: str
    domain: str
    source_name: str
    local_id: Callable[[str], str]
    list_dates: tuple[tuple[str, str, str], ...] = ()
    audience: Audience = Audience.PUBLIC


@dataclass(frozen=True, slots=True)
class PfifExport:
    """A file, and who is not in it.

    Parameters
    ----------
    record_ids, public_ids
        Records that are shown in it, and under which ids.
    left_out
        (reason, number of persons), most first.
    """

    xml: bytes
    persons: int
    notes: int
    placeholders: int
    record_ids: tuple[str, ...]
    public_ids: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...]


def pfif_export(
    views: Sequence[PersonView],
    rules: PfifRules,
    *,
    contested: Iterable[str] = (),
    withdrawn: Iterable[str] = (),
    earlier: Iterable[EarlierRecord] = (),
) -> PfifExport:
    """Return the PFIF file of everybody who said yes to being in it.

    Parameters
    ----------
    contested
        Record ids that somebody says are wrong or false.
    withdrawn
        Ids of persons who asked to be taken off the register.
    earlier
        What was published before: whoever is not in this file any more becomes a placeholder.
    """
    objections, gone = frozenset(contested), frozenset(withdrawn)
    known = {each.person_record_id: each for each in earlier}
    people: dict[str, tuple[Fields, Fields | None]] = {}
    shown: list[tuple[str, str]] = []
    reasons: Counter[str] = Counter()
    for view in views:
        reason = why_not(view, rules, objections, gone)
        if reason:
            reasons[reason] += 1
            continue
        public_id, chosen = _published_record(view, rules, known)
        people[public_id] = (_person(public_id, chosen, rules), _note(public_id, view, rules))
        shown.append((chosen.record_id, public_id))
    ghosts = [_placeholder(known[key], rules) for key in sorted(known.keys() - people.keys())]
    notes = sum(note is not None for _fields, note in people.values())
    xml = _document([*(people[key] for key in sorted(people)), *((each, None) for each in ghosts)])
    left_out = tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    record_ids, public_ids = zip(*sorted(shown), strict=True) if shown else ((), ())
    return PfifExport(xml, len(people), notes, len(ghosts), record_ids, public_ids, left_out)


def why_not(
    view: PersonView, rules: PfifRules, contested: frozenset[str], withdrawn: frozenset[str]
) -> str:
    """Return why a person is not exported; empty if they are."""
    if view.person.person_id in withdrawn:
        return WITHDRAWN
    answer = consent_of(view.records, CONSENT_FOR[rules.audience])
    if answer is not Consent.YES:
        return REFUSED if answer is Consent.NO else NOT_ASKED
    if rules.audience is not Audience.SEARCH and _only_by_proxy(view, rules):
        return BY_PROXY
    if contested & set(view.person.record_ids):
        return CONTESTED
    if rules.audience is Audience.PUBLIC and _may_be_child(view, rules):
        return CHILD
    said_yes = _records_that_said_yes(view, rules)
    if not any(name_of(record) for record in said_yes):
        return NAMELESS
    return "" if any(_is_kept(record, rules) for record in said_yes) else EXPIRED


def _only_by_proxy(view: PersonView, rules: PfifRules) -> bool:
    """Whether nobody but somebody else said yes: enough to search for a person, not to tell."""
    return all(record.consent_form == "proxy" for record in _records_that_said_yes(view, rules))


def _may_be_child(view: PersonView, rules: PfifRules) -> bool:
    births = [record.birth for record in view.records]
    return view.is_child or any(certainly_child(b, rules.now.date().isoformat()) for b in births)


def _records_that_said_yes(view: PersonView, rules: PfifRules) -> list[ListRecord]:
    """Return the records on which the yes itself is recorded, the latest answer first.

    Only what they say is published: of the person's other records it is only probable that they
    are the same person's, and a consent must not be stretched by a probability.
    """
    question = CONSENT_FOR[rules.audience]
    found = [r for r in view.records if (question, Consent.YES) in r.consents]
    return sorted(found, key=lambda r: (r.asked_on, r.record_id), reverse=True)


def _is_kept(record: ListRecord, rules: PfifRules) -> bool:
    until = _expiry_day(record, rules)
    return bool(name_of(record)) and until > rules.now.astimezone(UTC).date().isoformat()


def _expiry_day(record: ListRecord, rules: PfifRules) -> str:
    """Return the day asked for, or the end of the list's retention if that is earlier."""
    kept = {list_id: until for list_id, _received, until in rules.list_dates}
    return min(rules.expires, kept.get(record.list_id) or rules.expires)


def _published_record(
    view: PersonView, rules: PfifRules, earlier: Mapping[str, EarlierRecord]
) -> tuple[str, ListRecord]:
    """Return the id, that of an earlier export if the person had one, and the record it shows."""
    chosen = next(r for r in _records_that_said_yes(view, rules) if _is_kept(r, rules))
    ids = [f"{rules.domain}/{rules.local_id(record_id)}" for record_id in view.person.record_ids]
    fallback = f"{rules.domain}/{rules.local_id(chosen.record_id)}"
    return next((each for each in ids if each in earlier), fallback), chosen


# --------------------------------------------------------------------------------------- fields


def _person(public_id: str, record: ListRecord, rules: PfifRules) -> Fields:
    source_day = _source_day(record, rules)
    born, age = _birth_fields(record.birth, source_day)
    fields = {
        "person_record_id": public_id,
        "entry_date": _moment(rules.now),
        "expiry_date": _midnight(_expiry_day(record, rules)),
        "source_name": rules.source_name,
        "source_date": _midnight(source_day),
        "full_name": name_of(record),
        "given_name": record.given_name,
        "family_name": record.surname,
        "alternate_names": record.maiden_name,
        "sex": "" if record.sex is Sex.UNKNOWN else record.sex.value,
        "date_of_birth": born,
        "age": age,
        "home_city": record.stay_place,
    }
    return _in_order(fields, PERSON_FIELDS)


def _birth_fields(birth: ApproximateDate | None, on: str) -> tuple[str, str]:
    """Return year of birth, or an age on the source date as a range; never a day.

    The year is enough to tell namesakes apart; name and full date open accounts and files.
    """
    if birth is None:
        return "", ""
    years = sorted({int(birth.earliest[:4]), int(birth.latest[:4])})
    if len(years) == 1:
        return str(years[0]), ""
    low, high = max(0, int(on[:4]) - years[1] - 1), max(0, int(on[:4]) - years[0])
    return "", f"{low}-{high}"


def _note(public_id: str, view: PersonView, rules: PfifRules) -> Fields | None:
    """Return what somebody said of the person's being alive; None where nobody did.

    A death is told to the family by people, not by a file (docs/spec/01f §8).
    """
    said = _who_said_alive(view)
    if said is None:
        return None
    record, words = said
    fields = {
        "note_record_id": f"{public_id}.{rules.local_id(f'note {record.record_id}')}",
        "person_record_id": public_id,
        "entry_date": _moment(rules.now),
        "author_name": rules.source_name,
        "source_date": _midnight(record.asked_on or _source_day(record, rules)),
        "author_made_contact": "true" if _spoke_with(record) else "false",
        "status": "believed_alive",
        "text": words,
    }
    return _in_order(fields, NOTE_FIELDS)


def _who_said_alive(view: PersonView) -> tuple[ListRecord, str] | None:
    if view.facts.status is LifeStatus.DECEASED:
        return None
    ordered = sorted(view.records, key=lambda r: (r.asked_on, r.record_id), reverse=True)
    for record in ordered:
        if _spoke_with(record):
            return record, "The person was asked in person or by telephone and answered."
    alive = (LifeStatus.PRESENT, LifeStatus.ALREADY_OUT)
    for record in ordered:
        if record.status in alive:
            return record, "A list reports the person alive. Nobody of ours has spoken with them."
    return None


def _spoke_with(record: ListRecord) -> bool:
    """Whether the person answered for himself or herself, on a known day."""
    return record.consent_form in ("oral", "written") and record.asked_on != ""


def _placeholder(record: EarlierRecord, rules: PfifRules) -> Fields:
    now = _moment(rules.now)
    expired = min(filter(None, (record.expires, now)))
    fields = {
        "person_record_id": record.person_record_id,
        "entry_date": now,
        "expiry_date": expired,
        "source_date": now,
    }
    return _in_order(fields, PLACEHOLDER_FIELDS)


def _source_day(record: ListRecord, rules: PfifRules) -> str:
    received = {list_id: day for list_id, day, _until in rules.list_dates}
    return received.get(record.list_id) or record.asked_on or rules.now.date().isoformat()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _midnight(day: str) -> str:
    return f"{day[:10]}T00:00:00Z"


def _in_order(fields: Mapping[str, str], order: Sequence[str]) -> Fields:
    return tuple((name, fields[name]) for name in order if fields.get(name))


# ------------------------------------------------------------------------------------------ XML


def _document(people: Iterable[tuple[Fields, Fields | None]]) -> bytes:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<pfif:pfif xmlns:pfif="{NAMESPACE}">']
    for person, note in people:
        lines += ["  <pfif:person>", *_elements(person, 4)]
        if note is not None:
            lines += ["    <pfif:note>", *_elements(note, 6), "    </pfif:note>"]
        lines.append("  </pfif:person>")
    lines.append("</pfif:pfif>\n")
    return "\n".join(lines).encode()


def _elements(fields: Fields, indent: int) -> list[str]:
    return [f"{' ' * indent}<pfif:{name}>{_text(value)}</pfif:{name}>" for name, value in fields]


def _text(value: str) -> str:
    return escape(_NOT_IN_XML.sub("\ufffd", value))


# ---------------------------------------------------------------------------------------- reading


def read_earlier(data: bytes) -> tuple[EarlierRecord, ...]:
    """Return the person records of an earlier export: ids and expiry, nothing else is read.

    Raises
    ------
    ValueError
        If the bytes are no PFIF 1.4 document.
    """
    return tuple(
        EarlierRecord(fields["person_record_id"], fields.get("expiry_date", ""))
        for fields, _notes in _parsed(data)
    )


def pfif_faults(data: bytes) -> tuple[str, ...]:
    """Return what in a document breaks the rules of PFIF 1.4; empty if nothing does.

    Raises
    ------
    ValueError
        If the bytes are no PFIF 1.4 document.
    """
    faults: list[str] = []
    seen: set[str] = set()
    for number, (person, notes) in enumerate(_parsed(data), 1):
        where = f"person {number}"
        placeholder = set(person) <= set(PLACEHOLDER_FIELDS)
        needed = PLACEHOLDER_FIELDS if placeholder else _NEEDED_OF_PERSON
        faults += _field_faults(where, person, needed, PERSON_FIELDS)
        faults += [f"{where}: a placeholder has notes"] if placeholder and notes else []
        for note in notes:
            faults += _field_faults(f"{where}, note", note, _NEEDED_OF_NOTE, NOTE_FIELDS)
            if note.get("person_record_id", person["person_record_id"]) != person.get(
                "person_record_id"
            ):
                faults.append(f"{where}, note: belongs to another person")
        ids = [person.get("person_record_id", ""), *(n.get("note_record_id", "") for n in notes)]
        faults += [f"{where}: an id stands twice" for each in ids if each in seen]
        seen.update(ids)
    return tuple(faults)


def _field_faults(
    where: str, fields: Mapping[str, str], needed: Sequence[str], order: Sequence[str]
) -> list[str]:
    faults = [f"{where}: {name} is missing" for name in needed if not fields.get(name)]
    faults += [f"{where}: {name} is no field" for name in fields if name not in order]
    places = [order.index(name) for name in fields if name in order]
    faults += [f"{where}: fields are out of order"] if places != sorted(places) else []
    for name, value in fields.items():
        form = _MOMENT if name in _DATE_FIELDS else _FORMS.get(name)
        if form is not None and not form.fullmatch(value):
            faults.append(f"{where}: {name} has another form")
    if fields.get("status", "") not in _STATUSES:
        faults.append(f"{where}: status is none of PFIF's")
    return faults


def _parsed(data: bytes) -> list[tuple[dict[str, str], list[dict[str, str]]]]:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException) as error:
        raise ValueError("is no XML document") from error
    if root.tag != f"{{{NAMESPACE}}}pfif":
        raise ValueError("is no PFIF 1.4 document")
    people = []
    for person in root.iterfind(f"{{{NAMESPACE}}}person"):
        notes = [_fields_of(note) for note in person.iterfind(f"{{{NAMESPACE}}}note")]
        people.append((_fields_of(person), notes))
    return people


def _fields_of(element: Iterable[object]) -> dict[str, str]:
    from xml.etree.ElementTree import Element  # the type only; defusedxml parses

    children = [child for child in element if isinstance(child, Element)]
    names = [(child.tag.rsplit("}", 1)[-1], child.text or "") for child in children]
    return {name: text for name, text in names if name != "note"}
