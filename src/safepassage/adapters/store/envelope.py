"""One entry in, one row with an encrypted body out, and back (01a-store §2, §3)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from safepassage.adapters.store.codec import (
    KIND_OF,
    UnknownShapeError,
    canonical_text,
    decode_body,
    encode_body,
)
from safepassage.adapters.store.database import LARGEST_COUNTER, Row
from safepassage.adapters.store.keyring import GENERAL
from safepassage.adapters.store.unlock import NONCE_BYTES, derived_key
from safepassage.core.register.entries import (
    Answered,
    Body,
    ClaimMade,
    Contested,
    Corrected,
    Entry,
    ListReceived,
    RowRejected,
)
from safepassage.ids import stable_token

PADDED_TO = 128
"""Bodies are filled up with spaces to a multiple of this: their length says little of a name's."""

ID_LENGTH = 24
"""Characters of an entry id after ``E-``: 120 bits, so that none is ever met twice by chance."""

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|\+00:00)")

SeenReader = Callable[[str], tuple[tuple[str, int], ...]]
KeyFinder = Callable[[str], bytes | None]


class AlteredError(Exception):
    """A row is not what was written: its body or what stands around it was changed."""


class NewerError(Exception):
    """A row is whole, but says what this version does not know."""


def subject_of(body: Body) -> str:
    """Return the record whose key an entry lies under; empty for the general key."""
    if isinstance(body, ClaimMade):
        return body.record.record_id
    if isinstance(body, RowRejected | Corrected | Contested | Answered):
        return body.record_id
    return GENERAL


def entry_id_of(body: Body, digest_key: bytes) -> str:
    """Return the id of an entry: of what lists say a keyed digest, of all else random."""
    if isinstance(body, ListReceived | ClaimMade | RowRejected):
        return stable_token("E", [canonical_text(body)], ID_LENGTH, key=digest_key)
    return stable_token("E", [os.urandom(32).hex()], ID_LENGTH)


def sealed(
    entry: Entry,
    register: str,
    key_id: str,
    key: bytes,
    words_keys: Sequence[tuple[str, bytes]] | None = None,
) -> Row:
    """Return the row of an entry that has a body.

    Parameters
    ----------
    words_keys
        Id and key of each record that a decision is about: its reason can be read only as long as
        all of them are there.
    """
    assert entry.body is not None  # noqa: S101 - for mypy: only what is readable is written
    seen = json.dumps(entry.seen, separators=(",", ":"))
    kind = KIND_OF[type(entry.body)]
    row = Row(
        entry.entry_id, entry.counter, entry.copy, seen, entry.at, kind, key_id,
        os.urandom(NONCE_BYTES), b"",
    )  # fmt: skip
    document: dict[str, Any] = {"by": entry.by, "body": encode_body(entry.body)}
    if words_keys is not None:
        document["words"] = _sealed_words(document["body"].pop("reason"), words_keys)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    plain = text.encode("utf-8", "surrogatepass")
    plain += b" " * (-len(plain) % PADDED_TO)
    return row._replace(ciphertext=AESGCM(key).encrypt(row.nonce, plain, row.context(register)))


def opened(row: Row, register: str, key_of: KeyFinder, seen: SeenReader) -> Entry:
    """Return the entry of a row; without its key, the entry without its body.

    Raises
    ------
    AlteredError, NewerError
    """
    key = key_of(row.key_id)
    if key is None:
        return Entry(row.entry_id, row.counter, row.copy, seen(row.seen), row.at, "", None)
    try:
        text = AESGCM(key).decrypt(row.nonce, row.ciphertext, row.context(register))
    except (InvalidTag, ValueError) as error:
        raise AlteredError(row.entry_id) from error
    try:
        author, body = _said(row.kind, text, key_of)
    except _NO_ENTRY as error:
        raise NewerError(row.entry_id) from error
    return Entry(row.entry_id, row.counter, row.copy, seen(row.seen), row.at, author, body)


_NO_ENTRY = (UnknownShapeError, InvalidTag, KeyError, TypeError, ValueError, RecursionError)
"""What a text brings about that is whole and holds no entry."""


def _said(kind: str, text: bytes, key_of: KeyFinder) -> tuple[str, Body]:
    document: dict[str, Any] = json.loads(text)
    if "words" in document:
        document["body"]["reason"] = _opened_words(document["words"], key_of)
    return str(document["by"]), decode_body(kind, document["body"])


def _sealed_words(words: str, keys: Sequence[tuple[str, bytes]]) -> dict[str, Any]:
    nonce = os.urandom(NONCE_BYTES)
    box = AESGCM(derived_key(b"".join(key for _, key in keys), "words"))
    text = box.encrypt(nonce, words.encode("utf-8", "surrogatepass"), None)
    return {"keys": [key_id for key_id, _ in keys], "nonce": nonce.hex(), "text": text.hex()}


def _opened_words(sealed_words: dict[str, Any], key_of: KeyFinder) -> str:
    """Return a decision's reason; empty once a record that it is about was erased."""
    keys = [key_of(key_id) for key_id in sealed_words["keys"]]
    there = [key for key in keys if key is not None]
    if len(there) < len(keys):
        return ""
    nonce, text = (bytes.fromhex(sealed_words[part]) for part in ("nonce", "text"))
    # what binds the words to their entry is the encryption of the entry around them
    plain = AESGCM(derived_key(b"".join(there), "words")).decrypt(nonce, text, None)
    return plain.decode("utf-8", "surrogatepass")


def seen_reader() -> SeenReader:
    """Return a reader of what a copy knew; the same text gives one object, as imports need it."""
    known: dict[str, tuple[tuple[str, int], ...]] = {}

    def read(text: str) -> tuple[tuple[str, int], ...]:
        if text not in known:
            known[text] = _seen(text)
        return known[text]

    return read


def _seen(text: str) -> tuple[tuple[str, int], ...]:
    try:
        pairs = tuple((copy, counter) for copy, counter in json.loads(text))
    except (TypeError, ValueError) as error:
        raise AlteredError(text) from error
    if not all(
        isinstance(c, str) and isinstance(n, int) and 0 <= n <= LARGEST_COUNTER for c, n in pairs
    ):
        raise AlteredError(text)
    return pairs


def is_moment(text: str) -> bool:
    """Whether `text` is an ISO 8601 moment in UTC, to the second."""
    return _MOMENT.fullmatch(text) is not None
