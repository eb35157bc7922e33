"""The texts in all languages, the pages on paper, the workbooks."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pytest

from safepassage.adapters.forms import texts
from safepassage.adapters.forms.answer_file import read_answers
from safepassage.adapters.forms.call_pages import call_pdf
from safepassage.adapters.forms.facts_file import read_facts
from safepassage.adapters.forms.survey import CODE_PATTERN, ask_survey
from safepassage.adapters.forms.texts import Facts, in_all
from safepassage.adapters.forms.workbook import workbook_bytes
from safepassage.adapters.i18n import LANGUAGES
from safepassage.core.register.ask import Call, CallMember, code_of, show_code
from safepassage.core.register.entries import Answered, Topic
from safepassage.core.register.types import Choice
from safepassage.errors import InputError

LONG_NAME = "Коваль Петро-Владислав Костянтинович-Довгий"
LAST = Answered("a:3", "2025-02-01", "c", "proxy", choice=Choice.UNDECIDED, proxy="son; away")
CALLS = (
    Call("H-1", "mill", ("+380 50 000 00 01",), (
        CallMember("7K2M9PXQ", "Коваль Марія", "1960", False, True),
        CallMember("7K2M9PXR", LONG_NAME, "1958", False, True, LAST),
        CallMember("7K2M9PXS", "Коваль Саша", "2015", True, False),
    )),
    Call("H-2", "ford", (), (CallMember("7K2M9PXT", "Сирота Іван", "2016", True, False),)),
)  # fmt: skip


def test_every_text_is_in_every_language_and_they_differ() -> None:
    said = {
        text[tag]
        for question in ask_survey(Facts(), version="1").questions
        for text in (question.label, question.hint, question.wrong)
        if text
        for tag in LANGUAGES
    }
    for question in ask_survey(Facts(), version="1").questions:
        for text in (question.label, question.hint, question.wrong):
            if text:
                assert set(text) == set(LANGUAGES)
                assert text["en"] != text["uk"] != text["ru"] != text["en"]
    assert len(said) > 100


def test_no_language_says_more_topics_than_another() -> None:
    """Texts of one topic are of like length: nothing was left out in translation."""
    for message in (texts.INTRODUCE, *texts.TELL.values(), *texts.CONSENTS.values()):
        lengths = [len(text) for text in in_all(message).values()]
        assert max(lengths) < 1.5 * min(lengths), message[:40]
        sentences = [len(re.findall(r"[.?!](?:\s|$)", text)) for text in in_all(message).values()]
        assert max(sentences) - min(sentences) <= 1, message[:40]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_are_a_pdf_of_the_same_bytes(language: str) -> None:
    def made() -> bytes:
        return call_pdf(CALLS, Facts(), {"mill": "Млин"}, language, number="C-1", digest="ab" * 32)

    assert made().startswith(b"%PDF")
    assert made() == made()


def test_codes_fit_the_pattern_of_the_form() -> None:
    for at in range(50):
        assert re.fullmatch(CODE_PATTERN, show_code(code_of(f"a:{at}", b"k" * 32)))
    assert not re.fullmatch(CODE_PATTERN, "7K2M-9PX")


def test_a_workbook_is_text_only_and_always_the_same() -> None:
    made = workbook_bytes({"calls": [["=1+1", "+380"], ["@x", ""]]})
    assert made == workbook_bytes({"calls": [["=1+1", "+380"], ["@x", ""]]})
    sheet = openpyxl.load_workbook(io.BytesIO(made))["calls"]
    assert [(cell.value, cell.data_type) for cell in sheet[1]] == [("=1+1", "s"), ("+380", "s")]
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}


def test_a_file_without_answers_is_refused_in_a_sentence() -> None:
    read = read_answers("x.csv", b"name,age\nX,4\n")
    assert read.rows == ()
    assert "a column 'code'" in read.findings[0].message


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"PK\x03\x04broken", b"code\n\xff\xfe"])
def test_a_broken_file_is_said_and_gives_nothing(data: bytes) -> None:
    read = read_answers("x.xlsx", data)
    assert read.rows == ()
    assert read.findings or read.empty == 0


def test_not_approved_submissions_are_set_aside() -> None:
    text = "code,choice,form,asked_on,asked_by,told,_validation_status\n"
    text += "7K2M9PXQ,go,oral,2025-02-01,c,all,Not approved\n"
    (row,) = read_answers("x.csv", text.encode()).rows
    assert row.given.faults == ("was not approved by a supervisor",)
    assert row.given.told == frozenset(Topic)


def test_facts_that_are_no_toml_are_refused(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "facts.toml"
    path.write_bytes(b"who = \xff")
    with pytest.raises(InputError, match="no TOML"):
        read_facts(path)
    path.write_text('destinations = "north"\nwho = "us"\n', encoding="utf-8")
    with pytest.raises(InputError, match="'who' lacks 'en'"):
        read_facts(path)
