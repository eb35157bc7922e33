"""Places and a hand-made network must lie on one another (00-scenario §18, §20)."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from safepassage.scenario.validate import validate

Row = dict[str, str]


def rewrite(path: Path, change: Callable[[Row], Row]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [change(row) for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def sentences(folder: Path) -> list[str]:
    return [str(finding) for finding in validate(folder)]


def test_a_network_with_exchanged_columns_is_one_sentence(tiny_scenario: Path) -> None:
    rewrite(
        tiny_scenario / "roads" / "nodes.csv",
        lambda row: row | {"lat": row["lon"], "lon": row["lat"]},
    )
    said = [line for line in sentences(tiny_scenario) if "road" in line]
    assert len(said) == 1
    assert said[0].startswith("roads/nodes.csv, column 'lat': the road nodes lie ")
    assert "probably swapped" in said[0]


def test_a_crossing_with_no_road_is_named_with_its_distance(tiny_scenario: Path) -> None:
    def away(row: Row) -> Row:
        at_crossing = row["kind"] == "crossing"
        return row | {"lat": str(float(row["lat"]) + 1)} if at_crossing else row

    assert not any("has no road" in line for line in sentences(tiny_scenario))
    rewrite(tiny_scenario / "places.csv", away)
    said = [line for line in sentences(tiny_scenario) if "has no road" in line]
    assert len(said) == 1
    assert "crossing '" in said[0]
    assert "accepted: at most" in said[0]
