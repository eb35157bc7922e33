"""The counter: opens sealed sets, links them once, and gives cells only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

import pyrage

from safepassage.adapters.capture_table import write_capture_table
from safepassage.adapters.sealed import (
    Log,
    Session,
    Signed,
    parse_signed,
    read_secret,
    refused,
    split,
    write_secret,
)
from safepassage.core.population.capture import table_of
from safepassage.core.register.sealed import (
    KINDS,
    SLOTS,
    TOKEN_BYTES,
    SealedList,
    SealedRecord,
)
from safepassage.core.register.sealed_cells import (
    Cells,
    Chance,
    cells_to_give,
)
from safepassage.core.register.sealed_link import histories, link_sealed
from safepassage.errors import RefusedError

ROW_BYTES = 1 + SLOTS * TOKEN_BYTES
BOUNDS = ("low", "high")


@dataclass(frozen=True, slots=True)
class OpenedSet:
    """One side's set, checked and decrypted; in memory only."""

    content: SealedList
    digest: str


def make_counter(path: Path) -> str:
    """Write a new counter's secret file and return the recipient that goes into a session.

    Raises
    ------
    InputError
        If the file is there already.
    """
    identity = pyrage.x25519.Identity.generate()
    recipient = str(identity.to_public())
    write_secret(path, {"identity": str(identity), "recipient": recipient})
    return recipient


def read_recipient(text_or_path: str) -> str:
    """Return an age recipient, given itself or as a counter's public file.

    Raises
    ------
    InputError
        If it is none.
    """
    path = Path(text_or_path)
    text = path.read_text(encoding="utf-8").strip() if path.is_file() else text_or_path.strip()
    try:
        return str(pyrage.x25519.Recipient.from_str(text))
    except pyrage.RecipientError as error:
        raise refused("is no counter's public key; it begins with 'age1'.", path.name) from error


def count_sealed(
    session: Session, sets: Sequence[Path], key: Path, today: str, chance: Chance | None = None
) -> Cells:
    """Link a session's sets and return the cells that may be given; once per session.

    Raises
    ------
    InputError
        If a set is damaged, changed, or not its side's.
    RefusedError
        If a side is missing, a set is too small, or the session was counted before.
    """
    opened = [_open(session, path, key) for path in sets]
    _require_all(session, opened)
    _require_own(session, key)
    log = Log(key.with_name(key.name + ".log"))
    with log.locked():
        if any(line.get("session") == session.session_id for line in log.lines()):
            raise RefusedError(
                "this session was counted already. A second count with other sets, or other "
                "chance, would tell about single persons; use the answer that was given."
            )
        lists = [each.content for each in _in_order(session, opened)]
        cells = _cells(session, lists, chance or SystemRandom())
        log.append(event="counted", session=session.session_id, at=today, sets=len(opened))
    return cells


def _cells(session: Session, lists: Sequence[SealedList], chance: Chance) -> Cells:
    return cells_to_give(
        session.parties,
        histories(lists, link_sealed(lists)),
        minimum=session.minimum_cell,
        epsilon=session.epsilon,
        chance=chance,
    )


def write_cells(cells: Cells, path: Path) -> list[Path]:
    """Write the capture table, and beside it those of the lower and the upper bounds."""
    written = []
    for bound in ("count", *BOUNDS):
        place = path if bound == "count" else path.with_name(f"{path.stem}-{bound}{path.suffix}")
        write_capture_table(table_of(cells.lists, cells.counts(bound)), place)
        written.append(place)
    return written


def _open(session: Session, path: Path, key: Path) -> OpenedSet:
    found = parse_signed(_decrypted(path, key), "set", path.name)
    receipt = parse_signed(found.blob("receipt"), "receipt", path.name)
    receipt.require(session.signing_key, "the session's key holder")
    side = receipt.text("side")
    found.require(session.key_of(side), f"{side}, whose set it is")
    if not found.text("session") == receipt.text("session") == session.session_id:
        raise RefusedError(f"{path.name} is of another session.")
    rows = split(found.blob("sealed"), ROW_BYTES, path.name)
    _require_size(session, found, receipt, len(rows))
    records = tuple(_record(row) for row in rows)
    return OpenedSet(SealedList(side, records), found.digest)


def _decrypted(path: Path, key: Path) -> bytes:
    identity = pyrage.x25519.Identity.from_str(read_secret(key, ("identity",))["identity"])
    try:
        return bytes(pyrage.decrypt(path.read_bytes(), [identity]))
    except pyrage.DecryptError as error:
        message = "is no sealed set for this counter, or was changed on the way."
        raise refused(message, path.name) from error


def _require_size(session: Session, found: Signed, receipt: Signed, rows: int) -> None:
    if not rows == found.number("records") == receipt.number("records"):
        raise RefusedError(
            f"{found.file} holds {rows} records; the key holder was told "
            f"{receipt.number('records')}."
        )
    if rows < session.minimum_set:
        raise RefusedError(
            f"{found.file} holds {rows} records, fewer than the minimum of {session.minimum_set}."
        )


def _record(row: bytes) -> SealedRecord:
    slots = [row[at : at + TOKEN_BYTES] for at in range(1, ROW_BYTES, TOKEN_BYTES)]
    tokens, start = [], 0
    for kind in KINDS:
        tokens.append(tuple(slots[start : start + kind.slots]))
        start += kind.slots
    return SealedRecord(tuple(tokens), bool(row[0] & 1), bool(row[0] & 2))


def _require_all(session: Session, opened: Sequence[OpenedSet]) -> None:
    """Refuse anything but one set of every party: leaving one out and in would be a difference."""
    sides = sorted(each.content.side for each in opened)
    if sides != sorted(session.parties):
        raise RefusedError(
            f"sets of {', '.join(sides) or 'nobody'} were given; one each of "
            f"{', '.join(session.parties)} is needed."
        )


def _require_own(session: Session, key: Path) -> None:
    if read_secret(key, ("recipient",))["recipient"] != session.counter:
        raise RefusedError("the session names another counter than this key's.")


def _in_order(session: Session, opened: Sequence[OpenedSet]) -> list[OpenedSet]:
    return sorted(opened, key=lambda each: session.parties.index(each.content.side))
