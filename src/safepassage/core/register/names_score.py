"""How likely two written names are one person's, with reasons in words.

Only the names speak here: no frequencies, no dates, no places. The linkage model of the register
weighs names among its other evidence; this score is for a pair by itself (a relative's name on a
form, a passenger at a door). Rules: ``docs/spec/01c-names.md``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from safepassage.core.register.dictionary import forms_of
from safepassage.core.register.normalise import CanonicalName, canonical_of, parse_name
from safepassage.core.register.parsing import NameParts
from safepassage.core.register.scripts import fold, is_abjad, letters_key, skeleton, sound_keys
from safepassage.core.register.types import Sex
from safepassage.core.register.typing_errors import typing_cost

_PRIOR_BITS = -6.0
_SWAPPED_BITS = -2.5
_OTHER_SEX_BITS = -4.0


@dataclass(frozen=True, slots=True)
class NameScore:
    """What two names say of being one person's.

    Parameters
    ----------
    probability
        Between 0 and 1, if as many pairs are one person's as are not.
    bits
        Weight of the evidence; 0 is even.
    why
        A reason for each part of the name, in words, in the order surname, given name, patronymic.
    """

    probability: float
    bits: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WrittenName:
    """A name made ready for comparison."""

    parts: NameParts
    canonical: CanonicalName
    consonants_only: bool


@dataclass(frozen=True, slots=True)
class _Finding:
    bits: float
    why: str = ""


def names_score(left: str | WrittenName, right: str | WrittenName) -> NameScore:
    """Return how likely two names, as written, are one person's.

    Examples
    --------
    >>> names_score("Євген Іваненко", "IVANENKO Yevhen Petrovych").probability > 0.9
    True
    >>> names_score("Євген Іваненко", "Олег Іваненко").why
    ('same surname', 'another given name')
    """
    one = left if isinstance(left, WrittenName) else written_name(left)
    other = right if isinstance(right, WrittenName) else written_name(right)
    straight = _score(one, other)
    if straight.bits > 2.0:
        return straight
    ways = [straight]
    ways += [_turned(_score(turned, other)) for turned in _other_ways(one)]
    ways += [_turned(_score(one, turned)) for turned in _other_ways(other)]
    return max(ways, key=lambda score: score.bits)


@lru_cache(maxsize=20_000)
def written_name(
    full_name: str = "",
    surname: str = "",
    given_name: str = "",
    patronymic: str = "",
    sex: Sex = Sex.UNKNOWN,
) -> WrittenName:
    """Return a name, in one column or in several, ready for :func:`names_score`."""
    return _ready(parse_name(full_name, surname, given_name, patronymic), sex)


def _ready(parts: NameParts, sex: Sex = Sex.UNKNOWN) -> WrittenName:
    words = (*parts.surnames, parts.given)
    return WrittenName(parts, canonical_of(parts, sex), any(map(is_abjad, words)))


def _other_ways(name: WrittenName) -> Iterator[WrittenName]:
    """Yield the name with surname and given name exchanged, which no dictionary told apart."""
    parts = name.parts
    if len(parts.surnames) == 1 and len(parts.given) > 2:
        yield _ready(replace(parts, surnames=(parts.given,), given=parts.surnames[0]))
    if len(parts.surnames) == 2 and not parts.given:
        first, second = parts.surnames
        yield _ready(replace(parts, surnames=(first,), given=second))
        yield _ready(replace(parts, surnames=(second,), given=first))


def _turned(score: NameScore) -> NameScore:
    why = ("surname and given name exchanged", *score.why)
    return NameScore(_probability(score.bits + _SWAPPED_BITS), score.bits + _SWAPPED_BITS, why)


def _score(one: WrittenName, other: WrittenName) -> NameScore:
    abjad = one.consonants_only or other.consonants_only
    findings = [
        _surname(one, other, abjad=abjad),
        _given(one, other, abjad=abjad),
        _patronymic(one, other),
        _sex(one.canonical, other.canonical),
    ]
    bits = _PRIOR_BITS + sum(each.bits for each in findings)
    return NameScore(_probability(bits), bits, tuple(each.why for each in findings if each.why))


def _probability(bits: float) -> float:
    return 1.0 / (1.0 + math.pow(2.0, -bits))


# -------------------------------------------------------------------------------------- parts


def _surname(one: WrittenName, other: WrittenName, *, abjad: bool) -> _Finding:
    left, right = one.canonical, other.canonical
    if not left.surname_keys or not right.surname_keys:
        return _Finding(-1.0)
    if left.surname == right.surname:
        return _Finding(9.0, "same surname")
    if set(left.surname_keys) & set(right.surname_keys):
        return _Finding(8.0, "a surname in common")
    shared = _shared(map(skeleton, left.surname_keys), map(skeleton, right.surname_keys))
    if abjad and shared:
        return _Finding(min(6.5, 2.5 * shared), "surnames of the same consonants")
    return _near_surname(one, other)


def _near_surname(one: WrittenName, other: WrittenName) -> _Finding:
    cost, length = _least_cost(one.parts.surnames, other.parts.surnames)
    left, right = one.canonical.surname_keys, other.canonical.surname_keys
    if cost <= 1.0 and length >= 4:
        return _Finding(_NEAR_SURNAME.get(length, 6.0) + 2.0 * (1.0 - cost), _SURNAME_ERROR)
    if length >= 7 and any(_one_error(a, b) for a in left for b in right):
        return _Finding(5.0, _SURNAME_ERROR)
    if length >= 6 and any(_begins(a, b) for a in left for b in right):
        return _Finding(0.0, "one surname begins as the other")
    if cost <= 2.0 and length >= 8:
        return _Finding(-4.0, "surname two typing errors away")
    return _Finding(-8.0, "another surname")


_NEAR_SURNAME = {4: 2.5, 5: 4.0, 6: 5.0}
_SURNAME_ERROR = "surname one typing error away"


def _given(one: WrittenName, other: WrittenName, *, abjad: bool) -> _Finding:
    left, right = one.canonical, other.canonical
    if not left.given_initial or not right.given_initial:
        return _Finding(-1.5)
    if not left.given or not right.given:
        return _initials(left.given_initial, right.given_initial, "given name")
    if left.given == right.given:
        return _Finding(5.5, "same given name")
    shared = set(left.given_set) & set(right.given_set)
    if shared:
        return _Finding(5.0, "given names of one full name")
    consonants = _shared(_skeletons(one.parts.given), _skeletons(other.parts.given))
    if abjad and consonants:
        return _Finding(min(4.0, 2.0 * consonants), "given names of the same consonants")
    return _near_given(one, other)


def _near_given(one: WrittenName, other: WrittenName) -> _Finding:
    left, right = one.parts.given, other.parts.given
    if _known(one.canonical) and _known(other.canonical):
        return _Finding(-9.0, "another given name")
    cost, length = _least_cost((left,), (right,))
    forms = min(_cost_to_forms(one, other), _cost_to_forms(other, one))
    if min(cost, forms) <= 1.0 and length >= 3:
        bits = min(length, 6) - 2.5 + 2.0 * (1.0 - min(cost, 1.0))
        return _Finding(bits, "given name one typing error away")
    keys = sound_keys(left), sound_keys(right)
    if length >= 6 and any(_one_error(a, b) for a in keys[0] for b in keys[1]):
        return _Finding(2.0, "given name one typing error away")
    if length >= 3 and any(_begins(a, b) for a in keys[0] for b in keys[1]):
        return _Finding(0.0, "one given name begins as the other")
    return _Finding(-9.0, "another given name")


def _cost_to_forms(known: WrittenName, other: WrittenName) -> float:
    """Return the fewest errors between a word and any form of the other's full names."""
    word = letters_key(other.parts.given)
    if len(word) < 4:
        return 9.0
    forms = (form for name in known.canonical.given_set for form in forms_of(name))
    return float(min((OSA.distance(word, form, score_cutoff=2) for form in forms), default=9))


def _known(name: CanonicalName) -> bool:
    """Return whether the dictionary knows the given name: its full names are written out."""
    return any(not full.isascii() for full in name.given_set)


def _patronymic(one: WrittenName, other: WrittenName) -> _Finding:
    left, right = one.canonical, other.canonical
    if not left.patronymic_initial or not right.patronymic_initial:
        return _Finding(0.0)
    if not left.father or not right.father:
        return _initials(left.patronymic_initial, right.patronymic_initial, "patronymic")
    if set(left.father) & set(right.father):
        return _Finding(5.0, "same father's name")
    cost, length = _least_cost((one.parts.patronymic,), (other.parts.patronymic,))
    if cost <= 1.0 and length >= 5:
        return _Finding(3.0, "father's name one typing error away")
    if cost <= 2.0 and length >= 8:
        return _Finding(-1.0, "father's name two typing errors away")
    return _Finding(-9.0, "another father's name")


def _initials(left: tuple[str, ...], right: tuple[str, ...], what: str) -> _Finding:
    if set(left) & set(right):
        return _Finding(1.5, f"initial of the {what} fits")
    return _Finding(-7.0, f"initial of the {what} differs")


def _sex(left: CanonicalName, right: CanonicalName) -> _Finding:
    known = {Sex.MALE, Sex.FEMALE}
    if left.sex in known and right.sex in known and left.sex is not right.sex:
        return _Finding(_OTHER_SEX_BITS, "names of another sex")
    return _Finding(0.0)


# --------------------------------------------------------------------------------------- words


def _skeletons(word: str) -> Iterator[str]:
    return map(skeleton, sound_keys(word))


def _shared(left: Iterator[str], right: Iterator[str]) -> int:
    """Return the number of consonants of the longest skeleton in common."""
    return max(map(len, set(left) & set(right)), default=0)


def _least_cost(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[float, int]:
    """Return the fewest typing errors between any two words, and the shorter one's letters."""
    return min((_cost(a, b) for a in left for b in right), default=(9.0, 0))


@lru_cache(maxsize=20_000)
def _cost(one: str, other: str) -> tuple[float, int]:
    a, b = letters_key(one), letters_key(other)
    errors = float(OSA.distance(a, b, score_cutoff=2))
    if 0 < errors <= 2:
        errors = min(errors, typing_cost(fold(one), fold(other)))
    if errors and a[:1] != b[:1]:
        errors += _FIRST_LETTER_COST
    return errors, min(len(a), len(b))


_FIRST_LETTER_COST = 0.8
"""Hands seldom miss the first letter (Pollock and Zamora 1984, doi:10.1145/358027.358048)."""


def _one_error(one: str, other: str) -> bool:
    return one[:1] == other[:1] and OSA.distance(one, other, score_cutoff=1) <= 1


def _begins(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 3 and longer.startswith(shorter) and 2 * len(shorter) >= len(longer)
