"""Workbooks as clerks and attackers send them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from safepassage.adapters import sheets
from safepassage.adapters.lists.types import Notes
from safepassage.adapters.sheets import read_workbook, why_not_opened

CONTENT = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
    "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body>"
    "</office:document-content>"
)


MOMENT = dt.datetime(2020, 1, 1, 3, 4)  # noqa: DTZ001 - a spreadsheet knows no zones


def xlsx(fill):
    book = openpyxl.Workbook()
    fill(book.active)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def ods(tables):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", CONTENT.format(tables))
    return data.getvalue()


def cell(text, **spans):
    said = "".join(f' table:number-{key.replace("_", "-")}="{n}"' for key, n in spans.items())
    opening = f'<table:table-cell office:value-type="string"{said}>'
    return f"{opening}<text:p>{text}</text:p></table:table-cell>"


def lines(data):
    notes = Notes("l.xlsx")
    sheets = read_workbook(notes, data)
    return [(line.row, line.cells) for sheet in sheets for line in sheet.lines], notes


def test_cells_come_as_a_person_reads_them():
    def fill(sheet):
        sheet["B3"], sheet["C3"], sheet["D3"] = "Anna", dt.date(1950, 3, 1), 7.0
        sheet["E3"], sheet["F3"], sheet["G3"] = True, 380501234567, MOMENT
        sheet["H3"] = 1.5

    found, _ = lines(xlsx(fill))
    assert found[-1] == (
        3,
        ["", "Anna", "1950-03-01", "7", "1", "380501234567", "2020-01-01 03:04:00", "1.5"],
    )


def test_open_document_sheets_are_read_with_their_merged_cells():
    rows = (
        f"<table:table-row>{cell('Двор')}{cell('ФИО')}</table:table-row>"
        f"<table:table-row>{cell('12', rows_spanned=2)}{cell('Коваль Анна')}</table:table-row>"
        f"<table:table-row><table:covered-table-cell/>{cell('Коваль Иван')}</table:table-row>"
    )
    found, _ = lines(ods(f'<table:table table:name="S">{rows}</table:table>'))
    assert found[1:] == [(2, ["12", "Коваль Анна"]), (3, ["12", "Коваль Иван"])]


def test_blank_rows_to_the_end_of_an_open_document_sheet_cost_nothing():
    rows = (
        f"<table:table-row>{cell('ФИО')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048575">'
        '<table:table-cell table:number-columns-repeated="1024"/></table:table-row>'
    )
    found, notes = lines(ods(f'<table:table table:name="S">{rows}</table:table>'))
    assert found == [(1, ["ФИО"])]
    assert not notes.findings


def test_filled_cells_repeated_absurdly_are_refused():
    rows = (
        '<table:table-row table:number-rows-repeated="1000000">'
        f"{cell('x', columns_repeated=1000)}</table:table-row>"
    )
    assert "absurd" in why_not_opened(ods(f'<table:table table:name="S">{rows}</table:table>'))


def test_a_stray_cell_in_the_last_corner_is_read_and_not_obeyed():
    def fill(sheet):
        sheet["A1"], sheet["A2"] = "Name", "Anna Koval"
        sheet["XFD3000"] = "stray"
        for row in range(3, 3000, 200):
            sheet.cell(row, 1, "Boris")

    import safepassage.adapters.sheets as module

    before, module._MOST_CELLS = module._MOST_CELLS, 1_000_000
    try:
        found, _ = lines(xlsx(fill))
    finally:
        module._MOST_CELLS = before
    assert found[1] == (2, ["Anna Koval"])
    assert found[-1][0] == 3000
    assert found[-1][1][-1] == "stray"


@pytest.mark.parametrize("member", ["word/document.xml", "photo.jpg"])
def test_an_archive_that_is_no_workbook_is_named_as_such(member):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(member, "x")
    assert "no workbook" in why_not_opened(data.getvalue())


def test_an_archive_that_lies_about_its_size_is_measured():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(100 << 20))
    lying = data.getvalue().replace((100 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != data.getvalue()
    assert "absurd size" in why_not_opened(lying)


@pytest.mark.parametrize(
    "content", [b"<table:table-row office:value>" * 60_000, b"<table:table-row" * 60_000]
)
def test_rows_without_an_end_take_no_longer_than_others(content):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
    assert why_not_opened(data.getvalue()) == ""  # half an hour, if every row looked for its end


def test_no_pattern_looks_beyond_a_tag():
    for text in (b"<c " * 100_000, b'<c r="A1"' + b' r="A1"' * 100_000, b"<c r" * 100_000):
        assert len(sheets._CELL_AT.findall(text)) <= 1
        assert sheets._FORMULA_CELL.findall(text) == []
    assert list(sheets._ODS_CELL.finditer(b"<table:table-cell " * 100_000)) == []


def test_rows_of_a_table_are_told_apart():
    text = (
        b'<table:table-row a="1"/><table:table-row table:b="x>y" table:number-rows-repeated="7">'
        b"<table:table-cell>1</table:table-cell></table:table-row><table:table-row>2</table:table-row>"
    )
    first, second = sheets._ods_rows(text)
    assert sheets._REPEATS.search(first[: first.find(b"<", 1)])[1] == b"7"
    assert second.startswith(b"<table:table-row>2")


def test_members_that_are_absurd_together_are_refused():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for at in range(3):
            archive.writestr(f"{at}.csv", b",\n" * (6 << 20))
    with zipfile.ZipFile(data) as archive:
        assert "absurd size" in sheets.why_unsafe(archive, data.getvalue())
