"""``safepassage corridor isochrone``: how far one gets from a place in so many minutes."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from safepassage.cli.corridor.pictures import MapFile, check_picture, content_of, draw
from safepassage.errors import InfeasibleError, UsageError
from safepassage.units import SECONDS_PER_MINUTE, format_duration

if TYPE_CHECKING:
    from safepassage.core.corridor.isochrone import Band, Reached
    from safepassage.core.corridor.options import Ground
    from safepassage.core.corridor.types import Place

ISOCHRONE_VERSION = "1.0"
LONGEST_MIN = 24 * 60
MOST_NAMED = 12
"""Places without a way that are named on a terminal; the JSON document has all."""


def isochrone(
    scenario: ScenarioFolder,
    start: Annotated[str, typer.Option("--from", help="Place to start from: id or position.")],
    minutes: Annotated[str, typer.Option(help="Limits of the bands in minutes.")] = "15,30,60,120",
    date: Date = "",
    vehicle: Annotated[str, typer.Option(help="car, ambulance, minibus, bus or truck.")] = "bus",
    sides: Sides = "",
    weight_t: WeightT = None,
    height_m: HeightM = None,
    width_m: WidthM = None,
    risk_weight_s: RiskWeight = None,
    what_if: WhatIf = "",
    geojson: Annotated[
        Path | None, typer.Option(help="Write the bands as polygons and lines.")
    ] = None,
    map_file: MapFile = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Say when each place is reached from one place, in bands of minutes.

    The way to each place is the planner's: the least time plus weighted exposure. With
    --risk-weight 0 it is the fastest.

    Example: safepassage corridor isochrone scenario --from crossing --minutes 15,30,60
    """
    from safepassage.core.corridor.compare import grounds_at, refused_places
    from safepassage.core.corridor.isochrone import bands, reached_places

    check_picture(map_file)
    given = read_world(scenario)
    limits_s = _limits(minutes)
    origin = place(given, start)
    asked = when(date, given)
    profile = Driving((), sides, weight_t, height_m, width_m).profile(vehicle, given)
    with progress("How far one gets") as report:
        world = with_roads(given, report, no_cache=no_cache)
        places = tuple(dict.fromkeys((origin, *given.places)))
        facts, measures = world.facts(asked, what_if), world.measures(risk_weight_s)
        (ground,) = grounds_at(world.network, places, (profile,), facts, measures)
        if origin.place_id in (refused := refused_places(ground)):
            raise InfeasibleError(refused[origin.place_id])
        times = world.router_of(ground).times_from(ground.nodes[origin.place_id])
        reached = reached_places(ground, times)
        drawn = as_json or geojson is not None or map_file is not None
        found = bands(ground, times, limits_s) if drawn else ()
    answer = _Answer(world, origin, ground, asked, limits_s, reached, found)
    if geojson is not None:
        from safepassage.adapters.geojson import write_geojson

        write_geojson(answer.geojson(), geojson)
    if map_file is not None:
        words = f"from {origin.name}, {driver(profile)}"
        content = content_of(world, facts, places, words, (origin,))
        draw(replace(content, bands=found), map_file)
    if as_json:
        print_json(answer.document())
    else:
        _print(answer, tuple(path for path in (geojson, map_file) if path is not None))


def _limits(text: str) -> tuple[int, ...]:
    """Read the limits of the bands, growing, in seconds."""
    try:
        limits = sorted({float(part) for part in text.split(",") if part.strip()})
    except ValueError as error:
        raise UsageError(f"'{text}' are no minutes; write e.g. 15,30,60.") from error
    if not limits or not 0 < limits[0] <= limits[-1] <= LONGEST_MIN:
        raise UsageError(f"'{text}': accepted are minutes from just over 0 to {LONGEST_MIN}.")
    return tuple(round(limit * SECONDS_PER_MINUTE) for limit in limits)


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """What was found, to be printed or written."""

    world: World
    origin: Place
    ground: Ground
    when: When
    limits_s: tuple[int, ...]
    reached: tuple[Reached, ...]
    bands: tuple[Band, ...]

    def band_of(self, one: Reached) -> int | None:
        """Return the least limit within which a place is reached, None beyond the last."""
        if one.travel_time_s is None:
            return None
        return next((limit for limit in self.limits_s if one.travel_time_s <= limit), None)

    def document(self) -> dict[str, Any]:
        """Return the answer as a JSON object."""
        return {
            "version": ISOCHRONE_VERSION,
            "at": self.when.at.isoformat(),
            "from": self.origin.place_id,
            **profile_document(self.ground.profile),
            "attribution": self.world.network.attribution,
            "schematic": self.world.network.schematic,
            "places": [
                {
                    "place": one.place_id,
                    "travel_time_s": one.travel_time_s,
                    "exposure": None if one.travel_time_s is None else one.exposure,
                    "band_s": self.band_of(one),
                }
                for one in self.reached
            ],
            "bands": [
                {"limit_s": band.limit_s, "roads_m": round(band.length_m)} for band in self.bands
            ],
        }

    def geojson(self) -> dict[str, Any]:
        """Return the bands as a FeatureCollection: the ground first, the roads on it."""
        from safepassage.adapters.bands_geojson import bands_geojson

        return bands_geojson(self.bands, self.world.network, self.origin, self.when.at)


def _print(answer: _Answer, written: tuple[Path, ...]) -> None:
    from rich.table import Table

    given = answer.world.scenario
    names = {one.place_id: one.name for one in given.places}
    name = names.get(answer.origin.place_id, answer.origin.place_id)
    say(f"From {name}, {driver(answer.ground.profile)}, {day(answer.when, given)}:")
    table = Table("within", "place", "time", "exposure", box=None)
    others = [one for one in answer.reached if one.place_id != answer.origin.place_id]
    by_time = [(one.travel_time_s, one) for one in others if one.travel_time_s is not None]
    for time_s, one in sorted(by_time, key=lambda pair: pair[0]):
        table.add_row(
            _band(answer, one),
            names.get(one.place_id, one.place_id),
            format_duration(time_s),
            f"{one.exposure:.3f}" if one.exposure else "",
        )
    out.print(table)
    cut_off = [names.get(one.place_id, one.place_id) for one in others if not one.reachable]
    if cut_off:
        more = f" and {len(cut_off) - MOST_NAMED} more" if len(cut_off) > MOST_NAMED else ""
        say(f"No way: {', '.join(cut_off[:MOST_NAMED])}{more}.")
    print_part_time(answer.world.part_time(answer.when), answer.when, given)
    for path in written:
        say(f"Written: {path}")
    print_source(answer.world.network)


def _band(answer: _Answer, one: Reached) -> str:
    limit = answer.band_of(one)
    if limit is None:
        return f"over {answer.limits_s[-1] // SECONDS_PER_MINUTE} min"
    return f"{limit // SECONDS_PER_MINUTE} min"
