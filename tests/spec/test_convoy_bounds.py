"""One test for each numbered rule of the bounds by vehicle days (docs/spec/05-convoy.md §60 on)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from safepassage.adapters.certificate import certificate_to_json, parse_certificate
from safepassage.core.convoy.bound import bound_b0
from safepassage.core.convoy.bounds.days import bound_by_days, certificate_of, prove
from safepassage.core.convoy.certificate import Certificate
from safepassage.core.convoy.tiny import tiny_problem
from safepassage.core.convoy.types import Capacity, ConvoyProblem, SeatCount, TravelGroup
from safepassage.core.convoy.verify_bound import verify_bound
from safepassage.core.corridor.types import TravelMatrices
from safepassage.errors import InputError


def shuttle(trips_in_time: int) -> ConvoyProblem:
    """One seat, ten people of one village; a trip takes 10 + 240 + 60 + 10 + 90 + 20 = 430 s."""
    tiny = tiny_problem()
    times = np.full((5, 5), 10, dtype=np.int32)
    np.fill_diagonal(times, 0)
    matrix = replace(tiny.matrices.matrices[0], travel_time_s=times)
    return replace(
        tiny,
        groups=tuple(
            TravelGroup(f"H-{i}", (f"H-{i}",), "village", SeatCount(1), 1, 0, ("centre",))
            for i in range(10)
        ),
        vehicles=(replace(tiny.vehicles[0], capacity=Capacity(SeatCount(1))), tiny.vehicles[1]),
        matrices=TravelMatrices(tiny.matrices.place_ids, (matrix,), np.zeros(5)),
        windows=(replace(tiny.windows[0], movement_from_s=0, opens_s=0, margin_s=0,
                         closes_s=430 * trips_in_time - 20),),
        centres=(replace(tiny.centres[0], places=60),),
    )  # fmt: skip


def certificate(problem: ConvoyProblem) -> Certificate:
    proof = prove(problem, "B2", rounds=30)
    assert proof is not None
    return certificate_of(problem, proof)


def test_60_the_limit_holds_whenever_it_is_stopped() -> None:
    problem = shuttle(4)
    limits = []
    for rounds in (0, 4, 40):
        proof = prove(problem, "B1", rounds=rounds)
        assert proof is not None
        limits.append(proof.value)
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] >= 4


@pytest.mark.parametrize("level", ["B1", "B2"])
def test_61_a_day_of_four_trips_is_worth_four(level: str) -> None:
    # Ten people want to go. Cells of 30 s round each trip down by up to a minute, here to 390 s.
    proof = prove(shuttle(4), level, rounds=40)
    assert proof is not None
    assert 4 <= proof.value <= 5


def test_62_same_rounds_same_bytes() -> None:
    first, second = (certificate_to_json(certificate(shuttle(3))) for _ in range(2))
    assert first == second


def test_63_the_lowest_limit_is_named_and_says_what_would_help() -> None:
    problem = shuttle(4)
    simple = bound_b0(problem)
    bound, proof = bound_by_days(problem, "B2", simple, rounds=40)
    assert proof is not None
    assert bound.value == min(simple.value, proof.value)
    assert bound.persons == simple.persons
    assert any(what.startswith("one more") for what, _ in proof.binding)


def test_64_a_certificate_is_read_as_it_was_written_or_refused_by_name() -> None:
    written = certificate_to_json(certificate(shuttle(3)))
    assert certificate_to_json(parse_certificate(written)) == written
    with pytest.raises(InputError, match="whole number"):
        parse_certificate(written.replace('"cell_s": ', '"cell_s": 0.5, "was": '))


def test_65_the_separate_check_believes_nothing() -> None:
    problem = shuttle(4)
    good = certificate(problem)
    assert verify_bound(problem, good).holds
    assert not verify_bound(problem, replace(good, value=3)).holds
    assert verify_bound(shuttle(5), good).value is None
    for negative in (replace(good, groups=(-1, *good.groups[1:])), replace(good, groups=())):
        assert verify_bound(problem, negative).value is None
