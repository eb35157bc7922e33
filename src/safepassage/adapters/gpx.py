"""Corridors as GPX 1.1 tracks for hand-held receivers and navigation programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from safepassage._version import __version__
from safepassage.adapters.geojson import DECIMALS, SCHEMATIC_LABEL
from safepassage.core.corridor.types import CorridorOption, CorridorSegment, RoadNetwork
from safepassage.units import format_duration

NAMESPACE: Final = "http://www.topografix.com/GPX/1/1"
SCHEMA: Final = "http://www.topografix.com/GPX/1/1/gpx.xsd"
_NOT_IN_XML: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""Characters that XML 1.0 (§2.2) cannot hold; one in a title would make the file unreadable."""
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"


def corridors_gpx(options: Sequence[CorridorOption], network: RoadNetwork, title: str) -> bytes:
    """Return a GPX 1.1 document with one track per option and one track segment per side.

    Parameters
    ----------
    network
        Its attribution and, where it is schematic, the label go into the metadata and into the
        description of each track.
    title
        Name of the document.
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
    metadata = ET.SubElement(root, "metadata")
    _text(metadata, "name", title)
    _text(metadata, "desc", _notice(network))
    ET.SubElement(metadata, "copyright", {"author": _NOT_IN_XML.sub("", network.attribution)})
    for option in options:
        _add_track(root, option, network)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def write_gpx(
    options: Sequence[CorridorOption], network: RoadNetwork, title: str, path: Path
) -> None:
    """Write what :func:`corridors_gpx` returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(corridors_gpx(options, network, title))


def _notice(network: RoadNetwork) -> str:
    parts = [SCHEMATIC_LABEL] if network.schematic else []
    parts += [f"Roads: {network.attribution}."] if network.attribution else []
    return " ".join([*parts, "Distances and times are planned, not promised."])


def _add_track(root: ET.Element, option: CorridorOption, network: RoadNetwork) -> None:
    track = ET.SubElement(root, "trk")
    label = " (schematic)" if network.schematic else ""
    _text(track, "name", f"{option.option_id} {option.from_place} - {option.to_place}{label}")
    _text(track, "cmt", option.reason)
    _text(track, "desc", f"{_summary(option)} {_notice(network)}")
    _text(track, "type", option.profile.vehicle_class.value)
    for segment in option.segments:
        _add_segment(track, segment)


def _summary(option: CorridorOption) -> str:
    oldest = f" Oldest fact: {option.oldest_fact}." if option.oldest_fact else ""
    return (
        f"{option.length_m / 1000:.1f} km, {format_duration(option.travel_time_s)}, "
        f"exposure {option.exposure:.4g}.{oldest}"
    )


def _add_segment(track: ET.Element, segment: CorridorSegment) -> None:
    element = ET.SubElement(track, "trkseg")
    for lon, lat in segment.shape:
        position = {"lat": f"{lat:.{DECIMALS}f}", "lon": f"{lon:.{DECIMALS}f}"}
        ET.SubElement(element, "trkpt", position)


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _NOT_IN_XML.sub("", text)
