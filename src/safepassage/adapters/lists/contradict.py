"""What a list says twice, and where it contradicts itself; everything is kept (01b-import §15)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from safepassage.adapters.lists.dates import overlap
from safepassage.adapters.lists.rows import PLAIN_TEXTS
from safepassage.adapters.lists.types import Notes
from safepassage.core.register.scripts import fold, sound_key
from safepassage.core.register.types import Choice, LifeStatus, ListRecord, Need

OF_AGE = 18
Told = tuple[object, ...]


def say_what_repeats(notes: Notes, records: Iterable[ListRecord]) -> None:
    """Warn of rows that repeat an earlier row in every column but the row number."""
    first: dict[Told, int] = {}
    for record in records:
        told = (*(getattr(record, name) for name in PLAIN_TEXTS), record.birth, record.extra)
        earlier = first.setdefault(told, record.row)
        if earlier != record.row:
            notes.say(f"repeats row {earlier} in every column; both are kept", record.row,
                      kind="repeats an earlier row in every column; both are kept")  # fmt: skip


def say_contradictions(notes: Notes, records: Sequence[ListRecord], as_of: str) -> None:
    """Warn of rows that cannot both be true, and of rows that contradict themselves.

    Parameters
    ----------
    as_of
        ISO date of the list; empty if unknown.
    """
    for record in records:
        _look_at_one(notes, record, as_of)
    said: set[tuple[str, str]] = set()
    for key, words in _SAME_PERSON:
        for group in _groups(records, key):
            _look_at_group(notes, group, words, said)


def _look_at_one(notes: Notes, record: ListRecord, as_of: str) -> None:
    age = _least_age(record, as_of)
    if Need.SEPARATED_CHILD in record.needs and age is not None and age >= OF_AGE:
        notes.say(f"is marked as a child alone, and at least {age} years old by the birth",
                  record.row, kind="is marked as a child alone and an adult")  # fmt: skip
    if record.status is LifeStatus.DECEASED and record.choice in {Choice.GO, Choice.STAY}:
        notes.say("is marked as deceased, and has a choice", record.row)
    if record.status is LifeStatus.ALREADY_OUT and record.choice is Choice.GO:
        notes.say("is marked as already out, and wants to go", record.row)


def _look_at_group(
    notes: Notes, group: Sequence[ListRecord], words: str, said: set[tuple[str, str]]
) -> None:
    """Look at rows that seem one person; a pair in `said` was looked at under another heading."""
    first, *others = group
    for other in others:
        if (first.record_id, other.record_id) in said:
            continue
        said.add((first.record_id, other.record_id))
        exclude = first.birth and other.birth and not overlap(first.birth, other.birth)
        if exclude:
            notes.say(
                f"has {words} as row {first.row} and a birth that excludes it; both are kept",
                other.row, kind=f"{words} as another row, another birth")  # fmt: skip
        if _is_elsewhere(first) != _is_elsewhere(other) and LifeStatus.UNKNOWN not in {
            first.status, other.status,
        }:  # fmt: skip
            notes.say(
                f"is {_shown(other)}, and row {first.row} with {words} is {_shown(first)}; both "
                "are kept", other.row, kind=f"{words} as another row, another status")  # fmt: skip
        elif not exclude and _tells_otherwise(first, other):
            notes.say(f"has {words} as row {first.row}: perhaps one person twice; both are kept",
                      other.row, kind=f"{words} as another row; both are kept")  # fmt: skip


def _tells_otherwise(one: ListRecord, other: ListRecord) -> bool:
    """Return whether two rows differ at all; equal ones are said as repetitions."""
    texts = any(getattr(one, name) != getattr(other, name) for name in PLAIN_TEXTS)
    return texts or one.birth != other.birth or one.extra != other.extra


def _groups(
    records: Iterable[ListRecord], key: Callable[[ListRecord], Told]
) -> Iterable[list[ListRecord]]:
    found: dict[Told, list[ListRecord]] = defaultdict(list)
    for record in records:
        if told := key(record):
            found[told].append(record)
    return (group for group in found.values() if len(group) > 1)


def _name_key(record: ListRecord) -> str:
    parts = (record.full_name, record.surname, record.given_name, record.patronymic)
    words = sorted(word for part in parts for word in fold(part).replace(".", " ").split())
    return " ".join(words)


def _by_document(record: ListRecord) -> Told:
    return record.documents[:1]


def _by_household_member(record: ListRecord) -> Told:
    return (record.household_key, _name_key(record)) if record.household_key else ()


def _by_name_and_birth(record: ListRecord) -> Told:
    birth = record.birth
    name = " ".join(map(sound_key, _name_key(record).split()))
    if " " not in name or birth is None or birth.earliest != birth.latest:
        return ()
    return name, birth.earliest


_SAME_PERSON = (
    (_by_document, "the same document"),
    (_by_household_member, "the same name and household"),
    (_by_name_and_birth, "the same name and day of birth"),
)


def _is_elsewhere(record: ListRecord) -> bool:
    return record.status in {LifeStatus.ALREADY_OUT, LifeStatus.DECEASED}


def _shown(record: ListRecord) -> str:
    return record.status.value.replace("_", " ")


def _least_age(record: ListRecord, as_of: str) -> int | None:
    if record.birth is None or not as_of:
        return None
    born, day = date.fromisoformat(record.birth.latest), date.fromisoformat(as_of)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
