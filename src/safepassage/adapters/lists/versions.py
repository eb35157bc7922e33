"""Whether a list is in the register already: whole, in part, or in an earlier version."""

from __future__ import annotations

import hmac
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256

from safepassage.adapters.lists.columns import VIRTUAL
from safepassage.adapters.lists.phones import PHONE_COLUMN
from safepassage.adapters.lists.rows import PLAIN_TEXTS
from safepassage.core.register.scripts import fold
from safepassage.core.register.types import ApproximateDate, ListRecord

_APART = frozenset({"record_id", "list_id", "row", "extra"})
_ROW_SHARE = 0.6
"""Rows of one number are one row if this share of their filled fields agrees, a name among them."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of a new list stands on one that was received before.

    Parameters
    ----------
    same
        Rows of the new list that stand on the earlier one with the same name, birth and place.
    identical
        Of these, rows that are the same word for word in every column that is mapped.
    rows
        Rows of the new list.
    on_list
        Rows of the earlier list.
    """

    list_id: str
    same: int
    identical: int
    rows: int
    on_list: int

    @property
    def is_whole(self) -> bool:
        """Whether both lists hold the same rows and no others."""
        return self.identical == self.rows == self.on_list

    @property
    def share(self) -> float:
        """Same rows over the rows of the shorter list."""
        return self.same / max(1, min(self.rows, self.on_list))


@dataclass(frozen=True, slots=True)
class Revision:
    """What a newer version of a list changes.

    Parameters
    ----------
    changed
        (row as it was claimed, row as it stands in the newer version) pairs.
    new, gone
        Rows of the newer version only; rows of the earlier one only.
    """

    unchanged: int
    changed: tuple[tuple[ListRecord, ListRecord], ...]
    new: tuple[ListRecord, ...]
    gone: tuple[ListRecord, ...]


def overlaps(records: Sequence[ListRecord], claimed: Iterable[ListRecord]) -> tuple[Overlap, ...]:
    """Return the lists on which rows of a new list stand already, the most of them first.

    Letter case, apostrophes and spaces make no difference, nor do the file's name, format and
    encoding; columns that neither list maps are not compared.
    """
    earlier: dict[str, list[ListRecord]] = defaultdict(list)
    for record in claimed:
        earlier[record.list_id].append(record)
    found = [
        Overlap(list_id, same, _common(told, records, there), len(records), len(there))
        for list_id, there in earlier.items()
        if (same := _common(person_told, records, there))
    ]
    return tuple(sorted(found, key=lambda each: (-each.same, each.list_id)))


def revision(earlier: Sequence[ListRecord], newer: Sequence[ListRecord]) -> Revision:
    """Return what a newer version changes.

    A row of the earlier version is the same row if it is the same word for word; else if it alone
    has the same document, or household and name, or name and birth; else if it has the same row
    number and most of its fields.
    """
    left, pairs = list(newer), []
    old = list(earlier)
    for key in (whole, _by_document, _by_household, _by_name_and_birth, _by_name, _by_row):
        matched = _matched(old, left, key)
        pairs += matched
        taken = {id(one) for one, _ in matched}, {id(other) for _, other in matched}
        old = [record for record in old if id(record) not in taken[0]]
        left = [record for record in left if id(record) not in taken[1]]
    changed = tuple(pair for pair in pairs if whole(pair[0]) != whole(pair[1]))
    order = sorted(changed, key=lambda pair: pair[0].record_id)
    return Revision(len(pairs) - len(changed), tuple(order), tuple(left), tuple(old))


def _common(
    key: Callable[[ListRecord], Hashable],
    records: Iterable[ListRecord],
    others: Iterable[ListRecord],
) -> int:
    return (Counter(map(key, records)) & Counter(map(key, others))).total()


def person_told(record: ListRecord) -> tuple[str, ApproximateDate | None, str]:
    """Return name, birth and place of stay as a row writes them."""
    return _name(record), record.birth, " ".join(fold(record.stay_place).split())


def erased_digests(record: ListRecord, key: bytes) -> tuple[str, ...]:
    """Return by what a row is known after it was erased: keyed digests (HMAC-SHA-256).

    Without `key` nobody can tell from them whose row it was, not by trying names either.
    """
    name, birth, place = person_told(record)
    day = _day(birth)
    marks = [["day", name, day]] if day else [["no day", name, place]]
    return tuple(_digest(mark, key) for mark in (*marks, ["any", name, place]))


def returning_digests(record: ListRecord, key: bytes) -> tuple[str, ...]:
    """Return the digests of which an erased row has one if it was this row.

    Name and day of birth make it that row; where one of the two has no day, name and place. An age
    is no help: with the date of the list it gives other years.
    """
    name, birth, place = person_told(record)
    day = _day(birth)
    marks = [["day", name, day], ["no day", name, place]] if day else [["any", name, place]]
    return tuple(_digest(mark, key) for mark in marks)


def _day(birth: ApproximateDate | None) -> str:
    return birth.earliest if birth and birth.earliest == birth.latest else ""


def _digest(mark: Sequence[str], key: bytes) -> str:
    text = json.dumps(mark, ensure_ascii=False)
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def told(record: ListRecord) -> Hashable:
    """Return what a row says of a person, so that two writings of it can be compared."""
    texts = tuple(" ".join(fold(str(getattr(record, name))).split()) for name in PLAIN_TEXTS)
    return (*texts, record.sex, record.birth, record.needs, record.status, record.documents)


def whole(record: ListRecord) -> Hashable:
    """Return everything that a row says, as it was written."""
    texts = (getattr(record, each.name) for each in fields(record) if each.name not in _APART)
    return (*texts, frozenset(carried(record)))


def carried(record: ListRecord) -> set[tuple[str, str]]:
    """Return what a row's columns without a mapping hold; what was worked out from it left out."""
    return {pair for pair in record.extra if pair[0] not in {PHONE_COLUMN, *VIRTUAL}}


def _matched(
    earlier: Iterable[ListRecord],
    newer: Iterable[ListRecord],
    key: Callable[[ListRecord], Hashable],
) -> list[tuple[ListRecord, ListRecord]]:
    """Return the pairs that share a key; of a key that several rows have only equal rows pair."""
    there, here = _by(earlier, key), _by(newer, key)
    pairs: list[tuple[ListRecord, ListRecord]] = []
    for found, rows in there.items():
        others = here.get(found, [])
        if key is whole or len(rows) == len(others) == 1:
            pairs += zip(rows, others, strict=False)
    if key is _by_row:
        return [pair for pair in pairs if _are_alike(*pair)]
    return pairs


def _by(
    records: Iterable[ListRecord], key: Callable[[ListRecord], Hashable]
) -> Mapping[Hashable, list[ListRecord]]:
    found: dict[Hashable, list[ListRecord]] = defaultdict(list)
    for record in records:
        if (value := key(record)) is not None:
            found[value].append(record)
    return found


def _name(record: ListRecord) -> str:
    parts = (record.full_name, record.surname, record.given_name, record.patronymic)
    return " ".join(sorted(fold(" ".join(parts)).split()))


def _by_document(record: ListRecord) -> Hashable:
    return record.documents or None


def _by_household(record: ListRecord) -> Hashable:
    return (record.household_key, _name(record)) if record.household_key else None


def _by_name_and_birth(record: ListRecord) -> Hashable:
    return (_name(record), record.birth) if record.birth else None


def _by_name(record: ListRecord) -> Hashable:
    return _name(record) if " " in _name(record) else None


def _by_row(record: ListRecord) -> Hashable:
    return record.record_id.rpartition(":")[2]


def _are_alike(one: ListRecord, other: ListRecord) -> bool:
    """Return whether two rows of one number are one row, corrected."""
    names = [*PLAIN_TEXTS, "sex", "birth"]
    filled = [
        (getattr(one, name), getattr(other, name))
        for name in names
        if getattr(one, name) and getattr(other, name)
    ]
    same = sum(left == right for left, right in filled)
    shared = set(_name(one).split()) & set(_name(other).split())
    return bool(shared) and same >= _ROW_SHARE * len(filled)
