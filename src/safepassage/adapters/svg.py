"""A few lines of SVG writing, so that the report needs no plotting library and no network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

SHAPES = ("circle", "line", "polygon", "polyline", "rect")


def attributes(values: dict[str, object]) -> str:
    """Return XML attributes; an underscore stands for a hyphen, a trailing one for a keyword."""
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(format_value(value))}"'
        for name, value in values.items()
        if value is not None
    )


def format_value(value: object) -> str:
    """Return a number with at most one decimal, so that pages stay small and reproducible."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def points(coordinates: Iterable[tuple[float, float]]) -> str:
    """Return the ``points`` attribute of a polyline."""
    return " ".join(f"{format_value(x)},{format_value(y)}" for x, y in coordinates)


@dataclass(slots=True)
class Svg:
    """A drawing under construction.

    Parameters
    ----------
    width, height
        Size of the view box in its own units.
    title, description
        Read out by screen readers.
    """

    width: float
    height: float
    title: str
    description: str = ""
    parts: list[str] = field(default_factory=list)

    def add(self, tag: str, text: str | None = None, /, **values: object) -> None:
        """Add one element; the text of a shape is its tool tip."""
        body = attributes(values)
        if text is None:
            self.parts.append(f"<{tag}{body}/>")
        elif tag in SHAPES:
            self.parts.append(f"<{tag}{body}><title>{escape(text)}</title></{tag}>")
        else:
            self.parts.append(f"<{tag}{body}>{escape(text)}</{tag}>")

    def rect(
        self, x: float, y: float, width: float, height: float, tip: str = "", **values: object
    ) -> None:
        """Add a rectangle with a tool tip."""
        body = attributes({"x": x, "y": y, "width": width, "height": height, **values})
        self.parts.append(
            f"<rect{body}><title>{escape(tip)}</title></rect>" if tip else f"<rect{body}/>"
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, **values: object) -> None:
        """Add a straight line."""
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, **values)

    def label(self, x: float, y: float, text: str, **values: object) -> None:
        """Add text."""
        self.add("text", text, x=x, y=y, **values)

    def raw(self, markup: str) -> None:
        """Add markup that is already escaped."""
        self.parts.append(markup)

    def render(self, css_class: str = "chart") -> str:
        """Return the ``<svg>`` element."""
        head = attributes(
            {
                "class_": css_class,
                "viewBox": f"0 0 {format_value(self.width)} {format_value(self.height)}",
                "role": "img",
                "xmlns": "http://www.w3.org/2000/svg",
            }
        )
        title = f"<title>{escape(self.title)}</title><desc>{escape(self.description)}</desc>"
        return f"<svg{head}>{title}{''.join(self.parts)}</svg>"


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Maps seconds since the epoch to horizontal positions."""

    from_s: int
    to_s: int
    left: float
    right: float

    def x(self, at_s: float) -> float:
        """Return the position of a moment."""
        span = max(1, self.to_s - self.from_s)
        return self.left + (at_s - self.from_s) / span * (self.right - self.left)

    def ticks(self) -> range:
        """Return full (or, on a long axis, every second, third ...) hours within the axis."""
        hours = (self.to_s - self.from_s) / 3600
        step = 3600 * (1 if hours <= 12 else 2 if hours <= 24 else 6)
        first = -(-self.from_s // step) * step
        return range(first, self.to_s + 1, step)
