"""Metres on the ground around a point: where planar geometry is allowed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Polygons = tuple[tuple[tuple[tuple[float, float], ...], ...], ...]
"""Polygons as the scenario holds them: rings of (lon, lat), the shell first."""

_EQUATOR_RADIUS_M = 6_378_137.0
_ECCENTRICITY_2 = 0.00669437999014
"""WGS 84 (EPSG:7030)."""


FULL_TURN = 360.0
"""Degrees of longitude round the Earth."""


@dataclass(frozen=True, slots=True)
class LocalFrame:
    """Degrees stretched to metres around a point, the same everywhere in the frame.

    The map is linear, so that edges that are straight in longitude and latitude, as RFC 7946 §3.1.1
    defines them, stay straight and areas stay what they were drawn as. Distances are true at the
    centre; a degree of latitude away, east-west ones are off by 2.5 % at 55 degrees.

    Parameters
    ----------
    lon, lat
        Centre, degrees, WGS 84.
    """

    lon: float
    lat: float

    def to_metres(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return float64[k, 2], metres east and north of the centre."""
        east, north = self._metres_per_degree()
        across = near(lon, self.lon) - self.lon
        return np.column_stack((across * east, (lat - self.lat) * north))

    def to_degrees(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Return a geometry in metres as one in degrees; longitudes may pass 180."""
        scale = np.array(self._metres_per_degree())
        return shapely.transform(shape, lambda metres: metres / scale + (self.lon, self.lat))

    def area(self, polygons: Polygons) -> shapely.Geometry:
        """Return the polygons in metres, made valid and merged."""
        return area_of(tuple(tuple(self._ring(ring) for ring in rings) for rings in polygons))

    def line(self, points: tuple[tuple[float, float], ...]) -> shapely.Geometry:
        """Return a line in metres, or a point where there is only one."""
        ring = self._ring(points)
        return shapely.LineString(ring) if len(ring) > 1 else shapely.Point(ring[0])

    def _ring(self, points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        lon, lat = (np.array(values, dtype=np.float64) for values in zip(*points, strict=True))
        return tuple((float(x), float(y)) for x, y in self.to_metres(lon, lat))

    def _metres_per_degree(self) -> tuple[float, float]:
        """Return the length of a degree of longitude and of latitude at the centre."""
        sine = math.sin(math.radians(self.lat))
        bulge = 1.0 - _ECCENTRICITY_2 * sine * sine
        across = _EQUATOR_RADIUS_M / math.sqrt(bulge)
        along = _EQUATOR_RADIUS_M * (1.0 - _ECCENTRICITY_2) / bulge**1.5
        return math.radians(across * math.cos(math.radians(self.lat))), math.radians(along)


def near(lon: NDArray[np.float64], around: float) -> NDArray[np.float64]:
    """Return longitudes within half a turn of `around`; they may pass 180 degrees.

    Examples
    --------
    >>> near(np.array([179.0, -179.0]), 180.0).tolist()
    [179.0, 181.0]
    """
    turns = np.rint((lon - around) / FULL_TURN)
    return np.where(turns == 0, lon, lon - FULL_TURN * turns)


def area_near(polygons: Polygons, around: float) -> shapely.Geometry:
    """Return polygons as one valid geometry in degrees, each within half a turn of `around`.

    A polygon that was cut at the antimeridian, as RFC 7946 §3.1.9 asks, comes together again.
    """
    return area_of(tuple(_rings_near(rings, around) for rings in polygons))


def _rings_near(
    rings: tuple[tuple[tuple[float, float], ...], ...], around: float
) -> tuple[tuple[tuple[float, float], ...], ...]:
    west = min((lon for lon, _ in rings[0]), default=around)
    east = max((lon for lon, _ in rings[0]), default=around)
    turns = round((west + (east - west) / 2 - around) / FULL_TURN)
    if turns == 0:
        return rings
    return tuple(tuple((lon - FULL_TURN * turns, lat) for lon, lat in ring) for ring in rings)


def area_of(polygons: Polygons) -> shapely.Geometry:
    """Return polygons as one valid geometry in the coordinates that they come in."""
    parts = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons if rings]
    valid = [part if part.is_valid else shapely.make_valid(part) for part in parts]
    return shapely.union_all(valid)
