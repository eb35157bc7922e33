"""``safepassage register new, status, copy, absorb``: the store itself and its copies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json
from safepassage.cli.register.common import (
    PASSPHRASE_VARIABLE,
    ByOption,
    KeysOption,
    PassphraseOption,
    StoreOption,
    now,
    open_other,
    open_store,
    passphrase,
    ring_of,
    strong,
)
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.adapters.store import RegisterStore
    from safepassage.core.register.entries import PlacesGiven
    from safepassage.core.register.types import ListRecord

NEW_VARIABLE = "SAFEPASSAGE_NEW_PASSPHRASE"

NEW_EPILOG = (
    "Example: safepassage register new --register op.store --keys /media/stick/op.keys "
    "--scenario my-scenario --by registrar-1"
)
STATUS_EPILOG = "Example: safepassage register status --register op.store"
COPY_EPILOG = "Example: safepassage register copy --register op.store --to north.store"
ABSORB_EPILOG = (
    "Example: safepassage register absorb /media/stick/north.store --register op.store. "
    "What the other copy lacks it gets by absorbing this one in its turn."
)

NewKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        help="Make a key file there that opens the ring instead of a passphrase. Keep it on a "
        "stick, apart from the store: whoever has both can read everything.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


# ------------------------------------------------------------------------------------- new


def new(
    register: StoreOption,
    by: ByOption,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    key_file: NewKeyFile = None,
    scenario: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Scenario whose places spellings are recognised by."),
    ] = None,
    places: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="places.csv with the columns place_id and name, and lat and lon if known.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new, empty register: an encrypted file, and its key ring apart from it."""
    from safepassage.adapters.store import Keys, RegisterStore

    given = _places(scenario, places)
    ring = ring_of(register, keys)
    variables = (NEW_VARIABLE, PASSPHRASE_VARIABLE)
    secret = new_secret(key_file, passphrase_file, f"New passphrase for {ring}", variables)
    with RegisterStore.create(register, Keys(ring, secret)) as store:
        if given.places:
            store.append([given], by, now())
        document = {
            "register": store.register,
            "copy": store.copy,
            "store": str(register),
            "keys": str(ring),
            "places": len({place for place, _ in given.places}),
        }
    if as_json:
        print_json(document)
        return
    out.print(f"Register {document['register']} is in {register}, its keys in {ring}.")
    out.print(
        "Without the key ring and what opens it nobody can read the register, you included: "
        "keep both, make backups, and keep the ring apart from the store."
    )


def new_secret(
    key_file: Path | None,
    passphrase_file: Path | None,
    question: str,
    variables: tuple[str, ...] = (NEW_VARIABLE,),
) -> str:
    """Return what shall open a ring from now on: a new key file, or a passphrase worth its name."""
    if key_file is None:
        return strong(passphrase(passphrase_file, question, variables=variables, confirm=True))
    from safepassage.adapters.store import new_key_file_text
    from safepassage.adapters.store.files import create_file

    text = new_key_file_text()
    create_file(key_file, text.encode())
    return text


def _places(scenario: Path | None, file: Path | None) -> PlacesGiven:
    from safepassage.core.register.entries import PlacesGiven

    if scenario and file:
        raise UsageError("--scenario and --places both name places; give one of them.")
    if scenario:
        return _places_of_scenario(scenario)
    return _places_of_file(file) if file else PlacesGiven(())


def _places_of_scenario(folder: Path) -> PlacesGiven:
    from safepassage.core.corridor.types import PlaceKind
    from safepassage.core.register.entries import PlacesGiven
    from safepassage.scenario.reader import read_scenario

    lived_in = {PlaceKind.SETTLEMENT, PlaceKind.ASSEMBLY_POINT}
    found = [each for each in read_scenario(folder).scenario.places if each.kind in lived_in]
    pairs = [
        (place.place_id, name)
        for place in found
        for name in (place.name, place.name_local, place.place_id)
    ]
    positions = tuple((place.place_id, float(place.lat), float(place.lon)) for place in found)
    return PlacesGiven(tuple(pair for pair in pairs if pair[1]), positions)


def _places_of_file(file: Path) -> PlacesGiven:
    import csv

    from safepassage.core.register.entries import PlacesGiven
    from safepassage.errors import Finding, InputError
    from safepassage.scenario.decode import decode

    decoded = decode(file.read_bytes())
    rows = list(csv.DictReader(decoded.text.splitlines())) if decoded else []
    if not rows or not {"place_id", "name"} <= rows[0].keys():
        raise InputError(Finding("the columns place_id and name were expected.", str(file), 1))
    names = [column for column in rows[0] if column in {"name", "name_local"}]
    pairs = ((row["place_id"], row[column]) for row in rows for column in names)
    positions = (_position(file, number, row) for number, row in enumerate(rows, 2))
    return PlacesGiven(
        tuple((place_id, name) for place_id, name in pairs if place_id and name),
        tuple(position for position in positions if position),
    )


def _position(file: Path, number: int, row: dict[str, str]) -> tuple[str, float, float] | None:
    """Return a row's position; None where the file has none."""
    from safepassage.errors import Finding, InputError

    if not row.get("lat") or not row.get("lon"):
        return None
    try:
        return row["place_id"], float(row["lat"]), float(row["lon"])
    except ValueError as error:
        found = (
            f"'{row['lat']}, {row['lon']}' is no position; accepted: degrees, as 51.23 and 35.27"
        )
        raise InputError(Finding(found, str(file), number, "lat")) from error


# ----------------------------------------------------------------------------------- status


def status(
    register: StoreOption,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is in the register and who may open it; no names."""
    with open_store(register, keys, passphrase_file) as store:
        document = _status(store)
    if as_json:
        print_json(document)
    else:
        _print_status(document)


def _status(store: RegisterStore) -> dict[str, Any]:
    state = store.state()
    per_list = Counter(record.list_id for record in state.records)
    rejected = Counter(row.list_id for row in state.rejected)
    erased = Counter(each.list_id for each in state.erased)
    remarks = store.ring.remarks
    return {
        "register": store.register,
        "copy": store.copy,
        "copies": sorted({row.copy for row in store.rows()} | {store.copy}),
        "entries": store.head.count,
        "digest": store.head.digest[:16],
        "lists": [
            {
                "list_id": each.list_id,
                "received_on": each.received_on,
                "reliability": each.reliability.value,
                "records": per_list[each.list_id],
                "rejected": rejected[each.list_id],
                "erased": erased[each.list_id],
                "retain_until": each.retain_until,
            }
            for each in state.lists
        ],
        "records": len(state.records),
        "undecided": sum(_is_undecided(record) for record in state.records),
        "answers": len(state.answers),
        "decisions": {"same": len(state.same), "different": len(state.different)},
        "conflicts": [[each.left, each.right, each.words] for each in state.conflicts],
        "contested": list(state.contested),
        "erased": len(state.erased),
        "opened_by": [str(way["kind"]) for way in store.ring.ways],
        "backups": [each for each in remarks if each["what"] == "backup"],
        "restored": [each for each in remarks if each["what"] == "restored"],
        "findings": list(state.findings),
    }


def _is_undecided(record: ListRecord) -> bool:
    from safepassage.core.register.types import Choice

    return record.choice in {Choice.UNDECIDED, Choice.NOT_ASKED}


def _print_status(document: dict[str, Any]) -> None:
    out.print(
        f"Register {document['register']}, copy {document['copy']}: {document['entries']} entries, "
        f"digest {document['digest']}. Note both down: they tell an older file."
    )
    for each in document["lists"]:
        until = f", to be erased after {each['retain_until']}" if each["retain_until"] else ""
        out.print(
            f"  {each['list_id']}: {each['records']} records, {each['rejected']} rows set aside, "
            f"{each['erased']} erased; received {each['received_on'] or 'on a day unknown'}, "
            f"reliability {each['reliability']}{until}"
        )
    out.print(
        f"{document['records']} records; {document['undecided']} have not chosen or were not "
        f"asked; {document['answers']} answers; {document['erased']} erased."
    )
    decided = document["decisions"]
    out.print(
        f"Decided by persons: {decided['same']} pairs the same, {decided['different']} different; "
        f"{len(document['conflicts'])} contradictions; {len(document['contested'])} contested."
    )
    for left, right, words in document["conflicts"]:
        out.print(f"  {left} and {right}: {words}", markup=False)
    out.print(f"Opened by: {', '.join(document['opened_by'])}. {_last_backup(document)}")
    for sentence in document["findings"]:
        out.print(sentence, markup=False)


def _last_backup(document: dict[str, Any]) -> str:
    if not document["backups"]:
        return "No backup was made from this copy."
    last = document["backups"][-1]
    behind = document["entries"] - last["entries"]
    return f"Last backup {last['at']} for {', '.join(last['opens'])}; {behind} entries since."


# ----------------------------------------------------------------------------- copy, absorb


def copy(
    register: StoreOption,
    to: Annotated[Path, typer.Option(metavar="FILE", help="The new copy.")],
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    to_keys: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Its key ring, if not FILE.keys.")
    ] = None,
    to_passphrase_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=f"Its passphrase; otherwise {NEW_VARIABLE}, or asked."),
    ] = None,
    key_file: NewKeyFile = None,
    as_json: JsonOption = False,
) -> None:
    """Make a second registrar's copy, under a passphrase of its own; copies merge with absorb."""
    from safepassage.adapters.store import Keys, copy_store

    with open_store(register, keys, passphrase_file) as store:
        ring = ring_of(to, to_keys)
        secret = new_secret(key_file, to_passphrase_file, f"Passphrase of {ring}, for its owner")
        with copy_store(store, to, Keys(ring, secret)) as made:
            document = {
                "register": made.register,
                "copy": made.copy,
                "store": str(to),
                "keys": str(ring),
                "entries": made.head.count,
            }
    if as_json:
        print_json(document)
        return
    out.print(f"Copy {document['copy']} with {document['entries']} entries is in {to}.")
    out.print(f"Its keys are in {ring}: carry the two apart, and say the passphrase by voice.")


def absorb(
    other: Annotated[Path, typer.Argument(metavar="OTHER", help="The other registrar's store.")],
    register: StoreOption,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    other_keys: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Its key ring, if not OTHER.keys.")
    ] = None,
    other_passphrase_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What opens its ring; otherwise SAFEPASSAGE_OTHER_PASSPHRASE, or you are asked.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take in what another copy of this register holds; nothing is lost or overwritten."""
    from safepassage.adapters.store import absorb as absorb_store

    with (
        open_store(register, keys, passphrase_file) as store,
        open_other(other, other_keys, other_passphrase_file) as second,
    ):
        before = len(store.state().conflicts)
        taken = absorb_store(store, second)
        state = store.state()
        document = {
            "entries": taken.entries,
            "erased": taken.erased,
            "records": len(state.records),
            "conflicts": [[each.left, each.right, each.words] for each in state.conflicts],
            "findings": list(state.findings),
        }
    if as_json:
        print_json(document)
        return
    out.print(
        f"Entries that came in: {taken.entries}. Records erased by the other copy: {taken.erased}. "
        f"Records in the register: {document['records']}."
    )
    if len(state.conflicts) > before:
        out.print("Independent decisions contradict each other; kept apart until decided again:")
    for each in state.conflicts:
        out.print(f"  {each.left} and {each.right}: {each.words}", markup=False)
    for sentence in state.findings:
        out.print(sentence, markup=False)
