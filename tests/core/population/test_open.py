"""As of a date and an area, when people have been leaving."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from safepassage.core.population.open import Area, Departures, Presence, estimate_as_of
from safepassage.errors import RefusedError, UsageError

DATES = {"a": "2025-01-01", "b": "2025-01-10", "c": "2025-01-20"}
ON = date(2025, 2, 11)


def people(total, leavers, seed=3, chance=0.5):
    """`leavers` of `total` go on 15 January, so list c cannot name them."""
    random = np.random.default_rng(seed)
    found = []
    for person in range(total):
        lists = tuple(
            name
            for name in DATES
            if random.random() < chance and not (person < leavers and name == "c")
        )
        if lists:
            found.append(Presence(lists, "north" if person % 2 else "south"))
    return found


def test_without_departures_it_is_the_plain_estimate():
    found = estimate_as_of(people(1000, 0), DATES, ON)
    assert found.band.low < 1000 < found.band.high
    assert found.notices == ()


def test_people_known_to_have_left_are_taken_out_first():
    everybody = people(1000, 0)
    gone = [Presence(p.lists, p.place_id, "2025-02-01") for p in everybody[:200]] + everybody[200:]
    found = estimate_as_of(gone, DATES, ON)
    assert found.listed == len(everybody) - 200
    assert any("taken out first: 200" in notice for notice in found.notices)


def test_who_leaves_after_the_date_is_still_there():
    later = [Presence(p.lists, p.place_id, "2025-03-01") for p in people(1000, 0)]
    assert estimate_as_of(later, DATES, ON).listed == len(later)


def test_departures_counted_but_not_named_lower_the_answer_to_who_stayed():
    everybody = people(1300, 300)
    plain = estimate_as_of(everybody, DATES, ON)
    told = estimate_as_of(
        everybody, DATES, ON, departures=[Departures("2025-01-15", 300, "checkpoint")], seed=2
    )
    assert plain.band.estimate > 1150
    assert told.band.low < 1000 < told.band.high
    assert told.band.estimate == pytest.approx(1000, rel=0.08)
    on_c = sum("c" in person.lists for person in everybody)
    assert told.band.at_least == max(len(everybody) - 300, on_c)


def test_lists_of_later_dates_are_not_used():
    found = estimate_as_of(people(1000, 0), DATES, date(2025, 1, 12))
    assert found.band.estimate is None  # two lists are left
    assert "Only on lists of dates after 2025-01-12" in found.notices[0]


def test_an_area_holds_the_people_who_stay_in_it():
    everybody = people(1000, 0)
    found = estimate_as_of(everybody, DATES, ON, area=Area(frozenset({"north"}), "the north"))
    assert found.listed == sum(person.place_id == "north" for person in everybody)
    assert found.band.low < 500 < found.band.high


def test_more_known_by_name_than_were_counted_is_refused():
    gone = [Presence(("a",), "", "2025-01-14")] * 5
    with pytest.raises(UsageError, match="counts 3 who left"):
        estimate_as_of(
            gone + people(500, 0), DATES, ON, departures=[Departures("2025-01-15", 3, "office")]
        )


def test_a_list_without_a_date_is_refused():
    with pytest.raises(UsageError, match="has no date"):
        estimate_as_of(people(100, 0), DATES | {"c": ""}, ON)


def test_one_day_is_counted_once_and_impossible_counts_are_refused():
    everybody = people(400, 0)
    twice = [Departures("2025-01-15", 30, "checkpoint"), Departures("2025-01-15", 30, "village")]
    with pytest.raises(UsageError, match="one for each day"):
        estimate_as_of(everybody, DATES, ON, departures=twice)
    with pytest.raises(RefusedError, match="contradict"):
        estimate_as_of(
            everybody, DATES, ON, departures=[Departures("2025-01-15", 390, "checkpoint")]
        )
