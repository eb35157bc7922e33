"""``safepassage corridor find``: ways between two places, with time against exposure."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json, progress
from safepassage.cli.corridor.asking import (
    AsJson,
    Date,
    Driving,
    HeightM,
    NoCache,
    ScenarioFolder,
    Sides,
    WeightT,
    WidthM,
    moment,
    place,
    print_source,
    read_world,
    with_roads,
)
from safepassage.units import format_duration

if TYPE_CHECKING:
    from safepassage.core.corridor.menu import Menu
    from safepassage.core.corridor.types import CorridorOption, RoadNetwork

MENU_VERSION = "1.0"


def find(
    scenario: ScenarioFolder,
    start: Annotated[str, typer.Option("--from", help="Place to start from: id or position.")],
    end: Annotated[str, typer.Option("--to", help="Place to reach: id or position.")],
    date: Date = "",
    vehicle: Annotated[str, typer.Option(help="car, ambulance, minibus, bus or truck.")] = "bus",
    sides: Sides = "",
    weight_t: WeightT = None,
    height_m: HeightM = None,
    width_m: WidthM = None,
    most: Annotated[int, typer.Option(help="Ways shown at most.", min=2, max=100)] = 6,
    geojson: Annotated[Path | None, typer.Option(help="Write the ways as GeoJSON.")] = None,
    gpx: Annotated[Path | None, typer.Option(help="Write the ways as GPX tracks.")] = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Show every way that no other beats in both time and exposure.

    Example: safepassage corridor find scenario --from sudzha --to crossing --vehicle bus
    """
    from safepassage.adapters.geojson import corridors_geojson, write_geojson
    from safepassage.adapters.gpx import write_gpx
    from safepassage.core.corridor.menu import corridor_menu

    given = read_world(scenario)
    places = place(given, start), place(given, end)
    at = moment(date, given)
    profile = Driving((), sides, weight_t, height_m, width_m).profile(vehicle, given)
    with progress("Finding ways out") as report:
        world = with_roads(given, report, no_cache=no_cache)
        menu = corridor_menu(
            world.network, *places, profile, given.control, given.hazards, at,
            most=most, snap_limit_m=given.planning.snap_limit_m,
        )  # fmt: skip
    network = world.network
    if geojson is not None:
        write_geojson(corridors_geojson(menu.options, network), geojson)
    if gpx is not None:
        write_gpx(menu.options, network, f"{given.title}: {start} to {end}", gpx)
    if as_json:
        print_json(menu_document(menu, network, at))
    else:
        _print_menu(menu, network, at)


def menu_document(menu: Menu, network: RoadNetwork, at: datetime) -> dict[str, Any]:
    """Return a menu as a JSON object."""
    return {
        "version": MENU_VERSION,
        "at": at.isoformat(),
        "attribution": network.attribution,
        "schematic": network.schematic,
        "found": menu.found,
        "snaps": [
            {"place": snap.place_id, "distance_m": round(snap.distance_m, 1),
             "warnings": list(snap.warnings)}
            for snap in menu.snaps
        ],
        "options": [_option_document(option) for option in menu.options],
    }  # fmt: skip


def _option_document(option: CorridorOption) -> dict[str, Any]:
    return {
        "option": option.option_id,
        "from": option.from_place,
        "to": option.to_place,
        "vehicle_class": option.profile.vehicle_class.value,
        "length_m": round(option.length_m),
        "travel_time_s": option.travel_time_s,
        "exposure": option.exposure,
        "segments": [
            {"side": segment.side, "length_m": round(segment.length_m),
             "travel_time_s": segment.travel_time_s, "exposure": segment.exposure}
            for segment in option.segments
        ],
        "bridges": [{"way": way, "maxweight_t": limit_t} for way, limit_t in option.bridges],
        "ways": list(option.way_ids),
        "oldest_fact": option.oldest_fact or None,
        "reason": option.reason,
    }  # fmt: skip


def _print_menu(menu: Menu, network: RoadNetwork, at: datetime) -> None:
    from rich.table import Table

    first = menu.options[0]
    shown = f"{len(menu.options)} of {menu.found}" if len(menu.options) < menu.found else "all"
    out.print(
        f"{first.from_place} to {first.to_place}, {first.profile.vehicle_class.value}, "
        f"{at.date().isoformat()}: {menu.found} on the exact menu; shown: {shown}.",
        markup=False,
    )
    table = Table("way", "time", "exposure", "km", "sides", "oldest fact", "why")
    for option in menu.options:
        table.add_row(
            option.option_id,
            format_duration(option.travel_time_s),
            f"{option.exposure:.4f}",
            f"{option.length_m / 1000:.1f}",
            " > ".join(segment.side or "nobody known" for segment in option.segments),
            option.oldest_fact or "none",
            option.reason,
        )
    out.print(table)
    for snap in menu.snaps:
        for warning in snap.warnings:
            out.print(warning, markup=False)
    print_source(network)
