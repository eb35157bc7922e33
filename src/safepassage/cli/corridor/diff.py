"""``safepassage corridor diff``: what changed for each place between two dates, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import print_json, progress
from safepassage.cli.corridor.asking import (
    AsJson,
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
    print_before_control,
    print_part_time,
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

DIFF_VERSION = "1.0"


def diff(
    scenario: ScenarioFolder,
    date_1: Annotated[str, typer.Argument(help="The earlier date, or moment with zone.")],
    date_2: Annotated[str, typer.Argument(help="The later date, or moment with zone.")],
    ends: Annotated[
        list[str] | None,
        typer.Option("--to", help="Place that ways lead to; may be repeated. Default: crossings."),
    ] = None,
    vehicle: Vehicles = None,
    sides: Sides = "",
    weight_t: WeightT = None,
    height_m: HeightM = None,
    width_m: WidthM = None,
    risk_weight_s: RiskWeight = None,
    what_if: WhatIf = "",
    map_file: MapFile = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Say what changed for each place between two dates, and because of which fact.

    Ways lead from each place to the crossings, and from the crossings to reception centres. Both
    dates are given by the scenario's facts; nothing is predicted, and between the dates of two
    facts nothing is known.

    Example: safepassage corridor diff scenario 2025-02-17 2025-02-20
    """
    from safepassage.core.corridor.compare import compare

    check_picture(map_file)
    given = read_world(scenario)
    dates = when(date_1, given), when(date_2, given)
    if dates[0].at == dates[1].at:
        raise UsageError(f"{date_1} and {date_2} are the same moment; name two.")
    profiles = Driving(vehicle or (), sides, weight_t, height_m, width_m).profiles(given)
    to = hubs(given, ends or ())
    with progress("Comparing") as report:
        world = with_roads(given, report, no_cache=no_cache)
        changes = compare(
            world.network,
            tuple(dict.fromkeys((*given.places, *to))),
            [hub.place_id for hub in to],
            profiles,
            world.facts(dates[0], what_if),
            world.facts(dates[1], what_if),
            world.measures(risk_weight_s),
            given.timezone,
            world.router_of,
            report,
        )
    if map_file is not None:
        words = f"what changed from {day(dates[0], given)} to {day(dates[1], given)}"
        draw_changes(world, world.facts(dates[1], what_if), changes, words, map_file)
    if as_json:
        print_json(_document(changes, dates, world))
    else:
        say(f"From {day(dates[0], given)} to {day(dates[1], given)}.")
        if dates[1].at < dates[0].at:
            say("The second date is the earlier one: this is what changed, told backwards.")
        for date in dates:
            print_before_control(date, given)
        print_changes(changes, given)
        for date in dates:
            print_part_time(world.part_time(date, what_if), date, given)
        say(f"Written: {map_file}" if map_file else "")
        print_source(world.network)


def _document(changes: Sequence[Change], dates: tuple[When, When], world: World) -> dict[str, Any]:
    return {
        "version": DIFF_VERSION,
        "before": dates[0].at.isoformat(),
        "after": dates[1].at.isoformat(),
        "attribution": world.network.attribution,
        "schematic": world.network.schematic,
        "changes": changes_document(changes),
    }
