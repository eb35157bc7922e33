"""A corridor as named segments: the unit in which it is agreed and acknowledged on the ground.

A permission at a capital does not reach kilometre 73: each stretch under one administration has its
hand-over points, its windows, its fall-backs and a local command that has to acknowledge. All
coordinates are WGS 84 (EPSG:4326), longitude and latitude in degrees; distances are geodesic.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import shapely

from safepassage.core.corridor.types import (
    ControlArea,
    CorridorOption,
    CorridorSegment,
    HandOver,
    LocalCommand,
    NamedSegment,
    Place,
    PlaceKind,
    SegmentWindow,
)
from safepassage.core.geo.distance import bearing_deg, geodesic_m
from safepassage.core.geo.frame import LocalFrame
from safepassage.core.geo.mgrs import to_mgrs

NAMED: Final = (
    PlaceKind.SETTLEMENT,
    PlaceKind.ASSEMBLY_POINT,
    PlaceKind.CROSSING,
    PlaceKind.RECEPTION_CENTRE,
)
"""Kinds of place after which a point is named; the others are ours and not on anybody's map."""
MEETING: Final = (PlaceKind.ASSEMBLY_POINT, PlaceKind.CROSSING, PlaceKind.MEDICAL_POINT)
NEAR_M: Final = 1000.0
"""A place belongs to a segment that passes no further from it than this."""
AT_M: Final = 50.0
"""A point no further from a place than this bears its plain name."""
MGRS_DIGITS: Final = 4
_WINDS: Final = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


def cut_into_segments(
    option: CorridorOption,
    places: Iterable[Place],
    windows: Sequence[SegmentWindow] = (),
    commands: Sequence[LocalCommand] = (),
    control: Sequence[ControlArea] = (),
) -> tuple[NamedSegment, ...]:
    """Return a corridor's segments with names, hand-over points and who has to acknowledge.

    Parameters
    ----------
    option
        As :func:`safepassage.core.corridor.along.describe_options` gives it: the segments'
        fall-backs and the crossings are taken from it.
    places
        All places of the operation.
    windows
        Agreed windows; those of a crossing that the corridor passes or ends at count.
    commands
        Local commands. One answers for a segment if it is of a party that is asked and one of its
        areas meets the line, or one of its places lies within :data:`NEAR_M` of it. Where nobody is
        known to hold a segment, every command that answers for it is asked.
    control
        Areas in force, for commands that answer for areas.
    """
    places = tuple(places)
    crossings = {*option.crossings, option.from_place, option.to_place}
    used = tuple(window for window in windows if window.place_id in crossings)
    edges = _edges(option, places)
    return tuple(
        _named(option, number, (edges[number], edges[number + 1]), places, used, commands, control)
        for number in range(len(option.segments))
    )


def _named(
    option: CorridorOption,
    number: int,
    edges: tuple[HandOver, HandOver],
    places: tuple[Place, ...],
    windows: tuple[SegmentWindow, ...],
    commands: Sequence[LocalCommand],
    control: Sequence[ControlArea],
) -> NamedSegment:
    segment = option.segments[number]
    near = tuple(place for place in places if _distance_m(segment, place) <= NEAR_M)
    asked = asked_for(option.segments, number)
    answering = _answering(segment, near, commands, control)
    if not _parties(segment.side):
        asked = tuple(sorted({*asked, *(command.party for command in answering)}))
    return NamedSegment(
        segment_id=f"{option.option_id}-{number + 1}",
        option_id=option.option_id,
        name=f"{edges[0].name} to {edges[1].name}",
        side=segment.side,
        begins=edges[0],
        ends=edges[1],
        length_m=segment.length_m,
        travel_time_s=segment.travel_time_s,
        exposure=segment.exposure,
        shape=segment.shape,
        asked=asked,
        commands=tuple(command for command in answering if command.party in asked),
        windows=windows,
        fall_backs=segment.fall_backs,
        meeting_points=tuple(place.place_id for place in near if place.kind in MEETING),
        oldest_fact=segment.oldest_fact,
        oldest_kind=segment.oldest_kind,
        oldest_age_days=segment.oldest_age_days,
        oldest_at=segment.oldest_at,
    )


def asked_for(segments: Sequence[CorridorSegment], number: int) -> tuple[str, ...]:
    """Return the parties whose command has to acknowledge a segment, sorted.

    Those that hold it; where nobody is known to hold it or it is contested, the nearest that hold
    something before it and after it on the way.
    """
    own = _parties(segments[number].side)
    if own:
        return own
    before = (_parties(segment.side) for segment in reversed(segments[:number]))
    after = (_parties(segment.side) for segment in segments[number + 1 :])
    nearest = (next((found for found in way if found), ()) for way in (before, after))
    return tuple(sorted({party for found in nearest for party in found}))


def _parties(side: str) -> tuple[str, ...]:
    """Return the party ids of a side; what is in brackets is a state of affairs, not a party."""
    return tuple(part for part in side.split("+") if part and not part.startswith("("))


def _answering(
    segment: CorridorSegment,
    near: tuple[Place, ...],
    commands: Sequence[LocalCommand],
    control: Sequence[ControlArea],
) -> tuple[LocalCommand, ...]:
    """Return the commands one of whose areas meets the segment or one of whose places is near."""
    reached = {place.place_id for place in near}
    if segment.shape:
        frame = LocalFrame(*segment.shape[0])
        line = frame.line(segment.shape)
        reached |= {
            area.area_id for area in control if shapely.intersects(frame.area(area.polygons), line)
        }
    return tuple(command for command in commands if reached.intersection(command.answers_for))


def _distance_m(segment: CorridorSegment, place: Place) -> float:
    """Return metres from a place to the nearest point of a segment."""
    if not segment.shape:
        return math.inf
    frame = LocalFrame(place.lon, place.lat)
    return float(shapely.distance(frame.line(segment.shape), shapely.Point(0.0, 0.0)))


def _edges(option: CorridorOption, places: tuple[Place, ...]) -> list[HandOver]:
    """Return the points at which segments begin and end; one more than there are segments."""
    names = {place.place_id: place.name for place in places}
    if not option.segments:
        return []
    first = _hand_over(option.segments[0].shape[0], 0.0, names.get(option.from_place, ""), places)
    edges = [first]
    at_m = 0.0
    for number, segment in enumerate(option.segments, 1):
        at_m += segment.length_m
        last = number == len(option.segments)
        name = names.get(option.to_place, "") if last else ""
        edges.append(_hand_over(segment.shape[-1], at_m, name, places))
    return edges


def _hand_over(
    point: tuple[float, float], at_m: float, name: str, places: tuple[Place, ...]
) -> HandOver:
    lon, lat = point
    return HandOver(lon, lat, _grid(lon, lat), name or name_of_point(lon, lat, places), at_m)


def _grid(lon: float, lat: float) -> str:
    try:
        return to_mgrs(lon, lat, MGRS_DIGITS)
    except ValueError:  # beyond 80 S or 84 N the grid is another one
        return ""


def name_of_point(lon: float, lat: float, places: Iterable[Place]) -> str:
    """Return a point in words, by the nearest named place, e.g. ``2.4 km NE of Sudzha``.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees.
    places
        Those of :data:`NAMED` kinds count; without any the point is named by its grid reference.
    """
    known = [place for place in places if place.kind in NAMED]
    if not known:
        return _grid(lon, lat) or f"{lat:.4f}, {lon:.4f}"
    at_lon = np.array([place.lon for place in known])
    at_lat = np.array([place.lat for place in known])
    here = np.full(len(known), lon), np.full(len(known), lat)
    away_m = geodesic_m(at_lon, at_lat, *here)
    index = int(np.argmin(away_m))
    if away_m[index] <= AT_M:
        return known[index].name
    wind = _WINDS[round(bearing_deg(at_lon[index], at_lat[index], lon, lat) / 45.0) % 8]
    return f"{away_m[index] / 1000:.1f} km {wind} of {known[index].name}"
