"""Pictures of a plan: vehicles over the day, the crossing, people across, who is left.

Each is an SVG that stands alone or goes into the report; :func:`write_pictures` also writes PNG.
Kinds of bar differ in shape or hatch beside their colour, and every number that matters is written
out (docs/spec/05-convoy.md §54 to §57).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from safepassage.adapters.convoy_sheet import (
    RIGHT,
    WIDTH,
    PlanView,
    Sheet,
    round_steps,
)
from safepassage.adapters.documents.common import file_stem
from safepassage.adapters.map_frame import text_width
from safepassage.adapters.map_panel import shortened
from safepassage.adapters.map_picture import picture_png
from safepassage.adapters.plan_words import (
    LEFT_SENTENCES,
    LEFT_WORDS,
    OWN_CHOICE,
    WINDOW_STATES,
    LeftCount,
    Translate,
    day,
    help_words,
    left_counts,
    waits_from_s,
)
from safepassage.adapters.svg import TimeAxis, points
from safepassage.core.agreement.wording import msg
from safepassage.core.convoy.simulate import AcrossOverTime, QueueProfile, queue_profile
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Crossing,
    OnwardTrip,
    Trip,
    Vehicle,
    Window,
)
from safepassage.units import SECONDS_PER_MINUTE

PICTURE_KINDS: Final = (".svg", ".png")

LEFT: Final = 238.0
ROW: Final = 32.0
LANE_ROW: Final = 30.0
PLOT: Final = 190.0

TIMELINE_TEXT: Final = msg(
    "One row per vehicle, time from left to right: driving, boarding, queue, screening, alighting. "
    "Numbers: persons boarding or arriving; in screening, the lane."
)
QUEUE_TEXT: Final = msg(
    "Above: which vehicle each lane screens when, with the persons in it. Below: persons who wait "
    "in a vehicle to be screened."
)
ACROSS_TEXT: Final = msg(
    "Persons across since the beginning, window by window: as planned, and under random delays the "
    "middle run and the band that holds nine runs of ten."
)
LEFT_TEXT: Final = msg("Persons and households that the plan leaves, by the reason that binds.")


def plan_pictures(
    view: PlanView, translate: Translate = str, *, whole: bool = True
) -> Iterator[tuple[str, str]]:
    """Yield (name, SVG) of every picture that the plan gives.

    Parameters
    ----------
    whole
        As sheets of their own; without, for a page that has title and banner.
    """
    queues = {profile.window_id: profile for profile in queue_profile(view.problem, view.plan)}
    for window in used_windows(view):
        stem = file_stem("timeline", window.window_id)
        yield stem, timeline_picture(view, window, translate, whole=whole)
    for window in used_windows(view):
        stem = file_stem("crossing", window.window_id)
        profile = queues[window.window_id]
        yield stem, crossing_picture(view, window, profile, translate, whole=whole)
    if view.plan.trips:
        yield "across", across_picture(view, translate, whole=whole)
    if view.plan.left:
        yield "left", left_picture(view, translate, whole=whole)


def write_pictures(
    folder: Path,
    view: PlanView,
    translate: Translate = str,
    *,
    png: bool = True,
    progress: Callable[[str], None] | None = None,
) -> tuple[Path, ...]:
    """Write every picture of a plan as SVG, and as PNG beside it.

    Raises
    ------
    MissingExtraError
        If `png` is asked for and the extra ``pictures`` is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, drawing in plan_pictures(view, translate):
        if progress:
            progress(name)
        written.append(write_picture(folder / f"{name}.svg", drawing))
        if png:
            written.append(write_picture(folder / f"{name}.png", drawing))
    return tuple(written)


def write_picture(path: Path, drawing: str) -> Path:
    """Write one picture, as PNG if the file is called so, else as SVG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".png":
        path.write_bytes(picture_png(drawing))
    else:
        path.write_text(drawing + "\n", encoding="utf-8", newline="\n")
    return path


def used_windows(view: PlanView) -> list[Window]:
    """Return the windows in which the plan has trips, by opening."""
    used = {trip.window_id for trip in view.plan.trips}
    windows = [window for window in view.problem.windows if window.window_id in used]
    return sorted(windows, key=lambda window: (window.opens_s, window.window_id))


def crossing_of(problem: ConvoyProblem, window: Window) -> Crossing:
    """Return the crossing of a window."""
    return next(one for one in problem.crossings if one.crossing_id == window.crossing_id)


def _window_words(view: PlanView, window: Window, _: Translate) -> str:
    at = view.name(crossing_of(view.problem, window).place_id)
    state = WINDOW_STATES.get(window.state)
    clocks = f"{view.clock(window.opens_s)}–{view.clock(window.closes_s)}"
    when = f"{_('Window')} {window.window_id}, {day(view.problem, window)}, {clocks}"
    parts = (when, at, _(state) if state else window.state)
    return "  ·  ".join(parts)


# Vehicles over the day.


def timeline_picture(
    view: PlanView,
    window: Window,
    translate: Translate = str,
    *,
    whole: bool = True,
    key: str = "",
) -> str:
    """Return the day of every vehicle that works in a window: to the crossing, then from it."""
    _ = translate
    sheet = Sheet(
        view, f"{_('Timeline of vehicles')}: {window.window_id}", _(TIMELINE_TEXT), _, whole,
        key or file_stem("t", window.window_id),
    )  # fmt: skip
    sheet.head(_window_words(view, window, _))
    sheet.legend(_timeline_legend(view, window, _))
    rows = _vehicle_rows(view, window)
    axis = _day_axis(view, window)
    top = sheet.y + 24
    bottom = top + sum(ROW if vehicle else ROW - 4 for vehicle, _words in rows)
    _draw_ground(sheet, axis, window, top, bottom)
    sheet.time_axis(axis, top, bottom)
    _draw_edges(sheet, axis, window, top, bottom)
    y = top
    for vehicle, words in rows:
        if vehicle is None:
            _draw_side(sheet, axis, words, y)
            y += ROW - 4
            continue
        _draw_vehicle(sheet, axis, window, vehicle, y, words)
        y += ROW
    sheet.y = bottom + 30
    return sheet.finish()


def _draw_side(sheet: Sheet, axis: TimeAxis, words: str, y: float) -> None:
    """Draw the head of a side's vehicles, with the hours once more."""
    sheet.svg.rect(24.0, y, RIGHT - 24, ROW - 4, class_="stripe")
    sheet.svg.label(30.0, y + 19, shortened(words, LEFT - 40, 14), class_="head")
    for tick in axis.ticks():
        words = sheet.view.clock(tick)
        sheet.svg.label(axis.x(tick), y + 19, words, class_="tick", text_anchor="middle")


def _timeline_legend(view: PlanView, window: Window, _: Translate) -> list[tuple[str, str]]:
    mustered = any(
        trip.muster_arrive_s is not None
        for trip in view.plan.trips
        if trip.window_id == window.window_id
    )
    return [
        ("drive", _("driving")),
        ("boarding", _("boarding, with persons")),
        *([("muster", _("waiting for the convoy"))] if mustered else []),
        ("queue", _("in the queue")),
        ("screening", _("screening, with the lane")),
        ("alighting", _("alighting")),
        ("arrival", _("arrival at a centre, with persons")),
        ("margin", _("margin kept free")),
    ]


def _vehicle_rows(view: PlanView, window: Window) -> list[tuple[Vehicle | None, str]]:
    """Return heads (no vehicle) and vehicles with what they carry, near side first."""
    vehicles = {vehicle.vehicle_id: vehicle for vehicle in view.problem.vehicles}
    persons = view.persons_of()
    carried: Counter[str] = Counter()
    onward: Counter[str] = Counter()
    for trip in view.plan.trips:
        if trip.window_id == window.window_id:
            carried[trip.vehicle_id] += sum(persons[t] for s in trip.stops for t in s.boards)
    for item in view.plan.onward:
        if item.window_id == window.window_id:
            onward[item.vehicle_id] += sum(persons[t] for s in item.stops for t in s.alights)
    crossing = crossing_of(view.problem, window)
    rows: list[tuple[Vehicle | None, str]] = []
    for side, counts in ((crossing.from_side, carried), (crossing.to_side, onward)):
        if counts:
            rows.append((None, view.parties.get(side, side)))
        rows += [(vehicles[name], str(counts[name])) for name in sorted(counts)]
    return rows


def _day_axis(view: PlanView, window: Window) -> TimeAxis:
    here = window.window_id
    ends = [item.arrive_s for item in view.plan.returns if item.window_id == here]
    ends += [item.back_s for item in view.plan.onward if item.window_id == here]
    begins = [trip.depart_s for trip in view.plan.trips if trip.window_id == here]
    first = min([window.opens_s, *begins]) - 40 * SECONDS_PER_MINUTE
    return TimeAxis(first, max([window.closes_s, *ends]) + 600, LEFT, RIGHT)


def _draw_ground(sheet: Sheet, axis: TimeAxis, window: Window, top: float, bottom: float) -> None:
    """Shade when the window is open, and its margin."""
    _ = sheet.translate
    opens, last, closes = (
        axis.x(at) for at in (window.opens_s, window.last_through_s, window.closes_s)
    )
    sheet.svg.rect(opens, top, last - opens, bottom - top, _("window open"), class_="open")
    if closes > last:
        sheet.bar(last, top, closes - last, "margin", _("margin kept free"), bottom - top)


def _draw_edges(sheet: Sheet, axis: TimeAxis, window: Window, top: float, bottom: float) -> None:
    """Draw opening, last planned moment and close as lines."""
    _, svg, clocks = sheet.translate, sheet.svg, sheet.view.clock
    opens, closes, last = (
        axis.x(at) for at in (window.opens_s, window.closes_s, window.last_through_s)
    )
    svg.line(last, top, last, bottom, class_="edge late")
    svg.line(opens, top - 6, opens, bottom, class_="edge")
    svg.line(closes, top - 6, closes, bottom, class_="edge")
    svg.label(opens + 4, top - 8, f"{_('opens')} {clocks(window.opens_s)}", class_="small strong")
    words = f"{_('closes')} {clocks(window.closes_s)}"
    if closes + text_width(words, 12, bold=True) + 6 <= RIGHT:
        svg.label(closes + 4, top - 8, words, class_="small strong")
    else:
        svg.label(closes - 4, top - 8, words, class_="small strong", text_anchor="end")


def _draw_vehicle(
    sheet: Sheet, axis: TimeAxis, window: Window, vehicle: Vehicle, y: float, persons: str
) -> None:
    svg, plan, here = sheet.svg, sheet.view.plan, window.window_id
    svg.line(24.0, y + ROW, RIGHT, y + ROW, class_="grid")
    name = shortened(vehicle.vehicle_id, LEFT - 80, 13)
    svg.label(30.0, y + 14, name, class_="strong")
    svg.label(30.0, y + 27, shortened(vehicle.vehicle_type, LEFT - 84, 12), class_="small")
    words = f"{persons} {sheet.translate('pers.')}"
    svg.label(LEFT - 8, y + 20, words, class_="small", text_anchor="end")
    trips = [t for t in plan.trips if (t.vehicle_id, t.window_id) == (vehicle.vehicle_id, here)]
    for trip in trips:
        _draw_trip(sheet, axis, trip, y + 6)
    for item in plan.onward:
        if (item.vehicle_id, item.window_id) == (vehicle.vehicle_id, here):
            _draw_onward(sheet, axis, item, y + 6)
    for home in plan.returns:
        if (home.vehicle_id, home.window_id) == (vehicle.vehicle_id, here):
            words = sheet.translate("back to the depot")
            _span(sheet, axis, (home.depart_s, home.arrive_s), y + 6, "drive", words)
    if trips:
        first = min(trip.depart_s for trip in trips)
        words = sheet.view.clock(first)
        svg.label(axis.x(first) - 4, y + 20, words, class_="small", text_anchor="end")


def _span(
    sheet: Sheet,
    axis: TimeAxis,
    span: tuple[int, int],
    y: float,
    kind: str,
    words: str,
    number: str = "",
) -> None:
    """Draw one bar, with a number in it where it is wide enough."""
    begin, end = span
    if end <= begin:
        return
    x, width = axis.x(begin), max(1.0, axis.x(end) - axis.x(begin))
    clocks = f"{sheet.view.clock(begin)}–{sheet.view.clock(end)}"
    sheet.bar(x, y, width, kind, f"{words}, {clocks}", 20.0)
    if number and text_width(number, 11.5) + 1 <= width:
        style = "off" if kind == "alighting" else "on"
        sheet.svg.label(x + width / 2, y + 14.5, number, class_=style)


def _draw_trip(sheet: Sheet, axis: TimeAxis, trip: Trip, y: float) -> None:
    _, view, persons = sheet.translate, sheet.view, sheet.view.persons_of()
    at = trip.depart_s
    for stop in trip.stops:
        _span(sheet, axis, (at, stop.arrive_s), y, "drive", _("driving"))
        count = str(sum(persons[token] for token in stop.boards))
        words = f"{view.name(stop.place_id)}, {_('boarding')}: {count}"
        _span(sheet, axis, (stop.arrive_s, stop.depart_s), y, "boarding", words, count)
        at = stop.depart_s
    _span(sheet, axis, (at, waits_from_s(trip)), y, "drive", _("driving"))
    if trip.muster_arrive_s is not None:
        mustered = (trip.muster_arrive_s, trip.queue_arrive_s)
        _span(sheet, axis, mustered, y, "muster", _("waiting for the convoy"))
    queue = (trip.queue_arrive_s, trip.screening_start_s)
    _span(sheet, axis, queue, y, "queue", _("in the queue"))
    lane = str(trip.lane + 1)
    screening = (trip.screening_start_s, trip.screening_end_s)
    _span(sheet, axis, screening, y, "screening", f"{_('screening')}, {_('lane')} {lane}", lane)
    alighting = (trip.screening_end_s, trip.released_s)
    _span(sheet, axis, alighting, y, "alighting", _("alighting"))


def _draw_onward(sheet: Sheet, axis: TimeAxis, trip: OnwardTrip, y: float) -> None:
    _, persons = sheet.translate, sheet.view.persons_of()
    total = str(sum(persons[token] for stop in trip.stops for token in stop.alights))
    boards = (trip.boards_from_s, trip.depart_s)
    _span(sheet, axis, boards, y, "boarding", f"{_('boarding')}: {total}", total)
    at = trip.depart_s
    for stop in trip.stops:
        _span(sheet, axis, (at, stop.arrive_s), y, "drive", _("driving"))
        count = str(sum(persons[token] for token in stop.alights))
        words = f"{sheet.view.name(stop.centre_id)}, {_('arrival')}: {count}"
        _span(sheet, axis, (stop.arrive_s, stop.depart_s), y, "arrival", words, count)
        at = stop.depart_s
    _span(sheet, axis, (at, trip.back_s), y, "drive", _("back to the crossing"))


# The crossing over the day.


def crossing_picture(
    view: PlanView,
    window: Window,
    profile: QueueProfile,
    translate: Translate = str,
    *,
    whole: bool = True,
    key: str = "",
) -> str:
    """Return what each lane does and how many people wait, over a window.

    Parameters
    ----------
    profile
        The judge's account of the queue, as planned.
    """
    _ = translate
    sheet = Sheet(
        view, f"{_('Queue and lanes at the crossing')}: {window.window_id}", _(QUEUE_TEXT), _,
        whole, key or file_stem("q", window.window_id),
    )  # fmt: skip
    sheet.head(_window_words(view, window, _))
    sheet.legend([
        ("screening", _("screening: vehicle, persons")),
        ("queue", _("persons waiting in a vehicle")),
        ("margin", _("margin kept free")),
    ])  # fmt: skip
    trips = [trip for trip in view.plan.trips if trip.window_id == window.window_id]
    first = min(window.opens_s, *(trip.queue_arrive_s for trip in trips)) - 600
    last = max(window.closes_s, *(trip.screening_end_s for trip in trips)) + 900
    axis = TimeAxis(first, last, 150.0, RIGHT)
    lanes_top = sheet.y + 24
    lanes_bottom = lanes_top + profile.lanes * LANE_ROW
    floor = lanes_bottom + 30 + PLOT
    _draw_ground(sheet, axis, window, lanes_top, floor)
    sheet.time_axis(axis, lanes_top, floor)
    _draw_lanes(sheet, axis, trips, profile.lanes, lanes_top)
    _draw_waiting(sheet, axis, profile, floor)
    _draw_edges(sheet, axis, window, lanes_top, floor)
    sheet.y = floor + 30
    _queue_sentence(sheet, window, profile)
    return sheet.finish()


def _draw_lanes(
    sheet: Sheet, axis: TimeAxis, trips: Sequence[Trip], lanes: int, top: float
) -> None:
    persons = sheet.view.persons_of()
    for lane in range(lanes):
        y = top + lane * LANE_ROW
        sheet.svg.label(140.0, y + 20, f"{sheet.translate('Lane')} {lane + 1}",
                        class_="strong", text_anchor="end")  # fmt: skip
        sheet.svg.line(24.0, y + LANE_ROW, RIGHT, y + LANE_ROW, class_="grid")
        for trip in trips:
            if trip.lane != lane:
                continue
            x, end = axis.x(trip.screening_start_s), axis.x(trip.screening_end_s)
            count = sum(persons[token] for stop in trip.stops for token in stop.boards)
            clocks = f"{sheet.view.clock(trip.screening_start_s)}–"
            clocks += sheet.view.clock(trip.screening_end_s)
            width = max(1.0, end - x - 1)  # a gap between neighbours, so that each can be told
            sheet.bar(x, y + 4, width, "screening", f"{trip.vehicle_id}: {count}, {clocks}", 22.0)
            for words in (f"{trip.vehicle_id}: {count}", str(count)):
                if text_width(words, 11.5) + 4 <= width:
                    sheet.svg.label(x + width / 2, y + 19, words, class_="on")
                    break


def _draw_waiting(sheet: Sheet, axis: TimeAxis, profile: QueueProfile, floor: float) -> None:
    steps = round_steps(int(profile.persons_waiting.max(initial=0)))
    _draw_scale(sheet, steps, floor, 150.0, RIGHT)
    sheet.svg.label(24.0, floor - PLOT - 12, sheet.translate("Persons waiting"), class_="strong")
    at = profile.at_s.tolist()
    for (begin, end), persons in zip(pairwise(at), profile.persons_waiting.tolist(), strict=False):
        if persons:
            height = persons / steps[-1] * PLOT
            clocks = f"{sheet.view.clock(begin)}–{sheet.view.clock(end)}"
            sheet.bar(axis.x(begin), floor - height, axis.x(end) - axis.x(begin), "queue",
                      f"{persons}, {clocks}", height)  # fmt: skip
    sheet.svg.line(150.0, floor, RIGHT, floor, class_="rule")


def _draw_scale(sheet: Sheet, steps: range, floor: float, left: float, right: float) -> None:
    for number in steps:
        y = floor - number / steps[-1] * PLOT
        sheet.svg.line(left, y, right, y, class_="grid")
        sheet.svg.label(left - 8, y + 4, str(number), class_="tick", text_anchor="end")


def _queue_sentence(sheet: Sheet, window: Window, profile: QueueProfile) -> None:
    _ = sheet.translate
    peak = int(profile.persons_waiting.max(initial=0))
    at = int(profile.persons_waiting.argmax())
    share = lane_share(window, profile)
    words = f"{_('Lanes in use')}: {share:.0%} {_('of the time from opening to the last moment')}. "
    if peak:
        words += (
            f"{_('Most waiting')}: {peak} {_('persons in')} {int(profile.vehicles_waiting[at])} "
            f"{_('vehicles')}, {sheet.view.clock(int(profile.at_s[at]))}."
        )
    else:
        words += _("Nobody waits.")
    sheet.svg.label(24.0, sheet.y + 14, words, class_="sub")
    sheet.y += 30


def lane_share(window: Window, profile: QueueProfile) -> float:
    """Return the share of lane time in use from the opening to the last planned moment."""
    at = profile.at_s.tolist()
    busy = sum(
        lanes * max(0, min(end, window.last_through_s) - max(begin, window.opens_s))
        for (begin, end), lanes in zip(pairwise(at), profile.lanes_busy.tolist(), strict=False)
    )
    return float(busy) / max(1, profile.lanes * (window.last_through_s - window.opens_s))


# People across over time.


def across_picture(
    view: PlanView, translate: Translate = str, *, whole: bool = True, key: str = "a"
) -> str:
    """Return people across since the beginning, one panel a window, with the band of delays."""
    _ = translate
    sheet = Sheet(view, _("People across over time"), _(ACROSS_TEXT), _, whole, key)
    planned = view.plan.totals.persons
    sheet.head(_across_words(view, _))
    items = [("planned", _("as planned"))]
    if view.across is not None:
        items += [("median", _("middle run under delays")), ("band", _("nine runs in ten"))]
    sheet.legend(items)
    windows = used_windows(view)
    steps = round_steps(max(planned, 1))
    for begin in range(0, len(windows), 3):
        _draw_panels(sheet, windows[begin : begin + 3], steps)
    return sheet.finish()


def _across_words(view: PlanView, _: Translate) -> str:
    words = f"{_('planned across')}: {view.plan.totals.persons}"
    if view.simulation is not None:
        said = view.simulation
        words += (
            f"  ·  {_('expected across under delays')}: {said.persons_expected:.0f} "
            f"({said.persons_low}–{said.persons_high})  ·  "
            f"{_('everybody planned is across')}: {said.probability_all_across:.1%} "
            f"({_('standard error')} {said.probability_standard_error:.1%})"
        )
    return words


def _draw_panels(sheet: Sheet, windows: Sequence[Window], steps: range) -> None:
    left, gap = 74.0, 74.0
    width = (RIGHT - left - gap * (len(windows) - 1)) / len(windows)
    floor = sheet.y + 44 + PLOT
    for number, window in enumerate(windows):
        x = left + number * (width + gap)
        _draw_panel(sheet, window, steps, (x, x + width), floor)
    sheet.y = floor + 34


def _draw_panel(
    sheet: Sheet, window: Window, steps: range, ends: tuple[float, float], floor: float
) -> None:
    view, svg = sheet.view, sheet.svg
    left, right = ends
    axis = TimeAxis(window.opens_s, window.closes_s, left, right)
    _draw_scale(sheet, steps, floor, left, right)
    last = axis.x(window.last_through_s)
    sheet.bar(last, floor - PLOT, right - last, "margin", sheet.translate("margin kept free"), PLOT)
    sheet.time_axis(axis, floor - PLOT, floor)
    words = f"{window.window_id}, {day(view.problem, window)}"
    svg.label(left, floor - PLOT - 14, words, class_="strong")
    if view.across is not None:
        _draw_band(sheet, axis, window, view.across, steps[-1], floor)
    _draw_planned(sheet, axis, window, steps[-1], floor)
    svg.line(left, floor, right, floor, class_="rule")


def _draw_band(
    sheet: Sheet, axis: TimeAxis, window: Window, across: AcrossOverTime, top: int, floor: float
) -> None:
    """Draw the 5th to 95th percentile and the median, from opening to close."""
    inside = (across.at_s >= window.opens_s) & (across.at_s <= window.closes_s)
    moments = across.at_s[inside].tolist()
    if not moments:
        return
    low, high, median = (
        [(axis.x(at), floor - n / top * PLOT) for at, n in zip(moments, row.tolist(), strict=True)]
        for row in (across.low[inside], across.high[inside], across.median[inside])
    )
    sheet.svg.add(
        "polygon", points=points([*high, *low[::-1]]), class_="band", fill=sheet.hatch("band")
    )
    sheet.svg.add("polyline", points=points(median), class_="median")
    end = int(across.median[inside][-1])
    sheet.svg.label(axis.right - 4, median[-1][1] + 16, str(end),
                    class_="t-median", text_anchor="end")  # fmt: skip


def _draw_planned(sheet: Sheet, axis: TimeAxis, window: Window, top: int, floor: float) -> None:
    persons = sheet.view.persons_of()
    count, after = 0, []
    for trip in sorted(sheet.view.plan.trips, key=lambda one: one.screening_end_s):
        aboard = sum(persons[token] for stop in trip.stops for token in stop.boards)
        if trip.screening_end_s <= window.opens_s:
            count += aboard
        elif trip.screening_end_s <= window.closes_s:
            after.append((trip.screening_end_s, aboard))
    line = [(axis.x(window.opens_s), floor - count / top * PLOT)]
    for at, aboard in after:
        count += aboard
        line += [(axis.x(at), line[-1][1]), (axis.x(at), floor - count / top * PLOT)]
    line.append((axis.x(window.closes_s), line[-1][1]))
    sheet.svg.add("polyline", points=points(line), class_="planned")
    sheet.svg.label(axis.right - 4, line[-1][1] - 7, str(count),
                    class_="t-planned", text_anchor="end")  # fmt: skip


# Who is left.


def left_picture(
    view: PlanView, translate: Translate = str, *, whole: bool = True, key: str = "l"
) -> str:
    """Return persons left by reason, with what each means and what would help most."""
    _ = translate
    sheet = Sheet(view, _("Who is left, by reason"), _(LEFT_TEXT), _, whole, key)
    counts = left_counts(view.plan.left)
    total = sum(one.persons for one in counts)
    sheet.head(f"{total} {_('persons in')} {len(view.plan.left)} {_('households')}")
    most = max((one.persons for one in counts), default=1)
    for words, kind, wanted in (
        (_("What stands in the way of those who want to go"), "bar-plan", False),
        (_("What people chose, or have not been asked"), "bar-own", True),
    ):
        part = [one for one in counts if (one.reason in OWN_CHOICE) is wanted]
        if part:
            _draw_reasons(sheet, words, kind, sorted(part, key=lambda one: -one.persons), most)
    _draw_helps(sheet)
    sheet.y += 10
    return sheet.finish()


def _draw_reasons(
    sheet: Sheet, title: str, kind: str, counts: Sequence[LeftCount], most: int
) -> None:
    _, svg = sheet.translate, sheet.svg
    total = sum(one.persons for one in counts)
    svg.label(24.0, sheet.y + 24, f"{title}: {total}", class_="head")
    sheet.y += 36
    left, room = 330.0, 500.0
    for one in counts:
        width = max(2.0, one.persons / most * room)
        fill = {"fill": sheet.hatch("own")} if kind == "bar-own" else {}
        svg.label(left - 12, sheet.y + 17, _(LEFT_WORDS[one.reason]), text_anchor="end",
                  class_="strong")  # fmt: skip
        svg.rect(left, sheet.y + 2, width, 20.0, class_=kind, **fill)
        words = f"{one.persons} {_('persons in')} {one.households} {_('households')}"
        svg.label(left + width + 8, sheet.y + 17, words)
        svg.label(left, sheet.y + 37, _(LEFT_SENTENCES[one.reason]), class_="small")
        sheet.y += 48


def _draw_helps(sheet: Sheet) -> None:
    """Write what would help most, at most five changes that are worth anything."""
    _, svg = sheet.translate, sheet.svg
    useful = [one for one in sheet.view.helps if one.persons or one.value][:5]
    if not useful:
        return
    names = {one.crossing_id: sheet.view.name(one.place_id) for one in sheet.view.problem.crossings}
    svg.label(24.0, sheet.y + 24, _("What would help most, by the proven bound"), class_="head")
    sheet.y += 34
    for one in useful:
        words = (
            f"{help_words(one, names, _)}: {_('at most')} {one.persons:.0f} {_('pers.')} "
            f"{_('more across')}"
        )
        svg.label(40.0, sheet.y + 16, shortened(words, WIDTH - 80, 13))
        sheet.y += 22
