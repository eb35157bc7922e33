"""Read a ledger file as either party would: trust nothing, name every fault with its line (§25).

Works on bytes, so the same function serves a file, an e-mail attachment or a test.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from safepassage.core.ledger.canonical import canonical_json
from safepassage.core.ledger.dsse import (
    Envelope,
    Signature,
    key_id,
    signatures_from_json,
    verified_by,
)
from safepassage.core.ledger.entries import (
    ENTRY_TYPE,
    GENESIS,
    HEAD_TYPE,
    LEDGER_VERSION,
    Entry,
    TreeHead,
    entry_hash,
    head_from_json,
    head_of_contents,
    is_count,
)
from safepassage.core.ledger.fields import field_faults
from safepassage.errors import InputError

_Signers = tuple[frozenset[str], ...]
ENTRY_KEYS = {"body", "hash", "index", "kind", "prev"}


@dataclass(frozen=True, slots=True)
class LedgerFault:
    """One thing that is wrong with a ledger.

    Parameters
    ----------
    line
        From 1; None where no line is to blame, such as an entry that is not there.
    kind
        ``unreadable``, ``edited``, ``broken_link``, ``reordered``, ``duplicated``, ``forked``,
        ``missing``, ``truncated``, ``not_allowed``, ``bad_signature``, ``unsigned``.
    """

    line: int | None
    kind: str
    message: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line is not None else ""
        return f"{place}{self.kind.replace('_', ' ')}: {self.message}"


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What a verification found.

    Parameters
    ----------
    entries
        The entries that could be read, in the order of the file.
    head
        What the entries come to, computed here; to be compared with the other party's.
    signatures
        Signatures in the file.
    verified
        Of these, how many were verified with a key that was given.
    faults
        Empty if the ledger is whole.
    """

    entries: tuple[Entry, ...]
    head: TreeHead
    signatures: int
    verified: int
    faults: tuple[LedgerFault, ...]


def verify_ledger(
    data: bytes, public_keys: Sequence[bytes] = (), lodged: TreeHead | None = None
) -> LedgerReport:
    """Verify the bytes of a ledger file.

    Parameters
    ----------
    public_keys
        Raw Ed25519 keys that are trusted; every signature by one of them must hold, and the last
        head must have one. Without keys signatures are counted, not checked.
    lodged
        A head kept from before: the ledger must still contain what it covered. Only this tells
        a ledger that was cut back to an earlier, complete state.
    """
    reading = _read(data)
    signers = {line.number: _signers(line, public_keys) for line in reading.signed}
    faults = [
        *reading.faults,
        *_content_faults(reading.entries),
        *_sequence_faults(reading.entries),
        *_link_faults(reading.entries),
        *_signature_faults(reading, public_keys, signers),
    ]
    faults += _head_faults(reading, sound=not faults)
    faults += _lodged_faults(reading.entries, lodged)
    faults.sort(key=lambda fault: (fault.line is None, fault.line or 0))
    return LedgerReport(
        entries=tuple(line.entry for line in reading.entries),
        head=head_of_contents([line.content for line in reading.entries]),
        signatures=sum(len(line.signatures) for line in reading.signed),
        verified=sum(len(frozenset().union(*found)) for found in signers.values()),
        faults=tuple(faults),
    )


@dataclass(frozen=True, slots=True)
class _EntryLine:
    number: int
    entry: Entry
    content: bytes
    stated_hash: str
    signatures: tuple[Signature, ...]
    payload_type: str = ENTRY_TYPE


@dataclass(frozen=True, slots=True)
class _HeadLine:
    number: int
    head: TreeHead
    content: bytes
    covers: int
    signatures: tuple[Signature, ...]
    payload_type: str = HEAD_TYPE


@dataclass(slots=True)
class _Lines:
    entries: list[_EntryLine] = field(default_factory=list)
    heads: list[_HeadLine] = field(default_factory=list)
    faults: list[LedgerFault] = field(default_factory=list)
    count: int = 0

    @property
    def signed(self) -> list[_EntryLine | _HeadLine]:
        return [*self.entries, *self.heads]


def _read(data: bytes) -> _Lines:
    lines = _Lines()
    rows = data.split(b"\n")
    whole = rows.pop() == b""
    if not whole:
        lines.faults.append(
            LedgerFault(len(rows) + 1, "truncated", "the last line was cut before its end.")
        )
    for number, row in enumerate(rows, 1):
        _read_line(lines, number, row)
    lines.count = len(rows)
    return lines


def _read_line(lines: _Lines, number: int, row: bytes) -> None:
    try:
        value = json.loads(row, object_pairs_hook=_no_twins, parse_constant=_no_constant)
        canonical = canonical_json(value) == row
        _place(lines, number, value)
    except (ValueError, TypeError, RecursionError, InputError):
        message = "this is not a line of a ledger of version " + LEDGER_VERSION + "."
        lines.faults.append(LedgerFault(number, "unreadable", message))
        return
    if not canonical:
        message = "the line is not written in canonical form, so it was changed after signing."
        lines.faults.append(LedgerFault(number, "edited", message))


def _place(lines: _Lines, number: int, value: dict[str, Any]) -> None:
    signatures = signatures_from_json(value["signatures"]) if "signatures" in value else ()
    keys = set(value) - {"signatures"}
    if keys == {"head"}:
        head = head_from_json(value["head"])
        line = _HeadLine(number, head, head.content(), len(lines.entries), signatures)
        lines.heads.append(line)
    elif keys == ENTRY_KEYS:
        entry = _entry(value)
        stated = str(value["hash"])
        lines.entries.append(_EntryLine(number, entry, entry.content(), stated, signatures))
    else:
        raise ValueError("unknown keys")


def _entry(value: dict[str, Any]) -> Entry:
    index, body = value["index"], value["body"]
    if not is_count(index) or not isinstance(body, dict):
        raise ValueError("index or body")
    return Entry(index, str(value["kind"]), body, str(value["prev"]))


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _value in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _content_faults(lines: Iterable[_EntryLine]) -> Iterator[LedgerFault]:
    for line in lines:
        if entry_hash(line.content) != line.stated_hash:
            message = f"entry {line.entry.index} does not match the hash that it was filed under."
            yield LedgerFault(line.number, "edited", message)
        for fault in field_faults(line.entry.kind, line.entry.body):
            yield LedgerFault(line.number, "not_allowed", fault + ".")


def _sequence_faults(lines: Sequence[_EntryLine]) -> Iterator[LedgerFault]:
    first: dict[int, _EntryLine] = {}
    highest = -1
    for line in lines:
        index = line.entry.index
        if index in first:
            yield _twin(line, first[index])
        elif index < highest:
            message = f"entry {index} stands after entry {highest}."
            yield LedgerFault(line.number, "reordered", message)
        first.setdefault(index, line)
        highest = max(highest, index)
    yield from _gaps(first)


def _twin(line: _EntryLine, earlier: _EntryLine) -> LedgerFault:
    index = line.entry.index
    if line.content == earlier.content:
        message = f"entry {index} stands on line {earlier.number} already."
        return LedgerFault(line.number, "duplicated", message)
    message = f"another entry {index} stands on line {earlier.number}; keep both copies."
    return LedgerFault(line.number, "forked", message)


def _gaps(first: dict[int, _EntryLine]) -> Iterator[LedgerFault]:
    expected = 0
    for index in sorted(first):
        if index > expected:
            what = (
                f"entry {expected}"
                if index == expected + 1
                else f"entries {expected} to {index - 1}"
            )
            message = f"{what} should stand before entry {index} and cannot be read here."
            yield LedgerFault(first[index].number, "missing", message)
        expected = index + 1


def _link_faults(lines: Sequence[_EntryLine]) -> Iterator[LedgerFault]:
    first: dict[int, _EntryLine] = {}
    for line in lines:
        first.setdefault(line.entry.index, line)
    for index, line in first.items():
        before = first.get(index - 1)
        if index == 0 and line.entry.prev != GENESIS:
            message = "entry 0 does not begin a ledger of this version."
            yield LedgerFault(line.number, "broken_link", message)
        if before is not None and line.entry.prev != before.stated_hash:
            message = (
                f"entry {index} does not follow from entry {index - 1} on line {before.number}; "
                "one of the two was changed."
            )
            yield LedgerFault(line.number, "broken_link", message)


def _head_faults(reading: _Lines, *, sound: bool) -> Iterator[LedgerFault]:
    """Compare heads with the entries; after another fault they cannot agree anyway."""
    covered = reading.heads[-1].covers if reading.heads else 0
    left = len(reading.entries) - covered
    last_line = max((line.number for line in reading.signed), default=0)
    if not reading.heads:
        yield LedgerFault(None, "truncated", "the closing head is not there.")
    elif left:
        message = f"the last {left} of {len(reading.entries)} entries are covered by no head."
        yield LedgerFault(last_line, "truncated", message)
    if sound:
        for line in reading.heads:
            yield from _head_fault(line, reading.entries[: line.covers])


def _head_fault(line: _HeadLine, entries: Sequence[_EntryLine]) -> Iterator[LedgerFault]:
    if line.head.size > len(entries):
        message = f"the head covers {line.head.size} entries; {len(entries)} stand before it."
        yield LedgerFault(line.number, "truncated", message)
    elif line.head != head_of_contents([entry.content for entry in entries]):
        message = "the head does not fit the entries before it; they or it were changed."
        yield LedgerFault(line.number, "edited", message)


def _lodged_faults(lines: Sequence[_EntryLine], lodged: TreeHead | None) -> Iterator[LedgerFault]:
    if lodged is None:
        return
    if lodged.size > len(lines):
        message = f"the lodged head covers {lodged.size} entries; {len(lines)} can be read here."
        yield LedgerFault(None, "truncated", message)
    elif lodged != head_of_contents([line.content for line in lines[: lodged.size]]):
        message = (
            f"the first {lodged.size} entries are not those of the lodged head; keep both copies."
        )
        yield LedgerFault(None, "forked", message)


def _signature_faults(
    reading: _Lines, public_keys: Sequence[bytes], signers: dict[int, _Signers]
) -> Iterator[LedgerFault]:
    """Name every signature that does not hold.

    A key id is only a hint, but one that belongs to another key was put there.
    """
    trusted = {key_id(key) for key in public_keys}
    for line in reading.signed:
        for signature, found in zip(line.signatures, signers[line.number], strict=True):
            if signature.keyid not in found and (found or signature.keyid in trusted):
                message = "a signature does not hold for this text under the key that it names."
                yield LedgerFault(line.number, "bad_signature", message)
    if public_keys and reading.heads and not any(signers[reading.heads[-1].number]):
        message = "the closing head is not signed with any of the keys given."
        yield LedgerFault(reading.heads[-1].number, "unsigned", message)


def _signers(line: _EntryLine | _HeadLine, public_keys: Sequence[bytes]) -> _Signers:
    """Return, for each signature of a line, the ids of the keys under which it holds."""
    return tuple(
        verified_by(Envelope(line.payload_type, line.content, (signature,)), public_keys)
        for signature in line.signatures
    )
