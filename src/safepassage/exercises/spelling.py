"""What happens to names, dates and places on their way into a list (10-exercise §23-§32)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from safepassage.core.register.types import Sex
from safepassage.exercises.dice import Dice
from safepassage.exercises.names import Surname
from safepassage.exercises.people import TruePerson
from safepassage.exercises.transliterate import (
    RUSSIAN_SYSTEMS,
    UKRAINIAN_2010,
    System,
    transliterate,
)


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Probability of each slip, per person and list; all independent given the list.

    Parameters
    ----------
    typing_error
        One letter wrong in one of the names.
    maiden_name
        A woman who took her husband's name stands under her own.
    diminutive
        ``Саша`` for ``Александр``.
    no_patronymic
        The father's name is missing.
    names_swapped
        Given name and surname in each other's column.
    birth_missing, birth_year_only, birth_wrong
        In this order; a wrong date has day and month exchanged, two digits of the year
        exchanged, or the year off by one to three.
    place_variant
        A spelling other than the usual one.
    birthplace_for_stay
        The village of birth stands where the village of stay is asked.
    no_phone
        The phone is missing although there is one.
    keeps_yo
        ``ё`` is written as ``ё``; otherwise as ``е``.
    """

    typing_error: float = 0.02
    maiden_name: float = 0.0
    diminutive: float = 0.0
    no_patronymic: float = 0.0
    names_swapped: float = 0.0
    birth_missing: float = 0.0
    birth_year_only: float = 0.0
    birth_wrong: float = 0.0
    place_variant: float = 0.0
    birthplace_for_stay: float = 0.0
    no_phone: float = 1.0
    keeps_yo: float = 0.2


@dataclass(frozen=True, slots=True)
class Spoken:
    """A person as a clerk hears them: names in one script, before any column is filled."""

    surname: str
    given: str
    patronymic: str


def in_russian(person: TruePerson, rates: ErrorRates, dice: Dice) -> Spoken:
    """Return the names as a Russian speaker gives them."""
    surname = _surname_heard(person, rates, dice).in_russian(person.sex)
    short = dice.chance(rates.diminutive) and person.given.diminutives
    given = dice.pick(person.given.diminutives) if short else person.given.russian
    patronymic = person.father.patronymics[person.sex is Sex.FEMALE]
    return _slips(Spoken(surname, given, patronymic), rates, dice)


def in_ukrainian(person: TruePerson, rates: ErrorRates, dice: Dice) -> Spoken:
    """Return the names as a Ukrainian office writes them."""
    surname = _surname_heard(person, rates, dice).in_ukrainian(person.sex)
    patronymic = person.father.patronymics[2 + (person.sex is Sex.FEMALE)]
    return _slips(Spoken(surname, person.given.ukrainian, patronymic), rates, dice)


def in_latin(person: TruePerson, rates: ErrorRates, dice: Dice) -> Spoken:
    """Return the names in Latin letters, by whichever system the caller's document used."""
    system = latin_system(dice)
    hear = in_ukrainian if system is UKRAINIAN_2010 else in_russian
    names = hear(person, replace(rates, keeps_yo=1.0), dice)
    return Spoken(*(transliterate(name, system) for name in _parts(names)))


def latin_system(dice: Dice) -> System:
    """Draw a system: passports mostly, but old papers, maps and habit too."""
    systems = (*RUSSIAN_SYSTEMS, UKRAINIAN_2010)
    return dice.weighted(systems, (30, 14, 12, 3, 3, 4, 4, 16, 14))


def birth_seen(
    person: TruePerson, rates: ErrorRates, today: date, dice: Dice
) -> tuple[date | None, bool]:
    """Return the date of birth as noted (None: missing) and whether only its year is known.

    Parameters
    ----------
    today
        Nobody is noted as born later.
    """
    missing, year_only, wrong = (
        dice.chance(rates.birth_missing),
        dice.chance(rates.birth_year_only),
        dice.chance(rates.birth_wrong),
    )
    noted = _wrong_date(person.birth, dice) if wrong else person.birth
    noted = person.birth if noted > today else noted
    return (None if missing else noted), year_only


def typing_error(text: str, dice: Dice) -> str:
    """Return the text with one letter left out, doubled, exchanged or confused with another.

    Capitals and one-letter words are left alone, so that the result still looks like a name.
    """
    places = [index for index in range(1, len(text)) if text[index].isalpha()]
    if len(places) < 2:
        return text
    slip = dice.pick((_drop, _double, _exchange, _confuse, _confuse))
    return slip(text, dice.pick(places[:-1]))


def _surname_heard(person: TruePerson, rates: ErrorRates, dice: Dice) -> Surname:
    return person.birth_surname if dice.chance(rates.maiden_name) else person.surname


def _parts(names: Spoken) -> tuple[str, str, str]:
    return names.surname, names.given, names.patronymic


def _slips(names: Spoken, rates: ErrorRates, dice: Dice) -> Spoken:
    surname, given, patronymic = _parts(names)
    if dice.chance(rates.no_patronymic):
        patronymic = ""
    if dice.chance(rates.typing_error):
        which = dice.weighted((0, 1, 2), (5, 2, 3))
        wrong = [surname, given, patronymic]
        wrong[which] = typing_error(wrong[which], dice)
        surname, given, patronymic = wrong
    if not dice.chance(rates.keeps_yo):
        surname, given, patronymic = (_plain_yo(part) for part in (surname, given, patronymic))
    if dice.chance(rates.names_swapped):
        surname, given = given, surname
    return Spoken(surname, given, patronymic)


def _plain_yo(text: str) -> str:
    return text.replace("ё", "е").replace("Ё", "Е")


def _drop(text: str, index: int) -> str:
    return text[:index] + text[index + 1 :]


def _double(text: str, index: int) -> str:
    return text[: index + 1] + text[index:]


def _exchange(text: str, index: int) -> str:
    return text[:index] + text[index + 1] + text[index] + text[index + 2 :]


_CONFUSED = {
    "а": "о", "о": "а", "е": "и", "и": "е", "і": "и", "ы": "и", "в": "ф", "д": "т", "б": "п",
    "г": "к", "з": "с", "ш": "щ", "щ": "ш", "й": "и", "я": "е",
}  # fmt: skip
"""What is heard alike when unstressed or at the end of a syllable, and what looks alike."""


def _confuse(text: str, index: int) -> str:
    letter = text[index]
    return text[:index] + _CONFUSED.get(letter, letter) + text[index + 1 :]


def _wrong_date(born: date, dice: Dice) -> date:
    kind = dice.weighted(("day_month", "digits", "year"), (3, 2, 4))
    if kind == "day_month" and born.day <= 12:
        return date(born.year, born.day, born.month)
    if kind == "digits" and abs(born.year % 10 - born.year // 10 % 10) <= 2:
        year = born.year // 100 * 100 + born.year % 10 * 10 + born.year // 10 % 10
        return _valid(year, born)
    return _valid(born.year + dice.pick((-3, -2, -1, -1, 1, 1, 2, 3)), born)


def _valid(year: int, born: date) -> date:
    return date(year, born.month, min(born.day, 28))
