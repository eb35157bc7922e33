"""The review queue: which pairs are still open, and what deciding each is worth.

Rules: ``docs/spec/01e-decide.md`` §21 to §26.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from safepassage.core.register.entries import Body, Conflict, Decided, RegisterState, Verdict
from safepassage.core.register.explain import worth_in_words
from safepassage.core.register.types import Link, Person, Register

Pair = tuple[str, str]


def open_questions(
    links: Sequence[Link], review: Iterable[int], persons: Sequence[Person], state: RegisterState
) -> tuple[int, ...]:
    """Return the pairs of a review queue that are still to be asked, in the same order.

    Of the pairs of two persons, or inside one, only the first is: its answer decides the others, or
    they are asked next.
    """
    settled = Settled(persons, state.same, state.different)
    asked: set[Pair] = set()
    found = []
    for at in review:
        between = settled.between(links[at])
        if between not in asked and not settled.has(links[at]):
            asked.add(between)
            found.append(at)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Question:
    """A pair that a person should decide.

    Parameters
    ----------
    cost
        Expected cost of leaving it as it stands, in missed merges; infinite for a conflict.
    words
        What the decision is worth.
    conflict
        Who decided differently; empty where nobody did.
    """

    link: Link
    cost: float
    words: str
    conflict: str = ""


def questions_of(register: Register, state: RegisterState) -> tuple[Question, ...]:
    """Return the open questions: contradicting decisions first, then by what they are worth."""
    owner = {r: person.person_id for person in register.persons for r in person.record_ids}
    conflicts = {  # one question on two persons, however many of their records contradict
        _pair(owner[each.left], owner[each.right]): each
        for each in reversed(state.conflicts)
        if each.left in owner and each.right in owner
    }
    found = [_of_conflict(conflict, register) for conflict in reversed(conflicts.values())]
    for at in register.review:
        link = register.links[at]
        words = worth_in_words(link.cost, accepted=link.accepted)
        found.append(Question(link, link.cost, words))
    return tuple(found)


def _of_conflict(conflict: Conflict, register: Register) -> Question:
    pair = _pair(conflict.left, conflict.right)
    known = (each for each in register.links if _pair(each.left, each.right) == pair)
    link = next(known, Link(conflict.left, conflict.right, 0.0, (), accepted=False))
    return Question(link, float("inf"), "first of all: two decisions contradict", conflict.words)


def settled_by(persons: Sequence[Person], state: RegisterState, bodies: Iterable[Body]) -> Settled:
    """Return what decisions settle: those of a linked register, and those made since."""
    settled = Settled(persons, state.same, state.different)
    for body in bodies:
        if isinstance(body, Decided):
            take = settled.decide_same if body.verdict is Verdict.SAME else settled.decide_different
            for left in body.left:
                for right in body.right:
                    take(left, right)
            if body.verdict is Verdict.SAME:
                settled.join_persons(*body.left, *body.right)
    return settled


def parted(
    person: Person, apart: Sequence[Pair], links: Iterable[Link], same: Iterable[Pair]
) -> tuple[tuple[str, ...], ...]:
    """Return the groups into which a person's records fall where some pairs are taken apart.

    Every other record stays with the records that it is held to most strongly, so a person is cut
    where the links between the two records are weakest, and nobody is torn further than asked.

    Parameters
    ----------
    apart
        Pairs of the person's records that are different people.
    links
        Compared pairs; those of other persons are passed over.
    same
        Pairs that persons decided to be one; they hold more strongly than any link.
    """
    held = set(person.record_ids)
    inside = [each for each in links if {each.left, each.right} <= held]
    inside.sort(key=lambda each: (-each.probability, each.left, each.right))
    ties = [pair for pair in same if set(pair) <= held]
    ties += [(each.left, each.right) for each in inside]
    ties += [(person.record_ids[0], each) for each in person.record_ids]  # held by no link known
    group: dict[str, str] = {}
    for left, right in ties:
        one, other = _root(group, left), _root(group, right)
        ends = ({_root(group, a), _root(group, b)} for a, b in apart)
        if one != other and all(each != {one, other} for each in ends):
            group[other] = one
    found: dict[str, list[str]] = {}
    for record_id in person.record_ids:
        found.setdefault(_root(group, record_id), []).append(record_id)
    return tuple(map(tuple, found.values()))


def sides(
    left: str, right: str, group_of: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return all records that a verdict on a pair is about.

    Parameters
    ----------
    group_of
        The records of each record's person, or of the part of a person that :func:`parted` leaves.
    """
    if right in group_of[left]:
        return (left,), tuple(each for each in group_of[left] if each != left)
    return group_of[left], group_of[right]


class Settled:
    """What decisions have settled, and what follows from them.

    Parameters
    ----------
    persons
        As they stand.
    same, different
        Pairs of record ids that persons decided on.
    """

    def __init__(
        self, persons: Sequence[Person], same: Iterable[Pair], different: Iterable[Pair]
    ) -> None:
        self._owner = {r: person.person_id for person in persons for r in person.record_ids}
        self._group: dict[str, str] = {}
        self._apart: set[Pair] = set()
        self._apart_persons: set[Pair] = set()
        self._joined: dict[str, str] = {}
        for pair in same:
            self.decide_same(*pair)
        for pair in different:
            self.decide_different(*pair)

    def has(self, link: Link) -> bool:
        """Return whether a link needs no decision any more."""
        if _root(self._group, link.left) == _root(self._group, link.right):
            return True
        if link.accepted:
            return _pair(link.left, link.right) in self._apart
        if not self._joined:
            return self.between(link) in self._apart_persons
        between = self._rooted(self.between(link))
        return any(self._rooted(each) == between for each in self._apart_persons)

    def between(self, link: Link) -> Pair:
        """Return the two persons that a link is about; twice the same one inside a person."""
        return self._between(link.left, link.right)

    def decide_same(self, left: str, right: str) -> None:
        """Take note that two records were decided to be one person."""
        self._group[_root(self._group, left)] = _root(self._group, right)

    def decide_different(self, left: str, right: str) -> None:
        """Take note that two records were decided to be different people."""
        self._apart.add(_pair(left, right))
        self._apart_persons.add(self._between(left, right))

    def join_persons(self, first: str, *others: str) -> None:
        """Take note that the persons of these records became one since they were linked."""
        for other in others:
            one, two = self._between(first, other)
            self._joined[_root(self._joined, two)] = _root(self._joined, one)

    def _rooted(self, between: Pair) -> Pair:
        return _pair(*(_root(self._joined, each) for each in between))

    def _between(self, left: str, right: str) -> Pair:
        return _pair(self._owner.get(left, left), self._owner.get(right, right))


class JoinedRecords:
    """Records that are joined step by step, and who is with whom so far."""

    def __init__(self) -> None:
        self._group: dict[str, str] = {}

    def join(self, first: str, *others: str) -> None:
        """Put records together."""
        for other in others:
            self._group[_root(self._group, other)] = _root(self._group, first)

    def of(self, record_id: str) -> str:
        """Return a name that a record shares with exactly those it is joined with."""
        return _root(self._group, record_id)


def _root(group: dict[str, str], record_id: str) -> str:
    while group.get(record_id, record_id) != record_id:
        record_id = group[record_id]
    return record_id


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)
