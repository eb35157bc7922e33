"""A grid over many boxes: which lie wholly in an area, and which have to be looked at closely.

Most of a country's roads lie wholly on one side of a line on the map. A grid finds them by its
cells, so that only what lies near an outline costs a geometric test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIDE = 64
"""Cells along each side of a grid."""
_BLOCK = 8
"""Cells along each side of a block; whole blocks are decided before their cells."""
_SLACK = 1e-9
"""Degrees by which cells are taken larger than they are, against rounding."""


@dataclass(frozen=True, slots=True)
class Grid:
    """`SIDE` by `SIDE` equal cells over a rectangle, counted from the south-west, row by row.

    Parameters
    ----------
    west, south, width, height
        Degrees, WGS 84.
    """

    west: float
    south: float
    width: float
    height: float

    def columns(self, lon: Floats) -> Ints:
        """Return int64[k], the column of each longitude, the nearest for one outside."""
        return _place(lon, self.west, self.width)

    def rows(self, lat: Floats) -> Ints:
        """Return int64[k], the row of each latitude, the nearest for one outside."""
        return _place(lat, self.south, self.height)

    def split(self, area: shapely.Geometry) -> tuple[Ints, Ints]:
        """Return (cells wholly in an area, cells that its outline may touch), sorted.

        Parameters
        ----------
        area
            Polygons in degrees.
        """
        shapely.prepare(area)
        whole_blocks, edge_blocks = self._decide(area, self._blocks_near(area), _BLOCK)
        within, edge = self._decide(area, _cells_of(edge_blocks), 1)
        return np.sort(np.r_[_cells_of(whole_blocks), within]), np.sort(edge)

    def blocks(self, lon: Floats, lat: Floats) -> Ints:
        """Return int64[k], the block in which each position lies."""
        return self.rows(lat) // _BLOCK * SIDE + self.columns(lon) // _BLOCK

    def block(self, number: int) -> shapely.Geometry:
        """Return the square of a block, a little larger than it is."""
        corner = np.array([number // SIDE * _BLOCK * SIDE + number % SIDE * _BLOCK])
        square: shapely.Geometry = self._squares(corner, _BLOCK)[0]
        return square

    def _blocks_near(self, area: shapely.Geometry) -> Ints:
        """Return the south-west cells of the blocks that the area's box meets."""
        west, south, east, north = shapely.bounds(area)
        outside = east < self.west - _SLACK or west > self.west + self.width + _SLACK
        if outside or north < self.south - _SLACK or south > self.south + self.height + _SLACK:
            return np.zeros(0, dtype=np.int64)
        columns = self.columns(np.array([west - _SLACK, east + _SLACK])) // _BLOCK * _BLOCK
        rows = self.rows(np.array([south - _SLACK, north + _SLACK])) // _BLOCK * _BLOCK
        across = np.arange(columns[0], columns[1] + 1, _BLOCK)
        return (np.arange(rows[0], rows[1] + 1, _BLOCK)[:, None] * SIDE + across).ravel()

    def _decide(self, area: shapely.Geometry, corners: Ints, size: int) -> tuple[Ints, Ints]:
        """Return which squares of cells lie wholly in the area, and which on its outline."""
        if len(corners) == 0:
            return corners, corners
        squares = self._squares(corners, size)
        meets = np.flatnonzero(shapely.intersects(area, squares))
        whole = shapely.contains_properly(area, squares[meets])
        return corners[meets[whole]], corners[meets[~whole]]

    def _squares(self, corners: Ints, size: int) -> NDArray[np.object_]:
        step_lon, step_lat = self.width / SIDE, self.height / SIDE
        west = self.west + corners % SIDE * step_lon
        south = self.south + corners // SIDE * step_lat
        boxes: NDArray[np.object_] = shapely.box(
            west - _SLACK,
            south - _SLACK,
            west + size * step_lon + _SLACK,
            south + size * step_lat + _SLACK,
        )
        return boxes


def _place(values: Floats, start: float, extent: float) -> Ints:
    if extent <= 0:
        return np.zeros(len(values), dtype=np.int64)
    cells = np.floor((values - start) * (SIDE / extent))
    return np.clip(cells, 0, SIDE - 1).astype(np.int64)


def _cells_of(blocks: Ints) -> Ints:
    """Return the cells of blocks given by their south-west cells."""
    steps = np.arange(_BLOCK)
    return (blocks[:, None] + (steps[:, None] * SIDE + steps).ravel()).ravel()


@dataclass(frozen=True, slots=True, eq=False)
class Filed:
    """Boxes filed by the cells that they touch.

    Parameters
    ----------
    offset
        int64[cells + 1], where each cell's boxes begin in `item`.
    item
        int32[f], indices of boxes.
    touched
        int32[k], cells that each box touches.
    """

    offset: Ints
    item: NDArray[np.int32]
    touched: NDArray[np.int32]

    def split(self, within: Ints, edge: Ints) -> tuple[Ints, Ints]:
        """Return (boxes wholly in `within`, boxes that touch `edge` or leave `within`), sorted."""
        inner = self._of(within)
        count = np.bincount(inner, minlength=len(self.touched))
        doubtful = np.zeros(len(self.touched), dtype=bool)
        doubtful[self._of(edge)] = True
        doubtful |= (count > 0) & (count < self.touched)
        sure = (count > 0) & ~doubtful
        return np.flatnonzero(sure), np.flatnonzero(doubtful)

    def _of(self, cells: Ints) -> NDArray[np.int32]:
        sizes = self.offset[cells + 1] - self.offset[cells]
        total = int(sizes.sum())
        if total == 0:
            return self.item[:0]
        first = np.repeat(self.offset[cells] - (np.cumsum(sizes) - sizes), sizes)
        return self.item[first + np.arange(total)]


def file_boxes(grid: Grid, west: Floats, south: Floats, east: Floats, north: Floats) -> Filed:
    """File boxes (degrees, within the grid) by the cells that they touch."""
    left, right = grid.columns(west), grid.columns(east)
    low, high = grid.rows(south), grid.rows(north)
    touched = (right - left + 1) * (high - low + 1)
    item = np.repeat(np.arange(len(west), dtype=np.int32), touched)
    step = np.arange(len(item)) - np.repeat(np.cumsum(touched) - touched, touched)
    across = (right - left + 1)[item]
    cell = (low[item] + step // across) * SIDE + left[item] + step % across
    order = np.argsort(cell.astype(np.int16), kind="stable")
    offset = np.r_[0, np.cumsum(np.bincount(cell, minlength=SIDE * SIDE))]
    return Filed(offset.astype(np.int64), item[order], touched.astype(np.int32))
