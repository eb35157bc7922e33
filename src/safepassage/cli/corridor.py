"""``safepassage corridor``: ways out of a place, with time against exposure."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json, progress
from safepassage.errors import UsageError
from safepassage.units import format_duration, parse_moment

if TYPE_CHECKING:
    from safepassage.core.corridor.menu import Menu
    from safepassage.core.corridor.types import CorridorOption, Place, RoadNetwork, TravelProfile
    from safepassage.scenario.types import Scenario

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Ways out of a place, with time against exposure.",
)

MENU_VERSION = "1.0"


@app.callback()
def corridor() -> None:
    """Ways out of a place, with time against exposure."""


@app.command("find")
def find(
    scenario: Annotated[Path, typer.Argument(help="The scenario folder.")],
    start: Annotated[str, typer.Option("--from", help="Place id to start from.")],
    end: Annotated[str, typer.Option("--to", help="Place id to reach.")],
    date: Annotated[
        str,
        typer.Option(
            help="Date, or moment with zone, whose control and hazards count; "
            "default: the scenario's planning date."
        ),
    ] = "",
    vehicle: Annotated[str, typer.Option(help="car, ambulance, minibus, bus or truck.")] = "bus",
    sides: Annotated[
        str,
        typer.Option(help="Parties on whose territory it may drive, ';' between; default: all."),
    ] = "",
    weight_t: Annotated[float | None, typer.Option(help="Gross weight in tonnes.", min=0.1)] = None,
    most: Annotated[int, typer.Option(help="Ways shown at most.", min=2, max=100)] = 6,
    geojson: Annotated[Path | None, typer.Option(help="Write the ways as GeoJSON.")] = None,
    gpx: Annotated[Path | None, typer.Option(help="Write the ways as GPX tracks.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show every way that no other beats in both time and exposure.

    Example: safepassage corridor find scenario --from sudzha --to crossing --vehicle bus
    """
    from safepassage.adapters.geojson import corridors_geojson, write_geojson
    from safepassage.adapters.gpx import write_gpx
    from safepassage.adapters.roads import load_roads
    from safepassage.core.corridor.menu import corridor_menu
    from safepassage.scenario.reader import read_scenario

    world = read_scenario(scenario).scenario
    if world.roads is None:
        raise UsageError(f"{scenario.name}: the scenario names no roads; add 'roads' to it.")
    places = _place(world, start), _place(world, end)
    at = _moment(date, world)
    profile = _profile(vehicle, sides, weight_t, world)
    with progress("Finding ways out") as report:
        network = load_roads(scenario, world.roads, report)
        menu = corridor_menu(
            network, *places, profile, world.control, world.hazards, at,
            most=most, snap_limit_m=world.planning.snap_limit_m,
        )  # fmt: skip
    if geojson is not None:
        write_geojson(corridors_geojson(menu.options, network), geojson)
    if gpx is not None:
        write_gpx(menu.options, network, f"{world.title}: {start} to {end}", gpx)
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


def _place(world: Scenario, place_id: str) -> Place:
    for place in world.places:
        if place.place_id == place_id:
            return place
    from difflib import get_close_matches

    known = [place.place_id for place in world.places]
    near = get_close_matches(place_id, known, n=3) or known[:8]
    raise UsageError(f"'{place_id}' is no place of the scenario; there are e.g. {', '.join(near)}.")


def _moment(text: str, world: Scenario) -> datetime:
    """Read a moment; a date alone means noon of the operation's local time."""
    from zoneinfo import ZoneInfo

    if not text:
        return world.planning_date
    try:
        if "T" in text:
            return parse_moment(text)
        day = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - the zone is set beside
        return day.replace(hour=12, tzinfo=ZoneInfo(world.timezone)).astimezone(UTC)
    except ValueError as error:
        raise UsageError(
            f"'{text}' is not a date; write 2025-02-20 or 2025-02-20T08:00+02:00."
        ) from error


def _profile(vehicle: str, sides: str, weight_t: float | None, world: Scenario) -> TravelProfile:
    from safepassage.core.corridor.types import TravelProfile, VehicleClass

    if vehicle not in tuple(VehicleClass):
        accepted = ", ".join(VehicleClass)
        raise UsageError(f"'{vehicle}' is no vehicle class; accepted: {accepted}.")
    allowed = frozenset(part.strip() for part in sides.split(";") if part.strip())
    unknown = sorted(allowed - {party.party_id for party in world.parties})
    if unknown:
        raise UsageError(f"'{unknown[0]}' is no party of the scenario.")
    return TravelProfile(VehicleClass(vehicle), allowed, weight_t=weight_t)


def _print_menu(menu: Menu, network: RoadNetwork, at: datetime) -> None:
    from rich.table import Table

    from safepassage.adapters.geojson import SCHEMATIC_LABEL

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
    label = f"{SCHEMATIC_LABEL} " if network.schematic else ""
    out.print(f"{label}{network.attribution}", markup=False)
