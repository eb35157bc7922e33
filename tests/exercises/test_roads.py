"""Exercises over real road networks: valid, reachable, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from safepassage.adapters.roads import load_roads
from safepassage.core.corridor.matrices import travel_matrices
from safepassage.errors import InfeasibleError, InputError, Severity
from safepassage.exercises.roads import write_road_exercise
from safepassage.pipeline import planning_places, vehicle_profiles
from safepassage.scenario.reader import read_scenario
from safepassage.scenario.validate import validate


@pytest.fixture
def andorra(shared_data: Path) -> Path:
    return shared_data / "osm" / "andorra.osm.pbf"


def test_the_andorra_instance_is_the_one_of_the_study(andorra: Path, tmp_path: Path) -> None:
    made = write_road_exercise(tmp_path, andorra)
    assert made.households == made.pickups == 300
    assert 850 < made.persons < 920
    errors = [found for found in validate(tmp_path) if found.severity is Severity.ERROR]
    assert errors == []
    # Pas de la Casa, the eastern border.
    assert made.crossing == pytest.approx((42.547, 1.731), abs=0.01)


def test_every_place_can_be_reached_by_every_vehicle(andorra: Path, tmp_path: Path) -> None:
    write_road_exercise(tmp_path, andorra, households=60)
    scenario = read_scenario(tmp_path).scenario
    assert scenario.roads is not None
    assert scenario.households is not None
    matrices = travel_matrices(
        load_roads(tmp_path, scenario.roads),
        planning_places(scenario, scenario.households),
        vehicle_profiles(scenario.vehicles)[0],
        scenario.control,
        scenario.hazards,
        scenario.planning_date,
    )
    assert matrices.unreachable == ()
    assert all((matrix.travel_time_s >= 0).all() for matrix in matrices.matrices)


def test_same_seed_same_bytes_other_seed_other_households(andorra: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_road_exercise(tmp_path / name, andorra, seed=seed, households=40)
    tables = [
        {path.name: path.read_bytes() for path in (tmp_path / name).glob("*.*")} for name in "abc"
    ]
    assert tables[0] == tables[1]
    assert tables[0]["households.csv"] != tables[2]["households.csv"]


def test_a_missing_extract_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.osm\.pbf"):
        write_road_exercise(tmp_path / "out", tmp_path / "nowhere.osm.pbf")


def test_one_road_is_too_little_for_an_exercise(tmp_path: Path) -> None:
    extract = tmp_path / "lane.osm"
    extract.write_text(
        '<osm version="0.6"><node id="1" lat="51" lon="35"/><node id="2" lat="51.1" lon="35"/>'
        '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="secondary"/></way></osm>',
        encoding="utf-8",
    )
    with pytest.raises(InfeasibleError, match=r"lane\.osm has 0 junctions"):
        write_road_exercise(tmp_path / "out", extract)
