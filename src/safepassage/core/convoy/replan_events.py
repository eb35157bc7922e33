"""What goes wrong, or right, on the day: a small table of events and what each one changes.

An event changes the facts (docs/spec/05-convoy.md §82): the problem, the rows, the state. Planner
and judge both start from the facts that :func:`apply_events` returns, and share nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from safepassage.core.convoy.state import DayState, Standing, VehicleNow, line_of, tokens_of
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Left,
    LeftReason,
    Screening,
    SeatCount,
    TravelGroup,
)
from safepassage.core.corridor.types import TravelMatrices, TravelMatrix
from safepassage.core.register.types import Choice, Consent, Household
from safepassage.errors import UsageError
from safepassage.units import format_clock, format_duration, format_moment, moment_at


@dataclass(frozen=True, slots=True)
class WindowCut:
    """A window closes at another moment; with another margin if one is given."""

    window_id: str
    closes_s: int
    margin_s: int | None = None


@dataclass(frozen=True, slots=True)
class RoadClosed:
    """Roads can no longer be driven.

    Parameters
    ----------
    what
        In words, e.g. the ways.
    matrices
        Times and exposures without them, for the same places in the same order.
    turn_back
        Vehicles that have the closed road ahead of them on the leg under way; they go back to where
        that leg began, in the time that they have driven.
    """

    what: str
    matrices: TravelMatrices
    turn_back: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class VehicleLost:
    """A vehicle drives no more; the people aboard stand where it is."""

    vehicle_id: str


@dataclass(frozen=True, slots=True)
class CrossingSlower:
    """Screening that has not begun takes `factor` times as long."""

    crossing_id: str
    factor: float


@dataclass(frozen=True, slots=True)
class FewerLanes:
    """A crossing has another number of lanes."""

    crossing_id: str
    lanes: int


@dataclass(frozen=True, slots=True)
class Joiners:
    """People who ask on the day to be taken; planned only with choice and consent (§1)."""

    household: Household


@dataclass(frozen=True, slots=True)
class Suspended:
    """The ceasefire is suspended: everybody under way to the crossing goes to a fall-back."""


Named = TypeVar("Named")

Event = WindowCut | RoadClosed | VehicleLost | CrossingSlower | FewerLanes | Joiners | Suspended


@dataclass(frozen=True, slots=True)
class EventKind:
    """One row of the table of events.

    Parameters
    ----------
    word
        As it is written after ``--event``.
    fields
        (name, what is accepted); those of a name ending in ``?`` may be left out.
    meaning
        A sentence for people.
    example
        As typed.
    """

    word: str
    fields: tuple[tuple[str, str], ...]
    meaning: str
    example: str


EVENT_KINDS = (
    EventKind(
        "window-cut",
        (
            ("window", "a window id"), ("closes", "a moment with zone"),
            ("margin?", "minutes to be kept free before it; as it was if left out"),
        ),
        "The window closes at this moment instead.",
        "window-cut window=day-1 closes=2025-02-20T14:00+02:00",
    ),
    EventKind(
        "road-closed",
        (("ways?", "way ids with commas"), ("closure?", "a closure id of the scenario")),
        "These roads cannot be driven from now on; times are computed anew.",
        "road-closed ways=4321,8765",
    ),
    EventKind(
        "vehicle-lost",
        (("vehicle", "a vehicle id"),),
        "The vehicle drives no more; the people aboard stand where it is and need a seat.",
        "vehicle-lost vehicle=bus-1",
    ),
    EventKind(
        "crossing-slower",
        (("crossing", "a crossing id"), ("factor", "a number from 0.1 to 20")),
        "Screening that has not begun takes so many times as long.",
        "crossing-slower crossing=bridge factor=1.5",
    ),
    EventKind(
        "fewer-lanes",
        (("crossing", "a crossing id"), ("lanes", "a whole number, 1 or more")),
        "The crossing screens so many vehicles at a time.",
        "fewer-lanes crossing=bridge lanes=1",
    ),
    EventKind(
        "joiners",
        (
            ("token", "a new token"), ("place", "a place id of the plan"),
            ("seated?", "persons"), ("wheelchair?", "persons"), ("stretcher?", "persons"),
            ("children?", "of these, under 18"), ("priority?", "weight a person, 1 or more"),
            ("choice", "go, stay, undecided or not_asked"), ("consent", "yes, no or not_asked"),
            ("destinations?", "centre ids with commas"),
        ),
        "People at a place ask to come; without 'choice=go consent=yes' they are not planned.",
        "joiners token=J-1 place=school seated=3 choice=go consent=yes",
    ),
    EventKind(
        "suspended",
        (),
        "Everybody under way goes to the nearest fall-back; nobody new is picked up.",
        "suspended",
    ),
)  # fmt: skip
"""Every event that can be reported."""


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """The facts from which the rest of the day is planned.

    Parameters
    ----------
    problem
        As it is from the state's moment on. Its groups are all that could still be planned, and
        all that were.
    households
        Every row, with people who stand elsewhere placed there.
    fall_backs
        Places to which people can be taken for shelter; empty: their pick-ups and the depots.
    lost
        Vehicles that drive no more.
    joined
        Rows that came on the day.
    pre_left
        Rows that are left whatever the plan.
    said
        A sentence for each event.
    """

    problem: ConvoyProblem
    households: tuple[Household, ...]
    state: DayState
    fall_backs: tuple[str, ...] = ()
    lost: frozenset[str] = frozenset()
    suspended: bool = False
    joined: tuple[str, ...] = ()
    pre_left: tuple[Left, ...] = ()
    said: tuple[str, ...] = ()

    def clock(self, at_s: int) -> str:
        """Return a moment as local time of day, with its date if that is not the state's."""
        zone = self.problem.timezone
        moment = moment_at(self.problem.epoch, at_s)
        day = format_moment(moment, zone)[:10]
        today = format_moment(moment_at(self.problem.epoch, self.state.at_s), zone)[:10]
        clock = format_clock(moment, zone)
        return clock if day == today else f"{clock} on {day}"


def apply_events(day: Day, events: Iterable[Event]) -> Day:
    """Return the facts after the events; new roads first, then in the order given.

    Raises
    ------
    UsageError
        If an event names what the operation does not have, or a number out of range.
    """
    ordered = sorted(events, key=lambda event: not isinstance(event, RoadClosed))
    for event in ordered:
        day = _APPLY[type(event)](day, event)
    return day


def _cut(day: Day, event: WindowCut) -> Day:
    window = _named(day.problem.windows, "window_id", event.window_id, "window")
    margin_s = window.margin_s if event.margin_s is None else event.margin_s
    said = (
        f"Window {window.window_id} now closes at {day.clock(event.closes_s)}; with the margin of "
        f"{format_duration(margin_s)} the last are through by "
        f"{day.clock(event.closes_s - margin_s)}."
    )
    windows = tuple(
        replace(one, closes_s=event.closes_s, margin_s=margin_s) if one is window else one
        for one in day.problem.windows
    )
    return _with(day, said, windows=windows)


def _close_road(day: Day, event: RoadClosed) -> Day:
    if event.matrices.place_ids != day.problem.matrices.place_ids:
        raise UsageError("The new times are for other places than the plan's.")
    at_s = day.state.at_s
    vehicles = tuple(
        _turned(one, at_s) if one.vehicle_id in event.turn_back else one
        for one in day.state.vehicles
    )
    day = replace(day, state=replace(day.state, vehicles=vehicles))
    said = f"Closed: {event.what}."
    if event.turn_back:
        said += f" Turning back on the way: {', '.join(sorted(event.turn_back))}."
    return _with(day, said, matrices=event.matrices)


def _turned(one: VehicleNow, at_s: int) -> VehicleNow:
    if one.leg_from_s is None:
        return one
    back_s = at_s + (at_s - one.leg_from_s)
    return replace(one, place_id=one.leg_from_id, free_s=back_s, leg_from_id="", leg_from_s=None)


def _slow(day: Day, event: CrossingSlower) -> Day:
    if not 0.1 <= event.factor <= 20:
        raise UsageError(f"The factor is {event.factor:g}; accepted are 0.1 to 20.")
    crossing = _named(day.problem.crossings, "crossing_id", event.crossing_id, "crossing")
    old = crossing.screening
    times = (old.vehicle_s, old.seated_s, old.wheelchair_s, old.stretcher_s)
    screening = Screening(*(math.ceil(time_s * event.factor) for time_s in times))
    said = f"Screening at {crossing.crossing_id} takes {event.factor:g} times as long."
    return _with_crossing(day, said, event.crossing_id, screening=screening)


def _fewer_lanes(day: Day, event: FewerLanes) -> Day:
    if event.lanes < 1:
        raise UsageError(f"The lanes are {event.lanes}; accepted are 1 and more.")
    _named(day.problem.crossings, "crossing_id", event.crossing_id, "crossing")
    said = f"Crossing {event.crossing_id} has {event.lanes} lanes open."
    return _with_crossing(day, said, event.crossing_id, lanes=event.lanes)


def _lose(day: Day, event: VehicleLost) -> Day:
    _named(day.problem.vehicles, "vehicle_id", event.vehicle_id, "vehicle")
    day = replace(day, lost=day.lost | {event.vehicle_id})
    said = f"Vehicle {event.vehicle_id} is lost."
    now = day.state.vehicle(event.vehicle_id)
    waiting = [trip for trip in day.state.queue if trip.vehicle_id == event.vehicle_id]
    if waiting:
        tokens = tokens_of(waiting)
        place = line_of(day.problem, waiting[0].window_id)
        queue = tuple(trip for trip in day.state.queue if trip not in waiting)
        day = replace(day, state=replace(day.state, queue=queue))
        return _put_off(_with(day, said), tokens, place, day.state.at_s)
    if now is None or now.trip is None or not now.trip.aboard:
        return _with(day, said)
    if now.leg_from_s is None:
        return _put_off(_with(day, said), now.trip.aboard, now.place_id, now.free_s)
    place = f"roadside/{now.vehicle_id}"
    share = (day.state.at_s - now.leg_from_s) / max(1, now.free_s - now.leg_from_s)
    matrices = with_roadside(
        day.problem.matrices, place, now.leg_from_id, now.place_id, min(1.0, max(0.0, share))
    )
    return _put_off(_with(day, said, matrices=matrices), now.trip.aboard, place, day.state.at_s)


def _put_off(day: Day, tokens: Sequence[str], place_id: str, from_s: int) -> Day:
    """Let groups stand at a place; their vehicle's trip is over."""
    chosen = set(tokens)
    standing = tuple(Standing(token, place_id, from_s) for token in tokens)
    groups = tuple(
        replace(one, place_id=place_id, ready_s=from_s, door=False) if one.token in chosen else one
        for one in day.problem.groups
    )
    rows = {row for one in groups if one.token in chosen for row in one.household_tokens}
    ready_at = moment_at(day.problem.epoch, from_s).isoformat()
    households = tuple(
        replace(row, place_id=place_id, ready_at=ready_at, door=False) if row.token in rows else row
        for row in day.households
    )
    vehicles = tuple(
        replace(one, trip=None) if one.trip and chosen & set(one.trip.aboard) else one
        for one in day.state.vehicles
    )
    state = replace(day.state, standing=(*day.state.standing, *standing), vehicles=vehicles)
    return replace(
        day, state=state, households=households, problem=replace(day.problem, groups=groups)
    )


def with_roadside(
    matrices: TravelMatrices, name: str, from_id: str, to_id: str, share: float
) -> TravelMatrices:
    """Add a place on the way from one place to another, that share of the drive behind it.

    It is reached over the beginning of that way and left over its end, so that no one-way road is
    driven against.
    """
    a, b = matrices.place_ids.index(from_id), matrices.place_ids.index(to_id)
    rates = matrices.place_hazard_rate_per_h
    return replace(
        matrices,
        place_ids=(*matrices.place_ids, name),
        matrices=tuple(_with_place(one, a, b, share) for one in matrices.matrices),
        place_hazard_rate_per_h=np.append(rates, max(rates[a], rates[b])),
    )


def _with_place(matrix: TravelMatrix, a: int, b: int, share: float) -> TravelMatrix:
    times, risks = matrix.travel_time_s, matrix.exposure
    leg_s, leg_risk = int(times[a, b]), float(risks[a, b])
    behind, ahead = math.ceil(leg_s * share), math.ceil(leg_s * (1.0 - share))
    if leg_s < 0:
        to = out = np.full(len(times), -1)
        leg_risk = 0.0
    else:
        to = np.where(times[:, a] < 0, -1, times[:, a] + behind)
        out = np.where(times[b, :] < 0, -1, times[b, :] + ahead)
    risk_to, risk_out = risks[:, a] + leg_risk * share, risks[b, :] + leg_risk * (1.0 - share)
    return replace(
        matrix,
        travel_time_s=_bordered(times, to, out).astype(np.int32),
        exposure=_bordered(risks, risk_to, risk_out),
    )


def _bordered(table: np.ndarray, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    return np.vstack([np.column_stack([table, column]), np.append(row, 0)])


def _join(day: Day, event: Joiners) -> Day:
    row, problem = event.household, day.problem
    if row.place_id not in problem.matrices.place_ids:
        raise UsageError(f"Place '{row.place_id}' is not one of the plan's; name one that is.")
    if any(one.token == row.token for one in day.households):
        raise UsageError(f"There is a row '{row.token}' already; give the joiners a new token.")
    if row.persons < 1:
        raise UsageError(f"The joiners '{row.token}' are nobody; give seated, wheelchair or ...")
    said = f"{row.persons} people at {row.place_id} ask to come ({row.token})"
    reason = _may_not(row)
    if reason is not None:
        left = Left(row.token, row.persons, reason, "They came on the day; see choice and consent.")
        day = replace(day, households=(*day.households, row), pre_left=(*day.pre_left, left))
        return _with(day, f"{said}; they are not planned: {reason.value.replace('_', ' ')}.")
    vehicles = tuple(replace(vehicle, spare_seats=0) for vehicle in problem.vehicles)
    day = replace(day, households=(*day.households, row), joined=(*day.joined, row.token))
    groups = (*problem.groups, _joiner_group(problem, row, day.state.at_s))
    groups = tuple(sorted(groups, key=lambda one: one.token))
    return _with(day, f"{said}.", groups=groups, vehicles=vehicles)


def _may_not(row: Household) -> LeftReason | None:
    if row.choice is not Choice.GO:
        return {
            Choice.STAY: LeftReason.CHOSE_TO_STAY,
            Choice.UNDECIDED: LeftReason.UNDECIDED,
            Choice.NOT_ASKED: LeftReason.NOT_ASKED,
        }[row.choice]
    if row.consent is not Consent.YES:
        return LeftReason.NO_CONSENT
    return LeftReason.CHILD_WITHOUT_ADULT if row.children and not row.adults else None


def _joiner_group(problem: ConvoyProblem, row: Household, at_s: int) -> TravelGroup:
    known = tuple(centre.centre_id for centre in problem.centres)
    sides = {crossing.to_side for crossing in problem.crossings}
    far = tuple(
        centre for centre, side in zip(known, problem.centre_side or [""] * len(known), strict=True)
        if side in sides or not side
    )  # fmt: skip
    wished = tuple(one for one in row.destinations if one in known)
    if row.destinations and not wished:
        raise UsageError(
            f"Of the centres {', '.join(row.destinations)} none is known; accepted are "
            f"{', '.join(known)}."
        )
    load = SeatCount(row.seated, row.wheelchair, row.stretcher)
    return TravelGroup(
        row.token, (row.token,), row.place_id, load, row.priority * row.persons, at_s,
        wished or far, household_persons=(row.persons,),
    )  # fmt: skip


def _suspend(day: Day, _event: Suspended) -> Day:
    said = "The ceasefire is suspended: everybody under way goes to the nearest fall-back."
    return _with(replace(day, suspended=True), said)


def _with(day: Day, said: str, **changes: object) -> Day:
    problem = replace(day.problem, **changes) if changes else day.problem  # type: ignore[arg-type]  # fields by name
    return replace(day, problem=problem, said=(*day.said, said))


def _with_crossing(day: Day, said: str, crossing_id: str, **changes: object) -> Day:
    crossings = tuple(
        replace(one, **changes) if one.crossing_id == crossing_id else one  # type: ignore[arg-type]  # fields by name
        for one in day.problem.crossings
    )
    return _with(day, said, crossings=crossings)


def _named(records: Sequence[Named], field: str, name: str, kind: str) -> Named:
    for record in records:
        if getattr(record, field) == name:
            return record
    accepted = ", ".join(str(getattr(record, field)) for record in records)
    raise UsageError(f"There is no {kind} '{name}'; accepted are {accepted}.")


_APPLY: dict[type, Callable[[Day, Any], Day]] = {
    WindowCut: _cut, RoadClosed: _close_road, VehicleLost: _lose, CrossingSlower: _slow,
    FewerLanes: _fewer_lanes, Joiners: _join, Suspended: _suspend,
}  # fmt: skip
