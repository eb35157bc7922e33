"""The stock of invented names: tables written by hand, and how names change with sex and script."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from safepassage.core.register.types import Sex
from safepassage.exercises.dice import Dice
from safepassage.exercises.transliterate import russian_to_ukrainian

STOCKS = ("demo", "benchmark")
"""Two stocks without a surname or a given name in common."""

_ERAS = (1955, 1985)
"""Births up to the first year use the old weights, up to the second the middle ones."""


@dataclass(frozen=True, slots=True)
class GivenName:
    """A given name with everything that is made from it.

    Parameters
    ----------
    weights
        Relative frequency among people born to 1955, to 1985, and later.
    patronymics
        Russian male, Russian female, Ukrainian male, Ukrainian female; empty for a woman's name.
    """

    russian: str
    ukrainian: str
    weights: tuple[float, float, float]
    diminutives: tuple[str, ...]
    patronymics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surname:
    """A surname in its masculine form, Russian and Ukrainian."""

    russian: str
    ukrainian: str
    weight: float

    def in_russian(self, sex: Sex) -> str:
        """Return the form that a man or a woman bears."""
        return feminine(self.russian) if sex is Sex.FEMALE else self.russian

    def in_ukrainian(self, sex: Sex) -> str:
        """Return the form that a man or a woman bears, in Ukrainian spelling."""
        return feminine_ukrainian(self.ukrainian) if sex is Sex.FEMALE else self.ukrainian


@dataclass(frozen=True, slots=True)
class NameStock:
    """All names of one stock."""

    male: tuple[GivenName, ...]
    female: tuple[GivenName, ...]
    surnames: tuple[Surname, ...]

    def given(self, sex: Sex, birth_year: int, dice: Dice) -> GivenName:
        """Draw a given name as common as it was among children born in that year."""
        names = self.female if sex is Sex.FEMALE else self.male
        era = sum(birth_year > year for year in _ERAS)
        return dice.weighted(names, [name.weights[era] for name in names])

    def surname(self, dice: Dice) -> Surname:
        """Draw a surname by frequency."""
        return dice.weighted(self.surnames, [surname.weight for surname in self.surnames])


@cache
def load_stock(stock: str) -> NameStock:
    """Return one of :data:`STOCKS`.

    Raises
    ------
    ValueError
        If there is no stock of that name.
    """
    if stock not in STOCKS:
        raise ValueError(f"'{stock}' is no name stock; there are {', '.join(STOCKS)}")
    given = [row for row in read_table("names", "given_names.csv") if row["stock"] == stock]
    surnames = [row for row in read_table("names", "surnames.csv") if row["stock"] == stock]
    return NameStock(
        male=tuple(_given(row) for row in given if row["sex"] == "male"),
        female=tuple(_given(row) for row in given if row["sex"] == "female"),
        surnames=tuple(_surname(row) for row in surnames),
    )


def read_table(*path: str) -> list[dict[str, str]]:
    """Return the rows of a CSV table of the package data."""
    text = files("safepassage.exercises").joinpath("data", *path).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def feminine(surname: str) -> str:
    """Return a woman's form of a Russian surname; many have none.

    Examples
    --------
    >>> feminine("Ковалёв"), feminine("Заболоцкий"), feminine("Черных")
    ('Ковалёва', 'Заболоцкая', 'Черных')
    """
    return _changed(surname, _FEMININE)


def feminine_ukrainian(surname: str) -> str:
    """Return a woman's form of a surname in Ukrainian spelling."""
    return _changed(surname, _FEMININE_UKRAINIAN)


_FEMININE = (
    ("ий", "ая"), ("ый", "ая"), ("ой", "ая"),
    ("ов", "ова"), ("ев", "ева"), ("ёв", "ёва"), ("ин", "ина"), ("ын", "ына"),
)  # fmt: skip
_FEMININE_UKRAINIAN = (
    ("ий", "а"), ("ой", "а"), ("ов", "ова"), ("ев", "ева"), ("єв", "єва"), ("ін", "іна"),
    ("їн", "їна"), ("ин", "ина"),
)  # fmt: skip


def _changed(surname: str, endings: Sequence[tuple[str, str]]) -> str:
    for masculine, female in endings:
        if surname.endswith(masculine):
            return surname[: -len(masculine)] + female
    return surname


def _given(row: dict[str, str]) -> GivenName:
    columns = ("patronymic_male", "patronymic_female")
    patronymics = [row[column] for column in columns]
    patronymics += [row[f"{column}_ukrainian"] for column in columns]
    return GivenName(
        russian=row["russian"],
        ukrainian=row["ukrainian"],
        weights=(
            float(row["weight_old"]),
            float(row["weight_middle"]),
            float(row["weight_young"]),
        ),
        diminutives=tuple(row["diminutives"].split(";")),
        patronymics=tuple(name for name in patronymics if name),
    )


def _surname(row: dict[str, str]) -> Surname:
    russian = row["russian"]
    ukrainian = row["ukrainian"] or russian_to_ukrainian(russian)
    return Surname(russian, ukrainian, float(row["weight"]))
