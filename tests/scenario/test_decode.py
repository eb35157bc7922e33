"""Bytes to text: real words in the code pages that old spreadsheets still write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.scenario.decode import decode, decode_as, is_workbook

RUSSIAN = "ФИО;Год\nИванова Мария Петровна;1950\nКузнецов Олег;1980, прописан в селе «Заречье»\n"
UKRAINIAN = "ПІБ,Рік\nЯременко Їжакевич Ганна,1961\nГіляров Євген,1950\n"
GERMAN = "Name,Ort\nJörg Müller,Überlingen\nÄnne Groß,Köln\n"
POLISH = "Imię,Wieś\nŁukasz Żółć,Święte\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN.replace("«", '"').replace("»", '"'), "koi8-u"),
        (UKRAINIAN.upper(), "koi8-u"),
        (RUSSIAN.replace("«", '"').replace("»", '"'), "cp866"),
        (RUSSIAN.replace("«", '"').replace("»", '"'), "iso8859-5"),
        (RUSSIAN, "mac_cyrillic"),
        (RUSSIAN.upper(), "cp1251"),
        (UKRAINIAN, "cp1251"),
        (UKRAINIAN, "koi8-u"),
        (GERMAN, "cp1252"),
        (POLISH, "cp1250"),
    ],
)
def test_legacy_code_pages_are_recognised(text: str, code: str) -> None:
    decoded = decode(text.encode(code))
    assert decoded is not None
    assert decoded.text == text


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig"])
def test_utf_8_is_as_asked(code: str) -> None:
    decoded = decode(UKRAINIAN.encode(code))
    assert decoded is not None
    assert (decoded.text, decoded.as_asked) == (UKRAINIAN, True)


def test_a_stated_encoding_is_obeyed_or_fails() -> None:
    data = RUSSIAN.encode("cp1251")
    stated = decode_as(data, "cp1251")
    assert stated is not None
    assert stated.text == RUSSIAN
    assert decode_as(data, "utf-8") is None
    assert decode_as(data, "no-such-code") is None


@pytest.mark.parametrize(
    "codec", ["undefined", "hex", "rot13", "idna", "punycode", "unicode_escape", "a\0b", ""]
)
def test_what_is_no_encoding_of_a_file_gives_nothing(codec: str) -> None:
    assert decode_as(UKRAINIAN.encode(), codec) is None


def test_workbooks_are_not_text() -> None:
    assert is_workbook(b"PK\x03\x04...")
    assert not is_workbook(RUSSIAN.encode())


@given(st.binary(max_size=300))
def test_any_bytes_give_text_or_nothing(data: bytes) -> None:
    decoded = decode(data)
    assert decoded is None or isinstance(decoded.text, str)
