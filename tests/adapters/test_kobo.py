"""Forms whose repeats come as sheets or files of their own."""

from __future__ import annotations

from safepassage.adapters.kobo import folder_files, join_form
from safepassage.adapters.lists import ReadOptions, joined, read_file
from safepassage.adapters.lists.types import Line, Notes, Sheet
from safepassage.core.register.types import Need


def sheet(name, *rows):
    lines = [Line(at, list(row)) for at, row in enumerate(rows, 1)]
    return Sheet(f"f.xlsx [{name}]", iter(lines), name)


def rows_of(sheets):
    return [[line.cells for line in each.lines] for each in sheets]


def test_sheets_that_are_no_form_are_left_as_they_are():
    plain = sheet("A", ["Name", "Phone"], ["Anna", "1"])
    assert rows_of(join_form(Notes("f"), [plain])) == [[["Name", "Phone"], ["Anna", "1"]]]


def test_a_repeat_in_a_repeat_finds_its_submission():
    form = sheet("F", ["village", "_uuid", "_index"], ["Гуево", "u1", "1"])
    house = sheet("house", ["street", "_index", "_parent_table_name", "_parent_index"],
                  ["Садовая", "7", "F", "1"])  # fmt: skip
    person = sheet("person", ["name", "_index", "_parent_table_name", "_parent_index"],
                   ["Анна", "1", "house", "7"])  # fmt: skip
    _, persons = rows_of(join_form(Notes("f"), [form, house, person]))
    told = dict(zip(persons[0], persons[1], strict=True))
    assert (told["village"], told["household key"], told["name"]) == ("Гуево", "u1", "Анна")


def test_a_member_whose_submission_is_missing_is_kept_and_said():
    notes = Notes("f")
    form = sheet("F", ["village", "_uuid", "_index"], ["Гуево", "u1", "1"])
    person = sheet("p", ["name", "_index", "_parent_table_name", "_parent_index"],
                   ["Анна", "1", "F", "99"])  # fmt: skip
    _, persons = rows_of(join_form(notes, [form, person]))
    assert len(persons) == 2
    assert "does not hold" in notes.findings[0].message


def test_a_submission_without_members_or_name_is_set_aside_not_lost(tmp_path):
    (tmp_path / "form.csv").write_text("village,_uuid,_index\nГуево,u1,1\nСуджа,u2,2\n")
    (tmp_path / "form_members.csv").write_text(
        "name,_index,_parent_table_name,_parent_index\nАнна Коваль,1,form,1\n"
    )
    result = joined(read_file(tmp_path, options=ReadOptions()))
    assert [(r.full_name, r.stay_place) for r in result.records] == [("Анна Коваль", "Гуево")]
    assert any("Суджа" in reject.cells for reject in result.rejects)


def test_several_answers_to_one_question_are_split_at_spaces(tmp_path):
    (tmp_path / "form.csv").write_text(
        "name,needs,needs/wheelchair,needs/animals,_uuid,_index\n"
        "Анна Коваль,wheelchair animals,1,1,u1,1\n"
    )
    (record,) = joined(read_file(tmp_path)).records
    assert record.needs == {Need.WHEELCHAIR, Need.ANIMALS}


def test_the_form_comes_before_its_repeats(tmp_path):
    for name in ("form-person.csv", "form.csv"):
        (tmp_path / name).write_text("x\n")
    assert [name for name, _ in folder_files(tmp_path)] == ["form.csv", "form-person.csv"]


def test_a_repeat_that_names_no_table_belongs_to_the_form_with_its_key():
    form = sheet("F", ["village", "_uuid", "_index"], ["Гуево", "u1", "1"], ["Суджа", "u2", "2"])
    person = sheet("p", ["name", "_index", "_parent_table_name", "_parent_index"],
                   ["Анна", "1", "a file of another name", "2"])  # fmt: skip
    _, persons = rows_of(join_form(Notes("f"), [form, person]))
    told = dict(zip(persons[0], persons[1], strict=True))
    assert (told["village"], told["household key"]) == ("Суджа", "u2")
