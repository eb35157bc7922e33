"""A person on the screen: the few lines that find shows, and claims side by side.

Names stand here because a registrar asked for them at a terminal; nothing here writes a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safepassage.cli.common import out

if TYPE_CHECKING:
    from safepassage.core.register.types import ApproximateDate, ListRecord
    from safepassage.core.register.view import Claim, PersonCard

SIDE_BY_SIDE = 4
"""Claims in one table; more make further tables."""
WITHDREW = "withdrew: does not want to be registered; nothing of it may be passed on"


def birth_words(birth: ApproximateDate | None) -> str:
    """Return a birth as far as it is known.

    Examples
    --------
    >>> from safepassage.core.register.types import ApproximateDate
    >>> birth_words(ApproximateDate("1961-01-01", "1961-12-31"))
    '1961'
    """
    if birth is None:
        return ""
    first, last = birth.earliest, birth.latest
    if first == last:
        return first
    if first[5:] == "01-01" and last[5:] == "12-31":
        return first[:4] if first[:4] == last[:4] else f"{first[:4]} to {last[:4]}"
    return f"{first} to {last}"


def person_document(card: PersonCard, *, private: bool = True) -> dict[str, Any]:
    """Return a person as JSON.

    Parameters
    ----------
    private
        False leaves out everything but that the entry exists, for somebody who withdrew.
    """
    document: dict[str, Any] = {
        "person": card.person.person_id,
        "names": list(card.spellings),
        "status": "withdrew" if card.withdrew else card.status,
        "records": list(card.person.record_ids),
        "lists": list(card.lists),
    }
    if not private:
        return document
    return document | {
        "births": _distinct(birth_words(claim.record.birth) for claim in card.claims),
        "places": _distinct(claim.record.stay_place for claim in card.claims),
        "household": card.household.household_id,
        "household_persons": len(card.household.person_ids),
        "choice": card.facts.choice.value,
        "consent": card.facts.consent.value,
        "needs": sorted(need.value for need in card.facts.needs),
        "contested": card.contested,
        "probability": card.person.probability,
    }


def print_person(document: dict[str, Any], number: int, why: Sequence[str], near: int) -> None:
    """Print a person in a few lines."""
    names = " / ".join(document["names"]) or "(no name)"
    out.print(f"{number}. {document['person']}  {names}", markup=False)
    if "household" not in document:
        out.print(f"   {WITHDREW}", markup=False)
        return
    where = [", ".join(document["births"]), " / ".join(document["places"])]
    size = document["household_persons"]
    where.append(
        f"household {document['household']} of {size}" if size > 1 else "alone in the household"
    )
    out.print(f"   {' · '.join(filter(None, where))}", markup=False)
    out.print(f"   {_standing(document, near)}", markup=False)
    out.print(f"   on {', '.join(document['lists'])}", markup=False)
    if why:
        out.print(f"   found by: {'; '.join(why)}", markup=False, style="dim")


def _standing(document: dict[str, Any], near: int) -> str:
    told = [f"status: {document['status']}"]
    if document["choice"] not in ("not_asked", "stay"):
        told.append(f"choice: {document['choice']}")
    if document["consent"] == "not_asked":
        told.append("consent not asked")
    if document["contested"]:
        told.append("CONTESTED")
    if near:
        told.append(f"{near} possible duplicate{'s' if near > 1 else ''}, each keeps a seat")
    return " · ".join(told)


# ------------------------------------------------------------------------------- side by side


@dataclass(frozen=True)
class Line:
    """One line of a comparison: what it is called, and how it is read from a record."""

    label: str
    read: Callable[[ListRecord], str]


LINES = (
    Line("name", lambda r: r.full_name or _parts(r)),
    Line("earlier name", lambda r: r.maiden_name),
    Line("sex", lambda r: "" if r.sex.value == "unknown" else r.sex.value),
    Line("birth", lambda r: birth_words(r.birth)),
    Line("stays at", lambda r: r.stay_place),
    Line("address", lambda r: r.address),
    Line("born at", lambda r: r.birth_place),
    Line("phone", lambda r: r.phone),
    Line("e-mail", lambda r: r.email),
    Line("relatives", lambda r: ", ".join(r.relatives)),
    Line("documents", lambda r: f"{len(r.documents)} kept as digests" if r.documents else ""),
    Line("household key", lambda r: r.household_key),
    Line("status", lambda r: "" if r.status.value == "unknown" else r.status.value),
    Line("choice", lambda r: "" if r.choice.value == "not_asked" else r.choice.value),
    Line("consent", lambda r: "" if r.consent.value == "not_asked" else r.consent.value),
    Line("needs", lambda r: ", ".join(sorted(need.value for need in r.needs))),
    Line("goes to", lambda r: ", ".join(r.destinations)),
    Line("not mapped", lambda r: "; ".join(_unmapped(r.extra))),
)


_IN_WORDS = {
    "(sheet)": "sheet", "_index": "", "_parent_table_name": "", "_parent_index": "", "_id": "",
    "_uuid": "", "_submission__id": "", "_submission__uuid": "", "__version__": "",
    "phone_e164": "phone in international form", "start": "form begun", "end": "form finished",
    "_submission_time": "form sent",
}  # fmt: skip
"""What columns made by programs are called; those for programs alone are not shown."""
_BEYOND = re.compile(r"beyond_\d+", re.ASCII)


def _unmapped(extra: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the columns that no field took, in words."""
    for name, text in extra:
        words = "beyond the last column" if _BEYOND.fullmatch(name) else _IN_WORDS.get(name, name)
        if text and (words or name == ""):
            yield f"{words or 'a column without a name'}: {text}"


def print_claims(claims: Sequence[Claim]) -> None:
    """Print claims side by side, with where each comes from."""
    for first in range(0, len(claims), SIDE_BY_SIDE):
        _print_table(claims[first : first + SIDE_BY_SIDE])


def _print_table(claims: Sequence[Claim]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=True, header_style="bold")
    table.add_column("")
    for claim in claims:
        table.add_column(Text(claim.record.record_id), overflow="fold")
    for label, cells in claim_rows(claims):
        table.add_row(Text(label, style="dim"), *map(Text, cells))
    out.print(table)


def claim_rows(claims: Sequence[Claim]) -> list[tuple[str, list[str]]]:
    """Return the lines of a comparison in which any claim says something."""
    rows = [
        ("list", [claim.source.title if claim.source else "" for claim in claims]),
        ("received", [_received(claim) for claim in claims]),
        ("drawn up by", [claim.source.compiled_by if claim.source else "" for claim in claims]),
        ("reliability", [_reliability(claim) for claim in claims]),
    ]
    rows += [(line.label, [_cell(line, claim) for claim in claims]) for line in LINES]
    return [(label, cells) for label, cells in rows if any(cells)]


def _received(claim: Claim) -> str:
    if claim.source is None:
        return ""
    by = f" by {claim.source.received_by}" if claim.source.received_by else ""
    return f"{claim.source.received_on}{by}"


def _reliability(claim: Claim) -> str:
    return claim.source.reliability.value if claim.source else ""


def _cell(line: Line, claim: Claim) -> str:
    now, then = line.read(claim.record), line.read(claim.as_claimed)
    return now if now == then else f"{now or '(empty)'} (list: {then or 'empty'})"


def _parts(record: ListRecord) -> str:
    return " ".join(p for p in (record.surname, record.given_name, record.patronymic) if p)


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))
