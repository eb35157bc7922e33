"""Every exception the package raises on purpose.

::

    SafePassageError                  a sentence for the person who can fix it; exit code 1
    ├── InputError                    a file, row or column that cannot be used
    │   ├── ScenarioError             a scenario folder that cannot be read at all
    │   └── VersionError              written by a version this one cannot read
    ├── InfeasibleError               no answer exists; says which rules exclude it
    ├── RefusedError                  an answer exists but would mislead (e.g. an estimate)
    └── MissingExtraError             an optional dependency is not installed
    UsageError                        the command was called wrongly; exit code 2

A message names the file, row and column where they exist, what was found, and what is accepted.
Personal values are masked with :func:`mask` before they enter a message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class SafePassageError(Exception):
    """Base of every error raised on purpose; its text is a sentence for a person."""


class UsageError(SafePassageError):
    """The command was called in a way that cannot be understood (exit code 2)."""


class InfeasibleError(SafePassageError):
    """No answer exists; the message names the rules that exclude it."""


class RefusedError(SafePassageError):
    """An answer could be computed but would mislead; the message says why."""


class MissingExtraError(SafePassageError):
    """An optional dependency is needed and absent; the message says how to install it."""

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the extra '{extra}': pip install 'safepassage[{extra}]'."
        )
        self.extra = extra


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The row or file cannot be used; it is set aside."""
    WARNING = "warning"
    """Used, but a person should look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an input, placed so that a clerk can find it.

    Parameters
    ----------
    message
        A sentence: what was found and what is accepted. Personal values are masked.
    file
        Path relative to the scenario folder, or the file name as the user gave it.
    row
        Row as a spreadsheet shows it: the header is row 1. None where no row applies.
    column
        Column name as it stands in the file, or None.
    severity
        Whether the row is set aside or used with a warning.
    rule
        The numbered rule, such as ``"00-scenario §12"``.
    """

    message: str
    file: str = ""
    row: int | None = None
    column: str | None = None
    severity: Severity = Severity.ERROR
    rule: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column '{self.column}'"
        return f"{place}: {self.message}" if place else self.message

    def to_json(self) -> dict[str, str | int | None]:
        """Return the finding as a JSON object."""
        return {
            "severity": self.severity.value,
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "message": self.message,
            "rule": self.rule,
        }


class InputError(SafePassageError):
    """An input cannot be used; carries the findings that say where and why."""

    def __init__(self, findings: Finding | Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = (
            (findings,) if isinstance(findings, Finding) else tuple(findings)
        )
        super().__init__("\n".join(str(finding) for finding in self.findings))


class ScenarioError(InputError):
    """A scenario folder cannot be read at all."""


class VersionError(InputError):
    """A file was written in a format version that this version cannot read."""


def mask(value: str) -> str:
    """Return a personal value so that it can be recognised by its owner but not read.

    Examples
    --------
    >>> mask("Іваненко")
    'І… (8 characters)'
    >>> mask("")
    '(empty)'
    """
    return f"{value[0]}… ({len(value)} characters)" if value else "(empty)"
