"""A new scenario can really be driven: every leg that a plan needs has a way (00-scenario §42)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from safepassage.adapters.roads import load_roads
from safepassage.adapters.skeleton import init_scenario
from safepassage.core.corridor.matrices import travel_matrices
from safepassage.core.corridor.types import PlaceKind, TravelProfile
from safepassage.errors import InfeasibleError, Severity
from safepassage.scenario.reader import read_scenario
from safepassage.scenario.types import Scenario
from safepassage.scenario.validate import all_findings

DAY = date(2026, 6, 1)


def legs_without_a_way(scenario: Scenario) -> list[str]:
    """Return a word for each leg of depot, crossing, pick-ups and centre without a way."""
    assert scenario.roads is not None
    network = load_roads(scenario.folder, scenario.roads)
    places = tuple(place for place in scenario.places if place.kind is not PlaceKind.SETTLEMENT)
    profiles = tuple(
        dict.fromkeys(
            TravelProfile(item.vehicle_class, item.sides, item.weight_t, item.height_m)
            for item in scenario.vehicles
        )
    )
    matrices = travel_matrices(
        network, places, profiles, scenario.control, scenario.hazards, scenario.planning_date,
        risk_weight_s=scenario.planning.risk_weight_s, snap_limit_m=scenario.planning.snap_limit_m,
    )  # fmt: skip
    own = {"A": ("pickup", "depot_a", "crossing"), "B": ("centre", "depot_b", "crossing")}
    missing = []
    for matrix in matrices.matrices:
        (side,) = matrix.profile.sides
        used = [i for i, name in enumerate(matrices.place_ids) if name.startswith(own[side])]
        times = matrix.travel_time_s[np.ix_(used, used)]
        missing += [f"{side} {matrix.profile.vehicle_class}"] * int((times < 0).sum())
    return missing


def test_a_small_town(tmp_path: Path, town_extract: Path) -> None:
    made = init_scenario(tmp_path / "new", town_extract, day=DAY, timezone="Africa/Lagos")
    scenario = read_scenario(made.folder).scenario
    assert legs_without_a_way(scenario) == []
    assert scenario.windows[0].opens_s == 8 * 3600
    assert scenario.epoch.isoformat() == "2026-05-31T23:00:00+00:00"


@pytest.mark.parametrize(
    "extract",
    [
        "monaco.osm.gz",
        "Helsinki.osm.pbf",
        "andorra.osm.pbf",
        pytest.param("heidelberg.osm.pbf", marks=pytest.mark.slow),
        pytest.param("porto-portugal.osm.pbf", marks=pytest.mark.slow),
    ],
)
def test_real_extracts(tmp_path: Path, shared_data: Path, extract: str) -> None:
    made = init_scenario(tmp_path / "new", shared_data / "osm" / extract, day=DAY)
    result = read_scenario(made.folder)
    errors = [item for item in all_findings(result) if item.severity is Severity.ERROR]
    assert errors == []
    assert made.pick_ups >= 4
    assert legs_without_a_way(result.scenario) == []


def test_roads_that_cannot_be_divided_are_refused_with_a_sentence(tmp_path: Path) -> None:
    extract = tmp_path / "lane.osm"
    nodes = "".join(f"<node id='{n}' version='1' lat='10' lon='{20 + n / 1000}'/>" for n in (1, 2))
    way = "<way id='9' version='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/></way>"
    text = f"<?xml version='1.0'?><osm version='0.6'>{nodes}{way}</osm>"
    extract.write_text(text, encoding="utf-8")
    with pytest.raises(InfeasibleError, match="larger extract"):
        init_scenario(tmp_path / "new", extract, day=DAY)
    assert not (tmp_path / "new").exists()


def test_more_settlements_than_needed_are_cut_with_a_note(
    tmp_path: Path, town_extract: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("safepassage.adapters.skeleton.MOST_SETTLEMENTS", 5)
    made = init_scenario(tmp_path / "new", town_extract, day=DAY)
    assert made.settlements == 5
    assert "names 6 settlements" in made.notes[0]


def test_control_is_drawn_longitude_first(tmp_path: Path, town_extract: Path) -> None:
    made = init_scenario(tmp_path / "new", town_extract, day=DAY)
    document = json.loads((made.folder / "control.geojson").read_text(encoding="utf-8"))
    for feature in document["features"]:
        lon, lat = feature["geometry"]["coordinates"][0][0]
        assert 19 < lon < 21
        assert 9 < lat < 11
