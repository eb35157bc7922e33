"""Time and quantity conversions; the unit stands in every name.

Inside the core a moment is an integer number of seconds since the scenario's epoch (an aware
UTC datetime), so that plans are exact and the same byte for byte on every machine.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3600

_ZONED = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


def parse_moment(text: str) -> datetime:
    """Parse an ISO 8601 moment that names its zone, and return it in UTC.

    Raises
    ------
    ValueError
        If the text is not ISO 8601 or has no zone: a time without a zone is two times.

    Examples
    --------
    >>> parse_moment("2025-02-20T08:00+02:00").isoformat()
    '2025-02-20T06:00:00+00:00'
    """
    text = text.strip()
    if not _ZONED.search(text):
        raise ValueError(f"'{text}' names no time zone (write e.g. 2025-02-20T08:00+02:00)")
    return datetime.fromisoformat(text).astimezone(UTC)


def seconds_since(epoch: datetime, moment: datetime) -> int:
    """Return whole seconds from `epoch` to `moment`; both must be aware."""
    return round((moment - epoch).total_seconds())


def moment_at(epoch: datetime, at_s: int) -> datetime:
    """Return the aware UTC moment `at_s` seconds after `epoch`."""
    return epoch + timedelta(seconds=at_s)


def format_moment(moment: datetime, timezone: str) -> str:
    """Return local wall-clock time with its zone, e.g. ``2025-02-20 08:00 EET``."""
    return moment.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M %Z")


def format_clock(moment: datetime, timezone: str) -> str:
    """Return the local wall-clock time of day, e.g. ``08:00``."""
    return moment.astimezone(ZoneInfo(timezone)).strftime("%H:%M")


def format_duration(duration_s: float) -> str:
    """Return a duration for people, e.g. ``1 h 05 min``.

    Examples
    --------
    >>> format_duration(3900)
    '1 h 05 min'
    >>> format_duration(240)
    '4 min'
    """
    minutes = round(duration_s / SECONDS_PER_MINUTE)
    hours, rest = divmod(minutes, SECONDS_PER_MINUTE)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"
