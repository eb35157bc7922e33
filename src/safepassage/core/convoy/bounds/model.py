"""What B1 and B2 ask of every plan, as arrays: kinds of vehicle days, loads, ways and lanes.

Everything is relative to the first movement of a window, in whole seconds. Windows that differ only
by the day count as one line, and duties alike as one kind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.arrays import NO_WAY_S, Ints
from safepassage.core.convoy.bound import (
    World,
    capacity_of,
    crossing_of,
    least_handling,
    onward_drives,
    world_of,
)
from safepassage.core.convoy.types import ConvoyProblem, SeatCount

MOST_LOADS = 900
"""Loads of a vehicle told apart by seat kind; beyond it kinds are counted together."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Loads:
    """Loads that a vehicle may carry.

    Parameters
    ----------
    before
        int64[K, kinds], the load before a group of a kind boards, -1 if there is none; load 0 is
        empty and every load comes after those before it.
    kind
        int64[n], kind of each group.
    screen_s, alight_s
        int64[K], at least.
    """

    before: Ints
    kind: Ints
    screen_s: Ints
    alight_s: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """Vehicles that have the same trips: same roads, places, depot, line and people.

    Parameters
    ----------
    groups
        int64[n], groups that it may carry.
    arc, out
        int64[n, n], int64[n]; see :func:`~safepassage.core.convoy.bounds.kernels.price_trips`.
    start
        int64[2, n], seconds from the depot, and from the line, to the start of boarding.
    """

    groups: Ints
    loads: Loads
    arc: Ints
    out: Ints
    start: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One crossing in windows with the same hours.

    Parameters
    ----------
    window_ids
        In the order of the problem.
    opens_s, last_s
        Screening is between them.
    onward
        Persons that the far side can take on in all these windows, at most.
    """

    crossing_id: str
    window_ids: tuple[str, ...]
    opens_s: int
    last_s: int
    lanes: int
    onward: int

    @property
    def windows(self) -> int:
        """How many windows are alike."""
        return len(self.window_ids)


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Duties that are alike.

    Parameters
    ----------
    duties
        (vehicle id, window id).
    early_s
        int64[n], earliest arrival at the queue with the group aboard.
    crew_s, back_s
        Longest time out, and the drive home that is part of it.
    """

    label: str
    duties: frozenset[tuple[str, str]]
    fleet: int
    line: int
    early_s: Ints
    crew_s: int
    back_s: int

    @property
    def count(self) -> int:
        """How many duties."""
        return len(self.duties)


@dataclass(frozen=True, eq=False)
class Model:
    """The relaxation.

    Parameters
    ----------
    value, persons, accessible
        int64[G].
    wishes
        bool[G, C], centres that a group accepts.
    rooms
        int64[C, 2], places and accessible places.
    """

    value: Ints
    persons: Ints
    accessible: Ints
    wishes: Bools
    rooms: Ints
    centre_ids: tuple[str, ...]
    fleets: tuple[Fleet, ...]
    lines: tuple[Line, ...]
    kinds: tuple[Kind, ...]

    @cached_property
    def carried(self) -> Bools:
        """bool[G], whom any kind may carry."""
        some = np.zeros(len(self.value), np.bool_)
        for fleet in self.fleets:
            some[fleet.groups] = True
        return some


def build_model(problem: ConvoyProblem) -> Model:
    """Return the relaxation of a problem; every valid plan is a point of it."""
    world = world_of(problem)
    d = world.data
    wishes = np.zeros((len(d.group), len(problem.centres)), np.bool_)
    for g in range(len(d.group)):
        wishes[g, d.wish[g][d.wish[g] >= 0]] = True
    lines, line_of = _lines(world)
    fleets, kinds = _kinds(world, line_of)
    return Model(
        value=d.group["value"].copy(),
        persons=d.group["persons"].copy(),
        accessible=d.group["accessible"].copy(),
        wishes=wishes,
        rooms=d.rooms,
        centre_ids=tuple(centre.centre_id for centre in problem.centres),
        fleets=tuple(fleets),
        lines=tuple(lines),
        kinds=tuple(kinds),
    )


def _lines(world: World) -> tuple[list[Line], list[int]]:
    """Return the lines, and the line of each window."""
    d = world.data
    order = list(dict.fromkeys(world.alike))
    lines = []
    for key in order:
        alike = [w for w, other in enumerate(world.alike) if other == key]
        w = alike[0]
        since = world.moves_from[w]
        lines.append(
            Line(
                crossing_id=world.problem.windows[w].crossing_id,
                window_ids=tuple(world.problem.windows[one].window_id for one in alike),
                opens_s=max(0, int(d.window["opens"][w]) - since),
                last_s=int(d.window["last"][w]) - since,
                lanes=int(d.window["lanes"][w]),
                onward=_onward(world, w, len(alike)),
            )
        )
    return lines, [order.index(key) for key in world.alike]


def _onward(world: World, w: int, windows: int) -> int:
    """Return how many persons the far side can take on, at most, within crew hours (§16)."""
    problem = world.problem
    crossing = crossing_of(problem, w)
    wanted = {centre.place_id for centre in problem.centres}
    everybody = int(world.data.group["persons"].sum())
    total = 0
    for v, vehicle in enumerate(problem.vehicles):
        drives = onward_drives(world, v, crossing, wanted)
        if problem.vehicle_side[v] == crossing.to_side and drives is not None:
            places = vehicle.usable.places.persons + vehicle.usable.convertible_wheelchair
            each = (drives[0] + problem.service.stop_s) / max(1, places)
            each += least_handling(world.data)
            spare = max(0.0, vehicle.crew_s - drives[1])
            total += everybody if each <= 0.0 else min(everybody, math.floor(spare / each + 1e-6))
    return windows * total


def _kinds(world: World, line_of: list[int]) -> tuple[list[Fleet], list[Kind]]:
    d = world.data
    fleets: dict[tuple[object, ...], Fleet] = {}
    found: dict[tuple[object, ...], list[int]] = {}
    early = [_early(world, r) for r in range(len(d.duty))]
    for r in range(len(d.duty)):
        if d.usable[:, r].any():
            line, crew = line_of[int(d.duty["window"][r])], int(d.duty["crew"][r])
            key = (*_fleet_key(world, r), line, crew, early[r].tobytes())
            found.setdefault(key, []).append(r)
    kinds = []
    for duties in found.values():
        r = duties[0]
        key = _fleet_key(world, r)
        if key not in fleets:
            fleets[key] = _fleet(world, r)
        kinds.append(
            Kind(
                label=world.problem.vehicles[d.duty["vehicle"][r]].vehicle_type,
                duties=frozenset(_duty(world, duty) for duty in duties),
                fleet=list(fleets).index(key),
                line=line_of[int(d.duty["window"][r])],
                early_s=early[r],
                crew_s=int(d.duty["crew"][r]),
                back_s=int(d.duty["back"][r]),
            )
        )
    return list(fleets.values()), kinds


def _duty(world: World, r: int) -> tuple[str, str]:
    problem, duty = world.problem, world.data.duty[r]
    return problem.vehicles[duty["vehicle"]].vehicle_id, problem.windows[duty["window"]].window_id


def _fleet_key(world: World, r: int) -> tuple[object, ...]:
    d = world.data
    w = int(d.duty["window"][r])
    return (
        int(d.duty["matrix"][r]), int(d.duty["depot"][r]), capacity_of(d, r),
        world.problem.windows[w].crossing_id, d.usable[:, r].tobytes(),
    )  # fmt: skip


def _early(world: World, r: int) -> Ints:
    """Return the earliest arrival with each group aboard, from the first movement on."""
    d = world.data
    w = int(d.duty["window"][r])
    groups = np.flatnonzero(d.usable[:, r])
    place = d.group["place"][groups]
    out = world.shortest_s[int(d.duty["matrix"][r])][place, int(d.window["line"][w])]
    ready = d.group["ready"][groups] - world.moves_from[w]
    ready_there: Ints = ready + d.group["board"][groups] + out.astype(np.int64)
    return np.maximum(0, ready_there)


def _fleet(world: World, r: int) -> Fleet:
    d = world.data
    w = int(d.duty["window"][r])
    groups = np.flatnonzero(d.usable[:, r])
    place, line, depot = d.group["place"][groups], int(d.window["line"][w]), int(d.duty["depot"][r])
    time, board, stop = d.time[int(d.duty["matrix"][r])], d.group["board"][groups], int(d.stop_s[0])
    same = place[:, None] == place[None, :]
    arc = board[:, None] + np.where(same, 0, time[np.ix_(place, place)] + stop)
    return Fleet(
        groups=groups,
        loads=_loads(world, r, groups),
        arc=np.ascontiguousarray(np.minimum(arc, NO_WAY_S)),
        out=board + time[place, line],
        start=np.ascontiguousarray(np.stack([time[depot, place], time[line, place]]) + stop),
    )


def _loads(world: World, r: int, groups: Ints) -> Loads:
    """Return the loads by seat kind, or with kinds counted together where they are too many."""
    d = world.data
    wanted = np.stack([d.group[name][groups] for name in ("seated", "wheelchair", "stretcher")])
    for together in range(3):
        tops = _tops(wanted, capacity_of(d, r), together)
        if np.prod([top + 1 for top in tops]) <= MOST_LOADS or together == 2:
            break
    return _count_loads(world, r, _merge(wanted, together), tops, together)


def _merge(by_kind: Ints, together: int) -> Ints:
    """Return counts with the last two kinds, or all three, added up."""
    if together == 1:
        return np.stack([by_kind[0], by_kind[1] + by_kind[2]])
    return by_kind.sum(axis=0, keepdims=True) if together == 2 else by_kind


def _tops(wanted: Ints, capacity: tuple[int, ...], together: int) -> list[int]:
    seated, wheelchair, stretcher, convertible, _ = capacity
    most = _merge(np.array([[seated], [wheelchair + convertible], [stretcher]]), together)
    return [
        int(min(top, wish)) for top, wish in zip(most[:, 0], _merge(wanted, together).sum(axis=1),
                                                 strict=True)
    ]  # fmt: skip


def _count_loads(world: World, r: int, wanted: Ints, tops: list[int], together: int) -> Loads:
    problem = world.problem
    screening = crossing_of(problem, int(world.data.duty["window"][r])).screening
    per = SeatCount(screening.seated_s, screening.wheelchair_s, screening.stretcher_s)
    capacity = capacity_of(world.data, r)
    loads = [
        load for load in product(*(range(top + 1) for top in tops)) if _fits(load, capacity)
    ]  # fmt: skip
    loads.sort(key=lambda load: (sum(load), load))
    index = {load: k for k, load in enumerate(loads)}
    kinds = sorted({tuple(int(c) for c in column) for column in wanted.T})
    before = np.full((len(loads), len(kinds)), -1, np.int64)
    for k, load in enumerate(loads):
        for j, kind in enumerate(kinds):
            rest = tuple(a - b for a, b in zip(load, kind, strict=True))
            if sum(kind) > 0:
                before[k, j] = index.get(rest, -1)
    return Loads(
        before=before,
        kind=np.array([kinds.index(tuple(int(c) for c in column)) for column in wanted.T]),
        screen_s=screening.vehicle_s + _least_s(loads, per, together),
        alight_s=_least_s(loads, problem.service.alighting_s, together),
    )


def _fits(load: tuple[int, ...], capacity: tuple[int, ...]) -> bool:
    """Return whether a load may fit; certain only where all kinds are told apart."""
    seated, wheelchair, stretcher, convertible, lost = capacity
    if len(load) == 1:
        return load[0] <= seated + wheelchair + stretcher + convertible
    lying = load[2] if len(load) == 3 else 0
    converted = max(0, load[1] - wheelchair - (stretcher if len(load) == 2 else 0))
    return converted <= convertible and lying <= stretcher and load[0] + converted * lost <= seated


def _least_s(loads: list[tuple[int, ...]], per: SeatCount, together: int) -> Ints:
    seconds = [per.seated, per.wheelchair, per.stretcher]
    if together == 1:
        seconds = [seconds[0], min(seconds[1:])]
    if together == 2:
        seconds = [min(seconds)]
    return np.array(loads, np.int64) @ np.array(seconds, np.int64)
