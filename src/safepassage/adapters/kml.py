"""Corridors as KML 2.2 (OGC 07-147r2) for earth browsers and phone maps.

A folder for the areas in force and one per option; positions are WGS 84, longitude first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from safepassage.adapters.export_words import (
    DECIMALS,
    add_text,
    fall_back_words,
    fall_backs_of,
    hand_over_words,
    hand_overs_of,
    marks,
    notice,
    summary,
)
from safepassage.adapters.way_shapes import closure_lines, way_lines
from safepassage.core.corridor.types import (
    Closure,
    ControlArea,
    CorridorOption,
    Hazard,
    NamedSegment,
    RoadNetwork,
)
from safepassage.core.geo.antimeridian import split_line, split_polygons
from safepassage.core.geo.frame import Polygons

NAMESPACE: Final = "http://www.opengis.net/kml/2.2"

_LINES: Final = (
    ("way0", "ff8f5200"), ("way1", "ff004ac2"), ("way2", "ff5a7900"), ("way3", "ff983f7a"),
    ("way4", "ff00566b"), ("way5", "ff30241b"),
)  # fmt: skip
"""Style and colour (alpha, blue, green, red) of the ways, as on the map."""
_AREAS: Final = (
    ("control", "ff99622d", "30c89a70"), ("hazard", "ff1b1ba6", "401b1ba6"),
    ("closed", "ff30241b", "4030241b"),
)  # fmt: skip


def corridors_kml(
    options: Sequence[CorridorOption],
    network: RoadNetwork,
    title: str,
    control: Sequence[ControlArea] = (),
    hazards: Sequence[Hazard] = (),
    *,
    closures: Sequence[Closure] = (),
    segments: Sequence[NamedSegment] = (),
    exercise: bool = False,
) -> bytes:
    """Return a KML 2.2 document.

    Parameters
    ----------
    network
        Its attribution and label stand in the document and in each placemark.
    control, hazards
        Areas in force, in a folder of their own.
    closures
        What is shut at that date, in a folder of its own; one of a place has no ground.
    segments
        Whose hand-over points are marked.
    exercise
        Marks the document and each placemark as part of an exercise.
    """
    root = ET.Element("kml", {"xmlns": NAMESPACE})
    document = ET.SubElement(root, "Document")
    said = notice(network, exercise=exercise)
    mark = marks(network, exercise=exercise)
    add_text(document, "name", f"{title}{mark}")
    add_text(document, "description", said)
    _add_styles(document)
    if control or hazards:
        folder = _folder(document, f"Control and hazards{mark}")
        _add_control(folder, control, mark, said)
        _add_hazards(folder, hazards, network, mark, said)
    _add_closures(document, closures, network, mark, said)
    for rank, option in enumerate(options):
        _add_option(document, option, f"#way{rank % len(_LINES)}", mark, said)
    _add_points(document, options, segments, mark, said)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def write_kml(
    options: Sequence[CorridorOption],
    network: RoadNetwork,
    title: str,
    path: Path,
    control: Sequence[ControlArea] = (),
    hazards: Sequence[Hazard] = (),
    *,
    closures: Sequence[Closure] = (),
    segments: Sequence[NamedSegment] = (),
    exercise: bool = False,
) -> None:
    """Write what :func:`corridors_kml` returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = corridors_kml(
        options, network, title, control, hazards,
        closures=closures, segments=segments, exercise=exercise,
    )  # fmt: skip
    path.write_bytes(document)


def _add_styles(document: ET.Element) -> None:
    for name, colour in _LINES:
        style = ET.SubElement(document, "Style", {"id": name})
        line = ET.SubElement(style, "LineStyle")
        add_text(line, "color", colour)
        add_text(line, "width", "4")
    for name, edge, fill in _AREAS:
        style = ET.SubElement(document, "Style", {"id": name})
        add_text(ET.SubElement(style, "LineStyle"), "color", edge)
        add_text(ET.SubElement(style, "PolyStyle"), "color", fill)


def _folder(document: ET.Element, name: str) -> ET.Element:
    folder = ET.SubElement(document, "Folder")
    add_text(folder, "name", name)
    return folder


def _placemark(parent: ET.Element, name: str, words: str, style: str = "") -> ET.Element:
    element = ET.SubElement(parent, "Placemark")
    add_text(element, "name", name)
    add_text(element, "description", words)
    if style:
        add_text(element, "styleUrl", style)
    return element


def _add_control(folder: ET.Element, control: Sequence[ControlArea], mark: str, said: str) -> None:
    for area in control:
        words = f"Since {area.valid_from.isoformat()}; {area.basis.value}; {area.source}. {said}"
        _add_polygons(_placemark(folder, f"{area.holder}{mark}", words, "#control"), area.polygons)


def _add_hazards(
    folder: ET.Element, hazards: Sequence[Hazard], network: RoadNetwork, mark: str, said: str
) -> None:
    for hazard in hazards:
        name = f"{hazard.kind.value.replace('_', ' ')}{mark}"
        words = f"Observed {hazard.observed_at.isoformat()}; {hazard.source}. {said}"
        element = _placemark(folder, name, words, "#hazard")
        lines = (hazard.line,) if hazard.line else way_lines(network, hazard.way_ids)
        if hazard.polygons:
            _add_polygons(element, hazard.polygons)
        else:
            _add_lines(element, lines)


def _add_closures(
    document: ET.Element, closures: Sequence[Closure], network: RoadNetwork, mark: str, said: str
) -> None:
    drawn = [(closure, closure_lines(network, closure)) for closure in closures]
    drawn = [(closure, lines) for closure, lines in drawn if lines]
    if not drawn:
        return
    folder = _folder(document, f"Closed{mark}")
    for closure, lines in drawn:
        bound = f" for {', '.join(sorted(closure.classes))}" if closure.classes else ""
        words = f"Closed{bound}; {closure.source}. {said}"
        element = _placemark(folder, f"{closure.closure_id}{mark}", words, "#closed")
        if closure.polygons:
            _add_polygons(element, closure.polygons)
        else:
            _add_lines(element, lines)


def _add_option(
    document: ET.Element, option: CorridorOption, style: str, mark: str, said: str
) -> None:
    folder = _folder(document, f"{option.option_id} {option.from_place} - {option.to_place}{mark}")
    add_text(folder, "description", f"{summary(option)} {option.reason} {said}")
    for number, segment in enumerate(option.segments, 1):
        side = segment.side or "nobody known"
        words = f"{segment.length_m / 1000:.1f} km, side: {side}. {said}"
        name = f"{option.option_id}-{number}{mark}"
        _add_line(_placemark(folder, name, words, style), segment.shape)


def _add_points(
    document: ET.Element,
    options: Sequence[CorridorOption],
    segments: Sequence[NamedSegment],
    mark: str,
    said: str,
) -> None:
    for number, point in enumerate(hand_overs_of(segments), 1):
        words = f"{hand_over_words(point)} {said}"
        element = _placemark(document, f"Hand-over {number}{mark}", words)
        _add_point(element, (point.lon, point.lat))
    for item in fall_backs_of(options):
        element = _placemark(document, f"{item.name}{mark}", f"{fall_back_words(item)} {said}")
        _add_point(element, (item.lon, item.lat))


def _add_point(parent: ET.Element, point: tuple[float, float]) -> None:
    add_text(ET.SubElement(parent, "Point"), "coordinates", _coordinates([point]))


def _add_line(parent: ET.Element, points: Sequence[tuple[float, float]]) -> None:
    _add_lines(parent, (points,))


def _add_lines(parent: ET.Element, lines: Sequence[Sequence[tuple[float, float]]]) -> None:
    parts = [part for line in lines for part in split_line(line)]
    holder = parent if len(parts) == 1 else ET.SubElement(parent, "MultiGeometry")
    for part in parts:
        line = ET.SubElement(holder, "LineString")
        add_text(line, "tessellate", "1")
        add_text(line, "coordinates", _coordinates(part if len(part) > 1 else part * 2))


def _add_polygons(parent: ET.Element, polygons: Polygons) -> None:
    holder = ET.SubElement(parent, "MultiGeometry")
    for shell, *holes in split_polygons(polygons):
        polygon = ET.SubElement(holder, "Polygon")
        add_text(polygon, "tessellate", "1")
        _add_ring(ET.SubElement(polygon, "outerBoundaryIs"), shell)
        for hole in holes:
            _add_ring(ET.SubElement(polygon, "innerBoundaryIs"), hole)


def _add_ring(parent: ET.Element, ring: Sequence[tuple[float, float]]) -> None:
    add_text(ET.SubElement(parent, "LinearRing"), "coordinates", _coordinates(ring))


def _coordinates(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{lon:.{DECIMALS}f},{lat:.{DECIMALS}f}" for lon, lat in points)
