"""Hours of the day that come back each day, as spans of seconds over the days of an operation.

A shift, or the hours at which a reception centre lets people in, is written as local wall-clock
time. On a day on which the clocks change it keeps its wall-clock ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from safepassage.core.convoy.types import Window
from safepassage.units import moment_at, seconds_since

Hours = tuple[int, int]
"""From and to in minutes after local midnight; an end not after the start is on the next day."""

Spans = tuple[tuple[int, int], ...]
"""From and to in seconds since the epoch, in order of time."""

MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class OperationDays:
    """The local days on which anything can happen.

    Parameters
    ----------
    epoch
        Aware moment of second 0.
    timezone
        IANA name.
    first, last
        Local dates, inclusive.
    """

    epoch: datetime
    timezone: str
    first: date
    last: date

    def spans(self, hours: Hours | None) -> Spans:
        """Return the hours on each day; none where there are no hours."""
        if hours is None:
            return ()
        start, end = hours
        if end <= start:
            end += MINUTES_PER_DAY
        count = (self.last - self.first).days + 1
        days = (self.first + timedelta(days=number) for number in range(count))
        return tuple((self._at(day, start), self._at(day, end)) for day in days)

    def daily(self, spans: Spans) -> Hours | None:
        """Return the hours that give these spans; None where there are none.

        Of several answers, as clocks that change may give, the one of most days.
        """
        seen = Counter((self._minutes(start), self._minutes(end)) for start, end in spans)
        if not seen:
            return None
        (start, end), _ = seen.most_common(1)[0]
        return start, end or MINUTES_PER_DAY

    def _at(self, day: date, minutes: int) -> int:
        days, minutes = divmod(minutes, MINUTES_PER_DAY)
        clock = time(minutes // 60, minutes % 60, tzinfo=ZoneInfo(self.timezone))
        return seconds_since(self.epoch, datetime.combine(day + timedelta(days=days), clock))

    def _minutes(self, at_s: int) -> int:
        local = moment_at(self.epoch, at_s).astimezone(ZoneInfo(self.timezone))
        return local.hour * 60 + local.minute


def days_of_windows(epoch: datetime, timezone: str, windows: Sequence[Window]) -> OperationDays:
    """Return the days of an operation: from the day before its first window to the day after.

    Without windows it is the day of the epoch, so that hours are kept all the same.
    """
    zone = ZoneInfo(timezone)
    if not windows:
        day = epoch.astimezone(zone).date()
        return OperationDays(epoch, timezone, day, day)
    first_s = min(window.movement_from_s for window in windows)
    last_s = max(window.closes_s for window in windows)
    first, last = (moment_at(epoch, at_s).astimezone(zone).date() for at_s in (first_s, last_s))
    return OperationDays(epoch, timezone, first - timedelta(days=1), last + timedelta(days=1))
