"""The timetables on paper: A4 landscape, the marks of every document of the operation."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, PageBreak, Spacer

from safepassage.adapters.convoy_sheet import PlanView
from safepassage.adapters.documents.common import document_number
from safepassage.adapters.documents.layout import (
    Frame4,
    content_width_mm,
    grid,
    text,
    titles,
    write_pdf,
)
from safepassage.adapters.documents.marks import banner_words
from safepassage.adapters.map_frame import text_width
from safepassage.adapters.plan_words import Translate, zone_words
from safepassage.adapters.timetable_files import (
    Section,
    csv_text,
    household_sections,
    pick_up_sections,
    timetable_rows,
    vehicle_sections,
)
from safepassage.core.agreement.wording import msg

SIZE = 7.6
POINT_MM = 0.3528
LEAST_MM, MOST_MM = 13.0, 120.0


def write_timetable_pdf(path: Path, view: PlanView, translate: Translate) -> Path:
    """Write the timetables by vehicle, pick-up point and household; same plan, same bytes."""
    _ = translate
    parts = (
        (_("By vehicle"), vehicle_sections(view, _)),
        (_("By pick-up point"), pick_up_sections(view, _)),
        (_("By household"), household_sections(view, _)),
    )
    story: list[Any] = []
    for title, sections in parts:
        story += [PageBreak()] if story else []
        story += titles((f"{_('Timetable')}: {title}",))
        story.append(text(f"{view.title} · {_('All times')}: {zone_words(view.problem)}", 8.5))
        for section in sections:
            story += _table(section)
    return write_pdf(path, _frame(view, _), story)


def _frame(view: PlanView, _: Translate) -> Frame4:
    content = "".join(csv_text(rows) for rows in timetable_rows(view))
    digest = hashlib.sha256(content.encode()).hexdigest()
    states = {window.state for window in view.problem.windows}

    def words(message: str) -> tuple[str, ...]:
        return (_(message),)

    return Frame4(
        title=_("Timetable"),
        number=document_number("T", (view.plan.scenario_digest, digest)),
        digest=digest,
        banners=banner_words(view.exercise, states, words),
        watermark=_("EXERCISE") if view.exercise else "",
        page_words=_(msg("page {page} of {pages}")),
        wide=True,
    )


def _table(section: Section) -> list[Any]:
    """Return a table under its title, broken over pages with its head repeated."""
    head = [text(words, SIZE, bold=True) for words in section.heads]
    rows = [[text(cell, SIZE) for cell in row] for row in section.rows]
    title = [text(section.title, 10, bold=True)] if section.title else []
    # a title alone at the foot of a page heads nothing
    return [
        Spacer(0, 3 * mm),
        CondPageBreak(30 * mm),
        *title,
        Spacer(0, 1 * mm),
        grid([head, *rows], column_widths(section)),
    ]


def column_widths(section: Section) -> list[float]:
    """Return widths in millimetres by the longest cell, scaled to the width of the page."""
    wanted = [
        min(MOST_MM, max(LEAST_MM, *(text_width(cell, SIZE) * POINT_MM + 4 for cell in column)))
        for column in zip(section.heads, *section.rows, strict=True)
    ]
    scale = content_width_mm(wide=True) / sum(wanted)
    return [width * scale for width in wanted]
