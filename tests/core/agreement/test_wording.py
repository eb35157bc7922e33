"""The agreement in words: every line names who said or owes what, and judges nobody."""

from __future__ import annotations

from datetime import UTC, datetime

from safepassage.core.agreement.missing import agreement_status
from safepassage.core.agreement.statements import topic_of
from safepassage.core.agreement.types import Act, Clause, Party, ProcedureStep, Statement, Terms
from safepassage.core.agreement.wording import in_language, missing_lines, status_lines

AT = datetime(2025, 2, 12, tzinfo=UTC)
PARTIES = (Party("A", "Side A", "holding"), Party("B", "Side B", "receiving"))
STEP = ProcedureStep(
    "ask", "formal_request", "receiving", "holding", (), (("en", "Ask in writing"),)
)
WORDS = (
    Statement("s1", "2025-02-06", "An office", "by telephone", "A", "We wait.", "en", "paper",
              readiness="ready", request="none_received"),
)  # fmt: skip


def test_one_statement_is_one_line_with_its_speaker_and_its_words() -> None:
    status = agreement_status(PARTIES, WORDS, Terms((), (STEP,)), AT)
    assert missing_lines(status, PARTIES, str, "en") == (
        "The one missing step:",
        "  Ask in writing (by Side B, to Side A)",
        (
            "    2025-02-06, An office (Side A; by telephone): says that it is ready; "
            "says that it has received no formal request. “We wait.”"
        ),
    )


def test_an_open_corridor_and_an_empty_procedure_say_so() -> None:
    asked = Act("r", "formal_request", "B", "A", "2025-02-01T00:00Z", "letter", "paper")
    done = agreement_status(PARTIES, (), Terms((), (STEP,), (asked,)), AT)
    assert missing_lines(done, PARTIES, str, "en") == ("Every step is done: nothing is missing.",)
    empty = agreement_status(PARTIES, (), Terms(), AT)
    assert "nothing has been agreed" in missing_lines(empty, PARTIES, str, "en")[0]


def test_the_whole_status_shows_contradictions_flags_and_expiries() -> None:
    asked = Act("r", "formal_request", "B", "A", "2025-02-01T00:00Z", "letter", "letter 7",
                expires_at="2025-03-01T00:00Z")  # fmt: skip
    bargain = (Clause("c1", "Trade", (("en", "x"),), depends_on_wider_bargain=True),)
    status = agreement_status(PARTIES, WORDS, Terms(bargain, (STEP,), (asked,)), AT)
    lines = "\n".join(status_lines(status, PARTIES, str, "en"))
    assert "Words and acts on file that do not meet:" in lines
    assert "“We wait.” [s1]" in lines
    assert "“letter 7” [r]" in lines
    assert "Clause c1 (Trade) makes civilians depend on a wider bargain." in lines
    assert "r (formal_request, B) expires at 2025-03-01T00:00Z." in lines


def test_a_text_falls_back_to_english_then_to_whatever_there_is() -> None:
    assert in_language((("en", "x"), ("uk", "")), "uk") == "x"
    assert in_language((("ru", "y"),), "uk") == "y"
    assert in_language((), "uk") == ""


def test_a_read_back_is_no_readiness() -> None:
    assert topic_of("read_back") == ""
    assert topic_of("notice_of_readiness") == "readiness"
