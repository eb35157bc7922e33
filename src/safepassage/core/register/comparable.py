"""From a record to the canonical columns that are compared."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from safepassage.core.register.gazetteer import Gazetteer
from safepassage.core.register.normalise import CanonicalName, canonical_name
from safepassage.core.register.scripts import coarse_key, sound_key
from safepassage.core.register.types import ApproximateDate, ListRecord, Sex

_PHONE_DIGITS = 9
_ADDRESS_WORD = re.compile(r"\d+|[^\W\d_]+")
_WIDE_BIRTH_DAYS = 800
_EARTH_M = 6_371_000
Point = tuple[int, int, int]
"""Metres from the centre of a spherical Earth, along three axes."""


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
    stay_point, birth_point
        Where these places lie; None where the gazetteer does not say. As three numbers, so that a
        distance is plain arithmetic in any engine: a short chord is as long as its arc.
    phone
        Last nine digits; empty where there are fewer.
    household
        ``list_id/household_key``; empty where the list names none.
    given_sound, father_sound
        Sound key of the one full name that the given name, or the patronymic, stands for, else of
        the word itself.
    given_as_surname
        Stems that the given name would have as a surname, for columns that were exchanged.
    years, years_turned
        Possible years of birth, and the same with their last two digits exchanged; empty where
        more than two and a bit years are possible.
    email, email_user
        In small letters; the part before the last ``@``.
    documents
        Keyed hashes of document numbers.
    relatives
        Name keys of the relatives that the record names.
    around
        Name keys of the relatives that the record names and of its household on its list.
    address
        Street and house, by sound.
    house_size
        Rows of its list under its household key; 0 where the list names none.
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
    given_sound: str = ""
    father_sound: str = ""
    given_as_surname: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    years_turned: tuple[str, ...] = ()
    email: str = ""
    email_user: str = ""
    documents: tuple[str, ...] = ()
    relatives: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    address: str = ""
    house_size: int = 0
    stay_point: Point | None = None
    birth_point: Point | None = None


def comparable(index: int, record: ListRecord, gazetteer: Gazetteer) -> Comparable:
    """Return the canonical columns of one record."""
    written = record.full_name, record.surname, record.given_name, record.patronymic
    name = canonical_name(*written, record.sex, record.maiden_name)
    birth = _days(record.birth)
    years = _years(birth)
    email = record.email.strip().casefold()
    relatives = _name_keys(canonical_name(each) for each in record.relatives)
    stay, birth_place = map(gazetteer.place_id, (record.stay_place, record.birth_place))
    return Comparable(
        index=index,
        list_id=record.list_id,
        name=name,
        sex=name.sex,
        birth=birth,
        stay=stay,
        birth_place=birth_place,
        phone=phone_key(record.phone),
        household=f"{record.list_id}/{record.household_key}" if record.household_key else "",
        given_sound=_sound(name.given_set, name.given),
        given_as_surname=tuple(dict.fromkeys(coarse_key(name.given).split())),
        father_sound=_sound(name.father, "".join(name.father[:1])),
        years=tuple(f"{year:04d}" for year in years),
        years_turned=tuple(f"{_turned(year):04d}" for year in years if _turned(year) != year),
        email=email,
        email_user=email.rpartition("@")[0],
        documents=tuple(sorted(set(record.documents))),
        relatives=relatives,
        around=relatives,
        address=" ".join(_address_key(word) for word in _ADDRESS_WORD.findall(record.address)),
        stay_point=_point(gazetteer.positions.get(stay)),
        birth_point=_point(gazetteer.positions.get(birth_place)),
    )


def comparables(records: Sequence[ListRecord], gazetteer: Gazetteer) -> tuple[Comparable, ...]:
    """Return the canonical columns of all records, each knowing the size of its household.

    Where any record names relatives, each knows the names of its household too.
    """
    alone = [comparable(at, record, gazetteer) for at, record in enumerate(records)]
    members: dict[str, list[Comparable]] = defaultdict(list)
    for each in alone:
        if each.household:
            members[each.household].append(each)
    named = any(each.relatives for each in alone)
    return tuple(_with_household(each, members[each.household], named) for each in alone)


@lru_cache(maxsize=65_536)
def _point(position: tuple[float, float] | None) -> Point | None:
    if position is None:
        return None
    lat, lon = map(math.radians, position)
    x, y, z = math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)
    return round(_EARTH_M * x), round(_EARTH_M * y), round(_EARTH_M * z)


def _address_key(word: str) -> str:
    return word if word.isdigit() else sound_key(word)


def phone_key(written: str) -> str:
    """Return the last nine digits of a phone number, which no country or trunk prefix changes.

    Examples
    --------
    >>> phone_key("+380 (50) 123-45-67") == phone_key("050 1234567")
    True
    """
    digits = re.sub(r"\D", "", written)
    return digits[-_PHONE_DIGITS:] if len(digits) >= _PHONE_DIGITS else ""


def _with_household(
    record: Comparable, members: Sequence[Comparable], with_names: bool
) -> Comparable:
    if not members:
        return record
    others = (each.name for each in members if each.index != record.index)
    around = {*record.relatives, *(_name_keys(others) if with_names else ())}
    return replace(record, around=tuple(sorted(around)), house_size=len(members))


def _name_keys(names: Iterable[CanonicalName]) -> tuple[str, ...]:
    """Return ``surname|given name`` keys, one for each reading of each name."""
    keys = {f"{s}|{g}" for name in names for s in name.surname_keys for g in name.given_set}
    return tuple(sorted(keys))


def _sound(names: tuple[str, ...], written: str) -> str:
    """Return a key in which a mistyped name and the name itself differ by the slip alone."""
    return sound_key(names[0]) if len(names) == 1 and written else written


def _years(birth: tuple[int, int] | None) -> range:
    if birth is None or birth[1] - birth[0] > _WIDE_BIRTH_DAYS:
        return range(0)
    return range(date.fromordinal(birth[0]).year, date.fromordinal(birth[1]).year + 1)


def _turned(year: int) -> int:
    """Return the year with its last two digits exchanged, as tired clerks write it."""
    return year // 100 * 100 + year % 10 * 10 + year // 10 % 10


def _days(birth: ApproximateDate | None) -> tuple[int, int] | None:
    if birth is None:
        return None
    earliest, latest = date.fromisoformat(birth.earliest), date.fromisoformat(birth.latest)
    if earliest == latest and (earliest.month, earliest.day) == (1, 1):
        latest = date(earliest.year, 12, 31)  # offices write 1 January where they know the year
    return earliest.toordinal(), latest.toordinal()
