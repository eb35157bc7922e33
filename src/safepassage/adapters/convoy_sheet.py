"""The sheet under the pictures of a plan: head, legend, axes and style; no plotting library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from safepassage.adapters.map_frame import text_width
from safepassage.adapters.plan_words import Translate, clock, zone_words
from safepassage.adapters.svg import Svg, TimeAxis, attributes
from safepassage.core.convoy.simulate import AcrossOverTime
from safepassage.core.convoy.types import ConvoyProblem, Plan, SimulationSummary
from safepassage.core.convoy.would_help import Help

WIDTH: Final = 1080.0
RIGHT: Final = 1056.0
LEGEND_LINE: Final = 24.0
SWATCH: Final = 26.0

STYLE: Final = """
.cp text{font-family:"Noto Sans",system-ui,sans-serif;font-size:13px;fill:#1b2430}
.cp .paper{fill:#fff}.cp .title{font-size:22px;font-weight:700}
.cp .sub{font-size:13.5px;fill:#3d4956}
.cp .small{font-size:12px;fill:#3d4956}.cp .tick{font-size:12px;fill:#3d4956}
.cp .strong{font-weight:700}.cp .head{font-size:14px;font-weight:700}
.cp .banner{fill:#fff1cc;stroke:#b98a1e}.cp .bannertext{font-weight:700;fill:#5d4200}
.cp .grid{stroke:#dfe5eb;stroke-width:1}.cp .rule{stroke:#9aa6b2;stroke-width:1}
.cp .edge{stroke:#1b2430;stroke-width:1.3}.cp .edge.late{stroke-dasharray:5 3}
.cp .open{fill:#eef5fb}.cp .stripe{fill:#f6f8fa}
.cp .drive{fill:#5c6b7a}
.cp .boarding{fill:#2b6aa3}.cp .screening{fill:#1f3350}.cp .arrival{fill:#0d6b62}
.cp .alighting{fill:#fff;stroke:#2b6aa3;stroke-width:1.6}
.cp .queue{stroke:#8a4b00;stroke-width:1}.cp .muster{fill:#fff;stroke:#8a4b00;stroke-width:1.4}
.cp .on{fill:#fff;font-size:11.5px;font-weight:700;text-anchor:middle}
.cp .off{font-size:11.5px;font-weight:700;text-anchor:middle;fill:#1f4f7c}
.cp .band{stroke:#14558f;stroke-width:.8;stroke-opacity:.5}
.cp .planned{fill:none;stroke:#14558f;stroke-width:2.6}
.cp .median{fill:none;stroke:#9a3d00;stroke-width:2;stroke-dasharray:7 4}
.cp .t-planned{fill:#14558f;font-weight:700}.cp .t-median{fill:#8a3600;font-weight:700}
.cp .bar-plan{fill:#9a3d00}.cp .bar-own{stroke:#51606f;stroke-width:1}
"""
"""Every kind of bar differs in shape or hatch, not only in colour."""

_PATTERNS: Final = (
    ("queue", "#fdebd0", "#b85c00", 'd="M-2,2L2,-2M0,8L8,0M6,10L10,6"', 8, 1.6),
    ("margin", "#fcf3e6", "#e2b98a", 'd="M-2,10L2,14M0,0L12,12M10,-2L14,2"', 12, 1.1),
    ("band", "#dbe7f3", "#8fb0d1", 'd="M0,4H8"', 8, 1.0),
    ("own", "#eef1f4", "#7b8794", 'd="M-2,6L2,10M0,0L8,8M6,-2L10,2"', 8, 1.2),
)


@dataclass(frozen=True, slots=True, eq=False)
class PlanView:
    """A plan and what its pictures and tables need beside it.

    Parameters
    ----------
    names
        Names of places by id.
    parties
        Names of parties by id.
    title
        Of the operation.
    simulation, across
        What delays do to the plan; None where nothing was simulated.
    helps
        What would help, most first.
    """

    problem: ConvoyProblem
    plan: Plan
    names: Mapping[str, str]
    parties: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    exercise: bool = False
    simulation: SimulationSummary | None = None
    across: AcrossOverTime | None = None
    helps: tuple[Help, ...] = ()

    def clock(self, at_s: int) -> str:
        """Return local wall-clock time."""
        return clock(self.problem, at_s)

    def name(self, place_id: str) -> str:
        """Return a place's name, or its id where it has none."""
        return self.names.get(place_id, place_id)

    def persons_of(self) -> dict[str, int]:
        """Return the persons of each travel group by token."""
        return {group.token: group.load.persons for group in self.problem.groups}


@dataclass(slots=True)
class Sheet:
    """A picture under construction, filled from the top.

    Parameters
    ----------
    whole
        With title and banner, as a picture of its own; without, for a page that has both.
    key
        Prefix of identifiers, different for each picture of a page.
    y
        How far down it is filled.
    """

    view: PlanView
    title: str
    description: str
    translate: Translate
    whole: bool = True
    key: str = "p"
    y: float = 0.0
    svg: Svg = field(init=False)

    def __post_init__(self) -> None:
        self.svg = Svg(WIDTH, 0.0, self.title, self.description)

    def head(self, sub: str) -> None:
        """Write title, operation, zone and the exercise's banner."""
        if not self.whole:
            self.y += 4
            return
        _ = self.translate
        self.svg.label(24.0, self.y + 36, self.title, class_="title")
        self.svg.label(24.0, self.y + 58, sub, class_="sub")
        zone = f"{_('All times')}: {zone_words(self.view.problem)}"
        parts = [part for part in (self.view.title, zone) if part]
        self.svg.label(24.0, self.y + 78, "  ·  ".join(parts), class_="sub")
        self.y += 92
        if self.view.exercise:
            self.svg.rect(24.0, self.y, WIDTH - 48, 26.0, class_="banner", rx=4)
            words = _("EXERCISE: not a real operation.")
            self.svg.label(36.0, self.y + 18, words, class_="bannertext")
            self.y += 36

    def legend(self, items: Sequence[tuple[str, str]]) -> None:
        """Write a line of (class of a sign, words), broken where the sheet ends."""
        x, self.y = 24.0, self.y + 6
        for kind, words in items:
            width = SWATCH + 8 + text_width(words, 12) + 18
            if x + width > RIGHT:
                x, self.y = 24.0, self.y + LEGEND_LINE
            self.bar(x, self.y + 2, SWATCH, kind)
            self.svg.label(x + SWATCH + 8, self.y + 14, words, class_="small")
            x += width
        self.y += LEGEND_LINE + 4

    def bar(
        self, x: float, y: float, width: float, kind: str, tip: str = "", height: float = 16.0
    ) -> None:
        """Draw one bar in the style of its kind, with a tool tip."""
        if kind in {"planned", "median"}:
            self.svg.line(x, y + height / 2, x + width, y + height / 2, class_=kind)
            return
        if kind == "drive":
            y, height = y + height / 2 - 2.5, 5.0
        if kind == "alighting":  # an outline: half its line lies outside
            x, y, width, height = x + 0.8, y + 0.8, max(0.8, width - 1.6), height - 1.6
        fill = {"fill": self.hatch(kind)} if kind in {name for name, *_ in _PATTERNS} else {}
        self.svg.rect(x, y, width, height, tip, class_=kind, **fill)

    def hatch(self, name: str) -> str:
        """Return the reference to a pattern."""
        return f"url(#{self.key}-{name})"

    def time_axis(self, axis: TimeAxis, top: float, bottom: float) -> None:
        """Draw full hours as lines, with clocks below."""
        for tick in axis.ticks():
            x = axis.x(tick)
            self.svg.line(x, top, x, bottom, class_="grid")
            self.svg.label(
                x, bottom + 16, self.view.clock(tick), class_="tick", text_anchor="middle"
            )

    def finish(self) -> str:
        """Return the picture."""
        self.svg.height = self.y
        paper = Svg(WIDTH, self.y, self.title)
        paper.rect(0.0, 0.0, WIDTH, self.y, class_="paper")
        self.svg.parts[:0] = [f"<style>{STYLE.strip()}</style>", self._patterns(), *paper.parts]
        return self.svg.render("chart cp")

    def _patterns(self) -> str:
        drawn = "".join(
            f"<pattern{attributes({'id': f'{self.key}-{name}', 'width': size, 'height': size})} "
            f'patternUnits="userSpaceOnUse"><rect width="{size}" height="{size}" fill="{back}"/>'
            f'<path {path} stroke="{line}" stroke-width="{width}" fill="none"/></pattern>'
            for name, back, line, path, size, width in _PATTERNS
        )
        return f"<defs>{drawn}</defs>"


def round_steps(most: float, lines: int = 4) -> range:
    """Return round numbers from 0 to at least `most`, about `lines` of them.

    Examples
    --------
    >>> list(round_steps(63))
    [0, 20, 40, 60, 80]
    """
    rough = max(1.0, most / lines)
    unit = 10 ** math.floor(math.log10(rough))
    factors = (1, 2, 2.5, 5, 10) if unit >= 10 else (1, 2, 5, 10)
    step = int(next(factor * unit for factor in factors if factor * unit >= rough))
    top = max(1, math.ceil(most / step)) * step
    return range(0, top + 1, step)
