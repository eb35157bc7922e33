"""From a record to the canonical columns that are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from safepassage.core.register.gazetteer import Gazetteer
from safepassage.core.register.normalise import CanonicalName, canonical_name
from safepassage.core.register.types import ApproximateDate, ListRecord, Sex

_PHONE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Comparable:
    """A record's canonical columns.

    Parameters
    ----------
    index
        Position of the record.
    name
        Canonical name.
    sex
        As recorded, else as the name says.
    birth
        Days since 0001-01-01 of the earliest and latest possible birth; None where unknown.
    stay, birth_place
        Place ids, or sound keys after ``~``; empty where unknown.
    phone
        Last nine digits; empty where there are fewer.
    household
        ``list_id/household_key``; empty where the list names none.
    """

    index: int
    list_id: str
    name: CanonicalName
    sex: Sex
    birth: tuple[int, int] | None
    stay: str
    birth_place: str
    phone: str
    household: str


def comparable(index: int, record: ListRecord, gazetteer: Gazetteer) -> Comparable:
    """Return the canonical columns of one record."""
    written = record.full_name, record.surname, record.given_name, record.patronymic
    name = canonical_name(*written, record.sex)
    return Comparable(
        index=index,
        list_id=record.list_id,
        name=name,
        sex=name.sex,
        birth=_days(record.birth),
        stay=gazetteer.place_id(record.stay_place),
        birth_place=gazetteer.place_id(record.birth_place),
        phone=phone_key(record.phone),
        household=f"{record.list_id}/{record.household_key}" if record.household_key else "",
    )


def phone_key(written: str) -> str:
    """Return the last nine digits of a phone number, which no country or trunk prefix changes.

    Examples
    --------
    >>> phone_key("+380 (50) 123-45-67") == phone_key("050 1234567")
    True
    """
    digits = re.sub(r"\D", "", written)
    return digits[-_PHONE_DIGITS:] if len(digits) >= _PHONE_DIGITS else ""


def _days(birth: ApproximateDate | None) -> tuple[int, int] | None:
    if birth is None:
        return None
    earliest, latest = date.fromisoformat(birth.earliest), date.fromisoformat(birth.latest)
    if earliest == latest and (earliest.month, earliest.day) == (1, 1):
        latest = date(earliest.year, 12, 31)  # offices write 1 January where they know the year
    return earliest.toordinal(), latest.toordinal()
