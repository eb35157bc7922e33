"""The commands at a registrar's desk: what is printed, what is refused, and exit codes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from safepassage.cli.main import run
from safepassage.core.register.entries import ClaimMade, Decided, ListReceived, Verdict
from safepassage.core.register.types import ApproximateDate, ListRecord

DAY = "2025-02-11T09:00:00Z"


def claim(record_id: str, name: str) -> ListRecord:
    list_id, _, row = record_id.partition(":")
    birth = ApproximateDate("1961-01-01", "1961-12-31")
    return ListRecord(
        record_id, list_id, int(row), full_name=name, birth=birth, stay_place="Махнівка",
        phone="0501234567",
    )  # fmt: skip


CLAIMS = (
    claim("families-aa:2", "Іваненко Євген"),
    claim("council-bb:2", "Иваненко Женя"),
    claim("council-bb:3", "Ткач Зоя"),
)


@pytest.fixture
def store(new_store) -> Path:
    with new_store() as made:
        lists = [ListReceived(each, each, "", "") for each in ("families-aa", "council-bb")]
        made.append([*lists, *map(ClaimMade, CLAIMS)], by="clerk-1", at=DAY)
        return made.path


def register(store: Path, *arguments: str) -> int:
    return run(["register", *arguments, "--register", str(store)])


def test_a_search_prints_token_spellings_and_why(store, capsys):
    assert register(store, "find", "Evgeni Ivanenko") == 0
    printed = capsys.readouterr().out
    assert "Іваненко Євген / Иваненко Женя" in printed
    assert "found by:" in printed
    assert "status: unknown · consent not asked" in printed


def test_nobody_found_is_an_answer(store, capsys):
    assert register(store, "find", "Goncharenko") == 0
    assert "Nobody in the register fits." in capsys.readouterr().out


def test_a_search_for_nothing_is_a_wrong_call(store, capsys):
    assert register(store, "find") == 2
    assert "say whom to find" in capsys.readouterr().err


def test_a_token_never_given_out_is_said_to_be_none(store, capsys):
    assert register(store, "find", "P-00000000") == 0
    assert "never given out" in capsys.readouterr().out


@pytest.mark.parametrize("written", ["P-00000000", "nobody:1", "council"])
def test_explaining_nobody_is_a_wrong_call(store, written, capsys):
    assert register(store, "explain", written) == 2
    assert "stands for nobody" in capsys.readouterr().err


def test_a_record_may_be_named_by_the_short_name_of_its_list(store, capsys):
    assert register(store, "explain", "families:2") == 0
    printed = capsys.readouterr().out
    assert "What holds the claims together" in printed
    assert "speaks very strongly for" in printed
    assert "safepassage register split" in printed


def test_the_queue_is_listed_where_there_is_no_terminal(store, capsys):
    assert register(store, "review") == 0
    assert "pairs to decide" in capsys.readouterr().out


def test_a_file_of_decisions_needs_somebody_who_decides(store, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("SAFEPASSAGE_BY")
    sheet = tmp_path / "answers.csv"
    sheet.write_text("left,right,verdict\nfamilies-aa:2,council-bb:3,different\n")
    assert register(store, "review", "--decide", str(sheet)) == 2
    assert "--by ROLE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["merge", "families:2"], "name two persons or more"),
        (["merge", "council:3", "council:3"], "two records of one to confirm"),
        (["correct", "families:2", "phone", "not a phone", "--said-by", "person"], "no phone"),
        (["correct", "families:2", "surname", "", "--said-by", "person"], "--reason"),
        (["correct", "families:2", "surname", "123", "--said-by", "person"], "no letter"),
        (["split", "families:2"], "give --record"),
        (["split", "council:3", "--all"], "one record only"),
        (["split", "families:2", "--record", "council:3"], "is no record of"),
        (["split", "families:2", "--record", "families:2", "--record", "council:2"], "--all sets"),
        (["correct", "families:9", "sex", "male", "--said-by", "person"], "no record"),
        (["correct", "families:2", "sex", "male", "--said-by", "god"], "accepted: person"),
        (["contest", "families:2", "--reason", " "], "--reason is empty"),
    ],
)
def test_called_wrongly(store, arguments, words, capsys):
    assert register(store, *arguments) == 2
    assert words in " ".join(capsys.readouterr().err.split())


def test_a_refused_merge_is_one_json_document(store, capsys):
    assert register(store, "split", "families:2", "--all", "--reason", "met both") == 0
    capsys.readouterr()
    assert register(store, "merge", "families:2", "council:2", "--json") == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "RefusedError"
    assert "clerk-1 decided" in error["message"]


def test_lists_and_a_store_together_are_a_wrong_call(store, capsys):
    assert register(store, "link", "families.csv") == 2
    assert register(store, "link", "--out", "linked") == 2
    assert "register export" in capsys.readouterr().err


def test_linking_names_what_is_open(store, capsys):
    assert register(store, "link") == 0
    printed = capsys.readouterr().out
    assert "3 records on 2 lists are 2 persons" in printed
    assert "keeps its seat" in printed


def test_linking_an_empty_register_says_what_to_do(new_store, capsys):
    with new_store() as made:
        path = made.path
    assert register(path, "link") == 2
    assert "register import" in capsys.readouterr().err


def test_two_registrars_who_decided_differently_are_asked_first(new_store, capsys):
    with new_store() as made:
        lists = [ListReceived(each, each, "", "") for each in ("families-aa", "council-bb")]
        made.append([*lists, *map(ClaimMade, CLAIMS)], by="clerk-1", at=DAY)
        made.append([Decided(Verdict.SAME, ("families-aa:2",), ("council-bb:3",))], "clerk-1", DAY)
        made.append([Decided(Verdict.SAME, ("council-bb:2",), ("council-bb:3",))], "clerk-2", DAY)
        made.append(
            [Decided(Verdict.DIFFERENT, ("families-aa:2",), ("council-bb:2",))], "clerk-3", DAY
        )
        path = made.path
    assert register(path, "review", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["conflicts"] == 1
    assert "Kept apart until somebody decides again" in document["pairs"][0]["conflict"]
    assert document["pairs"][0]["worth"].startswith("first of all")


def test_a_row_is_found_as_the_other_commands_take_it(store, capsys):
    assert register(store, "find", "council-bb:3") == 0
    printed = capsys.readouterr().out
    assert "council-bb:3 is a row of:" in printed
    assert "Ткач Зоя" in printed


def test_a_surname_with_another_given_name_is_shown_and_said(store, capsys):
    assert register(store, "find", "Иваненко Иннокентий") == 0
    printed = capsys.readouterr().out
    assert "Nobody fits 'Иваненко Иннокентий' as a whole" in printed
    assert "Іваненко Євген" in printed
    assert "another given name" in printed


def test_a_row_finds_the_person(store, capsys):
    assert register(store, "find", "council-bb:3") == 0
    assert "Ткач Зоя" in capsys.readouterr().out


def test_that_rows_are_one_person_can_be_confirmed(store, capsys):
    assert register(store, "merge", "families:2", "council:2", "--reason", "met him") == 0
    printed = capsys.readouterr().out
    assert "They were one person already" in printed
    assert "Undo:" in printed


def test_withdrawing_twice_adds_nothing_the_second_time(store, capsys):
    assert register(store, "withdraw", "council:3") == 0
    assert register(store, "withdraw", "council:3") == 0
    assert "had withdrawn already; nothing was added" in capsys.readouterr().out


def test_a_paper_that_was_seen_speaks_for_a_correction(store):
    seen = ["--said-by", "document", "--reason", "birth certificate seen"]
    assert register(store, "correct", "council:3", "birth", "1961-05-04", *seen) == 0


def test_an_objection_is_repeated_with_who_is_taken_to_say_it(store, capsys):
    assert register(store, "contest", "council:3", "--reason", "not missing") == 0
    assert "contested, as said by person: not missing" in capsys.readouterr().out


def test_columns_that_no_field_took_are_shown_in_words(new_store, capsys):
    extra = (("", "32"), ("beyond_1", "x"), ("phone_e164", "+1"), ("_index", "14"), ("Note", "n"))
    with new_store() as made:
        made.append([ListReceived("council-bb", "c", "", "")], by="clerk-1", at=DAY)
        made.append([ClaimMade(replace(CLAIMS[2], extra=extra))], by="clerk-1", at=DAY)
        path = made.path
    assert register(path, "explain", "council:3", "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)["claims"]
    assert told["says"]["not mapped"] == (
        "a column without a name: 32; beyond the last column: x; phone in international form: +1; "
        "Note: n"
    )
