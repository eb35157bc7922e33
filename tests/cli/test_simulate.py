"""``safepassage simulate``: chances of a plan as a user meets them, on the tiny scenario."""

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


def test_the_chances_are_said_in_a_few_sentences(
    tiny_scenario: Path, plan_path: Path, plan, capsys
) -> None:
    assert run(["simulate", str(tiny_scenario), str(plan_path), "--runs", "200"]) == 0
    said = capsys.readouterr().out
    assert f"{plan.totals.persons} persons are planned. In 200 runs" in said
    assert "Everybody planned is across in" in said
    assert "Delays: made up for the tests." in said


def test_the_same_seed_gives_the_same_document(
    tiny_scenario: Path, plan_path: Path, capsys
) -> None:
    call = [
        "simulate",
        str(tiny_scenario),
        str(plan_path),
        "--runs",
        "300",
        "--seed",
        "7",
        "--json",
    ]
    assert run(call) == 0
    first = capsys.readouterr().out
    assert run(call) == 0
    assert capsys.readouterr().out == first
    document = json.loads(first)
    assert (document["runs"], document["seed"]) == (300, 7)
    assert 0 <= document["probability_all_across"] <= 1
    assert set(document["trip_probability"])


def test_a_plan_that_breaks_a_rule_is_not_simulated(
    tiny_scenario: Path, plan_path: Path, plan, capsys
) -> None:
    totals = replace(plan.totals, value_across=10_000)
    plan_path.write_text(plan_to_json(replace(plan, totals=totals)), encoding="utf-8")
    assert run(["simulate", str(tiny_scenario), str(plan_path)]) == 1
    said = capsys.readouterr().out
    assert "05-convoy §18" in said
    assert "its chances mean nothing" in said


def test_no_runs_is_a_wrong_call(tiny_scenario: Path, plan_path: Path, capsys) -> None:
    assert run(["simulate", str(tiny_scenario), str(plan_path), "--runs", "0"]) == 2
    capsys.readouterr()


def test_the_band_can_be_drawn(
    tiny_scenario: Path, plan_path: Path, tmp_path: Path, capsys
) -> None:
    picture = tmp_path / "across.svg"
    call = ["simulate", str(tiny_scenario), str(plan_path), "--runs", "50", "--lang", "uk"]
    assert run([*call, "--picture", str(picture)]) == 0
    capsys.readouterr()
    drawn = picture.read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert "серединний прогін" in drawn
    assert run([*call, "--picture", "across.jpg"]) == 2
    assert "'across.jpg'" in capsys.readouterr().err
