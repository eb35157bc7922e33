"""From match weights to the probability that two records are one person.

The engine's weights compare *one person* with *two strangers*. Members of a family share a surname,
a place, a phone and often a father, so the third possibility is weighed too: what a family explains
is no evidence for one person (``docs/theory/linkage.md``, "Families").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safepassage.core.register.model import MODEL, Parameters
from safepassage.core.register.types import Evidence

_LOG2_E = 1.4426950408889634


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Compared pairs.

    Parameters
    ----------
    left, right
        int64[p], record indices, left < right.
    group
        int64[p], index into GROUPS.
    levels
        int64[p, fields], level of the model, -1 where missing.
    bits
        float64[p, fields], match weight in bits with the frequency of the value.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    group: NDArray[np.int64]
    levels: NDArray[np.int64]
    bits: NDArray[np.float64]

    @classmethod
    def none(cls) -> Comparisons:
        """Return no pairs."""
        empty = np.zeros(0, dtype=np.int64)
        wide = np.zeros((0, len(MODEL)))
        return cls(empty, empty, empty, wide.astype(np.int64), wide)

    def __len__(self) -> int:
        return len(self.left)

    def joined(self, other: Comparisons) -> Comparisons:
        """Return these pairs, then the other ones."""
        return Comparisons(
            np.concatenate([self.left, other.left]),
            np.concatenate([self.right, other.right]),
            np.concatenate([self.group, other.group]),
            np.concatenate([self.levels, other.levels]),
            np.concatenate([self.bits, other.bits]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Verdicts on compared pairs, before households have been heard.

    Parameters
    ----------
    log_odds
        float64[p], bits for one person against everything else.
    rate_bits
        float64[p], bits of the prior: how rare it is that two records are one person.
    family_bits
        float64[p], bits for two of one family against two strangers, without the prior.
    own_bits
        float64[p], bits of what is the person's own: given name, birth, sex.
    """

    log_odds: NDArray[np.float64]
    rate_bits: NDArray[np.float64]
    family_bits: NDArray[np.float64]
    own_bits: NDArray[np.float64]


def score(pairs: Comparisons, parameters: Parameters) -> Scores:
    """Weigh *one person* against *one family* and *strangers*."""
    match_rate = np.array(parameters.match_rate)[pairs.group]
    family_rate = np.array(parameters.family_rate)[pairs.group]
    family_bits = kin_bits(pairs, parameters).sum(axis=1)
    stranger_rate = np.clip(1.0 - match_rate - family_rate, 1e-6, 1.0)
    others = np.logaddexp2(np.log2(stranger_rate), np.log2(family_rate) + family_bits)
    own = np.array([field.own for field in MODEL])
    return Scores(
        log_odds=np.log2(match_rate) + pairs.bits.sum(axis=1) - others,
        rate_bits=np.log2(match_rate),
        family_bits=family_bits,
        own_bits=pairs.bits[:, own].sum(axis=1),
    )


def among_rivals(
    pairs: Comparisons, log_odds: NDArray[np.float64], lists: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return log-odds after letting the rows of each two lists compete.

    A list seldom names a person twice. So of all rows of one list at most one is the other record's
    person: what could be either of two namesakes is neither with confidence. And rows that found
    their person leave fewer candidates to the others, which makes an only candidate likelier
    (bipartite matching: Sadinle 2017, doi:10.1080/01621459.2016.1148612).

    Parameters
    ----------
    lists
        int64[records], the list of each record.
    """
    across = pairs.group == 0
    alone = log_odds + np.where(across, _bits_of_one_to_one(pairs, log_odds, lists), 0.0)
    odds = np.where(across, np.exp2(np.clip(alone, -60.0, 60.0)), 0.0)
    width = int(lists.max()) + 1 if len(lists) else 1
    by_left = pairs.left * width + lists[pairs.right]
    by_right = pairs.right * width + lists[pairs.left]
    keys, place = np.unique(np.concatenate([by_left, by_right]), return_inverse=True)
    sums = np.bincount(place.ravel(), weights=np.concatenate([odds, odds]), minlength=len(keys))
    left_sum, right_sum = np.split(sums[place.ravel()], 2)
    rivals = left_sum + right_sum - 2.0 * odds - _odds_of_repeats(pairs, log_odds, odds)
    rivals = np.maximum(rivals, 0.0)
    return np.where(across, alone - np.log2(1.0 + rivals), log_odds)


def _bits_of_one_to_one(
    pairs: Comparisons, log_odds: NDArray[np.float64], lists: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return what it adds that matched rows are no candidates any more.

    With n matches expected between lists of a and b rows, a pair of unmatched rows is one of
    (a - n)(b - n) instead of one of ab.
    """
    width = int(lists.max()) + 1 if len(lists) else 1
    sizes = np.bincount(lists, minlength=width).astype(np.float64)
    one, other = lists[pairs.left], lists[pairs.right]
    which = np.minimum(one, other) * width + np.maximum(one, other)
    matches = np.bincount(which, weights=probability(log_odds), minlength=width * width)[which]
    taken_left = np.minimum(matches / sizes[one], _MOST_TAKEN)
    taken_right = np.minimum(matches / sizes[other], _MOST_TAKEN)
    found = -np.log2(1.0 - taken_left) - np.log2(1.0 - taken_right)
    return np.asarray(_BELIEF_IN_ONE_TO_ONE * found, dtype=np.float64)


_BELIEF_IN_ONE_TO_ONE = 0.6
"""Share of that reasoning that is followed: it takes every row left over for as likely to have a
counterpart as the rows before, while those left over are of the kind that the other list missed.
Chosen by calibration on the tuning seeds."""


_MOST_TAKEN = 0.5
"""Share of a list's rows taken as matched at most: two bits for both lists together, so that two
copies of one list do not turn doubt into certainty."""


def _odds_of_repeats(
    pairs: Comparisons, log_odds: NDArray[np.float64], odds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return, for each pair, the odds of its rivals that only repeat one of its own rows."""
    repeated: dict[int, list[int]] = {}
    for at in np.flatnonzero((pairs.group > 0) & (log_odds > 0.0)).tolist():
        left, right = int(pairs.left[at]), int(pairs.right[at])
        repeated.setdefault(left, []).append(right)
        repeated.setdefault(right, []).append(left)
    total = np.zeros(len(pairs))
    if not repeated:
        return total
    rows = np.zeros(int(pairs.right.max()) + 1, dtype=bool)
    rows[list(repeated)] = True
    touched = np.flatnonzero(rows[pairs.left] | rows[pairs.right])
    ends = list(zip(pairs.left[touched].tolist(), pairs.right[touched].tolist(), strict=True))
    odds_of = dict(zip(ends, odds[touched].tolist(), strict=True))
    for at, (left, right) in zip(touched.tolist(), ends, strict=True):
        total[at] = sum(
            odds_of.get((min(left, r), max(left, r)), 0.0) for r in repeated.get(right, ())
        )
        total[at] += sum(
            odds_of.get((min(right, r), max(right, r)), 0.0) for r in repeated.get(left, ())
        )
    return total


def probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities from log-odds in bits."""
    return 1.0 / (1.0 + np.exp2(-np.clip(log_odds, -60.0, 60.0)))


def evidence(
    pairs: Comparisons, at: int, kinship_bits: float, household_bits: float, rival_bits: float
) -> tuple[Evidence, ...]:
    """Return the reasons of one pair in words, the weightiest first.

    Parameters
    ----------
    kinship_bits
        What a family would explain as well, taken off; at most 0.
    household_bits
        What the rest of the two households adds or takes.
    rival_bits
        What other rows that fit as well take; at most 0.
    """
    found = [
        Evidence(field.name, field.levels[level].words, round(float(bits), 2))
        for field, level, bits in zip(MODEL, pairs.levels[at], pairs.bits[at], strict=True)
        if level >= 0
    ]
    house = (
        "others of the two households match" if household_bits > 0 else "their households differ"
    )
    for name, words, bits in (
        ("kinship", "a family would share this as well", kinship_bits),
        ("household", house, household_bits),
        ("rivals", "other rows of the same list fit as well", rival_bits),
    ):
        if abs(bits) > 0.05:
            found.append(Evidence(name, words, round(bits, 2)))
    return tuple(sorted(found, key=lambda each: (-abs(each.weight_bits), each.field)))


def kin_bits(pairs: Comparisons, parameters: Parameters) -> NDArray[np.float64]:
    """Return float64[p, fields], bits for two of one family against two strangers."""
    columns = [
        _kin_bits(pairs, at, parameters) if field.kin else np.zeros(len(pairs))
        for at, field in enumerate(MODEL)
    ]
    return np.column_stack(columns)


def _kin_bits(pairs: Comparisons, at: int, parameters: Parameters) -> NDArray[np.float64]:
    """Return bits of family against stranger; the frequency of a value weighs as for a match."""
    levels = pairs.levels[:, at]
    family = np.log2(np.array([*parameters.family[at], 1.0]))
    match = np.log2(np.array([*parameters.m[at], 1.0]))
    return np.where(levels < 0, 0.0, pairs.bits[:, at] + family[levels] - match[levels])
