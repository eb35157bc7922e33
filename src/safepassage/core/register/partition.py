"""Records into persons: the best joined first, within what people decided.

The rules are those of ``docs/spec/01-register.md`` §27 to §30; how it is done for a million records
is said in ``docs/spec/01d-engine.md``.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from safepassage.core.register.cluster import (
    CANDIDATE_BITS,
    CONTRADICTION_SHARE,
    MAX_COMPONENT,
    MERGE_BITS,
    SAME_LIST_BITS,
    weakest_link,
)
from safepassage.core.register.constraints import DECIDED_BITS, Bound

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MOST_BITS = 15.0
_UNCOMPARED_BITS = -10.0
_NEAR_BITS = 0.0
"""Clusters are joined only if some pair between them is likelier one person than not."""
Positions = dict[tuple[int, int], int]
"""Where each pair of records stands among the compared pairs."""
Worth = Callable[[Sequence[int]], float]


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Every record in exactly one person.

    Parameters
    ----------
    person
        int64[records], the lowest record index of the person.
    weakest_bits
        float64[records], log-odds of the weakest link that holds the person together; infinite for
        a person of one record.
    """

    person: IntArray
    weakest_bits: FloatArray

    def members(self) -> list[tuple[int, ...]]:
        """Return the records of each person, sorted, in order of their first record."""
        order = np.argsort(self.person, kind="stable")
        starts = np.flatnonzero(np.diff(self.person[order], prepend=-1))
        return [tuple(part.tolist()) for part in np.split(order, starts[1:])]


def partition(
    lists: IntArray,
    ends: tuple[IntArray, IntArray],
    log_odds: FloatArray,
    bound: Bound,
    least_in_list: float = SAME_LIST_BITS,
    joint: Worth | None = None,
) -> Partition:
    """Return the persons.

    The two clusters whose records agree best on average are joined first, as long as the average
    over all pairs between them is worth it. What was decided to be one person starts as one
    cluster, and clusters that hold two who were decided to be different are never joined.

    Parameters
    ----------
    lists
        int64[records], the list of each record.
    ends
        Record indices of the compared pairs, int64[p] each, left < right; each pair once.
    log_odds
        float64[p], bits.
    least_in_list
        Log-odds that two rows of one list need.
    joint
        Bits that joining two clusters is worth, from the positions of two or more pairs: all those
        between them. By default the average of their log-odds with a share of the worst.
    """
    left, right = ends
    strong = log_odds > _NEAR_BITS  # no clusters are joined without such a pair between them
    component, size = _components(left[strong], right[strong], bound.unit)
    person, weakest = bound.unit.copy(), np.full(len(lists), np.inf)
    inside = np.flatnonzero(component[left] == component[right])
    simple = (size[component[left[inside]]] == 2) & ~_touched(component, bound)[left[inside]]
    joined = _joined_pairs(inside[simple], lists, ends, log_odds, least_in_list)
    person[right[joined]] = left[joined]
    weakest[left[joined]] = weakest[right[joined]] = log_odds[joined]
    worth = joint or _average(log_odds)
    for records, at in _by_component(component, inside[~simple], ends):
        rules = _Rules(at, log_odds, worth, lists, bound, least_in_list)
        for members in _agglomerate(records, rules):
            person[list(members)] = members[0]
            weakest[list(members)] = weakest_link(members, rules.weights(members))
    return Partition(person, weakest)


def uncompared(
    records: int, ends: tuple[IntArray, IntArray], log_odds: FloatArray
) -> tuple[IntArray, IntArray]:
    """Return the pairs inside connected components that no rule named, to be compared as well.

    Returns
    -------
    left, right
        int64[p] each, left < right, in order.
    """
    left, right = ends
    strong = log_odds > CANDIDATE_BITS
    component, size = _components(left[strong], right[strong], np.arange(records, dtype=np.int64))
    within = (size > 2) & (size <= MAX_COMPONENT)
    kept = np.flatnonzero(within[component])
    order = kept[np.argsort(component[kept], kind="stable")]
    wanted = _all_pairs(order, component[order], records)
    return unpacked(np.setdiff1d(wanted, packed(left, right, records)), records)


def packed(left: IntArray, right: IntArray, records: int) -> IntArray:
    """Return one number a pair, in the order of the pairs."""
    return left * records + right


def unpacked(pairs: IntArray, records: int) -> tuple[IntArray, IntArray]:
    """Return the pairs behind the numbers of :func:`packed`."""
    return pairs // max(records, 1), pairs % max(records, 1)


# ------------------------------------------------------------------------------- components


def _components(left: IntArray, right: IntArray, unit: IntArray) -> tuple[IntArray, IntArray]:
    """Return the component of each record and the number of records in each component."""
    records = len(unit)
    own = np.flatnonzero(unit != np.arange(records))
    rows, columns = np.concatenate([left, own]), np.concatenate([right, unit[own]])
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), (records, records))
    number, component = connected_components(graph, directed=False)
    component = component.astype(np.int64)
    return component, np.bincount(component, minlength=number)


def _touched(component: IntArray, bound: Bound) -> NDArray[np.bool_]:
    """Return, for each record, whether something was decided about its component."""
    decided = bound.unit != np.arange(len(bound.unit))
    for pair in bound.apart:
        decided[list(pair)] = True
    touched = np.zeros(int(component.max(initial=0)) + 1, dtype=bool)
    touched[component[decided]] = True
    return touched[component]


def _all_pairs(order: IntArray, component: IntArray, records: int) -> IntArray:
    """Return every pair within each component, packed; records come sorted by component."""
    if not len(order):
        return order
    starts = np.flatnonzero(np.diff(component, prepend=-1))
    end_of = np.repeat(np.append(starts[1:], len(order)), np.diff(np.append(starts, len(order))))
    following = end_of - np.arange(len(order)) - 1
    first = np.repeat(np.arange(len(order)), following)
    step = np.arange(len(first)) - np.repeat(np.cumsum(following) - following, following)
    return packed(order[first], order[first + step + 1], records)


def _joined_pairs(
    at: IntArray,
    lists: IntArray,
    ends: tuple[IntArray, IntArray],
    log_odds: FloatArray,
    least_in_list: float,
) -> IntArray:
    """Return which of the pairs `at`, alone in their components, are joined."""
    least = np.where(lists[ends[0][at]] == lists[ends[1][at]], least_in_list, -np.inf)
    bits = np.minimum(log_odds[at], _MOST_BITS)
    return at[(bits > MERGE_BITS) & (bits >= least)]


def _by_component(
    component: IntArray, at: IntArray, ends: tuple[IntArray, IntArray]
) -> Iterator[tuple[tuple[int, ...], Positions]]:
    """Yield the records of each component with the positions of the pairs `at` within it."""
    of = component[ends[0][at]]
    order = np.argsort(of, kind="stable")
    at, of = at[order], of[order]
    starts = np.flatnonzero(np.diff(of, prepend=-1)).tolist()
    left, right, places = ends[0][at].tolist(), ends[1][at].tolist(), at.tolist()
    ends_at = [*starts[1:], len(at)] if starts else []
    for first, last in zip(starts, ends_at, strict=True):
        pairs = list(zip(left[first:last], right[first:last], strict=True))
        records = tuple(sorted({record for pair in pairs for record in pair}))
        yield records, dict(zip(pairs, places[first:last], strict=True))


# ----------------------------------------------------------------------------- agglomeration


def _average(log_odds: FloatArray) -> Worth:
    def worth(positions: Sequence[int]) -> float:
        bits = np.clip(log_odds[list(positions)], -_MOST_BITS, _MOST_BITS)
        share = CONTRADICTION_SHARE
        return float((1.0 - share) * bits.mean() + share * bits.min())

    return worth


@dataclass(frozen=True, slots=True, eq=False)
class _Rules:
    """What decides whether two clusters are joined."""

    at: Positions
    log_odds: FloatArray
    joint: Worth
    lists: IntArray
    bound: Bound
    least_in_list: float

    def worth(self, left: tuple[int, ...], right: tuple[int, ...]) -> float:
        """Return what joining is worth in bits; -inf where lists or decisions forbid it."""
        between = [(a, b) if a < b else (b, a) for a in left for b in right]
        if any(self._forbidden(pair) for pair in between):
            return -math.inf
        positions = [self.at[pair] for pair in between if pair in self.at]
        if len(positions) < len(between):
            return _UNCOMPARED_BITS
        bits = self._bits(between[0]) if len(between) == 1 else self.joint(positions)
        return min(bits, _MOST_BITS)

    def _bits(self, pair: tuple[int, int]) -> float:
        return float(self.log_odds[self.at[pair]]) if pair in self.at else _UNCOMPARED_BITS

    def _forbidden(self, pair: tuple[int, int]) -> bool:
        one, other = sorted((int(self.bound.unit[pair[0]]), int(self.bound.unit[pair[1]])))
        same_list = self.lists[pair[0]] == self.lists[pair[1]]
        return (one, other) in self.bound.apart or (
            bool(same_list) and self._bits(pair) < self.least_in_list
        )

    def start(self, records: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return the clusters to start from: what was decided to be one person is one."""
        units: dict[int, list[int]] = defaultdict(list)
        for record in records:
            units[int(self.bound.unit[record])].append(record)
        return [tuple(found) for found in units.values()]

    def weights(self, members: tuple[int, ...]) -> dict[tuple[int, int], float]:
        """Return the log-odds between members; certain for what was decided to be one person."""
        unit = self.bound.unit
        return {
            (a, b): DECIDED_BITS if unit[a] == unit[b] else self._bits((a, b))
            for a, b in combinations(members, 2)
        }


def _agglomerate(records: tuple[int, ...], rules: _Rules) -> Iterable[tuple[int, ...]]:
    """Return the clusters, each sorted."""
    clusters = {cluster[0]: cluster for cluster in rules.start(records)}
    near = _neighbours(clusters, rules)
    queue: list[tuple[float, tuple[int, ...], tuple[int, ...]]] = []

    def offer(one: int, other: int) -> None:
        left, right = clusters[min(one, other)], clusters[max(one, other)]
        worth = rules.worth(left, right)
        if worth > MERGE_BITS:
            heapq.heappush(queue, (-worth, left, right))

    for one in sorted(near):
        for other in sorted(near[one]):
            if one < other:
                offer(one, other)
    while queue:
        _, left, right = heapq.heappop(queue)
        if clusters.get(left[0]) != left or clusters.get(right[0]) != right:
            continue
        clusters[left[0]] = tuple(sorted(left + right))
        del clusters[right[0]]
        _inherit(near, left[0], right[0])
        for other in sorted(near[left[0]]):
            offer(left[0], other)
    return clusters.values()


def _neighbours(clusters: dict[int, tuple[int, ...]], rules: _Rules) -> dict[int, set[int]]:
    """Return, by first record, the clusters with which a cluster has a pair to look at."""
    first_of = {record: first for first, cluster in clusters.items() for record in cluster}
    near: dict[int, set[int]] = defaultdict(set)
    for (a, b), at in rules.at.items():
        one, other = first_of[a], first_of[b]
        if rules.log_odds[at] > _NEAR_BITS and one != other:
            near[one].add(other)
            near[other].add(one)
    return near


def _inherit(near: dict[int, set[int]], heir: int, gone: int) -> None:
    for other in near.pop(gone):
        near[other].discard(gone)
        if other != heir:
            near[other].add(heir)
            near[heir].add(other)
