"""Who takes people on from the crossing, and when."""

from __future__ import annotations

from dataclasses import replace

from safepassage.core.convoy.onward import plan_onward
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.tiny import tiny_problem
from safepassage.core.convoy.types import (
    ConvoyProblem,
    LeftReason,
    PlannedStop,
    SeatCount,
    TravelGroup,
    Trip,
)


def released(trip_id: str, at_s: int, *tokens: str) -> Trip:
    """Return a near trip that sets `tokens` down at the line at `at_s`."""
    stop = PlannedStop("village", 0, 0, tokens)
    return Trip(trip_id, "near", "day", "depot", 0, (stop,), 0, 0, 0, at_s, at_s)


def families(*sizes: int) -> tuple[TravelGroup, ...]:
    return tuple(
        TravelGroup(f"H-{i}", (f"H-{i}",), "village", SeatCount(size), size, 0, ("centre",))
        for i, size in enumerate(sizes, start=1)
    )


def world(*sizes: int) -> ConvoyProblem:
    return replace(tiny_problem(), groups=families(*sizes))


CENTRE = {f"H-{i}": "centre" for i in range(1, 9)}


def test_one_family_is_taken_at_once() -> None:
    plan = plan_onward(world(3), [released("T", 4000, "H-1")], [], CENTRE)
    (trip,) = plan.trips
    # Boarding 3 x 60, the drive 600, the stop 240 + 3 x 20, the way back 600.
    assert (trip.boards_from_s, trip.depart_s) == (4000, 4180)
    assert (trip.stops[0].arrive_s, trip.stops[0].depart_s) == (4780, 5080)
    assert trip.back_s == 5680


def test_a_full_bus_leaves_the_second_family_for_its_next_trip() -> None:
    plan = plan_onward(world(3, 3), [released("T", 4000, "H-1", "H-2")], [], CENTRE)
    first, second = plan.trips
    assert second.boards_from_s == first.back_s
    assert plan.trip_of == {"H-1": first.trip_id, "H-2": second.trip_id}


def test_those_who_come_soon_are_waited_for() -> None:
    trips = [released("T", 4000, "H-1"), released("U", 4300, "H-2")]
    (trip,) = plan_onward(world(2, 2), trips, [], CENTRE).trips
    assert trip.depart_s == 4300 + 120


def test_families_kept_apart_ride_apart() -> None:
    one, two = families(1, 1)
    groups = (
        replace(one, apart_from=frozenset({"H-2"})), replace(two, apart_from=frozenset({"H-1"})),
    )  # fmt: skip
    problem = replace(tiny_problem(), groups=groups)
    assert len(plan_onward(problem, [released("T", 0, "H-1", "H-2")], [], CENTRE).trips) == 2


def test_nobody_is_promised_what_the_crew_has_no_hours_for() -> None:
    # 180 + 600 + 300 + 600 and the drives from and to the depot, 1,200: 2,880 s for one family.
    problem = world(3, 3)
    short = replace(problem.vehicles[1], crew_s=3000)
    problem = replace(problem, vehicles=(problem.vehicles[0], short))
    plan = plan_convoy(problem, iterations=100)
    assert plan.totals.persons == 3
    (left,) = plan.left
    assert left.reason is LeftReason.FLEET
    assert "onward" in left.detail


def test_the_heavier_family_is_kept_when_only_one_can_be_taken_on() -> None:
    problem = world(3, 3)
    heavy = replace(problem.groups[1], value=30)
    short = replace(problem.vehicles[1], crew_s=3000)
    problem = replace(
        problem, groups=(problem.groups[0], heavy), vehicles=(problem.vehicles[0], short)
    )
    assert plan_convoy(problem, iterations=100).totals.value_across == 30


def onward_with(problem: ConvoyProblem, **changes: object) -> ConvoyProblem:
    far = replace(problem.vehicles[1], **changes)  # type: ignore[arg-type]  # by name
    return replace(problem, vehicles=(problem.vehicles[0], far))


def receiving(problem: ConvoyProblem, *hours: tuple[int, int]) -> ConvoyProblem:
    return replace(problem, centres=(replace(problem.centres[0], receives=hours),))


def test_a_vehicle_boards_later_for_a_centre_that_is_still_shut() -> None:
    # At once it would arrive at 4780; the centre opens at 6000.
    problem = receiving(world(3), (6000, 9000))
    (trip,) = plan_onward(problem, [released("T", 4000, "H-1")], [], CENTRE).trips
    assert (trip.boards_from_s, trip.depart_s) == (5220, 5400)
    assert trip.stops[0].arrive_s == 6000


def test_the_next_day_serves_where_the_centre_has_shut() -> None:
    problem = receiving(world(3), (0, 4779), (90_000, 95_000))
    (trip,) = plan_onward(problem, [released("T", 4000, "H-1")], [], CENTRE).trips
    assert trip.stops[0].arrive_s == 90_000


def test_a_centre_that_never_opens_again_takes_nobody() -> None:
    problem = receiving(world(3), (0, 4779))
    plan = plan_onward(problem, [released("T", 4000, "H-1")], [], CENTRE)
    assert plan.trips == ()
    assert plan.failed == ("H-1",)


def test_an_onward_vehicle_begins_with_its_shift_and_ends_with_it() -> None:
    # It leaves its depot 600 s before it boards and is home 600 s after it is back: 2,880 s.
    trips = [released("T", 4000, "H-1")]
    early = onward_with(world(3), shifts=((0, 4_000), (5_000, 7_880)))
    (trip,) = plan_onward(early, trips, [], CENTRE).trips
    assert trip.boards_from_s == 5_600
    short = onward_with(world(3), shifts=((0, 4_000), (5_000, 7_879)))
    assert plan_onward(short, trips, [], CENTRE).failed == ("H-1",)


def test_an_onward_crew_rests_between_two_trips() -> None:
    # The first trip ends at the centre 1,680 s after it left its depot; the second would at 3,360.
    problem = onward_with(world(3, 3), break_after_s=3_000, break_s=900)
    trips = [released("T", 4000, "H-1", "H-2")]
    first, second = plan_onward(problem, trips, [], CENTRE).trips
    assert second.boards_from_s == first.back_s + 900
    tired = onward_with(world(3, 3), break_after_s=1_679, break_s=900)
    assert plan_onward(tired, trips, [], CENTRE).trips == ()


def test_spare_seats_stay_free_on_the_way_on() -> None:
    problem = onward_with(world(3, 2), spare_seats=1)
    trips = [released("T", 4000, "H-1", "H-2")]
    assert len(plan_onward(world(3, 2), trips, [], CENTRE).trips) == 1
    assert len(plan_onward(problem, trips, [], CENTRE).trips) == 2
