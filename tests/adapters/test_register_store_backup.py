"""Backups, and making a store anew from one or from what is left of a file."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pyrage
import pytest

from safepassage.adapters.store import (
    Opener,
    RegisterStore,
    absorb,
    copy_store,
    erase,
    rekey,
    restore_store,
    write_backup,
)
from safepassage.adapters.store.keyring import open_ring
from safepassage.core.register.entries import ClaimMade, PlacesGiven, RowRejected
from safepassage.core.register.types import ListRecord
from safepassage.errors import InputError, UsageError

AT = "2025-02-11T09:30:00Z"
LATER = "2025-02-20T09:30:00Z"


@pytest.fixture
def identity():
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def opener(identity):
    return Opener(identities=(str(identity),))


@pytest.fixture
def store(new_store):
    store = new_store()
    records = [ListRecord(f"l:{row}", "l", row, full_name=f"Name {row}") for row in (2, 3, 4)]
    store.append([*map(ClaimMade, records), RowRejected("l", 9, (), ("why",))], "clerk", AT)
    return store


@pytest.fixture
def backup(store, tmp_path, identity):
    path = tmp_path / "backup.age"
    write_backup(store, path, AT, [str(identity.to_public())])
    return path


@pytest.fixture
def restored(store_keys, tmp_path, opener):
    """Restore a file into a new store of the test's."""

    def restore(source, keys, newer=None, name="restored"):
        to = tmp_path / f"{name}.store"
        return restore_store(source, keys, to, store_keys(to), LATER, opener, newer)

    return restore


def names(store):
    return [record.full_name for record in store.state().records]


def test_a_backup_gives_back_everything_as_a_copy_of_its_own(store, backup, restored, store_keys):
    made, found = restored(backup, store_keys(store.path))
    assert (found.entries, found.left_out, found.erased) == (4, 0, 0)
    assert made.entries() == store.entries()
    assert (made.register, made.copy != store.copy) == (store.register, True)
    assert made.list_id_of("x", b"y") == store.list_id_of("x", b"y")
    with RegisterStore.open(made.path, store_keys(made.path)) as again:
        assert again.state() == store.state()
    assert made.ring.remarks[-1]["what"] == "restored"


def test_a_backup_shows_nothing_and_is_its_owners_only(store, backup):
    content = backup.read_bytes()
    assert content.startswith(b"age-encryption.org/v1")
    for hidden in (b"SQLite", b"Name 2", b"safepassage_keys", store.register.encode()):
        assert hidden not in content
    assert backup.stat().st_mode & 0o777 == 0o600


def test_the_ring_inside_stays_locked(store, backup, restored, store_keys):
    with pytest.raises(InputError, match="passphrase is another"):
        restored(backup, replace(store_keys(store.path), secret="only the age identity"))


def test_a_backup_under_a_passphrase(store, restored, store_keys, tmp_path):
    path = tmp_path / "p.age"
    write_backup(store, path, AT, passphrase="of the backup")
    to = tmp_path / "r.store"
    opener = Opener(passphrase="of the backup")
    made, _ = restore_store(path, store_keys(store.path), to, store_keys(to), LATER, opener)
    assert names(made) == ["Name 2", "Name 3", "Name 4"]


def test_a_backup_for_nobody_for_a_key_that_is_none_or_over_a_file_is_refused(store, tmp_path):
    path = tmp_path / "b.age"
    with pytest.raises(UsageError, match="recipients or under a passphrase"):
        write_backup(store, path, AT)
    with pytest.raises(UsageError, match="no age or SSH public key"):
        write_backup(store, path, AT, ["age1nonsense"])
    assert not path.exists()
    path.write_bytes(b"precious")
    with pytest.raises(UsageError, match="nothing is overwritten"):
        write_backup(store, path, AT, [str(pyrage.x25519.Identity.generate().to_public())])
    assert path.read_bytes() == b"precious"


def test_somebody_elses_or_a_spoilt_backup_is_refused(
    store, backup, restored, store_keys, tmp_path
):
    keys = store_keys(store.path)
    other = Opener(identities=(str(pyrage.x25519.Identity.generate()),))
    to = tmp_path / "x.store"
    for opener, match in ((other, "does not open"), (Opener(), "say with what")):
        with pytest.raises((InputError, UsageError), match=match):
            restore_store(backup, keys, to, store_keys(to), LATER, opener)
    with pytest.raises(UsageError, match="no age identity"):
        restore_store(backup, keys, to, store_keys(to), LATER, Opener(("nonsense",)))
    content = backup.read_bytes()
    for at in range(200, len(content), len(content) // 40):
        backup.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(InputError, match="does not open the backup"):
            restored(backup, keys)
    assert not to.exists()


def test_age_text_that_is_no_backup_is_refused(identity, restored, store_keys, store, tmp_path):
    path = tmp_path / "note.age"
    path.write_bytes(pyrage.encrypt(b"a note", [identity.to_public()]))
    with pytest.raises(InputError, match="no backup of a register"):
        restored(path, store_keys(store.path))


def test_erasures_that_a_newer_ring_knows_are_carried_out_again(
    store, backup, restored, store_keys
):
    keys = store_keys(store.path)
    erase(store, ["l:2"], "asked", "clerk", AT)
    erase(store, ["l:3", "l:9"], "retention", "clerk", AT)
    made, found = restored(backup, keys, newer=open_ring(keys))
    assert found.erased == 3
    assert names(made) == ["Name 4"]
    assert {(e.record_id, e.reason) for e in made.state().erased} == {
        ("l:2", "asked"),
        ("l:3", "retention"),
        ("l:9", "retention"),
    }
    assert {subject for _, subject, _ in made.ring.held()} == {"", "l:4"}


def test_without_a_newer_ring_a_backup_opens_what_was_erased_since(
    store, backup, restored, store_keys
):
    erase(store, ["l:2"], "asked", "clerk", AT)
    made, found = restored(backup, store_keys(store.path))
    assert (found.erased, len(names(made))) == (0, 3)
    absorb(made, store)
    assert names(made) == ["Name 3", "Name 4"]


def test_a_ring_of_another_register_says_nothing_here(
    backup, restored, new_store, store_keys, store
):
    other = new_store("other")
    with pytest.raises(InputError, match="another register"):
        restored(backup, store_keys(store.path), newer=open_ring(store_keys(other.path)))


def test_a_backup_opens_with_the_passphrase_of_its_day(store, backup, restored, store_keys):
    old = store_keys(store.path)
    rekey(store, replace(old, secret="a new passphrase"))
    assert len(restored(backup, old)[0].entries()) == 4


# --------------------------------------------------------------------- from a store that is hurt


def test_what_is_whole_is_taken_from_an_edited_store(store, restored, store_keys):
    keys = store_keys(store.path)
    store.close()
    with sqlite3.connect(store.path) as link:
        link.execute("DROP TRIGGER never_changed")
        link.execute("UPDATE entries SET at = '2020-01-01T00:00:00Z' WHERE position = 2")
        link.execute(
            "CREATE TRIGGER never_changed BEFORE UPDATE ON entries "
            "BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END"
        )
    link.close()
    with pytest.raises(InputError, match="was edited"):
        RegisterStore.open(store.path, keys)
    made, found = restored(store.path, keys)
    assert (found.entries, found.left_out) == (3, 1)
    assert names(made) == ["Name 2", "Name 4"]


def test_what_is_whole_is_taken_from_a_store_with_a_spoilt_page(new_store, restored, store_keys):
    store = new_store("long")
    rows = range(2, 202)
    store.append(
        [ClaimMade(ListRecord(f"l:{r}", "l", r, full_name="N" * 200)) for r in rows], "x", AT
    )
    path, keys = store.path, store_keys(store.path)
    store.close()
    content = bytearray(path.read_bytes())
    content[4096 * 8 : 4096 * 9] = b"\xff" * 4096
    path.write_bytes(content)
    with pytest.raises(InputError):
        RegisterStore.open(path, keys)
    made, found = restored(path, keys)
    assert found.entries + found.left_out == 200
    assert 150 < found.entries < 200
    assert len(names(made)) == found.entries


def test_a_store_put_back_is_restored_on_purpose_and_regains_what_a_copy_knows(
    store, restored, store_keys, tmp_path
):
    keys = store_keys(store.path)
    old = store.path.read_bytes()
    store.append([PlacesGiven((("a", "Aby"),))], "clerk", AT)
    path = tmp_path / "second.store"
    second = copy_store(store, path, store_keys(path))
    store.close()
    store.path.write_bytes(old)
    with pytest.raises(InputError, match="put back to an older state"):
        RegisterStore.open(store.path, keys)
    made, found = restored(store.path, keys)
    assert (found.entries, found.left_out) == (4, 1)
    absorb(made, second)
    assert made.state() == second.state()
    assert made.state().findings == ()


def test_nothing_is_left_behind_where_restoring_fails(
    store, backup, restored, tmp_path, store_keys
):
    (tmp_path / "restored.store").write_bytes(b"precious")
    with pytest.raises(UsageError, match="nothing is overwritten"):
        restored(backup, store_keys(store.path))
    assert (tmp_path / "restored.store").read_bytes() == b"precious"
    assert not (tmp_path / "restored.store.keys").exists()
