"""The vectorised simulation against a naive one, run for run, and against the plan itself."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from safepassage.core.convoy.replay import replay
from safepassage.core.convoy.simulate import (
    BLOCK,
    across_over_time,
    draw_delays,
    queue_profile,
    run_window,
    simulate,
    window_timetables,
)
from safepassage.core.convoy.types import ConvoyRule, DelayModel, Distribution, Itinerary
from safepassage.errors import InputError

ONE = Distribution("fixed", 1.0)
CALM = DelayModel(ONE, ONE, ONE, ONE, 0.0, ONE, 0.0)
ROUGH = DelayModel(
    day_factor=Distribution("lognormal", 1.0, 0.3),
    leg_factor=Distribution("gamma", 1.0, 0.5),
    boarding_factor=Distribution("uniform", 0.5, 3.0),
    screening_factor=Distribution("gamma", 2.0, 0.8),
    breakdown_probability=0.2,
    breakdown_s=Distribution("lognormal", 1800.0, 0.5),
    collapse_probability_per_window=0.2,
)


@pytest.fixture
def world(convoy_world: ModuleType):
    return convoy_world.hand_made()


def naive_run(table, delays, run: int):
    """One run, one event at a time, in plain Python, from the same draws."""
    closes = delays.closes_s[run]
    free = [float(table.window.opens_s)] * table.crossing.lanes
    ends, arrives, boarded_at = {}, {}, {}

    def arrive(trip: int, depart: float) -> tuple[float, int, int]:
        now = depart
        for stop in range(len(table.stop_s[trip])):
            now += table.leg_s[trip][stop] * delays.leg[trip][run, stop]
            now += delays.leg_delay_s[trip][run, stop]
            now = max(now, table.ready_s[trip][stop])
            now += table.stop_s[trip][stop] * delays.stop[trip][run, stop]
            now = max(now, table.stop_depart_s[trip][stop])
            boarded_at[trip, stop] = now
        now += table.leg_s[trip][-1] * delays.leg[trip][run, -1]
        return now + delays.leg_delay_s[trip][run, -1], int(table.vehicle[trip]), trip

    rule, convoys = table.crossing.convoy, list[int]()
    waiting = [arrive(int(trip), float(table.depart_s[trip])) for trip in table.first_trip]
    while waiting:
        waiting.sort()
        at, _vehicle, trip = waiting.pop(0)
        lane = free.index(min(free))
        joins = at if rule is None else naive_join(table.window.opens_s, rule, convoys, at)
        end = max(joins, free[lane]) + table.screening_s[trip] * delays.screening[run]
        free[lane] = end
        arrives[trip], ends[trip] = at, end
        later = int(table.next_trip[trip])
        if later >= 0:
            released = end + table.alighting_s[trip] + table.rest_s[later]
            depart = max(float(table.depart_s[later]), released)
            waiting.append(arrive(later, depart))
    stranded = sum(
        int(table.stop_persons[trip][stop])
        for (trip, stop), at in boarded_at.items()
        if at <= closes < ends[trip]
    )
    return arrives, ends, stranded


def naive_join(opens_s: int, rule: ConvoyRule, convoys: list[int], at: float) -> float:
    """Join the first convoy with room; `convoys` counts the vehicles of each."""
    number = 0
    while True:
        if number == len(convoys):
            convoys.append(0)
        starts_s = opens_s + rule.first_s + number * rule.every_s
        if starts_s >= at + rule.muster_s and convoys[number] < rule.most_vehicles:
            convoys[number] += 1
            return starts_s + (convoys[number] - 1) * rule.spacing_s
        number += 1


def busy(world, lanes: int, rule: ConvoyRule | None = None, break_after_s: int | None = None):
    """Three vehicles, two trips each, that meet at the crossing, with several stops."""
    fleet = [
        replace(one, break_after_s=break_after_s, break_s=900) for one in world.problem.vehicles
    ]
    van = replace(fleet[1], vehicle_id="aaa")
    problem = replace(
        world.problem,
        vehicles=(*fleet, van),
        vehicle_matrix=(0, 0, 1, 0),
        vehicle_side=("A", "A", "B", "A"),
        crossings=(replace(world.problem.crossings[0], lanes=lanes, convoy=rule),),
        windows=(replace(world.problem.windows[0], closes_s=27000, margin_s=0),),
        groups=tuple(
            replace(
                group, token=f"{group.token}/{copy}", apart_from=frozenset(), ready_s=copy * 900
            )
            for group in world.problem.groups
            for copy in range(3)
        ),
    )
    mid_and_west = (("mid", ("H-6/0", "H-7/0")), ("west", ("H-1/0",)))
    loads = (
        Itinerary("bus_a", "day1", (("west", ("H-1/1", "H-2/1")), ("mid", ("H-7/1",)))),
        Itinerary("bus_a", "day1", mid_and_west),
        Itinerary("van_a", "day1", (("mid", ("H-6/1",)),)),
        Itinerary("van_a", "day1", (("mid", ("H-7/2",)),)),
        Itinerary("aaa", "day1", (("mid", ("H-6/2",)),), 18600),
        Itinerary("aaa", "day1", (("west", ("H-1/2",)),)),
    )
    result = replay(problem, loads)
    assert result.faults == ()
    return problem, replace(world.plan, trips=result.trips, returns=result.returns)


@pytest.mark.parametrize("lanes", [1, 2])
def test_every_run_is_the_naive_run(world, lanes: int) -> None:
    problem, plan = busy(world, lanes)
    (table,) = window_timetables(problem, plan)
    delays = draw_delays(table, ROUGH, 300, np.random.default_rng(5))
    outcome = run_window(table, delays)
    for run in range(300):
        arrives, ends, stranded = naive_run(table, delays, run)
        for trip in range(len(table.trip_ids)):
            assert outcome.queue_arrive_s[run, trip] == pytest.approx(arrives[trip], abs=1e-6)
            assert outcome.screening_end_s[run, trip] == pytest.approx(ends[trip], abs=1e-6)
        assert outcome.stranded[run] == stranded
    assert 0 < outcome.across.mean() < 1
    assert outcome.stranded.max() > 0


@pytest.mark.parametrize(
    ("rule", "break_after_s"),
    [
        (ConvoyRule(900, 2, 60), None),
        (ConvoyRule(1_200, 1, 0, first_s=300, muster_s=120), None),
        (ConvoyRule(600, 9, 30, muster_s=60), 9_000),
        (None, 7_500),
    ],
)
def test_every_run_with_convoys_and_breaks_is_the_naive_run(world, rule, break_after_s) -> None:
    problem, plan = busy(world, 1, rule, break_after_s)
    (table,) = window_timetables(problem, plan)
    assert bool(table.rest_s.any()) is (break_after_s is not None)
    delays = draw_delays(table, ROUGH, 200, np.random.default_rng(6))
    outcome = run_window(table, delays)
    for run in range(200):
        arrives, ends, stranded = naive_run(table, delays, run)
        for trip in range(len(table.trip_ids)):
            assert outcome.queue_arrive_s[run, trip] == pytest.approx(arrives[trip], abs=1e-6)
            assert outcome.screening_end_s[run, trip] == pytest.approx(ends[trip], abs=1e-6)
        assert outcome.stranded[run] == stranded


@pytest.mark.parametrize("lanes", [1, 2])
def test_without_delays_the_plan_happens_as_written(world, lanes: int) -> None:
    problem, plan = busy(world, lanes)
    (table,) = window_timetables(problem, plan)
    outcome = run_window(table, draw_delays(table, CALM, 2, np.random.default_rng(0)))
    planned = {trip.trip_id: trip for trip in plan.trips}
    for number, trip_id in enumerate(table.trip_ids):
        assert (outcome.queue_arrive_s[:, number] == planned[trip_id].queue_arrive_s).all()
        assert (outcome.screening_end_s[:, number] == planned[trip_id].screening_end_s).all()


def test_without_delays_everybody_planned_is_across(world) -> None:
    summary = simulate(world.problem, world.plan, CALM, runs=3)
    assert (summary.persons_planned, summary.persons_expected) == (14, 14.0)
    assert (summary.persons_low, summary.persons_high, summary.value_expected) == (14, 14, 19.0)
    assert (summary.probability_all_across, summary.stranded_expected) == (1.0, 0.0)
    assert set(dict(summary.trip_probability).values()) == {1.0}


def test_the_same_seed_gives_the_same_summary_and_another_seed_another(world) -> None:
    runs = BLOCK + 7
    one = simulate(world.problem, world.plan, ROUGH, runs=runs, seed=3)
    assert one == simulate(world.problem, world.plan, ROUGH, runs=runs, seed=3)
    assert one != simulate(world.problem, world.plan, ROUGH, runs=runs, seed=4)


def test_the_summary_is_consistent_with_itself(world) -> None:
    seen: list[tuple[float, float]] = []
    summary = simulate(
        world.problem, world.plan, ROUGH, runs=2 * BLOCK,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    persons = {"day1/bus_a/01": 7, "day1/van_a/01": 2, "day1/bus_a/02": 5}
    expected = sum(persons[trip] * share for trip, share in summary.trip_probability)
    assert summary.persons_expected == pytest.approx(expected)
    assert summary.probability_all_across <= min(dict(summary.trip_probability).values())
    assert summary.persons_low <= summary.persons_expected <= summary.persons_high
    assert seen == [(BLOCK, 2 * BLOCK), (2 * BLOCK, 2 * BLOCK)]


def test_a_collapse_always_happens_when_it_is_certain(world) -> None:
    # The window ends uniformly between 21600 and 36000; the first load is through at 22260.
    certain = replace(CALM, collapse_probability_per_window=1.0)
    shares = dict(simulate(world.problem, world.plan, certain, runs=20_000).trip_probability)
    assert shares["day1/bus_a/01"] == pytest.approx((36000 - 22260) / 14400, abs=0.02)
    assert shares["day1/bus_a/02"] == pytest.approx((36000 - 25650) / 14400, abs=0.02)


def test_a_certain_breakdown_of_ten_hours_strands_the_last_load(world) -> None:
    broken = replace(CALM, breakdown_probability=1.0, breakdown_s=Distribution("fixed", 36000.0))
    shares = dict(simulate(world.problem, world.plan, broken, runs=20_000).trip_probability)
    # bus_a has five legs in the window, three of them on its first trip.
    assert shares["day1/bus_a/01"] == pytest.approx(2 / 5, abs=0.02)
    assert shares["day1/bus_a/02"] == 0.0
    assert shares["day1/van_a/01"] == 0.0


@pytest.mark.parametrize(
    ("kind", "b", "mean"),
    [("fixed", 0, 2.0), ("gamma", 0.5, 2.0), ("uniform", 3.0, 2.5), ("lognormal", 0.5, 2.266)],
)
def test_each_distribution_means_what_the_types_say(world, kind: str, b, mean) -> None:
    delays = replace(CALM, screening_factor=Distribution(kind, 2.0, b))
    (table,) = window_timetables(world.problem, world.plan)
    drawn = draw_delays(table, delays, 40_000, np.random.default_rng(1)).screening
    assert drawn.mean() == pytest.approx(mean, rel=0.01)


def test_an_unknown_distribution_is_named(world) -> None:
    with pytest.raises(InputError, match=r"delays\.toml.*'pareto' is not known"):
        simulate(world.problem, world.plan, replace(CALM, day_factor=Distribution("pareto", 1.0)))


def test_no_runs_are_refused(world) -> None:
    with pytest.raises(ValueError, match="at least one"):
        simulate(world.problem, world.plan, CALM, runs=0)


def test_a_plan_without_trips_takes_nobody_across(world) -> None:
    summary = simulate(world.problem, world.with_plan(trips=()).plan, CALM, runs=5)
    assert (summary.persons_planned, summary.persons_expected) == (0, 0.0)
    assert across_over_time(world.problem, world.with_plan(trips=()).plan, CALM).at_s.size == 0


def test_the_queue_over_the_day_is_that_of_the_plan(world) -> None:
    # With 2300 s a vehicle the bus is screened 21960 to 24500; the van waits from 24160.
    slow = replace(
        world.problem.crossings[0],
        screening=replace(world.problem.crossings[0].screening, vehicle_s=2300),
    )
    problem = world.with_problem(crossings=(slow,)).problem
    loads = (
        Itinerary("bus_a", "day1", (("west", ("H-1", "H-2")), ("mid", ("H-7",)))),
        Itinerary("van_a", "day1", (("mid", ("H-6",)),), 22000),
    )
    plan = replace(world.plan, trips=replay(problem, loads).trips)
    (profile,) = queue_profile(problem, plan)
    assert profile.at_s.tolist() == [21960, 24160, 24500, 26860]
    assert profile.vehicles_waiting.tolist() == [0, 1, 0, 0]
    assert profile.persons_waiting.tolist() == [0, 2, 0, 0]
    assert profile.lanes_busy.tolist() == [1, 1, 1, 0]
    assert profile.persons_across.tolist() == [0, 0, 7, 9]


def test_people_across_over_time_brackets_the_plan(world) -> None:
    calm = across_over_time(world.problem, world.plan, CALM, runs=5, step_s=600)
    assert calm.at_s[0] == 21600
    assert calm.at_s[-1] == 36000
    for picture in (calm.low, calm.median, calm.high):
        assert picture.tolist() == calm.planned.tolist()
    assert calm.planned.tolist()[:8] == [0, 0, 7, 7, 7, 9, 9, 14]
    rough = across_over_time(world.problem, world.plan, ROUGH, runs=200)
    assert (rough.low <= rough.median).all()
    assert (rough.median <= rough.high).all()
