"""What a linkage is judged by, from record ids and truth alone."""

from __future__ import annotations

from collections import defaultdict
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


def _pairs(groups: Iterable[Sequence[str]]) -> set[Pair]:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}
