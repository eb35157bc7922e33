"""Pairs of names: hard cases whose answer anybody can give."""

from __future__ import annotations

import pytest

from safepassage.core.register.names_score import names_score, written_name
from safepassage.core.register.types import Sex

SAME = """
Іваненко Євген Петрович = Ivanenko E.P.
Соловьёва Наталья = Natalija Solovjova
Казачий Фёдор = Козачий Федір
Хрущёв Никита Сергеевич = Chruschtschow N.
Ющенко Віктор = Iouchtchenko Victor
Петренко-Сидоренко Ольга = Сидоренко Ольга
Гончар Анна-Мария = Гончар Мария
Коваль (Бондар) Дарья Ивановна = Бондар Даша
Вакуленко Иван = Вакуленко Ваня
Шульга Руслан = Шулга Руслан
"""
DIFFERENT = """
Іваненко Євген Петрович = Іваненко Євгенія Петрівна
Коваль Иван Петрович = Коваль Иван Павлович
Коваль Марина = Коваль Мария
Шевченко Олег = Левченко Олег
Бондар Анна = Бондар Яна
Коваленко Петр = Ковальчук Петр
Коваль И.П. = Коваль Сергей Петрович
"""


@pytest.mark.parametrize("pair", SAME.strip().splitlines())
def test_one_person_in_two_spellings(pair):
    assert names_score(*pair.split(" = ")).probability > 0.5


@pytest.mark.parametrize("pair", DIFFERENT.strip().splitlines())
def test_two_people_with_much_in_common(pair):
    assert names_score(*pair.split(" = ")).probability < 0.5


def test_recorded_sex_tells_everyday_forms_apart():
    man = written_name("Коваль Саша", sex=Sex.MALE)
    woman = written_name("Коваль Александра")
    assert names_score(man, woman).probability < names_score("Коваль Саша", woman).probability


def test_nothing_is_said_of_names_without_a_word():
    assert names_score("", "Коваль Иван").probability < 0.5
    assert names_score("", "").why == ()
