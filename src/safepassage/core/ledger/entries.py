"""Ledger entries: each names the one before it, so nothing can be changed, moved or left out.

See docs/spec/04-agreement.md §21 to §24 for the format, which both parties can read on their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safepassage.core.ledger.canonical import canonical_json
from safepassage.core.ledger.dsse import Signature, sign, signatures_to_json
from safepassage.core.ledger.fields import field_faults
from safepassage.core.ledger.merkle import leaf_hash, tree_root
from safepassage.errors import Finding, InputError

LEDGER_VERSION = "1.0"
GENESIS = hashlib.sha256(f"safepassage ledger {LEDGER_VERSION}".encode()).hexdigest()
"""What the first entry names as the one before it; binds the chain to the format's version."""

HEAD_KEYS = frozenset({"last", "ledger_version", "root", "size"})
ENTRY_TYPE = "application/vnd.safepassage.ledger-entry+json"
HEAD_TYPE = "application/vnd.safepassage.ledger-head+json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry.

    Parameters
    ----------
    index
        From 0, without gaps.
    kind
        A kind of ``fields.ALLOWED_FIELDS``.
    body
        Fields allowed for the kind.
    prev
        Hash of the entry before, hex; :data:`GENESIS` for the first.
    """

    index: int
    kind: str
    body: Mapping[str, Any]
    prev: str

    def content(self) -> bytes:
        """Return the canonical bytes that are hashed and signed."""
        return canonical_json(
            {"body": self.body, "index": self.index, "kind": self.kind, "prev": self.prev}
        )


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a ledger of a given length comes to; whoever keeps it can tell any later change.

    Parameters
    ----------
    size
        Number of entries covered.
    root
        Merkle root over them, hex.
    last
        Hash of the last of them, hex; :data:`GENESIS` for none.
    """

    size: int
    root: str
    last: str

    def content(self) -> bytes:
        """Return the canonical bytes that are signed."""
        return canonical_json(self.to_json())

    def to_json(self) -> dict[str, str | int]:
        """Return the head as a JSON object."""
        return {
            "last": self.last,
            "ledger_version": LEDGER_VERSION,
            "root": self.root,
            "size": self.size,
        }


def head_from_json(value: object) -> TreeHead:
    """Read a head as :meth:`TreeHead.to_json` gives it.

    Raises
    ------
    ValueError
        If the value has another shape or is of another version of the ledger.
    """
    if not isinstance(value, dict) or set(value) != HEAD_KEYS:
        raise ValueError("a head has other keys")
    if value["ledger_version"] != LEDGER_VERSION or not is_count(value["size"]):
        raise ValueError("a head of another version, or without a size")
    return TreeHead(value["size"], str(value["root"]), str(value["last"]))


def is_count(value: object) -> bool:
    """Return whether a JSON value is a whole number from 0 on."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def entry_hash(content: bytes) -> str:
    """Return the hash by which the next entry names this one, hex."""
    return hashlib.sha256(content).hexdigest()


def chain(
    records: Iterable[tuple[str, Mapping[str, Any]]], after: Sequence[Entry] = ()
) -> tuple[Entry, ...]:
    """Make entries of (kind, body) records, following those that are there already.

    Raises
    ------
    InputError
        If a record holds a field that may not stand in the ledger; nothing is made then.
    """
    index = len(after)
    prev = entry_hash(after[-1].content()) if after else GENESIS
    entries = []
    for kind, body in records:
        _refuse_faults(index, kind, body)
        entry = Entry(index, kind, body, prev)
        entries.append(entry)
        index, prev = index + 1, entry_hash(entry.content())
    return tuple(entries)


def head_of(entries: Sequence[Entry]) -> TreeHead:
    """Return the head over entries that begin with entry 0."""
    contents = [entry.content() for entry in entries]
    return head_of_contents(contents)


def head_of_contents(contents: Sequence[bytes]) -> TreeHead:
    """Return the head over the canonical bytes of entries that begin with entry 0."""
    root = tree_root(leaf_hash(content) for content in contents)
    last = entry_hash(contents[-1]) if contents else GENESIS
    return TreeHead(len(contents), root.hex(), last)


def entry_line(entry: Entry, private_keys: Iterable[bytes] = ()) -> bytes:
    """Return the line of a ledger file that holds an entry, signed with the keys given."""
    content = entry.content()
    line = {
        "body": entry.body,
        "hash": entry_hash(content),
        "index": entry.index,
        "kind": entry.kind,
        "prev": entry.prev,
    }
    return _line(line, sign(ENTRY_TYPE, content, private_keys).signatures)


def head_line(head: TreeHead, private_keys: Iterable[bytes] = ()) -> bytes:
    """Return the line of a ledger file that closes what was written so far."""
    signatures = sign(HEAD_TYPE, head.content(), private_keys).signatures
    return _line({"head": head.to_json()}, signatures)


def _line(line: dict[str, Any], signatures: tuple[Signature, ...]) -> bytes:
    signed = line | ({"signatures": signatures_to_json(signatures)} if signatures else {})
    return canonical_json(signed) + b"\n"


def _refuse_faults(index: int, kind: str, body: Mapping[str, Any]) -> None:
    faults = field_faults(kind, body)
    if faults:
        raise InputError(
            Finding(f"ledger entry {index}: {fault}.", rule="04-agreement §21") for fault in faults
        )
