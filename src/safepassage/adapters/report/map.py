"""The map: roads, who administers what, hazards, corridors and places, as one drawing.

Coordinates come as WGS 84 degrees and are drawn in an equirectangular projection true to scale at
the middle latitude; at the size of a district the distortion is far below the width of a line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry import Polygon, box

from safepassage.adapters.svg import Svg, points
from safepassage.core.agreement.wording import msg
from safepassage.core.corridor.types import (
    ControlArea,
    CorridorOption,
    Hazard,
    HazardKind,
    Place,
    PlaceKind,
    RoadNetwork,
)

Translate = Callable[[str], str]
Box = tuple[float, float, float, float]

WIDTH = 1080.0
MAIN_ROADS = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
)
SIDE_LETTER = 14.0
"""Width of a letter of the name of a side, at the size that the style sheet gives it."""
LEAST_HEIGHT = 340.0
MOST_HEIGHT = 760.0
MANY_ARCS = 12_000
"""Above this, only the larger roads are drawn, so that the page stays light."""

SYMBOLS = {
    PlaceKind.CROSSING: ("◆", msg("crossing")),
    PlaceKind.DEPOT: ("■", msg("depot")),
    PlaceKind.RECEPTION_CENTRE: ("⌂", msg("reception centre")),
    PlaceKind.ASSEMBLY_POINT: ("●", msg("pick-up")),
    PlaceKind.SETTLEMENT: ("●", msg("pick-up")),
    PlaceKind.FALL_BACK: ("▲", msg("fall-back point")),
    PlaceKind.MEDICAL_POINT: ("✚", msg("medical point")),
}

HAZARD_WORDS = {
    HazardKind.MINES: msg("mines"),
    HazardKind.SHELLING: msg("shelling"),
    HazardKind.DRONE: msg("drones"),
    HazardKind.BROKEN_BRIDGE: msg("broken bridge"),
    HazardKind.FLOOD: msg("flood"),
    HazardKind.DEBRIS: msg("debris"),
    HazardKind.CHECKPOINT: msg("checkpoint"),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """Maps degrees to the drawing."""

    west: float
    north: float
    scale: float
    squeeze: float
    height: float

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        """Return the position of a point."""
        return (lon - self.west) * self.squeeze * self.scale, (self.north - lat) * self.scale

    def path(self, line: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        """Return the positions of a line of (lon, lat)."""
        return [self.xy(lon, lat) for lon, lat in line]


def frame_around(
    places: Sequence[Place], options: Sequence[CorridorOption], most_height: float
) -> Frame:
    """Return a frame that holds the given places and corridors with a margin."""
    lon = [p.lon for p in places]
    lat = [p.lat for p in places]
    for option in options:
        for segment in option.segments:
            lon += [x for x, _y in segment.shape]
            lat += [y for _x, y in segment.shape]
    squeeze = math.cos(math.radians((min(lat) + max(lat)) / 2))
    wide, high = (max(lon) - min(lon)) * squeeze, max(lat) - min(lat)
    pad = 0.07 * max(wide, high, 0.02)
    wide, high = wide + 2 * pad, high + 2 * pad
    scale = min(WIDTH / wide, most_height / high)
    spare = (WIDTH / scale - wide) / 2
    west = min(lon) - (pad + spare) / squeeze
    height = max(LEAST_HEIGHT, high * scale)
    north = max(lat) + pad + (height / scale - high) / 2
    return Frame(west, north, scale, squeeze, height)


def draw_map(
    network: RoadNetwork,
    places: Sequence[Place],
    control: Sequence[ControlArea],
    hazards: Sequence[Hazard],
    options: Sequence[CorridorOption],
    waiting: dict[str, int],
    within: Sequence[Place],
    _: Translate,
) -> str:
    """Return the map as SVG.

    Parameters
    ----------
    places
        Those worth showing.
    within
        Those that the map must hold; the rest is shown if it happens to lie inside.
    control, hazards
        Those valid at the planning date.
    options
        Corridors to highlight, first is drawn strongest.
    waiting
        Persons to be picked up by place id; sizes the symbols.
    """
    frame = frame_around(within, options, MOST_HEIGHT)
    svg = Svg(
        WIDTH,
        frame.height,
        _("Map of the operation"),
        _("Roads, who administers which area, hazards, corridors, pick-ups, crossing and centres."),
    )
    svg.raw(_PATTERNS)
    _draw_control(svg, frame, control)
    _draw_roads(svg, frame, network)
    taken: list[Box] = []
    _draw_hazards(svg, frame, hazards)
    for rank, option in reversed(list(enumerate(options))):
        _draw_option(svg, frame, option, rank)
    _draw_places(svg, frame, places, waiting, taken, _)
    _name_hazards(svg, frame, hazards, taken, _)
    _draw_scale(svg, frame)
    return svg.render("map")


_PATTERNS = (
    "<defs>"
    '<pattern id="side0" width="10" height="10" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="10" class="hatch0"/></pattern>'
    '<pattern id="side1" width="10" height="10" patternUnits="userSpaceOnUse">'
    '<circle cx="3" cy="3" r="1.1" class="dot1"/></pattern>'
    '<pattern id="danger" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(-45)"><line x1="0" y1="0" x2="0" y2="7" class="hatch-danger"/>'
    "</pattern></defs>"
)


def _draw_control(svg: Svg, frame: Frame, control: Sequence[ControlArea]) -> None:
    holders = sorted({area.holder for area in control})
    for area in control:
        side = holders.index(area.holder) % 2
        for polygon in area.polygons:
            _polygon(svg, frame, polygon[0], f"side{side}", f"{area.holder} ({area.source})")
            x, y = _inner_point(frame, polygon)
            half = min(WIDTH / 2, SIDE_LETTER / 2 * len(area.holder))
            x = min(max(x, half), WIDTH - half)
            svg.label(x, y, area.holder, class_=f"side-label s{side}", text_anchor="middle")


def _polygon(
    svg: Svg, frame: Frame, ring: Sequence[tuple[float, float]], pattern: str, tip: str
) -> None:
    svg.add("polygon", tip, points=points(frame.path(ring)), class_=f"area {pattern}",
            fill=f"url(#{pattern})")  # fmt: skip


def _inner_point(
    frame: Frame, polygon: Sequence[Sequence[tuple[float, float]]]
) -> tuple[float, float]:
    """Return a point inside the part of a polygon that the frame shows."""
    shape = Polygon(frame.path(polygon[0]), [frame.path(ring) for ring in polygon[1:]])
    shown = shape.buffer(0).intersection(box(0, 0, WIDTH, frame.height))
    point = (shown if not shown.is_empty else shape).representative_point()
    return min(max(point.x, 40.0), WIDTH - 40), min(max(point.y, 24.0), frame.height - 24)


def _label_point(frame: Frame, ring: Sequence[tuple[float, float]]) -> tuple[float, float]:
    inside = [
        (x, y) for x, y in frame.path(ring) if 0 <= x <= WIDTH and 0 <= y <= frame.height
    ] or frame.path(ring)
    x = sum(p[0] for p in inside) / len(inside)
    y = sum(p[1] for p in inside) / len(inside)
    return min(max(x, 40.0), WIDTH - 40), min(max(y, 24.0), frame.height - 24)


def _draw_roads(svg: Svg, frame: Frame, network: RoadNetwork) -> None:
    keep = np.ones(network.arc_count, dtype=bool)
    if network.arc_count > MANY_ARCS:
        main = [i for i, name in enumerate(network.highway_names) if name in MAIN_ROADS[:5]]
        keep = np.isin(network.highway, main)
    seen: set[tuple[int, int, int]] = set()
    for arc in np.flatnonzero(keep):
        ends = sorted((int(network.tail[arc]), int(network.head[arc])))
        key = (int(network.way_id[arc]), ends[0], ends[1])
        if key in seen:
            continue
        seen.add(key)
        begin, end = network.shape_offset[arc], network.shape_offset[arc + 1]
        line = frame.path(
            zip(network.shape_lon[begin:end], network.shape_lat[begin:end], strict=True)
        )
        if any(-50 <= x <= WIDTH + 50 and -50 <= y <= frame.height + 50 for x, y in line):
            rank = _road_rank(network.highway_names[network.highway[arc]])
            svg.add("polyline", points=points(line), class_=f"road r{rank}")


def _road_rank(highway: str) -> int:
    base = highway.removesuffix("_link")
    if base in MAIN_ROADS[:3]:
        return 0
    return 1 if base in MAIN_ROADS else 2


def _draw_hazards(svg: Svg, frame: Frame, hazards: Sequence[Hazard]) -> None:
    for hazard in hazards:
        tip = f"{hazard.kind.value}, {hazard.observed_at:%Y-%m-%d}, {hazard.source}"
        for polygon in hazard.polygons:
            _polygon(svg, frame, polygon[0], "danger", tip)
        if hazard.line:
            svg.add("polyline", tip, points=points(frame.path(hazard.line)), class_="hazard-line")


def _name_hazards(
    svg: Svg, frame: Frame, hazards: Sequence[Hazard], taken: list[Box], _: Translate
) -> None:
    for hazard in hazards:
        x, y = _label_point(frame, hazard.line or hazard.polygons[0][0])
        name = f"⚠ {_(HAZARD_WORDS[hazard.kind])}"
        _write_free(svg, frame, (x, y), name, taken, "hazard-label")


def _draw_option(svg: Svg, frame: Frame, option: CorridorOption, rank: int) -> None:
    for segment in option.segments:
        line = points(frame.path(segment.shape))
        svg.add("polyline", option.option_id, points=line, class_=f"corridor c{min(rank, 3)}")


def _draw_places(
    svg: Svg,
    frame: Frame,
    places: Sequence[Place],
    waiting: dict[str, int],
    taken: list[Box],
    _: Translate,
) -> None:
    inside = [(place, *frame.xy(place.lon, place.lat)) for place in places]
    inside = [(p, x, y) for p, x, y in inside if 0 <= x <= WIDTH and 0 <= y <= frame.height]
    inside.sort(key=lambda item: (_rank(item[0]), -waiting.get(item[0].place_id, 0)))
    for place, x, y in reversed(inside):
        _draw_symbol(svg, place, x, y, waiting.get(place.place_id, 0), _)
    taken += [(x - 9, y - 9, x + 9, y + 9) for _place, x, y in inside]
    for place, x, y in inside:
        _write_free(svg, frame, (x, y), place.name, taken, "place")


def _draw_symbol(svg: Svg, place: Place, x: float, y: float, persons: int, _: Translate) -> None:
    symbol, meaning = SYMBOLS[place.kind]
    tip = f"{place.name}: {_(meaning)}" + (f", {persons}" if persons else "")
    if symbol == "●":
        svg.add("circle", tip, cx=x, cy=y, r=2.5 + min(14.0, math.sqrt(persons)), class_="pick")
    else:
        svg.label(x, y + 6, symbol, class_=f"symbol k-{place.kind.value}", text_anchor="middle")


def _rank(place: Place) -> int:
    return 1 if place.kind in (PlaceKind.SETTLEMENT, PlaceKind.ASSEMBLY_POINT) else 0


def _write_free(
    svg: Svg, frame: Frame, at: tuple[float, float], name: str, taken: list[Box], style: str
) -> None:
    """Write a name beside a point where it covers no other; leave it out if there is no room."""
    x, y = at
    width = 6.6 * len(name) + 4
    for dx, dy in ((10.0, 4.0), (-10.0 - width, 4.0), (-width / 2, -13.0), (-width / 2, 22.0)):
        label = (x + dx, y + dy - 11, x + dx + width, y + dy + 3)
        fits = label[0] >= 0 and label[2] <= WIDTH and label[1] >= 0 and label[3] <= frame.height
        if fits and not any(_overlap(label, other) for other in taken):
            taken.append(label)
            svg.label(x + dx, y + dy, name, class_=style)
            return


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _draw_scale(svg: Svg, frame: Frame) -> None:
    metres_per_unit = 111_320.0 / frame.scale
    nice = next((n for n in (500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
                 if n / metres_per_unit > 90), 50_000)  # fmt: skip
    length = nice / metres_per_unit
    y = frame.height - 14
    svg.line(16, y, 16 + length, y, class_="scale")
    text = f"{nice // 1000} km" if nice >= 1000 else f"{nice} m"
    svg.label(16 + length / 2, y - 6, text, class_="tick", text_anchor="middle")
