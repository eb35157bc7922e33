"""How far the answer moves with what no list can show: the dials behind the band.

*The dial between lists* fixes the odds ratio of chosen pairs and asks the rest of the table again;
with three lists or more the overlaps also say how badly they agree with that setting. *The dial
beyond the lists* turns the interaction of all lists at once, of which the overlaps say nothing
whatever: the identifying assumption itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
from scipy.special import ndtri

from safepassage.core.population.capture import cell_counts, prepare, without_list
from safepassage.core.population.recommend import band_mixture, recommend, require_ties
from safepassage.core.population.shrunk import persons
from safepassage.core.population.types import CaptureTable, Recommendation
from safepassage.errors import RefusedError, UsageError

DIAL = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Odds ratios that are shown: 1 is no dependence, below 1 the lists avoid each other's people."""
AGAINST = ((1 / 3, ""), (1 / 20, "the overlaps speak against it"))
STRONGLY_AGAINST = "the overlaps speak strongly against it"


@dataclass(frozen=True, slots=True)
class DialSetting:
    """The answer at one setting of a dial.

    Parameters
    ----------
    odds_ratio
        Held between the pairs, or of the interaction of all lists.
    estimate, low, high
        Persons in all; None where there is none, `refused` then says why.
    support
        Likelihood of the overlaps under this setting relative to the best of the dial, from 0 to
        1 (a Bayes factor); None where the overlaps cannot speak on it.
    words
        What the support means; empty where nothing speaks against the setting.
    """

    odds_ratio: float
    estimate: float | None
    low: float | None
    high: float | None
    support: float | None = None
    words: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The band without one list; persons on it alone still count."""

    list_id: str
    band: Recommendation


def pairs_between(
    lists: Sequence[str], one: Iterable[str], other: Iterable[str] | None = None
) -> tuple[tuple[str, str], ...]:
    """Return the pairs of lists that a dial turns.

    Parameters
    ----------
    one
        A family of lists; alone, all pairs within it are turned.
    other
        A second family: all pairs between the two are turned.

    Raises
    ------
    UsageError
        If a list is unknown, or no pair results.
    """
    first, second = tuple(dict.fromkeys(one)), tuple(dict.fromkeys(other or ()))
    for name in (*first, *second):
        if name not in lists:
            raise UsageError(f"There is no list '{name}'; there are {', '.join(lists)}.")
    if set(first) & set(second):
        raise UsageError("A list cannot stand on both sides of the dial.")
    pairs = tuple(product(first, second)) if second else tuple(combinations(first, 2))
    if not pairs:
        raise UsageError("The dial needs two lists, or two families of lists.")
    return pairs


def dial_pairs(
    table: CaptureTable,
    pairs: Sequence[tuple[str, str]],
    level: float = 0.95,
    odds_ratios: Sequence[float] = DIAL,
) -> tuple[DialSetting, ...]:
    """Return the answer at each odds ratio of the given pairs of lists.

    Two lists: the unseen are ``odds ratio * only first * only second / both``, exactly. Three and
    more: the band's rule with the terms of these pairs held and all others as ever.

    Parameters
    ----------
    table
        After :func:`~safepassage.core.population.capture.prepare`.
    """
    place = {name: 1 << at for at, name in enumerate(table.lists)}
    terms = tuple(place[a] | place[b] for a, b in pairs)
    turned = [_held(table, terms, ratio, level) for ratio in odds_ratios]
    return _with_support(turned)


def dial_beyond(
    table: CaptureTable, level: float = 0.95, odds_ratios: Sequence[float] = DIAL
) -> tuple[DialSetting, ...]:
    """Return the answer at each size of the interaction of all lists at once.

    No overlap says anything of it: it multiplies the unseen, whatever else is assumed.
    """
    try:
        require_ties(table)
        mixture = band_mixture(table)
    except RefusedError as refusal:
        return tuple(_refused(ratio, refusal) for ratio in odds_ratios)
    return tuple(
        _at(table, mixture.quantile, math.log(ratio), ratio, level) for ratio in odds_ratios
    )


def leave_one_out(table: CaptureTable, level: float = 0.95) -> tuple[LeftOut, ...]:
    """Return the band without each list in turn.

    A list whose absence moves the band far carries the answer alone and deserves a second look.
    """
    return tuple(LeftOut(name, _without(table, name, level)) for name in table.lists)


def _without(table: CaptureTable, name: str, level: float) -> Recommendation:
    rest = without_list(table, name)
    usable, _ = prepare(rest)
    band = recommend(rest, usable, level)
    return replace(band, at_least=table.observed)


def _held(table: CaptureTable, terms: tuple[int, ...], ratio: float, level: float) -> DialSetting:
    try:
        require_ties(table)
        if len(table.lists) == 2:
            return _two_lists(table, ratio, level)
        fixed = {term: math.log(ratio) for term in terms}
        mixture = band_mixture(table, fixed)
    except RefusedError as refusal:
        return _refused(ratio, refusal)
    setting = _at(table, mixture.quantile, 0.0, ratio, level)
    return replace(setting, support=mixture.log_evidence)


def _at(
    table: CaptureTable,
    quantile: Callable[[float], float],
    shift: float,
    ratio: float,
    level: float,
) -> DialSetting:
    tails = ((1 - level) / 2, 0.5, (1 + level) / 2)
    low, middle, high = (table.observed + persons(quantile(share) + shift) for share in tails)
    return DialSetting(ratio, middle, low, high)


def _two_lists(table: CaptureTable, ratio: float, level: float) -> DialSetting:
    only_first, only_second, both = (float(n) for n in cell_counts(table)[1:4])
    if not both or not only_first or not only_second:
        raise RefusedError("The dial needs people on both lists and people on each alone.")
    unseen = ratio * only_first * only_second / both
    error = math.sqrt(1 / only_first + 1 / only_second + 1 / both + 1 / max(unseen, 1.0))
    width = math.exp(float(ndtri(0.5 + level / 2)) * error)
    observed = table.observed
    return DialSetting(
        ratio, observed + unseen, observed + unseen / width, observed + unseen * width
    )


def _refused(ratio: float, refusal: RefusedError) -> DialSetting:
    return DialSetting(ratio, None, None, None, refused=str(refusal))


def _with_support(settings: Sequence[DialSetting]) -> tuple[DialSetting, ...]:
    """Turn log evidence into support relative to the best setting, with its words."""
    known = [each.support for each in settings if each.support is not None]
    best = max(known, default=0.0)
    return tuple(
        each
        if each.support is None
        else replace(each, support=(share := math.exp(each.support - best)), words=_words(share))
        for each in settings
    )


def _words(share: float) -> str:
    return next((words for least, words in AGAINST if share >= least), STRONGLY_AGAINST)


def narrowing(
    observed: int, estimate: float, low: float, high: float, level: float, asked: Sequence[int]
) -> tuple[tuple[int, float, float], ...]:
    """Return what the band is expected to become when people drawn at random are asked.

    Of `asked` people met on the ground (drawn from places, not from lists), the share that is on
    some list tells the unseen. Its information is added to the band's, on the logarithm of the
    unseen.

    Parameters
    ----------
    observed
        Persons on at least one list.
    estimate, low, high
        The band as it stands.
    asked
        Numbers of people asked.

    Returns
    -------
    tuple
        (asked, expected low, expected high).
    """
    z = float(ndtri(0.5 + level / 2))
    unseen = max(estimate - observed, 1e-9)
    before = math.log(max(high - observed, 1e-9) / max(low - observed, 1e-9)) / (2 * z)
    found = []
    for number in asked:
        information = _information(number, observed, unseen)
        spread = (before**-2 + information) ** -0.5
        found.append(
            (
                number,
                observed + unseen * math.exp(-z * spread),
                observed + unseen * math.exp(z * spread),
            )
        )
    return tuple(found)


def _information(asked: int, observed: float, unseen: float) -> float:
    """Return Fisher's information of a random sample on the logarithm of the unseen.

    The share on lists is ``p = observed / (observed + unseen)``, its derivative by the logarithm
    of the unseen ``-p (1 - p)``; a sample without replacement from a finite number of people has
    less variance than a binomial one.
    """
    total = observed + unseen
    share = observed / total
    drawn = min(float(asked), total - 1.0)
    finite = (total - drawn) / (total - 1.0)
    return drawn * share * (1.0 - share) / float(np.maximum(finite, 1e-9))
