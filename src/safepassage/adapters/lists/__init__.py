"""Lists of people as they come: any encoding, format and header; nothing lost, all said.

Rules: ``docs/spec/01-register.md`` §1 to §7 and ``docs/spec/01b-import.md``. A row that cannot be
used goes whole into the rejects with its reasons; a cell that cannot be read leaves its value
unknown and its text in `extra`.
"""

from __future__ import annotations

from safepassage.adapters.lists.columns import suggest_mapping
from safepassage.adapters.lists.dates import OLDEST_AGE, parse_age, parse_birth
from safepassage.adapters.lists.read import joined, read_bytes, read_file, read_list
from safepassage.adapters.lists.types import ListReadResult, ReadOptions, Suggestion

__all__ = [
    "OLDEST_AGE",
    "ListReadResult",
    "ReadOptions",
    "Suggestion",
    "joined",
    "parse_age",
    "parse_birth",
    "read_bytes",
    "read_file",
    "read_list",
    "suggest_mapping",
]
