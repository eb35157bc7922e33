"""safepassage plans, agrees and runs humanitarian corridors and accounts for every person.

Names are loaded when first used, so that ``import safepassage`` stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from safepassage._version import __version__

_EXPORTS = {
    "InfeasibleError": "safepassage.errors",
    "InputError": "safepassage.errors",
    "RefusedError": "safepassage.errors",
    "SafePassageError": "safepassage.errors",
    "agreement_status": "safepassage.core.agreement.missing",
    "bound_b0": "safepassage.core.convoy.bound",
    "brief": "safepassage.briefing",
    "build_register": "safepassage.adapters.register",
    "capture_table": "safepassage.core.population.capture",
    "check_plan": "safepassage.core.convoy.check",
    "corridor_menu": "safepassage.core.corridor.menu",
    "estimate": "safepassage.core.population.estimate",
    "import_osm": "safepassage.adapters.osm",
    "plan_convoy": "safepassage.core.convoy.search",
    "prepare": "safepassage.pipeline",
    "read_scenario": "safepassage.scenario.reader",
    "simulate": "safepassage.core.convoy.simulate",
    "travel_matrices": "safepassage.core.corridor.matrices",
}

__all__ = ["__version__", *sorted(_EXPORTS)]


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module 'safepassage' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
