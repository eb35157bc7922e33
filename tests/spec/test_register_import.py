"""One test per numbered rule of docs/spec/01b-import.md."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
import pytest
from typer.testing import CliRunner

from safepassage.adapters.lists import ReadOptions, joined, read_bytes
from safepassage.adapters.lists.intake import Intake
from safepassage.adapters.lists.mapping_file import SavedMapping, read_mapping, write_mapping
from safepassage.adapters.lists.versions import overlaps, revision
from safepassage.core.register.entries import (
    Answered,
    ClaimMade,
    Corrected,
    Decided,
    ListReceived,
    RowRejected,
)
from safepassage.core.register.types import ApproximateDate, Choice, Consent, ConsentQuestion
from safepassage.scenario.types import SourceList

KEY = b"k" * 32


def read(data, label="l.csv", options=None, **source):
    data = data.encode() if isinstance(data, str) else data
    values = {"list_id": "l", "title": "L", "path": label, "mapping": (), **source}
    options = options or ReadOptions(document_key=KEY, on="2025-02-11")
    return joined(read_bytes(data, label, SourceList(**values), options))


def workbook(*sheets, merges=(), before_save=None):
    """Return the bytes of an XLSX file; a sheet is (name, rows)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for area in merges:
            sheet.merge_cells(area)
    if before_save:
        before_save(book)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def said(result, words):
    return [each for each in result.findings if words in str(each)]


def everything(result):
    """Return all that a result holds as one text."""
    return repr((
        result.columns,
        result.records,
        [(r.extra, r.relatives, r.destinations) for r in result.records],
        result.rejects,
    ))  # fmt: skip


# ------------------------------------------------------------------------------ nothing is lost


def test_1_every_cell_is_in_a_field_in_extra_or_in_a_row_set_aside():
    rows = [
        ["LIST7", None, None, None, None, None],
        ["Name", "Phone", "Born", "Remark", "Relatives", "Choice"],
        ["Anna Aaa", "0501112233", "1980", "cell11", "Ivan Aaa; Olha Aaa", "word12"],
        ["Boris Bbb", "no21", "31.02.1980", "cell22", "", "go23", "beyond24"],
        [None, "0503334455", "", "cell31", "", ""],
        ["Total: 2"],
    ]
    result = read(workbook(("S", rows)), "l.xlsx")
    kept = everything(result)
    filled = {str(cell) for row in rows for cell in row if cell} - {"1980", "Ivan Aaa; Olha Aaa"}
    assert {cell for cell in filled if cell not in kept} == set()
    assert result.records[0].relatives == ("Ivan Aaa", "Olha Aaa")
    assert result.records[0].birth == ApproximateDate("1980-01-01", "1980-12-31")
    assert [record.row for record in result.records] == [3, 4]
    assert [reject.row for reject in result.rejects] == [1, 5, 6]


def test_2_one_bad_row_stops_no_other_and_many_alike_are_summed_up():
    rows = "\n".join(f"Name {letter * 3},31.02.1980" for letter in "abcdefghij" * 15)
    result = read(f"Name,Born\n{rows}\n")
    assert len(result.records) == 150
    wrong = said(result, "does not exist")
    assert len([each for each in wrong if each.row]) == 100
    assert "from row 102 to row 151" in wrong[-1].message
    assert not said(result, "31.02")


# --------------------------------------------------------------------------------------- files


def test_3_all_sheets_are_one_list_with_the_sheet_in_each_record():
    def hide(book):
        book["B"].sheet_state = "hidden"

    data = workbook(
        ("A", [["Name", "Phone"], ["Anna Koval", "1"]]),
        ("B", [["Name", "Phone"], ["Boris Koval", "2"]]),
        ("Empty", []),
        before_save=hide,
    )
    result = read(data, "l.xlsx")
    assert [record.record_id for record in result.records] == ["l:2", "l:s2.2"]
    assert ("(sheet)", "B") in result.records[1].extra
    assert said(result, "'B' is hidden")
    assert said(result, "'Empty' is empty")
    one = read(data, "l.xlsx", ReadOptions(sheet="B"))
    assert [record.full_name for record in one.records] == ["Boris Koval"]
    mapped = read(data, "l.xlsx", mapping=(("full_name", "Name"), ("stay_place", "(sheet)")))
    assert [record.stay_place for record in mapped.records] == ["A", "B"]


def test_4_titles_two_header_rows_and_column_numbers_are_told_apart():
    rows = [
        ["Список жителей"],
        ["№", "ФИО", None, "Год рождения"],
        [None, "Фамилия", "Имя", None],
        [1, 2, 3, 4],
        [1, "Иваненко", "Евгений", 1961],
    ]
    result = read(workbook(("S", rows), merges=["A1:D1", "B2:C2", "A2:A3", "D2:D3"]), "l.xlsx")
    assert dict(result.mapping) == {
        "surname": "ФИО / Фамилия", "given_name": "ФИО / Имя", "birth": "Год рождения",
    }  # fmt: skip
    assert [(r.row, r.surname, r.given_name) for r in result.records] == [
        (5, "Иваненко", "Евгений")
    ]
    assert [reject.row for reject in result.rejects] == [1, 4]
    as_text = "Список\n№;ФИО;;Тел\n;Фамилия;Имя;\n1;Иваненко;Евгений;5\n"
    assert read(as_text).records[0].given_name == "Евгений"
    bare = read("Иваненко Евгений,04.03.1961\nКоваль Анна,05.05.1980\nМороз Вера,1.2.1950\n")
    assert len(bare.records) == 3
    assert dict(bare.mapping)["birth"] == "column 2"


def test_5_sums_signatures_and_headings_are_no_persons():
    text = (
        "ФИО,Тел,Двор\nс. Гуево,,\nКоваль Анна,1,1\nФИО,Тел,Двор\nМороз Вера,2,2\n"
        "Всего: 2,,\nИтого,2,\nГлава: ________,,\n"
    )
    result = read(text)
    assert [record.full_name for record in result.records] == ["Коваль Анна", "Мороз Вера"]
    assert {record.stay_place for record in result.records} == {"с. Гуево"}
    assert [reject.row for reject in result.rejects] == [2, 4, 6, 7, 8]
    assert {reject.reasons[0].split(",")[0] for reject in result.rejects} == {
        "A heading over the rows below", "Repeats the header.", "A sum",
        "A signature under the list",
    }  # fmt: skip


def test_6_columns_are_suggested_with_the_reason():
    text = (
        "q1,q2,q3,Телефон (моб.)\nИваненко Евгений,04.03.1961,м,1\nКоваль Анна,5.5.1980,ж,2\n"
        "Мороз Вера,1.2.1950,ж,3\n"
    )
    found = {each.standard: each for each in read(text).suggestions}
    assert found["phone"].reason == "its header reads 'Телефон (моб.)'"
    assert found["birth"].reason == "3 of its first 3 values look like dates of birth"
    assert (found["sex"].column, found["full_name"].column) == ("q3", "q1")


def test_7_a_merged_cell_holds_for_its_rows_but_makes_no_second_person():
    rows = [
        ["Двор", "ФИО", "Телефон"],
        [12, "Коваль Анна", "1"],
        [None, "Коваль Иван", "2"],
        [13, "Мороз Вера", "3"],
        [None, None, "4"],
    ]
    result = read(workbook(("S", rows), merges=["A2:A3", "A4:A5", "B4:B5"]), "l.xlsx")
    assert [record.household_key for record in result.records] == ["12", "12", "13"]
    assert [reject.row for reject in result.rejects] == [5]
    assert "4" in result.rejects[0].cells


@pytest.mark.parametrize(
    "written", ["ab123456", "АВ 123456", "паспорт АВ № 123-456", "АВ123456 выдан РОВД 01.02.2003"]
)
def test_8_a_document_number_is_a_hash_and_nowhere_else(written):
    result = read(f"ФИО,Паспорт\nКоваль Анна,AB123456\nМороз Вера,{written}\n,{written}\n")
    one, other = result.records
    assert one.documents == other.documents
    assert len(one.documents[0]) == 64
    kept = everything(result) + "".join(map(str, result.findings))
    assert "123456" not in kept
    assert "123-456" not in kept
    other_key = read("ФИО,Паспорт\nКоваль Анна,AB123456\n", options=ReadOptions(document_key=b"x"))
    assert other_key.records[0].documents != one.documents


def test_8_series_and_number_are_one_and_an_unmapped_column_is_hashed_too():
    text = "ФИО,Серия паспорта,Номер паспорта,СНИЛС\nКоваль Анна,АВ,123456,111-222-333 44\n"
    apart = read(text).records[0]
    assert apart.documents[0] == read("ФИО,Паспорт\nК А,AB123456\n").records[0].documents[0]
    assert len(apart.documents) == 2
    mapped = read(text, mapping=(("full_name", "ФИО"),))
    assert "111-222" not in everything(mapped)
    assert said(mapped, "hashes")


def test_9_invisible_signs_are_taken_out_and_said():
    result = read("Name,Phone\nAn\u200bna\u202e Ko\0val,1\n")
    assert result.records[0].full_name == "Anna Koval"
    assert said(result, "NUL")[0].row == 2


@pytest.mark.parametrize(
    ("code", "wrong"), [("cp1251", "latin-1"), ("utf-8", "latin-1"), ("utf-8", "cp1251")]
)
def test_10_garbled_text_is_made_whole_and_said(code, wrong):
    text = "Прізвище;Телефон\nСергієнко Олена;1\nМороз Вєра;2\n"
    result = read(text.encode(code).decode(wrong))
    assert [record.surname for record in result.records] == ["Сергієнко Олена", "Мороз Вєра"]
    assert said(result, "garbled")
    untouched = read("Name,Phone\nJürgen Müller,1\nÁgnes Šimková,2\n")
    assert not said(untouched, "garbled")


def test_11_a_formula_without_result_is_no_name():
    rows = [["Name", "Phone"], ["=A3", "1"], ["Anna Koval", "=B2"]]
    result = read(workbook(("S", rows)), "l.xlsx")
    assert [reject.row for reject in result.rejects] == [2]
    assert result.records[0].phone == "=B2"
    assert said(result, "2 formulas")


def test_12_serial_days_month_names_and_months_of_age_are_dates():
    text = "Name,Born,Age\nA Koval,22344,\nB Koval,4 марта 1961 г.,\nC Koval,,5 мес\n"
    result = read(text, as_of="2025-02-11")
    first, second, third = (record.birth for record in result.records)
    assert first == second == ApproximateDate("1961-03-04", "1961-03-04")
    assert third is not None
    assert third.earliest[:4] == "2024"
    assert said(result, "as a spreadsheet counts it")
    asked = read("Name,Age,Date asked\nA Koval,64,2025-02-11\n").records[0]
    assert asked.birth == ApproximateDate("1960-02-12", "1961-02-11")


def test_13_telephone_numbers_stand_beside_the_original():
    text = "Name,Phone\nA Koval,050 123-45-67 и +7 910 123 45 67\nB Koval,12\n"
    one, other = read(text, options=ReadOptions(region="UA")).records
    assert one.phone == "050 123-45-67 и +7 910 123 45 67"
    assert dict(one.extra)["phone_e164"] == "+380501234567; +79101234567"
    assert other.extra == ()
    assert dict(read(text).records[0].extra)["phone_e164"] == "+79101234567"


def test_14_a_family_is_split_only_where_it_is_plain_and_wanted():
    text = 'ФИО,Село\n"Коваль Анна 1980, Коваль Иван 2010",Гуево\nМороз Пётр с детьми,Суджа\n'
    whole = read(text)
    assert [record.record_id for record in whole.records] == ["l:2", "l:3"]
    assert "would make 2 records" in said(whole, "several people")[0].message
    assert "(с, детьми)" in said(whole, "several people")[1].message or said(whole, "детьми")
    split = read(text, options=ReadOptions(split_families=True)).records
    assert [record.record_id for record in split] == ["l:2.1", "l:2.2", "l:3"]
    assert [record.full_name for record in split[:2]] == ["Коваль Анна", "Коваль Иван"]
    assert split[1].birth == ApproximateDate("2010-01-01", "2010-12-31")
    assert split[0].household_key == split[1].household_key != ""


def test_15_what_a_list_says_twice_or_against_itself_is_said_and_kept():
    text = (
        "Name,Born,Age,Household,Status,Needs,Passport\n"
        "Anna Koval,05.05.1980,,1,present,,AB123456\n"
        "Anna Koval,05.05.1990,,1,,,\n"
        "Ivan Moroz,1960,20,2,,child alone,\n"
        "Vira Bila,01.02.1960,,3,present,,\n"
        "Vira Bila,01.02.1960,,4,evacuated,,\n"
        "Other Name,1950,,5,,,ab 123456\n"
        "Other Name,1950,,5,,,ab 123456\n"
    )
    result = read(text, as_of="2025-02-11")
    assert len(result.records) == 7
    placed = {(each.row, words) for words in (
        "same name and household", "age and birth contradict", "child alone", "already out",
        "same document", "repeats row",
    ) for each in said(result, words)}  # fmt: skip
    assert placed >= {
        (3, "same name and household"), (4, "age and birth contradict"), (4, "child alone"),
        (6, "already out"), (7, "same document"), (8, "repeats row"),
    }  # fmt: skip


FORM = [
    "village",
    "head_name",
    "choice",
    "_uuid",
    "_submission_time",
    "_validation_status",
    "_index",
]
MEMBERS = ["g/full_name", "g/age", "_index", "_parent_table_name", "_parent_index"]


def kobo(*submissions, members=()):
    return workbook(("Form", [FORM, *submissions]), ("members", [MEMBERS, *members]))


def test_16_repeats_are_joined_to_one_person_a_row():
    data = kobo(
        ["Гуево", "Коваль Анна", "go", "uu-1", "2025-02-01T10:00", "", 1],
        ["Суджа", "Мороз Вера", "stay", "uu-2", "2025-02-01T11:00", "", 2],
        members=[["Коваль Анна", 44, 1, "Form", 1], ["Коваль Иван", 15, 2, "Form", 1]],
    )
    result = read(data, "f.xlsx", asks_choice=True)
    told = {(r.full_name, r.household_key, r.stay_place) for r in result.records}
    assert told == {
        ("Мороз Вера", "uu-2", "Суджа"),
        ("Коваль Анна", "uu-1", "Гуево"),
        ("Коваль Иван", "uu-1", "Гуево"),
    }
    child = next(r for r in result.records if "Иван" in r.full_name)
    assert child.choice is Choice.NOT_ASKED
    assert ("of the submission: choice", "go") in child.extra
    assert child.birth == ApproximateDate("2009-02-02", "2010-02-01")


def test_16_csv_files_of_odk_are_joined_by_their_keys():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("form.csv", "SubmissionDate,village,KEY\n2025-02-01,Гуево,uuid:1\n")
        archive.writestr(
            "form-person.csv", "name,PARENT_KEY,KEY\nКоваль Анна,uuid:1,uuid:1/person[1]\n"
        )
    (person,) = read(data.getvalue(), "form.zip").records
    assert (person.full_name, person.stay_place, person.household_key) == (
        "Коваль Анна", "Гуево", "uuid:1",
    )  # fmt: skip


def test_17_submissions_not_approved_are_set_aside_and_counted():
    data = kobo(
        ["Гуево", "", "", "uu-1", "", "Not Approved", 1],
        ["Суджа", "", "", "uu-2", "", "Approved", 2],
        members=[["Коваль Анна", 44, 1, "Form", 1], ["Мороз Вера", 50, 2, "Form", 2]],
    )
    result = read(data, "f.xlsx")
    assert [record.full_name for record in result.records] == ["Мороз Вера"]
    assert "1 submissions are marked as not approved" in said(result, "approved")[0].message
    assert "Коваль Анна" in repr(result.rejects)


def pfif(body, version="1.4", head=""):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}\n'
        f'<pfif:pfif xmlns:pfif="http://zesty.ca/pfif/{version}">{body}</pfif:pfif>'
    )


def element(name, **fields):
    inside = "".join(f"<pfif:{key}>{value}</pfif:{key}>" for key, value in fields.items())
    return f"<pfif:{name}>{inside}</pfif:{name}>"


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.3", "1.4"])
def test_18_every_version_of_pfif_is_read(version):
    first, last = ("first_name", "last_name") if version < "1.4" else ("given_name", "family_name")
    note = element("note", person_record_id="ex.org/p1", status="believed_dead", text="said so")
    body = element(
        "person", person_record_id="ex.org/p1", sex="female", age="60-70",
        source_date="2025-02-11T00:00:00Z", **{first: "Анна", last: "Коваль"},
    )  # fmt: skip
    result = read(pfif(body + note, version), "p.xml")
    (person,) = result.records
    assert (person.given_name, person.surname, person.status.value) == ("Анна", "Коваль", "unknown")
    assert person.birth == ApproximateDate("1954-02-12", "1965-02-11")
    assert ("person_record_id", "ex.org/p1") in person.extra
    assert ("note 1/text", "said so") in person.extra
    assert said(result, "believed dead")


def test_18_entities_are_refused_and_a_broken_file_gives_what_stands_before():
    bomb = pfif(element("person", full_name="&b;"), head='<!DOCTYPE x [<!ENTITY b "bb">]>')
    assert not read(bomb, "p.xml").records
    assert said(read(bomb, "p.xml"), "entities")
    cut = pfif(element("person", full_name="Anna Koval"))[:-12]
    assert [record.full_name for record in read(cut, "p.xml").records] == ["Anna Koval"]
    assert said(read(cut, "p.xml"), "broken off")


def test_19_an_expired_record_leaves_ids_and_dates_only():
    body = element("person", person_record_id="ex.org/p1", expiry_date="2025-02-11T00:00:00Z",
                   full_name="Secret Name", home_city="Somewhere")  # fmt: skip
    result = read(pfif(body), "p.xml")
    assert not result.records
    assert result.rejects[0].cells == ("ex.org/p1", "2025-02-11T00:00:00Z")
    assert "Secret" not in everything(result)
    later = read(pfif(body), "p.xml", ReadOptions(on="2025-02-10"))
    assert later.records[0].full_name == "Secret Name"


def test_20_what_cannot_or_must_not_be_opened_is_a_sentence():
    whole = workbook(("S", [["Name"], ["Anna Koval"]]))
    assert said(read(whole[: len(whole) // 2], "l.xlsx"), "damaged or cut short")
    locked = b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    assert said(read(locked, "l.xlsx"), "password")
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(100 << 20))
    assert said(read(data.getvalue(), "l.xlsx"), "absurd size")
    assert not said(read(whole, "l.xlsx"), "absurd")


# ---------------------------------------------------------------------------------- into a store


@pytest.fixture
def run(new_store, tmp_path, monkeypatch):
    """Run ``register import`` on text written to a file; give the document and the store."""
    from safepassage.cli.register import app

    store = new_store()
    path = store.path
    store.close()

    def run_it(data, *options, name="list.csv", code=0):
        file = tmp_path / name
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        words = ["import", str(file), "--register", str(path), "--json", *options]
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    def state():
        from safepassage.cli.register.common import open_store

        with open_store(path) as opened:
            return opened.state()

    run_it.state = state
    run_it.path = path
    return run_it


LIST = (
    "Name,Born,Phone,Passport\nAnna Koval,1980,1,AB123456\nVira Moroz,1950,2,\n,1990,3,CD555666\n"
)


def test_21_the_same_bytes_are_noticed_and_can_be_read_in_another_way(run, tmp_path):
    assert run(LIST)["imported"]
    again = run(LIST, name="renamed.csv")
    assert not again["imported"]
    assert "already, as list list-" in again["notice"]
    mapping = tmp_path / "m.json"
    mapping.write_text('{"full_name": "Name", "birth": "Born", "maiden_name": "Phone"}')
    changed = run(LIST, "--map", str(mapping))["changes"]
    assert changed["changed"] == 2
    assert {record.maiden_name for record in run.state().records} == {"1", "2"}
    assert len(run.state().records) == 2


def test_22_the_same_content_in_another_form_is_noticed(run):
    run(LIST)
    rows = [line.split(",") for line in LIST.strip().split("\n")]
    found = run(workbook(("S", rows)), name="other.xlsx")
    assert not found["imported"]
    assert "the same list saved anew" in found["notice"]
    insisted = run(workbook(("S", rows)), "--own-list", name="other.xlsx")
    assert insisted["imported"]
    shared = run("Name,Born,Phone\nAnna Koval,1980,1\nNew Person,1970,9\n", name="third.csv")
    found = {each["rows"] for each in shared["already_on"]}
    assert (found, shared["already_on"][0]["word_for_word"], shared["imported"]) == ({1}, 0, True)


def test_23_a_newer_version_adds_and_corrects_and_removes_nothing(run):
    head = "Name,Born,Phone\nAnna Koval,1980,1\nIvan Bily,1960,4\n"
    run(head + "Vira Moroz,1950,2\nOld Person,1940,3\n")
    changes = run(head + "Vira Moroz,1951,2\nNew Person,2000,5\n")["changes"]
    assert (changes["unchanged"], changes["changed"], changes["new"]) == (2, 1, 1)
    assert len(changes["gone"]) == 1
    state = run.state()
    by_name = {record.full_name: record for record in state.records}
    assert by_name["Vira Moroz"].birth == ApproximateDate("1951-01-01", "1951-12-31")
    assert "Old Person" in by_name
    assert len({record.list_id for record in state.records}) == 1
    assert len(state.lists) == 2


def test_23_what_a_correction_cannot_say_is_an_answer_or_one_more_claim():
    def rows(text):
        return read(text, asks_choice=True, as_of="2025-02-11").records

    earlier = rows("Name,Choice,Remark\nAnna Koval,stay,x\nVira Moroz,go,y\n")
    newer = rows("Name,Choice,Remark\nAnna Koval,go,x\nVira Moroz,go,z\n")
    received = ListReceived("l-new", "L", "l.csv", "d", as_of="2025-02-20")
    result = read("Name,Remark\nAnna Koval,x\n")
    made = list(Intake(received, result, revision(earlier, newer), "l").bodies())
    kinds = [type(body) for body in made]
    assert kinds == [ListReceived, Answered, ClaimMade, Decided]
    assert (made[1].record_id, made[1].choice, made[1].asked_on) == ("l:2", Choice.GO, "2025-02-20")
    assert made[2].record.list_id == "l"
    assert made[3].left + made[3].right == ("l:3", made[2].record.record_id)
    assert not [body for body in made if isinstance(body, Corrected)]
    assert overlaps(newer, earlier)[0].same == 2


def test_24_answers_of_a_list_that_did_not_ask_are_text(run):
    text = "Name,Choice,Consent to be published\nAnna Koval,go,yes\n"
    run(text)
    (record,) = run.state().records
    assert (record.choice, record.consents) == (Choice.NOT_ASKED, ())
    assert dict(record.extra) == {"Choice": "go", "Consent to be published": "yes"}
    asked = read(text, asks_choice=True).records[0]
    assert asked.choice is Choice.GO
    assert asked.consents == ((ConsentQuestion.PUBLISHED, Consent.YES),)


def test_25_a_list_goes_in_whole_with_its_rejects_or_not_at_all(run):
    run(LIST)
    state = run.state()
    assert len(state.records) == 2
    (aside,) = state.rejected
    assert isinstance(aside, RowRejected)
    assert ("Phone", "3") in aside.cells
    assert "555666" not in repr(aside)
    nothing = run("colour,size\nred,4\n", name="x.csv", code=1)
    assert not nothing["imported"]
    assert len(run.state().lists) == 1


def test_25_a_row_set_aside_is_told_by_its_sheet(run):
    sheet = [["Name", "Phone"], ["Anna Koval", "1"], [None, "2"]]
    run(workbook(("A", sheet), ("B", sheet)), name="two.xlsx")
    (received,) = run.state().lists
    told = [each.row_id for each in run.state().rejected]
    assert told == [f"{received.list_id}:3", f"{received.list_id}:s2.3"]


def test_26_names_are_shown_and_written_only_on_request(run, tmp_path):
    from safepassage.cli.register import app

    file = tmp_path / "p.csv"
    file.write_text(LIST)
    words = ["import", str(file), "--register", str(run.path), "--preview"]
    masked = CliRunner().invoke(app, words)
    shown = CliRunner().invoke(app, [*words, "--with-names"])
    assert masked.exit_code == shown.exit_code == 0
    assert "Koval" not in masked.output
    assert "Anna Koval" in shown.output
    assert not run.state().lists
    aside = tmp_path / "aside.csv"
    document = run(LIST, "--rejects", str(aside))
    assert "Koval" not in json.dumps(document)
    assert "1990" in aside.read_text("utf-8-sig")
    assert aside.stat().st_mode & 0o077 == 0


def test_27_a_mapping_is_saved_and_used_again(run, tmp_path):
    saved = tmp_path / "map.json"
    run(LIST, "--save-map", str(saved), "--region", "UA")
    found = read_mapping(saved)
    assert dict(found.columns)["documents"] == "Passport"
    assert found.region == "UA"
    assert "Koval" not in saved.read_text()
    several = SavedMapping((("documents", "A"), ("documents", "B"), ("full_name", "N")))
    write_mapping(several, saved)
    assert read_mapping(saved).columns == several.columns


def test_04_an_upper_header_row_over_a_blank_names_its_column():
    rows = [
        ["ФИО", None, "Телефон"], ["Фамилия", "Имя", None], ["Коваль", "Анна", "0501234567"],
    ]  # fmt: skip
    (record,) = read(workbook(("S", rows), merges=["A1:B1"]), "l.xlsx").records
    assert (record.surname, record.given_name, record.phone) == ("Коваль", "Анна", "0501234567")


def test_05_a_place_in_the_name_column_is_no_person_and_its_row_is_kept():
    rows = "Коваль Анна,Гуево\nМороз Вера,Гуево\nГУЕВО,Лис Ян\nЛис Ян,Плехово\n"
    result = read("ФИО,Село\n" + rows)
    assert [record.row for record in result.records] == [2, 3, 5]
    (aside,) = result.rejects
    assert aside.cells == ("ГУЕВО", "Лис Ян")
    assert said(result, "columns changed places")[0].row == 4


def test_08_what_looks_like_a_document_in_another_column_is_said():
    result = read("Name,Remarks\nAnna Koval,passport 38 03 566950\nVira Moroz,house 38\n")
    (found,) = said(result, "number of a document")
    assert (found.row, found.column) == (2, "Remarks")
    assert "566950" not in str(found)


def test_10_short_cells_beside_garbled_ones_are_made_whole_too():
    text = "ФИО,Год рождения\nИваненко А. П.,ок. 1950\n"
    (record,) = read(text.encode("cp1251").decode("latin-1")).records
    assert record.full_name == "Иваненко А. П."
    assert record.birth == read(text).records[0].birth


@pytest.mark.parametrize(
    "data", [b"SQLite format 3\0abc", b"%PDF-1.7 abc", b"\x80\x04\x95abc", bytes(range(1, 26)) * 9]
)
def test_20_what_is_no_list_is_refused_and_no_row_made_of_it(data):
    result = read(data)
    assert (result.records, result.rejects) == ((), ())
    assert len(result.findings) == 1


def test_20_a_call_list_is_sent_to_the_command_that_takes_it():
    result = read("name,birth,form_id\nAnna Koval,1980,safepassage-ask/calls-1\n")
    assert not result.records
    assert said(result, "register ask answers")


def test_27_one_mapping_serves_several_sheets_without_missing_what_another_has():
    book = workbook(("A", [["Name", "Born"], ["Anna Koval", "1980"]]),
                    ("B", [["Person", "Tel"], ["Vira Moroz", "1"]]))  # fmt: skip
    mapping = (("full_name", "Name"), ("full_name", "Person"), ("birth", "Born"),
               ("phone", "Tel"), ("email", "Nowhere"))  # fmt: skip
    result = read(book, "l.xlsx", mapping=mapping)
    assert len(result.records) == 2
    assert {each.column for each in said(result, "no such column")} == {"Nowhere"}


def test_14_a_person_a_line_without_births_is_said_and_kept_as_one_row():
    cell = '"Коваль Анна\nКоваль Иван 2010\nМороз В. И."'
    result = read(f'ФИО,Село\n{cell},Гуево\n"Лис\nЯн Петрович",Гуево\n')
    family, alone = result.records
    assert family.full_name == "Коваль Анна; Коваль Иван 2010; Мороз В. И."
    assert alone.full_name == "Лис Ян Петрович"
    assert [each.row for each in said(result, "several people")] == [2]
