"""Compiled pricing: the best trips at a price of time, and the best day of a vehicle from them.

All values are whole millionths of a weighted person, all times whole seconds, so that nothing is
rounded. A *state* is a load by seat kind; a *memory* is a set of a group's neighbours, as bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.arrays import Ints
from safepassage.core.convoy.kernel import entry, inner

NOTHING = -(1 << 60)
"""Stands for what cannot be: far below any value."""


@entry
def follow_memories(near: Ints) -> NDArray[np.int16]:
    """Return what a group remembers of a way that it is put before.

    Parameters
    ----------
    near
        int64[n, m], neighbours that a group remembers, -1 for none.

    Returns
    -------
    int16[n, n, 2^m]
        By group, first group of the way, and what that one remembers; -1 where the group is
        remembered on the way and may not be put before it.
    """
    groups, bits = near.shape
    place = np.full((groups, groups), -1, np.int64)
    for g in range(groups):
        for b in range(bits):
            if near[g, b] >= 0:
                place[g, near[g, b]] = b
    follow = np.zeros((groups, groups, 1 << bits), np.int16)
    for g in range(groups):
        for h in range(groups):
            for memory in range(1 << bits):
                kept = 1 << place[g, h] if place[g, h] >= 0 else 0
                for b in range(bits):
                    known = near[h, b] if memory >> b & 1 else -1
                    if known >= 0 and place[g, known] >= 0:
                        kept |= 1 << place[g, known]
                    if known == g:
                        kept = -1
                        break
                follow[g, h, memory] = -1 if g == h else kept
    return follow


@inner
def keep_best(row: Ints, kept: NDArray[np.int16]) -> int:
    """Clear dominated values of `row` and write the memories left to `kept`; return how many.

    A way that remembers less and is worth no less can do all that the other can.
    """
    count = 0
    for memory in range(len(row)):
        smaller = memory
        while smaller and row[memory] > NOTHING:
            smaller = (smaller - 1) & memory
            if row[smaller] >= row[memory]:
                row[memory] = NOTHING
        if row[memory] > NOTHING:
            kept[count] = memory
            count += 1
    return count


@entry
def price_trips(
    profit: Ints, arc: Ints, out: Ints, before: Ints, kind: Ints,
    follow: NDArray[np.int16], rate: int, best: Ints,
) -> None:  # fmt: skip
    """Fill `best` with the most profit less time of ways to the line, by load, group and memory.

    Ways are built backwards from the line: a group is put before a way only if the way's first
    group does not remember it (ng-routes: Baldacci, Mingozzi and Roberti 2011,
    https://doi.org/10.1287/opre.1110.0975); so every way without repetition is among them.

    Parameters
    ----------
    profit
        int64[n].
    arc
        int64[n, n], seconds to board a group and go on to the stop of another.
    out
        int64[n], seconds to board a group and drive to the line.
    before
        int64[K, kinds], the state before a group of a kind boards, -1 if there is none; a state
        comes after the states before it, and state 0 is empty.
    kind
        int64[n], kind of load.
    follow
        See :func:`follow_memories`.
    rate
        Price of a second.
    best
        int64[K, n, 2^m], overwritten; `NOTHING` where there is no way.
    """
    states, groups, memories = best.shape
    count = np.zeros((states, groups), np.int64)
    kept = np.zeros((states, groups, memories), np.int16)
    for k in range(states):
        for g in range(groups):
            row = best[k, g]
            row[:] = NOTHING
            earlier = before[k, kind[g]]
            if earlier < 0:
                continue
            if earlier == 0:
                row[0] = profit[g] - rate * out[g]
            for h in range(groups):
                gain = profit[g] - rate * arc[g, h]
                for i in range(count[earlier, h]):
                    memory = kept[earlier, h, i]
                    there = follow[g, h, memory]
                    if there >= 0:
                        row[there] = max(row[there], best[earlier, h, memory] + gain)
            count[k, g] = keep_best(row, kept[k, g])


@entry
def price_day(
    first: Ints, later: Ints, free: Ints, cost: Ints, table: Ints, begin: int,
    value: Ints, waiting: Ints, came: Ints,
) -> int:  # fmt: skip
    """Return the worth of the best day of a vehicle in a window.

    Time runs in cells. A vehicle that is free in a cell may wait; so may a trip in the queue.

    Parameters
    ----------
    first, later
        int64[J, Q, D], worth of a trip of a size by its cells from origin to queue, not falling
        in D; J tables.
    free
        int64[Q], cells from the start of screening to being free again.
    cost
        int64[Q, T], price of the lane if screening starts in the cell, -1 where it may not.
    table
        int64[T], which of the J tables holds for an arrival in the cell.
    begin
        Cell in which the vehicle may leave its depot.
    value, waiting, came
        int64[T + 1], int64[T, Q], int64[T + 1, 2], overwritten: worth of being free in a cell, of
        waiting in the queue in it, and the (cell, size) screened before being free in it; the last
        row is for the end of the best day.
    """
    sizes, cells = cost.shape
    durations = first.shape[2]
    value[:] = NOTHING
    came[:] = -1
    best = 0
    for cell in range(cells):
        if cell > 0 and value[cell - 1] > value[cell]:
            value[cell] = value[cell - 1]
            came[cell] = came[cell - 1]
        for q in range(sizes):
            top = waiting[cell - 1, q] if cell > 0 else NOTHING
            if cell >= begin:
                top = max(top, first[table[cell], q, min(cell - begin, durations - 1)])
                row = later[table[cell], q]
                for d in range(1, min(durations, cell - begin + 1)):
                    top = max(top, value[cell - d] + row[d])
            waiting[cell, q] = top
            if cost[q, cell] < 0:
                continue
            total = top - cost[q, cell]
            if total > best:
                best = total
                came[cells] = cell, q
            released = cell + free[q]
            if released < cells and total > value[released]:
                value[released] = total
                came[released] = cell, q
    return int(best)


@entry
def trace(
    profit: Ints, arc: Ints, before: Ints, kind: Ints, follow: NDArray[np.int16],
    rate: int, best: Ints, state: int, group: int, memory: int, way: Ints,
) -> int:  # fmt: skip
    """Write the groups of a way that reaches a value of `best` to `way`; return how many."""
    length = 0
    while True:
        way[length] = group
        length += 1
        earlier = before[state, kind[group]]
        wanted = best[state, group, memory]
        found = False
        if earlier > 0:
            for h in range(len(profit)):
                gain = profit[group] - rate * arc[group, h]
                for old in range(best.shape[2]):
                    if (
                        not found
                        and best[earlier, h, old] > NOTHING
                        and follow[group, h, old] == memory
                        and best[earlier, h, old] + gain == wanted
                    ):
                        found = True
                        state, after, memory = earlier, h, old
                if found:
                    group = after
                    break
        if not found:
            return length
