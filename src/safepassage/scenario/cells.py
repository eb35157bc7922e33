"""One cell: text to value, or a sentence that says what is accepted (00-scenario §11, §12)."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from urllib.parse import urlsplit

from safepassage.errors import mask
from safepassage.scenario.schema import Column
from safepassage.units import parse_moment

_INT = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})", re.ASCII
)
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)", re.ASCII)
_ID = re.compile(r"[\w.-]+")
_HARMLESS = re.compile(r"[-+0-9.,:;/ ]{1,6}|[A-Z]{1,8}-(?=[A-Z]*\d)[0-9A-Z]{1,16}", re.ASCII)
"""Short numbers and tokens such as H-12; everything else may be a name or a telephone number."""

_FORMULA = re.compile(r"'*[=+@\t\r-]")
_UNSEEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")
_ONE_LINE = frozenset({
    "name", "name_local", "title", "type", "claimed_by", "speaker", "capacity",
    "document", "witness",
})  # fmt: skip
"""Columns that are shown in the middle of a line; a line break in one would fake a line."""

_LINE_BREAKS = frozenset("\n\r\t\v\f\x85\u2028\u2029")
MINUTES_PER_HOUR = 60
_DAY_MINUTES = 24 * MINUTES_PER_HOUR
_LATITUDE_LIMIT = 90.0
_LONGITUDE_LIMIT = 180.0
_LONGEST_CELL = 20_000
_LONGEST_INT = 18
_LONGEST_ID = 100

_LOOKALIKES = str.maketrans("АВЕКМНОРСТХУІЈЅаеорсухіјѕ", "ABEKMHOPCTXYIJSaeopcyxijs")


class CellError(ValueError):
    """A cell that cannot be read; the text says what is accepted."""


def parse_cell(text: str, column: Column, *, personal: bool = False) -> object:
    """Return the value of a cell, None if it is empty and may be.

    Parameters
    ----------
    text
        The cell as it stands in the file.
    personal
        Show a wrong value masked, since it may be a name in the wrong column.

    Raises
    ------
    CellError
        With a sentence that says what was found and what is accepted.
    """
    text = text.strip()
    if not text:
        if column.required:
            raise CellError(f"is empty; needed: {_lower_first(column.meaning).rstrip('.')}")
        return None
    if len(text) > _LONGEST_CELL:
        raise CellError(f"holds {len(text)} characters; at most {_LONGEST_CELL} are accepted")
    try:
        return _PARSERS[column.kind](text, column)
    except CellError as error:
        shown = shown_value(text, personal=personal)
        raise CellError(f"{shown} {error}") from None


def shown_value(text: str, *, personal: bool) -> str:
    """Return a cell's text as it may stand in a message."""
    if personal and not _HARMLESS.fullmatch(text):
        return mask(text)
    unseen = (_is_hidden(sign) or sign in _LINE_BREAKS for sign in text[:61])
    seen = "".join(
        f"\\u{ord(sign):04x}" if hidden else sign
        for sign, hidden in zip(text, unseen, strict=False)
    )
    return f"'{seen if len(text) <= 60 else seen[:57] + '…'}'"


def looks_like_formula(text: str) -> bool:
    """Return whether a spreadsheet would take the text for a formula (00-scenario §17)."""
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text.strip())


def look_alike(text: str) -> str:
    """Return the id with Cyrillic letters replaced by the Latin ones they look like."""
    return unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)


def _lower_first(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _text(text: str, column: Column) -> str:
    if column.choices and text not in column.choices:
        raise CellError(f"is not accepted; accepted: {', '.join(column.choices)}")
    hidden = next((sign for sign in text if _is_hidden(sign)), None)
    if hidden is not None:
        raise CellError(f"holds the invisible character U+{ord(hidden):04X}; delete it")
    if column.name in _ONE_LINE and one_line(text) != text:
        raise CellError("holds a line break or tab; write it on one line")
    return text


def one_line(text: str) -> str:
    r"""Return a name or title without what is not seen or would begin a line of its own.

    Examples
    --------
    >>> one_line("North\nCHECKED: all rules hold")
    'North CHECKED: all rules hold'
    """
    spaced = "".join(" " if sign in _LINE_BREAKS else sign for sign in text)
    return "".join(sign for sign in spaced if not _is_hidden(sign))


def is_id(text: str) -> bool:
    """Return whether the text is an id that is also safe as the name of a file."""
    good = _ID.fullmatch(text) is not None and not text.startswith(".")
    return good and len(text) <= _LONGEST_ID


def _is_hidden(sign: str) -> bool:
    return sign in _UNSEEN or (unicodedata.category(sign) == "Cc" and sign not in "\n\t\r")


def _id(text: str, column: Column) -> str:
    text = unicodedata.normalize("NFC", text)
    if len(text) > _LONGEST_ID:
        raise CellError(f"has {len(text)} characters; an id has at most {_LONGEST_ID}")
    if any(sign.isspace() for sign in text):
        raise CellError("has a space in it; an id is one word, e.g. 'north_bus-2'")
    if not _ID.fullmatch(text):
        raise CellError("is not an id; accepted: letters, digits, '-', '_' and '.'")
    scripts = _scripts(text)
    if len(scripts) > 1:
        raise CellError(
            f"mixes {' and '.join(scripts)} letters, which look alike; write it in one alphabet"
        )
    return _text(text, column)


def _scripts(text: str) -> list[str]:
    names = {unicodedata.name(sign, "OTHER").split(" ")[0] for sign in text if sign.isalpha()}
    return sorted(name.capitalize() for name in names)


def _int(text: str, column: Column) -> int:
    if not _INT.fullmatch(text) or len(text) > _LONGEST_INT:
        raise CellError(f"is not a whole number; accepted: whole numbers{_range_text(column)}")
    return int(_in_range(int(text), column))


def _number(text: str, column: Column) -> float:
    if not _NUMBER.fullmatch(text):
        hint = ", with a point and not a comma" if "," in text else ""
        raise CellError(f"is not a number; write e.g. 12.5{hint}")
    value = float(text)
    if not math.isfinite(value):
        raise CellError("is too large")
    return _in_range(value, column)


def _in_range(value: float, column: Column) -> float:
    too_low = column.minimum is not None and value < column.minimum
    too_high = column.maximum is not None and value > column.maximum
    if too_low or too_high:
        raise CellError(f"is out of range; accepted: numbers{_range_text(column)}")
    return value


def _range_text(column: Column) -> str:
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f" from {low:g} to {high:.15g}"
    return f" from {low:g} up" if low is not None else ""


def _yes_no(text: str, column: Column) -> bool:  # noqa: ARG001 - one signature for all kinds
    if text not in {"yes", "no"}:
        raise CellError("is neither yes nor no; accepted: yes, no, or an empty cell")
    return text == "yes"


def _date(text: str, column: Column) -> str:  # noqa: ARG001 - one signature for all kinds
    wanted = "write year-month-day, e.g. 2025-02-11 for 11 February 2025"
    if not _DATE.fullmatch(text):
        raise CellError(f"is not a date; {wanted}")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise CellError(f"is not in the calendar; {wanted}") from None


def _moment(text: str, column: Column) -> str:  # noqa: ARG001 - one signature for all kinds
    example = "2025-02-20T08:00+02:00"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?", text):
        raise CellError(f"names no time zone, so it is two times; write e.g. {example}")
    if not _MOMENT.fullmatch(text):
        raise CellError(f"is not a moment; write date, time and zone, e.g. {example}")
    try:
        parse_moment(text)
    except (ValueError, OverflowError):
        raise CellError(f"is not in the calendar or on the clock; write e.g. {example}") from None
    return text


def _clock(text: str, column: Column) -> int:  # noqa: ARG001 - one signature for all kinds
    """Return minutes after midnight."""
    match = _CLOCK.fullmatch(text)
    minutes = int(match[1]) * MINUTES_PER_HOUR + int(match[2]) if match else _DAY_MINUTES + 1
    if minutes > _DAY_MINUTES:
        raise CellError("is not a time of day; write e.g. 20:00, from 00:00 to 24:00")
    return minutes


def clock_text(minutes: int) -> str:
    """Return a time of day as it stands in a cell.

    Examples
    --------
    >>> clock_text(1200)
    '20:00'
    """
    hours, rest = divmod(minutes, MINUTES_PER_HOUR)
    return f"{hours:02d}:{rest:02d}"


def _spans(text: str, column: Column) -> tuple[tuple[datetime, datetime], ...]:
    """Return pairs of moments in UTC."""
    return tuple(_span(part.strip(), column) for part in text.split(";") if part.strip())


def _span(text: str, column: Column) -> tuple[datetime, datetime]:
    start, slash, end = text.partition("/")
    if not slash:
        example = "2025-02-20T08:00+02:00/2025-02-20T14:00+02:00"
        raise CellError(f"has a part without '/'; write from/to, e.g. {example}")
    first, last = (parse_moment(_moment(part.strip(), column)) for part in (start, end))
    if last <= first:
        raise CellError(f"has a part that ends before it begins: '{text}'")
    return first, last


def _lat(text: str, column: Column) -> float:
    return _degrees(text, column, _LATITUDE_LIMIT, "latitude")


def _lon(text: str, column: Column) -> float:
    return _degrees(text, column, _LONGITUDE_LIMIT, "longitude")


def _degrees(text: str, column: Column, limit: float, name: str) -> float:
    if re.search(r"[°'′\"″NSEW]", text):
        raise CellError(f"is not a {name} in decimal degrees; write e.g. 51.2367")
    value = _number(text, column)
    if abs(value) > limit:
        raise CellError(f"is not a {name}; accepted: {-limit:g} to {limit:g}")
    return value


def _url(text: str, column: Column) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
    except ValueError:
        good = False
    if not good:
        raise CellError("is not a web address; write it in full, e.g. https://example.org/page")
    return _text(text, column)


def _ids(text: str, column: Column) -> tuple[str, ...]:
    parts = _split(text)
    return tuple(_part(part, column, _id) for part in parts)


def _words(text: str, column: Column) -> tuple[str, ...]:
    return tuple(_part(part, column, _text) for part in _split(text))


def _split(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if len(set(parts)) < len(parts):
        raise CellError("names the same value twice")
    return parts


def _part(part: str, column: Column, parse: Callable[[str, Column], str]) -> str:
    try:
        return parse(part, column)
    except CellError as error:
        comma = " (several values are separated by ';')" if "," in part or " " in part else ""
        raise CellError(f"has a part that {error}{comma}") from None


_PARSERS: dict[str, Callable[[str, Column], object]] = {
    "text": _text,
    "id": _id,
    "int": _int,
    "number": _number,
    "yes_no": _yes_no,
    "date": _date,
    "moment": _moment,
    "clock": _clock,
    "spans": _spans,
    "lat": _lat,
    "lon": _lon,
    "url": _url,
    "ids": _ids,
    "words": _words,
}
