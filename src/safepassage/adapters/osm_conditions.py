"""Conditional tags of OpenStreetMap, as far as they can be read without guessing.

A value such as ``no @ (Mo-Fr 22:00-06:00); none @ destination`` is a list of values, each with
conditions that must all hold (OpenStreetMap wiki, *Conditional restrictions*). Hours, days of the
week, seasons, dates and weights are read; anything else (weather, destination, permits) is not,
and the caller counts it. Rules: docs/spec/03-corridor.md §71.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

MINUTES_PER_DAY = 1440
SEASON_YEARS = range(2015, 2046)
"""Seasons come back each year and are written out for these years."""

_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EARLIEST_ZONE, _LATEST_ZONE = timedelta(hours=14), timedelta(hours=12)
"""A date on a sign is local and tags name no zone, so that dates are taken as long as any zone."""

_CLAUSE = re.compile(r"\s*([^@;]+?)\s*@\s*(\((?:[^()]|\([^()]*\))*\)|[^;]+)\s*(?:;|$)")
_QUANTITY = re.compile(
    r"(weight|maxweight|maxweightrating|height|width|length|axleload)\s*(>=|>|=>)\s*"
    r"(\d+(?:[.,]\d+)?)\s*(?:t|m)?"
)
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\+?")
_ALWAYS = re.compile(r"24\s*/\s*7|24\s*h|00:00\s*-\s*24:00")
_DAY_LIST = re.compile(
    r"(?:mo|tu|we|th|fr|sa|su|ph|sh)(?:\s*[-,]\s*(?:mo|tu|we|th|fr|sa|su|ph|sh))*\b"
)
_MONTH = rf"({'|'.join(_MONTHS)})"
_DATE = rf"(?:(\d{{4}})\s+)?{_MONTH}(?:\s+(\d{{1,2}})\b(?!:))?"
_DATES = re.compile(rf"{_DATE}(?:\s*-\s*{_DATE})?\s*:?")


@dataclass(frozen=True, slots=True)
class Times:
    """When a condition holds, in the terms of a closure.

    Parameters
    ----------
    daily
        Minutes after local midnight; None for the whole day.
    weekdays
        0 is Monday; empty for every day.
    windows
        (from, to) pairs of aware moments; empty for no such limit.
    """

    daily: tuple[int, int] | None = None
    weekdays: frozenset[int] = frozenset()
    windows: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One value with its conditions.

    Parameters
    ----------
    value
        What is said, e.g. ``"no"``.
    times
        When: it holds at any of them; empty where nothing is said of time.
    above
        (quantity, number) pairs: only for vehicles of more than this; quantity is ``weight`` in
        tonnes, ``height``, ``width`` or ``length`` in metres, or ``axleload`` in tonnes.
    unread
        Whether a part of the condition has no reading.
    """

    value: str
    times: tuple[Times, ...]
    above: tuple[tuple[str, float], ...]
    unread: bool


def read_conditional(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a conditional value; one without a reading where it has no form.

    Examples
    --------
    >>> clause = read_conditional("no @ (Mo-Fr 22:00-06:00 AND weight>7.5)")[0]
    >>> clause.value, clause.times[0].daily, sorted(clause.times[0].weekdays), clause.above
    ('no', (1320, 360), [0, 1, 2, 3, 4], (('weight', 7.5),))
    """
    clauses, end = [], 0
    for match in _CLAUSE.finditer(text):
        if match.start() != end:
            break
        clauses.append(_clause(match[1], match[2].strip()))
        end = match.end()
    if not clauses or text[end:].strip():
        return (Clause(text.strip(), (), (), unread=True),)
    return tuple(clauses)


def _clause(value: str, condition: str) -> Clause:
    inner = condition[1:-1] if condition.startswith("(") and condition.endswith(")") else condition
    times: tuple[Times, ...] = ()
    above: list[tuple[str, float]] = []
    unread = False
    for part in re.split(r"\s+and\s+", inner.strip().lower()):
        quantity = _QUANTITY.fullmatch(part.strip())
        if quantity:
            above.append(_above(quantity))
            continue
        read = read_times(part)
        if read is None or times:
            unread = True
            continue
        times = read
    return Clause(value, times, tuple(above), unread)


def _above(match: re.Match[str]) -> tuple[str, float]:
    name = "weight" if "weight" in match[1] else match[1]
    number = float(match[3].replace(",", "."))
    # "from 7.5 t" also stops a vehicle of 7.5 t: a kilogram less is the most that passes.
    return name, number if match[2] == ">" else number - 0.001


@cache
def read_times(text: str) -> tuple[Times, ...] | None:
    """Return the times that a part of *opening_hours* names, or None where it cannot be read.

    Parameters
    ----------
    text
        In lower case, e.g. ``"mo-fr 22:00-06:00; sa 00:00-11:00"`` or ``"nov 1-apr 30"``. Rules
        one after another add up, the cautious reading for what is shut.
    """
    found: list[Times] = []
    for rule in re.split(r"\s*;\s*", text.strip()):
        times = _rule(rule)
        if times is None:
            return None
        found.extend(times)
    return tuple(found)


def _rule(rule: str) -> list[Times] | None:
    rest, windows = _season(rule)
    rest, weekdays = _weekdays(rest)
    if windows is None or weekdays is None:
        return None
    hours = _hours(rest)
    if hours is None or (not rest and rest == rule):
        return None
    base = Times(None, weekdays, windows)
    return [replace(base, daily=daily) for daily in hours]


def _hours(text: str) -> list[tuple[int, int] | None] | None:
    if not text or _ALWAYS.fullmatch(text):
        return [None]
    spans = [_HOURS.fullmatch(part.strip()) for part in text.split(",")]
    if not all(spans):
        return None
    daily: list[tuple[int, int] | None] = []
    for span in spans:
        start, end = (int(span[at]) * 60 + int(span[at + 1]) for at in (1, 3)) if span else (0, 0)
        if start > MINUTES_PER_DAY or end > MINUTES_PER_DAY or start == end:
            return None
        daily.append(None if (start, end) == (0, MINUTES_PER_DAY) else (start, end))
    return daily


def _weekdays(text: str) -> tuple[str, frozenset[int] | None]:
    """Return what follows the days, and the days; public and school holidays have no reading."""
    match = _DAY_LIST.match(text)
    if match is None:
        return text, frozenset()
    rest = text[match.end() :].strip().removeprefix(":").strip()
    days: set[int] = set()
    for part in match[0].split(","):
        first, _, last = (word.strip() for word in part.partition("-"))
        if first not in _DAYS or (last and last not in _DAYS):
            return rest, None
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return rest, frozenset() if len(days) == 7 else frozenset(days)


def _season(text: str) -> tuple[str, tuple[tuple[datetime, datetime], ...] | None]:
    """Return what follows a season or date, and the moments between which it lies."""
    match = _DATES.match(text)
    if match is None:
        return text, ()
    rest = text[match.end() :].strip()
    first = (match[1], match[2], match[3])
    last = (match[4], match[5], match[6]) if match[5] else first
    try:
        return rest, tuple(_windows(first, last))
    except ValueError:
        return rest, None


_DayText = tuple[str | None, str, str | None]


def _windows(first: _DayText, last: _DayText) -> Iterator[tuple[datetime, datetime]]:
    if (first[0] is None) != (last[0] is None):
        raise ValueError(first)
    if first[0] and last[0]:
        yield _window(int(first[0]), first, int(last[0]), last)
        return
    over = _order(last, at_end=True) < _order(first, at_end=False)
    for year in SEASON_YEARS:
        yield _window(year, first, year + over, last)


def _order(day: _DayText, *, at_end: bool) -> tuple[int, int]:
    return _MONTHS.index(day[1]), int(day[2] or (31 if at_end else 1))


def _window(year: int, first: _DayText, end_year: int, last: _DayText) -> tuple[datetime, datetime]:
    month, day = _order(first, at_end=False)
    start = datetime(year, month + 1, day, tzinfo=UTC)
    end_month, end_day = _order(last, at_end=True)
    if last[2] is None:
        after = end_month + 1
        end = datetime(end_year + after // 12, after % 12 + 1, 1, tzinfo=UTC)
    else:
        end = datetime(end_year, end_month + 1, end_day, tzinfo=UTC) + timedelta(days=1)
    return start - _EARLIEST_ZONE, end + _LATEST_ZONE
