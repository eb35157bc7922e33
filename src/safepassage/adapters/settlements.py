"""Read any table of dated settlement control, as untidy as such tables are.

The table's own columns are named by the caller, and the meaning of each word for a holder stands
in a file that somebody of the operation has written: a spelling is never guessed. Rows that cannot
be used come back whole with their reasons. Rules: docs/spec/00-scenario.md §45, §46.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from safepassage.core.corridor.types import DateMeaning, SettlementFact
from safepassage.errors import Finding, InputError
from safepassage.scenario.build import build_settlement
from safepassage.scenario.cells import one_line
from safepassage.scenario.decode import decode
from safepassage.scenario.rejects import RejectedRow
from safepassage.scenario.schema import (
    HOLDER_STATES,
    HOLDER_WORDS,
    SETTLEMENT_CONTROL,
    Column,
)
from safepassage.scenario.tables import Table, find_delimiter, read_table, split_records
from safepassage.scenario.types import HolderWord
from safepassage.scenario.world_rules import why_no_holder
from safepassage.scenario.writer import write_table

COLUMNS = tuple(column.name for column in SETTLEMENT_CONTROL.columns)
"""What a column of a table can stand for."""


@dataclass(frozen=True, slots=True)
class SettlementTable:
    """What a table gave.

    Parameters
    ----------
    facts
        The rows that can be used, in their order.
    findings
        What is wrong with the others, in their order.
    rejects
        The others, whole, with reasons.
    unknown_words
        (word, rows) of words that nobody has given a meaning, the most frequent first.
    """

    facts: tuple[SettlementFact, ...]
    findings: tuple[Finding, ...]
    rejects: tuple[RejectedRow, ...]
    unknown_words: tuple[tuple[str, int], ...]


def read_holder_words(path: Path) -> tuple[HolderWord, ...]:
    """Read a ``holder_words.csv``: what each word for a holder means.

    Raises
    ------
    InputError
        If any row cannot be used: a meaning must not be left out in silence.
    """
    _require_file(path)
    table = read_table(path.parent, path.name, HOLDER_WORDS)
    if table.findings or table.rejects:
        raise InputError(table.findings)
    rows: list[Any] = [typed.values for typed in table.rows]
    return tuple(HolderWord(**values) for values in rows)


def read_settlement_table(
    path: Path,
    words: tuple[HolderWord, ...],
    *,
    source: str,
    columns: Mapping[str, str] | None = None,
    meaning: DateMeaning = DateMeaning.SEEN,
    timezone: str = "UTC",
) -> SettlementTable:
    """Read a table of who held which settlement on which date.

    Parameters
    ----------
    path
        CSV in any usual encoding and separator, its first row the header.
    words
        What each word for a holder means; ``contested``, ``truce`` and ``unknown`` mean themselves.
    source
        Where the facts come from, for rows without a source of their own.
    columns
        Name in :data:`COLUMNS` to the table's own; those left out have the same name in it. Other
        columns of the table are passed over.
    meaning
        Of the dates, for rows that do not say.
    timezone
        IANA name of the zone in which the dates are days.

    Raises
    ------
    InputError
        If there is no such file, or it has no column that is needed.
    """
    _require_file(path)
    names = {name: name for name in COLUMNS} | dict(columns or {})
    table = _read(path, names)
    rows = _usable(table, words, names)
    means = {item.words: item.means for item in words}
    usual = {"source": source, "meaning": meaning.value}
    facts = tuple(
        build_settlement(_standard(values, names, usual), means, ZoneInfo(timezone))
        for values in rows
    )
    return SettlementTable(
        facts, tuple(table.findings), tuple(table.rejects), _unknown_words(table, names)
    )


def write_settlements(
    facts: tuple[SettlementFact, ...], words: tuple[HolderWord, ...], folder: Path
) -> tuple[Path, Path]:
    """Write the two tables of a scenario that hold the facts and the words; return their paths."""
    rows = [
        {
            "settlement": fact.settlement,
            "lat": fact.lat,
            "lon": fact.lon,
            "dated": fact.dated.date().isoformat(),
            "meaning": fact.meaning.value,
            "held_by": fact.held_by,
            "source": fact.source,
        }
        for fact in facts
    ]
    control, meanings = (folder / item.path for item in (SETTLEMENT_CONTROL, HOLDER_WORDS))
    write_table(control, SETTLEMENT_CONTROL, rows)
    write_table(
        meanings, HOLDER_WORDS, [{"words": item.words, "means": item.means} for item in words]
    )
    return control, meanings


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise InputError(Finding("there is no such file", str(path)))


def _read(path: Path, names: Mapping[str, str]) -> Table:
    """Read the table by the scenario's own rules for rows and cells, under its own column names."""
    header = _header(path)
    missing = [names[name] for name in _NEEDED if names[name] not in header]
    if missing:
        found = ", ".join(f"'{name}'" for name in header if name) or "nothing"
        message = f"has no column '{missing[0]}'; it has {found}: name the columns to be read"
        raise InputError(Finding(message, path.name, row=1))
    ours = {names[column.name]: column for column in SETTLEMENT_CONTROL.columns}
    columns = tuple(
        replace(ours[name], name=name, required=ours[name].name in _NEEDED)
        if name in ours
        else Column(name, "text", "Not read.")
        for name in dict.fromkeys(header)
        if name
    )
    return read_table(path.parent, path.name, replace(SETTLEMENT_CONTROL, columns=columns))


_NEEDED = ("settlement", "lat", "lon", "dated", "held_by")


def _header(path: Path) -> list[str]:
    decoded = decode(path.read_bytes())
    if decoded is None or not decoded.text.strip():
        raise InputError(Finding("is empty or not text; accepted: a CSV table", path.name))
    delimiter = find_delimiter(decoded.text, frozenset(COLUMNS))
    records, _ = split_records(decoded.text, delimiter)
    return [one_line(cell).strip() for cell in records[0]]


def _usable(
    table: Table, words: tuple[HolderWord, ...], names: Mapping[str, str]
) -> list[Mapping[str, object]]:
    """Set the rows aside whose holder has no meaning, and return the values of the others."""
    known = (*(item.words for item in words), *HOLDER_STATES)
    parties = {item.means for item in words} - set(HOLDER_STATES)
    column = names["held_by"]
    problems = {
        typed.row: [
            table.problem(why_no_holder(str(typed.values[column]), known), 45,
                          row=typed.row, column=column)
        ]
        for typed in table.rows
        if typed.values[column] not in known and typed.values[column] not in parties
    }  # fmt: skip
    table.set_aside(problems)
    table.findings.sort(key=lambda finding: finding.row or 0)
    table.rejects.sort(key=lambda reject: reject.row)
    return [typed.values for typed in table.rows]


def _standard(
    values: Mapping[str, Any], names: Mapping[str, str], usual: Mapping[str, str]
) -> dict[str, Any]:
    found = {name: values.get(own) for name, own in names.items()}
    return found | {name: found[name] or value for name, value in usual.items()}


def _unknown_words(table: Table, names: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    place = table.header.index(names["held_by"])
    counts: dict[str, int] = {}
    for reject in table.rejects:
        if any(_NO_WORD in reason for reason in reject.reasons):
            word = reject.cells[place].strip()
            counts[word] = counts.get(word, 0) + 1
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


_NO_WORD = "is neither a party nor a word of holder_words.csv"
