"""What the readers of lists hand to each other: lines of a sheet, notes, the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from safepassage.core.register.types import ListRecord
from safepassage.errors import Finding, Severity
from safepassage.scenario.rejects import RejectedRow

RULE = "01b-import §2"
MOST_ALIKE = 100
"""Findings of one kind and column that are given one by one; of the rest the number is said."""

Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column of a merged area, counted from 0."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file, as it stands there.

    Parameters
    ----------
    row
        As a spreadsheet shows it: the first row is 1.
    filled
        Cells that were given their value by a merged cell above them.
    wide
        Whether one merged cell takes up most of the row, as a heading does.
    broken
        Whether the line's quotes do not match, so that its cells may be cut wrongly.
    """

    row: int
    cells: list[str]
    filled: frozenset[int] = frozenset()
    wide: bool = False
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook, one CSV file, or several joined.

    Parameters
    ----------
    label
        The file as findings name it, with the sheet where the file has several.
    name
        Name of the sheet; empty where the file has one only.
    prefix
        Stands before the row in a record id where a file has several sheets: ``"s2."``.
    merges
        Merged areas; empty for text.
    has_header
        True where the first line is known to be the header.
    """

    label: str
    lines: Iterable[Line]
    name: str = ""
    prefix: str = ""
    merges: tuple[Merge, ...] = ()
    has_header: bool = False


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is read beyond what the description of its list says.

    Parameters
    ----------
    sheet
        Name or number (from 1) of the only sheet to read; empty for all.
    region
        Two-letter region to which a telephone number without a country code belongs.
    document_key
        Key of the hashes that stand for document numbers.
    split_families
        Make one record of each name where a cell plainly lists several with years of birth.
    guess
        Also take columns by their values where no header says what they hold, write numbers in
        E.164 beside the original, and look for contradictions.
    on
        ISO date on which a PFIF record counts as expired or not; empty for never.
    report
        Is told (rows read, rows in all or 0).
    """

    sheet: str = ""
    region: str = ""
    document_key: bytes = b""
    split_families: bool = False
    guess: bool = True
    on: str = ""
    report: Callable[[float, float, str], None] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A column of the file, what it is taken for, and why.

    Parameters
    ----------
    reason
        In words: by its header, or by its values.
    """

    standard: str
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class ListReadResult:
    """What a list gave.

    Parameters
    ----------
    records
        Rows that can be used, in order.
    findings
        What was wrong, each placed; personal values masked.
    rejects
        Rows set aside, whole, with reasons.
    mapping
        (standard column, column of the file) pairs that were used.
    sheet
        Name of the sheet where the file has several.
    suggestions
        Why each column was taken for what it is.
    columns
        The header, as read.
    prefixes
        (file and sheet as findings name it, what stands before its rows in a record id) pairs.
    """

    records: tuple[ListRecord, ...]
    findings: tuple[Finding, ...]
    rejects: tuple[RejectedRow, ...]
    mapping: tuple[tuple[str, str], ...] = ()
    sheet: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    columns: tuple[str, ...] = ()
    prefixes: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Notes:
    """Findings and rejects of one sheet while it is read."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    rejects: list[RejectedRow] = field(default_factory=list)
    _alike: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    _unsaid: dict[tuple[str, str | None], tuple[int, int]] = field(default_factory=dict)

    def say(
        self,
        message: str,
        row: int | None = None,
        column: str | None = None,
        *,
        stops: bool = False,
        kind: str = "",
        most: int = MOST_ALIKE,
        rule: str = RULE,
    ) -> None:
        """Record a finding; of those with the same `kind` and column only the first `most`."""
        kind = kind or message
        self._alike[kind, column] += 1
        if row is not None and self._alike[kind, column] > most:
            first, _ = self._unsaid.get((kind, column), (row, row))
            self._unsaid[kind, column] = (first, row)
            return
        severity = Severity.ERROR if stops else Severity.WARNING
        self.findings.append(Finding(message, self.file, row, column, severity, rule))

    def set_aside(
        self, row: int, header: tuple[str, ...], cells: Iterable[str], reason: str
    ) -> None:
        """Keep a row that is no person's, whole, with the reason."""
        self.rejects.append(RejectedRow(self.file, row, header, tuple(cells), (reason,)))

    def result(
        self,
        records: tuple[ListRecord, ...],
        mapping: tuple[tuple[str, str], ...] = (),
        sheet: str = "",
        suggestions: tuple[Suggestion, ...] = (),
        columns: tuple[str, ...] = (),
    ) -> ListReadResult:
        """Return what the sheet gave; says how many findings of a kind were not given."""
        for (kind, column), (first, last) in self._unsaid.items():
            rows = f"from row {first} to row {last}" if last > first else f"in row {last}"
            message = f"more of the same {rows}: {kind}"
            self.findings.append(Finding(message, self.file, None, column, Severity.WARNING, RULE))
        self._unsaid.clear()
        return ListReadResult(
            records, tuple(self.findings), tuple(self.rejects), mapping, sheet, suggestions, columns
        )  # fmt: skip
