"""The store's file: SQLite that sees ciphertext only, and a chain over all rows (01a-store §1-§3).

Whatever SQLite keeps beside the file while it writes holds ciphertext, too.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from safepassage.adapters.store.files import create_file
from safepassage.adapters.store.keyring import Head
from safepassage.errors import Finding, InputError, SafePassageError, VersionError

APPLICATION_ID = 0x53504152
"""``SPAR`` in the file's header."""
SCHEMA_VERSION = 1
WAIT_S = 20.0
"""How long a second writer waits for the first."""
LARGEST_COUNTER = 2**53
LARGEST_POSITION = 10_000_000
"""Entries looked for in a damaged file, whatever it states."""

_ENTRIES = (
    "CREATE TABLE entries (position INTEGER PRIMARY KEY, entry_id TEXT NOT NULL, "
    "counter INTEGER NOT NULL, copy TEXT NOT NULL, seen TEXT NOT NULL, at TEXT NOT NULL, "
    "kind TEXT NOT NULL, key_id TEXT NOT NULL, nonce BLOB NOT NULL, ciphertext BLOB NOT NULL)"
)
_NEVER = (
    "CREATE TRIGGER never_{0} BEFORE {1} ON entries "
    "BEGIN SELECT RAISE(ABORT, 'entries are never {0}'); END"
)
_SCHEMA = (
    "CREATE TABLE register (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    _ENTRIES,
    _NEVER.format("changed", "UPDATE"),
    _NEVER.format("removed", "DELETE"),
)
_SETTINGS = (
    "trusted_schema = OFF",  # a file from elsewhere runs nothing
    "cell_size_check = ON",
    "journal_mode = DELETE",
    "temp_store = MEMORY",
    "secure_delete = ON",
    "synchronous = FULL",
    "mmap_size = 0",
)
_COLUMNS = "entry_id, counter, copy, seen, at, kind, key_id, nonce, ciphertext"
_START = hashlib.sha256(b"safepassage register store").digest()


class Row(NamedTuple):
    """One entry as it lies in the file; `nonce` and `ciphertext` belong to the body."""

    entry_id: str
    counter: int
    copy: str
    seen: str
    at: str
    kind: str
    key_id: str
    nonce: bytes
    ciphertext: bytes

    def context(self, register: str) -> bytes:
        """Return what the body's encryption is bound to: register, schema and all that is clear."""
        return json.dumps([register, SCHEMA_VERSION, *self[:7]], separators=(",", ":")).encode()


def chained(rows: Iterable[Row], register: str, before: Head | None = None) -> Head:
    """Return the head of a chain that goes on from `before` with `rows`."""
    digest = bytes.fromhex(before.digest) if before else _START
    count = before.count if before else 0
    for row in rows:
        context = row.context(register)
        parts = (digest, len(context).to_bytes(4, "big"), context, row.nonce, row.ciphertext)
        digest = hashlib.sha256(b"".join(parts)).digest()
        count += 1
    return Head(count, digest.hex())


class Database:
    """One open store file. Every problem with the file becomes a sentence."""

    def __init__(self, path: Path, link: sqlite3.Connection) -> None:
        self.path = path
        self._link = link
        for setting in _SETTINGS:
            self._run(f"PRAGMA {setting}")

    @classmethod
    def create(cls, path: Path, register: str, copy: str, head: Head) -> Database:
        """Make an empty store file, readable by its owner only."""
        create_file(path)
        database = cls(path, _connected(path))
        with database.writing():
            for statement in _SCHEMA:
                database._run(statement)
            database._run(f"PRAGMA application_id = {APPLICATION_ID}")
            database._run(f"PRAGMA user_version = {SCHEMA_VERSION}")
            facts = {"register": register, "copy": copy}
            for fact in facts.items():
                database._run("INSERT INTO register VALUES (?, ?)", fact)
            database._set_head(head, insert=True)
        return database

    @classmethod
    def held(cls, path: Path, content: bytes) -> Database:
        """Open a store file's bytes in memory; `path` is named in sentences only."""
        link = sqlite3.connect(":memory:", isolation_level=None)
        try:
            link.deserialize(content)
        except (sqlite3.DatabaseError, OverflowError) as error:
            raise _refused(path, "this is no register store") from error
        database = cls(path, link)
        database._check_kind()
        return database

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open a store file and check that it is one.

        Raises
        ------
        InputError
            If it is not there, no store, or damaged.
        VersionError
            If a newer version wrote it.
        """
        if not path.is_file():
            raise _refused(path, "the register store is not there")
        database = cls(path, _connected(path))
        database._check_kind()
        return database

    def close(self) -> None:
        """Close the file."""
        self._link.close()

    # ----------------------------------------------------------------------- reading

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the file while the block runs."""
        self._run("BEGIN")
        try:
            yield
        finally:
            self._end("ROLLBACK")

    def fact(self, name: str) -> str:
        """Return one of the file's facts: ``register``, ``copy``, ``count``, ``digest``."""
        found = self._run("SELECT value FROM register WHERE name = ?", (name,)).fetchone()
        if found is None or not isinstance(found[0], str):
            raise self._damaged()
        return found[0]

    def head(self) -> Head:
        """Return the head that the file itself states."""
        count = self.fact("count")
        if not count.isdecimal():
            raise self._damaged()
        return Head(int(count), self.fact("digest"))

    def rows(self) -> list[Row]:
        """Return all rows in the order in which they were written."""
        try:
            found = self._run(f"SELECT {_COLUMNS} FROM entries ORDER BY position").fetchall()  # noqa: S608 - the columns are ours
        except sqlite3.DatabaseError as error:
            raise self._damaged() from error
        rows = [Row(*each) for each in found]
        if not all(_well_formed(row) for row in rows):
            raise self._damaged()
        return rows

    def whole_rows(self) -> list[Row]:
        """Return the rows that can still be read, of a file that may be damaged."""
        found: list[Row] = []
        for position in range(1, self._last_position() + 1):
            try:
                each = self._link.execute(
                    f"SELECT {_COLUMNS} FROM entries WHERE position = ?",  # noqa: S608 - the columns are ours
                    (position,),
                ).fetchone()
            except sqlite3.DatabaseError:
                continue
            if each is not None and _well_formed(row := Row(*each)):
                found.append(row)
        return found

    def serialized(self) -> bytes:
        """Return the file as bytes."""
        return self._link.serialize()

    def _last_position(self) -> int:
        try:
            (last,) = self._link.execute("SELECT max(position) FROM entries").fetchone()
        except sqlite3.DatabaseError:
            last = None
        stated = self.head().count
        return min(max(last or 0, stated), LARGEST_POSITION)

    # ----------------------------------------------------------------------- writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the file alone while the block runs; what it wrote is kept whole or not at all.

        Raises
        ------
        SafePassageError
            If another process kept writing for longer than :data:`WAIT_S`.
        """
        self._run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._end("ROLLBACK")
            raise
        self._run("COMMIT")

    def add(self, rows: Sequence[Row], head: Head) -> None:
        """Write rows at the end, with the new head."""
        places = ", ".join("?" * len(Row._fields))
        try:
            self._link.executemany(f"INSERT INTO entries ({_COLUMNS}) VALUES ({places})", rows)  # noqa: S608 - the columns are ours
        except sqlite3.DatabaseError as error:
            raise self._said(error) from error
        self._set_head(head)

    def set_fact(self, name: str, value: str) -> None:
        """Replace one of the file's facts."""
        self._run("UPDATE register SET value = ? WHERE name = ?", (value, name))

    def _set_head(self, head: Head, *, insert: bool = False) -> None:
        for name, value in (("count", str(head.count)), ("digest", head.digest)):
            if insert:
                self._run("INSERT INTO register VALUES (?, ?)", (name, value))
            else:
                self.set_fact(name, value)

    # ---------------------------------------------------------------------- the file

    def _check_kind(self) -> None:
        (application,) = self._run("PRAGMA application_id").fetchone()
        (version,) = self._run("PRAGMA user_version").fetchone()
        if application != APPLICATION_ID:
            raise _refused(self.path, "this is no register store")
        if version > SCHEMA_VERSION:
            raise VersionError(
                Finding(
                    f"the store has the format {version} of a newer version of safepassage; this "
                    f"one reads {SCHEMA_VERSION}. Nothing was changed.",
                    str(self.path),
                )
            )
        found = self._run("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        if version != SCHEMA_VERSION or {each[0] for each in found} != set(_SCHEMA):
            raise self._damaged()

    def _run(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        try:
            return self._link.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise self._said(error) from error

    def _end(self, statement: str) -> None:
        if self._link.in_transaction:
            self._run(statement)

    def _said(self, error: sqlite3.DatabaseError) -> SafePassageError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return SafePassageError(
                f"{self.path}: another program is writing to the register; waited "
                f"{WAIT_S:.0f} seconds. Try again when it is done; nothing was changed."
            )
        if code == sqlite3.SQLITE_NOTADB:
            return _refused(self.path, "this is no register store")
        if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
            return _refused(
                self.path, "the store cannot be written here: its file or folder is closed"
            )
        if code == sqlite3.SQLITE_FULL:
            return _refused(self.path, "the disk is full; nothing was changed")
        return self._damaged()

    def _damaged(self) -> InputError:
        return _refused(
            self.path,
            "the store is damaged; nothing was read from it. 'safepassage register restore' takes "
            "what is whole from it or from a backup into a new store",
        )


def _connected(path: Path) -> sqlite3.Connection:
    place = f"file:{quote(str(path.resolve()))}?mode=rw"
    try:
        return sqlite3.connect(place, uri=True, isolation_level=None, timeout=WAIT_S)
    except sqlite3.OperationalError as error:
        raise _refused(path, "the file cannot be opened") from error


def _well_formed(row: Row) -> bool:
    texts = (row.entry_id, row.copy, row.seen, row.at, row.kind, row.key_id)
    return (
        all(isinstance(text, str) for text in texts)
        and isinstance(row.counter, int)
        and 0 <= row.counter <= LARGEST_COUNTER
        and isinstance(row.nonce, bytes)
        and isinstance(row.ciphertext, bytes)
    )


def _refused(path: Path, message: str) -> InputError:
    return InputError(Finding(f"{message}.", str(path)))
