"""Signs of a map as plain paths, so that they look the same whatever fonts a machine has.

Each is drawn in a box of 20 by 20 around the origin; colours and strokes come from the style sheet.
"""

from __future__ import annotations

from typing import Final

from safepassage.core.agreement.wording import msg
from safepassage.core.corridor.types import HazardKind, PlaceKind

PLACE_WORDS: Final = {
    PlaceKind.CROSSING: msg("crossing"),
    PlaceKind.DEPOT: msg("depot"),
    PlaceKind.RECEPTION_CENTRE: msg("reception centre"),
    PlaceKind.ASSEMBLY_POINT: msg("assembly point"),
    PlaceKind.SETTLEMENT: msg("settlement"),
    PlaceKind.FALL_BACK: msg("fall-back point"),
    PlaceKind.MEDICAL_POINT: msg("medical point"),
}

HAZARD_WORDS: Final = {
    HazardKind.MINES: msg("mines"),
    HazardKind.SHELLING: msg("shelling"),
    HazardKind.DRONE: msg("drones"),
    HazardKind.BROKEN_BRIDGE: msg("broken bridge"),
    HazardKind.FLOOD: msg("flood"),
    HazardKind.DEBRIS: msg("debris"),
    HazardKind.CHECKPOINT: msg("checkpoint"),
}

PLACE_PATHS: Final = {
    PlaceKind.CROSSING: "M0,-9L9,0L0,9L-9,0Z",
    PlaceKind.DEPOT: "M-6,-6H6V6H-6Z",
    PlaceKind.RECEPTION_CENTRE: "M-8,0L0,-8L8,0H6V7H-6V0Z",
    PlaceKind.ASSEMBLY_POINT: "M-5,0A5,5 0 1 0 5,0A5,5 0 1 0 -5,0Z",
    PlaceKind.SETTLEMENT: "M-3.5,0A3.5,3.5 0 1 0 3.5,0A3.5,3.5 0 1 0 -3.5,0Z",
    PlaceKind.FALL_BACK: "M0,-8.5L8.5,6.5H-8.5Z",
    PlaceKind.MEDICAL_POINT: "M-2.5,-8H2.5V-2.5H8V2.5H2.5V8H-2.5V2.5H-8V-2.5H-2.5Z",
}
"""Filled shapes."""

HAZARD_PATHS: Final = {
    HazardKind.MINES: "M-4,1A4,4 0 1 0 4,1A4,4 0 1 0 -4,1ZM0,-3V-8M3,-2L6,-6M-3,-2L-6,-6M4,1H8"
    "M-4,1H-8",
    HazardKind.SHELLING: "M0,-8L2,-3L7,-6L4,-1L8,2L3,3L4,8L0,4L-4,8L-3,3L-8,2L-4,-1L-7,-6L-2,-3Z",
    HazardKind.DRONE: "M-6,-6L6,6M6,-6L-6,6M-9,-6H-3M3,-6H9M-9,6H-3M3,6H9",
    HazardKind.BROKEN_BRIDGE: "M-9,-2H-3L-1,2M9,-2H3L1,2M-7,-2V5M7,-2V5M-9,-5H-4M9,-5H4",
    HazardKind.FLOOD: "M-8,-4Q-6,-7 -4,-4T0,-4T4,-4T8,-4M-8,1Q-6,-2 -4,1T0,1T4,1T8,1"
    "M-8,6Q-6,3 -4,6T0,6T4,6T8,6",
    HazardKind.DEBRIS: "M-8,6L-4,-1L0,6ZM-1,6L3,-5L8,6Z",
    HazardKind.CHECKPOINT: "M-8,-3H8V1H-8ZM-5,1V7M5,1V7M-4,-3L-1,1M1,-3L4,1",
}
"""Drawn as lines."""

HAND_OVER_PATH: Final = "M-6,-6H6V6H-6Z"
