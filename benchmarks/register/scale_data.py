"""A million rows of invented people, seeded: what ``benchmarks.register.scale`` links.

Seven people in ten stand on one list, the others on two to four of four lists; two lists are
written in Cyrillic, one in Latin letters, one in either. Surnames are put together from invented
roots and the endings of the region (36,000, frequencies by Zipf and Mandelbrot, the commonest one
borne by one person in 210), given names from a table with falling frequencies, fathers' names from
the male half of it; 1,200 places, of which the largest holds one person in twenty. On the way to
paper a surname is mistyped in 5 % of the rows, a given name in 3 %; the patronymic is left out in
25 %; the birth is a year in 10 % and missing in 5 %; a day is off in 3 %, a year in 2 %; the place
differs in 8 %; a telephone is given in 40 % and another one in a tenth of these. Nothing is taken
from the exercise or its villages, and nobody is real. Rows come in an order that says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

LISTS = ("council", "families", "hotline", "clinic")
_ROWS_A_PERSON = (0.70, 0.20, 0.07, 0.03)
_ONSETS = (
    "б в г д ж з к л м н п р с т х ч ш бр гр др кр пр тр ст сл кл пл гл вл см".split()  # noqa: SIM905 - a table reads best so
)
_VOWELS = tuple("аеиоу")
_CODAS = (
    "б в г д з к л м н п р с т х ш рн лк рк нк ст рт вч йк бк".split()  # noqa: SIM905 - as above
)
_ENDINGS = (
    ("енко", "енко"), ("ов", "ова"), ("ин", "ина"), ("ев", "ева"), ("ук", "ук"), ("чук", "чук"),
    ("ский", "ская"), ("ко", "ко"), ("ак", "ак"), ("ец", "ец"),
)  # fmt: skip
_MALE = (  # noqa: SIM905 - commonest first; a table reads best so
    "Александр Сергей Владимир Николай Андрей Алексей Дмитрий Иван Михаил Евгений Виктор Юрий "
    "Игорь Анатолий Олег Василий Виталий Максим Пётр Роман Валерий Константин Артём Денис "
    "Павел Григорий Степан Илья Борис Леонид Вячеслав Фёдор Богдан Ярослав Семён Кирилл Антон "
    "Яков Тарас Остап Назар Матвей Тимофей Прохор Лука Демьян Мирон Захар "
).split()
_FEMALE = (  # noqa: SIM905 - as above
    "Наталья Елена Татьяна Ольга Ирина Светлана Людмила Анна Мария Галина Валентина Любовь "
    "Екатерина Надежда Оксана Юлия Нина Лариса Вера Марина Анастасия Виктория Лидия Тамара "
    "Раиса Алла Инна Зинаида Дарья Антонина Евгения Полина София Зоя Кристина Ксения Алина "
    "Маргарита Клавдия Яна Варвара Ульяна Злата Олеся Таисия Прасковья Дина Богдана "
).split()
_FATHERS = {
    "Пётр": "Петр", "Павел": "Павл", "Лев": "Льв", "Василий": "Василь", "Юрий": "Юрь",
    "Анатолий": "Анатоль", "Виталий": "Виталь", "Валерий": "Валерь", "Евгений": "Евгень",
    "Григорий": "Григорь", "Николай": "Никола", "Андрей": "Андре", "Алексей": "Алексе",
    "Сергей": "Серге", "Дмитрий": "Дмитри", "Тимофей": "Тимофе", "Матвей": "Матве",
}  # fmt: skip
_SHORT_FATHERS = {"Илья": ("Ильич", "Ильинична"), "Лука": ("Лукич", "Лукинична")}
_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e iu ia".split(),  # noqa: SIM905 - as above
        strict=True,
    )
) | {"ъ": "", "ь": ""}
_FIRST_DAY = np.datetime64("1935-01-01")
_DAYS = 28_000
_PLACES = 1_200


@dataclass(frozen=True, slots=True, eq=False)
class ScaleData:
    """Rows with their truth.

    Parameters
    ----------
    rows
        Raw columns as a list would hold them (see ``safepassage.adapters.bulk``).
    person
        int64[rows], the true person of each row.
    """

    rows: pa.Table
    person: NDArray[np.int64]


def make(rows: int, seed: int = 1) -> ScaleData:
    """Return so many rows of some seven tenths as many people."""
    dice = np.random.default_rng(seed)
    person, place_of_list = _appearances(dice, rows)
    people = int(person.max()) + 1
    truth = _People(dice, people)
    written = _written(dice, truth, person, place_of_list)
    order = dice.permutation(rows)
    return ScaleData(written.take(pa.array(order)), person[order])


def _appearances(
    dice: np.random.Generator, rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the person and the list of each row: nobody stands twice on one list."""
    number = dice.choice(np.arange(1, 5), size=rows, p=_ROWS_A_PERSON)
    person = np.repeat(np.arange(rows), number)[:rows]
    lists = np.argsort(dice.random((int(person.max()) + 1, len(LISTS))), axis=1)
    nth = np.arange(rows) - np.searchsorted(person, person)
    return person, lists[person, nth]


def romanised(words: Sequence[str]) -> list[str | None]:
    """Return words in Latin letters, letter by letter, in small letters; nothing for nothing."""
    seen = {word: _romanised(word or "").lower() or None for word in set(words)}
    return [seen[word] for word in words]


class _People:
    """Who they truly are, as numbers into tables of spellings."""

    def __init__(self, dice: np.random.Generator, people: int) -> None:
        self.male = dice.random(people) < 0.47
        self.surnames = _surnames(dice)
        self.surname = dice.choice(len(self.surnames), people, p=_zipf(len(self.surnames), 30.0))
        weights = _zipf(len(_MALE), 4.0)
        self.given = dice.choice(len(_MALE), people, p=weights)
        self.father = dice.choice(len(_MALE), people, p=weights)
        self.born = dice.integers(0, _DAYS, people)
        self.places = _place_names(dice)
        self.place = dice.choice(_PLACES, people, p=_zipf(_PLACES, 3.0))
        self.phone = dice.integers(500_000_000, 999_999_999, people)


def _written(
    dice: np.random.Generator, truth: _People, person: NDArray[np.int64], lists: NDArray[np.int64]
) -> pa.Table:
    rows = len(person)
    latin = (lists == 2) | ((lists == 3) & (dice.random(rows) < 0.5))
    male = truth.male[person]
    forms = np.array(truth.surnames, dtype=object)
    surname = forms[truth.surname[person], np.where(male, 0, 1)]
    given = np.where(
        male,
        np.array(_MALE, dtype=object)[truth.given[person]],
        np.array(_FEMALE, dtype=object)[truth.given[person]],
    )
    fathers = np.array([_patronymics(name) for name in _MALE], dtype=object)
    father = fathers[truth.father[person], np.where(male, 0, 1)]
    father[dice.random(rows) < 0.25] = ""
    other_place = dice.choice(_PLACES, rows, p=_zipf(_PLACES, 3.0))
    moved = dice.random(rows) < 0.08
    place = truth.places[np.where(moved, other_place, truth.place[person])]
    columns = {
        "surname": _mistyped(dice, _in_script(surname, latin), 0.05),
        "given_name": _mistyped(dice, _in_script(given, latin), 0.03),
        "patronymic": _in_script(father, latin),
        "stay_place": _in_script(place, latin),
    }
    earliest, latest = _births(dice, truth.born[person])
    return pa.table(
        {
            "list_id": np.array(LISTS, dtype=object)[lists],
            **{name: pa.array(values, pa.string()) for name, values in columns.items()},
            "sex": np.where(male, "male", "female"),
            "birth_earliest": earliest,
            "birth_latest": latest,
            "phone": _phones(dice, truth.phone[person]),
        }
    )


def _births(dice: np.random.Generator, born: NDArray[np.int64]) -> tuple[pa.Array, pa.Array]:
    rows = len(born)
    slip = np.where(dice.random(rows) < 0.03, dice.integers(-15, 16, rows), 0)
    slip += np.where(dice.random(rows) < 0.02, 365 * dice.choice((-1, 1), rows), 0)
    day = _FIRST_DAY + (born + slip).astype("timedelta64[D]")
    year = day.astype("datetime64[Y]")
    rough = dice.random(rows) < 0.10
    first = np.where(rough, year.astype("datetime64[D]"), day)
    last = np.where(rough, (year + 1).astype("datetime64[D]") - 1, day)
    missing = dice.random(rows) < 0.05
    return tuple(pa.array(each.astype(str), mask=missing) for each in (first, last))


def _phones(dice: np.random.Generator, own: NDArray[np.int64]) -> pa.Array:
    rows = len(own)
    other = dice.integers(500_000_000, 999_999_999, rows)
    number = np.where(dice.random(rows) < 0.1, other, own)
    text = np.char.add("+380", number.astype(str))
    return pa.array(text, mask=dice.random(rows) >= 0.4)


def _surnames(dice: np.random.Generator) -> list[tuple[str, str]]:
    roots = [o + v + c for o in _ONSETS for v in _VOWELS for c in _CODAS]
    dice.shuffle(roots)
    made = [
        ((root + his).capitalize(), (root + hers).capitalize())
        for root in roots
        for his, hers in _ENDINGS
    ]
    order = dice.permutation(len(made))
    return [made[at] for at in order]


def _place_names(dice: np.random.Generator) -> NDArray[np.object_]:
    tails = ("овка", "ино", "ское", "ица", "овое", "ец", "ары")
    made = sorted({o + v + c + t for o in _ONSETS for v in _VOWELS for c in _CODAS for t in tails})
    chosen = dice.choice(len(made), _PLACES, replace=False)
    return np.array([made[at].capitalize() for at in chosen], dtype=object)


def _zipf(number: int, shift: float) -> NDArray[np.float64]:
    weights = 1.0 / (np.arange(number) + shift)
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _patronymics(name: str) -> tuple[str, str]:
    if name in _SHORT_FATHERS:
        return _SHORT_FATHERS[name]
    stem = _FATHERS.get(name, name)
    soft = stem[-1] in "ьаеи"
    return (stem + ("евич" if soft else "ович"), stem + ("евна" if soft else "овна"))


def _in_script(words: NDArray[np.object_], latin: NDArray[np.bool_]) -> NDArray[np.object_]:
    distinct, place = np.unique(words, return_inverse=True)
    romanised = np.array([_romanised(word) for word in distinct], dtype=object)
    return np.where(latin, romanised[place], words)


def _romanised(word: str) -> str:
    return "".join(_LATIN.get(letter, letter) for letter in word.lower()).capitalize()


def _mistyped(
    dice: np.random.Generator, words: NDArray[np.object_], share: float
) -> NDArray[np.object_]:
    """Return the words, some with a letter left out, doubled, replaced or exchanged."""
    words = words.copy()
    for at in np.flatnonzero(dice.random(len(words)) < share).tolist():
        words[at] = _slip(dice, words[at])
    return words


def _slip(dice: np.random.Generator, word: str) -> str:
    at, kind = int(dice.integers(1, max(len(word) - 1, 2))), int(dice.integers(4))
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at - 1] + word[at:]
    if kind == 2:
        letters = "aeionrstlk" if word.isascii() else "аеионрстлк"
        return word[:at] + letters[int(dice.integers(len(letters)))] + word[at + 1 :]
    return word[: at - 1] + word[at : at + 1] + word[at - 1 : at] + word[at + 1 :]
