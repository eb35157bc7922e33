"""How a menu of ways is printed and written down: for people, and as one JSON object."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from safepassage.cli.common import out
from safepassage.cli.corridor.asking import (
    age,
    day,
    driver,
    print_before_control,
    print_part_time,
    print_source,
    profile_document,
    say,
)
from safepassage.core.geo.mgrs import to_mgrs
from safepassage.units import format_clock, format_duration, format_moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from safepassage.cli.corridor.find import Found
    from safepassage.core.corridor.timed_menu import TimedMenu
    from safepassage.core.corridor.types import CorridorOption, CorridorSegment, FallBack

MENU_VERSION = "1.1"
DAYS_OLD = 14.0
"""Facts older than this are pointed at: confirm them before anybody drives."""


def menu_document(found: Found) -> dict[str, Any]:
    """Return a menu as a JSON object."""
    menu, network = found.menu, found.world.network
    return {
        "version": MENU_VERSION,
        "at": found.facts.at.isoformat(),
        "whole_day": found.asked.when.day is not None,
        "what_if": found.asked.what_if or None,
        "attribution": network.attribution,
        "schematic": network.schematic,
        "found": menu.found,
        "epsilon": menu.epsilon,
        "snaps": [
            {"place": snap.place_id, "distance_m": round(snap.distance_m, 1),
             "warnings": list(snap.warnings)}
            for snap in menu.snaps
        ],
        "options": [_option_document(option, found) for option in found.options],
        "departures": _departures(found),
        "different": _different(found),
    }  # fmt: skip


def _departures(found: Found) -> list[dict[str, Any]]:
    if found.timed is None:
        return []
    return [
        {
            "option": one.option.option_id,
            "departs_at": one.departs_at.isoformat(),
            "arrives_at": _next_second(one.arrives_at).isoformat(),
            "waiting_s": round(one.waiting_s),
            "exposure": one.exposure,
            "waits": [
                {"lon": round(stop.lon, 6), "lat": round(stop.lat, 6),
                 "begins_at": stop.begins_at.isoformat(), "ends_at": stop.ends_at.isoformat(),
                 "closures": list(stop.closure_ids)}
                for stop in one.stops
            ],
        }
        for one in found.timed.options
    ]  # fmt: skip


def _next_second(at: datetime) -> datetime:
    """Return a moment in whole seconds, never earlier than it is."""
    return at + timedelta(microseconds=-at.microsecond % 1_000_000)


def _different(found: Found) -> list[dict[str, Any]]:
    if found.others is None:
        return []
    return [
        _option_document(option, found) | {"overlap": round(way.overlap, 4), "stretch": way.stretch}
        for option, way in zip(found.other_options, found.others.ways, strict=True)
    ]


def _option_document(option: CorridorOption, found: Found) -> dict[str, Any]:
    return {
        "option": option.option_id,
        "from": option.from_place,
        "to": option.to_place,
        **profile_document(option.profile),
        "length_m": round(option.length_m),
        "travel_time_s": option.travel_time_s,
        "exposure": option.exposure,
        "segments": [_segment_document(segment, found) for segment in option.segments],
        "lengths_by_side": [
            {"side": side or None, "length_m": round(length_m)}
            for side, length_m in option.lengths_by_side
        ],
        "crossings": list(option.crossings),
        "bridges": [{"way": way, "maxweight_t": limit_t} for way, limit_t in option.bridges],
        "fall_backs": [_fall_back_document(one) for one in option.fall_backs],
        "passes": [
            {"at_m": round(one.at_m), "at_s": one.at_s, "kind": one.kind, "name": one.name}
            for one in option.passes
        ],
        "ways": list(option.way_ids),
        "oldest_fact": _local_day(option.oldest_at, found) or None,
        "oldest_fact_kind": option.oldest_kind or None,
        "oldest_fact_age_days": _rounded(option.oldest_age_days),
        "reason": option.reason,
    }


def _segment_document(segment: CorridorSegment, found: Found) -> dict[str, Any]:
    return {
        "side": segment.side,
        "length_m": round(segment.length_m),
        "travel_time_s": segment.travel_time_s,
        "exposure": segment.exposure,
        "oldest_fact": _local_day(segment.oldest_at, found) or None,
        "oldest_fact_age_days": _rounded(segment.oldest_age_days),
    }


def _fall_back_document(one: FallBack) -> dict[str, Any]:
    return {"place": one.place_id, "to_s": one.to_s, "back_s": one.back_s}


def _local_day(at: datetime | None, found: Found) -> str:
    """Return the date of a fact where the operation is, ISO 8601."""
    if at is None:
        return ""
    return at.astimezone(ZoneInfo(found.world.scenario.timezone)).date().isoformat()


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(days, 2)


def print_menu(found: Found, written: Sequence[Path]) -> None:
    """Print the menu, then each way with what a liaison officer asks about it."""
    asked, menu = found.asked, found.menu
    start, end = (one.name for one in asked.ends)
    shown = f"{len(found.options)} of {menu.found} ways shown"
    shown = shown if len(found.options) < menu.found else f"{menu.found} on the menu"
    say(f"{start} to {end}, {driver(asked.profile)}, {day(asked.when, found.world.scenario)}"
        f"{f', what if {asked.what_if!r}' if asked.what_if else ''}: {shown}.")  # fmt: skip
    print_before_control(asked.when, found.world.scenario)
    if menu.epsilon:
        say(f"Not the exact menu: for every way there is one here that is at most "
            f"{menu.epsilon:.0%} slower and at most {menu.epsilon:.0%} more exposed.")  # fmt: skip
    if found.timed is not None:
        _print_departures(found, found.timed)
    else:
        _print_table(found.options)
    if found.other_options:
        say("Ways that really differ:")
        _print_table(found.other_options, {option.arcs: option.option_id for option in found.every})
    for option in found.apart:
        _print_way(option, found)
    _print_unchecked(found)
    if found.timed is None:
        shut = found.world.part_time(asked.when, asked.what_if)
        print_part_time(shut, asked.when, found.world.scenario)
    for snap in menu.snaps:
        for warning in snap.warnings:
            say(warning)
    for path in written:
        say(f"Written: {path}")
    print_source(found.world.network)


def _print_table(
    options: Sequence[CorridorOption], known: Mapping[tuple[int, ...], str] | None = None
) -> None:
    """Print ways; one that stands under another id already says so."""
    from rich.table import Table

    known = known or {}

    table = Table("way", "time", "exposure", "km", "oldest fact", "why", box=None, pad_edge=False)
    for option in options:
        table.add_row(
            _id(option, known),
            format_duration(option.travel_time_s),
            f"{option.exposure:.4f}",
            f"{option.length_m / 1000:.1f}",
            age(option.oldest_age_days),
            option.reason,
        )
    out.print(table)


def _print_departures(found: Found, timed: TimedMenu) -> None:
    from rich.table import Table

    zone = found.world.scenario.timezone
    columns = "way", "leaves", "arrives", "of it waiting", "exposure", "km", "why"
    table = Table(*columns, box=None, pad_edge=False)
    for one in timed.options:
        table.add_row(
            one.option.option_id,
            format_moment(one.departs_at, zone)[: len("2025-02-20 08:00")],
            format_moment(one.arrives_at, zone)[: len("2025-02-20 08:00")],
            format_duration(one.waiting_s) if one.stops else "none",
            f"{one.exposure:.4f}",
            f"{one.option.length_m / 1000:.1f}",
            one.option.reason,
        )
    out.print(table)
    for one in timed.options:
        for stop in one.stops:
            until = ", ".join(f"'{name}'" for name in stop.closure_ids)
            say(f"  {one.option.option_id} waits {format_clock(stop.begins_at, zone)} to "
                f"{format_clock(stop.ends_at, zone)} at {to_mgrs(stop.lon, stop.lat)}, until "
                f"{until or 'the road'} ends.")  # fmt: skip


def _id(option: CorridorOption, known: Mapping[tuple[int, ...], str]) -> str:
    first = known.get(option.arcs, option.option_id)
    return option.option_id if first == option.option_id else f"{option.option_id} = {first}"


def _print_way(option: CorridorOption, found: Found) -> None:
    names = {one.place_id: one.name for one in found.world.scenario.places}
    say(f"{option.option_id}:")
    for segment in found.segments[option.option_id]:
        side = segment.side or "nobody known to hold it"
        say(f"  {segment.segment_id}  {side}: {segment.name}, {segment.length_m / 1000:.1f} km, "
            f"{format_duration(segment.travel_time_s)}")  # fmt: skip
    passed = [one for one in option.crossings if one not in (option.from_place, option.to_place)]
    if passed:
        say(f"  by the crossing: {', '.join(names.get(one, one) for one in passed)}")
    if option.bridges:
        say(f"  bridges: {_bridges(option.bridges)}")
    say(f"  people can turn to: {'; '.join(map(_fall_back, option.fall_backs)) or 'no fall-back'}")
    say(f"  oldest fact: {_oldest(option, found)}")


def _bridges(bridges: Sequence[tuple[int, float | None]]) -> str:
    """Name the bridges with a limit, the lowest first, and count those without one."""
    limited = sorted((limit_t, way) for way, limit_t in bridges if limit_t is not None)
    named = [f"way {way} ({limit_t:g} t)" for limit_t, way in limited]
    free = len(bridges) - len(named)
    if free:
        named.append(f"{free}{' others' if named else ''} with no weight limit signed")
    return ", ".join(named)


def _fall_back(one: FallBack) -> str:
    back = "no way back" if one.back_s is None else f"{format_duration(one.back_s)} back"
    return f"{one.name} (at most {format_duration(one.to_s)} away, {back})"


def _oldest(option: CorridorOption, found: Found) -> str:
    if option.oldest_age_days is None:
        return "it rests on no dated fact"
    local = _local_day(option.oldest_at, found)
    confirm = "; confirm it before anybody drives" if option.oldest_age_days > DAYS_OLD else ""
    kind = option.oldest_kind.replace("_", " ")
    old = age(option.oldest_age_days)
    words = old if old == "today" else f"{old} old"
    return f"{kind}, {local} ({words}{confirm})"


def _print_unchecked(found: Found) -> None:
    """Say which signed limits were not checked because the vehicle's weight was not given."""
    limits = [limit_t for option in found.every for _, limit_t in option.bridges if limit_t]
    if limits and found.asked.profile.weight_t is None:
        say(f"No weight was given, so the limits of bridges (the lowest: {min(limits):g} t) were "
            "not checked; give --weight-t.")  # fmt: skip
