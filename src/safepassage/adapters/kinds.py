"""Records that say the same of a field are of one kind: pairs of kinds are fewer than pairs.

Among six million pairs of a million records stand some hundred thousand pairs of given names. A
level depends on nothing but the values of its field's columns, so it is computed once for each two
kinds and handed to every pair of records of these kinds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """The records by what they say in some columns.

    Parameters
    ----------
    of
        int32[records], number of the kind of each record, in order of first appearance.
    first
        int64[kinds], the first record of each kind.
    said
        What the first record of each kind says.
    """

    of: Codes
    first: IntArray
    said: pa.Table

    @classmethod
    def by(cls, table: pa.Table) -> Kinds:
        """Return the kinds of the rows of `table` by all its columns, exactly."""
        of = np.zeros(len(table), dtype=np.int32)
        for column in table.columns:
            of = _refined(of, column)
        first = np.zeros(int(of.max(initial=-1)) + 1, dtype=np.int64)
        first[of[::-1]] = np.arange(len(of) - 1, -1, -1)
        return cls(of, first, table.take(first))

    def pairs(self, left: IntArray, right: IntArray) -> tuple[IntArray, IntArray, Codes]:
        """Return the distinct pairs of kinds, and the number of the one of each pair of records."""
        width = max(len(self.first), 1)
        distinct, place = _distinct(
            pa.array(self.of[left].astype(np.int64) * width + self.of[right])
        )
        found = distinct.to_numpy()
        return found // width, found % width, place


def with_telling_values(table: pa.Table, conditions: str) -> pa.Table:
    """Return the table without those values in its lists that no condition can tell.

    A list that is only searched for values of another column needs no others: a given name taken
    as a surname matters where somebody bears it as a surname. What is left makes far fewer kinds.

    Parameters
    ----------
    conditions
        SQL in which ``x_l`` and ``x_r`` are the two values of a column ``x``.
    """
    for at, name in enumerate(table.column_names):
        calls = [call for call in _SEARCH.findall(conditions) if name in call]
        mentions = len(re.findall(rf"\b{name}_[lr]\b", conditions))
        partners = {other if one == name else one for one, other in calls}
        if calls and name not in partners and mentions == len(calls):
            table = table.set_column(at, name, _those_in(table, name, sorted(partners)))
    return table


_SEARCH = re.compile(r"list_has_any\(([a-z_]+)_[lr], ([a-z_]+)_[lr]\)", re.IGNORECASE)


def _those_in(table: pa.Table, name: str, others: Sequence[str]) -> pa.Array:
    """Return a column of lists without the values that no list of the other columns holds."""
    lists = pa.concat_arrays(table[name].chunks)
    told = pa.concat_arrays([pc.list_flatten(table[other]).combine_chunks() for other in others])
    values = pc.list_flatten(lists)
    kept = pc.is_in(values, value_set=told.unique())
    parents = pc.list_parent_indices(lists).filter(kept).to_numpy()
    ends = np.cumsum(np.bincount(parents, minlength=len(lists)))
    starts = pa.array(np.append(0, ends).astype(np.int32))
    return pa.ListArray.from_arrays(starts, values.filter(kept), mask=lists.is_null())


def _refined(of: Codes, column: pa.ChunkedArray) -> Codes:
    """Return kinds that also tell the values of one more column apart."""
    if column.null_count == len(column):
        return of
    whole = pa.concat_arrays(column.chunks)
    if not pa.types.is_list(whole.type):
        return _together(of, _distinct(whole)[1])
    counts = pc.fill_null(pc.list_value_length(whole), -1).to_numpy(zero_copy_only=False)
    elements = _distinct(pc.list_flatten(whole))[1]
    lengths = np.maximum(counts, 0).astype(np.int64)
    starts = np.cumsum(lengths) - lengths
    of = _together(of, counts.astype(np.int32))
    for nth in range(int(lengths.max(initial=0))):
        value = np.full(len(of), -1, dtype=np.int32)
        long = lengths > nth
        value[long] = elements[starts[long] + nth]
        of = _together(of, value)
    return of


def _together(one: Codes, other: Codes) -> Codes:
    width = int(other.max(initial=-1)) + 2  # -1 is a value like others
    return _distinct(pa.array(one.astype(np.int64) * width + other + 1))[1]


def _distinct(values: pa.Array) -> tuple[pa.Array, Codes]:
    """Return the distinct values in order of first appearance, and the number of each; null -1."""
    encoded = values.dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return encoded.dictionary, codes
