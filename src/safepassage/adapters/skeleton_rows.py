"""What a new scenario starts with: defaults to be replaced, each with where it comes from.

Times follow the measured instance of this project's design notes (boarding 4 minutes a stop and 1
minute a person, 120 persons an hour through one lane); delays are assumptions. None of it is law.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from safepassage.core.convoy.types import DelayModel, Distribution
from safepassage.core.corridor.types import TravelProfile, VehicleClass

Row = dict[str, Any]

NEAR, FAR, NEUTRAL = "A", "B", "N"

PARTIES: tuple[Row, ...] = tuple(
    {"party_id": party_id, "name": f"{name} (edit)", "role": role, "language": "en"}
    for party_id, name, role in (
        (NEAR, "Side A", "holding"),
        (FAR, "Side B", "receiving"),
        (NEUTRAL, "The intermediary", "intermediary"),
    )
)

SERVICE: tuple[Row, ...] = (
    {"kind": "seated", "stop_s": 240, "boarding_s": 60, "alighting_s": 30},
    {"kind": "wheelchair", "stop_s": 240, "boarding_s": 180, "alighting_s": 120},
    {"kind": "stretcher", "stop_s": 240, "boarding_s": 300, "alighting_s": 240},
)

SCREENING: Row = {
    "lanes": 1,
    "screening_vehicle_s": 120,
    "screening_seated_s": 30,
    "screening_wheelchair_s": 60,
    "screening_stretcher_s": 120,
}

FLEET: tuple[tuple[str, int, Row], ...] = (
    (
        "bus", 2,
        {
            "type": "Bus", "vehicle_class": "bus", "seats": 40, "wheelchair_places": 1,
            "stretcher_places": 0, "convertible_wheelchair": 2, "seats_per_convertible": 2,
            "crew_hours": 12, "weight_t": 16, "height_m": 3.3,
        },
    ),
    (
        "minibus", 2,
        {
            "type": "Minibus", "vehicle_class": "minibus", "seats": 14, "wheelchair_places": 1,
            "stretcher_places": 0, "convertible_wheelchair": 1, "seats_per_convertible": 2,
            "crew_hours": 12, "weight_t": 5, "height_m": 2.8,
        },
    ),
    (
        "ambulance", 1,
        {
            "type": "Ambulance", "vehicle_class": "ambulance", "seats": 3, "wheelchair_places": 1,
            "stretcher_places": 2, "convertible_wheelchair": 0, "seats_per_convertible": 2,
            "crew_hours": 12, "weight_t": 4, "height_m": 2.8,
        },
    ),
)  # fmt: skip
"""Kind, how many on each side, the columns of ``vehicles.csv``."""

DELAYS = DelayModel(
    day_factor=Distribution("lognormal", 1.0, 0.15),
    leg_factor=Distribution("lognormal", 1.0, 0.2),
    boarding_factor=Distribution("gamma", 1.0, 0.3),
    screening_factor=Distribution("gamma", 1.0, 0.3),
    breakdown_probability=0.02,
    breakdown_s=Distribution("lognormal", 3600.0, 0.5),
    collapse_probability_per_window=0.02,
    source="Assumptions of safepassage scenario init; replace them by what was seen on the ground.",
)

NEED_PRIORITY = (
    ("wheelchair", 2),
    ("stretcher", 3),
    ("medical_escort", 3),
    ("pregnant", 2),
    ("separated_child", 3),
    ("alone_older", 2),
    ("child", 2),
)

PROCEDURE: tuple[Row, ...] = (
    {
        "step_id": "request", "act_kind": "formal_request", "by_role": "receiving",
        "to_role": "holding",
        "text_en": "The receiving party asks for the corridor in writing.",
        "text_uk": "Сторона, що приймає, письмово просить про коридор.",
        "text_ru": "Принимающая сторона письменно просит о коридоре.",
    },
    {
        "step_id": "acceptance", "act_kind": "acceptance", "by_role": "holding",
        "to_role": "receiving", "needs": ("request",),
        "text_en": "The holding party accepts the request in writing.",
        "text_uk": "Сторона, що утримує, письмово приймає прохання.",
        "text_ru": "Удерживающая сторона письменно принимает просьбу.",
    },
    {
        "step_id": "window", "act_kind": "window_acceptance", "by_role": "both_parties",
        "to_role": "intermediary", "needs": ("acceptance",),
        "text_en": "Both parties accept the window of silence in writing.",
        "text_uk": "Обидві сторони письмово приймають вікно тиші.",
        "text_ru": "Обе стороны письменно принимают окно тишины.",
    },
    {
        "step_id": "notification", "act_kind": "notification", "by_role": "intermediary",
        "to_role": "both_parties", "needs": ("window",),
        "text_en": "The intermediary notifies both parties of the movement.",
        "text_uk": "Посередник повідомляє обидві сторони про рух.",
        "text_ru": "Посредник уведомляет обе стороны о движении.",
    },
)  # fmt: skip
"""A plain procedure in four steps, to be replaced by what the parties agreed."""

_SAMPLES: tuple[Row, ...] = (
    {"seated": 2, "adults": 2},
    {"seated": 4, "adults": 2, "children": 2, "priority": 2},
    {"seated": 1, "wheelchair": 1, "adults": 2, "needs": ("wheelchair",), "priority": 2},
    {"seated": 1, "adults": 1, "needs": ("alone_older",), "priority": 2},
    {"seated": 5, "adults": 2, "children": 3, "priority": 2},
    {
        "seated": 1, "stretcher": 1, "adults": 2, "needs": ("stretcher", "medical_escort"),
        "priority": 3,
    },
    {"seated": 3, "adults": 2, "children": 1, "needs": ("pregnant",), "priority": 2},
    {"seated": 3, "adults": 3, "choice": "undecided", "consent": "not_asked"},
    {"seated": 2, "adults": 2, "choice": "stay", "consent": "not_asked"},
)  # fmt: skip


def fleet_profiles() -> tuple[TravelProfile, ...]:
    """Return the ways of driving of the starting fleet, without sides."""
    return tuple(
        TravelProfile(
            VehicleClass(row["vehicle_class"]), weight_t=row["weight_t"], height_m=row["height_m"]
        )
        for _, _, row in FLEET
    )


def vehicle_rows(depots: Mapping[str, str]) -> Iterator[Row]:
    """Yield the vehicles of both sides; `depots` maps a side to its depot."""
    for side, depot in depots.items():
        for kind, count, columns in FLEET:
            for number in range(1, count + 1):
                vehicle_id = f"{kind}_{side.lower()}{number}"
                yield {"vehicle_id": vehicle_id, "depot_id": depot, "sides": (side,)} | columns


def household_rows(pick_ups: tuple[str, ...], count: int) -> Iterator[Row]:
    """Yield invented households, spread evenly over the pick-ups; no two runs differ."""
    for number in range(count):
        sample = _SAMPLES[number % len(_SAMPLES)]
        yield {
            "token": f"SAMPLE-{number + 1:03d}",
            "place_id": pick_ups[number % len(pick_ups)],
            "seated": 0,
            "wheelchair": 0,
            "stretcher": 0,
            "children": 0,
            "priority": 1,
            "choice": "go",
            "consent": "yes",
            "x_note": "invented sample, delete",
        } | sample
