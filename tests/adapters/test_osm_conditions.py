from datetime import UTC, datetime

import pytest

from safepassage.adapters.osm_conditions import Times, read_conditional, read_times


@pytest.mark.parametrize(
    ("text", "daily", "weekdays"),
    [
        ("22:00-06:00", [(1320, 360)], set()),
        ("mo-fr 7:30 - 9:00, 16:00-18:00", [(450, 540), (960, 1080)], {0, 1, 2, 3, 4}),
        ("sa,su", [None], {5, 6}),
        ("su-tu 08:00-24:00", [(480, 1440)], {6, 0, 1}),
        ("24/7", [None], set()),
        ("mo-su 06:00-11:00", [(360, 660)], set()),
    ],
)
def test_hours_and_days(text, daily, weekdays):
    read = read_times(text)
    assert [times.daily for times in read] == daily
    assert {day for times in read for day in times.weekdays} == weekdays
    assert all(times.windows == () for times in read)


@pytest.mark.parametrize(
    "text", ["sunset-sunrise", "ph", "mo-ph 08:00-09:00", "25:00-26:00", "8-9", "", "feb 30",
             "2025 jan 1-feb 1", "08:00-08:00", "week 5"]
)  # fmt: skip
def test_times_without_a_reading(text):
    assert read_times(text) is None


def test_a_dated_condition_is_taken_as_long_as_in_any_zone():
    (times,) = read_times("2016 apr 25 - 2016 sep 26")
    assert times.windows == (
        (datetime(2016, 4, 24, 10, tzinfo=UTC), datetime(2016, 9, 27, 12, tzinfo=UTC)),
    )


def test_a_season_over_new_year_ends_in_the_next_year():
    (times,) = read_times("dec-mar")
    at = datetime(2025, 2, 20, tzinfo=UTC)
    (window,) = [(start, end) for start, end in times.windows if start <= at < end]
    assert (window[0].year, window[0].month) == (2024, 11)
    assert (window[1].month, window[1].day) == (4, 1)


def test_hours_within_a_season():
    (times,) = read_times("jul-aug sa 10:00-12:00")
    assert (times.daily, times.weekdays) == ((600, 720), frozenset({5}))
    assert len(times.windows) > 20


def test_values_and_conditions_are_told_apart():
    night, heavy = read_conditional("no @ (22:00-06:00); destination @ (weight>=7.5)")
    assert (night.value, night.times, night.unread) == ("no", (Times((1320, 360)),), False)
    assert heavy.above == (("weight", 7.499),)


def test_one_unreadable_part_makes_the_whole_condition_unread():
    (clause,) = read_conditional("no @ (22:00-06:00 AND wet)")
    assert clause.unread
