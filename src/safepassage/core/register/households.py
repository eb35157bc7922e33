"""From persons to households, and from households to the travel parties of the convoy stage.

Rules: ``docs/spec/01-register.md`` §32 to §43. What leaves this module carries no name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from safepassage.core.register.comparable import Comparable
from safepassage.core.register.types import (
    ApproximateDate,
    Choice,
    Consent,
    Household,
    LifeStatus,
    ListRecord,
    Need,
    Person,
    RegisterHousehold,
)
from safepassage.errors import Finding, Severity
from safepassage.ids import stable_token

Answer = TypeVar("Answer", Choice, Consent, LifeStatus)

ADULT_AGE = 18
OLDER_AGE = 60
"""UNHCR's working definition of an older person (Policy on Age, Gender and Diversity)."""
LARGEST_HOUSEHOLD = 20
"""Keys that would make a larger household are taken as a list's error and not followed."""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What all records of a person say together, the most recent answer first.

    Parameters
    ----------
    birth
        The most precise date that contradicts no other as far as possible.
    """

    person_id: str
    choice: Choice
    consent: Consent
    needs: frozenset[Need]
    destinations: tuple[str, ...]
    status: LifeStatus
    birth: ApproximateDate | None


@dataclass(frozen=True, slots=True)
class PartyRules:
    """What the travel parties are made by.

    Parameters
    ----------
    on
        ISO date at which ages count.
    need_priority
        (need, ``"child"`` or ``"older"``; weight) pairs.
    list_date
        ISO date of each list, for answers without a date of their own.
    token_key
        From :func:`safepassage.core.register.link.token_key_of`; never shown.
    """

    on: str
    need_priority: tuple[tuple[str, int], ...] = ()
    list_date: tuple[tuple[str, str], ...] = ()
    token_key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class TravelParties:
    """Travel parties with what was contradictory, and who needs none.

    Parameters
    ----------
    accounted_for
        (person id, status) of those who are already out or have died.
    """

    parties: tuple[Household, ...]
    findings: tuple[Finding, ...]
    accounted_for: tuple[tuple[str, LifeStatus], ...]


def households_of(
    persons: Sequence[Person], columns: Mapping[str, Comparable], token_key: bytes = b""
) -> tuple[RegisterHousehold, ...]:
    """Return the households: persons whom some list puts under one household key.

    Parameters
    ----------
    columns
        Canonical columns by record id.
    token_key
        From :func:`safepassage.core.register.link.token_key_of`.
    """
    groups = _join_by_keys(persons, columns)
    found = [_household([persons[at] for at in members], columns, token_key) for members in groups]
    return tuple(sorted(found, key=lambda household: household.household_id))


def travel_parties(
    households: Sequence[RegisterHousehold],
    persons: Sequence[Person],
    records: Mapping[str, ListRecord],
    rules: PartyRules,
    possible_duplicates: frozenset[str] = frozenset(),
) -> TravelParties:
    """Return one row per household and state of choice and consent.

    Parameters
    ----------
    records
        By record id.
    possible_duplicates
        Ids of persons who may be one person with somebody else of their household.
    """
    findings: list[Finding] = []
    by_id = {person.person_id: person for person in persons}
    facts = {p.person_id: person_facts(p, records, rules, findings) for p in persons}
    parties: list[Household] = []
    for household in households:
        members = [facts[person_id] for person_id in household.person_ids]
        there = [each for each in members if _is_there(each)]
        rows = _rows(household, there, by_id, rules)
        parties += _with_children_kept(rows, possible_duplicates, findings)
    apart = _apart_tokens(parties, households, by_id, records)
    parties = [_kept_apart(party, apart) for party in parties]
    out = [
        (p.person_id, facts[p.person_id].status)
        for p in persons
        if not _is_there(facts[p.person_id])
    ]
    _say_places(parties, findings)
    return TravelParties(tuple(sorted(parties, key=lambda p: p.token)), tuple(findings), tuple(out))


def person_facts(
    person: Person,
    records: Mapping[str, ListRecord],
    rules: PartyRules,
    findings: list[Finding],
) -> PersonFacts:
    """Put together what the records of one person say; contradictions go to `findings`."""
    dates = dict(rules.list_date)
    rows = [records[record_id] for record_id in person.record_ids]
    rows.sort(key=lambda r: (r.asked_on or dates.get(r.list_id, ""), r.record_id), reverse=True)
    when = [row.asked_on or dates.get(row.list_id, "") for row in rows]
    choice = _latest(when, [r.choice for r in rows], _CHOICE_CAUTION, Choice.NOT_ASKED)
    consent = _latest(when, [r.consent for r in rows], _CONSENT_CAUTION, Consent.NOT_ASKED)
    status = _latest(when, [r.status for r in rows], _STATUS_CAUTION, LifeStatus.UNKNOWN)
    for name, answers, result in (
        ("choice", {r.choice for r in rows} - {Choice.NOT_ASKED}, choice),
        ("consent", {r.consent for r in rows} - {Consent.NOT_ASKED}, consent),
        ("status", {r.status for r in rows} - {LifeStatus.UNKNOWN}, status),
    ):
        if len(answers) > 1:
            findings.append(_contradiction(person, name, answers, result))
    return PersonFacts(
        person_id=person.person_id,
        choice=choice,
        consent=consent,
        needs=frozenset(need for row in rows for need in row.needs),
        destinations=next((row.destinations for row in rows if row.destinations), ()),
        status=status,
        birth=_birth([row.birth for row in rows if row.birth]),
    )


# ------------------------------------------------------------------------------- households


def _join_by_keys(persons: Sequence[Person], columns: Mapping[str, Comparable]) -> list[list[int]]:
    members: dict[str, list[int]] = defaultdict(list)
    for at, person in enumerate(persons):
        for key in sorted({columns[r].household for r in person.record_ids} - {""}):
            members[key].append(at)
    group = {at: [at] for at in range(len(persons))}
    for key in sorted(members):
        for at in members[key][1:]:
            _join(group, members[key][0], at)
    return [found for at, found in group.items() if found[0] == at]


def _join(group: dict[int, list[int]], a: int, b: int) -> None:
    one, other = group[a], group[b]
    if one is other or len(one) + len(other) > LARGEST_HOUSEHOLD:
        return
    joined = sorted(one + other)
    for at in joined:
        group[at] = joined


def _household(
    members: list[Person], columns: Mapping[str, Comparable], token_key: bytes
) -> RegisterHousehold:
    record_ids = [record_id for person in members for record_id in person.record_ids]
    return RegisterHousehold(
        household_id=stable_token("H", record_ids, key=token_key),
        person_ids=tuple(sorted(person.person_id for person in members)),
        place_id=_most_named([columns[record_id].stay for record_id in record_ids]),
        probability=min(person.probability for person in members),
    )


def _most_named(places: Iterable[str]) -> str:
    known = Counter(place for place in places if place and not place.startswith("~"))
    return min(known, key=lambda place: (-known[place], place)) if known else ""


# ------------------------------------------------------------------------------------ facts


_CHOICE_CAUTION = (Choice.UNDECIDED, Choice.STAY, Choice.GO)
_CONSENT_CAUTION = (Consent.NO, Consent.YES)
_STATUS_CAUTION = (LifeStatus.PRESENT, LifeStatus.ALREADY_OUT, LifeStatus.DECEASED)
"""Of answers given on one day the first in these orders counts: nobody is moved, and nobody taken
off the list of those to be fetched, on a contradicted word."""


def _latest(
    when: Sequence[str], answers: Sequence[Answer], caution: tuple[Answer, ...], absent: Answer
) -> Answer:
    given = [(day, answer) for day, answer in zip(when, answers, strict=True) if answer != absent]
    if not given:
        return absent
    last = max(day for day, _ in given)
    of_that_day = {answer for day, answer in given if day == last}
    if of_that_day == {Choice.GO, Choice.STAY}:
        return caution[0]
    return next(answer for answer in caution if answer in of_that_day)


def _contradiction(person: Person, name: str, answers: Iterable[str], result: str) -> Finding:
    said = ", ".join(sorted(str(answer) for answer in answers))
    message = (
        f"person {person.person_id}: the lists give different answers for {name} ({said}); "
        f"'{result}' was taken, the most recent and most cautious one"
    )
    return Finding(message, severity=Severity.WARNING, rule="01-register §35")


def _birth(found: Sequence[ApproximateDate]) -> ApproximateDate | None:
    """Return the narrowest interval that agrees with most of the others."""
    if not found:
        return None

    def worth(one: ApproximateDate) -> tuple[int, int, str]:
        agreeing = sum(one.earliest <= o.latest and o.earliest <= one.latest for o in found)
        days = date.fromisoformat(one.latest) - date.fromisoformat(one.earliest)
        return -agreeing, days.days, one.earliest

    return min(found, key=worth)


def _age(birth: ApproximateDate | None, on: str) -> float | None:
    """Return the age in years at the middle of what is known; None where nothing is."""
    if birth is None:
        return None
    ends = [
        date.fromisoformat(birth.earliest).toordinal(),
        date.fromisoformat(birth.latest).toordinal(),
    ]
    return (date.fromisoformat(on).toordinal() - sum(ends) / 2) / 365.2425


def _is_child(facts: PersonFacts, rules: PartyRules) -> bool:
    age = _age(facts.birth, rules.on)
    return Need.SEPARATED_CHILD in facts.needs or (age is not None and age < ADULT_AGE)


def _is_older(facts: PersonFacts, rules: PartyRules) -> bool:
    age = _age(facts.birth, rules.on)
    return age is not None and age >= OLDER_AGE


def _is_there(facts: PersonFacts) -> bool:
    return facts.status in {LifeStatus.PRESENT, LifeStatus.UNKNOWN}


# ---------------------------------------------------------------------------------- parties


@dataclass(frozen=True, slots=True)
class _Row:
    party: Household
    members: tuple[PersonFacts, ...]


def _rows(
    household: RegisterHousehold,
    members: Sequence[PersonFacts],
    persons: Mapping[str, Person],
    rules: PartyRules,
) -> list[_Row]:
    by_state: dict[tuple[Choice, Consent], list[PersonFacts]] = defaultdict(list)
    for each in members:
        by_state[each.choice, each.consent].append(each)
    return [
        _Row(_party(household, by_state[state], persons, rules), tuple(by_state[state]))
        for state in sorted(by_state)
    ]


def _party(
    household: RegisterHousehold,
    members: Sequence[PersonFacts],
    persons: Mapping[str, Person],
    rules: PartyRules,
) -> Household:
    needs = frozenset(need for each in members for need in each.needs)
    seats = Counter(_seat(each) for each in members)
    children = sum(_is_child(each, rules) for each in members)
    record_ids = [r for each in members for r in persons[each.person_id].record_ids]
    return Household(
        token=stable_token("H", record_ids, key=rules.token_key),
        household_id=household.household_id,
        place_id=household.place_id,
        seated=seats["seated"],
        wheelchair=seats["wheelchair"],
        stretcher=seats["stretcher"],
        children=children,
        adults=len(members) - children,
        priority=_priority(members, needs, rules),
        destinations=next((each.destinations for each in members if each.destinations), ()),
        choice=members[0].choice,
        consent=members[0].consent,
        needs=needs,
    )


def _seat(facts: PersonFacts) -> str:
    if Need.STRETCHER in facts.needs:
        return "stretcher"
    return "wheelchair" if Need.WHEELCHAIR in facts.needs else "seated"


def _priority(members: Sequence[PersonFacts], needs: frozenset[Need], rules: PartyRules) -> int:
    names = {need.value for need in needs}
    names |= {"child"} if any(_is_child(each, rules) for each in members) else set()
    names |= {"older"} if any(_is_older(each, rules) for each in members) else set()
    return max([1, *(weight for name, weight in rules.need_priority if name in names)])


def _with_children_kept(
    rows: list[_Row],
    possible_duplicates: frozenset[str],
    findings: list[Finding],
) -> list[Household]:
    """Name the adult who takes each child, and tie a family that would leave a child behind alone.

    A child that may be a duplicate of another entry ties nobody: the doubt is reviewed instead.
    """
    going = next((row.party for row in rows if _may_go(row.party) and row.party.adults), None)
    if going is None:
        return [row.party for row in rows]
    adults_stay = any(row.party.adults for row in rows if row.party is not going)
    parties = []
    for row in rows:
        party = row.party
        only_children = party.adults == 0 and party.children > 0
        if only_children and _may_go(party):
            party = _replace(party, accompanied_by=going.token)
        elif only_children and not adults_stay and not _all_doubtful(row, possible_duplicates):
            party = _replace(party, travel_group=going.token)
            findings.append(_child_not_asked(party))
        parties.append(party)
    tied = any(party.travel_group for party in parties)
    return [
        _replace(p, travel_group=going.token) if tied and p.token == going.token else p
        for p in parties
    ]


def _all_doubtful(row: _Row, possible_duplicates: frozenset[str]) -> bool:
    return all(each.person_id in possible_duplicates for each in row.members)


def _may_go(party: Household) -> bool:
    return party.choice is Choice.GO and party.consent is Consent.YES


def _child_not_asked(party: Household) -> Finding:
    message = (
        f"household {party.household_id}: its adults go, but no answer is known for "
        f"{party.children} of its children, who would be left alone; the family rides together or "
        "not at all until the guardian has been asked"
    )
    return Finding(message, severity=Severity.WARNING, rule="01-register §41")


def _replace(party: Household, *, travel_group: str = "", accompanied_by: str = "") -> Household:
    return replace(
        party,
        travel_group=travel_group or party.travel_group,
        accompanied_by=accompanied_by or party.accompanied_by,
    )


def _apart_tokens(
    parties: Sequence[Household],
    households: Sequence[RegisterHousehold],
    persons: Mapping[str, Person],
    records: Mapping[str, ListRecord],
) -> dict[str, frozenset[str]]:
    """Return, by household id, the tokens of the rows that must not share its vehicle."""
    owner: dict[tuple[str, str], str] = {}
    wanted: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for household in households:
        for record in _records_of(household, persons, records):
            if record.household_key:
                owner[record.list_id, record.household_key] = household.household_id
            wanted[household.household_id] |= {(record.list_id, key) for key in record.apart_from}
    tokens: dict[str, set[str]] = defaultdict(set)
    for party in parties:
        tokens[party.household_id].add(party.token)
    return {
        household_id: frozenset(
            token
            for key in keys
            if owner.get(key, household_id) != household_id
            for token in tokens[owner[key]]
        )
        for household_id, keys in wanted.items()
    }


def _records_of(
    household: RegisterHousehold, persons: Mapping[str, Person], records: Mapping[str, ListRecord]
) -> list[ListRecord]:
    return [
        records[record_id]
        for person_id in household.person_ids
        for record_id in persons[person_id].record_ids
    ]


def _kept_apart(party: Household, apart: Mapping[str, frozenset[str]]) -> Household:
    tokens = apart.get(party.household_id, frozenset())
    return replace(party, apart_from=tokens) if tokens else party


def _say_places(parties: Iterable[Household], findings: list[Finding]) -> None:
    for party in parties:
        if not party.place_id:
            message = (
                f"household {party.household_id}: no list names a place of the scenario for it; "
                "it cannot be picked up until its place is known"
            )
            findings.append(Finding(message, severity=Severity.WARNING, rule="01-register §33"))
