"""One person as a registrar sees them: every claim, every answer, every decision, who is near.

Pure: a :class:`RegisterView` is made of a linked register and its log, and asked by token, claim or
person. What is shown of it, and to whom, is not its business (``docs/spec/01e-decide.md``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from safepassage.core.register.entries import (
    Answered,
    Contested,
    Corrected,
    Decided,
    Entry,
    ListReceived,
    Placeholder,
    RegisterState,
    Verdict,
)
from safepassage.core.register.explain import Holding, holding
from safepassage.core.register.households import PartyRules, PersonFacts, person_facts
from safepassage.core.register.people import name_of
from safepassage.core.register.queue import parted
from safepassage.core.register.tokens import Naming, TokenBook, tidy_token, token_book
from safepassage.core.register.types import (
    Choice,
    Consent,
    LifeStatus,
    Link,
    ListRecord,
    Person,
    Register,
    RegisterHousehold,
)

MOST_NEAR = 5
"""Near candidates shown of one person."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said about a record or decided, from the log.

    Parameters
    ----------
    at
        ISO 8601 moment, UTC.
    """

    entry_id: str
    at: str
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says of a person.

    Parameters
    ----------
    record
        As it is read now.
    as_claimed
        As it came.
    source
        None where the list's own entry is missing.
    """

    record: ListRecord = field(repr=False)
    as_claimed: ListRecord = field(repr=False)
    source: ListReceived | None
    corrections: tuple[Said, ...]
    contests: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A person who may be the same and was kept apart.

    Parameters
    ----------
    link
        The strongest one between the two.
    """

    person: Person
    link: Link


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Everything about one person.

    Parameters
    ----------
    spellings
        Names as written, each once, in the order of the claims.
    withdrew
        The person does not want to be registered.
    """

    person: Person
    household: RegisterHousehold
    claims: tuple[Claim, ...] = field(repr=False)
    facts: PersonFacts = field(repr=False)
    spellings: tuple[str, ...] = field(repr=False)
    answers: tuple[Answered, ...] = field(repr=False)
    withdrew: bool

    @property
    def contested(self) -> bool:
        """Somebody says that one of the claims is wrong or false."""
        return any(claim.contests for claim in self.claims)

    @property
    def lists(self) -> tuple[str, ...]:
        """Ids of the lists that name the person, in order of receipt."""
        return tuple(dict.fromkeys(claim.record.list_id for claim in self.claims))

    @property
    def status(self) -> str:
        """Where the person is or wants to be, in words."""
        if self.facts.status is LifeStatus.DECEASED:
            return "deceased"
        if self.facts.status is LifeStatus.ALREADY_OUT:
            return "already out"
        if self.facts.choice is Choice.STAY:
            return "does not want to leave"
        return "there" if self.facts.status is LifeStatus.PRESENT else "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """What a token or a record id stands for now.

    Parameters
    ----------
    persons
        Who holds the claim; several only if two tokens happen to be the same.
    erased
        What stays of a claim whose keys were destroyed.
    renamed
        True where the person is called by another token by now.
    """

    persons: tuple[Person, ...] = ()
    erased: tuple[Placeholder, ...] = ()
    renamed: bool = False


@dataclass(frozen=True)
class RegisterView:
    """A linked register with its log.

    Parameters
    ----------
    in_force
        Entries that count, in order; see :func:`safepassage.core.register.fold.in_force`.
    known_as
        Token to the records that were last shown under it, for tokens whose own record is erased.
    """

    state: RegisterState = field(repr=False)
    register: Register = field(repr=False)
    naming: Naming = field(repr=False)
    rules: PartyRules = field(repr=False)
    in_force: Sequence[Entry] = field(default=(), repr=False)
    known_as: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    # ------------------------------------------------------------------------------- finding

    @cached_property
    def owner(self) -> Mapping[str, Person]:
        """The person who holds each record."""
        return {r: person for person in self.register.persons for r in person.record_ids}

    @cached_property
    def home(self) -> Mapping[str, RegisterHousehold]:
        """The household of each person id."""
        return {p: house for house in self.register.households for p in house.person_ids}

    @cached_property
    def records(self) -> Mapping[str, ListRecord]:
        """Effective records by id."""
        return {record.record_id: record for record in self.state.records}

    @cached_property
    def tokens(self) -> TokenBook:
        """Every token that this register may ever have shown."""
        erased = (each.record_id for each in self.state.erased)
        return token_book(self.naming, [*self.records, *erased])

    def resolve(self, token: str) -> Found:
        """Return whom a person's token, old or new, stands for now."""
        found = self._behind(token)
        shown = {person.person_id for person in found.persons}
        renamed = bool(shown) and not any(token_matches(token, each) for each in shown)
        return Found(found.persons, found.erased, renamed)

    def household_of(self, token: str) -> tuple[RegisterHousehold, ...]:
        """Return the household for which a token, old or new, stands now."""
        persons = self._behind(token).persons
        return tuple(dict.fromkeys(self.home[person.person_id] for person in persons))

    def _behind(self, token: str) -> Found:
        """Return who holds a token's record; where it is erased, those shown under it with it."""
        found = self.holders(self.tokens.of(token))
        if found.persons or not found.erased:
            return found
        others = self.holders(self.known_as.get(tidy_token(token), ()))
        return Found(others.persons, found.erased)

    def holders(self, record_ids: Iterable[str]) -> Found:
        """Return who holds records now, and what is left of those that were erased."""
        ids = tuple(record_ids)
        persons = dict.fromkeys(self.owner[each] for each in ids if each in self.owner)
        gone = tuple(each for each in self.state.erased if each.record_id in ids)
        return Found(tuple(persons), gone)

    def record_ids_like(self, written: str) -> tuple[str, ...]:
        """Return the records that ``LIST:ROW`` may mean; a list's id may be cut short."""
        if written in self.records or written in self._erased:
            return (written,)
        name, _, row = written.rpartition(":")
        every = (*self.records, *self._erased)
        return tuple(e for e in every if name and _cut_short(e, name) and e.endswith(f":{row}"))

    @cached_property
    def _erased(self) -> frozenset[str]:
        return frozenset(each.record_id for each in self.state.erased)

    def person(self, person_id: str) -> Person:
        """Return the person of a current token.

        Raises
        ------
        KeyError
            If nobody is called so now.
        """
        return self._persons[person_id]

    # --------------------------------------------------------------------------------- cards

    def card(self, person: Person) -> PersonCard:
        """Return everything about one person; claims in the order in which they came."""
        ids = sorted(person.record_ids, key=self.naming.order)
        facts = person_facts(person, self.records, self.rules, [])
        return PersonCard(
            person=person,
            household=self.home[person.person_id],
            claims=tuple(self._claim(record_id) for record_id in ids),
            facts=facts,
            spellings=tuple(dict.fromkeys(name_of(self.records[each]) for each in ids)),
            answers=tuple(each for each in self.state.answers if each.record_id in ids),
            withdrew=facts.consent is Consent.NO,
        )

    def holding(self, person: Person) -> Holding:
        """Return what holds the records of a person together."""
        return holding(person, self._links_at(person))

    def near(self, person: Person, most: int = MOST_NEAR) -> tuple[Near, ...]:
        """Return who may be the same and was kept apart, the likeliest first."""
        best: dict[str, Near] = {}
        for link in sorted(self._links_at(person), key=lambda each: -each.probability):
            for other in (self.owner[link.left], self.owner[link.right]):
                if other != person:
                    best.setdefault(other.person_id, Near(other, link))
        return tuple(best.values())[:most]

    def groups(self, apart: Iterable[tuple[str, str]] = ()) -> Mapping[str, tuple[str, ...]]:
        """Return the records of each record's person, in parts where pairs in it are taken apart.

        Parameters
        ----------
        apart
            Pairs of records; only those inside one person part anybody.
        """
        inside: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for left, right in apart:
            if self.owner[left] == self.owner[right]:
                inside[self.owner[left].person_id].append((left, right))
        found = {record_id: person.record_ids for record_id, person in self.owner.items()}
        for person_id, pairs in inside.items():
            person = self._persons[person_id]
            for group in parted(person, pairs, self._links_at(person), self.state.same):
                found |= dict.fromkeys(group, group)
        return found

    def decisions(self, record_ids: Iterable[str]) -> tuple[Said, ...]:
        """Return the decisions that count and concern any of the records, oldest first."""
        wanted = frozenset(record_ids)
        return tuple(
            _said(entry, decision_words(body))
            for entry in self.in_force
            if isinstance(body := entry.body, Decided) and wanted & {*body.left, *body.right}
        )

    def corrections_at_odds(self) -> tuple[str, ...]:
        """Say which fields were corrected differently by people unaware of each other."""
        made: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for record_id, entries in self._about.items():
            for entry in entries:
                if isinstance(body := entry.body, Corrected) and record_id in self.records:
                    made[record_id, body.field_name].append(entry)
        return tuple(
            _at_odds(*key, last) for key in sorted(made) if len(last := _last_words(made[key])) > 1
        )

    def against(self, verdict: Verdict, pairs: Iterable[tuple[str, str]]) -> tuple[Said, ...]:
        """Return the decisions that count and contradict `verdict` on any of the pairs."""
        wanted = {frozenset(pair) for pair in pairs}
        return tuple(
            _said(entry, decision_words(body))
            for entry in self.in_force
            if isinstance(body := entry.body, Decided)
            and body.verdict is not verdict
            and not wanted.isdisjoint(_pairs_of(body))
        )

    def reasons_of_household(self, house: RegisterHousehold) -> tuple[tuple[str, str, int], ...]:
        """Return (list id, household key, members under it) that put a household together."""
        members: dict[tuple[str, str], set[str]] = defaultdict(set)
        for person_id in house.person_ids:
            for record_id in self._persons[person_id].record_ids:
                record = self.records[record_id]
                if record.household_key:
                    members[record.list_id, record.household_key].add(person_id)
        return tuple((*key, len(members[key])) for key in sorted(members) if len(members[key]) > 1)

    # -------------------------------------------------------------------------------- inside

    @cached_property
    def _persons(self) -> Mapping[str, Person]:
        return {person.person_id: person for person in self.register.persons}

    @cached_property
    def _links_of(self) -> Mapping[str, tuple[Link, ...]]:
        found: dict[str, list[Link]] = defaultdict(list)
        for link in self.register.links:
            for person_id in {self.owner[link.left].person_id, self.owner[link.right].person_id}:
                found[person_id].append(link)
        return {person_id: tuple(links) for person_id, links in found.items()}

    def _links_at(self, person: Person) -> tuple[Link, ...]:
        return self._links_of.get(person.person_id, ())

    @cached_property
    def _as_claimed(self) -> Mapping[str, ListRecord]:
        return {record.record_id: record for record in self.state.as_claimed}

    @cached_property
    def _sources(self) -> Mapping[str, ListReceived]:
        return {each.list_id: each for each in self.state.lists}

    @cached_property
    def _about(self) -> Mapping[str, tuple[Entry, ...]]:
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.in_force:
            if isinstance(entry.body, Corrected | Contested):
                found[entry.body.record_id].append(entry)
        return {record_id: tuple(entries) for record_id, entries in found.items()}

    def _claim(self, record_id: str) -> Claim:
        record = self.records[record_id]
        entries = self._about.get(record_id, ())
        return Claim(
            record=record,
            as_claimed=self._as_claimed.get(record_id, record),
            source=self._sources.get(record.list_id),
            corrections=tuple(_corrections(entries)),
            contests=tuple(_contests(entries)),
        )


# ------------------------------------------------------------------------------------ changes


@dataclass(frozen=True, slots=True)
class Changed:
    """A person who is made of other records than before.

    Parameters
    ----------
    before
        Tokens under which these records were, by themselves or with others.
    """

    after: str
    before: tuple[str, ...]
    record_ids: tuple[str, ...]


def changes(before: Sequence[Person], after: Sequence[Person]) -> tuple[Changed, ...]:
    """Return the persons of `after` whose set of records is none of `before`, sorted by token.

    Persons made only of records that were not there before are not among them.
    """
    owner = {r: person for person in before for r in person.record_ids}
    known = {person.record_ids for person in before}
    found = []
    for person in after:
        held = {owner[r].person_id for r in person.record_ids if r in owner}
        if held and person.record_ids not in known:
            found.append(Changed(person.person_id, tuple(sorted(held)), person.record_ids))
    return tuple(sorted(found, key=lambda each: each.after))


# -------------------------------------------------------------------------------------- words


def decision_words(body: Decided) -> str:
    """Return a decision as a sentence, with its reason."""
    left, right = ", ".join(body.left), ", ".join(body.right)
    if body.verdict is Verdict.SAME:
        told = f"{', '.join(dict.fromkeys((*body.left, *body.right)))} are one person"
    else:
        told = f"{left} {'is' if len(body.left) == 1 else 'are'} not the person of {right}"
    return f"{told} ({body.reason})" if body.reason else told


def token_matches(written: str, token: str) -> bool:
    """Return whether a token as typed is this token, look-alikes read as digits."""
    return tidy_token(written) == token


def _said(entry: Entry, words: str) -> Said:
    return Said(entry.entry_id, entry.at, entry.by, words)


def _corrections(entries: Iterable[Entry]) -> Iterator[Said]:
    for entry in entries:
        if isinstance(body := entry.body, Corrected):
            reason = f": {body.reason}" if body.reason else ""
            words = (
                f"{body.field_name} is to be read '{body.value}' (said by {body.said_by}{reason})"
            )
            yield _said(entry, words)


def _last_words(entries: Sequence[Entry]) -> list[Entry]:
    """Return the corrections that none was made in knowledge of, where their values differ."""
    last = [a for a in entries if not any(_knew(b, a) for b in entries)]
    values = {entry.body.value for entry in last if isinstance(entry.body, Corrected)}
    return last if len(values) > 1 else []


def _knew(later: Entry, earlier: Entry) -> bool:
    if later.copy == earlier.copy:
        return later.counter > earlier.counter
    return dict(later.seen).get(earlier.copy, -1) >= earlier.counter


def _at_odds(record_id: str, field_name: str, entries: Sequence[Entry]) -> str:
    told = ", ".join(f"{e.by or 'somebody'} on {e.at[:10]} ({e.entry_id})" for e in entries)
    return (
        f"{field_name} of {record_id} was corrected differently by people who did not know of each "
        f"other: {told}. 'register explain {record_id}' shows both; correct it once more to settle "
        "it."
    )


def _contests(entries: Iterable[Entry]) -> Iterator[Said]:
    for entry in entries:
        if isinstance(body := entry.body, Contested):
            yield _said(entry, f"contested by {body.said_by}: {body.reason}")


def _pairs_of(body: Decided) -> set[frozenset[str]]:
    if body.verdict is Verdict.SAME:
        return {frozenset(pair) for pair in combinations({*body.left, *body.right}, 2)}
    return {frozenset((a, b)) for a in body.left for b in body.right if a != b}


def _cut_short(record_id: str, name: str) -> bool:
    list_id = record_id.rpartition(":")[0]
    return list_id.startswith(f"{name}-") or list_id == name
