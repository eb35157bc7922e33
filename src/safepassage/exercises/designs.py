"""Sets of lists: the six of the exercise, and the structures of the estimators' simulations."""

from __future__ import annotations

from safepassage.core.register.types import Need
from safepassage.exercises.lists import STYLES, ListDesign
from safepassage.exercises.reach import Reach
from safepassage.exercises.spelling import ErrorRates
from safepassage.scenario.types import SourceList

_IN_CARE = frozenset({Need.WHEELCHAIR, Need.STRETCHER, Need.MEDICAL_ESCORT, Need.PREGNANT})


def source(list_id: str, style: str, title: str, **facts: str) -> SourceList:
    """Describe a list for the package; `facts` are further fields of ``SourceList``."""
    return SourceList(
        list_id=list_id,
        title=title,
        path=f"lists/{list_id}.csv",
        mapping=STYLES[style].mapping,
        asks_choice=style in {"hotline", "callback"},
        **facts,
    )


FAMILIES = ListDesign(
    source(
        "families", "families", "List of displaced residents: relatives who stayed",
        compiled_by="families", received_on="2025-02-12", as_of="2025-02-11",
    ),
    Reach(
        0.46, listability=0.9, only_with_relative=True, through_acquaintance=0.055, absent=0.30,
        twice=0.015,
    ),
    ErrorRates(
        typing_error=0.07, maiden_name=0.05, diminutive=0.18, no_patronymic=0.25,
        names_swapped=0.03, birth_missing=0.12, birth_year_only=1.0, birth_wrong=0.20,
        place_variant=0.35, birthplace_for_stay=0.03, no_phone=0.55, keeps_yo=0.15,
    ),
    "families",
)  # fmt: skip

VILLAGE_HEADS = ListDesign(
    source(
        "village_heads", "village_heads", "Lists of village heads and street elders",
        compiled_by="B", received_on="2025-02-13", as_of="2025-02-01", encoding="cp1251",
        delimiter=";",
    ),
    Reach(
        0.44, listability=0.8, follows=(("families", 0.5),), within=0.95,
        villages_missed=frozenset({"sverdlikovo", "lebedevka"}), absent=0.15, twice=0.005,
    ),
    ErrorRates(
        typing_error=0.05, diminutive=0.04, no_patronymic=0.12, names_swapped=0.01,
        birth_missing=0.08, birth_wrong=0.25, place_variant=0.25, keeps_yo=0.25,
    ),
    "village_heads",
)  # fmt: skip

ADMINISTRATION = ListDesign(
    source(
        "administration", "administration", "Military administration: residents registered for aid",
        compiled_by="A", received_on="2025-02-13", as_of="2025-02-10", encoding="utf-8-sig",
    ),
    Reach(
        0.30, listability=1.0, follows=(("village_heads", -0.4),), within=0.93, absent=0.05,
        twice=0.01,
    ),
    ErrorRates(
        typing_error=0.06, maiden_name=0.02, no_patronymic=0.05, names_swapped=0.02,
        birth_missing=0.04, birth_year_only=0.08, birth_wrong=0.07, place_variant=0.20,
        birthplace_for_stay=0.01,
    ),
    "administration",
)  # fmt: skip

HOSPITAL = ListDesign(
    source(
        "hospital", "hospital", "District hospital: people in care and at home",
        compiled_by="A", received_on="2025-02-14", as_of="2025-02-12",
    ),
    Reach(0.62, listability=0.3, follows=(("administration", 0.8),), needs=_IN_CARE),
    ErrorRates(
        typing_error=0.02, maiden_name=0.01, no_patronymic=0.03, birth_missing=0.04,
        birth_year_only=0.05, birth_wrong=0.03, place_variant=0.30, keeps_yo=0.1,
    ),
    "hospital",
)  # fmt: skip

HOTLINE = ListDesign(
    source(
        "hotline", "hotline", "Hotline for families: people sought",
        compiled_by="intermediary", received_on="2025-02-17", as_of="2025-02-16",
    ),
    Reach(
        0.26, listability=0.8, follows=(("families", 0.9),), within=0.94, absent=0.20, twice=0.01,
    ),
    ErrorRates(
        typing_error=0.06, maiden_name=0.04, no_patronymic=0.40, names_swapped=0.03,
        birth_missing=0.08, birth_year_only=0.15, birth_wrong=0.09, place_variant=0.15,
        birthplace_for_stay=0.02, no_phone=0.45,
    ),
    "hotline",
    asks=0.85, changed_mind=0.03,
)  # fmt: skip

CALLBACK = ListDesign(
    source(
        "callback", "callback", "Call-backs and house checks of the intermediary",
        compiled_by="intermediary", received_on="2025-02-18", as_of="2025-02-17", delimiter=";",
    ),
    Reach(0.55, listability=0.35, within=0.97, absent=0.05, twice=0.004),
    ErrorRates(
        typing_error=0.015, maiden_name=0.005, no_patronymic=0.03, names_swapped=0.005,
        birth_missing=0.01, birth_year_only=0.03, birth_wrong=0.02, place_variant=0.15,
        no_phone=0.3, keeps_yo=0.3,
    ),
    "callback",
    asks=0.97, changed_mind=0.01,
)  # fmt: skip

SUDZHA_LISTS = (FAMILIES, VILLAGE_HEADS, ADMINISTRATION, HOSPITAL, HOTLINE, CALLBACK)
