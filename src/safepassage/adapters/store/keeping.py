"""Erasing by destroying keys, and new ways to the master key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from safepassage.adapters.store.store import RegisterStore
from safepassage.adapters.store.unlock import Keys
from safepassage.core.register.entries import Erased, RegisterState
from safepassage.errors import UsageError

RETENTION = "retention"
ASKED = "asked"
UNWANTED = "erased row"
"""Purpose of the key under which rows are known that were erased because it was asked."""
REASONS = (ASKED, RETENTION)


def erase(
    store: RegisterStore, record_ids: Sequence[str], reason: str, by: str, at: str
) -> tuple[str, ...]:
    """Destroy the keys of records or rejected rows for good; return the ids newly erased.

    Raises
    ------
    UsageError
        If the reason is none of :data:`REASONS`, or there is no such record.
    """
    if reason not in REASONS:
        raise UsageError(f"the reason is '{reason}'; accepted: {', '.join(REASONS)}.")
    state = store.state()
    gone = {each.record_id for each in state.erased}
    missing = sorted(set(record_ids) - gone - erasable(state))
    if missing:
        raise UsageError(f"There is no record {missing[0]} in the register.")
    fresh = tuple(sorted(set(record_ids) - gone))
    if fresh:
        store.append([Erased(fresh, reason, _unwanted(store, fresh, reason))], by, at)
    return fresh


def _unwanted(store: RegisterStore, record_ids: Sequence[str], reason: str) -> tuple[str, ...]:
    """Return by what the rows are known if a list brings them again."""
    from safepassage.adapters.lists.versions import erased_digests

    if reason != ASKED:
        return ()
    key, erased = store.keyed(UNWANTED), set(record_ids)
    claimed = (each for each in store.state().as_claimed if each.record_id in erased)
    return tuple(sorted({each for record in claimed for each in erased_digests(record, key)}))


def erasable(state: RegisterState) -> set[str]:
    """Return the ids of all records and rejected rows."""
    records = {record.record_id for record in state.records}
    return records | {row.record_id for row in state.rejected}


def due(state: RegisterState, on: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return lists past their retention with the records and rejected rows still to erase.

    Parameters
    ----------
    on
        ISO date; a list is past it the day after its `retain_until`.
    """
    past = [each.list_id for each in state.lists if each.retain_until and each.retain_until < on]
    there = erasable(state)
    return tuple((list_id, found) for list_id in past if (found := _of_list(list_id, there)))


def _of_list(list_id: str, record_ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(each for each in record_ids if each.rpartition(":")[0] == list_id))


def rekey(store: RegisterStore, keys: Keys) -> None:
    """Give the key ring a new master key that only `keys` opens.

    The data keys stay, so does everything that was written; an old copy of the ring still opens
    with what opened it then.
    """
    with store.exclusive():
        store.ring.rekey(keys)
        store.ring.save()
    store.forget_linked()
