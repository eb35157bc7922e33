"""A position as somebody typed it or heard it over a radio, read without a guess.

Read are decimal degrees, degrees with minutes and seconds, UTM and MGRS, all on WGS 84 (EPSG:4326).
Two bare numbers are latitude first, longitude second, as in ISO 6709; they are never exchanged,
also where only the other order would make sense.
"""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

from safepassage.core.geo.mgrs import from_mgrs
from safepassage.core.geo.utm import BANDS, band_edges_deg, band_of, from_utm
from safepassage.errors import UsageError

ACCEPTED: Final = (
    "write 51.19061, 35.27175 (latitude first), 51°11'26\"N 35°16'18\"E, "
    "36U 658743 5673477 (UTM) or 36UXB 5874 7347 (MGRS)."
)

_LIMIT: Final = {"latitude": 90.0, "longitude": 180.0}
_AXIS: Final = {"N": "latitude", "S": "latitude", "E": "longitude", "W": "longitude"}
_WORDS: Final = {
    "С.Ш.": "N", "Ю.Ш.": "S", "В.Д.": "E", "З.Д.": "W",
    "ПН.Ш.": "N", "ПД.Ш.": "S", "СХ.Д.": "E", "ЗХ.Д.": "W",
    "LATITUDE": "LAT", "LONGITUDE": "LON", "LNG": "LON",
}  # fmt: skip
"""Other ways of writing an axis, in capitals; Russian and Ukrainian maps abbreviate so."""

_SIGNS: Final = str.maketrans({
    "º": "°", "˚": "°", "′": "'", "’": "'", "ʹ": "'", "‘": "'", "`": "'", "″": '"', "”": '"',
    "“": '"', "ʺ": '"', "−": "-", "–": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
})  # fmt: skip

_SLACK_DEG: Final = 0.02
"""A position may lie so far outside the band it names: bands are read off a map's edge."""

_NUMBER: Final = r"\d+(?:\.\d+)?"
_BARE: Final = re.compile(rf"([+-]?{_NUMBER})\s*°?(?:\s*[,;]\s*|\s+)([+-]?{_NUMBER})\s*°?")
_KEYED: Final = re.compile(
    rf"(LAT|LON)\s*[:=]?\s*([+-]?{_NUMBER})\s*°?\s*[,;]?\s*(LAT|LON)\s*[:=]?\s*([+-]?{_NUMBER})\s*°?"
)
_ANGLE: Final = (
    rf"({_NUMBER})(?:\s*°\s*|\s+|$|(?=[NSEW]))(?:({_NUMBER})(?:\s*'\s*|\s+|$|(?=[NSEW])))?"
    rf"(?:({_NUMBER})\s*(?:\"|'')?\s*)?"
)
_AFTER: Final = re.compile(rf"([+-]?){_ANGLE}\s*([NSEW])\s*[,;]?\s*([+-]?){_ANGLE}\s*([NSEW])")
_BEFORE: Final = re.compile(rf"([NSEW])\s*([+-]?){_ANGLE}\s*[,;]?\s*([NSEW])\s*([+-]?){_ANGLE}")
_UTM: Final = re.compile(
    rf"(?:UTM\s*)?(\d{{1,2}})\s*([A-Z]|NORTH|SOUTH)[\s,;]+E?\s*({_NUMBER})\s*(?:ME|M|E)?"
    rf"[\s,;]+N?\s*({_NUMBER})\s*(?:MN|M|N)?"
)
_MGRS: Final = re.compile(r"(?:MGRS\s*)?(\d{1,2}\s*[A-Z]\s*[A-Z]\s*[A-Z][\s\d]*)")


class _Angle(NamedTuple):
    """An angle as written: the sign, up to three numbers and the letter."""

    sign: str
    degrees: str
    minutes: str | None
    seconds: str | None
    letter: str


def parse_position(text: str) -> tuple[float, float]:
    r"""Return the WGS 84 longitude and latitude in degrees (EPSG:4326) of a written position.

    Parameters
    ----------
    text
        Decimal degrees (``51.19, 35.27``, latitude first; ``35.27E 51.19N`` and ``lon=35.27
        lat=51.19`` in any order), degrees with minutes and seconds, UTM with zone and band
        (``36U 658743 5673477``, or ``36 south …``), or an MGRS reference, which gives the middle of
        its square.

    Raises
    ------
    UsageError
        With a sentence that says what was found and what is accepted. A decimal comma is refused,
        since it may stand between two numbers; so are two latitudes, a latitude beyond 90 degrees
        and the letter S of UTM where it may mean the band as well as the south.

    Examples
    --------
    >>> parse_position("51.19061, 35.27175")
    (35.27175, 51.19061)
    >>> parse_position("51°11'24\"N 35°16'12\"E")
    (35.27, 51.19)
    >>> parse_position("lon=135.27175 lat=51.19061")
    (135.27175, 51.19061)
    """
    try:
        return _read(_plain(text))
    except ValueError as error:
        raise UsageError(f"'{text.strip()}': {error}") from error


def _plain(text: str) -> str:
    """Return the text in capitals, with one way of writing each sign."""
    plain = " ".join(text.translate(_SIGNS).upper().split())
    for word, short in _WORDS.items():
        plain = plain.replace(word, short)
    return plain


def _read(text: str) -> tuple[float, float]:
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        raise ValueError(f"may be one number with a decimal comma; {ACCEPTED}")
    for form, reader in (
        (_BARE, _bare), (_KEYED, _keyed), (_MGRS, _mgrs), (_UTM, _utm),
        (_AFTER, _letters_after), (_BEFORE, _letters_before),
    ):  # fmt: skip
        found = form.fullmatch(text)
        if found:
            return reader(*found.groups())
    raise ValueError(f"is no position that can be read; {_hint(text)}{ACCEPTED}")


def _hint(text: str) -> str:
    if re.fullmatch(r"[A-Z]{2}[\s\d]+", text):
        return "a grid reference needs its zone and band before the letters of the square; "
    if any("А" <= letter <= "Я" for letter in text):
        return "letters of a grid are Latin ones; "
    if re.search(r"\d,\d", text):
        return "use a point, not a comma, in decimals; "
    return ""


def _bare(first: str, second: str) -> tuple[float, float]:
    latitude, longitude = float(first), float(second)
    if abs(latitude) > _LIMIT["latitude"] and abs(longitude) <= _LIMIT["latitude"]:
        raise ValueError(
            f"the first of two numbers is the latitude, and there is no latitude {first}; "
            f"if it is the longitude, say so: lon={first} lat={second}."
        )
    return _point(latitude=latitude, longitude=longitude)


def _keyed(first: str, value: str, second: str, other: str) -> tuple[float, float]:
    if first == second:
        raise ValueError(f"{first.lower()} stands twice; give lat and lon once each.")
    given = {first: float(value), second: float(other)}
    return _point(latitude=given["LAT"], longitude=given["LON"])


def _letters_after(*parts: str) -> tuple[float, float]:
    return _angles(_Angle._make(parts[:5]), _Angle._make(parts[5:]))


def _letters_before(*parts: str) -> tuple[float, float]:
    first, second = parts[:5], parts[5:]
    return _angles(_Angle._make((*first[1:], first[0])), _Angle._make((*second[1:], second[0])))


def _angles(*angles: _Angle) -> tuple[float, float]:
    axes = [_AXIS[angle.letter] for angle in angles]
    if axes[0] == axes[1]:
        raise ValueError(f"holds two {axes[0]}s; give one latitude (N or S) and one longitude.")
    given = {axis: _degrees(angle) for axis, angle in zip(axes, angles, strict=True)}
    return _point(latitude=given["latitude"], longitude=given["longitude"])


def _degrees(angle: _Angle) -> float:
    if angle.sign:
        raise ValueError(f"has a sign and the letter {angle.letter}; give one of the two.")
    given = [part for part in (angle.degrees, angle.minutes, angle.seconds) if part is not None]
    if any("." in part for part in given[:-1]):
        raise ValueError("only the last of degrees, minutes and seconds may have decimals.")
    values = [float(part) for part in given]
    if any(value >= 60 for value in values[1:]):
        raise ValueError("minutes and seconds are less than 60.")
    total = math.fsum(value / 60.0**power for power, value in enumerate(values))
    return round(-total if angle.letter in "SW" else total, 12)


def _point(*, latitude: float, longitude: float) -> tuple[float, float]:
    for axis, value in (("latitude", latitude), ("longitude", longitude)):
        limit = _LIMIT[axis]
        if abs(value) > limit:
            raise ValueError(f"there is no {axis} {value:g}; accepted: -{limit:g} to {limit:g}.")
    return longitude, latitude


def _mgrs(reference: str) -> tuple[float, float]:
    try:
        square = from_mgrs(reference)
    except ValueError as error:
        raise ValueError(f"{error}.") from error
    return round(square.lon, 7), round(square.lat, 7)


def _utm(zone: str, side: str, easting: str, northing: str) -> tuple[float, float]:
    try:
        lon, lat = _unprojected(int(zone), side, float(easting), float(northing))
    except ValueError as error:
        raise ValueError(f"{error}.") from error
    return round(lon, 7), round(lat, 7)


def _unprojected(zone: int, side: str, easting_m: float, northing_m: float) -> tuple[float, float]:
    if side in ("NORTH", "SOUTH"):
        return from_utm(zone, easting_m, northing_m, south=side == "SOUTH")
    if side not in BANDS:
        raise ValueError(f"there is no band {side}; accepted: C to X without I and O")
    if side == "S":
        return _letter_s(zone, easting_m, northing_m)
    lon, lat = from_utm(zone, easting_m, northing_m, south=side < "N")
    if side != "N" and not _near_band(side, lat):
        raise ValueError(
            f"latitude {lat:.2f} lies in band {band_of(lat)}, not {side}; check the numbers"
        )
    return lon, lat


def _letter_s(zone: int, easting_m: float, northing_m: float) -> tuple[float, float]:
    """Read the letter S, the band of 32 to 40 N or the southern hemisphere, if only one fits."""
    north = from_utm(zone, easting_m, min(northing_m, 9_300_000.0), south=False)
    if not _near_band("S", north[1]):
        return from_utm(zone, easting_m, northing_m, south=True)
    raise ValueError(
        f"S may be the band of 32 to 40 N or the south; write '{zone} north' or '{zone} south'"
    )


def _near_band(band: str, lat: float) -> bool:
    south, north = band_edges_deg(band)
    return south - _SLACK_DEG <= lat <= north + _SLACK_DEG
