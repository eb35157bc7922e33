"""The store's commands: what they print, write, ask for and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pyrage
import pytest

from safepassage.cli.main import run
from safepassage.core.register.entries import (
    ClaimMade,
    Corrected,
    Decided,
    ListReceived,
    RowRejected,
    Verdict,
)
from safepassage.core.register.types import ListRecord

AT = "2025-02-11T09:30:00Z"
SECRET = "Оксана Таємна"
NEW = "north wind over rivers"


@pytest.fixture
def op(new_store):
    """A store with a list of three rows, one of them set aside; its path as text."""
    with new_store("op") as store:
        rows = [ListRecord(f"l:{row}", "l", row, full_name=SECRET) for row in (2, 3)]
        head = ListReceived("l", SECRET, "l.csv", "d", retain_until="2025-03-01")
        rejected = RowRejected("l", 4, (("name", SECRET),), ("why",))
        store.append([head, *map(ClaimMade, rows), rejected], "clerk", AT)
        return str(store.path)


@pytest.fixture
def said(capsys):
    """Run a command and return its exit code, JSON document and everything else it printed."""

    def call(*arguments):
        code = run(["register", *arguments])
        shown = capsys.readouterr()
        document = json.loads(shown.out) if "--json" in arguments else {}
        return code, document, shown.out + shown.err

    return call


@pytest.fixture
def clean(monkeypatch):
    for name in ("REGISTER", "PASSPHRASE", "NEW_PASSPHRASE", "OTHER_PASSPHRASE", "BY"):
        monkeypatch.delenv(f"SAFEPASSAGE_{name}", raising=False)
    monkeypatch.setenv("SAFEPASSAGE_BY", "clerk-1")


# ----------------------------------------------------------------------------------- new


def test_new_makes_two_files_and_says_to_keep_them_apart(said, clean, monkeypatch, tmp_path):
    monkeypatch.setenv("SAFEPASSAGE_PASSPHRASE", NEW)
    path = tmp_path / "op.store"
    code, _, text = said("new", "--register", str(path))
    assert (code, path.exists(), Path(f"{path}.keys").exists()) == (0, True, True)
    assert "keep the ring apart" in text
    assert said("status", "--register", str(path))[0] == 0
    code, _, text = said("new", "--register", str(path))
    assert code == 2
    assert "nothing is overwritten" in text


def test_new_refuses_a_short_passphrase_and_leaves_nothing(said, clean, monkeypatch, tmp_path):
    monkeypatch.setenv("SAFEPASSAGE_PASSPHRASE", "short")
    code, _, text = said("new", "--register", str(tmp_path / "op.store"))
    assert code == 2
    assert "at least 12" in text
    assert list(tmp_path.iterdir()) == []


def test_new_with_nobody_to_ask_says_so(said, clean, tmp_path):
    code, _, text = said("new", "--register", str(tmp_path / "op.store"))
    assert code == 2
    assert "SAFEPASSAGE_NEW_PASSPHRASE" in text


def test_new_with_a_key_file_opens_with_it(said, clean, tmp_path):
    path, key = str(tmp_path / "op.store"), str(tmp_path / "stick.key")
    assert said("new", "--register", path, "--key-file", key)[0] == 0
    assert Path(key).stat().st_mode & 0o777 == 0o600
    code, document, _ = said("status", "--register", path, "--passphrase-file", key, "--json")
    assert (code, document["opened_by"]) == (0, ["key file"])


def test_new_takes_the_places_of_a_scenario(said, clean, monkeypatch, tmp_path, tiny_scenario):
    monkeypatch.setenv("SAFEPASSAGE_PASSPHRASE", NEW)
    path = str(tmp_path / "op.store")
    code, document, _ = said("new", "--register", path, "--scenario", str(tiny_scenario), "--json")
    assert code == 0
    assert document["places"] > 0
    history = said("history", "--register", path, "--json")[1]["entries"]
    assert [each["kind"] for each in history] == ["places"]


def test_new_takes_places_from_a_table_and_refuses_one_without_them(
    said, clean, monkeypatch, tmp_path
):
    monkeypatch.setenv("SAFEPASSAGE_PASSPHRASE", NEW)
    table = tmp_path / "places.csv"
    table.write_text("place_id,name,name_local\na,Aby,Абі\nb,Beby,\n", encoding="utf-8")
    path = str(tmp_path / "op.store")
    _, document, _ = said("new", "--register", path, "--places", str(table), "--json")
    assert document["places"] == 2
    table.write_text("x,y\n1,2\n", encoding="utf-8")
    code, _, text = said("new", "--register", f"{path}2", "--places", str(table))
    assert code == 1
    assert "place_id and name were expected" in text
    assert not Path(f"{path}2").exists()


# ---------------------------------------------------------------------------------- status


def test_status_counts_and_names_nobody(said, op):
    code, document, text = said("status", "--register", op, "--json")
    assert code == 0
    assert SECRET not in text
    assert (document["records"], document["erased"], document["undecided"]) == (2, 0, 2)
    assert document["lists"][0] == {
        "list_id": "l",
        "received_on": "",
        "reliability": "unknown",
        "records": 2,
        "rejected": 1,
        "erased": 0,
        "retain_until": "2025-03-01",
    }
    assert "2 records" in said("status", "--register", op)[2]


def test_a_wrong_passphrase_is_a_sentence(said, op, monkeypatch):
    monkeypatch.setenv("SAFEPASSAGE_PASSPHRASE", "wrong")
    code, _, text = said("status", "--register", op)
    assert code == 1
    assert "passphrase is another" in text
    assert "Traceback" not in text


def test_the_passphrase_may_come_from_a_file(said, op, monkeypatch, tmp_path):
    file = tmp_path / "passphrase.txt"
    file.write_bytes("blue heron, seven bridges\r\n".encode("utf-8-sig"))
    monkeypatch.delenv("SAFEPASSAGE_PASSPHRASE")
    assert said("status", "--register", op, "--passphrase-file", str(file))[0] == 0
    file.write_bytes(b"\xff\xfe\x00")
    code, _, text = said("status", "--register", op, "--passphrase-file", str(file))
    assert code == 1
    assert "text in UTF-8" in text


# --------------------------------------------------------------------------------- copies


def test_two_registrars_work_apart_and_merge(said, op, monkeypatch, tmp_path):
    north = str(tmp_path / "north.store")
    monkeypatch.setenv("SAFEPASSAGE_NEW_PASSPHRASE", NEW)
    assert said("copy", "--register", op, "--to", north)[0] == 0
    monkeypatch.setenv("SAFEPASSAGE_OTHER_PASSPHRASE", NEW)
    assert said("erase", "l:2", "--register", op, "--reason", "asked", "--yes")[0] == 0
    code, document, _ = said("absorb", north, "--register", op, "--json")
    assert (code, document["entries"], document["records"]) == (0, 0, 1)
    monkeypatch.setenv("SAFEPASSAGE_OTHER_PASSPHRASE", "blue heron, seven bridges")
    monkeypatch.setenv("SAFEPASSAGE_PASSPHRASE", NEW)
    code, document, text = said("absorb", op, "--register", north, "--json")
    assert (document["entries"], document["erased"], document["records"]) == (1, 1, 1)
    assert SECRET not in text


def test_absorb_shows_contradictions(said, op, new_store, tmp_path, monkeypatch):
    from safepassage.adapters.store import copy_store
    from safepassage.cli.register.common import open_store

    with open_store(Path(op)) as store:
        path = tmp_path / "north.store"
        keys = _quick_keys(path)
        with copy_store(store, path, keys) as north:
            north.append([Decided(Verdict.SAME, ("l:2",), ("l:3",))], "north", AT)
        store.append([Decided(Verdict.DIFFERENT, ("l:2",), ("l:3",))], "south", AT)
    code, _, text = said("absorb", str(path), "--register", op)
    assert code == 0
    assert "kept apart until decided again" in text
    assert "l:2 and l:3" in text


def _quick_keys(path):
    from safepassage.adapters.store import KdfSettings, Keys

    quick = KdfSettings(memory_kib=64, passes=1, lanes=1)
    return Keys(path.with_name(f"{path.name}.keys"), "blue heron, seven bridges", quick)


# -------------------------------------------------------------------------- erase and retire


def test_erase_needs_a_yes_and_says_what_older_copies_can_open(said, op):
    code, _, text = said("erase", "l:2", "--register", op, "--reason", "asked")
    assert code == 2
    assert "say --yes" in text
    code, _, text = said("erase", "l:2", "--register", op, "--reason", "asked", "--yes")
    assert code == 0
    assert "Records erased: 1" in text
    assert "can still open" in text
    assert said("erase", "l:77", "--register", op, "--reason", "asked", "--yes")[0] == 2


def test_retire_erases_lists_past_their_day(said, op):
    nothing = said("retire", "--on", "2025-03-01", "--register", op, "--json")[1]
    assert nothing == {"lists": [], "erased": [], "without_retention": []}
    document = said("retire", "--on", "2025-03-02", "--register", op, "--yes", "--json")[1]
    assert document["lists"] == ["l"]
    assert document["erased"] == ["l:2", "l:3", "l:4"]
    status = said("status", "--register", op, "--json")[1]
    assert (status["records"], status["erased"]) == (0, 3)


# ----------------------------------------------------------------- backup, restore and rekey


def test_backup_and_restore(said, op, tmp_path):
    identity = pyrage.x25519.Identity.generate()
    key = tmp_path / "age.txt"
    key.write_text(f"# created\n{identity}\n", encoding="utf-8")
    backup, to = str(tmp_path / "b.age"), str(tmp_path / "new.store")
    recipient = str(identity.to_public())
    assert said("backup", "--register", op, "--to", backup, "--recipient", recipient)[0] == 0
    assert recipient in said("status", "--register", op)[2]
    said("erase", "l:2", "--register", op, "--reason", "asked", "--yes")
    arguments = ("restore", backup, "--to", to, "--identity", str(key), "--json")
    code, document, _ = said(*arguments, "--newer-keys", f"{op}.keys")
    assert (code, document["entries"], document["erased_again"]) == (0, 4, 1)
    assert document["records"] == 1
    assert said("status", "--register", to)[0] == 0


def test_restore_from_a_store_that_cannot_be_opened(said, op, tmp_path):
    store = Path(op)
    old = store.read_bytes()
    said("undo", "E-", "--register", op)
    said("erase", "l:2", "--register", op, "--reason", "asked", "--yes")
    store.write_bytes(old)
    code, _, text = said("status", "--register", op)
    assert code == 1
    assert "put back to an older state" in text
    code, _, text = said("restore", op, "--to", str(tmp_path / "new.store"))
    assert code == 0
    assert "not in it: 1 entries" in text
    assert "Records erased again: 1" in text


def test_rekey_changes_what_opens(said, op, monkeypatch):
    monkeypatch.setenv("SAFEPASSAGE_NEW_PASSPHRASE", NEW)
    assert said("rekey", "--register", op)[0] == 0
    assert said("status", "--register", op)[0] == 1
    monkeypatch.setenv("SAFEPASSAGE_PASSPHRASE", NEW)
    assert said("status", "--register", op)[0] == 0


# --------------------------------------------------------------------------- history and undo


def entry_of(said, op, kind):
    entries = said("history", "--register", op, "--json")[1]["entries"]
    return next(each["entry"] for each in entries if each["kind"] == kind)


def test_history_shows_who_said_what_and_no_name(said, op):
    from safepassage.cli.register.common import open_store

    with open_store(Path(op)) as store:
        store.append([Corrected("l:2", "full_name", SECRET, "person", "heard wrong")], "clerk", AT)
        store.append([Decided(Verdict.DIFFERENT, ("l:2",), ("l:3",), "two men")], "clerk", AT)
    code, _, text = said("history", "--register", op)
    assert code == 0
    assert SECRET not in text
    assert "two men" in text
    assert "3 rows of lists" in text
    text = said("history", "l:2", "--register", op)[2]
    assert "l:2 as its list has it" in text
    assert SECRET not in text
    assert SECRET in said("history", "l:2", "--with-values", "--register", op)[2]
    one = said("history", "l:3", "--register", op, "--json")[1]["entries"]
    assert [each["kind"] for each in one] == ["claim", "decision"]


def test_undo_and_undo_of_the_undoing(said, op):
    from safepassage.cli.register.common import open_store

    with open_store(Path(op)) as store:
        store.append([Decided(Verdict.SAME, ("l:2",), ("l:3",))], "clerk", AT)
    decision = entry_of(said, op, "decision")
    code, document, _ = said("undo", decision[:10], "--register", op, "--json")
    assert (code, document["undone"]) == (0, [decision])
    assert said("status", "--register", op, "--json")[1]["decisions"]["same"] == 0
    history = said("history", decision, "--register", op, "--json")[1]["entries"]
    assert [(each["kind"], each["counts"]) for each in history] == [
        ("decision", False),
        ("undo", True),
    ]
    said("undo", document["entries"][0], "--register", op)
    assert said("status", "--register", op, "--json")[1]["decisions"]["same"] == 1


def test_a_list_is_undone_and_brought_back_as_a_whole(said, op):
    document = said("undo", entry_of(said, op, "list"), "--register", op, "--json")[1]
    assert len(document["undone"]) == 4
    assert said("status", "--register", op, "--json")[1]["records"] == 0
    said("undo", document["entries"][0], "--register", op)
    status = said("status", "--register", op, "--json")[1]
    assert (status["records"], status["lists"][0]["rejected"]) == (2, 1)


@pytest.mark.parametrize(
    ("entry", "message"),
    [("E-000000", "no entry"), ("E-", "no entry"), ("claim", "single row is not taken out")],
)
def test_undo_refuses_what_cannot_be(said, op, entry, message):
    entry = entry_of(said, op, entry) if entry == "claim" else entry
    code, _, text = said("undo", entry, "--register", op)
    assert code == 2
    assert message in text


def test_an_erasure_cannot_be_undone(said, op):
    said("erase", "l:2", "--register", op, "--reason", "asked", "--yes")
    code, _, text = said("undo", entry_of(said, op, "erasure"), "--register", op)
    assert code == 2
    assert "keys are gone" in text
    assert "was erased" in said("history", "l:2", "--register", op)[2]


@pytest.mark.parametrize("command", ["new", "status", "copy", "absorb", "backup", "restore",
                                     "erase", "retire", "rekey", "history", "undo"])  # fmt: skip
def test_every_command_has_help_with_an_example(said, command):
    code, _, text = said(command, "--help")
    assert code == 0
    assert "Example" in text
