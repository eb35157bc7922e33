"""Somebody has the files and no key: every change is refused or makes no difference."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from safepassage.adapters.store import RegisterStore, absorb, codec, copy_store
from safepassage.adapters.store.backup import restore
from safepassage.adapters.store.database import Row, chained
from safepassage.adapters.store.envelope import AlteredError, opened, seen_reader
from safepassage.adapters.store.files import create_file, replace_file
from safepassage.adapters.store.keyring import Head
from safepassage.core.register.entries import (
    Answered,
    ClaimMade,
    Corrected,
    Decided,
    Erased,
    ListReceived,
    PlacesGiven,
    Verdict,
)
from safepassage.core.register.fold import fold
from safepassage.core.register.types import ApproximateDate, ListRecord
from safepassage.errors import InputError, SafePassageError, VersionError

AT = "2025-02-11T09:30:00Z"
REFUSED = (InputError, VersionError)


@pytest.fixture
def victim(new_store, store_keys):
    """A closed store of six entries: its path, what opens it, and what it says."""
    with new_store() as store:
        records = [ListRecord(f"l:{row}", "l", row, full_name=f"Name {row}") for row in (2, 3)]
        said = [
            ListReceived("l", "L", "l.csv", "d"),
            *map(ClaimMade, records),
            Decided(Verdict.DIFFERENT, ("l:2",), ("l:3",), "why"),
            Answered("l:2", "2025-02-11", "t", "oral"),
            PlacesGiven((("a", "Aby"),)),
        ]
        store.append(said, "clerk", AT)
        return store.path, store_keys(store.path), store.entries()


def entries_or_refusal(path, keys):
    """What opening gives: the entries, or None if it is refused in a sentence."""
    try:
        store = RegisterStore.open(path, keys)
    except SafePassageError as error:
        return check_sentence(str(error))
    with store:
        return store.entries()


def check_sentence(text):
    """A refusal is a sentence and names nobody."""
    assert text.rstrip().endswith(".")
    assert "Name 2" not in text


def rewritten(path, statement, values=()):
    """Run a statement on a store as somebody who knows its format would.

    The triggers are taken out and put back, and count and chain are made to fit.
    """
    with sqlite3.connect(path) as link:
        triggers = link.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'")
        triggers = triggers.fetchall()
        for name, _ in triggers:
            link.execute(f"DROP TRIGGER {name}")
        link.execute(statement, values)
        register = link.execute("SELECT value FROM register WHERE name='register'").fetchone()[0]
        columns = ", ".join(Row._fields)
        rows = [
            Row(*each) for each in link.execute(f"SELECT {columns} FROM entries ORDER BY position")
        ]
        try:
            head = chained(rows, register)
        except TypeError:  # a shape that has no chain
            head = Head(len(rows), "")
        link.execute("UPDATE register SET value = ? WHERE name = 'count'", (str(head.count),))
        link.execute("UPDATE register SET value = ? WHERE name = 'digest'", (head.digest,))
        for _, sql in triggers:
            link.execute(sql)
    link.close()


def test_the_attacker_of_these_tests_leaves_a_store_that_opens(victim):
    path, keys, entries = victim
    rewritten(path, "UPDATE entries SET at = at")
    assert entries_or_refusal(path, keys) == entries


OTHER_VALUES = {
    "entry_id": "E-other",
    "counter": 99,
    "copy": "C-OTHER",
    "seen": '[["C-OTHER",3]]',
    "at": "2024-01-01T00:00:00Z",
    "kind": "export",
    "key_id": "K-OTHER",
    "nonce": b"n" * 12,
    "ciphertext": b"c" * 144,
}


@pytest.mark.parametrize("column", Row._fields)
def test_no_column_of_any_row_can_be_changed(victim, column):
    path, keys, entries = victim
    content = path.read_bytes()
    for position in range(1, len(entries) + 1):
        path.write_bytes(content)
        rewritten(
            path,
            f"UPDATE entries SET {column} = ? WHERE position = {position}",
            (OTHER_VALUES[column],),
        )
        with pytest.raises(REFUSED, match=r"was edited"):
            RegisterStore.open(path, keys)


def test_each_column_is_bound_to_the_body_by_the_encryption_alone(victim):
    """Even somebody who could also write the ring's digest could not change a row."""
    path, keys, _ = victim
    with RegisterStore.open(path, keys) as store:
        for row in store.rows():
            for column in sorted(set(Row._fields) - {"key_id"}):
                forged = row._replace(**{column: OTHER_VALUES[column]})
                with pytest.raises(AlteredError):
                    opened(forged, store.register, store.ring.key, seen_reader())
        with pytest.raises(AlteredError):
            opened(store.rows()[0], "R-OTHER", store.ring.key, seen_reader())


REPEATED = (
    "INSERT INTO entries SELECT 7, entry_id, counter, copy, seen, at, kind, key_id, nonce, "
    "ciphertext FROM entries WHERE position = 2"
)
SWAPPED = (
    "UPDATE entries SET ciphertext = (SELECT ciphertext FROM entries WHERE position = 2), "
    "nonce = (SELECT nonce FROM entries WHERE position = 2) WHERE position = 3"
)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entries WHERE position = 6",
        "DELETE FROM entries WHERE position = 2",
        "DELETE FROM entries",
        "UPDATE entries SET position = 10 WHERE position = 2",
        "UPDATE entries SET position = -1 WHERE position = 6",
        REPEATED,
        SWAPPED,
        "UPDATE register SET value = 'R-OTHER' WHERE name = 'register'",
        "UPDATE register SET value = 'C-OTHER' WHERE name = 'copy'",
        "UPDATE entries SET counter = 'x' WHERE position = 1",
        "UPDATE entries SET counter = 1.5 WHERE position = 1",
        "UPDATE entries SET seen = x'00' WHERE position = 1",
        "UPDATE entries SET seen = '{}' WHERE position = 1",
        "UPDATE entries SET ciphertext = 'text' WHERE position = 1",
        "UPDATE entries SET nonce = x'' WHERE position = 1",
        "UPDATE entries SET ciphertext = x'' WHERE position = 1",
        "UPDATE entries SET counter = 9223372036854775807 WHERE position = 1",
    ],
)
def test_rows_cannot_be_removed_moved_repeated_or_of_another_shape(victim, statement):
    path, keys, _ = victim
    rewritten(path, statement)
    assert entries_or_refusal(path, keys) is None


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER never_changed",
        "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM register; END",
        "CREATE TABLE more (x)",
        "CREATE VIEW v AS SELECT * FROM entries",
        "ALTER TABLE entries ADD COLUMN more TEXT",
        "DROP TABLE register",
        "DELETE FROM register WHERE name = 'count'",
        "UPDATE register SET value = 'many' WHERE name = 'count'",
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = 9",
        "PRAGMA user_version = -1",
    ],
)
def test_a_store_with_another_schema_is_refused(victim, statement):
    path, keys, _ = victim
    with sqlite3.connect(path) as link:
        link.execute(statement)
    link.close()
    assert entries_or_refusal(path, keys) is None


def test_entries_cannot_be_changed_by_mistake_through_sqlite(victim):
    path, _, _ = victim
    with sqlite3.connect(path) as link:
        for statement in ("UPDATE entries SET at = ''", "DELETE FROM entries"):
            with pytest.raises(sqlite3.IntegrityError, match="entries are never"):
                link.execute(statement)
    link.close()


# -------------------------------------------------------------------------------- byte by byte


def test_no_byte_of_the_store_can_be_changed_to_effect(victim):
    path, keys, entries = victim
    content = path.read_bytes()
    used = [at for at in range(len(content)) if content[at]]
    refused = 0
    for at in [*range(100), *used[100::41]]:
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x15]) + content[at + 1 :])
        found = entries_or_refusal(path, keys)
        assert found in (None, entries), at
        refused += found is None
    assert refused > 60


def test_no_length_of_the_store_opens_but_its_own(victim):
    path, keys, entries = victim
    content = path.read_bytes()
    for length in range(0, len(content), 509):
        path.write_bytes(content[:length])
        assert entries_or_refusal(path, keys) is None, length
    path.write_bytes(content + b"more")
    assert entries_or_refusal(path, keys) in (None, entries)


def test_no_byte_of_the_ring_can_be_changed(victim):
    path, keys, _ = victim
    content = keys.file.read_bytes()
    for at in range(0, len(content), 7):
        keys.file.write_bytes(content[:at] + bytes([content[at] ^ 0x15]) + content[at + 1 :])
        assert entries_or_refusal(path, keys) is None, at
    for length in range(0, len(content), 61):
        keys.file.write_bytes(content[:length])
        assert entries_or_refusal(path, keys) is None, length


@pytest.mark.parametrize(
    "change",
    [
        {"ways": []},
        {"ways": 7},
        {"ways": [7]},
        {"ways": [{}]},
        {"ways": [{"kind": "passphrase"}]},
        {"ways": [{"kind": "x\x1b[31m"}]},
        {"ways": [{"kind": "passphrase"}] * 9},
        {"register": "R-OTHER"},
        {"safepassage_keys": "x"},
        {"safepassage_keys": 2},
        {"safepassage_keys": None},
    ],
)
def test_a_ring_with_another_header_is_refused(victim, change):
    path, keys, _ = victim
    line, _, body = keys.file.read_bytes().partition(b"\n")
    header = json.dumps({**json.loads(line), **change}, separators=(",", ":")).encode()
    keys.file.write_bytes(header + b"\n" + body)
    assert entries_or_refusal(path, keys) is None


@pytest.mark.parametrize(
    "work", [{"memory_kib": 2**21}, {"passes": 17}, {"memory_kib": 2**20, "passes": 8}]
)
def test_a_ring_that_asks_for_more_work_than_a_laptop_can_do_is_refused(victim, monkeypatch, work):
    path, keys, _ = victim
    line, _, body = keys.file.read_bytes().partition(b"\n")
    header = json.loads(line)
    header["ways"][0] |= work
    text = json.dumps(header, separators=(",", ":")).encode()
    keys.file.write_bytes(text + b"\n" + body)
    monkeypatch.setattr("safepassage.adapters.store.unlock.Argon2id", None)  # must not be reached
    assert entries_or_refusal(path, keys) is None


def test_a_header_nested_without_end_is_refused(victim):
    path, keys, _ = victim
    keys.file.write_bytes(b'{"safepassage_keys":' + b"[" * 200_000 + b"\n")
    assert entries_or_refusal(path, keys) is None


def test_a_ring_behind_a_link_stays_where_it_is(victim, store_keys, tmp_path):
    path, keys, _ = victim
    stick = tmp_path / "stick"
    stick.mkdir()
    real = keys.file.rename(stick / "op.keys")
    keys.file.symlink_to(real)
    before = real.read_bytes()
    with RegisterStore.open(path, keys) as store:
        store.append([Answered("l:2", "2025-02-12", "t", "oral")], "clerk", AT)
    assert keys.file.is_symlink()
    assert real.read_bytes() != before
    assert not real.is_symlink()


def test_only_what_a_replacement_left_behind_is_swept_away(tmp_path):
    draft, stale = tmp_path / "r.csv.draft.new", tmp_path / "r.csv.0123abcd.new"
    for each in (draft, stale):
        each.write_bytes(b"x")
    replace_file(tmp_path / "r.csv", b"y")
    assert {each.name for each in tmp_path.iterdir()} == {"r.csv", "r.csv.draft.new"}


def test_a_journal_left_beside_the_store_changes_nothing_unnoticed(victim, tmp_path):
    path, keys, entries = victim
    old = tmp_path / "old"
    shutil.copy(path, old)
    journal = Path(f"{path}-journal")
    with sqlite3.connect(path, isolation_level=None) as link:
        link.execute("BEGIN IMMEDIATE")
        link.execute("PRAGMA cache_size = 1")
        link.execute("UPDATE register SET value = '0' WHERE name = 'count'")
        planted = journal.read_bytes()
        link.execute("ROLLBACK")
    link.close()
    for content in (planted, b"x" * 2000, planted.replace(b"E-", b"F-")):
        shutil.copy(old, path)
        journal.write_bytes(content)
        assert entries_or_refusal(path, keys) in (None, entries)


# ------------------------------------------------------------------------------ put back


def test_a_store_put_back_to_an_older_state_is_refused(victim, tmp_path):
    path, keys, _ = victim
    shutil.copy(path, tmp_path / "old")
    with RegisterStore.open(path, keys) as store:
        store.append([PlacesGiven(())], "clerk", AT)
    shutil.copy(tmp_path / "old", path)
    with pytest.raises(InputError, match=r"1 of 7 entries are missing: the file was cut or put"):
        RegisterStore.open(path, keys)


def test_a_ring_put_back_to_an_older_state_is_refused(victim, tmp_path):
    path, keys, _ = victim
    shutil.copy(keys.file, tmp_path / "old")
    with RegisterStore.open(path, keys) as store:
        store.append([PlacesGiven(())], "clerk", AT)
    shutil.copy(tmp_path / "old", keys.file)
    with pytest.raises(InputError, match=r"older than the store: it knows 6 of 7"):
        RegisterStore.open(path, keys)


def test_a_store_put_back_and_written_to_with_the_same_number_is_refused(victim, tmp_path):
    path, keys, _ = victim
    for file in (path, keys.file):
        shutil.copy(file, tmp_path / f"old-{file.name}")
    with RegisterStore.open(path, keys) as store:
        store.append([PlacesGiven(())], "clerk", AT)
    shutil.copy(keys.file, tmp_path / "newest-ring")
    for file in (path, keys.file):
        shutil.copy(tmp_path / f"old-{file.name}", file)
    with RegisterStore.open(path, keys) as store:
        store.append([PlacesGiven((("b", "Beby"),))], "clerk", AT)
    shutil.copy(tmp_path / "newest-ring", keys.file)
    with pytest.raises(InputError, match=r"was edited: entries were moved"):
        RegisterStore.open(path, keys)


def test_both_put_back_together_show_another_digest_than_was_noted_down(victim, tmp_path):
    """What two files cannot tell by themselves; `register status` gives the note to compare."""
    path, keys, entries = victim
    for file in (path, keys.file):
        shutil.copy(file, tmp_path / f"old-{file.name}")
    with RegisterStore.open(path, keys) as store:
        store.append([PlacesGiven(())], "clerk", AT)
        noted = store.head
    for file in (path, keys.file):
        shutil.copy(tmp_path / f"old-{file.name}", file)
    with RegisterStore.open(path, keys) as store:
        assert store.entries() == entries
        assert store.head != noted


def test_what_both_put_back_lost_comes_back_from_another_copy(victim, tmp_path, store_keys):
    path, keys, _ = victim
    for file in (path, keys.file):
        shutil.copy(file, tmp_path / f"old-{file.name}")
    second = tmp_path / "second.store"
    with RegisterStore.open(path, keys) as store:
        store.append([PlacesGiven((("b", "Beby"),))], "clerk", AT)
        other = copy_store(store, second, store_keys(second))
    for file in (path, keys.file):
        shutil.copy(tmp_path / f"old-{file.name}", file)
    with RegisterStore.open(path, keys) as store:
        store.append([PlacesGiven((("c", "Ceby"),))], "clerk", AT)
        absorb(store, other)
        assert len(store.entries()) == 8
        assert "put back to an older state" in store.state().findings[0]


# ------------------------------------------------------------ a false or damaged copy is absorbed


@pytest.fixture
def hostile(victim, store_keys, tmp_path):
    """A copy whose holder writes what they like: they have the register's keys."""
    path, keys, _ = victim
    other = tmp_path / "hostile.store"
    with RegisterStore.open(path, keys) as store:
        copy_store(store, other, store_keys(other), "C-HOSTILE").close()
    return RegisterStore.open(other, store_keys(other))


def refuses_and_stays(victim, hostile):
    """Absorbing is refused in a sentence, on the disk and in memory nothing changes."""
    path, keys, entries = victim
    ring = keys.file
    before = path.read_bytes(), ring.read_bytes()
    with RegisterStore.open(path, keys) as store:
        with pytest.raises(SafePassageError) as caught:
            absorb(store, hostile)
        check_sentence(str(caught.value))
        assert store.entries() == entries
        assert (path.read_bytes(), ring.read_bytes()) == before
        store.append([Answered("l:3", "2025-02-12", "t", "oral")], "clerk", AT)
    with RegisterStore.open(path, keys) as again:
        assert again.entries()[:-1] == entries


def test_another_key_under_a_known_id_is_refused(victim, hostile):
    ring = hostile.ring
    for key_id, (subject, _) in list(ring._keys.items()):
        ring._keys[key_id] = subject, b"\0" * 32
    refuses_and_stays(victim, hostile)


def test_a_key_cannot_be_given_to_another_subject(victim, hostile):
    ring = hostile.ring
    key_id, key = ring.key_of("")
    ring._keys[key_id] = "l:2", key
    refuses_and_stays(victim, hostile)


@pytest.mark.parametrize("counter", [2**53, 2**30])
def test_a_number_out_of_reach_is_refused(victim, hostile, monkeypatch, counter):
    monkeypatch.setattr(hostile, "_seen", lambda: (("C-HOSTILE", counter - 1),))
    hostile.append([PlacesGiven((("x", "X"),))], "x", AT)
    refuses_and_stays(victim, hostile)


def test_restoring_leaves_out_a_number_out_of_reach(hostile, monkeypatch, store_keys, tmp_path):
    with monkeypatch.context() as patched:
        patched.setattr(hostile, "_seen", lambda: (("C-HOSTILE", 2**53 - 1),))
        hostile.append([PlacesGiven((("x", "X"),))], "x", AT)
    to = tmp_path / "whole.store"
    made, told = restore(hostile.path, store_keys(hostile.path), to, store_keys(to), AT)
    with made:
        assert told.left_out == 1
        made.append([Answered("l:3", "2025-02-12", "t", "oral")], "clerk", AT)


FALSE_BODIES = [
    Answered("l:2", 7, "x", "oral"),
    Answered("l:2", "zzz", "x", "oral"),
    Answered("", "", "x", "oral"),
    ClaimMade(ListRecord(7, "l", 4)),
    ClaimMade(ListRecord("l:4", "l", "4")),
    ClaimMade(ListRecord("l:4", "l", 4, full_name=None)),
    ClaimMade(ListRecord("l:4", "l", 4, birth=ApproximateDate("x", "y"))),
    ClaimMade(ListRecord("l:4", "l", 4, birth=ApproximateDate("", ""))),
    Corrected("l:2", "surname", 5, "person"),
    Corrected("l:2", ["a"], "x", "person"),
    Erased((5,), "asked"),
    Erased(("",), "asked"),
    ListReceived("m", "M", "m.csv", "e", as_of=5),
    ListReceived("m", "M", "m.csv", "e", retain_until="soon"),
    PlacesGiven(((1, 2),)),
    PlacesGiven((("p", "P"),), (("p", float("nan"), 1.0),)),
    PlacesGiven((("p", "P"),), (("p", True, 1.0),)),
]


@pytest.mark.parametrize("body", FALSE_BODIES, ids=repr)
def test_a_body_that_no_register_can_be_made_of_is_refused(victim, hostile, monkeypatch, body):
    with monkeypatch.context() as patched:  # their program checks nothing
        patched.setattr("safepassage.adapters.store.codec._exactly", lambda kind: _anything)
        patched.setattr("safepassage.adapters.store.codec._finite", _anything)
        patched.setattr("safepassage.adapters.store.codec._check_day", lambda *a, **b: None)
        patched.setattr("safepassage.adapters.store.codec._check_ids", lambda *a: None)
        codec._from_plain.cache_clear()
        hostile.append([body], "x", AT)
    codec._from_plain.cache_clear()
    refuses_and_stays(victim, hostile)


def _anything(value):
    return value


def test_what_breaks_the_fold_is_refused_before_it_is_kept(victim, hostile, monkeypatch):
    hostile.append([PlacesGiven((("x", "X"),))], "x", AT)

    def broken(entries):
        if any(entry.copy == "C-HOSTILE" for entry in entries):
            raise RecursionError
        return fold(entries)

    monkeypatch.setattr("safepassage.adapters.store.store.fold", broken)
    refuses_and_stays(victim, hostile)


def test_no_erasure_reaches_the_general_key(victim):
    path, keys, _ = victim
    with RegisterStore.open(path, keys) as store:
        assert not store.ring.erase("", AT, "asked")
        assert len(store.state().lists) == 1


NO_ENTRIES = {
    "a list": b"[]",
    "no text": b"\xff\xfe\x00",
    "no json": b"xx",
    "no author": b'{"body":{"entry_id":"x"}}',
    "deep": b'{"by":"x","body":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "words": b'{"by":"x","words":5,"body":{"entry_id":"x"}}',
    "long number": b'{"by":"x","body":{"entry_id":' + b"9" * 5000 + b"}}",
}


@pytest.mark.parametrize("text", NO_ENTRIES.values(), ids=NO_ENTRIES)
def test_a_text_that_is_no_entry_is_refused_in_a_sentence(victim, hostile, monkeypatch, text):
    key_id, key = hostile.ring.key_of("")
    row = Row("E-RAW", 9, hostile.copy, "[]", AT, "undo", key_id, b"n" * 12, b"")
    box = AESGCM(key)
    row = row._replace(ciphertext=box.encrypt(row.nonce, text, row.context(hostile.register)))
    with monkeypatch.context() as patched, hostile.exclusive():
        patched.setattr(hostile, "_read", lambda rows: ())
        hostile.add_rows([row])
    refuses_and_stays(victim, hostile)


def test_a_whole_number_of_degrees_is_one(victim):
    path, keys, _ = victim
    with RegisterStore.open(path, keys) as store:
        store.append([PlacesGiven((("p", "P"),), (("p", 51, 35.5),))], "clerk", AT)
    with RegisterStore.open(path, keys) as again:
        assert again.state().positions == (("p", 51.0, 35.5),)


def test_a_full_disk_is_said_with_the_file_and_leaves_no_half(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("safepassage.adapters.store.files.os.fsync", full)
    for write in (create_file, replace_file):
        with pytest.raises(OSError, match="No space") as caught:
            write(tmp_path / "b.age", b"x" * 9)
        assert "b.age" in caught.value.filename
        assert list(tmp_path.iterdir()) == []
