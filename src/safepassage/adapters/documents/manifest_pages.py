"""A manifest on paper: A4 landscape, heads in every language of the operation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer

from safepassage.adapters.documents.common import (
    Content,
    content_digest,
    in_languages,
    languages_of,
    show_clock,
    show_digest,
    show_moment,
    show_place,
)
from safepassage.adapters.documents.layout import (
    CENTRED,
    QUIET,
    RULE,
    SHADE,
    QrCode,
    by_hand,
    content_width_mm,
    fact,
    grid,
    heads,
    place_cell,
    plain,
    text,
    titles,
    write_pdf,
)
from safepassage.adapters.documents.manifest import NEED_CODES
from safepassage.adapters.documents.marks import banner_words, page_frame, qr_text
from safepassage.core.agreement.wording import msg
from safepassage.scenario.types import Scenario

Words = Callable[[str], tuple[str, ...]]

COLUMNS = (
    (msg("No."), 9.0),
    (msg("Token"), 25.0),
    (msg("Group"), 15.0),
    (msg("Seated"), 18.0),
    (msg("Wheelchair"), 19.0),
    (msg("Stretcher"), 19.0),
    (msg("Children among them"), 22.0),
    (msg("Needs"), 18.0),
    (msg("Travels with"), 25.0),
    (msg("Reception centre"), 42.0),
    (msg("Boarded"), 21.0),
    (msg("Remarks"), 40.0),
)
"""(head, width in mm); the widths add up to the width between the margins."""

COUNTS = frozenset({"No.", "Group", "Seated", "Wheelchair", "Stretcher", "Children among them"})
"""Columns whose cells are centred."""

NEED_WORDS = {
    "wheelchair": msg("wheelchair"),
    "stretcher": msg("stretcher"),
    "medical_escort": msg("medical escort"),
    "pregnant": msg("pregnant"),
    "separated_child": msg("separated child"),
    "alone_older": msg("older person alone"),
    "animals": msg("animals"),
}


def write_manifest_pdf(path: Path, content: Content, scenario: Scenario) -> Path:
    """Write the PDF of a manifest's content and return its path."""
    languages = languages_of(scenario)

    def words(message: str) -> tuple[str, ...]:
        return in_languages(message, languages)

    digest = content_digest(content)
    banners = banner_words(
        content["document"]["exercise"], [content["trip"]["window_state"]], words
    )
    frame = page_frame(
        words(msg("Manifest")), content["document"], digest, banners, words, wide=True
    )
    story = [
        _opening(content, digest, words),
        Spacer(0, 3 * mm),
        _people(content, words),
        Spacer(0, 3 * mm),
        KeepTogether([_hands(words), Spacer(0, 2 * mm), *_legend(words)]),
    ]
    return write_pdf(path, frame, story)


def _opening(content: Content, digest: str, words: Words) -> Any:
    document, trip = content["document"], content["trip"]
    zone = document["timezone"]
    left = (
        (msg("Operation"), document["operation"]),
        (msg("Document"), f"{document['number']} · {show_moment(document['issued_at'], zone)}"),
        (msg("Trip"), f"{trip['trip_id']} · {trip['window_id']}"),
        (msg("Vehicle"), f"{trip['vehicle_type']} · {trip['vehicle_id']}"),
    )
    right = (
        (msg("Leaves"), f"{show_place(trip['origin'])}, {show_moment(trip['departs'], zone)}"),
        (
            msg("At the crossing"),
            f"{show_place(trip['crossing'])}, {show_moment(trip['crossing_arrive'], zone)}",
        ),
        (msg("Across by"), show_moment(trip["crossing_through"], zone)),
        (msg("Not later than"), show_moment(trip["last_through"], zone)),
    )
    qr_mm = 34.0
    width = content_width_mm(wide=True) - qr_mm
    facts = plain([[_facts(left, words), _facts(right, words)]], [width / 2] * 2)
    below = text(f"SHA-256 {show_digest(digest)}", 6.5, textColor=QUIET)
    block = [*titles(words(msg("Manifest"))), Spacer(0, 1.5 * mm), facts, below]
    return plain([[block, QrCode(qr_text(document, digest), 32)]], [width, qr_mm])


def _facts(pairs: tuple[tuple[str, str], ...], words: Words) -> list[Any]:
    return [line for label, value in pairs for line in fact(words(label), value)]


def _people(content: Content, words: Words) -> Any:
    zone = content["document"]["timezone"]
    rows: list[list[Any]] = [
        [heads(words(head), 6.2, **_alignment(head)) for head, _width in COLUMNS]
    ]
    commands: list[tuple[Any, ...]] = []
    for number, stop in enumerate(content["stops"], 1):
        here = len(rows)
        commands += [("SPAN", (0, here), (-1, here)), _shade(here)]
        commands.append(("NOSPLIT", (0, here), (-1, here + 1)))
        rows.append([_stop_words(number, stop, zone, words), *[""] * (len(COLUMNS) - 1)])
        rows += [_line(line) for line in stop["lines"]]
        commands += _roomy(here + 1, len(rows) - 1)
    last = len(rows)
    commands += [("LINEABOVE", (0, last), (-1, last), 0.8, QUIET)]
    commands.append(("NOSPLIT", (0, last - 1), (-1, last)))
    rows.append(_total(content["total"], words))
    return grid(rows, [width for _head, width in COLUMNS], commands=commands)


def _roomy(first: int, last: int) -> list[tuple[Any, ...]]:
    """Return the commands that leave lines high enough to be written on."""
    return [
        ("TOPPADDING", (0, first), (-1, last), 2),
        ("BOTTOMPADDING", (0, first), (-1, last), 2.5),
        ("LINEBEFORE", (-2, first), (-1, last), 0.4, RULE),
    ]


def _alignment(head: str) -> dict[str, Any]:
    return CENTRED if head in COUNTS else {}


def _shade(row: int) -> tuple[Any, ...]:
    return ("BACKGROUND", (0, row), (-1, row), SHADE)


def _stop_words(number: int, stop: Content, zone: str, words: Words) -> Any:
    label = " / ".join(words(msg("Pick-up")))
    arrive, leave = show_moment(stop["arrive"], zone), show_clock(stop["depart"], zone)
    until = " / ".join(words(msg("leaves at")))
    place = show_place(stop["place"])
    return text(f"{label} {number}: {place} — {arrive}; {until} {leave}", 8.5, bold=True)


def _line(line: Content) -> list[Any]:
    counts = [line["seated"], line["wheelchair"], line["stretcher"], line.get("children")]
    return [
        text(str(line["serial"]), **CENTRED),
        text(line["token"], 9, bold=True),
        text(str(line["group"]), **CENTRED),
        *(text("" if count is None else str(count), 9, **CENTRED) for count in counts),
        text(" ".join(line["needs"]), 9, bold=True),
        text(line["travels_with"], 8),
        place_cell(line["centre"], onward=line["onward_vehicle"]) if line["centre"] else "",
        "",
        "",
    ]


def _total(total: Content, words: Words) -> list[Any]:
    counts = [total["seated"], total["wheelchair"], total["stretcher"]]
    persons = " / ".join(words(msg("persons")))
    return [
        "",
        heads(words(msg("Total")), 6.2),
        "",
        *(text(str(count), 9, bold=True, **CENTRED) for count in counts),
        "",
        "",
        "",
        text(f"{total['persons']} {persons}", 8, bold=True),
        "",
        "",
    ]


def _hands(words: Words) -> Any:
    """Return the hand-over block: both hands count and sign, before the leg and after."""
    columns = (
        (msg("Hand-over"), 88.0),
        (msg("Time"), 20.0),
        (msg("Aboard before"), 22.0),
        (msg("Boarded"), 20.0),
        (msg("Alighted"), 20.0),
        (msg("Aboard after"), 22.0),
        (msg("Handed over by (role, signature)"), 40.5),
        (msg("Received by (role, signature)"), 40.5),
    )
    places = (msg("After the last pick-up"), msg("At the crossing, before the check"),
              msg("Across, to the onward vehicle"))  # fmt: skip
    rows = [[heads(words(head), 6.2) for head, _width in columns]]
    rows += [[text(" · ".join(words(place)), 6.8), *[""] * 7] for place in places]
    widths = [width for _head, width in columns]
    heights = [None, *[8 * mm] * len(places)]
    return grid(rows, widths, commands=[by_hand(0)], row_heights=heights)


def _legend(words: Words) -> list[Any]:
    codes = ";  ".join(f"{code} = {' / '.join(words(NEED_WORDS[n]))}" for n, code in NEED_CODES)
    codes += f";  > = {' / '.join(words(msg('onward vehicle')))}"
    rules = (
        msg("No names on this paper: a token stands for a household on this document only."),
        msg("Lines with the same group number ride together. Counts that differ stop the vehicle."),
        msg("Everybody may refuse to board, or get off, at any time."),
    )
    notes = [text(" · ".join(words(rule)), 6.8) for rule in rules]
    return [text(codes, 6.8), *notes]
