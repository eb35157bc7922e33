"""A side: blinds the keys of its list, and seals the list with the key holder's answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from safepassage._version import __version__
from safepassage.adapters.lists import read_list
from safepassage.adapters.register import gazetteer_of
from safepassage.adapters.sealed import (
    ELEMENT_BYTES,
    Report,
    Session,
    parse_signed,
    read_secret,
    read_signed,
    refused,
    signed,
    split,
    to_text,
    write_secret,
    write_signed,
)
from safepassage.adapters.sealed_group import LARGEST_BATCH, ORDER, Proof, blind, unblind, verified
from safepassage.adapters.sealed_key import PAD_TO, PROOF_BYTES, require_enough_keys
from safepassage.core.corridor.types import Place
from safepassage.core.ledger.canonical import digest
from safepassage.core.ledger.dsse import public_key_of
from safepassage.core.register.comparable import Comparable, comparable
from safepassage.core.register.sealed import (
    KINDS,
    TOKEN_BYTES,
    composite_keys,
    has_father,
    has_year,
)
from safepassage.errors import Finding, RefusedError
from safepassage.scenario.types import SourceList

_KEY = re.compile("[0-9a-f]{64}")
SECRETS = ("session", "side", "seed", "signing", "list", "request", "blinded")


@dataclass(frozen=True, slots=True)
class OpenList:
    """A side's own list, in clear, in memory only.

    Parameters
    ----------
    rejects
        Rows that could not be used.
    content
        The file's bytes, by which the same list is recognised when the answer comes.
    """

    records: tuple[Comparable, ...]
    findings: tuple[Finding, ...]
    rejects: int
    content: bytes


def read_open_list(folder: Path, source: SourceList, places: Sequence[Place]) -> OpenList:
    """Read a side's list as ``register link`` reads it."""
    read = read_list(folder, source)
    gazetteer = gazetteer_of(places)
    records = tuple(comparable(at, each, gazetteer) for at, each in enumerate(read.records))
    content = (folder / source.path).read_bytes()
    return OpenList(records, read.findings, len(read.rejects), content)


def places_digest(places: Sequence[Place]) -> str:
    """Return a digest of the places that villages are recognised by; empty for none."""
    found = sorted([p.place_id, p.kind.value, p.name, p.name_local] for p in places)
    return digest(found) if found else ""


# --------------------------------------------------------------------------------------------- keys


def make_side(path: Path) -> str:
    """Write a new side's signing key and return the public key that goes into a session.

    Raises
    ------
    InputError
        If the file is there already.
    """
    signing = secrets.token_bytes(32)
    public = public_key_of(signing).hex()
    write_secret(path, {"signing": signing.hex(), "public": public})
    return public


def read_side_key(path: Path) -> str:
    """Return a side's public key from the file that the side gave.

    Raises
    ------
    InputError
        If the file holds none.
    """
    text = path.read_text(encoding="utf-8").strip()
    if not _KEY.fullmatch(text):
        raise refused("is no side's public key: 64 characters 0-9 and a-f.", path.name)
    return text


# ------------------------------------------------------------------------------------------- blind


def blind_list(
    session: Session,
    side: str,
    identity: Path,
    opened: OpenList,
    places: str,
    request: Path,
    secret: Path,
    report: Report,
) -> int:
    """Write a side's request and its secret; return how many keys are asked for.

    Raises
    ------
    RefusedError
        If the side is no party or has another key, its list is too short, too long or the same few
        people again and again, or places or software are not those of the session.
    """
    _require_fit(session, side, opened, places)
    seed, signing = secrets.token_bytes(32), _signing_key(session, side, identity)
    inputs = _inputs(session, opened, seed)
    if len(inputs) > session.cap:
        raise RefusedError(
            f"the list needs {len(inputs)} keys; the session's cap is {session.cap} a side."
        )
    blinded = b"".join(_blinded(inputs, seed, report))
    body = {
        "session": session.session_id, "side": side,
        "records": len(opened.records), "elements": len(inputs), "blinded": to_text(blinded),
    }  # fmt: skip
    envelope = parse_signed(signed("request", body, signing), "request", request.name)
    kept = {
        "session": session.session_id, "side": side, "seed": seed.hex(),
        "signing": signing.hex(), "list": _mark(seed, opened.content),
        "request": envelope.digest, "blinded": to_text(blinded),
    }  # fmt: skip
    write_secret(secret, kept)
    write_signed(request, "request", body, signing)
    return len(inputs)


def _require_fit(session: Session, side: str, opened: OpenList, places: str) -> None:
    session.key_of(side)
    if session.software != __version__:
        raise RefusedError(
            f"the session was made with version {session.software}, this is {__version__}; two "
            "versions may spell a name differently. Use one version."
        )
    if session.places != places:
        raise RefusedError(
            "the places are not those of the session: all sides need the same scenario "
            "(--scenario), or none."
        )
    if len(opened.records) < session.minimum_set:
        raise RefusedError(
            f"the list has {len(opened.records)} records; the session's minimum is "
            f"{session.minimum_set}, so that nobody can ask about single persons."
        )
    require_enough_keys(len(_keys(opened)), len(opened.records))


def _signing_key(session: Session, side: str, identity: Path) -> bytes:
    signing = bytes.fromhex(read_secret(identity, ("signing",))["signing"])
    if public_key_of(signing).hex() != session.key_of(side):
        raise RefusedError(f"{identity.name} is not the key that the session names for {side}.")
    return signing


def _inputs(session: Session, opened: OpenList, seed: bytes) -> list[bytes]:
    """Return what is to be sealed, each once, in an order of chance, filled up with chance."""
    wanted = {_input(session, key) for key in _keys(opened)}
    missing = -len(wanted) % PAD_TO
    wanted |= {_derived(seed, b"fill", at.to_bytes(4, "big")) for at in range(missing)}
    return sorted(wanted, key=lambda each: _derived(seed, b"order", each))


def _keys(opened: OpenList) -> set[str]:
    return {key for row in opened.records for keys in composite_keys(row) for key in keys}


def _input(session: Session, key: str) -> bytes:
    """Return the bytes that are sealed: bound to the session, of one length whatever the key."""
    return hashlib.sha512(f"safepassage sealed {session.session_id}\x1e{key}".encode()).digest()


def _blinded(inputs: Sequence[bytes], seed: bytes, report: Report) -> Iterable[bytes]:
    for at, each in enumerate(inputs):
        if not at % 256:
            report(at, len(inputs))
        yield blind(each, _scalar(seed, each))


def _scalar(seed: bytes, data: bytes) -> int:
    """Return the blind of one input: uniform, and the same again when the answer comes."""
    return int.from_bytes(_derived(seed, b"blind", data), "little") % ORDER


def _derived(seed: bytes, purpose: bytes, data: bytes) -> bytes:
    return hmac.new(seed, purpose + b"\x00" + data, hashlib.sha512).digest()


def _mark(seed: bytes, content: bytes) -> str:
    return _derived(seed, b"list", content)[:16].hex()


# -------------------------------------------------------------------------------------------- seal


def seal_list(
    session: Session, opened: OpenList, secret: Path, answer: Path, sealed: Path, report: Report
) -> int:
    """Check the answer, write the sealed set, destroy the secret; return the number of records.

    Raises
    ------
    InputError
        If the answer is not the key holder's, was changed, or was not made with the session's key.
    RefusedError
        If the list is not the one that was blinded, or the files are of different sessions.
    """
    kept = read_secret(secret, SECRETS)
    seed = bytes.fromhex(kept["seed"])
    if kept["session"] != session.session_id:
        raise RefusedError("the secret file is of another session.")
    if kept["list"] != _mark(seed, opened.content):
        raise RefusedError("the list has changed since it was blinded; take the same file.")
    tokens = _tokens(session, opened, kept, answer, report)
    receipt = read_signed(answer, "answer").text("receipt")
    body = {
        "session": session.session_id, "side": kept["side"], "receipt": receipt,
        "records": len(opened.records),
        "sealed": to_text(_packed(session, opened.records, tokens)),
    }  # fmt: skip
    data = signed("set", body, bytes.fromhex(kept["signing"]))
    sealed.write_bytes(encrypted(data, session.counter))
    _destroy(secret)
    return len(opened.records)


def _destroy(secret: Path) -> None:
    """Overwrite and delete: with it, whoever has the request can try out names without any key."""
    secret.write_bytes(bytes(secret.stat().st_size))
    secret.unlink()


def encrypted(data: bytes, recipient: str) -> bytes:
    """Return `data` so that only the counter can read it.

    The key holder above all must not: with a set and the key it could try out names.
    """
    import pyrage

    return bytes(pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(recipient)]))


def _tokens(
    session: Session, opened: OpenList, kept: dict[str, str], path: Path, report: Report
) -> dict[bytes, bytes]:
    found = read_signed(path, "answer")
    found.require(session.signing_key, "the session's key holder")
    if found.text("request") != kept["request"]:
        raise refused("answers another request than this secret file's.", path.name)
    seed = bytes.fromhex(kept["seed"])
    inputs = _inputs(session, opened, seed)
    blinded = split(parse_text(kept["blinded"], path.name), ELEMENT_BYTES, path.name)
    evaluated = split(found.blob("evaluated"), ELEMENT_BYTES, path.name)
    proofs = split(found.blob("proofs"), PROOF_BYTES, path.name)
    batches = -(-len(inputs) // LARGEST_BATCH)
    if not len(inputs) == len(blinded) == len(evaluated) or len(proofs) != batches:
        raise refused("does not answer every key that was asked for.", path.name)
    tokens: dict[bytes, bytes] = {}
    for at, proof in enumerate(proofs):
        part = slice(at * LARGEST_BATCH, (at + 1) * LARGEST_BATCH)
        report(part.start, len(inputs))
        opened_batch = _opened(
            session, inputs[part], blinded[part], evaluated[part], proof, seed, path.name
        )
        tokens.update(zip(inputs[part], opened_batch, strict=True))
    return tokens


def parse_text(text: str, file: str) -> bytes:
    """Return the bytes of a base64 text."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise refused("is damaged.", file) from error


def _opened(
    session: Session,
    inputs: Sequence[bytes],
    blinded: Sequence[bytes],
    evaluated: Sequence[bytes],
    proof: bytes,
    seed: bytes,
    file: str,
) -> list[bytes]:
    public_key = bytes.fromhex(session.public_key)
    try:
        points = verified(public_key, blinded, evaluated, Proof.from_bytes(proof))
    except ValueError as error:
        message = (
            "was not made with the session's key: the key holder may be marking single persons. "
            "Do not seal; tell the other sides."
        )
        raise refused(message, file) from error
    return [
        unblind(each, _scalar(seed, each), point, public_key)[:TOKEN_BYTES]
        for each, point in zip(inputs, points, strict=True)
    ]


def _packed(session: Session, records: Sequence[Comparable], tokens: dict[bytes, bytes]) -> bytes:
    chance = SystemRandom()
    rows = [_row(session, record, tokens, chance) for record in records]
    chance.shuffle(rows)
    return b"".join(rows)


def _row(
    session: Session, record: Comparable, tokens: dict[bytes, bytes], chance: SystemRandom
) -> bytes:
    row = bytes([has_year(record) | has_father(record) << 1])
    for kind, keys in zip(KINDS, composite_keys(record), strict=True):
        slots = [tokens[_input(session, key)] for key in keys]
        slots += [secrets.token_bytes(TOKEN_BYTES) for _ in range(kind.slots - len(slots))]
        chance.shuffle(slots)
        row += b"".join(slots)
    return row
