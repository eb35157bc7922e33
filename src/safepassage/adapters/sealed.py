"""Files of a session without names: the session's terms, requests, answers, sealed sets, the log.

Every file is a signed envelope (DSSE) around canonical JSON. None holds a name or a key made of
names; what each holder could still learn from one is in ``docs/theory/linkage-without-names.md``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from safepassage.core.ledger.canonical import canonical_json, digest
from safepassage.core.ledger.dsse import Envelope, sign, signatures_from_json, verified_by
from safepassage.core.register.sealed_cells import require_epsilon
from safepassage.errors import Finding, InputError, RefusedError, VersionError

VERSION = 2
ELEMENT_BYTES = 32
_PARTY = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SPOKEN = 40
"""Characters compared by voice: 160 bits, because whoever writes the terms may look for two with
the same ones, which takes about 2**80 tries here and 2**32 with sixteen characters."""


class Report(Protocol):
    """Receives progress from a long step."""

    def __call__(self, done: float, total: float, text: str = "") -> None:
        """Say how far the step is."""


@dataclass(frozen=True, slots=True)
class Session:
    """What everybody agrees on before anybody asks anything.

    Parameters
    ----------
    parties
        Sides that will hand in a set; the answer is given only if all do.
    party_keys
        Each side's Ed25519 key, hex, in the order of `parties`: nobody else can ask in its name.
    public_key
        The key holder's OPRF key, 32 bytes as hex.
    signing_key
        The key holder's Ed25519 key, hex.
    counter
        The counter's age recipient: sets are encrypted to it.
    cap
        Most sealed keys that one side may ask for.
    minimum_set
        Fewest records that a side may hand in.
    minimum_cell
        Smallest count that is shown.
    epsilon
        Noise of the cells, above 0.
    places
        Digest of the places by which villages are recognised; empty without a scenario.
    software
        Version whose canonical names are sealed: two versions may spell a name differently.
    made_on
        ISO date.
    """

    name: str
    parties: tuple[str, ...]
    party_keys: tuple[str, ...]
    public_key: str
    signing_key: str
    counter: str
    cap: int
    minimum_set: int
    minimum_cell: int
    epsilon: float
    places: str
    software: str
    made_on: str

    @property
    def session_id(self) -> str:
        """SHA-256 of all terms, to which keys, receipts and sets are bound."""
        return digest(self._body())

    @property
    def spoken(self) -> str:
        """Forty characters of it in fours, which all parties compare by voice."""
        characters = self.session_id[:_SPOKEN]
        return " ".join(characters[at : at + 4] for at in range(0, _SPOKEN, 4))

    def key_of(self, side: str) -> str:
        """Return a side's key as hex.

        Raises
        ------
        RefusedError
            If it is no party.
        """
        if side not in self.parties:
            raise RefusedError(
                f"'{side}' is no party; the session names {', '.join(self.parties)}."
            )
        return self.party_keys[self.parties.index(side)]

    def _body(self) -> dict[str, Any]:
        lists = {"parties": list(self.parties), "party_keys": list(self.party_keys)}
        return asdict(self) | lists | {"epsilon": str(self.epsilon)}

    def to_json(self) -> dict[str, Any]:
        """Return the terms as JSON."""
        return self._body()


# --------------------------------------------------------------------------------------- envelopes


def write_signed(path: Path, kind: str, body: Mapping[str, Any], key: bytes) -> bytes:
    """Write a signed file and return the digest of what was signed."""
    data = signed(kind, body, key)
    path.write_bytes(data)
    return data


def signed(kind: str, body: Mapping[str, Any], key: bytes) -> bytes:
    """Return the bytes of a signed file."""
    payload = canonical_json(dict(body) | {"version": VERSION})
    return json.dumps(sign(_type(kind), payload, [key]).to_json()).encode()


def _type(kind: str) -> str:
    return f"application/vnd.safepassage.sealed-{kind}+json"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed file as read; nothing in it is to be believed before :meth:`require`."""

    file: str
    envelope: Envelope
    body: dict[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of what was signed."""
        return hashlib.sha256(self.envelope.payload).hexdigest()

    def require(self, signer: str, who: str) -> None:
        """Refuse the file unless `signer` (a public key as hex) has signed it.

        Raises
        ------
        InputError
            If it has not.
        """
        try:
            valid = verified_by(self.envelope, [bytes.fromhex(signer)])
        except ValueError:
            valid = frozenset()
        if not valid:
            raise refused(f"was changed, or is not signed by {who}; ask for it again.", self.file)

    def text(self, name: str) -> str:
        """Return a text of the body.

        Raises
        ------
        InputError
            If it is missing.
        """
        return str(self._value(name, str))

    def number(self, name: str) -> int:
        """Return a whole number of the body, at least 0.

        Raises
        ------
        InputError
            If it is missing or negative.
        """
        value = self._value(name, int)
        if isinstance(value, bool) or value < 0:
            raise refused(f"'{name}' is no whole number.", self.file)
        return int(value)

    def blob(self, name: str) -> bytes:
        """Return bytes of the body.

        Raises
        ------
        InputError
            If they are missing or no base64.
        """
        try:
            return base64.b64decode(self._value(name, str), validate=True)
        except ValueError as error:
            raise refused(f"'{name}' cannot be read.", self.file) from error

    def _value(self, name: str, kind: type) -> Any:
        value = self.body.get(name)
        if not isinstance(value, kind):
            raise refused(f"has no '{name}'; it is damaged or made by another program.", self.file)
        return value


def read_signed(path: Path, kind: str) -> Signed:
    """Read a signed file of one kind without believing it yet.

    Raises
    ------
    InputError
        If it is no such file.
    VersionError
        If it is of another version of the format.
    """
    return parse_signed(path.read_bytes(), kind, path.name)


def parse_signed(data: bytes, kind: str, file: str) -> Signed:
    """Read the bytes of a signed file; see :func:`read_signed`."""
    try:
        outer = json.loads(data)
        payload = base64.b64decode(outer["payload"], validate=True)
        signatures = signatures_from_json(outer["signatures"])
        envelope = Envelope(str(outer["payloadType"]), payload, signatures)
        body = json.loads(payload)
    except (ValueError, KeyError, TypeError) as error:
        raise refused(f"is no {kind} file of a session without names.", file) from error
    if envelope.payload_type != _type(kind) or not isinstance(body, dict):
        raise refused(f"is no {kind} file; found {envelope.payload_type[:80]}.", file)
    if body.get("version") != VERSION:
        raise VersionError(Finding(f"is not of version {VERSION}; use the same software.", file))
    return Signed(file, envelope, body)


def to_text(data: bytes) -> str:
    """Return bytes as they stand in a body."""
    return base64.b64encode(data).decode()


def split(data: bytes, size: int, file: str) -> list[bytes]:
    """Return bytes cut into pieces of one size.

    Raises
    ------
    InputError
        If they do not come out even.
    """
    if len(data) % size:
        raise refused("is cut off or damaged.", file)
    return [data[at : at + size] for at in range(0, len(data), size)]


def refused(message: str, file: str) -> InputError:
    """Return the error for a file that cannot be used."""
    return InputError(Finding(message, file))


# ----------------------------------------------------------------------------------------- session


def write_session(path: Path, session: Session, key: bytes) -> None:
    """Write the terms, signed by the key holder."""
    write_signed(path, "session", session.to_json(), key)


def read_session(path: Path) -> Session:
    """Read a session's terms.

    Raises
    ------
    InputError
        If the file was changed or does not hold such terms.
    RefusedError
        If its terms let counts out without enough noise.
    """
    found = read_signed(path, "session")
    found.require(found.text("signing_key"), "the key holder that it names")
    try:
        parties = tuple(map(str, found.body["parties"]))
        party_keys = tuple(map(str, found.body["party_keys"]))
        epsilon = float(found.text("epsilon"))
    except (KeyError, TypeError, ValueError) as error:
        raise refused("does not hold a session's terms.", path.name) from error
    require_epsilon(epsilon)
    if len(parties) != len(party_keys):
        raise refused("does not hold a key for every party.", path.name)
    return Session(
        parties=parties,
        party_keys=party_keys,
        epsilon=epsilon,
        name=found.text("name"),
        public_key=found.text("public_key"),
        signing_key=found.text("signing_key"),
        counter=found.text("counter"),
        cap=found.number("cap"),
        minimum_set=found.number("minimum_set"),
        minimum_cell=found.number("minimum_cell"),
        places=found.text("places"),
        software=found.text("software"),
        made_on=found.text("made_on"),
    )


def require_plain_names(names: Sequence[str]) -> None:
    """Refuse names of sessions and parties that are not short, plain and different.

    Raises
    ------
    RefusedError
        If one cannot be used.
    """
    for name in names:
        if not _PARTY.fullmatch(name):
            raise RefusedError(
                f"name '{name}': small Latin letters, digits, - and _ are accepted, 32 at most."
            )
        if names.count(name) > 1:
            raise RefusedError(f"the name '{name}' is given twice.")


# --------------------------------------------------------------------------------- secrets and log


def write_secret(path: Path, body: Mapping[str, Any]) -> None:
    """Write a file that only its owner may read; an existing one is never overwritten.

    Raises
    ------
    InputError
        If the file is there already.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        message = "is there already; a secret is never overwritten. Name another file."
        raise refused(message, path.name) from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(dict(body) | {"version": VERSION}, file)


def read_secret(path: Path, names: Sequence[str]) -> dict[str, str]:
    """Read a secret file that holds these texts.

    Raises
    ------
    InputError
        If it does not.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(body[name]) for name in names}
    except (ValueError, KeyError, TypeError) as error:
        raise refused("is not the secret file that is needed here.", path.name) from error


class Log:
    """An append-only log whose lines are chained by hashes; it never holds anything personal."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the log alone, so that two commands cannot both be the first.

        Raises
        ------
        RefusedError
            If another command holds it.
        """
        lock = self.path.with_name(self.path.name + ".lock")
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError as error:
            raise RefusedError(
                f"another command is working here. If none is, delete {lock.name}."
            ) from error
        try:
            yield
        finally:
            lock.unlink()

    def lines(self) -> list[dict[str, Any]]:
        """Return all lines.

        Raises
        ------
        InputError
            If a line was changed, taken out or put in.
        """
        found: list[dict[str, Any]] = []
        previous = ""
        for number, text in enumerate(self._texts(), start=1):
            try:
                line = json.loads(text)
            except ValueError:
                line = None
            if not isinstance(line, dict) or line.get("previous") != previous:
                message = f"line {number} does not continue the log: it was changed."
                raise refused(message, self.path.name)
            found.append(line)
            previous = _line_digest(text)
        return found

    def head(self) -> str:
        """Return the digest of the last line; whoever keeps it sees later if a line is gone."""
        texts = self._texts()
        return _line_digest(texts[-1]) if texts else ""

    def append(self, **line: str | int) -> None:
        """Add a line and wait until it is on the disk."""
        self.lines()
        text = canonical_json(line | {"previous": self.head()}).decode()
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _texts(self) -> list[str]:
        return self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []


def _line_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
