from dataclasses import replace
from datetime import timedelta

import numpy as np

from safepassage.core.corridor.metric import Shut, build_metric, weight_limits_t
from safepassage.core.corridor.situation import read_situation
from safepassage.core.corridor.types import Closure, VehicleClass


def test_a_closure_shuts_its_classes_only(road_world):
    roads = road_world.line(3)
    rule = Closure("c", "test", way_ids=(1,), classes=frozenset({VehicleClass.BUS}),
                   valid_from=road_world.AT - timedelta(hours=1))  # fmt: skip
    found = read_situation(roads, (), (), road_world.AT, closures=(rule,))
    bus = build_metric(roads, found, road_world.BUS, 0.0)
    assert bus.shut.tolist() == [Shut.CLOSURE, Shut.CLOSURE, 0, 0]
    assert bus.open(ignoring=Shut.CLOSURE).all()
    assert build_metric(roads, found, road_world.CAR, 0.0).open().all()


def test_the_limit_of_a_class_replaces_the_general_one(road_world):
    roads = replace(
        road_world.network({1: (0, 0), 2: (0.01, 0)}, [(1, 1, 2, {"weight_t": 7.5})]),
        class_weight_arc=np.array([0], dtype=np.int32),
        class_weight_access=np.array([0b01000], dtype=np.uint8),
        class_weight_t=np.array([20.0], dtype=np.float32),
    )
    assert weight_limits_t(roads, VehicleClass.BUS).tolist() == [20.0, 7.5]
    assert weight_limits_t(roads, VehicleClass.TRUCK).tolist() == [7.5, 7.5]
