"""docs/spec/00-scenario.md §50 to §53: hours, convoys, breaks, spare seats and doors."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from safepassage.core.convoy.types import ConvoyRule
from safepassage.errors import Finding, Severity
from safepassage.scenario.reader import ReadResult, read_scenario
from safepassage.scenario.writer import write_scenario

HOUR_S = 3600


def put(path: Path, row: int, **cells: str) -> None:
    """Write cells of one row, the header being row 1."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[row - 2] |= cells
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def found(result: ReadResult, rule: int) -> list[Finding]:
    return [finding for finding in result.findings if finding.rule == f"00-scenario §{rule}"]


def everything(folder: Path) -> Path:
    """Fill every one of the columns."""
    put(folder / "vehicles.csv", 2, shift_from="06:00", shift_to="14:30", break_after_min="270",
        break_min="45", spare_seats="2")  # fmt: skip
    put(folder / "vehicles.csv", 3, shift_from="22:00", shift_to="06:00")
    put(folder / "crossings.csv", 2, convoy_every_min="30", convoy_most="8", convoy_spacing_s="60",
        convoy_first_min="15", convoy_muster_min="20")  # fmt: skip
    put(folder / "households.csv", 2, door="yes")
    for row in (2, 3, 4):
        put(folder / "service.csv", row, door_s="300")
    with (folder / "places.csv").open(encoding="utf-8", newline="") as file:
        kinds = [row["kind"] for row in csv.DictReader(file)]
    centre = kinds.index("reception_centre") + 2
    put(folder / "places.csv", centre, receives_from="07:00", receives_to="24:00")
    return folder


def test_50_51_52_every_column_is_read(tiny_scenario: Path) -> None:
    result = read_scenario(everything(tiny_scenario))
    assert [f for f in result.findings if f.severity is Severity.ERROR] == []
    scenario = result.scenario
    day, night, *_ = scenario.vehicles
    assert {(b - a) / HOUR_S for a, b in day.shifts} == {8.5}
    assert {(b - a) / HOUR_S for a, b in night.shifts} == {8.0}
    assert (day.break_after_s, day.break_s, day.spare_seats) == (270 * 60, 45 * 60, 2)
    assert day.usable.places.seated == day.capacity.places.seated - 2
    assert scenario.crossings[0].convoy == ConvoyRule(1800, 8, 60, 900, 1200)
    assert scenario.service is not None
    assert scenario.service.door_s == 300
    assert (scenario.households or ())[0].door
    assert [p.receives for p in scenario.places if p.receives is not None] == [(420, 1440)]


def test_50_51_52_what_was_written_reads_the_same(tiny_scenario: Path, tmp_path: Path) -> None:
    first = read_scenario(everything(tiny_scenario)).scenario
    again = read_scenario(write_scenario(first, tmp_path / "again")).scenario
    for name in ("vehicles", "crossings", "places", "households", "service", "windows"):
        assert getattr(again, name) == getattr(first, name)


def test_52_a_shift_covers_the_days_of_the_windows(tiny_scenario: Path) -> None:
    scenario = read_scenario(everything(tiny_scenario)).scenario
    window = scenario.windows[0]
    shifts = scenario.vehicles[0].shifts
    assert shifts[0][1] < window.opens_s
    assert shifts[-1][0] > window.closes_s


@pytest.mark.parametrize(
    ("file", "cells", "rule", "column", "words"),
    [
        ("vehicles.csv", {"shift_from": "06:00"}, 52, "shift_to", "both shift_from and shift_to"),
        ("vehicles.csv", {"shift_from": "06:00", "shift_to": "06:00"}, 52, "shift_to", "whole day"),
        ("vehicles.csv", {"break_min": "45"}, 52, "break_after_min", "needs both"),
        ("vehicles.csv", {"break_after_min": "45"}, 52, "break_min", "needs both"),
        ("vehicles.csv", {"spare_seats": "100"}, 52, "spare_seats", "more than the"),
        ("vehicles.csv", {"shift_from": "6 am", "shift_to": "14:00"}, 11, "shift_from", "20:00"),
        ("places.csv", {"receives_from": "08:00", "receives_to": "20:00"}, 50, "receives_from",
         "only a reception centre"),
        ("crossings.csv", {"convoy_every_min": "30"}, 51, "convoy_most", "most vehicles"),
        ("crossings.csv", {"convoy_spacing_s": "30"}, 51, "convoy_every_min", "minutes between"),
        ("crossings.csv", {"convoy_every_min": "1", "convoy_most": "3", "convoy_spacing_s": "30"},
         51, "convoy_spacing_s", "take 60 s; the next convoy comes after 60 s"),
        ("service.csv", {"door_s": "60"}, 33, "door_s", "differs between rows (0 and 60)"),
    ],
)  # fmt: skip
def test_50_51_52_a_wrong_cell_is_named(
    tiny_scenario: Path, file: str, cells: dict[str, str], rule: int, column: str, words: str
) -> None:
    put(tiny_scenario / file, 2, **cells)
    result = read_scenario(tiny_scenario)
    (finding,) = found(result, rule)
    assert (finding.file, finding.column) == (file, column)
    assert words in finding.message


def test_51_convoys_that_just_do_not_meet_are_accepted(tiny_scenario: Path) -> None:
    put(tiny_scenario / "crossings.csv", 2, convoy_every_min="1", convoy_most="3",
        convoy_spacing_s="29")  # fmt: skip
    result = read_scenario(tiny_scenario)
    assert found(result, 51) == []
    assert result.scenario.crossings[0].convoy == ConvoyRule(60, 3, 29)


def test_53_a_window_already_past_is_a_warning(tiny_scenario: Path) -> None:
    assert found(read_scenario(tiny_scenario), 53) == []
    package = tiny_scenario / "datapackage.json"
    document = json.loads(package.read_text(encoding="utf-8"))
    document["safepassage"]["planning_date"] = "2025-03-01T12:00:01+00:00"
    package.write_text(json.dumps(document), encoding="utf-8")
    (finding,) = found(read_scenario(tiny_scenario), 53)
    assert finding.severity is Severity.WARNING
    assert "nobody can be carried in it any more" in finding.message
