"""Roads, ways and areas as lines on the sheet of a map.

Positions come as WGS 84 degrees (EPSG:4326) and leave as positions on the sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from safepassage.adapters.map_content import (
    MOST_WAYS,
    MapContent,
)
from safepassage.adapters.map_frame import (
    Frame,
    Point,
    Room,
)
from safepassage.adapters.svg import format_value
from safepassage.adapters.way_shapes import arc_line
from safepassage.core.corridor.types import CorridorOption, RoadNetwork

MOST_ROADS: Final = 9000
"""Stretches of road drawn at most; beyond it the smallest classes are left out."""

CLASSES: Final = (
    ("motorway", "trunk"),
    ("primary",),
    ("secondary",),
    ("tertiary",),
    ("unclassified", "residential", "living_street", "road", "busway"),
    ("service", "track"),
)
"""Roads from the largest down; what is in none of them is drawn like the last."""


def points_to_hold(content: MapContent) -> list[Point]:
    """Return (lon, lat) of everything that the map must hold: ways, ends, fall-backs."""
    ends = {end for way in content.options for end in (way.from_place, way.to_place)}
    ends |= {place.place_id for place in content.within}
    known = (*content.within, *content.places)
    found = [(place.lon, place.lat) for place in known if place.place_id in ends]
    for option in content.options[:MOST_WAYS]:
        found += [point for segment in option.segments for point in segment.shape]
        found += [(item.lon, item.lat) for item in option.fall_backs]
    for band in content.bands[-1:]:
        found += [point for rings in band.area for point in rings[0]]
    found = found or [(place.lon, place.lat) for place in content.places]
    if not found:
        raise ValueError("a map needs a way or a place to show")
    return found


def road_layers(network: RoadNetwork, frame: Frame) -> list[list[list[Point]]]:
    """Return the roads inside the frame as lines on the sheet, by class; each direction once."""
    rank_of = np.array([road_rank(name) for name in network.highway_names], dtype=np.int64)
    middle = (network.shape_offset[:-1] + network.shape_offset[1:]) // 2
    west, north = frame.lonlat(frame.left - 80, frame.top - 80)
    east, south = frame.lonlat(frame.left + frame.width + 80, frame.top + frame.height + 80)
    centre = (west + east) / 2
    across = np.abs((network.shape_lon[middle] - centre + 180.0) % 360.0 - 180.0)
    long_m = network.length_m / METRES_PER_DEGREE_OF_LAT
    lat = network.shape_lat[middle]
    near = (across <= (east - west) / 2 + long_m / frame.squeeze) & (lat >= south - long_m)
    near &= lat <= north + long_m
    ends = np.sort(np.column_stack((network.tail, network.head)), axis=1)
    keys = np.column_stack((network.way_id, ends))
    arcs = np.flatnonzero(near)
    arcs = arcs[np.unique(keys[arcs], axis=0, return_index=True)[1]] if len(arcs) else arcs
    rank = rank_of[network.highway[arcs]] if len(arcs) else arcs
    most = smallest_class(rank)
    layers: list[list[list[Point]]] = [[] for _class in CLASSES]
    for arc, of_class in zip(arcs.tolist(), rank.tolist(), strict=True):
        if of_class <= most:
            layers[of_class].append(thinned(frame.path(arc_line(network, arc))))
    return layers


METRES_PER_DEGREE_OF_LAT: Final = 110_000.0


def smallest_class(rank: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    """Return the smallest class of road that is drawn, so that the drawing stays light."""
    for most in range(len(CLASSES) - 1, 1, -1):
        if int(np.count_nonzero(rank <= most)) <= MOST_ROADS:
            return most
    return 1


def road_rank(highway: str) -> int:
    """Return the class of a road, 0 for the largest."""
    base = highway.removesuffix("_link")
    return next((rank for rank, names in enumerate(CLASSES) if base in names), len(CLASSES) - 1)


def thinned(line: list[Point]) -> list[Point]:
    """Return a line on the sheet without points that nobody could see."""
    if len(line) < 3:
        return line
    thin = shapely.LineString(line).simplify(0.4)
    return [(x, y) for x, y in shapely.get_coordinates(thin).tolist()]


def way_pixels(frame: Frame, option: CorridorOption) -> list[Point]:
    """Return a way on the sheet, thinned; empty where it goes nowhere."""
    shape = [point for segment in option.segments for point in segment.shape]
    line = [p for i, p in enumerate(frame.path(shape)) if not i or p != frame.xy(*shape[i - 1])]
    return thinned(line) if len(line) > 1 else []


def moved_beside(line: list[Point], rank: int, count: int) -> list[Point]:
    """Return a way moved aside, so that ways on the same road lie next to each other."""
    aside = (rank - (count - 1) / 2) * WAY_GAP
    if aside == 0 or len(line) < 2:
        return line
    moved = shapely.offset_curve(shapely.LineString(line), aside, join_style="round")
    parts = [part for part in shapely.get_parts(moved).tolist() if part.length > 0]
    if not parts:
        return line
    best = max(parts, key=lambda part: part.length)
    return [(x, y) for x, y in shapely.get_coordinates(best).tolist()]


WAY_GAP: Final = 4.6
"""Between the middles of two ways on the same road."""


def clearest_point(line: shapely.LineString, others: list[shapely.LineString], room: Room) -> Point:
    """Return the point of a way that is furthest from the other ways and free of labels."""
    best, best_score = line.interpolate(0.5, normalized=True), -1.0
    for share in np.linspace(0.12, 0.88, 39):
        spot = line.interpolate(float(share), normalized=True)
        around = (spot.x - 13, spot.y - 13, spot.x + 13, spot.y + 13)
        if not room.free(around):
            continue
        apart = min((other.distance(spot) for other in others), default=60.0)
        score = min(apart, 60.0) + 20.0 * (1 - abs(float(share) - 0.5))
        if score > best_score:
            best, best_score = spot, score
    return best.x, best.y


def drawn_area(frame: Frame, rings: Sequence[Sequence[Point]]) -> BaseGeometry:
    """Return a polygon on the sheet, made valid."""
    shell, *holes = (frame.path(ring) for ring in rings)
    return shapely.make_valid(shapely.Polygon(shell, holes))


def area_path(frame: Frame, rings: Sequence[Sequence[Point]]) -> str:
    """Return the path of the part of a polygon that the map shows, and some more around it.

    What lies far outside is cut off: a picture program fills a hatch over the whole of a province
    to show a village of it. The cut itself lies outside the map and is never seen.
    """
    west, north = frame.left - BEYOND, frame.top - BEYOND
    east, south = frame.left + frame.width + BEYOND, frame.top + frame.height + BEYOND
    drawn = [frame.path(ring) for ring in rings]
    if all(west <= x <= east and north <= y <= south for x, y in drawn[0]):
        return "".join(ring_path(ring) for ring in drawn)
    cut = drawn_area(frame, rings).intersection(box(west, north, east, south))
    parts = [part for part in shapely.get_parts(cut).tolist() if part.geom_type == "Polygon"]
    edges = [edge for part in parts for edge in (part.exterior, *part.interiors)]
    return "".join(ring_path(list(edge.coords)) for edge in edges)


BEYOND: Final = 60.0
"""Units around the map within which areas are still drawn, so that no edge of theirs is a cut."""


def window_of(frame: Frame) -> BaseGeometry:
    """Return the map's part of the sheet."""
    return box(frame.left, frame.top, frame.left + frame.width, frame.top + frame.height)


def label_spots(shape: BaseGeometry) -> Iterator[Point]:
    """Yield points at which an area could be named: in its middle, then on a grid over it."""
    if shape.is_empty:
        return
    middle = shape.representative_point()
    yield middle.x, middle.y
    west, north, east, south = shape.bounds
    for down in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9):
        for across in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9):
            yield west + across * (east - west), north + down * (south - north)


def middle_of(found: list[Point], frame: Frame) -> Point | None:
    """Return the middle of those of the points that the map shows, or of all."""
    drawn = frame.path(found)
    inside = [point for point in drawn if frame.holds(point)] or drawn
    if not inside:
        return None
    return sum(x for x, _ in inside) / len(inside), sum(y for _, y in inside) / len(inside)


def ring_path(ring: list[Point]) -> str:
    """Return the path of a closed ring on the sheet."""
    return line_path(ring) + "Z" if ring else ""


def line_path(line: list[Point]) -> str:
    """Return the path of a line on the sheet."""
    return "M" + "L".join(f"{format_value(x)},{format_value(y)}" for x, y in line)
