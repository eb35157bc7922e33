"""B0: never under the best plan; on small worlds the best plan is found by trying all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from safepassage.core.convoy.bound import _build, _limit, _objective, bound_b0, world_of
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
from safepassage.core.corridor.types import TravelMatrices, TravelMatrix


def one_van(seed: int, closes_s: int) -> ConvoyProblem:
    """Return four families in four villages, one van, and a random road network."""
    dice = np.random.default_rng(seed)
    tiny = tiny_problem()
    places = ("depot", "line", "far depot", "centre", "v0", "v1", "v2", "v3")
    times = dice.integers(200, 1500, (len(places), len(places))).astype(np.int32)
    np.fill_diagonal(times, 0)
    matrix = TravelMatrix(tiny.matrices.matrices[0].profile, times, np.zeros(times.shape))
    groups = tuple(
        TravelGroup(
            f"H-{i}", (f"H-{i}",), f"v{i}", SeatCount(int(dice.integers(1, 4))),
            int(dice.integers(1, 9)), 0, ("centre",),
        )
        for i in range(4)
    )  # fmt: skip
    far = replace(tiny.vehicles[1], crew_s=86_400)
    return replace(
        tiny,
        groups=groups,
        vehicles=(tiny.vehicles[0], far),
        windows=(replace(tiny.windows[0], opens_s=1_800, closes_s=closes_s, margin_s=0),),
        matrices=TravelMatrices(places, (matrix,), np.zeros(len(places))),
        centres=(ReceptionCentre("centre", "centre", 20, 2),),
    )


def every_plan(groups: tuple[TravelGroup, ...]) -> Iterator[tuple[Itinerary, ...]]:
    """Yield every way to carry some of the groups on trips of one vehicle."""
    for count in range(1, len(groups) + 1):
        for order in permutations(groups, count):
            for cuts in range(2 ** (count - 1)):
                loads: list[list[TravelGroup]] = [[order[0]]]
                for i, group in enumerate(order[1:]):
                    if cuts >> i & 1:
                        loads.append([])
                    loads[-1].append(group)
                yield tuple(
                    Itinerary("near", "day", tuple((g.place_id, (g.token,)) for g in load))
                    for load in loads
                )


def best_value(problem: ConvoyProblem) -> int:
    """Return the most that any plan gets across, by trying them all."""
    results = (replay(problem, plan) for plan in every_plan(problem.groups))
    return max((one.value_across for one in results if not one.faults), default=0)


@pytest.mark.parametrize("closes_s", [3_500, 4_000, 6_000])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_search_finds_the_best_of_all_plans_and_the_bound_is_not_under_it(
    seed: int, closes_s: int
) -> None:
    problem = one_van(seed, closes_s)
    best = best_value(problem)
    plan = plan_convoy(problem, iterations=400)
    assert plan.totals.value_across == best
    assert bound_b0(problem).value >= best


def test_worlds_of_the_brute_force_are_neither_empty_nor_easy() -> None:
    # Otherwise the comparison above would say nothing.
    best = [best_value(one_van(seed, 4_000)) for seed in (1, 2, 3)]
    everybody = [sum(g.value for g in one_van(seed, 4_000).groups) for seed in (1, 2, 3)]
    assert all(0 < one < all_ for one, all_ in zip(best, everybody, strict=True))


def test_hours_and_seats_bind() -> None:
    # 1,900 s from leaving to the last moment; a family takes 600 + 420 + 600 + 150 = 1,770 s, two
    # need two trips. The limit may round up by part of a family, not to both.
    tiny = tiny_problem()
    short = replace(tiny, windows=(replace(tiny.windows[0], opens_s=0, closes_s=2_500),))
    assert 3.0 <= bound_b0(short).persons < 6.0
    words = [what for what, _ in bound_b0(short).binding]
    assert words[0] == "an hour of minibus between leaving and the close"


def test_lane_time_binds_and_is_named() -> None:
    tiny = tiny_problem()
    screening = replace(tiny.crossings[0].screening, seated_s=1_000)
    slow = replace(tiny, crossings=(replace(tiny.crossings[0], screening=screening),))
    slow = replace(slow, windows=(replace(tiny.windows[0], closes_s=3_600 + 600 + 3_100),))
    limit = bound_b0(slow)
    # 3,100 s of one lane at 60 s a vehicle and 1,000 s a person.
    assert limit.persons == 3.0
    assert limit.binding[0][0] == "an hour of one lane at crossing crossing"
    assert limit.binding[0][1] == pytest.approx(3.6, rel=0.1)


def test_reception_places_bind_and_are_named() -> None:
    few = replace(tiny_problem(), centres=(ReceptionCentre("centre", "centre", 4, 0),))
    limit = bound_b0(few)
    assert limit.persons == 4.0
    assert limit.binding == (("a reception place at centre", 1.0),)


def test_onward_crews_bind() -> None:
    tiny = tiny_problem()
    tired = replace(tiny.vehicles[1], crew_s=2_880)  # One family: see test_onward.
    limit = bound_b0(replace(tiny, vehicles=(tiny.vehicles[0], tired)))
    assert 3.0 <= limit.persons < 6.0


def test_stretchers_bind() -> None:
    tiny = tiny_problem()
    lying = tuple(replace(one, load=SeatCount(0, 0, 1), value=1) for one in tiny.groups)
    beds = tuple(replace(one, capacity=Capacity(SeatCount(5, 0, 1))) for one in tiny.vehicles)
    short = replace(tiny, groups=lying, vehicles=beds, windows=(
        replace(tiny.windows[0], opens_s=0, closes_s=3_000),))  # fmt: skip
    room = replace(short, centres=(ReceptionCentre("centre", "centre", 10, 10),))
    assert bound_b0(room).persons == 1.0


def test_far_places_at_one_point_do_not_lower_the_bound() -> None:
    # Depot, centre and line on one spot: zero-length ways are ways.
    tiny = tiny_problem()
    times = np.where(np.isin(np.arange(5)[:, None], (2, 3, 4)) & np.isin(np.arange(5), (2, 3, 4)),
                     0, tiny.matrices.matrices[0].travel_time_s)  # fmt: skip
    matrix = replace(tiny.matrices.matrices[0], travel_time_s=times.astype(np.int32))
    spot = replace(tiny, matrices=replace(tiny.matrices, matrices=(matrix,)))
    assert bound_b0(spot).persons == 6.0


def test_any_prices_prove_a_limit() -> None:
    # Weak duality: whatever the solver says, the limit computed from its prices holds.
    problem = one_van(1, 4_000)
    best = best_value(problem)
    world = world_of(problem)
    program, modes = _build(world)
    values = _objective(program, modes, world.data.group["value"])
    dice = np.random.default_rng(0)
    for _ in range(50):
        prices = dice.random(len(program.limits)) * dice.choice([0.0, 0.01, 1.0, 100.0])
        assert _limit(program, values, prices, 10**6) >= best


def test_windows_that_differ_by_the_day_count_alike() -> None:
    tiny = tiny_problem()
    first = replace(tiny.windows[0], opens_s=0, closes_s=2_500)
    day = 86_400
    second = replace(first, window_id="day-2", movement_from_s=day, opens_s=day,
                     closes_s=day + 2_500)  # fmt: skip
    assert bound_b0(replace(tiny, windows=(first,))).persons < 6.0
    assert bound_b0(replace(tiny, windows=(first, second))).persons == 6.0


def test_nobody_to_carry_is_zero() -> None:
    assert bound_b0(replace(tiny_problem(), groups=())).value == 0.0


def test_a_way_over_another_village_may_be_quicker_than_the_direct_one() -> None:
    """Matrix times belong to the safest paths: depot-p-q-line is quick, p-line and depot-q slow."""
    tiny = tiny_problem()
    places = ("depot", "p", "q", "line", "far depot", "centre")
    times = np.full((6, 6), 60, dtype=np.int32)
    np.fill_diagonal(times, 0)
    times[1, 3] = times[0, 2] = 9_000
    matrix = TravelMatrix(tiny.matrices.matrices[0].profile, times, np.zeros(times.shape))
    groups = tuple(
        TravelGroup(name, (name,), place, SeatCount(1), 1, 0, ("centre",))
        for name, place in (("H-p", "p"), ("H-q", "q"))
    )
    problem = replace(
        tiny,
        groups=groups,
        windows=(replace(tiny.windows[0], opens_s=0, closes_s=8_000, margin_s=0),),
        matrices=TravelMatrices(places, (matrix,), np.zeros(len(places))),
        centres=(ReceptionCentre("centre", "centre", 20, 2),),
    )
    both = Itinerary("near", "day", (("p", ("H-p",)), ("q", ("H-q",))))
    assert replay(problem, (both,)).value_across == 2
    assert bound_b0(problem).value >= 2


def test_two_crossings_at_one_place_are_two_crossings() -> None:
    """Opposite ways at one gate have fleets of their own; the bound may not mix them up."""
    tiny = tiny_problem()
    near, far = tiny.vehicles
    crossing, window = tiny.crossings[0], tiny.windows[0]
    back = replace(
        crossing, crossing_id="back", from_side=crossing.to_side, to_side=crossing.from_side
    )
    problem = replace(
        tiny,
        crossings=(crossing, back),
        windows=(window, replace(window, window_id="day-back", crossing_id="back")),
    )
    assert near.vehicle_id != far.vehicle_id
    alone = bound_b0(tiny).value
    assert bound_b0(problem).value >= alone > 0


def test_a_village_at_the_gate_is_served_more_often_than_any_fixed_number() -> None:
    # A trip takes 10 + 240 + 60 + 10 + 90 + 20 = 430 s: 45 in 19,350 s, one person each.
    tiny = tiny_problem()
    times = np.full((5, 5), 10, dtype=np.int32)
    np.fill_diagonal(times, 0)
    matrix = replace(tiny.matrices.matrices[0], travel_time_s=times)
    one_seat = replace(tiny.vehicles[0], capacity=Capacity(SeatCount(1)))
    problem = replace(
        tiny,
        groups=tuple(
            TravelGroup(f"H-{i:02d}", (f"H-{i:02d}",), "village", SeatCount(1), 1, 0, ("centre",))
            for i in range(60)
        ),
        vehicles=(one_seat, tiny.vehicles[1]),
        matrices=replace(tiny.matrices, matrices=(matrix,)),
        windows=(replace(tiny.windows[0], opens_s=0, closes_s=19_350, margin_s=0),),
        centres=(ReceptionCentre("centre", "centre", 60, 0),),
    )
    shuttle = tuple(
        Itinerary("near", "day", (("village", (group.token,)),)) for group in problem.groups[:45]
    )
    reached = replay(problem, shuttle).value_across
    assert reached == 45
    assert reached <= bound_b0(problem).value < 60


def test_opposite_crossings_at_one_place_keep_their_own_onward_fleets() -> None:
    # Twenty single people go from b to a: a one-seat car of b shuttles, a bus of a takes all on.
    tiny = tiny_problem()
    near, far = tiny.vehicles
    car = replace(far, capacity=Capacity(SeatCount(1)), crew_s=30_000)
    bus = replace(near, capacity=Capacity(SeatCount(50)), crew_s=30_000)
    crossing, window = tiny.crossings[0], tiny.windows[0]
    back = replace(crossing, crossing_id="back", from_side="b", to_side="a")
    times = np.full((5, 5), 10, dtype=np.int32)
    np.fill_diagonal(times, 0)
    matrix = replace(tiny.matrices.matrices[0], travel_time_s=times)
    groups = tuple(
        TravelGroup(f"H-{i:02d}", (f"H-{i:02d}",), "village", SeatCount(1), 1, 0, ("centre",))
        for i in range(20)
    )
    problem = replace(
        tiny,
        groups=groups,
        vehicles=(bus, car),
        crossings=(crossing, back),
        windows=(
            replace(window, opens_s=0),
            replace(window, window_id="back", crossing_id="back", opens_s=0),
        ),
        matrices=replace(tiny.matrices, matrices=(matrix,)),
        centres=(ReceptionCentre("centre", "centre", 60, 0),),
        centre_side=("a",),
    )
    plan = plan_convoy(problem, iterations=200)
    assert plan.totals.persons == 20
    assert {trip.vehicle_id for trip in plan.trips} == {"onward"}
    assert bound_b0(problem).persons == 20.0
