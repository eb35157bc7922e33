"""PFIF 1.1 to 1.4: persons and notes of missing-person registers (01b-import §18 to §20).

People Finder Interchange Format, https://zesty.ca/pfif/. Older names of fields are read as the
ones of 1.4 into which they were renamed. A record past its expiry becomes a placeholder: ids
and dates stay, everything else is dropped, as the format asks of everybody who holds a copy.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from safepassage.adapters.lists.dates import iso_day, parse_age, parse_birth
from safepassage.adapters.lists.phones import PHONE_COLUMN, e164
from safepassage.adapters.lists.types import ListReadResult, Notes, ReadOptions, Suggestion
from safepassage.core.register.types import ApproximateDate, ListRecord, Sex
from safepassage.errors import mask
from safepassage.scenario.rejects import RejectedRow
from safepassage.scenario.types import SourceList

NAMESPACES = {
    f"http://zesty.ca/pfif/{version}": version for version in ("1.1", "1.2", "1.3", "1.4")
}
_BEGINNINGS = (b"<?xml", b"<pfif", b"<!DOCTYPE", b"<!--", b"\xff\xfe<\0", b"\xfe\xff\0<")
RECORD_ID = "person_record_id"
RENAMED = {
    "first_name": "given_name", "last_name": "family_name", "name": "full_name",
    "home_zip": "home_postal_code", "found": "author_made_contact", "other": "description",
}  # fmt: skip
"""Fields of 1.1 to 1.3 and the fields of 1.4 that took their place."""
PLACEHOLDER = (RECORD_ID, "note_record_id", "entry_date", "expiry_date", "source_date")
"""What stays of an expired record."""
_MAPPED = frozenset({"full_name", "given_name", "family_name", "sex", "date_of_birth", "age"})
"""Fields that a record has a place for; all others are carried in `extra`."""
_MAPPING = (
    ("full_name", "full_name"), ("given_name", "given_name"), ("surname", "family_name"),
    ("sex", "sex"), ("birth", "date_of_birth"), ("age", "age"),
    ("stay_place", "last_known_location"),
)  # fmt: skip


@dataclass(slots=True)
class _Element:
    """A person or note with its fields, names as in PFIF 1.4."""

    number: int
    fields: dict[str, str] = field(default_factory=dict)
    notes: list[_Element] = field(default_factory=list)

    def get(self, name: str) -> str:
        """Return a field, empty if there is none."""
        return self.fields.get(name, "")


def is_pfif(data: bytes) -> bool:
    """Return whether the bytes begin as an XML document of PFIF or of any other kind."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(_BEGINNINGS)


def read_pfif(data: bytes, label: str, source: SourceList, options: ReadOptions) -> ListReadResult:
    """Read a PFIF document; `row` is the number of the person in it, from 1.

    Parameters
    ----------
    source
        Its `as_of` is the date of an age where the record itself has no source date.
    options
        Its `on` is the day by which a record may have expired; empty keeps all.
    """
    notes = Notes(label)
    persons, loose = _elements(notes, data)
    _attach(notes, persons, loose)
    records = []
    for person in persons:
        if why := _why_placeholder(person, options.on):
            _keep_placeholder(notes, person, why)
        elif not any(person.get(name) for name in ("full_name", "given_name", "family_name")):
            _reject(notes, person, "no name; a person has full_name, or given_name and family_name")
        else:
            records.append(_record(notes, person, source, options))
    reasons = tuple(
        Suggestion(standard, column, f"PFIF says so of '{column}'") for standard, column in _MAPPING
    )
    if not persons and not notes.findings:
        notes.say("holds no person")
    return notes.result(tuple(records), _MAPPING if persons else (), "", reasons if persons else ())


# -------------------------------------------------------------------------------------- document


def _elements(notes: Notes, data: bytes) -> tuple[list[_Element], list[_Element]]:
    """Return the persons with the notes inside them, and the notes that stand alone."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    persons: list[_Element] = []
    loose: list[_Element] = []
    inside = False
    try:
        for event, element in iterparse(io.BytesIO(data), ("start", "end"), forbid_dtd=True):
            name = _local(element.tag)
            if name == "person":
                inside = event == "start"
            if event == "start":
                _say_version(notes, element.tag if name == "pfif" else "")
            elif name == "person":
                persons.append(_person(element, len(persons) + 1))
                element.clear()
            elif name == "note" and not inside:
                loose.append(_note(element, len(loose) + 1))
    except DefusedXmlException:
        notes.say("declares a document type or entities, which a list has no need of and an attack "
                  "has; it was not read", stops=True)  # fmt: skip
        return [], []
    except ParseError as error:
        line = error.position[0]
        notes.say(f"is broken off or no XML at line {line}; what stands before it was read",
                  stops=True)  # fmt: skip
    return persons, loose


def _say_version(notes: Notes, tag: str) -> None:
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    if tag and namespace not in NAMESPACES:
        accepted = ", ".join(sorted(NAMESPACES.values()))
        notes.say(f"is of a PFIF version that is not known ('{namespace}'); accepted are "
                  f"{accepted}; it was read as 1.4")  # fmt: skip


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _person(element: Any, number: int) -> _Element:
    person = _Element(number)
    for child in element:
        if _local(child.tag) == "note":
            person.notes.append(_note(child, len(person.notes) + 1))
        else:
            _take(person, child)
    return person


def _note(element: Any, number: int) -> _Element:
    note = _Element(number)
    for child in element:
        _take(note, child)
    return note


def _take(found: _Element, child: Any) -> None:
    name, text = _local(child.tag), " ".join((child.text or "").split())
    name = RENAMED.get(name, name)
    if text:
        found.fields[name] = f"{found.fields[name]} {text}" if name in found.fields else text


def _attach(notes: Notes, persons: Sequence[_Element], loose: Sequence[_Element]) -> None:
    by_id: dict[str, list[_Element]] = defaultdict(list)
    for person in persons:
        by_id[person.get(RECORD_ID)].append(person)
    for note in loose:
        owners = by_id.get(note.get(RECORD_ID), [])
        if owners and note.get(RECORD_ID):
            owners[0].notes.append(note)
            continue
        _reject(notes, note, "a note on a person whom the file does not hold")
    for record_id, group in by_id.items():
        if record_id and len(group) > 1:
            notes.say(f"has the record id of person {group[0].number} too; both are kept",
                      row=group[1].number, column=RECORD_ID)  # fmt: skip


# ------------------------------------------------------------------------------------ what is kept


def _why_placeholder(person: _Element, on: str) -> str:
    expiry = person.get("expiry_date")[:10]
    has_name = any(person.get(name) for name in ("full_name", "given_name", "family_name"))
    if expiry and on and expiry <= on:
        return f"Expired on {expiry}: ids and dates are kept, nothing else."
    if expiry and not has_name and person.get(RECORD_ID):
        return "A placeholder of a record that has expired."
    return ""


def _keep_placeholder(notes: Notes, person: _Element, why: str) -> None:
    kept = [(name, person.get(name)) for name in PLACEHOLDER if person.get(name)]
    names, values = tuple(name for name, _ in kept), tuple(value for _, value in kept)
    notes.rejects.append(RejectedRow(notes.file, person.number, names, values, (why,)))
    notes.say("has expired; only its ids and dates are kept", row=person.number, kind="expired")


def _reject(notes: Notes, element: _Element, why: str) -> None:
    notes.say(f"{why}; it was set aside", row=element.number, stops=True, kind=why)
    names, values = tuple(element.fields), tuple(element.fields.values())
    notes.rejects.append(RejectedRow(notes.file, element.number, names, values, (f"{why}.",)))
    for note in element.notes:
        _reject(notes, note, "a note on a person that was set aside")


def _record(notes: Notes, person: _Element, source: SourceList, options: ReadOptions) -> ListRecord:
    extra = [(name, text) for name, text in person.fields.items() if name not in _MAPPED]
    for at, note in enumerate(sorted(person.notes, key=lambda each: each.get("source_date")), 1):
        extra += [(f"note {at}/{name}", text) for name, text in note.fields.items()]
    _say_status(notes, person)
    birth = _birth(notes, person, source, extra)
    contact = _contact(person)
    if options.guess and (numbers := e164(contact["phone"], options.region)):
        extra.append((PHONE_COLUMN, "; ".join(numbers)))
    return ListRecord(
        record_id=f"{source.list_id}:{person.number}",
        list_id=source.list_id,
        row=person.number,
        full_name=person.get("full_name"),
        given_name=person.get("given_name"),
        surname=person.get("family_name"),
        sex=_sex(notes, person, extra),
        birth=birth,
        stay_place=_place(person),
        phone=contact["phone"],
        email=contact["email"],
        maiden_name=person.get("alternate_names") if _is_word(person) else "",
        extra=tuple(extra),
    )


def _is_word(person: _Element) -> bool:
    """Say if it is one word, so an earlier surname; several are another full name."""
    return len(person.get("alternate_names").split()) == 1


def _sex(notes: Notes, person: _Element, extra: list[tuple[str, str]]) -> Sex:
    text = person.get("sex").lower()
    if not text:
        return Sex.UNKNOWN
    try:
        return Sex(text)
    except ValueError:
        notes.say("is no sex; accepted are female, male, other", person.number, "sex")
        extra.append(("sex", person.get("sex")))
        return Sex.UNKNOWN


def _birth(
    notes: Notes, person: _Element, source: SourceList, extra: list[tuple[str, str]]
) -> ApproximateDate | None:
    said = _day(person.get("source_date")) or source.as_of
    for name, read in (("date_of_birth", parse_birth), ("age", _age_range)):
        text = person.get(name)
        if not text:
            continue
        try:
            if found := read(text, said):
                if name == "date_of_birth" and person.get("age"):
                    extra.append(("age", person.get("age")))
                return found
        except ValueError as error:
            notes.say(f"{mask(text)} {error}; the value is taken as unknown", person.number, name)
            extra.append((name, text))
    return None


def _age_range(text: str, as_of: str) -> ApproximateDate | None:
    """Return the births that an age or a range of ages (``60-70``) allows at `as_of`."""
    low, _, high = text.replace(" ", "").partition("-")
    oldest, youngest = parse_age(high or low, as_of), parse_age(low, as_of)
    if oldest is None or youngest is None:
        return None
    return ApproximateDate(oldest.earliest, youngest.latest)


def _day(text: str) -> str:
    try:
        return iso_day(text[:10]) if text else ""
    except ValueError:
        return ""


def _place(person: _Element) -> str:
    """Return the place last known of by the latest note; a home only says where somebody lived."""
    for note in sorted(person.notes, key=lambda each: each.get("source_date"), reverse=True):
        if place := note.get("last_known_location"):
            return place
    return person.get("home_city") or person.get("home_neighborhood")


def _contact(person: _Element) -> Mapping[str, str]:
    """Return how the person can be reached by the latest note; an author's phone is not theirs."""
    latest = sorted(person.notes, key=lambda each: each.get("source_date"), reverse=True)
    return {
        kind: next((f for n in latest if (f := n.get(f"{kind}_of_found_person"))), "")
        for kind in ("phone", "email")
    }


def _say_status(notes: Notes, person: _Element) -> None:
    """Say what notes claim; a note is anybody's word, and no seat is taken away by it."""
    said = {note.get("status") for note in person.notes}
    if "believed_dead" in said:
        notes.say("a note says that the person is believed dead; the status stays unknown until "
                  "somebody has decided", row=person.number, kind="believed dead")  # fmt: skip
    linked = [note for note in person.notes if note.get("linked_person_record_id")]
    if linked:
        notes.say("a note says that another record is the same person; it is carried, and a person "
                  "decides", row=person.number, kind="linked by a note")  # fmt: skip
