"""Capture tables as CSV: what is read, and the sentence for everything that is not."""

from __future__ import annotations

import pytest

from safepassage.adapters.capture_table import read_capture_table, write_capture_table
from safepassage.core.population.capture import table_of
from safepassage.errors import InputError, Severity

GOOD = "a,b,count\n1,1,5\n1,0,15\n0,1,25\n"


@pytest.fixture
def read(tmp_path):
    """Read a table from its text or bytes."""

    def read_text(text: str | bytes):
        path = tmp_path / "t.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_capture_table(path)

    return read_text


def _messages(read, text):
    with pytest.raises(InputError) as error:
        read(text)
    return str(error.value)


def test_a_good_table(read):
    result = read(GOOD)
    assert result.table == table_of(("a", "b"), {(1, 1): 5, (1, 0): 15, (0, 1): 25})
    assert result.findings == ()


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD + "\n\n",
        " a , b , Count \n 1 ,1, 5\n1,0,15\n0,1,25\n",
        "count,a,b\n5,1,1\n15,1,0\n25,0,1\n",
    ],
    ids=["semicolons", "tabs", "bom", "crlf", "blank lines", "spaces", "count first"],
)
def test_other_spellings_of_the_same_table(read, text):
    assert read(text).table == read(GOOD).table


def test_cp1251_list_names(read):
    assert read("родные,b,count\n1,1,5\n".encode("cp1251")).table.lists == ("родные", "b")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "t.csv: the file is empty"),
        ("a,b\n1,1\n", "t.csv, row 1: has no column 'count' (found: a, b)"),
        ("a,count,count\n1,1,1\n", "has 2 column 'count'"),
        ("count\n5\n", "names no list"),
        ("a,,count\n1,1,5\n", "a column without a name"),
        ("a,a,count\n1,1,5\n", "column 'a': appears twice"),
        ("a,b,count\n1,1\n", "row 2: has 2 cells; the header has 3"),
        ("a,b,count\n1,2,5\n", "row 2, column 'b': found '2'; 1 (on the list) or 0"),
        ("a,b,count\n1,yes,5\n", "found 'yes'"),
        ("a,b,count\n1,1,5\n1,0,2.5\n", "row 3, column 'count': found '2.5'; a whole number"),
        ("a,b,count\n1,1,\n", "found ''; a whole number"),
        ("a,b,count\n1,1,-4\n", "found -4; a count is at least 0"),
        ("a,b,count\n1,1,5\n0,0,100\n", "row 3: counts people who are on no list"),
        ("a,b,count\n", "no row counts anybody"),
        ("a,b,count\n1,1,0\n", "no row counts anybody"),
        (b"a,b,count\n\x98,1,5\n", "neither UTF-8 nor cp1251"),
    ],
)
def test_each_wrong_table_is_answered_in_a_sentence(read, text, words):
    assert words in _messages(read, text)


def test_every_wrong_row_is_named_at_once(read):
    text = _messages(read, "a,b,count\n1,1,x\n1,0,3\n2,0,3\n")
    assert "row 2" in text
    assert "row 4" in text
    assert "row 3" not in text


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_capture_table(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("1,1,5\n1,0,15\n1,1,2\n0,1,1\n", "row 4: repeats the history of row 2"),
        ("1,1,5\n1,0,15\n", "'b' is contained in list 'a'"),
        ("1,1,5\n", "'b' is a copy of list 'a'"),
        ("1,0,5\n0,1,15\n", "Lists 'a' and 'b' share nobody"),
        ("1,0,5\n", "'b' names nobody"),
    ],
)
def test_oddities_are_warnings(read, rows, words):
    findings = read("a,b,count\n" + rows).findings
    assert any(words in str(finding) for finding in findings)
    assert {finding.severity for finding in findings} == {Severity.WARNING}


def test_repeated_histories_are_added_up(read):
    assert read("a,b,count\n1,1,5\n1,0,15\n1,1,2\n0,1,9\n").table.counts == (7, 15, 9)


def test_one_list_is_said(read):
    findings = read("a,count\n1,5\n").findings
    assert any("There is one list" in finding.message for finding in findings)


def test_what_is_written_is_read_again(tmp_path):
    table = table_of(("a", "with, comma"), {(1, 1): 5, (0, 1): 25})
    write_capture_table(table, tmp_path / "out.csv")
    assert read_capture_table(tmp_path / "out.csv").table == table
