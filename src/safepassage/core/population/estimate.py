"""All methods on one table, each with its number or the reason why it has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from safepassage.core.population.bounds import chao, chapman, union, zelterman
from safepassage.core.population.capture import prepare
from safepassage.core.population.claims import compare_claim
from safepassage.core.population.decomposable import decomposable
from safepassage.core.population.departed import Presumed, Unreported, present_band
from safepassage.core.population.doubly_robust import Listed, doubly_robust
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

WITH_COVARIATES = "doubly_robust"
"""The method that needs to know of every listed person, not of counts only."""
NO_COVARIATES = (
    "It needs place, sex and age of every listed person: give a scenario folder or a register; a "
    "table of counts has none."
)

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
    people: Listed | None = None,
    presumed: Sequence[Presumed] = (),
    unreported: Unreported | None = None,
    clock: Callable[[], float] | None = None,
) -> PopulationEstimate:
    """Estimate how many people there are, on any list or on none.

    Parameters
    ----------
    table
        Persons by the lists that they are on.
    methods
        Names from :data:`METHODS`, or :data:`WITH_COVARIATES`; None for all that the data
        allow. The recommended band rests on the methods that its rule names, whichever are shown.
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
    people
        Everybody listed with covariates, for the doubly robust method; None where there are none.
    presumed
        The draws with those apart of whom a list says that they are there; only with `unreported`.
    unreported
        Departures that no list reports: the band is then of the people who are there. Without
        `presumed` everybody in `draws`, or else in `table`, may be among them.
    clock
        Gives seconds, to report how long each method took; None leaves that out.

    Raises
    ------
    UsageError
        If a method is unknown or the level is out of range.
    """
    names = _known(methods, occasions, covariates=people is not None)
    if not LEVELS[0] <= level <= LEVELS[1]:
        raise UsageError(f"The level {level} is not from {LEVELS[0]} to {LEVELS[1]}.")
    usable, notices = prepare(table)
    results = tuple(
        _timed(partial(_run, name, table, usable, people, level, seed), clock) for name in names
    )
    if unreported is not None:
        cases = presumed or [_all_presumed(each) for each in draws or (table,)]
        band = present_band(cases, unreported, level, seed)
    else:
        band = pooled_band(draws, level) if draws else recommend(table, usable, level)
    compared = tuple(compare_claim(claim, band) for claim in claims)
    return PopulationEstimate(table, results, band, compared, notices)


def _known(methods: Sequence[str] | None, occasions: bool, *, covariates: bool) -> tuple[str, ...]:
    if methods is None:
        names = tuple(name for name in METHODS if occasions or name not in FOR_OCCASIONS)
        return (*names, WITH_COVARIATES) if covariates else names
    known = (*METHODS, WITH_COVARIATES)
    names = tuple(dict.fromkeys(methods))
    for name in names:
        if name not in known:
            raise UsageError(f"There is no method '{name}'; there are {', '.join(known)}.")
        if name in FOR_OCCASIONS and not occasions:
            raise UsageError(
                f"Method '{name}' takes the lists as equal occasions of one survey, in order; "
                "say that they are."
            )
    return names


def _all_presumed(table: CaptureTable) -> Presumed:
    return Presumed(CaptureTable(table.lists, (), ()), table)


def _timed(
    method: Callable[[], MethodEstimate], clock: Callable[[], float] | None
) -> MethodEstimate:
    if clock is None:
        return method()
    started = clock()
    return replace(method(), seconds=clock() - started)


def _run(
    name: str,
    table: CaptureTable,
    usable: CaptureTable,
    people: Listed | None,
    level: float,
    seed: int,
) -> MethodEstimate:
    if name != WITH_COVARIATES:
        return run_method(name, table, usable, level, seed)
    if people is None:
        return MethodEstimate(name, None, None, None, level, refused=NO_COVARIATES)
    try:
        return doubly_robust(people, level, seed)
    except RefusedError as refusal:
        return MethodEstimate(name, None, None, None, level, refused=str(refusal))


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
