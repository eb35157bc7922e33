"""The look of every document: fonts, page frame, banner, tables, QR. Same input, same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import segno
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    PageTemplate,
    Paragraph,
    Table,
    TableStyle,
)

FONT_FOLDER = Path(__file__).parents[1] / "fonts"
REGULAR, BOLD = "NotoSans", "NotoSans-Bold"
MARGIN = 12 * mm
HEADER_HEIGHT = 7 * mm
FOOTER_HEIGHT = 6 * mm

INK = HexColor(0x1A1A1A)
QUIET = HexColor(0x55606B)
RULE = HexColor(0xB8C0C8)
SHADE = HexColor(0xEEF1F4)
ALARM = HexColor(0xA31621)
WATERMARK = Color(0.64, 0.09, 0.13, alpha=0.07)


@dataclass(frozen=True, slots=True)
class Frame4:
    """What stands on every page.

    Parameters
    ----------
    number
        Document number, in the foot of every page.
    digest
        SHA-256 of the canonical content, hex; its beginning stands in the foot.
    banners
        Lines in white on red at the top of every page, e.g. that it is an exercise.
    watermark
        Large pale word across the page; empty for none.
    page_words
        ``"page {page} of {pages}"`` in the languages of the document.
    """

    title: str
    number: str
    digest: str
    banners: tuple[str, ...]
    watermark: str
    page_words: str
    wide: bool


def style(size: float = 8.5, *, bold: bool = False, **other: Any) -> ParagraphStyle:
    """Return a paragraph style in the document's font; sizes in points."""
    options = {"textColor": INK, "leading": size * 1.32, "splitLongWords": 1} | other
    font = BOLD if bold else REGULAR
    return ParagraphStyle(f"{font}-{size}", fontName=font, fontSize=size, **options)


def text(words: str, size: float = 8.5, *, bold: bool = False, **other: Any) -> Paragraph:
    """Return words as a paragraph; nothing in them is markup."""
    return Paragraph(escape(words).replace("\n", "<br/>"), style(size, bold=bold, **other))


def heads(words: Sequence[str], size: float = 6.8, **other: Any) -> Paragraph:
    """Return one column head in several languages, one below the other, the first in bold."""
    first, *rest = (escape(word) for word in words)
    lines = [f'<font name="{BOLD}">{first}</font>', *rest]
    return Paragraph("<br/>".join(lines), style(size, **other))


def place_cell(entry: Mapping[str, Any], size: float = 8, onward: str = "") -> Paragraph:
    """Return a place's name, and below it, smaller, the name in the local script if it differs.

    Parameters
    ----------
    onward
        Vehicle that goes there, written after a pointed bracket; empty for none.
    """
    name, local = str(entry["name"]), str(entry.get("name_local", ""))
    small = [local if local not in ("", name) else "", f"> {onward}" if onward else ""]
    words = " ".join(part for part in small if part)
    below = f'<br/><font size="{size - 1.2}">{escape(words)}</font>' if words else ""
    return Paragraph(escape(name) + below, style(size))


def fact(label: Sequence[str], value: str) -> list[Paragraph]:
    """Return a value under its label, the label in every language on one line."""
    return [text(" · ".join(label), 6.4, textColor=QUIET, spaceBefore=1.5), text(value, 9)]


def by_hand(first: int, last: int = -1, head_rows: int = 1) -> tuple[Any, ...]:
    """Return the table command that draws boxes in columns to be filled in by hand."""
    return ("INNERGRID", (first, head_rows), (last, -1), 0.4, RULE)


def titles(words: Sequence[str], size: float = 15) -> list[Paragraph]:
    """Return a document's title: the first language large, the others below it."""
    first, *rest = words
    others = [text(" · ".join(rest), 9.5, textColor=QUIET)] if rest else []
    return [text(first, size, bold=True), *others]


def grid(
    rows: Sequence[Sequence[Any]],
    widths_mm: Sequence[float],
    *,
    head_rows: int = 1,
    commands: Sequence[tuple[Any, ...]] = (),
    row_heights: Sequence[float | None] | None = None,
) -> Table:
    """Return a ruled table whose head rows stand again on every page."""
    table = Table(
        [list(row) for row in rows],
        colWidths=[width * mm for width in widths_mm],
        rowHeights=row_heights,
        repeatRows=head_rows,
        hAlign="LEFT",
    )
    shade = [("BACKGROUND", (0, 0), (-1, head_rows - 1), SHADE)] if head_rows else []
    table.setStyle(TableStyle([*_GRID, *shade, *commands]))
    return table


def plain(rows: Sequence[Sequence[Any]], widths_mm: Sequence[float]) -> Table:
    """Return a table without rules, for blocks that stand side by side."""
    table = Table(
        [list(row) for row in rows], colWidths=[width * mm for width in widths_mm], hAlign="LEFT"
    )
    table.setStyle(TableStyle(_PLAIN))
    return table


class QrCode(Flowable):  # type: ignore[misc]  # reportlab has no types, so its base class is Any
    """A QR code drawn as vectors, at error correction level M.

    Parameters
    ----------
    content
        What a reader's telephone shows.
    size_mm
        Width and height with the quiet zone of four modules.
    """

    def __init__(self, content: str, size_mm: float = 30) -> None:
        super().__init__()
        code = segno.make_qr(content, error="m", boost_error=False)
        self.rows = [list(row) for row in code.matrix_iter(border=4)]
        self.width = self.height = size_mm * mm

    def draw(self) -> None:
        """Draw dark modules as squares that touch."""
        module = self.width / len(self.rows)
        path = self.canv.beginPath()
        for y, row in enumerate(self.rows):
            for x, dark in enumerate(row):
                if dark:
                    path.rect(x * module, self.height - (y + 1) * module, module, module)
        self.canv.setFillColor(INK)
        self.canv.drawPath(path, stroke=0, fill=1)


def content_width_mm(*, wide: bool) -> float:
    """Return the width between the margins."""
    width = (landscape(A4) if wide else A4)[0]
    return float((width - 2 * MARGIN) / mm)


def write_pdf(path: Path, frame: Frame4, story: list[Any]) -> Path:
    """Write a PDF whose bytes depend on its content only.

    Parameters
    ----------
    story
        Flowables in reading order.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pdf_bytes(frame, story))
    return path


def pdf_bytes(frame: Frame4, story: list[Any]) -> bytes:
    """Return what :func:`write_pdf` writes, for what must not lie on a disk in the clear."""
    size = landscape(A4) if frame.wide else A4
    top = MARGIN + HEADER_HEIGHT * max(1, len(frame.banners))
    body = Frame(
        MARGIN,
        MARGIN + FOOTER_HEIGHT,
        size[0] - 2 * MARGIN,
        size[1] - MARGIN - FOOTER_HEIGHT - top,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    buffer = BytesIO()
    template = BaseDocTemplate(
        buffer,
        pagesize=size,
        title=frame.title,
        author="safepassage",
        subject=frame.number,
        # Without this reportlab writes the time of day and a random id into the file.
        invariant=1,
        pageCompression=1,
    )
    template.addPageTemplates([PageTemplate(frames=[body])])
    template.build(story, canvasmaker=_canvas_maker(frame))
    return buffer.getvalue()


def _canvas_maker(frame: Frame4) -> Callable[..., Any]:
    """Return a canvas class that waits for the last page before it writes "page x of y"."""

    class _Counting(Canvas):  # type: ignore[misc]  # reportlab has no types, so the base is Any
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self.kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, state in enumerate(self.kept, 1):
                self.__dict__.update(state)
                _furnish(self, frame, number, len(self.kept))
                super().showPage()
            super().save()

    return _Counting


def _furnish(canvas: Any, frame: Frame4, page: int, pages: int) -> None:
    """Draw what stands on every page."""
    width, height = landscape(A4) if frame.wide else A4
    _watermark(canvas, frame.watermark, width, height)
    for row, banner in enumerate(frame.banners):
        _banner(canvas, banner, width, height - MARGIN / 2 - (row + 1) * HEADER_HEIGHT)
    canvas.setFillColor(QUIET)
    canvas.setFont(REGULAR, 7)
    foot = f"{frame.title} · {frame.number} · SHA-256 {frame.digest[:16]}…"
    canvas.drawString(MARGIN, MARGIN, foot)
    count = frame.page_words.format(page=page, pages=pages)
    canvas.drawRightString(width - MARGIN, MARGIN, count)


def _banner(canvas: Any, words: str, width: float, bottom: float) -> None:
    canvas.setFillColor(ALARM)
    canvas.rect(MARGIN, bottom, width - 2 * MARGIN, HEADER_HEIGHT - 1 * mm, stroke=0, fill=1)
    canvas.setFillColor(white)
    size = 9.0
    while pdfmetrics.stringWidth(words, BOLD, size) > width - 2 * MARGIN - 4 * mm:
        size -= 0.25
    canvas.setFont(BOLD, size)
    canvas.drawCentredString(width / 2, bottom + (HEADER_HEIGHT - 1 * mm - size * 0.72) / 2, words)


def _watermark(canvas: Any, words: str, width: float, height: float) -> None:
    if not words:
        return
    canvas.saveState()
    canvas.setFillColor(WATERMARK)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(30 if width > height else 52)
    diagonal = (width**2 + height**2) ** 0.5
    size = 60 * 0.72 * diagonal / pdfmetrics.stringWidth(words, BOLD, 60)
    canvas.setFont(BOLD, size)
    canvas.drawCentredString(0, -size * 0.35, words)
    canvas.restoreState()


def _register_fonts() -> None:
    known = pdfmetrics.getRegisteredFontNames()
    for name, file in ((REGULAR, "NotoSans-Regular.ttf"), (BOLD, "NotoSans-Bold.ttf")):
        if name not in known:
            pdfmetrics.registerFont(TTFont(name, str(FONT_FOLDER / file)))
            # Paragraphs ask for a family; italics do not exist here and stay upright.
            registerFontFamily(name, normal=name, bold=BOLD, italic=name, boldItalic=BOLD)


# Paragraphs measure their words when they are made, so fonts must be known before the first one.
_register_fonts()

CENTRED = {"alignment": TA_CENTER}

_PLAIN: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ("TOPPADDING", (0, 0), (-1, -1), 1),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
]
_GRID: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
    ("LINEABOVE", (0, 0), (-1, 0), 0.8, INK),
    ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ("TOPPADDING", (0, 0), (-1, -1), 2.2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.8),
]
