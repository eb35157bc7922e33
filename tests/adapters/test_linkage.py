"""The engine: pairs found, compared and weighed; families, skewed villages, silence."""

from __future__ import annotations

import numpy as np
import pytest

from safepassage.adapters.linkage import LinkageEngine
from safepassage.adapters.record_table import RecordTable, usual_share
from safepassage.core.register.comparable import comparable
from safepassage.core.register.frequency import surname_frequencies
from safepassage.core.register.gazetteer import build_gazetteer
from safepassage.core.register.model import MODEL
from safepassage.core.register.types import ApproximateDate, ListRecord

PLACES = {"guevo": "Гуево", "sudzha": "Суджа", "rylsk": "Рыльск"}
POSITIONS = {"guevo": (51.12, 35.27), "sudzha": (51.19, 35.27), "rylsk": (51.57, 34.68)}
"""Гуево is 8 km from Суджа, Рыльск 60 km from both."""
GAZETTEER = build_gazetteer(PLACES.items(), POSITIONS)


def record(row, list_id="a", year="", **values):
    birth = ApproximateDate(f"{year}-01-01", f"{year}-12-31") if year else None
    return ListRecord(f"{list_id}:{row}", list_id, row, birth=birth, **values)


@pytest.fixture(scope="module")
def engine():
    records = [
        record(2, full_name="Ткач Анна Петровна", year="1950", phone="+7 (910) 123-45-67"),
        record(2, "b", full_name="Tkach Hanna", year="1951", phone="8 910 123 45 67"),
        record(3, "b", full_name="Tkach H.P.", stay_place="Гуево", household_key="7"),
        record(4, "b", full_name="Коваль Иван", stay_place="Гуево", household_key="7"),
    ]
    columns = [comparable(at, each, GAZETTEER) for at, each in enumerate(records)]
    return LinkageEngine(RecordTable.of(columns))


def level(engine, pair, field):
    compared = engine.compare(*np.array([pair]).T)
    at = [each.name for each in MODEL].index(field)
    number = int(compared.levels[0, at])
    return MODEL[at].levels[number].name if number >= 0 else "missing"


@pytest.mark.parametrize(
    ("pair", "field", "expected"),
    [
        ((0, 1), "surname", "same"),
        ((0, 1), "given name", "same"),
        ((0, 1), "patronymic", "missing"),
        ((0, 1), "birth", "one"),
        ((0, 1), "phone", "same"),
        ((0, 2), "given name", "initial"),
        ((0, 2), "patronymic", "initial"),
        ((0, 3), "surname", "other"),
        ((2, 3), "place of stay", "same"),
        ((0, 2), "place of stay", "missing"),
    ],
)
def test_levels_are_as_a_person_would_say(engine, pair, field, expected):
    assert level(engine, pair, field) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Гуево", "с. Гуево", "same"),
        ("Гуево", "Суджа", "close"),
        ("Гуево", "Рыльск", "other"),
        ("Гуево", "Эннск", "other"),
        ("Приозёрск", "Приозёртск", "near"),
        ("Гуево", "", "missing"),
    ],
)
def test_places_a_walk_apart_are_between_the_same_and_others(one, other, expected):
    records = [
        record(2, at, surname="Ткач", stay_place=place, birth_place=place)
        for at, place in (("a", one), ("b", other))
    ]
    table = RecordTable.of([comparable(at, each, GAZETTEER) for at, each in enumerate(records)])
    assert level(LinkageEngine(table), (0, 1), "place of stay") == expected
    assert level(LinkageEngine(table), (0, 1), "place of birth") == expected


@pytest.mark.parametrize(("north_deg", "expected"), [(0.0898, "close"), (0.0901, "other")])
def test_places_are_close_up_to_ten_kilometres(north_deg, expected):
    """A degree of latitude is 111.19 km on a sphere of 6,371 km: 9.985 km, and 10.019 km."""
    near = build_gazetteer(
        PLACES.items(), {"guevo": (51.0, 35.0), "sudzha": (51.0 + north_deg, 35.0)}
    )
    records = [record(2, at, stay_place=p) for at, p in (("a", "Гуево"), ("b", "Суджа"))]
    table = RecordTable.of([comparable(at, each, near) for at, each in enumerate(records)])
    assert level(LinkageEngine(table), (0, 1), "place of stay") == expected


def test_a_missing_field_weighs_nothing(engine):
    compared = engine.compare(np.array([0]), np.array([2]))
    assert all(
        bits == 0
        for bits, number in zip(compared.bits[0], compared.levels[0], strict=True)
        if number < 0
    )


def test_pairs_of_each_group_are_counted(engine):
    assert engine.records.pairs_by_group == (3, 2, 1)


def test_candidates_share_a_key_and_are_in_order(engine):
    found = list(
        zip(engine.candidates().left.tolist(), engine.candidates().right.tolist(), strict=True)
    )
    assert (0, 1) in found
    assert found == sorted(found)
    assert all(left < right for left, right in found)


def test_no_pairs_are_no_error(engine):
    assert len(engine.compare(np.zeros(0, int), np.zeros(0, int))) == 0


def test_the_model_can_be_read_and_holds_no_record(engine):
    text = str(engine.settings())
    assert "same surname" in text
    assert "Ткач" not in text


def test_shares_of_surnames_are_those_of_the_core(engine):
    records = [
        record(at, surname=surname, given_name=given, stay_place=place)
        for at, (surname, given, place) in enumerate(
            [("Ткач", "Анна", "Гуево"), ("Ткач", "Иван", "Гуево"), ("Ткач", "Анна", ""),
             ("Коваль", "Анна", "Гуево"), ("", "Анна", "Гуево"), ("Зубов", "Пётр", "Суджа")], 2
        )
    ]  # fmt: skip
    columns = [comparable(at, each, GAZETTEER) for at, each in enumerate(records)]
    table = RecordTable.of(columns)
    expected = surname_frequencies(columns, usual_share("surname_here"))
    keys = table.table["surname_here"].to_pylist()
    wanted = [expected[key] if key else 1.0 for key in keys]
    assert table.shares["surname_here"] == pytest.approx(wanted)
