"""Link sealed lists: which records are one person, from equal tokens alone.

Whoever hands in a list may make it up so that one stranger's presence on another list moves the
counts as far as possible. Hence nothing here is learned from the session. What two records say
about each other depends on these two and on the lengths of their lists alone; each record takes at
most one earlier person, each person at most one record of a list; and a person is recognised by
the first record only, so that exchanged partners do not go on to exchange others. What follows
for the counts, and what does not: ``docs/theory/linkage-without-names.md``.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from safepassage.core.register.sealed import KINDS, SealedList, SealedRecord
from safepassage.core.register.sealed_weights import (
    LEARNED,
    LEARNED_ON_RECORDS,
    PRIOR_MATCHES,
    PRIOR_PAIRS,
    Pattern,
)

MOST_IN_LIST = 20
"""A token that more records of one list hold is no evidence in that list, whatever others hold."""
JOIN_FROM = -1.0
"""Log-odds from which records are joined. Below 0, because persons are counted right where misses
and false merges balance."""

Tokens = tuple[frozenset[bytes], ...]
"""Of each kind, the tokens of a record that are evidence."""


@dataclass(frozen=True, slots=True)
class SealedLinks:
    """Persons found.

    Parameters
    ----------
    clusters
        Positions of records, counted through all lists in turn; sorted; at most one of each list.
    """

    clusters: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """A record, its position through all lists, its tokens, and the length of its list."""

    at: int
    record: SealedRecord
    tokens: Tokens
    of_records: int


def link_sealed(lists: Sequence[SealedList]) -> SealedLinks:
    """Link the records of sealed lists; of one list at most one is the same person.

    The longest list comes first. The likeliest pairs of a person so far and a record of the next
    list join first; a record that is left over begins a person.
    """
    persons = _Persons()
    for rows in sorted(_rows(lists), key=len, reverse=True):
        persons.take(rows)
    return SealedLinks(tuple(sorted(tuple(sorted(each)) for each in persons.members.values())))


def histories(lists: Sequence[SealedList], links: SealedLinks) -> Counter[tuple[int, ...]]:
    """Return persons by the lists that they are on."""
    owner = [place for place, each in enumerate(lists) for _ in each.records]
    counts: Counter[tuple[int, ...]] = Counter()
    for cluster in links.clusters:
        on = {owner[at] for at in cluster}
        counts[tuple(int(place in on) for place in range(len(lists)))] += 1
    return counts


def patterns(lists: Sequence[SealedList]) -> dict[tuple[int, int], Pattern]:
    """Return the pattern of every pair of records of two lists that share a token.

    From these, and the truth, the table of weights was learned.
    """
    found: dict[tuple[int, int], Pattern] = {}
    earlier = _Holders()
    for rows in _rows(lists):
        for row in rows:
            for other, kinds in earlier.agreeing(row).items():
                found[other.at, row.at] = _pattern(kinds, other, row)
        for row in rows:
            earlier.add(row)
    return found


@cache
def log_odds(pattern: Pattern, longer_list: int) -> float:
    """Return the log-odds that two records which agree in this pattern are one person.

    Parameters
    ----------
    longer_list
        Records of the longer of the two lists: in a longer one more strangers agree by chance.
        Lengths are known to all roles, and the same whoever stands on a list.
    """
    pairs, matches = _learned(pattern)
    by_chance = (pairs - matches) * max(1.0, longer_list / LEARNED_ON_RECORDS)
    for_it = matches + PRIOR_PAIRS * PRIOR_MATCHES
    return math.log(for_it / (by_chance + PRIOR_PAIRS * (1 - PRIOR_MATCHES)))


def _learned(pattern: Pattern) -> tuple[int, int]:
    """Return what was seen of a pattern, or of the likeliest known one with fewer kinds."""
    if pattern in LEARNED:
        return LEARNED[pattern]
    kinds, *known = pattern
    fewer = [
        seen
        for other, seen in sorted(LEARNED.items())
        if list(other[1:]) == known and other[0] & kinds == other[0]
    ]
    return max(fewer, key=lambda seen: (seen[1] + 1) / (seen[0] + 2), default=(0, 0))


# ------------------------------------------------------------------------------------------ persons


class _Holders:
    """Rows by the tokens that are evidence in them."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}
        self._by_token: tuple[dict[bytes, list[int]], ...] = tuple(defaultdict(list) for _ in KINDS)

    def add(self, row: _Row) -> None:
        """Take in a row."""
        self._rows[row.at] = row
        for kind, tokens in enumerate(row.tokens):
            for token in tokens:
                self._by_token[kind][token].append(row.at)

    def agreeing(self, row: _Row) -> dict[_Row, int]:
        """Return the rows that share a token with this one, and the bit mask of the kinds."""
        found: dict[int, int] = defaultdict(int)
        for kind, tokens in enumerate(row.tokens):
            for token in tokens:
                for at in self._by_token[kind].get(token, ()):
                    found[at] |= 1 << kind
        return {self._rows[at]: kinds for at, kinds in found.items()}


class _Persons:
    """Persons so far, each known by the record that came first."""

    def __init__(self) -> None:
        self.members: dict[int, list[int]] = {}
        self._first = _Holders()

    def take(self, rows: Sequence[_Row]) -> None:
        """Take in a list: its records join persons or begin new ones."""
        joined = self._joined(rows)
        for row in rows:
            if row.at in joined:
                self.members[joined[row.at]].append(row.at)
            else:
                self.members[row.at] = [row.at]
                self._first.add(row)

    def _joined(self, rows: Sequence[_Row]) -> dict[int, int]:
        """Return the person of each record that joins one, the likeliest pairs first."""
        joined: dict[int, int] = {}
        taken: set[int] = set()
        for _, person, at in sorted(edge for row in rows for edge in self._edges(row)):
            if at not in joined and person not in taken:
                joined[at] = person
                taken.add(person)
        return joined

    def _edges(self, row: _Row) -> Iterator[tuple[float, int, int]]:
        for first, kinds in self._first.agreeing(row).items():
            longer = max(first.of_records, row.of_records)
            odds = log_odds(_pattern(kinds, first, row), longer)
            if odds > JOIN_FROM:
                yield -odds, first.at, row.at


def _pattern(kinds: int, left: _Row, right: _Row) -> Pattern:
    a, b = left.record, right.record
    return kinds, a.has_year and b.has_year, a.has_father and b.has_father


def _rows(lists: Sequence[SealedList]) -> Iterator[list[_Row]]:
    start = 0
    for each in lists:
        evidence = _evidence(each.records)
        yield [
            _Row(start + at, record, evidence[at], len(each.records))
            for at, record in enumerate(each.records)
        ]
        start += len(each.records)


def _evidence(records: Sequence[SealedRecord]) -> list[Tokens]:
    """Return the tokens of each record that not too many others of its own list hold."""
    held = [
        Counter(token for record in records for token in set(record.tokens[kind]))
        for kind in range(len(KINDS))
    ]
    return [
        tuple(
            frozenset(token for token in tokens if held[kind][token] <= MOST_IN_LIST)
            for kind, tokens in enumerate(record.tokens)
        )
        for record in records
    ]
