"""The timetables of the hand-made plan: what each person looks for in them."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from safepassage.adapters.convoy_sheet import PlanView
from safepassage.adapters.i18n import translator
from safepassage.adapters.timetable_files import (
    csv_text,
    left_csv,
    timetable_page,
    write_timetables,
)
from safepassage.adapters.timetable_rows import Event, by_household, by_pick_up, by_vehicle
from safepassage.core.convoy.types import Left, LeftReason


@pytest.fixture
def view(convoy_world: ModuleType) -> PlanView:
    made = convoy_world.hand_made()
    return PlanView(made.problem, made.plan, {"gate": "The Gate", "west": "West & Co"})


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_vehicle_reads_its_day_from_top_to_bottom(view: PlanView) -> None:
    day = [row for row in by_vehicle(view) if row.vehicle_id == "bus_a"]
    assert [row.event for row in day] == [
        Event.LEAVES, Event.PICK_UP, Event.PICK_UP, Event.QUEUE, Event.SCREENING, Event.FREE,
        Event.LEAVES, Event.PICK_UP, Event.QUEUE, Event.SCREENING, Event.FREE, Event.BACK,
    ]  # fmt: skip
    assert (day[1].place_id, day[1].from_s, day[1].to_s) == ("west", 19200, 19860)
    assert (day[4].lane, day[4].load.persons) == (1, 7)
    assert (day[-1].place_id, day[-1].from_s) == ("depot_a", 26400)


def test_waiting_for_the_convoy_is_a_line_of_its_own(view: PlanView) -> None:
    trips = tuple(replace(t, muster_arrive_s=t.queue_arrive_s - 300) for t in view.plan.trips)
    mustered = replace(view, plan=replace(view.plan, trips=trips))
    lines = [row for row in by_vehicle(mustered) if row.event is Event.MUSTER]
    assert [row.to_s - row.from_s for row in lines] == [300, 300, 300]


def test_at_a_pick_up_point_everybody_is_called_to_one_vehicle(view: PlanView) -> None:
    mid = [row for row in by_pick_up(view) if row.place_id == "mid"]
    assert [row.arrive_s for row in mid] == [20460, 22600, 23700]
    assert mid[2].tokens == ("C-1", "H-3")
    assert sum(row.load.persons for row in by_pick_up(view)) == view.plan.totals.persons


def test_a_household_finds_its_whole_way_in_one_line(view: PlanView) -> None:
    rows = {row.token: row for row in by_household(view)}
    child = rows["C-1"]
    assert (child.group, child.trip_id, child.centre_id) == ("C-1", "day1/bus_a/02", "school")
    assert (child.ready_by_s, child.across_s, child.arrive_s) == (23700, 25650, 27480)
    # H-3 rides with C-1; how their 5 persons divide is not known here, so both lines say 5
    assert sorted(rows) == ["C-1", "H-1", "H-2", "H-3", "H-6", "H-7"]
    assert rows["C-1"].persons == rows["H-3"].persons == 5


def test_the_files_say_moments_with_their_offset(view: PlanView, tmp_path: Path) -> None:
    local = replace(view, problem=replace(view.problem, timezone="Europe/Kyiv"))
    write_timetables(tmp_path, local)
    households = rows_of(tmp_path / "by-household.csv")
    assert households[0]["ready_by"] == "2025-03-01T08:35:00+02:00"
    vehicles = rows_of(tmp_path / "by-vehicle.csv")
    assert len(vehicles) == len(by_vehicle(view))


def test_twice_the_same_bytes_pdf_included(view: PlanView, tmp_path: Path) -> None:
    pytest.importorskip("reportlab")
    one, two = write_timetables(tmp_path / "a", view), write_timetables(tmp_path / "b", view)
    assert [path.name for path in one][-1] == "timetable.pdf"
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_no_cell_is_a_formula() -> None:
    assert csv_text([["=1+1", "-2", "H-1"]]) == "'=1+1,'-2,H-1\n"


def test_left_is_a_table_of_everybody_left(view: PlanView) -> None:
    text = left_csv((Left("H-4", 1, LeftReason.CHOSE_TO_STAY, "They stay, they say."),))
    assert text == 'household,persons,reason,detail\nH-4,1,chose_to_stay,"They stay, they say."\n'


def test_the_page_speaks_the_readers_language_and_escapes(view: PlanView) -> None:
    page = timetable_page(view, translator("uk"), "uk")
    assert '<html lang="uk">' in page
    assert "West &amp; Co" in page
    assert "За пунктами посадки" in page
    assert "UTC = UTC+00:00" in page
    assert page.count("<tr>") > len(by_vehicle(view)) + len(by_household(view))
