"""One test for each numbered rule of docs/spec/03-corridor.md §95 to §99: what a person types."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from safepassage.adapters.closure_file import add_closure
from safepassage.cli.corridor.asking import place, when
from safepassage.cli.main import run
from safepassage.core.corridor.compare import (
    Facts,
    Measures,
    Verdict,
    compare,
    fresh_routers,
    grounds_at,
)
from safepassage.core.corridor.isochrone import BESIDE_M, bands, reached_places
from safepassage.core.corridor.matrices import travel_matrices
from safepassage.core.corridor.types import Closure
from safepassage.errors import InputError, UsageError
from safepassage.pipeline import Roads, prepare, read_roads
from safepassage.scenario.reader import read_scenario


def test_95_a_place_is_an_id_or_a_position_and_a_date_is_a_day(tiny_scenario, capsys):
    given = read_scenario(tiny_scenario).scenario
    assert place(given, "westby").name == "Westby"
    typed = place(given, "51.0, 35.05")
    assert (typed.lat, typed.lon) == (51.0, 35.05)
    with pytest.raises(UsageError, match="westby"):
        place(given, "westbi")
    day, hour = when("2025-03-01", given), when("2025-03-01T21:00+00:00", given)
    assert day.day is not None
    assert day.day[1] - day.day[0] == timedelta(days=1)
    assert (day.at.hour, hour.day) == (12, None)
    add_closure(tiny_scenario, Closure("night", "order", way_ids=(4,), daily=(1200, 360)))
    ways = ["corridor", "find", str(tiny_scenario), "--from", "westby", "--to", "gate"]
    assert run([*ways, "--date", "2025-03-01"]) == 0
    told = capsys.readouterr().out
    assert "Shut for a part of 2025-03-01 only, and not counted here: 'night'" in told
    assert run([*ways, "--date", "2025-03-01T21:00+00:00"]) == 1


def test_96_a_comparison_has_the_numbers_of_the_matrices_and_names_the_facts(road_world):
    roads = road_world.network(
        {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.02, 0.0), 4: (0.01, -0.01)},
        [(12, 1, 2), (23, 2, 3), (14, 1, 4), (43, 4, 3, {"length_m": 3000.0})],
    )
    places = (
        road_world.place("gate", 0.02, 0.0, "crossing"),
        road_world.place("home", 0.0, 0.0),
        road_world.place("school", 0.01, 0.0, "reception_centre"),
    )
    danger = road_world.hazard("fire", (0.012, -0.001, 0.018, 0.001), 1.0)
    states = Facts((), (), road_world.AT), Facts((), (danger,), road_world.AT)
    found = compare(roads, places, ["gate"], [road_world.BUS], *states, Measures())
    for number, facts in enumerate(states):
        matrices = travel_matrices(roads, places, [road_world.BUS], (), facts.hazards, facts.at)
        seconds = matrices.matrices[0].travel_time_s
        legs = {one.place_id: (one.before, one.after)[number] for one in found}
        assert legs["home"].travel_time_s == seconds[1, 0]
        assert legs["school"].travel_time_s == seconds[0, 2]
    assert {one.verdict for one in found} == {Verdict.CHANGED}
    assert {one.causes for one in found} == {
        ("now closed by hazard 'fire' (shelling, severity 1, observed 2025-02-20)",)
    }


def test_97_an_isochrone_has_the_minutes_of_the_matrices_and_ends_where_time_is_up(road_world):
    roads = road_world.line(6)
    places = road_world.places_at(roads, 2, 1, 4, 6)
    (ground,) = grounds_at(
        roads, places, [road_world.BUS], Facts((), (), road_world.AT), Measures()
    )
    times = fresh_routers()(ground).times_from(ground.nodes["n2"])
    matrix = travel_matrices(roads, places, [road_world.BUS], (), (), road_world.AT).matrices[0]
    reached = [one.travel_time_s for one in reached_places(ground, times)]
    assert reached == matrix.travel_time_s[0].tolist()
    (band,) = bands(ground, times, (90,))
    east = max(point[0] for line in band.lines for point in line)
    assert east == pytest.approx(0.01 + 0.015)
    north = max(point[1] for rings in band.area for point in rings[0])
    assert north * 110_574 == pytest.approx(BESIDE_M, rel=0.01)


def test_98_a_closure_is_read_back_as_given_or_nothing_is_written(tiny_scenario):
    before = {path: path.read_bytes() for path in tiny_scenario.rglob("*") if path.is_file()}
    nowhere = Closure("gone", "order", place_id="moon")
    with pytest.raises(InputError):
        add_closure(tiny_scenario, nowhere)
    after = {path: path.read_bytes() for path in tiny_scenario.rglob("*") if path.is_file()}
    assert before == after
    rule = Closure("night", "order", way_ids=(4,), daily=(1200, 360), timezone="UTC")
    assert add_closure(tiny_scenario, rule) == ("closures.geojson", "datapackage.json")
    assert read_scenario(tiny_scenario).scenario.closures == (rule,)
    # Movement is from 05:00 on, so that the plan cannot count on the road.
    prepared = prepare(tiny_scenario)
    assert [one.closure_id for one in prepared.facts.closures] == ["night"]
    assert prepared.problem.groups == ()


def test_99_the_cache_is_checked_by_what_it_was_made_from_and_mended(
    tmp_path, town_extract, road_world
):
    folder, cache = tmp_path / "op", tmp_path / "cache"
    assert run(["scenario", "init", str(folder), "--roads", str(town_extract)]) == 0
    given = read_scenario(folder).scenario
    first = read_roads(given, cache)
    made = first.topology(road_world.BUS.vehicle_class)
    kept = {path.name for path in cache.iterdir()}
    for path in cache.iterdir():
        path.write_bytes(b"no file at all")
    again = read_roads(given, cache)
    mended = again.topology(road_world.BUS.vehicle_class)
    assert np.array_equal(first.network.way_id, again.network.way_id)
    assert np.array_equal(made.shape.rank, mended.shape.rank)
    assert {path.name for path in cache.iterdir()} == kept
    other = replace(first.network, tail=first.network.head, head=first.network.tail)
    Roads(other, cache).topology(road_world.BUS.vehicle_class)
    assert len(list(cache.iterdir())) == len(kept) + 1
    assert json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
