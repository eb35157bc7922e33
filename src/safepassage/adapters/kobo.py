"""Exports of Kobo and ODK: a form and its repeats, joined to one person a row (01b-import).

Kobo puts each repeat on a sheet of its own (or into a CSV file) and joins it by ``_index`` and
``_parent_index``, with ``_parent_table_name`` and ``_submission__uuid``; ODK Central joins by
``KEY`` and ``PARENT_KEY``. Sources: KoboToolbox, "Managing repeat group data" and "Columns in data
exports"; ODK Central, "Submissions: exporting".
"""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from safepassage.adapters.lists.columns import CONSENT_COLUMNS, NAMES, standard_of
from safepassage.adapters.lists.types import Line, Notes, Sheet
from safepassage.core.register.scripts import fold
from safepassage.core.register.words import HEAD_WORDS, header_key
from safepassage.scenario.rejects import RejectedRow

HOUSEHOLD_COLUMN = "household key"
"""Name of the column that joins persons of one submission; mapped to ``household_key``."""
_PARENT_INDEX = ("_parent_index", "PARENT_KEY")
_OWN_INDEX = ("_index", "KEY")
_VALIDATION = ("_validation_status", "_submission__validation_status", "ReviewState")
_NOT_APPROVED = frozenset({
    "not approved", "validation_status_not_approved", "rejected", "не схвалено", "не одобрено",
    "відхилено", "отклонено",
})  # fmt: skip
_MACHINE = frozenset({
    "_id", "_notes", "_status", "_submitted_by", "__version__", "_tags", "_submission__id",
    "_submission__notes", "_submission__status", "_submission__submitted_by",
    "_submission___version__", "_submission__tags", "_submission__submission_time",
})  # fmt: skip
_PERSONAL = frozenset({
    *NAMES, "patronymic", "birth", "age", "sex", "documents", "maiden_name", "birth_place", "needs",
    "choice", "consent", "consents", "destinations",
})  # fmt: skip
"""What one person says of themselves; a submission's answer is not each member's."""
_MOST_FILES = 50
_ANY_ROOT = "\0"
"""In the place of a table's name, which cannot be this."""


@dataclass(frozen=True, slots=True)
class _FormTable:
    """One table of a form with its rows in memory."""

    sheet: Sheet
    header: tuple[str, ...]
    lines: tuple[Line, ...]

    def at(self, names: Iterable[str]) -> int | None:
        """Return where the first of these columns stands, None if there is none."""
        return next((self.header.index(name) for name in names if name in self.header), None)

    def value(self, line: Line, names: Iterable[str]) -> str:
        """Return a cell by the name of its column, empty if there is none."""
        at = self.at(names)
        return line.cells[at].strip() if at is not None and at < len(line.cells) else ""

    @property
    def name(self) -> str:
        """Name of the table as ``_parent_table_name`` has it."""
        return self.sheet.name or self.sheet.label


def join_form(notes: Notes, sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return the sheets with a form's repeats joined to their submissions; others as they are.

    A submission that a supervisor has not approved is set aside with all its rows, and said.
    """
    looked = [_peek(sheet) for sheet in sheets]
    if not any(_is_form(header) for _, header in looked):
        return [sheet for sheet, _ in looked]
    tables = [_table(sheet, header) for sheet, header in looked]
    parents = [table for table in tables if table.at(_PARENT_INDEX) is None]
    repeats = [table for table in tables if table.at(_PARENT_INDEX) is not None]
    refused = _refused(notes, parents)
    return [_joined(notes, table, parents, repeats, refused) for table in _units(parents, repeats)]


def folder_files(folder: Path) -> list[tuple[str, bytes]]:
    """Return the CSV files of a folder, the form before its repeats."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".csv", ".tsv"})
    return _form_first([(path.name, path.read_bytes()) for path in paths[:_MOST_FILES]])


def archive_files(data: bytes) -> list[tuple[str, bytes]]:
    """Return the CSV files of a ZIP archive, empty if it is none or holds none."""
    from safepassage.adapters.sheets import MOST_BYTES, why_unsafe

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith((".csv", ".tsv"))]
            if not names or why_unsafe(archive, data):
                return []
            size = sum(archive.getinfo(name).file_size for name in names)
            if size > MOST_BYTES or len(names) > _MOST_FILES:
                return []
            return _form_first([(Path(name).name, archive.read(name)) for name in sorted(names)])
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []


def _form_first(files: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Put the form first: a repeat of ODK has the form's name and more."""
    return sorted(files, key=lambda file: (len(Path(file[0]).stem), file[0]))


# ---------------------------------------------------------------------------------------- tables


def _peek(sheet: Sheet) -> tuple[Sheet, tuple[str, ...]]:
    """Return a sheet that still gives all its lines, and its first line."""
    lines = iter(sheet.lines)
    head = list(islice(lines, 1))
    header = tuple(" ".join(cell.split()) for cell in head[0].cells) if head else ()
    whole = Sheet(
        sheet.label, chain(head, lines), sheet.name, sheet.prefix, sheet.merges, sheet.has_header
    )
    return whole, header


def _is_form(header: Sequence[str]) -> bool:
    names = set(header)
    kobo = {"_index"} <= names and bool(names & {"_uuid", "_parent_index", "_submission__uuid"})
    return kobo or {"KEY", "SubmissionDate"} <= names or {"KEY", "PARENT_KEY"} <= names


def _table(sheet: Sheet, header: tuple[str, ...]) -> _FormTable:
    return _FormTable(sheet, header, tuple(islice(sheet.lines, 1, None)))


def _units(parents: Sequence[_FormTable], repeats: Sequence[_FormTable]) -> list[_FormTable]:
    """Return the tables whose rows may be persons: those with a name, repeats before forms."""
    named = [table for table in repeats if any(map(_is_name, table.header))]
    return [*parents, *named]


def _is_name(column: str) -> bool:
    return standard_of(column) in NAMES or _is_head(column)


def _is_head(column: str) -> bool:
    return header_key(column.rpartition("/")[2]) in HEAD_WORDS


def _refused(notes: Notes, parents: Sequence[_FormTable]) -> set[str]:
    """Return the keys of submissions that a supervisor did not approve."""
    found: set[str] = set()
    for table in parents:
        for line in table.lines:
            if fold(table.value(line, _VALIDATION)).strip() in _NOT_APPROVED:
                found |= {key for name in _OWN_INDEX if (key := table.value(line, [name]))}
    if found:
        notes.say(f"{len(found)} submissions are marked as not approved; they were set aside with "
                  "all their rows")  # fmt: skip
    return found


# --------------------------------------------------------------------------------------- joining


def _joined(
    notes: Notes,
    table: _FormTable,
    parents: Sequence[_FormTable],
    repeats: Sequence[_FormTable],
    refused: set[str],
) -> Sheet:
    """Return one table with the columns of its submission beside its own."""
    by_key = _by_key(parents, repeats)
    own = [at for at, column in enumerate(table.header) if column and column not in _MACHINE]
    from_parent = _parent_columns(table, parents)
    header = [HOUSEHOLD_COLUMN, *(_own_name(table, table.header[at]) for at in own)]
    header += [_beside(column, header) for column in from_parent]
    lines = _joined_lines(notes, table, by_key, own, from_parent, refused, repeats)
    sheet = table.sheet
    return Sheet(sheet.label, chain([Line(1, header)], lines), sheet.name, sheet.prefix, (), True)


def _joined_lines(
    notes: Notes,
    table: _FormTable,
    by_key: Mapping[tuple[str, str], tuple[_FormTable, Line]],
    own: Sequence[int],
    from_parent: Sequence[str],
    refused: set[str],
    repeats: Sequence[_FormTable],
) -> Iterator[Line]:
    named_below = _names_below(table, repeats)
    for line in table.lines:
        if not any(map(str.strip, line.cells)):
            continue
        up = list(_ancestors(table, line, by_key))
        keys = {key for each, at in [(table, line), *up] for name in _OWN_INDEX
                if (key := each.value(at, [name]))}  # fmt: skip
        root_table, root = up[-1] if up else (table, line)
        if not up and table.at(_PARENT_INDEX) is not None:
            notes.say("belongs to a submission that the file does not hold; kept without it",
                      line.row)  # fmt: skip
        if keys & refused and _root_is_refused(root_table, root):
            _set_aside(notes, table, line, "Not approved by a supervisor.")
            continue
        if _is_told_by_members(table, line, named_below):
            continue
        values = [line.cells[at] if at < len(line.cells) else "" for at in own]
        values += [_inherited(up, column) for column in from_parent]
        yield Line(line.row, [_household(root_table, root), *values])


def _is_told_by_members(table: _FormTable, line: Line, named_below: Mapping[str, set[str]]) -> bool:
    """Return whether a submission's row is carried whole with the rows of its members.

    It is where its own name, if any, is one of theirs; else the head is one more person.
    """
    members = named_below.get(_key(table, line))
    return members is not None and _name(table, line) in {"", *members}


def _root_is_refused(table: _FormTable, line: Line) -> bool:
    return fold(table.value(line, _VALIDATION)).strip() in _NOT_APPROVED


def _set_aside(notes: Notes, table: _FormTable, line: Line, reason: str) -> None:
    notes.rejects.append(
        RejectedRow(table.sheet.label, line.row, table.header, tuple(line.cells), (reason,))
    )


def _by_key(
    parents: Sequence[_FormTable], repeats: Sequence[_FormTable]
) -> dict[tuple[str, str], tuple[_FormTable, Line]]:
    """Return every row of every table by (table, key); ODK's keys are unique without a table."""
    found = {}
    for table in (*parents, *repeats):
        for line in table.lines:
            for column, name in (("_index", table.name), ("KEY", "")):
                if key := table.value(line, [column]):
                    found[name, key] = (table, line)
    return found | _roots_by_key(found)


def _roots_by_key(
    by_key: Mapping[tuple[str, str], tuple[_FormTable, Line]],
) -> dict[tuple[str, str], tuple[_FormTable, Line]]:
    """Return the form's rows by key alone, for CSV files whose name is not the table's."""
    roots = defaultdict(list)
    for (_, key), found in by_key.items():
        if _is_root(found[0]):
            roots[key].append(found)
    return {(_ANY_ROOT, key): rows[0] for key, rows in roots.items() if len(rows) == 1}


def _ancestors(
    table: _FormTable, line: Line, by_key: Mapping[tuple[str, str], tuple[_FormTable, Line]]
) -> Iterator[tuple[_FormTable, Line]]:
    """Yield what a row belongs to, from its parent up to the submission."""
    for _ in range(_MOST_FILES):
        key = table.value(line, _PARENT_INDEX)
        above = table.value(line, ["_parent_table_name"])
        found = by_key.get((above, key)) or by_key.get(("", key))
        found = found or by_key.get((_ANY_ROOT, key))
        if not key or found is None or found[1] is line:
            return
        table, line = found
        yield found


def _is_root(table: _FormTable) -> bool:
    return table.at(_PARENT_INDEX) is None


def _parent_columns(table: _FormTable, parents: Sequence[_FormTable]) -> list[str]:
    if _is_root(table):
        return []
    machine = _MACHINE | set(_OWN_INDEX)
    columns = chain.from_iterable(parent.header for parent in parents)
    return [column for column in dict.fromkeys(columns) if column and column not in machine]


def _inherited(up: Sequence[tuple[_FormTable, Line]], column: str) -> str:
    return next((found for table, line in up if (found := table.value(line, [column]))), "")


def _beside(column: str, header: Sequence[str]) -> str:
    """Name a submission's column; a name or birth there is the head's and not the member's."""
    standard = standard_of(column)
    personal = standard in _PERSONAL or standard in CONSENT_COLUMNS or _is_head(column)
    return f"of the submission: {column}" if personal or column in header else column


def _own_name(table: _FormTable, column: str) -> str:
    """Return a column's name; that of the head is a name where the form has no other."""
    if _is_head(column) and not any(standard_of(each) in NAMES for each in table.header):
        return f"{column}/full name"
    return column


def _household(table: _FormTable, line: Line) -> str:
    return table.value(line, ["_uuid", "KEY", "meta-instanceID", "_index"])


def _key(table: _FormTable, line: Line) -> str:
    return table.value(line, _OWN_INDEX)


def _names_below(table: _FormTable, repeats: Sequence[_FormTable]) -> dict[str, set[str]]:
    """Return the folded names of the members of each submission."""
    found: dict[str, set[str]] = {}
    if not _is_root(table):
        return found
    for repeat in repeats:
        for line in repeat.lines if any(map(_is_name, repeat.header)) else ():
            found.setdefault(repeat.value(line, _PARENT_INDEX), set()).add(_name(repeat, line))
    return found


def _name(table: _FormTable, line: Line) -> str:
    parts = [
        cell
        for column, cell in zip(table.header, line.cells, strict=False)
        if standard_of(column) in {*NAMES, "patronymic"} or _is_head(column)
    ]
    return " ".join(sorted(fold(" ".join(parts)).split()))
