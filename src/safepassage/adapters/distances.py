"""String distances once for each two distinct values, instead of once for each pair of records.

Names repeat: among a million pairs stand some ten thousand pairs of surnames. The functions are
those that DuckDB has under the same names (rapidfuzz is what DuckDB computes Jaro-Winkler with), so
that the settings document says what is computed, whoever computes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from safepassage.adapters.record_table import RecordTable

IntArray = NDArray[np.int64]
_CALL = re.compile(
    r"(damerau_levenshtein|jaro_winkler_similarity)\(([a-z_]+)_l, \2_r\)", re.IGNORECASE
)
_THREADS = 2
_MOST_EDITS = 3
"""Distances above are not told apart by any level of the model."""


@dataclass(frozen=True, slots=True, order=True)
class Distance:
    """One function of one column's two values."""

    function: str
    name: str

    @property
    def column(self) -> str:
        """Name of the column that holds it."""
        return f"{self.function}_of_{self.name}"

    def between(self, records: RecordTable, left: IntArray, right: IntArray) -> pa.Array:
        """Return the distance of each pair, null where a value is missing."""
        codes, values = records.values(self.name)
        one, other = codes[left], codes[right]
        missing = (one < 0) | (other < 0)
        low, high = np.minimum(one, other), np.maximum(one, other)
        packed = low * max(len(values), 1) + high
        computed = np.flatnonzero(~missing & (one != other))
        distinct, place = np.unique(packed[computed], return_inverse=True)
        width = max(len(values), 1)
        found = np.full(len(left), self._of_equals())
        found[computed] = self._of(values[distinct // width], values[distinct % width])[place]
        return pa.array(found, mask=missing)

    def _of_equals(self) -> float:
        return 0.0 if self.function == "damerau_levenshtein" else 1.0

    def _of(self, one: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.float64]:
        if not len(one):
            return np.zeros(0)
        edits = self.function == "damerau_levenshtein"
        scorer: Any = DamerauLevenshtein.distance if edits else JaroWinkler.similarity
        cutoff = _MOST_EDITS if edits else None
        found = process.cpdist(
            one, other, scorer=scorer, score_cutoff=cutoff, dtype=np.float64, workers=_THREADS
        )
        return np.asarray(found)


def with_distances(query: str) -> tuple[str, set[Distance]]:
    """Return the query with distances as columns of ``pairs``, and which it needs.

    Examples
    --------
    >>> query, needed = with_distances("damerau_levenshtein(phone_l, phone_r) = 1")
    >>> query, [each.column for each in needed]
    ('damerau_levenshtein_of_phone = 1', ['damerau_levenshtein_of_phone'])
    """
    needed = {Distance(call.group(1).lower(), call.group(2)) for call in _CALL.finditer(query)}
    replaced = _CALL.sub(lambda call: f"{call.group(1).lower()}_of_{call.group(2)}", query)
    return replaced, needed
