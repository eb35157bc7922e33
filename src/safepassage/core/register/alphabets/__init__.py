"""The scripts that names are written in, one module of data each.

To add a script, write a module with one :class:`Script` and name it in :data:`SCRIPTS`
(``docs/howto/add-a-script.md``). Sounds are written in the alphabet that
:mod:`~safepassage.core.register.scripts` describes.
"""

from __future__ import annotations

from safepassage.core.register.alphabets import (
    arabic,
    armenian,
    cyrillic,
    georgian,
    hebrew,
    latin,
)
from safepassage.core.register.alphabets.table import Script

SCRIPTS: tuple[Script, ...] = (
    cyrillic.SCRIPT,
    latin.SCRIPT,
    arabic.SCRIPT,
    hebrew.SCRIPT,
    armenian.SCRIPT,
    georgian.SCRIPT,
)

__all__ = ["SCRIPTS", "Script"]
