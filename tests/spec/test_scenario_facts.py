"""One test for each of §44 to §48 of docs/spec/00-scenario.md, and for what §2 to §24 gained."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from safepassage.core.corridor.types import CONTESTED, ClosureKind, HazardKind, VehicleClass
from safepassage.errors import Severity, UsageError, VersionError
from safepassage.exercises.sudzha import write_exercise
from safepassage.scenario.facts import hazard_model, map_facts
from safepassage.scenario.reader import ReadResult, read_scenario
from safepassage.scenario.schema import (
    ASSUMED_HOLDERS,
    HOLDER_WORDS,
    SETTLEMENT_CONTROL,
    WHAT_IFS,
    Resource,
)
from safepassage.scenario.writer import write_scenario, write_table

SQUARE = [[[34.9, 50.9], [35.0, 50.9], [35.0, 51.0], [34.9, 51.0], [34.9, 50.9]]]
POLYGON = {"type": "Polygon", "coordinates": SQUARE}


def edit_head(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "datapackage.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def add(folder: Path, resource: Resource, *rows: dict[str, object]) -> None:
    write_table(folder / resource.path, resource, rows)
    entry = {"name": resource.name, "path": resource.path}
    edit_head(folder, lambda document: document["resources"].append(entry))


def add_features(folder: Path, name: str, *features: tuple[dict[str, Any], Any]) -> None:
    path = f"{name}.geojson"
    document = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": geometry}
            for properties, geometry in features
        ],
    }
    (folder / path).write_text(json.dumps(document), encoding="utf-8")
    edit_head(
        folder,
        lambda package: package.update(
            resources=[item for item in package["resources"] if item["name"] != name]
            + [{"name": name, "path": path}]
        ),
    )


def closure(**values: object) -> dict[str, Any]:
    return {"closure_id": "c", "kind": "closed", "source": "test"} | values


def fact(**values: object) -> dict[str, object]:
    usual = {"settlement": "Westby", "lat": 51.0, "lon": 35.0, "dated": "2025-02-01"}
    return usual | {"held_by": "A", "source": "test"} | values


def said(result: ReadResult, rule: int) -> list[str]:
    return [str(item) for item in result.findings if item.rule == f"00-scenario §{rule}"]


def test_2_a_scenario_of_the_first_version_is_read_and_one_of_the_next_refused(
    tiny_scenario: Path,
) -> None:
    edit_head(tiny_scenario, lambda package: package["safepassage"].update(schema_version="1.0"))
    first = read_scenario(tiny_scenario)
    assert first.findings == ()
    assert first.scenario.schema_version == "1.1"
    edit_head(tiny_scenario, lambda package: package["safepassage"].update(schema_version="1.2"))
    with pytest.raises(VersionError, match="update safepassage"):
        read_scenario(tiny_scenario)


def test_21_an_area_over_the_antimeridian_is_cut_there(tiny_scenario: Path) -> None:
    ring = [[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]
    add_features(tiny_scenario, "closures", (closure(), {"type": "Polygon", "coordinates": [ring]}))
    result = read_scenario(tiny_scenario)
    (found,) = result.scenario.closures
    longitudes = [sorted({lon for lon, _ in rings[0]}) for rings in found.polygons]
    assert sorted(longitudes) == [[-180.0, -179.0], [179.0, 180.0]]
    assert "cut there" in said(result, 21)[0]


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        ({"type": "Polygon", "coordinates": []}, "without a ring"),
        ({"type": "MultiPolygon", "coordinates": []}, "without polygons"),
        ({"type": "Polygon", "coordinates": [[[35, 51], [35, 51], [35, 51]]]}, "positions"),
        (None, "no geometry"),
    ],
)
def test_22_an_area_without_ground_is_kept_as_a_reject(
    tiny_scenario: Path, geometry: Any, words: str
) -> None:
    properties = {"area_id": "e", "holder": "A", "valid_from": "2025-01-01T00:00Z", "source": "x"}
    add_features(tiny_scenario, "control", (properties, geometry))
    result = read_scenario(tiny_scenario)
    assert result.scenario.control == ()
    assert words in said(result, 22)[0]
    assert [reject.file for reject in result.rejects] == ["control.geojson"]


def test_25_a_hazard_is_never_attributed(tiny_scenario: Path) -> None:
    mines = {"hazard_id": "m", "kind": "mines", "severity": 0.5, "source": "survey"}
    mines |= {"observed_at": "2025-02-01T00:00Z", "laid_by": "B"}
    add_features(tiny_scenario, "hazards", (mines, POLYGON))
    result = read_scenario(tiny_scenario)
    assert "never attributed to anybody" in said(result, 25)[0]
    assert len(result.scenario.hazards) == 1
    assert "laid_by" not in repr(result.scenario)


def test_44_a_closure_with_everything_is_read(tiny_scenario: Path) -> None:
    values = closure(
        kind="open_only",
        classes=["bus", "truck"],
        windows=["2025-02-20T08:00+02:00/2025-02-20T14:00+02:00"],
        daily_from="20:00",
        daily_to="06:30",
        weekdays=["sat", "sun"],
    )
    add_features(tiny_scenario, "closures", (values, POLYGON))
    result = read_scenario(tiny_scenario)
    assert result.findings == ()
    (found,) = result.scenario.closures
    assert found.kind is ClosureKind.OPEN_ONLY
    assert found.classes == {VehicleClass.BUS, VehicleClass.TRUCK}
    assert found.daily == (1200, 390)
    assert found.weekdays == {5, 6}
    assert found.timezone == result.scenario.timezone
    start = datetime(2025, 2, 20, 6, tzinfo=UTC)
    assert found.windows == ((start, start + timedelta(hours=6)),)


@pytest.mark.parametrize(
    ("values", "geometry", "words"),
    [
        ({"way_ids": ["1"]}, POLYGON, "says twice where it lies"),
        ({}, None, "no geometry"),
        ({"way_ids": "x1"}, None, "not the id of a way"),
        ({"daily_from": "20:00"}, POLYGON, "both daily_from and daily_to"),
        ({"daily_from": "20:00", "daily_to": "20:00"}, POLYGON, "leave both empty"),
        ({"daily_from": "25:00", "daily_to": "20:00"}, POLYGON, "not a time of day"),
        ({"timezone": "Mars/Base"}, POLYGON, "not a time zone"),
        ({"kind": "open_only"}, POLYGON, "has none"),
        ({"windows": "2025-02-20T08:00Z"}, POLYGON, "without '/'"),
        ({"windows": "2025-02-20T08:00Z/2025-02-20T07:00Z"}, POLYGON, "ends before it begins"),
        ({"reach_m": 5}, POLYGON, "only a line has a reach"),
        (
            {"valid_from": "2025-02-20T08:00Z", "valid_to": "2025-02-19T08:00Z"},
            POLYGON,
            "not after",
        ),
        ({"place_id": "nowhere"}, None, "nowhere"),
    ],
)
def test_44_a_wrong_closure_is_set_aside_and_nobody_drives_by_it_in_silence(
    tiny_scenario: Path, values: dict[str, Any], geometry: Any, words: str
) -> None:
    add_features(tiny_scenario, "closures", (closure(**values), geometry))
    result = read_scenario(tiny_scenario)
    assert result.scenario.closures == ()
    assert any(words in str(item) for item in result.findings)
    assert "no plan knows of them" in said(result, 44)[-1]
    assert len(result.rejects) == 1


def test_44_a_way_that_is_not_drawn_is_a_warning(tiny_scenario: Path) -> None:
    add_features(tiny_scenario, "closures", (closure(way_ids=[1, 99]), None))
    result = read_scenario(tiny_scenario)
    assert "'99' is not a link of the roads" in said(result, 44)[0]
    assert result.scenario.closures[0].way_ids == (1, 99)


def test_45_no_spelling_is_guessed_and_no_row_is_lost(tiny_scenario: Path) -> None:
    add(tiny_scenario, HOLDER_WORDS, {"words": "Alphaland", "means": "A"})
    add(
        tiny_scenario,
        SETTLEMENT_CONTROL,
        fact(held_by="Alphaland"),
        fact(held_by="alphaland", settlement="Eastby"),
        fact(held_by="contested", settlement="Midby"),
        fact(held_by="", settlement="Noby"),
        fact(lat=None, lon=None, settlement="Lostby"),
        fact(settlement=""),
    )
    result = read_scenario(tiny_scenario)
    assert [item.holder for item in result.scenario.settlements] == ["A", CONTESTED]
    assert [reject.row for reject in result.rejects] == [5, 6, 7, 3]
    (sentence,) = [text for text in said(result, 45) if "row 3" in text]
    assert "it looks like 'Alphaland', but nothing is guessed" in sentence


def test_45_two_holders_or_two_positions_of_one_settlement_are_said(tiny_scenario: Path) -> None:
    rows = (fact(), fact(held_by="B"), fact(lat=51.01, dated="2025-02-03"))
    add(tiny_scenario, SETTLEMENT_CONTROL, *rows)
    result = read_scenario(tiny_scenario)
    assert len(result.scenario.settlements) == 3
    first, second = said(result, 45)
    assert "says 'B' where row 2 says 'A'" in first
    assert "1.1 km from where row 2 puts it" in second
    assert {item.severity for item in result.findings} == {Severity.WARNING}


def test_46_a_word_means_a_party_or_a_state(tiny_scenario: Path) -> None:
    add(tiny_scenario, HOLDER_WORDS, {"words": "x", "means": "C"}, {"words": "y", "means": "truce"})
    result = read_scenario(tiny_scenario)
    assert [item.words for item in result.scenario.holder_words] == ["y"]
    assert "accepted: A, B, N, contested, truce, unknown" in said(result, 46)[0]


def test_47_the_parts_of_a_what_if_fall_with_it(tiny_scenario: Path) -> None:
    holder = {
        "assumption_id": "h",
        "what_if": "rain",
        "place_id": "westby",
        "holder": "B",
        "valid_from": "2025-02-01T00:00Z",
        "reach_m": 500,
        "reason": "asked",
    }
    add(tiny_scenario, WHAT_IFS, {"what_if": "rain", "title": "If it rains?"})
    add(tiny_scenario, ASSUMED_HOLDERS, holder)
    add_features(tiny_scenario, "closures", (closure(what_if="rain"), POLYGON))
    scenario = read_scenario(tiny_scenario).scenario
    assert map_facts(scenario).closures == ()
    assert len(map_facts(scenario, what_if="rain").closures) == 1
    assert map_facts(scenario, what_if="rain").control[-1].area_id == "h"
    with pytest.raises(UsageError):
        map_facts(scenario, what_if="snow")
    write_table(tiny_scenario / WHAT_IFS.path, WHAT_IFS, [{"what_if": "rain", "title": ""}])
    result = read_scenario(tiny_scenario)
    assert result.scenario.closures == ()
    assert result.scenario.assumed_holders == ()
    assert sorted(reject.file for reject in result.rejects) == [
        "assumed_holders.csv", "closures.geojson", "what_ifs.csv",
    ]  # fmt: skip


def test_48_the_terms_of_hazards_come_from_the_planning_table(tiny_scenario: Path) -> None:
    changed = {
        "drone": {"weight_per_h": 3, "half_life_days": 7, "source": "our monitors"},
        "flood": {"weight_per_h": -1, "doubling_days": 0, "source": "x"},
        "storm": {},
    }

    def change(package: dict[str, Any]) -> None:
        package["safepassage"]["planning"] |= {"hazards": changed, "hazard_age_limit": 5}

    edit_head(tiny_scenario, change)
    result = read_scenario(tiny_scenario)
    model = hazard_model(result.scenario.planning)
    drone, flood = model.terms_of(HazardKind.DRONE), model.terms_of(HazardKind.FLOOD)
    assert (drone.weight_per_h, drone.doubling_days, drone.half_life_days) == (3.0, 14.0, 7.0)
    assert (flood.weight_per_h, flood.doubling_days) == (0.5, 14.0)
    assert model.age_factor_limit == 5.0
    assert len(said(result, 48)) == 3


def test_40_the_exercise_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write_exercise(tmp_path / "one")
    first = read_scenario(tmp_path / "one")
    assert first.findings == ()
    second = read_scenario(write_scenario(first.scenario, tmp_path / "two"))
    for name in first.scenario.__slots__:
        if name not in {"folder", "digest"}:
            assert getattr(first.scenario, name) == getattr(second.scenario, name), name
