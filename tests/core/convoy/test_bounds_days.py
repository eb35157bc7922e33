"""B1 and B2 on worlds small enough to try every plan; the certificate and its separate check."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from safepassage.adapters.certificate import certificate_to_json, parse_certificate
from safepassage.core.convoy.bound import bound_b0
from safepassage.core.convoy.bounds.days import Proof, bound_by_days, certificate_of, prove
from safepassage.core.convoy.replay import replay
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.tiny import tiny_problem
from safepassage.core.convoy.types import (
    Capacity,
    ConvoyProblem,
    Itinerary,
    ReceptionCentre,
    SeatCount,
    TravelGroup,
)
from safepassage.core.convoy.verify_bound import verify_bound
from safepassage.core.corridor.types import TravelMatrices
from safepassage.errors import InputError

ROUNDS = 12


def random_world(seed: int, closes_s: int, vans: int = 1, groups: int = 4) -> ConvoyProblem:
    """A few families at random places, vans of four seats, one lane."""
    dice = np.random.default_rng(seed)
    tiny = tiny_problem()
    ids = ("depot", "line", "far depot", "centre", *(f"v{i}" for i in range(groups)))
    at = dice.integers(0, 1_200, (len(ids), 2))
    times = np.abs(at[:, None, :] - at[None, :, :]).sum(axis=2).astype(np.int32) + 60
    np.fill_diagonal(times, 0)
    matrix = replace(tiny.matrices.matrices[0], travel_time_s=times, exposure=np.zeros(times.shape))
    families = tuple(
        TravelGroup(
            f"H-{i}", (f"H-{i}",), f"v{i}", SeatCount(size), size * int(dice.integers(1, 4)),
            int(dice.integers(0, 2)) * int(dice.integers(0, closes_s // 2)), ("centre",),
        )
        for i, size in enumerate(dice.integers(1, 4, groups).tolist())
    )  # fmt: skip
    near, far = tiny.vehicles
    near = replace(near, depot_id="depot", capacity=Capacity(SeatCount(4)), crew_s=closes_s + 4_000)
    fleet = tuple(replace(near, vehicle_id=f"van-{i}") for i in range(vans))
    far = replace(far, depot_id="far depot", capacity=Capacity(SeatCount(30)), crew_s=86_400)
    return replace(
        tiny,
        groups=families,
        vehicles=(*fleet, far),
        vehicle_matrix=(0,) * (vans + 1),
        vehicle_side=(tiny.vehicle_side[0],) * vans + (tiny.vehicle_side[1],),
        crossings=(replace(tiny.crossings[0], place_id="line"),),
        windows=(replace(tiny.windows[0], movement_from_s=0, opens_s=600, closes_s=closes_s,
                         margin_s=0),),
        matrices=TravelMatrices(ids, (matrix,), np.zeros(len(ids))),
        centres=(ReceptionCentre("centre", "centre", 100, 10),),
    )  # fmt: skip


def every_day(tokens: tuple[str, ...]) -> set[tuple[tuple[str, ...], ...]]:
    """Every way to carry some of the groups in some order on one or more trips."""
    found = set()
    for count in range(1, len(tokens) + 1):
        for order in permutations(tokens, count):
            for cuts in range(1 << (count - 1)):
                trips: list[list[str]] = [[order[0]]]
                for i, token in enumerate(order[1:]):
                    if cuts >> i & 1:
                        trips.append([token])
                    else:
                        trips[-1].append(token)
                found.add(tuple(tuple(trip) for trip in trips))
    return found


def best_of_one_van(problem: ConvoyProblem) -> int:
    place = {group.token: group.place_id for group in problem.groups}
    window, van = problem.windows[0].window_id, problem.vehicles[0].vehicle_id
    return max(
        replay(problem, tuple(
            Itinerary(van, window, tuple((place[token], (token,)) for token in trip))
            for trip in trips
        )).value_across
        for trips in every_day(tuple(place))
    )  # fmt: skip


def proof_of(problem: ConvoyProblem, level: str = "B2", rounds: int = ROUNDS) -> Proof:
    proof = prove(problem, level, rounds=rounds)
    assert proof is not None
    return proof


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("closes_s", [4_500, 7_000])
def test_never_below_the_best_of_all_plans(seed: int, closes_s: int) -> None:
    problem = random_world(seed, closes_s)
    best = best_of_one_van(problem)
    for level in ("B1", "B2"):
        assert proof_of(problem, level).value >= best


@pytest.mark.parametrize("rounds", [0, 1, 5])
def test_valid_at_any_stop(rounds: int) -> None:
    problem = random_world(1, 7_000)
    assert proof_of(problem, rounds=rounds).value >= best_of_one_van(problem)


@pytest.mark.parametrize("seed", range(4))
def test_never_below_what_the_search_finds_with_two_vans(seed: int) -> None:
    problem = random_world(seed + 20, 6_000, vans=2, groups=9)
    plan = plan_convoy(problem, seed=seed, iterations=1_500)
    proof = proof_of(problem)
    assert plan.totals.value_across <= proof.value
    assert verify_bound(problem, certificate_of(problem, proof)).holds


def test_reaches_the_best_plan_where_one_trip_is_all_there_is() -> None:
    # One van, four seats, time for one trip only: the limit is what one trip can carry.
    problem = random_world(2, 4_000)
    best = best_of_one_van(problem)
    assert 0 < best < sum(group.value for group in problem.groups)
    assert best <= proof_of(problem, rounds=40).value <= best + 1


def test_crew_hours_shorter_than_the_window_bind() -> None:
    problem = random_world(3, 20_000)
    near, far = problem.vehicles
    for crew_s in (2_500, 4_000, 6_000):
        short = replace(problem, vehicles=(replace(near, crew_s=crew_s), far))
        plan = plan_convoy(short, iterations=400)
        proof = proof_of(short)
        assert plan.totals.value_across <= proof.value
        assert verify_bound(short, certificate_of(short, proof)).holds


def test_few_beds_bind() -> None:
    problem = random_world(4, 20_000)
    problem = replace(problem, centres=(ReceptionCentre("centre", "centre", 3, 0),))
    plan = plan_convoy(problem, iterations=400)
    proof = proof_of(problem, rounds=40)
    assert plan.totals.value_across <= proof.value < sum(g.value for g in problem.groups)
    assert verify_bound(problem, certificate_of(problem, proof)).holds


def test_the_lower_of_the_levels_is_given() -> None:
    problem = random_world(5, 6_000, vans=2, groups=9)
    simple = bound_b0(problem)
    bound, proof = bound_by_days(problem, "B2", simple, rounds=ROUNDS)
    assert proof is not None
    assert bound.value == min(simple.value, proof.value)
    assert bound.name == ("B2" if proof.value <= simple.value else "B0")


def test_nobody_to_carry_needs_no_proof() -> None:
    assert prove(replace(tiny_problem(), groups=()), "B2") is None


def test_same_rounds_same_certificate() -> None:
    problem = random_world(6, 7_000)
    first, second = (certificate_to_json(certificate_of(problem, proof_of(problem)))
                     for _ in range(2))  # fmt: skip
    assert first == second
    assert certificate_to_json(parse_certificate(first)) == first


def test_a_changed_number_still_holds_or_is_refused() -> None:
    # Whatever stands in a certificate, what the check proves is never below the best plan.
    problem = random_world(1, 7_000)
    best = best_of_one_van(problem)
    good = certificate_of(problem, proof_of(problem))
    dice = np.random.default_rng(0)
    refused = 0
    for _ in range(25):
        groups = list(good.groups)
        place = int(dice.integers(len(groups)))
        groups[place] = int(groups[place] * dice.random())
        lane = tuple(int(one * dice.random() * 2) for one in good.windows[0].lane)
        windows = (replace(good.windows[0], lane=lane),)
        verdict = verify_bound(problem, replace(good, groups=tuple(groups), windows=windows))
        assert verdict.value is not None
        assert verdict.value >= best
        refused += not verdict.holds
    assert refused > 0


def test_a_claim_that_is_too_good_is_refused() -> None:
    problem = random_world(1, 7_000)
    good = certificate_of(problem, proof_of(problem))
    assert verify_bound(problem, good).holds
    assert not verify_bound(problem, replace(good, value=good.value - 1)).holds


def test_a_certificate_of_another_problem_is_refused() -> None:
    problem = random_world(1, 7_000)
    good = certificate_of(problem, proof_of(problem))
    other = replace(problem, windows=(replace(problem.windows[0], closes_s=7_001),))
    verdict = verify_bound(other, good)
    assert (verdict.holds, verdict.value) == (False, None)
    assert "digests differ" in verdict.reason


def test_negative_prices_and_broken_hints_are_refused_unread() -> None:
    problem = random_world(1, 7_000)
    good = certificate_of(problem, proof_of(problem))
    negative = replace(good, groups=(-1, *good.groups[1:]))
    assert "negative" in verify_bound(problem, negative).reason
    hint = good.hints[0]
    strange = replace(good, hints=(replace(hint, near=((99,), *hint.near[1:])),))
    assert "no group" in verify_bound(problem, strange).reason
    none = verify_bound(problem, replace(good, hints=()))
    assert none.value is not None
    assert none.value >= best_of_one_van(problem)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[]", "no object"),
        ('{"certificate_version": "9"}', "version"),
        ('{"certificate_version": "1.0", "level": 3}', "a text is needed"),
        ('{"certificate_version": "1.0", "level": "B2", "value": 1.5}', "a whole number"),
    ],
)
def test_a_damaged_file_is_a_sentence(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_certificate(text)
