"""One group with every vehicle to itself: whether it could be across, and at a reception centre.

The planner asks this before it searches, and the search for the rules that stand in a household's
way (:mod:`safepassage.core.convoy.conflicts`) asks it again with some of the rules set aside. A
rule that is set aside asks nothing: a drive without a road takes no time, no centre is ever full.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    ReceptionCentre,
    SeatCount,
    ServiceTimes,
    TravelGroup,
    Vehicle,
    Window,
)

FAR_OFF_S = 10**12
"""Longer than any operation."""


class Rule(StrEnum):
    """What may stand in the way of a group that is alone in the world."""

    SEATS = "seats"
    ONWARD_SEATS = "onward_seats"
    ROADS = "roads"
    ONWARD_ROADS = "onward_roads"
    WISHES = "wishes"
    PLACES = "places"
    TIME_ABOARD = "time_aboard"
    MOVEMENT = "movement"
    CLOSE = "close"
    MARGIN = "margin"
    READY = "ready"
    CONVOYS = "convoys"
    CREW_HOURS = "crew_hours"
    SHIFTS = "shifts"
    BREAKS = "breaks"
    RECEIVING = "receiving"


Rules = frozenset[Rule]

EVERY_RULE: Rules = frozenset(Rule)


@dataclass(frozen=True, slots=True)
class NearWay:
    """A vehicle that fetches the group and brings it to the crossing in one window.

    Parameters
    ----------
    drives_s
        Depot to pick-up, pick-up to crossing, crossing to depot; None where there is no way.
    """

    vehicle: Vehicle
    crossing: Crossing
    window: Window
    drives_s: tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class OnwardWay:
    """A vehicle that takes the group on from the crossing to one reception centre.

    Parameters
    ----------
    drives_s
        Depot to crossing, crossing to centre, centre to crossing, crossing to depot.
    """

    vehicle: Vehicle
    centre: ReceptionCentre
    drives_s: tuple[int | None, int | None, int | None, int | None]


def service_s(seconds: SeatCount, load: SeatCount) -> int:
    """Return the time for `load` to board or alight one after the other (§8, §12)."""
    return (
        seconds.seated * load.seated
        + seconds.wheelchair * load.wheelchair
        + seconds.stretcher * load.stretcher
    )


def describe_load(load: SeatCount) -> str:
    """Return persons by seat kind in words, e.g. ``3 seated, 1 on a stretcher``."""
    parts = (
        (load.seated, "seated"),
        (load.wheelchair, "in a wheelchair"),
        (load.stretcher, "on a stretcher"),
    )
    return ", ".join(f"{count} {word}" for count, word in parts if count) or "nobody"


def stop_s(service: ServiceTimes, group: TravelGroup) -> int:
    """Return how long a vehicle stands to fetch this group alone (§8, §36)."""
    boards = service.stop_s + service_s(service.boarding_s, group.load)
    return boards + (service.door_s if group.door else 0)


def released_s(
    problem: ConvoyProblem, group: TravelGroup, way: NearWay, rules: Rules = EVERY_RULE
) -> int | None:
    """Return when the group has alighted at the crossing at the earliest, None if it cannot be.

    Parameters
    ----------
    rules
        Those that hold.
    """
    if Rule.SEATS in rules and not way.vehicle.usable.holds(group.load):
        return None
    drives = _driven(way.drives_s, Rule.ROADS, rules)
    if drives is None or not _bearable(problem, group, way, drives[1], rules):
        return None
    spans = _shifts(way.vehicle, rules)
    ends = [_released_in(problem, group, way, drives, span, rules) for span in spans]
    return min((end for end in ends if end is not None), default=None)


def _released_in(
    problem: ConvoyProblem,
    group: TravelGroup,
    way: NearWay,
    drives: tuple[int, ...],
    shift: tuple[int, int],
    rules: Rules,
) -> int | None:
    """Return the release if the vehicle works within one shift."""
    to_place, to_line, home = drives
    boards = stop_s(problem.service, group)
    screening = way.crossing.screening.duration_s(group.load)
    alighting = service_s(problem.service.alighting_s, group.load)
    moves = way.window.movement_from_s if Rule.MOVEMENT in rules else -FAR_OFF_S
    ready = group.ready_s if Rule.READY in rules else -FAR_OFF_S
    arrives = max(max(moves, shift[0]) + to_place, ready) + boards + to_line
    through = max(_joins(way, arrives, rules), way.window.opens_s) + screening
    released = through + alighting
    out = to_place + boards + to_line + _muster_s(way, rules) + screening + alighting
    late = through > _last_through_s(way.window, rules) or released + home > shift[1]
    return None if late or not _crew_bears(way.vehicle, out, home, rules) else released


def _joins(way: NearWay, arrives_s: int, rules: Rules) -> int:
    """Return when a vehicle that arrives then, and is alone, joins the queue (§38)."""
    rule = way.crossing.convoy
    if rule is None or Rule.CONVOYS not in rules:
        return arrives_s
    first = way.window.opens_s + rule.first_s
    number = max(0, -(-(arrives_s + rule.muster_s - first) // rule.every_s))
    return first + number * rule.every_s


def _muster_s(way: NearWay, rules: Rules) -> int:
    rule = way.crossing.convoy
    return 0 if rule is None or Rule.CONVOYS not in rules else rule.muster_s


def _last_through_s(window: Window, rules: Rules) -> int:
    if Rule.CLOSE not in rules:
        return FAR_OFF_S
    return window.last_through_s if Rule.MARGIN in rules else window.closes_s


def _bearable(
    problem: ConvoyProblem, group: TravelGroup, way: NearWay, to_line_s: int, rules: Rules
) -> bool:
    limit_s = problem.max_aboard_s
    if limit_s is None or Rule.TIME_ABOARD not in rules:
        return True
    screening_s = way.crossing.screening.duration_s(group.load)
    return to_line_s + _muster_s(way, rules) + screening_s <= limit_s


def taken_on(
    problem: ConvoyProblem,
    group: TravelGroup,
    near: NearWay,
    way: OnwardWay,
    from_s: int,
    rules: Rules = EVERY_RULE,
) -> bool:
    """Return whether the group, released at the crossing at `from_s`, can be taken to the centre.

    It may wait at the crossing until a vehicle comes whose drive ends while the centre receives.
    """
    if Rule.ONWARD_SEATS in rules and not way.vehicle.usable.holds(group.load):
        return False
    drives = _driven(way.drives_s, Rule.ONWARD_ROADS, rules)
    if drives is None or (Rule.PLACES in rules and not sleeps(group, way.centre)):
        return False
    receives = way.centre.receives if Rule.RECEIVING in rules else ()
    return any(
        _onward_in(problem, group, near.window, way, drives, from_s, shift, hours, rules)
        for shift in _shifts(way.vehicle, rules)
        for hours in receives or ((-FAR_OFF_S, FAR_OFF_S),)
    )


def _onward_in(
    problem: ConvoyProblem,
    group: TravelGroup,
    window: Window,
    way: OnwardWay,
    drives: tuple[int, ...],
    from_s: int,
    shift: tuple[int, int],
    hours: tuple[int, int],
    rules: Rules,
) -> bool:
    """Return whether the ride fits one shift and one span of the centre's hours."""
    to_line, to_centre, back, home = drives
    boards = service_s(problem.service.boarding_s, group.load)
    stays = problem.service.stop_s + service_s(problem.service.alighting_s, group.load)
    moves = window.movement_from_s if Rule.MOVEMENT in rules else -FAR_OFF_S
    earliest = max(from_s, max(moves, shift[0]) + to_line)
    arrives = max(earliest + boards + to_centre, hours[0])
    ends = arrives + stays + back + home
    out = to_line + boards + to_centre + stays
    in_time = arrives <= hours[1] and ends <= shift[1]
    return in_time and _crew_bears(way.vehicle, out, back + home, rules)


def sleeps(group: TravelGroup, centre: ReceptionCentre) -> bool:
    """Return whether the centre, empty, has places for the group (§15)."""
    accessible = group.load.wheelchair + group.load.stretcher
    return group.load.persons <= centre.places and accessible <= centre.accessible_places


def _crew_bears(vehicle: Vehicle, out_s: int, home_s: int, rules: Rules) -> bool:
    """Return whether hours (§13) and breaks (§35) allow `out_s` with people and then the rest."""
    break_after_s = vehicle.break_after_s if Rule.BREAKS in rules else None
    too_long = Rule.CREW_HOURS in rules and out_s + home_s > vehicle.crew_s
    return not too_long and (break_after_s is None or out_s <= break_after_s)


def _shifts(vehicle: Vehicle, rules: Rules) -> Iterable[tuple[int, int]]:
    always = ((-FAR_OFF_S, FAR_OFF_S),)
    return vehicle.shifts or always if Rule.SHIFTS in rules else always


def _driven(drives: tuple[int | None, ...], roads: Rule, rules: Rules) -> tuple[int, ...] | None:
    if roads in rules and None in drives:
        return None
    return tuple(drive or 0 for drive in drives)
