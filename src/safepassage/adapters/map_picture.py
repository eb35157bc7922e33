"""One calm map of a corridor: the ways, who holds what, what is dangerous, how old the facts are.

The drawing is SVG and stands alone: no script, no request, no font that has to be there. Ways are
told apart by number and by dash as well as by colour; areas by hatch and by name; a derived area is
drawn weaker than a stated one and says so. Positions come as WGS 84 degrees (EPSG:4326).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from safepassage.adapters.export_words import hand_overs_of
from safepassage.adapters.map_content import (
    BASIS_WORDS,
    MOST_WAYS,
    STATE_WORDS,
    MapContent,
    Translate,
    age_words,
    closures_in_force,
    hazards_in_force,
    local_day,
    oldest_of,
    parties_first,
    shown_areas,
)
from safepassage.adapters.map_frame import (
    Frame,
    Point,
    Room,
    frame_around,
    text_width,
    utm_grid,
)
from safepassage.adapters.map_lines import (
    area_path,
    clearest_point,
    drawn_area,
    label_spots,
    line_path,
    middle_of,
    moved_beside,
    points_to_hold,
    road_layers,
    way_pixels,
    window_of,
)
from safepassage.adapters.map_panel import (
    LOST_R,
    LOST_WORDS,
    Panel,
    draw_badge,
    draw_hand_over,
)
from safepassage.adapters.map_style import (
    EDGE,
    HATCHES,
    MAP_HEIGHTS,
    MAP_WIDTH,
    PANEL_WIDTH,
    STYLE,
)
from safepassage.adapters.map_symbols import (
    HAZARD_PATHS,
    HAZARD_WORDS,
    PLACE_PATHS,
    PLACE_WORDS,
)
from safepassage.adapters.svg import Svg, format_value, points
from safepassage.adapters.way_shapes import closure_lines, way_lines
from safepassage.core.agreement.wording import msg
from safepassage.core.corridor.hazards import SECONDS_PER_DAY
from safepassage.core.corridor.types import (
    Basis,
    CorridorOption,
    Hazard,
    Place,
    PlaceKind,
)
from safepassage.errors import MissingExtraError
from safepassage.units import format_moment

__all__ = ["MapContent", "corridor_map", "picture_png"]

FONTS: Final = Path(__file__).parent / "fonts"

FAMILY: Final = "Noto Sans"


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
    sheet = Sheet(content, translate, panel, key)
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


@dataclass(slots=True)
class Sheet:
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
        self.frame = frame_around(points_to_hold(content), left, top, MAP_WIDTH, MAP_HEIGHTS)
        frame = self.frame
        self.room = Room((left + 4, top + 4, left + frame.width - 4, top + frame.height - 4))
        panel = Panel(self) if self.panel else None
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
        oldest = oldest_of(self.content)
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
            for index, lines in enumerate(HATCHES)
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
        self._bands()
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
        for area in shown_areas(self.content):
            index = self.holders.index(area.holder) % len(HATCHES)
            derived = area.basis is not Basis.STATED
            for polygon in area.polygons:
                path = area_path(self.frame, polygon)
                if not path:
                    continue
                basis = f" {area.basis.value}" if derived else ""
                suffix = "d" if derived else ""
                self.svg.add(
                    "path", f"{self.name_of(area.holder)}; {area.source}", d=path,
                    class_=f"area h{index}{basis}", fill=f"url(#{self.key}-h{index}{suffix})",
                    fill_rule="evenodd",
                )  # fmt: skip

    def _bands(self) -> None:
        """Lay the ground of each band over those that are wider, so that what is near is darker."""
        for band in reversed(self.content.bands):
            path = "".join(area_path(self.frame, rings) for rings in band.area)
            if path:
                self.svg.add("path", d=path, class_="band", fill_rule="evenodd")

    @property
    def holders(self) -> list[str]:
        """Who holds an area in force, sorted; the order of the hatches."""
        return sorted({area.holder for area in shown_areas(self.content)}, key=parties_first)

    def name_of(self, holder: str) -> str:
        """Return a party's name, or the word for ground that is no party's."""
        if holder in STATE_WORDS:
            return self.translate(STATE_WORDS[holder])
        return self.content.names.get(holder, holder)

    def _name_areas(self) -> None:
        """Write each holder once into its largest area in the map, smaller parts left alone."""
        largest: dict[tuple[str, Basis], BaseGeometry] = {}
        window = window_of(self.frame)
        for area in shown_areas(self.content):
            for polygon in area.polygons:
                shown = drawn_area(self.frame, polygon).intersection(window)
                known = largest.get((area.holder, area.basis))
                if known is None or shown.area > known.area:
                    largest[area.holder, area.basis] = shown
        for (holder, basis), shown in sorted(largest.items()):
            self._name_area(holder, basis, shown)

    def _name_area(self, holder: str, basis: Basis, shown: BaseGeometry) -> None:
        words = self.name_of(holder)
        note = self.translate(BASIS_WORDS[basis]) if basis is not Basis.STATED else ""
        width = max(text_width(words, 17.6, bold=True) + 10, text_width(note, 12))
        height = 40.0 if note else 24.0
        for x, y in label_spots(shown):
            left, top = x - width / 2, y - height / 2
            label = (left, top, left + width, top + height)
            if self.room.free(label, strict=True) and shown.buffer(4).covers(box(*label)):
                self.room.take(label)
                tone = f"t{self.holders.index(holder) % len(HATCHES)}"
                self.svg.label(x, top + 18, words, class_=f"holder halo {tone}",
                               text_anchor="middle")  # fmt: skip
                if note:
                    self.svg.label(x, top + 35, f"({note})", class_=f"small halo {tone}",
                                   text_anchor="middle")  # fmt: skip
                return

    def _grid(self) -> None:
        frame = self.frame
        _zone, _step_m, lines = utm_grid(frame)
        window = window_of(frame)
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
        layers = road_layers(self.content.network, self.frame)
        for rank in (5, 4, 3):
            self._road_path(layers[rank], f"r{rank}")
        for casing in ("c", ""):
            for rank in (2, 1, 0):
                self._road_path(layers[rank], f"r{rank}{casing}")

    def _road_path(self, lines: list[list[Point]], style: str) -> None:
        if lines:
            self.svg.add("path", d="".join(line_path(line) for line in lines),
                         class_=f"road {style}")  # fmt: skip

    def _hazards(self) -> None:
        for hazard in hazards_in_force(self.content):
            _ = self.translate
            day = local_day(hazard.observed_at, self.content.timezone)
            tip = f"{_(HAZARD_WORDS[hazard.kind])}, {day}, {hazard.source}"
            for polygon in hazard.polygons:
                path = area_path(self.frame, polygon)
                if not path:
                    continue
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
        for hazard in hazards_in_force(self.content):
            at = middle_of(self._hazard_points(hazard), self.frame)
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
        for closure in closures_in_force(self.content):
            for line in closure_lines(self.content.network, closure):
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
        lines = [way_pixels(self.frame, option) for option in shown]
        drawn = [moved_beside(line, rank, len(shown)) for rank, line in enumerate(lines)]
        for line in drawn:
            self.svg.add("path", d=line_path(line), class_="under", stroke_width=7.5)
        for rank in reversed(range(len(drawn))):
            tip = f"{rank + 1}: {shown[rank].reason}"
            self.svg.add("path", tip, d=line_path(drawn[rank]), class_=f"way w{rank}")
        self._badges(drawn)
        for line in drawn:
            self._keep_free(shapely.LineString(line))

    def _keep_free(self, line: shapely.LineString) -> None:
        """Take the room along a way, so that no name is written over it."""
        for along in np.arange(0.0, line.length, 12.0).tolist():
            spot = line.interpolate(along)
            self.room.avoided.append((spot.x - 3, spot.y - 3, spot.x + 3, spot.y + 3))

    def _shown(self) -> tuple[CorridorOption, ...]:
        moving = [option for option in self.content.options if way_pixels(self.frame, option)]
        return tuple(moving[:MOST_WAYS])

    def _badges(self, drawn: list[list[Point]]) -> None:
        lines = [shapely.LineString(line) for line in drawn]
        for rank, line in enumerate(lines):
            others = [other for number, other in enumerate(lines) if number != rank]
            spot = clearest_point(line, others, self.room)
            self.room.take((spot[0] - 13, spot[1] - 13, spot[0] + 13, spot[1] + 13))
            draw_badge(self.svg, spot, rank)

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
            draw_hand_over(self.svg, at, number)
            self.room.take((at[0] - 9, at[1] - 9, at[0] + 9, at[1] + 9))
        self._name_places(inside, ends_only=True)
        self._name_hazards()
        for hazard in hazards_in_force(content):
            self._keep_apart(hazard)
        self._name_areas()
        self._name_places(inside, ends_only=False)

    def _mark(self, place: Place, at: Point) -> None:
        persons = self.content.waiting.get(place.place_id, 0)
        tip = f"{place.name}: {self.translate(PLACE_WORDS[place.kind])}"
        x, y = at
        if place.place_id in self.content.lost:
            self.svg.add("circle", LOST_WORDS, cx=x, cy=y, r=LOST_R, class_="lost")
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


def _rank(place: Place) -> int:
    """Return 0 for what has to be named first: crossing, fall-back, reception, medical point."""
    return 1 if place.kind in (PlaceKind.SETTLEMENT, PlaceKind.ASSEMBLY_POINT) else 0
