"""The nouns of the corridor stage: places, the road network, control, hazards, corridors.

All coordinates are WGS 84 (EPSG:4326), longitude and latitude in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class PlaceKind(StrEnum):
    """What a place is for."""

    SETTLEMENT = "settlement"
    ASSEMBLY_POINT = "assembly_point"
    CROSSING = "crossing"
    DEPOT = "depot"
    RECEPTION_CENTRE = "reception_centre"
    FALL_BACK = "fall_back"
    MEDICAL_POINT = "medical_point"


@dataclass(frozen=True, slots=True)
class Place:
    """A named point.

    Parameters
    ----------
    lat, lon
        Degrees, WGS 84.
    side
        Party id of who administers it, or empty: taken from control at the planning date.
    capacity, capacity_accessible
        Reception places in persons; `capacity_accessible` of `capacity` take a wheelchair or
        a stretcher. None where the place receives nobody.
    approximate
        True when the coordinates were entered by hand and rounded.
    """

    place_id: str
    name: str
    kind: PlaceKind
    lat: float
    lon: float
    name_local: str = ""
    side: str = ""
    capacity: int | None = None
    capacity_accessible: int | None = None
    approximate: bool = False
    population: int | None = None
    source: str = ""


class VehicleClass(StrEnum):
    """Classes with their own speeds and road bans."""

    CAR = "car"
    AMBULANCE = "ambulance"
    MINIBUS = "minibus"
    BUS = "bus"
    TRUCK = "truck"


@dataclass(frozen=True, slots=True)
class TravelProfile:
    """A way of driving: one metric of the network.

    Parameters
    ----------
    vehicle_class
        Speeds and access.
    sides
        Party ids on whose territory it may drive; empty means everywhere. Territory that
        nobody is known to hold is open to all.
    weight_t, height_m, width_m
        Gross weight and dimensions; None skips the check against signed limits.
    """

    vehicle_class: VehicleClass
    sides: frozenset[str] = frozenset()
    weight_t: float | None = None
    height_m: float | None = None
    width_m: float | None = None


class Basis(StrEnum):
    """What a dated fact rests on."""

    STATED = "stated"
    """A source says so of this very area and time."""
    DERIVED = "derived"
    """Worked out from facts about points or other dates; never shown as a fact."""
    ASSUMED = "assumed"
    """Part of a what-if that somebody entered."""


@dataclass(frozen=True, slots=True)
class ControlArea:
    """Who administers an area, from when to when; positions of forces are not modelled.

    Parameters
    ----------
    basis
        Whether a source states it or it was derived.
    rings
        Polygons: each a tuple of rings, each ring a tuple of (lon, lat), first equals last;
        the first ring of a polygon is its shell.
    valid_from, valid_to
        Aware moments; `valid_to` None means until further notice.
    """

    area_id: str
    holder: str
    polygons: tuple[tuple[tuple[tuple[float, float], ...], ...], ...]
    valid_from: datetime
    valid_to: datetime | None
    source: str
    basis: Basis = Basis.STATED


class HazardKind(StrEnum):
    """Kinds of hazard; never attributed to a force."""

    MINES = "mines"
    SHELLING = "shelling"
    DRONE = "drone"
    BROKEN_BRIDGE = "broken_bridge"
    FLOOD = "flood"
    DEBRIS = "debris"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Hazard:
    """A danger on the map.

    Parameters
    ----------
    polygons, line
        One of the two: an area (as in :class:`ControlArea`) or a line of (lon, lat).
    reach_m
        Distance from the line within which the hazard acts; 0 for areas.
    severity
        0 to 1; 1 closes the road (a broken bridge, a mined stretch).
    observed_at
        Aware moment of the observation; an old fact costs more and is shown as old.
    """

    hazard_id: str
    kind: HazardKind
    severity: float
    observed_at: datetime
    valid_to: datetime | None
    source: str
    polygons: tuple[tuple[tuple[tuple[float, float], ...], ...], ...] = ()
    line: tuple[tuple[float, float], ...] = ()
    reach_m: float = 0.0


class ClosureKind(StrEnum):
    """Whether a rule shuts what it names, or opens it at these times only."""

    CLOSED = "closed"
    OPEN_ONLY = "open_only"


@dataclass(frozen=True, slots=True)
class Closure:
    """A stretch, an area or a place that may be used at certain times only.

    One of `polygons`, `line`, `way_ids` and `place_id` says where.

    Parameters
    ----------
    polygons, line, reach_m
        As in :class:`Hazard`.
    way_ids
        Ids of ways of the network; every arc of them.
    place_id
        A place that cannot be reached or left.
    classes
        Vehicle classes that it binds; empty for all.
    valid_from, valid_to
        Aware moments between which the rule stands; None for no beginning or no end. The end is
        not included.
    daily
        Minutes after local midnight between which it holds each day, e.g. ``(1200, 360)`` for
        20:00 to 06:00; None for the whole day.
    timezone
        IANA name of the zone of `daily`.
    what_if
        Empty for a fact; otherwise the rule counts only in the what-if of this name.
    """

    closure_id: str
    source: str
    kind: ClosureKind = ClosureKind.CLOSED
    polygons: tuple[tuple[tuple[tuple[float, float], ...], ...], ...] = ()
    line: tuple[tuple[float, float], ...] = ()
    reach_m: float = 0.0
    way_ids: tuple[int, ...] = ()
    place_id: str = ""
    classes: frozenset[VehicleClass] = frozenset()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    daily: tuple[int, int] | None = None
    timezone: str = "UTC"
    what_if: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class RoadNetwork:
    """A directed road graph: one arc per permitted direction of each stretch of road.

    Parameters
    ----------
    node_lon, node_lat
        float64[n], degrees.
    node_ref
        int64[n], OSM node id or the id of ``nodes.csv``.
    tail, head
        int32[m], indices of nodes.
    length_m
        float64[m], geodesic.
    highway
        int16[m], index into `highway_names`.
    surface
        int16[m], index into `surface_names`; 0 is unknown.
    maxspeed_kmh, maxweight_t, maxheight_m, maxwidth_m
        float32[m]; NaN where not signed.
    access
        uint8[m], bit i set where vehicle class i (order of :class:`VehicleClass`) may drive.
    bridge
        bool[m].
    way_id
        int64[m], OSM way id or link id, to map every result back.
    shape_offset, shape_lon, shape_lat
        int64[m+1], float64[s], float64[s]: the polyline of each arc, both ends included.
    turn_bans
        int64[t, 3]: (way_id from, node_ref via, way_id to) turns that may not be made,
        "only" restrictions already expanded.
    turn_ban_access
        uint8[t], bit i set where the ban binds vehicle class i; None where every ban binds all.
    schematic
        True when roads are drawn for an exercise and do not follow the ground.
    attribution
        Text that must be shown with every map and export.
    rejects
        (reason, count) pairs from the import.
    """

    node_lon: NDArray[np.float64]
    node_lat: NDArray[np.float64]
    node_ref: NDArray[np.int64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    length_m: NDArray[np.float64]
    highway: NDArray[np.int16]
    surface: NDArray[np.int16]
    maxspeed_kmh: NDArray[np.float32]
    maxweight_t: NDArray[np.float32]
    maxheight_m: NDArray[np.float32]
    maxwidth_m: NDArray[np.float32]
    access: NDArray[np.uint8]
    bridge: NDArray[np.bool_]
    way_id: NDArray[np.int64]
    shape_offset: NDArray[np.int64]
    shape_lon: NDArray[np.float64]
    shape_lat: NDArray[np.float64]
    highway_names: tuple[str, ...]
    surface_names: tuple[str, ...]
    turn_bans: NDArray[np.int64]
    schematic: bool = False
    attribution: str = ""
    rejects: tuple[tuple[str, int], ...] = ()
    turn_ban_access: NDArray[np.uint8] | None = None

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.node_lon)

    @property
    def arc_count(self) -> int:
        """Number of directed arcs."""
        return len(self.tail)


@dataclass(frozen=True, slots=True, eq=False)
class TravelMatrix:
    """Times and exposures between places for one profile at one date.

    Parameters
    ----------
    travel_time_s
        int32[p, p], along the planner's chosen path; -1 where there is no way.
    exposure
        float64[p, p], expected hazard met by one person along that path: hazard rate (per
        hour) times hours, summed; multiply by the persons aboard for ``exposure_person_h``.
    """

    profile: TravelProfile
    travel_time_s: NDArray[np.int32]
    exposure: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TravelMatrices:
    """All matrices a planner needs.

    Parameters
    ----------
    place_ids
        Row and column order of every matrix.
    matrices
        One per distinct profile.
    place_hazard_rate_per_h
        float64[p], hazard per person and hour of waiting at each place.
    unreachable
        Sentences: which place cannot be reached by whom, and why.
    snaps
        Where each place that has a road meets the network, with distances and warnings.
    """

    place_ids: tuple[str, ...]
    matrices: tuple[TravelMatrix, ...]
    place_hazard_rate_per_h: NDArray[np.float64]
    unreachable: tuple[str, ...] = ()
    snaps: tuple[Snap, ...] = ()


@dataclass(frozen=True, slots=True)
class CorridorSegment:
    """A stretch of a corridor under one administration.

    Parameters
    ----------
    side
        Party id of the holder at the date, empty where nobody is known to hold it.
    shape
        (lon, lat) points.
    """

    side: str
    length_m: float
    travel_time_s: int
    exposure: float
    shape: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class CorridorOption:
    """One way out on the menu: no other is both faster and less exposed.

    Parameters
    ----------
    exposure
        Hazard rate times hours for one person along the path.
    bridges
        (way id, signed weight limit in tonnes or None) along the way.
    oldest_fact
        ISO date of the oldest control or hazard fact the option rests on; empty if none.
    reason
        Why it is on the menu, in a sentence.
    """

    option_id: str
    from_place: str
    to_place: str
    profile: TravelProfile
    length_m: float
    travel_time_s: int
    exposure: float
    segments: tuple[CorridorSegment, ...]
    way_ids: tuple[int, ...]
    bridges: tuple[tuple[int, float | None], ...]
    oldest_fact: str
    reason: str


@dataclass(frozen=True, slots=True)
class Snap:
    """Where a place meets the network.

    Parameters
    ----------
    distance_m
        Geodesic distance from the place to the node.
    """

    place_id: str
    node: int
    distance_m: float
    warnings: tuple[str, ...] = field(default=())
