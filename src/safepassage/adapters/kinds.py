"""Records that say the same of a field are of one kind: pairs of kinds are fewer than pairs.

Among six million pairs of a million records stand some hundred thousand pairs of given names. A
level depends on nothing but the values of its field's columns, so it is computed once for each two
kinds and handed to every pair of records of these kinds.
"""

from __future__ import annotations

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
    """

    of: Codes
    first: IntArray

    @classmethod
    def by(cls, table: pa.Table, columns: Sequence[str]) -> Kinds:
        """Return the kinds of the rows of `table` by the values of `columns`, exactly."""
        of = np.zeros(len(table), dtype=np.int32)
        for name in columns:
            of = _refined(of, table[name])
        first = np.zeros(int(of.max(initial=-1)) + 1, dtype=np.int64)
        first[of[::-1]] = np.arange(len(of) - 1, -1, -1)
        return cls(of, first)

    def pairs(self, left: IntArray, right: IntArray) -> tuple[IntArray, IntArray, Codes]:
        """Return the distinct pairs of kinds, by their first records, and the one of each pair."""
        numbers = self.of[left].astype(np.int64) * len(self.first) + self.of[right]
        distinct, place = _distinct(pa.array(numbers))
        found = distinct.to_numpy()
        width = max(len(self.first), 1)
        return self.first[found // width], self.first[found % width], place


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
