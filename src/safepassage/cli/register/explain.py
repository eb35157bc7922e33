"""``safepassage register explain``: why the register thinks that these claims are one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json
from safepassage.cli.register.common import KeysOption, PassphraseOption, StoreOption
from safepassage.cli.register.desk import Desk, at_desk, person_meant
from safepassage.cli.register.sheet import (
    WITHDREW,
    birth_words,
    claim_rows,
    person_document,
    print_claims,
)

if TYPE_CHECKING:
    from safepassage.core.register.entries import Answered
    from safepassage.core.register.types import Link, Person
    from safepassage.core.register.view import Claim, Near, PersonCard, Said

EPILOG = (
    "Examples: safepassage register explain P-0A1B2C3D --register op.store | "
    "safepassage register explain council:14 --register op.store"
)


def explain(
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="Token of a person, or a record LIST:ROW.")
    ],
    register: StoreOption,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show every source's claim about a person side by side, and each piece of evidence in words.

    Also: what would have to be otherwise, who is near and was kept apart, the household and why,
    corrections, objections, answers with date, form and who asked, and what people decided.
    """
    with at_desk(register, keys, passphrase_file) as desk:
        meant = person_meant(desk.view, person)
        if as_json:
            print_json(document_of(desk, meant))
        else:
            _print(desk, meant)


# --------------------------------------------------------------------------------------- JSON


def document_of(desk: Desk, person: Person) -> dict[str, Any]:
    """Return everything about a person as JSON; weights in words and in bits."""
    view = desk.view
    card = view.card(person)
    held = view.holding(person)
    return person_document(card) | {
        "claims": [_claim_document(claim) for claim in card.claims],
        "held_by": [link_document(link) for link in held.links],
        "against": [link_document(link) for link in held.against],
        "near": [
            {"person": near.person.person_id, **link_document(near.link)}
            for near in view.near(person)
        ],
        "household_members": list(card.household.person_ids),
        "household_place": card.household.place_id,
        "household_reasons": [
            {"list": list_id, "household_key": key, "members": members}
            for list_id, key, members in view.reasons_of_household(card.household)
        ],
        "answers": [_answer_document(answer) for answer in card.answers],
        "decisions": [_said_document(said) for said in view.decisions(person.record_ids)],
    }


def link_document(link: Link) -> dict[str, Any]:
    """Return a compared pair with its evidence in words."""
    from safepassage.core.register.explain import chance_in_words, otherwise, strength

    return {
        "left": link.left,
        "right": link.right,
        "probability": link.probability,
        "chance": chance_in_words(link.probability),
        "one_person": link.accepted,
        "evidence": [
            {
                "field": each.field,
                "finding": each.finding,
                "speaks": strength(each.weight_bits),
                "bits": each.weight_bits,
            }
            for each in link.evidence
        ],
        "otherwise": list(otherwise(link)),
    }


def _claim_document(claim: Claim) -> dict[str, Any]:
    return {
        "record": claim.record.record_id,
        "row": claim.record.row,
        "says": {label: cells[0] for label, cells in claim_rows([claim])},
        "corrections": [_said_document(said) for said in claim.corrections],
        "contests": [_said_document(said) for said in claim.contests],
    }


def _said_document(said: Said) -> dict[str, str]:
    return {"entry": said.entry_id, "at": said.at, "by": said.by, "words": said.words}


def _answer_document(answer: Answered) -> dict[str, Any]:
    return {
        "record": answer.record_id,
        "asked_on": answer.asked_on,
        "asked_by": answer.asked_by,
        "form": answer.form,
        "form_id": answer.form_id,
        "told": sorted(topic.value for topic in answer.told),
        "choice": answer.choice.value,
        "destinations": None if answer.destinations is None else list(answer.destinations),
        "needs": None if answer.needs is None else sorted(need.value for need in answer.needs),
        "consents": {question.value: consent.value for question, consent in answer.consents},
        "status": answer.status.value if answer.status else None,
    }


# -------------------------------------------------------------------------------------- screen


def _print(desk: Desk, person: Person) -> None:
    view = desk.view
    card = view.card(person)
    _print_head(card)
    _heading("What the sources say")
    print_claims(card.claims)
    _print_held(desk, card)
    _print_near(desk, view.near(person))
    _print_household(desk, card)
    _print_said("Corrections and objections", _about_claims(card))
    _print_answers(card.answers)
    _print_said("What people decided", view.decisions(person.record_ids))
    _print_next(desk, card)


def _heading(text: str) -> None:
    out.print(f"\n{text}", style="bold")


def _print_head(card: PersonCard) -> None:
    out.print(f"{card.person.person_id}  {' / '.join(card.spellings)}", markup=False, style="bold")
    facts = card.facts
    told = [f"status: {card.status}", f"choice: {_words(facts.choice.value)}"]
    told.append(f"consent to be registered: {_words(facts.consent.value)}")
    if facts.needs:
        told.append(f"needs: {', '.join(sorted(need.value for need in facts.needs))}")
    out.print(" · ".join(told), markup=False)
    if card.withdrew:
        out.print(WITHDREW, style="yellow")
    if card.contested:
        out.print("contested: somebody says that a claim is wrong or false", style="yellow")


def _print_held(desk: Desk, card: PersonCard) -> None:
    held = desk.view.holding(card.person)
    if len(card.claims) == 1:
        _heading("One claim only: nothing was joined.")
        return
    _heading("What holds the claims together")
    for link in held.links:
        print_link(link)
    if held.against:
        _heading("What speaks against it")
        for link in held.against:
            print_link(link)


def print_link(link: Link) -> None:
    """Print a compared pair: the chance, each finding with its weight in words, what would tip."""
    from safepassage.core.register.explain import chance_in_words, otherwise, strength

    chance = chance_in_words(link.probability)
    out.print(f"  {link.left} and {link.right}: one person with a chance of {chance}", markup=False)
    width = max((len(strength(each.weight_bits)) for each in link.evidence), default=0)
    for each in link.evidence:
        told = strength(each.weight_bits)
        style = "green" if each.weight_bits > 0 else "red"
        out.print(f"    {told:<{width}}  {each.finding}", markup=False,
                  style="dim" if told.startswith("hardly") else style)  # fmt: skip
    for sentence in otherwise(link):
        out.print(f"    {sentence}", markup=False)


def _print_near(desk: Desk, near: Sequence[Near]) -> None:
    if not near:
        _heading("Nobody else is near.")
        return
    _heading("Near, and kept apart (each keeps a seat)")
    for each in near:
        card = desk.view.card(each.person)
        births = ", ".join(dict.fromkeys(filter(None, map(birth_words, _births(card)))))
        names = " / ".join(card.spellings)
        out.print(f"  {each.person.person_id}  {names}  {births}", markup=False)
        print_link(each.link)


def _births(card: PersonCard) -> list[Any]:
    return [claim.record.birth for claim in card.claims]


def _print_household(desk: Desk, card: PersonCard) -> None:
    house = card.household
    if len(house.person_ids) == 1:
        _heading("No list names anybody else of the household.")
        return
    place = f", at {house.place_id}" if house.place_id else ", place unknown"
    _heading(f"Household {house.household_id}{place}")
    for person_id in house.person_ids:
        member = desk.view.card(desk.view.person(person_id))
        out.print(f"  {person_id}  {' / '.join(member.spellings[:2])}", markup=False)
    for list_id, key, members in desk.view.reasons_of_household(house):
        out.print(f"  because {list_id} puts {members} of them under household '{key}'",
                  markup=False)  # fmt: skip


def _about_claims(card: PersonCard) -> list[Said]:
    return [said for claim in card.claims for said in (*claim.corrections, *claim.contests)]


def _print_said(title: str, said: Sequence[Said]) -> None:
    if said:
        _heading(title)
    for each in said:
        out.print(f"  {each.at[:16]}Z {each.by}: {each.words} [{each.entry_id}]", markup=False)


def _print_answers(answers: Sequence[Answered]) -> None:
    if answers:
        _heading("Answers")
    for answer in answers:
        told = ", ".join(sorted(topic.value for topic in answer.told)) or "nothing on record"
        said = [f"choice {_words(answer.choice.value)}"]
        said += [f"{q.value} {_words(c.value)}" for q, c in answer.consents]
        if answer.destinations:
            said.append(f"wants to go to {', '.join(answer.destinations)}")
        out.print(
            f"  {answer.asked_on}, {answer.form or 'form unknown'}, asked by {answer.asked_by} "
            f"(told: {told}): {', '.join(said)}",
            markup=False,
        )


def _words(value: str) -> str:
    return value.replace("_", " ")


def _print_next(desk: Desk, card: PersonCard) -> None:
    store = f"--register {desk.store.path}"
    _heading("To decide otherwise")
    if len(card.claims) > 1:
        last = card.claims[-1].record.record_id
        out.print(
            f"  safepassage register split {card.person.person_id} --record {last} {store}",
            markup=False,
        )
    out.print(f"  safepassage register merge {card.person.person_id} PERSON {store}", markup=False)
    out.print(
        f"  safepassage register correct {card.claims[0].record.record_id} FIELD VALUE "
        f"--said-by person {store}",
        markup=False,
    )
