"""``safepassage corridor find``: ways between two places, with time against exposure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    WeightT,
    WhatIf,
    When,
    WidthM,
    World,
    moment,
    place,
    read_world,
    when,
    with_roads,
)
from safepassage.cli.corridor.menu_text import menu_document, print_menu
from safepassage.cli.corridor.pictures import MapFile, check_picture, content_of, draw
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.core.corridor.alternatives import AlternativeMenu
    from safepassage.core.corridor.compare import Facts
    from safepassage.core.corridor.menu import Menu
    from safepassage.core.corridor.options import Ground
    from safepassage.core.corridor.timed_menu import TimedMenu, TimedOption
    from safepassage.core.corridor.types import (
        CorridorOption,
        NamedSegment,
        Place,
        TravelProfile,
    )
    from safepassage.scenario.types import Scenario


def find(
    scenario: ScenarioFolder,
    start: Annotated[
        str, typer.Option("--from", help="Place to start from: id, degrees, MGRS or UTM.")
    ],
    end: Annotated[str, typer.Option("--to", help="Place to reach: id, degrees, MGRS or UTM.")],
    date: Date = "",
    what_if: WhatIf = "",
    depart: Annotated[
        str,
        typer.Option(
            help="Moment of leaving, with zone: closures then count with their hours, and waiting "
            "for a road to open is part of the answer."
        ),
    ] = "",
    arrive_by: Annotated[
        str, typer.Option(help="With --depart: the last arrival; default: 24 hours later.")
    ] = "",
    vehicle: Annotated[str, typer.Option(help="car, ambulance, minibus, bus or truck.")] = "bus",
    sides: Sides = "",
    weight_t: WeightT = None,
    height_m: HeightM = None,
    width_m: WidthM = None,
    most: Annotated[int, typer.Option(help="Ways shown at most.", min=2, max=100)] = 6,
    epsilon: Annotated[
        float | None,
        typer.Option(
            help="Leave out ways that another beats but for this share in time and exposure, "
            "e.g. 0.02. Default: the exact menu, or the least share that can be computed.",
            min=0.0,
            max=1.0,
        ),
    ] = None,
    different: Annotated[
        int,
        typer.Option(
            "--different",
            help="Also show up to so many ways that have at most half their length in common.",
            min=0,
            max=20,
        ),
    ] = 0,
    risk_weight_s: RiskWeight = None,
    geojson: Annotated[Path | None, typer.Option(help="Write the ways as GeoJSON.")] = None,
    gpx: Annotated[Path | None, typer.Option(help="Write the ways as GPX tracks.")] = None,
    kml: Annotated[Path | None, typer.Option(help="Write the ways as KML.")] = None,
    map_file: MapFile = None,
    segments_file: Annotated[
        Path | None,
        typer.Option(
            "--segments", help="Write the ways' named segments for the agreement as JSON."
        ),
    ] = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Show every way that no other beats in both time and exposure.

    Each with its length, segments by administering side, crossings, bridges with their weight
    limits, where people can turn, the age of the oldest fact it rests on, and why it is shown.

    Example: safepassage corridor find scenario --from sudzha --to crossing --vehicle bus
    """
    given = read_world(scenario)
    check_picture(map_file)
    ends = place(given, start), place(given, end)
    if ends[0].place_id == ends[1].place_id:
        raise UsageError(f"'{start}' is both start and end; name two places.")
    profile = Driving((), sides, weight_t, height_m, width_m).profile(vehicle, given)
    asked = Asked(
        ends, profile, _when(given, date, depart), what_if, most, epsilon, different,
        departure(given, depart, arrive_by),
    )  # fmt: skip
    with progress("Finding ways out") as report:
        world = with_roads(given, report, no_cache=no_cache)
        found = find_ways(world, asked, risk_weight_s)
    written = _write(found, {"geojson": geojson, "gpx": gpx, "kml": kml}, map_file, segments_file)
    if as_json:
        print_json(menu_document(found) | {"written": [str(path) for path in written]})
    else:
        print_menu(found, written)


def _when(given: Scenario, date: str, depart: str) -> When:
    if date and depart:
        raise UsageError("Give --date or --depart, not both: a departure has its own date.")
    return when(depart or date, given)


def departure(given: Scenario, depart: str, arrive_by: str) -> Departure | None:
    """Read when somebody leaves and by when they must arrive; None where it was not asked.

    Raises
    ------
    UsageError
        If it is no moment, or the arrival is not after the departure.
    """
    if not depart:
        if arrive_by:
            raise UsageError("--arrive-by needs --depart.")
        return None
    if "T" not in depart:
        raise UsageError(f"'{depart}' has no hour; write e.g. 2025-02-20T08:00+02:00.")
    leaves = moment(depart, given)
    latest = moment(arrive_by, given) if arrive_by else None
    if latest is not None and latest <= leaves:
        raise UsageError(f"--arrive-by {arrive_by} is not after --depart {depart}.")
    return Departure(leaves, latest)


@dataclass(frozen=True, slots=True)
class Departure:
    """Aware moments of leaving and of the last arrival that counts, None for a day later."""

    leaves: datetime
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user wants to know."""

    ends: tuple[Place, Place]
    profile: TravelProfile
    when: When
    what_if: str = ""
    most: int = 6
    epsilon: float | None = None
    different: int = 0
    departure: Departure | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The ways, described, and what they rest on.

    Parameters
    ----------
    others
        Ways that really differ, where asked for.
    segments
        By option id.
    timed
        The same ways with departures, waits and arrivals, where a departure was asked for.
    """

    world: World
    asked: Asked
    facts: Facts
    menu: Menu
    options: tuple[CorridorOption, ...]
    others: AlternativeMenu | None = None
    other_options: tuple[CorridorOption, ...] = ()
    segments: dict[str, tuple[NamedSegment, ...]] = field(default_factory=dict)
    timed: TimedMenu | None = None

    @property
    def every(self) -> tuple[CorridorOption, ...]:
        """All ways shown."""
        return (*self.options, *self.other_options)

    @property
    def apart(self) -> tuple[CorridorOption, ...]:
        """All ways shown, one that stands under two ids only once."""
        return tuple({option.arcs: option for option in reversed(self.every)}.values())[::-1]

    @property
    def every_segment(self) -> tuple[NamedSegment, ...]:
        """The named segments of all ways shown, way by way."""
        return tuple(one for option in self.apart for one in self.segments[option.option_id])


def find_ways(world: World, asked: Asked, risk_weight_s: float | None) -> Found:
    """Return the menu, and the ways that really differ if asked for, with all that is said of them.

    Raises
    ------
    InfeasibleError
        If there is no way; the message says what would have to change.
    """
    from safepassage.core.corridor.alternatives import alternative_corridors
    from safepassage.core.corridor.compare import grounds_at
    from safepassage.core.corridor.menu import Menu, menu_of

    facts, measures = world.facts(asked.when, asked.what_if), world.measures(risk_weight_s)
    (ground,) = grounds_at(world.network, asked.ends, (asked.profile,), facts, measures)
    world.refuse_off_road(ground)
    topology = world.roads.topology(asked.profile.vehicle_class)
    timed = _timed(world, asked, ground)
    if timed is not None:
        ways = tuple(one.option for one in timed.options)
        menu = Menu(ways, timed.found, ground.snaps.found)
    else:
        menu = menu_of(ground, most=asked.most, epsilon=asked.epsilon, topology=topology)
    others = None
    if asked.different:
        if timed is not None:
            moving = _on_the_move(world, asked, facts, timed.options[0])
            (ground,) = grounds_at(world.network, asked.ends, (asked.profile,), moving, measures)
        others = alternative_corridors(ground, asked.different, topology=topology)
    options = (
        _described(world, asked, facts, menu.options)
        if timed is None
        else tuple(_described_on_the_move(world, asked, facts, one) for one in timed.options)
    )
    other_options = _described(world, asked, facts, others.options if others else ())
    segments = {
        option.option_id: _segments(world, asked, facts, option)
        for option in (*options, *other_options)
    }
    return Found(world, asked, facts, menu, options, others, other_options, segments, timed)


def _timed(world: World, asked: Asked, ground: Ground) -> TimedMenu | None:
    """Return the menu for a departure, None where none was asked for."""
    from safepassage.core.corridor.timed_menu import timed_menu

    if asked.departure is None:
        return None
    return timed_menu(
        ground,
        world.rules(asked.when, asked.what_if),
        asked.departure.leaves,
        latest=asked.departure.latest,
        most=asked.most,
        topology=world.roads.topology(asked.profile.vehicle_class),
    )


def _described(
    world: World, asked: Asked, facts: Facts, options: Sequence[CorridorOption]
) -> tuple[CorridorOption, ...]:
    from safepassage.core.corridor.along import describe_options

    measures = world.measures()
    return describe_options(
        world.network, options, _places(world, asked), facts.control, facts.hazards, facts.at,
        closures=facts.closures, risk_weight_s=measures.risk_weight_s,
        snap_limit_m=measures.snap_limit_m, hazard_model=measures.hazard_model,
    )  # fmt: skip


def _described_on_the_move(
    world: World, asked: Asked, facts: Facts, one: TimedOption
) -> CorridorOption:
    """Describe a way with what is shut while people are on it."""
    moving = _on_the_move(world, asked, facts, one)
    (option,) = _described(world, asked, moving, (one.option,))
    return option


def _on_the_move(world: World, asked: Asked, facts: Facts, one: TimedOption) -> Facts:
    """Return what counts at any time while people are on a way, not while they wait to leave."""
    from safepassage.core.corridor.closures import shut_during

    first = one.stops[0] if one.stops else None
    waits = first is not None and first.begins_at <= one.departs_at
    moves = first.ends_at if first is not None and waits else one.departs_at
    rules = world.rules(asked.when, asked.what_if)
    shut = shut_during(rules, ((moves, max(one.arrives_at, moves + timedelta(seconds=1))),))
    return replace(facts, closures=shut)


def _segments(
    world: World, asked: Asked, facts: Facts, option: CorridorOption
) -> tuple[NamedSegment, ...]:
    from safepassage.adapters.segments_json import segment_windows
    from safepassage.core.corridor.segments import cut_into_segments

    given = world.scenario
    return cut_into_segments(
        option, _places(world, asked), segment_windows(given), given.commands, facts.control
    )


def _places(world: World, asked: Asked) -> tuple[Place, ...]:
    return tuple(dict.fromkeys((*asked.ends, *world.scenario.places)))


def _write(
    found: Found,
    tracks: dict[str, Path | None],
    map_file: Path | None,
    segments_file: Path | None,
) -> tuple[Path, ...]:
    """Write what was asked for and return the files."""
    from safepassage.adapters.geojson import corridors_geojson, write_geojson
    from safepassage.adapters.gpx import write_gpx

    network, options = found.world.network, found.apart
    closures = found.facts.closures
    exercise = found.world.scenario.kind == "exercise"
    segments = found.every_segment
    ends = found.asked.ends
    title = f"{found.world.scenario.title}: {ends[0].name} to {ends[1].name}"
    if tracks["geojson"] is not None:
        write_geojson(
            corridors_geojson(
                options, network, closures=closures, segments=segments, exercise=exercise
            ),
            tracks["geojson"],
        )
    if tracks["gpx"] is not None:
        write_gpx(options, network, title, tracks["gpx"], segments=segments, exercise=exercise)
    if tracks["kml"] is not None:
        from safepassage.adapters.kml import write_kml

        write_kml(
            options, network, title, tracks["kml"],
            closures=closures, segments=segments, exercise=exercise,
        )  # fmt: skip
    if map_file is not None:
        _draw(found, map_file)
    if segments_file is not None:
        _write_segments(found, title, segments_file)
    files = (*tracks.values(), map_file, segments_file)
    return tuple(path for path in files if path is not None)


def _draw(found: Found, path: Path) -> None:
    ends = found.asked.ends
    title = f"{ends[0].name} to {ends[1].name}"
    places = _places(found.world, found.asked)
    content = content_of(found.world, found.facts, places, title, ends)
    draw(replace(content, options=found.apart, segments=found.every_segment), path)


def _write_segments(found: Found, title: str, path: Path) -> None:
    from safepassage.adapters.segments_json import segments_document, write_segments

    given = found.world.scenario
    document = segments_document(
        found.every_segment, found.world.network, found.facts.at,
        title=title, exercise=given.kind == "exercise",
    )  # fmt: skip
    write_segments(document, path)
