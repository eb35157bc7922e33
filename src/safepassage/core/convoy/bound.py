"""B0: a proven upper limit on what any plan can achieve.

A linear program over seat kinds, vehicle hours, the crossing's lane time, reception places and the
onward fleet. Every row holds for every valid plan (docs/theory/convoy.md proves each), so its
optimum is a limit. The solver is not trusted: from its dual prices the limit is computed again by
weak duality, which holds for any non-negative prices whatever the solver did.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from safepassage.core.convoy.arrays import NO_WAY_S, Data, Ints, compile_problem
from safepassage.core.convoy.types import Bound, ConvoyProblem
from safepassage.units import SECONDS_PER_HOUR

Floats = NDArray[np.float64]

NAME = "B0"

_MANY_TRIPS = 10_000
"""More trips than any vehicle can make in a window."""

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
    line_key: int


@dataclass(slots=True)
class _Mode:
    """The columns of one kind's first or later trips."""

    kind: _Kind
    first: bool
    trips: int
    drive: int
    carried: dict[int, int]
    visits: dict[int, int]


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
    data = compile_problem(problem)
    program, modes = _build(problem, data)
    values = _objective(program, modes, data.group["value"])
    prices = _solve(program, values)
    persons = _objective(program, modes, data.group["persons"])
    reachable = data.usable.any(axis=1)
    return Bound(
        name=NAME,
        value=_limit(program, values, prices, int(data.group["value"][reachable].sum())),
        persons=_limit(
            program, persons, _solve(program, persons), int(data.group["persons"][reachable].sum())
        ),
        binding=_binding(program, prices),
    )


def _build(problem: ConvoyProblem, d: Data) -> tuple[_Program, list[_Mode]]:
    program = _Program()
    modes: list[_Mode] = []
    for kind in _kinds(problem, d):
        modes += _add_kind(program, d, kind)
    _add_lines(program, problem, d, modes)
    _add_groups(program, d, modes)
    _add_centres(program, problem, d, modes)
    _add_onward(program, problem, d, modes)
    return program, modes


def _kinds(problem: ConvoyProblem, d: Data) -> list[_Kind]:
    """Return the duties by kind; windows that differ only by the day count as one kind."""
    found: dict[tuple[object, ...], list[int]] = {}
    lines: dict[tuple[object, ...], int] = {}
    for r in range(len(d.duty)):
        if d.usable[:, r].any():
            found.setdefault(_likeness(d, r), []).append(r)
    kinds = []
    for duties in found.values():
        r = duties[0]
        line = lines.setdefault(_line_likeness(d, int(d.duty["window"][r])), len(lines))
        label = problem.vehicles[d.duty["vehicle"][r]].vehicle_type
        kinds.append(_Kind(r, len(duties), label, line))
    return kinds


def _capacity(d: Data, r: int) -> tuple[int, ...]:
    names = ("seated", "wheelchair", "stretcher", "convertible", "lost")
    return tuple(int(d.duty[name][r]) for name in names)


def _load(d: Data, g: int) -> Floats:
    names = ("seated", "wheelchair", "stretcher")
    return np.array([float(d.group[name][g]) for name in names])


def _likeness(d: Data, r: int) -> tuple[object, ...]:
    return (
        int(d.duty["matrix"][r]), int(d.duty["depot"][r]), int(d.duty["crew"][r]), *_capacity(d, r),
        d.usable[:, r].tobytes(), *_line_likeness(d, int(d.duty["window"][r])),
    )  # fmt: skip


def _line_likeness(d: Data, w: int) -> tuple[object, ...]:
    window = {name: int(d.window[name][w]) for name in d.window.dtype.names or ()}
    since = window["moves_from"]
    return (
        window["opens"] - since, window["last"] - since, window["lanes"], window["line"],
        window["screen_vehicle"], d.screen[w].tobytes(),
    )  # fmt: skip


def _closure(d: Data, m: int, nodes: Ints) -> Floats:
    """Return shortest times between places: no less than any way a vehicle can drive."""
    times: Floats = d.time[m][np.ix_(nodes, nodes)].astype(np.float64)
    times[times >= NO_WAY_S] = np.inf
    np.fill_diagonal(times, 0.0)
    for via in range(len(nodes)):
        np.minimum(times, times[:, via, None] + times[None, via, :], out=times)
    return times


def _add_kind(program: _Program, d: Data, kind: _Kind) -> list[_Mode]:
    """Add the first and the later trips of one kind of duty, and the hours that bind them."""
    r = kind.duty
    modes = [_add_mode(program, d, kind, first=first) for first in (True, False)]
    first, later = modes
    program.row([(later.trips, 1.0), (first.trips, -float(_MANY_TRIPS))], 0.0)
    program.row([(first.trips, 1.0)], kind.count)
    takes = [term for mode in modes for term in _seconds(d, mode)]
    w = d.duty["window"][r]
    alight = _longest_alighting(d, r)
    span = float(d.window["last"][w] - d.window["moves_from"][w])
    program.row(
        [*takes, (first.trips, -alight)],
        kind.count * span,
        f"an hour of {kind.label} between leaving and the close",
        SECONDS_PER_HOUR,
    )
    program.row(
        [*takes, (first.trips, float(d.duty["back"][r]))],
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
    seated, wheelchair, stretcher, convertible, _ = (float(c) for c in _capacity(d, r))
    return seated + wheelchair + stretcher + convertible


def _add_mode(program: _Program, d: Data, kind: _Kind, *, first: bool) -> _Mode:
    r = kind.duty
    most = float(kind.count * (1 if first else _MANY_TRIPS))
    usable = [g for g in range(len(d.group)) if d.usable[g, r]]
    places = sorted({int(d.group["place"][g]) for g in usable})
    span = (
        float(d.window["last"][d.duty["window"][r]] - d.window["moves_from"][d.duty["window"][r]])
        + NO_WAY_S / 1e3
    )
    mode = _Mode(
        kind=kind,
        first=first,
        trips=program.variable(most),
        drive=program.variable(kind.count * span),
        carried={g: program.variable(1.0) for g in usable},
        visits={p: program.variable(most) for p in places},
    )
    _add_seats(program, d, mode)
    _add_visits(program, d, mode)
    _add_drive(program, d, mode)
    return mode


def _add_seats(program: _Program, d: Data, mode: _Mode) -> None:
    """On every trip the load fits the places (§9), so it does in the sum over trips."""
    seated, wheelchair, stretcher, convertible, lost = (
        float(c) for c in _capacity(d, mode.kind.duty)
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


def _add_drive(program: _Program, d: Data, mode: _Mode) -> None:
    """Driving is at least the way to the furthest stop, and at least an arc in and out of each."""
    r = mode.kind.duty
    places = list(mode.visits)
    line, depot = int(d.window["line"][d.duty["window"][r]]), int(d.duty["depot"][r])
    nodes = np.array([*places, depot if mode.first else line, line], np.int64)
    time = _closure(d, int(d.duty["matrix"][r]), nodes)
    stops, origin = len(places), len(places)
    there = np.nan_to_num(time[origin, :stops] + time[:stops, stops + 1], posinf=float(NO_WAY_S))
    _add_radial(program, d, mode, dict(zip(places, there, strict=True)))
    _add_arcs(program, mode, time)


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
        float(c) for c in _capacity(d, mode.kind.duty)
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


def _add_lines(program: _Program, problem: ConvoyProblem, d: Data, modes: Sequence[_Mode]) -> None:
    """Screening in all takes no more than the lanes are open with anybody there."""
    for key in sorted({mode.kind.line_key for mode in modes}):
        here = [mode for mode in modes if mode.kind.line_key == key]
        w = int(d.duty["window"][here[0].kind.duty])
        like = [v for v in range(len(d.window)) if _line_likeness(d, v) == _line_likeness(d, w)]
        since = max(int(d.window["opens"][w]), int(d.window["moves_from"][w]) + _soonest_s(d, here))
        crossing = problem.windows[w].crossing_id
        program.row(
            [term for mode in here for term in _screening(d, mode, w)],
            float(len(like) * int(d.window["lanes"][w]) * max(0, int(d.window["last"][w]) - since)),
            f"an hour of one lane at crossing {crossing}",
            SECONDS_PER_HOUR,
        )


def _screening(d: Data, mode: _Mode, w: int) -> list[tuple[int, float]]:
    terms = [(mode.trips, float(d.window["screen_vehicle"][w]))]
    return terms + [(column, float(d.screen[w, g])) for g, column in mode.carried.items()]


def _soonest_s(d: Data, modes: Sequence[_Mode]) -> int:
    """Return seconds from the first movement to the earliest arrival of anybody at the line."""
    soonest = NO_WAY_S
    for mode in modes:
        r = mode.kind.duty
        if not mode.first:
            continue
        time, line = d.time[d.duty["matrix"][r]], d.window["line"][d.duty["window"][r]]
        for g in mode.carried:
            way = time[d.duty["depot"][r], d.group["place"][g]] + time[d.group["place"][g], line]
            soonest = min(soonest, int(way + d.stop_s[0] + d.group["board"][g]))
    return soonest


def _add_groups(program: _Program, d: Data, modes: Sequence[_Mode]) -> None:
    """Everybody is carried at most once."""
    for g in range(len(d.group)):
        terms = [(mode.carried[g], 1.0) for mode in modes if g in mode.carried]
        if terms:
            program.row(terms, 1.0)


def _add_centres(
    program: _Program, problem: ConvoyProblem, d: Data, modes: Sequence[_Mode]
) -> None:
    """Persons flow from groups with the same wishes to the centres that they accept (§15)."""
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


def _add_onward(program: _Program, problem: ConvoyProblem, d: Data, modes: Sequence[_Mode]) -> None:
    """Hold the onward fleet to what its crew hours allow (§16)."""
    for w in sorted({int(d.duty["window"][mode.kind.duty]) for mode in modes}):
        key = _line_likeness(d, w)
        like = sum(1 for v in range(len(d.window)) if _line_likeness(d, v) == key)
        here = [mode for mode in modes if d.duty["window"][mode.kind.duty] == w]
        same = [m for m in modes if _line_likeness(d, int(d.duty["window"][m.kind.duty])) == key]
        if here[0] is not same[0]:
            continue
        seats = _onward_persons(program, problem, d, w, like)
        terms = [
            (column, float(d.group["persons"][g]))
            for mode in same
            for g, column in mode.carried.items()
        ]
        program.row([*terms, *((seat, -1.0) for seat in seats)], 0.0)


def _onward_persons(
    program: _Program, problem: ConvoyProblem, d: Data, w: int, windows: int
) -> list[int]:
    """Return a column for each onward vehicle: persons it takes on, at most."""
    crossing = next(c for c in problem.crossings if c.crossing_id == problem.windows[w].crossing_id)
    row = {place: i for i, place in enumerate(problem.matrices.place_ids)}
    columns = []
    for v, vehicle in enumerate(problem.vehicles):
        if problem.vehicle_side[v] != crossing.to_side or vehicle.depot_id not in row:
            continue
        places = vehicle.capacity.places.persons + vehicle.capacity.convertible_wheelchair
        drive = _onward_drives(problem, d, v, row, row[crossing.place_id], row[vehicle.depot_id])
        if drive is None or vehicle.crew_s < sum(drive):
            continue
        persons = program.variable(float(windows * _MANY_TRIPS * places))
        columns.append(persons)
        handling = _least_handling(d)
        cycle = (drive[0] + int(d.stop_s[0])) / max(1, places) + handling
        program.row(
            [(persons, cycle)],
            float(windows * (vehicle.crew_s - drive[1])),
            f"an hour of onward {vehicle.vehicle_type} crews",
            SECONDS_PER_HOUR,
        )
    return columns


def _least_handling(d: Data) -> float:
    """Return the fewest seconds a person takes to board and alight."""
    persons = np.maximum(1, d.group["persons"])
    return float(((d.group["board"] + d.group["alight"]) / persons).min(initial=0.0))


def _onward_drives(
    problem: ConvoyProblem, d: Data, v: int, row: dict[str, int], line: int, depot: int
) -> tuple[int, int] | None:
    """Return the shortest way to a centre and back, and the drives from and to the depot."""
    time = d.time[problem.vehicle_matrix[v]]
    centres = [row[c.place_id] for c in problem.centres if c.place_id in row]
    nodes = np.array([line, depot, *centres], np.int64)
    closed = _closure(d, problem.vehicle_matrix[v], nodes)
    ways = [closed[0, i] + closed[i, 0] for i in range(2, len(nodes))]
    home = int(time[depot, line] + time[line, depot])
    if not ways or math.isinf(min(ways)) or home >= NO_WAY_S:
        return None
    return int(min(ways)), home


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
