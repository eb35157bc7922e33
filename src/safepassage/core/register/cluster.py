"""From pairs to persons: households heard, chains of strangers broken, lists believed.

Rules: ``docs/spec/01-register.md`` §25 to §31.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from safepassage.core.register.comparable import Comparable
from safepassage.core.register.score import Comparisons, Scores, among_rivals, probability

FALSE_MERGE_COST = 12.0
"""Missed merges that one false merge is worth: a missed merge wastes a seat, a false merge loses a
human being. Records are joined where the expected cost of joining is the lower one. Why twelve:
``docs/theory/linkage.md``, "The threshold"."""
MERGE_BITS = math.log2(FALSE_MERGE_COST)
SAME_LIST_BITS = 8.0
"""Log-odds in bits above which two rows of one list may be one person."""
REPEATS_A_RECORD = 0.1
CANDIDATE_BITS = -6.0
"""Pairs below are not looked at again: they are kept apart unless a chain of others joins them."""
CONTRADICTION_SHARE = 0.15
"""Weight of the worst pair between two clusters against the average of all: a record that says
little (a name without a birth date) must not bridge two that contradict each other."""
_UNCOMPARED_BITS = -10.0
MAX_COMPONENT = 80
"""Components above are clustered with their uncompared pairs taken as different people."""
_SAME_MEMBER_SHARE = 0.8
"""Share of the smaller of two reports of one household that is expected in the other report."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """Pairs with what the households said.

    Parameters
    ----------
    log_odds
        float64[p], bits, households included.
    household_bits
        float64[p], what the rest of the two households added or took.
    rival_bits
        float64[p], what other rows of the same lists that fit as well took; at most 0.
    """

    log_odds: NDArray[np.float64]
    household_bits: NDArray[np.float64]
    rival_bits: NDArray[np.float64]

    def among_rivals(self, pairs: Comparisons, lists: NDArray[np.int64]) -> Verdicts:
        """Return the verdicts after sharing the odds among rival rows of one list."""
        shared = among_rivals(pairs, self.log_odds, lists)
        return Verdicts(shared, self.household_bits, shared - self.log_odds)


def hear_households(pairs: Comparisons, scores: Scores, columns: Sequence[Comparable]) -> Verdicts:
    """Weigh each pair again in the light of the other members of the two households.

    If the others show that two lists report one household, then the pair is no longer one among all
    pairs of records, but one among the few pairs of two families' members; and what a family shares
    is no evidence any more. Two weak matches in one household make each other strong. And where
    both households have several members of whom no others match, the pair itself is in doubt, as
    far as these lists are seen to report households whole.
    """
    sizes = _household_sizes(columns)
    others = np.full(len(pairs), -np.inf)
    inside = np.full(len(pairs), -np.inf)
    for (left_house, right_house), members in _by_households(
        pairs, scores.log_odds, columns
    ).items():
        prior_bits = _prior_bits(sizes[left_house], sizes[right_house])
        for at in members:
            others[at] = _household_bits(at, members, pairs, scores)
            inside[at] = float(pairs.bits[at].sum() - scores.family_bits[at]) + prior_bits
    several = _both_several(pairs, columns, sizes)
    outside = scores.log_odds + several * _absence_bits(scores.log_odds[several], others[several])
    log_odds = _mixed(outside, inside, others)
    return Verdicts(log_odds, log_odds - scores.log_odds, np.zeros(len(log_odds)))


def same_list_bits(repeats_a_record: float) -> float:
    """Return the log-odds that two rows of one list need, given how often the lists repeat people.

    A list that was seen to repeat every tenth person is no list of one row a person: its rows need
    no more than rows of two lists do.
    """
    return SAME_LIST_BITS if repeats_a_record < REPEATS_A_RECORD else -math.inf


def weakest_link(person: Sequence[int], weights: dict[tuple[int, int], float]) -> float:
    """Return the log-odds of the weakest link that holds a person together."""
    links = sorted(
        ((weights.get(pair, _UNCOMPARED_BITS), pair) for pair in combinations(person, 2)),
        reverse=True,
    )
    groups = {record: {record} for record in person}
    weakest = math.inf
    for bits, (left, right) in links:
        if groups[left] is not groups[right]:
            groups[left] |= groups[right]
            for record in groups[right]:
                groups[record] = groups[left]
            weakest = min(weakest, bits)
    return weakest


# ----------------------------------------------------------------------------------- households


def _household_sizes(columns: Sequence[Comparable]) -> dict[str, int]:
    sizes: dict[str, int] = defaultdict(int)
    for each in columns:
        sizes[each.household] += 1
    return sizes


def _by_households(
    pairs: Comparisons, log_odds: NDArray[np.float64], columns: Sequence[Comparable]
) -> dict[tuple[str, str], list[int]]:
    """Return the candidate pairs of each two households, best first."""
    number = {key: at for at, key in enumerate({each.household: None for each in columns})}
    houses = np.array([number[each.household] for each in columns], dtype=np.int64)
    left, right = houses[pairs.left], houses[pairs.right]
    nowhere = number.get("", -1)
    at = np.flatnonzero((left != right) & (left != nowhere) & (right != nowhere))
    both = np.minimum(left, right)[at] * len(number) + np.maximum(left, right)[at]
    _, place, times = np.unique(both, return_inverse=True, return_counts=True)
    at = at[times[place.ravel()] > 1]
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for pair in at[np.lexsort((at, -log_odds[at]))].tolist():
        one, other = columns[pairs.left[pair]].household, columns[pairs.right[pair]].household
        found[min(one, other), max(one, other)].append(pair)
    return found


def _household_bits(without: int, members: list[int], pairs: Comparisons, scores: Scores) -> float:
    """Return log-odds that two households are one, from pairs without the records of one pair.

    The best pair counts in full; of further pairs only what is a person's own, because the family
    name and the place have been counted.
    """
    used = {int(pairs.left[without]), int(pairs.right[without])}
    total: float | None = None
    for at in members:
        ends = {int(pairs.left[at]), int(pairs.right[at])}
        if ends & used:
            continue
        used |= ends
        if total is None:
            total = float(scores.log_odds[at])
        else:
            total += max(0.0, float(scores.own_bits[at]) - 2.0)
    return -math.inf if total is None else total


def _prior_bits(left_size: int, right_size: int) -> float:
    share = _SAME_MEMBER_SHARE / max(left_size, right_size)
    return math.log2(share / (1.0 - share))


def _both_several(
    pairs: Comparisons, columns: Sequence[Comparable], sizes: dict[str, int]
) -> NDArray[np.bool_]:
    """Return the pairs of two lists whose households both have several members."""
    number = np.array([sizes[each.household] if each.household else 0 for each in columns])
    both = (number[pairs.left] > 1) & (number[pairs.right] > 1)
    return np.asarray(both & (pairs.group == 0), dtype=np.bool_)


def _absence_bits(log_odds: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Return what it says that no others of two households match, learned from the surest pairs."""
    sure = log_odds > _SURE_BITS
    alone = float((others[sure] <= CANDIDATE_BITS).sum())
    share = (alone + _ALONE_PRIOR * _ALONE_PRIOR_PAIRS) / (sure.sum() + _ALONE_PRIOR_PAIRS)
    return float(np.log2(max(share, _LEAST_ALONE)))


_SURE_BITS = 8.0
_ALONE_PRIOR, _ALONE_PRIOR_PAIRS = 0.3, 20.0
_LEAST_ALONE = 0.06
"""However whole the lists report households, the absence of the others weighs four bits at most."""


def _mixed(
    outside: NDArray[np.float64], inside: NDArray[np.float64], household: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return log-odds after weighing both cases: the households are one, or they are not."""
    p_house, p_inside, p_outside = (probability(each) for each in (household, inside, outside))
    mixed = p_house * p_inside + (1.0 - p_house) * p_outside
    mixed = np.clip(mixed, 1e-15, 1.0 - 1e-15)
    heard = np.maximum(np.log2(mixed / (1.0 - mixed)), np.minimum(inside, outside))
    return np.where(household > CANDIDATE_BITS, heard, outside)
