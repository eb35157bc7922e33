"""All methods on one table, each with its number or the reason why it has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from safepassage.core.population.bounds import chao, chapman, union, zelterman
from safepassage.core.population.capture import prepare
from safepassage.core.population.claims import compare_claim
from safepassage.core.population.decomposable import decomposable
from safepassage.core.population.heterogeneity import behaviour, mth, mth_chao
from safepassage.core.population.latent import latent_classes
from safepassage.core.population.loglinear import (
    aic_average,
    all_two_way,
    best_by_aic,
    best_by_bic,
    bic_average,
    independence,
)
from safepassage.core.population.pooled import pooled_band
from safepassage.core.population.recommend import recommend, require_ties
from safepassage.core.population.shrunk import shrunk
from safepassage.core.population.stepwise import sparse_stepwise
from safepassage.core.population.types import (
    CaptureTable,
    MethodEstimate,
    PopulationEstimate,
    PublicClaim,
)
from safepassage.errors import RefusedError, UsageError

Method = Callable[[CaptureTable, float, int], MethodEstimate]


def _without_seed(method: Callable[[CaptureTable, float], MethodEstimate]) -> Method:
    def run(table: CaptureTable, level: float, seed: int) -> MethodEstimate:  # noqa: ARG001 - draws nothing
        return method(table, level)

    return run


METHODS: dict[str, Method] = {
    "union": _without_seed(union),
    "chao": _without_seed(chao),
    "zelterman": _without_seed(zelterman),
    "chapman": _without_seed(chapman),
    "independence": _without_seed(independence),
    "all_two_way": _without_seed(all_two_way),
    "loglinear_aic": _without_seed(best_by_aic),
    "loglinear_bic": _without_seed(best_by_bic),
    "aic_average": _without_seed(aic_average),
    "bic_average": _without_seed(bic_average),
    "shrunk": _without_seed(shrunk),
    "mth_chao": _without_seed(mth_chao),
    "mth_poisson": _without_seed(mth("poisson")),
    "mth_darroch": _without_seed(mth("darroch")),
    "mth_gamma": _without_seed(mth("gamma")),
    "decomposable": decomposable,
    "sparse_stepwise": sparse_stepwise,
    "latent_classes": latent_classes,
    "behaviour": _without_seed(behaviour),
}
"""Every method by name, in the order in which they are shown."""

FOR_OCCASIONS = ("behaviour",)
"""Methods that make sense only where the lists are equal occasions of one survey, in order."""

LEVELS = (0.5, 0.999)


def estimate(
    table: CaptureTable,
    *,
    methods: Sequence[str] | None = None,
    level: float = 0.95,
    seed: int = 0,
    claims: Iterable[PublicClaim] = (),
    occasions: bool = False,
    draws: Sequence[CaptureTable] = (),
    clock: Callable[[], float] | None = None,
) -> PopulationEstimate:
    """Estimate how many people there are, on any list or on none.

    Parameters
    ----------
    table
        Persons by the lists that they are on.
    methods
        Names from :data:`METHODS`; None for all. The recommended band rests on the methods that
        its rule names, whichever are shown.
    level
        Nominal coverage of every interval, from 0.5 to 0.999.
    seed
        For methods that draw; the same seed gives the same numbers.
    claims
        Public figures to be laid beside the band.
    occasions
        True where the lists are equal occasions of one survey, in the order of time.
    draws
        Tables that could all be true, from draws of the linkage; the band then holds all of them.
    clock
        Gives seconds, to report how long each method took; None leaves that out.

    Raises
    ------
    UsageError
        If a method is unknown or the level is out of range.
    """
    names = _known(methods, occasions)
    if not LEVELS[0] <= level <= LEVELS[1]:
        raise UsageError(f"The level {level} is not from {LEVELS[0]} to {LEVELS[1]}.")
    usable, notices = prepare(table)
    results = tuple(_timed(name, table, usable, level, seed, clock) for name in names)
    band = pooled_band(draws, level) if draws else recommend(table, usable, level)
    compared = tuple(compare_claim(claim, band) for claim in claims)
    return PopulationEstimate(table, results, band, compared, notices)


def _known(methods: Sequence[str] | None, occasions: bool) -> tuple[str, ...]:
    if methods is None:
        return tuple(name for name in METHODS if occasions or name not in FOR_OCCASIONS)
    names = tuple(dict.fromkeys(methods))
    for name in names:
        if name not in METHODS:
            raise UsageError(f"There is no method '{name}'; there are {', '.join(METHODS)}.")
        if name in FOR_OCCASIONS and not occasions:
            raise UsageError(
                f"Method '{name}' takes the lists as equal occasions of one survey, in order; "
                "say that they are."
            )
    return names


def _timed(
    name: str,
    table: CaptureTable,
    usable: CaptureTable,
    level: float,
    seed: int,
    clock: Callable[[], float] | None,
) -> MethodEstimate:
    if clock is None:
        return run_method(name, table, usable, level, seed)
    started = clock()
    result = run_method(name, table, usable, level, seed)
    return replace(result, seconds=clock() - started)


def run_method(
    name: str, table: CaptureTable, usable: CaptureTable, level: float, seed: int = 0
) -> MethodEstimate:
    """Run one method; a refusal becomes an estimate without numbers and with its reason.

    Parameters
    ----------
    table
        As given, for the union.
    usable
        From :func:`~safepassage.core.population.capture.prepare`, for everything else.
    """
    try:
        if name == "union":
            return union(table, level)
        if name not in FOR_OCCASIONS:  # first listings need no overlaps
            require_ties(usable)
        return METHODS[name](usable, level, seed)
    except RefusedError as refusal:
        return MethodEstimate(name, None, None, None, level, refused=str(refusal))
