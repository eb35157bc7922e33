"""``safepassage register import`` as a registrar uses it."""

from __future__ import annotations

import json
import sys

import pytest
from typer.testing import CliRunner

from safepassage.cli.main import main
from safepassage.cli.register import app
from safepassage.cli.register.common import open_store
from safepassage.errors import RefusedError

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


def names_in(world):
    return sorted(record.full_name for record in state(world.path).records)


def erase_anna(world):
    assert world("--yes").exit_code == 0
    (anna,) = [r for r in state(world.path).records if r.full_name == "Коваль Анна"]
    words = ["erase", anna.record_id, "--reason", "asked", "--yes", "--register", str(world.path)]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert names_in(world) == ["Мороз Вера"]


def test_who_was_erased_does_not_come_back_by_the_same_file_read_in_another_way(world):
    erase_anna(world)
    again = world("--as-of", "2025-02-11", "--yes")
    assert names_in(world) == ["Мороз Вера"]
    assert "Row 2 is left out and not kept: it was erased here on" in again.output


@pytest.mark.parametrize("words", [(), ("--own-list",), ("--name", "other", "--own-list")])
def test_who_was_erased_does_not_come_back_by_a_newer_version(world, words):
    erase_anna(world)
    world.file.write_text(LIST.replace("Коваль Анна", "коваль  анна") + "Лис Ян,30,0509999999\n")
    again = world("--yes", *words)
    assert again.exit_code == 0, again.output
    assert "left out" in again.output
    assert "Коваль" not in again.output
    assert set(names_in(world)) == {"Мороз Вера", "Лис Ян"}
    everything = repr(state(world.path)).lower()
    assert "коваль" not in everything
    document = json.loads(world("--yes", "--as-of", "2025-02-11", "--json").output)
    assert [each["row"] for each in document["left_out_as_erased"]] == [2]


def test_who_wants_to_be_registered_again_is(world):
    erase_anna(world)
    world.file.write_text(LIST + "Лис Ян,30,0509999999\n")
    assert world("--yes", "--take-erased").exit_code == 0
    assert names_in(world) == ["Коваль Анна", "Лис Ян", "Мороз Вера"]


def test_what_ends_by_retention_may_come_again(world):
    assert world("--yes", "--retain-until", "2025-03-01").exit_code == 0
    words = ["retire", "--on", "2025-03-02", "--yes", "--register", str(world.path)]
    assert CliRunner().invoke(app, words).exit_code == 0
    world.file.write_text(LIST + "Лис Ян,30,0509999999\n")
    assert "left out" not in world("--yes").output
    assert "Коваль Анна" in names_in(world)


def test_the_same_file_that_says_nothing_new_is_said_to_be_there(world):
    assert world("--yes").exit_code == 0
    before = len(state(world.path).lists), names_in(world)
    again = world("--yes", "--split-families")
    assert "says nothing new when it is read so. Nothing was added." in again.output
    assert "in another way" not in again.output
    assert (len(state(world.path).lists), names_in(world)) == before


def test_a_list_like_another_is_said_to_be_a_newer_version_perhaps(world, tmp_path):
    assert world("--yes").exit_code == 0
    other = tmp_path / "of another name.csv"
    other.write_text(LIST + "Лис Ян,30,0509999999\n")
    words = ["import", str(other), "--register", str(world.path), "--yes", "--preview"]
    shown = CliRunner().invoke(app, words).output
    (received,) = state(world.path).lists
    assert f"--newer-version-of {received.list_id}" in shown


def test_a_family_with_a_person_a_line_is_split_and_a_sum_with_a_formula_is_none(world):
    world.file.write_text(
        'ФИО,Возраст\n"Їжакевич Олександр 26.12.1952\nЇжакевич Ганна 01.01.1956",\n'
        "Разом:,,=COUNTA(A2:A9)\n"
    )
    kept = world("--preview", "--yes")
    assert "--split-families would make 2 records" in kept.output
    assert world("--yes", "--split-families").exit_code == 0
    assert names_in(world) == ["Їжакевич Ганна", "Їжакевич Олександр"]


def other_list(world, text, name="other.csv"):
    """Return a way to import another file into the same store."""
    file = world.file.with_name(name)
    file.write_text(text)
    words = ["import", str(file), "--register", str(world.path), "--yes"]
    return lambda *more: CliRunner().invoke(app, [*words, *more])


def test_a_likely_newer_version_is_not_taken_as_another_list_unasked(world):
    assert world("--yes").exit_code == 0
    newer = other_list(world, LIST + "Лис Ян,30,0509999999\n")
    refused = newer()
    assert isinstance(refused.exception, RefusedError)
    (received,) = state(world.path).lists
    assert f"--newer-version-of {received.list_id}" in str(refused.exception)
    assert "--own-list" in str(refused.exception)
    assert len(state(world.path).records) == 2
    assert newer("--newer-version-of", received.list_id).exit_code == 0
    assert {each.list_id for each in state(world.path).records} == {received.list_id}


def test_the_same_file_is_taken_as_another_list_with_its_own_retention_if_insisted(world):
    assert world("--yes").exit_code == 0
    again = world("--yes", "--own-list", "--retain-until", "2025-08-01")
    assert again.exit_code == 0, again.output
    assert "say --newer-version-of" not in again.output
    first, second = state(world.path).lists
    assert (first.retain_until, second.retain_until) == ("", "2025-08-01")
    assert len({each.list_id for each in state(world.path).records}) == 2
    assert len(state(world.path).records) == 4


def test_a_day_of_retention_is_not_lost_without_a_word(world):
    assert world("--yes").exit_code == 0
    for more in ([], ["--as-of", "2025-02-01"]):
        done = world("--yes", "--retain-until", "2025-08-01", *more)
        assert isinstance(done.exception, RefusedError)
        assert "cannot be kept" in str(done.exception)


def test_findings_are_told_by_kind_the_grave_and_the_rare_first(world):
    rows = "".join(f"Коваль Анна {at},12 лет назад,\n" for at in "абвгде")
    world.file.write_text("ФИО,Возраст,Телефон\n" + rows + ",3,1\nМороз Вера,217,\n")
    lines = world("--preview", "--as-of", "2025-02-11").output.splitlines()
    kinds = [line for line in lines if line.startswith("list.csv, row")]
    assert ["no name" in kinds[0], "217" in kinds[1]] == [True, True]
    assert "  and 5 more of this kind: row 3, 4, 5, 6, 7" in lines
    assert sum("is no age" in line for line in lines) == 1


def test_a_preview_has_heads_in_the_order_of_the_file_and_shows_what_is_empty(world):
    world.file.write_text("Имя,Фамилия,Село,Телефон\nАнна,Коваль,,0501234567\n")
    shown = world("--preview", "--with-names").output
    assert "  row: given_name | surname | stay_place | phone\n" in shown
    assert "  2: Анна | Коваль | - | 0501234567\n" in shown


def test_births_that_differ_by_the_date_of_the_list_only_are_said(world):
    assert world("--yes", "--as-of", "2025-02-11").exit_code == 0
    again = world("--yes", "--as-of", "2023-02-11")
    assert "only because --as-of was 2025-02-11 and is 2023-02-11 now" in again.output


def test_a_preview_of_what_is_no_list_ends_with_1(world):
    world.file.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 9)
    shown = world("--preview")
    assert shown.exit_code == 1
    assert "is a database" in shown.output
    assert "First rows" not in shown.output
