"""Hours of the day over the days of an operation."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from safepassage.core.convoy.hours import OperationDays, days_of_windows
from safepassage.core.convoy.types import Window

EPOCH = datetime(2025, 3, 1, tzinfo=UTC)
HOUR_S = 3600


def days(first: date, last: date, timezone: str = "UTC") -> OperationDays:
    return OperationDays(EPOCH, timezone, first, last)


def test_hours_come_back_each_day() -> None:
    spans = days(date(2025, 3, 1), date(2025, 3, 2)).spans((8 * 60, 20 * 60))
    assert spans == ((8 * HOUR_S, 20 * HOUR_S), (32 * HOUR_S, 44 * HOUR_S))


def test_hours_that_end_before_they_begin_end_on_the_next_day() -> None:
    spans = days(date(2025, 3, 1), date(2025, 3, 1)).spans((22 * 60, 6 * 60))
    assert spans == ((22 * HOUR_S, 30 * HOUR_S),)


def test_no_hours_are_no_spans() -> None:
    one = days(date(2025, 3, 1), date(2025, 3, 1))
    assert one.spans(None) == ()
    assert one.daily(()) is None


def test_the_wall_clock_is_kept_when_the_clocks_change() -> None:
    # On 30 March 2025 clocks in Kyiv go from 03:00 to 04:00: 08:00 is 06:00 UTC before, 05:00 then.
    spans = days(date(2025, 3, 29), date(2025, 3, 30), "Europe/Kyiv").spans((480, 1200))
    (before, _), (after, _) = spans
    assert after - before == 23 * HOUR_S


@pytest.mark.parametrize("hours", [(0, 1440), (480, 1200), (1320, 360), (480, 1440), (150, 200)])
def test_hours_are_read_back_from_their_spans(hours: tuple[int, int]) -> None:
    # 02:30 is there on every day but one.
    week = days(date(2025, 3, 28), date(2025, 4, 2), "Europe/Kyiv")
    assert week.daily(week.spans(hours)) == hours


def test_the_days_reach_from_the_day_before_the_first_window_to_the_day_after_the_last() -> None:
    windows = tuple(
        Window(str(day), "gate", start, start + HOUR_S, start + 8 * HOUR_S, 0)
        for day, start in enumerate((30 * HOUR_S, 54 * HOUR_S))
    )
    found = days_of_windows(EPOCH, "UTC", windows)
    assert (found.first, found.last) == (date(2025, 3, 1), date(2025, 3, 4))
    assert days_of_windows(EPOCH, "UTC", ()).first == date(2025, 3, 1)
