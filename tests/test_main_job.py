"""The main job on real road networks: write, read, plan, judge with the plain oracle, simulate.

Andorra and Porto lie in the data folder beside the project; Helsinki is in the repository, so that
the job is run on a real network everywhere.
"""

from pathlib import Path

import pytest

from safepassage.core.convoy.bound import bound_b0
from safepassage.core.convoy.check import check_plan
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.simulate import simulate
from safepassage.exercises.roads import write_road_exercise
from safepassage.pipeline import prepare

HELSINKI = Path(__file__).parent / "data" / "osm" / "helsinki.osm.pbf"


def run_main_job(extract: Path, folder: Path, households: int) -> None:
    write_road_exercise(folder, extract, seed=3, households=households, special=0.2, pickups=12)
    prepared = prepare(folder)
    plan = plan_convoy(prepared.problem, prepared.pre_left, seed=3, iterations=300)
    oracle = prepare(folder, exact=True)
    assert check_plan(oracle.problem, oracle.households, plan) == ()
    assert plan.totals.persons > 0
    assert plan.totals.value_across <= bound_b0(prepared.problem).value
    assert prepared.scenario.delays is not None
    summary = simulate(prepared.problem, plan, prepared.scenario.delays, runs=200, seed=3)
    assert summary.persons_planned == plan.totals.persons
    assert 0 < summary.persons_expected <= plan.totals.persons


def test_on_helsinki(tmp_path: Path) -> None:
    run_main_job(HELSINKI, tmp_path / "operation", households=80)


@pytest.mark.parametrize("name", ["andorra.osm.pbf", "porto-portugal.osm.pbf"])
def test_on_networks_beside_the_project(name: str, shared_data: Path, tmp_path: Path) -> None:
    run_main_job(shared_data / "osm" / name, tmp_path / "operation", households=60)
