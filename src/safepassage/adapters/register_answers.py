"""A spreadsheet of decisions: two records and a verdict a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from safepassage.core.register.entries import Decided, Entry, Verdict
from safepassage.core.register.queue import JoinedRecords, sides
from safepassage.errors import Finding, InputError
from safepassage.scenario.decode import decode

NEEDED = ("left", "right", "verdict")
RULE = "01e-decide §24"
_VERDICTS = {
    "same": Verdict.SAME, "s": Verdict.SAME, "different": Verdict.DIFFERENT, "d": Verdict.DIFFERENT,
}  # fmt: skip
Pair = frozenset[str]
Said = tuple[Verdict, str] | None
"""An earlier verdict on a pair, and who gave it when."""
Groups = Callable[[Sequence[tuple[str, str]]], Mapping[str, tuple[str, ...]]]


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
    path: Path,
    records: AbstractSet[str],
    in_force: Iterable[Entry] = (),
    groups: Groups | None = None,
) -> DecisionsRead:
    """Return the decisions of a CSV with the columns left, right, verdict and, if wanted, reason.

    Rows without a verdict are left for later and not spoken of. A row that names no record, says
    neither same nor different, or contradicts other rows or an earlier decision, is not used.

    Parameters
    ----------
    records
        Ids of the records that are there.
    in_force
        The log; empty to decide against earlier decisions as well.
    groups
        Pairs taken apart to the records that each record's person then has
        (:meth:`~safepassage.core.register.view.RegisterView.groups`): a row decides on all of
        them. Without it, on the two records alone.

    Raises
    ------
    InputError
        If the file is no CSV with these columns.
    """
    decisions: list[Decided] = []
    findings: list[Finding] = []
    named: list[tuple[int, Decided]] = []
    for at, row in _rows(path):
        if not row["verdict"]:
            continue
        if wrong := _wrong(row, records):
            findings.append(Finding(f"{wrong}.", path.name, at, rule=RULE))
        else:
            verdict = _VERDICTS[row["verdict"].lower()]
            named.append((at, Decided(verdict, (row["left"],), (row["right"],), row["reason"])))
    whole = _whole(named, records, groups)
    earlier = _verdicts(in_force)
    contradicted = _contradicted(whole)
    for at, decided in whole:
        said = [earlier.get(frozenset(pair)) for pair in _named(decided)]
        if wrong := _against(decided, said, contradicted=at in contradicted):
            findings.append(Finding(f"{wrong}.", path.name, at, rule=RULE))
        elif not all(said):
            decisions.append(decided)
    findings.sort(key=lambda each: each.row or 0)
    return DecisionsRead(tuple(dict.fromkeys(decisions)), tuple(findings))


def _against(decided: Decided, said: Iterable[Said], *, contradicted: bool) -> str:
    if contradicted:
        return "the file's rows contradict each other about these persons"
    others = (each[1] for each in said if each and each[0] is not decided.verdict)
    return next((f"{who} decided otherwise; --anyway decides anew" for who in others), "")


def _whole(
    named: Sequence[tuple[int, Decided]], records: AbstractSet[str], groups: Groups | None
) -> list[tuple[int, Decided]]:
    """Return the decisions on pairs as decisions on all records of the persons."""
    apart = [(d.left[0], d.right[0]) for _, d in named if d.verdict is Verdict.DIFFERENT]
    group_of = groups(apart) if groups else {each: (each,) for each in records}
    return [
        (at, Decided(d.verdict, *sides(d.left[0], d.right[0], group_of), d.reason))
        for at, d in named
    ]


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


def _contradicted(decisions: Sequence[tuple[int, Decided]]) -> frozenset[int]:
    """Return the rows that make one person of records which another row keeps apart.

    All rows of such a person are among them: which of them is the wrong one, nobody knows.
    """
    joined = JoinedRecords()
    for _, decided in decisions:
        if decided.verdict is Verdict.SAME:
            joined.join(*decided.left, *decided.right)
    torn = {
        at: joined.of(decided.left[0])
        for at, decided in decisions
        if decided.verdict is Verdict.DIFFERENT
        and joined.of(decided.left[0]) == joined.of(decided.right[0])
    }
    rows = (
        at
        for at, decided in decisions
        if decided.verdict is Verdict.SAME and joined.of(decided.left[0]) in torn.values()
    )
    return frozenset((*torn, *rows))


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
