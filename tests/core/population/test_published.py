"""Published tables and what other programs say of them (see benchmarks/population)."""

from __future__ import annotations

import pytest

from safepassage.adapters.capture_table import read_capture_table
from safepassage.core.population.estimate import estimate, run_method


@pytest.fixture
def say(shared_data):
    """What one method says of one published table."""

    def run(table: str, method: str):
        read = read_capture_table(shared_data / "captures" / f"{table}.csv").table
        return run_method(method, read, read, 0.95)

    return run


@pytest.mark.parametrize(
    ("table", "method", "estimate_", "low", "high"),
    [
        ("kosovo_1999", "loglinear_bic", 10356.5, 8994, 12110),
        ("kosovo_1999", "all_two_way", 14402, 12549, 16678),
        ("kosovo_1999", "decomposable", 12595, 9827, 16544),
        ("hiv_rome", "decomposable", 11220, 9404, 14095),
        ("new_orleans_8", "independence", 997, 645, 1618),
    ],
)
def test_estimate_and_interval(say, table, method, estimate_, low, high):
    result = say(table, method)
    assert (result.estimate, result.low, result.high) == pytest.approx(
        (estimate_, low, high), abs=0.6
    )


@pytest.mark.parametrize(
    ("table", "method", "estimate_"),
    [
        ("kosovo_1999", "independence", 7395),
        ("kosovo_1999", "chao", 8803),
        ("hiv_rome", "loglinear_bic", 11125),
        ("uk_2013_5", "sparse_stepwise", 11313),
        ("uk_2013_6", "loglinear_aic", 11251),
        ("new_orleans_5", "sparse_stepwise", 1034),
        ("new_orleans_5", "decomposable", 869),
    ],
)
def test_point_estimate(say, table, method, estimate_):
    assert say(table, method).estimate == pytest.approx(estimate_, abs=0.6)


def test_the_best_model_of_kosovo_by_bic(say):
    assert say("kosovo_1999", "loglinear_bic").detail == "[123,14,34]"


def test_latent_classes_of_kosovo_within_monte_carlo_error(say):
    result = say("kosovo_1999", "latent_classes")
    assert result.estimate == pytest.approx(10400, rel=0.03)


def test_latent_classes_of_five_british_lists_are_flagged(say):
    assert "not converged" in say("uk_2013_5", "latent_classes").warnings[0]


def test_the_artificial_table_is_refused_with_the_reason(shared_data):
    table = read_capture_table(shared_data / "captures" / "artificial_3.csv").table
    result = estimate(table)
    assert {method.name for method in result.methods if not method.refused} == {"union"}
    assert "does not exist" in result.methods[-1].refused
    assert result.recommended.estimate is None
