"""Two registrars, two laptops: a copy for the second one, and taking in what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from safepassage.adapters.store.database import Row
from safepassage.adapters.store.keyring import KeyRing
from safepassage.adapters.store.store import RegisterStore
from safepassage.adapters.store.unlock import Keys
from safepassage.errors import Finding, InputError


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What came in from another copy.

    Parameters
    ----------
    entries
        New here.
    erased
        Records that were here and are erased now, because the other copy's registrar erased them.
    """

    entries: int
    erased: int


def copy_store(store: RegisterStore, path: Path, keys: Keys, copy: str = "") -> RegisterStore:
    """Make a second registrar's copy: the same register under keys of its own, another copy id.

    Raises
    ------
    UsageError
        If a file is there already.
    """
    return filled(path, keys, store.rows(), store.ring, copy)


def absorb(store: RegisterStore, other: RegisterStore) -> Absorbed:
    """Take in what another copy of the register holds; that copy stays as it is.

    Raises
    ------
    InputError
        If it is another register, or the same copy.
    """
    _check_related(store, other)
    erased = len(store.state().erased)
    entries = fill(store, other.rows(), other.ring)
    return Absorbed(entries, len(store.state().erased) - erased)


def filled(
    path: Path, keys: Keys, rows: Iterable[Row], ring: KeyRing, copy: str = ""
) -> RegisterStore:
    """Make a store of a register from rows and the keys in `ring`, or nothing at all."""
    made = RegisterStore.found(path, keys, ring.register, ring.secret, copy)
    try:
        fill(made, rows, ring)
    except BaseException:
        made.close()
        path.unlink()
        keys.file.unlink()
        raise
    return made


def fill(store: RegisterStore, rows: Iterable[Row], ring: KeyRing) -> int:
    """Write rows that a store does not hold yet, with their keys; return how many."""
    with store.exclusive():
        for key_id, subject, key in ring.held():
            store.ring.take(key_id, subject, key)
        store.ring.destroyed |= ring.destroyed - {key_id for key_id, _, _ in store.ring.held()}
        there = set(store.rows())
        fresh: Sequence[Row] = [row for row in dict.fromkeys(rows) if row not in there]
        if not fresh:
            store.ring.save()
        store.add_rows(fresh)
        store.reread_entries()
    store.forget_linked()
    return len(fresh)


def _check_related(store: RegisterStore, other: RegisterStore) -> None:
    if store.register != other.register:
        raise InputError(
            Finding(
                "this is another register: only copies made with 'safepassage register copy' can "
                "be merged.",
                str(other.path),
            )
        )
    if store.copy == other.copy:
        raise InputError(
            Finding(
                "this is the same copy, not another registrar's: its file was copied or put back. "
                "Nothing was taken in. 'safepassage register restore' makes a copy of its own of "
                "it, which can be absorbed.",
                str(other.path),
            )
        )
