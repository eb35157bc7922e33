"""Estimates from the union and from how often people are listed, without a model of dependence."""

from __future__ import annotations

import math

from scipy.special import ndtri

from safepassage.core.population.capture import list_sizes, times_listed
from safepassage.core.population.types import CaptureTable, MethodEstimate
from safepassage.errors import RefusedError

CHAO_MEANING = (
    "A lower bound where people differ in how easily they are listed; lists that avoid each other, "
    "or differ much in size, can push it above the truth."
)

NOBODY = 1e-6
"""An expected number unseen below this is nobody."""


def union(table: CaptureTable, level: float) -> MethodEstimate:
    """Return the persons on at least one list: a lower bound that assumes nothing of the lists."""
    observed = float(table.observed)
    warning = "A lower bound: people on no list are not in it."
    return MethodEstimate("union", observed, observed, math.inf, level, (warning,))


def chao(table: CaptureTable, level: float) -> MethodEstimate:
    """Chao's lower bound from the people listed once and twice.

    With k lists the unseen are at least ``(k - 1) / k * f1**2 / (2 * f2)`` when people differ in
    how easily they are listed; lists that avoid each other raise it, and so do lists
    of very different sizes, if less. Where nobody is listed twice
    its bias-corrected form is used.

    References
    ----------
    Chao (1987), doi:10.2307/2531532; the form for k lists in Chao (1989), doi:10.2307/2531487.
    """
    _require_lists(table, 2, "Chao's bound")
    once, twice = (float(value) for value in times_listed(table)[1:3])
    share = (len(table.lists) - 1) / len(table.lists)
    if once == 0:
        raise RefusedError("Nobody is listed exactly once: Chao's bound has nothing to go by.")
    if twice == 0:
        unseen = share * once * (once - 1) / 2
        variance = (
            unseen
            + share**2 * once * (2 * once - 1) ** 2 / 4
            - share**2 * once**4 / (4 * (table.observed + unseen))
        )
    else:
        ratio = once / twice
        unseen = share * once * ratio / 2
        variance = twice * (share * ratio**2 / 2 + share**2 * ratio**3 + share**2 * ratio**4 / 4)
    return _log_interval("chao", table.observed, unseen, variance, level, (CHAO_MEANING,))


def zelterman(table: CaptureTable, level: float) -> MethodEstimate:
    """Zelterman's estimate: the chance of being missed, from those listed once and twice only.

    References
    ----------
    Zelterman (1988), doi:10.1016/0378-3758(88)90007-9; variance by Böhning (2008),
    doi:10.1016/j.stamet.2007.10.001.
    """
    _require_lists(table, 3, "Zelterman's estimate")
    once, twice = (float(value) for value in times_listed(table)[1:3])
    if once == 0 or twice == 0:
        raise RefusedError(
            "Zelterman's estimate needs people listed exactly once and exactly twice; "
            f"found {once:.0f} and {twice:.0f}."
        )
    rate = 2 * twice / once
    observed = table.observed
    unseen = observed * math.exp(-rate) / -math.expm1(-rate)
    slope = math.exp(-rate) / math.expm1(-rate) ** 2
    variance = observed * slope * (1 + observed * slope * rate**2 * (1 / once + 1 / twice))
    warning = "Takes lists as repeated equal occasions; rough where lists differ much in size."
    return _log_interval("zelterman", observed, unseen, variance, level, (warning,))


def chapman(table: CaptureTable, level: float) -> MethodEstimate:
    """Chapman's estimate from two lists.

    References
    ----------
    Chapman (1951); variance by Seber (1970), doi:10.2307/2528885.
    """
    if len(table.lists) != 2:
        raise RefusedError(f"Chapman's estimate is for two lists; there are {len(table.lists)}.")
    first, second = list_sizes(table)
    both = first + second - table.observed
    if both == 0:
        raise RefusedError("The two lists have no overlap: nothing ties them to a total.")
    total = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (
        (first + 1) * (second + 1) * (first - both) * (second - both)
        / ((both + 1) ** 2 * (both + 2))
    )  # fmt: skip
    warning = (
        "Rests on the two lists being independent, which two lists cannot show: too low if one "
        "led to the other, too high if they avoid each other."
    )
    unseen = total - table.observed
    return _log_interval("chapman", table.observed, unseen, variance, level, (warning,))


def _require_lists(table: CaptureTable, least: int, what: str) -> None:
    if len(table.lists) < least:
        lists = "list" if len(table.lists) == 1 else "lists"
        raise RefusedError(f"{what} needs {least} lists; there are {len(table.lists)} {lists}.")


def _log_interval(
    name: str,
    observed: float,
    unseen: float,
    variance: float,
    level: float,
    warnings: tuple[str, ...],
) -> MethodEstimate:
    """Return the estimate with an interval that is log-normal in the unseen (Chao 1987)."""
    if unseen < NOBODY or variance <= 0:
        return MethodEstimate(
            name, observed, observed, observed, level, (*warnings, "It finds nobody unseen.")
        )
    width = math.exp(float(ndtri(0.5 + level / 2)) * math.sqrt(math.log1p(variance / unseen**2)))
    low, high = observed + unseen / width, observed + unseen * width
    return MethodEstimate(name, observed + unseen, low, high, level, warnings)
