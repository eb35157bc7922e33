"""Compiled kernels for the joint schedule: one trip's times, and the shared queue of a window.

A trip is summarised by four numbers, so that the queue can be simulated without looking at stops:
seconds from its first stop to the queue, the earliest arrival that ready times allow, screening and
alighting. Vehicles then wait where nobody waits in them: departures are moved as late as the order
at the crossing allows (:mod:`safepassage.core.convoy.timetable`). That changes no screening time,
so times aboard and crew hours are tested here as they will be.
"""

from __future__ import annotations

from safepassage.core.convoy.kernel import inner

from safepassage.core.convoy.arrays import NO_WAY_S, Data, State

NEVER = 10**15


@inner
def measure(d: Data, s: State, t: int, r: int) -> bool:
    """Set the summary of slot `t` of duty `r`; return False if somebody is aboard too long."""
    w = d.duty[r].window
    m = d.duty[r].matrix
    line = d.window[w].line
    s.trip[t].seated = s.trip[t].wheelchair = s.trip[t].stretcher = 0
    elapsed, screen, alight, aboard = 0, d.window[w].screen_vehicle, 0, 0
    earliest, first_stop, previous, risk = -NEVER, 0, -1, 0.0
    i, n = 0, s.trip[t].size
    while i < n:
        place = d.group[s.seq[t, i]].place
        if previous >= 0:
            elapsed += d.time[m, previous, place]
            risk += d.risk[m, previous, place] * aboard
        ready, stay, boarded = -NEVER, d.stop_s[0], 0
        while i < n and d.group[s.seq[t, i]].place == place:
            g = s.seq[t, i]
            ready = max(ready, d.group[g].ready)
            stay += d.group[g].board
            screen += d.screen[w, g]
            alight += d.group[g].alight
            boarded += d.group[g].persons
            s.trip[t].seated += d.group[g].seated
            s.trip[t].wheelchair += d.group[g].wheelchair
            s.trip[t].stretcher += d.group[g].stretcher
            i += 1
        risk += d.rate[place] * aboard * stay / 3600.0
        aboard += boarded
        earliest = max(earliest, ready - elapsed)
        elapsed += stay
        if previous < 0:
            s.trip[t].first = place
            first_stop = stay
        previous = place
    elapsed += d.time[m, previous, line]
    s.trip[t].core = elapsed
    s.trip[t].ready = earliest + elapsed
    s.trip[t].screen = screen
    s.trip[t].alight = alight
    s.trip[t].risk = risk + (d.risk[m, previous, line] + d.rate[line] * screen / 3600.0) * aboard
    return elapsed - first_stop + screen <= d.aboard_s[0]


@inner
def drive_in(d: Data, s: State, r: int, k: int, t: int) -> int:
    """Return seconds from the origin of the `k`-th trip of duty `r`, slot `t`, to the queue."""
    origin = d.duty[r].depot if k == 0 else d.window[d.duty[r].window].line
    return d.time[d.duty[r].matrix, origin, s.trip[t].first] + s.trip[t].core


@inner
def natural(d: Data, s: State, r: int, k: int) -> int:
    """Return when the `k`-th trip would reach the queue if it did not wait for anything."""
    leaves = d.window[d.duty[r].window].moves_from
    if k > 0:
        before = s.order[r, k - 1]
        leaves = s.trip[before].end + s.trip[before].alight
    return leaves + drive_in(d, s, r, k, s.order[r, k])


@inner
def arrival(d: Data, s: State, r: int, k: int) -> int:
    """Return the earliest arrival at the queue of the `k`-th trip; its earlier trips are set."""
    t = s.order[r, k]
    return max(natural(d, s, r, k), s.trip[t].ready, s.trip[t].wait)


@inner
def overlaps(d: Data, s: State, r: int, leave: int, back: int) -> bool:
    """Return whether the vehicle of duty `r` is in another window between the two moments."""
    for i in range(d.clash_from[r], d.clash_from[r + 1]):
        q = d.clash[i]
        if s.duty[q].trips > 0 and leave < s.duty[q].back and s.duty[q].leave < back:
            return True
    return False


@inner
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
        if s.trip[s.event[w, middle]].arrive < moment:
            low = middle + 1
        else:
            high = middle
    return low


@inner
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
    low, high = d.window[w].low, d.window[w].high
    lanes = d.window[w].lanes
    for lane in range(lanes):
        s.lane[lane] = s.free[w, e, lane]
    for q in range(low, high):
        row = q - low
        s.duty[low + row].next_arrive = NEVER
        s.duty[low + row].next_leave = s.duty[q].leave
        if r < 0 and s.duty[q].trips > 0:
            s.duty[low + row].next_arrive = arrival(d, s, q, 0)
            s.duty[low + row].next_rank = 0
    if r >= 0:
        for i in range(s.events[w] - 1, e - 1, -1):
            t = s.event[w, i]
            row = t // s.order.shape[1] - low
            s.duty[low + row].next_arrive = s.trip[t].arrive
            s.duty[low + row].next_rank = s.trip[t].rank
        s.duty[r].next_arrive = arrival(d, s, r, k) if k < s.duty[r].trips else NEVER
        s.duty[r].next_rank = k
    while True:
        row, arrive = -1, NEVER
        for i in range(high - low):
            if s.duty[low + i].next_arrive < arrive:
                row, arrive = i, s.duty[low + i].next_arrive
        if row < 0:
            break
        q, rank = low + row, s.duty[low + row].next_rank
        t = s.order[q, rank]
        lane = 0
        for i in range(1, lanes):
            if s.lane[i] < s.lane[lane]:
                lane = i
        start = max(arrive, s.lane[lane])
        end = start + s.trip[t].screen
        if end > d.window[w].last:
            return False
        s.lane[lane] = end
        released = end + s.trip[t].alight
        if rank == 0:
            s.duty[low + row].next_leave = start - drive_in(d, s, q, 0, t)
        if write:
            s.trip[t].arrive, s.trip[t].start, s.trip[t].end, s.trip[t].rank = (
                arrive,
                start,
                end,
                rank,
            )
            s.event[w, e] = t
            e += 1
            for i in range(lanes):
                s.free[w, e, i] = s.lane[i]
        rank += 1
        if rank < s.duty[q].trips:
            after = s.order[q, rank]
            s.duty[low + row].next_arrive = max(
                released + drive_in(d, s, q, rank, after), s.trip[after].ready, s.trip[after].wait
            )
            s.duty[low + row].next_rank = rank
            continue
        s.duty[low + row].next_arrive = NEVER
        back = released + d.duty[q].back
        if back - s.duty[low + row].next_leave > d.duty[q].crew:
            return False
        if overlaps(d, s, q, s.duty[low + row].next_leave, back):
            return False
        if write:
            s.duty[q].leave, s.duty[q].back = s.duty[low + row].next_leave, back
    if write:
        s.events[w] = e
        set_slack(d, s, w)
    return True


@inner
def set_slack(d: Data, s: State, w: int) -> None:
    """Set by how much each arrival in window `w` may slip if the other vehicles stay."""
    for r in range(d.window[w].low, d.window[w].high):
        after = NO_WAY_S
        for k in range(s.duty[r].trips - 1, -1, -1):
            t = s.order[r, k]
            s.trip[t].slack = (
                s.trip[t].start - s.trip[t].arrive + min(d.window[w].last - s.trip[t].end, after)
            )
            after = s.trip[t].slack
            if k > 0:
                before = s.order[r, k - 1]
                released = s.trip[before].end + s.trip[before].alight
                after += s.trip[t].arrive - released - drive_in(d, s, r, k, t)
