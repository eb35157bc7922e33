"""Ledger files: append-only JSON lines that either party can keep, send and verify."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from safepassage.core.agreement.records import ledger_records
from safepassage.core.ledger.entries import (
    HEAD_KEYS,
    LEDGER_VERSION,
    TreeHead,
    chain,
    entry_line,
    head_from_json,
    head_line,
    head_of,
)
from safepassage.core.ledger.verify import LedgerReport, verify_ledger
from safepassage.errors import Finding, InputError, UsageError
from safepassage.scenario.types import Scenario

Records = Iterable[tuple[str, Mapping[str, Any]]]


def write_scenario_ledger(
    scenario: Scenario, path: Path, private_keys: Sequence[bytes] = ()
) -> TreeHead:
    """Write the ledger of what a scenario's parties have said and done, and return its head.

    Parameters
    ----------
    path
        A file that does not exist yet: a ledger is never overwritten.
    private_keys
        Raw Ed25519 seeds with which every entry and the head are signed.

    Raises
    ------
    UsageError
        If the file exists.
    InputError
        If something may not stand in a ledger.
    """
    if path.exists():
        raise UsageError(f"{path} exists; a ledger is never overwritten. Choose another name.")
    records = ledger_records(scenario.parties, scenario.statements, scenario.terms)
    return append_to_ledger(path, records, private_keys)


def append_to_ledger(path: Path, records: Records, private_keys: Sequence[bytes] = ()) -> TreeHead:
    """Append records and a new head to a ledger file and return the head.

    The file is verified first; what is there is never rewritten.

    Raises
    ------
    InputError
        If the file has a fault or a record may not stand in a ledger, nothing is written then; or
        if the file cannot be written.
    """
    before = _sound(path).entries if path.exists() else ()
    added = chain(records, before)
    head = head_of((*before, *added))
    lines = [*(entry_line(entry, private_keys) for entry in added), head_line(head, private_keys)]
    try:
        with path.open("ab") as file:
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        message = f"the ledger cannot be written ({error.strerror})."
        raise InputError(Finding(message, file=str(path))) from error
    return head


def verify_ledger_file(
    path: Path, public_keys: Sequence[bytes] = (), lodged: TreeHead | None = None
) -> LedgerReport:
    """Verify a ledger file; see :func:`safepassage.core.ledger.verify.verify_ledger`.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    return verify_ledger(_bytes(path), public_keys, lodged)


def read_head(path: Path) -> TreeHead:
    """Read a head that was kept from before: a JSON object with size, root and last.

    Raises
    ------
    InputError
        If the file does not hold one.
    """
    try:
        value = json.loads(_bytes(path))
        return head_from_json(value.get("head", value))
    except (ValueError, AttributeError) as error:
        message = (
            f"this is not a ledger head; a JSON object with {', '.join(sorted(HEAD_KEYS))} of "
            f"ledger version {LEDGER_VERSION} is accepted."
        )
        raise InputError(Finding(message, file=path.name)) from error


def read_public_key(path: Path) -> bytes:
    """Read an Ed25519 public key in PEM and return its 32 raw bytes.

    Raises
    ------
    InputError
        If the file holds something else.
    """
    try:
        key = load_pem_public_key(_bytes(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_key(path, "public") from error
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path, "public")
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def read_private_key(path: Path) -> bytes:
    """Read an Ed25519 private key in PEM, without a passphrase, and return its 32-byte seed.

    Raises
    ------
    InputError
        If the file holds something else.
    """
    try:
        key = load_pem_private_key(_bytes(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(path, "private") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path, "private")
    return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def _sound(path: Path) -> LedgerReport:
    report = verify_ledger_file(path)
    if report.faults:
        raise InputError(Finding(str(fault), file=path.name) for fault in report.faults)
    return report


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"the file cannot be read ({error.strerror})."
        raise InputError(Finding(message, file=str(path))) from error


def _no_key(path: Path, kind: str) -> InputError:
    message = (
        f"this is not an Ed25519 {kind} key in PEM without a passphrase "
        "(openssl genpkey -algorithm ed25519 makes one)."
    )
    return InputError(Finding(message, file=path.name))
