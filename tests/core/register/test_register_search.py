"""Search: filters, limits, ties and what a vocabulary weighs."""

from __future__ import annotations

import numpy as np
import pytest

from safepassage.core.register.gazetteer import build_gazetteer
from safepassage.core.register.lookup import Role, look_up, usual_role, vocabulary
from safepassage.core.register.normalise import canonical_name
from safepassage.core.register.search import NameIndex
from safepassage.core.register.types import ApproximateDate, ListRecord

GIVEN = "Иван,Пётр,Олег,Анна,Мария,Ольга,Игорь,Денис,Вера,Нина,Юрий,Роман"
VILLAGE = [(f"n{at:02d}", f"Коваль {name}") for at, name in enumerate(GIVEN.split(","))]


def test_a_limit_holds_and_equal_weights_stand_by_id():
    hits = NameIndex.build(reversed(VILLAGE)).find("Коваль", 5)
    assert [hit.record_id for hit in hits] == ["n00", "n01", "n02", "n03", "n04"]


def test_an_empty_index_and_an_empty_query_find_nothing():
    assert NameIndex.build([]).find("Коваль") == ()
    assert NameIndex.build(VILLAGE).find("") == ()
    assert NameIndex.build(VILLAGE).find("—, 12") == ()


def test_a_maiden_name_is_found_and_ranks_below_the_name_in_use():
    rows = [
        ListRecord("a", "l", 2, full_name="Гончар Олена", maiden_name="Бондаренко"),
        ListRecord("b", "l", 3, full_name="Бондаренко Олена"),
    ]
    assert {hit.record_id for hit in NameIndex.build(rows).find("Бондаренко Елена")} == {"a", "b"}


def test_an_age_known_roughly_agrees_with_any_year_it_may_be():
    rows = [
        ListRecord(name, "l", at, full_name="Коваль Иван", birth=ApproximateDate(*born))
        for at, name, born in (
            (2, "a", ("1940-01-01", "1949-12-31")),
            (3, "b", ("1971-05-05", "1971-05-05")),
        )
    ]
    hits = NameIndex.build(rows).find("Коваль Иван", year=1944)
    assert [hit.record_id for hit in hits] == ["a", "b"]
    assert hits[1].why[-1] == "born in another year"


def test_a_village_counts_by_stay_and_by_birth_in_any_spelling():
    places = build_gazetteer([("lok", "Казачья Локня")])
    rows = [ListRecord("a", "l", 2, full_name="Коваль Иван", birth_place="с. Козача Локня")]
    hits = NameIndex.build(rows, places).find("Коваль", place="Kozacha Loknya")
    assert hits[0].why[-1] == "the same village"


def test_rare_words_weigh_more_than_common_ones():
    known = vocabulary(Role.SURNAME, [canonical_name(full_name=name) for _, name in VILLAGE])
    assert known.bits("~nobody") > known.bits(f"~{canonical_name('Коваль Иван').surname}")
    assert not known.silent.any()


def test_a_word_that_nothing_explains_speaks_against():
    known = vocabulary(Role.GIVEN, [canonical_name("Коваль Иван"), canonical_name("Коваль")])
    bits = look_up("Тарас", Role.GIVEN, known).bits
    assert bits[0] < bits[1] < 0
    assert bits.dtype == np.float64


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("Коваленко", Role.SURNAME),
        ("Олена", Role.GIVEN),
        ("О", Role.GIVEN),
        ("Петрівна", Role.FATHER),
    ],
)
def test_the_usual_role_of_a_word(word, role):
    assert usual_role(word) is role
