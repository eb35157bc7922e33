"""One calm map of a corridor: the ways, who holds what, what is dangerous, how old the facts are.

The drawing is SVG and stands alone: no script, no request, no font that has to be there. Ways are
told apart by number and by dash as well as by colour; areas by hatch and by name; a derived area is
drawn weaker than a stated one and says so. Positions come as WGS 84 degrees (EPSG:4326).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from safepassage.adapters.export_words import hand_overs_of
from safepassage.adapters.map_frame import (
    Frame,
    Point,
    Room,
    frame_around,
    text_width,
    utm_grid,
)
from safepassage.adapters.map_symbols import (
    HAND_OVER_PATH,
    HAZARD_PATHS,
    HAZARD_WORDS,
    PLACE_PATHS,
    PLACE_WORDS,
)
from safepassage.adapters.svg import Svg, format_value, points
from safepassage.adapters.way_shapes import arc_line, lines_of_arcs, way_lines
from safepassage.core.agreement.wording import msg
from safepassage.core.corridor.closures import arcs_of, closures_at
from safepassage.core.corridor.hazards import SECONDS_PER_DAY
from safepassage.core.corridor.situation import in_force
from safepassage.core.corridor.types import (
    CONTESTED,
    TRUCE,
    Basis,
    Closure,
    ControlArea,
    CorridorOption,
    Hazard,
    NamedSegment,
    Place,
    PlaceKind,
    RoadNetwork,
)
from safepassage.errors import MissingExtraError
from safepassage.units import format_duration, format_moment

Translate = Callable[[str], str]

MAP_WIDTH: Final = 1080.0
MAP_HEIGHTS: Final = (520.0, 860.0)
PANEL_WIDTH: Final = 380.0
EDGE: Final = 20.0
MOST_WAYS: Final = 6
SMALL: Final = 11.5
MOST_SEGMENTS: Final = 8
MOST_ROADS: Final = 9000
"""Stretches of road drawn at most; beyond it the smallest classes are left out."""
FONTS: Final = Path(__file__).parent / "fonts"
FAMILY: Final = "Noto Sans"

_CLASSES: Final = (
    ("motorway", "trunk"),
    ("primary",),
    ("secondary",),
    ("tertiary",),
    ("unclassified", "residential", "living_street", "road", "busway"),
    ("service", "track"),
)
"""Roads from the largest down; what is in none of them is drawn like the last."""

_HATCHES: Final = (
    '<path d="M-2,2L2,-2M0,12L12,0M10,14L14,10"/>',
    '<circle cx="4" cy="4" r="1.3"/><circle cx="10" cy="10" r="1.3"/>',
    '<path d="M-2,10L2,14M0,0L12,12M10,-2L14,2"/>',
    '<path d="M0,6H12"/>',
    '<path d="M6,0V12"/>',
)
_STATE_WORDS: Final = {CONTESTED: msg("contested"), TRUCE: msg("truce")}
_BASIS_WORDS: Final = {
    Basis.STATED: "",
    Basis.DERIVED: msg("derived, not stated"),
    Basis.ASSUMED: msg("assumed"),
}


@dataclass(frozen=True, slots=True, eq=False)
class MapContent:
    """What a map shows.

    Parameters
    ----------
    options
        The ways, numbered in this order; the first :data:`MOST_WAYS` are drawn.
    places
        Those worth showing where they lie inside.
    control, hazards, closures
        Those that count at `at`; others are left out.
    segments
        Whose hand-over points are marked.
    at
        Aware moment of the facts.
    timezone
        IANA name of the zone in which moments are written.
    names
        Name of each party by id.
    waiting
        Persons by place id; sizes the marks of pick-ups.
    within
        Places that the map must hold beside the ways.
    exercise
        Marks the map as one of an exercise.
    """

    network: RoadNetwork
    at: datetime
    options: tuple[CorridorOption, ...] = ()
    places: tuple[Place, ...] = ()
    control: tuple[ControlArea, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    closures: tuple[Closure, ...] = ()
    segments: tuple[NamedSegment, ...] = ()
    timezone: str = "UTC"
    title: str = ""
    exercise: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    within: tuple[Place, ...] = ()


def corridor_map(
    content: MapContent, translate: Translate = str, *, panel: bool = True, key: str = "m"
) -> str:
    """Return the map as SVG.

    Parameters
    ----------
    translate
        Maps English words to the reader's language.
    panel
        With title, key and tables, as a sheet of its own; without, the map alone, for a page that
        says all that beside it.
    key
        Prefix of identifiers, different for each map of a page.

    Raises
    ------
    ValueError
        If there is neither a way nor a place to draw.
    """
    sheet = _Sheet(content, translate, panel, key)
    return sheet.draw()


def picture_png(svg: str, width: int = 2000) -> bytes:
    """Return a map as a PNG picture, drawn with the fonts of this package and no others.

    Parameters
    ----------
    width
        In pixels.

    Raises
    ------
    MissingExtraError
        If the extra ``pictures`` is not installed.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        raise MissingExtraError("pictures", "A PNG picture") from error
    return bytes(
        svg_to_bytes(
            svg_string=svg,
            width=width,
            background="#ffffff",
            skip_system_fonts=True,
            font_files=[str(path) for path in sorted(FONTS.glob("*.ttf"))],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
        )
    )


STYLE: Final = """
.sp text{font-family:"Noto Sans",system-ui,sans-serif;font-size:13px;fill:#1b2430}
.sp .paper{fill:#fff}.sp .ground{fill:#fbfaf6}.sp .neat{fill:none;stroke:#1b2430;stroke-width:1.2}
.sp .grid{fill:none;stroke:#5d7896;stroke-width:.6;stroke-opacity:.35}
.sp .gridno{font-size:10px;fill:#45607c}
.sp .area{stroke-width:1.6;stroke-linejoin:round}
.sp .derived{stroke-dasharray:7 5;stroke-opacity:.8}.sp .assumed{stroke-dasharray:2 4}
.sp .h0{stroke:#2d6299}.sp .h1{stroke:#8a5a00}.sp .h2{stroke:#6b3f8c}.sp .h3{stroke:#2c7567}
.sp .h4{stroke:#6a6a6a}
.sp .t0{fill:#245487}.sp .t1{fill:#734b00}.sp .t2{fill:#5a3378}.sp .t3{fill:#1f5d51}
.sp .t4{fill:#4b4b4b}
.sp .holder{font-size:17px;font-weight:700;letter-spacing:.6px}
.sp .halo{paint-order:stroke;stroke:#fff;stroke-width:3.4px;stroke-linejoin:round}
.sp .road{fill:none;stroke-linecap:round;stroke-linejoin:round}
.sp .r0c{stroke:#747c86;stroke-width:5}.sp .r0{stroke:#f3dfae;stroke-width:3}
.sp .r1c{stroke:#818993;stroke-width:4}.sp .r1{stroke:#f8efd2;stroke-width:2.2}
.sp .r2c{stroke:#8d959f;stroke-width:3.2}.sp .r2{stroke:#fff;stroke-width:1.6}
.sp .r3{stroke:#98a0a9;stroke-width:1.7}.sp .r4{stroke:#aeb5bd;stroke-width:1}
.sp .r5{stroke:#bcc2c8;stroke-width:.9;stroke-dasharray:4 3}
.sp .danger{stroke:#a61b1b;stroke-width:1.5;stroke-dasharray:6 3}
.sp .danger-line{fill:none;stroke:#c62f2f;stroke-opacity:.28;stroke-linecap:round}
.sp .danger-core{fill:none;stroke:#a61b1b;stroke-width:2;stroke-dasharray:6 3}
.sp .icon{fill:none;stroke:#8f1414;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
.sp .iconbox{fill:#fff;stroke:#a61b1b;stroke-width:1.2}
.sp .warn{fill:#8f1414;font-weight:700;font-size:12px}
.sp .shut{fill:none;stroke:#1b2430;stroke-width:2.6}
.sp .shutx{fill:none;stroke:#fff;stroke-width:1.8}
.sp .shutdot{fill:#1b2430;fill-rule:evenodd}
.sp .under{fill:none;stroke:#fff;stroke-opacity:.92;stroke-linejoin:round;stroke-linecap:round}
.sp .way{fill:none;stroke-width:3.8;stroke-linejoin:round}
.sp .w0{stroke:#00528f}
.sp .w1{stroke:#c24a00;stroke-dasharray:13 5}
.sp .w2{stroke:#00795a;stroke-dasharray:4 3.5}
.sp .w3{stroke:#7a3f98;stroke-dasharray:16 4 4 4}
.sp .w4{stroke:#6b5600;stroke-dasharray:8 8}
.sp .w5{stroke:#1b2430;stroke-dasharray:2 5}
.sp .badge{fill:#fff;stroke-width:2.6}
.sp .b0{stroke:#00528f}.sp .b1{stroke:#c24a00}.sp .b2{stroke:#00795a}.sp .b3{stroke:#7a3f98}
.sp .b4{stroke:#6b5600}.sp .b5{stroke:#1b2430}
.sp .badgeno{font-weight:700;font-size:14px;text-anchor:middle}
.sp .mark{stroke:#fff;stroke-width:1.4;stroke-linejoin:round}
.sp .k-crossing{fill:#a61b1b}.sp .k-depot{fill:#51606f}.sp .k-reception_centre{fill:#0d6b62}
.sp .k-fall_back{fill:#1b2430}.sp .k-medical_point{fill:#b3261e}.sp .k-settlement{fill:#3c4652}
.sp .k-assembly_point{fill:#14558f}.sp .pick{fill:#14558f;fill-opacity:.85}
.sp .hand{fill:#fff;stroke:#1b2430;stroke-width:2}
.sp .handno{font-size:9.5px;font-weight:700;text-anchor:middle}
.sp .name{font-size:13px}.sp .strong{font-weight:700}
.sp .title{font-size:23px;font-weight:700}.sp .sub{font-size:14px;fill:#3d4956}
.sp .head{font-size:14px;font-weight:700}.sp .small{font-size:11.5px;fill:#3d4956}
.sp .rule{stroke:#c9d1d9;stroke-width:1}
.sp .banner{fill:#fff1cc;stroke:#b98a1e;stroke-width:1}.sp .bannertext{font-weight:700;fill:#5d4200}
.sp .scaleb{fill:#1b2430;stroke:#1b2430;stroke-width:1}
.sp .scalew{fill:#fff;stroke:#1b2430;stroke-width:1}
.sp .plate{fill:#fff;fill-opacity:.86}
"""


@dataclass(slots=True)
class _Sheet:
    """A map under construction."""

    content: MapContent
    translate: Translate
    panel: bool
    key: str
    frame: Frame = field(init=False)
    room: Room = field(init=False)
    svg: Svg = field(init=False)

    def draw(self) -> str:
        """Return the finished drawing."""
        content = self.content
        top = EDGE + self._head_height()
        left = EDGE if self.panel else 0.0
        self.frame = frame_around(_points(content), left, top, MAP_WIDTH, MAP_HEIGHTS)
        frame = self.frame
        self.room = Room((left + 4, top + 4, left + frame.width - 4, top + frame.height - 4))
        panel = _Panel(self) if self.panel else None
        height = top + frame.height + (46.0 if self.panel else 0.0)
        if panel:
            height = max(height, panel.measure() + EDGE)
        width = MAP_WIDTH + (2 * EDGE + 24 + PANEL_WIDTH if self.panel else 0.0)
        self.svg = Svg(width, height, self._title(), self.translate(_DESCRIPTION))
        self.svg.raw(f"<style>{STYLE.strip()}</style>{self._definitions()}")
        self.svg.rect(0.0, 0.0, width, height, class_="paper")
        self._map()
        if panel:
            self._head(width)
            panel.draw()
            self._foot(top + frame.height)
        return self.svg.render("map sp")

    def _title(self) -> str:
        return self.content.title or self.translate("Map of the operation")

    def _head_height(self) -> float:
        if not self.panel:
            return -EDGE
        return 62.0 + (34.0 if self._warnings() else 0.0)

    def _warnings(self) -> str:
        _ = self.translate
        said = []
        if self.content.exercise:
            said.append(_("EXERCISE: not a real operation."))
        if self.content.network.schematic:
            said.append(_("Schematic roads: they do not follow the ground."))
        return " ".join(said)

    def _head(self, width: float) -> None:
        _ = self.translate
        at = format_moment(self.content.at, self.content.timezone)
        oldest = _oldest(self.content)
        words = f"{_('Facts as of')} {at} ({self.content.timezone})"
        if oldest:
            words += (
                f"  ·  {_('oldest fact the ways rest on')}: {oldest[0]}, {age_words(oldest[1], _)}"
            )
        self.svg.label(EDGE, EDGE + 22, self._title(), class_="title")
        self.svg.label(EDGE, EDGE + 46, words, class_="sub")
        if self._warnings():
            self.svg.rect(EDGE, EDGE + 58, width - 2 * EDGE, 26, class_="banner", rx=4)
            self.svg.label(EDGE + 12, EDGE + 76, self._warnings(), class_="bannertext")

    def _foot(self, y: float) -> None:
        _ = self.translate
        zone, step_m, lines = utm_grid(self.frame)
        parts = [self.content.network.attribution]
        if lines:
            grid = f"{step_m // 1000} km" if step_m >= 1000 else f"{step_m} m"
            parts.append(f"{_('Grid')}: UTM {zone}, WGS 84, {grid}")
        parts.append(_("Old facts are a risk: check before anybody moves."))
        self.svg.label(EDGE, y + 24, "  ·  ".join(part for part in parts if part), class_="small")

    def _definitions(self) -> str:
        frame, key = self.frame, self.key
        clip = (
            f'<clipPath id="{key}-clip"><rect x="{format_value(frame.left)}" '
            f'y="{format_value(frame.top)}" width="{format_value(frame.width)}" '
            f'height="{format_value(frame.height)}"/></clipPath>'
        )
        hatches = "".join(
            f'<pattern id="{key}-h{index}{suffix}" width="12" height="12" '
            f'patternUnits="userSpaceOnUse"{turn}><g class="h{index}" '
            f'fill="none" stroke-width="{width}" stroke-opacity="{opacity}">{lines}</g></pattern>'
            for index, lines in enumerate(_HATCHES)
            for suffix, width, opacity, turn in (
                ("", 1.3, 0.42, ""),
                ("d", 0.9, 0.3, ' patternTransform="scale(1.7)"'),
            )
        )
        danger = (
            f'<pattern id="{key}-danger" width="7" height="7" patternUnits="userSpaceOnUse">'
            '<path d="M-1,1L1,-1M0,7L7,0M6,8L8,6" stroke="#c62f2f" stroke-width="1.2" '
            'stroke-opacity=".55"/></pattern>'
        )
        return f"<defs>{clip}{hatches}{danger}</defs>"

    # The map itself, from the ground up.

    def _map(self) -> None:
        frame, svg = self.frame, self.svg
        svg.raw(f'<g clip-path="url(#{self.key}-clip)">')
        svg.rect(frame.left, frame.top, frame.width, frame.height, class_="ground")
        self._reserve()
        self._areas()
        self._grid()
        self._roads()
        self._hazards()
        self._closures()
        self._ways()
        self._marks()
        svg.raw("</g>")
        svg.rect(frame.left, frame.top, frame.width, frame.height, class_="neat")
        self._scale_and_north()

    def _reserve(self) -> None:
        """Keep the corners of the scale and the north arrow free of labels."""
        frame = self.frame
        bottom, right = frame.top + frame.height, frame.left + frame.width
        self.room.take((frame.left, bottom - 44, frame.left + 250, bottom))
        self.room.take((right - 52, frame.top, right, frame.top + 76))

    def _areas(self) -> None:
        for area in _shown_areas(self.content):
            index = self.holders.index(area.holder) % len(_HATCHES)
            derived = area.basis is not Basis.STATED
            for polygon in area.polygons:
                path = "".join(_ring_path(self.frame.path(ring)) for ring in polygon)
                basis = f" {area.basis.value}" if derived else ""
                suffix = "d" if derived else ""
                self.svg.add(
                    "path", f"{self.name_of(area.holder)}; {area.source}", d=path,
                    class_=f"area h{index}{basis}", fill=f"url(#{self.key}-h{index}{suffix})",
                    fill_rule="evenodd",
                )  # fmt: skip

    @property
    def holders(self) -> list[str]:
        """Who holds an area in force, sorted; the order of the hatches."""
        return sorted({area.holder for area in _shown_areas(self.content)}, key=_parties_first)

    def name_of(self, holder: str) -> str:
        """Return a party's name, or the word for ground that is no party's."""
        if holder in _STATE_WORDS:
            return self.translate(_STATE_WORDS[holder])
        return self.content.names.get(holder, holder)

    def _name_areas(self) -> None:
        """Write each holder once into its largest area in the map, smaller parts left alone."""
        largest: dict[tuple[str, Basis], BaseGeometry] = {}
        window = _window(self.frame)
        for area in _shown_areas(self.content):
            for polygon in area.polygons:
                shown = _drawn(self.frame, polygon).intersection(window)
                known = largest.get((area.holder, area.basis))
                if known is None or shown.area > known.area:
                    largest[area.holder, area.basis] = shown
        for (holder, basis), shown in sorted(largest.items()):
            self._name_area(holder, basis, shown)

    def _name_area(self, holder: str, basis: Basis, shown: BaseGeometry) -> None:
        words = self.name_of(holder)
        note = self.translate(_BASIS_WORDS[basis]) if basis is not Basis.STATED else ""
        width = max(text_width(words, 17.6, bold=True) + 10, text_width(note, 12))
        height = 40.0 if note else 24.0
        for x, y in _spots(shown):
            left, top = x - width / 2, y - height / 2
            label = (left, top, left + width, top + height)
            if self.room.free(label, strict=True) and shown.buffer(4).covers(box(*label)):
                self.room.take(label)
                tone = f"t{self.holders.index(holder) % len(_HATCHES)}"
                self.svg.label(x, top + 18, words, class_=f"holder halo {tone}",
                               text_anchor="middle")  # fmt: skip
                if note:
                    self.svg.label(x, top + 35, f"({note})", class_=f"small halo {tone}",
                                   text_anchor="middle")  # fmt: skip
                return

    def _grid(self) -> None:
        frame = self.frame
        _zone, _step_m, lines = utm_grid(frame)
        window = _window(frame)
        for line in lines:
            self.svg.add("polyline", points=points(line.line), class_="grid")
            shown = shapely.LineString(line.line).intersection(window)
            if shown.is_empty:
                continue
            x, y = max(shapely.get_coordinates(shown).tolist(), key=lambda p: p[1])
            if not line.east:
                x, y = min(shapely.get_coordinates(shown).tolist())
            at = (x + 3, frame.top + frame.height - 4) if line.east else (frame.left + 3, y - 3)
            self.svg.label(at[0], at[1], line.kilometres, class_="gridno halo")

    def _roads(self) -> None:
        layers = _road_layers(self.content.network, self.frame)
        for rank in (5, 4, 3):
            self._road_path(layers[rank], f"r{rank}")
        for casing in ("c", ""):
            for rank in (2, 1, 0):
                self._road_path(layers[rank], f"r{rank}{casing}")

    def _road_path(self, lines: list[list[Point]], style: str) -> None:
        if lines:
            self.svg.add("path", d="".join(_line_path(line) for line in lines),
                         class_=f"road {style}")  # fmt: skip

    def _hazards(self) -> None:
        for hazard in _hazards_in_force(self.content):
            _ = self.translate
            day = _local_day(hazard.observed_at, self.content.timezone)
            tip = f"{_(HAZARD_WORDS[hazard.kind])}, {day}, {hazard.source}"
            for polygon in hazard.polygons:
                path = "".join(_ring_path(self.frame.path(ring)) for ring in polygon)
                self.svg.add("path", tip, d=path, class_="danger",
                             fill=f"url(#{self.key}-danger)", fill_rule="evenodd")  # fmt: skip
            for line in self._hazard_lines(hazard):
                width = max(7.0, 2 * hazard.reach_m / self.frame.metres_per_unit)
                drawn = points(self.frame.path(line))
                self.svg.add("polyline", tip, points=drawn, class_="danger-line",
                             stroke_width=width)  # fmt: skip
                self.svg.add("polyline", points=drawn, class_="danger-core")

    def _hazard_lines(self, hazard: Hazard) -> list[Sequence[Point]]:
        lines: list[Sequence[Point]] = [hazard.line] if hazard.line else []
        if hazard.way_ids:
            lines += way_lines(self.content.network, hazard.way_ids)
        return lines

    def _name_hazards(self) -> None:
        _ = self.translate
        for hazard in _hazards_in_force(self.content):
            at = _middle(self._hazard_points(hazard), self.frame)
            if at is None or not self.frame.holds(at):
                continue
            age_days = (self.content.at - hazard.observed_at).total_seconds() / SECONDS_PER_DAY
            words = f"{_(HAZARD_WORDS[hazard.kind])}, {age_words(age_days, _)}"
            self._sign(at, words, HAZARD_PATHS[hazard.kind])

    def _keep_apart(self, hazard: Hazard) -> None:
        """Keep the names of holders out of a hazard's area."""
        for polygon in hazard.polygons:
            drawn = self.frame.path(polygon[0])
            across, down = [x for x, _ in drawn], [y for _, y in drawn]
            self.room.avoided.append((min(across), min(down), max(across), max(down)))

    def _hazard_points(self, hazard: Hazard) -> list[Point]:
        if hazard.polygons:
            return list(hazard.polygons[0][0][:-1])
        return [point for line in self._hazard_lines(hazard) for point in line]

    def _sign(self, at: Point, words: str, icon: str) -> None:
        """Draw an icon with its words beside a point, where both have room."""
        width = 26 + text_width(words, 12.4, bold=True)
        spot = self.room.place(at, width, 22.0, 6.0) or self.room.place(at, 22.0, 22.0, 2.0)
        if spot is None:
            return
        x, y = spot
        self.svg.rect(x, y, 22.0, 22.0, class_="iconbox", rx=4)
        self.svg.raw(
            f'<path class="icon" transform="translate({format_value(x + 11)} '
            f'{format_value(y + 11)}) scale(.92)" d="{icon}"/>'
        )
        if self.room.taken[-1][2] - x > 23:
            self.svg.label(x + 26, y + 15.5, words, class_="warn halo")

    def _closures(self) -> None:
        for closure in _closures_in_force(self.content):
            for line in _closure_lines(self.content.network, closure):
                drawn = self.frame.path(line)
                if any(self.frame.holds(point, 20) for point in drawn):
                    self.svg.add(
                        "polyline", closure.closure_id, points=points(drawn), class_="shut"
                    )
                    self._crosses(drawn)

    def _crosses(self, drawn: list[Point]) -> None:
        line = shapely.LineString(drawn if len(drawn) > 1 else [drawn[0], drawn[0]])
        count = max(1, int(line.length // 46))
        for number in range(count):
            spot = line.interpolate((number + 0.5) / count, normalized=True)
            self.svg.add("circle", cx=spot.x, cy=spot.y, r=6.5, class_="shutdot")
            x, y = format_value(spot.x), format_value(spot.y)
            self.svg.raw(f'<path class="shutx" transform="translate({x} {y})" '
                         'd="M-3,-3L3,3M3,-3L-3,3"/>')  # fmt: skip

    def _ways(self) -> None:
        shown = self._shown()
        lines = [_pixels(self.frame, option) for option in shown]
        drawn = [_beside(line, rank, len(shown)) for rank, line in enumerate(lines)]
        for line in drawn:
            self.svg.add("path", d=_line_path(line), class_="under", stroke_width=7.5)
        for rank in reversed(range(len(drawn))):
            tip = f"{rank + 1}: {shown[rank].reason}"
            self.svg.add("path", tip, d=_line_path(drawn[rank]), class_=f"way w{rank}")
        self._badges(drawn)
        for line in drawn:
            self._keep_free(shapely.LineString(line))

    def _keep_free(self, line: shapely.LineString) -> None:
        """Take the room along a way, so that no name is written over it."""
        for along in np.arange(0.0, line.length, 12.0).tolist():
            spot = line.interpolate(along)
            self.room.avoided.append((spot.x - 3, spot.y - 3, spot.x + 3, spot.y + 3))

    def _shown(self) -> tuple[CorridorOption, ...]:
        moving = [option for option in self.content.options if _pixels(self.frame, option)]
        return tuple(moving[:MOST_WAYS])

    def _badges(self, drawn: list[list[Point]]) -> None:
        lines = [shapely.LineString(line) for line in drawn]
        for rank, line in enumerate(lines):
            others = [other for number, other in enumerate(lines) if number != rank]
            spot = _clearest(line, others, self.room)
            self.room.take((spot[0] - 13, spot[1] - 13, spot[0] + 13, spot[1] + 13))
            _badge(self.svg, spot, rank)

    def _marks(self) -> None:
        content, frame = self.content, self.frame
        inside = [(place, frame.xy(place.lon, place.lat)) for place in content.places]
        inside = [(place, at) for place, at in inside if frame.holds(at, -4)]
        inside.sort(key=lambda item: (_rank(item[0]), -content.waiting.get(item[0].place_id, 0)))
        for _place, (x, y) in inside:
            self.room.take((x - 8, y - 8, x + 8, y + 8))
        for place, at in reversed(inside):
            self._mark(place, at)
        hands = list(self._hand_overs())
        for number, at in hands:
            _hand_over(self.svg, at, number)
            self.room.take((at[0] - 9, at[1] - 9, at[0] + 9, at[1] + 9))
        self._name_places(inside, ends_only=True)
        self._name_hazards()
        for hazard in _hazards_in_force(content):
            self._keep_apart(hazard)
        self._name_areas()
        self._name_places(inside, ends_only=False)

    def _mark(self, place: Place, at: Point) -> None:
        persons = self.content.waiting.get(place.place_id, 0)
        tip = f"{place.name}: {self.translate(PLACE_WORDS[place.kind])}"
        x, y = at
        if persons:
            radius = 3.5 + min(14.0, math.sqrt(persons))
            self.svg.add("circle", f"{tip}, {persons}", cx=x, cy=y, r=radius, class_="mark pick")
            return
        where = f"translate({format_value(x)} {format_value(y)})"
        self.svg.add("path", tip, d=PLACE_PATHS[place.kind], transform=where,
                     class_=f"mark k-{place.kind.value}")  # fmt: skip

    def _name_places(self, inside: list[tuple[Place, Point]], *, ends_only: bool) -> None:
        ends = {end for way in self.content.options for end in (way.from_place, way.to_place)}
        named: set[str] = set()
        for place, at in inside:
            if (place.place_id in ends or _rank(place) == 0) != ends_only or place.name in named:
                continue
            strong = " strong" if place.place_id in ends else ""
            width = text_width(place.name, 13, bold=bool(strong)) + 4
            spot = self.room.place(at, width, 17.0, 11.0)
            if spot:
                named.add(place.name)
                self.svg.label(spot[0] + 2, spot[1] + 13, place.name, class_=f"name halo{strong}")

    def _hand_overs(self) -> Iterator[tuple[int, Point]]:
        for number, point in enumerate(hand_overs_of(self.content.segments), 1):
            at = self.frame.xy(point.lon, point.lat)
            if self.frame.holds(at):
                yield number, at

    def _scale_and_north(self) -> None:
        frame, svg = self.frame, self.svg
        length_m = next(
            (n for n in (200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
             if n / frame.metres_per_unit >= 70), 200_000,
        )  # fmt: skip
        unit = length_m / frame.metres_per_unit
        x, y = frame.left + 14, frame.top + frame.height - 18
        svg.rect(x - 8, y - 20, 2 * unit + 60, 34, class_="plate", rx=3)
        svg.rect(x, y, unit, 5, class_="scaleb")
        svg.rect(x + unit, y, unit, 5, class_="scalew")
        for number in range(3):
            metres = number * length_m
            text = f"{metres / 1000:g}" + (" km" if number == 2 else "")
            svg.label(x + number * unit, y - 5, text, class_="small",
                      text_anchor="middle" if number else "start")  # fmt: skip
        x, y = frame.left + frame.width - 28, frame.top + 16
        svg.rect(x - 18, y - 10, 36, 62, class_="plate", rx=3)
        svg.raw(f'<path d="M{format_value(x)},{format_value(y)}l8,28l-8,-6l-8,6Z" fill="#1b2430"/>')
        svg.label(x, y + 46, self.translate("N"), class_="strong", text_anchor="middle")


_DESCRIPTION: Final = msg(
    "Roads by class, who holds which area, hazards with their age, closures, the numbered ways, "
    "hand-over points and fall-back points."
)


_SHUT_PATH: Final = (
    "M-8,0A8,8 0 1 0 8,0A8,8 0 1 0 -8,0Z"
    "M-4,-5.4L0,-1.4L4,-5.4L5.4,-4L1.4,0L5.4,4L4,5.4L0,1.4L-4,5.4L-5.4,4L-1.4,0L-5.4,-4Z"
)
"""A disc with a cross cut out."""


class _Panel:
    """The column beside the map: ways, hand-over points, who holds what, signs."""

    def __init__(self, sheet: _Sheet) -> None:
        self.sheet = sheet
        self.left = EDGE + MAP_WIDTH + 24
        self.y = 0.0
        self.quiet = False

    def measure(self) -> float:
        """Return where the column ends, without drawing it."""
        self.quiet = True
        end = self.draw()
        self.quiet = False
        return end

    def draw(self) -> float:
        """Draw the column and return where it ends."""
        self.y = self.sheet.frame.top
        self._ways()
        self._segments()
        self._hand_overs()
        self._fall_backs()
        self._holders()
        self._signs()
        return self.y

    def _label(self, x: float, text: str, **style: object) -> None:
        if not self.quiet:
            self.sheet.svg.label(self.left + x, self.y, text, **style)

    def _raw(self, markup: str) -> None:
        if not self.quiet:
            self.sheet.svg.raw(markup)

    def _heading(self, text: str) -> None:
        self.y += 16 if self.y == self.sheet.frame.top else 26
        self._label(0, text, class_="head")
        self.y += 6
        if not self.quiet:
            self.sheet.svg.line(self.left, self.y, self.left + PANEL_WIDTH, self.y, class_="rule")

    def _ways(self) -> None:
        _ = self.sheet.translate
        shown = self.sheet.content.options[:MOST_WAYS]
        if not shown:
            return
        names = {place.place_id: place.name for place in self.sheet.content.places}
        ends = (shown[0].from_place, shown[0].to_place)
        self._heading(" – ".join(names.get(end, end) for end in ends))
        for rank, option in enumerate(shown):
            self._way(rank, option, _)

    def _way(self, rank: int, option: CorridorOption, _: Translate) -> None:
        self.y += 24
        if not self.quiet:
            _badge(self.sheet.svg, (self.left + 13, self.y - 4), rank)
            line = [(self.left + 34, self.y - 4), (self.left + 96, self.y - 4)]
            self.sheet.svg.add("path", d=_line_path(line), class_=f"way w{rank}")
        time, length = _duration(option.travel_time_s, _), f"{option.length_m / 1000:.1f} km"
        self._label(106, f"{time}  ·  {length}  ·  {_('exposure')} {option.exposure:.3f}",
                    class_="strong")  # fmt: skip
        if option.oldest_at:
            self.y += 16
            kind = _(_kind_word(option.oldest_kind))
            day = _local_day(option.oldest_at, self.sheet.content.timezone)
            age = (
                ""
                if option.oldest_age_days is None
                else f", {age_words(option.oldest_age_days, _)}"
            )
            words = f"{_('oldest fact')}: {kind} {day}{age}"
            self._label(106, _shortened(words, PANEL_WIDTH - 106, SMALL), class_="small")

    def _segments(self) -> None:
        """List the segments with who has to acknowledge each."""
        _, sheet = self.sheet.translate, self.sheet
        if not sheet.content.segments:
            return
        self._heading(_("Segments: who has to acknowledge"))
        first = sheet.content.segments[0].option_id
        own = [item for item in sheet.content.segments if item.option_id == first]
        for segment in own[:MOST_SEGMENTS]:
            self.y += 21
            side = sheet.name_of(segment.side) if segment.side else _("nobody known")
            self._label(0, segment.segment_id, class_="strong")
            self._label(52, _shortened(f"{side}, {segment.length_m / 1000:.1f} km", 328))
            self.y += 15
            self._label(52, _shortened(self._asked(segment), 328, SMALL), class_="small")
        more = len(own) - MOST_SEGMENTS
        if more > 0:
            self.y += 20
            self._label(0, f"+ {more}", class_="small")

    def _asked(self, segment: NamedSegment) -> str:
        _ = self.sheet.translate
        known = {command.party: command.role for command in segment.commands}
        parts = [
            f"{self.sheet.name_of(party)}: {known.get(party) or _('command not named')}"
            for party in segment.asked
        ]
        return "; ".join(parts)

    def _hand_overs(self) -> None:
        _ = self.sheet.translate
        found = hand_overs_of(self.sheet.content.segments)
        if not found:
            return
        self._heading(_("Hand-over points (MGRS)"))
        for number, point in enumerate(found, 1):
            self.y += 22
            if not self.quiet:
                _hand_over(self.sheet.svg, (self.left + 13, self.y - 4), number)
            self._label(34, point.mgrs, class_="strong")
            self._label(178, _shortened(point.name, PANEL_WIDTH - 178, SMALL), class_="small")

    def _fall_backs(self) -> None:
        _ = self.sheet.translate
        options = self.sheet.content.options[:1]
        if not options or not options[0].fall_backs:
            return
        self._heading(_("Fall-back points of way 1: there / back at worst"))
        for item in options[0].fall_backs:
            self.y += 20
            self._sign(PLACE_PATHS[PlaceKind.FALL_BACK], "mark k-fall_back", 0.8)
            back = "–" if item.back_s is None else _duration(item.back_s, _)
            self._label(34, _shortened(item.name, 210))
            self._label(PANEL_WIDTH, f"{_duration(item.to_s, _)} / {back}", class_="small",
                        text_anchor="end")  # fmt: skip

    def _holders(self) -> None:
        _, sheet = self.sheet.translate, self.sheet
        window = _window(sheet.frame)
        areas = [
            area
            for area in _shown_areas(sheet.content)
            if any(_drawn(sheet.frame, part).intersects(window) for part in area.polygons)
        ]
        if not areas:
            return
        self._heading(_("Who holds what"))
        found = {(area.holder, area.basis) for area in areas}
        for holder, basis in sorted(found, key=lambda pair: (_parties_first(pair[0]), pair[1])):
            self.y += 22
            index = sheet.holders.index(holder) % len(_HATCHES)
            derived = basis is not Basis.STATED
            if not self.quiet:
                sheet.svg.rect(self.left, self.y - 14, 26, 16, class_="ground")
                sheet.svg.rect(
                    self.left, self.y - 14, 26, 16,
                    class_=f"area h{index}" + (f" {basis.value}" if derived else ""),
                    fill=f"url(#{sheet.key}-h{index}{'d' if derived else ''})",
                )  # fmt: skip
            note = f" ({_(_BASIS_WORDS[basis])})" if derived else ""
            since = min(a.valid_from for a in areas if (a.holder, a.basis) == (holder, basis))
            age = age_words((sheet.content.at - since).total_seconds() / SECONDS_PER_DAY, _)
            self._label(34, _shortened(f"{sheet.name_of(holder)}{note}", PANEL_WIDTH - 130))
            self._label(PANEL_WIDTH, age, class_="small", text_anchor="end")
        self.y += 20
        self._label(0, _("Without a hatch: nobody is known to hold it."), class_="small")

    def _signs(self) -> None:
        _, content = self.sheet.translate, self.sheet.content
        self._heading(_("Signs"))
        kinds = {place.kind for place in content.places if _shown(place, self.sheet.frame)}
        rows = [
            (PLACE_PATHS[kind], f"mark k-{kind.value}", _(PLACE_WORDS[kind]))
            for kind in PLACE_PATHS
            if kind in kinds
        ]
        if content.segments:
            rows.append((HAND_OVER_PATH, "hand", _("hand-over point")))
        if _hazards_in_force(content):
            rows.append((HAZARD_PATHS[_hazards_in_force(content)[0].kind], "icon",
                         _("hazard, with the age of its last observation")))  # fmt: skip
        if _closures_in_force(content):
            rows.append((_SHUT_PATH, "shutdot", _("closed at this moment")))
        half, beside = PANEL_WIDTH / 2, False
        for row in rows:
            short = text_width(row[2], 13) <= half - 40
            self._row(row, half if beside and short else 0.0)
            beside = short and not beside

    def _row(self, row: tuple[str, str, str], x: float) -> None:
        if x == 0.0:
            self.y += 22
        path, style, words = row
        self.left += x
        self._sign(path, style, 0.85)
        self._label(34, words)
        self.left -= x

    def _sign(self, path: str, style: str, size: float) -> None:
        where = (
            f"translate({format_value(self.left + 13)} {format_value(self.y - 5)}) scale({size})"
        )
        self._raw(f'<path class="{style}" transform="{where}" d="{path}"/>')


def _points(content: MapContent) -> list[Point]:
    ends = {end for way in content.options for end in (way.from_place, way.to_place)}
    ends |= {place.place_id for place in content.within}
    known = (*content.within, *content.places)
    found = [(place.lon, place.lat) for place in known if place.place_id in ends]
    for option in content.options[:MOST_WAYS]:
        found += [point for segment in option.segments for point in segment.shape]
        found += [(item.lon, item.lat) for item in option.fall_backs]
    found = found or [(place.lon, place.lat) for place in content.places]
    if not found:
        raise ValueError("a map needs a way or a place to show")
    return found


def _shown_areas(content: MapContent) -> list[ControlArea]:
    """Return the areas in force that somebody holds or contests; others stay without a hatch."""
    return [
        area
        for area in content.control
        if area.holder and in_force(area.valid_from, area.valid_to, content.at)
    ]


def _parties_first(holder: str) -> tuple[bool, str]:
    return holder in _STATE_WORDS, holder


def _hazards_in_force(content: MapContent) -> list[Hazard]:
    at = content.at
    return [item for item in content.hazards if in_force(item.observed_at, item.valid_to, at)]


def _closures_in_force(content: MapContent) -> tuple[Closure, ...]:
    return closures_at(content.closures, content.at)


def _closure_lines(network: RoadNetwork, closure: Closure) -> list[Sequence[Point]]:
    lines: list[Sequence[Point]] = [ring for rings in closure.polygons for ring in rings]
    if closure.line:
        lines.append(closure.line)
    if closure.way_ids:
        lines += lines_of_arcs(network, arcs_of(network, closure).tolist())
    return lines


def _road_layers(network: RoadNetwork, frame: Frame) -> list[list[list[Point]]]:
    """Return the roads inside the frame as lines on the sheet, by class; each direction once."""
    rank_of = np.array([_road_rank(name) for name in network.highway_names], dtype=np.int64)
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
    most = _smallest_class(rank)
    layers: list[list[list[Point]]] = [[] for _class in _CLASSES]
    for arc, of_class in zip(arcs.tolist(), rank.tolist(), strict=True):
        if of_class <= most:
            layers[of_class].append(_thinned(frame.path(arc_line(network, arc))))
    return layers


METRES_PER_DEGREE_OF_LAT: Final = 110_000.0


def _smallest_class(rank: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    """Return the smallest class of road that is drawn, so that the drawing stays light."""
    for most in range(len(_CLASSES) - 1, 1, -1):
        if int(np.count_nonzero(rank <= most)) <= MOST_ROADS:
            return most
    return 1


def _road_rank(highway: str) -> int:
    base = highway.removesuffix("_link")
    return next((rank for rank, names in enumerate(_CLASSES) if base in names), len(_CLASSES) - 1)


def _thinned(line: list[Point]) -> list[Point]:
    if len(line) < 3:
        return line
    thin = shapely.LineString(line).simplify(0.4)
    return [(x, y) for x, y in shapely.get_coordinates(thin).tolist()]


def _pixels(frame: Frame, option: CorridorOption) -> list[Point]:
    """Return a way on the sheet, thinned; empty where it goes nowhere."""
    shape = [point for segment in option.segments for point in segment.shape]
    line = [p for i, p in enumerate(frame.path(shape)) if not i or p != frame.xy(*shape[i - 1])]
    return _thinned(line) if len(line) > 1 else []


def _beside(line: list[Point], rank: int, count: int) -> list[Point]:
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


def _clearest(line: shapely.LineString, others: list[shapely.LineString], room: Room) -> Point:
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


def _badge(svg: Svg, at: Point, rank: int) -> None:
    svg.add("circle", cx=at[0], cy=at[1], r=11.0, class_=f"badge b{rank}")
    svg.label(at[0], at[1] + 5, str(rank + 1), class_="badgeno")


def _hand_over(svg: Svg, at: Point, number: int) -> None:
    where = f"translate({format_value(at[0])} {format_value(at[1])}) scale(1.25)"
    svg.raw(f'<path class="hand" transform="{where}" d="{HAND_OVER_PATH}"/>')
    svg.label(at[0], at[1] + 3.6, f"H{number}", class_="handno")


def _rank(place: Place) -> int:
    """Return 0 for what has to be named first: crossing, fall-back, reception, medical point."""
    return 1 if place.kind in (PlaceKind.SETTLEMENT, PlaceKind.ASSEMBLY_POINT) else 0


def _shown(place: Place, frame: Frame) -> bool:
    return frame.holds(frame.xy(place.lon, place.lat), -4)


def _drawn(frame: Frame, rings: Sequence[Sequence[Point]]) -> BaseGeometry:
    """Return a polygon on the sheet, made valid."""
    shell, *holes = (frame.path(ring) for ring in rings)
    return shapely.make_valid(shapely.Polygon(shell, holes))


def _window(frame: Frame) -> BaseGeometry:
    return box(frame.left, frame.top, frame.left + frame.width, frame.top + frame.height)


def _spots(shape: BaseGeometry) -> Iterator[Point]:
    """Yield points at which an area could be named: in its middle, then on a grid over it."""
    if shape.is_empty:
        return
    middle = shape.representative_point()
    yield middle.x, middle.y
    west, north, east, south = shape.bounds
    for down in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9):
        for across in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9):
            yield west + across * (east - west), north + down * (south - north)


def _middle(found: list[Point], frame: Frame) -> Point | None:
    """Return the middle of those of the points that the map shows, or of all."""
    drawn = frame.path(found)
    inside = [point for point in drawn if frame.holds(point)] or drawn
    if not inside:
        return None
    return sum(x for x, _ in inside) / len(inside), sum(y for _, y in inside) / len(inside)


def _ring_path(ring: list[Point]) -> str:
    return _line_path(ring) + "Z" if ring else ""


def _line_path(line: list[Point]) -> str:
    return "M" + "L".join(f"{format_value(x)},{format_value(y)}" for x, y in line)


def _oldest(content: MapContent) -> tuple[str, float] | None:
    """Return local date and age in days of the oldest fact that any way shown rests on."""
    moments = [way.oldest_at for way in content.options[:MOST_WAYS] if way.oldest_at is not None]
    if not moments:
        return None
    age_days = (content.at - min(moments)).total_seconds() / SECONDS_PER_DAY
    return _local_day(min(moments), content.timezone), age_days


def _local_day(moment: datetime, timezone: str) -> str:
    return moment.astimezone(ZoneInfo(timezone)).date().isoformat()


def age_words(days: float, _: Translate) -> str:
    """Return an age in whole days, to the nearest."""
    whole = math.floor(max(0.0, days) + 0.5)
    return _("today") if whole == 0 else f"{whole} {_('d old')}"


def _duration(duration_s: float, _: Translate) -> str:
    """Return a duration with the units of the reader's language."""
    units = {"h": _("h"), "min": _("min")}
    return " ".join(units.get(part, part) for part in format_duration(duration_s).split(" "))


def _kind_word(kind: str) -> str:
    words = {item.value: word for item, word in HAZARD_WORDS.items()}
    return words.get(kind, msg("control"))


def _shortened(text: str, width: float, size: float = 13.0) -> str:
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"
