"""Encrypted backups (age), and making a store anew from one or from what is left of a file."""

from __future__ import annotations

import io
import tarfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyrage

from safepassage.adapters.store.database import Database, Row
from safepassage.adapters.store.envelope import AlteredError, NewerError, opened, seen_reader
from safepassage.adapters.store.exchange import filled, in_reach
from safepassage.adapters.store.files import create_file, read_file
from safepassage.adapters.store.keyring import KeyRing, open_ring
from safepassage.adapters.store.store import RegisterStore
from safepassage.adapters.store.unlock import Keys
from safepassage.core.register.entries import Erased
from safepassage.errors import Finding, InputError, UsageError

AGE_MARK = b"age-encryption.org/"
STORE_MEMBER, RING_MEMBER = "register.store", "register.keys"


@dataclass(frozen=True, slots=True)
class Opener:
    """What opens a backup: age identities, or the passphrase that it was made with."""

    identities: tuple[str, ...] = ()
    passphrase: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restoration found.

    Parameters
    ----------
    entries, left_out
        Entries taken over, and those that were damaged or edited and could not be.
    erased
        Records erased again, because a newer key ring knew of their erasure.
    """

    entries: int
    left_out: int
    erased: int


# ----------------------------------------------------------------------------------- making


def write_backup(
    store: RegisterStore, path: Path, at: str, recipients: Sequence[str] = (), passphrase: str = ""
) -> int:
    """Write store and key ring into one file for `recipients`, or under a passphrase.

    The ring inside stays locked: whoever opens the backup needs what opens the ring, too.

    Parameters
    ----------
    recipients
        ``age1…`` or ``ssh-…`` public keys.

    Returns
    -------
    int
        Bytes written.

    Raises
    ------
    UsageError
        If nobody could open the backup, a recipient is none, or the file exists.
    """
    if bool(recipients) == bool(passphrase):
        raise UsageError("A backup is for recipients or under a passphrase: name one of the two.")
    with store.exclusive():
        content = _packed(store.serialized(), read_file(store.ring.path, "the key ring"))
        sealed = (
            pyrage.encrypt(content, [_recipient(each) for each in recipients])
            if recipients
            else pyrage.passphrase.encrypt(content, passphrase)
        )
        create_file(path, sealed)
        opens = list(recipients) or ["passphrase"]
        remark = {"what": "backup", "at": at, "entries": store.head.count, "opens": opens}
        store.ring.remarks.append(remark)
        store.ring.save()
    return len(sealed)


def _packed(store: bytes, ring: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in ((STORE_MEMBER, store), (RING_MEMBER, ring)):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def _recipient(text: str) -> pyrage.x25519.Recipient | pyrage.ssh.Recipient:
    kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(text)
    except pyrage.RecipientError as error:
        raise UsageError(f"'{text[:12]}…' is no age or SSH public key.") from error


# --------------------------------------------------------------------------------- restoring


def restore(
    source: Path,
    source_keys: Keys,
    to: Path,
    keys: Keys,
    at: str,
    opener: Opener = Opener(),
    newer: KeyRing | None = None,
) -> tuple[RegisterStore, Restored]:
    """Make a new store from a backup, or from a store file that cannot be used as it is.

    The new store is a copy of its own, so that numbers which the lost one may have given out are
    not given out twice. What other copies hold comes back by absorbing them.

    Parameters
    ----------
    source
        A backup, or a store file.
    source_keys
        Opens the ring in the backup; for a store file, where its ring lies and what opens it.
    to, keys
        The new store and its ring.
    newer
        A later ring of this register: what it knows to be erased is erased again.

    Raises
    ------
    InputError
        If the source cannot be opened, or `newer` belongs to another register.
    UsageError
        If a file is there already.
    """
    content = read_file(source, "the backup or store")
    ring_content = None
    if content.startswith(AGE_MARK):
        content, ring_content = _unpacked(source, _decrypted(source, content, opener))
    old = open_ring(source_keys, ring_content)
    if newer is not None and newer.register != old.register:
        raise InputError(Finding("this key ring belongs to another register.", str(newer.path)))
    rows, left_out = _whole(source, content, old)
    made = filled(to, keys, rows, old)
    entries = made.head.count
    erased = _erase_again(made, {**old.erased, **(newer.erased if newer else {})}, at)
    _remark(made, source, at, entries)
    return made, Restored(entries, left_out, erased)


def is_backup(path: Path) -> bool:
    """Whether a file is an encrypted backup, by its first bytes.

    Raises
    ------
    InputError
        If it is not there.
    """
    return read_file(path, "the backup or store").startswith(AGE_MARK)


def _decrypted(path: Path, content: bytes, opener: Opener) -> bytes:
    try:
        if opener.identities:
            return bytes(pyrage.decrypt(content, [_identity(each) for each in opener.identities]))
        if opener.passphrase:
            return bytes(pyrage.passphrase.decrypt(content, opener.passphrase))
    except pyrage.DecryptError as error:
        message = "this does not open the backup: it is for others, or damaged."
        raise InputError(Finding(message, str(path))) from error
    raise UsageError(f"{path} is an encrypted backup: say with what to open it.")


def _identity(text: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError as error:
        raise UsageError("The identity file holds no age identity (AGE-SECRET-KEY-…).") from error


def _unpacked(path: Path, content: bytes) -> tuple[bytes, bytes]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            found = [archive.extractfile(name) for name in (STORE_MEMBER, RING_MEMBER)]
            store, ring = (member.read() if member else b"" for member in found)
    except (KeyError, tarfile.TarError) as error:
        raise InputError(Finding("this is no backup of a register.", str(path))) from error
    return store, ring


def _whole(path: Path, content: bytes, ring: KeyRing) -> tuple[list[Row], int]:
    """Return the rows that are as they were written, and how many are not."""
    database = Database.held(path, content)
    if database.fact("register") != ring.register:
        raise InputError(Finding("the key ring belongs to another register.", str(path)))
    found = database.whole_rows()
    database.close()
    rows = in_reach(row for row in found if _is_as_written(row, ring))
    return rows, max(ring.heads[-1].count, len(found)) - len(rows)


def _is_as_written(row: Row, ring: KeyRing) -> bool:
    """Whether a row's encryption holds; of what lies under a destroyed key that cannot be told."""
    try:
        opened(row, ring.register, ring.key, seen_reader())
    except AlteredError:
        return False
    except NewerError:
        pass  # whole, and refused with a sentence when the new store reads it
    return True


def _erase_again(store: RegisterStore, known: dict[str, tuple[str, str]], at: str) -> int:
    gone = {each.record_id for each in store.state().erased}
    by_reason: dict[str, list[str]] = defaultdict(list)
    for record_id, (_, reason) in known.items():
        if record_id not in gone:
            by_reason[reason].append(record_id)
    bodies = [Erased(tuple(sorted(ids)), reason) for reason, ids in sorted(by_reason.items())]
    if bodies:
        store.append(bodies, by="restore", at=at)
    return sum(len(body.record_ids) for body in bodies)


def _remark(store: RegisterStore, source: Path, at: str, entries: int) -> None:
    with store.exclusive():
        remark = {"what": "restored", "at": at, "entries": entries, "from": source.name}
        store.ring.remarks.append(remark)
        store.ring.save()
