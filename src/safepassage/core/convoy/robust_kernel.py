"""Compiled kernels that play a plan in many worlds of delays at once, inside the search.

The meaning of a delay is that of :mod:`safepassage.core.convoy.simulate`, which shares no code with
this module. A world is drawn once: what a delay belongs to (a pick-up's first group, a vehicle, a
window) does not depend on the plan, so two plans that differ in one trip meet the same luck
everywhere else.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safepassage.core.convoy.arrays import NEVER, Data, Floats, Ints, State
from safepassage.core.convoy.kernel import inner

Singles = NDArray[np.float32]

PROBABILITY, PERSONS, VALUE, LATE = range(4)
"""What :func:`judge` finds: see there."""


class Worlds(NamedTuple):
    """What goes wrong in N worlds: multipliers and seconds."""

    leg: Singles  # [G, N] of the leg to a stop, by the group that boards there first
    line: Singles  # [G, N] of the leg to the crossing, by the first group of the last stop
    stop: Singles  # [G, N] of a stop
    day: Singles  # [W, N] of all legs
    screening: Singles  # [W, N] of all screening
    breaks: Singles  # [R, N] before which share of the duty's legs it breaks down, -1 for not
    stands: Singles  # [R, N] s that it then stands
    hours: Floats  # [W, 2] moments at which the window opens and closes
    collapse: Floats  # [1] probability that a window ends early


class Legs(NamedTuple):
    """The trips of one window, stop by stop; B stops, T trips in the order of duties."""

    group: Ints  # [B] that boards first
    drive: Ints  # [B] s of the leg to the stop
    stay: Ints  # [B] s
    ready: Ints  # [B] s
    ends: Ints  # [B] planned end of the stop
    first: Ints  # [T + 1] first stop of a trip
    leaves: Ints  # [T] planned departure
    last: Ints  # [T] s of the leg to the crossing
    slot: Ints  # [T]


@inner
def plan_arrivals(d: Data, s: State, lead: int, planned: Ints) -> None:
    """Set for each slot when it is planned to reach the crossing, `lead` s before it has to."""
    slots = s.order.shape[1]
    for w in range(len(d.window)):
        latest = -NEVER
        for e in range(s.events[w]):
            t = s.event[w, e]
            r = t // slots
            one = s.trip[t]
            spare = d.aboard_s[0] - one.held - one.start + one.late
            if one.rank == 0:
                spare = min(spare, d.duty[r].crew - s.duty[r].back + s.duty[r].leave)
            latest = max(latest, one.arrive, one.late - max(0, min(lead, spare)))
            planned[t] = latest


@inner
def list_legs(d: Data, s: State, w: int, planned: Ints, b: Legs, duty_from: Ints) -> int:
    """List the trips of window `w` and return how many duties have any.

    Parameters
    ----------
    duty_from
        Set to the first trip of each such duty, and the end.
    """
    trips = stops = duties = 0
    line = d.window[w].line
    for r in range(d.window[w].low, d.window[w].high):
        if s.duty[r].trips == 0:
            continue
        duty_from[duties] = trips
        duties += 1
        for k in range(s.duty[r].trips):
            t = s.order[r, k]
            b.slot[trips], b.first[trips] = t, stops
            previous = d.duty[r].depot if k == 0 else line
            i = 0
            while i < s.trip[t].size:
                g = s.seq[t, i]
                place = d.group[g].place
                b.group[stops], b.stay[stops], b.ready[stops] = g, d.stop_s[0], -NEVER
                b.drive[stops] = d.time[d.duty[r].matrix, previous, place]
                while i < s.trip[t].size and d.group[s.seq[t, i]].place == place:
                    b.stay[stops] += d.group[s.seq[t, i]].board
                    b.ready[stops] = max(b.ready[stops], d.group[s.seq[t, i]].ready)
                    i += 1
                previous = place
                stops += 1
            b.last[trips] = d.time[d.duty[r].matrix, previous, line]
            moment = planned[t] - b.last[trips]
            for j in range(stops - 1, b.first[trips] - 1, -1):
                b.ends[j] = moment
                moment -= b.stay[j] + b.drive[j]
            b.leaves[trips] = moment
            trips += 1
    duty_from[duties], b.first[trips] = trips, stops
    return duties


@inner
def judge(  # noqa: C901 - one kernel for speed: see kernel.py
    d: Data, s: State, x: Worlds, planned: Ints, level: float, out: Floats
) -> None:
    """Play the plan in every world.

    Parameters
    ----------
    planned
        For each slot the planned arrival at the crossing.
    level
        Probability asked for.
    out
        Set to the probability that everybody is across, the expected persons and value across,
        and the seconds by which the last screening ends after the close in the world that
        `level` has to hold in (negative: before it).
    """
    worlds, lanes = x.day.shape[1], s.free.shape[2]
    count, slots = len(d.group), s.order.shape[1]
    most_trips = int(min(len(s.trip), count)) + 1
    b = Legs(
        np.empty(count + 1, np.int64), np.empty(count + 1, np.int64),
        np.empty(count + 1, np.int64), np.empty(count + 1, np.int64),
        np.empty(count + 1, np.int64), np.empty(most_trips + 1, np.int64),
        np.empty(most_trips, np.int64), np.empty(most_trips, np.int64),
        np.empty(most_trips, np.int64),
    )  # fmt: skip
    duty_from = np.empty(len(d.duty) + 1, np.int64)
    current, leg = np.empty(len(d.duty), np.int64), np.empty(len(d.duty), np.int64)
    arrives, free = np.empty(len(d.duty)), np.empty(lanes)
    worst, held = np.full(worlds, -np.inf), np.ones(worlds)
    share, persons, value = x.collapse[0], 0.0, 0.0
    for w in range(len(d.window)):
        duties = list_legs(d, s, w, planned, b, duty_from)
        opens, closes, window = x.hours[w, 0], x.hours[w, 1], d.window[w]
        weight = np.zeros(most_trips)
        people = np.zeros(most_trips)
        for i in range(duty_from[duties]):
            t = b.slot[i]
            for j in range(s.trip[t].size):
                weight[i] += d.group[s.seq[t, j]].value
                people[i] += d.group[s.seq[t, j]].persons
        for n in range(worlds):
            day, screening = float(x.day[w, n]), float(x.screening[w, n])
            for lane in range(window.lanes):
                free[lane] = opens
            for q in range(duties):
                current[q], leg[q], arrives[q] = duty_from[q] - 1, 0, -np.inf
            convoys, joined, end_of_all = 0, 0, opens
            q, released, left = 0, 0.0, duty_from[duties]
            setting_out = 0
            while True:
                if setting_out < duties:
                    q, released = setting_out, -np.inf
                    setting_out += 1
                else:
                    if left == 0:
                        break
                    q = 0
                    for other in range(1, duties):
                        if arrives[other] < arrives[q]:
                            q = other
                    i = current[q]
                    t = b.slot[i]
                    joins = arrives[q]
                    if window.every > 0:
                        number = int(np.ceil((joins + window.muster - window.first) / window.every))
                        if number > convoys:
                            convoys, joined = number, 0
                        elif joined == window.most:
                            convoys, joined = convoys + 1, 0
                        joins = window.first + convoys * window.every + joined * window.spacing
                        joined += 1
                    lane = 0
                    for other in range(1, window.lanes):
                        if free[other] < free[lane]:
                            lane = other
                    end = max(joins, free[lane]) + s.trip[t].screen * screening
                    free[lane] = end
                    end_of_all = max(end_of_all, end)
                    if end <= closes:
                        through = 1.0 - share * (max(end, opens) - opens) / (closes - opens)
                        persons += people[i] * through
                        value += weight[i] * through
                    released = end + s.trip[t].alight
                    left -= 1
                i = current[q] + 1
                current[q] = i
                if i == duty_from[q + 1]:
                    arrives[q] = np.inf
                    continue
                r = b.slot[i] // slots
                hit = -1
                if x.breaks[r, n] >= 0.0:
                    first, end_trip = duty_from[q], duty_from[q + 1]
                    legs = b.first[end_trip] - b.first[first] + end_trip - first
                    hit = min(legs - 1, int(x.breaks[r, n] * legs))
                if s.trip[b.slot[i]].rank > 0 and window.breaks:
                    released += s.trip[b.slot[i]].rest
                moment = max(float(b.leaves[i]), released)
                for j in range(b.first[i], b.first[i + 1]):
                    g = b.group[j]
                    if leg[q] == hit:
                        moment += x.stands[r, n]
                    leg[q] += 1
                    moment += b.drive[j] * x.leg[g, n] * day
                    moment = max(moment, float(b.ready[j])) + b.stay[j] * x.stop[g, n]
                    moment = max(moment, float(b.ends[j]))
                if leg[q] == hit:
                    moment += x.stands[r, n]
                leg[q] += 1
                g = b.group[b.first[i + 1] - 1]
                arrives[q] = moment + b.last[i] * x.line[g, n] * day
            if duties > 0:
                worst[n] = max(worst[n], end_of_all - closes)
                held[n] *= 1.0 - share * min(1.0, (end_of_all - opens) / (closes - opens))
    good = 0.0
    for n in range(worlds):
        if worst[n] <= 0.0:
            good += held[n]
    out[PROBABILITY], out[PERSONS], out[VALUE] = good / worlds, persons / worlds, value / worlds
    needed = int(np.ceil(level * worlds * worlds / held.sum())) - 1
    out[LATE] = np.sort(worst)[max(0, min(worlds - 1, needed))]
