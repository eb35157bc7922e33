"""The dictionary: what it knows, and what it makes of what it does not know."""

from __future__ import annotations

import pytest

from safepassage.core.register.dictionary import (
    everyday_names,
    father_names,
    forms_of,
    given_names,
    how_known,
    is_given_name,
    may_be_patronymic,
    sex_by_name,
    sex_of_patronymic,
)
from safepassage.core.register.types import Sex


def test_a_word_as_written_is_better_known_than_one_that_sounds_so():
    assert how_known("Олена") > how_known("Оллена") >= 2.0
    assert how_known("Коваленко") == 0.0
    assert not is_given_name("Коваленко")


def test_everyday_forms_of_a_word_that_is_also_a_proper_name():
    assert "Тамара" in everyday_names("Тома")
    assert given_names("Тома") == ("Фома",)


@pytest.mark.parametrize("written", ["Ильинична", "Іллівна", "Iliinichna"])
def test_a_patronymic_of_any_spelling_is_the_fathers(written):
    assert "Илья" in father_names(written)


def test_a_patronymic_with_a_wrong_letter_may_still_be_one():
    assert may_be_patronymic("Витальвич")
    assert may_be_patronymic("Аполосоана")
    assert not may_be_patronymic("Коваленко")
    assert not may_be_patronymic("Марина")


def test_sexes_are_known_of_every_name():
    assert set(sex_by_name().values()) == {Sex.MALE, Sex.FEMALE}
    assert sex_of_patronymic("Петровна") is Sex.FEMALE
    assert sex_of_patronymic("Петрович") is Sex.MALE
    assert sex_of_patronymic("П") is Sex.UNKNOWN


def test_the_forms_of_a_name_are_letters_to_count_errors_in():
    assert {"aleksandr", "oleksandr", "saSa"} <= set(forms_of("Александр"))
    assert forms_of("zulmir") == ()
