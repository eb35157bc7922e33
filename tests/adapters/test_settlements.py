"""A table of dated control as untidy as they come."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from safepassage.adapters.settlements import (
    read_holder_words,
    read_settlement_table,
    write_settlements,
)
from safepassage.core.corridor.control import areas_from_settlements
from safepassage.core.corridor.types import CONTESTED, TRUCE, DateMeaning
from safepassage.errors import InputError
from safepassage.scenario.types import HolderWord

WORDS = (HolderWord("North", "A"), HolderWord("Sth", "B"), HolderWord("grey zone", "contested"))

TABLE = """town,lat,lon,people,day,who
Alfa,51,35,10,2024-01-01,North
Alfa,51,35,10,2024-02-01,grey zone
,51,35,10,2024-02-01,North
Beta,,,10,2024-01-01,Sth
Gamma,51.1,35,10,2024-01-01,south
Gamma,51.1,35,10,01.02.2024,Sth
Delta,51.2,35,10,2024-01-01,
Delta,51.2,35,10,2024-03-01,truce
"""
COLUMNS = {"settlement": "town", "dated": "day", "held_by": "who"}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "towns.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_good_rows_go_on_and_the_others_are_kept_with_reasons(table):
    found = read_settlement_table(table, WORDS, source="them", columns=COLUMNS)
    assert [(fact.settlement, fact.holder) for fact in found.facts] == [
        ("Alfa", "A"), ("Alfa", CONTESTED), ("Delta", TRUCE),
    ]  # fmt: skip
    assert [reject.row for reject in found.rejects] == [4, 5, 6, 7, 8]
    assert found.rejects[0].cells == ("", "51", "35", "10", "2024-02-01", "North")
    assert found.unknown_words == (("south", 1),)
    sentences = [str(finding) for finding in found.findings]
    assert "row 5, column 'lat': is empty" in sentences[1]
    assert any("column 'day': '01.02.2024' is not a date" in text for text in sentences)
    assert {fact.source for fact in found.facts} == {"them"}


def test_the_meaning_of_dates_and_the_zone_of_days_are_given(table):
    found = read_settlement_table(
        table, WORDS, source="x", columns=COLUMNS, meaning=DateMeaning.SINCE,
        timezone="Europe/Kyiv",
    )  # fmt: skip
    assert found.facts[0].meaning is DateMeaning.SINCE
    assert found.facts[0].dated == datetime(2023, 12, 31, 22, tzinfo=UTC)


def test_a_column_that_is_not_there_is_named_with_those_that_are(table):
    with pytest.raises(InputError, match=r"has no column 'settlement'; it has 'town'"):
        read_settlement_table(table, WORDS, source="x")
    with pytest.raises(InputError, match="no such file"):
        read_settlement_table(table.parent / "none.csv", WORDS, source="x")


def test_what_is_written_is_what_a_scenario_reads(table, tmp_path):
    found = read_settlement_table(table, WORDS, source="x", columns=COLUMNS)
    control, words = write_settlements(found.facts, WORDS, tmp_path / "out")
    assert read_holder_words(words) == WORDS
    again = read_settlement_table(control, WORDS, source="y")
    assert again.facts == found.facts
    assert again.findings == ()


def test_words_without_a_meaning_are_refused(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("words,means\nNorth,\n", encoding="utf-8")
    with pytest.raises(InputError, match="'means': is empty"):
        read_holder_words(path)


def test_the_real_table_runs_through_and_keeps_its_truces(shared_data):
    table = shared_data / "control" / "settlement_control_ukraine_2022_2024.csv"
    if not table.is_file():
        pytest.skip("the table of settlements lies beside the project and is not here")
    words = [("Ukraine", "a"), ("Russia", "b"), ("Donetsk PR", "b"), ("Luhansk PR", "b"),
             ("Contested", "contested"), ("Gray zone", "contested"), ("Truce", "truce"),
             ("Unknown", "unknown"), ("Uncontrolled", "unknown")]  # fmt: skip
    found = read_settlement_table(
        table,
        tuple(HolderWord(*pair) for pair in words),
        source="derived from Wikipedia, CC BY-SA 4.0",
        columns={"settlement": "name", "dated": "date_first_seen"},
        meaning=DateMeaning.SINCE,
    )
    assert len(found.facts) + len(found.rejects) == 1268
    assert dict(found.unknown_words) == {
        "Ukraine?": 5, "ukraine": 1, "DPR": 1, "Not known": 1, "3 Oct 2022": 1
    }  # fmt: skip
    at = datetime(2022, 3, 9, 12, tzinfo=UTC)
    areas = areas_from_settlements(found.facts, at)
    truces = sorted(area.area_id for area in areas if area.holder == TRUCE)
    assert truces == ["derived-Chernihiv", "derived-Irpin", "derived-Sumy"]
    assert set(Counter(area.holder for area in areas)) == {"a", "b", CONTESTED, TRUCE}
