"""Compiled kernels for the joint schedule: one trip's times, and the shared queue of a window.

A trip is summarised by four numbers, so that the queue can be simulated without looking at stops:
seconds from its first stop to the queue, the earliest arrival that ready times allow, screening and
alighting. Vehicles then wait where nobody waits in them: departures are moved as late as the order
at the crossing allows (:mod:`safepassage.core.convoy.timetable`). That changes no screening time,
so times aboard and crew hours are tested here as they will be.
"""

from __future__ import annotations

from numba import njit

from safepassage.core.convoy.arrays import NO_WAY_S, Data, State

NEVER = 10**15


@njit(cache=True)
def measure(d: Data, s: State, t: int, r: int) -> bool:
    """Set the summary of slot `t` of duty `r`; return False if somebody is aboard too long."""
    w = d.duty_window[r]
    m = d.duty_matrix[r]
    line = d.line[w]
    s.load[t, 0] = s.load[t, 1] = s.load[t, 2] = 0
    elapsed, screen, alight, aboard = 0, d.screen_vehicle[w], 0, 0
    earliest, first_stop, previous, risk = -NEVER, 0, -1, 0.0
    i, n = 0, s.size[t]
    while i < n:
        place = d.place[s.seq[t, i]]
        if previous >= 0:
            elapsed += d.time[m, previous, place]
            risk += d.risk[m, previous, place] * aboard
        ready, stay, boarded = -NEVER, d.stop_s[0], 0
        while i < n and d.place[s.seq[t, i]] == place:
            g = s.seq[t, i]
            ready = max(ready, d.ready[g])
            stay += d.board[g]
            screen += d.screen[w, g]
            alight += d.alight[g]
            boarded += d.persons[g, 0]
            s.load[t, 0] += d.load[g, 0]
            s.load[t, 1] += d.load[g, 1]
            s.load[t, 2] += d.load[g, 2]
            i += 1
        risk += d.rate[place] * aboard * stay / 3600.0
        aboard += boarded
        earliest = max(earliest, ready - elapsed)
        elapsed += stay
        if previous < 0:
            s.first[t] = place
            first_stop = stay
        previous = place
    elapsed += d.time[m, previous, line]
    s.core[t] = elapsed
    s.ready[t] = earliest + elapsed
    s.screen[t] = screen
    s.alight[t] = alight
    s.risk[t] = risk + (d.risk[m, previous, line] + d.rate[line] * screen / 3600.0) * aboard
    return elapsed - first_stop + screen <= d.aboard_s[0]


@njit(cache=True)
def drive_in(d: Data, s: State, r: int, k: int, t: int) -> int:
    """Return seconds from the origin of the `k`-th trip of duty `r`, slot `t`, to the queue."""
    origin = d.duty_depot[r] if k == 0 else d.line[d.duty_window[r]]
    return d.time[d.duty_matrix[r], origin, s.first[t]] + s.core[t]


@njit(cache=True)
def arrival(d: Data, s: State, r: int, k: int) -> int:
    """Return the earliest arrival at the queue of the `k`-th trip; its earlier trips are set."""
    t = s.order[r, k]
    if k == 0:
        leaves = d.moves_from[d.duty_window[r]] + s.hold[r]
    else:
        before = s.order[r, k - 1]
        leaves = s.end[before] + s.alight[before]
    return max(leaves + drive_in(d, s, r, k, t), s.ready[t])


@njit(cache=True)
def overlaps(d: Data, s: State, r: int, leave: int, back: int) -> bool:
    """Return whether the vehicle of duty `r` is in another window between the two moments."""
    for i in range(d.clash_from[r], d.clash_from[r + 1]):
        q = d.clash[i]
        if s.trips[q] > 0 and leave < s.back[q] and s.leave[q] < back:
            return True
    return False


@njit(cache=True)
def first_changed(d: Data, s: State, w: int, r: int, k: int, was: int) -> int:
    """Return the first event of window `w` that a change of the `k`-th trip of `r` can move.

    Parameters
    ----------
    was
        Arrival of the first changed trip before the change, or NEVER.
    """
    moment = min(was, arrival(d, s, r, k))
    low, high = 0, s.events[w]
    while low < high:
        middle = (low + high) // 2
        if s.arrive[s.event[w, middle]] < moment:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True)
def simulate(d: Data, s: State, w: int, e: int, r: int, k: int, write: bool) -> bool:
    """Run the queue of window `w` from event `e` on (docs/spec/05-convoy.md §10 to §13).

    Parameters
    ----------
    r, k
        The duty changed from its `k`-th trip on; -1 to run every duty from its first trip.
    write
        Keep the schedule; otherwise only answer.

    Returns
    -------
    bool
        Whether everybody is across in time and every crew home in time.
    """
    low, high = d.window_from[w], d.window_from[w + 1]
    lanes = d.lanes[w]
    for lane in range(lanes):
        s.lane[lane] = s.free[w, e, lane]
    for q in range(low, high):
        row = q - low
        s.next_arrive[row] = NEVER
        s.next_leave[row] = s.leave[q]
        if r < 0 and s.trips[q] > 0:
            s.next_arrive[row] = arrival(d, s, q, 0)
            s.next_rank[row] = 0
    if r >= 0:
        for i in range(s.events[w] - 1, e - 1, -1):
            t = s.event[w, i]
            row = t // s.order.shape[1] - low
            s.next_arrive[row] = s.arrive[t]
            s.next_rank[row] = s.rank[t]
        s.next_arrive[r - low] = arrival(d, s, r, k) if k < s.trips[r] else NEVER
        s.next_rank[r - low] = k
    while True:
        row, arrive = -1, NEVER
        for i in range(high - low):
            if s.next_arrive[i] < arrive:
                row, arrive = i, s.next_arrive[i]
        if row < 0:
            break
        q, rank = low + row, s.next_rank[row]
        t = s.order[q, rank]
        lane = 0
        for i in range(1, lanes):
            if s.lane[i] < s.lane[lane]:
                lane = i
        start = max(arrive, s.lane[lane])
        end = start + s.screen[t]
        if end > d.last[w]:
            return False
        s.lane[lane] = end
        released = end + s.alight[t]
        if rank == 0:
            s.next_leave[row] = start - drive_in(d, s, q, 0, t)
        if write:
            s.arrive[t], s.start[t], s.end[t], s.rank[t] = arrive, start, end, rank
            s.event[w, e] = t
            e += 1
            for i in range(lanes):
                s.free[w, e, i] = s.lane[i]
        rank += 1
        if rank < s.trips[q]:
            after = s.order[q, rank]
            s.next_arrive[row] = max(released + drive_in(d, s, q, rank, after), s.ready[after])
            s.next_rank[row] = rank
            continue
        s.next_arrive[row] = NEVER
        back = released + d.duty_back[q]
        if back - s.next_leave[row] > d.duty_crew[q]:
            return False
        if overlaps(d, s, q, s.next_leave[row], back):
            return False
        if write:
            s.leave[q], s.back[q] = s.next_leave[row], back
    if write:
        s.events[w] = e
        set_slack(d, s, w)
    return True


@njit(cache=True)
def set_slack(d: Data, s: State, w: int) -> None:
    """Set by how much each arrival in window `w` may slip if the other vehicles stay."""
    for r in range(d.window_from[w], d.window_from[w + 1]):
        after = NO_WAY_S
        for k in range(s.trips[r] - 1, -1, -1):
            t = s.order[r, k]
            s.slack[t] = s.start[t] - s.arrive[t] + min(d.last[w] - s.end[t], after)
            after = s.slack[t]
            if k > 0:
                before = s.order[r, k - 1]
                released = s.end[before] + s.alight[before]
                after += s.arrive[t] - released - drive_in(d, s, r, k, t)
