"""What a new plan changes, household by household and vehicle by vehicle, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from safepassage.core.convoy.replan_events import Day
from safepassage.core.convoy.replan_reduce import Called, promises_of
from safepassage.core.convoy.state import tokens_of
from safepassage.core.convoy.types import Plan, PlannedStop, Trip


class ChangeKind(StrEnum):
    """What changes for a household; the first that applies."""

    STANDING = "standing"
    FALL_BACK = "fall_back"
    NO_LONGER = "no_longer"
    NEW = "new"
    OTHER_VEHICLE = "other_vehicle"
    EARLIER = "earlier"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Change:
    """What one travel group has to be told.

    Parameters
    ----------
    token, household_tokens
        Of the group and its rows.
    place_id
        Where they are to be told.
    """

    token: str
    household_tokens: tuple[str, ...]
    persons: int
    place_id: str
    kind: ChangeKind
    sentence: str


@dataclass(frozen=True, slots=True)
class VehicleChange:
    """What one vehicle has to be told: its whole way from now on."""

    vehicle_id: str
    sentence: str


class Sheltering(Protocol):
    """A vehicle's way to shelter."""

    @property
    def place_id(self) -> str: ...  # noqa: D102 - see the class
    @property
    def arrive_s(self) -> int: ...  # noqa: D102 - see the class
    @property
    def persons(self) -> int: ...  # noqa: D102 - see the class


def changes_of(
    day: Day,
    old: Plan,
    new: Plan,
    sheltered: Mapping[str, tuple[str, str, int]],
    late_s: int,
) -> tuple[Change, ...]:
    """Return what each group has to be told that is not as it was told before.

    Parameters
    ----------
    sheltered
        Vehicle, place and moment for groups that go to a fall-back.
    late_s
        A pick-up later by no more is no change.
    """
    was, will = promises_of(old), promises_of(new)
    told: list[Change] = []
    for group in day.problem.groups:
        token = group.token
        told_of = _change(day, token, was.get(token), will.get(token), sheltered.get(token), late_s)
        if told_of is not None:
            kind, sentence = told_of
            persons = group.load.persons
            told.append(
                Change(group.token, group.household_tokens, persons, group.place_id, kind, sentence)
            )
    return tuple(sorted(told, key=lambda one: (list(ChangeKind).index(one.kind), one.token)))


def _change(
    day: Day,
    token: str,
    was: Called | None,
    will: Called | None,
    shelter: tuple[str, str, int] | None,
    late_s: int,
) -> tuple[ChangeKind, str] | None:
    if shelter is not None:
        vehicle, place, at_s = shelter
        where = f"goes to {place}, there at {day.clock(at_s)}" if place else "stays where it is"
        return ChangeKind.FALL_BACK, f"aboard {vehicle}, which {where}."
    stands = next((one for one in day.state.standing if one.token == token), None)
    if will is None and stands is not None:
        said = f"was put off at {stands.place_id} and no vehicle comes: send help there."
        return ChangeKind.STANDING, said
    if will is None:
        if was is None:
            return None
        said = f"was called for {day.clock(was.pick_up_s)} by {was.vehicle_id}: no vehicle comes."
        return ChangeKind.NO_LONGER, said
    now = f"{will.vehicle_id} comes to {will.place_id} at {day.clock(will.pick_up_s)}"
    if was is None:
        return ChangeKind.NEW, f"{now} (was not called before)."
    if (was.vehicle_id, was.place_id) != (will.vehicle_id, will.place_id):
        told = f"{was.vehicle_id} at {day.clock(was.pick_up_s)}"
        return ChangeKind.OTHER_VEHICLE, f"{now}, not {told}."
    if will.pick_up_s < was.pick_up_s:
        return ChangeKind.EARLIER, f"{now}, earlier than {day.clock(was.pick_up_s)}."
    if will.pick_up_s > was.pick_up_s + late_s:
        return ChangeKind.LATER, f"{now}, later than {day.clock(was.pick_up_s)}."
    return None


def orders_of(
    day: Day, old: Plan, new: Plan, sheltering: Mapping[str, Sheltering]
) -> tuple[VehicleChange, ...]:
    """Return the way of each vehicle of the near side whose way is not as it was."""
    told = []
    for now in day.state.vehicles:
        before, after = _ahead(day, old, now.vehicle_id), _ahead(day, new, now.vehicle_id)
        shelter = sheltering.get(now.vehicle_id)
        if now.vehicle_id in day.lost:
            told.append(VehicleChange(now.vehicle_id, "is lost; nothing more is planned for it."))
        elif shelter is not None:
            told.append(VehicleChange(now.vehicle_id, _shelter_sentence(day, shelter)))
        elif before != after:
            told.append(VehicleChange(now.vehicle_id, _way(day, after)))
    return tuple(told)


def _shelter_sentence(day: Day, shelter: Sheltering) -> str:
    if not shelter.place_id:
        return f"stays where it is with {shelter.persons} people: no fall-back can be reached."
    there = day.clock(shelter.arrive_s)
    return f"takes the {shelter.persons} people aboard to {shelter.place_id}, there at {there}."


Ahead = list[tuple[tuple[PlannedStop, ...], int]]
"""Stops still to make and the moment at the queue, of each trip to come."""


def _ahead(day: Day, plan: Plan, vehicle_id: str) -> Ahead:
    past = {t for trip in (*day.state.across, *day.state.queue) for t in tokens_of([trip])}
    now = day.state.vehicle(vehicle_id)
    made = set(now.trip.stops) if now is not None and now.trip is not None else set()
    trips: Sequence[Trip] = sorted(
        (t for t in plan.trips if t.vehicle_id == vehicle_id and not past & set(tokens_of([t]))),
        key=lambda t: t.queue_arrive_s,
    )
    return [(tuple(s for s in t.stops if s not in made), t.queue_arrive_s) for t in trips]


def _way(day: Day, ahead: Ahead) -> str:
    if not ahead:
        return "picks nobody up any more and goes home."
    return "; then ".join(_leg(day, stops, at_s) for stops, at_s in ahead) + "."


def _leg(day: Day, stops: tuple[PlannedStop, ...], queue_s: int) -> str:
    parts = [f"{s.place_id} {day.clock(s.arrive_s)} ({len(s.boards)})" for s in stops]
    return ", ".join([*parts, f"at the crossing {day.clock(queue_s)}"])
