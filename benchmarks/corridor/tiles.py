"""A large network out of a small one: copies side by side, joined by seeded links.

The tiles lie in a grid, a margin apart. Every two neighbours are joined by two-way roads between
nodes near the border that they share. Ids are shifted, so that no way or node occurs twice.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.types import RoadNetwork
from safepassage.core.geo.distance import geodesic_m

Ints = NDArray[np.int64]

MARGIN_DEGREES = 0.01
BORDER_SHARE = 0.03
"""Links start at one of this share of the nodes, those nearest to the border."""


def tiled(network: RoadNetwork, columns: int, rows: int, links: int, seed: int) -> RoadNetwork:
    """Return a grid of copies of a network.

    Parameters
    ----------
    network
        Without closures and runs of banned arcs, which are left out.
    links
        Roads between each two neighbouring tiles.
    """
    rng = np.random.default_rng(seed)
    tiles = columns * rows
    n, m = network.node_count, network.arc_count
    ends = _link_ends(network, columns, rows, links, rng)
    many: dict[str, Any] = {
        name: np.tile(getattr(network, name), tiles) for name in (*_PER_ARC, "node_ref")
    }
    lon, lat = _positions(network, columns, rows)
    node_shift, arc_shift = np.repeat(np.arange(tiles), n), np.repeat(np.arange(tiles), m)
    span_ref, span_way = int(network.node_ref.max()) + 1, int(network.way_id.max()) + 1
    many["node_ref"] = many["node_ref"] + node_shift * span_ref
    many["way_id"] = many["way_id"] + arc_shift * span_way
    for end in ("tail", "head"):
        many[end] = (many[end] + arc_shift * n).astype(np.int32)
    bans = np.concatenate(
        [
            network.turn_bans + tile * np.array([span_way, span_ref, span_way])
            for tile in range(tiles)
        ]
    )
    grid = replace(
        network,
        **many,
        node_lon=lon,
        node_lat=lat,
        **_shapes(network, columns, rows),
        turn_bans=bans,
        turn_ban_access=_tile(network.turn_ban_access, tiles),
        turn_path_offset=None,
        turn_path_arc=None,
        turn_path_access=None,
        class_weight_arc=None,
        class_weight_access=None,
        class_weight_t=None,
        closures=(),
        road=None if network.road is None else np.tile(network.road, tiles),
        ferries=None,
    )
    return _joined(grid, ends, tiles * span_way)


_PER_ARC = (
    "tail", "head", "length_m", "highway", "surface", "maxspeed_kmh", "maxweight_t",
    "maxheight_m", "maxwidth_m", "access", "bridge", "way_id",
)  # fmt: skip


def _tile(values: NDArray[Any] | None, tiles: int) -> NDArray[Any] | None:
    return None if values is None else np.tile(values, tiles)


def _steps(network: RoadNetwork) -> tuple[float, float]:
    lon, lat = network.shape_lon, network.shape_lat
    return float(np.ptp(lon)) + MARGIN_DEGREES, float(np.ptp(lat)) + MARGIN_DEGREES


def _positions(network: RoadNetwork, columns: int, rows: int) -> tuple[Any, Any]:
    return _shifted(network, network.node_lon, network.node_lat, columns, rows)


def _shifted(network: RoadNetwork, lon: Any, lat: Any, columns: int, rows: int) -> tuple[Any, Any]:
    """Return positions tile by tile; the grid is centred so that latitudes change little."""
    wide, high = _steps(network)
    column, row = np.tile(np.arange(columns), rows), np.repeat(np.arange(rows), columns)
    east, north = column * wide, (row - (rows - 1) / 2) * high
    return (
        (lon[None, :] + east[:, None]).ravel(),
        (lat[None, :] + north[:, None]).ravel(),
    )


def _shapes(network: RoadNetwork, columns: int, rows: int) -> dict[str, Any]:
    lon, lat = _shifted(network, network.shape_lon, network.shape_lat, columns, rows)
    size = np.tile(np.diff(network.shape_offset), columns * rows)
    return {
        "shape_lon": lon,
        "shape_lat": lat,
        "shape_offset": np.r_[0, np.cumsum(size)].astype(np.int64),
    }


def _link_ends(
    network: RoadNetwork, columns: int, rows: int, links: int, rng: np.random.Generator
) -> Ints:
    """Return int64[l, 2], nodes of the grid to join."""
    n = network.node_count
    some = max(links, int(n * BORDER_SHARE))
    west_to_east, south_to_north = np.argsort(network.node_lon), np.argsort(network.node_lat)
    pairs = []
    for tile in range(columns * rows):
        if tile % columns + 1 < columns:
            pairs.append((tile, tile + 1, west_to_east))
        if tile + columns < columns * rows:
            pairs.append((tile, tile + columns, south_to_north))
    joined = [
        np.column_stack(
            (
                one * n + rng.choice(order[-some:], links, replace=False),
                other * n + rng.choice(order[:some], links, replace=False),
            )
        )
        for one, other, order in pairs
    ]
    return np.concatenate([np.zeros((0, 2), dtype=np.int64), *joined])


def _joined(grid: RoadNetwork, ends: Ints, first_way: int) -> RoadNetwork:
    """Return the grid with straight two-way primary roads between pairs of nodes."""
    both = np.concatenate((ends, ends[:, ::-1]))
    count = len(both)
    way = first_way + np.tile(np.arange(len(ends)), 2)
    highway = grid.highway_names.index("primary") if "primary" in grid.highway_names else 0
    new: dict[str, Any] = {
        "tail": both[:, 0],
        "head": both[:, 1],
        "length_m": geodesic_m(*(part[both[:, end]] for end in (0, 1) for part in _points(grid))),
        "highway": np.full(count, highway),
        "surface": np.zeros(count),
        "access": np.full(count, 31),
        "bridge": np.zeros(count, dtype=bool),
        "way_id": way,
    }
    for name in ("maxspeed_kmh", "maxweight_t", "maxheight_m", "maxwidth_m"):
        new[name] = np.full(count, np.nan)
    if grid.road is not None:
        new["road"] = np.zeros(count)
    merged: dict[str, Any] = {
        name: np.concatenate((getattr(grid, name), values.astype(getattr(grid, name).dtype)))
        for name, values in new.items()
    }
    last = int(grid.shape_offset[-1])
    offset = np.r_[grid.shape_offset, last + 2 * np.arange(1, count + 1)]
    return replace(
        grid,
        **merged,
        shape_offset=offset.astype(np.int64),
        shape_lon=np.r_[grid.shape_lon, grid.node_lon[both].ravel()],
        shape_lat=np.r_[grid.shape_lat, grid.node_lat[both].ravel()],
    )


def _points(grid: RoadNetwork) -> tuple[Any, Any]:
    return grid.node_lon, grid.node_lat


def fields_not_tiled() -> tuple[str, ...]:
    """Return fields of a network that the tiler does not know: none, or it must be looked at."""
    known = set(_PER_ARC) | {
        "node_lon", "node_lat", "node_ref", "shape_offset", "shape_lon", "shape_lat",
        "highway_names", "surface_names", "turn_bans", "schematic", "attribution", "rejects",
        "turn_ban_access", "turn_path_offset", "turn_path_arc", "turn_path_access",
        "class_weight_arc", "class_weight_access", "class_weight_t", "closures", "road",
        "road_names", "counts", "ferries",
    }  # fmt: skip
    return tuple(field.name for field in fields(RoadNetwork) if field.name not in known)
