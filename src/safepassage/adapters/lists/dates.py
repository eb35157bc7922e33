"""Dates and ages as lists write them (01-register §5, 01b-import §12)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from safepassage.core.register.scripts import fold
from safepassage.core.register.types import ApproximateDate
from safepassage.core.register.words import MONTH_WORDS

OLDEST_AGE = 120
"""The longest life that is documented is 122 years; beyond 120 an age is a typing error."""

_EXCEL_DAY_0 = date(1899, 12, 30)
"""Excel's serial days count from here after 1 March 1900 (it believes in 29 February 1900)."""
_UNKNOWN_DATES = frozenset(
    {"", "-", "?", "unknown", "неизвестно", "невідомо", "n/a", "нет", "немає"}
)
_TAIL = r"(?:[T ]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?\s*(?:г\.?\s*р?\.?|р\.?\s*н?\.?|року|года)?$"
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ].*)?$", re.IGNORECASE)
_DOTTED = re.compile(r"(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{4}|\d{2})" + _TAIL)
_MONTH_YEAR = re.compile(r"(\d{1,2})[./-](\d{4})" + _TAIL)
_WORDED = re.compile(r"(?:(\d{1,2})\s+)?([^\W\d_]{3,})\.?,?\s+(\d{4})" + _TAIL)
_WORDED_FIRST = re.compile(r"([a-z]{3,})\.?\s+(\d{1,2}),?\s+(\d{4})$")
_YEAR = re.compile(
    r"(?:~|ок\.?|около|бл\.?|близько|about|c\.)?\s*(\d{4})\s*(?:г\.?\s*р?\.?|р\.?\s*н?\.?|року|года)?$"
)
_SERIAL = re.compile(r"([1-5]\d{4})(?:\.\d+)?$")
_AGE = re.compile(
    r"(?:~|около|близько|about)?\s*(\d{1,3})(?:[.,]0)?\s*(?:лет|год|года|років|рік|роки|y\.?o?\.?|years?)?$"
)
_AGE_MONTHS = re.compile(r"(\d{1,2})\s*(?:мес|міс|months?|mo)[^\W\d_]*\.?$")
_ROUGH = re.compile(r"~|ок\.|около|бл\.|близько|about|c\.")


def parse_birth(text: str, as_of: str = "") -> ApproximateDate | None:
    """Return the birth date that a cell states, None where it states none.

    Accepted are ISO dates, dd.mm.yyyy, a month in words, mm.yyyy, a year, ``about`` a year, the
    serial number of a day as spreadsheets keep it, and an age where `as_of` is known. 1 January is
    kept as the day that the source wrote; that it often means a year is considered where dates are
    compared.

    Raises
    ------
    ValueError
        With a sentence, if the text is no date, or a date that does not exist.

    Examples
    --------
    >>> parse_birth("31.12.1950")
    ApproximateDate(earliest='1950-12-31', latest='1950-12-31')
    >>> parse_birth("70", as_of="2025-02-11")
    ApproximateDate(earliest='1954-02-12', latest='1955-02-11')
    """
    text = fold(text).strip()
    if text in _UNKNOWN_DATES:
        return None
    for pattern, build in _DATE_FORMS:
        if found := pattern.match(text):
            return _plausible(build(text, found), as_of)
    if _AGE.match(text) or _AGE_MONTHS.match(text):
        return parse_age(text, as_of)
    raise ValueError("is no date; accepted are dd.mm.yyyy, yyyy-mm-dd, a year, an age")


def parse_age(text: str, as_of: str) -> ApproximateDate | None:
    """Return the interval of birth dates that an age allows.

    Raises
    ------
    ValueError
        If it is no age between 0 and 120, or the date to which it refers is not known.
    """
    text = fold(text).strip()
    if text in _UNKNOWN_DATES:
        return None
    months = _AGE_MONTHS.match(text)
    found = months or _AGE.match(text)
    if not found:
        raise ValueError("is no age; accepted is a whole number of years")
    age = int(found[1])
    if age > OLDEST_AGE:
        raise ValueError(f"is an age of {age}; accepted are 0 to {OLDEST_AGE}")
    if not as_of:
        raise ValueError(
            "is an age, but the date to which it refers is not known ('as_of' of the list)"
        )
    return _months_old(age, as_of) if months else _years_old(age, as_of)


def iso_day(text: str) -> str:
    """Return a day as ``YYYY-MM-DD``, empty for a cell that says that none is known.

    Raises
    ------
    ValueError
        If it is no single day.
    """
    found = parse_birth(text)
    if found is None:
        return ""
    if found.earliest != found.latest:
        raise ValueError("is no day; accepted are dd.mm.yyyy and yyyy-mm-dd")
    return found.earliest


def is_serial(text: str) -> bool:
    """Return whether a cell holds the serial number of a day instead of the day."""
    return _SERIAL.match(text.strip()) is not None


def narrower(birth: ApproximateDate | None, age: ApproximateDate | None) -> ApproximateDate | None:
    """Return what two statements of a birth allow together; the first where they contradict."""
    if birth is None or age is None or not overlap(birth, age):
        return birth or age
    return ApproximateDate(max(birth.earliest, age.earliest), min(birth.latest, age.latest))


def overlap(one: ApproximateDate, other: ApproximateDate) -> bool:
    """Return whether one true date fits both."""
    return one.earliest <= other.latest and other.earliest <= one.latest


def _years_old(age: int, as_of: str) -> ApproximateDate:
    latest = _years_before(date.fromisoformat(as_of), age)
    earliest = _years_before(date.fromisoformat(as_of), age + 1) + timedelta(days=1)
    return ApproximateDate(earliest.isoformat(), latest.isoformat())


def _months_old(months: int, as_of: str) -> ApproximateDate:
    """Return the births; a month is taken as 30 to 31 days, such an age is never exact."""
    day = date.fromisoformat(as_of)
    earliest, latest = day - timedelta(days=31 * (months + 1)), day - timedelta(days=30 * months)
    return ApproximateDate(earliest.isoformat(), latest.isoformat())


def _from_iso(_: str, found: re.Match[str]) -> ApproximateDate:
    if found[3] is None:
        return _month(int(found[1]), int(found[2]))
    return _day(int(found[1]), int(found[2]), int(found[3]))


def _from_dotted(_: str, found: re.Match[str]) -> ApproximateDate:
    if len(found[3]) == 2:
        raise ValueError("has a year of two digits; write all four")
    day, month = int(found[1]), int(found[2])
    if month > 12 >= day:
        raise ValueError(f"has month {month}; accepted is day.month.year")
    return _day(int(found[3]), month, day)


def _from_month(_: str, found: re.Match[str]) -> ApproximateDate:
    return _month(int(found[2]), int(found[1]))


def _from_words(_: str, found: re.Match[str]) -> ApproximateDate:
    month = _month_named(found[2])
    if found[1] is None:
        return _month(int(found[3]), month)
    return _day(int(found[3]), month, int(found[1]))


def _from_words_first(_: str, found: re.Match[str]) -> ApproximateDate:
    return _day(int(found[3]), _month_named(found[1]), int(found[2]))


def _month_named(word: str) -> int:
    for beginning, month in MONTH_WORDS.items():
        if word.startswith(beginning):
            return month
    raise ValueError("is no date; no such month is known")


def _from_year(text: str, found: re.Match[str]) -> ApproximateDate:
    year, slack = int(found[1]), 2 if _ROUGH.match(text) else 0
    return ApproximateDate(f"{year - slack:04d}-01-01", f"{year + slack:04d}-12-31")


def _from_serial(_: str, found: re.Match[str]) -> ApproximateDate:
    day = (_EXCEL_DAY_0 + timedelta(days=int(found[1]))).isoformat()
    return ApproximateDate(day, day)


_DATE_FORMS: tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str]], ApproximateDate]], ...] = (
    (_ISO, _from_iso),
    (_DOTTED, _from_dotted),
    (_MONTH_YEAR, _from_month),
    (_YEAR, _from_year),
    (_SERIAL, _from_serial),
    (_WORDED, _from_words),
    (_WORDED_FIRST, _from_words_first),
)


def _day(year: int, month: int, day: int) -> ApproximateDate:
    try:
        found = date(year, month, day).isoformat()
    except ValueError:
        raise ValueError("is a day that does not exist") from None
    return ApproximateDate(found, found)


def _month(year: int, month: int) -> ApproximateDate:
    if not 1 <= month <= 12:
        raise ValueError("is a month that does not exist")
    following = date(year + month // 12, month % 12 + 1, 1)
    return ApproximateDate(
        f"{year:04d}-{month:02d}-01", (following - timedelta(days=1)).isoformat()
    )


def _plausible(found: ApproximateDate, as_of: str) -> ApproximateDate:
    newest = as_of or "2100-01-01"
    oldest = f"{int(newest[:4]) - OLDEST_AGE - 1:04d}" if as_of else "1880"
    if found.earliest > newest:
        raise ValueError("is a birth after the date of the list")
    if found.latest < oldest:
        raise ValueError(f"is a birth more than {OLDEST_AGE} years ago")
    return found


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
