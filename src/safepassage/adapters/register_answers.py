"""A spreadsheet of decisions: two records and a verdict a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from safepassage.core.register.entries import Decided, Entry, Verdict
from safepassage.errors import Finding, InputError
from safepassage.scenario.decode import decode

NEEDED = ("left", "right", "verdict")
RULE = "01e-decide §24"
_VERDICTS = {
    "same": Verdict.SAME, "s": Verdict.SAME, "different": Verdict.DIFFERENT, "d": Verdict.DIFFERENT,
}  # fmt: skip
Pair = frozenset[str]


@dataclass(frozen=True, slots=True)
class DecisionsRead:
    """What a file of decisions holds.

    Parameters
    ----------
    decisions
        In the order of the rows; rows already decided so are not among them.
    findings
        Rows that were not used, and why.
    """

    decisions: tuple[Decided, ...]
    findings: tuple[Finding, ...]


def read_decisions(
    path: Path, records: AbstractSet[str], in_force: Iterable[Entry] = ()
) -> DecisionsRead:
    """Return the decisions of a CSV with the columns left, right, verdict and, if wanted, reason.

    Rows without a verdict are left for later and not spoken of. A row that names no record, says
    neither same nor different, or contradicts another row or an earlier decision, is not used.

    Parameters
    ----------
    records
        Ids of the records that are there.
    in_force
        The log; empty to decide against earlier decisions as well.

    Raises
    ------
    InputError
        If the file is no CSV with these columns.
    """
    rows = [(at, row) for at, row in _rows(path) if row["verdict"]]
    earlier = _verdicts(in_force)
    contradicted = _contradicted(rows)
    decisions: list[Decided] = []
    findings: list[Finding] = []
    for at, row in rows:
        pair, wrong = _pair(row), _wrong(row, records)
        if not wrong and pair in contradicted:
            wrong = "the file gives two verdicts on this pair"
        verdict = _VERDICTS.get(row["verdict"].lower())
        said = earlier.get(pair)
        if not wrong and said is not None and said[0] is not verdict:
            wrong = f"{said[1]} decided otherwise; --anyway decides anew"
        if wrong:
            findings.append(Finding(f"{wrong}.", path.name, at, rule=RULE))
        elif verdict is not None and (said is None or said[0] is not verdict):
            decisions.append(Decided(verdict, (row["left"],), (row["right"],), row["reason"]))
    return DecisionsRead(tuple(dict.fromkeys(decisions)), tuple(findings))


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    read = decode(path.read_bytes())
    if read is None:
        raise InputError(Finding("this is no text; a CSV is needed.", path.name))
    delimiter = max(",;\t", key=read.text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(read.text), delimiter=delimiter)
    header = [cell.strip().lower() for cell in next(reader, [])]
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise InputError(
            Finding(f"a file of decisions needs the column {' and '.join(missing)}.", path.name, 1)
        )
    found = []
    for at, cells in enumerate(reader, start=2):
        row = dict(zip(header, map(str.strip, cells), strict=False))
        found.append((at, {name: row.get(name, "") for name in (*NEEDED, "reason")}))
    return found


def _wrong(row: dict[str, str], records: AbstractSet[str]) -> str:
    unknown = [row[end] for end in ("left", "right") if row[end] not in records]
    if unknown:
        return f"there is no record {' and no record '.join(repr(each) for each in unknown)}"
    if row["left"] == row["right"]:
        return "left and right are one record"
    if row["verdict"].lower() not in _VERDICTS:
        return f"the verdict is '{row['verdict'][:20]}'; accepted are same and different"
    return ""


def _pair(row: dict[str, str]) -> Pair:
    return frozenset((row["left"], row["right"]))


def _contradicted(rows: Sequence[tuple[int, dict[str, str]]]) -> frozenset[Pair]:
    said: dict[Pair, set[Verdict | None]] = {}
    for _, row in rows:
        said.setdefault(_pair(row), set()).add(_VERDICTS.get(row["verdict"].lower()))
    return frozenset(pair for pair, verdicts in said.items() if len(verdicts) > 1)


def _verdicts(in_force: Iterable[Entry]) -> dict[Pair, tuple[Verdict, str]]:
    """Return the latest verdict on each pair that a decision named, and who gave it when."""
    found: dict[Pair, tuple[Verdict, str]] = {}
    for entry in in_force:
        if isinstance(body := entry.body, Decided):
            who = f"on {entry.at[:10]} {entry.by or 'somebody'} ({entry.entry_id})"
            for left, right in _named(body):
                found[frozenset((left, right))] = body.verdict, who
    return found


def _named(body: Decided) -> Iterable[tuple[str, str]]:
    if body.verdict is Verdict.DIFFERENT:
        return ((a, b) for a in body.left for b in body.right)
    members = tuple(dict.fromkeys((*body.left, *body.right)))
    return ((a, b) for at, a in enumerate(members) for b in members[at + 1 :])
