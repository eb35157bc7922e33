"""What leaves the counter: cells of the overlaps with chance added and small ones held back.

Every cell gets two-sided geometric noise before anything else is decided; what is then held
back, and how the gap is filled, depends only on the noised cells, so nothing more of a
person is told (differential privacy is closed under post-processing). There is no count without
noise: a side knows the length of its list, and from exact cells it could work out a held-back one.
Ghosh, Roughgarden and Sundararajan 2012, doi:10.1137/09076828X; complementary suppression:
Hundepool et al., *Statistical Disclosure Control*, 2012, chapter 4.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Protocol

from safepassage.errors import RefusedError

History = tuple[int, ...]
MOST_LISTS = 8
MOST_EPSILON = 2.0
"""With more, the noise is so small that a cell tells about single persons almost surely."""


class Chance(Protocol):
    """A source of randomness, such as ``random.SystemRandom``."""

    def random(self) -> float:
        """Return a number from 0 up to, but not including, 1."""


class Shown(StrEnum):
    """How a cell is given."""

    COUNT = "count"
    SMALL = "small"
    """Below the minimum."""
    COVER = "cover"
    """Held back because a small cell could be worked out from it and the list's length."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Persons with one history.

    Parameters
    ----------
    low, high
        Equal for a shown count; otherwise the interval that holds the noised count.
    count
        The count, or this cell's share of what all held-back cells hold together.
    """

    history: History
    shown: Shown
    low: int
    high: int
    count: int


@dataclass(frozen=True, slots=True)
class Cells:
    """All cells of a session, in descending order of history.

    Parameters
    ----------
    held_back
        Persons in all held-back cells together; None where that is below the minimum itself.
    """

    lists: tuple[str, ...]
    cells: tuple[Cell, ...]
    held_back: int | None

    def counts(self, bound: str = "count") -> dict[History, int]:
        """Return ``count``, ``low`` or ``high`` of every cell."""
        return {cell.history: int(getattr(cell, bound)) for cell in self.cells}


def cells_to_give(
    lists: Sequence[str],
    counts: Mapping[History, int],
    *,
    minimum: int,
    epsilon: float,
    chance: Chance,
) -> Cells:
    """Return the cells that may leave the counter.

    Parameters
    ----------
    minimum
        Smallest count that is shown, at least 1.
    epsilon
        Strength of the noise, above 0; see :func:`proven_loss` for what it guarantees.

    Raises
    ------
    RefusedError
        With fewer than two lists, or more than eight, or an epsilon that is not accepted.
    """
    require_epsilon(epsilon)
    if not 2 <= len(lists) <= MOST_LISTS:
        raise RefusedError(f"{len(lists)} lists; overlaps are counted for 2 to {MOST_LISTS}.")
    rate = epsilon / own_moves(len(lists))
    noised = {
        history: counts.get(history, 0) + two_sided_geometric(rate, chance)
        for history in sorted(product((0, 1), repeat=len(lists)), reverse=True)
        if any(history)
    }
    small = {history for history, count in noised.items() if count < minimum}
    cover = _cover(noised, small, minimum)
    return _given(tuple(lists), noised, small, cover, minimum)


def require_epsilon(epsilon: float) -> None:
    """Refuse an epsilon without noise, or with hardly any.

    Raises
    ------
    RefusedError
        Unless it is above 0 and at most :data:`MOST_EPSILON`.
    """
    if not 0 < epsilon <= MOST_EPSILON:
        raise RefusedError(
            f"an epsilon of {epsilon:g} does not protect: counts without enough noise tell a side "
            f"about single persons. More than 0 and at most {MOST_EPSILON:g} is accepted."
        )


def own_moves(lists: int) -> int:
    """Return by how much all cells change in sum when one record becomes another person's.

    Counted without what that does to the links of others. Of two lists: the overlap by one, hence
    each of three cells. Of more: two persons each leave one cell for another.
    """
    return 3 if lists == 2 else 4


def most_moves(lists: int) -> int:
    """Return the most by which all cells can change in sum, links of others included.

    Proof: ``docs/theory/linkage-without-names.md``, "What is proven".
    """
    return 3 if lists == 2 else 3 * 2 ** (lists - 1)


def proven_loss(epsilon: float, lists: int) -> float:
    """Return the privacy loss that is proven for one record of one list.

    Nobody's odds on whether that record is this person or another change by more than exp of it,
    whatever the other lists hold.
    """
    return epsilon * most_moves(lists) / own_moves(lists)


def two_sided_geometric(rate: float, chance: Chance) -> int:
    """Return a whole number drawn with P(n) proportional to exp(-rate |n|)."""
    first, second = (math.floor(-math.log1p(-chance.random()) / rate) for _ in range(2))
    return first - second


def _cover(noised: Mapping[History, int], small: set[History], minimum: int) -> set[History]:
    """Return larger cells to hold back, until no list's length gives a small cell away.

    Whoever handed a list in knows its length, hence the sum of the cells that it is in.
    """
    held = set(small)
    places = range(len(next(iter(noised))))
    while True:
        before = len(held)
        for place in places:
            _cover_list(noised, held, [each for each in noised if each[place]], minimum)
        if len(held) == before:  # covering for one list may have laid bare another
            return held - small


def _cover_list(
    noised: Mapping[History, int], held: set[History], column: Sequence[History], minimum: int
) -> None:
    shown = sorted(
        (each for each in column if each not in held), key=lambda each: (noised[each], each)
    )
    while shown and _gives_away(noised, [each for each in column if each in held], minimum):
        held.add(shown.pop(0))


def _gives_away(noised: Mapping[History, int], held: Sequence[History], minimum: int) -> bool:
    return len(held) == 1 or (bool(held) and sum(noised[each] for each in held) < minimum)


def _given(
    lists: tuple[str, ...],
    noised: Mapping[History, int],
    small: set[History],
    cover: set[History],
    minimum: int,
) -> Cells:
    total = sum(noised[history] for history in small | cover)
    told = total if total >= minimum else None
    bounds = {history: _bounds(noised[history], minimum) for history in small | cover}
    shares = _shares(noised, bounds, told or 0)
    cells = []
    for history, count in noised.items():
        if history in bounds:
            kind = Shown.SMALL if history in small else Shown.COVER
            cells.append(Cell(history, kind, *bounds[history], shares[history]))
        else:
            cells.append(Cell(history, Shown.COUNT, count, count, count))
    return Cells(lists, tuple(cells), told)


def _bounds(count: int, minimum: int) -> tuple[int, int]:
    """Return the band that a held-back count is in: below the minimum, or doubling from there."""
    low, high = 0, minimum
    while count >= high:
        low, high = high, 2 * high
    return low, high - 1


def _shares(
    noised: Mapping[History, int], bounds: Mapping[History, tuple[int, int]], total: int
) -> dict[History, int]:
    """Share out what is held back by what independent lists would hold, within each band."""
    shares = {history: low for history, (low, _) in bounds.items()}
    expected = _expected(noised)
    while sum(shares.values()) < total:
        open_cells = [each for each in shares if shares[each] < bounds[each][1]]
        if not open_cells:
            break
        neediest = max(open_cells, key=lambda each: (expected[each] / (shares[each] + 1), each))
        shares[neediest] += 1
    return shares


def _expected(noised: Mapping[History, int]) -> dict[History, float]:
    """Return the count of each cell, up to a factor, if lists were independent."""
    positive = {history: max(count, 0) for history, count in noised.items()}
    union = max(sum(positive.values()), 1)
    places = range(len(next(iter(noised))))
    share = [sum(n for history, n in positive.items() if history[at]) / union for at in places]
    return {
        history: math.prod(p if mark else 1 - p for p, mark in zip(share, history, strict=True))
        for history in noised
    }
