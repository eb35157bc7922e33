"""Where work that can be done again is kept: imported extracts and prepared roads.

Nothing of an operation is kept here: no list, no closure, no hazard, no plan; only what follows
from a road extract. Files are named by what they were made from, so that they never grow stale,
and whatever cannot be read is made again.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

VARIABLE: Final = "SAFEPASSAGE_CACHE"
"""Environment variable that names the folder; empty keeps nothing."""
_NAME: Final = "safepassage"


def cache_folder() -> Path | None:
    """Return the folder of the user's cache, or None where nothing shall be kept.

    The folder need not be there yet. It follows the system's custom: ``XDG_CACHE_HOME`` or
    ``~/.cache``, ``~/Library/Caches`` on macOS, ``LOCALAPPDATA`` on Windows.
    """
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named.strip() else None
    base = _users_folder()
    return None if base is None else base / _NAME


def _users_folder() -> Path | None:
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    if sys.platform == "darwin":
        return home / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
