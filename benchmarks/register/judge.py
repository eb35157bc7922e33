"""What a linkage is judged by, from record ids and truth alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Quality of one linkage.

    Parameters
    ----------
    f1, precision, recall
        Over pairs of records.
    persons, true_persons
        Clusters found and people truly behind the records.
    person_error
        Relative error of the number of persons.
    false_merges
        Clusters that hold records of two people or more.
    false_merge_rate
        The same as a share of the true persons.
    cpu_s
        Processor time of reading names, training, comparing and clustering.
    """

    f1: float
    precision: float
    recall: float
    persons: int
    true_persons: int
    person_error: float
    false_merges: int
    false_merge_rate: float
    cpu_s: float

    def to_json(self) -> dict[str, float]:
        """Return the figures, rounded."""
        return {name: round(value, 5) for name, value in asdict(self).items()}


def judge(clusters: Sequence[Sequence[str]], truth: Mapping[str, str], cpu_s: float) -> Judgement:
    """Return the judgement on `clusters` (record ids) given the true person of each record."""
    people: dict[str, list[str]] = defaultdict(list)
    for record in (record for cluster in clusters for record in cluster):
        people[truth[record]].append(record)
    found, true = _pairs(clusters), _pairs(people.values())
    right = len(found & true)
    wrong = sum(len({truth[record] for record in cluster}) > 1 for cluster in clusters)
    return Judgement(
        f1=2 * right / max(len(found) + len(true), 1),
        precision=right / max(len(found), 1),
        recall=right / max(len(true), 1),
        persons=len(clusters),
        true_persons=len(people),
        person_error=len(clusters) / len(people) - 1,
        false_merges=wrong,
        false_merge_rate=wrong / len(people),
        cpu_s=cpu_s,
    )


def households_right(
    found: Sequence[Sequence[str]],
    truth: Mapping[str, str],
    household: Mapping[str, str],
) -> float:
    """Return the share of listed persons whose found household is the true one.

    A person's found household is the one that holds most of the person's records. It is right if
    the people whose records it holds are exactly the listed people of the true household: nobody
    missing, nobody strange.

    Parameters
    ----------
    found
        Record ids of each household.
    truth
        Record id to person.
    household
        Person to true household.
    """
    home_of = {record: at for at, records in enumerate(found) for record in records}
    listed: dict[str, set[str]] = defaultdict(set)
    records_of: dict[str, list[str]] = defaultdict(list)
    for record in home_of:
        listed[household[truth[record]]].add(truth[record])
        records_of[truth[record]].append(record)
    right = 0
    for person, records in records_of.items():
        home = Counter(home_of[record] for record in sorted(records)).most_common(1)[0][0]
        right += {truth[record] for record in found[home]} == listed[household[person]]
    return right / max(len(records_of), 1)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether stated probabilities come true.

    Parameters
    ----------
    curve
        (mean stated probability, share that was right, pairs) per band of tenths.
    brier
        Mean squared error of the stated probability.
    ece
        Expected calibration error: mean distance of stated and true share, weighted by pairs.
    """

    curve: tuple[tuple[float, float, int], ...]
    brier: float
    ece: float

    def to_json(self) -> dict[str, object]:
        """Return the figures, rounded."""
        curve = [{"said": round(s, 4), "true": round(t, 4), "pairs": n} for s, t, n in self.curve]
        return {"brier": round(self.brier, 5), "ece": round(self.ece, 5), "curve": curve}


def calibration(judged: Iterable[tuple[float, bool]], bands: int = 10) -> Calibration:
    """Return how (stated probability, was one person) pairs agree."""
    pairs = list(judged)
    by_band: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for said, right in pairs:
        by_band[min(int(said * bands), bands - 1)].append((said, right))
    curve = tuple(
        (sum(s for s, _ in band) / len(band), sum(r for _, r in band) / len(band), len(band))
        for _, band in sorted(by_band.items())
    )
    total = max(len(pairs), 1)
    brier = sum((said - right) ** 2 for said, right in pairs) / total
    ece = sum(abs(said - true) * number for said, true, number in curve) / total
    return Calibration(curve, brier, ece)


def _pairs(groups: Iterable[Sequence[str]]) -> set[Pair]:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}
