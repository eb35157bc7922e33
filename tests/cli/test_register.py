"""``safepassage register link``: output, files, exit codes."""

from __future__ import annotations

import json

import pytest

from safepassage.cli.main import run

FAMILIES = "ФИО;Год рождения;Где остался;Телефон\nІваненко Женя Петрович;1961;Козача Локня;1\n"
HOTLINE = "Family name,First name,Date of birth,Place\nIVANENKO,Yevhen,04.03.1961,Kozacha Loknya\n"


@pytest.fixture
def lists(tmp_path):
    (tmp_path / "families.csv").write_text(FAMILIES, encoding="cp1251")
    (tmp_path / "hotline.csv").write_text(HOTLINE, encoding="utf-8")
    return [str(tmp_path / "families.csv"), str(tmp_path / "hotline.csv")]


def test_bare_lists_in_two_scripts_are_one_person(lists, capsys):
    assert run(["register", "link", *lists, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["records"], document["persons"]) == (2, 1)
    assert document["overlaps"] == [{"families": 1, "hotline": 1, "count": 1}]
    assert any("cp1251" in each["message"] for each in document["findings"])


def test_a_list_without_a_usable_column_is_told_once(lists, tmp_path, capsys):
    (tmp_path / "two.csv").write_text("colour,size\nred,1\n", encoding="utf-8")
    run(["register", "link", *lists, str(tmp_path / "two.csv"), "--json"])
    found = json.loads(capsys.readouterr().out)["findings"]
    (told,) = [each["message"] for each in found if "two.csv" in each["file"]]
    assert "no column holds a name" in told


def test_files_of_an_earlier_run_are_closed_to_others(lists, tmp_path):
    (tmp_path / "out").mkdir()
    for name in ("persons.csv", "model.json"):
        (tmp_path / "out" / name).touch()
        (tmp_path / "out" / name).chmod(0o644)
    words = ["register", "link", *lists, "--out", str(tmp_path / "out")]
    assert run(words) == 2
    assert (tmp_path / "out" / "persons.csv").read_bytes() == b""
    assert run([*words, "--overwrite"]) == 0
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}


def test_files_are_written_without_names(lists, tmp_path, capsys):
    assert run(["register", "link", *lists, "--out", str(tmp_path / "out")]) == 0
    assert "1 persons" in capsys.readouterr().out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"persons.csv", "links.csv", "review.csv", "overlaps.csv", "model.json"} <= names
    assert all(
        "IVANENKO" not in path.read_text(encoding="utf-8-sig")
        for path in (tmp_path / "out").glob("*.csv")
    )


def test_an_engine_that_is_not_there_is_refused_by_name(lists, capsys):
    assert run(["register", "link", *lists, "--engine", "abacus"]) == 2
    assert "accepted: duckdb, spark" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["x.csv", "--engine", "abacus"]])
def test_called_wrongly(arguments, capsys):
    assert run(["register", "link", *arguments]) == 2
    assert capsys.readouterr().err


def test_a_missing_file_is_one_sentence(capsys):
    assert run(["register", "link", "nowhere.csv"]) == 1
    assert "nowhere.csv: there is no such file" in capsys.readouterr().err
