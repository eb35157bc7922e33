"""The small parts of the list reader, one by one."""

from __future__ import annotations

import json

import pytest

from safepassage.adapters.lists.cells import mend, without_invisible
from safepassage.adapters.lists.columns import (
    by_beginning,
    is_series,
    standard_of,
    suggest_mapping,
)
from safepassage.adapters.lists.dates import parse_age, parse_birth
from safepassage.adapters.lists.documents import document_hashes, document_number, hide_documents
from safepassage.adapters.lists.families import holds_a_family, members_of
from safepassage.adapters.lists.intake import slug_of
from safepassage.adapters.lists.mapping_file import read_mapping
from safepassage.adapters.lists.phones import e164
from safepassage.adapters.lists.types import Notes
from safepassage.adapters.lists.versions import overlaps, revision
from safepassage.core.register.types import ListRecord
from safepassage.errors import InputError, VersionError


@pytest.mark.parametrize(
    ("header", "standard"),
    [
        ("Прізвище / Surname", "surname"),
        ("household/member/first_name", "given_name"),
        ("Дата рождения (дд.мм.гггг)", "birth"),
        ("Дата / рождения", "birth"),
        ("Девичья фамилия", "maiden_name"),
        ("Згода на публікацію", "consent_published"),
        ("Consent to be published", "consent_published"),
        ("РНОКПП", "documents"),
        ("Родичі", "relatives"),
        ("Хто опитав", "asked_by"),
        ("E-mail", "email"),
        ("Remark", ""),
    ],
)
def test_a_header_names_its_standard_column(header, standard):
    assert standard_of(header) == standard


def test_a_longer_header_is_known_by_its_beginning_unless_it_speaks_of_others():
    patients = ["Ф.И.О. больного", "Телефон моб. личный", "Дата рождения пациента"]
    others = ["ФИО родственника", "Фамилия при рождении", "Дата рождения ребёнка"]
    header = [*others, *patients]
    found = {each.column: each.standard for each in by_beginning(header, ())}
    assert found == {
        "Ф.И.О. больного": "full_name", "Телефон моб. личный": "phone",
        "Дата рождения пациента": "birth",
    }  # fmt: skip


def test_an_address_is_one_only_where_another_column_names_the_settlement():
    assert dict(suggest_mapping(["ФИО", "Адрес"]))["stay_place"] == "Адрес"
    both = suggest_mapping(["Адрес", "Село", "Дом"])
    assert both == (("address", "Адрес"), ("stay_place", "Село"), ("address", "Дом"))


def test_a_series_is_told_from_a_number():
    assert is_series("Серия паспорта")
    assert is_series("Паспорт / серия")
    assert not is_series("Серия и номер паспорта")


@pytest.mark.parametrize("text", ["Jürgen", "Ágnes Šimková", "Ельдар", "O’Neill", "Ñuñez", "РС"])
def test_names_that_are_whole_are_left_alone(text):
    assert mend(text) == (text, "")


def test_twice_garbled_text_is_mended_twice():
    once = "Иваненко".encode().decode("latin-1")
    assert mend(once.encode().decode("latin-1"))[0] == "Иваненко"


def test_invisible_signs_go_and_letters_stay():
    assert without_invisible("\ufeffА\u00adн\u2066на\u2069") == "Анна"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("серия 38 01 № 123456", "3801123456"),
        ("I-БО № 123456", "IБO123456"),
        ("СНИЛС 111-222-333 44", "11122233344"),
        ("утерян", ""),
        ("б/н", ""),
        ("12", ""),
    ],
)
def test_the_number_is_taken_out_of_its_words(text, found):
    assert document_number(text) == found


def test_two_documents_in_a_cell_are_two_and_what_is_shown_has_no_number():
    assert len(document_hashes("AB123456; 9988776655", b"k")) == 2
    assert hide_documents("паспорт АВ123456 утерян") == "паспорт … утерян"


@pytest.mark.parametrize(
    ("text", "region", "found"),
    [
        ("0501234567", "UA", ("+380501234567",)),
        ("501234567", "UA", ("+380501234567",)),
        ("0501234567", "", ()),
        ("8 (910) 123-45-67 или 380501234567", "RU", ("+79101234567", "+380501234567")),
        ("12345", "UA", ()),
        ("нет", "UA", ()),
    ],
)
def test_telephone_numbers_are_found_in_a_cell(text, region, found):
    assert e164(text, region) == found


def test_families_are_seen_and_split_only_if_every_part_is_a_name_with_a_birth():
    assert [m.birth for m in members_of("Коваль А.И. 01.02.1980; Коваль Б.И. (2010 г.р.)")] == [
        "01.02.1980", "2010",
    ]  # fmt: skip
    for text in ("Коваль Анна 1980", "Коваль Анна 1980, дети", "Коваль Анна, Коваль Иван"):
        assert members_of(text) == ()
    assert holds_a_family("Коваль Анна 1980, Коваль Иван 2010")
    assert not holds_a_family("Коваль Анна Ивановна")


@pytest.mark.parametrize("text", ["32 марта 1961", "4 foo 1961", "99999999", "61 March"])
def test_what_only_looks_like_a_date_is_said(text):
    with pytest.raises(ValueError, match="is"):
        parse_birth(text, "2025-02-11")


def test_an_age_in_months_is_a_few_weeks_wide():
    found = parse_age("5 місяців", "2025-02-11")
    assert (found.earliest, found.latest) == ("2024-08-09", "2024-09-14")


def test_slugs_name_a_list_shortly():
    assert slug_of("Список (2).xlsx") == "список-2"
    assert slug_of("???.csv") == "list"


@pytest.mark.parametrize("text", ["[]", "{", '{"columns": {"nonsense": "A"}}', '{"columns": {}}'])
def test_what_is_no_mapping_is_said(tmp_path, text):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(InputError, match=r"m\.json"):
        read_mapping(tmp_path / "m.json")


def test_a_mapping_of_a_later_version_is_not_guessed_at(tmp_path):
    (tmp_path / "m.json").write_text(json.dumps({"safepassage_mapping": 9, "columns": {}}))
    with pytest.raises(VersionError, match="version 9"):
        read_mapping(tmp_path / "m.json")


def test_findings_beyond_the_first_few_are_summed_up():
    notes = Notes("f")
    for row in range(1, 8):
        notes.say("is odd", row, "c", most=2)
    found = notes.result(()).findings
    assert [each.row for each in found] == [1, 2, None]
    assert "from row 3 to row 7" in found[-1].message


def rec(row, name, list_id="a", **values):
    return ListRecord(f"{list_id}:{row}", list_id, row, full_name=name, **values)


def test_versions_are_matched_by_what_says_most():
    earlier = [rec(2, "Anna K", phone="1"), rec(3, "Ivan K", household_key="7"), rec(4, "Olha M")]
    newer = [
        rec(2, "New Person", "b"),
        rec(3, "Anna K", "b", phone="1"),
        rec(4, "Ivan K", "b", household_key="7", phone="5"),
    ]
    found = revision(earlier, newer)
    assert found.unchanged == 1
    assert [(a.record_id, b.record_id) for a, b in found.changed] == [("a:3", "b:4")]
    assert [r.full_name for r in found.new] == ["New Person"]
    assert [r.full_name for r in found.gone] == ["Olha M"]


def test_namesakes_are_not_paired_by_their_name_alone():
    earlier = [rec(2, "Anna K", phone="1"), rec(3, "Anna K", phone="2")]
    newer = [rec(8, "Anna K", "b", phone="3"), rec(9, "Anna K", "b", phone="4")]
    assert len(revision(earlier, newer).new) == 2


def test_an_overlap_counts_rows_as_often_as_they_stand_on_both():
    there = [rec(2, "Anna K"), rec(3, "Anna K"), rec(4, "Olha M", "c")]
    here = [rec(2, "anna  k", "b"), rec(3, "Vira B", "b")]
    (found,) = overlaps(here, there)
    assert (found.list_id, found.same, found.rows, found.on_list) == ("a", 1, 2, 2)
    assert not found.is_whole


def test_signs_that_nobody_sees_make_no_other_person():
    from safepassage.adapters.lists.cells import is_suspect, without_invisible

    for sign in "\u034f\u115f\u3164\ufe0f\uffa0\U000e0061\u200b":
        assert is_suspect(f"Ан{sign}на")
        assert without_invisible(f"Ан{sign}на") == "Анна"
