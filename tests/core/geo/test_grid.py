"""The grid finds the same as looking at every box."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from safepassage.core.geo.grid import SIDE, Grid, file_boxes


@pytest.fixture
def boxes():
    """400 boxes of all sizes over ten degrees, and a few points."""
    dice = np.random.default_rng(5)
    corners = dice.uniform(0, 10, (2, 400))
    sizes = dice.choice([0.0, 0.01, 0.2, 4.0], (2, 400))
    far = np.minimum(corners + sizes, 10.0)
    return corners[0], corners[1], far[0], far[1]


@pytest.mark.parametrize(
    "area",
    [
        shapely.box(2, 2, 7, 9),
        shapely.Point(5, 5).buffer(3).difference(shapely.Point(5, 5).buffer(1)),
        shapely.box(4.001, 4.001, 4.002, 4.002),
        shapely.box(-5, -5, 20, 20),
        shapely.box(11, 11, 12, 12),
    ],
)
def test_sure_boxes_lie_wholly_in_the_area_and_no_other_box_that_does_is_lost(boxes, area):
    grid = Grid(0.0, 0.0, 10.0, 10.0)
    sure, doubtful = file_boxes(grid, *boxes).split(*grid.split(area))
    shapes = shapely.box(*boxes)
    assert shapely.covers(area, shapes[sure]).all()
    touching = np.flatnonzero(shapely.intersects(area, shapes))
    assert set(touching.tolist()) <= set(sure.tolist()) | set(doubtful.tolist())
    assert not set(sure.tolist()) & set(doubtful.tolist())


def test_a_grid_without_extent_has_all_in_one_cell():
    grid = Grid(3.0, 4.0, 0.0, 0.0)
    filed = file_boxes(grid, *(np.full(2, value) for value in (3.0, 4.0, 3.0, 4.0)))
    sure, doubtful = filed.split(*grid.split(shapely.box(0, 0, 10, 10)))
    assert sorted([*sure.tolist(), *doubtful.tolist()]) == [0, 1]


def test_a_small_area_asks_about_few_cells():
    within, edge = Grid(0.0, 0.0, 10.0, 10.0).split(shapely.box(1, 1, 1.01, 1.01))
    assert len(within) + len(edge) <= 4
    whole, edge = Grid(0.0, 0.0, 10.0, 10.0).split(shapely.box(-1, -1, 11, 11))
    assert len(whole) == SIDE * SIDE
    assert len(edge) == 0
