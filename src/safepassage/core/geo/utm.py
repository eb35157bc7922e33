"""Universal Transverse Mercator on WGS 84, both ways.

Source: NGA.STND.0037, "The Universal Grids and the Transverse Mercator and Polar Stereographic Map
Projections" (2014), with its wider zones for south-west Norway and Svalbard; the projection itself
is PROJ's (EPSG:32601 to 32660 and 32701 to 32760). The polar grid (UPS) is not supported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from pyproj import Transformer

BANDS: Final = "CDEFGHJKLMNPQRSTUVWX"
"""Latitude bands of 8 degrees from 80 S on; the last has 12."""
SOUTH_DEG: Final = -80.0
NORTH_DEG: Final = 84.0
_BAND_DEG: Final = 8.0
_EASTING_M: Final = (100_000.0, 900_000.0)
_NORTHING_M: Final = (0.0, 10_000_000.0)
_SVALBARD: Final = ((0, 9, 31), (9, 21, 33), (21, 33, 35), (33, 42, 37))
"""(west, east, zone) of band X between 0 and 42 E."""


@dataclass(frozen=True, slots=True)
class Utm:
    """A position in Universal Transverse Mercator, WGS 84.

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

    @property
    def south(self) -> bool:
        """Whether the position counts its northing from the false origin of the south."""
        return self.band < "N"

    def __str__(self) -> str:
        return f"{self.zone:02d}{self.band} {self.easting_m:.0f} {self.northing_m:.0f}"


def to_utm(lon: float, lat: float) -> Utm:
    """Return the UTM position of a point in WGS 84 degrees (EPSG:4326).

    Raises
    ------
    ValueError
        Outside 80 S to 84 N, where UTM is not defined.

    Examples
    --------
    >>> str(to_utm(35.2717, 51.1906))
    '36U 658741 5673473'
    """
    if not SOUTH_DEG <= lat <= NORTH_DEG:
        raise ValueError(f"latitude {lat} lies outside UTM (80 S to 84 N)")
    lon = wrap_deg(lon)
    zone = zone_of(lon, lat)
    return Utm(zone, band_of(lat), *project(zone, lon, lat, south=lat < 0))


def from_utm(zone: int, easting_m: float, northing_m: float, *, south: bool) -> tuple[float, float]:
    """Return the WGS 84 longitude and latitude in degrees (EPSG:4326) of a UTM position.

    Parameters
    ----------
    zone
        1 to 60.
    easting_m, northing_m
        Metres, false origins included.
    south
        True where the northing counts from the false origin of the southern hemisphere.

    Raises
    ------
    ValueError
        If the numbers are none of UTM: zone, easting of 100 to 900 km, northing of 0 to 10,000 km,
        a latitude of 80 S to 84 N on the side of the equator that `south` says.
    """
    if not 1 <= zone <= 60:
        raise ValueError(f"there is no zone {zone}; accepted: 1 to 60")
    _require("easting", easting_m, _EASTING_M)
    _require("northing", northing_m, _NORTHING_M)
    lon, lat = unproject(zone, easting_m, northing_m, south=south)
    if not SOUTH_DEG - 1e-6 <= lat <= NORTH_DEG + 1e-6:
        raise ValueError(f"the position lies at latitude {lat:.2f}, outside UTM (80 S to 84 N)")
    return lon, lat


def project(zone: int, lon: float, lat: float, *, south: bool) -> tuple[float, float]:
    """Return easting and northing in metres of a point (EPSG:4326) in a zone it may lie beside."""
    easting_m, northing_m = _projection(zone, south).transform(lon, lat)
    return float(easting_m), float(northing_m)


def unproject(
    zone: int, easting_m: float, northing_m: float, *, south: bool
) -> tuple[float, float]:
    """Return what :func:`from_utm` returns, without a look at whether the numbers are any of UTM.

    A square of a grid may reach beyond the edge of the system, and its middle lie outside.
    """
    lon, lat = _projection(zone, south).transform(easting_m, northing_m, direction="INVERSE")
    return wrap_deg(float(lon)), float(lat)


def band_of(lat: float) -> str:
    """Return the letter of the latitude band of a latitude within UTM, degrees."""
    return BANDS[min(int((lat - SOUTH_DEG) // _BAND_DEG), len(BANDS) - 1)]


def band_edges_deg(band: str) -> tuple[float, float]:
    """Return the southern and northern latitude of a band, degrees."""
    south = SOUTH_DEG + _BAND_DEG * BANDS.index(band)
    return south, NORTH_DEG if band == BANDS[-1] else south + _BAND_DEG


def zone_of(lon: float, lat: float) -> int:
    """Return the zone of a point, with the exceptions for south-west Norway and Svalbard.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees, longitude of -180 to 180.
    """
    if 56 <= lat < 64 and 3 <= lon < 12:
        return 32
    if lat >= 72:
        for west, east, zone in _SVALBARD:
            if west <= lon < east:
                return zone
    return int((lon + 180.0) // 6) % 60 + 1


def wrap_deg(lon: float) -> float:
    """Return a longitude of -180 (included) to 180 degrees (not included)."""
    return (lon + 180.0) % 360.0 - 180.0


def _require(name: str, value: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not low <= value <= high:
        raise ValueError(f"{name} {value:.0f} m; accepted: {low:.0f} to {high:.0f}")


@cache
def _projection(zone: int, south: bool) -> Transformer:
    base = 32_700 if south else 32_600
    return Transformer.from_crs("EPSG:4326", f"EPSG:{base + zone}", always_xy=True)
