"""How fast each vehicle class drives on each kind of road and surface: a table, not code.

The figures are this project's assumptions for loaded vehicles in a convoy by day and not
measurements. Where they come from:

- roads: below common legal limits (compare the OpenStreetMap wiki, *Default speed limits*), and for
  buses and trucks below what speed limiters allow in the European Union (100 and 90 km/h, Directive
  92/6/EEC as amended by 2002/85/EC);
- surfaces and track grades: ordered by firmness as on the OpenStreetMap wiki (*Key:surface*,
  *Key:smoothness*, *Key:tracktype*); low-slung or long vehicles are slower than a car, and 0 shuts
  what a bus or an ambulance would be stuck on.

An operation that has driven its roads replaces them by passing another :class:`SpeedTable`.
"""

from __future__ import annotations

from dataclasses import dataclass

from safepassage.core.corridor.types import VehicleClass

_ROADS: tuple[tuple[str, tuple[float, float, float, float, float]], ...] = (
    # highway          car  ambulance minibus  bus  truck   km/h, free flow
    ("motorway", (100, 100, 90, 80, 75)),
    ("motorway_link", (50, 50, 45, 40, 40)),
    ("trunk", (85, 85, 80, 70, 65)),
    ("trunk_link", (45, 45, 40, 35, 35)),
    ("primary", (70, 70, 65, 60, 55)),
    ("primary_link", (40, 40, 35, 30, 30)),
    ("secondary", (60, 60, 55, 50, 45)),
    ("secondary_link", (35, 35, 30, 30, 25)),
    ("tertiary", (50, 50, 45, 40, 40)),
    ("tertiary_link", (30, 30, 30, 25, 25)),
    ("unclassified", (40, 40, 35, 30, 30)),
    ("residential", (30, 30, 25, 25, 20)),
    ("living_street", (10, 10, 10, 10, 10)),
    ("service", (15, 15, 15, 10, 10)),
    ("road", (30, 30, 25, 20, 20)),
    ("track", (15, 15, 12, 8, 10)),
    ("busway", (30, 30, 30, 30, 30)),
    ("bus_guideway", (30, 30, 30, 30, 30)),
)

_SURFACES: tuple[tuple[str, tuple[float, float, float, float, float]], ...] = (
    # surface          car  ambulance minibus  bus  truck   km/h at most; 0 shuts the road
    ("cobblestone", (30, 25, 25, 20, 20)),
    ("unhewn_cobblestone", (20, 15, 15, 15, 15)),
    ("sett", (40, 35, 35, 30, 30)),
    ("paving_stones", (40, 40, 40, 35, 35)),
    ("concrete:plates", (60, 50, 50, 45, 45)),
    ("concrete:lanes", (40, 35, 35, 30, 30)),
    ("compacted", (45, 40, 40, 35, 35)),
    ("fine_gravel", (40, 35, 35, 30, 30)),
    ("gravel", (35, 30, 30, 25, 25)),
    ("pebblestone", (30, 25, 25, 20, 20)),
    ("unpaved", (30, 25, 25, 20, 25)),
    ("ground", (20, 15, 15, 10, 15)),
    ("dirt", (20, 15, 15, 10, 15)),
    ("earth", (20, 15, 15, 10, 15)),
    ("grass", (12, 10, 8, 5, 8)),
    ("sand", (10, 8, 6, 0, 8)),
    ("mud", (8, 5, 0, 0, 8)),
    ("snow", (20, 15, 15, 10, 15)),
    ("ice", (10, 10, 8, 0, 0)),
    ("grade1", (40, 40, 35, 30, 30)),
    ("grade2", (30, 25, 25, 20, 20)),
    ("grade3", (20, 15, 15, 10, 15)),
    ("grade4", (12, 10, 8, 0, 10)),
    ("grade5", (8, 6, 0, 0, 6)),
)


@dataclass(frozen=True, slots=True)
class SpeedTable:
    """Speeds by vehicle class, in the order of :class:`VehicleClass`.

    Parameters
    ----------
    roads
        (``highway`` value, km/h by class) pairs: free flow.
    surfaces
        (``surface`` value, km/h by class) pairs: the most that the surface allows; 0 shuts it.
    unknown_road_kmh
        For a ``highway`` value that is not in `roads`.
    """

    roads: tuple[tuple[str, tuple[float, float, float, float, float]], ...] = _ROADS
    surfaces: tuple[tuple[str, tuple[float, float, float, float, float]], ...] = _SURFACES
    unknown_road_kmh: tuple[float, float, float, float, float] = (20, 20, 20, 15, 15)

    def road_kmh(self, highway: str, vehicle_class: VehicleClass) -> float:
        """Return the free-flow speed in km/h."""
        return dict(self.roads).get(highway, self.unknown_road_kmh)[_position(vehicle_class)]

    def surface_kmh(self, surface: str, vehicle_class: VehicleClass) -> float:
        """Return the most that a surface allows in km/h, infinity where it says nothing."""
        speeds = dict(self.surfaces).get(surface)
        return speeds[_position(vehicle_class)] if speeds else float("inf")


def _position(vehicle_class: VehicleClass) -> int:
    return tuple(VehicleClass).index(vehicle_class)


DEFAULT_SPEEDS = SpeedTable()
