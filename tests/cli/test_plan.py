"""``safepassage plan``: a checked plan with its bound, as text, as JSON and as a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safepassage.adapters.plan_json import read_plan
from safepassage.cli.main import run
from safepassage.core.convoy.types import Violation


def test_plan_says_who_goes_who_is_left_and_the_bound(tiny_scenario: Path, capsys) -> None:
    assert run(["plan", str(tiny_scenario), "--iterations", "50"]) == 0
    said = capsys.readouterr().out
    assert "people in" in said
    assert "(bound B0): gap" in said
    assert "chose to stay" in said
    assert "(seed 0, 50 moves)" in said


def test_the_file_is_the_same_for_the_same_seed(tiny_scenario: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        call = ["plan", str(tiny_scenario), "--iterations", "60", "--seed", "3"]
        assert run([*call, "--out", str(tmp_path / name)]) == 0
    one, two = (tmp_path / name / "plan.json" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert read_plan(one).seed == 3


def test_json_is_one_document_with_gap_and_reasons(tiny_scenario: Path, capsys) -> None:
    assert run(["plan", str(tiny_scenario), "--iterations", "50", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["violations"] == []
    assert document["reproducible"] is True
    assert 0 <= document["gap"] <= 1
    totals, bound = document["plan"]["totals"], document["plan"]["bound"]
    assert totals["value_across"] <= bound["value"]
    assert {"reason": "chose_to_stay", "households": 1}.items() <= next(
        row for row in document["left_by_reason"] if row["reason"] == "chose_to_stay"
    ).items()


def test_a_plan_by_time_says_that_it_cannot_be_repeated(tiny_scenario: Path, capsys) -> None:
    assert run(["plan", str(tiny_scenario), "--time", "0.05"]) == 0
    assert "another run may differ" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--time", "1", "--iterations", "5"], "not both"),
        (["--time", "0"], "--time is 0"),
        (["--time", "-3"], "--time is -3"),
        (["--iterations", "-1"], "--iterations is -1"),
    ],
)
def test_a_wrong_call_is_answered_in_a_sentence(
    tiny_scenario: Path, options: list[str], sentence: str, capsys
) -> None:
    assert run(["plan", str(tiny_scenario), *options]) == 2
    assert sentence in capsys.readouterr().err.replace("\n", " ")


def test_a_missing_scenario_is_a_sentence(tmp_path: Path, capsys) -> None:
    assert run(["plan", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err.replace("\n", "")


def test_a_plan_that_the_checker_refuses_ends_with_1(
    tiny_scenario: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (Violation("05-convoy §11", "day/bus/01", "is through a second late."),)
    monkeypatch.setattr("safepassage.core.convoy.check.check_plan", lambda *_: broken)
    assert run(["plan", str(tiny_scenario), "--iterations", "5"]) == 1
    assert "05-convoy §11, day/bus/01: is through a second late." in capsys.readouterr().err


def test_out_holds_the_plan_the_timetables_and_who_is_left(
    tiny_scenario: Path, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "planned"
    call = [
        "plan",
        str(tiny_scenario),
        "--iterations",
        "20",
        "--out",
        str(out),
        "--lang",
        "ru",
    ]
    assert run(call) == 0
    capsys.readouterr()
    assert {path.name for path in out.iterdir()} == {"plan.json", "left.csv", "timetable"}
    names = {path.name for path in (out / "timetable").iterdir()}
    assert {"by-vehicle.csv", "by-pick-up.csv", "by-household.csv", "timetable.html"} <= names
    assert '<html lang="ru">' in (out / "timetable" / "timetable.html").read_text("utf-8")
    assert "chose_to_stay" in (out / "left.csv").read_text("utf-8")


def test_pictures_are_drawn_on_request(tiny_scenario: Path, tmp_path: Path, capsys) -> None:
    call = ["plan", str(tiny_scenario), "--iterations", "20", "--pictures", str(tmp_path)]
    assert run(call) == 0
    assert "pictures in" in capsys.readouterr().err
    assert {"across.svg", "left.svg"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("which", "words"),
    [("vehicles", "screening, lane 1"), ("pick-ups", "Households"), ("households", "Be there by")],
)
def test_each_timetable_can_be_printed(tiny_scenario: Path, which: str, words: str, capsys) -> None:
    assert run(["plan", str(tiny_scenario), "--iterations", "20", "--timetable", which]) == 0
    assert words in " ".join(capsys.readouterr().out.split())


def test_a_certain_plan_carries_its_promise(tiny_scenario: Path, capsys) -> None:
    call = ["plan", str(tiny_scenario), "--iterations", "50", "--certainty", "0.5"]
    assert run([*call, "--worlds", "16", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    promise = document["plan"]["promise"]
    assert 0 <= promise["low"] <= promise["probability"] <= 1
    assert run([*call, "--worlds", "16"]) == 0
    said = capsys.readouterr().out
    assert "Promised: everybody planned is across with probability" in said
    assert "with less certainty more would go" in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--certainty", "1"], "--certainty is 1"),
        (["--certainty", "0"], "--certainty is 0"),
        (["--worlds", "10"], "--worlds needs"),
        (["--certainty", "0.5", "--worlds", "0"], "--worlds is 0"),
        (["--lang", "fr"], "'fr' is not a language"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    tiny_scenario: Path, options: list[str], sentence: str, capsys
) -> None:
    assert run(["plan", str(tiny_scenario), *options]) == 2
    assert sentence in capsys.readouterr().err.replace("\n", " ")
