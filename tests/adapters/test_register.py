"""The register of the tiny scenario and of a simulated set of lists."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from safepassage.adapters.bulk import LISTS, TEXTS, link_table
from safepassage.adapters.lists import ListReadResult, read_list
from safepassage.adapters.register import gazetteer_of, link_records, register_of
from safepassage.core.register.gazetteer import build_gazetteer
from safepassage.core.register.households import PartyRules
from safepassage.core.register.types import ApproximateDate, ListRecord
from safepassage.errors import InputError
from safepassage.exercises.sudzha import write_exercise
from safepassage.scenario.reader import read_scenario

LIST = pa.list_(pa.string())
PLACES = [("guevo", "Гуево"), ("sudzha", "Суджа"), ("loknya", "Казачья Локня")]
GAZETTEER = build_gazetteer(PLACES)
SURNAMES = (
    ("Ткаченко", "Tkachenko"), ("Зубов", "Zubov"), ("Щербак", "Shcherbak"), ("Гончар", "Honchar"),
    ("Лысенко", "Lysenko"), ("Рыбалко", "Rybalko"), ("Ющенко", "Yushchenko"), ("Жуков", "Zhukov"),
    ("Харченко", "Kharchenko"), ("Мельник", "Melnyk"),
)  # fmt: skip
GIVEN = (
    ("Николай", "Mykola"),
    ("Пётр", "Petro"),
    ("Сергей", "Serhii"),
    ("Игорь", "Ihor"),
    ("Иван", "Ivan"),
)


@pytest.fixture(scope="module")
def two_lists():
    """200 people; each list holds about two thirds; Russian with dates, Latin with years."""
    dice = random.Random(7)
    records, truth = [], {}
    for person in range(200):
        surname, given = dice.choice(SURNAMES), dice.choice(GIVEN)
        year, place = dice.randint(1935, 2005), dice.choice(PLACES)[1]
        for list_id, script in (("ru", 0), ("en", 1)):
            if dice.random() < 0.67:
                day = f"{year}-{dice.randint(1, 12):02d}-15"
                birth = (
                    ApproximateDate(day, day)
                    if script == 0
                    else ApproximateDate(f"{year}-01-01", f"{year}-12-31")
                )
                record = ListRecord(
                    f"{list_id}:{person + 2}", list_id, person + 2, surname=surname[script],
                    given_name=given[script], birth=birth, stay_place=place,
                )  # fmt: skip
                records.append(record)
                truth[record.record_id] = person
    return tuple(records), truth


def test_simulated_lists_are_linked_across_scripts(two_lists):
    records, truth = two_lists
    result = link_records(records, GAZETTEER)
    true_pairs = sum(list(truth.values()).count(person) == 2 for person in set(truth.values()))
    found = [person for person in result.persons if len(person.record_ids) > 1]
    right = sum(len({truth[r] for r in person.record_ids}) == 1 for person in found)
    assert right >= 0.85 * true_pairs
    assert len(found) - right <= 0.06 * true_pairs


def test_every_record_is_in_one_person_and_every_person_in_one_household(two_lists):
    result = link_records(two_lists[0], GAZETTEER)
    in_persons = [r for person in result.persons for r in person.record_ids]
    in_households = [p for house in result.households for p in house.person_ids]
    assert sorted(in_persons) == sorted(record.record_id for record in two_lists[0])
    assert sorted(in_households) == sorted(person.person_id for person in result.persons)


def test_the_order_of_the_lists_makes_no_persons(two_lists):
    records, _ = two_lists
    one = link_records(records, GAZETTEER)
    other = link_records(tuple(reversed(records)), GAZETTEER)
    same = {p.person_id for p in one.persons} & {p.person_id for p in other.persons}
    assert len(same) >= 0.97 * len(one.persons)


@pytest.fixture(scope="module")
def exercise(tmp_path_factory):
    """The records of the exercise's lists, and its places."""
    folder = tmp_path_factory.mktemp("exercise")
    write_exercise(folder)
    scenario = read_scenario(folder).scenario
    read = [read_list(folder, source) for source in scenario.lists]
    return [record for each in read for record in each.records], gazetteer_of(scenario.places)


def as_rows(records):
    columns = {name: pa.array([getattr(r, name) for r in records]) for name in TEXTS}
    columns |= {name: pa.array([list(getattr(r, name)) for r in records], LIST) for name in LISTS}
    columns["sex"] = pa.array([record.sex.value for record in records])
    for end in ("earliest", "latest"):
        days = [record.birth and getattr(record.birth, end) for record in records]
        columns[f"birth_{end}"] = pa.array(days, pa.string())
    return pa.table(columns)


def test_the_exercise_has_the_same_persons_by_record_and_by_column(exercise):
    records, gazetteer = exercise
    by_record = link_records(records, gazetteer)
    by_column = link_table(as_rows(records), gazetteer)
    found = {
        tuple(sorted(records[at].record_id for at in members))
        for members in by_column.persons.members()
    }
    assert found == {tuple(sorted(person.record_ids)) for person in by_record.persons}
    assert by_column.model == by_record.model
    assert 1 < len(found) < len(records)


def test_no_usable_row_is_an_input_error():
    with pytest.raises(InputError, match="no list has a row"):
        register_of([ListReadResult((), (), ())], GAZETTEER, PartyRules("2025-02-20"))
