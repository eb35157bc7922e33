"""Why a household is not planned: the first rule that excludes it (docs/spec/05-convoy.md §20).

Some rules exclude a group whatever else is planned: no seat, no road, no place, no window. They are
tested here one after the other, on one group alone with every vehicle free. A group that passes
them all and is still not planned competes with others: for the crossing or for the fleet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from safepassage.core.convoy.alone import describe_load
from safepassage.core.convoy.alone import service_s as service_s
from safepassage.core.convoy.conflicts import Conflicts
from safepassage.core.convoy.reach import WHATEVER_THE_PLAN
from safepassage.core.convoy.reach import Reach as Reach
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Left,
    LeftReason,
    TravelGroup,
    Trip,
    Window,
)
from safepassage.units import format_duration

BUSY_SHARE = 0.85
"""Share of a window's lane time in use from which the crossing, not the fleet, is named."""

_SENTENCE = {
    LeftReason.NO_SEAT_OF_KIND: (
        "No vehicle of the near side, or none of the far side, has places for {load} at once."
    ),
    LeftReason.NO_ROAD: (
        "No vehicle with fitting places can drive from its depot to {place}, on to a crossing and "
        "home, or none can go on from there to an accepted reception centre and back."
    ),
    LeftReason.NO_PLACE_AT_CENTRE: "No accepted reception centre has places for {load}.",
    LeftReason.TIME_ABOARD: (
        "From {place} even the direct way to the end of screening is longer than {aboard} aboard."
    ),
    LeftReason.WINDOW: (
        "No window, with its margin and the hours of the crews, is long enough for a round trip to "
        "{place}."
    ),
    LeftReason.FLEET: (
        "No onward vehicle can take it to an accepted centre within its hours and the centre's."
    ),
}


def exclusion_sentence(conflicts: Conflicts, group: TravelGroup, reason: LeftReason) -> str:
    """Return why `reason` excludes `group`, and the smallest set of rules that makes it so."""
    because = _SENTENCE[reason].format(
        load=describe_load(group.load),
        place=f"place {group.place_id}" if group.place_id else "its pick-up (no place is given)",
        aboard=format_duration(conflicts.reach.problem.max_aboard_s or 0),
    )
    return f"{because} {conflicts.sentence(group)}".rstrip()


def leave_rows(
    group: TravelGroup, persons: Mapping[str, int], reason: LeftReason, detail: str
) -> list[Left]:
    """Return one :class:`Left` for each row of a group."""
    return [Left(token, persons[token], reason, detail) for token in group.household_tokens]


def explain_left(
    problem: ConvoyProblem,
    unplanned: Sequence[TravelGroup],
    trips: Sequence[Trip],
    free_places: Mapping[str, tuple[int, int]],
    no_onward: frozenset[str],
) -> list[Left]:
    """Say why each unplanned group is left: what it lost to other groups.

    Parameters
    ----------
    problem
        As planned.
    unplanned
        Groups without a trip.
    trips
        The plan's trips, for the use of the crossings.
    free_places
        For each centre the places left, in all and accessible.
    no_onward
        Tokens of groups taken out again because no onward vehicle was free for them.
    """
    conflicts = Conflicts(Reach(problem))
    used = _lane_use(problem, trips)
    left: list[Left] = []
    for group in unplanned:
        reason, detail = _lost_to_others(conflicts, group, used, free_places, no_onward)
        left += leave_rows(group, _persons(group), reason, detail)
    return left


def _persons(group: TravelGroup) -> dict[str, int]:
    sizes = group.household_persons or (group.load.persons,)
    return dict(zip(group.household_tokens, sizes, strict=True))


def _lost_to_others(
    conflicts: Conflicts,
    group: TravelGroup,
    used: Mapping[str, float],
    free_places: Mapping[str, tuple[int, int]],
    no_onward: frozenset[str],
) -> tuple[LeftReason, str]:
    reach = conflicts.reach
    ways, reason = reach.ways(group)
    if reason in WHATEVER_THE_PLAN:
        return reason, exclusion_sentence(conflicts, group, reason)
    if not _place_free(group, free_places):
        return LeftReason.NO_PLACE_AT_CENTRE, (
            f"All places for {describe_load(group.load)} at the accepted reception centres go to "
            "other groups."
        )
    if reason is not None:
        return reason, exclusion_sentence(conflicts, group, reason)
    if group.token in no_onward:
        return LeftReason.FLEET, "No onward vehicle is free for it within its hours."
    windows = {reach.problem.windows[way.window] for way in ways}
    busiest = min(windows, key=lambda window: (used[window.window_id], window.window_id))
    share = used[busiest.window_id]
    if share >= BUSY_SHARE:
        return LeftReason.THROUGHPUT, (
            f"Screening is in use for {share:.0%} or more of every window open to it; groups with "
            "more weight for the time they take go first."
        )
    return LeftReason.FLEET, (
        "Every fitting vehicle is taken by groups with more weight for the time they take."
    )


def _place_free(group: TravelGroup, free_places: Mapping[str, tuple[int, int]]) -> bool:
    accessible = group.load.wheelchair + group.load.stretcher
    return any(
        group.load.persons <= free_places[centre][0] and accessible <= free_places[centre][1]
        for centre in group.centres
    )


def _lane_use(problem: ConvoyProblem, trips: Sequence[Trip]) -> dict[str, float]:
    busy = {window.window_id: 0 for window in problem.windows}
    for trip in trips:
        busy[trip.window_id] += trip.screening_end_s - trip.screening_start_s
    lanes = {crossing.crossing_id: crossing.lanes for crossing in problem.crossings}
    return {
        window.window_id: busy[window.window_id]
        / max(1, lanes[window.crossing_id] * _open_s(window))
        for window in problem.windows
    }


def _open_s(window: Window) -> int:
    return window.last_through_s - window.opens_s
