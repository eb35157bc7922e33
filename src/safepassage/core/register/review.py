"""Which decisions are worth a person's time, and what each is worth.

Asked is not about pairs of records but about decisions that would change the register: whether two
persons are one, and whether a person is two. Each is stood for by the one pair of records that
says most about it (``docs/spec/01-register.md`` §31).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safepassage.core.register.cluster import FALSE_MERGE_COST
from safepassage.core.register.joint import JointWeights
from safepassage.core.register.score import Comparisons

REVIEW_COST = 0.1
"""Expected cost, in missed merges, below which a decision is not worth a person's minute."""
_OPEN_BITS = -4.0
_SURE_BITS = 14.0
_MOST_BITS = 60.0


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that a person may decide.

    Parameters
    ----------
    position
        The pair of records that stands for it.
    cost
        Expected cost of leaving it as it is, in missed merges.
    """

    position: int
    cost: float


def decisions_of(
    pairs: Comparisons, joint: JointWeights, person: NDArray[np.int64]
) -> tuple[Decision, ...]:
    """Return the decisions worth asking for, the most valuable first.

    Parameters
    ----------
    person
        int64[records], a number for the person of each record.
    """
    sizes = np.bincount(person)
    owners = person[pairs.left], person[pairs.right]
    found = [*_joins(joint, owners, sizes), *_cuts(pairs, joint, owners)]
    worth_it = [each for each in found if each.cost >= REVIEW_COST]
    return tuple(sorted(worth_it, key=lambda each: (-each.cost, each.position)))


def _joins(
    joint: JointWeights,
    owners: tuple[NDArray[np.int64], NDArray[np.int64]],
    sizes: NDArray[np.int64],
) -> Iterator[Decision]:
    """Yield what it costs to keep two persons apart: a missed merge, if they are one."""
    low, high = np.minimum(*owners), np.maximum(*owners)
    number = low * (len(sizes) + 1) + high
    asked = np.unique(number[(joint.log_odds > _OPEN_BITS) & (low != high)])
    for positions in _by_number(number, asked):
        best = max(positions, key=lambda at: (joint.log_odds[at], -at))
        chance = _chance(joint.worth(positions))
        yield Decision(best, chance * float(min(sizes[low[best]], sizes[high[best]])))


def _cuts(
    pairs: Comparisons,
    joint: JointWeights,
    owners: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> Iterator[Decision]:
    """Yield what it costs to keep a person whole, where it is held together most weakly."""
    inside = owners[0] == owners[1]
    doubted = np.unique(owners[0][inside & (joint.log_odds < _SURE_BITS)])
    for positions in _by_number(np.where(inside, owners[0], -1), doubted):
        ends = [(int(pairs.left[at]), int(pairs.right[at])) for at in positions]
        weakest, side = _weakest_edge(positions, ends, joint)
        across = [
            at for at, (a, b) in zip(positions, ends, strict=True) if (a in side) != (b in side)
        ]
        members = {record for pair in ends for record in pair}
        smaller = min(len(side), len(members) - len(side))
        wrong = 1.0 - _chance(joint.worth(across))
        yield Decision(weakest, wrong * FALSE_MERGE_COST * smaller)


def _weakest_edge(
    positions: Sequence[int], ends: Sequence[tuple[int, int]], joint: JointWeights
) -> tuple[int, set[int]]:
    """Return the weakest link that holds a person together, and the records on its one side."""
    order = sorted(range(len(positions)), key=lambda i: (-joint.log_odds[positions[i]], i))
    groups: dict[int, set[int]] = {record: {record} for pair in ends for record in pair}
    last = order[0], groups[ends[order[0]][0]]
    for i in order:
        one, other = groups[ends[i][0]], groups[ends[i][1]]
        if one is other:
            continue
        last = i, set(other)
        one |= other
        for record in other:
            groups[record] = one
    return positions[last[0]], last[1]


def _by_number(number: NDArray[np.int64], asked: NDArray[np.int64]) -> Iterator[list[int]]:
    """Yield the positions of each number asked for, in order."""
    at = np.flatnonzero(np.isin(number, asked))
    found: dict[int, list[int]] = defaultdict(list)
    for position, value in zip(at.tolist(), number[at].tolist(), strict=True):
        found[value].append(position)
    yield from (found[value] for value in sorted(found))


def _chance(bits: float) -> float:
    return float(1.0 / (1.0 + 2.0 ** -max(min(bits, _MOST_BITS), -_MOST_BITS)))
