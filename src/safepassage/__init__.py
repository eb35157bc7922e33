"""safepassage plans, agrees and runs humanitarian corridors and accounts for every person.

Names are loaded when first used, so that ``import safepassage`` stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from safepassage._version import __version__

_EXPORTS = {
    "SafePassageError": "safepassage.errors",
    "InputError": "safepassage.errors",
    "InfeasibleError": "safepassage.errors",
    "RefusedError": "safepassage.errors",
}

__all__ = ["InfeasibleError", "InputError", "RefusedError", "SafePassageError", "__version__"]


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module 'safepassage' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
