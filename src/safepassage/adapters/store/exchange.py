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

LARGEST_STEP = 2**24
"""Between one number of a log and the next, where entries in between were lost."""


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
    """Write rows that a store does not hold yet, with their keys; return how many.

    Raises
    ------
    InputError
        If a key or row contradicts what is here, or no register can be made of all together; then
        nothing is taken in.
    """
    with store.exclusive(), store.ring.all_or_nothing():
        there = set(store.rows())
        fresh: Sequence[Row] = [row for row in dict.fromkeys(rows) if row not in there]
        _check_numbers(store, fresh)
        store.ring.take_all(ring)
        store.try_out(fresh)
        if not fresh:
            store.ring.save()
        store.add_rows(fresh)
        store.reread_entries()
    store.forget_linked()
    return len(fresh)


def in_reach(rows: Iterable[Row]) -> list[Row]:
    """Return the rows whose numbers a log can have come to, in their order.

    A copy numbers its entries one after the other, so there is an entry for nearly every number. A
    far greater one is forged: it would leave none for the entries to come.
    """
    held = list(rows)
    reached = 0
    for number in sorted({row.counter for row in held}):
        if number - reached > LARGEST_STEP:
            break
        reached = number
    return [row for row in held if row.counter <= reached]


def _check_numbers(store: RegisterStore, fresh: Sequence[Row]) -> None:
    together = [*store.rows(), *fresh]
    forged = set(fresh) - set(in_reach(together))
    if forged:
        first = min(row.entry_id for row in forged)
        message = (
            f"entry {first} has a number that no copy can have come to: it is forged. Nothing was "
            "taken in."
        )
        raise InputError(Finding(message, str(store.path)))


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
