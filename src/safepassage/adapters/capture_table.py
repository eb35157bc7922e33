"""Capture tables as CSV: one 0/1 column per list and a ``count`` column."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from safepassage.core.population.capture import pairs_without_overlap, prepare, table_of
from safepassage.core.population.types import CaptureTable
from safepassage.errors import Finding, InputError, Severity

COUNT = "count"
_DELIMITERS = ",;\t"
_ENCODINGS = ("utf-8-sig", "cp1251")


@dataclass(frozen=True, slots=True)
class CaptureTableFile:
    """A capture table as read.

    Parameters
    ----------
    table
        The good rows, summed by history.
    findings
        Rows set aside (errors) and oddities (warnings).
    """

    table: CaptureTable
    findings: tuple[Finding, ...]


def read_capture_table(path: Path) -> CaptureTableFile:
    """Read a capture table.

    The first row names the lists and ``count``, in any order. Commas, semicolons and tabs are
    understood, as are UTF-8 with or without a byte order mark and cp1251.

    Parameters
    ----------
    path
        CSV file, one row per capture history.

    Raises
    ------
    InputError
        If the file cannot be used at all, or if any row is wrong: a table with rows left out
        would give a wrong number, so every bad row is named and none is guessed.
    """
    rows = _rows(path)
    lists, count_at = _header(path.name, rows)
    findings: list[Finding] = []
    counts: dict[tuple[int, ...], int] = {}
    first_seen: dict[tuple[int, ...], int] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        parsed = _parse_row(path.name, number, row, rows[0], count_at)
        if isinstance(parsed, Finding):
            findings.append(parsed)
            continue
        history, count = parsed
        if history in first_seen:
            findings.append(_repeat(path.name, number, first_seen[history]))
        first_seen.setdefault(history, number)
        counts[history] = counts.get(history, 0) + count
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise InputError(errors)
    table = table_of(lists, counts)
    if not table.counts:
        raise InputError(Finding("no row counts anybody; at least one is needed.", path.name))
    return CaptureTableFile(table, (*findings, *_oddities(path.name, table)))


def write_capture_table(table: CaptureTable, path: Path) -> None:
    """Write `table` in the form that :func:`read_capture_table` reads."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*table.lists, COUNT])
    for history, count in zip(table.histories, table.counts, strict=True):
        writer.writerow([*history, count])
    path.write_text(buffer.getvalue(), encoding="utf-8")


def _rows(path: Path) -> list[list[str]]:
    text = _text(path)
    first_line = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first_line.count)
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise InputError(
            Finding("the file is empty; a row of list names and 'count' is needed.", path.name)
        )
    return rows


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(Finding(f"cannot be read ({error.strerror}).", str(path))) from error
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(Finding("is neither UTF-8 nor cp1251 text; save it as UTF-8.", path.name))


def _header(file: str, rows: list[list[str]]) -> tuple[tuple[str, ...], int]:
    names = [name.strip() for name in rows[0]]
    places = [place for place, name in enumerate(names) if name.lower() == COUNT]
    if len(places) != 1:
        raise InputError(
            Finding(
                f"has {len(places) or 'no'} column 'count' (found: {', '.join(names)}); one column "
                "'count' and one 0/1 column per list are needed.",
                file,
                1,
            )
        )
    lists = tuple(name for place, name in enumerate(names) if place != places[0])
    _require_names(file, lists)
    return lists, places[0]


def _require_names(file: str, lists: tuple[str, ...]) -> None:
    if not lists:
        raise InputError(Finding("names no list; one 0/1 column per list is needed.", file, 1))
    if "" in lists:
        raise InputError(Finding("has a column without a name; name every list.", file, 1))
    for name in lists:
        if lists.count(name) > 1:
            raise InputError(Finding("appears twice; list names must differ.", file, 1, name))


def _parse_row(
    file: str, number: int, row: list[str], header: list[str], count_at: int
) -> Finding | tuple[tuple[int, ...], int]:
    if len(row) != len(header):
        return Finding(f"has {len(row)} cells; the header has {len(header)}.", file, number)
    history: list[int] = []
    for place, (cell, name) in enumerate(zip(row, header, strict=True)):
        if place == count_at:
            continue
        if cell.strip() not in ("0", "1"):
            message = f"found '{cell.strip()}'; 1 (on the list) or 0 (not on it) is accepted."
            return Finding(message, file, number, name.strip())
        history.append(int(cell))
    count = _parse_count(file, number, row[count_at].strip())
    if isinstance(count, Finding):
        return count
    if not any(history):
        return Finding(
            "counts people who are on no list; nobody can have observed them, and their number "
            "is what the estimate is for. Take the row out.",
            file,
            number,
        )
    return tuple(history), count


def _parse_count(file: str, number: int, text: str) -> Finding | int:
    try:
        count = int(text)
    except ValueError:
        message = f"found '{text}'; a whole number of persons is accepted."
        return Finding(message, file, number, COUNT)
    if count < 0:
        return Finding(f"found {count}; a count is at least 0.", file, number, COUNT)
    return count


def _repeat(file: str, number: int, first: int) -> Finding:
    message = f"repeats the history of row {first}; the two counts were added."
    return Finding(message, file, number, severity=Severity.WARNING)


def _oddities(file: str, table: CaptureTable) -> list[Finding]:
    notices = list(prepare(table)[1])
    notices += [f"Lists '{a}' and '{b}' share nobody." for a, b in pairs_without_overlap(table)]
    if len(table.lists) == 1:
        notices.append("There is one list; at least two that overlap are needed for an estimate.")
    return [Finding(notice, file, severity=Severity.WARNING) for notice in notices]
