"""``safepassage corridor vital``: the stretches and bridges of a way whose loss hurts most."""

from __future__ import annotations

from dataclasses import dataclass
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
    RiskWeight,
    ScenarioFolder,
    Sides,
    WeightT,
    WhatIf,
    When,
    WidthM,
    World,
    day,
    driver,
    place,
    print_part_time,
    print_source,
    profile_document,
    read_world,
    say,
    when,
    with_roads,
)
from safepassage.errors import UsageError
from safepassage.units import format_duration

if TYPE_CHECKING:
    from safepassage.core.corridor.types import CorridorOption, Place
    from safepassage.core.corridor.vitality import VitalMenu, VitalPart

VITAL_VERSION = "1.0"
MS = 1000
NANO = 1_000_000_000


def vital(
    scenario: ScenarioFolder,
    start: Annotated[
        str, typer.Option("--from", help="Place to start from: id, degrees, MGRS or UTM.")
    ],
    end: Annotated[str, typer.Option("--to", help="Place to reach: id, degrees, MGRS or UTM.")],
    date: Date = "",
    what_if: WhatIf = "",
    vehicle: Annotated[str, typer.Option(help="car, ambulance, minibus, bus or truck.")] = "bus",
    sides: Sides = "",
    weight_t: WeightT = None,
    height_m: HeightM = None,
    width_m: WidthM = None,
    risk_weight_s: RiskWeight = None,
    most: Annotated[int, typer.Option(help="Parts shown at most.", min=1, max=1000)] = 10,
    geojson: Annotated[
        Path | None, typer.Option(help="Write the best way and the ways without its parts.")
    ] = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Say what the loss of each stretch and each bridge of the best way would cost.

    Each part is taken out alone, and the best way without it is found. A part without which there
    is no way at all comes first.

    Example: safepassage corridor vital scenario --from sudzha --to crossing --vehicle bus
    """
    from safepassage.core.corridor.compare import grounds_at
    from safepassage.core.corridor.vitality import vital_parts

    given = read_world(scenario)
    ends = place(given, start), place(given, end)
    if ends[0].place_id == ends[1].place_id:
        raise UsageError(f"'{start}' is both start and end; name two places.")
    profile = Driving((), sides, weight_t, height_m, width_m).profile(vehicle, given)
    asked = when(date, given)
    with progress("What hurts most") as report:
        world = with_roads(given, report, no_cache=no_cache)
        facts, measures = world.facts(asked, what_if), world.measures(risk_weight_s)
        (ground,) = grounds_at(world.network, ends, (profile,), facts, measures)
        world.refuse_off_road(ground)
        topology = world.roads.topology(profile.vehicle_class)
        menu = vital_parts(ground, most=most, topology=topology)
    answer = _Answer(world, ends, asked, menu)
    if geojson is not None:
        from safepassage.adapters.geojson import corridors_geojson, write_geojson

        write_geojson(corridors_geojson(answer.ways(), world.network), geojson)
    if as_json:
        print_json(answer.document())
    else:
        _print(answer)
        print_part_time(world.part_time(asked, what_if), asked, given)
        if geojson is not None:
            say(f"Written: {geojson}")
        print_source(world.network)


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """The best way and its parts."""

    world: World
    ends: tuple[Place, Place]
    when: When
    menu: VitalMenu

    def ways(self) -> list[CorridorOption]:
        """Return the best way and every detour."""
        return [self.menu.option, *(one for one in self.menu.detours if one is not None)]

    def document(self) -> dict[str, Any]:
        """Return the answer as a JSON object."""
        option = self.menu.option
        return {
            "version": VITAL_VERSION,
            "at": self.when.at.isoformat(),
            "attribution": self.world.network.attribution,
            "schematic": self.world.network.schematic,
            "from": option.from_place,
            "to": option.to_place,
            **profile_document(option.profile),
            "travel_time_s": option.travel_time_s,
            "exposure": option.exposure,
            "parts": [
                self._part(part, detour)
                for part, detour in zip(self.menu.parts, self.menu.detours, strict=True)
            ],
        }

    def _part(self, part: VitalPart, detour: CorridorOption | None) -> dict[str, Any]:
        time_ms, exposure_nano = part.lost_time_ms, part.lost_exposure_nano
        return {
            "ways": self.ways_of(part),
            "road": self.road_of(part) or None,
            "length_m": round(self.length_m(part)),
            "bridge": part.bridge,
            "no_other_way": detour is None,
            "lost_time_s": None if time_ms is None else round(time_ms / MS),
            "lost_exposure": None if exposure_nano is None else exposure_nano / NANO,
            "detour_length_m": None if detour is None else round(detour.length_m),
        }

    def ways_of(self, part: VitalPart) -> list[int]:
        """Return the ids of the part's ways, in order."""
        return list(dict.fromkeys(self.world.network.way_id[list(part.links)].tolist()))

    def road_of(self, part: VitalPart) -> str:
        """Return the names of the part's roads, in order."""
        network = self.world.network
        if network.road is None:
            return ""
        names = (network.road_names[index] for index in network.road[list(part.links)].tolist())
        return ", ".join(dict.fromkeys(name for name in names if name))

    def length_m(self, part: VitalPart) -> float:
        """Return the part's length along the way."""
        return float(self.world.network.length_m[list(part.links)].sum())


def _print(answer: _Answer) -> None:
    from rich.table import Table

    option = answer.menu.option
    start, end = (one.name for one in answer.ends)
    say(f"{start} to {end}, {driver(option.profile)}, {day(answer.when, answer.world.scenario)}: "
        f"the best way takes {format_duration(option.travel_time_s)}, exposure "
        f"{option.exposure:.4f}, {option.length_m / 1000:.1f} km.")  # fmt: skip
    say("If one part of it is lost, the worst first:")
    table = Table("part", "km", "then", "the way without it", box=None, pad_edge=False)
    for part, detour in zip(answer.menu.parts, answer.menu.detours, strict=True):
        table.add_row(
            _named(answer, part),
            f"{answer.length_m(part) / 1000:.1f}",
            _loss(part),
            "" if detour is None else _detour(detour),
        )
    out.print(table)


def _named(answer: _Answer, part: VitalPart) -> str:
    ways = answer.ways_of(part)
    named = ", ".join(str(way) for way in ways[:2]) + (" ..." if len(ways) > 2 else "")
    what = "bridge" if part.bridge else "way"
    road = answer.road_of(part)
    return f"{what} {named}{f' ({road})' if road else ''}"


def _loss(part: VitalPart) -> str:
    if part.lost_time_ms is None or part.lost_exposure_nano is None:
        return "no other way"
    time = _signed(part.lost_time_ms)
    exposure = part.lost_exposure_nano / NANO
    return f"{time}, exposure {exposure:+.4f}"


def _signed(time_ms: int) -> str:
    sign = "-" if time_ms < 0 else "+"
    return f"{sign}{format_duration(abs(time_ms) / MS)}"


def _detour(option: CorridorOption) -> str:
    return (
        f"{format_duration(option.travel_time_s)}, {option.length_m / 1000:.1f} km, "
        f"exposure {option.exposure:.4f}"
    )
