"""``safepassage scenario settlements``."""

from __future__ import annotations

import json

from safepassage.cli.main import run

TABLE = "settlement,lat,lon,dated,held_by\nAlfa,51,35,2024-01-01,North\nBeta,,,2024-01-01,North\n"


def test_facts_words_and_rejects_are_written_and_said(tmp_path, capsys):
    table, words, folder = (tmp_path / name for name in ("t.csv", "w.csv", "o"))
    table.write_text(TABLE, encoding="utf-8")
    words.write_text("words,means\nNorth,A\n", encoding="utf-8")
    command = ["scenario", "settlements", str(table), "--words", str(words)]
    command += ["--source", "them", "--out", str(folder)]
    assert run(command) == 1
    text = capsys.readouterr().out
    assert "1 dated facts about 1 settlements; 1 rows set aside." in text
    assert "row 3, column 'lat'" in text
    assert run([*command, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["set_aside"] == 1
    assert sorted(path.name for path in folder.rglob("*.csv")) == [
        "holder_words.csv", "settlement_control.csv", "t.csv.rejects.csv",
    ]  # fmt: skip
    assert run([*command, "--column", "town"]) == 2
    assert run([*command, "--meaning", "maybe"]) == 2
