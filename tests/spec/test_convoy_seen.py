"""One test for each rule of what a person sees of a plan (docs/spec/05-convoy.md §50 to §59)."""

from __future__ import annotations

import json
import re
import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from safepassage.adapters.convoy_pictures import plan_pictures
from safepassage.adapters.convoy_sheet import STYLE, PlanView
from safepassage.adapters.i18n import translator
from safepassage.adapters.plan_words import OWN_CHOICE, left_counts
from safepassage.adapters.timetable_files import timetable_page, timetable_rows, write_timetables
from safepassage.adapters.timetable_rows import by_household, by_pick_up
from safepassage.cli import plan_search
from safepassage.cli.main import run
from safepassage.core.convoy.bound import bound_b0
from safepassage.core.convoy.search import Progress
from safepassage.core.convoy.simulate import queue_profile
from safepassage.core.convoy.would_help import what_would_help


@pytest.fixture
def view(convoy_world: ModuleType) -> PlanView:
    made = convoy_world.hand_made()
    return PlanView(made.problem, made.plan, {}, title="A road", exercise=True)


def test_50_a_search_under_way_says_everything_in_a_line() -> None:
    now = Progress(0.5, 100, 90, 50, 1.25, 0.8)
    said = plan_search.progress_words(now, 100.0)
    assert said == (
        "50 people across, weight 90 of at most 100, gap 10.0%, exposure 1.25, all across in 80%"
    )


def test_50_the_first_ctrl_c_asks_and_the_second_gives_up() -> None:
    before = signal.getsignal(signal.SIGINT)
    with plan_search.ctrl_c_stops() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_50_a_plan_that_was_stopped_is_judged_written_and_says_so(
    tiny_scenario: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt_at_once(time_s: float):
        def share() -> float:
            signal.raise_signal(signal.SIGINT)
            return 0.5 / time_s

        return share

    monkeypatch.setattr(plan_search, "_deadline", interrupt_at_once)
    call = ["plan", str(tiny_scenario), "--time", "3600", "--out", str(tmp_path), "--json"]
    assert run(call) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["stopped"] is True
    assert document["reproducible"] is False
    assert run(["check", str(tiny_scenario), str(tmp_path / "plan.json")]) == 0


def test_51_every_planned_household_stands_once_and_everybody_is_called(view: PlanView) -> None:
    households = [row.token for row in by_household(view)]
    rides = {one.token for one in view.plan.assignments}
    planned = [
        token
        for group in view.problem.groups
        if group.token in rides
        for token in group.household_tokens
    ]
    assert sorted(households) == sorted(planned)
    assert sum(row.load.persons for row in by_pick_up(view)) == view.plan.totals.persons


def test_52_moments_carry_their_offset_and_pages_their_zone(view: PlanView, tmp_path: Path) -> None:
    for table in timetable_rows(view):
        moments = [cell for row in table[1:] for cell in row if "T" in cell and ":" in cell]
        assert moments
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", m) for m in moments)
    assert timetable_page(view, translator("en")).count("UTC = UTC+00:00") == 1
    one, two = write_timetables(tmp_path / "a", view), write_timetables(tmp_path / "b", view)
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_53_counts_of_the_left_add_up_and_choices_stand_apart(view: PlanView) -> None:
    counts = left_counts(view.plan.left)
    assert sum(one.households for one in counts) == len(view.plan.left)
    assert sum(one.persons for one in counts) == sum(one.persons for one in view.plan.left)
    assert {one.reason in OWN_CHOICE for one in counts} == {True, False}


def test_54_a_picture_alone_names_operation_zone_and_exercise(view: PlanView) -> None:
    for name, drawing in plan_pictures(view):
        assert "A road  ·  All times: UTC, UTC = UTC+00:00" in drawing, name
        assert "EXERCISE: not a real operation." in drawing, name
    windows = [d for name, d in plan_pictures(view) if name.startswith(("timeline", "crossing"))]
    assert all("Window day1, 2025-03-01, 06:00–10:00" in drawing for drawing in windows)


def test_55_kinds_of_bar_differ_without_colour_and_letters_are_readable() -> None:
    sizes = [float(size) for size in re.findall(r"font-size:([\d.]+)px", STYLE)]
    assert min(sizes) >= 11.5
    for text, behind in (("#ffffff", "boarding"), ("#ffffff", "screening"), ("#ffffff", "arrival")):
        fill = re.search(rf"\.cp \.{behind}\{{fill:(#[0-9a-f]{{6}})", STYLE)
        assert fill
        assert _contrast(text, fill[1]) >= 4.5, behind


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_56_the_pictures_show_what_the_judges_count(view: PlanView) -> None:
    drawn = dict(plan_pictures(view))
    vehicles = {trip.vehicle_id for trip in (*view.plan.trips, *view.plan.onward)}
    assert all(f">{vehicle}</text>" in drawn["timeline-day1"] for vehicle in vehicles)
    (profile,) = queue_profile(view.problem, view.plan)
    across = int(profile.persons_across[-1])
    assert f'class="t-planned" text-anchor="end">{across}</text>' in drawn["across"]


def test_57_pictures_speak_three_languages_with_the_same_numbers(view: PlanView) -> None:
    drawn = {tag: dict(plan_pictures(view, translator(tag)))["left"] for tag in ("en", "uk", "ru")}
    assert len(set(drawn.values())) == 3
    bars = [re.findall(r'<rect [^>]*class="bar-\w+"', drawing) for drawing in drawn.values()]
    assert all(one == two for one, two in pairwise(bars))


def test_58_helps_are_rises_of_the_bound_and_none_is_below_zero(view: PlanView) -> None:
    slow = replace(view.problem.crossings[0].screening, seated_s=1500)
    crossing = replace(view.problem.crossings[0], screening=slow)
    problem = replace(view.problem, crossings=(crossing,))
    helps = {(one.kind, one.subject): one for one in what_would_help(problem)}
    assert all(one.value >= 0 and one.persons >= 0 for one in helps.values())
    wider = replace(problem, crossings=(replace(crossing, lanes=crossing.lanes + 1),))
    rise = bound_b0(wider).value - bound_b0(problem).value
    assert helps["lane", crossing.crossing_id].value == rise > 0


def test_59_chances_are_printed_with_their_standard_error(
    tiny_scenario: Path, tmp_path: Path, capsys
) -> None:
    assert run(["plan", str(tiny_scenario), "--iterations", "20", "--out", str(tmp_path)]) == 0
    plan = tmp_path / "plan.json"
    capsys.readouterr()
    assert run(["simulate", str(tiny_scenario), str(plan), "--runs", "400", "--trips"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"Everybody planned is across in [\d.]+% of the runs \(standard error", said)
    rows = re.findall(r" ([\d.]+)% +([\d.]+)% *$", said, re.MULTILINE)
    assert rows
    for chance, error in ((float(one) / 100, float(two) / 100) for one, two in rows):
        assert error == pytest.approx((chance * (1 - chance) / 400) ** 0.5, abs=0.002)
    chances = [float(chance) for chance, _error in rows]
    assert chances == sorted(chances)


def test_59_a_broken_rule_has_a_line_with_its_number(
    tiny_scenario: Path, tmp_path: Path, capsys
) -> None:
    assert run(["plan", str(tiny_scenario), "--iterations", "20", "--out", str(tmp_path)]) == 0
    plan = tmp_path / "plan.json"
    document = json.loads(plan.read_text(encoding="utf-8"))
    document["totals"]["persons"] += 1
    plan.write_text(json.dumps(document), encoding="utf-8")
    capsys.readouterr()
    assert run(["check", str(tiny_scenario), str(plan)]) == 1
    assert re.match(r"05-convoy §18: totals: .+\n", capsys.readouterr().out)
