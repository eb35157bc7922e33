"""What a hurried hand does to a word: letters dropped, doubled, exchanged, or the key beside.

Damerau's four errors (1964, doi:10.1145/363958.363994), of which those that a keyboard explains
cost less.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

_KEYBOARDS = (
    ("йцукенгшщзхїъ", "фывапролджэ", "ячсмитьбю"),
    ("йцукенгшщзхї", "фівапролджє", "ячсмитьбю"),
    ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
)
SLIP_COST = 0.6
"""Of the neighbouring key, a doubled letter, or two letters exchanged."""


def typing_cost(one: str, other: str, at_most: int = 2) -> float:
    """Return the number of typing errors between two folded words, slips counted less.

    Returns
    -------
    cost
        0 for equal words; above `at_most` where there are more errors than that.

    Examples
    --------
    >>> typing_cost("иваненко", "ивпненко"), typing_cost("иваненко", "иваненка")
    (0.6, 1.0)
    """
    errors = OSA.distance(one, other, score_cutoff=at_most)
    if errors == 1 and _is_slip(one, other):
        return SLIP_COST
    return float(errors)


@dataclass(frozen=True, slots=True)
class OneErrorIndex:
    """Words to be found although one letter is wrong.

    Two words one error apart share a form with one letter taken out (Mor and Fraenkel 1982,
    doi:10.1145/358728.358752), so a look-up asks for a dozen forms and not for every word.
    """

    by_form: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, words: Iterable[str]) -> OneErrorIndex:
        """Return the index of some words."""
        forms: dict[str, list[str]] = {}
        for word in words:
            for form in _forms(word):
                forms.setdefault(form, []).append(word)
        return cls({form: tuple(sorted(found)) for form, found in forms.items()})

    def near(self, word: str) -> tuple[str, ...]:
        """Return the words at most one typing error away, sorted."""
        found = {each for form in _forms(word) for each in self.by_form.get(form, ())}
        return tuple(sorted(each for each in found if OSA.distance(word, each) <= 1))


def _forms(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _is_slip(one: str, other: str) -> bool:
    """Return whether one typing error is a slip of the hand rather than another name."""
    if len(one) == len(other):
        differ = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
        return len(differ) == 2 or differ[0] in _neighbours()
    shorter, longer = sorted((one, other), key=len)
    at = next((i for i, letter in enumerate(shorter) if letter != longer[i]), len(shorter))
    return at > 0 and longer[at] == longer[at - 1]


@lru_cache(maxsize=1)
def _neighbours() -> frozenset[tuple[str, str]]:
    """Return pairs of letters whose keys touch."""
    pairs: set[tuple[str, str]] = set()
    for rows in _KEYBOARDS:
        for row in rows:
            pairs.update(pairwise(row))
        for upper, lower in pairwise(rows):
            pairs.update(zip(upper, lower, strict=False))
            pairs.update(zip(upper[1:], lower, strict=False))
    return frozenset(pairs | {(b, a) for a, b in pairs})
