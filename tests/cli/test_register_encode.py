"""``safepassage register encode`` and ``link-encoded``, as three roles run them by file."""

from __future__ import annotations

import json

import pytest

from safepassage.cli.main import run

sealed_count = pytest.importorskip("safepassage.adapters.sealed_count")
pytest.importorskip("voprf", reason="the extra 'sealed' is not installed")

SURNAMES = ("Коваленко", "Мельник", "Шевченко", "Бондаренко", "Ткаченко", "Кравченко")
GIVEN = ("Іван", "Олена", "Петро", "Марія", "Сергій", "Ганна")
PEOPLE = [f"{SURNAMES[n % 6]},{GIVEN[n // 6]},{1940 + n}" for n in range(36)]


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Work in a folder with two lists of 24, twelve of them the same people."""
    monkeypatch.chdir(tmp_path)
    for name, rows in (("first", PEOPLE[:24]), ("second", PEOPLE[12:])):
        text = "Surname,Given name,Year of birth\n" + "\n".join(rows) + "\n"
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def command(*words: str) -> int:
    return run(["register", *words])


def opened() -> None:
    assert command("encode", "counter", "--out", "counter.key") == 0
    for side in ("first", "second"):
        assert command("encode", "side", "--out", f"{side}.key") == 0
    assert command(
        "encode", "key", "--home", "keys", "--session", "june", "--parties",
        "first=first.pub,second=second.pub",
        "--counter", "counter.pub", "--cap", "2048", "--minimum-set", "20",
        "--minimum-cell", "3", "--epsilon", "1",
    ) == 0  # fmt: skip


def blinded(side: str) -> int:
    return command(
        "encode", "blind", f"{side}.csv", "--session", "keys/june.session", "--side", side,
        "--identity", "first.key" if side == "nowhere" else f"{side}.key",
        "--out", f"{side}.request", "--secret", f"{side}.secret",
    )  # fmt: skip


class Even:
    """Chance that always says the same: the two halves of the noise cancel, so cells are exact."""

    def random(self):
        return 0.5


def test_from_two_lists_to_a_capture_table(table, capsys, monkeypatch):
    monkeypatch.setattr(sealed_count, "SystemRandom", Even)
    opened()
    for side in ("first", "second"):
        assert blinded(side) == 0
        assert command(
            "encode", "evaluate", f"{side}.request", "--home", "keys", "--out", f"{side}.answer"
        ) == 0  # fmt: skip
        assert command(
            "encode", "seal", f"{side}.csv", "--session", "keys/june.session", "--secret",
            f"{side}.secret", "--answer", f"{side}.answer", "--out", f"{side}.sealed",
        ) == 0  # fmt: skip
    said = capsys.readouterr()
    assert "Коваленко" not in said.out + said.err
    assert command(
        "link-encoded", "first.sealed", "second.sealed", "--session", "keys/june.session",
        "--key", "counter.key", "--out", "overlaps.csv", "--json",
    ) == 0  # fmt: skip
    document = json.loads(capsys.readouterr().out)
    assert [cell["count"] for cell in document["cells"]] == [12, 12, 12]
    assert document["proven_loss"] == document["epsilon"] == 1
    assert said.out.count(document["compare"]) == 3
    assert run(["population", "estimate", "overlaps.csv"]) in (0, 1)
    assert command("encode", "log", "--home", "keys", "--json") == 0
    log = capsys.readouterr().out
    assert '"event": "evaluated"' in log


def test_a_list_below_the_minimum_is_refused_before_anything_is_written(table, capsys):
    opened()
    (table / "first.csv").write_text("Surname,Given name\nКоваленко,Іван\n", encoding="utf-8")
    capsys.readouterr()
    assert blinded("first") == 1
    said = capsys.readouterr()
    assert "the session's minimum is 20" in said.err
    assert "Коваленко" not in said.err
    assert not list(table.glob("first.[rs]*"))


def test_parties_without_a_key_are_a_sentence(table, capsys):
    for parties in (
        "first,second",
        "first=nowhere.pub,second=x",
        "first=first.csv,second=first.csv",
    ):
        assert command(
            "encode", "key", "--home", "keys", "--session", "june", "--parties", parties,
            "--counter", "age1", "--cap", "2048",
        ) == 1  # fmt: skip
        said = capsys.readouterr().err
        assert "NAME=FILE" in said or "no side's public key" in said


def test_a_stranger_and_a_missing_file_are_sentences(table, capsys):
    opened()
    assert command(
        "encode", "blind", "first.csv", "--session", "keys/june.session", "--side", "third",
        "--identity", "first.key",
        "--out", "x", "--secret", "y",
    ) == 1  # fmt: skip
    assert "'third' is no party; the session names first, second" in capsys.readouterr().err
    assert blinded("nowhere") == 1
    assert "there is no such file" in capsys.readouterr().err


def test_a_file_that_is_something_else_is_a_sentence(table, capsys):
    opened()
    assert command("encode", "evaluate", "first.csv", "--home", "keys", "--out", "a") == 1
    assert "first.csv: is no request file" in capsys.readouterr().err
    assert command(
        "link-encoded", "first.csv", "--session", "keys/june.session", "--key", "counter.key",
        "--out", "o.csv",
    ) == 1  # fmt: skip
    assert "no sealed set for this counter" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["encode"], ["encode", "blind"], ["link-encoded"]])
def test_called_wrongly(words, capsys):
    assert command(*words) in (0, 2)
    captured = capsys.readouterr()
    assert captured.out + captured.err


def test_a_folder_that_is_not_there_does_not_spend_the_count(table, capsys):
    opened()
    assert command(
        "link-encoded", "first.csv", "--session", "keys/june.session", "--key", "counter.key",
        "--out", "nowhere/o.csv",
    ) == 1  # fmt: skip
    assert "name a file in a folder that exists" in capsys.readouterr().err
    assert not (table / "counter.key.log").exists()


def test_no_step_writes_over_what_is_there(tmp_path, capsys):
    (tmp_path / "counter.pub").write_text("an earlier key\n")
    words = ["register", "encode", "counter", "--out", str(tmp_path / "counter.key")]
    assert run(words) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (tmp_path / "counter.pub").read_text() == "an earlier key\n"
    assert run([*words, "--overwrite"]) == 0
