"""One cell at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.scenario.cells import (
    CellError,
    look_alike,
    looks_like_formula,
    parse_cell,
    shown_value,
)
from safepassage.scenario.schema import AREA_RESOURCES, RESOURCES, Column
from safepassage.scenario.writer import cell_text

COLUMNS = [column for resource in (*RESOURCES, *AREA_RESOURCES) for column in resource.columns]


def column(kind: str, **other: object) -> Column:
    return Column("c", kind, "A cell.", **other)  # type: ignore[arg-type] # any field


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", " 12 ", 12),
        ("number", "1e3", 1000.0),
        ("yes_no", "no", False),
        ("date", "2024-02-29", "2024-02-29"),
        ("moment", "2025-02-20 08:00Z", "2025-02-20 08:00Z"),
        ("lat", "-90", -90.0),
        ("ids", "a; b ;", ("a", "b")),
        ("id", "Й", "Й"),  # two code points become one
        ("text", "", None),
    ],
)
def test_what_is_accepted(kind: str, text: str, value: object) -> None:
    assert parse_cell(text, column(kind)) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "1 500"), ("int", "1e3"), ("int", "٣"), ("int", "9" * 30), ("number", "inf"),
        ("number", "1e999"), ("yes_no", "TRUE"), ("date", "2025-02-29"), ("date", "11.02.2025"),
        ("moment", "2025-02-20T25:00Z"), ("moment", "2025-02-20"),
        ("moment", "0001-01-01T00:00+14:00"),
        ("lat", "90.1"), ("lon", "180.1"), ("url", "example.org"), ("url", "javascript:alert(1)"),
        ("url", "https://[broken"), ("ids", "a;a"), ("ids", "a, b"), ("id", "a b"),
        ("text", "left\u202eright"), ("text", "bell\a"),
    ],
)  # fmt: skip
def test_what_is_refused(kind: str, text: str) -> None:
    with pytest.raises(CellError):
        parse_cell(text, column(kind))


@given(st.text(max_size=40), st.sampled_from(COLUMNS))
def test_any_text_gives_a_value_or_a_sentence(text: str, of: Column) -> None:
    try:
        answer = parse_cell(text, of)
    except CellError as error:
        answer = str(error)
    needed = of.required or bool(text.strip())
    assert answer not in {None, ""} or not needed


@given(st.text(max_size=40), st.sampled_from(COLUMNS))
def test_a_value_written_and_read_again_is_the_same(text: str, of: Column) -> None:
    try:
        value = parse_cell(text, of)
    except CellError:
        return
    assert parse_cell(cell_text(value), of) == value or value is None


@pytest.mark.parametrize("name", ["Петренко", "Anna K", "+380501234567", "SAMPLE", "anna-1"])
def test_what_may_be_personal_is_masked(name: str) -> None:
    assert name not in shown_value(name, personal=True)


@pytest.mark.parametrize("plain", ["-3", "H-12", "SAMPLE-001", "1.5"])
def test_numbers_and_tokens_are_shown(plain: str) -> None:
    assert shown_value(plain, personal=True) == f"'{plain}'"


def test_formulas_and_numbers_are_told_apart() -> None:
    assert all(looks_like_formula(text) for text in ("=1", "+cmd", "-x", "@a", "'=1"))
    assert not any(looks_like_formula(text) for text in ("-5", "+1.5", "a=1", ""))


def test_cyrillic_letters_look_like_latin_ones() -> None:
    assert look_alike("АВС") == "ABC"  # the first is Cyrillic, the second Latin


def test_an_invisible_sign_is_shown_by_its_number() -> None:
    assert shown_value("a\u202eb", personal=False) == "'a\\u202eb'"


def test_an_id_of_five_thousand_letters_is_refused_by_its_length() -> None:
    with pytest.raises(CellError, match="5000 characters; an id has at most 100"):
        parse_cell("T" * 5000, column("id"))
