"""Maps of the corridor commands: what a user sees of a menu, of a change, of how far one gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safepassage.errors import UsageError
from safepassage.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from safepassage.adapters.map_picture import MapContent
    from safepassage.cli.corridor.asking import World
    from safepassage.core.corridor.compare import Change, Facts
    from safepassage.core.corridor.options import Ground
    from safepassage.core.corridor.types import CorridorOption, Place

SUFFIXES = (".svg", ".png")
MapFile = Annotated[
    Path | None, typer.Option("--map", help="Draw a map: .svg, or .png (extra 'pictures').")
]


def check_picture(path: Path | None) -> None:
    """Refuse a file of another kind before anything is computed.

    Raises
    ------
    UsageError
        If it is neither SVG nor PNG.
    """
    if path is not None and path.suffix not in SUFFIXES:
        raise UsageError(f"'{path.name}' ends in neither .svg nor .png.")


def content_of(
    world: World, facts: Facts, places: Iterable[Place], title: str, within: tuple[Place, ...] = ()
) -> MapContent:
    """Return a map of the facts at their moment, without any way yet."""
    from safepassage.adapters.map_picture import MapContent

    given = world.scenario
    return MapContent(
        network=world.network,
        at=facts.at,
        places=tuple(places),
        control=facts.control,
        hazards=facts.hazards,
        closures=facts.closures,
        timezone=given.timezone,
        title=f"{given.title}: {title}",
        exercise=given.kind == "exercise",
        names={party.party_id: party.name for party in given.parties},
        within=within,
    )


def draw(content: MapContent, path: Path) -> None:
    """Write a map as SVG or PNG, by the ending of the file."""
    from safepassage.adapters.map_picture import corridor_map, picture_png

    svg = corridor_map(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".png":
        path.write_bytes(picture_png(svg))
    else:
        path.write_text(svg, encoding="utf-8", newline="\n")


def draw_changes(
    world: World, facts: Facts, changes: Sequence[Change], title: str, path: Path
) -> None:
    """Draw what changed: the new ways of the places that lose most, and places without any.

    Parameters
    ----------
    facts
        Those after the change.
    """
    places = {place.place_id: place for place in world.scenario.places}
    told = [change for change in changes if change.verdict in ("changed", "gained", "lost")]
    hubs = {change.hub_id for change in told}
    lost = frozenset(change.place_id for change in told if change.verdict == "lost")
    within = tuple(place for place in places.values() if place.place_id in hubs | lost)
    content = content_of(world, facts, places.values(), title, within)
    options = new_ways(world, facts, [one for one in told if one.after.reachable])
    draw(replace(content, options=options, lost=lost), path)


def new_ways(world: World, facts: Facts, changes: Sequence[Change]) -> tuple[CorridorOption, ...]:
    """Return the new way of each place that changed most, one for a place, the worst first."""
    from safepassage.adapters.map_content import MOST_WAYS
    from safepassage.core.corridor.compare import grounds_at
    from safepassage.core.corridor.options import option_of_links

    worst = {change.place_id: change for change in sorted(changes, key=_more_s)}
    chosen = sorted(worst.values(), key=_more_s, reverse=True)[:MOST_WAYS]
    profiles = tuple(dict.fromkeys(change.profile for change in chosen))
    known = {place.place_id: place for place in world.scenario.places}
    chosen = [change for change in chosen if {change.place_id, change.hub_id} <= known.keys()]
    grounds = grounds_at(world.network, tuple(known.values()), profiles, facts, world.measures())
    ground_of: dict[object, Ground] = dict(zip(profiles, grounds, strict=True))
    found = []
    for number, change in enumerate(chosen, 1):
        ends = known[change.place_id], known[change.hub_id]
        ends = ends[::-1] if change.after.from_hub else ends
        ground = replace(ground_of[change.profile], places=ends)
        words = _reason(change, known[change.place_id].name)
        found.append(option_of_links(ground, change.after.links, f"n{number}", words))
    return tuple(found)


def _more_s(change: Change) -> float:
    """Return by how many seconds a way is longer; a way that is there again comes first."""
    before, after = change.before.travel_time_s, change.after.travel_time_s
    return float("inf") if before is None else float((after or 0) - before)


def _reason(change: Change, name: str) -> str:
    before = change.before.travel_time_s
    old = "no way" if before is None else format_duration(before)
    vehicle = change.profile.vehicle_class.value
    return (
        f"{name}, {vehicle}: {old} before, now {format_duration(change.after.travel_time_s or 0)}"
    )
