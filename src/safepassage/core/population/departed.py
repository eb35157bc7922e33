"""The people who are there, when some have left and no list says so.

Overlaps estimate the people whom the lists take to be there. Who left without anybody reporting it
still stands on lists, and adds those to the total who would have left like them. No overlap can
show that; somebody has to have looked. What was found (of so many people looked for, so many had
left), or what somebody states (between two and five in a hundred), takes people out of the tables
by draws, and the band is mixed over them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import beta

from safepassage.core.population.capture import table_of, times_listed
from safepassage.core.population.poisson import Floats
from safepassage.core.population.pooled import pooled_band
from safepassage.core.population.recommend import LISTS_ASSUMED
from safepassage.core.population.types import CaptureTable, Recommendation
from safepassage.errors import RefusedError, UsageError

LEAST_DRAWS = 40
JEFFREYS = 0.5
"""Added to either count of a sample (Jeffreys' prior): none found of thirty does not mean none."""
ASSUMPTION_PRESENT = (
    f"{LISTS_ASSUMED}, and people gone without a list saying so as many as was found or stated."
)
RULE_PRESENT = "02-population §42: after departures that no list reports"


@dataclass(frozen=True, slots=True)
class Presumed:
    """Listed people of one linkage, by whether a list says that they are there.

    Parameters
    ----------
    there
        Persons of whom a list says that they are there.
    presumed
        Persons of whom no list says whether they still are.
    """

    there: CaptureTable
    presumed: CaptureTable

    @property
    def whole(self) -> CaptureTable:
        """Return both together."""
        counts = dict(zip(self.there.histories, self.there.counts, strict=True))
        for history, count in zip(self.presumed.histories, self.presumed.counts, strict=True):
            counts[history] = counts.get(history, 0) + count
        return table_of(self.there.lists, counts)


@dataclass(frozen=True, slots=True)
class Unreported:
    """Which share of the people presumed there has left or died, and who says so.

    Parameters
    ----------
    source
        Who looked, or who states it.
    sample
        (had left, looked for): people drawn at random from those presumed there. None where a
        range is stated.
    several
        The same of those on two lists or more; `sample` is then of those on one list only. Who left
        long ago stands on fewer lists than who stayed, and the two shares differ.
    between
        Stated lowest and highest share, every share between them taken to be as likely. None where
        a sample is given.

    Raises
    ------
    UsageError
        If not exactly one of the two is given, or it makes no sense.
    """

    source: str
    sample: tuple[int, int] | None = None
    between: tuple[float, float] | None = None
    several: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuse what is neither a sample nor a range."""
        if (self.sample is None) == (self.between is None):
            raise UsageError("Unreported departures are a sample or a stated range; give one.")
        for left, of in filter(None, (self.sample, self.several)):
            if not 0 <= left <= of > 0:
                raise UsageError(
                    f"{left} of {of} people cannot have left; give how many had, and how many were "
                    "looked for."
                )
        if self.between and not 0.0 <= self.between[0] <= self.between[1] < 1.0:
            raise UsageError("The stated share goes from 0 to below 1, the lower end first.")

    def share(self, quantile: Floats, *, several: bool) -> Floats:
        """Return quantiles of the share, among people on one list or on several."""
        if self.between:
            low, high = self.between
            return low + (high - low) * quantile
        left, of = (self.several if several else self.sample) or self.sample or (0, 1)
        result: Floats = beta.ppf(quantile, left + JEFFREYS, of - left + JEFFREYS)
        return result

    @property
    def words(self) -> str:
        """Return what was found or stated, as a part of a sentence."""
        if self.between:
            low, high = self.between
            return f"{low:.1%} to {high:.1%} of them, as {self.source} states"
        left, of = self.sample or (0, 1)
        if not self.several:
            return f"{left:,} of {of:,} looked for had left ({self.source})"
        return (
            f"{left:,} of {of:,} looked for on one list, {self.several[0]:,} of "
            f"{self.several[1]:,} on several had left ({self.source})"
        )


def present_band(
    draws: Sequence[Presumed], unreported: Unreported, level: float = 0.95, seed: int = 0
) -> Recommendation:
    """Return the band of the people who are there, after departures that no list reports.

    In every draw a share is drawn, and each person presumed there is taken out with that chance:
    leaving is taken to have nothing to do with which lists name a person, beyond on how many, and
    beyond their not being among those whom a list says are there.

    Parameters
    ----------
    draws
        From draws of the linkage; one alone is used :data:`LEAST_DRAWS` times.
    seed
        Same draws and seed: the same band.

    Raises
    ------
    RefusedError
        If there is no draw.
    """
    if not draws:
        raise RefusedError("There is no table to take people out of.")
    random = np.random.default_rng(seed)
    repeats = -(-LEAST_DRAWS // len(draws))
    every = [draw for draw in draws for _ in range(repeats)]
    shares = _shares(unreported, len(every), random)
    tables = [_thinned(draw, share, random) for draw, share in zip(every, shares, strict=True)]
    band = pooled_band(tables, level, _subject(len(draws)))
    return replace(
        band,
        at_least=min(at_least(draw, unreported, level) for draw in draws),
        rule=f"{band.rule}; {RULE_PRESENT}",
        assumption=ASSUMPTION_PRESENT if band.assumption else "",
        reasons=(_sentence(draws, unreported), *band.reasons),
    )


def _shares(
    unreported: Unreported, number: int, random: np.random.Generator
) -> list[tuple[float, float]]:
    """Return shares for people on one list and on several, evenly spread over their doubt."""
    even = (np.arange(number) + 0.5) / number
    once = unreported.share(random.permutation(even), several=False)
    if unreported.several is None:  # one share, the same for both
        return [(share, share) for share in once.tolist()]
    several = unreported.share(random.permutation(even), several=True)
    return list(zip(once.tolist(), several.tolist(), strict=True))


def at_least(draw: Presumed, unreported: Unreported, level: float) -> int:
    """Return the listed people who are there even if the share is as high as it may be.

    It does not depend on who was drawn to have left, nor on how many draws there are.
    """
    ends = np.array([(1.0 + level) / 2])
    most = [float(unreported.share(ends, several=several)[0]) for several in (False, True)]
    once = int(times_listed(draw.presumed)[1])
    several = draw.presumed.observed - once
    return draw.there.observed + int(once * (1.0 - most[0]) + several * (1.0 - most[1]))


def _thinned(
    draw: Presumed, shares: tuple[float, float], random: np.random.Generator
) -> CaptureTable:
    counts = dict(zip(draw.there.histories, draw.there.counts, strict=True))
    for history, count in zip(draw.presumed.histories, draw.presumed.counts, strict=True):
        stay = int(random.binomial(count, 1.0 - shares[sum(history) > 1]))
        counts[history] = counts.get(history, 0) + stay
    return table_of(draw.there.lists, counts)


def _subject(draws: int) -> str:
    return "who has left unreported" if draws == 1 else "the linkage and of who has left unreported"


def _sentence(draws: Sequence[Presumed], unreported: Unreported) -> str:
    there = round(float(np.median([draw.there.observed for draw in draws])))
    presumed = round(float(np.median([draw.presumed.observed for draw in draws])))
    known = f"a list says of {there:,} that they are there; " if there else ""
    return (
        f"Counted are the people who are there: {known}of {presumed:,} listed people no list says "
        f"whether they still are, and of these some have left without a report: {unreported.words}."
    )


def presence_notice(there: int, presumed: int) -> str:
    """Return whom an estimate counts where nobody has looked for people presumed there.

    Parameters
    ----------
    there, presumed
        Listed people of whom a list says that they are there; of whom none says whether they are.
    """
    return (
        f"The band counts the people whom no list reports to have left. Of {there + presumed:,} "
        f"listed people a list says of {there:,} that they are there; of the other {presumed:,} "
        "nobody says whether they still are. People who left unreported make the band too high, by "
        "somewhat more than their share of the listed. Have a random sample of the others looked "
        "for, and give what was found with --unreported LEFT/LOOKED-FOR:WHO."
    )
