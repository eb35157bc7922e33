"""``safepassage corridor close``: what changes for each place when something closes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import print_json, progress
from safepassage.cli.corridor.asking import (
    AsJson,
    Date,
    Driving,
    HeightM,
    NoCache,
    RiskWeight,
    ScenarioFolder,
    Sides,
    Vehicles,
    WeightT,
    WhatIf,
    When,
    WidthM,
    World,
    day,
    hubs,
    moment,
    place,
    print_source,
    read_world,
    say,
    when,
    with_roads,
)
from safepassage.cli.corridor.changes import changes_document, print_changes
from safepassage.cli.corridor.pictures import MapFile, check_picture, draw_changes
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safepassage.core.corridor.compare import Change
    from safepassage.core.corridor.types import Closure, Place, RoadNetwork
    from safepassage.scenario.types import Scenario

CLOSE_VERSION = "1.0"
BY_HAND = "entered by hand"
CLOSURES_FILE = "closures.geojson"
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def close(
    scenario: ScenarioFolder,
    ways: Annotated[
        list[int] | None, typer.Option("--way", help="Id of a way of the roads; may be repeated.")
    ] = None,
    bridges: Annotated[
        list[int] | None,
        typer.Option("--bridge", help="Id of a way that is a bridge; may be repeated."),
    ] = None,
    area: Annotated[
        Path | None, typer.Option(help="GeoJSON file with an area, or a line, that is closed.")
    ] = None,
    at_place: Annotated[
        str, typer.Option("--place", help="Id of a place that cannot be reached or left.")
    ] = "",
    ends: Annotated[
        list[str] | None,
        typer.Option("--to", help="Place that ways lead to; may be repeated. Default: crossings."),
    ] = None,
    date: Date = "",
    since: Annotated[
        str, typer.Option(help="Since when it is closed; default: no beginning.")
    ] = "",
    until: Annotated[str, typer.Option(help="Until when; default: further notice.")] = "",
    daily: Annotated[
        str, typer.Option(help="Hours of each day, e.g. 20:00-06:00; default: the whole day.")
    ] = "",
    only: Annotated[
        list[str] | None,
        typer.Option("--only-for", help="Vehicle class it binds; may be repeated. Default: all."),
    ] = None,
    vehicle: Vehicles = None,
    sides: Sides = "",
    weight_t: WeightT = None,
    height_m: HeightM = None,
    width_m: WidthM = None,
    risk_weight_s: RiskWeight = None,
    what_if: WhatIf = "",
    write: Annotated[
        bool,
        typer.Option("--write", help="Add the closure to the scenario; with --what-if to that."),
    ] = False,
    closure_id: Annotated[str, typer.Option("--id", help="Id under which it is written.")] = "",
    source: Annotated[str, typer.Option(help="Who says so; needed to write.")] = "",
    title: Annotated[
        str, typer.Option(help="The question that a new what-if asks, as it will be shown.")
    ] = "",
    map_file: MapFile = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Say what changes for each place and way of driving when something closes.

    Reachable or not, minutes, exposure and the new way. Nothing is written without --write;
    then the exit code is 1 if a place loses its way.

    Example: safepassage corridor close scenario --bridge 17 --daily 20:00-06:00
    """
    from safepassage.core.corridor.compare import compare

    check_picture(map_file)
    given = read_world(scenario)
    asked = _Asked(tuple(ways or ()), tuple(bridges or ()), area, at_place)
    asked.check()
    if write and not source.strip():
        raise UsageError("A closure that is written needs --source: who says so, and when.")
    rule = _rule(given, (since, until), daily, only or (), (closure_id, source, what_if))
    _check_what_if(given, what_if, title, write=write)
    asked_for = when(date, given)
    profiles = Driving(vehicle or (), sides, weight_t, height_m, width_m).profiles(given)
    to = hubs(given, ends or ())
    with progress("What changes") as report:
        world = with_roads(given, report, no_cache=no_cache)
        closure = asked.closure(rule, given, world.network)
        before = world.facts(asked_for, what_if if what_if in _questions(given) else "")
        shut = _as_of(closure, asked_for)
        after = replace(before, closures=(*before.closures, *shut))
        changes = compare(
            world.network,
            tuple(dict.fromkeys((*given.places, *to))),
            [hub.place_id for hub in to],
            profiles,
            before,
            after,
            world.measures(risk_weight_s),
            given.timezone,
            world.router_of,
            report,
        )
    holds = _holds(closure, asked_for)
    answer = _Answer(world, closure, asked_for, _arcs(world.network, closure), holds, changes)
    if map_file is not None:
        draw_changes(world, after, changes, f"if {_words(closure)} closes", map_file)
    if write:
        _write(world, closure, title)
    if as_json:
        print_json(answer.document(written=write))
    else:
        _print(answer, written=write)
        say(f"Written: {map_file}" if map_file else "")
    if not write and any(change.verdict == "lost" for change in changes):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where it closes, as typed."""

    ways: tuple[int, ...]
    bridges: tuple[int, ...]
    area: Path | None
    at_place: str

    def check(self) -> None:
        """Refuse a call that says nothing, or several kinds of places at once."""
        kinds = [bool(self.ways or self.bridges), self.area is not None, bool(self.at_place)]
        if not any(kinds):
            raise UsageError("Say what closes: --way ID, --bridge ID, --area FILE or --place ID.")
        if sum(kinds) > 1:
            raise UsageError("Give ways and bridges, or an area, or a place: one closure is one.")

    def closure(self, rule: Closure, given: Scenario, network: RoadNetwork) -> Closure:
        """Return the rule with the place where it holds."""
        from safepassage.adapters.closure_input import known_bridges, known_ways, read_area

        if self.area is not None:
            polygons, line = read_area(self.area)
            return replace(rule, polygons=polygons, line=line)
        if self.at_place:
            return replace(rule, place_id=_known_place(given, self.at_place).place_id)
        ways = (*known_ways(network, self.ways), *known_bridges(network, self.bridges))
        return replace(rule, way_ids=tuple(dict.fromkeys(ways)))


def _known_place(given: Scenario, text: str) -> Place:
    found = place(given, text)
    if found not in given.places:
        raise UsageError(f"'{text}' is a position; only a place of the scenario can be closed.")
    return found


def _rule(
    given: Scenario,
    span: tuple[str, str],
    daily: str,
    only: Sequence[str],
    about: tuple[str, str, str],
) -> Closure:
    """Return the closure without its place."""
    from safepassage.core.corridor.types import Closure, VehicleClass

    since, until = (moment(text, given) if text else None for text in span)
    if since and until and since >= until:
        raise UsageError(f"--until {span[1]} is not after --since {span[0]}.")
    unknown = [name for name in only if name not in tuple(VehicleClass)]
    if unknown:
        raise UsageError(f"'{unknown[0]}' is no vehicle class: {', '.join(VehicleClass)}.")
    closure_id, source, what_if = about
    return Closure(
        closure_id=closure_id or _free_id(given),
        source=source or BY_HAND,
        classes=frozenset(VehicleClass(name) for name in only),
        valid_from=since,
        valid_to=until,
        daily=_hours(daily),
        timezone=given.timezone,
        what_if=what_if,
    )


def _questions(given: Scenario) -> set[str]:
    return {question.what_if for question in given.what_ifs}


def _check_what_if(given: Scenario, what_if: str, title: str, *, write: bool) -> None:
    """Refuse a what-if that is not there, unless the closure begins it."""
    known = _questions(given)
    if what_if and what_if not in known and not (write and title.strip()):
        accepted = ", ".join(sorted(known)) or "none is in the scenario"
        raise UsageError(
            f"'{what_if}' is not a what-if of the scenario; accepted: {accepted}. With --write "
            "and --title a new one is begun."
        )


def _write(world: World, closure: Closure, title: str) -> None:
    """Add the closure to the scenario on disk, and its what-if if that is new."""
    from safepassage.adapters.closure_file import add_closure
    from safepassage.core.corridor.types import WhatIf

    given = world.scenario
    new = closure.what_if and closure.what_if not in _questions(given)
    question = WhatIf(closure.what_if, title.strip()) if new else None
    add_closure(given.folder, closure, question)


def _free_id(given: Scenario) -> str:
    taken = {closure.closure_id for closure in given.closures}
    return next(name for number in count(1) if (name := f"closure-{number}") not in taken)


def _hours(text: str) -> tuple[int, int] | None:
    """Read hours of a day such as 20:00-06:00 as minutes after midnight."""
    if not text:
        return None
    start, _, end = text.partition("-")
    clocks = [_CLOCK.fullmatch(part.strip()) for part in (start, end)]
    if None in clocks or start.strip() == end.strip():
        raise UsageError(f"'{text}' are no hours of a day; write e.g. 20:00-06:00.")
    minutes = [int(clock[1]) * 60 + int(clock[2]) for clock in clocks if clock]
    return minutes[0], minutes[1]


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """What was found, to be printed."""

    world: World
    closure: Closure
    when: When
    arcs: int
    holds: bool
    changes: tuple[Change, ...]

    def document(self, *, written: bool) -> dict[str, Any]:
        """Return the answer as a JSON object."""
        closure = self.closure
        return {
            "version": CLOSE_VERSION,
            "at": self.when.at.isoformat(),
            "closure": {
                "closure_id": closure.closure_id,
                "source": closure.source,
                "ways": list(closure.way_ids),
                "place": closure.place_id or None,
                "classes": sorted(closure.classes),
                "valid_from": closure.valid_from.isoformat() if closure.valid_from else None,
                "valid_to": closure.valid_to.isoformat() if closure.valid_to else None,
                "daily": None if closure.daily is None else [_clock(at) for at in closure.daily],
                "what_if": closure.what_if or None,
                "arcs": self.arcs,
                "holds_at_this_moment": self.holds,
            },
            "written": written,
            "attribution": self.world.network.attribution,
            "schematic": self.world.network.schematic,
            "changes": changes_document(self.changes),
        }


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _print(answer: _Answer, *, written: bool) -> None:
    closure, given = answer.closure, answer.world.scenario
    stretches = f"{answer.arcs} stretch{'' if answer.arcs == 1 else 'es'} of road"
    say(f"If {_words(closure)} closes ({stretches}), as of "
        f"{day(answer.when, given)}:")  # fmt: skip
    if not answer.holds:
        say("The closure does not hold then; ask for another day or moment with --date.")
    elif not answer.arcs and not closure.place_id:
        say("It lies on no road of the network: check the shape.")
    print_changes(answer.changes, given)
    if written:
        where = f"the what-if '{closure.what_if}'" if closure.what_if else "the scenario's facts"
        say(f"Written to {CLOSURES_FILE} as '{closure.closure_id}', part of {where}.")
    else:
        say("Nothing was written; --write --source WHO adds it to the scenario.")
    print_source(answer.world.network)


def _as_of(closure: Closure, asked: When) -> tuple[Closure, ...]:
    """Return the closure as it counts: at a moment, or by day if it shuts at any hour of it."""
    from safepassage.core.corridor.closures import shut_during

    return (closure,) if asked.day is None else shut_during((closure,), (asked.day,))


def _holds(closure: Closure, asked: When) -> bool:
    from safepassage.core.corridor.closures import is_shut

    counting = _as_of(closure, asked)
    return bool(counting) and is_shut(counting[0], asked.at)


def _arcs(network: RoadNetwork, closure: Closure) -> int:
    """Return how many arcs a closure shuts."""
    from safepassage.core.corridor.closures import arcs_of

    return 0 if closure.place_id else len(arcs_of(network, closure))


def _words(closure: Closure) -> str:
    if closure.place_id:
        return f"the place '{closure.place_id}'"
    if closure.way_ids:
        named = ", ".join(str(way) for way in closure.way_ids)
        return f"way {named}" if len(closure.way_ids) == 1 else f"ways {named}"
    return "the line" if closure.line else "the area"
