"""Which answers that come back by file can be taken, and for each that cannot, why.

Rules: ``docs/spec/01f-export-and-ask.md`` §45 to §57. A row is taken whole or set aside whole; what
it says is never completed by a guess.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from safepassage.core.register.ask import TALKED
from safepassage.core.register.entries import Answered, Topic
from safepassage.core.register.people import PersonView, certainly_child
from safepassage.core.register.types import (
    Choice,
    Consent,
    ConsentQuestion,
    LifeStatus,
    ListRecord,
    Need,
)


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One row that came back, read but not yet judged.

    Parameters
    ----------
    row
        As a spreadsheet shows it.
    child
        Comes from the part of the form about children's needs.
    faults
        What of the row could not be read, in sentences.
    """

    row: int
    code: str
    asked_on: str = ""
    asked_by: str = ""
    outcome: str = TALKED
    form: str = ""
    form_id: str = ""
    proxy_who: str = ""
    proxy_why: str = ""
    told: frozenset[Topic] = frozenset()
    choice: Choice = Choice.NOT_ASKED
    destinations: tuple[str, ...] | None = None
    needs: frozenset[Need] | None = None
    consents: tuple[tuple[ConsentQuestion, Consent], ...] = ()
    status: LifeStatus | None = None
    child: bool = False
    sheet: str = ""
    faults: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Holds a choice or a consent, which children are not asked for."""
        return self.choice is not Choice.NOT_ASKED or bool(self.consents)

    @property
    def answers(self) -> bool:
        """Holds anything besides how the attempt ended."""
        return self.asks or self.needs is not None or self.status is not None


@dataclass(frozen=True, slots=True)
class AskedWorld:
    """What answers are judged against.

    Parameters
    ----------
    records
        By code.
    persons
        Person of each record id.
    erased
        Codes of records whose keys were destroyed.
    answers
        All answers taken before.
    today
        ISO date; an answer from a later day is not taken.
    """

    records: Mapping[str, ListRecord] = field(repr=False)
    persons: Mapping[str, PersonView] = field(repr=False)
    erased: frozenset[str]
    answers: tuple[Answered, ...]
    today: str


@dataclass(frozen=True, slots=True)
class JudgedAnswers:
    """Rows taken, set aside with reasons, and known from before.

    Parameters
    ----------
    notes
        (row, sentence) of rows that were taken but should be looked at.
    """

    taken: tuple[tuple[GivenAnswer, Answered], ...]
    aside: tuple[tuple[GivenAnswer, tuple[str, ...]], ...]
    known: tuple[GivenAnswer, ...]
    notes: tuple[tuple[GivenAnswer, str], ...]


def judge(given: Sequence[GivenAnswer], world: AskedWorld) -> JudgedAnswers:
    """Return which answers can be taken, and for each that cannot, why."""
    reasons = {at: faults_of(answer, world) for at, answer in enumerate(given)}
    for at, words in _contradictions(given, world, reasons).items():
        reasons[at] = [*reasons[at], words]
    before = set(world.answers)
    taken, known, notes = [], [], []
    for at, answer in enumerate(given):
        if reasons[at]:
            continue
        entry = answered(answer, world)
        if entry in before:
            known.append(answer)
            continue
        before.add(entry)
        taken.append((answer, entry))
        notes += [(answer, words) for words in _worth_a_look(answer, entry, world)]
    aside = [(answer, tuple(reasons[at])) for at, answer in enumerate(given) if reasons[at]]
    return JudgedAnswers(tuple(taken), tuple(aside), tuple(known), tuple(notes))


def faults_of(answer: GivenAnswer, world: AskedWorld) -> list[str]:
    """Return why one row cannot be taken, whatever the others say; empty if it can."""
    record = world.records.get(answer.code)
    return [
        *answer.faults,
        *_code_faults(answer, world),
        *_asking_faults(answer, world),
        *(_told_faults(answer) if answer.asks else ()),
        *(_child_faults(answer, world.persons[record.record_id], world.today) if record else ()),
    ]


def answered(answer: GivenAnswer, world: AskedWorld) -> Answered:
    """Return the entry that a row becomes."""
    proxy = "; ".join(filter(None, (answer.proxy_who, answer.proxy_why)))
    return Answered(
        record_id=world.records[answer.code].record_id,
        asked_on=answer.asked_on,
        asked_by=answer.asked_by,
        form=answer.form,
        form_id=answer.form_id,
        told=answer.told,
        choice=answer.choice,
        destinations=answer.destinations,
        needs=answer.needs,
        consents=answer.consents,
        status=answer.status,
        outcome=answer.outcome,
        proxy=proxy if answer.form == "proxy" else "",
    )


def _code_faults(answer: GivenAnswer, world: AskedWorld) -> list[str]:
    if not answer.code:
        return ["has no code; the code of the person on the call list is needed"]
    if answer.code in world.records:
        return []
    if answer.code in world.erased:
        return ["is about a person whose entry was erased"]
    return ["has a code that stands for nobody in this register; compare it with the call list"]


def _asking_faults(answer: GivenAnswer, world: AskedWorld) -> list[str]:
    faults = []
    if not answer.asked_on:
        faults.append("does not say on which day it was asked (YYYY-MM-DD)")
    if answer.asked_on > world.today:
        faults.append(f"is dated {answer.asked_on}, after today ({world.today})")
    if not answer.asked_by:
        faults.append("does not say who asked (role or token)")
    if answer.outcome != TALKED and answer.answers:
        faults.append(f"says '{answer.outcome}' and holds answers; only one can be true")
    if answer.answers and not answer.form:
        faults.append("does not say who answered and how (oral, written or proxy)")
    explained = answer.proxy_who and (answer.proxy_why or answer.child)
    if answer.answers and answer.form == "proxy" and not explained:
        faults.append("was answered by somebody else, but not who that is and why")
    return faults


def _told_faults(answer: GivenAnswer) -> list[str]:
    missing = [topic.value for topic in Topic if topic not in answer.told]
    if not missing:
        return []
    return [f"holds a choice or consents, but the person had not been told: {', '.join(missing)}"]


def _child_faults(answer: GivenAnswer, view: PersonView, today: str) -> list[str]:
    births = [record.birth for record in view.records if record.birth]
    young = bool(births) and all(certainly_child(b, answer.asked_on or today) for b in births)
    if answer.asks and young:
        return ["asks a child; only a child's needs are taken, with whoever looks after it"]
    return []


def _contradictions(
    given: Sequence[GivenAnswer], world: AskedWorld, reasons: Mapping[int, Sequence[str]]
) -> dict[int, str]:
    """Return rows of one person and day that say different things; nobody can say which is right.

    Two codes may stand for one person, so rows are compared by person.
    """
    same_day: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, answer in enumerate(given):
        if answer.answers and not reasons[at]:
            person = world.persons[world.records[answer.code].record_id].person.person_id
            same_day[person, answer.asked_on].append(at)
    found: dict[int, str] = {}
    for rows in same_day.values():
        told_apart = {_what_is_said(given[at]) for at in rows}
        for at in rows if len(told_apart) > 1 else ():
            others = ", ".join(_place(given[other]) for other in rows if other != at)
            found[at] = f"contradicts {others} about the same person on the same day; ask again"
    return found


def _what_is_said(answer: GivenAnswer) -> GivenAnswer:
    return replace(answer, row=0, sheet="", code="", asked_by="", form_id="", proxy_why="")


def _place(answer: GivenAnswer) -> str:
    return f"row {answer.row}" + (f" of '{answer.sheet}'" if answer.sheet else "")


def _worth_a_look(answer: GivenAnswer, entry: Answered, world: AskedWorld) -> list[str]:
    person = world.persons[entry.record_id]
    own = {record.record_id for record in person.records}
    notes = []
    if answer.form == "proxy" and answer.asks and not answer.child:
        notes.append("is somebody else's answer for an adult: kept and marked, not relied on")
    if answer.asks and person.is_child:
        notes.append("is of a person who is probably a child; check the birth date")
    if any(_differ(other, entry) for other in world.answers if other.record_id in own):
        notes.append("differs from another answer of the same day; the more cautious counts")
    if person.facts.status is LifeStatus.DECEASED and entry.status is not LifeStatus.DECEASED:
        notes.append("is of a person whom the register holds for dead; check who answered")
    return notes


def _differ(one: Answered, other: Answered) -> bool:
    if one.asked_on != other.asked_on or Choice.NOT_ASKED in (one.choice, other.choice):
        return False
    return one.choice is not other.choice
