"""The nouns of the convoy stage: the problem, the plan, and what judges say of it.

Moments are integer seconds since the problem's `epoch`. The shared rules that every judge applies
are numbered in ``docs/spec/05-convoy.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from safepassage.core.corridor.types import TravelMatrices, VehicleClass


class SeatKind(StrEnum):
    """Kinds of place in a vehicle."""

    SEATED = "seated"
    WHEELCHAIR = "wheelchair"
    STRETCHER = "stretcher"


@dataclass(frozen=True, slots=True)
class SeatCount:
    """Persons, or places, by seat kind."""

    seated: int = 0
    wheelchair: int = 0
    stretcher: int = 0

    @property
    def persons(self) -> int:
        """All kinds together."""
        return self.seated + self.wheelchair + self.stretcher

    def __add__(self, other: SeatCount) -> SeatCount:
        return SeatCount(
            self.seated + other.seated,
            self.wheelchair + other.wheelchair,
            self.stretcher + other.stretcher,
        )


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a vehicle carries.

    Parameters
    ----------
    places
        Places as fitted.
    convertible_wheelchair
        Further wheelchair places that can be made by taking out seats.
    seats_per_convertible
        Seats lost for each of them.
    """

    places: SeatCount
    convertible_wheelchair: int = 0
    seats_per_convertible: int = 2

    def holds(self, load: SeatCount) -> bool:
        """Return whether `load` fits, converting places where that helps."""
        converted = max(0, load.wheelchair - self.places.wheelchair)
        return (
            converted <= self.convertible_wheelchair
            and load.stretcher <= self.places.stretcher
            and load.seated + converted * self.seats_per_convertible <= self.places.seated
        )


@dataclass(frozen=True, slots=True)
class TravelGroup:
    """People who ride together or not at all, all of whom chose to go and consented.

    Parameters
    ----------
    token
        Unique; the smallest token of its households.
    household_tokens
        Rows of ``households.csv`` it is made of, sorted.
    place_id
        Pick-up.
    load
        Persons by seat kind.
    value
        Priority-weighted persons: the sum over its rows of priority times persons.
    ready_s
        Not picked up before.
    centres
        Reception centres that it accepts, in order of wish; never empty.
    apart_from
        Tokens of travel groups that must not be in the same vehicle at the same time.
    household_persons
        Persons of each row, in the order of `household_tokens`; empty where it is one row.
    door
        Fetched at their own door: their stop takes `ServiceTimes.door_s` more.
    """

    token: str
    household_tokens: tuple[str, ...]
    place_id: str
    load: SeatCount
    value: int
    ready_s: int
    centres: tuple[str, ...]
    apart_from: frozenset[str] = frozenset()
    household_persons: tuple[int, ...] = ()
    door: bool = False


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle with its crew.

    Parameters
    ----------
    sides
        Party ids on whose territory it may drive.
    crew_s
        Longest time on a day between leaving the depot and being back.
    weight_t, height_m, width_m
        For signed limits; None skips the check.
    shifts
        From and to, in seconds: it leaves its depot and is back inside one of them. Empty: at any
        time.
    break_after_s
        Longest time on duty since leaving the depot or since the last break until everybody of a
        trip has alighted; None for no breaks.
    break_s
        Length of a break, taken empty at the crossing between two trips.
    spare_seats
        Ordinary seats that no plan fills, for people who join on the day.
    """

    vehicle_id: str
    vehicle_type: str
    vehicle_class: VehicleClass
    depot_id: str
    capacity: Capacity
    sides: frozenset[str]
    crew_s: int
    weight_t: float | None = None
    height_m: float | None = None
    width_m: float | None = None
    shifts: tuple[tuple[int, int], ...] = ()
    break_after_s: int | None = None
    break_s: int = 0
    spare_seats: int = 0

    @property
    def usable(self) -> Capacity:
        """What a plan may fill: the places as fitted less the spare seats."""
        if not self.spare_seats:
            return self.capacity
        fitted = self.capacity.places
        seated = max(0, fitted.seated - self.spare_seats)
        return replace(self.capacity, places=replace(fitted, seated=seated))


@dataclass(frozen=True, slots=True)
class Screening:
    """How long the check of one vehicle takes: fixed time plus time by person and seat kind."""

    vehicle_s: int
    seated_s: int
    wheelchair_s: int
    stretcher_s: int

    def duration_s(self, load: SeatCount) -> int:
        """Return the time in seconds to screen a vehicle with `load` aboard."""
        return (
            self.vehicle_s
            + self.seated_s * load.seated
            + self.wheelchair_s * load.wheelchair
            + self.stretcher_s * load.stretcher
        )


@dataclass(frozen=True, slots=True)
class ConvoyRule:
    """How a lead vehicle brings vehicles to the queue of a crossing, together.

    Parameters
    ----------
    every_s
        A convoy joins the queue every so many seconds.
    most_vehicles
        Vehicles in one convoy.
    spacing_s
        Between two vehicles of a convoy as they join the queue.
    first_s
        Moment of the first convoy, counted from the window's opening.
    muster_s
        How long before its convoy joins the queue a vehicle has to be at the muster point.
    """

    every_s: int
    most_vehicles: int
    spacing_s: int
    first_s: int = 0
    muster_s: int = 0


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where people pass from one side to the other and change vehicles.

    Parameters
    ----------
    from_side, to_side
        Party ids. Vehicles of `from_side` bring people and turn back; vehicles of `to_side`
        take them on to the reception centres.
    lanes
        Vehicles screened at the same time; first come, first served.
    convoy
        Vehicles join the queue in convoys only; None: as they come.
    """

    crossing_id: str
    place_id: str
    from_side: str
    to_side: str
    lanes: int
    screening: Screening
    convoy: ConvoyRule | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A window of silence at one crossing.

    Parameters
    ----------
    movement_from_s
        Vehicles may leave their depots from then on.
    opens_s, closes_s
        Screening runs between.
    margin_s
        Nobody is planned to be through later than ``closes_s - margin_s``.
    state
        ``accepted``, ``proposed`` or ``exercise``; a plan on a window that is not accepted
        says so.
    """

    window_id: str
    crossing_id: str
    movement_from_s: int
    opens_s: int
    closes_s: int
    margin_s: int
    state: str = "proposed"

    @property
    def last_through_s(self) -> int:
        """Latest planned end of screening."""
        return self.closes_s - self.margin_s


@dataclass(frozen=True, slots=True)
class ReceptionCentre:
    """Places to sleep.

    Parameters
    ----------
    places
        Persons in all.
    accessible_places
        Of these, places for a person in a wheelchair or on a stretcher.
    receives
        From and to, in seconds: people arrive inside one of them. Empty: at any time.
    """

    centre_id: str
    place_id: str
    places: int
    accessible_places: int
    receives: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """Times at a stop.

    Parameters
    ----------
    stop_s
        Once per stop, before anybody boards.
    boarding_s, alighting_s
        Seconds a person by seat kind, one after the other.
    door_s
        Further seconds of a stop for each travel group fetched at its door.
    """

    stop_s: int
    boarding_s: SeatCount
    alighting_s: SeatCount
    door_s: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class ConvoyProblem:
    """Everything the planner, the bound and the judges need; no names.

    Parameters
    ----------
    epoch
        Aware UTC moment of second 0.
    matrices
        Times and exposures; every place id used below is in it.
    vehicle_matrix
        For each vehicle, the index of its matrix.
    max_aboard_s
        Longest time from boarding to the end of screening; None for no limit.
    scenario_digest
        SHA-256 of the scenario's planning input, hex.
    vehicle_side
        For each vehicle, the party that administers its depot: near side of a crossing where it
        is `from_side`, onward vehicle where it is `to_side`.
    centre_side
        For each reception centre, the party that administers it; empty where not known.
    """

    epoch: datetime
    timezone: str
    groups: tuple[TravelGroup, ...]
    vehicles: tuple[Vehicle, ...]
    crossings: tuple[Crossing, ...]
    windows: tuple[Window, ...]
    centres: tuple[ReceptionCentre, ...]
    service: ServiceTimes
    matrices: TravelMatrices
    vehicle_matrix: tuple[int, ...]
    max_aboard_s: int | None = None
    scenario_digest: str = ""
    vehicle_side: tuple[str, ...] = ()
    centre_side: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """A vehicle at a pick-up."""

    place_id: str
    arrive_s: int
    depart_s: int
    boards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trip:
    """One vehicle, one load: from where it was, over pick-ups, through the crossing.

    Parameters
    ----------
    origin_id
        Depot, or the crossing's place after an earlier trip of the same day.
    depart_s
        Leaves the origin.
    queue_arrive_s, screening_start_s, screening_end_s
        At the crossing; people are across at `screening_end_s`.
    lane
        From 0.
    released_s
        Everybody has alighted; the vehicle can go on.
    muster_arrive_s
        Where the crossing lets vehicles in by convoys: when it is at the muster point;
        `queue_arrive_s` is then the moment at which its convoy brings it to the queue. None
        elsewhere.
    """

    trip_id: str
    vehicle_id: str
    window_id: str
    origin_id: str
    depart_s: int
    stops: tuple[PlannedStop, ...]
    queue_arrive_s: int
    lane: int
    screening_start_s: int
    screening_end_s: int
    released_s: int
    muster_arrive_s: int | None = None


@dataclass(frozen=True, slots=True)
class VehicleReturn:
    """A vehicle going home after its last trip of a window."""

    vehicle_id: str
    window_id: str
    depart_s: int
    arrive_s: int


@dataclass(frozen=True, slots=True)
class OnwardStop:
    """An onward vehicle at a reception centre."""

    centre_id: str
    arrive_s: int
    depart_s: int
    alights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnwardTrip:
    """A vehicle of the receiving side from the crossing to reception centres and back.

    Parameters
    ----------
    depart_s
        Leaves the crossing; everybody in it is across and aboard.
    back_s
        At the crossing again.
    """

    trip_id: str
    vehicle_id: str
    window_id: str
    boards_from_s: int
    depart_s: int
    stops: tuple[OnwardStop, ...]
    back_s: int


class LeftReason(StrEnum):
    """The binding reason why a household is not planned."""

    CHOSE_TO_STAY = "chose_to_stay"
    UNDECIDED = "undecided"
    NOT_ASKED = "not_asked"
    NO_CONSENT = "no_consent"
    CHILD_WITHOUT_ADULT = "child_without_adult"
    GROUP_INCOMPLETE = "group_incomplete"
    NO_SEAT_OF_KIND = "no_seat_of_kind"
    NO_ROAD = "no_road"
    NO_PLACE_AT_CENTRE = "no_place_at_centre"
    TIME_ABOARD = "time_aboard"
    WINDOW = "window"
    THROUGHPUT = "throughput"
    FLEET = "fleet"


@dataclass(frozen=True, slots=True)
class Left:
    """A household that the plan leaves, and why.

    Parameters
    ----------
    token
        Of the row in ``households.csv``.
    detail
        A sentence, no names.
    """

    token: str
    persons: int
    reason: LeftReason
    detail: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """A travel group's place: the trip it rides and the centre where it sleeps."""

    token: str
    trip_id: str
    onward_trip_id: str
    centre_id: str


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """What a plan achieves when nothing goes wrong.

    Parameters
    ----------
    value_across
        Priority-weighted persons through the crossing inside the margins.
    exposure_person_h
        Hazard-weighted person-hours aboard and waiting in a vehicle.
    vehicle_s
        Sum over vehicles and windows of the time between leaving and being back.
    """

    groups: int
    persons: int
    value_across: int
    exposure_person_h: float
    vehicle_s: int


@dataclass(frozen=True, slots=True)
class Bound:
    """A proven upper limit on `value_across` of any plan.

    Parameters
    ----------
    name
        ``"B0"``.
    value
        No plan has a higher priority-weighted count.
    persons
        No plan has more persons across.
    binding
        Constraint families with a positive dual price, in words, most valuable first.
    """

    name: str
    value: float
    persons: float
    binding: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """What a plan says of itself on sampled worlds of delays.

    Parameters
    ----------
    probability
        Share of the worlds in which everybody planned is across before the window closes.
    low
        One-sided 95 % lower confidence limit of that probability.
    expected_persons
        Mean persons across.
    worlds, seed
        How many worlds, and the seed that draws them.
    """

    probability: float
    low: float
    expected_persons: float
    worlds: int
    seed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A timetable, complete enough for anybody to check and to run it.

    Parameters
    ----------
    plan_version
        Version of this schema.
    """

    plan_version: str
    safepassage_version: str
    scenario_digest: str
    epoch: str
    timezone: str
    seed: int
    iterations: int
    trips: tuple[Trip, ...]
    returns: tuple[VehicleReturn, ...]
    onward: tuple[OnwardTrip, ...]
    assignments: tuple[Assignment, ...]
    left: tuple[Left, ...]
    totals: PlanTotals
    bound: Bound | None = None
    promise: Promise | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a plan breaks.

    Parameters
    ----------
    rule
        Numbered rule, e.g. ``"05-convoy §14"``.
    where
        Trip, vehicle, group or centre.
    message
        A sentence with the numbers.
    """

    rule: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Itinerary:
    """One load of a vehicle as decided by any planner, without times.

    Parameters
    ----------
    window_id
        Window (and so crossing) it uses.
    stops
        (place id, tokens boarding there), in order.
    not_before_s
        Leaves its origin no earlier; for holding a vehicle back from the queue.
    """

    vehicle_id: str
    window_id: str
    stops: tuple[tuple[str, tuple[str, ...]], ...]
    not_before_s: int = 0


@dataclass(frozen=True, slots=True)
class Distribution:
    """A non-negative multiplier or duration.

    Parameters
    ----------
    kind
        ``"fixed"`` (a), ``"lognormal"`` (median a, sigma b), ``"gamma"`` (mean a, coefficient of
        variation b), ``"uniform"`` (a to b).
    """

    kind: str
    a: float
    b: float = 0.0


@dataclass(frozen=True, slots=True)
class DelayModel:
    """What goes wrong in simulation; from ``delays.toml``.

    Parameters
    ----------
    day_factor, leg_factor, boarding_factor, screening_factor
        Multipliers: one a window and run for all legs, one a leg, one a stop, one a window and
        run and crossing for all screening.
    breakdown_probability
        Per vehicle and window; a vehicle that breaks down does so before a leg drawn uniformly
        and stands for `breakdown_s` seconds.
    collapse_probability_per_window
        The window ends early at a moment drawn uniformly in it.
    """

    day_factor: Distribution
    leg_factor: Distribution
    boarding_factor: Distribution
    screening_factor: Distribution
    breakdown_probability: float
    breakdown_s: Distribution
    collapse_probability_per_window: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What random delays do to a plan.

    Parameters
    ----------
    persons_expected
        Mean persons across before the window closes.
    persons_low, persons_high
        5th and 95th percentile.
    probability_all_across
        Share of runs in which everybody planned is across.
    probability_standard_error
        Of that share.
    trip_probability
        (trip id, share of runs in which its load is across).
    stranded_expected
        Mean persons aboard a vehicle when the window closes on them.
    """

    runs: int
    seed: int
    persons_planned: int
    persons_expected: float
    persons_low: int
    persons_high: int
    value_expected: float
    probability_all_across: float
    probability_standard_error: float
    stranded_expected: float
    trip_probability: tuple[tuple[str, float], ...]
