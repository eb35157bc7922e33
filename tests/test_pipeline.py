"""From a folder to a planning problem: what is refused before anything is planned."""

from pathlib import Path

import pytest

from safepassage.errors import ScenarioError
from safepassage.exercises.roads import write_road_exercise
from safepassage.pipeline import prepare

HELSINKI = Path(__file__).parent / "data" / "osm" / "helsinki.osm.pbf"


def move_place(folder: Path, kind: str, lat: str, lon: str) -> str:
    """Move the first place of a kind and return its id."""
    path = folder / "places.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    columns = header.split(",")
    at = next(i for i, row in enumerate(rows) if row.split(",")[columns.index("kind")] == kind)
    cells = rows[at].split(",")
    cells[columns.index("lat")], cells[columns.index("lon")] = lat, lon
    rows[at] = ",".join(cells)
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return cells[columns.index("place_id")]


def test_a_crossing_with_no_road_is_named_and_nothing_is_planned(tmp_path: Path) -> None:
    folder = tmp_path / "operation"
    write_road_exercise(folder, HELSINKI, seed=1, households=20, pickups=5)
    crossing = move_place(folder, "crossing", "59.80", "24.90")
    with pytest.raises(ScenarioError, match=f"'{crossing}'.*\n.*no crossing has a road"):
        prepare(folder)


def test_a_pickup_with_no_road_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "operation"
    write_road_exercise(folder, HELSINKI, seed=1, households=20, pickups=5)
    pickup = move_place(folder, "assembly_point", "59.80", "24.90")
    prepared = prepare(folder)
    assert any(f"'{pickup}'" in finding.message for finding in prepared.findings)
    assert prepared.problem.groups
    left = {household.token for household in prepared.households if household.place_id == pickup}
    assert left == {one.token for one in prepared.pre_left}


def test_a_scenario_without_a_fleet_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "operation"
    write_road_exercise(folder, HELSINKI, seed=1, households=20, pickups=5)
    fleet = folder / "vehicles.csv"
    fleet.write_text(fleet.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"a plan needs vehicles\.csv"):
        prepare(folder)
