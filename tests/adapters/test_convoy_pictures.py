"""Pictures of the plan on paper: what must stand in them, in every language."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from safepassage.adapters.convoy_pictures import (
    across_picture,
    crossing_picture,
    left_picture,
    plan_pictures,
    timeline_picture,
    write_pictures,
)
from safepassage.adapters.convoy_sheet import PlanView, round_steps
from safepassage.adapters.i18n import translator
from safepassage.core.convoy.simulate import AcrossOverTime, queue_profile
from safepassage.core.convoy.would_help import LANE, Help

BAND = ([0, 9, 14], [0, 2, 7], [0, 7, 12], [0, 9, 14])
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def view(convoy_world: ModuleType) -> PlanView:
    made = convoy_world.hand_made()
    return PlanView(
        made.problem, made.plan, {"gate": "The Gate"}, {"A": "Side A", "B": "Side B"},
        title="A road", exercise=True,
    )  # fmt: skip


def texts(drawing: str) -> list[str]:
    """Return what a reader reads, tool tips left out."""
    return [node.text or "" for node in ET.fromstring(drawing).iter(f"{SVG}text")]


def rects(drawing: str, kind: str) -> list[ET.Element]:
    """Return the bars of a kind; each has a tool tip, which those of the legend have not."""
    root = ET.fromstring(drawing)
    found = [node for node in root.iter(f"{SVG}rect") if node.get("class") == kind]
    return [node for node in found if node.find(f"{SVG}title") is not None]


def test_the_timeline_has_a_row_and_the_load_of_each_vehicle(view: PlanView) -> None:
    drawing = timeline_picture(view, view.problem.windows[0])
    said = texts(drawing)
    assert {"Side A", "bus_a", "van_a", "Side B", "bus_b"} <= set(said)
    # bus_a carries 7 people and then 5, van_a 2, bus_b all 14
    assert [words for words in said if words.endswith("pers.")] == [
        "12 pers.",
        "2 pers.",
        "14 pers.",
    ]
    assert len(rects(drawing, "screening")) == 3
    assert len(rects(drawing, "arrival")) == 2
    assert "05:00" in said  # bus_a leaves at 18000 s


def test_bars_are_as_long_as_what_they_show(view: PlanView) -> None:
    first, second, third = rects(timeline_picture(view, view.problem.windows[0]), "screening")
    widths = [float(bar.get("width", "0")) for bar in (first, second, third)]
    # rows by vehicle: bus_a screened 300 s and 210 s, van_a 120 s
    assert widths[0] / widths[1] == pytest.approx(300 / 210, rel=0.02)
    assert widths[0] / widths[2] == pytest.approx(300 / 120, rel=0.02)


def test_nobody_waits_where_every_vehicle_is_screened_at_once(view: PlanView) -> None:
    (profile,) = queue_profile(view.problem, view.plan)
    said = texts(crossing_picture(view, view.problem.windows[0], profile))
    assert "Lane 1" in said
    # 630 s of screening in the 12600 s from 06:00 to the last moment
    assert "Lanes in use: 5% of the time from opening to the last moment. Nobody waits." in said


def test_a_queue_is_drawn_with_its_peak(view: PlanView) -> None:
    trips = tuple(
        replace(trip, queue_arrive_s=trip.queue_arrive_s - 600) if trip.trip_id.endswith("/01") else
        trip for trip in view.plan.trips
    )  # fmt: skip
    waiting = replace(view, plan=replace(view.plan, trips=trips))
    (profile,) = queue_profile(waiting.problem, waiting.plan)
    drawing = crossing_picture(waiting, waiting.problem.windows[0], profile)
    assert len(rects(drawing, "queue")) == 2
    assert any("Most waiting: 7 persons in 1 vehicles, 05:56." in words for words in texts(drawing))


def test_the_curve_ends_at_the_people_planned_and_at_the_median(view: PlanView) -> None:
    at_s = np.array([21600, 25000, 36000])
    band = AcrossOverTime(
        at_s, *(np.array(row) for row in ([0, 9, 14], [0, 2, 7], [0, 7, 12], [0, 9, 14]))
    )
    drawing = across_picture(replace(view, across=band))
    root = ET.fromstring(drawing)
    ends = {node.get("class"): node.text for node in root.iter(f"{SVG}text")}
    assert ends["t-planned"] == "14"
    assert ends["t-median"] == "12"
    assert "middle run under delays" in texts(drawing)
    assert "middle run under delays" not in texts(across_picture(view))


def test_choices_stand_apart_from_what_stands_in_the_way(view: PlanView) -> None:
    said = texts(left_picture(view))
    assert "What stands in the way of those who want to go: 1" in said
    assert "What people chose, or have not been asked: 1" in said
    assert "no vehicle has the kind of place needed" in said
    assert said.count("1 persons in 1 households") == 2


def test_only_what_is_worth_something_is_said_to_help(view: PlanView) -> None:
    gate = view.problem.crossings[0].crossing_id
    helped = replace(view, helps=(Help(LANE, gate, 3.0, 2.0), Help("places", "", 0.0, 0.0)))
    said = texts(left_picture(helped))
    assert "one more lane at The Gate: at most 2 pers. more across" in said
    assert not any("reception centre" in words for words in said)


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_every_picture_is_well_formed_and_no_word_runs_out_of_it(
    view: PlanView, language: str
) -> None:
    drawn = dict(plan_pictures(view, translator(language)))
    assert list(drawn) == ["timeline-day1", "crossing-day1", "across", "left"]
    for drawing in drawn.values():
        for node in ET.fromstring(drawing).iter(f"{SVG}text"):
            assert 0 <= float(node.get("x", "-1")) <= 1080, node.text


def test_identifiers_of_pictures_on_one_page_differ(view: PlanView) -> None:
    page = "".join(drawing for _name, drawing in plan_pictures(view, whole=False))
    names = re.findall(r'<pattern id="([^"]+)"', page)
    assert len(names) == len(set(names))


def test_text_of_a_scenario_never_becomes_markup(view: PlanView) -> None:
    evil = replace(view, title='<script>alert("1")</script>', names={"gate": "<b>&"})
    for _name, drawing in plan_pictures(evil):
        assert "<script" not in drawing
        assert "<b>" not in drawing


def test_files_are_written_twice_alike(view: PlanView, tmp_path: Path) -> None:
    first = write_pictures(tmp_path / "a", view, png=False)
    second = write_pictures(tmp_path / "b", view, png=False)
    assert [path.name for path in first] == [f"{name}.svg" for name, _d in plan_pictures(view)]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_a_png_is_a_picture(view: PlanView, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    written = write_pictures(tmp_path, view)
    pictures = [path for path in written if path.suffix == ".png"]
    assert len(pictures) == 4
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pictures)


def test_a_plan_of_nobody_has_a_picture_of_who_is_left_only(view: PlanView) -> None:
    nobody = replace(view, plan=replace(view.plan, trips=(), onward=(), returns=(), assignments=()))
    assert [name for name, _drawing in plan_pictures(nobody)] == ["left"]


@pytest.mark.parametrize(
    ("most", "steps"),
    [
        (0, [0, 1]),
        (3, [0, 1, 2, 3]),
        (63, [0, 20, 40, 60, 80]),
        (820, [0, 250, 500, 750, 1000]),
    ],
)
def test_steps_of_a_scale_are_round_and_reach_the_top(most: int, steps: list[int]) -> None:
    assert list(round_steps(most)) == steps
