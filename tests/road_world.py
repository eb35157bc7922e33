"""Parts for roads on paper: networks with stated lengths, OpenStreetMap text, areas and hazards.

A ``primary`` road of 1,000 m takes a bus 60 s (60 km/h), a car 51.429 s (70 km/h).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from safepassage.core.corridor.types import (
    ControlArea,
    Hazard,
    HazardKind,
    Place,
    PlaceKind,
    RoadNetwork,
    TravelProfile,
    VehicleClass,
)

AT = datetime(2025, 2, 20, 12, tzinfo=UTC)
HELSINKI = Path(__file__).parent / "data" / "osm" / "helsinki.osm.pbf"
BUS = TravelProfile(VehicleClass.BUS)
CAR = TravelProfile(VehicleClass.CAR)
TRUCK = TravelProfile(VehicleClass.TRUCK)


def network(nodes, links, bans=(), ban_access=None, **more):
    """A network of straight links.

    `nodes`: id to (lon, lat). `links`: (way id, from, to[, options]); options: oneway, length_m,
    highway, surface, speed, weight_t, height_m, width_m, access, bridge.
    """
    ids = list(nodes)
    arcs = []
    for way, start, end, *rest in links:
        options = rest[0] if rest else {}
        arcs.append((way, ids.index(start), ids.index(end), options))
        if not options.get("oneway"):
            arcs.append((way, ids.index(end), ids.index(start), options))
    lon = np.array([nodes[key][0] for key in ids], dtype=float)
    lat = np.array([nodes[key][1] for key in ids], dtype=float)
    tail = np.array([arc[1] for arc in arcs], dtype=np.int32)
    head = np.array([arc[2] for arc in arcs], dtype=np.int32)
    highways = sorted({arc[3].get("highway", "primary") for arc in arcs})
    surfaces = ["", *sorted({arc[3].get("surface", "") for arc in arcs} - {""})]
    ends = np.column_stack((tail, head)).ravel()

    def floats(name, default=np.nan, kind=np.float32):
        return np.array([arc[3].get(name, default) for arc in arcs], dtype=kind)

    return RoadNetwork(
        node_lon=lon,
        node_lat=lat,
        node_ref=np.array(ids, dtype=np.int64),
        tail=tail,
        head=head,
        length_m=floats("length_m", 1000.0, np.float64),
        highway=np.array(
            [highways.index(arc[3].get("highway", "primary")) for arc in arcs], dtype=np.int16
        ),
        surface=np.array(
            [surfaces.index(arc[3].get("surface", "")) for arc in arcs], dtype=np.int16
        ),
        maxspeed_kmh=floats("speed"),
        maxweight_t=floats("weight_t"),
        maxheight_m=floats("height_m"),
        maxwidth_m=floats("width_m"),
        access=np.array([arc[3].get("access", 31) for arc in arcs], dtype=np.uint8),
        bridge=np.array([arc[3].get("bridge", False) for arc in arcs], dtype=bool),
        way_id=np.array([arc[0] for arc in arcs], dtype=np.int64),
        shape_offset=2 * np.arange(len(arcs) + 1, dtype=np.int64),
        shape_lon=lon[ends],
        shape_lat=lat[ends],
        highway_names=tuple(highways),
        surface_names=tuple(surfaces),
        turn_bans=np.array(bans, dtype=np.int64).reshape(-1, 3),
        turn_ban_access=None if ban_access is None else np.array(ban_access, dtype=np.uint8),
        **more,
    )


def line(count, **more):
    """Nodes 1 to `count` along the equator, 0.01 degrees apart, joined by ways 1 to count-1."""
    nodes = {number: (0.01 * (number - 1), 0.0) for number in range(1, count + 1)}
    return network(nodes, [(number, number, number + 1) for number in range(1, count)], **more)


def place(place_id, lon, lat, kind="settlement", **more):
    """A place by its coordinates."""
    return Place(place_id, place_id, PlaceKind(kind), lat=lat, lon=lon, **more)


def places_at(roads, *refs):
    """One place at each of these nodes, named by the node's id."""
    found = []
    for ref in refs:
        node = roads.node_ref.tolist().index(ref)
        found.append(place(f"n{ref}", float(roads.node_lon[node]), float(roads.node_lat[node])))
    return tuple(found)


def box(west, south, east, north):
    """One rectangle as polygons."""
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return ((ring,),)


def area(holder, west, south, east, north, *, since=None, until=None):
    """A rectangle that a party holds."""
    since = since or AT - timedelta(days=10)
    return ControlArea(
        f"area_{holder}", holder, box(west, south, east, north), since, until, "test"
    )


def hazard(hazard_id, bounds, severity=0.5, *, kind="shelling", age_days=0.0, until=None):
    """A rectangle of danger, observed `age_days` before AT."""
    observed = AT - timedelta(days=age_days)
    polygons = box(*bounds)
    return Hazard(hazard_id, HazardKind(kind), severity, observed, until, "test", polygons=polygons)


def write_osm(path: Path, nodes, ways, relations=(), *, order="nwr", missing=()):
    """Write OpenStreetMap text.

    `nodes`: id to (lon, lat[, tags]); `ways`: id to (node ids, tags); `relations`: id to (members
    as (type, id, role), tags). Nodes in `missing` are left out. `order` is that of the kinds.
    """
    parts = {"n": [], "w": [], "r": []}
    for key, (lon, lat, *tags) in nodes.items():
        if key not in missing:
            body = _tags(tags[0] if tags else {})
            parts["n"].append(f'<node id="{key}" lat="{lat}" lon="{lon}" version="1">{body}</node>')
    for key, (refs, tags) in ways.items():
        body = "".join(f'<nd ref="{ref}"/>' for ref in refs) + _tags(tags)
        parts["w"].append(f'<way id="{key}" version="1">{body}</way>')
    for key, (members, tags) in dict(relations).items():
        body = "".join(
            f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members
        )
        parts["r"].append(f'<relation id="{key}" version="1">{body}{_tags(tags)}</relation>')
    text = "\n".join(line for kind in order for line in parts[kind])
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n{text}\n</osm>\n',
        encoding="utf-8",
    )
    return path


def _tags(tags):
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def arcs_of(roads, way):
    """(from node id, to node id) of each arc of a way, sorted."""
    chosen = np.flatnonzero(roads.way_id == way)
    ends = roads.node_ref[roads.tail[chosen]], roads.node_ref[roads.head[chosen]]
    return sorted(zip(*(part.tolist() for part in ends), strict=True))
