"""The encrypted register store: what is kept, what is seen, what is refused."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from safepassage.adapters.store import (
    Keys,
    RegisterStore,
    absorb,
    copy_store,
    due,
    erase,
    new_key_file_text,
    rekey,
)
from safepassage.adapters.store import database as database_module
from safepassage.adapters.store.codec import KINDS, decode_body, encode_body
from safepassage.core.register.entries import (
    Answered,
    Body,
    ClaimMade,
    Contested,
    Corrected,
    Decided,
    Erased,
    Exported,
    ListReceived,
    ModelTrained,
    PlacesGiven,
    Reliability,
    RowRejected,
    Topic,
    Undone,
    Verdict,
)
from safepassage.core.register.fold import fold
from safepassage.core.register.types import (
    ApproximateDate,
    Choice,
    Consent,
    ConsentQuestion,
    LifeStatus,
    ListRecord,
    Need,
    Sex,
)
from safepassage.errors import InputError, RefusedError, SafePassageError, UsageError, VersionError

AT = "2025-02-11T09:30:00Z"
LATER = "2025-02-12T09:30:00Z"
SURNAME = "Іваненко-Тестова"


def row(store, number, name=SURNAME, slug="council"):
    list_id, _ = store.list_id_of(slug, b"the file")
    return ClaimMade(ListRecord(f"{list_id}:{number}", list_id, number, full_name=name))


def listed(store, *numbers, slug="council", **more):
    """The bodies of a list with these rows."""
    list_id, digest = store.list_id_of(slug, b"the file")
    head = ListReceived(list_id, "Council", "council.csv", digest, **more)
    return [head, *(row(store, number, slug=slug) for number in numbers)]


def reopened(store, keys):
    path = store.path
    store.close()
    return RegisterStore.open(path, keys(path))


# ------------------------------------------------------------------------------- what is kept


def test_what_was_written_is_there_after_opening_again(new_store, store_keys):
    store = new_store()
    written = store.append(listed(store, 2, 3), by="clerk", at=AT)
    with reopened(store, store_keys) as store:
        assert store.entries() == written
        assert [r.full_name for r in store.state().records] == [SURNAME, SURNAME]
        assert store.state().findings == ()
        assert {(e.by, e.at, e.copy) for e in written} == {("clerk", AT, store.copy)}
        assert [e.counter for e in written] == [1, 2, 3]


EVERY_FIELD = ListRecord(
    "l:2", "l", 2, "Full", "Sur", "Given", "Patr", Sex.FEMALE,
    ApproximateDate("1960-01-01", "1960-12-31"), "Aby", "Beby", "hh", "123",
    frozenset({Need.ANIMALS, Need.PREGNANT}), Choice.GO, Consent.YES, "oral", "2025-02-01",
    ("school",), LifeStatus.PRESENT, (("a", "b"),), ("x",), "e@x", "Maiden", ("Rel",), ("doc",),
    ((ConsentQuestion.PUBLISHED, Consent.NO),), "team",
)  # fmt: skip
BODIES = (
    ListReceived("l", "T", "f", "d", (("a", "b"),), "2025-02-01", "x", "2025-01-01", "y",
                 Reliability.PROBABLE, asks_choice=True, retain_until="2026-01-01"),
    ClaimMade(EVERY_FIELD),
    ClaimMade(ListRecord("l:3", "l", 3)),
    RowRejected("l", 4, (("a", "\udcff"),), ("why",), "l:s2.4"),
    Decided(Verdict.DIFFERENT, ("l:2",), ("l:3", "l:4"), "why"),
    Undone("E-1", "why"),
    Corrected("l:2", "phone", "1", "staff", "why"),
    Contested("l:2", "person", "why"),
    Answered("l:2", "2025-02-02", "t", "proxy", "f1", frozenset(Topic), Choice.STAY, (),
             frozenset(), ((ConsentQuestion.REGISTERED, Consent.YES),), LifeStatus.DECEASED,
             "talked", "mother"),
    Answered("l:3", "2025-02-02", "t", "oral"),
    Erased(("l:9",), "asked"),
    PlacesGiven((("a", "Aby"), ("a", "Абі"))),
    ModelTrained("{}", 3),
    Exported("pfif", ("l:2",), ("x/1",), "2025-05-01"),
)  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_every_body_comes_back_as_it_was(new_store, store_keys, body):
    store = new_store()
    store.append([body], by="clerk", at=AT)
    with reopened(store, store_keys) as store:
        assert [entry.body for entry in store.entries()] == [body]


def test_every_kind_of_body_has_a_word():
    assert set(KINDS.values()) == set(Body.__args__)
    for body in BODIES:
        kind = next(word for word, shape in KINDS.items() if shape is type(body))
        assert decode_body(kind, json.loads(json.dumps(encode_body(body)))) == body


def test_a_row_that_is_there_is_not_written_again(new_store):
    store = new_store()
    first = store.append(listed(store, 2, 3), by="clerk", at=AT)
    again = store.append(listed(store, 2, 3), by="other", at=LATER)
    assert again == first == store.entries()


def test_a_row_is_written_again_after_it_was_undone(new_store):
    store = new_store()
    (_, claim) = store.append(listed(store, 2), by="clerk", at=AT)
    store.append([Undone(claim.entry_id)], by="clerk", at=AT)
    assert store.state().records == ()
    (again,) = store.append([row(store, 2)], by="clerk", at=LATER)
    assert (again.entry_id, again.counter) == (claim.entry_id, 4)
    assert len(store.state().records) == 1


def test_the_same_file_has_one_id_and_another_has_another(new_store):
    store = new_store()
    list_id, digest = store.list_id_of("council", b"abc")
    assert store.list_id_of("council", b"abc") == (list_id, digest)
    assert store.list_id_of("council", b"abd")[0] != list_id
    assert list_id.startswith("council-")
    assert len(list_id) == len("council-7k2m9p")
    assert len(digest) == 64


def test_keyed_secrets_differ_by_purpose_and_register(new_store):
    one, other = new_store("one"), new_store("other")
    assert one.keyed("a") == one.keyed("a")
    assert len({one.keyed("a"), one.keyed("b"), other.keyed("a")}) == 3


@pytest.mark.parametrize("moment", ["", "2025-02-11", "2025-02-11T09:30:00+02:00", "now"])
def test_a_moment_that_is_none_is_refused(new_store, moment):
    with pytest.raises(UsageError, match="no moment in UTC"):
        new_store().append([Undone("E-1")], by="clerk", at=moment)


# ------------------------------------------------------------------------------- what is seen


def test_nothing_of_a_person_or_list_stands_in_the_files(new_store):
    store = new_store()
    store.append(listed(store, 2), by="clerk-77", at=AT)
    store.append([Decided(Verdict.SAME, ("x:1",), ("y:1",), "cousin Petro")], by="clerk-77", at=AT)
    for file in (store.path, store.path.with_name(f"{store.path.name}.keys")):
        content = file.read_bytes()
        for word in (SURNAME, "council", "clerk-77", "Petro", "x:1"):
            assert word.encode() not in content


def test_the_journal_of_an_unfinished_writing_holds_no_name(new_store):
    store = new_store()
    store.append(listed(store, 2), by="clerk", at=AT)
    journal = store.path.with_name(f"{store.path.name}-journal")
    found = []

    def stop_in_the_middle():
        with store.exclusive():
            entries = store.entries() * 200
            store.add_rows([store._sealed(replace(e, entry_id="E-x")) for e in entries])
            found.append(journal.read_bytes())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_in_the_middle()
    assert len(found[0]) > 1000
    assert SURNAME.encode() not in found[0]
    assert not journal.exists()


def test_files_are_for_their_owner_only(new_store):
    store = new_store()
    store.append(listed(store, 2), by="clerk", at=AT)
    store.append([Erased((row(store, 2).record.record_id,), "asked")], by="clerk", at=AT)
    for file in store.path.parent.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file.name


def test_lengths_are_filled_up(new_store):
    store = new_store()
    store.append([row(store, 2, "Li"), row(store, 3, "Oleksandra")], by="clerk", at=AT)
    short, long = store.rows()
    assert len(short.ciphertext) == len(long.ciphertext)


def test_nothing_is_overwritten(new_store, tmp_path):
    new_store("one").close()
    with pytest.raises(UsageError, match="nothing is overwritten"):
        new_store("one")
    (tmp_path / "two.store.keys").write_bytes(b"precious")
    with pytest.raises(UsageError, match="nothing is overwritten"):
        new_store("two")
    assert (tmp_path / "two.store.keys").read_bytes() == b"precious"
    assert not (tmp_path / "two.store").exists()


# ------------------------------------------------------------------------------------- opening


def test_a_wrong_passphrase_and_a_missing_ring_are_sentences(new_store, store_keys, tmp_path):
    path = new_store().path
    with pytest.raises(InputError, match="passphrase is another"):
        RegisterStore.open(path, replace(store_keys(path), secret="wrong"))
    with pytest.raises(InputError, match=r"key ring .* is not there"):
        RegisterStore.open(path, replace(store_keys(path), file=tmp_path / "none"))


def test_a_passphrase_typed_composed_otherwise_opens(tmp_path, store_keys):
    path = tmp_path / "r.store"
    keys = store_keys(path)
    RegisterStore.create(path, replace(keys, secret="зайві \u0439 слова")).close()
    RegisterStore.open(path, replace(keys, secret="зайві \u0438\u0306 слова")).close()


def test_a_key_file_opens_and_a_passphrase_does_not(tmp_path, store_keys):
    path = tmp_path / "r.store"
    keys = replace(store_keys(path), secret=new_key_file_text())
    RegisterStore.create(path, keys).close()
    RegisterStore.open(path, keys).close()
    with pytest.raises(InputError, match="key file is another"):
        RegisterStore.open(path, store_keys(path))
    with pytest.raises(InputError, match="key file is another"):
        RegisterStore.open(path, replace(keys, secret=new_key_file_text()))
    with pytest.raises(SafePassageError, match="key file is damaged"):
        RegisterStore.open(path, replace(keys, secret="SAFEPASSAGE-KEY-1:12"))


def test_scrypt_opens_too(tmp_path, store_keys):
    path = tmp_path / "r.store"
    quick = store_keys(path).kdf
    keys = replace(store_keys(path), kdf=replace(quick, name="scrypt", memory_kib=16))
    RegisterStore.create(path, keys).close()
    assert b'"scrypt"' in keys.file.read_bytes()
    RegisterStore.open(path, keys).close()


def test_a_ring_that_asks_for_too_much_work_is_refused(new_store, store_keys):
    path = new_store().path
    keys = store_keys(path)
    content = keys.file.read_bytes()
    keys.file.write_bytes(content.replace(b'"memory_kib":64', b'"memory_kib":99999999999'))
    with pytest.raises(InputError, match="damaged"):
        RegisterStore.open(path, keys)


def test_a_ring_of_another_register_or_copy_is_refused(new_store, store_keys, tmp_path):
    one, other = new_store("one"), new_store("other")
    path = tmp_path / "second.store"
    copy_store(one, path, store_keys(path)).close()
    for ring in (other.path, path):
        with pytest.raises(InputError, match="belongs to another"):
            RegisterStore.open(one.path, store_keys(ring))


def test_a_newer_schema_ring_or_body_is_refused(new_store, store_keys):
    store = new_store()
    path = store.path
    store.close()
    with sqlite3.connect(path) as link:
        link.execute("PRAGMA user_version = 2")
    link.close()
    with pytest.raises(VersionError, match="newer version"):
        RegisterStore.open(path, store_keys(path))
    ring = store_keys(path).file
    ring.write_bytes(ring.read_bytes().replace(b'"safepassage_keys":1', b'"safepassage_keys":2'))
    with sqlite3.connect(path) as link:
        link.execute("PRAGMA user_version = 1")
    link.close()
    with pytest.raises(VersionError, match="newer version"):
        RegisterStore.open(path, store_keys(path))


def test_a_field_of_a_newer_version_is_refused_and_not_dropped(new_store, store_keys, monkeypatch):
    from safepassage.adapters.store import envelope

    store = new_store()
    monkeypatch.setattr(envelope, "encode_body", lambda body: {**encode_body(body), "new": 1})
    with pytest.raises(VersionError, match="newer version"):
        store.append([Undone("E-1")], by="clerk", at=AT)
    monkeypatch.undo()
    with reopened(store, store_keys) as store:
        assert store.entries() == ()


def test_other_files_are_no_store(tmp_path, store_keys, new_store):
    ring = new_store().path
    other = tmp_path / "other"
    for content in (b"", b"hello", b"SQLite format 3\x00" + b"x" * 5000):
        other.write_bytes(content)
        with pytest.raises(InputError, match=r"no register store|damaged"):
            RegisterStore.open(other, store_keys(ring))
    other.unlink()
    with sqlite3.connect(other) as link:
        link.execute("CREATE TABLE entries (x)")
    link.close()
    with pytest.raises(InputError, match="no register store"):
        RegisterStore.open(other, store_keys(ring))
    with pytest.raises(InputError, match="not there"):
        RegisterStore.open(tmp_path / "none", store_keys(ring))


# ------------------------------------------------------------------------- interrupted, at once


def test_a_writing_that_fails_before_it_is_kept_leaves_the_state_before(new_store, store_keys):
    store = new_store()
    store.append(listed(store, 2), by="clerk", at=AT)

    def stop_in_the_middle():
        with store.exclusive():
            store.add_rows([store._sealed(store.entries()[1])])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_in_the_middle()
    assert len(store.entries()) == 2
    with reopened(store, store_keys) as store:
        assert len(store.entries()) == 2
        assert "cut off" in store.state().findings[0]
        store.append([row(store, 3)], by="clerk", at=LATER)
    with RegisterStore.open(store.path, store_keys(store.path)) as store:
        assert len(store.state().records) == 2
        assert store.state().findings == ()


def test_a_writing_that_is_cut_off_after_it_was_kept_is_there(new_store, store_keys, monkeypatch):
    store = new_store()

    def cut(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(RegisterStore, "_settle", cut)
    with pytest.raises(KeyboardInterrupt):
        store.append(listed(store, 2), by="clerk", at=AT)
    monkeypatch.undo()
    with reopened(store, store_keys) as store:
        assert len(store.state().records) == 1
        assert store.state().findings == ()


def test_an_erasure_that_is_cut_off_is_done_by_the_next_writing(new_store, store_keys, monkeypatch):
    store = new_store()
    store.append(listed(store, 2, 3), by="clerk", at=AT)
    record_id = row(store, 2).record.record_id

    def cut(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(RegisterStore, "_settle", cut)
    with pytest.raises(KeyboardInterrupt):
        erase(store, [record_id], "asked", "clerk", AT)
    monkeypatch.undo()
    with reopened(store, store_keys) as store:
        assert [each.record_id for each in store.state().erased] == [record_id]
        store.append([PlacesGiven(())], by="clerk", at=LATER)
        assert record_id not in {subject for _, subject, _ in store.ring.held()}


def test_a_second_writer_takes_in_what_the_first_wrote(new_store, store_keys):
    one = new_store()
    with RegisterStore.open(one.path, store_keys(one.path)) as other:
        one.append(listed(one, 2), by="one", at=AT)
        (entry,) = other.append([row(other, 3)], by="other", at=AT)
        assert (entry.counter, entry.seen) == (3, ((one.copy, 2),))
        assert len(other.state().records) == 2
        one.append([row(one, 4)], by="one", at=AT)
        assert len(one.state().records) == 3
    with RegisterStore.open(one.path, store_keys(one.path)) as again:
        assert len(again.state().records) == 3


def test_a_writer_that_waits_too_long_is_told(new_store, store_keys, monkeypatch):
    one = new_store()
    monkeypatch.setattr(database_module, "WAIT_S", 0.05)
    with (
        RegisterStore.open(one.path, store_keys(one.path)) as other,
        one.exclusive(),
        pytest.raises(SafePassageError, match="another program is writing"),
    ):
        other.append([PlacesGiven(())], by="x", at=AT)
    assert one.entries() == ()


WRITER = """
import sys
from pathlib import Path
from safepassage.adapters.store import Keys, RegisterStore
from safepassage.core.register.entries import PlacesGiven
path, ring, secret, name = sys.argv[1:]
for number in range(8):
    with RegisterStore.open(Path(path), Keys(Path(ring), secret)) as store:
        assert not store.state().findings
        store.append([PlacesGiven(((name, str(number)),))], by=name, at="2025-02-11T09:30:00Z")
"""


def test_processes_that_write_at_once_lose_nothing(new_store, store_keys):
    path = new_store().path
    keys = store_keys(path)
    command = [sys.executable, "-c", WRITER, str(path), str(keys.file), keys.secret]
    running = [subprocess.Popen([*command, name]) for name in ("one", "two", "three")]
    assert [each.wait(60) for each in running] == [0, 0, 0]
    with RegisterStore.open(path, keys) as store:
        assert sorted(entry.counter for entry in store.entries()) == list(range(1, 25))
        assert {e.body.places[0] for e in store.entries()} == {
            (name, str(number)) for name in ("one", "two", "three") for number in range(8)
        }
        assert store.state().findings == ()


# --------------------------------------------------------------------------------- erasing


def test_an_erased_record_is_gone_from_the_ring_and_its_entries_cannot_be_read(
    new_store, store_keys
):
    store = new_store()
    store.append(listed(store, 2, 3), by="clerk", at=AT)
    one, other = (row(store, number).record.record_id for number in (2, 3))
    said = [Answered(one, "2025-02-11", "t", "oral"), Corrected(one, "phone", "1", "staff")]
    store.append([*said, Contested(one, "person", "no")], by="clerk", at=AT)
    store.append([Decided(Verdict.DIFFERENT, (one,), (other,), "old enemies")], "clerk", AT)
    assert erase(store, [one], "asked", "clerk", LATER) == (one,)
    assert erase(store, [one], "asked", "clerk", LATER) == ()
    for again in (store, reopened(store, store_keys)):
        readable = [entry.body for entry in again.entries() if entry.body is not None]
        assert not any(SURNAME in repr(b) and one in repr(b) for b in readable)
        assert [type(b).__name__ for b in readable] == [
            "ListReceived",
            "ClaimMade",
            "Decided",
            "Erased",
        ]
        assert readable[2].reason == ""
        assert {e.by for e in again.entries() if e.body is None} == {""}
        assert [r.record_id for r in again.state().records] == [other]
        assert again.state().findings == ()


def test_an_old_ring_file_is_written_over_when_keys_are_destroyed(new_store):
    store = new_store()
    store.append(listed(store, 2), by="clerk", at=AT)
    kept = store.path.with_name("kept-on-purpose")
    held = os.open(store.ring.path, os.O_RDONLY)
    before = os.pread(held, 10_000, 0)
    erase(store, [row(store, 2).record.record_id], "asked", "clerk", AT)
    after = os.pread(held, 10_000, 0)
    os.close(held)
    assert len(after) == len(before)
    assert b"safepassage_keys" not in after
    kept.hardlink_to(store.ring.path)
    before = kept.read_bytes()
    store.append([PlacesGiven(())], "clerk", AT)
    assert kept.read_bytes() == before


def test_what_a_stopped_machine_left_beside_the_ring_is_removed(new_store):
    store = new_store()
    stale = store.path.with_name(f"{store.ring.path.name}.0a1b2c3d.new")
    stale.write_bytes(b"half a ring")
    store.append([PlacesGiven(())], by="clerk", at=AT)
    assert not stale.exists()


def test_a_store_that_was_put_into_another_journal_mode_opens_without_it(new_store, store_keys):
    store = new_store()
    store.append(listed(store, 2), by="clerk", at=AT)
    store.close()
    with sqlite3.connect(store.path) as link:
        link.execute("PRAGMA journal_mode = WAL")
    link.close()
    with RegisterStore.open(store.path, store_keys(store.path)) as again:
        again.append([PlacesGiven(())], by="clerk", at=AT)
        assert {file.suffix for file in store.path.parent.iterdir()} == {".store", ".keys"}


def test_nothing_more_is_written_of_an_erased_record(new_store):
    store = new_store()
    store.append(listed(store, 2), by="clerk", at=AT)
    erase(store, [row(store, 2).record.record_id], "asked", "clerk", AT)
    with pytest.raises(RefusedError, match="was erased on 2025-02-11"):
        store.append([row(store, 2)], by="clerk", at=AT)


def test_erasing_what_is_not_there_or_without_a_reason_is_refused(new_store):
    store = new_store()
    with pytest.raises(UsageError, match="no record council-1:2"):
        erase(store, ["council-1:2"], "asked", "clerk", AT)
    with pytest.raises(UsageError, match="accepted: asked, retention"):
        erase(store, [], "because", "clerk", AT)


def test_lists_past_their_retention_are_due_with_their_rejected_rows(new_store):
    store = new_store()
    store.append(listed(store, 2, retain_until="2025-03-01"), by="clerk", at=AT)
    store.append(listed(store, 3, slug="other"), by="clerk", at=AT)
    list_id = row(store, 2).record.list_id
    store.append([RowRejected(list_id, 9, (("a", "b"),), ("why",))], by="clerk", at=AT)
    assert due(store.state(), "2025-03-01") == ()
    assert due(store.state(), "2025-03-02") == ((list_id, (f"{list_id}:2", f"{list_id}:9")),)
    erase(store, [f"{list_id}:2", f"{list_id}:9"], "retention", "clerk", LATER)
    assert due(store.state(), "2025-03-02") == ()
    assert store.state().rejected == ()
    assert len(store.state().records) == 1


def test_an_undoing_is_erased_with_what_it_undid(new_store):
    store = new_store()
    store.append(listed(store, 2), by="clerk", at=AT)
    record_id = row(store, 2).record.record_id
    (said,) = store.append([Corrected(record_id, "phone", "1", "staff")], "clerk", AT)
    (undo,) = store.append([Undone(said.entry_id, "that was Petro")], "clerk", AT)
    store.append([Undone(undo.entry_id, "it was Petro")], "clerk", AT)
    erase(store, [record_id], "asked", "clerk", AT)
    assert "Petro" not in repr(store.entries())


# ----------------------------------------------------------------------------------- copies


@pytest.fixture
def pair(new_store, store_keys, tmp_path):
    """A store with three records, and a second registrar's copy of it."""
    store = new_store()
    store.append(listed(store, 2, 3, 4), by="clerk", at=AT)
    path = tmp_path / "second.store"
    return store, copy_store(store, path, replace(store_keys(path), secret="another passphrase"))


def test_a_copy_has_the_entries_and_an_id_of_its_own(pair):
    one, other = pair
    assert (other.register, other.entries()) == (one.register, one.entries())
    assert other.copy != one.copy
    assert one.list_id_of("x", b"y") == other.list_id_of("x", b"y")
    (entry,) = other.append([PlacesGiven(())], by="north", at=AT)
    assert (entry.copy, entry.counter) == (other.copy, 5)


def test_two_copies_that_absorb_each_other_show_the_same_and_lose_nothing(pair):
    one, other = pair
    a, b, c = (row(one, number).record.record_id for number in (2, 3, 4))
    one.append([Decided(Verdict.SAME, (a,), (b,)), row(one, 7)], "south", AT)
    other.append([Decided(Verdict.DIFFERENT, (a,), (b,)), row(one, 7), row(one, 8)], "north", AT)
    other.append([Corrected(c, "phone", "1", "staff")], "north", AT)
    everything = {(e.entry_id, e.copy) for store in pair for e in store.entries()}
    assert absorb(one, other).entries == 4
    assert absorb(one, other).entries == 0
    assert absorb(other, one).entries == 2
    for store in pair:
        assert {(e.entry_id, e.copy) for e in store.entries()} == everything
    assert one.state() == other.state()
    assert [(each.left, each.right) for each in one.state().conflicts] == [(a, b)]
    assert len(one.state().records) == 5
    one.append([Decided(Verdict.SAME, (a,), (b,))], "south", LATER)
    absorb(other, one)
    assert one.state() == other.state()
    assert (one.state().same, one.state().conflicts) == (((a, b),), ())


def test_absorbed_rows_are_the_same_bytes(pair):
    one, other = pair
    other.append([row(one, 9)], "north", AT)
    absorb(one, other)
    assert set(other.rows()) <= set(one.rows())


@pytest.mark.parametrize("direction", ["erased side absorbs", "other side absorbs"])
def test_an_erased_record_does_not_come_back_by_merging(pair, store_keys, direction):
    one, other = pair
    gone = row(one, 2).record.record_id
    other.append([Answered(gone, "2025-02-11", "t", "oral"), row(one, 9)], "north", AT)
    erase(one, [gone], "asked", "south", LATER)
    if direction == "erased side absorbs":
        absorb(one, other)
        absorb(other, one)
    else:
        absorb(other, one)
        absorb(one, other)
    for store in pair:
        assert gone not in {r.record_id for r in store.state().records}
        assert gone not in {subject for _, subject, _ in store.ring.held()}
        assert [each.record_id for each in store.state().erased] == [gone]
        assert store.state().findings == ()
    assert one.state() == other.state()
    assert len(one.entries()) == len(other.entries()) == 7


def test_the_same_file_imported_on_both_copies_is_one_list(pair):
    one, other = pair
    for store in pair:
        store.append(listed(store, 2, 3, slug="village"), by=store.copy, at=AT)
    absorb(one, other)
    absorb(other, one)
    assert one.state() == other.state()
    assert len(one.state().records) == 5
    assert one.state().findings == ()
    erase(one, [row(one, 2, slug="village").record.record_id], "asked", "x", LATER)
    absorb(other, one)
    assert len(other.state().records) == 4
    assert other.state() == one.state()


def test_another_register_and_the_same_copy_are_refused(pair, new_store, tmp_path, store_keys):
    one, _ = pair
    with pytest.raises(InputError, match="another register"):
        absorb(one, new_store("foreign"))
    twin = tmp_path / "twin.store"
    shutil.copy(one.path, twin)
    shutil.copy(one.ring.path, tmp_path / "twin.store.keys")
    with (
        RegisterStore.open(twin, store_keys(twin)) as same,
        pytest.raises(InputError, match="same copy"),
    ):
        absorb(one, same)


def test_a_third_copy_passes_on_what_the_second_wrote(pair, store_keys, tmp_path):
    one, other = pair
    path = tmp_path / "third.store"
    third = copy_store(other, path, store_keys(path))
    other.append([row(one, 9)], "north", AT)
    absorb(third, other)
    absorb(one, third)
    assert one.state() == other.state() == third.state()


# ------------------------------------------------------------------------------------- rekey


def test_after_a_rekey_only_the_new_passphrase_opens_and_ids_stay(new_store, store_keys):
    store = new_store()
    store.append(listed(store, 2), by="clerk", at=AT)
    before = store.list_id_of("x", b"y"), store.entries(), store.ring.path.read_bytes()
    fresh = replace(store_keys(store.path), secret="new passphrase")
    rekey(store, fresh)
    store.append([PlacesGiven(())], by="clerk", at=AT)
    store.close()
    with pytest.raises(InputError, match="passphrase is another"):
        RegisterStore.open(store.path, store_keys(store.path))
    with RegisterStore.open(store.path, fresh) as again:
        assert (again.list_id_of("x", b"y"), again.entries()[:2]) == before[:2]


def test_a_store_that_is_open_elsewhere_during_a_rekey_says_so(new_store, store_keys):
    store = new_store()
    with RegisterStore.open(store.path, store_keys(store.path)) as other:
        rekey(store, Keys(store.ring.path, "new passphrase", store_keys(store.path).kdf))
        with pytest.raises(InputError, match="another key meanwhile"):
            other.append([PlacesGiven(())], by="clerk", at=AT)
        store.append([PlacesGiven(())], by="clerk", at=AT)
    assert len(store.entries()) == 1


def test_erasing_and_rekeying_remove_the_linkage_beside_the_store(new_store, store_keys):
    store = new_store()
    beside = Path(f"{store.path}.linked")
    store.append(listed(store, 2), by="clerk", at=AT)
    beside.write_bytes(b"x")
    erase(store, [row(store, 2).record.record_id], "asked", "clerk", AT)
    assert not beside.exists()


def test_the_state_is_the_fold_of_the_entries(pair):
    one, _ = pair
    assert one.state() == fold(one.entries())
