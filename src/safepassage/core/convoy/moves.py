"""Compiled kernels that change a plan: take groups out, put groups in, and undo.

Ruin and recreate after slack induction by string removals (Christiaens and Vanden Berghe 2020,
https://doi.org/10.1287/trsc.2019.0914): strings of neighbouring stops are taken out of several
trips and put back one group after the other at the cheapest place that the whole joint schedule
allows. Added for convoys: groups that are not planned compete for the room made, whole trips are
opened, closed and moved, and a vehicle may be held back in its depot.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.arrays import NEVER, NO_WAY_S, Data, Floats, Ints, Saved, State
from safepassage.core.convoy.kernel import inner
from safepassage.core.convoy.schedule import (
    arrival,
    drive_in,
    first_changed,
    measure,
    simulate,
)

KEPT = 3
"""Cheapest insertions of one group that are tried in the joint schedule."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@inner
def draw(random: NDArray[np.uint64]) -> float:
    """Return the next number in [0, 1): splitmix64, the same on every machine."""
    random[0] += _GOLDEN
    z = random[0]
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    z ^= z >> _S31
    return float(z >> _S11) * (1.0 / 9007199254740992.0)


@inner
def uniform(s: State) -> float:
    """Return the next number in [0, 1) of the search."""
    return float(draw(s.random))


@inner
def below(s: State, n: int) -> int:
    """Return the next whole number in [0, n)."""
    return int(uniform(s) * n)


@inner
def has_room(d: Data, s: State, c: int, g: int) -> bool:
    """Return whether centre `c` has places left for group `g` (§15)."""
    return bool(
        s.used[c, 0] + d.group[g].persons <= d.rooms[c, 0]
        and s.used[c, 1] + d.group[g].accessible <= d.rooms[c, 1]
    )


@inner
def move_in(d: Data, s: State, g: int, c: int) -> None:
    """Give group `g` the centre `c`, or take its centre away if `c` is -1."""
    old = s.member[g].centre
    if old >= 0:
        s.used[old, 0] -= d.group[g].persons
        s.used[old, 1] -= d.group[g].accessible
    if c >= 0:
        s.used[c, 0] += d.group[g].persons
        s.used[c, 1] += d.group[g].accessible
    s.member[g].centre = c


@inner
def find_room(d: Data, s: State, g: int) -> int:
    """Return a centre for group `g`, moving one other group if that makes room, or -1."""
    wished = d.wish.shape[1]
    for i in range(wished):
        c = int(d.wish[g, i])
        if c >= 0 and has_room(d, s, c, g):
            return c
    for i in range(wished):
        c = int(d.wish[g, i])
        if c < 0 or d.rooms[c, 0] < d.group[g].persons or d.rooms[c, 1] < d.group[g].accessible:
            continue
        for h in range(len(d.group)):
            if s.member[h].centre == c and make_room(d, s, h, c, g):
                return c
    return -1


@inner
def make_room(d: Data, s: State, h: int, c: int, g: int) -> bool:
    """Move group `h` out of centre `c` if it has another and `g` then has room in `c`."""
    for j in range(d.wish.shape[1]):
        other = d.wish[h, j]
        if other < 0 or other == c or not has_room(d, s, other, h):
            continue
        move_in(d, s, h, other)
        if has_room(d, s, c, g):
            return True
        move_in(d, s, h, c)
    return False


@inner
def open_slot(s: State, g: int, r: int, k: int) -> int:
    """Insert a trip with only group `g` as the `k`-th of duty `r` and return its slot."""
    trips = s.duty[r].trips
    slot = -1
    for t in range(r * s.order.shape[1], (r + 1) * s.order.shape[1]):
        if s.trip[t].size == 0:
            slot = t
            break
    for i in range(trips, k, -1):
        s.order[r, i] = s.order[r, i - 1]
    s.order[r, k] = slot
    s.duty[r].trips = trips + 1
    s.seq[slot, 0] = g
    s.trip[slot].size = 1
    s.trip[slot].wait = -NEVER
    return slot


@inner
def close_slot(s: State, r: int, k: int) -> None:
    """Take the `k`-th trip of duty `r` out of its order."""
    s.trip[s.order[r, k]].size = 0
    for i in range(k, s.duty[r].trips - 1):
        s.order[r, i] = s.order[r, i + 1]
    s.duty[r].trips -= 1


@inner
def board(s: State, g: int, t: int, index: int) -> None:
    """Put group `g` at `index` of the boarding order of slot `t`."""
    for i in range(s.trip[t].size, index, -1):
        s.seq[t, i] = s.seq[t, i - 1]
    s.seq[t, index] = g
    s.trip[t].size += 1


@inner
def unboard(s: State, t: int, index: int) -> None:
    """Take the group at `index` out of slot `t`."""
    for i in range(index, s.trip[t].size - 1):
        s.seq[t, i] = s.seq[t, i + 1]
    s.trip[t].size -= 1


@inner
def settle(d: Data, s: State, r: int, k: int, was: int) -> bool:
    """Keep the schedule with the changed `k`-th trip of duty `r` if there is one."""
    w = d.duty[r].window
    e = first_changed(d, s, w, r, k, was)
    held = False
    for write in range(2):
        held = simulate(d, s, w, e, r, k, write == 1)
        if not held:
            break
    return held


@inner
def try_boarding(d: Data, s: State, g: int, r: int, k: int, index: int) -> bool:
    """Board `g` on an existing trip if the joint schedule allows; otherwise change nothing."""
    t = s.order[r, k]
    was = s.trip[t].arrive
    board(s, g, t, index)
    if measure(d, s, t, r) and settle(d, s, r, k, was):
        return True
    unboard(s, t, index)
    measure(d, s, t, r)
    return False


@inner
def idle_lane(d: Data, s: State, r: int, k: int) -> int:
    """Return a moment, chosen at random, at which the `k`-th trip meets an idle lane, or -1.

    Screened in such a gap it delays nobody; a vehicle that comes as early as it can delays
    everybody behind it.
    """
    t = s.order[r, k]
    w = d.duty[r].window
    soonest = max(arrival(d, s, r, k), d.window[w].opens)
    chosen, found = -1, 0
    for e in range(s.events[w] + 1):
        free = s.free[w, e, 0]
        for lane in range(1, d.window[w].lanes):
            free = min(free, s.free[w, e, lane])
        moment = max(free, soonest)
        closes = d.window[w].last
        if e < s.events[w]:
            closes = s.trip[s.event[w, e]].start
            if s.trip[s.event[w, e]].arrive <= moment:
                continue
        if moment + s.trip[t].screen <= closes:
            found += 1
            if below(s, found) == 0:
                chosen = moment
    return chosen


@inner
def try_new_trip(d: Data, s: State, g: int, r: int, k: int) -> bool:
    """Open a trip for `g` if the joint schedule allows; otherwise change nothing."""
    was = NEVER
    if k < s.duty[r].trips:
        was = s.trip[s.order[r, k]].arrive
    slot = open_slot(s, g, r, k)
    if measure(d, s, slot, r):
        for _ in range(2):
            if settle(d, s, r, k, was):
                return True
            s.trip[slot].wait = idle_lane(d, s, r, k)
            if s.trip[slot].wait < 0:
                break
    close_slot(s, r, k)
    return False


@inner
def new_trip_cost(d: Data, s: State, g: int, r: int, k: int) -> int:
    """Return the seconds of a trip with `g` alone as the `k`-th of duty `r`, or NO_WAY_S."""
    w = d.duty[r].window
    time = d.time[d.duty[r].matrix]
    origin = d.duty[r].depot if k == 0 else d.window[w].line
    drive = (
        time[origin, d.group[g].place]
        + d.stop_s[0]
        + d.group[g].board
        + time[d.group[g].place, d.window[w].line]
    )
    takes = drive + d.window[w].screen_vehicle + d.screen[w, g]
    if k < s.duty[r].trips:
        after = s.order[r, k]
        leaves = s.trip[after].arrive - drive_in(d, s, r, k, after)
        return (
            takes
            if takes + d.group[g].alight <= s.trip[after].slack + s.trip[after].arrive - leaves
            else NO_WAY_S
        )
    leaves = d.duty[r].moves_from
    if k > 0:
        before = s.order[r, k - 1]
        leaves = s.trip[before].end + s.trip[before].alight
    arrives = max(leaves + drive, d.window[w].opens, d.group[g].ready)
    return takes if arrives + takes - drive <= d.window[w].last else NO_WAY_S


@inner
def touch(s: State, b: Saved, r: int) -> None:
    """Copy duty `r` before it is changed for the first time in this move."""
    if s.duty[r].touched:
        return
    s.duty[r].touched = 1
    b.duty[r].trips = s.duty[r].trips
    for k in range(s.duty[r].trips):
        t = s.order[r, k]
        b.order[r, k] = t
        b.trip[t].size = s.trip[t].size
        b.trip[t].wait = s.trip[t].wait
        for i in range(s.trip[t].size):
            b.seq[t, i] = s.seq[t, i]


@inner
def keep(cost: Floats, found: Ints, seconds: float, r: int, k: int, index: int) -> None:
    """Put an insertion among the cheapest, in order of cost."""
    i = len(cost) - 1
    while i > 0 and cost[i - 1] > seconds:
        cost[i] = cost[i - 1]
        for j in range(3):
            found[i, j] = found[i - 1, j]
        i -= 1
    cost[i] = seconds
    found[i, 0], found[i, 1], found[i, 2] = r, k, index


@inner
def list_places(  # noqa: C901 - one kernel for speed: see kernel.py
    d: Data, s: State, g: int, blink: float, trip_weight: float, cost: Floats, found: Ints
) -> None:
    """List the cheapest boardings of `g`, then in the second half the cheapest new trips.

    A boarding is listed only where the duty could take up its delay, the others staying.
    """
    half, most = len(cost) // 2, s.order.shape[1]
    duty, window, group, of_duty, trip = d.duty, d.window, d.group, s.duty, s.trip
    order, seq, random, usable, times, screens = (
        s.order,
        s.seq,
        s.random,
        d.usable,
        d.time,
        d.screen,
    )
    here, stop_s = group[g].place, d.stop_s[0]
    seated, wheelchair = group[g].seated, group[g].wheelchair
    stretcher, board_s, alight_s = group[g].stretcher, group[g].board, group[g].alight
    apart_low, apart_high = d.apart_from[g], d.apart_from[g + 1]
    for r in range(len(duty)):
        if usable[g, r] == 0:
            continue
        trips, places = of_duty[r].trips, duty[r]
        w = places.window
        line, last, screen_s = window[w].line, window[w].last, screens[w, g]
        time = times[places.matrix]
        for k in range(trips):
            t = order[r, k]
            one = trip[t]
            converted = max(0, one.wheelchair + wheelchair - places.wheelchair)
            if (
                converted > places.convertible
                or one.stretcher + stretcher > places.stretcher
                or one.seated + seated + converted * places.lost > places.seated
            ):
                continue
            together = False
            for i in range(apart_low, apart_high):
                together |= s.member[d.apart[i]].trip == t
            if together or draw(random) < blink:
                continue
            previous = places.depot if k == 0 else line
            origin = previous
            cheapest, index = NO_WAY_S, 0
            n = one.size
            for i in range(n + 1):
                after = line if i == n else group[seq[t, i]].place
                if after == here and i < n:
                    cheapest, index = 0, i
                    break
                if after == previous and 0 < i < n:
                    continue
                extra = time[previous, here] + time[here, after] - time[previous, after] + stop_s
                if extra < cheapest:
                    cheapest, index = extra, i
                previous = after
            if cheapest >= cost[half - 1]:
                continue
            leaves = places.moves_from
            if k > 0:
                before = trip[order[r, k - 1]]
                leaves = before.end + before.alight
            spare = one.start - (leaves + time[origin, one.first] + one.core)
            late = max(0, cheapest + board_s - spare) + screen_s
            if one.end + late > last:
                continue
            if k + 1 < trips:
                after_it = trip[order[r, k + 1]]
                drive = time[line, after_it.first] + after_it.core
                idle = after_it.arrive - one.end - one.alight - drive
                if late + alight_s > idle + after_it.slack:
                    continue
            keep(cost[:half], found[:half], cheapest, r, k, index)
        if trips == most or draw(random) < blink:
            continue
        k = trips if draw(random) < 0.6 else int(draw(random) * (trips + 1))
        extra = new_trip_cost(d, s, g, r, k)
        weighted = extra * trip_weight * (0.8 + 0.4 * draw(random))
        if extra < NO_WAY_S and weighted < cost[-1]:
            keep(cost[half:], found[half:], weighted, r, k, -1)


@inner
def insert(d: Data, s: State, b: Saved, g: int, blink: float, trip_weight: float) -> bool:
    """Plan group `g` at the cheapest place that holds, or return False.

    Parameters
    ----------
    blink
        Probability that a place is overlooked.
    trip_weight
        Weight of a new trip's seconds against seconds added to a trip.
    """
    c = find_room(d, s, g)
    if c < 0:
        return False
    cost = np.full(2 * KEPT, np.inf)
    found = np.zeros((2 * KEPT, 3), np.int64)
    list_places(d, s, g, blink, trip_weight, cost, found)
    old, new = 0, KEPT
    for _ in range(2 * KEPT):
        if old < KEPT and (new == 2 * KEPT or cost[old] <= cost[new]):
            i = old
            old += 1
        else:
            i = new
            new += 1
        if cost[i] == np.inf:
            continue
        r, k, index = found[i]
        touch(s, b, r)
        if try_new_trip(d, s, g, r, k) if index < 0 else try_boarding(d, s, g, r, k, index):
            s.member[g].trip = s.order[r, k]
            move_in(d, s, g, c)
            s.score[0] += d.group[g].value
            return True
    return False


@inner
def take_out(d: Data, s: State, b: Saved, g: int) -> None:
    """Take group `g` out of its trip; an empty trip is closed."""
    t = s.member[g].trip
    r = t // s.order.shape[1]
    touch(s, b, r)
    for i in range(s.trip[t].size):
        if s.seq[t, i] == g:
            unboard(s, t, i)
            break
    if s.trip[t].size == 0:
        for k in range(s.duty[r].trips):
            if s.order[r, k] == t:
                close_slot(s, r, k)
                break
    s.member[g].trip = -1
    move_in(d, s, g, -1)
    s.score[0] -= d.group[g].value
    pick(s, g)


@inner
def pick(s: State, g: int) -> None:
    """Make group `g` a candidate for planning in this move."""
    if not s.member[g].picked:
        s.member[g].picked = 1
        s.pool[s.picked[0]] = g
        s.picked[0] += 1


@inner
def ruin_strings(d: Data, s: State, b: Saved, seed: int, strings: int, most: int) -> None:
    """Take strings of neighbouring stops out of the trips nearest to group `seed`."""
    done = 0
    for i in range(d.near.shape[1]):
        g = d.near[seed, i]
        t = s.member[g].trip
        if t < 0 or (s.duty[t // s.order.shape[1]].touched and uniform(s) < 0.5):
            continue
        index = 0
        for j in range(s.trip[t].size):
            if s.seq[t, j] == g:
                index = j
        length = 1 + below(s, min(most, s.trip[t].size))
        low = max(0, index - below(s, length))
        for _ in range(min(length, s.trip[t].size - low)):
            take_out(d, s, b, s.seq[t, low])
        done += 1
        if done == strings:
            break


@inner
def ruin_trip(d: Data, s: State, b: Saved, r: int) -> None:
    """Take out a whole trip of duty `r`."""
    if s.duty[r].trips > 0:
        t = s.order[r, below(s, s.duty[r].trips)]
        for _ in range(s.trip[t].size):
            take_out(d, s, b, s.seq[t, 0])


@inner
def ruin_scattered(d: Data, s: State, b: Saved, count: int) -> None:
    """Take out groups of little value for their time, from anywhere."""
    for _ in range(count):
        worst, chosen = np.inf, -1
        for _try in range(4):
            g = below(s, len(d.group))
            if s.member[g].trip >= 0 and density(d, g) < worst:
                worst, chosen = density(d, g), g
        if chosen >= 0:
            take_out(d, s, b, chosen)


@inner
def change_wait(s: State, b: Saved, r: int) -> None:
    """Let a trip of duty `r` go as early as it can, or hold it back by a random time."""
    if s.duty[r].trips == 0:
        return
    touch(s, b, r)
    t = s.order[r, below(s, s.duty[r].trips)]
    s.trip[t].wait = -NEVER if uniform(s) < 0.5 else s.trip[t].start + below(s, 3600)


@inner
def density(d: Data, g: int) -> float:
    """Return the value of a group for each second that it takes to board, check and alight."""
    takes = d.stop_s[0] + d.group[g].board + d.screen[0, g] + d.group[g].alight
    return float(d.group[g].value / (1.0 + takes))


@inner
def ruin(d: Data, s: State, b: Saved, mean_out: float) -> int:
    """Take groups out in one of several ways and return the group the move is about."""
    seed = below(s, len(d.group))
    how = uniform(s)
    r = below(s, len(d.duty))
    if how < 0.70:
        most = 1 + below(s, 10)
        strings = 1 + below(s, 1 + int(4.0 * mean_out / (1.0 + most)))
        ruin_strings(d, s, b, seed, strings, most)
    elif how < 0.80:
        ruin_trip(d, s, b, r)
        if uniform(s) < 0.5:
            ruin_strings(d, s, b, seed, 1, 4)
    elif how < 0.95:
        ruin_scattered(d, s, b, 1 + below(s, int(2.0 * mean_out)))
    else:
        change_wait(s, b, r)
        ruin_strings(d, s, b, seed, 1, 6)
    if s.picked[0] > 0:
        return int(s.pool[below(s, s.picked[0])])
    return int(seed)


@inner
def pick_unplanned(d: Data, s: State, seed: int, near: int, far: int) -> None:
    """Make candidates of groups that are not planned, near `seed` and anywhere."""
    for i in range(d.near.shape[1]):
        if near == 0:
            break
        g = d.near[seed, i]
        if s.member[g].trip < 0 and not s.member[g].picked and uniform(s) < 0.7:
            pick(s, g)
            near -= 1
    for _ in range(far):
        g = below(s, len(d.group))
        if s.member[g].trip < 0:
            pick(s, g)


@inner
def sort_pool(d: Data, s: State) -> None:
    """Put the candidates in one of several orders, each a little shuffled."""
    how = uniform(s)
    n = s.picked[0]
    r = 0
    for i in range(n):
        g = s.pool[i]
        drive = d.time[d.duty[r].matrix, d.group[g].place, d.window[d.duty[r].window].line]
        if how < 0.35:
            key = -density(d, g)
        elif how < 0.55:
            key = -float(d.group[g].value)
        elif how < 0.65:
            key = -float(d.group[g].persons)
        elif how < 0.75:
            key = -float(drive)
        elif how < 0.85:
            key = -d.group[g].value / (600.0 + drive + d.group[g].board)
        else:
            key = -1.0
        s.key[i] = key * (0.7 + 0.6 * uniform(s))
    for i in range(1, n):
        g, key = s.pool[i], s.key[i]
        j = i
        while j > 0 and s.key[j - 1] > key:
            s.pool[j], s.key[j] = s.pool[j - 1], s.key[j - 1]
            j -= 1
        s.pool[j], s.key[j] = g, key


@inner
def reschedule(d: Data, s: State) -> bool:
    """Measure the touched duties anew and run their windows from the start."""
    for r in range(len(d.duty)):
        if s.duty[r].touched:
            for k in range(s.duty[r].trips):
                if not measure(d, s, s.order[r, k], r):
                    return False
            s.window_dirty[d.duty[r].window] = 1
    for r in range(len(d.duty)):
        if s.window_dirty[d.duty[r].window]:
            s.duty[r].leave = NEVER  # an old schedule must not clash with a new one
    held = True
    for w in range(len(d.window)):
        if s.window_dirty[w]:
            s.window_dirty[w] = 0
            held = held and simulate(d, s, w, 0, -1, 0, True)
    return held


@inner
def remember(d: Data, s: State, b: Saved) -> None:
    """Start a move: nothing touched, no candidates, choices of centres copied."""
    for r in range(len(d.duty)):
        s.duty[r].touched = 0
    for i in range(s.picked[0]):
        s.member[s.pool[i]].picked = 0
    s.picked[0] = 0
    for g in range(len(d.group)):
        b.member[g].trip = s.member[g].trip
        b.member[g].centre = s.member[g].centre
    for c in range(len(s.used)):
        b.used[c, 0], b.used[c, 1] = s.used[c, 0], s.used[c, 1]
    b.score[0] = s.score[0]


@inner
def undo(d: Data, s: State, b: Saved) -> None:
    """Go back to the plan before the move."""
    trips = s.order.shape[1]
    for r in range(len(d.duty)):
        if not s.duty[r].touched:
            continue
        for t in range(r * trips, (r + 1) * trips):
            s.trip[t].size = 0
        s.duty[r].trips = b.duty[r].trips
        for k in range(b.duty[r].trips):
            t = b.order[r, k]
            s.order[r, k] = t
            s.trip[t].size = b.trip[t].size
            s.trip[t].wait = b.trip[t].wait
            for i in range(b.trip[t].size):
                s.seq[t, i] = b.seq[t, i]
    for g in range(len(d.group)):
        s.member[g].trip = b.member[g].trip
        s.member[g].centre = b.member[g].centre
    for c in range(len(s.used)):
        s.used[c, 0], s.used[c, 1] = b.used[c, 0], b.used[c, 1]
    s.score[0] = b.score[0]
    reschedule(d, s)
