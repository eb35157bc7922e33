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


EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (Moritz 2000, Geodetic Reference System 1980)."""
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


def area_of(polygons: Polygons) -> shapely.Geometry:
    """Return polygons as one valid geometry in the coordinates that they come in."""
    parts = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons if rings]
    valid = [part if part.is_valid else shapely.make_valid(part) for part in parts]
    return shapely.union_all(valid)


def polygons_of(shape: shapely.Geometry) -> Polygons:
    """Return the polygons of a geometry in degrees, cut at 180 degrees of longitude.

    What is no polygon, such as a line where two areas touch, is left out. Shells run
    counter-clockwise (RFC 7946 §3.1.6), and nothing lies outside -180 to 180 (§3.1.9).
    """
    return tuple(
        tuple(tuple(map(tuple, ring.tolist())) for ring in _rings(part))
        for piece in _cut_at_antimeridian(shape)
        for part in shapely.get_parts(piece)
        if shapely.get_dimensions(part) == _DIMENSION_OF_AREAS and not shapely.is_empty(part)
    )


_DIMENSION_OF_AREAS = 2


def _rings(part: shapely.Geometry) -> list[NDArray[np.float64]]:
    turned = shapely.orient_polygons(part)
    return [shapely.get_coordinates(ring) for ring in shapely.get_rings(turned)]


def _cut_at_antimeridian(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the parts of a shape that lie on each turn of the Earth, moved to -180 to 180."""
    west, _, east, _ = shapely.bounds(shape)
    half = FULL_TURN / 2
    if shapely.is_empty(shape) or (west >= -half and east <= half):
        return [shape]
    pieces: list[shapely.Geometry] = []
    for turn in range(math.floor((west + half) / FULL_TURN), math.ceil((east + half) / FULL_TURN)):
        shift = turn * FULL_TURN
        band = shapely.box(shift - half, -90.0, shift + half, 90.0)
        piece = shapely.intersection(shape, band)
        pieces.append(moved_east(piece, -shift))
    return pieces


def moved_east(shape: shapely.Geometry, degrees: float) -> shapely.Geometry:
    """Return a shape moved along the parallels by some degrees of longitude."""
    if degrees == 0:
        return shape
    return shapely.transform(shape, lambda points: points + np.array((degrees, 0.0)))
