"""Lists of people as six kinds of office would hand them in, and whose every row is.

The error model is documented in docs/spec/10-exercise.md §16-§32 and, with its numbers, in
docs/reference/exercise.md.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from safepassage.core.register.types import Choice, Consent, Need, Sex
from safepassage.exercises.dice import Dice
from safepassage.exercises.people import (
    ADULT_AGE,
    OLDER_AGE,
    TrueHousehold,
    TruePerson,
    Truth,
    Village,
)
from safepassage.exercises.reach import Reach, Reached, reach
from safepassage.exercises.spelling import (
    ErrorRates,
    Spoken,
    birth_seen,
    in_latin,
    in_russian,
    in_ukrainian,
    latin_system,
)
from safepassage.exercises.transliterate import UKRAINIAN_2010, transliterate
from safepassage.scenario.types import SourceList

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class ListDesign:
    """One list: who compiles it, whom it reaches, how it errs, what its rows look like.

    Parameters
    ----------
    source
        How the scenario package describes it.
    style
        A key of :data:`STYLES`.
    asks
        Probability that a person on it was asked for choice and consent.
    changed_mind
        Probability that the answer noted differs from the true choice.
    """

    source: SourceList
    reach: Reach
    errors: ErrorRates
    style: str
    asks: float = 0.0
    changed_mind: float = 0.0


@dataclass(frozen=True, slots=True)
class GeneratedList:
    """The rows of one list and, kept apart, the person behind each.

    Parameters
    ----------
    header
        Column names.
    rows
        Cells in the order of the header; row 0 is row 2 of the file.
    person_ids
        True person of each row.
    """

    source: SourceList
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    person_ids: tuple[str, ...]

    def record_ids(self) -> tuple[str, ...]:
        """Return ``"<list_id>:<row>"`` for each row, the header being row 1."""
        return tuple(f"{self.source.list_id}:{row + 2}" for row in range(len(self.rows)))

    def to_bytes(self) -> bytes:
        """Return the file as it is handed in, in its own encoding and delimiter."""
        text = io.StringIO()
        delimiter = "," if self.source.delimiter == "auto" else self.source.delimiter
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow(self.header)
        writer.writerows(self.rows)
        encoding = "utf-8" if self.source.encoding == "auto" else self.source.encoding
        return text.getvalue().encode(encoding)


def generate_lists(
    truth: Truth, designs: Sequence[ListDesign], seed: int
) -> tuple[GeneratedList, ...]:
    """Compile lists about known people.

    Parameters
    ----------
    designs
        In the order of compilation: a list may follow earlier ones only.
    seed
        Same truth, designs and seed: the same rows.
    """
    reached: dict[str, frozenset[str]] = {}
    lists = []
    for design in designs:
        list_id = design.source.list_id
        reached[list_id] = reach(list_id, design.reach, truth, reached, seed)
        lists.append(_compile(truth, design, reached[list_id], seed))
    return tuple(lists)


def write_list(folder: Path, generated: GeneratedList) -> None:
    """Write one list into a scenario folder."""
    path = folder / generated.source.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(generated.to_bytes())


def capture_histories(truth: Truth, reached: Reached) -> dict[tuple[int, ...], int]:
    """Return how many persons present have each pattern of lists, those on none included.

    Parameters
    ----------
    reached
        List id to person ids; the order of the lists is the order of the pattern.
    """
    counts: dict[tuple[int, ...], int] = {}
    for person in truth.persons:
        pattern = tuple(int(person.person_id in ids) for ids in reached.values())
        if person.present:
            counts[pattern] = counts.get(pattern, 0) + 1
    return dict(sorted(counts.items(), reverse=True))


def reached_by(lists: Iterable[GeneratedList]) -> dict[str, frozenset[str]]:
    """Return the persons on each list."""
    return {item.source.list_id: frozenset(item.person_ids) for item in lists}


@dataclass(slots=True)
class _Desk:
    """What one clerk has at hand while writing one list."""

    truth: Truth
    design: ListDesign
    seed: int
    villages: dict[str, Village]
    people: dict[str, TruePerson]
    keys: dict[str, int] = field(default_factory=dict)

    def key(self, household: TrueHousehold) -> int:
        """Return the running number of a household, counted from 1 in order of appearance."""
        return self.keys.setdefault(household.household_id, len(self.keys) + 1)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One person as this clerk noted them, before columns."""

    person: TruePerson
    household: TrueHousehold
    names: Spoken
    born: date | None
    year_only: bool
    village: Village
    birth_village: Village
    dice: Dice


def _compile(truth: Truth, design: ListDesign, listed: frozenset[str], seed: int) -> GeneratedList:
    people = {person.person_id: person for person in truth.persons}
    villages = {item.place_id: item for item in truth.villages}
    desk = _Desk(truth, design, seed, villages, people)
    homes = Dice(seed, "order", design.source.list_id).shuffled(truth.households)
    style = STYLES[design.style]
    written: list[tuple[Cells, str]] = []
    for home in homes:
        for person_id in home.person_ids:
            if person_id in listed:
                entries = _entries(desk, people[person_id], home)
                written += [(style.cells(desk, entry), person_id) for entry in entries]
    written = style.arranged(written)
    return GeneratedList(
        source=design.source,
        header=style.header,
        rows=tuple(tuple(cells.get(name, "") for name in style.header) for cells, _ in written),
        person_ids=tuple(person_id for _, person_id in written),
    )


def _entries(desk: _Desk, person: TruePerson, home: TrueHousehold) -> list[_Entry]:
    dice = Dice(desk.seed, "row", desk.design.source.list_id, person.person_id)
    copies = 2 if dice.chance(desk.design.reach.twice) else 1
    return [_entry(desk, person, home, dice) for _ in range(copies)]


def _entry(desk: _Desk, person: TruePerson, home: TrueHousehold, dice: Dice) -> _Entry:
    rates = desk.design.errors
    born, year_only = birth_seen(person, rates, desk.truth.as_of, dice)
    stay = person.birth_place if dice.chance(rates.birthplace_for_stay) else person.stay
    return _Entry(
        person=person,
        household=home,
        names=STYLES[desk.design.style].names(person, rates, dice),
        born=born,
        year_only=year_only,
        village=desk.villages[stay],
        birth_village=desk.villages[person.birth_place],
        dice=dice,
    )


def _families(desk: _Desk, entry: _Entry) -> Cells:
    names = entry.names
    first_names = f"{names.given} {names.patronymic}".strip()
    return {
        "ФИО": f"{names.surname} {first_names}",
        "Год рождения": _year(entry),
        "Где остался": _place(desk, entry, entry.village.russian),
        "Семья": f"С-{desk.key(entry.household):03d}",
        "Телефон": _phone(desk, entry),
        "Кто ищет": _seeker(desk, entry.household),
    }


def _seeker(desk: _Desk, household: TrueHousehold) -> str:
    """Return who looks for a household: one answer a household, and one that fits its ages."""
    dice = Dice(desk.seed, "seeker", household.household_id)
    ages = [desk.people[one].age_on(desk.truth.as_of) for one in household.person_ids]
    return dice.pick(_SEEK_THE_OLD if max(ages) >= OLDER_AGE else _SEEK_THE_YOUNG)


_SEEK_THE_OLD = ("сын", "дочь", "внучка", "внук", "племянница", "соседи", "соседка")
_SEEK_THE_YOUNG = ("мать", "сестра", "брат", "тётя", "двоюродный брат", "соседи", "подруга")


def _village_heads(desk: _Desk, entry: _Entry) -> Cells:
    place = _place(desk, entry, entry.village.russian)
    return {
        "Двор": f"{_village_code(desk, entry)}-{desk.key(entry.household):03d}",
        "Фамилия": entry.names.surname,
        "Имя": entry.names.given,
        "Отчество": entry.names.patronymic,
        "Пол": "ж" if entry.person.sex is Sex.FEMALE else "м",
        "Возраст": _age(desk, entry),
        "Населённый пункт": place,
    }


def _village_code(desk: _Desk, entry: _Entry) -> str:
    return desk.villages[entry.household.place_id].russian[0][:3].upper()


def _administration(desk: _Desk, entry: _Entry) -> Cells:
    return {
        "Прізвище": entry.names.surname,
        "Ім'я": entry.names.given,
        "По батькові": entry.names.patronymic,
        "Стать": "ж" if entry.person.sex is Sex.FEMALE else "ч",
        "Дата народження": _dotted(entry),
        "Населений пункт": _place(desk, entry, entry.village.ukrainian),
        "Місце народження": entry.birth_village.ukrainian[0],
    }


def _hospital(desk: _Desk, entry: _Entry) -> Cells:
    names = entry.names
    initials = "".join(f"{name[0]}." for name in (names.given, names.patronymic) if name)
    return {
        "ФИО": f"{names.surname} {initials}",
        "Дата рождения": _dotted(entry),
        "Адрес": _place(desk, entry, entry.village.russian),
        "Нужды": _in_words(entry.person, _PATIENTS_NEEDS),
    }


def _hotline(desk: _Desk, entry: _Entry) -> Cells:
    spoken = entry.names
    answers = _answers(desk, entry, "Wants to leave", "Consent", "How asked", "Asked on")
    return answers | {
        "Case": f"KS-{1000 + desk.key(entry.household)}",
        "Family name": spoken.surname,
        "First name": spoken.given,
        "Father's name": spoken.patronymic,
        "Sex": "F" if entry.person.sex is Sex.FEMALE else "M",
        "Date of birth": _iso(entry),
        "Last known place": _latin_place(desk, entry),
        "Phone": _phone(desk, entry).replace("8 (", "+7 ("),
        "Needs": _needs(entry.person.needs) if entry.dice.chance(0.7) else "",
        "Destination": _destinations(entry) if answers["Wants to leave"] == Choice.GO else "",
    }


def _callback(desk: _Desk, entry: _Entry) -> Cells:
    columns = ("Выбор", "Согласие", "Форма согласия", "Дата опроса")
    answers = _answers(desk, entry, *columns)
    goes = answers["Выбор"] == Choice.GO
    spoken = {column: _RUSSIAN.get(answers[column], answers[column]) for column in columns}
    spoken["Согласие"] = _RUSSIAN_CONSENT[answers["Согласие"]]
    return spoken | {
        "Карточка": f"К-{desk.key(entry.household):04d}",
        "Фамилия": entry.names.surname,
        "Имя": entry.names.given,
        "Отчество": entry.names.patronymic,
        "Пол": "ж" if entry.person.sex is Sex.FEMALE else "м",
        "Дата рождения": _dotted(entry),
        "Населённый пункт": _place(desk, entry, entry.village.russian),
        "Телефон": _phone(desk, entry),
        "Потребности": _in_words(entry.person, frozenset(Need)),
        "Куда": ", ".join(entry.household.destinations) if goes else "",
        "Состояние": "на месте" if entry.person.present else "выехал",
        "Не сажать вместе с": _apart(desk, entry),
    }


_RUSSIAN: dict[str, str] = {
    Choice.GO: "хочет выехать",
    Choice.STAY: "остаётся",
    Choice.UNDECIDED: "не знает",
    Choice.NOT_ASKED: "не опрошен",
    "oral": "устно",
    "written": "письменно",
    "proxy": "законный представитель",
}
_RUSSIAN_CONSENT: dict[str, str] = {Consent.YES: "да", Consent.NO: "нет", Consent.NOT_ASKED: ""}
_RUSSIAN_NEEDS = {
    Need.WHEELCHAIR: "коляска",
    Need.STRETCHER: "носилки",
    Need.MEDICAL_ESCORT: "медсопровождение",
    Need.PREGNANT: "беременная",
    Need.SEPARATED_CHILD: "без родителей",
    Need.ALONE_OLDER: "живёт один",
    Need.ANIMALS: "животные",
}


_PATIENTS_NEEDS = frozenset(Need) - {Need.ANIMALS, Need.ALONE_OLDER}


def _in_words(person: TruePerson, noted: frozenset[Need]) -> str:
    words = dict(_RUSSIAN_NEEDS)
    if person.sex is Sex.FEMALE:
        words[Need.ALONE_OLDER] = "живёт одна"
    return ", ".join(sorted(words[need] for need in person.needs & noted))


def _answers(desk: _Desk, entry: _Entry, *columns: str) -> Cells:
    """Return choice, consent, form and date; a household is asked at one visit."""
    design, dice = desk.design, entry.dice
    visit = Dice(desk.seed, "visit", design.source.list_id, entry.household.household_id)
    asked = visit.chance(design.asks) and entry.person.present
    changed = visit.chance(design.changed_mind)
    day = date.fromisoformat(design.source.as_of) - timedelta(days=visit.between(0, 6))
    form = visit.weighted(("oral", "written"), (3, 2))
    if not asked:
        return dict(zip(columns, (Choice.NOT_ASKED, Consent.NOT_ASKED, "", ""), strict=True))
    child = entry.person.age_on(desk.truth.as_of) < ADULT_AGE
    proxy = child or dice.chance(0.02)
    choice = _noted_choice(entry.person.choice, changed)
    values = (
        choice,
        # Who stays is not asked to be on a manifest.
        Consent.NOT_ASKED if choice is Choice.STAY else entry.person.consent,
        "proxy" if proxy else form,
        day.isoformat(),
    )
    return dict(zip(columns, values, strict=True))


def _noted_choice(true: Choice, changed: bool) -> Choice:
    if not changed:
        return true
    return Choice.UNDECIDED if true is Choice.GO else Choice.GO


def _apart(desk: _Desk, entry: _Entry) -> str:
    cards = [desk.keys[other] for other in entry.household.apart_from if other in desk.keys]
    return ", ".join(f"К-{card:04d}" for card in cards)


def _destinations(entry: _Entry) -> str:
    return ";".join(entry.household.destinations)


def _needs(needs: Iterable[Need]) -> str:
    return ";".join(sorted(need.value for need in needs))


def _phone(desk: _Desk, entry: _Entry) -> str:
    return "" if entry.dice.chance(desk.design.errors.no_phone) else entry.person.phone


def _place(desk: _Desk, entry: _Entry, spellings: Sequence[str]) -> str:
    other = entry.dice.chance(desk.design.errors.place_variant)
    return entry.dice.pick(spellings[1:] or spellings) if other else spellings[0]


def _latin_place(desk: _Desk, entry: _Entry) -> str:
    system = latin_system(entry.dice)
    if system is UKRAINIAN_2010:
        return transliterate(entry.village.ukrainian[0], system)
    return transliterate(_place(desk, entry, entry.village.russian), system)


def _year(entry: _Entry) -> str:
    return str(entry.born.year) if entry.born else ""


def _age(desk: _Desk, entry: _Entry) -> str:
    if entry.born is None:
        return ""
    day = date.fromisoformat(desk.design.source.as_of)
    before = (day.month, day.day) < (entry.born.month, entry.born.day)
    return str(max(0, day.year - entry.born.year - before))


def _dotted(entry: _Entry) -> str:
    if entry.born is None or entry.year_only:
        return _year(entry)
    return entry.born.strftime("%d.%m.%Y")


def _iso(entry: _Entry) -> str:
    if entry.born is None or entry.year_only:
        return _year(entry)
    return entry.born.isoformat()


Written = list[tuple[Cells, str]]


def _as_written(written: Written) -> Written:
    return written


def _by(*columns: str) -> Callable[[Written], Written]:
    def arrange(written: Written) -> Written:
        return sorted(written, key=lambda row: [row[0][column] for column in columns])

    return arrange


@dataclass(frozen=True, slots=True)
class Style:
    """How an office writes: its columns, its script, the order of its rows.

    Parameters
    ----------
    mapping
        (standard column, column of the file); columns without one are carried.
    """

    header: tuple[str, ...]
    mapping: tuple[tuple[str, str], ...]
    names: Callable[[TruePerson, ErrorRates, Dice], Spoken]
    cells: Callable[[_Desk, _Entry], Cells]
    arranged: Callable[[Written], Written] = _as_written


STYLES = {
    "families": Style(
        ("ФИО", "Год рождения", "Где остался", "Семья", "Телефон", "Кто ищет"),
        (
            ("full_name", "ФИО"),
            ("birth", "Год рождения"),
            ("stay_place", "Где остался"),
            ("household_key", "Семья"),
            ("phone", "Телефон"),
        ),
        in_russian,
        _families,
    ),
    "village_heads": Style(
        ("Двор", "Фамилия", "Имя", "Отчество", "Пол", "Возраст", "Населённый пункт"),
        (
            ("household_key", "Двор"),
            ("surname", "Фамилия"),
            ("given_name", "Имя"),
            ("patronymic", "Отчество"),
            ("sex", "Пол"),
            ("age", "Возраст"),
            ("stay_place", "Населённый пункт"),
        ),
        in_russian,
        _village_heads,
        _by("Двор"),
    ),
    "administration": Style(
        (
            "Прізвище", "Ім'я", "По батькові", "Стать", "Дата народження", "Населений пункт",
            "Місце народження",
        ),
        (
            ("surname", "Прізвище"),
            ("given_name", "Ім'я"),
            ("patronymic", "По батькові"),
            ("sex", "Стать"),
            ("birth", "Дата народження"),
            ("stay_place", "Населений пункт"),
            ("birth_place", "Місце народження"),
        ),
        in_ukrainian,
        _administration,
        _by("Прізвище", "Ім'я"),
    ),
    "hospital": Style(
        ("ФИО", "Дата рождения", "Адрес", "Нужды"),
        (
            ("full_name", "ФИО"),
            ("birth", "Дата рождения"),
            ("stay_place", "Адрес"),
            ("needs", "Нужды"),
        ),
        in_russian,
        _hospital,
        _by("ФИО"),
    ),
    "hotline": Style(
        (
            "Case", "Family name", "First name", "Father's name", "Sex", "Date of birth",
            "Last known place", "Phone", "Needs", "Wants to leave", "Consent", "How asked",
            "Asked on", "Destination",
        ),
        (
            ("household_key", "Case"),
            ("surname", "Family name"),
            ("given_name", "First name"),
            ("patronymic", "Father's name"),
            ("sex", "Sex"),
            ("birth", "Date of birth"),
            ("stay_place", "Last known place"),
            ("phone", "Phone"),
            ("needs", "Needs"),
            ("choice", "Wants to leave"),
            ("consent", "Consent"),
            ("consent_form", "How asked"),
            ("asked_on", "Asked on"),
            ("destinations", "Destination"),
        ),
        in_latin,
        _hotline,
    ),
    "callback": Style(
        (
            "Карточка", "Фамилия", "Имя", "Отчество", "Пол", "Дата рождения",
            "Населённый пункт", "Телефон", "Потребности", "Выбор", "Согласие",
            "Форма согласия", "Дата опроса", "Куда", "Состояние", "Не сажать вместе с",
        ),
        (
            ("household_key", "Карточка"),
            ("surname", "Фамилия"),
            ("given_name", "Имя"),
            ("patronymic", "Отчество"),
            ("sex", "Пол"),
            ("birth", "Дата рождения"),
            ("stay_place", "Населённый пункт"),
            ("phone", "Телефон"),
            ("needs", "Потребности"),
            ("choice", "Выбор"),
            ("consent", "Согласие"),
            ("consent_form", "Форма согласия"),
            ("asked_on", "Дата опроса"),
            ("destinations", "Куда"),
            ("status", "Состояние"),
            ("apart_from", "Не сажать вместе с"),
        ),
        in_russian,
        _callback,
    ),
}  # fmt: skip
"""Six offices; what each writes is documented in docs/reference/exercise.md."""
