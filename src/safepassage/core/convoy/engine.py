"""The compiled engine of the search: one entry for all it does, so that it is compiled once.

Each entry of its own would compile the whole schedule again; the tasks are told apart by a number.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from safepassage.core.convoy import arrays, greedy, moves, robust_kernel, schedule
from safepassage.core.convoy.arrays import Data, Floats, Ints, Saved, State
from safepassage.core.convoy.greedy import insert_in_order
from safepassage.core.convoy.kernel import entry, inner, stamp_of
from safepassage.core.convoy.moves import (
    insert,
    pick_unplanned,
    remember,
    reschedule,
    ruin,
    sort_pool,
    take_out,
    undo,
    uniform,
)
from safepassage.core.convoy.robust_kernel import (
    LATE,
    VALUE,
    Worlds,
    judge,
    plan_arrivals,
)

Work = Callable[..., Any]

BLINK = 0.02
"""Probability that a place for a group is overlooked; keeps the search from repeating itself."""

INSERT, IMPROVE, LOAD, DROP, KEEP, JUDGE = range(6)
"""Tasks: plan groups in a given order; anneal; go back to the best plan; take groups out; make the
plan the best; judge it under delays."""

AIM_EXPECTED, AIM_LEVEL, AIM_PRICE, AIM_LEAD, AIM_GIVEN = range(5)
"""Numbers of an aim: 1 to seek expected value; the probability to hold; priority-weighted persons
that a second beyond it costs; the lead in s; 1 where planned arrivals are given for JUDGE."""


@inner
def weigh(d: Data, s: State, worth: Floats) -> None:
    """Set `worth` to the value, the exposure and the vehicle seconds of a plan (§18)."""
    risk, seconds = 0.0, 0
    for r in range(len(d.duty)):
        if s.duty[r].trips > 0:
            seconds += s.duty[r].back - s.duty[r].leave
        for k in range(s.duty[r].trips):
            risk += s.trip[s.order[r, k]].risk
    worth[0], worth[1], worth[2] = s.score[0], -risk, -seconds


@inner
def better(one: Floats, other: Floats) -> bool:
    """Return whether `one` comes before `other` in the order of §18."""
    for i in range(3):
        if one[i] != other[i]:
            return bool(one[i] > other[i])
    return False


@inner
def busy_s(d: Data, s: State) -> float:
    """Return seconds of driving, boarding, screening and alighting, waits left out."""
    total = 0
    for r in range(len(d.duty)):
        for k in range(s.duty[r].trips):
            t = s.order[r, k]
            origin = d.duty[r].depot if k == 0 else d.window[d.duty[r].window].line
            total += d.time[d.duty[r].matrix, origin, s.trip[t].first] + s.trip[t].core
            total += s.trip[t].screen + s.trip[t].alight
    return float(total)


@inner
def copy_plan(one: State | Saved, other: State | Saved) -> None:
    """Copy what defines a plan from one to the other."""
    for r in range(one.order.shape[0]):
        for k in range(one.duty[r].trips):
            t = one.order[r, k]
            other.order[r, k] = t
            for i in range(one.trip[t].size):
                other.seq[t, i] = one.seq[t, i]
    for c in range(len(one.used)):
        other.used[c, 0], other.used[c, 1] = one.used[c, 0], one.used[c, 1]
    other.score[0] = one.score[0]
    for r in range(len(one.duty)):
        other.duty[r].trips = one.duty[r].trips
    for t in range(len(one.trip)):
        other.trip[t].size = one.trip[t].size
        other.trip[t].wait = one.trip[t].wait
    for g in range(len(one.member)):
        other.member[g].trip = one.member[g].trip
        other.member[g].centre = one.member[g].centre


@inner
def keep_best(s: State, best: Saved, worth: Floats) -> None:
    """Copy the plan of `s` to `best`."""
    copy_plan(s, best)
    for i in range(len(worth)):
        best.worth[i] = worth[i]


@inner
def prize(d: Data, s: State, x: Worlds, aim: Floats) -> float:
    """Return what delays change in the worth of a plan, at most 0."""
    if x.day.shape[1] == 0:
        return 0.0
    plan_arrivals(d, s, int(aim[AIM_LEAD]), s.planned)
    judge(d, s, x, s.planned, aim[AIM_LEVEL], s.verdict)
    if aim[AIM_EXPECTED] > 0.0:
        return float(s.verdict[VALUE] - s.score[0])
    return float(-aim[AIM_PRICE] * max(0.0, s.verdict[LATE]))


@inner
def anneal(
    d: Data, s: State, b: Saved, best: Saved, moves: int,
    heat: float, second_cost: float, risk_cost: float, mean_out: float, x: Worlds, aim: Floats,
) -> None:  # fmt: skip
    """Make moves at one temperature.

    Parameters
    ----------
    heat
        Temperature in priority-weighted persons.
    second_cost, risk_cost
        Worth of a vehicle's second and of a unit of exposure, in the same. They lead the search
        only; the best plan is told by :func:`better`.
    mean_out
        Groups taken out by a move, about.
    """
    worth = np.zeros(3)
    weigh(d, s, worth)
    now = worth[0] + risk_cost * worth[1] - second_cost * busy_s(d, s) + prize(d, s, x, aim)
    sure = x.day.shape[1] == 0
    full = sure or aim[AIM_EXPECTED] > 0.0
    for _ in range(moves):
        remember(d, s, b)
        seed = ruin(d, s, b, mean_out)
        shy = 0.0 if full or uniform(s) < 0.5 else uniform(s)
        if shy < 0.5:
            pick_unplanned(d, s, seed, 4, 4)
        if not reschedule(d, s):
            undo(d, s, b)
            continue
        sort_pool(d, s)
        trip_weight = 0.25 + 0.75 * uniform(s)
        for i in range(s.picked[0]):
            if shy > 0.0 and uniform(s) < 0.3 * shy:
                continue
            insert(d, s, b, s.pool[i], BLINK, trip_weight)
        weigh(d, s, worth)
        after = worth[0] + risk_cost * worth[1] - second_cost * busy_s(d, s)
        least = now + heat * math.log(uniform(s) + 1e-300)
        if after > least and not sure:
            after += prize(d, s, x, aim)
        if after <= least:
            undo(d, s, b)
            continue
        now = after
        if sure and better(worth, best.worth):
            keep_best(s, best, worth)


@inner
def mark_best(d: Data, s: State, best: Saved) -> None:
    """Make the plan of `s` the best so far, whatever that was."""
    worth = np.zeros(3)
    weigh(d, s, worth)
    keep_best(s, best, worth)


@inner
def load_plan(d: Data, s: State, plan: Saved) -> bool:
    """Make a copied plan the plan of `s` and schedule it."""
    copy_plan(plan, s)
    for r in range(len(d.duty)):
        s.duty[r].touched = 1
    return bool(reschedule(d, s))


@inner
def drop_groups(d: Data, s: State, b: Saved, groups: Ints) -> None:
    """Take groups out for good, and the rest of their trips if the schedule needs that."""
    remember(d, s, b)
    slots = np.zeros(len(groups), np.int64)
    for i in range(len(groups)):
        g = int(groups[i])
        slots[i] = s.member[g].trip
    for g in groups:
        for r in range(len(d.duty)):
            d.usable[g, r] = 0
        take_out(d, s, b, g)
    if reschedule(d, s):
        return
    for t in slots:
        while s.trip[t].size > 0:
            take_out(d, s, b, s.seq[t, 0])
    reschedule(d, s)


@inner
def run_task(
    task: int, d: Data, s: State, b: Saved, best: Saved, groups: Ints, moves: int,
    heat: float, second_cost: float, risk_cost: float, mean_out: float, x: Worlds, aim: Floats,
) -> None:  # fmt: skip
    """Do one task on the plan of `s`; after DROP, and INSERT without delays, it is the best.

    Parameters
    ----------
    groups
        For INSERT in order, and for DROP.
    moves, heat, second_cost, risk_cost, mean_out
        For IMPROVE; see :func:`anneal`.
    x, aim
        Worlds of delays, none for a search that knows none, and what is wanted of a plan in them.
    """
    if task == IMPROVE:
        anneal(d, s, b, best, moves, heat, second_cost, risk_cost, mean_out, x, aim)
        return
    if task == JUDGE:
        if aim[AIM_GIVEN] == 0.0:
            plan_arrivals(d, s, int(aim[AIM_LEAD]), s.planned)
        judge(d, s, x, s.planned, aim[AIM_LEVEL], s.verdict)
        return
    if task == LOAD:
        load_plan(d, s, best)
        return
    if task == INSERT:
        insert_in_order(d, s, b, groups)
        if x.day.shape[1] > 0:
            return
    elif task == DROP:
        drop_groups(d, s, b, groups)
    mark_best(d, s, best)


def _compile_work(stamp: int) -> Work:
    @entry
    def work(
        task: int, d: Data, s: State, b: Saved, best: Saved, groups: Ints, moves: int,
        heat: float, second_cost: float, risk_cost: float, mean_out: float, x: Worlds, aim: Floats,
    ) -> None:  # fmt: skip
        if task == stamp:  # no task has this number: it is here to be part of the cache's key
            return
        run_task(task, d, s, b, best, groups, moves, heat, second_cost, risk_cost, mean_out, x, aim)

    return cast("Work", work)


work = _compile_work(
    stamp_of(arrays, schedule, moves, greedy, robust_kernel, sys.modules[__name__])
)
"""See :func:`run_task`."""
