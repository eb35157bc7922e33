"""The planner: a neighbourhood search with the crossing's queue inside.

A greedy plan stands at once; simulated annealing over ruin and recreate moves then improves it.
Every insertion is tested in the joint schedule of all vehicles of its window, so a plan under work
is always one that gets everybody in it across in time (docs/spec/05-convoy.md §23 and following).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from safepassage._version import __version__
from safepassage.core.convoy.arrays import (
    Data,
    Floats,
    Ints,
    Saved,
    State,
    compile_problem,
    empty_state,
    saved_copy,
)
from safepassage.core.convoy.engine import DROP, IMPROVE, INSERT, JUDGE, KEEP, LOAD, work
from safepassage.core.convoy.greedy import by_density
from safepassage.core.convoy.left import explain_left
from safepassage.core.convoy.onward import OnwardPlan, plan_onward
from safepassage.core.convoy.robust import (
    PROMISE_BLOCKS,
    SEARCH_WORLDS,
    Aim,
    lower_limit,
    make_aim,
    no_worlds,
    promise_of,
    promise_worlds,
)
from safepassage.core.convoy.robust_kernel import PERSONS, PROBABILITY, VALUE, Worlds
from safepassage.core.convoy.timetable import Timetable, build_timetable, planned_arrivals
from safepassage.core.convoy.types import (
    Assignment,
    ConvoyProblem,
    DelayModel,
    Left,
    Plan,
    PlanTotals,
    Promise,
    Trip,
)
from safepassage.units import SECONDS_PER_HOUR

PLAN_VERSION = "1.0"

LEAD_S = 900
"""Planned wait in the queue: 15 minutes absorb most single delays without holding people long."""

ROBUST_LEAD_S = 3600
"""The same for a plan that is judged under delays: who is early waits, who is late is left."""

HEAT, COOL = 0.5, 0.04
"""First temperature in mean group values, and the last as a share of it."""

MOVES_FOR_HEAT = 100
"""Moves per group from which the search starts at full heat; with fewer it starts colder."""

LEAST_HEAT = 0.05
"""A search of few moves starts with this at least, in mean group values."""

SECOND_SHARE = 0.1
"""Weight of a vehicle's second in the search, in mean values carried per vehicle second."""

RISK_SHARE = 0.05
"""Weight of the whole plan's exposure in the search, in shares of its value."""

LEAST_OUT, MOST_OUT, SQUARE_PER_OUT = 12.0, 200.0, 11_250.0
"""Groups taken out by a move, about: the square of their number over this, within limits.

By ablation 12 to 20 are best of 300 groups in 10 CPU s, and 200 of 1,500 in 20: far from the end of
the search, few large moves gain more than many small ones.
"""

BUFFER_STEP_S, MOST_MISSES = 20, 10
"""How much less buffer after each round that holds; rounds without before the best is taken up."""

PRICE = 100.0
"""Worth of a second by which the last are late in the world that counts, in mean values carried
per second of all vehicles' time."""

MOST_CAUTION = 0.1
"""No more than this on top."""

CAUTION = 0.05
"""Share of what a plan lacks in certainty that the search then asks for on top."""

BUFFERS_S = range(0, 6 * 3600, 900)
"""Buffers before the close that are tried for the first plan of a robust search."""

CHUNK = 50
REPAIR_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is.

    Parameters
    ----------
    done
        Share of the budget used, 0 to 1.
    moves
        Moves made.
    value, persons, exposure_person_h
        Of the best plan so far, by the planner's own count.
    probability
        That everybody in it is across, where the search judges that.
    """

    done: float
    moves: int
    value: int
    persons: int
    exposure_person_h: float = 0.0
    probability: float | None = None


@dataclass(slots=True)
class _Search:
    """The arrays of one search."""

    problem: ConvoyProblem
    data: Data
    state: State
    spare: Saved
    best: Saved
    worlds: Worlds
    aim: Aim | None = None
    lead_s: int = LEAD_S
    probability: float | None = None
    expected: float = -1.0
    moves: int = 0

    def work(
        self,
        task: int,
        groups: Ints | None = None,
        moves: int = 0,
        heat: float = 1.0,
        worlds: Worlds | None = None,
        given: bool = False,
    ) -> None:
        """Do one task of the engine."""
        value, exposure = float(self.best.worth[0]), -float(self.best.worth[1])
        second_cost = SECOND_SHARE * value / self._horizon_s()
        risk_cost = RISK_SHARE * value / exposure if exposure > 0.0 else 0.0
        chosen = np.zeros(0, np.int64) if groups is None else groups
        work(
            task, self.data, self.state, self.spare, self.best, chosen, moves,
            heat, second_cost, risk_cost, self._mean_out(),
            self.worlds if worlds is None else worlds, self._numbers(given=given),
        )  # fmt: skip
        self.moves += moves

    def _numbers(self, *, given: bool) -> Floats:
        """Return the aim as the engine takes it."""
        if self.aim is None:
            return np.zeros(5)
        price = PRICE * float(np.sum(self.data.group["value"])) / self._horizon_s()
        expected = 1.0 if self.aim.certainty is None else 0.0
        return np.array([expected, self.aim.level, price, self.lead_s, float(given)])

    def holds(self) -> bool:
        """Return whether the best plan holds the certainty asked for."""
        if self.aim is None or self.aim.certainty is None:
            return True
        worlds = self.aim.check.day.shape[1]
        return lower_limit(self.probability or 0.0, worlds) >= self.aim.certainty

    def judge(self, worlds: Worlds, *, given: bool = False) -> tuple[float, float, float]:
        """Return probability, expected persons and expected value of the plan under work."""
        self.work(JUDGE, worlds=worlds, given=given)
        verdict = self.state.verdict
        return float(verdict[PROBABILITY]), float(verdict[PERSONS]), float(verdict[VALUE])

    def _mean_out(self) -> float:
        return min(MOST_OUT, max(LEAST_OUT, len(self.problem.groups) ** 2 / SQUARE_PER_OUT))

    def _horizon_s(self) -> float:
        windows = self.data.window[self.data.duty["window"]]
        span = windows["last"] - self.data.duty["moves_from"]
        return max(1.0, float(np.sum(np.maximum(0, span))))


def default_iterations(problem: ConvoyProblem) -> int:
    """Return the iteration budget for a problem: about ten seconds on one core of 2024."""
    return max(2_000, min(20_000, 4_000_000 // max(1, len(problem.groups))))


def plan_convoy(
    problem: ConvoyProblem,
    pre_left: Sequence[Left] = (),
    *,
    seed: int = 0,
    iterations: int | None = None,
    deadline: Callable[[], float] | None = None,
    progress: Callable[[Progress], None] | None = None,
    buffer_s: int = 0,
    lead_s: int | None = None,
    certainty: float | None = None,
    delays: DelayModel | None = None,
    scenarios: int = SEARCH_WORLDS,
    stop: Callable[[], bool] | None = None,
) -> Plan:
    """Plan who rides when, in what.

    Parameters
    ----------
    problem
        From :func:`safepassage.core.convoy.problem.build_problem`.
    pre_left
        Rows that are left whatever the plan; repeated in it.
    seed
        Same problem, seed and iterations: the same plan, byte for byte (§21).
    iterations
        Moves to make; by size of the problem if None.
    deadline
        Returns the share of a time budget used; the search ends at 1 and `iterations` is
        ignored. Such a plan cannot be reproduced exactly.
    progress
        Called about a hundred times.
    buffer_s
        Seconds kept free before each window's last moment, on top of its margin.
    lead_s
        Planned wait in the queue, for delays on the way; None for a quarter of an hour, or
        with `delays` an hour.
    certainty
        With `delays`: the most people such that everybody planned is across with at least this
        probability (§71). Where no plan found holds it, the most certain one found.
    delays
        What goes wrong; the plan then carries a promise counted in worlds that the search has not
        seen. Without `certainty` the expected value across is sought instead of the planned.
    scenarios
        Worlds in which each move is judged.
    stop
        Asked between moves; True ends the search with the best plan so far.

    Raises
    ------
    ValueError
        If `certainty` is given without `delays` or is not between 0 and 1.

    Returns
    -------
    Plan
        Without a bound; see :func:`safepassage.core.convoy.bound.bound_b0`.
    """
    budget = default_iterations(problem) if iterations is None else iterations
    _refuse(certainty, delays)
    search = _start(problem, seed, buffer_s)
    if search is not None:
        search.lead_s = _lead(lead_s, delays)
        if delays is not None:
            _aim(search, delays, certainty, scenarios, seed)
        _improve(search, budget, deadline, progress, stop)
    moves = search.moves if search is not None else budget
    timetable, onward, centre_of, failed = _with_onward(problem, search, budget, stop)
    plan = _assemble(problem, timetable, onward, centre_of, seed)
    left = _left(problem, plan, failed)
    every = tuple(sorted((*pre_left, *left), key=lambda one: one.token))
    promise = None if search is None or search.aim is None else _promise(search)
    return replace(plan, left=every, iterations=moves, promise=promise)


def warm_up() -> None:
    """Compile the search, or load it from the cache; worth a word to the user before."""
    from safepassage.core.convoy.tiny import tiny_problem

    problem = tiny_problem()
    search = _start(problem, 0, 0)
    if search is not None:
        _improve(search, CHUNK, None, None, None)


def _refuse(certainty: float | None, delays: DelayModel | None) -> None:
    if certainty is not None and delays is None:
        raise ValueError("certainty needs delays: a plan is certain only of what can go wrong")
    if certainty is not None and not 0.0 < certainty < 1.0:
        raise ValueError(f"certainty is {certainty:g}; accepted is a number between 0 and 1")


def _lead(lead_s: int | None, delays: DelayModel | None) -> int:
    if lead_s is not None:
        return lead_s
    return LEAD_S if delays is None else ROBUST_LEAD_S


def _start(problem: ConvoyProblem, seed: int, buffer_s: int) -> _Search | None:
    if not (problem.groups and problem.vehicles and problem.windows and problem.centres):
        return None
    data = compile_problem(problem, buffer_s=buffer_s)
    if not data.usable.any():
        return None
    state = empty_state(problem, data, seed)
    spare, best = saved_copy(state), saved_copy(state)
    search = _Search(problem, data, state, spare, best, no_worlds(data))
    search.best.worth[0] = -1.0
    search.work(INSERT, by_density(data))
    return search


def _aim(
    search: _Search, delays: DelayModel, certainty: float | None, scenarios: int, seed: int
) -> None:
    """Give the search its worlds, and a first plan that holds in them."""
    search.aim = make_aim(
        search.problem, search.data, delays, certainty=certainty, scenarios=scenarios, seed=seed
    )
    search.worlds = search.aim.search
    lasts = search.data.window["last"].copy()
    everybody = by_density(search.data)
    for buffer_s in BUFFERS_S:
        if buffer_s:
            _clear(search)
            search.data.window["last"] = lasts - buffer_s
            search.work(INSERT, everybody)
        if _weigh_up(search) == (certainty is not None):
            break
    if certainty is None or not search.holds():
        search.data.window["last"] = lasts
    search.aim.level = certainty or 0.0
    search.work(LOAD)


def _set_buffer(search: _Search, holds: bool) -> None:
    """Leave the search a little more of the windows where its plan holds, or go back to the best.

    Ruin and recreate fills the time that it is given; the buffer keeps it near plans that hold.
    """
    aim, window = search.aim, search.data.window
    if aim is None or search.moves == 0:
        return
    aim.misses = 0 if holds else aim.misses + 1
    if holds:
        window["last"] = np.minimum(aim.lasts, window["last"] + BUFFER_STEP_S)
    elif aim.misses == MOST_MISSES:
        aim.misses = 0
        search.work(LOAD)
        ends = [
            max(search.state.trip["end"][search.state.event[w, :count]], default=0)
            for w, count in enumerate(search.state.events)
        ]
        window["last"] = np.maximum(ends, window["last"] - MOST_MISSES * BUFFER_STEP_S // 2)


def _clear(search: _Search) -> None:
    """Go back to the plan with nobody in it."""
    empty = empty_state(search.problem, search.data, 0)
    search.state = empty._replace(random=search.state.random)


def _weigh_up(search: _Search) -> bool:
    """Judge the plan under work, keep it if it is the best so far, and say whether it holds.

    Without a certainty to hold, a plan holds that is the best so far. The level that the search's
    own worlds have to show is moved by what the plan lacks here.
    """
    aim = search.aim
    if aim is None:
        return True
    probability, _persons, value = search.judge(aim.check)
    if aim.certainty is None:
        better = value > search.expected
        if better:
            search.expected, search.probability = value, probability
            search.work(KEEP)
        return better
    low = lower_limit(probability, aim.check.day.shape[1])
    holds = low >= aim.certainty
    asked = aim.level + CAUTION * (aim.certainty - low)
    aim.level = min(aim.certainty + MOST_CAUTION, max(aim.certainty - MOST_CAUTION, asked))
    best, best_holds = search.probability or 0.0, search.holds()
    more = float(search.state.score[0]) > float(search.best.worth[0])
    better = more if holds and best_holds else holds or (not best_holds and probability > best)
    if better and search.state.score[0] > 0:
        search.probability = probability
        search.work(KEEP)
    _set_buffer(search, holds)
    return holds


def _promise(search: _Search) -> Promise:
    """Judge the plan as its timetable has it, in worlds that the search has not seen."""
    aim = search.aim
    assert aim is not None  # noqa: S101 - for mypy: called with an aim only
    search.state.planned[:] = planned_arrivals(search.data, search.state, search.lead_s)
    verdicts = [
        search.judge(promise_worlds(search.problem, search.data, aim, block), given=True)[:2]
        for block in range(PROMISE_BLOCKS)
    ]
    return promise_of(verdicts, aim.seed)


def _improve(
    search: _Search,
    budget: int,
    deadline: Callable[[], float] | None,
    progress: Callable[[Progress], None] | None,
    stop: Callable[[], bool] | None,
) -> None:
    tell = 0.0
    goal = search.moves + budget
    first = search.moves
    while True:
        done = deadline() if deadline else (search.moves - first) / max(1, budget)
        if done >= 1.0 or (deadline is None and search.moves >= goal) or (stop and stop()):
            return
        moves = CHUNK if deadline else min(CHUNK, goal - search.moves)
        search.work(
            IMPROVE,
            moves=moves,
            heat=_heat(search, budget if deadline is None else None, first, done),
        )
        if search.aim is not None:
            _weigh_up(search)
        if progress and done >= tell:
            progress(_progress(search, done))
            tell = done + 0.01


def _heat(search: _Search, budget: int | None, first: int, done: float) -> float:
    """Return the temperature at a share of the budget, colder where moves are few for the size."""
    expected = (search.moves - first) / done if budget is None and done > 0.0 else budget or 0
    share = expected / (MOVES_FOR_HEAT * len(search.problem.groups))
    top = HEAT * min(1.0, max(LEAST_HEAT / HEAT, share))
    return top * float(COOL**done) * float(np.mean(search.data.group["value"]))


def _progress(search: _Search, done: float) -> Progress:
    planned = search.best.member["trip"] >= 0
    persons = int(search.data.group["persons"][planned].sum())
    value, exposure = int(search.best.worth[0]), -float(search.best.worth[1])
    return Progress(done, search.moves, value, persons, exposure, search.probability)


def _with_onward(
    problem: ConvoyProblem, search: _Search | None, budget: int, stop: Callable[[], bool] | None
) -> tuple[Timetable, OnwardPlan, dict[str, str], frozenset[str]]:
    """Plan the far side, and plan the near side again without groups that it cannot take."""
    failed: set[str] = set()
    if search is None:
        return Timetable((), ()), OnwardPlan((), {}, ()), {}, frozenset()
    index = {group.token: g for g, group in enumerate(problem.groups)}
    repair = 0
    while True:
        search.work(LOAD)
        timetable = build_timetable(problem, search.data, search.state, search.lead_s)
        centre_of = _centre_of(problem, search.state)
        onward = plan_onward(problem, timetable.trips, timetable.returns, centre_of)
        if not onward.failed:
            return timetable, onward, centre_of, frozenset(failed)
        failed.update(onward.failed)
        lost = np.array([index[token] for token in onward.failed], np.int64)
        search.work(DROP, lost)
        if search.aim is not None:
            search.probability, _persons, search.expected = search.judge(search.aim.check)
        repair += 1
        if repair <= REPAIR_ROUNDS and not (stop and stop()):
            _improve(search, max(CHUNK, budget // 20), None, None, stop)


def _centre_of(problem: ConvoyProblem, s: State) -> dict[str, str]:
    return {
        group.token: problem.centres[s.member["centre"][g]].centre_id
        for g, group in enumerate(problem.groups)
        if s.member["trip"][g] >= 0
    }


def _assemble(
    problem: ConvoyProblem,
    timetable: Timetable,
    onward: OnwardPlan,
    centre_of: dict[str, str],
    seed: int,
) -> Plan:
    rides = {token: trip.trip_id for trip in timetable.trips for token in _tokens(trip)}
    assignments = tuple(
        Assignment(token, rides[token], onward.trip_of[token], centre_of[token])
        for token in sorted(rides)
    )
    return Plan(
        plan_version=PLAN_VERSION,
        safepassage_version=__version__,
        scenario_digest=problem.scenario_digest,
        epoch=problem.epoch.isoformat(),
        timezone=problem.timezone,
        seed=seed,
        iterations=0,
        trips=timetable.trips,
        returns=timetable.returns,
        onward=onward.trips,
        assignments=assignments,
        left=(),
        totals=totals_of(problem, timetable),
    )


def _tokens(trip: Trip) -> list[str]:
    return [token for stop in trip.stops for token in stop.boards]


def totals_of(problem: ConvoyProblem, timetable: Timetable) -> PlanTotals:
    """Return what the near-side trips achieve (§18, §19)."""
    groups = {group.token: group for group in problem.groups}
    planned = [groups[token] for trip in timetable.trips for token in _tokens(trip)]
    left_at: dict[tuple[str, str], int] = {}
    for trip in timetable.trips:
        key = (trip.vehicle_id, trip.window_id)
        left_at[key] = min(trip.depart_s, left_at.get(key, trip.depart_s))
    return PlanTotals(
        groups=len(planned),
        persons=sum(group.load.persons for group in planned),
        value_across=sum(group.value for group in planned),
        exposure_person_h=sum(_exposure(problem, trip) for trip in timetable.trips),
        vehicle_s=sum(
            back.arrive_s - left_at[back.vehicle_id, back.window_id] for back in timetable.returns
        ),
    )


def _exposure(problem: ConvoyProblem, trip: Trip) -> float:
    """Return the exposure of one trip in person-hours times hazard rate (§19)."""
    row = {place: i for i, place in enumerate(problem.matrices.place_ids)}
    rate = problem.matrices.place_hazard_rate_per_h
    persons = {group.token: group.load.persons for group in problem.groups}
    vehicles = {vehicle.vehicle_id: v for v, vehicle in enumerate(problem.vehicles)}
    of_window = {window.window_id: window.crossing_id for window in problem.windows}
    lines = {crossing.crossing_id: crossing.place_id for crossing in problem.crossings}
    risk = problem.matrices.matrices[problem.vehicle_matrix[vehicles[trip.vehicle_id]]].exposure
    line = row[lines[of_window[trip.window_id]]]
    aboard, total, here = 0, 0.0, row[trip.origin_id]
    for stop in trip.stops:
        place = row[stop.place_id]
        if aboard:
            stay_h = (stop.depart_s - stop.arrive_s) / SECONDS_PER_HOUR
            total += aboard * (float(risk[here, place]) + stay_h * float(rate[place]))
        aboard += sum(persons[token] for token in stop.boards)
        here = place
    reached_s = trip.queue_arrive_s if trip.muster_arrive_s is None else trip.muster_arrive_s
    waited_h = (trip.screening_end_s - reached_s) / SECONDS_PER_HOUR
    return total + aboard * (float(risk[here, line]) + waited_h * float(rate[line]))


def _left(problem: ConvoyProblem, plan: Plan, failed: frozenset[str]) -> list[Left]:
    rides = {one.token: one.centre_id for one in plan.assignments}
    free = {centre.centre_id: [centre.places, centre.accessible_places]
            for centre in problem.centres}  # fmt: skip
    for group in problem.groups:
        if group.token in rides:
            free[rides[group.token]][0] -= group.load.persons
            free[rides[group.token]][1] -= group.load.wheelchair + group.load.stretcher
    unplanned = [group for group in problem.groups if group.token not in rides]
    places = {centre: (one[0], one[1]) for centre, one in free.items()}
    return explain_left(problem, unplanned, plan.trips, places, failed)
