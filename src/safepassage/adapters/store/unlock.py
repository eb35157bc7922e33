"""Ways to the master key of a key ring: a passphrase or a key file (01a-store §5)."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from safepassage.errors import SafePassageError

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_FILE_MARK = "SAFEPASSAGE-KEY-1:"
"""First characters of a key file, by which it is told from a file that holds a passphrase."""


@dataclass(frozen=True, slots=True)
class KdfSettings:
    """How much work a guess at a passphrase costs; stored with the ring.

    The default is the second recommended option of RFC 9106 (Argon2id, 64 MiB, 3 passes, 4 lanes).

    Parameters
    ----------
    name
        ``argon2id`` or ``scrypt`` (then `memory_kib` is rounded down to a power of two).
    """

    name: str = "argon2id"
    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


KINDS = ("passphrase", "key file")
"""What opens a ring."""
MOST_WORK = KdfSettings(memory_kib=1024 * 1024, passes=16, lanes=64)
"""A ring that asks for more is refused: it would stop the machine."""
MOST_FILLED_KIB = 4 * 1024 * 1024
"""Most memory times passes; the default fills 192 MiB."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the key ring lies and what opens it.

    Parameters
    ----------
    file
        The key ring.
    secret
        Passphrase, or the text of a key file (:func:`new_key_file_text`).
    kdf
        For rings that are made; one that is opened says its own.
    """

    file: Path
    secret: str = field(repr=False)
    kdf: KdfSettings = KdfSettings()


def new_key_file_text() -> str:
    """Return the text of a new key file: 256 random bits, to be kept on a stick of its own."""
    return f"{KEY_FILE_MARK}{os.urandom(KEY_BYTES).hex()}\n"


def derived_key(secret: bytes, purpose: str) -> bytes:
    """Return 32 bytes that follow from `secret` and `purpose` only (HKDF-SHA256, RFC 5869)."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"safepassage/{purpose}".encode()).derive(
        secret
    )


def wrap(master: bytes, secret: str, kdf: KdfSettings, register: str) -> dict[str, Any]:
    """Return the JSON object from which `secret` gives back the master key."""
    salt, nonce = os.urandom(16), os.urandom(NONCE_BYTES)
    way: dict[str, Any] = {"kind": kind_of(secret), "salt": salt.hex()}
    if way["kind"] == "passphrase":
        way |= {"kdf": kdf.name, "memory_kib": kdf.memory_kib, "passes": kdf.passes}
        way |= {"lanes": kdf.lanes}
    box = AESGCM(_wrapping_key(way, secret))
    sealed = box.encrypt(nonce, master, _wrap_context(register))
    return way | {"nonce": nonce.hex(), "sealed": sealed.hex()}


def unwrap(way: dict[str, Any], secret: str, register: str) -> bytes | None:
    """Return the master key, or None if `secret` does not open this way.

    Raises
    ------
    KeyError, TypeError, ValueError
        If `way` is no such object.
    """
    if way["kind"] != kind_of(secret):
        return None
    nonce, sealed = bytes.fromhex(way["nonce"]), bytes.fromhex(way["sealed"])
    try:
        return AESGCM(_wrapping_key(way, secret)).decrypt(nonce, sealed, _wrap_context(register))
    except InvalidTag:
        return None


def kind_of(secret: str) -> str:
    """Return ``key file`` or ``passphrase``."""
    return KINDS[secret.startswith(KEY_FILE_MARK)]


def _wrap_context(register: str) -> bytes:
    return f"safepassage master key of {register}".encode()


def _wrapping_key(way: dict[str, Any], secret: str) -> bytes:
    salt = bytes.fromhex(way["salt"])
    if way["kind"] == "key file":
        return derived_key(salt + _key_file_bytes(secret), "key file")
    settings = KdfSettings(way["kdf"], way["memory_kib"], way["passes"], way["lanes"])
    # the same passphrase typed on another system may come composed differently
    return _stretched(unicodedata.normalize("NFC", secret).encode(), salt, settings)


def _key_file_bytes(text: str) -> bytes:
    try:
        key = bytes.fromhex(text.removeprefix(KEY_FILE_MARK).strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SafePassageError("The key file is damaged: 64 hexadecimal digits were expected.")
    return key


def _stretched(passphrase: bytes, salt: bytes, settings: KdfSettings) -> bytes:
    _check_work(settings)
    if settings.name == "scrypt":
        n = 1 << (settings.memory_kib.bit_length() - 1)  # n blocks of 128 * r = 1 KiB
        return Scrypt(salt, KEY_BYTES, n=n, r=8, p=settings.passes).derive(passphrase)
    if settings.name != "argon2id":
        raise ValueError(settings.name)
    try:
        kdf = Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=settings.passes,
            lanes=settings.lanes,
            memory_cost=settings.memory_kib,
        )
    except UnsupportedAlgorithm as error:
        sentence = "Argon2id needs a build of the package 'cryptography' with OpenSSL 3.2 or later."
        raise SafePassageError(sentence) from error
    return kdf.derive(passphrase)


def _check_work(settings: KdfSettings) -> None:
    asked = settings.memory_kib, settings.passes, settings.lanes
    most = MOST_WORK.memory_kib, MOST_WORK.passes, MOST_WORK.lanes
    if any(not 0 < a <= b for a, b in zip(asked, most, strict=True)):
        raise ValueError("work out of bounds")
    if settings.memory_kib * settings.passes > MOST_FILLED_KIB:
        raise ValueError("work out of bounds")
