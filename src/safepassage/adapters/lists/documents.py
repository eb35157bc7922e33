"""Document numbers, turned into keyed hashes at the door (01b-import §8).

A number itself is neither stored nor shown. The hash serves only to see that two lists name the
same document; without the store's key nobody can try numbers out.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from safepassage.core.register.scripts import fold
from safepassage.core.register.words import NO_DOCUMENT_WORDS, PAPER_WORDS

ONE_SHOT_KEY = b"safepassage: one shot, in memory, never written"
"""Key where there is no store: such hashes live as long as the command and are written nowhere."""

_TO_LATIN = str.maketrans("АВЕКМНОРСТУХІЈЅЪЬЗ", "ABEKMHOPCTYXIJSbb3")
"""Capital letters that look alike on a document, and З as the 3 for which it is taken."""
_ROMAN = re.compile(r"[IVXLC]+$")
_DATE = re.compile(r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b")
_WORDS = re.compile(r"[^\W_]+")
_NUMBER_SIGNS = frozenset({"N", "NO", "NR", "Н", "НР"})
_LEAST_DIGITS = 4
_LONGEST_SERIES = 2


def document_hashes(text: str, key: bytes) -> tuple[str, ...]:
    """Return the hashes of the document numbers in a cell.

    Case, spaces, dashes, words around the number and letters of another alphabet that look alike
    make no difference.

    Parameters
    ----------
    key
        From the store; empty for :data:`ONE_SHOT_KEY`.

    Examples
    --------
    >>> document_hashes("ab 123456", b"k") == document_hashes("паспорт АВ № 123-456", b"k")
    True
    """
    numbers = dict.fromkeys(
        number for part in re.split(r"[;,|\n]", text) if (number := document_number(part))
    )
    return tuple(_hash(number, key) for number in numbers)


def document_number(text: str) -> str:
    """Return a number as it is compared; empty where the text has fewer than four digits."""
    text = unicodedata.normalize("NFKC", text.replace("№", " "))
    text = _before_issue(_DATE.sub(" ", text))
    words = [word for word in _WORDS.findall(text.upper()) if _is_part(word)]
    number = "".join(words).translate(_TO_LATIN)
    return number if sum(map(str.isdigit, number)) >= _LEAST_DIGITS else ""


def hide_documents(text: str) -> str:
    """Return what may be shown and kept of a cell of documents: its words without any number."""
    if fold(text).strip(" .") in NO_DOCUMENT_WORDS:
        return text
    return re.sub(r"\b[^\W_]*\d[^\W_]*\b|\b[A-ZА-ЯІЇЄҐ]{1,2}\b", "…", text)


def says_more(text: str) -> bool:
    """Return whether a cell of documents holds words beside the kind and number of a paper."""
    return bool(re.search(r"[^\W\d_]{3,}", text))


def _before_issue(text: str) -> str:
    words = text.split()
    for at, word in enumerate(words):
        if at and PAPER_WORDS.get(fold(word).strip(".,:")) == "issued":
            return " ".join(words[:at])
    return text


def _is_part(word: str) -> bool:
    if any(map(str.isdigit, word)) or word in _NUMBER_SIGNS:
        return word not in _NUMBER_SIGNS
    return len(word) <= _LONGEST_SERIES or bool(_ROMAN.match(word.translate(_TO_LATIN)))


def _hash(number: str, key: bytes) -> str:
    body = b"safepassage document\x1f" + number.encode()
    return hmac.new(key or ONE_SHOT_KEY, body, hashlib.sha256).hexdigest()
