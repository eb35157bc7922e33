"""Which pairs of records are worth comparing, within a budget that is stated.

The promise (``docs/spec/01d-engine.md`` §7): two records that agree on all fields which both have
filled, but one, are compared, if the two fields or more on which they agree are not shared by a
crowd that nothing else tells apart. For that every two fields together are a key, and a key that
too many records share is refined by each further field instead of being dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
Hashes = NDArray[np.uint64]

ALONE = ("day", "phone", "email", "email_user", "document")
"""Fields that are a key by themselves."""
TOGETHER = ("surname", "given", "father", "year", "stay", "birth_place", "address", "relative")
"""Fields of which every two are a key."""
WITH_INITIAL = ("surname", "father", "year")
"""What makes a key with an initial, for records that hold no full given name."""
FIELDS = (*TOGETHER, *ALONE, "initial")
_NOT_COUNTED = frozenset(("initial", "relative", "day", "email_user"))
"""Fields that tell little apart, or nothing beside the others."""
_IMPLIED = ({"year", "day"}, {"given", "initial"}, {"email", "email_user"})
"""Fields that say the same, more or less exactly: no key holds both."""

MAX_CROWD = 200
"""Records that may share a key before it is refined."""
PAIRS_A_RECORD = 400
MIN_PAIRS = 200_000
MAX_PAIRS = 4_000_000
MORE_A_RECORD = 2
_DRAFT_FACTOR = 4
"""Pairs looked at cheaply for each one that the budget allows to be compared."""
_WINDOW = 5
_CHUNK_PAIRS = 2_000_000
_RANKS = 64
_DISAGREEMENT_BITS = 4.0
"""What a field that differs takes: about one true pair in sixteen differs in it."""


def pair_budget(records: int) -> int:
    """Return how many pairs are compared at most.

    Examples
    --------
    >>> pair_budget(100), pair_budget(5_000), pair_budget(1_000_000)
    (200000, 2000000, 6000000)
    """
    most = MAX_PAIRS + MORE_A_RECORD * records
    return max(MIN_PAIRS, min(PAIRS_A_RECORD * records, most))


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The values of one field, as hashes; records hold none, one or several.

    Parameters
    ----------
    starts
        int64[records + 1]; record ``r`` holds ``values[starts[r]:starts[r + 1]]``.
    values
        uint64[...], no value twice in a record; hashes of different fields are different.
    """

    starts: IntArray
    values: Hashes

    @property
    def counts(self) -> IntArray:
        """Number of values of each record."""
        return np.diff(self.starts)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs to be compared.

    Parameters
    ----------
    left, right
        int64[p], record indices, left < right, in order, no pair twice.
    crowded
        Keys that too many records share, refined by further fields.
    left_out
        Pairs within the crowds of records that hold nothing further, not compared; a pair that
        shares several such keys counts several times.
    over_budget
        True where the budget was kept by leaving out pairs that disagree on two fields and more,
        those first whose agreements say least.
    """

    left: IntArray
    right: IntArray
    crowded: int = 0
    left_out: int = 0
    over_budget: bool = False


def candidate_pairs(
    fields: Mapping[str, Tokens],
    records: int,
    budget: int | None = None,
    max_crowd: int = MAX_CROWD,
) -> Candidates:
    """Return the pairs worth comparing.

    Parameters
    ----------
    fields
        Values of each of FIELDS; fields that no record holds may be absent.
    budget
        Pairs compared at most; by default :func:`pair_budget`.
    max_crowd
        Records that may share a key before it is refined.
    """
    most = pair_budget(records) if budget is None else budget
    filled = {name: fields[name] for name in FIELDS if name in fields and len(fields[name].values)}
    found = _Search(filled, records, most * _DRAFT_FACTOR, max_crowd)
    level = found.first_keys()
    while level:
        level = found.refined(level)
    return _within_budget(found, records, most)


def _within_budget(found: _Search, records: int, budget: int) -> Candidates:
    """Return the distinct pairs; where they are too many, those that say most."""
    found.compact(budget)
    pairs = found.drafts[0] // _RANKS if found.drafts else np.zeros(0, dtype=np.int64)
    left, right = pairs // max(records, 1), pairs % max(records, 1)
    return Candidates(left, right, found.crowded, found.left_out, found.over_budget)


Key = frozenset[str]
Asked = dict[Key, NDArray[np.bool_] | None]
"""Keys to be made, each with the records for which it is needed; None for all."""


@dataclass(slots=True)
class _Crowds:
    """Records in order of their key's value, with the groups that share it."""

    key: Key
    order: NDArray[np.int32]
    starts: IntArray
    sizes: IntArray


class _Search:
    """Goes from keys of one or two fields to keys of more, where crowds share them."""

    def __init__(
        self, fields: Mapping[str, Tokens], records: int, budget: int, max_crowd: int
    ) -> None:
        self._fields, self._records = fields, records
        self._budget, self._max_crowd = budget, max_crowd
        self._few = {name: _first_values(tokens) for name, tokens in fields.items()}
        self._bits = {name: _agreement_bits(tokens) for name, tokens in fields.items()}
        self._most = budget // _DRAFT_FACTOR
        self.over_budget = False
        self.drafts: list[IntArray] = []
        self.crowded = 0
        self.left_out = 0

    def first_keys(self) -> Asked:
        """Return the keys of one field or two."""
        keys = [frozenset((name,)) for name in ALONE if name in self._fields]
        keys += [frozenset(two) for two in combinations(TOGETHER, 2)]
        keys += [frozenset((name, "initial")) for name in WITH_INITIAL]
        return {key: None for key in keys if key <= self._fields.keys()}

    def refined(self, level: Asked) -> Asked:
        """Note the pairs of all keys of one level and return the keys of the next."""
        crowds = [self._crowds(key, of) for key, of in level.items()]
        limit = self._limit(crowds)
        following: Asked = {}
        for each in crowds:
            self._note(each, each.sizes <= limit)
            self._refine(each, each.sizes > limit, following)
        return following

    def _limit(self, crowds: list[_Crowds]) -> int:
        """Return the largest crowd that is compared in full; half the budget goes to each level."""
        self._budget //= 2
        sizes = np.concatenate([np.zeros(1, dtype=np.int64), *(each.sizes for each in crowds)])
        sizes = np.bincount(sizes[sizes <= self._max_crowd], minlength=self._max_crowd + 1)
        crowd = np.arange(self._max_crowd + 1)
        total = np.cumsum(sizes * (crowd * (crowd - 1) // 2))
        return max(int(np.searchsorted(total, self._budget, side="right")) - 1, 2)

    def _crowds(self, key: Key, of: NDArray[np.bool_] | None) -> _Crowds:
        record, value = self._rows(key, of)
        order = np.argsort(value)
        value = value[order]
        starts = np.flatnonzero(np.append(True, value[1:] != value[:-1])) if len(value) else order
        sizes = np.diff(np.append(starts, len(value)))
        if "initial" in key:  # only for those who hold no more than an initial
            full = self._fields["given"].counts > 0 if "given" in self._fields else None
            sizes = _where_any(~full[record[order]], starts, sizes) if full is not None else sizes
        shared = sizes > 1
        return _Crowds(key, record[order], starts[shared], sizes[shared])

    def _rows(self, key: Key, of: NDArray[np.bool_] | None) -> tuple[NDArray[np.int32], Hashes]:
        """Return every value of the key that a record holds, as (record, hash)."""
        holds = np.ones(self._records, dtype=bool) if of is None else of.copy()
        for name in key:
            holds &= self._fields[name].counts > 0
        record = np.flatnonzero(holds).astype(np.int32)
        value = np.zeros(len(record), dtype=np.uint64)
        for name in sorted(key):
            tokens = self._fields[name]
            counts = tokens.counts[record]
            at = tokens.starts[record]
            if (counts > 1).any():
                record, value = np.repeat(record, counts), np.repeat(value, counts)
                within = np.arange(len(record)) - np.repeat(np.cumsum(counts) - counts, counts)
                at = np.repeat(at, counts) + within
            value = value + tokens.values[at]
        return record, value

    def _note(self, crowds: _Crowds, which: NDArray[np.bool_]) -> None:
        for order, starts, sizes in _in_chunks(crowds, which):
            one, other = _pairs_within(order, starts, sizes)
            left, right = np.minimum(one, other), np.maximum(one, other)
            pairs = left * self._records + right
            ranks = self._ranks(left, right, crowds.key)
            wanted = (left != right) & self._may_meet(left, right, crowds.key)
            self.drafts.append((pairs * _RANKS + ranks)[wanted])
            if sum(map(len, self.drafts)) > 2 * self._most + _CHUNK_PAIRS:
                self.compact(self._most)

    def _may_meet(self, left: IntArray, right: IntArray, key: Key) -> NDArray[np.bool_]:
        """Return False for two full given names that share no more than an initial."""
        if "initial" not in key or "given" not in self._fields:
            return np.ones(len(left), dtype=bool)
        counts = self._fields["given"].counts
        return np.asarray((counts[left] == 0) | (counts[right] == 0))

    def compact(self, budget: int) -> None:
        """Put the drafts in order, each pair once; beyond the budget keep those that say most."""
        drafts = np.concatenate([np.zeros(0, dtype=np.int64), *self.drafts])
        self.drafts.clear()
        drafts.sort()
        drafts = drafts[np.diff(drafts // _RANKS, prepend=-1) != 0]
        if len(drafts) > budget:
            self.over_budget = True
            numbers = np.cumsum(np.bincount(drafts % _RANKS, minlength=_RANKS))
            last = max(int(np.searchsorted(numbers, budget, side="right")) - 1, 0)
            drafts = drafts[drafts % _RANKS <= last]
        self.drafts.append(drafts)

    def _ranks(self, left: IntArray, right: IntArray, key: Key) -> IntArray:
        """Return 0 for pairs that disagree on one field at most, more for those that say less."""
        disagree = np.zeros(len(left), dtype=np.int64)
        bits = np.full(len(left), sum(self._bits[name] for name in key))
        for name in self._fields.keys() - key - _NOT_COUNTED:
            differ, agree = _differ(*self._few[name], left, right)
            disagree += differ
            bits += agree * self._bits[name]
        bits -= disagree * _DISAGREEMENT_BITS
        rank = np.clip(_RANKS // 2 - bits, 1, _RANKS - 1).astype(np.int64)
        return np.where(disagree <= 1, 0, rank)

    def _refine(self, crowds: _Crowds, which: NDArray[np.bool_], following: Asked) -> None:
        """Ask for keys with one more field for all who share a key with too many."""
        self.crowded += int(which.sum())
        if not which.any():
            return
        in_crowd = np.repeat(which, crowds.sizes)
        rows = crowds.order[_rows_of(crowds.starts, crowds.sizes)][in_crowd]
        stuck = np.ones(self._records, dtype=bool)
        for name in self._further(crowds.key):
            child = crowds.key | {name}
            needed = following.setdefault(child, np.zeros(self._records, dtype=bool))
            if needed is not None:
                needed[rows] = True
            stuck &= self._fields[name].counts == 0
        self._leave(crowds, which, stuck)

    def _further(self, key: Key) -> Iterator[str]:
        for name in self._fields:
            child = key | {name}
            if name not in key and not any(implied <= child for implied in _IMPLIED):
                yield name

    def _leave(self, crowds: _Crowds, which: NDArray[np.bool_], stuck: NDArray[np.bool_]) -> None:
        """Compare those who hold nothing further with their neighbours only, and count the rest."""
        starts, sizes = crowds.starts[which], crowds.sizes[which]
        rows = crowds.order[_rows_of(starts, sizes)].astype(np.int64)
        group = np.repeat(np.arange(len(sizes)), sizes)
        alone = stuck[rows]
        free = sizes - np.bincount(group[alone], minlength=len(sizes))
        self.left_out += int((sizes * (sizes - 1) // 2 - free * (free - 1) // 2).sum())
        rows, group = rows[alone], group[alone]
        order = np.lexsort((rows, group))
        rows, group = rows[order], group[order]
        for step in range(1, _WINDOW + 1):
            beside = group[:-step] == group[step:]
            pairs = rows[:-step][beside] * self._records + rows[step:][beside]
            self.left_out -= len(pairs)
            self.drafts.append(pairs * _RANKS)


# -------------------------------------------------------------------------------------- arrays


def _first_values(tokens: Tokens) -> tuple[Hashes, Hashes, IntArray]:
    """Return first value, second value (or the first again) and number of values of each record."""
    counts = tokens.counts
    padded = np.append(tokens.values, np.zeros(1, dtype=np.uint64))
    first = padded[np.minimum(tokens.starts[:-1], len(tokens.values))]
    second = np.where(
        counts > 1, padded[np.minimum(tokens.starts[:-1] + 1, len(padded) - 1)], first
    )
    return first, second, counts


def _differ(
    first: Hashes, second: Hashes, counts: IntArray, left: IntArray, right: IntArray
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where both hold values and share none, and where they share one.

    Of more than two values only two are looked at, and no difference is found.
    """
    one, other = counts[left], counts[right]
    known = (one > 0) & (other > 0)
    a, b, c, d = first[left], second[left], first[right], second[right]
    shared = (a == c) | (a == d) | (b == c) | (b == d)
    return known & ~shared & (one <= 2) & (other <= 2), known & shared


def _agreement_bits(tokens: Tokens) -> float:
    """Return what agreeing on the field says of two records at random, in bits."""
    counts = np.unique(tokens.values, return_counts=True)[1].astype(np.float64)
    return float(-np.log2(np.sum((counts / counts.sum()) ** 2)))


def _where_any(found: NDArray[np.bool_], starts: IntArray, sizes: IntArray) -> IntArray:
    """Return the sizes of groups, 0 for those in which nothing was found."""
    if not len(starts):
        return sizes
    return np.where(np.add.reduceat(found.astype(np.int64), starts) > 0, sizes, 0)


def _rows_of(starts: IntArray, sizes: IntArray) -> IntArray:
    """Return the positions of every member of every group, group by group."""
    before = np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(starts, sizes) + np.arange(int(sizes.sum())) - before


def _in_chunks(
    crowds: _Crowds, which: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.int32], IntArray, IntArray]]:
    """Yield groups, so many at a time that their pairs fit in memory."""
    starts, sizes = crowds.starts[which], crowds.sizes[which]
    if not len(sizes):
        return
    pairs = np.cumsum(sizes * (sizes - 1) // 2)
    cut = np.searchsorted(pairs, np.arange(0, int(pairs[-1]), _CHUNK_PAIRS))
    for first, last in zip(cut.tolist(), [*cut[1:].tolist(), len(sizes)], strict=True):
        if last > first:
            yield crowds.order, starts[first:last], sizes[first:last]


def _pairs_within(
    order: NDArray[np.int32], starts: IntArray, sizes: IntArray
) -> tuple[IntArray, IntArray]:
    """Return the two records of every pair within each group."""
    total = int(sizes.sum())
    within = np.arange(total) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    at = np.repeat(starts, sizes) + within
    following = np.repeat(sizes, sizes) - within - 1
    first = np.repeat(at, following)
    step = np.arange(len(first)) - np.repeat(np.cumsum(following) - following, following)
    return order[first].astype(np.int64), order[first + step + 1].astype(np.int64)
