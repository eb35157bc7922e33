"""Grid references as they are read over a radio: the Military Grid Reference System on WGS 84.

Source: NGA.STND.0037, "The Universal Grids and the Transverse Mercator and Polar Stereographic Map
Projections" (2014), lettering scheme AA for WGS 84. The polar grid (UPS) is not supported.
"""

from __future__ import annotations

import re
from math import cos, radians
from typing import Final, NamedTuple

from safepassage.core.geo.utm import (
    BANDS,
    Utm,
    band_edges_deg,
    to_utm,
    unproject,
    wrap_deg,
    zone_of,
)

__all__ = ["MgrsSquare", "Utm", "from_mgrs", "to_mgrs", "to_utm"]

_COLUMNS: Final = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_ROWS: Final = "ABCDEFGHJKLMNPQRSTUV"
_SQUARE_M: Final = 100_000
_CYCLE_M: Final = 2_000_000
"""The row letters begin again after this."""
_MOST_DIGITS: Final = 5
_METRES_PER_DEGREE: Final = 110_000.0
_LOOKS: Final = 8
"""Meridians looked at to either side: at 84 N a square of 100 km is wider than a zone."""
_REFERENCE: Final = re.compile(r"(\d{1,2})([A-Z])([A-Z])([A-Z])(?:(\d*)|(\d+)[ ]+(\d+))")


class MgrsSquare(NamedTuple):
    """What a reference names: a square, by its middle in WGS 84 degrees and its side in metres."""

    lon: float
    lat: float
    side_m: int


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


def from_mgrs(text: str) -> MgrsSquare:
    """Return the square that a reference names, in WGS 84 degrees (EPSG:4326).

    Parameters
    ----------
    text
        Zone, band, two letters of the square, and as many digits east as north, with or without
        blanks: ``36UXB 5874 7347`` or ``36uxb58747347``.

    Raises
    ------
    ValueError
        With what is wrong: the form, a letter that the grid does not use, the polar grid, a square
        that lies outside its zone or band.

    Examples
    --------
    >>> from_mgrs("36UXB 5874 7347").side_m
    10
    """
    zone, band, column, row, digits = _parts(text)
    if not 1 <= zone <= 60:
        raise ValueError(f"there is no zone {zone}; accepted: 1 to 60")
    if band in "ABYZ":
        raise ValueError(f"band {band} is the polar grid (UPS), which is not supported")
    if band not in BANDS:
        raise ValueError(f"there is no band {band}; accepted: C to X without I and O")
    size = len(digits) // 2
    side_m = 10 ** (_MOST_DIGITS - size)
    east_m = _column_m(zone, column) + int(digits[:size] or 0) * side_m
    north_m = _row_m(zone, row) + int(digits[size:] or 0) * side_m
    lon, lat = _in_band(zone, band, east_m + side_m / 2, north_m + side_m / 2, side_m)
    return MgrsSquare(lon, lat, side_m)


def _parts(text: str) -> tuple[int, str, str, str, str]:
    plain = " ".join(text.upper().split())
    joined = re.sub(r"(?<=[A-Z]) | (?=[A-Z])", "", plain)
    found = _REFERENCE.fullmatch(joined)
    if not found:
        raise ValueError("a grid reference is e.g. 36UXB 5874 7347")
    zone, band, column, row, digits, east, north = found.groups()
    if east is not None and len(east) != len(north):
        raise ValueError(f"{len(east)} digits east and {len(north)} north; give as many of each")
    digits = digits if east is None else east + north
    if len(digits) % 2 or len(digits) > 2 * _MOST_DIGITS:
        raise ValueError(f"{len(digits)} digits; accepted: 2, 4, 6, 8 or 10, half of them east")
    return int(zone), band, column, row, digits


def _square(zone: int, easting_m: int, northing_m: int) -> str:
    """Return the two letters of the 100 km square."""
    column = _COLUMNS[(zone - 1) % 3][easting_m // _SQUARE_M - 1]
    return column + _ROWS[(northing_m // _SQUARE_M + _row_shift(zone)) % len(_ROWS)]


def _row_shift(zone: int) -> int:
    return 5 if zone % 2 == 0 else 0


def _column_m(zone: int, letter: str) -> int:
    columns = _COLUMNS[(zone - 1) % 3]
    if letter not in columns:
        raise ValueError(f"zone {zone} has no column {letter}; accepted: {columns}")
    return (columns.index(letter) + 1) * _SQUARE_M


def _row_m(zone: int, letter: str) -> int:
    """Return the northing of a row in the first cycle of the letters."""
    if letter not in _ROWS:
        raise ValueError(f"there is no row {letter}; accepted: A to V without I and O")
    return (_ROWS.index(letter) - _row_shift(zone)) % len(_ROWS) * _SQUARE_M


def _in_band(
    zone: int, band: str, east_m: float, north_m: float, side_m: int
) -> tuple[float, float]:
    """Return the point of all cycles of the rows that lies in the band, within half a square."""
    south_deg, north_deg = band_edges_deg(band)
    slack_deg = side_m / _METRES_PER_DEGREE
    for cycle in range(5):
        lon, lat = unproject(zone, east_m, north_m + cycle * _CYCLE_M, south=band < "N")
        in_band = south_deg - slack_deg <= lat <= north_deg + slack_deg
        if in_band and _in_zone(zone, lon, lat, (south_deg, north_deg), side_m):
            return lon, lat
    raise ValueError(f"the square lies outside {zone}{band}; check zone, band and letters")


def _in_zone(
    zone: int, lon: float, lat: float, edges_deg: tuple[float, float], side_m: int
) -> bool:
    """Say whether the zone reaches within the square's side of its middle."""
    inner = min(max(lat, edges_deg[0]), edges_deg[1] - 1e-9)
    reach = side_m / (_METRES_PER_DEGREE * cos(radians(inner)))
    around = (lon + reach * step / _LOOKS for step in range(-_LOOKS, _LOOKS + 1))
    return any(zone_of(wrap_deg(at), inner) == zone for at in around)
