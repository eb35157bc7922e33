"""``safepassage register find``: who is in the register, however the name is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json
from safepassage.cli.register.common import KeysOption, PassphraseOption, StoreOption
from safepassage.cli.register.desk import Desk, at_desk
from safepassage.cli.register.sheet import person_document, print_person
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.core.register.search import Hit
    from safepassage.core.register.types import Person
    from safepassage.core.register.view import Found, Said

EPILOG = (
    'Examples: safepassage register find "Evgeni Ivanenko" --register op.store | '
    "safepassage register find --village Makhnovka --year 1961 --register op.store | "
    "safepassage register find P-0A1B2C3D --register op.store"
)


def find(
    register: StoreOption,
    name: Annotated[
        str,
        typer.Argument(
            help="Name in any script, order and spelling; or a token of a person or household."
        ),
    ] = "",
    household: Annotated[
        str, typer.Option(metavar="KEY", help="Household token, or a list's household key.")
    ] = "",
    village: Annotated[
        str, typer.Option(metavar="NAME", help="Village of stay or birth, any spelling.")
    ] = "",
    year: Annotated[int | None, typer.Option(min=1800, max=2200, help="Year of birth.")] = None,
    phone: Annotated[str, typer.Option(metavar="NUMBER", help="Phone, in any notation.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most persons shown.")] = 10,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Find a person by name, household, village, year or phone, or by a token printed earlier.

    Shows names and places: on this screen only. Nobody is ever said not to exist because an entry
    was erased or withdrawn: that such entries existed is said.
    """
    if not any((name.strip(), household, village, year, phone)):
        raise UsageError("say whom to find: a name, or --household, --village, --year or --phone.")
    with at_desk(register, keys, passphrase_file) as desk:
        document = _answer(desk, name, household, village, year, phone, limit)
    if as_json:
        print_json(document)
    else:
        _print(document, register)


def _answer(
    desk: Desk, name: str, household: str, village: str, year: int | None, phone: str, limit: int
) -> dict[str, Any]:
    from safepassage.core.register.tokens import looks_like_token

    if looks_like_token(name):
        return _by_token(desk, name)
    if looks_like_token(household) and not any((name, village, year, phone)):
        return _by_token(desk, household)
    if ":" in name and (record_ids := desk.view.record_ids_like(name)):
        return _by_row(desk, name, record_ids)
    hits = _hits(desk, name, household, village, year, phone, limit)
    notes = []
    if hits and all("another given name" in hit.why for hit in hits):
        notes = [f"Nobody fits '{name}' as a whole. Of that surname there are:"]
    persons = [_candidate(desk, desk.view.owner[hit.record_id], hit) for hit in hits]
    return {"persons": persons, "notes": notes, "erased": _erased(desk)}


def _by_row(desk: Desk, written: str, record_ids: Sequence[str]) -> dict[str, Any]:
    found = desk.view.holders(record_ids)
    notes = [f"{written} is a row of:"] if found.persons else []
    notes += [
        f"Row {each.record_id} was erased on {each.erased_at[:10]} ({each.reason})."
        for each in found.erased
    ]
    persons = [_candidate(desk, person) for person in found.persons]
    return {"persons": persons, "notes": notes, "erased": _erased(desk)}


def _hits(
    desk: Desk, name: str, household: str, village: str, year: int | None, phone: str, limit: int
) -> tuple[Hit, ...]:
    from safepassage.adapters.register_store import gazetteer_of_state
    from safepassage.core.register.search import NameIndex
    from safepassage.core.register.tokens import looks_like_token

    state, members = desk.result.state, None
    records = state.records
    if looks_like_token(household):
        members = {p for h in desk.view.household_of(household) for p in h.person_ids}
        records = tuple(r for r in records if desk.view.owner[r.record_id].person_id in members)
        household = ""
    owners = {record_id: person.person_id for record_id, person in desk.view.owner.items()}
    index = NameIndex.build(records, gazetteer_of_state(state), owners)
    return index.find(name, limit, household=household, place=village, year=year, phone=phone)


def _candidate(desk: Desk, person: Person, hit: Hit | None = None) -> dict[str, Any]:
    card = desk.view.card(person)
    document = person_document(card, private=not card.withdrew)
    document["possible_duplicates"] = [
        near.person.person_id for near in desk.view.near(person) if near.link.probability >= _LIKELY
    ]
    if hit is not None:
        document |= {"score": hit.score, "why": list(hit.why)}
    return document


_LIKELY = 0.1
"""Probability from which a person kept apart is named as a possible duplicate in a search."""


# ------------------------------------------------------------------------------------- tokens


def _by_token(desk: Desk, token: str) -> dict[str, Any]:
    from safepassage.core.register.tokens import HOUSEHOLD, tidy_token

    view = desk.view
    if tidy_token(token).startswith(HOUSEHOLD):
        houses = view.household_of(token)
        members = [view.person(p) for house in houses for p in house.person_ids]
        found = view.holders(view.tokens.of(token))
        notes = [f"{tidy_token(token)} is now {h.household_id}." for h in houses
                 if h.household_id != tidy_token(token)]  # fmt: skip
    else:
        found = view.resolve(token)
        members = list(found.persons)
        notes = _what_happened(desk, tidy_token(token), found)
    notes += [
        f"The entry behind {tidy_token(token)} was there from {each.entered_at[:10]} and was "
        f"erased on {each.erased_at[:10]} ({each.reason})."
        for each in found.erased
    ]
    if not members and not found.erased:
        notes.append(f"{tidy_token(token)} was never given out by this register.")
    persons = [_candidate(desk, person) for person in members]
    return {"persons": persons, "notes": notes, "erased": _erased(desk)}


def _what_happened(desk: Desk, token: str, found: Found) -> list[str]:
    """Say what became of a token since it was printed."""
    notes = []
    for person in found.persons:
        decisions = desk.view.decisions(person.record_ids)
        if found.renamed:
            told = _STILL_THERE if found.erased else _joined_by(decisions)
            notes.append(f"{token} is now {person.person_id}: {told}")
        notes += [f"{each.at[:10]}, {each.by}: {each.words}." for each in decisions]
    return notes


_STILL_THERE = "the entry that it was made from is erased, others of this person are there."


def _joined_by(decisions: Sequence[Said]) -> str:
    if decisions:
        return "the entry that it stood for belongs to this person."
    return (
        "the entry that it stood for belongs to this person, as the lists say together; "
        "'register explain' shows why."
    )


def _erased(desk: Desk) -> list[dict[str, Any]]:
    """Return how many entries were erased, by list, day and reason."""
    times = Counter(
        (each.list_id, each.erased_at[:10], each.reason) for each in desk.result.state.erased
    )
    return [
        {"list": list_id, "erased_on": day, "reason": reason, "entries": number}
        for (list_id, day, reason), number in sorted(times.items())
    ]


def _print(document: dict[str, Any], register: Path) -> None:
    for note in document["notes"]:
        out.print(note, markup=False)
    for number, person in enumerate(document["persons"], start=1):
        near = len(person["possible_duplicates"])
        print_person(person, number, person.get("why", ()), near)
    if not document["persons"]:
        out.print("Nobody in the register fits.")
    elif "household" in document["persons"][0]:
        first = document["persons"][0]["person"]
        out.print(f"Why: safepassage register explain {first} --register {register}", markup=False)
    if document["erased"]:
        _print_erased(document["erased"])


def _print_erased(erased: Sequence[dict[str, Any]]) -> None:
    number = sum(each["entries"] for each in erased)
    told = "; ".join(
        f"{each['entries']} of {each['list']} on {each['erased_on']} ({each['reason']})"
        for each in erased
    )
    out.print(
        f"{number} entries were erased and can no longer be searched by name: {told}. Whoever is "
        "not above may have been among them.",
        markup=False,
    )
