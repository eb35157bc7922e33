"""Find a person by a name as somebody remembers it: any script, order, everyday form, typing error.

A query's words are looked up as surname, given name and father's name
(:mod:`~safepassage.core.register.lookup`); the assignment of words to roles that explains a record
best gives its weight, in bits: how much rarer the agreement is than chance. Rules:
``docs/spec/01c-names.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from safepassage.core.register.gazetteer import Gazetteer
from safepassage.core.register.lookup import (
    SURNAME_AGREES,
    UNEXPLAINED_BITS,
    Meaning,
    Role,
    Vocabulary,
    look_up,
    usual_role,
    vocabulary,
)
from safepassage.core.register.normalise import CanonicalName, canonical_name, name_words
from safepassage.core.register.types import ListRecord

_MAX_QUERY_WORDS = 5
_PHONE = re.compile(r"\+?\d[\d\s()\-]{5,}\d")
_PHONE_DIGITS = 9
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SAME_PLACE_BITS, _OTHER_PLACE_BITS = 4.0, -3.0
_SAME_YEAR_BITS, _NEAR_YEAR_BITS, _OTHER_YEAR_BITS = 5.0, 1.0, -5.0
_NEAR_YEARS = 2
_SAME_PHONE_BITS, _OTHER_PHONE_BITS = 14.0, -1.0
_SAME_HOUSEHOLD_BITS, _OTHER_HOUSEHOLD_BITS = 12.0, -4.0
_LEAST_SHARE = 0.25
"""Hits that weigh less than this share of a perfect match are not shown, but for the surname."""
_LITTLE_SHARE = 0.5
"""Hits below this share that have another surname stand behind all with the surname asked for."""
_FITS, _SAME_SURNAME, _OTHER_SURNAME, _NOT_SHOWN = range(4)


@dataclass(frozen=True, slots=True)
class Hit:
    """One record that a query may mean.

    Parameters
    ----------
    record_id
        Of the record that fits best.
    owner
        Whose record it is, where the index was built with owners; else the record's id.
    score
        Between 0 and 1: the share of what a perfect match of the query would weigh.
    why
        Each reason in words; the name's first.
    bits
        Weight of the agreement; hits are ranked by it.
    """

    record_id: str
    owner: str
    score: float
    why: tuple[str, ...]
    bits: float


@dataclass(frozen=True, slots=True)
class _Facts:
    """What besides the name is known of the records, by position."""

    household: tuple[str, ...]
    places: tuple[frozenset[str], ...]
    years: tuple[tuple[int, int] | None, ...]
    phone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Bits by position with the reason in words; no reason where the record does not know."""

    bits: NDArray[np.float64]
    reasons: tuple[str, ...]
    best: float


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Records by the words of their names: built once, asked often, never changed."""

    record_ids: tuple[str, ...] = field(repr=False)
    owners: tuple[str, ...] = field(repr=False)
    gazetteer: Gazetteer = field(repr=False)
    roles: tuple[Vocabulary, ...] = field(repr=False)
    facts: _Facts = field(repr=False)

    @classmethod
    def build(
        cls,
        records: Iterable[ListRecord | tuple[str, str]],
        gazetteer: Gazetteer | None = None,
        owners: Mapping[str, str] | None = None,
    ) -> NameIndex:
        """Return the index of records, or of (id, name as written) pairs.

        Parameters
        ----------
        gazetteer
            Tells which spellings are one village; without it villages are compared by sound.
        owners
            Record id to person id: a person with several records is one hit, by the best of them.

        Examples
        --------
        >>> index = NameIndex.build([("a", "Євген Іваненко"), ("b", "Олена Гончар")])
        >>> [hit.record_id for hit in index.find("Evgeni Ivanenko")]
        ['a']
        """
        kept = [_as_record(each) for each in records]
        names = [_canonical(record) for record in kept]
        known = gazetteer or Gazetteer()
        ids = tuple(record.record_id for record in kept)
        roles = tuple(vocabulary(role, names) for role in Role)
        whose = tuple((owners or {}).get(each, each) for each in ids)
        return cls(ids, whose, known, roles, _facts(kept, known))

    def find(
        self,
        query: str,
        limit: int = 10,
        *,
        household: str = "",
        place: str = "",
        year: int | None = None,
        phone: str = "",
    ) -> tuple[Hit, ...]:
        """Return the records that the query may mean, the likeliest first.

        Parameters
        ----------
        query
            Words of a name in any order and script; a year of birth and a phone number are
            recognised among them. May be empty if something else is given.
        household
            A list's household key, alone or as ``list_id/key``.
        place
            Village of stay or of birth, in any spelling.
        year
            Year of birth; a record that may have been born then agrees.
        phone
            Any spelling; the last nine digits count.

        Notes
        -----
        What is given beside the name moves a record up where it agrees and down where it
        disagrees; a record that does not know it stays. Equal weights stand in order of id.
        """
        text, year, phone = _take_numbers(query, year, phone)
        beside = list(self._beside(household, place, year, phone))
        words = [word.rstrip(".") for word in name_words(text)][:_MAX_QUERY_WORDS]
        found = [[look_up(word, role, self.roles[role]) for role in Role] for word in words]
        some = _candidates(found, beside, len(self.record_ids))
        usual = [usual_role(word) for word in words]
        bits, ways = _best_ways(found, some)
        bits = sum((each.bits[some] for each in beside), bits)
        perfect = sum(each[role].best for role, each in zip(usual, found, strict=True))
        perfect += sum(each.best for each in beside)
        return self._hits(_Ranked(some, bits, ways, found, beside, perfect, words, usual), limit)

    def _beside(
        self, household: str, place: str, year: int | None, phone: str
    ) -> Iterator[_Weighed]:
        if household:
            yield _weigh_household(self.facts.household, household)
        if place:
            yield _weigh_place(self.facts.places, self.gazetteer.place_id(place))
        if year is not None:
            yield _weigh_year(self.facts.years, year)
        if phone:
            yield _weigh_phone(self.facts.phone, _digits(phone))

    def _hits(self, ranked: _Ranked, limit: int) -> tuple[Hit, ...]:
        hits: dict[str, Hit] = {}
        steps = ranked.steps()
        shown = np.flatnonzero(steps < _NOT_SHOWN)
        order = sorted(
            shown, key=lambda i: (steps[i], -ranked.bits[i], self.record_ids[ranked.some[i]])
        )
        for at in order:
            if len(hits) == limit:
                break
            record = int(ranked.some[at])
            hits.setdefault(self.owners[record], self._hit(ranked, int(at), record))
        return tuple(hits.values())

    def _hit(self, ranked: _Ranked, at: int, record: int) -> Hit:
        bits = float(ranked.bits[at])
        return Hit(
            record_id=self.record_ids[record],
            owner=self.owners[record],
            score=round(min(1.0, max(0.0, bits / ranked.perfect)), 4),
            why=tuple(ranked.reasons(at)),
            bits=round(bits, 3),
        )


@dataclass(frozen=True, slots=True)
class _Ranked:
    """The candidates of one query: positions, bits, and the chosen way of reading the words."""

    some: NDArray[np.intp]
    bits: NDArray[np.float64]
    ways: NDArray[np.intp]
    found: list[list[Meaning]]
    beside: list[_Weighed]
    perfect: float
    words: list[str]
    usual: list[Role]

    def steps(self) -> NDArray[np.int64]:
        """Return for each candidate how far down the hits it stands, before its weight.

        Whoever fits stands first, then whoever has the surname and another given name, then
        whoever fits in little but has none of the surnames asked for.
        """
        fits = self.bits >= max(_LEAST_SHARE * self.perfect, 1e-9)
        steps = np.where(fits, _FITS, _NOT_SHOWN)
        if Role.SURNAME in self.usual:
            named = self._surname_agrees()
            little = fits & (self.bits < _LITTLE_SHARE * self.perfect)
            steps[little & ~self._surname_explained()] = _OTHER_SURNAME
            steps[named & ~fits] = _SAME_SURNAME
        return steps

    def _surname_agrees(self) -> NDArray[np.bool_]:
        """Return which candidates hold a word that was asked for as a surname, letter by letter."""
        agrees = np.zeros(len(self.some), dtype=np.bool_)
        for role, meanings in zip(self.usual, self.found, strict=True):
            meaning = meanings[Role.SURNAME]
            if role is Role.SURNAME and SURNAME_AGREES in meaning.reasons:
                agrees |= meaning.reason[self.some] == meaning.reasons.index(SURNAME_AGREES)
        return agrees

    def _surname_explained(self) -> NDArray[np.bool_]:
        """Return of which candidates some word asked for as a surname fits any part of the name."""
        explained = np.zeros(len(self.some), dtype=np.bool_)
        for role, meanings in zip(self.usual, self.found, strict=True):
            if role is Role.SURNAME:
                for meaning in meanings:
                    explained |= meaning.reason[self.some] >= 0
        return explained

    def reasons(self, at: int) -> Iterator[str]:
        """Yield in words why the candidate stands where it does."""
        record = int(self.some[at])
        if self.found:
            way = _ways(len(self.found))[self.ways[at]]
            for word, role in enumerate(way):
                meaning = self.found[word][role]
                if meaning.reason[record] < 0:
                    yield from self._otherwise(word, way, float(meaning.bits[record]))
                elif role is Role.SURNAME and self.usual[word] is Role.GIVEN:
                    yield f"'{self.words[word]}' stands among the surnames"
                else:
                    yield meaning.reasons[meaning.reason[record]]
        for each in self.beside:
            if each.reasons[record]:
                yield each.reasons[record]

    def _otherwise(self, word: int, way: tuple[Role, ...], bits: float) -> Iterator[str]:
        """Yield what a word that fits nothing says; nothing where the record is silent on it."""
        if bits <= UNEXPLAINED_BITS:
            role = self.usual[word]
            taken = (
                way[other] is Role.SURNAME and meanings[Role.SURNAME].reasons
                for other, meanings in enumerate(self.found)
                if other != word
            )  # fmt: skip
            yield _OTHERWISE[Role.GIVEN if role is Role.SURNAME and any(taken) else role]


_OTHERWISE = ("another surname", "another given name", "another father's name")


def _candidates(
    found: list[list[Meaning]], beside: list[_Weighed], number: int
) -> NDArray[np.intp]:
    """Return the records that some word of the query speaks for, or without words some fact."""
    some = np.zeros(number, dtype=np.bool_)
    for word in found:
        for meaning in word:
            some |= meaning.reason >= 0
    for each in beside if not found else []:
        some |= each.bits > 0
    return np.flatnonzero(some)


def _best_ways(
    found: list[list[Meaning]], some: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return for each candidate the weight of the best reading of the words, and which it is."""
    if not found:
        return np.zeros(len(some)), np.zeros(len(some), dtype=np.intp)
    bits = [[meaning.bits[some] for meaning in word] for word in found]
    totals = np.stack(
        [
            np.sum([bits[word][role] for word, role in enumerate(way)], axis=0)
            for way in _ways(len(found))
        ]
    )
    best = totals.argmax(axis=0)
    return totals[best, np.arange(len(some))], best


def _ways(words: int) -> list[tuple[Role, ...]]:
    """Return every reading of so many words: one given name, one father, surnames for the rest."""
    return [
        way
        for way in product(Role, repeat=words)
        if way.count(Role.GIVEN) <= 1 and way.count(Role.FATHER) <= 1
    ]


# ------------------------------------------------------------------------------ beside the name


def _weigh_household(known: Sequence[str], asked: str) -> _Weighed:
    def same(key: str) -> bool:
        return asked in (key, key.partition("/")[2])

    return _weigh(
        [None if not key else same(key) for key in known],
        (_SAME_HOUSEHOLD_BITS, _OTHER_HOUSEHOLD_BITS),
        ("the same household", "another household"),
    )


def _weigh_place(known: Sequence[frozenset[str]], asked: str) -> _Weighed:
    return _weigh(
        [None if not places or not asked else asked in places for places in known],
        (_SAME_PLACE_BITS, _OTHER_PLACE_BITS),
        ("the same village", "another village"),
    )


def _weigh_phone(known: Sequence[str], asked: str) -> _Weighed:
    return _weigh(
        [None if not phone or not asked else phone == asked for phone in known],
        (_SAME_PHONE_BITS, _OTHER_PHONE_BITS),
        ("the same phone", "another phone"),
    )


def _weigh_year(known: Sequence[tuple[int, int] | None], asked: int) -> _Weighed:
    bits, reasons = np.zeros(len(known)), [""] * len(known)
    for at, years in enumerate(known):
        if years is not None:
            gap = max(years[0] - asked, asked - years[1], 0)
            bits[at], reasons[at] = _year_bits(gap)
    return _Weighed(bits, tuple(reasons), _SAME_YEAR_BITS)


def _year_bits(gap: int) -> tuple[float, str]:
    if gap == 0:
        return _SAME_YEAR_BITS, "born in that year"
    if gap <= _NEAR_YEARS:
        return _NEAR_YEAR_BITS, "born within two years of it"
    return _OTHER_YEAR_BITS, "born in another year"


def _weigh(
    agrees: Sequence[bool | None], bits: tuple[float, float], words: tuple[str, str]
) -> _Weighed:
    weights = [0.0 if each is None else bits[not each] for each in agrees]
    reasons = ["" if each is None else words[not each] for each in agrees]
    return _Weighed(np.array(weights), tuple(reasons), bits[0])


# ------------------------------------------------------------------------------------- records


def _as_record(each: ListRecord | tuple[str, str]) -> ListRecord:
    if isinstance(each, ListRecord):
        return each
    return ListRecord(each[0], "", 0, full_name=each[1])


def _canonical(record: ListRecord) -> CanonicalName:
    written = record.full_name, record.surname, record.given_name, record.patronymic
    return canonical_name(*written, record.sex, record.maiden_name)


def _facts(records: Sequence[ListRecord], gazetteer: Gazetteer) -> _Facts:
    return _Facts(
        household=tuple(
            f"{each.list_id}/{each.household_key}" if each.household_key else "" for each in records
        ),
        places=tuple(_places(each, gazetteer) for each in records),
        years=tuple(_years(each) for each in records),
        phone=tuple(_digits(each.phone) for each in records),
    )


def _places(record: ListRecord, gazetteer: Gazetteer) -> frozenset[str]:
    written = {record.stay_place, record.birth_place} - {""}
    return frozenset(filter(None, (gazetteer.place_id(place) for place in written)))


def _years(record: ListRecord) -> tuple[int, int] | None:
    if record.birth is None:
        return None
    return int(record.birth.earliest[:4]), int(record.birth.latest[:4])


def _digits(phone: str) -> str:
    """Return the last nine digits, which neither country nor trunk prefix changes."""
    return re.sub(r"\D", "", phone)[-_PHONE_DIGITS:]


def _take_numbers(query: str, year: int | None, phone: str) -> tuple[str, int | None, str]:
    """Return the query without its numbers, and the year and phone found among them."""
    if not phone and (number := _PHONE.search(query)):
        phone, query = number.group(), query.replace(number.group(), " ")
    if year is None and (written := _YEAR.search(query)):
        year, query = int(written.group()), query.replace(written.group(), " ")
    return query, year, phone
