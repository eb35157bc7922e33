"""The register store: an encrypted file of entries that is only ever added to (01a-store)."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from safepassage.adapters.store.database import LARGEST_COUNTER, Database, Row, chained
from safepassage.adapters.store.envelope import (
    AlteredError,
    NewerError,
    entry_id_of,
    is_moment,
    opened,
    sealed,
    seen_reader,
    subject_of,
)
from safepassage.adapters.store.keyring import GENERAL, Head, KeyRing, new_ring, open_ring
from safepassage.adapters.store.unlock import KEY_BYTES, Keys, derived_key
from safepassage.core.register.entries import (
    Body,
    Decided,
    Entry,
    Erased,
    RegisterState,
    Undone,
)
from safepassage.core.register.fold import fold
from safepassage.errors import (
    Finding,
    InputError,
    RefusedError,
    SafePassageError,
    UsageError,
    VersionError,
)
from safepassage.ids import stable_token

LIST_ID_CHARACTERS = 6


class RegisterStore:
    """An open register store; use it as a context manager.

    Made by :meth:`create` or :meth:`open`. What it shows is what the file held when it was opened
    or last written; :meth:`append` first takes in what other processes have added.
    """

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._database = database
        self._ring = ring
        self._rows: tuple[Row, ...] = ()
        self._entries: tuple[Entry, ...] = ()
        self._head = chained((), ring.register)
        self._notices: tuple[str, ...] = ()
        self._state: RegisterState | None = None

    # ------------------------------------------------------------------------- open, close

    @classmethod
    def create(cls, path: Path, keys: Keys, copy: str = "") -> RegisterStore:
        """Make a new, empty register.

        Parameters
        ----------
        path
            The store's file; it and the key ring's must not exist yet.
        copy
            Name of this copy in the log; random if empty. Never a person's name: it stands in
            the clear.

        Raises
        ------
        UsageError
            If a file is there already.
        """
        register = stable_token("R", [os.urandom(32).hex()], 16)
        return cls.found(path, keys, register, os.urandom(KEY_BYTES), copy)

    @classmethod
    def found(
        cls, path: Path, keys: Keys, register: str, secret: bytes, copy: str = ""
    ) -> RegisterStore:
        """Make an empty copy of a register whose id and secret are given."""
        for file in (path, keys.file):
            if file.exists():
                raise UsageError(f"{file} exists; nothing is overwritten. Choose another name.")
        copy = copy or new_copy_id()
        head = chained((), register)
        ring = new_ring(keys, register, copy, secret, head)
        ring.create()
        try:
            return cls(Database.create(path, register, copy, head), ring)
        except BaseException:
            keys.file.unlink()
            raise

    @classmethod
    def open(cls, path: Path, keys: Keys) -> RegisterStore:
        """Open a register.

        Raises
        ------
        InputError
            If a file is missing, damaged, was edited, cut or put back to an older state, or is no
            store; or if `keys` do not open the ring.
        VersionError
            If a newer version wrote it.
        SafePassageError
            If another process keeps it locked.
        """
        database = Database.open(path)
        try:
            ring = open_ring(keys)
            store = cls(database, ring)
            with database.reading():
                database.head()  # from here on no writer can finish
                ring.reread()
                store._load()
            store._look_again()
        except BaseException:
            database.close()
            raise
        return store

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ----------------------------------------------------------------------------- reading

    @property
    def path(self) -> Path:
        """The store's file."""
        return self._database.path

    @property
    def register(self) -> str:
        """Id of the register, the same on all copies."""
        return self._ring.register

    @property
    def copy(self) -> str:
        """Id of this copy."""
        return self._ring.copy

    @property
    def head(self) -> Head:
        """Number of entries and digest of their chain: what to note down to tell an older file."""
        return self._head

    @property
    def ring(self) -> KeyRing:
        """The key ring; for the modules of this package."""
        return self._ring

    def serialized(self) -> bytes:
        """Return the file as bytes, in the state that is shown; the bodies are ciphertext."""
        return self._database.serialized()

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries in the order in which this copy got them."""
        return self._entries

    def rows(self) -> Sequence[Row]:
        """Return the entries as they lie in the file, in the order of :meth:`entries`."""
        return self._rows

    def state(self) -> RegisterState:
        """Return what all entries say together, with what is to be said of the file itself."""
        if self._state is None:
            state = fold(self._entries)
            findings = (*state.findings, *self._notices, *self._unreadable())
            self._state = replace(state, findings=findings)
        return self._state

    def keyed(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose, the same on all copies of the register and for good.

        They follow from the register's secret, which lies in the key ring and stays the same when
        the ring gets a new master key: otherwise digests could not be compared any more.
        """
        return derived_key(self._ring.secret, purpose)

    def list_id_of(self, slug: str, data: bytes) -> tuple[str, str]:
        """Return the id of a list and the keyed digest of its bytes.

        Examples
        --------
        ``("council-7k2m9p", "9f86d0…")``: the same file has the same id on every copy.
        """
        digest = hmac.new(self.keyed("list"), data, sha256).hexdigest()
        token = stable_token("L", [digest], LIST_ID_CHARACTERS)
        return f"{slug}{token[1:].lower()}", digest

    # ----------------------------------------------------------------------------- writing

    def append(self, bodies: Iterable[Body], by: str, at: str) -> tuple[Entry, ...]:
        """Add entries, all or none, and return them; when this returns they are on the disk.

        A list, claim or rejected row that is in the register already is not written again; the
        entry that is there is returned. It is written again if somebody undid it.

        Parameters
        ----------
        by
            Role or staff token of the author, no name.
        at
            ISO 8601 moment, UTC, to the second.

        Raises
        ------
        UsageError
            If `at` is no such moment.
        RefusedError
            If something is said of a record that was erased.
        """
        if not is_moment(at):
            raise UsageError(f"'{at}' is no moment in UTC such as 2025-02-11T09:30:00Z.")
        with self.exclusive():
            entries, fresh = self._entries_of(tuple(bodies), by, at)
            said = self._said_by_id(fresh)
            self.add_rows([self._sealed(entry, said) for entry in fresh])
        return entries

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Write alone: take in what others have added, let the block write, then settle.

        Keys go to the ring before what they encrypt goes to the file, and leave it only after
        their erasure stands there: whenever the machine stops, nothing written is lost, and what
        was erased is erased by the next writing.
        """
        before = self._rows, self._entries, self._head, self._state
        try:
            with self._database.writing():
                self._take_in()
                before = self._rows, self._entries, self._head, self._state
                yield
        except BaseException:
            self._rows, self._entries, self._head, self._state = before
            raise
        with self._database.writing():
            if self._database.head() == self._head and not self._ring.was_replaced():
                self._settle()

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Write sealed rows, inside :meth:`exclusive`; the ring learns of them first."""
        if not rows:
            return
        head = chained(rows, self.register, self._head)
        self._ring.heads = [self._head, head]
        self._ring.save()
        self._database.add(rows, head)
        self._rows = (*self._rows, *rows)
        self._head = head
        self._entries += self._read(rows)
        self._state = None

    def forget_linked(self) -> None:
        """Remove the file of linkage results beside the store: it can be computed again."""
        self.path.with_name(f"{self.path.name}.linked").unlink(missing_ok=True)

    # ------------------------------------------------------------------------------ inside

    def reread_entries(self) -> None:
        """Read all rows again, inside :meth:`exclusive`, after the ring has got more keys."""
        self._entries = self._read(self._rows)
        self._state = None

    def try_out(self, rows: Sequence[Row]) -> None:
        """See that a register can be made of what is here and `rows`, before these are written.

        Raises
        ------
        InputError, VersionError
            If not; the sentence says that nothing was taken in.
        """
        entries = self._read((*self._rows, *rows))
        try:
            fold(entries)
        except Exception as error:  # whatever false entries bring about, they must not be kept
            message = (
                "no register can be made of what came in: it is damaged or false "
                f"({type(error).__name__}). Nothing was taken in"
            )
            raise InputError(self._finding(message)) from error

    def _load(self) -> None:
        """Take what the file holds, once it is shown to be what was written."""
        self._check_identity()
        rows = self._database.rows()
        head = chained(rows, self.register)
        if head != self._database.head() or head not in self._ring.heads:
            raise self._mismatch(rows, head)
        self._rows, self._head = tuple(rows), head
        self._notices = self._cut_off() if head != self._ring.heads[-1] else ()
        self._entries = self._read(rows)
        self._state = None

    def _look_again(self) -> None:
        """Tell a writing that was cut off from one that was just under way."""
        if not self._notices:
            return
        with suppress(SafePassageError), self._database.writing():
            self._take_in()

    def _read(self, rows: Sequence[Row]) -> tuple[Entry, ...]:
        seen = seen_reader()
        try:
            return tuple(opened(row, self.register, self._ring.key, seen) for row in rows)
        except AlteredError as error:
            raise self._edited(str(error)) from error
        except NewerError as error:
            raise VersionError(
                self._finding(
                    f"entry {error} says what this version does not know: a newer version of "
                    "safepassage wrote it, or it is false"
                )
            ) from error

    def _take_in(self) -> None:
        """Read again if another process has written since."""
        if self._ring.was_replaced():
            self._ring.reread()
        if self._database.head() != self._head:
            self._load()

    def _settle(self) -> None:
        """Destroy the keys of what was erased, and let the ring know only the state as it is."""
        destroyed = self._destroy_erased()
        if destroyed or self._ring.heads != [self._head]:
            self._ring.heads = [self._head]
            self._ring.save()
        if destroyed:
            self.reread_entries()
            self.forget_linked()

    def _destroy_erased(self) -> bool:
        gone = False
        for entry in self._entries:
            if isinstance(entry.body, Erased):
                for record_id in entry.body.record_ids:
                    gone |= self._ring.erase(record_id, entry.at, entry.body.reason)
        return gone

    def _entries_of(
        self, bodies: Sequence[Body], by: str, at: str
    ) -> tuple[tuple[Entry, ...], list[Entry]]:
        """Return the entries of `bodies` and those of them that are not in the log yet."""
        there = {entry.entry_id: entry for entry in self._entries}
        undone = {e.body.entry_id for e in self._entries if isinstance(e.body, Undone)}
        seen = self._seen()
        counter = max((known for _, known in seen), default=0)
        digest_key = self.keyed("entry")
        found: list[Entry] = []
        fresh: list[Entry] = []
        for body in bodies:
            self._refuse_erased(body)
            entry_id = entry_id_of(body, digest_key)
            if entry_id in there and entry_id not in undone:
                found.append(there[entry_id])
                continue
            counter += 1
            entry = Entry(entry_id, counter, self.copy, seen, at, by, body)
            there[entry_id] = entry
            found.append(entry)
            fresh.append(entry)
        if counter > LARGEST_COUNTER:
            raise InputError(self._finding("the log has no numbers left: an entry's was forged"))
        return tuple(found), fresh

    def _seen(self) -> tuple[tuple[str, int], ...]:
        """Return, for each copy, the highest counter that is here."""
        seen: dict[str, int] = {}
        for row in self._rows:
            if row.counter > seen.get(row.copy, 0):
                seen[row.copy] = row.counter
        return tuple(sorted(seen.items()))

    def _refuse_erased(self, body: Body) -> None:
        subject = subject_of(body)
        if subject in self._ring.erased:
            day = self._ring.erased[subject][0][:10]
            raise RefusedError(
                f"Record {subject} was erased on {day}: nothing is written of it any more."
            )

    def _said_by_id(self, fresh: Sequence[Entry]) -> dict[str, Body]:
        """Return what entries say by their ids, if any of the fresh ones undoes one."""
        if not any(isinstance(entry.body, Undone) for entry in fresh):
            return {}
        return {each.entry_id: each.body for each in self._entries if each.body is not None}

    def _sealed(self, entry: Entry, said: Mapping[str, Body] | None = None) -> Row:
        assert entry.body is not None  # noqa: S101 - for mypy: it was just given
        key_id, key = self._ring.key_of(_subject(entry.body, said or {}))
        words = None
        if isinstance(entry.body, Decided) and entry.body.reason:
            subjects = sorted({*entry.body.left, *entry.body.right})
            words = [self._ring.key_of(s) for s in subjects if s not in self._ring.erased]
        return sealed(entry, self.register, key_id, key, words)

    # ----------------------------------------------------------------------- what is wrong

    def _check_identity(self) -> None:
        register, copy = self._database.fact("register"), self._database.fact("copy")
        if register != self._ring.register:
            raise InputError(
                self._finding(f"the key ring {self._ring.path} belongs to another register")
            )
        if copy != self._ring.copy:
            raise InputError(
                self._finding(
                    f"the key ring {self._ring.path} belongs to another copy of this register"
                )
            )

    def _mismatch(self, rows: Sequence[Row], head: Head) -> InputError:
        """Say in what way the file is not the one that the ring remembers."""
        seen = seen_reader()
        for row in rows:
            try:
                opened(row, self.register, self._ring.key, seen)
            except AlteredError:
                return self._edited(row.entry_id)
            except NewerError:
                continue
        last = self._ring.heads[-1]
        if head.count < last.count:
            return InputError(
                self._finding(
                    f"{last.count - head.count} of {last.count} entries are missing: the file was "
                    f"cut or put back to an older state. Nothing was read. {_WAY_OUT}"
                )
            )
        if head.count > last.count:
            return InputError(
                self._finding(
                    f"the key ring {self._ring.path} is older than the store: it knows "
                    f"{last.count} of {head.count} entries. Use the newest key ring. {_WAY_OUT}"
                )
            )
        return self._edited("")

    def _edited(self, entry_id: str) -> InputError:
        where = f"entry {entry_id} is not as it was written" if entry_id else "entries were moved"
        return InputError(
            self._finding(f"the file was edited: {where}. Nothing was read. {_WAY_OUT}")
        )

    def _cut_off(self) -> tuple[str, ...]:
        sentence = (
            "The last writing to this store was cut off before it was kept, or was taken back "
            "since; whoever made it should look whether it is there."
        )
        return (sentence,)

    def _unreadable(self) -> tuple[str, ...]:
        ring = self._ring
        count = sum(
            entry.body is None and row.key_id not in ring.destroyed
            for entry, row in zip(self._entries, self._rows, strict=True)
        )
        if not count:
            return ()
        return (f"{count} entries cannot be read: the key ring does not hold their keys.",)

    def _finding(self, message: str) -> Finding:
        return Finding(message if message.endswith(".") else f"{message}.", str(self.path))


_WAY_OUT = (
    "'safepassage register restore' takes what is whole from it, or from a backup, into a new "
    "store."
)


def _subject(body: Body, said: Mapping[str, Body]) -> str:
    """Return whose key an entry lies under; an undoing lies where what it undoes lies."""
    met: set[str] = set()
    found: Body | None = body
    while isinstance(found, Undone) and found.entry_id not in met:
        met.add(found.entry_id)
        found = said.get(found.entry_id)
    return subject_of(found) if found is not None else GENERAL


def new_copy_id() -> str:
    """Return a random name for a copy: it says nothing of whose laptop it is on."""
    return stable_token("C", [os.urandom(16).hex()])
