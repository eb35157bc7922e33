"""``safepassage register backup, restore, erase, retire, rekey``: keeping, and ceasing to keep."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import err, out, print_json
from safepassage.cli.register.common import (
    ByOption,
    KeysOption,
    PassphraseOption,
    StoreOption,
    now,
    open_store,
    passphrase,
    ring_of,
)
from safepassage.cli.register.store import NEW_VARIABLE, JsonOption, NewKeyFile, new_secret
from safepassage.errors import Finding, InputError, UsageError

if TYPE_CHECKING:
    from safepassage.adapters.store.keyring import KeyRing

BACKUP_VARIABLE = "SAFEPASSAGE_BACKUP_PASSPHRASE"

BACKUP_EPILOG = (
    "Example: safepassage register backup --register op.store --to op-0211.age "
    "--recipient age1…  (make a pair of keys with age-keygen)"
)
RESTORE_EPILOG = (
    "Example: safepassage register restore op-0211.age --to op-new.store --identity key.txt "
    "--newer-keys op.store.keys"
)
ERASE_EPILOG = (
    "Example: safepassage register erase council-7k2m9p:12 --reason asked --register op.store"
)
RETIRE_EPILOG = "Example: safepassage register retire --on 2026-03-01 --register op.store"
REKEY_EPILOG = "Example: safepassage register rekey --register op.store"

OLD_COPIES = (
    "Backups and copies made before, and old key rings, can still open what was erased here: "
    "destroy them, or let their keys expire. Other copies of the register erase it when they "
    "absorb this one."
)

YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


# ---------------------------------------------------------------------------------- backup


def backup(
    register: StoreOption,
    to: Annotated[Path, typer.Option(metavar="FILE", help="The backup; it must not exist yet.")],
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    recipient: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="age1… or ssh-… public key; may be repeated."),
    ] = None,
    backup_passphrase_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=f"Without recipients: its passphrase; otherwise {BACKUP_VARIABLE}, or asked.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write store and key ring into one encrypted file; the ring inside stays locked."""
    from safepassage.adapters.store import write_backup

    recipients = tuple(recipient or ())
    with open_store(register, keys, passphrase_file) as store:
        secret = "" if recipients else _backup_passphrase(backup_passphrase_file, confirm=True)
        size = write_backup(store, to, now(), recipients, secret)
        document = {"file": str(to), "bytes": size, "entries": store.head.count}
    if as_json:
        print_json(document)
        return
    out.print(f"{to}: {document['entries']} entries, {size} bytes.")
    out.print(
        "To use it somebody needs what opens it and, inside, what opens the key ring today: "
        "a later rekey does not change that. It can open what is erased after today."
    )


def _backup_passphrase(file: Path | None, *, confirm: bool) -> str:
    question = "Passphrase of the backup"
    return passphrase(file, question, variables=(BACKUP_VARIABLE,), confirm=confirm)


# --------------------------------------------------------------------------------- restore


def restore(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="A backup, or a store that cannot be opened.")
    ],
    to: Annotated[Path, typer.Option(metavar="STORE", help="The new store.")],
    keys: Annotated[
        Path | None,
        typer.Option(metavar="RING", help="For a store: its key ring, if not FILE.keys."),
    ] = None,
    passphrase_file: PassphraseOption = None,
    to_keys: Annotated[
        Path | None, typer.Option(metavar="RING", help="The new key ring, if not STORE.keys.")
    ] = None,
    identity: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For a backup: age identity that opens it."),
    ] = None,
    backup_passphrase_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=f"Or its passphrase; otherwise {BACKUP_VARIABLE}."),
    ] = None,
    newer_keys: Annotated[
        Path | None,
        typer.Option(
            metavar="RING",
            help="The register's latest key ring, if there is one: what was erased since the "
            "backup is erased again.",
        ),
    ] = None,
    newer_passphrase_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What opens it, if it is something else.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new store from a backup, or from what is whole in a damaged or older store file.

    The new store opens with what opened the old one's key ring. It is a copy of its own; what
    other copies hold comes back by absorbing them.
    """
    from safepassage.adapters.store import Keys, Opener, is_backup, restore_store

    secret = passphrase(passphrase_file, f"What opened the key ring of {source}")
    opener = Opener()
    if is_backup(source):
        opener = _opener(identity, backup_passphrase_file)
    newer = _newer(newer_keys, newer_passphrase_file, secret)
    target = Keys(ring_of(to, to_keys), secret)
    old = Keys(ring_of(source, keys), secret)
    store, found = restore_store(source, old, to, target, now(), opener, newer)
    with store:
        document = {
            "store": str(to),
            "keys": str(target.file),
            "copy": store.copy,
            "entries": found.entries,
            "left_out": found.left_out,
            "erased_again": found.erased,
            "records": len(store.state().records),
        }
    if as_json:
        print_json(document)
        return
    _print_restored(document, newer=newer is not None)


def _print_restored(document: dict[str, Any], *, newer: bool) -> None:
    out.print(
        f"{document['store']}: entries {document['entries']}, records {document['records']}. "
        f"Missing, damaged or edited, and not in it: {document['left_out']} entries. "
        f"Records erased again: {document['erased_again']}."
    )
    if not newer:
        out.print(
            "Without --newer-keys nothing is known of what was erased since; absorb another copy "
            "or erase it again."
        )


def _opener(identity: Path | None, backup_passphrase_file: Path | None) -> Any:
    from safepassage.adapters.store import Opener

    if identity is None:
        return Opener(passphrase=_backup_passphrase(backup_passphrase_file, confirm=False))
    try:
        lines = identity.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(Finding("this is no age identity file.", str(identity))) from error
    found = tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    if not found:
        raise InputError(Finding("the identity file holds no identity.", str(identity)))
    return Opener(identities=found)


def _newer(ring: Path | None, passphrase_file: Path | None, secret: str) -> KeyRing | None:
    from safepassage.adapters.store import Keys
    from safepassage.adapters.store.keyring import open_ring

    if ring is None:
        return None
    if passphrase_file is not None:
        secret = passphrase(passphrase_file, "")
    return open_ring(Keys(ring, secret))


# ----------------------------------------------------------------------------- erase, retire


def erase(
    records: Annotated[list[str], typer.Argument(metavar="RECORD...", help="Record ids.")],
    register: StoreOption,
    by: ByOption,
    reason: Annotated[str, typer.Option(help="asked (by the person) or retention.")],
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Destroy the keys of records, for good; that they existed stays known, by id and date."""
    from safepassage.adapters.store import erase as erase_records

    with open_store(register, keys, passphrase_file) as store:
        _confirm(len(set(records)), yes=yes)
        gone = erase_records(store, records, reason, by, now())
    _print_erased({"erased": list(gone)}, as_json=as_json)


def retire(
    register: StoreOption,
    by: ByOption,
    on: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The day it is.")
    ],
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Destroy the keys of every list whose retention ended before a day."""
    from safepassage.adapters.store import due
    from safepassage.adapters.store import erase as erase_records

    with open_store(register, keys, passphrase_file) as store:
        lists = due(store.state(), on.date().isoformat())
        ids = [record_id for _, found in lists for record_id in found]
        gone: tuple[str, ...] = ()
        if ids:
            _confirm(len(ids), yes=yes)
            gone = erase_records(store, ids, "retention", by, now())
        kept = [each.list_id for each in store.state().lists if not each.retain_until]
    document = {"lists": [list_id for list_id, _ in lists], "erased": list(gone)}
    _print_erased(document | {"without_retention": kept}, as_json=as_json)


def _confirm(count: int, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("Erasing is for good: say --yes.")
    typer.confirm(f"Erase {count} records for good?", abort=True, err=True)


def _print_erased(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    for list_id in document.get("lists", ()):
        out.print(f"List {list_id} is past its retention.", markup=False)
    out.print(f"Records erased: {len(document['erased'])}; their ids and dates stay.")
    for list_id in document.get("without_retention", ()):
        err.print(f"List {list_id} has no day on which its retention ends.", markup=False)
    if document["erased"]:
        out.print(OLD_COPIES)


# ----------------------------------------------------------------------------------- rekey


def rekey(
    register: StoreOption,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    new_passphrase_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=f"The new passphrase; otherwise {NEW_VARIABLE}, or asked."
        ),
    ] = None,
    key_file: NewKeyFile = None,
    as_json: JsonOption = False,
) -> None:
    """Give the key ring a new master key, and a new passphrase or key file; nothing else changes.

    Do it when somebody who knew the passphrase leaves, or a ring was seen by others.
    """
    from safepassage.adapters.store import Keys
    from safepassage.adapters.store import rekey as rekey_store

    with open_store(register, keys, passphrase_file) as store:
        secret = new_secret(key_file, new_passphrase_file, "New passphrase")
        rekey_store(store, Keys(store.ring.path, secret))
        document = {"keys": str(store.ring.path), "opened_by": store.ring.ways[0]["kind"]}
    if as_json:
        print_json(document)
        return
    out.print(f"{document['keys']} opens with the new {document['opened_by']} only.")
    out.print("Older copies of the ring, in backups too, still open with what opened them then.")
