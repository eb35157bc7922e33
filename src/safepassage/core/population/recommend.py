"""The band to be published: which methods make it, what it assumes, and when there is none."""

from __future__ import annotations

import math

from safepassage.core.population.capture import separate_groups
from safepassage.core.population.loglinear import aic_average
from safepassage.core.population.shrunk import fit_shrunk, shrunk
from safepassage.core.population.types import CaptureTable, MethodEstimate, Recommendation
from safepassage.errors import RefusedError

RULE_BAND = "02-population §21: shrunk log-linear model united with the AIC average"
RULE_SHRUNK_ONLY = "02-population §22: shrunk log-linear model, the AIC average being refused"
RULE_NONE = "02-population §20: no band"

ASSUMPTION = (
    "No interaction between four or more lists, two-way odds ratios most likely between 0.2 and "
    "10, and nobody outside the reach of every list."
)
OUT_OF_REACH = (
    "Nothing in the lists can show people who stand outside the reach of all of them, so read the "
    "band as 'at least' where such people may exist."
)
HIDDEN_GROUP_LIMIT = 0.62
"""Mean two-way term above which the lists lean so strongly on the same people that a group which
they hardly reach is likely. In simulation two hidden classes lie above it in 19 of 20 tables and
people who differ gradually lie below in 19 of 20 (benchmarks/population)."""
LEAST_LISTS = 3
MOST_LISTS = 10
"""More lists give more than a thousand histories, nearly all of them empty."""


def require_ties(table: CaptureTable) -> None:
    """Refuse a table that holds nothing from which a total could follow.

    Raises
    ------
    RefusedError
        With one list, with more than :data:`MOST_LISTS`, or where the lists fall into groups
        that share nobody.
    """
    lists = len(table.lists)
    if lists < 2:
        raise RefusedError("There is one usable list; at least two that overlap are needed.")
    if lists > MOST_LISTS:
        raise RefusedError(f"There are {lists} lists; merge lists of one origin, to 10 or fewer.")
    groups = separate_groups(table)
    if len(groups) > 1:
        named = " and ".join(_names(group) for group in groups)
        raise RefusedError(
            f"{named} have nobody in common: nothing says how they relate, the estimate with "
            "their interaction does not exist, and any total would be an assumption."
        )


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


def _band(table: CaptureTable, usable: CaptureTable, level: float) -> Recommendation:
    first = shrunk(usable, level)
    second = _averaged(usable, level)
    members = [first] if second is None else [first, second]
    low = min(_number(member.low) for member in members)
    high = max(_number(member.high) for member in members)
    rule = RULE_SHRUNK_ONLY if second is None else RULE_BAND
    return Recommendation(
        _centre(table.observed, members),
        max(low, float(table.observed)),
        high,
        level,
        table.observed,
        rule,
        ASSUMPTION,
        _reasons(usable, members),
    )


def _centre(observed: int, members: list[MethodEstimate]) -> float:
    """Return the geometric mean of the members in the number unseen."""
    unseen = [max(_number(member.estimate) - observed, 0.5) for member in members]
    return observed + math.exp(sum(map(math.log, unseen)) / len(unseen))


def _averaged(table: CaptureTable, level: float) -> MethodEstimate | None:
    try:
        return aic_average(table, level)
    except RefusedError:
        return None


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _reasons(table: CaptureTable, members: list[MethodEstimate]) -> tuple[str, ...]:
    ranges = " and ".join(
        f"{_LABELS[member.name]} {_number(member.low):,.0f} to {_number(member.high):,.0f}"
        if math.isfinite(_number(member.high))
        else f"{_LABELS[member.name]} {_number(member.low):,.0f} upwards without limit"
        for member in members
    )
    agree = (
        f"Models that let the {len(table.lists)} lists depend on each other give {ranges}; the "
        "band holds everything that either allows."
    )
    reasons = (agree, OUT_OF_REACH)
    lean = fit_shrunk(table).mean_pair_term
    return (*reasons, _hidden_group(lean)) if lean > HIDDEN_GROUP_LIMIT else reasons


_LABELS = {"shrunk": "the shrunk model", "aic_average": "the AIC average"}


def _hidden_group(lean: float) -> str:
    return (
        f"Warning: the lists name the same people far more than chance would (mean two-way term "
        f"{lean:+.2f}), as when a group is hardly reached by any list; say 'at least' and do not "
        "publish the upper end as a limit."
    )
