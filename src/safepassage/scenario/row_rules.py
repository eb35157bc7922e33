"""What can be wrong with one row seen alone, beyond its cells; one function a resource."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from safepassage.errors import Finding, Severity
from safepassage.scenario.areas import LINE
from safepassage.scenario.tables import Table, TypedRow
from safepassage.units import SECONDS_PER_MINUTE, parse_moment

RowRule = Callable[[Table, TypedRow, datetime], Iterator[Finding]]
"""Table, row and the scenario's epoch to what is wrong."""

MINUTES_PER_HOUR = 60
_LONGEST_WINDOW = timedelta(hours=48)
_WAY = re.compile(r"-?\d{1,18}", re.ASCII)
SEATS = ("seated", "wheelchair", "stretcher")


def check_rows(table: Table, epoch: datetime) -> None:
    """Apply the resource's rule to every row; rows with an error are set aside."""
    rule = ROW_RULES.get(table.resource.name)
    problems: dict[int, list[Finding]] = {}
    for typed in table.rows if rule else ():
        found = list(rule(table, typed, epoch)) if rule else []
        errors = [finding for finding in found if finding.severity is Severity.ERROR]
        if errors:
            problems[typed.row] = errors
        table.findings.extend(finding for finding in found if finding not in errors)
    table.set_aside(problems)


def moment(values: Mapping[str, Any], name: str) -> datetime | None:
    """Return a moment of the row in UTC, None where the cell is empty."""
    return parse_moment(values[name]) if values[name] else None


def persons(values: Mapping[str, Any]) -> int:
    """Return the persons of a row of ``households.csv``."""
    return sum(values[kind] for kind in SEATS)


def _place(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all rules
    values: Mapping[str, Any] = typed.values
    capacity, accessible = values["capacity"], values["capacity_accessible"]
    if values["kind"] == "reception_centre" and capacity is None:
        message = "is empty; a reception centre needs its places in persons"
        yield table.problem(message, 19, row=typed.row, column="capacity")
    if accessible is not None and accessible > (capacity or 0):
        message = f"{accessible} accessible places are more than the {capacity or 0} places in all"
        yield table.problem(message, 19, row=typed.row, column="capacity_accessible")
    yield from _both_hours(table, typed, "receives", rule=50)
    if values["receives_from"] is not None and values["kind"] != "reception_centre":
        message = f"is set on a {values['kind']}; only a reception centre receives people"
        yield table.problem(message, 50, row=typed.row, column="receives_from")


def _both_hours(table: Table, typed: TypedRow, name: str, *, rule: int) -> Iterator[Finding]:
    start, end = (typed.values[f"{name}_{part}"] for part in ("from", "to"))
    if (start is None) != (end is None):
        column = f"{name}_from" if start is None else f"{name}_to"
        message = f"is empty; daily hours need both {name}_from and {name}_to"
        yield table.problem(message, rule, row=typed.row, column=column)
    elif start is not None and start == end:
        message = f"is also {name}_from; leave both empty for the whole day"
        yield table.problem(message, rule, row=typed.row, column=f"{name}_to")


def _control(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all rules
    yield from _ends_after(table, typed, "valid_from", "valid_to", rule=21)


def _hazard(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all rules
    values: Mapping[str, Any] = typed.values
    yield from _ends_after(table, typed, "observed_at", "valid_to", rule=25)
    if values[LINE] and not values["reach_m"]:
        message = "is empty or 0; a line needs the metres to either side within which it acts"
        yield table.problem(message, 25, row=typed.row, column="reach_m")
    if not values[LINE] and values["reach_m"]:
        message = "is set on an area; only a line has a reach, draw the area wider instead"
        yield table.problem(message, 25, row=typed.row, column="reach_m")
    yield from _whole_ways(table, typed, rule=25)


def _closure(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all rules
    values: Mapping[str, Any] = typed.values
    yield from _ends_after(table, typed, "valid_from", "valid_to", rule=44)
    yield from _daily_hours(table, typed)
    yield from _whole_ways(table, typed, rule=44)
    if values["reach_m"] and not values[LINE]:
        message = "is set on what is no line; only a line has a reach"
        yield table.problem(message, 44, row=typed.row, column="reach_m")
    times = ("valid_from", "valid_to", "windows", "daily_from", "weekdays")
    if values["kind"] == "open_only" and not any(values[name] is not None for name in times):
        message = "is open at its times only and has none; give windows, daily hours or dates"
        yield table.problem(message, 44, row=typed.row, column="kind")


def _daily_hours(table: Table, typed: TypedRow) -> Iterator[Finding]:
    values: Mapping[str, Any] = typed.values
    zone = values["timezone"]
    yield from _both_hours(table, typed, "daily", rule=44)
    if zone is not None and not is_timezone(zone):
        message = f"'{zone}' is not a time zone; accepted: a name such as Europe/Kyiv, or UTC"
        yield table.problem(message, 44, row=typed.row, column="timezone")


def is_timezone(name: object) -> bool:
    """Return whether a name is one of the IANA list."""
    try:
        ZoneInfo(name if isinstance(name, str) and name else "?")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _whole_ways(table: Table, typed: TypedRow, *, rule: int) -> Iterator[Finding]:
    for way in _as_ids(typed.values["way_ids"]):
        if not _WAY.fullmatch(way):
            message = f"'{way}' is not the id of a way; accepted: whole numbers"
            yield table.problem(message, rule, row=typed.row, column="way_ids")


def _assumed(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all rules
    yield from _ends_after(table, typed, "valid_from", "valid_to", rule=47)


def _ends_after(
    table: Table, typed: TypedRow, start: str, end: str, *, rule: int
) -> Iterator[Finding]:
    first, last = moment(typed.values, start), moment(typed.values, end)
    if first is not None and last is not None and last <= first:
        message = f"'{typed.values[end]}' is not after {start} '{typed.values[start]}'"
        yield table.problem(message, rule, row=typed.row, column=end)


def _household(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all rules
    values: Mapping[str, Any] = typed.values
    aboard = persons(values)
    known = (values["children"] or 0) + (values["adults"] or 0)
    if aboard == 0:
        message = "the row has no persons; seated, wheelchair and stretcher are all 0"
        yield table.problem(message, 26, row=typed.row)
    elif known > aboard:
        message = (
            f"children and adults are {known} together but seated, wheelchair and stretcher "
            f"are {aboard}; every person has one place"
        )
        yield table.problem(message, 26, row=typed.row, column="children")
    elif 0 < known < aboard:
        message = (
            f"children and adults are {known} together but seated, wheelchair and stretcher "
            f"are {aboard}; is somebody missing, or counted twice?"
        )
        yield table.problem(message, 26, row=typed.row, column="children", severity=_WARN)
    for need in ("wheelchair", "stretcher"):
        if need in (values["needs"] or ()) and not values[need]:
            message = f"names {need} but nobody has a {need} place; check that the need is met"
            yield table.problem(message, 26, row=typed.row, column="needs", severity=_WARN)
    for name in ("accompanied_by", "apart_from"):
        if values["token"] in _as_ids(values[name]):
            rule = 28 if name == "accompanied_by" else 29
            yield table.problem("names the row itself", rule, row=typed.row, column=name)


_WARN = Severity.WARNING


def _as_ids(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _crossing(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all rules
    values: Mapping[str, Any] = typed.values
    if values["from_side"] == values["to_side"]:
        message = f"'{values['to_side']}' is also the from_side; people pass from one to the other"
        yield table.problem(message, 20, row=typed.row, column="to_side")
    if not any(values[f"screening_{kind}_s"] for kind in ("vehicle", *SEATS)):
        message = "all screening times are 0, so nobody would wait; enter what was measured"
        yield table.problem(message, 20, row=typed.row, severity=_WARN)
    yield from _convoy(table, typed)


def _convoy(table: Table, typed: TypedRow) -> Iterator[Finding]:
    values: Mapping[str, Any] = typed.values
    every, most = values["convoy_every_min"], values["convoy_most"]
    if every is None or most is None:
        for name in ("convoy_most", "convoy_spacing_s", "convoy_first_min", "convoy_muster_min"):
            if every is None and values[name] is not None:
                message = "is empty although convoys are described; give the minutes between them"
                yield table.problem(message, 51, row=typed.row, column="convoy_every_min")
                return
        if every is not None:
            message = "is empty; a convoy needs the most vehicles that go together"
            yield table.problem(message, 51, row=typed.row, column="convoy_most")
        return
    lasts_s = (most - 1) * (values["convoy_spacing_s"] or 0)
    if lasts_s >= every * SECONDS_PER_MINUTE:
        message = (
            f"{most} vehicles, {values['convoy_spacing_s']} s apart, take {lasts_s} s; the next "
            f"convoy comes after {every * SECONDS_PER_MINUTE} s already"
        )
        yield table.problem(message, 51, row=typed.row, column="convoy_spacing_s")


def _window(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:
    values: Mapping[str, Any] = typed.values
    opens, closes = parse_moment(values["opens_at"]), parse_moment(values["closes_at"])
    moves = moment(values, "movement_from") or opens
    length_min = (closes - opens).total_seconds() / SECONDS_PER_MINUTE
    if closes <= opens:
        message = f"'{values['closes_at']}' is not after opens_at '{values['opens_at']}'"
        yield table.problem(message, 30, row=typed.row, column="closes_at")
    elif values["margin_min"] >= length_min:
        message = (
            f"a margin of {values['margin_min']} minutes eats the whole window of "
            f"{length_min:g} minutes"
        )
        yield table.problem(message, 30, row=typed.row, column="margin_min")
    elif closes - opens > _LONGEST_WINDOW:
        message = f"is {length_min / MINUTES_PER_HOUR:g} hours after opens_at; is the day right?"
        yield table.problem(message, 30, row=typed.row, column="closes_at", severity=_WARN)
    if moves > opens:
        message = f"'{values['movement_from']}' is after opens_at '{values['opens_at']}'"
        yield table.problem(message, 30, row=typed.row, column="movement_from")
    if min(moves, opens) < epoch:
        message = f"starts before the scenario's epoch {epoch.isoformat()}; set the epoch earlier"
        yield table.problem(message, 30, row=typed.row, column="opens_at")


def _vehicle(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all rules
    values: Mapping[str, Any] = typed.values
    convertible = values["convertible_wheelchair"] or 0
    lost = convertible * (values["seats_per_convertible"] or 2)
    if values["seats"] + values["wheelchair_places"] + values["stretcher_places"] == 0:
        message = "the vehicle has no seats at all; seats, wheelchair and stretcher places are 0"
        yield table.problem(message, 32, row=typed.row, column="seats")
    elif convertible and values["seats_per_convertible"] == 0:
        message = "is 0 although there are convertible places; accepted: 1 to 10 seats for each"
        yield table.problem(message, 32, row=typed.row, column="seats_per_convertible")
    elif lost > values["seats"]:
        message = f"{convertible} convertible places take {lost} seats of {values['seats']}"
        column = "convertible_wheelchair"
        yield table.problem(message, 32, row=typed.row, column=column, severity=_WARN)
    yield from _both_hours(table, typed, "shift", rule=52)
    yield from _breaks(table, typed)
    if (values["spare_seats"] or 0) > values["seats"]:
        message = f"{values['spare_seats']} spare seats are more than the {values['seats']} seats"
        yield table.problem(message, 52, row=typed.row, column="spare_seats")


def _breaks(table: Table, typed: TypedRow) -> Iterator[Finding]:
    names = ("break_after_min", "break_min")
    empty = [name for name in names if typed.values[name] is None]
    if len(empty) == 1:
        message = "is empty; a break needs both break_after_min and break_min"
        yield table.problem(message, 52, row=typed.row, column=empty[0])


def _claim(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all rules
    low, high = (typed.values[name] for name in ("figure_low", "figure_high"))
    if low is None and high is None:
        message = "figure_low and figure_high are both empty; a claim has at least one"
        yield table.problem(message, 37, row=typed.row, column="figure_low")
    elif isinstance(low, int) and isinstance(high, int) and low > high:
        message = f"{low} is more than figure_high {high}"
        yield table.problem(message, 37, row=typed.row, column="figure_low")


def _act(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all rules
    if typed.values["form"] == "phone" and not typed.values["witness"]:
        message = "is empty; an act by phone needs a witness, named by role"
        yield table.problem(message, 35, row=typed.row, column="witness")
    yield from _ends_after(table, typed, "done_at", "expires_at", rule=35)


def _link(table: Table, typed: TypedRow, epoch: datetime) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all rules
    if typed.values["from_node"] == typed.values["to_node"]:
        message = f"'{typed.values['to_node']}' is also the from_node; the link leads nowhere"
        yield table.problem(message, 6, row=typed.row, column="to_node")


ROW_RULES: dict[str, RowRule] = {
    "places": _place,
    "control": _control,
    "hazards": _hazard,
    "closures": _closure,
    "assumed_holders": _assumed,
    "households": _household,
    "crossings": _crossing,
    "windows": _window,
    "vehicles": _vehicle,
    "claims": _claim,
    "acts": _act,
    "road_links": _link,
}
