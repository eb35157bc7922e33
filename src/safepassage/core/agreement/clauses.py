"""Clauses that make civilians depend on a wider bargain are flagged (§17).

People who may leave only once prisoners, land or sanctions have been traded are a bargaining chip.
A clause is flagged when it was entered so, and pointed out when its wording often means it.
"""

from __future__ import annotations

import re

from safepassage.core.agreement.types import Clause, ClauseFlag

BARGAIN_PHRASES = (
    "in exchange for",
    "in return for",
    "exchange of prisoners",
    "prisoner exchange",
    "provided that troops",
    "sanctions",
    "ceasefire agreement",
    "peace talks",
    "в обмін на",
    "обмін полонен",
    "натомість",
    "санкці",
    "мирних переговор",
    "в обмен на",
    "взамен",
    "обмен пленн",
    "обмена пленн",
    "санкци",
    "мирных переговор",
)
"""Phrases, lower case; a hit asks a person to look, it does not decide."""

_BARGAIN = re.compile("|".join(re.escape(phrase) for phrase in BARGAIN_PHRASES))


def flag_clauses(clauses: tuple[Clause, ...]) -> tuple[ClauseFlag, ...]:
    """Return a flag for every clause that ties civilians, or may tie them, to a wider bargain.

    Examples
    --------
    >>> text = (("en", "People may leave in exchange for the withdrawal of one brigade."),)
    >>> flag_clauses((Clause("c1", "Passage", text),))[0].phrase
    'in exchange for'
    """
    flags = (_flag(clause) for clause in clauses)
    return tuple(flag for flag in flags if flag is not None)


def _flag(clause: Clause) -> ClauseFlag | None:
    if clause.depends_on_wider_bargain:
        return ClauseFlag(clause.clause_id, clause.title, "marked")
    hits = (_BARGAIN.search(text.lower()) for _language, text in clause.text)
    hit = next((match for match in hits if match), None)
    return ClauseFlag(clause.clause_id, clause.title, "wording", hit.group()) if hit else None
