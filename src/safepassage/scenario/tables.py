"""One CSV file to typed rows: what can be used, what is set aside and why (00-scenario §8-§17)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from safepassage.errors import Finding, Severity
from safepassage.scenario.cells import (
    CellError,
    look_alike,
    looks_like_formula,
    parse_cell,
    shown_value,
)
from safepassage.scenario.decode import decode, decode_as, is_workbook
from safepassage.scenario.rejects import RejectedRow
from safepassage.scenario.schema import CARRIED_PREFIX, Column, Resource

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
PERSONAL = frozenset({"households", "acts"})
"""Resources in which a wrong cell may be somebody's name: shown masked (00-scenario §16)."""

_HEADER_SEARCH_ROWS = 5
_MEASURED = frozenset({"int", "number", "lat", "lon", "moment", "date", "yes_no"})
_FEWEST_LABELS = 2
_LATITUDE_LIMIT = 90.0
_LONGITUDE_LIMIT = 180.0


@dataclass(frozen=True, slots=True)
class TypedRow:
    """A row whose cells could all be read.

    Parameters
    ----------
    row
        As a spreadsheet shows it; the header is row 1.
    cells
        As they came.
    values
        Column name to value; None where a cell is empty.
    carried
        (column, text) of the ``x_`` columns.
    """

    row: int
    cells: tuple[str, ...]
    values: Mapping[str, object]
    carried: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Table:
    """A file of the schema while it is being read: good rows, rejects, findings."""

    resource: Resource
    path: str
    header: tuple[str, ...] = ()
    rows: list[TypedRow] = field(default_factory=list)
    rejects: list[RejectedRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unit: str = "row"

    def problem(
        self,
        message: str,
        rule: int,
        *,
        row: int | None = None,
        column: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> Finding:
        """Return a finding about this file; a feature of GeoJSON is named in the message."""
        if row is not None and self.unit != "row":
            message, row = f"{self.unit} {row} {message}", None
        return Finding(message, self.path, row, column, severity, f"00-scenario §{rule}")

    def note(
        self,
        message: str,
        rule: int,
        *,
        row: int | None = None,
        column: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> Finding:
        """Record and return a finding about this file."""
        finding = self.problem(message, rule, row=row, column=column, severity=severity)
        self.findings.append(finding)
        return finding

    def warn(
        self, message: str, rule: int, *, row: int | None = None, column: str | None = None
    ) -> None:
        """Record something that a person should look at."""
        self.note(message, rule, row=row, column=column, severity=Severity.WARNING)

    def reject(self, row: int, cells: Sequence[str], reasons: Sequence[str]) -> None:
        """Keep a row that cannot be used."""
        self.rejects.append(RejectedRow(self.path, row, self.header, tuple(cells), tuple(reasons)))

    def set_aside(self, problems: Mapping[int, Sequence[Finding]]) -> None:
        """Move the rows of these numbers to the rejects, with the findings as reasons."""
        for typed in self.rows:
            if typed.row in problems:
                self.reject(typed.row, typed.cells, [_reason(item) for item in problems[typed.row]])
        self.rows = [typed for typed in self.rows if typed.row not in problems]
        self.findings.extend(finding for row in sorted(problems) for finding in problems[row])

    def by_key(self) -> dict[object, TypedRow]:
        """Return the good rows by key."""
        return {typed.values[self.resource.key]: typed for typed in self.rows}


def _reason(finding: Finding) -> str:
    place = f"Column '{finding.column}': " if finding.column else ""
    return f"{place}{finding.message.rstrip('.')}."


def read_table(folder: Path, path: str, resource: Resource) -> Table:
    """Read one file of the schema.

    Parameters
    ----------
    folder
        Scenario folder.
    path
        Of the file, relative to `folder`.

    Returns
    -------
    Table
        Its `rows` are typed, with unique keys; references to other files are not checked yet.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    table = Table(resource, path)
    text = read_text(table, (folder / path).read_bytes())
    records = _records(table, text) if text is not None else []
    start = _find_header(table, records)
    if start is not None:
        _read_rows(table, records[start + 1 :], first_row=start + 2)
        table.set_aside(duplicates(table))
    return table


def read_text(table: Table, data: bytes, encoding: str = "auto") -> str | None:
    """Return the text of a file, with a finding if it is not the UTF-8 asked for."""
    if is_workbook(data):
        table.note("is a spreadsheet workbook, not CSV; save the sheet as 'CSV UTF-8'", 8)
        return None
    decoded = decode_as(data, encoding)
    if decoded is not None and "\0" in decoded.text:
        row = decoded.text.count("\n", 0, decoded.text.index("\0")) + 1
        table.note(f"line {row} holds a NUL byte, which no text does; delete it", 8)
        return None
    if decoded is None:
        table.note(_why_no_text(data, encoding), 8)
        return None
    if not decoded.as_asked and encoding == "auto":
        name = decoded.encoding_name
        table.warn(f"is not UTF-8; it was read as {name}: check the names, save it as UTF-8", 8)
    if not decoded.text.strip():
        table.note("is empty; its first row must name the columns", 9)
        return None
    return decoded.text


def _why_no_text(data: bytes, encoding: str) -> str:
    """Return a sentence; where another encoding than the stated one gives words, name it."""
    recognised = decode(data) if encoding != "auto" else None
    if recognised is None:
        return "is not text in an encoding that is known; save it as UTF-8"
    return (
        f"is not text in the encoding '{encoding}' that datapackage.json states; it looks like "
        f"{recognised.encoding_name}: correct 'encoding' there or save the file as UTF-8"
    )


def split_records(text: str, delimiter: str) -> tuple[list[list[str]], str]:
    """Return the records of a CSV text and what is wrong with its quotes, if anything.

    Records from the first wrong quote on come back as one record with one cell.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    lines = 0
    try:
        for record in reader:
            records.append(record)
            lines = reader.line_num
    except csv.Error as error:
        rest = "".join(text.splitlines(keepends=True)[lines:])
        return [*records, [rest]], str(error)
    return records, ""


def why_unsplit(wrong: str) -> str:
    """Return a sentence for what :func:`split_records` says is wrong."""
    if wrong.startswith("field larger than"):
        cause = f"a cell holds more than {csv.field_size_limit():,} characters; is a quote missing?"
        return f"{cause} This row and all that follow were not read"
    return "the quotes do not match; this row and all that follow were not read"


def find_delimiter(text: str, known: frozenset[str]) -> str:
    """Return the delimiter that splits the first rows into most known column names."""

    def score(delimiter: str) -> tuple[int, int]:
        head = "\n".join(text.splitlines()[:_HEADER_SEARCH_ROWS])
        records, _ = split_records(head, delimiter)
        names = {cell.strip() for record in records for cell in record}
        return len(names & known), max(len(record) for record in records)

    return max(DELIMITERS, key=score)


def _records(table: Table, text: str) -> list[list[str]]:
    known = frozenset(column.name for column in table.resource.columns)
    delimiter = find_delimiter(text, known)
    if delimiter != ",":
        table.warn(f"is separated by {DELIMITERS[delimiter]}; read so, save it with commas", 8)
    records, wrong = split_records(text, delimiter)
    if wrong:
        row = len(records)
        rest = records.pop()
        message = why_unsplit(wrong)
        table.note(message, 10, row=row)
        table.reject(row, rest, [f"{message.capitalize()}."])
    return records


def _find_header(table: Table, records: list[list[str]]) -> int | None:
    """Check the header, record its findings and return its index, None if there is none."""
    if not records:
        return None
    known = {column.name for column in table.resource.columns}
    candidates = records[:_HEADER_SEARCH_ROWS]
    hits = [len({cell.strip() for cell in record} & known) for record in candidates]
    start = hits.index(max(hits)) if max(hits) else 0
    if start:
        table.warn(f"the header stands in row {start + 1}; the rows above it were passed over", 9)
    table.header = tuple(cell.strip() for cell in records[start])
    while table.header and not table.header[-1]:
        table.header = table.header[:-1]
    _check_header(table, start + 1)
    return start


def _check_header(table: Table, row: int) -> None:
    known = [column.name for column in table.resource.columns]
    missing = [name for name in known if name not in table.header]
    for name in sorted(set(table.header), key=table.header.index):
        if table.header.count(name) > 1:
            table.note("stands in the header twice; the first was read", 9, row=row, column=name)
        if name not in known and not name.startswith(CARRIED_PREFIX):
            table.note(_unknown_column(name, missing, known), 9, row=row, column=name)
    for column in table.resource.columns:
        if column.required and column.name not in table.header:
            message = f"the column is missing; it holds: {column.meaning}"
            table.note(message.rstrip("."), 9, row=row, column=column.name)


def _unknown_column(name: str, missing: list[str], known: list[str]) -> str:
    if not name:
        return "a column has no name in the header; name it or delete it. It was not read"
    close = get_close_matches(name.lower(), missing, n=1, cutoff=0.7)
    if close:
        return f"is not a column of this file; did you mean '{close[0]}'? It was not read"
    return (
        f"is not a column of this file; accepted: {', '.join(known)}, "
        f"or a name that starts with '{CARRIED_PREFIX}'. It was not read"
    )


def _read_rows(table: Table, records: list[list[str]], first_row: int) -> None:
    absent = [
        column.name
        for column in table.resource.columns
        if column.required and column.name not in table.header
    ]
    for number, record in enumerate(records, first_row):
        if not any(cell.strip() for cell in record):
            continue
        reason = _unreadable(table, record, absent)
        if reason and not absent:
            table.note(reason, 10, row=number)
        if reason:
            table.reject(number, record, [f"{reason[0].upper()}{reason[1:]}."])
        else:
            _read_row(table, number, record)


def _unreadable(table: Table, record: list[str], absent: list[str]) -> str:
    """Return why a record as a whole cannot be read, or an empty text."""
    if absent:
        return f"the file has no column '{absent[0]}'"
    if tuple(cell.strip() for cell in record[: len(table.header)]) == table.header:
        return "the row repeats the header"
    if len(record) < len(table.header):
        return (
            f"the row has {len(record)} cells where the header has {len(table.header)}; "
            "cells were merged or lost"
        )
    if any(cell.strip() for cell in record[len(table.header) :]):
        return (
            f"the row has {len(record)} cells where the header has {len(table.header)}; "
            "text with a comma in it stands in double quotes"
        )
    return "the row looks like a second header" if _is_label_row(table, record) else ""


def _is_label_row(table: Table, record: list[str]) -> bool:
    """Return whether every cell that should be a measure is a word and there are several."""
    kinds = {column.name: column for column in table.resource.columns}
    measured = [
        (cell.strip(), kinds[name])
        for name, cell in zip(table.header, record, strict=False)
        if name in kinds and kinds[name].kind in _MEASURED and cell.strip()
    ]
    return len(measured) >= _FEWEST_LABELS and all(
        cell[0].isalpha() and not _can_be_read(cell, column) for cell, column in measured
    )


def _can_be_read(cell: str, column: Column) -> bool:
    try:
        parse_cell(cell, column)
    except CellError:
        return False
    return True


def _read_row(table: Table, number: int, record: list[str]) -> None:
    cells = dict(zip(reversed(table.header), reversed(record[: len(table.header)]), strict=True))
    values: dict[str, object] = {}
    problems: list[Finding] = []
    for column in table.resource.columns:
        try:
            values[column.name] = _value(table, number, column, cells.get(column.name, ""))
        except CellError as error:
            rule = 12 if column.kind in {"id", "ids"} else 11
            problems.append(table.note(str(error), rule, row=number, column=column.name))
    if _are_swapped(cells):
        message = "latitude and longitude are probably swapped"
        problems.append(table.note(message, 18, row=number, column="lat"))
    if problems:
        table.reject(number, record, [_reason(problem) for problem in problems])
        return
    carried = tuple((name, cells[name]) for name in _carried_names(table) if cells[name])
    table.rows.append(TypedRow(number, tuple(record), values, carried))


def _are_swapped(cells: Mapping[str, str]) -> bool:
    """Return whether only the latitude cannot be one, and could be a longitude."""
    try:
        lat, lon = float(cells.get("lat", "")), float(cells.get("lon", ""))
    except ValueError:
        return False
    return _LATITUDE_LIMIT < abs(lat) <= _LONGITUDE_LIMIT and abs(lon) <= _LATITUDE_LIMIT


def _carried_names(table: Table) -> Iterator[str]:
    known = {column.name for column in table.resource.columns}
    names = dict.fromkeys(table.header)
    return (name for name in names if name.startswith(CARRIED_PREFIX) and name not in known)


def _value(table: Table, number: int, column: Column, cell: str) -> object:
    personal = table.resource.name in PERSONAL
    value = parse_cell(cell, column, personal=personal)
    if column.kind == "text" and looks_like_formula(cell):
        message = (
            f"{shown_value(cell.strip(), personal=personal)} looks like a formula to a "
            "spreadsheet; it was read as text, do not let a spreadsheet run it"
        )
        table.warn(message, 17, row=number, column=column.name)
    return value


def duplicates(table: Table) -> dict[int, list[Finding]]:
    """Return the rows whose key an earlier row has, or one that looks the same."""
    key = table.resource.key
    first: dict[str, TypedRow] = {}
    problems: dict[int, list[Finding]] = {}
    for typed in table.rows:
        value = str(typed.values[key]) if key else str(typed.row)
        earlier = first.setdefault(look_alike(value), typed)
        if earlier is not typed:
            problems[typed.row] = [_duplicate(table, typed.row, value, earlier)]
    return problems


def _duplicate(table: Table, row: int, value: str, earlier: TypedRow) -> Finding:
    key = table.resource.key
    shown = shown_value(value, personal=table.resource.name in PERSONAL)
    place = f"{table.unit} {earlier.row}"
    if value == str(earlier.values[key]):
        message = f"{shown} stands in {place} already; it must be unique"
    else:
        message = (
            f"{shown} looks the same as the one in {place} but is written with "
            "letters of another alphabet; write one of them differently"
        )
    return table.problem(message, 13, row=row, column=key)
