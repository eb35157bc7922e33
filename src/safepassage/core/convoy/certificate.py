"""A certificate: prices that prove a bound, and the problem that they are about."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from safepassage.core.convoy.types import ConvoyProblem


@dataclass(frozen=True, slots=True)
class WindowPrices:
    """Prices at one window, in millionths of a weighted person.

    Parameters
    ----------
    edges_s
        Ends of the slots of the lanes, seconds from the window's first movement, rising.
    lane
        For each slot, of a second of one lane.
    onward
        Of a person taken on by the far side.
    """

    window_id: str
    edges_s: tuple[int, ...]
    lane: tuple[int, ...]
    onward: int


@dataclass(frozen=True, slots=True)
class DutyHints:
    """How closely the days of some duties were looked at. Any hints are valid, good ones tight.

    Parameters
    ----------
    duties
        (vehicle id, window id).
    rates
        Prices of a second on a trip, rising.
    near
        For each group, the groups (by position in the problem) that a way through it does not
        forget.
    """

    duties: tuple[tuple[str, str], ...]
    rates: tuple[int, ...]
    near: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """A claim about every plan of a problem, with what proves it.

    Parameters
    ----------
    value
        No plan has a higher priority-weighted count.
    problem_digest
        Of :func:`problem_digest`.
    cell_s
        Length of a cell of the day.
    groups
        Price of carrying each group, in the order of the problem.
    rooms
        For each centre, of a place and of an accessible place.
    """

    level: str
    value: int
    scenario_digest: str
    problem_digest: str
    cell_s: int
    groups: tuple[int, ...]
    rooms: tuple[tuple[int, int], ...]
    windows: tuple[WindowPrices, ...]
    hints: tuple[DutyHints, ...]


def problem_digest(problem: ConvoyProblem) -> str:
    """Return the SHA-256, in hex, of all of a problem that a bound depends on."""
    digest = hashlib.sha256()
    for part in (
        problem.timezone, problem.epoch.isoformat(), problem.service, problem.max_aboard_s,
        problem.crossings, problem.windows, problem.centres, problem.vehicle_matrix,
        problem.vehicle_side, problem.centre_side, problem.matrices.place_ids,
        *(_plain(one) for one in problem.vehicles), *(_plain(one) for one in problem.groups),
    ):  # fmt: skip
        digest.update(repr(part).encode() + b"\n")
    for matrix in problem.matrices.matrices:
        digest.update(np.ascontiguousarray(matrix.travel_time_s, "<i8").tobytes())
    return digest.hexdigest()


def _plain(thing: object) -> list[tuple[str, object]]:
    """Return the fields with sets sorted: their order is not the same in every run."""
    names = [name for one in type(thing).__mro__ for name in getattr(one, "__slots__", ())]
    fields = {name: getattr(thing, name) for name in names}
    return [
        (name, sorted(value) if isinstance(value, frozenset) else value)
        for name, value in fields.items()
    ]
