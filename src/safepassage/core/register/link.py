"""From compared pairs to the register's links and persons."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from safepassage.core.register.cluster import Verdicts
from safepassage.core.register.joint import JointWeights
from safepassage.core.register.review import decisions_of
from safepassage.core.register.score import Comparisons, Scores, evidence, probability
from safepassage.core.register.types import Link, ListRecord, Person, Register

REPORT_PROBABILITY = 0.02
"""Links below are not kept unless the clustering put both records into one person."""


def links_of(
    records: Sequence[ListRecord],
    pairs: Comparisons,
    scores: Scores,
    verdicts: Verdicts,
    persons: Sequence[Person],
    joint: JointWeights,
) -> tuple[tuple[Link, ...], tuple[int, ...]]:
    """Return the links worth reporting, best first, and the order in which to review them."""
    owner_of = {r: at for at, person in enumerate(persons) for r in person.record_ids}
    owner = np.array([owner_of[record.record_id] for record in records], dtype=np.int64)
    accepted = owner[pairs.left] == owner[pairs.right]
    decisions = decisions_of(pairs, joint, owner)
    kept = np.flatnonzero(accepted | (probability(verdicts.log_odds) >= REPORT_PROBABILITY))
    kept = np.union1d(kept, np.array([each.position for each in decisions], dtype=np.int64))
    kept = kept[np.lexsort((kept, -verdicts.log_odds[kept]))]
    cost = {each.position: each.cost for each in decisions}
    links = tuple(
        replace(
            _link(_ends(records, pairs, at), at, pairs, scores, verdicts, bool(accepted[at])),
            cost=round(cost.get(at, 0.0), 4),
        )
        for at in kept.tolist()
    )
    place = {at: number for number, at in enumerate(kept.tolist())}
    return links, tuple(place[each.position] for each in decisions)


def _ends(records: Sequence[ListRecord], pairs: Comparisons, at: int) -> tuple[str, str]:
    return records[pairs.left[at]].record_id, records[pairs.right[at]].record_id


def person_lists(register: Register) -> tuple[tuple[str, ...], ...]:
    """Return, for each person of the register, the sorted ids of the lists that name it."""
    list_of = {record.record_id: record.list_id for record in register.records}
    return tuple(
        tuple(sorted({list_of[record_id] for record_id in person.record_ids}))
        for person in register.persons
    )


def token_key_of(records: Sequence[ListRecord]) -> bytes:
    """Return the key behind a register's tokens: a digest of everything on every list.

    Row numbers can be guessed; whoever supplied one list could otherwise try out which token
    stands for which of its rows (01-register §44). The key is the same for the same lists and is
    never written anywhere.
    """
    digest = hashlib.sha256()
    for record in sorted(records, key=lambda each: each.record_id):
        digest.update(repr(_content(record)).encode())
    return digest.digest()


def _content(record: ListRecord) -> tuple[object, ...]:
    """Return a record's fields in an order that does not change between runs."""
    return tuple(
        tuple(sorted(value)) if isinstance(value, frozenset) else value
        for value in (getattr(record, field.name) for field in fields(record))
    )


def _link(
    ends: tuple[str, str],
    at: int,
    pairs: Comparisons,
    scores: Scores,
    verdicts: Verdicts,
    accepted: bool,
) -> Link:
    own = float(pairs.bits[at].sum() + scores.rate_bits[at])
    kinship = float(scores.log_odds[at]) - own
    chance = float(probability(verdicts.log_odds[at : at + 1])[0])
    heard = float(verdicts.household_bits[at]), float(verdicts.rival_bits[at])
    reasons = evidence(pairs, at, kinship, *heard)
    return Link(ends[0], ends[1], round(chance, 6), reasons, accepted)
