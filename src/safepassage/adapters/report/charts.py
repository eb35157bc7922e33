"""Timeline per vehicle, queue at the crossing, people across over time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from safepassage.adapters.svg import Svg, TimeAxis, points
from safepassage.core.convoy.simulate import AcrossOverTime, QueueProfile
from safepassage.core.convoy.types import ConvoyProblem, OnwardTrip, Plan, Trip, Window
from safepassage.units import format_clock, moment_at

Translate = Callable[[str], str]

ROW_HEIGHT = 26
LEFT = 120.0
RIGHT = 1060.0
WIDTH = 1080.0
FLOOR = 210.0
PLOT_HEIGHT = 180.0


def clock(problem: ConvoyProblem, at_s: int) -> str:
    """Return local wall-clock time of a moment, e.g. ``08:30``."""
    return format_clock(moment_at(problem.epoch, at_s), problem.timezone)


def _axis(window: Window, plan: Plan) -> TimeAxis:
    ends = [item.arrive_s for item in plan.returns if item.window_id == window.window_id]
    ends += [item.back_s for item in plan.onward if item.window_id == window.window_id]
    begin = min(window.movement_from_s, window.opens_s)
    return TimeAxis(begin, max([window.closes_s, *ends]) + 600, LEFT, RIGHT)


def _draw_axis(svg: Svg, axis: TimeAxis, problem: ConvoyProblem, top: float, bottom: float) -> None:
    for tick in axis.ticks():
        x = axis.x(tick)
        svg.line(x, top, x, bottom, class_="grid")
        svg.label(x, bottom + 14, clock(problem, tick), class_="tick", text_anchor="middle")


def _draw_window(svg: Svg, axis: TimeAxis, window: Window, height: float, _: Translate) -> None:
    opens, last, closes = (
        axis.x(t) for t in (window.opens_s, window.last_through_s, window.closes_s)
    )
    svg.rect(opens, 20, last - opens, height, class_="window", tip=_("window open"))
    svg.rect(last, 20, closes - last, height, class_="margin", tip=_("margin kept free"))
    svg.label(opens + 4, 14, _("opens"), class_="note")
    svg.label(closes - 4, 14, _("closes"), class_="note", text_anchor="end")


def timeline(problem: ConvoyProblem, plan: Plan, window: Window, _: Translate) -> str:
    """Return the timeline of every vehicle that works in a window, near side first."""
    near = [t for t in plan.trips if t.window_id == window.window_id]
    onward = [t for t in plan.onward if t.window_id == window.window_id]
    rows = sorted({t.vehicle_id for t in near}) + sorted({t.vehicle_id for t in onward})
    axis = _axis(window, plan)
    height = ROW_HEIGHT * len(rows)
    svg = Svg(
        WIDTH,
        height + 44,
        f"{_('Timeline of vehicles')}: {window.window_id}",
        _("One row per vehicle; drive, pick-up, queue, screening, alighting from left to right."),
    )
    _draw_window(svg, axis, window, height, _)
    _draw_axis(svg, axis, problem, 20, 20 + height)
    for row, vehicle_id in enumerate(rows):
        y = 20.0 + row * ROW_HEIGHT
        svg.label(LEFT - 8, y + 17, vehicle_id, class_="row", text_anchor="end")
        svg.line(LEFT, y + ROW_HEIGHT, RIGHT, y + ROW_HEIGHT, class_="grid")
        for trip in near:
            if trip.vehicle_id == vehicle_id:
                _draw_trip(svg, axis, problem, trip, y + 4, _)
        for item in onward:
            if item.vehicle_id == vehicle_id:
                _draw_onward(svg, axis, problem, item, y + 4, _)
    for home in plan.returns:
        if home.window_id == window.window_id and home.vehicle_id in rows:
            y = 20.0 + rows.index(home.vehicle_id) * ROW_HEIGHT + 4
            _bar(svg, axis, problem, (home.depart_s, home.arrive_s), y, "drive", _("back to depot"))
    return svg.render("chart timeline")


def _bar(
    svg: Svg,
    axis: TimeAxis,
    problem: ConvoyProblem,
    span: tuple[int, int],
    y: float,
    kind: str,
    text: str,
) -> None:
    begin, end = span
    if end <= begin:
        return
    slim = 6 if kind == "drive" else 0
    svg.rect(
        axis.x(begin),
        y + slim,
        max(0.8, axis.x(end) - axis.x(begin)),
        ROW_HEIGHT - 8 - 2 * slim,
        class_=f"bar {kind}",
        tip=f"{text}, {clock(problem, begin)}–{clock(problem, end)}",
    )


def _draw_trip(
    svg: Svg, axis: TimeAxis, problem: ConvoyProblem, trip: Trip, y: float, _: Translate
) -> None:
    at = trip.depart_s
    for stop in trip.stops:
        _bar(svg, axis, problem, (at, stop.arrive_s), y, "drive", _("drive"))
        text = f"{_('pick-up')} {stop.place_id}: {len(stop.boards)}"
        _bar(svg, axis, problem, (stop.arrive_s, stop.depart_s), y, "pickup", text)
        at = stop.depart_s
    _bar(svg, axis, problem, (at, trip.queue_arrive_s), y, "drive", _("drive"))
    queue = (trip.queue_arrive_s, trip.screening_start_s)
    _bar(svg, axis, problem, queue, y, "queue", _("in the queue"))
    screening = (trip.screening_start_s, trip.screening_end_s)
    _bar(svg, axis, problem, screening, y, "screening", _("screening"))
    alighting = (trip.screening_end_s, trip.released_s)
    _bar(svg, axis, problem, alighting, y, "pickup", _("alighting"))


def _draw_onward(
    svg: Svg, axis: TimeAxis, problem: ConvoyProblem, trip: OnwardTrip, y: float, _: Translate
) -> None:
    _bar(svg, axis, problem, (trip.boards_from_s, trip.depart_s), y, "pickup", _("boarding"))
    at = trip.depart_s
    for stop in trip.stops:
        _bar(svg, axis, problem, (at, stop.arrive_s), y, "drive", _("drive"))
        text = f"{_('arrival')} {stop.centre_id}"
        _bar(svg, axis, problem, (stop.arrive_s, stop.depart_s), y, "arrival", text)
        at = stop.depart_s
    _bar(svg, axis, problem, (at, trip.back_s), y, "drive", _("back to the crossing"))


def crossing_chart(
    problem: ConvoyProblem,
    plan: Plan,
    window: Window,
    profile: QueueProfile,
    across: AcrossOverTime | None,
    _: Translate,
) -> str:
    """Return persons waiting in the queue and persons across over the day of a window.

    Parameters
    ----------
    profile
        The judge's account of the queue, as planned.
    across
        The band under delays, over all windows; None where nothing was simulated.
    """
    axis = _axis(window, plan)
    svg = Svg(
        WIDTH,
        250,
        f"{_('Queue at the crossing')}: {window.window_id}",
        _("Bars: persons waiting to be screened. Line: persons across so far."),
    )
    _draw_window(svg, axis, window, 190, _)
    _draw_axis(svg, axis, problem, 20, 210)
    total = max(1, int(profile.persons_across.max(initial=0)))
    peak = int(profile.persons_waiting.max(initial=0))
    _draw_queue(svg, axis, profile, max(total / 2, peak))
    if across is not None:
        _draw_band(svg, axis, window, across, total)
    _draw_across(svg, axis, profile, total)
    svg.label(LEFT - 8, 32, f"{total} {_('across')}", class_="tick line-text", text_anchor="end")
    svg.label(LEFT - 8, 206, f"{_('queue, at most')} {peak}", class_="tick", text_anchor="end")
    return svg.render("chart queue-chart")


def _draw_queue(svg: Svg, axis: TimeAxis, profile: QueueProfile, top: float) -> None:
    at = profile.at_s.tolist()
    for (begin, end), persons in zip(pairwise(at), profile.persons_waiting.tolist(), strict=False):
        if persons:
            height = persons / top * PLOT_HEIGHT
            width = axis.x(end) - axis.x(begin)
            svg.rect(
                axis.x(begin), FLOOR - height, width, height, class_="queue-bar", tip=str(persons)
            )


def _draw_band(
    svg: Svg, axis: TimeAxis, window: Window, across: AcrossOverTime, total: int
) -> None:
    """Draw the 5th to 95th percentile of people across in this window under delays."""
    inside = (across.at_s >= window.opens_s) & (across.at_s <= window.closes_s)
    moments = across.at_s[inside].tolist()
    if not moments:
        return
    low = (across.low[inside] - across.low[inside][0]).tolist()
    high = (across.high[inside] - across.high[inside][0]).tolist()
    edge = [(axis.x(t), _level(n, total)) for t, n in zip(moments, high, strict=True)]
    edge += [(axis.x(t), _level(n, total)) for t, n in zip(moments[::-1], low[::-1], strict=True)]
    svg.add("polygon", points=points(edge), class_="across-band")


def _level(persons: float, total: int) -> float:
    return FLOOR - min(1.0, persons / total) * PLOT_HEIGHT


def _draw_across(svg: Svg, axis: TimeAxis, profile: QueueProfile, total: int) -> None:
    line = [(axis.x(axis.from_s), FLOOR)]
    for at, persons in zip(profile.at_s.tolist(), profile.persons_across.tolist(), strict=True):
        line += [(axis.x(at), line[-1][1]), (axis.x(at), _level(persons, total))]
    line.append((axis.x(axis.to_s), line[-1][1]))
    svg.add("polyline", points=points(line), class_="across-line")


def reasons_chart(reasons: list[tuple[str, int]], title: str) -> str:
    """Return horizontal bars of persons left by reason, largest first."""
    top = max((count for _name, count in reasons), default=1)
    svg = Svg(WIDTH, 28 * len(reasons) + 8, title)
    for row, (name, count) in enumerate(reasons):
        y = 4.0 + row * 28
        svg.label(330, y + 17, name, class_="row", text_anchor="end")
        svg.rect(340, y, max(1.0, count / top * 660), 22, class_="bar left")
        svg.label(348 + count / top * 660, y + 17, str(count), class_="row")
    return svg.render("chart reasons")
