"""Metres on the ground around a point: where planar geometry is allowed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

Polygons = tuple[tuple[tuple[tuple[float, float], ...], ...], ...]
"""Polygons as the scenario holds them: rings of (lon, lat), the shell first."""


@dataclass(frozen=True, slots=True)
class LocalFrame:
    """An azimuthal equidistant map of WGS 84 centred on a point (Snyder, USGS PP 1395, §25).

    Distances from the centre are true; within 300 km of it other distances are within 0.1 %.

    Parameters
    ----------
    lon, lat
        Centre, degrees, WGS 84.
    """

    lon: float
    lat: float

    def to_metres(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return float64[k, 2], metres east and north of the centre."""
        project = Transformer.from_crs(
            "EPSG:4326",
            f"+proj=aeqd +lat_0={self.lat!r} +lon_0={self.lon!r} +datum=WGS84 +units=m",
            always_xy=True,
        )
        return np.column_stack(project.transform(lon, lat))

    def area(self, polygons: Polygons) -> shapely.Geometry:
        """Return the polygons in metres, made valid and merged."""
        return area_of(tuple(tuple(self._ring(ring) for ring in rings) for rings in polygons))

    def line(self, points: tuple[tuple[float, float], ...]) -> shapely.Geometry:
        """Return a line in metres."""
        return shapely.LineString(self._ring(points))

    def point(self, point: tuple[float, float]) -> shapely.Geometry:
        """Return a point in metres."""
        return shapely.Point(self._ring((point,))[0])

    def _ring(self, points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        lon, lat = (np.array(values, dtype=np.float64) for values in zip(*points, strict=True))
        return tuple((float(x), float(y)) for x, y in self.to_metres(lon, lat))


def area_of(polygons: Polygons) -> shapely.Geometry:
    """Return polygons as one valid geometry in the coordinates that they come in."""
    parts = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons]
    return shapely.union_all(
        [part if part.is_valid else shapely.make_valid(part) for part in parts]
    )
