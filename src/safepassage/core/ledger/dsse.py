"""Ed25519 signatures in DSSE envelopes: what was signed is what was typed, byte for byte.

Dead Simple Signing Envelope, protocol version 1: the signature covers the payload's type and its
exact bytes, so nobody has to parse before verifying. Keys come in as arguments; nothing is stored.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature and the id of the key that made it; the id is a hint, never trusted."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with its type and signatures."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    def to_json(self) -> dict[str, object]:
        """Return the envelope in DSSE's JSON form."""
        return {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": self.payload_type,
            "signatures": signatures_to_json(self.signatures),
        }


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed (DSSE protocol, "PAE").

    Examples
    --------
    >>> pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def key_id(public_key: bytes) -> str:
    """Return a key's id: the SHA-256 of its 32 raw bytes, hex."""
    return hashlib.sha256(public_key).hexdigest()


def public_key_of(private_key: bytes) -> bytes:
    """Return the 32 raw bytes of the public key that belongs to a private one."""
    key = Ed25519PrivateKey.from_private_bytes(private_key).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(payload_type: str, payload: bytes, private_keys: Iterable[bytes]) -> Envelope:
    """Sign a payload with one or several keys.

    Parameters
    ----------
    private_keys
        Raw Ed25519 seeds of 32 bytes each.

    Raises
    ------
    ValueError
        If a key does not have 32 bytes.
    """
    message = pre_authentication_encoding(payload_type, payload)
    return Envelope(payload_type, payload, tuple(_sign(message, key) for key in private_keys))


def verified_by(envelope: Envelope, public_keys: Iterable[bytes]) -> frozenset[str]:
    """Return the ids of those keys that have validly signed the envelope.

    Every key is tried against every signature, since a key id is only a hint.
    """
    message = pre_authentication_encoding(envelope.payload_type, envelope.payload)
    return frozenset(
        key_id(key)
        for key in public_keys
        if any(_valid(message, signature.sig, key) for signature in envelope.signatures)
    )


def signatures_to_json(signatures: Sequence[Signature]) -> list[dict[str, str]]:
    """Return signatures in DSSE's JSON form."""
    return [{"keyid": s.keyid, "sig": base64.b64encode(s.sig).decode()} for s in signatures]


def signatures_from_json(value: object) -> tuple[Signature, ...]:
    """Read signatures from DSSE's JSON form.

    Raises
    ------
    ValueError
        If the value has another shape or is not base64.
    """
    if not isinstance(value, list):
        raise ValueError("signatures are not a list")  # noqa: TRY004 - one error for bad input
    return tuple(_signature(item) for item in value)


def _signature(item: object) -> Signature:
    if not isinstance(item, dict) or set(item) != {"keyid", "sig"}:
        raise ValueError("a signature has other keys than keyid and sig")
    keyid, text = str(item["keyid"]), str(item["sig"])
    try:
        signature = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError("a signature is not base64") from error
    # Base64 has several spellings of some bytes; only one of them was signed and sent.
    if base64.b64encode(signature).decode() != text:
        raise ValueError("a signature is not in canonical base64")
    return Signature(keyid, signature)


def _sign(message: bytes, private_key: bytes) -> Signature:
    signature = Ed25519PrivateKey.from_private_bytes(private_key).sign(message)
    return Signature(key_id(public_key_of(private_key)), signature)


def _valid(message: bytes, signature: bytes, public_key: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
