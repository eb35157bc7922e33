"""What may stand in a ledger entry: an allow-list of kinds and fields (04-agreement §21).

The ledger goes to both parties whole. It has no field for a person carried, sought or missing, so
none can be written by mistake; exact routes, times and vehicles stand in it as a digest only. The
names in it are those of officials who spoke in public.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

ALLOWED_FIELDS: Mapping[str, Mapping[str, str]] = {
    "party": {"party_id": "id", "name": "text", "role": "id", "language": "id"},
    "clause": {
        "clause_id": "id",
        "title": "text",
        "text": "texts",
        "depends_on_wider_bargain": "yes_no",
    },
    "step": {
        "step_id": "id",
        "act_kind": "id",
        "by_role": "id",
        "to_role": "id",
        "needs": "ids",
        "text": "texts",
    },
    "statement": {
        "statement_id": "id",
        "said_on": "date",
        "speaker": "text",
        "capacity": "text",
        "party": "id",
        "text": "text",
        "language": "id",
        "source": "text",
        "url": "url",
        "readiness": "id",
        "request": "id",
        "acceptance": "id",
    },
    "act": {
        "act_id": "id",
        "kind": "id",
        "by": "id",
        "to": "id",
        "done_at": "moment",
        "form": "id",
        "document": "text",
        "witness": "text",
        "expires_at": "moment",
        "clause": "id",
    },
    "annex": {"annex_id": "id", "about": "id", "salted_digest": "digest"},
}
"""Kind of entry to its fields and the kind of value each holds."""

_ID = re.compile(r"[\w.\-]*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:?\d{2}))?")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_URL = re.compile(r"(https?://\S+)?")

PERSONAL = (
    ("a telephone number", re.compile(r"(?<!\w)\+\d[\d\s().\-]{7,}\d")),
    ("an e-mail address", re.compile(r"[\w.+\-]+@[\w\-]+\.[\w.\-]+")),
    ("coordinates", re.compile(r"\d{1,3}\.\d{3,}\s*°?\s*[NSEWСЮПСхЗВ]?[,;\s]\s*\d{1,3}\.\d{3,}")),
)
"""What free text may not hold: it would lead to a person or to a place to aim at."""


def field_faults(kind: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a sentence for each thing that may not stand in an entry; empty if it may be written.

    Values are never quoted: a refused value may be the personal data that was refused.

    Examples
    --------
    >>> field_faults("party", {"party_id": "A", "name": "Side A", "surname": "x"})
    ("the field 'surname' is not allowed in an entry of kind 'party'",)
    """
    allowed = ALLOWED_FIELDS.get(kind)
    if allowed is None:
        return (f"'{kind}' is not a kind of entry; accepted: {', '.join(ALLOWED_FIELDS)}",)
    faults: list[str] = []
    for name, value in body.items():
        faults += _faults_of(kind, name, value, allowed)
    return tuple(faults)


def _faults_of(kind: str, name: str, value: object, allowed: Mapping[str, str]) -> list[str]:
    if name not in allowed:
        return [f"the field '{name}' is not allowed in an entry of kind '{kind}'"]
    if not CHECKS[allowed[name]](value):
        return [f"the field '{name}' does not hold what its kind '{allowed[name]}' accepts"]
    return [f"the field '{name}' holds what looks like {what}" for what in _personal(value)]


def _personal(value: object) -> list[str]:
    texts = value.values() if isinstance(value, Mapping) else (value,)
    words = [text for text in texts if isinstance(text, str)]
    return [what for what, pattern in PERSONAL if any(pattern.search(text) for text in words)]


def _text(value: object) -> bool:
    return isinstance(value, str)


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _ids(value: object) -> bool:
    return isinstance(value, list | tuple) and all(CHECKS["id"](item) for item in value)


def _texts(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        CHECKS["id"](key) and _text(text) for key, text in value.items()
    )


CHECKS: Mapping[str, Callable[[object], bool]] = {
    "id": _matches(_ID),
    "text": _text,
    "date": _matches(_DATE),
    "moment": _matches(_MOMENT),
    "digest": _matches(_DIGEST),
    "url": _matches(_URL),
    "yes_no": lambda value: isinstance(value, bool),
    "ids": _ids,
    "texts": _texts,
}
"""Kind of value to the test that accepts it."""
