"""What one unit more would be worth: B0 solved again with one more lane, hour, vehicle or place.

A dual price says what a limit is worth at the margin; a lane or a bus is no small step. So each
change is made in the problem itself and the bound computed anew. What comes out is a limit like
the bound: with the change, no plan can have more than so many more across.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from safepassage.core.convoy.bound import bound_b0
from safepassage.core.convoy.types import Bound, ConvoyProblem
from safepassage.units import SECONDS_PER_HOUR

LANE, HOUR, VEHICLE, ONWARD, PLACES, ACCESSIBLE = (
    "lane", "hour", "vehicle", "onward_vehicle", "places", "accessible_places",
)  # fmt: skip

MORE_PLACES = 10
"""One place more is lost in the rounding to whole persons; ten at every centre are not."""


@dataclass(frozen=True, slots=True)
class Help:
    """One change, and what it is worth at most.

    Parameters
    ----------
    kind
        ``"lane"``, ``"hour"`` (every window of a crossing closes an hour later), ``"vehicle"``,
        ``"onward_vehicle"``, ``"places"``, ``"accessible_places"`` (ten more at every centre).
    subject
        Crossing id or vehicle type; empty for places.
    value, persons
        How far the bound on priority-weighted persons, and on persons, rises.
    """

    kind: str
    subject: str
    value: float
    persons: float


def what_would_help(
    problem: ConvoyProblem,
    bound: Bound | None = None,
    *,
    stop: Callable[[], bool] | None = None,
) -> tuple[Help, ...]:
    """Return what each change is worth in the bound B0, most first.

    Parameters
    ----------
    bound
        B0 of `problem`; computed if None or another bound.
    stop
        Asked before each change; changes not tried by then are left out.

    Returns
    -------
    tuple of Help
        Changes worth nothing included, so that nobody pays for them.
    """
    before = bound if bound is not None and bound.name == "B0" else bound_b0(problem)
    found = []
    for kind, subject, changed in _changes(problem):
        if stop is not None and stop():
            break
        after = bound_b0(changed)
        found.append(
            Help(
                kind,
                subject,
                max(0.0, after.value - before.value),
                max(0.0, after.persons - before.persons),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.value, -one.persons)))


def _changes(problem: ConvoyProblem) -> Iterator[tuple[str, str, ConvoyProblem]]:
    for crossing in problem.crossings:
        yield LANE, crossing.crossing_id, _with_lane(problem, crossing.crossing_id)
        yield HOUR, crossing.crossing_id, _with_hour(problem, crossing.crossing_id)
    for kind, number in _one_of_each_type(problem):
        yield kind, problem.vehicles[number].vehicle_type, _with_vehicle(problem, number)
    yield PLACES, "", _with_places(problem, MORE_PLACES, 0)
    yield ACCESSIBLE, "", _with_places(problem, 0, MORE_PLACES)


def _with_lane(problem: ConvoyProblem, crossing_id: str) -> ConvoyProblem:
    crossings = tuple(
        replace(one, lanes=one.lanes + 1) if one.crossing_id == crossing_id else one
        for one in problem.crossings
    )
    return replace(problem, crossings=crossings)


def _with_hour(problem: ConvoyProblem, crossing_id: str) -> ConvoyProblem:
    windows = tuple(
        replace(one, closes_s=one.closes_s + SECONDS_PER_HOUR)
        if one.crossing_id == crossing_id
        else one
        for one in problem.windows
    )
    return replace(problem, windows=windows)


def _one_of_each_type(problem: ConvoyProblem) -> list[tuple[str, int]]:
    """Return (kind of change, index of a vehicle) for each type on each side of a crossing."""
    near = {crossing.from_side for crossing in problem.crossings}
    far = {crossing.to_side for crossing in problem.crossings}
    found: dict[tuple[str, str], int] = {}
    for number, (vehicle, side) in enumerate(
        zip(problem.vehicles, problem.vehicle_side, strict=False)
    ):
        kinds = [kind for kind, sides in ((VEHICLE, near), (ONWARD, far)) if side in sides]
        for kind in kinds:
            found.setdefault((kind, vehicle.vehicle_type), number)
    return [(kind, number) for (kind, _type), number in found.items()]


def _with_vehicle(problem: ConvoyProblem, number: int) -> ConvoyProblem:
    model = problem.vehicles[number]
    taken = {vehicle.vehicle_id for vehicle in problem.vehicles}
    name = f"{model.vehicle_id}+"
    while name in taken:
        name += "+"
    return replace(
        problem,
        vehicles=(*problem.vehicles, replace(model, vehicle_id=name)),
        vehicle_matrix=(*problem.vehicle_matrix, problem.vehicle_matrix[number]),
        vehicle_side=(*problem.vehicle_side, problem.vehicle_side[number]),
    )


def _with_places(problem: ConvoyProblem, places: int, accessible: int) -> ConvoyProblem:
    centres = tuple(
        replace(
            one, places=one.places + places, accessible_places=one.accessible_places + accessible
        )
        for one in problem.centres
    )
    return replace(problem, centres=centres)
