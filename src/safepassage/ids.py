"""Identifiers and tokens.

A *token* stands for a travel party wherever names must not. Tokens differ from document to
document, so that two papers found together cannot be joined (DOMAIN, protection of data).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so a token survives being read over a radio."""

TOKEN_LENGTH = 8


def _encode(digest: bytes, length: int) -> str:
    number = int.from_bytes(digest[:16], "big")
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(length))


def stable_token(
    prefix: str, parts: Iterable[str], length: int = TOKEN_LENGTH, *, key: bytes = b""
) -> str:
    """Return the token of a set of identifiers, the same whatever their order.

    Parameters
    ----------
    prefix
        One or two letters that say what the token stands for (``H`` household, ``P`` person).
    parts
        Identifiers, none of them a name.
    length
        Characters after the prefix; 8 gives 40 bits.
    key
        Secret without which nobody who knows the identifiers can try out which token is theirs.
        Needed wherever the identifiers can be guessed, as the row numbers of a list can.
    """
    body = "\x1f".join(sorted(parts)).encode()
    return f"{prefix}-{_encode(hmac.new(key, body, hashlib.sha256).digest(), length)}"


def document_token(token: str, document_key: bytes, length: int = TOKEN_LENGTH) -> str:
    """Return the token under which `token` appears in one document only.

    Parameters
    ----------
    token
        The plan's token.
    document_key
        Secret of this one document; without it two documents cannot be joined.
    length
        Characters of the result.
    """
    return _encode(hmac.new(document_key, token.encode(), hashlib.sha256).digest(), length)
