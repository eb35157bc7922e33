"""Telephone numbers in E.164, beside what the source wrote (01b-import §13)."""

from __future__ import annotations

import re

PHONE_COLUMN = "phone_e164"
"""Under this name the numbers stand in a record's `extra`."""

_SEPARATORS = re.compile(
    r"[;,|\n]|\s/\s|(?<=\d)/(?=\+?\d{5})|\s(?=\+)|\b(?:и|і|та|або|или|or|and)\b"
)
_FEWEST_DIGITS = 5


def e164(text: str, region: str) -> tuple[str, ...]:
    """Return every valid telephone number in a cell as ``+`` and digits (ITU-T E.164).

    Parameters
    ----------
    region
        Two-letter region of numbers without a country code; empty if none is known, then only
        numbers with one are recognised.

    Examples
    --------
    >>> e164("050 123-45-67, +7 (910) 123-45-67", "UA")
    ('+380501234567', '+79101234567')
    """
    parts = [part for part in _SEPARATORS.split(text) if _digits(part) >= _FEWEST_DIGITS]
    found = (_one(part, region) for part in parts)
    return tuple(dict.fromkeys(number for number in found if number))


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _one(text: str, region: str) -> str:
    import phonenumbers

    for reading in _readings(text.strip(), region):
        try:
            parsed = phonenumbers.parse(reading, region or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return ""


def _readings(text: str, region: str) -> tuple[str, ...]:
    """Return the text, and the text as a number whose plus sign was lost."""
    digits = "".join(filter(str.isdigit, text))
    if text.startswith("+") or len(digits) < 11:
        return (text,)
    return (text, f"+{digits}") if region else (f"+{digits}",)
