"""What all entries of a store say together (01a-store §13 to §22).

Pure, and the same for every order in which the entries come, repetitions included: two copies of a
register that hold the same entries show the same register.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TypeVar

from safepassage.core.register.effective import answered, corrected
from safepassage.core.register.entries import (
    Answered,
    ClaimMade,
    Contested,
    Corrected,
    Decided,
    Entry,
    Erased,
    Exported,
    ListReceived,
    ModelTrained,
    Placeholder,
    PlacesGiven,
    RegisterState,
    RowRejected,
    Undone,
)
from safepassage.core.register.types import ListRecord
from safepassage.core.register.verdicts import judged

BodyType = TypeVar("BodyType")
Said = TypeVar("Said", Answered, Corrected, Contested)


def fold(entries: Iterable[Entry]) -> RegisterState:
    """Return the register that `entries` add up to.

    Parameters
    ----------
    entries
        In any order; the same entry may come several times.
    """
    log = ordered(entries)
    standing = _standing(log)
    forks = tuple(_forks(log))
    findings = [_fork_words(*each) for each in forks]
    erasures = _erasures(log)
    lists = _lists(_of(standing, ListReceived), findings)
    claims, disputed = _claims(_of(standing, ClaimMade), lists, erasures, findings)
    about = _About(claims, erasures, findings)
    corrections = about.each("a correction", _of(standing, Corrected))
    answers = about.each("an answer", _of(standing, Answered))
    objections = about.each("an objection", _of(standing, Contested))
    records = _effective(claims, lists, corrections, answers, findings)
    forked = frozenset(entry.copy for _, entry in forks)
    verdicts = judged(_of(standing, Decided), claims.keys(), erasures.keys(), forked)
    places, models = _of(standing, PlacesGiven), _of(standing, ModelTrained)
    return RegisterState(
        lists=tuple(body for _, body in lists.values()),
        records=records,
        as_claimed=tuple(claims.values()),
        same=verdicts.same,
        different=verdicts.different,
        conflicts=verdicts.conflicts,
        contested=tuple(sorted({*objections, *disputed})),
        answers=_oldest_first(answers),
        rejected=_rejected(_of(standing, RowRejected), erasures),
        erased=_placeholders(erasures, lists),
        places=places[-1][1].places if places else (),
        positions=places[-1][1].positions if places else (),
        model=models[-1][1].settings if models else "",
        findings=(*findings, *verdicts.findings),
        exported=tuple(body for _, body in _of(standing, Exported)),
        unwanted=_unwanted(log),
    )


def ordered(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries once each in the order that every copy agrees on.

    By counter, copy and id. An entry made alike on two copies stands twice, once for each. Of an
    occurrence that one copy can read and another cannot, the readable one is kept.
    """
    log: list[Entry] = []
    for _, alike in groupby(sorted(entries, key=_place), key=_place):
        first, *more = alike
        log += _once(first, more) if more else [first]
    return tuple(log)


def in_force(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries that count, in order: without those undone, with those undone-undone."""
    return tuple(_standing(ordered(entries)))


# ---------------------------------------------------------------------------------- order


def _place(entry: Entry) -> tuple[int, str, str]:
    return entry.counter, entry.copy, entry.entry_id


def _once(first: Entry, more: Sequence[Entry]) -> list[Entry]:
    """Return the distinct ones of entries that claim one place in the order."""
    if all(each == first for each in more):
        return [first]
    found = {repr(each): each for each in (first, *more)}
    readable = {text: each for text, each in found.items() if each.body is not None}
    return [each for _, each in sorted((readable or found).items())]


def _standing(log: Sequence[Entry]) -> list[Entry]:
    """Return the entries that no counting :class:`Undone` takes out.

    An undoing takes out what stands before it in the order: the same row received again afterwards
    counts again. Read from the end, whether an undoing counts is known before it is needed.
    """
    undone: set[str] = set()
    kept: list[Entry] = []
    for entry in reversed(log):
        if entry.entry_id in undone and not isinstance(entry.body, Erased):
            continue
        kept.append(entry)
        if isinstance(entry.body, Undone):
            undone.add(entry.body.entry_id)
    kept.reverse()
    return kept


def _forks(log: Sequence[Entry]) -> Iterable[tuple[Entry, Entry]]:
    """Return where a copy used one number twice, as one put back to an older state does."""
    for before, entry in pairwise(log):
        if (before.counter, before.copy) == (entry.counter, entry.copy):
            yield before, entry


def _fork_words(before: Entry, entry: Entry) -> str:
    return (
        f"Copy {entry.copy} has written two entries with the number {entry.counter} "
        f"({before.entry_id} and {entry.entry_id}): it was put back to an older state and used on. "
        "Both count."
    )


def _of(log: Iterable[Entry], kind: type[BodyType]) -> list[tuple[Entry, BodyType]]:
    """Return the entries of one kind with their bodies, in order."""
    return [(entry, entry.body) for entry in log if isinstance(entry.body, kind)]


# ---------------------------------------------------------------------- lists, claims, erasures


def _erasures(log: Iterable[Entry]) -> dict[str, tuple[str, str]]:
    """Return moment and reason of each record's erasure; the first counts, and for good."""
    found: dict[str, tuple[str, str]] = {}
    for entry, body in _of(log, Erased):
        for record_id in body.record_ids:
            found.setdefault(record_id, (entry.at, body.reason))
    return found


def _unwanted(log: Iterable[Entry]) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for entry, body in _of(log, Erased):
        for digest in body.digests:
            found.setdefault(digest, entry.at[:10])
    return tuple(sorted(found.items()))


def _lists(
    received: Iterable[tuple[Entry, ListReceived]], findings: list[str]
) -> dict[str, tuple[Entry, ListReceived]]:
    """Return each list as it was received first, in order of receipt."""
    found: dict[str, tuple[Entry, ListReceived]] = {}
    for entry, body in received:
        counts, first = found.setdefault(body.list_id, (entry, body))
        if _as_described(body) != _as_described(first):
            findings.append(
                f"List {body.list_id} was received again with another description or mapping "
                f"({_who(entry)}); the first counts ({_who(counts)})."
            )
    return found


def _as_described(body: ListReceived) -> ListReceived:
    """Return what a list is, without when and by whom it was taken in."""
    return replace(body, received_on="", received_by="")


def _claims(
    made: Iterable[tuple[Entry, ClaimMade]],
    lists: Mapping[str, tuple[Entry, ListReceived]],
    erasures: Mapping[str, object],
    findings: list[str],
) -> tuple[dict[str, ListRecord], set[str]]:
    """Return the version of each row that counts, by record id, and the rows that have several.

    The first counts that came after its list was received: no row comes before its list, unless
    somebody dates it back.
    """
    found: dict[str, tuple[Entry, ListRecord]] = {}
    disputed: set[str] = set()
    for entry, body in sorted(made, key=lambda each: _is_before_its_list(each[0], each[1], lists)):
        record = body.record
        if record.record_id in erasures:
            continue
        counts, first = found.setdefault(record.record_id, (entry, record))
        if first != record:
            disputed.add(record.record_id)
            findings.append(
                f"Record {record.record_id} is there in several versions: {_who(counts)} counts, "
                f"{_who(entry)} says something else. Undo the one that is wrong; until then the "
                "record is contested."
            )
    return {record_id: record for record_id, (_, record) in sorted(found.items())}, disputed


def _is_before_its_list(
    entry: Entry, body: ClaimMade, lists: Mapping[str, tuple[Entry, ListReceived]]
) -> bool:
    there = lists.get(body.record.list_id)
    return there is None or _place(entry) < _place(there[0])


def _who(entry: Entry) -> str:
    return f"{entry.entry_id} of copy {entry.copy}, {entry.at[:10]}"


def _rejected(
    rows: Iterable[tuple[Entry, RowRejected]], erasures: Mapping[str, object]
) -> tuple[RowRejected, ...]:
    found = {
        (body.list_id, body.row, repr(body)): body
        for _, body in rows
        if body.record_id not in erasures
    }
    return tuple(found[key] for key in sorted(found))


def _placeholders(
    erasures: Mapping[str, tuple[str, str]],
    lists: Mapping[str, tuple[Entry, ListReceived]],
) -> tuple[Placeholder, ...]:
    """Return what stays of erased records; the list's receipt dates them, their own entry is gone.

    A record whose list is not there is said to have come in at a moment unknown (empty).
    """
    entered = {list_id: entry.at for list_id, (entry, _) in lists.items()}
    return tuple(
        Placeholder(record_id, list_id, entered.get(list_id, ""), at, reason)
        for record_id, (at, reason) in sorted(erasures.items())
        for list_id in (record_id.rpartition(":")[0],)
    )


# ------------------------------------------------------------------- what was said of a record


@dataclass(frozen=True, slots=True)
class _About:
    """Sorts what was said of records by record; of erased ones nothing stays."""

    claims: Mapping[str, ListRecord]
    erasures: Mapping[str, object]
    findings: list[str]

    def each(self, what: str, said: Iterable[tuple[Entry, Said]]) -> dict[str, list[Said]]:
        found: dict[str, list[Said]] = {}
        for entry, body in said:
            if body.record_id in self.claims:
                found.setdefault(body.record_id, []).append(body)
            elif body.record_id not in self.erasures:
                self.findings.append(
                    f"There is {what} ({entry.entry_id}) to record {body.record_id}, which is not "
                    "in the register."
                )
        return found


def _effective(
    claims: Mapping[str, ListRecord],
    lists: Mapping[str, tuple[Entry, ListReceived]],
    corrections: Mapping[str, Sequence[Corrected]],
    answers: Mapping[str, Sequence[Answered]],
    findings: list[str],
) -> tuple[ListRecord, ...]:
    """Return all records, in order of their ids, as they are to be read."""
    on = {list_id: body.as_of or body.received_on for list_id, (_, body) in lists.items()}
    found = dict(claims)
    for record_id, said in corrections.items():
        found[record_id] = corrected(found[record_id], said, findings)
    for record_id, given in answers.items():
        record = found[record_id]
        found[record_id] = answered(record, given, record.asked_on or on.get(record.list_id, ""))
    return tuple(found.values())


def _oldest_first(answers: Mapping[str, Sequence[Answered]]) -> tuple[Answered, ...]:
    found = [
        (answer.asked_on, record_id, at, answer)
        for record_id, given in answers.items()
        for at, answer in enumerate(given)
    ]
    return tuple(answer for *_, answer in sorted(found, key=lambda each: each[:3]))
