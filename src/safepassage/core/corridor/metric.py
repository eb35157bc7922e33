"""What each arc costs one way of driving, as exact integers.

Time is counted in whole milliseconds and exposure in whole billionths, so that sums do not depend
on the order in which they are made and two methods agree to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.situation import Situation
from safepassage.core.corridor.speeds import DEFAULT_SPEEDS, SpeedTable
from safepassage.core.corridor.types import RoadNetwork, TravelProfile, VehicleClass

MS_PER_S = 1000
MS_PER_H = 3_600_000
NANO = 1_000_000_000
"""Exposure is counted in billionths."""
SIGNED_SPEED_SHARE = 0.9
"""A loaded vehicle in a convoy is taken to reach nine tenths of a signed limit: an assumption of
this project, since a convoy drives as its slowest vehicle and keeps its distances."""
LEAST_SPEED_KMH = 5.0
"""Walking pace: no open road is taken to be slower, whatever the table and the signs say."""


class Shut(IntFlag):
    """Why an arc may not be driven."""

    ACCESS = 1
    """Tags, barrier or surface exclude the vehicle class."""
    LIMIT = 2
    """A signed weight, height or width is exceeded."""
    SIDE = 4
    """It is held by a party on whose territory the vehicle may not drive."""
    HAZARD = 8
    """A hazard of severity 1 closes it."""
    CLOSURE = 16
    """A dated rule (a closure, a night ban, a window) shuts it."""


NOTHING = Shut(0)


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """Costs of every arc for one profile at one date and risk weight.

    Parameters
    ----------
    travel_time_ms, exposure_nano
        int64[m]: milliseconds; billionths of one person's exposure.
    cost_ms
        int64[m]: time plus risk weight times exposure, in milliseconds of travel.
    shut
        uint8[m], :class:`Shut` flags; 0 where the arc may be driven.
    """

    travel_time_ms: NDArray[np.int64]
    exposure_nano: NDArray[np.int64]
    cost_ms: NDArray[np.int64]
    shut: NDArray[np.uint8]

    def open(self, ignoring: Shut = NOTHING) -> NDArray[np.bool_]:
        """Return bool[m], arcs that may be driven, leaving some reasons out of account."""
        return np.asarray((self.shut & ~np.uint8(ignoring)) == 0)


def build_metric(
    network: RoadNetwork,
    situation: Situation,
    profile: TravelProfile,
    risk_weight_s: float,
    speeds: SpeedTable = DEFAULT_SPEEDS,
) -> Metric:
    """Return the costs of all arcs for a profile.

    Parameters
    ----------
    network, situation
        The roads, and what control, hazards and closures say of each arc at the moment.
    profile
        The class gives speeds and access; the dimensions are checked against signed limits and
        the sides against who holds the ground.
    risk_weight_s
        Seconds of travel worth one unit of exposure.
    speeds
        Speeds by class, road and surface.
    """
    speed_kmh = arc_speeds_kmh(network, profile.vehicle_class, speeds)
    usable = np.maximum(speed_kmh, LEAST_SPEED_KMH)
    time_ms = np.rint(network.length_m / 1000 / usable * MS_PER_H).astype(np.int64)
    exposure = np.rint(situation.rate_per_h * (time_ms / MS_PER_H) * NANO).astype(np.int64)
    weighted = np.rint(exposure * (risk_weight_s * MS_PER_S / NANO)).astype(np.int64)
    return Metric(
        travel_time_ms=time_ms,
        exposure_nano=exposure,
        cost_ms=time_ms + weighted,
        shut=_shut(network, situation, profile, speed_kmh),
    )


def arc_speeds_kmh(
    network: RoadNetwork, vehicle_class: VehicleClass, speeds: SpeedTable = DEFAULT_SPEEDS
) -> NDArray[np.float64]:
    """Return float64[m], the speed of a class on each arc in km/h; 0 where the surface shuts it.

    The lowest of three: the table's speed for class and road, the table's most for class and
    surface, and :data:`SIGNED_SPEED_SHARE` of the signed limit (docs/spec/03-corridor.md §16).
    """
    road = np.array([speeds.road_kmh(name, vehicle_class) for name in network.highway_names])
    ground = np.array([speeds.surface_kmh(name, vehicle_class) for name in network.surface_names])
    signed = network.maxspeed_kmh.astype(np.float64) * SIGNED_SPEED_SHARE
    speed = np.minimum(road[network.highway], ground[network.surface])
    return np.asarray(np.fmin(speed, signed), dtype=np.float64)


def _shut(
    network: RoadNetwork,
    situation: Situation,
    profile: TravelProfile,
    speed_kmh: NDArray[np.float64],
) -> NDArray[np.uint8]:
    bit = np.uint8(class_bit(profile.vehicle_class))
    no_access = ((network.access & bit) == 0) | (speed_kmh <= 0)
    too_much = exceeds_limits(network, profile)
    forbidden = _forbidden_sides(situation, profile)[situation.side]
    shut = np.where(no_access, int(Shut.ACCESS), 0) | np.where(too_much, int(Shut.LIMIT), 0)
    shut |= np.where(forbidden, int(Shut.SIDE), 0)
    shut |= np.where(situation.closed_by >= 0, int(Shut.HAZARD), 0)
    shut |= np.where((situation.closed_to & bit) > 0, int(Shut.CLOSURE), 0)
    return shut.astype(np.uint8)


def class_bit(vehicle_class: VehicleClass) -> int:
    """Return the bit of a vehicle class in access masks."""
    return 1 << tuple(VehicleClass).index(vehicle_class)


def exceeds_limits(network: RoadNetwork, profile: TravelProfile) -> NDArray[np.bool_]:
    """Return bool[m], arcs whose signed weight, height or width the profile exceeds.

    A weight limit signed for the profile's class takes the place of the general one.
    """
    over = np.zeros(network.arc_count, dtype=bool)
    for value, limit in (
        (profile.weight_t, weight_limits_t(network, profile.vehicle_class)),
        (profile.height_m, network.maxheight_m),
        (profile.width_m, network.maxwidth_m),
    ):
        if value is not None:
            over |= limit < np.float32(value)
    return over


def weight_limits_t(network: RoadNetwork, vehicle_class: VehicleClass) -> NDArray[np.float32]:
    """Return float32[m], the weight in tonnes signed for a class on each arc; NaN for no limit."""
    arcs, access, tonnes = (
        network.class_weight_arc,
        network.class_weight_access,
        network.class_weight_t,
    )
    if arcs is None or access is None or tonnes is None:
        return network.maxweight_t
    own = (access & np.uint8(class_bit(vehicle_class))) > 0
    limits = network.maxweight_t.copy()
    limits[arcs[own]] = tonnes[own]
    return limits


def _forbidden_sides(situation: Situation, profile: TravelProfile) -> NDArray[np.bool_]:
    """Return bool[s]: where several hold an arc, all of them must be allowed."""
    if not profile.sides:
        return np.zeros(len(situation.holders), dtype=bool)
    return np.array([not profile.sides.issuperset(holder) for holder in situation.holders])
