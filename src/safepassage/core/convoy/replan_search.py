"""The search for the rest of a day: first what can be kept, then what can be gained.

Three plans are compared, in the order of docs/spec/05-convoy.md §85. The first keeps every promise
that can be kept and adds who fits. The second is searched while nobody changes vehicle who was
called by one, and nobody is called earlier. The third is searched freely; whatever it changes
without need is then given back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from safepassage.core.convoy.arrays import Saved, saved_copy
from safepassage.core.convoy.engine import DROP, IMPROVE, INSERT, LOAD
from safepassage.core.convoy.greedy import by_density
from safepassage.core.convoy.replan_reduce import (
    Called,
    Rest,
    StartTrip,
    fresh_state,
)
from safepassage.core.convoy.robust import no_worlds
from safepassage.core.convoy.search import COOL, LEAST_HEAT, _Search
from safepassage.core.convoy.types import SeatCount

CHUNK = 50

Deadline = Callable[[], float]

Load = tuple[str, str, tuple[str, ...], int]
"""Vehicle, window, tokens in boarding order, and the moment before which it is not to queue."""

Loads = list[Load]
"""Each trip, in the order it is driven."""


@dataclass(slots=True)
class Searcher:
    """One search over the rest of a day."""

    rest: Rest
    search: _Search
    seed: int

    @property
    def value(self) -> int:
        """Priority-weighted persons of the best plan, without what leads the search."""
        planned = self.search.best.member["trip"] >= 0
        return sum(self.rest.problem.groups[g].value for g in np.flatnonzero(planned))

    @property
    def picked_up(self) -> int:
        """Groups of the best plan that were put off on the way and are taken."""
        return len(self.planned() & set(self.rest.standing))

    def planned(self) -> set[str]:
        """Return the groups of the best plan."""
        return {
            self.rest.problem.groups[g].token
            for g in np.flatnonzero(self.search.best.member["trip"] >= 0)
        }

    def load(self, loads: Loads, centre_of: Mapping[str, str]) -> bool:
        """Make a plan the best and the one under work; return whether its schedule holds."""
        best, state, rest = self.search.best, self.search.state, self.rest
        _write(best, rest, loads, centre_of)
        state.events[:] = -1
        self.search.work(LOAD)
        return self._holds()

    def _holds(self) -> bool:
        """Return whether the last schedule was kept: the events of every window are its trips."""
        duty, state = self.rest.data.duty, self.search.state
        trips = np.zeros(len(state.events), np.int64)
        np.add.at(trips, duty["window"], state.duty["trips"])
        return bool((state.events == trips).all())

    def loads(self) -> Loads:
        """Return the best plan."""
        best, rest = self.search.best, self.rest
        made: Loads = []
        for r, duty in enumerate(rest.data.duty):
            vehicle = rest.problem.vehicles[duty["vehicle"]].vehicle_id
            window = rest.problem.windows[duty["window"]].window_id
            for k in range(int(best.duty["trips"][r])):
                t = best.order[r, k]
                row = best.seq[t, : int(best.trip["size"][t])]
                tokens = tuple(rest.problem.groups[int(g)].token for g in row)
                made.append((vehicle, window, tokens, int(best.trip["wait"][t])))
        return made

    def centres(self) -> dict[str, str]:
        """Return the centre of each group of the best plan."""
        member, problem = self.search.best.member, self.rest.problem
        return {
            group.token: problem.centres[int(member["centre"][g])].centre_id
            for g, group in enumerate(problem.groups)
            if member["trip"][g] >= 0
        }

    def insert(self) -> None:
        """Plan who fits, most value for its time first; the result is the best."""
        self.search.work(INSERT, by_density(self.rest.data))

    def show_best(self) -> bool:
        """Make the best plan the one under work; return whether its schedule holds."""
        self.search.state.events[:] = -1
        self.search.work(LOAD)
        return self._holds()

    def timed_loads(self) -> Loads:
        """Return the best plan with every arrival held where it is.

        Otherwise a group that may be picked up earlier would bring its vehicle to the queue before
        others, and they would be late.
        """
        loads = self.loads()
        if not self.show_best():
            return loads
        state = self.search.state
        arrivals = [
            int(state.trip["arrive"][state.order[r, k]])
            for r in range(len(state.duty))
            for k in range(int(state.duty["trips"][r]))
        ]
        return [(*one[:3], at_s) for one, at_s in zip(loads, arrivals, strict=True)]

    def mark(self) -> None:
        """Make the plan under work the best, whatever that was."""
        self.search.work(INSERT, np.zeros(0, np.int64))

    def drop(self, tokens: Sequence[str]) -> None:
        """Take groups out for good."""
        index = self.rest.index
        self.search.work(DROP, np.array([index[token] for token in tokens], np.int64))

    def improve(self, moves: int, done: Deadline | None) -> int:
        """Search on from the best plan and return the moves made."""
        self.search.work(LOAD)
        heat = LEAST_HEAT * float(np.mean([g.value for g in self.rest.problem.groups] or [1]))
        made = 0
        while made < moves if done is None else done() < 1.0:
            share = made / max(1, moves) if done is None else done()
            chunk = CHUNK if done is not None else min(CHUNK, moves - made)
            self.search.work(IMPROVE, moves=chunk, heat=heat * float(COOL**share))
            made += chunk
        self.search.work(LOAD)
        return made


def _write(best: Saved, rest: Rest, loads: Loads, centre_of: Mapping[str, str]) -> None:
    duty_of, index, slots = rest.duty_of, rest.index, best.order.shape[1]
    column = {centre.centre_id: c for c, centre in enumerate(rest.problem.centres)}
    best.duty["trips"] = 0
    best.trip["size"] = best.trip["wait"] = 0
    best.member["trip"] = best.member["centre"] = -1
    best.used[:] = 0
    best.score[0] = 0
    best.worth[:] = (-1.0, 0.0, 0.0)
    for vehicle, window, tokens, wait in loads:
        r = duty_of[vehicle, window]
        k = int(best.duty["trips"][r])
        t = r * slots + k
        best.order[r, k] = t
        best.duty["trips"][r] += 1
        best.trip["size"][t], best.trip["wait"][t] = len(tokens), wait
        for i, token in enumerate(tokens):
            g = index[token]
            best.seq[t, i] = g
            best.member["trip"][g], best.member["centre"][g] = t, column[centre_of[token]]
            best.used[column[centre_of[token]]] += (
                rest.data.group["persons"][g], rest.data.group["accessible"][g]
            )  # fmt: skip
            best.score[0] += rest.data.group["value"][g]


def start_search(rest: Rest, seed: int) -> Searcher | None:
    """Return a search with nobody planned, or None if there is nothing to plan."""
    if not len(rest.data.duty) or not rest.problem.groups or not rest.problem.centres:
        return None
    state = fresh_state(rest, seed)
    spare, best = saved_copy(state), saved_copy(state)
    search = _Search(rest.problem, rest.data, state, spare, best, no_worlds(rest.data))
    search.best.worth[0] = -1.0
    return Searcher(rest, search, seed)


def keep_what_holds(
    searcher: Searcher,
    only: Sequence[StartTrip],
    every: Sequence[StartTrip],
    centre_of: Mapping[str, str],
) -> tuple[str, ...]:
    """Load as much of the old plan as still holds; those aboard come first.

    Returns
    -------
    tuple of str
        Vehicles whose people aboard cannot get across, even with nobody new picked up.
    """
    wanted = _as_loads(searcher, every)
    if searcher.load(wanted, centre_of):
        return ()
    kept: list[StartTrip] = []
    failed: list[str] = []
    for trip in only:
        if searcher.load(_as_loads(searcher, [*kept, trip]), centre_of):
            kept.append(trip)
        else:
            failed.append(trip.vehicle_id)
    for trip in every:
        if trip.vehicle_id not in failed:
            kept = _with_most_of(searcher, kept, trip, centre_of)
    searcher.load(_as_loads(searcher, kept), centre_of)
    return tuple(failed)


def _with_most_of(
    searcher: Searcher, kept: list[StartTrip], trip: StartTrip, centre_of: Mapping[str, str]
) -> list[StartTrip]:
    """Return the trips kept with as much of one more as the schedule holds."""
    aboard = {token for token in trip.tokens if token in searcher.rest.vehicle_of_aboard}
    others = [one for one in kept if not (trip.aboard and one.aboard
                                          and one.vehicle_id == trip.vehicle_id)]  # fmt: skip
    tokens = trip.tokens
    while tokens and set(tokens) != aboard:
        one = StartTrip(trip.vehicle_id, trip.window_id, tokens, trip.order_s, trip.aboard)
        if searcher.load(_as_loads(searcher, [*others, one]), centre_of):
            return [*others, one]
        tokens = tokens[:-1]
    return kept


def _as_loads(searcher: Searcher, trips: Sequence[StartTrip]) -> Loads:
    """Return the loads in the order driven, less what the facts exclude."""
    duty_of, index = searcher.rest.duty_of, searcher.rest.index
    usable = searcher.rest.usable
    loads: Loads = []
    for trip in sorted(trips, key=lambda one: (not one.aboard, one.order_s)):
        r = duty_of.get((trip.vehicle_id, trip.window_id))
        tokens = tuple(t for t in trip.tokens if t in index and r is not None
                       and usable[index[t], r])  # fmt: skip
        if tokens:
            loads.append((trip.vehicle_id, trip.window_id, tokens, 0))
    return loads


def rescue(searcher: Searcher, centre_of: Mapping[str, str]) -> None:
    """Send vehicles for people put off on the way: an added trip, else instead of one planned."""
    rest = searcher.rest
    waiting = [token for token in rest.standing if token in rest.index and token in centre_of]
    loads, centres = searcher.loads(), {**centre_of, **searcher.centres()}
    worth = {group.token: group.value for group in rest.problem.groups}
    added = [
        (-1, (vehicle, window, (), 0))
        for vehicle, window in sorted(rest.duty_of)
        if window in rest.windows_now
    ]
    planned = sorted(
        (
            (i, one) for i, one in enumerate(loads)
            if one[1] in rest.windows_now and not set(one[2]) & rest.vehicle_of_aboard.keys()
        ),
        key=lambda pair: sum(worth[token] for token in pair[1][2]),
    )  # fmt: skip
    for i, (vehicle, window, old, _wait) in (*added, *planned):
        taken = _as_many_as_fit(searcher, vehicle, window, waiting)
        if not taken:
            continue
        at = len(loads) if not old else i
        tried = [*loads[:at], (vehicle, window, taken, 0), *loads[at + 1 :]]
        if searcher.load(tried, centres):
            loads = tried
            waiting = [token for token in waiting if token not in taken]
    searcher.load(loads, centres)


def _as_many_as_fit(
    searcher: Searcher, vehicle: str, window: str, waiting: Sequence[str]
) -> tuple[str, ...]:
    rest = searcher.rest
    taken: tuple[str, ...] = ()
    r = rest.duty_of[vehicle, window]
    for token in waiting:
        if rest.usable[rest.index[token], r] and _fits(
            searcher, (vehicle, window, taken, 0), token
        ):
            taken = (*taken, token)
    return taken


def hold_back(rest: Rest) -> None:
    """Let nobody who was called be picked up earlier than told; the vehicle is free."""
    for token, called in rest.promised.items():
        g = rest.index.get(token)
        if g is not None:
            rest.data.group["ready"][g] = called.pick_up_s


def bind_promises(searcher: Searcher) -> None:
    """Let those who are planned ride only what called them, no earlier; free the others."""
    rest, planned = searcher.rest, searcher.planned()
    for token, called in rest.promised.items():
        g = rest.index.get(token)
        if g is None:
            continue
        if token not in planned:
            rest.data.group["ready"][g] = _soonest(rest, g, called)
            continue
        r = rest.duty_of[called.vehicle_id, called.window_id]
        rest.data.usable[g, :] = 0
        rest.data.usable[g, r] = rest.usable[g, r]


def release_promises(searcher: Searcher) -> None:
    """Let those called for a window under way ride anything; the days to come stay as told.

    Nobody is called earlier than can be told in time.
    """
    rest, planned = searcher.rest, searcher.planned()
    loads, centres = searcher.timed_loads(), searcher.centres()
    for token, called in rest.promised.items():
        g = rest.index.get(token)
        another_day = bool(rest.windows_now) and called.window_id not in rest.windows_now
        if g is not None and not (another_day and token in planned):
            rest.data.usable[g, :] = rest.usable[g, :]
            rest.data.group["ready"][g] = _soonest(rest, g, called)
    if searcher.load(loads, centres):
        searcher.mark()


def _soonest(rest: Rest, g: int, called: Called) -> int:
    return max(rest.problem.groups[g].ready_s, min(called.pick_up_s, int(rest.ready_s[g])))


def keep_times(searcher: Searcher, tries: int) -> None:
    """Let nobody be called earlier than told where the schedule holds so."""
    rest, ready = searcher.rest, searcher.rest.data.group["ready"]
    loads, centres = searcher.timed_loads(), searcher.centres()
    relaxed = ready.copy()
    hold_back(rest)
    if not searcher.load(loads, centres):
        ready[:] = relaxed
        for token, called in sorted(rest.promised.items())[: max(0, tries)]:
            g = rest.index.get(token)
            if g is None or ready[g] >= called.pick_up_s:
                continue
            before = int(ready[g])
            ready[g] = called.pick_up_s
            if not searcher.load(loads, centres):
                ready[g] = before
        searcher.load(loads, centres)
    searcher.mark()


def give_back(searcher: Searcher, tries: int) -> None:
    """Put groups back into the vehicle that called them where that costs nobody a seat."""
    loads, centres = searcher.timed_loads(), searcher.centres()
    for token, called in sorted(searcher.rest.promised.items()):
        if tries <= 0:
            break
        riding = next((i for i, one in enumerate(loads) if token in one[2]), None)
        if riding is None or loads[riding][0] == called.vehicle_id:
            continue
        for i, one in enumerate(loads):
            if one[:2] != (called.vehicle_id, called.window_id) or not _fits(searcher, one, token):
                continue
            tries -= 1
            tried = _moved(searcher, loads, token, riding, i)
            if searcher.load(tried, centres):
                loads = tried
                break
    searcher.load(loads, centres)
    searcher.mark()


def _fits(searcher: Searcher, one: Load, token: str) -> bool:
    groups = {group.token: group for group in searcher.rest.problem.groups}
    vehicle = next(v for v in searcher.rest.problem.vehicles if v.vehicle_id == one[0])
    load = sum((groups[other].load for other in one[2]), SeatCount()) + groups[token].load
    return vehicle.usable.holds(load) and not groups[token].apart_from & set(one[2])


def _moved(searcher: Searcher, loads: Loads, token: str, riding: int, to: int) -> Loads:
    """Return the loads with a group moved, next to those of its place or at the end."""
    place = {group.token: group.place_id for group in searcher.rest.problem.groups}
    made: Loads = []
    for i, (vehicle, window, tokens, wait) in enumerate(loads):
        if i == riding:
            tokens = tuple(one for one in tokens if one != token)
        if i == to:
            same = [n for n, one in enumerate(tokens) if place[one] == place[token]]
            at = same[-1] + 1 if same else len(tokens)
            tokens = (*tokens[:at], token, *tokens[at:])
        if tokens:
            made.append((vehicle, window, tokens, wait))
    return made
