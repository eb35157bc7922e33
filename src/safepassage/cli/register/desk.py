"""A registrar's desk: an open store, linked, and what the commands at it share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safepassage.cli.common import out, progress
from safepassage.cli.register.common import now, open_store
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.adapters.register_store import LinkedStore
    from safepassage.adapters.store import RegisterStore
    from safepassage.core.register.entries import Body, Entry
    from safepassage.core.register.types import Person
    from safepassage.core.register.view import Changed, RegisterView

MOST_CHANGES = 10
"""Changed persons printed one by one; ``--json`` gives all."""


@dataclass
class Desk:
    """An open store with its register.

    Parameters
    ----------
    view
        Of `result`; both are as the store was when it was last linked.
    """

    store: RegisterStore
    result: LinkedStore
    view: RegisterView

    def append(self, bodies: Sequence[Body], by: str) -> tuple[Entry, ...]:
        """Write entries; the register on the desk stays as it was until :meth:`relink`."""
        if not by:
            raise UsageError("say who decides: --by ROLE, or set SAFEPASSAGE_BY.")
        return self.store.append(bodies, by=by, at=now())

    def relink(self) -> LinkedStore:
        """Link the store as it is now, and return the register as it was before."""
        before = self.result
        self.result, self.view = _linked(self.store)
        return before


@contextmanager
def at_desk(register: Path, keys: Path | None, passphrase_file: Path | None) -> Iterator[Desk]:
    """Open and link a store; it is closed after the block.

    Raises
    ------
    SafePassageError
        As :func:`~safepassage.cli.register.common.open_store` does.
    """
    with open_store(register, keys, passphrase_file) as store:
        yield Desk(store, *_linked(store))


def _linked(store: RegisterStore) -> tuple[LinkedStore, RegisterView]:
    from safepassage.adapters.register_store import linked_store, view_of

    with progress("Linking") as report:
        result = linked_store(store, report)
    return result, view_of(store, result)


# ------------------------------------------------------------------------------- who is meant


def person_meant(view: RegisterView, written: str) -> Person:
    """Return the person that a token or a record (``LIST:ROW``) stands for.

    Raises
    ------
    UsageError
        If it stands for nobody, for several, or only for what was erased.
    """
    from safepassage.core.register.tokens import looks_like_token

    by_token = looks_like_token(written)
    found = view.resolve(written) if by_token else view.holders(view.record_ids_like(written))
    if len(found.persons) == 1:
        return found.persons[0]
    if found.persons:
        names = ", ".join(person.person_id for person in found.persons)
        raise UsageError(f"'{written}' may be {names}; say which.")
    if found.erased:
        day = found.erased[0].erased_at[:10]
        raise UsageError(f"The entry behind '{written}' was erased on {day}.")
    raise UsageError(
        f"'{written}' stands for nobody; accepted are a token such as P-0A1B2C3D and a record such "
        "as council-7k2m9p:14. 'safepassage register find NAME' shows them."
    )


def record_meant(view: RegisterView, written: str) -> str:
    """Return the id of the record that ``LIST:ROW`` stands for; a list's id may be cut short.

    Raises
    ------
    UsageError
        If there is none, several, or it was erased.
    """
    found = view.record_ids_like(written)
    if len(found) > 1:
        raise UsageError(f"'{written}' may be {' or '.join(found)}; say which.")
    if not found:
        raise UsageError(f"There is no record '{written}'; a record is LIST:ROW, as shown.")
    if found[0] not in view.records:
        raise UsageError(f"Record {found[0]} was erased; nothing can be said of it any more.")
    return found[0]


# --------------------------------------------------------------------------------- what changed


def change_document(before: LinkedStore, desk: Desk, entries: Sequence[Entry]) -> dict[str, Any]:
    """Return what a decision changed, and how to undo it."""
    return {
        "entries": [entry.entry_id for entry in entries],
        "persons": _before_after(len(before.register.persons), len(desk.result.register.persons)),
        "households": _before_after(
            len(before.register.households), len(desk.result.register.households)
        ),
        "changed": [_changed(each) for each in changed_persons(before, desk.result)],
        "review": len(desk.result.register.review),
        "undo": [undo_command(entry.entry_id, desk.store.path) for entry in entries],
    }


def changed_persons(before: LinkedStore, after: LinkedStore) -> tuple[Changed, ...]:
    """Return the persons made of other records than before."""
    from safepassage.core.register.view import changes

    return changes(before.register.persons, after.register.persons)


def undo_command(entry_id: str, store: Path) -> str:
    """Return the command that takes an entry back."""
    return f"safepassage register undo {entry_id} --register {store}"


def print_change(document: dict[str, Any]) -> None:
    """Print what :func:`change_document` returns."""
    for name in ("persons", "households"):
        count = document[name]
        out.print(f"{name.capitalize()}: {count['before']} before, {count['after']} now.")
    print_changed(document["changed"])
    if not document["changed"]:
        out.print("Nobody is made of other records than before.")
    for command in document["undo"]:
        out.print(f"Undo: {command}", markup=False)


def print_changed(changed: Sequence[dict[str, Any]]) -> None:
    """Print persons made of other records, the first few one by one."""
    for each in changed[:MOST_CHANGES]:
        records = len(each["records"])
        held = "1 record" if records == 1 else f"{records} records"
        out.print(
            f"  {each['after']} now has {held}, of {' and '.join(each['before'])}.", markup=False
        )
    if len(changed) > MOST_CHANGES:
        out.print(f"  and {len(changed) - MOST_CHANGES} more; --json shows all.")


def _before_after(before: int, after: int) -> dict[str, int]:
    return {"before": before, "after": after}


def _changed(each: Changed) -> dict[str, Any]:
    return {
        "after": each.after,
        "before": list(each.before),
        "records": list(each.record_ids),
    }
