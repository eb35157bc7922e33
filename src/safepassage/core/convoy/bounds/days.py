"""B1 and B2: column generation over trips, made a proven limit over whole days of vehicles.

Prices are improved in two ways: first by plain subgradient steps against what the best days use too
much of, then by a linear program over the trips met so far, kept near the best prices. Whatever
they suggest, :mod:`pricing` turns into a limit that holds; the lowest is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.arrays import Ints
from safepassage.core.convoy.bounds import kernels
from safepassage.core.convoy.bounds.hints import planned_trips
from safepassage.core.convoy.bounds.kernels import NOTHING
from safepassage.core.convoy.bounds.master import Master, Way
from safepassage.core.convoy.bounds.model import Kind, Model, build_model
from safepassage.core.convoy.bounds.pricing import (
    FAR,
    MICRO,
    Day,
    DayTrip,
    Grid,
    Oracle,
    Prices,
    Ways,
    least_cell_s,
)
from safepassage.core.convoy.certificate import (
    Certificate,
    DutyHints,
    WindowPrices,
    problem_digest,
)
from safepassage.core.convoy.types import Bound, ConvoyProblem, Plan
from safepassage.units import SECONDS_PER_HOUR

Floats = NDArray[np.float64]

SLOT_S = {"B1": 0, "B2": 300}
"""Length of a slot of the lanes; 0 for one slot."""

CELL_S = 30
REMEMBERED = 4
"""Neighbours that a group remembers."""

FINER, FINE_REMEMBERED = 3, 4
"""At the end cells are so many times shorter; a longer memory gains little and is slow to check."""

DESCENT = 40
"""Rounds of subgradient steps, at most half of all; with a time limit, this share of it:"""

DESCENT_SHARE = 0.35
MASTER = 50
"""Rounds with the linear program; with a time limit, until this share of it:"""

MASTER_SHARE = 0.85
POLISH = 5

MOMENTUM = 0.6
REACH = 0.97
"""A step aims at this share of the lowest limit so far."""

FAR_OFF = 1.5
"""Where the limit so far is more than this times one known before, a step aims at that one."""

SMOOTH = 0.2
"""Share of the best prices in the next ones (Wentges 1997,
https://doi.org/10.1111/1475-3995.00020)."""

WIDTH = 0.3
"""Share of a price by which the linear program may move it at first."""

STALLED, NARROWER = 4, 0.6
"""After so many rounds without a lower limit, it may move prices by so much less."""

POOL = 1500
"""Trips of a kind that the linear program begins with, worth this much less than they cost:"""

NEARLY = 3.0
COLUMNS = 250
"""Columns added for a kind in a round."""

MOST_RATES = 10
STALE = 6
"""Rounds after which a rate that no best day needs is dropped."""

CLOSE = 0.03
"""Rates that differ by a smaller share are not told apart."""

_FEW_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Round:
    """Where the computation stands: of `rounds`, `done`; nothing is worth more than `limit`."""

    done: int
    rounds: int
    limit: float


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """Prices and grid that prove a limit.

    Parameters
    ----------
    level
        ``"B1"`` or ``"B2"``.
    micro
        The limit in millionths of a weighted person; rounded down it is the bound.
    binding
        See :class:`~safepassage.core.convoy.types.Bound`.
    """

    level: str
    micro: int
    grid: Grid
    prices: Prices
    rates: tuple[Ints, ...]
    model: Model
    binding: tuple[tuple[str, float], ...] = ()

    @property
    def value(self) -> int:
        """The bound."""
        return self.micro // MICRO


def bound_by_days(
    problem: ConvoyProblem,
    level: str,
    simple: Bound,
    *,
    plan: Plan | None = None,
    rounds: int = DESCENT + MASTER,
    stop: Callable[[], float] = lambda: 0.0,
    progress: Callable[[Round], None] = lambda _: None,
) -> tuple[Bound, Proof | None]:
    """Return B1 or B2, or `simple` where that is lower, and the proof of the former.

    Parameters
    ----------
    simple
        B0 of the same problem; its limit on persons is kept.
    """
    proof = prove(
        problem, level, plan=plan, known=simple.value, rounds=rounds, stop=stop, progress=progress
    )
    if proof is None or simple.value < proof.value:
        return simple, proof
    return Bound(level, float(proof.value), simple.persons, proof.binding), proof


def prove(
    problem: ConvoyProblem,
    level: str,
    *,
    plan: Plan | None = None,
    known: float = np.inf,
    rounds: int = DESCENT + MASTER,
    stop: Callable[[], float] = lambda: 0.0,
    progress: Callable[[Round], None] = lambda _: None,
) -> Proof | None:
    """Return the lowest limit found; None where there is nothing to price.

    Parameters
    ----------
    level
        B1 with one slot for the lanes' whole time, B2 with slots of :data:`SLOT_S` seconds.
    plan
        Any plan of the problem: it shows where good trips are. The limit holds whatever it is.
    known
        A limit known already, to aim below; the proof does not rest on it.
    rounds
        At most; the same rounds give the same proof.
    stop
        Share of the time used; at 1 what is proven so far is returned.
    """
    if not (problem.groups and problem.vehicles and problem.windows and problem.centres):
        return None
    model = build_model(problem)
    cell_s = min(CELL_S, least_cell_s(model))
    if cell_s < 1:
        return None
    ascent = _Ascent(model, _grid(model, level, cell_s), level, rounds, stop, progress)
    ascent.ceiling = min(ascent.ceiling, known)
    if plan is not None:
        ascent.learn(problem, plan)
    return ascent.run()


def certificate_of(problem: ConvoyProblem, proof: Proof) -> Certificate:
    """Return what anybody needs to check a proof again."""
    prices, grid, model = proof.prices, proof.grid, proof.model
    return Certificate(
        level=proof.level,
        value=proof.value,
        scenario_digest=problem.scenario_digest,
        problem_digest=problem_digest(problem),
        cell_s=grid.cell_s,
        groups=tuple(prices.group.tolist()),
        rooms=tuple((int(a), int(b)) for a, b in prices.room),
        windows=tuple(
            WindowPrices(window_id, tuple(grid.edges[number].tolist()),
                         tuple(prices.lane[number].tolist()), int(prices.onward[number]))
            for number, line in enumerate(model.lines)
            for window_id in line.window_ids
        ),
        hints=tuple(
            DutyHints(tuple(sorted(kind.duties)), tuple(rates.tolist()), _near(model, grid, kind))
            for kind, rates in zip(model.kinds, proof.rates, strict=True)
        ),
    )  # fmt: skip


def _near(model: Model, grid: Grid, kind: Kind) -> tuple[tuple[int, ...], ...]:
    groups = model.fleets[kind.fleet].groups
    near: list[tuple[int, ...]] = [()] * len(model.value)
    for own, row in zip(groups.tolist(), grid.near[kind.fleet], strict=True):
        near[own] = tuple(int(groups[one]) for one in row if one >= 0)
    return tuple(near)


def _grid(model: Model, level: str, cell_s: int) -> Grid:
    edges = [_edges(model, number, SLOT_S[level]) for number in range(len(model.lines))]
    return Grid(cell_s, tuple(edges), _neighbours(model, REMEMBERED))


def _neighbours(model: Model, most: int) -> tuple[Ints, ...]:
    near = []
    for fleet in model.fleets:
        apart = (fleet.arc + fleet.arc.T).astype(np.float64)
        np.fill_diagonal(apart, np.inf)
        order = np.argsort(apart, axis=1, kind="stable")[:, : min(most, len(apart) - 1)]
        near.append(order.astype(np.int64))
    return tuple(near)


def _finer(model: Model, grid: Grid) -> Grid:
    cell_s = max(1, grid.cell_s // FINER)
    return replace(grid, cell_s=cell_s, near=_neighbours(model, FINE_REMEMBERED))


def _edges(model: Model, number: int, slot_s: int) -> Ints:
    """Return the ends of a line's slots, from the first possible arrival to the last moment."""
    line = model.lines[number]
    soonest = min((_soonest_s(model, kind) for kind in model.kinds if kind.line == number),
                  default=line.opens_s)  # fmt: skip
    since = min(max(line.opens_s, soonest), line.last_s - 1)
    step = slot_s or line.last_s - since
    return np.array([*range(since, line.last_s, step), line.last_s], np.int64)


def _soonest_s(model: Model, kind: Kind) -> int:
    fleet = model.fleets[kind.fleet]
    return int((fleet.start[0] + fleet.out).min())


class _Ascent:
    """Prices under improvement."""

    def __init__(
        self,
        model: Model,
        grid: Grid,
        level: str,
        rounds: int,
        stop: Callable[[], float],
        progress: Callable[[Round], None],
    ) -> None:
        self.model = model
        self.rounds = rounds
        self.done = 0
        self.used = stop
        self.tell = progress
        self.oracle = Oracle(model, grid)
        self.master = Master(model, grid)
        self.rates = [_first_rates(model, kind) for kind in model.kinds]
        self.idle: list[dict[int, int]] = [{} for _ in model.kinds]
        self.pool: list[dict[Way, None]] = [{} for _ in model.kinds]
        self.target = 0.0
        # Prices at which nobody gains anything prove that all is no more than all.
        prices = _first_prices(model, grid)
        every = int(prices.group.sum())
        free = _arrays([{0} for _ in model.kinds])
        self.trivial = Proof(level, every, grid, prices, free, model)
        self.best = replace(self.trivial, micro=FAR * FAR)
        self.days: list[Day] = []
        self.ceiling = every / MICRO
        self._judge(replace(prices, group=prices.group // 2))

    def learn(self, problem: ConvoyProblem, plan: Plan) -> None:
        """Add the trips of a plan to the master, and aim no lower than it."""
        for number, origin, start_s, way in planned_trips(problem, self.model, plan):
            self.master.insert(number, origin, start_s, way)
        self.target = float(plan.totals.value_across)

    def run(self) -> Proof:
        """Return the best proof found."""
        self._descend()
        self._climb()
        self._polish()
        if self.best.micro >= self.trivial.micro:
            return self.trivial
        return replace(self.best, binding=self._binding())

    def _judge(self, prices: Prices) -> list[Day]:
        """Price the days and keep the prices if they prove a lower limit."""
        rates = _arrays(self.rates)
        days = self.oracle.days(prices, rates)
        micro = self.oracle.limit(prices, days)
        if micro <= self.best.micro:
            self.best = replace(self.best, micro=micro, prices=prices, rates=rates)
            self.days = days
        for number, day in enumerate(days):
            self._refine(number, day)
        return days

    def _refine(self, number: int, day: Day) -> None:
        """Add prices of a second where the best day would be worth less for it; drop idle ones."""
        wanted, used = sharper_rates(day, self.oracle.grid.cell_s)
        idle = self.idle[number]
        for rate in self.rates[number]:
            idle[rate] = 0 if rate in used else idle.get(rate, 0) + 1
        keep = {rate for rate in self.rates[number] if idle[rate] < STALE} | set(wanted)
        first = sorted(keep, key=lambda rate: (idle.get(rate, 0), rate))[:MOST_RATES]
        self.rates[number] = set(first) or {1}

    def _report(self) -> None:
        self.done += 1
        self.tell(Round(self.done, self.rounds, self.best.micro / MICRO))

    def _descend(self) -> None:
        """Step against what the best days use too much of, with some momentum.

        Polyak 1969, https://doi.org/10.1016/0041-5553(69)90061-5.
        """
        prices, heading, share, failed = self.best.prices, np.zeros(0), 1.0, 0
        days = self.days
        for _ in range(min(DESCENT, self.rounds // 2)):
            self._collect(prices, days)
            limit = self.oracle.limit(prices, days) / MICRO
            slope = self._slope(days)
            heading = slope + MOMENTUM * heading if len(heading) else slope
            steep = max(float(heading @ slope), float(slope @ slope), 1e-9)
            lowest = self.best.micro / MICRO
            far = lowest > FAR_OFF * self.ceiling
            goal = max(self.target, self.ceiling if far else REACH * lowest)
            prices = self._moved(prices, -share * max(0.0, limit - goal) / steep * heading)
            before = self.best.micro
            days = self._judge(prices)
            failed = 0 if self.best.micro < before else failed + 1
            if failed > 3:
                share, failed = share * 0.7, 0
            self._report()
            if self.used() >= DESCENT_SHARE:
                break

    def _collect(self, prices: Prices, days: Sequence[Day]) -> None:
        for number, day in enumerate(days):
            self.pool[number].update(dict.fromkeys(self._ways(number, day, prices)))

    def _slope(self, days: Sequence[Day]) -> Floats:
        """Return what there is less what the best days use, by group and by slot of a lane."""
        model, grid = self.model, self.oracle.grid
        group = np.where(model.carried, 1.0, 0.0)
        lanes = [
            np.full(len(edges) - 1, float(line.lanes * line.windows))
            for edges, line in zip(grid.edges, model.lines, strict=True)
        ]
        for kind, day in zip(model.kinds, days, strict=True):
            fleet, edges = model.fleets[kind.fleet], grid.edges[kind.line]
            for trip in day.trips:
                way = self._way(kind, day, trip)
                np.subtract.at(group, fleet.groups[list(way.groups)], kind.count)
                since = trip.screened * grid.cell_s
                until = since + int(fleet.loads.screen_s[way.load])
                use = np.minimum(edges[1:], until) - np.maximum(edges[:-1], since)
                lanes[kind.line] -= kind.count * np.maximum(0, use) / np.diff(edges)
        return np.concatenate([group, *lanes])

    def _moved(self, prices: Prices, move: Floats) -> Prices:
        micro = np.round(move * MICRO).astype(np.int64)
        groups = len(prices.group)
        lanes, at = [], groups
        for edges, old in zip(self.oracle.grid.edges, prices.lane, strict=True):
            lanes.append(np.maximum(0, old + micro[at : at + len(old)] // np.diff(edges)))
            at += len(old)
        group = np.maximum(0, prices.group + micro[:groups])
        return replace(prices, group=group, lane=tuple(lanes))

    def _climb(self) -> None:
        """Let the linear program over all trips met so far suggest prices near the best."""
        self.master.believe(self.best.prices, self.days)
        for number, ways in enumerate(self.pool):
            self.master.offer(number, ways, POOL, least=-NEARLY)
        width, failed = WIDTH, 0
        while self.done < self.rounds and self.used() < MASTER_SHARE:
            before = self.best.micro
            self.master.centre(self.best.prices, width)
            value = self.master.solve()
            prices = _between(self.best.prices, self.master.prices(), SMOOTH)
            days = self._judge(prices)
            added = sum(
                self.master.offer(number, self._ways(number, day, prices), COLUMNS)
                for number, day in enumerate(days)
            )
            self.master.tidy()
            self._report()
            failed = 0 if self.best.micro < before else failed + 1
            if failed >= STALLED:
                width, failed = width * NARROWER, 0
            if added == 0 and self.best.micro / MICRO - value < 0.5:
                break

    def _ways(self, number: int, day: Day, prices: Prices) -> Iterable[Way]:
        """Read off the best ways by load, and by first stop."""
        kind = self.model.kinds[number]
        fleet, lane = self.model.fleets[kind.fleet], prices.lane[kind.line]
        usual = int(lane.mean()) if len(lane) else 0
        found: dict[Way, None] = {}
        for ways in day.ways:
            top = ways.top
            net = np.where(top > NOTHING, top - usual * fleet.loads.screen_s[:, None], NOTHING)
            picks = {(int(load), g) for g, load in enumerate(net.argmax(axis=0))}
            for start in fleet.start:
                first = (top - ways.rate * start).argmax(axis=1)
                picks |= {(load, int(g)) for load, g in enumerate(first) if load > 0}
            for load, g in sorted(picks):
                if top[load, g] > NOTHING // 2:
                    found[self._read(kind, day, ways, load, g)] = None
        return found

    def _way(self, kind: Kind, day: Day, trip: DayTrip) -> Way:
        """Return a way that a trip of a best day was made of."""
        fleet = self.model.fleets[kind.fleet]
        ways = day.ways[day.kindest(trip, self.oracle.grid.cell_s)]
        loads = 1 + np.flatnonzero(self.oracle.sizes[kind.fleet][1] == trip.size)
        ends = ways.top[loads] - ways.rate * fleet.start[trip.origin]
        row, group = np.unravel_index(int(ends.argmax()), ends.shape)
        return self._read(kind, day, ways, int(loads[row]), int(group))

    def _read(self, kind: Kind, day: Day, ways: Ways, load: int, group: int) -> Way:
        fleet, follow = self.model.fleets[kind.fleet], self.oracle.follow[kind.fleet]
        room = np.empty(len(fleet.loads.screen_s), np.int64)
        memory = int(ways.best[load, group].argmax())
        length = kernels.trace(
            day.profit, fleet.arc, fleet.loads.before, fleet.loads.kind, follow,
            ways.rate, ways.best, load, group, memory, room,
        )  # fmt: skip
        return Way(tuple(room[:length].tolist()), load)

    def _polish(self) -> None:
        """Look closer at the best prices while that helps: shorter cells, more rates."""
        fine = Oracle(self.model, _finer(self.model, self.best.grid))
        rates = [set(one.tolist()) for one in self.best.rates]
        for turn in range(POLISH):
            gained = self._accept(fine, rates)
            for number, day in enumerate(self.days):
                rates[number] = rates[number] | set(sharper_rates(day, fine.grid.cell_s)[0])
            if self.used() >= 1.0 or (turn and gained < MICRO // 20):
                break
        self._prune(fine)

    def _accept(self, oracle: Oracle, rates: Sequence[set[int]], loss: int = 0) -> int:
        """Price the best days anew and keep that if it loses no more; return what is gained."""
        prices = self.best.prices
        days = oracle.days(prices, _arrays(rates))
        micro = oracle.limit(prices, days)
        gained = self.best.micro - micro
        if gained >= -loss:
            kept = tuple(day.rates for day in days)
            self.best = replace(self.best, micro=micro, grid=oracle.grid, rates=kept)
            self.days, self.oracle = days, oracle
        return gained

    def _prune(self, oracle: Oracle) -> None:
        """Leave out rates that the best days do without: the check is quicker for it."""
        used = [sharper_rates(day, oracle.grid.cell_s)[1] or {1} for day in self.days]
        if self.oracle is oracle:
            self._accept(oracle, used, loss=MICRO - 1 - self.best.micro % MICRO)

    def _binding(self) -> tuple[tuple[str, float], ...]:
        """Return what the limit rises by at most if there is more of something, most first."""
        prices, model = self.best.prices, self.model
        worth: dict[str, float] = {}
        for kind, day in zip(model.kinds, self.days, strict=True):
            _raise(worth, f"one more {kind.label}", day.value)
        for number, line in enumerate(model.lines):
            slots = np.diff(self.oracle.grid.edges[number])
            name = f"at crossing {line.crossing_id}"
            _raise(worth, f"one more lane {name}", int((prices.lane[number] * slots).sum()))
            _raise(worth, f"an hour more of a window {name}", self._hour_more(number))
            _raise(worth, f"onward seats for ten more {name}", 10 * int(prices.onward[number]))
        for centre, (place, accessible) in zip(model.centre_ids, prices.room, strict=True):
            _raise(worth, f"ten more places at {centre}", 10 * int(place))
            _raise(worth, f"an accessible place more at {centre}", int(accessible))
        ranked = sorted(worth, key=lambda name: (-worth[name], name))
        return tuple((name, round(worth[name], 3)) for name in ranked[:_FEW_SHOWN])

    def _hour_more(self, number: int) -> int:
        """Return what an hour more of one window adds to the limit, at the lanes' last price."""
        model, prices, grid = self.model, self.best.prices, self.oracle.grid
        line = model.lines[number]
        longer = replace(line, last_s=line.last_s + SECONDS_PER_HOUR)
        edges, lane = list(grid.edges), list(prices.lane)
        edges[number] = np.append(edges[number], longer.last_s)
        lane[number] = np.append(lane[number], lane[number][-1])
        lines = tuple(longer if one is line else one for one in model.lines)
        oracle = Oracle(replace(model, lines=lines), replace(grid, edges=tuple(edges)))
        prices = replace(prices, lane=tuple(lane))
        days = oracle.days(prices, [day.rates for day in self.days])
        more = oracle.limit(prices, days) - self.oracle.limit(self.best.prices, self.days)
        return more // line.windows


def _arrays(rates: Sequence[set[int]]) -> tuple[Ints, ...]:
    return tuple(np.array(sorted(one), np.int64) for one in rates)


def _raise(worth: dict[str, float], name: str, micro: int) -> None:
    if micro > MICRO // 1000:
        worth[name] = max(worth.get(name, 0.0), micro / MICRO)


def _first_rates(model: Model, kind: Kind) -> set[int]:
    """Return guesses: everybody's worth over the fleet's time, and around it."""
    time_s = max(1, sum(one.count for one in model.kinds) * model.lines[kind.line].last_s)
    guess = int(model.value[model.carried].sum()) * MICRO / time_s
    return {max(1, int(guess * factor)) for factor in (0.1, 0.3, 0.6, 1.0, 2.0, 6.0)}


def _first_prices(model: Model, grid: Grid) -> Prices:
    """Return prices of groups as high as their value, and of nothing else."""
    return Prices(
        group=np.where(model.carried, model.value, 0) * MICRO,
        room=np.zeros((len(model.rooms), 2), np.int64),
        onward=np.zeros(len(model.lines), np.int64),
        lane=tuple(np.zeros(len(edges) - 1, np.int64) for edges in grid.edges),
    )


def _between(best: Prices, new: Prices, share: float) -> Prices:
    def mix(a: Ints, b: Ints) -> Ints:
        return np.round(share * a + (1.0 - share) * b).astype(np.int64)

    return Prices(
        mix(best.group, new.group), mix(best.room, new.room), mix(best.onward, new.onward),
        tuple(mix(a, b) for a, b in zip(best.lane, new.lane, strict=True)),
    )  # fmt: skip


def sharper_rates(day: Day, cell_s: int) -> tuple[list[int], set[int]]:
    """Return rates that could lower the worth of a best day's trips, and those in use.

    By its rate the worth of a trip is a convex function, so a lower one lies beside the lowest.
    """
    wanted: list[int] = []
    used: set[int] = set()
    rates = [int(rate) for rate in day.rates]
    for trip in day.trips:
        best = day.kindest(trip, cell_s)
        used.add(rates[best])
        for low, high in ((best - 1, best), (best, best + 1)):
            if low < 0:
                wanted.append(rates[0] // 2)
            elif high >= len(rates):
                wanted.append(rates[-1] * 2)
            elif rates[high] - rates[low] > max(2.0, CLOSE * rates[high]):
                wanted.append(int((rates[low] * rates[high]) ** 0.5))
                used |= {rates[low], rates[high]}
    return [max(1, rate) for rate in dict.fromkeys(wanted)], used
