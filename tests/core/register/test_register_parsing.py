"""Parsing: which word of a written name is what."""

from __future__ import annotations

import pytest

from safepassage.core.register.parsing import NameParts, name_words, parse_name
from safepassage.core.register.types import Sex


@pytest.mark.parametrize(
    ("written", "surname", "given", "patronymic"),
    [
        ("Шевченко Тарас Григорович", "Шевченко", "Тарас", "Григорович"),
        ("Тарас Шевченко", "Шевченко", "Тарас", ""),
        ("SHEVCHENKO Taras", "SHEVCHENKO", "Taras", ""),
        ("Taras H. Shevchenko", "Shevchenko", "Taras", "H"),
        ("Шевченко Т.Г.", "Шевченко", "Т", "Г"),
        ("гр. Шевченко Тарас", "Шевченко", "Тарас", ""),
        ("Тарас Григорович", "", "Тарас", "Григорович"),
        ("Зульмиров Ирбаш Тимурович", "Зульмиров", "Ирбаш", "Тимурович"),
        ("Мамедов Ирбаш Тимур-оглы", "Мамедов", "Ирбаш", "Тимур"),
    ],
)
def test_names_are_split(written, surname, given, patronymic):
    parts = parse_name(written)
    assert (parts.surnames[:1], parts.given, parts.patronymic) == (
        (surname,) if surname else (), given, patronymic,
    )  # fmt: skip


def test_halves_of_a_double_surname_and_the_whole():
    assert parse_name("Нечуй-Левицький Іван").surnames == ("Нечуй", "Левицький", "НечуйЛевицький")


def test_an_empty_or_wordless_name_has_no_parts():
    assert parse_name("") == parse_name(" - 12 ") == NameParts()


def test_a_patronymic_column_with_a_particle_shows_the_sex():
    parts = parse_name(surname="Мамедова", given_name="Лейла", patronymic="Тимур кызы")
    assert (parts.patronymic, parts.sex) == ("Тимур", Sex.FEMALE)


def test_words_without_titles_particles_and_signs():
    assert name_words("г-жа фон Штейн-Коваль, д.р.") == ("г", "жа", "Штейн", "Коваль", "д.", "р.")
