"""Workbooks whose bytes depend on their content only, and whose content touches no disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can state."""


def workbook_bytes(
    sheets: Mapping[str, Sequence[Sequence[str]]],
    dress: Callable[[str, Any], None] | None = None,
) -> bytes:
    """Return an XLSX file of text cells.

    Parameters
    ----------
    sheets
        Rows by sheet name. No cell becomes a formula.
    dress
        Is given each sheet's name and openpyxl worksheet, to set widths, fonts, drop-down lists.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for at, row in enumerate(rows, 1):
            _fill(sheet, at, row)
        if dress:
            dress(name, sheet)
    book.properties.creator = "safepassage"
    book.properties.created = book.properties.modified = datetime(*_EPOCH)  # noqa: DTZ001 - XLSX has no zone
    return _without_times(_saved(book))


def _saved(book: Any) -> bytes:
    """Return the workbook as a file.

    openpyxl's own way writes every sheet to a temporary file first, names and all.
    """
    from openpyxl.worksheet._writer import WorksheetWriter
    from openpyxl.writer.excel import ExcelWriter

    class InMemory(ExcelWriter):  # type: ignore[misc]  # openpyxl has no types
        """Writes each sheet to memory, as the parent writes it to a file; text only, no charts."""

        def write_worksheet(self, ws: Any) -> None:
            writer = WorksheetWriter(ws, out=io.BytesIO())
            writer.write()
            ws._rels = writer._rels  # noqa: SLF001 - where the parent puts them
            self._archive.writestr(ws.path[1:], writer.read())
            self.manifest.append(ws)

    buffer = io.BytesIO()
    InMemory(book, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED)).save()
    return buffer.getvalue()


def _fill(sheet: Any, at: int, row: Sequence[str]) -> None:
    for column, text in enumerate(row, 1):
        if text:
            cell = sheet.cell(at, column)
            cell.value = text
            cell.data_type = "s"  # text, also where it begins with '='


def _without_times(data: bytes) -> bytes:
    """Return the archive with one date on all members, and the time of saving taken out."""
    import re

    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for member in source.infolist():
            content = source.read(member)
            if member.filename == "docProps/core.xml":
                content = re.sub(
                    rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content
                )
            target.writestr(zipfile.ZipInfo(member.filename, _EPOCH), content)
    return buffer.getvalue()
