"""What a clerk would notice in the generated lists."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from safepassage.core.register.types import Sex
from safepassage.exercises.designs import SUDZHA_LISTS
from safepassage.exercises.lists import STYLES, GeneratedList, capture_histories, reached_by
from safepassage.exercises.sudzha import exercise_truth
from safepassage.exercises.truth import ExerciseTruth


@pytest.fixture(scope="module")
def truth() -> ExerciseTruth:
    return exercise_truth(5)


@pytest.fixture(scope="module")
def by_name(truth: ExerciseTruth) -> dict[str, GeneratedList]:
    return {item.source.list_id: item for item in truth.lists}


def cells(item: GeneratedList, column: str) -> list[str]:
    index = item.header.index(column)
    return [row[index] for row in item.rows]


def test_every_mapped_column_stands_in_the_header() -> None:
    for design in SUDZHA_LISTS:
        style = STYLES[design.style]
        assert {column for _, column in design.source.mapping} <= set(style.header)


def test_what_is_written_can_be_read_back(by_name: dict[str, GeneratedList]) -> None:
    for item in by_name.values():
        encoding = {"auto": "utf-8"}.get(item.source.encoding, item.source.encoding)
        delimiter = {"auto": ","}.get(item.source.delimiter, item.source.delimiter)
        text = io.StringIO(item.to_bytes().decode(encoding))
        rows = [tuple(row) for row in csv.reader(text, delimiter=delimiter)]
        assert rows == [item.header, *item.rows]


def test_one_household_key_stands_for_one_household(
    truth: ExerciseTruth, by_name: dict[str, GeneratedList]
) -> None:
    people = {person.person_id: person for person in truth.people.persons}
    for item in by_name.values():
        key = dict(item.source.mapping).get("household_key")
        if key is None:
            continue
        homes = [people[one].household_id for one in item.person_ids]
        pairs = set(zip(cells(item, key), homes, strict=True))
        assert len(pairs) == len({home for _, home in pairs}) == len({key for key, _ in pairs})


def test_ages_are_those_of_living_people(by_name: dict[str, GeneratedList]) -> None:
    ages = [int(age) for age in cells(by_name["village_heads"], "Возраст") if age]
    assert min(ages) >= 0
    assert max(ages) <= 100
    years = [int(year) for year in cells(by_name["families"], "Год рождения") if year]
    assert min(years) > 1925
    assert max(years) <= 2025


def test_no_woman_bears_a_mans_patronymic(
    truth: ExerciseTruth, by_name: dict[str, GeneratedList]
) -> None:
    people = {person.person_id: person for person in truth.people.persons}
    item = by_name["callback"]
    wrong = 0
    for patronymic, person_id in zip(cells(item, "Отчество"), item.person_ids, strict=True):
        female = people[person_id].sex is Sex.FEMALE
        wrong += bool(patronymic) and patronymic.endswith("а") != female
    # Typing errors can spoil an ending, and nothing else may.
    assert wrong <= 3


def test_a_hotline_row_never_mixes_alphabets(by_name: dict[str, GeneratedList]) -> None:
    text = by_name["hotline"].to_bytes().decode("utf-8")
    assert not any("а" <= letter.lower() <= "ґ" for letter in text)


def test_a_household_gives_one_answer_to_one_visit(
    truth: ExerciseTruth, by_name: dict[str, GeneratedList]
) -> None:
    people = {person.person_id: person for person in truth.people.persons}
    item = by_name["callback"]
    days: dict[str, set[str]] = {}
    for day, person_id in zip(cells(item, "Дата опроса"), item.person_ids, strict=True):
        days.setdefault(people[person_id].household_id, set()).add(day)
    assert all(len(found) == 1 for found in days.values())


def test_some_pairs_are_to_be_kept_apart(by_name: dict[str, GeneratedList]) -> None:
    item = by_name["callback"]
    cards = set(cells(item, "Карточка"))
    named = {card for card in cells(item, "Не сажать вместе с") if card}
    assert named
    assert named <= cards


def test_histories_drop_those_who_have_left(truth: ExerciseTruth) -> None:
    reached = reached_by(truth.lists)
    counts = capture_histories(truth.people, reached)
    assert sum(counts.values()) == 2200
    assert counts == truth.histories


def test_a_list_that_changes_nothing_else_keeps_other_lists_as_they_were() -> None:
    from safepassage.exercises.lists import generate_lists

    people = exercise_truth(5).people
    calm = replace(SUDZHA_LISTS[0], errors=replace(SUDZHA_LISTS[0].errors, typing_error=0.5))
    before = generate_lists(people, SUDZHA_LISTS, 5)
    after = generate_lists(people, (calm, *SUDZHA_LISTS[1:]), 5)
    assert before[0].rows != after[0].rows
    assert before[1:] == after[1:]
