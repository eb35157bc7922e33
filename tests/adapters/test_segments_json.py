import json
from datetime import timedelta

import pytest

from safepassage.adapters.segments_json import (
    clause_rows,
    procedure_rows,
    segment_steps,
    segments_document,
    with_segments,
    write_segments,
)
from safepassage.core.agreement.missing import agreement_status
from safepassage.core.agreement.types import Act, Party, ProcedureStep, Terms
from safepassage.core.corridor.menu import chosen_routes
from safepassage.core.corridor.segments import cut_into_segments
from safepassage.core.corridor.types import Channel, LocalCommand

PARTIES = (
    Party("A", "Party A", "holding"),
    Party("B", "Party B", "receiving"),
    Party("I", "Neutral", "intermediary"),
)
SECTOR = LocalCommand("sector", "A", "duty officer of the sector", ("n1",), (Channel.RADIO,))


@pytest.fixture
def cut(road_world):
    roads = road_world.line(3)
    control = (road_world.area("A", -1, -1, 0.01, 1), road_world.area("B", 0.01, -1, 1, 1))
    ends = road_world.places_at(roads, 1, 3)
    (option,) = chosen_routes(roads, [ends], road_world.BUS, control, (), road_world.AT)
    return roads, cut_into_segments(option, ends, (), (SECTOR,), control)


def act(kind, by, at):
    return Act(f"{kind}-{by}", kind, by, "I", at.isoformat(), "letter", "on file")


def test_an_unacknowledged_segment_is_a_missing_step(cut, road_world):
    _roads, segments = cut
    terms = with_segments(Terms(), segments, PARTIES)
    at = road_world.AT
    missing = agreement_status(PARTIES, (), terms, at).missing
    assert [(item.step_id, item.by) for item in missing] == [
        ("acknowledged-r1-1-sector", "A"),
        ("acknowledged-r1-2-B", "B"),
    ]
    done = act("acknowledgement-r1-1-sector", "A", at - timedelta(hours=1))
    one_done = Terms(terms.clauses, terms.procedure, (done,))
    missing = agreement_status(PARTIES, (), one_done, at).missing
    assert [item.step_id for item in missing] == ["acknowledged-r1-2-B"]


def test_steps_wait_for_what_they_are_told_to_wait_for(cut, road_world):
    first = ProcedureStep("notice", "notification", "intermediary", "holding", (), (("en", "x"),))
    terms = with_segments(Terms(procedure=(first,)), cut[1], PARTIES, needs=("notice",))
    assert terms.procedure[0] == first
    status = agreement_status(PARTIES, (), terms, road_world.AT)
    assert [item.step_id for item in status.missing] == ["notice"]
    assert with_segments(terms, cut[1], PARTIES, needs=("notice",)) == terms


def test_the_rows_hold_no_position_and_come_back_from_a_scenario(cut, tmp_path):
    from safepassage.exercises.sudzha import write_exercise
    from safepassage.scenario.reader import read_scenario

    write_exercise(tmp_path)
    terms = with_segments(Terms(), cut[1], PARTIES)
    (tmp_path / "terms" / "clauses.csv").write_text(clause_rows(terms.clauses), "utf-8")
    (tmp_path / "terms" / "procedure.csv").write_text(procedure_rows(terms.procedure), "utf-8")
    read = read_scenario(tmp_path).scenario.terms
    assert (read.clauses, read.procedure) == (terms.clauses, terms.procedure)
    for clause in read.clauses:
        assert not any(segment.begins.mgrs in text for segment in cut[1] for _, text in clause.text)


def test_a_party_that_is_none_of_the_operation_gets_no_step(cut):
    assert [step.step_id for step in segment_steps(cut[1], PARTIES[:1])] == [
        "acknowledged-r1-1-sector"
    ]


def test_the_document_says_version_origin_and_points(cut, road_world, tmp_path):
    roads, segments = cut
    document = segments_document(segments, roads, road_world.AT, title="t", exercise=True)
    assert (document["format"], document["version"]) == ("safepassage-segments", "1.0")
    assert document["exercise"] is True
    first, second = document["segments"]
    assert first["ends"] == second["begins"]
    assert first["ends"]["mgrs"] == "31NAA 6713 0000"
    assert first["ends"]["utm"] == "31N 167136 0"
    assert first["to_acknowledge"] == [
        {"party": "A", "command_known": True, "commands": [
            {"command": "sector", "role": "duty officer of the sector", "reached_by": ["radio"]}
        ]}
    ]  # fmt: skip
    assert second["to_acknowledge"][0]["command_known"] is False
    write_segments(document, tmp_path / "a" / "segments.json")
    text = (tmp_path / "a" / "segments.json").read_text(encoding="utf-8")
    assert json.loads(text) == document
