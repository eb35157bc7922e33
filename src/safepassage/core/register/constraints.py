"""What people have decided about records: hard limits on every clustering.

A decision is stronger than any evidence, and it holds through chains: if A is B, and B is not C,
then A is not C (``docs/spec/01d-engine.md``, "Decisions").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from safepassage.core.register.cluster import Verdicts
from safepassage.core.register.score import Comparisons, Scores

Judged = TypeVar("Judged", Scores, Verdicts)

Pair = tuple[str, str]
DECIDED_BITS = 60.0
"""Log-odds in bits of what a person decided; a probability of 1 to the last digit shown."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """Pairs of record ids that are, or are not, one person because somebody decided so.

    Parameters
    ----------
    same, different
        In the order of the decisions. Where they contradict each other, `different` wins, and of
        two that are `same` the earlier one.
    """

    same: tuple[Pair, ...] = ()
    different: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """Constraints on the records at hand, with their consequences.

    Parameters
    ----------
    unit
        int64[records], the lowest record index among those decided to be one person; a record of
        which nothing was decided is its own unit.
    apart
        Pairs of units, the lower first, that are different people.
    named
        Pairs of records, the lower first, that the decisions were about.
    refused
        Pairs of `same` that contradict `different` and were not followed.
    """

    unit: NDArray[np.int64]
    apart: frozenset[tuple[int, int]] = frozenset()
    named: frozenset[tuple[int, int]] = frozenset()
    refused: tuple[Pair, ...] = ()

    def verdicts(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return 1 where two records were decided to be one person, -1 where not, else 0.

        Parameters
        ----------
        left, right
            int64[p], record indices.
        """
        one, other = self.unit[left], self.unit[right]
        width = len(self.unit)
        packed = np.minimum(one, other) * width + np.maximum(one, other)
        barred = np.array(sorted(a * width + b for a, b in self.apart), dtype=np.int64)
        found: NDArray[np.int64] = np.where(one == other, 1, 0).astype(np.int64)
        found[np.isin(packed, barred)] = -1
        return found

    @property
    def is_empty(self) -> bool:
        """True where nothing was decided."""
        return not self.apart and bool((self.unit == np.arange(len(self.unit))).all())

    def stated(self) -> list[tuple[int, int]]:
        """Return the pairs of records, the lower first, that the decisions were about, in order."""
        return sorted(self.named)


def bind(constraints: Constraints, record_ids: Sequence[str]) -> Bound:
    """Return the constraints by record index; pairs with a record that is not there say nothing."""
    index = {record_id: at for at, record_id in enumerate(record_ids)}
    different = list(_known(constraints.different, index))
    same = list(_known(constraints.same, index))
    barred: dict[int, set[int]] = {}
    for a, b in different:
        barred.setdefault(a, set()).add(b)
        barred.setdefault(b, set()).add(a)
    members: dict[int, set[int]] = {}
    refused = []
    for a, b in same:
        one, other = members.get(a, {a}), members.get(b, {b})
        if any(barred.get(record, set()) & other for record in one):
            refused.append((record_ids[a], record_ids[b]))
            continue
        joined = one | other
        members.update((record, joined) for record in joined)
    unit = np.arange(len(record_ids), dtype=np.int64)
    for record, joined in members.items():
        unit[record] = min(joined)
    apart = {(int(min(unit[a], unit[b])), int(max(unit[a], unit[b]))) for a, b in different}
    named = frozenset((min(pair), max(pair)) for pair in (*different, *same))
    return Bound(unit, frozenset(apart), named, tuple(refused))


def impose(bound: Bound, pairs: Comparisons, judged: Judged) -> Judged:
    """Return the judgement on the pairs with certainty where something was decided.

    Parameters
    ----------
    judged
        :class:`Scores` or :class:`Verdicts` on `pairs`.
    """
    if bound.is_empty:
        return judged
    decided = bound.verdicts(pairs.left, pairs.right)
    certain = np.where(decided > 0, DECIDED_BITS, -DECIDED_BITS)
    return replace(judged, log_odds=np.where(decided == 0, judged.log_odds, certain))


def _known(pairs: Iterable[Pair], index: dict[str, int]) -> Iterator[tuple[int, int]]:
    for left, right in pairs:
        if left in index and right in index and left != right:
            yield index[left], index[right]
