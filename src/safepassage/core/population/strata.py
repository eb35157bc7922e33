"""Parts of the population (place, sex, age group) whose numbers add up to the whole.

A small part cannot say by itself how the lists depend on each other; it borrows that from the
whole, as far as its own people do not contradict. The unseen of the parts are then scaled to the
unseen of the whole, so that the parts add up to the published number, to a person.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from safepassage.core.population.capture import preparation, prepared, table_of
from safepassage.core.population.poisson import Floats
from safepassage.core.population.recommend import BandMixture, band_mixture, recommend
from safepassage.core.population.shrunk import Prior, fit_shrunk
from safepassage.core.population.types import CaptureTable, Recommendation
from safepassage.errors import Finding, InputError

LEAST_LISTED = 10
"""Parts with fewer listed persons are not shown: the number would point at families."""
BORROWED = Prior("as in the whole", 0.0, 0.25, 0.1)
"""How far a part's dependence may lie from that of the whole."""
DRAWS = 2000
QUANTILES = 100
TOGETHER = "other"
MOST_RATIO = 1e4


@dataclass(frozen=True, slots=True)
class Stratum:
    """One part.

    Parameters
    ----------
    listed
        Persons of it on at least one list.
    estimate
        Whole persons; the parts add up to the whole's.
    low, high
        Interval of this part alone; intervals do not add up.
    holds
        Names of the parts in it, where small parts were put together.
    """

    name: str
    listed: int
    estimate: int
    low: float
    high: float
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Strata:
    """All parts and the whole.

    Parameters
    ----------
    parts
        Empty where the whole has no band.
    notices
        Sentences: what was put together, and why nothing is shown.
    """

    whole: Recommendation
    parts: tuple[Stratum, ...]
    notices: tuple[str, ...]


def stratify(
    tables: Mapping[str, CaptureTable],
    level: float = 0.95,
    seed: int = 0,
    whole: Recommendation | None = None,
) -> Strata:
    """Estimate every part so that the parts add up to the whole.

    Parameters
    ----------
    tables
        By name of the part; all with the same lists. A part may name nobody.
    whole
        The band that is published, where it is not that of the parts' own sum: over draws of the
        linkage, say. The parts then add up to its centre.

    Raises
    ------
    InputError
        If the tables have different lists.
    """
    kept, notices = _large_enough(tables)
    together = _sum_of(tuple(tables.values()))
    steps, oddities = preparation(together)
    usable = prepared(together, steps)
    given = whole
    whole = given or recommend(together, usable, level)
    if whole.estimate is None or whole.estimate <= together.observed:
        nothing = "Without a band of the whole no part has one."
        return Strata(whole, (), (*notices, *oddities, nothing))
    # Every person counts in a part, also one who is only on a list that is left out.
    draws = _unseen([prepared(table, steps) for _, table, _ in kept], usable, seed)
    if given is not None:
        draws = _rescaled(draws, given, together.observed, seed)
    offset = whole.estimate - together.observed
    middle = np.median(draws, axis=0)
    centre = _whole_persons(middle / middle.sum() * offset)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    parts = tuple(
        Stratum(name, table.observed, table.observed + add, *_around(table, add, ends), of)
        for (name, table, of), add, ends in zip(
            kept, centre, zip(low.tolist(), high.tolist(), strict=True), strict=True
        )
    )
    return Strata(whole, parts, (*notices, *oddities))


def _around(table: CaptureTable, add: int, ends: tuple[float, float]) -> tuple[float, float]:
    return table.observed + min(ends[0], add), table.observed + max(ends[1], add)


def _large_enough(
    tables: Mapping[str, CaptureTable],
) -> tuple[list[tuple[str, CaptureTable, tuple[str, ...]]], tuple[str, ...]]:
    """Put parts below :data:`LEAST_LISTED` together, with the smallest shown one if need be.

    One part that is hidden alone could be had by subtraction, so at least two are hidden, and the
    parts put together must reach the limit too.
    """
    lists = {table.lists for table in tables.values()}
    if len(lists) != 1:
        raise InputError(Finding("the parts of a population must have the same lists"))
    by_size = sorted(tables, key=lambda name: (tables[name].observed, name))
    small = [name for name in by_size if tables[name].observed < LEAST_LISTED]
    if not small:
        return [(name, tables[name], ()) for name in tables], ()
    rest = by_size[len(small) :]
    while rest and (len(small) < 2 or sum(tables[n].observed for n in small) < LEAST_LISTED):
        small.append(rest.pop(0))
    joined = _sum_of(tuple(tables[name] for name in small))
    kept: list[tuple[str, CaptureTable, tuple[str, ...]]] = [
        (name, tables[name], ()) for name in tables if name not in small
    ]
    kept.append((TOGETHER, joined, tuple(sorted(small))))
    sentence = (
        f"{len(small)} parts are shown together as '{TOGETHER}': fewer than {LEAST_LISTED} listed "
        "people would point at families, and one part alone could be had by subtraction."
    )
    return kept, (sentence,)


def _sum_of(tables: Sequence[CaptureTable]) -> CaptureTable:
    counts: dict[tuple[int, ...], int] = {}
    for table in tables:
        for history, count in zip(table.histories, table.counts, strict=True):
            counts[history] = counts.get(history, 0) + count
    return table_of(tables[0].lists, counts)


def _unseen(parts: Sequence[CaptureTable], usable: CaptureTable, seed: int) -> Floats:
    """Return draws of the unseen, shape (DRAWS, parts); each row adds up to the whole's."""
    random = np.random.default_rng(seed)
    mixture = band_mixture(usable)
    around = _common_terms(mixture)
    fits = [fit_shrunk(part, BORROWED, around=around) for part in parts]
    centres = np.array([fit.log_unseen for fit in fits])
    spreads = np.array([fit.log_unseen_sd for fit in fits])
    drawn = np.exp(centres + spreads * random.standard_normal((DRAWS, len(fits))))
    shares = np.linspace(0.5 / DRAWS, 1.0 - 0.5 / DRAWS, QUANTILES)
    quantiles = np.exp([min(mixture.quantile(float(share)), 700.0) for share in shares])
    whole = np.interp(random.random(DRAWS), shares, quantiles)
    result: Floats = drawn / drawn.sum(axis=1, keepdims=True) * whole[:, None]
    return result


def _rescaled(draws: Floats, band: Recommendation, observed: int, seed: int) -> Floats:
    """Return the draws with the unseen of the whole drawn from a given band, log-normally."""
    ends = (band.low or 0.0, band.estimate or 0.0, band.high or math.inf)
    low, middle, high = (max(end - observed, 1.0) for end in ends)
    spread = math.log(min(high / low, MOST_RATIO)) / (2.0 * float(ndtri(0.5 + band.level / 2)))
    random = np.random.default_rng((seed, 1))
    whole = middle * np.exp(spread * random.standard_normal(len(draws)))
    result: Floats = draws / draws.sum(axis=1, keepdims=True) * whole[:, None]
    return result


def _common_terms(mixture: BandMixture) -> dict[int, float]:
    """Return the whole's terms, averaged over the three priors by their weights."""
    total: dict[int, float] = {}
    for weight, fit in zip(mixture.prior_weights, mixture.fits, strict=True):
        for term, value in fit.interactions:
            total[term] = total.get(term, 0.0) + weight * value
    return total


def _whole_persons(shares: Floats) -> list[int]:
    """Round so that the sum is the rounded sum: largest remainders first, earlier parts on ties."""
    floors = np.floor(shares).astype(int)
    missing = round(float(shares.sum())) - int(floors.sum())
    order = sorted(range(len(shares)), key=lambda at: (floors[at] - shares[at], at))
    for at in order[:missing]:
        floors[at] += 1
    return [int(value) for value in floors]
