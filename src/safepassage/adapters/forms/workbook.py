"""Workbooks whose bytes depend on their content only."""

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
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_times(buffer.getvalue())


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
