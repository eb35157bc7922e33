"""The sheet of a map: where a position is drawn, which labels still have room, the grid around.

Positions come as WGS 84 degrees (EPSG:4326) and are drawn in an equirectangular projection true to
scale at the middle latitude; at the size of a district the distortion is below the width of a line.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safepassage.core.geo.utm import project, to_utm, unproject

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
Point = tuple[float, float]

METRES_PER_DEGREE: Final = 111_320.0
MARGIN: Final = 0.08
LEAST_SPAN_DEG: Final = 0.02
GRID_STEPS_M: Final = (500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
GRID_PX: Final = 150.0
"""Lines of the grid stand at least this far apart."""
_NARROW: Final = frozenset("iljtfrI.,:;'|!()[] -·")
_WIDE: Final = frozenset("mwMWЖШЩЮФМжшщюфм@%—")


@dataclass(frozen=True, slots=True)
class Frame:
    """Maps degrees to the drawing.

    Parameters
    ----------
    lon, north
        Longitude of the left edge and latitude of the upper edge, degrees; the longitude may lie
        beyond 180 where the sheet crosses the antimeridian.
    scale
        Units of the drawing per degree of latitude.
    squeeze
        Cosine of the middle latitude.
    left, top, width, height
        Where on the sheet the map lies.
    """

    lon: float
    north: float
    scale: float
    squeeze: float
    left: float
    top: float
    width: float
    height: float

    def xy(self, lon: float, lat: float) -> Point:
        """Return the position of a point on the sheet."""
        middle = self.lon + self.width / self.scale / self.squeeze / 2
        east = (lon - middle + 180.0) % 360.0 - 180.0 + (middle - self.lon)
        return (
            self.left + east * self.squeeze * self.scale,
            self.top + (self.north - lat) * self.scale,
        )

    def path(self, line: Iterable[Point]) -> list[Point]:
        """Return the positions of a line of (lon, lat)."""
        return [self.xy(lon, lat) for lon, lat in line]

    def lonlat(self, x: float, y: float) -> Point:
        """Return degrees of a position on the sheet; the longitude may lie beyond 180."""
        return (
            self.lon + (x - self.left) / self.scale / self.squeeze,
            self.north - (y - self.top) / self.scale,
        )

    def holds(self, point: Point, margin: float = 0.0) -> bool:
        """Say whether a position on the sheet lies in the map, a margin included."""
        x, y = point
        return (
            self.left - margin <= x <= self.left + self.width + margin
            and self.top - margin <= y <= self.top + self.height + margin
        )

    @property
    def metres_per_unit(self) -> float:
        """Metres on the ground that one unit of the drawing stands for."""
        return METRES_PER_DEGREE / self.scale


def frame_around(
    points: Sequence[Point], left: float, top: float, width: float, heights: tuple[float, float]
) -> Frame:
    """Return a frame that holds all points with a margin.

    Parameters
    ----------
    points
        (lon, lat), at least one.
    heights
        Least and most height of the map.
    """
    lon = np.unwrap(np.array([point[0] for point in points]), period=360.0)
    lat = np.array([point[1] for point in points])
    squeeze = max(0.05, math.cos(math.radians(float(lat.min() + lat.max()) / 2)))
    wide, high = float(np.ptp(lon)) * squeeze, float(np.ptp(lat))
    pad = MARGIN * max(wide, high, LEAST_SPAN_DEG)
    wide, high = wide + 2 * pad, high + 2 * pad
    scale = min(width / wide, heights[1] / high)
    height = min(max(high * scale, heights[0]), heights[1])
    spare_wide, spare_high = width / scale - wide, height / scale - high
    return Frame(
        lon=float(lon.min()) - (pad + spare_wide / 2) / squeeze,
        north=float(lat.max()) + pad + spare_high / 2,
        scale=scale,
        squeeze=squeeze,
        left=left,
        top=top,
        width=width,
        height=height,
    )


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a text is in Noto Sans, a little too much rather than too little."""
    units = sum(0.32 if c in _NARROW else 0.88 if c in _WIDE else _letter(c) for c in text)
    return units * size * (1.06 if bold else 1.0)


def _letter(sign: str) -> float:
    return 0.68 if sign.isupper() else 0.58


@dataclass(slots=True)
class Room:
    """What of the map is taken, so that no label covers another.

    Parameters
    ----------
    edge
        Box within which a label has to lie.
    taken
        What no label may cover.
    avoided
        What a label covers only where it would otherwise be left out: the ways.
    """

    edge: Box
    taken: list[Box] = field(default_factory=list)
    avoided: list[Box] = field(default_factory=list)

    def take(self, box: Box) -> None:
        """Keep a box free of later labels."""
        self.taken.append(box)

    def free(self, box: Box, *, strict: bool = False) -> bool:
        """Say whether a box lies inside the map and covers nothing; not even a way if `strict`."""
        west, north, east, south = self.edge
        inside = box[0] >= west and box[1] >= north and box[2] <= east and box[3] <= south
        kept = (*self.taken, *self.avoided) if strict else self.taken
        return inside and not any(_overlap(box, other) for other in kept)

    def place(self, around: Point, width: float, height: float, gap: float) -> Point | None:
        """Return the upper left corner of a free box beside a point, and take it; None if none."""
        for strict, further in ((True, 1.0), (True, 1.9), (False, 1.0), (False, 1.9)):
            for x, y in _beside(around, width, height, gap * further):
                box = (x, y, x + width, y + height)
                if self.free(box, strict=strict):
                    self.take(box)
                    return x, y
        return None


def _beside(around: Point, width: float, height: float, gap: float) -> Iterator[Point]:
    """Yield upper left corners of boxes around a point, the best to read first."""
    x, y = around
    near = 0.7 * gap
    for dx, dy in (
        (gap, -height / 2), (-gap - width, -height / 2), (-width / 2, -gap - height),
        (-width / 2, gap), (near, -near - height), (near, near), (-near - width, -near - height),
        (-near - width, near),
    ):  # fmt: skip
        yield x + dx, y + dy


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@dataclass(frozen=True, slots=True)
class GridLine:
    """A line of the UTM grid on the sheet, with the kilometres that stand at its end."""

    line: tuple[Point, ...]
    kilometres: str
    east: bool


def utm_grid(frame: Frame) -> tuple[str, int, tuple[GridLine, ...]]:
    """Return zone and band, step in metres and lines of the grid of the zone of the middle.

    Returns
    -------
    An empty zone and no lines near the poles, where UTM is not defined.
    """
    step_m = next(
        (step for step in GRID_STEPS_M if step / frame.metres_per_unit >= GRID_PX), GRID_STEPS_M[-1]
    )
    corners = [
        frame.lonlat(frame.left + across * frame.width, frame.top + down * frame.height)
        for across in (0.0, 0.5, 1.0)
        for down in (0.0, 0.5, 1.0)
    ]
    try:
        middle = to_utm(*corners[4])
        lines = tuple(_grid_lines(frame, middle.zone, middle.south, corners, step_m))
    except ValueError:
        return "", step_m, ()
    return f"{middle.zone:02d}{middle.band}", step_m, lines


def _grid_lines(
    frame: Frame, zone: int, south: bool, corners: list[Point], step_m: int
) -> Iterator[GridLine]:
    at = [project(zone, *corner, south=south) for corner in corners]
    west, east = min(x for x, _ in at), max(x for x, _ in at)
    low, high = min(y for _, y in at), max(y for _, y in at)
    for easting in _steps(west, east, step_m):
        yield _grid_line(frame, zone, south, [(easting, low), (easting, high)], easting, True)
    for northing in _steps(low, high, step_m):
        yield _grid_line(frame, zone, south, [(west, northing), (east, northing)], northing, False)


def _steps(low: float, high: float, step_m: int) -> range:
    return range(math.ceil(low / step_m) * step_m, math.floor(high) + 1, step_m)


def _grid_line(
    frame: Frame, zone: int, south: bool, ends: list[Point], value: int, east: bool
) -> GridLine:
    (x0, y0), (x1, y1) = ends
    share = np.linspace(0.0, 1.0, 9).tolist()
    degrees = [unproject(zone, x0 + t * (x1 - x0), y0 + t * (y1 - y0), south=south) for t in share]
    kilometres = f"{value // 1000}" if value % 1000 == 0 else f"{value / 1000:.1f}"
    return GridLine(tuple(frame.path(degrees)), kilometres, east)
