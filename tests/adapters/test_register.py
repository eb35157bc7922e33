"""The register of the tiny scenario and of a simulated set of lists."""

from __future__ import annotations

import random

import pytest

from safepassage.adapters.lists import ListReadResult
from safepassage.adapters.register import link_records, register_of
from safepassage.core.register.gazetteer import build_gazetteer
from safepassage.core.register.households import PartyRules
from safepassage.core.register.types import ApproximateDate, ListRecord
from safepassage.errors import InputError

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


def test_no_usable_row_is_an_input_error():
    with pytest.raises(InputError, match="no list has a row"):
        register_of([ListReadResult((), (), ())], GAZETTEER, PartyRules("2025-02-20"))
