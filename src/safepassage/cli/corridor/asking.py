"""What the corridor commands ask for in the same words: places, moments, ways of driving, roads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safepassage.cli.common import Reporter, out
from safepassage.errors import UsageError
from safepassage.units import format_moment, parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from safepassage.core.corridor.compare import Facts, Measures
    from safepassage.core.corridor.types import (
        Place,
        RoadNetwork,
        TravelProfile,
    )
    from safepassage.scenario.types import Scenario

ScenarioFolder = Annotated[Path, typer.Argument(help="The scenario folder.")]
Date = Annotated[
    str,
    typer.Option(
        help="Date, or moment with zone, whose control, hazards and closures count; "
        "default: the scenario's planning date."
    ),
]
Vehicles = Annotated[
    list[str] | None,
    typer.Option(
        "--vehicle",
        help="car, ambulance, minibus, bus or truck; may be repeated. "
        "Default: the scenario's own fleet.",
    ),
]
Sides = Annotated[
    str,
    typer.Option(help="Parties on whose territory it may drive, ';' between; default: all."),
]
WeightT = Annotated[float | None, typer.Option(help="Gross weight in tonnes.", min=0.1)]
HeightM = Annotated[float | None, typer.Option(help="Height in metres.", min=0.1)]
WidthM = Annotated[float | None, typer.Option(help="Width in metres.", min=0.1)]
RiskWeight = Annotated[
    float | None,
    typer.Option(
        "--risk-weight",
        help="Seconds of travel worth one unit of exposure; default: the scenario's. "
        "0 asks for the fastest way.",
        min=0.0,
        max=1e6,
    ),
]
WhatIf = Annotated[
    str, typer.Option("--what-if", help="Count the rules of this what-if of the scenario too.")
]
NoCache = Annotated[
    bool,
    typer.Option(
        "--no-cache", help="Read the roads again and keep nothing in the cache (SAFEPASSAGE_CACHE)."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

POSITION_NAME = "position"


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A scenario with its roads, as one command sees it.

    Parameters
    ----------
    cache
        Folder in which prepared roads are kept; None keeps nothing.
    """

    scenario: Scenario
    network: RoadNetwork
    cache: Path | None

    def facts(self, at: datetime, what_if: str = "") -> Facts:
        """Return control, hazards and closures to be read at a moment."""
        from safepassage.core.corridor.compare import Facts

        return Facts(self.scenario.control, self.scenario.hazards, at, what_if=what_if)

    def measures(self, risk_weight_s: float | None) -> Measures:
        """Return how facts become costs, by the scenario's own rules."""
        from safepassage.core.corridor.compare import Measures

        planning = self.scenario.planning
        weight = planning.risk_weight_s if risk_weight_s is None else risk_weight_s
        return Measures(weight, planning.snap_limit_m)


def read_world(folder: Path) -> Scenario:
    """Read a scenario that has roads."""
    from safepassage.scenario.reader import read_scenario

    scenario = read_scenario(folder).scenario
    if scenario.roads is None:
        raise UsageError(f"{folder.name}: the scenario names no roads; add 'roads' to it.")
    return scenario


def with_roads(scenario: Scenario, report: Reporter, *, no_cache: bool) -> World:
    """Load the roads of a scenario, from the cache where they are kept."""
    from safepassage.adapters.cache import cache_folder
    from safepassage.adapters.roads import load_roads

    assert scenario.roads is not None  # noqa: S101 - read_world has refused this
    cache = None if no_cache else cache_folder()
    return World(scenario, load_roads(scenario.folder, scenario.roads, report, cache), cache)


def place(scenario: Scenario, text: str) -> Place:
    """Return the place that an id or a position (degrees, MGRS or UTM) names.

    Raises
    ------
    UsageError
        If it is neither; the message names ids that look like it.
    """
    for one in scenario.places:
        if one.place_id == text:
            return one
    raise UsageError(_unknown_place(scenario, text))


def _unknown_place(scenario: Scenario, text: str) -> str:
    from difflib import get_close_matches

    known = [one.place_id for one in scenario.places]
    near = get_close_matches(text, known, n=3) or known[:8]
    named = f"there are e.g. {', '.join(near)}" if near else "it has none"
    return f"'{text}' is no place of the scenario; {named}."


def moment(text: str, scenario: Scenario) -> datetime:
    """Read a moment; a date alone means noon of the operation's local time.

    Raises
    ------
    UsageError
        If it is neither.
    """
    from zoneinfo import ZoneInfo

    if not text:
        return scenario.planning_date
    try:
        if "T" in text:
            return parse_moment(text)
        day = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - the zone is set beside
        return day.replace(hour=12, tzinfo=ZoneInfo(scenario.timezone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"'{text}' is not a date; write 2025-02-20 or 2025-02-20T08:00+02:00."
        ) from error


@dataclass(frozen=True, slots=True)
class Driving:
    """The ways of driving that a user asked for, as typed."""

    vehicles: Sequence[str]
    sides: str = ""
    weight_t: float | None = None
    height_m: float | None = None
    width_m: float | None = None

    def profiles(self, scenario: Scenario) -> tuple[TravelProfile, ...]:
        """Return them; without a vehicle those of the scenario's fleet, or else a bus."""
        from safepassage.pipeline import vehicle_profiles

        if self.vehicles:
            return tuple(dict.fromkeys(self.profile(name, scenario) for name in self.vehicles))
        fleet, _ = vehicle_profiles(scenario.vehicles)
        given = any((self.sides, self.weight_t, self.height_m, self.width_m))
        return fleet if fleet and not given else (self.profile("bus", scenario),)

    def profile(self, vehicle: str, scenario: Scenario) -> TravelProfile:
        """Return one of them.

        Raises
        ------
        UsageError
            If the class or a side is unknown.
        """
        from safepassage.core.corridor.types import TravelProfile, VehicleClass

        if vehicle not in tuple(VehicleClass):
            accepted = ", ".join(VehicleClass)
            raise UsageError(f"'{vehicle}' is no vehicle class; accepted: {accepted}.")
        allowed = frozenset(part.strip() for part in self.sides.split(";") if part.strip())
        parties = sorted(party.party_id for party in scenario.parties)
        unknown = sorted(allowed - set(parties))
        if unknown:
            raise UsageError(
                f"'{unknown[0]}' is no party of the scenario; accepted: {', '.join(parties)}."
            )
        size = self.weight_t, self.height_m, self.width_m
        return TravelProfile(VehicleClass(vehicle), allowed, *size)


def hubs(scenario: Scenario, named: Iterable[str]) -> tuple[Place, ...]:
    """Return the places that others are measured to: those named, or else the crossings.

    Raises
    ------
    UsageError
        If a name is unknown, or none is named and the scenario has no crossing.
    """
    from safepassage.core.corridor.types import PlaceKind

    found = tuple(dict.fromkeys(place(scenario, name) for name in named))
    found = found or tuple(one for one in scenario.places if one.kind is PlaceKind.CROSSING)
    if not found:
        raise UsageError("The scenario has no crossing; say with --to which place to measure to.")
    return found


def driver(profile: TravelProfile) -> str:
    """Return a way of driving in words, e.g. ``bus of A, 14.5 t``."""
    words = profile.vehicle_class.value
    if profile.sides:
        words += f" of {' and '.join(sorted(profile.sides))}"
    if profile.weight_t is not None:
        words += f", {profile.weight_t:g} t"
    return words


def day(at: datetime, scenario: Scenario) -> str:
    """Return a moment in the operation's local time, with its zone."""
    return format_moment(at, scenario.timezone)


def print_source(network: RoadNetwork) -> None:
    """Print whose roads they are, and that they are schematic if they are."""
    from safepassage.adapters.geojson import SCHEMATIC_LABEL

    said = network.schematic and "schematic" in network.attribution.lower()
    label = f"{SCHEMATIC_LABEL} " if network.schematic and not said else ""
    say(f"{label}Roads: {network.attribution}." if network.attribution else label.strip())


def say(text: str) -> None:
    """Print a line as it is."""
    if text:
        out.print(text, markup=False)
