"""A notification on paper: A4 upright, English and the party's language side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Spacer

from safepassage.adapters.documents.common import (
    Content,
    content_digest,
    in_languages,
    show_clock,
    show_digest,
    show_moment,
    show_place,
    show_zone,
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
from safepassage.adapters.documents.marks import banner_words, page_frame, qr_text
from safepassage.adapters.i18n import LANGUAGE_NAMES
from safepassage.core.agreement.wording import msg

Words = Callable[[str], tuple[str, ...]]

WIDTH = content_width_mm(wide=False)

NATURE = (
    msg(
        "This notification informs both parties, in the same terms and at the same time, of a "
        "movement of civilians who have chosen to leave. It gives numbers, never names."
    ),
    msg(
        "An acknowledgement confirms receipt; it is not an agreement. No answer is no answer: it "
        "is never taken as acceptance."
    ),
)
ACKNOWLEDGE = (
    msg(
        "Acknowledge on the slip at the end, or by any agreed channel: give the number of this "
        "document and read the first four groups of the terms digest aloud. Both parties hold the "
        "same digest; if yours differs, say so at once and nothing moves."
    ),
    msg(
        "Each segment is acknowledged by the local command concerned, by role. A segment that is "
        "not acknowledged is not driven."
    ),
)
SHORT_LEAD = msg(
    "Given {hours} h {minutes} min before the first movement; practice is {practice} h. It is "
    "therefore sent as an emergency notification."
)
LONG_LEAD = msg(
    "Given {hours} h {minutes} min before the first movement; practice is {practice} h."
)
HALT = (
    msg(
        "Anybody may halt the movement at any time, without giving a reason. Say the code word for "
        "halt twice; vehicles stop at the nearest fall-back point. Confirm by calling back."
    ),
)
SIGNAL_WORDS = {
    "halt": msg("Halt: stop where it is safe"),
    "resume": msg("Resume: go on as notified"),
    "return": msg("Return: go back to the fall-back point that was passed last"),
}
STATES = {
    "accepted": msg("accepted"),
    "proposed": msg("proposed, not accepted"),
    "exercise": msg("exercise"),
}
REFUGES = {"fall_back": msg("Fall-back point"), "medical_point": msg("Medical point")}


def write_notification_pdf(path: Path, content: Content) -> Path:
    """Write the PDF of a notification's content and return its path."""
    document, terms = content["document"], content["terms"]
    languages = ("en", document["language"])

    def words(message: str) -> tuple[str, ...]:
        return in_languages(message, languages)

    digest = content_digest(content)
    states = [window["state"] for window in terms["windows"]]
    banners = banner_words(document["exercise"], states, words)
    title = words(msg("Notification of movement"))
    frame = page_frame(title, document, digest, banners, words, wide=False)
    zone = document["timezone"]
    story = [
        _opening(content, digest, words),
        Spacer(0, 3 * mm),
        _side_by_side(NATURE, words, heading=document["language"]),
        *_section(1, msg("Windows of silence"), [_windows(terms, zone, words)], words),
        *_section(2, msg("Persons"), [_persons(terms, words)], words),
        *_section(3, msg("Vehicles"), [_vehicles(terms, words)], words, split=True),
        *_section(4, msg("Route segments"), [_segments(terms, zone, words)], words, split=True),
        *_section(5, msg("Acknowledgement and expiry"), _acknowledge(terms, zone, words), words),
        *_section(6, msg("Halt, resume, return"), _halt(terms, words), words),
        *_section(7, msg("Contacts"), [_contacts(terms, words)], words),
        Spacer(0, 4 * mm),
        _slip(content, words),
    ]
    return write_pdf(path, frame, story)


def _opening(content: Content, digest: str, words: Words) -> Any:
    document, zone = content["document"], content["document"]["timezone"]
    facts = (
        (msg("To"), document["to"]),
        (msg("From"), document["from"]),
        (msg("Operation"), document["operation"]),
        (msg("Document"), document["number"]),
        (msg("Issued"), show_moment(document["issued_at"], zone)),
        (msg("Expires"), show_moment(document["expires_at"], zone)),
        (msg("Time zone"), _zone(content)),
        (msg("Terms digest, the same for both parties"), show_digest(content["terms_digest"])),
    )
    qr_mm = 36.0
    width = WIDTH - qr_mm
    lines = [line for label, value in facts for line in fact(words(label), value)]
    block = [*titles(words(msg("Notification of movement"))), Spacer(0, 1.5 * mm), *lines]
    return plain([[block, QrCode(qr_text(document, digest), 34)]], [width, qr_mm])


def _zone(content: Content) -> str:
    document, rules = content["document"], content["terms"]["acknowledgement"]
    moments = (document["issued_at"], rules["first_movement"], document["expires_at"])
    return show_zone(moments, document["timezone"])


def _section(
    number: int, title: str, body: Sequence[Any], words: Words, *, split: bool = False
) -> list[Any]:
    """Return a numbered section; one that may run over several pages keeps its title with it."""
    head = text(f"{number}. {' · '.join(words(title))}", 10, bold=True)
    parts = [Spacer(0, 4 * mm), head, Spacer(0, 1 * mm), *body]
    return [CondPageBreak(45 * mm), *parts] if split else [KeepTogether(parts)]


def _side_by_side(messages: Sequence[str], words: Words, heading: str = "") -> Any:
    """Return paragraphs in two columns, English on the left; one column where one is enough."""
    rows = [words(message) for message in messages]
    columns = len(rows[0])
    cells = [[text(cell, 8.2) for cell in row] for row in rows]
    if heading and columns > 1:
        names = (LANGUAGE_NAMES["en"], LANGUAGE_NAMES.get(heading, heading))
        cells.insert(0, [text(name, 6.8, textColor=QUIET) for name in names])
    return plain(cells, [WIDTH / columns] * columns)


def _windows(terms: Content, zone: str, words: Words) -> Any:
    columns = (
        (msg("Window"), 20.0),
        (msg("Crossing"), 40.0),
        (msg("Movement from"), 26.0),
        (msg("Opens"), 26.0),
        (msg("Closes"), 26.0),
        (msg("Last across"), 22.0),
        (msg("State"), WIDTH - 160.0),
    )
    rows: list[list[Any]] = [[heads(words(head), 6.2) for head, _width in columns]]
    for window in terms["windows"]:
        state = "\n".join(words(STATES.get(window["state"], window["state"])))
        rows.append(
            [
                text(window["window_id"], 8),
                place_cell(window["crossing"]),
                *(
                    text(show_moment(window[moment], zone), 7.2)
                    for moment in ("movement_from", "opens_at", "closes_at")
                ),
                text(show_clock(window["last_through"], zone), 7.2),
                text(state, 6.8),
            ]
        )
    return grid(rows, [width for _head, width in columns])


def _persons(terms: Content, words: Words) -> Any:
    columns = (
        (msg("Window"), 40.0),
        (msg("Persons in all"), 40.0),
        (msg("In a wheelchair"), 50.0),
        (msg("On a stretcher"), WIDTH - 130.0),
    )
    rows: list[list[Any]] = [[heads(words(head), 6.2) for head, _width in columns]]
    for window in terms["windows"]:
        counts = (window["persons"][kind] for kind in ("all", "wheelchair", "stretcher"))
        rows.append(
            [text(window["window_id"], 8), *(text(_count(count, words), 8) for count in counts)]
        )
    return grid(rows, [width for _head, width in columns])


def _count(count: int | str, words: Words) -> str:
    return str(count) if isinstance(count, int) else " · ".join(words(msg("fewer than 5")))


def _vehicles(terms: Content, words: Words) -> Any:
    """Return one line per vehicle, so that plate and marking can be entered for each."""
    columns = (
        (msg("No."), 10.0),
        (msg("Type"), 36.0),
        (msg("Side"), 34.0),
        (msg("Registration plate"), 34.0),
        (msg("Marking on sides and roof"), 36.0),
        (msg("Photo no."), WIDTH - 150.0),
    )
    rows: list[list[Any]] = [[heads(words(head), 6.2) for head, _width in columns]]
    for group in terms["vehicles"]:
        for number in range(1, group["count"] + 1):
            which = f"{group['type']} ({number} / {group['count']})"
            rows.append([text(str(len(rows))), text(which, 8), text(group["side"], 8), "", "", ""])
    heights = [None, *[7 * mm] * (len(rows) - 1)]
    widths = [width for _head, width in columns]
    return grid(rows, widths, row_heights=heights, commands=[by_hand(2)])


def _segments(terms: Content, zone: str, words: Words) -> Any:
    columns = (
        (msg("No."), 9.0),
        (msg("From (place)"), 44.0),
        (msg("To (place)"), 44.0),
        (msg("First vehicle leaves"), 22.0),
        (msg("Last vehicle arrives"), 22.0),
        (msg("Passages"), 16.0),
        (msg("Local command: role, signature, time"), WIDTH - 157.0),
    )
    rows: list[list[Any]] = [[heads(words(head), 6.2) for head, _width in columns]]
    commands: list[tuple[Any, ...]] = []
    heading = ("", "", "")
    for number, segment in enumerate(terms["segments"], 1):
        day = show_moment(segment["first_departure"], zone)[:10]
        if (segment["window_id"], segment["side"], day) != heading:
            heading = (segment["window_id"], segment["side"], day)
            commands += _heading_row(len(rows))
            rows.append([text(" · ".join(heading), 8, bold=True), *[""] * (len(columns) - 1)])
        commands.append(("LINEBEFORE", (-1, len(rows)), (-1, len(rows)), 0.4, RULE))
        rows.append(_segment(number, segment, day, zone))
    return grid(rows, [width for _head, width in columns], commands=commands)


def _heading_row(row: int) -> list[tuple[Any, ...]]:
    return [
        ("SPAN", (0, row), (-1, row)),
        ("BACKGROUND", (0, row), (-1, row), SHADE),
        ("NOSPLIT", (0, row), (-1, row + 1)),
    ]


def _segment(number: int, segment: Content, day: str, zone: str) -> list[Any]:
    leaves, arrives = (
        show_moment(segment[moment], zone).removeprefix(f"{day} ").replace(" (", "\n(")
        for moment in ("first_departure", "last_arrival")
    )
    return [
        text(str(number), 8, **CENTRED),
        place_cell(segment["from"]),
        place_cell(segment["to"]),
        text(leaves, 7.5),
        text(arrives, 7.5),
        text(str(segment["passages"]), 8, **CENTRED),
        "",
    ]


def _acknowledge(terms: Content, zone: str, words: Words) -> list[Any]:
    rules = terms["acknowledgement"]
    columns = (
        (msg("First movement"), rules["first_movement"]),
        (msg("Acknowledge by"), rules["acknowledge_by"]),
        (msg("Expires"), rules["expires_at"]),
    )
    rows = [
        [heads(words(head), 6.2) for head, _moment in columns],
        [text(show_moment(moment, zone), 8.5, bold=True) for _head, moment in columns],
    ]
    hours, minutes = divmod(max(0, rules["lead_time_given_min"]), 60)
    values = {"hours": hours, "minutes": minutes, "practice": rules["lead_time_practice_h"]}
    template = SHORT_LEAD if rules["lead_time_short"] else LONG_LEAD

    def filled(message: str) -> tuple[str, ...]:
        return tuple(words_in.format(**values) for words_in in words(message))

    table = grid(rows, [WIDTH / 3] * 3)
    lead = _side_by_side((template,), filled)
    return [table, Spacer(0, 1 * mm), lead, _side_by_side(ACKNOWLEDGE, words)]


def _halt(terms: Content, words: Words) -> list[Any]:
    rows = [[heads(words(msg("Signal")), 6.2), heads(words(msg("Code word")), 6.2)]]
    for signal, code in terms["code_words"].items():
        rows.append(
            [heads(words(SIGNAL_WORDS[signal]), 7.5), text(" · ".join(words(code)), 10, bold=True)]
        )
    block = [_side_by_side(HALT, words), Spacer(0, 1 * mm), grid(rows, [WIDTH / 2] * 2)]
    if terms["refuges"]:
        block += [Spacer(0, 1 * mm), text(_refuges(terms, words), 8)]
    return block


def _refuges(terms: Content, words: Words) -> str:
    return "; ".join(
        f"{' / '.join(words(REFUGES[place['kind']]))}: {show_place(place)}"
        for place in terms["refuges"]
    )


def _contacts(terms: Content, words: Words) -> Any:
    columns = (
        (msg("Role"), 90.0),
        (msg("Telephone, radio call sign (by hand)"), 60.0),
        (msg("Reachable"), WIDTH - 150.0),
    )
    rows: list[list[Any]] = [[heads(words(head), 6.2) for head, _width in columns]]
    rows += [[heads(words(role), 7.5), "", ""] for role in terms["contact_roles"]]
    return grid(rows, [width for _head, width in columns], commands=[by_hand(0)])


def _slip(content: Content, words: Words) -> Any:
    """Return the slip by which receipt is acknowledged."""
    document = content["document"]
    fields = (
        msg("Received by (role)"),
        msg("On behalf of"),
        msg("Date and time, with zone"),
        msg("Witness (role), if by telephone"),
        msg("Signature"),
    )
    beginning = " ".join(show_digest(content["terms_digest"]).split()[:4])
    title = f"{' · '.join(words(msg('Acknowledgement of receipt')))} — {document['number']}"
    rows = [[heads(words(field), 6.8), ""] for field in fields]
    return KeepTogether(
        [
            text(title, 10, bold=True),
            text(f"{' · '.join(words(msg('Terms digest begins')))}: {beginning}", 8),
            text(" · ".join(words(NATURE[1])), 7.2, textColor=QUIET),
            Spacer(0, 1 * mm),
            grid(rows, [70, WIDTH - 70], head_rows=0, commands=[by_hand(0, head_rows=0)]),
        ]
    )
