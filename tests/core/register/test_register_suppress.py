"""Small tables whose hidden cells can be worked out on paper."""

from __future__ import annotations

import pytest

from safepassage.core.register.suppress import Sum, exposed_cells, suppress

ONE_SUM = [Sum(("mill", "all"), (("mill", "f"), ("mill", "m")))]


def test_one_small_count_needs_another_beside_it() -> None:
    counts = {("mill", "all"): 43, ("mill", "f"): 40, ("mill", "m"): 3}
    found = suppress(counts, ONE_SUM, 10)
    assert found.small == {("mill", "m")}
    assert found.others == {("mill", "f")}


def test_alone_it_would_be_found_by_subtraction() -> None:
    counts = {("mill", "all"): 43, ("mill", "f"): 40, ("mill", "m"): 3}
    assert exposed_cells(counts, ONE_SUM, {("mill", "m")}, 10) == {("mill", "m")}


def test_two_small_counts_with_a_small_rest_hide_the_total_too() -> None:
    counts = {("mill", "all"): 6, ("mill", "f"): 4, ("mill", "m"): 2}
    assert suppress(counts, ONE_SUM, 10).hidden == set(counts)


def test_two_hidden_counts_of_a_small_rest_do_not_protect_each_other() -> None:
    sums = [Sum(("mill", "all"), (("mill", "f"), ("mill", "m"), ("mill", "x")))]
    counts = {("mill", "all"): 45, ("mill", "f"): 40, ("mill", "m"): 3, ("mill", "x"): 2}
    assert exposed_cells(counts, sums, {("mill", "m"), ("mill", "x")}, 10)
    assert suppress(counts, sums, 10).others == {("mill", "f")}


def test_a_sensitive_count_is_hidden_whatever_its_size() -> None:
    counts = {("mill", "all"): 40, ("mill", "f"): 40, ("mill", "m"): 0}
    both = {("mill", "f"), ("mill", "m")}
    assert suppress(counts, ONE_SUM, 10, sensitive=both).hidden == both


def test_a_count_in_no_sum_is_just_hidden() -> None:
    assert suppress({("mill", "homes"): 3}, [], 10).hidden == {("mill", "homes")}


def test_sums_that_do_not_hold_are_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        suppress({("mill", "all"): 9, ("mill", "f"): 4, ("mill", "m"): 2}, ONE_SUM, 10)


def test_a_minimum_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        suppress({}, [], 1)
