"""Corridors as GPX 1.1 for hand-held receivers and navigation programs.

One track per option and one track segment per side; way points for hand-overs and fall-backs.
Positions are WGS 84 degrees, as GPX 1.1 defines them: longitude from -180 to less than 180.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from safepassage._version import __version__
from safepassage.adapters.export_words import (
    DECIMALS,
    add_text,
    clean,
    fall_back_words,
    fall_backs_of,
    hand_over_words,
    hand_overs_of,
    marks,
    notice,
    summary,
)
from safepassage.core.corridor.types import (
    CorridorOption,
    CorridorSegment,
    NamedSegment,
    RoadNetwork,
)
from safepassage.core.geo.antimeridian import split_line

NAMESPACE: Final = "http://www.topografix.com/GPX/1/1"
SCHEMA: Final = "http://www.topografix.com/GPX/1/1/gpx.xsd"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"


def corridors_gpx(
    options: Sequence[CorridorOption],
    network: RoadNetwork,
    title: str,
    *,
    segments: Sequence[NamedSegment] = (),
    exercise: bool = False,
) -> bytes:
    """Return a GPX 1.1 document with one track per option and one track segment per side.

    A track segment that passes 180 degrees of longitude is cut there.

    Parameters
    ----------
    network
        Its attribution and, where it is schematic, the label go into the metadata and into the
        description of each track.
    title
        Name of the document.
    segments
        Whose hand-over points become way points; so do the options' fall-backs.
    exercise
        Marks the document, each track and each way point as one of an exercise.
    """
    root = ET.Element(
        "gpx",
        {
            "version": "1.1",
            "creator": f"safepassage {__version__}",
            "xmlns": NAMESPACE,
            "xmlns:xsi": _XSI,
            "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}",
        },
    )
    said, mark = notice(network, exercise=exercise), marks(network, exercise=exercise)
    metadata = ET.SubElement(root, "metadata")
    add_text(metadata, "name", title)
    add_text(metadata, "desc", said)
    ET.SubElement(metadata, "copyright", {"author": clean(network.attribution)})
    for number, point in enumerate(hand_overs_of(segments), 1):
        words = f"{hand_over_words(point)} {said}"
        _add_way_point(root, (point.lon, point.lat), f"Hand-over {number}{mark}", words)
    for item in fall_backs_of(options):
        words = f"{fall_back_words(item)} {said}"
        _add_way_point(root, (item.lon, item.lat), f"{item.name}{mark}", words)
    for option in options:
        _add_track(root, option, mark, said)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def write_gpx(
    options: Sequence[CorridorOption],
    network: RoadNetwork,
    title: str,
    path: Path,
    *,
    segments: Sequence[NamedSegment] = (),
    exercise: bool = False,
) -> None:
    """Write what :func:`corridors_gpx` returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = corridors_gpx(options, network, title, segments=segments, exercise=exercise)
    path.write_bytes(document)


def _add_way_point(root: ET.Element, point: tuple[float, float], name: str, words: str) -> None:
    element = ET.SubElement(root, "wpt", _position(point))
    add_text(element, "name", name)
    add_text(element, "desc", words)


def _add_track(root: ET.Element, option: CorridorOption, mark: str, said: str) -> None:
    track = ET.SubElement(root, "trk")
    add_text(track, "name", f"{option.option_id} {option.from_place} - {option.to_place}{mark}")
    add_text(track, "cmt", option.reason)
    add_text(track, "desc", f"{summary(option)} {said}")
    add_text(track, "type", option.profile.vehicle_class.value)
    for segment in option.segments:
        _add_segment(track, segment)


def _add_segment(track: ET.Element, segment: CorridorSegment) -> None:
    for part in split_line(segment.shape):
        element = ET.SubElement(track, "trkseg")
        for point in part:
            ET.SubElement(element, "trkpt", _position(point))


def _position(point: tuple[float, float]) -> dict[str, str]:
    """Return a position; 180 degrees east is written as west, which is the same meridian."""
    lon = round(point[0], DECIMALS)
    lon = -180.0 if lon >= 180.0 else lon
    return {"lat": f"{point[1]:.{DECIMALS}f}", "lon": f"{lon:.{DECIMALS}f}"}
