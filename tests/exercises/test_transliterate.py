"""Each published system on names whose spelling the standard itself or a passport office gives."""

from __future__ import annotations

import pytest

from safepassage.exercises import transliterate as module
from safepassage.exercises.transliterate import (
    BGN_PCGN,
    CHAT,
    FRENCH,
    GERMAN,
    GOST_7_79_B,
    ICAO,
    PASSPORT_1997,
    RUSSIAN_SYSTEMS,
    SCHOLARLY,
    UKRAINIAN_2010,
    System,
    russian_to_ukrainian,
    transliterate,
)


@pytest.mark.parametrize(
    ("system", "cyrillic", "latin"),
    [
        (ICAO, "Юлия Щербакова", "Iuliia Shcherbakova"),
        (ICAO, "Андрей", "Andrei"),
        (PASSPORT_1997, "Юрий Ершов", "Yuriy Yershov"),
        (BGN_PCGN, "Ельцин Соловьёв", "Yel'tsin Solov'yov"),
        (GOST_7_79_B, "Хохлов Щукин", "Xoxlov Shhukin"),
        (SCHOLARLY, "Жанна Чайка", "Žanna Čajka"),
        (FRENCH, "Пушкин", "Pouchkine"),
        (GERMAN, "Зайцев Ершов", "Saizew Jerschow"),
        (CHAT, "Дмитрий", "Dmitriy"),
        (UKRAINIAN_2010, "Євгенія Яценко", "Yevheniia Yatsenko"),
        (UKRAINIAN_2010, "Юрій Їжак", "Yurii Yizhak"),
    ],
)
def test_known_spellings(system: System, cyrillic: str, latin: str) -> None:
    assert transliterate(cyrillic, system) == latin


@pytest.mark.parametrize("system", RUSSIAN_SYSTEMS, ids=lambda system: system.name)
def test_no_letter_of_the_russian_alphabet_is_left_over(system: System) -> None:
    alphabet = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
    result = transliterate(alphabet + " " + " ".join(alphabet), system)
    assert not any("а" <= letter <= "ё" for letter in result)


def test_no_letter_of_the_ukrainian_alphabet_is_left_over() -> None:
    alphabet = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"
    result = transliterate(alphabet + " " + " ".join(alphabet), UKRAINIAN_2010)
    assert result.replace(" ", "").isascii()


@pytest.mark.parametrize(
    ("russian", "ukrainian"),
    [
        ("Ковалёв", "Ковальов"),
        ("Соловьёв", "Соловйов"),
        ("Горбачёв", "Горбачов"),
        ("Матвеев", "Матвєєв"),
        ("Никитин", "Нікітін"),
        ("Рыбаков", "Рибаков"),
        ("Заболоцкий", "Заболоцький"),
        ("Ершов", "Єршов"),
        ("Исаев", "Ісаєв"),
    ],
)
def test_russian_surnames_in_ukrainian(russian: str, ukrainian: str) -> None:
    assert russian_to_ukrainian(russian) == ukrainian


def test_capitals_and_other_signs_are_kept() -> None:
    assert transliterate("КУРСК, дом 5", ICAO) == "KURSK, dom 5"


def test_the_examples_in_the_docstrings_hold() -> None:
    import doctest

    assert doctest.testmod(module).failed == 0
