"""Persons as exports and call lists see them: records, facts, household and place of one person.

Nothing here is written or shown; it is what ``docs/spec/01f-export-and-ask.md`` chooses from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from safepassage.core.register.households import (
    ADULT_AGE,
    OLDER_AGE,
    PartyRules,
    PersonFacts,
    person_facts,
)
from safepassage.core.register.types import (
    ApproximateDate,
    Consent,
    ConsentQuestion,
    LifeStatus,
    ListRecord,
    Need,
    Person,
    Register,
    Sex,
)


class AgeGroup(StrEnum):
    """Groups in which people are counted; 18 and 60 are the limits of 01-register §38."""

    CHILD = "child"
    ADULT = "adult"
    OLDER = "older"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person with what the register holds of them.

    Parameters
    ----------
    records
        All of the person's records, by record id.
    place_id
        Of the household; empty where it is at no place of the scenario.
    """

    person: Person
    household_id: str
    place_id: str
    records: tuple[ListRecord, ...] = field(repr=False)
    facts: PersonFacts = field(repr=False)
    sex: Sex
    age_group: AgeGroup

    @property
    def is_there(self) -> bool:
        """Neither known to have left nor to have died."""
        return self.facts.status in (LifeStatus.PRESENT, LifeStatus.UNKNOWN)

    @property
    def is_child(self) -> bool:
        """Under 18 by the middle of what is known, or a child on its own."""
        return self.age_group is AgeGroup.CHILD


def person_views(register: Register, rules: PartyRules) -> tuple[PersonView, ...]:
    """Return everybody in the register, in the order of its persons.

    Parameters
    ----------
    rules
        Says the day on which ages count and the date of each list.
    """
    records = {record.record_id: record for record in register.records}
    home = {p: house for house in register.households for p in house.person_ids}
    views = []
    for person in register.persons:
        own = tuple(records[record_id] for record_id in person.record_ids)
        facts = person_facts(person, records, rules, [])
        house = home[person.person_id]
        views.append(
            PersonView(
                person, house.household_id, house.place_id, own, facts,
                sex_of(own), age_group(facts, rules.on),
            )
        )  # fmt: skip
    return tuple(views)


def sex_of(records: Iterable[ListRecord]) -> Sex:
    """Return the sex on which all records that say one agree, otherwise unknown."""
    said = {record.sex for record in records} - {Sex.UNKNOWN}
    return said.pop() if len(said) == 1 else Sex.UNKNOWN


def age_group(facts: PersonFacts, on: str) -> AgeGroup:
    """Return the group of a person on an ISO date, by the middle of what is known of the birth."""
    if Need.SEPARATED_CHILD in facts.needs:
        return AgeGroup.CHILD
    if facts.birth is None:
        return AgeGroup.UNKNOWN
    age = _age_at_middle(facts.birth, on)
    if age < ADULT_AGE:
        return AgeGroup.CHILD
    return AgeGroup.OLDER if age >= OLDER_AGE else AgeGroup.ADULT


def certainly_child(birth: ApproximateDate | None, on: str) -> bool:
    """Whether somebody is under 18 on an ISO date even if born on the first day that fits.

    Examples
    --------
    >>> certainly_child(ApproximateDate("2007-02-12", "2008-02-11"), "2025-02-11")
    True
    >>> certainly_child(ApproximateDate("2007-02-11", "2008-02-11"), "2025-02-11")
    False
    """
    return birth is not None and _years_between(birth.earliest, on) < ADULT_AGE


def consent_of(records: Iterable[ListRecord], question: ConsentQuestion) -> Consent:
    """Return the answer to one consent question: the latest one, and on one day the more cautious.

    A no without a date counts against every yes, since it may be the later answer.
    """
    given = [
        (record.asked_on, answer)
        for record in records
        for asked, answer in record.consents
        if asked is question and answer is not Consent.NOT_ASKED
    ]
    if not given:
        return Consent.NOT_ASKED
    last = max(day for day, _answer in given)
    refused = any(answer is Consent.NO and day in ("", last) for day, answer in given)
    return Consent.NO if refused else Consent.YES


def name_of(record: ListRecord) -> str:
    """Return a name as written: the whole name, or its parts in the order of the source's land."""
    parts = (record.surname, record.given_name, record.patronymic)
    return record.full_name or " ".join(part for part in parts if part)


def _age_at_middle(birth: ApproximateDate, on: str) -> float:
    ends = [date.fromisoformat(end).toordinal() for end in (birth.earliest, birth.latest)]
    return (date.fromisoformat(on).toordinal() - sum(ends) / 2) / 365.2425


def _years_between(day: str, on: str) -> int:
    born, today = date.fromisoformat(day), date.fromisoformat(on)
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
