"""Bytes to text: UTF-8 as asked for, anything else recognised and said (00-scenario §8)."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

CYRILLIC_CODES = ("cp1251", "koi8-u", "cp866", "mac_cyrillic", "iso8859-5")
LATIN_CODES = ("cp1252", "cp1250")
CODE_NAMES = {
    "cp1251": "cp1251 (Windows, Cyrillic)",
    "koi8-u": "KOI8-U (Cyrillic)",
    "cp866": "cp866 (DOS, Cyrillic)",
    "mac_cyrillic": "Mac Cyrillic",
    "iso8859-5": "ISO 8859-5 (Cyrillic)",
    "cp1252": "cp1252 (Windows, Western)",
    "cp1250": "cp1250 (Windows, Central European)",
    "utf-16": "UTF-16",
}
_COMMON_CYRILLIC = frozenset("оеаинтсрвлкмдпуяіь")
_COMMON_LATIN = frozenset("àâäåæçèéêëíîïñóôöøúüßąćęłńśźżčďěňřšťůžőű")
_NOT_FOR_FILES = frozenset({
    "idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape",
})  # fmt: skip
"""Codecs that turn bytes into text and yet are no encoding in which anybody saves a list."""

_SAMPLE_BYTES = 200_000
_RARER = 0.02
"""How much less likely each code page is than the one before it in the lists above."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file as text.

    Parameters
    ----------
    encoding
        Python codec that was used.
    """

    text: str
    encoding: str

    @property
    def as_asked(self) -> bool:
        """Whether the file is UTF-8, with or without byte order mark."""
        return self.encoding == "utf-8"

    @property
    def encoding_name(self) -> str:
        """The encoding as a person knows it."""
        return CODE_NAMES.get(self.encoding, self.encoding)


def decode(data: bytes) -> Decoded | None:
    """Return the text of a file, or None if no known encoding gives words.

    Legacy code pages are told apart by how many words they give in one script with common
    letters: Russian or Ukrainian read with the wrong page mixes scripts and cases.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _try(data, "utf-16")
    as_utf8 = _try(data, "utf-8-sig")
    return Decoded(as_utf8.text, "utf-8") if as_utf8 else _best_legacy(data)


def decode_as(data: bytes, encoding: str) -> Decoded | None:
    """Return the text in a stated encoding, ``"auto"`` to recognise it, or None if it fails."""
    if encoding == "auto":
        return decode(data)
    stated = _try(data, "utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding)
    return Decoded(stated.text, "utf-8") if stated and stated.encoding == "utf-8-sig" else stated


def is_workbook(data: bytes) -> bool:
    """Return whether the bytes are an Excel or OpenDocument workbook and not text."""
    return data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def _try(data: bytes, encoding: str) -> Decoded | None:
    try:
        if codecs.lookup(encoding).name.replace("_", "-") in _NOT_FOR_FILES:
            return None
        return Decoded(data.decode(encoding), encoding)
    except (ValueError, LookupError):  # a UnicodeError is a ValueError; so is a NUL in the name
        return None


def _best_legacy(data: bytes) -> Decoded | None:
    sample = data[:_SAMPLE_BYTES]
    scored = [
        (_score(sample.decode(code, errors="replace"), code) - place * _RARER, code)
        for place, code in enumerate(CYRILLIC_CODES + LATIN_CODES)
    ]
    for score, code in sorted(scored, reverse=True):
        decoded = _try(data, code)
        if score > 0 and decoded is not None:
            return decoded
    return None


def _score(text: str, code: str) -> float:
    words = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
    if not words:
        return 0.0
    script, common = (
        ("CYRILLIC", _COMMON_CYRILLIC) if code in CYRILLIC_CODES else ("LATIN", _COMMON_LATIN)
    )
    odd = sum(not sign.isascii() and not sign.isalpha() for sign in text)
    whole = sum(_is_plain_word(word, script) for word in words) / len(words)
    letters = [letter for word in words for letter in word if not letter.isascii()]
    usual = sum(letter.lower() in common for letter in letters) / len(letters)
    return whole + usual - odd / len(words)


def _is_plain_word(word: str, script: str) -> bool:
    """Return whether a word stays in one script, with capitals only where people put them."""
    one_script = all(unicodedata.name(letter, "").startswith(script) for letter in word)
    return one_script and (word.islower() or word.isupper() or word.istitle())
