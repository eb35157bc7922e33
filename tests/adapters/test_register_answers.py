"""Files of decisions as people hand them in."""

from __future__ import annotations

import pytest

from safepassage.adapters.register_answers import read_decisions
from safepassage.core.register.entries import Decided, Entry, Verdict
from safepassage.errors import InputError

RECORDS = frozenset({"a:1", "b:1", "c:1"})


@pytest.fixture
def read(tmp_path):
    def reading(text: str | bytes, in_force=()):
        path = tmp_path / "answers.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_decisions(path, RECORDS, in_force)

    return reading


def entry(verdict: Verdict, left: tuple[str, ...], right: tuple[str, ...]) -> Entry:
    body = Decided(verdict, left, right)
    return Entry("E-1", 1, "C-1", (), "2025-02-11T09:00:00Z", "clerk-9", body)


def test_columns_in_any_order_short_verdicts_and_a_byte_order_mark(read):
    found = read("\ufeffverdict,reason,right,left\nS,same passport,b:1,a:1\nd,,c:1,a:1\n")
    assert found.decisions == (
        Decided(Verdict.SAME, ("a:1",), ("b:1",), "same passport"),
        Decided(Verdict.DIFFERENT, ("a:1",), ("c:1",)),
    )
    assert found.findings == ()


def test_a_row_repeated_counts_once_and_one_without_verdict_is_left(read):
    found = read("left,right,verdict\na:1,b:1,same\na:1,b:1,same\na:1,c:1,\n")
    assert len(found.decisions) == 1
    assert not found.findings


@pytest.mark.parametrize(
    ("row", "words"),
    [("a:1,z:9,same", "no record 'z:9'"), ("a:1,a:1,same", "one record"),
     ("a:1,b:1,maybe", "accepted are same and different")],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_row(read, row, words):
    (finding,) = read(f"left,right,verdict\nb:1,c:1,same\n{row}\n").findings
    assert finding.row == 3
    assert words in str(finding)


def test_what_is_decided_so_already_is_not_written_again(read):
    earlier = (entry(Verdict.SAME, ("a:1",), ("b:1", "c:1")),)
    found = read("left,right,verdict\nb:1,c:1,same\n", earlier)
    assert (found.decisions, found.findings) == ((), ())


def test_a_contradiction_with_an_earlier_decision_names_who_decided_when(read):
    earlier = (entry(Verdict.DIFFERENT, ("a:1",), ("b:1",)),)
    (finding,) = read("left,right,verdict\nb:1,a:1,same\n", earlier).findings
    assert "on 2025-02-11 clerk-9 (E-1) decided otherwise" in str(finding)


@pytest.mark.parametrize("content", ["", "name,verdict\nx,same\n", b"\x00\x01\x02\xff" * 40])
def test_a_file_without_the_columns_is_one_sentence(read, content):
    with pytest.raises(InputError):
        read(content)
