"""``safepassage register review``: pairs to decide, the most valuable first."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import EXIT_RULE_BROKEN, err, out, print_json
from safepassage.cli.register.common import KeysOption, PassphraseOption, StoreOption
from safepassage.cli.register.desk import (
    Desk,
    at_desk,
    change_document,
    print_change,
    undo_command,
)
from safepassage.cli.register.explain import link_document, print_link
from safepassage.cli.register.sheet import person_document, print_claims
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.core.register.entries import Entry
    from safepassage.core.register.queue import Question
    from safepassage.core.register.types import Link

EPILOG = (
    "Examples: safepassage register review --by clerk-1 --register op.store | "
    "safepassage register review --json --limit 50 --register op.store | "
    "safepassage register review --decide answers.csv --by clerk-1 --register op.store"
)
Sides = tuple[tuple[str, ...], tuple[str, ...]]
KEYS = "s same person · d different people · l later · u undo · q quit"


def review(
    register: StoreOption,
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="ROLE", envvar="SAFEPASSAGE_BY", help="Who decides: a role, no name."
        ),
    ] = "",
    decide: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Take answers from a CSV: left, right, verdict (same or different), reason.",
        ),
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="With --decide: also against earlier decisions.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Most pairs listed.")] = 20,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="List the queue as one JSON document; decide nothing.")
    ] = False,
) -> None:
    """Work through possible duplicates and doubtful joins, the costliest doubt first.

    At a terminal one pair is shown at a time and one key decides it. Every decision is kept at
    once, so you can stop and go on at any time. Until you decide, a possible duplicate keeps its
    seat. Elsewhere, or with --json, the queue is listed.
    """
    with at_desk(register, keys, passphrase_file) as desk:
        if decide is not None:
            _decide_file(desk, decide, by, anyway=anyway, as_json=as_json)
        elif as_json:
            print_json(_listing(desk, limit))
        elif sys.stdin.isatty():
            _interactive(desk, by)
        else:
            _print_listing(desk, limit)


# ------------------------------------------------------------------------------------- listing


def questions(desk: Desk) -> tuple[Question, ...]:
    """Return the open questions of a register, conflicts first, then by what they are worth."""
    from safepassage.core.register.queue import questions_of

    return questions_of(desk.result.register, desk.result.state)


def _listing(desk: Desk, limit: int) -> dict[str, Any]:
    found = questions(desk)
    return {
        "open": len(found),
        "conflicts": sum(bool(each.conflict) for each in found),
        "contested": list(desk.result.state.contested),
        "corrections_at_odds": list(desk.view.corrections_at_odds()),
        "pairs": [_question_document(desk, each) for each in found[:limit]],
    }


def _question_document(desk: Desk, question: Question) -> dict[str, Any]:
    view = desk.view
    link = question.link
    return {
        "worth": question.words,
        "expected_cost": None if question.conflict else round(question.cost, 4),
        "conflict": question.conflict,
        "left_person": person_document(view.card(view.owner[link.left])),
        "right_person": person_document(view.card(view.owner[link.right])),
        **link_document(link),
    }


def _print_listing(desk: Desk, limit: int) -> None:
    found = questions(desk)
    _print_open(desk, found)
    for number, question in enumerate(found[:limit], start=1):
        link = question.link
        names = [_name(desk, record_id) for record_id in (link.left, link.right)]
        out.print(f"{number}. {names[0]}  |  {names[1]}", markup=False)
        out.print(f"   {link.left} | {link.right} · {question.words}", markup=False)
        out.print(f"   {_strongest(question)}", markup=False, style="dim")


def _print_open(desk: Desk, found: Sequence[Question]) -> None:
    urgent = sum(each.cost >= 1.0 for each in found)
    conflicts = sum(bool(each.conflict) for each in found)
    out.print(
        f"{len(found)} pairs to decide, {urgent} of them urgent"
        + (f"; {conflicts} were decided differently by two registrars." if conflicts else "."),
        markup=False,
    )
    contested = desk.result.state.contested
    if contested:
        out.print(f"Contested records: {', '.join(contested)}.", markup=False)
    for sentence in desk.view.corrections_at_odds():
        out.print(sentence, markup=False, style="yellow")


def _name(desk: Desk, record_id: str) -> str:
    from safepassage.cli.register.sheet import birth_words
    from safepassage.core.register.people import name_of

    record = desk.view.records[record_id]
    return " · ".join(filter(None, (name_of(record), birth_words(record.birth), record.stay_place)))


def _strongest(question: Question) -> str:
    from safepassage.core.register.explain import reason_in_words

    return "; ".join(reason_in_words(each) for each in question.link.evidence[:3])


# --------------------------------------------------------------------------------- interactive


def _interactive(desk: Desk, by: str) -> None:
    if not by:
        raise UsageError("say who decides: --by ROLE, or set SAFEPASSAGE_BY.")
    found = questions(desk)
    _print_open(desk, found)
    session = Session(desk, by, found)
    work(session, typer.getchar)
    if session.entries:
        before = desk.relink()
        print_change(change_document(before, desk, ()))
    kept = f"{len(session.entries)} decisions kept"
    out.print(f"{kept}, {len(questions(desk))} pairs still open.", markup=False)


@dataclass
class Session:
    """One sitting at the queue.

    Parameters
    ----------
    steps
        What was done with each question so far, in order: the entry it made, or None for later.
    """

    desk: Desk
    by: str
    found: Sequence[Question]
    steps: list[tuple[Question, Entry | None]] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """The decisions of this sitting that stand."""
        return [entry for _, entry in self.steps if entry is not None]

    @cached_property
    def place(self) -> dict[int, int]:
        """Position of each question, counted from 1."""
        return {id(each): at for at, each in enumerate(self.found, start=1)}

    def next(self) -> Question | None:
        """Return the first question neither answered nor put off nor settled by an answer.

        About somebody who was parted in this sitting nothing is asked until the next: who holds
        which record then, only linking says.
        """
        from safepassage.core.register.entries import RegisterState
        from safepassage.core.register.queue import settled_by

        seen = {id(question) for question, _ in self.steps}
        state, persons = self.desk.result.state, self.desk.result.register.persons
        bodies = [entry.body for entry in self.entries if entry.body is not None]
        now = settled_by(persons, RegisterState(), bodies)
        ever = settled_by(persons, state, bodies)
        parted = self._parted()
        for question in self.found:
            settled = now if question.conflict else ever
            if id(question) in seen or parted & set(settled.between(question.link)):
                continue
            if not settled.has(question.link):
                return question
        return None

    def _parted(self) -> set[str]:
        from safepassage.core.register.entries import Decided, Verdict

        owner = self.desk.view.owner
        bodies = [entry.body for entry in self.entries]
        return {
            owner[body.left[0]].person_id
            for body in bodies
            if isinstance(body, Decided) and body.verdict is Verdict.DIFFERENT
            and owner[body.left[0]] == owner[body.right[0]]
        }  # fmt: skip

    def decide(self, question: Question, *, same: bool) -> Entry:
        """Keep a decision on all records of the two persons, as `merge` and `split` do."""
        from safepassage.core.register.entries import Decided, Verdict

        verdict = Verdict.SAME if same else Verdict.DIFFERENT
        body = Decided(verdict, *self.sides(question), "review")
        (entry,) = self.desk.append([body], self.by)
        self.steps.append((question, entry))
        return entry

    def sides(self, question: Question) -> Sides:
        """Return what a decision is about: all records of both persons, as they are shown.

        Of one person: the two parts into which taking the pair apart cuts them.
        """
        from safepassage.core.register.queue import sides

        pair = question.link.left, question.link.right
        return sides(*pair, self.desk.view.groups([pair]))

    def later(self, question: Question) -> None:
        """Put the pair off to another sitting."""
        self.steps.append((question, None))

    def undo(self) -> bool:
        """Take the last step back; return False if there is none."""
        from safepassage.core.register.entries import Undone

        if not self.steps:
            return False
        _, entry = self.steps.pop()
        if entry is not None:
            self.desk.append([Undone(entry.entry_id, "review")], self.by)
        return True


def work(session: Session, read_key: Callable[[], str]) -> None:
    """Ask the questions of a sitting one by one until they are answered or somebody quits."""
    shown: Question | None = None
    while (question := session.next()) is not None:
        if question is not shown:
            _show_question(session, question)
            shown = question
        key = _key(read_key)
        if key == "q":
            return
        _act(session, question, key)
    out.print("Nothing more to decide.")


def _act(session: Session, question: Question, key: str) -> None:
    if key in ("s", "d"):
        entry = session.decide(question, same=key == "s")
        told = "same person" if key == "s" else "different people"
        out.print(f"{told}. Undo: u, or {undo_command(entry.entry_id, session.desk.store.path)}",
                  markup=False)  # fmt: skip
    elif key == "l":
        session.later(question)
        out.print("later.")
    elif key == "u":
        out.print("Taken back." if session.undo() else "There is nothing to take back.")
    else:
        out.print(KEYS, style="dim")


def _key(read_key: Callable[[], str]) -> str:
    """Return the key pressed; the Cyrillic letters on the same keys count as well."""
    try:
        key = read_key().lower()
    except EOFError:
        return "q"
    return _CYRILLIC_KEYS.get(key, key)


_CYRILLIC_KEYS = {"ы": "s", "і": "s", "в": "d", "д": "l", "г": "u", "й": "q"}
"""Where the keys s, d, l, u and q lie on Ukrainian and Russian keyboards."""


def _show_question(session: Session, question: Question) -> None:
    link, view = question.link, session.desk.view
    out.print(f"\n{session.place[id(question)]} of {len(session.found)} · {question.words}",
              style="bold", markup=False)  # fmt: skip
    if question.conflict:
        out.print(question.conflict, markup=False, style="yellow")
    cards = [view.card(view.owner[record_id]) for record_id in (link.left, link.right)]
    claims = [
        next(claim for claim in card.claims if claim.record.record_id == record_id)
        for card, record_id in zip(cards, (link.left, link.right), strict=True)
    ]
    print_claims(claims)
    _print_others(session.desk, link)
    print_link(link)
    out.print(_as_it_stands(session, question), markup=False)
    out.print(KEYS, markup=False)


def _as_it_stands(session: Session, question: Question) -> str:
    """Say what the register holds now, and what each of the two keys would make of it."""
    left, right = session.sides(question)
    owner, number = session.desk.view.owner, len(left) + len(right)
    if owner[question.link.left] == owner[question.link.right]:
        return (
            f"As it stands they are one person. s keeps all {number} records together; "
            f"d parts {' and '.join(left)} from {' and '.join(right)}."
        )
    return (
        "As it stands they are two people, each with a seat. "
        f"s makes one person of all {number} records; d keeps the two apart."
    )


def _print_others(desk: Desk, link: Link) -> None:
    """Print the other claims of the one or two persons that a pair is about, a line each."""
    persons = dict.fromkeys(desk.view.owner[record_id] for record_id in (link.left, link.right))
    for person in persons:
        others = [r for r in person.record_ids if r not in (link.left, link.right)]
        if others:
            out.print(f"  {person.person_id} also has:", markup=False, style="dim")
        for record_id in others:
            out.print(f"    {record_id}  {_name(desk, record_id)}", markup=False, style="dim")


# ---------------------------------------------------------------------------------- batch file


def _decide_file(desk: Desk, path: Path, by: str, *, anyway: bool, as_json: bool) -> None:
    from safepassage.adapters.register_answers import read_decisions

    known = frozenset(desk.view.records)
    in_force = () if anyway else desk.view.in_force
    read = read_decisions(path, known, in_force, desk.view.groups)
    before = desk.result
    entries = desk.append(read.decisions, by) if read.decisions else ()
    if entries:
        before = desk.relink()
    document = change_document(before, desk, entries) | {
        "decided": len(entries),
        "findings": [finding.to_json() for finding in read.findings],
    }
    if as_json:
        print_json(document)
    else:
        out.print(f"{len(entries)} decisions kept; {len(read.findings)} rows not used.")
        print_change({**document, "undo": document["undo"][:3]})
        for finding in read.findings:
            err.print(str(finding), markup=False, style="red")
    if read.findings:
        raise typer.Exit(EXIT_RULE_BROKEN)
