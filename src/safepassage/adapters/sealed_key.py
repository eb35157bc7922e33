"""The key holder: opens sessions, evaluates blinded keys within limits, logs every request."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from safepassage.adapters.sealed import (
    ELEMENT_BYTES,
    Log,
    Report,
    Session,
    Signed,
    read_secret,
    read_session,
    read_signed,
    refused,
    require_plain_names,
    signed,
    split,
    to_text,
    write_secret,
    write_session,
    write_signed,
)
from safepassage.adapters.sealed_group import LARGEST_BATCH
from safepassage.core.ledger.dsse import public_key_of
from safepassage.core.register.sealed import SLOTS
from safepassage.core.register.sealed_cells import require_epsilon
from safepassage.errors import InputError, MissingExtraError, RefusedError

SMALLEST_MINIMUM_SET = 20
REST_DAYS = 30
"""Days before a party may take part again: two sessions with nearly the same lists tell, by their
difference, about those few persons in whom the lists differ."""
PAD_TO = 1024
"""Requests are filled up to a multiple of this, so that their length hardly tells of the names."""
RECORDS_PER_KEY = 2
"""A list with fewer than one different key for two records holds the same people many times."""
PROOF_BYTES = 64
SECRETS = ("session", "seed", "signing")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the key holder chooses for a session; see :class:`Session`."""

    parties: tuple[str, ...]
    party_keys: tuple[str, ...]
    counter: str
    cap: int
    minimum_set: int
    minimum_cell: int
    epsilon: float
    places: str
    software: str


def open_session(home: Path, name: str, terms: Terms, today: str, again: str = "") -> Session:
    """Make a session's key and terms in the key holder's folder, and log it.

    Parameters
    ----------
    today
        ISO date.
    again
        Reason for which parties may take part again before :data:`REST_DAYS` are over; logged.

    Raises
    ------
    RefusedError
        If the terms give too little protection, or a party took part too recently.
    """
    require_plain_names([name])
    require_plain_names(terms.parties)
    _require_terms(terms)
    home.mkdir(parents=True, exist_ok=True)
    log = Log(home / "log.jsonl")
    with log.locked():
        if not again:
            _require_rest(log, terms.parties, today)
        seed, signing = secrets.token_bytes(32), secrets.token_bytes(32)
        session = _session(name, terms, today, seed, signing)
        keys = {"session": session.session_id, "seed": seed.hex(), "signing": signing.hex()}
        write_secret(home / f"{name}.key", keys)
        log.append(
            event="session", session=session.session_id, at=today, again=again,
            parties=" ".join(terms.parties), cap=terms.cap, minimum_set=terms.minimum_set,
        )  # fmt: skip
        write_session(home / f"{name}.session", session, signing)
    return session


def _session(name: str, terms: Terms, today: str, seed: bytes, signing: bytes) -> Session:
    return Session(
        name=name,
        parties=terms.parties,
        party_keys=terms.party_keys,
        public_key=bytes(_evaluator(seed).public_key.serialize()).hex(),
        signing_key=public_key_of(signing).hex(),
        counter=terms.counter,
        cap=terms.cap,
        minimum_set=terms.minimum_set,
        minimum_cell=terms.minimum_cell,
        epsilon=terms.epsilon,
        places=terms.places,
        software=terms.software,
        made_on=today,
    )


def _require_terms(terms: Terms) -> None:
    if len(terms.parties) < 2:
        raise RefusedError("name at least two parties.")
    if not len(set(terms.party_keys)) == len(terms.party_keys) == len(terms.parties):
        raise RefusedError("every party needs a key of its own; two of them are the same.")
    if terms.minimum_set < SMALLEST_MINIMUM_SET:
        raise RefusedError(
            f"a minimum set of {terms.minimum_set} lets a side ask about single persons; "
            f"at least {SMALLEST_MINIMUM_SET} is accepted."
        )
    if terms.minimum_cell < 3:
        raise RefusedError(f"a minimum cell of {terms.minimum_cell} hides nobody; at least 3.")
    if terms.cap < terms.minimum_set:
        raise RefusedError("the cap is below the minimum set: no list would be accepted.")
    require_epsilon(terms.epsilon)


def _require_rest(log: Log, parties: tuple[str, ...], today: str) -> None:
    for line in log.lines():
        if line.get("event") != "session":
            continue
        both = sorted(set(parties) & set(str(line["parties"]).split()))
        days = (date.fromisoformat(today) - date.fromisoformat(str(line["at"]))).days
        if both and days < REST_DAYS:
            raise RefusedError(
                f"{', '.join(both)} took part in a session {days} days ago. Two sessions with "
                "nearly the same lists tell about those in whom they differ: wait until "
                f"{REST_DAYS} days are over, or give a reason with --again, which is logged."
            )


def evaluate(home: Path, request: Path, answer: Path, today: str, report: Report) -> int:
    """Evaluate a side's blinded keys and return how many; refusals are logged too.

    Raises
    ------
    InputError
        If the request is damaged, changed or for another key holder.
    RefusedError
        If it breaks the session's limits.
    """
    found = read_signed(request, "request")
    session, keys = _session_of(home, found)
    log = Log(home / "log.jsonl")
    with log.locked():
        line: dict[str, Any] = {
            "session": session.session_id, "at": today, "side": found.text("side"),
            "records": found.number("records"), "elements": found.number("elements"),
            "request": found.digest,
        }  # fmt: skip
        try:
            elements = _within_limits(session, found, log)
        except (InputError, RefusedError) as error:
            damaged = isinstance(error, InputError)
            reason = "the request is damaged" if damaged else str(error)
            log.append(event="refused", reason=reason, **_loggable(line, session))
            raise
        log.append(event="evaluated", **line)
        head = log.head()
    evaluated, proofs = _evaluated(keys["seed"], elements, report)
    receipt = line | {"log_head": head}
    body = receipt | {"evaluated": to_text(evaluated), "proofs": to_text(proofs)}
    signing = bytes.fromhex(keys["signing"])
    write_signed(answer, "answer", body | {"receipt": _receipt(receipt, signing)}, signing)
    return len(elements)


def _receipt(receipt: dict[str, Any], signing: bytes) -> str:
    return to_text(signed("receipt", receipt, signing))


def _loggable(line: dict[str, Any], session: Session) -> dict[str, Any]:
    """Return a line in which a stranger's words do not stand: the log is nobody's notice board."""
    side = line["side"] if line["side"] in session.parties else "(not a party)"
    return line | {"side": side}


def _session_of(home: Path, request: Signed) -> tuple[Session, dict[str, str]]:
    wanted = request.text("session")
    for path in sorted(home.glob("*.key")):
        keys = read_secret(path, SECRETS)
        if keys["session"] == wanted:
            return _own_terms(path.with_suffix(".session"), wanted), keys
    raise refused("is for a session whose key is not in this folder.", request.file)


def _own_terms(path: Path, session_id: str) -> Session:
    session = read_session(path)
    if session.session_id != session_id:
        raise refused("does not hold the terms that belong to this key.", path.name)
    return session


def _within_limits(session: Session, request: Signed, log: Log) -> list[bytes]:
    side, records, declared = (
        request.text("side"), request.number("records"), request.number("elements"),
    )  # fmt: skip
    if side not in session.parties:
        raise RefusedError("the request is not from a party of this session.")
    request.require(session.key_of(side), "the side that it names")
    elements = split(request.blob("blinded"), ELEMENT_BYTES, request.file)
    _require_first(side, session, request.digest, log)
    if len(elements) != declared:
        raise RefusedError(f"{len(elements)} keys were sent and {declared} declared.")
    if records < session.minimum_set:
        raise RefusedError(
            f"{records} records are fewer than the minimum of {session.minimum_set}."
        )
    if declared > session.cap:
        raise RefusedError(f"{declared} keys are more than the cap of {session.cap}.")
    if declared > records * SLOTS + PAD_TO:
        raise RefusedError(f"{declared} keys are more than {records} records can have.")
    require_enough_keys(declared, records)
    if len(set(elements)) < len(elements):
        raise RefusedError("the same element stands in the request twice.")
    return elements


def require_enough_keys(keys: int, records: int) -> None:
    """Refuse a list with far fewer different keys than records.

    Raises
    ------
    RefusedError
        If there are fewer keys than one for :data:`RECORDS_PER_KEY` records.
    """
    if keys * RECORDS_PER_KEY < records:
        raise RefusedError(
            f"{keys} different keys for {records} records: the list holds the same people many "
            "times, or says too little of them. Link it in clear first."
        )


def _require_first(side: str, session: Session, request: str, log: Log) -> None:
    """Refuse a second request of one side: two that differ in one person would be a look-up."""
    for line in log.lines():
        same = line.get("session") == session.session_id and line.get("side") == side
        if not same or line.get("event") != "evaluated":
            continue
        if line.get("request") == request:
            raise RefusedError(f"this request of {side} was answered already; use that answer.")
        raise RefusedError(
            f"{side} was answered already in this session. A second list that differs a little "
            "would tell about single persons; it needs a session of its own."
        )


def _evaluated(seed: str, elements: list[bytes], report: Report) -> tuple[bytes, bytes]:
    evaluator = _evaluator(bytes.fromhex(seed))
    evaluated, proofs = [], []
    for batch in _batches(elements):
        proof, answer = _evaluate_batch(evaluator, batch)
        proofs.append(proof)
        evaluated.append(answer)
        report(sum(map(len, evaluated)) / ELEMENT_BYTES, len(elements))
    return b"".join(evaluated), b"".join(proofs)


def _batches(elements: list[bytes]) -> Iterator[list[bytes]]:
    for at in range(0, len(elements), LARGEST_BATCH):
        yield elements[at : at + LARGEST_BATCH]


def _evaluate_batch(evaluator: Any, batch: list[bytes]) -> tuple[bytes, bytes]:
    from voprf import ristretto

    try:
        blinded = [ristretto.BlindedInput.deserialize(each) for each in batch]
    except ValueError as error:
        raise RefusedError("the request holds something that is no blinded key.") from error
    answer = bytes(evaluator.evaluate_batch(blinded).serialize())
    return answer[:PROOF_BYTES], answer[PROOF_BYTES:]


def _evaluator(seed: bytes) -> Any:
    try:
        from voprf import ristretto
    except ImportError as error:
        raise MissingExtraError("sealed", "Linking without names") from error
    return ristretto.Evaluator.from_seed(seed, b"safepassage sealed session")
