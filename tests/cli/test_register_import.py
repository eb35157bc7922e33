"""``safepassage register import`` as a registrar uses it."""

from __future__ import annotations

import json
import sys

import pytest
from typer.testing import CliRunner

from safepassage.cli.main import main
from safepassage.cli.register import app
from safepassage.cli.register.common import open_store

LIST = "ФИО,Возраст,Телефон\nКоваль Анна,44,0501234567\nМороз Вера,70,\n"


@pytest.fixture
def world(new_store, tmp_path):
    """A store, a list, and a way to run the command on it."""
    store = new_store()
    path = store.path
    store.close()
    file = tmp_path / "list.csv"
    file.write_text(LIST)

    def run(*words, **more):
        return CliRunner().invoke(
            app, ["import", str(file), "--register", str(path), *words], **more
        )

    run.path, run.file = path, file
    return run


def state(path):
    with open_store(path) as store:
        return store.state()


def test_help_has_an_example():
    shown = CliRunner().invoke(app, ["import", "--help"])
    assert "Example" in shown.output


def test_a_list_goes_in_with_what_is_said_of_it(world):
    done = world("--compiled-by", "council", "--reliability", "doubtful", "--as-of", "2025-02-11",
                 "--retain-until", "2026-01-01", "--region", "ua")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "2 rows can be used" in done.output
    assert "Коваль" not in done.output
    (received,) = state(world.path).lists
    assert (received.compiled_by, received.reliability.value) == ("council", "doubtful")
    assert (received.as_of, received.retain_until) == ("2025-02-11", "2026-01-01")
    assert received.received_by == "clerk-1"


def test_an_age_without_a_date_can_be_read_later(world):
    first = world()
    assert "as_of" in first.output
    again = world("--as-of", "2025-02-11")
    assert "in another way" in again.output
    assert {each.birth.earliest[:4] for each in state(world.path).records} == {"1980", "1954"}


def test_a_family_split_later_leaves_nobody_twice(world):
    world.file.write_text('ФИО,Село\n"Коваль Анна 1980, Коваль Иван 2010",Гуево\n')
    world()
    assert len(state(world.path).records) == 1
    world("--split-families")
    after = state(world.path)
    assert len(after.records) == 3
    assert len(after.same) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--with-names"], "--preview too"),
        (["--region", "XXX"], "two-letter code"),
        (["--newer-version-of", "nobody"], "there is no list 'nobody'"),
    ],
)
def test_wrong_use_is_said_with_code_2(world, words, sentence, capsys, monkeypatch):
    line = ["safepassage", "register", "import", str(world.file), "--register", str(world.path)]
    monkeypatch.setattr(sys, "argv", [*line, *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert sentence in "".join(capsys.readouterr())


def test_a_missing_file_is_one_json_document_with_code_1(world, capsys, monkeypatch):
    line = ["safepassage", "register", "import", "nowhere.csv", "--register", str(world.path)]
    monkeypatch.setattr(sys, "argv", [*line, "--json"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    assert "no such file" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_on_a_terminal_the_registrar_sees_a_masked_preview_and_is_asked(world, monkeypatch):
    import safepassage.cli.register.import_ as module

    class Terminal:
        def isatty(self):
            return True

    monkeypatch.setattr(module.sys, "stdin", Terminal())
    answers = iter([False, True])
    monkeypatch.setattr(module.typer, "confirm", lambda *_, **__: next(answers))
    words = [str(world.file), "--register", str(world.path)]
    from typer.main import get_command

    for expected in (0, 2):
        get_command(app).main(["import", *words], standalone_mode=False)
        assert len(state(world.path).records) == expected


def test_answers_that_nobody_asked_for_are_said(world):
    world.file.write_text("Name,Choice\nAnna Koval,go\n")
    assert "count for nothing" in world().output
