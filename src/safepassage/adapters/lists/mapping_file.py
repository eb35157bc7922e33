"""Saved column mappings: one JSON file that the next list of the same source is read with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safepassage.adapters.lists.columns import STANDARD
from safepassage.adapters.outgoing import write_outgoing
from safepassage.errors import Finding, InputError, VersionError

VERSION = 1
_KEYS = ("sheet", "delimiter", "encoding", "region")


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """Columns, and what else is needed to read the file.

    Parameters
    ----------
    columns
        (standard column, column of the file) pairs.
    sheet, delimiter, encoding, region
        As the options of the same names; empty where not saved.
    """

    columns: tuple[tuple[str, str], ...]
    sheet: str = ""
    delimiter: str = ""
    encoding: str = ""
    region: str = ""


def read_mapping(path: Path) -> SavedMapping:
    """Read a mapping: what :func:`write_mapping` wrote, or an object of columns alone.

    Raises
    ------
    OSError
        If the file cannot be opened.
    InputError
        If it is no mapping; the message says what is accepted.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise InputError(Finding("is no JSON", str(path))) from error
    if not isinstance(found, dict):
        raise InputError(Finding(f"is no mapping; accepted is {_EXAMPLE}", str(path)))
    _check_version(path, found)
    columns = found.get("columns", found)
    if not isinstance(columns, dict) or not columns:
        raise InputError(Finding(f"is no mapping; accepted is {_EXAMPLE}", str(path)))
    pairs = tuple(pair for name, value in columns.items() for pair in _pairs(path, name, value))
    rest = {key: str(found[key]) for key in _KEYS if "columns" in found and found.get(key)}
    return SavedMapping(pairs, **rest)


def write_mapping(mapping: SavedMapping, path: Path) -> None:
    """Write a mapping as JSON; a column's name is the only thing in it that comes from the list."""
    columns: dict[str, Any] = {}
    for standard, column in mapping.columns:
        known = columns.get(standard)
        columns[standard] = column if known is None else [*_listed(known), column]
    document = {"safepassage_mapping": VERSION, "columns": columns}
    document |= {key: value for key in _KEYS if (value := getattr(mapping, key))}
    text = json.dumps(document, ensure_ascii=False, indent=2)
    write_outgoing(path, f"{text}\n".encode())


_EXAMPLE = '{"columns": {"full_name": "ФИО", "birth": "Дата рождения"}}'


def _check_version(path: Path, found: dict[str, Any]) -> None:
    version = found.get("safepassage_mapping", VERSION)
    if version != VERSION:
        message = f"is a mapping of version {version}; this version reads version {VERSION}"
        raise VersionError(Finding(message, str(path)))


def _pairs(path: Path, standard: str, value: Any) -> list[tuple[str, str]]:
    columns = _listed(value)
    if standard not in STANDARD or not all(isinstance(each, str) for each in columns):
        accepted = ", ".join(sorted(STANDARD))
        message = (
            f"'{standard}' is no standard column with the name of a column; accepted: {accepted}"
        )
        raise InputError(Finding(message, str(path)))
    return [(standard, " ".join(column.split())) for column in columns]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
