"""Whom to ask, and how far the asking has come.

Rules: ``docs/spec/01f-export-and-ask.md`` §29 to §33 and §58 to §62. An answer counts as a person's
choice only if the person was told what a choice needs, answered for himself or herself, and it is
known on which day and to whom. Absence is not refusal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from safepassage.core.register.entries import Answered, Topic
from safepassage.core.register.people import PersonView, name_of
from safepassage.core.register.types import Choice
from safepassage.ids import document_token

MOST_ATTEMPTS = 3
"""Calls that reached nobody, after which a person is not called again unless asked for."""

TALKED, DECLINED = "talked", "declined"
FORMS = ("oral", "written", "proxy")
ALL_TOPICS = frozenset(Topic)

_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


# ----------------------------------------------------------------------------------------- codes


def code_of(record_id: str, key: bytes) -> str:
    """Return the code under which a record's person stands on call lists and forms.

    Parameters
    ----------
    key
        The store's key for asking; codes mean nothing without it.
    """
    return document_token(record_id, key)


def show_code(code: str) -> str:
    """Return a code as it is printed.

    Examples
    --------
    >>> show_code("7K2M9PXQ")
    '7K2M-9PXQ'
    """
    return f"{code[:4]}-{code[4:]}"


def read_code(text: str) -> str:
    """Return the code that somebody wrote, whatever its case, dashes, and O for 0 or I for 1.

    Examples
    --------
    >>> read_code(" 7k2m-9pxO ")
    '7K2M9PX0'
    """
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return letters.translate(_LOOK_ALIKES)


# ----------------------------------------------------------------------------------- whom to ask


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """A person with what they answered.

    Parameters
    ----------
    choice
        The latest answer that holds a choice, of the person's own or by proxy; None if none.
    attempts
        Calls that led to no conversation since the latest one that did.
    declined
        The last attempt ended because the person does not wish to talk.
    """

    view: PersonView
    choice: Answered | None
    attempts: int
    declined: bool

    @property
    def may_be_asked(self) -> bool:
        """An adult, or somebody of unknown age, who is there."""
        return self.view.is_there and not self.view.is_child

    @property
    def relied_on(self) -> Answered | None:
        """The choice, if it is the person's own and was made knowing what a choice needs."""
        return self.choice if self.choice is not None and is_informed_choice(self.choice) else None


@dataclass(frozen=True, slots=True)
class CallMember:
    """One person of a household on a call list.

    Parameters
    ----------
    birth
        Year, or years, of birth; empty if unknown.
    due
        Is to be asked in this call.
    """

    code: str
    name: str = field(repr=False)
    birth: str
    is_child: bool
    due: bool
    choice: Answered | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One household, which is one call."""

    household_id: str
    place_id: str
    phones: tuple[str, ...] = field(repr=False)
    members: tuple[CallMember, ...]

    @property
    def due(self) -> int:
        """Adults to be asked."""
        return sum(member.due for member in self.members)


@dataclass(frozen=True, slots=True)
class CallRules:
    """Who is called.

    Parameters
    ----------
    key
        Behind the codes.
    asked_before
        ISO date: whoever made an informed choice before it is asked again. Empty: nobody is.
    place_ids
        Only these; empty for all.
    again
        Also whoever declined, or was not reached three times.
    """

    key: bytes = field(repr=False)
    asked_before: str = ""
    place_ids: frozenset[str] = frozenset()
    again: bool = False


def people_asked(
    views: Iterable[PersonView], answers: Iterable[Answered], withdrawn: Iterable[str] = ()
) -> tuple[PersonAsked, ...]:
    """Return everybody but those who withdrew, with what they answered.

    Parameters
    ----------
    answers
        Oldest first.
    withdrawn
        Ids of persons who do not want to be registered.
    """
    by_record: dict[str, list[Answered]] = defaultdict(list)
    for answer in answers:
        by_record[answer.record_id].append(answer)
    gone = frozenset(withdrawn)
    return tuple(
        _asked(view, [a for record in view.records for a in by_record[record.record_id]])
        for view in views
        if view.person.person_id not in gone
    )


def is_informed_choice(answer: Answered) -> bool:
    """Whether an answer is a choice that a go/no-go decision may rely on."""
    return (
        answer.choice is not Choice.NOT_ASKED
        and answer.told >= ALL_TOPICS
        and answer.form in ("oral", "written")
        and bool(answer.asked_on and answer.asked_by)
    )


def calls(people: Iterable[PersonAsked], rules: CallRules) -> tuple[Call, ...]:
    """Return the calls to make, by place; a household without anybody to ask is not called.

    A household in which only children are known is called, so that somebody asks who looks after
    them.
    """
    homes: dict[str, list[PersonAsked]] = defaultdict(list)
    for each in people:
        if each.view.is_there:
            homes[each.view.household_id].append(each)
    found = [_call(household_id, members, rules) for household_id, members in homes.items()]
    wanted = [
        call
        for call in found
        if (call.due or all(member.is_child for member in call.members))
        and (not rules.place_ids or call.place_id in rules.place_ids)
    ]
    return tuple(sorted(wanted, key=lambda call: (call.place_id, call.household_id)))


def shared_among(found: Sequence[Call], callers: int) -> tuple[tuple[Call, ...], ...]:
    """Return the calls of each caller: about as many adults each, places kept together.

    Examples
    --------
    >>> shared_among((), 2)
    ((), ())
    """
    total = sum(max(1, call.due) for call in found)
    shares: list[list[Call]] = [[] for _ in range(callers)]
    before = 0
    for call in found:
        weight = max(1, call.due)
        middle = before + weight / 2
        shares[min(callers - 1, int(middle * callers / total))].append(call)
        before += weight
    return tuple(map(tuple, shares))


def _asked(view: PersonView, answers: Sequence[Answered]) -> PersonAsked:
    ordered = sorted(answers, key=lambda answer: answer.asked_on)
    choices = [answer for answer in ordered if answer.choice is not Choice.NOT_ASKED]
    own = [answer for answer in choices if is_informed_choice(answer)]
    last_talk = max((a.asked_on for a in ordered if a.outcome in ("", TALKED)), default="")
    attempts = [a for a in ordered if a.outcome not in ("", TALKED) and a.asked_on >= last_talk]
    return PersonAsked(
        view,
        own[-1] if own else (choices[-1] if choices else None),
        len(attempts),
        bool(attempts) and attempts[-1].outcome == DECLINED,
    )


def _call(household_id: str, members: Sequence[PersonAsked], rules: CallRules) -> Call:
    ordered = sorted(
        members, key=lambda m: (m.view.is_child, _birth(m.view), m.view.person.person_id)
    )
    return Call(
        household_id,
        ordered[0].view.place_id,
        tuple(dict.fromkeys(p for m in ordered for p in _phones(m.view))),
        tuple(_member(each, rules) for each in ordered),
    )


def _member(asked: PersonAsked, rules: CallRules) -> CallMember:
    view = asked.view
    named = next((r for r in view.records if name_of(r)), view.records[0])
    return CallMember(
        code_of(min(view.person.record_ids), rules.key),
        name_of(named), _birth(view), view.is_child, _is_due(asked, rules), asked.choice,
    )  # fmt: skip


def _is_due(asked: PersonAsked, rules: CallRules) -> bool:
    if not asked.may_be_asked:
        return False
    if not rules.again and (asked.declined or asked.attempts >= MOST_ATTEMPTS):
        return False
    answer = asked.relied_on
    return answer is None or answer.asked_on < rules.asked_before


def _birth(view: PersonView) -> str:
    birth = view.facts.birth
    if birth is None:
        return ""
    return "–".join(dict.fromkeys((birth.earliest[:4], birth.latest[:4])))


def _phones(view: PersonView) -> list[str]:
    """Return a person's numbers, in E.164 where the reading of the list gave them so."""
    written = (dict(record.extra).get("phone_e164", "") or record.phone for record in view.records)
    return [phone.strip() for text in written for phone in text.split(";") if phone.strip()]


# -------------------------------------------------------------------------- how far it has come


@dataclass(frozen=True, slots=True)
class PlaceAsked:
    """How far the asking has come at one place, or at all of them.

    Parameters
    ----------
    adults
        Adults, and persons of unknown age, who are there.
    informed
        Of these, with a choice of their own made knowing what a choice needs.
    choices
        (choice, persons) of these.
    by_proxy
        With only somebody else's answer, or one given without having been told everything.
    from_lists
        With no answer but what a list says.
    tried
        Not asked, though somebody tried.
    never
        Not asked, and nobody tried.
    oldest
        ISO date of the oldest informed choice; empty if none.
    """

    place_id: str
    adults: int
    informed: int
    choices: tuple[tuple[Choice, int], ...]
    by_proxy: int
    from_lists: int
    tried: int
    never: int
    oldest: str


def ask_status(people: Iterable[PersonAsked]) -> tuple[PlaceAsked, ...]:
    """Return how far the asking has come: all places together first, then each."""
    there = [each for each in people if each.may_be_asked]
    by_place: dict[str, list[PersonAsked]] = defaultdict(list)
    for each in there:
        by_place[each.view.place_id].append(each)
    return (
        _place_asked("", there),
        *(_place_asked(place, by_place[place]) for place in sorted(by_place)),
    )


def _place_asked(place_id: str, people: Sequence[PersonAsked]) -> PlaceAsked:
    informed = [each.relied_on for each in people if each.relied_on]
    counted = Counter(answer.choice for answer in informed)
    states = Counter(_state(each) for each in people)
    return PlaceAsked(
        place_id,
        len(people),
        len(informed),
        tuple((choice, counted[choice]) for choice in Choice if choice is not Choice.NOT_ASKED),
        states["proxy"],
        states["list"],
        states["tried"],
        states["never"],
        min((answer.asked_on for answer in informed), default=""),
    )


def _state(asked: PersonAsked) -> str:
    if asked.relied_on:
        return "informed"
    if asked.choice:
        return "proxy"
    if asked.view.facts.choice is not Choice.NOT_ASKED:
        return "list"
    return "tried" if asked.attempts else "never"
