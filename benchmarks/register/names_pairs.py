"""Pairs of written names with known truth, from names that the dictionaries do not hold.

Stock. Surnames, patronymics and given names come from ``names_translator`` (Ukrainian with its
Russian form) and ``russiannames`` (sex, frequency), only those of the held-out third: the first
byte of the SHA-256 of the Russian form (lower case, ё as е) is divisible by three, and
``names_stock.py`` leaves the same names out. Given names that the dictionary knows by sound all the
same are taken out here. A third of the persons have a given name of the exercise's table instead,
because everyday forms are wanted and no licensed list has them; that table was not read when the
dictionary was written. Romanisation is by the tables of ``translitua``, which are not ours.
Development used names whose second byte is even; the benchmark uses the odd ones.
"""

from __future__ import annotations

import csv
import hashlib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module, resources
from typing import Any

from rapidfuzz.distance import OSA

from safepassage.core.register.normalise import is_given_name

_KEYS = ("йцукенгшщзх", "фывапролджэ", "ячсмитьбю", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_WORD = re.compile("[А-ЯЁІЇЄҐа-яёіїєґ'’]{3,16}")


@dataclass(frozen=True)
class Written:
    """One part of a name in Russian and in Ukrainian."""

    ru: str
    uk: str
    everyday: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """A person's true name."""

    surname: Written
    given: Written
    patronymic: Written
    female: bool


@dataclass(frozen=True)
class Pair:
    """Two names as written, whether they are one person's, and what was done to them."""

    left: str
    right: str
    same: bool
    kind: str


@dataclass(frozen=True)
class Stock:
    """Names to make people of, men's first."""

    surnames: tuple[tuple[Written, Written], ...]
    given: tuple[tuple[Written, ...], tuple[Written, ...]]
    everyday: tuple[tuple[Written, ...], tuple[Written, ...]]
    patronymics: tuple[tuple[Written, ...], tuple[Written, ...]]


def held_out(name: str, *, reported: bool) -> bool:
    """Return whether a name belongs to the benchmark's third, and to the half asked for."""
    first, second = hashlib.sha256(name.casefold().replace("ё", "е").encode()).digest()[:2]
    return first % 3 == 0 and second % 2 == int(reported)


@lru_cache(maxsize=2)
def stock(*, reported: bool) -> Stock:
    """Return the names of one half of the held-out third."""
    from names_translator.dicts import default_dicts

    sexes = _sexes_of_given()
    names = {pool: default_dicts().as_dict(pool) for pool in ("first", "last", "patronymic")}
    given = [
        each
        for each in _pairs(names["first"], reported=reported)
        if not is_given_name(each.ru) and not is_given_name(each.uk)
    ]
    fathers = _pairs(names["patronymic"], reported=reported)
    return Stock(
        surnames=_surnames(names["last"], reported=reported),
        given=(
            tuple(each for each in given if sexes.get(each.ru.casefold()) == "m"),
            tuple(each for each in given if sexes.get(each.ru.casefold()) == "f"),
        ),
        everyday=(_with_everyday("m"), _with_everyday("f")),
        patronymics=(
            tuple(each for each in fathers if each.ru.endswith("ич") and each.uk.endswith("ич")),
            tuple(each for each in fathers if each.ru.endswith("на") and each.uk.endswith("на")),
        ),
    )


def name_pairs(number: int, seed: int, *, reported: bool) -> list[Pair]:
    """Return so many pairs, half of them one person's, in random order."""
    dice = random.Random(seed)
    names = stock(reported=reported)
    pairs = []
    for at in range(number):
        person = a_person(names, dice)
        if at % 2:
            pairs.append(_same(person, dice))
        else:
            pairs.append(_hard_non_pair(person, names, dice))
    dice.shuffle(pairs)
    return pairs


def a_person(names: Stock, dice: random.Random) -> Person:
    """Return a person of invented name."""
    female = dice.random() < 0.5
    pool = names.everyday if dice.random() < 1 / 3 else names.given
    return Person(
        dice.choice(names.surnames)[female],
        dice.choice(pool[female]),
        dice.choice(names.patronymics[female]),
        female,
    )


# ------------------------------------------------------------------------------------- variants

VARIANTS = (
    "other script", "other language", "everyday form", "patronymic missing", "initials",
    "typing error", "order", "maiden name",
)  # fmt: skip


def _same(person: Person, dice: random.Random) -> Pair:
    left = write(person, ("order",) if dice.random() < 0.3 else (), dice)
    while True:
        done = tuple(each for each in VARIANTS if dice.random() < 0.3) or (dice.choice(VARIANTS),)
        right = write(person, done, dice)
        if sorted(right.casefold().split()) != sorted(left.casefold().split()):
            return Pair(left, right, same=True, kind="+".join(done))


def write(person: Person, done: Sequence[str], dice: random.Random) -> str:
    """Return the person's name as somebody writes it who does these things to it."""
    language = "uk" if "other language" in done else "ru"
    given = getattr(person.given, language)
    if "everyday form" in done and person.given.everyday:
        given = dice.choice(person.given.everyday)
    words = [getattr(person.surname, language), given, getattr(person.patronymic, language)]
    if "patronymic missing" in done:
        words[2] = ""
    if "other script" in done:
        table = dice.choice(_tables(language))
        words = [_romanised(word, table) for word in words]
    if "typing error" in done:
        at = dice.choices([0, 1, 2], [5, 4, 2 if words[2] else 0])[0]
        words[at] = typing_error(words[at], dice)
    if "initials" in done and "everyday form" not in done:
        words[1:] = [word[:1] + "." if word else "" for word in words[1:]]
    if "maiden name" in done and person.female:
        married = dice.choice(stock(reported=True).surnames)[1].ru
        words[0] = f"{married} ({dice.choice(['урожд. ', 'née ', 'дошлюбне ', ''])}{words[0]})"
    return _ordered(words, "order" in done, dice)


def _ordered(words: list[str], other: bool, dice: random.Random) -> str:
    surname, given, father = words
    if dice.random() < 0.15:
        surname = surname.upper()
    if not other:
        return " ".join(filter(None, (surname, given, father)))
    orders = [(given, father, surname), (given, surname, father), (surname + ",", given, father)]
    return " ".join(filter(None, dice.choice(orders)))


def typing_error(word: str, dice: random.Random) -> str:
    """Return the word with one letter dropped, doubled, exchanged or from the key beside."""
    if len(word) < 3:
        return word
    at = dice.randrange(1, len(word))
    kind = dice.choice(("drop", "double", "exchange", "beside"))
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + word[at] + word[at:]
    if kind == "exchange" and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + _beside(word[at], dice) + word[at + 1 :]


def _beside(letter: str, dice: random.Random) -> str:
    for row in _KEYS:
        at = row.find(letter.lower())
        if at >= 0:
            return row[at + 1 if at == 0 or (at + 1 < len(row) and dice.random() < 0.5) else at - 1]
    return letter


# ------------------------------------------------------------------------------------ non-pairs


def _hard_non_pair(person: Person, names: Stock, dice: random.Random) -> Pair:
    """Return two people who are easily taken for one, each written as somebody writes them.

    Whatever tells them apart is written out in both names.
    """
    kind, make = dice.choice(_NON_PAIRS)
    other = make(person, names, dice)
    allowed = ["other script", "other language", "order", "typing error"]
    if kind != "another father":
        allowed.append("patronymic missing")
    done = [each for each in allowed if dice.random() < 0.3]
    left = write(person, ("order",) if dice.random() < 0.3 else (), dice)
    return Pair(left, write(other, done, dice), same=False, kind=kind)


def _sibling(person: Person, names: Stock, dice: random.Random) -> Person:
    pool = names.given[person.female] + names.everyday[person.female]
    given = _another(person.given, pool, dice)
    return Person(person.surname, given, person.patronymic, person.female)


def _sounds_like_sibling(person: Person, names: Stock, dice: random.Random) -> Person:
    pool = names.given[person.female] + names.everyday[person.female]
    some = [_another(person.given, pool, dice) for _ in range(60)]
    near = min(some, key=lambda each: OSA.distance(each.ru, person.given.ru))
    return Person(person.surname, near, person.patronymic, person.female)


def _namesake(person: Person, names: Stock, dice: random.Random) -> Person:
    pool = tuple(pair[person.female] for pair in names.surnames)
    surname = _another(person.surname, pool, dice)
    return Person(surname, person.given, person.patronymic, person.female)


def _sounds_like_namesake(person: Person, names: Stock, dice: random.Random) -> Person:
    pool = tuple(pair[person.female] for pair in names.surnames)
    some = [_another(person.surname, pool, dice) for _ in range(200)]
    near = min(some, key=lambda each: OSA.distance(each.ru, person.surname.ru))
    return Person(near, person.given, person.patronymic, person.female)


def _cousin(person: Person, names: Stock, dice: random.Random) -> Person:
    father = _another(person.patronymic, names.patronymics[person.female], dice)
    return Person(person.surname, person.given, father, person.female)


_NON_PAIRS: tuple[tuple[str, Callable[[Person, Stock, random.Random], Person]], ...] = (
    ("sibling", _sibling),
    ("sibling of similar name", _sounds_like_sibling),
    ("another surname", _namesake),
    ("a similar surname", _sounds_like_namesake),
    ("another father", _cousin),
)


def _another(one: Written, pool: Sequence[Written], dice: random.Random) -> Written:
    """Return a name at least three letters off, in both languages."""
    for _ in range(200):
        found = dice.choice(pool)
        if OSA.distance(found.ru, one.ru) >= 3 and OSA.distance(found.uk, one.uk) >= 3:
            return found
    raise RuntimeError("the stock is too small")


# ---------------------------------------------------------------------------------------- stock


def _pairs(names: dict[str, list[str]], *, reported: bool) -> list[Written]:
    return [
        Written(russian[0], _titled(ukrainian))
        for ukrainian, russian in sorted(names.items())
        if _WORD.fullmatch(ukrainian)
        and _WORD.fullmatch(russian[0])
        and held_out(russian[0], reported=reported)
    ]


def _surnames(
    names: dict[str, list[str]], *, reported: bool
) -> tuple[tuple[Written, Written], ...]:
    """Return surnames as men and women bear them; adjectives only where both forms are known."""
    men = {each.ru: each for each in _pairs(names, reported=reported)}
    women = {russian[0]: Written(russian[0], _titled(uk)) for uk, russian in names.items()}
    found = []
    for russian, man in men.items():
        if russian.endswith(("а", "я", "ы", "и")):
            continue
        woman = next((women[form] for form in _feminine(russian) if form in women), None)
        if woman or not russian.endswith(("ов", "ев", "ин", "ий", "ый")):
            found.append((man, woman or man))
    return tuple(found)


def _feminine(surname: str) -> tuple[str, ...]:
    if surname.endswith(("ий", "ый", "ой")):
        return (surname[:-2] + "ая",)
    return (surname + "а",) if surname.endswith(("ов", "ев", "ин")) else ()


@lru_cache(maxsize=1)
def _sexes_of_given() -> dict[str, str]:
    import duckdb

    path = resources.files("russiannames") / "data" / "names.parquet"
    rows = duckdb.sql(
        f"select text, gender from '{path}' where gender in ('m', 'f') and count >= 20"
    ).fetchall()
    return {text.casefold(): gender for text, gender in rows if text}


def _with_everyday(sex: str) -> tuple[Written, ...]:
    path = resources.files("safepassage.exercises") / "data" / "names" / "given_names.csv"
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return tuple(
        Written(row["russian"], row["ukrainian"], tuple(re.split(r"[\s;|,]+", row["diminutives"])))
        for row in rows
        if row["sex"][:1] == sex and row["diminutives"]
    )


def _titled(word: str) -> str:
    return word[:1].upper() + word[1:]


@lru_cache(maxsize=2)
def _tables(language: str) -> tuple[Any, ...]:
    tables: Any = import_module("translitua")
    return tuple(tables.ALL_RUSSIAN if language == "ru" else tables.ALL_UKRAINIAN)


def _romanised(word: str, table: Any) -> str:
    return str(import_module("translitua").translit(word, table)) if word else ""
