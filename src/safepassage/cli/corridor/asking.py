"""What the corridor commands ask for in the same words: places, moments, ways of driving, roads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import Reporter, err, out
from safepassage.errors import InfeasibleError, Severity, UsageError
from safepassage.units import format_moment, parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from safepassage.core.corridor.compare import Facts, Measures
    from safepassage.core.corridor.options import Ground
    from safepassage.core.corridor.router import Router
    from safepassage.core.corridor.types import (
        Closure,
        Place,
        RoadNetwork,
        TravelMatrices,
        TravelProfile,
    )
    from safepassage.pipeline import Roads
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

MOST_LISTED = 8
"""Place ids that a message offers where none looks like what was typed."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A scenario with its roads, as one command sees it."""

    scenario: Scenario
    roads: Roads

    @property
    def network(self) -> RoadNetwork:
        """The scenario's roads."""
        return self.roads.network

    def facts(self, when: When, what_if: str = "") -> Facts:
        """Return control, hazards and closures that count at a moment, or all through a day.

        Raises
        ------
        UsageError
            If there is no what-if of that name.
        """
        from safepassage.core.corridor.closures import shut_throughout
        from safepassage.core.corridor.compare import Facts
        from safepassage.scenario.facts import map_facts

        found = map_facts(self.scenario, when.at, what_if)
        rules = self.rules(when, what_if)
        counting = rules if when.day is None else shut_throughout(rules, when.day)
        return Facts(found.control, found.hazards, when.at, counting)

    def part_time(self, when: When, what_if: str = "") -> tuple[Closure, ...]:
        """Return the closures that hold for a part of the day only and are left out of it."""
        from safepassage.core.corridor.closures import part_time

        if when.day is None:
            return ()
        return part_time(self.rules(when, what_if), when.day)

    def rules(self, when: When, what_if: str = "") -> tuple[Closure, ...]:
        """Return all closures with their hours: of the scenario, and as signed on the roads."""
        from safepassage.scenario.facts import map_facts

        found = map_facts(self.scenario, when.at, what_if).closures
        return (*self.network.closures, *found)

    def measures(self, risk_weight_s: float | None = None) -> Measures:
        """Return how facts become costs, by the scenario's own rules."""
        from safepassage.pipeline import measures_of

        measures = measures_of(self.scenario)
        return measures if risk_weight_s is None else replace(measures, risk_weight_s=risk_weight_s)

    def matrices(
        self,
        places: tuple[Place, ...],
        profiles: tuple[TravelProfile, ...],
        facts: Facts,
        risk_weight_s: float | None = None,
    ) -> TravelMatrices:
        """Return times and exposures between places."""
        from safepassage.core.corridor.matrices import travel_matrices

        measures = self.measures(risk_weight_s)
        return travel_matrices(
            self.network,
            places,
            profiles,
            facts.control,
            facts.hazards,
            facts.at,
            risk_weight_s=measures.risk_weight_s,
            snap_limit_m=measures.snap_limit_m,
            closures=facts.closures,
            hazard_model=measures.hazard_model,
            topologies=self.roads.topologies_for(profiles),
        )

    def refuse_off_road(self, ground: Ground) -> None:
        """Refuse a ground with a place that has no road, or that a closure has shut.

        Raises
        ------
        InfeasibleError
            With the reason for each.
        """
        from safepassage.core.corridor.compare import refused_places

        refused = refused_places(ground)
        if refused:
            raise InfeasibleError("\n".join(refused.values()))

    def router_of(self, ground: Ground) -> Router:
        """Return the router of a ground, over prepared roads from the cache."""
        from safepassage.core.corridor.router import router

        return router(self.roads.topology(ground.profile.vehicle_class), ground.metric)


def read_world(folder: Path) -> Scenario:
    """Read a scenario that has roads."""
    from safepassage.scenario.reader import read_scenario

    read = read_scenario(folder)
    if read.scenario.roads is None:
        raise UsageError(f"{folder.name}: the scenario names no roads; add 'roads' to it.")
    errors = sum(finding.severity is Severity.ERROR for finding in read.findings)
    if errors:
        err.print(
            f"Careful: {folder.name} has {errors} error{'s' if errors > 1 else ''}; what is wrong "
            f"was set aside and does not count below. See: safepassage scenario validate {folder}",
            markup=False,
        )
    return read.scenario


def with_roads(scenario: Scenario, report: Reporter, *, no_cache: bool) -> World:
    """Load the roads of a scenario, from the cache where they are kept."""
    from safepassage.adapters.cache import cache_folder
    from safepassage.pipeline import read_roads

    cache = None if no_cache else cache_folder()
    return World(scenario, read_roads(scenario, cache, report))


def place(scenario: Scenario, text: str) -> Place:
    """Return the place that an id or a position (degrees, MGRS or UTM) names.

    Raises
    ------
    UsageError
        If it is neither; the message names ids that look like it.
    """
    from safepassage.core.corridor.types import Place, PlaceKind
    from safepassage.core.geo.position import parse_position

    for one in scenario.places:
        if one.place_id == text:
            return one
    try:
        lon, lat = parse_position(text)
    except UsageError as error:
        raise UsageError(_unknown_place(scenario, text, str(error))) from error
    return Place(text, text, PlaceKind.ASSEMBLY_POINT, lat=lat, lon=lon)


def _unknown_place(scenario: Scenario, text: str, as_position: str) -> str:
    """Say what is wrong: an id that looks like another, or a position that is none."""
    from difflib import get_close_matches

    known = [one.place_id for one in scenario.places]
    near = get_close_matches(text, known, n=3)
    if not near and any(sign.isdigit() for sign in text):
        return as_position
    listed = ", ".join(near or known[:MOST_LISTED])
    named = f"there are e.g. {listed}" if listed else "it has none"
    return f"'{text}' is no place of the scenario; {named}. A position is accepted too."


@dataclass(frozen=True, slots=True)
class When:
    """What a date asks about.

    Parameters
    ----------
    at
        Aware moment at which control and hazards are read.
    day
        The local day, if no hour was given: closures count that hold all day long.
    """

    at: datetime
    day: tuple[datetime, datetime] | None = None


def when(text: str, scenario: Scenario) -> When:
    """Read a date (then control and hazards are those at noon, local time) or a moment.

    Nothing typed means the day of the scenario's planning date, at its hour.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if not text:
        at = scenario.planning_date
        return When(at, _day_around(at, scenario))
    if "T" in text:
        return When(moment(text, scenario))
    at = moment(text, scenario)
    return When(at, _day_around(at, scenario))


def _day_around(at: datetime, scenario: Scenario) -> tuple[datetime, datetime]:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(scenario.timezone)
    start = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    end = (start.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def moment(text: str, scenario: Scenario) -> datetime:
    """Read a moment; a date alone means noon of the operation's local time.

    Raises
    ------
    UsageError
        If it is neither.
    """
    from zoneinfo import ZoneInfo

    try:
        if "T" in text:
            return parse_moment(text)
        noon = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - the zone is set beside
        return noon.replace(hour=12, tzinfo=ZoneInfo(scenario.timezone)).astimezone(UTC)
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


def drivers(profiles: Sequence[TravelProfile]) -> str:
    """Return ways of driving in words, those of one side together, e.g. ``bus, minibus of A``."""
    by_side: dict[str, dict[str, None]] = {}
    for profile in profiles:
        side = f" of {' and '.join(sorted(profile.sides))}" if profile.sides else ""
        by_side.setdefault(side, {})[profile.vehicle_class.value] = None
    return "; ".join(f"{', '.join(classes)}{side}" for side, classes in by_side.items())


def profile_document(profile: TravelProfile) -> dict[str, Any]:
    """Return a way of driving as a JSON object."""
    return {
        "vehicle_class": profile.vehicle_class.value,
        "sides": sorted(profile.sides),
        "weight_t": profile.weight_t,
        "height_m": profile.height_m,
        "width_m": profile.width_m,
    }


def day(asked: When, scenario: Scenario) -> str:
    """Return a day, or a moment in the operation's local time with its zone."""
    text = format_moment(asked.at, scenario.timezone)
    return text if asked.day is None else text[: len("2025-02-20")]


def age(days: float | None) -> str:
    """Return an age in whole days, to the nearest, as maps say it."""
    if days is None:
        return "none"
    whole = int(max(0.0, days) + 0.5)
    return "today" if whole == 0 else f"{whole:,} day{'' if whole == 1 else 's'}"


def print_before_control(asked: When, given: Scenario) -> None:
    """Say if nothing is stated yet on who holds what at a moment, for then every way is open."""
    if given.control and asked.at < min(area.valid_from for area in given.control):
        say(f"On {day(asked, given)} no area of control is stated yet: nobody is known to hold "
            "anything, and every side may drive everywhere.")  # fmt: skip


def print_part_time(closures: Sequence[Closure], asked: When, scenario: Scenario) -> None:
    """Say which closures hold for a part of the day only and so do not count in the answer."""
    from zoneinfo import ZoneInfo

    if closures:
        named = ", ".join(f"'{closure.closure_id}'" for closure in closures[:MOST_LISTED])
        more = f" and {len(closures) - MOST_LISTED} more" if len(closures) > MOST_LISTED else ""
        local = asked.at.astimezone(ZoneInfo(scenario.timezone))
        evening = local.replace(hour=21, minute=0, second=0, microsecond=0)
        example = evening.isoformat(timespec="minutes")
        say(f"Shut for a part of {local.date().isoformat()} only, and not counted here: "
            f"{named}{more}. Ask for a moment, e.g. {example}.")  # fmt: skip


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
