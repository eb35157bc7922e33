"""From a file to records: which reader, which sheets, and the order of the steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from safepassage.adapters.lists.columns import CONSENT_COLUMNS, MISSING, checked_mapping
from safepassage.adapters.lists.contradict import say_contradictions, say_what_repeats
from safepassage.adapters.lists.rows import RowReader
from safepassage.adapters.lists.table import find_table
from safepassage.adapters.lists.text import delimiter_of, read_text, text_lines
from safepassage.adapters.lists.types import Line, ListReadResult, Notes, ReadOptions, Sheet
from safepassage.core.register.types import ListRecord
from safepassage.errors import Finding, InputError
from safepassage.scenario.decode import is_workbook
from safepassage.scenario.types import SourceList

SCENARIO = ReadOptions(guess=False)
FORM_MARK = "safepassage-ask/"
"""What the cells of a call list's column ``form_id`` begin with."""
_SAMPLE = 200
"""Rows by whose values a column without a telling header is recognised."""
_REPORT_EVERY = 2_000


def read_list(folder: Path, source: SourceList) -> ListReadResult:
    """Read one list of a scenario, of any format.

    Parameters
    ----------
    folder
        Scenario folder; `source.path` is relative to it.
    source
        With an empty mapping the columns are taken from :func:`suggest_mapping`, and said so.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    data = (folder / source.path).read_bytes()
    return joined(read_bytes(data, source.path, source, SCENARIO))


def read_file(
    path: Path, source: SourceList | None = None, options: ReadOptions | None = None
) -> tuple[ListReadResult, ...]:
    """Read a list of any accepted format.

    Accepted are text with separators, XLSX, XLSM, XLSB, XLS and ODS, exports of Kobo and ODK with
    their repeats (a workbook, or a folder or archive of CSV files), and PFIF 1.1 to 1.4.

    Parameters
    ----------
    source
        Id, mapping and dates of the list; by default the file's name, and columns as suggested.

    Returns
    -------
    tuple of ListReadResult
        One for each sheet that was read, in order; all are one list.

    Raises
    ------
    OSError
        If the file cannot be opened.
    InputError
        If a folder holds nothing that can be read.
    """
    source = source or SourceList(path.stem, path.stem, path.name, ())
    options = options or ReadOptions()
    if path.is_dir():
        from safepassage.adapters.kobo import folder_files

        return _read_tables(folder_files(path), path.name, source, options)
    return read_bytes(path.read_bytes(), path.name, source, options)


def read_bytes(
    data: bytes, label: str, source: SourceList, options: ReadOptions
) -> tuple[ListReadResult, ...]:
    """Read a list from memory; the same as :func:`read_file`.

    Parameters
    ----------
    label
        The file as findings name it.
    """
    from safepassage.adapters import kobo, pfif_read, sheets

    if pfif_read.is_pfif(data):
        return (pfif_read.read_pfif(data, label, source, options),)
    if not is_workbook(data):
        return (_read_text_file(data, label, source, options),)
    if tables := kobo.archive_files(data):
        return _read_tables(tables, label, source, options)
    notes = Notes(label)
    found = sheets.read_workbook(notes, data, options.sheet)
    return _read_sheets(notes, found, source, options)


def joined(results: Sequence[ListReadResult]) -> ListReadResult:
    """Return the sheets of one list as one result."""
    if len(results) == 1:
        return results[0]
    return ListReadResult(
        tuple(chain.from_iterable(each.records for each in results)),
        tuple(chain.from_iterable(each.findings for each in results)),
        tuple(chain.from_iterable(each.rejects for each in results)),
        tuple(dict.fromkeys(chain.from_iterable(each.mapping for each in results))),
        suggestions=tuple(dict.fromkeys(chain.from_iterable(r.suggestions for r in results))),
        columns=tuple(dict.fromkeys(chain.from_iterable(each.columns for each in results))),
        prefixes=results[0].prefixes,
    )


def _read_text_file(
    data: bytes, label: str, source: SourceList, options: ReadOptions
) -> ListReadResult:
    notes = Notes(label)
    sheet = _text_sheet(notes, data, source)
    return _read_sheet(notes, sheet, source, options) if sheet else notes.result(())


def _text_sheet(notes: Notes, data: bytes, source: SourceList) -> Sheet | None:
    text = read_text(notes, data, source.encoding)
    if text is None:
        return None
    columns = frozenset(column for _, column in source.mapping)
    delimiter = delimiter_of(text, source.delimiter, columns)
    return Sheet(notes.file, text_lines(notes, text, delimiter))


def _read_tables(
    files: Sequence[tuple[str, bytes]], label: str, source: SourceList, options: ReadOptions
) -> tuple[ListReadResult, ...]:
    """Read several CSV files that came together: joined if they are a form, else one by one."""
    notes = Notes(label)
    if not files:
        raise InputError(Finding("holds no CSV file; accepted is an export of one form", label))
    found = []
    for at, (name, data) in enumerate(files, 1):
        sheet = _text_sheet(notes, data, source)
        if sheet is not None:
            prefix = f"s{at}." if at > 1 else ""
            found.append(Sheet(f"{label} [{name}]", sheet.lines, name, prefix))
    return _read_sheets(notes, found, source, options)


def _read_sheets(
    notes: Notes, found: Sequence[Sheet], source: SourceList, options: ReadOptions
) -> tuple[ListReadResult, ...]:
    from safepassage.adapters import kobo

    sheets = kobo.join_form(notes, found)
    results = [_read_sheet(Notes(each.label), each, source, options) for each in sheets]
    results = _without_others_columns(results)
    prefixes = tuple((each.label, each.prefix) for each in sheets if each.prefix)
    results = [replace(each, prefixes=prefixes) for each in results]
    general = replace(notes.result(()), prefixes=prefixes)
    if not results or general.findings or general.rejects:
        results.insert(0, general)
    return tuple(results)


def _without_others_columns(results: Sequence[ListReadResult]) -> list[ListReadResult]:
    """Return the sheets without findings that miss a mapped column which another sheet has."""
    used = {column for each in results for _, column in each.mapping}

    def is_elsewhere(finding: Finding) -> bool:
        column = finding.column or ""
        there = any(name == column or name.endswith(f" / {column}") for name in used)
        return finding.message.startswith(MISSING) and there

    return [
        replace(each, findings=tuple(one for one in each.findings if not is_elsewhere(one)))
        for each in results
    ]


def _read_sheet(
    notes: Notes, sheet: Sheet, source: SourceList, options: ReadOptions
) -> ListReadResult:
    known = frozenset(column for _, column in source.mapping)
    table = find_table(notes, sheet, known, guess=options.guess)
    if table is None:
        return notes.result((), sheet=sheet.name)
    sample = list(islice(table.lines, _SAMPLE))
    if options.guess and any(cell.startswith(FORM_MARK) for cell in _cells(sample)):
        notes.say("is a call list or form of a register, with answers to it, no list of people: "
                  "'safepassage register ask answers' takes it in", stops=True)  # fmt: skip
        return notes.result((), sheet=sheet.name)
    mapping = checked_mapping(
        notes, table.header, source.mapping, [line.cells for line in sample], guess=options.guess
    )
    if not mapping:
        _keep_unread(notes, table.header, chain(sample, table.lines), guess=options.guess)
        return notes.result((), sheet=sheet.name, columns=table.header)
    if options.guess and not source.asks_choice:
        _say_not_asked(notes, {each.standard for each in mapping})
    reader = RowReader(notes, table.header, mapping, source, options, sheet)
    reader.learn_places(sample)
    lines = _reported(chain(sample, table.lines), options)
    records = tuple(record for line in lines for record in reader.read(line))
    if not sample:
        notes.say("the list is empty: it has a header and no rows")
    _look_over(notes, records, source, options)
    pairs = tuple((each.standard, each.column) for each in mapping)
    return notes.result(records, pairs, sheet.name, mapping, table.header)


def _cells(lines: Sequence[Line]) -> Iterator[str]:
    return chain.from_iterable(line.cells for line in lines)


def _say_not_asked(notes: Notes, standards: set[str]) -> None:
    if standards & {"choice", "consent", "consents", *CONSENT_COLUMNS}:
        notes.say("has choices or consents, but is not said to have asked the people themselves; "
                  "they are carried as text and count for nothing")  # fmt: skip


def _look_over(
    notes: Notes, records: tuple[ListRecord, ...], source: SourceList, options: ReadOptions
) -> None:
    say_what_repeats(notes, records)
    if options.guess:
        say_contradictions(notes, records, source.as_of)


def _keep_unread(
    notes: Notes, header: tuple[str, ...], lines: Iterator[Line], *, guess: bool
) -> None:
    """Keep the rows of a sheet in which no column holds a name: nothing is lost."""
    if guess:
        for line in lines:
            notes.set_aside(line.row, header, line.cells, "No column of the sheet holds a name.")


def _reported(lines: Iterator[Line], options: ReadOptions) -> Iterator[Line]:
    for at, line in enumerate(lines, 1):
        if options.report and at % _REPORT_EVERY == 0:
            options.report(at, 0, f"{at:,} rows")
        yield line
