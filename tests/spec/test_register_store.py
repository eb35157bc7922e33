"""One test per numbered rule of docs/spec/01a-store.md."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from safepassage.adapters.store import (
    Keys,
    Opener,
    RegisterStore,
    absorb,
    copy_store,
    due,
    erase,
    new_key_file_text,
    rekey,
    restore_store,
    write_backup,
)
from safepassage.adapters.store import database as database_module
from safepassage.adapters.store.envelope import AlteredError, opened, seen_reader
from safepassage.adapters.store.keyring import open_ring
from safepassage.cli.main import run
from safepassage.core.register.entries import (
    Answered,
    ClaimMade,
    Corrected,
    Decided,
    ListReceived,
    PlacesGiven,
    RowRejected,
    Undone,
    Verdict,
)
from safepassage.core.register.fold import fold
from safepassage.core.register.types import Choice, ListRecord, Need
from safepassage.errors import InputError, RefusedError, SafePassageError, UsageError, VersionError

AT = "2025-02-11T09:30:00Z"
LATER = "2025-02-20T09:30:00Z"
NAME = "Іваненко"
SAME, DIFFERENT = Verdict.SAME, Verdict.DIFFERENT
A, B, C = "l:2", "l:3", "l:4"


def claim(row, name=NAME):
    return ClaimMade(ListRecord(f"l:{row}", "l", row, full_name=name))


HEAD = ListReceived("l", NAME, "l.csv", "d", received_on="2025-02-01")


@pytest.fixture
def store(new_store):
    """A register with one list of three rows."""
    store = new_store("one")
    store.append([HEAD, claim(2), claim(3), claim(4)], "clerk", AT)
    return store


@pytest.fixture
def second(store, tmp_path, store_keys):
    """Another registrar's copy of it."""
    path = tmp_path / "two.store"
    return copy_store(store, path, store_keys(path))


@pytest.fixture
def say(store):
    """Append bodies and return the state."""

    def say(*bodies):
        store.append(bodies, "clerk", AT)
        return store.state()

    return say


@pytest.fixture
def restored(tmp_path, store_keys):
    def restore(source, keys, **more):
        to = tmp_path / "restored.store"
        return restore_store(source, keys, to, store_keys(to), LATER, **more)

    return restore


def names(store):
    return {r.record_id: r.full_name for r in store.state().records}


# --------------------------------------------------------------------------------- the file


def test_1_one_sqlite_file_of_ciphertext_and_nothing_beside_it(store, store_keys):
    folder = store.path.parent
    assert {file.name for file in folder.iterdir()} == {"one.store", "one.store.keys"}
    assert not [f for f in folder.iterdir() if NAME.encode() in f.read_bytes()]
    store.close()
    with sqlite3.connect(store.path) as link:
        link.execute("PRAGMA user_version = 2")
    link.close()
    with pytest.raises(VersionError, match="newer version"):
        RegisterStore.open(store.path, store_keys(store.path))


def test_2_in_the_clear_stands_the_envelope_only(store):
    clear = {name for name in store.rows()[0]._fields if name not in {"nonce", "ciphertext"}}
    assert clear == {"entry_id", "counter", "copy", "seen", "at", "kind", "key_id"}
    assert {(len(row.ciphertext) - 16) % 128 for row in store.rows()} == {0}
    words = [value for row in store.rows() for value in row[:7] if isinstance(value, str)]
    assert not [word for word in words if word in {"l", A, B, C, "clerk"}]


def test_3_a_body_is_bound_to_everything_beside_it(store):
    row = store.rows()[1]
    forged = [
        row._replace(entry_id="E-x"), row._replace(counter=9), row._replace(copy="x"),
        row._replace(seen="[]x"), row._replace(at=LATER), row._replace(kind="answer"),
        row._replace(ciphertext=store.rows()[2].ciphertext),
    ]  # fmt: skip
    for each in forged:
        with pytest.raises(AlteredError):
            opened(each, store.register, store.ring.key, seen_reader())
    assert len({r.nonce for r in store.rows()}) == 4


def test_4_files_are_their_owners_and_never_over_others(store, tmp_path):
    write_backup(
        store, tmp_path / "b.age", AT, [str(pyrage.x25519.Identity.generate().to_public())]
    )
    for file in tmp_path.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="nothing is overwritten"):
        RegisterStore.create(store.path, Keys(tmp_path / "k", "a passphrase"))


# --------------------------------------------------------------------------------------- keys


def test_5_the_ring_is_apart_and_opens_with_a_passphrase_or_a_key_file(store, store_keys, tmp_path):
    ring = Path(f"{store.path}.keys").read_bytes()
    assert b'"kdf":"argon2id"' in ring
    for hidden in (A, store.ring.secret.hex()):
        assert hidden.encode() not in ring
    stick = replace(store_keys(store.path), file=tmp_path / "stick", secret=new_key_file_text())
    copy_store(store, tmp_path / "x.store", stick).close()
    RegisterStore.open(tmp_path / "x.store", stick).close()


def test_6_every_record_has_a_key_and_words_need_all_of_them(store, say):
    say(Corrected(A, "phone", "1", "staff"), Answered(A, "2025-02-11", "t", "oral"))
    say(Decided(DIFFERENT, (A,), (B,), "cousins"), RowRejected("l", 9, (), ("x",)))
    keys = {entry_kind: key for _, _, _, _, _, entry_kind, key, *_ in store.rows()}
    assert keys["correction"] == keys["answer"]
    assert len({row.key_id for row in store.rows()}) == 1 + 3 + 1
    assert {subject for _, subject, _ in store.ring.held()} == {"", A, B, C, "l:9"}
    erase(store, [B], "asked", "clerk", AT)
    (decided,) = [e.body for e in store.entries() if isinstance(e.body, Decided)]
    assert decided == Decided(DIFFERENT, (A,), (B,), "")


def test_7_keyed_digests_are_the_same_on_all_copies_and_after_a_rekey(store, second, store_keys):
    before = store.keyed("x"), store.list_id_of("council", b"file")
    rekey(store, replace(store_keys(store.path), secret="new passphrase"))
    for each in (store, second):
        assert (each.keyed("x"), each.list_id_of("council", b"file")) == before


def test_8_after_a_rekey_only_the_new_passphrase_opens(store, store_keys):
    old = store_keys(store.path)
    rows = store.rows()
    rekey(store, replace(old, secret="new passphrase"))
    store.close()
    with pytest.raises(InputError, match="passphrase is another"):
        RegisterStore.open(store.path, old)
    with RegisterStore.open(store.path, replace(old, secret="new passphrase")) as again:
        assert again.rows() == rows


# ---------------------------------------------------------------------------------------- log


def test_9_entries_are_only_added_all_or_none(store, store_keys):
    before = store.rows()
    erase(store, [A], "asked", "clerk", AT)
    with pytest.raises(RefusedError):
        store.append([claim(7), claim(2)], "clerk", AT)
    assert store.rows()[: len(before)] == before
    assert len(store.rows()) == len(before) + 1
    with sqlite3.connect(store.path) as link, pytest.raises(sqlite3.IntegrityError):
        link.execute("DELETE FROM entries")
    link.close()


def test_10_a_row_has_one_id_everywhere_and_is_written_once(store, second):
    (mine,), (theirs,) = (each.append([claim(7)], each.copy, AT) for each in (store, second))
    assert mine.entry_id == theirs.entry_id
    assert store.append([claim(7)], "again", LATER) == (mine,)
    (undo,) = store.append([Undone(mine.entry_id)], "clerk", AT)
    (again,) = store.append([claim(7)], "clerk", AT)
    assert (again.entry_id, again.counter) == (mine.entry_id, undo.counter + 1)
    decisions = [Decided(SAME, (A,), (B,))] * 2
    assert len({entry.entry_id for entry in store.append(decisions, "clerk", AT)}) == 2


def test_11_the_counter_is_beyond_everything_seen(store, second):
    second.append([claim(7), claim(8)], "north", AT)
    absorb(store, second)
    (entry,) = store.append([PlacesGiven(())], "clerk", AT)
    assert entry.counter == 7
    assert entry.seen == tuple(sorted(((store.copy, 4), (second.copy, 6))))


def test_12_moment_in_utc_and_author(store):
    assert {(entry.at, entry.by) for entry in store.entries()} == {(AT, "clerk")}
    with pytest.raises(UsageError, match="no moment in UTC"):
        store.append([claim(9)], "clerk", "2025-02-11T09:30:00+02:00")


# ---------------------------------------------------------------------------------- the register


def test_13_every_order_of_entries_gives_one_register(store, say):
    say(Decided(SAME, (A,), (B,)), Corrected(A, "phone", "1", "staff"))
    entries = store.entries()
    assert fold(reversed(entries)) == fold([*entries[3:], *entries]) == store.state()


def test_14_the_first_version_of_a_row_and_list_counts(say, store):
    state = say(claim(2, "Other"), replace(HEAD, title="Other"))
    assert names(store)[A] == NAME
    assert state.lists == (HEAD,)
    assert len(state.findings) == 2
    assert state.contested == (A,)
    assert len(store.entries()) == 6


def test_15_the_last_correction_counts_beside_what_was_claimed(say):
    say(Corrected(A, "full_name", "Wrong", "staff"))
    state = say(Corrected(A, "full_name", "Right", "person"), Corrected(A, "choice", "go", "staff"))
    assert (state.records[0].full_name, state.as_claimed[0].full_name) == ("Right", NAME)
    assert "no effect" in state.findings[0]


def test_16_of_answers_the_latest_day_and_on_one_day_the_cautious(say):
    def answer(day, choice, needs=None):
        return Answered(A, day, "t", "oral", choice=choice, needs=needs)

    say(answer("2025-02-12", Choice.GO, frozenset({Need.ANIMALS})))
    state = say(answer("2025-02-10", Choice.STAY))
    assert state.records[0].choice is Choice.GO
    state = say(answer("2025-02-12", Choice.UNDECIDED, frozenset({Need.PREGNANT})))
    assert state.records[0].choice is Choice.UNDECIDED
    assert state.records[0].needs == {Need.ANIMALS, Need.PREGNANT}
    say(answer("2025-02-13", Choice.NOT_ASKED))
    assert state.records[0].choice is Choice.UNDECIDED
    assert say(answer("2025-01-01", Choice.STAY)).records[0].choice is Choice.UNDECIDED


def test_17_undoing_and_undoing_that(store, say):
    (wrong,) = store.append([Corrected(A, "phone", "1", "staff")], "clerk", AT)
    (undo,) = store.append([Undone(wrong.entry_id)], "clerk", AT)
    assert store.state().records[0].phone == ""
    assert say(Undone(undo.entry_id)).records[0].phone == "1"
    assert say(Undone(store.entries()[1].entry_id)).records[0].record_id == B
    assert say(claim(2)).records[0].record_id == A


def test_18_a_decision_in_knowledge_of_another_replaces_it(say):
    assert say(Decided(SAME, (A,), (B, C))).same == ((A, B), (A, C))
    state = say(Decided(DIFFERENT, (A,), (B, C)))
    assert (state.same, state.different) == (((B, C),), ((A, B), (A, C)))
    assert state.conflicts == ()


def test_19_independent_contradictions_stay_apart_until_somebody_decides(store, second, say):
    say(Decided(SAME, (A,), (B,)))
    second.append([Decided(DIFFERENT, (A,), (B,))], "north", AT)
    absorb(store, second)
    state = store.state()
    assert [(each.left, each.right) for each in state.conflicts] == [(A, B)]
    assert (state.same, state.different) == ((), ((A, B),))
    state = say(Decided(SAME, (A,), (B,)))
    assert (state.same, state.different, state.conflicts) == (((A, B),), (), ())


def test_20_no_chain_joins_what_is_different(say):
    say(Decided(SAME, (A,), (B,)), Decided(SAME, (B,), (C,)))
    state = say(Decided(DIFFERENT, (A,), (C,)))
    assert (state.same, state.different) == (((B, C),), ((A, C),))
    assert [(each.left, each.right) for each in state.conflicts] == [(A, B)]


def test_21_a_number_given_twice_by_one_copy_is_said(store):
    first, *rest, last = store.entries()
    twin = replace(last, entry_id="E-TWIN", body=claim(9))
    state = fold([first, *rest, last, twin])
    assert len(state.records) == 4
    assert "put back to an older state" in state.findings[0]


def test_22_what_is_said_of_nobody_is_kept_and_said(store, say):
    state = say(Answered("l:99", "2025-02-11", "t", "oral"))
    assert "l:99" in state.findings[0]
    assert len(store.entries()) == 5


# ------------------------------------------------------------------------------------- erasing


def test_23_an_erased_record_is_a_placeholder(store, say):
    say(Answered(A, "2025-02-11", "t", "oral"))
    erase(store, [A], "asked", "clerk", LATER)
    (gone,) = store.state().erased
    assert (gone.record_id, gone.list_id, gone.reason) == (A, "l", "asked")
    assert (gone.entered_at, gone.erased_at) == (AT, LATER)
    assert sum(entry.body is None for entry in store.entries()) == 2
    assert A not in names(store)


def test_24_what_is_erased_does_not_come_back(store, second, store_keys, restored, tmp_path):
    write_backup(
        store, tmp_path / "b.age", AT, [str((i := pyrage.x25519.Identity.generate()).to_public())]
    )
    second.append([Answered(A, "2025-02-11", "t", "oral")], "north", AT)
    erase(store, [A], "asked", "clerk", LATER)
    with pytest.raises(RefusedError):
        store.append([claim(2)], "clerk", LATER)
    erasure = store.entries()[-1]
    store.append([Undone(erasure.entry_id)], "clerk", LATER)
    absorb(store, second)
    absorb(second, store)
    keys = store_keys(store.path)
    newer = open_ring(keys)
    made, _ = restored(tmp_path / "b.age", keys, opener=Opener((str(i),)), newer=newer)
    for each in (store, second, made):
        assert A not in names(each)
        assert A not in {subject for _, subject, _ in each.ring.held()}


def test_25_lists_past_their_day_are_retired_with_their_rejected_rows(store, say):
    say(
        ListReceived("k", "K", "k", "e", retain_until="2025-03-01"), RowRejected("k", 5, (), ("x",))
    )
    say(ClaimMade(ListRecord("k:2", "k", 2)))
    assert due(store.state(), "2025-03-01") == ()
    assert due(store.state(), "2025-03-02") == (("k", ("k:2", "k:5")),)


# -------------------------------------------------------------------------------------- copies


def test_26_a_copy_has_an_id_and_a_ring_of_its_own(store, second):
    assert (second.register, second.rows()) == (store.register, store.rows())
    assert second.copy != store.copy
    assert second.ring.ways != store.ring.ways


def test_27_absorbing_loses_and_overwrites_nothing(store, second):
    store.append([Decided(SAME, (A,), (B,))], "south", AT)
    second.append([Decided(DIFFERENT, (A,), (B,)), claim(9)], "north", AT)
    everything = {*store.rows(), *second.rows()}
    absorb(store, second)
    absorb(second, store)
    assert set(store.rows()) == set(second.rows()) == everything
    assert store.state() == second.state()


def test_28_another_register_and_the_same_copy_are_refused(store, new_store):
    with pytest.raises(InputError, match="another register"):
        absorb(store, new_store("foreign"))
    with pytest.raises(InputError, match="same copy"):
        absorb(store, store)


# ----------------------------------------------------------------------------- what is noticed


def test_29_a_file_put_back_and_an_older_ring_are_refused(store, store_keys):
    ring = Path(f"{store.path}.keys")
    old = store.path.read_bytes(), ring.read_bytes()
    store.append([claim(9)], "clerk", AT)
    new = store.path.read_bytes(), ring.read_bytes()
    store.close()
    for file, keys, match in ((old[0], new[1], "put back"), (new[0], old[1], "older than the")):
        store.path.write_bytes(file)
        ring.write_bytes(keys)
        with pytest.raises(InputError, match=match):
            RegisterStore.open(store.path, store_keys(store.path))


def test_30_a_writing_that_was_cut_off_is_said(store, store_keys, monkeypatch):
    def cut(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(database_module.Database, "add", cut)
    with pytest.raises(KeyboardInterrupt):
        store.append([claim(9)], "clerk", AT)
    monkeypatch.undo()
    with RegisterStore.open(store.path, store_keys(store.path)) as again:
        assert len(names(again)) == 3
        assert "cut off" in again.state().findings[0]


def test_31_a_second_writer_waits_takes_in_and_is_told(store, store_keys, monkeypatch):
    monkeypatch.setattr(database_module, "WAIT_S", 0.05)
    with RegisterStore.open(store.path, store_keys(store.path)) as other:
        store.append([claim(8)], "one", AT)
        other.append([claim(9)], "other", AT)
        assert len(names(other)) == 5
        with store.exclusive(), pytest.raises(SafePassageError, match="another program"):
            other.append([claim(10)], "other", AT)


def test_32_each_wrong_file_or_passphrase_is_one_sentence(store, new_store, store_keys, tmp_path):
    foreign = new_store("foreign").path
    cut = tmp_path / "cut.store"
    cut.write_bytes(store.path.read_bytes()[:9000])
    keys = store_keys(store.path)
    for path, opens in (
        (store.path, replace(keys, secret="wrong")),
        (store.path, replace(keys, file=tmp_path / "none")),
        (store.path, store_keys(foreign)),
        (store.path, replace(keys, file=store.path)),
        (keys.file, keys),
        (cut, keys),
        (tmp_path / "none", keys),
    ):
        with pytest.raises(InputError) as refused:
            RegisterStore.open(path, opens)
        assert "\n" not in str(refused.value)
        assert str(refused.value).endswith(".")


# --------------------------------------------------------------------------------------- backup


def test_33_a_backup_is_for_its_recipients_and_its_ring_stays_locked(
    store, restored, store_keys, tmp_path
):
    identity, path = pyrage.x25519.Identity.generate(), tmp_path / "b.age"
    write_backup(store, path, AT, [str(identity.to_public())])
    opener, keys = Opener((str(identity),)), store_keys(store.path)
    assert store.register.encode() not in path.read_bytes()
    with pytest.raises(InputError, match="passphrase is another"):
        restored(path, replace(keys, secret="x"), opener=opener)
    with pytest.raises(InputError, match="does not open the backup"):
        restored(path, keys, opener=Opener((str(pyrage.x25519.Identity.generate()),)))
    assert restored(path, keys, opener=opener)[1].entries == 4


def test_34_restoring_makes_a_copy_and_says_what_it_could_not_take(store, restored, store_keys):
    old = store.path.read_bytes()
    store.append([claim(9)], "clerk", AT)
    store.close()
    store.path.write_bytes(old)
    made, found = restored(store.path, store_keys(store.path))
    assert (found.entries, found.left_out) == (4, 1)
    assert made.copy != store.copy


def test_35_a_newer_ring_erases_again_and_its_absence_is_said(store, tmp_path, capsys):
    identity, key = pyrage.x25519.Identity.generate(), tmp_path / "age.txt"
    key.write_text(str(identity), encoding="utf-8")
    backup = tmp_path / "b.age"
    write_backup(store, backup, AT, [str(identity.to_public())])
    erase(store, [A], "asked", "clerk", LATER)
    arguments = ["register", "restore", str(backup), "--identity", str(key), "--to"]
    assert run([*arguments, str(tmp_path / "x"), "--newer-keys", f"{store.path}.keys"]) == 0
    assert "Records erased again: 1" in capsys.readouterr().out
    assert run([*arguments, str(tmp_path / "y")]) == 0
    assert "nothing is known of what was erased since" in capsys.readouterr().out


def test_36_nothing_shows_a_name_unless_asked(store, say, capsys):
    say(Corrected(A, "full_name", f"{NAME}-Нова", "person"))
    for command in (["status"], ["history"], ["history", A], ["history", A, "--json"]):
        assert run(["register", *command, "--register", str(store.path)]) == 0
        assert NAME not in capsys.readouterr().out
    run(["register", "history", A, "--with-values", "--register", str(store.path)])
    assert re.search(f"{NAME}-Нова", capsys.readouterr().out)
