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
    receives
        Minutes after local midnight from when and until when a reception centre lets people in,
        each day; an end not after the start is on the next day. None: at any time.
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
    receives: tuple[int, int] | None = None


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


CONTESTED = "(contested)"
"""Holder of ground that a source calls contested; no party id can look so."""
TRUCE = "(truce)"
"""Holder of ground where a truce was said to hold and nobody's administration."""


@dataclass(frozen=True, slots=True)
class ControlArea:
    """Who administers an area, from when to when; positions of forces are not modelled.

    Parameters
    ----------
    holder
        Party id, :data:`CONTESTED`, :data:`TRUCE`, or empty where somebody looked and nobody is
        known to hold the ground.
    basis
        Whether a source states it or it was derived.
    polygons
        Each a tuple of rings, each ring a tuple of (lon, lat), first equals last; the first ring
        of a polygon is its shell.
    valid_from, valid_to
        Aware moments; `valid_to` None means until further notice.
    words
        What a person should read beside the holder, such as between which dates it is derived.
    """

    area_id: str
    holder: str
    polygons: tuple[tuple[tuple[tuple[float, float], ...], ...], ...]
    valid_from: datetime
    valid_to: datetime | None
    source: str
    basis: Basis = Basis.STATED
    words: str = ""


class DateMeaning(StrEnum):
    """What the date of a settlement's holder says."""

    SEEN = "seen"
    """So it was on that date; what was before and after is not said."""
    SINCE = "since"
    """So it became on that date, and stayed until the next date of the settlement."""


@dataclass(frozen=True, slots=True)
class SettlementFact:
    """Who held a settlement on a date: a fact about a point, not about an area.

    Parameters
    ----------
    settlement
        Its name; one name at one position is one settlement.
    lat, lon
        Degrees, WGS 84.
    dated
        Aware moment: the beginning of the day, in the operation's time zone.
    holder
        As in :class:`ControlArea`.
    held_by
        The word as it came.
    meaning
        Of the date.
    """

    settlement: str
    lat: float
    lon: float
    dated: datetime
    holder: str
    held_by: str
    source: str
    meaning: DateMeaning = DateMeaning.SEEN


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A question that somebody entered; its parts are never mixed with facts.

    Parameters
    ----------
    entered_by, entered_on
        Role, never a name; ISO date.
    """

    what_if: str
    title: str
    entered_by: str = ""
    entered_on: str = ""


@dataclass(frozen=True, slots=True)
class AssumedHolder:
    """Part of a what-if: a place and the ground around it held by a party from a moment on.

    Parameters
    ----------
    reach_m
        Radius of the ground around the place.
    """

    assumption_id: str
    what_if: str
    place_id: str
    holder: str
    valid_from: datetime
    valid_to: datetime | None
    reach_m: float
    reason: str


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
    polygons, line, way_ids
        One of the three: an area (as in :class:`ControlArea`), a line of (lon, lat), or ids of
        ways of the network.
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
    way_ids: tuple[int, ...] = ()


class ClosureKind(StrEnum):
    """Whether a rule shuts what it names at its times, or opens it at its times only."""

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
        Aware moments between which its times lie; None for no beginning or no end. The end is
        not included.
    windows
        (from, to) pairs of aware moments: its times lie in one of them; empty for no such limit.
    daily
        Minutes after local midnight between which its times lie each day, e.g. ``(1200, 360)``
        for 20:00 to 06:00; None for the whole day.
    timezone
        IANA name of the zone of `daily` and `weekdays`; empty in what an import read from tags,
        which name no zone: that of the operation is meant.
    weekdays
        Days of the week on which it holds, 0 for Monday; empty for every day. Of hours that run
        over midnight it is the day on which they begin.
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
    weekdays: frozenset[int] = frozenset()
    windows: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
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
        (reason, count) pairs from the import: what was left out, and what could not be honoured.
    turn_path_offset, turn_path_arc, turn_path_access
        int64[p+1], int64[..], uint8[p]: runs of at least three arcs that may not be driven one
        after another by the classes whose bit is set (turn restrictions over a way, "only"
        already expanded); None where there are none.
    class_weight_arc, class_weight_access, class_weight_t
        int32[l], uint8[l], float32[l]: weight limits in tonnes that hold for the classes whose
        bit is set and replace `maxweight_t` for them; None where there are none.
    closures
        What conditional tags shut at certain hours, days or dates, by way.
    road, road_names
        int32[m], index into `road_names`: number and name of the road as signed, e.g. "CG-1
        Avinguda"; the first name is empty. `road` is None where no names were read.
    counts
        (what, count) pairs from the import: what was read and kept.
    ferries
        int64[f, 2]: ids of the nodes at which ferry lines of the extract begin and end, to say
        what an island hangs on; None where there are none. Ferries are not driven.
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
    turn_path_offset: NDArray[np.int64] | None = None
    turn_path_arc: NDArray[np.int64] | None = None
    turn_path_access: NDArray[np.uint8] | None = None
    class_weight_arc: NDArray[np.int32] | None = None
    class_weight_access: NDArray[np.uint8] | None = None
    class_weight_t: NDArray[np.float32] | None = None
    closures: tuple[Closure, ...] = ()
    road: NDArray[np.int32] | None = None
    road_names: tuple[str, ...] = ("",)
    counts: tuple[tuple[str, int], ...] = ()
    ferries: NDArray[np.int64] | None = None

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
        Party id of the holder at the date, empty where nobody is known to hold it; ids joined by
        ``+`` where several hold it.
    shape
        (lon, lat) points, WGS 84 degrees.
    arcs
        Arcs of the network in order; the first and the last may belong to it in part.
    oldest_fact, oldest_kind, oldest_age_days, fall_backs
        As in :class:`CorridorOption`, of this stretch.
    """

    side: str
    length_m: float
    travel_time_s: int
    exposure: float
    shape: tuple[tuple[float, float], ...]
    arcs: tuple[int, ...] = ()
    oldest_fact: str = ""
    oldest_kind: str = ""
    oldest_age_days: float | None = None
    oldest_at: datetime | None = None
    fall_backs: tuple[FallBack, ...] = ()


@dataclass(frozen=True, slots=True)
class FallBack:
    """A place to which people on the way can turn, with how far it is.

    Parameters
    ----------
    lon, lat
        Of the place, WGS 84 degrees.
    to_s
        Seconds to it from the point of the way that is furthest from it.
    back_s
        Seconds from it back to the point of the way that is furthest from it; None where there is
        no way back.
    side
        Party that holds it, empty where nobody is known to.
    """

    place_id: str
    name: str
    lon: float
    lat: float
    to_s: int
    back_s: int | None
    side: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing that the driver of a way meets.

    Parameters
    ----------
    at_m, at_s
        Metres and seconds from the start.
    kind
        ``start``, ``road``, ``place``, ``crossing``, ``bridge``, ``side`` or ``end``.
    name
        Of the place, the road or the party; empty where a road has none.
    lon, lat
        Where, WGS 84 degrees.
    """

    at_m: float
    at_s: int
    kind: str
    name: str
    lon: float
    lat: float


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
    arcs
        Arcs of the network in the order of travel.
    lengths_by_side
        (side, metres) in order of first use; arcs are cut where the side changes.
    oldest_kind, oldest_age_days
        What the oldest fact is (``control`` or the kind of hazard) and its age at the date.
    oldest_at
        Aware moment of the oldest fact, to be shown in the operation's zone; None if there is none.
    crossings
        Ids of the crossings that it passes, in order.
    fall_backs
        Where people on the way can turn, the nearest first.
    passes
        What the driver meets, in order.
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
    arcs: tuple[int, ...] = ()
    lengths_by_side: tuple[tuple[str, float], ...] = ()
    oldest_kind: str = ""
    oldest_age_days: float | None = None
    oldest_at: datetime | None = None
    crossings: tuple[str, ...] = ()
    fall_backs: tuple[FallBack, ...] = ()
    passes: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Snap:
    """Where a place meets the network.

    Parameters
    ----------
    node
        The end of the nearest road that the way along it reaches first.
    distance_m
        Geodesic distance from the place to the nearest point of that road.
    along_m
        Metres along the road from that point to the node; 0 where the node is the nearest point.
    """

    place_id: str
    node: int
    distance_m: float
    warnings: tuple[str, ...] = field(default=())
    along_m: float = 0.0


class Channel(StrEnum):
    """How a local command is reached; never a number or an address."""

    RADIO = "radio"
    PHONE = "phone"
    EMAIL = "email"
    COURIER = "courier"
    LIAISON = "liaison"


@dataclass(frozen=True, slots=True)
class LocalCommand:
    """Who on the ground has to acknowledge an order; a role, never a person.

    Parameters
    ----------
    role
        In words, e.g. ``"duty officer of the sector"``.
    answers_for
        Ids of areas of control or of places.
    channels
        How it is reached, the best first.
    """

    command_id: str
    party: str
    role: str
    answers_for: tuple[str, ...]
    channels: tuple[Channel, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class HandOver:
    """A point at which a way passes from one administration to the next, begins or ends.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees.
    mgrs
        The same as a grid reference of 10 m; empty near the poles.
    name
        In words, by the nearest named place.
    at_m
        Metres from the start of the way.
    """

    lon: float
    lat: float
    mgrs: str
    name: str
    at_m: float


@dataclass(frozen=True, slots=True)
class SegmentWindow:
    """When a stretch may be used: an agreed window of the crossing that it leads to.

    Parameters
    ----------
    place_id
        The crossing.
    opens_at, closes_at
        Aware moments.
    state
        Where the talks on it stand: ``proposed``, ``accepted`` or ``exercise``.
    """

    window_id: str
    place_id: str
    opens_at: datetime
    closes_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class NamedSegment:
    """The unit in which a corridor is agreed: one administration, acknowledged by its command.

    Parameters
    ----------
    segment_id
        Option id and number, e.g. ``"c1-2"``.
    name
        From where to where, by the nearest named places.
    side
        As in :class:`CorridorSegment`.
    asked
        Parties whose local command has to acknowledge: those of the side, and the neighbours'
        where nobody is known to hold it.
    commands
        Those known that answer for the stretch; may be fewer than `asked`.
    meeting_points
        Ids of places on the stretch where people are met.
    fall_backs
        The nearest first; seconds from, and back to, the worst point of the stretch.
    """

    segment_id: str
    option_id: str
    name: str
    side: str
    begins: HandOver
    ends: HandOver
    length_m: float
    travel_time_s: int
    exposure: float
    shape: tuple[tuple[float, float], ...]
    asked: tuple[str, ...] = ()
    commands: tuple[LocalCommand, ...] = ()
    windows: tuple[SegmentWindow, ...] = ()
    fall_backs: tuple[FallBack, ...] = ()
    meeting_points: tuple[str, ...] = ()
    oldest_fact: str = ""
    oldest_kind: str = ""
    oldest_age_days: float | None = None
    oldest_at: datetime | None = None
