"""From the raw ways of an OpenStreetMap extract to the arrays of a road network."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from safepassage.adapters.osm_tags import DRIVABLE, WayTags
from safepassage.core.corridor.types import RoadNetwork
from safepassage.core.geo.distance import polyline_lengths_m

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

OSM_UNITS_PER_DEGREE = 10_000_000
"""OpenStreetMap stores positions as integers of 1e-7 degrees."""


@dataclass(slots=True)
class RawRoads:
    """Ways as read, node by node.

    Parameters
    ----------
    ref, x, y
        int64[k]: node ids and positions (units of 1e-7 degrees) of all ways, end to end.
    size, way_id
        int64[w]: nodes in each way, and its id.
    tags
        What the tags of each way say, w of them.
    barriers
        Node id to (class mask that may pass, height limit, width limit).
    turns
        (from way, via node, to way, class mask, is an "only" restriction).
    rejects
        Reasons and counts; the builder adds to it.
    """

    ref: Ints
    x: Ints
    y: Ints
    size: Ints
    way_id: Ints
    tags: tuple[WayTags, ...]
    barriers: dict[int, tuple[int, float, float]]
    turns: tuple[tuple[int, int, int, int, bool], ...]
    rejects: Counter[str]

    def at(self, x: Ints, y: Ints) -> RawRoads:
        """Return the same ways with other node positions."""
        return replace(self, x=x, y=y)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Stretches between two split nodes; `first` and `last` index the flat node arrays."""

    first: Ints
    last: Ints
    way: Ints
    tail: Ints
    head: Ints


@dataclass(frozen=True, slots=True)
class _Arcs:
    """Directed stretches: which piece, whether along it, and the classes that may drive."""

    piece: Ints
    along: Bools
    access: NDArray[np.uint8]


def build_network(raw: RawRoads, undefined: int, attribution: str) -> RoadNetwork:
    """Split ways where they meet, direct them and measure them.

    Parameters
    ----------
    raw
        Ways as read.
    undefined
        The value of `x` for a node that the extract does not hold.
    attribution
        Text for every map drawn from the result.
    """
    raw.rejects = Counter(raw.rejects)
    way, ref, x, y, run = _present(raw, undefined)
    unique, inverse, uses = np.unique(ref, return_inverse=True, return_counts=True)
    split = _split_points(raw, unique, uses)[inverse] | _run_ends(run)
    pieces = _pieces(split, run, way, inverse)
    pieces, door_ref, door_of = _open_doors(raw, pieces, unique)
    pieces = _without_loops(raw, pieces)
    arcs = _direct(raw, pieces)
    network = _assemble(raw, pieces, arcs, (x, y), attribution)
    network = _with_nodes(network, unique, door_ref, inverse, x, y)
    network = _with_doors(raw, network, unique, door_of)
    bans, classes = _turn_bans(raw)
    return _compact(
        replace(
            network,
            turn_bans=bans,
            turn_ban_access=classes,
            rejects=tuple(sorted((+raw.rejects).items())),
        )
    )


def _present(raw: RawRoads, undefined: int) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return (way, ref, x, y, run) of the nodes that exist; a run is an unbroken part of a way."""
    way = np.repeat(np.arange(len(raw.size)), raw.size)
    same_way = np.r_[False, way[1:] == way[:-1]]
    repeated = same_way & np.r_[False, raw.ref[1:] == raw.ref[:-1]]
    present = raw.x != undefined
    _count_cuts(raw, way, present)
    broken = ~same_way | ~np.r_[True, present[:-1]]
    keep = present & ~repeated
    run = np.cumsum(broken & ~repeated)[keep]
    long_enough = np.bincount(run, minlength=1)[run] > 1
    return tuple(
        values[long_enough] for values in (way[keep], raw.ref[keep], raw.x[keep], raw.y[keep], run)
    )


def _count_cuts(raw: RawRoads, way: Ints, present: Bools) -> None:
    cut = len(np.unique(way[~present]))
    if cut:
        reason = "way cut by the edge of the extract; the parts whose nodes are there are kept"
        raw.rejects[reason] += cut
        raw.rejects["node that the extract does not hold"] += len(np.unique(raw.ref[~present]))


def _split_points(raw: RawRoads, unique: Ints, uses: Ints) -> Bools:
    vias = [via for _, via, _, _, _ in raw.turns]
    special = np.array([*raw.barriers, *vias], dtype=np.int64)
    return (uses > 1) | np.isin(unique, special)


def _run_ends(run: Ints) -> Bools:
    change = run[1:] != run[:-1]
    return np.r_[True, change] | np.r_[change, True] if len(run) else np.zeros(0, dtype=bool)


def _pieces(split: Bools, run: Ints, way: Ints, node: Ints) -> _Pieces:
    at = np.flatnonzero(split)
    joined = run[at[1:]] == run[at[:-1]]
    first, last = at[:-1][joined], at[1:][joined]
    return _Pieces(first, last, way[first], node[first], node[last])


def _open_doors(raw: RawRoads, pieces: _Pieces, unique: Ints) -> tuple[_Pieces, Ints, Ints]:
    """Give each road that ends at a barrier its own node there.

    A barrier may let some classes through, so that it is a short arc (a *door*) with their mask
    between the road's own node and the barrier's node, and not a property of the road.

    Returns
    -------
    The pieces with new ends, the index of the barrier's node for each new node, and
    int64[d, 2] of (new node, way) for each door.
    """
    barred = np.isin(unique, np.array(list(raw.barriers), dtype=np.int64))
    tail, head = pieces.tail.copy(), pieces.head.copy()
    at_tail, at_head = np.flatnonzero(barred[tail]), np.flatnonzero(barred[head])
    origin = np.r_[tail[at_tail], head[at_head]]
    fresh = len(unique) + np.arange(len(origin))
    tail[at_tail], head[at_head] = fresh[: len(at_tail)], fresh[len(at_tail) :]
    way = np.r_[pieces.way[at_tail], pieces.way[at_head]]
    return replace(pieces, tail=tail, head=head), origin, np.column_stack((fresh, way))


def _without_loops(raw: RawRoads, pieces: _Pieces) -> _Pieces:
    keep = pieces.tail != pieces.head
    loops = int(np.count_nonzero(~keep))
    if loops:
        raw.rejects["loop that leads back to its own start"] += loops
    return _Pieces(
        pieces.first[keep],
        pieces.last[keep],
        pieces.way[keep],
        pieces.tail[keep],
        pieces.head[keep],
    )


def _direct(raw: RawRoads, pieces: _Pieces) -> _Arcs:
    forward = np.array([tags.forward for tags in raw.tags], dtype=np.uint8)[pieces.way]
    backward = np.array([tags.backward for tags in raw.tags], dtype=np.uint8)[pieces.way]
    ahead, back = np.flatnonzero(forward), np.flatnonzero(backward)
    return _Arcs(
        piece=np.r_[ahead, back],
        along=np.r_[np.ones(len(ahead), dtype=bool), np.zeros(len(back), dtype=bool)],
        access=np.r_[forward[ahead], backward[back]],
    )


def _assemble(
    raw: RawRoads, pieces: _Pieces, arcs: _Arcs, position: tuple[Ints, Ints], attribution: str
) -> RoadNetwork:
    offset, points = _shape_points(pieces, arcs)
    lon, lat = (_degrees(values[points]) for values in position)
    way = pieces.way[arcs.piece]
    surfaces = ("", *sorted({tags.surface for tags in raw.tags} - {""}))
    number = {name: index for index, name in enumerate(surfaces)}
    kind = {name: index for index, name in enumerate(DRIVABLE)}
    speed = np.where(
        arcs.along,
        _floats(raw, "speed_forward_kmh")[way],
        _floats(raw, "speed_backward_kmh")[way],
    )
    return RoadNetwork(
        node_lon=np.zeros(0),
        node_lat=np.zeros(0),
        node_ref=np.zeros(0, dtype=np.int64),
        tail=np.where(arcs.along, pieces.tail[arcs.piece], pieces.head[arcs.piece]).astype(
            np.int32
        ),
        head=np.where(arcs.along, pieces.head[arcs.piece], pieces.tail[arcs.piece]).astype(
            np.int32
        ),
        length_m=polyline_lengths_m(offset, lon, lat),
        highway=np.array([kind[tags.highway] for tags in raw.tags], dtype=np.int16)[way],
        surface=np.array([number[tags.surface] for tags in raw.tags], dtype=np.int16)[way],
        maxspeed_kmh=speed.astype(np.float32),
        maxweight_t=_floats(raw, "weight_t")[way],
        maxheight_m=_floats(raw, "height_m")[way],
        maxwidth_m=_floats(raw, "width_m")[way],
        access=arcs.access,
        bridge=np.array([tags.bridge for tags in raw.tags], dtype=bool)[way],
        way_id=raw.way_id[way],
        shape_offset=offset,
        shape_lon=lon,
        shape_lat=lat,
        highway_names=DRIVABLE,
        surface_names=surfaces,
        turn_bans=np.zeros((0, 3), dtype=np.int64),
        attribution=attribution,
    )


def _degrees(units: Ints) -> NDArray[np.float64]:
    return np.asarray(units / OSM_UNITS_PER_DEGREE, dtype=np.float64)


def _floats(raw: RawRoads, name: str) -> NDArray[np.float32]:
    return np.array([getattr(tags, name) for tags in raw.tags], dtype=np.float32)


def _shape_points(pieces: _Pieces, arcs: _Arcs) -> tuple[Ints, Ints]:
    """Return where each arc's shape starts, and the flat node index of every shape point."""
    first, last = pieces.first[arcs.piece], pieces.last[arcs.piece]
    size = last - first + 1
    offset = np.r_[0, np.cumsum(size)].astype(np.int64)
    within = np.arange(offset[-1]) - np.repeat(offset[:-1], size)
    start = np.repeat(np.where(arcs.along, first, last), size)
    step = np.repeat(np.where(arcs.along, 1, -1), size)
    return offset, start + step * within


def _with_nodes(
    network: RoadNetwork, unique: Ints, door_origin: Ints, inverse: Ints, x: Ints, y: Ints
) -> RoadNetwork:
    lon, lat = np.zeros(len(unique)), np.zeros(len(unique))
    lon[inverse], lat[inverse] = _degrees(x), _degrees(y)
    return replace(
        network,
        node_lon=np.r_[lon, lon[door_origin]],
        node_lat=np.r_[lat, lat[door_origin]],
        node_ref=np.r_[unique, unique[door_origin]],
    )


def _with_doors(raw: RawRoads, network: RoadNetwork, unique: Ints, doors: Ints) -> RoadNetwork:
    """Add the arcs through barriers, both ways, of length zero."""
    rows = [
        (int(node), int(way), *raw.barriers[int(network.node_ref[node])]) for node, way in doors
    ]
    rows = [row for row in rows if row[2] & (raw.tags[row[1]].forward | raw.tags[row[1]].backward)]
    shut = len(doors) - len(rows)
    if shut:
        raw.rejects["end of a road at a barrier that no vehicle class may pass"] += shut
    if not rows:
        return network
    node = np.repeat(np.array([row[0] for row in rows]), 2)
    way = np.repeat(np.array([row[1] for row in rows]), 2)
    hub = np.searchsorted(unique, network.node_ref[node])
    outward = np.tile([True, False], len(rows))
    limits = np.repeat(np.array([row[2:] for row in rows]), 2, axis=0)
    tags = [raw.tags[index] for index in way]
    points = np.repeat(node, 2)
    masks = np.array([tag.forward | tag.backward for tag in tags], dtype=np.uint8)
    kind = {name: index for index, name in enumerate(network.highway_names)}
    number = {name: index for index, name in enumerate(network.surface_names)}
    empty = np.full(len(node), np.nan, dtype=np.float32)
    offset = network.shape_offset[-1] + 2 * np.arange(1, len(node) + 1)
    return replace(
        network,
        tail=np.r_[network.tail, np.where(outward, node, hub)].astype(np.int32),
        head=np.r_[network.head, np.where(outward, hub, node)].astype(np.int32),
        length_m=np.r_[network.length_m, np.zeros(len(node))],
        highway=np.r_[network.highway, [kind[tag.highway] for tag in tags]].astype(np.int16),
        surface=np.r_[network.surface, [number[tag.surface] for tag in tags]].astype(np.int16),
        maxspeed_kmh=np.r_[network.maxspeed_kmh, empty],
        maxweight_t=np.r_[network.maxweight_t, empty],
        maxheight_m=np.r_[network.maxheight_m, limits[:, 1]].astype(np.float32),
        maxwidth_m=np.r_[network.maxwidth_m, limits[:, 2]].astype(np.float32),
        access=np.r_[network.access, masks & limits[:, 0].astype(np.uint8)],
        bridge=np.r_[network.bridge, np.zeros(len(node), dtype=bool)],
        way_id=np.r_[network.way_id, raw.way_id[way]],
        shape_offset=np.r_[network.shape_offset, offset],
        shape_lon=np.r_[network.shape_lon, network.node_lon[points]],
        shape_lat=np.r_[network.shape_lat, network.node_lat[points]],
    )


def _turn_bans(raw: RawRoads) -> tuple[Ints, NDArray[np.uint8]]:
    """Expand "only" restrictions and merge the class masks of equal bans."""
    meets, ends = _ways_at({via for _, via, _, _, _ in raw.turns}, raw)
    bans: dict[tuple[int, int, int], int] = {}
    for start, via, end, mask, only in raw.turns:
        reason = _not_a_turn(start, via, end, meets, ends)
        if reason:
            raw.rejects[reason] += 1
            continue
        banned = sorted(meets[via] - {end}) if only else [end]
        for other in banned:
            bans[start, via, other] = bans.get((start, via, other), 0) | mask
    rows = sorted(key for key, mask in bans.items() if mask)
    classes = np.array([bans[row] for row in rows], dtype=np.uint8)
    return np.array(rows, dtype=np.int64).reshape(-1, 3), classes


def _not_a_turn(
    start: int, via: int, end: int, meets: dict[int, set[int]], ends: set[tuple[int, int]]
) -> str:
    if via not in meets or start not in meets[via] or end not in meets[via]:
        return "turn restriction on a road that is not in the network"
    if (start, via) not in ends or (end, via) not in ends:
        return "turn restriction on a way that does not end at its via node"
    return ""


def _ways_at(vias: set[int], raw: RawRoads) -> tuple[dict[int, set[int]], set[tuple[int, int]]]:
    """Return the ways that touch each via node, and the (way, node) pairs where a way ends."""
    stop = np.cumsum(raw.size)
    way = np.repeat(np.arange(len(raw.size)), raw.size)
    touching = np.flatnonzero(np.isin(raw.ref, np.array(sorted(vias), dtype=np.int64)))
    terminal = set(np.r_[stop - raw.size, stop - 1].tolist())
    meets: dict[int, set[int]] = {}
    ends: set[tuple[int, int]] = set()
    for index in touching.tolist():
        way_id, ref = int(raw.way_id[way[index]]), int(raw.ref[index])
        meets.setdefault(ref, set()).add(way_id)
        if index in terminal:
            ends.add((way_id, ref))
    return meets, ends


def _compact(network: RoadNetwork) -> RoadNetwork:
    """Drop nodes that no arc touches, keeping the order."""
    used = np.zeros(len(network.node_ref), dtype=bool)
    used[network.tail] = True
    used[network.head] = True
    number = np.cumsum(used) - 1
    return replace(
        network,
        node_lon=network.node_lon[used],
        node_lat=network.node_lat[used],
        node_ref=network.node_ref[used],
        tail=number[network.tail].astype(np.int32),
        head=number[network.head].astype(np.int32),
    )
