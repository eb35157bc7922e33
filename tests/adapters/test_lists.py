"""Lists as clerks send them."""

from __future__ import annotations

import pytest

from safepassage.adapters.lists import read_list
from safepassage.core.register.types import ApproximateDate, LifeStatus, Need, Sex
from safepassage.errors import Severity
from safepassage.scenario.types import SourceList


def read(folder, data, **values):
    data = data.encode() if isinstance(data, str) else data
    (folder / "l.csv").write_bytes(data)
    defaults = {"list_id": "l", "title": "L", "path": "l.csv", "mapping": ()}
    return read_list(folder, SourceList(**{**defaults, **values}))


def test_an_empty_file_and_a_header_without_rows_are_said(tmp_path):
    assert "is empty" in read(tmp_path, "").findings[0].message
    only_header = read(tmp_path, "Name,Phone\n")
    assert not only_header.records
    assert any("no rows" in each.message for each in only_header.findings)


def test_a_list_without_any_name_column_is_refused_with_its_columns(tmp_path):
    result = read(tmp_path, "colour,size\nred,4\n")
    assert not result.records
    worst = [each for each in result.findings if each.severity is Severity.ERROR]
    assert "'colour', 'size'" in worst[0].message


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(tmp_path, delimiter):
    lines = [["Name", "Phone", "Sex"], ["Anna Koval", "1", "ж"]]
    result = read(tmp_path, "\n".join(map(delimiter.join, lines)))
    assert result.records[0].phone == "1"
    assert result.records[0].sex is Sex.FEMALE


def test_a_repeated_column_is_said_and_carried(tmp_path):
    result = read(tmp_path, "Name,Phone,Phone\nAnna Koval,1,2\n")
    assert result.records[0].phone == "1"
    assert ("Phone", "2") in result.records[0].extra
    assert any("2 times" in each.message for each in result.findings)


def test_a_line_with_an_unclosed_quote_is_set_aside_and_the_rest_goes_on(tmp_path):
    result = read(tmp_path, 'Name,Phone\nAnna Koval,1\n"Boris Koval,2\nYan Koval,3\n')
    assert [each.row for each in result.records] == [2, 4]
    assert result.rejects[0].row == 3
    assert "Boris" in result.rejects[0].cells[0]
    assert any(each.row == 3 and "quotes" in each.message for each in result.findings)


def test_a_file_of_nothing_but_wrong_quotes_ends(tmp_path):
    result = read(tmp_path, "Name,Phone\n" + '"Boris Koval,2\n' * 500)
    assert not result.records
    assert sum(repr(each.cells).count("Boris") for each in result.rejects) == 500


def test_words_in_three_languages_are_understood_and_others_said(tmp_path):
    text = (
        "ПІБ;Потреби;Стан;Стать\n"
        "Коваль Ганна;візок, животные;виїхала;жін\n"
        "Коваль Іван;літає;на місці;щось\n"
    )
    one, other = read(tmp_path, text).records
    assert one.needs == {Need.WHEELCHAIR, Need.ANIMALS}
    assert one.status is LifeStatus.ALREADY_OUT
    assert other.status is LifeStatus.PRESENT
    assert (other.needs, other.sex) == (frozenset(), Sex.UNKNOWN)
    assert ("Потреби", "літає") in other.extra


def test_age_and_birth_narrow_each_other_or_the_birth_counts(tmp_path):
    text = "Name,Age,Year of birth\nA Koval,64,1961\nB Koval,20,1961\n"
    agreeing, contradicting = read(tmp_path, text, as_of="2025-02-11").records
    assert agreeing.birth == ApproximateDate("1961-01-01", "1961-02-11")
    assert contradicting.birth == ApproximateDate("1961-01-01", "1961-12-31")


def test_an_age_without_a_date_to_count_from_is_said(tmp_path):
    result = read(tmp_path, "Name,Age\nA Koval,64\n")
    assert result.records[0].birth is None
    assert any("as_of" in each.message for each in result.findings)


def test_the_same_row_twice_is_noticed_and_kept(tmp_path):
    result = read(tmp_path, "Name,Phone\nA Koval,1\nA Koval,1\n")
    assert len(result.records) == 2
    assert any("repeats row 2" in each.message for each in result.findings)


def test_mixed_scripts_in_a_word_are_said_without_the_word(tmp_path):
    result = read(tmp_path, "ФИО,Тел\nКoваль Анна,1\n")  # Latin o
    said = next(each for each in result.findings if "mixes" in each.message)
    assert "валь" not in said.message


def test_blank_rows_keep_the_numbers_of_the_spreadsheet(tmp_path):
    result = read(tmp_path, "\n\nName,Phone\n\nA Koval,1\n")
    assert [each.record_id for each in result.records] == ["l:5"]
