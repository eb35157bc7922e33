"""``safepassage register merge, split, correct, contest``: what a person decides, as entries.

Decisions name records and not tokens, so they hold whatever is linked later, and each can be
undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json
from safepassage.cli.register.common import (
    ByOption,
    KeysOption,
    PassphraseOption,
    StoreOption,
    now,
)
from safepassage.cli.register.desk import (
    Desk,
    at_desk,
    change_document,
    person_meant,
    print_change,
    record_meant,
)
from safepassage.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from safepassage.core.register.entries import Body, Verdict
    from safepassage.core.register.types import Person

MERGE_EPILOG = (
    "Example: safepassage register merge P-0A1B2C3D P-9X8Y7Z6W --reason 'same passport seen' "
    "--by clerk-1 --register op.store"
)
SPLIT_EPILOG = (
    "Examples: safepassage register split P-0A1B2C3D --record council:14 --by clerk-1 "
    "--register op.store | safepassage register split P-0A1B2C3D --all --by clerk-1 "
    "--register op.store"
)
CORRECT_EPILOG = (
    "Examples: safepassage register correct council:14 birth 1961-03-04 --said-by person "
    "--by clerk-1 --register op.store | safepassage register correct council:14 status already_out "
    "--said-by relative --by clerk-1 --register op.store"
)
CONTEST_EPILOG = (
    "Example: safepassage register contest council:14 --said-by person --reason 'I am not missing' "
    "--by clerk-1 --register op.store"
)
WITHDRAW_EPILOG = (
    "Example: safepassage register withdraw P-0A1B2C3D --form oral --by clerk-1 --register op.store"
)
FORMS = ("written", "oral", "proxy")
SPEAKERS = ("person", "relative", "source", "staff", "document")

_LEAST_DIGITS = 5
_NAMES = frozenset({"full_name", "surname", "given_name", "patronymic", "maiden_name"})

ReasonOption = Annotated[
    str, typer.Option(metavar="TEXT", help="Why, in your words; kept with the decision.")
]
AnywayOption = Annotated[
    bool,
    typer.Option("--anyway", help="Decide against an earlier decision; both stay in the history."),
]
SaidByOption = Annotated[
    str,
    typer.Option(
        "--said-by",
        metavar="WHO",
        help="person, relative, source, staff, or document (a paper that you saw).",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def merge(
    persons: Annotated[
        list[str], typer.Argument(metavar="PERSON PERSON...", help="Tokens or records.")
    ],
    register: StoreOption,
    by: ByOption,
    reason: ReasonOption = "",
    anyway: AnywayOption = False,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that persons are one: all of their records, whatever is linked later.

    A false merge loses a human being: where somebody decided earlier that they are different, this
    is refused and says who, unless --anyway is given.
    """
    with at_desk(register, keys, passphrase_file) as desk:
        document = _merge(desk, persons, by, reason, anyway=anyway)
    _show(document, as_json=as_json)


def split(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Token or record.")],
    register: StoreOption,
    by: ByOption,
    record: Annotated[
        list[str] | None,
        typer.Option(metavar="LIST:ROW", help="A record that is somebody else; repeatable."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Each record is a person of its own.")
    ] = False,
    reason: ReasonOption = "",
    anyway: AnywayOption = False,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that some of a person's records are somebody else; they stay apart ever after.

    Of the records given with --record nothing is said among themselves: the evidence decides
    whether they are one person.
    """
    if bool(record) == every:
        raise UsageError("give --record for what is somebody else, or --all.")
    with at_desk(register, keys, passphrase_file) as desk:
        document = _split(desk, person, record or [], by, reason, anyway=anyway)
    _show(document, as_json=as_json)


def correct(
    record: Annotated[str, typer.Argument(metavar="LIST:ROW", help="The record.")],
    field: Annotated[str, typer.Argument(metavar="FIELD", help="Such as birth or stay_place.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="As it should be; '' for unknown.")],
    register: StoreOption,
    by: ByOption,
    said_by: SaidByOption,
    reason: ReasonOption = "",
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct a field of a record; what the source wrote stays beside it.

    Fields: full_name, surname, given_name, patronymic, maiden_name, sex, birth (YYYY-MM-DD, or two
    days with / between), stay_place, birth_place, household_key, phone, email, status (present,
    unknown, already_out, deceased).
    """
    from safepassage.core.register.entries import Corrected

    _check_speaker(said_by)
    with at_desk(register, keys, passphrase_file) as desk:
        meant = record_meant(desk.view, record)
        correction = Corrected(meant, field, value, said_by, reason)
        _check_value(correction)
        document = _append(desk, [correction], by)
    _show(document, as_json=as_json)


def contest(
    record: Annotated[str, typer.Argument(metavar="LIST:ROW", help="The record.")],
    register: StoreOption,
    by: ByOption,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What is wrong, in their words.")],
    said_by: SaidByOption = "person",
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note that somebody calls a record wrong or false; it is shown so until a person has decided.

    Nothing is removed: an objection by the wrong person must not make a sought one vanish.
    """
    from safepassage.core.register.entries import Contested

    _check_speaker(said_by)
    if not reason.strip():
        raise UsageError("--reason is empty; say in their words what is wrong.")
    with at_desk(register, keys, passphrase_file) as desk:
        objection = Contested(record_meant(desk.view, record), said_by, reason)
        document = _append(desk, [objection], by)
    document["note"] = f"{objection.record_id} is contested, as said by {said_by}: {reason}"
    _show(document, as_json=as_json)


def withdraw(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Token or record.")],
    register: StoreOption,
    by: ByOption,
    form: Annotated[str, typer.Option(metavar="FORM", help="written, oral or proxy.")] = "oral",
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note that a person does not want to be registered any more.

    From now on no list, export or plan carries them; they are still counted, and a search still
    says that they were registered and withdrew. To destroy what is known of them as well, use
    'register erase' for each of their records. A later yes brings them back.
    """
    if form not in FORMS:
        raise UsageError(f"--form is '{form}'; accepted: {', '.join(FORMS)}.")
    with at_desk(register, keys, passphrase_file) as desk:
        document = _withdraw(desk, person, by, form)
    if as_json:
        print_json(document)
    elif not document["entries"]:
        out.print(f"{document['person']} had withdrawn already; nothing was added.", markup=False)
    else:
        out.print(f"Kept as {document['entries'][0]}.", markup=False)
        out.print(f"{document['person']} withdrew: in no list, export or plan from now on.",
                  markup=False)  # fmt: skip
        out.print(f"Undo: {document['undo'][0]}", markup=False)


def _withdraw(desk: Desk, written: str, by: str, form: str) -> dict[str, Any]:
    from safepassage.core.register.entries import Answered
    from safepassage.core.register.types import Consent, ConsentQuestion

    person = person_meant(desk.view, written)
    if person.person_id in desk.result.withdrawn:
        return {"person": person.person_id, **change_document(desk.result, desk, ())}
    record_id = desk.result.naming.earliest(person.record_ids)
    refused = ((ConsentQuestion.REGISTERED, Consent.NO),)
    answer = Answered(record_id, now()[:10], by, form, consents=refused)
    entries = desk.append([answer], by)
    before = desk.relink()
    return {"person": person.person_id, **change_document(before, desk, entries)}


# ------------------------------------------------------------------------------ merge and split


def _merge(
    desk: Desk, written: Sequence[str], by: str, reason: str, *, anyway: bool
) -> dict[str, Any]:
    from safepassage.core.register.entries import Decided, Verdict

    persons = list(dict.fromkeys(person_meant(desk.view, each) for each in written))
    first, *others = persons
    if not others:
        return _confirm(desk, first, written, by, reason)
    rest = tuple(record_id for person in others for record_id in person.record_ids)
    pairs = [
        (a, b) for x, y in combinations(persons, 2) for a in x.record_ids for b in y.record_ids
    ]
    _refuse_against(desk, Verdict.SAME, pairs, anyway=anyway)
    return _append(desk, [Decided(Verdict.SAME, first.record_ids, rest, reason)], by)


def _split(
    desk: Desk, written: str, out_of_it: Sequence[str], by: str, reason: str, *, anyway: bool
) -> dict[str, Any]:
    from safepassage.core.register.entries import Verdict

    person = person_meant(desk.view, written)
    if len(person.record_ids) == 1:
        raise UsageError(f"{person.person_id} has one record only; there is nothing to split.")
    apart = [record_meant(desk.view, each) for each in out_of_it]
    strangers = [each for each in apart if each not in person.record_ids]
    if strangers:
        raise UsageError(f"{', '.join(strangers)} is no record of {person.person_id}.")
    if set(apart) == set(person.record_ids):
        raise UsageError("these are all of the person's records; --all sets each apart.")
    groups = _groups(person.record_ids, apart)
    pairs = [(a, b) for x, y in combinations(groups, 2) for a in x for b in y]
    _refuse_against(desk, Verdict.DIFFERENT, pairs, anyway=anyway)
    return _append(desk, list(_apart(groups, reason)), by)


def _confirm(
    desk: Desk, person: Person, written: Sequence[str], by: str, reason: str
) -> dict[str, Any]:
    """Keep that somebody checked: it is one person, however it is linked later."""
    from safepassage.core.register.entries import Decided, Verdict

    if len(written) < 2 or len(person.record_ids) < 2:
        raise UsageError("name two persons or more, or two records of one to confirm them.")
    pair = person.record_ids[0], person.record_ids[1:]
    return _append(desk, [Decided(Verdict.SAME, (pair[0],), pair[1], reason)], by) | {
        "note": f"They were one person already ({person.person_id}); that is confirmed now."
    }


def _groups(record_ids: Sequence[str], apart: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the groups that are to be different people; each record its own if none is given."""
    if not apart:
        return [(record_id,) for record_id in record_ids]
    return [tuple(r for r in record_ids if r not in apart), tuple(sorted(set(apart)))]


def _apart(groups: Sequence[tuple[str, ...]], reason: str) -> Iterable[Body]:
    from safepassage.core.register.entries import Decided, Verdict

    for at, group in enumerate(groups[:-1]):
        others = tuple(record_id for other in groups[at + 1 :] for record_id in other)
        yield Decided(Verdict.DIFFERENT, group, others, reason)


def _refuse_against(
    desk: Desk, verdict: Verdict, pairs: Iterable[tuple[str, str]], *, anyway: bool
) -> None:
    """Refuse to decide against an earlier decision unaware of it."""
    earlier = () if anyway else desk.view.against(verdict, pairs)
    if not earlier:
        return
    told = "; ".join(
        f"on {each.at[:10]} {each.by or 'somebody'} decided: {each.words} ({each.entry_id})"
        for each in earlier
    )
    raise RefusedError(
        f"This contradicts what was decided: {told}. 'register undo {earlier[-1].entry_id}' takes "
        "that back; --anyway decides anew and keeps both in the history."
    )


# ------------------------------------------------------------------------------------- checks


def _check_speaker(said_by: str) -> None:
    if said_by not in SPEAKERS:
        raise UsageError(f"--said-by is '{said_by}'; accepted: {', '.join(SPEAKERS)}.")


def _check_value(correction: Any) -> None:
    from safepassage.core.register.effective import CORRECTABLE_TEXT, corrected_value

    accepted = sorted({*CORRECTABLE_TEXT, "birth", "sex", "status"})
    if correction.field_name not in accepted:
        raise UsageError(
            f"'{correction.field_name}' cannot be corrected; accepted: {', '.join(accepted)}."
        )
    try:
        corrected_value(correction)
    except ValueError as error:
        raise UsageError(f"{error}.") from None
    _check_text(correction)


def _check_text(correction: Any) -> None:
    """Refuse what is no phone, address or name, and an emptied name without a reason."""
    name, value = correction.field_name, correction.value.strip()
    digits = sum(each.isdigit() for each in value)
    if name == "phone" and value and digits < _LEAST_DIGITS:
        raise UsageError(f"this is no phone; accepted: {_LEAST_DIGITS} digits or more, or ''.")
    if name == "email" and value and "@" not in value:
        raise UsageError("this is no e-mail address, which holds an @; '' for unknown.")
    if name in _NAMES and value and not any(map(str.isalpha, value)):
        raise UsageError(f"this is no {name.replace('_', ' ')}: it holds no letter.")
    if name in _NAMES and not value and not correction.reason.strip():
        raise UsageError(f"this empties the {name.replace('_', ' ')}; say why with --reason.")


def _append(desk: Desk, bodies: Sequence[Body], by: str) -> dict[str, Any]:
    entries = desk.append(bodies, by)
    before = desk.relink()
    return change_document(before, desk, entries)


def _show(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    out.print(f"Kept as {', '.join(document['entries'])}.", markup=False)
    if document.get("note"):
        out.print(document["note"], markup=False)
    print_change(document)
