"""The demo as a newcomer sees it: one run through every stage, read and opened."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

from safepassage.cli.main import run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, Path]:
    folder = tmp_path_factory.mktemp("demo") / "out"
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        code = run(["demo", "--out", str(folder), "--iterations", "400", "--runs", "400"])
    return code, told.getvalue(), folder


def test_the_story_names_every_stage(demo: tuple[int, str, Path]) -> None:
    code, story, _folder = demo
    assert code == 0
    for part in (
        "records on 6 lists",
        "more than 1,500",
        "closer to 3,000",
        "On at least one list",
        "The one missing step",
        "formal written request",
        "Ways out from",
        "Planned across",
        "no rule broken",
        "Under random delays",
        "Proven: no plan brings more than",
        "Who is left, and why",
        "Try next",
    ):
        assert part in story, f"the story does not say '{part}'"


def test_the_folder_holds_what_the_story_lists(demo: tuple[int, str, Path]) -> None:
    _code, _story, folder = demo
    for name in (
        "report.html", "report.uk.html", "report.ru.html", "plan.json", "routes.geojson",
        "routes.gpx", "windows.ics", "scenario/datapackage.json",
    ):  # fmt: skip
        assert (folder / name).stat().st_size > 0, name
    assert list((folder / "manifests").glob("*.pdf"))
    assert len(list((folder / "notifications").glob("*.pdf"))) == 2


def test_the_report_needs_nothing_from_outside(demo: tuple[int, str, Path]) -> None:
    _code, _story, folder = demo
    for page in folder.glob("report*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert not re.search(r"<(?:link|img|iframe)\b", text)
        assert not re.search(r"(?:src|@import|url)\s*[=(]\s*[\"']?https?:", text)


def test_no_document_holds_a_name_from_the_lists(demo: tuple[int, str, Path]) -> None:
    """A surname on a list that reached the report, the plan or a notification would be a leak."""
    _code, _story, folder = demo
    lists = folder / "scenario" / "lists"
    rows = (lists / "callback.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    people = {" ".join(row.split(";")[1:3]) for row in rows}
    assert len(people) > 100
    documents = [*folder.glob("*.html"), folder / "plan.json", *folder.glob("notifications/*.json")]
    for document in documents:
        text = document.read_text(encoding="utf-8")
        assert not [person for person in people if person in text], document.name


def test_the_judges_agree_with_the_plan_written(demo: tuple[int, str, Path], capsys) -> None:
    _code, _story, folder = demo
    scenario, plan = str(folder / "scenario"), str(folder / "plan.json")
    assert run(["check", scenario, plan, "--json"]) == 0
    checked = json.loads(capsys.readouterr().out)
    assert checked["violations"] == []


def test_a_second_run_may_not_overwrite_somebody_elses_folder(tmp_path: Path, capsys) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    assert run(["demo", "--out", str(tmp_path)]) == 2
    assert "not empty" in capsys.readouterr().err


def test_the_estimate_is_held_against_the_truth(demo: tuple[int, str, Path]) -> None:
    _code, story, _folder = demo
    assert "The exercise's truth, which no operation knows: 2,200 remain" in story
    assert re.search(r"The band (holds|misses) it", story)
