"""How many persons there are at even odds, with the doubt: partitions drawn by the model's odds.

The register's persons lean to one side on purpose: a false merge loses a human being, so doubtful
records stay apart and the count is too high. An estimate of how many people there are must not
lean. Here records are joined with the probability that they are one person, no more and no less;
each draw is one way in which the lists may overlap (``docs/theory/linkage.md``, "Draws").
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from safepassage.core.register.cluster import CANDIDATE_BITS
from safepassage.core.register.joint import JointWeights

IntArray = NDArray[np.int64]
SURE_BITS = 10.0
"""Records held together by links of at least that are one in every draw, unless something among
them contradicts: each such link would be wrong once in a thousand draws."""
_UNCOMPARED_BITS = -10.0
_BURN_IN_SWEEPS = 12
_SWEEPS_A_DRAW = 3
_MOST_BITS = 40.0
CaptureTable = dict[tuple[int, ...], int]
"""Persons by pattern of lists: 1 on the list, 0 not; no row for those on no list."""


@dataclass(frozen=True, slots=True)
class ExpectedPersons:
    """Number of persons behind the records.

    Parameters
    ----------
    mean, standard_deviation
        Over the draws.
    """

    mean: float
    standard_deviation: float


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """What is known of records, before anything was decided.

    Parameters
    ----------
    lists
        int64[records], number of the list of each record, from 0.
    left, right
        int64[p], compared pairs, left < right, each once.
    joint
        Weights of the pairs, households included, without rivals: rows of one list are kept apart
        by the draw itself.
    least_in_list
        Log-odds in bits that two rows of one list need.
    same, different
        Pairs of record indices that people decided on; they hold in every draw.
    """

    lists: IntArray
    left: IntArray
    right: IntArray
    joint: JointWeights
    least_in_list: float
    same: tuple[tuple[int, int], ...] = ()
    different: tuple[tuple[int, int], ...] = ()


def sample_partitions(doubt: Doubt, seed: int, draws: int) -> tuple[IntArray, ...]:
    """Return draws of who is who: int64[records] each, the lowest record index of the person.

    Pseudo-Gibbs sampling over the doubtful units (Heckerman et al. 2000, Journal of Machine
    Learning Research 1, 49-75): each in turn leaves its person and joins another, or none, with
    the odds that the model gives; rows of one list exclude each other (Sadinle 2017,
    doi:10.1080/01621459.2016.1148612). The worth of three records by one way is not exactly that
    by another, so the odds belong to no one joint distribution and the draws are no exact
    posterior; the random order keeps the numbering of records out of it.

    Parameters
    ----------
    seed
        Same doubt, seed and number: the same draws.
    """
    unit = _units(doubt)
    fixed = unit.copy()
    chains = list(_chains(doubt, unit))
    dice = np.random.Generator(np.random.PCG64(seed))
    for chain in chains:
        chain.sweep(dice, _BURN_IN_SWEEPS)
    found = []
    for _ in range(draws):
        person = fixed.copy()
        for chain in chains:
            chain.sweep(dice, _SWEEPS_A_DRAW)
            chain.write(person)
        found.append(person)
    return tuple(found)


def capture_table(person: IntArray, lists: IntArray, number_of_lists: int) -> CaptureTable:
    """Return how many persons stand on each pattern of lists.

    Parameters
    ----------
    person
        One of :func:`sample_partitions`.
    lists
        int64[records], number of the list of each record, from 0.
    """
    codes, place = np.unique(person, return_inverse=True)
    on = np.zeros((len(codes), number_of_lists), dtype=np.int64)
    on[place.ravel(), lists] = 1
    counts = Counter(map(tuple, on.tolist()))
    return dict(sorted(counts.items(), reverse=True))


def expected_persons(partitions: Sequence[IntArray]) -> ExpectedPersons:
    """Return the mean number of persons over the draws, and its standard deviation."""
    numbers = np.array([len(np.unique(person)) for person in partitions], dtype=np.float64)
    return ExpectedPersons(float(numbers.mean()), float(numbers.std(ddof=min(1, len(numbers) - 1))))


# ------------------------------------------------------------------------------------ sure units


def _units(doubt: Doubt) -> IntArray:
    """Return, for each record, the lowest record of those that are one person in every draw."""
    sure = doubt.joint.log_odds > SURE_BITS
    one, other = (np.array(ends, dtype=np.int64) for ends in _columns(doubt.same))
    group = _components(
        len(doubt.lists),
        np.concatenate([doubt.left[sure], one]),
        np.concatenate([doubt.right[sure], other]),
    )
    unit = np.arange(len(group), dtype=np.int64)
    for members in _broken_where_doubtful(doubt, group):
        unit[members] = members[0]
    return unit


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [a for a, _ in pairs], [b for _, b in pairs]


def _components(records: int, left: IntArray, right: IntArray) -> IntArray:
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), (records, records))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _broken_where_doubtful(doubt: Doubt, group: IntArray) -> Iterator[list[int]]:
    """Yield the groups in which nothing contradicts; of the others what people decided."""
    inside = np.flatnonzero(group[doubt.left] == group[doubt.right])
    weak = inside[doubt.joint.log_odds[inside] <= 0.0]
    same_list = inside[doubt.lists[doubt.left[inside]] == doubt.lists[doubt.right[inside]]]
    weak = np.concatenate([weak, same_list[doubt.joint.log_odds[same_list] < doubt.least_in_list]])
    broken = {int(group[at]) for at in doubt.left[weak]}
    broken |= {int(group[a]) for a, b in doubt.different if group[a] == group[b]}
    pairs = Counter(group[doubt.left[inside]].tolist())
    members: dict[int, list[int]] = defaultdict(list)
    for record, of in enumerate(group.tolist()):
        members[of].append(record)
    for of, records in members.items():
        whole = len(records) * (len(records) - 1) // 2
        if len(records) > 1 and of not in broken and pairs[of] >= whole:
            yield records
        elif len(records) > 1:
            yield from _decided(records, doubt.same)


def _decided(records: list[int], same: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    place = {record: at for at, record in enumerate(records)}
    ends = [(place[a], place[b]) for a, b in same if a in place and b in place]
    one, other = (np.array(side, dtype=np.int64) for side in _columns(ends))
    group = _components(len(records), one, other)
    for of in np.unique(group):
        yield [records[at] for at in np.flatnonzero(group == of)]


# --------------------------------------------------------------------------------------- chains


@dataclass(slots=True)
class _Chain:
    """Units that may be one person with each other, and the persons they make now.

    Parameters
    ----------
    records
        Records of each unit.
    near
        For each unit, the units with which it has a pair worth looking at.
    bits
        Log-odds of each unit and each set of other units, computed when first needed.
    """

    doubt: Doubt
    records: list[list[int]]
    at: Mapping[tuple[int, int], int]
    near: list[list[int]]
    apart: frozenset[tuple[int, int]]
    of: list[int] = field(default_factory=list)
    bits: dict[tuple[int, frozenset[int]], float] = field(default_factory=dict)
    persons: dict[int, frozenset[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.of = list(range(len(self.records)))
        self.persons = {unit: frozenset({unit}) for unit in self.of}

    def sweep(self, dice: np.random.Generator, times: int) -> None:
        """Let every unit choose its person anew, so many times, each time in a random order."""
        number = len(self.records)
        for _ in range(times):
            chances = dice.random(number).tolist()
            for unit, chance in zip(dice.permutation(number).tolist(), chances, strict=True):
                self._choose(unit, chance)

    def write(self, person: IntArray) -> None:
        """Write the person of each record."""
        for units in self.persons.values():
            members = [record for unit in units for record in self.records[unit]]
            person[members] = min(members)

    def _choose(self, unit: int, chance: float) -> None:
        self._leave(unit)
        options = sorted({self.of[other] for other in self.near[unit]})
        odds = [self._odds(unit, self.persons[option]) for option in options]
        threshold = chance * (1.0 + sum(odds))
        for option, weight in zip(options, odds, strict=True):
            threshold -= weight
            if threshold < 0.0:
                self.persons[option] |= {unit}
                self.of[unit] = option
                return
        self._stand_alone(unit)

    def _leave(self, unit: int) -> None:
        home = self.of[unit]
        rest = self.persons.pop(home) - {unit}
        self.of[unit] = -1
        if rest:
            name = min(rest)
            self.persons[name] = rest
            for other in rest:
                self.of[other] = name

    def _stand_alone(self, unit: int) -> None:
        self.persons[unit] = frozenset({unit})
        self.of[unit] = unit

    def _odds(self, unit: int, person: frozenset[int]) -> float:
        key = unit, person
        if key not in self.bits:
            self.bits[key] = self._worth(unit, person)
        return float(2.0 ** min(self.bits[key], _MOST_BITS))

    def _worth(self, unit: int, person: frozenset[int]) -> float:
        if any((min(unit, other), max(unit, other)) in self.apart for other in person):
            return -_MOST_BITS
        others = [record for other in person for record in self.records[other]]
        between = [(min(a, b), max(a, b)) for a in self.records[unit] for b in others]
        if any(self._same_list_in_doubt(pair) for pair in between):
            return -_MOST_BITS
        positions = [self.at[pair] for pair in between if pair in self.at]
        if len(positions) < len(between):
            return _UNCOMPARED_BITS
        return self.doubt.joint.worth(positions)

    def _same_list_in_doubt(self, pair: tuple[int, int]) -> bool:
        lists, joint = self.doubt.lists, self.doubt.joint
        if lists[pair[0]] != lists[pair[1]]:
            return False
        return pair not in self.at or joint.log_odds[self.at[pair]] < self.doubt.least_in_list


def _chains(doubt: Doubt, unit: IntArray) -> Iterator[_Chain]:
    """Yield the components of units that are in doubt, in order."""
    candidates = doubt.joint.log_odds > CANDIDATE_BITS
    open_pairs = np.flatnonzero(candidates & (unit[doubt.left] != unit[doubt.right]))
    ends = unit[doubt.left[open_pairs]], unit[doubt.right[open_pairs]]
    component = _components(len(unit), *ends)
    members: dict[int, list[int]] = defaultdict(list)
    for record, lowest in enumerate(unit.tolist()):
        members[lowest].append(record)
    doubtful: dict[int, list[int]] = defaultdict(list)
    for lowest in np.unique(np.concatenate(ends)).tolist():
        doubtful[int(component[lowest])].append(lowest)
    near: dict[int, set[int]] = defaultdict(set)
    for a, b in zip(*(side.tolist() for side in ends), strict=True):
        near[a].add(b)
        near[b].add(a)
    positions = _positions(doubt, component, unit)
    apart = {frozenset((int(unit[a]), int(unit[b]))) for a, b in doubt.different}
    for of in sorted(doubtful):
        units = doubtful[of]
        number = {lowest: at for at, lowest in enumerate(units)}
        yield _Chain(
            doubt,
            [members[lowest] for lowest in units],
            positions[of],
            [sorted(number[other] for other in near[lowest]) for lowest in units],
            frozenset(
                (a, b)
                for a, b in combinations(range(len(units)), 2)
                if frozenset((units[a], units[b])) in apart
            ),
        )


def _positions(
    doubt: Doubt, component: IntArray, unit: IntArray
) -> dict[int, dict[tuple[int, int], int]]:
    """Return, by component, where each of its pairs stands."""
    left, right = component[unit[doubt.left]], component[unit[doubt.right]]
    found: dict[int, dict[tuple[int, int], int]] = defaultdict(dict)
    for at in np.flatnonzero(left == right).tolist():
        pair = int(doubt.left[at]), int(doubt.right[at])
        found[int(left[at])][pair] = at
    return found
