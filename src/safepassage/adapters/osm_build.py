"""From the raw ways of an OpenStreetMap extract to the arrays of a road network."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from safepassage.adapters.osm_barriers import Passage
from safepassage.adapters.osm_tags import ALL, CLASSES, DRIVABLE, Rule, WayTags
from safepassage.adapters.osm_turns import Turn, WayEnds, among, honour
from safepassage.core.corridor.types import Closure, RoadNetwork, VehicleClass
from safepassage.core.geo.distance import geodesic_m

Ints = NDArray[np.int64]
Units = NDArray[np.int32]
Bools = NDArray[np.bool_]

OSM_UNITS_PER_DEGREE = 10_000_000
"""OpenStreetMap stores positions as integers of 1e-7 degrees."""
LONG_STRETCH_M = 500.0
"""A road is split at the first of its nodes beyond each multiple of this many metres since its last
junction."""
LONG_LINE_M = 1000.0
"""A straight line between two nodes that is longer gets points of its own."""
OWN_NODES_FROM = 1 << 62
"""Ids of such points begin here, beyond all of OpenStreetMap's."""
_EQUATOR_M = 6_378_137.0
_ECCENTRICITY_2 = 0.0066943799901413165
"""Semi-major axis and squared eccentricity of WGS 84 (NIMA TR8350.2, 3rd edition, table 3.1)."""


@dataclass(slots=True)
class RawRoads:
    """Ways as read, node by node.

    Parameters
    ----------
    ref, x, y
        int64[k], int32[k], int32[k]: node ids and positions (units of 1e-7 degrees) of all ways,
        end to end.
    size, way_id
        int64[w]: nodes in each way, and its id.
    kind, tags
        int64[w], index into `tags`: what the tags of each way say.
    road, road_names
        int64[w], index into `road_names`: what the road of each way is called.
    barriers
        Node id to who may pass.
    node_notes
        Node id to what to count of its tags if a road runs over it.
    turns
        Turn restrictions.
    ferries
        int64[f, 2]: first and last node id of each ferry line.
    rejects, counts
        What was left out and what was kept; the builder adds to them.
    """

    ref: Ints
    x: Units
    y: Units
    size: Ints
    way_id: Ints
    kind: Ints
    tags: tuple[WayTags, ...]
    road: Ints
    road_names: tuple[str, ...]
    barriers: dict[int, Passage]
    node_notes: dict[int, tuple[str, ...]]
    turns: tuple[Turn, ...]
    ferries: Ints
    rejects: Counter[str]
    counts: Counter[str]

    def of_each_way(self, name: str, dtype: type) -> NDArray[Any]:
        """Return an attribute of the tags of each way, w of them."""
        return np.array([getattr(tags, name) for tags in self.tags], dtype=dtype)[self.kind]


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
    raw = _each_way_once(raw)
    way, ref, x, y, run = _with_points_on_long_lines(*_present(raw, undefined))
    unique, inverse, uses = np.unique(ref, return_inverse=True, return_counts=True)
    split = _split_points(raw, unique, uses)[inverse] | _run_ends(run)
    split |= _far_from_the_last_split(split, run, x, y)
    pieces = _pieces(_with_loops_cut(split, run, way, inverse), run, way, inverse)
    pieces, door_ref, door_of = _open_doors(raw, pieces, unique)
    arcs = _direct(raw, pieces)
    network = _assemble(raw, pieces, arcs, (x, y), attribution)
    network = _with_nodes(network, unique, door_ref, inverse, x, y)
    network = _compact(_with_doors(raw, network, unique, door_of))
    network = _with_turns(network, raw)
    network = _with_conditions(network, raw)
    kept = np.zeros(len(raw.way_id), dtype=bool)
    kept[pieces.way[arcs.piece]] = True
    _count_what_was_read(raw, kept)
    _count_notes_of_nodes(raw, unique)
    return replace(
        network,
        ferries=raw.ferries if len(raw.ferries) else None,
        rejects=tuple(sorted((+raw.rejects).items())),
        counts=tuple(sorted((+raw.counts).items())),
    )


def _each_way_once(raw: RawRoads) -> RawRoads:
    """Keep the last of the ways with one id: files that were joined hold some of them twice."""
    raw = replace(raw, rejects=Counter(raw.rejects), counts=Counter(raw.counts))
    count = len(raw.way_id)
    _, from_end = np.unique(raw.way_id[::-1], return_index=True)
    if len(from_end) == count:
        return raw
    raw.rejects["way that stands in the file more than once; the last one is kept"] += count - len(
        from_end
    )
    keep = np.zeros(count, dtype=bool)
    keep[count - 1 - from_end] = True
    nodes = np.repeat(keep, raw.size)
    return replace(
        raw, ref=raw.ref[nodes], x=raw.x[nodes], y=raw.y[nodes], size=raw.size[keep],
        way_id=raw.way_id[keep], kind=raw.kind[keep], road=raw.road[keep],
    )  # fmt: skip


def _present(raw: RawRoads, undefined: int) -> tuple[Ints, Ints, Units, Units, Ints]:
    """Return (way, ref, x, y, run) of the nodes that exist; a run is an unbroken part of a way."""
    way = np.repeat(np.arange(len(raw.size)), raw.size)
    same_way = np.r_[False, way[1:] == way[:-1]]
    repeated = same_way & np.r_[False, raw.ref[1:] == raw.ref[:-1]]
    present = raw.x != undefined
    _count_cuts(raw, way, present)
    broken = ~same_way | ~np.r_[True, present[:-1]]
    keep = present & ~repeated
    run = np.cumsum(broken & ~repeated)
    keep &= np.bincount(run[keep], minlength=len(run) + 1)[run] > 1
    return way[keep], raw.ref[keep], raw.x[keep], raw.y[keep], run[keep]


def _count_cuts(raw: RawRoads, way: Ints, present: Bools) -> None:
    cut = len(np.unique(way[~present]))
    if cut:
        reason = "way cut by the edge of the extract; the parts whose nodes are there are kept"
        raw.rejects[reason] += cut
        raw.rejects["node that the extract does not hold"] += len(np.unique(raw.ref[~present]))


def _split_points(raw: RawRoads, unique: Ints, uses: Ints) -> Bools:
    vias = [turn.node for turn in raw.turns]
    special = np.array([*raw.barriers, *vias], dtype=np.int64)
    return (uses > 1) | among(unique, special)


def _run_ends(run: Ints) -> Bools:
    change = run[1:] != run[:-1]
    return np.r_[True, change] | np.r_[change, True] if len(run) else np.zeros(0, dtype=bool)


def _pieces(split: Bools, run: Ints, way: Ints, node: Ints) -> _Pieces:
    at = np.flatnonzero(split)
    joined = run[at[1:]] == run[at[:-1]]
    first, last = at[:-1][joined], at[1:][joined]
    return _Pieces(first, last, way[first], node[first], node[last])


def _with_points_on_long_lines(
    way: Ints, ref: Ints, x: Units, y: Units, run: Ints
) -> tuple[Ints, Ints, Units, Units, Ints]:
    """Put points on long straight lines, so that a place beside a line has a node near.

    Across 180 degrees of longitude nothing is put.
    """
    if len(x) < 2:
        return way, ref, x, y, run
    steps = np.where(run[1:] == run[:-1], _steps_m(_degrees(x), _degrees(y)), 0.0)
    steps[np.abs(np.diff(x.astype(np.int64))) > 90 * OSM_UNITS_PER_DEGREE] = 0.0
    more = np.r_[np.floor(steps / LONG_LINE_M).astype(np.int64), 0]
    if not more.any():
        return way, ref, x, y, run
    at = np.repeat(np.arange(len(x)), more + 1)
    nth = np.arange(len(at)) - np.repeat(np.cumsum(more + 1) - more - 1, more + 1)
    share = nth / (more[at] + 1)
    following = np.minimum(at + 1, len(x) - 1)
    own = np.flatnonzero(nth)
    ref = ref[at]
    ref[own] = OWN_NODES_FROM + np.arange(len(own))
    between = (
        np.rint(values[at] + share * (values[following].astype(np.float64) - values[at]))
        for values in (x, y)
    )
    new_x, new_y = (values.astype(np.int32) for values in between)
    return way[at], ref, new_x, new_y, run[at]


def _far_from_the_last_split(split: Bools, run: Ints, x: Units, y: Units) -> Bools:
    """Mark nodes at which a long stretch of road without a junction is split.

    A place is reached at a node, and what holds of a stretch holds of all of it.
    """
    if len(x) < 2:
        return np.zeros(len(x), dtype=bool)
    along = np.r_[0.0, np.cumsum(_steps_m(_degrees(x), _degrees(y)))]
    since = along - along[np.maximum.accumulate(np.where(split, np.arange(len(x)), 0))]
    whole = np.floor(since / LONG_STRETCH_M)
    return np.asarray(np.r_[False, (whole[1:] > whole[:-1]) & (run[1:] == run[:-1])])


def _with_loops_cut(split: Bools, run: Ints, way: Ints, node: Ints) -> Bools:
    """Split a road that leads back to its own start in its middle, so that it can be driven to."""
    pieces = _pieces(split, run, way, node)
    loops = pieces.tail == pieces.head
    split[(pieces.first[loops] + pieces.last[loops]) // 2] = True
    return split


def _open_doors(raw: RawRoads, pieces: _Pieces, unique: Ints) -> tuple[_Pieces, Ints, Ints]:
    """Give each road that ends at a barrier its own node there.

    A barrier may let some classes through, so that it is a short arc (a *door*) with their mask
    between the road's own node and the barrier's node, and not a property of the road.

    Returns
    -------
    The pieces with new ends, the index of the barrier's node for each new node, and
    int64[d, 2] of (new node, way) for each door.
    """
    barred = among(unique, np.array(list(raw.barriers), dtype=np.int64))
    tail, head = pieces.tail.copy(), pieces.head.copy()
    at_tail, at_head = np.flatnonzero(barred[tail]), np.flatnonzero(barred[head])
    origin = np.r_[tail[at_tail], head[at_head]]
    fresh = len(unique) + np.arange(len(origin))
    tail[at_tail], head[at_head] = fresh[: len(at_tail)], fresh[len(at_tail) :]
    way = np.r_[pieces.way[at_tail], pieces.way[at_head]]
    return replace(pieces, tail=tail, head=head), origin, np.column_stack((fresh, way))


def _direct(raw: RawRoads, pieces: _Pieces) -> _Arcs:
    forward = raw.of_each_way("forward", np.uint8)[pieces.way]
    backward = raw.of_each_way("backward", np.uint8)[pieces.way]
    ahead, back = np.flatnonzero(forward), np.flatnonzero(backward)
    return _Arcs(
        piece=np.r_[ahead, back],
        along=np.r_[np.ones(len(ahead), dtype=bool), np.zeros(len(back), dtype=bool)],
        access=np.r_[forward[ahead], backward[back]],
    )


def _assemble(
    raw: RawRoads, pieces: _Pieces, arcs: _Arcs, position: tuple[Units, Units], attribution: str
) -> RoadNetwork:
    length_m = _lengths_m(pieces, position)
    offset, lon, lat = _shapes(pieces, arcs, position)
    way = pieces.way[arcs.piece]
    surfaces = ("", *sorted({tags.surface for tags in raw.tags} - {""}))
    number = {name: index for index, name in enumerate(surfaces)}
    kind = {name: index for index, name in enumerate(DRIVABLE)}
    speed = np.where(
        arcs.along,
        raw.of_each_way("speed_forward_kmh", np.float32)[way],
        raw.of_each_way("speed_backward_kmh", np.float32)[way],
    )
    highway = np.array([kind[tags.highway] for tags in raw.tags], dtype=np.int16)
    surface = np.array([number[tags.surface] for tags in raw.tags], dtype=np.int16)
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
        length_m=length_m[arcs.piece],
        highway=highway[raw.kind][way],
        surface=surface[raw.kind][way],
        maxspeed_kmh=speed,
        maxweight_t=raw.of_each_way("weight_t", np.float32)[way],
        maxheight_m=raw.of_each_way("height_m", np.float32)[way],
        maxwidth_m=raw.of_each_way("width_m", np.float32)[way],
        access=arcs.access,
        bridge=raw.of_each_way("bridge", np.bool_)[way],
        way_id=raw.way_id[way],
        shape_offset=offset,
        shape_lon=lon,
        shape_lat=lat,
        highway_names=DRIVABLE,
        surface_names=surfaces,
        turn_bans=np.zeros((0, 3), dtype=np.int64),
        attribution=attribution,
        road=raw.road[way].astype(np.int32),
        road_names=raw.road_names,
    )


def _lengths_m(pieces: _Pieces, position: tuple[Units, Units]) -> NDArray[np.float64]:
    """Measure each piece once, for both directions."""
    size = pieces.last - pieces.first + 1
    offset = np.r_[0, np.cumsum(size)].astype(np.int64)
    points = np.arange(offset[-1]) + np.repeat(pieces.first - offset[:-1], size)
    lon, lat = (_degrees(values[points]) for values in position)
    steps = np.zeros(len(points))
    steps[1:] = _steps_m(lon, lat)
    steps[offset[:-1]] = 0.0
    return np.asarray(np.add.reduceat(steps, offset[:-1])) if len(size) else np.zeros(0)


def _steps_m(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the geodesic distance from each point to the next.

    Short steps are measured with the radii of curvature of the WGS 84 ellipsoid at their middle
    latitude: within 0.01 degrees and 80 degrees of latitude this is off by less than a millimetre
    a kilometre (tested against Karney's method, which measures the others) and ten times as fast.
    """
    east, north = np.diff(lon), np.diff(lat)
    middle = np.radians((lat[1:] + lat[:-1]) / 2)
    shrink = 1.0 - _ECCENTRICITY_2 * np.sin(middle) ** 2
    across = _EQUATOR_M / np.sqrt(shrink)
    along = across * (1.0 - _ECCENTRICITY_2) / shrink
    steps = np.radians(np.hypot(across * np.cos(middle) * east, along * north))
    far = np.flatnonzero((np.abs(east) > 0.01) | (np.abs(north) > 0.01) | (np.abs(lat[1:]) > 80))
    steps[far] = geodesic_m(lon[far], lat[far], lon[far + 1], lat[far + 1])
    return np.asarray(steps)


def _degrees(units: Units) -> NDArray[np.float64]:
    return np.asarray(units / OSM_UNITS_PER_DEGREE, dtype=np.float64)


def _shapes(
    pieces: _Pieces, arcs: _Arcs, position: tuple[Units, Units]
) -> tuple[Ints, NDArray[np.float64], NDArray[np.float64]]:
    """Return where each arc's shape starts, and the longitudes and latitudes of all of them.

    The index of a point in the flat node arrays is built up in place, since there are more points
    than anything else: steps of one node along or against the way, and a jump at each new arc.
    """
    first, last = pieces.first[arcs.piece], pieces.last[arcs.piece]
    size = last - first + 1
    offset = np.r_[0, np.cumsum(size)].astype(np.int64)
    start, end = np.where(arcs.along, first, last), np.where(arcs.along, last, first)
    points = np.repeat(np.where(arcs.along, 1, -1), size)
    points[offset[:-1]] = start - np.r_[0, end[:-1]]
    np.cumsum(points, out=points)
    lon, lat = (_degrees(values[points]) for values in position)
    return offset, lon, lat


def _with_nodes(
    network: RoadNetwork, unique: Ints, door_origin: Ints, inverse: Ints, x: Units, y: Units
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
    rows = [row for row in rows if row[2] & _either_way(raw, row[1])]
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
    tags = [raw.tags[raw.kind[index]] for index in way]
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
        maxweight_t=np.r_[network.maxweight_t, limits[:, 1]].astype(np.float32),
        maxheight_m=np.r_[network.maxheight_m, limits[:, 2]].astype(np.float32),
        maxwidth_m=np.r_[network.maxwidth_m, limits[:, 3]].astype(np.float32),
        access=np.r_[network.access, masks & limits[:, 0].astype(np.uint8)],
        bridge=np.r_[network.bridge, np.zeros(len(node), dtype=bool)],
        way_id=np.r_[network.way_id, raw.way_id[way]],
        road=np.r_[np.asarray(network.road), raw.road[way]].astype(np.int32),
        shape_offset=np.r_[network.shape_offset, offset],
        shape_lon=np.r_[network.shape_lon, network.node_lon[points]],
        shape_lat=np.r_[network.shape_lat, network.node_lat[points]],
    )


def _either_way(raw: RawRoads, way: int) -> int:
    tags = raw.tags[raw.kind[way]]
    return int(tags.forward | tags.backward)


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


def _with_turns(network: RoadNetwork, raw: RawRoads) -> RoadNetwork:
    stop = np.cumsum(raw.size)
    ends = WayEnds(raw.way_id, raw.ref[stop - raw.size], raw.ref[stop - 1])
    return honour(network, raw.turns, ends, raw.rejects, raw.counts)


def _with_conditions(network: RoadNetwork, raw: RawRoads) -> RoadNetwork:
    """Add the limits of single classes and the closures at certain times."""
    special = [bool(tags.class_weight_t or tags.rules) for tags in raw.tags]
    ways = np.flatnonzero(np.array(special, dtype=bool)[raw.kind])
    arcs = np.flatnonzero(among(network.way_id, raw.way_id[ways]))
    number = dict(zip(raw.way_id[ways].tolist(), ways.tolist(), strict=True))
    limits = [
        (arc, mask, tonnes)
        for arc in arcs.tolist()
        for mask, tonnes in raw.tags[raw.kind[number[int(network.way_id[arc])]]].class_weight_t
    ]
    kept = set(network.way_id[arcs].tolist())
    return replace(
        network,
        class_weight_arc=np.array([row[0] for row in limits], dtype=np.int32) if limits else None,
        class_weight_access=np.array([row[1] for row in limits], dtype=np.uint8)
        if limits
        else None,
        class_weight_t=np.array([row[2] for row in limits], dtype=np.float32) if limits else None,
        closures=_closures(raw, [way for way in ways.tolist() if int(raw.way_id[way]) in kept]),
    )


def _closures(raw: RawRoads, ways: list[int]) -> tuple[Closure, ...]:
    """Return one closure for all the ways with the same rule."""
    binding: dict[Rule, list[int]] = {}
    for way in ways:
        for rule in raw.tags[raw.kind[way]].rules:
            binding.setdefault(rule, []).append(int(raw.way_id[way]))
    ordered = sorted(binding.items(), key=lambda item: (item[0].said, min(item[1])))
    return tuple(
        Closure(
            closure_id=f"osm_condition_{index}",
            source=f"OpenStreetMap: {rule.said}",
            way_ids=tuple(sorted(way_ids)),
            classes=_classes_of(rule.classes),
            daily=rule.times.daily,
            weekdays=rule.times.weekdays,
            windows=rule.times.windows,
            timezone="",
        )
        for index, (rule, way_ids) in enumerate(ordered, start=1)
    )


def _classes_of(mask: int) -> frozenset[VehicleClass]:
    if mask == ALL:
        return frozenset()
    return frozenset(kind for index, kind in enumerate(CLASSES) if mask >> index & 1)


def _count_what_was_read(raw: RawRoads, kept: Bools) -> None:
    raw.counts["ways kept"] = int(np.count_nonzero(kept))
    for what, name in (
        ("ways with a weight limit", "weight_t"),
        ("ways with a height limit", "height_m"),
        ("ways with a width limit", "width_m"),
        ("ways with a speed limit", "speed_forward_kmh"),
    ):
        raw.counts[what] = int(np.count_nonzero(~np.isnan(raw.of_each_way(name, np.float32)[kept])))
    raw.counts["ways with a weight limit for some classes"] = _ways_where(
        raw, kept, "class_weight_t"
    )
    raw.counts["ways closed at certain times"] = _ways_where(raw, kept, "rules")
    raw.counts["bridges"] = int(np.count_nonzero(raw.of_each_way("bridge", np.bool_)[kept]))


def _count_notes_of_nodes(raw: RawRoads, on_roads: Ints) -> None:
    noted = np.array(list(raw.node_notes), dtype=np.int64)
    for node in noted[among(noted, on_roads)].tolist():
        raw.rejects.update(raw.node_notes[node])


def _ways_where(raw: RawRoads, kept: Bools, name: str) -> int:
    """Count the ways of which the tags say anything under a name."""
    has = np.array([bool(getattr(tags, name)) for tags in raw.tags], dtype=bool)
    return int(np.count_nonzero(has[raw.kind][kept]))
