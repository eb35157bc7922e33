"""How a menu of ways is printed and written down: for people, and as one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safepassage.cli.common import out
from safepassage.cli.corridor.asking import (
    day,
    driver,
    print_part_time,
    print_source,
    profile_document,
    say,
)
from safepassage.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from safepassage.cli.corridor.find import Found
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
        "options": [_option_document(option) for option in found.options],
        "different": _different(found),
    }  # fmt: skip


def _different(found: Found) -> list[dict[str, Any]]:
    if found.others is None:
        return []
    return [
        _option_document(option) | {"overlap": round(way.overlap, 4), "stretch": way.stretch}
        for option, way in zip(found.other_options, found.others.ways, strict=True)
    ]


def _option_document(option: CorridorOption) -> dict[str, Any]:
    return {
        "option": option.option_id,
        "from": option.from_place,
        "to": option.to_place,
        **profile_document(option.profile),
        "length_m": round(option.length_m),
        "travel_time_s": option.travel_time_s,
        "exposure": option.exposure,
        "segments": [_segment_document(segment) for segment in option.segments],
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
        "oldest_fact": option.oldest_fact or None,
        "oldest_fact_kind": option.oldest_kind or None,
        "oldest_fact_age_days": _rounded(option.oldest_age_days),
        "reason": option.reason,
    }


def _segment_document(segment: CorridorSegment) -> dict[str, Any]:
    return {
        "side": segment.side,
        "length_m": round(segment.length_m),
        "travel_time_s": segment.travel_time_s,
        "exposure": segment.exposure,
        "oldest_fact": segment.oldest_fact or None,
        "oldest_fact_age_days": _rounded(segment.oldest_age_days),
    }


def _fall_back_document(one: FallBack) -> dict[str, Any]:
    return {"place": one.place_id, "to_s": one.to_s, "back_s": one.back_s}


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
    if menu.epsilon:
        say(f"Not the exact menu: for every way there is one here that is at most "
            f"{menu.epsilon:.0%} slower and at most {menu.epsilon:.0%} more exposed.")  # fmt: skip
    _print_table(found.options)
    if found.other_options:
        say("Ways that really differ:")
        _print_table(found.other_options)
    for option in found.every:
        _print_way(option, found)
    print_part_time(found.world.part_time(asked.when, asked.what_if))
    for snap in menu.snaps:
        for warning in snap.warnings:
            say(warning)
    for path in written:
        say(f"Written: {path}")
    print_source(found.world.network)


def _print_table(options: Sequence[CorridorOption]) -> None:
    from rich.table import Table

    table = Table("way", "time", "exposure", "km", "oldest fact", "why", box=None, pad_edge=False)
    for option in options:
        table.add_row(
            option.option_id,
            format_duration(option.travel_time_s),
            f"{option.exposure:.4f}",
            f"{option.length_m / 1000:.1f}",
            _age(option.oldest_age_days),
            option.reason,
        )
    out.print(table)


def _age(days: float | None) -> str:
    if days is None:
        return "none"
    return f"{days:.0f} days" if round(days) != 1 else "1 day"


def _print_way(option: CorridorOption, found: Found) -> None:
    names = {one.place_id: one.name for one in found.world.scenario.places}
    say(f"{option.option_id}:")
    for segment in found.segments[option.option_id]:
        side = segment.side or "nobody known to hold it"
        say(f"  {segment.segment_id}  {side}: {segment.name}, {segment.length_m / 1000:.1f} km, "
            f"{format_duration(segment.travel_time_s)}")  # fmt: skip
    crossings = ", ".join(names.get(one, one) for one in option.crossings)
    say(f"  crossings: {crossings or 'none'}")
    say(f"  bridges: {', '.join(_bridge(*one) for one in option.bridges) or 'none marked'}")
    say(f"  people can turn to: {'; '.join(map(_fall_back, option.fall_backs)) or 'no fall-back'}")
    say(f"  oldest fact: {_oldest(option)}")


def _bridge(way: int, limit_t: float | None) -> str:
    return f"way {way} ({'no weight limit signed' if limit_t is None else f'{limit_t:g} t'})"


def _fall_back(one: FallBack) -> str:
    back = "no way back" if one.back_s is None else f"{format_duration(one.back_s)} back"
    return f"{one.name} (at most {format_duration(one.to_s)} away, {back})"


def _oldest(option: CorridorOption) -> str:
    if not option.oldest_fact:
        return "it rests on no dated fact"
    kind = option.oldest_kind.replace("_", " ")
    old = option.oldest_age_days is not None and option.oldest_age_days > DAYS_OLD
    confirm = "; confirm it before anybody drives" if old else ""
    return f"{kind}, {option.oldest_fact} ({_age(option.oldest_age_days)} old{confirm})"
