"""The band to be published: which methods make it, what it assumes, and when there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from safepassage.core.population.capture import separate_groups, times_listed
from safepassage.core.population.loglinear import Mixture, aic_parts
from safepassage.core.population.shrunk import LEANING, LOOSE, PLAIN, ShrunkFit, fit_shrunk, persons
from safepassage.core.population.types import CaptureTable, Recommendation
from safepassage.errors import RefusedError

RULE_BAND = (
    "02-population §21: three degrees of dependence weighed by their fit, with the AIC average"
)
RULE_NONE = "02-population §20: no band"

LISTS_ASSUMED = (
    "No interaction between four or more lists, two-way odds ratios most likely between 0.2 and "
    "10, nobody outside the reach of every list, every person's records linked (links that were "
    "missed push the total up)"
)
ASSUMPTION = (
    f"{LISTS_ASSUMED}, and nobody listed gone without a list saying so (who is, pushes it up too)."
)
OUT_OF_REACH = (
    "Nothing in the lists can show people who stand outside the reach of all of them, so read the "
    "band as 'at least' where such people may exist."
)
_WARNING = "Warning: the lists name the same people"
PRIORS = (PLAIN, LEANING, LOOSE)
HEDGE = (0.05, 0.2, 0.05)
"""Weight that each prior keeps whatever the data say; evidence shares out the rest. Sparse lists
cannot tell leaning from independence, and the price of taking one for the other is a band that is
too low. Frozen on simulation with seeds that no recorded result uses (benchmarks/population)."""
AVERAGE_SHARE = 0.25
"""Weight of the AIC average beside the three."""
HIDDEN_GROUP_LIMIT = 0.62
"""Mean two-way term (loose prior) above which the lists lean so strongly on the same people that a
group which they hardly reach is likely: in simulation every table of two hidden classes lies above
it, 1 in 14 where people differ gradually, 1 in 5 with a dependent pair besides, none otherwise."""
APART_LIMIT = 0.1
"""Lists that share nobody with the rest may name this share of all before everything is refused:
a handful of people on no other list is what chance gives."""
FEW_ONCE = 0.02
"""Share of people on one list only below which the band says why it is so narrow."""
LEAST_LISTS = 3
LEAST_PERSONS = 20
MOST_LISTS = 10
"""More lists give more than a thousand histories, nearly all of them empty."""


def require_ties(table: CaptureTable) -> None:
    """Refuse a table that holds nothing from which a total could follow.

    Raises
    ------
    RefusedError
        With one list, with more than :data:`MOST_LISTS`, or where the lists fall into groups
        that share nobody and the smaller ones are more than :data:`APART_LIMIT` of all.
    """
    lists = len(table.lists)
    if lists < 2:
        raise RefusedError("There is one usable list; at least two that overlap are needed.")
    if lists > MOST_LISTS:
        raise RefusedError(f"There are {lists} lists; merge lists of one origin, to 10 or fewer.")
    groups = separate_groups(table)
    if len(groups) > 1 and _apart_share(table, groups) > APART_LIMIT:
        named = " and ".join(_names(group) for group in groups)
        raise RefusedError(
            f"Nobody is on both {named}: nothing says how they relate, the estimate with "
            "their interaction does not exist, and any total would be an assumption."
        )


def _apart_share(table: CaptureTable, groups: Sequence[Sequence[str]]) -> float:
    """Return the share of persons who are not on the group of lists that names the most."""
    persons = []
    for group in groups:
        places = [table.lists.index(name) for name in group]
        rows = zip(table.histories, table.counts, strict=True)
        persons.append(sum(n for history, n in rows if any(history[place] for place in places)))
    return 1.0 - max(persons) / table.observed


def _names(group: tuple[str, ...]) -> str:
    quoted = ", ".join(f"'{name}'" for name in group)
    return f"list {quoted}" if len(group) == 1 else f"lists {quoted}"


def recommend(table: CaptureTable, usable: CaptureTable, level: float) -> Recommendation:
    """Return the band to be published, or the reasons why there is none.

    Parameters
    ----------
    table
        As given; its union is the number that needs no assumption on the lists.
    usable
        The same without lists that carry no information on the unseen.
    level
        Nominal coverage.
    """
    try:
        require_ties(usable)
        _require_third_list(usable)
        _require_persons(usable)
        return _band(table, usable, level)
    except RefusedError as refusal:
        reasons = (str(refusal), "What holds is the union: people on at least one list.")
        return Recommendation(None, None, None, level, table.observed, RULE_NONE, "", reasons)


def _require_third_list(table: CaptureTable) -> None:
    if len(table.lists) < LEAST_LISTS:
        raise RefusedError(
            "Two lists alone cannot tell dependence from size: if one led to the other the total "
            "is larger than they suggest, if they avoid each other it is smaller."
        )


def _require_persons(table: CaptureTable) -> None:
    if table.observed < LEAST_PERSONS:
        raise RefusedError(
            f"The lists name {table.observed} people together; with fewer than {LEAST_PERSONS} the "
            "band would be the prior, not the lists."
        )


def _band(table: CaptureTable, usable: CaptureTable, level: float) -> Recommendation:
    mixture = band_mixture(usable)
    tails = ((1 - level) / 2, 0.5, (1 + level) / 2)
    low, middle, high = (usable.observed + persons(mixture.quantile(share)) for share in tails)
    if not math.isfinite(middle):
        raise RefusedError("The overlaps say nothing on the unseen: no band has an upper end.")
    reasons: tuple[str, ...] = (_fit_words(usable, mixture.prior_weights, level), OUT_OF_REACH)
    once = int(times_listed(usable)[1])
    if once < FEW_ONCE * usable.observed:
        reasons = (*reasons, _hardly_once(once, usable.observed))
    loose = mixture.fits[PRIORS.index(LOOSE)]
    if loose.mean_pair_term > HIDDEN_GROUP_LIMIT:
        high = max(high, usable.observed + _upper(loose, level))
        reasons = (*reasons, _hidden_group(loose.mean_pair_term))
    return Recommendation(middle, low, high, level, table.observed, RULE_BAND, ASSUMPTION, reasons)


@dataclass(frozen=True, slots=True, eq=False)
class BandMixture:
    """What the band is made of.

    Parameters
    ----------
    parts
        Normal distributions for the logarithm of the number unseen.
    fits
        The shrunk model under each of :data:`PRIORS`.
    prior_weights
        Weight of each prior among the three.
    log_evidence
        Logarithm of the marginal likelihood over the three priors, up to a constant that every
        setting of a dial shares.
    """

    parts: Mixture
    fits: tuple[ShrunkFit, ...]
    prior_weights: tuple[float, ...]
    log_evidence: float

    def quantile(self, share: float) -> float:
        """Return a quantile of the logarithm of the number unseen."""
        return self.parts.quantile(share)


def band_mixture(table: CaptureTable, held: Mapping[int, float] | None = None) -> BandMixture:
    """Return the distributions that the band mixes.

    Parameters
    ----------
    held
        Terms (bit masks of lists) held at a value, for the dials; the AIC average, which knows
        nothing of them, is then left out.

    Raises
    ------
    RefusedError
        With fewer than three lists, or where a fit finds no mode.
    """
    return _mixture(table, tuple(held.items()) if held else ())


@lru_cache(maxsize=4)
def _mixture(table: CaptureTable, held: tuple[tuple[int, float], ...]) -> BandMixture:
    """Fit once what the band, its parts and its quantiles are all taken from."""
    fits = tuple(fit_shrunk(table, prior, dict(held)) for prior in PRIORS)
    weights = _weights(fits)
    parts = _shrunk_parts(weights, fits) if held else _with_average(table, weights, fits)
    best = max(fit.log_evidence for fit in fits)
    evidence = best + math.log(sum(math.exp(fit.log_evidence - best) for fit in fits))
    return BandMixture(parts, fits, weights, evidence)


def _weights(fits: Sequence[ShrunkFit]) -> tuple[float, ...]:
    """Return the weight of each prior: its hedge, and its share of the rest by evidence."""
    best = max(fit.log_evidence for fit in fits)
    evidence = [math.exp(fit.log_evidence - best) for fit in fits]
    free = (1.0 - sum(HEDGE)) / sum(evidence)
    return tuple(kept + free * weight for kept, weight in zip(HEDGE, evidence, strict=True))


def _with_average(
    table: CaptureTable, weights: Sequence[float], fits: Sequence[ShrunkFit]
) -> Mixture:
    shrunk = _shrunk_parts(weights, fits)
    try:
        average = aic_parts(table)
    except RefusedError:
        return shrunk
    return Mixture(
        np.concatenate([(1 - AVERAGE_SHARE) * shrunk.weights, AVERAGE_SHARE * average.weights]),
        np.concatenate([shrunk.centre, average.centre]),
        np.concatenate([shrunk.spread, average.spread]),
    )


def _shrunk_parts(weights: Sequence[float], fits: Sequence[ShrunkFit]) -> Mixture:
    return Mixture(
        np.array(weights),
        np.array([fit.log_unseen for fit in fits]),
        np.array([fit.log_unseen_sd for fit in fits]),
    )


def _upper(fit: ShrunkFit, level: float) -> float:
    return persons(fit.log_unseen + float(ndtri(0.5 + level / 2)) * fit.log_unseen_sd)


def _fit_words(table: CaptureTable, weights: Sequence[float], level: float) -> str:
    named = ", ".join(
        f"{prior.name} {weight:.0%}" for prior, weight in zip(PRIORS, weights, strict=True)
    )
    return (
        f"The {len(table.lists)} lists are read under three degrees of dependence, weighed by how "
        f"well each fits ({named}), and by the AIC average of log-linear models; the band holds "
        f"the middle {level:.0%} of all four together."
    )


def warns(band: Recommendation) -> bool:
    """Return whether a band warns of a group that is hardly reached by any list."""
    return any(reason.startswith(_WARNING) for reason in band.reasons)


def _hardly_once(once: int, observed: int) -> str:
    return (
        f"Hardly anybody is on one list only ({once:,} of {observed:,}): nothing in the lists "
        "speaks for people on none, and the band is narrow for that reason. Make sure that the "
        "lists were gathered apart; if they share a source, it says nothing."
    )


def _hidden_group(lean: float) -> str:
    return (
        f"{_WARNING} far more than chance would (mean two-way term {lean:+.2f}), as when a group "
        "is hardly reached by any list; say 'at least' and do not publish the upper end as a limit."
    )
