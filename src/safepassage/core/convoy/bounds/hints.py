"""The trips of a plan as columns of the master."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from safepassage.core.convoy.bounds.master import Way
from safepassage.core.convoy.bounds.model import Loads, Model
from safepassage.core.convoy.types import ConvoyProblem, Plan, Trip


def planned_trips(
    problem: ConvoyProblem, model: Model, plan: Plan
) -> Iterator[tuple[int, int, int, Way]]:
    """Yield (kind, origin, start of screening, way) for each trip that a kind could make."""
    index = {group.token: g for g, group in enumerate(problem.groups)}
    since = {window.window_id: window.movement_from_s for window in problem.windows}
    depot = {vehicle.vehicle_id: vehicle.depot_id for vehicle in problem.vehicles}
    for trip in plan.trips:
        duty = (trip.vehicle_id, trip.window_id)
        number = next((n for n, kind in enumerate(model.kinds) if duty in kind.duties), -1)
        way = _way(model, number, index, trip) if number >= 0 else None
        if way is not None:
            origin = int(trip.origin_id != depot[trip.vehicle_id])
            yield number, origin, trip.screening_start_s - since[trip.window_id], way


def _way(model: Model, number: int, index: dict[str, int], trip: Trip) -> Way | None:
    fleet = model.fleets[model.kinds[number].fleet]
    column = {int(g): n for n, g in enumerate(fleet.groups)}
    groups = [index.get(token, -1) for stop in trip.stops for token in stop.boards]
    if not groups or any(g not in column for g in groups):
        return None
    ordered = tuple(column[g] for g in groups)
    load = _load(fleet.loads, ordered)
    return None if load is None else Way(ordered, load)


def _load(loads: Loads, groups: tuple[int, ...]) -> int | None:
    load = 0
    for g in groups:
        fits = np.flatnonzero(loads.before[:, loads.kind[g]] == load)
        if len(fits) == 0:
            return None
        load = int(fits[0])
    return load
