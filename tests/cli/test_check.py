"""``safepassage check``: the judge as a user meets it, on the tiny scenario."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from safepassage.adapters.plan_json import plan_to_json
from safepassage.cli.main import run
from safepassage.core.convoy.search import plan_convoy
from safepassage.pipeline import prepare


@pytest.fixture
def plan(tiny_scenario: Path):
    ready = prepare(tiny_scenario)
    return plan_convoy(ready.problem, ready.pre_left, seed=1, iterations=50)


@pytest.fixture
def plan_path(tmp_path: Path, plan) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(plan_to_json(plan), encoding="utf-8")
    return path


def test_a_good_plan_is_confirmed_with_its_totals_counted_again(
    tiny_scenario: Path, plan_path: Path, plan, capsys
) -> None:
    assert run(["check", str(tiny_scenario), str(plan_path)]) == 0
    said = capsys.readouterr().out
    assert "The plan breaks no rule." in said
    assert f"{plan.totals.persons} persons in {plan.totals.groups} travel groups" in said
    # The tiny fleet is one bus with 12 seats; some of the 14 who may go are planned.
    assert plan.totals.persons > 0
    assert "chose to stay 1" in said
    assert "For an exercise only:" in said or "Not yet agreed by the parties:" in said


def test_json_is_one_document(tiny_scenario: Path, plan_path: Path, plan, capsys) -> None:
    assert run(["check", str(tiny_scenario), str(plan_path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["valid"] is True
    assert document["violations"] == []
    assert document["totals"]["value_across"] == plan.totals.value_across
    assert document["left"]["chose_to_stay"] == 1


def test_each_breach_stands_on_a_line_with_its_rule(
    tiny_scenario: Path, plan_path: Path, plan, capsys
) -> None:
    totals = replace(plan.totals, persons=plan.totals.persons + 1)
    plan_path.write_text(plan_to_json(replace(plan, totals=totals)), encoding="utf-8")
    assert run(["check", str(tiny_scenario), str(plan_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("05-convoy §18: totals: says persons")
    assert lines[-1].startswith("The plan may not be run: 1 breach of 1 rule (")


def test_a_plan_for_another_scenario_is_named(
    tiny_scenario: Path, plan_path: Path, plan, capsys
) -> None:
    other = replace(plan, scenario_digest="0" * 64)
    plan_path.write_text(plan_to_json(other), encoding="utf-8")
    assert run(["check", str(tiny_scenario), str(plan_path), "--json"]) == 1
    (violation,) = json.loads(capsys.readouterr().out)["violations"]
    assert violation["rule"] == "05-convoy §23"
    assert "was made for scenario 000000000000" in violation["message"]


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not json"])
def test_what_is_no_plan_gets_a_sentence(
    tiny_scenario: Path, plan_path: Path, text: str, capsys
) -> None:
    plan_path.write_text(text, encoding="utf-8")
    assert run(["check", str(tiny_scenario), str(plan_path)]) == 1
    shown = capsys.readouterr()
    assert "plan.json" in shown.err
    assert "Traceback" not in shown.err


def test_called_without_a_plan_it_shows_how(tiny_scenario: Path, capsys) -> None:
    assert run(["check", str(tiny_scenario)]) == 2
    assert "PLAN" in capsys.readouterr().err
