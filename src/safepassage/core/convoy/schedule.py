"""Compiled kernels for the joint schedule: one trip's times, and the shared queue of a window.

A trip is summarised by four numbers, so that the queue can be simulated without looking at stops:
seconds from its first stop to the queue, the earliest arrival that ready times allow, screening and
alighting. Vehicles then wait where nobody waits in them: departures are moved as late as the order
at the crossing allows (:mod:`safepassage.core.convoy.timetable`). That changes no screening time,
so times aboard and crew hours are tested here as they will be.
"""

from __future__ import annotations

from safepassage.core.convoy.arrays import NO_WAY_S, Data, State
from safepassage.core.convoy.kernel import inner

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
    return bool(elapsed - first_stop + screen <= d.aboard_s[0])


@inner
def drive_in(d: Data, s: State, r: int, k: int, t: int) -> int:
    """Return seconds from the origin of the `k`-th trip of duty `r`, slot `t`, to the queue."""
    origin = d.duty[r].depot if k == 0 else d.window[d.duty[r].window].line
    return int(d.time[d.duty[r].matrix, origin, s.trip[t].first] + s.trip[t].core)


@inner
def natural(d: Data, s: State, r: int, k: int) -> int:
    """Return when the `k`-th trip would reach the queue if it did not wait for anything."""
    leaves = d.window[d.duty[r].window].moves_from
    if k > 0:
        before = s.order[r, k - 1]
        leaves = s.trip[before].end + s.trip[before].alight
    return int(leaves + drive_in(d, s, r, k, s.order[r, k]))


@inner
def arrival(d: Data, s: State, r: int, k: int) -> int:
    """Return the earliest arrival at the queue of the `k`-th trip; its earlier trips are set."""
    t = s.order[r, k]
    return int(max(natural(d, s, r, k), s.trip[t].ready, s.trip[t].wait))


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
def begin(d: Data, s: State, w: int, e: int, r: int, k: int) -> None:
    """Set the lanes and every vehicle's next arrival as they are before event `e`."""
    for lane in range(d.window[w].lanes):
        s.lane[lane] = s.free[w, e, lane]
    for q in range(d.window[w].low, d.window[w].high):
        s.duty[q].next_leave = s.duty[q].leave
        s.duty[q].next_rank = 0
        s.duty[q].next_arrive = arrival(d, s, q, 0) if r < 0 and s.duty[q].trips > 0 else NEVER
    if r < 0:
        return
    for i in range(s.events[w] - 1, e - 1, -1):
        t = s.event[w, i]
        q = t // s.order.shape[1]
        s.duty[q].next_arrive = s.trip[t].arrive
        s.duty[q].next_rank = s.trip[t].rank
    s.duty[r].next_arrive = arrival(d, s, r, k) if k < s.duty[r].trips else NEVER
    s.duty[r].next_rank = k


@inner
def next_in_queue(d: Data, s: State, w: int) -> int:
    """Return the duty whose vehicle arrives first, the lowest id among equals, or -1."""
    chosen, arrive = -1, NEVER
    for q in range(d.window[w].low, d.window[w].high):
        if s.duty[q].next_arrive < arrive:
            chosen, arrive = q, s.duty[q].next_arrive
    return chosen


@inner
def first_free(d: Data, s: State, w: int) -> int:
    """Return the lane that is free first, the lowest number among equals."""
    lane = 0
    for i in range(1, d.window[w].lanes):
        if s.lane[i] < s.lane[lane]:
            lane = i
    return lane


@inner
def record(d: Data, s: State, w: int, e: int, t: int, start: int) -> None:
    """Keep event `e`: slot `t` is screened from `start` on."""
    q = t // s.order.shape[1]
    s.trip[t].arrive = s.duty[q].next_arrive
    s.trip[t].rank = s.duty[q].next_rank
    s.trip[t].start = start
    s.trip[t].end = start + s.trip[t].screen
    s.event[w, e] = t
    for lane in range(d.window[w].lanes):
        s.free[w, e + 1, lane] = s.lane[lane]


@inner
def advance(d: Data, s: State, q: int, released: int) -> bool:
    """Send the vehicle of duty `q` on its next trip or home; return False if home too late."""
    rank = s.duty[q].next_rank + 1
    if rank < s.duty[q].trips:
        t = s.order[q, rank]
        drive = drive_in(d, s, q, rank, t)
        s.duty[q].next_arrive = max(released + drive, s.trip[t].ready, s.trip[t].wait)
        s.duty[q].next_rank = rank
        return True
    s.duty[q].next_arrive = NEVER
    back = released + d.duty[q].back
    leave = s.duty[q].next_leave
    return back - leave <= d.duty[q].crew and not overlaps(d, s, q, leave, back)


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
    begin(d, s, w, e, r, k)
    while True:
        q = next_in_queue(d, s, w)
        if q < 0:
            break
        t = s.order[q, s.duty[q].next_rank]
        lane = first_free(d, s, w)
        start = max(s.duty[q].next_arrive, s.lane[lane])
        end = start + s.trip[t].screen
        if end > d.window[w].last:
            return False
        s.lane[lane] = end
        if s.duty[q].next_rank == 0:
            s.duty[q].next_leave = start - drive_in(d, s, q, 0, t)
        if write:
            record(d, s, w, e, t, start)
            e += 1
        if not advance(d, s, q, end + s.trip[t].alight):
            return False
    if write:
        s.events[w] = e
        for q in range(d.window[w].low, d.window[w].high):
            if s.duty[q].trips > 0:
                home(d, s, q)
        set_slack(d, s, w)
    return True


@inner
def home(d: Data, s: State, q: int) -> None:
    """Set when the vehicle of duty `q` leaves its depot and when it is back."""
    last = s.order[q, s.duty[q].trips - 1]
    s.duty[q].leave = s.duty[q].next_leave
    s.duty[q].back = s.trip[last].end + s.trip[last].alight + d.duty[q].back


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
