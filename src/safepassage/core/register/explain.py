"""Evidence in words: how strongly each piece speaks, and what would have to be otherwise.

A registrar decides about people and not about bits. The scale is that of Kass and Raftery 1995
(doi:10.1080/01621459.1995.10476572, their table for the Bayes factor itself), in powers of two
(``docs/spec/01e-decide.md`` §12 to §16).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safepassage.core.register.cluster import MERGE_BITS
from safepassage.core.register.types import Evidence, Link, Person

HARDLY_BITS, POSITIVE_BITS, STRONG_BITS = math.log2(3), math.log2(20), math.log2(150)
"""Where "speaks for", "speaks strongly for" and "speaks very strongly for" begin."""
_CERTAIN = 1e-6
"""Probabilities of links are rounded to six digits; closer to 0 and 1 nothing is known."""
DECIDED_FIELD = "decision"
"""Field of the evidence that a person's decision is."""
_STRONG_BUT_APART = (
    "By itself this pair is strong enough; other records of the two contradict it, and joining "
    "would put strangers into one person."
)
_WEAK_BUT_JOINED = (
    "By itself this pair is too weak; they are joined because other records of the person fit both."
)


def strength(bits: float) -> str:
    """Return how strongly evidence of `bits` speaks, in words.

    Examples
    --------
    >>> strength(8.1), strength(-3.0), strength(0.4)
    ('speaks very strongly for', 'speaks against', 'hardly matters')
    """
    size = abs(bits)
    if size < HARDLY_BITS:
        return "hardly matters"
    side = "for" if bits > 0 else "against"
    if size < POSITIVE_BITS:
        return f"speaks {side}"
    return f"speaks strongly {side}" if size < STRONG_BITS else f"speaks very strongly {side}"


def reason_in_words(reason: Evidence) -> str:
    """Return one piece of evidence as a sentence without a number.

    Examples
    --------
    >>> reason_in_words(Evidence("surname", "same surname", 7.5))
    'same surname speaks very strongly for'
    """
    return f"{reason.finding} {strength(reason.weight_bits)}"


def chance_in_words(probability: float) -> str:
    """Return a probability as odds that a person can picture.

    Examples
    --------
    >>> chance_in_words(0.75), chance_in_words(0.9996), chance_in_words(0.5)
    ('3 in 4', 'more than 999 in 1000', '1 in 2')
    """
    if probability > 0.999:
        return "more than 999 in 1000"
    if probability < 0.001:
        return "less than 1 in 1000"
    number, of = _simple_fraction(probability)
    return f"{number} in {of}"


def _simple_fraction(probability: float) -> tuple[int, int]:
    """Return the fraction with the smallest usual denominator that is near enough to say."""
    for of in (2, 3, 4, 5, 10, 20, 50, 100, 200, 1000):
        number = round(probability * of)
        rest = min(probability, 1 - probability)
        if 0 < number < of and abs(number / of - probability) <= 0.2 * rest:
            shared = math.gcd(number, of)
            return number // shared, of // shared
    return round(probability * 1000), 1000


def log_odds_bits(probability: float) -> float:
    """Return the log-odds of a link in bits, as far as its rounded probability tells them."""
    chance = min(max(probability, _CERTAIN), 1.0 - _CERTAIN)
    return math.log2(chance / (1.0 - chance))


def worth_in_words(cost: float, *, accepted: bool) -> str:
    """Return why a pair stands where it stands in the queue.

    Examples
    --------
    >>> worth_in_words(2.4, accepted=True)
    'urgent: if these are two people, one of them is invisible now'
    >>> worth_in_words(0.3, accepted=False)
    'worth a look: if this is one person, a seat is kept twice'
    """
    urgency = "urgent" if cost >= 1.0 else "worth a look" if cost >= 0.25 else "when there is time"
    if accepted:
        return f"{urgency}: if these are two people, one of them is invisible now"
    return f"{urgency}: if this is one person, a seat is kept twice"


def decided_by_person(link: Link) -> bool:
    """Return whether a person's decision, not the evidence, settles a link."""
    return any(each.field == DECIDED_FIELD for each in link.evidence)


def otherwise(link: Link) -> tuple[str, ...]:
    """Return what would have to be otherwise for this pair, taken alone, to be decided otherwise.

    The chain of records around it counts as well in the end (01-register §28), so a sentence says
    what tips this pair and not what the whole register would do.
    """
    if decided_by_person(link):
        return ("A person decided this; it holds until that decision is undone.",)
    margin = log_odds_bits(link.probability) - MERGE_BITS
    return _if_joined(link, margin) if margin > 0 else _if_apart(link, -margin)


def _if_joined(link: Link, margin: float) -> tuple[str, ...]:
    if not link.accepted:
        return (_STRONG_BUT_APART,)
    tipping = [each for each in link.evidence if each.weight_bits > margin]
    if not tipping:
        return ("No single finding decides: without any one of them they would still be joined.",)
    return tuple(f"Without '{each.finding}' they would be kept apart." for each in tipping)


def _if_apart(link: Link, missing: float) -> tuple[str, ...]:
    if link.accepted:
        return (_WEAK_BUT_JOINED,)
    tipping = [each for each in link.evidence if -each.weight_bits > missing]
    told = [f"Without '{each.finding}' they would be joined." for each in tipping]
    return (*told, f"They would be joined if something more {_needed(missing)}.")


def _needed(bits: float) -> str:
    if bits >= STRONG_BITS:
        return "spoke very strongly for it, such as the same document or a person's word"
    if bits >= POSITIVE_BITS:
        return "spoke strongly for it, such as the same full date of birth or the same phone"
    return "spoke for it, such as the same father's name or place of birth"


@dataclass(frozen=True, slots=True)
class Holding:
    """What holds the records of a person together.

    Parameters
    ----------
    links
        The strongest links that connect all records, strongest first.
    against
        Links between two records of the person that speak for two people, worst first.
    """

    links: tuple[Link, ...]
    against: tuple[Link, ...]


def holding(person: Person, links: Iterable[Link]) -> Holding:
    """Return what holds a person together, of the `links` between its records.

    The strongest links are a maximum spanning tree (Kruskal 1956,
    doi:10.1090/S0002-9939-1956-0078686-7): taking one away takes the person apart.
    """
    inside = _strongest_first(links, frozenset(person.record_ids))
    group = {record_id: {record_id} for record_id in person.record_ids}
    tree = []
    for link in inside:
        if group[link.left] is not group[link.right]:
            tree.append(link)
            group[link.left] |= group[link.right]
            for record_id in group[link.right]:
                group[record_id] = group[link.left]
    against = [link for link in reversed(inside) if link not in tree and link.probability < 0.5]
    return Holding(tuple(tree), tuple(against))


def _strongest_first(links: Iterable[Link], records: frozenset[str]) -> Sequence[Link]:
    inside = [link for link in links if link.left in records and link.right in records]
    return sorted(inside, key=lambda link: (-link.probability, link.left, link.right))
