"""Link sealed lists: which records are one person, from equal tokens alone.

What a pattern of equal keys is worth is learned without labels. Two rows of one list are not one
person, so the pairs *within* lists show how often each pattern comes about by chance; what the
pairs *between* lists have beyond that are matches.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from safepassage.core.register.sealed import KINDS, SealedList, SealedRecord

MOST_SHARING = 60
"""A token that more records share is no evidence and is passed over."""
PRIOR_PAIRS = 2.0
PRIOR_MATCHES = 0.3
"""Pairs as if seen before for every pattern, and the share of them that match."""
STRONGEST = 6.0
"""Largest log-odds of a pattern, against overconfidence in patterns seen without a chance pair."""
AGAINST = -1.0
"""A weak pattern between two records of a cluster counts at most so much against it."""
SILENT = -0.5
"""Two records of a cluster that share no token."""
JOIN_FROM = -2.0
"""Log-odds from which records are joined. Below 0, because sharing odds with rivals and smoothing
rare patterns both understate them, and persons are counted right where misses and false merges
balance."""
RIVAL = math.log(0.25)
"""Log-odds from which another record of the same list counts as a rival."""

Pair = tuple[int, int]
Pattern = tuple[int, bool, bool]
"""Kinds that agree (bit mask); whether both have a year; whether both have a patronymic."""


@dataclass(frozen=True, slots=True)
class PatternWeight:
    """What was learned of one pattern.

    Parameters
    ----------
    kinds
        Names of the kinds that agree.
    between, within
        Pairs with this pattern between lists and inside lists.
    log_odds
        That such a pair between lists is one person.
    """

    kinds: tuple[str, ...]
    both_have_year: bool
    both_have_father: bool
    between: int
    within: int
    log_odds: float


@dataclass(frozen=True, slots=True)
class SealedLinks:
    """Persons found.

    Parameters
    ----------
    clusters
        Positions of records, counted through all lists in turn; sorted; at most one of each list.
    weights
        Every pattern, the most frequent first.
    """

    clusters: tuple[tuple[int, ...], ...]
    weights: tuple[PatternWeight, ...]


def _no_noise() -> int:
    return 0


def link_sealed(lists: Sequence[SealedList], noise: Callable[[], int] = _no_noise) -> SealedLinks:
    """Link the records of sealed lists; of one list at most one is the same person.

    Parameters
    ----------
    noise
        Whole numbers added to the counts from which patterns are weighed. Without it a side could
        make up rows so that one stranger's presence tips the weight of a pattern, and with it
        many links at once, which no noise on the cells would cover.
    """
    records = [record for each in lists for record in each.records]
    owner = [place for place, each in enumerate(lists) for _ in each.records]
    patterns = _patterns(records)
    between, within = _count(patterns, owner)
    between, within = _noised(between, noise), _noised(within, noise)
    chance = _pairs_between(lists) / max(_pairs_within(lists), 1)
    log_odds = {
        each: _log_odds(max(between[each], 0), max(within[each], 0) * chance) for each in between
    }
    scores = {
        pair: log_odds[pattern]
        for pair, pattern in patterns.items()
        if owner[pair[0]] != owner[pair[1]]
    }
    clusters = _cluster(_against_rivals(scores, owner), owner)
    return SealedLinks(clusters, _weights(log_odds, between, within))


def histories(lists: Sequence[SealedList], links: SealedLinks) -> Counter[tuple[int, ...]]:
    """Return persons by the lists that they are on."""
    owner = [place for place, each in enumerate(lists) for _ in each.records]
    counts: Counter[tuple[int, ...]] = Counter()
    for cluster in links.clusters:
        on = {owner[at] for at in cluster}
        counts[tuple(int(place in on) for place in range(len(lists)))] += 1
    return counts


def _patterns(records: Sequence[SealedRecord]) -> dict[Pair, Pattern]:
    agreeing: dict[Pair, int] = defaultdict(int)
    for kind in range(len(KINDS)):
        for pair in _sharing(records, kind):
            agreeing[pair] |= 1 << kind
    return {pair: _pattern(records, pair, kinds) for pair, kinds in sorted(agreeing.items())}


def _sharing(records: Sequence[SealedRecord], kind: int) -> Iterator[Pair]:
    holders: dict[bytes, list[int]] = defaultdict(list)
    for at, record in enumerate(records):
        for token in sorted(set(record.tokens[kind])):
            holders[token].append(at)
    for group in holders.values():
        if len(group) <= MOST_SHARING:
            yield from combinations(group, 2)


def _pattern(records: Sequence[SealedRecord], pair: Pair, kinds: int) -> Pattern:
    left, right = (records[at] for at in pair)
    return kinds, left.has_year and right.has_year, left.has_father and right.has_father


def _count(
    patterns: Mapping[Pair, Pattern], owner: Sequence[int]
) -> tuple[Counter[Pattern], Counter[Pattern]]:
    between: Counter[Pattern] = Counter()
    within: Counter[Pattern] = Counter()
    for (left, right), pattern in patterns.items():
        (within if owner[left] == owner[right] else between)[pattern] += 1
    return between, within


def _noised(counts: Counter[Pattern], noise: Callable[[], int]) -> Counter[Pattern]:
    return Counter({each: counts[each] + noise() for each in sorted(counts)})


def _pairs_between(lists: Sequence[SealedList]) -> int:
    return sum(len(a.records) * len(b.records) for a, b in combinations(lists, 2))


def _pairs_within(lists: Sequence[SealedList]) -> int:
    return sum(math.comb(len(each.records), 2) for each in lists)


def _log_odds(pairs: int, by_chance: float) -> float:
    matches = max(pairs - by_chance, 0) + PRIOR_PAIRS * PRIOR_MATCHES
    odds = matches / (pairs + PRIOR_PAIRS - matches)
    return min(math.log(odds), STRONGEST)


def _against_rivals(scores: Mapping[Pair, float], owner: Sequence[int]) -> dict[Pair, float]:
    """Return log-odds shared among the records of one list that might be the same person."""
    rivals: dict[tuple[int, int], float] = defaultdict(float)
    for (left, right), score in scores.items():
        if score > RIVAL:
            rivals[left, owner[right]] += math.exp(score)
            rivals[right, owner[left]] += math.exp(score)

    def shared(left: int, right: int, score: float) -> float:
        own = math.exp(score)
        others = rivals[left, owner[right]] - own, rivals[right, owner[left]] - own
        return score - sum(math.log1p(max(each, 0.0)) for each in others)

    return {(a, b): shared(a, b, score) for (a, b), score in scores.items()}


def _cluster(scores: Mapping[Pair, float], owner: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Join the likeliest pairs first, where the sum of what all pairs say is for joining."""
    home = list(range(len(owner)))
    members = {at: [at] for at in home}
    for left, right in sorted(scores, key=lambda pair: (-scores[pair], pair)):
        if scores[left, right] <= JOIN_FROM:
            break
        into, other = home[left], home[right]
        if into == other or not _may_join(members[into], members[other], scores, owner):
            continue
        for at in members[other]:
            home[at] = into
        members[into] += members.pop(other)
    return tuple(sorted(tuple(sorted(each)) for each in members.values()))


def _may_join(
    left: Sequence[int],
    right: Sequence[int],
    scores: Mapping[Pair, float],
    owner: Sequence[int],
) -> bool:
    if {owner[at] for at in left} & {owner[at] for at in right}:
        return False
    said = (scores.get((min(a, b), max(a, b))) for a in left for b in right)
    return sum(SILENT if each is None else max(each, AGAINST) for each in said) > JOIN_FROM


def _weights(
    log_odds: Mapping[Pattern, float], between: Counter[Pattern], within: Counter[Pattern]
) -> tuple[PatternWeight, ...]:
    return tuple(
        PatternWeight(
            tuple(kind.name for at, kind in enumerate(KINDS) if pattern[0] >> at & 1),
            pattern[1],
            pattern[2],
            between[pattern],
            within[pattern],
            log_odds[pattern],
        )
        for pattern in sorted(log_odds, key=lambda each: (-between[each], each))
    )
