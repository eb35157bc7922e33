"""From names as written to canonical names: parts, full names of everyday forms, neutral stems.

Originals are never replaced; a canonical name stands beside them and only for comparison.
Rules: ``docs/spec/01-register.md`` §8 to §15 and ``docs/spec/01c-names.md``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from safepassage.core.register.dictionary import (
    everyday_names,
    father_names,
    first_sounds,
    given_names,
    initials_of,
    is_given_name,
    looks_like_patronymic,
    sex_by_name,
    sex_of_given,
    sex_of_patronymic,
)
from safepassage.core.register.parsing import NameParts, name_words, parse_name, with_earlier
from safepassage.core.register.scripts import coarse_key, fold, sound_key, sound_keys
from safepassage.core.register.types import Sex

__all__ = [
    "CanonicalName",
    "NameParts",
    "canonical_name",
    "father_names",
    "first_sounds",
    "folded_words",
    "given_names",
    "is_given_name",
    "looks_like_patronymic",
    "name_words",
    "parse_name",
    "sex_of",
    "surname_stems",
]

_FEMALE_SURNAME = re.compile(r"(?:(?:ov|ev|iv|in)a|sk?aa?|cka|ska)$")
_MALE_SURNAME = re.compile(r"(?:(?<=.)(?:ov|ev|in)|sk|ck)$")
_CACHE = 200_000


@dataclass(frozen=True, slots=True)
class CanonicalName:
    """What is compared in the place of a name.

    Parameters
    ----------
    surname
        Gender-neutral sound stem; empty where unknown.
    surname_keys
        `surname`, other readings of a romanisation, halves of a double name, earlier surnames.
    given
        Sound key of the given name as written, its everyday form included.
    given_set
        Full names that it may stand for; a name of no dictionary stands for itself.
    given_initial, patronymic_initial
        First sounds that the name may begin with, also where only an initial is written.
    father
        Father's names that the patronymic may come from.
    sex
        As the name's endings say.
    """

    surname: str = ""
    surname_keys: tuple[str, ...] = ()
    given: str = ""
    given_set: tuple[str, ...] = ()
    given_initial: tuple[str, ...] = ()
    father: tuple[str, ...] = ()
    patronymic_initial: tuple[str, ...] = ()
    sex: Sex = Sex.UNKNOWN


def canonical_name(
    full_name: str = "",
    surname: str = "",
    given_name: str = "",
    patronymic: str = "",
    sex: Sex = Sex.UNKNOWN,
    maiden_name: str = "",
) -> CanonicalName:
    """Return the canonical name of what a record says, in one column or in several.

    Parameters
    ----------
    sex
        As recorded; tells apart what an everyday form (Саша, Женя) stands for.
    maiden_name
        Earlier surnames, as written; they count as other readings of the surname.

    Examples
    --------
    >>> one = canonical_name("Іваненко Женя Петрович")
    >>> other = canonical_name(surname="IVANENKO", given_name="Yevhen", patronymic="Petrovych")
    >>> one.surname == other.surname, set(one.given_set) & set(other.given_set), one.father
    (True, {'Евгений'}, ('Пётр',))
    """
    parts = parse_name(full_name, surname, given_name, patronymic)
    if maiden_name:
        parts = with_earlier(parts, name_words(maiden_name))
    return canonical_of(parts, sex)


def canonical_of(parts: NameParts, recorded: Sex = Sex.UNKNOWN) -> CanonicalName:
    """Return the canonical name of a name that is split already."""
    sex = recorded if recorded is not Sex.UNKNOWN else sex_of(parts)
    keys = _surname_keys(parts.surnames)
    given, given_set, given_initial = _given(parts.given, sex)
    father, father_initial = _father(parts.patronymic)
    return CanonicalName(
        surname=keys[0] if keys else "",
        surname_keys=keys,
        given=given,
        given_set=given_set,
        given_initial=given_initial,
        father=father,
        patronymic_initial=father_initial,
        sex=sex,
    )


@lru_cache(maxsize=_CACHE)
def surname_stems(word: str) -> tuple[str, ...]:
    """Return the gender-neutral stems of one surname, the likeliest reading first.

    Examples
    --------
    >>> surname_stems("Козача")[0] == surname_stems("Казачий")[0] == surname_stems("Kazachya")[0]
    True
    """
    return tuple(dict.fromkeys(coarse_key(key) for key in sound_keys(word) if key))


def sex_of(parts: NameParts) -> Sex:
    """Return the sex that particle, patronymic, given name and surname speak for, in that order."""
    if parts.sex is not Sex.UNKNOWN:
        return parts.sex
    if parts.patronymic:
        found = sex_of_patronymic(parts.patronymic)
        if found is not Sex.UNKNOWN:
            return found
    found = sex_of_given(parts.given)
    if found is Sex.UNKNOWN and parts.surnames:
        return _sex_of_surname(parts.surnames[0])
    return found


def folded_words(text: str) -> list[str]:
    """Return the words of `text`, folded, digits and signs dropped."""
    return [fold(word).rstrip(".") for word in _WORD.findall(text)]


_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ`´][^\W\d_]+)*\.?")


@lru_cache(maxsize=_CACHE)
def _surname_keys(surnames: tuple[str, ...]) -> tuple[str, ...]:
    long = (name for name in surnames if len(name.rstrip(".")) > 1)
    return tuple(dict.fromkeys(key for name in long for key in surname_stems(name)))


@lru_cache(maxsize=_CACHE)
def _given(word: str, sex: Sex) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return sound, full names and first sounds of a given name or initial."""
    names = _full_names(word, sex)
    sound = sound_key(word.replace("-", "")) if len(word) > 1 else ""
    return sound, names, initials_of(word, names)


def _full_names(given: str, sex: Sex) -> tuple[str, ...]:
    if len(given) < 2:
        return ()
    names = given_names(given)
    if sex is Sex.UNKNOWN:
        return names
    return _of_sex(names, sex) or _of_sex(everyday_names(given), sex) or names


def _of_sex(names: tuple[str, ...], sex: Sex) -> tuple[str, ...]:
    return tuple(name for name in names if sex_by_name().get(name, sex) is sex)


@lru_cache(maxsize=_CACHE)
def _father(word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    father = father_names(word) if len(word) > 1 else ()
    return father, initials_of(word, father)


@lru_cache(maxsize=_CACHE)
def _sex_of_surname(surname: str) -> Sex:
    key = sound_key(surname)
    if _FEMALE_SURNAME.search(key):
        return Sex.FEMALE
    return Sex.MALE if len(key) > 4 and _MALE_SURNAME.search(key) else Sex.UNKNOWN
