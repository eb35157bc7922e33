"""Geodesic lengths on the WGS 84 ellipsoid.

Source: C. F. F. Karney, "Algorithms for geodesics", Journal of Geodesy 87 (2013),
doi:10.1007/s00190-012-0578-z, as implemented in PROJ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

_WGS84 = Geod(ellps="WGS84")


def geodesic_m(
    lon_a: NDArray[np.float64],
    lat_a: NDArray[np.float64],
    lon_b: NDArray[np.float64],
    lat_b: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the geodesic distance in metres between points, pair by pair.

    Parameters
    ----------
    lon_a, lat_a, lon_b, lat_b
        float64[k], degrees, WGS 84; the antimeridian needs no special care.

    Returns
    -------
    float64[k], metres.
    """
    if len(lon_a) == 0:
        return np.zeros(0)
    return np.asarray(_WGS84.inv(lon_a, lat_a, lon_b, lat_b)[2], dtype=np.float64)


def polyline_lengths_m(
    offset: NDArray[np.int64], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the geodesic length in metres of each polyline.

    Parameters
    ----------
    offset
        int64[k+1], where each polyline starts in `lon` and `lat`; each has at least one point.
    lon, lat
        float64[s], degrees, WGS 84.
    """
    if len(offset) < 2:
        return np.zeros(0)
    steps = np.zeros(len(lon))
    steps[1:] = geodesic_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
    steps[offset[:-1]] = 0.0
    return np.asarray(np.add.reduceat(steps, offset[:-1]), dtype=np.float64)


def bearing_deg(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Return the direction of the geodesic from one point to another, where it sets out.

    Parameters
    ----------
    lon_a, lat_a, lon_b, lat_b
        Degrees, WGS 84 (EPSG:4326).

    Returns
    -------
    Degrees clockwise from true north, 0 to 360.

    Examples
    --------
    >>> bearing_deg(179.5, 0.0, -179.5, 0.0)
    90.0
    """
    azimuth, _back, _metres = _WGS84.inv(lon_a, lat_a, lon_b, lat_b)
    return float(azimuth) % 360.0
