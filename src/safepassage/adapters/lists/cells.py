"""Cells made readable: invisible signs, NUL bytes, text that an earlier program garbled.

What is taken out is invisible, and what is mended can be garbled again the same way, so nothing
that the source said is lost (01b-import §9, §10).
"""

from __future__ import annotations

import re

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
"""Control signs, soft hyphen, zero-width signs, fillers, tags, direction marks and overrides.

Not those from U+0080 on: text that was garbled is made whole by them.
"""
_HIGH_LATIN = "À-ÿ¥¨ª¯²³´¸¹º¿¡¢£"
_GARBLED_1251 = re.compile(
    f"(?<![A-Za-z])[{_HIGH_LATIN}]*[À-ÿ][{_HIGH_LATIN}]*[À-ÿ][{_HIGH_LATIN}]*(?![A-Za-z])"
)
_GARBLED_UTF8 = re.compile("[ÃÂÐÑÒ][\u0080-\u00bf\u0152-\u0178\u02c6\u02dc\u2013-\u2122]")
_GARBLED_UTF8_AS_1251 = re.compile("(?:[РС][\u0402-\u045f\u00a0-\u00bb\u2013-\u2122]){2}")
_SUSPECT = re.compile(
    f"{_INVISIBLE.pattern}|{_GARBLED_UTF8.pattern}|{_GARBLED_1251.pattern}"
    f"|{_GARBLED_UTF8_AS_1251.pattern}"
)
_CYRILLIC = re.compile("[Ѐ-ӿ]")
_HIGH_LETTER = re.compile("[\u00aa-\u00ff]")
_MIXED = re.compile("[A-Za-z][À-ÿ]|[À-ÿ][A-Za-z]")
GARBLED_1251 = "cp1251 read as Latin-1"
"""How the text was garbled that is met most."""


def is_suspect(text: str) -> bool:
    """Return whether a text holds invisible signs or what looks garbled; quick."""
    return (not text.isascii() and _SUSPECT.search(text) is not None) or _has_control(text)


def without_invisible(text: str) -> str:
    """Return a cell without control signs, zero-width signs and marks of direction.

    Examples
    --------
    >>> without_invisible("Анна\u200b")
    'Анна'
    """
    return _INVISIBLE.sub("", text)


def mend(text: str) -> tuple[str, str]:
    r"""Return a cell with garbled text made whole, and how it had been garbled, empty if not.

    Examples
    --------
    >>> mend("Èâàíåíêî")
    ('Иваненко', 'cp1251 read as Latin-1')
    >>> mend("Ð\x98Ð²Ð°Ð½")
    ('Иван', 'UTF-8 read as Latin-1')
    >>> mend("Müller")
    ('Müller', '')
    """
    if text.isascii():
        return text, ""
    if _GARBLED_UTF8.search(text) and (found := _again(text, ("latin-1", "cp1252"), "utf-8")):
        deeper, _ = mend(found)
        return (text, "") if _has_c1(deeper) else (deeper, "UTF-8 read as Latin-1")
    if _GARBLED_UTF8_AS_1251.search(text) and (found := _again(text, ("cp1251",), "utf-8")):
        return found, "UTF-8 read as cp1251"
    if _is_garbled_1251(text) and (found := _again(text, ("latin-1", "cp1252"), "cp1251")):
        return (text, "") if _has_c1(found) else (found, GARBLED_1251)
    return text, ""


def mend_beside(text: str) -> str:
    """Return a cell whole that stands in one row with cells that cp1251 read as Latin-1 garbled.

    Alone such a cell is too short to tell; a word that also has plain Latin letters is left.

    Examples
    --------
    >>> mend_beside("îê. 1950"), mend_beside("José")
    ('ок. 1950', 'José')
    """
    if _CYRILLIC.search(text) or not _HIGH_LETTER.search(text) or _MIXED.search(text):
        return text
    found = _again(text, ("latin-1", "cp1252"), "cp1251")
    return text if not found or _has_c1(found) else found


def _has_control(text: str) -> bool:
    return _INVISIBLE.search(text) is not None


def _is_garbled_1251(text: str) -> bool:
    """Words of Latin letters of which every one carries an accent are no words."""
    if _CYRILLIC.search(text) or not _GARBLED_1251.search(text):
        return False
    words = [word for word in re.findall(r"[^\W\d_]+", text) if _HIGH_LETTER.search(word)]
    whole = [word for word in words if not re.search("[A-Za-z]", word)]
    return len(whole) == len(words) and any(len(word) > 2 for word in whole)


def _again(text: str, wrong: tuple[str, ...], right: str) -> str:
    """Return `text` encoded as it was wrongly read and read rightly; empty if that fails."""
    for code in wrong:
        try:
            found = text.encode(code).decode(right)
        except UnicodeError:
            continue
        return found
    return ""


def _has_c1(text: str) -> bool:
    """Return whether a text holds control signs that no text has: it was not made whole."""
    return any("\x80" <= sign <= "\x9f" for sign in text)
