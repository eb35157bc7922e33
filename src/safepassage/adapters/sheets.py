"""Workbooks to lines of text: XLSX, XLSM, XLSB, XLS and ODS (01b-import §3).

A workbook comes from somebody else. Before it is opened, its size once unpacked is measured, and
how far each sheet reaches: a stray cell in the last row and column would otherwise fill the memory.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from safepassage.adapters.lists.types import Line, Merge, Notes, Sheet

MOST_BYTES = 3 << 30
"""Largest workbook once unpacked: a full sheet of 1,048,576 rows takes less than half of this."""
MOST_RATIO = 400
"""No honest sheet shrinks to less than this part; a bomb of one repeated byte reaches 1,000."""
_SMALL = 16 << 20
_MOST_CELLS = 60_000_000
_CHUNK = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# No pattern here may look beyond the next tag: on a file made for it that would take hours.
_CELL_AT = re.compile(rb'<c [^<>]{0,200}?r="([A-Z]{1,3})(\d{1,7})"')
_REPEATS = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b[^<]*>")
_ODS_ROW = b"<table:table-row"
_ODS_ROW_END = b"</table:table-row>"
_WIDE = 0.6


def read_workbook(notes: Notes, data: bytes, wanted: str = "") -> list[Sheet]:
    """Return the filled sheets of a workbook, with findings for what could not be read.

    Parameters
    ----------
    wanted
        Name or number (from 1) of the only sheet to read; empty for all that are not hidden.
    """
    if why := why_not_opened(data):
        notes.say(why, stops=True)
        return []
    try:
        return list(_sheets(notes, data, wanted))
    except Exception as error:
        if not _is_broken(error):
            raise
        notes.say("is a workbook that cannot be opened: the file is damaged or cut short; ask for "
                  "it again or save it anew as XLSX", stops=True)  # fmt: skip
        return []


def why_not_opened(data: bytes) -> str:
    """Return a sentence why bytes are not opened as a workbook, empty if they may be."""
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            return "is a workbook protected by a password; save a copy without one"
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return why_unsafe(archive, data) or _why_no_sheets(archive, set(archive.namelist()))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return (
            "is no workbook that can be opened: the file is damaged or cut short; ask for it again "
            "or save it anew as XLSX"
        )


def why_unsafe(archive: zipfile.ZipFile, data: bytes) -> str:
    """Return a sentence why an archive is not unpacked, empty if it may be."""
    total = 0
    for member in archive.infolist():
        if member.flag_bits & 1:
            return "is protected by a password; save a copy without one"
        size = _unpacked_size(data, member)
        total += size
        packed = max(member.compress_size, 1)
        if (
            total > MOST_BYTES
            or (size > _SMALL and size > MOST_RATIO * packed)
            or (total > _SMALL and total > MOST_RATIO * len(data))
        ):
            return (
                f"unpacks to an absurd size (more than {total >> 20:,} MB from "
                f"{len(data) >> 10:,} kB) and was not opened"
            )
    names = {member.filename for member in archive.infolist()}
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read(
        "META-INF/manifest.xml"
    ):
        return "is a workbook protected by a password; save a copy without one"
    return ""


def _why_no_sheets(archive: zipfile.ZipFile, names: set[str]) -> str:
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        return "is an archive and no workbook; accepted are XLSX, XLSM, XLSB, XLS, ODS"
    if "content.xml" in names and _repeated_cells(archive) > _MOST_CELLS:
        return "repeats filled cells to an absurd number and was not opened"
    return ""


def _unpacked_size(data: bytes, member: zipfile.ZipInfo) -> int:
    """Return the true size of a member: what the archive says of itself is not believed."""
    if member.compress_type != zipfile.ZIP_DEFLATED:
        return max(member.file_size, member.compress_size)
    start = member.header_offset
    names = int.from_bytes(data[start + 26 : start + 28], "little")
    more = int.from_bytes(data[start + 28 : start + 30], "little")
    begin = start + 30 + names + more
    packed = memoryview(data)[begin : begin + member.compress_size]
    unpacker, size, rest = zlib.decompressobj(-15), 0, bytes(packed[:0])
    for at in range(0, len(packed), _CHUNK):
        rest = bytes(packed[at : at + _CHUNK])
        while rest and not unpacker.eof:
            size += len(_unpack(unpacker, rest))
            rest = unpacker.unconsumed_tail
            if size > MOST_BYTES:
                return size
    return size


def _unpack(unpacker: Any, packed: bytes) -> bytes:
    try:
        return bytes(unpacker.decompress(packed, 8 * _CHUNK))
    except zlib.error as error:
        raise ValueError("the archive is damaged") from error


def _repeated_cells(archive: zipfile.ZipFile) -> int:
    """Return an upper bound of the filled cells that OpenDocument sheets make by repetition."""
    most = 0
    with archive.open("content.xml") as content:
        text = content.read(MOST_BYTES)
    for body in _ods_rows(text):
        if b"office:value" not in body and b"<text:p" not in body:
            continue
        opening = body[: body.find(b"<", 1)]
        rows = int(found[1]) if (found := _REPEATS.search(opening)) else 1
        most += rows * _row_width(body[len(opening) :])
    return most


def _ods_rows(text: bytes) -> Iterator[bytes]:
    """Yield the rows that have an end, each from its opening tag on."""
    at = text.find(_ODS_ROW)
    while at >= 0:
        inside = text.find(b"<", at + 1)
        if inside < 0:
            return
        end = inside
        if not text[at:inside].rstrip().endswith(b"/>"):
            end = text.find(_ODS_ROW_END, inside)
            if end < 0:
                return
            yield text[at:end]
        at = text.find(_ODS_ROW, end)


def _row_width(cells: bytes) -> int:
    """Return how many cells a row has up to its last filled one."""
    width = last = 0
    for found in _ODS_CELL.finditer(cells):
        repeats = _REPEATS.search(found[0])
        width += int(repeats[1]) if repeats else 1
        last = last if found[0].endswith(b"/>") else width
    return max(last, 1)


def _is_broken(error: Exception) -> bool:
    return type(error).__module__.startswith("python_calamine") or isinstance(
        error, zipfile.BadZipFile | OSError | KeyError
    )


# ---------------------------------------------------------------------------------------- sheets


@dataclass(frozen=True, slots=True)
class _Extent:
    """How far a sheet of an XLSX file reaches and whether cells hold formulas."""

    cells: int
    formulas: Mapping[tuple[int, int], str]


def _sheets(notes: Notes, data: bytes, wanted: str) -> Iterator[Sheet]:
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    extents = _extents(data, book.sheet_names)
    spans = _ods_merges(data)
    chosen = _chosen(notes, book, wanted)
    filled = [
        (at, name)
        for at, name in chosen
        if _has_cells(book, name, extents.get(name)) or _say_empty(notes, name)
    ]
    alone = len(filled) == 1
    if chosen and not filled:
        notes.say("is empty; a sheet's first row must name the columns", stops=True)
    for at, name in filled:
        label = notes.file if len(book.sheet_names) == 1 else f"{notes.file} [{name}]"
        _say_formulas(notes, name, extents.get(name))
        prefix = f"s{at}." if at > 1 else ""
        shown = "" if alone else name
        merges = spans.get(name, ())
        yield _sheet(data, book, name, label, shown, prefix, extents.get(name), merges)


def _chosen(notes: Notes, book: Any, wanted: str) -> list[tuple[int, str]]:
    numbered = list(enumerate(book.sheet_names, 1))
    if wanted:
        found = [pair for pair in numbered if wanted in {pair[1], str(pair[0])}]
        if not found:
            names = ", ".join(f"'{name}'" for name in book.sheet_names)
            notes.say(f"has no sheet '{wanted}'; it has: {names}", stops=True)
        return found[:1]
    hidden = {
        each.name for each in book.sheets_metadata if not str(each.visible).endswith(".Visible")
    }
    for name in book.sheet_names:
        if name in hidden:
            notes.say(f"sheet '{name}' is hidden; it was read too: say --sheet to read one only")
    return numbered


def _has_cells(book: Any, name: str, extent: _Extent | None) -> bool:
    known = extent is not None and extent.cells > 0
    return known or book.get_sheet_by_name(name).start is not None


def _say_empty(notes: Notes, name: str) -> bool:
    notes.say(f"sheet '{name}' is empty")
    return False


def _say_formulas(notes: Notes, name: str, extent: _Extent | None) -> None:
    if extent and extent.formulas:
        notes.say(f"sheet '{name}' holds {len(extent.formulas)} formulas; their last results were "
                  "read, and the formula where no result is stored")  # fmt: skip


def _sheet(
    data: bytes,
    book: Any,
    name: str,
    label: str,
    shown: str,
    prefix: str,
    extent: _Extent | None,
    merges: tuple[Merge, ...],
) -> Sheet:
    formulas = extent.formulas if extent else {}
    if extent and extent.cells > _MOST_CELLS:
        return Sheet(label, _sparse_lines(data, name, formulas), shown, prefix)
    sheet = book.get_sheet_by_name(name)
    merges += tuple((a, b, c, d) for (a, b), (c, d) in sheet.merged_cell_ranges or ())
    offset = sheet.start[1] if sheet.start else 0
    lines = _lines(sheet.iter_rows(), offset, merges, formulas)
    return Sheet(label, lines, shown, prefix, merges)


def _lines(
    rows: Iterable[Sequence[Any]],
    offset: int,
    merges: Sequence[Merge],
    formulas: Mapping[tuple[int, int], str],
) -> Iterator[Line]:
    """Yield the rows as text; a cell merged downwards stands in each row that it covers."""
    down: dict[int, list[Merge]] = defaultdict(list)
    wide: dict[int, int] = {}
    for merge in merges:
        top, left, bottom, right = merge
        if left == right and bottom > top:
            for covered in range(top, bottom + 1):
                down[covered].append(merge)
        wide[top] = max(wide.get(top, 0), right - left + 1)
    open_values: dict[Merge, str] = {}
    for at, values in enumerate(rows):
        cells = [""] * offset + [_text(value) for value in values]
        for (row, column), formula in _at_row(formulas, at, len(cells)):
            if row == at and not cells[column]:
                cells[column] = formula
        filled = _fill(cells, at, down.get(at, ()), open_values)
        yield Line(at + 1, cells, filled, wide.get(at, 0) > _WIDE * max(len(cells), 1))


def _ods_merges(data: bytes) -> dict[str, tuple[Merge, ...]]:
    """Return the merged areas of an OpenDocument file's sheets, which its reader does not give.

    OASIS OpenDocument 1.3 part 3, 19.676 and 19.678: the first cell of an area says how many rows
    and columns it spans.
    """
    if data.startswith(_OLE):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "content.xml" not in archive.namelist():
            return {}
        text = archive.read("content.xml")
    if b"-spanned=" not in text:
        return {}
    from defusedxml.ElementTree import fromstring

    tables = (each for each in fromstring(text, forbid_dtd=True).iter() if _tag(each) == "table")
    return {_attribute(table, "name"): tuple(_spans(table)) for table in tables}


def _spans(table: Any) -> Iterator[Merge]:
    at = 0
    for row in (each for each in table.iter() if _tag(each) == "table-row"):
        column = 0
        for cell in row:
            rows = int(_attribute(cell, "number-rows-spanned") or 1)
            columns = int(_attribute(cell, "number-columns-spanned") or 1)
            if rows > 1 or columns > 1:
                yield at, column, at + rows - 1, column + columns - 1
            column += int(_attribute(cell, "number-columns-repeated") or 1)
        at += int(_attribute(row, "number-rows-repeated") or 1)


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _attribute(element: Any, name: str) -> str:
    return next((value for key, value in element.items() if key.endswith(f"}}{name}")), "")


def _at_row(
    formulas: Mapping[tuple[int, int], str], row: int, width: int
) -> Iterator[tuple[tuple[int, int], str]]:
    if formulas:
        for column in range(width):
            if (row, column) in formulas:
                yield (row, column), formulas[row, column]


def _fill(
    cells: list[str], at: int, merges: Sequence[Merge], open_values: dict[Merge, str]
) -> frozenset[int]:
    filled = set()
    for merge in merges:
        top, column, _, _ = merge
        if at == top:
            open_values[merge] = cells[column] if column < len(cells) else ""
        elif column < len(cells) and not cells[column] and open_values.get(merge):
            cells[column] = open_values[merge]
            filled.add(column)
    return frozenset(filled)


def _text(value: Any) -> str:
    """Return a cell as a person reads it: dates as ISO, whole numbers without a point."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else _other(value)


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 10**18:
        return str(int(value))
    return repr(value)


def _other(value: Any) -> str:
    return str(value) if not isinstance(value, timedelta) else f"{value.total_seconds():g} s"


# ---------------------------------------------------------------------------------- XLSX, before


def _extents(data: bytes, names: Sequence[str]) -> dict[str, _Extent]:
    """Return how far the sheets of an XLSX file reach; nothing for other formats."""
    if data.startswith(_OLE):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return {}
        parts = _parts_by_name(archive)
        return {
            name: _extent(archive, parts[name])
            for name in names
            if parts.get(name) in archive.namelist()
        }


def _parts_by_name(archive: zipfile.ZipFile) -> dict[str, str]:
    from defusedxml.ElementTree import fromstring

    book = fromstring(archive.read("xl/workbook.xml"))
    links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = {each.get("Id"): each.get("Target", "") for each in links}
    found = {}
    for each in book.iter():
        if each.tag.endswith("}sheet"):
            link = next((value for key, value in each.items() if key.endswith("}id")), "")
            part = target.get(link, "")
            found[each.get("name", "")] = part.lstrip("/") if part.startswith("/") else f"xl/{part}"
    return found


def _extent(archive: zipfile.ZipFile, part: str) -> _Extent:
    """Return the area of a sheet's cells; its formulas where no result is stored with them."""
    rows, columns, has_formula, tail = 0, 0, False, b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            text = tail + chunk
            found = _CELL_AT.findall(text)
            if found:
                rows = max(rows, *map(int, {row for _, row in found}))
                columns = max(columns, max(map(_column_number, {name for name, _ in found})))
            has_formula = has_formula or b"<f" in text
            tail = text[-200:]
    formulas = _formulas(archive, part) if has_formula else {}
    return _Extent(rows * columns, formulas)


def _column_number(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number


_FORMULA_CELL = re.compile(
    rb'<c [^<>]{0,200}?r="([A-Z]{1,3})(\d{1,7})"[^<>]{0,200}>\s{0,99}'
    rb"<f[^<>]{0,300}?(?:/>|>([^<]*)</f>)"
)


def _formulas(archive: zipfile.ZipFile, part: str) -> dict[tuple[int, int], str]:
    from html import unescape

    with archive.open(part) as stream:
        text = stream.read(MOST_BYTES)
    return {
        (int(row) - 1, _column_number(column) - 1): "=" + unescape(body.decode("utf-8", "replace"))
        for column, row, body in _FORMULA_CELL.findall(text)
    }


def _sparse_lines(
    data: bytes, name: str, formulas: Mapping[tuple[int, int], str]
) -> Iterator[Line]:
    """Yield the rows of a sheet that reaches absurdly far, one at a time, blank ones left out."""
    import openpyxl

    del formulas
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
    sheet = book[name]
    sheet.reset_dimensions()  # else every blank row comes as wide as the widest
    for at, values in enumerate(sheet.iter_rows(values_only=True), 1):
        if any(value is not None for value in values):
            yield Line(at, ["" if value is None else _text(value) for value in values])
