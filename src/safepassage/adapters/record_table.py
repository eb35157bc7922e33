"""Canonical columns of all records as one table: what the engines compare, held column by column.

A million records as Python objects would need more memory than a laptop has; as columns they need
a few hundred megabytes. Nothing here is written to a disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from safepassage.adapters.comparisons import ARRAYS, NUMBERS, SCALARS, engine_row
from safepassage.core.register.blocking import Tokens
from safepassage.core.register.comparable import Comparable
from safepassage.core.register.frequency import PLACE_PRIOR_RECORDS, PRIOR_RECORDS
from safepassage.core.register.model import MODEL

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_KEY_COLUMNS = {
    "surname": "surname_keys",
    "given": "given_set",
    "initial": "given_initial",
    "father": "father_set",
    "year": "years",
    "day": "exact_day",
    "stay": "stay",
    "birth_place": "birth_place",
    "address": "address",
    "phone": "phone",
    "email": "email",
    "email_user": "email_user",
    "document": "documents",
    "relative": "around",
}
"""Column that holds the values of each field of ``blocking.FIELDS``."""
_EXTRA = ("household", "exact_day")
_WIDE_BIRTH_DAYS = 800


@dataclass(frozen=True, eq=False)
class RecordTable:
    """Records in the order in which they are numbered.

    Parameters
    ----------
    table
        Columns of ``adapters/comparisons.py`` with ``n``, ``household`` and ``exact_day``;
        null where unknown.
    """

    table: pa.Table

    @classmethod
    def of(cls, columns: Sequence[Comparable]) -> RecordTable:
        """Return the table of canonical columns."""
        return cls(numbered(pa.Table.from_batches([batch_of(columns)])))

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def lists(self) -> IntArray:
        """Number of the list of each record, int64[records], in order of the lists' ids."""
        return _codes(self.table["list_id"])[0]

    @cached_property
    def houses(self) -> IntArray:
        """Number of the household of each record, int64[records]; of its own where it has none."""
        codes, values = _codes(self.table["household"])
        return np.where(codes < 0, np.arange(len(self)) + len(values), codes)

    def groups(self, left: IntArray, right: IntArray) -> IntArray:
        """Return the index into GROUPS of each pair, int64[p]."""
        same_list = (self.lists[left] == self.lists[right]).astype(np.int64)
        return np.where(self.houses[left] == self.houses[right], 2, same_list)

    @cached_property
    def pairs_by_group(self) -> tuple[int, ...]:
        """How many pairs of records exist in each of GROUPS, candidates or not."""
        in_all = pairs_of(len(self))
        in_list = sum(pairs_of(n) for n in np.bincount(self.lists).tolist())
        in_house = sum(pairs_of(n) for n in np.unique(self.houses, return_counts=True)[1].tolist())
        return (in_all - in_list, in_list - in_house, in_house)

    def values(self, column: str) -> tuple[IntArray, NDArray[np.object_]]:
        """Return a number for each record's value of a text column, -1 where null; the values."""
        if column not in self._values:
            codes, values = _codes(self.table[column])
            self._values[column] = codes, np.array(values, dtype=object)
        return self._values[column]

    @cached_property
    def _values(self) -> dict[str, tuple[IntArray, NDArray[np.object_]]]:
        return {}

    def tokens(self) -> dict[str, Tokens]:
        """Return the values of each blocking field as hashes."""
        return {name: _tokens(name, self.table[column]) for name, column in _KEY_COLUMNS.items()}

    @cached_property
    def shares(self) -> Mapping[str, FloatArray]:
        """How frequent each record's value of each term column is, float64[records]; 1 if null."""
        found = {}
        for field in MODEL:
            if field.term == "surname_here":
                found[field.term] = self._surname_shares(usual_share(field.term))
            elif field.term:
                found[field.term] = _shares(*_codes(self.table[field.term]), field.term)
        return found

    def _surname_shares(self, usual: float) -> FloatArray:
        """Return the share of each surname, at its place or overall, whichever is higher.

        As ``core/register/frequency.py`` says: a person on five lists is no five namesakes, so of
        the rows with a surname at a place one given name's share is left out.
        """
        surname, names = _codes(self.table["surname"])
        stay, places = _codes(self.table["stay"])
        given = _codes(self.table["given_key"])[0]
        named = surname >= 0
        rows = np.bincount(surname[named], minlength=len(names))
        overall = np.append(_drawn(rows, usual, PRIOR_RECORDS), 1.0)[surname]
        people = np.bincount(stay[named & (stay >= 0)], minlength=len(places))
        here = surname * (len(places) + 1) + stay
        _, group = np.unique(here, return_inverse=True)
        size = np.bincount(group)
        triples = np.unique(np.stack([group, given]), axis=1)[0]
        kinds = np.bincount(triples, minlength=len(size))
        others = (size * (1.0 - 1.0 / kinds))[group]
        total = people[stay] if len(places) else np.zeros(len(stay))
        at_place = (others + PLACE_PRIOR_RECORDS * overall) / (total + PLACE_PRIOR_RECORDS)
        found = np.where(stay >= 0, np.maximum(overall, at_place), overall)
        return np.where(named, found, 1.0)


def batch_of(columns: Sequence[Comparable]) -> pa.RecordBatch:
    """Return the columns of some records, without their numbers."""
    rows = [engine_row(each) for each in columns]
    names = (*SCALARS, *ARRAYS, *NUMBERS)
    kinds = [pa.string()] * len(SCALARS) + [pa.list_(pa.string())] * len(ARRAYS)
    kinds += [pa.int32()] * len(NUMBERS)
    found = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    data = {
        name: pa.array(values, kind) for name, values, kind in zip(names, found, kinds, strict=True)
    }
    for name, value in zip(_EXTRA, (_household, _exact_day), strict=True):
        data[name] = pa.array([value(each) for each in columns], pa.string())
    return pa.RecordBatch.from_pydict(data)


def numbered(table: pa.Table) -> pa.Table:
    """Return the table with the records' numbers in a column ``n``."""
    return table.append_column("n", pa.array(np.arange(len(table), dtype=np.int64)))


def usual_share(column: str) -> float:
    """Return the share that a value of a term column has before anything was counted."""
    field = next(field for field in MODEL if field.term == column)
    return next(level.u for level in field.levels if level.name == field.term_levels[0])


def pairs_of(number: int) -> int:
    """Return how many pairs so many things make."""
    return number * (number - 1) // 2


def _household(record: Comparable) -> str | None:
    return record.household or None


def _exact_day(record: Comparable) -> str | None:
    if record.birth is None or record.birth[0] != record.birth[1]:
        return None
    return str(record.birth[0])


def _codes(column: pa.ChunkedArray) -> tuple[IntArray, list[str]]:
    """Return a number for each value, in order of the values, and the values; -1 where null."""
    encoded = column.combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pylist()
    rank = np.empty(len(values) + 1, dtype=np.int64)
    order = sorted(range(len(values)), key=values.__getitem__)
    rank[order] = np.arange(len(values))
    rank[-1] = -1
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return rank[codes], [values[at] for at in order]


def _shares(codes: IntArray, values: Sequence[str], column: str) -> FloatArray:
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    shares = np.append(_drawn(counts, usual_share(column), PRIOR_RECORDS), 1.0)
    return shares[codes]


def _drawn(counts: IntArray, usual: float, prior: float) -> FloatArray:
    """Return shares drawn towards the usual one where there are few records."""
    found: FloatArray = (counts + prior * usual) / (counts.sum() + prior)
    return found


def _tokens(field: str, column: pa.ChunkedArray) -> Tokens:
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    if pa.types.is_list(whole.type):
        counts = pc.fill_null(pc.list_value_length(whole), 0).to_numpy(zero_copy_only=False)
        values = pc.list_flatten(whole)
    else:
        counts = pc.is_valid(whole).to_numpy(zero_copy_only=False)
        values = pc.drop_null(whole)
    starts = np.concatenate([[0], np.cumsum(counts.astype(np.int64))])
    encoded = values.dictionary_encode()
    hashes = _hashes(field, encoded.dictionary.to_pylist())
    return Tokens(starts, hashes[encoded.indices.to_numpy(zero_copy_only=False)])


def _hashes(field: str, values: Iterable[str]) -> NDArray[np.uint64]:
    """Return a number for each value, the same in every run; equal values of two fields differ."""
    salt = field.encode()[:16]
    joined = b"".join(
        hashlib.blake2b(value.encode(), digest_size=8, person=salt).digest() for value in values
    )
    return np.frombuffer(joined, dtype="<u8").astype(np.uint64)
