"""Who rides and who is left: rules §1 to §4, §17 and §20, judged from the rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from safepassage.core.convoy.check_facts import Facts, RowGroup, row_refusal
from safepassage.core.convoy.types import (
    Crossing,
    Left,
    LeftReason,
    Plan,
    SeatCount,
    Vehicle,
    Violation,
    Window,
)

_COMPETITION = frozenset({LeftReason.THROUGHPUT, LeftReason.FLEET})


def check_right_to_travel(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§1, §2: everybody aboard chose to go, consented, and no child rides without its adult."""
    for token in sorted(boarded_tokens(plan)):
        for row, reason in facts.groups[token].refused:
            yield _refused_aboard(row, reason)


def check_groups_whole(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§3: a group is aboard whole, on one trip, picked up where it waits."""
    for token, times in sorted(boarded_tokens(plan).items()):
        yield from _whole(facts.groups[token], times)
    for trip in plan.trips:
        for stop in trip.stops:
            yield from _picked_up_where_it_waits(facts, trip.trip_id, stop.place_id, stop.boards)


def check_apart(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§4: groups to be kept apart share no trip, before the crossing or after."""
    aboard = [(t.trip_id, [g for stop in t.stops for g in stop.boards]) for t in plan.trips]
    aboard += [(t.trip_id, [g for stop in t.stops for g in stop.alights]) for t in plan.onward]
    for trip_id, tokens in aboard:
        for token in sorted(set(tokens)):
            for other in sorted(facts.groups[token].apart_from.intersection(tokens)):
                if token < other:
                    message = f"{token} and {other} are to be kept apart and share a vehicle."
                    yield Violation("05-convoy §4", trip_id, message)


def check_everybody_once(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§20: every row is planned once or left once, with its persons counted."""
    planned = boarded_tokens(plan)
    left = Counter(entry.token for entry in plan.left)
    for token in sorted(facts.rows):
        answers = left[token] + (facts.group_of_row[token] in planned)
        if answers != 1:
            yield Violation("05-convoy §20", token, _answers_sentence(answers))
    for entry in plan.left:
        row = facts.rows[entry.token]
        if entry.persons != row.persons:
            message = f"left with {entry.persons} persons; its row has {row.persons}."
            yield Violation("05-convoy §20", entry.token, message)


def check_reasons(facts: Facts, plan: Plan) -> Iterator[Violation]:
    """§17, §20: the reason given is the first that applies."""
    room = room_left(facts, plan)
    for entry in plan.left:
        allowed = _reasons(facts, facts.rows[entry.token].token, room)
        if entry.reason not in allowed:
            yield _wrong_reason(entry, allowed)


def boarded_tokens(plan: Plan) -> Counter[str]:
    """Return how often each group boards a trip to the crossing."""
    return Counter(token for trip in plan.trips for stop in trip.stops for token in stop.boards)


def room_left(facts: Facts, plan: Plan) -> dict[str, tuple[int, int]]:
    """Return (places, accessible places) not yet taken at each centre."""
    taken: dict[str, SeatCount] = defaultdict(SeatCount)
    for assignment in plan.assignments:
        taken[assignment.centre_id] += facts.groups[assignment.token].load
    return {
        centre_id: (
            centre.places - taken[centre_id].persons,
            centre.accessible_places - _accessible(taken[centre_id]),
        )
        for centre_id, centre in facts.centres.items()
    }


def _refused_aboard(row: str, reason: LeftReason) -> Violation:
    if reason is LeftReason.CHILD_WITHOUT_ADULT:
        message = "a row of children without an adult is planned, and no row with one takes them."
        return Violation("05-convoy §2", row, message)
    return Violation("05-convoy §1", row, f"is planned although the row says {reason.value}.")


def _whole(group: RowGroup, times: int) -> Iterator[Violation]:
    if times > 1:
        yield Violation("05-convoy §3", group.token, f"boards {times} times; accepted is once.")
    if group.refused:
        rows = ", ".join(row for row, _reason in group.refused)
        message = f"is planned although {rows} of the group may not travel."
        yield Violation("05-convoy §3", group.token, message)
    if group.scattered:
        places = ", ".join(sorted({row.place_id for row in group.rows}))
        yield Violation("05-convoy §3", group.token, f"is planned but waits at {places}.")


def _picked_up_where_it_waits(
    facts: Facts, trip_id: str, place_id: str, boards: tuple[str, ...]
) -> Iterator[Violation]:
    for token in boards:
        waits_at = facts.groups[token].place_id
        if waits_at != place_id:
            message = f"{token} boards at {place_id}; it waits at {waits_at}."
            yield Violation("05-convoy §3", trip_id, message)


def _answers_sentence(answers: int) -> str:
    if answers == 0:
        return "is neither planned nor left; every row gets one answer."
    return f"has {answers} answers (planned or left); accepted is one."


def _wrong_reason(entry: Left, allowed: frozenset[LeftReason]) -> Violation:
    about_seats = LeftReason.NO_SEAT_OF_KIND in {entry.reason, *allowed}
    expected = " or ".join(sorted(reason.value for reason in allowed))
    message = f"is left as {entry.reason.value}; the first reason that applies is {expected}."
    return Violation("05-convoy §17" if about_seats else "05-convoy §20", entry.token, message)


def _reasons(facts: Facts, token: str, room: dict[str, tuple[int, int]]) -> frozenset[LeftReason]:
    """Return the reasons that are right for a row that is left."""
    own = row_refusal(facts.rows[token], facts.rows)
    if own is not None:
        return frozenset({own})
    group = facts.groups[facts.group_of_row[token]]
    if group.refused or group.scattered:
        return frozenset({LeftReason.GROUP_INCOMPLETE})
    return _group_reasons(facts, group, room)


def _group_reasons(
    facts: Facts, group: RowGroup, room: dict[str, tuple[int, int]]
) -> frozenset[LeftReason]:
    """Return the reasons for a group that may travel, each tried on what passed the one before."""
    seating = [
        c for c in facts.problem.crossings if _near(facts, group, c) and _far(facts, group, c)
    ]
    if not seating:
        return frozenset({LeftReason.NO_SEAT_OF_KIND})
    ways = [c for c in seating if _near_ways(facts, group, c) and _far_way(facts, group, c)]
    if not ways:
        return frozenset({LeftReason.NO_ROAD})
    if not any(_has_room(facts, group, crossing, room) for crossing in ways):
        return frozenset({LeftReason.NO_PLACE_AT_CENTRE})
    bearable = [
        (crossing, vehicle)
        for crossing in ways
        for vehicle in _near_ways(facts, group, crossing)
        if _bearable(facts, group, crossing, vehicle)
    ]
    if not bearable:
        return frozenset({LeftReason.TIME_ABOARD})
    if not any(_some_window(facts, group, crossing, vehicle) for crossing, vehicle in bearable):
        return frozenset({LeftReason.WINDOW})
    return _COMPETITION


def _near(facts: Facts, group: RowGroup, crossing: Crossing) -> list[Vehicle]:
    return [
        vehicle
        for vehicle in facts.problem.vehicles
        if facts.is_near(vehicle.vehicle_id, crossing) and vehicle.usable.holds(group.load)
    ]


def _far(facts: Facts, group: RowGroup, crossing: Crossing) -> list[Vehicle]:
    return [
        vehicle
        for vehicle in facts.problem.vehicles
        if facts.is_far(vehicle.vehicle_id, crossing) and vehicle.usable.holds(group.load)
    ]


def _near_ways(facts: Facts, group: RowGroup, crossing: Crossing) -> list[Vehicle]:
    """Return the near vehicles that seat the group and can fetch it and come home."""
    at = crossing.place_id
    return [
        vehicle
        for vehicle in _near(facts, group, crossing)
        if _driveable(facts, vehicle, (vehicle.depot_id, group.place_id, at, vehicle.depot_id))
    ]


def _far_way(facts: Facts, group: RowGroup, crossing: Crossing) -> bool:
    """Return whether a far vehicle can take the group on; true where it accepts no centre."""
    return not facts.accepted_centres(group, crossing) or bool(
        _reachable_centres(facts, group, crossing)
    )


def _reachable_centres(facts: Facts, group: RowGroup, crossing: Crossing) -> list[str]:
    return [
        centre
        for centre in facts.accepted_centres(group, crossing)
        if any(
            _driveable(facts, vehicle, _onward_places(facts, vehicle, crossing, centre))
            for vehicle in _far(facts, group, crossing)
        )
    ]


def _onward_places(
    facts: Facts, vehicle: Vehicle, crossing: Crossing, centre_id: str
) -> tuple[str, ...]:
    at, to = crossing.place_id, facts.centres[centre_id].place_id
    return (vehicle.depot_id, at, to, at, vehicle.depot_id)


def _driveable(facts: Facts, vehicle: Vehicle, places: tuple[str, ...]) -> bool:
    return all(facts.drive_s(vehicle.vehicle_id, a, b) is not None for a, b in pairwise(places))


def _has_room(
    facts: Facts, group: RowGroup, crossing: Crossing, room: dict[str, tuple[int, int]]
) -> bool:
    load = group.load
    return any(
        room[centre][0] >= load.persons and room[centre][1] >= _accessible(load)
        for centre in _reachable_centres(facts, group, crossing)
    )


def _bearable(facts: Facts, group: RowGroup, crossing: Crossing, vehicle: Vehicle) -> bool:
    limit = facts.problem.max_aboard_s
    if limit is None:
        return True
    ride_s = facts.drive_s(vehicle.vehicle_id, group.place_id, crossing.place_id)
    if ride_s is None:
        return False
    return ride_s + _muster_s(crossing) + crossing.screening.duration_s(group.load) <= limit


def _some_window(facts: Facts, group: RowGroup, crossing: Crossing, vehicle: Vehicle) -> bool:
    """Return whether this vehicle, alone on the road, gets the group through any window."""
    legs = (vehicle.depot_id, group.place_id, crossing.place_id, vehicle.depot_id)
    drives = [facts.drive_s(vehicle.vehicle_id, a, b) for a, b in pairwise(legs)]
    there_s, ride_s, home_s = (drive or 0 for drive in drives)
    stop_s = facts.stop_s((group.token,))
    finish_s = crossing.screening.duration_s(group.load) + facts.alighting_s(group.load)
    out_s = there_s + stop_s + ride_s + _muster_s(crossing) + finish_s
    tired = vehicle.break_after_s is not None and out_s > vehicle.break_after_s
    if tired or out_s + home_s > vehicle.crew_s:
        return False
    for window, shift in _windows_and_shifts(facts, crossing, vehicle):
        leaves_s = window.movement_from_s
        if shift is not None:
            leaves_s = max(leaves_s, shift[0])
        at_pick_up_s = leaves_s + there_s
        if group.ready_s is not None:
            at_pick_up_s = max(at_pick_up_s, group.ready_s)
        starts_s = max(_joins_s(crossing, window, at_pick_up_s + stop_s + ride_s), window.opens_s)
        in_time = starts_s + crossing.screening.duration_s(group.load) <= window.last_through_s
        if in_time and (shift is None or starts_s + finish_s + home_s <= shift[1]):
            return True
    return False


def _windows_and_shifts(
    facts: Facts, crossing: Crossing, vehicle: Vehicle
) -> Iterator[tuple[Window, tuple[int, int] | None]]:
    for window in facts.problem.windows:
        if window.crossing_id == crossing.crossing_id:
            for shift in vehicle.shifts or (None,):
                yield window, shift


def _muster_s(crossing: Crossing) -> int:
    return 0 if crossing.convoy is None else crossing.convoy.muster_s


def _joins_s(crossing: Crossing, window: Window, arrives_s: int) -> int:
    """Return when a vehicle alone joins the queue: with the first convoy that it can reach."""
    rule = crossing.convoy
    if rule is None:
        return arrives_s
    first_s = window.opens_s + rule.first_s
    late_s = max(0, arrives_s + rule.muster_s - first_s)
    return first_s + -(-late_s // rule.every_s) * rule.every_s


def _accessible(load: SeatCount) -> int:
    return load.wheelchair + load.stretcher
