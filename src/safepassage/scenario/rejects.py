"""Rows that were set aside, kept whole, with the reasons (00-scenario §15, §16, §41)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

NOTICE = (
    "Rows set aside by safepassage, as they came. This file may hold personal data: "
    "keep it as safe as the source and delete it when the rows are corrected."
)
ROW_COLUMN = "row"
REASON_COLUMN = "reason"
_FORMULA_AFTER_QUOTES = re.compile(r"'*[=+@\t\r-]")
_ESCAPED = re.compile(r"'+[=+@\t\r-]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row that was not used.

    Parameters
    ----------
    file
        Path relative to the scenario folder.
    row
        Row as a spreadsheet shows it; for GeoJSON the number of the feature, from 1.
    header
        Column names of the file.
    cells
        The cells as they came; never logged, since they may be personal.
    reasons
        Sentences.
    """

    file: str
    row: int
    header: tuple[str, ...]
    cells: tuple[str, ...]
    reasons: tuple[str, ...]


def write_rejects(rejects: Iterable[RejectedRow], folder: Path) -> tuple[Path, ...]:
    """Write one CSV per source file with the rows set aside, and return their paths.

    The first row is a notice that the file may hold personal data, the second the header: the
    row's number in its source, the source's own columns, the reasons. Cells that a spreadsheet
    would run as a formula get an apostrophe in front; :func:`unescape_cell` takes it off again.

    Parameters
    ----------
    folder
        Is made if needed; only the owner may read the files, where the system knows owners.
    """
    ordered = sorted(rejects, key=lambda reject: (reject.file, reject.row))
    return tuple(
        _write_file(folder / reject_name(file), list(rows))
        for file, rows in groupby(ordered, key=lambda reject: reject.file)
    )


def reject_name(file: str) -> str:
    """Return the name of the reject file of a source file.

    Examples
    --------
    >>> reject_name("terms/acts.csv")
    'terms__acts.csv.rejects.csv'
    """
    return file.replace("/", "__") + ".rejects.csv"


def escape_cell(text: str) -> str:
    """Return a cell that no spreadsheet runs as a formula; numbers are left alone.

    Examples
    --------
    >>> escape_cell("=1+1"), escape_cell("-5"), escape_cell("Anna")
    ("'=1+1", '-5', 'Anna')
    """
    risky = _FORMULA_AFTER_QUOTES.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if risky else text


def unescape_cell(text: str) -> str:
    """Return the cell that :func:`escape_cell` was given."""
    return text[1:] if _ESCAPED.match(text) else text


def _write_file(path: Path, rejects: list[RejectedRow]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)  # a file from an earlier run keeps its own mode
    width = max(len(reject.cells) for reject in rejects)
    header = rejects[0].header + ("",) * (width - len(rejects[0].header))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([NOTICE])
        writer.writerow([ROW_COLUMN, *map(escape_cell, header), REASON_COLUMN])
        writer.writerows(_line(reject, width) for reject in rejects)
    return path


def _line(reject: RejectedRow, width: int) -> list[str]:
    padded = reject.cells + ("",) * (width - len(reject.cells))
    return [str(reject.row), *map(escape_cell, padded), " ".join(reject.reasons)]
