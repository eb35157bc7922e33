"""Grid references as they are read over a radio: MGRS from WGS 84, and UTM beneath it.

Source: NGA.STND.0037, "The Universal Grids and the Transverse Mercator and Polar Stereographic Map
Projections" (2014), and NGA.STND.0037's lettering scheme AA for WGS 84. The polar grid (UPS) is not
supported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pyproj import Transformer

_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_SOUTH_DEG, _NORTH_DEG = -80.0, 84.0
_SQUARE_M = 100_000
_MOST_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Utm:
    """A position in Universal Transverse Mercator.

    Parameters
    ----------
    zone
        1 to 60.
    band
        Latitude band, C to X; N and later are north.
    easting_m, northing_m
        Metres, false origins included.
    """

    zone: int
    band: str
    easting_m: float
    northing_m: float


def to_utm(lon: float, lat: float) -> Utm:
    """Return the UTM position of a point in WGS 84 degrees.

    Raises
    ------
    ValueError
        Outside 80 S to 84 N, where UTM is not defined.
    """
    if not _SOUTH_DEG <= lat <= _NORTH_DEG:
        raise ValueError(f"latitude {lat} lies outside UTM (80 S to 84 N)")
    lon = (lon + 180.0) % 360.0 - 180.0
    zone = _zone(lon, lat)
    easting_m, northing_m = _projection(zone, lat < 0).transform(lon, lat)
    return Utm(zone, _band(lat), float(easting_m), float(northing_m))


def to_mgrs(lon: float, lat: float, digits: int = _MOST_DIGITS) -> str:
    """Return the MGRS reference of a point in WGS 84 degrees, cut off and never rounded up.

    Parameters
    ----------
    digits
        Digits of each coordinate: 5 names a square of 1 m, 4 of 10 m, down to 0 of 100 km.

    Raises
    ------
    ValueError
        Outside 80 S to 84 N, or for `digits` outside 0 to 5.

    Examples
    --------
    >>> to_mgrs(35.2717, 51.1906, digits=4)
    '36UXB 5874 7347'
    """
    if not 0 <= digits <= _MOST_DIGITS:
        raise ValueError(f"{digits} digits; accepted: 0 to {_MOST_DIGITS}")
    at = to_utm(lon, lat)
    east, north = int(at.easting_m), int(at.northing_m)
    head = f"{at.zone:02d}{at.band}{_square(at.zone, east, north)}"
    if digits == 0:
        return head
    step = 10 ** (_MOST_DIGITS - digits)
    parts = (f"{value % _SQUARE_M // step:0{digits}d}" for value in (east, north))
    return " ".join((head, *parts))


def _band(lat: float) -> str:
    return _BANDS[min(int((lat - _SOUTH_DEG) // 8), len(_BANDS) - 1)]


def _zone(lon: float, lat: float) -> int:
    """Return the zone, with the exceptions for south-west Norway and Svalbard."""
    if 56 <= lat < 64 and 3 <= lon < 12:
        return 32
    if lat >= 72:
        for west, east, zone in ((0, 9, 31), (9, 21, 33), (21, 33, 35), (33, 42, 37)):
            if west <= lon < east:
                return zone
    return int((lon + 180.0) // 6) % 60 + 1


def _square(zone: int, easting_m: int, northing_m: int) -> str:
    """Return the two letters of the 100 km square."""
    column = _COLUMNS[(zone - 1) % 3][easting_m // _SQUARE_M - 1]
    shift = 5 if zone % 2 == 0 else 0
    return column + _ROWS[(northing_m // _SQUARE_M + shift) % len(_ROWS)]


@cache
def _projection(zone: int, south: bool) -> Transformer:
    base = 32_700 if south else 32_600
    return Transformer.from_crs("EPSG:4326", f"EPSG:{base + zone}", always_xy=True)
