"""An anchor list: people drawn at random, who tell how many are on no list by design.

Every other method reads dependence out of lists that nobody designed. A list drawn at random from
everybody who is there (house checks from a list of dwellings, never call-backs to people who are
listed already) needs no model: the share of the drawn who are on some list is the share of
everybody who is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, hypergeom

from safepassage.core.population.types import MethodEstimate
from safepassage.errors import RefusedError, UsageError

MOST_PART = 0.99
MOST_TIMES = 1000
"""A total beyond this many times the listed is reported as unbounded."""
LOOK_AHEAD = 60
"""Whole persons make the width of an interval go up and down by steps shorter than this."""
ANCHOR_WARNING = (
    "Rests on the draw alone: everybody who is there had the same chance of being drawn, and every "
    "drawn person's presence on the lists was found out; and on everybody listed being there still "
    "(take out first who has left: the total rises with them)."
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A random draw and what it found.

    Parameters
    ----------
    drawn
        People drawn and reached, at least 1.
    found
        Of these, people who are on some list.
    design_effect
        Variance of the draw against one of single persons, at least 1: people drawn by households
        are alike, and a household of three on average seldom tells more than two strangers.
    not_reached
        People drawn and not reached: taken out, and said, because they may differ.
    """

    drawn: int
    found: int
    design_effect: float = 1.0
    not_reached: int = 0


def anchor_estimate(observed: int, anchor: Anchor, level: float = 0.95) -> MethodEstimate:
    """Estimate the total from the listed and a random draw.

    The estimate is the total under which the share found is the share listed; the interval holds
    the totals under which a draw as extreme as this one is not rarer than half of ``1 - level`` in
    either direction (hypergeometric, exact). With a design effect the draw counts as smaller, and
    the ends are those of a share with so many effective persons. The low end is never below the
    people known to exist.

    Parameters
    ----------
    observed
        Persons on at least one list, the draw apart.

    Raises
    ------
    RefusedError
        If nobody drawn is on a list: then only a lower end would exist.
    UsageError
        If the figures contradict each other.

    References
    ----------
    Exact inversion: Chapman (1948), Bailey (1951), doi:10.1093/biomet/38.3-4.293; design effect:
    Kish (1965), Survey Sampling, chapter 5; ends of a share with a fractional number of effective
    persons: Korn and Graubard (1998), Survey Methodology 24, 193-201.
    """
    _check(observed, anchor)
    if not anchor.found:
        raise RefusedError("Nobody drawn is on a list: the draw sets no upper end to the total.")
    known = float(observed + anchor.drawn - anchor.found)
    estimate = max(known, observed * anchor.drawn / anchor.found)
    tail = (1.0 - level) / 2.0
    ends = _exact_ends if anchor.design_effect == 1.0 else _ends_by_share
    low, high = ends(observed, anchor, estimate, tail)
    low = max(low, known)  # those met who are on no list exist
    warnings = [ANCHOR_WARNING, *_reach_warning(anchor)]
    if math.isinf(high):
        warnings.append("The draw sets no upper bound.")
    return MethodEstimate(
        "anchor", estimate, min(low, estimate), max(high, estimate), level, tuple(warnings)
    )


def calls_needed(
    observed: int,
    estimate: float,
    width: float,
    level: float = 0.95,
    design_effect: float = 1.0,
) -> int | None:
    """Return how many people to draw so that the interval is no wider than wanted.

    Parameters
    ----------
    observed
        Persons on at least one list.
    estimate
        What the total is taken to be, for planning.
    width
        Wanted high end over low end, above 1 (1.2: a fifth apart).

    Returns
    -------
    int or None
        That many and the next larger numbers all do (whole persons make the width go up and down);
        None where even asking everybody would not do.
    """
    if width <= 1.0:
        raise UsageError(f"The wanted high end over low end is {width}; it must be above 1.")
    if estimate <= observed:
        raise UsageError("The total to plan for must be above the number listed.")
    share = observed / estimate
    least, most = 1, math.ceil(estimate)
    if not _narrow_enough(observed, share, most, width, level, design_effect):
        return None
    while least < most:
        middle = (least + most) // 2
        if _narrow_enough(observed, share, middle, width, level, design_effect):
            most = middle
        else:
            least = middle + 1
    after = range(least, min(math.ceil(estimate), least + LOOK_AHEAD))
    fails = [
        drawn
        for drawn in after
        if not _narrow_enough(observed, share, drawn, width, level, design_effect)
    ]
    return max(fails, default=least - 1) + 1


def _narrow_enough(
    observed: int, share: float, drawn: int, width: float, level: float, effect: float
) -> bool:
    found = max(1, round(share * drawn))
    result = anchor_estimate(observed, Anchor(drawn, found, effect), level)
    return bool(result.high is not None and result.low and result.high <= width * result.low)


def _check(observed: int, anchor: Anchor) -> None:
    if anchor.drawn < 1 or not 0 <= anchor.found <= anchor.drawn:
        raise UsageError(
            f"{anchor.found} of {anchor.drawn} drawn are said to be on a list; accepted are "
            "figures from 0 to the number drawn, which is at least 1."
        )
    if anchor.found > observed:
        raise UsageError(f"{anchor.found} drawn are on a list, but the lists name {observed}.")
    if anchor.design_effect < 1.0:
        raise UsageError(f"The design effect is {anchor.design_effect}; it is at least 1.")


def _reach_warning(anchor: Anchor) -> list[str]:
    if not anchor.not_reached:
        return []
    share = anchor.not_reached / (anchor.not_reached + anchor.drawn)
    sentence = (
        f"{share:.0%} of those drawn were not reached; if they are on lists less often than the "
        "others, the total is higher."
    )
    return [sentence]


def _exact_ends(
    observed: int, anchor: Anchor, _estimate: float, tail: float
) -> tuple[float, float]:
    low = _smallest_total(observed, anchor.drawn, anchor.found, tail)
    return low, _largest_total(observed, anchor.drawn, anchor.found, tail)


def _ends_by_share(
    observed: int, anchor: Anchor, estimate: float, tail: float
) -> tuple[float, float]:
    """Return the ends from those of the share listed, with a fraction of the persons drawn.

    A draw of a large part of everybody is surer than its number says (finite population).
    """
    part = min(anchor.drawn / estimate, MOST_PART)
    persons = anchor.drawn / anchor.design_effect / (1.0 - part)
    hits = persons * anchor.found / anchor.drawn
    least = float(beta.ppf(tail, hits, persons - hits + 1.0))
    most = 1.0 if hits >= persons else float(beta.ppf(1.0 - tail, hits + 1.0, persons - hits))
    high = observed / least if least * MOST_TIMES > 1.0 else math.inf
    return observed / most, high


def _totals(observed: int, drawn: int, found: int) -> tuple[int, int]:
    """Return the smallest total that the figures allow, and the largest that is looked at."""
    return observed + drawn - found, MOST_TIMES * observed


def _smallest_total(observed: int, drawn: int, found: int, tail: float) -> float:
    """Return the smallest total under which finding so few is not rarer than `tail`."""
    least, most = _totals(observed, drawn, found)

    def possible(total: int) -> bool:
        return bool(hypergeom.cdf(found, total, observed, drawn) >= tail)

    return float(_first(possible, least, most))


def _largest_total(observed: int, drawn: int, found: int, tail: float) -> float:
    """Return the largest total under which finding so many is not rarer than `tail`."""
    least, most = _totals(observed, drawn, found)

    def impossible(total: int) -> bool:
        return bool(hypergeom.sf(found - 1, total, observed, drawn) < tail)

    first = _first(impossible, least, most)
    return math.inf if first >= most else float(max(least, first - 1))


def _first(holds: Callable[[int], bool], least: int, most: int) -> int:
    """Return the first integer from which a monotone condition holds; `most` if it never does."""
    while least < most:
        middle = (least + most) // 2
        if holds(middle):
            most = middle
        else:
            least = middle + 1
    return least


def sample_order(dwellings: int, draw: int, seed: int) -> NDArray[np.int64]:
    """Return which of numbered dwellings to visit, in order: a simple random draw.

    The seed makes the draw one that both parties can repeat and nobody can bend.
    """
    if not 0 < draw <= dwellings:
        raise UsageError(f"{draw} of {dwellings} dwellings cannot be drawn.")
    order: NDArray[np.int64] = np.random.default_rng(seed).permutation(dwellings)[:draw]
    return order
