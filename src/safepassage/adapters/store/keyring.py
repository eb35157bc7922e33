"""The key ring: every record's data key, in one encrypted file apart from the store.

The ring also remembers what the store's file must contain at least, and which records were erased,
so that a store or a ring put back to an older state is noticed (01a-store §5 to §8, §29).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from safepassage.adapters.store.files import (
    create_file,
    read_file,
    replace_and_overwrite,
)
from safepassage.adapters.store.unlock import (
    KEY_BYTES,
    KINDS,
    NONCE_BYTES,
    Keys,
    derived_key,
    unwrap,
    wrap,
)
from safepassage.errors import Finding, InputError, VersionError
from safepassage.ids import stable_token

RING_VERSION = 1
MOST_WAYS = 8
"""Each may cost as much as a guess at a passphrase does."""
GENERAL = ""
"""Subject of the key under which everything lies that is about no single record."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far a store goes: number of entries and the digest of their chain, hexadecimal."""

    count: int
    digest: str


@dataclass(slots=True)
class KeyRing:
    """An open key ring.

    Parameters
    ----------
    master
        Opens the file; changed by :meth:`rekey`.
    secret
        Of the register, the same on all copies and for good: keyed digests follow from it.
    heads
        The states in which the store's file may be: one, or two while something is being written.
    erased
        Moment and reason of each record's erasure.
    destroyed
        Ids of keys that are gone.
    remarks
        What happened to this copy: backups, restorations. Without names.
    """

    path: Path
    register: str
    copy: str
    master: bytes = field(repr=False)
    ways: list[dict[str, Any]] = field(repr=False)
    secret: bytes = field(repr=False)
    heads: list[Head]
    erased: dict[str, tuple[str, str]] = field(default_factory=dict)
    destroyed: set[str] = field(default_factory=set)
    remarks: list[dict[str, Any]] = field(default_factory=list)
    _keys: dict[str, tuple[str, bytes]] = field(default_factory=dict, repr=False)
    _of_subject: dict[str, set[str]] = field(default_factory=dict, repr=False)
    _on_disk: tuple[int, ...] = ()

    # ------------------------------------------------------------------------------ keys

    def key(self, key_id: str) -> bytes | None:
        """Return a data key, or None if the ring does not hold it."""
        held = self._keys.get(key_id)
        return held[1] if held else None

    def key_of(self, subject: str) -> tuple[str, bytes]:
        """Return id and key for what is written of a subject from now on; made at first use."""
        held = self._of_subject.get(subject)
        if held:
            key_id = min(held)
            return key_id, self._keys[key_id][1]
        key_id = stable_token("K", [os.urandom(16).hex()], 16)
        self.take(key_id, subject, os.urandom(KEY_BYTES))
        return key_id, self._keys[key_id][1]

    def take(self, key_id: str, subject: str, key: bytes) -> None:
        """Hold a key, unless it or its subject was destroyed here.

        Raises
        ------
        InputError
            If the ring holds another key of that id, or it for another subject: what lies under
            the key that is here could not be read any more, or would be erased with the other.
        """
        if self._keys.get(key_id, (subject, key)) != (subject, key):
            raise _refused(
                self.path,
                f"the other key ring says of key {key_id} something else than this one: it is "
                "damaged or false, and nothing was taken from it",
            )
        if key_id in self.destroyed or subject in self.erased:
            self.destroyed.add(key_id)
            return
        self._keys[key_id] = subject, key
        self._of_subject.setdefault(subject, set()).add(key_id)

    def erase(self, subject: str, at: str, reason: str) -> bool:
        """Destroy all keys of a record and remember it; return whether there were any.

        The general key is no record's: an entry that calls for its erasure is false.
        """
        if subject == GENERAL:
            return False
        self.erased.setdefault(subject, (at, reason))
        gone = self._of_subject.pop(subject, set())
        for key_id in gone:
            del self._keys[key_id]
        self.destroyed |= gone
        return bool(gone)

    def take_all(self, other: KeyRing) -> None:
        """Hold the keys that another copy's ring holds, and know which it has destroyed."""
        for key_id, subject, key in other.held():
            self.take(key_id, subject, key)
        self.destroyed |= other.destroyed - self._keys.keys()

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Hold what it held before, if the block fails; nothing is said of the file."""
        keys, of_subject, destroyed = self._keys, self._of_subject, self.destroyed
        self._keys, self.destroyed = dict(keys), set(destroyed)
        self._of_subject = {subject: set(held) for subject, held in of_subject.items()}
        try:
            yield
        except BaseException:
            self._keys, self._of_subject, self.destroyed = keys, of_subject, destroyed
            raise

    def held(self) -> Iterable[tuple[str, str, bytes]]:
        """Return id, subject and key of every data key."""
        return [(key_id, subject, key) for key_id, (subject, key) in self._keys.items()]

    # ------------------------------------------------------------------------------ file

    def create(self) -> None:
        """Write the ring to a file that must not exist yet."""
        create_file(self.path, self._bytes())
        self._on_disk = _stamp(self.path)

    def save(self) -> None:
        """Replace the file and write over the old one: keys destroyed later were in it, too."""
        replace_and_overwrite(self.path, self._bytes())
        self._on_disk = _stamp(self.path)

    def was_replaced(self) -> bool:
        """Whether another process has written the file since it was read or saved here."""
        return _stamp(self.path) != self._on_disk

    def rekey(self, keys: Keys) -> None:
        """Take a new master key that only `keys` opens; the caller saves."""
        self.master = os.urandom(KEY_BYTES)
        self.ways = [wrap(self.master, keys.secret, keys.kdf, self.register)]

    def reread(self) -> None:
        """Take what another process has written to the file since.

        Raises
        ------
        InputError
            If the file has another master key by now.
        """
        stamp = _stamp(self.path)
        header, body = _split(self.path)
        if _ways(self.path, header)[0] != self.ways:
            raise _refused(self.path, "the key ring was given another key meanwhile; open it again")
        fresh = _opened(self.path, header, body, self.master)
        for name in ("heads", "erased", "destroyed", "remarks", "_keys", "_of_subject"):
            setattr(self, name, getattr(fresh, name))
        self._on_disk = stamp

    def _bytes(self) -> bytes:
        head = {"safepassage_keys": RING_VERSION, "register": self.register, "ways": self.ways}
        header = json.dumps(head, separators=(",", ":")).encode() + b"\n"
        nonce = os.urandom(NONCE_BYTES)
        box = AESGCM(derived_key(self.master, "key ring"))
        return header + nonce + box.encrypt(nonce, self._content(), header)

    def _content(self) -> bytes:
        document = {
            "copy": self.copy,
            "secret": self.secret.hex(),
            "heads": [[head.count, head.digest] for head in self.heads],
            "erased": self.erased,
            "destroyed": sorted(self.destroyed),
            "remarks": self.remarks,
            "keys": {key_id: [subject, key.hex()] for key_id, subject, key in self.held()},
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def new_ring(keys: Keys, register: str, copy: str, secret: bytes, head: Head) -> KeyRing:
    """Return a ring that is in no file yet."""
    ring = KeyRing(keys.file, register, copy, b"", [], secret, [head])
    ring.rekey(keys)
    return ring


def open_ring(keys: Keys, content: bytes | None = None) -> KeyRing:
    """Open a key ring.

    Parameters
    ----------
    content
        The ring, if it is not to be read from its file.

    Raises
    ------
    InputError
        If it is not there, damaged, no key ring, or `keys` do not open it.
    VersionError
        If a newer version wrote it.
    """
    header, body = _split(keys.file, content)
    ways, register = _ways(keys.file, header)
    for way in ways:
        try:
            master = unwrap(way, keys.secret, register)
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(keys.file) from error
        if master is not None:
            return _opened(keys.file, header, body, master)
    kinds = " or ".join(sorted({str(way["kind"]) for way in ways}))
    raise _refused(
        keys.file,
        f"this does not open the key ring: the {kinds} is another, or the file is damaged",
    )


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what is another whenever the file was replaced; empty if it is not there."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _split(path: Path, content: bytes | None = None) -> tuple[bytes, bytes]:
    if content is None:
        content = read_file(path, "the key ring (on a stick? say --keys FILE)")
    line, end, body = content.partition(b"\n")
    if not line.startswith(b'{"safepassage_keys":') or not end:
        raise _refused(path, "this is no key ring")
    return line + end, body


def _ways(path: Path, header: bytes) -> tuple[list[dict[str, Any]], str]:
    try:
        document = json.loads(header)
        version, register, ways = (
            document[name] for name in ("safepassage_keys", "register", "ways")
        )
        if version > RING_VERSION:
            raise VersionError(
                Finding("the key ring was written by a newer version of safepassage.", str(path))
            )
        if len(ways) > MOST_WAYS or any(way["kind"] not in KINDS for way in ways):
            raise _damaged(path)
        return [dict(way) for way in ways], str(register)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _damaged(path) from error


def _opened(path: Path, header: bytes, body: bytes, master: bytes) -> KeyRing:
    ways, register = _ways(path, header)
    box = AESGCM(derived_key(master, "key ring"))
    try:
        content = box.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], header)
    except (InvalidTag, ValueError) as error:
        raise _damaged(path) from error
    document = json.loads(content)
    ring = KeyRing(
        path=path,
        register=register,
        copy=document["copy"],
        master=master,
        ways=ways,
        secret=bytes.fromhex(document["secret"]),
        heads=[Head(*head) for head in document["heads"]],
        erased={subject: (at, reason) for subject, (at, reason) in document["erased"].items()},
        destroyed=set(document["destroyed"]),
        remarks=document["remarks"],
    )
    for key_id, (subject, key) in document["keys"].items():
        ring.take(key_id, subject, bytes.fromhex(key))
    return ring


def _damaged(path: Path) -> InputError:
    return _refused(path, "the key ring is damaged; use the copy in a backup")


def _refused(path: Path, message: str) -> InputError:
    return InputError(Finding(f"{message}.", str(path)))
