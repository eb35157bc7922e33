"""Parts that add up."""

from __future__ import annotations

from itertools import product

import pytest

from safepassage.core.population.capture import table_of
from safepassage.core.population.strata import TOGETHER, stratify
from safepassage.core.population.types import Recommendation
from safepassage.errors import InputError

CELLS = [h for h in product((0, 1), repeat=3) if any(h)]


def even(persons_a_cell):
    return table_of(("a", "b", "c"), dict.fromkeys(CELLS, persons_a_cell))


def test_parts_add_up_to_the_whole_and_equal_parts_are_equal():
    found = stratify({"north": even(50), "south": even(50), "west": even(25)})
    north, south, west = (part.estimate for part in found.parts)
    assert north + south + west == round(found.whole.estimate)
    assert abs(north - south) <= 2
    assert west == pytest.approx(north / 2, rel=0.1)
    assert all(part.low <= part.estimate <= part.high for part in found.parts)


def test_a_small_part_is_never_shown_alone():
    found = stratify({"north": even(50), "hamlet": even(1), "south": even(40)})
    names = [part.name for part in found.parts]
    assert names == ["north", TOGETHER]
    assert found.parts[1].holds == ("hamlet", "south")
    assert "subtraction" in found.notices[0]


def test_two_small_parts_hide_each_other_only_if_together_they_are_enough():
    table = table_of(("a", "b", "c"), {(1, 0, 0): 3})
    found = stratify({"one": table, "two": table, "south": even(40), "north": even(41)})
    assert [part.name for part in found.parts] == ["north", TOGETHER]


def test_the_same_draw_gives_the_same_parts():
    tables = {"north": even(50), "south": even(30)}
    assert stratify(tables, seed=3) == stratify(tables, seed=3)


def test_parts_with_other_lists_are_refused():
    other = table_of(("a", "x", "c"), dict.fromkeys(CELLS, 30))
    with pytest.raises(InputError):
        stratify({"north": even(50), "south": other})


def test_without_a_band_of_the_whole_no_part_has_one():
    table = table_of(("a", "b"), {(1, 0): 20, (0, 1): 20, (1, 1): 20})
    found = stratify({"north": table, "south": table})
    assert found.parts == ()
    assert found.whole.estimate is None


def test_parts_add_up_to_a_band_that_is_given():
    cells = dict.fromkeys(((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 1, 1)), 60)
    table = table_of(("a", "b", "c"), cells)
    published = Recommendation(800.0, 760.0, 900.0, 0.95, 700, "a rule", "", ())
    found = stratify({"north": table, "south": table}, whole=published)
    assert sum(part.estimate for part in found.parts) == 800
    assert found.whole is published
