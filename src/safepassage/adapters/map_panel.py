"""The column beside a map: ways, segments, hand-over points, who holds what, signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from safepassage.adapters.export_words import hand_overs_of
from safepassage.adapters.map_content import (
    BASIS_WORDS,
    MOST_WAYS,
    Translate,
    age_words,
    closures_in_force,
    duration_words,
    hazards_in_force,
    kind_word,
    local_day,
    parties_first,
    shown_areas,
)
from safepassage.adapters.map_frame import (
    Frame,
    Point,
    text_width,
)
from safepassage.adapters.map_lines import (
    drawn_area,
    line_path,
    window_of,
)
from safepassage.adapters.map_style import (
    EDGE,
    HATCHES,
    MAP_WIDTH,
    PANEL_WIDTH,
    SMALL,
)
from safepassage.adapters.map_symbols import (
    HAND_OVER_PATH,
    HAZARD_PATHS,
    PLACE_PATHS,
    PLACE_WORDS,
)
from safepassage.adapters.svg import Svg, format_value
from safepassage.core.corridor.hazards import SECONDS_PER_DAY
from safepassage.core.corridor.types import (
    Basis,
    CorridorOption,
    NamedSegment,
    Place,
    PlaceKind,
)

if TYPE_CHECKING:
    from safepassage.adapters.map_picture import Sheet

MOST_SEGMENTS: Final = 8

SHUT_PATH: Final = (
    "M-8,0A8,8 0 1 0 8,0A8,8 0 1 0 -8,0Z"
    "M-4,-5.4L0,-1.4L4,-5.4L5.4,-4L1.4,0L5.4,4L4,5.4L0,1.4L-4,5.4L-5.4,4L-1.4,0L-5.4,-4Z"
)
"""A disc with a cross cut out."""

LOST_R: Final = 11.0
LOST_PATH: Final = "M-9,0A9,9 0 1 0 9,0A9,9 0 1 0 -9,0Z"
LOST_WORDS: Final = "no way any more"
NEW_WAYS: Final = "Ways that change"
REACHED: Final = "Reached within"


class Panel:
    """The column beside the map: ways, hand-over points, who holds what, signs."""

    def __init__(self, sheet: Sheet) -> None:
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
        self._bands()
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
        alike = all((way.from_place, way.to_place) == ends for way in shown)
        self._heading(" – ".join(names.get(end, end) for end in ends) if alike else NEW_WAYS)
        for rank, option in enumerate(shown):
            self._way(rank, option, _)
            if not alike:
                self.y += 16
                self._label(106, shortened(option.reason, PANEL_WIDTH - 106, SMALL), class_="small")

    def _bands(self) -> None:
        """Say which shade is reached within how many minutes."""
        bands = self.sheet.content.bands
        if not bands:
            return
        self._heading(REACHED)
        for number, band in enumerate(bands):
            self.y += 22
            for _wider in range(len(bands) - number if not self.quiet else 0):
                self.sheet.svg.rect(self.left, self.y - 14, 26, 16, class_="band")
            words = duration_words(band.limit_s, self.sheet.translate)
            self._label(34, f"{words}, {band.length_m / 1000:,.0f} km of road")

    def _way(self, rank: int, option: CorridorOption, _: Translate) -> None:
        self.y += 24
        if not self.quiet:
            draw_badge(self.sheet.svg, (self.left + 13, self.y - 4), rank)
            line = [(self.left + 34, self.y - 4), (self.left + 96, self.y - 4)]
            self.sheet.svg.add("path", d=line_path(line), class_=f"way w{rank}")
        time, length = duration_words(option.travel_time_s, _), f"{option.length_m / 1000:.1f} km"
        self._label(106, f"{time}  ·  {length}  ·  {_('exposure')} {option.exposure:.3f}",
                    class_="strong")  # fmt: skip
        if option.oldest_at:
            self.y += 16
            kind = _(kind_word(option.oldest_kind))
            day = local_day(option.oldest_at, self.sheet.content.timezone)
            age = (
                ""
                if option.oldest_age_days is None
                else f", {age_words(option.oldest_age_days, _)}"
            )
            words = f"{_('oldest fact')}: {kind} {day}{age}"
            self._label(106, shortened(words, PANEL_WIDTH - 106, SMALL), class_="small")

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
            self._label(52, shortened(f"{side}, {segment.length_m / 1000:.1f} km", 328))
            self.y += 15
            self._label(52, shortened(self._asked(segment), 328, SMALL), class_="small")
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
                draw_hand_over(self.sheet.svg, (self.left + 13, self.y - 4), number)
            self._label(34, point.mgrs, class_="strong")
            self._label(178, shortened(point.name, PANEL_WIDTH - 178, SMALL), class_="small")

    def _fall_backs(self) -> None:
        _ = self.sheet.translate
        options = self.sheet.content.options[:1]
        if not options or not options[0].fall_backs:
            return
        self._heading(_("Fall-back points of way 1: there / back at worst"))
        for item in options[0].fall_backs:
            self.y += 20
            self._sign(PLACE_PATHS[PlaceKind.FALL_BACK], "mark k-fall_back", 0.8)
            back = "–" if item.back_s is None else duration_words(item.back_s, _)
            self._label(34, shortened(item.name, 210))
            self._label(PANEL_WIDTH, f"{duration_words(item.to_s, _)} / {back}", class_="small",
                        text_anchor="end")  # fmt: skip

    def _holders(self) -> None:
        _, sheet = self.sheet.translate, self.sheet
        window = window_of(sheet.frame)
        areas = [
            area
            for area in shown_areas(sheet.content)
            if any(drawn_area(sheet.frame, part).intersects(window) for part in area.polygons)
        ]
        if not areas:
            return
        self._heading(_("Who holds what"))
        found = {(area.holder, area.basis) for area in areas}
        for holder, basis in sorted(found, key=lambda pair: (parties_first(pair[0]), pair[1])):
            self.y += 22
            index = sheet.holders.index(holder) % len(HATCHES)
            derived = basis is not Basis.STATED
            if not self.quiet:
                sheet.svg.rect(self.left, self.y - 14, 26, 16, class_="ground")
                sheet.svg.rect(
                    self.left, self.y - 14, 26, 16,
                    class_=f"area h{index}" + (f" {basis.value}" if derived else ""),
                    fill=f"url(#{sheet.key}-h{index}{'d' if derived else ''})",
                )  # fmt: skip
            note = f" ({_(BASIS_WORDS[basis])})" if derived else ""
            since = min(a.valid_from for a in areas if (a.holder, a.basis) == (holder, basis))
            age = age_words((sheet.content.at - since).total_seconds() / SECONDS_PER_DAY, _)
            self._label(34, shortened(f"{sheet.name_of(holder)}{note}", PANEL_WIDTH - 130))
            self._label(PANEL_WIDTH, age, class_="small", text_anchor="end")
        self.y += 20
        self._label(0, _("Without a hatch: nobody is known to hold it."), class_="small")

    def _signs(self) -> None:
        _, content = self.sheet.translate, self.sheet.content
        self._heading(_("Signs"))
        kinds = {place.kind for place in content.places if is_shown(place, self.sheet.frame)}
        rows = [
            (PLACE_PATHS[kind], f"mark k-{kind.value}", _(PLACE_WORDS[kind]))
            for kind in PLACE_PATHS
            if kind in kinds
        ]
        if content.segments:
            rows.append((HAND_OVER_PATH, "hand", _("hand-over point")))
        if hazards_in_force(content):
            rows.append((HAZARD_PATHS[hazards_in_force(content)[0].kind], "icon",
                         _("hazard, with the age of its last observation")))  # fmt: skip
        if content.lost:
            rows.append((LOST_PATH, "lost", LOST_WORDS))
        if closures_in_force(content):
            rows.append((SHUT_PATH, "shutdot", _("closed at this moment")))
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


def draw_badge(svg: Svg, at: Point, rank: int) -> None:
    """Draw the number of a way."""
    svg.add("circle", cx=at[0], cy=at[1], r=11.0, class_=f"badge b{rank}")
    svg.label(at[0], at[1] + 5, str(rank + 1), class_="badgeno")


def draw_hand_over(svg: Svg, at: Point, number: int) -> None:
    """Draw the sign and number of a hand-over point."""
    where = f"translate({format_value(at[0])} {format_value(at[1])}) scale(1.25)"
    svg.raw(f'<path class="hand" transform="{where}" d="{HAND_OVER_PATH}"/>')
    svg.label(at[0], at[1] + 3.6, f"H{number}", class_="handno")


def is_shown(place: Place, frame: Frame) -> bool:
    """Say whether a place lies in the map."""
    return frame.holds(frame.xy(place.lon, place.lat), -4)


def shortened(text: str, width: float, size: float = 13.0) -> str:
    """Return a text cut to a width, with a sign that it was cut."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"
