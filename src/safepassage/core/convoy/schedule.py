"""Compiled kernels for the joint schedule: one trip's times, and the shared queue of a window.

A trip is summarised by four numbers, so that the queue can be simulated without looking at stops:
seconds from its first stop to the queue, the earliest arrival that ready times allow, screening and
alighting. Vehicles then wait where nobody waits in them: departures are moved as late as the order
at the crossing allows (:mod:`safepassage.core.convoy.timetable`). That changes no screening time,
so times aboard and crew hours are tested here as they will be.
"""

from __future__ import annotations

from safepassage.core.convoy.arrays import NEVER, NO_WAY_S, Data, Ints, State
from safepassage.core.convoy.kernel import inner


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
    s.trip[t].held = elapsed - first_stop + screen
    return bool(s.trip[t].held <= d.aboard_s[0])


@inner
def drive_in(d: Data, s: State, r: int, k: int, t: int) -> int:
    """Return seconds from the origin of the `k`-th trip of duty `r`, slot `t`, to the queue."""
    origin = d.duty[r].depot if k == 0 else d.window[d.duty[r].window].line
    return int(d.time[d.duty[r].matrix, origin, s.trip[t].first] + s.trip[t].core)


@inner
def natural(d: Data, s: State, r: int, k: int) -> int:
    """Return when the `k`-th trip would reach the queue if it did not wait for anything."""
    drive = drive_in(d, s, r, k, s.order[r, k])
    if k == 0:
        return int(d.duty[r].moves_from + drive)
    before = s.order[r, k - 1]
    released = s.trip[before].end + s.trip[before].alight
    if d.window[d.duty[r].window].breaks:
        serve = s.trip[s.order[r, k]].screen + s.trip[s.order[r, k]].alight
        most = s.trip[before].since + d.duty[r].break_after - serve
        opens = d.window[d.duty[r].window].opens
        released += rest_s(released + drive, opens, most, d.duty[r].break_s)
    return int(released + drive)


@inner
def rest_s(arrives: int, opens: int, most: int, break_s: int) -> int:
    """Return the seconds of a break before a trip, or 0 if none is needed.

    Needed is a break without which screening would start after `most`, the crew being on duty too
    long, even if the crossing were free.
    """
    return break_s if max(arrives, opens) > most else 0


@inner
def arrival(d: Data, s: State, r: int, k: int) -> int:
    """Return the earliest arrival at the queue of the `k`-th trip; its earlier trips are set."""
    t = s.order[r, k]
    return int(max(natural(d, s, r, k), s.trip[t].ready, s.trip[t].wait))


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
def simulate(  # noqa: C901 - one kernel for speed: see kernel.py
    d: Data, s: State, w: int, e: int, r: int, k: int, write: bool
) -> bool:
    """Run the queue of window `w` from event `e` on (docs/spec/05-convoy.md §10 to §14).

    Two streams are merged: the kept events of vehicles for which nothing has changed so far, and
    the arrivals to come of those for which something has, by moment and then by id. Where nothing
    differs any more the answer is known.

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
    fixed, duty, trip, time = d.duty, s.duty, s.trip, d.time
    order, coming, lanes = s.order, s.coming, s.lane
    event, free, kept_events = s.event[w], s.free[w], s.kept
    lane_count, last, line = d.window[w].lanes, d.window[w].last, d.window[w].line
    every, most, muster = d.window[w].every, d.window[w].most, d.window[w].muster
    opens = d.window[w].opens
    forming, convoys, aboard_s = s.convoy[w], s.convoy[w, e, 0], d.aboard_s[0]
    joined, breaks = forming[e, 1], d.window[w].breaks > 0
    s.stamp[0] += 1
    stamp = s.stamp[0]
    for lane in range(lane_count):
        lanes[lane] = free[e, lane]
    first_in_line = end_of_line = kept = 0
    low, high, rank = d.window[w].low, d.window[w].high, 0
    if r >= 0:
        low, high, rank, kept = r, r + 1, k, s.events[w] - e
    for q in range(low, high):
        duty[q].changed = stamp
        duty[q].next_leave = duty[q].leave
        if duty[q].trips > rank:
            duty[q].next_rank = rank
            t = order[q, rank]
            drive = time[fixed[q].matrix]
            if rank == 0:
                arrive = fixed[q].moves_from + drive[fixed[q].depot, trip[t].first] + trip[t].core
            else:
                before = order[q, rank - 1]
                arrive = trip[before].end + trip[before].alight
                arrive += drive[line, trip[t].first] + trip[t].core
                if breaks:
                    since = trip[before].since
                    longest = since + fixed[q].break_after - trip[t].screen - trip[t].alight
                    rest = rest_s(arrive, opens, longest, fixed[q].break_s)
                    duty[q].next_since, duty[q].next_rest = since, rest
                    arrive += rest
            arrive = max(arrive, trip[t].ready, trip[t].wait)
            end_of_line = line_up(coming, first_in_line, end_of_line, arrive, q)
    if write:
        for i in range(kept):
            kept_events[i] = event[e + i]
    first, i, slots = e, 0, order.shape[1]
    while True:
        t = q = -1
        arrive = NEVER
        while i < kept:
            t = kept_events[i] if write else event[first + i]
            q = t // slots
            if duty[q].changed != stamp:
                arrive = trip[t].arrive
                break
            i += 1
        someone_new = first_in_line < end_of_line
        if not someone_new:
            if i == kept:
                break
            if not write and e == first + i:
                differs = every > 0 and (convoys != forming[e, 0] or joined != forming[e, 1])
                for lane in range(lane_count):
                    differs |= lanes[lane] != free[e, lane]
                if not differs:
                    break
        new = someone_new and (
            coming[first_in_line, 0] < arrive
            or (coming[first_in_line, 0] == arrive and coming[first_in_line, 1] < q)
        )
        if new:
            arrive, q = coming[first_in_line, 0], coming[first_in_line, 1]
            first_in_line += 1
            rank = duty[q].next_rank
            t = order[q, rank]
        else:
            rank = trip[t].rank
            i += 1
        lane = 0
        for other in range(1, lane_count):
            if lanes[other] < lanes[lane]:
                lane = other
        start, late = max(arrive, lanes[lane]), NEVER
        if every > 0:
            number = -((d.window[w].first - arrive - muster) // every)
            if number > convoys:
                convoys, joined = number, 0
            elif joined == most:
                convoys, joined = convoys + 1, 0
            moment = d.window[w].first + convoys * every
            joins = moment + joined * d.window[w].spacing
            start = max(joins, lanes[lane])
            late = max(arrive, moment - muster - (most - 1 - joined))
            joined += 1
            if trip[t].held + start - late > aboard_s:
                return False
        else:
            late = start
        end = start + trip[t].screen
        if end > last:
            return False
        lanes[lane] = end
        as_before = not new and start == trip[t].start and (every == 0 or late == trip[t].late)
        if breaks:
            rest, since = trip[t].rest, trip[t].since
            if new:
                rest, since = duty[q].next_rest, duty[q].next_since
            if rank == 0 or rest > 0:
                origin = fixed[q].depot if rank == 0 else line
                since = late - time[fixed[q].matrix, origin, trip[t].first] - trip[t].core
        if write:
            trip[t].arrive, trip[t].rank = arrive, rank
            trip[t].start, trip[t].end, trip[t].late = start, end, late
            if every > 0:
                trip[t].joins = joins
                forming[e + 1, 0], forming[e + 1, 1] = convoys, joined
            if breaks:
                trip[t].since, trip[t].rest = since, rest
            event[e] = t
            for lane in range(lane_count):
                free[e + 1, lane] = lanes[lane]
        e += 1
        if as_before:
            continue
        if not new:
            duty[q].changed = stamp
            duty[q].next_leave = duty[q].leave
        if rank == 0:
            drive_s = time[fixed[q].matrix, fixed[q].depot, trip[t].first] + trip[t].core
            duty[q].next_leave = late - drive_s
        released = end + trip[t].alight
        if breaks:
            if released - since > fixed[q].break_after:
                return False
            duty[q].next_since = since
        rank += 1
        if rank < duty[q].trips:
            t = order[q, rank]
            natural_s = released + time[fixed[q].matrix, line, trip[t].first] + trip[t].core
            if breaks:
                longest = since + fixed[q].break_after - trip[t].screen - trip[t].alight
                rest = rest_s(natural_s, opens, longest, fixed[q].break_s)
                duty[q].next_rest = rest
                natural_s += rest
            arrive = max(natural_s, trip[t].ready, trip[t].wait)
            duty[q].next_rank = rank
            end_of_line = line_up(coming, first_in_line, end_of_line, arrive, q)
            continue
        leave, back = duty[q].next_leave, released + fixed[q].back
        if back - leave > fixed[q].crew or back > fixed[q].until:
            return False
        for j in range(d.clash_from[q], d.clash_from[q + 1]):
            other = d.clash[j]
            if duty[other].trips > 0 and leave < duty[other].back and duty[other].leave < back:
                return False
    if write:
        s.events[w] = e
        for q in range(d.window[w].low, d.window[w].high):
            if duty[q].changed == stamp and duty[q].trips > 0:
                home(d, s, q)
                set_slack(d, s, w, q)
    return True


@inner
def line_up(coming: Ints, first: int, end: int, arrive: int, q: int) -> int:
    """Put duty `q` among the arrivals to come, by moment and then by id (§10).

    Returns
    -------
    int
        The new end of the line.
    """
    i = end
    while i > first and (
        coming[i - 1, 0] > arrive or (coming[i - 1, 0] == arrive and coming[i - 1, 1] > q)
    ):
        coming[i, 0], coming[i, 1] = coming[i - 1, 0], coming[i - 1, 1]
        i -= 1
    coming[i, 0], coming[i, 1] = arrive, q
    return end + 1


@inner
def home(d: Data, s: State, q: int) -> None:
    """Set when the vehicle of duty `q` leaves its depot and when it is back."""
    last = s.order[q, s.duty[q].trips - 1]
    s.duty[q].leave = s.duty[q].next_leave
    s.duty[q].back = s.trip[last].end + s.trip[last].alight + d.duty[q].back


@inner
def set_slack(d: Data, s: State, w: int, r: int) -> None:
    """Set by how much each arrival of duty `r` may slip if the other vehicles stay."""
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
