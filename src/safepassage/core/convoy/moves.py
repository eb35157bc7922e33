"""Compiled kernels that change a plan: take groups out, put groups in, and undo.

Ruin and recreate after slack induction by string removals (Christiaens and Vanden Berghe 2020,
https://doi.org/10.1287/trsc.2019.0914): strings of neighbouring stops are taken out of several
trips and put back one group after the other at the cheapest place that the whole joint schedule
allows. Added for convoys: groups that are not planned compete for the room made, whole trips are
opened, closed and moved, and a vehicle may be held back in its depot.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from safepassage.core.convoy.arrays import NO_WAY_S, Data, Saved, State
from safepassage.core.convoy.schedule import (
    NEVER,
    drive_in,
    first_changed,
    measure,
    simulate,
)

KEPT = 6
"""Cheapest insertions of one group that are tried in the joint schedule."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@njit(cache=True)
def uniform(s: State) -> float:
    """Return the next number in [0, 1): splitmix64, the same on every machine."""
    s.random[0] += _GOLDEN
    z = s.random[0]
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    z ^= z >> _S31
    return float(z >> _S11) * (1.0 / 9007199254740992.0)


@njit(cache=True)
def below(s: State, n: int) -> int:
    """Return the next whole number in [0, n)."""
    return int(uniform(s) * n)


@njit(cache=True)
def holds(d: Data, r: int, seated: int, wheelchair: int, stretcher: int) -> bool:
    """Return whether the vehicle of duty `r` has places for the load (§9)."""
    c = d.capacity[r]
    converted = max(0, wheelchair - c[1])
    return converted <= c[3] and stretcher <= c[2] and seated + converted * c[4] <= c[0]


@njit(cache=True)
def has_room(d: Data, s: State, c: int, g: int) -> bool:
    """Return whether centre `c` has places left for group `g` (§15)."""
    return (
        s.used[c, 0] + d.persons[g, 0] <= d.rooms[c, 0]
        and s.used[c, 1] + d.persons[g, 1] <= d.rooms[c, 1]
    )


@njit(cache=True)
def move_in(d: Data, s: State, g: int, c: int) -> None:
    """Give group `g` the centre `c`, or take its centre away if `c` is -1."""
    old = s.centre[g]
    for kind in range(2):
        if old >= 0:
            s.used[old, kind] -= d.persons[g, kind]
        if c >= 0:
            s.used[c, kind] += d.persons[g, kind]
    s.centre[g] = c


@njit(cache=True)
def find_room(d: Data, s: State, g: int) -> int:
    """Return a centre for group `g`, moving one other group if that makes room, or -1."""
    wished = d.wish.shape[1]
    for i in range(wished):
        c = d.wish[g, i]
        if c >= 0 and has_room(d, s, c, g):
            return c
    for i in range(wished):
        c = d.wish[g, i]
        if c < 0 or d.rooms[c, 0] < d.persons[g, 0] or d.rooms[c, 1] < d.persons[g, 1]:
            continue
        for h in range(len(d.place)):
            if s.centre[h] != c:
                continue
            for j in range(wished):
                other = d.wish[h, j]
                if other < 0 or other == c or not has_room(d, s, other, h):
                    continue
                move_in(d, s, h, other)
                if has_room(d, s, c, g):
                    return c
                move_in(d, s, h, c)
    return -1


@njit(cache=True)
def kept_apart(d: Data, s: State, g: int, t: int) -> bool:
    """Return whether slot `t` carries a group that must not ride with `g` (§4)."""
    for i in range(d.apart_from[g], d.apart_from[g + 1]):
        if s.trip_of[d.apart[i]] == t:
            return True
    return False


@njit(cache=True)
def place_in_trip(d: Data, s: State, g: int, r: int, k: int) -> tuple[int, int]:
    """Return (extra seconds, index) of the cheapest boarding of `g` on an existing trip."""
    t = s.order[r, k]
    time = d.time[d.duty_matrix[r]]
    line = d.line[d.duty_window[r]]
    here = d.place[g]
    previous = d.duty_depot[r] if k == 0 else line
    cheapest, index = NO_WAY_S, 0
    n = s.size[t]
    for i in range(n + 1):
        after = line if i == n else d.place[s.seq[t, i]]
        if after == here and i < n:
            return 0, i
        if after == previous and 0 < i < n:
            continue
        extra = time[previous, here] + time[here, after] - time[previous, after] + d.stop_s[0]
        if extra < cheapest:
            cheapest, index = extra, i
        previous = after
    return cheapest, index


@njit(cache=True)
def slips(d: Data, s: State, g: int, r: int, k: int, extra: int) -> bool:
    """Return whether the duty could take up the delay of `g` aboard, the others staying."""
    t = s.order[r, k]
    w = d.duty_window[r]
    late = max(0, extra + d.board[g] - (s.start[t] - s.arrive[t])) + d.screen[w, g]
    if s.end[t] + late > d.last[w]:
        return False
    if k + 1 == s.trips[r]:
        return True
    after = s.order[r, k + 1]
    idle = s.arrive[after] - s.end[t] - s.alight[t] - drive_in(d, s, r, k + 1, after)
    return late + d.alight[g] <= idle + s.slack[after]


@njit(cache=True)
def open_slot(d: Data, s: State, g: int, r: int, k: int) -> int:
    """Insert a trip with only group `g` as the `k`-th of duty `r` and return its slot."""
    trips = s.trips[r]
    slot = -1
    for t in range(r * s.order.shape[1], (r + 1) * s.order.shape[1]):
        if s.size[t] == 0:
            slot = t
            break
    for i in range(trips, k, -1):
        s.order[r, i] = s.order[r, i - 1]
    s.order[r, k] = slot
    s.trips[r] = trips + 1
    s.seq[slot, 0] = g
    s.size[slot] = 1
    return slot


@njit(cache=True)
def close_slot(s: State, r: int, k: int) -> None:
    """Take the `k`-th trip of duty `r` out of its order."""
    s.size[s.order[r, k]] = 0
    for i in range(k, s.trips[r] - 1):
        s.order[r, i] = s.order[r, i + 1]
    s.trips[r] -= 1


@njit(cache=True)
def board(s: State, g: int, t: int, index: int) -> None:
    """Put group `g` at `index` of the boarding order of slot `t`."""
    for i in range(s.size[t], index, -1):
        s.seq[t, i] = s.seq[t, i - 1]
    s.seq[t, index] = g
    s.size[t] += 1


@njit(cache=True)
def unboard(s: State, t: int, index: int) -> None:
    """Take the group at `index` out of slot `t`."""
    for i in range(index, s.size[t] - 1):
        s.seq[t, i] = s.seq[t, i + 1]
    s.size[t] -= 1


@njit(cache=True)
def try_boarding(d: Data, s: State, g: int, r: int, k: int, index: int) -> bool:
    """Board `g` on an existing trip if the joint schedule allows; otherwise change nothing."""
    t = s.order[r, k]
    w = d.duty_window[r]
    was = s.arrive[t]
    board(s, g, t, index)
    if measure(d, s, t, r):
        e = first_changed(d, s, w, r, k, was)
        if simulate(d, s, w, e, r, k, False):
            return simulate(d, s, w, e, r, k, True)
    unboard(s, t, index)
    measure(d, s, t, r)
    return False


@njit(cache=True)
def try_new_trip(d: Data, s: State, g: int, r: int, k: int) -> bool:
    """Open a trip for `g` if the joint schedule allows; otherwise change nothing."""
    w = d.duty_window[r]
    was = s.arrive[s.order[r, k]] if k < s.trips[r] else NEVER
    slot = open_slot(d, s, g, r, k)
    if measure(d, s, slot, r):
        e = first_changed(d, s, w, r, k, was)
        if simulate(d, s, w, e, r, k, False):
            return simulate(d, s, w, e, r, k, True)
    close_slot(s, r, k)
    return False


@njit(cache=True)
def new_trip_cost(d: Data, s: State, g: int, r: int, k: int) -> int:
    """Return the seconds of a trip with `g` alone as the `k`-th of duty `r`, or NO_WAY_S."""
    w = d.duty_window[r]
    time = d.time[d.duty_matrix[r]]
    origin = d.duty_depot[r] if k == 0 else d.line[w]
    drive = time[origin, d.place[g]] + d.stop_s[0] + d.board[g] + time[d.place[g], d.line[w]]
    takes = drive + d.screen_vehicle[w] + d.screen[w, g]
    if k < s.trips[r]:
        after = s.order[r, k]
        leaves = s.arrive[after] - drive_in(d, s, r, k, after)
        return (
            takes if takes + d.alight[g] <= s.slack[after] + s.arrive[after] - leaves else NO_WAY_S
        )
    leaves = d.moves_from[w] + s.hold[r]
    if k > 0:
        before = s.order[r, k - 1]
        leaves = s.end[before] + s.alight[before]
    arrives = max(leaves + drive, d.opens[w], d.ready[g])
    return takes if arrives + takes - drive <= d.last[w] else NO_WAY_S


@njit(cache=True)
def touch(s: State, b: Saved, r: int) -> None:
    """Copy duty `r` before it is changed for the first time in this move."""
    if s.touched[r]:
        return
    s.touched[r] = 1
    b.trips[r] = s.trips[r]
    b.hold[r] = s.hold[r]
    for k in range(s.trips[r]):
        t = s.order[r, k]
        b.order[r, k] = t
        b.size[t] = s.size[t]
        b.seq[t, : s.size[t]] = s.seq[t, : s.size[t]]


@njit(cache=True)
def keep(cost: np.ndarray, found: np.ndarray, seconds: float, r: int, k: int, index: int) -> None:
    """Put an insertion among the cheapest, in order of cost."""
    i = len(cost) - 1
    while i > 0 and cost[i - 1] > seconds:
        cost[i] = cost[i - 1]
        found[i] = found[i - 1]
        i -= 1
    cost[i] = seconds
    found[i, 0], found[i, 1], found[i, 2] = r, k, index


@njit(cache=True)
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
    cost = np.full(KEPT, np.inf)
    found = np.zeros((KEPT, 3), np.int64)
    for r in range(len(d.duty_window)):
        if d.usable[g, r] == 0:
            continue
        trips = s.trips[r]
        for k in range(trips):
            t = s.order[r, k]
            if not holds(
                d, r, s.load[t, 0] + d.load[g, 0], s.load[t, 1] + d.load[g, 1],
                s.load[t, 2] + d.load[g, 2],
            ) or uniform(s) < blink:  # fmt: skip
                continue
            extra, index = place_in_trip(d, s, g, r, k)
            if extra < cost[-1] and slips(d, s, g, r, k, extra) and not kept_apart(d, s, g, t):
                keep(cost, found, extra, r, k, index)
        if trips == s.order.shape[1]:
            continue
        for k in (trips, below(s, trips + 1)):
            extra = new_trip_cost(d, s, g, r, k)
            weighted = extra * trip_weight
            if extra < NO_WAY_S and weighted < cost[-1] and uniform(s) >= blink:
                keep(cost, found, weighted, r, k, -1)
            if trips == 0:
                break
    for i in range(KEPT):
        if cost[i] == np.inf:
            break
        r, k, index = found[i]
        touch(s, b, r)
        if index < 0:
            done = try_new_trip(d, s, g, r, k)
        else:
            done = try_boarding(d, s, g, r, k, index)
        if done:
            s.trip_of[g] = s.order[r, k]
            move_in(d, s, g, c)
            s.score[0] += d.value[g]
            return True
    return False


@njit(cache=True)
def take_out(d: Data, s: State, b: Saved, g: int) -> None:
    """Take group `g` out of its trip; an empty trip is closed."""
    t = s.trip_of[g]
    r = t // s.order.shape[1]
    touch(s, b, r)
    for i in range(s.size[t]):
        if s.seq[t, i] == g:
            unboard(s, t, i)
            break
    if s.size[t] == 0:
        for k in range(s.trips[r]):
            if s.order[r, k] == t:
                close_slot(s, r, k)
                break
    s.trip_of[g] = -1
    move_in(d, s, g, -1)
    s.score[0] -= d.value[g]
    pick(s, g)


@njit(cache=True)
def pick(s: State, g: int) -> None:
    """Make group `g` a candidate for planning in this move."""
    if not s.in_pool[g]:
        s.in_pool[g] = 1
        s.pool[s.picked[0]] = g
        s.picked[0] += 1


@njit(cache=True)
def ruin_strings(d: Data, s: State, b: Saved, seed: int, strings: int, most: int) -> None:
    """Take strings of neighbouring stops out of the trips nearest to group `seed`."""
    done = 0
    for i in range(d.near.shape[1]):
        g = d.near[seed, i]
        t = s.trip_of[g]
        if t < 0 or (s.touched[t // s.order.shape[1]] and uniform(s) < 0.5):
            continue
        index = 0
        for j in range(s.size[t]):
            if s.seq[t, j] == g:
                index = j
        length = 1 + below(s, min(most, s.size[t]))
        low = max(0, index - below(s, length))
        for _ in range(min(length, s.size[t] - low)):
            take_out(d, s, b, s.seq[t, low])
        done += 1
        if done == strings:
            break


@njit(cache=True)
def ruin_trip(d: Data, s: State, b: Saved, r: int) -> None:
    """Take out a whole trip of duty `r`."""
    if s.trips[r] > 0:
        t = s.order[r, below(s, s.trips[r])]
        for _ in range(s.size[t]):
            take_out(d, s, b, s.seq[t, 0])


@njit(cache=True)
def ruin_scattered(d: Data, s: State, b: Saved, count: int) -> None:
    """Take out groups of little value for their time, from anywhere."""
    for _ in range(count):
        worst, chosen = np.inf, -1
        for _try in range(4):
            g = below(s, len(d.place))
            if s.trip_of[g] >= 0 and density(d, g) < worst:
                worst, chosen = density(d, g), g
        if chosen >= 0:
            take_out(d, s, b, chosen)


@njit(cache=True)
def change_hold(d: Data, s: State, b: Saved, r: int) -> None:
    """Hold the vehicle of duty `r` back in its depot for a random time, or no longer."""
    touch(s, b, r)
    w = d.duty_window[r]
    span = max(0, d.last[w] - d.moves_from[w] - 3600)
    s.hold[r] = 0 if uniform(s) < 0.4 else below(s, span // 300 + 1) * 300


@njit(cache=True)
def density(d: Data, g: int) -> float:
    """Return the value of a group for each second that it takes to board, check and alight."""
    return d.value[g] / (1.0 + d.board[g] + d.alight[g] + d.screen[0, g] + d.stop_s[0])


@njit(cache=True)
def ruin(d: Data, s: State, b: Saved, mean_out: float) -> int:
    """Take groups out in one of several ways and return the group the move is about."""
    seed = below(s, len(d.place))
    how = uniform(s)
    r = below(s, len(d.duty_window))
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
        change_hold(d, s, b, r)
        ruin_strings(d, s, b, seed, 1, 6)
    if s.picked[0] > 0:
        return s.pool[below(s, s.picked[0])]
    return seed


@njit(cache=True)
def pick_unplanned(d: Data, s: State, seed: int, near: int, far: int) -> None:
    """Make candidates of groups that are not planned, near `seed` and anywhere."""
    for i in range(d.near.shape[1]):
        if near == 0:
            break
        g = d.near[seed, i]
        if s.trip_of[g] < 0 and not s.in_pool[g] and uniform(s) < 0.7:
            pick(s, g)
            near -= 1
    for _ in range(far):
        g = below(s, len(d.place))
        if s.trip_of[g] < 0:
            pick(s, g)


@njit(cache=True)
def sort_pool(d: Data, s: State) -> None:
    """Put the candidates in one of several orders, each a little shuffled."""
    how = uniform(s)
    n = s.picked[0]
    r = 0
    for i in range(n):
        g = s.pool[i]
        drive = d.time[d.duty_matrix[r], d.place[g], d.line[d.duty_window[r]]]
        if how < 0.35:
            key = -density(d, g)
        elif how < 0.55:
            key = -float(d.value[g])
        elif how < 0.65:
            key = -float(d.persons[g, 0])
        elif how < 0.75:
            key = -float(drive)
        elif how < 0.85:
            key = -d.value[g] / (600.0 + drive + d.board[g])
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


@njit(cache=True)
def reschedule(d: Data, s: State) -> bool:
    """Measure the touched duties anew and run their windows from the start."""
    for w in range(len(d.opens)):
        dirty = False
        for r in range(d.window_from[w], d.window_from[w + 1]):
            if s.touched[r]:
                dirty = True
                for k in range(s.trips[r]):
                    if not measure(d, s, s.order[r, k], r):
                        return False
        if dirty and not simulate(d, s, w, 0, -1, 0, True):
            return False
    return True


@njit(cache=True)
def remember(s: State, b: Saved) -> None:
    """Start a move: nothing touched, no candidates, choices of centres copied."""
    s.touched[:] = 0
    for i in range(s.picked[0]):
        s.in_pool[s.pool[i]] = 0
    s.picked[0] = 0
    b.trip_of[:] = s.trip_of
    b.centre[:] = s.centre
    b.used[:] = s.used
    b.score[0] = s.score[0]


@njit(cache=True)
def undo(d: Data, s: State, b: Saved) -> None:
    """Go back to the plan before the move."""
    trips = s.order.shape[1]
    for r in range(len(d.duty_window)):
        if not s.touched[r]:
            continue
        s.size[r * trips : (r + 1) * trips] = 0
        s.trips[r] = b.trips[r]
        s.hold[r] = b.hold[r]
        for k in range(b.trips[r]):
            t = b.order[r, k]
            s.order[r, k] = t
            s.size[t] = b.size[t]
            s.seq[t, : b.size[t]] = b.seq[t, : b.size[t]]
    s.trip_of[:] = b.trip_of
    s.centre[:] = b.centre
    s.used[:] = b.used
    s.score[0] = b.score[0]
    reschedule(d, s)


@njit(cache=True)
def recreate(d: Data, s: State, b: Saved, blink: float, trip_weight: float) -> None:
    """Plan the candidates one after the other, where the joint schedule allows."""
    for i in range(s.picked[0]):
        insert(d, s, b, s.pool[i], blink, trip_weight)
