"""Look at the lists of people without reading the people (00-scenario §7)."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from safepassage.errors import Finding, Severity
from safepassage.scenario.decode import is_workbook
from safepassage.scenario.schema import Resource
from safepassage.scenario.tables import DELIMITERS, Table, find_delimiter, read_text, split_records
from safepassage.scenario.types import SourceList

NAME_COLUMNS = frozenset({"full_name", "surname", "given_name"})
"""At least one of these must be mapped, or nobody on the list can be found on another."""

_SHOWN_COLUMNS = 12
_HEADER_LINES = 200


def check_list(folder: Path, source: SourceList) -> tuple[SourceList | None, list[Finding]]:
    """Return the list with the part of its mapping that holds, None if it cannot be used.

    Only the header and the number of rows are looked at; the register stage reads the people, and
    whatever is in a workbook.
    """
    table = Table(Resource(source.list_id, source.path, "A list of people.", ()), source.path)
    data = (folder / source.path).read_bytes()
    if is_workbook(data):
        return source, []
    text = read_text(table, data, source.encoding)
    if text is None:
        return None, table.findings
    header, rows = _header_and_rows(text, source)
    has_header = any(column in header for _, column in source.mapping)
    shown = header if has_header else []
    mapping = tuple(pair for pair in source.mapping if _is_mapped(table, pair, header, shown))
    usable = bool(NAME_COLUMNS & {standard for standard, _ in mapping})
    if not usable:
        wanted = ", ".join(sorted(NAME_COLUMNS))
        table.note(f"no column is mapped to a name; one of {wanted} is needed", 7)
    if has_header and not rows:
        table.note("the list is empty: it has a header and no rows", 7, severity=_WARN)
    return (replace(source, mapping=mapping) if usable else None), table.findings


_WARN = Severity.WARNING


def _header_and_rows(text: str, source: SourceList) -> tuple[list[str], bool]:
    known = frozenset(column for _, column in source.mapping)
    stated = source.delimiter in DELIMITERS
    delimiter = source.delimiter if stated else find_delimiter(text, known)
    head = "\n".join(text.splitlines()[:_HEADER_LINES])
    records, _ = split_records(head, delimiter)
    filled = [record for record in records if any(cell.strip() for cell in record)]
    return [cell.strip() for cell in filled[0]] if filled else [], len(filled) > 1


def _is_mapped(table: Table, pair: tuple[str, str], header: list[str], shown: list[str]) -> bool:
    standard, column = pair
    if column in header:
        return True
    close = get_close_matches(column, shown, n=1) or [
        name for name in shown if name and (column in name or name in column)
    ]
    hint = f"did you mean '{close[0]}'?" if close else _shown(shown)
    message = f"has no such column, which the mapping gives for {standard}; {hint}"
    table.note(message, 7, row=1, column=column)
    return False


def _shown(header: list[str]) -> str:
    """Say what columns there are; a first row without any known column may be somebody's."""
    if not header:
        return "none of the mapped columns is in the first row"
    rest = f" and {len(header) - _SHOWN_COLUMNS} more" if len(header) > _SHOWN_COLUMNS else ""
    return "the file has " + ", ".join(f"'{name}'" for name in header[:_SHOWN_COLUMNS]) + rest
