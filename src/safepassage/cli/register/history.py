"""``safepassage register history`` and ``undo``: who said what when, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json, progress
from safepassage.cli.register.common import (
    ByOption,
    KeysOption,
    PassphraseOption,
    StoreOption,
    now,
    open_store,
)
from safepassage.cli.register.store import JsonOption
from safepassage.core.register.entries import (
    Answered,
    Body,
    ClaimMade,
    Contested,
    Corrected,
    Decided,
    Entry,
    Erased,
    Exported,
    ListReceived,
    ModelTrained,
    PlacesGiven,
    RowRejected,
    Undone,
)
from safepassage.core.register.fold import in_force, ordered
from safepassage.errors import UsageError, mask

if TYPE_CHECKING:
    from safepassage.adapters.store import RegisterStore

HISTORY_EPILOG = (
    "Examples: safepassage register history --register op.store | "
    "safepassage register history council-7k2m9p:12 --register op.store"
)
UNDO_EPILOG = (
    "Example: safepassage register undo E-4F2K8Q --reason 'wrong person' --register op.store. "
    "Undo the undoing, and it counts again."
)
SHOWN = 200
"""Entries printed one by one; ``--json`` gives all."""
SHORTEST_ID = 6
"""Characters of an entry id, after ``E-``, by which it may be named if no other begins so."""


# --------------------------------------------------------------------------------- history


def history(
    register: StoreOption,
    about: Annotated[
        str | None, typer.Argument(metavar="PERSON|RECORD|ENTRY", help="Only what concerns it.")
    ] = None,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    with_values: Annotated[
        bool,
        typer.Option("--with-values", help="Show what was corrected to what; masked otherwise."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what was entered, by whom and when: rows as one line a list, all else one by one."""
    with open_store(register, keys, passphrase_file) as store:
        log = ordered(store.entries())
        counting = {(each.entry_id, each.counter, each.copy) for each in in_force(log)}
        wanted = _about(store, log, about) if about else log
        erased = {each.record_id for each in store.state().erased}
        entries = [
            _document(entry, counting, with_values=with_values)
            for entry in wanted
            if entry.body is not None
        ]
    document = {
        "entries": entries,
        "unreadable": sum(each.body is None for each in wanted),
        "erased": sorted(erased & {about or ""}),
    }
    if as_json:
        print_json(document)
    else:
        _print_history(document, every_row=about is not None)


def _about(store: RegisterStore, log: Sequence[Entry], about: str) -> list[Entry]:
    """Return the entries that concern one entry, record or person."""
    if about.startswith("E-"):
        found = _named(log, about)
        return [e for e in log if e is found or _undoes(e.body) == found.entry_id]
    known = {each for entry in log for each in _records(entry.body)}
    known |= {each.record_id for each in store.state().erased}
    records = {about} if about in known else _records_of_person(store, about)
    told = [entry for entry in log if records & set(_records(entry.body))]
    ids = {entry.entry_id for entry in told}
    undoings = _undoings(log, ids)
    return [e for e in log if e.entry_id in ids or e.entry_id in undoings]


def _undoings(log: Iterable[Entry], ids: set[str]) -> set[str]:
    """Return the ids of what undoes these entries, what undoes the undoing, and so on."""
    found: set[str] = set()
    for entry in log:
        if _undoes(entry.body) in ids | found:
            found.add(entry.entry_id)
    return found


def _records_of_person(store: RegisterStore, token: str) -> set[str]:
    from safepassage.adapters.register_store import linked_store, view_of

    with progress("Linking") as report:
        view = view_of(store, linked_store(store, report))
    found = view.resolve(token)
    records = {record_id for person in found.persons for record_id in person.record_ids}
    records |= {each.record_id for each in found.erased}
    if not records:
        raise UsageError(f"There is no person, record or entry {token} in the register.")
    return records


def _records(body: Body | None) -> tuple[str, ...]:
    """Return the record ids that a body names."""
    if isinstance(body, ClaimMade):
        return (body.record.record_id,)
    if isinstance(body, RowRejected | Corrected | Contested | Answered):
        return (body.record_id,)
    if isinstance(body, Decided):
        return (*body.left, *body.right)
    return body.record_ids if isinstance(body, Erased | Exported) else ()


def _undoes(body: Body | None) -> str:
    return body.entry_id if isinstance(body, Undone) else ""


def _document(
    entry: Entry, counting: set[tuple[str, int, str]], *, with_values: bool
) -> dict[str, Any]:
    assert entry.body is not None  # noqa: S101 - for mypy: only readable ones come here
    kind, words = _WORDS[type(entry.body)]
    told = words(entry.body)
    if isinstance(entry.body, Corrected):
        told += f": '{entry.body.value if with_values else mask(entry.body.value)}'"
    return {
        "entry": entry.entry_id,
        "at": entry.at,
        "by": entry.by,
        "copy": entry.copy,
        "kind": kind,
        "words": told,
        "records": list(_records(entry.body)),
        "counts": (entry.entry_id, entry.counter, entry.copy) in counting,
    }


def _answer_words(body: Answered) -> str:
    consents = ", ".join(f"{question.value} {answer.value}" for question, answer in body.consents)
    parts = [f"choice {body.choice.value}", f"consent: {consents}" if consents else ""]
    asked = f"{body.record_id} answered on {body.asked_on} ({body.form}, asked by {body.asked_by})"
    return f"{asked}: {'; '.join(part for part in parts if part)}"


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _decision_words(body: Decided) -> str:
    from safepassage.core.register.view import decision_words

    return decision_words(body)


_WORDS: dict[type, tuple[str, Callable[[Any], str]]] = {
    ListReceived: (
        "list",
        lambda b: f"list {b.list_id} received, reliability {b.reliability.value}",
    ),
    ClaimMade: ("claim", lambda b: f"{b.record.record_id} as its list has it"),
    RowRejected: ("rejected", lambda b: f"{b.record_id} set aside"),
    Decided: ("decision", _decision_words),
    Undone: ("undo", lambda b: f"{b.entry_id} undone{_because(b.reason)}"),
    Corrected: (
        "correction",
        lambda b: f"{b.field_name} of {b.record_id} corrected by {b.said_by}{_because(b.reason)}",
    ),
    Contested: ("objection", lambda b: f"{b.record_id} is wrong, says {b.said_by}"),
    Answered: ("answer", _answer_words),
    Erased: ("erasure", lambda b: f"records erased: {len(b.record_ids)} ({b.reason})"),
    PlacesGiven: ("places", lambda b: f"{len({place for place, _ in b.places})} places given"),
    ModelTrained: ("model", lambda b: f"linkage model learned from {b.records} records"),
    Exported: ("export", lambda b: f"left the register as {b.kind}: {len(b.record_ids)} records"),
}
"""What sort of thing an entry says, and what, without any name."""


def _print_history(document: dict[str, Any], *, every_row: bool) -> None:
    rows = ("claim", "rejected")
    told = [e for e in document["entries"] if every_row or e["kind"] not in rows]
    for entry in told[-SHOWN:]:
        undone = "" if entry["counts"] else "  [undone]"
        out.print(
            f"{entry['at']}  {entry['entry']}  {entry['by']}  {entry['words']}{undone}",
            markup=False,
        )
    if len(told) > SHOWN:
        out.print(f"and {len(told) - SHOWN} earlier ones; --json shows all.")
    hidden = len(document["entries"]) - len(told)
    if hidden:
        out.print(f"{hidden} rows of lists; name a record to see its own.")
    for record_id in document["erased"]:
        out.print(f"{record_id} was erased; what was said of it cannot be read.", markup=False)
    if document["unreadable"]:
        out.print(f"{document['unreadable']} entries cannot be read any more.")


# ------------------------------------------------------------------------------------ undo


def undo(
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="Id (E-…), or its beginning.")],
    register: StoreOption,
    by: ByOption,
    reason: Annotated[str, typer.Option(help="Why; no names.")] = "",
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an entry not count any more; it stays in the history, and undoing this brings it back.

    To undo the receipt of a list takes out all its rows that came with it.
    """
    with open_store(register, keys, passphrase_file) as store:
        log = ordered(store.entries())
        target = _named(log, entry)
        ids = _taken_out(log, target)
        added = store.append([Undone(each, reason) for each in ids], by, now())
        document = {"undone": list(ids), "entries": [each.entry_id for each in added]}
    if as_json:
        print_json(document)
        return
    out.print(f"{target.entry_id} does not count any more.")
    if len(ids) > 1:
        out.print(f"With it {len(ids) - 1} entries that belong to it.")
    out.print(f"To take this back: safepassage register undo {added[0].entry_id}")


def _named(log: Sequence[Entry], written: str) -> Entry:
    """Return the one entry whose id begins as written."""
    begins = f"E-{written.removeprefix('E-').upper()}"
    found = {each.entry_id: each for each in log if each.entry_id.startswith(begins)}
    if not found or len(begins) < SHORTEST_ID + 2:
        raise UsageError(f"There is no entry {written}: 'register history' shows their ids.")
    if len(found) > 1:
        raise UsageError(f"{len(found)} entries begin with {written}; write more of the id.")
    return next(iter(found.values()))


def _taken_out(log: Sequence[Entry], target: Entry) -> tuple[str, ...]:
    """Return the ids that undoing an entry takes out, once it may be undone."""
    standing = {each.entry_id for each in in_force(log)}
    if target.body is None:
        raise UsageError(f"{target.entry_id} was erased; there is nothing to undo.")
    if target.entry_id not in standing:
        raise UsageError(f"{target.entry_id} does not count already.")
    body = target.body
    if isinstance(body, Erased):
        raise UsageError("An erasure cannot be undone: the keys are gone.")
    if isinstance(body, ClaimMade | RowRejected):
        raise UsageError(
            "A single row is not taken out: correct it, contest it or erase it. A list that was "
            "read wrongly is undone as a whole, by the entry of its receipt."
        )
    if isinstance(body, ListReceived):
        return (target.entry_id, *_rows_of(log, body.list_id, standing))
    if isinstance(body, Undone):
        return _undone_with(log, target, standing)
    return (target.entry_id,)


def _undone_with(log: Iterable[Entry], target: Entry, standing: set[str]) -> tuple[str, ...]:
    """Return the undoings that were one act with this one: of a list and of its rows."""
    together = (
        each.entry_id
        for each in log
        if isinstance(each.body, Undone)
        and each.entry_id in standing
        and (each.copy, each.seen) == (target.copy, target.seen)
    )
    return (target.entry_id, *(each for each in together if each != target.entry_id))


def _rows_of(log: Iterable[Entry], list_id: str, standing: set[str]) -> Iterable[str]:
    found: dict[str, None] = {}
    for entry in log:
        body = entry.body
        of = body.record.list_id if isinstance(body, ClaimMade) else None
        of = body.list_id if isinstance(body, RowRejected) else of
        if of == list_id and entry.entry_id in standing:
            found[entry.entry_id] = None
    return found
