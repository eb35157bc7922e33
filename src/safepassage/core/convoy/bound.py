"""B0: a proven upper limit on what any plan can achieve.

A linear program over seat kinds, vehicle hours, the crossing's lane time, reception places and the
onward fleet. Every row holds for every valid plan (docs/theory/convoy.md proves each), so its
optimum is a limit. The solver is not trusted: from its dual prices the limit is computed again by
weak duality, which holds for any non-negative prices whatever the solver did.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import pairwise

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from safepassage.core.convoy.arrays import NO_WAY_S, Data, Ints, compile_problem
from safepassage.core.convoy.kernel import entry
from safepassage.core.convoy.left import service_s
from safepassage.core.convoy.types import Bound, ConvoyProblem, Crossing, TravelGroup
from safepassage.units import SECONDS_PER_HOUR

Floats = NDArray[np.float64]

NAME = "B0"

_SLACK = 1e-6
"""Added before a limit on whole persons is rounded down, against rounding in the last digits."""

_FEW_SHOWN = 8


@dataclass(slots=True)
class _Program:
    """maximise values . x subject to rows . x <= limits and 0 <= x <= tops."""

    tops: list[float] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    families: list[tuple[str, float]] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    factors: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])

    def variable(self, top: float) -> int:
        """Add a variable between 0 and `top` and return its column."""
        self.tops.append(float(top))
        return len(self.tops) - 1

    def row(
        self, terms: Sequence[tuple[int, float]], limit: float, family: str = "", unit: float = 1.0
    ) -> None:
        """Add a row; a price is reported per `unit` of its limit under the name `family`."""
        for column, factor in terms:
            if factor != 0.0:
                self.columns.append(column)
                self.factors.append(float(factor))
        self.starts.append(len(self.columns))
        self.limits.append(float(limit))
        self.families.append((family, unit))

    def matrix(self) -> csr_array:
        """Return the rows as a sparse matrix."""
        shape = (len(self.limits), len(self.tops))
        rows = csr_array((self.factors, self.columns, self.starts), shape=shape)
        rows.sum_duplicates()  # the solver does not accept a column twice in a row
        return rows


@dataclass(frozen=True, slots=True)
class _Kind:
    """Duties that are alike: same vehicle, same kind of window."""

    duty: int
    count: int
    label: str
    window: int


@dataclass(slots=True)
class _Mode:
    """The columns of one kind's first or later trips."""

    kind: _Kind
    first: bool
    trips: int
    drive: int
    carried: dict[int, int]
    visits: dict[int, int]


@dataclass(frozen=True, slots=True)
class World:
    """The problem with what every plan of it must respect.

    Parameters
    ----------
    data
        `usable` is 1 where some plan might carry the group so: wider than the planner's own.
    shortest_s
        For each matrix of a near vehicle, shortest times between all places, over others too.
    moves_from
        For each window, the first movement. A vehicle's shift may begin later; that is relaxed.
    alike
        For each window, what it has in common with windows that count as one kind.
    """

    problem: ConvoyProblem
    data: Data
    shortest_s: dict[int, Floats]
    moves_from: tuple[int, ...]
    alike: tuple[tuple[object, ...], ...]

    def way_s(self, r: int, *places: int) -> float:
        """Return the shortest driving time of duty `r` over the places, inf if there is none."""
        shortest = self.shortest_s[int(self.data.duty["matrix"][r])]
        return float(sum(shortest[a, b] for a, b in pairwise(places)))


def bound_b0(problem: ConvoyProblem) -> Bound:
    """Return an upper limit on priority-weighted persons, and on persons, across.

    Parameters
    ----------
    problem
        As planned; every plan that passes the checker stays under the limit.

    Returns
    -------
    Bound
        `binding` names what an hour or a place more would be worth in priority-weighted
        persons, by its share in the limit.
    """
    if not (problem.groups and problem.vehicles and problem.windows and problem.centres):
        return Bound(NAME, 0.0, 0.0)
    world = world_of(problem)
    program, modes = _build(world)
    group = world.data.group[world.data.usable.any(axis=1)]
    values = _objective(program, modes, world.data.group["value"])
    prices = _solve(program, values)
    persons = _objective(program, modes, world.data.group["persons"])
    return Bound(
        name=NAME,
        value=_limit(program, values, prices, int(group["value"].sum())),
        persons=_limit(program, persons, _solve(program, persons), int(group["persons"].sum())),
        binding=_binding(program, prices),
    )


def world_of(problem: ConvoyProblem) -> World:
    """Return a problem with what every plan of it must respect."""
    d = compile_problem(problem)
    matrices = {int(m) for m in d.duty["matrix"]}
    shortest = {m: _shortest(d.time[m], np.arange(d.time.shape[1])) for m in sorted(matrices)}
    alike = tuple(_line_likeness(problem, d, w) for w in range(len(d.window)))
    moves_from = tuple(window.movement_from_s for window in problem.windows)
    world = World(problem, d, shortest, moves_from, alike)
    return replace(world, data=d._replace(usable=_usable(world)))


def _shortest(time: Ints, nodes: Ints) -> Floats:
    """Return shortest times between places: no less than any way a vehicle can drive."""
    times = np.ascontiguousarray(time[np.ix_(nodes, nodes)].astype(np.int32))
    np.fill_diagonal(times, 0)
    close(times)
    return np.where(times >= NO_WAY_S, np.inf, times).astype(np.float64)


@entry
def close(times: NDArray[np.int32]) -> None:
    """Replace times by shortest times (Floyd 1962, https://doi.org/10.1145/367766.368168)."""
    for via in range(len(times)):
        for a in range(len(times)):
            first = times[a, via]
            if first < NO_WAY_S:
                for b in range(len(times)):
                    times[a, b] = min(times[a, b], first + times[via, b])


def _usable(world: World) -> Ints:
    """Return 1 where nothing excludes that some plan carries the group in the duty.

    The planner asks whether the group alone can go the direct way. That is not enough here: where
    a matrix follows safer, slower paths, the way over another place may be the quicker one.
    """
    d = world.data
    usable = np.zeros((len(d.group), len(d.duty)), np.int64)
    onward: dict[tuple[object, ...], bool] = {}
    for g, group in enumerate(world.problem.groups):
        for r in range(len(d.duty)):
            w = int(d.duty["window"][r])
            key = (group.load, group.centres, w)
            if _may_carry(world, group, g, r):
                if key not in onward:
                    onward[key] = _may_go_on(world, group, w)
                usable[g, r] = onward[key]
    return usable


def _may_carry(world: World, group: TravelGroup, g: int, r: int) -> bool:
    d, problem = world.data, world.problem
    w = int(d.duty["window"][r])
    if not problem.vehicles[d.duty["vehicle"][r]].usable.holds(group.load):
        return False
    place, line, depot = int(d.group["place"][g]), int(d.window["line"][w]), int(d.duty["depot"][r])
    there, out = world.way_s(r, depot, place), world.way_s(r, place, line)
    boards, alights = int(d.stop_s[0] + d.group["board"][g]), int(d.group["alight"][g])
    screening = int(d.window["screen_vehicle"][w] + d.screen[w, g])
    leaves = max(world.moves_from[w] + there, d.group["ready"][g]) + boards
    through = max(leaves + out, d.window["opens"][w]) + screening
    on_duty = there + boards + out + screening + alights + world.way_s(r, line, depot)
    return bool(
        through <= d.window["last"][w]
        and out + screening <= d.aboard_s[0]
        and on_duty <= d.duty["crew"][r]
    )


def _may_go_on(world: World, group: TravelGroup, w: int) -> bool:
    """Return whether an onward vehicle could take the group alone to a centre with places."""
    problem = world.problem
    crossing = crossing_of(problem, w)
    return any(
        problem.vehicle_side[v] == crossing.to_side
        and vehicle.usable.holds(group.load)
        and _may_take_on(world, group, v, crossing)
        for v, vehicle in enumerate(problem.vehicles)
    )


def _may_take_on(world: World, group: TravelGroup, v: int, crossing: Crossing) -> bool:
    problem, service = world.problem, world.problem.service
    accessible = group.load.wheelchair + group.load.stretcher
    accepted = {
        centre.place_id
        for centre in problem.centres
        if centre.centre_id in group.centres
        and group.load.persons <= centre.places
        and accessible <= centre.accessible_places
    }
    drives = onward_drives(world, v, crossing, accepted)
    stay = service.stop_s + service_s(service.boarding_s, group.load)
    stay += service_s(service.alighting_s, group.load)
    return drives is not None and sum(drives) + stay <= problem.vehicles[v].crew_s


def crossing_of(problem: ConvoyProblem, w: int) -> Crossing:
    """Return the crossing of window `w`."""
    wanted = problem.windows[w].crossing_id
    return next(one for one in problem.crossings if one.crossing_id == wanted)


def _build(world: World) -> tuple[_Program, list[_Mode]]:
    program = _Program()
    modes: list[_Mode] = []
    for kind in _kinds(world):
        modes += _add_kind(program, world, kind)
    _add_lines(program, world, modes)
    _add_groups(program, world.data, modes)
    _add_centres(program, world, modes)
    _add_onward(program, world, modes)
    return program, modes


def _kinds(world: World) -> list[_Kind]:
    """Return the duties by kind; windows that differ only by the day count as one kind."""
    d = world.data
    found: dict[tuple[object, ...], list[int]] = {}
    for r in range(len(d.duty)):
        if d.usable[:, r].any():
            found.setdefault(_likeness(world, r), []).append(r)
    return [
        _Kind(
            duty=duties[0],
            count=len(duties),
            label=world.problem.vehicles[d.duty["vehicle"][duties[0]]].vehicle_type,
            window=int(d.duty["window"][duties[0]]),
        )
        for duties in found.values()
    ]


def capacity_of(d: Data, r: int) -> tuple[int, ...]:
    """Return seats, wheelchair and stretcher places, convertible ones and the seats they take."""
    names = ("seated", "wheelchair", "stretcher", "convertible", "lost")
    return tuple(int(d.duty[name][r]) for name in names)


def _load(d: Data, g: int) -> Floats:
    names = ("seated", "wheelchair", "stretcher")
    return np.array([float(d.group[name][g]) for name in names])


def _likeness(world: World, r: int) -> tuple[object, ...]:
    d = world.data
    return (
        int(d.duty["matrix"][r]), int(d.duty["depot"][r]), int(d.duty["crew"][r]),
        *capacity_of(d, r),
        d.usable[:, r].tobytes(), *world.alike[int(d.duty["window"][r])],
    )  # fmt: skip


def _line_likeness(problem: ConvoyProblem, d: Data, w: int) -> tuple[object, ...]:
    window = {name: int(d.window[name][w]) for name in ("opens", "last")}
    since = problem.windows[w].movement_from_s
    return (
        problem.windows[w].crossing_id, window["opens"] - since, window["last"] - since,
    )  # fmt: skip


def _add_kind(program: _Program, world: World, kind: _Kind) -> list[_Mode]:
    """Add the first and the later trips of one kind of duty, and the hours that bind them."""
    d, r, w = world.data, kind.duty, kind.window
    modes = [_add_mode(program, world, kind, first=first) for first in (True, False)]
    first, later = modes
    program.row([(later.trips, 1.0), (first.trips, -float(len(later.carried)))], 0.0)
    program.row([(first.trips, 1.0)], kind.count)
    takes = [term for mode in modes for term in _seconds(d, mode)]
    program.row(
        [*takes, (first.trips, -_longest_alighting(d, r))],
        kind.count * float(d.window["last"][w] - world.moves_from[w]),
        f"an hour of {kind.label} between leaving and the close",
        SECONDS_PER_HOUR,
    )
    home = world.way_s(r, int(d.window["line"][w]), int(d.duty["depot"][r]))
    program.row(
        [*takes, (first.trips, home)],
        kind.count * float(d.duty["crew"][r]),
        f"an hour of {kind.label} crews",
        SECONDS_PER_HOUR,
    )
    return modes


def _longest_alighting(d: Data, r: int) -> float:
    """Return seconds that the fullest load takes to alight: the last load's is after the close."""
    slowest = (d.group["alight"] / np.maximum(1, d.group["persons"])).max(initial=0.0)
    return float(slowest) * _most_persons(d, r)


def _most_persons(d: Data, r: int) -> float:
    seated, wheelchair, stretcher, convertible, _ = (float(c) for c in capacity_of(d, r))
    return seated + wheelchair + stretcher + convertible


def _add_mode(program: _Program, world: World, kind: _Kind, *, first: bool) -> _Mode:
    d, r = world.data, kind.duty
    usable = [g for g in range(len(d.group)) if d.usable[g, r]]
    places = sorted({int(d.group["place"][g]) for g in usable})
    most = float(min(kind.count, len(usable)) if first else len(usable))
    mode = _Mode(
        kind=kind,
        first=first,
        trips=program.variable(most),
        drive=program.variable(kind.count * float(d.duty["crew"][r])),
        carried={g: program.variable(1.0) for g in usable},
        visits={p: program.variable(most) for p in places},
    )
    _add_seats(program, d, mode)
    _add_visits(program, d, mode)
    _add_drive(program, world, mode)
    return mode


def _add_seats(program: _Program, d: Data, mode: _Mode) -> None:
    """On every trip the load fits the places (§9), so it does in the sum over trips."""
    seated, wheelchair, stretcher, convertible, lost = (
        float(c) for c in capacity_of(d, mode.kind.duty)
    )
    load = {g: _load(d, g) for g in mode.carried}
    family = f"a place in every {mode.kind.label}"

    def row(weights: dict[int, float], places: float, name: str) -> None:
        terms = [(mode.carried[g], weight) for g, weight in weights.items()]
        program.row([*terms, (mode.trips, -places)], 0.0, name)

    row({g: one[0] for g, one in load.items()}, seated, family)
    row({g: one[0] + lost * one[1] for g, one in load.items()}, seated + lost * wheelchair, family)
    row({g: one[1] for g, one in load.items()}, wheelchair + convertible, f"{family} (wheelchair)")
    row({g: one[2] for g, one in load.items()}, stretcher, f"{family} (stretcher)")


def _add_visits(program: _Program, d: Data, mode: _Mode) -> None:
    """Whoever is carried is visited; a visit takes at most one vehicle full."""
    full = max(1.0, _most_persons(d, mode.kind.duty))
    for place, visits in mode.visits.items():
        here = [g for g in mode.carried if d.group["place"][g] == place]
        terms = [(mode.carried[g], float(d.group["persons"][g]) / full) for g in here]
        program.row([*terms, (visits, -1.0)], 0.0)
        for g in here:
            program.row([(mode.carried[g], 1.0), (visits, -1.0)], 0.0)


def _add_drive(program: _Program, world: World, mode: _Mode) -> None:
    """Driving is at least the way to the furthest stop, and at least an arc in and out of each."""
    d, r, w = world.data, mode.kind.duty, mode.kind.window
    line = int(d.window["line"][w])
    origin = int(d.duty["depot"][r]) if mode.first else line
    there = {place: world.way_s(r, origin, place, line) for place in mode.visits}
    _add_radial(program, d, mode, there)
    nodes = np.array([*mode.visits, origin, line], np.int64)
    _add_arcs(program, mode, world.shortest_s[int(d.duty["matrix"][r])][np.ix_(nodes, nodes)])


def _add_radial(program: _Program, d: Data, mode: _Mode, there: dict[int, float]) -> None:
    # A trip drives at least max r_i >= sum w_i r_i + (1 - sum w_i) min r for weights whose sum
    # over a load that fits is at most 1; summed over trips this is one row for each weighting.
    nearest = min(there.values())
    for weights in _weightings(d, mode):
        terms = [(mode.trips, nearest), (mode.drive, -1.0)]
        terms += [
            (column, weights[g] * (there[int(d.group["place"][g])] - nearest))
            for g, column in mode.carried.items()
        ]
        program.row(terms, 0.0)


def _weightings(d: Data, mode: _Mode) -> list[dict[int, float]]:
    """Return weights of groups whose sum over any load that fits is at most 1."""
    seated, wheelchair, stretcher, convertible, lost = (
        float(c) for c in capacity_of(d, mode.kind.duty)
    )
    full = max(1.0, _most_persons(d, mode.kind.duty))
    load = {g: _load(d, g) for g in mode.carried}
    weightings = [{g: float(one.sum()) / full for g, one in load.items()}]
    if seated > 0:
        weightings.append({g: one[0] / seated for g, one in load.items()})
        total = seated + lost * wheelchair
        weightings.append({g: (one[0] + lost * one[1]) / total for g, one in load.items()})
        # More than half the seats: one such group a trip; exactly half: two.
        weightings.append(
            {
                g: 1.0 if 2 * one[0] > seated else 0.5 if 2 * one[0] == seated else 0.0
                for g, one in load.items()
            }
        )
    if wheelchair + convertible > 0:
        weightings.append({g: one[1] / (wheelchair + convertible) for g, one in load.items()})
    if stretcher > 0:
        weightings.append({g: one[2] / stretcher for g, one in load.items()})
    return weightings


def _add_arcs(program: _Program, mode: _Mode, time: Floats) -> None:
    # Each stop has an arc in and an arc out, the origin one out, the line one in: half of the
    # shortest of each, summed, is no more than the arcs of the trip, each counted by its two ends.
    stops = len(mode.visits)
    inner = time[:stops, :stops].copy()
    np.fill_diagonal(inner, np.inf)
    origin, line = time[stops, :stops], time[:stops, stops + 1]
    into = np.minimum(inner.min(axis=0, initial=np.inf), origin)
    out = np.minimum(inner.min(axis=1, initial=np.inf), line)
    halves = np.nan_to_num((into + out) / 2.0, posinf=float(NO_WAY_S))
    ends = np.nan_to_num((origin.min() + line.min()) / 2.0, posinf=float(NO_WAY_S))
    terms = [
        (column, float(half)) for column, half in zip(mode.visits.values(), halves, strict=True)
    ]
    program.row([*terms, (mode.trips, float(ends)), (mode.drive, -1.0)], 0.0)


def _seconds(d: Data, mode: _Mode) -> list[tuple[int, float]]:
    """Return what the trips of a mode take: driving, stops, boarding, screening, alighting."""
    w = int(d.duty["window"][mode.kind.duty])
    terms = [(mode.drive, 1.0), (mode.trips, float(d.window["screen_vehicle"][w]))]
    terms += [(column, float(d.stop_s[0])) for column in mode.visits.values()]
    terms += [
        (column, float(d.group["board"][g] + d.group["alight"][g] + d.screen[w, g]))
        for g, column in mode.carried.items()
    ]
    return terms


def _add_lines(program: _Program, world: World, modes: Sequence[_Mode]) -> None:
    """Screening in all takes no more than the lanes are open with anybody there."""
    d = world.data
    for key in dict.fromkeys(world.alike[mode.kind.window] for mode in modes):
        here = [mode for mode in modes if world.alike[mode.kind.window] == key]
        w = here[0].kind.window
        since = max(float(d.window["opens"][w]), world.moves_from[w] + _soonest_s(world, here))
        crossing = world.problem.windows[w].crossing_id
        program.row(
            [term for mode in here for term in _screening(d, mode, w)],
            world.alike.count(key) * d.window["lanes"][w] * max(0.0, d.window["last"][w] - since),
            f"an hour of one lane at crossing {crossing}",
            SECONDS_PER_HOUR,
        )


def _screening(d: Data, mode: _Mode, w: int) -> list[tuple[int, float]]:
    terms = [(mode.trips, float(d.window["screen_vehicle"][w]))]
    return terms + [(column, float(d.screen[w, g])) for g, column in mode.carried.items()]


def _soonest_s(world: World, modes: Sequence[_Mode]) -> float:
    """Return seconds from the first movement to the earliest arrival of anybody at the line."""
    d = world.data
    return min(
        world.way_s(r, int(d.duty["depot"][r]), int(d.group["place"][g]), int(d.window["line"][w]))
        + float(d.stop_s[0] + d.group["board"][g])
        for mode in modes
        for r, w in ((mode.kind.duty, mode.kind.window),)
        for g in mode.carried
    )


def _add_groups(program: _Program, d: Data, modes: Sequence[_Mode]) -> None:
    """Everybody is carried at most once."""
    for g in range(len(d.group)):
        terms = [(mode.carried[g], 1.0) for mode in modes if g in mode.carried]
        if terms:
            program.row(terms, 1.0)


def _add_centres(program: _Program, world: World, modes: Sequence[_Mode]) -> None:
    """Persons flow from groups with the same wishes to the centres that they accept (§15)."""
    problem, d = world.problem, world.data
    wishes: dict[frozenset[int], list[int]] = {}
    for g in range(len(d.group)):
        wishes.setdefault(frozenset(int(c) for c in d.wish[g] if c >= 0), []).append(g)
    for kind, name in ((0, "a reception place"), (1, "an accessible reception place")):
        into: dict[int, list[tuple[int, float]]] = {}
        for accepted, groups in wishes.items():
            flows = []
            for c in sorted(accepted):
                # twice the places, so that the row below and not this limit has the price
                flow = program.variable(2.0 * float(d.rooms[c, kind]))
                flows.append((flow, -1.0))
                into.setdefault(c, []).append((flow, 1.0))
            terms = [
                (mode.carried[g], float(d.group[("persons", "accessible")[kind]][g]))
                for mode in modes
                for g in groups
                if g in mode.carried
            ]
            program.row([*terms, *flows], 0.0)
        for c, terms in into.items():
            centre = problem.centres[c].centre_id
            program.row(terms, float(d.rooms[c, kind]), f"{name} at {centre}")


def _add_onward(program: _Program, world: World, modes: Sequence[_Mode]) -> None:
    """Hold the onward fleet to what its crew hours allow (§16)."""
    for key in dict.fromkeys(world.alike[mode.kind.window] for mode in modes):
        here = [mode for mode in modes if world.alike[mode.kind.window] == key]
        seats = _onward_persons(program, world, here[0].kind.window, world.alike.count(key))
        terms = [
            (column, float(world.data.group["persons"][g]))
            for mode in here
            for g, column in mode.carried.items()
        ]
        program.row([*terms, *((seat, -1.0) for seat in seats)], 0.0)


def _onward_persons(program: _Program, world: World, w: int, windows: int) -> list[int]:
    """Return a column for each onward vehicle: persons it takes on, at most."""
    problem, d = world.problem, world.data
    crossing = crossing_of(problem, w)
    everybody = float(d.group["persons"].sum())
    centres = {centre.place_id for centre in problem.centres}
    columns = []
    for v, vehicle in enumerate(problem.vehicles):
        if problem.vehicle_side[v] != crossing.to_side:
            continue
        drives = onward_drives(world, v, crossing, centres)
        if drives is None or vehicle.crew_s < sum(drives):
            continue
        places = vehicle.usable.places.persons + vehicle.usable.convertible_wheelchair
        persons = program.variable(everybody)
        columns.append(persons)
        each = (drives[0] + float(d.stop_s[0])) / max(1, places) + least_handling(d)
        program.row(
            [(persons, each)],
            float(windows * (vehicle.crew_s - drives[1])),
            f"an hour of onward {vehicle.vehicle_type} crews",
            SECONDS_PER_HOUR,
        )
    return columns


def least_handling(d: Data) -> float:
    """Return the fewest seconds a person takes to board and alight."""
    persons = np.maximum(1, d.group["persons"])
    return float(((d.group["board"] + d.group["alight"]) / persons).min(initial=0.0))


def onward_drives(
    world: World, v: int, crossing: Crossing, centres: AbstractSet[str]
) -> tuple[float, float] | None:
    """Return the shortest way to a centre and back, and the drives from and to the depot."""
    problem = world.problem
    row = {place: i for i, place in enumerate(problem.matrices.place_ids)}
    depot, line = row.get(problem.vehicles[v].depot_id), row.get(crossing.place_id)
    if depot is None or line is None:
        return None
    every = [row[one.place_id] for one in problem.centres if one.place_id in row]
    wanted = [
        2 + i for i, place in enumerate(every) if problem.matrices.place_ids[place] in centres
    ]
    nodes = np.array([line, depot, *every], np.int64)
    shortest = _shortest(world.data.time[problem.vehicle_matrix[v]], nodes)
    there = min((float(shortest[0, i] + shortest[i, 0]) for i in wanted), default=math.inf)
    home = float(shortest[0, 1] + shortest[1, 0])
    return None if math.isinf(there + home) else (there, home)


def _objective(program: _Program, modes: Sequence[_Mode], worth: Ints) -> Floats:
    values = np.zeros(len(program.tops))
    for mode in modes:
        for g, column in mode.carried.items():
            values[column] = float(worth[g])
    return values


def _solve(program: _Program, values: Floats) -> Floats:
    """Return the dual prices of the rows; all zero if the solver fails."""
    matrix = program.matrix().tocsc()
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("simplex_iteration_limit", 200_000)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.tops), len(program.limits)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = values
    lp.col_lower_, lp.col_upper_ = np.zeros(len(values)), np.array(program.tops)
    lp.row_lower_ = np.full(len(program.limits), -highspy.kHighsInf)
    lp.row_upper_ = np.array(program.limits)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data
    solver.passModel(lp)
    solver.run()
    prices = np.array(solver.getSolution().row_dual, np.float64)
    if len(prices) != len(program.limits):
        return np.zeros(len(program.limits))
    return np.maximum(0.0, prices)


def _limit(program: _Program, values: Floats, prices: Floats, everybody: int) -> float:
    """Return the limit that `prices` prove by weak duality, rounded down to whole persons."""
    reduced = values - program.matrix().T @ prices
    limits, tops = np.array(program.limits), np.array(program.tops)
    proven = float(limits @ prices + np.maximum(0.0, reduced) @ tops)
    return float(min(everybody, math.floor(proven * (1.0 + 1e-9) + _SLACK)))


def _binding(program: _Program, prices: Floats) -> tuple[tuple[str, float], ...]:
    """Return the priced rows in words with the price of one unit, largest share first."""
    share: dict[str, float] = {}
    price: dict[str, float] = {}
    for (family, unit), limit, dual in zip(program.families, program.limits, prices, strict=True):
        if family and dual * unit > _SLACK:
            share[family] = share.get(family, 0.0) + dual * max(limit, 0.0)
            price[family] = max(price.get(family, 0.0), float(dual) * unit)
    ranked = sorted(price, key=lambda name: (-share[name], -price[name], name))
    return tuple((name, round(price[name], 3)) for name in ranked[:_FEW_SHOWN])
