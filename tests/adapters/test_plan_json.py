"""plan.json: the same bytes both ways, and one sentence for whatever is wrong with a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from safepassage.adapters.plan_json import parse_plan, plan_to_json, read_plan
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.tiny import tiny_problem
from safepassage.core.convoy.types import Bound, Plan
from safepassage.errors import InputError, VersionError


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_convoy(tiny_problem(), iterations=50)


def changed(plan: Plan, **fields: Any) -> str:
    return json.dumps(json.loads(plan_to_json(plan)) | fields)


def test_reading_gives_back_what_was_written(plan: Plan) -> None:
    assert parse_plan(plan_to_json(plan)) == plan


def test_a_bound_is_kept(plan: Plan) -> None:
    from dataclasses import replace

    bounded = replace(plan, bound=Bound("B0", 6.0, 6.0, (("an hour of one lane", 1.5),)))
    assert parse_plan(plan_to_json(bounded)) == bounded


def test_bytes_are_canonical(plan: Plan) -> None:
    text = plan_to_json(plan)
    assert text.endswith("}\n")
    keys = list(json.loads(text))
    assert keys == sorted(keys)
    assert plan_to_json(parse_plan(text)) == text


def test_people_read_local_times_beside_the_seconds(plan: Plan) -> None:
    trip = json.loads(plan_to_json(plan))["trips"][0]
    assert trip["depart_s"] == 1080
    assert trip["depart_at"] == "2025-01-01T00:18:00+00:00"
    assert "vehicle_at" not in json.loads(plan_to_json(plan))["totals"]


def test_local_times_follow_the_zone(plan: Plan) -> None:
    from dataclasses import replace

    text = plan_to_json(replace(plan, timezone="Europe/Kyiv"))
    assert json.loads(text)["trips"][0]["depart_at"] == "2025-01-01T02:18:00+02:00"


def test_another_version_is_refused_with_what_to_do(plan: Plan) -> None:
    with pytest.raises(VersionError, match=r"'0.9'.*reads '1.0'.*safepassage plan"):
        parse_plan(changed(plan, plan_version="0.9"))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"seed": "one"}, "column 'seed': found text where a whole number is needed"),
        ({"seed": True}, "found true or false where a whole number"),
        ({"trips": {}}, "column 'trips': found an object where a list"),
        ({"trips": [1]}, r"column 'trips\[0\]': found a whole number where an object"),
        ({"colour": "red"}, "column 'colour': this version knows no such field"),
        ({"epoch": "yesterday"}, "'yesterday' is not an ISO 8601 moment"),
        ({"epoch": "2025-01-01T00:00"}, "is not an ISO 8601 moment with a zone"),
        ({"timezone": "Moon/Far"}, "'Moon/Far' is not an IANA time zone"),
        ({"left": [{"token": "H", "persons": 1, "reason": "mood", "detail": ""}]},
         r"column 'left\[0\].reason': found 'mood'; accepted are chose_to_stay"),
        ({"bound": {"name": "B0", "value": 1, "persons": 1, "binding": [["a"]]}},
         r"column 'bound.binding\[0\]': found 1 values where 2"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(plan: Plan, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse_plan(changed(plan, **fields))


def test_a_missing_field_is_named(plan: Plan) -> None:
    document = json.loads(plan_to_json(plan))
    del document["trips"][0]["lane"]
    with pytest.raises(InputError, match=r"column 'trips\[0\].lane': the field is missing"):
        parse_plan(json.dumps(document))


@pytest.mark.parametrize("text", ["", "[", "[]", "3", '"plan"'])
def test_what_is_no_plan_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_plan(text)
    assert len(str(refused.value).splitlines()) == 1


def test_a_missing_file_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.json: there is no such file"):
        read_plan(tmp_path / "nothing.json")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes('{"тест"'.encode("cp1251"))
    with pytest.raises(InputError, match="cannot be read as UTF-8"):
        read_plan(path)
